//! The order of the steps that change the files.
//!
//! Everything is complete on disk before the first file changes, so that a full disk changes nothing. Then: publish what
//! is added, replace the set, unpublish what is gone. Wherever that stops, every file is whole, every key that signs is
//! published, and the next run does the rest.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::in_token::TokenKeys;
use super::publish::{self, Target, TargetKind};
use super::report::Report;
use super::{Args, RotationRun};
use crate::cli::time::Duration;
use crate::commands::Context;
use crate::crypto::key::Use;
use crate::crypto::policy::MIN_SEAL;
use crate::crypto::{KeyEncryption, SecretBytes, backend, keyfile};
use crate::io::file::{self, Appender, Audience, Prepared};
use crate::io::source::MAX_KEY;
use crate::output::exit::CliError;
use crate::output::reports::rfc3339;
use crate::rotation::{Done, Generate, Order, Step};

/// Applies the plan; `None` when another process has written the set meanwhile.
///
/// # Errors
/// When a file cannot be written; before the first step nothing has changed then.
pub fn write(
    args: &Args,
    mut case: RotationRun,
    targets: &[Target],
    context: &Context,
) -> Result<Option<Report>> {
    let place = || args.place();
    let now = context.now;
    let log = args.log.as_deref().map(Appender::open).transpose()?;
    let before = case.ring.published(now)?;
    let mut tokens = TokenKeys::open(args, &case, context)?;
    let is_new = case.found.bytes.is_none();
    let named = SetName::write(&mut case)?;
    let generate: Generate<'_> = match &mut tokens {
        Some(tokens) => &mut |kind, alg| tokens.generate(kind, alg),
        None => &mut |kind, _| backend::generate(kind),
    };
    let RotationRun {
        ring, plan, policy, ..
    } = &mut case;
    let done = ring.carry_out_with(plan, policy, now, generate);
    let done = done.with_context(place)?;
    if let Order::Now { reason, key_use } = &case.order {
        case.ring.remember_emergency(reason, *key_use, now);
    }
    let writes = !case.plan.is_empty() || case.policy_changed;
    if writes {
        let is_revocation = matches!(case.order, Order::Revoke { .. });
        case.ring.bump_generation(now, is_revocation);
    }
    let after = case.ring.published(now)?;
    // Published before the set is written: what was published and what is added. Afterwards: what remains.
    let public = || {
        let targets = targets.iter();
        targets.filter(|target| target.kind != TargetKind::ActiveKey)
    };
    let last_set = publish::key_set_text(&after)?;
    let last_texts: Vec<_> = public()
        .map(|target| target.public_text(&after))
        .collect::<Result<_>>()?;
    let first_keys = publish::on_the_way(before, after);
    let (mut first, mut stale, mut last) = (Vec::new(), Vec::new(), Vec::new());
    let mut published = Vec::new();
    for (target, last_text) in public().zip(&last_texts) {
        let first_text = target.public_text(&first_keys)?;
        let is_stale = !target.has(&first_text);
        if is_stale {
            first.push(target.prepare(&first_text)?);
            stale.push(target);
        }
        if first_text != *last_text {
            last.push(target.prepare(last_text)?);
        }
        if is_stale || first_text != *last_text {
            published.push(&target.path);
        }
    }
    // The issuer signs with a key once it is published and in the set, and no more once it is unpublished.
    let mut active = None;
    if (targets.iter()).any(|target| target.kind == TargetKind::ActiveKey) {
        active = publish::active_text(&case, now)?;
    }
    let (mut active_files, mut active_targets) = (Vec::new(), Vec::new());
    for target in targets
        .iter()
        .filter(|target| target.kind == TargetKind::ActiveKey)
    {
        let Some(text) = &active else { continue };
        if !target.has(text.expose()) {
            active_files.push(target.prepare(text.expose())?);
            active_targets.push(&target.path);
        }
    }
    let set = if writes { Some(set_text(&case)?) } else { None };
    let set = match set {
        _ if args.is_filter() => {
            let unchanged = || Some(case.found.bytes.as_ref()?.expose().to_vec().into());
            SetOutput::Stdout(set.or_else(unchanged))
        }
        None => SetOutput::Unchanged,
        Some(text) => {
            let prepared =
                file::prepare_successor(&case.found.path, text.expose(), Audience::Owner)?;
            SetOutput::File(prepared)
        }
    };
    if writes && !case.found.is_there()? {
        return Ok(None);
    }
    published.extend(active_targets);
    let orphans = tokens.as_ref().map(|tokens| tokens.orphans.clone());
    let report = Report::of(&case, now)
        .done(done.clone(), writes, published)
        .with_orphans(orphans.unwrap_or_default());
    // Logged first: nothing is ever done without a line, though a crash may leave a line for what the next run does.
    log.map_or(Ok(()), |log| log.append(&lines(&done, &case, now)))?;
    // A key that may be in other hands is destroyed whether the files can be written or not.
    let mut failures = Vec::new();
    if let Some(tokens) = &tokens {
        failures = tokens.destroy(&case.ended(|step| step == Step::Revoke));
    }
    if let Err(error) = commit(first).and_then(|()| set.write(context)) {
        // The new keys are destroyed, unless the set may have been renamed already.
        if let Some(tokens) = &mut tokens
            && !matches!(case.found.is_there(), Ok(true))
        {
            tokens.keep();
        }
        drop(named);
        // The next run could not know that the keys of a set that does not exist were published here. The set exists if
        // the failure came after it was renamed.
        let is_lost = args.is_filter() || matches!(file::exists(&case.found.path), Ok(false));
        if is_new && is_lost {
            publish::withdraw(&stale);
        }
        return Err(error);
    }
    if let Some(tokens) = &mut tokens {
        tokens.keep();
    }
    named.keep();
    commit(active_files)?;
    commit(last)?;
    if let Some(tokens) = &tokens {
        failures.extend(tokens.destroy(&case.ended(|step| step == Step::Drop)));
    }
    warn(&case, &done, is_new, context);
    if !failures.is_empty() {
        let message = format!("the set is written, but {}", failures.join("; "));
        return Err(CliError::failed(message)
            .hint("destroy it in the token")
            .into());
    }
    if args.publishes_to_stdout() {
        context.console.bytes(&last_set)?;
    }
    Ok(Some(report))
}

