//! Certificate chains (RFC 7515 §4.1.6, RFC 7517 §4.7): made part of a header, and validated against given roots.

use base64_simd::STANDARD;
use memchr::memmem;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509KeyUsage, X509StoreContext};
use serde_json::Value;

use super::base64url;
use super::error::{Error, Result};
use super::json::Object;
use super::key::asn1::outer_length;
use super::key::{Key, ThumbprintHash, pem};

/// The most certificates of a chain.
const MAX_CHAIN: usize = 16;

/// The security level of OpenSSL that every certificate of a chain has to reach.
const SECURITY_LEVEL: i32 = 2;

/// Parses one DER certificate.
///
/// # Errors
/// [`Error::Key`] if it is damaged, or bytes follow it.
pub(super) fn parse_der(der: &[u8]) -> Result<X509> {
    match X509::from_der(der) {
        Ok(_) if outer_length(der) != Some(der.len()) => {
            Err(Error::Key("bytes follow the end of the certificate".into()))
        }
        Ok(certificate) => Ok(certificate),
        Err(_) => Err(Error::Key("the certificate cannot be read".into())),
    }
}

/// What the certificate of a key says about its use: when it is valid, and for what.
#[derive(Debug, Clone, Copy)]
pub struct CertificateUse {
    /// The start of its validity (Unix seconds).
    not_before: i64,
    /// The end of its validity (Unix seconds).
    not_after: i64,
    /// Whether its key usage, if there is one, includes digital signatures.
    allows_signatures: bool,
    purpose: KeyPurpose,
}

impl CertificateUse {
    pub(super) fn of(certificate: &X509) -> Result<CertificateUse> {
        let backend = |_| Error::Backend("certificate");
        let epoch = Asn1Time::from_unix(0).map_err(backend)?;
        let unix = |time: &Asn1TimeRef| {
            let since = epoch.diff(time).map_err(backend)?;
            Ok(i64::from(since.days) * 86_400 + i64::from(since.secs))
        };
        let allows = |usage: X509KeyUsage| usage.contains(X509KeyUsage::DIGITAL_SIGNATURE);
        Ok(CertificateUse {
            not_before: unix(certificate.not_before())?,
            not_after: unix(certificate.not_after())?,
            allows_signatures: certificate.key_usage().is_none_or(allows),
            purpose: KeyPurpose::of(&certificate.to_der().map_err(backend)?),
        })
    }

