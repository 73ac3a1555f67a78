//! The policies for verification and decryption. The token cannot change them.

use serde_json::Value;

use super::alg::{ContentEncryption, KeyManagement, Signature};
use super::error::{Code, Error, Failure, Result};
use super::jwt::claims::{ClaimRules, TokenRules};
use super::secret::SecretBytes;
use super::token::Serialization;

/// The largest token, in bytes.
pub const MAX_TOKEN: usize = 1024 * 1024;
/// The default limit for inflated content, in bytes.
pub const MAX_INFLATED: usize = 250_000;
/// The smallest number of PBKDF2 rounds that is accepted (RFC 7518 §4.8.1.2).
pub const MIN_P2C: u64 = 1000;
/// The largest number of PBKDF2 rounds that an untrusted token may require: twice the usual recommendation (RFC 8725bis
/// §3.13).
pub const MAX_P2C: u64 = 1_200_000;

/// The requirements for verification.
#[derive(Debug, Clone)]
pub struct VerifyPolicy {
    /// The time, in Unix seconds.
    pub now: i64,
    /// The allowed algorithms. If empty, each key allows only the one that it is bound to or that its kind determines.
    pub algorithms: Vec<&'static Signature>,
    /// The accepted token types.
    pub types: TokenTypes,
    /// The rules for the claims set. If `None`, any payload is accepted.
    pub claims: Option<ClaimRules>,
    /// Whether every signature must verify; otherwise one is sufficient.
    pub require_all: bool,
    /// The serializations allowed. Empty: all.
    pub formats: Vec<Serialization>,
}

impl VerifyPolicy {
    /// Returns the policy that requires only a signature by one of the keys, at `now` (Unix seconds).
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

    /// Returns the rules for tokens with one purpose, if any.
    pub(crate) fn token_rules(&self) -> Option<&'static dyn TokenRules> {
        self.claims.as_ref()?.token_rules
    }
}

/// The accepted values of the header parameter `typ`, compared as RFC 7515 §4.1.9 specifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenTypes {
    /// Any value, or none.
    Any,
    /// One of these values.
    Required(Vec<String>),
    /// One of these values, or none.
    Optional(Vec<String>),
}

impl TokenTypes {
    /// Returns a failure if the `typ` of a header is not accepted. If a `typ` is checked, it must be in the protected header.
    pub fn type_failure(&self, typ: Option<&str>, is_protected: bool) -> Option<Failure> {
        let accepted = match self {
            TokenTypes::Any => return None,
            TokenTypes::Optional(_) if typ.is_none() => return None,
            TokenTypes::Required(accepted) | TokenTypes::Optional(accepted) => accepted,
        };
        let is_accepted = |typ: &str| accepted.iter().any(|own| same_media_type(typ, own));
        if is_protected && typ.is_some_and(is_accepted) {
            return None;
        }
        let quoted: Vec<String> =
            accepted.iter().map(|own| Value::from(own.as_str()).to_string()).collect();
        let actual = typ.map(|typ| Value::from(typ).to_string());
        let expected = quoted.join(" or ");
        Some(Failure::new(Code::NotAllowed, "typ", expected, actual))
    }
}

/// The longest `info` of HPKE, in bytes.
pub const MAX_INFO: usize = 64 * 1024;

/// The requirements for decryption.
#[derive(Debug, Clone)]
pub struct DecryptPolicy {
    /// The time, in Unix seconds.
    pub now: i64,
    /// The allowed key management algorithms. If empty, those that the kind and `alg` of the key allow.
    pub algorithms: Vec<&'static KeyManagement>,
    /// The allowed content encryption algorithms. If empty, all.
    pub encryptions: Vec<&'static ContentEncryption>,
    /// The largest number of PBKDF2 rounds.
    pub max_p2c: u64,
    /// The limit for inflated content, in bytes. If `None`, compressed content is rejected (RFC 8725 §3.6).
    pub max_inflated: Option<usize>,
    /// The serializations allowed. Empty: all.
    pub formats: Vec<Serialization>,
    /// Whether the coordinates of the ephemeral public key of ECDH-ES may lack leading zero bytes.
    pub lenient_epk: bool,
    /// The `info` of HPKE. If `None`, it is empty, and algorithms other than HPKE are allowed too.
    pub info: Option<Vec<u8>>,
}

impl DecryptPolicy {
    /// Returns the policy for untrusted tokens at `now` (Unix seconds). It allows every algorithm that the keys allow, and no
    /// compressed content.
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

/// The passphrase and the limit for the decryption of an encrypted key.
#[derive(Clone, Copy)]
pub struct KeyDecryption<'a> {
    /// The passphrase, if any.
    pub passphrase: Option<&'a SecretBytes>,
    /// The largest number of PBKDF2 rounds.
    pub max_rounds: u64,
}

impl KeyDecryption<'_> {
    /// Decrypts nothing: an encrypted key is an error.
    pub const LOCKED: &'static KeyDecryption<'static> = &KeyDecryption {
        passphrase: None,
        max_rounds: 0,
    };
}

/// The smallest number of PBKDF2 rounds for the encryption of a private key (OWASP's recommendation of 2025 for SHA-256).
pub const MIN_ENCRYPTION_ROUNDS: u32 = 600_000;

/// The passphrase and the rounds for the encryption of a private key.
pub struct KeyEncryption {
    /// The passphrase.
    pub passphrase: SecretBytes,
    /// The number of PBKDF2 rounds, at least [`MIN_ENCRYPTION_ROUNDS`].
    pub rounds: u32,
}

/// Rejects a serialization that is not allowed. An empty list allows all of them.
///
/// # Errors
/// [`Error::FormatNotAllowed`].
pub(super) fn check_format(format: Serialization, allowed: &[Serialization]) -> Result<()> {
    if allowed.is_empty() || allowed.contains(&format) {
        return Ok(());
    }
    Err(Error::FormatNotAllowed(format.name()))
}

/// Returns the error for an algorithm that is not allowed.
pub(super) fn not_listed<'a>(name: &str, allowed: impl Iterator<Item = &'a str>) -> Error {
    let allowed: Vec<&str> = allowed.collect();
    Error::NotAllowed(format!(
        "the token uses {name}; only {} is allowed",
        allowed.join(", ")
    ))
}

/// Whether two `typ` or `cty` values are the same media type. Case is ignored, and the prefix `application/` may be omitted
/// if there is no other slash (RFC 7515 §4.1.9).
pub fn same_media_type(a: &str, b: &str) -> bool {
    fn without_application_prefix(value: &str) -> &str {
        match value.get(..12) {
            Some(prefix)
                if prefix.eq_ignore_ascii_case("application/") && !value[12..].contains('/') =>
            {
                &value[12..]
            }
            _ => value,
        }
    }
    without_application_prefix(a).eq_ignore_ascii_case(without_application_prefix(b))
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
