//! Findings: what is provably wrong or unwise about an object, and nothing else. Pure: nothing is fetched.
//!
//! [`rules`] is the table of the rules. [`token_findings`] checks tokens, [`key_findings`] keys, [`set_findings`] JWK Sets
//! and [`certificates`] certificates.

pub mod certificates;
pub mod consumers;
pub mod device_findings;
pub mod issuer_findings;
pub mod key_findings;
pub mod key_match;
pub mod pem_blocks;
pub mod profile_verdict;
pub mod rules;
pub mod set_findings;
pub mod token_findings;

pub use rules::Rule;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Information; nothing is wrong.
    Info,
    /// Unwise, or not what the standards recommend.
    Low,
    /// Likely to fail or to be abused.
    Medium,
    /// Broken, or an attack.
    High,
    /// Exploitable by anyone.
    Critical,
}

impl Severity {
    /// Every severity, the lowest first.
    pub const ALL: [Severity; 5] = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// How bad it is in this case.
    pub severity: Severity,
    /// Where: `header.alg`, `claims.exp`, `keys[2].n`.
    pub place: String,
    /// What is wrong. One line, not yet escaped.
    pub message: String,
    /// The text that shows the problem, shortened. It is never a secret.
    pub evidence: Option<String>,
}

impl Finding {
    /// Returns a finding without evidence.
    pub fn new(
        rule: &'static Rule,
        severity: Severity,
        place: impl Into<String>,
        message: impl Into<String>,
    ) -> Finding {
        Finding {
            rule,
            severity,
            place: place.into(),
            message: message.into(),
            evidence: None,
        }
    }

    pub(super) fn with_evidence(mut self, evidence: impl std::fmt::Display) -> Finding {
        const SHOWN: usize = 60;
        let text = evidence.to_string();
        let mut short: String = text.chars().take(SHOWN).collect();
        if short.len() < text.len() {
            short.push_str("..");
        }
        self.evidence = Some(short);
        self
    }

    /// Prefixes the place with the place of the enclosing object.
    pub fn with_place_prefix(mut self, place: &str) -> Finding {
        self.place = if self.place.is_empty() {
            place.to_owned()
        } else {
            format!("{place}.{}", self.place)
        };
        self
    }
}

/// How many findings of one rule are reported.
pub(super) const MAX_OF_A_RULE: usize = 20;

/// Sorts findings by severity, the worst first, and limits the number of findings of each rule.
pub fn sort_by_severity(findings: &mut Vec<Finding>) {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut counts = std::collections::HashMap::new();
    findings.retain(|finding| {
        let count = counts.entry(finding.rule.id).or_insert(0);
        *count += 1;
        *count <= MAX_OF_A_RULE
    });
}
