//! Loads the set to rotate, and plans what is due in it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::rotate_in_token::Places;
use super::{Args, flags, publish};
use crate::cli::time::Duration;
use crate::commands::Context;
use crate::crypto::key::ThumbprintHash;
use crate::crypto::{Key, KeyDecryption, SecretBytes};
use crate::io::fetch::Fetcher;
use crate::io::fetch::url::Url;
use crate::io::file::{self, Lock};
use crate::io::key_sources::warn_of_times;
use crate::io::pkcs11_token::TokenUri;
use crate::io::source::{MAX_KEY, Source};
use crate::keyfile;
use crate::output::exit::CliError;
use crate::rotation::{self, Action, ActionKind, Policy, Request, RotatingKeySet};

/// The file of a set, as it was read.
pub struct Found {
    /// Its path with symlinks resolved.
    pub path: PathBuf,
    /// Its content; `None` if it does not exist.
    pub bytes: Option<SecretBytes>,
    /// The passphrase of an encrypted set. The new set is encrypted with it too.
    pub passphrase: Option<SecretBytes>,
    /// Whether an earlier run was interrupted while it wrote the set.
    pub was_interrupted: bool,
    _lock: Option<Lock>,
}

/// The set, and what is due in it.
pub struct RotationRun {
    /// Its file.
    pub found: Found,
    /// The set; its policy is already the new one.
    pub ring: RotatingKeySet,
    /// Its references to keys in tokens.
    pub places: Places,
    /// The policy, changed by the flags.
    pub policy: Policy,
    /// Whether the flags changed the policy.
    pub policy_changed: bool,
    /// What the flags request.
    pub request: Request,
    /// What is due.
    pub plan: Vec<Action>,
    /// By how many seconds the clock is behind the set, if no action is taken because of that.
    pub clock_behind: Option<i64>,
    /// Where verifiers fetch the set, and whether all published keys were found there.
    pub served: Vec<(String, bool)>,
}

impl RotationRun {
    /// Whether this run writes the set.
    pub fn writes_set(&self) -> bool {
        !self.plan.is_empty() || self.policy_changed
    }

    /// Returns the URIs of the keys in tokens that the matching actions of the plan end.
    pub fn ended_references(&self, is_end: impl Fn(ActionKind) -> bool) -> Vec<TokenUri> {
        let actions = self.plan.iter().filter(|action| is_end(action.step));
        actions.filter_map(|action| self.places.references.get(action.index)?.clone()).collect()
    }
}

/// Locks and reads the set, and makes the plan. `revoke` is the key ID of the key to revoke, or a prefix of it.
///
/// # Errors
/// If the set cannot be read or trusted, or the request is not possible for it.
pub fn load(args: &Args, revoke: Option<&str>, context: &Context) -> Result<RotationRun> {
    let place = || args.set_location();
    let now = context.now;
    let found = find_set(args, context)?;
    let mut ring = parse(args, &found).with_context(place)?;
    let stored = ring.policy().with_context(place)?;
    if stored.is_none() && is_public(&ring) {
        return Err(CliError::failed("contains public keys only").with_hint(
            "name the set with the private keys first, and the public one with --publish",
        ))
        .with_context(place);
    }
    let stored_token = stored.as_ref().and_then(|policy| policy.token.clone());
    let policy = flags::policy_from_flags(args, &ring, stored, now)?;
    let places =
        Places::from_args(args, &ring, &policy, stored_token.as_deref()).with_context(place)?;
    let served = find_served(args, &policy, &mut ring, context)?;
    for key in ring.members().filter_map(|(_, _, key)| key) {
        warn_of_times(&context.console, &place(), key);
    }
    let request = flags::request_from_flags(args, revoke, &ring, context)?;
    let lifetimes = ring.lifetimes();
    let behind = rotation::clock_behind(&lifetimes, ring.changed_at(), now);
    if let Some(behind) = behind {
        refuse_or_warn_of_clock(behind, &request, &ring, context).with_context(place)?;
    }
    let clock_behind = if request == Request::Scheduled {
        behind
    } else {
        None
    };
    let plan = match clock_behind {
        Some(_) => Vec::new(),
        None => rotation::plan(&lifetimes, &policy, &request, now),
    };
    if let Some(late) = rotation::seconds_overdue(&lifetimes, &policy, &plan, now) {
        let late = Duration(late.unsigned_abs());
        context.console.print_warning(&format!(
            "runs were missed: the next key becomes active {late} late"
        ));
    }
    let policy_changed = ring.set_policy(&policy).with_context(place)? && clock_behind.is_none();
    Ok(RotationRun {
        found,
        ring,
        places,
        policy,
        policy_changed,
        request,
        plan,
        clock_behind,
        served,
    })
}

