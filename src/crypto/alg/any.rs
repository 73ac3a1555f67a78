//! An algorithm of any of the three tables.

use super::{ContentEncryption, KeyManagement, Kind, Signature};

/// What the `alg` member of a JWK may name (RFC 7517 §4.4). A content encryption there binds the secret to `dir` with
/// that `enc`, as in RFC 7520 §5.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Alg {
    Signature(&'static Signature),
    KeyManagement(&'static KeyManagement),
    ContentEncryption(&'static ContentEncryption),
}

impl Alg {
    /// The algorithm of this exact name.
    pub fn named(name: &str) -> Option<Alg> {
        Signature::named(name)
            .map(Alg::Signature)
            .or_else(|| KeyManagement::named(name).map(Alg::KeyManagement))
            .or_else(|| ContentEncryption::named(name).map(Alg::ContentEncryption))
    }

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Alg::Signature(row) => row.name,
            Alg::KeyManagement(row) => row.name,
            Alg::ContentEncryption(row) => row.name,
        }
    }

    /// Whether a key of this kind can work with the algorithm.
    pub fn fits(self, kind: Kind) -> bool {
        match self {
            Alg::Signature(row) => row.fits(kind),
            Alg::KeyManagement(row) => row.fits(kind),
            Alg::ContentEncryption(row) => kind == Kind::Oct(row.key_len),
        }
    }
}
