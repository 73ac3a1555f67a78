//! Randomness.

use super::error::{Error, Result};
use super::secret::SecretBytes;

/// Random bytes from OpenSSL's generator.
///
/// # Errors
/// [`Error::Backend`] when it cannot be seeded.
pub fn random(len: usize) -> Result<SecretBytes> {
    let mut bytes = vec![0; len];
    openssl::rand::rand_bytes(&mut bytes).map_err(|_| Error::Backend("random numbers"))?;
    Ok(bytes.into())
}
