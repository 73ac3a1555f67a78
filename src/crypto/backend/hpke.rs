//! HPKE (RFC 9180) in base mode, for one message: what JWE uses of it.
//!
//! Key agreement and AEAD are OpenSSL's, HMAC is that of [`Hmac`]. OpenSSL's own `OSSL_HPKE_*` are newer than the OpenSSL of
//! many systems (3.2) and are not bound by `openssl`; the crate `hpke` lacks X448. No output of HKDF that HPKE uses here is
//! longer than the hash, so that its expansion is one HMAC (RFC 5869 section 2.3).

use openssl::bn::BigNumContext;
use openssl::derive::Deriver;
use openssl::ec::{EcKey, PointConversionForm};
use openssl::error::ErrorStack;
use openssl::pkey::{HasPublic, PKey, Private, Public};
use openssl::symm::{self, Cipher};

use crate::crypto::alg::{Aead, Curve, Hash, Hpke, Kem};
use crate::crypto::error::{Error, Result};
use crate::crypto::hmac::Hmac;
use crate::crypto::key::{Key, Material, ec, okp};
use crate::crypto::openssl_init::configure_drbg;
use crate::crypto::secret::SecretBytes;

/// Length of an AEAD nonce in bytes.
const NONCE: usize = 12;

/// A message that is encrypted to a key.
pub(crate) struct Sealed {
    /// The encapsulated secret (`enc` in RFC 9180).
    pub(crate) encapsulated: Vec<u8>,
    /// The ciphertext, with the authentication tag at its end.
    pub(crate) ciphertext: Vec<u8>,
}

/// Encrypts a message to a public key.
///
/// # Errors
/// [`Error::Backend`].
pub(crate) fn seal(
    key: &Key,
    suite: &Hpke,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Sealed> {
    let ephemeral = generate(suite.kem).map_err(|_| Error::Backend("HPKE"))?;
    let sealed = match &key.material {
        Material::Public(key) => seal_with(&ephemeral, key, suite, info, aad, plaintext),
        Material::Private(key) => seal_with(&ephemeral, key, suite, info, aad, plaintext),
        Material::Secret(_) => None,
    };
    sealed.ok_or(Error::Backend("HPKE"))
}

fn seal_with<T: HasPublic>(
    ephemeral: &PKey<Private>,
    recipient: &PKey<T>,
    suite: &Hpke,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Option<Sealed> {
    let encapsulated = serialize(ephemeral)?;
    let shared = agree(ephemeral, recipient)?;
    let context = [&*encapsulated, &serialize(recipient)?].concat();
    let (key, nonce) = message_key(suite, &shared, &context, info)?;
    let mut tag = [0; Aead::TAG];
    let (cipher, key, nonce) = (cipher(suite.aead), key.expose(), Some(nonce.expose()));
    let ciphertext = symm::encrypt_aead(cipher, key, nonce, aad, plaintext, &mut tag);
    let mut ciphertext = ciphertext.ok()?;
    ciphertext.extend_from_slice(&tag);
    Some(Sealed {
        encapsulated,
        ciphertext,
    })
}

/// Decrypts a message; `None` whatever the reason.
pub(crate) fn open(
    key: &Key,
    suite: &Hpke,
    info: &[u8],
    aad: &[u8],
    encapsulated: &[u8],
    ciphertext: &[u8],
) -> Option<SecretBytes> {
    let Material::Private(private) = &key.material else {
        return None;
    };
    let (ciphertext, tag) = ciphertext.split_last_chunk::<{ Aead::TAG }>()?;
    let ephemeral = deserialize(suite.kem, encapsulated)?;
    let shared = agree(private, &ephemeral)?;
    let context = [encapsulated, &serialize(private)?].concat();
    let (key, nonce) = message_key(suite, &shared, &context, info)?;
    let (cipher, key, nonce) = (cipher(suite.aead), key.expose(), Some(nonce.expose()));
    symm::decrypt_aead(cipher, key, nonce, aad, ciphertext, tag)
        .ok()
        .map(SecretBytes::new)
}

/// Derives the key and the nonce of the first message (RFC 9180 sections 4.1 and 5.1) from the shared point. `kem_context`
/// is the encapsulated secret and the public key of the recipient.
fn message_key(
    suite: &Hpke,
    shared: &SecretBytes,
    kem_context: &[u8],
    info: &[u8],
) -> Option<(SecretBytes, SecretBytes)> {
    let [kem_id, kdf_id, aead_id] = suite.ids().map(u16::to_be_bytes);
    let kem = LabeledHkdf {
        hash: suite.kem.hash(),
        suite: &[b"KEM", &kem_id[..]].concat(),
    };
    let secret = kem.extract(b"", b"eae_prk", shared.expose())?;
    let secret = kem.expand(&secret, b"shared_secret", kem_context, kem.hash.bytes())?;
    let hkdf = LabeledHkdf {
        hash: suite.kdf,
        suite: &[b"HPKE", &kem_id[..], &kdf_id, &aead_id].concat(),
    };
    // Base mode: mode 0, an empty PSK and an empty PSK ID.
    let psk_id_hash = hkdf.extract(b"", b"psk_id_hash", b"")?;
    let info_hash = hkdf.extract(b"", b"info_hash", info)?;
    let context = [&[0], psk_id_hash.expose(), info_hash.expose()].concat();
    let secret = hkdf.extract(secret.expose(), b"secret", b"")?;
    Some((
        hkdf.expand(&secret, b"key", &context, suite.aead.key_len())?,
        hkdf.expand(&secret, b"base_nonce", &context, NONCE)?,
    ))
}

/// HKDF with the labels of RFC 9180 section 4.
struct LabeledHkdf<'a> {
    hash: Hash,
    suite: &'a [u8],
}

impl LabeledHkdf<'_> {
    fn extract(&self, salt: &[u8], label: &[u8], secret: &[u8]) -> Option<SecretBytes> {
        let parts = [b"HPKE-v1", self.suite, label, secret];
        Some(Hmac::new(self.hash, salt)?.tag(&parts).into())
    }

    /// Expands to at most the length of the hash: the first block.
    fn expand(
        &self,
        secret: &SecretBytes,
        label: &[u8],
        info: &[u8],
        len: usize,
    ) -> Option<SecretBytes> {
        let length = u16::try_from(len).ok()?.to_be_bytes();
        let parts = [&length[..], b"HPKE-v1", self.suite, label, info, &[1]];
        let mut block = Hmac::new(self.hash, secret.expose())?.tag(&parts);
        if len > block.len() {
            return None;
        }
        block.truncate(len);
        Some(block.into())
    }
}

