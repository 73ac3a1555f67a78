//! The operation of `inspect`: built once from the arguments, applied to each input.

use anyhow::Result;

use super::Args;
use super::inspect_report::{InspectReport, TokenReport};
use super::key_reports::KeysReport;
use super::verification::{self, Candidate};
use crate::crypto::{Code, KeySet, SecretBytes};
use crate::inspection::findings::Finding;
use crate::inspection::findings::consumers::Consumer;
use crate::inspection::findings::key_findings::{known_secret_finding, known_secret_of};
use crate::inspection::parse::{ExtractedToken, InputKind, Token, detect_input};
use crate::io::context::Context;
use crate::io::fetch::refreshing::RefreshingKeySet;
use crate::io::source::{MAX_KEY, Source};
use crate::keyfile::{self, Unwrapped};
use crate::output::console::Console;
use crate::output::exit::CliError;
use crate::profile::Profile;

/// Inspects inputs with one set of arguments.
pub struct InspectJob<'c> {
    console: &'c Console,
    /// The keys to verify or decrypt with; `None` if none were given.
    keys: Option<RefreshingKeySet<'c>>,
    /// The unparsed key files. Their bytes may have been used as an HMAC secret.
    key_files: Vec<SecretBytes>,
    /// The keys of the JWK Sets in these files.
    candidates: Vec<Candidate>,
    consumers: Vec<&'static Consumer>,
    profile: Option<Profile>,
    show_secret: bool,
}

