//! Verification (RFC 7515 §5.2, RFC 7519 §7.2): one verifier for every serialization, for attached and detached payloads,
//! and for any number of tokens.
//!
//! The order is: serialization, header, key, signature, claims. [`Verifier::verify`] verifies a token that contains its
//! payload. [`Verifier::begin`] is for a detached payload, which is hashed once for all signatures while it is read. A verifier
//! caches the keys that it has prepared for a header, so that they are prepared once for a stream of tokens.

use std::sync::Arc;

use crate::crypto::alg::{Signature, SignatureScheme};
use crate::crypto::backend::{self, Message};
use crate::crypto::error::{Error, Failure, Quoted, Result};
use crate::crypto::json::Members;
use crate::crypto::jws::detached::Payload;
use crate::crypto::jwt::claims::TokenRules;
use crate::crypto::jwt::linked;
use crate::crypto::key::Key;
use crate::crypto::keyset::{KeySet, MAX_TRIES};
use crate::crypto::policy::{VerifyPolicy, check_format, not_listed};
use crate::crypto::token::header::Header;
use crate::crypto::token::{
    KeyIdentity, UnverifiedJws, UnverifiedSignature, UnverifiedToken, VerifiedSignature,
    VerifiedToken,
};

/// The largest number of headers that a verifier caches.
const MAX_PREPARED: usize = 64;

/// Verifies tokens with one set of keys and one policy.
pub struct Verifier<'k> {
    keys: &'k KeySet,
    policy: VerifyPolicy,
    prepared: Vec<Prepared<'k>>,
}

/// A header that the policy allows, and the keys that its signatures can be verified with.
struct Prepared<'k> {
    header: Arc<Header>,
    algorithm: &'static Signature,
    /// Set if the header is not accepted. It is reported instead of an error about the key or the signature.
    failure: Option<Failure>,
    keys: Vec<PreparedKey<'k>>,
}

/// A key that is prepared for verification.
struct PreparedKey<'k> {
    key: &'k Key,
    verifier: backend::VerifyingKey,
    /// Set when the first signature has been verified with the key.
    identity: Option<Arc<KeyIdentity>>,
}

impl<'k> PreparedKey<'k> {
    /// Prepares the key for the algorithm; `None` if the algorithm does not fit it.
    fn new(key: &'k Key, algorithm: &Signature) -> Option<PreparedKey<'k>> {
        Some(PreparedKey {
            key,
            verifier: backend::VerifyingKey::new(key, algorithm).ok()?,
            identity: None,
        })
    }

    fn identity(&mut self) -> Result<Arc<KeyIdentity>> {
        if let Some(identity) = &self.identity {
            return Ok(identity.clone());
        }
        let identity = Arc::new(KeyIdentity::new(self.key)?);
        Ok(self.identity.insert(identity).clone())
    }
}

impl<'k> Verifier<'k> {
    /// Returns a verifier.
    pub fn new(keys: &'k KeySet, policy: VerifyPolicy) -> Verifier<'k> {
        Verifier {
            keys,
            policy,
            prepared: Vec::new(),
        }
    }

    /// Sets the time, in Unix seconds. Prepared keys are discarded, since keys become valid and expire.
    pub fn set_time(&mut self, now: i64) {
        if now != self.policy.now {
            self.policy.now = now;
            self.prepared.clear();
        }
    }

    /// Verifies the signatures of a token, then its claims if the policy has rules for them.
    ///
    /// # Errors
    /// Any [`Error`] about a token.
    pub fn verify(&mut self, token: UnverifiedToken) -> Result<VerifiedToken> {
        self.verify_processed(token, |payload| Ok((payload, Vec::new())))
    }

    /// Returns the time, in Unix seconds.
    pub(crate) fn time(&self) -> i64 {
        self.policy.now
    }

    /// Returns the rules for tokens with one purpose, if any.
    pub(crate) fn token_rules(&self) -> Option<&'static dyn TokenRules> {
        self.policy.token_rules()
    }

