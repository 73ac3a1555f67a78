//! Writes the files in a safe order.
//!
//! All new files are staged on disk before the first file is replaced, so that a full disk changes nothing. Then the added
//! keys are published, the set is replaced, and the removed keys are unpublished. If a run is interrupted at any point, every
//! file is complete, every key that signs is published, and the next run does the rest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::publish::{self, Target, TargetKind};
use super::rotate_in_token::TokenKeys;
use super::rotate_report::Report;
use super::{Args, RotationRun};
use crate::cli::time::Duration;
use crate::commands::Context;
use crate::crypto::key::Use;
use crate::crypto::policy::MIN_ENCRYPTION_ROUNDS;
use crate::crypto::{KeyEncryption, PublicKey, SecretBytes, backend};
use crate::io::file::{self, Appender, Audience, Prepared};
use crate::io::source::MAX_KEY;
use crate::keyfile;
use crate::output::exit::CliError;
use crate::output::reports::format_rfc3339;
use crate::rotation::{ActionKind, AppliedAction, Generate, Request};

/// Applies the plan to the set, stages every file, and commits the files in order. `None` if another process wrote the set
/// during this run.
///
/// # Errors
/// If a file cannot be written. If staging fails, nothing is changed.
pub fn write(
    args: &Args,
    mut run: RotationRun,
    targets: &[Target],
    context: &Context,
) -> Result<Option<Report>> {
    let now = context.now;
    let log = args.log.as_deref().map(Appender::open).transpose()?;
    let before = run.ring.published_keys(now)?;
    let mut tokens = TokenKeys::open(args, &run, context)?;
    let is_new = run.found.bytes.is_none();
    let named = SetName::write(&mut run)?;
    let done = apply_plan(&mut run, tokens.as_mut(), now).with_context(|| args.set_location())?;
    let after = run.ring.published_keys(now)?;
    let key_set = publish::key_set_text(&after)?;
    let staged = stage_targets(&run, targets, before, after, now)?;
    let set = stage_set(args, &run)?;
    if run.writes_set() && !run.found.is_there()? {
        return Ok(None);
    }
    let orphans = tokens.as_ref().map(|tokens| tokens.orphans.clone());
    let report = Report::from_run(&run, now)
        .with_applied_actions(done.clone(), run.writes_set(), &staged.changed)
        .with_orphans(orphans.unwrap_or_default());
    // Logged first, so that no action lacks a line. After a crash, the log may contain an action that only the next run
    // does.
    log.map_or(Ok(()), |log| log.append(&log_lines(&done, &run, now)))?;
    // A compromised key is destroyed even if the files cannot be written.
    let mut failures = destroy_token_keys(tokens.as_ref(), &run, ActionKind::Revoke);
    if let Err(error) = commit_files(staged.first).and_then(|()| set.write(context)) {
        let replaced = if is_new { &*staged.replaced } else { &[] };
        take_back(args, &run, tokens, named, replaced);
        return Err(error);
    }
    if let Some(tokens) = &mut tokens {
        tokens.keep_new_keys();
    }
    named.keep_new_keys();
    commit_files(staged.active)?;
    commit_files(staged.last)?;
    failures.extend(destroy_token_keys(tokens.as_ref(), &run, ActionKind::Drop));
    print_warnings(&run, &done, is_new, context);
    if !failures.is_empty() {
        let message = format!("the set is written, but {}", failures.join("; "));
        return Err(CliError::failed(message).with_hint("destroy it in the token").into());
    }
    if args.publishes_to_stdout() {
        context.console.write_bytes(&key_set)?;
    }
    Ok(Some(report))
}

/// Applies the plan to the set in memory. New keys are generated in the token, if the set has one.
fn apply_plan(
    run: &mut RotationRun,
    tokens: Option<&mut TokenKeys>,
    now: i64,
) -> Result<Vec<AppliedAction>> {
    let generate: Generate<'_> = match tokens {
        Some(tokens) => &mut |kind, alg| tokens.generate(kind, alg),
        None => &mut |kind, _| backend::generate_key(kind),
    };
    let done = run.ring.carry_out_with(&run.plan, &run.policy, now, generate)?;
    if let Request::Immediate { reason, key_use } = &run.request {
        run.ring.remember_emergency(reason, *key_use, now);
    }
    if run.writes_set() {
        let is_revocation = matches!(run.request, Request::Revoke { .. });
        run.ring.bump_generation(now, is_revocation);
    }
    Ok(done)
}

