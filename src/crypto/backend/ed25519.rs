//! Ed25519 (RFC 8037 §3.1) with ed25519-dalek, which is twice as fast as OpenSSL and stricter.

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use openssl::pkey::{PKey, Private};
use zeroize::Zeroizing;

use crate::crypto::key::{Key, Material, is_bad_ed25519};

pub(super) fn signing_key(key: &PKey<Private>) -> Option<SigningKey> {
    let seed = Zeroizing::new(key.raw_private_key().ok()?);
    Some(SigningKey::from_bytes(seed.as_slice().try_into().ok()?))
}

pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    key.sign(message).to_bytes().to_vec()
}

pub(super) fn verifying_key(key: &Key) -> Option<VerifyingKey> {
    let bytes = match &key.material {
        Material::Private(key) => key.raw_public_key(),
        Material::Public(key) | Material::Remote(key, _) => key.raw_public_key(),
        Material::Secret(_) | Material::RemoteSecret(..) => return None,
    };
    let key =
        ed25519_dalek::VerifyingKey::from_bytes(bytes.ok()?.as_slice().try_into().ok()?).ok()?;
    Some(key).filter(|key| !key.is_weak())
}

/// Whether the signature is one of this key. An R of small order is rejected (RFC 8032 §5.1.7), as in `verify_strict`, which
/// takes 20 % longer because it decompresses R.
pub(super) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    let signature = Signature::from_slice(signature);
    signature.is_ok_and(|signature| {
        !is_bad_ed25519(signature.r_bytes()) && key.verify(message, &signature).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::alg::{self, Curve, KeyType};
    use crate::crypto::backend::{SigningKey, VerifyingKey, generate_key};

    #[test]
    fn ed25519_signatures_equal_those_of_openssl() {
        let key = generate_key(KeyType::Curve(Curve::Ed25519)).unwrap();
        let Material::Private(pkey) = &key.material else {
            panic!("not a private key");
        };
        let signer = SigningKey::new(&key, alg::Signature::from_name("EdDSA").unwrap()).unwrap();
        for len in [0, 1, 111, 4096] {
            let message = vec![len as u8; len];
            let mut openssl = openssl::sign::Signer::new_without_digest(pkey).unwrap();
            let expected = openssl.sign_oneshot_to_vec(&message).unwrap();
            assert_eq!(signer.sign(&[&message]).unwrap(), expected, "{len}");
        }
    }

    /// Computed with the private key 00 01 … 1f. R is the neutral element, so that S contains only the term of the key.
    #[test]
    fn ed25519_signature_whose_r_is_of_small_order_is_rejected() {
        const PUBLIC: [u8; 32] = [
            0x03, 0xa1, 0x07, 0xbf, 0xf3, 0xce, 0x10, 0xbe, 0x1d, 0x70, 0xdd, 0x18, 0xe7, 0x4b,
            0xc0, 0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5, 0x0d, 0x5f, 0x1d, 0xdc, 0x86, 0x64,
            0x12, 0x55, 0x31, 0xb8,
        ];
        const S: [u8; 32] = [
            0x51, 0x29, 0x09, 0x2a, 0x73, 0xac, 0xad, 0xb1, 0xfc, 0xd9, 0xc3, 0xde, 0x95, 0xb9,
            0xa2, 0xa3, 0x32, 0x79, 0xc4, 0xa1, 0x98, 0x5f, 0x2c, 0x48, 0x55, 0x87, 0x02, 0x23,
            0x2a, 0x36, 0x73, 0x08,
        ];
        let mut signature = [0; 64];
        signature[0] = 1;
        signature[32..].copy_from_slice(&S);
        let key = ed25519_dalek::VerifyingKey::from_bytes(&PUBLIC).unwrap();
        // The signature satisfies the equation. Libraries without the rule accept it.
        assert!(key.verify(b"m", &Signature::from_bytes(&signature)).is_ok());
        assert!(!verify(&key, b"m", &signature));
    }

    /// RFC 8032 §8.4: otherwise, S plus the group order would be a second valid signature over the same message.
    #[test]
    fn ed25519_signature_whose_s_is_not_reduced_is_rejected() {
        const ORDER: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let key = generate_key(KeyType::Curve(Curve::Ed25519)).unwrap();
        let algorithm = alg::Signature::from_name("Ed25519").unwrap();
        let signature = SigningKey::new(&key, algorithm).unwrap().sign(&[b"m"]).unwrap();
        let mut verifier = VerifyingKey::new(&key, algorithm).unwrap();
        assert!(verifier.verify(&[b"m"], &signature));
        assert!(!verifier.verify(&[b"n"], &signature));
        let mut raised = signature.clone();
        let mut carry = 0;
        for (byte, order) in raised[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        assert!(!verifier.verify(&[b"m"], &raised));
        assert!(!verifier.verify(&[b"m"], &signature[..63]));
    }
}
