//! `encrypt`: any bytes in, an encrypted token out.

use anyhow::Result;
use serde_json::json;

use super::Context;
use crate::args::claim::Member;
use crate::args::{self, EncryptionKeyArgs, OutputArgs};
use crate::crypto::alg::{ContentEncryption, Hash, KeyManagement, KeyScheme};
use crate::crypto::json::Object;
use crate::crypto::jwe::{self, Encryption};
use crate::crypto::policy::{MAX_P2C, MAX_TOKEN, MIN_P2C};
use crate::crypto::{Key, UnverifiedToken};
use crate::exit::Complaint;
use crate::io::file::Audience;
use crate::io::source::Source;

/// The largest content, in bytes.
const MAX_CONTENT: usize = 64 * 1024 * 1024;
/// The content encryption when nothing else is said.
const DEFAULT_ENC: &str = "A256GCM";

/// Encrypt a token or anything else
///
/// The content is taken as it is. A signed token becomes a nested one: the line end behind it is dropped, and the header
/// says cty JWT.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith sign -k key.jwk sub=alice | jotsmith encrypt -k gateway.pub.jwk
  jotsmith encrypt -k gateway.pem --alg RSA-OAEP-256 --enc A256CBC-HS512 token.jwt
  jotsmith encrypt --passphrase notes.txt -o notes.jwe")]
pub struct Args {
    /// What to encrypt: path, -, or env:NAME; without it stdin
    #[arg(value_name = "INPUT")]
    input: Option<Source>,

    #[command(flatten)]
    keys: EncryptionKeyArgs,

    /// The key management algorithm, where the key leaves a choice
    #[arg(long, value_parser = args::key_management, help_heading = "Header")]
    alg: Option<&'static KeyManagement>,

    /// The content encryption algorithm [default: A256GCM]
    #[arg(long, value_parser = args::content_encryption, help_heading = "Header")]
    enc: Option<&'static ContentEncryption>,

    /// A header parameter: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    header: Vec<Member>,

    /// The media type of the token
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    typ: Option<String>,

    /// The media type of the content [default: JWT for a token]
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    cty: Option<String>,

    /// Compress the content first; its length then tells something about it
    #[arg(long)]
    zip: bool,

    /// Rounds of PBKDF2 for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(MIN_P2C..=MAX_P2C))]
    p2c: Option<u64>,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let keys = args.keys.load(context, true)?;
    let (key, algorithm) = keys.for_encrypting(args.alg, context.now)?;
    let input = args.input.as_ref().unwrap_or(&Source::Stdin);
    let content = context.inputs.read(input, "content", MAX_CONTENT)?;
    let token = content.expose().trim_ascii();
    let is_token = UnverifiedToken::parse(token, MAX_TOKEN).is_ok();
    let header = header(args, context, key, is_token)?;
    let how = Encryption {
        algorithm,
        enc: enc(args, key)?,
        rounds: args.p2c.unwrap_or_else(|| default_rounds(algorithm)),
        zip: args.zip,
    };
    let content = if is_token { token } else { content.expose() };
    let token = jwe::encrypt(key, &how, &header, content)?;
    if context.console.json && args.output.file().is_none() {
        context.console.object(json!({
            "token": token, "alg": algorithm.name, "enc": how.enc.name, "kid": key.kid,
        }))?;
    } else {
        let line = format!("{token}\n");
        (args.output).deliver(&context.console, line.as_bytes(), Audience::Owner)?;
    }
    Ok(0)
}

/// The one asked for, or the one that a key for `dir` fixes by its length or its alg.
fn enc(args: &Args, key: &Key) -> Result<&'static ContentEncryption> {
    let fixed = || key.content_encryption(args.alg);
    match args.enc.or_else(fixed) {
        Some(enc) => Ok(enc),
        None => args::content_encryption(DEFAULT_ENC).map_err(|why| Complaint::failed(why).into()),
    }
}

/// OWASP's recommendation of 2025 for PBKDF2.
fn default_rounds(algorithm: &KeyManagement) -> u64 {
    match algorithm.scheme {
        KeyScheme::Pbes2(Hash::Sha256, _) => 600_000,
        _ => 220_000,
    }
}

fn header(args: &Args, context: &Context, key: &Key, is_token: bool) -> Result<Object> {
    let mut header = Object::new();
    let cty = args.cty.as_deref().or(is_token.then_some("JWT"));
    for (name, value) in [
        ("typ", args.typ.as_deref()),
        ("cty", cty),
        ("kid", key.kid.as_deref()),
    ] {
        if let Some(value) = value {
            header.insert(name.into(), value.into());
        }
    }
    for member in &args.header {
        header.insert(member.name.clone(), member.value(&context.inputs)?);
    }
    Ok(header)
}
