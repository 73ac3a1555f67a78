//! An algorithm of any of the three tables.

use super::{ContentEncryption, KeyManagement, KeyType, Signature};

/// An algorithm that the `alg` member of a JWK may name (RFC 7517 §4.4). The name of a content encryption algorithm binds
/// the secret to `dir` with that `enc`, as in RFC 7520 §5.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Algorithm {
    Signature(&'static Signature),
    KeyManagement(&'static KeyManagement),
    ContentEncryption(&'static ContentEncryption),
}

impl Algorithm {
    /// Returns the algorithm with exactly this name.
    pub fn named(name: &str) -> Option<Algorithm> {
        Signature::named(name)
            .map(Algorithm::Signature)
            .or_else(|| KeyManagement::named(name).map(Algorithm::KeyManagement))
            .or_else(|| ContentEncryption::named(name).map(Algorithm::ContentEncryption))
    }

    /// Returns the registered name.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Signature(row) => row.name,
            Algorithm::KeyManagement(row) => row.name,
            Algorithm::ContentEncryption(row) => row.name,
        }
    }

    /// Whether a key of this kind can be used with the algorithm.
    pub fn fits(self, kind: KeyType) -> bool {
        match self {
            Algorithm::Signature(row) => row.fits(kind),
            Algorithm::KeyManagement(row) => row.fits(kind),
            Algorithm::ContentEncryption(row) => kind == KeyType::Oct(row.key_len),
        }
    }
}
