//! Decides which keys fit an algorithm, and which algorithm is used for a key.

use super::{
    CONTENT_ENCRYPTIONS, ContentEncryption, Curve, Hpke, KEY_MANAGEMENT, KeyManagement,
    KeyManagementScheme, KeyType, SIGNATURES, Signature, SignatureScheme,
};

impl Signature {
    /// The row of this exact name.
    pub fn from_name(name: &str) -> Option<&'static Signature> {
        SIGNATURES.iter().find(|row| row.name == name)
    }

    /// Whether a key of this kind can be used with the algorithm. The type and the curve must match; for HMAC, the key must be
    /// at least as long as the hash (RFC 7518 §3.2).
    pub fn is_suitable_for(&self, kind: KeyType) -> bool {
        match (self.scheme, kind) {
            (SignatureScheme::Hmac(hash), KeyType::Oct(bytes)) => bytes >= hash.byte_len(),
            (SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_), KeyType::Rsa(_)) => true,
            (SignatureScheme::RsaPss(hash), KeyType::RsaPss(_, own)) => {
                own.is_none_or(|own| own == hash)
            }
            (SignatureScheme::Ecdsa(curve, _) | SignatureScheme::EdDsaOn(curve), _) => {
                kind == KeyType::Curve(curve)
            }
            (SignatureScheme::MlDsa(row), _) => kind == KeyType::Akp(row),
            (SignatureScheme::EdDsa, _) => {
                matches!(kind, KeyType::Curve(Curve::Ed25519 | Curve::Ed448))
            }
            _ => false,
        }
    }

    /// Whether both names mean the same algorithm for this kind of key: they are equal, or one is `EdDSA` and the other is the
    /// name for the curve of the key (RFC 9864 §2.2).
    pub fn is_equivalent_for(&self, other: &Signature, kind: KeyType) -> bool {
        let both = self.is_eddsa() && other.is_eddsa();
        self == other || (both && self.is_suitable_for(kind) && other.is_suitable_for(kind))
    }

    /// Whether it is EdDSA: under the polymorphic name, or under the name for one curve.
    pub fn is_eddsa(&self) -> bool {
        matches!(
            self.scheme,
            SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(_)
        )
    }

    /// Returns the algorithm that the kind of key determines: that of the curve or of the parameter set, or HS256 for a
    /// sufficiently long secret. `None` if the kind does not determine one, as for RSA.
    pub fn of_kind(kind: KeyType) -> Option<&'static Signature> {
        match kind {
            KeyType::Rsa(_) | KeyType::RsaPss(_, None) => None,
            _ => SIGNATURES.iter().find(|row| row.is_suitable_for(kind)),
        }
    }

    /// Whether signer and verifier share the key.
    pub fn is_symmetric(&self) -> bool {
        matches!(self.scheme, SignatureScheme::Hmac(_))
    }
}

