//! Detects key files that are given as a shared secret. If a public key were used as an HMAC secret, any holder of the
//! public key could sign (CVE-2015-9235).

use memchr::memmem;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::X509;
use serde_json::Value;

use super::der::{is_encrypted, is_pkcs12, outer_length};
use super::transport;
use crate::crypto::json;

/// The largest number of encodings around a key that are removed.
const MAX_LAYERS: usize = 4;

/// Texts that only key files contain: PEM and SSH2 armor, JWKs, and the names of SSH key types.
const MARKS: &[&[u8]] = &[
    b"-----BEGIN",
    b"---- BEGIN SSH2",
    b"\"kty\"",
    b"PuTTY-User-Key-File",
    b"<RSAKeyValue>",
    b"ssh-rsa ",
    b"ssh-dss ",
    b"ssh-ed25519 ",
    b"ssh-ed448 ",
    b"ecdsa-sha2-",
    b"sk-ssh-",
    b"sk-ecdsa-",
];

/// The names at the start of the binary form of an SSH key, after a length.
const SSH_TYPES: &[&[u8]] = &[b"ssh-", b"ecdsa-sha2-", b"sk-", b"openssh-key-v1"];

/// Whether the bytes are a key or a certificate in any common format, also if they are encoded in base64, hexadecimal,
/// UTF-16 or another encoding that the parser of key files removes.
pub(super) fn is_key_file(bytes: &[u8]) -> bool {
    is_key_in(bytes, MAX_LAYERS)
}

fn is_key_in(bytes: &[u8], layers: usize) -> bool {
    if MARKS.iter().any(|mark| memmem::find(bytes, mark).is_some()) || is_binary_key(bytes) {
        return true;
    }
    if layers == 0 {
        return false;
    }
    if is_key_json(bytes.trim_ascii(), layers - 1) {
        return true;
    }
    let unwrapped = transport::remove_wrapping(bytes).map(|(inner, _)| inner);
    unwrapped.is_some_and(|inner| is_key_in(inner.expose(), layers - 1))
        || base64_decodings(bytes).into_iter().flatten().any(|inner| is_key_in(&inner, layers - 1))
}

/// Whether a JSON text is a JWK, a JWK Set or a list of JWKs, or has a member whose value is a key file. The text must be
/// parsed, because escapes can hide the marks.
fn is_key_json(text: &[u8], layers: usize) -> bool {
    if !text.starts_with(b"{") && !text.starts_with(b"[") {
        return false;
    }
    match json::parse(text) {
        Ok(Value::Object(object)) => {
            let texts = object.values().filter_map(Value::as_str);
            object.contains_key("kty")
                || object.contains_key("keys")
                || texts.into_iter().any(|text| is_key_in(text.as_bytes(), layers))
        }
        Ok(Value::Array(entries)) => entries.iter().any(|entry| entry.get("kty").is_some()),
        _ => false,
    }
}

fn is_binary_key(bytes: &[u8]) -> bool {
    let is_ssh = |name: &&[u8]| {
        bytes.starts_with(name) && *name == b"openssh-key-v1"
            || bytes.len() > 40 && bytes[..3] == [0; 3] && bytes[4..].starts_with(name)
    };
    let is_java_keystore = [&b"\xfe\xed\xfe\xed"[..], b"\xce\xce\xce\xce"]
        .iter()
        .any(|start| bytes.starts_with(start));
    SSH_TYPES.iter().any(is_ssh) || is_java_keystore || is_der_key(bytes) || is_pkcs12(bytes)
}

fn is_der_key(der: &[u8]) -> bool {
    der.first() == Some(&0x30)
        && outer_length(der).is_some_and(|len| len <= der.len())
        && (PKey::public_key_from_der(der).is_ok()
            || PKey::private_key_from_der(der).is_ok()
            || Rsa::public_key_from_der_pkcs1(der).is_ok()
            || X509::from_der(der).is_ok()
            || is_encrypted(der))
}

/// Decodes the encodings that the parser of key files does not support.
fn base64_decodings(bytes: &[u8]) -> [Option<Vec<u8>>; 2] {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    [from_hex(&text), from_utf16(bytes)]
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b':').collect();
    decode_hex(&digits)
}

/// Encodes bytes as hexadecimal digits. The text is allocated once, so that no copy of a secret is left in freed memory.
pub fn encode_hex(bytes: &[u8]) -> String {
    let digit = |number: u8| char::from_digit(number.into(), 16).unwrap_or_default();
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    let mut text = String::with_capacity(2 * bytes.len());
    text.extend(digits);
    text
}

/// Decodes pairs of hexadecimal digits; `None` for any other text.
pub fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Decodes UTF-16 text whose characters are ASCII, in either byte order.
fn from_utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let bytes = bytes
        .strip_prefix(b"\xff\xfe")
        .or_else(|| bytes.strip_prefix(b"\xfe\xff"))
        .unwrap_or(bytes);
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|pair| match pair {
            [0, byte] | [byte, 0] if byte.is_ascii() => Some(*byte),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use base64_simd::STANDARD;

    use super::*;

    #[test]
    fn random_secrets_are_not_detected_as_keys() {
        let mut secret = vec![0; 64];
        for _ in 0..2_000 {
            openssl::rand::rand_bytes(&mut secret).unwrap();
            secret[0] = 0x30;
            for len in [32, 48, 64] {
                assert!(!is_key_file(&secret[..len]));
                assert!(!is_key_file(
                    STANDARD.encode_to_string(&secret[..len]).as_bytes()
                ));
            }
        }
        assert!(!is_key_file(b"a-shared-secret-of-at-least-32-bytes"));
    }
}
