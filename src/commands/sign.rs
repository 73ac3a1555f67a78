//! `sign`: claims or any payload in, a signed token out.

mod claims;
mod lines;
mod signer;

use anyhow::Result;
use serde_json::{Value, json};

use self::claims::ClaimArgs;
use self::signer::signer;
use super::Context;
use crate::cli::claim::Member;
use crate::cli::recipient::{Algorithms, Envelope};
use crate::cli::{self, KeyArgs, LinesArgs, OutputArgs, Serialization, keys, serialization};
use crate::crypto::SecretBytes;
use crate::crypto::alg::{ContentEncryption, KeyManagement, Signature};
use crate::crypto::json::Object;
use crate::crypto::jws::{self, Detached, SerializeOptions, Signer};
use crate::crypto::jwt::profile::Profile;
use crate::crypto::key::{Fingerprint, KeyIdSource};
use crate::crypto::token::Format;
use crate::io::source::Source;

/// The largest payload that stands in its token, in bytes.
const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// Mint a signed token
///
/// The payload is a claims set: --claims, then the flags, then CLAIMs. iat (now) and exp (in 15 minutes) are added unless
/// given or switched off. With --payload it is any bytes, exactly as they are. Several keys make several signatures, in JSON.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith sign -k key.jwk sub=alice scope='read write'
  jotsmith sign -k key.pem --alg RS256 --iss https://issuer.example --aud api --exp 1h admin:=true
  jotsmith sign -k key.jwk --profile at --iss https://as.example --aud api --sub alice client_id=w
  jotsmith sign -k key.jwk --claims claims.json --encrypt-to gateway.pub.jwk
  jotsmith sign -k key.jwk --payload message.bin --detached
  jotsmith sign -k key.jwk --lines --iss https://issuer.example --jti < claims.ndjson > tokens.txt")]
pub struct Args {
    #[command(flatten)]
    claims: ClaimArgs,

    /// Sign these bytes instead of claims: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", conflicts_with_all = [
        "members", "file", "iss", "sub", "aud", "exp", "no_exp", "nbf", "no_iat", "jti", "profile", "lines"])]
    payload: Option<Source>,

    /// Make this kind of token, and hold the claims to its rules
    #[arg(long, value_name = "PROFILE", help_heading = "Claims")]
    profile: Option<Profile>,

    /// Bind a DPoP proof to this access token: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", help_heading = "Claims")]
    ath_of: Option<Source>,

    /// The signature algorithm, where the key leaves a choice; repeat it for several keys
    #[arg(long, value_parser = cli::signature, value_delimiter = ',', help_heading = "Header")]
    alg: Vec<&'static Signature>,

    /// A header parameter: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    header: Vec<Member>,

    /// An unprotected header parameter, for the JSON serializations
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    unprotected: Vec<Member>,

    /// The media type of the token [default: JWT for claims]
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    typ: Option<String>,

    /// The media type of the payload
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    cty: Option<String>,

    /// Put the public key into the header
    #[arg(long, help_heading = "Header")]
    embed_jwk: bool,

    /// Put a certificate chain into the header: PEM file, - or env:NAME, the key's own certificate first
    #[arg(long, value_name = "INPUT", help_heading = "Header")]
    x5c: Option<Source>,

    /// Put the fingerprints of the key's certificate into the header, and not the chain: PEM file, - or env:NAME
    #[arg(long, value_name = "INPUT", help_heading = "Header")]
    x5t: Option<Source>,

    /// Derive kid from: jwk (thumbprint), kubernetes, libtrust, x5t or x5t#S256 (of --x5c, --x5t or the key's certificate)
    #[arg(long, value_name = "SOURCE", value_parser = kid_source, help_heading = "Header")]
    kid_from: Option<Fingerprint>,

    /// The serialization [default: compact, or general for several keys]
    #[arg(long, conflicts_with = "lines")]
    format: Option<Serialization>,

    /// Leave the payload out of the token
    #[arg(long, conflicts_with = "lines")]
    detached: bool,

    /// Sign the payload as it is, not as base64url (RFC 7797)
    #[arg(long, requires = "payload")]
    unencoded: bool,

    /// Encrypt the signed token to this key: path, -, or env:NAME
    #[arg(long, value_name = "KEY", conflicts_with_all = ["detached", "unencoded", "lines"], help_heading = "Encryption")]
    encrypt_to: Option<Source>,

    /// The key management algorithm, where the key leaves a choice
    #[arg(long, value_parser = cli::key_management, requires = "encrypt_to", help_heading = "Encryption")]
    encrypt_alg: Option<&'static KeyManagement>,

    /// The content encryption algorithm [default: A256GCM]
    #[arg(long, value_parser = cli::content_encryption, requires = "encrypt_to", help_heading = "Encryption")]
    enc: Option<&'static ContentEncryption>,

    /// Refuse a set whose rotation has not run for too long, instead of warning
    #[arg(long, help_heading = "Keys")]
    strict: bool,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// What a key ID is derived from, as it is typed. A random one would name no key.