    /// Verifies a token whose claims are the result of `process` on the payload. `process` is called after the signature has
    /// been verified. It also returns the failures that it found.
    pub(crate) fn verify_processed(
        &mut self,
        token: UnverifiedToken,
        process: impl FnOnce(Vec<u8>) -> Result<(Vec<u8>, Vec<Failure>)>,
    ) -> Result<VerifiedToken> {
        let UnverifiedToken::Jws(jws) = token else {
            return Err(Error::Encrypted);
        };
        self.check_token(&jws)?;
        let Some(payload) = &jws.encoded else {
            return Err(Error::PayloadNeeded);
        };
        let mut tries = self.max_tries(&jws);
        let mut outcome = Outcome {
            verified: Vec::with_capacity(1),
            ..Outcome::default()
        };
        for (index, UnverifiedSignature { header, signature }) in jws.signatures.iter().enumerate()
        {
            let input = [header.text().as_bytes(), b".", payload];
            let candidate = self.prepare_candidate(header, &mut tries);
            let verified = candidate.and_then(|candidate| {
                let prepared = &mut self.prepared[candidate.prepared];
                prepared.verify(index, candidate.keys, |_, key| {
                    key.verify(&input, signature)
                })
            });
            outcome.add_result(verified);
        }
        let (signatures, mut failures) = outcome.into_signatures(self.policy.require_all)?;
        let (payload, own_failures) = process(jws.payload)?;
        failures.extend(own_failures);
        let mut is_compact = false;
        if let Some(rules) = &self.policy.claims {
            let claims = Members::parse(&payload)
                .map_err(|fault| Error::Malformed(format!("the payload {fault}")))?;
            is_compact = claims.is_compact();
            failures.extend(rules.check(&claims, self.policy.now));
            if let Some(signature) = signatures.first() {
                failures.extend(rules.check_hashes(&claims, signature.algorithm));
            }
        }
        if !failures.is_empty() {
            failures.sort_by_key(|failure| failure.code);
            return Err(Error::ClaimsRejected(failures));
        }
        Ok(VerifiedToken {
            signatures,
            payload,
            has_claims: self.policy.claims.is_some(),
            is_compact,
        })
    }

    /// Begins the verification of a token with a detached payload (RFC 7515 appendix F). Claims are not checked.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] if the token has a payload or is encrypted; otherwise as [`Verifier::verify`].
    pub fn begin(&mut self, token: UnverifiedToken) -> Result<Verification<'_, 'k>> {
        // This only checks that no payload is attached. The detached payload is read later.
        let UnverifiedToken::Jws(jws) = token.with_payload(Vec::new())? else {
            return Err(Error::Encrypted);
        };
        self.check_token(&jws)?;
        let mut tries = self.max_tries(&jws);
        let (mut inputs, mut front) = (Vec::new(), 0);
        let mut candidates = Vec::with_capacity(jws.signatures.len());
        for UnverifiedSignature { header, signature } in &jws.signatures {
            front = front.max(header.text().len() + 1);
            let candidate = self.prepare_candidate(header, &mut tries);
            candidates.push(candidate.map(|candidate| {
                let row = &self.prepared[candidate.prepared];
                let name = row.algorithm.name;
                let keys = row.keys[..candidate.keys].iter();
                let inputs = keys.map(|own| {
                    SigningInput::find_or_begin(&mut inputs, header, &own.verifier, name)
                });
                DetachedSignature {
                    prepared: candidate.prepared,
                    inputs: inputs.collect(),
                    signature: signature.clone(),
                }
            }));
        }
        let whole = inputs.iter().find(|input| input.message.is_whole());
        Ok(Verification {
            payload: Payload::new(jws.is_unencoded(), whole.map(|input| input.algorithm)),
            whole: whole.map(|_| vec![0; front]),
            front,
            inputs,
            candidates,
            require_all: self.policy.require_all,
            prepared: &mut self.prepared,
        })
    }

    /// Checks the rules for the entire token, and frees cache entries for its headers.
    fn check_token(&mut self, jws: &UnverifiedJws) -> Result<()> {
        check_format(jws.format, &self.policy.formats)?;
        if self.policy.claims.is_some() && jws.signatures.iter().any(|one| one.header.has_b64()) {
            return Err(Error::NotAllowed(
                "the header parameter b64 does not belong in a JWT".into(),
            ));
        }
        // A header that is not in the header cache cannot occur again.
        self.prepared.retain(|prepared| Arc::strong_count(&prepared.header) > 1);
        if self.prepared.len() + jws.signatures.len() > MAX_PREPARED {
            self.prepared.clear();
        }
        Ok(())
    }

    /// Returns how many keys may be tried for a token. If every signature must verify, one more is allowed for each of them.
    fn max_tries(&self, jws: &UnverifiedJws) -> usize {
        if self.policy.require_all {
            MAX_TRIES + jws.signatures.len()
        } else {
            MAX_TRIES
        }
    }

