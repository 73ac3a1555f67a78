//! `decrypt`: an encrypted token and keys in, its content out.

mod lines;

use anyhow::Result;
use serde_json::json;

use super::Context;
use crate::cli::token_input::parse_token;
use crate::cli::{
    self, EncryptionKeyArgs, LinesArgs, OutputArgs, Serialization, TokenInput, text_or_base64url,
};
use crate::crypto::alg::{ContentEncryption, KeyManagement};
use crate::crypto::policy::{MAX_INFLATED, MAX_TOKEN, same_media_type};
use crate::crypto::token::HeaderCache;
use crate::crypto::{DecryptPolicy, KeySet};

/// Decrypt a token and print its content
///
/// The content is printed byte for byte. That it decrypts does not say who made it: anyone with the public key can encrypt.
/// Put verify behind it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith decrypt -k gateway.jwk < token.jwe | jotsmith verify -k issuer.pub.jwk
  jotsmith decrypt -k partner.pem --alg RSA-OAEP-256 --enc A256GCM @partner.jwe
  jotsmith decrypt --passphrase -o notes.txt @notes.jwe
  jotsmith decrypt -k gateway.jwk --lines @encrypted.txt > contents.ndjson")]
pub struct Args {
    #[command(flatten)]
    token: TokenInput,

    #[command(flatten)]
    keys: EncryptionKeyArgs,

    /// A key management algorithm to allow; repeat it for several [default: those of the key]
    #[arg(long, value_parser = cli::key_management, value_delimiter = ',', help_heading = "Rules")]
    alg: Vec<&'static KeyManagement>,

    /// A content encryption algorithm to allow; repeat it for several [default: all]
    #[arg(long, value_parser = cli::content_encryption, value_delimiter = ',', help_heading = "Rules")]
    enc: Vec<&'static ContentEncryption>,

    /// Inflate compressed content, up to 250,000 bytes or --max-size
    #[arg(long, help_heading = "Rules")]
    zip: bool,

    /// Accept only this serialization; repeat it for several
    #[arg(long, help_heading = "Rules")]
    format: Vec<Serialization>,

    /// The largest token, and the largest inflated content, in bytes [default: 1048576, 250000]
    #[arg(long, value_name = "BYTES")]
    max_size: Option<usize>,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let mut keys = KeySet::default();
    for set in args.keys.load_each(context)? {
        keys.extend(set)?;
    }
    let max_size = args.max_size.unwrap_or(MAX_TOKEN);
    let mut policy = DecryptPolicy {
        now: context.now,
        algorithms: args.alg.clone(),
        encryptions: args.enc.clone(),
        max_p2c: args.keys.keys.unlock.max_p2c,
        max_inflated: args.zip.then_some(args.max_size.unwrap_or(MAX_INFLATED)),
        formats: args.format.iter().map(|format| (*format).into()).collect(),
    };
    if args.lines.lines {
        return lines::run(args, context, &keys, &policy, max_size);
    }
    let token = (args.token).read(context, max_size.saturating_add(2))?;
    // The key may have come into use while this run waited for the token.
    policy.now = context.clock.now();
    let plain = parse_token(token.expose(), max_size, &mut HeaderCache::default())?
        .decrypt(&keys, &policy)?;
    let cty = plain.header().protected().get("cty");
    let cty = cty.and_then(|cty| cty.as_str());
    if !plain.algorithm().is_symmetric() && !cty.is_some_and(|cty| same_media_type(cty, "JWT")) {
        (context.console)
            .note("decrypted, but not signed: anyone with the public key can have made it");
    }
    (args.output).conclude(&context.console, plain.content(), |shown| {
        let (text, base64url) = text_or_base64url(plain.content());
        json!({
            "decrypted": true,
            "alg": plain.algorithm().name,
            "enc": plain.encryption(),
            "kid": plain.kid(),
            "header": plain.header().protected(),
            "unprotected": plain.header().unprotected(),
            "content": text.filter(|_| shown),
            "content_base64url": base64url.filter(|_| shown),
        })
    })?;
    Ok(0)
}
