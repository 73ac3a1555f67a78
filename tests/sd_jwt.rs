//! Selective disclosure (RFC 9901): external vectors, every structural attack, key binding, issuing and presenting.

mod commands;
mod mutations;
mod structure;
mod vectors;

use jotsmith::crypto::jws::Verifier;
use jotsmith::crypto::jwt::claims::ClaimRules;
use jotsmith::crypto::policy::{MAX_TOKEN, TokenTypes};
use jotsmith::crypto::token::HeaderCache;
use jotsmith::crypto::{KeySet, Result, VerifyPolicy};
use jotsmith::sd_jwt::{KeyBindingRules, SignedToken};
use serde_json::Value;

use super::support::json;

/// Verifies an SD-JWT at a time, and returns the processed payload.
fn verify(keys: &KeySet, token: &str, rules: Option<&KeyBindingRules>, now: i64) -> Result<Value> {
    let policy = VerifyPolicy {
        now,
        algorithms: Vec::new(),
        types: TokenTypes::Any,
        claims: Some(ClaimRules {
            allow_no_exp: true,
            ..ClaimRules::default()
        }),
        require_all: false,
        formats: Vec::new(),
    };
    let token = SignedToken::parse(token.as_bytes(), MAX_TOKEN, &mut HeaderCache::default())?;
    let verified = token.verify(&mut Verifier::new(keys, policy), rules)?;
    Ok(json(verified.payload()))
}
