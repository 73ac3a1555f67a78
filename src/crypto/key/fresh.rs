//! What a new key for an algorithm is, when nothing else is said.

use super::Use;
use crate::crypto::alg::{Alg, Curve, KeyScheme, Kind, SignatureScheme};

/// The size of an RSA key when nothing else is said, in bits.
const DEFAULT_RSA_BITS: u32 = 3072;

impl Alg {
    /// The `use` of a key for the algorithm.
    pub fn key_use(self) -> Use {
        match self {
            Alg::Signature(_) => Use::Sig,
            Alg::KeyManagement(_) | Alg::ContentEncryption(_) => Use::Enc,
        }
    }

    /// Whether a key for the algorithm is a shared secret.
    pub fn is_symmetric(self) -> bool {
        match self {
            Alg::Signature(row) => row.is_symmetric(),
            Alg::KeyManagement(row) => row.is_symmetric(),
            Alg::ContentEncryption(_) => true,
        }
    }

    /// The kind of a new key for the algorithm.
    pub fn default_kind(self) -> Kind {
        match self {
            Alg::Signature(row) => match row.scheme {
                SignatureScheme::Hmac(hash) => Kind::Oct(hash.bytes()),
                SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_) => {
                    Kind::Rsa(DEFAULT_RSA_BITS)
                }
                SignatureScheme::Ecdsa(curve, _) | SignatureScheme::EdDsaOn(curve) => {
                    Kind::Curve(curve)
                }
                SignatureScheme::EdDsa => Kind::Curve(Curve::Ed25519),
                SignatureScheme::MlDsa(row) => Kind::MlDsa(row),
            },
            Alg::KeyManagement(row) => match row.scheme {
                KeyScheme::AesKw(bytes) | KeyScheme::AesGcmKw(bytes) => Kind::Oct(bytes),
                KeyScheme::Direct | KeyScheme::Pbes2(..) => Kind::Oct(32),
                KeyScheme::RsaOaep(_) | KeyScheme::RsaPkcs1 => Kind::Rsa(DEFAULT_RSA_BITS),
                KeyScheme::EcdhEs(_) => Kind::Curve(Curve::P256),
            },
            Alg::ContentEncryption(row) => Kind::Oct(row.key_len),
        }
    }
}
