//! What to know about each algorithm before choosing it.

use crate::crypto::alg::{
    Aead, Algorithm, CONTENT_ENCRYPTIONS, Cipher, ContentEncryption, Curve, Hash, Hpke,
    KEY_MANAGEMENT, Kem, KeyManagement, KeyManagementScheme, OaepHash, SIGNATURES, Signature,
    SignatureScheme,
};

/// The recommendation about an algorithm in 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Recommendation {
    Recommended,
    Fine,
    Legacy,
    Deprecated,
}

impl Recommendation {
    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            Recommendation::Recommended => "recommended",
            Recommendation::Fine => "fine",
            Recommendation::Legacy => "legacy",
            Recommendation::Deprecated => "deprecated",
        }
    }
}

/// What to know about an algorithm.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The algorithm.
    pub alg: Algorithm,
    /// The key that it requires, and the strength of each key size if that differs.
    pub key: &'static str,
    /// Security strength in bits. `None` if it depends on the key ([`crate::crypto::alg::KeyType::strength`]) or a passphrase.
    pub strength: Option<u32>,
    /// Bytes that it adds to a token, before base64url; `None` if that depends on the size of the key.
    pub overhead: Option<usize>,
    /// The recommendation.
    pub standing: Recommendation,
    /// The reason for the recommendation.
    pub reason: &'static str,
}

/// Returns every algorithm, in the order of the tables.
pub fn all_facts() -> impl Iterator<Item = Facts> {
    SIGNATURES
        .iter()
        .map(signature_facts)
        .chain(KEY_MANAGEMENT.iter().map(key_management))
        .chain(CONTENT_ENCRYPTIONS.iter().map(content_encryption))
}

use Recommendation::*;

fn signature_facts(row: &'static Signature) -> Facts {
    let (key, strength, overhead, standing, reason) = match row.scheme {
        SignatureScheme::Hmac(hash) => (
            "a shared secret as long as the hash",
            Some(hash.byte_len() as u32 * 8),
            Some(hash.byte_len()),
            Fine,
            "fast; but every verifier can also sign",
        ),
        SignatureScheme::RsaPkcs1(hash) => (
            rsa_signature(hash),
            None,
            None,
            Fine,
            "supported everywhere; large and slow to sign",
        ),
        SignatureScheme::RsaPss(hash) => (
            rsa_signature(hash),
            None,
            None,
            Fine,
            "the more secure RSA padding; not supported everywhere",
        ),
        SignatureScheme::Ecdsa(Curve::Secp256k1, _) => (
            "EC secp256k1",
            Some(128),
            Some(64),
            Legacy,
            "for blockchains; few gateways support it",
        ),
        SignatureScheme::Ecdsa(curve, _) => (
            match curve {
                Curve::P384 => "EC P-384",
                Curve::P521 => "EC P-521",
                _ => "EC P-256",
            },
            Some(curve.strength()),
            Some(2 * curve.byte_len()),
            match curve {
                Curve::P256 => Recommended,
                _ => Fine,
            },
            match curve {
                Curve::P256 => "small, fast, and supported nearly everywhere",
                _ => "stronger than ES256; slower",
            },
        ),
        SignatureScheme::EdDsaOn(curve) => (
            match curve {
                Curve::Ed448 => "OKP Ed448",
                _ => "OKP Ed25519",
            },
            Some(curve.strength()),
            Some(2 * curve.byte_len()),
            match curve {
                Curve::Ed25519 => Recommended,
                _ => Fine,
            },
            match curve {
                Curve::Ed25519 => {
                    "small, fast, needs no random nonce; older verifiers support it as EdDSA"
                }
                _ => "stronger than Ed25519; few gateways support it",
            },
        ),
        SignatureScheme::EdDsa => (
            "OKP Ed25519 (strength 128) or Ed448 (224)",
            None,
            None,
            Legacy,
            "the older name, which does not specify the curve (RFC 9864)",
        ),
        SignatureScheme::MlDsa(set) => (
            "AKP, a seed of 256 bits",
            Some(set.strength()),
            Some(set.signature_len()),
            Fine,
            "safe from quantum computers; too large for most headers and cookies",
        ),
    };
    Facts {
        alg: Algorithm::Signature(row),
        key,
        strength,
        overhead,
        standing,
        reason,
    }
}

/// Returns the key sizes. A signature is not stronger than half the length of its hash.
fn rsa_signature(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "RSA, 2048 bits (strength 112), 3072 or more (128)",
        Hash::Sha384 | Hash::Sha512 => RSA,
    }
}

