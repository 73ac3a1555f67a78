//! Digests, and messages that are read in chunks. The low-level hash functions of OpenSSL are used, which need no provider.

use openssl::sha::{Sha256, Sha384, Sha512};

use crate::crypto::alg::Hash;
use crate::crypto::hmac::Hmac;

/// The state of a hash function.
#[derive(Clone)]
pub(crate) enum Digest {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Digest {
    /// Returns the initial state.
    pub(super) fn new(hash: Hash) -> Digest {
        match hash {
            Hash::Sha384 => Digest::Sha384(Sha384::new()),
            Hash::Sha512 => Digest::Sha512(Sha512::new()),
            Hash::Sha256 => Digest::Sha256(Sha256::new()),
        }
    }

    /// Returns the hash function.
    pub(super) fn hash(&self) -> Hash {
        match self {
            Digest::Sha256(_) => Hash::Sha256,
            Digest::Sha384(_) => Hash::Sha384,
            Digest::Sha512(_) => Hash::Sha512,
        }
    }

    fn update(&mut self, part: &[u8]) {
        match self {
            Digest::Sha256(state) => state.update(part),
            Digest::Sha384(state) => state.update(part),
            Digest::Sha512(state) => state.update(part),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Digest::Sha256(state) => state.finish().to_vec(),
            Digest::Sha384(state) => state.finish().to_vec(),
            Digest::Sha512(state) => state.finish().to_vec(),
        }
    }
}

/// Returns the digest of the concatenated parts of a message.
pub(crate) fn digest(hash: Hash, message: &[&[u8]]) -> Vec<u8> {
    let mut digest = Digest::new(hash);
    message.iter().for_each(|part| digest.update(part));
    digest.finish()
}

/// A message that is read in chunks: the state after the chunks so far, in the form that the algorithm needs.
#[derive(Clone)]
pub(crate) enum Message {
    /// For HMAC. The state already includes the key.
    Mac(Box<Hmac>),
    /// For algorithms that sign a digest.
    Digest(Digest),
    /// For algorithms that need the entire message in memory.
    Whole(Vec<u8>),
}

impl Message {
    /// Adds the next chunk.
    pub(crate) fn update(&mut self, part: &[u8]) {
        match self {
            Message::Mac(hmac) => hmac.update(part),
            Message::Digest(digest) => digest.update(part),
            Message::Whole(bytes) => bytes.extend_from_slice(part),
        }
    }

    /// Whether the entire message is kept in memory.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Message::Whole(_))
    }
}
