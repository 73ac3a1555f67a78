//! Key rotation: the lifetimes of the keys in a set, and the actions that are due.
//!
//! A lifetime consists of the JWK members that OpenID Federation 1.0 registered: `iat` (created), `nbf` (signs from), `exp`
//! (published until) and `revoked`. The state of a key depends only on these and on the time, so that signers and verifiers
//! switch to the next key at the same second without communication. [`plan()`] only has to create successors early enough
//! and to remove expired keys.
//!
//! * [`KeyLifetime`] and [`key_states`]: the state of a key at a time.
//! * [`plan()`]: the [`Action`]s that are due. It is pure, total and idempotent. [`next_due`]: the time of the next actions.
//! * [`Policy`]: the periods of the rotation, stored in the member `rotation` of the set.
//! * [`RotatingKeySet`]: the set. It is edited in place, so that members that are not understood are preserved.
//!
//! A signing key is published when it is created, `lead` before its first signature, so that caches obtain it in time. It
//! stays published for `retain` after its last signature. An encryption key is not published before it is active: for `lead`
//! only the recipients have it. It then replaces its predecessor at once. The predecessor continues to decrypt for `lead`,
//! until the last cache has dropped it, and then for `retain`.

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

/// The times and properties of a key that rotation depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLifetime {
    /// The use of the key. The keys of each use are rotated independently.
    pub key_use: Use,
    /// Whether the private key is present. A key without it belongs to another party; rotation only removes it after its `exp`.
    pub is_private: bool,
    /// When it was created (Unix seconds, as the other times).
    pub iat: Option<i64>,
    /// From when it may be used.
    pub nbf: Option<i64>,
    /// From when it is expired.
    pub exp: Option<i64>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// When it was revoked, if that is recorded.
    pub revoked_at: Option<i64>,
    /// Whether verifiers can already fetch it. `false` if that was not checked.
    pub is_served: bool,
}

/// The state of a key at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not used yet.
    Pending,
    /// The key that signs, or that is encrypted to.
    Active,
    /// Superseded. Tokens that it signed, or that are encrypted to it, may still be in use.
    Retiring,
    /// Past its `exp`.
    Expired,
    /// Revoked. Only a tombstone is left.
    Revoked,
}

impl State {
    /// Returns the name.
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
    /// Whether the key is neither revoked nor expired.
    fn is_alive(&self, now: i64) -> bool {
        !self.is_revoked && self.exp.is_none_or(|exp| now < exp)
    }

    /// Returns the sort key by which the newest key is found: the first use, then the creation. If these are equal, the later
    /// key in the set is newer.
    fn seniority(&self) -> (Option<i64>, Option<i64>) {
        (self.nbf, self.iat)
    }
}

/// Returns the index of the active key for a use: of the keys that may be used at `now`, the newest.
///
/// A key without `nbf` may be used at any time, but every key with `nbf` is treated as newer.
pub fn active_index(lifetimes: &[KeyLifetime], key_use: Use, now: i64) -> Option<usize> {
    lifetimes
        .iter()
        .enumerate()
        .filter(|(_, lifetime)| {
            lifetime.key_use == key_use && lifetime.is_private && lifetime.is_alive(now)
        })
        .filter(|(_, lifetime)| lifetime.nbf.is_none_or(|nbf| nbf <= now))
        .max_by_key(|(_, lifetime)| lifetime.seniority())
        .map(|(index, _)| index)
}

/// Returns the state of every key at `now`.
pub fn key_states(lifetimes: &[KeyLifetime], now: i64) -> Vec<State> {
    let active = [Use::Sig, Use::Enc].map(|key_use| active_index(lifetimes, key_use, now));
    let state = |(index, lifetime): (usize, &KeyLifetime)| {
        // If the active key has `nbf`, a key without it is a successor that is not scheduled yet.
        let waits = || {
            active.iter().flatten().any(|&active| {
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

/// Returns for how many seconds the key should have been superseded, if that is longer than a key is active. Rotation has
/// then failed for some time.
pub fn overdue_since(set: &KeySet, key: &Key, now: i64) -> Option<i64> {
    let policy = Policy::parse(set.members().get(rotation_policy::MEMBER)?).ok()?;
    let turn = key.time_member("nbf")?.checked_add(policy.every)?;
    Some(now.saturating_sub(turn)).filter(|overdue| *overdue > policy.every)
}
