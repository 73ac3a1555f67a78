//! The reports of `rotate`.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::publish::{self, Target, TargetKind};
use super::{RotationRun, rotate_status};
use crate::cli::time::Duration;
use crate::commands::Context;
use crate::crypto::Key;
use crate::crypto::key::Use;
use crate::output::reports::format_rfc3339;
use crate::rotation::{
    ActionKind, AppliedAction, KeyLifetime, Policy, State, key_states, next_due,
};

/// What was done or is due, and the state of the set afterwards.
pub struct Report {
    /// The time of the report, in Unix seconds.
    pub now: i64,
    /// Whether something is due that was not done.
    pub due: bool,
    changed: bool,
    actions: Vec<AppliedAction>,
    /// The keys of the set.
    pub keys: Vec<Row>,
    published: Vec<String>,
    policy: Policy,
    policy_changed: bool,
    /// How often the set was written.
    pub generation: i64,
    /// When the next action is due.
    pub next_due: Option<i64>,
    /// Where verifiers fetch the set, and whether every published key was found there.
    pub served: Vec<(String, bool)>,
    /// By how many seconds the clock is behind the set, if no action is taken because of that.
    clock_behind: Option<i64>,
    /// The labels of keys that an interrupted run left in the token and that are not in the set.
    orphans: Vec<String>,
}

/// Where a report is printed.
#[derive(Debug, Clone, Copy)]
pub enum Stream {
    /// The report is the result.
    Stdout,
    /// The set is written to stdout.
    Stderr,
}

/// One key.
pub struct Row {
    /// Its kid.
    pub kid: Option<String>,
    /// The algorithm that it is bound to.
    pub alg: Option<&'static str>,
    /// Its lifetime.
    pub lifetime: KeyLifetime,
    /// Its current state.
    pub state: State,
}

impl Report {
    /// Returns the state of the set.
    pub fn from_run(run: &RotationRun, now: i64) -> Report {
        let lifetimes = run.ring.lifetimes();
        let rows = run.ring.members().zip(key_states(&lifetimes, now));
        let row =
            |((kid, lifetime, key), state): ((Option<&str>, &KeyLifetime, Option<&Key>), State)| {
                Row {
                    kid: kid.map(str::to_owned),
                    alg: key.and_then(Key::alg).map(|alg| alg.name()),
                    lifetime: lifetime.clone(),
                    state,
                }
            };
        Report {
            now,
            due: false,
            changed: false,
            actions: Vec::new(),
            keys: rows.map(row).collect(),
            published: Vec::new(),
            policy: run.policy.clone(),
            policy_changed: run.policy_changed,
            generation: run.ring.generation(),
            next_due: next_due(&lifetimes, &run.policy, now),
            clock_behind: run.clock_behind,
            served: run.served.clone(),
            orphans: Vec::new(),
        }
    }

    /// Whether `--check` fails: an action is due, or the clock is more than a minute behind the set, so that none is taken.
    pub fn needs_attention(&self) -> bool {
        const TOLERANCE: i64 = 60;
        self.due || self.clock_behind.is_some_and(|behind| behind > TOLERANCE)
    }

    /// Adds what is due.
    ///
    /// # Errors
    /// [`crate::crypto::Error::Backend`].
    pub fn with_plan(mut self, run: &RotationRun, targets: &[Target]) -> Result<Report> {
        for action in &run.plan {
            let row = self.keys.get(action.index);
            self.actions.push(AppliedAction {
                kid: row.and_then(|row| row.kid.clone()),
                key_use: match (action.step, row) {
                    (ActionKind::Make { alg, .. }, _) => alg.key_use(),
                    (_, row) => row.map_or(Use::Sig, |row| row.lifetime.key_use),
                },
                step: action.step,
                reason: action.reason.clone(),
            });
        }
        let keys = run.ring.published_keys(self.now)?;
        for target in targets {
            let is_current = match target.kind {
                TargetKind::ActiveKey => publish::active_text(run, self.now)?
                    .is_none_or(|text| target.is_current(text.expose())),
                _ => target.is_current(&target.public_text(&keys)?),
            };
            if !run.plan.is_empty() || !is_current {
                self.published.push(display_path(&target.path));
            }
        }
        self.due = run.writes_set() || !self.published.is_empty();
        if self.due {
            self.next_due = Some(self.now);
        }
        Ok(self)
    }

