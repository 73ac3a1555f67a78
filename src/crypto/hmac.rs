//! HMAC (RFC 2104) with SHA-256, SHA-384 and SHA-512.
//!
//! The crates `hmac` and `sha2` need no initialization. OpenSSL's HMAC takes 5 million instructions before the first byte to
//! set up its providers. A keyed state is cloned for each message, so that the key is hashed once.

use hmac::{Hmac as Mac, KeyInit, Mac as _};
use sha2::{Sha256, Sha384, Sha512};

use super::alg::Hash;

/// The state of a keyed HMAC.
#[derive(Clone)]
pub(crate) enum Hmac {
    Sha256(Mac<Sha256>),
    Sha384(Mac<Sha384>),
    Sha512(Mac<Sha512>),
}

impl Hmac {
    /// Returns an HMAC keyed with `key`. `None` does not occur: HMAC allows keys of any length.
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Option<Hmac> {
        match hash {
            Hash::Sha256 => Mac::new_from_slice(key).ok().map(Hmac::Sha256),
            Hash::Sha384 => Mac::new_from_slice(key).ok().map(Hmac::Sha384),
            Hash::Sha512 => Mac::new_from_slice(key).ok().map(Hmac::Sha512),
        }
    }

    /// Returns the tag over the concatenated parts of a message.
    pub(crate) fn tag(&self, message: &[&[u8]]) -> Vec<u8> {
        let mut tag = self.clone();
        message.iter().for_each(|part| tag.update(part));
        tag.finish()
    }

    /// Whether `tag` is the tag over the concatenated parts of a message. The comparison takes constant time.
    pub(crate) fn verify(&self, message: &[&[u8]], tag: &[u8]) -> bool {
        let mut own = self.clone();
        message.iter().for_each(|part| own.update(part));
        own.verify_tag(tag)
    }

    /// Whether `tag` is the tag over the message. The comparison takes constant time.
    pub(crate) fn verify_tag(self, tag: &[u8]) -> bool {
        match self {
            Hmac::Sha256(mac) => mac.verify_slice(tag).is_ok(),
            Hmac::Sha384(mac) => mac.verify_slice(tag).is_ok(),
            Hmac::Sha512(mac) => mac.verify_slice(tag).is_ok(),
        }
    }

    /// Reads the next part of the message.
    pub(crate) fn update(&mut self, part: &[u8]) {
        match self {
            Hmac::Sha256(mac) => mac.update(part),
            Hmac::Sha384(mac) => mac.update(part),
            Hmac::Sha512(mac) => mac.update(part),
        }
    }

    /// Returns the tag over the message.
    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Hmac::Sha256(mac) => mac.finalize().into_bytes().to_vec(),
            Hmac::Sha384(mac) => mac.finalize().into_bytes().to_vec(),
            Hmac::Sha512(mac) => mac.finalize().into_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::sign::Signer;

    use super::*;

    /// The expected values are those of RFC 4231 §4.2, §4.3 and §4.7, and those of OpenSSL for keys of every length.
    #[test]
    fn vectors_of_rfc_4231_and_openssl_are_reproduced() {
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let tag = |hash, key: &[u8], message: &[u8]| {
            let (first, second) = message.split_at(message.len() / 2);
            Hmac::new(hash, key).unwrap().tag(&[first, second])
        };
        assert_eq!(
            hex(&tag(Hash::Sha256, &[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&tag(Hash::Sha256, b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        for (hash, md) in [
            (Hash::Sha256, MessageDigest::sha256()),
            (Hash::Sha384, MessageDigest::sha384()),
            (Hash::Sha512, MessageDigest::sha512()),
        ] {
            for len in 1..300 {
                let key = vec![len as u8; len];
                let pkey = PKey::hmac(&key).unwrap();
                let mut signer = Signer::new(md, &pkey).unwrap();
                let expected = signer.sign_oneshot_to_vec(b"message").unwrap();
                assert_eq!(tag(hash, &key, b"message"), expected, "{len}");
            }
        }
    }
}
