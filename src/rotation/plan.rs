//! What is due now.

use crate::crypto::alg::Algorithm;
use crate::crypto::key::Use;
use crate::rotation::action::{Action, ActionKind, Request};
use crate::rotation::rotation_policy::Policy;
use crate::rotation::{KeyLifetime, active_index};

/// Returns by how many seconds the clock is behind the creation of the youngest key or the last change of the set.
///
/// A revoked key does not count: revoking it is how the operator says that a run with a wrong clock created it.
pub fn clock_behind(lifetimes: &[KeyLifetime], changed: Option<i64>, now: i64) -> Option<i64> {
    let live = lifetimes.iter().filter(|lifetime| !lifetime.is_revoked);
    let latest = live.filter_map(|lifetime| lifetime.iat).chain(changed);
    latest
        .max()
        .map(|at| at.saturating_sub(now))
        .filter(|behind| *behind > 0)
}

/// What is due at `now` (Unix seconds) for keys with these lifetimes.
///
/// Total: whatever the lifetimes and the times, there is a plan. Idempotent: once it is carried out, nothing is due any more.
pub fn plan(
    lifetimes: &[KeyLifetime],
    policy: &Policy,
    request: &Request,
    now: i64,
) -> Vec<Action> {
    carry_out(lifetimes, policy, request, now).0
}

/// By how many seconds a plan changes over later than the policy says, when its run comes after the change was to be: a
/// run within `lead` of it is not worth a word.
pub fn seconds_overdue(
    lifetimes: &[KeyLifetime],
    policy: &Policy,
    plan: &[Action],
    now: i64,
) -> Option<i64> {
    let late = |action: &Action| {
        let (key_use, nbf) = match action.step {
            ActionKind::Make { alg, nbf } => (alg.key_use(), nbf?),
            ActionKind::Promote { nbf } => (lifetimes.get(action.index)?.key_use, nbf),
            _ => return None,
        };
        let turn = lifetimes[active_index(lifetimes, key_use, now)?]
            .nbf?
            .saturating_add(policy.every);
        Some(nbf.saturating_sub(turn)).filter(|late| *late > policy.lead)
    };
    plan.iter().filter_map(late).max()
}

/// When the next plan is not empty, the plan for `now` being carried out; `None` when never.
pub fn next_due(lifetimes: &[KeyLifetime], policy: &Policy, now: i64) -> Option<i64> {
    let (_, lifetimes) = carry_out(lifetimes, policy, &Request::Scheduled, now);
    let mut times: Vec<i64> = (lifetimes.iter())
        .flat_map(|lifetime| {
            let ahead = |time: i64| time.saturating_sub(policy.lead);
            let takeover = lifetime
                .nbf
                .map(|nbf| ahead(nbf.saturating_add(policy.every)));
            let end = lifetime
                .exp
                .map(|exp| ahead(exp.saturating_sub(policy.retain)));
            [lifetime.nbf, lifetime.exp, takeover, end]
        })
        .flatten()
        .filter(|time| *time > now)
        .collect();
    times.sort_unstable();
    (times.into_iter())
        .find(|time| !plan(&lifetimes, policy, &Request::Scheduled, *time).is_empty())
}

fn carry_out(
    lifetimes: &[KeyLifetime],
    policy: &Policy,
    request: &Request,
    now: i64,
) -> (Vec<Action>, Vec<KeyLifetime>) {
    let mut planner = Planner {
        lifetimes: lifetimes.to_vec(),
        actions: Vec::new(),
        policy,
        now,
    };
    if let Request::Revoke { index, reason } = request
        && lifetimes
            .get(*index)
            .is_some_and(|lifetime| !lifetime.is_revoked)
    {
        planner.push_action(*index, ActionKind::Revoke, reason);
    }
    for alg in &policy.algs {
        planner.schedule_successor(*alg, request);
    }
    for index in (0..planner.lifetimes.len()).rev() {
        let lifetime = &planner.lifetimes[index];
        if !lifetime.is_revoked && !lifetime.is_alive(now) {
            planner.push_action(index, ActionKind::Drop, "it has expired");
        }
    }
    (planner.actions, planner.lifetimes)
}

/// The lifetimes as they will be, while the plan is made.
struct Planner<'a> {
    lifetimes: Vec<KeyLifetime>,
    actions: Vec<Action>,
    policy: &'a Policy,
    now: i64,
}

