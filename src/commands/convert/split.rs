//! `convert --split`: each key in a separate file.

use std::path::Path;

use anyhow::Result;

use super::{Args, key_encryption};
use crate::cli::key_format::{ConvertTo, KeyFormat};
use crate::commands::Context;
use crate::crypto::key::ThumbprintHash;
use crate::crypto::{Key, KeyEncryption, KeySet};
use crate::io::file::{Audience, commit_all, create_folder, stage_file};
use crate::output::exit::CliError;

/// Writes one file for each key. If one of them fails, none is written.
pub(super) fn run(
    args: &Args,
    context: &Context,
    folder: &Path,
    keys: Vec<Key>,
    was_encrypted: bool,
) -> Result<u8> {
    let format = match args.to {
        None => KeyFormat::Jwk,
        Some(ConvertTo::Key(format)) if format != KeyFormat::Jwks => format,
        Some(_) => {
            return Err(CliError::usage("--split does not write a JWK Set or fingerprints").into());
        }
    };
    let public = args.public || !keys.iter().any(Key::is_private);
    // The passphrase is prompted for once, before any file is written.
    let encryption = if public {
        None
    } else {
        key_encryption(args, context, was_encrypted)?
    };
    let is_new = create_folder(folder, Audience::Owner)?;
    let written = write_all(args, folder, format, keys, public, encryption.as_ref());
    if is_new && written.is_err() {
        // Fails if the folder is not empty, which keeps it.
        let _ = std::fs::remove_dir(folder);
    }
    written.map(|()| 0)
}

fn write_all(
    args: &Args,
    folder: &Path,
    format: KeyFormat,
    keys: Vec<Key>,
    public: bool,
    encryption: Option<&KeyEncryption>,
) -> Result<()> {
    let mut files = Vec::new();
    for key in keys {
        let path = folder.join(format!("{}.{}", file_name(&key)?, format.file_extension()));
        let force = args.output.force;
        files.push(if public {
            let bytes = format.encode_public_keys(&[key.to_public()?])?;
            stage_file(&path, &bytes, Audience::Public, force)?
        } else {
            let bytes = format.encode_key_set(&KeySet::new(vec![key])?, encryption)?;
            stage_file(&path, bytes.expose(), Audience::Owner, force)?
        });
    }
    commit_all(files)
}

/// Returns the file name of a key: its kid if it is a safe file name, else its thumbprint.
fn file_name(key: &Key) -> Result<String> {
    let harmless = |kid: &&String| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=128).contains(&kid.len()) && kid.bytes().all(plain)
    };
    match key.kid.as_ref().filter(harmless) {
        Some(kid) => Ok(kid.clone()),
        // The thumbprint of a secret allows others to test guesses (RFC 7638 §7).
        None if key.is_secret() => Err(CliError::failed(
            "the kid of the shared secret cannot be used as a file name",
        )
        .with_hint("set another key ID with --set-kid")
        .into()),
        None => Ok(key.thumbprint(ThumbprintHash::Sha256)?),
    }
}
