//! ML-DSA keys (RFC 9964): kty AKP, the private part a seed of 32 bytes. They need OpenSSL 3.5, which is built in by
//! default.

use openssl::pkey::{HasPublic, KeyType as OpensslKeyType, PKey, PKeyRef, Private, Public};

use crate::crypto::alg::{KeyType, MlDsa};
use crate::crypto::error::{Error, Result};
use crate::crypto::secret::SecretBytes;

/// Length of the seed in bytes.
pub(super) const SEED: usize = 32;

const fn key_type(row: MlDsa) -> OpensslKeyType {
    match row {
        MlDsa::MlDsa44 => OpensslKeyType::ML_DSA_44,
        MlDsa::MlDsa65 => OpensslKeyType::ML_DSA_65,
        MlDsa::MlDsa87 => OpensslKeyType::ML_DSA_87,
    }
}

fn too_old() -> Error {
    Error::Key("ML-DSA needs the OpenSSL that is built in by default".into())
}

/// Which ML-DSA key OpenSSL read, if it is one.
pub(super) fn kind_of<T>(key: &PKeyRef<T>) -> Option<KeyType> {
    let mut rows = MlDsa::ALL.into_iter();
    rows.find(|row| key.is_a(key_type(*row)))
        .map(KeyType::MlDsa)
}

pub(super) fn public(row: MlDsa, bytes: &[u8]) -> Result<PKey<Public>> {
    PKey::public_key_from_raw_bytes_ex(None, key_type(row), None, bytes).map_err(|_| too_old())
}

/// The private key of this seed.
pub(crate) fn from_seed(row: MlDsa, seed: &SecretBytes) -> Result<PKey<Private>> {
    #[cfg(feature = "vendored")]
    return PKey::private_key_from_seed(None, key_type(row), None, seed.expose())
        .map_err(|_| Error::Key("the ML-DSA seed is not valid".into()));
    #[cfg(not(feature = "vendored"))]
    {
        let _ = (row, seed, key_type);
        Err(too_old())
    }
}

/// The private key of this seed, whose public key must be the one given.
pub(super) fn private(row: MlDsa, bytes: &[u8], seed: &SecretBytes) -> Result<PKey<Private>> {
    let key = from_seed(row, seed)?;
    if public_bytes(&key)? != bytes {
        return Err(Error::Key(
            "the AKP key's private and public parts do not belong together".into(),
        ));
    }
    Ok(key)
}

pub(super) fn public_bytes<T: HasPublic>(key: &PKeyRef<T>) -> Result<Vec<u8>> {
    key.raw_public_key()
        .map_err(|_| Error::Backend("ML-DSA key"))
}

/// The seed, which a file may lack: then the key has no JWK form.
pub(super) fn seed(key: &PKeyRef<Private>) -> Result<SecretBytes> {
    let mut seed = SecretBytes::new(vec![0; SEED]);
    #[cfg(feature = "vendored")]
    let read = key
        .seed_into(seed.expose_mut())
        .is_ok_and(|len| len == SEED);
    #[cfg(not(feature = "vendored"))]
    let read = {
        let _ = (key, seed.expose_mut());
        false
    };
    if read {
        Ok(seed)
    } else {
        Err(Error::Key(
            "the ML-DSA key lacks its seed, which RFC 9964 demands".into(),
        ))
    }
}

#[cfg(feature = "vendored")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key::{Key, Material, ThumbprintHash};

    fn zero_seed(row: MlDsa) -> Key {
        let seed = SecretBytes::new(vec![0; SEED]);
        Key::new(Material::Private(from_seed(row, &seed).unwrap())).unwrap()
    }

    /// The kids of the examples of RFC 9964 appendix A.
    #[test]
    fn the_thumbprint_of_the_zero_seed_is_that_of_rfc_9964() {
        for (row, kid) in [
            (
                MlDsa::MlDsa44,
                "T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o",
            ),
            (
                MlDsa::MlDsa65,
                "Suiu29qbfuaBaR4Ats-c6XQBePB_OpAxAwcTR_0KXVM",
            ),
            (
                MlDsa::MlDsa87,
                "tRn1JNIkgMsABVQBlXeDHxAIcclh-2IX0UdDEzPt5XU",
            ),
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
    fn a_seed_that_does_not_make_the_public_key_is_refused() {
        let jwk = zero_seed(MlDsa::MlDsa44).to_jwk().unwrap();
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
}
