//! The six content encryption algorithms (RFC 7518 §5), with OpenSSL's ciphers.
//!
//! The initialization vector and the tag must have exactly the length that the algorithm specifies, because a shorter tag
//! can be guessed. The MAC is compared in constant time before anything is decrypted, because a check of the padding before
//! the MAC would be a padding oracle.

use openssl::memcmp;
use openssl::symm::{self, Cipher as Engine};

use crate::crypto::alg::{Cipher, ContentEncryption, Hash};
use crate::crypto::error::{Error, Result};
use crate::crypto::hmac::Hmac;
use crate::crypto::secret::SecretBytes;

/// Returns the ciphertext and the authentication tag. `cek` and `iv` have the lengths that the algorithm requires.
///
/// # Errors
/// [`Error::Backend`].
pub(super) fn encrypt_content(
    enc: &ContentEncryption,
    cek: &SecretBytes,
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<(Vec<u8>, Vec<u8>)> {
    let engine = |_| Error::Backend("content encryption");
    match enc.cipher {
        Cipher::Gcm => {
            let mut tag = vec![0; enc.tag_len];
            symm::encrypt_aead(
                gcm_engine(enc),
                cek.expose(),
                Some(iv),
                aad,
                plaintext,
                &mut tag,
            )
            .map(|ciphertext| (ciphertext, tag))
            .map_err(engine)
        }
        Cipher::CbcHmac(hash) => {
            let (mac_key, key) = cek.expose().split_at(enc.key_len / 2);
            let ciphertext =
                symm::encrypt(cbc_engine(enc), key, Some(iv), plaintext).map_err(engine)?;
            let tag = cbc_tag(enc, hash, mac_key, aad, iv, &ciphertext)
                .ok_or(Error::Backend("content encryption"))?;
            Ok((ciphertext, tag))
        }
    }
}

/// Decrypts the ciphertext. Every failure is `None`, so that the reason is not revealed.
pub(super) fn decrypt_content(
    enc: &ContentEncryption,
    cek: &SecretBytes,
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8],
) -> Option<SecretBytes> {
    if cek.len() != enc.key_len || iv.len() != enc.iv_len || tag.len() != enc.tag_len {
        return None;
    }
    let plaintext = match enc.cipher {
        Cipher::Gcm => symm::decrypt_aead(
            gcm_engine(enc),
            cek.expose(),
            Some(iv),
            aad,
            ciphertext,
            tag,
        )
        .ok()?,
        Cipher::CbcHmac(hash) => {
            let (mac_key, key) = cek.expose().split_at(enc.key_len / 2);
            let expected = cbc_tag(enc, hash, mac_key, aad, iv, ciphertext)?;
            if !memcmp::eq(&expected, tag) || ciphertext.is_empty() {
                return None;
            }
            symm::decrypt(cbc_engine(enc), key, Some(iv), ciphertext).ok()?
        }
    };
    Some(plaintext.into())
}

/// Returns the tag of RFC 7518 §5.2.2.1: the first half of the MAC over AAD, IV, ciphertext and the length of the AAD in bits.
fn cbc_tag(
    enc: &ContentEncryption,
    hash: Hash,
    mac_key: &[u8],
    aad: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Option<Vec<u8>> {
    let aad_bits = (aad.len() as u64 * 8).to_be_bytes();
    let mut tag = Hmac::new(hash, mac_key)?.tag(&[aad, iv, ciphertext, &aad_bits]);
    tag.truncate(enc.tag_len);
    Some(tag)
}

fn gcm_engine(enc: &ContentEncryption) -> Engine {
    match enc.key_len {
        16 => Engine::aes_128_gcm(),
        24 => Engine::aes_192_gcm(),
        _ => Engine::aes_256_gcm(),
    }
}

fn cbc_engine(enc: &ContentEncryption) -> Engine {
    match enc.key_len {
        32 => Engine::aes_128_cbc(),
        48 => Engine::aes_192_cbc(),
        _ => Engine::aes_256_cbc(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::alg::CONTENT_ENCRYPTIONS;

    fn encrypted_sample(enc: &ContentEncryption) -> (SecretBytes, Vec<u8>, Vec<u8>, Vec<u8>) {
        let cek = SecretBytes::new((0..enc.key_len as u8).collect());
        let iv = vec![7; enc.iv_len];
        let (ciphertext, tag) = encrypt_content(enc, &cek, &iv, b"aad", b"plaintext").unwrap();
        (cek, iv, ciphertext, tag)
    }

    #[test]
    fn changed_bit_of_iv_aad_ciphertext_or_tag_is_rejected() {
        for enc in CONTENT_ENCRYPTIONS {
            let (cek, iv, ciphertext, tag) = encrypted_sample(enc);
            let open = |iv: &[u8], aad: &[u8], ciphertext: &[u8], tag: &[u8]| {
                decrypt_content(enc, &cek, iv, aad, ciphertext, tag)
            };
            let plain = open(&iv, b"aad", &ciphertext, &tag).unwrap();
            assert_eq!(plain.expose(), b"plaintext", "{}", enc.name);
            let flipped = |bytes: &[u8], bit: usize| {
                let mut bytes = bytes.to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            };
            for bit in 0..8 * iv.len() {
                assert!(open(&flipped(&iv, bit), b"aad", &ciphertext, &tag).is_none());
            }
            for bit in 0..8 * ciphertext.len() {
                assert!(open(&iv, b"aad", &flipped(&ciphertext, bit), &tag).is_none());
            }
            for bit in 0..8 * tag.len() {
                assert!(open(&iv, b"aad", &ciphertext, &flipped(&tag, bit)).is_none());
            }
            assert!(open(&iv, b"aaD", &ciphertext, &tag).is_none());
        }
    }

    #[test]
    fn short_tag_iv_or_key_is_rejected() {
        for enc in CONTENT_ENCRYPTIONS {
            let (cek, iv, ciphertext, tag) = encrypted_sample(enc);
            for len in 0..tag.len() {
                assert!(
                    decrypt_content(enc, &cek, &iv, b"aad", &ciphertext, &tag[..len]).is_none()
                );
            }
            for len in 0..iv.len() {
                assert!(
                    decrypt_content(enc, &cek, &iv[..len], b"aad", &ciphertext, &tag).is_none()
                );
            }
            for len in 0..cek.len() {
                let cek = SecretBytes::new(cek.expose()[..len].to_vec());
                assert!(decrypt_content(enc, &cek, &iv, b"aad", &ciphertext, &tag).is_none());
            }
        }
    }

    #[test]
    fn empty_cbc_ciphertext_with_a_valid_tag_is_rejected() {
        for enc in CONTENT_ENCRYPTIONS {
            let Cipher::CbcHmac(hash) = enc.cipher else {
                continue;
            };
            let (cek, iv, ..) = encrypted_sample(enc);
            let mac_key = &cek.expose()[..enc.key_len / 2];
            let tag = cbc_tag(enc, hash, mac_key, b"aad", &iv, b"").unwrap();
            assert!(decrypt_content(enc, &cek, &iv, b"aad", b"", &tag).is_none());
        }
    }
}