/// Marks the keys that are in all sets that verifiers fetch. Returns for each of these sets whether it has all keys that are
/// published now.
fn find_served(
    args: &Args,
    policy: &Policy,
    ring: &mut RotatingKeySet,
    context: &Context,
) -> Result<Vec<(String, bool)>> {
    let mut sets = Vec::new();
    for source in &policy.served {
        let served = served_thumbprints(source, args, context).unwrap_or_else(|error| {
            // An emergency rotation must not depend on a web server.
            let message = format!("{error:#}; no new key is activated");
            context.console.print_warning(&message);
            Vec::new()
        });
        sets.push(served);
    }
    if !sets.is_empty() {
        ring.set_served(|key| {
            let own = key_thumbprint(key);
            own.is_some_and(|own| sets.iter().all(|served| served.contains(&own)))
        });
    }
    let published = ring.published_keys(context.now)?;
    let is_complete = |served: &Vec<String>| {
        let mut keys = published.iter().filter_map(|key| key_thumbprint(key.as_key()));
        keys.all(|key| served.contains(&key))
    };
    let sources = policy.served.iter().cloned();
    Ok(sources.zip(sets.iter().map(is_complete)).collect())
}

/// Warns if the clock is behind the last change of the set. An immediate rotation is refused then.
fn refuse_or_warn_of_clock(
    behind: i64,
    request: &Request,
    ring: &RotatingKeySet,
    context: &Context,
) -> Result<()> {
    let behind = Duration(behind.unsigned_abs());
    let message = format!("the clock is {behind} behind the set's last change");
    if matches!(request, Request::Immediate { .. }) {
        return Err(CliError::failed(message).into());
    }
    let console = &context.console;
    console.print_warning(&format!("{message}; no scheduled action is taken"));
    if let Some(kid) = ring.youngest_kid() {
        console.print_note(&format!(
            "if this clock is correct, the clock of an earlier run was wrong; --revoke {kid} --reason 'wrong clock' continues the rotation"
        ));
    }
    Ok(())
}

/// Returns the key ID of the key that --revoke names, for a prompt; no lock is taken.
///
/// # Errors
/// If the set cannot be read, or has no such key.
pub fn key_to_revoke(args: &Args, typed: &str, context: &Context) -> Result<String> {
    let path = file::check_rotation(&args.set)?;
    let bytes = read_set(&path)?;
    let found = Found {
        passphrase: read_passphrase(args, context, bytes.as_ref())?,
        path,
        bytes,
        was_interrupted: false,
        _lock: None,
    };
    let ring = parse(args, &found).with_context(|| args.set_location())?;
    let index = flags::find_by_prefix(&ring, typed)?;
    let (kid, ..) = ring.members().nth(index).expect("the place of a key of the set");
    Ok(kid.unwrap_or(typed).to_owned())
}

fn find_set(args: &Args, context: &Context) -> Result<Found> {
    let targets = args.targets();
    let published = targets
        .iter()
        .filter(|(kind, path)| !publish::is_folder_missing(*kind, path))
        .map(|(_, path)| path.as_path());
    let published = published.chain(args.metrics.as_deref());
    if args.is_filter() {
        file::check_published(published, args.log.as_deref())?;
        let bytes = context.inputs.read(&Source::Stdin, "key set", MAX_KEY)?;
        let bytes = (!bytes.expose().trim_ascii().is_empty()).then_some(bytes);
        let passphrase = read_passphrase(args, context, bytes.as_ref())?;
        return Ok(Found {
            path: args.set.clone(),
            bytes,
            passphrase,
            was_interrupted: false,
            _lock: None,
        });
    }
    file::check_published(published, args.log.as_deref())?;
    let path = file::check_rotation(&args.set)?;
    // Prompted for before the lock is taken, so that no other run waits for the answer.
    read_passphrase(args, context, read_set(&path)?.as_ref())?;
    let mut was_interrupted = false;
    let lock = if args.only_reads() {
        None
    } else {
        let wait = std::time::Duration::from_secs(args.wait.0);
        let lock = file::lock_file(&path, wait)?;
        was_interrupted = file::remove_stale(&path);
        Some(lock)
    };
    let bytes = read_set(&path)?;
    let passphrase = read_passphrase(args, context, bytes.as_ref())?;
    if passphrase.is_none() && file::is_readable_by_others(&path) {
        let what = args.set_location();
        context.console.print_warning(&format!(
            "{what}: other users can read the private keys; {}",
            file::RESTRICT
        ));
    }
    Ok(Found {
        path,
        bytes,
        passphrase,
        was_interrupted,
        _lock: lock,
    })
}

