//! `sign --list-profiles`: the table of profiles.

use anyhow::Result;
use serde::Serialize;

use crate::io::context::Context;
use crate::output::styled_text::{Style, StyledText};
use crate::profile::{Audience, KeySource, PROFILES, ProfileRow};

/// The report of `sign --list-profiles`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProfilesReport {
    /// Every profile.
    profiles: Vec<ProfileReport>,
}

/// The rules of a profile.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ProfileReport {
    /// The name for --profile.
    name: &'static str,
    /// The kind of token.
    summary: &'static str,
    /// The text that defines it.
    source: &'static str,
    /// Whether verify has the profile too.
    verify: bool,
    /// The values of typ that are accepted; sign writes the first one.
    typ: &'static [&'static str],
    /// Whether a token must have a typ.
    typ_required: bool,
    /// The algorithms that are allowed; empty allows all that the key allows.
    alg: &'static [&'static str],
    /// Where the key that verifies comes from: known, header, or either.
    key: &'static str,
    /// The claims that must be present.
    required: &'static [&'static str],
    /// At least one of these claims must be present, if there are any.
    any_of: &'static [&'static str],
    /// The claims that must be absent.
    forbidden: &'static [&'static str],
    /// The claims of which no disclosure of an SD-JWT may contain a part.
    visible: &'static [&'static str],
    /// The claims that must be strings, if they are present.
    strings: &'static [&'static str],
    /// Whether aud must be one string.
    one_audience: bool,
    /// The lifetime of a new token in seconds; null adds no exp.
    lifetime_seconds: Option<i64>,
    /// The longest lifetime in seconds.
    max_lifetime_seconds: Option<i64>,
    /// How old a token may be at most when it is verified, since its iat, in seconds; --max-age sets another.
    max_age_seconds: Option<u64>,
    /// More rules for claims and header parameters.
    rules: Vec<RuleReport>,
    /// Arguments of sign that make such a token.
    example: &'static str,
}

/// A rule for the content of a claim or header parameter.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RuleReport {
    /// claim or header.
    place: &'static str,
    /// The claim or parameter.
    name: &'static str,
    /// What it must be.
    expected: &'static str,
    /// What breaks the rule: members as JSON, or arguments of sign for the header.
    broken_by: &'static str,
}

impl ProfileReport {
    fn new(row: &ProfileRow) -> ProfileReport {
        let claims = row.checks.iter().map(|check| RuleReport {
            place: "claim",
            name: check.claim,
            expected: check.expected,
            broken_by: check.broken,
        });
        let header = row.header_checks.iter().map(|check| RuleReport {
            place: "header",
            name: check.parameter,
            expected: check.expected,
            broken_by: check.broken,
        });
        ProfileReport {
            name: row.name,
            summary: row.summary,
            source: row.source,
            verify: !row.is_for_signing,
            typ: row.types,
            typ_required: row.is_typ_required,
            alg: row.algorithms,
            key: match row.key_source {
                KeySource::Known => "known",
                KeySource::Header => "header",
                KeySource::HeaderOrKnown => "either",
            },
            required: row.required,
            any_of: row.any_of,
            forbidden: row.forbidden,
            visible: row.visible,
            strings: row.strings,
            one_audience: row.audience == Audience::One,
            lifetime_seconds: row.lifetime,
            max_lifetime_seconds: row.max_lifetime,
            max_age_seconds: row.max_age,
            rules: claims.chain(header).collect(),
            example: row.example,
        }
    }
}

/// Prints the table.
pub(super) fn run(context: &Context) -> Result<u8> {
    let report = ProfilesReport {
        profiles: PROFILES.iter().map(ProfileReport::new).collect(),
    };
    if context.console.json {
        context.console.write_report(&report)?;
    } else {
        let text = context.console.render_text(&report.render_table());
        context.console.write_bytes(text.as_bytes())?;
    }
    Ok(0)
}

impl ProfilesReport {
    fn render_table(&self) -> StyledText {
        let mut page = StyledText::default();
        for (place, row) in self.profiles.iter().enumerate() {
            if place > 0 {
                page.add_plain(Style::Plain, "");
            }
            let name = format!("{:<23}", row.name);
            page.add_prose(&[(Style::Strong, &name)], Style::Plain, row.summary);
            let lifetime = match (row.lifetime_seconds, row.max_lifetime_seconds) {
                (None, _) => String::new(),
                (Some(seconds), None) => format_minutes(seconds),
                (Some(seconds), Some(most)) => {
                    format!(
                        "{}, at most {}",
                        format_minutes(seconds),
                        format_minutes(most)
                    )
                }
            };
            let typ = match (row.typ, row.typ_required) {
                (typ, true) => typ.join(" or "),
                (typ, false) => format!("{}, or none", typ.join(", ")),
            };
            for (label, text) in [
                ("source", row.source.to_owned()),
                ("typ", typ),
                ("alg", row.alg.join(" ")),
                ("required", row.required.join(" ")),
                ("one of", row.any_of.join(" ")),
                ("forbidden", row.forbidden.join(" ")),
                ("visible", row.visible.join(" ")),
                ("lifetime", lifetime),
            ] {
                if !text.is_empty() {
                    let label = format!("  {label:<11}");
                    page.add_prose(&[(Style::Dim, &label)], Style::Plain, &text);
                }
            }
            for rule in &row.rules {
                let label = format!("  {:<11}", "rule");
                let text = format!("{}: {}", rule.name, rule.expected);
                page.add_prose(&[(Style::Dim, &label)], Style::Plain, &text);
            }
        }
        page
    }
}

fn format_minutes(seconds: i64) -> String {
    format!("{} min", seconds / 60)
}