/// The name that the keys of a set have in a token. It is on disk before the first of them is made, so that a later run
/// finds a key there that a crash leaves in no set. When it is dropped, the set is again as it was, unless it was kept.
struct SetName(Option<Unnamed>);

/// The set before it had a name in the token.
struct Unnamed {
    path: PathBuf,
    before: Option<SecretBytes>,
    named: SecretBytes,
}

impl SetName {
    fn write(case: &mut RotationRun) -> Result<SetName> {
        let makes = (case.plan.iter()).any(|action| matches!(action.step, Step::Make { .. }));
        if case.places.is_stored || !makes {
            return Ok(SetName(None));
        }
        if !case.found.is_there()? {
            // Another run has written the set; this one finds that out later, and starts over.
            return Ok(SetName(None));
        }
        let text = set_text(case)?;
        file::prepare_successor(&case.found.path, text.expose(), Audience::Owner)?.commit()?;
        let named = text.expose().to_vec().into();
        let before = case.found.bytes.replace(text);
        Ok(SetName(Some(Unnamed {
            path: case.found.path.clone(),
            before,
            named,
        })))
    }

    fn keep(mut self) {
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
        // The error that the caller reports is the one that matters.
        let _ = match before {
            None => file::remove(&path),
            Some(before) => file::prepare_successor(&path, before.expose(), Audience::Owner)
                .and_then(Prepared::commit),
        };
    }
}

/// The text of the set as it is written.
fn set_text(case: &RotationRun) -> Result<SecretBytes> {
    match &case.found.passphrase {
        None => Ok(case.ring.to_text()?),
        Some(passphrase) => seal(case, passphrase),
    }
}

/// Where the set goes.
enum SetOutput {
    /// To stdout, whether it has changed or not.
    Stdout(Option<SecretBytes>),
    /// To its file.
    File(Prepared),
    /// Nowhere: the file has it.
    Unchanged,
}

impl SetOutput {
    fn write(self, context: &Context) -> Result<()> {
        match self {
            SetOutput::Stdout(Some(text)) => context.console.bytes(text.expose()),
            SetOutput::File(prepared) => prepared.commit(),
            SetOutput::Stdout(None) | SetOutput::Unchanged => Ok(()),
        }
    }
}

fn seal(case: &RotationRun, passphrase: &SecretBytes) -> Result<SecretBytes> {
    let seal = KeyEncryption {
        passphrase: passphrase.expose().to_vec().into(),
        rounds: MIN_SEAL,
    };
    let text = keyfile::seal(&case.ring.to_text()?, "jwk-set+json", &seal)?;
    Ok(format!("{text}\n").into_bytes().into())
}

fn commit(files: impl IntoIterator<Item = Prepared>) -> Result<()> {
    files.into_iter().try_for_each(Prepared::commit)
}

/// One line of JSON for each action.
fn lines(done: &[Done], case: &RotationRun, now: i64) -> String {
    let line = |done: &Done| {
        let line = json!({
            "time": rfc3339(now),
            "action": done.step.name(),
            "kid": done.kid,
            "use": done.key_use.name(),
            "reason": done.reason,
            "generation": case.ring.generation(),
        });
        format!("{line}\n")
    };
    done.iter().map(line).collect()
}

/// Warns how long verifiers may still use a cached set after an immediate change.
fn warn(case: &RotationRun, done: &[Done], is_new: bool, context: &Context) {
    let now = context.now;
    let until = |since: i64| {
        let end = since.saturating_add(case.policy.lead);
        let left = Duration((end.saturating_sub(now)).max(0).unsigned_abs());
        (left.0 > 0).then(|| format!("until {} ({left})", rfc3339(end)))
    };
    let made = |done: &Done| {
        let place = case.ring.position(done.kid.as_deref()?)?;
        case.ring.lives()[place].iat
    };
    for action in done {
        let kid = action.kid.as_deref().unwrap_or("(no kid)");
        let at_once = match action.step {
            Step::Make { nbf, .. } => nbf.is_some_and(|nbf| nbf <= now),
            Step::Promote { nbf } => nbf <= now,
            _ => false,
        };
        if at_once
            && action.key_use == Use::Sig
            && !is_new
            && let Some(until) = until(made(action).unwrap_or(now))
        {
            context.console.warn(&format!(
                "a verifier that cached the published set without {kid} refuses its tokens {until} at the latest"
            ));
        }
        if at_once && action.key_use == Use::Enc && !is_new {
            context.console.warn(&format!(
                "receivers need the set with {kid} before a sender fetches it"
            ));
        }
        if action.step == Step::Revoke
            && let Some(until) = until(now)
        {
            context.console.warn(&format!(
                "a verifier that cached the published set with {kid} accepts its tokens {until} at the latest"
            ));
        }
    }
}
