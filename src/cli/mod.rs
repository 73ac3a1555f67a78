//! The arguments that commands share.
//!
//! The rules of the interface:
//!
//! * The same flag means the same thing in every command.
//! * Input is stdin unless named; `-` is stdin; `@PATH` in place of a literal reads a file.
//! * Secrets never come from the command line: they come from files, stdin, the environment or a prompt.
//! * stdout is the result, stderr is the talk; on failure stdout is empty.
//! * What was typed and what it means are two types: these structs hold what was typed.

pub mod claim;
pub mod key_format;
pub mod keys;
pub mod lines;
pub mod named;
pub mod passphrase;
pub mod profile;
pub mod remote;
pub mod single_dash;
pub mod stdin;
pub mod time;
pub mod token_input;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::crypto::alg::{Algorithm, ContentEncryption, KeyManagement, Signature};
use crate::crypto::certificate::Chain;
use crate::crypto::jwt::linked::HalfHashes;
use crate::crypto::key::KeyIdSource;
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::token::Format;
use crate::crypto::{base64url, jws};
use crate::io::context::Context;
use crate::io::file::{Audience, Prepared, prepare};
use crate::io::source::{Inputs, MAX_KEY, Source};
use crate::output::console::Console;
use crate::output::exit::CliError;

pub use keys::{EncryptionKeyArgs, KeyArgs};
pub use lines::{Items, LinesArgs};
pub use remote::RemoteArgs;
pub use token_input::TokenInput;

/// `ath` of a DPoP proof: the hash of the access token (RFC 9449 §4.2).
///
/// # Errors
/// When the source cannot be read.
pub fn access_token_hash(inputs: &Inputs, source: &Source) -> Result<String> {
    let token = inputs.read(source, "access token", MAX_TOKEN)?;
    Ok(jws::access_token_hash(token.expose().trim_ascii()))
}

/// Returns the claims `at_hash` and `c_hash` that are given an access token or code, with its hashes.
///
/// # Errors
/// If one cannot be read, or is empty.
pub fn half_hashes(
    inputs: &Inputs,
    access_token: Option<&Source>,
    code: Option<&Source>,
) -> Result<Vec<(&'static str, HalfHashes)>> {
    let mut hashes = Vec::new();
    for (name, source, what) in [
        ("at_hash", access_token, "access token"),
        ("c_hash", code, "code"),
    ] {
        let Some(source) = source else {
            continue;
        };
        let input = inputs.read(source, what, MAX_TOKEN)?;
        let input = input.expose().trim_ascii();
        if input.is_empty() {
            return Err(CliError::failed(format!("{source}: the {what} is empty")).into());
        }
        hashes.push((name, HalfHashes::of(input)?));
    }
    Ok(hashes)
}

/// Says that gateways know Ed25519 by its older name, if it is chosen for a key that is published.
pub fn note_about_ed25519(chosen: impl IntoIterator<Item = Algorithm>, context: &Context) {
    if chosen.into_iter().any(|alg| alg.name() == "Ed25519") {
        (context.console).note(
            "most gateways know this algorithm by the name EdDSA only (RFC 8037): choose EdDSA for them",
        );
    }
}

/// Returns `x5t#S256` of a certificate (PEM) that a client authenticates with.
///
/// # Errors
/// If it cannot be read.
pub fn certificate_fingerprint(inputs: &Inputs, source: &Source) -> Result<Value> {
    let text = inputs.read(source, "certificate", MAX_KEY)?;
    let chain = Chain::from_pem(text.expose()).with_context(|| source.to_string())?;
    Ok(chain.fingerprints()?["x5t#S256"].clone())
}

/// Where the result goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the result to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace files that exist
    #[arg(short, long)]
    pub force: bool,
}

impl OutputArgs {
    /// The file that was named; `-` is stdout.
    pub fn file(&self) -> Option<&PathBuf> {
        self.output.as_ref().filter(|path| path.as_os_str() != "-")
    }

    /// Puts the result where it was asked for.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn deliver(&self, console: &Console, bytes: &[u8], audience: Audience) -> Result<()> {
        match self.file() {
            None => console.bytes(bytes),
            Some(path) => prepare(path, bytes, audience, self.force)?.commit(),
        }
    }

    /// Puts the content of a token where it was asked for, byte for byte; binary content is written to a terminal only on request.
    ///
    /// # Errors
    /// As [`OutputArgs::deliver`].
    pub fn deliver_content(&self, console: &Console, bytes: &[u8]) -> Result<()> {
        let text = str::from_utf8(bytes).is_ok_and(|text| {
            !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        });
        if !text && self.output.is_none() && console.is_terminal() {
            return Err(
                CliError::failed("the content is binary and stdout is a terminal")
                    .hint("-o FILE writes it to a file, -o - prints it all the same")
                    .into(),
            );
        }
        self.deliver(console, bytes, Audience::Reader)
    }

    /// Ends a command: the result goes where it was asked for, and with --json one object goes to stdout. `report` makes
    /// the object; the result stands in it unless a file has taken it, which it is told.
    ///
    /// # Errors
    /// As [`OutputArgs::deliver`].
    pub fn conclude<R: Serialize>(
        &self,
        console: &Console,
        result: &[u8],
        report: impl FnOnce(bool) -> R,
    ) -> Result<()> {
        let to_file = self.file().is_some();
        if to_file || !console.json {
            self.deliver_content(console, result)?;
        }
        if console.json {
            console.report(&report(!to_file))
        } else {
            Ok(())
        }
    }

    /// The result, complete beside its file but not yet in place; `None` for stdout.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn prepare(&self, bytes: &[u8], audience: Audience) -> Result<Option<Prepared>> {
        (self.file())
            .map(|path| prepare(path, bytes, audience, self.force))
            .transpose()
    }
}

