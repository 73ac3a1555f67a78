//! Selects the signing key and the algorithm, and builds the header of the token.

use anyhow::{Context as _, Result};

use super::Args;
use crate::cli::time::Duration;
use crate::cli::{self, profile_args};
use crate::crypto::alg::KeyType;
use crate::crypto::certificate_chain::Chain;
use crate::crypto::json::Object;
use crate::crypto::jws::SignatureSpec;
use crate::crypto::jwt::claims::TokenRules as _;
use crate::crypto::{Key, KeySet};
use crate::fingerprint::Fingerprint;
use crate::io::context::Context;
use crate::io::pkcs11_token;
use crate::io::source::{MAX_KEY, Source};
use crate::keyfile::{self, pem};
use crate::output::exit::CliError;
use crate::profile::KeySource;
use crate::rotation;

/// Returns the specification of a signature with the key of a set.
pub(super) fn signature_spec<'a>(
    args: &Args,
    context: &Context,
    set: &'a KeySet,
) -> Result<SignatureSpec<'a>> {
    let asked = profile_args::allowed_algorithms(args.profile, &args.alg)?;
    let mut found = asked.iter().map(|alg| set.for_signing(Some(alg), context.now));
    let (key, algorithm) = match found.next() {
        None => set.for_signing(None, context.now)?,
        // The algorithms are those of all keys. The first one that fits this key is used.
        Some(first) => first.or_else(|error| found.find_map(Result::ok).ok_or(error))?,
    };
    if let Some(overdue) = rotation::overdue_since(set, key, context.now) {
        let overdue = Duration(overdue.unsigned_abs());
        let message = format!("the key should have been superseded {overdue} ago");
        if args.strict {
            return Err(CliError::failed(message)
                .with_hint("run jotsmith rotate, for example from cron or CI")
                .into());
        }
        context.console.print_warning(&format!("{message}: jotsmith rotate does that"));
    }
    let algorithm = match algorithm {
        Some(algorithm) => algorithm,
        None => {
            let name = match key.key_type() {
                KeyType::RsaPss(..) => "PS256",
                _ => "RS256",
            };
            context.console.print_note(&format!(
                "an RSA key supports several algorithms: using {name}; --alg selects another"
            ));
            cli::parse_signature_algorithm(name).map_err(CliError::failed)?
        }
    };
    if args.profile.is_some_and(|profile| profile.table_row().is_proof) && algorithm.is_symmetric()
    {
        let message = "a proof of possession cannot be signed with a shared secret";
        return Err(CliError::usage(message).into());
    }
    let mut unprotected = Object::new();
    for member in &args.unprotected {
        unprotected.insert(member.name.clone(), member.read_value(&context.inputs)?);
    }
    Ok(SignatureSpec {
        key,
        algorithm,
        header: build_header(args, context, key)?,
        unprotected,
    })
}

fn build_header(args: &Args, context: &Context, key: &Key) -> Result<Object> {
    let mut header = Object::new();
    let typ = profile_args::resolve_typ(args.profile, args.typ.as_deref())?.or(
        if args.selective_disclosure.is_given(args.profile) {
            Some("sd-jwt")
        } else {
            args.payload.is_none().then_some("JWT")
        },
    );
    let names_key = args.kid_from.is_some()
        || args.x5c.is_some()
        || args.header.iter().any(|member| ["kid", "jwk"].contains(&&*member.name));
    let key_source =
        args.profile.map_or(KeySource::Known, |profile| profile.table_row().key_source);
    let shows_key = match key_source {
        KeySource::Known => false,
        KeySource::Header => true,
        KeySource::HeaderOrKnown => !names_key,
    };
    let kid = if key_source == KeySource::Known {
        key.kid.as_deref()
    } else {
        None
    };
    for (name, value) in [("typ", typ), ("cty", args.cty.as_deref()), ("kid", kid)] {
        if let Some(value) = value {
            header.insert(name.into(), value.into());
        }
    }
    if args.embed_jwk || shows_key {
        // The header of a proof contains only the key material.
        let jwk = if shows_key {
            key.to_public()?.to_bare_jwk()?
        } else {
            key.to_public()?.to_jwk()?
        };
        header.insert("jwk".into(), jwk.into());
    }
    if let Some(source) = &args.x5c {
        let chain = load_chain(args, context, source, key)?;
        if chain.has_self_signed()? {
            context.console.print_warning(&format!(
                "{source}: the chain contains a self-signed certificate; verifiers trust it only if they already have it"
            ));
        }
        header.extend(chain.x5c_header()?);
    }
    if let Some(source) = &args.x5t {
        header.extend(load_chain(args, context, source, key)?.x5t_header()?);
    }
    if let Some(kind) = args.kid_from {
        let from_header = match kind {
            Fingerprint::X5t => header.get("x5t").cloned(),
            Fingerprint::X5tS256 => header.get("x5t#S256").cloned(),
            _ => None,
        };
        let kid = match from_header {
            Some(kid) => kid,
            None => key.fingerprint(kind)?.into(),
        };
        header.insert("kid".into(), kid);
    }
    for member in &args.header {
        header.insert(member.name.clone(), member.read_value(&context.inputs)?);
    }
    let unprotected = |name: &str| args.unprotected.iter().any(|member| member.name == name);
    header.retain(|name, _| !unprotected(name) || name != "kid");
    if let Some(profile) = args.profile
        && let Some(failure) = profile.table_row().header_failure(&header)
    {
        let name = profile.table_row().name;
        return Err(CliError::usage(format!("the profile {name} is not met: {failure}")).into());
    }
    Ok(header)
}

/// Reads a certificate chain. Its first certificate must be that of the key.
fn load_chain(args: &Args, context: &Context, source: &Source, key: &Key) -> Result<Chain> {
    if let Source::Token(uri) = source {
        let der = pkcs11_token::load_certificate(uri, &args.keys.token.options(context))?;
        let read = || Chain::from_der(&der).and_then(|chain| chain.check_key(key).map(|()| chain));
        return read().with_context(|| source.to_string());
    }
    let text = context.inputs.read(source, "certificates", MAX_KEY)?;
    let read = || -> Result<Chain> {
        let chain = if keyfile::is_pkcs12(text.expose()) {
            let set = args.keys.load_one(context, source)?;
            let x5c = set.keys().iter().find_map(|key| key.other.get("x5c"));
            let missing =
                || CliError::failed("the PKCS#12 file contains no certificate of its key");
            Chain::from_x5c(x5c.ok_or_else(missing)?)?
        } else {
            pem::read_chain(text.expose())?
        };
        chain.check_key(key)?;
        Ok(chain)
    };
    read().with_context(|| source.to_string())
}
