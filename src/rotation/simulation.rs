//! Simulates future runs of the rotation.

use crate::rotation::KeyLifetime;
use crate::rotation::action::{ActionKind, Request};
use crate::rotation::plan::{next_due, plan};
use crate::rotation::rotation_policy::Policy;

/// The largest number of events in a simulation.
pub const MAX_EVENTS: usize = 1000;

/// An event in the lifetime of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The time, in Unix seconds.
    pub at: i64,
    /// The index of the key in the current set. New keys get the next numbers.
    pub key: usize,
    /// The kind of event.
    pub change: Change,
}

/// A kind of event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A run applies an action, for this reason.
    Action(ActionKind, String),
    /// The key becomes active. This does not need a run.
    Active,
}

/// Returns the events from `now` until `until`, both in Unix seconds, at most [`MAX_EVENTS`]. It is assumed that a run takes
/// place whenever an action is due, and that verifiers can fetch new keys at once.
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
        // Verifiers can fetch the new keys from now on, so that the next plan schedules them.
        if lifetimes.iter().any(|lifetime| !lifetime.is_served) {
            lifetimes.iter_mut().for_each(|lifetime| lifetime.is_served = true);
            continue;
        }
        let starts =
            lifetimes.iter().filter(|lifetime| lifetime.is_private && !lifetime.is_revoked);
        let next_start = starts.filter_map(|lifetime| lifetime.nbf).filter(|nbf| *nbf > at).min();
        let next = next_start.into_iter().chain(next_due(&lifetimes, policy, at)).min();
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
