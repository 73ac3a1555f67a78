//! The key derivation of ECDH-ES (RFC 7518 section 4.6.2) from the shared secret of a key agreement.

use openssl::sha::Sha256;

use crate::crypto::base64url;
use crate::crypto::json::Object;
use crate::crypto::secret::SecretBytes;

/// Length of a SHA-256 digest, in bytes.
const DIGEST: usize = 32;

/// Derives `len` bytes for the algorithm with this name, using `apu` and `apv` of the header; `None` if one of them is not
/// base64url.
pub(super) fn concat_kdf(
    shared: &SecretBytes,
    algorithm: &str,
    header: &Object,
    len: usize,
) -> Option<SecretBytes> {
    let party = |name: &str| match header.get(name) {
        None => Some(Vec::new()),
        Some(value) => base64url::decode(value.as_str()?),
    };
    let (apu, apv) = (party("apu")?, party("apv")?);
    let mut key = SecretBytes::new(vec![0; len]);
    for (round, part) in (1u32..).zip(key.expose_mut().chunks_mut(DIGEST)) {
        let mut digest = Sha256::new();
        digest.update(&round.to_be_bytes());
        digest.update(shared.expose());
        for field in [algorithm.as_bytes(), &apu, &apv] {
            digest.update(&(field.len() as u32).to_be_bytes());
            digest.update(field);
        }
        digest.update(&(len as u32 * 8).to_be_bytes());
        let digest = zeroize::Zeroizing::new(digest.finish());
        part.copy_from_slice(&digest[..part.len()]);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7518 appendix C.
    #[test]
    fn key_of_rfc_7518_appendix_c_is_derived() {
        let shared = SecretBytes::new(vec![
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49,
            110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ]);
        let header = Object::from_iter([
            ("apu".into(), "QWxpY2U".into()),
            ("apv".into(), "Qm9i".into()),
        ]);
        let key = concat_kdf(&shared, "A128GCM", &header, 16).unwrap();
        assert_eq!(base64url::encode(key.expose()), "VqqN6vgjbSBcIijNcacQGg");
    }
}
