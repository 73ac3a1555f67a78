//! `verify --payload`: a payload of any kind and length, read once and never held.

use anyhow::Result;

use super::{Args, remark, report};
use crate::crypto::{KeySet, UnverifiedToken, VerifyPolicy};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::io::staged_output::StagedOutput;

/// Verifies, and gives the payload back where --raw or -o ask for it: not a byte of it before it is verified.
pub(super) fn run(
    args: &Args,
    context: &Context,
    source: &Source,
    token: UnverifiedToken,
    keys: &KeySet,
    policy: &VerifyPolicy,
) -> Result<u8> {
    let format = token.format();
    let mut verifier = token.verify_detached(keys, policy)?;
    let (output, console) = (&args.output, &context.console);
    let held = args
        .wants_payload()
        .then(|| StagedOutput::new(output.file().map(|path| &**path), output.force));
    let mut held = held.transpose()?;
    let mut len = 0;
    context.payload(source, |piece| {
        len += piece.len();
        verifier.update(piece)?;
        held.as_mut().map_or(Ok(()), |held| held.take(piece))
    })?;
    let verified = verifier.finish()?;
    remark(args, context, format, &verified);
    let is_shown = held.is_some();
    held.map_or(Ok(()), |held| held.release(console))?;
    if console.json {
        console.report(&report(&verified, false))?;
    } else if !is_shown {
        let by = &verified.signatures()[0];
        let kid = by.kid.as_deref().unwrap_or("(no kid)");
        let text = format!("verified {len} bytes by key {kid}, not read as claims");
        console.note(&text);
    }
    Ok(0)
}
