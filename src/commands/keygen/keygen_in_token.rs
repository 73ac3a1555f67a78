//! New keys in a PKCS#11 token: the private half never leaves it, and the public half is printed.

use anyhow::Result;

use super::{Args, kind};
use crate::cli::key_format::KeyFormat;
use crate::commands::shared::key_file::KeyFileReport;
use crate::crypto::alg::KeyType;
use crate::crypto::key::ThumbprintHash;
use crate::io::context::Context;
use crate::io::file::{self, Audience};
use crate::io::pkcs11_token::{NewKey, TokenUri, generate};
use crate::output::exit::CliError;

/// Makes the key that the URI names.
pub fn run(args: &Args, context: &Context, uri: &str) -> Result<u8> {
    let uri = TokenUri::parse(uri).map_err(|why| CliError::usage(format!("the URI {why}")))?;
    if args.encrypt || args.count.is_some() || args.seal.p2c.is_some() {
        let message = "--encrypt, --p2c and --count are for key files, not for a token";
        return Err(CliError::usage(message).into());
    }
    let alg = args.alg();
    let kind = kind(args, alg)?;
    if !matches!(kind, KeyType::Rsa(_) | KeyType::Curve(_)) {
        return Err(CliError::usage(format!("a token cannot generate a {kind}")).into());
    }
    if let Some(path) = &args.public_out {
        file::refuse_existing(path, args.output.force)?;
    }
    let options = args.token.options(context);
    let mut key = generate(&uri, &options, &NewKey { kind, alg })?;
    key.bind(alg)?;
    key.key_use = Some(args.key_use.unwrap_or(alg.key_use()));
    key.kid = Some(match (&args.kid, args.kid_from) {
        (Some(kid), _) => kid.clone(),
        (None, Some(source)) => key.derive_kid(source)?,
        (None, None) => key.thumbprint(ThumbprintHash::Sha256)?,
    });
    let format = args.to.unwrap_or(KeyFormat::Jwk);
    let bytes = format.public(&[key.to_public()?])?;
    if let Some(path) = &args.public_out {
        file::write(path, &bytes, Audience::Public, args.output.force)?;
    }
    let is_printed = args.public_out.is_none();
    if context.console.json {
        let printed = is_printed.then_some(&*bytes);
        let report = KeyFileReport::new(Some(alg.name()), vec![key.kid], printed);
        context.console.report(&report)?;
    } else if is_printed {
        context.console.bytes(&bytes)?;
    }
    Ok(0)
}
