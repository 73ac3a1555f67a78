//! How often keys change and how far ahead: the set's member `rotation`.

use serde_json::{Value, json};

use crate::crypto::alg::{Algorithm, KeyManagementScheme};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::key::{Use, rsa};
use crate::fingerprint::KeyIdSource;

/// The member of the set that holds the policy.
pub const MEMBER: &str = "rotation";
/// The longest time that a policy may state, in seconds: a century, so that sums of times stay times.
const MAX_SECONDS: i64 = 100 * 366 * 86_400;

/// How often keys change and how far ahead. All times are in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long a key is active.
    pub every: i64,
    /// How long a key is known before it is used: the longest that a verifier or sender may cache the published set.
    pub lead: i64,
    /// How long a key is kept after its last use: the longest lifetime of a token.
    pub retain: i64,
    /// What new keys are for, at most one algorithm for each use.
    pub algs: Vec<Algorithm>,
    /// The size of new RSA keys; otherwise that of the predecessor.
    pub bits: Option<u32>,
    /// Where verifiers fetch the set. A signing key is then given its time only once it is found in all of these places.
    pub served: Vec<String>,
    /// What the key IDs of new keys are derived from; otherwise the thumbprint.
    pub kid_from: Option<KeyIdSource>,
    /// The token that new keys are made in, and the beginning of their labels (RFC 7512); otherwise they are in the set.
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
    /// Parses the member `rotation`; ignores members of it that are not known.
    ///
    /// # Errors
    /// [`Error::Key`] when it is not a policy.
    pub fn parse(member: &Value) -> Result<Policy> {
        let wrong = |what: &str| Error::Key(format!("the set's rotation policy: {what}"));
        let object = member
            .as_object()
            .ok_or_else(|| wrong("is not an object"))?;
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
            (name.as_str().and_then(Algorithm::named)).ok_or_else(|| wrong("\"alg\" is not known"))
        });
        let policy = Policy {
            every: seconds("every", default.every)?,
            lead: seconds("lead", default.lead)?,
            retain: seconds("retain", default.retain)?,
            algs: algs.collect::<Result<_>>()?,
            bits: match object.get("bits") {
                None => None,
                Some(bits) => Some(
                    (bits.as_u64().and_then(|bits| bits.try_into().ok()))
                        .ok_or_else(|| wrong("\"bits\" is not a number"))?,
                ),
            },
            served: match object.get("served") {
                None => Vec::new(),
                Some(Value::String(served)) => vec![served.clone()],
                Some(Value::Array(served)) if served.iter().all(Value::is_string) => served
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
                Some(_) => {
                    return Err(wrong(
                        "\"served\" is neither a string nor an array of strings",
                    ));
                }
            },
            kid_from: match object.get("kid_from") {
                None => None,
                Some(name) => Some(
                    (name.as_str().and_then(KeyIdSource::from_name))
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

    /// Whether the policy can be kept.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] with what stands against it.
    pub fn check(&self) -> Result<()> {
        let unfit = |why: &str| Err(Error::UnsuitableKey(format!("the rotation policy: {why}")));
        let times = [self.every, self.lead, self.retain];
        if times.iter().any(|time| !(0..=MAX_SECONDS).contains(time)) {
            return unfit("a duration is negative or longer than a century");
        }
        // A successor is made once its predecessor is active, so it could not be known for `lead` in time.
        if self.every <= self.lead {
            return unfit("every must be longer than lead");
        }
        let twice = |key_use| {
            (self.algs.iter())
                .filter(|alg| alg.key_use() == key_use)
                .count()
                > 1
        };
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

    /// Makes `alg` that of new keys for its use.
    pub fn set_alg(&mut self, alg: Algorithm) {
        match (self.algs.iter_mut()).find(|other| other.key_use() == alg.key_use()) {
            Some(other) => *other = alg,
            None => self.algs.push(alg),
        }
    }

    /// Writes the policy into the member, beside whatever else is in there.
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
