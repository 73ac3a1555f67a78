//! SARIF 2.1.0, for code scanning.

use serde::Serialize;

use crate::inspection::findings::rules::RULES;
use crate::inspection::findings::{Finding, Severity};
use crate::output::console::json_text;

/// A finding, and the line of the artifact that it is in.
pub struct Located<'a> {
    /// The path.
    pub artifact: &'a str,
    /// The line, from 1.
    pub line: usize,
    /// The finding.
    pub finding: &'a Finding,
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
struct Run {
    tool: Tool,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<ReportingDescriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportingDescriptor {
    id: &'static str,
    short_description: Message,
    help: Message,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    properties: Properties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

#[derive(Serialize)]
struct Properties {
    severity: &'static str,
}

/// Returns the SARIF log of these findings as one line.
pub fn build_log<'a>(results: impl Iterator<Item = Located<'a>>) -> String {
    let rules = RULES.iter().map(|rule| ReportingDescriptor {
        id: rule.id,
        short_description: Message {
            text: rule.why.into(),
        },
        help: Message {
            text: format!("{} ({})", rule.fix, rule.reference),
        },
    });
    let driver = Driver {
        name: "jotsmith",
        version: env!("CARGO_PKG_VERSION"),
        rules: rules.collect(),
    };
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver },
            results: results.map(build_result).collect(),
        }],
    };
    // The log has string keys and no values that refuse to be serialized.
    let text = serde_json::to_string(&log).expect("a log is plain data");
    format!("{}\n", json_text(&text))
}

fn build_result(located: Located<'_>) -> SarifResult {
    let finding = located.finding;
    SarifResult {
        rule_id: finding.rule.id,
        rule_index: RULES.iter().position(|rule| rule.id == finding.rule.id),
        level: match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "note",
        },
        message: Message {
            text: finding.message.clone(),
        },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation {
                    uri: artifact_uri(located.artifact),
                },
                region: Region {
                    start_line: located.line,
                },
            },
            logical_locations: [LogicalLocation {
                fully_qualified_name: finding.place.clone(),
            }],
        }],
        properties: Properties {
            severity: finding.severity.as_str(),
        },
    }
}

/// Returns a path as a relative reference (RFC 3986). Other characters are percent-encoded.
fn artifact_uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    let encode = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_become_relative_uris() {
        assert_eq!(super::artifact_uri("a b/ü#1.txt"), "a%20b/%C3%BC%231.txt");
    }
}
