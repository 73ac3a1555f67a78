//! The tables of algorithms, one row for each algorithm. This is the only list of algorithms in the project.
//!
//! Sources: RFC 7518 §3.1, §4.1, §5.1; RFC 8037 (EdDSA, X25519, X448); RFC 8812 (ES256K); RFC 9864 (Ed25519, Ed448);
//! draft-ietf-jose-hpke-encrypt-22 (HPKE, registered in September 2026); the W3C Web Cryptography registrations
//! (RSA-OAEP-384, RSA-OAEP-512). `none` has no row.

mod algorithm;
pub(crate) mod families;
mod key_type;
mod scheme;
mod suitability;

pub use algorithm::Algorithm;
pub use key_type::{Akp, Curve, Hash, KeyType, OaepHash};
pub use scheme::{Aead, Cipher, Hpke, Kem, KeyManagementScheme, SignatureScheme};

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
    pub scheme: KeyManagementScheme,
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

const fn signature_row(name: &'static str, scheme: SignatureScheme) -> Signature {
    Signature { name, scheme }
}

const fn key_management_row(name: &'static str, scheme: KeyManagementScheme) -> KeyManagement {
    KeyManagement { name, scheme }
}

/// Returns the row of an HPKE suite with DHKEM. The KDF of each registered suite uses the hash of its KEM.
const fn hpke_row(
    name: &'static str,
    curve: Curve,
    aead: Aead,
    is_integrated: bool,
) -> KeyManagement {
    let kem = Kem::Dh(curve);
    let suite = Hpke {
        kem,
        kdf: kem.hash(),
        aead,
        is_integrated,
    };
    key_management_row(name, KeyManagementScheme::Hpke(suite))
}

const fn cbc_row(name: &'static str, hash: Hash) -> ContentEncryption {
    ContentEncryption {
        name,
        cipher: Cipher::CbcHmac(hash),
        key_len: hash.byte_len(),
        iv_len: 16,
        tag_len: hash.byte_len() / 2,
    }
}

const fn gcm_row(name: &'static str, key_len: usize) -> ContentEncryption {
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
    signature_row("HS256", SignatureScheme::Hmac(Sha256)),
    signature_row("HS384", SignatureScheme::Hmac(Sha384)),
    signature_row("HS512", SignatureScheme::Hmac(Sha512)),
    signature_row("RS256", SignatureScheme::RsaPkcs1(Sha256)),
    signature_row("RS384", SignatureScheme::RsaPkcs1(Sha384)),
    signature_row("RS512", SignatureScheme::RsaPkcs1(Sha512)),
    signature_row("PS256", SignatureScheme::RsaPss(Sha256)),
    signature_row("PS384", SignatureScheme::RsaPss(Sha384)),
    signature_row("PS512", SignatureScheme::RsaPss(Sha512)),
    signature_row("ES256", SignatureScheme::Ecdsa(Curve::P256, Sha256)),
    signature_row("ES384", SignatureScheme::Ecdsa(Curve::P384, Sha384)),
    signature_row("ES512", SignatureScheme::Ecdsa(Curve::P521, Sha512)),
    signature_row("ES256K", SignatureScheme::Ecdsa(Curve::Secp256k1, Sha256)),
    signature_row("Ed25519", SignatureScheme::EdDsaOn(Curve::Ed25519)),
    signature_row("Ed448", SignatureScheme::EdDsaOn(Curve::Ed448)),
    signature_row("EdDSA", SignatureScheme::EdDsa),
    signature_row("ML-DSA-44", SignatureScheme::MlDsa(Akp::MlDsa44)),
    signature_row("ML-DSA-65", SignatureScheme::MlDsa(Akp::MlDsa65)),
    signature_row("ML-DSA-87", SignatureScheme::MlDsa(Akp::MlDsa87)),
];

