//! JSON documents other than a JWK or a JWK Set that are given as key files: those that contain keys in a known place are
//! read, and the others are named with the fix.

use std::sync::Arc;

use serde_json::Value;

use super::{KeySet, MAX_KEYS, UnusableEntry};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::key::{Key, pem, transport};
use crate::crypto::policy::KeyDecryption;

/// How deep a JWK is looked for.
const MAX_SEARCH_DEPTH: usize = 4;

/// Reads a document of a known shape; `None` if it has none of them.
pub(super) fn read(object: &Object) -> Option<Result<KeySet>> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    if object.get("keys").is_some_and(Value::is_array) {
        return None;
    }
    if let Some(key) = text("private_key").filter(|key| pem::is_pem(key.as_bytes())) {
        return Some(service_account(object, key));
    }
    if is_certificate_map(object) {
        return Some(certificate_map(object));
    }
    let named = |format: &str, fix: &str| {
        Some(Err(Error::KeyFormat {
            format: format.into(),
            fix: fix.into(),
        }))
    };
    if text("jwks_uri").is_some() {
        return named(
            "a discovery document, which contains no keys",
            "--issuer URL fetches the keys of its jwks_uri",
        );
    }
    if ["access_token", "id_token"]
        .iter()
        .any(|name| text(name).is_some())
    {
        return named(
            "a token response, which contains tokens and no key",
            "verify a token of it with the issuer's keys: --issuer URL",
        );
    }
    if text("public_key").is_some_and(|key| key.starts_with("MI") || pem::is_pem(key.as_bytes())) {
        return named(
            "a JSON document with a public key in its member public_key",
            "extract it: jq -r .public_key FILE",
        );
    }
    if let Some(path) = find(object, MAX_SEARCH_DEPTH) {
        return named(
            &format!("a JSON document with a key in its member {path}"),
            &format!("extract it: jq .{path} FILE"),
        );
    }
    None
}

/// Reads a PEM text, which may have been escaped once more than its document.
fn read_pem(text: &str) -> Result<Vec<Key>> {
    let read = |text: &[u8]| Key::from_pem(text, KeyDecryption::LOCKED).map(|found| found.keys);
    read(text.as_bytes()).or_else(|error| match transport::unwrap(text.as_bytes()) {
        Some((plain, _)) => read(plain.expose()),
        None => Err(error),
    })
}

/// Reads the key of a Google Cloud service account.
fn service_account(object: &Object, key: &str) -> Result<KeySet> {
    let mut keys = read_pem(key)?;
    let [key] = &mut *keys else {
        return Err(Error::Key(
            "the service account file has several private keys".into(),
        ));
    };
    key.kid = (object.get("private_key_id").and_then(Value::as_str)).map(str::to_owned);
    let mut set = KeySet::new(keys)?;
    for name in ["client_email", "token_uri"] {
        if let Some(value) = object.get(name).filter(|value| value.is_string()) {
            set.members.insert(name.into(), value.clone());
        }
    }
    set.add_note("read the private key of a service account file".into());
    Ok(set)
}

fn is_certificate_map(object: &Object) -> bool {
    !object.is_empty()
        && (object.values()).all(|value| {
            value
                .as_str()
                .is_some_and(|text| pem::is_pem(text.as_bytes()))
        })
}

/// Reads a map from kid to certificate or public key, as Google serves for Firebase and service accounts.
fn certificate_map(object: &Object) -> Result<KeySet> {
    if object.len() > MAX_KEYS {
        return Err(Error::Key(format!(
            "the key set has more than {MAX_KEYS} keys"
        )));
    }
    let mut set = KeySet {
        is_jwks: true,
        ..KeySet::default()
    };
    let named = |kid: &str| UnusableEntry {
        kid: Some(kid.into()),
        ..UnusableEntry::default()
    };
    for (index, (kid, text)) in object.iter().enumerate() {
        let text = text.as_str().unwrap_or_default();
        match read_pem(text) {
            Ok(keys) if keys.iter().any(|key| key.is_private()) => {
                return Err(Error::Key(
                    "a map from kid to certificate contains a private key".into(),
                ));
            }
            Ok(keys) if keys.len() == 1 => set.keys.extend(keys.into_iter().map(|mut key| {
                key.kid = Some(kid.clone());
                Arc::new(key)
            })),
            Ok(_) => set.skip(index, named(kid), "contains several keys"),
            Err(error) => set.skip(index, named(kid), &error.to_string()),
        }
    }
    match (&*set.keys, &*set.unusable) {
        ([], [first, ..]) => Err(Error::Key(format!(
            "the key set has no usable key: {}",
            first.reason
        ))),
        _ => {
            set.add_note("read a map from kid to certificate as a key set".into());
            Ok(set)
        }
    }
}

/// Finds the first JWK or JWK Set inside an object: the path of member names to it.
fn find(object: &Object, depth: usize) -> Option<String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let members = object
        .iter()
        .filter(|(name, _)| name.len() <= 64 && is_name(name));
    for (name, value) in members {
        let Some(inner) = value.as_object() else {
            continue;
        };
        if inner.contains_key("kty") || inner.get("keys").is_some_and(Value::is_array) {
            return Some(name.clone());
        }
        if depth > 0
            && let Some(path) = find(inner, depth - 1)
        {
            return Some(format!("{name}.{path}"));
        }
    }
    None
}
