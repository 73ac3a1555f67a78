//! A match of a scan, as text and as JSON.

use serde::Serialize;
use serde_json::Value;

use super::describe;
use super::summary::summarize_token;
use crate::crypto::json::Object;
use crate::inspection::findings::key_findings::{known_secret_finding, known_secret_of};
use crate::inspection::findings::{Finding, Severity, rules, token_findings};
use crate::inspection::parse::Token;
use crate::output::finding_text;
#[cfg(test)]
use crate::output::finding_text::FindingReport;
use crate::output::styled_text::{Style, StyledText};

/// A token or private key in a text.
pub(super) struct ScanMatch {
    /// The path, or stdin.
    pub(super) artifact: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// The byte in the line, from 1.
    pub(super) column: usize,
    pub(super) kind: MatchKind,
    pub(super) findings: Vec<Finding>,
}

/// A token or a private key.
pub(super) enum MatchKind {
    Token(Box<Token>),
    /// A private key, with its description.
    PrivateKey(String),
}

impl MatchKind {
    /// Returns the findings about the match.
    pub(super) fn findings(&self, now: i64) -> Vec<Finding> {
        match self {
            MatchKind::PrivateKey(_) => {
                let message = "the text contains a private key";
                let rule = &rules::KEY_PRIVATE_IN_PUBLIC;
                vec![Finding::new(rule, Severity::Critical, "", message)]
            }
            MatchKind::Token(token) => {
                let mut findings = token_findings::check_token(token, now);
                if known_secret_of(token).is_some() {
                    findings.insert(0, known_secret_finding());
                }
                findings
            }
        }
    }
}

/// A token or private key in a text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScanReport<'a> {
    /// The path, or stdin.
    path: &'a str,
    /// The line, from 1.
    line: usize,
    /// The byte in the line, from 1.
    column: usize,
    /// token or private_key.
    kind: &'static str,
    /// What it is, in one line.
    summary: String,
    /// The token, shortened unless --show-tokens is given; null for a key.
    token: Option<String>,
    /// The claim iss.
    iss: Option<&'a Value>,
    /// The claim exp as text.
    exp: Option<String>,
    /// The findings, the worst first.
    #[serde(serialize_with = "finding_text::serialize")]
    #[cfg_attr(test, schemars(with = "Vec<FindingReport>"))]
    findings: &'a [Finding],
}

impl ScanMatch {
    fn summary(&self) -> String {
        match &self.kind {
            MatchKind::PrivateKey(kind) => kind.clone(),
            MatchKind::Token(token) => summarize_token(token),
        }
    }

    /// Returns the token, in full or shortened so that it cannot be used.
    fn token_text(&self, in_full: bool) -> Option<String> {
        match &self.kind {
            MatchKind::PrivateKey(_) => None,
            MatchKind::Token(token) if in_full => Some(token.text.clone()),
            MatchKind::Token(token) => {
                let start: String = token.text.chars().take(8).collect();
                let fingerprint = &token.fingerprint()[..8];
                Some(format!("{start}.. (SHA-256 {fingerprint}..)"))
            }
        }
    }

    fn claims(&self) -> Option<&Object> {
        match &self.kind {
            MatchKind::Token(token) => token.claims(),
            MatchKind::PrivateKey(_) => None,
        }
    }

    fn describe_expiry(&self, now: i64) -> Option<String> {
        describe::claim_time("exp", self.claims()?.get("exp")?, now)
    }

    /// Adds the match to a text.
    pub(super) fn write_text(&self, in_full: bool, now: i64, text: &mut StyledText) {
        let place = format!("{}:{}:{}", self.artifact, self.line, self.column);
        text.add_line([
            (Style::Strong, place),
            (Style::Plain, format!("  {}", self.summary())),
        ]);
        let issuer = self.claims().and_then(|claims| claims.get("iss")?.as_str());
        let facts = [
            issuer.map(|iss| format!("iss {iss}")),
            self.describe_expiry(now),
            self.token_text(in_full),
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        if !facts.is_empty() {
            text.add_prose(&[(Style::Dim, "  ")], Style::Dim, &facts.join("; "));
        }
        let shown = self.findings.iter().filter(|finding| finding.severity > Severity::Low);
        for finding in shown {
            let label = format!("  {:<9} ", finding.severity.as_str());
            let first = [(
                finding_text::severity_style(finding.severity),
                label.as_str(),
            )];
            let line = format!("{} [{}]", finding.message, finding.rule.id);
            text.add_prose(&first, Style::Plain, &line);
        }
    }

    /// Returns the report about the match.
    pub(super) fn report(&self, in_full: bool, now: i64) -> ScanReport<'_> {
        ScanReport {
            path: &self.artifact,
            line: self.line,
            column: self.column,
            kind: match self.kind {
                MatchKind::PrivateKey(_) => "private_key",
                MatchKind::Token(_) => "token",
            },
            summary: self.summary(),
            token: self.token_text(in_full),
            iss: self.claims().and_then(|claims| claims.get("iss")),
            exp: self.describe_expiry(now),
            findings: &self.findings,
        }
    }
}
