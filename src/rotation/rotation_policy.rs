//! The rotation policy, which is stored in the member `rotation` of the set.

use serde_json::{Value, json};

use crate::crypto::alg::{Algorithm, KeyManagementScheme};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::key::{Use, rsa};
use crate::fingerprint::KeyIdSource;

/// The member of the set that contains the policy.
pub const MEMBER: &str = "rotation";
/// The longest duration in a policy, in seconds: a century, so that sums with times do not overflow.
const MAX_SECONDS: i64 = 100 * 366 * 86_400;

/// A rotation policy. All durations are in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long a key is active.
    pub every: i64,
    /// How long a key is available before it is used: the longest time for which a verifier or sender may cache the set.
    pub lead: i64,
    /// How long a key is kept after its last use: the longest lifetime of a token.
    pub retain: i64,
    /// The algorithms of new keys, at most one for each use.
    pub algs: Vec<Algorithm>,
    /// The size of new RSA keys in bits. If `None`, that of the predecessor.
    pub bits: Option<u32>,
    /// The URLs where verifiers fetch the set. A signing key gets `nbf` only after it was found at all of them.
    pub served: Vec<String>,
    /// The source of the key IDs of new keys. If `None`, the thumbprint, or random bytes for a shared secret.
    pub kid_from: Option<KeyIdSource>,
    /// The URI of the token that new keys are created in, with the prefix of their labels (RFC 7512). If `None`, the private
    /// keys are stored in the set.
    pub token: Option<String>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            every: 30 * 86_400,
            lead: 86_400,
            retain: 2 * 86_400,
            algs: Vec::new(),
            bits: None,
            served: Vec::new(),
            kid_from: None,
            token: None,
        }
    }
}

impl Policy {
    /// Parses the member `rotation`. Unknown members of it are ignored.
    ///
    /// # Errors
    /// [`Error::Key`] if it is not a policy.
    pub fn parse(member: &Value) -> Result<Policy> {
        let wrong = |what: &str| Error::Key(format!("the set's rotation policy: {what}"));
        let object = member.as_object().ok_or_else(|| wrong("is not an object"))?;
        let seconds = |name: &str, default: i64| match object.get(name) {
            None => Ok(default),
            Some(value) => value
                .as_i64()
                .ok_or_else(|| wrong(&format!("\"{name}\" is not a number of seconds"))),
        };
        let default = Policy::default();
        let names: Vec<&Value> = match object.get("alg") {
            None => Vec::new(),
            Some(Value::Array(names)) => names.iter().collect(),
            Some(name) => vec![name],
        };
        let algs = names.into_iter().map(|name| {
            name.as_str()
                .and_then(Algorithm::from_name)
                .ok_or_else(|| wrong("\"alg\" is not known"))
        });
        let policy = Policy {
            every: seconds("every", default.every)?,
            lead: seconds("lead", default.lead)?,
            retain: seconds("retain", default.retain)?,
            algs: algs.collect::<Result<_>>()?,
            bits: match object.get("bits") {
                None => None,
                Some(bits) => Some(
                    bits.as_u64()
                        .and_then(|bits| bits.try_into().ok())
                        .ok_or_else(|| wrong("\"bits\" is not a number"))?,
                ),
            },
            served: match object.get("served") {
                None => Vec::new(),
                Some(Value::String(served)) => vec![served.clone()],
                Some(Value::Array(served)) if served.iter().all(Value::is_string) => {
                    served.iter().filter_map(Value::as_str).map(str::to_owned).collect()
                }
                Some(_) => {
                    return Err(wrong(
                        "\"served\" is neither a string nor an array of strings",
                    ));
                }
            },
            kid_from: match object.get("kid_from") {
                None => None,
                Some(name) => Some(
                    name.as_str()
                        .and_then(KeyIdSource::from_name)
                        .ok_or_else(|| wrong("\"kid_from\" is not known"))?,
                ),
            },
            token: match object.get("in") {
                None => None,
                Some(Value::String(uri)) => Some(uri.clone()),
                Some(_) => return Err(wrong("\"in\" is not a string")),
            },
        };
        policy.check()?;
        Ok(policy)
    }

    /// Checks that the policy is consistent.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] with the reason if it is not.
    pub fn check(&self) -> Result<()> {
        let unfit = |why: &str| Err(Error::UnsuitableKey(format!("the rotation policy: {why}")));
        let times = [self.every, self.lead, self.retain];
        if times.iter().any(|time| !(0..=MAX_SECONDS).contains(time)) {
            return unfit("a duration is negative or longer than a century");
        }
        // A successor is created after its predecessor became active, and must be available for `lead` before it becomes
        // active.
        if self.every <= self.lead {
            return unfit("every must be longer than lead");
        }
        let twice = |key_use| self.algs.iter().filter(|alg| alg.key_use() == key_use).count() > 1;
        if twice(Use::Sig) || twice(Use::Enc) {
            return unfit("two algorithms for one use");
        }
        if self.algs.iter().any(|alg| {
            matches!(alg, Algorithm::KeyManagement(row) if matches!(row.scheme, KeyManagementScheme::Pbes2(..)))
        }) {
            return unfit("a passphrase cannot be rotated");
        }
        match self.bits.map(rsa::check_bits) {
            Some(Err(why)) => unfit(why),
            _ => Ok(()),
        }
    }

    /// Sets the algorithm of new keys for its use.
    pub fn set_alg(&mut self, alg: Algorithm) {
        match self.algs.iter_mut().find(|other| other.key_use() == alg.key_use()) {
            Some(other) => *other = alg,
            None => self.algs.push(alg),
        }
    }

    /// Writes the policy to the member `rotation`. Other members of it are preserved.
    pub(super) fn write_member(&self, member: &mut Object) {
        let names: Vec<&str> = self.algs.iter().map(|alg| alg.name()).collect();
        let alg = match &*names {
            [only] => json!(only),
            several => json!(several),
        };
        let served = match &*self.served {
            [] => Value::Null,
            [only] => json!(only),
            several => json!(several),
        };
        for (name, value) in [
            ("every", json!(self.every)),
            ("lead", json!(self.lead)),
            ("retain", json!(self.retain)),
            ("alg", alg),
            ("bits", json!(self.bits)),
            ("served", served),
            ("kid_from", json!(self.kid_from.map(KeyIdSource::name))),
            ("in", json!(self.token)),
        ] {
            match value {
                Value::Null => member.shift_remove(name),
                value => member.insert(name.into(), value),
            };
        }
    }
}
