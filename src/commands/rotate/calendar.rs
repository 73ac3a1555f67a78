//! `rotate --simulate` and `rotate --diff`: future actions, and what changes for verifiers.

use anyhow::Result;
use serde::Serialize;

use super::publish::{Target, TargetKind};
use super::rotate_report::describe_time;
use super::{RotationRun, rotate_status};
use crate::cli::time::Duration;
use crate::commands::Context;
use crate::crypto::KeySet;
use crate::crypto::alg::Algorithm;
use crate::keyfile;
use crate::output::reports::format_rfc3339;
use crate::output::styled_text::{Style, StyledText};
use crate::rotation::{self, ActionKind, Change, simulate};

/// The width of the columns before the key of an event.
const TIME_COLUMNS: usize = 41;

/// The report of `rotate --simulate`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SimulationReport {
    /// What happens, in the order of time.
    events: Vec<EventReport>,
}

/// Something that happens to a key.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EventReport {
    /// When, in Unix seconds.
    at: i64,
    /// make, promote, retire, drop, or active if the key begins to be used.
    action: &'static str,
    /// The key ID, or the number of a key that does not exist yet: "new key 1".
    key: String,
    /// The algorithm of a new key.
    alg: Option<&'static str>,
    /// Why a run acts.
    reason: Option<String>,
}

/// Prints the actions in the next `period`.
///
/// # Errors
/// If stdout cannot be written.
pub fn print_simulation(run: &RotationRun, period: Duration, context: &Context) -> Result<()> {
    let report = SimulationReport::from_run(run, period, context.now);
    if context.console.json {
        return context.console.write_report(&report);
    }
    let text = context.console.render_text(&report.render_text(context));
    context.console.write_bytes(text.as_bytes())?;
    if report.events.len() == rotation::MAX_EVENTS {
        context.console.print_note("only the first 1000 events are shown");
    }
    Ok(())
}

impl SimulationReport {
    /// Returns the events in `period` from `now`.
    fn from_run(run: &RotationRun, period: Duration, now: i64) -> SimulationReport {
        let lifetimes = run.ring.lifetimes();
        let kids: Vec<Option<&str>> = run.ring.members().map(|(kid, ..)| kid).collect();
        let period = i64::try_from(period.0).unwrap_or(i64::MAX);
        let until = now.saturating_add(period);
        let events = simulate(&lifetimes, &run.policy, now, until);
        let events = events.into_iter().map(|event| {
            let (action, alg, reason) = match event.change {
                Change::Active => ("active", None, None),
                Change::Action(step, reason) => {
                    let alg = match step {
                        ActionKind::Make { alg, .. } => Some(alg.name()),
                        _ => None,
                    };
                    (step.name(), alg, Some(reason))
                }
            };
            let key = match kids.get(event.key) {
                Some(kid) => kid.unwrap_or("(no kid)").to_owned(),
                None => format!("new key {}", event.key + 1 - kids.len()),
            };
            EventReport {
                at: event.at,
                action,
                key,
                alg,
                reason,
            }
        });
        SimulationReport {
            events: events.collect(),
        }
    }

    fn render_text(&self, context: &Context) -> StyledText {
        let mut page = StyledText::default();
        if self.events.is_empty() {
            page.add_plain(Style::Plain, "no actions");
        }
        for event in &self.events {
            let style = match event.action {
                "active" => Style::Good,
                "retire" | "drop" => Style::Warn,
                _ => Style::Plain,
            };
            let distance = Duration(event.at.abs_diff(context.now));
            let mut detail = String::new();
            if let Some(alg) = event.alg {
                detail += &format!(" ({alg})");
            }
            if let Some(reason) = &event.reason {
                detail += &format!(": {reason}");
            }
            // The key ID is shortened so that an event fits on one line.
            let columns = context
                .console
                .width()
                .saturating_sub(TIME_COLUMNS + detail.chars().count())
                .max("new key 1000".len());
            let text = rotate_status::truncate(&event.key, columns) + &detail;
            page.add_line([
                (
                    Style::Dim,
                    format!(
                        "{} {:<10} ",
                        format_rfc3339(event.at),
                        format!("+{distance}")
                    ),
                ),
                (style, format!("{:<8} ", event.action)),
                (Style::Plain, text),
            ]);
        }
        page
    }
}

