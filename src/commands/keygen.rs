//! `keygen`: generates keys.

mod ask;
mod keygen_in_token;
pub mod list;

use std::path::PathBuf;

use anyhow::Result;

use super::Context;
use crate::cli::key_args::{TokenArgs, parse_kid};
use crate::cli::key_format::KeyFormat;
use crate::cli::named::{self, name_parser};
use crate::cli::passphrase::{KeyEncryptionArgs, PassphraseArgs};
use crate::cli::{self, OutputArgs};
use crate::commands::shared::key_file::{KeyFileReport, public_halves};
use crate::commands::shared::note_about_ed25519;
use crate::crypto::alg::{Algorithm, Curve, KeyType};
use crate::crypto::key::{ThumbprintHash, Use, rsa};
use crate::crypto::random::random_bytes;
use crate::crypto::{Key, KeySet, backend, base64url};
use crate::fingerprint::KeyIdSource;
use crate::io::file::{self, Audience, stage_file};
use crate::io::pkcs11_token::token_uri;
use crate::io::prompt;
use crate::output::exit::CliError;

/// The maximum number of keys that one run generates.
const MAX_COUNT: u16 = 1000;

/// Generate keys
///
/// Each key has the members alg, use and kid. The key ID is the RFC 7638 thumbprint, or random for a shared secret. Only the
/// owner can read private files. Without arguments on a terminal, keygen prompts for the use of the key.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith keygen -o key.jwk --public-out key.pub.jwk
  jotsmith keygen RS256 --bits 4096 --to pem -o key.pem
  jotsmith keygen ECDH-ES+A256KW --curve X25519 -o enc.jwk
  jotsmith keygen Ed25519 --encrypt --to pem -o key.pem
  jotsmith keygen --list
  jotsmith keygen HS256 | jotsmith sign -k - sub=x")]
pub struct Args {
    /// Algorithm for signatures, key management or content encryption [default: ES256]
    #[arg(value_name = "ALG", value_parser = name_parser(parse_algorithm, named::algorithm_names), hide_possible_values = true)]
    alg: Option<Algorithm>,

    /// Curve, for EdDSA and ECDH-ES
    #[arg(long, value_parser = name_parser(parse_curve, curve_names), hide_possible_values = true)]
    curve: Option<Curve>,

    /// Size of an RSA key [default: 3072] or shared secret
    #[arg(long)]
    bits: Option<u32>,

    /// Key ID [default: thumbprint, or random for a shared secret]
    #[arg(
        long,
        value_name = "ID",
        value_parser = parse_kid,
        conflicts_with = "count",
        allow_hyphen_values = true
    )]
    kid: Option<String>,

    /// Derive the key ID from: jwk (thumbprint), kubernetes, libtrust or uuid
    #[arg(long, value_name = "SOURCE", value_parser = cli::key_id_source, conflicts_with = "kid")]
    kid_from: Option<KeyIdSource>,

    /// Key use, if the algorithm does not determine it
    #[arg(long = "use", value_name = "USE", value_parser = key_use)]
    key_use: Option<Use>,

    /// Number of keys, written as a JWK Set
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_COUNT)))]
    count: Option<u16>,

    /// List the algorithms and exit
    #[arg(long, conflicts_with_all = KEY_FLAGS, help_heading = "Algorithms")]
    list: bool,

    /// List them with key types, recommendations and supporting software
    #[arg(long, conflicts_with_all = KEY_FLAGS, help_heading = "Algorithms")]
    long: bool,

    /// List them with their speed on one core
    #[arg(long, conflicts_with_all = KEY_FLAGS, help_heading = "Algorithms")]
    bench: bool,

    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        ignore_case = true,
        help_heading = "Output"
    )]
    to: Option<KeyFormat>,

    /// Encrypt the private key with a passphrase
    #[arg(long, help_heading = "Output")]
    encrypt: bool,

    #[command(flatten)]
    encryption: KeyEncryptionArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Also write the public key to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    public_out: Option<PathBuf>,

    #[command(flatten)]
    token: TokenArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// The flags that specify the key.
const KEY_FLAGS: [&str; 10] = [
    "alg",
    "curve",
    "bits",
    "kid",
    "kid_from",
    "key_use",
    "count",
    "to",
    "public_out",
    "output",
];

fn parse_algorithm(name: &str) -> Result<Algorithm, String> {
    match cli::parse_algorithm(name)? {
        Algorithm::KeyManagement(row) if row.is_deprecated() => {
            Err("is deprecated; use RSA-OAEP-256".into())
        }
        algorithm => Ok(algorithm),
    }
}

fn curve_names() -> Vec<&'static str> {
    Curve::ALL.map(Curve::name).to_vec()
}

fn parse_curve(name: &str) -> Result<Curve, String> {
    let found = Curve::ALL.into_iter().find(|curve| curve.name().eq_ignore_ascii_case(name));
    found.ok_or_else(|| format!("no such curve; choose from {}", curve_names().join(", ")))
}

