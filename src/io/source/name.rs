//! A source as it is typed: a path, `-`, `env:NAME`, or where public keys are read a URL.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::io::fetch::url::Url;
use crate::io::pkcs11_token::TokenUri;
use crate::output::exit::CliError;

/// A named place to read bytes from, or the name of a key that is not in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `-`
    Stdin,
    /// `env:NAME`
    Env(String),
    /// An address of public keys: `https://..`, or `http://..` on this machine.
    Url(String),
    /// `ssh-agent:`, and which key of the agent: its fingerprint, its comment, or nothing for the only one.
    Agent(String),
    /// `pkcs11:..`, a key in a token.
    Token(Box<TokenUri>),
    /// A path.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Source, String> {
        match text {
            "" => Err("is empty".into()),
            "-" => Ok(Source::Stdin),
            _ => match text.strip_prefix("env:") {
                Some("") => Err("names no environment variable".into()),
                Some(name) => Ok(Source::Env(name.into())),
                None if let Some(name) = text.strip_prefix("ssh-agent:") => {
                    Ok(Source::Agent(name.into()))
                }
                None if TokenUri::is_one(text) => {
                    Ok(Source::Token(Box::new(TokenUri::parse(text)?)))
                }
                None if is_url(text) => Ok(Source::Url(text.into())),
                None => Ok(Source::File(text.into())),
            },
        }
    }
}

impl Source {
    /// Parses a positional argument, in which `@PATH` names a file whatever its name is.
    ///
    /// # Errors
    /// As [`Source::from_str`].
    pub fn positional(text: &str) -> Result<Source, String> {
        match text.strip_prefix('@') {
            Some("") => Err("names no file".into()),
            Some(path) => Ok(Source::File(path.into())),
            None => text.parse(),
        }
    }

    /// Whether it is stdin, under any name.
    pub fn is_stdin(&self) -> bool {
        let names = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
        match self {
            Source::Stdin => true,
            Source::File(path) => names.iter().any(|name| path.as_path() == Path::new(name)),
            Source::Env(_) | Source::Url(_) | Source::Agent(_) | Source::Token(_) => false,
        }
    }
}

/// Whether what is typed is an address, and no path.
fn is_url(text: &str) -> bool {
    let schemes = ["https://", "http://"];
    (schemes.iter()).any(|scheme| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Stdin => f.write_str("stdin"),
            Source::Env(name) => write!(f, "environment variable {name}"),
            // What is not well-formed may hold a password.
            Source::Url(text) => match Url::parse(text) {
                Ok(url) => url.fmt(f),
                Err(_) => f.write_str("the URL"),
            },
            Source::Token(uri) => uri.fmt(f),
            Source::Agent(name) => write!(f, "ssh-agent:{name}"),
            Source::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The cli_error about an address of what has to be here.
pub(super) fn not_fetched(what: &str) -> CliError {
    CliError::usage(format!("a {what} is not fetched from a URL"))
        .with_hint("URLs are supported for public keys and status lists in verify, encrypt and inspect, and for rotate --served")
}

/// The cli_error about a key that cannot be read as bytes.
pub(super) fn not_a_key(source: &Source, what: &str) -> CliError {
    CliError::usage(format!("{source} is a key, not a {what}"))
        .with_hint("for a file of that name, write ./NAME")
}

/// Whether what was typed holds the text of a key, which then is not repeated in an error.
pub fn is_key_text(typed: &str) -> bool {
    typed.contains("-----BEGIN") || typed.contains("\"kty\"")
}

/// The cli_error about a key in the command line.
pub fn typed_key() -> CliError {
    CliError::usage("key material on the command line is visible to other users")
        .with_hint("replace the key, and pass the new one as a file, - or env:NAME")
}
