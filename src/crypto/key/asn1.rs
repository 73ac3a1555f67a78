//! PEM and DER in and out: PKCS#1, SEC1, PKCS#8, SPKI, X.509. OpenSSL does the parsing.

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::X509;

use super::certificate::{self, CertificateUse};
use super::{Key, Material, PublicKey, pem, pkcs8, pkcs12, sec1};
use crate::crypto::error::{Error, Result};
use crate::crypto::policy::{KeyDecryption, KeyEncryption};
use crate::crypto::secret::SecretBytes;

impl Key {
    /// Reads the keys of a DER file: those of PKCS#12, or one that [`Key::from_der`] reads. Returns why parts were skipped.
    ///
    /// # Errors
    /// As [`Key::from_der`].
    pub(crate) fn from_der_file(
        der: &[u8],
        unlock: &KeyDecryption,
    ) -> Result<(Vec<Key>, Vec<String>)> {
        if pkcs12::is_pkcs12(der) {
            pkcs12::read(der, unlock)
        } else {
            Key::from_der(der, unlock).map(|key| (vec![key], Vec::new()))
        }
    }

    /// Reads a DER file: PKCS#8, PKCS#1, SEC1, SPKI or a certificate.
    ///
    /// # Errors
    /// [`Error::Key`] when it is none of them, has bytes after its end, or the key is unfit.
    pub fn from_der(der: &[u8], unlock: &KeyDecryption) -> Result<Key> {
        if outer_length(der) != Some(der.len()) {
            return Err(Error::Key(
                "the DER file is cut short or has bytes after its end".into(),
            ));
        }
        Key::from_exact_der(der, unlock)?
            .ok_or_else(|| Error::Key("the DER file contains no readable key".into()))
    }

    /// Reads DER that is one structure; `None` if it is none of those that contain a key.
    pub(super) fn from_exact_der(der: &[u8], unlock: &KeyDecryption) -> Result<Option<Key>> {
        if pkcs8::is_encrypted(der) {
            return pkcs8::decrypt(der, unlock).map(Some);
        }
        if let Some((bare, stated)) = pkcs8::split_public_part(der) {
            let key = Key::from_exact_der(&bare, unlock)?;
            if let Some(Key { material: own, .. }) = &key
                && let Material::Private(own) = own
            {
                pkcs8::check_public_part(&stated, own)?;
            }
            return Ok(key);
        }
        let short = (sec1::private(der).map(Material::Private))
            .or_else(|| sec1::public(der).map(Material::Public));
        if let Some(material) = short {
            return Key::new(material).map(Some);
        }
        let material = PKey::private_key_from_der(der)
            .map(Material::Private)
            .or_else(|_| PKey::public_key_from_der(der).map(Material::Public))
            .or_else(|_| {
                Rsa::public_key_from_der_pkcs1(der)
                    .and_then(PKey::from_rsa)
                    .map(Material::Public)
            });
        match material {
            Ok(material) => Key::new(material).map(Some),
            Err(_) if let Ok(certificate) = certificate::parse_der(der) => {
                Key::from_certificate(&certificate).map(Some)
            }
            Err(_) => Ok(None),
        }
    }

    /// Encrypted PKCS#8 DER: PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA256 (RFC 8018).
    ///
    /// # Errors
    /// A shared secret and a public key have no such form.
    pub fn to_encrypted_pkcs8_der(&self, seal: &KeyEncryption) -> Result<SecretBytes> {
        self.private_form(|key| pkcs8::seal(key, seal))
    }

    /// Encrypted PKCS#8 PEM, as [`Key::to_encrypted_pkcs8_der`].
    ///
    /// # Errors
    /// A shared secret and a public key have no such form.
    pub fn to_encrypted_pkcs8_pem(&self, seal: &KeyEncryption) -> Result<SecretBytes> {
        let der = self.to_encrypted_pkcs8_der(seal)?;
        Ok(pem::encode("ENCRYPTED PRIVATE KEY", &[], der.expose()))
    }

    /// Returns the key of a certificate.
    pub(crate) fn from_certificate(certificate: &X509) -> Result<Key> {
        let key = (certificate.public_key())
            .map_err(|_| Error::Key("the certificate's key cannot be read".into()))?;
        let mut key = Key::new(Material::Public(key))?;
        key.certificate = Some(CertificateUse::of(certificate)?);
        Ok(key)
    }

    /// PKCS#8 DER.
    ///
    /// # Errors
    /// A shared secret and a public key have no such form.
    pub fn to_pkcs8_der(&self) -> Result<SecretBytes> {
        self.private_form(|key| encoded(key.private_key_to_pkcs8()))
    }

    /// PKCS#8 PEM.
    ///
    /// # Errors
    /// A shared secret and a public key have no such form.
    pub fn to_pkcs8_pem(&self) -> Result<SecretBytes> {
        self.private_form(|key| encoded(key.private_key_to_pem_pkcs8()))
    }

    fn private_form(
        &self,
        encode: impl Fn(&PKey<Private>) -> Result<Vec<u8>>,
    ) -> Result<SecretBytes> {
        match &self.material {
            Material::Private(key) => encode(key).map(SecretBytes::new),
            Material::Secret(_) => Err(Error::UnsuitableKey(
                "a shared secret cannot be written as PEM or DER; use jwk".into(),
            )),
            Material::Public(_) => Err(Error::UnsuitableKey("the key is public".into())),
            Material::Remote(..) => Err(super::not_exportable()),
        }
    }
}

impl PublicKey {
    /// SPKI DER.
    pub fn to_spki_der(&self) -> Result<Vec<u8>> {
        match &self.0.material {
            Material::Public(key) => key.public_key_to_der(),
            _ => return Err(Error::Backend("public key encoding")),
        }
        .map_err(|_| Error::Backend("public key encoding"))
    }

    /// SPKI PEM.
    pub fn to_spki_pem(&self) -> Result<Vec<u8>> {
        match &self.0.material {
            Material::Public(key) => key.public_key_to_pem(),
            _ => return Err(Error::Backend("public key encoding")),
        }
        .map_err(|_| Error::Backend("public key encoding"))
    }
}

fn encoded<T>(form: std::result::Result<T, ErrorStack>) -> Result<T> {
    form.map_err(|_| Error::Backend("key encoding"))
}

/// The length that the outermost SEQUENCE claims, its own header included.
pub(crate) fn outer_length(der: &[u8]) -> Option<usize> {
    match *der {
        [0x30, short @ 0..=0x7f, ..] => Some(2 + short as usize),
        [0x30, 0x81, a, ..] => Some(3 + a as usize),
        [0x30, 0x82, a, b, ..] => Some(4 + u16::from_be_bytes([a, b]) as usize),
        [0x30, 0x83, a, b, c, ..] => Some(5 + u32::from_be_bytes([0, a, b, c]) as usize),
        _ => None,
    }
}
