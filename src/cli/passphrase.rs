//! The arguments for passphrases of encrypted keys.

use anyhow::Result;
use clap::Args;

use crate::crypto::policy::{MAX_P2C, MIN_ENCRYPTION_ROUNDS};
use crate::crypto::{KeyEncryption, SecretBytes};
use crate::io::source::Source;
use crate::output::exit::CliError;

/// The maximum PBKDF2 iteration count for encrypting a key. It takes a few seconds.
const MAX_ENCRYPTION_ROUNDS: i64 = 10_000_000;

/// The arguments for decrypting an encrypted key.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct KeyDecryptionArgs {
    /// Where its passphrase comes from
    #[command(flatten)]
    #[allow(missing_docs)]
    pub passphrase: PassphraseArgs,

    /// Maximum PBKDF2 iteration count to accept
    #[arg(long, value_name = "COUNT", default_value_t = MAX_P2C, hide_short_help = true)]
    pub max_p2c: u64,
}

/// The arguments for encrypting a private key.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct KeyEncryptionArgs {
    /// PBKDF2 iteration count for encrypting the private key [default: 600000]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(i64::from(MIN_ENCRYPTION_ROUNDS)..=MAX_ENCRYPTION_ROUNDS), hide_short_help = true)]
    pub p2c: Option<u32>,
}

impl KeyEncryptionArgs {
    /// Returns the parameters for encrypting a private key with this passphrase; `None` without a passphrase.
    ///
    /// # Errors
    /// If an iteration count is given without a passphrase.
    pub fn key_encryption(&self, passphrase: Option<SecretBytes>) -> Result<Option<KeyEncryption>> {
        let rounds = self.p2c.unwrap_or(MIN_ENCRYPTION_ROUNDS);
        match (passphrase, self.p2c) {
            (None, Some(_)) => Err(CliError::usage("--p2c applies only to an encrypted key")
                .with_hint("add --encrypt")
                .into()),
            (passphrase, _) => {
                Ok(passphrase.map(|passphrase| KeyEncryption { passphrase, rounds }))
            }
        }
    }
}

/// The source of a passphrase.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct PassphraseArgs {
    /// Passphrase of an encrypted key: path, -, or env:NAME [default: JOTSMITH_PASSPHRASE, or a prompt]
    #[arg(long, value_name = "KEY", hide_short_help = true)]
    pub passphrase_file: Option<Source>,
}
