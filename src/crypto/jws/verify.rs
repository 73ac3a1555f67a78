//! Verifying (RFC 7515 §5.2).

use serde_json::Value;

use crate::crypto::alg::{Signature, SignatureScheme};
use crate::crypto::backend;
use crate::crypto::error::{Code, Error, Failure, Result};
use crate::crypto::header::Header;
use crate::crypto::json;
use crate::crypto::key::ThumbprintHash;
use crate::crypto::keyset::KeySet;
use crate::crypto::policy::{VerifyPolicy, check_format, not_listed, same_media_type};
use crate::crypto::token::{
    UnverifiedJws, UnverifiedSignature, UnverifiedToken, VerifiedSignature, VerifiedToken,
};

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
        check_format(self.format, &policy.formats)?;
        let says_b64 = |one: &UnverifiedSignature| one.header.protected().contains_key("b64");
        if policy.claims.is_some() && self.signatures.iter().any(says_b64) {
            return Err(Error::NotAllowed(
                "the header parameter b64 does not belong in a JWT".into(),
            ));
        }
        let Some(payload) = &self.encoded else {
            return Err(Error::PayloadNeeded);
        };
        let (mut signatures, mut errors, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        for (index, one) in self.signatures.into_iter().enumerate() {
            match verify_one(one, index, payload, keys, policy) {
                Ok((verified, None)) => signatures.push(verified),
                Ok((_, Some(failure))) => failures.push(failure),
                Err(error) => errors.push(error),
            }
        }
        let accepted = !signatures.is_empty() && !policy.require_all;
        if accepted {
            failures.clear();
        } else if (policy.require_all || failures.is_empty())
            && let Some(error) = gravest(errors)
        {
            return Err(error);
        }
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
            signatures,
            payload: self.payload,
            claims,
        })
    }
}

/// What verifying one signature gives: what it is, and whether its `typ` is not the one asked for.
type Verified = (VerifiedSignature, Option<Failure>);

/// Of several signatures that all fail: the one that got furthest says most.
fn gravest(errors: Vec<Error>) -> Option<Error> {
    errors.into_iter().max_by_key(|error| match error {
        Error::SignatureInvalid => 3,
        Error::Rejected(_) => 2,
        Error::NoKey(_) => 1,
        _ => 0,
    })
}

fn verify_one(
    one: UnverifiedSignature,
    index: usize,
    payload: &[u8],
    keys: &KeySet,
    policy: &VerifyPolicy,
) -> Result<Verified> {
    let header = &one.header;
    let algorithm = allowed_algorithm(header, policy)?;
    let typ = typ_failure(header, policy);
    let found = keys.for_verifying(algorithm, header.text_of("kid"), policy);
    let signed_by = found.and_then(|keys| {
        let input = [header.text().as_bytes(), b".", payload].concat();
        keys.into_iter()
            .find(|key| backend::verify(key, algorithm, &input, &one.signature))
            .ok_or(Error::SignatureInvalid)
    });
    let key = match signed_by {
        Ok(key) => key,
        // A header that the policy refuses comes before the key and the signature.
        Err(error) => return Err(typ.map_or(error, |failure| Error::Rejected(vec![failure]))),
    };
    let verified = VerifiedSignature {
        index,
        kid: key.kid.clone(),
        thumbprint: match key.is_secret() {
            true => None,
            false => Some(key.thumbprint(ThumbprintHash::Sha256)?),
        },
        algorithm: algorithm.name,
        header: one.header,
    };
    Ok((verified, typ))
}

pub(in crate::crypto) fn allowed_algorithm(
    header: &Header,
    policy: &VerifyPolicy,
) -> Result<&'static Signature> {
    let name = header.alg()?;
    let refuse = |why: String| Err(Error::NotAllowed(why));
    // Whoever names the algorithm need not care where the token says it.
    if header.protected_text_of("alg").is_none() && policy.algorithms.is_empty() {
        return Err(Error::Malformed("the protected header has no alg".into()));
    }
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
        return Err(not_listed(
            name,
            policy.algorithms.iter().map(|row| row.name),
        ));
    }
    Ok(algorithm)
}

pub(in crate::crypto) fn typ_failure(header: &Header, policy: &VerifyPolicy) -> Option<Failure> {
    let wanted = policy.typ.as_deref()?;
    let got = header.protected_text_of("typ");
    if got.is_some_and(|got| same_media_type(got, wanted)) {
        return None;
    }
    Some(Failure {
        code: Code::NotAllowed,
        name: "typ".into(),
        expected: Value::from(wanted).to_string(),
        got: got.map(|got| Value::from(got).to_string()),
        seconds_off: None,
    })
}
