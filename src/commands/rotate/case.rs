//! The set that is to be rotated, and what is due in it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::Args;
use crate::args::time::Duration;
use crate::commands::Context;
use crate::crypto::alg::Alg;
use crate::crypto::key::{ThumbprintHash, Use};
use crate::crypto::lifecycle::{self, Action, Order, Policy, Ring};
use crate::crypto::policy::MAX_P2C;
use crate::crypto::{Error, Key, KeySet, SecretBytes, Unlock, keyfile};
use crate::exit::Complaint;
use crate::io::file::{self, Lock};
use crate::io::source::{MAX_KEY, Source};

/// The algorithm of a new set when nothing else is said.
const DEFAULT_ALG: &str = "ES256";
/// The set as it was found, and what is due.
pub struct Case {
    /// Where it is, symlinks followed.
    pub path: PathBuf,
    /// What was in the file; `None` when there was none.
    pub bytes: Option<SecretBytes>,
    /// What the file was encrypted under, and will be again.
    pub passphrase: Option<SecretBytes>,
    /// The set; its policy is already the new one.
    pub ring: Ring,
    /// The policy, changed by the flags.
    pub policy: Policy,
    /// Whether they changed it.
    pub policy_changed: bool,
    /// What is asked for.
    pub order: Order,
    /// What is due.
    pub plan: Vec<Action>,
    _lock: Option<Lock>,
}

/// Locks and reads the set, and makes the plan.
///
/// # Errors
/// When the set cannot be read or trusted, or what is asked for makes no sense for it.
pub fn open(args: &Args, context: &Context) -> Result<Case> {
    let place = || args.set.display().to_string();
    if args.set.as_os_str() == "-" {
        return Err(Complaint::usage("a set that is rotated is a file, not stdin").into());
    }
    let path = file::resolve(&args.set)?;
    file::refuse_writable_by_others(&args.set)?;
    let lock = match args.only_reads() {
        true => None,
        false => {
            let wait = std::time::Duration::from_secs(args.wait.0);
            let lock = file::lock(&path, wait)?;
            file::sweep(&path);
            Some(lock)
        }
    };
    let bytes = match file::exists(&path)? {
        true => Some((context.inputs).read(&Source::File(path.clone()), "key set", MAX_KEY)?),
        false => None,
    };
    let passphrase = match &bytes {
        Some(bytes) if keyfile::is_sealed(bytes.expose()) => {
            Some((args.passphrase).read(context, &place(), false)?)
        }
        _ => None,
    };
    let mut ring = match &bytes {
        None if args.now.is_some() || args.revoke.is_some() || args.status => {
            return Err(Complaint::failed("no such file or directory")).with_context(place);
        }
        None => Ring::default(),
        Some(bytes) => match &passphrase {
            None => Ring::parse(bytes.expose()).with_context(place)?,
            Some(passphrase) => unseal(bytes, passphrase).with_context(place)?,
        },
    };
    let stored = ring.policy().with_context(place)?;
    let is_public = ring
        .members()
        .any(|(_, life, _)| !life.is_private && !life.is_revoked)
        && !ring.members().any(|(_, life, _)| life.is_private);
    if stored.is_none() && is_public {
        return Err(Complaint::failed("holds public keys only")
            .hint("name the set with the private keys first, and the public one with --publish"))
        .with_context(place);
    }
    let policy = policy(args, &ring, stored, context.now)?;
    if let Some(served) = &policy.served {
        let served = served_thumbprints(served, context)?;
        ring.set_served(|key| thumbprint(key).is_some_and(|own| served.contains(&own)));
    }
    let order = order(args, &ring, context)?;
    let lives = ring.lives();
    let behind = lifecycle::clock_behind(&lives, ring.changed(), context.now);
    let plan = match (behind, &order) {
        (None, _) | (_, Order::Revoke { .. }) => {
            lifecycle::plan(&lives, &policy, &order, context.now)
        }
        (Some(_), _) => Vec::new(),
    };
    if let Some(behind) = behind {
        let behind = Duration(behind.unsigned_abs());
        let message = format!("the clock is {behind} behind the set's last change");
        if matches!(order, Order::Now { .. }) {
            return Err(Complaint::failed(message)).with_context(place);
        }
        context.console.warn(&format!(
            "{message}: what is due by the clock is left alone"
        ));
    }
    let policy_changed = ring.set_policy(&policy).with_context(place)? && behind.is_none();
    Ok(Case {
        path,
        bytes,
        passphrase,
        ring,
        policy,
        policy_changed,
        order,
        plan,
        _lock: lock,
    })
}

