//! `convert`: keys from any form to any other.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::Context;
use crate::args::form::{Form, public_halves};
use crate::args::keys::new_passphrase;
use crate::args::{KeyArgs, OutputArgs};
use crate::crypto::alg::Alg;
use crate::crypto::key::{ThumbprintHash, Use};
use crate::crypto::{Key, KeySet, SecretBytes};
use crate::exit::Complaint;
use crate::io::file::{Audience, prepare};
use crate::io::source::Source;

/// What a key is converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Target {
    /// One JSON Web Key.
    Jwk,
    /// A JWK Set.
    Jwks,
    /// PKCS#8 PEM; SPKI for a public key.
    Pem,
    /// PKCS#8 DER; SPKI for a public key.
    Der,
    /// OpenSSH's line for a public key.
    Ssh,
    /// The thumbprint (RFC 7638).
    Thumbprint,
    /// The thumbprint as a URI (RFC 9278).
    ThumbprintUri,
}

/// The hash of a thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// What a thumbprint URI begins with (RFC 9278 §3).
const URI: &str = "urn:ietf:params:oauth:jwk-thumbprint:";

/// Convert keys from any form to any other
///
/// Several -k are merged into one JWK Set.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith convert -k key.pem --to jwk --alg RS256 -o key.jwk
  jotsmith convert -k key.jwk --public --to pem
  jotsmith convert -k a.jwk -k b.jwk --public --to jwks -o jwks.json
  jotsmith convert -k key.jwk --to pem --encrypt -o key.pem
  jotsmith convert -k key.jwk --public --to ssh
  jotsmith convert -k key.jwk --to thumbprint")]
pub struct Args {
    #[command(flatten)]
    keys: KeyArgs,

    /// The form
    #[arg(long, value_name = "FORM", help_heading = "Output")]
    to: Option<Target>,

    /// The public part only
    #[arg(long, help_heading = "Output")]
    public: bool,

    /// Encrypt the private key with a passphrase
    #[arg(long, conflicts_with = "public", help_heading = "Output")]
    encrypt: bool,

    /// Write an encrypted private key unencrypted
    #[arg(long, conflicts_with_all = ["encrypt", "public"], help_heading = "Output")]
    decrypt: bool,

    /// Encrypt an encrypted private key with another passphrase
    #[arg(long, conflicts_with_all = ["encrypt", "decrypt", "public"], help_heading = "Output")]
    change_passphrase: bool,

    /// Read the other passphrase from a file, -, or env:NAME (without: asked on the terminal)
    #[arg(
        long,
        value_name = "KEY",
        requires = "change_passphrase",
        help_heading = "Output"
    )]
    new_passphrase_file: Option<Source>,

    /// Write every key into a file of its own in this folder, named after its kid
    #[arg(
        long,
        value_name = "FOLDER",
        conflicts_with = "output",
        help_heading = "Output"
    )]
    split: Option<PathBuf>,

    /// The hash of a thumbprint
    #[arg(
        long,
        value_name = "HASH",
        default_value = "sha256",
        help_heading = "Output"
    )]
    hash: Hash,

    /// Give the key this identifier
    #[arg(
        long,
        value_name = "ID",
        allow_hyphen_values = true,
        help_heading = "Changes"
    )]
    set_kid: Option<String>,

    /// Give every key its RFC 7638 thumbprint as identifier
    #[arg(long, conflicts_with = "set_kid", help_heading = "Changes")]
    thumbprint_kid: bool,

    /// Leave out a member that is not the key itself: kid, use, alg, key_ops or any other
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Changes"
    )]
    drop: Vec<String>,

    /// Say what the key may be used for
    #[arg(long = "use", value_name = "USE", value_parser = ["sig", "enc"], help_heading = "Changes")]
    key_use: Option<String>,

    /// Bind the key to an algorithm
    #[arg(long, value_parser = algorithm, help_heading = "Changes")]
    alg: Option<Alg>,

    #[command(flatten)]
    output: OutputArgs,
}

fn algorithm(name: &str) -> Result<Alg, String> {
    Alg::named(name).ok_or_else(|| "no such algorithm".into())
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let loaded = args.keys.load(context)?;
    let (was_set, was_encrypted) = (loaded.is_jwks(), loaded.is_encrypted());
    let mut keys = loaded.into_keys();
    change(args, &mut keys)?;
    let form = match args.to {
        Some(Target::Thumbprint) => return thumbprints(args, context, &keys, ""),
        Some(Target::ThumbprintUri) => return thumbprints(args, context, &keys, URI),
        Some(Target::Ssh) => Form::Ssh,
        Some(Target::Jwk) => Form::Jwk,
        Some(Target::Pem) => Form::Pem,
        Some(Target::Der) => Form::Der,
        Some(Target::Jwks) => Form::Jwks,
        None if was_set || keys.len() > 1 => Form::Jwks,
        None => Form::Jwk,
    };
    if let Some(folder) = &args.split {
        return split(args, context, folder, keys, was_encrypted);
    }
    if args.public || !keys.iter().any(Key::is_private) {
        let bytes = form.public(&public_halves(&keys)?)?;
        args.output
            .deliver(&context.console, &bytes, Audience::Everybody)?;
        return Ok(0);
    }
    if args.output.output.is_none() && !args.encrypt && context.console.is_terminal() {
        return Err(
            Complaint::usage("a private key is not printed on a terminal")
                .hint("--public prints the public part, -o FILE writes it all to a file")
                .into(),
        );
    }
    let passphrase = passphrase(args, context, was_encrypted)?;
    let bytes = form.whole(&KeySet::new(keys)?, passphrase)?;
    args.output
        .deliver(&context.console, bytes.expose(), Audience::Owner)?;
    Ok(0)
}

