//! `verify`: verifies tokens and prints the claims, or every check that failed.

mod checklist;
mod key_binding_args;
mod rule_args;
mod token_status;
mod verify_job;

use std::borrow::Cow;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use self::key_binding_args::KeyBindingArgs;
use self::rule_args::RuleArgs;
use self::token_status::StatusArgs;
use self::verify_job::{Accepted, VerifierCache, VerifyJob};
use super::Context;
use crate::cli::{KeyArgs, LinesArgs, OutputArgs, RemoteArgs, TokenInput};
use crate::commands::shared::claim_values::{claim_at, raw_claim, text_or_base64url};
use crate::commands::shared::line_run::Items;
use crate::commands::shared::token_input::Copied;
use crate::crypto::error::Quoted;
use crate::crypto::json::Object;
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::token::Serialization;
use crate::crypto::{Code, VerifiedToken};
use crate::io::file::Audience;
use crate::io::source::Source;
use crate::io::staged_output::StagedOutput;
use crate::output::console::json_text;
use crate::output::exit::{CliError, cli_error};
use crate::output::ndjson::Record;

/// The largest detached payload that is read as claims or printed on a terminal, in bytes.
const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// Verify a signed token and print its claims
///
/// The keys and the flags select the algorithm; the token never does. exp is required and no clock skew is allowed, unless a
/// flag relaxes this. Every failed check is reported.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith verify -k key.jwk < token.jwt
  jotsmith verify -k jwks.json --iss https://issuer.example --aud api @token.jwt
  jotsmith verify --issuer https://issuer.example --aud api @token.jwt
  jotsmith verify -k rsa.pem --alg RS256 --typ at+jwt --require scope --max-age 1h @access.jwt
  jotsmith verify -k issuer.pub.jwk --decrypt-with gateway.jwk --aud api @token.jwe
  jotsmith verify -k issuer.pub.jwk --key-binding --kb-aud shop --kb-nonce n42 presentation.txt
  jotsmith verify -k key.jwk --payload message.bin @detached.jws
  jotsmith verify -k jwks.json --iss https://issuer.example --lines @tokens.txt > answers.ndjson")]
pub struct Args {
    #[command(flatten)]
    keys: KeyArgs,

    /// Fetch the keys of this issuer; iss must equal it
    ///
    /// The metadata of the issuer (OpenID Connect or OAuth) contains the URL of the keys. With --profile sd-jwt-vc, the
    /// metadata is /.well-known/jwt-vc-issuer.
    #[arg(long, value_name = "URL", help_heading = "Keys", conflicts_with_all = ["keys", "secrets", "iss", "raw"])]
    issuer: Option<String>,

    #[command(flatten)]
    remote: RemoteArgs,

    /// Require an encrypted token; decrypt it with this key
    #[arg(long, value_name = "KEY", help_heading = "Keys")]
    decrypt_with: Vec<Source>,

