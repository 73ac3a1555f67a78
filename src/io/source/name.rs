//! The names of sources on the command line: a path, `-`, `env:NAME`, the name of a key, or a URL of public keys.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::io::fetch::url::Url;
use crate::io::pkcs11_token::TokenUri;
use crate::output::exit::CliError;

/// A source of bytes, or the name of a key that is not in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `-`
    Stdin,
    /// `env:NAME`
    Env(String),
    /// A URL of public keys: `https://..`, or `http://..` on this machine.
    Url(String),
    /// `ssh-agent:` and the fingerprint or the comment of a key in the agent. If empty, the only key.
    Agent(String),
    /// `pkcs11:..`: a key in a token.
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
    /// Parses a positional argument. In it, `@PATH` always names a file.
    ///
    /// # Errors
    /// As [`Source::from_str`].
    pub fn from_positional(text: &str) -> Result<Source, String> {
        match text.strip_prefix('@') {
            Some("") => Err("names no file".into()),
            Some(path) => Ok(Source::File(path.into())),
            None => text.parse(),
        }
    }

    /// Whether it is stdin, also as a path in /dev or /proc.
    pub fn is_stdin(&self) -> bool {
        let names = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
        match self {
            Source::Stdin => true,
            Source::File(path) => names.iter().any(|name| path.as_path() == Path::new(name)),
            Source::Env(_) | Source::Url(_) | Source::Agent(_) | Source::Token(_) => false,
        }
    }
}

/// Whether a text is a URL, not a path. URLs that are not fetched are included, because no file has such a name.
fn is_url(text: &str) -> bool {
    let schemes = ["https://", "http://", "ftp://", "file://"];
    schemes.iter().any(|scheme| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Stdin => f.write_str("stdin"),
            Source::Env(name) => write!(f, "environment variable {name}"),
            // A malformed URL is not printed, because it may contain a password.
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

/// Returns the error for a URL of an input that is not fetched.
pub(super) fn not_fetched(what: &str) -> CliError {
    CliError::usage(format!("a {what} cannot be read from a URL here"))
        .with_hint("URLs are supported for public keys and status lists in verify, encrypt and inspect, and for rotate --served")
}

/// Returns the error for a key that cannot be read as bytes.
pub(super) fn not_a_key(source: &Source, what: &str) -> CliError {
    CliError::usage(format!("{source} is a key, not a {what}"))
        .with_hint("for a file of that name, write ./NAME")
}

/// Whether an argument contains the text of a key. It is then not repeated in an error.
pub fn is_key_text(typed: &str) -> bool {
    typed.contains("-----BEGIN") || typed.contains("\"kty\"")
}

/// Returns the error for key material on the command line.
pub fn typed_key() -> CliError {
    CliError::usage("key material on the command line is visible to other users")
        .with_hint("replace the key, and pass the new one as a file, - or env:NAME")
}
