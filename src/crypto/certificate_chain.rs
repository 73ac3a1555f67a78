//! Certificate chains (RFC 7515 §4.1.6, RFC 7517 §4.7): written to a header, and validated against given roots.

use base64_simd::STANDARD;
use openssl::error::ErrorStack;
use openssl::sha::{sha1, sha256};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509StoreContext, X509VerifyResult};
use serde_json::Value;

use super::base64url;
use super::error::{Error, Result};
use super::json::Object;
use super::key::certificate::{CertificateUse, parse_der};
use super::key::{Key, ThumbprintHash};

/// The largest number of certificates in a chain.
pub(crate) const MAX_CHAIN: usize = 16;

/// The security level of OpenSSL that every certificate of a chain must meet.
const SECURITY_LEVEL: i32 = 2;

/// Why OpenSSL does not trust a certificate chain.
pub(crate) enum ChainFault {
    NotYetValid,
    Expired,
    /// The chain does not lead to a trusted certificate.
    NoTrustedRoot,
    /// A signature is not valid: the issuer has the name of a trusted certificate, but a different key.
    WrongSignature,
    SmallKey,
    WeakHash,
    /// The certificate is for another host.
    OtherHost,
    Other,
}

impl ChainFault {
    /// Converts an OpenSSL result. The numbers are the X509_V_ERR_* constants of x509_vfy.h, which are stable.
    pub(crate) fn from_verify_result(verdict: X509VerifyResult) -> ChainFault {
        match verdict.as_raw() {
            2 | 18..=21 => ChainFault::NoTrustedRoot,
            7 => ChainFault::WrongSignature,
            9 => ChainFault::NotYetValid,
            10 => ChainFault::Expired,
            62 | 64 => ChainFault::OtherHost,
            66 | 67 => ChainFault::SmallKey,
            68 => ChainFault::WeakHash,
            _ => ChainFault::Other,
        }
    }
}

/// A certificate chain. The certificate of the key is the first.
#[derive(Debug)]
pub struct Chain(Vec<X509>);

impl Chain {
    /// Returns a chain of these certificates.
    ///
    /// # Errors
    /// [`Error::Key`] if there are none, or too many.
    pub(crate) fn new(certificates: Vec<X509>) -> Result<Chain> {
        match certificates.len() {
            1..=MAX_CHAIN => Ok(Chain(certificates)),
            count => Err(Error::Key(format!(
                "the certificate chain has {count} certificates; it must have 1 to {MAX_CHAIN}"
            ))),
        }
    }

    /// Parses one certificate.
    ///
    /// # Errors
    /// [`Error::Key`] if it is damaged.
    pub fn from_der(der: &[u8]) -> Result<Chain> {
        Chain::new(vec![parse_der(der)?])
    }

    /// Parses an `x5c` member: a list of DER certificates in base64, not base64url.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is not such a list.
    pub fn from_x5c(x5c: &Value) -> Result<Chain> {
        let malformed = || Error::Malformed("x5c is not an array of certificates".into());
        let items = x5c.as_array().filter(|items| items.len() <= MAX_CHAIN);
        let certificates = items.ok_or_else(malformed)?.iter().map(|item| {
            let der = STANDARD.decode_to_vec(item.as_str()?).ok()?;
            parse_der(&der).ok()
        });
        let chain: Option<Vec<X509>> = certificates.collect();
        Chain::new(chain.ok_or_else(malformed)?).map_err(|_| malformed())
    }

    /// Returns the key of the first certificate.
    ///
    /// # Errors
    /// [`Error::Key`] if it is not an acceptable key.
    pub fn key(&self) -> Result<Key> {
        Key::from_certificate(&self.0[0])
    }

