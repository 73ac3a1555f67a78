//! The results of verification and decryption.

use std::borrow::Cow;
use std::sync::Arc;

use crate::crypto::alg::KeyManagement;
use crate::crypto::error::Result;
use crate::crypto::json::{self, Object};
use crate::crypto::key::{Key, ThumbprintHash};
use crate::crypto::secret::SecretBytes;
use crate::crypto::token::header::Header;

/// A token whose signature has been verified and whose claims meet the policy. Only verification returns it.
#[derive(Debug)]
pub struct VerifiedToken {
    /// Never empty.
    pub(crate) signatures: Vec<VerifiedSignature>,
    pub(crate) payload: Vec<u8>,
    /// Whether the payload is a claims set that has been checked.
    pub(crate) has_claims: bool,
    /// Whether the payload is a claims set without white space between its tokens.
    pub(crate) is_compact: bool,
}

/// A signature that has been verified.
#[derive(Debug)]
pub struct VerifiedSignature {
    /// The index of the signature in the token, counted from 0.
    pub index: usize,
    /// The header. Only its protected members were signed.
    pub header: Arc<Header>,
    /// The name of the algorithm.
    pub algorithm: &'static str,
    /// The key that it was verified with.
    pub key: Arc<KeyIdentity>,
}

/// The key ID and the thumbprint of a key.
#[derive(Debug)]
pub struct KeyIdentity {
    /// The key ID.
    pub kid: Option<String>,
    /// The SHA-256 thumbprint; `None` for a shared secret, whose thumbprint is not published (RFC 7638 §7).
    pub thumbprint: Option<String>,
}

impl KeyIdentity {
    pub(crate) fn new(key: &Key) -> Result<KeyIdentity> {
        let thumbprint = || key.thumbprint(ThumbprintHash::Sha256);
        Ok(KeyIdentity {
            kid: key.kid.clone(),
            thumbprint: (!key.is_secret()).then(thumbprint).transpose()?,
        })
    }
}

impl VerifiedToken {
    /// Returns the signatures that verified, at least one.
    pub fn signatures(&self) -> &[VerifiedSignature] {
        &self.signatures
    }

    /// Returns the protected header of the first signature that verified.
    pub fn header(&self) -> &Object {
        self.signatures[0].header.protected()
    }

    /// Returns the payload, byte for byte as signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether the payload is a claims set that has been checked against the policy.
    pub fn has_claims(&self) -> bool {
        self.has_claims
    }

    /// Returns the text of the claims set without white space between its tokens; `None` if the policy has no rules for claims.
    pub fn compact_claims(&self) -> Option<Cow<'_, [u8]>> {
        if !self.has_claims {
            return None;
        }
        if self.is_compact {
            return Some(Cow::Borrowed(&self.payload));
        }
        let mut text = Vec::with_capacity(self.payload.len());
        json::write_compact(&self.payload, &mut text);
        Some(Cow::Owned(text))
    }

    /// Returns the claims set; `None` if the policy has no rules for claims.
    pub fn claims(&self) -> Option<Object> {
        if !self.has_claims {
            return None;
        }
        // Parsing does not fail, because the payload was parsed when its claims were checked.
        json::parse_object(&self.payload).ok()
    }
}

/// The content of a decrypted token. With a public key algorithm, any sender can have encrypted it.
pub struct Plaintext {
    pub(crate) header: Header,
    pub(crate) content: SecretBytes,
    pub(crate) algorithm: &'static KeyManagement,
    pub(crate) encryption: Option<&'static str>,
    pub(crate) kid: Option<String>,
}

impl Plaintext {
    /// Returns the header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the content.
    pub fn content(&self) -> &[u8] {
        self.content.expose()
    }

    /// Returns the header and the content.
    pub(crate) fn into_parts(self) -> (Header, SecretBytes) {
        (self.header, self.content)
    }

    /// Returns the key management algorithm.
    pub fn algorithm(&self) -> &'static KeyManagement {
        self.algorithm
    }

    /// Returns the name of the content encryption algorithm; `None` if the key management algorithm encrypted the content
    /// itself.
    pub fn encryption(&self) -> Option<&'static str> {
        self.encryption
    }

    /// Returns the kid of the key that decrypted the token.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}
