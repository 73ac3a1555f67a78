//! `encrypt`: any bytes in, an encrypted token out.

mod lines;

use anyhow::Result;
use serde_json::json;

use super::Context;
use crate::cli::claim::Member;
use crate::cli::recipient::{Algorithms, Envelope};
use crate::cli::{
    self, EncryptionKeyArgs, LinesArgs, OutputArgs, RemoteArgs, Serialization, serialization,
};
use crate::crypto::UnverifiedToken;
use crate::crypto::alg::{ContentEncryption, KeyManagement};
use crate::crypto::json::Object;
use crate::crypto::policy::{MAX_P2C, MAX_TOKEN, MIN_P2C};
use crate::crypto::token::Format;
use crate::io::source::Source;

/// The largest content, in bytes.
const MAX_CONTENT: usize = 64 * 1024 * 1024;

/// Encrypt a token or anything else
///
/// The content is taken as it is. Several keys make a token that each of them opens, in JSON. A signed token becomes a nested one: the line end behind it is dropped, and the header
/// says cty JWT.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith sign -k key.jwk sub=alice | jotsmith encrypt -k gateway.pub.jwk
  jotsmith encrypt -k gateway.pem --alg RSA-OAEP-256 --enc A256CBC-HS512 token.jwt
  jotsmith encrypt -k gateway.pub.jwk -k gateway.pem notes.txt -o notes.jwe.json
  jotsmith encrypt -k https://partner.example/jwks.json notes.txt
  jotsmith encrypt --passphrase notes.txt -o notes.jwe
  jotsmith sign -k key.jwk --lines < claims.ndjson | jotsmith encrypt -k gateway.pub.jwk --lines")]
pub struct Args {
    /// What to encrypt: path, -, or env:NAME; without it stdin
    #[arg(value_name = "INPUT")]
    input: Option<Source>,

    #[command(flatten)]
    keys: EncryptionKeyArgs,

    #[command(flatten)]
    remote: RemoteArgs,

    /// The key management algorithm, where the key leaves a choice
    #[arg(long, value_parser = cli::key_management, help_heading = "Header")]
    alg: Option<&'static KeyManagement>,

    /// The content encryption algorithm [default: A256GCM]
    #[arg(long, value_parser = cli::content_encryption, help_heading = "Header")]
    enc: Option<&'static ContentEncryption>,

    /// A header parameter: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    header: Vec<Member>,

    /// An unprotected header parameter that all recipients share, for the JSON serializations
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    unprotected: Vec<Member>,

    /// The media type of the token
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    typ: Option<String>,

    /// The media type of the content [default: JWT for a token]
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    cty: Option<String>,

    /// Data that is authenticated but not encrypted: path, -, or env:NAME (JSON serializations)
    #[arg(long, value_name = "INPUT")]
    aad: Option<Source>,

    /// The serialization [default: compact, or general for several recipients]
    #[arg(long)]
    format: Option<Serialization>,

    /// Compress the content first; its length then reveals something about it
    #[arg(long)]
    zip: bool,

    /// Rounds of PBKDF2 for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(MIN_P2C..=MAX_P2C))]
    p2c: Option<u64>,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let sets = args.keys.fetch_each(context, &args.remote)?;
    let input = args.input.as_ref().unwrap_or(&Source::Stdin);
    let aad = (args.aad.as_ref())
        .map(|source| {
            context
                .inputs
                .read(source, "authenticated data", MAX_CONTENT)
        })
        .transpose()?;
    let algorithms = Algorithms {
        alg: args.alg,
        enc: args.enc,
        rounds: args.p2c,
        zip: args.zip,
    };
    let needs_json = aad.is_some() || !args.unprotected.is_empty();
    let format = match args.format {
        None if needs_json && sets.len() == 1 => Format::Flattened,
        asked => serialization(asked, sets.len()),
    };
    let envelope = Envelope {
        format,
        aad: aad.map(|aad| aad.expose().to_vec()),
        unprotected: members(&args.unprotected, context)?,
    };
    if args.lines.lines {
        return lines::run(args, context, &sets, algorithms, &envelope);
    }
    let content = context.inputs.read(input, "content", MAX_CONTENT)?;
    let (content, is_token) = token_or_all(content.expose());
    let header = header(args, context, is_token)?;
    let encrypted = algorithms.encrypt(&sets, &header, content, envelope, context.now)?;
    let line = format!("{}\n", encrypted.token);
    (args.output).conclude(&context.console, line.as_bytes(), |shown| {
        let recipients = (encrypted.recipients.iter())
            .map(|(alg, kid)| json!({"alg": alg, "kid": kid}))
            .collect::<Vec<_>>();
        json!({
            "token": shown.then_some(encrypted.token),
            "alg": recipients[0]["alg"],
            "kid": recipients[0]["kid"],
            "enc": encrypted.enc,
            "recipients": recipients,
        })
    })?;
    Ok(0)
}

/// The content, without white space around it if it is a compact token; and whether it is.
fn token_or_all(content: &[u8]) -> (&[u8], bool) {
    let token = content.trim_ascii();
    let is_token = UnverifiedToken::parse(token, MAX_TOKEN)
        .is_ok_and(|token| token.format() == Format::Compact);
    (if is_token { token } else { content }, is_token)
}

fn header(args: &Args, context: &Context, is_token: bool) -> Result<Object> {
    let mut header = Object::new();
    let cty = args.cty.as_deref().or(is_token.then_some("JWT"));
    for (name, value) in [("typ", args.typ.as_deref()), ("cty", cty)] {
        if let Some(value) = value {
            header.insert(name.into(), value.into());
        }
    }
    header.extend(members(&args.header, context)?);
    Ok(header)
}

fn members(typed: &[Member], context: &Context) -> Result<Object> {
    let value = |member: &Member| Ok((member.name.clone(), member.value(&context.inputs)?));
    typed.iter().map(value).collect()
}
