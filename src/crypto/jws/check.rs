//! The signatures of a token under way: their headers judged and their keys found, while the payload comes in.

use serde_json::Value;

use crate::crypto::alg::{Signature, SignatureScheme};
use crate::crypto::backend::{Message, Verifier};
use crate::crypto::error::{Code, Error, Failure, Result};
use crate::crypto::key::{Key, ThumbprintHash};
use crate::crypto::keyset::KeySet;
use crate::crypto::policy::{VerifyPolicy, check_format, not_listed, same_media_type};
use crate::crypto::token::header::Header;
use crate::crypto::token::{Format, UnverifiedSignature, VerifiedSignature};

/// The signatures of one token, each as far as it has come.
pub(super) struct Check<'k> {
    signatures: Vec<Result<Candidate<'k>>>,
    require_all: bool,
}

/// A signature that may be good.
struct Candidate<'k> {
    one: UnverifiedSignature,
    algorithm: &'static Signature,
    /// When the `typ` is not the one asked for.
    failure: Option<Failure>,
    keys: Vec<(&'k Key, Verifier)>,
    /// One for each key of an HMAC, which has the key in it; one for all keys otherwise.
    messages: Vec<Message>,
}

impl<'k> Check<'k> {
    /// Judges the headers and finds the keys.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when the policy does not allow such a token, whoever signed it.
    pub(super) fn new(
        format: Format,
        signatures: Vec<UnverifiedSignature>,
        keys: &'k KeySet,
        policy: &VerifyPolicy,
    ) -> Result<Check<'k>> {
        check_format(format, &policy.formats)?;
        let says_b64 = |one: &UnverifiedSignature| one.header.protected().contains_key("b64");
        if policy.claims.is_some() && signatures.iter().any(says_b64) {
            return Err(Error::NotAllowed(
                "the header parameter b64 does not belong in a JWT".into(),
            ));
        }
        let signatures = signatures.into_iter();
        Ok(Check {
            signatures: (signatures.map(|one| Candidate::new(one, keys, policy))).collect(),
            require_all: policy.require_all,
        })
    }

    /// Takes in the next piece of the payload, as it stands in the signing input.
    pub(super) fn update(&mut self, piece: &[u8]) {
        let candidates = self.signatures.iter_mut().flatten();
        candidates
            .flat_map(|candidate| &mut candidate.messages)
            .for_each(|message| message.update(piece));
    }

    /// The name of an algorithm that has to hold the whole payload, when there is one.
    pub(super) fn holds_whole(&self) -> Option<&'static str> {
        let holds = |candidate: &&Candidate| candidate.messages.iter().any(Message::is_whole);
        let mut candidates = self.signatures.iter().flatten();
        candidates.find(holds).map(|holds| holds.algorithm.name)
    }

    /// The signatures that verify, at least one unless there are failures: those of the headers when no signature is
    /// accepted without them.
    ///
    /// # Errors
    /// Of the signatures that do not verify the one that got furthest, when one that does is not enough.
    pub(super) fn finish(self) -> Result<(Vec<VerifiedSignature>, Vec<Failure>)> {
        let (mut verified, mut errors, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        for (index, candidate) in self.signatures.into_iter().enumerate() {
            match candidate.and_then(|candidate| candidate.finish(index)) {
                Ok((one, None)) => verified.push(one),
                Ok((_, Some(failure))) => failures.push(failure),
                Err(error) => errors.push(error),
            }
        }
        if !verified.is_empty() && !self.require_all {
            failures.clear();
        } else if (self.require_all || failures.is_empty())
            && let Some(error) = most_specific_error(errors)
        {
            return Err(error);
        }
        Ok((verified, failures))
    }
}

impl<'k> Candidate<'k> {
    fn new(
        one: UnverifiedSignature,
        keys: &'k KeySet,
        policy: &VerifyPolicy,
    ) -> Result<Candidate<'k>> {
        let header = &one.header;
        let algorithm = allowed_algorithm(header, policy)?;
        let failure = typ_failure(header, policy);
        let keys = match keys.for_verifying(algorithm, header.text_of("kid"), policy) {
            Ok(keys) => keys,
            Err(error) => return Err(refused(failure, error)),
        };
        let ready = |key: &'k Key| Some((key, Verifier::new(key, algorithm).ok()?));
        let keys: Vec<_> = keys.into_iter().filter_map(ready).collect();
        let kinds = if algorithm.is_symmetric() {
            keys.len()
        } else {
            1
        };
        let mut messages: Vec<_> = (keys.iter().take(kinds))
            .map(|(_, key)| key.begin())
            .collect();
        for message in &mut messages {
            message.update(header.text().as_bytes());
            message.update(b".");
        }
        Ok(Candidate {
            algorithm,
            failure,
            keys,
            messages,
            one,
        })
    }

    fn finish(mut self, index: usize) -> Result<(VerifiedSignature, Option<Failure>)> {
        let signature = &self.one.signature;
        let mut messages = self.messages.iter().cycle();
        let signed_by = (self.keys.iter_mut()).find_map(|(key, ready)| {
            let message = messages.next()?;
            ready.finish(message, signature).then_some(*key)
        });
        let Some(key) = signed_by else {
            return Err(refused(self.failure, Error::SignatureInvalid));
        };
        let verified = VerifiedSignature {
            index,
            kid: key.kid.clone(),
            thumbprint: match key.is_secret() {
                true => None,
                false => Some(key.thumbprint(ThumbprintHash::Sha256)?),
            },
            algorithm: self.algorithm.name,
            header: self.one.header,
        };
        Ok((verified, self.failure))
    }
}

/// A header that the policy refuses comes before the key and the signature.
fn refused(failure: Option<Failure>, error: Error) -> Error {
    failure.map_or(error, |failure| Error::ClaimsRejected(vec![failure]))
}

/// Of several signatures that all fail: the one that got furthest says most.
fn most_specific_error(errors: Vec<Error>) -> Option<Error> {
    errors.into_iter().max_by_key(|error| match error {
        Error::SignatureInvalid => 3,
        Error::ClaimsRejected(_) => 2,
        Error::NoKey(_) => 1,
        _ => 0,
    })
}

pub(crate) fn allowed_algorithm(
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

pub(crate) fn typ_failure(header: &Header, policy: &VerifyPolicy) -> Option<Failure> {
    let wanted = policy.typ.as_deref()?;
    let got = header.protected_text_of("typ");
    if got.is_some_and(|got| same_media_type(got, wanted)) {
        return None;
    }
    Some(Failure {
        code: Code::NotAllowed,
        name: "typ".into(),
        expected: Value::from(wanted).to_string(),
        actual: got.map(|got| Value::from(got).to_string()),
        seconds_off: None,
    })
}
