//! `inspect`: anything in, what it is and what is wrong with it out. Nothing is refused, and nothing is proved.

mod findings;
mod input;
mod keys;
mod life;
mod members;
mod proof;
mod token;
mod token_object;
mod words;

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::Context;
use crate::args::KeyArgs;
use crate::crypto::lenient::{Found, Thing, Token, recognise};
use crate::crypto::lint::key::known_secret_of;
use crate::crypto::lint::{Finding, Severity, rules};
use crate::crypto::{Code, KeySet};
use crate::exit::Complaint;
use crate::io::page::Page;
use crate::io::source::{MAX_KEY, Source};

/// Look into a token, key, key set or certificate without trusting it
///
/// Takes a token as it was found: with Bearer before it, in quotes, in a URL, a cookie or JSON, with line breaks, cut
/// off or damaged. A JWK, a JWK Set, PEM, DER and certificates are recognised by their content. Nothing is refused: the
/// exit status is 0 unless --fail-on says otherwise. With a key the signature is checked too, and nothing else.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith inspect eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AA
  jotsmith inspect 'Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AA'
  jotsmith inspect env:ACCESS_TOKEN
  jotsmith inspect -k jwks.json token.jwt
  jotsmith inspect jwks.json --fail-on high
  jotsmith inspect --json < token.jwt

Keys of --json:
  v, verified, verified_by {kid, thumbprint, alg}, decrypted_by, error, signers, type, form, bytes, summary, stripped, more
  header, unprotected_header, claims, payload, signature, encryption
  times.NAME {at, seconds, words}, disclosures, key_binding, nested
  keys [{kty, crv, bits, alg, use, kid, thumbprint, private, certificate}]
  findings [{id, severity, where, message, evidence, why, fix, reference}]")]
pub struct Args {
    /// The token, key, set or certificate itself, or a path, @PATH, env:NAME, or - for stdin (the default)
    #[arg(value_name = "INPUT")]
    input: Option<String>,

    #[command(flatten)]
    keys: KeyArgs,

    /// Exit with 1 when there is a finding this bad, or worse
    #[arg(long, value_name = "LEVEL", help_heading = "Findings")]
    fail_on: Option<Level>,

    /// Show a secret that was found
    #[arg(long, help_heading = "Findings")]
    show_secret: bool,

    /// Leave this finding out; repeat it for several
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = findings::id, help_heading = "Findings")]
    allow: Vec<String>,
}

/// A severity as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
enum Level {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    fn severity(self) -> Severity {
        match self {
            Level::Info => Severity::Info,
            Level::Low => Severity::Low,
            Level::Medium => Severity::Medium,
            Level::High => Severity::High,
            Level::Critical => Severity::Critical,
        }
    }
}

/// What there is to say: for people, for machines, and what was found.
struct Report {
    page: Page,
    object: Value,
    findings: Vec<Finding>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let input = input::read(args.input.as_deref(), &context.inputs)?;
    let mut report = match recognise(input.bytes.expose()) {
        Thing::Token(token, found) => of_token(&token, &found, args, context)?,
        Thing::Key(document) => keys::jwk(&document, context.now),
        Thing::Set(document) => keys::set(&document, context.now),
        Thing::Blocks => keys::blocks(input.bytes.expose(), context.now),
        Thing::Nothing => {
            return Err(nothing(args.input.as_deref(), input.bytes.expose()).into());
        }
    };
    report.findings.extend(input.findings(&report.object));
    crate::crypto::lint::sort(&mut report.findings);
    report
        .findings
        .retain(|finding| !args.allow.iter().any(|id| id == finding.rule.id));
    if context.console.json {
        report.object["findings"] = report.findings.iter().map(findings::object).collect();
        context.console.object(report.object)?;
    } else {
        findings::show(&report.findings, &mut report.page);
        context.console.page(&report.page)?;
    }
    let Some(level) = args.fail_on.map(Level::severity) else {
        return Ok(0);
    };
    let worst: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.severity >= level)
        .collect();
    if worst.is_empty() {
        return Ok(0);
    }
    let ids: Vec<&str> = worst.iter().map(|finding| finding.rule.id).collect();
    let message = format!(
        "found {} of severity {} or worse: {}",
        worst.len(),
        level.word(),
        ids.join(", ")
    );
    Ok(context
        .console
        .complain(&Complaint::new(Code::Refused, message)))
}

fn of_token(token: &Token, found: &Found, args: &Args, context: &Context) -> Result<Report> {
    let given = args.keys.is_given(context);
    let keys = match given {
        true => args.keys.load(context)?,
        false => KeySet::default(),
    };
    let proof = given.then(|| proof::prove(token, &keys, context.now));
    let mut report = token::report(token, found, proof.as_ref(), context.now);
    if given {
        let files = args.keys.keys.iter().filter_map(|source| match source {
            Source::File(_) => context.inputs.read(source, "key", MAX_KEY).ok(),
            _ => None,
        });
        let files: Vec<Vec<u8>> = files.map(|file| file.expose().to_vec()).collect();
        report
            .findings
            .extend(proof::confusion(token, &keys, &files));
    }
    if let Some(secret) = known_secret_of(token) {
        report.findings.push(Finding {
            rule: &rules::HS_KNOWN_SECRET,
            severity: Severity::Critical,
            place: "signature".into(),
            message: "the MAC is by a secret that everybody knows".into(),
            evidence: args.show_secret.then(|| secret.to_owned()),
        });
    }
    Ok(report)
}

fn nothing(typed: Option<&str>, bytes: &[u8]) -> Complaint {
    let message = match bytes.trim_ascii().is_empty() {
        true => "the input is empty",
        false => "the input holds neither a token nor a key",
    };
    let is_name = typed.is_some_and(|typed| typed.as_bytes() == bytes && bytes.len() < 256);
    Complaint::new(Code::Malformed, message).hint(match is_name {
        true => "there is no file of that name either",
        false => "give a token, a JWK, a JWK Set, PEM, DER, or a text with a token in it",
    })
}

/// The members that are there, in order; `null` ones are left out.
fn present(members: Vec<(&str, Value)>) -> Value {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    members.fold(json!({}), |mut object, (name, value)| {
        object[name] = value;
        object
    })
}
