//! `sign`: signs claims or any other payload and prints the token.

pub mod external_signature;
pub mod present;
pub mod profile_list;
mod selective_disclosure;
mod service;
mod sign_claims;
mod sign_job;
mod signer;
mod status_list_args;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use self::external_signature::SignerArgs;
use self::present::PresentArgs;
use self::selective_disclosure::IssueArgs;
use self::sign_claims::{ClaimArgs, ClaimsBuilder};
use self::sign_job::SignJob;
use self::status_list_args::StatusListArgs;
use super::Context;
use crate::cli::claim::Member;
use crate::cli::named::{self, name_parser};
use crate::cli::profile_args;
use crate::cli::{self, KeyArgs, LinesArgs, OutputArgs};
use crate::commands::shared::key_loading::no_key;
use crate::commands::shared::line_run::Items;
use crate::crypto::alg::{ContentEncryption, KeyManagement, Signature};
use crate::crypto::jws::SignatureSpec;
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::token::Serialization;
use crate::crypto::{Code, Error};
use crate::fingerprint::{Fingerprint, KeyIdSource};
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::output::ndjson;
use crate::profile::Profile;

/// The largest payload that is part of its token, in bytes.
const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// Sign a claims set or any other payload
///
/// The claims set consists of --claims, the claim flags and the CLAIM arguments, in this order. iat (now) and exp (in 15
/// minutes) are added unless you set or disable them. With --payload, the given content is signed unchanged. With several
/// keys, the token has one signature for each key and is in JSON.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith sign -k key.jwk sub=alice scope='read write'
  jotsmith sign -k key.pem --alg RS256 --iss https://issuer.example --aud api --exp 1h admin:=true
  jotsmith sign -k key.jwk --profile at --iss https://as.example --aud api --sub alice client_id=w
  jotsmith sign -k key.jwk --claims claims.json --encrypt-to gateway.pub.jwk
  jotsmith sign -k key.jwk --sd email --holder holder.pub.jwk sub=alice email=alice@example.com
  jotsmith sign --present sd-jwt.txt --disclose email -k holder.jwk --aud shop --nonce n42
  jotsmith sign -k key.jwk --payload message.bin --detached
  jotsmith sign -k key.jwk --lines --iss https://issuer.example --jti < claims.ndjson > tokens.txt")]
pub struct Args {
    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    external: SignerArgs,

    #[command(flatten)]
    claims: ClaimArgs,

    /// Content to sign instead of claims: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", conflicts_with_all = CLAIM_FLAGS, conflicts_with_all = ["lines", "sd", "sd_all", "holder"], help_heading = "Payload")]
    payload: Option<Source>,