/// Any bytes for a JSON report: as text where they are that, else as base64url.
pub fn text_or_base64url(bytes: &[u8]) -> (Option<&str>, Option<String>) {
    match str::from_utf8(bytes) {
        Ok(text) => (Some(text), None),
        Err(_) => (None, Some(base64url::encode(bytes))),
    }
}

/// A serialization as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Serialization {
    /// Segments with dots between them: what a JWT is.
    Compact,
    /// JSON with one signature or recipient.
    Flattened,
    /// JSON with any number of signatures or recipients.
    General,
}

impl From<Serialization> for Format {
    fn from(typed: Serialization) -> Format {
        match typed {
            Serialization::Compact => Format::Compact,
            Serialization::Flattened => Format::Flattened,
            Serialization::General => Format::General,
        }
    }
}

/// The serialization asked for, or the one that so many signatures or recipients need.
pub fn serialization(asked: Option<Serialization>, parties: usize) -> Format {
    match asked {
        Some(asked) => asked.into(),
        None if parties > 1 => Format::General,
        None => Format::Compact,
    }
}

/// Returns the row with this name, in upper or lower case: the operator types it. Names in tokens and keys are compared
/// exactly.
fn named_in_any_case<T>(
    rows: &'static [T],
    name: &str,
    name_of: impl Fn(&T) -> &'static str,
) -> Option<&'static T> {
    rows.iter()
        .find(|row| name_of(row).eq_ignore_ascii_case(name))
}

/// An algorithm of any kind by name, in upper or lower case.
///
/// # Errors
/// With a suggestion.
pub fn algorithm(name: &str) -> Result<Algorithm, String> {
    use crate::crypto::alg::{CONTENT_ENCRYPTIONS, KEY_MANAGEMENT, SIGNATURES};
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
            "rsa" => "RS256 is for an RSA key for signing, RSA-OAEP-256 for one for encryption",
            "ec" | "ecdsa" | "p-256" | "p256" => {
                "ES256 is for an EC key for signing, ECDH-ES+A256KW for one for encryption"
            }
            "oct" | "hmac" => "HS256 is for a shared secret",
            "okp" | "ed" => "Ed25519 is for such a key",
            _ => "for example ES256, RS256, Ed25519, HS256, RSA-OAEP-256, ECDH-ES+A256KW or A256KW",
        };
        format!("no such algorithm; {suggestion}")
    })
}

/// A signature algorithm by name.
///
/// # Errors
/// With the list of names.
pub fn signature(name: &str) -> Result<&'static Signature, String> {
    use crate::crypto::alg::SIGNATURES;
    let all = || named::signatures().join(", ");
    named_in_any_case(SIGNATURES, name, |row| row.name)
        .ok_or_else(|| format!("no such signature algorithm; there are {}", all()))
}

/// A key management algorithm by name.
///
/// # Errors
/// With the list of names.
pub fn key_management(name: &str) -> Result<&'static KeyManagement, String> {
    use crate::crypto::alg::KEY_MANAGEMENT;
    let all = || named::key_managements().join(", ");
    named_in_any_case(KEY_MANAGEMENT, name, |row| row.name)
        .ok_or_else(|| format!("no such key management algorithm; there are {}", all()))
}

/// A content encryption algorithm by name.
///
/// # Errors
/// With the list of names.
pub fn content_encryption(name: &str) -> Result<&'static ContentEncryption, String> {
    use crate::crypto::alg::CONTENT_ENCRYPTIONS;
    let all = || named::content_encryptions().join(", ");
    named_in_any_case(CONTENT_ENCRYPTIONS, name, |row| row.name)
        .ok_or_else(|| format!("no such content encryption algorithm; there are {}", all()))
}

/// What a key ID is derived from, as it is typed.
///
/// # Errors
/// When there is no such source.
pub fn key_id_source(name: &str) -> Result<KeyIdSource, String> {
    KeyIdSource::named(name).ok_or_else(|| {
        let names: Vec<&str> = KeyIdSource::names().collect();
        format!("is none of {}", names.join(", "))
    })
}
