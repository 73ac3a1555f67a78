//! The only type for secret bytes.

use zeroize::Zeroizing;

/// Secret bytes. They are zeroized when dropped, and have no `Debug`, `Clone` or `Display`.
///
/// Zeroization is best effort: copies made by the allocator, OpenSSL or the kernel are not erased.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership of the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Returns the bytes. There is no other way to read them, so that a search for this name finds every use.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes, to fill them.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}
