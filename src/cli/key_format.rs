//! The formats of a key file.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// The format of a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyFormat {
    /// One JSON Web Key.
    Jwk,
    /// A JWK Set.
    Jwks,
    /// PKCS#8 PEM; SPKI for a public key.
    Pem,
    /// PKCS#8 DER; SPKI for a public key.
    Der,
    /// An OpenSSH public key line.
    Ssh,
    /// The bytes of a shared secret.
    Raw,
    /// A shared secret in hexadecimal.
    Hex,
    /// A shared secret in base64.
    Base64,
    /// A shared secret in base64url.
    Base64url,
}

/// What `convert` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvertTo {
    /// A key file.
    Key(KeyFormat),
    /// The thumbprint (RFC 7638).
    Thumbprint,
    /// The thumbprint as a URI (RFC 9278).
    ThumbprintUri,
    /// Another fingerprint.
    Fingerprint,
}

impl ValueEnum for ConvertTo {
    fn value_variants<'a>() -> &'a [ConvertTo] {
        static ALL: LazyLock<Vec<ConvertTo>> = LazyLock::new(|| {
            let formats = KeyFormat::value_variants().iter().copied().map(ConvertTo::Key);
            let others = [
                ConvertTo::Thumbprint,
                ConvertTo::ThumbprintUri,
                ConvertTo::Fingerprint,
            ];
            formats.chain(others).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            ConvertTo::Key(format) => return format.to_possible_value(),
            ConvertTo::Thumbprint => ("thumbprint", "The thumbprint (RFC 7638)"),
            ConvertTo::ThumbprintUri => ("thumbprint-uri", "The thumbprint as a URI (RFC 9278)"),
            ConvertTo::Fingerprint => ("fingerprint", "Another fingerprint (--fingerprint)"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl KeyFormat {
    /// Returns the usual file name extension.
    pub fn file_extension(self) -> &'static str {
        match self {
            KeyFormat::Jwk => "jwk",
            KeyFormat::Jwks => "jwks",
            KeyFormat::Pem => "pem",
            KeyFormat::Der => "der",
            KeyFormat::Ssh => "pub",
            KeyFormat::Raw => "bin",
            KeyFormat::Hex => "hex",
            KeyFormat::Base64 | KeyFormat::Base64url => "txt",
        }
    }
}