fn kid_source(name: &str) -> Result<Fingerprint, String> {
    match cli::key_id_source(name)? {
        KeyIdSource::Fingerprint(kind) => Ok(kind),
        KeyIdSource::Uuid => {
            Err("a random key ID belongs into the key: convert --kid-from uuid".into())
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let sets = args.keys.load_signers(context)?;
    if sets.is_empty() {
        return Err(keys::no_key());
    }
    let signers = (sets.iter())
        .map(|set| signer(args, context, set))
        .collect::<Result<Vec<_>>>()?;
    if args.lines.lines {
        return lines::run(args, context, &signers);
    }
    let format = serialization(args.format, signers.len());
    if format != Format::Compact && args.payload.is_none() {
        (context.console)
            .note("a JWT is compact: gateways do not take the JSON serializations (RFC 7519 §1)");
    }
    let writing = SerializeOptions {
        format,
        unencoded: args.unencoded,
    };
    let mut token = match args.detached {
        true => detached(args, context, &signers, writing)?,
        false => jws::sign(&signers, payload(args, context)?.expose(), writing)?,
    };
    if let Some(source) = &args.encrypt_to {
        token = encrypted(args, context, source, &token)?;
    }
    let line = format!("{token}\n");
    (args.output).conclude(&context.console, line.as_bytes(), |shown| {
        let signatures = (signers.iter())
            .map(|one| json!({"alg": one.algorithm.name, "kid": kid(one)}))
            .collect::<Vec<_>>();
        json!({
            "token": shown.then_some(token),
            "alg": signers[0].algorithm.name,
            "kid": kid(&signers[0]),
            "signatures": signatures,
        })
    })?;
    Ok(0)
}

/// The key ID that the header says, or else that of the key.
fn kid(signer: &Signer) -> Value {
    let own = || signer.key.kid.clone().map(Value::from);
    signer
        .header
        .get("kid")
        .cloned()
        .or_else(own)
        .unwrap_or_default()
}

/// The payload: what was named, or the claims set.
fn payload(args: &Args, context: &Context) -> Result<SecretBytes> {
    match &args.payload {
        Some(source) => context.inputs.read(source, "payload", MAX_PAYLOAD),
        None => {
            let claims = Value::Object(claims(args, context)?);
            Ok(claims.to_string().into_bytes().into())
        }
    }
}

/// A token without its payload, which may be of any length.
fn detached(
    args: &Args,
    context: &Context,
    signers: &[Signer],
    writing: SerializeOptions,
) -> Result<String> {
    let mut token = Detached::new(signers, writing)?;
    match &args.payload {
        Some(source) => context.payload(source, |piece| Ok(token.update(piece)?))?,
        None => token.update(payload(args, context)?.expose())?,
    }
    Ok(token.finish()?)
}

fn claims(args: &Args, context: &Context) -> Result<Object> {
    let mut claims = args.claims.build(context, args.profile)?;
    if let Some(source) = &args.ath_of {
        let hash = cli::access_token_hash(&context.inputs, source)?;
        claims.insert("ath".into(), hash.into());
    }
    Ok(claims)
}

/// Signed, then encrypted (RFC 7519 §11.2).
fn encrypted(args: &Args, context: &Context, source: &Source, token: &str) -> Result<String> {
    let set = args.keys.load_one(context, source)?;
    let algorithms = Algorithms {
        alg: args.encrypt_alg,
        enc: args.enc,
        ..Algorithms::default()
    };
    let mut header = Object::new();
    header.insert("cty".into(), "JWT".into());
    let how = Envelope {
        format: Format::Compact,
        aad: None,
        unprotected: Object::new(),
    };
    let encrypted = algorithms.encrypt(&[set], &header, token.as_bytes(), how, context.now)?;
    Ok(encrypted.token)
}
