//! Every algorithm, one row each; nothing else in the project lists them.
//!
//! Sources: RFC 7518 §3.1, §4.1, §5.1; RFC 8037 (EdDSA, X25519, X448); RFC 8812 (ES256K); RFC 9864 (Ed25519, Ed448);
//! the W3C Web Cryptography registrations (RSA-OAEP-384, RSA-OAEP-512). `none` has no row.

pub mod facts;
mod kind;

pub use kind::{Curve, Hash, Kind, MlDsa};

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
pub enum KeyScheme {
    /// The shared key is the content encryption key (RFC 7518 §4.5).
    Direct,
    /// AES Key Wrap with a key of so many bytes (RFC 7518 §4.4).
    AesKw(usize),
    /// AES-GCM key wrapping with a key of so many bytes (RFC 7518 §4.7).
    AesGcmKw(usize),
    /// RSAES-OAEP (RFC 7518 §4.3).
    RsaOaep(Hash),
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

/// A row of the signature algorithms ("alg" of a JWS).
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The registered name; compared byte for byte.
    pub name: &'static str,
    /// How it works.
    pub scheme: SignatureScheme,
}

/// A row of the key management algorithms ("alg" of a JWE).
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct KeyManagement {
    /// The registered name; compared byte for byte.
    pub name: &'static str,
    /// How it works.
    pub scheme: KeyScheme,
}

/// A row of the content encryption algorithms ("enc").
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ContentEncryption {
    /// The registered name; compared byte for byte.
    pub name: &'static str,
    /// How it works.
    pub cipher: Cipher,
    /// Length of the content encryption key in bytes.
    pub key_len: usize,
    /// Length of the initialization vector in bytes.
    pub iv_len: usize,
    /// Length of the authentication tag in bytes.
    pub tag_len: usize,
}

use Hash::*;

const fn sig(name: &'static str, scheme: SignatureScheme) -> Signature {
    Signature { name, scheme }
}

const fn key(name: &'static str, scheme: KeyScheme) -> KeyManagement {
    KeyManagement { name, scheme }
}

const fn cbc(name: &'static str, hash: Hash) -> ContentEncryption {
    ContentEncryption {
        name,
        cipher: Cipher::CbcHmac(hash),
        key_len: hash.bytes(),
        iv_len: 16,
        tag_len: hash.bytes() / 2,
    }
}

const fn gcm(name: &'static str, key_len: usize) -> ContentEncryption {
    ContentEncryption {
        name,
        cipher: Cipher::Gcm,
        key_len,
        iv_len: 12,
        tag_len: 16,
    }
}

/// The signature algorithms.
pub static SIGNATURES: &[Signature] = &[
    sig("HS256", SignatureScheme::Hmac(Sha256)),
    sig("HS384", SignatureScheme::Hmac(Sha384)),
    sig("HS512", SignatureScheme::Hmac(Sha512)),
    sig("RS256", SignatureScheme::RsaPkcs1(Sha256)),
    sig("RS384", SignatureScheme::RsaPkcs1(Sha384)),
    sig("RS512", SignatureScheme::RsaPkcs1(Sha512)),
    sig("PS256", SignatureScheme::RsaPss(Sha256)),
    sig("PS384", SignatureScheme::RsaPss(Sha384)),
    sig("PS512", SignatureScheme::RsaPss(Sha512)),
    sig("ES256", SignatureScheme::Ecdsa(Curve::P256, Sha256)),
    sig("ES384", SignatureScheme::Ecdsa(Curve::P384, Sha384)),
    sig("ES512", SignatureScheme::Ecdsa(Curve::P521, Sha512)),
    sig("ES256K", SignatureScheme::Ecdsa(Curve::Secp256k1, Sha256)),
    sig("Ed25519", SignatureScheme::EdDsaOn(Curve::Ed25519)),
    sig("Ed448", SignatureScheme::EdDsaOn(Curve::Ed448)),
    sig("EdDSA", SignatureScheme::EdDsa),
    sig("ML-DSA-44", SignatureScheme::MlDsa(MlDsa::MlDsa44)),
    sig("ML-DSA-65", SignatureScheme::MlDsa(MlDsa::MlDsa65)),
    sig("ML-DSA-87", SignatureScheme::MlDsa(MlDsa::MlDsa87)),
];

