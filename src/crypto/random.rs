//! Randomness.

use super::error::{Error, Result};
use super::secret::SecretBytes;
use super::start::choose_generator;

/// Random bytes from OpenSSL's generator.
///
/// # Errors
/// [`Error::Engine`] when it cannot be seeded.
pub fn random(len: usize) -> Result<SecretBytes> {
    choose_generator();
    let mut bytes = vec![0; len];
    openssl::rand::rand_bytes(&mut bytes).map_err(|_| Error::Engine("random numbers"))?;
    Ok(bytes.into())
}
