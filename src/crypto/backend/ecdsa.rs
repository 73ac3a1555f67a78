//! ECDSA (RFC 7518 §3.4, RFC 8812 §3.2) on OpenSSL's EC functions.
//!
//! They work on the key as it was read, with no providers to set up; a whole `verify` takes a third of the time so.

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::EcKeyRef;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::pkey::{HasPublic, Private};
use openssl::sha::{Sha256, Sha384, Sha512};

use crate::crypto::alg::{Curve, Hash};

fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    macro_rules! digest {
        ($state:ident) => {{
            let mut state = $state::new();
            state.update(message);
            state.finish().to_vec()
        }};
    }
    match hash {
        Hash::Sha384 => digest!(Sha384),
        Hash::Sha512 => digest!(Sha512),
        Hash::Sha1 | Hash::Sha256 => digest!(Sha256),
    }
}

/// R || S, each as long as the curve's field.
pub(super) fn sign(
    key: &EcKeyRef<Private>,
    curve: Curve,
    hash: Hash,
    message: &[u8],
) -> Result<Vec<u8>, ErrorStack> {
    let signature = EcdsaSig::sign(&digest(hash, message), key)?;
    let width = curve.bytes() as i32;
    let mut bytes = signature.r().to_vec_padded(width)?;
    bytes.extend(signature.s().to_vec_padded(width)?);
    Ok(bytes)
}

/// Whether R || S is of the right length, both halves lie between 1 and the group order less one (CVE-2022-21449), and
/// the signature is the key's.
pub(super) fn verify<T: HasPublic>(
    key: &EcKeyRef<T>,
    curve: Curve,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    if signature.len() != 2 * curve.bytes() {
        return Ok(false);
    }
    let (r, s) = signature.split_at(curve.bytes());
    let (r, s) = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
    let mut order = BigNum::new()?;
    key.group().order(&mut order, &mut *BigNumContext::new()?)?;
    if [&r, &s]
        .into_iter()
        .any(|half| half.num_bits() == 0 || *half >= order)
    {
        return Ok(false);
    }
    EcdsaSig::from_private_components(r, s)?.verify(&digest(hash, message), key)
}