/// The key management algorithms.
pub static KEY_MANAGEMENT: &[KeyManagement] = &[
    key("dir", KeyScheme::Direct),
    key("A128KW", KeyScheme::AesKw(16)),
    key("A192KW", KeyScheme::AesKw(24)),
    key("A256KW", KeyScheme::AesKw(32)),
    key("A128GCMKW", KeyScheme::AesGcmKw(16)),
    key("A192GCMKW", KeyScheme::AesGcmKw(24)),
    key("A256GCMKW", KeyScheme::AesGcmKw(32)),
    key("RSA-OAEP", KeyScheme::RsaOaep(Sha1)),
    key("RSA-OAEP-256", KeyScheme::RsaOaep(Sha256)),
    key("RSA-OAEP-384", KeyScheme::RsaOaep(Sha384)),
    key("RSA-OAEP-512", KeyScheme::RsaOaep(Sha512)),
    key("RSA1_5", KeyScheme::RsaPkcs1),
    key("ECDH-ES", KeyScheme::EcdhEs(None)),
    key("ECDH-ES+A128KW", KeyScheme::EcdhEs(Some(16))),
    key("ECDH-ES+A192KW", KeyScheme::EcdhEs(Some(24))),
    key("ECDH-ES+A256KW", KeyScheme::EcdhEs(Some(32))),
    key("PBES2-HS256+A128KW", KeyScheme::Pbes2(Sha256, 16)),
    key("PBES2-HS384+A192KW", KeyScheme::Pbes2(Sha384, 24)),
    key("PBES2-HS512+A256KW", KeyScheme::Pbes2(Sha512, 32)),
];

/// The content encryption algorithms.
pub static CONTENT_ENCRYPTIONS: &[ContentEncryption] = &[
    cbc("A128CBC-HS256", Sha256),
    cbc("A192CBC-HS384", Sha384),
    cbc("A256CBC-HS512", Sha512),
    gcm("A128GCM", 16),
    gcm("A192GCM", 24),
    gcm("A256GCM", 32),
];

impl Signature {
    /// The row of this exact name.
    pub fn named(name: &str) -> Option<&'static Signature> {
        SIGNATURES.iter().find(|row| row.name == name)
    }

    /// Whether a key of this kind can work with the algorithm: type, curve, and for HMAC at least as many bytes as
    /// the hash has (RFC 7518 §3.2).
    pub fn fits(&self, kind: Kind) -> bool {
        match (self.scheme, kind) {
            (SignatureScheme::Hmac(hash), Kind::Oct(bytes)) => bytes >= hash.bytes(),
            (SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_), Kind::Rsa(_)) => true,
            (SignatureScheme::Ecdsa(curve, _) | SignatureScheme::EdDsaOn(curve), _) => {
                kind == Kind::Curve(curve)
            }
            (SignatureScheme::MlDsa(row), _) => kind == Kind::MlDsa(row),
            (SignatureScheme::EdDsa, _) => {
                matches!(kind, Kind::Curve(Curve::Ed25519 | Curve::Ed448))
            }
            _ => false,
        }
    }

    /// Whether the two names mean one algorithm for this kind of key: the same row, or `EdDSA` beside the curve's own
    /// name (RFC 9864 §2.2).
    pub fn same_for(&self, other: &Signature, kind: Kind) -> bool {
        let both = self.is_eddsa() && other.is_eddsa();
        self == other || (both && self.fits(kind) && other.fits(kind))
    }

    /// Whether it is EdDSA, by whichever name.
    pub fn is_eddsa(&self) -> bool {
        matches!(
            self.scheme,
            SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(_)
        )
    }

    /// The one algorithm that a key of this kind fixes by itself: the curve's own, HS256 for a secret long enough,
    /// none for RSA, which has several.
    pub fn of_kind(kind: Kind) -> Option<&'static Signature> {
        match kind {
            Kind::Rsa(_) => None,
            _ => SIGNATURES.iter().find(|row| row.fits(kind)),
        }
    }

    /// Whether signer and verifier share the key.
    pub fn is_symmetric(&self) -> bool {
        matches!(self.scheme, SignatureScheme::Hmac(_))
    }
}

