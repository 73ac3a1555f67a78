//! Verifying (RFC 7515 §5.2).

use super::check::Check;
use crate::crypto::error::{Error, Failure, Result};
use crate::crypto::json::{self, Object};
use crate::crypto::keyset::KeySet;
use crate::crypto::policy::VerifyPolicy;
use crate::crypto::token::{UnverifiedJws, UnverifiedToken, VerifiedToken};

impl UnverifiedToken {
    /// Verifies with the keys and the policy, in the order header, key, signature, claims (RFC 7515 §5.2, RFC 7519 §7.2).
    ///
    /// # Errors
    /// Every [`Error`] that says something about a token.
    pub fn verify(self, keys: &KeySet, policy: &VerifyPolicy) -> Result<VerifiedToken> {
        match self {
            UnverifiedToken::Jws(jws) => jws.verify(keys, policy),
            UnverifiedToken::Jwe(_) => Err(Error::Encrypted),
        }
    }
}

impl UnverifiedJws {
    fn verify(self, keys: &KeySet, policy: &VerifyPolicy) -> Result<VerifiedToken> {
        let mut check = Check::new(self.format, self.signatures, keys, policy)?;
        let Some(payload) = &self.encoded else {
            return Err(Error::PayloadNeeded);
        };
        check.update(payload);
        let (signatures, mut failures) = check.finish()?;
        let claims = claims(&self.payload, policy, &mut failures)?;
        if !failures.is_empty() {
            return Err(Error::ClaimsRejected(failures));
        }
        Ok(VerifiedToken {
            signatures,
            payload: self.payload,
            claims,
        })
    }
}

/// The claims set, where the policy has rules for one; what breaks them is put to the failures.
fn claims(
    payload: &[u8],
    policy: &VerifyPolicy,
    failures: &mut Vec<Failure>,
) -> Result<Option<Object>> {
    let Some(rules) = &policy.claims else {
        return Ok(None);
    };
    let claims = json::parse_object(payload)
        .map_err(|fault| Error::Malformed(format!("the payload {fault}")))?;
    failures.extend(rules.check(&claims, policy.now));
    Ok(Some(claims))
}
