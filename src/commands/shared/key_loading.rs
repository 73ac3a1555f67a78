//! Loads the keys that the arguments name.

use std::sync::Arc;

use anyhow::Result;

use crate::cli::key_args::TokenArgs;
use crate::cli::{EncryptionKeyArgs, KeyArgs, RemoteArgs};
use crate::crypto::key::{RemoteKey, ThumbprintHash};
use crate::crypto::{Key, KeySet, PublicKey, SecretBytes};
use crate::io::context::Context;
use crate::io::fetch::Fetcher;
use crate::io::fetch::refreshing::{Origin, RefreshingKeySet};
use crate::io::fetch::url::Url;
use crate::io::key_sources;
use crate::io::pkcs11_token::{self, TokenOptions, TokenUri};
use crate::io::source::Source;
use crate::output::exit::CliError;

/// The value of `convert --kid` that selects the active key of a rotating set.
const ACTIVE: &str = "active";

impl KeyArgs {
    /// Reads the keys that the arguments name, or else those of the environment, into one set.
    ///
    /// # Errors
    /// A usage error if there is no key, and as [`key_sources::read_key_set`].
    pub fn load_keys(&self, context: &Context) -> Result<KeySet> {
        let sets = self.load_each(context)?;
        if sets.is_empty() {
            return Err(no_key());
        }
        let mut all = KeySet::default();
        for set in sets {
            all.extend(set)?;
        }
        Ok(all)
    }

    /// As [`KeyArgs::load_keys`], but `--kid active` selects the active key, unless a key has that kid.
    ///
    /// # Errors
    /// As [`KeyArgs::load_keys`], and if not exactly one key is active.
    pub fn load_or_active(&self, context: &Context) -> Result<KeySet> {
        if self.kid.as_deref() != Some(ACTIVE) {
            return self.load_keys(context);
        }
        let sets = self.load_sources(context, |source| self.load_one(context, source))?;
        if sets.is_empty() {
            return Err(no_key());
        }
        let has_that_kid = sets.iter().any(|set| set.has_kid(ACTIVE));
        let mut all = KeySet::default();
        for mut set in sets {
            if !has_that_kid {
                set.keep_active(context.now);
            }
            all.extend(set)?;
        }
        if has_that_kid {
            all.select_by_kid(ACTIVE)?;
            return Ok(all);
        }
        let kids: Vec<&str> =
            all.keys().iter().map(|key| key.kid.as_deref().unwrap_or("(no kid)")).collect();
        match &kids[..] {
            [_] => Ok(all),
            [] => Err(CliError::failed("no key is active")
                .with_hint(
                    "choose a key with --kid ID, or create an active one with jotsmith rotate",
                )
                .into()),
            several => {
                let several = several.join(", ");
                Err(
                    CliError::failed(format!("several keys are active: {several}"))
                        .with_hint("choose one with --kid ID")
                        .into(),
                )
            }
        }
    }

    /// As [`KeyArgs::load_keys`], but with a separate set for each source. There may be none.
    ///
    /// # Errors
    /// As [`key_sources::read_key_set`].
    pub fn load_each(&self, context: &Context) -> Result<Vec<KeySet>> {
        self.load_each_by(context, false, |source| self.load_one(context, source))
    }

    /// As [`KeyArgs::load_each`], for signing: if the only key has no kid, it gets that of `--kid`.
    ///
    /// # Errors
    /// As [`key_sources::read_key_set`].
    pub fn load_signers(&self, context: &Context) -> Result<Vec<KeySet>> {
        self.load_each_by(context, true, |source| self.load_one(context, source))
    }

    /// As [`KeyArgs::load_each`], but fetches keys at a URL.
    ///
    /// # Errors
    /// As [`KeyArgs::load_each`] and [`crate::io::fetch::Fetcher::key_set`].
    pub fn fetch_each(&self, context: &Context, remote: &RemoteArgs) -> Result<Vec<KeySet>> {
        self.load_each_by(context, false, |source| match source {
            Source::Url(url) => {
                let fetcher = remote.fetcher(context)?;
                Ok(fetcher.key_set(&Url::parse(url)?)?.value)
            }
            source => self.load_one(context, source),
        })
    }

