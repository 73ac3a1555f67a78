//! Signing and verifying (RFC 7515 §5).

use serde_json::{Value, json};

use super::alg::{Signature, SignatureScheme};
use super::backend;
use super::base64url;
use super::error::{Code, Error, Failure, Result};
use super::header::Header;
use super::json::{self, Object};
use super::key::{Key, ThumbprintHash};
use super::keyset::KeySet;
use super::policy::{VerifyPolicy, check_format, not_listed, same_media_type};
use super::token::{
    Format, UnverifiedJws, UnverifiedSignature, UnverifiedToken, VerifiedSignature, VerifiedToken,
};

/// One who signs, and with what.
#[derive(Debug)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a Key,
    /// The algorithm.
    pub algorithm: &'static Signature,
    /// The parameters of the protected header besides `alg`, which comes first.
    pub header: Object,
    /// The parameters of the unprotected header, for the JSON serializations.
    pub unprotected: Object,
}

/// How a signed token is written.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    /// The serialization; compact and flattened have one signature.
    pub format: Format,
    /// Whether the payload is left out (RFC 7515 appendix F).
    pub detached: bool,
    /// Whether the payload is signed as it is, not as base64url (RFC 7797).
    pub unencoded: bool,
}

/// Signs a payload.
///
/// # Errors
/// [`Error::Unfit`] when an algorithm does not fit its key, a header has members that only the tool sets, or the payload
/// or the number of signers does not fit the way of writing.
pub fn sign(signers: &[Signer], payload: &[u8], writing: Writing) -> Result<String> {
    let text = match writing.unencoded {
        true => payload.to_vec(),
        false => base64url::encode(payload).into_bytes(),
    };
    let signatures = (signers.iter())
        .map(|signer| signature(signer, &text, writing.unencoded))
        .collect::<Result<Vec<_>>>()?;
    let shown = match writing.detached {
        true => String::new(),
        false => String::from_utf8(text).map_err(|_| {
            Error::Unfit("an unencoded payload that is not UTF-8 must be detached".into())
        })?,
    };
    match (writing.format, signers, &*signatures) {
        (Format::Compact, [signer], [(protected, signature)]) => {
            if !signer.unprotected.is_empty() {
                return Err(Error::Unfit(
                    "the compact serialization has no unprotected header".into(),
                ));
            }
            // RFC 7797 §5.2: what cannot be told apart from the rest of the token must be detached.
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            if writing.unencoded && !shown.bytes().all(plain) {
                return Err(Error::Unfit(
                    "an unencoded payload with such characters must be detached".into(),
                ));
            }
            Ok(format!("{protected}.{shown}.{signature}"))
        }
        (Format::Flattened, [signer], [signature]) => {
            let mut token = member(signer, signature);
            if !writing.detached {
                token.shift_insert(0, "payload".into(), shown.into());
            }
            Ok(Value::Object(token).to_string())
        }
        (Format::General, ..) => {
            let members: Vec<Object> = (signers.iter().zip(&signatures))
                .map(|(signer, signature)| member(signer, signature))
                .collect();
            let mut token = Object::new();
            if !writing.detached {
                token.insert("payload".into(), shown.into());
            }
            token.insert("signatures".into(), json!(members));
            Ok(Value::Object(token).to_string())
        }
        (format, signers, _) => Err(Error::Unfit(format!(
            "the {} serialization has one signature, not {}",
            format.name(),
            signers.len()
        ))),
    }
}

/// The protected header and the signature, both as base64url.
fn signature(signer: &Signer, payload: &[u8], unencoded: bool) -> Result<(String, String)> {
    let protected = protected(signer, unencoded)?;
    let input = [protected.as_bytes(), b".", payload].concat();
    let signature = backend::sign(signer.key, signer.algorithm, &input)?;
    Ok((protected, base64url::encode(signature)))
}

/// The protected header as it stands in the token.
pub(super) fn protected(signer: &Signer, unencoded: bool) -> Result<String> {
    signer.key.signature_algorithm(Some(signer.algorithm))?;
    for name in ["alg", "crit", "b64"] {
        if signer.header.contains_key(name) || signer.unprotected.contains_key(name) {
            return Err(Error::Unfit(format!(
                "the header parameter {name} is not yours to set"
            )));
        }
    }
    let twice = |name: &&String| signer.header.contains_key(*name);
    if let Some(name) = signer.unprotected.keys().find(twice) {
        return Err(Error::Unfit(format!(
            "the header parameter {name} cannot be both protected and unprotected"
        )));
    }
    let mut protected = Object::new();
    protected.insert("alg".into(), signer.algorithm.name.into());
    if unencoded {
        protected.insert("b64".into(), false.into());
        protected.insert("crit".into(), json!(["b64"]));
    }
    protected.extend(signer.header.clone());
    Ok(base64url::encode(Value::Object(protected).to_string()))
}

fn member(signer: &Signer, (protected, signature): &(String, String)) -> Object {
    let mut member = Object::new();
    member.insert("protected".into(), protected.as_str().into());
    if !signer.unprotected.is_empty() {
        member.insert("header".into(), signer.unprotected.clone().into());
    }
    member.insert("signature".into(), signature.as_str().into());
    member
}

/// `ath`: the SHA-256 hash of an access token, as base64url (RFC 9449 §4.2).
pub fn access_token_hash(token: &[u8]) -> String {
    let mut hash = openssl::sha::Sha256::new();
    hash.update(token);
    base64url::encode(hash.finish())
}

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

pub(super) fn allowed_algorithm(
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

pub(super) fn typ_failure(header: &Header, policy: &VerifyPolicy) -> Option<Failure> {
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
