//! Detects the format of a key file by its content. This is the only place that does so.

use memchr::memmem;

use super::{pem, ssh};
use crate::crypto::error::Error;
use crate::crypto::json;

/// The format of a key file.
pub(super) enum Format {
    /// Nothing but white space.
    Empty,
    /// A compact token, usually an encrypted JWK or JWK Set.
    Token,
    /// A JSON object or list.
    Json,
    /// PEM, with any text around its blocks.
    Pem,
    /// DER, or PKCS#12 in BER.
    Der,
    /// Lines of OpenSSH's public format.
    SshPublic,
    /// A known format that is not supported.
    NotRead(Error),
    /// Anything else.
    Unknown,
}

/// The formats that are not supported: their first bytes, their names, and how to convert them.
const NOT_READ: &[(&[u8], &str, &str)] = &[
    (
        b"\xff\xfe",
        "in UTF-16",
        "convert it: iconv -f UTF-16 -t UTF-8 FILE; PowerShell writes UTF-8 with -Encoding utf8",
    ),
    (
        b"\xfe\xff",
        "in UTF-16",
        "convert it: iconv -f UTF-16 -t UTF-8 FILE; PowerShell writes UTF-8 with -Encoding utf8",
    ),
    (
        b"\xfe\xed\xfe\xed",
        "a Java keystore (JKS)",
        "convert it to PKCS#12: keytool -importkeystore -srckeystore FILE -destkeystore key.p12 -deststoretype pkcs12",
    ),
    (
        b"\xce\xce\xce\xce",
        "a Java keystore (JCEKS)",
        "convert it to PKCS#12: keytool -importkeystore -srckeystore FILE -srcstoretype jceks -destkeystore key.p12 -deststoretype pkcs12",
    ),
    (
        b"PuTTY-User-Key-File-",
        "a PuTTY key (PPK)",
        "convert it: puttygen FILE -O private-openssh -o key.pem",
    ),
    (
        b"---- BEGIN SSH2 ",
        "an SSH2 key (RFC 4716)",
        "convert it: ssh-keygen -i -f FILE",
    ),
    (
        b"AGE-SECRET-KEY-1",
        "an age key, which JOSE does not use",
        "create a key with jotsmith keygen",
    ),
    (
        b"SHA256:",
        "the fingerprint of a key, not the key",
        "use the file with the key itself",
    ),
    (
        b"<RSAKeyValue>",
        "an RSA key in the XML format of .NET",
        "export it as PEM: ExportPkcs8PrivateKeyPem or ExportSubjectPublicKeyInfoPem",
    ),
    (
        b"<!DOCTYPE",
        "an HTML page",
        "download the key itself: check the URL, and whether it needs a login",
    ),
    (
        b"<html",
        "an HTML page",
        "download the key itself: check the URL, and whether it needs a login",
    ),
];

/// Detects the format.
pub(super) fn detect_format(bytes: &[u8]) -> Format {
    let text = bytes.trim_ascii();
    let starts =
        |start: &[u8]| text.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    if let Some((_, format, fix)) = NOT_READ.iter().find(|(start, ..)| starts(start)) {
        return Format::NotRead(Error::KeyFormat {
            format: (*format).into(),
            fix: (*fix).into(),
        });
    }
    if is_utf16(text) {
        return Format::NotRead(Error::KeyFormat {
            format: NOT_READ[0].1.into(),
            fix: NOT_READ[0].2.into(),
        });
    }
    match text {
        [] => Format::Empty,
        // JSON whose PEM string contains unescaped line breaks is not valid JSON. It is parsed as PEM.
        [b'{' | b'[', ..] if !pem::is_pem(text) || is_json(text) => Format::Json,
        _ if text.starts_with(b"eyJ") && memmem::find(text, b".").is_some() => Format::Token,
        _ if pem::is_pem(text) => Format::Pem,
        [0x30, ..] if !is_text(text) => Format::Der,
        _ if ssh::is_public(text) => Format::SshPublic,
        _ => Format::Unknown,
    }
}

fn is_json(text: &[u8]) -> bool {
    !matches!(json::parse(text), Err(json::Fault::Syntax))
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// Whether every second byte at the start is zero, and the others are ASCII, as in UTF-16 text.
fn is_utf16(text: &[u8]) -> bool {
    let start = &text[..text.len().min(32) & !1];
    let (pairs, _) = start.as_chunks::<2>();
    pairs.len() >= 4
        && (pairs.iter().all(|[high, low]| *high == 0 && low.is_ascii() && *low != 0)
            || pairs.iter().all(|[low, high]| *high == 0 && low.is_ascii() && *low != 0))
}
