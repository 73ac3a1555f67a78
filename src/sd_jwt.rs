//! Selective disclosure (RFC 9901): the issuer replaces claims by digests, the holder presents some of the disclosures, and
//! the verifier restores the disclosed claims.
//!
//! [`SignedToken::parse`] detects an SD-JWT. Only [`UnverifiedSdJwt::verify`] returns a verified payload. It checks the
//! signature of the issuer first, then the structure, the key binding and the claims.

mod issue;
mod key_binding;
mod path;
mod presentation;
mod processed;

use std::borrow::Cow;

use serde_json::Value;

use crate::crypto::alg::Hash;
use crate::crypto::backend::digest;
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{Members, Object};
use crate::crypto::jws::Verifier;
use crate::crypto::token::header::Header;
use crate::crypto::token::{HeaderCache, UnverifiedToken, VerifiedToken};

pub use issue::{IssueOptions, check_hidden_claims, issue, visible_claims};
pub use key_binding::{KeyBindingRules, key_binding_claims, key_binding_key};
pub use path::{Path, Step};
pub use presentation::{Selection, issuer_token, serialize};
pub use processed::{Place, Processed, WRONGLY_DISCLOSED, process};

/// The largest number of disclosures of an SD-JWT.
pub const MAX_DISCLOSURES: usize = 4096;
/// The hash function of an SD-JWT that names none (RFC 9901 section 4.1.1).
pub const DEFAULT_HASH: &str = "sha-256";
/// The hash functions with their names in the IANA registry "Named Information Hash Algorithm".
pub const HASHES: [(&str, Hash); 3] = [
    (DEFAULT_HASH, Hash::Sha256),
    ("sha-384", Hash::Sha384),
    ("sha-512", Hash::Sha512),
];
/// The `typ` of a key binding JWT.
pub const KEY_BINDING_TYPE: &str = "kb+jwt";

/// Returns the hash function with this name.
pub fn hash_named(name: &str) -> Option<Hash> {
    let row = HASHES.iter().find(|(own, _)| *own == name);
    row.map(|(_, hash)| *hash)
}

/// Returns the encoded digest of a disclosure or a presentation (RFC 9901 section 4.2.3).
pub fn digest_text(hash: Hash, text: &[u8]) -> String {
    base64url::encode(digest(hash, &[text]))
}

/// A token with or without selective disclosure. It is not verified.
pub enum SignedToken<'t> {
    /// A token without selective disclosure, or an encrypted one.
    Plain(UnverifiedToken<'t>),
    /// An SD-JWT.
    SdJwt(UnverifiedSdJwt<'t>),
}

/// An SD-JWT, with or without key binding. It is not verified.
pub struct UnverifiedSdJwt<'t> {
    token: UnverifiedToken<'t>,
    disclosures: Vec<Cow<'t, str>>,
    key_binding: Option<Cow<'t, str>>,
    /// The input of `sd_hash`: the compact form of the JWT and the disclosures, up to and including the last `~`.
    bound: Cow<'t, [u8]>,
}

