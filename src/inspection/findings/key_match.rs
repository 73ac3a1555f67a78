//! Reports which keys and secrets match a token. A match is not a verification as in [`UnverifiedToken::verify`]: whether
//! the key is allowed to verify the token is not checked.
//!
//! [`UnverifiedToken::verify`]: crate::crypto::UnverifiedToken::verify

use crate::crypto::alg::{Hash, Signature, SignatureScheme};
use crate::crypto::backend::{self, PssSalt};
use crate::crypto::hmac::Hmac;
use crate::crypto::key::{Key, ThumbprintHash};
use crate::crypto::keyset::KeySet;
use crate::inspection::parse::{Family, Serialization, Token};

/// The maximum number of keys that are tried on one token.
const MAX_TRIED: usize = 64;

/// The signing input of a compact token, its signature and its algorithm.
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
            algorithm: Signature::from_name(head.text("alg")?)?,
        })
    }
}

/// Returns the keys that match the signature, even if the token has another kid or the key is not allowed to verify it.
pub fn matching_keys<'a>(token: &Token, keys: &'a KeySet) -> Vec<&'a Key> {
    let Some(signed) = Signed::new(token) else {
        return Vec::new();
    };
    let fitting = keys
        .keys()
        .iter()
        .map(AsRef::as_ref)
        .filter(|key| signed.algorithm.is_suitable_for(key.key_type()))
        .take(MAX_TRIED);
    let has_signed = |key: &&Key| {
        backend::verify_signature(key, signed.algorithm, signed.input, signed.signature)
    };
    fitting.filter(has_signed).collect()
}

/// Returns the key that matches an RSASSA-PSS signature with a salt that is not as long as the hash, and the salt. Verifiers
/// refuse such a signature.
pub fn pss_signer<'a>(token: &Token, keys: &'a KeySet) -> Option<(&'a Key, PssSalt)> {
    let signed = Signed::new(token)?;
    let fitting = keys
        .keys()
        .iter()
        .map(AsRef::as_ref)
        .filter(|key| signed.algorithm.is_suitable_for(key.key_type()))
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
    /// It is signed with the key in `cnf.jwk`. That does not authenticate the issuer.
    Valid,
    /// It is not signed with that key.
    Invalid,
    /// The issuer's JWT has no such key, or the key cannot be read.
    NoKey,
}

/// Verifies the key binding JWT of an SD-JWT with the key in `cnf.jwk` of the issuer's JWT (RFC 9901 §4.1.2). Returns `None`
/// without a key binding JWT.
pub fn key_binding_status(token: &Token) -> Option<KeyBinding> {
    let binding = token.sd.as_ref()?.key_binding.as_ref()?;
    let jwk = token.claims().and_then(|claims| claims.get("cnf")?.get("jwk")?.as_object());
    let key = jwk.and_then(|jwk| Key::from_untrusted_jwk(jwk.clone()).ok());
    let Some(keys) = key.and_then(|key| KeySet::new(vec![key]).ok()) else {
        return Some(KeyBinding::NoKey);
    };
    Some(if matching_keys(binding, &keys).is_empty() {
        KeyBinding::Invalid
    } else {
        KeyBinding::Valid
    })
}

/// Returns how reports name a key: by its kid or its thumbprint.
pub fn key_name(key: &Key) -> String {
    match (&key.kid, key.is_secret()) {
        (Some(kid), _) => kid.clone(),
        (None, true) => "the shared secret".into(),
        (None, false) => {
            key.thumbprint(ThumbprintHash::Sha256).unwrap_or_else(|_| "without a kid".into())
        }
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
            SignatureScheme::Hmac(hash) if signed.signature.len() == hash.byte_len() => {
                Some(HmacGuess { signed, hash })
            }
            _ => None,
        }
    }

    /// Whether the MAC was made with these bytes. The secret may be too short, because weak secrets are searched for.
    pub fn matches(&self, secret: &[u8]) -> bool {
        Hmac::new(self.hash, secret).is_some_and(|secret| self.matches_key(&secret))
    }

    /// Returns how many bytes a secret must have (RFC 7518 §3.2).
    pub fn minimum_len(&self) -> usize {
        self.hash.byte_len()
    }

    /// Returns the hash function of the MAC.
    pub(super) fn hash(&self) -> Hash {
        self.hash
    }

    /// As [`HmacGuess::matches`], with a precomputed keyed hash state.
    pub(super) fn matches_key(&self, secret: &Hmac) -> bool {
        secret.tag(&[self.signed.input]) == self.signed.signature
    }
}
