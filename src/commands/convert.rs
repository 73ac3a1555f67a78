//! `convert`: keys from any form to any other.

use anyhow::Result;
use serde_json::json;

use super::Context;
use crate::args::form::{Form, public_halves};
use crate::args::{KeyArgs, OutputArgs};
use crate::crypto::alg::Alg;
use crate::crypto::key::{ThumbprintHash, Use};
use crate::crypto::{Key, KeySet};
use crate::exit::Complaint;
use crate::io::file::Audience;

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
    /// The RFC 7638 thumbprint, SHA-256.
    Thumbprint,
}

/// Convert keys from any form to any other
///
/// Several -k are merged into one JWK Set.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith convert -k key.pem --to jwk --alg RS256 -o key.jwk
  jotsmith convert -k key.jwk --public --to pem
  jotsmith convert -k a.jwk -k b.jwk --public --to jwks -o jwks.json
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

    /// Give the key this identifier
    #[arg(long, value_name = "ID", help_heading = "Changes")]
    set_kid: Option<String>,

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
    let loaded = args.keys.load(&context.inputs, &context.console)?;
    let was_set = loaded.is_jwks();
    let mut keys = loaded.into_keys();
    change(args, &mut keys)?;
    let form = match args.to {
        Some(Target::Thumbprint) => return thumbprints(args, context, &keys),
        Some(Target::Jwk) => Form::Jwk,
        Some(Target::Pem) => Form::Pem,
        Some(Target::Der) => Form::Der,
        Some(Target::Jwks) => Form::Jwks,
        None if was_set || keys.len() > 1 => Form::Jwks,
        None => Form::Jwk,
    };
    if args.public || !keys.iter().any(Key::is_private) {
        let bytes = form.public(&public_halves(&keys)?)?;
        args.output
            .deliver(&context.console, &bytes, Audience::Everybody)?;
        return Ok(0);
    }
    if args.output.output.is_none() && context.console.is_terminal() {
        return Err(
            Complaint::usage("a private key is not printed on a terminal")
                .hint("--public prints the public part, -o FILE writes it all to a file")
                .into(),
        );
    }
    let bytes = form.whole(&KeySet::new(keys)?)?;
    args.output
        .deliver(&context.console, bytes.expose(), Audience::Owner)?;
    Ok(0)
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

fn thumbprints(args: &Args, context: &Context, keys: &[Key]) -> Result<u8> {
    let thumbprints = keys
        .iter()
        .map(|key| key.thumbprint(ThumbprintHash::Sha256));
    let thumbprints = thumbprints.collect::<crate::crypto::Result<Vec<String>>>()?;
    if context.console.json {
        context
            .console
            .object(json!({"thumbprints": thumbprints}))?;
    } else {
        let lines = thumbprints
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        args.output
            .deliver(&context.console, lines.as_bytes(), Audience::Everybody)?;
    }
    Ok(0)
}
