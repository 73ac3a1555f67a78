//! What is due now.

use crate::crypto::alg::Algorithm;
use crate::crypto::key::Use;
use crate::rotation::action::{Action, Order, Step};
use crate::rotation::rotation_policy::Policy;
use crate::rotation::{KeyLifetime, active};

/// Returns by how many seconds the clock is behind the creation of the youngest key or the last change of the set.
///
/// A revoked key does not count: revoking it is how the operator says that a run with a wrong clock created it.
pub fn clock_behind(lives: &[KeyLifetime], changed: Option<i64>, now: i64) -> Option<i64> {
    let live = lives.iter().filter(|life| !life.is_revoked);
    let latest = live.filter_map(|life| life.iat).chain(changed);
    latest
        .max()
        .map(|at| at.saturating_sub(now))
        .filter(|behind| *behind > 0)
}

/// What is due at `now` (Unix seconds) for keys with these lives.
///
/// Total: whatever the lives and the times, there is a plan. Idempotent: once it is carried out, nothing is due any more.
pub fn plan(lives: &[KeyLifetime], policy: &Policy, order: &Order, now: i64) -> Vec<Action> {
    carry_out(lives, policy, order, now).0
}

/// By how many seconds a plan changes over later than the policy says, when its run comes after the change was to be: a
/// run within `lead` of it is not worth a word.
pub fn lateness(lives: &[KeyLifetime], policy: &Policy, plan: &[Action], now: i64) -> Option<i64> {
    let late = |action: &Action| {
        let (key_use, nbf) = match action.step {
            Step::Make { alg, nbf } => (alg.key_use(), nbf?),
            Step::Promote { nbf } => (lives.get(action.index)?.key_use, nbf),
            _ => return None,
        };
        let turn = lives[active(lives, key_use, now)?]
            .nbf?
            .saturating_add(policy.every);
        Some(nbf.saturating_sub(turn)).filter(|late| *late > policy.lead)
    };
    plan.iter().filter_map(late).max()
}

/// When the next plan is not empty, the plan for `now` being carried out; `None` when never.
pub fn next_due(lives: &[KeyLifetime], policy: &Policy, now: i64) -> Option<i64> {
    let (_, lives) = carry_out(lives, policy, &Order::Routine, now);
    let mut times: Vec<i64> = (lives.iter())
        .flat_map(|life| {
            let ahead = |time: i64| time.saturating_sub(policy.lead);
            let takeover = life.nbf.map(|nbf| ahead(nbf.saturating_add(policy.every)));
            let end = life.exp.map(|exp| ahead(exp.saturating_sub(policy.retain)));
            [life.nbf, life.exp, takeover, end]
        })
        .flatten()
        .filter(|time| *time > now)
        .collect();
    times.sort_unstable();
    (times.into_iter()).find(|time| !plan(&lives, policy, &Order::Routine, *time).is_empty())
}

fn carry_out(
    lives: &[KeyLifetime],
    policy: &Policy,
    order: &Order,
    now: i64,
) -> (Vec<Action>, Vec<KeyLifetime>) {
    let mut planner = Planner {
        lives: lives.to_vec(),
        actions: Vec::new(),
        policy,
        now,
    };
    if let Order::Revoke { index, reason } = order
        && lives.get(*index).is_some_and(|life| !life.is_revoked)
    {
        planner.act(*index, Step::Revoke, reason);
    }
    for alg in &policy.algs {
        planner.succeed(*alg, order);
    }
    for index in (0..planner.lives.len()).rev() {
        let life = &planner.lives[index];
        if !life.is_revoked && !life.is_alive(now) {
            planner.act(index, Step::Drop, "past its end");
        }
    }
    (planner.actions, planner.lives)
}

/// The lives as they will be, while the plan is made.
struct Planner<'a> {
    lives: Vec<KeyLifetime>,
    actions: Vec<Action>,
    policy: &'a Policy,
    now: i64,
}

