//! Findings: what an object itself proves to be wrong or unwise, and nothing else. Pure; nothing is looked up.
//!
//! [`rules`] is the table of what can be found. [`token_findings`] looks at tokens, [`key_findings`] at keys,
//! [`set_findings`] at key sets and [`certificates`] at certificates.

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
    /// Good to know.
    Info,
    /// Unwise, or not what the standards recommend.
    Low,
    /// Likely to fail or to be abused one day.
    Medium,
    /// Broken, or an attack.
    High,
    /// Broken open.
    Critical,
}

impl Severity {
    /// Every severity, the mildest first.
    pub const ALL: [Severity; 5] = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];

    /// The word for it.
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

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// Where: `header.alg`, `claims.exp`, `keys[2].n`.
    pub place: String,
    /// What is the matter, in one line; not yet escaped.
    pub message: String,
    /// The text that shows it, shortened; never a secret.
    pub evidence: Option<String>,
}

impl Finding {
    /// Makes a finding without evidence.
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

    pub(super) fn with(mut self, evidence: impl std::fmt::Display) -> Finding {
        const SHOWN: usize = 60;
        let text = evidence.to_string();
        let mut short: String = text.chars().take(SHOWN).collect();
        if short.len() < text.len() {
            short.push_str("..");
        }
        self.evidence = Some(short);
        self
    }

    /// Puts the place below another one.
    pub fn below(mut self, place: &str) -> Finding {
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

/// The worst first, those of one severity in the order in which they were found; of one rule not more than a few.
pub fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut counts = std::collections::HashMap::new();
    findings.retain(|finding| {
        let count = counts.entry(finding.rule.id).or_insert(0);
        *count += 1;
        *count <= MAX_OF_A_RULE
    });
}
