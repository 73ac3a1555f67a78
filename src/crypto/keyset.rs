//! Key sets (RFC 7517 §5). `read` parses them, and `select` selects the keys for a token.

mod read;
mod select;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::alg::Algorithm;
use super::error::{Error, Quoted, Result};
use super::json::Object;
use super::key::{Key, Operation, PublicKey, REFERENCE, RemoteKey, ThumbprintHash};
use super::secret::SecretBytes;

/// The largest number of keys that are tried for a token.
pub const MAX_TRIES: usize = 16;
/// The largest number of keys in a set.
pub const MAX_KEYS: usize = 4096;

/// Rejects a set with more than [`MAX_KEYS`] keys.
pub(crate) fn check_count(keys: usize) -> Result<()> {
    if keys > MAX_KEYS {
        let message = format!("the key set has more than {MAX_KEYS} keys");
        return Err(Error::Key(message));
    }
    Ok(())
}

/// The largest number of kids that a warning names.
const MAX_NAMED: usize = 8;

/// The keys of one or more sources. A clone shares them; the keys are not copied.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Arc<Key>>,
    revoked: RevokedKeys,
    warnings: Vec<String>,
    notes: Vec<String>,
    unusable: Vec<UnusableEntry>,
    members: Object,
    is_jwks: bool,
    is_encrypted: bool,
}

/// An entry of a JWK Set that cannot be used, with the members that identify it.
#[derive(Debug, Clone, Default)]
struct UnusableEntry {
    kid: Option<String>,
    kty: Option<String>,
    alg: Option<String>,
    /// The place of the entry, and why it cannot be used.
    reason: String,
}

/// The thumbprints of the keys that are marked as revoked in an entry. Every other entry of the same key is revoked too,
/// even with another kid or from another source. The thumbprints are kept when the set is reduced to one kid.
#[derive(Clone, Default)]
struct RevokedKeys(HashSet<String>);

impl fmt::Debug for RevokedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The thumbprint of a shared secret is not published (RFC 7638 §7).
        write!(f, "RevokedKeys({})", self.0.len())
    }
}