    /// Returns what is unusual about verifying signatures with the key at `now` (Unix seconds). The caller has chosen the
    /// certificate, so that these are warnings.
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
        validity
            .into_iter()
            .chain(usage)
            .chain(self.purpose_warning())
            .collect()
    }

    /// Returns a warning if the certificate is for particular purposes (extended key usage).
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
    fn of(der: &[u8]) -> KeyPurpose {
        /// The object identifiers 2.5.29.37 and 2.5.29.37.0 in DER.
        const EXTENDED_KEY_USAGE: &[u8] = &[6, 3, 0x55, 0x1d, 0x25];
        const ANY: &[u8] = &[6, 4, 0x55, 0x1d, 0x25, 0];
        let mut purpose = KeyPurpose::Any;
        for at in memmem::find_iter(der, EXTENDED_KEY_USAGE) {
            let rest = &der[at + EXTENDED_KEY_USAGE.len()..];
            let critical = rest.strip_prefix(&[1, 1, 0xff]);
            let Some([4, len, value @ ..]) = critical.or(Some(rest)) else {
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

/// Certificates, the one of the key itself first.
#[derive(Debug)]
pub struct Chain(Vec<X509>);

impl Chain {
    /// Reads the certificates of a PEM file.
    ///
    /// # Errors
    /// [`Error::Key`] when there is none, or one is damaged.
    pub fn from_pem(text: &[u8]) -> Result<Chain> {
        let mut chain = Vec::new();
        for block in pem::blocks(text) {
            let block = block?;
            if block.is_certificate() && chain.len() <= MAX_CHAIN {
                chain.push(block.certificate()?);
            }
        }
        Chain(chain).bounded()
    }

    /// Reads an `x5c` member: a list of DER certificates in base64, not base64url.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_x5c(x5c: &Value) -> Result<Chain> {
        let malformed = || Error::Malformed("x5c is not a list of certificates".into());
        let items = x5c.as_array().filter(|items| items.len() <= MAX_CHAIN);
        let certificates = items.ok_or_else(malformed)?.iter().map(|item| {
            let der = STANDARD.decode_to_vec(item.as_str()?).ok()?;
            parse_der(&der).ok()
        });
        let chain: Option<Vec<X509>> = certificates.collect();
        Chain(chain.ok_or_else(malformed)?)
            .bounded()
            .map_err(|_| malformed())
    }

    fn bounded(self) -> Result<Chain> {
        match self.0.len() {
            1..=MAX_CHAIN => Ok(self),
            count => Err(Error::Key(format!(
                "the chain has {count} certificates, where 1 to {MAX_CHAIN} are allowed"
            ))),
        }
    }

    /// The key of the first certificate.
    ///
    /// # Errors
    /// [`Error::Key`] when it is unfit.
    pub fn key(&self) -> Result<Key> {
        Key::from_certificate(&self.0[0])
    }

    /// Makes sure that the first certificate is the one of this key.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn check_key(&self, key: &Key) -> Result<()> {
        let thumbprint = |key: &Key| key.thumbprint(ThumbprintHash::Sha256);
        match thumbprint(&self.key()?)? == thumbprint(key)? {
            true => Ok(()),
            false => Err(Error::Key(
                "the first certificate of the chain is not the key's".into(),
            )),
        }
    }

    /// The header parameters `x5c` and `x5t#S256`.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn header(&self) -> Result<Object> {
        let ders = self.0.iter().map(|certificate| certificate.to_der());
        let ders = ders.collect::<std::result::Result<Vec<_>, _>>();
        let ders = ders.map_err(|_| Error::Backend("certificate"))?;
        let mut hash = openssl::sha::Sha256::new();
        hash.update(&ders[0]);
        let mut header = Object::new();
        let x5c: Vec<Value> = ders
            .iter()
            .map(|der| STANDARD.encode_to_string(der).into())
            .collect();
        header.insert("x5c".into(), x5c.into());
        header.insert("x5t#S256".into(), base64url::encode(hash.finish()).into());
        Ok(header)
    }

    /// Validates the chain against the roots at `now` (Unix seconds): signatures, dates, basic constraints, and that the
    /// first certificate may be used for signatures.
    ///
    /// # Errors
    /// [`Error::NoKey`].
    pub fn validate(&self, roots: &Chain, now: i64) -> Result<Key> {
        let valid = self
            .is_valid(roots, now)
            .map_err(|_| Error::Backend("certificate"))?;
        match valid {
            Ok(()) => self.key(),
            Err(why) => Err(Error::NoKey(format!(
                "the token's certificate chain does not hold: {why}"
            ))),
        }
    }

    fn is_valid(
        &self,
        roots: &Chain,
        now: i64,
    ) -> std::result::Result<std::result::Result<(), &'static str>, ErrorStack> {
        let mut store = X509StoreBuilder::new()?;
        for root in &roots.0 {
            store.add_cert(root.clone())?;
        }
        let mut parameters = X509VerifyParam::new()?;
        parameters.set_time(now);
        parameters.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        parameters.set_depth(MAX_CHAIN as i32);
        // 112 bits: no MD5, no SHA-1, no RSA key below 2,048 bits. The signature of the root itself is not checked.
        parameters.set_auth_level(SECURITY_LEVEL);
        store.set_param(&parameters)?;
        let mut others = Stack::new()?;
        for certificate in &self.0[1..] {
            others.push(certificate.clone())?;
        }
        let Ok(leaf) = CertificateUse::of(&self.0[0]) else {
            return Ok(Err("its first certificate cannot be read"));
        };
        if !leaf.allows_signatures {
            return Ok(Err("its first certificate is not for signatures"));
        }
        if leaf.purpose == KeyPurpose::OtherCritical {
            return Ok(Err(
                "its first certificate is for other purposes (extended key usage)",
            ));
        }
        let mut context = X509StoreContext::new()?;
        context.init(&store.build(), &self.0[0], &others, |context| {
            Ok(match context.verify_cert()? {
                true => Ok(()),
                false => Err(match context.error().as_raw() {
                    9 => "a certificate is not yet valid",
                    10 => "a certificate has expired",
                    2 | 18 | 19 | 20 | 21 => "it leads to none of the roots",
                    7 => "a signature in it is wrong",
                    66 | 67 => "a key in it is too small",
                    68 => "a signature in it uses a weak hash",
                    _ => "a certificate may not be used so",
                }),
            })
        })
    }
}
