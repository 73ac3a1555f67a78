//! Passphrases: of encrypted keys, and those that private keys are encrypted with.

use anyhow::{Context as _, Result};
use clap::Args;

use crate::crypto::policy::{MAX_P2C, MIN_SEAL};
use crate::crypto::{KeyEncryption, SecretBytes};
use crate::io::context::Context;
use crate::io::prompt;
use crate::io::source::Source;
use crate::output::exit::CliError;

/// The most rounds of PBKDF2 that a key is encrypted with: a second of work, or some.
const MAX_SEAL: i64 = 10_000_000;
/// The longest passphrase, in bytes.
const MAX_PASSPHRASE: usize = 64 * 1024;

/// What opens an encrypted key.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct UnlockArgs {
    /// Where its passphrase comes from
    #[command(flatten)]
    #[allow(missing_docs)]
    pub passphrase: PassphraseArgs,

    /// The most rounds of PBKDF2 to spend on a passphrase
    #[arg(long, value_name = "COUNT", default_value_t = MAX_P2C, hide_short_help = true)]
    pub max_p2c: u64,
}

/// How a private key is encrypted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct SealArgs {
    /// Rounds of PBKDF2 to encrypt the private key with [default: 600000]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(i64::from(MIN_SEAL)..=MAX_SEAL), hide_short_help = true)]
    pub p2c: Option<u32>,
}

impl SealArgs {
    /// The seal of this passphrase.
    ///
    /// # Errors
    /// When there are rounds but no passphrase.
    pub fn seal(&self, passphrase: Option<SecretBytes>) -> Result<Option<KeyEncryption>> {
        let rounds = self.p2c.unwrap_or(MIN_SEAL);
        match (passphrase, self.p2c) {
            (None, Some(_)) => Err(CliError::usage("--p2c is for a key that is encrypted")
                .hint("--encrypt does that")
                .into()),
            (passphrase, _) => {
                Ok(passphrase.map(|passphrase| KeyEncryption { passphrase, rounds }))
            }
        }
    }
}

/// Where a passphrase comes from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct PassphraseArgs {
    /// Read the passphrase from a file, -, or env:NAME (without: JOTSMITH_PASSPHRASE, or asked on the terminal)
    #[arg(long, value_name = "KEY", hide_short_help = true)]
    pub passphrase_file: Option<Source>,
}

impl PassphraseArgs {
    /// The passphrase for `what`, without one line end behind it. Each source is read once. A new passphrase is prompted
    /// for twice.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(&self, context: &Context, what: &str, new: bool) -> Result<SecretBytes> {
        let environment = || context.inputs.environment("JOTSMITH_PASSPHRASE");
        match self.passphrase_file.clone().or_else(environment) {
            Some(source) => read_source(context, &source, "--passphrase-file"),
            None => prompt::passphrase(what, new, context),
        }
    }

    /// As [`PassphraseArgs::read`], for the only encrypted file of a run, whatever the number of attempts.
    ///
    /// # Errors
    /// As [`PassphraseArgs::read`].
    pub fn read_once(&self, context: &Context, what: &str) -> Result<SecretBytes> {
        match context.inputs.passphrase(None) {
            Some(known) => Ok(known),
            None => {
                let passphrase = self.read(context, what, false)?;
                context.inputs.keep_passphrase(None, &passphrase);
                Ok(passphrase)
            }
        }
    }

    /// As [`PassphraseArgs::read`], for an existing key: `accept` is given the passphrase that was typed for an earlier
    /// key first, and only where it does not fit, the one that is read.
    ///
    /// # Errors
    /// As [`PassphraseArgs::read`], and as `accept`.
    pub fn unlock<T>(
        &self,
        context: &Context,
        what: &str,
        accept: impl Fn(&SecretBytes) -> Result<T>,
    ) -> Result<T> {
        let typed = context.inputs.passphrase(None);
        if let Some(accepted) = typed.and_then(|typed| accept(&typed).ok()) {
            return Ok(accepted);
        }
        let passphrase = self.read(context, what, false)?;
        let accepted = accept(&passphrase)?;
        context.inputs.keep_passphrase(None, &passphrase);
        Ok(accepted)
    }
}

/// A passphrase that replaces the one of `JOTSMITH_PASSPHRASE`: from the source, or prompted for twice.
///
/// # Errors
/// When there is none.
pub fn new_passphrase(context: &Context, source: Option<&Source>) -> Result<SecretBytes> {
    match source {
        Some(source) => read_source(context, source, "--new-passphrase-file"),
        None => prompt::passphrase("the new file", true, context),
    }
}

fn read_source(context: &Context, source: &Source, flag: &str) -> Result<SecretBytes> {
    if let Some(known) = context.inputs.passphrase(Some(source)) {
        return Ok(known);
    }
    let text = (context.inputs).read_secret(source, "passphrase", flag, MAX_PASSPHRASE)?;
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
