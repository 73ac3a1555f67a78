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
pub mod time;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use zeroize::Zeroizing;

use crate::crypto::alg::{ContentEncryption, KeyManagement, Signature};
use crate::crypto::{KeySet, SecretBytes};
use crate::exit::Complaint;
use crate::io::console::Console;
use crate::io::file::{Audience, Prepared, prepare};
use crate::io::keys::{self, SecretEncoding};
use crate::io::source::{Inputs, Source};

/// Which keys.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct KeyArgs {
    /// A key: path, -, or env:NAME; JWK, JWK Set, PEM or DER (without: JOTSMITH_KEY, JOTSMITH_KEY_FILE)
    #[arg(short, long = "key", value_name = "KEY")]
    pub keys: Vec<Source>,

    /// A raw shared secret: path, -, or env:NAME
    #[arg(long = "secret", value_name = "KEY")]
    pub secrets: Vec<Source>,

    /// How the text of --secret stands for its bytes
    #[arg(
        long,
        value_name = "ENCODING",
        default_value = "utf8",
        hide_possible_values = false
    )]
    pub secret_encoding: SecretEncoding,

    /// The key of a set to use
    #[arg(long, value_name = "ID")]
    pub kid: Option<String>,
}

impl KeyArgs {
    /// Reads the keys that were named, or those of the environment.
    ///
    /// # Errors
    /// A usage complaint when there is none; else as [`keys::read`].
    pub fn load(&self, inputs: &Inputs, console: &Console) -> Result<KeySet> {
        let mut set = self.load_any(inputs, console)?;
        if set.keys().is_empty() {
            return Err(Complaint::usage("no key was given")
                .hint("use -k FILE, --secret FILE, or set JOTSMITH_KEY or JOTSMITH_KEY_FILE")
                .into());
        }
        if let Some(kid) = &self.kid {
            set.select(kid)?;
        }
        Ok(set)
    }

    /// As [`KeyArgs::load`], but no key at all is no error.
    ///
    /// # Errors
    /// As [`keys::read`].
    pub fn load_any(&self, inputs: &Inputs, console: &Console) -> Result<KeySet> {
        let mut sources = self.keys.clone();
        if sources.is_empty() && self.secrets.is_empty() {
            sources.extend(
                (inputs.environment("JOTSMITH_KEY"))
                    .or_else(|| inputs.environment_path("JOTSMITH_KEY_FILE")),
            );
        }
        let mut set = KeySet::default();
        for source in &sources {
            set.extend(keys::read(inputs, console, source)?)?;
        }
        for source in &self.secrets {
            let key = keys::read_secret(inputs, console, source, self.secret_encoding)?;
            set.extend(KeySet::new(vec![key])?)?;
        }
        Ok(set)
    }
}

/// Which token.
#[derive(Debug, Args)]
pub struct TokenInput {
    /// The token, or @PATH, env:NAME, or - for stdin (the default)
    #[arg(value_name = "TOKEN")]
    pub token: Option<String>,
}

impl TokenInput {
    /// The bytes of the token, without white space around them; one byte more than `limit` when it is longer.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn read(&self, inputs: &Inputs, limit: usize) -> Result<SecretBytes> {
        let typed = self.token.as_deref().unwrap_or("-");
        if !typed.contains('.') && std::path::Path::new(typed).is_file() {
            return Err(Complaint::usage(format!("{typed} is a file, not a token"))
                .hint(format!("@{typed} reads it"))
                .into());
        }
        let bytes = read_literal(typed, inputs, "token", limit)?;
        Ok(bytes.expose().trim_ascii().to_vec().into())
    }
}

/// Reads a literal: the text itself, or what `@PATH`, `env:NAME` or `-` name.
///
/// # Errors
/// When the source cannot be read; [`crate::crypto::Code::Malformed`] when a token is longer than the limit.
pub fn read_literal(
    text: &str,
    inputs: &Inputs,
    what: &'static str,
    limit: usize,
) -> Result<SecretBytes> {
    let source = match text.strip_prefix('@') {
        Some(path) => Source::File(path.into()),
        None if text == "-" || text.starts_with("env:") => text
            .parse()
            .map_err(|why| Complaint::usage(format!("the {what} {why}")))?,
        None => return Ok(text.as_bytes().to_vec().into()),
    };
    inputs.read(&source, what, limit)
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
                Complaint::failed("the content is binary and stdout is a terminal")
                    .hint("-o FILE writes it to a file, -o - prints it all the same")
                    .into(),
            );
        }
        self.deliver(console, bytes, Audience::Owner)
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

/// Where a passphrase comes from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct PassphraseArgs {
    /// Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    #[arg(long, value_name = "KEY")]
    pub passphrase_file: Option<Source>,
}

/// The longest passphrase, in bytes.
const MAX_PASSPHRASE: usize = 64 * 1024;

impl PassphraseArgs {
    /// The passphrase for `what`; one line end behind it does not count. A new one is asked twice.
    ///
    /// # Errors
    /// When none is to be had.
    pub fn read(
        &self,
        inputs: &Inputs,
        what: &str,
        new: bool,
        no_input: bool,
    ) -> Result<SecretBytes> {
        let named = self.passphrase_file.clone();
        let Some(source) = named.or_else(|| inputs.environment("JOTSMITH_PASSPHRASE")) else {
            return crate::io::prompt::passphrase(what, new, no_input);
        };
        let text = inputs.read(&source, "passphrase", MAX_PASSPHRASE)?;
        let bytes = text.expose();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = Zeroizing::new(bytes.strip_suffix(b"\r").unwrap_or(bytes).to_vec());
        if bytes.is_empty() {
            return Err(Complaint::failed("the passphrase is empty")).context(source.to_string());
        }
        Ok(bytes.to_vec().into())
    }
}

fn names<T>(rows: impl Iterator<Item = T>, name: impl Fn(T) -> &'static str) -> String {
    rows.map(name).collect::<Vec<_>>().join(", ")
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
