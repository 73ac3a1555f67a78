//! Signing and verifying (RFC 7515 §5).

use super::alg::{Signature, SignatureScheme};
use super::backend;
use super::base64url;
use super::error::{Code, Error, Failure, Result};
use super::json::{self, Object};
use super::key::{Key, ThumbprintHash};
use super::keyset::KeySet;
use super::policy::{VerifyPolicy, same_media_type};
use super::token::{Header, UnverifiedJws, UnverifiedToken, VerifiedToken};

/// Signs a payload and gives the compact serialization (RFC 7515 §7.1).
///
/// `header` holds the parameters besides `alg`, which comes first and is this algorithm's.
///
/// # Errors
/// [`Error::Unfit`] when the algorithm does not fit the key or the header has members that only the tool sets.
pub fn sign(
    key: &Key,
    algorithm: &'static Signature,
    header: &Object,
    payload: &[u8],
) -> Result<String> {
    key.signature_algorithm(Some(algorithm))?;
    if let Some(name) = ["alg", "crit", "b64"]
        .into_iter()
        .find(|name| header.contains_key(*name))
    {
        return Err(Error::Unfit(format!(
            "the header parameter {name} is not yours to set"
        )));
    }
    let mut protected = Object::new();
    protected.insert("alg".into(), algorithm.name.into());
    protected.extend(header.clone());
    let mut token = base64url::encode(serde_json::Value::Object(protected).to_string());
    token.push('.');
    token.push_str(&base64url::encode(payload));
    let signature = backend::sign(key, algorithm, token.as_bytes())?;
    token.push('.');
    token.push_str(&base64url::encode(signature));
    Ok(token)
}

impl UnverifiedToken {
    /// Verifies with the keys and the policy, in the order header, key, signature, claims (RFC 7515 §5.2, RFC 7519 §7.2).
    ///
    /// # Errors
    /// Every [`Error`] that says something about a token.
    pub fn verify(self, keys: &KeySet, policy: &VerifyPolicy) -> Result<VerifiedToken> {
        match self {
            UnverifiedToken::Jws(jws) => jws.verify(keys, policy),
            UnverifiedToken::Jwe(_) => Err(Error::NotAllowed(
                "the token is encrypted, which is no signature".into(),
            )),
        }
    }
}

impl UnverifiedJws {
    fn verify(mut self, keys: &KeySet, policy: &VerifyPolicy) -> Result<VerifiedToken> {
        let [signature] = &mut *self.signatures else {
            return Err(Error::Malformed("the token has no signature".into()));
        };
        let header = &signature.protected;
        let algorithm = allowed_algorithm(header, policy)?;
        let mut failures: Vec<Failure> = typ_failure(header, policy).into_iter().collect();
        let found = keys.for_verifying(algorithm, header.text_of("kid"), policy);
        let signed_by = found.and_then(|keys| {
            let input = format!("{}.{}", header.text, self.payload_text);
            keys.into_iter()
                .find(|key| backend::verify(key, algorithm, input.as_bytes(), &signature.signature))
                .ok_or(Error::SignatureInvalid)
        });
        let key = match signed_by {
            Ok(key) => key,
            // A header that the policy refuses comes before the key and the signature.
            Err(_) if !failures.is_empty() => return Err(Error::Rejected(failures)),
            Err(error) => return Err(error),
        };
        let claims = match &policy.claims {
            None => None,
            Some(rules) => {
                let claims = json::parse_object(&self.payload)
                    .map_err(|fault| Error::Malformed(format!("the payload {fault}")))?;
                failures.extend(rules.check(&claims, policy.now));
                Some(claims)
            }
        };
        if !failures.is_empty() {
            return Err(Error::Rejected(failures));
        }
        Ok(VerifiedToken {
            kid: key.kid.clone(),
            thumbprint: match key.is_secret() {
                true => None,
                false => Some(key.thumbprint(ThumbprintHash::Sha256)?),
            },
            algorithm: algorithm.name,
            header: std::mem::take(&mut signature.protected.object),
            payload: self.payload,
            claims,
        })
    }
}

fn allowed_algorithm(header: &Header, policy: &VerifyPolicy) -> Result<&'static Signature> {
    let name = header.alg()?;
    let refuse = |why: String| Err(Error::NotAllowed(why));
    let Some(algorithm) = Signature::named(name) else {
        return refuse(match name.eq_ignore_ascii_case("none") {
            true => format!("the token is unsecured: its alg is {name}"),
            false => format!("the algorithm {name} is not known"),
        });
    };
    // EdDSA is the older name of Ed25519 and of Ed448; which of the two it is, the key tells.
    let listed = |row: &&'static Signature| {
        *row == algorithm
            || [*row, algorithm]
                .map(|row| row.scheme)
                .contains(&SignatureScheme::EdDsa)
                && [*row, algorithm].iter().all(|row| row.is_eddsa())
    };
    if !policy.algorithms.is_empty() && !policy.algorithms.iter().any(listed) {
        let allowed: Vec<&str> = policy.algorithms.iter().map(|row| row.name).collect();
        return refuse(format!(
            "the token says {name}, allowed is {}",
            allowed.join(", ")
        ));
    }
    Ok(algorithm)
}

fn typ_failure(header: &Header, policy: &VerifyPolicy) -> Option<Failure> {
    let wanted = policy.typ.as_deref()?;
    let got = header.text_of("typ");
    if got.is_some_and(|got| same_media_type(got, wanted)) {
        return None;
    }
    Some(Failure {
        code: Code::NotAllowed,
        name: "typ".into(),
        expected: serde_json::Value::from(wanted).to_string(),
        got: got.map(|got| serde_json::Value::from(got).to_string()),
        seconds_off: None,
    })
}
