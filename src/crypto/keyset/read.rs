//! Parses JWKs, JWK Sets, and keys in the header of a token.

use std::sync::Arc;

use serde_json::Value;

use super::{KeySet, UnusableEntry, check_count};
use crate::crypto::certificate_chain::Chain;
use crate::crypto::error::{Error, Quoted, Result};
use crate::crypto::json::{self, Object};
use crate::crypto::key::Key;
use crate::crypto::key::rsa::RecoveryBudget;
use crate::crypto::key::usage::is_revoked;
use crate::crypto::token::{Serialization, UnverifiedToken};

impl KeySet {
    /// Parses a JWK or a JWK Set.
    ///
    /// In a set, an entry that is not understood is skipped (RFC 7517 §5) and listed in [`KeySet::warnings`]. A token that
    /// needs it is rejected.
    ///
    /// # Errors
    /// [`Error::Key`] if no usable key is left.
    pub fn from_json(text: &[u8]) -> Result<KeySet> {
        let value = json::parse(text).map_err(|fault| Error::Key(format!("the key {fault}")))?;
        KeySet::from_value(value)
    }

    /// Parses a JWK or a JWK Set, as [`KeySet::from_json`] does.
    ///
    /// # Errors
    /// As [`KeySet::from_json`].
    pub(crate) fn from_value(value: Value) -> Result<KeySet> {
        let mut object = match value {
            Value::Object(object) => object,
            // A JWK Set without its enclosing object.
            Value::Array(entries) if entries.iter().any(|entry| entry.get("kty").is_some()) => {
                let mut set = KeySet::from_entries(entries, Object::new())?;
                set.add_note("read a list of keys as a JWK Set".into());
                return Ok(set);
            }
            _ => return Err(Error::Key(format!("the key {}", json::Fault::NotAnObject))),
        };
        let Some(entries) = object.shift_remove("keys") else {
            let (key, repairs) = read_entry(object, &mut RecoveryBudget::default())?;
            let mut set = KeySet::new(vec![key])?;
            set.warnings.extend(repairs.iter().map(|repair| format!("repaired the JWK: {repair}")));
            return Ok(set);
        };
        let Value::Array(entries) = entries else {
            return Err(Error::Key("the key set's \"keys\" is not an array".into()));
        };
        KeySet::from_entries(entries, object)
    }