fn key_use(name: &str) -> Result<Use, String> {
    match name {
        "sig" => Ok(Use::Sig),
        "enc" => Ok(Use::Enc),
        _ => Err("is neither sig nor enc".into()),
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    if args.is_bare() && prompt::can_ask(context) {
        return run(&ask::prompt_for_arguments(context)?, context);
    }
    if args.list || args.long || args.bench {
        return list::run(context, args.long, args.bench);
    }
    if let Some(uri) = args.output.file().and_then(|path| token_uri(path)) {
        return keygen_in_token::run(args, context, uri);
    }
    let format = args.to.unwrap_or(if args.count.is_some() {
        KeyFormat::Jwks
    } else {
        KeyFormat::Jwk
    });
    if !args.encrypt {
        let hint = "use -o FILE to write it to a file, or -o - to print it";
        args.output.refuse_terminal(&context.console, hint)?;
    }
    if let (Some(private), Some(public)) = (args.output.file(), &args.public_out)
        && file::is_same(private, public)
    {
        return Err(
            CliError::usage("the private key and the public key need different files").into(),
        );
    }
    // Checked before a passphrase is prompted for and before a slow key generation.
    for path in [args.output.file(), args.public_out.as_ref()].into_iter().flatten() {
        file::refuse_existing(path, args.output.force)?;
    }
    let alg = args.alg();
    let kind = select_key_type(args, alg)?;
    if args.public_out.is_some() {
        note_about_ed25519([alg], context);
    }
    // The passphrase is prompted for before anything is written, so that an interrupt leaves no files.
    let passphrase = args
        .encrypt
        .then(|| args.passphrase.read_passphrase(context, "the new key", true))
        .transpose()?;
    let encryption = args.encryption.key_encryption(passphrase)?;
    let keys = (0..args.count.unwrap_or(1))
        .map(|_| generate_key(args, alg, kind))
        .collect::<Result<Vec<Key>>>()?;
    let public = match &args.public_out {
        None => None,
        Some(path) => {
            let bytes = format.encode_public_keys(&public_halves(&keys)?)?;
            Some(stage_file(
                path,
                &bytes,
                Audience::Public,
                args.output.force,
            )?)
        }
    };
    let kids: Vec<_> = keys.iter().map(|key| key.kid.clone()).collect();
    let private = format.encode_key_set(&KeySet::new(keys)?, encryption.as_ref())?;
    let file = args.output.stage_output(private.expose(), Audience::Owner)?;
    let in_file = file.is_some();
    file::commit_all(file.into_iter().chain(public))?;
    if context.console.json {
        let printed = (!in_file).then(|| private.expose());
        let report = KeyFileReport::new(Some(alg.name()), kids, printed);
        context.console.write_report(&report)?;
    } else if !in_file {
        context.console.write_bytes(private.expose())?;
    }
    Ok(0)
}

impl Args {
    fn alg(&self) -> Algorithm {
        // ES256 is in the table.
        self.alg.or_else(|| Algorithm::from_name("ES256")).expect("ES256")
    }

    /// Whether no flag specifies the key.
    fn is_bare(&self) -> bool {
        let is_default = matches!(
            self,
            Args {
                alg: None,
                curve: None,
                bits: None,
                kid: None,
                kid_from: None,
                key_use: None,
                count: None,
                to: None,
                public_out: None,
                list: false,
                long: false,
                bench: false,
                encrypt: false,
                ..
            }
        );
        is_default && self.output.output.is_none()
    }
}

fn generate_key(args: &Args, alg: Algorithm, kind: KeyType) -> Result<Key> {
    let mut key = backend::generate_key(kind)?;
    key.set_alg(alg)?;
    key.key_use = Some(args.key_use.unwrap_or(alg.key_use()));
    key.kid = Some(match &args.kid {
        Some(kid) => kid.clone(),
        None if let Some(source) = args.kid_from => key.derive_kid(source)?,
        None if key.is_secret() => base64url::encode(random_bytes(16)?.expose()),
        None => key.thumbprint(ThumbprintHash::Sha256)?,
    });
    Ok(key)
}

fn select_key_type(args: &Args, alg: Algorithm) -> Result<KeyType> {
    let kind = match (alg.default_kind(), args.curve, args.bits) {
        (kind, None, None) => kind,
        (KeyType::Curve(_), Some(curve), None) => KeyType::Curve(curve),
        (KeyType::Rsa(_) | KeyType::RsaPss(..), None, Some(bits)) => KeyType::Rsa(bits),
        (KeyType::Oct(_), None, Some(bits)) if bits % 8 == 0 && bits <= 8192 => {
            KeyType::Oct(bits as usize / 8)
        }
        (KeyType::Akp(_), _, Some(_)) => {
            return Err(CliError::usage("the algorithm fixes the size").into());
        }
        (KeyType::Curve(_), _, Some(_)) => {
            return Err(CliError::usage("the curve fixes the size")
                .with_hint("omit --bits")
                .into());
        }
        (_, Some(_), _) => {
            return Err(CliError::usage(format!("{} does not use a curve", alg.name())).into());
        }
        (KeyType::Oct(_) | KeyType::Passphrase, ..) => {
            return Err(CliError::usage(
                "the size of a secret must be a multiple of 8 bits, and at most 8192",
            )
            .into());
        }
    };
    if let KeyType::Rsa(bits) = kind {
        rsa::check_bits(bits).map_err(CliError::usage)?;
    }
    if !alg.is_suitable_for(kind) {
        return Err(CliError::usage(format!(
            "{} does not fit {}",
            alg.name(),
            kind.with_article()
        ))
        .into());
    }
    Ok(kind)
}
