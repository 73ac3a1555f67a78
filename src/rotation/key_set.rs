//! A set that is rotated: the JSON document, edited in place, so that members and keys that are not understood survive.

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

/// The members that are published, in addition to the key itself and its use.
///
/// `nbf` is not among them: a verifier whose clock is a little slow would refuse the first tokens of a new key.
const PUBLIC_MEMBERS: [&str; 6] = ["x5u", "x5c", "x5t", "x5t#S256", "iat", "exp"];

/// Makes a key of this type for this algorithm.
pub type Generate<'g> = &'g mut dyn FnMut(KeyType, Algorithm) -> Result<Key>;

/// A set that is rotated. It has no `Debug`, and what it holds is cleared when dropped.
pub struct RotatingKeySet {
    document: Object,
    entries: Vec<ManagedKey>,
}

impl Default for RotatingKeySet {
    /// A set without keys.
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
    /// Reads a JWK Set.
    ///
    /// # Errors
    /// [`Error::Key`] when it is none, or kids repeat.
    pub fn parse(text: &[u8]) -> Result<RotatingKeySet> {
        let mut document = json::parse_object(text.trim_ascii())
            .map_err(|fault| Error::Key(format!("the key set {fault}")))?;
        // The place is kept, so that the order of the members is.
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

    /// The policy that the set carries; `None` for one that was never rotated.
    ///
    /// # Errors
    /// [`Error::Key`] when it cannot be read.
    pub fn policy(&self) -> Result<Option<Policy>> {
        self.document.get(MEMBER).map(Policy::parse).transpose()
    }

    /// Sets the policy of the set; returns whether it changed.
    ///
    /// # Errors
    /// [`Error::Key`] when the member is taken by something else.
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

    /// How often the set was written.
    pub fn generation(&self) -> i64 {
        (self.rotation("generation").and_then(Value::as_i64)).unwrap_or(0)
    }

    /// When the set was last written, as it says itself.
    pub fn changed_at(&self) -> Option<i64> {
        self.rotation("changed").and_then(Value::as_i64)
    }

    /// Counts one more write, at `now`. Only a revocation moves the time of the last change back.
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

    /// The reason of the last emergency and the use that it was for, so that asking twice for the same is asking once.
    pub fn last_emergency(&self) -> Option<(&str, Option<Use>)> {
        let emergency = self.rotation("emergency")?;
        let key_use = match emergency.get("use").and_then(Value::as_str) {
            Some("sig") => Some(Use::Sig),
            Some("enc") => Some(Use::Enc),
            _ => None,
        };
        Some((emergency.get("reason")?.as_str()?, key_use))
    }

    /// Remembers an emergency.
    pub fn remember_emergency(&mut self, reason: &str, key_use: Option<Use>, now: i64) {
        let emergency = json!({"at": now, "reason": reason, "use": key_use.map(Use::name)});
        self.edit_rotation(|member| {
            member.insert("emergency".into(), emergency);
        });
    }

    fn known_keys(&self) -> impl Iterator<Item = (&ManagedKey, &KeyLifetime)> {
        self.entries
            .iter()
            .filter_map(|entry| Some((entry, entry.lifetime.as_ref()?)))
    }

    /// The kids, lifetimes and keys that are understood, in their order; a place in a plan is a place here.
    pub fn members(&self) -> impl Iterator<Item = (Option<&str>, &KeyLifetime, Option<&Key>)> {
        self.known_keys()
            .map(|(entry, lifetime)| (entry.kid(), lifetime, entry.key.as_ref()))
    }

    /// Where the private half of each key of [`RotatingKeySet::members`] is, for those in a token (RFC 7512).
    pub fn references(&self) -> impl Iterator<Item = Option<&str>> {
        self.members().map(|(.., key)| key.and_then(key_reference))
    }

    /// The kid of the youngest key that is not revoked.
    pub fn youngest_kid(&self) -> Option<&str> {
        let live = self
            .members()
            .filter(|(_, lifetime, _)| !lifetime.is_revoked);
        live.max_by_key(|(_, lifetime, _)| lifetime.iat)?.0
    }

    /// The place of the key with this kid.
    pub fn position_of(&self, kid: &str) -> Option<usize> {
        self.known_keys()
            .position(|(entry, _)| entry.kid() == Some(kid))
    }

    /// The lifetimes of the keys.
    pub fn lifetimes(&self) -> Vec<KeyLifetime> {
        self.known_keys()
            .map(|(_, lifetime)| lifetime.clone())
            .collect()
    }

    /// Takes down which keys verifiers can fetch already.
    pub fn set_served(&mut self, is_served: impl Fn(&Key) -> bool) {
        for entry in &mut self.entries {
            if let (Some(key), Some(lifetime)) = (&entry.key, &mut entry.lifetime) {
                lifetime.is_served = is_served(key);
            }
        }
    }

    /// The algorithms that the keys of the set are for, one for each use: that of the active key.
    pub fn algs(&self, now: i64) -> Vec<Algorithm> {
        let lifetimes = self.lifetimes();
        let keys: Vec<_> = self.members().map(|(_, _, key)| key).collect();
        let active = |key_use| keys[active_index(&lifetimes, key_use, now)?];
        [Use::Sig, Use::Enc]
            .into_iter()
            .filter_map(|key_use| alg_of(active(key_use)?, key_use))
            .collect()
    }

    /// Carries out a plan at `now`.
    ///
    /// # Errors
    /// [`Error::Backend`], and [`Error::UnsuitableKey`] when the plan is not for this set or its key cannot be made.
    pub fn carry_out(
        &mut self,
        plan: &[Action],
        policy: &Policy,
        now: i64,
    ) -> Result<Vec<AppliedAction>> {
        self.carry_out_with(plan, policy, now, &mut |kind, _| backend::generate(kind))
    }

    /// As [`RotatingKeySet::carry_out`], with a function that makes the keys.
    ///
    /// # Errors
    /// As [`RotatingKeySet::carry_out`], and those of the function.
    pub fn carry_out_with(
        &mut self,
        plan: &[Action],
        policy: &Policy,
        now: i64,
        generate: Generate<'_>,
    ) -> Result<Vec<AppliedAction>> {
        // A shared secret that is revoked is no key any more, so the places are looked up before anything changes.
        let mut places: Vec<usize> = (0..self.entries.len())
            .filter(|place| self.entries[*place].lifetime.is_some())
            .collect();
        let mut done = Vec::with_capacity(plan.len());
        for action in plan {
            if let ActionKind::Make { alg, nbf } = action.step {
                places.push(self.entries.len());
                self.entries
                    .push(self.generate_key(alg, nbf, policy, now, generate)?);
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
                key_use: entry
                    .lifetime
                    .as_ref()
                    .map_or(Use::Sig, |lifetime| lifetime.key_use),
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
                // Dropping goes from the end, so the places before it stay.
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
        // The youngest key that fits decides the type and size, where the algorithm allows several.
        let kinds = self
            .entries
            .iter()
            .filter_map(|entry| entry.key.as_ref())
            .map(Key::kind);
        let like = kinds.rev().find(|kind| alg.fits(*kind));
        let kind = match (like.unwrap_or(alg.default_kind()), policy.bits) {
            (KeyType::Rsa(_), Some(bits)) => KeyType::Rsa(bits),
            (kind, _) => kind,
        };
        let mut key = generate(kind, alg)?;
        key.bind(alg)?;
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
        json::parse(text.expose())
            .map(ManagedKey::new)
            .map_err(|_| Error::Backend("new key"))
    }

    /// The keys to publish at `now`: all signing keys that have not expired, the active encryption key, and the public
    /// keys of others until they expire; never a shared secret.
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

    /// The whole set as one line of JSON, private parts included.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn to_text(&self) -> Result<SecretBytes> {
        // One buffer from the start, so that growing leaves no copy of a secret behind.
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
