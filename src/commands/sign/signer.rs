//! Who signs, with which algorithm, and the header of the token.

use anyhow::{Context as _, Result};

use super::Args;
use crate::cli::time::Duration;
use crate::cli::{self, profile};
use crate::crypto::alg::KeyType;
use crate::crypto::certificate::Chain;
use crate::crypto::json::Object;
use crate::crypto::jws::SignatureSpec;
use crate::crypto::jwt::profile::Profile;
use crate::crypto::{Key, KeySet};
use crate::io::context::Context;
use crate::io::source::MAX_KEY;
use crate::output::exit::CliError;
use crate::rotation;

/// The one key of the set that signs.
pub(super) fn signature_spec<'a>(
    args: &Args,
    context: &Context,
    set: &'a KeySet,
) -> Result<SignatureSpec<'a>> {
    let asked = profile::algorithms(args.profile, &args.alg)?;
    let mut found = (asked.iter()).map(|alg| set.for_signing(Some(alg), context.now));
    let (key, algorithm) = match found.next() {
        None => set.for_signing(None, context.now)?,
        // The first that fits this key, of those meant for all of them.
        Some(first) => first.or_else(|error| found.find_map(Result::ok).ok_or(error))?,
    };
    if let Some(overdue) = rotation::overdue(set, key, context.now) {
        let overdue = Duration(overdue.unsigned_abs());
        let message = format!("the key should have been superseded {overdue} ago");
        match args.strict {
            true => {
                return Err(CliError::failed(message)
                    .hint("jotsmith rotate, from cron or CI")
                    .into());
            }
            false => context
                .console
                .warn(&format!("{message}: jotsmith rotate does that")),
        }
    }
    let algorithm = match algorithm {
        Some(algorithm) => algorithm,
        None => {
            let name = match key.kind() {
                KeyType::RsaPss(..) => "PS256",
                _ => "RS256",
            };
            (context.console).note(&format!(
                "an RSA key fits several algorithms: using {name} (--alg chooses)"
            ));
            cli::signature(name).map_err(CliError::failed)?
        }
    };
    if args.profile == Some(Profile::Dpop) && algorithm.is_symmetric() {
        return Err(CliError::usage("a DPoP proof is not made with a shared secret").into());
    }
    let mut unprotected = Object::new();
    for member in &args.unprotected {
        unprotected.insert(member.name.clone(), member.value(&context.inputs)?);
    }
    Ok(SignatureSpec {
        key,
        algorithm,
        header: header(args, context, key)?,
        unprotected,
    })
}

fn header(args: &Args, context: &Context, key: &Key) -> Result<Object> {
    let mut header = Object::new();
    let typ = profile::typ(args.profile, args.typ.as_deref())?
        .or(args.payload.is_none().then_some("JWT"));
    let is_proof = args.profile == Some(Profile::Dpop);
    let kid = key.kid.as_deref().filter(|_| !is_proof);
    for (name, value) in [("typ", typ), ("cty", args.cty.as_deref()), ("kid", kid)] {
        if let Some(value) = value {
            header.insert(name.into(), value.into());
        }
    }
    if args.embed_jwk || is_proof {
        let jwk = match is_proof {
            // A proof shows the key and nothing about it.
            true => key.to_public()?.to_bare_jwk()?,
            false => key.to_public()?.to_jwk()?,
        };
        header.insert("jwk".into(), jwk.into());
    }
    if let Some(source) = &args.x5c {
        let text = context.inputs.read(source, "certificates", MAX_KEY)?;
        let chain = Chain::from_pem(text.expose()).and_then(|chain| {
            chain.check_key(key)?;
            chain.header()
        });
        header.extend(chain.with_context(|| source.to_string())?);
    }
    for member in &args.header {
        header.insert(member.name.clone(), member.value(&context.inputs)?);
    }
    let unprotected = |name: &str| args.unprotected.iter().any(|member| member.name == name);
    header.retain(|name, _| !unprotected(name) || name != "kid");
    Ok(header)
}
