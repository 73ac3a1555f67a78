//! Key sets (RFC 7517 §5): the keys that one command holds. Reading them and finding the one for a token is in the files below.

mod read;
mod select;
mod turn;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::error::{Error, Quoted, Result};
use super::json::Object;
use super::key::{Key, Operation, PublicKey, ThumbprintHash};
use super::secret::SecretBytes;

/// The most keys of a set that are tried for a token that names no kid.
pub const MAX_TRIES: usize = 16;
/// The most keys that a set may hold.
pub const MAX_KEYS: usize = 4096;

/// The keys of one or more sources. A clone shares them: no key is copied.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Arc<Key>>,
    revoked: RevokedKeys,
    skipped: Vec<String>,
    members: Object,
    is_jwks: bool,
    is_encrypted: bool,
}

/// The thumbprints of the keys that an entry says are revoked. Another entry of the same key is revoked too, whatever its
/// kid and its source. They are kept when the set is reduced to one kid.
#[derive(Clone, Default)]
struct RevokedKeys(HashSet<String>);

impl fmt::Debug for RevokedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The thumbprint of a shared secret is not published (RFC 7638 §7).
        write!(f, "RevokedKeys({})", self.0.len())
    }
}

impl KeySet {
    /// A set of these keys.
    ///
    /// # Errors
    /// When two keys of one type share a kid.
    pub fn new(keys: Vec<Key>) -> Result<KeySet> {
        let mut set = KeySet {
            keys: keys.into_iter().map(Arc::new).collect(),
            ..KeySet::default()
        };
        set.check_kids()?;
        set.collect_revoked()?;
        Ok(set)
    }

    /// Adds the keys of another source.
    ///
    /// # Errors
    /// When two keys of one type share a kid.
    pub fn extend(&mut self, other: KeySet) -> Result<()> {
        self.keys.extend(other.keys);
        self.revoked.0.extend(other.revoked.0);
        self.skipped.extend(other.skipped);
        self.is_jwks |= other.is_jwks;
        self.is_encrypted |= other.is_encrypted;
        self.members.extend(other.members);
        self.check_kids()
    }

    /// The keys in their order.
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.keys
    }

    /// The keys in their order, given away; those that a clone of the set still has are not.
    pub fn into_keys(self) -> Vec<Key> {
        self.keys.into_iter().filter_map(Arc::into_inner).collect()
    }

    /// What was passed over while reading, and why.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// The members of the set other than `keys`.
    pub fn members(&self) -> &Object {
        &self.members
    }

    /// Whether the source was a JWK Set, which it may be with one key in it.
    pub fn is_jwks(&self) -> bool {
        self.is_jwks
    }

    /// Whether a source was encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// The set, known to come from an encrypted source.
    pub fn from_encrypted(mut self) -> KeySet {
        self.is_encrypted = true;
        self
    }

    /// Whether both share the same keys, as clones do.
    pub fn shares_all_with(&self, other: &KeySet) -> bool {
        let mut pairs = self.keys.iter().zip(&other.keys);
        self.keys.len() == other.keys.len() && pairs.all(|(one, two)| Arc::ptr_eq(one, two))
    }

    /// Whether a key has this kid.
    pub fn has_kid(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Returns the keys that are the same key as this one, whatever their kids.
    pub(crate) fn same_keys(&self, key: &Key) -> Result<impl Iterator<Item = &Arc<Key>>> {
        let thumbprint = key.thumbprint(ThumbprintHash::Sha256)?;
        Ok(self.keys.iter().filter(move |own| {
            (own.thumbprint(ThumbprintHash::Sha256)).is_ok_and(|own| own == thumbprint)
        }))
    }

    fn collect_revoked(&mut self) -> Result<()> {
        for key in self.keys.iter().filter(|key| key.is_revoked()) {
            let thumbprint = key.thumbprint(ThumbprintHash::Sha256)?;
            self.revoked.0.insert(thumbprint);
        }
        Ok(())
    }

    /// Makes the sets agree about which keys are revoked: a key that is revoked in one of them is revoked in all.
    pub fn share_revoked(sets: &mut [KeySet]) {
        let all = sets.iter().flat_map(|set| set.revoked.0.iter().cloned());
        let all = RevokedKeys(all.collect());
        for set in sets {
            set.revoked = all.clone();
        }
    }

    /// Whether this entry or another entry of the same key is revoked.
    fn is_revoked(&self, key: &Key) -> bool {
        // Without a thumbprint, this entry cannot be compared with others.
        let is_listed = || match key.thumbprint(ThumbprintHash::Sha256) {
            Ok(thumbprint) => self.revoked.0.contains(&thumbprint),
            Err(_) => true,
        };
        key.is_revoked() || (!self.revoked.0.is_empty() && is_listed())
    }

    /// Checks that the key may do this now, as [`Key::check_operation`], and that no other entry of it is revoked.
    fn check_operation(&self, key: &Key, operation: Operation, now: i64) -> Result<()> {
        key.check_operation(operation, now)?;
        if self.is_revoked(key) {
            return Err(Error::UnsuitableKey("the key is revoked".into()));
        }
        Ok(())
    }

    /// Keeps only the keys that this kid names.
    ///
    /// # Errors
    /// [`Error::NoKey`] when there is none.
    pub fn select(&mut self, kid: &str) -> Result<()> {
        if !self.has_kid(kid) {
            return Err(self.no_such_kid(kid));
        }
        self.keys.retain(|key| key.kid.as_deref() == Some(kid));
        Ok(())
    }

    fn no_such_kid(&self, kid: &str) -> Error {
        Error::NoKey(format!(
            "no key with kid {}; the keys given have {}",
            Quoted(kid),
            kid_list(self.keys.iter().map(Arc::as_ref))
        ))
    }

    /// Keys of different types may share a kid, as alternatives (RFC 7517 §4.5).
    fn check_kids(&self) -> Result<()> {
        let mut names: Vec<(&str, &str)> = (self.keys.iter())
            .filter_map(|key| Some((key.kid.as_deref()?, key.kind().kty())))
            .collect();
        names.sort_unstable();
        match names.windows(2).any(|pair| pair[0] == pair[1]) {
            true => Err(Error::Key("two keys have the same kid".into())),
            false => Ok(()),
        }
    }

    /// The whole JWK Set, private parts included.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn to_jwks(&self) -> Result<SecretBytes> {
        let mut text = zeroize::Zeroizing::new(Vec::with_capacity(4096));
        text.extend_from_slice(b"{\"keys\":[");
        for (index, key) in self.keys.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            text.extend_from_slice(key.to_jwk()?.expose());
        }
        text.extend_from_slice(b"]}");
        Ok(SecretBytes::new(std::mem::take(&mut text)))
    }
}

fn kid_list<'a>(keys: impl Iterator<Item = &'a Key>) -> String {
    const SHOWN: usize = 8;
    let mut kids: Vec<String> = keys
        .map(|key| Quoted(key.kid.as_deref().unwrap_or("(no kid)")).to_string())
        .collect();
    let more = kids.len().saturating_sub(SHOWN);
    kids.truncate(SHOWN);
    match more {
        0 => kids.join(", "),
        more => format!("{} and {more} more", kids.join(", ")),
    }
}

/// The JWK Set of public keys.
///
/// # Errors
/// [`Error::Backend`].
pub fn public_jwks(keys: &[PublicKey]) -> Result<Object> {
    let keys = keys.iter().map(|key| key.to_jwk().map(Value::Object));
    let mut set = Object::new();
    set.insert("keys".into(), Value::Array(keys.collect::<Result<_>>()?));
    Ok(set)
}