    /// Prepares a header, unless it is cached. Subtracts the number of keys to try from the remaining `tries`.
    fn prepare_candidate(&mut self, header: &Arc<Header>, tries: &mut usize) -> Result<Candidate> {
        let is_same = |prepared: &Prepared| Arc::ptr_eq(&prepared.header, header);
        let prepared = match self.prepared.iter().position(is_same) {
            Some(place) => place,
            None => {
                let prepared = Prepared::new(header, self.keys, &self.policy)?;
                self.prepared.push(prepared);
                self.prepared.len() - 1
            }
        };
        let keys = self.prepared[prepared].keys.len().min(*tries);
        *tries -= keys;
        Ok(Candidate { prepared, keys })
    }
}

/// A signature that may verify.
struct Candidate {
    /// The place of its prepared header.
    prepared: usize,
    /// The number of keys that are tried.
    keys: usize,
}

impl<'k> Prepared<'k> {
    /// Checks a header and prepares the keys for its signatures.
    fn new(header: &Arc<Header>, keys: &'k KeySet, policy: &VerifyPolicy) -> Result<Prepared<'k>> {
        let algorithm = allowed_algorithm(header, policy)?;
        let rules = policy.token_rules();
        let is_protected = header.protected_text_of("typ").is_some();
        let failure = policy
            .types
            .type_failure(header.text_of("typ"), is_protected)
            .or_else(|| rules.and_then(|rules| rules.header_failure(header.protected())))
            .or_else(|| linked::certificate_failure(header.protected()));
        let found = keys.for_verifying(algorithm, header.text_of("kid"), policy);
        let found = found.map_err(|error| prefer_header_error(failure.clone(), error))?;
        let keys = found.into_iter();
        Ok(Prepared {
            header: header.clone(),
            algorithm,
            failure,
            keys: keys.filter_map(|key| PreparedKey::new(key, algorithm)).collect(),
        })
    }

    /// Returns the signature, verified by the first key for which `is_verified` returns true, and the failure of its header.
    fn verify(
        &mut self,
        index: usize,
        keys: usize,
        mut is_verified: impl FnMut(usize, &mut backend::VerifyingKey) -> bool,
    ) -> Result<(VerifiedSignature, Option<Failure>)> {
        let mut keys = self.keys[..keys].iter_mut().enumerate();
        let signed_by =
            keys.find_map(|(place, key)| is_verified(place, &mut key.verifier).then_some(key));
        let Some(key) = signed_by else {
            return Err(prefer_header_error(
                self.failure.clone(),
                Error::SignatureInvalid,
            ));
        };
        let verified = VerifiedSignature {
            index,
            key: key.identity()?,
            algorithm: self.algorithm.name,
            header: self.header.clone(),
        };
        Ok((verified, self.failure.clone()))
    }
}

/// The results for the signatures of a token.
#[derive(Default)]
struct Outcome {
    verified: Vec<VerifiedSignature>,
    /// The failures of signatures that verify but whose header is not accepted.
    failures: Vec<Failure>,
    errors: Vec<Error>,
}

impl Outcome {
    fn add_result(&mut self, result: Result<(VerifiedSignature, Option<Failure>)>) {
        match result {
            Ok((one, None)) => self.verified.push(one),
            Ok((_, Some(failure))) => self.failures.push(failure),
            Err(error) => self.errors.push(error),
        }
    }

    /// Returns the accepted signatures, or the failures of the headers if no signature, or not every required one, is accepted.
    fn into_signatures(
        mut self,
        require_all: bool,
    ) -> Result<(Vec<VerifiedSignature>, Vec<Failure>)> {
        if !self.verified.is_empty() && !require_all {
            self.failures.clear();
        } else if (require_all || self.failures.is_empty())
            && let Some(error) = most_specific_error(self.errors)
        {
            return Err(error);
        }
        Ok((self.verified, self.failures))
    }
}

/// The verification of one token while its detached payload is read.
pub struct Verification<'v, 'k> {
    prepared: &'v mut Vec<Prepared<'k>>,
    candidates: Vec<Result<DetachedSignature>>,
    /// The distinct signing inputs, which are hashed while the payload is read.
    inputs: Vec<SigningInput>,
    /// The payload after `front` bytes, for algorithms that need the signing input in one piece. The header of each signature
    /// is written in front of the payload.
    whole: Option<Vec<u8>>,
    front: usize,
    payload: Payload,
    require_all: bool,
}

/// A signature over a detached payload that may verify.
struct DetachedSignature {
    /// The place of its prepared header.
    prepared: usize,
    /// The index of the signing input for each key that is tried.
    inputs: Vec<usize>,
    signature: Vec<u8>,
}

/// The signing input of one or several signatures (RFC 7515 §5.1 step 8).
struct SigningInput {
    header: Arc<Header>,
    message: Message,
    algorithm: &'static str,
}

impl SigningInput {
    /// Returns the index of the signing input for this header and key.
    fn find_or_begin(
        inputs: &mut Vec<SigningInput>,
        header: &Arc<Header>,
        key: &backend::VerifyingKey,
        algorithm: &'static str,
    ) -> usize {
        let is_same = |input: &SigningInput| {
            key.shares_message(&input.message)
                && (input.message.is_whole() || input.header.text() == header.text())
        };
        if let Some(place) = inputs.iter().position(is_same) {
            return place;
        }
        let mut message = key.begin();
        if !message.is_whole() {
            message.update(header.text().as_bytes());
            message.update(b".");
        }
        inputs.push(SigningInput {
            header: header.clone(),
            message,
            algorithm,
        });
        inputs.len() - 1
    }
}

impl Verification<'_, '_> {
    /// Reads the next piece of the payload.
    ///
    /// # Errors
    /// [`Error::PayloadTooLong`] if an algorithm needs the payload in one piece and it is longer than [`super::MAX_WHOLE`].
    pub fn update(&mut self, piece: &[u8]) -> Result<()> {
        let mut payload = std::mem::take(&mut self.payload);
        payload.next(piece).map(|text| self.update_encoded(text))?;
        self.payload = payload;
        Ok(())
    }

