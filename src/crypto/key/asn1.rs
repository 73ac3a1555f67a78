//! PEM and DER in and out: PKCS#1, SEC1, PKCS#8, SPKI, X.509. OpenSSL does the parsing.

use base64_simd::STANDARD;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::X509;
use zeroize::Zeroizing;

use super::{Key, Material, PublicKey, pkcs8, sec1, ssh};
use crate::crypto::certificate::{self, CertificateUse};
use crate::crypto::error::{Error, Result};
use crate::crypto::policy::{KeyDecryption, KeyEncryption};
use crate::crypto::secret::SecretBytes;

/// The most PEM blocks that are looked at.
const MAX_BLOCKS: usize = 64;

impl Key {
    /// Reads the PEM blocks of a text, in their order: private and public keys, and of a certificate chain the first
    /// certificate. Encrypted blocks are opened with the passphrase (PKCS#8 with PBES2, and the older RFC 1423).
    ///
    /// # Errors
    /// [`Error::Key`] when a block is cut short, damaged or of an unfit key; [`Error::PassphraseNeeded`] and
    /// [`Error::PassphraseWrong`].
    pub fn from_pem(text: &[u8], unlock: &KeyDecryption) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        let mut certificate_seen = false;
        let mut rest = text;
        for _ in 0..MAX_BLOCKS {
            let Some((label, block, after)) = next_block(rest)? else {
                break;
            };
            rest = after;
            match label {
                "EC PARAMETERS" | "X509 CRL" => continue,
                "CERTIFICATE" if certificate_seen => continue,
                "CERTIFICATE" => certificate_seen = true,
                _ => {}
            }
            keys.push(match label {
                "CERTIFICATE" => {
                    let damaged = || Error::Key("the certificate cannot be read".into());
                    let der = pem_body(block).ok_or_else(damaged)?;
                    Key::from_certificate(&certificate::parse_der(&der)?)?
                }
                _ => Key::new(from_block(label, block, unlock)?)?,
            });
        }
        if keys.is_empty() {
            return Err(Error::Key("the PEM file holds no key".into()));
        }
        Ok(keys)
    }

    /// Reads a DER file: PKCS#8, PKCS#1, SEC1, SPKI or a certificate.
    ///
    /// # Errors
    /// [`Error::Key`] when it is none of them, has bytes behind its end, or the key is unfit.
    pub fn from_der(der: &[u8], unlock: &KeyDecryption) -> Result<Key> {
        if outer_length(der) != Some(der.len()) {
            return Err(Error::Key(
                "the DER file is cut short or has bytes behind its end".into(),
            ));
        }
        if let Some((bare, stated)) = pkcs8::split_public_part(der) {
            let key = Key::from_der(&bare, unlock)?;
            if let Material::Private(own) = &key.material {
                pkcs8::check_public_part(&stated, own)?;
            }
            return Ok(key);
        }
        let short = (sec1::private(der).map(Material::Private))
            .or_else(|| sec1::public(der).map(Material::Public));
        if let Some(material) = short {
            return Key::new(material);
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
            Ok(material) => Key::new(material),
            Err(_) if let Ok(certificate) = certificate::parse_der(der) => {
                Key::from_certificate(&certificate)
            }
            Err(_) if pkcs8::is_encrypted(der) => {
                Key::new(Material::Private(pkcs8::open(der, unlock)?))
            }
            Err(_) => Err(Error::Key("the DER file holds no readable key".into())),
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
        let text = STANDARD.encode_to_string(der.expose());
        let mut pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n".to_vec();
        for line in text.as_bytes().chunks(64) {
            pem.extend_from_slice(line);
            pem.push(b'\n');
        }
        pem.extend_from_slice(b"-----END ENCRYPTED PRIVATE KEY-----\n");
        Ok(pem.into())
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
                "a shared secret has no PEM or DER form; use jwk".into(),
            )),
            Material::Public(_) => Err(Error::UnsuitableKey("the key is public".into())),
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

