//! Each finding about a token: an input that causes it, and a similar one that does not. Findings about keys are in `keys`.

use std::collections::BTreeSet;

use jotsmith::crypto::alg::{Curve, KeyType};
use jotsmith::crypto::json::Object;
use jotsmith::crypto::{Key, base64url};
use jotsmith::inspection::findings::Severity::{self, *};
use jotsmith::inspection::findings::token_findings::check_token;
use jotsmith::inspection::parse::Token;
use serde_json::{Value, json};

use super::super::support::core;

/// 2030-01-01T00:00:00Z.
pub const NOW: i64 = 1_893_456_000;

/// A header and claims without findings.
fn header() -> Value {
    json!({"alg": "ES256", "typ": "at+jwt", "kid": "k1"})
}

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "sub": "alice", "aud": "api", "client_id": "c", "jti": "1",
        "iat": NOW - 100, "exp": NOW + 200,
    })
}

/// Returns the object with changed members. Null removes a member.
fn with(mut object: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().shift_remove(name)),
            value => object[name] = value.clone(),
        }
    }
    object
}

fn signed(header: &Value, payload: &str, signature: &[u8]) -> String {
    let parts =
        [header.to_string().as_bytes(), payload.as_bytes(), signature].map(base64url::encode);
    parts.join(".")
}

/// Returns a token with these changes to the header and the claims.
fn token(header_changes: Value, claim_changes: Value) -> String {
    let claims = with(claims(), claim_changes).to_string();
    signed(&with(header(), header_changes), &claims, &[0x11; 64])
}

fn of_header(changes: Value) -> String {
    token(changes, json!({}))
}

fn of_claims(changes: Value) -> String {
    token(json!({}), changes)
}

fn of_signature(alg: &str, signature: &[u8]) -> String {
    signed(
        &with(header(), json!({"alg": alg})),
        &claims().to_string(),
        signature,
    )
}

/// Returns a JWE with A256GCM, and with these changes to a header with dir.
fn encrypted(changes: Value, key: usize, iv: usize, ciphertext: usize, tag: usize) -> String {
    let header = with(
        json!({"alg": "dir", "enc": "A256GCM", "kid": "k", "cty": "JWT"}),
        changes,
    )
    .to_string();
    let parts = [key, iv, ciphertext, tag].map(|len| base64url::encode(vec![7; len]));
    format!("{}.{}", base64url::encode(header), parts.join("."))
}

fn found(token: &str) -> BTreeSet<(&'static str, Severity)> {
    let findings = check_token(&Token::parse_tolerant(token), NOW).into_iter();
    findings.map(|finding| (finding.rule.id, finding.severity)).collect()
}

/// Checks that the first token causes the finding, and the second does not.
#[track_caller]
fn raises(id: &str, severity: Severity, token: &str, near_miss: &str) {
    let all = found(token);
    assert!(
        all.iter().any(|found| *found == (id, severity)),
        "{id}: {all:?} in {token}"
    );
    let all = found(near_miss);
    assert!(
        !all.iter().any(|found| *found == (id, severity)),
        "near miss of {id}: {all:?} in {near_miss}"
    );
}

fn good() -> String {
    of_header(json!({}))
}

#[test]
fn sound_token_has_no_findings() {
    assert_eq!(found(&good()), BTreeSet::new());
    assert_eq!(found(&encrypted(json!({}), 0, 12, 5, 16)), BTreeSet::new());
}

