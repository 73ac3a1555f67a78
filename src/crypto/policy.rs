//! What a verifier or a decrypter allows. The token has no say in it.

use serde_json::Value;

use super::alg::{ContentEncryption, KeyManagement, Signature};
use super::error::{Code, Error, Failure, Result};
use super::jwt::claims::{ClaimRules, TokenRules};
use super::secret::SecretBytes;
use super::token::Serialization;

/// The largest token, in bytes.
pub const MAX_TOKEN: usize = 1024 * 1024;
/// How far compressed content is inflated when nothing else is said, in bytes.
pub const MAX_INFLATED: usize = 250_000;
/// The fewest PBKDF2 rounds that are accepted (RFC 7518 §4.8.1.2).
pub const MIN_P2C: u64 = 1000;
/// The most PBKDF2 rounds that an untrusted token may require: twice the usual recommendation (RFC 8725bis §3.13).
pub const MAX_P2C: u64 = 1_200_000;

/// What verifying asks of a token.
#[derive(Debug, Clone)]
pub struct VerifyPolicy {
    /// The time, in Unix seconds.
    pub now: i64,
    /// The algorithms allowed. Empty: the one that each key is bound to or fixes by its kind.
    pub algorithms: Vec<&'static Signature>,
    /// The token types that are accepted.
    pub types: TokenTypes,
    /// The rules for the claims set; `None` takes any payload, JSON or not.
    pub claims: Option<ClaimRules>,
    /// Whether every signature must verify; otherwise one is enough.
    pub require_all: bool,
    /// The serializations allowed. Empty: all.
    pub formats: Vec<Serialization>,
}

impl VerifyPolicy {
    /// Returns the policy that asks for a signature by one of the keys, at `now` (Unix seconds), and nothing else.
    pub fn of_signature(now: i64) -> VerifyPolicy {
        VerifyPolicy {
            now,
            algorithms: Vec::new(),
            types: TokenTypes::Any,
            claims: None,
            require_all: false,
            formats: Vec::new(),
        }
    }

    /// Returns the rules for tokens of one purpose, if there are some.
    pub(crate) fn token_rules(&self) -> Option<&'static dyn TokenRules> {
        self.claims.as_ref()?.token_rules
    }
}

/// The values of the header parameter `typ` that are accepted, compared as RFC 7515 §4.1.9 says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenTypes {
    /// Any, or none at all.
    Any,
    /// One of these, in the protected header.
    Required(Vec<String>),
    /// One of these, or none at all.
    Optional(Vec<String>),
}

impl TokenTypes {
    /// Returns the failure of a header whose `typ` is not accepted; a `typ` counts only in the protected header.
    pub fn failure(&self, typ: Option<&str>, is_protected: bool) -> Option<Failure> {
        let accepted = match self {
            TokenTypes::Any => return None,
            TokenTypes::Optional(_) if typ.is_none() => return None,
            TokenTypes::Required(accepted) | TokenTypes::Optional(accepted) => accepted,
        };
        let is_accepted = |typ: &str| accepted.iter().any(|own| same_media_type(typ, own));
        if is_protected && typ.is_some_and(is_accepted) {
            return None;
        }
        let quoted: Vec<String> = accepted
            .iter()
            .map(|own| Value::from(own.as_str()).to_string())
            .collect();
        let actual = typ.map(|typ| Value::from(typ).to_string());
        let expected = quoted.join(" or ");
        Some(Failure::new(Code::NotAllowed, "typ", expected, actual))
    }
}

/// The longest `info` of HPKE, in bytes.
pub const MAX_INFO: usize = 64 * 1024;