/// The report of `rotate --diff`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DiffReport {
    /// The published files, or one entry without a path if none is named.
    files: Vec<FileDiff>,
}

/// What changes in a published file.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FileDiff {
    /// The file.
    path: Option<String>,
    /// The keys that are added: key IDs, and "new key (ALG)" for keys that do not exist yet.
    added: Vec<String>,
    /// The key IDs of the keys that are removed.
    removed: Vec<String>,
    /// The key IDs of the keys that stay.
    kept: Vec<String>,
}

/// Prints what the plan changes for verifiers.
///
/// # Errors
/// If stdout cannot be written.
pub fn print_diff(run: &RotationRun, targets: &[Target], context: &Context) -> Result<()> {
    let report = DiffReport::from_run(run, targets, context.now)?;
    if context.console.json {
        return context.console.write_report(&report);
    }
    let mut page = report.render_text();
    if let Some(next) = rotation::next_due(&run.ring.lifetimes(), &run.policy, context.now) {
        page.add_plain(
            Style::Dim,
            format!("next: {}", describe_time(next, context.now)),
        );
    }
    let text = context.console.render_text(&page);
    context.console.write_bytes(text.as_bytes())
}

impl DiffReport {
    /// Compares the keys of the published files with those after the plan.
    fn from_run(run: &RotationRun, targets: &[Target], now: i64) -> Result<DiffReport> {
        let kid = |kid: &Option<String>| kid.clone().unwrap_or_else(|| "(no kid)".into());
        let published = run.ring.published_keys(now)?;
        let current: Vec<String> = published.iter().map(|key| kid(&key.as_key().kid)).collect();
        let ends_now = |step: ActionKind| match step {
            ActionKind::Revoke | ActionKind::Drop => true,
            ActionKind::Retire { exp } => exp <= now,
            _ => false,
        };
        let mut after = current.clone();
        for action in &run.plan {
            if let ActionKind::Make { alg, .. } = action.step
                && matches!(alg, Algorithm::Signature(_))
                && !alg.is_symmetric()
            {
                after.push(format!("new key ({})", alg.name()));
            } else if ends_now(action.step) {
                let gone = run.ring.members().nth(action.index).and_then(|(kid, ..)| kid);
                after.retain(|kid| Some(&**kid) != gone);
            }
        }
        let sets = targets.iter().filter(|target| target.kind == TargetKind::KeySet);
        let mut before: Vec<(Option<String>, Vec<String>)> = sets
            .map(|target| {
                let found = target
                    .found
                    .as_ref()
                    .and_then(|found| keyfile::parse_json(found.expose()).ok());
                let kids = found.iter().flat_map(KeySet::keys).map(|key| kid(&key.kid));
                (Some(target.path.display().to_string()), kids.collect())
            })
            .collect();
        if before.is_empty() {
            before.push((None, current));
        }
        let difference = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|kid| !other.contains(kid)).cloned().collect()
        };
        let files = before.into_iter().map(|(path, before)| FileDiff {
            added: difference(&after, &before),
            removed: difference(&before, &after),
            kept: before.iter().filter(|kid| after.contains(kid)).cloned().collect(),
            path,
        });
        Ok(DiffReport {
            files: files.collect(),
        })
    }

    fn render_text(&self) -> StyledText {
        let mut page = StyledText::default();
        for file in &self.files {
            let path = file.path.as_deref().unwrap_or("published keys");
            page.add_plain(Style::Strong, path);
            let signed = [
                (Style::Good, '+', &file.added),
                (Style::Bad, '-', &file.removed),
                (Style::Plain, ' ', &file.kept),
            ];
            for (style, sign, kids) in signed {
                for kid in kids {
                    page.add_plain(style, format!("{sign} {kid}"));
                }
            }
            if file.added.is_empty() && file.removed.is_empty() {
                page.add_plain(Style::Dim, "  no change");
            }
        }
        page
    }
}
