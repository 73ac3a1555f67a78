//! The report about one input. Text, JSON, NDJSON and SARIF are rendered from it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::describe;
use super::device_report::{self, DeviceReport};
use super::issuer::{self, IssuerReport};
use super::key_reports::KeysReport;
use super::suggestions::suggest_commands;
use super::summary::summarize_token;
use super::verification::{UsedKey, Verification};
use super::{key_reports, token_text};
use crate::crypto::base64url;
#[cfg(test)]
use crate::crypto::json::Object;
use crate::inspection::findings::key_match::{self, KeyBinding};
use crate::inspection::findings::profile_verdict::{self, Basis, ProfileVerdict};
use crate::inspection::findings::{Finding, Severity, rules, sort_by_severity, token_findings};
use crate::inspection::parse::{
    Document, ExtractedToken, Family, Head, Segment, Serialization, Token, is_compact,
};
use crate::output::finding_text;
#[cfg(test)]
use crate::output::finding_text::FindingReport;
use crate::output::styled_text::{Style, StyledText};
use crate::profile::Profile;

/// Options for the text of a report.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// The current time in Unix seconds.
    pub(super) now: i64,
    /// Whether long values are shown in full.
    pub(super) full: bool,
    /// Whether only the findings are shown.
    pub(super) findings_only: bool,
}

/// The report about one input.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum InspectReport {
    /// A token.
    Token(Box<TokenReport>),
    /// A key, a key set, PEM or DER.
    Keys(Box<KeysReport>),
    /// An issuer.
    Issuer(Box<IssuerReport>),
    /// PKCS#11 tokens.
    Device(Box<DeviceReport>),
}

impl InspectReport {
    pub(super) fn findings(&self) -> &[Finding] {
        match self {
            InspectReport::Token(report) => &report.findings,
            InspectReport::Keys(report) => &report.findings,
            InspectReport::Issuer(report) => &report.findings,
            InspectReport::Device(report) => &report.findings,
        }
    }

    pub(super) fn findings_mut(&mut self) -> &mut Vec<Finding> {
        match self {
            InspectReport::Token(report) => &mut report.findings,
            InspectReport::Keys(report) => &mut report.findings,
            InspectReport::Issuer(report) => &mut report.findings,
            InspectReport::Device(report) => &mut report.findings,
        }
    }

    fn accepting_consumers(&self) -> &[&'static str] {
        match self {
            InspectReport::Token(report) => &report.accepting_consumers,
            InspectReport::Keys(report) => &report.accepting_consumers,
            InspectReport::Issuer(report) => &report.accepting_consumers,
            InspectReport::Device(report) => &report.accepting_consumers,
        }
    }

    pub(super) fn accepting_consumers_mut(&mut self) -> &mut Vec<&'static str> {
        match self {
            InspectReport::Token(report) => &mut report.accepting_consumers,
            InspectReport::Keys(report) => &mut report.accepting_consumers,
            InspectReport::Issuer(report) => &mut report.accepting_consumers,
            InspectReport::Device(report) => &mut report.accepting_consumers,
        }
    }

    /// Returns the claims of the token, or of the nested token.
    pub(super) fn claims(&self) -> Option<&Value> {
        let InspectReport::Token(report) = self else {
            return None;
        };
        let members = &report.members;
        let nested = || members.nested.as_ref()?.claims.as_ref();
        members.claims.as_ref().or_else(nested)
    }

    /// Sorts the findings and removes those that are allowed.
    pub(super) fn apply_ignored_ids(&mut self, allowed: &[String]) {
        let findings = self.findings_mut();
        sort_by_severity(findings);
        findings.retain(|finding| !allowed.iter().any(|id| id == finding.rule.id));
    }

    /// Renders the report as text.
    pub(super) fn render_text(&self, view: View) -> StyledText {
        let mut text = StyledText::default();
        match self {
            InspectReport::Token(report) => token_text::write_token(report, view, &mut text),
            InspectReport::Keys(report) => key_reports::write_keys_report(report, view, &mut text),
            InspectReport::Issuer(report) => issuer::write_issuer_report(report, view, &mut text),
            InspectReport::Device(report) => {
                device_report::write_device_report(report, view, &mut text)
            }
        }
        let accepting = self.accepting_consumers();
        if !accepting.is_empty() && !view.findings_only {
            let line = format!("No incompatibility with {} was found", accepting.join(", "));
            text.add_plain(Style::Plain, "");
            text.add_prose(&[], Style::Strong, &line);
        }
        finding_text::write_findings(self.findings(), &mut text);
        text.add_heading(match self.findings() {
            [] => "No findings".to_owned(),
            found => format!("Findings: {}", finding_text::count_by_severity(found)),
        });
        text
    }
}

