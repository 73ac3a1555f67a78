//! What runs in the future will do, if nothing else happens.

use crate::rotation::KeyLifetime;
use crate::rotation::action::{ActionKind, Request};
use crate::rotation::plan::{next_due, plan};
use crate::rotation::rotation_policy::Policy;

/// The most events of a simulation.
pub const MAX_EVENTS: usize = 1000;

/// Something that happens to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, in Unix seconds.
    pub at: i64,
    /// The key: its place in the set as it is now; new keys are numbered on from there.
    pub key: usize,
    /// What happens.
    pub change: Change,
}

/// What happens to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A run acts on it.
    Action(ActionKind, String),
    /// It begins to sign, or to be encrypted to, without a run.
    Active,
}

/// Returns what happens from `now` until `until`, both in Unix seconds, if a run takes place whenever an action is due and
/// new keys are served at once; at most [`MAX_EVENTS`] events.
pub fn simulate(lifetimes: &[KeyLifetime], policy: &Policy, now: i64, until: i64) -> Vec<Event> {
    let mut lifetimes = lifetimes.to_vec();
    let mut keys: Vec<usize> = (0..lifetimes.len()).collect();
    let mut next_key = keys.len();
    let mut events = Vec::new();
    let mut at = now;
    while events.len() < MAX_EVENTS {
        for action in plan(&lifetimes, policy, &Request::Scheduled, at) {
            if let ActionKind::Make { .. } = action.step {
                keys.push(next_key);
                next_key += 1;
            }
            events.push(Event {
                at,
                key: keys[action.index],
                change: Change::Action(action.step, action.reason),
            });
            action.step.apply(&mut lifetimes, action.index, at);
            if action.step == ActionKind::Drop {
                keys.remove(action.index);
            }
        }
        // Served from now on, so that a key without a time gets one.
        if lifetimes.iter().any(|lifetime| !lifetime.is_served) {
            lifetimes
                .iter_mut()
                .for_each(|lifetime| lifetime.is_served = true);
            continue;
        }
        let starts = lifetimes
            .iter()
            .filter(|lifetime| lifetime.is_private && !lifetime.is_revoked);
        let next_start = starts
            .filter_map(|lifetime| lifetime.nbf)
            .filter(|nbf| *nbf > at)
            .min();
        let next = next_start
            .into_iter()
            .chain(next_due(&lifetimes, policy, at))
            .min();
        let Some(next) = next.filter(|next| *next > at && *next <= until) else {
            break;
        };
        at = next;
        for (lifetime, key) in lifetimes.iter().zip(&keys) {
            if lifetime.nbf == Some(at) && lifetime.is_private && lifetime.is_alive(at) {
                events.push(Event {
                    at,
                    key: *key,
                    change: Change::Active,
                });
            }
        }
    }
    events.truncate(MAX_EVENTS);
    events
}