#[test]
fn wrong_alg_is_found() {
    for name in ["none", "None", "NONE", "nOnE"] {
        raises(
            "alg-none",
            Critical,
            &of_header(json!({"alg": name})),
            &of_header(json!({"alg": "nine"})),
        );
    }
    raises("alg-none", Critical, &of_signature("ES256", &[]), &good());
    raises(
        "alg-missing",
        Critical,
        &of_header(json!({"alg": null})),
        &good(),
    );
    raises(
        "alg-missing",
        Critical,
        &of_header(json!({"alg": 256})),
        &good(),
    );
    let unprotected = json!({"payload": "e30", "protected": "e30", "header": {"alg": "ES256"}, "signature": "AA"});
    let protected = json!({"payload": "e30", "protected": base64url::encode(r#"{"alg":"ES256"}"#), "signature": "AA"});
    raises(
        "alg-missing",
        Critical,
        &unprotected.to_string(),
        &protected.to_string(),
    );
    for name in ["HS257", "es256", "ES256 ", "A256KW", "", "Ed25519ph"] {
        raises(
            "alg-unknown",
            High,
            &of_header(json!({"alg": name})),
            &good(),
        );
    }
    raises(
        "alg-unknown",
        High,
        &encrypted(json!({"alg": "ES256"}), 0, 12, 5, 16),
        &encrypted(json!({}), 0, 12, 5, 16),
    );
    raises(
        "alg-unknown",
        High,
        &encrypted(json!({"enc": "A256CTR"}), 0, 12, 5, 16),
        &good(),
    );
    raises(
        "alg-deprecated",
        High,
        &encrypted(json!({"alg": "RSA1_5"}), 256, 12, 5, 16),
        &encrypted(json!({"alg": "RSA-OAEP-256"}), 256, 12, 5, 16),
    );
    raises(
        "alg-deprecated",
        Low,
        &of_signature("EdDSA", &[1; 64]),
        &of_signature("Ed25519", &[1; 64]),
    );
    raises(
        "alg-deprecated",
        Low,
        &encrypted(json!({"alg": "RSA-OAEP"}), 256, 12, 5, 16),
        &encrypted(json!({"alg": "RSA-OAEP-256"}), 256, 12, 5, 16),
    );
    for name in ["SLH-DSA-SHA2-128s", "ML-DSA-65-ES256", "FN-DSA-512"] {
        raises(
            "alg-draft",
            Info,
            &of_header(json!({"alg": name})),
            &of_header(json!({"alg": "ML-DSA-65"})),
        );
    }
    raises(
        "alg-draft",
        Info,
        &encrypted(json!({"alg": "HPKE-8", "enc": null}), 65, 0, 5, 0),
        &encrypted(json!({"alg": "HPKE-0", "enc": null}), 65, 0, 21, 0),
    );
}

#[test]
fn invalid_signature_bytes_are_found() {
    for (name, len) in [
        ("HS256", 32),
        ("HS384", 48),
        ("HS512", 64),
        ("ES256", 64),
        ("ES384", 96),
        ("ES512", 132),
        ("ES256K", 64),
        ("Ed25519", 64),
        ("Ed448", 114),
        ("ML-DSA-44", 2420),
        ("ML-DSA-65", 3309),
        ("ML-DSA-87", 4627),
        ("RS256", 256),
    ] {
        raises(
            "sig-length",
            High,
            &of_signature(name, &vec![1; len - 1]),
            &of_signature(name, &vec![1; len]),
        );
    }
    raises(
        "sig-length",
        High,
        &of_signature("EdDSA", &[1; 65]),
        &of_signature("EdDSA", &[1; 114]),
    );
    raises(
        "sig-length",
        High,
        &of_signature("RS256", &[1; 255]),
        &of_signature("RS256", &[1; 512]),
    );
    // r = 0, s = 0, and s = the order of P-256. The order minus 1 is a valid s.
    let order: Vec<u8> = (0..32)
        .map(|at| {
            u8::from_str_radix(
                &"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
                    [2 * at..2 * at + 2],
                16,
            )
            .unwrap()
        })
        .collect();
    let mut below = order.clone();
    below[31] -= 1;
    let half = [1; 32];
    let near = [&half[..], &below].concat();
    for bad in [
        [&[0; 32][..], &half].concat(),
        [&half[..], &[0; 32]].concat(),
        [&half[..], &order].concat(),
    ] {
        raises(
            "sig-trivial",
            Critical,
            &of_signature("ES256", &bad),
            &of_signature("ES256", &near),
        );
    }
    raises(
        "sig-trivial",
        Critical,
        &of_signature("RS256", &[0; 256]),
        &of_signature("RS256", &[1; 256]),
    );
    let der = [&[0x30, 68, 2, 32][..], &half, &[2, 32], &half].concat();
    let mut not_der = der.clone();
    not_der[1] = 69;
    raises(
        "sig-der",
        High,
        &of_signature("ES256", &der),
        &of_signature("ES256", &not_der),
    );
    raises(
        "pq-size",
        Info,
        &of_signature("ML-DSA-44", &[1; 2420]),
        &good(),
    );
}

#[test]
fn malformed_envelope_is_found() {
    let [head, body, tail] =
        <[String; 3]>::try_from(good().split('.').map(str::to_owned).collect::<Vec<_>>()).unwrap();
    let plus = signed(&header(), &claims().to_string(), &[0xfb; 64]).replace(['-', '_'], "+");
    for token in [
        format!("{head}.{body}.{tail}=="),
        plus,
        format!("{head}.{body}.{}B", &tail[..85]),
    ] {
        raises("b64-noncanonical", High, &token, &good());
    }
    for token in [
        format!("{head}.{body}!.{tail}"),
        format!("{head}.{body}.{tail}\u{202e}"),
        format!("{head}.{{}}.{tail}"),
    ] {
        raises("bad-charset", High, &token, &good());
    }
    for token in [
        head.clone(),
        format!("{head}.{body}"),
        format!("{}.", good()),
        format!("{}.a.b.c", good()),
    ] {
        raises("format", High, &token, &good());
    }
    raises(
        "token-size",
        Low,
        &of_claims(json!({"x": "y".repeat(3000)})),
        &of_claims(json!({"x": "y".repeat(2000)})),
    );
    raises(
        "token-size",
        High,
        &of_claims(json!({"x": "y".repeat(800_000)})),
        &of_claims(json!({"x": "y".repeat(700_000)})),
    );
}

#[test]
fn invalid_json_text_is_found() {
    let raw = |payload: &[u8]| {
        format!(
            "{}.{}.{}",
            base64url::encode(header().to_string()),
            base64url::encode(payload),
            base64url::encode([1; 64])
        )
    };
    raises(
        "json-duplicate-member",
        High,
        &raw(br#"{"sub":"a","sub":"b"}"#),
        &raw(br#"{"sub":"a","SUB":"b"}"#),
    );
    raises(
        "json-duplicate-member",
        High,
        &raw(br#"{"a":[{"b":1,"\u0062":2}]}"#),
        &raw(br#"{"a":[{"b":1},{"b":2}]}"#),
    );
    let twice = base64url::encode(r#"{"alg":"ES256","alg":"none"}"#);
    raises(
        "json-duplicate-member",
        High,
        &good().replacen(good().split('.').next().unwrap(), &twice, 1),
        &good(),
    );
    for bad in [
        &b"{\"sub\":\"\xff\"}"[..],
        b"\xef\xbb\xbf{\"sub\":1}",
        br#"{"sub":"\ud800"}"#,
    ] {
        raises(
            "json-not-utf8",
            High,
            &raw(bad),
            &raw("{\"sub\":\"ÿ\\ud83d\\ude00\"}".as_bytes()),
        );
    }
    for bad in [
        &br#"{"sub":"a"#[..],
        br#"{"sub":'a'}"#,
        br#"{"sub":"a"}x"#,
        br#"{"sub":1,}"#,
    ] {
        raises("json-syntax", High, &raw(bad), &raw(br#"{"sub":"a"} "#));
    }
    raises(
        "control-chars",
        Medium,
        &of_claims(json!({"name": "a\u{202e}b"})),
        &of_claims(json!({"name": "né 漢字 😀"})),
    );
    raises(
        "control-chars",
        Medium,
        &of_claims(json!({"a\u{1b}[2J": 1})),
        &of_claims(json!({"a[2J": 1})),
    );
}

#[test]
fn keys_in_the_header_are_found() {
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"});
    raises("header-jwk", High, &of_header(json!({"jwk": jwk})), &good());
    raises(
        "header-jwk",
        Info,
        &of_header(json!({"jwk": jwk, "typ": "dpop+jwt"})),
        &of_header(json!({"jwk": jwk})),
    );
    raises(
        "header-jwk",
        Critical,
        &of_header(json!({"jwk": with(jwk.clone(), json!({"d": "AA"}))})),
        &of_header(json!({"jwk": jwk})),
    );
    raises(
        "header-url",
        High,
        &of_header(json!({"jku": "https://a.example/jwks"})),
        &of_header(json!({"url": "https://a.example/jwks"})),
    );
    for url in [
        "http://a.example/jwks",
        "https://127.0.0.1/jwks",
        "https://[::1]/jwks",
        "file:///etc/passwd",
    ] {
        raises(
            "header-url",
            Critical,
            &of_header(json!({"x5u": url})),
            &of_header(json!({"x5u": "https://a.example/c"})),
        );
    }
    raises(
        "header-x5c",
        High,
        &of_header(json!({"x5c": ["AAAA"]})),
        &good(),
    );
    raises(
        "header-x5c",
        Low,
        &of_header(json!({"x5t": "AA"})),
        &of_header(json!({"x5t": "AA", "x5t#S256": "AA"})),
    );
}

#[test]
fn suspicious_kid_is_found() {
    for kid in [
        "../../dev/null",
        "/etc/passwd",
        "c:\\key",
        "a' OR '1'='1",
        "a;ls",
        "a|b",
        "a&b",
        "$(id)",
        "x%00y",
        "a\u{0}b",
        "https://evil.example/k",
        "k".repeat(257).as_str(),
        "a/b",
        "a\"b",
        "a`b`",
    ] {
        raises(
            "kid-suspicious",
            High,
            &of_header(json!({"kid": kid})),
            &good(),
        );
    }
    for kid in [
        "k".repeat(256).as_str(),
        "2024-01-01T00.key_1",
        "K2PRoE+uPBCs/iQ/8hKWLqz1W3cuAyyNThpNBmVB8Xg=",
        "did:web:issuer.example#key-1",
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "9f:86:d0:81:88:4c",
    ] {
        raises(
            "kid-suspicious",
            High,
            &of_header(json!({"kid": "../x"})),
            &of_header(json!({"kid": kid})),
        );
    }
    raises(
        "kid-missing",
        Low,
        &of_header(json!({"kid": null})),
        &of_header(json!({"kid": null, "x5t#S256": "AA"})),
    );
}

#[test]
fn invalid_crit_is_found() {
    let b64 = json!({"crit": ["b64"], "b64": true});
    for crit in [
        json!("b64"),
        json!([]),
        json!([1]),
        json!(["b64", "b64"]),
        json!(["alg"]),
        json!(["absent"]),
    ] {
        raises(
            "crit-invalid",
            High,
            &of_header(json!({"crit": crit, "b64": true})),
            &of_header(b64.clone()),
        );
    }
    let protected = base64url::encode(r#"{"alg":"ES256"}"#);
    let json_form = |header: Value| {
        json!({"payload": "e30", "protected": protected, "header": header, "signature": "AA"})
            .to_string()
    };
    raises(
        "crit-invalid",
        High,
        &json_form(json!({"crit": ["x"], "x": 1})),
        &json_form(json!({"x": 1})),
    );
    raises(
        "crit-unknown",
        High,
        &of_header(json!({"crit": ["x"], "x": 1})),
        &of_header(b64),
    );
    let unencoded = |header: Value, payload: &str| {
        format!(
            "{}.{payload}.{}",
            base64url::encode(header.to_string()),
            base64url::encode([1; 64])
        )
    };
    let header = json!({"alg": "ES256", "kid": "k", "b64": false, "crit": ["b64"]});
    raises(
        "b64-false",
        High,
        &unencoded(header.clone(), "a.b"),
        &unencoded(header.clone(), "$02"),
    );
    raises(
        "b64-false",
        High,
        &unencoded(header.clone(), "{\"sub\":\"a\"}"),
        &unencoded(header.clone(), "{\"a\":1}"),
    );
    raises(
        "b64-false",
        High,
        &unencoded(with(header.clone(), json!({"crit": null})), "x"),
        &unencoded(header, "x"),
    );
}

#[test]
fn wrong_token_types_are_found() {
    raises(
        "typ-missing",
        Low,
        &of_header(json!({"typ": null})),
        &of_header(json!({"typ": "JWT"})),
    );
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        raises(
            "typ-claims-mismatch",
            Medium,
            &of_claims(json!({name: null})),
            &good(),
        );
    }
    let dpop = json!({"jti": "1", "htm": "GET", "htu": "https://a.example", "iat": NOW});
    let jwk = super::profiles::proof_key();
    let of_typ = |typ: &str, claims: &Value| {
        let jwk = if typ == "dpop+jwt" {
            &jwk
        } else {
            &Value::Null
        };
        signed(
            &with(header(), json!({"typ": typ, "jwk": jwk})),
            &claims.to_string(),
            &[0x11; 64],
        )
    };
    raises(
        "typ-claims-mismatch",
        Medium,
        &of_typ("dpop+jwt", &with(dpop.clone(), json!({"htu": null}))),
        &of_typ("dpop+jwt", &dpop),
    );
    let without_key = with(header(), json!({"typ": "dpop+jwt"}));
    raises(
        "typ-claims-mismatch",
        Medium,
        &signed(&without_key, &dpop.to_string(), &[0x11; 64]),
        &of_typ("dpop+jwt", &dpop),
    );
    let event = json!({"iss": "a", "iat": NOW, "jti": "1", "events": {"urn:example:event": {}}, "aud": "b"});
    raises(
        "typ-claims-mismatch",
        Medium,
        &of_typ(
            "secevent+jwt",
            &with(event.clone(), json!({"exp": NOW + 9})),
        ),
        &of_typ("secevent+jwt", &event),
    );
    let logout = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let logout = json!({"exp": NOW + 9, "sub": "s", "events": logout});
    let logout = with(event, logout);
    raises(
        "typ-claims-mismatch",
        Medium,
        &of_typ("logout+jwt", &with(logout.clone(), json!({"nonce": "n"}))),
        &of_typ("logout+jwt", &logout),
    );
    let list = json!({"sub": "https://a.example/1", "iat": NOW, "status_list": {}});
    raises(
        "typ-claims-mismatch",
        Medium,
        &of_typ(
            "statuslist+jwt",
            &with(list.clone(), json!({"status_list": null})),
        ),
        &of_typ("statuslist+jwt", &list),
    );
    let binding = json!({"iat": NOW, "aud": "a", "nonce": "n", "sd_hash": "AA"});
    raises(
        "typ-claims-mismatch",
        Medium,
        &of_typ("kb+jwt", &with(binding.clone(), json!({"nonce": null}))),
        &of_typ("kb+jwt", &binding),
    );
    let both = json!({"nonce": "n", "scope": "a"});
    raises(
        "id-or-access",
        Medium,
        &token(json!({"typ": "JWT"}), both.clone()),
        &of_claims(both),
    );
    raises(
        "id-or-access",
        Medium,
        &token(json!({"typ": null}), json!({"at_hash": "x"})),
        &token(
            json!({"typ": "JWT"}),
            json!({"at_hash": "x", "client_id": null}),
        ),
    );
    let inner = good();
    let wrap = |header: Value| signed(&header, &inner, &[0x11; 64]);
    raises(
        "nested-cty",
        Low,
        &wrap(header()),
        &wrap(with(header(), json!({"cty": "JWT"}))),
    );
    raises(
        "nested-cty",
        Low,
        &encrypted(json!({"cty": null, "typ": "JWT"}), 0, 12, 5, 16),
        &encrypted(json!({"typ": "JWT"}), 0, 12, 5, 16),
    );
}

#[test]
fn suspicious_times_are_found() {
    raises(
        "exp-missing",
        High,
        &of_claims(json!({"exp": null})),
        &good(),
    );
    let event = signed(
        &json!({"alg": "ES256", "typ": "secevent+jwt", "kid": "k"}),
        r#"{"iss":"a","iat":1,"jti":"1","events":{}}"#,
        &[1; 64],
    );
    raises(
        "exp-missing",
        High,
        &of_claims(json!({"exp": null})),
        &event,
    );
    // Signed JSON other than a JWT needs no exp.
    let webhook = signed(
        &json!({"alg": "ES256", "kid": "k"}),
        r#"{"order":5}"#,
        &[1; 64],
    );
    raises(
        "exp-missing",
        High,
        &of_claims(json!({"exp": null})),
        &webhook,
    );
    raises(
        "exp-passed",
        Medium,
        &of_claims(json!({"exp": NOW - 60})),
        &of_claims(json!({"exp": NOW - 59})),
    );
    raises(
        "nbf-future",
        Medium,
        &of_claims(json!({"nbf": NOW + 61})),
        &of_claims(json!({"nbf": NOW + 60})),
    );
    raises(
        "iat-future",
        Medium,
        &of_claims(json!({"iat": NOW + 61})),
        &of_claims(json!({"iat": NOW + 60})),
    );
    let life = |typ: &str, seconds: i64| {
        token(
            json!({"typ": typ}),
            json!({"iat": NOW, "exp": NOW + seconds}),
        )
    };
    raises(
        "lifetime-long",
        Medium,
        &life("at+jwt", 3601),
        &life("at+jwt", 3600),
    );
    raises(
        "lifetime-long",
        Medium,
        &life("JWT", 86401),
        &life("JWT", 86400),
    );
    raises(
        "lifetime-long",
        High,
        &life("JWT", 30 * 86400 + 1),
        &life("JWT", 30 * 86400),
    );
    let century = 100 * 365 * 86400;
    raises(
        "exp-far",
        High,
        &of_claims(json!({"iat": null, "exp": NOW + century + 1})),
        &of_claims(json!({"iat": null, "exp": NOW + century})),
    );
    raises(
        "lifetime-long",
        High,
        &of_claims(json!({"iat": NOW, "exp": NOW})),
        &of_claims(json!({"iat": NOW, "exp": NOW + 1})),
    );
    for exp in [
        json!("1893456200"),
        json!(true),
        json!([]),
        json!(-1),
        json!(1e300),
        json!(1_893_456_200_000_i64),
        json!({}),
    ] {
        raises(
            "time-type",
            High,
            &of_claims(json!({"exp": exp})),
            &of_claims(json!({"exp": NOW as f64 + 0.5})),
        );
    }
    raises("time-type", High, &of_claims(json!({"nbf": "x"})), &good());
}

#[test]
fn missing_and_mistyped_claims_are_found() {
    for (name, bad) in [
        ("iss", json!(1)),
        ("sub", json!(5)),
        ("jti", json!({})),
        ("aud", json!([])),
        ("aud", json!(["a", 1])),
        ("aud", json!({})),
    ] {
        raises(
            "claim-type",
            High,
            &of_claims(json!({name: bad})),
            &of_claims(json!({"aud": ["a", "b"]})),
        );
    }
    raises(
        "aud-missing",
        Medium,
        &of_claims(json!({"aud": null})),
        &good(),
    );
    raises(
        "aud-wildcard",
        High,
        &of_claims(json!({"aud": "*"})),
        &of_claims(json!({"aud": "https://*.example"})),
    );
    raises(
        "aud-wildcard",
        High,
        &of_claims(json!({"aud": ["a", "*"]})),
        &of_claims(json!({"aud": ["a"]})),
    );
    raises(
        "iss-missing",
        Medium,
        &of_claims(json!({"iss": null})),
        &good(),
    );
    // Claims that may have been cut off are not reported as missing.
    let cut = format!("{}...", &good()[..good().rfind('.').unwrap() - 40]);
    let cut = cut.trim_end_matches('.').to_owned();
    raises("exp-missing", High, &of_claims(json!({"exp": null})), &cut);
    raises(
        "typ-claims-mismatch",
        Medium,
        &of_claims(json!({"jti": null})),
        &cut,
    );
}

#[test]
fn secrets_in_claims_are_found() {
    let id = "pii-or-secret-in-claims";
    for (name, value) in [
        ("password", json!("x")),
        ("client_secret", json!("x")),
        ("ssn", json!("078-05-1120")),
        ("card-number", json!("4111")),
        ("note", json!("-----BEGIN PRIVATE KEY-----\nMIG")),
        ("aws", json!("AKIAIOSFODNN7EXAMPLE")),
        ("inner", json!(good())),
        ("key", json!({"kty": "EC", "d": "AA"})),
        ("deep", json!({"list": [{"apiKey": "x"}]})),
    ] {
        let near = json!({
            "amr": ["pwd"], "password": "", "pwd_exp": "1", "cnf": {"jwk": {"kty": "EC", "x": "AA"}}, "note": "AKIA",
            "secret_id": "x", "token_hash": "eyJhbGciOiJIUzI1NiJ9",
        });
        raises(
            id,
            Medium,
            &of_claims(json!({name: value})),
            &of_claims(near),
        );
    }
}

#[test]
fn weak_encrypted_tokens_are_found() {
    let dir = || encrypted(json!({}), 0, 12, 5, 16);
    raises(
        "jwe-zip",
        Medium,
        &encrypted(json!({"zip": "DEF"}), 0, 12, 5, 16),
        &dir(),
    );
    raises(
        "jwe-zip",
        High,
        &encrypted(json!({"zip": "GZ"}), 0, 12, 5, 16),
        &encrypted(json!({"zip": "DEF"}), 0, 12, 5, 16),
    );
    for bad in [
        encrypted(json!({}), 8, 12, 5, 16),
        encrypted(json!({}), 0, 0, 5, 16),
        encrypted(json!({}), 0, 12, 5, 15),
        encrypted(json!({}), 0, 12, 5, 1),
        encrypted(json!({"alg": "A256KW"}), 0, 12, 5, 16),
        encrypted(json!({"enc": "A128CBC-HS256"}), 0, 16, 0, 16),
        encrypted(json!({"enc": "A128CBC-HS256"}), 0, 16, 15, 16),
        encrypted(json!({"enc": null}), 0, 12, 5, 16),
        encrypted(json!({"alg": "A256GCMKW"}), 32, 12, 5, 16),
    ] {
        raises(
            "jwe-parts",
            High,
            &bad,
            &encrypted(json!({"enc": "A128CBC-HS256"}), 0, 16, 32, 16),
        );
    }
    let gcm = json!({"alg": "A256GCMKW", "iv": base64url::encode([0; 12]), "tag": base64url::encode([0; 16])});
    raises(
        "jwe-parts",
        High,
        &encrypted(with(gcm.clone(), json!({"tag": "AA"})), 32, 12, 5, 16),
        &encrypted(gcm, 32, 12, 5, 16),
    );
    let salt = base64url::encode([1; 16]);
    let pbes2 = |p2c: Value| {
        encrypted(
            json!({"alg": "PBES2-HS256+A128KW", "p2s": salt, "p2c": p2c}),
            40,
            12,
            5,
            16,
        )
    };
    for p2c in [
        json!(999),
        json!(1_200_001),
        json!("4096"),
        json!(4096.5),
        json!(-1),
    ] {
        raises("jwe-p2c", High, &pbes2(p2c), &pbes2(json!(1000)));
    }
    raises(
        "jwe-p2c",
        Info,
        &pbes2(json!(10_001)),
        &pbes2(json!(10_000)),
    );
    let key = |p2c: u64| {
        encrypted(
            json!({"alg": "PBES2-HS512+A256KW", "p2s": salt, "p2c": p2c, "cty": "jwk+json"}),
            40,
            12,
            5,
            16,
        )
    };
    raises("jwe-p2c", Medium, &key(219_999), &key(220_000));
    let salted = |len: usize| {
        encrypted(
            json!({"alg": "PBES2-HS256+A128KW", "p2s": base64url::encode(vec![1; len]), "p2c": 8192}),
            40,
            12,
            5,
            16,
        )
    };
    raises("jwe-p2c", High, &salted(7), &salted(8));
    raises("jwe-p2c", Medium, &salted(15), &salted(16));
    // The example of RFC 7518 appendix C.
    let epk = json!({"kty": "EC", "crv": "P-256", "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"});
    let ecdh = |epk: Value| encrypted(json!({"alg": "ECDH-ES", "epk": epk}), 0, 12, 5, 16);
    for bad in [
        json!(null),
        json!("x"),
        with(epk.clone(), json!({"d": "AA"})),
        with(epk.clone(), json!({"x": "AA"})),
        with(epk.clone(), json!({"crv": "P-999"})),
        with(epk.clone(), json!({"y": epk["x"]})),
        json!({"kty": "OKP", "crv": "X25519", "x": base64url::encode([0; 32])}),
    ] {
        raises("jwe-epk", High, &ecdh(bad), &ecdh(epk.clone()));
    }
    let short = super::super::support::short_epk(&epk, b"content");
    raises("jwe-epk-short", Medium, &short, &ecdh(epk.clone()));
    raises(
        "jwe-epk",
        High,
        &ecdh(with(epk, json!({"x": "AA"}))),
        &short,
    );
    let rsa = |mut changes: Value| {
        changes["alg"] = "RSA-OAEP-256".into();
        encrypted(changes, 256, 12, 5, 16)
    };
    raises(
        "jwe-not-authenticated",
        Info,
        &rsa(json!({"cty": null})),
        &rsa(json!({})),
    );
    raises(
        "jwe-not-authenticated",
        Info,
        &rsa(json!({"cty": null})),
        &encrypted(json!({"cty": null}), 0, 12, 5, 16),
    );
    raises(
        "jwe-not-authenticated",
        Medium,
        &rsa(json!({"cty": null, "iss": "a"})),
        &rsa(json!({"cty": null})),
    );
}

#[test]
fn malformed_json_serializations_are_found() {
    let protected = |alg: &str| base64url::encode(format!("{{\"alg\":\"{alg}\",\"kid\":\"k\"}}"));
    let signature =
        |alg: &str| json!({"protected": protected(alg), "signature": base64url::encode([1; 64])});
    let general =
        |signatures: Value| json!({"payload": "aGk", "signatures": signatures}).to_string();
    let two = general(json!([signature("ES256"), signature("ES256")]));
    raises("json-serialization", Critical, &general(json!([])), &two);
    raises(
        "json-serialization",
        Critical,
        &general(json!([{"protected": protected("ES256")}])),
        &two,
    );
    raises(
        "json-serialization",
        Medium,
        &general(json!([signature("ES256"), signature("Ed25519")])),
        &two,
    );
    let with_header =
        |header: Value| general(json!([with(signature("ES256"), json!({"header": header}))]));
    raises(
        "json-serialization",
        Medium,
        &with_header(json!({"kid": "x"})),
        &with_header(json!({"note": "x"})),
    );
}

#[test]
fn sd_jwt_report_has_its_issuance() {
    let digest = |text: &str| base64url::encode(openssl::sha::sha256(text.as_bytes()));
    let sd = |typ: &str, disclosures: &[&str]| {
        let encoded: Vec<String> = disclosures.iter().map(base64url::encode).collect();
        let digests: Vec<String> = encoded.iter().map(|text| digest(text)).collect();
        let claims = json!({"iss": "a", "_sd": digests}).to_string();
        let header = json!({"alg": "ES256", "typ": typ, "kid": "k"});
        let rest: String = encoded.iter().map(|text| format!("{text}~")).collect();
        format!("{}~{rest}", signed(&header, &claims, &[0x11; 64]))
    };
    let long = "x".repeat(22);
    let member = |salt: &str, name: &str, value: Value| json!([salt, name, value]).to_string();
    let good = sd("sd-jwt", &[&member(&long, "age", json!(21))]);
    assert_eq!(found(&good), BTreeSet::new());
    let short = |value: Value| sd("sd-jwt", &[&member(&long[1..], "age", value)]);
    raises("sd-short-salt", Medium, &short(json!(21)), &good);
    raises("sd-short-salt", Medium, &short(json!("21")), &good);
    raises(
        "sd-short-salt",
        Low,
        &short(json!("a text that is long")),
        &good,
    );
    let twice = [
        &*member(&long, "age", json!(21)),
        &member(&long, "size", json!(3)),
    ];
    raises("sd-salt-reused", Medium, &sd("sd-jwt", &twice), &good);
    for (typ, name) in [("sd-jwt", "exp"), ("sd-jwt", "aud"), ("dc+sd-jwt", "vct")] {
        let hidden = sd(typ, &[&member(&long, name, json!("a"))]);
        let ids: Vec<String> = (found(&hidden).iter()).map(|(id, _)| id.to_string()).collect();
        assert!(
            ids.iter().any(|id| id == "sd-must-be-visible"),
            "{typ} {name} {ids:?}"
        );
    }
    let nested = sd("sd-jwt", &[&member(&long, "a", json!({"exp": 1}))]);
    assert_eq!(found(&nested), BTreeSet::new());
}

#[test]
fn unknown_hash_function_of_an_sd_jwt_is_named() {
    let disclosure = base64url::encode(r#"["2GLC42sKQveCfGfryNRN9w","name","Alice"]"#);
    let digest = base64url::encode(openssl::sha::sha256(disclosure.as_bytes()));
    let sd = |alg: Value| {
        let claims = json!({"iss": "a", "_sd": [digest], "_sd_alg": alg}).to_string();
        let header = json!({"alg": "ES256", "typ": "sd-jwt", "kid": "k"});
        format!("{}~{disclosure}~", signed(&header, &claims, &[0x11; 64]))
    };
    let good = sd(json!("sha-256"));
    assert_eq!(found(&good), BTreeSet::new());
    for name in [json!("sha3-256"), json!("SHA-256"), json!(""), json!(256)] {
        let token = sd(name.clone());
        assert_eq!(found(&token).len(), 1, "{name}: {:?}", found(&token));
        raises("sd-alg-unknown", High, &token, &good);
        let report = super::object(&token);
        assert_eq!(report["findings"][0]["evidence"], name.to_string());
        let disclosed = &report["disclosures"][0];
        assert_eq!(disclosed["value"], "Alice");
        for absent in ["digest", "references", "path"] {
            assert!(disclosed[absent].is_null(), "{disclosed}");
        }
        assert!(report.get("hidden").is_none(), "{report}");
        let text = super::shown(&token);
        assert!(text.contains("digests cannot be computed"), "{text}");
        assert!(!text.contains("match their digests"), "{text}");
    }
}

#[test]
fn malformed_sd_jwts_are_found() {
    let digest = |text: &str| base64url::encode(openssl::sha::sha256(text.as_bytes()));
    let disclosure = base64url::encode(r#"["2GLC42sKQveCfGfryNRN9w","name","Alice"]"#);
    let element = base64url::encode(r#"["lklxF5jMYlGTPUovMNIvCA","DE"]"#);
    let sd = |digests: Value, rest: &str| {
        let claims =
            json!({"iss": "a", "vct": "v", "_sd": digests, "list": [{"...": digest(&element)}]})
                .to_string();
        let header = json!({"alg": "ES256", "typ": "dc+sd-jwt", "kid": "k"});
        format!("{}~{rest}", signed(&header, &claims, &[0x11; 64]))
    };
    let good = sd(
        json!([digest(&disclosure)]),
        &format!("{disclosure}~{element}~"),
    );
    assert_eq!(found(&good), BTreeSet::new());
    raises(
        "sd-jwt",
        High,
        &sd(json!([]), &format!("{disclosure}~")),
        &good,
    );
    raises(
        "sd-jwt",
        High,
        &sd(
            json!([digest(&disclosure), digest(&disclosure)]),
            &format!("{disclosure}~"),
        ),
        &good,
    );
    for bad in [
        r#"["salt"]"#,
        r#"["salt","_sd",1]"#,
        r#"["salt","...",1]"#,
        "{}",
        "x",
    ] {
        let bad = base64url::encode(bad);
        raises(
            "sd-jwt",
            High,
            &sd(json!([digest(&bad)]), &format!("{bad}~")),
            &good,
        );
    }
    let bind = |bound: &str| {
        let hash = base64url::encode(openssl::sha::sha256(bound.as_bytes()));
        let header = json!({"alg": "ES256", "typ": "kb+jwt", "kid": "k"});
        let claims = json!({"iat": NOW, "aud": "v", "nonce": "n", "sd_hash": hash}).to_string();
        format!("{good}{}", signed(&header, &claims, &[0x11; 64]))
    };
    raises("sd-jwt", High, &bind("another"), &bind(&good));
    let [holder, other] = [(); 2].map(|()| core::key(KeyType::Curve(Curve::P256), None));
    let jwk = Value::Object(holder.to_public().unwrap().to_jwk().unwrap());
    let issued = |cnf: Value| {
        let claims = json!({"iss": "a", "cnf": cnf}).to_string();
        let header = json!({"alg": "ES256", "typ": "dc+sd-jwt", "kid": "k"});
        format!("{}~", signed(&header, &claims, &[0x11; 64]))
    };
    let by = |issued: &str, key: &Key| {
        let claims = json!({"iat": NOW, "aud": "v", "nonce": "n", "sd_hash": digest(issued)});
        let mut header = Object::new();
        header.insert("typ".into(), "kb+jwt".into());
        header.insert("kid".into(), "k".into());
        format!(
            "{issued}{}",
            core::token(key, "ES256", header, &claims.to_string())
        )
    };
    let issued_to = issued(json!({"jwk": jwk}));
    raises(
        "sd-jwt",
        High,
        &by(&issued_to, &other),
        &by(&issued_to, &holder),
    );
    // Without a key in cnf.jwk, the key binding is not reported.
    let unnamed = found(&by(&issued(json!({"kid": "k"})), &other));
    assert!(
        !unnamed.iter().any(|(id, _)| *id == "sd-jwt"),
        "{unnamed:?}"
    );
}

#[test]
fn malformed_hpke_parts_are_found() {
    let integrated = |changes: Value, key, iv, ciphertext, tag| {
        let header = with(json!({"alg": "HPKE-0", "enc": null}), changes);
        encrypted(header, key, iv, ciphertext, tag)
    };
    let good = integrated(json!({}), 65, 0, 16, 0);
    for bad in [
        integrated(json!({}), 64, 0, 16, 0),
        integrated(json!({}), 0, 0, 16, 0),
        integrated(json!({}), 65, 12, 16, 0),
        integrated(json!({}), 65, 0, 15, 0),
        integrated(json!({}), 65, 0, 16, 16),
        integrated(json!({"enc": "A256GCM"}), 65, 0, 16, 0),
        integrated(json!({"ek": "AAAA"}), 65, 0, 16, 0),
    ] {
        raises("jwe-parts", High, &bad, &good);
    }
    let ek = |len| base64url::encode(vec![7; len]);
    let wrapped = |ek: Value| encrypted(json!({"alg": "HPKE-3-KE", "ek": ek}), 48, 12, 5, 16);
    for bad in [json!(null), json!(ek(31)), json!(ek(65)), json!(5)] {
        raises("jwe-parts", High, &wrapped(bad), &wrapped(ek(32).into()));
    }
}
