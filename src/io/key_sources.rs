//! Reads keys from sources.

use anyhow::{Context, Result};
use zeroize::Zeroizing;

use super::file::{RESTRICT, is_readable_by_others};
use super::source::{Inputs, Source};
use crate::crypto::key::decode_hex;
use crate::crypto::{Error, Key, KeyDecryption, KeySet, SecretBytes};
use crate::keyfile;
use crate::keyfile::{MAX_KEY_FILE, MAX_KEY_SET};
use crate::output::console::Console;
use crate::output::exit::CliError;

/// The largest number of warnings about one file that are printed.
const MAX_WARNINGS: usize = 20;

/// The encoding of a shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SecretEncoding {
    /// The bytes of the text; one trailing newline is removed.
    #[default]
    Utf8,
    /// All bytes, including a trailing newline.
    Raw,
    /// Base64, with or without padding and line breaks.
    Base64,
    /// Base64url, with or without padding and line breaks.
    Base64url,
    /// Hexadecimal, with or without 0x and separators (space, colon, comma, hyphen, line break).
    Hex,
}

/// Reads the keys of one source. The format of the file is detected by its content.
///
/// If the file is encrypted, `decryption` is called with the function that decrypts it. `max_rounds` limits the PBKDF2 rounds that
/// the file may require.
///
/// # Errors
/// If the source cannot be read or contains no usable key.
pub fn read_key_set(
    inputs: &Inputs,
    console: &Console,
    source: &Source,
    decryption: impl FnOnce(&dyn Fn(&SecretBytes) -> Result<KeySet>) -> Result<KeySet>,
    max_rounds: u64,
) -> Result<KeySet> {
    let bytes = inputs.read(source, "key", MAX_KEY_SET)?;
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
            let set = decryption(&decrypt).map(KeySet::from_encrypted);
            if keyfile::is_pkcs12(bytes.expose()) {
                set.context("PKCS#12")?
            } else {
                set?
            }
        }
        set => set.with_context(place)?,
    };
    for note in set.notes() {
        console.print_note(&format!("{source}: {note}"));
    }
    for warning in set.warnings().iter().take(MAX_WARNINGS) {
        console.print_warning(&format!("{source}: {warning}"));
    }
    if set.warnings().len() > MAX_WARNINGS {
        let more = set.warnings().len() - MAX_WARNINGS;
        console.print_warning(&format!("{source}: {more} more warnings"));
    }
    for key in set.keys() {
        warn_of_times(console, &source.to_string(), key);
        if !key.ignored_members().is_empty() {
            let kid = key.kid.as_deref().unwrap_or("(no kid)");
            let names = key.ignored_members().join(", ");
            let text = format!(
                "{source}: the key {kid} has private members of another key type, ignored: {names}"
            );
            console.print_warning(&text);
        }
    }
    if let Source::File(path) = source
        && !set.is_encrypted()
        && set.keys().iter().any(|key| key.is_private())
        && is_readable_by_others(path)
    {
        console.print_warning(&format!(
            "{source}: other users can read the private key; {RESTRICT}"
        ));
    }
    Ok(set)
}

/// Returns the key of the SSH agent that `name` selects.
///
/// # Errors
/// If the agent cannot be reached, or the name does not select one key.
#[cfg(unix)]
pub fn read_agent(inputs: &Inputs, name: &str) -> Result<Key> {
    super::agent::load_key(inputs, name)
}

/// Reports that SSH agents are not supported on this system.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn read_agent(_: &Inputs, _: &str) -> Result<Key> {
    Err(CliError::failed("an SSH agent is used on Unix only").into())
}

/// Warns about times of a key that are apparently not in seconds.
pub fn warn_of_times(console: &Console, file: &str, key: &Key) {
    for name in key.implausible_times() {
        let kid = key.kid.as_deref().unwrap_or("(no kid)");
        let text = format!(
            "{file}: {name} of the key {kid} is after the year 9999; it must be in seconds, not milliseconds"
        );
        console.print_warning(&text);
    }
}

