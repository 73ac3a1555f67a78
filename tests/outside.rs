//! The vectors of others, read where JOTSMITH_VECTORS says: the cookbook (RFC 7520) and Wycheproof.

use jotsmith::crypto::alg::Signature;
use jotsmith::crypto::policy::MAX_TOKEN;
use jotsmith::crypto::{Error, KeySet, Result, UnverifiedToken};
use serde_json::Value;

use super::support::{core, json, segment, vectors, vectors_folder};

/// Wycheproof verdicts that ours differ from, each with its reason.
const DIFFERING: &[(&str, u64, &str)] = &[
    (
        "signature",
        346,
        "the key is bound to PS256, the token says PS384: one key, one algorithm",
    ),
    (
        "signature",
        350,
        "the key is bound to PS256, the token says PS384: one key, one algorithm",
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
        "a question mark stands in the base64url (RFC 7515 §2)",
    ),
    (
        "signature",
        373,
        "a question mark stands in the base64url (RFC 7515 §2)",
    ),
];

/// Verifies a token of any payload. A key without an alg is asked for what the token says, so that nothing but the key
/// itself decides.
fn payload(key: &Value, text: &str) -> Result<Vec<u8>> {
    let keys = KeySet::from_json(key.to_string().as_bytes())?;
    let token = UnverifiedToken::parse(text.as_bytes(), MAX_TOKEN)?;
    let unbound = keys.keys().iter().all(|key| key.alg().is_none());
    let claimed = token
        .unverified_header()
        .protected()
        .get("alg")
        .and_then(Value::as_str);
    let algorithms = claimed.and_then(Signature::named).filter(|_| unbound);
    let algorithms: Vec<_> = algorithms.into_iter().collect();
    core::verify(&keys, text.as_bytes(), &algorithms)
}

/// Runs a file of Wycheproof; gives how many verdicts were compared.
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
fn wycheproof_signatures() {
    let count = wycheproof("signature", "json_web_signature_test.json");
    assert!(vectors_folder().is_none() || count == 401, "{count}");
}

#[test]
fn wycheproof_keys() {
    let count = wycheproof("key", "json_web_key_test.json");
    assert!(vectors_folder().is_none() || count == 26, "{count}");
}

/// The examples of a chapter of the cookbook, with their names.
fn cookbook(folder: &str) -> Vec<(String, Value)> {
    let Some(root) = vectors_folder() else {
        return Vec::new();
    };
    let folder = root.join("rfc7520").join(folder);
    let mut examples = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
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

#[test]
fn rfc_7520_4_and_rfc_8037_signatures_verify() {
    let mut count = 0;
    for (name, example) in [cookbook("jws"), cookbook("curve25519")].concat() {
        let Some(token) = example["output"]["compact"].as_str() else {
            continue;
        };
        // ecdh-es.json is encrypted; 4.5 is detached.
        if !example["signing"].is_object() || token.contains("..") {
            continue;
        }
        let verified = payload(&example["input"]["key"], token)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = example["input"]["payload"].as_str().unwrap();
        assert_eq!(String::from_utf8(verified).unwrap(), expected, "{name}");
        assert_eq!(segment(token, 1), expected.as_bytes(), "{name}");
        count += 1;
    }
    assert!(vectors_folder().is_none() || count == 5, "{count}");
}

#[test]
fn rfc_7797_unencoded_payloads_are_refused_and_never_misread() {
    for (name, example) in cookbook("rfc7797") {
        if let Some(token) = example["output"]["compact"].as_str() {
            let refused = payload(&example["input"]["key"], token);
            assert!(
                matches!(refused, Err(Error::NotAllowed(_) | Error::Malformed(_))),
                "{name}: {refused:?}"
            );
        }
    }
}
