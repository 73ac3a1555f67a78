//! Sources of bytes: files, stdin and the environment. The number of bytes is limited before they are read.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]

mod name;

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::fs::File;
use std::io::IsTerminal as _;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::SecretBytes;
use crate::output::console::Console;
use crate::output::exit::CliError;

pub use name::{Source, is_key_text, typed_key};

/// The largest key file, in bytes.
pub const MAX_KEY: usize = 16 * 1024 * 1024;

/// The keys that end the input on a terminal.
const END_OF_INPUT: &str = if cfg!(windows) {
    "Ctrl-Z and Enter"
} else {
    "Ctrl-D"
};

/// The size of a read from a stream, in bytes.
const PIECE: usize = 256 * 1024;

/// An open source.
pub struct Stream {
    /// Its bytes.
    pub reader: Box<dyn Read + Send>,
    /// The number of bytes, if it is known.
    pub len: Option<u64>,
}

impl Stream {
    /// Passes all bytes to `each` in pieces.
    ///
    /// # Errors
    /// If the stream cannot be read; any error of `each`.
    pub fn for_each_piece(mut self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut piece = vec![0; PIECE];
        loop {
            match self.reader.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(len) => each(&piece[..len])?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io_error(&error).into()),
            }
        }
    }
}

/// The inputs of the process. stdin has only one reader.
#[derive(Default)]
pub struct Inputs {
    /// Prints a message if a terminal is read. If `None`, nothing is printed.
    console: Option<Console>,
    stdin_reader: Cell<Option<&'static str>>,
    /// The passphrases that were read. They are kept, because a pipe can be read only once and the user is prompted only once.
    passphrases: RefCell<Vec<(Option<Source>, SecretBytes)>>,
}

impl std::fmt::Debug for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inputs")
    }
}

/// Returns the name of an input with its article.
fn with_article(name: &str) -> String {
    match name {
        "authenticated data" | "certificates" | "claims" | "content" => name.into(),
        name if name.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {name}"),
        name => format!("a {name}"),
    }
}

/// Returns the error for two uses of stdin.
pub fn read_twice(first: &str, second: &str) -> CliError {
    CliError::usage(format!("stdin cannot be both {first} and {second}"))
        .with_hint("pass one of them as a file or env:NAME")
}

impl Inputs {
    /// Returns the inputs of a process. If stdin is a terminal, `console` prints which input is expected.
    pub fn new(console: Console) -> Inputs {
        Inputs {
            console: Some(console),
            ..Inputs::default()
        }
    }

    /// Reserves stdin for `reader`, which is the name of the input.
    ///
    /// # Errors
    /// A usage error if stdin is reserved already.
    fn claim_stdin(&self, reader: &'static str) -> Result<()> {
        match self.stdin_reader.replace(Some(reader)) {
            None => {
                if let Some(console) = &self.console
                    && std::io::stdin().is_terminal()
                {
                    let reader = with_article(reader);
                    console.print_prompt(&format!(
                        "reading {reader} from the terminal; end with {END_OF_INPUT}"
                    ));
                }
                Ok(())
            }
            Some(first) => {
                Err(read_twice(&format!("the {first}"), &format!("the {reader}")).into())
            }
        }
    }

    /// Whether stdin can be read for another purpose: no other argument reads it, and it is not a terminal.
    pub fn stdin_is_free(&self) -> bool {
        self.stdin_reader.get().is_none() && !std::io::stdin().is_terminal()
    }

    /// Reads a source of at most `limit` bytes. `what` is the name of the input in errors.
    ///
    /// # Errors
    /// If the source cannot be read, is longer, or is stdin and stdin is reserved already.
    pub fn read(&self, source: &Source, what: &'static str, limit: usize) -> Result<SecretBytes> {
        let bytes = self.read_start(source, what, limit.saturating_add(1))?;
        refuse_longer(bytes, limit).with_context(|| match source {
            Source::Stdin => format!("the {what} from stdin"),
            named => named.to_string(),
        })
    }

    /// Reads a secret of at most `limit` bytes that `flag` names. If the secret itself was given instead of its path, the error
    /// does not repeat it.
    ///
    /// # Errors
    /// As [`Inputs::read`].
    pub fn read_secret(
        &self,
        source: &Source,
        what: &'static str,
        flag: &str,
        limit: usize,
    ) -> Result<SecretBytes> {
        match source {
            Source::File(path) if !path.exists() => {
                let message = format!("the file that {flag} names does not exist");
                let hint = format!("{flag} accepts a path, - or env:NAME, not the {what} itself");
                Err(CliError::failed(message).with_hint(hint).into())
            }
            source => self.read(source, what, limit),
        }
    }

