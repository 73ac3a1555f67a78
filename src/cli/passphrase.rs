//! Passphrases: of encrypted keys, and those that private keys are encrypted with.

use anyhow::Result;
use clap::Args;

use crate::crypto::policy::{MAX_P2C, MIN_SEAL};
use crate::crypto::{KeyEncryption, SecretBytes};
use crate::io::source::Source;
use crate::output::exit::CliError;

/// The most rounds of PBKDF2 that a key is encrypted with: a second of work, or some.
const MAX_SEAL: i64 = 10_000_000;

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
            (None, Some(_)) => Err(CliError::usage("--p2c needs an encrypted key")
                .hint("add --encrypt")
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
