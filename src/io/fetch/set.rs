//! Parses fetched documents, which must be sets of public keys.

use anyhow::Result;
use serde_json::Value;

use crate::crypto::key::shows_private;
use crate::crypto::{KeySet, json};
use crate::keyfile;
use crate::output::exit::CliError;

/// Decodes a body as UTF-8.
pub(super) fn decode_text(body: Vec<u8>) -> Result<String> {
    String::from_utf8(body).map_err(|_| CliError::failed("the response is not UTF-8").into())
}

/// Parses a public key set. A set with private keys is rejected.
pub(super) fn parse_public_set(text: &str) -> Result<KeySet> {
    let refuse = |what: String| Err(CliError::failed(what).into());
    let set = match json::parse_object(text.as_bytes()) {
        Err(fault) => return refuse(format!("the response {fault}")),
        Ok(set) => set,
    };
    let Some(keys) = set.get("keys").and_then(Value::as_array) else {
        // `parse_json` also accepts a map from kid to certificate, which Google serves.
        let set = keyfile::parse_json(text.as_bytes()).ok();
        let is_public =
            |set: &KeySet| set.is_jwks() && !set.keys().iter().any(|key| key.is_private());
        return match set.filter(is_public) {
            Some(set) => Ok(set),
            None => refuse("the response is not a JWK Set".into()),
        };
    };
    if keys.iter().filter_map(Value::as_object).any(shows_private) {
        return Err(CliError::failed("the set contains a private key")
            .with_hint("the key is public now: inform the operator of the server")
            .into());
    }
    Ok(keyfile::parse_json(text.as_bytes())?)
}