impl<'c> InspectJob<'c> {
    /// Reads the keys that the arguments name, if the input `needs_keys`.
    ///
    /// # Errors
    /// If a key cannot be read.
    pub fn new(args: &Args, context: &'c Context, needs_keys: bool) -> Result<InspectJob<'c>> {
        let is_file = |source: &&Source| needs_keys && matches!(source, Source::File(_));
        let files = args.keys.keys.iter().filter(is_file);
        let files = files.filter_map(|source| context.inputs.read(source, "key", MAX_KEY).ok());
        let key_files: Vec<SecretBytes> = files.collect();
        let candidates = key_files.iter().map(|file| Candidate::of_set(file.expose()));
        let candidates: Vec<Candidate> = candidates.flatten().collect();
        let keys = if needs_keys && args.keys.is_given(context) {
            Some(match args.keys.load_refreshing(context, &args.remote) {
                Ok(live) => live,
                // If a set is invalid, its valid keys are tried one by one.
                Err(error) if !candidates.is_empty() => {
                    context.console.print_warning(&format!("{error:#}"));
                    RefreshingKeySet::from_keys(KeySet::default())
                }
                Err(error) => return Err(error),
            })
        } else {
            None
        };
        Ok(InspectJob {
            console: &context.console,
            keys,
            key_files,
            candidates,
            consumers: args.consumers.clone(),
            profile: args.profile,
            show_secret: args.show_secret,
        })
    }

    /// Inspects one input at `now` (Unix seconds).
    ///
    /// # Errors
    /// If it is neither a token nor a key, or keys cannot be fetched.
    pub fn apply(&self, bytes: &[u8], now: i64) -> Result<InspectReport> {
        let mut report = match detect_input(bytes) {
            // A JWK in base64 begins like a token.
            InputKind::Token(token, found) => match encoded_key(&token, bytes) {
                Some(plain) => return self.apply_unwrapped(&plain, now),
                None => InspectReport::Token(self.inspect_token(*token, found, now)?.into()),
            },
            InputKind::Key(document) => {
                InspectReport::Keys(KeysReport::from_jwk(document, now).into())
            }
            InputKind::Set(document) => {
                InspectReport::Keys(KeysReport::from_jwk_set(document, now).into())
            }
            InputKind::Blocks => match keyfile::remove_wrapping(bytes) {
                Some(plain) if super::key_reports::is_unreadable(bytes) => {
                    return self.apply_unwrapped(&plain, now);
                }
                _ => InspectReport::Keys(KeysReport::from_pem_or_der(bytes, now).into()),
            },
            InputKind::Nothing => match keyfile::remove_wrapping(bytes) {
                Some(plain) => return self.apply_unwrapped(&plain, now),
                None => return Err(not_recognized(bytes).into()),
            },
        };
        if self.profile.is_some() && !matches!(report, InspectReport::Token(_)) {
            let message = "--profile applies to tokens, but the input is a key";
            return Err(CliError::usage(message).with_hint("omit --profile").into());
        }
        self.check_consumers(&mut report);
        Ok(report)
    }

    /// Inspects a key file without the encoding around it.
    fn apply_unwrapped(&self, plain: &Unwrapped, now: i64) -> Result<InspectReport> {
        self.console.print_note(&plain.note());
        self.apply(plain.text.expose(), now)
    }

    fn inspect_token(&self, token: Token, found: ExtractedToken, now: i64) -> Result<TokenReport> {
        let kids = || token.heads.iter().filter_map(|head| head.text("kid"));
        let keys = match &self.keys {
            Some(live) => {
                live.refreshed_keys()?;
                Some(live.keys_for_kids(kids())?)
            }
            None => None,
        };
        let verification =
            keys.map(|keys| verification::verify_token(&token, keys, &self.candidates, now));
        let mut findings = Vec::new();
        if let Some(keys) = keys {
            findings.extend(verification::key_confusion(&token, keys, &self.key_files));
            findings.extend(verification::pss_salt(&token, keys));
        }
        if let Some(secret) = known_secret_of(&token) {
            findings.push(Finding {
                evidence: self.show_secret.then(|| secret.to_owned()),
                ..known_secret_finding()
            });
        }
        let mut report = TokenReport::new(token, found, verification, self.profile, now);
        report.findings.extend(findings);
        Ok(report)
    }

    /// Adds a finding for everything that a consumer would refuse, and lists the consumers that would refuse nothing.
    pub(super) fn check_consumers(&self, report: &mut InspectReport) {
        for consumer in &self.consumers {
            let refusals = match report {
                InspectReport::Token(report) => consumer.check_token(&report.token),
                InspectReport::Keys(report) => consumer.check_keys(&report.jwks(), report.form),
                InspectReport::Issuer(report) => match &report.keys {
                    Some(keys) => consumer.check_keys(&keys.jwks(), keys.form),
                    None => Vec::new(),
                },
                InspectReport::Device(_) => continue,
            };
            if refusals.is_empty() {
                report.accepting_consumers_mut().push(consumer.name);
            }
            report.findings_mut().extend(refusals);
        }
    }
}

/// Whether an input is a key, a key set or a certificate, and not a token.
pub(super) fn is_key(bytes: &[u8]) -> bool {
    match detect_input(bytes) {
        InputKind::Token(token, _) => encoded_key(&token, bytes).is_some(),
        InputKind::Nothing => keyfile::remove_wrapping(bytes).is_some(),
        InputKind::Key(_) | InputKind::Set(_) | InputKind::Blocks => true,
    }
}

/// Decodes a JWK or JWK Set in base64 that was detected as a token.
fn encoded_key(token: &Token, bytes: &[u8]) -> Option<Unwrapped> {
    let plain = (token.pieces == 1).then(|| keyfile::remove_wrapping(bytes))??;
    let kind = detect_input(plain.text.expose());
    matches!(kind, InputKind::Key(_) | InputKind::Set(_)).then_some(plain)
}

/// Returns the error that the input cannot be inspected.
fn not_recognized(bytes: &[u8]) -> CliError {
    let message = if bytes.trim_ascii().is_empty() {
        "the input is empty"
    } else {
        "the input contains neither a token nor a key"
    };
    CliError::new(Code::Malformed, message)
        .with_hint("pass a token, a key, a text that contains a token, or the path of such a file")
}
