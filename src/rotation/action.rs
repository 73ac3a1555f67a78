//! What rotation can be asked for, and what it can do.

use crate::crypto::alg::Algorithm;
use crate::crypto::key::Use;
use crate::rotation::KeyLifetime;

/// What rotation is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Whatever is due.
    Scheduled,
    /// A successor at once, for one use or for all, and whatever is due.
    Immediate {
        /// Why.
        reason: String,
        /// For which use only.
        key_use: Option<Use>,
    },
    /// The end of one key at once, and whatever is due then.
    Revoke {
        /// The place of the key.
        index: usize,
        /// Why.
        reason: String,
    },
}

/// One thing to do with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The place of the key. Keys are dropped last and from the end, so every place is that in the set as it was.
    pub index: usize,
    /// What to do.
    pub step: ActionKind,
    /// Why.
    pub reason: String,
}

/// What was done to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedAction {
    /// The key.
    pub kid: Option<String>,
    /// What it is for.
    pub key_use: Use,
    /// What was done.
    pub step: ActionKind,
    /// Why.
    pub reason: String,
}

/// What can be done with a key. Times are in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// A new key at the end of the set.
    Make {
        /// What it is for.
        alg: Algorithm,
        /// When it may be used from; `None` waits until it is served.
        nbf: Option<i64>,
    },
    /// A key without times gets the one that says when it may be used from.
    Adopt {
        /// That time.
        nbf: i64,
    },
    /// A waiting key gets its time, or an earlier one.
    Promote {
        /// That time.
        nbf: i64,
    },
    /// A key that has a successor gets its end.
    Retire {
        /// When it is gone from.
        exp: i64,
    },
    /// A key is revoked: its private part is erased, a tombstone stays.
    Revoke,
    /// A key past its end is removed.
    Drop,
}

impl ActionKind {
    /// The word for it.
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
