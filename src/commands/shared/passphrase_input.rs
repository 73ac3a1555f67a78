//! Reads the passphrases that the arguments name.

use anyhow::{Context as _, Result};

use crate::cli::passphrase::PassphraseArgs;
use crate::crypto::SecretBytes;
use crate::io::context::Context;
use crate::io::prompt;
use crate::io::source::Source;
use crate::output::exit::CliError;

/// The maximum length of a passphrase, in bytes.
const MAX_PASSPHRASE: usize = 64 * 1024;

impl PassphraseArgs {
    /// Reads the passphrase for `what`, without the line break at its end. Each source is read once. A new passphrase is
    /// prompted for twice.
    ///
    /// # Errors
    /// If there is no passphrase, or it cannot be read.
    pub fn read_passphrase(&self, context: &Context, what: &str, new: bool) -> Result<SecretBytes> {
        let environment = || context.inputs.environment_source("JOTSMITH_PASSPHRASE");
        match self.passphrase_file.clone().or_else(environment) {
            Some(source) => read_source(context, &source, "--passphrase-file"),
            None => {
                let fix = "set JOTSMITH_PASSPHRASE or use --passphrase-file";
                prompt::prompt_passphrase(what, new, fix, context)
            }
        }
    }

    /// As [`PassphraseArgs::read_passphrase`], for the only encrypted file of a run: later calls return the same passphrase.
    ///
    /// # Errors
    /// As [`PassphraseArgs::read_passphrase`].
    pub fn read_once(&self, context: &Context, what: &str) -> Result<SecretBytes> {
        match context.inputs.cached_passphrase(None) {
            Some(known) => Ok(known),
            None => {
                let passphrase = self.read_passphrase(context, what, false)?;
                context.inputs.keep_passphrase(None, &passphrase);
                Ok(passphrase)
            }
        }
    }

    /// As [`PassphraseArgs::read_passphrase`], for an existing key: `accept` is called with the passphrase of an earlier key first. If
    /// that fails, the passphrase is read.
    ///
    /// # Errors
    /// As [`PassphraseArgs::read_passphrase`], and as `accept`.
    pub fn with_passphrase<T>(
        &self,
        context: &Context,
        what: &str,
        accept: impl Fn(&SecretBytes) -> Result<T>,
    ) -> Result<T> {
        let typed = context.inputs.cached_passphrase(None);
        if let Some(accepted) = typed.and_then(|typed| accept(&typed).ok()) {
            return Ok(accepted);
        }
        let passphrase = self.read_passphrase(context, what, false)?;
        let accepted = accept(&passphrase)?;
        context.inputs.keep_passphrase(None, &passphrase);
        Ok(accepted)
    }
}

/// Reads a new passphrase that replaces the current one: from the source, or else prompted for twice.
///
/// # Errors
/// If there is no passphrase, or it cannot be read.
pub fn new_passphrase(context: &Context, source: Option<&Source>) -> Result<SecretBytes> {
    match source {
        Some(source) => read_source(context, source, "--new-passphrase-file"),
        None => {
            prompt::prompt_passphrase("the new file", true, "use --new-passphrase-file", context)
        }
    }
}

fn read_source(context: &Context, source: &Source, flag: &str) -> Result<SecretBytes> {
    if let Some(known) = context.inputs.cached_passphrase(Some(source)) {
        return Ok(known);
    }
    let text = context.inputs.read_secret(source, "passphrase", flag, MAX_PASSPHRASE)?;
    let bytes = text.expose();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(CliError::failed("the passphrase is empty")).context(source.to_string());
    }
    let passphrase = bytes.to_vec().into();
    context.inputs.keep_passphrase(Some(source), &passphrase);
    Ok(passphrase)
}
