//! `--diff`: compares the header, claims, times and key of two tokens.

use serde_json::Value;

use super::describe;
use super::inspect_report::{InspectReport, TokenReport};
use crate::crypto::json::Object;
use crate::inspection::findings::token_findings::to_span;
use crate::output::styled_text::{Style, StyledText};

/// Adds the differences to a text.
pub(super) fn write_diff(left: &TokenReport, right: &TokenReport, now: i64, text: &mut StyledText) {
    let reports = [left, right];
    text.add_plain(
        Style::Strong,
        "Differences between two tokens; neither is verified",
    );
    for (mark, report) in ["-", "+"].into_iter().zip(reports) {
        let (_, word, _) = report.verdict();
        let line = format!("{mark} {}, {word}", report.members.summary);
        text.add_plain(Style::Plain, line);
    }
    let empty = Object::new();
    let header = |report: &TokenReport| {
        let document = report.token.head().protected.clone();
        document.map(|document| document.object.clone()).unwrap_or_default()
    };
    write_section("Header", [&header(left), &header(right)], None, text);
    let claims = reports.map(|report| report.token.claims().unwrap_or(&empty));
    write_section("Claims", claims, Some(now), text);
    text.add_heading("Times");
    let lifetime = |claims: &Object| {
        let time = |name: &str| claims.get(name).and_then(Value::as_f64);
        let start = time("iat").or(time("nbf"))?;
        Some(to_span(time("exp")? - start).to_string())
    };
    let lifetimes = claims.map(|claims| lifetime(claims).unwrap_or("not limited".into()));
    write_comparison("lifetime", &lifetimes, text);
    text.add_heading("Key");
    let name = |report: &TokenReport, name: &str| {
        let value = report.token.head().get(name);
        value.map_or("absent".to_owned(), ToString::to_string)
    };
    for member in ["alg", "kid", "jwk", "x5t#S256"] {
        let values = reports.map(|report| name(report, member));
        if values.iter().any(|value| value != "absent") {
            write_comparison(member, &values, text);
        }
    }
    if reports.iter().any(|report| report.verified_by.is_some()) {
        let key = |report: &TokenReport| report.verified_by.as_ref().map(|key| key.name());
        let keys = reports.map(|report| key(report).unwrap_or("not verified".into()));
        write_comparison("verified with", &keys, text);
    }
    let signature = |report: &TokenReport| {
        let head = report.token.head();
        head.tail.as_ref().map(|tail| tail.bytes.clone())
    };
    let is_same = signature(left) == signature(right);
    let line = if is_same { "the same" } else { "different" };
    text.add_plain(Style::Plain, format!("  signature  {line}"));
}

/// Returns the tokens to compare.
pub(super) fn read_tokens(
    left: InspectReport,
    right: InspectReport,
) -> Option<(Box<TokenReport>, Box<TokenReport>)> {
    match (left, right) {
        (InspectReport::Token(left), InspectReport::Token(right)) => Some((left, right)),
        _ => None,
    }
}

fn write_section(title: &str, sides: [&Object; 2], now: Option<i64>, text: &mut StyledText) {
    text.add_heading(title);
    let [left, right] = sides;
    let added = right.keys().filter(|name| !left.contains_key(*name));
    let names: Vec<&String> = left.keys().chain(added).collect();
    let differs = |name: &&&String| left.get(**name) != right.get(**name);
    let different: Vec<&&String> = names.iter().filter(differs).collect();
    for name in &different {
        for (mark, style, side) in [("-", Style::Bad, left), ("+", Style::Good, right)] {
            let Some(value) = side.get(**name) else {
                continue;
            };
            let words = now.and_then(|now| describe::claim_time(name, value, now));
            let words = words.map_or(String::new(), |words| format!("  {words}"));
            text.add_line([
                (style, format!("  {mark} {name}  ")),
                (Style::Plain, value.to_string()),
                (Style::Dim, words),
            ]);
        }
    }
    let same = names.len() - different.len();
    let noun = if same == 1 {
        "member is"
    } else {
        "members are"
    };
    text.add_plain(Style::Dim, format!("  {same} {noun} the same"));
}

fn write_comparison(name: &str, values: &[String; 2], text: &mut StyledText) {
    let [left, right] = values;
    if left == right {
        return text.add_plain(Style::Dim, format!("  {name}  {left}, the same"));
    }
    text.add_line([
        (Style::Bad, format!("  - {name}  ")),
        (Style::Plain, left.clone()),
    ]);
    text.add_line([
        (Style::Good, format!("  + {name}  ")),
        (Style::Plain, right.clone()),
    ]);
}
