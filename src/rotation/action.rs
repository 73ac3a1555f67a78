//! Rotation requests and actions.

use crate::crypto::alg::Algorithm;
use crate::crypto::key::Use;
use crate::rotation::KeyLifetime;

/// A rotation request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// The actions that are due.
    Scheduled,
    /// An immediate successor, for one use or for all, and the actions that are due.
    Immediate {
        /// Why.
        reason: String,
        /// The only use, or all if `None`.
        key_use: Option<Use>,
    },
    /// The revocation of one key, and the actions that are due after it.
    Revoke {
        /// The place of the key.
        index: usize,
        /// Why.
        reason: String,
    },
}

/// An action on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The index of the key. Keys are removed last and from the end, so that every index is valid in the original set.
    pub index: usize,
    /// The kind of action.
    pub step: ActionKind,
    /// Why.
    pub reason: String,
}

/// An action that was applied to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedAction {
    /// The key ID.
    pub kid: Option<String>,
    /// What it is for.
    pub key_use: Use,
    /// The kind of action.
    pub step: ActionKind,
    /// Why.
    pub reason: String,
}

/// A kind of action. Times are in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Creates a key and appends it to the set.
    Make {
        /// What it is for.
        alg: Algorithm,
        /// From when it may be used. If `None`, this is decided when verifiers can fetch the key.
        nbf: Option<i64>,
    },
    /// Sets `nbf` of a key that was added without times.
    Adopt {
        /// That time.
        nbf: i64,
    },
    /// Sets `nbf` of a pending key, or moves it to an earlier time.
    Promote {
        /// That time.
        nbf: i64,
    },
    /// Sets `exp` of a superseded key.
    Retire {
        /// From when it is expired.
        exp: i64,
    },
    /// Revokes a key. Its private key is erased, and a tombstone is kept.
    Revoke,
    /// Removes an expired key.
    Drop,
}

impl ActionKind {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            ActionKind::Make { .. } => "make",
            ActionKind::Adopt { .. } => "adopt",
            ActionKind::Promote { .. } => "promote",
            ActionKind::Retire { .. } => "retire",
            ActionKind::Revoke => "revoke",
            ActionKind::Drop => "drop",
        }
    }

    pub(super) fn apply(self, lifetimes: &mut Vec<KeyLifetime>, index: usize, now: i64) {
        match self {
            ActionKind::Make { alg, nbf } => lifetimes.push(KeyLifetime {
                key_use: alg.key_use(),
                is_private: true,
                iat: Some(now),
                nbf,
                exp: None,
                is_revoked: false,
                revoked_at: None,
                is_served: false,
            }),
            ActionKind::Adopt { nbf } | ActionKind::Promote { nbf } => {
                lifetimes[index].nbf = Some(nbf)
            }
            ActionKind::Retire { exp } => lifetimes[index].exp = Some(exp),
            ActionKind::Revoke => lifetimes[index].is_revoked = true,
            ActionKind::Drop => {
                lifetimes.remove(index);
            }
        }
    }
}
