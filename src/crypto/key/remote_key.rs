//! Remote keys: the private key or the shared secret is not in this process, but in a PKCS#11 token, an agent or another
//! program.
//!
//! A remote key only signs, or encrypts or decrypts a content encryption key. The policy, the header and the serialization
//! are the same as for every other key. A signature is used only if it verifies with the public key.

use crate::crypto::alg::{KeyManagement, Signature};
use crate::crypto::error::{Error, Result};
use crate::crypto::secret::SecretBytes;

/// The operations of a remote key. By default, none is supported.
pub trait RemoteKey: Send + Sync {
    /// Signs a message. If the encoding of the signature is ambiguous, returns every candidate. The caller uses the first one
    /// that verifies.
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

    /// Returns the shared secret of an ECDH key agreement with this ephemeral public key; `None` if the agreement fails. The
    /// key is an uncompressed point (SEC 1 section 2.3.3), or the bytes of RFC 7748, on the same curve.
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

/// A remote key without operations. Its signing input is signed elsewhere.
pub struct Unreachable;

impl RemoteKey for Unreachable {}
