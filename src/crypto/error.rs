//! The errors: each has a stable [`Code`] for programs and a message of one line for people.
//!
//! A message never quotes key material, and never repeats an error text of OpenSSL, josekit or serde_json. It may repeat
//! names and values of a token, so the caller escapes it before printing.

use std::fmt;

/// The stable word for an outcome. Words never change; messages may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A check that was asked for said no.
    Refused,
    /// The command was asked wrongly.
    Usage,
    /// The job could not be done; nothing is said about the token.
    Failed,
    /// Not a token, or over a limit.
    Malformed,
    /// An algorithm or header that is not allowed or not understood.
    NotAllowed,
    /// No key fits the token.
    NoKey,
    /// The signature does not verify.
    SignatureInvalid,
    /// The content does not decrypt, whatever the cause.
    DecryptionFailed,
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` lies ahead.
    NotYetValid,
    /// A claim is missing, of the wrong type, differs, or is too old.
    ClaimRejected,
}

impl Code {
    /// The word in `--json`.
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

/// A text that is quoted in a message. Only its first 64 characters are displayed: it may come from an unverified token,
/// and be as long as the token.
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

/// One rule of a policy that a token with a good signature does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// [`Code::NotAllowed`] for a header, else [`Code::Expired`], [`Code::NotYetValid`] or [`Code::ClaimRejected`].
    pub code: Code,
    /// The claim or header parameter, as the token spells it.
    pub name: String,
    /// What the policy asks for, in words.
    pub expected: String,
    /// What the token has, as JSON; `None` when it is absent.
    pub actual: Option<String>,
    /// By how much a time rule is missed, in seconds.
    pub seconds_off: Option<u64>,
}

impl Failure {
    /// A rule that is not met, whatever the time.
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

/// A length of time in seconds, written in one or two units.
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
        // From three of a unit on, the next smaller one is omitted.
        if count < 3
            && let Some((smaller_size, smaller)) = UNITS.get(first + 1)
            && let rest @ 1.. = self.0 % size / smaller_size
        {
            write!(f, " {}", named(rest, smaller))?;
        }
        Ok(())
    }
}

/// Why the core refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a well-formed token (RFC 7515 §5.2, RFC 7516 §5.2), or exceed a limit.
    Malformed(String),
    /// The header asks for something that the key or the policy does not allow, or that is not understood.
    NotAllowed(String),
    /// The serialization of the token is not among those that the policy allows.
    FormatNotAllowed(&'static str),
    /// The keys fit several algorithms and nothing but the token says which; it does not get to choose.
    AlgorithmNeeded {
        /// What the token claims.
        claimed: String,
    },
    /// The token is encrypted where a signature was wanted; that it decrypts would prove nothing.
    Encrypted,
    /// The token's payload is detached (RFC 7515 appendix F) and was not given.
    PayloadNeeded,
    /// An algorithm that holds the payload whole is given more than is held.
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
    /// A password-based token or key file asks for more rounds of PBKDF2 than the policy allows.
    TooManyRounds {
        /// What the header's `p2c` says.
        asked: u64,
        /// The policy's limit.
        allowed: u64,
        /// Whether a key file asks, not a token.
        in_key_file: bool,
    },
    /// No key of those given fits the token.
    NoKey(String),
    /// Several keys fit, and neither the token nor the command names one of them.
    Ambiguous(String),
    /// The signature does not verify. One text whatever the cause.
    SignatureInvalid,
    /// The content does not decrypt. One text whatever the cause (RFC 7516 §11.5).
    DecryptionFailed,
    /// The signature is good, but the policy's rules are not met; never empty.
    ClaimsRejected(Vec<Failure>),
    /// A key that cannot be read, is inconsistent, or is unfit for the job.
    Key(String),
    /// A key file in a known format that is not read.
    KeyFormat {
        /// The format, and why it is not read.
        format: String,
        /// What converts it.
        fix: String,
    },
    /// The key file is encrypted and no passphrase was given.
    PassphraseNeeded,
    /// A passphrase does not open the key.
    PassphraseWrong,
    /// A caller asked for something impossible (an algorithm that does not fit the key, a header that is reserved).
    UnsuitableKey(String),
    /// The private key is needed, and this is the public one.
    PublicKey {
        /// What it cannot do: "sign" or "decrypt".
        verb: &'static str,
    },
    /// The member `use` of the key (RFC 7517 section 4.2) is another than is needed.
    KeyUse {
        /// What it is.
        actual: &'static str,
        /// What is needed.
        wanted: &'static str,
    },
    /// A key that is not in this process cannot be used: it cannot be reached, does not have the operation, or its result is
    /// wrong.
    Remote(RemoteFailure),
    /// The engine below failed for a reason of its own (no memory, no randomness).
    Backend(&'static str),
}

/// Why a key that is not in this process cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFailure {
    /// What failed, and where.
    pub message: String,
    /// What the user can do about it.
    pub fix: Option<String>,
}

impl RemoteFailure {
    /// Adds what the user can do about it.
    pub fn fix(mut self, fix: impl Into<String>) -> RemoteFailure {
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
    /// A failure of a key that is not in this process.
    pub fn remote(message: impl Into<String>) -> Error {
        Error::Remote(RemoteFailure::from(message))
    }

    /// The stable code; for several failures the first in the order header, `exp`, `nbf`, other claims.
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
            Error::ClaimsRejected(failures) => failures
                .iter()
                .map(|failure| failure.code)
                .min()
                .unwrap_or(Code::ClaimRejected),
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

    /// The rules that were not met, when that is the reason.
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