/// What decrypting allows.
#[derive(Debug, Clone)]
pub struct DecryptPolicy {
    /// The time, in Unix seconds.
    pub now: i64,
    /// The key management algorithms allowed. Empty: those that the key's kind and `alg` allow.
    pub algorithms: Vec<&'static KeyManagement>,
    /// The content encryption algorithms allowed. Empty: all.
    pub encryptions: Vec<&'static ContentEncryption>,
    /// The most PBKDF2 rounds that are done.
    pub max_p2c: u64,
    /// How many bytes compressed content may inflate to; `None` refuses it (RFC 8725 §3.6).
    pub max_inflated: Option<usize>,
    /// The serializations allowed. Empty: all.
    pub formats: Vec<Serialization>,
    /// Whether the ephemeral public key of ECDH-ES may lack leading zeros in its coordinates.
    pub lenient_epk: bool,
    /// The application's `info` of HPKE; `None` is empty, and allows other algorithms.
    pub info: Option<Vec<u8>>,
}

impl DecryptPolicy {
    /// Returns the policy with the limits for untrusted tokens, at `now` (Unix seconds): no compressed content, and every
    /// algorithm that the keys allow.
    pub fn new(now: i64) -> DecryptPolicy {
        DecryptPolicy {
            now,
            algorithms: Vec::new(),
            encryptions: Vec::new(),
            max_p2c: MAX_P2C,
            max_inflated: None,
            formats: Vec::new(),
            lenient_epk: false,
            info: None,
        }
    }
}

/// What may be spent to open an encrypted key.
#[derive(Clone, Copy)]
pub struct KeyDecryption<'a> {
    /// The passphrase, when there is one.
    pub passphrase: Option<&'a SecretBytes>,
    /// The most rounds of PBKDF2.
    pub max_rounds: u64,
}

impl KeyDecryption<'_> {
    /// Decrypts nothing, and takes no work: an encrypted key is an error.
    pub const LOCKED: &'static KeyDecryption<'static> = &KeyDecryption {
        passphrase: None,
        max_rounds: 0,
    };
}

/// The fewest rounds of PBKDF2 that a private key is encrypted with (OWASP's recommendation of 2025 for SHA-256).
pub const MIN_SEAL: u32 = 600_000;

/// What a private key is encrypted with.
pub struct KeyEncryption {
    /// The passphrase.
    pub passphrase: SecretBytes,
    /// Rounds of PBKDF2, at least [`MIN_SEAL`].
    pub rounds: u32,
}

/// Refuses a serialization that is not among those allowed; none named allows all.
///
/// # Errors
/// [`Error::NotAllowed`].
pub(super) fn check_format(format: Serialization, allowed: &[Serialization]) -> Result<()> {
    if allowed.is_empty() || allowed.contains(&format) {
        return Ok(());
    }
    Err(Error::FormatNotAllowed(format.name()))
}

/// The refusal of an algorithm that is none of those allowed.
pub(super) fn not_listed<'a>(name: &str, allowed: impl Iterator<Item = &'a str>) -> Error {
    let allowed: Vec<&str> = allowed.collect();
    Error::NotAllowed(format!(
        "the token uses {name}; only {} is allowed",
        allowed.join(", ")
    ))
}

/// Whether two `typ` or `cty` values mean the same media type: no case, and `application/` is implied when there is no
/// other slash (RFC 7515 §4.1.9).
pub fn same_media_type(a: &str, b: &str) -> bool {
    fn bare(value: &str) -> &str {
        match value.get(..12) {
            Some(prefix)
                if prefix.eq_ignore_ascii_case("application/") && !value[12..].contains('/') =>
            {
                &value[12..]
            }
            _ => value,
        }
    }
    bare(a).eq_ignore_ascii_case(bare(b))
}

#[cfg(test)]
mod tests {
    use super::same_media_type;

    #[test]
    fn media_types_match_without_application_prefix_and_in_any_case() {
        assert!(same_media_type("at+jwt", "application/AT+JWT"));
        assert!(!same_media_type("at+jwt", "text/at+jwt"));
        assert!(!same_media_type("JWT", "at+jwt"));
        assert!(!same_media_type("application/a/b", "a/b"));
    }
}
