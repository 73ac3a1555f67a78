//! The arguments for keys.

use std::path::PathBuf;

use clap::Args;

use crate::cli::passphrase::KeyDecryptionArgs;
use crate::io::key_sources::SecretEncoding;
use crate::io::source::Source;

/// The arguments for keys.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct KeyArgs {
    /// Key: path, -, env:NAME, URL, pkcs11: or ssh-agent:
    ///
    /// The format is detected: JWK, JWK Set, PEM, DER or another common format. Without this flag, the key is the value of
    /// JOTSMITH_KEY, or the content of the file that JOTSMITH_KEY_FILE names. pkcs11:token=LABEL;object=LABEL (RFC 7512)
    /// selects a key in a PKCS#11 token. ssh-agent:FINGERPRINT or ssh-agent:COMMENT selects a key of an SSH agent.
    #[arg(short, long = "key", value_name = "KEY", alias = "recipient")]
    pub keys: Vec<Source>,

    /// Raw shared secret: path, -, or env:NAME
    #[arg(long = "secret", value_name = "KEY")]
    pub secrets: Vec<Source>,

    /// Encoding of --secret
    #[arg(
        long,
        value_name = "ENCODING",
        default_value = "utf8",
        hide_short_help = true
    )]
    pub secret_encoding: SecretEncoding,

    /// Key ID of the key to use
    #[arg(long, value_name = "ID", value_parser = parse_kid, allow_hyphen_values = true)]
    pub kid: Option<String>,

    /// How a token is used
    #[command(flatten)]
    #[allow(missing_docs)]
    pub token: TokenArgs,

    /// What opens an encrypted key
    #[command(flatten)]
    #[allow(missing_docs)]
    pub decryption: KeyDecryptionArgs,
}

/// The arguments for using a token.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct TokenArgs {
    /// PKCS#11 module to load [default: PKCS11_MODULE, or the p11-kit proxy]
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub pkcs11_module: Option<PathBuf>,

    /// PIN of the PKCS#11 token: path or env:NAME [default: JOTSMITH_PIN, or a prompt]
    #[arg(long, value_name = "KEY", value_parser = pin_file, hide_short_help = true)]
    pub pin_file: Option<Source>,
}

/// Parses the source of a PIN. Stdin is refused: the PIN is read when the key is used, and then stdin is the input of the
/// command.
fn pin_file(text: &str) -> Result<Source, String> {
    let source: Source = text.parse()?;
    match source {
        Source::Env(_) => Ok(source),
        Source::File(_) if !source.is_stdin() => Ok(source),
        _ => Err("is neither a file nor env:NAME".into()),
    }
}

/// The keys or the passphrase to encrypt or decrypt with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct EncryptionKeyArgs {
    /// The keys
    #[command(flatten)]
    #[allow(missing_docs)]
    pub keys: KeyArgs,

    /// Use a passphrase instead of a key, or in addition to keys
    #[arg(long)]
    pub passphrase: bool,
}

/// Parses a key ID.
///
/// # Errors
/// If it is empty.
pub fn parse_kid(text: &str) -> Result<String, String> {
    match text {
        "" => Err("is empty".into()),
        text => Ok(text.to_owned()),
    }
}
