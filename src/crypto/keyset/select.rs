//! Selects keys. The keys to try on a token are selected by its kid, its algorithm and the operations that each key allows.
//! The key for signing or encryption is the only suitable one, or the active one of a rotating key set.

use std::sync::Arc;

use super::{KeySet, MAX_TRIES, UnusableEntry, kid_list};
use crate::crypto::alg::{ContentEncryption, KeyManagement, Signature};
use crate::crypto::error::{Error, Quoted, Result};
use crate::crypto::key::{Key, Operation, ThumbprintHash};
use crate::crypto::policy::{DecryptPolicy, VerifyPolicy};

impl KeySet {
    /// Returns the candidate keys for a token: the keys with its kid, or else the keys without a kid. For a token without a kid
    /// these are all keys.
    ///
    /// # Errors
    /// [`Error::NoKey`] if there is none.
    pub(crate) fn for_kid(&self, kid: Option<&str>) -> Result<Vec<&Key>> {
        if self.keys.is_empty() {
            return Err(Error::NoKey("the key set contains no usable key".into()));
        }
        let Some(kid) = kid else {
            return Ok(self.keys.iter().map(Arc::as_ref).collect());
        };
        let with = |wanted: Option<&str>| -> Vec<&Key> {
            self.keys.iter().map(Arc::as_ref).filter(|key| key.kid.as_deref() == wanted).collect()
        };
        let mut found = with(Some(kid));
        if found.is_empty() {
            found = with(None);
        }
        if found.is_empty() {
            return Err(self.no_such_kid(kid));
        }
        Ok(found)
    }

    /// Returns the keys to try on a JWS with this algorithm, in order, at most [`MAX_TRIES`]. The key and the policy choose the
    /// algorithm; the algorithm of the token must match.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::NotAllowed`] or [`Error::AlgorithmNeeded`].
    pub(crate) fn for_verifying(
        &self,
        alg: &'static Signature,
        kid: Option<&str>,
        policy: &VerifyPolicy,
    ) -> Result<Vec<&Key>> {
        let pool = self.for_kid(kid)?;
        let operation = match policy.token_rules() {
            Some(rules) if rules.are_for_svids() => Operation::VerifySvid,
            _ => Operation::Verify,
        };
        let usable: Vec<&Key> = pool
            .iter()
            .copied()
            .filter(|key| key.check_operation(operation, policy.now).is_ok())
            .collect();
        if usable.is_empty() {
            let why = pool[0].check_operation(operation, policy.now);
            let why = why.err().map_or(String::new(), |error| error.to_string());
            return Err(Error::NoKey(match pool.len() {
                1 => format!("the key cannot verify this token: {why}"),
                n => format!("none of the {n} keys can verify this token: {why}"),
            }));
        }
        let asked = policy.algorithms.first().map(|_| alg);
        let fits = |key: &&Key| {
            key.signature_algorithm(asked)
                .ok()
                .flatten()
                .is_some_and(|own| own.is_equivalent_for(alg, key.key_type()))
                && (policy.algorithms.is_empty()
                    || policy
                        .algorithms
                        .iter()
                        .any(|row| row.is_equivalent_for(alg, key.key_type())))
        };
        let fitting = usable.iter().copied().filter(fits);
        let is_live = |key: &&Key| !self.is_revoked(key);
        let found: Vec<&Key> = fitting.clone().filter(is_live).take(MAX_TRIES).collect();
        if !found.is_empty() {
            self.check_unambiguous(kid, &found)?;
            return Ok(found);
        }
        if fitting.count() > 0 {
            return Err(Error::NoKey(
                "the key cannot verify this token: the key is revoked".into(),
            ));
        }
        if asked.is_none()
            && usable.iter().any(|key| {
                matches!(key.signature_algorithm(None), Ok(None))
                    && alg.is_suitable_for(key.key_type())
            })
        {
            return Err(Error::AlgorithmNeeded {
                claimed: alg.name.into(),
            });
        }
        Err(match &*usable {
            [key] => match key.signature_algorithm(asked) {
                Ok(Some(own)) if own == alg => Error::NotAllowed(format!(
                    "none of the accepted algorithms fits {}",
                    key.key_type().with_article()
                )),
                Ok(Some(own)) => Error::NotAllowed(format!(
                    "the token uses {}, but the key is for {}",
                    alg.name, own.name
                )),
                Ok(None) => Error::NotAllowed(format!(
                    "the token uses {}, which this {} does not support",
                    alg.name,
                    key.key_type()
                )),
                Err(error) => error,
            },
            keys if asked.is_none() => Error::NotAllowed(format!(
                "the token uses {}, but none of the {} keys supports it",
                alg.name,
                keys.len()
            )),
            _ => Error::NoKey(format!("none of the keys fits {}", alg.name)),
        })
    }

