//! The operations that a key allows, according to its members and the time.

use serde_json::Value;

use super::{Key, Use};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;

/// An operation on a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operation {
    Sign,
    Verify,
    /// Verifying a SPIFFE SVID, which also accepts keys with the use `jwt-svid`.
    VerifySvid,
    Encrypt,
    Decrypt,
}

impl Operation {
    /// Returns the `use` that a key must have for the operation.
    pub fn key_use(self) -> Use {
        match self {
            Operation::Sign | Operation::Verify | Operation::VerifySvid => Use::Sig,
            Operation::Encrypt | Operation::Decrypt => Use::Enc,
        }
    }
}

impl Key {
    /// Checks `use`, `key_ops`, and the members `nbf`, `exp` and `revoked`, which OpenID Federation registered.
    ///
    /// `now` is in Unix seconds. For decryption `nbf` is ignored, because it limits only new tokens.
    ///
    /// # Errors
    /// An [`Error`] with the reason if the key does not allow the operation now.
    pub fn check_operation(&self, operation: Operation, now: i64) -> Result<()> {
        use Operation::*;
        let unfit = |why: String| Err(Error::UnsuitableKey(why));
        if matches!(operation, Sign | Decrypt) && !self.is_private() {
            let verb = if operation == Sign { "sign" } else { "decrypt" };
            return Err(Error::PublicKey { verb });
        }
        if self.is_for_svids && operation != VerifySvid {
            return unfit("the key's use is \"jwt-svid\": --profile jwt-svid accepts it".into());
        }
        let wanted = operation.key_use();
        if let Some(actual) = self.key_use.filter(|actual| *actual != wanted) {
            let (actual, wanted) = (actual.name(), wanted.name());
            return Err(Error::KeyUse { actual, wanted });
        }
        let accepted: &[&str] = match (operation, self.is_private()) {
            (Sign, _) => &["sign"],
            (Verify | VerifySvid, false) => &["verify"],
            (Verify | VerifySvid, true) => &["verify", "sign"],
            (Encrypt, false) => &["encrypt", "wrapKey", "deriveKey", "deriveBits"],
            (Decrypt, _) => &["decrypt", "unwrapKey", "deriveKey", "deriveBits"],
            (Encrypt, true) => &[
                "encrypt",
                "wrapKey",
                "decrypt",
                "unwrapKey",
                "deriveKey",
                "deriveBits",
            ],
        };
        if let Some(ops) = &self.key_ops {
            // The Web Cryptography API exports a public ECDH key with an empty list.
            let agreement = operation == Encrypt && ops.is_empty();
            if !agreement && !ops.iter().any(|op| accepted.contains(&op.as_str())) {
                return unfit("the key_ops of the key do not permit this operation".into());
            }
        }
        if self.is_revoked() {
            return unfit("the key is revoked".into());
        }
        if self.time_member("exp").is_some_and(|exp| now >= exp) {
            return unfit("the key has expired".into());
        }
        if operation != Decrypt && self.time_member("nbf").is_some_and(|nbf| now < nbf) {
            return unfit("the key is not yet valid (nbf)".into());
        }
        Ok(())
    }

    /// Whether the key has the member `revoked` (OpenID Federation 1.0 §8.7.4) with a value other than false and null.
    pub fn is_revoked(&self) -> bool {
        is_revoked(&self.other)
    }

    /// Returns the `use` of the key, or that of its algorithm, or the usual one of its kind.
    pub fn main_use(&self) -> Use {
        match (self.key_use, self.alg) {
            (Some(key_use), _) => key_use,
            (None, Some(alg)) => alg.key_use(),
            (None, None) if self.signature_algorithm(None).is_ok() => Use::Sig,
            (None, None) => Use::Enc,
        }
    }
}

/// Whether the members of a key mark it as revoked.
pub(crate) fn is_revoked(members: &Object) -> bool {
    let is_set = |value: &Value| !value.is_null() && *value != Value::Bool(false);
    members.get("revoked").is_some_and(is_set)
}
