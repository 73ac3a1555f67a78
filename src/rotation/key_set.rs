//! A rotating key set. The JSON document is edited in place, so that members and keys that are not understood are preserved.

use serde_json::{Value, json};

use crate::crypto::alg::{Algorithm, KeyType};
use crate::crypto::backend;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{self, Object};
use crate::crypto::key::{Key, PublicKey, Use};
use crate::crypto::keyset::check_count;
use crate::crypto::secret::SecretBytes;
use crate::rotation::managed_key::{ManagedKey, alg_of, key_reference, kid_of};
use crate::rotation::rotation_policy::{MEMBER, Policy};
use crate::rotation::{
    Action, ActionKind, AppliedAction, KeyLifetime, State, active_index, key_states,
};

/// The members that are published, in addition to the key material and the use.
///
/// `nbf` is not published, because a verifier whose clock is slow would reject the first tokens of a new key.
const PUBLIC_MEMBERS: [&str; 6] = ["x5u", "x5c", "x5t", "x5t#S256", "iat", "exp"];

/// A function that generates a key of this type for this algorithm.
pub type Generate<'g> = &'g mut dyn FnMut(KeyType, Algorithm) -> Result<Key>;

/// A rotating key set. It has no `Debug`, and its keys are zeroized when dropped.
pub struct RotatingKeySet {
    document: Object,
    entries: Vec<ManagedKey>,
}

impl Default for RotatingKeySet {
    /// Returns a set without keys.
    fn default() -> RotatingKeySet {
        let mut document = Object::new();
        document.insert("keys".into(), Value::Null);
        RotatingKeySet {
            document,
            entries: Vec::new(),
        }
    }
}

