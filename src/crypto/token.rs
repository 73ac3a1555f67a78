//! Tokens from outside: bounded, taken apart, held to the header rules; unverified until a door is passed.

use super::alg::KeyManagement;
use super::base64url;
use super::error::{Error, Result};
use super::json::{self, Object};

use serde_json::Value;

/// The largest protected header, in bytes of JSON.
pub const MAX_HEADER: usize = 64 * 1024;

/// A well-formed token about which nothing is proved.
#[derive(Debug)]
pub enum UnverifiedToken {
    /// Signed, or MACed (RFC 7515).
    Jws(UnverifiedJws),
    /// Encrypted (RFC 7516).
    Jwe(UnverifiedJwe),
}

/// A JWS before verification.
#[derive(Debug)]
pub struct UnverifiedJws {
    pub(super) signatures: Vec<UnverifiedSignature>,
    /// The payload as it stands in the signing input.
    pub(super) payload_text: String,
    pub(super) payload: Vec<u8>,
}

/// One signature of a JWS.
#[derive(Debug)]
pub struct UnverifiedSignature {
    pub(super) protected: Header,
    pub(super) signature: Vec<u8>,
}

/// A JWE before decryption.
#[derive(Debug)]
pub struct UnverifiedJwe {
    pub(super) protected: Header,
    pub(super) recipients: Vec<UnverifiedRecipient>,
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// One recipient of a JWE.
#[derive(Debug)]
pub struct UnverifiedRecipient {
    pub(super) encrypted_key: Vec<u8>,
}

/// A protected header: its text as signed, and its members.
#[derive(Debug, Clone)]
pub struct Header {
    pub(super) text: String,
    pub(super) object: Object,
}

impl UnverifiedToken {
    /// Takes a token apart and applies every rule that needs no key.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no token or exceeds `max_len` bytes; [`Error::NotAllowed`] when a header is not
    /// understood (RFC 7515 §4.1.11).
    pub fn parse(token: &[u8], max_len: usize) -> Result<UnverifiedToken> {
        if token.len() > max_len {
            return Err(Error::Malformed(format!(
                "the token is longer than the limit of {max_len} bytes"
            )));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if let Some(at) = token.iter().position(|byte| !allowed(*byte)) {
            return Err(Error::Malformed(format!(
                "byte {} cannot stand in a compact token",
                at + 1
            )));
        }
        // Only ASCII is left.
        let text = str::from_utf8(token).map_err(|_| Error::Malformed("not ASCII".into()))?;
        let dots = text.bytes().filter(|byte| *byte == b'.').take(5).count();
        let mut segments = text.split('.');
        let mut next = || segments.next().unwrap_or_default();
        match dots {
            2 => Ok(UnverifiedToken::Jws(UnverifiedJws::compact([
                next(),
                next(),
                next(),
            ])?)),
            4 => Ok(UnverifiedToken::Jwe(UnverifiedJwe::compact([
                next(),
                next(),
                next(),
                next(),
                next(),
            ])?)),
            _ => Err(Error::Malformed(format!(
                "not a token: {} dots, where a signed one has 2 and an encrypted one 4",
                if dots == 5 {
                    "too many".into()
                } else {
                    dots.to_string()
                }
            ))),
        }
    }

    /// The protected header, which anybody may have written.
    pub fn unverified_header(&self) -> &Object {
        match self {
            UnverifiedToken::Jws(jws) => &jws.signatures[0].protected.object,
            UnverifiedToken::Jwe(jwe) => &jwe.protected.object,
        }
    }

    /// The claims set, which anybody may have written; `None` when the payload is not readable or no JSON object.
    pub fn unverified_claims(&self) -> Option<Object> {
        match self {
            UnverifiedToken::Jws(jws) => json::parse_object(&jws.payload).ok(),
            UnverifiedToken::Jwe(_) => None,
        }
    }
}

fn segment(name: &str, text: &str) -> Result<Vec<u8>> {
    base64url::decode(text)
        .ok_or_else(|| Error::Malformed(format!("the {name} is not canonical base64url")))
}

impl UnverifiedJws {
    fn compact([header, payload, signature]: [&str; 3]) -> Result<UnverifiedJws> {
        Ok(UnverifiedJws {
            signatures: vec![UnverifiedSignature {
                protected: Header::parse(header)?,
                signature: segment("signature", signature)?,
            }],
            payload: segment("payload", payload)?,
            payload_text: payload.to_owned(),
        })
    }
}

impl UnverifiedJwe {
    fn compact([header, key, iv, ciphertext, tag]: [&str; 5]) -> Result<UnverifiedJwe> {
        Ok(UnverifiedJwe {
            protected: Header::parse(header)?,
            recipients: vec![UnverifiedRecipient {
                encrypted_key: segment("encrypted key", key)?,
            }],
            iv: segment("initialization vector", iv)?,
            ciphertext: segment("ciphertext", ciphertext)?,
            tag: segment("authentication tag", tag)?,
        })
    }
}

impl Header {
    fn parse(text: &str) -> Result<Header> {
        let bytes = segment("protected header", text)?;
        if bytes.len() > MAX_HEADER {
            return Err(Error::Malformed(format!(
                "the protected header has {} bytes, more than the limit of {MAX_HEADER}",
                bytes.len()
            )));
        }
        let object = json::parse_object(&bytes)
            .map_err(|fault| Error::Malformed(format!("the protected header {fault}")))?;
        let header = Header {
            text: text.to_owned(),
            object,
        };
        header.check()?;
        Ok(header)
    }

