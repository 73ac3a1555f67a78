//! The examples of RFC 9901 and the test cases of the reference implementation, read from JOTSMITH_VECTORS.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jotsmith::crypto::Code;
use jotsmith::crypto::json::{Object, is_equal};
use jotsmith::crypto::policy::MAX_TOKEN;
use jotsmith::crypto::token::HeaderCache;
use jotsmith::crypto::{KeySet, base64url};
use jotsmith::sd_jwt::{
    IssueOptions, KeyBindingRules, Path as ClaimPath, SignedToken, Step, issue,
};
use serde_json::{Value, json};

use super::verify;
use crate::support::{json as parse, vectors_folder};

/// The example whose key binding JWT cannot be verified.
const DAMAGED: &str = "RFC 9901 example 7";

/// One complete presentation.
pub struct Example {
    pub name: String,
    pub token: String,
    /// The claims of its key binding JWT.
    pub key_binding: Option<Value>,
    /// The expected output of a verifier, if the vectors contain it.
    pub expected: Option<Value>,
    /// The payload of the issuer's JWT.
    pub payload: Value,
}

impl Example {
    fn new(name: String, token: &str, expected: Option<Value>) -> Example {
        let token = token.trim().to_owned();
        let (jwt, key_binding) = if token.starts_with('{') {
            let token = parse(&token);
            let first = match token.get("signatures") {
                Some(signatures) => signatures[0].clone(),
                None => token.clone(),
            };
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let jwt = format!(".{}.", text(&token["payload"]));
            let key_binding = first["kb_jwt"].as_str().map(str::to_owned);
            (jwt, key_binding)
        } else {
            let (jwt, _) = token.split_once('~').unwrap();
            let (_, last) = token.rsplit_once('~').unwrap();
            (jwt.to_owned(), (!last.is_empty()).then(|| last.to_owned()))
        };
        // For the JSON serialization, the reference implementation computes sd_hash over the text of the issuer, which a
        // verifier does not have, and not over the compact serialization (RFC 9901 section 8.1).
        let key_binding = key_binding.filter(|_| !token.starts_with('{'));
        // The signature of one key binding JWT is truncated in the file.
        let key_binding = key_binding.filter(|jwt| {
            let signature = base64url::decode(jwt.rsplit('.').next().unwrap());
            let is_damaged = signature.is_none();
            assert_eq!(is_damaged, name == DAMAGED, "{name}");
            !is_damaged
        });
        let claims = |jwt: &str| parse(base64url::decode(jwt.split('.').nth(1).unwrap()).unwrap());
        Example {
            name,
            payload: claims(&jwt),
            key_binding: key_binding.as_deref().map(claims),
            token,
            expected,
        }
    }

    /// Returns rules that the key binding meets, and the time.
    pub fn rules(&self) -> (Option<KeyBindingRules>, i64) {
        let Some(claims) = &self.key_binding else {
            return (None, self.payload["iat"].as_i64().unwrap_or(1_750_000_000));
        };
        let rules = KeyBindingRules {
            audience: claims["aud"].as_str().unwrap().into(),
            nonce: claims["nonce"].as_str().unwrap().into(),
            max_age: 300,
            leeway: 0,
        };
        (Some(rules), claims["iat"].as_i64().unwrap() + 10)
    }
}

/// Returns the public key of the issuer of all vectors.
pub fn issuer(folder: &Path) -> KeySet {
    let settings = std::fs::read_to_string(folder.join("testcases/settings.yml")).unwrap();
    let (_, keys) = settings.split_once("issuer_keys:").unwrap();
    let member = |name: &str| {
        let line = keys.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": member("x:"), "y": member("y:")});
    KeySet::from_json(jwk.to_string().as_bytes()).unwrap()
}

/// Returns the examples and the test cases, without the one whose `kid` is a number.
pub fn examples() -> Option<(PathBuf, Vec<Example>)> {
    let folder = vectors_folder()?.join("sd-jwt");
    let read = |path: &Path| {
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let rfc = parse(read(&folder.join("rfc9901-draft22-examples.json")));
    let rfc = rfc.as_array().unwrap().iter().enumerate();
    let mut examples: Vec<Example> = rfc
        .map(|(index, example)| {
            let token = example["sd_jwt"].as_str().unwrap();
            Example::new(format!("RFC 9901 example {index}"), token, None)
        })
        .collect();
    assert_eq!(examples.len(), 8);
    for case in cases(&folder) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let expected = parse(read(&case.join("verified_contents.json")));
        examples.push(Example::new(name, &presentation(&case), Some(expected)));
    }
    let before = examples.len();
    examples.retain(|example| example.name != "header_mod");
    assert_eq!((before, examples.len()), (25, 24));
    Some((folder, examples))
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("testcases")).unwrap();
    let mut cases: Vec<PathBuf> =
        (entries.map(|entry| entry.unwrap().path())).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// Returns the text of a presentation or of an issued SD-JWT: compact, or JSON as a JSON string.
fn token(case: &Path, name: &str) -> String {
    let path = case.join(format!("{name}.txt"));
    match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => {
            let text = std::fs::read(path.with_extension("json")).unwrap();
            parse(text).as_str().unwrap().to_owned()
        }
    }
}

