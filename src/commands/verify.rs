//! `verify`: a token and keys in, the verified claims out, or every reason why not.

mod detached;
mod lines;
mod rules;

use std::borrow::Cow;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use self::rules::RuleArgs;
use super::Context;
use crate::cli::{KeyArgs, LinesArgs, OutputArgs, RemoteArgs, TokenInput, text_or_base64url};
use crate::crypto::certificate::Chain;
use crate::crypto::jwt::nested;
use crate::crypto::jwt::profile::Profile;
use crate::crypto::policy::{MAX_INFLATED, MAX_TOKEN};
use crate::crypto::token::Format;
use crate::crypto::{DecryptPolicy, Error, KeySet, NestedJwt, UnverifiedToken, VerifiedToken};
use crate::inspect::findings::key_match::{key_name, signers};
use crate::inspect::parse::Token;
use crate::io::fetch::live::{Live, Origin};
use crate::io::source::{MAX_KEY, Source};
use crate::output::console::json_text;
use crate::output::exit::CliError;

/// The largest detached payload that is read as claims or printed on a terminal, in bytes.
const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// Verify a signed token and print its claims
///
/// The keys and the flags decide which algorithm is right, never the token. exp is required and no clock skew is allowed
/// unless the flags say otherwise. All failed rules are told.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith verify -k key.jwk < token.jwt
  jotsmith verify -k jwks.json --iss https://issuer.example --aud api @token.jwt
  jotsmith verify --issuer https://issuer.example --aud api @token.jwt
  jotsmith verify -k rsa.pem --alg RS256 --typ at+jwt --require scope --max-age 1h @access.jwt
  jotsmith verify -k issuer.pub.jwk --decrypt-with gateway.jwk --aud api @token.jwe
  jotsmith verify -k key.jwk --payload message.bin @detached.jws
  jotsmith verify -k jwks.json --iss https://issuer.example --lines @tokens.txt > answers.ndjson")]
pub struct Args {
    #[command(flatten)]
    token: TokenInput,

    #[command(flatten)]
    keys: KeyArgs,

    /// Fetch the keys of this issuer, found by its OpenID Connect or OAuth metadata, and demand that iss is it
    #[arg(long, value_name = "URL", help_heading = "Keys", conflicts_with_all = ["keys", "secrets", "iss", "raw"])]
    issuer: Option<String>,

    #[command(flatten)]
    remote: RemoteArgs,

    /// Decrypt the token with this key first; a token that is not encrypted is then refused
    #[arg(long, value_name = "KEY", help_heading = "Keys")]
    decrypt_with: Vec<Source>,

    /// Verify with the certificate chain in the token's own header, if it leads to one of these roots: PEM file, - or env:NAME
    #[arg(long, value_name = "INPUT", help_heading = "Keys", conflicts_with_all = ["keys", "secrets", "kid", "issuer"])]
    x5c_roots: Option<Source>,

    #[command(flatten)]
    rules: RuleArgs,

    /// The payload of a token that has it detached, of any kind and length: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", conflicts_with = "lines")]
    payload: Option<Source>,

    /// The largest token, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = MAX_TOKEN)]
    max_size: usize,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    /// Whether a payload that is no claims set is the result; without it, that it verifies is all that is asked.
    fn wants_payload(&self) -> bool {
        self.rules.raw || self.output.output.is_some()
    }
}

