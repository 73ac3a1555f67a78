//! Keys whose private half, or shared secret, is not in this process: in a token, an agent, or behind another program.
//!
//! The core asks such a key for a signature, or to encrypt or decrypt a content encryption key. Policy, header and serialization are those of
//! every other key. A signature is used only if it verifies with the public half.

use crate::crypto::alg::{KeyManagement, Signature};
use crate::crypto::error::{Error, Result};
use crate::crypto::secret::SecretBytes;

/// The operations of a key that is elsewhere. By default it has none.
pub trait RemoteKey: Send + Sync {
    /// Signs a message. Returns what the signature may be: an encoding can be ambiguous. The caller uses the first that
    /// verifies.
    ///
    /// # Errors
    /// [`Error::Remote`] if the key does not sign, or cannot be reached.
    fn sign(&self, algorithm: &'static Signature, _message: &[u8]) -> Result<Vec<Vec<u8>>> {
        Err(Error::remote(format!(
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
        Err(Error::remote(format!(
            "the key does not decrypt with {}",
            algorithm.name
        )))
    }

    /// Encrypts a content encryption key with a shared secret.
    ///
    /// # Errors
    /// [`Error::Remote`] if the key does not encrypt, or cannot be reached.
    fn wrap(&self, algorithm: &'static KeyManagement, _cek: &SecretBytes) -> Result<Vec<u8>> {
        Err(Error::remote(format!(
            "the key does not encrypt with {}",
            algorithm.name
        )))
    }

    /// Returns the shared secret of an ECDH key agreement with this ephemeral public key, which is on the same curve: an
    /// uncompressed point (SEC 1 section 2.3.3), or the bytes of RFC 7748. `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Remote`] if the key does not agree, or cannot be reached.
    fn agree(
        &self,
        algorithm: &'static KeyManagement,
        _ephemeral: &[u8],
    ) -> Result<Option<SecretBytes>> {
        Err(Error::remote(format!(
            "the key does not decrypt with {}",
            algorithm.name
        )))
    }
}

/// A key that has no operations: its signing input is signed in another place.
pub struct Unreachable;

impl RemoteKey for Unreachable {}
