//! The arguments that commands share.
//!
//! The rules of the interface:
//!
//! * The same flag means the same thing in every command.
//! * Input is stdin unless named; `-` is stdin; `@PATH` in place of a literal reads a file.
//! * Secrets never come from the command line: they come from files, stdin, the environment or a prompt.
//! * The result is written to stdout, messages to stderr. On failure stdout is empty.
//! * The parsed command line and its meaning are separate types. These structs contain the parsed command line.

pub mod claim;
pub mod key_args;
pub mod key_format;
pub mod lines;
pub mod named;
pub mod passphrase;
pub mod profile_args;
pub mod remote_args;
pub mod single_dash;
pub mod stdin;
pub mod time;
pub mod token_args;

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::crypto::alg::{
    Algorithm, CONTENT_ENCRYPTIONS, ContentEncryption, KEY_MANAGEMENT, KeyManagement, SIGNATURES,
    Signature,
};
use crate::crypto::token::Serialization;
use crate::fingerprint::KeyIdSource;

pub use key_args::{EncryptionKeyArgs, KeyArgs};
pub use lines::LinesArgs;
pub use remote_args::RemoteArgs;
pub use token_args::TokenInput;

/// The arguments for the output of a command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the result to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Overwrite existing files
    #[arg(short, long)]
    pub force: bool,
}

impl ValueEnum for Serialization {
    fn value_variants<'a>() -> &'a [Serialization] {
        &[
            Serialization::Compact,
            Serialization::Flattened,
            Serialization::General,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Serialization::Compact => "Segments separated by dots, as in a JWT",
            Serialization::Flattened => "JSON with one signature or recipient",
            Serialization::General => "JSON with any number of signatures or recipients",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

/// Returns the requested serialization. Without a request, it is compact, or general for several signatures or recipients.
pub fn select_serialization(asked: Option<Serialization>, parties: usize) -> Serialization {
    match asked {
        Some(asked) => asked,
        None if parties > 1 => Serialization::General,
        None => Serialization::Compact,
    }
}

/// Returns the row with this name. Case is ignored, because the name comes from the command line. Names in tokens and keys
/// are compared exactly.
fn named_in_any_case<T>(
    rows: &'static [T],
    name: &str,
    name_of: impl Fn(&T) -> &'static str,
) -> Option<&'static T> {
    rows.iter().find(|row| name_of(row).eq_ignore_ascii_case(name))
}

/// Parses the name of an algorithm of any kind. Case is ignored.
///
/// # Errors
/// If there is no such algorithm. The message contains a suggestion.
pub fn parse_algorithm(name: &str) -> Result<Algorithm, String> {
    let signature = named_in_any_case(SIGNATURES, name, |row| row.name).map(Algorithm::Signature);
    let key_management =
        || named_in_any_case(KEY_MANAGEMENT, name, |row| row.name).map(Algorithm::KeyManagement);
    let content = || {
        let row = named_in_any_case(CONTENT_ENCRYPTIONS, name, |row| row.name);
        row.map(Algorithm::ContentEncryption)
    };
    let found = signature.or_else(key_management).or_else(content);
    found.ok_or_else(|| {
        let suggestion = match name.to_ascii_lowercase().as_str() {
            "rsa" => "use RS256 for an RSA key that signs, RSA-OAEP-256 for one that encrypts",
            "ec" | "ecdsa" | "p-256" | "p256" => {
                "use ES256 for an EC key that signs, ECDH-ES+A256KW for one that encrypts"
            }
            "oct" | "hmac" => "use HS256 for a shared secret",
            "okp" | "ed" => "use Ed25519",
            _ => "for example ES256, RS256, Ed25519, HS256, RSA-OAEP-256, ECDH-ES+A256KW or A256KW",
        };
        format!("no such algorithm; {suggestion}")
    })
}

/// Parses the name of a signature algorithm. Case is ignored.
///
/// # Errors
/// If there is no such algorithm. The message lists the names.
pub fn parse_signature_algorithm(name: &str) -> Result<&'static Signature, String> {
    named_in_any_case(SIGNATURES, name, |row| row.name)
        .ok_or_else(|| unknown_name_message("signature", named::signature_names()))
}

/// Parses the name of a key management algorithm. Case is ignored.
///
/// # Errors
/// If there is no such algorithm. The message lists the names.
pub fn key_management(name: &str) -> Result<&'static KeyManagement, String> {
    named_in_any_case(KEY_MANAGEMENT, name, |row| row.name)
        .ok_or_else(|| unknown_name_message("key management", named::key_managements()))
}

/// Parses the name of a content encryption algorithm. Case is ignored.
///
/// # Errors
/// If there is no such algorithm. The message lists the names.
pub fn content_encryption(name: &str) -> Result<&'static ContentEncryption, String> {
    named_in_any_case(CONTENT_ENCRYPTIONS, name, |row| row.name)
        .ok_or_else(|| unknown_name_message("content encryption", named::content_encryptions()))
}

fn unknown_name_message(what: &str, names: Vec<&str>) -> String {
    format!("not a {what} algorithm; choose from {}", names.join(", "))
}

/// Parses the name of what a key ID is derived from.
///
/// # Errors
/// If there is no such source.
pub fn key_id_source(name: &str) -> Result<KeyIdSource, String> {
    KeyIdSource::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = KeyIdSource::names().collect();
        format!("is not one of {}", names.join(", "))
    })
}
