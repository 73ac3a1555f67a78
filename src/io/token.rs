//! Keys in PKCS#11 tokens: smart cards, HSMs and their software. A token's key is named by a URI (RFC 7512).
//!
//! The module of a token is native code that is loaded into this process. It is loaded only for a key that the command names.

mod uri;

#[cfg(all(
    feature = "pkcs11",
    not(all(target_env = "musl", target_feature = "crt-static"))
))]
mod pkcs11;
#[cfg(not(all(
    feature = "pkcs11",
    not(all(target_env = "musl", target_feature = "crt-static"))
)))]
mod pkcs11 {
    //! Without PKCS#11: every use is an error.

    use std::sync::Arc;

    use anyhow::Result;

    use super::{NewKey, TokenOptions, TokenUri};
    use crate::crypto::Key;
    use crate::crypto::key::RemoteKey;
    use crate::output::exit::CliError;

    fn absent() -> CliError {
        CliError::failed("this build has no PKCS#11: a static binary cannot load a module")
            .hint("install the package or the binary for glibc, or build with the feature pkcs11")
    }

    pub fn load(_: &TokenUri, _: &TokenOptions) -> Result<Key> {
        Err(absent().into())
    }

    pub fn generate(_: &TokenUri, _: &TokenOptions, _: &NewKey) -> Result<Key> {
        Err(absent().into())
    }

    struct Absent;

    impl RemoteKey for Absent {}

    pub fn remote(_: &TokenUri, _: &TokenOptions) -> Arc<dyn RemoteKey> {
        Arc::new(Absent)
    }
}

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::prompt;
use super::source::{Inputs, Source, read_path, variable};
use crate::crypto::SecretBytes;
use crate::crypto::alg::{Algorithm, KeyType};
use crate::output::console::Console;
use crate::output::exit::CliError;

pub use pkcs11::{generate, load, remote};
pub use uri::TokenUri;

/// Returns the URI that a path is, if it is one of a token.
pub fn token_uri(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| text.starts_with("pkcs11:"))
}

/// The longest PIN, in bytes.
const MAX_PIN: usize = 1024;

/// What is needed to use a token besides its URI.
#[derive(Debug, Clone)]
pub struct TokenOptions {
    /// The module; without it, that of the environment or p11-kit's proxy.
    pub module: Option<PathBuf>,
    /// Where the PIN comes from; without it, `JOTSMITH_PIN`, the URI, or a prompt.
    pub pin: Option<Source>,
    /// The printer of the prompt.
    pub console: Console,
    /// Whether nothing may be asked.
    pub no_input: bool,
}

/// A key to be made in a token.
pub struct NewKey {
    /// What it is.
    pub kind: KeyType,
    /// What it is for.
    pub alg: Algorithm,
}

impl TokenOptions {
    /// Returns the file of the module.
    fn module(&self, uri: &TokenUri) -> PathBuf {
        (self.module.clone())
            .or_else(|| uri.module_path.clone())
            .or_else(|| variable("PKCS11_MODULE").map(PathBuf::from))
            .unwrap_or_else(|| "p11-kit-proxy.so".into())
    }

    /// Reads the PIN of the token with this label.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    fn pin(&self, uri: &TokenUri, label: &str) -> Result<SecretBytes> {
        let inputs = Inputs::default();
        let pin = match (&self.pin, &uri.pin_source) {
            (Some(source), _) => inputs.read_secret(source, "PIN", "--pin-file", MAX_PIN)?,
            (None, _) if variable("JOTSMITH_PIN").is_some() => {
                inputs.read(&Source::Env("JOTSMITH_PIN".into()), "PIN", MAX_PIN)?
            }
            (None, Some(path)) => read_path(path, MAX_PIN)?,
            (None, None) => {
                return prompt::pin(label, &self.console, self.no_input);
            }
        };
        let bytes = pin.expose();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        match bytes.is_empty() {
            true => Err(CliError::failed("the PIN is empty").into()),
            false => Ok(bytes.to_vec().into()),
        }
    }
}