/// The report about a token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TokenReport {
    #[serde(flatten)]
    pub(super) members: TokenMembers,
    /// The key that verified it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verified_by: Option<UsedKey>,
    /// The key that decrypted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decrypted_by: Option<UsedKey>,
    /// Why the keys that were given do not verify or decrypt it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<VerificationError>,
    /// The names of the keys that match the signature although they are not allowed to verify it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signers: Option<Vec<String>>,
    /// Commands that could verify it, with ISSUER in place of the issuer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub(super) would_verify: Vec<&'static str>,
    /// The text that was removed around it.
    pub(super) stripped: Vec<String>,
    /// The number of other tokens in the input.
    pub(super) more: usize,
    /// The findings, the worst first.
    #[serde(serialize_with = "finding_text::serialize")]
    #[cfg_attr(test, schemars(with = "Vec<FindingReport>"))]
    pub(super) findings: Vec<Finding>,
    #[serde(skip)]
    pub(super) token: Token,
    #[serde(skip)]
    pub(super) content: Option<Content>,
    #[serde(skip)]
    pub(super) accepting_consumers: Vec<&'static str>,
}

/// The content of a JWE that was decrypted.
pub(super) enum Content {
    Token(Box<Token>),
    Json(Document, usize),
    Bytes(Vec<u8>),
}

/// Why a token does not verify.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerificationError {
    /// The stable code word.
    code: &'static str,
    /// What is wrong, as text; the wording may change.
    pub(super) message: String,
}

/// The members that describe a token or a nested token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TokenMembers {
    /// Whether a key that was given verifies the signature. The claims are not checked.
    pub(super) verified: bool,
    /// jws or jwe.
    #[serde(rename = "type")]
    family: &'static str,
    /// compact, flattened, general or sd-jwt.
    form: &'static str,
    /// What it is, in one line.
    pub(super) summary: String,
    /// The profile that the token seems to have, or the one of --profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<ProfileVerdictReport>,
    /// The length of its text.
    bytes: usize,
    /// The protected header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Object"))]
    header: Option<Value>,
    /// The unprotected header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Object"))]
    unprotected_header: Option<Value>,
    /// The signatures of the general JSON serialization.
    #[serde(skip_serializing_if = "Option::is_none")]
    signatures: Option<Vec<PartyReport>>,
    /// The recipients of the general JSON serialization.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<Vec<PartyReport>>,
    /// The claims set, as far as it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Object"))]
    claims: Option<Value>,
    /// A payload that is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<PayloadReport>,
    /// The claims that are times.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<BTreeMap<String, TimeReport>>,
    /// The signature of a JWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureSize>,
    /// The parts of a JWE.
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption: Option<EncryptionSizes>,
    /// The disclosures of an SD-JWT.
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosures: Option<Vec<DisclosureReport>>,
    /// The digests of an SD-JWT without a disclosure: hidden claims and decoys, which cannot be distinguished. Absent if its
    /// hash function is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<Vec<HiddenReport>>,
    /// The key binding JWT of an SD-JWT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_binding: Option<Box<KeyBindingReport>>,
    /// The token that is the payload, or the content that was decrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nested: Option<Box<TokenMembers>>,
}

/// A profile, and whether the token meets it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProfileVerdictReport {
    /// The name of the profile.
    name: &'static str,
    /// Why this profile was chosen: asked, typ, or claims.
    basis: &'static str,
    /// Whether its rules are met, except those about keys and the current time; null if the token cannot be checked.
    met: Option<bool>,
    /// The rules that are not met.
    failures: Vec<ProfileFailure>,
}

/// A rule of a profile that a token does not meet.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProfileFailure {
    /// The claim or header parameter.
    name: String,
    /// What it must be.
    expected: String,
    /// What the token has, as JSON text; null if it is absent.
    got: Option<String>,
}

