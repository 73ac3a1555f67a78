//! Key wrapping: encrypts a content encryption key with a shared key or a password (RFC 7518 §4.4, §4.7, §4.8).

use openssl::aes::{self, AesKey};
use openssl::hash::MessageDigest;
use openssl::pkcs5::pbkdf2_hmac;
use openssl::symm::{self, Cipher};
use serde_json::Value;

use crate::crypto::alg::Hash;
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::random::random_bytes;
use crate::crypto::secret::SecretBytes;

/// Length of the initialization vector of AES-GCM key wrapping, in bytes (RFC 7518 §4.7.1.1).
const GCM_IV: usize = 12;
/// Length of the authentication tag of AES-GCM key wrapping, in bytes (RFC 7518 §4.7.1.2).
const GCM_TAG: usize = 16;
/// Length of a generated salt, in bytes.
const SALT: usize = 16;
/// Length of the longest salt that is accepted, in bytes.
const MAX_SALT: usize = 1024;

/// Encrypts a key with AES Key Wrap (RFC 3394).
pub(super) fn aes_wrap(kek: &SecretBytes, cek: &SecretBytes) -> Result<Vec<u8>> {
    let engine = || Error::Backend("key wrapping");
    let kek = AesKey::new_encrypt(kek.expose()).map_err(|_| engine())?;
    let mut wrapped = vec![0; cek.len() + 8];
    aes::wrap_key(&kek, None, &mut wrapped, cek.expose()).map_err(|_| engine())?;
    Ok(wrapped)
}

/// Reverses [`aes_wrap`]. Every failure is `None`, so that the reason is not revealed.
pub(super) fn aes_unwrap(kek: &SecretBytes, wrapped: &[u8]) -> Option<SecretBytes> {
    if wrapped.len() < 24 || !wrapped.len().is_multiple_of(8) {
        return None;
    }
    let kek = AesKey::new_decrypt(kek.expose()).ok()?;
    let mut cek = vec![0; wrapped.len() - 8];
    match aes::unwrap_key(&kek, None, &mut cek, wrapped) {
        Ok(len) if len == cek.len() => Some(cek.into()),
        _ => None,
    }
}

fn gcm_cipher(kek: &SecretBytes) -> Cipher {
    match kek.len() {
        16 => Cipher::aes_128_gcm(),
        24 => Cipher::aes_192_gcm(),
        _ => Cipher::aes_256_gcm(),
    }
}

/// Encrypts a key with AES-GCM. Also returns the header parameters `iv` and `tag`.
pub(super) fn gcm_wrap(kek: &SecretBytes, cek: &SecretBytes) -> Result<(Vec<u8>, Object)> {
    let iv = random_bytes(GCM_IV)?;
    let mut tag = [0; GCM_TAG];
    let wrapped = symm::encrypt_aead(
        gcm_cipher(kek),
        kek.expose(),
        Some(iv.expose()),
        b"",
        cek.expose(),
        &mut tag,
    );
    let mut header = Object::new();
    header.insert("iv".into(), base64url::encode(iv.expose()).into());
    header.insert("tag".into(), base64url::encode(tag).into());
    Ok((wrapped.map_err(|_| Error::Backend("key wrapping"))?, header))
}

/// Reverses [`gcm_wrap`]. Every failure is `None`, so that the reason is not revealed.
pub(super) fn gcm_unwrap(
    kek: &SecretBytes,
    header: &Object,
    wrapped: &[u8],
) -> Option<SecretBytes> {
    let exact = |name, len| decode_member(header, name).filter(|octets| octets.len() == len);
    let (iv, tag) = (exact("iv", GCM_IV)?, exact("tag", GCM_TAG)?);
    symm::decrypt_aead(gcm_cipher(kek), kek.expose(), Some(&iv), b"", wrapped, &tag)
        .ok()
        .map(SecretBytes::new)
}

/// Returns the header parameters `p2s`, with a new salt, and `p2c` for this number of rounds.
pub(super) fn pbes2_header(rounds: u64) -> Result<Object> {
    let mut header = Object::new();
    let salt = base64url::encode(random_bytes(SALT)?.expose());
    header.insert("p2s".into(), salt.into());
    header.insert("p2c".into(), rounds.into());
    Ok(header)
}

/// Derives the key encryption key of PBES2, of `len` bytes, from the password and the header parameters `p2s` and `p2c`.
/// The caller has limited `p2c`. `None` if a parameter is not usable.
pub(super) fn pbes2_key(
    name: &str,
    hash: Hash,
    len: usize,
    password: &SecretBytes,
    header: &Object,
) -> Option<SecretBytes> {
    let salt = decode_member(header, "p2s").filter(|salt| (8..=MAX_SALT).contains(&salt.len()))?;
    let rounds = header.get("p2c").and_then(Value::as_u64)?;
    let salt = [name.as_bytes(), &[0], &salt].concat();
    let digest = match hash {
        Hash::Sha256 => MessageDigest::sha256(),
        Hash::Sha384 => MessageDigest::sha384(),
        Hash::Sha512 => MessageDigest::sha512(),
    };
    let mut kek = vec![0; len];
    let rounds = usize::try_from(rounds).ok()?;
    pbkdf2_hmac(password.expose(), &salt, rounds, digest, &mut kek).ok()?;
    Some(kek.into())
}

fn decode_member(header: &Object, name: &str) -> Option<Vec<u8>> {
    base64url::decode(header.get(name)?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3394 §4.1.
    #[test]
    fn vectors_of_rfc_3394_are_wrapped_and_unwrapped() {
        let kek = SecretBytes::new((0..16).collect());
        let cek = SecretBytes::new((0..16).map(|n| n * 0x11).collect());
        let wrapped = aes_wrap(&kek, &cek).unwrap();
        let hex: String = wrapped.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
        assert_eq!(aes_unwrap(&kek, &wrapped).unwrap().expose(), cek.expose());
    }

    #[test]
    fn encrypted_key_of_any_other_length_is_rejected() {
        let kek = SecretBytes::new(vec![1; 16]);
        let wrapped = aes_wrap(&kek, &SecretBytes::new(vec![2; 32])).unwrap();
        for len in 0..wrapped.len() {
            assert!(aes_unwrap(&kek, &wrapped[..len]).is_none(), "{len}");
        }
    }

    #[test]
    fn gcm_wrapped_key_with_a_shorter_tag_or_iv_is_rejected() {
        let kek = SecretBytes::new(vec![1; 16]);
        let (wrapped, header) = gcm_wrap(&kek, &SecretBytes::new(vec![2; 32])).unwrap();
        assert!(gcm_unwrap(&kek, &header, &wrapped).is_some());
        for name in ["iv", "tag"] {
            let whole = decode_member(&header, name).unwrap();
            for len in 0..whole.len() {
                let mut header = header.clone();
                header.insert(name.into(), base64url::encode(&whole[..len]).into());
                assert!(
                    gcm_unwrap(&kek, &header, &wrapped).is_none(),
                    "{name} {len}"
                );
            }
        }
    }
}
