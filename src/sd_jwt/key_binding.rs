//! The key binding JWT (RFC 9901 section 4.3), with which the holder signs the presentation for one verifier.

use serde_json::{Value, json};

use super::{KEY_BINDING_TYPE, Processed, UnverifiedSdJwt, digest_text};
use crate::crypto::alg::Signature;
use crate::crypto::error::{Code, Error, Failure, Result};
use crate::crypto::json::Object;
use crate::crypto::jws::Verifier;
use crate::crypto::jwt::claims::ClaimRules;
use crate::crypto::key::Key;
use crate::crypto::keyset::KeySet;
use crate::crypto::policy::{TokenTypes, VerifyPolicy};
use crate::crypto::token::UnverifiedToken;

/// The requirements of a verifier for the key binding.
#[derive(Debug, Clone)]
pub struct KeyBindingRules {
    /// The audience: the verifier itself.
    pub audience: String,
    /// The nonce that the verifier chose.
    pub nonce: String,
    /// The largest age of the key binding JWT, in seconds.
    pub max_age: u64,
    /// The allowed clock skew, in seconds.
    pub leeway: u64,
}

impl KeyBindingRules {
    /// Checks the key binding JWT (RFC 9901 section 7.3): the key of `cnf`, the signature, `typ`, and the claims. Returns the
    /// failures of `typ` and the claims.
    pub(super) fn check(
        &self,
        processed: &Processed,
        token: Option<&str>,
        bound: &[u8],
        now: i64,
    ) -> Result<Vec<Failure>> {
        let Some(token) = token else {
            return Err(Error::NotAllowed(
                "the SD-JWT must have a key binding JWT, but has none".into(),
            ));
        };
        let key = key_binding_key(&processed.payload)?;
        // The signed payload of the issuer contains the key. If several algorithms fit the key, the header of the key binding
        // JWT may choose among them. The key is never a shared secret.
        let keys = KeySet::new(vec![key])?;
        let token = UnverifiedToken::parse(token.as_bytes(), token.len())?;
        let named = token.unverified_header().protected_text_of("alg");
        let algorithm = named.and_then(Signature::from_name);
        let sd_hash = digest_text(processed.hash, bound);
        let policy = VerifyPolicy {
            algorithms: algorithm.into_iter().collect(),
            types: TokenTypes::Required(vec![KEY_BINDING_TYPE.into()]),
            claims: Some(ClaimRules {
                equal: vec![
                    ("aud".into(), self.audience.as_str().into()),
                    ("nonce".into(), self.nonce.as_str().into()),
                    ("sd_hash".into(), sd_hash.into()),
                ],
                max_age: Some(self.max_age),
                leeway: self.leeway,
                allow_no_exp: true,
                ..ClaimRules::default()
            }),
            ..VerifyPolicy::of_signature(now)
        };
        match Verifier::new(&keys, policy).verify(token) {
            Ok(_) => Ok(Vec::new()),
            Err(Error::ClaimsRejected(mut failures)) => {
                for failure in &mut failures {
                    failure.name.insert_str(0, "key binding ");
                    if failure.code != Code::ClaimRejected {
                        failure.code = Code::ClaimRejected;
                        // The duration belongs to the message for the previous code.
                        failure.seconds_off = None;
                    }
                }
                Ok(failures)
            }
            // The caller cannot use another key: the issuer chose the key, and the holder chose the algorithm.
            Err(Error::UnsuitableKey(why)) => {
                Err(Error::NotAllowed(format!("the key binding JWT: {why}")))
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns the public key that the issuer bound the SD-JWT to.
///
/// # Errors
/// [`Error::NotAllowed`] if there is none, or it is not a public key.
pub fn key_binding_key(payload: &Object) -> Result<Key> {
    let refuse = |why: String| Error::NotAllowed(format!("the claim cnf.jwk {why}"));
    let jwk = payload
        .get("cnf")
        .and_then(|cnf| cnf.get("jwk"))
        .and_then(Value::as_object)
        .ok_or_else(|| refuse("is missing: the SD-JWT is not bound to a key".into()))?;
    let key = Key::from_untrusted_jwk(jwk.clone()).map_err(|error| refuse(error.to_string()))?;
    if key.is_secret() {
        Err(refuse("is not a public key".into()))
    } else {
        Ok(key)
    }
}

/// Returns the claims of a key binding JWT for a presentation without one.
///
/// # Errors
/// As [`UnverifiedSdJwt::process_unverified`].
pub fn key_binding_claims(
    presentation: &UnverifiedSdJwt,
    audience: &str,
    nonce: &str,
    now: i64,
) -> Result<Object> {
    let hash = presentation.process_unverified()?.hash;
    let claims = json!({
        "iat": now,
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_text(hash, &presentation.bound),
    });
    Ok(claims.as_object().cloned().unwrap_or_default())
}