impl ProfileVerdictReport {
    fn new(verdict: ProfileVerdict) -> ProfileVerdictReport {
        let failures = verdict.failures.as_deref().unwrap_or_default().iter();
        let failures = failures.map(|failure| ProfileFailure {
            name: failure.name.clone(),
            expected: failure.expected.clone(),
            got: failure.actual.clone(),
        });
        ProfileVerdictReport {
            name: verdict.profile.table_row().name,
            basis: match verdict.basis {
                Basis::Asked => "asked",
                Basis::Typ => "typ",
                Basis::Claims => "claims",
            },
            met: verdict.failures.as_ref().map(Vec::is_empty),
            failures: failures.collect(),
        }
    }

    /// Returns whether the profile is met, and a line of text about it.
    pub(super) fn status_and_text(&self) -> (Option<bool>, String) {
        let basis = match self.basis {
            "asked" => "",
            "typ" => " (by its typ)",
            _ => " (by its claims)",
        };
        let verdict = match self.met {
            None => "not checked: the claims set cannot be read".to_owned(),
            Some(true) => "the rules for header and claims are met".to_owned(),
            Some(false) => {
                let failures = self.failures.iter();
                let failures = failures.map(|one| format!("{} must be {}", one.name, one.expected));
                let failures: Vec<String> = failures.collect();
                format!("not met: {}", failures.join("; "))
            }
        };
        (self.met, format!("profile {}{basis}: {verdict}", self.name))
    }
}

/// A signature or recipient.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartyReport {
    /// The protected header; null if it is that of the first one.
    #[cfg_attr(test, schemars(with = "Option<Object>"))]
    header: Option<Value>,
    /// The unprotected header.
    #[cfg_attr(test, schemars(with = "Option<Object>"))]
    unprotected_header: Option<Value>,
    /// The length of the signature or of the encrypted key; null if there is none.
    bytes: Option<usize>,
}

/// Bytes, as text if they are text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PayloadReport {
    /// How many bytes.
    bytes: usize,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Bytes that are not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64url: Option<String>,
}

/// A claim that is a time.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TimeReport {
    /// RFC 3339.
    at: Option<String>,
    /// Seconds from now.
    seconds: f64,
    /// The time as text.
    words: String,
}

/// The signature of a JWS.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignatureSize {
    /// Its length; null if there is none.
    bytes: Option<usize>,
}

/// The lengths of the parts of a JWE; null for a part that is missing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EncryptionSizes {
    /// The encrypted key of the first recipient.
    encrypted_key_bytes: Option<usize>,
    /// The initialization vector.
    iv_bytes: Option<usize>,
    /// The ciphertext.
    ciphertext_bytes: Option<usize>,
    /// The authentication tag.
    tag_bytes: Option<usize>,
}

/// A disclosure of an SD-JWT.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DisclosureReport {
    /// The path of the claim; null if no digest in the token leads to it.
    path: Option<String>,
    /// The name of the claim; null for an array element.
    name: Option<String>,
    /// The value.
    value: Value,
    /// Its digest; null if the hash function is not known.
    digest: Option<String>,
    /// How often the digest is in the token, which must be 1. Null if the hash function is not known.
    references: Option<usize>,
}

/// A digest without disclosure.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HiddenReport {
    /// The path of the array element, or of the object that the digest is in.
    path: String,
    /// The digest.
    digest: String,
}

/// A key binding JWT.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyBindingReport {
    #[serde(flatten)]
    pub(super) token: TokenMembers,
    /// Whether sd_hash is the hash of this token.
    binds_this: Option<bool>,
    /// Whether it is signed with the key in cnf.jwk; null if there is no such key.
    by_cnf_key: Option<bool>,
}

