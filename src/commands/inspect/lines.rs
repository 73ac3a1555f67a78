//! `inspect --lines`: tokens in, one report each.

use anyhow::Result;

use super::look::{judge, keys_of, nothing};
use super::{Args, findings, tidy};
use crate::cli::{Items, TokenInput};
use crate::crypto::Code;
use crate::crypto::policy::MAX_TOKEN;
use crate::inspect::findings::Severity;
use crate::inspect::parse::{InputKind, detect};
use crate::io::context::Context;
use crate::io::fetch::live::Live;
use crate::output::exit::CliError;
use crate::output::ndjson::Answer;

/// Answers every line; one with a finding as bad as `fail_on` has failed.
pub(super) fn run(args: &Args, fail_on: Option<Severity>, context: &Context) -> Result<u8> {
    let live = keys_of(args, context)?;
    let input = TokenInput {
        token: args.inputs.first().cloned(),
        field: None,
    };
    let items = Items {
        source: &input.source(context)?,
        what: "token",
        max_len: MAX_TOKEN,
    };
    let clock = context.clock;
    args.lines.run(context, &args.output, &items, || {
        |number, line: &[u8], out: &mut Vec<u8>| {
            let InputKind::Token(token, found) = detect(line) else {
                return Err(nothing(None, line).into());
            };
            let keys = live.as_ref().map(Live::renewed).transpose()?;
            let mut report = judge(&token, &found, args, keys, clock.now());
            tidy(args, &mut report);
            let bad = |severity: Severity| fail_on.is_some_and(|level| severity >= level);
            if let Some(finding) = report
                .findings
                .first()
                .filter(|finding| bad(finding.severity))
            {
                let message = format!("{} [{}]", finding.message, finding.rule.id);
                return Err(CliError::new(Code::Refused, message).into());
            }
            report.object["findings"] = report.findings.iter().map(findings::object).collect();
            let mut answer = Answer::good(number, out);
            for (name, value) in report.object.as_object().into_iter().flatten() {
                answer = answer.json(name, value.to_string().as_bytes());
            }
            answer.end();
            Ok(())
        }
    })
}
