//! The one key to sign with or to encrypt to: the only one that can, or in a set that is rotated the one whose turn it is.

use std::sync::Arc;

use super::{KeySet, kid_list};
use crate::crypto::alg::{KeyManagement, Signature};
use crate::crypto::error::{Error, Result};
use crate::crypto::key::{Key, Operation};

impl KeySet {
    /// The key to sign with, and its algorithm; `None` where the key leaves a choice (RSA).
    ///
    /// `now` is in Unix seconds.
    ///
    /// # Errors
    /// Why the only key cannot sign; [`Error::NoKey`] when none of several can; [`Error::Ambiguous`] when several can.
    pub fn for_signing(
        &self,
        asked: Option<&'static Signature>,
        now: i64,
    ) -> Result<(&Key, Option<&'static Signature>)> {
        self.select_unique(Operation::Sign, now, |key| key.signature_algorithm(asked))
    }

    /// The key to encrypt to, and its algorithm. `now` is in Unix seconds.
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
        (self.keys).retain(|key| active.contains(&Some(Arc::as_ptr(key))));
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
        let found: Vec<_> = (self.keys.iter().map(Arc::as_ref))
            .filter_map(|key| Some((key, fit(key).ok()?)))
            .collect();
        match *found {
            [only] => Ok(only),
            [] => Err(Error::NoKey(format!("none of the keys can {verb} this"))),
            _ => Err(Error::Ambiguous(format!(
                "several keys can {verb}: {}",
                kid_list(found.iter().map(|(key, _)| *key))
            ))),
        }
    }

    /// In a set that is rotated, the key whose turn it is: of those whose time has come, the youngest, as
    /// [`super::lifecycle::active`] says.
    fn active(&self, operation: Operation, now: i64) -> Option<&Key> {
        let has_time = |key: &Arc<Key>| key.time("nbf").is_some();
        if !self.members.contains_key("rotation") && !self.keys.iter().any(has_time) {
            return None;
        }
        (self.keys.iter().map(Arc::as_ref))
            .filter(|key| key.main_use() == operation.key_use())
            .filter(|key| self.check_operation(key, operation, now).is_ok())
            .max_by_key(|key| (key.time("nbf"), key.time("iat")))
    }
}