    /// Loads the keys that the arguments name, or else those of the environment. Fetched keys are refreshed.
    ///
    /// # Errors
    /// As [`KeyArgs::load_keys`] and [`RefreshingKeySet::load`].
    pub fn load_refreshing<'c>(
        &self,
        context: &'c Context,
        remote: &RemoteArgs,
    ) -> Result<RefreshingKeySet<'c>> {
        let is_url = |source: &&Source| matches!(source, Source::Url(_));
        if !self.keys.iter().any(|source| is_url(&source)) {
            return self.load_keys(context).map(RefreshingKeySet::from_keys);
        }
        let mut local = KeySet::default();
        for source in self.keys.iter().filter(|source| !is_url(source)) {
            local.extend(self.load_one(context, source)?)?;
        }
        for source in &self.secrets {
            local.extend(self.load_secret(context, source)?)?;
        }
        let mut origins = Vec::new();
        for source in &self.keys {
            if let Source::Url(url) = source {
                origins.push(Origin::Set(Url::parse(url)?));
            }
        }
        RefreshingKeySet::load(remote.fetcher(context)?, local, origins, self.kid.clone())
    }

    fn load_each_by(
        &self,
        context: &Context,
        is_named: bool,
        load: impl Fn(&Source) -> Result<KeySet>,
    ) -> Result<Vec<KeySet>> {
        let mut sets = self.load_sources(context, load)?;
        let Some(kid) = &self.kid else {
            return Ok(sets);
        };
        if is_named
            && let [only] = &mut *sets
            && only.name_only_key(kid)
        {
            return Ok(sets);
        }
        let (mut found, mut missing) = (Vec::new(), None);
        for mut set in sets {
            match set.select_by_kid(kid) {
                Ok(()) => found.push(set),
                Err(error) => missing = Some(error),
            }
        }
        match (found.is_empty(), missing) {
            (true, Some(missing)) => Err(missing.into()),
            _ => Ok(found),
        }
    }

    /// Reads the sources that the arguments name, or else those of the environment, without selecting a key by `--kid`.
    fn load_sources(
        &self,
        context: &Context,
        load: impl Fn(&Source) -> Result<KeySet>,
    ) -> Result<Vec<KeySet>> {
        let inputs = &context.inputs;
        let mut sources = self.keys.clone();
        if sources.is_empty() && self.secrets.is_empty() {
            sources.extend(
                inputs
                    .environment_source("JOTSMITH_KEY")
                    .or_else(|| inputs.environment_path("JOTSMITH_KEY_FILE")),
            );
        }
        let mut sets = Vec::new();
        for source in &sources {
            sets.push(load(source)?);
        }
        for source in &self.secrets {
            sets.push(self.load_secret(context, source)?);
        }
        KeySet::share_revoked(&mut sets);
        Ok(sets)
    }

    /// Whether a flag names a key.
    pub fn is_typed(&self) -> bool {
        !self.keys.is_empty() || !self.secrets.is_empty()
    }

    /// Whether a flag or the environment names a key.
    pub fn is_given(&self, context: &Context) -> bool {
        self.is_typed()
            || (["JOTSMITH_KEY", "JOTSMITH_KEY_FILE"].into_iter())
                .any(|name| context.inputs.environment_source(name).is_some())
    }

    fn load_secret(&self, context: &Context, source: &Source) -> Result<KeySet> {
        let (inputs, console) = (&context.inputs, &context.console);
        let key = key_sources::read_secret(inputs, console, source, self.secret_encoding)?;
        Ok(KeySet::new(vec![key])?)
    }

    /// Reads one source of keys.
    ///
    /// # Errors
    /// As [`key_sources::read_key_set`].
    pub fn load_one(&self, context: &Context, source: &Source) -> Result<KeySet> {
        let mut key = match source {
            Source::Agent(name) => key_sources::read_agent(&context.inputs, name)?,
            Source::Token(uri) => pkcs11_token::load_key(uri, &self.token.options(context))?,
            _ => return self.load_file(context, source),
        };
        // A remote key has no kid of its own. A shared secret in a token has no thumbprint.
        if self.kid.is_none() && !key.is_secret() {
            key.kid = Some(key.thumbprint(ThumbprintHash::Sha256)?);
        }
        Ok(KeySet::new(vec![key])?)
    }

    /// Loads the key that a token is bound to from the source of a flag.
    ///
    /// # Errors
    /// As [`KeyArgs::load_one`], and if there is not exactly one key. If it is a shared secret, `secret_is` is the reason.
    pub fn load_bound(
        &self,
        context: &Context,
        source: &Source,
        flag: &str,
        secret_is: &str,
    ) -> Result<PublicKey> {
        let set = self.load_one(context, source)?;
        let [key] = set.keys() else {
            let message = format!("{source}: {flag} needs one key");
            return Err(CliError::usage(message).into());
        };
        if key.is_secret() {
            let message = format!("{source}: a shared secret {secret_is}");
            return Err(CliError::usage(message).into());
        }
        Ok(key.to_public()?)
    }

    fn load_file(&self, context: &Context, source: &Source) -> Result<KeySet> {
        let decryption = |accept: &dyn Fn(&SecretBytes) -> Result<KeySet>| {
            self.decryption.passphrase.with_passphrase(context, &source.to_string(), accept)
        };
        let (inputs, console) = (&context.inputs, &context.console);
        let set = key_sources::read_key_set(
            inputs,
            console,
            source,
            decryption,
            self.decryption.max_p2c,
        )?;
        Ok(
            set.with_references(|text| match TokenUri::parse_reference(text) {
                Ok(uri) => Some(pkcs11_token::remote_key(&uri, &self.token.options(context))),
                Err(why) => {
                    console.print_warning(&format!(
                        "{source}: a reference {why}; its key is used as a public key"
                    ));
                    None
                }
            })?,
        )
    }
}

