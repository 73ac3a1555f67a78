//! Digests from OpenSSL's plain hash states, which need no provider, and messages that come in pieces.

use openssl::sha::{Sha256, Sha384, Sha512};

use crate::crypto::alg::Hash;
use crate::crypto::hmac::Hmac;

/// The digest of what has been taken in so far.
#[derive(Clone)]
pub(crate) enum Digest {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Digest {
    /// Returns the digest of an empty message.
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

/// Returns the digest of a message that is given in parts.
pub(crate) fn digest(hash: Hash, message: &[&[u8]]) -> Vec<u8> {
    let mut digest = Digest::new(hash);
    message.iter().for_each(|part| digest.update(part));
    digest.finish()
}

/// A message that comes in pieces, as far as it has come and in the form that its algorithm needs.
#[derive(Clone)]
pub(crate) enum Message {
    /// For HMAC, with the key in it already.
    Mac(Box<Hmac>),
    /// For what signs a digest.
    Digest(Digest),
    /// For what goes through a message more than once, or in an order of its own.
    Whole(Vec<u8>),
}

impl Message {
    /// Takes in the next piece.
    pub(crate) fn update(&mut self, part: &[u8]) {
        match self {
            Message::Mac(hmac) => hmac.update(part),
            Message::Digest(digest) => digest.update(part),
            Message::Whole(bytes) => bytes.extend_from_slice(part),
        }
    }

    /// Whether all of it is held in memory.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Message::Whole(_))
    }
}
