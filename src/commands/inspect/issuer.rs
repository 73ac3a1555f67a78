//! `--issuer` and `--metadata`: audits an issuer by its metadata and its JWK Set.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::Args;
use super::inspect_report::View;
use super::key_reports::{self, KeysReport};
use crate::crypto::Code;
use crate::crypto::json::{self, Object};
use crate::inspection::findings::issuer_findings::{Issuer, check_issuer};
use crate::inspection::findings::{Finding, Severity, rules};
use crate::inspection::parse::Document;
use crate::io::context::Context;
use crate::io::fetch::Fetcher;
use crate::io::fetch::discovery::{issuer_url, metadata_urls, parse_jwks_uri};
use crate::io::fetch::http::{HttpResponse, Status, is_redirected_elsewhere};
use crate::io::fetch::url::Url;
use crate::io::source::MAX_KEY;
use crate::output::exit::CliError;
use crate::output::finding_text;
#[cfg(test)]
use crate::output::finding_text::FindingReport;
use crate::output::styled_text::{Style, StyledText};

/// The report about an issuer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IssuerReport {
    /// Always issuer.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it is, in one line.
    pub(super) summary: String,
    /// The issuer that the metadata name.
    issuer: Option<Value>,
    /// The address of the JWK Set.
    jwks_uri: Option<Value>,
    /// For how many seconds verifiers may cache the set; null if the set comes from a file.
    cache_seconds: Option<i64>,
    /// The metadata.
    pub(super) metadata: Object,
    /// The keys.
    pub(super) keys: Option<KeysReport>,
    /// The findings, the worst first.
    #[serde(serialize_with = "finding_text::serialize")]
    #[cfg_attr(test, schemars(with = "Vec<FindingReport>"))]
    pub(super) findings: Vec<Finding>,
    /// The text of the metadata.
    #[serde(skip)]
    pub(super) text: String,
    #[serde(skip)]
    pub(super) accepting_consumers: Vec<&'static str>,
}

/// The metadata and the JWK Set that were read or fetched.
#[derive(Default)]
struct Obtained {
    metadata: String,
    jwks: Option<String>,
    cache_seconds: Option<i64>,
    findings: Vec<Finding>,
}

impl IssuerReport {
    /// Audits the issuer that the arguments name.
    ///
    /// # Errors
    /// If the metadata cannot be obtained, or are not a JSON object.
    pub(super) fn new(args: &Args, context: &Context, now: i64) -> Result<IssuerReport> {
        let obtained = match &args.issuer {
            Some(issuer) => fetch_issuer(issuer, &args.remote.fetcher(context)?)?,
            None => read_issuer(args, context)?,
        };
        let metadata = json::parse_object(obtained.metadata.as_bytes())
            .map_err(|fault| CliError::new(Code::Malformed, format!("the metadata {fault}")))?;
        let jwks = obtained.jwks.map(|text| Document::parse_tolerant(text.as_bytes()));
        let mut findings = obtained.findings;
        findings.extend(check_issuer(
            &Issuer {
                expected: args.issuer.as_deref(),
                metadata: &metadata,
                jwks: jwks.as_ref().map(|document| &document.object),
                cache_seconds: obtained.cache_seconds,
            },
            now,
        ));
        let mut keys = jwks.map(|document| KeysReport::from_jwk_set(document, now));
        // The findings of the issuer, which the first line counts, include those of the set.
        if let Some(keys) = &mut keys {
            keys.findings.clear();
        }
        let name = metadata.get("issuer").and_then(Value::as_str);
        Ok(IssuerReport {
            kind: "issuer",
            summary: format!("issuer {}", name.unwrap_or("without an identifier")),
            issuer: metadata.get("issuer").cloned(),
            jwks_uri: metadata.get("jwks_uri").cloned(),
            cache_seconds: obtained.cache_seconds,
            metadata,
            keys,
            findings,
            text: obtained.metadata,
            accepting_consumers: Vec::new(),
        })
    }
}

/// Adds the report about an issuer to a text.
pub(super) fn write_issuer_report(report: &IssuerReport, view: View, text: &mut StyledText) {
    finding_text::write_title(Style::Strong, &report.summary, &report.findings, text);
    if view.findings_only {
        return;
    }
    if let Some(seconds) = report.cache_seconds {
        text.add_plain(
            Style::Dim,
            format!("caches keep the key set for {seconds} s"),
        );
    }
    text.add_heading("Metadata");
    let node =
        Document::parse_tolerant(Value::Object(report.metadata.clone()).to_string().as_bytes())
            .node;
    super::member_list::write_members(&node, |_, _| None, view, text);
    if let Some(keys) = &report.keys {
        text.add_heading("Keys");
        text.add_plain(Style::Strong, keys.summary.clone());
        key_reports::show_source(keys, view, text);
    }
}

fn read_issuer(args: &Args, context: &Context) -> Result<Obtained> {
    let read = |source, what| -> Result<String> {
        let bytes = context.inputs.read(source, what, MAX_KEY)?;
        Ok(String::from_utf8_lossy(bytes.expose()).into_owned())
    };
    let metadata = match &args.metadata {
        Some(source) => read(source, "metadata")?,
        None => String::new(),
    };
    let jwks = args.jwks.as_ref().map(|source| read(source, "JWK Set"));
    Ok(Obtained {
        metadata,
        jwks: jwks.transpose()?,
        ..Obtained::default()
    })
}

fn fetch_issuer(issuer: &str, fetcher: &Fetcher) -> Result<Obtained> {
    let url = issuer_url(issuer)?;
    let mut obtained = Obtained::default();
    let (text, answer) = fetch_metadata(&url, fetcher)?;
    note_redirect(&answer, "metadata", &mut obtained.findings);
    // The keys are not fetched if the metadata are those of another issuer.
    match parse_jwks_uri(&text, issuer, &url) {
        Ok(jwks_uri) => match fetcher.text_now(&jwks_uri) {
            Ok((jwks, answer)) => {
                note_redirect(&answer, "keys", &mut obtained.findings);
                obtained.jwks = Some(jwks);
                obtained.cache_seconds = Some(answer.max_age);
            }
            Err(error) if is_redirected_elsewhere(&error) => {
                let message =
                    "the key set URL redirects to another server; the redirect is not followed";
                obtained.findings.push(issuer_finding("keys", message.into()));
            }
            Err(error) => return Err(error),
        },
        Err(error) => {
            let message = format!("the keys were not fetched: {error:#}");
            let (rule, place) = (&rules::SET_SHAPE, "metadata.jwks_uri");
            let finding = Finding::new(rule, Severity::High, place, message);
            obtained.findings.push(finding);
        }
    }
    obtained.metadata = text;
    Ok(obtained)
}

fn fetch_metadata(url: &Url, fetcher: &Fetcher) -> Result<(String, HttpResponse)> {
    let mut absence = None;
    for url in metadata_urls(url)? {
        match fetcher.text_now(&url) {
            Err(error) if error.downcast_ref().is_some_and(Status::is_absence) => {
                absence.get_or_insert(error);
            }
            outcome => return outcome,
        }
    }
    Err(absence.unwrap_or_else(|| CliError::failed("there is no metadata").into()))
}

fn note_redirect(answer: &HttpResponse, what: &str, findings: &mut Vec<Finding>) {
    if answer.is_redirected {
        findings.push(issuer_finding(
            what,
            format!("the {what} are behind a redirect"),
        ));
    }
}

fn issuer_finding(place: &str, message: String) -> Finding {
    Finding::new(&rules::ISSUER_REDIRECT, Severity::Medium, place, message)
}