impl TokenArgs {
    /// Returns the options of a token in addition to its URI.
    pub fn options(&self, context: &Context) -> TokenOptions {
        TokenOptions {
            module: self.pkcs11_module.clone(),
            pin: self.pin_file.clone(),
            console: context.console.clone(),
            no_input: context.no_input,
        }
    }
}

impl RemoteArgs {
    /// Returns a fetcher with these options.
    ///
    /// # Errors
    /// If the CA certificates cannot be read.
    pub fn fetcher<'c>(&self, context: &'c Context) -> Result<Fetcher<'c>> {
        Fetcher::new(context, self.offline, self.ca.ca.as_ref())
    }
}

impl EncryptionKeyArgs {
    /// Loads the keys to encrypt to, with a separate set for each source and for the passphrase, which is prompted for twice.
    ///
    /// # Errors
    /// As [`KeyArgs::fetch_each`].
    pub fn fetch_each(&self, context: &Context, remote: &RemoteArgs) -> Result<Vec<KeySet>> {
        self.with_passphrase(context, true, |keys| keys.fetch_each(context, remote))
    }

    /// Loads the keys to decrypt with, with a separate set for each source and for the passphrase.
    ///
    /// # Errors
    /// As [`KeyArgs::load_each`].
    pub fn load_each(&self, context: &Context) -> Result<Vec<KeySet>> {
        self.with_passphrase(context, false, |keys| keys.load_each(context))
    }

    fn with_passphrase(
        &self,
        context: &Context,
        is_new: bool,
        load_each: impl Fn(&KeyArgs) -> Result<Vec<KeySet>>,
    ) -> Result<Vec<KeySet>> {
        // The key of the environment is not used with a passphrase.
        let mut sets = if self.passphrase && self.keys.keys.is_empty() {
            Vec::new()
        } else {
            load_each(&self.keys)?
        };
        if self.passphrase {
            let passphrase =
                self.keys.decryption.passphrase.read_passphrase(context, "the token", is_new)?;
            sets.push(KeySet::new(vec![Key::from_passphrase(passphrase)?])?);
        }
        if sets.is_empty() {
            Err(no_key())
        } else {
            Ok(sets)
        }
    }
}

/// Returns the error that no key was given.
pub fn no_key() -> anyhow::Error {
    CliError::usage("no key was given")
        .with_hint("use -k FILE, --secret FILE, or set JOTSMITH_KEY or JOTSMITH_KEY_FILE")
        .into()
}

/// Returns a set of the only key, a public key whose private key is `remote`.
///
/// # Errors
/// If there is not exactly one key, or it is private.
pub fn with_remote(sets: Vec<KeySet>, remote: Arc<dyn RemoteKey>, flag: &str) -> Result<KeySet> {
    let keys: Vec<_> = sets.iter().flat_map(KeySet::keys).collect();
    let key = match &keys[..] {
        [key] => key,
        [] => return Err(no_key()),
        keys => {
            let message = format!("{flag} needs exactly one key, got {}", keys.len());
            return Err(CliError::usage(message).with_hint("choose one with --kid ID").into());
        }
    };
    if key.is_private() {
        let message = format!("{flag} needs a public key, but the key is private");
        return Err(CliError::usage(message)
            .with_hint("extract the public key with jotsmith convert --public")
            .into());
    }
    Ok(KeySet::new(vec![key.to_public()?.with_remote(remote)])?)
}
