//! The report to share: verdict, findings, decoded content, and the hash of the input.

use serde_json::Value;

use super::describe;
use super::inspect_report::{InspectReport, TokenReport};
use crate::inspection::findings::{Finding, Severity};
use crate::output::console::json_text;
use crate::output::document::{Document, Span, reference_spans};
use crate::output::finding_text;

/// Builds the report about an input with this name and content.
pub(super) fn build_document(
    report: &InspectReport,
    name: &str,
    bytes: &[u8],
    now: i64,
) -> Document {
    let mut document = Document::default();
    document.add_heading(1, "Inspection report");
    match report {
        InspectReport::Token(report) => add_verdict(report, &mut document),
        InspectReport::Keys(report) => {
            document.add_paragraph(vec![Span::Strong("", report.summary.clone())]);
        }
        InspectReport::Issuer(report) => {
            document.add_paragraph(vec![Span::Strong("", report.summary.clone())]);
        }
        InspectReport::Device(report) => {
            document.add_paragraph(vec![Span::Strong("", report.summary.clone())]);
        }
    }
    document.add_paragraph(vec![
        Span::Text("Findings: ".into()),
        Span::Text(finding_text::count_by_severity(report.findings())),
    ]);
    add_findings(report.findings(), &mut document);
    match report {
        InspectReport::Token(report) => add_token(report, &mut document),
        InspectReport::Keys(report) => {
            document.add_heading(2, "Keys");
            // The report about a key contains no private members.
            document.add_code(format_json(
                &serde_json::to_value(&report.keys).unwrap_or_default(),
            ));
        }
        InspectReport::Device(report) => {
            document.add_heading(2, "Tokens");
            let tokens = serde_json::to_value(&report.tokens).unwrap_or_default();
            document.add_code(format_json(&tokens));
        }
        InspectReport::Issuer(report) => {
            document.add_heading(2, "Metadata");
            document.add_code(format_json(&Value::Object(report.metadata.clone())));
            if let Some(keys) = &report.keys {
                document.add_heading(2, "Keys");
                let keys = serde_json::to_value(&keys.keys).unwrap_or_default();
                document.add_code(format_json(&keys));
            }
        }
    }
    document.add_heading(2, "About this report");
    let hash = openssl::sha::sha256(bytes);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let row = |name: &str, value: String| vec![Span::Text(name.into()), Span::Code(value)];
    document.add_table(vec![
        vec![Span::Text("Name".into()), Span::Text("Value".into())],
        row("Input", name.to_owned()),
        row("Length", format!("{} bytes", bytes.len())),
        row("SHA-256 of the input", hash),
        row(
            "Time",
            describe::format_instant(now as f64).unwrap_or_default(),
        ),
        row("Tool", format!("jotsmith {}", env!("CARGO_PKG_VERSION"))),
    ]);
    document
}

fn add_verdict(report: &TokenReport, document: &mut Document) {
    let (class, word, why) = report.verdict();
    document.add_paragraph(vec![
        Span::Strong(class, word.into()),
        Span::Text(format!(": {why}")),
    ]);
    document.add_paragraph(vec![Span::Text(report.members.summary.clone())]);
    let nested = || report.members.nested.as_ref()?.profile.as_ref();
    if let Some(profile) = report.members.profile.as_ref().or_else(nested) {
        document.add_paragraph(vec![Span::Text(profile.status_and_text().1)]);
    }
}

fn add_findings(found: &[Finding], document: &mut Document) {
    for severity in Severity::ALL.into_iter().rev() {
        let mut own = found.iter().filter(|one| one.severity == severity).peekable();
        if own.peek().is_none() {
            continue;
        }
        let name = severity.as_str();
        document.add_heading(2, format!("{}{}", name[..1].to_uppercase(), &name[1..]));
        for finding in own {
            let rule = finding.rule;
            document.add_heading(3, finding.message.clone());
            let mut first = vec![
                Span::Strong(name, name.into()),
                Span::Text(" ".into()),
                Span::Code(rule.id.into()),
            ];
            if !finding.place.is_empty() {
                first.push(Span::Text(" at ".into()));
                first.push(Span::Code(finding.place.clone()));
            }
            document.add_paragraph(first);
            if let Some(evidence) = &finding.evidence {
                let evidence = Span::Code(evidence.clone());
                document.add_paragraph(vec![Span::Text("Evidence: ".into()), evidence]);
            }
            document.add_paragraph(vec![Span::Text(format!("Why it matters: {}.", rule.why))]);
            document.add_paragraph(vec![Span::Text(format!("Fix: {}.", rule.fix))]);
            let mut reference = vec![Span::Text("Reference: ".into())];
            reference.extend(reference_spans(rule.reference));
            document.add_paragraph(reference);
        }
    }
}

fn add_token(report: &TokenReport, document: &mut Document) {
    let members = serde_json::to_value(&report.members).unwrap_or_default();
    for (name, title) in [
        ("header", "Header"),
        ("unprotected_header", "Unprotected header"),
        ("signatures", "Signatures"),
        ("recipients", "Recipients"),
        ("claims", "Claims"),
        ("payload", "Payload"),
        ("disclosures", "Disclosures"),
        ("key_binding", "Key binding"),
        ("nested", "Token inside"),
    ] {
        if let Some(value) = members.get(name) {
            document.add_heading(2, title);
            document.add_code(format_json(value));
        }
    }
    let times = members.get("times").and_then(Value::as_object);
    if let Some(times) = times.filter(|times| !times.is_empty()) {
        document.add_heading(2, "Times");
        let header = ["Claim", "Time"].map(|name| Span::Text(name.into()));
        let mut rows = vec![header.to_vec()];
        for (name, time) in times {
            let words = time["words"].as_str().unwrap_or_default();
            rows.push(vec![Span::Code(name.clone()), Span::Text(words.into())]);
        }
        document.add_table(rows);
    }
}

/// Formats JSON with line breaks. Unprintable characters are escaped.
fn format_json(value: &Value) -> String {
    json_text(&format!("{value:#}")).into_owned()
}