/// Destroys the keys in tokens that actions of this kind end, and returns the failures.
fn destroy_token_keys(
    tokens: Option<&TokenKeys>,
    run: &RotationRun,
    step: ActionKind,
) -> Vec<String> {
    let ended = || run.ended_references(|other| other == step);
    tokens.map_or(Vec::new(), |tokens| tokens.destroy_keys(&ended()))
}

/// Reverts what a run did that could not write the set. `replaced` are the files that it published for a new set.
fn take_back(
    args: &Args,
    run: &RotationRun,
    mut tokens: Option<TokenKeys>,
    named: SetName,
    replaced: &[&Target],
) {
    // The new keys are destroyed, unless the new set may already be in place.
    if let Some(tokens) = &mut tokens
        && !matches!(run.found.is_there(), Ok(true))
    {
        tokens.keep_new_keys();
    }
    drop(named);
    // If the set does not exist, the next run cannot know that these keys were published here. The set exists if the failure
    // occurred after it was renamed.
    if args.is_filter() || matches!(file::exists(&run.found.path), Ok(false)) {
        publish::remove_staged(replaced);
    }
}

/// The files to publish to, staged on disk.
#[derive(Default)]
struct StagedTargets<'t> {
    /// The files that get keys. They are replaced before the set.
    first: Vec<Prepared>,
    /// The targets that `first` replaces.
    replaced: Vec<&'t Target>,
    /// The files with the active key, which is used after it is published and in the set.
    active: Vec<Prepared>,
    /// The files that lose keys. They are replaced last.
    last: Vec<Prepared>,
    /// The files that change.
    changed: Vec<&'t Path>,
}

/// Stages the files to publish to. `before` and `after` are the public keys before and after the plan.
fn stage_targets<'t>(
    run: &RotationRun,
    targets: &'t [Target],
    before: Vec<PublicKey>,
    after: Vec<PublicKey>,
    now: i64,
) -> Result<StagedTargets<'t>> {
    let mut staged = StagedTargets::default();
    let (active, public): (Vec<&Target>, Vec<&Target>) =
        targets.iter().partition(|target| target.kind == TargetKind::ActiveKey);
    let last_texts = public.iter().map(|target| target.public_text(&after));
    let last_texts = last_texts.collect::<Result<Vec<_>>>()?;
    let first_keys = publish::on_the_way(before, after);
    for (target, last_text) in public.into_iter().zip(last_texts) {
        let first_text = target.public_text(&first_keys)?;
        let (gets_keys, loses_keys) = (!target.is_current(&first_text), first_text != last_text);
        if gets_keys {
            staged.first.push(target.prepare(&first_text)?);
            staged.replaced.push(target);
        }
        if loses_keys {
            staged.last.push(target.prepare(&last_text)?);
        }
        if gets_keys || loses_keys {
            staged.changed.push(&target.path);
        }
    }
    if !active.is_empty()
        && let Some(text) = publish::active_text(run, now)?
    {
        for target in active {
            if !target.is_current(text.expose()) {
                staged.active.push(target.prepare(text.expose())?);
                staged.changed.push(&target.path);
            }
        }
    }
    Ok(staged)
}

/// Stages the set.
fn stage_set(args: &Args, run: &RotationRun) -> Result<SetOutput> {
    let text = run.writes_set().then(|| set_text(run)).transpose()?;
    Ok(match text {
        _ if args.is_filter() => {
            let unchanged = || Some(run.found.bytes.as_ref()?.expose().to_vec().into());
            SetOutput::Stdout(text.or_else(unchanged))
        }
        None => SetOutput::Unchanged,
        Some(text) => {
            let prepared =
                file::prepare_successor(&run.found.path, text.expose(), Audience::Owner)?;
            SetOutput::File(prepared)
        }
    })
}

/// The name that the labels of a set's keys in a token begin with. It is on disk before the first key is generated, so that a
/// later run finds keys that a crash left in the token. When dropped, the previous set is restored, unless `keep_new_keys` was called.
struct SetName(Option<Unnamed>);

/// The set before the name was written to it.
struct Unnamed {
    path: PathBuf,
    before: Option<SecretBytes>,
    named: SecretBytes,
}

impl SetName {
    fn write(run: &mut RotationRun) -> Result<SetName> {
        let makes = run.plan.iter().any(|action| matches!(action.step, ActionKind::Make { .. }));
        if run.places.is_stored || !makes {
            return Ok(SetName(None));
        }
        if !run.found.is_there()? {
            // Another run has written the set. This run detects that later and starts again.
            return Ok(SetName(None));
        }
        let text = set_text(run)?;
        file::prepare_successor(&run.found.path, text.expose(), Audience::Owner)?.commit()?;
        let named = text.expose().to_vec().into();
        let before = run.found.bytes.replace(text);
        Ok(SetName(Some(Unnamed {
            path: run.found.path.clone(),
            before,
            named,
        })))
    }