/// The bytes of a PEM block without headers.
pub(crate) fn pem_body(block: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(block).ok()?;
    let mut lines = text.lines().map(str::trim_ascii).skip(1);
    let text: String = lines
        .by_ref()
        .take_while(|line| !line.starts_with('-'))
        .collect();
    STANDARD.decode_to_vec(text).ok()
}

fn from_block(label: &str, block: &[u8], unlock: &KeyDecryption) -> Result<Material> {
    let damaged = |_| Error::Key(format!("the PEM block {label} is damaged or not supported"));
    if label == "ENCRYPTED PRIVATE KEY" {
        let der = pem_body(block).ok_or_else(|| damaged(ErrorStack::get()))?;
        return pkcs8::open(&der, unlock).map(Material::Private);
    }
    if label == "OPENSSH PRIVATE KEY" {
        return ssh::private(block, unlock);
    }
    let encrypted = b"Proc-Type: 4,ENCRYPTED";
    if block.windows(encrypted.len()).any(|w| w == encrypted) {
        // RFC 1423: one round of MD5, so there is no work to bound.
        let passphrase = unlock.passphrase.ok_or(Error::PassphraseNeeded)?;
        let fill = |buffer: &mut [u8]| Ok(pkcs8::fill(buffer, passphrase));
        return PKey::private_key_from_pem_callback(block, fill)
            .map(Material::Private)
            .map_err(|_| Error::PassphraseWrong);
    }
    let der = || pem_body(block).map(Zeroizing::new);
    if der().is_some_and(|der| outer_length(&der).is_some_and(|len| len < der.len())) {
        return Err(Error::Key(format!(
            "bytes follow the end of the PEM block {label}"
        )));
    }
    if label == "PRIVATE KEY"
        && let Some(der) = der().filter(|der| pkcs8::split_public_part(der).is_some())
    {
        return Key::from_der(&der, unlock).map(|key| key.material);
    }
    let short = match label {
        "PUBLIC KEY" => der()
            .and_then(|der| sec1::public(&der))
            .map(Material::Public),
        "PRIVATE KEY" | "EC PRIVATE KEY" => der()
            .and_then(|der| sec1::private(&der))
            .map(Material::Private),
        _ => None,
    };
    if let Some(material) = short {
        return Ok(material);
    }
    match label {
        // With the callback OpenSSL never asks on the terminal by itself.
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            PKey::private_key_from_pem_callback(block, |_| Ok(0))
                .map(Material::Private)
                .map_err(damaged)
        }
        "PUBLIC KEY" => PKey::public_key_from_pem(block)
            .map(Material::Public)
            .map_err(damaged),
        "RSA PUBLIC KEY" => Rsa::public_key_from_pem_pkcs1(block)
            .and_then(PKey::from_rsa)
            .map(Material::Public)
            .map_err(damaged),
        _ => Err(Error::Key(
            "the PEM file has a block that is neither key nor certificate".into(),
        )),
    }
}

/// A PEM block: its label, its text with both border lines, and what follows it.
pub(crate) type Block<'a> = (&'a str, &'a [u8], &'a [u8]);

pub(crate) fn next_block(text: &[u8]) -> Result<Option<Block<'_>>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let Some(start) = find(text, BEGIN) else {
        return Ok(None);
    };
    let cut = || Error::Key("the PEM file is cut short".into());
    let block = &text[start..];
    let label_end = find(&block[BEGIN.len()..], b"-----").ok_or_else(cut)?;
    let label = str::from_utf8(&block[BEGIN.len()..BEGIN.len() + label_end])
        .ok()
        .filter(|label| {
            label.len() <= 32
                && label
                    .bytes()
                    .all(|b| b == b' ' || b.is_ascii_alphanumeric())
        })
        .ok_or_else(|| Error::Key("the PEM file has a damaged border line".into()))?;
    let end = format!("-----END {label}-----");
    let end = find(block, end.as_bytes()).ok_or_else(cut)? + end.len();
    Ok(Some((label, &block[..end], &block[end..])))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
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