fn unseal(bytes: &SecretBytes, passphrase: &SecretBytes) -> crate::crypto::Result<Ring> {
    let unlock = Unlock {
        passphrase: Some(passphrase),
        max_rounds: MAX_P2C,
    };
    Ring::parse(keyfile::unseal(bytes.expose(), &unlock)?.expose())
}

/// The policy of the set, changed by the flags.
fn policy(args: &Args, ring: &Ring, stored: Option<Policy>, now: i64) -> Result<Policy> {
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
    for alg in default.and_then(Alg::named).iter().chain(&args.alg) {
        policy.set_alg(*alg);
    }
    let uses = args.alg.iter().map(|alg| alg.key_use());
    if [Use::Sig, Use::Enc]
        .iter()
        .any(|key_use| uses.clone().filter(|other| other == key_use).count() > 1)
    {
        return Err(Complaint::usage("two algorithms for one use")
            .hint("give --alg once for signing and once for encryption")
            .into());
    }
    policy.bits = args.bits.or(policy.bits);
    if let Some(served) = &args.served {
        policy.served = Some(match served {
            Source::Stdin => {
                return Err(Complaint::usage("stdin is not there the next time")
                    .hint("--served FILE, kept in the set, is read by every run")
                    .into());
            }
            Source::Env(name) => format!("env:{name}"),
            Source::File(path) => std::path::absolute(path)?.display().to_string(),
        });
    }
    if args.no_served {
        policy.served = None;
    }
    policy
        .check()
        .map_err(|error| Complaint::usage(error.to_string()))?;
    Ok(policy)
}

fn order(args: &Args, ring: &Ring, context: &Context) -> Result<Order> {
    if let Some(kid) = &args.revoke {
        let index = ring.position(kid).ok_or_else(|| {
            let kids = ring
                .members()
                .filter_map(|(kid, ..)| kid)
                .collect::<Vec<_>>();
            Error::NoKey(format!(
                "no key with kid {kid}; the set has {}",
                kids.join(", ")
            ))
        })?;
        return Ok(Order::Revoke {
            index,
            reason: args.reason.clone().unwrap_or_default(),
        });
    }
    let key_use = args.key_use.as_deref().map(|name| match name {
        "enc" => Use::Enc,
        _ => Use::Sig,
    });
    match &args.now {
        None => Ok(Order::Routine),
        Some(reason) if ring.emergency() == Some((reason, key_use)) => {
            context
                .console
                .note(&format!("this was done already: {reason}"));
            Ok(Order::Routine)
        }
        Some(reason) => Ok(Order::Now {
            reason: reason.clone(),
            key_use,
        }),
    }
}

fn served_thumbprints(served: &str, context: &Context) -> Result<Vec<String>> {
    let source: Source = served.parse().map_err(Complaint::usage)?;
    let bytes = context.inputs.read(&source, "served set", MAX_KEY)?;
    let set = KeySet::from_json(bytes.expose()).with_context(|| served.to_owned())?;
    Ok(set.keys().iter().filter_map(thumbprint).collect())
}

fn thumbprint(key: &Key) -> Option<String> {
    key.thumbprint(ThumbprintHash::Sha256).ok()
}
