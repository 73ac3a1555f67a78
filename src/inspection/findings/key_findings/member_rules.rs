//! Rules for the members other than the key material: kid, alg, use and lifetime.

use serde_json::Value;

use crate::crypto::alg::{Algorithm, Curve, KeyType};
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::key_findings::{Checked, Origin, sha256_thumbprint, svid_use};
use crate::inspection::findings::token_findings::{suspicious_kid, unwise_algorithm};
use crate::inspection::findings::{certificates, rules};
use crate::inspection::parse::tolerant_base64;

const YEAR: i64 = 365 * 86400;

pub(super) fn check_members(key: &mut Checked<'_>, origin: Origin, now: i64) {
    check_encoding(key);
    check_kid(key, origin);
    check_alg(key);
    check_uses(key);
    let made = ["iat", "nbf"].iter().find_map(|name| key.jwk.get(*name)?.as_i64());
    if let Some(age) = made.map(|made| now - made).filter(|age| *age > YEAR) {
        let severity = if age > 2 * YEAR { Medium } else { Low };
        key.add_finding(
            &rules::KEY_OLD,
            severity,
            "iat",
            format!("the key is {} days old", age / 86400),
        );
    }
    key.found.extend(certificates::jwk_chain(key.jwk, now));
}

fn check_encoding(key: &mut Checked<'_>) {
    let needed: &[&str] = match key.text("kty") {
        Some("RSA") => &["n", "e"],
        Some("EC") => &["crv", "x", "y"],
        Some("OKP") => &["crv", "x"],
        Some("oct") => &["k"],
        Some("AKP") => &["alg", "pub"],
        Some(_) => {
            return key.add_finding(&rules::KEY_MEMBERS, High, "kty", "the kty is not known");
        }
        None => return key.add_finding(&rules::KEY_MEMBERS, High, "kty", "kty is missing"),
    };
    for name in needed {
        match key.jwk.get(*name) {
            Some(Value::String(_)) => {}
            Some(_) => key.add_finding(
                &rules::KEY_MEMBERS,
                High,
                name,
                format!("{name} is not a string"),
            ),
            None => key.add_finding(
                &rules::KEY_MEMBERS,
                High,
                name,
                format!("{name} is missing"),
            ),
        }
    }
    for name in [
        "n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y", "k", "pub", "priv",
    ] {
        let fault = key
            .text(name)
            .and_then(|text| tolerant_base64::decode_tolerant(text).1.first().copied());
        if let Some(fault) = fault {
            key.add_finding(
                &rules::B64_NONCANONICAL,
                High,
                name,
                format!("{name} {fault}"),
            );
        }
    }
}

fn check_kid(key: &mut Checked<'_>, origin: Origin) {
    let Some(kid) = key.text("kid").map(str::to_owned) else {
        // In a set, the rules for sets report a missing kid.
        if origin == Origin::Jwk {
            key.add_finding(&rules::KID_MISSING, Low, "kid", "there is no kid");
        }
        return;
    };
    key.found.extend(suspicious_kid(&kid, "kid"));
    let is_own = sha256_thumbprint(key.jwk).as_deref() == Some(&kid);
    if key.text("kty") == Some("oct") {
        if is_own {
            let message = "the kid is a hash of the secret, which allows guessing it";
            key.add_finding(&rules::KEY_KID_THUMBPRINT, Medium, "kid", message);
        }
    } else if !is_own && kid.len() == 43 && tolerant_base64::decode_tolerant(&kid).1.is_empty() {
        let message = "the kid looks like a thumbprint, but not of this key";
        key.add_finding(&rules::KEY_KID_THUMBPRINT, Low, "kid", message);
    }
}

fn check_alg(key: &mut Checked<'_>) {
    let is_akp = key.text("kty") == Some("AKP");
    let Some(value) = key.jwk.get("alg") else {
        // The keys of a SPIFFE bundle have no alg.
        if !is_akp && svid_use(key.jwk).is_none() {
            key.add_finding(&rules::KEY_ALG_MISSING, Medium, "alg", "there is no alg");
        }
        return;
    };
    let Some(name) = value.as_str().map(str::to_owned) else {
        return key.add_finding(&rules::KEY_MEMBERS, High, "alg", "alg is not a string");
    };
    let kind = match (key.text("kty"), key.text("crv")) {
        (Some("oct"), _) => Some(KeyType::Oct(key.octets("k").map_or(0, |k| k.len()))),
        (Some("RSA"), _) => Some(KeyType::Rsa(2048)),
        (Some("EC" | "OKP"), Some(crv)) => Curve::from_name(crv).map(KeyType::Curve),
        _ => None,
    };
    match (Algorithm::from_name(&name), kind) {
        (Some(alg), Some(kind)) if !alg.is_suitable_for(kind) => {
            // The rules for shared secrets report a secret that is only too short.
            let short = matches!((alg, kind), (Algorithm::Signature(row), KeyType::Oct(_)) if row.is_symmetric());
            if !short {
                let message = format!("the alg {name} does not fit {}", kind.with_article());
                key.add_finding(&rules::KEY_ALG_MISMATCH, High, "alg", message);
            }
        }
        _ if let Some((rule, severity, message)) = unwise_algorithm(&name) => {
            key.add_finding(rule, severity, "alg", message);
        }
        (Some(_), _) => {}
        (None, _) if is_akp && name.starts_with("ML-DSA-") => {}
        (None, _) => {
            let message = format!("the algorithm {name} is not known");
            key.add_finding(&rules::ALG_UNKNOWN, High, "alg", message);
        }
    }
}

fn check_uses(key: &mut Checked<'_>) {
    const SIGNING: [&str; 2] = ["sign", "verify"];
    const ENCRYPTING: [&str; 6] = [
        "encrypt",
        "decrypt",
        "wrapKey",
        "unwrapKey",
        "deriveKey",
        "deriveBits",
    ];
    let key_use = key.jwk.get("use").cloned();
    let ops = key.jwk.get("key_ops").cloned();
    let is_for_svids = svid_use(key.jwk).is_some();
    let mut add = |severity, place: &str, message: &str| {
        key.add_finding(&rules::KEY_USE, severity, place, message);
    };
    if key_use.is_none() && ops.is_none() {
        return add(Low, "use", "there is neither use nor key_ops");
    }
    let key_use = key_use.as_ref().and_then(Value::as_str);
    if !matches!(key_use, None | Some("sig" | "enc")) && !is_for_svids {
        add(Medium, "use", "the use is neither sig nor enc");
    }
    let Some(ops) = ops else {
        return;
    };
    let Some(ops) =
        ops.as_array().and_then(|ops| ops.iter().map(Value::as_str).collect::<Option<Vec<_>>>())
    else {
        return add(Medium, "key_ops", "key_ops is not an array of strings");
    };
    let signs = ops.iter().any(|op| SIGNING.contains(op));
    let encrypts = ops.iter().any(|op| ENCRYPTING.contains(op));
    if ops.iter().enumerate().any(|(at, op)| ops[..at].contains(op)) {
        add(Medium, "key_ops", "key_ops has an operation twice");
    }
    if ops.iter().any(|op| !SIGNING.contains(op) && !ENCRYPTING.contains(op)) {
        add(Medium, "key_ops", "key_ops has an unknown operation");
    }
    if signs && encrypts {
        add(
            Medium,
            "key_ops",
            "the key is for both signatures and encryption",
        );
    } else if (key_use == Some("sig") && encrypts) || (key_use == Some("enc") && signs) {
        add(Medium, "key_ops", "use and key_ops contradict each other");
    }
}
