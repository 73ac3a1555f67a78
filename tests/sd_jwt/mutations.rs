//! Every byte of every vector is changed; disclosures are dropped, doubled, moved and renamed.

use jotsmith::crypto::base64url;
use jotsmith::crypto::json::is_equal;

use serde_json::Value;

use super::vectors::{examples, issuer};
use super::verify;

#[test]
fn no_changed_byte_is_accepted() {
    let Some((folder, examples)) = examples() else {
        return;
    };
    let keys = issuer(&folder);
    let mut tried = 0;
    for example in &examples {
        let (rules, now) = example.rules();
        let original = verify(&keys, &example.token, rules.as_ref(), now).unwrap();
        let end = example.token.rfind('~').unwrap_or_default();
        let is_compact = !example.token.starts_with('{');
        for at in 0..example.token.len() {
            let mut bytes = example.token.clone().into_bytes();
            // In most cases, the next character of the base64url alphabet.
            bytes[at] = match bytes[at] {
                b'~' => b'.',
                b'z' => b'y',
                byte => byte + 1,
            };
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            tried += 1;
            let result = verify(&keys, &changed, rules.as_ref(), now);
            assert!(
                result.is_err() || !is_compact || rules.is_none() && at > end,
                "{}: byte {at} of {changed}",
                example.name
            );
            if let Ok(payload) = result {
                // In JSON, a member with an unknown name is ignored: the claims are the same, or fewer are disclosed.
                let is_original = |(name, value): (&String, &Value)| {
                    name.starts_with("_sd")
                        || original.get(name).is_some_and(|own| is_equal(own, value))
                };
                let claims = payload.as_object().unwrap();
                assert!(
                    claims.iter().all(is_original),
                    "{}: byte {at}",
                    example.name
                );
            }
        }
    }
    assert!(tried > 35_000, "{tried}");
}

/// Returns the object with the disclosures of an SD-JWT in JSON: the header of the first signature (RFC 9901 section 8), or
/// in older drafts the object with that signature.
fn object_with_disclosures(json: &mut Value) -> &mut Value {
    let signature = match json.get("signatures") {
        Some(_) => &mut json["signatures"][0],
        None => json,
    };
    match signature.get("disclosures") {
        Some(_) => signature,
        None => &mut signature["header"],
    }
}

/// Returns the disclosures of an SD-JWT.
fn disclosures(token: &str) -> Vec<String> {
    if let Ok(mut json) = serde_json::from_str::<Value>(token) {
        let object = object_with_disclosures(&mut json);
        return serde_json::from_value(object["disclosures"].take()).unwrap();
    }
    let parts: Vec<&str> = token.split('~').collect();
    let inner = &parts[1..parts.len() - 1];
    inner.iter().map(|part| (*part).to_owned()).collect()
}

/// Returns the SD-JWT with other disclosures.
fn with_disclosures(token: &str, disclosures: &[String]) -> String {
    if let Ok(mut json) = serde_json::from_str::<Value>(token) {
        object_with_disclosures(&mut json)["disclosures"] = disclosures.into();
        return json.to_string();
    }
    let mut parts: Vec<&str> = token.split('~').collect();
    let last = parts.len() - 1;
    parts.splice(1..last, disclosures.iter().map(String::as_str));
    parts.join("~")
}

#[test]
fn disclosures_are_bound_to_their_digests_and_presentations_to_their_key() {
    let Some((folder, examples)) = examples() else {
        return;
    };
    let keys = issuer(&folder);
    let mut tried = 0;
    for example in &examples {
        let (rules, now) = example.rules();
        let original = verify(&keys, &example.token, rules.as_ref(), now).unwrap();
        let parts = disclosures(&example.token);
        let check = |parts: &[String]| {
            let token = with_disclosures(&example.token, parts);
            verify(&keys, &token, rules.as_ref(), now)
        };
        assert!(is_equal(&check(&parts).unwrap(), &original));
        for index in 0..parts.len() {
            tried += 1;
            let name = format!("{} disclosure {index}", example.name);
            let mut doubled = parts.clone();
            doubled.insert(index, parts[index].clone());
            assert!(check(&doubled).is_err(), "{name} doubled");

            let mut dropped = parts.clone();
            dropped.remove(index);
            match check(&dropped) {
                Ok(payload) => {
                    assert!(rules.is_none(), "{name} dropped");
                    assert!(!is_equal(&payload, &original), "{name} dropped");
                }
                // Disclosures below the one that was dropped are no longer referenced.
                Err(error) => assert!(rules.is_some() || error.to_string().contains("referenced")),
            }

            let mut moved = parts.clone();
            moved.swap(0, index);
            match check(&moved) {
                Ok(payload) => {
                    assert!(is_equal(&payload, &original), "{name} moved");
                    assert!(rules.is_none() || index == 0, "{name} moved");
                }
                Err(_) => assert!(rules.is_some(), "{name} moved"),
            }

            let mut renamed = parts.clone();
            let text = String::from_utf8(base64url::decode(&parts[index]).unwrap()).unwrap();
            renamed[index] = base64url::encode(text.replacen("\", ", "x\", ", 1));
            assert!(check(&renamed).is_err(), "{name} renamed");

            // A disclosure of another SD-JWT.
            let mut foreign = parts.clone();
            foreign[index] = base64url::encode(r#"["c2FsdA","admin",true]"#);
            assert!(check(&foreign).is_err(), "{name} replaced");
            foreign = parts.clone();
            foreign.insert(index, base64url::encode(r#"["c2FsdA","admin",true]"#));
            assert!(check(&foreign).is_err(), "{name} added");
        }
    }
    assert!(tried > 60, "{tried}");
}