impl KeyManagement {
    /// The row of this exact name.
    pub fn from_name(name: &str) -> Option<&'static KeyManagement> {
        KEY_MANAGEMENT.iter().find(|row| row.name == name)
    }

    /// Whether a key of this kind can be used with the algorithm. A secret for `dir` must also have the length that the content
    /// encryption algorithm requires, see [`ContentEncryption::key_len`].
    pub fn is_suitable_for(&self, kind: KeyType) -> bool {
        match (self.scheme, kind) {
            (
                KeyManagementScheme::AesKw(len) | KeyManagementScheme::AesGcmKw(len),
                KeyType::Oct(bytes),
            ) => bytes == len,
            (KeyManagementScheme::Direct, KeyType::Oct(bytes)) => {
                CONTENT_ENCRYPTIONS.iter().any(|enc| enc.key_len == bytes)
            }
            (KeyManagementScheme::Pbes2(..), KeyType::Oct(_) | KeyType::Passphrase) => true,
            (KeyManagementScheme::RsaOaep(_) | KeyManagementScheme::RsaPkcs1, KeyType::Rsa(_)) => {
                true
            }
            (KeyManagementScheme::EcdhEs(_), KeyType::Curve(curve)) => {
                !matches!(curve, Curve::Ed25519 | Curve::Ed448 | Curve::Secp256k1)
            }
            (KeyManagementScheme::Hpke(suite), _) => kind == suite.kem.key_type(),
            _ => false,
        }
    }

    /// Whether the token does not contain the content encryption key (RFC 7516 §5.1 steps 3 to 5).
    pub fn is_direct(&self) -> bool {
        matches!(
            self.scheme,
            KeyManagementScheme::Direct | KeyManagementScheme::EcdhEs(None)
        )
    }

    /// Returns the suite if HPKE encrypts the content itself, without a content encryption key.
    pub fn integrated_hpke(&self) -> Option<&Hpke> {
        match &self.scheme {
            KeyManagementScheme::Hpke(suite) => Some(suite).filter(|suite| suite.is_integrated),
            _ => None,
        }
    }

    /// Whether a token can be encrypted to one recipient only.
    pub fn has_one_recipient(&self) -> bool {
        self.is_direct() || self.integrated_hpke().is_some()
    }

    /// Whether `info` can bind the token to an application (RFC 9180 section 5.1).
    pub fn has_info(&self) -> bool {
        matches!(self.scheme, KeyManagementScheme::Hpke(_))
    }

    /// Whether it is deprecated: no token is encrypted with it, and a token is decrypted only if the caller names it.
    pub fn is_deprecated(&self) -> bool {
        self.scheme == KeyManagementScheme::RsaPkcs1
    }

    /// Whether it is a key agreement with an ephemeral key (RFC 7518 §4.6).
    pub fn is_agreement(&self) -> bool {
        matches!(self.scheme, KeyManagementScheme::EcdhEs(_))
    }

    /// Whether the key is derived from a password (RFC 7518 §4.8).
    pub fn is_password(&self) -> bool {
        matches!(self.scheme, KeyManagementScheme::Pbes2(..))
    }

    /// Whether the shared secret is required to encrypt a token.
    pub fn is_symmetric(&self) -> bool {
        !matches!(
            self.scheme,
            KeyManagementScheme::RsaOaep(_)
                | KeyManagementScheme::RsaPkcs1
                | KeyManagementScheme::EcdhEs(_)
                | KeyManagementScheme::Hpke(_)
        )
    }

    /// Returns the default algorithm to encrypt to a key of this kind: ECDH-ES+A256KW, RSA-OAEP-256, PBES2-HS512+A256KW for a
    /// passphrase, and for a secret the AES Key Wrap of its length or `dir`.
    pub fn of_kind(kind: KeyType) -> Option<&'static KeyManagement> {
        let name = match kind {
            KeyType::Rsa(_) => "RSA-OAEP-256",
            KeyType::Curve(_) => "ECDH-ES+A256KW",
            KeyType::Akp(_) | KeyType::RsaPss(..) => return None,
            KeyType::Oct(16) => "A128KW",
            KeyType::Oct(24) => "A192KW",
            KeyType::Oct(32) => "A256KW",
            KeyType::Oct(_) => "dir",
            KeyType::Passphrase => "PBES2-HS512+A256KW",
        };
        Self::from_name(name).filter(|row| row.is_suitable_for(kind))
    }
}

impl ContentEncryption {
    /// Returns the default algorithm, which is used if neither the user nor the key names one: A256GCM.
    pub fn preferred() -> &'static ContentEncryption {
        ContentEncryption::from_name("A256GCM").expect("the table has this row")
    }

    /// The row of this exact name.
    pub fn from_name(name: &str) -> Option<&'static ContentEncryption> {
        CONTENT_ENCRYPTIONS.iter().find(|row| row.name == name)
    }

    /// Returns an algorithm whose content encryption key has this many bytes. AES-GCM is preferred.
    pub fn of_key_len(bytes: usize) -> Option<&'static ContentEncryption> {
        CONTENT_ENCRYPTIONS.iter().rev().find(|row| row.key_len == bytes)
    }
}