/// What the private key is to be encrypted with. An encrypted key is not written in the clear unasked.
fn passphrase(args: &Args, context: &Context, encrypted: bool) -> Result<Option<SecretBytes>> {
    match (args.encrypt, args.decrypt, args.change_passphrase, encrypted) {
        (false, true, false, true) | (false, false, false, false) => Ok(None),
        (true, _, _, false) => (args.keys.passphrase)
            .read(context, "the new file", true)
            .map(Some),
        (_, _, true, true) => {
            new_passphrase(context, args.new_passphrase_file.as_ref()).map(Some)
        }
        (false, false, false, true) => Err(Complaint::usage("the key is encrypted")
            .hint("--decrypt writes it unencrypted, --change-passphrase encrypts it anew, --public leaves out the private part")
            .into()),
        (true, _, _, true) => Err(Complaint::usage("the key is encrypted already")
            .hint("--change-passphrase encrypts it anew")
            .into()),
        (false, ..) => Err(Complaint::usage("the key is not encrypted").into()),
    }
}

fn change(args: &Args, keys: &mut [Key]) -> Result<()> {
    if let Some(kid) = &args.set_kid {
        let [key] = keys else {
            return Err(Complaint::usage("several keys cannot have one kid")
                .hint("--kid ID chooses one")
                .into());
        };
        key.kid = Some(kid.clone());
    }
    for key in keys {
        if args.thumbprint_kid {
            key.kid = Some(key.thumbprint(ThumbprintHash::Sha256)?);
        }
        for name in &args.drop {
            key.drop_member(name)?;
        }
        if let Some(alg) = args.alg {
            key.bind(alg)?;
        }
        match args.key_use.as_deref() {
            None => {}
            Some("sig") => key.key_use = Some(Use::Sig),
            Some(_) => key.key_use = Some(Use::Enc),
        }
    }
    Ok(())
}

/// All files are written before the first of them is put in its place.
fn split(
    args: &Args,
    context: &Context,
    folder: &Path,
    keys: Vec<Key>,
    was_encrypted: bool,
) -> Result<u8> {
    let form = match args.to {
        None | Some(Target::Jwk) => Form::Jwk,
        Some(Target::Pem) => Form::Pem,
        Some(Target::Der) => Form::Der,
        Some(Target::Ssh) => Form::Ssh,
        Some(Target::Jwks | Target::Thumbprint | Target::ThumbprintUri) => {
            return Err(Complaint::usage("--split writes jwk, pem, der or ssh").into());
        }
    };
    let public = args.public || !keys.iter().any(Key::is_private);
    let mut files = Vec::new();
    for key in keys {
        let path = folder.join(format!("{}.{}", file_name(&key)?, form.ending()));
        let force = args.output.force;
        files.push(match public {
            true => prepare(
                &path,
                &form.public(&[key.to_public()?])?,
                Audience::Everybody,
                force,
            )?,
            false => {
                let passphrase = passphrase(args, context, was_encrypted)?;
                let bytes = form.whole(&KeySet::new(vec![key])?, passphrase)?;
                prepare(&path, bytes.expose(), Audience::Owner, force)?
            }
        });
    }
    for file in files {
        file.commit()?;
    }
    Ok(0)
}

/// A kid is anybody's text: only a harmless one names a file, the others by their thumbprint.
fn file_name(key: &Key) -> Result<String> {
    let harmless = |kid: &&String| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=128).contains(&kid.len()) && kid.bytes().all(plain)
    };
    match key.kid.as_ref().filter(harmless) {
        Some(kid) => Ok(kid.clone()),
        // RFC 7638 §7: a secret's thumbprint lets others test guesses.
        None if key.is_secret() => Err(Complaint::failed(
            "a secret's kid does not serve as a file name",
        )
        .hint("--set-kid gives it another")
        .into()),
        None => Ok(key.thumbprint(ThumbprintHash::Sha256)?),
    }
}

fn thumbprints(args: &Args, context: &Context, keys: &[Key], start: &str) -> Result<u8> {
    let (hash, name) = match args.hash {
        Hash::Sha256 => (ThumbprintHash::Sha256, "sha-256"),
        Hash::Sha384 => (ThumbprintHash::Sha384, "sha-384"),
        Hash::Sha512 => (ThumbprintHash::Sha512, "sha-512"),
    };
    let start = match start {
        "" => String::new(),
        start => format!("{start}{name}:"),
    };
    let thumbprints = (keys.iter())
        .map(|key| Ok(format!("{start}{}", key.thumbprint(hash)?)))
        .collect::<Result<Vec<String>>>()?;
    if context.console.json {
        (context.console).object(json!({"thumbprints": thumbprints}))?;
    } else {
        let lines: String = thumbprints.iter().map(|line| format!("{line}\n")).collect();
        (args.output).deliver(&context.console, lines.as_bytes(), Audience::Everybody)?;
    }
    Ok(0)
}
