//! Key sets with entries that are unusable, not canonical, or share a kid.

use serde_json::{Value, json};

use super::{OTHER_RSA, RSA, certificate, ec_jwk, public};
use crate::support::{Folder, hs256, json as parse};
use jotsmith::crypto::policy::MAX_TOKEN;
use jotsmith::crypto::{Error, KeySet, UnverifiedToken, base64url};

/// Returns a folder with `key.jwk`, which has the kid e1, and a token that it signed in `token`.
fn fixture() -> (Folder, Value) {
    let folder = Folder::new();
    let mut key = ec_jwk();
    key["kid"] = "e1".into();
    folder.write("key.jwk", key.to_string());
    let token = folder.run("sign -k key.jwk --exp 1h sub=alice").accepted();
    folder.write("token", token);
    (folder, public(&key))
}

/// Verifies the token with a set, and returns stderr.
#[track_caller]
fn accepts(folder: &Folder, keys: &[Value]) -> String {
    folder.write("jwks.json", json!({"keys": keys}).to_string());
    let done = folder.run("verify -k jwks.json @token").done();
    assert_eq!(done.code, 0, "{done:?}");
    done.stderr
}

#[track_caller]
fn rejects(folder: &Folder, keys: &[Value], code: i32) -> String {
    folder.write("jwks.json", json!({"keys": keys}).to_string());
    folder.run("verify -k jwks.json @token").refused(code)
}

fn with(key: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut key = key.clone();
    key[name] = value.into();
    key
}

fn rsa(kid: &str) -> Value {
    let rsa = RSA.rsa().unwrap();
    let [n, e] = [rsa.n(), rsa.e()].map(|number| base64url::encode(number.to_vec()));
    json!({"kty": "RSA", "n": n, "e": e, "kid": kid, "alg": "RS256"})
}

/// https://github.com/apigee/microgateway-edgeauth/issues/40
#[test]
fn unusable_entry_is_skipped_with_a_warning_that_names_it() {
    let (folder, key) = fixture();
    for (entry, why) in [
        (Value::Null, "not an object"),
        (json!(1), "not an object"),
        (json!([]), "not an object"),
        (json!({"kty": "PQ", "kid": "x"}), "kty"),
        (
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "x"}),
            "\"x\" has 1 bytes",
        ),
        (with(&key, "alg", "RSA256"), "alg"),
        (with(&rsa("x"), "d", ""), "\"d\""),
        (with(&rsa("x"), "d", Value::Null), "\"d\""),
        (
            json!({"kty": "oct", "k": base64url::encode([7; 32]), "kid": "x"}),
            "shared secret among public keys",
        ),
    ] {
        let stderr = accepts(&folder, &[entry.clone(), key.clone()]);
        assert!(
            stderr.contains("jwks.json: skipped keys[0]: ") && stderr.contains(why),
            "{stderr}"
        );
    }
}

#[test]
fn token_that_needs_a_skipped_entry_is_rejected_with_its_reason() {
    let (folder, key) = fixture();
    let broken = with(&key, "x", "AA");
    let message = rejects(&folder, &[broken.clone(), rsa("r")], 16);
    assert!(
        message.contains("e1") && message.contains("keys[0]: the JWK's member \"x\" has 1 bytes"),
        "{message}"
    );
    let message = rejects(&folder, &[broken], 3);
    assert!(message.contains("no usable key"), "{message}");
}

/// A shared secret in a set of public keys may be publicly known, so it is not used to verify.
#[test]
fn shared_secret_in_a_set_of_public_keys_is_not_used() {
    let (folder, key) = fixture();
    let secret = json!({"kty": "oct", "k": base64url::encode([7; 32]), "kid": "s"});
    folder.write("secret.jwk", secret.to_string());
    let token = folder.run("sign -k secret.jwk --exp 1h sub=alice").accepted();
    folder.write("token", token);
    rejects(&folder, &[secret, key], 16);
}

/// https://github.com/zmartzone/lua-resty-openidc/issues/406, https://github.com/auth0/node-jwks-rsa/issues/111
#[test]
fn unreadable_certificate_chain_is_ignored_with_a_warning() {
    let (folder, key) = fixture();
    for x5c in [
        json!([]),
        json!("MIIB"),
        json!(["AA"]),
        json!([1]),
        json!({}),
    ] {
        let stderr = accepts(&folder, &[with(&key, "x5c", x5c)]);
        assert!(
            stderr.contains("repaired keys[0]: ") && stderr.contains("x5c"),
            "{stderr}"
        );
    }
    assert!(!accepts(&folder, &[with(&key, "x5c", Value::Null)]).contains("warning"));
}

#[test]
fn entry_with_a_certificate_of_another_key_is_skipped() {
    let (folder, key) = fixture();
    let der = certificate("other", &RSA, None).to_der().unwrap();
    let x5c = json!([base64_simd::STANDARD.encode_to_string(der)]);
    let message = rejects(&folder, &[with(&key, "x5c", x5c)], 3);
    assert!(message.contains("first certificate"), "{message}");
}

