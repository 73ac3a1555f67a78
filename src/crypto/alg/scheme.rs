//! The schemes of algorithms: the values that the rows of the tables consist of.

use super::{Akp, Curve, Hash, KeyType, OaepHash};

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureScheme {
    /// HMAC (RFC 7518 §3.2).
    Hmac(Hash),
    /// RSASSA-PKCS1-v1_5 (RFC 7518 §3.3).
    RsaPkcs1(Hash),
    /// RSASSA-PSS, MGF1 with the same hash, salt as long as the hash (RFC 7518 §3.5).
    RsaPss(Hash),
    /// ECDSA, R || S (RFC 7518 §3.4).
    Ecdsa(Curve, Hash),
    /// EdDSA on the curve of the key (RFC 8037 §3.1): the older, polymorphic name.
    EdDsa,
    /// EdDSA on one curve (RFC 9864 §2.2).
    EdDsaOn(Curve),
    /// ML-DSA with an empty context (RFC 9964 §5).
    MlDsa(Akp),
}

/// A key management mode: how the recipient obtains the content encryption key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyManagementScheme {
    /// The shared key is the content encryption key (RFC 7518 §4.5).
    Direct,
    /// AES Key Wrap with a key of this many bytes (RFC 7518 §4.4).
    AesKw(usize),
    /// AES-GCM key wrapping with a key of this many bytes (RFC 7518 §4.7).
    AesGcmKw(usize),
    /// RSAES-OAEP (RFC 7518 §4.3).
    RsaOaep(OaepHash),
    /// RSAES-PKCS1-v1_5 (RFC 7518 §4.2). It is used for decryption only, and only if the caller names it.
    RsaPkcs1,
    /// ECDH-ES: direct, or key wrapping with a derived key of this many bytes (RFC 7518 §4.6).
    EcdhEs(Option<usize>),
    /// HPKE (RFC 9180; draft-ietf-jose-hpke-encrypt).
    Hpke(Hpke),
    /// PBES2: PBKDF2 of a password, and AES Key Wrap with a key of this many bytes (RFC 7518 §4.8).
    Pbes2(Hash, usize),
}

/// A content encryption scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AES-CBC with HMAC (RFC 7518 §5.2).
    CbcHmac(Hash),
    /// AES-GCM (RFC 7518 §5.3).
    Gcm,
}

/// A cipher suite of HPKE, and how JWE uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hpke {
    /// The key encapsulation mechanism.
    pub kem: Kem,
    /// The hash of HKDF.
    pub kdf: Hash,
    /// The cipher.
    pub aead: Aead,
    /// Whether HPKE encrypts the content itself (Integrated Encryption); otherwise it encrypts the content encryption key.
    pub is_integrated: bool,
}

impl Hpke {
    /// Returns the identifiers of KEM, KDF and AEAD (RFC 9180 section 7).
    pub const fn ids(self) -> [u16; 3] {
        let kdf = match self.kdf {
            Hash::Sha256 => 1,
            Hash::Sha384 => 2,
            Hash::Sha512 => 3,
        };
        let aead = match self.aead {
            Aead::Aes128Gcm => 1,
            Aead::Aes256Gcm => 2,
            Aead::ChaCha20Poly1305 => 3,
        };
        [self.kem.id(), kdf, aead]
    }
}

/// A key encapsulation mechanism of HPKE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kem {
    /// Diffie-Hellman on a curve (RFC 9180 section 4.1).
    Dh(Curve),
}

impl Kem {
    const fn id(self) -> u16 {
        match self {
            Kem::Dh(Curve::P384) => 0x0011,
            Kem::Dh(Curve::P521) => 0x0012,
            Kem::Dh(Curve::X25519) => 0x0020,
            Kem::Dh(Curve::X448) => 0x0021,
            Kem::Dh(_) => 0x0010,
        }
    }

    /// Returns the hash function of its key derivation.
    pub const fn hash(self) -> Hash {
        match self {
            Kem::Dh(Curve::P384) => Hash::Sha384,
            Kem::Dh(Curve::P521 | Curve::X448) => Hash::Sha512,
            Kem::Dh(_) => Hash::Sha256,
        }
    }

    /// Returns the type of its keys.
    pub const fn key_type(self) -> KeyType {
        match self {
            Kem::Dh(curve) => KeyType::Curve(curve),
        }
    }

    /// Returns the length of an encapsulated secret in bytes.
    pub const fn encapsulated_len(self) -> usize {
        match self {
            Kem::Dh(curve) if curve.is_ec() => 1 + 2 * curve.byte_len(),
            Kem::Dh(curve) => curve.byte_len(),
        }
    }
}

/// A cipher of HPKE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Aead {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

impl Aead {
    /// The length of its authentication tag in bytes.
    pub const TAG: usize = 16;

    /// Returns the length of its key in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Aead::Aes128Gcm => 16,
            Aead::Aes256Gcm | Aead::ChaCha20Poly1305 => 32,
        }
    }

    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            Aead::Aes128Gcm => "AES-128-GCM",
            Aead::Aes256Gcm => "AES-256-GCM",
            Aead::ChaCha20Poly1305 => "ChaCha20-Poly1305",
        }
    }
}
