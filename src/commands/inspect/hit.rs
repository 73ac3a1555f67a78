//! What a scan finds, for people and for machines.

use serde_json::{Value, json};

use super::summary::summary;
use super::{findings, words};
use crate::inspect::findings::key_findings::known_secret_of;
use crate::inspect::findings::{Finding, Severity, rules, token_findings};
use crate::inspect::parse::Token;
use crate::output::styled_text::{Style, StyledText};

/// What is found in a text.
pub(super) struct Hit {
    /// Where: a path, or stdin.
    pub(super) artifact: String,
    /// The line and the byte in it, counted from 1.
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) what: What,
    pub(super) findings: Vec<Finding>,
}

/// A token or a private key.
pub(super) enum What {
    Token(Box<Token>),
    Key(String),
}

/// The findings about it.
pub(super) fn judge(what: &What, now: i64) -> Vec<Finding> {
    let finding = |rule, place: &str, message: &str| Finding {
        rule,
        severity: Severity::Critical,
        place: place.into(),
        message: message.into(),
        evidence: None,
    };
    match what {
        What::Key(_) => {
            vec![finding(
                &rules::KEY_PRIVATE_IN_PUBLIC,
                "",
                "the text contains a private key",
            )]
        }
        What::Token(token) => {
            let mut findings = token_findings::check(token, now);
            if known_secret_of(token).is_some() {
                let message = "the MAC key is a publicly known secret";
                findings.insert(0, finding(&rules::HS_KNOWN_SECRET, "signature", message));
            }
            findings
        }
    }
}

impl Hit {
    fn place(&self) -> String {
        format!("{}:{}:{}", self.artifact, self.line, self.column)
    }

    fn what(&self) -> String {
        match &self.what {
            What::Key(kind) => kind.clone(),
            What::Token(token) => summary(token),
        }
    }

    /// The token, or as much of it as does not let anybody use it.
    fn text(&self, whole: bool) -> Option<String> {
        match &self.what {
            What::Key(_) => None,
            What::Token(token) if whole => Some(token.text.clone()),
            What::Token(token) => {
                let start: String = token.text.chars().take(8).collect();
                Some(format!(
                    "{start}.. (SHA-256 {}..)",
                    &token.fingerprint()[..8]
                ))
            }
        }
    }

    fn claims(&self) -> Option<&crate::crypto::json::Object> {
        match &self.what {
            What::Token(token) => token.claims(),
            What::Key(_) => None,
        }
    }

    /// Adds the find to a page.
    pub(super) fn show(&self, whole: bool, now: i64, page: &mut StyledText) {
        page.line([
            (Style::Strong, self.place()),
            (Style::Plain, format!("  {}", self.what())),
        ]);
        let claim = |name: &str| self.claims()?.get(name);
        let mut facts: Vec<String> = Vec::new();
        facts.extend(
            claim("iss")
                .and_then(Value::as_str)
                .map(|iss| format!("iss {iss}")),
        );
        facts.extend(claim("exp").and_then(|exp| words::claim_time("exp", exp, now)));
        facts.extend(self.text(whole));
        if !facts.is_empty() {
            page.prose(&[(Style::Dim, "  ")], Style::Dim, &facts.join("; "));
        }
        let grave = self
            .findings
            .iter()
            .filter(|finding| finding.severity > Severity::Low);
        for finding in grave {
            let label = format!("  {:<9} ", finding.severity.as_str());
            let first = [(findings::style(finding.severity), label.as_str())];
            page.prose(
                &first,
                Style::Plain,
                &format!("{} [{}]", finding.message, finding.rule.id),
            );
        }
    }

    /// The find as JSON.
    pub(super) fn object(&self, whole: bool, now: i64) -> Value {
        let claim = |name: &str| self.claims().and_then(|claims| claims.get(name)).cloned();
        let exp = claim("exp").and_then(|exp| words::claim_time("exp", &exp, now));
        json!({
            "path": self.artifact,
            "line": self.line,
            "column": self.column,
            "kind": if matches!(self.what, What::Key(_)) { "private_key" } else { "token" },
            "summary": self.what(),
            "token": self.text(whole),
            "iss": claim("iss"),
            "exp": exp,
            "findings": self.findings.iter().map(findings::object).collect::<Vec<Value>>(),
        })
    }
}
