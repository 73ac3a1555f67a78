//! The published files. They are written in an order in which no key signs before it is published.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Args, RotationRun, site};
use crate::commands::Context;
use crate::crypto::key::{ThumbprintHash, Use};
use crate::crypto::keyset::public_jwks;
use crate::crypto::{Key, KeyDecryption, PublicKey, SecretBytes};
use crate::io::file::{self, Audience, Prepared};
use crate::io::source::MAX_KEY;
use crate::keyfile;
use crate::keyfile::public_pem;
use crate::output::exit::CliError;
use crate::rotation;

/// The content of a file that a run keeps current, other than the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// The public keys as a JWK Set.
    KeySet,
    /// The public keys in PEM.
    PublicPem,
    /// The metadata of the issuer of a key set.
    SiteMetadata,
    /// The active private key for signing in PEM.
    ActiveKey,
}

/// A file that a run keeps current, other than the set.
pub struct Target {
    /// The path of the argument.
    pub path: PathBuf,
    /// What it contains.
    pub kind: TargetKind,
    /// Its current content.
    pub found: Option<SecretBytes>,
    /// The issuer in its metadata.
    issuer: String,
}

impl Target {
    /// Whether the file has this text.
    pub fn is_current(&self, text: &[u8]) -> bool {
        self.found.as_ref().is_some_and(|found| found.expose() == text)
    }

    /// Returns the content of the file for these published keys.
    ///
    /// # Errors
    /// [`crate::crypto::Error::Backend`], and if a key cannot be written in this format.
    pub fn public_text(&self, keys: &[PublicKey]) -> Result<Vec<u8>> {
        match self.kind {
            TargetKind::KeySet => key_set_text(keys),
            TargetKind::SiteMetadata => {
                let found = self.found.as_ref().map(SecretBytes::expose);
                let found = found.filter(|found| !found.trim_ascii().is_empty());
                Ok(site::build_metadata(found, &self.issuer, keys))
            }
            TargetKind::PublicPem | TargetKind::ActiveKey => Ok(public_pem(keys)?),
        }
    }

    /// Stages the file with this text. Creates the folder of the metadata.
    ///
    /// # Errors
    /// If its folder cannot be written.
    pub fn prepare(&self, text: &[u8]) -> Result<Prepared> {
        let audience = match self.kind {
            TargetKind::ActiveKey => Audience::Owner,
            _ => Audience::Public,
        };
        if is_folder_missing(self.kind, &self.path)
            && let Some(folder) = self.path.parent()
        {
            file::create_folder(folder, audience)?;
        }
        file::prepare_successor(&self.path, text, audience)
    }
}

/// Whether the file is the metadata of a site, and its folder does not exist yet.
pub fn is_folder_missing(kind: TargetKind, path: &Path) -> bool {
    let is_missing = |folder: &Path| {
        folder.parent().is_some_and(Path::is_dir) && folder.symlink_metadata().is_err()
    };
    kind == TargetKind::SiteMetadata && path.parent().is_some_and(is_missing)
}

/// Reads and checks the files to publish to.
///
/// # Errors
/// If one of them is the set itself, contains private keys, or is not a key set: then it is not the intended file.
pub fn open_targets(args: &Args, run: &RotationRun, context: &Context) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    for (kind, path) in args.targets() {
        let place = || path.display().to_string();
        let is_new = is_folder_missing(kind, &path);
        let resolved = if is_new {
            path.clone()
        } else {
            file::resolve_path(&path)?
        };
        if !args.is_filter() && file::is_same(&resolved, &run.found.path) {
            return Err(CliError::usage(
                "this file is the set with the private keys; publish to another file",
            ))
            .with_context(place);
        }
        if targets.iter().any(|other| other.kind != kind && file::is_same(&resolved, &other.path)) {
            return Err(CliError::usage(
                "this file is given for two different outputs",
            ))
            .with_context(place);
        }
        let algs = || run.policy.algs.iter();
        if kind == TargetKind::ActiveKey
            && !algs().any(|alg| alg.key_use() == Use::Sig && !alg.is_symmetric())
        {
            return Err(CliError::usage(
                "--active-out needs a private key for signing, which this set does not have",
            )
            .into());
        }
        if kind == TargetKind::SiteMetadata && !algs().any(|alg| alg.key_use() == Use::Sig) {
            return Err(CliError::usage(
                "--publish-site needs keys for signing, which this set does not have",
            )
            .into());
        }
        if algs().all(|alg| alg.is_symmetric()) {
            return Err(CliError::usage("shared secrets are never published").into());
        }
        let found = if is_new {
            None
        } else {
            file::read_existing(&resolved, MAX_KEY)?
        };
        if let Some(found) = &found {
            check_target(kind, found.expose(), args, run, context).with_context(place)?;
        }
        if !args.only_reads() {
            file::remove_stale(&resolved);
        }
        // The targets are checked in every run. They are written unless the clock is behind the set.
        targets.push(Target {
            path,
            kind,
            found,
            issuer: args.site_issuer.clone().unwrap_or_default(),
        });
    }
    if run.clock_behind.is_some() {
        targets.clear();
    }
    Ok(targets)
}