    /// Reads the first `limit` bytes of a source, or all if there are fewer. `what` is the name of the input in errors.
    ///
    /// # Errors
    /// If the source cannot be read, or is stdin and stdin is reserved already.
    pub fn read_start(
        &self,
        source: &Source,
        what: &'static str,
        limit: usize,
    ) -> Result<SecretBytes> {
        if source.is_stdin() {
            self.claim_stdin(what)?;
        }
        match source {
            Source::Stdin => {
                let stdin = std::io::stdin();
                read_bounded(stdin.lock(), limit).with_context(|| format!("the {what} from stdin"))
            }
            Source::Env(name) => {
                let value = std::env::var_os(name).ok_or_else(|| {
                    CliError::failed(format!("environment variable {name} is not set"))
                })?;
                let mut bytes = value.into_encoded_bytes();
                bytes.truncate(limit);
                Ok(bytes.into())
            }
            Source::Url(_) => Err(name::not_fetched(what).into()),
            Source::Agent(_) | Source::Token(_) => Err(name::not_a_key(source, what).into()),
            Source::File(path) if is_key_text(&path.to_string_lossy()) => Err(typed_key().into()),
            Source::File(path) => read_file(path, limit).with_context(|| source.to_string()),
        }
    }

    /// Opens a source of any length.
    ///
    /// # Errors
    /// If the source cannot be opened, or is stdin and stdin is reserved already.
    pub fn open(&self, source: &Source, what: &'static str) -> Result<Stream> {
        if source.is_stdin() {
            self.claim_stdin(what)?;
        }
        let file = match source {
            // Read as a file, the console would return bytes in its code page, and treat Ctrl-C as the end of the input.
            Source::Stdin if cfg!(windows) && std::io::stdin().is_terminal() => {
                return Ok(Stream {
                    reader: Box::new(std::io::stdin()),
                    len: None,
                });
            }
            Source::Stdin => stdin_file().map_err(|error| io_error(&error)),
            Source::File(path) => open_file(path),
            Source::Url(_) => return Err(name::not_fetched(what).into()),
            Source::Agent(_) | Source::Token(_) => {
                return Err(name::not_a_key(source, what).into());
            }
            Source::Env(_) => {
                let text = self.read(source, what, usize::MAX)?;
                return Ok(Stream {
                    len: Some(text.len() as u64),
                    reader: Box::new(std::io::Cursor::new(text.expose().to_vec())),
                });
            }
        };
        let mut file = file.with_context(|| source.to_string())?;
        let metadata = file.metadata().ok();
        if metadata.as_ref().is_some_and(|metadata| metadata.is_dir()) {
            return Err(CliError::failed("is a directory")).with_context(|| source.to_string());
        }
        Ok(Stream {
            len: metadata.filter(|metadata| metadata.is_file()).map(|metadata| {
                let read = file.stream_position().unwrap_or(0);
                metadata.len().saturating_sub(read)
            }),
            reader: Box::new(file),
        })
    }

    /// Returns the passphrase that was already read from a source, or from the terminal if `source` is `None`.
    pub fn cached_passphrase(&self, source: Option<&Source>) -> Option<SecretBytes> {
        let known = self.passphrases.borrow();
        let known = known.iter().rev().find(|(from, _)| from.as_ref() == source);
        known.map(|(_, passphrase)| passphrase.expose().to_vec().into())
    }

    /// Stores a passphrase for the next key that needs it.
    pub fn keep_passphrase(&self, source: Option<&Source>, passphrase: &SecretBytes) {
        let copy = passphrase.expose().to_vec().into();
        self.passphrases.borrow_mut().push((source.cloned(), copy));
    }

    /// Returns an environment variable as a source, if it is set and not empty.
    pub fn environment_source(&self, name: &str) -> Option<Source> {
        std::env::var_os(name).filter(|value| !value.is_empty()).map(|_| Source::Env(name.into()))
    }

    /// Returns the path in an environment variable, if it is set and not empty.
    pub fn environment_path(&self, name: &str) -> Option<Source> {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(|value| Source::File(value.into()))
    }
}

/// Returns the value of an environment variable that is not a secret, if it is set and not empty.
pub fn environment_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// If it cannot be read or is longer.
pub fn read_path(path: &Path, limit: usize) -> Result<SecretBytes> {
    let source = Source::File(path.into());
    Inputs::default().read(&source, "file", limit)
}

/// Returns the names of the environment variables that may contain secrets: those of this program, and those that an argument
/// names as `env:NAME`. Other programs are started without them.
pub fn secret_variables() -> Vec<OsString> {
    let mut names: Vec<OsString> = std::env::vars_os().map(|(name, _)| name).collect();
    names.retain(|name| name.as_encoded_bytes().starts_with(b"JOTSMITH_"));
    for word in std::env::args_os().skip(1) {
        let word = word.to_string_lossy();
        let value = match word.strip_prefix('-') {
            Some(flag) if flag.starts_with('-') => flag.split_once('=').map(|(_, value)| value),
            // A short flag with its value.
            Some(flag) => flag.get(1..),
            None => Some(&*word),
        };
        if let Some(name) = value.and_then(|value| value.strip_prefix("env:")) {
            names.push(name.into());
        }
    }
    names
}