impl<'t> SignedToken<'t> {
    /// Parses a token. An SD-JWT is detected by its `~`, or by the members of its unprotected header.
    ///
    /// # Errors
    /// As [`UnverifiedToken::parse_with`]; [`Error::Malformed`] for a structure that RFC 9901 section 4 does not allow.
    pub fn parse(
        token: &'t [u8],
        max_len: usize,
        headers: &mut HeaderCache,
    ) -> Result<SignedToken<'t>> {
        if token.first() == Some(&b'{') {
            let parsed = UnverifiedToken::parse_with(token, max_len, headers)?;
            // This does not fail, because the token has been parsed as an object.
            let members = Members::parse(token)
                .map_err(|fault| Error::Malformed(format!("the token {fault}")))?;
            return SignedToken::from_json(parsed, &members);
        }
        let Some(first) = memchr::memchr(b'~', token) else {
            return UnverifiedToken::parse_with(token, max_len, headers).map(SignedToken::Plain);
        };
        if token.len() > max_len {
            return Err(Error::Malformed(format!(
                "the SD-JWT is longer than the limit of {max_len} bytes"
            )));
        }
        let text = str::from_utf8(&token[first + 1..])
            .map_err(|_| Error::Malformed("the SD-JWT is not ASCII".into()))?;
        let mut disclosures: Vec<Cow<str>> = Vec::new();
        let mut rest = text;
        while let Some((disclosure, behind)) = rest.split_once('~') {
            check_number(disclosures.len() + 1)?;
            disclosures.push(disclosure.into());
            rest = behind;
        }
        let end = token.len() - rest.len();
        UnverifiedSdJwt::new(
            UnverifiedToken::parse_with(&token[..first], max_len, headers)?,
            disclosures,
            (!rest.is_empty()).then(|| rest.into()),
            token[..end].into(),
        )
        .map(SignedToken::SdJwt)
    }

    /// Parses the JSON serialization. The disclosures and the key binding JWT are in the first unprotected header (RFC 9901
    /// section 8). In older drafts they are members of the token itself.
    fn from_json(token: UnverifiedToken<'t>, members: &Members) -> Result<SignedToken<'t>> {
        let UnverifiedToken::Jws(jws) = &token else {
            return Ok(SignedToken::Plain(token));
        };
        let malformed = |why: &str| Error::Malformed(format!("the SD-JWT {why}"));
        let is_sd_jwt = |header: &Header| {
            header.has_unprotected("disclosures") || header.has_unprotected("kb_jwt")
        };
        if jws.headers().skip(1).any(is_sd_jwt) {
            return Err(malformed("has disclosures outside of its first signature"));
        }
        let outside = ["disclosures", "kb_jwt"]
            .map(|name| Some((name.to_owned(), members.get(name)?.to_value())));
        let outside: Object = outside.into_iter().flatten().collect();
        let is_inside = is_sd_jwt(token.unverified_header());
        let first = match (is_inside, outside.is_empty()) {
            (false, true) => return Ok(SignedToken::Plain(token)),
            (true, true) => token.unverified_header().unprotected(),
            (false, false) => outside,
            (true, false) => return Err(malformed("has disclosures in two places")),
        };
        let not_texts = || malformed("has disclosures that are not an array of strings");
        let mut disclosures = Vec::new();
        match first.get("disclosures") {
            None => {}
            Some(Value::Array(items)) => {
                check_number(items.len())?;
                for item in items {
                    let text = item.as_str().ok_or_else(not_texts)?;
                    disclosures.push(Cow::Owned(text.to_owned()));
                }
            }
            Some(_) => return Err(not_texts()),
        }
        let key_binding = match first.get("kb_jwt") {
            None => None,
            Some(Value::String(text)) => Some(Cow::Owned(text.clone())),
            Some(_) => return Err(malformed("has a kb_jwt that is not a string")),
        };
        let mut bound = jws.to_compact();
        bound.push('~');
        for disclosure in &disclosures {
            bound.push_str(disclosure);
            bound.push('~');
        }
        let bound = Cow::Owned(bound.into_bytes());
        UnverifiedSdJwt::new(token, disclosures, key_binding, bound).map(SignedToken::SdJwt)
    }

    /// Adds the detached payload.
    ///
    /// # Errors
    /// As [`UnverifiedToken::with_payload`]; [`Error::NotAllowed`] for an SD-JWT.
    pub fn with_payload(self, payload: Vec<u8>) -> Result<SignedToken<'t>> {
        match self {
            SignedToken::Plain(token) => token.with_payload(payload).map(SignedToken::Plain),
            SignedToken::SdJwt(_) => Err(Error::NotAllowed(
                "an SD-JWT contains its payload, so a detached payload is not allowed".into(),
            )),
        }
    }

    /// Whether the token has a key binding JWT.
    pub fn has_key_binding(&self) -> bool {
        matches!(self, SignedToken::SdJwt(sd_jwt) if sd_jwt.key_binding.is_some())
    }

    /// Verifies the token, and its key binding if there are rules for it.
    ///
    /// # Errors
    /// As [`Verifier::verify`] or [`UnverifiedSdJwt::verify`]; [`Error::NotAllowed`] if key binding is required and the token
    /// is not an SD-JWT.
    pub fn verify(
        self,
        verifier: &mut Verifier,
        rules: Option<&KeyBindingRules>,
    ) -> Result<VerifiedToken> {
        match self {
            SignedToken::SdJwt(sd_jwt) => sd_jwt.verify(verifier, rules),
            SignedToken::Plain(_) if rules.is_some() => Err(Error::NotAllowed(
                "the token must be an SD-JWT with key binding, but is not an SD-JWT".into(),
            )),
            SignedToken::Plain(token) => verifier.verify(token),
        }
    }

    /// Returns the token of the issuer.
    pub fn token(&self) -> &UnverifiedToken<'t> {
        match self {
            SignedToken::Plain(token) => token,
            SignedToken::SdJwt(sd_jwt) => &sd_jwt.token,
        }
    }
}

