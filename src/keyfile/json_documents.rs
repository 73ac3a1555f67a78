//! JSON documents, other than a JWK or a JWK Set, that are given as key files. Keys in known places are parsed. For other
//! documents, the error names the document and the fix.

use serde_json::Value;

use super::pem;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{self, Object};
use crate::crypto::key::der::outer_length;
use crate::crypto::key::{Key, transport};
use crate::crypto::keyset::{KeySet, check_count};
use crate::crypto::policy::KeyDecryption;

/// The depth to which a document is searched for a key.
const MAX_SEARCH_DEPTH: usize = 4;

/// Parses a JWK, a JWK Set, or another JSON document that contains keys.
///
/// # Errors
/// [`Error::Key`] if no usable key is left; [`Error::KeyFormat`] with the fix for a document whose keys are not supported.
pub fn parse_json(text: &[u8]) -> Result<KeySet> {
    let value = json::parse(text).map_err(|fault| Error::Key(format!("the key {fault}")))?;
    let other = match &value {
        Value::Object(object) if !object.contains_key("kty") => parse_known_shape(object),
        Value::Array(items) if !items.iter().any(|item| item.get("kty").is_some()) => {
            name_list(items).map(Err)
        }
        _ => None,
    };
    other.unwrap_or_else(|| KeySet::from_value(value))
}

/// Parses or names a known kind of document; `None` if the kind is not known.
fn parse_known_shape(object: &Object) -> Option<Result<KeySet>> {
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
    let has_any = |names: &[&str]| names.iter().any(|name| text(name).is_some());
    let named = if has_any(&["jwks_uri"]) {
        not_a_key(
            "a discovery document, which contains no keys",
            "--issuer URL fetches the keys of its jwks_uri",
        )
    } else if has_any(&["token_endpoint", "authorization_endpoint"]) {
        not_a_key(
            "a discovery document, which contains no keys",
            "it has no jwks_uri; obtain the keys from the issuer",
        )
    } else if has_any(&["access_token", "id_token", "refresh_token"]) {
        not_a_key(
            "a token response, which contains tokens and no key",
            "verify a token of it with the issuer's keys: --issuer URL",
        )
    } else if let Some(key) = find_in_object(object, MAX_SEARCH_DEPTH) {
        key.unsupported_error()
    } else if has_any(&["error"]) {
        not_a_key(
            "an error response, which contains no key",
            "check the request that downloaded it",
        )
    } else {
        return None;
    };
    Some(Err(named))
}

/// Returns the error for a list that contains keys but is not a list of JWKs.
fn name_list(items: &[Value]) -> Option<Error> {
    let is_text = |item: &Value| item.is_string();
    let has_pem = |item: &Value| item.as_str().is_some_and(|text| pem::is_pem(text.as_bytes()));
    if items.iter().all(is_text) && items.iter().any(has_pem) {
        let fix = "print the strings: jq -r '.[]' FILE";
        return Some(not_a_key("a JSON array of strings", fix));
    }
    find_in_list(items, MAX_SEARCH_DEPTH).map(|key| key.unsupported_error())
}

fn not_a_key(format: &str, fix: &str) -> Error {
    Error::KeyFormat {
        format: format.into(),
        fix: fix.into(),
    }
}

/// Parses a PEM text inside a document. The text may have been escaped twice.
fn read_pem(text: &str) -> Result<Vec<Key>> {
    let read = |text: &[u8]| pem::read(text, KeyDecryption::LOCKED).map(|found| found.keys);
    read(text.as_bytes()).or_else(|error| match transport::remove_wrapping(text.as_bytes()) {
        Some((plain, _)) => read(plain.expose()),
        None => Err(error),
    })
}

/// Parses the key of a Google Cloud service account.
fn service_account(object: &Object, key: &str) -> Result<KeySet> {
    let mut keys = read_pem(key)?;
    let [key] = &mut *keys else {
        return Err(Error::Key(
            "the service account file has several private keys".into(),
        ));
    };
    key.kid = object.get("private_key_id").and_then(Value::as_str).map(str::to_owned);
    let mut set = KeySet::new(keys)?;
    for name in ["client_email", "token_uri"] {
        if let Some(value) = object.get(name).filter(|value| value.is_string()) {
            set.set_member(name, value.clone());
        }
    }
    set.add_note("read the private key of a service account file".into());
    Ok(set)
}

