//! Many tokens with the same keys: what does not change from token to token is done once.
//!
//! The answers are those of [`jws::sign`] and [`UnverifiedToken::verify`]. A stream of tokens repeats its headers byte for
//! byte, so a header is read, judged and given its keys when it is first seen; and a claims set that breaks no rule is
//! never built. Whatever is out of the ordinary goes the ordinary way.

use memchr::{memchr, memrchr};

use super::alg::Signature;
use super::backend;
use super::base64url;
use super::error::{Error, Result};
use super::json::{self, Object};
use super::jws;
use super::key::Key;
use super::keyset::KeySet;
use super::policy::{VerifyPolicy, check_format};
use super::token::header::Header;
use super::token::{Format, UnverifiedToken, VerifiedToken};

/// How many headers are remembered.
const MAX_HEADERS: usize = 64;

/// Signs many payloads with one key and one header.
pub struct Signer {
    /// The protected header and the dot behind it.
    start: Vec<u8>,
    key: backend::Signer,
}

impl Signer {
    /// As for [`jws::sign`].
    ///
    /// # Errors
    /// As [`jws::sign`].
    pub fn new(signer: &jws::Signer) -> Result<Signer> {
        let mut start = jws::protected(signer, false)?.into_bytes();
        start.push(b'.');
        Ok(Signer {
            start,
            key: backend::Signer::new(signer.key, signer.algorithm)?,
        })
    }

    /// Puts the token behind what is in the buffer.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn sign(&self, payload: &[u8], buffer: &mut Vec<u8>) -> Result<()> {
        let begin = buffer.len();
        buffer.extend_from_slice(&self.start);
        base64url::encode_to(payload, buffer);
        let signature = self.key.sign(&buffer[begin..])?;
        buffer.push(b'.');
        base64url::encode_to(&signature, buffer);
        Ok(())
    }
}

/// Verifies many tokens with one set of keys and one policy.
pub struct Verifier<'k> {
    keys: &'k KeySet,
    policy: VerifyPolicy,
    max_len: usize,
    headers: Vec<Seen<'k>>,
    payload: Vec<u8>,
    signature: Vec<u8>,
    /// The last token that went the ordinary way.
    other: Option<VerifiedToken>,
}

/// A header that has been judged, and the keys that it may be verified with.
struct Seen<'k> {
    text: Vec<u8>,
    algorithm: &'static Signature,
    keys: Vec<(&'k Key, backend::Verifier)>,
}

/// What is said about a token that has been verified.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a> {
    /// The name of the algorithm that verified.
    pub algorithm: &'static str,
    /// The kid of the key that verified.
    pub kid: Option<&'a str>,
    /// The payload, byte for byte as signed.
    pub payload: &'a [u8],
}

impl<'k> Verifier<'k> {
    /// A verifier of tokens of at most `max_len` bytes.
    pub fn new(keys: &'k KeySet, policy: VerifyPolicy, max_len: usize) -> Verifier<'k> {
        Verifier {
            keys,
            policy,
            max_len,
            headers: Vec::new(),
            payload: Vec::new(),
            signature: Vec::new(),
            other: None,
        }
    }

    /// Verifies a token at `now` (Unix seconds).
    ///
    /// # Errors
    /// As [`UnverifiedToken::verify`].
    pub fn verify(&mut self, token: &[u8], now: i64) -> Result<Verified<'_>> {
        if now != self.policy.now {
            // Keys come into service and expire.
            self.headers.clear();
            self.policy.now = now;
        }
        if let Some((index, input)) = self.take_apart(token) {
            let (algorithm, key) = self.check(index, input)?;
            return Ok(Verified {
                algorithm: algorithm.name,
                kid: key.kid.as_deref(),
                payload: &self.payload,
            });
        }
        let token = UnverifiedToken::parse(token, self.max_len)?;
        let verified = self.other.insert(token.verify(self.keys, &self.policy)?);
        Ok(Verified {
            algorithm: verified.signatures()[0].algorithm,
            kid: verified.signatures()[0].kid.as_deref(),
            payload: verified.payload(),
        })
    }

    /// Decodes payload and signature, and gives the header's place and the signing input; `None` for a token that is out
    /// of the ordinary, well-formed or not.
    fn take_apart<'t>(&mut self, token: &'t [u8]) -> Option<(usize, &'t [u8])> {
        if token.len() > self.max_len {
            return None;
        }
        let header_end = memchr(b'.', token)?;
        let input_end = memrchr(b'.', token)?;
        let payload = token.get(header_end + 1..input_end)?;
        let decoded = base64url::decode_to(payload, &mut self.payload)
            && base64url::decode_to(&token[input_end + 1..], &mut self.signature);
        if !decoded {
            return None;
        }
        let header = &token[..header_end];
        let seen = self.headers.iter().position(|seen| seen.text == header);
        let index = seen.or_else(|| self.judge(header))?;
        Some((index, &token[..input_end]))
    }

    /// Remembers a header that nothing is wrong with.
    fn judge(&mut self, text: &[u8]) -> Option<usize> {
        check_format(Format::Compact, &self.policy.formats).ok()?;
        let text = str::from_utf8(text).ok()?;
        let header = Header::parse(Some(text), Object::new(), &[]).ok()?;
        let algorithm = jws::allowed_algorithm(&header, &self.policy).ok()?;
        if header.member("crit").is_some() || jws::typ_failure(&header, &self.policy).is_some() {
            return None;
        }
        let kid = header.text_of("kid");
        let found = self.keys.for_verifying(algorithm, kid, &self.policy).ok()?;
        let ready = |key: &'k Key| Some((key, backend::Verifier::new(key, algorithm).ok()?));
        let keys = found.into_iter().map(ready).collect::<Option<Vec<_>>>()?;
        if self.headers.len() == MAX_HEADERS {
            self.headers.swap_remove(0);
        }
        self.headers.push(Seen {
            text: text.into(),
            algorithm,
            keys,
        });
        Some(self.headers.len() - 1)
    }

    fn check(&mut self, index: usize, input: &[u8]) -> Result<(&'static Signature, &'k Key)> {
        let seen = &mut self.headers[index];
        let signature = &self.signature;
        let mut keys = seen.keys.iter_mut();
        let signed_by =
            keys.find_map(|(key, ready)| ready.verify(input, signature).then_some(*key));
        let key = signed_by.ok_or(Error::SignatureInvalid)?;
        if let Some(rules) = &self.policy.claims
            && !rules.surely_pass(&self.payload, self.policy.now)
        {
            let claims = json::parse_object(&self.payload)
                .map_err(|fault| Error::Malformed(format!("the payload {fault}")))?;
            let failures = rules.check(&claims, self.policy.now);
            if !failures.is_empty() {
                return Err(Error::ClaimsRejected(failures));
            }
        }
        Ok((seen.algorithm, key))
    }
}
