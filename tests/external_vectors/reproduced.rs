//! Reproduces the deterministic signatures of the cookbook: RS*, HS* and EdDSA.

use jotsmith::crypto::alg::Signature;
use jotsmith::crypto::json::Object;
use jotsmith::crypto::jws::{SerializeOptions, SignatureSpec};
use jotsmith::crypto::token::Serialization;
use jotsmith::crypto::{Key, KeySet};
use serde_json::Value;

use super::cookbook;
use crate::support::core::{sign_detached, sign_specs};
use crate::support::vectors_folder;

/// Examples that cannot be reproduced, each with the reason.
const NOT_MADE: &[(&str, &str)] = &[
    (
        "4_7.protecting_content_only.json",
        "the alg is not protected, which sign always does",
    ),
    (
        "4.2.hmac-sha2_b64_false.json",
        "b64 without crit, which RFC 7797 §6 forbids; the example of the RFC itself is in vectors.rs",
    ),
];

fn is_deterministic(alg: &str) -> bool {
    ["RS", "HS", "EdDSA"].iter().any(|start| alg.starts_with(start))
}

/// Returns the header without the parameters that only the signer sets.
fn object(header: Option<&Value>) -> Object {
    let mut header = header.and_then(Value::as_object).cloned().unwrap_or_default();
    header.retain(|name, _| !["alg", "b64", "crit"].contains(&name.as_str()));
    header
}

fn signer<'k>(key: &'k Key, alg: &str, signing: &Value) -> SignatureSpec<'k> {
    SignatureSpec {
        key,
        algorithm: Signature::from_name(alg).unwrap(),
        header: object(signing.get("protected")),
        unprotected: object(signing.get("unprotected")),
    }
}

fn key(jwk: &Value) -> Key {
    let set = KeySet::from_json(jwk.to_string().as_bytes()).unwrap();
    set.into_keys().remove(0)
}

/// Returns the token that jotsmith creates.
fn made(
    signer: SignatureSpec,
    payload: &str,
    format: Serialization,
    unencoded: bool,
    detached: bool,
) -> String {
    let writing = SerializeOptions { format, unencoded };
    let signers = [signer];
    if !detached {
        return sign_specs(&signers, payload.as_bytes(), writing).unwrap();
    }
    sign_detached(&signers, writing, [payload.as_bytes()]).unwrap()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

#[test]
fn deterministic_signatures_are_reproduced_exactly() {
    let mut count = 0;
    for chapter in ["jws", "rfc7797", "curve25519"] {
        for (name, example) in cookbook(chapter) {
            let (input, signing) = (&example["input"], &example["signing"]);
            let Some(alg) = input["alg"].as_str().filter(|alg| is_deterministic(alg)) else {
                continue;
            };
            if NOT_MADE.iter().any(|(file, _)| *file == name) {
                continue;
            }
            let key = key(&input["key"]);
            let payload = input["payload"].as_str().unwrap();
            let unencoded = signing["protected"]["b64"] == false;
            for (format, token) in example["output"].as_object().unwrap() {
                let written = match &**format {
                    "compact" => Serialization::Compact,
                    "json_flat" => Serialization::Flattened,
                    _ => Serialization::General,
                };
                // RFC 7797 §5.2: this payload contains a space, so it cannot be in a compact token.
                if unencoded && written == Serialization::Compact {
                    continue;
                }
                let detached = match token {
                    Value::String(token) => token.contains(".."),
                    token => token.get("payload").is_none(),
                };
                let signer = signer(&key, alg, signing);
                let made = value(&made(signer, payload, written, unencoded, detached));
                assert_eq!(made, *token, "{chapter}/{name} {format}");
                count += 1;
            }
        }
    }
    assert!(vectors_folder().is_none() || count == 16, "{count}");
}

/// RFC 7520 §4.8: the first and the third of three signatures; the second is ECDSA.
#[test]
fn rfc_7520_4_8_deterministic_signatures_are_reproduced() {
    for (name, example) in cookbook("jws") {
        if !name.starts_with("4_8") {
            continue;
        }
        let (input, signing) = (&example["input"], &example["signing"]);
        for index in [0, 2] {
            let key = key(&input["key"][index]);
            let signer = signer(&key, input["alg"][index].as_str().unwrap(), &signing[index]);
            let payload = input["payload"].as_str().unwrap();
            let token = value(&made(signer, payload, Serialization::General, false, false));
            let expected = &example["output"]["json"]["signatures"][index];
            assert_eq!(token["signatures"][0], *expected);
        }
    }
}
