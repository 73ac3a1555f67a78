//! OKP keys (RFC 8037 §2), and checks for weak public keys.

use openssl::pkey::{Id, PKey, Private, Public};

use crate::crypto::alg::{Curve, KeyType};
use crate::crypto::error::{Error, Result};

fn curve_id(curve: Curve) -> Result<Id> {
    match curve {
        Curve::Ed25519 => Ok(Id::ED25519),
        Curve::Ed448 => Ok(Id::ED448),
        Curve::X25519 => Ok(Id::X25519),
        Curve::X448 => Ok(Id::X448),
        _ => Err(Error::Backend("OKP curve")),
    }
}

pub(crate) fn public_key(curve: Curve, x: &[u8]) -> Result<PKey<Public>> {
    check_point(curve, x)?;
    PKey::public_key_from_raw_bytes(x, curve_id(curve)?)
        .map_err(|_| Error::Key(format!("the key is not a valid {} key", curve.name())))
}

/// Returns the private key `d`. Its public key must be `x`.
pub(crate) fn private_key(curve: Curve, x: &[u8], d: &[u8]) -> Result<PKey<Private>> {
    let key = PKey::private_key_from_raw_bytes(d, curve_id(curve)?)
        .map_err(|_| Error::Key(format!("the key is not a valid {} key", curve.name())))?;
    if key.raw_public_key().map_err(|_| Error::Backend("OKP key"))? != x {
        return Err(Error::Key(
            "the OKP key's private and public parts do not match".into(),
        ));
    }
    Ok(key)
}

/// Rejects points of small order and encodings that are not canonical (RFC 8032 §5.1.3, §5.1.7; RFC 7748 §6). With an Ed25519
/// key of small order, one signature is valid for any message.
pub(super) fn check_point(curve: Curve, x: &[u8]) -> Result<KeyType> {
    let bad = match curve {
        Curve::Ed25519 => is_bad_ed25519(x),
        Curve::Ed448 => bad_edwards(x, &ED448_PRIME, &[]),
        // RFC 7748 accepts any u coordinate. The key agreement rejects a point of small order, for which the result is zero.
        _ => false,
    };
    if bad {
        return Err(Error::Key(format!(
            "the {} public key is of small order or not canonical",
            curve.name()
        )));
    }
    Ok(KeyType::Curve(curve))
}

/// Whether an encoded point of edwards25519 has a small order or is not canonical.
pub(crate) fn is_bad_ed25519(point: &[u8]) -> bool {
    bad_edwards(point, &ED25519_PRIME, &ED25519_SMALL)
}

/// The y coordinates, other than 0, 1 and p-1, of the points of order 8 on edwards25519, little-endian.
const ED25519_SMALL: [[u8; 32]; 2] = [
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
];

/// 2^255 - 19, little-endian.
const ED25519_PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// 2^448 - 2^224 - 1, little-endian, with the byte that carries only the sign of x.
const ED448_PRIME: [u8; 57] = {
    let mut prime = [0xff; 57];
    prime[28] = 0xfe;
    prime[56] = 0;
    prime
};

fn bad_edwards<const N: usize>(encoded: &[u8], prime: &[u8; N], small: &[[u8; N]]) -> bool {
    let Ok(mut y) = <[u8; N]>::try_from(encoded) else {
        return true;
    };
    y[N - 1] &= 0x7f;
    let below = |a: &[u8; N], b: &[u8; N]| a.iter().rev().lt(b.iter().rev());
    let small_number = y[0] <= 1 && y[1..].iter().all(|byte| *byte == 0);
    let mut minus_one = *prime;
    minus_one[0] -= 1;
    !below(&y, prime) || small_number || y == minus_one || small.contains(&y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_order_and_non_canonical_points_are_rejected() {
        let mut one = [0; 32];
        one[0] = 1;
        let mut signed_one = one;
        signed_one[31] = 0x80;
        let mut minus_one = ED25519_PRIME;
        minus_one[0] -= 1;
        let mut p_plus_one = ED25519_PRIME;
        p_plus_one[0] += 1;
        for bad in [
            [0; 32],
            one,
            signed_one,
            minus_one,
            ED25519_PRIME,
            p_plus_one,
        ]
        .into_iter()
        .chain(ED25519_SMALL)
        {
            assert!(check_point(Curve::Ed25519, &bad).is_err(), "{bad:02x?}");
        }
        let mut one448 = [0; 57];
        one448[0] = 1;
        assert!(check_point(Curve::Ed448, &one448).is_err());
        assert!(check_point(Curve::Ed448, &ED448_PRIME).is_err());
        assert!(check_point(Curve::Ed25519, &[9; 31]).is_err());
        let fresh = PKey::generate_ed25519().unwrap().raw_public_key().unwrap();
        assert!(check_point(Curve::Ed25519, &fresh).is_ok());
    }
}
