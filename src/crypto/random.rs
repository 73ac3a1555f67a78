//! Random numbers.

use super::error::{Error, Result};
use super::secret::SecretBytes;

/// Returns random bytes from OpenSSL's generator.
///
/// # Errors
/// [`Error::Backend`] if the generator fails.
pub fn random_bytes(len: usize) -> Result<SecretBytes> {
    let mut bytes = vec![0; len];
    openssl::rand::rand_bytes(&mut bytes).map_err(|_| Error::Backend("random numbers"))?;
    Ok(bytes.into())
}
