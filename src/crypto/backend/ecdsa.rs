//! ECDSA (RFC 7518 §3.4, RFC 8812 §3.2) on OpenSSL's EC functions.
//!
//! These functions use the parsed key and need no provider. The command `verify` takes a third of the time with them.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcKey, EcKeyRef};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{Private, Public};

use crate::crypto::alg::{Curve, Hash};

/// Returns the public key of a private key.
pub(super) fn public_part(key: &EcKeyRef<Private>) -> Result<EcKey<Public>, ErrorStack> {
    EcKey::from_public_key(key.group(), key.public_key())
}

/// A private key, prepared for any number of signatures.
pub(crate) struct Signer {
    key: EcKey<Private>,
    curve: Curve,
    pub(super) hash: Hash,
}

impl Signer {
    pub(super) fn new(key: EcKey<Private>, curve: Curve, hash: Hash) -> Signer {
        Signer { key, curve, hash }
    }

    /// Returns R || S, each as long as an element of the curve's field.
    pub(super) fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let signature = EcdsaSig::sign(digest, &self.key)?;
        let width = self.curve.byte_len() as i32;
        let mut bytes = signature.r().to_vec_padded(width)?;
        bytes.extend(signature.s().to_vec_padded(width)?);
        Ok(bytes)
    }
}

/// A public key, prepared for any number of signatures.
pub(crate) struct Verifier {
    key: EcKey<Public>,
    order: BigNum,
    curve: Curve,
    pub(super) hash: Hash,
}

impl Verifier {
    pub(super) fn new(
        key: EcKey<Public>,
        curve: Curve,
        hash: Hash,
    ) -> Result<Verifier, ErrorStack> {
        let mut order = BigNum::new()?;
        key.group().order(&mut order, &mut *BigNumContext::new()?)?;
        Ok(Verifier {
            key,
            order,
            curve,
            hash,
        })
    }

    /// Whether R || S has the right length, both values are from 1 to the group order minus one (CVE-2022-21449), and the
    /// signature is one of this key.
    pub(super) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        if signature.len() != 2 * self.curve.byte_len() {
            return Ok(false);
        }
        let (r, s) = signature.split_at(self.curve.byte_len());
        let (r, s) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
        if [&r, &s].into_iter().any(|half| half.num_bits() == 0 || *half >= self.order) {
            return Ok(false);
        }
        EcdsaSig::from_private_components(r, s)?.verify(digest, &self.key)
    }
}