    fn from_entries(entries: Vec<Value>, members: Object) -> Result<KeySet> {
        check_count(entries.len())?;
        let mut set = KeySet {
            members,
            is_jwks: true,
            ..KeySet::default()
        };
        let place = |index: usize| format!("keys[{index}]");
        let mut budget = RecoveryBudget::default();
        // Entries of revoked keys whose key material was removed, so that only the kid is left.
        let mut tombstones = Vec::new();
        let mut found: Vec<(usize, Key)> = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let Value::Object(entry) = entry else {
                set.skip_entry(&place(index), UnusableEntry::default(), "not an object");
                continue;
            };
            let member = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
            let names = UnusableEntry {
                kid: member("kid"),
                kty: member("kty"),
                alg: member("alg"),
                reason: String::new(),
            };
            let is_revoked = is_revoked(&entry);
            let is_tombstone = entry.contains_key("revoked") && !entry.contains_key("k");
            match read_entry(entry, &mut budget) {
                Ok((key, repairs)) => {
                    set.warnings.extend(
                        repairs.iter().map(|repair| format!("repaired keys[{index}]: {repair}")),
                    );
                    found.push((index, key));
                }
                Err(error) => {
                    if is_revoked {
                        tombstones.push(names.clone());
                    }
                    if !is_tombstone {
                        set.skip_entry(&place(index), names, &error.to_string());
                    }
                }
            }
        }
        if found.iter().any(|(_, key)| !key.is_private()) {
            for (index, key) in found.extract_if(.., |(_, key)| key.is_secret()) {
                set.skip_entry(
                    &place(index),
                    UnusableEntry::from_key(&key),
                    "a shared secret among public keys: every reader of the set may have it",
                );
            }
        }
        // The key may be the revoked one. Without key material, the entries cannot be compared.
        let has_tombstone = |key: &Key| {
            key.kid.is_some()
                && tombstones.iter().any(|entry| {
                    entry.kid == key.kid && entry.kty.as_deref() == Some(key.key_type().kty())
                })
        };
        for (index, key) in found.extract_if(.., |(_, key)| has_tombstone(key)) {
            set.skip_entry(
                &place(index),
                UnusableEntry::from_key(&key),
                "another entry with its kid is revoked",
            );
        }
        set.keys = found.into_iter().map(|(_, key)| Arc::new(key)).collect();
        set.remove_copies()?;
        let shared = set.shared_kids()?.into_iter().map(|kid| {
            format!(
                "different keys have the kid {}, so it does not select a key",
                Quoted(kid)
            )
        });
        let shared: Vec<String> = shared.collect();
        set.warnings.extend(shared);
        set.collect_revoked()?;
        set.check_usable()?;
        Ok(set)
    }

    /// Returns a set of keys with kids that are not part of the keys. A key that cannot be parsed is skipped.
    ///
    /// # Errors
    /// [`Error::Key`] if no key is left.
    pub(crate) fn from_named(keys: Vec<(String, Result<Key>)>) -> Result<KeySet> {
        let mut set = KeySet {
            is_jwks: true,
            ..KeySet::default()
        };
        for (kid, key) in keys {
            match key {
                Ok(mut key) => {
                    key.kid = Some(kid);
                    set.keys.push(Arc::new(key));
                }
                Err(error) => {
                    let place = format!("the key {}", Quoted(&kid));
                    let entry = UnusableEntry {
                        kid: Some(kid),
                        ..UnusableEntry::default()
                    };
                    set.skip_entry(&place, entry, &error.to_string());
                }
            }
        }
        set.check_usable()?;
        Ok(set)
    }

    /// Rejects a set whose entries were all skipped.
    fn check_usable(&self) -> Result<()> {
        match (&*self.keys, &*self.unusable) {
            ([], [first, ..]) => Err(Error::Key(format!(
                "the key set has no usable key: {}",
                first.reason
            ))),
            _ => Ok(()),
        }
    }

    /// Records an entry that cannot be used.
    fn skip_entry(&mut self, place: &str, mut entry: UnusableEntry, why: &str) {
        entry.reason = format!("{place}: {why}");
        self.warnings.push(format!("skipped {}", entry.reason));
        self.unusable.push(entry);
    }

    /// Returns the key in the header of a proof of possession (RFC 9449 section 4.3, OpenID4VCI appendix F.1). The proof shows
    /// only that the sender has the private key; it does not authenticate the sender. If `known` is given, the key must be one
    /// of the known keys, and the known key is returned.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] if the proof is not compact, contains no key, or contains a private key;
    /// [`Error::NoKey`] if the key is not one of the known keys.
    pub fn from_header_jwk(proof: &UnverifiedToken, known: Option<&KeySet>) -> Result<KeySet> {
        if proof.format() != Serialization::Compact {
            return Err(Error::NotAllowed(
                "a proof of possession uses the compact serialization (RFC 9449 §4.2)".into(),
            ));
        }
        let refuse = |why: String| Error::NotAllowed(format!("the header parameter jwk {why}"));
        let jwk = proof
            .unverified_header()
            .protected()
            .get("jwk")
            .and_then(Value::as_object)
            .ok_or_else(|| refuse("is missing".into()))?;
        let key =
            Key::from_untrusted_jwk(jwk.clone()).map_err(|error| refuse(error.to_string()))?;
        let Some(known) = known else {
            return KeySet::new(vec![key]);
        };
        let same: Vec<Arc<Key>> = known.same_keys(&key)?.cloned().collect();
        if same.is_empty() {
            return Err(Error::NoKey(
                "the key in the header is not one of the given keys".into(),
            ));
        }
        // The proof is verified with the known key, so that the alg and use of the known key are checked.
        Ok(KeySet {
            keys: same,
            revoked: known.revoked.clone(),
            ..KeySet::default()
        })
    }

    /// Returns the key of the certificate chain in the header of the token. The chain must lead to one of the roots and be
    /// valid at `now` (Unix seconds).
    ///
    /// # Errors
    /// [`Error::NotAllowed`] if there is no chain; [`Error::NoKey`] if it is not valid.
    pub fn from_x5c(token: &UnverifiedToken, roots: &Chain, now: i64) -> Result<KeySet> {
        let header = token.unverified_header();
        let x5c = header
            .protected()
            .get("x5c")
            .ok_or_else(|| Error::NotAllowed("the header parameter x5c is missing".into()))?;
        let mut key = Chain::from_x5c(x5c)?.validate(roots, now)?;
        key.kid = header.protected_text_of("kid").map(str::to_owned);
        KeySet::new(vec![key])
    }
}

impl UnusableEntry {
    /// Returns the entry for a key that was parsed but cannot be used.
    fn from_key(key: &Key) -> UnusableEntry {
        UnusableEntry {
            kid: key.kid.clone(),
            kty: Some(key.key_type().kty().into()),
            alg: key.alg().map(|alg| alg.name().into()),
            reason: String::new(),
        }
    }
}

/// Parses a JWK of a file. Also returns the repairs. Its certificate must contain its key (RFC 7517 §4.7). A chain that
/// cannot be parsed is ignored, because the key does not need it.
fn read_entry(mut jwk: Object, budget: &mut RecoveryBudget) -> Result<(Key, Vec<String>)> {
    let x5c = jwk.get("x5c").filter(|x5c| !x5c.is_null());
    let (chain, ignored) = match x5c.map(|x5c| (x5c, Chain::from_x5c(x5c))) {
        None => (None, None),
        Some((_, Ok(chain))) => (Some(chain), None),
        Some((x5c, Err(_))) if x5c.as_array().is_some_and(Vec::is_empty) => {
            (None, Some("x5c is empty, and is ignored"))
        }
        Some(_) => (
            None,
            Some("x5c is not an array of certificates, and is ignored"),
        ),
    };
    if ignored.is_some() {
        jwk.shift_remove("x5c");
    }
    let (key, mut repairs) = Key::from_file_jwk(jwk, budget)?;
    repairs.extend(ignored.map(str::to_owned));
    if let Some(chain) = chain {
        chain.check_key(&key).map_err(|error| Error::Key(error.to_string()))?;
    }
    Ok((key, repairs))
}