    /// Add and enforce the claims of this profile
    ///
    /// --list-profiles lists the profiles.
    #[arg(
        long,
        value_name = "PROFILE",
        value_parser = profile_args::any_profile_parser(),
        hide_possible_values = true,
        help_heading = "Claims"
    )]
    profile: Option<Profile>,

    /// List the profiles with their rules, and exit
    #[arg(long, conflicts_with_all = ["keys", "members", "file", "payload", "profile", "present", "lines", "output"], help_heading = "Claims", hide_short_help = true)]
    list_profiles: bool,

    /// Snowflake account for --profile snowflake: ORGANIZATION-ACCOUNT or a locator; a region is removed
    #[arg(
        long,
        value_name = "ACCOUNT",
        help_heading = "Claims",
        hide_short_help = true
    )]
    account: Option<String>,

    /// Bind the DPoP proof to this access token (ath): path, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        help_heading = "Claims",
        hide_short_help = true
    )]
    ath_of: Option<Source>,

    /// Add the hash of this access token (at_hash): path, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        help_heading = "Claims",
        hide_short_help = true
    )]
    access_token: Option<Source>,

    /// Add the hash of this authorization code (c_hash): path, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        help_heading = "Claims",
        hide_short_help = true
    )]
    code: Option<Source>,

    /// Bind the token to this client certificate (cnf.x5t#S256): PEM file, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        help_heading = "Claims",
        hide_short_help = true
    )]
    client_cert: Option<Source>,

    /// Bind the token to this key for DPoP proofs (cnf.jkt)
    #[arg(
        long,
        value_name = "KEY",
        help_heading = "Claims",
        hide_short_help = true
    )]
    dpop_key: Option<Source>,

    /// Signature algorithm [default: that of the key]
    ///
    /// With several keys, give one algorithm for each.
    #[arg(long, value_parser = name_parser(cli::parse_signature_algorithm, named::signature_names), hide_possible_values = true, value_delimiter = ',', help_heading = "Header")]
    alg: Vec<&'static Signature>,

    /// Header parameter: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    header: Vec<Member>,

    /// Unprotected header parameter (JSON serializations only)
    #[arg(
        long,
        value_name = "NAME=TEXT",
        help_heading = "Header",
        hide_short_help = true
    )]
    unprotected: Vec<Member>,

    /// Token type (typ) [default: JWT for claims]
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    typ: Option<String>,

    /// Content type of the payload (cty)
    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Header",
        hide_short_help = true
    )]
    cty: Option<String>,

    /// Add the public key to the header (jwk)
    #[arg(long, help_heading = "Header", hide_short_help = true)]
    embed_jwk: bool,

    /// Add a certificate chain to the header (x5c)
    ///
    /// PEM file, -, env:NAME, or pkcs11:.. for a certificate in a token. The certificate of the key comes first.
    #[arg(
        long,
        value_name = "INPUT",
        help_heading = "Header",
        hide_short_help = true
    )]
    x5c: Option<Source>,

    /// Add the fingerprints of the key's certificate to the header (x5t and x5t#S256): PEM file, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        help_heading = "Header",
        hide_short_help = true
    )]
    x5t: Option<Source>,

    /// Derive the key ID from: jwk (thumbprint), kubernetes, libtrust, x5t or x5t#S256 (of --x5c, --x5t or the key's
    /// certificate)
    #[arg(long, value_name = "SOURCE", value_parser = kid_source, help_heading = "Header", hide_short_help = true)]
    kid_from: Option<Fingerprint>,

    /// Serialization [default: compact, or general for several keys]
    #[arg(
        long,
        conflicts_with = "lines",
        hide_short_help = true,
        help_heading = "Payload"
    )]
    format: Option<Serialization>,

    /// Omit the payload from the token
    #[arg(long, conflicts_with = "lines", help_heading = "Payload")]
    detached: bool,

    /// Sign the payload without base64url encoding (RFC 7797)
    #[arg(
        long,
        requires = "payload",
        conflicts_with = "lines",
        hide_short_help = true,
        help_heading = "Payload"
    )]
    unencoded: bool,

    /// Encrypt the signed token with this key
    #[arg(long, value_name = "KEY", conflicts_with_all = ["detached", "unencoded"], help_heading = "Encryption")]
    encrypt_to: Option<Source>,

    /// Key management algorithm, if the key supports several
    #[arg(long, value_parser = name_parser(cli::key_management, named::key_managements), hide_possible_values = true, requires = "encrypt_to", help_heading = "Encryption", hide_short_help = true)]
    encrypt_alg: Option<&'static KeyManagement>,

    /// Content encryption algorithm [default: A256GCM]
    #[arg(long, value_parser = name_parser(cli::content_encryption, named::content_encryptions), hide_possible_values = true, requires = "encrypt_to", help_heading = "Encryption", hide_short_help = true)]
    enc: Option<&'static ContentEncryption>,

    /// Print an HTTP Authorization header, for curl -H @-
    #[arg(long, conflicts_with_all = ["lines", "json", "detached"], help_heading = "Output")]
    bearer: bool,

    /// Fail, instead of warning, if the rotation of the key set is overdue
    #[arg(long, help_heading = "Keys", hide_short_help = true)]
    strict: bool,

    #[command(flatten)]
    selective_disclosure: IssueArgs,

    #[command(flatten)]
    status_list: StatusListArgs,

    #[command(flatten)]
    present: PresentArgs,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Parses the value of --kid-from. A random key ID is refused, because no key has it.
fn kid_source(name: &str) -> Result<Fingerprint, String> {
    match cli::key_id_source(name)? {
        KeyIdSource::Fingerprint(kind) => Ok(kind),
        KeyIdSource::Uuid => {
            Err("a random key ID must be stored in the key; use convert --kid-from uuid".into())
        }
    }
}

/// The flags that specify claims. They have no effect on a payload that is given.
const CLAIM_FLAGS: [&str; 16] = [
    "members",
    "file",
    "iss",
    "sub",
    "aud",
    "exp",
    "no_exp",
    "nbf",
    "no_iat",
    "jti",
    "profile",
    "ath_of",
    "access_token",
    "code",
    "client_cert",
    "dpop_key",
];

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    if args.list_profiles {
        return profile_list::run(context);
    }
    if let Some(text) = &args.present.present {
        return present::present_sd_jwt(args, context, text);
    }
    args.present.check_unused()?;
    let sets = args.external.load(&args.keys, context).map_err(|error| kid_hint(args, error))?;
    if args.external.is_joined() {
        return external_signature::join_signature(args, context, &sets);
    }
    if sets.is_empty() {
        return Err(no_key());
    }
    let job = SignJob::new(args, context, &sets)?;
    if args.lines.lines {
        return run_lines(args, context, &job);
    }
    if job.format() != Serialization::Compact && args.payload.is_none() {
        context
            .console
            .print_note("gateways accept a JWT only in the compact serialization (RFC 7519 §1)");
    }
    if args.external.prints_input() {
        return match &args.payload {
            Some(source) => {
                let payload = context.inputs.read(source, "payload", MAX_PAYLOAD)?;
                external_signature::print_input(args, context, job.signer(), payload.expose())
            }
            None => {
                let claims = build_claims(args, context, &job)?;
                external_signature::print_input(args, context, job.signer(), claims.payload())
            }
        };
    }
    let mut token = Vec::new();
    match &args.payload {
        Some(source) if args.detached => job.sign_detached(&mut token, |signer| {
            context.payload(source, args.output.file().is_some(), |piece| {
                Ok(signer.update(piece)?)
            })
        })?,
        Some(source) => {
            let payload = context.inputs.read(source, "payload", MAX_PAYLOAD)?;
            job.sign_payload(payload.expose(), context.now, &mut token)?;
        }
        None => {
            let claims = build_claims(args, context, &job)?;
            if args.detached {
                job.sign_detached(&mut token, |signer| Ok(signer.update(claims.payload())?))?;
            } else {
                job.sign_payload(claims.payload(), context.now, &mut token)?;
            }
        }
    }
    write_token(args, context, &token, |shown| {
        SignReport::from_job(job.specs(), shown.then_some(&*token))
    })
}

