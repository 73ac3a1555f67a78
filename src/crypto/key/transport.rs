//! Reverses the changes that the transport of a key file made to its text, one encoding at a time.
//!
//! Environment variables, CI secret stores, YAML files and clipboards escape line breaks, quote a text or encode it in
//! base64. Each step removes one such encoding. It is unambiguous, because the characters that it changes have no meaning
//! in PEM, JSON or base64.

use base64_simd::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use serde_json::Value;
use zeroize::Zeroizing;

use super::decode_hex;
use crate::crypto::json;
use crate::crypto::secret::SecretBytes;

/// The shortest text that may be a key in base64, in bytes.
const MIN_ENCODED: usize = 40;

/// The start of a PEM block.
pub(crate) const PEM_BEGIN: &[u8] = b"-----BEGIN ";

/// A function that removes one kind of encoding, if the text has it.
type Step = fn(&str) -> Option<SecretBytes>;

/// Removes one encoding. Returns the decoded text and the name of the encoding.
pub(crate) fn remove_wrapping(bytes: &[u8]) -> Option<(SecretBytes, &'static str)> {
    let text = str::from_utf8(bytes).ok()?;
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if !trimmed.is_empty() && trimmed.len() < text.trim_ascii().len() {
        return Some((
            to_secret(trimmed),
            "a byte order mark or invisible characters",
        ));
    }
    let text = trimmed;
    let steps: [(Step, &'static str); 7] = [
        (from_json_string, "a JSON string"),
        (without_quotes, "quotes"),
        (without_escapes, "escaped line breaks"),
        (from_percent_encoding, "percent-encoding"),
        (plain_pem, "characters that are not a part of PEM"),
        (from_base64, "base64"),
        (without_name, "the name of a variable"),
    ];
    steps.into_iter().find_map(|(step, name)| Some((step(text)?, name)))
}

fn to_secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

/// Whether the character is the zero byte, the byte order mark, or a zero-width space or joiner.
fn is_invisible(c: char) -> bool {
    matches!(c, '\0' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

fn from_json_string(text: &str) -> Option<SecretBytes> {
    if !text.starts_with('"') {
        return None;
    }
    match json::parse(text.as_bytes()) {
        Ok(Value::String(text)) => Some(text.into_bytes().into()),
        _ => None,
    }
}

/// Removes the quotes around a text, and a comma or semicolon after them.
fn without_quotes(text: &str) -> Option<SecretBytes> {
    let text = text.trim_end_matches([',', ';']);
    let inner = (['"', '\'', '`'].into_iter())
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .or_else(|| text.strip_prefix('\u{201c}')?.strip_suffix('\u{201d}'));
    inner.map(to_secret)
}

/// Removes the name before a value in a file of variables or a YAML file.
fn without_name(text: &str) -> Option<SecretBytes> {
    let text = text.strip_prefix("export ").unwrap_or(text).trim_start();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let (name, value) = text.split_at(text.find(|c| !is_name(c))?);
    let value = match value.strip_prefix('=') {
        Some(value) => value,
        // In YAML, the indicators of a block scalar may follow.
        None => value
            .trim_start()
            .strip_prefix(':')?
            .trim_start()
            .trim_start_matches(['|', '>', '-', '+']),
    };
    (!name.is_empty() && !value.is_empty()).then(|| to_secret(value))
}

/// Decodes the escapes of JSON, YAML and shells for a line break, a quote or a slash. PEM and base64 contain no backslash.
/// In a JSON text, a backslash is only valid inside a string.
fn without_escapes(text: &str) -> Option<SecretBytes> {
    let is_json = || !matches!(json::parse(text.as_bytes()), Err(json::Fault::Syntax));
    if !text.contains('\\') || (text.starts_with(['{', '[']) && is_json()) {
        return None;
    }
    let quoted = Zeroizing::new(format!("\"{text}\""));
    if let Ok(Value::String(text)) = json::parse(quoted.as_bytes()) {
        return Some(text.into_bytes().into());
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.extend_from_slice(&rest.as_bytes()[..at]);
        rest = rest[at..].trim_start_matches('\\');
        let unicode = rest
            .strip_prefix('u')
            .and_then(|digits| u32::from_str_radix(digits.get(..4)?, 16).ok());
        match (rest.chars().next(), unicode.and_then(char::from_u32)) {
            (_, Some(c)) => {
                plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[5..];
            }
            (Some('n' | 'r' | 't'), _) => {
                plain.push(b'\n');
                rest = &rest[1..];
            }
            _ => {}
        }
    }
    plain.extend_from_slice(rest.as_bytes());
    Some(SecretBytes::new(std::mem::take(&mut *plain)))
}

/// Removes percent-encoding, in which proxies forward certificates.
fn from_percent_encoding(text: &str) -> Option<SecretBytes> {
    let is_encoded =
        |start: &str| text.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    if !is_encoded("-----BEGIN%20") && !is_encoded("%7B") && !is_encoded("%5B") {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => *decode_hex(&[bytes.next()?, bytes.next()?])?.first()?,
            byte => byte,
        });
    }
    Some(SecretBytes::new(std::mem::take(&mut *plain)))
}

/// Removes quotes, commas, semicolons and comment signs from a PEM text, and replaces white space that is not ASCII.
fn plain_pem(text: &str) -> Option<SecretBytes> {
    memmem::find(text.as_bytes(), PEM_BEGIN)?;
    // The header fields of an encrypted key contain commas (RFC 1421 section 4.6.1).
    let has_headers = text.contains("Proc-Type:");
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars() {
        match c {
            ',' if has_headers => plain.push(c),
            '"' | '\'' | '`' | ',' | ';' | '#' | '>' | '|' => {}
            c if is_invisible(c) => {}
            c if c.is_whitespace() && !c.is_ascii() => plain.push(' '),
            c => plain.push(c),
        }
    }
    (plain.len() < text.len()).then(|| to_secret(&plain))
}

pub(crate) fn from_base64(text: &str) -> Option<SecretBytes> {
    let text = match text.strip_prefix("data:") {
        Some(url) => url.split_once(";base64,")?.1,
        None => text,
    };
    let len = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
    (len >= MIN_ENCODED).then(|| decode_any_base64(text.as_bytes()))?.map(SecretBytes::new)
}

/// Decodes base64 or base64url, with or without padding and line breaks.
pub(crate) fn decode_any_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Zeroizing::new(text.to_vec());
    digits.retain(|byte| !byte.is_ascii_whitespace());
    for _ in 0..2 {
        digits.pop_if(|byte| *byte == b'=');
    }
    let alphabet = if digits.iter().any(|byte| matches!(byte, b'-' | b'_')) {
        URL_SAFE_NO_PAD
    } else {
        STANDARD_NO_PAD
    };
    alphabet.decode_to_vec(&*digits).ok()
}

/// Whether a text is valid base64, as a raw secret often is.
pub(crate) fn is_encoded(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"-----").is_none()
        && str::from_utf8(bytes).is_ok_and(|text| from_base64(text.trim_ascii()).is_some())
}