    /// Accept an ephemeral EC key whose coordinates lack leading zeros
    ///
    /// Authlib and rhonabwy write such tokens. The point must be on the curve.
    #[arg(
        long,
        help_heading = "Keys",
        requires = "decrypt_with",
        hide_short_help = true
    )]
    lenient_epk: bool,

    /// Trust the certificate chain in the header (x5c) if it leads to one of these roots: PEM file, -, or env:NAME
    #[arg(long, value_name = "INPUT", help_heading = "Keys", conflicts_with_all = ["keys", "secrets", "kid", "issuer"], hide_short_help = true)]
    x5c_roots: Option<Source>,

    #[command(flatten)]
    token: TokenInput,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    key_binding: KeyBindingArgs,

    #[command(flatten)]
    status: StatusArgs,

    /// Detached payload: path, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        conflicts_with = "lines",
        help_heading = "Input"
    )]
    payload: Option<Source>,

    /// Print only this claim, a string without quotes
    ///
    /// A dotted path or a JSON Pointer selects a nested claim.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["lines", "json", "raw", "payload"], help_heading = "Output")]
    get: Option<String>,

    /// Maximum size of a token, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = MAX_TOKEN, help_heading = "Input", hide_short_help = true)]
    max_size: usize,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    /// Whether a payload that is not a claims set is printed. If not, only the verification is reported.
    fn wants_payload(&self) -> bool {
        self.rules.raw || self.output.output.is_some()
    }

    /// Whether a payload is printed on a terminal or in a report, and not to a file or a pipe.
    fn shows_payload(&self, context: &Context) -> bool {
        let to_terminal = self.output.output.is_none() && context.console.is_terminal();
        let into_report = self.output.file().is_none() && context.console.json;
        self.wants_payload() && (to_terminal || into_report)
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let mut job = VerifyJob::new(args, context)?;
    if args.lines.lines {
        return run_lines(args, context, &job);
    }
    let token = args.token.read_token(context, args.max_size.saturating_add(2))?;
    // Read again: the token may have been created while this run waited for it.
    let now = context.clock.now();
    if let Some(source) = &args.payload {
        if !job.has_claim_rules() && !args.shows_payload(context) {
            return run_detached(args, context, &job, source, token.expose(), now);
        }
        job.read_payload(args, context)?;
    }
    let accepted = job.apply(&mut VerifierCache::default(), token.expose(), now);
    let accepted =
        accepted.inspect_err(|error| explain_rejection(args, context, error, token.expose()))?;
    print_notes(args, context, &accepted);
    let verified = &accepted.token;
    if let Some(name) = &args.get {
        let claims = verified.claims().map(Value::Object).unwrap_or_default();
        let Some(value) = claim_at(&claims, name) else {
            return Err(
                CliError::new(Code::ClaimRejected, format!("the claim {name} is absent")).into(),
            );
        };
        let to_terminal = args.output.output.is_none() && context.console.is_terminal();
        let line = raw_claim(value, to_terminal);
        args.output.write_result(&context.console, line.as_bytes(), Audience::Reader)?;
        return Ok(0);
    }
    let result = if verified.has_claims() {
        let text = String::from_utf8_lossy(verified.payload());
        let line = format!("{}\n", json_text(text.trim_ascii()));
        if args.output.output.is_none() && !context.console.json {
            let page = context.console.json_page(&line);
            context.console.write_bytes(page.as_bytes())?;
            return Ok(0);
        }
        Cow::from(line.into_bytes())
    } else {
        verified.payload().into()
    };
    let report = |shown| VerifyReport::new(verified, shown);
    args.output.write_result_or_report(&context.console, &result, report)?;
    Ok(0)
}

/// Prints every check with its outcome, if stderr is a terminal.
fn explain_rejection(args: &Args, context: &Context, error: &anyhow::Error, token: &[u8]) {
    if context.console.explains_rejections()
        && let Some(error) = cli_error(error)
        && let Some(page) = checklist::build_checklist(args, &error, token, context.clock.now())
    {
        context.console.write_explanation(&page);
    }
}

/// Verifies a detached payload of any length, which is read once. Nothing of it is printed before it is verified.
fn run_detached(
    args: &Args,
    context: &Context,
    job: &VerifyJob,
    source: &Source,
    token: &[u8],
    now: i64,
) -> Result<u8> {
    let console = &context.console;
    let mut staged = None;
    if args.wants_payload() {
        let file = args.output.file().map(|path| &**path);
        staged = Some(StagedOutput::new(file, args.output.force)?);
    }
    let mut len = 0;
    let accepted =
        job.apply_detached(&mut VerifierCache::default(), token, now, |verification| {
            context.payload(source, args.output.file().is_some(), |piece| {
                len += piece.len();
                verification.update(piece)?;
                staged.as_mut().map_or(Ok(()), |staged| staged.add_piece(piece))
            })
        })?;
    print_notes(args, context, &accepted);
    let is_printed = staged.is_some();
    if let Some(staged) = staged {
        staged.write_out(console)?;
    }
    if console.json {
        console.write_report(&VerifyReport::new(&accepted.token, false))?;
    } else if !is_printed {
        let key = &accepted.token.signatures()[0].key;
        let kid = key.kid.as_deref().unwrap_or("(no kid)");
        let text =
            format!("verified {len} bytes with the key {kid}; they were not parsed as claims");
        console.print_note(&text);
    }
    Ok(0)
}

