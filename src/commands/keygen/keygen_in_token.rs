//! Generates keys in a PKCS#11 token. Private keys stay in the token, and the public key is printed.

use anyhow::Result;

use super::{Args, select_key_type};
use crate::cli::key_format::KeyFormat;
use crate::commands::shared::key_file::KeyFileReport;
use crate::crypto::alg::{Algorithm, KeyManagementScheme, KeyType};
use crate::crypto::key::ThumbprintHash;
use crate::io::context::Context;
use crate::io::file::{self, Audience};
use crate::io::pkcs11_token::{NewKey, TokenUri, generate_key};
use crate::output::exit::CliError;

/// Generates the key that the URI names.
pub fn run(args: &Args, context: &Context, uri: &str) -> Result<u8> {
    let uri = TokenUri::parse(uri).map_err(|why| CliError::usage(format!("the URI {why}")))?;
    if args.encrypt || args.count.is_some() || args.encryption.p2c.is_some() {
        let message = "--encrypt, --p2c and --count do not apply to a key in a token";
        return Err(CliError::usage(message).into());
    }
    let alg = args.alg();
    let kind = select_key_type(args, alg)?;
    match (kind, alg) {
        (KeyType::Rsa(_) | KeyType::Curve(_), _) => {}
        (KeyType::Oct(_), Algorithm::KeyManagement(row))
            if matches!(row.scheme, KeyManagementScheme::AesKw(_)) =>
        {
            return make_secret(args, context, &uri, &NewKey { kind, alg });
        }
        (KeyType::Oct(_), _) => {
            let message = format!("{} is not for a shared secret in a token", alg.name());
            return Err(CliError::usage(message).with_hint("A128KW, A192KW and A256KW are").into());
        }
        _ => {
            return Err(CliError::usage(format!(
                "a token cannot generate {}",
                kind.with_article()
            ))
            .into());
        }
    }
    if let Some(path) = &args.public_out {
        file::refuse_existing(path, args.output.force)?;
    }
    let options = args.token.options(context);
    let mut key = generate_key(&uri, &options, &NewKey { kind, alg })?;
    key.set_alg(alg)?;
    key.key_use = Some(args.key_use.unwrap_or(alg.key_use()));
    key.kid = Some(match (&args.kid, args.kid_from) {
        (Some(kid), _) => kid.clone(),
        (None, Some(source)) => key.derive_kid(source)?,
        (None, None) => key.thumbprint(ThumbprintHash::Sha256)?,
    });
    let format = args.to.unwrap_or(KeyFormat::Jwk);
    let bytes = format.encode_public_keys(&[key.to_public()?])?;
    if let Some(path) = &args.public_out {
        file::write_file(path, &bytes, Audience::Public, args.output.force)?;
    }
    let is_printed = args.public_out.is_none();
    if context.console.json {
        let printed = is_printed.then_some(&*bytes);
        let report = KeyFileReport::new(Some(alg.name()), vec![key.kid], printed);
        context.console.write_report(&report)?;
    } else if is_printed {
        context.console.write_bytes(&bytes)?;
    }
    Ok(0)
}

/// Generates a shared secret. It stays in the token, so no key is printed.
fn make_secret(args: &Args, context: &Context, uri: &TokenUri, new: &NewKey) -> Result<u8> {
    let is_described = args.kid.is_some() || args.kid_from.is_some() || args.key_use.is_some();
    if is_described || args.public_out.is_some() || args.to.is_some() {
        let message = "--kid, --kid-from, --use, --to and --public-out are for the public part of a key, \
                       and a shared secret in a token has none";
        return Err(CliError::usage(message).into());
    }
    generate_key(uri, &args.token.options(context), new)?;
    if context.console.json {
        let report = KeyFileReport::new(Some(new.alg.name()), vec![None], None);
        context.console.write_report(&report)?;
    }
    Ok(0)
}