/// Reads a raw shared secret.
///
/// # Errors
/// If the source cannot be read, or its text does not have this encoding.
pub fn read_secret(
    inputs: &Inputs,
    console: &Console,
    source: &Source,
    encoding: SecretEncoding,
) -> Result<Key> {
    let text = inputs.read_secret(source, "secret", "--secret", MAX_KEY_FILE)?;
    let place = || source.to_string();
    let secret = match encoding {
        SecretEncoding::Utf8 => {
            let bytes = text.expose();
            let trimmed = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            let trimmed = trimmed.strip_suffix(b"\r").unwrap_or(trimmed);
            if trimmed.len() < bytes.len() {
                // The newline may be the last byte of a key file, which is only detected with it.
                Key::from_secret(bytes.to_vec().into()).with_context(place)?;
                console.print_note(&format!(
                    "{source}: the trailing newline is not part of the secret"
                ));
            }
            SecretBytes::new(trimmed.to_vec())
        }
        SecretEncoding::Raw => text,
        SecretEncoding::Base64 => decode_base64(text.expose(), "+/").with_context(place)?,
        SecretEncoding::Base64url => decode_base64(text.expose(), "-_").with_context(place)?,
        SecretEncoding::Hex => decode_hex_text(text.expose()).with_context(place)?,
    };
    Key::from_secret(secret).with_context(|| source.to_string())
}

/// Decodes base64 or base64url. `special` contains the last two characters of the alphabet.
fn decode_base64(text: &[u8], special: &str) -> Result<SecretBytes, CliError> {
    let (name, other, alphabet) = match special {
        "+/" => ("base64", "base64url", base64_simd::STANDARD_NO_PAD),
        _ => ("base64url", "base64", base64_simd::URL_SAFE_NO_PAD),
    };
    let is_digit = |c: char| c.is_ascii_alphanumeric() || special.contains(c);
    let mut digits =
        strip_separators(text, name, |c| is_digit(c) || c == '=', "").map_err(|error| {
            match () {
                () if text
                    .iter()
                    .any(|byte| !special.as_bytes().contains(byte) && b"+/-_".contains(byte)) =>
                {
                    error.with_hint(format!(
                        "the text may be {other}: --secret-encoding {other}"
                    ))
                }
                () => error,
            }
        })?;
    for _ in 0..2 {
        digits.pop_if(|byte| *byte == b'=');
    }
    let decoded = alphabet.decode_to_vec(&*digits);
    decoded.map(SecretBytes::new).map_err(|_| {
        CliError::failed(format!(
            "the secret is not {name}: its last characters are missing or changed"
        ))
    })
}

fn decode_hex_text(text: &[u8]) -> Result<SecretBytes, CliError> {
    let mut text = Zeroizing::new(text.to_vec());
    for at in 1..text.len() {
        let is_prefix = matches!(text[at - 1..=at], [b'0', b'x' | b'X']);
        if is_prefix && (at < 2 || !text[at - 2].is_ascii_hexdigit()) {
            text[at - 1..=at].fill(b' ');
        }
    }
    let digits = strip_separators(&text, "hexadecimal", |c| c.is_ascii_hexdigit(), ":-,")?;
    decode_hex(&digits).map(SecretBytes::new).ok_or_else(|| {
        CliError::failed("the secret is not hexadecimal: the number of its digits is odd")
    })
}

/// Removes white space and separators from the digits of a text.
fn strip_separators(
    text: &[u8],
    name: &str,
    is_digit: impl Fn(char) -> bool,
    separators: &str,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    for (index, byte) in text.iter().enumerate() {
        match char::from(*byte) {
            c if is_digit(c) => digits.push(*byte),
            c if c.is_ascii_whitespace() || separators.contains(c) => {}
            // The error quotes only punctuation, because a letter may be part of a secret in another encoding.
            c if c.is_ascii_punctuation() => {
                let place = index + 1;
                return Err(CliError::failed(format!(
                    "the secret is not {name}: character {place} is '{c}'"
                )));
            }
            _ => {
                let place = index + 1;
                return Err(CliError::failed(format!(
                    "the secret is not {name}: character {place} is not allowed in it"
                )));
            }
        }
    }
    Ok(digits)
}
