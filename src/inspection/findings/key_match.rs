//! Trying keys and secrets on a token, to report which ones match. It proves nothing that [`UnverifiedToken::verify`]
//! would not: whether a key may be used is not asked here.
//!
//! [`UnverifiedToken::verify`]: crate::crypto::UnverifiedToken::verify

use crate::crypto::alg::{Hash, Signature, SignatureScheme};
use crate::crypto::backend::{self, PssSalt};
use crate::crypto::hmac::Hmac;
use crate::crypto::key::{Key, ThumbprintHash};
use crate::crypto::keyset::KeySet;
use crate::inspection::parse::{Family, Serialization, Token};

/// The most keys that are tried on one token.
const MAX_TRIED: usize = 64;

/// What a compact token's signature is over, and what it is.
struct Signed<'a> {
    input: &'a [u8],
    signature: &'a [u8],
    algorithm: &'static Signature,
}

impl<'a> Signed<'a> {
    fn new(token: &'a Token) -> Option<Signed<'a>> {
        let head = token.head();
        if token.family != Family::Jws || token.form != Serialization::Compact {
            return None;
        }
        let tail = head.tail.as_ref()?;
        Some(Signed {
            input: token.text.as_bytes().get(..tail.start.checked_sub(1)?)?,
            signature: &tail.bytes,
            algorithm: Signature::named(head.text("alg")?)?,
        })
    }
}

/// The keys that made the signature, whatever kid the token names and whether or not they may verify it.
pub fn signers<'a>(token: &Token, keys: &'a KeySet) -> Vec<&'a Key> {
    let Some(signed) = Signed::new(token) else {
        return Vec::new();
    };
    let fitting = (keys.keys().iter().map(AsRef::as_ref))
        .filter(|key| signed.algorithm.fits(key.kind()))
        .take(MAX_TRIED);
    let has_signed =
        |key: &&Key| backend::verify(key, signed.algorithm, signed.input, signed.signature);
    fitting.filter(has_signed).collect()
}

/// The key that made an RSASSA-PSS signature whose salt is not as long as the hash, which verifiers refuse, and that salt.
pub fn pss_signer<'a>(token: &Token, keys: &'a KeySet) -> Option<(&'a Key, PssSalt)> {
    let signed = Signed::new(token)?;
    let fitting = (keys.keys().iter().map(AsRef::as_ref))
        .filter(|key| signed.algorithm.fits(key.kind()))
        .take(MAX_TRIED);
    let mut salts = fitting.filter_map(|key| {
        let salt = backend::pss_salt(key, signed.algorithm, signed.input, signed.signature)?;
        Some((key, salt))
    });
    salts.find(|(_, salt)| salt.len != salt.required)
}

/// The result of verifying the signature of a key binding JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyBinding {
    /// The key that the issuer's part confirms signed it. That does not authenticate the issuer.
    Valid,
    /// It is not.
    Invalid,
    /// The issuer's part has no such key that can be read.
    NoKey,
}

/// Holds the key binding of an SD-JWT to the key in `cnf.jwk` of the issuer's part (RFC 9901 §4.1.2); `None` without one.
pub fn binding(token: &Token) -> Option<KeyBinding> {
    let binding = token.sd.as_ref()?.key_binding.as_ref()?;
    let jwk = token
        .claims()
        .and_then(|claims| claims.get("cnf")?.get("jwk")?.as_object());
    let key = jwk.and_then(|jwk| Key::from_untrusted_jwk(jwk.clone()).ok());
    let Some(keys) = key.and_then(|key| KeySet::new(vec![key]).ok()) else {
        return Some(KeyBinding::NoKey);
    };
    Some(if signers(binding, &keys).is_empty() {
        KeyBinding::Invalid
    } else {
        KeyBinding::Valid
    })
}

/// How a key is called: its kid, or its thumbprint.
pub fn key_name(key: &Key) -> String {
    match (&key.kid, key.is_secret()) {
        (Some(kid), _) => kid.clone(),
        (None, true) => "the shared secret".into(),
        (None, false) => key
            .thumbprint(ThumbprintHash::Sha256)
            .unwrap_or_else(|_| "without a kid".into()),
    }
}

/// A check of secrets against one signed token.
pub struct HmacGuess<'a> {
    signed: Signed<'a>,
    hash: Hash,
}

impl<'a> HmacGuess<'a> {
    /// Returns the check for a compact token; `None` if its signature is not an HMAC of the length that its algorithm has.
    pub fn new(token: &'a Token) -> Option<HmacGuess<'a>> {
        let signed = Signed::new(token)?;
        match signed.algorithm.scheme {
            SignatureScheme::Hmac(hash) if signed.signature.len() == hash.bytes() => {
                Some(HmacGuess { signed, hash })
            }
            _ => None,
        }
    }

    /// Whether the token is MACed with these bytes. The rules for secrets are not asked: a bad one is what is looked for.
    pub fn matches(&self, secret: &[u8]) -> bool {
        Hmac::new(self.hash, secret).is_some_and(|secret| self.matches_key(&secret))
    }

    /// Returns how many bytes a secret must have (RFC 7518 §3.2).
    pub fn minimum_len(&self) -> usize {
        self.hash.bytes()
    }

    /// The hash of the MAC.
    pub(super) fn hash(&self) -> Hash {
        self.hash
    }

    /// As [`HmacGuess::matches`], with a secret that the hash has taken in already.
    pub(super) fn matches_key(&self, secret: &Hmac) -> bool {
        secret.tag(&[self.signed.input]) == self.signed.signature
    }
}