    fn check(&self) -> Result<()> {
        for name in ["alg", "enc", "zip", "kid", "typ", "cty"] {
            if self
                .object
                .get(name)
                .is_some_and(|value| !value.is_string())
            {
                return Err(Error::Malformed(format!(
                    "the header parameter {name} is not a string"
                )));
            }
        }
        self.check_crit()
    }

    /// RFC 7515 §4.1.11. No extension is understood here, so any well-formed `crit` is refused too; `b64` (RFC 7797)
    /// without `crit` would be read differently by those who know it.
    fn check_crit(&self) -> Result<()> {
        let refuse = |why: String| Err(Error::NotAllowed(why));
        match self.object.get("crit") {
            None if self.object.contains_key("b64") => {
                refuse("the header parameter b64 stands there without crit".into())
            }
            None => Ok(()),
            Some(Value::Array(names)) if !names.is_empty() => match names[0].as_str() {
                Some(name) => refuse(format!(
                    "the critical header parameter {name} is not understood"
                )),
                None => refuse("the header parameter crit is not a list of names".into()),
            },
            Some(_) => refuse("the header parameter crit is not a list of names".into()),
        }
    }

    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.object.get(name).and_then(Value::as_str)
    }

    pub(super) fn alg(&self) -> Result<&str> {
        self.text_of("alg")
            .ok_or_else(|| Error::Malformed("the protected header has no alg".into()))
    }
}

/// A token whose signature has been verified and whose claims meet the policy. Only verifying makes one.
#[derive(Debug)]
pub struct VerifiedToken {
    pub(super) header: Object,
    pub(super) payload: Vec<u8>,
    pub(super) claims: Option<Object>,
    pub(super) algorithm: &'static str,
    pub(super) kid: Option<String>,
    pub(super) thumbprint: Option<String>,
}

impl VerifiedToken {
    /// The protected header that was signed.
    pub fn header(&self) -> &Object {
        &self.header
    }

    /// The payload, byte for byte as signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The claims set; `None` when the policy asked for none.
    pub fn claims(&self) -> Option<&Object> {
        self.claims.as_ref()
    }

    /// The name of the algorithm that verified.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// The kid of the key that verified.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The SHA-256 thumbprint of the key that verified; a shared secret's is not told (RFC 7638 §7).
    pub fn thumbprint(&self) -> Option<&str> {
        self.thumbprint.as_deref()
    }
}

/// The content of a token that has been decrypted. With a public-key algorithm anybody may have encrypted it.
pub struct Plaintext {
    pub(super) header: Object,
    pub(super) content: super::secret::SecretBytes,
    pub(super) algorithm: &'static KeyManagement,
    pub(super) encryption: &'static str,
    pub(super) kid: Option<String>,
}

impl Plaintext {
    /// The protected header.
    pub fn header(&self) -> &Object {
        &self.header
    }

    /// The content.
    pub fn content(&self) -> &[u8] {
        self.content.expose()
    }

    /// The key management algorithm.
    pub fn algorithm(&self) -> &'static KeyManagement {
        self.algorithm
    }

    /// The name of the content encryption algorithm.
    pub fn encryption(&self) -> &'static str {
        self.encryption
    }

    /// The kid of the key that decrypted.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}
