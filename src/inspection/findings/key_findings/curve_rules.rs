//! Rules for keys on curves and for ML-DSA keys.

use crate::crypto::alg::Curve;
use crate::crypto::key::Key;
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::key_findings::Checked;
use crate::inspection::findings::rules;
use crate::inspection::findings::token_findings::is_small_order;

/// The lengths of the public keys of ML-DSA, in bytes (RFC 9964 section 5).
const ML_DSA: [(&str, usize); 3] = [
    ("ML-DSA-44", 1312),
    ("ML-DSA-65", 1952),
    ("ML-DSA-87", 2592),
];

pub(super) fn check_curve_key(key: &mut Checked<'_>) {
    if key.text("kty") == Some("AKP") {
        return check_lattice_key(key);
    }
    let Some(curve) = key.text("crv").and_then(Curve::from_name) else {
        if let Some(crv) = key.text("crv").map(str::to_owned) {
            key.add_finding(
                &rules::KEY_MEMBERS,
                High,
                "crv",
                format!("the curve {crv} is not known"),
            );
        }
        return;
    };
    let needed: &[&str] = if curve.is_ec() { &["x", "y"] } else { &["x"] };
    if needed.iter().any(|name| key.text(name).is_none()) {
        return;
    }
    if curve.is_ec() != (key.text("kty") == Some("EC")) {
        let message = format!("{} does not belong to this kty", curve.name());
        return key.add_finding(&rules::KEY_ALG_MISMATCH, High, "crv", message);
    }
    let mut fits = true;
    for name in needed {
        let len = key.octets(name).map_or(0, |octets| octets.len());
        if len != curve.byte_len() {
            fits = false;
            let message = format!(
                "{name} has {len} bytes, but {} has {}",
                curve.name(),
                curve.byte_len()
            );
            key.add_finding(&rules::EC_POINT, Critical, name, message);
        }
    }
    if !fits {
        return;
    }
    let public = reencoded_members(key, &["kty", "crv", "x", "y"]);
    if let Err(error) = Key::from_jwk_object(public) {
        return key.add_finding(&rules::EC_POINT, Critical, "x", error.to_string());
    }
    let exchanges = matches!(curve, Curve::X25519 | Curve::X448);
    if exchanges && key.octets("x").is_some_and(|x| is_small_order(&x)) {
        let message = format!("the {} public key is of small order", curve.name());
        return key.add_finding(&rules::EC_POINT, Critical, "x", message);
    }
    if key.jwk.contains_key("d") {
        let pair = reencoded_members(key, &["kty", "crv", "x", "y", "d"]);
        if let Err(error) = Key::from_jwk_object(pair) {
            key.add_finding(&rules::KEY_INCONSISTENT, High, "d", error.to_string());
        }
    }
}

/// Returns these members in canonical base64url. Another rule reports other encodings.
fn reencoded_members(key: &Checked<'_>, names: &[&str]) -> crate::crypto::json::Object {
    let mut part = key.select_members(names);
    for name in ["x", "y", "d"] {
        if let (Some(value), Some(octets)) = (part.get_mut(name), key.octets(name)) {
            *value = crate::crypto::base64url::encode(octets).into();
        }
    }
    part
}

fn check_lattice_key(key: &mut Checked<'_>) {
    let Some(alg) = key.text("alg").map(str::to_owned) else {
        return key.add_finding(
            &rules::KEY_ALG_MISMATCH,
            High,
            "alg",
            "an AKP key must have an alg",
        );
    };
    if key.octets("priv").is_some_and(|seed| seed.len() != 32) {
        let message = "priv is not the seed of 32 bytes";
        key.add_finding(&rules::KEY_ALG_MISMATCH, High, "priv", message);
    }
    let is_pair = key.octets("priv").is_some_and(|seed| seed.len() == 32);
    // Older versions of OpenSSL do not check this.
    if cfg!(feature = "vendored") && is_pair && ML_DSA.iter().any(|(name, _)| *name == alg) {
        let pair = key.select_members(&["kty", "alg", "pub", "priv"]);
        if let Err(error) = Key::from_jwk_object(pair) {
            key.add_finding(&rules::KEY_INCONSISTENT, High, "priv", error.to_string());
        }
    }
    let Some((_, expected)) = ML_DSA.iter().find(|(name, _)| *name == alg) else {
        return;
    };
    match key.octets("pub").map(|octets| octets.len()) {
        Some(len) if len == *expected => {
            let message = format!("the public key alone has {len} bytes");
            key.add_finding(&rules::PQ_SIZE, Info, "pub", message);
        }
        Some(len) => {
            let message = format!("pub has {len} bytes, but {alg} has {expected}");
            key.add_finding(&rules::KEY_ALG_MISMATCH, High, "pub", message);
        }
        None => {}
    }
}