/// The error; where the token names one key and its signature is truly by another, the hint says so.
fn told(error: Error, token: &[u8], keys: &KeySet) -> anyhow::Error {
    if !matches!(error, Error::SignatureInvalid | Error::NoKey(_)) {
        return error.into();
    }
    let token = Token::read(&String::from_utf8_lossy(token));
    let named = token.head().text("kid");
    let others = signers(&token, keys).into_iter();
    let mut others = others.filter(|key| named.is_some() && key.kid.as_deref() != named);
    match others.next() {
        None => error.into(),
        Some(key) => {
            let hint = format!(
                "the signature is by the key {}, not by the one that the kid names",
                key_name(key)
            );
            CliError::new(error.code(), error.to_string())
                .hint(hint)
                .into()
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let issuer = args.issuer.as_deref();
    let mut policy = args.rules.policy(context, args.payload.is_some(), issuer)?;
    if args.lines.lines {
        return lines::run(args, context, &policy);
    }
    let roots = match &args.x5c_roots {
        None => None,
        Some(source) => {
            let text = context.inputs.read(source, "certificates", MAX_KEY)?;
            Some(Chain::from_pem(text.expose()).with_context(|| source.to_string())?)
        }
    };
    let live = match needs_no_key(args, context) || roots.is_some() {
        true => None,
        false => Some(live(args, context)?),
    };
    let typed = (args.token).read(&context.inputs, args.max_size.saturating_add(2))?;
    // The token may have been made while this run waited for it.
    let now = context.clock.now();
    policy.now = now;
    let mut token = UnverifiedToken::parse(typed.expose(), args.max_size)?;
    let mut opened = None;
    if !args.decrypt_with.is_empty() {
        let inner = open(args, context, token)?;
        token = UnverifiedToken::parse(inner.content(), args.max_size)?;
        opened = Some(inner);
    }
    let chain = roots.map(|roots| KeySet::from_x5c(&token, &roots, now));
    let chain = chain.transpose()?;
    let mut known = chain.as_ref();
    if let Some(live) = &live {
        known = Some(live.keys_for(&token)?);
    }
    let proof;
    let keys = match known {
        Some(keys) if !is_proof(args) => keys,
        known => {
            proof = KeySet::from_dpop_proof(&token, known, now)?;
            &proof
        }
    };
    if let Some(source) = &args.payload {
        if policy.claims.is_none() && !is_shown(args, context) {
            return detached::run(args, context, source, token, keys, &policy);
        }
        let payload = context.inputs.read(source, "payload", MAX_PAYLOAD)?;
        token = token.with_payload(payload.expose().to_vec())?;
    }
    let (format, lacks_payload) = (token.format(), token.lacks_payload());
    let verified = token.verify(keys, &policy).map_err(|error| match error {
        Error::SignatureInvalid if lacks_payload && args.payload.is_none() => {
            let cli_error = CliError::new(error.code(), error.to_string());
            let hint = "the token has no payload: if it is detached, --payload INPUT names it";
            anyhow::Error::from(cli_error.hint(hint))
        }
        error if opened.is_none() => told(error, typed.expose(), keys),
        error => error.into(),
    })?;
    if let (Some(opened), Some(claims)) = (&opened, verified.claims()) {
        opened.verify_replicated_claims(claims)?;
    }
    remark(args, context, format, &verified);
    let claims = || {
        let text = String::from_utf8_lossy(verified.payload());
        format!("{}\n", json_text(text.trim_ascii())).into_bytes()
    };
    let result = match verified.claims() {
        None => verified.payload().into(),
        Some(_) => Cow::from(claims()),
    };
    (args.output).conclude(&context.console, &result, |shown| report(&verified, shown))?;
    Ok(0)
}

/// Whether a payload goes to people who look at it: into a terminal or a report, not into a file or a pipe.
fn is_shown(args: &Args, context: &Context) -> bool {
    let to_terminal = args.output.output.is_none() && context.console.is_terminal();
    let into_report = args.output.file().is_none() && context.console.json;
    args.wants_payload() && (to_terminal || into_report)
}

/// Whether the token is to show its own key.
fn is_proof(args: &Args) -> bool {
    args.rules.profile == Some(Profile::Dpop)
}

/// Whether a token may be verified with the key that it shows, whoever's that is.
fn needs_no_key(args: &Args, context: &Context) -> bool {
    is_proof(args) && args.issuer.is_none() && !args.keys.is_given(context)
}

fn live<'c>(args: &Args, context: &'c Context) -> Result<Live<'c>> {
    match &args.issuer {
        None => args.keys.live(context, &args.remote),
        Some(issuer) => {
            let origins = vec![Origin::Issuer(issuer.clone())];
            let (fetcher, kid) = (args.remote.fetcher(context)?, args.keys.kid.clone());
            Live::load(fetcher, KeySet::default(), origins, kid)
        }
    }
}

fn open(args: &Args, context: &Context, token: UnverifiedToken) -> Result<NestedJwt> {
    let keys = decryption_keys(args, context)?;
    let policy = decryption_policy(args, context.clock.now());
    let limit = args.max_size.max(MAX_INFLATED);
    Ok(nested::decrypt_nested(token, &keys, &policy, limit)?)
}

fn decryption_keys(args: &Args, context: &Context) -> Result<KeySet> {
    let mut keys = KeySet::default();
    for source in &args.decrypt_with {
        keys.extend(args.keys.load_one(context, source)?)?;
    }
    Ok(keys)
}

fn decryption_policy(args: &Args, now: i64) -> DecryptPolicy {
    DecryptPolicy {
        now,
        algorithms: Vec::new(),
        encryptions: Vec::new(),
        max_p2c: args.keys.unlock.max_p2c,
        max_inflated: None,
        formats: (args.rules.format.iter())
            .map(|format| (*format).into())
            .collect(),
    }
}

/// What holds of the accepted token, and its user may not expect.
fn remark(args: &Args, context: &Context, format: Format, verified: &VerifiedToken) {
    if args.rules.aud.is_empty()
        && let Some(aud) = verified.claims().and_then(|claims| claims.get("aud"))
    {
        let text = format!("the audience {aud} was not checked: --aud does");
        context.console.note(&text);
    }
    if format != Format::Compact && verified.claims().is_some() {
        (context.console).note("the token is in JSON, which is no JWT (RFC 7519 §1)");
    }
    if let [one] = verified.signatures()
        && format == Format::General
    {
        let kid = one.kid.as_deref().unwrap_or("(no kid)");
        let text = format!("accepted for signature {}, by key {kid}", one.index + 1);
        context.console.note(&text);
    }
}

/// What is reported; the claims, or without claim rules the payload, stand in it if they are to be `shown`.
fn report(verified: &VerifiedToken, shown: bool) -> Value {
    let signatures = verified.signatures();
    let all = signatures.iter().map(|one| {
        json!({
            "index": one.index,
            "alg": one.algorithm,
            "kid": one.kid,
            "thumbprint": one.thumbprint,
        })
    });
    let mut report = json!({
        "verified": true,
        "alg": signatures[0].algorithm,
        "kid": signatures[0].kid,
        "thumbprint": signatures[0].thumbprint,
        "header": verified.header(),
        "claims": verified.claims().filter(|_| shown),
        "signatures": all.collect::<Vec<_>>(),
    });
    if verified.claims().is_none() {
        let (text, base64url) = text_or_base64url(verified.payload());
        report["payload"] = json!(text.filter(|_| shown));
        report["payload_base64url"] = json!(base64url.filter(|_| shown));
    }
    report
}
