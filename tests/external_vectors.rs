//! External test vectors in the folder JOTSMITH_VECTORS: the cookbook (RFC 7520) and Wycheproof.

mod agreement;
mod reproduced;

use jotsmith::crypto::alg::{ContentEncryption, KeyManagement, Signature};
use jotsmith::crypto::policy::MAX_TOKEN;
use jotsmith::crypto::{Code, Error, Key, KeySet, Result, UnverifiedToken};
use serde_json::Value;

use super::support::{core, json, vectors, vectors_folder};

/// The Wycheproof vectors with another result in jotsmith, each with the reason.
const DIFFERING: &[(&str, u64, &str)] = &[
    (
        "signature",
        346,
        "the key is bound to PS256, the token uses PS384: one key, one algorithm",
    ),
    (
        "signature",
        350,
        "the key is bound to PS256, the token uses PS384: one key, one algorithm",
    ),
    (
        "signature",
        347,
        "the key's alg is ES521, which no RFC registers",
    ),
    (
        "signature",
        351,
        "the key's alg is ES521, which no RFC registers",
    ),
    (
        "signature",
        367,
        "called invalid padding, but byte for byte the valid token of the group",
    ),
    (
        "signature",
        370,
        "called invalid padding, but byte for byte the valid token of the group",
    ),
    (
        "signature",
        372,
        "a question mark in the base64url (RFC 7515 §2)",
    ),
    (
        "signature",
        373,
        "a question mark in the base64url (RFC 7515 §2)",
    ),
];

/// Verifies a token with any payload. For a key without an alg, the algorithm of the token is allowed, so that only the key
/// determines the result.
fn payload(key: &Value, text: &str) -> Result<Vec<u8>> {
    let keys = KeySet::from_json(key.to_string().as_bytes())?;
    let token = UnverifiedToken::parse(text.as_bytes(), MAX_TOKEN)?;
    let unbound = keys.keys().iter().all(|key| key.alg().is_none());
    let claimed = token.unverified_header().protected().get("alg").and_then(Value::as_str);
    let algorithms = claimed.and_then(Signature::from_name).filter(|_| unbound);
    let algorithms: Vec<_> = algorithms.into_iter().collect();
    core::verify(&keys, text.as_bytes(), &algorithms)
}

/// Runs a file of Wycheproof, and returns the number of compared results.
fn wycheproof(name: &str, file: &str) -> usize {
    let Some(file) = vectors(&format!("wycheproof/{file}")) else {
        return 0;
    };
    let mut wrong = Vec::new();
    let mut differing = Vec::new();
    let mut count = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let key = group.get("public").unwrap_or(&group["private"]);
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            let outcome = payload(key, test["jws"].as_str().unwrap());
            let agrees = outcome.is_ok() == (test["result"] == "valid");
            let known = DIFFERING.iter().any(|row| row.0 == name && row.1 == id);
            count += 1;
            match (agrees, known) {
                (true, false) => {}
                (false, true) => differing.push(id),
                _ => wrong.push(format!("{id} {}: {outcome:?}", test["comment"])),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        differing.len(),
        DIFFERING.iter().filter(|row| row.0 == name).count()
    );
    count
}

#[test]
fn wycheproof_signatures_have_the_stated_result() {
    let count = wycheproof("signature", "json_web_signature_test.json");
    assert!(vectors_folder().is_none() || count == 401, "{count}");
}

#[test]
fn wycheproof_keys_have_the_stated_result() {
    let count = wycheproof("key", "json_web_key_test.json");
    assert!(vectors_folder().is_none() || count == 26, "{count}");
}

/// Returns the examples of a chapter of the cookbook, with their names.
fn cookbook(folder: &str) -> Vec<(String, Value)> {
    let Some(root) = vectors_folder() else {
        return Vec::new();
    };
    let folder = root.join("rfc7520").join(folder);
    let mut examples = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            examples.push((name, json(std::fs::read(&path).unwrap())));
        }
    }
    assert!(!examples.is_empty());
    examples
}