impl Planner<'_> {
    fn push_action(&mut self, index: usize, step: ActionKind, reason: &str) {
        step.apply(&mut self.lifetimes, index, self.now);
        self.actions.push(Action {
            index,
            step,
            reason: reason.into(),
        });
    }

    fn schedule_successor(&mut self, alg: Algorithm, request: &Request) {
        let key_use = alg.key_use();
        match active_index(&self.lifetimes, key_use, self.now) {
            Some(current) => {
                self.assign_times(current);
                if let Request::Immediate {
                    reason,
                    key_use: only,
                } = request
                    && only.is_none_or(|only| only == key_use)
                {
                    self.promote_or_create(alg, reason);
                }
            }
            None => self.promote_or_create(alg, "no key was active"),
        }
        // Without a lead a successor takes over at once, and may be near its own end.
        for _ in 0..2 {
            if let Some(current) = active_index(&self.lifetimes, key_use, self.now) {
                self.prepare_successor(alg, current);
            }
        }
        match key_use {
            Use::Sig => self.end_signers(),
            Use::Enc => self.end_recipients(),
        }
    }

    /// The own keys of this use that have not expired, without the active one.
    fn other_keys(&self, key_use: Use) -> Vec<usize> {
        let active = active_index(&self.lifetimes, key_use, self.now);
        (0..self.lifetimes.len())
            .filter(|index| {
                let lifetime = &self.lifetimes[*index];
                lifetime.key_use == key_use && lifetime.is_private && lifetime.is_alive(self.now)
            })
            .filter(|index| Some(*index) != active)
            .collect()
    }

    fn next_pending(&self, key_use: Use) -> Option<usize> {
        let others = self.other_keys(key_use).into_iter();
        // One that has a time comes before one that waits for it.
        others
            .filter(|index| self.lifetimes[*index].nbf.is_none_or(|nbf| nbf > self.now))
            .min_by_key(|index| self.lifetimes[*index].nbf.unwrap_or(i64::MAX))
    }

    /// Gives times to a set that has none: the active key is as old as it says, the others were superseded just now.
    fn assign_times(&mut self, current: usize) {
        if self.lifetimes[current].nbf.is_some() {
            return;
        }
        let since = self.lifetimes[current]
            .iat
            .map_or(self.now, |iat| iat.min(self.now));
        let key_use = self.lifetimes[current].key_use;
        let older = self.other_keys(key_use).into_iter();
        let older: Vec<usize> = older
            .filter(|index| self.lifetimes[*index].nbf.is_none())
            .collect();
        self.push_action(
            current,
            ActionKind::Adopt { nbf: since },
            "it is the newest key",
        );
        for index in older {
            let nbf = self.lifetimes[index]
                .iat
                .map_or(since, |iat| iat.min(since));
            self.push_action(index, ActionKind::Adopt { nbf }, "a newer key exists");
            if self.lifetimes[index].exp.is_none() {
                let exp = self.end_of_use(key_use);
                self.push_action(index, ActionKind::Retire { exp }, "superseded");
            }
        }
    }

    /// Puts a successor into service at once: one that is waiting, or else a new one.
    fn promote_or_create(&mut self, alg: Algorithm, reason: &str) {
        let nbf = self.now;
        match self.next_pending(alg.key_use()) {
            Some(index) => self.push_action(index, ActionKind::Promote { nbf }, reason),
            None => self.plan_new_key(alg, Some(nbf), reason),
        }
    }

    fn plan_new_key(&mut self, alg: Algorithm, nbf: Option<i64>, reason: &str) {
        self.push_action(self.lifetimes.len(), ActionKind::Make { alg, nbf }, reason);
    }

    fn prepare_successor(&mut self, alg: Algorithm, current: usize) {
        let Policy {
            every,
            lead,
            retain,
            ..
        } = *self.policy;
        let key_use = alg.key_use();
        let lifetime = &self.lifetimes[current];
        let since = lifetime.nbf.unwrap_or(self.now);
        let turn = since.saturating_add(every);
        let takeover = lifetime
            .exp
            .map_or(turn, |exp| turn.min(exp.saturating_sub(retain)));
        let scheduled =
            |index: usize| (self.lifetimes[index].nbf).is_some_and(|nbf| nbf > self.now);
        if self.other_keys(key_use).into_iter().any(scheduled)
            || self.now < takeover.saturating_sub(lead)
        {
            return;
        }
        let nbf = (takeover.max(self.now.saturating_add(lead))).max(since.saturating_add(1));
        let interlock = !self.policy.served.is_empty() && key_use == Use::Sig;
        let waiting: Vec<usize> = (self.other_keys(key_use).into_iter())
            .filter(|index| self.lifetimes[*index].nbf.is_none())
            .collect();
        let ready = |index: &&usize| !interlock || self.lifetimes[**index].is_served;
        match waiting.iter().find(ready) {
            Some(index) => {
                self.push_action(*index, ActionKind::Promote { nbf }, "it is the next key")
            }
            None if !waiting.is_empty() => {}
            None => self.plan_new_key(alg, (!interlock).then_some(nbf), "a successor is due"),
        }
    }

    /// A signer's tokens may be under way for `retain` after its successor took over.
    fn end_signers(&mut self) {
        let mut line = self.other_keys(Use::Sig);
        line.extend(active_index(&self.lifetimes, Use::Sig, self.now));
        line.retain(|index| self.lifetimes[*index].nbf.is_some());
        line.sort_by_key(|index| (self.lifetimes[*index].seniority(), *index));
        for pair in line.windows(2) {
            let Some(takeover) = self.lifetimes[pair[1]].nbf else {
                continue;
            };
            // What never had an end may have signed until now, whenever its successor was to take over.
            let old = self.lifetimes[pair[0]].exp;
            let last = if old.is_none() {
                takeover.max(self.now)
            } else {
                takeover
            };
            let exp = last.saturating_add(self.policy.retain);
            if old.is_none_or(|old| old < exp) {
                self.push_action(pair[0], ActionKind::Retire { exp }, "superseded");
            }
        }
    }

    /// A recipient's key leaves the published set by this run, not by the clock, so its end counts from now.
    fn end_recipients(&mut self) {
        for index in self.other_keys(Use::Enc) {
            let lifetime = &self.lifetimes[index];
            if lifetime.exp.is_none() && lifetime.nbf.is_some_and(|nbf| nbf <= self.now) {
                let exp = self.end_of_use(Use::Enc);
                self.push_action(index, ActionKind::Retire { exp }, "superseded");
            }
        }
    }

    /// The end of a key that is superseded now.
    fn end_of_use(&self, key_use: Use) -> i64 {
        let cached = match key_use {
            Use::Sig => 0,
            Use::Enc => self.policy.lead,
        };
        (self.now.saturating_add(cached)).saturating_add(self.policy.retain)
    }
}
