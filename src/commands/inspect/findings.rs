//! Findings for people and for machines.

use serde_json::{Value, json};

use crate::inspect::findings::rules::RULES;
use crate::inspect::findings::{Finding, Severity};
use crate::output::styled_text::{Style, StyledText};

/// An id that there is.
pub(super) fn id(typed: &str) -> Result<String, String> {
    match RULES.iter().any(|rule| rule.id == typed) {
        true => Ok(typed.to_owned()),
        false => {
            let near = RULES
                .iter()
                .filter(|rule| typed.len() > 2 && rule.id.contains(typed));
            let near: Vec<&str> = near.map(|rule| rule.id).collect();
            Err(match near.is_empty() {
                true => "no such finding".into(),
                false => format!("no such finding; there are {}", near.join(", ")),
            })
        }
    }
}

/// One finding as JSON.
pub(super) fn object(finding: &Finding) -> Value {
    json!({
        "id": finding.rule.id,
        "severity": finding.severity.as_str(),
        "where": finding.place,
        "message": finding.message,
        "evidence": finding.evidence,
        "why": finding.rule.why,
        "fix": finding.rule.fix,
        "reference": finding.rule.reference,
    })
}

pub(super) fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => Style::Bad,
        Severity::Medium => Style::Warn,
        Severity::Low => Style::Strong,
        Severity::Info => Style::Dim,
    }
}

/// Adds the findings to a page.
pub(super) fn show(findings: &[Finding], page: &mut StyledText) {
    if findings.is_empty() {
        return page.heading("No findings");
    }
    page.heading("Findings");
    for finding in findings {
        let label = format!("  {:<9} ", finding.severity.as_str());
        let first = [(style(finding.severity), label.as_str())];
        let mut text = format!("{} [{}]", finding.message, finding.rule.id);
        if !finding.place.is_empty() {
            text = format!("{}: {text}", finding.place);
        }
        page.prose(&first, Style::Plain, &text);
        let indent = " ".repeat(label.len());
        let first = [(Style::Plain, indent.as_str())];
        if finding.severity > Severity::Info {
            if let Some(evidence) = &finding.evidence {
                page.prose(&first, Style::Plain, &format!("there: {evidence}"));
            }
            let rule = finding.rule;
            let text = format!("{}; {} ({})", rule.why, rule.fix, rule.reference);
            page.prose(&first, Style::Dim, &text);
        }
    }
}
