//! The exit codes, and the only conversion from an error to a code, a message and a hint.

use std::fmt;

use crate::crypto::{Code, Error, Failure};
use crate::output::reports::describe_failure;

/// Returns the process exit code of a code.
pub fn exit_code(code: Code) -> u8 {
    match code {
        Code::Refused => 1,
        Code::Usage => 2,
        Code::Failed => 3,
        Code::Malformed => 10,
        Code::SignatureInvalid | Code::DecryptionFailed => 11,
        Code::Expired => 12,
        Code::NotYetValid => 13,
        Code::ClaimRejected => 14,
        Code::NotAllowed => 15,
        Code::NoKey => 16,
    }
}

/// A short text about the exit codes, for the help of the commands other than verify.
pub const SHORT_HELP: &str = "\
Exit status: 0 success, 1 a check failed, 2 invalid command line, 3 operation failed, 10 to 16 token rejected
  (jotsmith verify --help lists them).";

/// The table of the exit codes, for the help of verify and every man page.
pub const HELP: &str = "\
Exit status:
  0   success; for verify: the token is accepted
  1   refused: a requested check found a problem, or --lines had errors
  2   usage: invalid command line, or invalid claims or other input for sign and encrypt
  3   failed: the operation failed; this says nothing about the token
  10  malformed: the input is not a token, or it exceeds a limit
  11  signature_invalid, decryption_failed
  12  expired
  13  not_yet_valid
  14  claim_rejected: a claim is missing, has another value or the wrong type, or is too old
  15  not_allowed: an algorithm, header parameter or token type is not allowed
  16  no_key: none of the keys fits the token";

/// An error to print, as text or as JSON.
#[derive(Debug, Clone)]
pub struct CliError {
    /// The stable code.
    pub code: Code,
    /// What is wrong, and with which input. One line, not yet escaped.
    pub message: String,
    /// The fix.
    pub hint: Option<String>,
    /// The rules that the token does not meet.
    pub failures: Vec<Failure>,
}

impl CliError {
    /// Returns an error with this code.
    pub fn new(code: Code, message: impl Into<String>) -> CliError {
        CliError {
            code,
            message: message.into(),
            hint: None,
            failures: Vec::new(),
        }
    }

    /// Returns an error about an invalid command line or invalid input.
    pub fn usage(message: impl Into<String>) -> CliError {
        CliError::new(Code::Usage, message)
    }

    /// Returns an error about an operation that failed.
    pub fn failed(message: impl Into<String>) -> CliError {
        CliError::new(Code::Failed, message)
    }

    /// Adds the fix.
    pub fn with_hint(mut self, hint: impl Into<String>) -> CliError {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

/// Returns the error to report; `None` for a closed pipe, which ends the program without a message.
pub fn cli_error(error: &anyhow::Error) -> Option<CliError> {
    let closed_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(closed_pipe) {
        return None;
    }
    let message = format!("{error:#}");
    let cli_error = if let Some(cli_error) = error.downcast_ref::<CliError>() {
        CliError {
            code: cli_error.code,
            message,
            hint: cli_error.hint.clone(),
            failures: cli_error.failures.clone(),
        }
    } else if let Some(error) = error.downcast_ref::<Error>() {
        let failures: Vec<String> = error.failures().iter().map(describe_failure).collect();
        CliError {
            code: error.code(),
            message: if failures.is_empty() {
                message
            } else {
                failures.join("; ")
            },
            hint: error_hint(error),
            failures: error.failures().to_vec(),
        }
    } else {
        CliError::failed(message)
    };
    Some(cli_error)
}

/// Returns the fix for an error of the core, which does not know the flags.
fn error_hint(error: &Error) -> Option<String> {
    match error {
        Error::AlgorithmNeeded { claimed } => Some(format!(
            "name the expected algorithm: --alg {claimed}, if the issuer uses it"
        )),
        Error::PublicKey { .. } => {
            Some("use the private key; a public key can only verify and encrypt".into())
        }
        Error::KeyUse { wanted: "enc", .. } => {
            Some("use a key for encryption; jotsmith keygen ECDH-ES+A256KW creates one".into())
        }
        Error::KeyUse { wanted: "sig", .. } => {
            Some("use a key for signatures; jotsmith keygen ES256 creates one".into())
        }
        Error::Encrypted => Some("decrypt it first with --decrypt-with KEY".into()),
        Error::PayloadNeeded => Some("pass it with --payload INPUT".into()),
        Error::PayloadTooLong { .. } => Some(
            "HS256, ES256, RS256, PS256 and similar algorithms sign payloads of any length".into(),
        ),
        Error::DeprecatedAlgorithm(name) => Some(format!(
            "--alg {name} accepts it; it is vulnerable to padding oracle attacks"
        )),
        Error::FormatNotAllowed("compact") => Some("omit --format, or use --format compact".into()),
        Error::FormatNotAllowed(format) => Some(format!(
            "a JWT is compact (RFC 7519 section 1); --format {format} accepts this one"
        )),
        Error::ShortEphemeralKey(_) => {
            Some("if you trust the sender, --lenient-epk accepts it".into())
        }
        Error::ZipNotAllowed => Some("use --zip to decompress it, up to a limit".into()),
        Error::TooManyRounds { asked, .. } => Some(format!(
            "if you trust the sender, raise the limit with --max-p2c {asked}"
        )),
        Error::Ambiguous(_) => Some("choose one with --kid ID".into()),
        Error::KeyFormat { fix, .. } => Some(fix.clone()),
        Error::Remote(failure) => failure.fix.clone(),
        Error::PassphraseNeeded => Some("set JOTSMITH_PASSPHRASE or use --passphrase-file".into()),
        Error::ClaimsRejected(failures) => failures.iter().find_map(|failure| {
            if failure.name == "exp" && failure.actual.is_none() {
                Some("--allow-no-exp accepts a token that never expires".into())
            } else if failure.seconds_off.is_some_and(|seconds| seconds <= 60)
                && failure.code != Code::ClaimRejected
            {
                Some("if the clocks differ, --leeway 60s allows for it".into())
            } else {
                None
            }
        }),
        _ => None,
    }
}
