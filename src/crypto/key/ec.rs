//! EC keys (RFC 7518 §6.2).

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcKeyRef, EcPoint};
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Private, Public};

use crate::crypto::alg::{Curve, KeyType};
use crate::crypto::error::{Error, Result};

const CURVES: [(Curve, Nid); 4] = [
    (Curve::P256, Nid::X9_62_PRIME256V1),
    (Curve::P384, Nid::SECP384R1),
    (Curve::P521, Nid::SECP521R1),
    (Curve::Secp256k1, Nid::SECP256K1),
];

pub(crate) fn curve_group(curve: Curve) -> Result<EcGroup> {
    let nid = CURVES.iter().find(|(row, _)| *row == curve);
    let (_, nid) = nid.ok_or(Error::Backend("EC curve"))?;
    EcGroup::from_curve_name(*nid).map_err(|_| Error::Backend("EC curve"))
}

/// Returns the supported curve that OpenSSL has under this number.
pub(super) fn named_curve(nid: Nid) -> Option<Curve> {
    let row = CURVES.iter().find(|(_, row)| *row == nid);
    row.map(|(curve, _)| *curve)
}

fn off_curve<E>(_: E) -> Error {
    Error::Key("the EC key's point is not on its curve".into())
}

fn mismatch_error<E>(_: E) -> Error {
    Error::Key("the EC key's private and public parts do not match".into())
}

/// Returns the public key with these coordinates.
pub(crate) fn public_key(curve: Curve, x: &[u8], y: &[u8]) -> Result<EcKey<Public>> {
    let x = BigNum::from_slice(x).map_err(off_curve)?;
    let y = BigNum::from_slice(y).map_err(off_curve)?;
    let group = curve_group(curve)?;
    EcKey::from_public_key_affine_coordinates(&group, &x, &y).map_err(off_curve)
}

/// Returns the private key `d`. Its public key must be `public`.
pub(crate) fn private_key(public: &EcKeyRef<Public>, d: &[u8]) -> Result<EcKey<Private>> {
    let engine = |_| Error::Backend("EC key");
    let group = public.group();
    let mut d = BigNum::from_slice(d).map_err(engine)?;
    let mut ctx = BigNumContext::new().map_err(engine)?;
    let mut order = BigNum::new().map_err(engine)?;
    group.order(&mut order, &mut ctx).map_err(engine)?;
    if d.num_bits() == 0 || d >= order {
        return Err(Error::Key(
            "the EC key's private part is out of range".into(),
        ));
    }
    let mut point = EcPoint::new(group).map_err(engine)?;
    point.mul_generator2(group, &d, &mut ctx).map_err(engine)?;
    if !point.eq(group, public.public_key(), &mut ctx).map_err(engine)? {
        return Err(mismatch_error(()));
    }
    let key = EcKey::from_private_components(group, &d, &point);
    d.clear();
    key.map_err(mismatch_error)
}

/// Returns the kind of a key that OpenSSL parsed. The key must be on a supported named curve, its point must be valid, and
/// its private and public parts must match.
pub(super) fn check_key<T: HasPublic>(key: &EcKeyRef<T>) -> Result<KeyType> {
    let nid = key.group().curve_name();
    let curve = nid.and_then(named_curve).ok_or_else(|| {
        Error::Key(match nid.map(|nid| nid.short_name()) {
            Some(Ok(name)) => format!("the EC curve {name} is not supported"),
            _ => "an EC key with explicit curve parameters is not supported".into(),
        })
    })?;
    key.check_key().map_err(mismatch_error)?;
    Ok(KeyType::Curve(curve))
}

/// Returns the affine coordinates, padded to the length of the curve's field.
pub(crate) fn coordinates<T: HasPublic>(
    key: &EcKeyRef<T>,
    curve: Curve,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let engine = |_| Error::Backend("EC point");
    let mut ctx = BigNumContext::new().map_err(engine)?;
    let mut x = BigNum::new().map_err(engine)?;
    let mut y = BigNum::new().map_err(engine)?;
    key.public_key()
        .affine_coordinates(key.group(), &mut x, &mut y, &mut ctx)
        .map_err(engine)?;
    let width = curve.byte_len() as i32;
    Ok((
        x.to_vec_padded(width).map_err(engine)?,
        y.to_vec_padded(width).map_err(engine)?,
    ))
}
