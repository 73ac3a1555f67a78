//! Rotation: the lifetimes of the keys of a set, and the actions that are due now.
//!
//! A lifetime is in the JWK members that OpenID Federation 1.0 registered: `iat` (created), `nbf` (signs from), `exp`
//! (published until), `revoked`. The state of a key follows from these and the time alone, so signers and verifiers
//! switch to the next key at the same second without communication. [`plan()`] only has to create successors early
//! enough and to remove expired keys.
//!
//! * [`KeyLifetime`] and [`key_states`]: what a key is at a time.
//! * [`plan()`]: the [`Action`]s that are due, pure, total and idempotent. [`next_due`]: when the next ones are.
//! * [`Policy`]: how often and how far ahead, kept in the set's own member `rotation`.
//! * [`RotatingKeySet`]: the set itself, edited in place so that whatever is not understood survives.
//!
//! A signing key is published from the day it is made: `lead` ahead of its first signature, so that caches learn it, and
//! `retain` beyond its last one. A key for encryption runs the other way: it is held by those who decrypt `lead` ahead of
//! being published, takes the place of its predecessor at once, and the predecessor decrypts for `lead` (whose end the
//! last cache forgets it at) and `retain` longer.

mod action;
mod key_set;
mod managed_key;
mod plan;
mod rotation_policy;
mod simulation;

use crate::crypto::key::{Key, Use};
use crate::crypto::keyset::KeySet;

pub use action::{Action, ActionKind, AppliedAction, Request};
pub use key_set::{Generate, RotatingKeySet};
pub use plan::{clock_behind, next_due, plan, seconds_overdue};
pub use rotation_policy::Policy;
pub use simulation::{Change, Event, MAX_EVENTS, simulate};

/// What rotation knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLifetime {
    /// What the key is for; each use has its own line of succession.
    pub key_use: Use,
    /// Whether the private part is present. A key without it belongs to another party; rotation only removes it after its `exp`.
    pub is_private: bool,
    /// When it was made.
    pub iat: Option<i64>,
    /// When it may be used from.
    pub nbf: Option<i64>,
    /// When it is gone from.
    pub exp: Option<i64>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// When it was revoked, if it says so.
    pub revoked_at: Option<i64>,
    /// Whether verifiers can fetch it already, as far as that was asked.
    pub is_served: bool,
}

/// What a key is at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waiting for its time.
    Pending,
    /// The one that signs, or that is encrypted to.
    Active,
    /// Superseded; what it signed or what was encrypted to it may still be under way.
    Retiring,
    /// Past its `exp`.
    Expired,
    /// Revoked; a tombstone.
    Revoked,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Active => "active",
            State::Retiring => "retiring",
            State::Expired => "expired",
            State::Revoked => "revoked",
        }
    }
}

impl KeyLifetime {
    /// Neither revoked nor past its end.
    fn is_alive(&self, now: i64) -> bool {
        !self.is_revoked && self.exp.is_none_or(|exp| now < exp)
    }

    /// Which of two keys came later: by first use, then by age. Of equals the later in the set is the younger.
    fn seniority(&self) -> (Option<i64>, Option<i64>) {
        (self.nbf, self.iat)
    }
}

/// The place of the active key of a use: of those whose time has come, the youngest.
///
/// A key without `nbf` may be used at any time, but every key that has one counts as younger.
pub fn active_index(lifetimes: &[KeyLifetime], key_use: Use, now: i64) -> Option<usize> {
    (lifetimes.iter().enumerate())
        .filter(|(_, lifetime)| {
            lifetime.key_use == key_use && lifetime.is_private && lifetime.is_alive(now)
        })
        .filter(|(_, lifetime)| lifetime.nbf.is_none_or(|nbf| nbf <= now))
        .max_by_key(|(_, lifetime)| lifetime.seniority())
        .map(|(index, _)| index)
}

/// The state of every key at `now`.
pub fn key_states(lifetimes: &[KeyLifetime], now: i64) -> Vec<State> {
    let active = [Use::Sig, Use::Enc].map(|key_use| active_index(lifetimes, key_use, now));
    let state = |(index, lifetime): (usize, &KeyLifetime)| {
        // Beside an active key that has its time, one without is a successor that waits to be given one.
        let waits = || {
            (active.iter().flatten()).any(|&active| {
                lifetimes[active].key_use == lifetime.key_use && lifetimes[active].nbf.is_some()
            })
        };
        match lifetime.nbf {
            _ if lifetime.is_revoked => State::Revoked,
            _ if !lifetime.is_alive(now) => State::Expired,
            _ if active.contains(&Some(index)) => State::Active,
            Some(nbf) if now < nbf => State::Pending,
            None if lifetime.is_private && waits() => State::Pending,
            _ => State::Retiring,
        }
    };
    lifetimes.iter().enumerate().map(state).collect()
}

/// By how many seconds a key of this set should have been superseded before `now`, when that is longer than a key is
/// active: rotation has then failed for a while.
pub fn overdue_since(set: &KeySet, key: &Key, now: i64) -> Option<i64> {
    let policy = Policy::parse(set.members().get(rotation_policy::MEMBER)?).ok()?;
    let turn = key.time("nbf")?.checked_add(policy.every)?;
    Some(now.saturating_sub(turn)).filter(|overdue| *overdue > policy.every)
}
