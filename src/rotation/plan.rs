//! Plans the actions that are due.

use crate::crypto::alg::Algorithm;
use crate::crypto::key::Use;
use crate::rotation::action::{Action, ActionKind, Request};
use crate::rotation::rotation_policy::Policy;
use crate::rotation::{KeyLifetime, active_index};

/// Returns by how many seconds the clock is behind the creation of the newest key or the last change of the set.
///
/// Revoked keys are ignored: if a run with a wrong clock has created a key, the operator revokes it.
pub fn clock_behind(lifetimes: &[KeyLifetime], changed: Option<i64>, now: i64) -> Option<i64> {
    let live = lifetimes.iter().filter(|lifetime| !lifetime.is_revoked);
    let latest = live.filter_map(|lifetime| lifetime.iat).chain(changed);
    latest.max().map(|at| at.saturating_sub(now)).filter(|behind| *behind > 0)
}

/// Returns the actions that are due at `now` (Unix seconds) for keys with these lifetimes.
///
/// There is a plan for all lifetimes and times. After a plan has been applied, no action is due.
pub fn plan(
    lifetimes: &[KeyLifetime],
    policy: &Policy,
    request: &Request,
    now: i64,
) -> Vec<Action> {
    carry_out(lifetimes, policy, request, now).0
}

/// Returns by how many seconds a plan replaces a key later than the policy requires. A delay of up to `lead` is not reported.
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
        let turn =
            lifetimes[active_index(lifetimes, key_use, now)?].nbf?.saturating_add(policy.every);
        Some(nbf.saturating_sub(turn)).filter(|late| *late > policy.lead)
    };
    plan.iter().filter_map(late).max()
}

/// Returns when the next actions are due, provided that the plan for `now` is applied; `None` if never.
pub fn next_due(lifetimes: &[KeyLifetime], policy: &Policy, now: i64) -> Option<i64> {
    let (_, lifetimes) = carry_out(lifetimes, policy, &Request::Scheduled, now);
    let mut times: Vec<i64> = lifetimes
        .iter()
        .flat_map(|lifetime| {
            let ahead = |time: i64| time.saturating_sub(policy.lead);
            let takeover = lifetime.nbf.map(|nbf| ahead(nbf.saturating_add(policy.every)));
            let end = lifetime.exp.map(|exp| ahead(exp.saturating_sub(policy.retain)));
            [lifetime.nbf, lifetime.exp, takeover, end]
        })
        .flatten()
        .filter(|time| *time > now)
        .collect();
    times.sort_unstable();
    times
        .into_iter()
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
        && lifetimes.get(*index).is_some_and(|lifetime| !lifetime.is_revoked)
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

/// The state of planning: the lifetimes after the actions so far.
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
        // If `lead` is 0, a successor becomes active at once and may soon need a successor itself.
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

    /// Returns the indices of the private keys for this use that are neither active, expired nor revoked.
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
        // A key with a time is preferred to a key that is not scheduled yet.
        others
            .filter(|index| self.lifetimes[*index].nbf.is_none_or(|nbf| nbf > self.now))
            .min_by_key(|index| self.lifetimes[*index].nbf.unwrap_or(i64::MAX))
    }

    /// Sets the times of keys without times: the active key may be used since its creation, and the others are superseded now.
    fn assign_times(&mut self, current: usize) {
        if self.lifetimes[current].nbf.is_some() {
            return;
        }
        let since = self.lifetimes[current].iat.map_or(self.now, |iat| iat.min(self.now));
        let key_use = self.lifetimes[current].key_use;
        let older = self.other_keys(key_use).into_iter();
        let older: Vec<usize> =
            older.filter(|index| self.lifetimes[*index].nbf.is_none()).collect();
        self.push_action(
            current,
            ActionKind::Adopt { nbf: since },
            "it is the newest key",
        );
        for index in older {
            let nbf = self.lifetimes[index].iat.map_or(since, |iat| iat.min(since));
            self.push_action(index, ActionKind::Adopt { nbf }, "a newer key exists");
            if self.lifetimes[index].exp.is_none() {
                let exp = self.end_of_use(key_use);
                self.push_action(index, ActionKind::Retire { exp }, "superseded");
            }
        }
    }

    /// Makes a successor active at once: a pending key, or else a new one.
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
        let takeover = lifetime.exp.map_or(turn, |exp| turn.min(exp.saturating_sub(retain)));
        let scheduled = |index: usize| self.lifetimes[index].nbf.is_some_and(|nbf| nbf > self.now);
        if self.other_keys(key_use).into_iter().any(scheduled)
            || self.now < takeover.saturating_sub(lead)
        {
            return;
        }
        let nbf = takeover.max(self.now.saturating_add(lead)).max(since.saturating_add(1));
        let interlock = !self.policy.served.is_empty() && key_use == Use::Sig;
        let waiting: Vec<usize> = self
            .other_keys(key_use)
            .into_iter()
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

    /// Sets `exp` of superseded signing keys. Their tokens may be in use for `retain` after the successor became active.
    fn end_signers(&mut self) {
        let mut line = self.other_keys(Use::Sig);
        line.extend(active_index(&self.lifetimes, Use::Sig, self.now));
        line.retain(|index| self.lifetimes[*index].nbf.is_some());
        line.sort_by_key(|index| (self.lifetimes[*index].seniority(), *index));
        for pair in line.windows(2) {
            let Some(takeover) = self.lifetimes[pair[1]].nbf else {
                continue;
            };
            // A key without `exp` may have signed until now, even if its successor became active earlier.
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

    /// Sets `exp` of superseded encryption keys. It counts from now, because this run removes them from the published set.
    fn end_recipients(&mut self) {
        for index in self.other_keys(Use::Enc) {
            let lifetime = &self.lifetimes[index];
            if lifetime.exp.is_none() && lifetime.nbf.is_some_and(|nbf| nbf <= self.now) {
                let exp = self.end_of_use(Use::Enc);
                self.push_action(index, ActionKind::Retire { exp }, "superseded");
            }
        }
    }

    /// Returns the `exp` of a key that is superseded now.
    fn end_of_use(&self, key_use: Use) -> i64 {
        let cached = match key_use {
            Use::Sig => 0,
            Use::Enc => self.policy.lead,
        };
        self.now.saturating_add(cached).saturating_add(self.policy.retain)
    }
}