#[test]
fn rfc_7520_3_keys_are_read() {
    for (name, key) in cookbook("jwk") {
        let set = KeySet::from_json(key.to_string().as_bytes()).unwrap();
        assert_eq!(set.keys().len(), 1, "{name}");
        assert_eq!(set.keys()[0].kid.as_deref(), key["kid"].as_str(), "{name}");
    }
}

/// Examples of the cookbook that are refused, each with its reason.
const REFUSED: &[(&str, &str)] = &[
    ("rfc7797/4.2", "b64 without crit (RFC 7797 §6)"),
    (
        "rfc7797/hmac compact",
        "an unencoded payload with a space in it (RFC 8725bis: ASCII letters, digits, -, _ and dots only)",
    ),
];

/// Runs each example of a chapter in each of its serializations, and returns the number of results.
fn run_cookbook(chapter: &str, open: impl Fn(&Value, &str) -> Result<Vec<u8>>) -> usize {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, example) in cookbook(chapter) {
        let input = &example["input"];
        let expected = input.get("payload").unwrap_or(&input["plaintext"]);
        for (format, token) in example["output"].as_object().unwrap() {
            let token = token.as_str().map_or_else(|| token.to_string(), String::from);
            let outcome = open(&example, &token);
            let place = format!("{chapter}/{name} {format}");
            let refused = REFUSED.iter().any(|(id, _)| {
                let (file, only) = id.split_once(' ').unwrap_or((id, format));
                place.starts_with(file) && only == format
            });
            let agrees = match &outcome {
                Ok(bytes) => !refused && bytes == expected.as_str().unwrap().as_bytes(),
                Err(Error::NotAllowed(_) | Error::Malformed(_)) => refused,
                Err(_) => false,
            };
            if !agrees {
                wrong.push(format!("{place}: {outcome:?}"));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}

/// Returns the key or the keys of an example as a set.
fn keys(example: &Value) -> Result<KeySet> {
    match &example["input"]["key"] {
        Value::Array(keys) => {
            let set = serde_json::json!({"keys": keys});
            KeySet::from_json(set.to_string().as_bytes())
        }
        Value::Null => {
            let password = example["input"]["pwd"].as_str().unwrap();
            KeySet::new(vec![Key::from_passphrase(
                password.as_bytes().to_vec().into(),
            )?])
        }
        key => KeySet::from_json(key.to_string().as_bytes()),
    }
}

/// Returns the algorithms that an example names.
fn algorithms<T>(example: &Value, named: impl Fn(&str) -> Option<T>) -> Vec<T> {
    names(&example["input"]["alg"], named)
}

fn names<T>(member: &Value, named: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let names = match member {
        Value::Array(names) => names.clone(),
        name => vec![name.clone()],
    };
    names.iter().filter_map(|name| named(name.as_str()?)).collect()
}

/// Verifies a signed example, with its payload if it is detached, and returns the payload.
fn signed(example: &Value, token: &str) -> Result<Vec<u8>> {
    let mut parsed = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN)?;
    if parsed.lacks_payload() {
        let payload = example["input"]["payload"].as_str().unwrap();
        parsed = parsed.with_payload(payload.as_bytes().to_vec())?;
    }
    let policy = core::verify_policy(&algorithms(example, Signature::from_name));
    Ok(parsed.verify(&keys(example)?, &policy)?.payload().to_vec())
}

/// Decrypts an encrypted example with only its two algorithms allowed, and returns the content.
fn encrypted(example: &Value, token: &str) -> Result<Vec<u8>> {
    let mut policy = core::decrypt_policy(&algorithms(example, KeyManagement::from_name));
    policy.encryptions = names(&example["input"]["enc"], ContentEncryption::from_name);
    let token = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN)?;
    Ok(token.decrypt(&keys(example)?, &policy)?.content().to_vec())
}

