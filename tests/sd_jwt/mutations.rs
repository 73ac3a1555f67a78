//! Every byte of every vector is changed; disclosures are dropped, doubled, moved and renamed.

use jotsmith::crypto::base64url;
use jotsmith::crypto::json::is_equal;

use serde_json::Value;

use super::vectors::{examples, issuer};
use super::verify;

#[test]
fn no_changed_byte_changes_what_is_accepted() {
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
            // A neighbor in the base64url alphabet, most often.
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
                // In JSON, a member with another name is ignored: the claims are the same, or fewer are disclosed.
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

#[test]
fn disclosures_are_bound_to_their_digests_and_presentations_to_their_key() {
    let Some((folder, examples)) = examples() else {
        return;
    };
    let keys = issuer(&folder);
    let mut tried = 0;
    for example in examples
        .iter()
        .filter(|example| !example.token.starts_with('{'))
    {
        let (rules, now) = example.rules();
        let original = verify(&keys, &example.token, rules.as_ref(), now).unwrap();
        let parts: Vec<String> = example.token.split('~').map(str::to_owned).collect();
        let last = parts.len() - 1;
        let check = |parts: &[String]| verify(&keys, &parts.join("~"), rules.as_ref(), now);
        for index in 1..last {
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
            moved.swap(1, index);
            match check(&moved) {
                Ok(payload) => {
                    assert!(is_equal(&payload, &original), "{name} moved");
                    assert!(rules.is_none() || index == 1, "{name} moved");
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
