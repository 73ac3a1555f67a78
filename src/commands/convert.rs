//! `convert`: converts keys between formats.

mod split;
mod thumbprint;

use std::path::PathBuf;

use anyhow::Result;

use super::Context;
use crate::cli::key_args::parse_kid;
use crate::cli::key_format::{ConvertTo, KeyFormat};
use crate::cli::named::{self, name_parser};
use crate::cli::passphrase::KeyEncryptionArgs;
use crate::cli::{self, KeyArgs, OutputArgs};
use crate::commands::shared::key_file::{KeyFileReport, public_halves};
use crate::commands::shared::key_loading::no_key;
use crate::commands::shared::passphrase_input::new_passphrase;
use crate::crypto::alg::{Algorithm, KeyType};
use crate::crypto::key::{ThumbprintHash, Use};
use crate::crypto::{Key, KeyEncryption, KeySet};
use crate::fingerprint::{Fingerprint, KeyIdSource};
use crate::io::file::Audience;
use crate::io::source::Source;
use crate::output::exit::CliError;

/// Convert keys between formats
///
/// Without KEY, -k, --secret and a key in the environment, the key is read from stdin. Several keys are written as one JWK
/// Set; several public keys can also be written as one PEM file. --kid active selects the active key of a rotating set.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith convert key.pem --to jwk --alg RS256 -o key.jwk
  jotsmith convert --public --to pem < key.jwk
  jotsmith convert a.jwk b.jwk --public --to jwks -o jwks.json
  jotsmith convert -k jwks.json --to pem -o public.pem
  jotsmith convert -k keys.jwks --kid active --to pem -o active.pem
  jotsmith convert -k key.jwk --to pem --encrypt -o key.pem
  jotsmith convert -k key.jwk --public --to ssh
  jotsmith convert -k key.jwk --to thumbprint
  jotsmith convert -k key.pem --to fingerprint --fingerprint snowflake")]
pub struct Args {
    /// Key to convert, as with -k, or @PATH [default: stdin]
    #[arg(value_name = "KEY", value_parser = Source::from_positional, help_heading = "Keys")]
    inputs: Vec<Source>,

    #[command(flatten)]
    keys: KeyArgs,

    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        ignore_case = true,
        help_heading = "Output"
    )]
    to: Option<ConvertTo>,

    /// Write only the public key
    #[arg(long, conflicts_with = "p2c", help_heading = "Output")]
    public: bool,

    /// Encrypt the private key with a passphrase
    #[arg(long, conflicts_with = "public", help_heading = "Output")]
    encrypt: bool,

    /// Write an encrypted private key without encryption
    #[arg(long, conflicts_with_all = ["encrypt", "public"], help_heading = "Output")]
    decrypt: bool,

    /// Change the passphrase of an encrypted private key
    #[arg(long, conflicts_with_all = ["encrypt", "decrypt", "public"], help_heading = "Output")]
    change_passphrase: bool,

    /// New passphrase: path, -, or env:NAME [default: a prompt]
    #[arg(
        long,
        value_name = "KEY",
        requires = "change_passphrase",
        help_heading = "Output"
    )]
    new_passphrase_file: Option<Source>,

    #[command(flatten)]
    encryption: KeyEncryptionArgs,

    /// Write each key to a separate file in this folder, named after its key ID
    #[arg(
        long,
        value_name = "FOLDER",
        conflicts_with = "output",
        help_heading = "Output",
        hide_short_help = true
    )]
    split: Option<PathBuf>,

    /// Hash function of the thumbprint
    #[arg(
        long,
        value_name = "HASH",
        default_value = "sha256",
        help_heading = "Output",
        hide_short_help = true
    )]
    hash: thumbprint::Hash,

    /// Kind of fingerprint [default: jwk]
    #[arg(long, value_name = "KIND", help_heading = "Output")]
    fingerprint: Option<Fingerprint>,

    /// Set the key ID
    #[arg(
        long,
        value_name = "ID",
        value_parser = parse_kid,
        allow_hyphen_values = true,
        help_heading = "Changes"
    )]
    set_kid: Option<String>,

    /// Set each key ID to the RFC 7638 thumbprint
    #[arg(
        long,
        conflicts_with = "set_kid",
        help_heading = "Changes",
        hide_short_help = true
    )]
    thumbprint_kid: bool,

    /// Derive each key ID from: jwk (thumbprint), kubernetes, libtrust, x5t, x5t#S256 (of the certificate) or uuid
    #[arg(long, value_name = "SOURCE", value_parser = cli::key_id_source, conflicts_with_all = ["set_kid", "thumbprint_kid"], help_heading = "Changes")]
    kid_from: Option<KeyIdSource>,

    /// Remove a member that is not key material, such as kid
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Changes"
    )]
    drop: Vec<String>,

    /// Set the key use
    #[arg(long = "use", value_name = "USE", value_parser = ["sig", "enc"], help_heading = "Changes")]
    key_use: Option<String>,

    /// Bind the key to this algorithm
    #[arg(long, value_parser = name_parser(cli::parse_algorithm, named::algorithm_names), hide_possible_values = true, help_heading = "Changes")]
    alg: Option<Algorithm>,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub fn run(mut args: Args, context: &Context) -> Result<u8> {
    args.keys.keys.splice(0..0, args.inputs.drain(..));
    if !args.keys.is_typed() {
        if args.keys.is_given(context) {
            context.console.print_note("the key is read from the environment; use - to read stdin");
        } else if context.inputs.stdin_is_free() {
            args.keys.keys.push(Source::Stdin);
        } else {
            // A private key is not read from a terminal, which displays it.
            return Err(no_key());
        }
    }
    let args = &args;
    let loaded = args.keys.load_or_active(context)?;
    if args.keys.keys.len() > 1 && !loaded.shared_kids()?.is_empty() {
        return Err(CliError::failed("two keys have the same kid")
            .with_hint("change one of them with jotsmith convert --set-kid")
            .into());
    }
    let (was_set, was_encrypted) = (loaded.is_jwks(), loaded.is_encrypted());
    let mut keys = loaded.into_keys();
    set_key_members(args, &mut keys)?;
    let is_unbound =
        |key: &Key| matches!(key.key_type(), KeyType::RsaPss(..)) && key.alg().is_none();
    let is_jwk = matches!(
        args.to,
        None | Some(ConvertTo::Key(KeyFormat::Jwk | KeyFormat::Jwks))
    );
    if is_jwk && keys.iter().any(is_unbound) {
        context.console.print_warning(
            "a JWK cannot restrict a key to RSASSA-PSS; --alg PS256 binds it to one algorithm",
        );
    }
    let format = match args.to {
        Some(ConvertTo::Fingerprint) => {
            return thumbprint::print_fingerprints(args, context, &keys);
        }
        None if args.fingerprint.is_some() => {
            return thumbprint::print_fingerprints(args, context, &keys);
        }
        Some(ConvertTo::Thumbprint) => return thumbprint::run(args, context, &keys, ""),
        Some(ConvertTo::ThumbprintUri) => {
            return thumbprint::run(args, context, &keys, thumbprint::URI);
        }
        Some(ConvertTo::Key(format)) => format,
        None if was_set || keys.len() > 1 => KeyFormat::Jwks,
        None => KeyFormat::Jwk,
    };
    let kids = keys.iter().map(|key| key.kid.clone()).collect();
    if let Some(folder) = &args.split {
        return split::run(args, context, folder, keys, was_encrypted);
    }
    if args.public || !keys.iter().any(Key::is_private) {
        let bytes = format.encode_public_keys(&public_halves(&keys)?)?;
        return write_keys(args, context, kids, &bytes, Audience::Public);
    }
    if !args.encrypt {
        let hint =
            "use -o FILE to write the private key to a file, or --public to print the public key";
        args.output.refuse_terminal(&context.console, hint)?;
    }
    let encryption = key_encryption(args, context, was_encrypted)?;
    let bytes = format.encode_key_set(&KeySet::new(keys)?, encryption.as_ref())?;
    write_keys(args, context, kids, bytes.expose(), Audience::Owner)
}