impl TokenReport {
    /// Describes a token. `verification` is the result of the keys that were given.
    pub(super) fn new(
        token: Token,
        found: ExtractedToken,
        verification: Option<Verification>,
        profile: Option<Profile>,
        now: i64,
    ) -> TokenReport {
        let mut findings = token_findings::check_as(&token, profile, now);
        if found.is_cut && !findings.iter().any(|finding| finding.rule.id == "format") {
            let message = "an ellipsis follows the token: it is truncated";
            findings.push(Finding::new(&rules::FORMAT, Severity::High, "", message));
        }
        let mut report = TokenReport {
            members: TokenMembers::new(&token, profile, now),
            verified_by: None,
            decrypted_by: None,
            error: None,
            signers: None,
            would_verify: suggest_commands(&token),
            stripped: found.wrapping.into_iter().map(String::from).collect(),
            more: found.more,
            findings,
            content: None,
            token,
            accepting_consumers: Vec::new(),
        };
        match verification {
            None => {}
            Some(Verification::Verified(key)) => {
                report.members.verified = true;
                report.verified_by = Some(key);
            }
            Some(Verification::Decrypted(content, key)) => {
                report.decrypted_by = Some(key);
                report.describe_content(content.expose(), profile, now);
            }
            Some(Verification::Failed(rejection)) => {
                report.error = Some(VerificationError {
                    code: rejection.code.as_str(),
                    message: rejection.message,
                });
                report.signers = Some(rejection.signers);
            }
        }
        report
    }

    /// Returns the class of the verdict (good, warn or bad), the verdict and its reason.
    pub(super) fn verdict(&self) -> (&'static str, &'static str, String) {
        if let Some(key) = &self.verified_by {
            let why = format!("signed with {}; the claims are not checked", key.name());
            ("good", "VERIFIED", why)
        } else if let Some(key) = &self.decrypted_by {
            let why = format!(
                "decrypted with {}; this does not authenticate the sender",
                key.name()
            );
            ("warn", "DECRYPTED", why)
        } else if let Some(error) = &self.error {
            let mut why = error.message.clone();
            let signers = self.signers.as_deref().unwrap_or_default();
            if !signers.is_empty() {
                why += &format!("; signed with {}", signers.join(", "));
            }
            ("bad", "NOT VERIFIED", why)
        } else {
            let why = "contents are unauthenticated; verify with -k KEY".into();
            ("warn", "NOT VERIFIED", why)
        }
    }

    /// Describes the decrypted content of a JWE.
    fn describe_content(&mut self, content: &[u8], profile: Option<Profile>, now: i64) {
        let text = str::from_utf8(content).unwrap_or_default().trim();
        self.content = Some(if is_compact(text) {
            let inner = Token::parse_tolerant(text);
            self.members.profile = None;
            self.members.nested = Some(Box::new(TokenMembers::new(&inner, profile, now)));
            let findings = token_findings::check_as(&inner, profile, now).into_iter();
            self.findings.extend(findings.map(|finding| finding.with_place_prefix("content")));
            Content::Token(Box::new(inner))
        } else if content.trim_ascii_start().starts_with(b"{") {
            let document = Document::parse_tolerant(content);
            self.members.claims = Some(document.node.to_value());
            Content::Json(document, content.len())
        } else {
            self.members.payload = Some(PayloadReport::new(content));
            Content::Bytes(content.to_vec())
        });
    }
}

impl TokenMembers {
    fn new(token: &Token, profile: Option<Profile>, now: i64) -> TokenMembers {
        let head = token.head();
        let is_jws = token.family == Family::Jws;
        let claims = token.claims.as_ref();
        let parties = (token.form == Serialization::General).then(|| party_reports(token));
        let (signatures, recipients) = if is_jws {
            (parties, None)
        } else {
            (None, parties)
        };
        let payload = if is_jws && claims.is_none() {
            token.body.as_ref()
        } else {
            None
        };
        TokenMembers {
            verified: false,
            family: if is_jws { "jws" } else { "jwe" },
            form: match token.form {
                Serialization::Compact if token.sd.is_some() => "sd-jwt",
                form => form.name(),
            },
            summary: summarize_token(token),
            profile: profile_verdict::judge_profile(token, profile).map(ProfileVerdictReport::new),
            bytes: token.text.len(),
            header: document_json(head.protected.as_deref()),
            unprotected_header: unprotected_header(head),
            signatures,
            recipients,
            claims: document_json(claims),
            payload: payload.map(|body| PayloadReport::new(&body.bytes)),
            times: time_reports(token, now),
            signature: is_jws.then(|| SignatureSize {
                bytes: len(&head.tail),
            }),
            encryption: (!is_jws).then(|| EncryptionSizes {
                encrypted_key_bytes: len(&head.tail),
                iv_bytes: len(&token.iv),
                ciphertext_bytes: len(&token.body),
                tag_bytes: len(&token.tag),
            }),
            disclosures: disclosure_reports(token),
            hidden: hidden_claim_reports(token),
            key_binding: key_binding(token, now),
            nested: token
                .nested
                .as_ref()
                .map(|inner| Box::new(TokenMembers::new(inner, profile, now))),
        }
    }
}