impl KeySet {
    /// Returns a set of these keys.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn new(keys: Vec<Key>) -> Result<KeySet> {
        let warnings = keys.iter().filter_map(|key| key.warning.map(str::to_owned));
        let mut set = KeySet {
            warnings: warnings.collect(),
            keys: keys.into_iter().map(Arc::new).collect(),
            ..KeySet::default()
        };
        set.collect_revoked()?;
        Ok(set)
    }

    /// Returns a set of the keys of a file. `skipped` contains the reasons for which entries were skipped.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub(crate) fn from_keys(keys: Vec<Key>, skipped: Vec<String>) -> Result<KeySet> {
        let mut set = KeySet::new(keys)?;
        for reason in skipped {
            set.warnings.push(format!("skipped {reason}"));
            set.unusable.push(UnusableEntry {
                reason,
                ..UnusableEntry::default()
            });
        }
        Ok(set)
    }

    /// Adds the keys of another source.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn extend(&mut self, other: KeySet) -> Result<()> {
        self.keys.extend(other.keys);
        self.revoked.0.extend(other.revoked.0);
        self.warnings.extend(other.warnings);
        self.notes.extend(other.notes);
        self.unusable.extend(other.unusable);
        self.is_jwks |= other.is_jwks;
        self.is_encrypted |= other.is_encrypted;
        self.members.extend(other.members);
        self.remove_copies()
    }

    /// Removes every key that equals an earlier one, including its members.
    fn remove_copies(&mut self) -> Result<()> {
        let mut count: HashMap<Option<String>, usize> = HashMap::new();
        for key in &self.keys {
            *count.entry(key.kid.clone()).or_default() += 1;
        }
        if count.values().all(|count| *count == 1) {
            return Ok(());
        }
        let mut seen = HashSet::new();
        let mut keys = Vec::with_capacity(self.keys.len());
        for key in std::mem::take(&mut self.keys) {
            let is_new = |seen: &mut HashSet<_>| -> Result<bool> {
                let text = if key.is_remote() {
                    Value::from(key.to_public()?.to_jwk()?).to_string().into_bytes().into()
                } else {
                    key.to_jwk()?
                };
                // Only the hash of the JWK is stored, because the JWK may contain a private key.
                Ok(seen.insert(openssl::sha::sha256(text.expose())))
            };
            if count[&key.kid] == 1 || is_new(&mut seen)? {
                keys.push(key);
            }
        }
        self.keys = keys;
        Ok(())
    }

    /// Returns kids that different keys have in common, up to a limit. Keys with different types or algorithms may share a kid
    /// as alternatives (RFC 7517 §4.5), and a key may occur once for each algorithm.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn shared_kids(&self) -> Result<Vec<&str>> {
        let mut first: HashMap<(&str, &str, Option<Algorithm>), &Key> = HashMap::new();
        let mut kids: Vec<&str> = Vec::new();
        for key in self.keys.iter().map(Arc::as_ref) {
            let Some(kid) = key.kid.as_deref() else {
                continue;
            };
            let Some(other) = first.insert((kid, key.key_type().kty(), key.alg()), key) else {
                continue;
            };
            let [own, other] = [key, other].map(|key| key.thumbprint(ThumbprintHash::Sha256));
            if own? != other? && !kids.contains(&kid) && kids.len() < MAX_NAMED {
                kids.push(kid);
            }
        }
        Ok(kids)
    }

    /// Returns the keys in their order.
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.keys
    }

    /// Returns the keys in their order, except those that a clone of the set still shares.
    pub fn into_keys(self) -> Vec<Key> {
        self.keys.into_iter().filter_map(Arc::into_inner).collect()
    }

    /// Returns warnings about entries that were skipped or repaired, with the reasons.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Returns notes on the conversions that the parser applied to the text of the file.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Sets a member of the set other than `keys`.
    pub(crate) fn set_member(&mut self, name: &str, value: Value) {
        self.members.insert(name.into(), value);
    }

    pub(crate) fn add_note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Returns the members of the set other than `keys`.
    pub fn members(&self) -> &Object {
        &self.members
    }

    /// Whether the source was a JWK Set, which may contain a single key.
    pub fn is_jwks(&self) -> bool {
        self.is_jwks
    }

    /// Whether a source was encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// Marks the set as read from an encrypted source.
    pub fn from_encrypted(mut self) -> KeySet {
        self.is_encrypted = true;
        self
    }

    /// Whether both sets share the same keys, as clones do.
    pub fn shares_all_with(&self, other: &KeySet) -> bool {
        let mut pairs = self.keys.iter().zip(&other.keys);
        self.keys.len() == other.keys.len() && pairs.all(|(one, two)| Arc::ptr_eq(one, two))
    }

    /// Whether a key has this kid.
    pub fn has_kid(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Returns the keys that are equal to this one. Their kids may differ.
    pub(crate) fn same_keys(&self, key: &Key) -> Result<impl Iterator<Item = &Arc<Key>>> {
        let thumbprint = key.thumbprint(ThumbprintHash::Sha256)?;
        Ok(self.keys.iter().filter(move |own| {
            own.thumbprint(ThumbprintHash::Sha256).is_ok_and(|own| own == thumbprint)
        }))
    }

    fn collect_revoked(&mut self) -> Result<()> {
        for key in self.keys.iter().filter(|key| key.is_revoked()) {
            let thumbprint = key.thumbprint(ThumbprintHash::Sha256)?;
            self.revoked.0.insert(thumbprint);
        }
        Ok(())
    }

    /// Marks a key that is revoked in one of the sets as revoked in all of them.
    pub fn share_revoked(sets: &mut [KeySet]) {
        let all = sets.iter().flat_map(|set| set.revoked.0.iter().cloned());
        let all = RevokedKeys(all.collect());
        for set in sets {
            set.revoked = all.clone();
        }
    }

    /// Whether this entry or another entry of the same key is revoked.
    fn is_revoked(&self, key: &Key) -> bool {
        // Without a thumbprint, this entry cannot be compared with others, so that it is treated as revoked.
        let is_listed = || match key.thumbprint(ThumbprintHash::Sha256) {
            Ok(thumbprint) => self.revoked.0.contains(&thumbprint),
            Err(_) => true,
        };
        key.is_revoked() || (!self.revoked.0.is_empty() && is_listed())
    }

    /// Checks that the key allows the operation, as [`Key::check_operation`] does, and that no other entry of it is revoked.
    fn check_operation(&self, key: &Key, operation: Operation, now: i64) -> Result<()> {
        key.check_operation(operation, now)?;
        if self.is_revoked(key) {
            return Err(Error::UnsuitableKey("the key is revoked".into()));
        }
        Ok(())
    }

    /// Sets the kid of the only key in the set. Returns `false` if there are several keys or the key has a kid.
    pub fn name_only_key(&mut self, kid: &str) -> bool {
        let [key] = &mut *self.keys else {
            return false;
        };
        match Arc::get_mut(key).filter(|key| key.kid.is_none()) {
            Some(key) => {
                key.kid = Some(kid.to_owned());
                true
            }
            None => false,
        }
    }

    /// Connects each public key that has a reference to a PKCS#11 token with its private key. `remote` receives the text of the
    /// reference. If it returns `None`, the key remains public.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn with_references(
        mut self,
        remote: impl Fn(&str) -> Option<Arc<dyn RemoteKey>>,
    ) -> Result<KeySet> {
        for key in &mut self.keys {
            let reference = key.other.get(REFERENCE).and_then(Value::as_str);
            let Some(text) = reference.map(str::to_owned) else {
                continue;
            };
            if key.is_private() {
                continue;
            }
            if let Some(remote) = remote(&text) {
                let mut own = key.to_public()?.with_remote(remote);
                own.other.insert(REFERENCE.into(), text.into());
                *key = Arc::new(own);
            }
        }
        Ok(self)
    }

    /// Keeps only the keys with this kid.
    ///
    /// # Errors
    /// [`Error::NoKey`] if there is none.
    pub fn select_by_kid(&mut self, kid: &str) -> Result<()> {
        if !self.has_kid(kid) {
            return Err(self.no_such_kid(kid));
        }
        self.keys.retain(|key| key.kid.as_deref() == Some(kid));
        Ok(())
    }

    fn no_such_kid(&self, kid: &str) -> Error {
        let own = |entry: &&UnusableEntry| entry.kid.as_deref() == Some(kid);
        if let Some(entry) = self.unusable.iter().find(own) {
            return Error::NoKey(format!(
                "the key with the kid {} cannot be used: {}",
                Quoted(kid),
                entry.reason
            ));
        }
        Error::NoKey(format!(
            "no key has the kid {}; the given keys have {}",
            Quoted(kid),
            kid_list(self.keys.iter().map(Arc::as_ref))
        ))
    }

    /// Returns the JWK Set, including private members.
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
    let mut kids: Vec<String> =
        keys.map(|key| Quoted(key.kid.as_deref().unwrap_or("(no kid)")).to_string()).collect();
    let more = kids.len().saturating_sub(SHOWN);
    kids.truncate(SHOWN);
    match more {
        0 => kids.join(", "),
        more => format!("{} and {more} more", kids.join(", ")),
    }
}

/// Returns the JWK Set of these public keys.
///
/// # Errors
/// [`Error::Backend`].
pub fn public_jwks(keys: &[PublicKey]) -> Result<Object> {
    let keys = keys.iter().map(|key| key.to_jwk().map(Value::Object));
    let mut set = Object::new();
    set.insert("keys".into(), Value::Array(keys.collect::<Result<_>>()?));
    Ok(set)
}