/// Writes the key file, or reports it with --json.
fn write_keys(
    args: &Args,
    context: &Context,
    kids: Vec<Option<String>>,
    bytes: &[u8],
    audience: Audience,
) -> Result<u8> {
    let in_file = args.output.file().is_some();
    if in_file || !context.console.json {
        args.output.write_result(&context.console, bytes, audience)?;
    }
    if context.console.json {
        let printed = (!in_file).then_some(bytes);
        context.console.write_report(&KeyFileReport::new(None, kids, printed))?;
    }
    Ok(0)
}

/// Returns the parameters for encrypting the private key. An encrypted key is written unencrypted only with --decrypt.
fn key_encryption(
    args: &Args,
    context: &Context,
    encrypted: bool,
) -> Result<Option<KeyEncryption>> {
    let passphrase = match (args.encrypt, args.decrypt, args.change_passphrase, encrypted) {
        (false, true, false, true) | (false, false, false, false) => Ok(None),
        (true, _, _, false) => args.keys.decryption.passphrase
            .read_passphrase(context, "the new file", true)
            .map(Some),
        (_, _, true, true) => {
            new_passphrase(context, args.new_passphrase_file.as_ref()).map(Some)
        }
        (false, false, false, true) => Err(CliError::usage("the key is encrypted")
            .with_hint("use --decrypt to write it unencrypted, --change-passphrase to encrypt it again, or --public to write the public key")
            .into()),
        (true, _, _, true) => Err(CliError::usage("the key is already encrypted")
            .with_hint("use --change-passphrase to encrypt it again")
            .into()),
        (false, ..) => Err(CliError::usage("the key is not encrypted").into()),
    }?;
    args.encryption.key_encryption(passphrase)
}

fn set_key_members(args: &Args, keys: &mut [Key]) -> Result<()> {
    if let Some(kid) = &args.set_kid {
        let [key] = keys else {
            return Err(CliError::usage("several keys cannot have the same kid")
                .with_hint("choose one with --kid ID")
                .into());
        };
        key.kid = Some(kid.clone());
    }
    for key in keys {
        if args.thumbprint_kid {
            key.kid = Some(key.thumbprint(ThumbprintHash::Sha256)?);
        }
        if let Some(source) = args.kid_from {
            key.kid = Some(key.derive_kid(source)?);
        }
        for name in &args.drop {
            key.drop_member(name)?;
        }
        if let Some(alg) = args.alg {
            key.set_alg(alg)?;
        }
        match args.key_use.as_deref() {
            None => {}
            Some("sig") => key.key_use = Some(Use::Sig),
            Some(_) => key.key_use = Some(Use::Enc),
        }
    }
    Ok(())
}