fn read_set(path: &Path) -> Result<Option<SecretBytes>> {
    file::read_existing(path, MAX_KEY)
}

/// Reads the passphrase of the set, if it is encrypted.
fn read_passphrase(
    args: &Args,
    context: &Context,
    set: Option<&SecretBytes>,
) -> Result<Option<SecretBytes>> {
    if !set.is_some_and(|set| keyfile::is_sealed(set.expose())) {
        return Ok(None);
    }
    let what = args.set_location();
    args.decryption.passphrase.read_once(context, &what).map(Some)
}

impl Found {
    /// Whether the content of the file is unchanged. The lock ensures that, except on file systems without locks.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn is_there(&self) -> Result<bool> {
        if self.path.as_os_str() == "-" {
            return Ok(true);
        }
        let now = read_set(&self.path)?;
        let [now, then] = [&now, &self.bytes].map(|bytes| bytes.as_ref().map(SecretBytes::expose));
        Ok(now == then)
    }
}

fn parse(args: &Args, found: &Found) -> Result<RotatingKeySet> {
    Ok(match (&found.bytes, &found.passphrase) {
        (Some(_), _) if args.init => {
            return Err(
                CliError::failed("the set already exists; --init creates a new one")
                    .with_hint("omit --init")
                    .into(),
            );
        }
        (None, _) if args.is_filter() && !args.init => {
            return Err(CliError::failed("stdin is empty")
                .with_hint("create a new set with --init; if a set exists, check the command that reads it")
                .into());
        }
        (None, _) if args.now.is_some() || args.revoke.is_some() || args.status || args.diff => {
            return Err(CliError::failed("no such file or directory").into());
        }
        (None, _) => RotatingKeySet::default(),
        (Some(bytes), None) => RotatingKeySet::parse(bytes.expose()).map_err(|error| {
            let cli_error = CliError::failed(error.to_string());
            match keyfile::parse(bytes.expose(), KeyDecryption::LOCKED) {
                Ok(set) if !set.is_jwks() => {
                    cli_error.with_hint("convert it with jotsmith convert --to jwks")
                }
                _ => cli_error,
            }
        })?,
        (Some(bytes), Some(passphrase)) => decrypt_key_file(args, bytes, passphrase)?,
    })
}

fn is_public(ring: &RotatingKeySet) -> bool {
    let lifetimes = ring.lifetimes();
    let alive = lifetimes.iter().filter(|lifetime| !lifetime.is_revoked);
    alive.clone().next().is_some() && alive.clone().all(|lifetime| !lifetime.is_private)
}

fn decrypt_key_file(
    args: &Args,
    bytes: &SecretBytes,
    passphrase: &SecretBytes,
) -> crate::crypto::Result<RotatingKeySet> {
    let decryption = KeyDecryption {
        passphrase: Some(passphrase),
        max_rounds: args.decryption.max_p2c,
    };
    RotatingKeySet::parse(keyfile::decrypt_key_file(bytes.expose(), &decryption)?.expose())
}

/// Returns the thumbprints of the keys that verifiers can fetch now. The cache is not used, because it may be outdated.
fn served_thumbprints(served: &str, args: &Args, context: &Context) -> Result<Vec<String>> {
    let named = || served.to_owned();
    let parse = |bytes: SecretBytes| keyfile::parse_json(bytes.expose()).with_context(named);
    let set = match served.parse().map_err(CliError::usage)? {
        Source::Url(url) => {
            let fetcher = Fetcher::new(context, false, args.ca.ca.as_ref())?;
            let max_time = std::time::Duration::from_secs(args.served_timeout.0);
            let fetcher = fetcher.with_max_time(max_time);
            fetcher.key_set_now(&Url::parse(&url)?)?
        }
        Source::File(path) => {
            let missing = || CliError::failed("no such file or directory");
            let found = file::read_existing(&path, MAX_KEY)?;
            parse(found.ok_or_else(missing).with_context(named)?)?
        }
        source => parse(context.inputs.read(&source, "served set", MAX_KEY)?)?,
    };
    Ok(set.keys().iter().filter_map(|key| key_thumbprint(key)).collect())
}

fn key_thumbprint(key: &Key) -> Option<String> {
    key.thumbprint(ThumbprintHash::Sha256).ok()
}
