//! Keys whose private half is not in this process: in a token, an agent, or behind another program.
//!
//! The core asks such a key for a signature or for a content encryption key. Policy, header and serialization are those of
//! every other key. A signature is used only if it verifies with the public half.

mod encoding;

use std::sync::Arc;

use super::alg::{KeyManagement, Signature};
use super::backend::VerifyingKey;
use super::error::{Error, Result};
use super::key::Key;
use super::secret::SecretBytes;

pub use encoding::{Encoding, decode_key, signature_candidates};

/// The longest output of a signer, in bytes. A signature of ML-DSA-87 has 4,627 bytes, twice that in hexadecimal.
pub const MAX_OUTPUT: usize = 64 * 1024;

/// The operations of a private key that is elsewhere. By default it has none.
pub trait RemoteKey: Send + Sync {
    /// Signs a message. Returns what the signature may be: an encoding can be ambiguous. The caller uses the first that
    /// verifies.
    ///
    /// # Errors
    /// [`Error::Remote`] if the key does not sign, or cannot be reached.
    fn sign(&self, algorithm: &'static Signature, _message: &[u8]) -> Result<Vec<Vec<u8>>> {
        Err(Error::Remote(format!(
            "the key does not sign with {}",
            algorithm.name
        )))
    }

    /// Decrypts a content encryption key of `len` bytes; `None` if it does not decrypt.
    ///
    /// # Errors
    /// [`Error::Remote`] if the key does not decrypt, or cannot be reached.
    fn decrypt(
        &self,
        algorithm: &'static KeyManagement,
        _encrypted_key: &[u8],
        _len: usize,
    ) -> Result<Option<SecretBytes>> {
        Err(Error::Remote(format!(
            "the key does not decrypt with {}",
            algorithm.name
        )))
    }

    /// Returns the shared secret of an ECDH key agreement with this ephemeral public key; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Remote`] if the key does not agree, or cannot be reached.
    fn agree(
        &self,
        algorithm: &'static KeyManagement,
        _ephemeral: &Key,
    ) -> Result<Option<SecretBytes>> {
        Err(Error::Remote(format!(
            "the key does not decrypt with {}",
            algorithm.name
        )))
    }
}

/// A key that has no operations: its signing input is signed in another place.
pub struct Unreachable;

impl RemoteKey for Unreachable {}

/// Signs with a remote key.
pub(crate) struct RemoteSigner {
    remote: Arc<dyn RemoteKey>,
    public: Key,
    algorithm: &'static Signature,
}

impl RemoteSigner {
    pub(crate) fn new(
        remote: Arc<dyn RemoteKey>,
        public: Key,
        algorithm: &'static Signature,
    ) -> RemoteSigner {
        RemoteSigner {
            remote,
            public,
            algorithm,
        }
    }

    /// Signs, and verifies the signature: a fault in the signer, or a different key there, must not reach the token.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut verifier = VerifyingKey::new(&self.public, self.algorithm)?;
        let candidates = self.remote.sign(self.algorithm, message)?;
        if candidates.is_empty() {
            return Err(Error::Remote(
                "the output of the signer is not a signature in a known encoding".into(),
            ));
        }
        (candidates.into_iter())
            .find(|signature| verifier.verify(&[message], signature))
            .ok_or_else(|| does_not_verify(self.algorithm))
    }
}

/// The error that a signature was not made by the key.
pub fn does_not_verify(algorithm: &Signature) -> Error {
    Error::Remote(format!(
        "the signature does not verify with the public key: it is by another key, or is not {}",
        algorithm.name
    ))
}