impl KeyManagement {
    /// The row of this exact name.
    pub fn named(name: &str) -> Option<&'static KeyManagement> {
        KEY_MANAGEMENT.iter().find(|row| row.name == name)
    }

    /// Whether a key of this kind can work with the algorithm. A secret for `dir` must fit the content encryption
    /// too, which [`ContentEncryption::key_len`] tells.
    pub fn fits(&self, kind: Kind) -> bool {
        match (self.scheme, kind) {
            (KeyScheme::AesKw(len) | KeyScheme::AesGcmKw(len), Kind::Oct(bytes)) => bytes == len,
            (KeyScheme::Direct, Kind::Oct(bytes)) => {
                CONTENT_ENCRYPTIONS.iter().any(|enc| enc.key_len == bytes)
            }
            (KeyScheme::Pbes2(..), Kind::Oct(_) | Kind::Passphrase) => true,
            (KeyScheme::RsaOaep(_) | KeyScheme::RsaPkcs1, Kind::Rsa(_)) => true,
            (KeyScheme::EcdhEs(_), Kind::Curve(curve)) => {
                !matches!(curve, Curve::Ed25519 | Curve::Ed448 | Curve::Secp256k1)
            }
            _ => false,
        }
    }

    /// Whether the content encryption key is not carried in the token (RFC 7516 §5.1 steps 3 to 5).
    pub fn is_direct(&self) -> bool {
        matches!(self.scheme, KeyScheme::Direct | KeyScheme::EcdhEs(None))
    }

    /// Whether it is deprecated: tokens are not made with it, and read only where it is named.
    pub fn is_deprecated(&self) -> bool {
        self.scheme == KeyScheme::RsaPkcs1
    }

    /// Whether an ephemeral key is agreed with (RFC 7518 §4.6).
    pub fn is_agreement(&self) -> bool {
        matches!(self.scheme, KeyScheme::EcdhEs(_))
    }

    /// Whether the key comes from a password (RFC 7518 §4.8).
    pub fn is_password(&self) -> bool {
        matches!(self.scheme, KeyScheme::Pbes2(..))
    }

    /// Whether only the holder of a shared secret can make such a token.
    pub fn is_symmetric(&self) -> bool {
        !matches!(
            self.scheme,
            KeyScheme::RsaOaep(_) | KeyScheme::RsaPkcs1 | KeyScheme::EcdhEs(_)
        )
    }

    /// What encrypting to a key of this kind uses when nothing else says: ECDH-ES+A256KW, RSA-OAEP-256, or the AES Key
    /// Wrap of the secret's length.
    pub fn of_kind(kind: Kind) -> Option<&'static KeyManagement> {
        let name = match kind {
            Kind::Rsa(_) => "RSA-OAEP-256",
            Kind::Curve(_) => "ECDH-ES+A256KW",
            Kind::MlDsa(_) => return None,
            Kind::Oct(16) => "A128KW",
            Kind::Oct(24) => "A192KW",
            Kind::Oct(32) => "A256KW",
            Kind::Oct(_) => "dir",
            Kind::Passphrase => "PBES2-HS512+A256KW",
        };
        Self::named(name).filter(|row| row.fits(kind))
    }
}

impl ContentEncryption {
    /// The row of this exact name.
    pub fn named(name: &str) -> Option<&'static ContentEncryption> {
        CONTENT_ENCRYPTIONS.iter().find(|row| row.name == name)
    }

    /// The one that a key of so many bytes serves as content encryption key, AES-GCM first.
    pub fn of_key_len(bytes: usize) -> Option<&'static ContentEncryption> {
        (CONTENT_ENCRYPTIONS.iter().rev()).find(|row| row.key_len == bytes)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact_and_unique() {
        let names = || {
            (SIGNATURES.iter().map(|row| row.name))
                .chain(KEY_MANAGEMENT.iter().map(|row| row.name))
                .chain(CONTENT_ENCRYPTIONS.iter().map(|row| row.name))
        };
        for name in names() {
            assert_eq!(names().filter(|other| *other == name).count(), 1, "{name}");
            assert_eq!(Alg::named(name).map(Alg::name), Some(name));
        }
        for unknown in ["none", "NONE", "hs256", "HS256 ", "", "RSA1_6", "ES256\0"] {
            assert_eq!(Alg::named(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn a_short_secret_fits_no_hmac() {
        let hs512 = Signature::named("HS512").unwrap();
        assert!(!hs512.fits(Kind::Oct(63)) && hs512.fits(Kind::Oct(64)));
        assert_eq!(Signature::of_kind(Kind::Oct(31)), None);
        assert_eq!(Signature::of_kind(Kind::Oct(32)).unwrap().name, "HS256");
        assert_eq!(Signature::of_kind(Kind::Rsa(2048)), None);
    }

    #[test]
    fn the_two_names_of_eddsa_are_one_algorithm_on_the_right_curve() {
        let [ed, old] = ["Ed25519", "EdDSA"].map(|name| Signature::named(name).unwrap());
        assert!(ed.same_for(old, Kind::Curve(Curve::Ed25519)));
        assert!(!ed.same_for(old, Kind::Curve(Curve::Ed448)));
        assert_eq!(Signature::of_kind(Kind::Curve(Curve::Ed25519)).unwrap(), ed);
    }
}