    /// Adds what was done.
    pub fn with_applied_actions(
        mut self,
        done: Vec<AppliedAction>,
        writes: bool,
        published: &[&Path],
    ) -> Report {
        self.changed = writes || !published.is_empty();
        self.actions = done;
        self.published = published.iter().map(|path| display_path(path)).collect();
        self
    }

    /// Adds the labels of keys in the token that are not in the set.
    pub fn with_orphans(mut self, orphans: Vec<String>) -> Report {
        self.orphans = orphans;
        self
    }

    /// Prints what was done, or what is due.
    ///
    /// # Errors
    /// If stdout is closed.
    pub fn print(&self, context: &Context, stream: Stream) -> Result<()> {
        let console = &context.console;
        if console.json {
            return match stream {
                Stream::Stdout => console.write_report(&self.members()),
                Stream::Stderr => console.report_to_stderr(&self.members()),
            };
        }
        for line in self.lines() {
            match stream {
                // With --quiet, the exit code is the result.
                _ if console.quiet => {}
                Stream::Stdout => console.write_line(&line)?,
                Stream::Stderr => console.print_note(&line),
            }
        }
        Ok(())
    }

    /// Returns what was done, or what is due, as lines of text.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let would = if self.due { "would " } else { "" };
        for action in &self.actions {
            lines.push(format!("{would}{}", self.describe_action(action)));
        }
        if self.policy_changed {
            let verb = if self.due { "set the policy" } else { "policy" };
            let policy = policy_in_words(&self.policy);
            lines.push(format!("{would}{verb}: {policy}"));
        }
        for path in &self.published {
            let verb = if self.due { "publish" } else { "published" };
            lines.push(format!("{would}{verb} {path}"));
        }
        if !self.changed && !self.due {
            let text = match self.clock_behind {
                Some(_) => "nothing is changed while the clock is behind the set",
                None => "nothing is due",
            };
            lines.push(text.to_owned());
        }
        if let Some(next) = self.next_due.filter(|next| *next > self.now) {
            lines.push(format!("next: {}", describe_time(next, self.now)));
        }
        lines
    }

    /// Prints the timeline of every key.
    ///
    /// # Errors
    /// If stdout is closed.
    pub fn print_status(&self, context: &Context) -> Result<()> {
        if context.console.json {
            return context.console.write_report(&self.members());
        }
        let page = rotate_status::draw_timeline(
            &self.keys,
            &self.policy,
            self.now,
            context.console.width(),
        );
        context.console.write_bytes(context.console.render_text(&page).as_bytes())?;
        if let Some(next) = self.next_due {
            context.console.write_line(&format!("next: {}", describe_time(next, self.now)))?;
        }
        Ok(())
    }

    fn describe_action(&self, action: &AppliedAction) -> String {
        let done = !self.due;
        let kid = action.kid.as_deref().unwrap_or("a key");
        let verb = match action.step {
            ActionKind::Make { .. } if done => "created",
            ActionKind::Make { .. } => "create",
            ActionKind::Adopt { .. } if done => "adopted",
            ActionKind::Drop if done => "removed",
            ActionKind::Drop => "remove",
            // The key remains valid until its removal.
            ActionKind::Retire { .. } if done => "scheduled the removal of",
            ActionKind::Retire { .. } => "schedule the removal of",
            step if done => &format!("{}d", step.name()),
            step => step.name(),
        };
        let detail = match action.step {
            ActionKind::Make { alg, nbf } => {
                let from = match nbf {
                    Some(nbf) => format!("active from {}", describe_time(nbf, self.now)),
                    None => "active once it is served".into(),
                };
                format!(" ({}), {from}", alg.name())
            }
            ActionKind::Adopt { nbf } | ActionKind::Promote { nbf } => {
                format!(", active from {}", describe_time(nbf, self.now))
            }
            ActionKind::Retire { exp } => format!(" at {}", describe_time(exp, self.now)),
            ActionKind::Revoke | ActionKind::Drop => String::new(),
        };
        format!("{verb} {kid}{detail}: {}", action.reason)
    }

    /// Returns the report to serialize.
    fn members(&self) -> RotationReport<'_> {
        let action = |done: &AppliedAction| {
            let (alg, nbf, exp) = match done.step {
                ActionKind::Make { alg, nbf } => (Some(alg.name()), nbf, None),
                ActionKind::Adopt { nbf } | ActionKind::Promote { nbf } => (None, Some(nbf), None),
                ActionKind::Retire { exp } => (None, None, Some(exp)),
                ActionKind::Revoke | ActionKind::Drop => (None, None, None),
            };
            ActionReport {
                action: done.step.name(),
                kid: done.kid.clone(),
                key_use: done.key_use.name(),
                alg,
                nbf,
                exp,
                reason: done.reason.clone(),
            }
        };
        let key = |row: &Row| KeyReport {
            kid: row.kid.clone(),
            key_use: row.lifetime.key_use.name(),
            alg: row.alg,
            state: row.state.name(),
            iat: row.lifetime.iat,
            nbf: row.lifetime.nbf,
            exp: row.lifetime.exp,
        };
        RotationReport {
            changed: self.changed,
            due: self.due,
            actions: self.actions.iter().map(action).collect(),
            keys: self.keys.iter().map(key).collect(),
            published: &self.published,
            policy: PolicyReport {
                every: self.policy.every,
                lead: self.policy.lead,
                retain: self.policy.retain,
                changed: self.policy_changed,
            },
            generation: self.generation,
            next_due: self.next_due,
            orphans: &self.orphans,
        }
    }
}