/// Makes an ephemeral key pair.
fn generate(kem: Kem) -> std::result::Result<PKey<Private>, ErrorStack> {
    configure_drbg();
    let Kem::Dh(curve) = kem;
    match curve {
        Curve::X25519 => PKey::generate_x25519(),
        Curve::X448 => PKey::generate_x448(),
        curve => {
            let group = ec::group(curve).map_err(|_| ErrorStack::get())?;
            PKey::from_ec_key(EcKey::generate(&group)?)
        }
    }
}

/// The shared point. OpenSSL fails for a point of small order, whose result would be zero (RFC 9180 section 7.1.4).
fn agree<T: HasPublic>(own: &PKey<Private>, other: &PKey<T>) -> Option<SecretBytes> {
    let mut deriver = Deriver::new(own).ok()?;
    deriver.set_peer(other).ok()?;
    deriver.derive_to_vec().ok().map(SecretBytes::new)
}

/// Encodes a public key: an uncompressed point, or the bytes of X25519 and X448 (RFC 9180 section 7.1.1).
fn serialize<T: HasPublic>(key: &PKey<T>) -> Option<Vec<u8>> {
    let Ok(ec) = key.ec_key() else {
        return key.raw_public_key().ok();
    };
    let mut ctx = BigNumContext::new().ok()?;
    let form = PointConversionForm::UNCOMPRESSED;
    ec.public_key().to_bytes(ec.group(), form, &mut ctx).ok()
}

/// Decodes a public key, which must be on its curve.
fn deserialize(kem: Kem, bytes: &[u8]) -> Option<PKey<Public>> {
    let Kem::Dh(curve) = kem;
    if bytes.len() != kem.encapsulated_len() {
        return None;
    }
    if !curve.is_ec() {
        return okp::public(curve, bytes).ok();
    }
    let (x, y) = bytes.strip_prefix(&[4])?.split_at(curve.bytes());
    PKey::from_ec_key(ec::public(curve, x, y).ok()?).ok()
}

fn cipher(aead: Aead) -> Cipher {
    match aead {
        Aead::Aes128Gcm => Cipher::aes_128_gcm(),
        Aead::Aes256Gcm => Cipher::aes_256_gcm(),
        Aead::ChaCha20Poly1305 => Cipher::chacha20_poly1305(),
    }
}