/// https://github.com/hasura/graphql-engine/issues/9922
#[test]
fn non_canonical_integers_are_repaired() {
    let folder = Folder::new();
    folder.write("key.pem", RSA.private_key_to_pem_pkcs8().unwrap());
    let token = folder.run("sign -k key.pem --alg RS256 --exp 1h sub=a").accepted();
    folder.write("token", token);
    let rsa_key = RSA.rsa().unwrap();
    let n = rsa_key.n().to_vec();
    let key = rsa("r");
    for (name, text) in [
        ("n", base64url::encode([&[0], &n[..]].concat())),
        ("n", base64_simd::URL_SAFE.encode_to_string(&n)),
        ("n", base64_simd::STANDARD.encode_to_string(&n)),
        ("e", base64url::encode([0, 1, 0, 1])),
    ] {
        let stderr = accepts(&folder, &[with(&key, name, text)]);
        // The base64 of 256 bytes always has padding.
        assert!(
            stderr.contains(&format!("repaired keys[0]: \"{name}\"")),
            "{stderr}"
        );
        // The output of convert is canonical.
        let repaired = parse(folder.run("convert -k jwks.json").accepted());
        assert_eq!(repaired["keys"][0]["n"], key["n"]);
        assert_eq!(repaired["keys"][0]["e"], "AQAB");
    }
}

/// A key in the header of a token is not repaired.
#[test]
fn key_of_a_dpop_proof_is_parsed_strictly() {
    let shown = |jwk: &Value| {
        let header = json!({"typ": "dpop+jwt", "alg": "RS256", "jwk": jwk}).to_string();
        let token = hs256(header, "{}");
        let token = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN).unwrap();
        KeySet::from_header_jwk(&token, None).map(drop)
    };
    let mut key = rsa("r");
    assert_eq!(shown(&key), Ok(()));
    let n = key["n"].as_str().unwrap().to_owned();
    let octets = base64url::decode(&n).unwrap();
    for text in [
        format!("{n}=="),
        base64url::encode([&[0], &*octets].concat()),
    ] {
        key["n"] = text.into();
        assert!(matches!(shown(&key), Err(Error::NotAllowed(_))), "{key}");
    }
    assert!(matches!(
        shown(&with(&rsa("r"), "use", Value::Null)),
        Err(Error::NotAllowed(_))
    ));
}

/// https://github.com/keycloak/keycloak/issues/15616
#[test]
fn key_listed_once_per_algorithm_is_used() {
    let folder = Folder::new();
    folder.write("key.pem", RSA.private_key_to_pem_pkcs8().unwrap());
    folder.run("convert -k key.pem --set-kid r -o key.jwk").accepted();
    let keys = [
        with(&rsa("r"), "alg", "RS256"),
        with(&rsa("r"), "alg", "PS256"),
    ];
    for (alg, code) in [("RS256", 0), ("PS256", 0), ("RS384", 15)] {
        let token = folder.run(&format!("sign -k key.jwk --alg {alg} --exp 1h sub=a")).accepted();
        folder.write("token", token);
        match code {
            0 => assert!(!accepts(&folder, &keys).contains("warning")),
            code => drop(rejects(&folder, &keys, code)),
        }
    }
}

/// https://github.com/jpadilla/pyjwt/pull/1139
#[test]
fn repeated_entry_is_one_key() {
    let (folder, key) = fixture();
    assert!(!accepts(&folder, &[key.clone(), key]).contains("warning"));
}

/// https://github.com/latchset/jwcrypto/pull/268
#[test]
fn ambiguous_kid_affects_only_tokens_with_that_kid() {
    let (folder, key) = fixture();
    let other = OTHER_RSA.rsa().unwrap();
    let other = with(&rsa("q"), "n", base64url::encode(other.n().to_vec()));
    let stderr = accepts(&folder, &[key.clone(), rsa("q"), other]);
    assert!(stderr.contains("the kid q"), "{stderr}");
    let another = with(&public(&ec_jwk()), "kid", "e1");
    let message = rejects(&folder, &[key, another], 16);
    assert!(message.contains("e1"), "{message}");
}

/// A key with the kid of a revoked entry may be the revoked key, even if the entry has no key material to compare.
#[test]
fn key_with_the_kid_of_an_unreadable_revoked_entry_is_not_used() {
    let (folder, key) = fixture();
    let tombstone = json!({"kty": "EC", "kid": "e1", "revoked": {"revoked_at": 1}});
    rejects(&folder, &[key.clone(), tombstone.clone(), rsa("r")], 16);
    rejects(&folder, &[key.clone(), tombstone], 3);
    accepts(
        &folder,
        &[
            key,
            json!({"kty": "EC", "kid": "e2", "revoked": {"revoked_at": 1}}),
        ],
    );
}

#[test]
fn array_of_keys_is_read_as_a_set() {
    let (folder, key) = fixture();
    folder.write("jwks.json", json!([key, rsa("r")]).to_string());
    folder.run("verify -k jwks.json @token").accepted();
}

#[test]
fn null_members_are_treated_as_absent() {
    let (folder, key) = fixture();
    let mut key = with(&key, "use", Value::Null);
    for name in ["alg", "key_ops", "x5t", "exp"] {
        key[name] = Value::Null;
    }
    assert!(!accepts(&folder, &[key]).contains("warning"));
}
