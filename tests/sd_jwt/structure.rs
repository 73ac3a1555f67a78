//! Every structure that RFC 9901 section 7.1 rejects, with a valid signature of the issuer, and the limits.

use std::fmt::Write;

use jotsmith::crypto::{Code, KeySet, base64url};
use jotsmith::sd_jwt::{KeyBindingRules, MAX_DISCLOSURES};
use openssl::sha::sha256;
use serde_json::{Value, json};

use super::verify;
use crate::support::{hs256, secret_jwk};

/// Verifies a payload with disclosures, signed with the shared secret.
fn processed(payload: &Value, disclosures: &[&str]) -> Result<Value, (Code, String)> {
    let mut token = hs256(r#"{"alg":"HS256"}"#, payload.to_string());
    token.push('~');
    for disclosure in disclosures {
        write!(token, "{disclosure}~").unwrap();
    }
    let keys = KeySet::from_json(secret_jwk().as_bytes()).unwrap();
    verify(&keys, &token, None, 1000).map_err(|error| (error.code(), error.to_string()))
}

fn digest(disclosure: &str) -> String {
    base64url::encode(sha256(disclosure.as_bytes()))
}

fn disclosure(value: &Value) -> String {
    base64url::encode(value.to_string())
}

#[track_caller]
fn assert_rejected(payload: &Value, disclosures: &[&str], why: &str) {
    let (code, text) = processed(payload, disclosures).unwrap_err();
    assert_eq!(code, Code::Malformed, "{text}");
    assert!(text.contains(why), "{text}");
}

#[test]
fn claims_array_elements_and_nested_claims_are_restored() {
    let inner = disclosure(&json!(["s1", "region", "Anystate"]));
    let outer = disclosure(&json!(["s2", "address", {"_sd": [digest(&inner)], "country": "US"}]));
    let element = disclosure(&json!(["s3", "DE"]));
    let payload = json!({
        "_sd": ["decoy", digest(&outer)],
        "_sd_alg": "sha-256",
        "nationalities": [{"...": "hidden"}, {"...": digest(&element)}, "FR"],
    });
    let all = processed(&payload, &[&outer, &element, &inner]).unwrap();
    let expected = json!({
        "nationalities": ["DE", "FR"],
        "address": {"country": "US", "region": "Anystate"},
    });
    assert_eq!(all, expected);
    let none = processed(&payload, &[]).unwrap();
    assert_eq!(none, json!({"nationalities": ["FR"]}));
}

#[test]
fn unreferenced_disclosure_is_rejected() {
    let own = disclosure(&json!(["s", "a", 1]));
    assert_rejected(&json!({}), &[&own], "not referenced");
    // One that only a hidden disclosure references.
    let outer = disclosure(&json!(["s", "b", {"_sd": [digest(&own)]}]));
    assert_rejected(&json!({"_sd": [digest(&outer)]}), &[&own], "not referenced");
}

#[test]
fn repeated_digest_is_rejected() {
    let own = disclosure(&json!(["s", "a", 1]));
    let element = disclosure(&json!(["s", 1]));
    let outer = disclosure(&json!(["t", "b", {"_sd": [digest(&own)]}]));
    for (payload, disclosures) in [
        (json!({"_sd": [digest(&own), digest(&own)]}), vec![&own]),
        (json!({"_sd": ["hidden", "hidden"]}), vec![]),
        (json!({"_sd": ["hidden"], "x": [{"...": "hidden"}]}), vec![]),
        (
            json!({"_sd": [digest(&own)], "x": {"_sd": [digest(&own)]}}),
            vec![&own],
        ),
        (
            json!({"x": [{"...": digest(&element)}, {"...": digest(&element)}]}),
            vec![&element],
        ),
        (
            json!({"_sd": [digest(&own), digest(&outer)]}),
            vec![&own, &outer],
        ),
    ] {
        let disclosures: Vec<&str> = disclosures.into_iter().map(String::as_str).collect();
        assert_rejected(&payload, &disclosures, "a digest occurs twice");
    }
}

#[test]
fn repeated_disclosure_is_rejected() {
    let own = disclosure(&json!(["s", "a", 1]));
    assert_rejected(&json!({"_sd": [digest(&own)]}), &[&own, &own], "twice");
}

#[test]
fn digest_cycle_is_not_followed() {
    // The second disclosure references the first one, but nothing references the second.
    let first = disclosure(&json!(["s", "a", {"_sd": ["x"]}]));
    let second = disclosure(&json!(["s", "b", {"_sd": [digest(&first)]}]));
    assert_rejected(&json!({}), &[&first, &second], "not referenced");
}

#[test]
fn disclosure_with_the_wrong_number_of_elements_is_rejected() {
    let claim = disclosure(&json!(["s", "a", 1]));
    let element = disclosure(&json!(["s", 1]));
    assert_rejected(
        &json!({"_sd": [digest(&element)]}),
        &[&element],
        "array element",
    );
    assert_rejected(
        &json!({"x": [{"...": digest(&claim)}]}),
        &[&claim],
        "of a claim",
    );
}

#[test]
fn malformed_disclosure_is_rejected() {
    for value in [
        json!([]),
        json!(["s"]),
        json!(["s", "a", 1, 2]),
        json!([1, "a", 1]),
        json!(["s", 1, 1]),
        json!([null, 1]),
        json!({"s": 1}),
        json!("s"),
    ] {
        let own = disclosure(&value);
        assert_rejected(&json!({"_sd": [digest(&own)]}), &[&own], "a disclosure");
        assert_rejected(
            &json!({"x": [{"...": digest(&own)}]}),
            &[&own],
            "a disclosure",
        );
    }
    let twice = base64url::encode(r#"["s","a",{"b":1,"b":2}]"#);
    let more = base64url::encode(r#"["s","a",1] "#).replace('=', "");
    let trailing = base64url::encode(r#"["s","a",1]x"#);
    for own in [
        &twice,
        &trailing,
        &"WyJzIiwiYSIsMV0=".to_owned(),
        &"!".to_owned(),
        &String::new(),
    ] {
        assert_rejected(&json!({"_sd": [digest(own)]}), &[own], "a disclosure");
    }
    // White space is valid JSON and part of the hashed text.
    assert!(processed(&json!({"_sd": [digest(&more)]}), &[&more]).is_ok());
}

#[test]
fn reserved_and_repeated_claim_names_are_rejected() {
    for name in ["_sd", "...", "_sd_alg"] {
        let own = disclosure(&json!(["s", name, ["x"]]));
        assert_rejected(&json!({"_sd": [digest(&own)]}), &[&own], "reserved name");
    }
    let own = disclosure(&json!(["s", "a", 1]));
    let other = disclosure(&json!(["t", "a", 2]));
    assert_rejected(
        &json!({"a": 1, "_sd": [digest(&own)]}),
        &[&own],
        "existing claim",
    );
    let both = json!({"_sd": [digest(&own), digest(&other)]});
    assert_rejected(&both, &[&own, &other], "existing claim");
    // A disclosure does not replace a security claim.
    let exp = disclosure(&json!(["s", "exp", 9_999_999_999_i64]));
    assert_rejected(
        &json!({"exp": 1, "_sd": [digest(&exp)]}),
        &[&exp],
        "existing claim",
    );
}

#[test]
fn digests_outside_of_their_place_are_rejected() {
    for payload in [
        json!({"_sd": "x"}),
        json!({"_sd": {"x": 1}}),
        json!({"_sd": [1]}),
        json!({"_sd": [["x"]]}),
        json!({"x": [{"...": 1}]}),
        json!({"x": [{"...": "a", "y": 1}]}),
        json!({"...": "a"}),
        json!({"x": {"...": "a"}}),
        json!({"x": {"_sd_alg": "sha-256"}}),
        json!({"_sd_alg": 1}),
    ] {
        let (code, text) = processed(&payload, &[]).unwrap_err();
        assert_eq!(code, Code::Malformed, "{payload}: {text}");
    }
}

#[test]
fn unknown_hash_function_is_rejected_and_not_treated_as_sha_256() {
    let own = disclosure(&json!(["s", "a", 1]));
    for name in ["sha-1", "SHA-256", "sha256", "", "none"] {
        let payload = json!({"_sd": [digest(&own)], "_sd_alg": name});
        let (code, _) = processed(&payload, &[&own]).unwrap_err();
        assert_eq!(code, Code::NotAllowed, "{name}");
    }
    let sha512 = base64url::encode(openssl::sha::sha512(own.as_bytes()));
    let payload = json!({"_sd": [sha512], "_sd_alg": "sha-512"});
    assert_eq!(processed(&payload, &[&own]).unwrap(), json!({"a": 1}));
}

#[test]
fn time_claims_in_disclosures_are_checked() {
    let exp = disclosure(&json!(["s", "exp", 10]));
    let (code, _) = processed(&json!({"_sd": [digest(&exp)]}), &[&exp]).unwrap_err();
    assert_eq!(code, Code::Expired);
    let nbf = disclosure(&json!(["s", "nbf", 2000]));
    let (code, _) = processed(&json!({"_sd": [digest(&nbf)]}), &[&nbf]).unwrap_err();
    assert_eq!(code, Code::NotYetValid);
}

#[test]
fn nesting_depth_across_disclosures_is_limited() {
    // Each disclosure contains the digest of the one before.
    let chain = |length: usize| {
        let mut disclosures = vec![disclosure(&json!(["s", "a", 1]))];
        for _ in 1..length {
            let inner = digest(disclosures.last().unwrap());
            disclosures.push(disclosure(&json!(["s", "a", {"_sd": [inner]}])));
        }
        let payload = json!({"_sd": [digest(disclosures.last().unwrap())]});
        let disclosures: Vec<&str> = disclosures.iter().map(String::as_str).collect();
        processed(&payload, &disclosures)
    };
    assert!(chain(32).is_ok());
    let (code, text) = chain(33).unwrap_err();
    assert_eq!(code, Code::Malformed);
    assert!(text.contains("deeper"), "{text}");
    assert!(chain(2000).is_err());
}

#[test]
fn number_of_disclosures_is_limited() {
    let many = |number: usize| {
        let disclosures: Vec<String> =
            (0..number).map(|index| disclosure(&json!(["s", format!("n{index}"), 1]))).collect();
        let digests: Vec<String> = disclosures.iter().map(|text| digest(text)).collect();
        let disclosures: Vec<&str> = disclosures.iter().map(String::as_str).collect();
        processed(&json!({"_sd": digests}), &disclosures)
    };
    let claims = many(MAX_DISCLOSURES).unwrap();
    assert_eq!(claims.as_object().unwrap().len(), MAX_DISCLOSURES);
    let (code, text) = many(MAX_DISCLOSURES + 1).unwrap_err();
    assert_eq!(code, Code::Malformed);
    assert!(text.contains("limit"), "{text}");
}

#[test]
fn sd_jwt_that_does_not_end_with_a_tilde_or_a_key_binding_jwt_is_rejected() {
    let keys = KeySet::from_json(secret_jwk().as_bytes()).unwrap();
    let own = disclosure(&json!(["s", "a", 1]));
    let token = hs256(
        r#"{"alg":"HS256"}"#,
        json!({"_sd": [digest(&own)]}).to_string(),
    );
    for (text, is_accepted) in [
        (format!("{token}~{own}~"), true),
        (format!("{token}~"), true),
        (format!("{token}~{own}"), false),
        (format!("{token}~~"), false),
        (format!("{token}~{own}~~"), false),
        (format!("~{token}~"), false),
        (format!("{token}~{own}~a.b"), false),
        (format!("{token}~{own}~{own}"), false),
        (format!("{token}~{own}~{{}}"), false),
    ] {
        let result = verify(&keys, &text, None, 1000);
        let error = result.err().map(|error| error.code());
        let expected = (!is_accepted).then_some(Code::Malformed);
        assert_eq!(error, expected, "{text}");
    }
}

#[test]
fn missing_required_key_binding_is_rejected() {
    let keys = KeySet::from_json(secret_jwk().as_bytes()).unwrap();
    let rules = KeyBindingRules {
        audience: "a".into(),
        nonce: "n".into(),
        max_age: 300,
        leeway: 0,
    };
    let code = |text: &str| {
        let result = verify(&keys, text, Some(&rules), 1000);
        result.map_err(|error| error.code())
    };
    let header = r#"{"alg":"HS256"}"#;
    let plain = hs256(header, "{}");
    assert_eq!(code(&plain), Err(Code::NotAllowed));
    assert_eq!(code(&format!("{plain}~")), Err(Code::NotAllowed));
    let binding = hs256(r#"{"alg":"HS256","typ":"kb+jwt"}"#, "{}");
    assert_eq!(code(&format!("{plain}~{binding}")), Err(Code::NotAllowed));
    // A shared secret in cnf is not accepted as the key of the holder.
    let cnf = json!({"cnf": {"jwk": serde_json::from_str::<Value>(&secret_jwk()).unwrap()}});
    let bound = hs256(header, cnf.to_string());
    assert_eq!(code(&format!("{bound}~{binding}")), Err(Code::NotAllowed));
}

/// RFC 9901 section 8.
#[test]
fn disclosures_in_json_outside_of_the_first_unprotected_header_are_rejected() {
    let keys = KeySet::from_json(secret_jwk().as_bytes()).unwrap();
    let own = disclosure(&json!(["s", "a", 1]));
    let token = hs256(
        r#"{"alg":"HS256"}"#,
        json!({"_sd": [digest(&own)]}).to_string(),
    );
    let parts: Vec<&str> = token.split('.').collect();
    let signature =
        |header: Value| json!({"protected": parts[0], "signature": parts[2], "header": header});
    let general = |headers: &[Value]| json!({"payload": parts[1], "signatures": headers.iter().cloned().map(signature).collect::<Vec<_>>()});
    let flattened = |header: Value| {
        let mut token = signature(header);
        token["payload"] = parts[1].into();
        token
    };
    let check = |token: &Value| verify(&keys, &token.to_string(), None, 1000);
    let good = json!({"disclosures": [own]});
    let none = json!({"x": 1});
    for token in [
        flattened(good.clone()),
        general(std::slice::from_ref(&good)),
        general(&[good.clone(), none.clone()]),
    ] {
        assert_eq!(check(&token).unwrap(), json!({"a": 1}), "{token}");
    }
    let mut two_places = flattened(good.clone());
    two_places["disclosures"] = json!([own]);
    let many = vec![own.as_str(); MAX_DISCLOSURES + 1];
    for (token, why) in [
        (
            general(&[none.clone(), good.clone()]),
            "outside of its first",
        ),
        (
            general(&[good.clone(), good.clone()]),
            "outside of its first",
        ),
        (
            general(&[good.clone(), json!({"kb_jwt": "a.b.c"})]),
            "outside of its first",
        ),
        (two_places, "two places"),
        (flattened(json!({"disclosures": own})), "not an array"),
        (flattened(json!({"disclosures": [own, 1]})), "not an array"),
        (
            flattened(json!({"disclosures": [own], "kb_jwt": 1})),
            "kb_jwt",
        ),
        (
            flattened(json!({"disclosures": [own], "kb_jwt": "a.b"})),
            "not a signed JWT",
        ),
        (flattened(json!({"disclosures": many})), "limit"),
        // These would be two disclosures in the compact form.
        (
            flattened(json!({"disclosures": [format!("{own}~{own}")]})),
            "not referenced",
        ),
        (
            flattened(json!({"disclosures": [own, ""]})),
            "not referenced",
        ),
    ] {
        let error = check(&token).unwrap_err();
        assert_eq!(error.code(), Code::Malformed, "{token}: {error}");
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
}