/// Adds a hint to the error that no key has the kid: how to set another kid in the header.
fn kid_hint(args: &Args, error: anyhow::Error) -> anyhow::Error {
    match (&args.keys.kid, error.downcast_ref()) {
        (Some(kid), Some(Error::NoKey(message))) => CliError::new(Code::NoKey, message.clone())
            .with_hint(format!(
                "--kid selects a key; to set this key ID in the header, use --header kid={kid}"
            ))
            .into(),
        _ => error,
    }
}

/// Returns the text before the token, if an HTTP header is printed.
fn http_header(args: &Args) -> &'static str {
    if args.bearer {
        "Authorization: Bearer "
    } else {
        ""
    }
}

/// Prints or writes a token, or reports it with --json.
fn write_token(
    args: &Args,
    context: &Context,
    token: &[u8],
    report: impl FnOnce(bool) -> SignReport,
) -> Result<u8> {
    let line = [http_header(args).as_bytes(), token, b"\n"].concat();
    args.output.write_result_or_report(&context.console, &line, report)?;
    Ok(0)
}

/// Builds the one claims set of the run.
fn build_claims<'a>(
    args: &Args,
    context: &Context,
    job: &SignJob<'a>,
) -> Result<ClaimsBuilder<'a>> {
    let file = args.claims.read_file(context, args.profile)?;
    let mut claims = job.claims_builder();
    let added = claims.build_claims_set(file.expose(), context.now);
    let added = added.map_err(|error| match (&args.claims.file, error.downcast_ref()) {
        (Some(source), Some(Error::Malformed(why))) => {
            CliError::failed(format!("{source}: {why}")).into()
        }
        (None, Some(Error::Malformed(why))) => CliError::usage(format!("stdin: {why}"))
            .with_hint(
                "stdin must be one JSON object with claims; to sign other content, use --payload -",
            )
            .into(),
        _ => error,
    })?;
    if let Some(note) = added.note() {
        context.console.print_note(&note);
    }
    if let Some(warning) = sign_claims::never_valid(claims.payload(), context.now) {
        context.console.print_warning(&warning);
    }
    Ok(claims)
}

/// Signs one claims set per line and prints one token, or one record, per line.
fn run_lines(args: &Args, context: &Context, job: &SignJob) -> Result<u8> {
    let items = Items {
        source: args.claims.file.as_ref().unwrap_or(&Source::Stdin),
        what: "claims set",
        max_len: MAX_TOKEN,
    };
    let (clock, as_json) = (context.clock, context.console.json);
    args.lines.run(context, &args.output, &items, || {
        let mut builder = job.claims_builder();
        move |number, line: &[u8], out: &mut Vec<u8>| {
            if !as_json {
                job.apply(&mut builder, line, clock.now(), out)?;
                out.push(b'\n');
                return Ok(());
            }
            let mut token = Vec::new();
            job.apply(&mut builder, line, clock.now(), &mut token)?;
            ndjson::write_record(
                number,
                &SignReport::from_job(job.specs(), Some(&token)),
                out,
            );
            Ok(())
        }
    })
}

/// Returns the key ID in the header of a signature, or else that of its key.
fn signature_kid<'s>(spec: &'s SignatureSpec) -> Option<&'s str> {
    let header = spec.header.get("kid").and_then(Value::as_str);
    header.or(spec.key.kid.as_deref())
}

/// The report of a token that has been signed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignReport {
    /// The token; null if it went to a file.
    token: Option<String>,
    /// The algorithm of the first signature.
    alg: &'static str,
    /// The key ID of its key.
    kid: Option<String>,
    /// Every signature.
    signatures: Vec<SignatureReport>,
}

/// A signature that was made.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignatureReport {
    /// Its algorithm.
    alg: &'static str,
    /// The key ID of its key.
    kid: Option<String>,
}

impl SignReport {
    /// Returns the report of a token with these signatures.
    fn from_job<'s>(
        specs: impl Iterator<Item = &'s SignatureSpec<'s>>,
        token: Option<&[u8]>,
    ) -> SignReport {
        let signatures: Vec<_> = specs
            .map(|spec| SignatureReport {
                alg: spec.algorithm.name,
                kid: signature_kid(spec).map(str::to_owned),
            })
            .collect();
        SignReport {
            token: token.map(|token| String::from_utf8_lossy(token).into_owned()),
            alg: signatures[0].alg,
            kid: signatures[0].kid.clone(),
            signatures,
        }
    }
}
