//! Tries the secrets of a list on a token, on all cores.

use anyhow::Result;

use crate::inspection::findings::key_findings::known_secret_of;
use crate::inspection::findings::key_match::HmacGuess;
use crate::inspection::findings::{Finding, Severity, rules};
use crate::inspection::parse::{Token, tolerant_base64};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::io::stream::{Line, Options, process_lines};

/// The maximum length of a secret of a list, in bytes.
const MAX_SECRET: usize = 64 * 1024;

/// Returns a finding if one of the lines is the secret of the token, as text or as base64. `None` for a publicly known
/// secret, which another rule reports.
pub(super) fn search_secret(
    token: &Token,
    source: &Source,
    show: bool,
    context: &Context,
) -> Result<Option<Finding>> {
    if known_secret_of(token).is_some() {
        return Ok(None);
    }
    let Some(guess) = HmacGuess::new(token) else {
        context.console.print_note("the token has no HMAC, so --wordlist does not apply");
        return Ok(None);
    };
    let fits = |line: &[u8]| {
        let coded = || {
            let text = str::from_utf8(line).ok().filter(|text| text.len() >= 16)?;
            let (bytes, faults) = tolerant_base64::decode_tolerant(text);
            let foreign = |fault: &tolerant_base64::Fault| {
                matches!(
                    fault,
                    tolerant_base64::Fault::Foreign(_) | tolerant_base64::Fault::Space(_)
                )
            };
            (!faults.iter().any(foreign)).then_some(bytes)
        };
        guess.matches(line) || coded().is_some_and(|bytes| guess.matches(&bytes))
    };
    let options = Options {
        jobs: std::thread::available_parallelism().map_or(1, usize::from),
        max_line: MAX_SECRET,
        // The first match ends the search.
        fail_fast: true,
    };
    let mut secret = Vec::new();
    let worker = || {
        |_, line: Line<'_>, output: &mut Vec<u8>| match line {
            Line::Bytes(line) if fits(line.strip_suffix(b"\r").unwrap_or(line)) => {
                output.extend_from_slice(line);
                false
            }
            _ => true,
        }
    };
    let input = context.inputs.open(source, "wordlist")?;
    let progress = context.console.start_progress(input.len, false);
    let report = |done, bytes| progress.set_position(done, bytes);
    let summary = process_lines(input.reader, &mut secret, options, worker, report)?;
    drop(progress);
    if summary.failed == 0 {
        context.console.print_note(&format!(
            "none of the {} secrets is the MAC key",
            summary.lines
        ));
        return Ok(None);
    }
    Ok(Some(Finding {
        rule: &rules::HS_KNOWN_SECRET,
        severity: Severity::Critical,
        place: "signature".into(),
        message: "the MAC key is in the list".into(),
        evidence: show.then(|| String::from_utf8_lossy(&secret).into_owned()),
    }))
}
