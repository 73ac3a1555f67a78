//! The published files: public keys alone, in an order of steps that leaves no key signing unpublished.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Args, Case};
use crate::commands::Context;
use crate::crypto::key::Use;
use crate::crypto::keyset::public_jwks;
use crate::crypto::{Key, KeySet, PublicKey};
use crate::io::file::{self, Audience, Prepared};
use crate::io::source::MAX_KEY;
use crate::output::exit::CliError;

/// A file to publish to.
pub struct Target {
    /// The path as typed.
    pub path: PathBuf,
    /// What is in it now.
    pub found: Option<Vec<u8>>,
}

/// Looks at the files to publish to.
///
/// # Errors
/// When one of them is the set itself, holds private keys, or is no key set: it is not the file that was meant.
pub fn open(args: &Args, case: &Case, context: &Context) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for path in args.publish.iter().filter(|path| path.as_os_str() != "-") {
        let place = || path.display().to_string();
        let resolved = file::resolve(path)?;
        if !args.is_filter() && file::is_same(&resolved, &case.found.path) {
            return Err(CliError::usage("is the set with the private keys")).with_context(place);
        }
        if case.policy.algs.iter().all(|alg| alg.is_symmetric()) {
            return Err(CliError::usage("shared secrets are never published").into());
        }
        let found = file::read_existing(&resolved, MAX_KEY)?;
        if let Some(found) = &found {
            check(found.expose(), args, case, context).with_context(place)?;
        }
        let found = found.map(|found| found.expose().to_vec());
        if !args.only_reads() {
            file::remove_stale(&resolved);
        }
        // The targets are checked in every run, and written unless the clock is behind the set.
        if case.clock_behind.is_some() {
            continue;
        }
        targets.push(Target {
            path: path.clone(),
            found,
        });
    }
    Ok(targets)
}

fn check(found: &[u8], args: &Args, case: &Case, context: &Context) -> Result<()> {
    if found.trim_ascii().is_empty() {
        return Ok(());
    }
    let wrong = |what: &str| {
        Err(CliError::failed(format!("{what}, so it is not replaced"))
            .hint("remove it if it is the file that you mean")
            .into())
    };
    let Ok(set) = KeySet::from_json(found) else {
        return wrong("is no key set");
    };
    if set.keys().iter().any(|key| key.is_private()) {
        return wrong("holds private keys");
    }
    let is_own =
        |key: &Key| (key.kid.as_deref()).is_some_and(|kid| case.ring.position(kid).is_some());
    // A run that was interrupted has published its keys before it wrote the set.
    let is_of_this_set = case.found.was_interrupted || set.keys().iter().any(|key| is_own(key));
    for key in set.keys() {
        if let Some(kid) = &key.kid
            && !is_own(key)
        {
            let has_ended = key.time("exp").is_some_and(|exp| exp <= context.now);
            let message = format!("the key {kid} is published here and is not in the set");
            if !(has_ended || is_of_this_set || args.replace_published || args.only_reads()) {
                let hint = "it may belong to another set, whose tokens would be refused; --replace-published removes it";
                return Err(CliError::failed(message).hint(hint).into());
            }
            context.console.warn(&message);
        }
    }
    Ok(())
}

/// The text of a published set.
///
/// # Errors
/// As [`public_jwks`].
pub fn text(keys: &[PublicKey]) -> Result<Vec<u8>> {
    Ok(format!("{}\n", Value::Object(public_jwks(keys)?)).into_bytes())
}

/// What to publish before the set is written: what was published and the signing keys that are added. So a key that signs
/// is published before it does and until after it did, and nobody encrypts to a key that is not in the set yet.
pub fn on_the_way(before: Vec<PublicKey>, after: Vec<PublicKey>) -> Vec<PublicKey> {
    let mut after: Vec<Option<PublicKey>> = after.into_iter().map(Some).collect();
    let mut newest = |old: PublicKey| {
        let same = |new: &&mut Option<PublicKey>| {
            (new.as_ref()).is_some_and(|new| new.as_key().kid == old.as_key().kid)
        };
        after
            .iter_mut()
            .find(same)
            .and_then(Option::take)
            .unwrap_or(old)
    };
    let mut keys: Vec<PublicKey> = before.into_iter().map(&mut newest).collect();
    let signs = |key: &PublicKey| key.as_key().main_use() == Use::Sig;
    keys.extend(after.into_iter().flatten().filter(signs));
    keys
}

/// Puts back what the targets contained before, as far as that is possible. None of the new keys has signed.
pub fn withdraw(targets: &[&Target]) {
    for target in targets {
        // The error that the caller reports is the one that matters.
        let _ = match &target.found {
            None => file::remove(&target.path),
            Some(text) => file::prepare_successor(&target.path, text, Audience::Everybody)
                .and_then(Prepared::commit),
        };
    }
}

/// The text, complete beside every target.
///
/// # Errors
/// When a folder cannot be written.
pub fn prepare<'a>(
    targets: impl Iterator<Item = &'a Target>,
    text: &[u8],
) -> Result<Vec<Prepared>> {
    targets
        .map(|target| file::prepare_successor(&target.path, text, Audience::Everybody))
        .collect()
}
