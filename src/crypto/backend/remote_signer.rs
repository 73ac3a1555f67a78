//! Signing with a remote key: the private key is not in this process.

use std::sync::Arc;

use super::VerifyingKey;
use crate::crypto::alg::Signature;
use crate::crypto::error::{Error, Result};
use crate::crypto::key::{Key, RemoteKey};

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

    /// Signs, and verifies the signature, so that a fault in the remote signer or a different key there cannot produce an
    /// invalid token.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut verifier = VerifyingKey::new(&self.public, self.algorithm)?;
        let candidates = self.remote.sign(self.algorithm, message)?;
        if candidates.is_empty() {
            return Err(Error::remote(
                "the output of the signer is not a signature in a known encoding",
            ));
        }
        candidates
            .into_iter()
            .find(|signature| verifier.verify(&[message], signature))
            .ok_or_else(|| does_not_verify(self.algorithm))
    }
}

/// Returns the error for a signature that does not verify with the key.
pub fn does_not_verify(algorithm: &Signature) -> Error {
    Error::remote(format!(
        "the signature does not verify with the public key: it was made with another key, or is not {}",
        algorithm.name
    ))
}