    /// Returns the keys to try on a JWE with these algorithms, in order, at most [`MAX_TRIES`].
    ///
    /// # Errors
    /// [`Error::NoKey`] or [`Error::NotAllowed`].
    pub(crate) fn for_decrypting(
        &self,
        algorithm: &'static KeyManagement,
        enc: Option<&'static ContentEncryption>,
        kid: Option<&str>,
        policy: &DecryptPolicy,
    ) -> Result<Vec<&Key>> {
        let pool = self.for_kid(kid)?;
        let (mut found, mut why) = (Vec::new(), None);
        for key in pool {
            if found.len() == MAX_TRIES {
                break;
            }
            match self.check_operation(key, Operation::Decrypt, policy.now) {
                Ok(()) if key.can_decrypt_with(algorithm, enc) => found.push(key),
                Ok(()) => {
                    why = Some(Error::NotAllowed(format!(
                        "the token uses {}{}, which does not fit this {}{}",
                        algorithm.name,
                        enc.map_or(String::new(), |enc| format!(" with {}", enc.name)),
                        key.key_type(),
                        key.alg().map_or(String::new(), |alg| format!(" bound to {}", alg.name()))
                    )));
                }
                Err(error) => {
                    why.get_or_insert(Error::NoKey(format!(
                        "the key cannot decrypt this token: {error}"
                    )));
                }
            }
        }
        match (found.is_empty(), why) {
            (true, Some(why)) => Err(why),
            _ => {
                self.check_unambiguous(kid, &found)?;
                Ok(found)
            }
        }
    }

    /// Rejects an ambiguous kid: different keys for one algorithm have it, or a key and an entry that cannot be used.
    fn check_unambiguous(&self, kid: Option<&str>, found: &[&Key]) -> Result<()> {
        let (Some(kid), [first, others @ ..]) = (kid, found) else {
            return Ok(());
        };
        if first.kid.as_deref() != Some(kid) {
            return Ok(());
        }
        let is_same_kind = |entry: &&UnusableEntry| {
            entry.kid.as_deref() == Some(kid)
                && entry.kty.as_deref() == Some(first.key_type().kty())
                && match (&entry.alg, first.alg()) {
                    (Some(alg), Some(own)) => alg == own.name(),
                    _ => true,
                }
        };
        if let Some(unusable) = self.unusable.iter().find(is_same_kind) {
            return Err(Error::NoKey(format!(
                "the kid {} does not select one key: {}",
                Quoted(kid),
                unusable.reason
            )));
        }
        let thumbprint = first.thumbprint(ThumbprintHash::Sha256)?;
        for other in others {
            if other.thumbprint(ThumbprintHash::Sha256)? != thumbprint {
                return Err(Error::NoKey(format!(
                    "the kid {} does not select one key: different keys have it",
                    Quoted(kid)
                )));
            }
        }
        Ok(())
    }

    /// Returns the key to sign with, and its algorithm; `None` if several algorithms are possible (RSA).
    ///
    /// `now` is in Unix seconds.
    ///
    /// # Errors
    /// The reason if the only key cannot sign; [`Error::NoKey`] if none of several keys can; [`Error::Ambiguous`] if several
    /// can.
    pub fn for_signing(
        &self,
        asked: Option<&'static Signature>,
        now: i64,
    ) -> Result<(&Key, Option<&'static Signature>)> {
        self.select_unique(Operation::Sign, now, |key| key.signature_algorithm(asked))
    }

    /// Returns the key to encrypt to, and its algorithm. `now` is in Unix seconds.
    ///
    /// # Errors
    /// As [`KeySet::for_signing`].
    pub fn for_encrypting(
        &self,
        asked: Option<&'static KeyManagement>,
        now: i64,
    ) -> Result<(&Key, &'static KeyManagement)> {
        self.select_unique(Operation::Encrypt, now, |key| {
            key.key_management_algorithm(asked)
        })
    }

    /// Keeps the keys of a rotating set that are active at `now` (Unix seconds): at most one for each use.
    pub fn keep_active(&mut self, now: i64) {
        let active = [Operation::Sign, Operation::Encrypt]
            .map(|operation| self.active(operation, now).map(std::ptr::from_ref));
        self.keys.retain(|key| active.contains(&Some(Arc::as_ptr(key))));
    }

    fn select_unique<T: Copy>(
        &self,
        operation: Operation,
        now: i64,
        choose: impl Fn(&Key) -> Result<T>,
    ) -> Result<(&Key, T)> {
        let fit = |key: &Key| {
            self.check_operation(key, operation, now)?;
            choose(key)
        };
        if let [key] = &*self.keys {
            return Ok((key, fit(key)?));
        }
        if let Some(active) = self.active(operation, now) {
            return Ok((active, choose(active)?));
        }
        let verb = match operation {
            Operation::Sign => "sign",
            _ => "encrypt",
        };
        let found: Vec<_> = self
            .keys
            .iter()
            .map(Arc::as_ref)
            .filter_map(|key| Some((key, fit(key).ok()?)))
            .collect();
        match *found {
            [only] => Ok(only),
            [] if self.keys.is_empty() => {
                Err(Error::NoKey("the key set contains no usable key".into()))
            }
            [] => Err(Error::NoKey(format!("none of the keys can {verb}"))),
            _ => Err(Error::Ambiguous(format!(
                "several keys can {verb}: {}",
                kid_list(found.iter().map(|(key, _)| *key))
            ))),
        }
    }

    /// Returns the active key of a rotating key set: of the keys that are valid at `now`, the one with the latest `nbf`.
    fn active(&self, operation: Operation, now: i64) -> Option<&Key> {
        let has_time = |key: &Arc<Key>| key.time_member("nbf").is_some();
        if !self.members.contains_key("rotation") && !self.keys.iter().any(has_time) {
            return None;
        }
        self.keys
            .iter()
            .map(Arc::as_ref)
            .filter(|key| key.main_use() == operation.key_use())
            .filter(|key| self.check_operation(key, operation, now).is_ok())
            .max_by_key(|key| (key.time_member("nbf"), key.time_member("iat")))
    }
}
