//! `convert --to thumbprint` and `--to fingerprint`.

use anyhow::Result;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde_json::json;

use super::Args;
use crate::commands::Context;
use crate::crypto::Key;
use crate::crypto::key::ThumbprintHash;
use crate::fingerprint::Fingerprint;
use crate::io::file::Audience;

/// The hash of a thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The prefix of a thumbprint URI (RFC 9278 §3).
pub(super) const URI: &str = "urn:ietf:params:oauth:jwk-thumbprint:";

pub(super) fn run(args: &Args, context: &Context, keys: &[Key], start: &str) -> Result<u8> {
    let (hash, name) = match args.hash {
        Hash::Sha256 => (ThumbprintHash::Sha256, "sha-256"),
        Hash::Sha384 => (ThumbprintHash::Sha384, "sha-384"),
        Hash::Sha512 => (ThumbprintHash::Sha512, "sha-512"),
    };
    let start = match start {
        "" => String::new(),
        start => format!("{start}{name}:"),
    };
    let thumbprints = keys
        .iter()
        .map(|key| Ok(format!("{start}{}", key.thumbprint(hash)?)))
        .collect::<Result<Vec<String>>>()?;
    print_texts(args, context, "thumbprints", thumbprints)
}

impl ValueEnum for Fingerprint {
    fn value_variants<'a>() -> &'a [Fingerprint] {
        &Fingerprint::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Fingerprint::Jwk => "The thumbprint (RFC 7638)",
            Fingerprint::Spki => "SHA-256 of the public key (SPKI) in hexadecimal",
            Fingerprint::Snowflake => "The fingerprint that Snowflake shows",
            Fingerprint::Kubernetes => "The key ID in Kubernetes",
            Fingerprint::Libtrust => "The key ID in Docker registries (libtrust)",
            Fingerprint::X5t => "SHA-1 of the certificate in base64url",
            Fingerprint::X5tS256 => "SHA-256 of the certificate in base64url",
            Fingerprint::Ssh => "The fingerprint that ssh-keygen shows",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

/// Prints the fingerprint of every key.
pub(super) fn print_fingerprints(args: &Args, context: &Context, keys: &[Key]) -> Result<u8> {
    let kind = args.fingerprint.unwrap_or(Fingerprint::Jwk);
    let fingerprints = keys.iter().map(|key| Ok(key.fingerprint(kind)?));
    print_texts(
        args,
        context,
        "fingerprints",
        fingerprints.collect::<Result<_>>()?,
    )
}

fn print_texts(args: &Args, context: &Context, member: &str, texts: Vec<String>) -> Result<u8> {
    if context.console.json {
        context.console.write_report(&json!({member: texts}))?;
    } else {
        let lines: String = texts.iter().map(|line| format!("{line}\n")).collect();
        args.output.write_result(&context.console, lines.as_bytes(), Audience::Public)?;
    }
    Ok(0)
}
