//! The one type for bytes that must not be seen.

use zeroize::Zeroizing;

/// Secret bytes: no `Debug`, no `Clone`, no `Display`; cleared when dropped.
///
/// Clearing is best effort: what the allocator, OpenSSL or the kernel copied is not reached.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership of the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The only way to the bytes, so that one search finds every use.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be filled in.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Length in bytes.
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