impl PayloadReport {
    fn new(bytes: &[u8]) -> PayloadReport {
        let text = str::from_utf8(bytes).ok();
        PayloadReport {
            bytes: bytes.len(),
            text: text.map(str::to_owned),
            base64url: text.is_none().then(|| base64url::encode(bytes)),
        }
    }
}

/// Returns the value of a document; `None` if nothing of it could be read.
fn document_json(document: Option<&Document>) -> Option<Value> {
    document.map(|document| document.node.to_value()).filter(|value| !value.is_null())
}

fn len(segment: &Option<Segment>) -> Option<usize> {
    segment.as_ref().map(|segment| segment.bytes.len())
}

fn unprotected_header(head: &Head) -> Option<Value> {
    match (&head.shared, &head.unprotected) {
        (Some(shared), Some(own)) => {
            let mut all = shared.object.clone();
            all.extend(own.object.clone());
            Some(Value::Object(all))
        }
        (shared, own) => document_json(shared.as_deref().or(own.as_ref())),
    }
}

/// Returns the signatures or recipients. Only the first one has the headers that the recipients of a JWE share.
fn party_reports(token: &Token) -> Vec<PartyReport> {
    let party = |(index, head): (usize, &Head)| {
        let (header, unprotected_header) = if index == 0 || !head.shares_headers_with(token.head())
        {
            (
                document_json(head.protected.as_deref()),
                unprotected_header(head),
            )
        } else {
            (None, document_json(head.unprotected.as_ref()))
        };
        PartyReport {
            header,
            unprotected_header,
            bytes: len(&head.tail),
        }
    };
    token.heads.iter().enumerate().map(party).collect()
}

fn time_reports(token: &Token, now: i64) -> Option<BTreeMap<String, TimeReport>> {
    let times = token.claims()?.iter().filter_map(|(name, value)| {
        let words = describe::claim_time(name, value, now)?;
        let at = value.as_f64()?;
        let time = TimeReport {
            at: describe::format_instant(at),
            seconds: at - now as f64,
            words,
        };
        Some((name.clone(), time))
    });
    Some(times.collect())
}

fn disclosure_reports(token: &Token) -> Option<Vec<DisclosureReport>> {
    let sd = token.sd.as_ref()?;
    let mut paths = vec![None; sd.disclosures.len()];
    for place in sd.tree.iter().rev() {
        if let Some(index) = place.disclosure {
            paths[index] = Some(place.path.clone());
        }
    }
    let report = sd.disclosures.iter().zip(paths).map(|(disclosure, path)| DisclosureReport {
        path,
        name: disclosure.name.clone(),
        value: disclosure.value.to_value(),
        digest: disclosure.digest.clone(),
        references: disclosure.digest.as_ref().map(|_| disclosure.references),
    });
    Some(report.collect())
}

fn hidden_claim_reports(token: &Token) -> Option<Vec<HiddenReport>> {
    let sd = token.sd.as_ref().filter(|sd| sd.hidden.is_some())?;
    let places = sd.tree.iter();
    let hidden = places.filter(|place| place.disclosure.is_none());
    let report = hidden.map(|place| HiddenReport {
        path: place.path.clone(),
        digest: place.digest.clone(),
    });
    Some(report.collect())
}

fn key_binding(token: &Token, now: i64) -> Option<Box<KeyBindingReport>> {
    let sd = token.sd.as_ref()?;
    Some(Box::new(KeyBindingReport {
        token: TokenMembers::new(sd.key_binding.as_ref()?, None, now),
        binds_this: sd.is_bound,
        by_cnf_key: match key_match::key_binding_status(token) {
            Some(KeyBinding::Valid) => Some(true),
            Some(KeyBinding::Invalid) => Some(false),
            Some(KeyBinding::NoKey) | None => None,
        },
    }))
}