/// The report of `rotate`. Times are in Unix seconds, durations in seconds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RotationReport<'r> {
    /// Whether a file was changed.
    changed: bool,
    /// Whether something is due that was not done.
    due: bool,
    /// What was done, or what is due.
    actions: Vec<ActionReport>,
    /// The keys of the set, in order.
    keys: Vec<KeyReport>,
    /// The files that were published to, or that would be.
    published: &'r [String],
    /// How often the keys change.
    policy: PolicyReport,
    /// How often the set was written, for compare and swap.
    generation: i64,
    /// When the next action is due; null if there is none.
    next_due: Option<i64>,
    /// The labels of keys in the token that an interrupted run left there; absent without such keys.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    orphans: &'r [String],
}

/// Something that was done to a key, or is due.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ActionReport {
    /// make, adopt, promote, retire, revoke or drop.
    action: &'static str,
    /// The key ID; null for a key that does not exist yet.
    kid: Option<String>,
    /// sig or enc.
    #[serde(rename = "use")]
    key_use: &'static str,
    /// The algorithm of a new key.
    alg: Option<&'static str>,
    /// The time from which the key may be used, if the action sets it.
    nbf: Option<i64>,
    /// The end of the key, if the action sets it.
    exp: Option<i64>,
    /// Why.
    reason: String,
}

/// A key of the set.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct KeyReport {
    /// The key ID.
    kid: Option<String>,
    /// sig or enc.
    #[serde(rename = "use")]
    key_use: &'static str,
    /// The algorithm that it is bound to.
    alg: Option<&'static str>,
    /// pending, active, retiring, expired or revoked.
    state: &'static str,
    /// When it was created.
    iat: Option<i64>,
    /// The time from which it may be used.
    nbf: Option<i64>,
    /// Its end.
    exp: Option<i64>,
}

/// The policy of the set.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PolicyReport {
    /// How long a key is active.
    every: i64,
    /// How long it is published before it is used.
    lead: i64,
    /// How long it is kept after its last use.
    retain: i64,
    /// Whether this run changes the policy, or would.
    changed: bool,
}

fn policy_in_words(policy: &Policy) -> String {
    let words = |time: i64| Duration(time.unsigned_abs()).to_string();
    let algs: Vec<&str> = policy.algs.iter().map(|alg| alg.name()).collect();
    let mut text = format!(
        "{}, every {}, lead {}, retain {}",
        algs.join(" and "),
        words(policy.every),
        words(policy.lead),
        words(policy.retain)
    );
    if !policy.served.is_empty() {
        text.push_str(&format!(
            ", activated once served by {}",
            policy.served.join(" and ")
        ));
    }
    if let Some(token) = &policy.token {
        text.push_str(&format!(", in {token}"));
    }
    text
}

fn display_path(path: &Path) -> String {
    path.display().to_string()
}

/// Formats a time and its distance from now.
pub fn describe_time(time: i64, now: i64) -> String {
    let distance = Duration(time.abs_diff(now));
    match time.cmp(&now) {
        std::cmp::Ordering::Less => format!("{} ({distance} ago)", format_rfc3339(time)),
        std::cmp::Ordering::Equal => format!("{} (now)", format_rfc3339(time)),
        std::cmp::Ordering::Greater => format!("{} (in {distance})", format_rfc3339(time)),
    }
}
