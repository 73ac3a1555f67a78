//! How algorithms work: what a row of the table is made of.

use super::{Curve, Hash, MlDsa, OaepHash};

/// How a signature is made.
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
    /// EdDSA on the key's own curve (RFC 8037 §3.1): the older, polymorphic name.
    EdDsa,
    /// EdDSA on one curve (RFC 9864 §2.2).
    EdDsaOn(Curve),
    /// ML-DSA with an empty context (RFC 9964 §5).
    MlDsa(MlDsa),
}

/// How a content encryption key reaches the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyManagementScheme {
    /// The shared key is the content encryption key (RFC 7518 §4.5).
    Direct,
    /// AES Key Wrap with a key of so many bytes (RFC 7518 §4.4).
    AesKw(usize),
    /// AES-GCM key wrapping with a key of so many bytes (RFC 7518 §4.7).
    AesGcmKw(usize),
    /// RSAES-OAEP (RFC 7518 §4.3).
    RsaOaep(OaepHash),
    /// RSAES-PKCS1-v1_5 (RFC 7518 §4.2), for decrypting only, and only when asked for by name.
    RsaPkcs1,
    /// ECDH-ES: direct, or wrapping with a derived key of so many bytes (RFC 7518 §4.6).
    EcdhEs(Option<usize>),
    /// PBES2: a password, PBKDF2 and AES Key Wrap with a key of so many bytes (RFC 7518 §4.8).
    Pbes2(Hash, usize),
}

/// How the content is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AES-CBC with HMAC (RFC 7518 §5.2).
    CbcHmac(Hash),
    /// AES-GCM (RFC 7518 §5.3).
    Gcm,
}
