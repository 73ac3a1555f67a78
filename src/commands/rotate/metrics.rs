//! `rotate --metrics`: writes the state of the set in the text format of Prometheus, for the textfile collector of
//! node_exporter.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::rotate_report::{Report, Row};
use crate::crypto::key::Use;
use crate::io::file::{self, Audience, Prepared};
use crate::rotation::State;

const STATES: [State; 5] = [
    State::Pending,
    State::Active,
    State::Retiring,
    State::Expired,
    State::Revoked,
];

/// Writes the metrics file.
///
/// # Errors
/// If it cannot be written.
pub fn write_metrics(path: &Path, report: &Report) -> Result<()> {
    let text = metrics_text(report);
    file::prepare_successor(path, text.as_bytes(), Audience::Public).and_then(Prepared::commit)
}

fn metrics_text(report: &Report) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, help: &str, samples: &[(String, i64)]| {
        if samples.is_empty() {
            return;
        }
        // Writing to memory does not fail.
        let _ = writeln!(
            text,
            "# HELP jotsmith_{name} {help}\n# TYPE jotsmith_{name} gauge"
        );
        for (labels, value) in samples {
            let _ = writeln!(text, "jotsmith_{name}{labels} {value}");
        }
    };
    let rows = &report.keys;
    let count = |state: State, key_use: Use| {
        let is_counted = |row: &&Row| row.state == state && row.lifetime.key_use == key_use;
        rows.iter().filter(is_counted).count() as i64
    };
    let uses = [Use::Sig, Use::Enc];
    let counts: Vec<(String, i64)> = uses
        .iter()
        .flat_map(|key_use| STATES.map(|state| (state, *key_use)))
        .map(|(state, key_use)| {
            let labels = format!("{{state=\"{}\",use=\"{}\"}}", state.name(), key_use.name());
            (labels, count(state, key_use))
        })
        .collect();
    metric("keys", "Keys of the set by state and use.", &counts);
    let active = rows.iter().filter(|row| row.state == State::Active);
    let ages: Vec<(String, i64)> = active
        .filter_map(|row| {
            let since = row.lifetime.nbf.or(row.lifetime.iat)?;
            let labels = format!("{{use=\"{}\"}}", row.lifetime.key_use.name());
            Some((labels, report.now.saturating_sub(since)))
        })
        .collect();
    metric(
        "active_key_age_seconds",
        "Time since the active key became active.",
        &ages,
    );
    let next = report.next_due.map(|next| (String::new(), next.saturating_sub(report.now)));
    let help = "Time until the next action is due.";
    metric("next_action_seconds", help, next.as_slice());
    let generation = [(String::new(), report.generation)];
    metric("generation", "How often the set was written.", &generation);
    let served: Vec<(String, i64)> = report
        .served
        .iter()
        .map(|(source, is_served)| {
            let source = source.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            (format!("{{source=\"{source}\"}}"), i64::from(*is_served))
        })
        .collect();
    let help = "Whether every published key was found where verifiers fetch the set.";
    metric("served", help, &served);
    let run = [(String::new(), report.now)];
    metric("last_run_timestamp_seconds", "When rotate last ran.", &run);
    text
}
