//! Rules for the bytes of a signature that need no key.

use serde_json::Value;

use crate::crypto::alg::{Curve, Hash, Signature, SignatureScheme};
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::token_findings::is_jwt;
use crate::inspection::findings::{Finding, rules};
use crate::inspection::parse::{Head, Serialization, Token};

/// The orders of the curves, big-endian (FIPS 186-4 D.1.2, SEC 2 section 2.4.1).
const P256: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P384: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
const P521: &str = "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409";
const SECP256K1: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

pub(super) fn check_signatures(token: &Token, found: &mut Vec<Finding>) {
    for head in &token.heads {
        let Some(tail) = &head.tail else {
            continue;
        };
        let is_none = head.text("alg").is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
        if tail.text.is_empty() && !is_none {
            found.push(Finding::new(
                &rules::ALG_NONE,
                Critical,
                "signature",
                "the signature is empty: the token is not signed at all",
            ));
        } else if !is_none {
            check_signature_bytes(head, &tail.bytes, found);
        }
        check_unencoded_payload(token, head, found);
    }
}

fn check_signature_bytes(head: &Head, signature: &[u8], found: &mut Vec<Finding>) {
    let name = head.text("alg").unwrap_or_default();
    let len = signature.len();
    if let Some(signature_len) = der_length(name, signature) {
        let message = format!("the signature is in DER ({signature_len} bytes), not R || S");
        found.push(Finding::new(&rules::SIG_DER, High, "signature", message));
    } else if let Some(expected) = wrong_length(name, len) {
        let message = format!("the signature has {len} bytes, but {name} has {expected}");
        found.push(Finding::new(&rules::SIG_LENGTH, High, "signature", message));
    }
    if (len >= 32 && signature.iter().all(|byte| *byte == 0)) || is_out_of_range(name, signature) {
        let message = "the signature contains a value that is never valid";
        found.push(Finding::new(
            &rules::SIG_TRIVIAL,
            Critical,
            "signature",
            message,
        ));
    }
    if name.starts_with("ML-DSA-") {
        let message = format!("the signature alone has {len} bytes");
        found.push(Finding::new(&rules::PQ_SIZE, Info, "signature", message));
    }
}

/// Returns the length that the algorithm requires, if the length is wrong.
fn wrong_length(name: &str, len: usize) -> Option<String> {
    let exact = |expected: usize| (len != expected).then(|| expected.to_string());
    match (Signature::from_name(name).map(|row| row.scheme), name) {
        (Some(SignatureScheme::Hmac(hash)), _) => exact(hash.byte_len()),
        (Some(SignatureScheme::Ecdsa(curve, _) | SignatureScheme::EdDsaOn(curve)), _) => {
            exact(2 * curve.byte_len())
        }
        (Some(SignatureScheme::EdDsa), _) => {
            (len != 64 && len != 114).then(|| "64 or 114".to_owned())
        }
        (Some(SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_)), _) => {
            (len < 256).then(|| "256 or more".to_owned())
        }
        (Some(SignatureScheme::MlDsa(row)), _) => exact(row.signature_len()),
        _ => None,
    }
}

fn is_out_of_range(name: &str, signature: &[u8]) -> bool {
    let scheme = Signature::from_name(name).map(|row| row.scheme);
    let Some(SignatureScheme::Ecdsa(curve, _)) = scheme else {
        return false;
    };
    let order = match (curve, scheme) {
        (Curve::P384, _) => P384,
        (Curve::P521, _) => P521,
        (Curve::Secp256k1, _) => SECP256K1,
        _ => P256,
    };
    if signature.len() != 2 * curve.byte_len() {
        return false;
    }
    // Hexadecimal texts of the same length compare like the numbers.
    signature.chunks(curve.byte_len()).any(|half| {
        let hex: String = half.iter().map(|byte| format!("{byte:02x}")).collect();
        hex.as_str() >= order || half.iter().all(|byte| *byte == 0)
    })
}

/// Returns the length of an ECDSA signature if it is an ASN.1 SEQUENCE of two INTEGERs.
fn der_length(name: &str, signature: &[u8]) -> Option<usize> {
    let scheme = Signature::from_name(name)?.scheme;
    if !matches!(
        scheme,
        SignatureScheme::Ecdsa(_, Hash::Sha256 | Hash::Sha384 | Hash::Sha512)
    ) {
        return None;
    }
    let body = match signature {
        [0x30, 0x81, len, body @ ..] | [0x30, len @ 0..=0x7f, body @ ..] => {
            (body.len() == usize::from(*len)).then_some(body)?
        }
        _ => return None,
    };
    let integer = |body: &[u8]| match body {
        [0x02, len @ 1..=0x7f, rest @ ..] => {
            Some(usize::from(*len)).filter(|len| *len <= rest.len())
        }
        _ => None,
    };
    let first = integer(body)? + 2;
    (integer(&body[first..])? + 2 + first == body.len()).then_some(signature.len())
}

fn check_unencoded_payload(token: &Token, head: &Head, found: &mut Vec<Finding>) {
    if head.get("b64") != Some(&Value::Bool(false)) {
        return;
    }
    let mut add = |message: &str| {
        found.push(Finding::new(&rules::B64_FALSE, High, "header.b64", message));
    };
    let critical = head
        .get("crit")
        .and_then(Value::as_array)
        .is_some_and(|names| names.iter().any(|name| name == "b64"));
    if !critical {
        add("b64 is false and crit does not name it");
    }
    if is_jwt(token) {
        add("a JWT must not have b64 false");
    }
    let dot = token.body.as_ref().is_some_and(|body| body.text.contains('.'));
    if token.form == Serialization::Compact && dot {
        add("an unencoded payload with a dot is not allowed in a compact token");
    }
}
