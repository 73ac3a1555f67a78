//! Applies the flags to a set.

use anyhow::Result;

use super::{Args, rotate_in_token};
use crate::commands::Context;
use crate::crypto::Error;
use crate::crypto::alg::Algorithm;
use crate::crypto::error::Quoted;
use crate::crypto::key::Use;
use crate::io::fetch::url::Url;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::rotation::{Policy, Request, RotatingKeySet};

/// The default algorithm of a new set.
const DEFAULT_ALG: &str = "ES256";

/// Returns the policy of the set, changed by the flags.
///
/// # Errors
/// If the flags are invalid, or the policy is inconsistent.
pub fn policy_from_flags(
    args: &Args,
    ring: &RotatingKeySet,
    stored: Option<Policy>,
    now: i64,
) -> Result<Policy> {
    let mut policy = stored.unwrap_or_default();
    let flags = [
        (&mut policy.every, args.every),
        (&mut policy.lead, args.lead),
        (&mut policy.retain, args.retain),
    ];
    for (time, flag) in flags {
        if let Some(flag) = flag {
            *time = i64::try_from(flag.0).unwrap_or(i64::MAX);
        }
    }
    if policy.algs.is_empty() {
        policy.algs = ring.algs(now);
    }
    let default = (policy.algs.is_empty() && args.alg.is_empty()).then_some(DEFAULT_ALG);
    for alg in default.and_then(Algorithm::from_name).iter().chain(&args.alg) {
        policy.set_alg(*alg);
    }
    let uses = args.alg.iter().map(|alg| alg.key_use());
    if [Use::Sig, Use::Enc]
        .iter()
        .any(|key_use| uses.clone().filter(|other| other == key_use).count() > 1)
    {
        return Err(CliError::usage("two algorithms for one use")
            .with_hint("give --alg once for signing and once for encryption")
            .into());
    }
    policy.bits = args.bits.or(policy.bits);
    policy.kid_from = args.kid_from.or(policy.kid_from);
    if let Some(uri) = &args.place {
        policy.token = Some(rotate_in_token::stored_location(
            uri,
            policy.token.as_deref(),
        )?);
    }
    if args.no_served || !args.served.is_empty() {
        policy.served.clear();
    }
    for served in &args.served {
        policy.served.push(match served {
            Source::Stdin => {
                return Err(CliError::usage(
                    "--served cannot be stdin, because every run reads it",
                )
                .with_hint("use --served FILE or --served URL")
                .into());
            }
            Source::Agent(_) | Source::Token(_) => {
                return Err(CliError::usage("--served names the published set, not a key").into());
            }
            Source::Env(name) => format!("env:{name}"),
            Source::Url(url) => Url::parse(url)?.as_str().to_owned(),
            Source::File(path) => std::path::absolute(path)?.display().to_string(),
        });
    }
    policy.check().map_err(|error| CliError::usage(error.to_string()))?;
    Ok(policy)
}

/// Returns what the flags request. `revoke` is the key ID of the key to revoke, or a prefix of it.
///
/// # Errors
/// [`Error::NoKey`] if the key to revoke is not in the set.
pub fn request_from_flags(
    args: &Args,
    revoke: Option<&str>,
    ring: &RotatingKeySet,
    context: &Context,
) -> Result<Request> {
    if let Some(kid) = revoke {
        return Ok(Request::Revoke {
            index: find_by_prefix(ring, kid)?,
            reason: args.reason.clone().unwrap_or_default(),
        });
    }
    let key_use = args.key_use.as_deref().map(|name| match name {
        "enc" => Use::Enc,
        _ => Use::Sig,
    });
    match args.emergency_reason() {
        None => Ok(Request::Scheduled),
        Some(reason) if ring.last_emergency() == Some((reason, key_use)) => {
            context
                .console
                .print_note(&format!("--now was already done for this reason: {reason}"));
            Ok(Request::Scheduled)
        }
        Some(reason) => Ok(Request::Immediate {
            reason: reason.to_owned(),
            key_use,
        }),
    }
}

/// The minimum length of a prefix that is accepted instead of a key ID, in characters.
const MIN_PREFIX: usize = 6;

/// Finds the key with this key ID, or else the only one whose key ID begins with it.
///
/// # Errors
/// [`Error::NoKey`] if there is none, and a usage error if there are several.
pub fn find_by_prefix(ring: &RotatingKeySet, kid: &str) -> Result<usize> {
    if let Some(index) = ring.position_of(kid) {
        return Ok(index);
    }
    let kids: Vec<&str> = ring.members().filter_map(|(kid, ..)| kid).collect();
    let is_long = kid.chars().count() >= MIN_PREFIX;
    let matching = kids.iter().filter(|other| is_long && other.starts_with(kid));
    let matching: Vec<&str> = matching.copied().collect();
    match &matching[..] {
        [only] => Ok(ring.position_of(only).expect("it is in the set")),
        [] => {
            let mut message = format!(
                "no key has the kid {}; the set has {}",
                Quoted(kid),
                kids.join(", ")
            );
            if !is_long {
                message +=
                    &format!(" (the beginning of a key ID: at least {MIN_PREFIX} characters)");
            }
            Err(Error::NoKey(message).into())
        }
        several => {
            let several = several.join(", ");
            let message = format!("several key IDs begin with {}: {several}", Quoted(kid));
            Err(CliError::usage(message).with_hint("give more characters of the key ID").into())
        }
    }
}