fn is_certificate_map(object: &Object) -> bool {
    !object.is_empty()
        && object
            .values()
            .all(|value| value.as_str().is_some_and(|text| pem::is_pem(text.as_bytes())))
}

/// Parses a map from kid to certificate or public key, as Google serves for Firebase and service accounts.
fn certificate_map(object: &Object) -> Result<KeySet> {
    check_count(object.len())?;
    let mut found = Vec::new();
    for (kid, text) in object {
        let key = match read_pem(text.as_str().unwrap_or_default()) {
            Ok(keys) if keys.iter().any(Key::is_private) => {
                return Err(find_in_object(object, 0).map_or_else(
                    || Error::Key("a map from kid to certificate contains a private key".into()),
                    |key| key.unsupported_error(),
                ));
            }
            Ok(mut keys) => match (keys.pop(), keys.is_empty()) {
                (Some(key), true) => Ok(key),
                _ => Err(Error::Key("contains several keys".into())),
            },
            Err(error) => Err(error),
        };
        found.push((kid.clone(), key));
    }
    let mut set = KeySet::from_named(found)?;
    set.add_note("read a map from kid to certificate as a key set".into());
    Ok(set)
}

/// A key inside a JSON document.
struct FoundKey {
    /// The path in the syntax of jq, without the initial dot.
    path: String,
    /// Whether the key is a string, not an object.
    is_text: bool,
}

impl FoundKey {
    fn inside_member(mut self, name: &str) -> FoundKey {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{name}{separator}{}", self.path);
        self
    }

    fn unsupported_error(&self) -> Error {
        let path = &self.path;
        let is_plain =
            path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        let quote = if is_plain { "" } else { "'" };
        let raw = if self.is_text { "-r " } else { "" };
        not_a_key(
            &format!("a JSON document with a key in its member {path}"),
            &format!("extract it: jq {raw}{quote}.{path}{quote} FILE"),
        )
    }
}

/// Finds the first key inside an object.
fn find_in_object(object: &Object, depth: usize) -> Option<FoundKey> {
    object.iter().find_map(|(name, value)| {
        let name = jq_name(name)?;
        Some(find_in(value, depth)?.inside_member(&name))
    })
}

fn find_in_list(items: &[Value], depth: usize) -> Option<FoundKey> {
    let mut items = items.iter().enumerate();
    items.find_map(|(index, item)| Some(find_in(item, depth)?.inside_member(&format!("[{index}]"))))
}

fn find_in(value: &Value, depth: usize) -> Option<FoundKey> {
    let here = |is_text| {
        Some(FoundKey {
            path: String::new(),
            is_text,
        })
    };
    match value {
        Value::String(text) if is_key_text(text) => here(true),
        Value::Object(inner)
            if inner.contains_key("kty") || inner.get("keys").is_some_and(Value::is_array) =>
        {
            here(false)
        }
        Value::Object(inner) if depth > 0 => find_in_object(inner, depth - 1),
        Value::Array(items) if depth > 0 => find_in_list(items, depth - 1),
        _ => None,
    }
}

/// Whether the value of a member is PEM, base64 of PEM or DER, or the text of a JWK.
fn is_key_text(text: &str) -> bool {
    let is_key = |text: &[u8]| pem::is_pem(text) || outer_length(text) == Some(text.len());
    is_key(text.as_bytes())
        || (text.trim_start().starts_with('{') && text.contains("\"kty\""))
        || (text.starts_with(['M', 'L'])
            && transport::from_base64(text).is_some_and(|inner| is_key(inner.expose())))
}

/// Returns the name of a member in the syntax of jq; `None` for a name that would need escapes.
fn jq_name(name: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_harmless = |byte: u8| is_plain(byte) || matches!(byte, b'-' | b'.' | b'/' | b' ' | b':');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_harmless) {
        return None;
    }
    let is_identifier =
        name.bytes().all(is_plain) && !name.starts_with(|c: char| c.is_ascii_digit());
    Some(if is_identifier {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    })
}
