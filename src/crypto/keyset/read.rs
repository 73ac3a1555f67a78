//! Reading: a JWK, a JWK Set, and the keys that a token shows of itself.

use std::sync::Arc;

use serde_json::Value;

use super::{KeySet, MAX_KEYS};
use crate::crypto::certificate::Chain;
use crate::crypto::error::{Error, Result};
use crate::crypto::json;
use crate::crypto::key::Key;
use crate::crypto::key::rsa::RecoveryBudget;
use crate::crypto::token::{Format, UnverifiedToken};

impl KeySet {
    /// Reads a JWK or a JWK Set.
    ///
    /// In a set, members that are not understood are skipped (RFC 7517 §5) and told by [`KeySet::skipped`].
    ///
    /// # Errors
    /// [`Error::Key`] when no key is left, kids repeat, or shared secrets stand beside public keys.
    pub fn from_json(text: &[u8]) -> Result<KeySet> {
        let mut object =
            json::parse_object(text).map_err(|fault| Error::Key(format!("the key {fault}")))?;
        let Some(entries) = object.shift_remove("keys") else {
            let key = Key::from_jwk_object(object)?;
            own_certificate(&key)?;
            return KeySet::new(vec![key]);
        };
        let Value::Array(entries) = entries else {
            return Err(Error::Key("the key set's \"keys\" is not a list".into()));
        };
        if entries.len() > MAX_KEYS {
            return Err(Error::Key(format!(
                "the key set has more than {MAX_KEYS} keys"
            )));
        }
        let mut set = KeySet {
            members: object,
            is_jwks: true,
            ..KeySet::default()
        };
        let (mut skipped_kids, mut budget) = (Vec::new(), RecoveryBudget::default());
        for (index, entry) in entries.into_iter().enumerate() {
            let Value::Object(entry) = entry else {
                return Err(Error::Key(format!("keys[{index}] is not an object")));
            };
            let names = ["kid", "kty"].map(|name| entry.get(name).cloned());
            let is_tombstone = entry.contains_key("revoked") && !entry.contains_key("k");
            match Key::from_jwk_within(entry, &mut budget) {
                Ok(key) => match own_certificate(&key) {
                    Ok(()) => set.keys.push(Arc::new(key)),
                    Err(error) => set.skipped.push(format!("keys[{index}]: {error}")),
                },
                // Nothing is left of a shared secret that was revoked but its kid, which no other may have.
                Err(_) if is_tombstone => skipped_kids.push(names),
                Err(error) => {
                    set.skipped.push(format!("keys[{index}]: {error}"));
                    skipped_kids.push(names);
                }
            }
        }
        set.check_kids()?;
        set.collect_revoked()?;
        // A broken twin leaves it open which of the two was meant; one of another kty is an alternative (RFC 7517 §4.5).
        let is_twin = |[kid, kty]: &[Option<Value>; 2]| {
            (set.keys.iter()).any(|key| {
                key.kid.is_some()
                    && key.kid.as_deref() == kid.as_ref().and_then(Value::as_str)
                    && kty.as_ref().is_some_and(|kty| kty == key.kind().kty())
            })
        };
        if skipped_kids.iter().any(is_twin) {
            return Err(Error::Key("two keys have the same kid".into()));
        }
        let any = |is: fn(&Key) -> bool| set.keys.iter().any(|key| is(key));
        if any(Key::is_secret) && any(|key| !key.is_private()) {
            return Err(Error::Key(
                "the key set mixes shared secrets with public keys".into(),
            ));
        }
        if let ([], [first, ..]) = (&*set.keys, &*set.skipped) {
            return Err(Error::Key(format!(
                "the key set has no usable key: {first}"
            )));
        }
        Ok(set)
    }

    /// Returns the key that a DPoP proof shows in its own header (RFC 9449 §4.3). It proves that the sender has the key,
    /// and nothing about who the sender is. If the keys of the sender are known, it must be one of them, and that one is
    /// returned.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when the proof is not compact, shows no key, or shows one that is not public;
    /// [`Error::NoKey`] when the key is not one of those known, or revoked.
    pub fn from_dpop_proof(proof: &UnverifiedToken, known: Option<&KeySet>) -> Result<KeySet> {
        if proof.format() != Format::Compact {
            return Err(Error::NotAllowed(
                "a DPoP proof uses the compact serialization (RFC 9449 §4.2)".into(),
            ));
        }
        let refuse = |why: String| Error::NotAllowed(format!("the header parameter jwk {why}"));
        let jwk = (proof.unverified_header().protected().get("jwk"))
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
                "the key that the proof shows is not one of those given".into(),
            ));
        }
        // The proof is verified with the known key, so that its alg and use are respected.
        Ok(KeySet {
            keys: same,
            revoked: known.revoked.clone(),
            ..KeySet::default()
        })
    }

    /// The key of the certificate chain in the token's own header, which must lead to one of the roots at `now` (Unix
    /// seconds).
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when there is no chain, [`Error::NoKey`] when it does not hold.
    pub fn from_x5c(token: &UnverifiedToken, roots: &Chain, now: i64) -> Result<KeySet> {
        let header = token.unverified_header();
        let x5c = (header.protected().get("x5c"))
            .ok_or_else(|| Error::NotAllowed("the header parameter x5c is missing".into()))?;
        let mut key = Chain::from_x5c(x5c)?.validate(roots, now)?;
        key.kid = header.protected_text_of("kid").map(str::to_owned);
        KeySet::new(vec![key])
    }
}

/// Holds the certificate that a JWK shows to its key (RFC 7517 §4.7).
fn own_certificate(key: &Key) -> Result<()> {
    match key.other.get("x5c") {
        None => Ok(()),
        Some(x5c) => Chain::from_x5c(x5c)
            .and_then(|chain| chain.check_key(key))
            .map_err(|error| Error::Key(error.to_string())),
    }
}
