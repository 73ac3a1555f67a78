//! The defaults for a new key for an algorithm.

use super::Use;
use crate::crypto::alg::{Algorithm, Curve, KeyManagementScheme, KeyType, SignatureScheme};

/// The default size of an RSA key, in bits.
const DEFAULT_RSA_BITS: u32 = 3072;

impl Algorithm {
    /// Returns the `use` of a key for the algorithm.
    pub fn key_use(self) -> Use {
        match self {
            Algorithm::Signature(_) => Use::Sig,
            Algorithm::KeyManagement(_) | Algorithm::ContentEncryption(_) => Use::Enc,
        }
    }

    /// Whether a key for the algorithm is a shared secret.
    pub fn is_symmetric(self) -> bool {
        match self {
            Algorithm::Signature(row) => row.is_symmetric(),
            Algorithm::KeyManagement(row) => row.is_symmetric(),
            Algorithm::ContentEncryption(_) => true,
        }
    }

    /// Returns the kind of a new key for the algorithm.
    pub fn default_kind(self) -> KeyType {
        match self {
            Algorithm::Signature(row) => match row.scheme {
                SignatureScheme::Hmac(hash) => KeyType::Oct(hash.byte_len()),
                SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_) => {
                    KeyType::Rsa(DEFAULT_RSA_BITS)
                }
                SignatureScheme::Ecdsa(curve, _) | SignatureScheme::EdDsaOn(curve) => {
                    KeyType::Curve(curve)
                }
                SignatureScheme::EdDsa => KeyType::Curve(Curve::Ed25519),
                SignatureScheme::MlDsa(row) => KeyType::Akp(row),
            },
            Algorithm::KeyManagement(row) => match row.scheme {
                KeyManagementScheme::AesKw(bytes) | KeyManagementScheme::AesGcmKw(bytes) => {
                    KeyType::Oct(bytes)
                }
                KeyManagementScheme::Direct | KeyManagementScheme::Pbes2(..) => KeyType::Oct(32),
                KeyManagementScheme::RsaOaep(_) | KeyManagementScheme::RsaPkcs1 => {
                    KeyType::Rsa(DEFAULT_RSA_BITS)
                }
                KeyManagementScheme::EcdhEs(_) => KeyType::Curve(Curve::P256),
                KeyManagementScheme::Hpke(suite) => suite.kem.key_type(),
            },
            Algorithm::ContentEncryption(row) => KeyType::Oct(row.key_len),
        }
    }
}