    /// Reads the next piece of the payload in its form in the signing input.
    fn update_encoded(&mut self, text: &[u8]) {
        let hashed = self.inputs.iter_mut().filter(|input| !input.message.is_whole());
        hashed.for_each(|input| input.message.update(text));
        if let Some(whole) = &mut self.whole {
            whole.extend_from_slice(text);
        }
    }

    /// Returns the verified token after its payload has been read. It contains no payload and no claims.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn finish(mut self) -> Result<VerifiedToken> {
        let rest = std::mem::take(&mut self.payload).into_bytes();
        self.update_encoded(&rest);
        let mut outcome = Outcome::default();
        let (inputs, front) = (&self.inputs, self.front);
        for (index, candidate) in self.candidates.into_iter().enumerate() {
            outcome.add_result(candidate.and_then(|candidate| {
                let prepared = &mut self.prepared[candidate.prepared];
                let header = prepared.header.clone();
                prepared.verify(index, candidate.inputs.len(), |place, key| {
                    let message = &inputs[candidate.inputs[place]].message;
                    match &mut self.whole {
                        Some(whole) if message.is_whole() => {
                            let header = header.text().as_bytes();
                            let dot = front - 1;
                            let start = dot - header.len();
                            whole[start..dot].copy_from_slice(header);
                            whole[dot] = b'.';
                            key.verify(&[&whole[start..]], &candidate.signature)
                        }
                        _ => key.finish(message, &candidate.signature),
                    }
                })
            }));
        }
        let (signatures, failures) = outcome.into_signatures(self.require_all)?;
        if !failures.is_empty() {
            return Err(Error::ClaimsRejected(failures));
        }
        Ok(VerifiedToken {
            signatures,
            payload: Vec::new(),
            has_claims: false,
            is_compact: false,
        })
    }
}

/// Returns the error to report. A header that the policy rejects has priority over errors about the key and the signature.
fn prefer_header_error(failure: Option<Failure>, error: Error) -> Error {
    failure.map_or(error, |failure| Error::ClaimsRejected(vec![failure]))
}

/// Returns the error of the signature that came closest to being accepted.
fn most_specific_error(errors: Vec<Error>) -> Option<Error> {
    errors.into_iter().max_by_key(|error| match error {
        Error::SignatureInvalid => 3,
        Error::ClaimsRejected(_) => 2,
        Error::NoKey(_) => 1,
        _ => 0,
    })
}

/// Returns the algorithm that the header names, if the policy allows it.
fn allowed_algorithm(header: &Header, policy: &VerifyPolicy) -> Result<&'static Signature> {
    let name = header.alg()?;
    // If the caller names the algorithm, `alg` does not need to be protected.
    if header.protected_text_of("alg").is_none() && policy.algorithms.is_empty() {
        return Err(Error::Malformed("the protected header has no alg".into()));
    }
    let Some(algorithm) = Signature::from_name(name) else {
        return Err(Error::NotAllowed(if name.eq_ignore_ascii_case("none") {
            format!("the token is unsecured: its alg is {name}")
        } else {
            format!("the algorithm {} is not known", Quoted(name))
        }));
    };
    // EdDSA is the older name of Ed25519 and Ed448. The key decides which of them is meant.
    let is_listed = |row: &&'static Signature| {
        let both = [*row, algorithm];
        *row == algorithm
            || both.iter().all(|row| row.is_eddsa())
                && both.iter().any(|row| row.scheme == SignatureScheme::EdDsa)
    };
    if policy.algorithms.is_empty() || policy.algorithms.iter().any(is_listed) {
        return Ok(algorithm);
    }
    Err(not_listed(
        name,
        policy.algorithms.iter().map(|row| row.name),
    ))
}

impl UnverifiedToken<'_> {
    /// Verifies the token with the keys and the policy, as [`Verifier::verify`] does.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn verify(self, keys: &KeySet, policy: &VerifyPolicy) -> Result<VerifiedToken> {
        Verifier::new(keys, policy.clone()).verify(self)
    }
}