/// Refuses a file that seems not to be the intended one.
fn check_target(
    kind: TargetKind,
    found: &[u8],
    args: &Args,
    run: &RotationRun,
    context: &Context,
) -> Result<()> {
    if found.trim_ascii().is_empty() {
        return Ok(());
    }
    if kind == TargetKind::SiteMetadata {
        let issuer = args.site_issuer.as_deref().unwrap_or_default();
        return site::check_metadata(found, issuer, args.replace_published);
    }
    let wrong = |what: &str| {
        Err(CliError::failed(format!("{what}, so it is not replaced"))
            .with_hint("if this is the right file, remove it first")
            .into())
    };
    let parsed = match kind {
        TargetKind::KeySet => keyfile::parse_json(found).ok(),
        _ if !found.trim_ascii_start().starts_with(b"-----BEGIN ") => None,
        _ => keyfile::parse(found, KeyDecryption::LOCKED).ok(),
    };
    let Some(set) = parsed else {
        return wrong(match kind {
            TargetKind::KeySet => "is not a key set",
            _ => "is not a PEM key",
        });
    };
    let is_private = |key: &Key| key.is_private();
    match kind {
        TargetKind::ActiveKey if !set.keys().iter().all(|key| is_private(key)) => {
            return wrong("contains public keys");
        }
        TargetKind::KeySet | TargetKind::PublicPem
            if set.keys().iter().any(|key| is_private(key)) =>
        {
            return wrong("contains private keys");
        }
        _ => {}
    }
    let own: Vec<String> = run
        .ring
        .members()
        .filter_map(|(.., key)| key?.thumbprint(ThumbprintHash::Sha256).ok())
        .collect();
    let thumbprint = |key: &Key| key.thumbprint(ThumbprintHash::Sha256).ok();
    let is_own = |key: &Key| match &key.kid {
        Some(kid) if kind == TargetKind::KeySet => run.ring.position_of(kid).is_some(),
        _ => thumbprint(key).is_some_and(|thumbprint| own.contains(&thumbprint)),
    };
    // An interrupted run may have published its keys before it wrote the set.
    let is_of_this_set = run.found.was_interrupted || set.keys().iter().any(|key| is_own(key));
    for key in set.keys().iter().filter(|key| !is_own(key)) {
        let name = match &key.kid {
            Some(kid) => kid.clone(),
            None if kind == TargetKind::KeySet => continue,
            None => thumbprint(key).unwrap_or_default(),
        };
        let has_ended = key.time_member("exp").is_some_and(|exp| exp <= context.now);
        let message =
            format!("the published file contains the key {name}, which is not in the set");
        if !(has_ended || is_of_this_set || args.replace_published || args.only_reads()) {
            let hint = "if it belongs to another set, verifiers would reject the tokens of that set; use --replace-published to overwrite the file";
            return Err(CliError::failed(message).with_hint(hint).into());
        }
        context.console.print_warning(&message);
    }
    Ok(())
}

/// Returns the public keys as the text of a JWK Set.
///
/// # Errors
/// [`crate::crypto::Error::Backend`].
pub fn key_set_text(keys: &[PublicKey]) -> Result<Vec<u8>> {
    let set = Value::Object(public_jwks(keys)?);
    Ok(format!("{set}\n").into_bytes())
}

/// Returns the active private key for signing in PEM; `None` if no key is active.
///
/// # Errors
/// [`crate::crypto::Error::Backend`].
pub fn active_text(run: &RotationRun, now: i64) -> Result<Option<SecretBytes>> {
    let index = rotation::active_index(&run.ring.lifetimes(), Use::Sig, now);
    let key = index.and_then(|index| run.ring.members().nth(index)?.2);
    Ok(key.map(Key::to_pkcs8_pem).transpose()?)
}

/// Returns the keys to publish before the set is written: those already published, and the signing keys that are added. A
/// signing key is thus published before its first signature and until after its last one. An encryption key is not published
/// before it is in the set.
pub fn on_the_way(before: Vec<PublicKey>, after: Vec<PublicKey>) -> Vec<PublicKey> {
    let mut after: Vec<Option<PublicKey>> = after.into_iter().map(Some).collect();
    let mut newest = |old: PublicKey| {
        let same = |new: &&mut Option<PublicKey>| {
            new.as_ref().is_some_and(|new| new.as_key().kid == old.as_key().kid)
        };
        after.iter_mut().find(same).and_then(Option::take).unwrap_or(old)
    };
    let mut keys: Vec<PublicKey> = before.into_iter().map(&mut newest).collect();
    let signs = |key: &PublicKey| key.as_key().main_use() == Use::Sig;
    keys.extend(after.into_iter().flatten().filter(signs));
    keys
}

/// Restores the previous content of the targets, as far as possible. None of the new keys has signed yet.
pub fn remove_staged(targets: &[&Target]) {
    for target in targets {
        // The caller reports the error that caused this.
        let _ = match &target.found {
            None => file::remove_file(&target.path),
            Some(text) => target.prepare(text.expose()).and_then(Prepared::commit),
        };
    }
}