/// RFC 7520 §5.12 and §4.7 protect only the content: unless the command line names the algorithms, the error is that the
/// header parameters are unprotected.
#[test]
fn rsa1_5_vectors_decrypt_only_when_allowed() {
    for (chapter, start) in [("jwe", "5_12"), ("jws", "4_7")] {
        for (name, example) in cookbook(chapter) {
            if !name.starts_with(start) {
                continue;
            }
            for format in ["json", "json_flat"] {
                let token = example["output"][format].to_string();
                let keys = keys(&example).unwrap();
                let error = match chapter {
                    "jwe" => {
                        let named = algorithms(&example, KeyManagement::from_name);
                        core::decrypt(&keys, token.as_bytes(), &named).unwrap_err()
                    }
                    _ => core::verify(&keys, token.as_bytes(), &[]).unwrap_err(),
                };
                assert_eq!(error.code(), Code::Malformed, "{name} {format}: {error}");
            }
        }
    }
}

#[test]
fn rfc_7520_4_signatures_verify_in_every_serialization() {
    let count = run_cookbook("jws", signed);
    assert!(vectors_folder().is_none() || count == 20, "{count}");
}

#[test]
fn rfc_7797_unencoded_payloads_verify() {
    let count = run_cookbook("rfc7797", signed);
    assert!(vectors_folder().is_none() || count == 5, "{count}");
}

#[test]
fn rfc_8037_examples_verify_and_decrypt() {
    let count = run_cookbook("curve25519", |example, token| {
        match example.get("signing") {
            Some(_) => signed(example, token),
            None => encrypted(example, token),
        }
    });
    assert!(vectors_folder().is_none() || count == 6, "{count}");
}

#[test]
fn rfc_7520_5_content_decrypts_in_every_serialization() {
    let count = run_cookbook("jwe", encrypted);
    assert!(vectors_folder().is_none() || count == 34, "{count}");
}

#[test]
fn rfc_7520_5_1_rsa1_5_decrypts_only_when_allowed() {
    for (name, example) in cookbook("jwe").iter().filter(|(name, _)| name.starts_with("5_1.")) {
        let token = example["output"]["compact"].as_str().unwrap();
        let refused = core::decrypt(&keys(example).unwrap(), token.as_bytes(), &[]).unwrap_err();
        assert_eq!(refused.code(), Code::NotAllowed, "{name}");
    }
}

#[test]
fn rfc_7520_5_13_decrypts_with_the_key_of_any_recipient() {
    for (name, example) in cookbook("jwe").iter().filter(|(name, _)| name.starts_with("5_13")) {
        let token = example["output"]["json"].to_string();
        for key in example["input"]["key"].as_array().unwrap() {
            let keys = KeySet::from_json(key.to_string().as_bytes()).unwrap();
            let algorithms = algorithms(example, KeyManagement::from_name);
            let content = core::decrypt(&keys, token.as_bytes(), &algorithms).unwrap();
            let expected = example["input"]["plaintext"].as_str().unwrap();
            assert_eq!(content, expected.as_bytes(), "{name} {}", key["kid"]);
        }
    }
}

#[test]
fn rfc_7520_6_nested_token_is_decrypted_and_verified() {
    let Some(example) = vectors("rfc7520/6.nesting_signatures_and_encryption.json") else {
        return;
    };
    let (signing, encrypting) = (&example["sign"], &example["encrypt"]);
    let inner = signing["output"]["compact"].as_str().unwrap();
    let outer = encrypting["output"]["compact"].as_str().unwrap();
    assert_eq!(encrypted(encrypting, outer).unwrap(), inner.as_bytes());
    let claims = signing["input"]["payload"].as_str().unwrap();
    assert_eq!(
        payload(&signing["input"]["key"], inner).unwrap(),
        claims.as_bytes()
    );
}
