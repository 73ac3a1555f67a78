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
    pub fn from_name(name: &str) -> Option<Algorithm> {
        Signature::from_name(name)
            .map(Algorithm::Signature)
            .or_else(|| KeyManagement::from_name(name).map(Algorithm::KeyManagement))
            .or_else(|| ContentEncryption::from_name(name).map(Algorithm::ContentEncryption))
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
    pub fn is_suitable_for(self, kind: KeyType) -> bool {
        match self {
            Algorithm::Signature(row) => row.is_suitable_for(kind),
            Algorithm::KeyManagement(row) => row.is_suitable_for(kind),
            Algorithm::ContentEncryption(row) => kind == KeyType::Oct(row.key_len),
        }
    }
}