/// The key management algorithms.
pub static KEY_MANAGEMENT: &[KeyManagement] = &[
    key_management_row("dir", KeyManagementScheme::Direct),
    key_management_row("A128KW", KeyManagementScheme::AesKw(16)),
    key_management_row("A192KW", KeyManagementScheme::AesKw(24)),
    key_management_row("A256KW", KeyManagementScheme::AesKw(32)),
    key_management_row("A128GCMKW", KeyManagementScheme::AesGcmKw(16)),
    key_management_row("A192GCMKW", KeyManagementScheme::AesGcmKw(24)),
    key_management_row("A256GCMKW", KeyManagementScheme::AesGcmKw(32)),
    key_management_row("RSA-OAEP", KeyManagementScheme::RsaOaep(OaepHash::Sha1)),
    key_management_row(
        "RSA-OAEP-256",
        KeyManagementScheme::RsaOaep(OaepHash::Sha2(Sha256)),
    ),
    key_management_row(
        "RSA-OAEP-384",
        KeyManagementScheme::RsaOaep(OaepHash::Sha2(Sha384)),
    ),
    key_management_row(
        "RSA-OAEP-512",
        KeyManagementScheme::RsaOaep(OaepHash::Sha2(Sha512)),
    ),
    key_management_row("RSA1_5", KeyManagementScheme::RsaPkcs1),
    key_management_row("ECDH-ES", KeyManagementScheme::EcdhEs(None)),
    key_management_row("ECDH-ES+A128KW", KeyManagementScheme::EcdhEs(Some(16))),
    key_management_row("ECDH-ES+A192KW", KeyManagementScheme::EcdhEs(Some(24))),
    key_management_row("ECDH-ES+A256KW", KeyManagementScheme::EcdhEs(Some(32))),
    hpke_row("HPKE-0", Curve::P256, Aead::Aes128Gcm, true),
    hpke_row("HPKE-1", Curve::P384, Aead::Aes256Gcm, true),
    hpke_row("HPKE-2", Curve::P521, Aead::Aes256Gcm, true),
    hpke_row("HPKE-3", Curve::X25519, Aead::Aes128Gcm, true),
    hpke_row("HPKE-4", Curve::X25519, Aead::ChaCha20Poly1305, true),
    hpke_row("HPKE-5", Curve::X448, Aead::Aes256Gcm, true),
    hpke_row("HPKE-6", Curve::X448, Aead::ChaCha20Poly1305, true),
    hpke_row("HPKE-7", Curve::P256, Aead::Aes256Gcm, true),
    hpke_row("HPKE-0-KE", Curve::P256, Aead::Aes128Gcm, false),
    hpke_row("HPKE-1-KE", Curve::P384, Aead::Aes256Gcm, false),
    hpke_row("HPKE-2-KE", Curve::P521, Aead::Aes256Gcm, false),
    hpke_row("HPKE-3-KE", Curve::X25519, Aead::Aes128Gcm, false),
    hpke_row("HPKE-5-KE", Curve::X448, Aead::Aes256Gcm, false),
    hpke_row("HPKE-7-KE", Curve::P256, Aead::Aes256Gcm, false),
    key_management_row("PBES2-HS256+A128KW", KeyManagementScheme::Pbes2(Sha256, 16)),
    key_management_row("PBES2-HS384+A192KW", KeyManagementScheme::Pbes2(Sha384, 24)),
    key_management_row("PBES2-HS512+A256KW", KeyManagementScheme::Pbes2(Sha512, 32)),
];

/// The content encryption algorithms.
pub static CONTENT_ENCRYPTIONS: &[ContentEncryption] = &[
    cbc_row("A128CBC-HS256", Sha256),
    cbc_row("A192CBC-HS384", Sha384),
    cbc_row("A256CBC-HS512", Sha512),
    gcm_row("A128GCM", 16),
    gcm_row("A192GCM", 24),
    gcm_row("A256GCM", 32),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithm_names_are_exact_and_unique() {
        let names = || {
            SIGNATURES
                .iter()
                .map(|row| row.name)
                .chain(KEY_MANAGEMENT.iter().map(|row| row.name))
                .chain(CONTENT_ENCRYPTIONS.iter().map(|row| row.name))
        };
        for name in names() {
            assert_eq!(names().filter(|other| *other == name).count(), 1, "{name}");
            assert_eq!(Algorithm::from_name(name).map(Algorithm::name), Some(name));
        }
        for unknown in ["none", "NONE", "hs256", "HS256 ", "", "RSA1_6", "ES256\0"] {
            assert_eq!(Algorithm::from_name(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn short_secret_is_not_suitable_for_any_hmac() {
        let hs512 = Signature::from_name("HS512").unwrap();
        assert!(
            !hs512.is_suitable_for(KeyType::Oct(63)) && hs512.is_suitable_for(KeyType::Oct(64))
        );
        assert_eq!(Signature::of_kind(KeyType::Oct(31)), None);
        assert_eq!(Signature::of_kind(KeyType::Oct(32)).unwrap().name, "HS256");
        assert_eq!(Signature::of_kind(KeyType::Rsa(2048)), None);
    }

    #[test]
    fn eddsa_and_ed25519_are_equivalent_on_their_curve() {
        let [ed, old] = ["Ed25519", "EdDSA"].map(|name| Signature::from_name(name).unwrap());
        assert!(ed.is_equivalent_for(old, KeyType::Curve(Curve::Ed25519)));
        assert!(!ed.is_equivalent_for(old, KeyType::Curve(Curve::Ed448)));
        assert_eq!(
            Signature::of_kind(KeyType::Curve(Curve::Ed25519)).unwrap(),
            ed
        );
    }
}
