//! An entry of the `keys` of a rotating key set.

use serde_json::{Value, json};
use zeroize::Zeroize;

use crate::crypto::alg::{Algorithm, KeyManagement, Signature};
use crate::crypto::base64url;
use crate::crypto::error::Result;
use crate::crypto::key::{Key, PRIVATE_MEMBERS, REFERENCE, ThumbprintHash, Use};
use crate::crypto::random::random_bytes;
use crate::rotation::KeyLifetime;

/// An entry of `keys`. An entry that is not understood has neither key nor lifetime. The tombstone of a shared secret has no
/// key.
pub(super) struct ManagedKey {
    pub(super) members: Value,
    pub(super) key: Option<Key>,
    pub(super) lifetime: Option<KeyLifetime>,
}

impl Drop for ManagedKey {
    fn drop(&mut self) {
        wipe_value(&mut self.members);
    }
}

/// Zeroizes every string in a JSON value.
fn wipe_value(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe_value),
        Value::Object(members) => members.values_mut().for_each(wipe_value),
        _ => {}
    }
}

impl ManagedKey {
    pub(super) fn new(members: Value) -> ManagedKey {
        let key =
            members.as_object().and_then(|members| Key::from_jwk_object(members.clone()).ok());
        let revoked_at = members["revoked"]["revoked_at"].as_i64();
        let lifetime = match &key {
            Some(key) => Some(KeyLifetime {
                key_use: key.main_use(),
                is_private: key.is_private() || key_reference(key).is_some(),
                iat: key.time_member("iat"),
                nbf: key.time_member("nbf"),
                exp: key.time_member("exp"),
                is_revoked: key.other.contains_key("revoked"),
                revoked_at,
                is_served: false,
            }),
            None if members["kty"] == "oct" && members.get("revoked").is_some() => {
                Some(KeyLifetime {
                    key_use: if members["use"] == "enc" {
                        Use::Enc
                    } else {
                        Use::Sig
                    },
                    is_private: false,
                    iat: members["iat"].as_i64(),
                    nbf: members["nbf"].as_i64(),
                    exp: members["exp"].as_i64(),
                    is_revoked: true,
                    revoked_at,
                    is_served: false,
                })
            }
            None => None,
        };
        ManagedKey {
            members,
            key,
            lifetime,
        }
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.members.get("kid").and_then(Value::as_str)
    }

    /// Sets a member and parses the key again. The order of the members is preserved.
    pub(super) fn set_member(&mut self, name: &str, value: Value) {
        if let Value::Object(members) = &mut self.members {
            members.insert(name.into(), value);
        }
        *self = ManagedKey::new(self.members.take());
    }

    /// Erases the private key and leaves a tombstone.
    pub(super) fn revoke(&mut self, reason: &str, now: i64) {
        if let Value::Object(members) = &mut self.members {
            for name in PRIVATE_MEMBERS.iter().chain(&[REFERENCE]) {
                if let Some(mut value) = members.shift_remove(*name) {
                    wipe_value(&mut value);
                }
            }
        }
        self.set_member("revoked", json!({"revoked_at": now, "reason": reason}));
    }
}

/// Returns the PKCS#11 URI of the private key, if it is in a token (RFC 7512).
pub(super) fn key_reference(key: &Key) -> Option<&str> {
    if key.is_private() {
        return None;
    }
    key.other.get(REFERENCE)?.as_str()
}

/// Returns a kid for a key: its thumbprint, or a random one for a shared secret. The thumbprint of a secret would allow others
/// to test guesses of the secret.
pub(super) fn kid_of(key: Option<&Key>) -> Result<String> {
    match key {
        Some(key) if !key.is_secret() => key.thumbprint(ThumbprintHash::Sha256),
        _ => Ok(base64url::encode(random_bytes(16)?.expose())),
    }
}

/// Returns the algorithm of a key: the one that it is bound to, or the default for its kind.
pub(super) fn alg_of(key: &Key, key_use: Use) -> Option<Algorithm> {
    let usual = || match key_use {
        Use::Sig => Signature::of_kind(key.key_type())
            .or_else(|| {
                Signature::from_name("RS256").filter(|row| row.is_suitable_for(key.key_type()))
            })
            .map(Algorithm::Signature),
        Use::Enc => KeyManagement::of_kind(key.key_type()).map(Algorithm::KeyManagement),
    };
    key.alg().or_else(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wiped_value_has_no_text_at_any_depth() {
        let mut value = json!({"d": "secret", "oth": [{"r": "secret"}, ["secret"]], "iat": 1});
        wipe_value(&mut value);
        assert_eq!(value, json!({"d": "", "oth": [{"r": ""}, [""]], "iat": 1}));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn private_member_is_zeroed_in_memory_when_dropped() {
        use std::os::unix::fs::FileExt;

        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let entry = ManagedKey::new(json!({"kty": "x", "d": "s".repeat(2000)}));
        let text = entry.members["d"].as_str().unwrap();
        let (place, mut found) = (text.as_ptr() as u64, vec![0; text.len()]);
        memory.read_exact_at(&mut found, place).unwrap();
        assert!(found.iter().all(|byte| *byte == b's'));
        drop(entry);
        memory.read_exact_at(&mut found, place).unwrap();
        let left = found.iter().filter(|byte| **byte == b's').count();
        assert!(left < 16, "{left} bytes of the secret are left");
    }
}
