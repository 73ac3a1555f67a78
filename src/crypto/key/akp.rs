//! ML-DSA keys (RFC 9964): the kty is AKP, and the private key is a seed of 32 bytes. They need OpenSSL 3.5, which is built
//! in by default.

use openssl::pkey::{HasPublic, KeyType as OpensslKeyType, PKey, PKeyRef, Private, Public};

use crate::crypto::alg::Akp;
use crate::crypto::error::{Error, Result};
use crate::crypto::secret::SecretBytes;

const fn key_type(row: Akp) -> OpensslKeyType {
    match row {
        Akp::MlDsa44 => OpensslKeyType::ML_DSA_44,
        Akp::MlDsa65 => OpensslKeyType::ML_DSA_65,
        Akp::MlDsa87 => OpensslKeyType::ML_DSA_87,
    }
}

fn too_old() -> Error {
    Error::Key("ML-DSA needs the OpenSSL that is built in by default".into())
}

/// Returns the parameter set of a key that OpenSSL parsed, if it is an AKP key.
pub(super) fn kind_of<T>(key: &PKeyRef<T>) -> Option<Akp> {
    Akp::ALL.into_iter().find(|row| key.is_a(key_type(*row)))
}

pub(super) fn public_key(row: Akp, bytes: &[u8]) -> Result<PKey<Public>> {
    PKey::public_key_from_raw_bytes_ex(None, key_type(row), None, bytes).map_err(|_| too_old())
}

/// Returns the private key with this seed.
pub(crate) fn from_seed(row: Akp, seed: &SecretBytes) -> Result<PKey<Private>> {
    #[cfg(feature = "vendored")]
    return PKey::private_key_from_seed(None, key_type(row), None, seed.expose())
        .map_err(|_| Error::Key("the ML-DSA seed is not valid".into()));
    #[cfg(not(feature = "vendored"))]
    {
        let _ = (row, seed, key_type);
        Err(too_old())
    }
}

/// Returns the private key with this seed. Its public key must be `bytes`.
pub(super) fn private_key(row: Akp, bytes: &[u8], seed: &SecretBytes) -> Result<PKey<Private>> {
    let key = from_seed(row, seed)?;
    if public_bytes(&key)? != bytes {
        return Err(Error::Key(
            "the AKP key's private and public parts do not match".into(),
        ));
    }
    Ok(key)
}

pub(super) fn public_bytes<T: HasPublic>(key: &PKeyRef<T>) -> Result<Vec<u8>> {
    key.raw_public_key().map_err(|_| Error::Backend("ML-DSA key"))
}

/// Returns the seed. A key from a file without it is rejected, since it cannot be written as a JWK.
pub(super) fn private_seed(row: Akp, key: &PKeyRef<Private>) -> Result<SecretBytes> {
    let mut seed = SecretBytes::new(vec![0; row.seed_len()]);
    #[cfg(feature = "vendored")]
    let read = key.seed_into(seed.expose_mut()).is_ok_and(|len| len == row.seed_len());
    #[cfg(not(feature = "vendored"))]
    let read = {
        let _ = (key, seed.expose_mut());
        false
    };
    if read {
        Ok(seed)
    } else {
        Err(Error::Key(
            "the ML-DSA key lacks its seed, which RFC 9964 requires".into(),
        ))
    }
}

#[cfg(feature = "vendored")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::alg::Algorithm;
    use crate::crypto::alg::KeyType;
    use crate::crypto::base64url;
    use crate::crypto::key::{Key, Material, ThumbprintHash};

    fn zero_seed(row: Akp) -> Key {
        let seed = SecretBytes::new(vec![0; row.seed_len()]);
        Key::new(Material::Private(from_seed(row, &seed).unwrap())).unwrap()
    }

    /// The expected thumbprints are the kids of the examples in RFC 9964 appendix A.
    #[test]
    fn thumbprint_of_the_zero_seed_is_that_of_rfc_9964() {
        for (row, kid) in [
            (Akp::MlDsa44, "T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o"),
            (Akp::MlDsa65, "Suiu29qbfuaBaR4Ats-c6XQBePB_OpAxAwcTR_0KXVM"),
            (Akp::MlDsa87, "tRn1JNIkgMsABVQBlXeDHxAIcclh-2IX0UdDEzPt5XU"),
        ] {
            let key = zero_seed(row);
            assert_eq!(key.thumbprint(ThumbprintHash::Sha256).unwrap(), kid);
            let again = Key::from_jwk(key.to_jwk().unwrap().expose()).unwrap();
            assert_eq!(
                again.to_jwk().unwrap().expose(),
                key.to_jwk().unwrap().expose()
            );
        }
    }

    #[test]
    fn seed_of_another_public_key_is_rejected() {
        let jwk = zero_seed(Akp::MlDsa44).to_jwk().unwrap();
        let text = String::from_utf8(jwk.expose().to_vec()).unwrap();
        let wrong = text.replace(&"A".repeat(43), &format!("{}E", "A".repeat(42)));
        assert_ne!(wrong, text);
        assert!(Key::from_jwk(wrong.as_bytes()).is_err());
        let short = text.replace(&"A".repeat(43), &"A".repeat(42));
        assert!(Key::from_jwk(short.as_bytes()).is_err());
        let nameless = text.replace("\"alg\":\"ML-DSA-44\",", "");
        assert_ne!(nameless, text);
        assert!(Key::from_jwk(nameless.as_bytes()).is_err());
    }

    /// The parser takes the lengths from the table of algorithms.
    #[test]
    fn akp_key_of_every_algorithm_is_parsed_with_exact_lengths() {
        let mut count = 0;
        for alg in crate::crypto::alg::SIGNATURES.iter().map(Algorithm::Signature) {
            let KeyType::Akp(row) = alg.default_kind() else {
                continue;
            };
            count += 1;
            let jwk = zero_seed(row).to_jwk().unwrap();
            let jwk: serde_json::Value = serde_json::from_slice(jwk.expose()).unwrap();
            assert_eq!(jwk["alg"], alg.name());
            assert!(Key::from_jwk(jwk.to_string().as_bytes()).is_ok());
            for (member, len) in [("pub", row.public_len()), ("priv", row.seed_len())] {
                for wrong in [0, len - 1, len + 1] {
                    let mut jwk = jwk.clone();
                    jwk[member] = base64url::encode(vec![0; wrong]).into();
                    assert!(Key::from_jwk(jwk.to_string().as_bytes()).is_err());
                }
            }
        }
        assert_eq!(count, Akp::ALL.len());
        // Names of a draft that is not approved, and algorithms with keys of another type.
        for name in ["HPKE-8", "HPKE-8-KE", "ES256", "HPKE-0"] {
            let jwk = format!(r#"{{"kty":"AKP","alg":"{name}","pub":"AAAA"}}"#);
            assert!(Key::from_jwk(jwk.as_bytes()).is_err(), "{name}");
        }
    }
}
