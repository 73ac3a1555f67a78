//! Keys in PKCS#11 tokens: smart cards, HSMs and software tokens. A URI identifies a key in a token (RFC 7512).
//!
//! The module of a token is native code that is loaded into this process. It is loaded only if the command names such a key.

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
    //! The functions of a build without PKCS#11. They return errors.

    use std::collections::BTreeSet;
    use std::sync::Arc;

    use anyhow::Result;

    use super::{NewKey, TokenOptions, TokenUri};
    use crate::crypto::alg::{KeyManagement, Signature};
    use crate::crypto::key::RemoteKey;
    use crate::crypto::{Error, Key, RemoteFailure, SecretBytes};
    use crate::device::Device;

    fn unsupported_error() -> Error {
        let failure = "this build has no PKCS#11: a static binary cannot load a module";
        Error::Remote(RemoteFailure::from(failure).with_fix(
            "install the package or the binary for glibc, or build with the feature pkcs11",
        ))
    }

    /// Reports that there is no PKCS#11.
    pub fn load_key(_: &TokenUri, _: &TokenOptions) -> Result<Key> {
        Err(unsupported_error().into())
    }

    /// Reports that there is no PKCS#11.
    pub fn generate_key(_: &TokenUri, _: &TokenOptions, _: &NewKey) -> Result<Key> {
        Err(unsupported_error().into())
    }

    /// Reports that there is no PKCS#11.
    pub fn load_certificate(_: &TokenUri, _: &TokenOptions) -> Result<Vec<u8>> {
        Err(unsupported_error().into())
    }

    /// Reports that there is no PKCS#11.
    pub fn list_devices(_: &TokenUri, _: &TokenOptions) -> Result<Vec<Device>> {
        Err(unsupported_error().into())
    }

    /// A token in which keys are generated. It has no values.
    pub enum Store {}

    impl Store {
        /// Reports that there is no PKCS#11.
        pub fn open(_: &TokenUri, _: &TokenOptions, _: bool) -> Result<Store> {
            Err(unsupported_error().into())
        }

        /// Is never called.
        pub fn generate(&self, _: &TokenUri, _: &NewKey) -> Result<Key, RemoteFailure> {
            match *self {}
        }

        /// Is never called.
        pub fn labels(&self, _: impl Fn(&str) -> bool) -> Result<BTreeSet<String>, RemoteFailure> {
            match *self {}
        }

        /// Is never called.
        pub fn destroy(&self, _: &TokenUri) -> Result<(), RemoteFailure> {
            match *self {}
        }
    }

    /// A key that reports an error when it is used.
    struct Absent;

    impl RemoteKey for Absent {
        fn sign(&self, _: &'static Signature, _: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
            Err(unsupported_error())
        }

        fn decrypt(
            &self,
            _: &'static KeyManagement,
            _: &[u8],
            _: usize,
        ) -> Result<Option<SecretBytes>, Error> {
            Err(unsupported_error())
        }

        fn agree(&self, _: &'static KeyManagement, _: &[u8]) -> Result<Option<SecretBytes>, Error> {
            Err(unsupported_error())
        }
    }

    /// Returns the private key for a reference in a set. Its use is an error.
    pub fn remote_key(_: &TokenUri, _: &TokenOptions) -> Arc<dyn RemoteKey> {
        Arc::new(Absent)
    }
}

use std::path::{Path, PathBuf};

use super::source::Source;
use crate::crypto::alg::{Algorithm, KeyType};
use crate::output::console::Console;

pub use pkcs11::{Store, generate_key, list_devices, load_certificate, load_key, remote_key};
pub use uri::TokenUri;

/// Returns the path as text if it is a PKCS#11 URI.
pub fn token_uri(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| TokenUri::is_one(text))
}

/// The options for the use of a token, in addition to its URI.
#[derive(Debug, Clone)]
pub struct TokenOptions {
    /// The module. If `None`, that of the URI, of the environment, or p11-kit's proxy.
    pub module: Option<PathBuf>,
    /// The source of the PIN. If `None`, `JOTSMITH_PIN`, the URI, or a prompt.
    pub pin: Option<Source>,
    /// The printer of the prompt.
    pub console: Console,
    /// Whether prompts are not allowed.
    pub no_input: bool,
}

/// A key to generate in a token.
pub struct NewKey {
    /// The kind of key.
    pub kind: KeyType,
    /// The algorithm.
    pub alg: Algorithm,
}
