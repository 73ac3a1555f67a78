//! From key sources to keys.

use anyhow::{Context, Result};

use super::file::is_readable_by_others;
use super::source::{Inputs, MAX_KEY, Source};
use crate::crypto::key::decode_hex;
use crate::crypto::{Error, Key, KeyDecryption, KeySet, SecretBytes, keyfile};
use crate::output::console::Console;
use crate::output::exit::CliError;

/// The most warnings about one file that are printed.
const MAX_WARNINGS: usize = 20;

/// How the text of a shared secret stands for its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SecretEncoding {
    /// The bytes as they are; one trailing newline is dropped.
    #[default]
    Utf8,
    /// Base64, with or without padding.
    Base64,
    /// Base64url, with or without padding.
    Base64url,
    /// Hexadecimal.
    Hex,
}

/// Reads the keys of one source: JWK, JWK Set, PEM or DER, recognised by content.
///
/// `unlock` is called when the file is encrypted, with the function that decrypts it. `max_rounds` bounds the rounds of
/// PBKDF2 that the file requires.
///
/// # Errors
/// When the source cannot be read or holds no usable key.
pub fn read(
    inputs: &Inputs,
    console: &Console,
    source: &Source,
    unlock: impl FnOnce(&dyn Fn(&SecretBytes) -> Result<KeySet>) -> Result<KeySet>,
    max_rounds: u64,
) -> Result<KeySet> {
    let bytes = inputs.read(source, "key", MAX_KEY)?;
    let parse = |passphrase: Option<&SecretBytes>| {
        keyfile::parse(
            bytes.expose(),
            &KeyDecryption {
                passphrase,
                max_rounds,
            },
        )
    };
    let place = || source.to_string();
    let set = match parse(None) {
        Err(Error::PassphraseNeeded) => {
            let decrypt = |passphrase: &SecretBytes| parse(Some(passphrase)).with_context(place);
            let set = unlock(&decrypt).map(KeySet::from_encrypted);
            match keyfile::is_pkcs12(bytes.expose()) {
                true => set.context("PKCS#12")?,
                false => set?,
            }
        }
        set => set.with_context(place)?,
    };
    for note in set.notes() {
        console.note(&format!("{source}: {note}"));
    }
    for warning in set.warnings().iter().take(MAX_WARNINGS) {
        console.warn(&format!("{source}: {warning}"));
    }
    if set.warnings().len() > MAX_WARNINGS {
        let more = set.warnings().len() - MAX_WARNINGS;
        console.warn(&format!("{source}: {more} more warnings"));
    }
    for key in set.keys() {
        warn_of_times(console, &source.to_string(), key);
        if !key.ignored_members().is_empty() {
            let kid = key.kid.as_deref().unwrap_or("(no kid)");
            let names = key.ignored_members().join(", ");
            let text = format!(
                "{source}: the key {kid} has private members of another key type, ignored: {names}"
            );
            console.warn(&text);
        }
    }
    if let Source::File(path) = source
        && !set.is_encrypted()
        && set.keys().iter().any(|key| key.is_private())
        && is_readable_by_others(path)
    {
        console.warn(&format!(
            "{source}: the private key can be read by others; chmod 600"
        ));
    }
    Ok(set)
}

/// Warns about times of a key that cannot be in seconds.
pub fn warn_of_times(console: &Console, file: &str, key: &Key) {
    for name in key.implausible_times() {
        let kid = key.kid.as_deref().unwrap_or("(no kid)");
        let text = format!(
            "{file}: {name} of the key {kid} is after the year 9999; it must be in seconds, not milliseconds"
        );
        console.warn(&text);
    }
}

/// Reads a raw shared secret.
///
/// # Errors
/// When the source cannot be read, or its text is not in the encoding.
pub fn read_secret(
    inputs: &Inputs,
    console: &Console,
    source: &Source,
    encoding: SecretEncoding,
) -> Result<Key> {
    let text = inputs.read_secret(source, "secret", "--secret", MAX_KEY)?;
    let secret = match encoding {
        SecretEncoding::Utf8 => {
            let bytes = text.expose();
            let trimmed = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            let trimmed = trimmed.strip_suffix(b"\r").unwrap_or(trimmed);
            if trimmed.len() < bytes.len() {
                console.note(&format!(
                    "{source}: the newline at the end is not part of the secret"
                ));
            }
            SecretBytes::new(trimmed.to_vec())
        }
        _ => decode(text.expose().trim_ascii(), encoding)
            .ok_or_else(|| {
                CliError::failed("the secret is not in the encoding that --secret-encoding names")
            })
            .with_context(|| source.to_string())?,
    };
    Key::from_secret(secret).with_context(|| source.to_string())
}

fn decode(text: &[u8], encoding: SecretEncoding) -> Option<SecretBytes> {
    let (padded, bare) = match encoding {
        SecretEncoding::Hex => {
            return decode_hex(text).map(SecretBytes::new);
        }
        SecretEncoding::Base64url => (base64_simd::URL_SAFE, base64_simd::URL_SAFE_NO_PAD),
        _ => (base64_simd::STANDARD, base64_simd::STANDARD_NO_PAD),
    };
    let dialect = if text.ends_with(b"=") { padded } else { bare };
    dialect.decode_to_vec(text).ok().map(SecretBytes::new)
}