impl Planner<'_> {
    fn act(&mut self, index: usize, step: Step, reason: &str) {
        step.apply(&mut self.lives, index, self.now);
        self.actions.push(Action {
            index,
            step,
            reason: reason.into(),
        });
    }

    fn succeed(&mut self, alg: Algorithm, order: &Order) {
        let key_use = alg.key_use();
        match active(&self.lives, key_use, self.now) {
            Some(current) => {
                self.adopt(current);
                if let Order::Now {
                    reason,
                    key_use: only,
                } = order
                    && only.is_none_or(|only| only == key_use)
                {
                    self.bring(alg, reason);
                }
            }
            None => self.bring(alg, "no key was active"),
        }
        // Without a lead a successor takes over at once, and may be near its own end.
        for _ in 0..2 {
            if let Some(current) = active(&self.lives, key_use, self.now) {
                self.prepare_successor(alg, current);
            }
        }
        match key_use {
            Use::Sig => self.end_signers(),
            Use::Enc => self.end_recipients(),
        }
    }

    /// The own keys of this use that have not expired, without the active one.
    fn others(&self, key_use: Use) -> Vec<usize> {
        let active = active(&self.lives, key_use, self.now);
        (0..self.lives.len())
            .filter(|index| {
                let life = &self.lives[*index];
                life.key_use == key_use && life.is_private && life.is_alive(self.now)
            })
            .filter(|index| Some(*index) != active)
            .collect()
    }

    fn waiting(&self, key_use: Use) -> Option<usize> {
        let others = self.others(key_use).into_iter();
        // One that has a time comes before one that waits for it.
        others
            .filter(|index| self.lives[*index].nbf.is_none_or(|nbf| nbf > self.now))
            .min_by_key(|index| self.lives[*index].nbf.unwrap_or(i64::MAX))
    }

    /// Gives times to a set that has none: the active key is as old as it says, the others were superseded just now.
    fn adopt(&mut self, current: usize) {
        if self.lives[current].nbf.is_some() {
            return;
        }
        let since = self.lives[current]
            .iat
            .map_or(self.now, |iat| iat.min(self.now));
        let key_use = self.lives[current].key_use;
        let older = self.others(key_use).into_iter();
        let older: Vec<usize> = older
            .filter(|index| self.lives[*index].nbf.is_none())
            .collect();
        self.act(current, Step::Adopt { nbf: since }, "it is the youngest");
        for index in older {
            let nbf = self.lives[index].iat.map_or(since, |iat| iat.min(since));
            self.act(index, Step::Adopt { nbf }, "it is not the youngest");
            if self.lives[index].exp.is_none() {
                let exp = self.end_of_use(key_use);
                self.act(index, Step::Retire { exp }, "superseded");
            }
        }
    }

    /// Puts a successor into service at once: one that is waiting, or else a new one.
    fn bring(&mut self, alg: Algorithm, reason: &str) {
        let nbf = self.now;
        match self.waiting(alg.key_use()) {
            Some(index) => self.act(index, Step::Promote { nbf }, reason),
            None => self.make(alg, Some(nbf), reason),
        }
    }

    fn make(&mut self, alg: Algorithm, nbf: Option<i64>, reason: &str) {
        self.act(self.lives.len(), Step::Make { alg, nbf }, reason);
    }

    fn prepare_successor(&mut self, alg: Algorithm, current: usize) {
        let Policy {
            every,
            lead,
            retain,
            ..
        } = *self.policy;
        let key_use = alg.key_use();
        let life = &self.lives[current];
        let since = life.nbf.unwrap_or(self.now);
        let turn = since.saturating_add(every);
        let takeover = life
            .exp
            .map_or(turn, |exp| turn.min(exp.saturating_sub(retain)));
        let scheduled = |index: usize| (self.lives[index].nbf).is_some_and(|nbf| nbf > self.now);
        if self.others(key_use).into_iter().any(scheduled)
            || self.now < takeover.saturating_sub(lead)
        {
            return;
        }
        let nbf = (takeover.max(self.now.saturating_add(lead))).max(since.saturating_add(1));
        let interlock = !self.policy.served.is_empty() && key_use == Use::Sig;
        let waiting: Vec<usize> = (self.others(key_use).into_iter())
            .filter(|index| self.lives[*index].nbf.is_none())
            .collect();
        let ready = |index: &&usize| !interlock || self.lives[**index].is_served;
        match waiting.iter().find(ready) {
            Some(index) => self.act(*index, Step::Promote { nbf }, "its turn comes"),
            None if !waiting.is_empty() => {}
            None => self.make(alg, (!interlock).then_some(nbf), "a successor is due"),
        }
    }

    /// A signer's tokens may be under way for `retain` after its successor took over.
    fn end_signers(&mut self) {
        let mut line = self.others(Use::Sig);
        line.extend(active(&self.lives, Use::Sig, self.now));
        line.retain(|index| self.lives[*index].nbf.is_some());
        line.sort_by_key(|index| (self.lives[*index].seniority(), *index));
        for pair in line.windows(2) {
            let Some(takeover) = self.lives[pair[1]].nbf else {
                continue;
            };
            // What never had an end may have signed until now, whenever its successor was to take over.
            let old = self.lives[pair[0]].exp;
            let last = if old.is_none() {
                takeover.max(self.now)
            } else {
                takeover
            };
            let exp = last.saturating_add(self.policy.retain);
            if old.is_none_or(|old| old < exp) {
                self.act(pair[0], Step::Retire { exp }, "superseded");
            }
        }
    }

    /// A recipient's key leaves the published set by this run, not by the clock, so its end counts from now.
    fn end_recipients(&mut self) {
        for index in self.others(Use::Enc) {
            let life = &self.lives[index];
            if life.exp.is_none() && life.nbf.is_some_and(|nbf| nbf <= self.now) {
                let exp = self.end_of_use(Use::Enc);
                self.act(index, Step::Retire { exp }, "superseded");
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
