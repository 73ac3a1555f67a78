//! The certificate that a key was read from, and the key usage that it allows.

use base64_simd::STANDARD;
use memchr::memmem;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::sha::{sha1, sha256};
use openssl::x509::{X509, X509KeyUsage};

use serde_json::Value;

use super::der::{outer_length, unsupported_certificate_key};
use super::{Key, Material};
use crate::crypto::error::{Error, Result};

/// Parses one DER certificate.
///
/// # Errors
/// [`Error::Key`] if it is damaged, or bytes follow it.
pub(crate) fn parse_der(der: &[u8]) -> Result<X509> {
    match X509::from_der(der) {
        Ok(_) if outer_length(der) != Some(der.len()) => {
            Err(Error::Key("bytes follow the end of the certificate".into()))
        }
        Ok(certificate) => Ok(certificate),
        Err(_) => Err(Error::Key("the certificate cannot be read".into())),
    }
}

impl Key {
    /// Returns the key of a certificate.
    pub(crate) fn from_certificate(certificate: &X509) -> Result<Key> {
        let key = certificate.public_key().map_err(|_| {
            let der = certificate.to_der().ok();
            match der.as_deref().and_then(unsupported_certificate_key) {
                Some(key) => Error::Key(format!("the certificate has {key}")),
                None => Error::Key("the certificate's key cannot be read".into()),
            }
        })?;
        let mut key = Key::new(Material::Public(key))?;
        key.certificate = Some(CertificateUse::from_certificate(certificate)?);
        Ok(key)
    }
}

/// Returns SHA-1 and SHA-256 of the first certificate of an `x5c`; `None` if there is none.
pub(crate) fn x5c_hashes(x5c: &Value) -> Option<([u8; 20], [u8; 32])> {
    let der = STANDARD.decode_to_vec(x5c.get(0)?.as_str()?).ok()?;
    Some((sha1(&der), sha256(&der)))
}

/// The validity period and the key usage in the certificate of a key.
#[derive(Debug, Clone, Copy)]
pub struct CertificateUse {
    /// The start of its validity (Unix seconds).
    not_before: i64,
    /// The end of its validity (Unix seconds).
    not_after: i64,
    /// Whether the key usage extension is absent or contains digitalSignature.
    allows_signatures: bool,
    purpose: KeyPurpose,
    /// SHA-1 and SHA-256 of the certificate.
    hashes: ([u8; 20], [u8; 32]),
}

impl CertificateUse {
    pub(in crate::crypto) fn from_certificate(certificate: &X509) -> Result<CertificateUse> {
        let backend = |_| Error::Backend("certificate");
        let epoch = Asn1Time::from_unix(0).map_err(backend)?;
        let unix = |time: &Asn1TimeRef| {
            let since = epoch.diff(time).map_err(backend)?;
            Ok(i64::from(since.days) * 86_400 + i64::from(since.secs))
        };
        let allows = |usage: X509KeyUsage| usage.contains(X509KeyUsage::DIGITAL_SIGNATURE);
        let der = certificate.to_der().map_err(backend)?;
        Ok(CertificateUse {
            not_before: unix(certificate.not_before())?,
            not_after: unix(certificate.not_after())?,
            allows_signatures: certificate.key_usage().is_none_or(allows),
            purpose: KeyPurpose::from_der(&der),
            hashes: (sha1(&der), sha256(&der)),
        })
    }

    /// Returns SHA-1 and SHA-256 of the certificate.
    pub(crate) fn sha1_and_sha256(&self) -> ([u8; 20], [u8; 32]) {
        self.hashes
    }

    /// Whether the key may be used for signatures.
    pub(in crate::crypto) fn allows_signatures(&self) -> bool {
        self.allows_signatures
    }

    /// Whether the certificate forbids the use of the key for tokens.
    pub(in crate::crypto) fn forbids_tokens(&self) -> bool {
        self.purpose == KeyPurpose::OtherCritical
    }

    /// Returns warnings about verifying signatures with the key at `now` (Unix seconds). They are not errors, because the
    /// caller has chosen the certificate.
    pub fn warnings(&self, now: i64) -> Vec<&'static str> {
        let validity = if now > self.not_after {
            Some("the certificate has expired")
        } else if now < self.not_before {
            Some("the certificate is not yet valid")
        } else {
            None
        };
        let usage = "the certificate is not for signatures (its key usage lacks digitalSignature)";
        let usage = (!self.allows_signatures).then_some(usage);
        validity.into_iter().chain(usage).chain(self.purpose_warning()).collect()
    }

    /// Returns a warning if the extended key usage of the certificate names other purposes only.
    pub fn purpose_warning(&self) -> Option<&'static str> {
        let text =
            "the certificate is for other purposes (its extended key usage names none for tokens)";
        (self.purpose != KeyPurpose::Any).then_some(text)
    }
}

/// The extended key usage of a certificate (RFC 5280 section 4.2.1.12). No purpose is registered for JWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyPurpose {
    /// The extension is absent or contains anyExtendedKeyUsage.
    Any,
    /// The extension names other purposes.
    Other,
    /// The extension names other purposes and is critical, so that the key must not be used for tokens.
    OtherCritical,
}

impl KeyPurpose {
    fn from_der(der: &[u8]) -> KeyPurpose {
        /// The object identifiers 2.5.29.37 and 2.5.29.37.0 in DER.
        const EXTENDED_KEY_USAGE: &[u8] = &[6, 3, 0x55, 0x1d, 0x25];
        const ANY: &[u8] = &[6, 4, 0x55, 0x1d, 0x25, 0];
        let mut purpose = KeyPurpose::Any;
        for at in memmem::find_iter(der, EXTENDED_KEY_USAGE) {
            let rest = &der[at + EXTENDED_KEY_USAGE.len()..];
            let critical = rest.strip_prefix(&[1, 1, 0xff]);
            let [4, len, value @ ..] = critical.unwrap_or(rest) else {
                continue;
            };
            let value = &value[..value.len().min(usize::from(*len))];
            if memmem::find(value, ANY).is_some() {
                continue;
            }
            if critical.is_some() {
                return KeyPurpose::OtherCritical;
            }
            purpose = KeyPurpose::Other;
        }
        purpose
    }
}
