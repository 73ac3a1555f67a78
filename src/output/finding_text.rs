//! Findings as text and as JSON.

use serde::{Serialize, Serializer};

use crate::inspection::findings::{Finding, Severity};
use crate::output::styled_text::{Style, StyledText};

/// One finding as a member of a report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingReport<'a> {
    /// The stable name of the rule.
    id: &'static str,
    /// info, low, medium, high or critical.
    severity: &'static str,
    /// A path into the token or key; empty for the input itself.
    #[serde(rename = "where")]
    place: &'a str,
    /// What is wrong.
    message: &'a str,
    /// The text that shows it, shortened.
    evidence: Option<&'a str>,
    /// Why it matters.
    why: &'static str,
    /// The fix.
    fix: &'static str,
    /// The standard or the CVE.
    reference: &'static str,
}

impl<'a> FindingReport<'a> {
    /// Returns the members of a finding.
    pub fn new(finding: &'a Finding) -> FindingReport<'a> {
        FindingReport {
            id: finding.rule.id,
            severity: finding.severity.as_str(),
            place: &finding.place,
            message: &finding.message,
            evidence: finding.evidence.as_deref(),
            why: finding.rule.why,
            fix: finding.rule.fix,
            reference: finding.rule.reference,
        }
    }
}

/// Serializes findings as [`FindingReport`]s.
///
/// # Errors
/// If the serializer fails.
pub fn serialize<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(FindingReport::new))
}

/// Returns the style of a severity.
pub fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => Style::Bad,
        Severity::Medium => Style::Warn,
        Severity::Low => Style::Strong,
        Severity::Info => Style::Dim,
    }
}

/// Adds the first line of a report: its title, and how many findings there are.
pub fn write_title(style: Style, title: &str, findings: &[Finding], text: &mut StyledText) {
    text.add_line([
        (style, title.to_owned()),
        (Style::Plain, format!("  {}", count_by_severity(findings))),
    ]);
}

/// Counts findings by severity, the worst first: `1 high, 2 info`, or `no findings`.
pub fn count_by_severity(findings: &[Finding]) -> String {
    let counts = Severity::ALL.into_iter().rev().filter_map(|severity| {
        let of_this = findings.iter().filter(|one| one.severity == severity);
        let count = of_this.count();
        (count > 0).then(|| format!("{count} {}", severity.as_str()))
    });
    let counts: Vec<String> = counts.collect();
    if counts.is_empty() {
        "no findings".into()
    } else {
        counts.join(", ")
    }
}

/// Adds the findings to a text.
pub fn write_findings(findings: &[Finding], text: &mut StyledText) {
    if findings.is_empty() {
        return;
    }
    text.add_heading("Findings");
    for finding in findings {
        let label = format!("  {:<9} ", finding.severity.as_str());
        let first = [(severity_style(finding.severity), label.as_str())];
        let mut line = format!("{} [{}]", finding.message, finding.rule.id);
        if !finding.place.is_empty() {
            line = format!("{}: {line}", finding.place);
        }
        text.add_prose(&first, Style::Plain, &line);
        if finding.severity == Severity::Info {
            continue;
        }
        let indent = " ".repeat(label.len());
        let first = [(Style::Plain, indent.as_str())];
        if let Some(evidence) = finding.evidence.as_ref().filter(|text| !text.is_empty()) {
            text.add_prose(&first, Style::Plain, &format!("evidence: {evidence}"));
        }
        let rule = finding.rule;
        let line = format!("{}; {} ({})", rule.why, rule.fix, rule.reference);
        text.add_prose(&first, Style::Dim, &line);
    }
}