impl RotatingKeySet {
    /// Parses a JWK Set.
    ///
    /// # Errors
    /// [`Error::Key`] if it is not a JWK Set, or two keys have the same kid.
    pub fn parse(text: &[u8]) -> Result<RotatingKeySet> {
        let mut document = json::parse_object(text.trim_ascii())
            .map_err(|fault| Error::Key(format!("the key set {fault}")))?;
        // The member is replaced, not removed, so that the order of the members is preserved.
        let Some(Value::Array(items)) = document.get_mut("keys").map(Value::take) else {
            return Err(Error::Key("not a JWK Set: it has no array \"keys\"".into()));
        };
        check_count(items.len())?;
        let entries = items.into_iter().map(ManagedKey::new).collect();
        let ring = RotatingKeySet { document, entries };
        let mut kids: Vec<&str> = ring.entries.iter().filter_map(ManagedKey::kid).collect();
        kids.sort_unstable();
        if kids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Error::Key("two keys have the same kid".into()));
        }
        Ok(ring)
    }

    /// Returns the policy of the set; `None` if the set was never rotated.
    ///
    /// # Errors
    /// [`Error::Key`] if the policy cannot be parsed.
    pub fn policy(&self) -> Result<Option<Policy>> {
        self.document.get(MEMBER).map(Policy::parse).transpose()
    }

    /// Sets the policy of the set. Returns whether it changed.
    ///
    /// # Errors
    /// [`Error::Key`] if the member `rotation` is not a policy.
    pub fn set_policy(&mut self, policy: &Policy) -> Result<bool> {
        if self.policy()?.as_ref() == Some(policy) {
            return Ok(false);
        }
        self.edit_rotation(|member| policy.write_member(member));
        Ok(true)
    }

    fn edit_rotation(&mut self, edit: impl FnOnce(&mut Object)) {
        let member = self.document.get(MEMBER).and_then(Value::as_object);
        let mut member = member.cloned().unwrap_or_default();
        edit(&mut member);
        self.document.insert(MEMBER.into(), member.into());
    }

    fn rotation(&self, name: &str) -> Option<&Value> {
        self.document.get(MEMBER)?.get(name)
    }

    /// Returns how often the set was written.
    pub fn generation(&self) -> i64 {
        self.rotation("generation").and_then(Value::as_i64).unwrap_or(0)
    }

    /// Returns when the set was last written, as recorded in the set.
    pub fn changed_at(&self) -> Option<i64> {
        self.rotation("changed").and_then(Value::as_i64)
    }

    /// Records a write at `now`. Only a revocation may set the time of the last change to an earlier one.
    pub fn bump_generation(&mut self, now: i64, is_revocation: bool) {
        let generation = self.generation().saturating_add(1);
        let changed = match self.changed_at() {
            Some(changed) if !is_revocation => changed.max(now),
            _ => now,
        };
        self.edit_rotation(|member| {
            member.insert("generation".into(), generation.into());
            member.insert("changed".into(), changed.into());
        });
    }

    /// Returns the reason and the use of the last immediate rotation, so that a repeated request is detected.
    pub fn last_emergency(&self) -> Option<(&str, Option<Use>)> {
        let emergency = self.rotation("emergency")?;
        let key_use = match emergency.get("use").and_then(Value::as_str) {
            Some("sig") => Some(Use::Sig),
            Some("enc") => Some(Use::Enc),
            _ => None,
        };
        Some((emergency.get("reason")?.as_str()?, key_use))
    }

    /// Records an immediate rotation.
    pub fn remember_emergency(&mut self, reason: &str, key_use: Option<Use>, now: i64) {
        let emergency = json!({"at": now, "reason": reason, "use": key_use.map(Use::name)});
        self.edit_rotation(|member| {
            member.insert("emergency".into(), emergency);
        });
    }

    fn known_keys(&self) -> impl Iterator<Item = (&ManagedKey, &KeyLifetime)> {
        self.entries.iter().filter_map(|entry| Some((entry, entry.lifetime.as_ref()?)))
    }

    /// Returns the kids, lifetimes and keys that are understood, in their order. An index in a plan refers to this order.
    pub fn members(&self) -> impl Iterator<Item = (Option<&str>, &KeyLifetime, Option<&Key>)> {
        self.known_keys().map(|(entry, lifetime)| (entry.kid(), lifetime, entry.key.as_ref()))
    }

    /// Returns the PKCS#11 URI of the private key of each member of [`RotatingKeySet::members`], if it is in a token (RFC
    /// 7512).
    pub fn references(&self) -> impl Iterator<Item = Option<&str>> {
        self.members().map(|(.., key)| key.and_then(key_reference))
    }

    /// Returns the kid of the newest key that is not revoked.
    pub fn youngest_kid(&self) -> Option<&str> {
        let live = self.members().filter(|(_, lifetime, _)| !lifetime.is_revoked);
        live.max_by_key(|(_, lifetime, _)| lifetime.iat)?.0
    }

    /// Returns the index of the key with this kid.
    pub fn position_of(&self, kid: &str) -> Option<usize> {
        self.known_keys().position(|(entry, _)| entry.kid() == Some(kid))
    }

    /// Returns the lifetimes of the keys.
    pub fn lifetimes(&self) -> Vec<KeyLifetime> {
        self.known_keys().map(|(_, lifetime)| lifetime.clone()).collect()
    }

    /// Records which keys verifiers can already fetch.
    pub fn set_served(&mut self, is_served: impl Fn(&Key) -> bool) {
        for entry in &mut self.entries {
            if let (Some(key), Some(lifetime)) = (&entry.key, &mut entry.lifetime) {
                lifetime.is_served = is_served(key);
            }
        }
    }

    /// Returns the algorithms of the active keys, one for each use.
    pub fn algs(&self, now: i64) -> Vec<Algorithm> {
        let lifetimes = self.lifetimes();
        let keys: Vec<_> = self.members().map(|(_, _, key)| key).collect();
        let active = |key_use| keys[active_index(&lifetimes, key_use, now)?];
        [Use::Sig, Use::Enc]
            .into_iter()
            .filter_map(|key_use| alg_of(active(key_use)?, key_use))
            .collect()
    }

    /// Applies a plan at `now`.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if the plan is not for this set, or its key cannot be generated; [`Error::Backend`].
    pub fn carry_out(
        &mut self,
        plan: &[Action],
        policy: &Policy,
        now: i64,
    ) -> Result<Vec<AppliedAction>> {
        self.carry_out_with(plan, policy, now, &mut |kind, _| {
            backend::generate_key(kind)
        })
    }

    /// Applies a plan as [`RotatingKeySet::carry_out`] does, with a function that generates the keys.
    ///
    /// # Errors
    /// As [`RotatingKeySet::carry_out`], and the errors of the function.
    pub fn carry_out_with(
        &mut self,
        plan: &[Action],
        policy: &Policy,
        now: i64,
        generate: Generate<'_>,
    ) -> Result<Vec<AppliedAction>> {
        // The positions are determined before any change, because an entry may not be a key any more after its revocation.
        let mut places: Vec<usize> = (0..self.entries.len())
            .filter(|place| self.entries[*place].lifetime.is_some())
            .collect();
        let mut done = Vec::with_capacity(plan.len());
        for action in plan {
            if let ActionKind::Make { alg, nbf } = action.step {
                places.push(self.entries.len());
                self.entries.push(self.generate_key(alg, nbf, policy, now, generate)?);
            }
            let place = places.get(action.index).copied();
            let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) else {
                return Err(Error::UnsuitableKey("the plan is not for this set".into()));
            };
            if matches!(action.step, ActionKind::Adopt { .. }) && entry.kid().is_none() {
                let kid = kid_of(entry.key.as_ref())?;
                entry.set_member("kid", kid.into());
            }
            done.push(AppliedAction {
                kid: entry.kid().map(str::to_owned),
                key_use: entry.lifetime.as_ref().map_or(Use::Sig, |lifetime| lifetime.key_use),
                step: action.step,
                reason: action.reason.clone(),
            });
            match action.step {
                ActionKind::Make { .. } => {}
                ActionKind::Adopt { nbf } | ActionKind::Promote { nbf } => {
                    entry.set_member("nbf", nbf.into())
                }
                ActionKind::Retire { exp } => entry.set_member("exp", exp.into()),
                ActionKind::Revoke => entry.revoke(&action.reason, now),
                // Keys are removed from the end, so that the positions before them stay valid.
                ActionKind::Drop => {
                    place.map(|place| self.entries.remove(place));
                }
            }
        }
        Ok(done)
    }

    fn generate_key(
        &self,
        alg: Algorithm,
        nbf: Option<i64>,
        policy: &Policy,
        now: i64,
        generate: Generate<'_>,
    ) -> Result<ManagedKey> {
        // If the algorithm allows several types or sizes, the new key has those of the last suitable key.
        let kinds = self.entries.iter().filter_map(|entry| entry.key.as_ref()).map(Key::key_type);
        let like = kinds.rev().find(|kind| alg.is_suitable_for(*kind));
        let kind = match (like.unwrap_or(alg.default_kind()), policy.bits) {
            (KeyType::Rsa(_), Some(bits)) => KeyType::Rsa(bits),
            (kind, _) => kind,
        };
        let mut key = generate(kind, alg)?;
        key.set_alg(alg)?;
        key.key_use = Some(alg.key_use());
        key.kid = Some(match policy.kid_from {
            Some(source) => key.derive_kid(source)?,
            None => kid_of(Some(&key))?,
        });
        key.other.insert("iat".into(), now.into());
        if let Some(nbf) = nbf {
            key.other.insert("nbf".into(), nbf.into());
        }
        let text = key.to_jwk()?;
        json::parse(text.expose()).map(ManagedKey::new).map_err(|_| Error::Backend("new key"))
    }

    /// Returns the keys to publish at `now`: all signing keys that have not expired, the active encryption key, and the public
    /// keys of other parties until they expire. A shared secret is never published.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn published_keys(&self, now: i64) -> Result<Vec<PublicKey>> {
        let states = key_states(&self.lifetimes(), now);
        let mut published = Vec::new();
        for ((_, lifetime, key), state) in self.members().zip(states) {
            let goes_out = match (lifetime.key_use, state) {
                (_, State::Expired | State::Revoked) => false,
                (_, State::Active) | (Use::Sig, _) => true,
                (Use::Enc, _) => !lifetime.is_private,
            };
            if let Some(key) = key.filter(|key| goes_out && !key.is_secret()) {
                let mut key = key.to_public()?;
                key.keep_members(&PUBLIC_MEMBERS);
                published.push(key);
            }
        }
        Ok(published)
    }

    /// Returns the set with its private keys as one line of JSON.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn to_text(&self) -> Result<SecretBytes> {
        // The buffer is large enough from the start. If it grew, a copy of a secret would be left in freed memory.
        let mut text = Vec::with_capacity(64 * 1024 + self.entries.len() * 16 * 1024);
        let mut separator = b'{';
        for (name, value) in &self.document {
            text.push(std::mem::replace(&mut separator, b','));
            text.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
            text.push(b':');
            if name != "keys" {
                text.extend_from_slice(value.to_string().as_bytes());
                continue;
            }
            text.push(b'[');
            for (index, entry) in self.entries.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                serde_json::to_writer(&mut text, &entry.members)
                    .map_err(|_| Error::Backend("key set"))?;
            }
            text.push(b']');
        }
        text.extend_from_slice(b"}\n");
        Ok(text.into())
    }
}