fn check_number(disclosures: usize) -> Result<()> {
    if disclosures <= MAX_DISCLOSURES {
        Ok(())
    } else {
        Err(Error::Malformed(format!(
            "the SD-JWT has more disclosures than the limit of {MAX_DISCLOSURES}"
        )))
    }
}

impl<'t> UnverifiedSdJwt<'t> {
    fn new(
        token: UnverifiedToken<'t>,
        disclosures: Vec<Cow<'t, str>>,
        key_binding: Option<Cow<'t, str>>,
        bound: Cow<'t, [u8]>,
    ) -> Result<UnverifiedSdJwt<'t>> {
        if let Some(text) = &key_binding {
            // Only the form is checked here. The key binding JWT is verified if key binding is required.
            let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_base64url);
            if text.split('.').count() != 3 || !text.split('.').all(is_part) {
                return Err(Error::Malformed(
                    "the text after the last ~ of the SD-JWT is not a signed JWT; without key binding, an SD-JWT ends with ~"
                        .into(),
                ));
            }
        }
        Ok(UnverifiedSdJwt {
            token,
            disclosures,
            key_binding,
            bound,
        })
    }

    /// Returns the header of the issuer's JWT.
    pub fn unverified_header(&self) -> &Header {
        self.token.unverified_header()
    }

    /// Returns the encoded disclosures.
    pub fn disclosures(&self) -> impl Iterator<Item = &str> {
        self.disclosures.iter().map(|text| &**text)
    }

    /// Returns the payload with the disclosed claims, for the selection of disclosures by a holder. The signature is not
    /// verified.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a structure that RFC 9901 section 7.1 does not allow, [`Error::NotAllowed`] for an unknown
    /// hash function.
    pub fn process_unverified(&self) -> Result<Processed> {
        let UnverifiedToken::Jws(jws) = &self.token else {
            return Err(Error::Encrypted);
        };
        process(jws.unverified_payload(), &self.disclosures)
    }

    /// Verifies the signature of the issuer, restores the disclosed claims, verifies the key binding if there are rules for it,
    /// and checks the claims. The result contains the payload with the disclosed claims.
    ///
    /// # Errors
    /// As [`Verifier::verify`] for the JWT of the issuer; [`Error::Malformed`] for a structure that RFC 9901 section 7.1 does
    /// not allow; [`Error::NotAllowed`] if there are rules for key binding but no key binding JWT; otherwise the error of the
    /// key binding JWT.
    pub fn verify(
        self,
        verifier: &mut Verifier,
        rules: Option<&KeyBindingRules>,
    ) -> Result<VerifiedToken> {
        let now = verifier.time();
        let visible = verifier.token_rules().map_or(&[][..], |rules| rules.visible());
        let (disclosures, key_binding, bound) = (self.disclosures, self.key_binding, self.bound);
        verifier.verify_processed(self.token, |payload| {
            let processed = process(&payload, &disclosures)?;
            let mut failures = processed.wrongly_disclosed(visible);
            if let Some(rules) = rules {
                failures.extend(rules.check(&processed, key_binding.as_deref(), &bound, now)?);
            }
            let payload = Value::Object(processed.payload).to_string();
            Ok((payload.into_bytes(), failures))
        })
    }
}