    /// Checks that the first certificate contains this key.
    ///
    /// # Errors
    /// [`Error::Key`] if it contains another key.
    pub fn check_key(&self, key: &Key) -> Result<()> {
        let thumbprint = |key: &Key| key.thumbprint(ThumbprintHash::Sha256);
        if thumbprint(&self.key()?)? == thumbprint(key)? {
            Ok(())
        } else {
            Err(Error::Key(
                "the first certificate of the chain is for another key".into(),
            ))
        }
    }

    /// Returns the header parameters `x5c` and `x5t#S256`.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn x5c_header(&self) -> Result<Object> {
        let ders = self.0.iter().map(|certificate| certificate.to_der());
        let ders = ders.collect::<std::result::Result<Vec<_>, _>>();
        let ders = ders.map_err(|_| Error::Backend("certificate"))?;
        let mut header = Object::new();
        let x5c: Vec<Value> =
            ders.iter().map(|der| STANDARD.encode_to_string(der).into()).collect();
        header.insert("x5c".into(), x5c.into());
        header.extend(self.x5t_header()?.into_iter().filter(|(name, _)| name != "x5t"));
        Ok(header)
    }

    /// Returns the header parameters `x5t` and `x5t#S256`, the thumbprints of the first certificate.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn x5t_header(&self) -> Result<Object> {
        let der = self.0[0].to_der().map_err(|_| Error::Backend("certificate"))?;
        let mut header = Object::new();
        header.insert("x5t".into(), base64url::encode(sha1(&der)).into());
        header.insert("x5t#S256".into(), base64url::encode(sha256(&der)).into());
        Ok(header)
    }

    /// Whether one of the certificates is self-signed. Such a root does not need to be part of a chain (RFC 5280 §6.1).
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn has_self_signed(&self) -> Result<bool> {
        for certificate in &self.0 {
            let key = certificate.public_key().map_err(|_| Error::Backend("certificate"))?;
            if certificate.verify(&key).unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Validates the chain against the roots at `now` (Unix seconds): signatures, validity periods, basic constraints, and that
    /// the first certificate may be used for signatures. Returns the key of the first certificate.
    ///
    /// # Errors
    /// [`Error::NoKey`] if the chain is not valid.
    pub fn validate(&self, roots: &Chain, now: i64) -> Result<Key> {
        let valid = self.is_valid(roots, now).map_err(|_| Error::Backend("certificate"))?;
        match valid {
            Ok(()) => self.key(),
            Err(why) => Err(Error::NoKey(format!(
                "the token's certificate chain is not valid: {why}"
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
        // Level 2 requires 112 bits of security: no MD5, no SHA-1, no RSA key below 2,048 bits. The signature of the root is
        // not checked.
        parameters.set_auth_level(SECURITY_LEVEL);
        store.set_param(&parameters)?;
        let mut others = Stack::new()?;
        for certificate in &self.0[1..] {
            others.push(certificate.clone())?;
        }
        let Ok(leaf) = CertificateUse::from_certificate(&self.0[0]) else {
            return Ok(Err("its first certificate cannot be read"));
        };
        if !leaf.allows_signatures() {
            return Ok(Err("its first certificate is not for signatures"));
        }
        if leaf.forbids_tokens() {
            return Ok(Err(
                "its first certificate is for other purposes (extended key usage)",
            ));
        }
        let mut context = X509StoreContext::new()?;
        context.init(&store.build(), &self.0[0], &others, |context| {
            Ok(if context.verify_cert()? {
                Ok(())
            } else {
                Err(match ChainFault::from_verify_result(context.error()) {
                    ChainFault::NotYetValid => "a certificate is not yet valid",
                    ChainFault::Expired => "a certificate has expired",
                    ChainFault::NoTrustedRoot => "it does not lead to a given root",
                    ChainFault::WrongSignature => "a signature in it is wrong",
                    ChainFault::SmallKey => "a key in it is too small",
                    ChainFault::WeakHash => "a signature in it uses a weak hash",
                    ChainFault::OtherHost | ChainFault::Other => {
                        "a certificate does not allow this use"
                    }
                })
            })
        })
    }
}
