//! Parses DER (PKCS#1, SEC1, PKCS#8, SPKI, X.509) with OpenSSL, and serializes keys as PKCS#8 and SPKI in DER or PEM.

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;

use super::{pem, pkcs8, pkcs12, sec1};
use crate::crypto::error::{Error, Result};
use crate::crypto::key::certificate;
use crate::crypto::key::der::{is_encrypted, is_pkcs12, outer_length, unsupported_key};
use crate::crypto::policy::{KeyDecryption, KeyEncryption};
use crate::crypto::secret::SecretBytes;
use crate::crypto::{Key, PublicKey};

/// Parses the keys of a DER file, which is PKCS#12 or a file for [`from_der`]. Also returns the reasons for which parts were
/// skipped.
///
/// # Errors
/// As [`from_der`].
pub(crate) fn from_der_file(
    der: &[u8],
    decryption: &KeyDecryption,
) -> Result<(Vec<Key>, Vec<String>)> {
    if is_pkcs12(der) {
        pkcs12::read_pkcs12(der, decryption)
    } else {
        from_der(der, decryption).map(|key| (vec![key], Vec::new()))
    }
}

/// Parses a DER file: PKCS#8, PKCS#1, SEC1, SPKI or a certificate.
///
/// # Errors
/// [`Error::Key`] if it has another structure or trailing bytes, or the key is not acceptable.
pub fn from_der(der: &[u8], decryption: &KeyDecryption) -> Result<Key> {
    if outer_length(der) != Some(der.len()) {
        return Err(Error::Key(
            "the DER file is truncated or has trailing bytes".into(),
        ));
    }
    from_exact_der(der, decryption)?
        .ok_or_else(|| Error::Key("the DER file contains no readable key".into()))
}

/// Parses a single DER structure; `None` if it contains no key.
///
/// # Errors
/// [`Error::KeyFormat`] for a key whose algorithm is not supported; otherwise as [`from_der`].
pub(super) fn from_exact_der(der: &[u8], decryption: &KeyDecryption) -> Result<Option<Key>> {
    if is_encrypted(der) {
        return pkcs8::decrypt_key(der, decryption).map(Some);
    }
    if let Some((bare, stated)) = pkcs8::split_public_part(der) {
        let key = from_exact_der(&bare, decryption)?;
        if let Some(own) = key.as_ref().and_then(Key::private_half) {
            pkcs8::check_public_part(&stated, own)?;
        }
        return Ok(key);
    }
    if let Some(key) = sec1::parse_private(der) {
        return Key::from_private(key).map(Some);
    }
    if let Some(key) = sec1::parse_public(der) {
        return Key::from_public(key).map(Some);
    }
    if let Ok(key) = PKey::private_key_from_der(der) {
        return Key::from_private(key).map(Some);
    }
    let public = PKey::public_key_from_der(der)
        .or_else(|_| Rsa::public_key_from_der_pkcs1(der).and_then(PKey::from_rsa));
    match public {
        Ok(key) => Key::from_public(key).map(Some),
        Err(_) if let Ok(certificate) = certificate::parse_der(der) => {
            Key::from_certificate(&certificate).map(Some)
        }
        Err(_) => match unsupported_key(der) {
            Some(format) => Err(Error::KeyFormat {
                format,
                fix: "create a key with jotsmith keygen".into(),
            }),
            None => Ok(None),
        },
    }
}

impl Key {
    /// Returns encrypted PKCS#8 DER: PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA256 (RFC 8018).
    ///
    /// # Errors
    /// If the key is a shared secret, is public or cannot be exported.
    pub fn to_encrypted_pkcs8_der(&self, encryption: &KeyEncryption) -> Result<SecretBytes> {
        self.private_form(|key| pkcs8::encrypt_key(key, encryption))
    }

    /// Returns encrypted PKCS#8 PEM, as [`Key::to_encrypted_pkcs8_der`] does.
    ///
    /// # Errors
    /// If the key is a shared secret, is public or cannot be exported.
    pub fn to_encrypted_pkcs8_pem(&self, encryption: &KeyEncryption) -> Result<SecretBytes> {
        let der = self.to_encrypted_pkcs8_der(encryption)?;
        Ok(pem::encode_pem("ENCRYPTED PRIVATE KEY", &[], der.expose()))
    }

    /// Returns PKCS#8 DER.
    ///
    /// # Errors
    /// If the key is a shared secret, is public or cannot be exported.
    pub fn to_pkcs8_der(&self) -> Result<SecretBytes> {
        self.private_form(|key| encoded(key.private_key_to_pkcs8()))
    }

    /// Returns PKCS#8 PEM.
    ///
    /// # Errors
    /// If the key is a shared secret, is public or cannot be exported.
    pub fn to_pkcs8_pem(&self) -> Result<SecretBytes> {
        self.private_form(|key| encoded(key.private_key_to_pem_pkcs8()))
    }

    fn private_form(
        &self,
        encode: impl Fn(&PKey<Private>) -> Result<Vec<u8>>,
    ) -> Result<SecretBytes> {
        if let Some(key) = self.private_half() {
            return encode(key).map(SecretBytes::new);
        }
        Err(if self.is_remote() {
            self.not_exportable()
        } else if self.is_secret() {
            Error::UnsuitableKey(
                "a shared secret cannot be written as PEM or DER; use --to jwk".into(),
            )
        } else {
            Error::UnsuitableKey("the key is public".into())
        })
    }
}

impl PublicKey {
    /// Returns SPKI DER.
    pub fn to_spki_der(&self) -> Result<Vec<u8>> {
        let key = self.as_key().public_half();
        key.and_then(|key| key.public_key_to_der().ok())
            .ok_or(Error::Backend("public key encoding"))
    }

    /// Returns SPKI PEM.
    pub fn to_spki_pem(&self) -> Result<Vec<u8>> {
        let key = self.as_key().public_half();
        key.and_then(|key| key.public_key_to_pem().ok())
            .ok_or(Error::Backend("public key encoding"))
    }
}

fn encoded<T>(form: std::result::Result<T, ErrorStack>) -> Result<T> {
    form.map_err(|_| Error::Backend("key encoding"))
}

/// Returns the public keys as consecutive PEM blocks.
///
/// # Errors
/// [`Error::Backend`].
pub fn public_pem(keys: &[PublicKey]) -> Result<Vec<u8>> {
    let pems = keys.iter().map(PublicKey::to_spki_pem);
    Ok(pems.collect::<Result<Vec<_>>>()?.concat())
}