fn presentation(case: &Path) -> String {
    token(case, "sd_jwt_presentation")
}

#[test]
fn every_presentation_verifies_to_the_printed_payload() {
    let Some((folder, examples)) = examples() else {
        return;
    };
    let keys = issuer(&folder);
    let mut bound = 0;
    for example in &examples {
        let (rules, now) = example.rules();
        let payload = verify(&keys, &example.token, rules.as_ref(), now)
            .unwrap_or_else(|error| panic!("{}: {error}", example.name));
        assert!(!payload.to_string().contains("\"_sd"), "{}", example.name);
        if let Some(expected) = &example.expected {
            assert!(is_equal(&payload, expected), "{}: {payload}", example.name);
        }
        bound += usize::from(rules.is_some());
    }
    assert_eq!(bound, 3);
    let damaged = examples.iter().find(|example| example.name == DAMAGED);
    let (rules, now) = examples[1].rules();
    let error = verify(&keys, &damaged.unwrap().token, rules.as_ref(), now).unwrap_err();
    assert_eq!(error.code(), Code::Malformed, "{error}");
}

#[test]
fn key_id_that_is_a_number_is_rejected() {
    let Some(folder) = vectors_folder() else {
        return;
    };
    let folder = folder.join("sd-jwt");
    let case = folder.join("testcases/header_mod");
    let error = verify(&issuer(&folder), &presentation(&case), None, 1_795_615_355).unwrap_err();
    assert_eq!(error.code(), Code::Malformed, "{error}");
}

#[test]
fn key_binding_for_another_verifier_nonce_or_time_is_rejected() {
    let Some((folder, examples)) = examples() else {
        return;
    };
    let keys = issuer(&folder);
    for example in examples.iter().filter(|example| example.key_binding.is_some()) {
        let (rules, now) = example.rules();
        let rules = rules.unwrap();
        let code = |rules: &KeyBindingRules, now: i64| {
            verify(&keys, &example.token, Some(rules), now).map_err(|error| error.code())
        };
        assert!(code(&rules, now).is_ok(), "{}", example.name);
        let audience = KeyBindingRules {
            audience: "https://other.example".into(),
            ..rules.clone()
        };
        let nonce = KeyBindingRules {
            nonce: "other".into(),
            ..rules.clone()
        };
        for (rules, now) in [
            (&audience, now),
            (&nonce, now),
            (&rules, now + 300),
            (&rules, now - 11),
        ] {
            assert_eq!(
                code(rules, now),
                Err(Code::ClaimRejected),
                "{}",
                example.name
            );
        }
    }
}

/// Adds the paths of the claims that the issued payload hides. They are read from the issued payload, because the
/// specification marks them with YAML tags.
fn hidden_paths(
    value: &Value,
    steps: &mut Vec<Step>,
    by_digest: &Value,
    found: &mut Vec<ClaimPath>,
) {
    let add = |digest: &Value, steps: &mut Vec<Step>, index: usize, found: &mut Vec<ClaimPath>| {
        let Some(disclosure) = digest.as_str().and_then(|digest| by_digest.get(digest)) else {
            return false;
        };
        let items = disclosure.as_array().unwrap();
        steps.push(match items.len() {
            3 => Step::Member(items[1].as_str().unwrap().into()),
            _ => Step::Element(index),
        });
        found.push(ClaimPath::new(steps.clone()));
        hidden_paths(items.last().unwrap(), steps, by_digest, found);
        steps.pop();
        true
    };
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if name == "_sd" {
                    for digest in value.as_array().unwrap() {
                        add(digest, steps, 0, found);
                    }
                    continue;
                }
                steps.push(Step::Member(name.clone()));
                hidden_paths(value, steps, by_digest, found);
                steps.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if let Some(digest) = item.get("...") {
                    assert!(add(digest, steps, index, found));
                    continue;
                }
                steps.push(Step::Element(index));
                hidden_paths(item, steps, by_digest, found);
                steps.pop();
            }
        }
        _ => {}
    }
}

/// Returns a payload without the values of its digests: the number of `known` digests instead of `_sd`, and true instead of
/// the digest of an array element.
fn shape(value: &Value, known: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::Object(object) => {
            let members = object.iter().map(|(name, value)| match (&**name, value) {
                ("_sd", Value::Array(digests)) => {
                    let number = digests.iter().filter(|digest| known(digest.as_str().unwrap()));
                    (name.clone(), number.count().into())
                }
                ("...", _) => (name.clone(), true.into()),
                _ => (name.clone(), shape(value, known)),
            });
            let members: BTreeMap<String, Value> = members.collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(|item| shape(item, known)).collect(),
        scalar => scalar.clone(),
    }
}