/// Verifies one token per line and prints one record per line.
fn run_lines(args: &Args, context: &Context, job: &VerifyJob) -> Result<u8> {
    let items = Items {
        source: &args.token.source(context)?,
        what: "token",
        max_len: args.max_size,
    };
    let clock = context.clock;
    args.lines.run(context, &args.output, &items, || {
        let mut cache = VerifierCache::default();
        move |number, token: &[u8], out: &mut Vec<u8>| {
            let verified = job.apply(&mut cache, Copied::new(token).token, clock.now())?.token;
            let signature = &verified.signatures()[0];
            let record = Record::success(number, out)
                .write_text("alg", Some(signature.algorithm))
                .write_text("kid", signature.key.kid.as_deref());
            let record = match verified.compact_claims() {
                Some(claims) => record.write_json("claims", &claims),
                None => record.write_bytes("payload", verified.payload()),
            };
            record.finish();
            Ok(())
        }
    })
}

/// Prints notes about an accepted token: what was not checked, and what is unusual about it.
fn print_notes(args: &Args, context: &Context, accepted: &Accepted) {
    let verified = &accepted.token;
    if args.rules.aud.is_empty()
        && let Some(aud) = verified.claims().as_ref().and_then(|claims| claims.get("aud"))
    {
        let text = format!(
            "the audience {} was not checked; use --aud",
            Quoted(&aud.to_string())
        );
        context.console.print_note(&text);
    }
    if accepted.ignores_key_binding {
        let note = "the key binding was not verified: --key-binding requires and verifies it";
        context.console.print_note(note);
    }
    if accepted.format != Serialization::Compact && verified.has_claims() {
        context
            .console
            .print_note("the token is in the JSON serialization, which is not a JWT (RFC 7519 §1)");
    }
    if let [one] = verified.signatures()
        && accepted.format == Serialization::General
    {
        let kid = one.key.kid.as_deref().unwrap_or("(no kid)");
        let text = format!("signature {} is valid, with the key {kid}", one.index + 1);
        context.console.print_note(&text);
    }
}

/// The report of a token that has been accepted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerifyReport {
    /// Always true: a token that is not accepted is reported as an error.
    verified: bool,
    /// The algorithm of the first signature that verified.
    alg: &'static str,
    /// The key ID of its key.
    kid: Option<String>,
    /// The SHA-256 thumbprint of its key; null for a shared secret.
    thumbprint: Option<String>,
    /// Its protected header.
    header: Object,
    /// The claims set; null if the payload was not read as claims or went to a file.
    claims: Option<Object>,
    /// Every signature that verified.
    signatures: Vec<SignatureReport>,
    /// A payload that was not read as claims, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Option<String>>,
    /// A payload that was not read as claims, if it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64url: Option<Option<String>>,
}

/// A signature that verified.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignatureReport {
    /// Its place among the signatures of the token, from 0.
    index: usize,
    /// Its algorithm.
    alg: &'static str,
    /// The key ID of its key.
    kid: Option<String>,
    /// The SHA-256 thumbprint of its key; null for a shared secret.
    thumbprint: Option<String>,
}

impl VerifyReport {
    /// Returns the report, with the claims or the payload if they are `shown`.
    fn new(verified: &VerifiedToken, shown: bool) -> VerifyReport {
        let signatures = verified.signatures().iter();
        let signatures: Vec<_> = signatures
            .map(|one| SignatureReport {
                index: one.index,
                alg: one.algorithm,
                kid: one.key.kid.clone(),
                thumbprint: one.key.thumbprint.clone(),
            })
            .collect();
        let (text, base64url) = text_or_base64url(verified.payload());
        let payload = |text: Option<String>| {
            let is_reported = !verified.has_claims();
            is_reported.then_some(if shown { text } else { None })
        };
        VerifyReport {
            verified: true,
            alg: signatures[0].alg,
            kid: signatures[0].kid.clone(),
            thumbprint: signatures[0].thumbprint.clone(),
            header: verified.header().clone(),
            claims: if shown { verified.claims() } else { None },
            payload: payload(text.map(str::to_owned)),
            payload_base64url: payload(base64url),
            signatures,
        }
    }
}
