//! Key sets (RFC 7517 §5): reading whatever a key source holds, and finding the key for a token.

mod turn;

use serde_json::Value;

use super::alg::{ContentEncryption, KeyManagement, Signature};
use super::certificate::Chain;
use super::error::{Error, Result};
use super::json::{self, Object};
use super::key::{Key, Operation, PublicKey};
use super::policy::{DecryptPolicy, VerifyPolicy};
use super::secret::SecretBytes;
use super::token::UnverifiedToken;

/// The most keys of a set that are tried for a token that names no kid.
pub const MAX_TRIES: usize = 16;
/// The most keys that a set may hold.
pub const MAX_KEYS: usize = 4096;

/// The keys of one or more sources.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: Vec<String>,
    members: Object,
    is_jwks: bool,
    is_encrypted: bool,
}

impl KeySet {
    /// A set of these keys.
    ///
    /// # Errors
    /// When two keys of one type share a kid.
    pub fn new(keys: Vec<Key>) -> Result<KeySet> {
        let set = KeySet {
            keys,
            ..KeySet::default()
        };
        set.check_kids()?;
        Ok(set)
    }

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
        let mut skipped_kids = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let Value::Object(entry) = entry else {
                return Err(Error::Key(format!("keys[{index}] is not an object")));
            };
            let names = ["kid", "kty"].map(|name| entry.get(name).cloned());
            let is_tombstone = entry.contains_key("revoked") && !entry.contains_key("k");
            match Key::from_jwk_object(entry) {
                Ok(key) => match own_certificate(&key) {
                    Ok(()) => set.keys.push(key),
                    Err(error) => set.skipped.push(format!("keys[{index}]: {error}")),
                },
                // Nothing is left of a shared secret that was revoked.
                Err(_) if is_tombstone => {}
                Err(error) => {
                    set.skipped.push(format!("keys[{index}]: {error}"));
                    skipped_kids.push(names);
                }
            }
        }
        set.check_kids()?;
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
        if set.keys.iter().any(Key::is_secret) && set.keys.iter().any(|key| !key.is_private()) {
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

    /// The key that a DPoP proof shows in its own header (RFC 9449 §4.3). It proves that the sender has the key, and
    /// nothing about who the sender is.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when there is none, or it is not a public key.
    pub fn of_proof(proof: &UnverifiedToken) -> Result<KeySet> {
        let refuse = |why: String| Error::NotAllowed(format!("the header parameter jwk {why}"));
        let jwk = (proof.unverified_header().protected().get("jwk"))
            .and_then(Value::as_object)
            .ok_or_else(|| refuse("is missing".into()))?;
        let key = Key::from_jwk_object(jwk.clone()).map_err(|error| refuse(error.to_string()))?;
        match key.is_private() {
            true => Err(refuse("shows a private key".into())),
            false => KeySet::new(vec![key]),
        }
    }

    /// The key of the certificate chain in the token's own header, which must lead to one of the roots at `now` (Unix
    /// seconds).
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when there is no chain, [`Error::NoKey`] when it does not hold.
    pub fn of_chain(token: &UnverifiedToken, roots: &Chain, now: i64) -> Result<KeySet> {
        let header = token.unverified_header();
        let x5c = (header.protected().get("x5c"))
            .ok_or_else(|| Error::NotAllowed("the header parameter x5c is missing".into()))?;
        let mut key = Chain::from_x5c(x5c)?.validate(roots, now)?;
        key.kid = header.protected_text_of("kid").map(str::to_owned);
        KeySet::new(vec![key])
    }

    /// Adds the keys of another source.
    ///
    /// # Errors
    /// When two keys of one type share a kid.
    pub fn extend(&mut self, other: KeySet) -> Result<()> {
        self.keys.extend(other.keys);
        self.skipped.extend(other.skipped);
        self.is_jwks |= other.is_jwks;
        self.is_encrypted |= other.is_encrypted;
        self.members.extend(other.members);
        self.check_kids()
    }

    /// The keys in their order.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The keys in their order, given away.
    pub fn into_keys(self) -> Vec<Key> {
        self.keys
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

    /// Keeps only the keys that this kid names.
    ///
    /// # Errors
    /// [`Error::NoKey`] when there is none.
    pub fn select(&mut self, kid: &str) -> Result<()> {
        if !self.keys.iter().any(|key| key.kid.as_deref() == Some(kid)) {
            return Err(self.no_such_kid(kid));
        }
        self.keys.retain(|key| key.kid.as_deref() == Some(kid));
        Ok(())
    }

    /// The keys that a token with this kid may have been made for: those of that kid, or else those without any; all
    /// for a token that names none.
    ///
    /// # Errors
    /// [`Error::NoKey`] when there is none.
    pub(super) fn for_kid(&self, kid: Option<&str>) -> Result<Vec<&Key>> {
        if self.keys.is_empty() {
            return Err(Error::NoKey("there is no key to try".into()));
        }
        let Some(kid) = kid else {
            return Ok(self.keys.iter().collect());
        };
        let with = |wanted: Option<&str>| -> Vec<&Key> {
            (self.keys.iter())
                .filter(|key| key.kid.as_deref() == wanted)
                .collect()
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

    /// The keys to try on a JWS with this algorithm, in order, at most [`MAX_TRIES`]. The key and the policy decide;
    /// the token only has to agree.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::NotAllowed`] or [`Error::AlgorithmNeeded`].
    pub(super) fn for_verifying(
        &self,
        alg: &'static Signature,
        kid: Option<&str>,
        policy: &VerifyPolicy,
    ) -> Result<Vec<&Key>> {
        let pool = self.for_kid(kid)?;
        let usable: Vec<&Key> = (pool.iter().copied())
            .filter(|key| key.check_operation(Operation::Verify, policy.now).is_ok())
            .collect();
        if usable.is_empty() {
            let why = pool[0].check_operation(Operation::Verify, policy.now);
            let why = why.err().map_or(String::new(), |error| error.to_string());
            return Err(Error::NoKey(match pool.len() {
                1 => format!("the key cannot verify this token: {why}"),
                n => format!("none of the {n} keys can verify this token: {why}"),
            }));
        }
        let asked = policy.algorithms.first().map(|_| alg);
        let fitting = |key: &&&Key| {
            (key.signature_algorithm(asked).ok().flatten())
                .is_some_and(|own| own.same_for(alg, key.kind()))
                && (policy.algorithms.is_empty()
                    || (policy.algorithms.iter()).any(|row| row.same_for(alg, key.kind())))
        };
        let found: Vec<&Key> = usable
            .iter()
            .filter(fitting)
            .take(MAX_TRIES)
            .copied()
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
        if asked.is_none()
            && (usable.iter()).any(|key| {
                matches!(key.signature_algorithm(None), Ok(None)) && alg.fits(key.kind())
            })
        {
            return Err(Error::AlgorithmNeeded {
                claimed: alg.name.into(),
            });
        }
        Err(match &*usable {
            [key] => match key.signature_algorithm(asked) {
                Ok(Some(own)) if own == alg => Error::NotAllowed(format!(
                    "the algorithms allowed do not fit a {}",
                    key.kind()
                )),
                Ok(Some(own)) => Error::NotAllowed(format!(
                    "the token says {}, the key is for {}",
                    alg.name, own.name
                )),
                Ok(None) => Error::NotAllowed(format!(
                    "the token says {}, which an {} does not do",
                    alg.name,
                    key.kind()
                )),
                Err(error) => error,
            },
            keys if asked.is_none() => Error::NotAllowed(format!(
                "the token says {}, which none of the {} keys is for",
                alg.name,
                keys.len()
            )),
            _ => Error::NoKey(format!("no key given fits {}", alg.name)),
        })
    }

    /// The keys to try on a JWE with these algorithms, in order, at most [`MAX_TRIES`].
    ///
    /// # Errors
    /// [`Error::NoKey`] or [`Error::NotAllowed`].
    pub(super) fn for_decrypting(
        &self,
        algorithm: &'static KeyManagement,
        enc: &'static ContentEncryption,
        kid: Option<&str>,
        policy: &DecryptPolicy,
    ) -> Result<Vec<&Key>> {
        let pool = self.for_kid(kid)?;
        let (mut found, mut why) = (Vec::new(), None);
        for key in pool {
            match key.check_operation(Operation::Decrypt, policy.now) {
                Ok(()) if key.decrypts(algorithm, enc) => found.push(key),
                Ok(()) => {
                    why = Some(Error::NotAllowed(format!(
                        "the token says {} with {}, which is not for a {}{}",
                        algorithm.name,
                        enc.name,
                        key.kind(),
                        (key.alg())
                            .map_or(String::new(), |alg| format!(" bound to {}", alg.name()))
                    )));
                }
                Err(error) => {
                    why.get_or_insert(Error::NoKey(format!(
                        "the key cannot decrypt this token: {error}"
                    )));
                }
            }
        }
        found.truncate(MAX_TRIES);
        match (found.is_empty(), why) {
            (true, Some(why)) => Err(why),
            _ => Ok(found),
        }
    }

    fn no_such_kid(&self, kid: &str) -> Error {
        Error::NoKey(format!(
            "no key with kid {kid}; the keys given have {}",
            kid_list(self.keys.iter())
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
    /// [`Error::Engine`].
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

/// Holds the certificate that a JWK shows to its key (RFC 7517 §4.7).
fn own_certificate(key: &Key) -> Result<()> {
    match key.other.get("x5c") {
        None => Ok(()),
        Some(x5c) => Chain::from_x5c(x5c)
            .and_then(|chain| chain.check_key(key))
            .map_err(|error| Error::Key(error.to_string())),
    }
}

fn kid_list<'a>(keys: impl Iterator<Item = &'a Key>) -> String {
    const SHOWN: usize = 8;
    let mut kids: Vec<&str> = keys
        .map(|key| key.kid.as_deref().unwrap_or("(no kid)"))
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
/// [`Error::Engine`].
pub fn public_jwks(keys: &[PublicKey]) -> Result<Object> {
    let keys = keys.iter().map(|key| key.to_jwk().map(Value::Object));
    let mut set = Object::new();
    set.insert("keys".into(), Value::Array(keys.collect::<Result<_>>()?));
    Ok(set)
}
