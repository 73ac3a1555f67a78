//! The ephemeral public key of ECDH-ES (RFC 7518 §4.6.1.1). Its coordinates must have the length of the field (§6.2.1.2), but
//! some libraries omit leading zero bytes.

use std::fmt;

use serde_json::Value;

use crate::crypto::alg::{Curve, KeyManagement};
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::key::Key;
use crate::crypto::token::header::Header;

/// A coordinate of an EC key that lacks its leading zero bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortCoordinate {
    /// `x` or `y`.
    pub name: &'static str,
    /// Its length in bytes.
    pub len: usize,
    /// The curve.
    pub curve: &'static str,
    /// The required length of a coordinate in bytes.
    pub field_len: usize,
}

impl fmt::Display for ShortCoordinate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the coordinate {} of epk has {} bytes, but {} requires {}; Authlib and rhonabwy omit leading zeros",
            self.name, self.len, self.curve, self.field_len
        )
    }
}

/// Pads the coordinates of an EC key to the length of the field. Returns the key and the first coordinate that was too
/// short; `None` if no coordinate is too short, or one is too long.
pub fn pad_coordinates(jwk: &Object) -> Option<(Object, ShortCoordinate)> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let curve = Curve::from_name(text("crv")?).filter(|curve| curve.is_ec())?;
    let (mut padded, mut short) = (jwk.clone(), None);
    for name in ["x", "y"] {
        let octets = base64url::decode(text(name)?)?;
        let missing = curve.byte_len().checked_sub(octets.len())?;
        if missing == 0 {
            continue;
        }
        let full = [vec![0; missing], octets].concat();
        padded.insert(name.into(), base64url::encode(full).into());
        short.get_or_insert(ShortCoordinate {
            name,
            len: curve.byte_len() - missing,
            curve: curve.name(),
            field_len: curve.byte_len(),
        });
    }
    Some((padded, short?))
}

/// Parses the header parameter `epk` and checks it like any public key: it must be on its curve and have no private member.
/// If `is_lenient`, coordinates that are shorter than the field are accepted.
pub(super) fn read_ephemeral_key(
    header: &Header,
    algorithm: &KeyManagement,
    is_lenient: bool,
) -> Result<Key> {
    let needed = || {
        Error::Malformed(format!(
            "{} needs the header parameter epk with a valid public key",
            algorithm.name
        ))
    };
    let jwk = header.member("epk").and_then(Value::as_object);
    let jwk = jwk.cloned().ok_or_else(needed)?;
    if let Ok(key) = Key::from_untrusted_jwk(jwk.clone()) {
        return Ok(key);
    }
    let (jwk, short) = pad_coordinates(&jwk).ok_or_else(needed)?;
    let key = Key::from_untrusted_jwk(jwk).map_err(|_| needed())?;
    if is_lenient {
        Ok(key)
    } else {
        Err(Error::ShortEphemeralKey(short.to_string()))
    }
}