/// From NIST SP 800-57 part 1, and SP 800-56B revision 2 for the sizes in between.
const RSA: &str = "RSA, 2048 bits (strength 112), 3072 (128), 4096 (152) or more";

fn key_management(row: &'static KeyManagement) -> Facts {
    let (key, strength, overhead, standing, reason) = match row.scheme {
        KeyManagementScheme::Direct => (
            "a shared secret of the length that enc requires, with the strength of enc",
            None,
            Some(0),
            Fine,
            "smallest token; the same key for every message",
        ),
        KeyManagementScheme::AesKw(len) | KeyManagementScheme::AesGcmKw(len) => (
            match len {
                16 => "a shared secret of 128 bits",
                24 => "a shared secret of 192 bits",
                _ => "a shared secret of 256 bits",
            },
            Some(len as u32 * 8),
            Some(match row.scheme {
                KeyManagementScheme::AesGcmKw(_) => 60,
                _ => 40,
            }),
            Fine,
            match row.scheme {
                KeyManagementScheme::AesGcmKw(_) => "like AES Key Wrap, but with a nonce",
                _ => "for two parties that share a secret",
            },
        ),
        KeyManagementScheme::RsaOaep(OaepHash::Sha1) => (
            RSA,
            None,
            None,
            Legacy,
            "uses SHA-1, which is harmless here; many gateways support nothing else",
        ),
        KeyManagementScheme::RsaOaep(_) => (
            RSA,
            None,
            None,
            Recommended,
            "for recipients with an RSA key",
        ),
        KeyManagementScheme::RsaPkcs1 => (
            RSA,
            None,
            None,
            Deprecated,
            "vulnerable to padding oracle attacks; for decryption only, with --alg RSA1_5",
        ),
        KeyManagementScheme::EcdhEs(wrap) => (
            match wrap {
                Some(16) => "EC P-256, P-384, P-521, or OKP X25519, X448",
                Some(24) => "EC P-256, OKP X25519 (strength 128), P-384, P-521, X448 (192)",
                _ => "EC P-256, OKP X25519 (strength 128), P-384 (192), X448 (224), P-521 (256)",
            },
            (wrap == Some(16)).then_some(128),
            Some(match wrap {
                None => 110,
                Some(_) => 150,
            }),
            match wrap {
                Some(24) => Fine,
                _ => Recommended,
            },
            match wrap {
                None => "smallest token with a public key; only one recipient",
                Some(_) => "with a public key; several recipients",
            },
        ),
        KeyManagementScheme::Hpke(suite) => {
            let Kem::Dh(curve) = suite.kem;
            (
                match curve {
                    Curve::P384 => "EC P-384",
                    Curve::P521 => "EC P-521",
                    Curve::X25519 => "OKP X25519",
                    Curve::X448 => "OKP X448",
                    _ => "EC P-256",
                },
                Some(curve.strength()),
                Some(hpke_overhead(suite)),
                Fine,
                if suite.is_integrated {
                    "with a public key; only one recipient; few programs support it yet"
                } else {
                    "with a public key; several recipients; few programs support it yet"
                },
            )
        }
        KeyManagementScheme::Pbes2(..) => (
            "a passphrase",
            None,
            Some(90),
            Legacy,
            "as strong as the passphrase; intentionally slow",
        ),
    };
    Facts {
        alg: Algorithm::KeyManagement(row),
        key,
        strength,
        overhead,
        standing,
        reason,
    }
}

/// Returns the length of the encapsulated secret and the tag. With key encryption, the secret is in the header, and an
/// encrypted content encryption key of 32 bytes is added.
fn hpke_overhead(suite: Hpke) -> usize {
    let secret = suite.kem.encapsulated_len();
    if suite.is_integrated {
        secret + Aead::TAG
    } else {
        (4 * secret).div_ceil(3) + "\"ek\":\"\",".len() + 32 + Aead::TAG
    }
}

fn content_encryption(row: &'static ContentEncryption) -> Facts {
    let (bits, standing, reason) = match row.cipher {
        Cipher::Gcm => (
            row.key_len as u32 * 8,
            match row.key_len {
                24 => Fine,
                _ => Recommended,
            },
            "fast, and supported nearly everywhere",
        ),
        Cipher::CbcHmac(_) => (
            row.key_len as u32 * 4,
            Fine,
            "the default of OpenID Connect; larger and slower than AES-GCM",
        ),
    };
    Facts {
        alg: Algorithm::ContentEncryption(row),
        key: "generated for each token",
        strength: Some(bits),
        overhead: Some(row.iv_len + row.tag_len),
        standing,
        reason,
    }
}
