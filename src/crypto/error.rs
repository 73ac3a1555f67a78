//! Errors. Each has a stable [`Code`] for programs and a message of one line for people.
//!
//! A message never quotes key material, and never repeats an error text of OpenSSL, josekit or serde_json. It may repeat
//! names and values of a token, so the caller escapes it before printing.

use std::fmt;

/// The stable code of an outcome. Codes never change; messages may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A requested check failed.
    Refused,
    /// The command line is invalid.
    Usage,
    /// The operation failed. This says nothing about the token.
    Failed,
    /// The input is not a token, or exceeds a limit.
    Malformed,
    /// An algorithm or header that is not allowed or not understood.
    NotAllowed,
    /// No key fits the token.
    NoKey,
    /// The signature does not verify.
    SignatureInvalid,
    /// The content does not decrypt. The code does not depend on the cause.
    DecryptionFailed,
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` is in the future.
    NotYetValid,
    /// A claim is missing, has the wrong type or another value, or the token is too old.
    ClaimRejected,
}

impl Code {
    /// Returns the code as it is written in `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Refused => "refused",
            Code::Usage => "usage",
            Code::Failed => "failed",
            Code::Malformed => "malformed",
            Code::NotAllowed => "not_allowed",
            Code::NoKey => "no_key",
            Code::SignatureInvalid => "signature_invalid",
            Code::DecryptionFailed => "decryption_failed",
            Code::Expired => "expired",
            Code::NotYetValid => "not_yet_valid",
            Code::ClaimRejected => "claim_rejected",
        }
    }
}

/// A text that is quoted in a message. Only its first 64 characters are displayed, because it may come from an unverified
/// token and be as long as the token.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX: usize = 64;
        match self.0.char_indices().nth(MAX) {
            Some((end, _)) => {
                let len = self.0.chars().count();
                write!(f, "{}.. ({len} characters)", &self.0[..end])
            }
            None => f.write_str(self.0),
        }
    }
}

/// A rule of a policy that a token does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// [`Code::NotAllowed`] for a header, else [`Code::Expired`], [`Code::NotYetValid`] or [`Code::ClaimRejected`].
    pub code: Code,
    /// The name of the claim or header parameter, as in the token.
    pub name: String,
    /// What the policy requires, in words.
    pub expected: String,
    /// The value in the token, as JSON; `None` if it is absent.
    pub actual: Option<String>,
    /// For a rule about time, the difference to the limit in seconds.
    pub seconds_off: Option<u64>,
}

impl Failure {
    /// Returns the failure of a rule that is not about time.
    pub fn new(
        code: Code,
        name: impl Into<String>,
        expected: impl Into<String>,
        actual: Option<String>,
    ) -> Failure {
        Failure {
            code,
            name: name.into(),
            expected: expected.into(),
            actual,
            seconds_off: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.expected == "present" && self.actual.is_none() {
            return write!(f, "{} is missing", self.name);
        }
        write!(f, "{} must be {}", self.name, self.expected)?;
        match &self.actual {
            Some(actual) => write!(f, ", got {}", Quoted(actual)),
            None => write!(f, ", but it is absent"),
        }
    }
}

/// A duration in seconds, which is displayed in one or two units.
pub struct Span(pub u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] = [
            (365 * 86_400, "year"),
            (86_400, "day"),
            (3600, "hour"),
            (60, "minute"),
            (1, "second"),
        ];
        let named = |count: u64, unit: &str| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {unit}{plural}")
        };
        let largest = UNITS.iter().position(|(size, _)| self.0 >= *size);
        let first = largest.unwrap_or(UNITS.len() - 1);
        let (size, unit) = UNITS[first];
        let count = self.0 / size;
        f.write_str(&named(count, unit))?;
        // If there are three or more of a unit, the next smaller unit is omitted.
        if count < 3
            && let Some((smaller_size, smaller)) = UNITS.get(first + 1)
            && let rest @ 1.. = self.0 % size / smaller_size
        {
            write!(f, " {}", named(rest, smaller))?;
        }
        Ok(())
    }
}

