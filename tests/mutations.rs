//! Every changed byte, every truncation, and random mutations of a token cause an error, and never a token or a panic.

use jotsmith::crypto::alg::{
    Algorithm, ContentEncryption, Curve, KeyManagement, KeyType, Signature,
};
use jotsmith::crypto::json::Members;
use jotsmith::crypto::jwt::claims::ClaimRules;
use jotsmith::crypto::policy::{KeyDecryption, MAX_P2C};
use jotsmith::crypto::{Error, Key, KeySet};
use jotsmith::keyfile;
use proptest::prelude::*;

use super::support::core::{self, encrypt, one, sign};
use super::support::{direct, hs256, secret_jwk};

fn key(kind: KeyType, alg: &str) -> Key {
    core::key(kind, Algorithm::from_name(alg))
}

fn verify(keys: &KeySet, token: &[u8]) -> Result<Vec<u8>, Error> {
    core::verify(keys, token, &[])
}

fn decrypt(keys: &KeySet, token: &[u8]) -> Result<Vec<u8>, Error> {
    core::decrypt(keys, token, &[])
}

/// Returns all mutations of a token: each byte replaced, removed or doubled, and each truncation at either end.
fn mutations(token: &str) -> Vec<Vec<u8>> {
    let bytes = token.as_bytes();
    let mut all = Vec::new();
    for at in 0..bytes.len() {
        for byte in [
            b'A',
            b'_',
            b'9',
            b'.',
            b'=',
            b'\n',
            0,
            0xff,
            bytes[at] ^ 1,
            bytes[at] ^ 0x20,
        ] {
            let mut changed = bytes.to_vec();
            changed[at] = byte;
            all.push(changed);
        }
        all.push([&bytes[..at], &bytes[at + 1..]].concat());
        all.push([&bytes[..=at], &bytes[at..]].concat());
        all.push(bytes[..at].to_vec());
        all.push(bytes[at + 1..].to_vec());
    }
    for (i, a) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
        assert_eq!(*a, b'.');
        all.push([&bytes[..i], b"..", &bytes[i + 1..]].concat());
    }
    all.retain(|other| other != bytes);
    all
}

#[test]
fn no_mutation_of_a_signed_token_verifies() {
    for (kind, alg) in [
        (KeyType::Oct(32), "HS256"),
        (KeyType::Oct(64), "HS512"),
        (KeyType::Rsa(2048), "RS256"),
        (KeyType::Rsa(2048), "PS256"),
        (KeyType::Curve(Curve::P256), "ES256"),
        (KeyType::Curve(Curve::Secp256k1), "ES256K"),
        (KeyType::Curve(Curve::Ed25519), "Ed25519"),
    ] {
        let key = key(kind, alg);
        let algorithm = Signature::from_name(alg).unwrap();
        let token = sign(&key, algorithm).unwrap();
        let keys = one(&key);
        assert!(verify(&keys, token.as_bytes()).is_ok());
        for other in mutations(&token) {
            let outcome = verify(&keys, &other);
            assert!(
                outcome.is_err(),
                "{alg}: {}",
                String::from_utf8_lossy(&other)
            );
        }
    }
}

#[test]
fn no_mutation_of_an_encrypted_token_decrypts() {
    for (kind, alg) in [
        (KeyType::Oct(32), "dir"),
        (KeyType::Oct(16), "A128KW"),
        (KeyType::Oct(32), "A256GCMKW"),
        (KeyType::Curve(Curve::X25519), "ECDH-ES"),
        (KeyType::Curve(Curve::P256), "ECDH-ES+A128KW"),
    ] {
        for enc in ["A128CBC-HS256", "A256GCM"] {
            let key = key(kind, alg);
            let algorithm = KeyManagement::from_name(alg).unwrap();
            let enc = ContentEncryption::from_name(enc).unwrap();
            let token = encrypt(&key, algorithm, enc).unwrap();
            let keys = one(&key);
            assert!(decrypt(&keys, token.as_bytes()).is_ok());
            for other in mutations(&token) {
                let outcome = decrypt(&keys, &other);
                assert!(
                    outcome.is_err(),
                    "{alg} {}: {}",
                    enc.name,
                    String::from_utf8_lossy(&other)
                );
            }
        }
    }
}

