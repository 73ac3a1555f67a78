//! HMAC (RFC 2104) over OpenSSL's plain hash functions.
//!
//! OpenSSL's own HMAC costs 5 million instructions before the first byte, for building the tables of its providers; the
//! plain hash states below cost none, and a key's two padded blocks are hashed once however many messages follow.

use openssl::sha::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::alg::Hash;

/// A key ready for use, and a message as far as it has come: the states after the inner and the outer block.
#[derive(Clone)]
pub(crate) enum Hmac {
    Sha256(Sha256, Sha256),
    Sha384(Sha384, Sha384),
    Sha512(Sha512, Sha512),
}

/// `$state` keyed for blocks of `$block` bytes.
macro_rules! keyed {
    ($variant:ident, $state:ident, $block:literal, $key:expr) => {{
        let mut block = Zeroizing::new([0; $block]);
        let key: &[u8] = $key;
        if key.len() > $block {
            let mut hash = $state::new();
            hash.update(key);
            let digest = Zeroizing::new(hash.finish());
            block[..digest.len()].copy_from_slice(&*digest);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let state = |pad: u8| {
            let mut state = $state::new();
            state.update(&*Zeroizing::new(block.map(|byte| byte ^ pad)));
            state
        };
        Hmac::$variant(state(0x36), state(0x5c))
    }};
}

impl Hmac {
    /// Keys the hash; SHA-1 serves no algorithm here.
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Option<Hmac> {
        Some(match hash {
            Hash::Sha1 => return None,
            Hash::Sha256 => keyed!(Sha256, Sha256, 64, key),
            Hash::Sha384 => keyed!(Sha384, Sha384, 128, key),
            Hash::Sha512 => keyed!(Sha512, Sha512, 128, key),
        })
    }

    /// The tag over the message, which is given in parts.
    pub(crate) fn tag(&self, message: &[&[u8]]) -> Vec<u8> {
        let mut tag = self.clone();
        message.iter().for_each(|part| tag.update(part));
        tag.finish()
    }

    /// Takes in the next part of the message.
    pub(crate) fn update(&mut self, part: &[u8]) {
        match self {
            Hmac::Sha256(inner, _) => inner.update(part),
            Hmac::Sha384(inner, _) => inner.update(part),
            Hmac::Sha512(inner, _) => inner.update(part),
        }
    }

    /// The tag over what has been taken in.
    pub(crate) fn finish(self) -> Vec<u8> {
        macro_rules! tag {
            ($inner:expr, $outer:expr) => {{
                let mut outer = $outer;
                outer.update(&$inner.finish());
                outer.finish().to_vec()
            }};
        }
        match self {
            Hmac::Sha256(inner, outer) => tag!(inner, outer),
            Hmac::Sha384(inner, outer) => tag!(inner, outer),
            Hmac::Sha512(inner, outer) => tag!(inner, outer),
        }
    }
}

#[cfg(test)]
mod tests {
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::sign::Signer;

    use super::*;

    /// The answers of RFC 4231 §4.2, §4.3 and §4.7, and OpenSSL's own for every length of key.
    #[test]
    fn agrees_with_rfc_4231_and_with_openssl() {
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