/// An error of the core.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a well-formed token (RFC 7515 §5.2, RFC 7516 §5.2), or exceed a limit.
    Malformed(String),
    /// The header names something that the key or the policy does not allow, or that is not understood.
    NotAllowed(String),
    /// The serialization of the token is not among those that the policy allows.
    FormatNotAllowed(&'static str),
    /// The keys support several algorithms, and only the token names one. The token is not trusted to choose.
    AlgorithmNeeded {
        /// The algorithm that the token names.
        claimed: String,
    },
    /// The token is encrypted, but a signature is required. Decryption would not prove who issued it.
    Encrypted,
    /// The payload of the token is detached (RFC 7515 appendix F) and was not given.
    PayloadNeeded,
    /// The payload exceeds the limit of an algorithm that needs the entire payload in memory.
    PayloadTooLong {
        /// The algorithm's name.
        algorithm: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// The token uses a deprecated algorithm that the policy does not name.
    DeprecatedAlgorithm(&'static str),
    /// The content is compressed and the policy does not allow that.
    ZipNotAllowed,
    /// A coordinate of the ephemeral public key is shorter than its field, and the policy does not allow that.
    ShortEphemeralKey(String),
    /// A password-based token or key file requires more rounds of PBKDF2 than the policy allows.
    TooManyRounds {
        /// The required number of rounds (in a token, `p2c`).
        asked: u64,
        /// The policy's limit.
        allowed: u64,
        /// Whether a key file requires them, not a token.
        in_key_file: bool,
    },
    /// None of the given keys fits the token.
    NoKey(String),
    /// Several keys fit, and neither the token nor the command names one of them.
    Ambiguous(String),
    /// The signature does not verify. The message does not depend on the cause.
    SignatureInvalid,
    /// The content does not decrypt. The message does not depend on the cause (RFC 7516 §11.5).
    DecryptionFailed,
    /// The token does not meet these rules of the policy. The list is never empty.
    ClaimsRejected(Vec<Failure>),
    /// The key cannot be read, is inconsistent, or is not acceptable.
    Key(String),
    /// The key file has a known format that is not supported.
    KeyFormat {
        /// The format, and why it is not supported.
        format: String,
        /// How to convert it.
        fix: String,
    },
    /// The key file is encrypted and no passphrase was given.
    PassphraseNeeded,
    /// The passphrase does not decrypt the key.
    PassphraseWrong,
    /// The key cannot be used as requested: the algorithm does not fit it, or the header parameter is reserved.
    UnsuitableKey(String),
    /// A private key is required, and this is a public key.
    PublicKey {
        /// The operation that needs the private key: "sign" or "decrypt".
        verb: &'static str,
    },
    /// The member `use` of the key (RFC 7517 section 4.2) does not allow the operation.
    KeyUse {
        /// The value of the key.
        actual: &'static str,
        /// The required value.
        wanted: &'static str,
    },
    /// A remote key cannot be used: it cannot be reached, does not support the operation, or returned a wrong result.
    Remote(RemoteFailure),
    /// The cryptographic library failed (for example, no memory or no randomness).
    Backend(&'static str),
}

/// Why a remote key, which is not in this process, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFailure {
    /// What failed, and where.
    pub message: String,
    /// What the user can do.
    pub fix: Option<String>,
}

impl RemoteFailure {
    /// Adds what the user can do.
    pub fn with_fix(mut self, fix: impl Into<String>) -> RemoteFailure {
        self.fix = Some(fix.into());
        self
    }
}

impl<T: Into<String>> From<T> for RemoteFailure {
    fn from(message: T) -> RemoteFailure {
        RemoteFailure {
            message: message.into(),
            fix: None,
        }
    }
}

impl Error {
    /// Returns the error for a remote key.
    pub fn remote(message: impl Into<String>) -> Error {
        Error::Remote(RemoteFailure::from(message))
    }

    /// Returns the stable code. For several failures it is the first in the order header, `exp`, `nbf`, other claims.
    pub fn code(&self) -> Code {
        match self {
            Error::TooManyRounds {
                in_key_file: true, ..
            } => Code::Failed,
            Error::Malformed(_) | Error::ShortEphemeralKey(_) | Error::TooManyRounds { .. } => {
                Code::Malformed
            }
            Error::NotAllowed(_)
            | Error::FormatNotAllowed(_)
            | Error::AlgorithmNeeded { .. }
            | Error::Encrypted
            | Error::DeprecatedAlgorithm(_)
            | Error::ZipNotAllowed => Code::NotAllowed,
            Error::NoKey(_) => Code::NoKey,
            Error::Ambiguous(_) | Error::PayloadNeeded => Code::Usage,
            Error::SignatureInvalid => Code::SignatureInvalid,
            Error::DecryptionFailed => Code::DecryptionFailed,
            Error::ClaimsRejected(failures) => {
                failures.iter().map(|failure| failure.code).min().unwrap_or(Code::ClaimRejected)
            }
            Error::Key(_)
            | Error::KeyFormat { .. }
            | Error::PayloadTooLong { .. }
            | Error::PassphraseNeeded
            | Error::PassphraseWrong
            | Error::UnsuitableKey(_)
            | Error::PublicKey { .. }
            | Error::KeyUse { .. }
            | Error::Remote(_)
            | Error::Backend(_) => Code::Failed,
        }
    }

    /// Returns the rules that are not met; empty for other errors.
    pub fn failures(&self) -> &[Failure] {
        match self {
            Error::ClaimsRejected(failures) => failures,
            _ => &[],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Malformed(what)
            | Error::ShortEphemeralKey(what)
            | Error::NotAllowed(what)
            | Error::NoKey(what)
            | Error::Ambiguous(what)
            | Error::Key(what)
            | Error::UnsuitableKey(what) => f.write_str(what),
            Error::Remote(failure) => f.write_str(&failure.message),
            Error::PublicKey { verb } => write!(f, "a public key cannot {verb}"),
            Error::KeyUse { actual, wanted } => {
                write!(f, "the key's use is \"{actual}\", not \"{wanted}\"")
            }
            Error::AlgorithmNeeded { claimed } => write!(
                f,
                "the key supports several algorithms; the token's alg ({claimed}) is not trusted to choose between them"
            ),
            Error::Encrypted => f.write_str("the token is encrypted (JWE), not signed"),
            Error::PayloadNeeded => f.write_str("the token's payload is detached"),
            Error::PayloadTooLong { algorithm, limit } => write!(
                f,
                "the payload is longer than the limit of {limit} bytes: {algorithm} must keep all of it in memory"
            ),
            Error::DeprecatedAlgorithm(name) => {
                write!(f, "the token uses {name}, which is deprecated and off")
            }
            Error::FormatNotAllowed(format) => {
                write!(f, "the {format} serialization is not accepted here")
            }
            Error::ZipNotAllowed => f.write_str("the content is compressed"),
            Error::TooManyRounds { asked, allowed, .. } => write!(
                f,
                "the PBKDF2 iteration count {asked} is over the limit of {allowed}"
            ),
            Error::SignatureInvalid => f.write_str("the signature does not verify"),
            Error::DecryptionFailed => f.write_str("the token does not decrypt"),
            Error::ClaimsRejected(failures) => {
                for (i, failure) in failures.iter().enumerate() {
                    write!(f, "{}{failure}", if i == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            Error::KeyFormat { format, .. } => write!(f, "the key file is {format}"),
            Error::PassphraseNeeded => f.write_str("the key is encrypted and needs a passphrase"),
            Error::PassphraseWrong => f.write_str("the passphrase does not decrypt the key"),
            Error::Backend(what) => write!(f, "the cryptographic backend failed: {what}"),
        }
    }
}

impl std::error::Error for Error {}

/// The result of every fallible function of the core.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_at_most_two_units() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "1 minute 30 seconds"),
            (185, "3 minutes"),
            (86_400, "1 day"),
            (90_000, "1 day 1 hour"),
            (3 * 86_400 + 5, "3 days"),
            (400 * 86_400, "1 year 35 days"),
            (u64::MAX, "584942417355 years"),
        ] {
            assert_eq!(Span(seconds).to_string(), text, "{seconds}");
        }
    }

    #[test]
    fn failure_text_has_the_expected_and_the_actual_value() {
        let failure = Failure {
            code: Code::Expired,
            name: "exp".into(),
            expected: "after 100".into(),
            actual: Some("40".into()),
            seconds_off: Some(60),
        };
        let text = "exp must be after 100, got 40";
        assert_eq!(failure.to_string(), text);
    }
}
