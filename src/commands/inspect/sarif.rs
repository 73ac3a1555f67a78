//! SARIF 2.1.0, for code scanning.

use serde_json::{Value, json};

use crate::inspect::findings::rules::RULES;
use crate::inspect::findings::{Finding, Severity};
use crate::output::console::json_text;

/// A finding, and the line of the artifact that it is in.
pub(super) struct Located<'a> {
    pub(super) artifact: &'a str,
    pub(super) line: usize,
    pub(super) finding: &'a Finding,
}

/// The log with these results, as one line.
pub(super) fn log<'a>(results: impl Iterator<Item = Located<'a>>) -> String {
    let rules = RULES.iter().map(|rule| {
        json!({
            "id": rule.id,
            "shortDescription": {"text": rule.why},
            "help": {"text": format!("{} ({})", rule.fix, rule.reference)},
        })
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "jotsmith",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<Value>>(),
            }},
            "results": results.map(result).collect::<Vec<Value>>(),
        }],
    });
    format!("{}\n", json_text(&log.to_string()))
}

fn result(located: Located<'_>) -> Value {
    let finding = located.finding;
    let index = RULES.iter().position(|rule| rule.id == finding.rule.id);
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "note",
        },
        "message": {"text": finding.message},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": uri(located.artifact)},
                "region": {"startLine": located.line},
            },
            "logicalLocations": [{"fullyQualifiedName": finding.place}],
        }],
        "properties": {"severity": finding.severity.as_str()},
    })
}

/// A path as a relative reference: what a URI does not have is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    path.bytes().fold(String::new(), |mut text, byte| {
        match plain(byte) {
            true => text.push(byte as char),
            false => text += &format!("%{byte:02X}"),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_become_references() {
        assert_eq!(super::uri("a b/ü#1.txt"), "a%20b/%C3%BC%231.txt");
    }
}
