//! What is known of a token once a door is passed.

use crate::crypto::alg::KeyManagement;
use crate::crypto::json::Object;
use crate::crypto::secret::SecretBytes;
use crate::crypto::token::header::Header;

/// A token whose signature has been verified and whose claims meet the policy. Only verifying makes one.
#[derive(Debug)]
pub struct VerifiedToken {
    /// Never empty.
    pub(crate) signatures: Vec<VerifiedSignature>,
    pub(crate) payload: Vec<u8>,
    pub(crate) claims: Option<Object>,
}

/// A signature that verified, and the key that it is by.
#[derive(Debug)]
pub struct VerifiedSignature {
    /// Its place among the signatures of the token, counted from 0.
    pub index: usize,
    /// The header; of its members the protected ones were signed.
    pub header: Header,
    /// The name of the algorithm.
    pub algorithm: &'static str,
    /// The kid of the key.
    pub kid: Option<String>,
    /// The SHA-256 thumbprint of the key; a shared secret's is not told (RFC 7638 §7).
    pub thumbprint: Option<String>,
}

impl VerifiedToken {
    /// The signatures that verified, at least one.
    pub fn signatures(&self) -> &[VerifiedSignature] {
        &self.signatures
    }

    /// The protected header that was signed, of the first signature that verified.
    pub fn header(&self) -> &Object {
        self.signatures[0].header.protected()
    }

    /// The payload, byte for byte as signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The claims set; `None` when the policy asked for none.
    pub fn claims(&self) -> Option<&Object> {
        self.claims.as_ref()
    }
}

/// The content of a token that has been decrypted. With a public-key algorithm anybody may have encrypted it.
pub struct Plaintext {
    pub(crate) header: Header,
    pub(crate) content: SecretBytes,
    pub(crate) algorithm: &'static KeyManagement,
    pub(crate) encryption: &'static str,
    pub(crate) kid: Option<String>,
}

impl Plaintext {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The content.
    pub fn content(&self) -> &[u8] {
        self.content.expose()
    }

    /// The header and the content, given away.
    pub(crate) fn into_parts(self) -> (Header, SecretBytes) {
        (self.header, self.content)
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
