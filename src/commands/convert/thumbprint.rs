//! `convert --to thumbprint`: the name that a key has by what it is.

use anyhow::Result;
use serde_json::json;

use super::Args;
use crate::commands::Context;
use crate::crypto::Key;
use crate::crypto::key::ThumbprintHash;
use crate::io::file::Audience;

/// The hash of a thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// What a thumbprint URI begins with (RFC 9278 §3).
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
    let thumbprints = (keys.iter())
        .map(|key| Ok(format!("{start}{}", key.thumbprint(hash)?)))
        .collect::<Result<Vec<String>>>()?;
    if context.console.json {
        (context.console).report(&json!({"thumbprints": thumbprints}))?;
    } else {
        let lines: String = thumbprints.iter().map(|line| format!("{line}\n")).collect();
        (args.output).deliver(&context.console, lines.as_bytes(), Audience::Everybody)?;
    }
    Ok(0)
}