/// Returns the digests of disclosures, each with its disclosure.
fn by_digest<'a>(disclosures: impl Iterator<Item = &'a str>) -> Value {
    let members = disclosures.map(|text| {
        let digest = base64url::encode(openssl::sha::sha256(text.as_bytes()));
        (digest, parse(base64url::decode(text).unwrap()))
    });
    Value::Object(members.collect())
}

#[test]
fn reissued_vectors_have_the_same_payload_except_for_salts() {
    let Some((folder, _)) = examples() else {
        return;
    };
    for case in cases(&folder) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let issued = token(&case, "sd_jwt_issuance");
        let payload = parse(std::fs::read(case.join("sd_jwt_payload.json")).unwrap());
        let claims = parse(std::fs::read(case.join("user_claims.json")).unwrap());
        let disclosures: Vec<String> = if issued.starts_with('{') {
            let issued = parse(&issued);
            let first = issued.get("signatures").map_or(&issued, |all| &all[0]);
            let texts = first["disclosures"].as_array().unwrap();
            texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        } else {
            let parts: Vec<&str> = issued.trim().split('~').collect();
            parts[1..parts.len() - 1].iter().map(|text| (*text).to_owned()).collect()
        };
        let theirs = by_digest(disclosures.iter().map(String::as_str));
        let mut paths = Vec::new();
        hidden_paths(&payload, &mut Vec::new(), &theirs, &mut paths);
        assert_eq!(paths.len(), disclosures.len(), "{name}");
        let mut all: Object = claims.as_object().unwrap().clone();
        for claim in ["iss", "iat", "exp", "cnf"] {
            if let Some(value) = payload.get(claim) {
                all.entry(claim).or_insert(value.clone());
            }
        }
        let options = IssueOptions {
            paths,
            decoys: 0,
            hash: "sha-256",
        };
        let ours = issue(all, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
        let own = by_digest(ours.disclosures.iter().map(String::as_str));
        let mut expected = shape(&payload, &|digest| theirs.get(digest).is_some());
        expected["_sd_alg"] = "sha-256".into();
        let actual = shape(&Value::Object(ours.payload), &|digest| {
            own.get(digest).is_some()
        });
        assert!(is_equal(&actual, &expected), "{name}: {actual} {expected}");
        // The disclosures have the same names and values, compared by their shapes.
        let contents = |all: &Value| {
            let known = |digest: &str| all.get(digest).is_some();
            let mut contents: Vec<String> = (all.as_object().unwrap().values())
                .map(|disclosure| {
                    let items = &disclosure.as_array().unwrap()[1..];
                    items.iter().map(|item| shape(item, &known).to_string()).collect()
                })
                .collect();
            contents.sort();
            contents
        };
        assert_eq!(contents(&own).len(), contents(&theirs).len(), "{name}");
        let text = |contents: Vec<String>| contents.join("\n").replace(' ', "");
        assert_eq!(text(contents(&own)), text(contents(&theirs)), "{name}");
    }
}

#[test]
fn selected_claims_give_the_presented_disclosures() {
    let Some((folder, examples)) = examples() else {
        return;
    };
    for case in cases(&folder) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let Some(example) = examples.iter().find(|example| example.name == name) else {
            continue;
        };
        let issued = token(&case, "sd_jwt_issuance");
        let mut cache = HeaderCache::default();
        let parse_sd_jwt = |text: &str| -> Vec<String> {
            let token = SignedToken::parse(
                text.trim().as_bytes(),
                MAX_TOKEN,
                &mut HeaderCache::default(),
            );
            match token.unwrap() {
                SignedToken::SdJwt(sd_jwt) => sd_jwt.disclosures().map(str::to_owned).collect(),
                SignedToken::Plain(_) => panic!("{name}"),
            }
        };
        let presented = parse_sd_jwt(&example.token);
        let issued_disclosures = parse_sd_jwt(&issued);
        assert!(
            presented.iter().all(|one| issued_disclosures.contains(one)),
            "{name}"
        );
        let SignedToken::SdJwt(sd_jwt) =
            SignedToken::parse(issued.trim().as_bytes(), MAX_TOKEN, &mut cache).unwrap()
        else {
            panic!("{name}");
        };
        let processed = sd_jwt.process_unverified().unwrap();
        let paths = processed.places.iter().enumerate().filter_map(|(index, place)| {
            let text = &issued_disclosures[place.disclosure?];
            let mut steps: Vec<Step> = processed.steps_up(index).cloned().collect();
            steps.reverse();
            presented.contains(text).then(|| ClaimPath::new(steps))
        });
        let selection = jotsmith::sd_jwt::Selection::Paths(paths.collect());
        let mut selected = sd_jwt.select(&selection).unwrap();
        let mut presented = presented;
        selected.sort();
        presented.sort();
        assert_eq!(selected, presented, "{name}");
    }
}