/// Reads a key file and uses its keys in every way.
fn use_key(bytes: &[u8]) -> Result<(), Error> {
    let decryption = KeyDecryption {
        passphrase: None,
        max_rounds: MAX_P2C,
    };
    let keys = keyfile::parse(bytes, &decryption)?;
    for key in keys.keys() {
        let _ = key.to_jwk()?;
        let _ = key.to_public().map(|public| public.to_spki_pem());
        if let Ok(Some(algorithm)) = key.signature_algorithm(None) {
            let _ = sign(key, algorithm);
        }
    }
    Ok(())
}

#[test]
fn mutated_key_files_do_not_panic() {
    for (kind, alg) in [
        (KeyType::Oct(32), "HS256"),
        (KeyType::Curve(Curve::P256), "ES256"),
        (KeyType::Curve(Curve::Ed25519), "Ed25519"),
        (KeyType::Curve(Curve::X448), "ECDH-ES"),
    ] {
        let key = key(kind, alg);
        let mut forms = vec![key.to_jwk().unwrap().expose().to_vec()];
        if !key.is_secret() {
            forms.push(key.to_pkcs8_der().unwrap().expose().to_vec());
            forms.push(key.to_pkcs8_pem().unwrap().expose().to_vec());
            forms.push(key.to_public().unwrap().to_spki_der().unwrap());
        }
        for form in forms {
            use_key(&form).unwrap();
            for at in 0..form.len() {
                for byte in [0, 1, 0x7f, 0x80, 0x84, 0xff, form[at] ^ 1, b'"', b'{', b'-'] {
                    let mut changed = form.clone();
                    changed[at] = byte;
                    let _ = use_key(&changed);
                }
                let _ = use_key(&form[..at]);
                let _ = use_key(&form[at..]);
            }
        }
    }
}

/// JSON that reaches many checks: names of header parameters and key members, and values of every type.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "alg", "enc", "zip", "kid", "typ", "cty", "crit", "b64", "epk", "apu", "apv", "iv",
            "tag", "p2s", "p2c", "jwk", "kty", "crv", "x", "y", "d", "k", "n", "e", "p", "q", "dp",
            "dq", "qi", "oth", "use", "key_ops", "keys", "exp", "nbf", "iat", "aud", "iss", "sub",
            "jti",
        ])
        .prop_map(String::from),
        ".{0,4}",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop::sample::select(vec![
            "HS256", "ES256", "none", "dir", "A256GCM", "A128KW", "ECDH-ES", "DEF", "EC", "OKP",
            "RSA", "oct", "P-256", "X25519", "AQAB", "AA", "sig", "enc",
        ])
        .prop_map(Into::into),
        "[A-Za-z0-9_-]{0,50}".prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn random_bytes_are_rejected_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let keys = KeySet::from_json(secret_jwk().as_bytes()).unwrap();
        prop_assert!(verify(&keys, &bytes).is_err());
        prop_assert!(decrypt(&keys, &bytes).is_err());
        let _ = use_key(&bytes);
    }

    #[test]
    fn random_dotted_text_is_rejected_without_a_panic(text in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,6}") {
        let keys = KeySet::from_json(secret_jwk().as_bytes()).unwrap();
        prop_assert!(verify(&keys, text.as_bytes()).is_err());
        prop_assert!(decrypt(&keys, text.as_bytes()).is_err());
    }

    #[test]
    fn random_header_with_a_valid_signature_does_not_panic(header in any_json(), payload in any_json()) {
        let keys = KeySet::from_json(secret_jwk().as_bytes()).unwrap();
        let token = hs256(header.to_string(), payload.to_string());
        let outcome = verify(&keys, token.as_bytes());
        prop_assert!(outcome.is_err() || header["alg"] == "HS256");
        let token = direct(header.to_string(), b"content");
        let outcome = decrypt(&keys, token.as_bytes());
        prop_assert!(outcome.is_err() || (header["alg"] == "dir" && header["enc"] == "A256GCM"));
    }

    #[test]
    fn random_claims_are_checked_without_a_panic(claims in any_json(), now in any::<i64>(), leeway in any::<u64>()) {
        if let serde_json::Value::Object(claims) = claims {
            let rules = ClaimRules { leeway, max_age: Some(leeway), audiences: vec!["a".into()], ..ClaimRules::default() };
            let text = serde_json::Value::Object(claims).to_string();
            let claims = Members::parse(text.as_bytes()).unwrap();
            let failures = rules.check(&claims, now);
            prop_assert!(claims.contains("exp") || !failures.is_empty());
        }
    }

    #[test]
    fn random_jwk_is_parsed_without_a_panic(jwk in any_json()) {
        let _ = use_key(jwk.to_string().as_bytes());
    }
}
