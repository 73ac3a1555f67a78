//! Signs many payloads with one key and one header.

use super::backend;
use super::base64url;
use super::error::Result;
use super::jws;

/// Signs many payloads with one key and one header.
pub struct Signer {
    /// The protected header and the dot behind it.
    start: Vec<u8>,
    key: backend::Signer,
}

impl Signer {
    /// As for [`jws::sign`].
    ///
    /// # Errors
    /// As [`jws::sign`].
    pub fn new(signer: &jws::Signer) -> Result<Signer> {
        let mut start = jws::protected(signer, false)?.into_bytes();
        start.push(b'.');
        Ok(Signer {
            start,
            key: backend::Signer::new(signer.key, signer.algorithm)?,
        })
    }

    /// Puts the token behind what is in the buffer.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn sign(&self, payload: &[u8], buffer: &mut Vec<u8>) -> Result<()> {
        let begin = buffer.len();
        buffer.extend_from_slice(&self.start);
        base64url::encode_to(payload, buffer);
        let signature = self.key.sign(&buffer[begin..])?;
        buffer.push(b'.');
        base64url::encode_to(&signature, buffer);
        Ok(())
    }
}
