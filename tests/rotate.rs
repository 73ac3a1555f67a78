//! Rotation while other runs sign, verify, encrypt and decrypt with the set.

mod concurrency;
mod crash;
mod docs;
mod edge_cases;
mod filter;
mod lifecycle;
mod pem;
mod plan;
mod recipes;
mod refusals;
mod site;
#[cfg(feature = "pkcs11")]
mod token;
#[cfg(feature = "pkcs11")]
mod token_crash;
mod years;

use jotsmith::crypto::json::Object;
use jotsmith::crypto::jws::{SerializeOptions, SignatureSpec};
use jotsmith::crypto::jwt::claims::ClaimRules;
use jotsmith::crypto::policy::{MAX_TOKEN, TokenTypes};
use jotsmith::crypto::token::Serialization;
use jotsmith::crypto::{Error, KeySet, UnverifiedToken, VerifyPolicy};
use serde_json::Value;

use super::support::core::sign_specs;
use super::support::{Folder, json};

/// The start of simulated time, in 2023.
const START: i64 = 1_700_000_000;
const DAY: i64 = 86_400;

/// Whether the long tests are run, as in CI.
fn is_long() -> bool {
    std::env::var_os("JOTSMITH_LONG").is_some()
}

/// Runs `rotate keys.jwks --publish jwks.json` with more arguments at a time, and returns the report.
#[track_caller]
fn rotate(folder: &Folder, more: &str, at: i64) -> Value {
    let arguments = format!("--json --at {at} rotate keys.jwks --publish jwks.json {more}");
    json(folder.run(&arguments).accepted())
}

/// Returns the keys of a set file.
fn keys(folder: &Folder, name: &str) -> Vec<Value> {
    json(folder.read(name))["keys"].as_array().unwrap().clone()
}

/// Returns the kids of the keys in a set file.
fn kids(folder: &Folder, name: &str) -> Vec<String> {
    let keys = keys(folder, name);
    (keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned())).collect()
}

/// Returns the names of the actions in a report.
fn actions(report: &Value) -> Vec<&str> {
    let actions = report["actions"].as_array().unwrap();
    (actions.iter().map(|action| action["action"].as_str().unwrap())).collect()
}

/// Returns the kid of the only key in this state, if there is one.
fn in_state(report: &Value, state: &str) -> Option<String> {
    let keys = report["keys"].as_array().unwrap();
    let mut found = keys.iter().filter(|key| key["state"] == state);
    let kid = found.next()?["kid"].as_str().unwrap().to_owned();
    assert!(found.next().is_none(), "several are {state}: {report}");
    Some(kid)
}

/// Signs a token with this lifetime with the active key, and returns it with its kid. It runs in this process, for tests that
/// sign thousands of tokens.
fn sign(set: &KeySet, now: i64, life: i64) -> (String, String) {
    let (key, algorithm) = set.for_signing(None, now).unwrap();
    let kid = key.kid.clone().unwrap();
    let mut header = Object::new();
    header.insert("kid".into(), kid.as_str().into());
    let signer = SignatureSpec {
        key,
        algorithm: algorithm.unwrap(),
        header,
        unprotected: Object::new(),
    };
    let writing = SerializeOptions {
        format: Serialization::Compact,
        unencoded: false,
    };
    let claims = format!(r#"{{"iat":{now},"exp":{}}}"#, now + life);
    (
        sign_specs(&[signer], claims.as_bytes(), writing).unwrap(),
        kid,
    )
}

/// Verifies a token of [`sign`].
fn verify(token: &str, published: &KeySet, now: i64) -> Result<(), Error> {
    let policy = VerifyPolicy {
        now,
        algorithms: Vec::new(),
        types: TokenTypes::Any,
        claims: Some(ClaimRules::default()),
        require_all: false,
        formats: Vec::new(),
    };
    let token = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN).unwrap();
    token.verify(published, &policy).map(|_| ())
}
