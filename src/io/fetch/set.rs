//! What is taken for a set of public keys when it comes from elsewhere.

use anyhow::Result;
use serde_json::Value;

use crate::crypto::key::shows_private;
use crate::crypto::{KeySet, json};
use crate::output::exit::CliError;

/// The text of a body.
pub(super) fn text(body: Vec<u8>) -> Result<String> {
    String::from_utf8(body).map_err(|_| CliError::failed("what is there is not UTF-8").into())
}

/// A public key set, and nothing that was never meant to be seen.
pub(super) fn key_set(text: &str) -> Result<KeySet> {
    let refuse = |what: String| Err(CliError::failed(what).into());
    let set = match json::parse_object(text.as_bytes()) {
        Err(fault) => return refuse(format!("what is there {fault}")),
        Ok(set) => set,
    };
    let Some(keys) = set.get("keys").and_then(Value::as_array) else {
        // Google serves a map from kid to certificate.
        let set = KeySet::from_json(text.as_bytes()).ok();
        let is_public =
            |set: &KeySet| set.is_jwks() && !set.keys().iter().any(|key| key.is_private());
        return match set.filter(is_public) {
            Some(set) => Ok(set),
            None => refuse("what is there is not a JWK Set".into()),
        };
    };
    if (keys.iter().filter_map(Value::as_object)).any(shows_private) {
        return Err(
            CliError::failed("the set that is there holds a private key")
                .hint("everybody may have it by now: tell whoever runs the server")
                .into(),
        );
    }
    Ok(KeySet::from_json(text.as_bytes())?)
}