    fn keep_new_keys(mut self) {
        self.0 = None;
    }
}

impl Drop for SetName {
    fn drop(&mut self) {
        let Some(Unnamed {
            path,
            before,
            named,
        }) = self.0.take()
        else {
            return;
        };
        let now = file::read_existing(&path, MAX_KEY);
        if !matches!(now, Ok(Some(now)) if now.expose() == named.expose()) {
            return;
        }
        // The caller reports the error that caused this.
        let _ = match before {
            None => file::remove_file(&path),
            Some(before) => file::prepare_successor(&path, before.expose(), Audience::Owner)
                .and_then(Prepared::commit),
        };
    }
}

/// Returns the text of the set to write, encrypted if it was encrypted.
fn set_text(run: &RotationRun) -> Result<SecretBytes> {
    match &run.found.passphrase {
        None => Ok(run.ring.to_text()?),
        Some(passphrase) => encrypt_set(run, passphrase),
    }
}

/// Where the set is written.
enum SetOutput {
    /// To stdout, even if it has not changed.
    Stdout(Option<SecretBytes>),
    /// To its file.
    File(Prepared),
    /// Nowhere: the file is current.
    Unchanged,
}

impl SetOutput {
    fn write(self, context: &Context) -> Result<()> {
        match self {
            SetOutput::Stdout(Some(text)) => context.console.write_bytes(text.expose()),
            SetOutput::File(prepared) => prepared.commit(),
            SetOutput::Stdout(None) | SetOutput::Unchanged => Ok(()),
        }
    }
}

fn encrypt_set(run: &RotationRun, passphrase: &SecretBytes) -> Result<SecretBytes> {
    let encryption = KeyEncryption {
        passphrase: passphrase.expose().to_vec().into(),
        rounds: MIN_ENCRYPTION_ROUNDS,
    };
    let text = keyfile::encrypt_key_file(&run.ring.to_text()?, "jwk-set+json", &encryption)?;
    Ok(format!("{text}\n").into_bytes().into())
}

fn commit_files(files: impl IntoIterator<Item = Prepared>) -> Result<()> {
    files.into_iter().try_for_each(Prepared::commit)
}

/// Returns one line of JSON for each action.
fn log_lines(done: &[AppliedAction], run: &RotationRun, now: i64) -> String {
    let line = |done: &AppliedAction| {
        let line = json!({
            "time": format_rfc3339(now),
            "action": done.step.name(),
            "kid": done.kid,
            "use": done.key_use.name(),
            "reason": done.reason,
            "generation": run.ring.generation(),
        });
        format!("{line}\n")
    };
    done.iter().map(line).collect()
}

/// Warns how long verifiers may still use a cached set after an immediate change.
fn print_warnings(run: &RotationRun, done: &[AppliedAction], is_new: bool, context: &Context) {
    let now = context.now;
    let until = |since: i64| {
        let end = since.saturating_add(run.policy.lead);
        let left = Duration(end.saturating_sub(now).max(0).unsigned_abs());
        (left.0 > 0).then(|| format!("until {} ({left})", format_rfc3339(end)))
    };
    let made = |done: &AppliedAction| {
        let place = run.ring.position_of(done.kid.as_deref()?)?;
        run.ring.lifetimes()[place].iat
    };
    for action in done {
        let kid = action.kid.as_deref().unwrap_or("(no kid)");
        let at_once = match action.step {
            ActionKind::Make { nbf, .. } => nbf.is_some_and(|nbf| nbf <= now),
            ActionKind::Promote { nbf } => nbf <= now,
            _ => false,
        };
        if at_once
            && action.key_use == Use::Sig
            && !is_new
            && let Some(until) = until(made(action).unwrap_or(now))
        {
            context.console.print_warning(&format!(
                "verifiers with a cached set that lacks {kid} reject its tokens {until} at the latest"
            ));
        }
        if at_once && action.key_use == Use::Enc && !is_new {
            context.console.print_warning(&format!(
                "recipients need the set with {kid} before senders fetch it"
            ));
        }
        if action.step == ActionKind::Revoke
            && let Some(until) = until(now)
        {
            context.console.print_warning(&format!(
                "verifiers with a cached set that contains {kid} accept its tokens {until} at the latest"
            ));
        }
    }
}
