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
pub mod form;
pub mod keys;
pub mod lines;
pub mod passphrase;
pub mod profile;
pub mod recipient;
pub mod remote;
pub mod stdin;
pub mod time;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::crypto::alg::{ContentEncryption, KeyManagement, Signature};
use crate::crypto::key::KeyIdSource;
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::token::Format;
use crate::crypto::{SecretBytes, base64url, jws};
use crate::io::file::{Audience, Prepared, prepare};
use crate::io::source::{Inputs, Source};
use crate::output::console::Console;
use crate::output::exit::CliError;

pub use keys::{EncryptionKeyArgs, KeyArgs};
pub use lines::{Items, LinesArgs};
pub use remote::RemoteArgs;

/// Which token.
#[derive(Debug, Args)]
pub struct TokenInput {
    /// The token, or @PATH, env:NAME, or - for stdin (the default)
    #[arg(value_name = "TOKEN")]
    pub token: Option<String>,
}

impl TokenInput {
    /// Where the tokens of a `--lines` run come from.
    ///
    /// # Errors
    /// When the token itself was typed.
    pub fn source(&self) -> Result<Source> {
        match self.token.as_deref().unwrap_or("-") {
            "-" => Ok(Source::Stdin),
            typed => match typed.strip_prefix('@') {
                Some(path) => Ok(Source::File(path.into())),
                None => Err(CliError::usage("--lines reads tokens from stdin or @PATH").into()),
            },
        }
    }

    /// The bytes of the token, at most `limit` of them, without white space around them.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn read(&self, inputs: &Inputs, limit: usize) -> Result<SecretBytes> {
        let typed = self.token.as_deref().unwrap_or("-");
        let is_token = matches!(typed.matches('.').count(), 2 | 4);
        if !is_token && std::path::Path::new(typed).is_file() {
            return Err(CliError::usage(format!("{typed} is a file, not a token"))
                .hint(format!("@{typed} reads it"))
                .into());
        }
        let source = match typed.strip_prefix('@') {
            Some(path) => Source::File(path.into()),
            None if typed == "-" || typed.starts_with("env:") => typed
                .parse()
                .map_err(|why| CliError::usage(format!("the token {why}")))?,
            None => return Ok(typed.trim().as_bytes().to_vec().into()),
        };
        let bytes = inputs.read_start(&source, "token", limit)?;
        Ok(bytes.expose().trim_ascii().to_vec().into())
    }
}

/// `ath` of a DPoP proof: the hash of the access token (RFC 9449 §4.2).
///
/// # Errors
/// When the source cannot be read.
pub fn access_token_hash(inputs: &Inputs, source: &Source) -> Result<String> {
    let token = inputs.read(source, "access token", MAX_TOKEN)?;
    Ok(jws::access_token_hash(token.expose().trim_ascii()))
}

/// Where the result goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the result to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace files that exist
    #[arg(long)]
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

    /// Puts the content of a token where it was asked for, byte for byte; binary does not go to a terminal unasked.
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
        match console.json {
            true => console.report(&report(!to_file)),
            false => Ok(()),
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

fn names<T>(rows: impl Iterator<Item = T>, name: impl Fn(T) -> &'static str) -> String {
    rows.map(name).collect::<Vec<_>>().join(", ")
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

/// A signature algorithm by name.
///
/// # Errors
/// With the list of names.
pub fn signature(name: &str) -> Result<&'static Signature, String> {
    use crate::crypto::alg::SIGNATURES;
    let all = || names(SIGNATURES.iter(), |row| row.name);
    Signature::named(name)
        .ok_or_else(|| format!("no such signature algorithm; there are {}", all()))
}

/// A key management algorithm by name.
///
/// # Errors
/// With the list of names.
pub fn key_management(name: &str) -> Result<&'static KeyManagement, String> {
    use crate::crypto::alg::KEY_MANAGEMENT;
    let all = || names(KEY_MANAGEMENT.iter(), |row| row.name);
    KeyManagement::named(name)
        .ok_or_else(|| format!("no such key management algorithm; there are {}", all()))
}

/// A content encryption algorithm by name.
///
/// # Errors
/// With the list of names.
pub fn content_encryption(name: &str) -> Result<&'static ContentEncryption, String> {
    use crate::crypto::alg::CONTENT_ENCRYPTIONS;
    let all = || names(CONTENT_ENCRYPTIONS.iter(), |row| row.name);
    ContentEncryption::named(name)
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