/// Returns stdin without the buffer of the standard library.
fn stdin_file() -> std::io::Result<File> {
    #[cfg(unix)]
    let stdin = std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned();
    #[cfg(windows)]
    let stdin = std::os::windows::io::AsHandle::as_handle(&std::io::stdin()).try_clone_to_owned();
    stdin.map(File::from)
}

/// The proxy settings in the environment.
#[derive(Debug, Clone, Default)]
pub struct ProxyVariables {
    /// The proxy for https.
    pub proxy: Option<String>,
    /// The comma-separated hosts and domains for which the proxy is not used.
    pub exceptions: String,
}

/// Returns the settings in `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. As in curl, lower case names take precedence.
pub fn proxy_variables() -> ProxyVariables {
    let first = |names: &[&str]| {
        let values = names.iter().filter_map(|name| std::env::var(name).ok());
        values.into_iter().find(|value| !value.is_empty())
    };
    ProxyVariables {
        proxy: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
        exceptions: first(&["no_proxy", "NO_PROXY"]).unwrap_or_default(),
    }
}

/// Returns the folder for cached documents; `None` if the user has no cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let own = match () {
        () if cfg!(target_os = "macos") => named("HOME").map(|home| home.join("Library/Caches")),
        () if cfg!(windows) => named("LOCALAPPDATA"),
        () => named("HOME").map(|home| home.join(".cache")),
    };
    let folder = named("XDG_CACHE_HOME").or(own)?;
    Some(folder.join("jotsmith"))
}

/// Returns the time zone of this machine, or UTC if none is set.
pub fn local_zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| {
        // The zone file is read directly, because jiff would search its database for the name of the zone.
        if std::env::var_os("TZ").is_some() {
            return TimeZone::system();
        }
        match std::fs::read("/etc/localtime") {
            Ok(rules) => TimeZone::tzif("local", &rules).unwrap_or(TimeZone::UTC),
            Err(_) if cfg!(unix) => TimeZone::UTC,
            Err(_) => TimeZone::system(),
        }
    })
}

fn open_file(path: &Path) -> Result<File, CliError> {
    File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound if path.to_string_lossy().starts_with('@') => io_error(&error)
            .with_hint("@PATH is only for arguments; a flag takes the path without @"),
        // Windows does not open directories.
        std::io::ErrorKind::PermissionDenied if path.is_dir() => CliError::failed("is a directory"),
        _ => io_error(&error),
    })
}

fn read_file(path: &Path, limit: usize) -> Result<SecretBytes> {
    let file = open_file(path)?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(CliError::failed("is a directory").into());
    }
    read_bounded(file, limit)
}

/// The size of the first read, in bytes. A key or a token is rarely longer, and zeroizing each page takes time.
const FIRST_READ: usize = 2 * 1024;

/// Reads at most `limit` bytes.
///
/// # Errors
/// If the reader fails or has more bytes.
pub fn read_limited(reader: impl Read, limit: usize) -> Result<SecretBytes> {
    refuse_longer(read_bounded(reader, limit.saturating_add(1))?, limit)
}

fn refuse_longer(bytes: SecretBytes, limit: usize) -> Result<SecretBytes> {
    if bytes.len() > limit {
        return Err(CliError::failed(format!("is longer than the limit of {limit} bytes")).into());
    }
    Ok(bytes)
}

fn read_bounded(mut reader: impl Read, limit: usize) -> Result<SecretBytes> {
    // The buffer is grown here, so that the smaller buffer with a copy of a secret can be zeroized.
    let mut bytes = Zeroizing::new(vec![0; limit.min(FIRST_READ)]);
    let mut len = 0;
    while len < limit {
        if len == bytes.len() {
            let mut larger = vec![0; (bytes.len() * 4).min(limit)];
            larger[..len].copy_from_slice(&bytes);
            bytes.zeroize();
            *bytes = larger;
        }
        match reader.read(&mut bytes[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io_error(&error).into()),
        }
    }
    let mut bytes = std::mem::take(&mut *bytes);
    bytes.truncate(len);
    Ok(bytes.into())
}

/// Converts an error of the operating system to a message without its number.
pub fn io_error(error: &std::io::Error) -> CliError {
    use std::io::ErrorKind::*;
    CliError::failed(match error.kind() {
        NotFound => "no such file or directory".into(),
        PermissionDenied => "permission denied".into(),
        AlreadyExists => "already exists".into(),
        IsADirectory => "is a directory".into(),
        StorageFull => "no space left on the device".into(),
        _ => {
            let text = error.to_string();
            match text.find(" (os error") {
                Some(end) => text[..end].to_lowercase(),
                None => text,
            }
        }
    })
}
