//! Looking into one input: what kind of thing it is, what the keys prove about it, and what the consumers would refuse.

use anyhow::Result;

use super::{Args, Context, Report, keys, proof, token, wordlist};
use crate::crypto::keyfile::{self, Unwrapped};
use crate::crypto::{Code, KeySet};
use crate::inspect::findings::consumers::Consumer;
use crate::inspect::findings::key_findings::known_secret_of;
use crate::inspect::findings::{Finding, Severity, rules};
use crate::inspect::parse::{Found, InputKind, Token, detect};
use crate::io::fetch::live::Live;
use crate::io::source::{MAX_KEY, Source};
use crate::output::exit::CliError;
use crate::output::styled_text::Style;

/// The report about the bytes, which were typed or come from somewhere.
pub(super) fn look(
    typed: Option<&str>,
    bytes: &[u8],
    args: &Args,
    context: &Context,
) -> Result<Report> {
    // What is looked at may have been made while this run waited for it.
    let now = context.clock.now();
    let (mut report, form) = match detect(bytes) {
        // A JWK in base64 begins as a token does.
        InputKind::Token(token, _)
            if token.pieces == 1
                && let Some(plain) = encoded_key(bytes) =>
        {
            return look_inside(typed, &plain, args, context);
        }
        InputKind::Token(token, found) => return of_token(&token, &found, args, context),
        InputKind::Key(document) => (keys::jwk(&document, now), "jwk"),
        InputKind::Set(document) => (keys::set(&document, now), "jwks"),
        InputKind::Blocks => match keyfile::unwrap(bytes).filter(|_| keys::is_unreadable(bytes)) {
            Some(plain) => return look_inside(typed, &plain, args, context),
            None => (keys::blocks(bytes, now), "pem"),
        },
        InputKind::Nothing => match keyfile::unwrap(bytes) {
            Some(plain) => return look_inside(typed, &plain, args, context),
            None => return Err(nothing(typed, bytes).into()),
        },
    };
    let first = report.object["keys"][0].as_object().cloned();
    ask(args, &mut report, |consumer| {
        consumer.check_key(first.as_ref(), form)
    });
    Ok(report)
}

/// A JWK or a JWK Set in a wrapping.
fn encoded_key(bytes: &[u8]) -> Option<Unwrapped> {
    keyfile::unwrap(bytes).filter(|plain| {
        let kind = detect(plain.text.expose());
        matches!(kind, InputKind::Key(_) | InputKind::Set(_))
    })
}

/// The report about a key file without what its transport put around it.
fn look_inside(
    typed: Option<&str>,
    plain: &Unwrapped,
    args: &Args,
    context: &Context,
) -> Result<Report> {
    (context.console).note(&plain.note());
    look(typed, plain.text.expose(), args, context)
}

/// Asks the consumers, and names those that have nothing against it.
fn ask(args: &Args, report: &mut Report, check: impl Fn(&Consumer) -> Vec<Finding>) {
    let mut content = Vec::new();
    for consumer in &args.consumers {
        let refusals = check(consumer);
        if refusals.is_empty() {
            content.push(consumer.name);
        }
        report.findings.extend(refusals);
    }
    if !content.is_empty() {
        let text = format!("Nothing that {} would refuse shows", content.join(", "));
        report.page.plain(Style::Plain, "");
        report.page.prose(&[], Style::Strong, &text);
    }
}

/// The keys that were given; `None` when none was.
pub(super) fn keys_of<'c>(args: &Args, context: &'c Context) -> Result<Option<Live<'c>>> {
    match args.keys.is_given(context) {
        true => args.keys.live(context, &args.remote).map(Some),
        false => Ok(None),
    }
}

fn of_token(token: &Token, found: &Found, args: &Args, context: &Context) -> Result<Report> {
    let live = keys_of(args, context)?;
    let kids = || token.heads.iter().filter_map(|head| head.text("kid"));
    let keys = live.as_ref().map(|live| live.keys_of(kids())).transpose()?;
    let mut report = judge(token, found, args, keys, context.clock.now());
    if let Some(keys) = keys {
        let files = args.keys.keys.iter().filter_map(|source| match source {
            Source::File(_) => context.inputs.read(source, "key", MAX_KEY).ok(),
            _ => None,
        });
        let files: Vec<Vec<u8>> = files.map(|file| file.expose().to_vec()).collect();
        report
            .findings
            .extend(proof::confusion(token, keys, &files));
    }
    let known = |finding: &Finding| finding.rule.id == rules::HS_KNOWN_SECRET.id;
    if let Some(source) = &args.wordlist
        && !report.findings.iter().any(known)
    {
        let found = wordlist::search(token, source, args.show_secret, context)?;
        report.findings.extend(found);
    }
    Ok(report)
}

/// What a token shows, what the keys say, and what the consumers would.
pub(super) fn judge(
    token: &Token,
    found: &Found,
    args: &Args,
    keys: Option<&KeySet>,
    now: i64,
) -> Report {
    let proof = keys.map(|keys| proof::prove(token, keys, now));
    let mut report = token::report(token, found, proof.as_ref(), now);
    ask(args, &mut report, |consumer| consumer.check(token));
    report
        .findings
        .extend(known_secret_of(token).map(|secret| Finding {
            rule: &rules::HS_KNOWN_SECRET,
            severity: Severity::Critical,
            place: "signature".into(),
            message: "the MAC key is a publicly known secret".into(),
            evidence: args.show_secret.then(|| secret.to_owned()),
        }));
    report
}

/// The cli_error that there is nothing to look into.
pub(super) fn nothing(typed: Option<&str>, bytes: &[u8]) -> CliError {
    let message = match bytes.trim_ascii().is_empty() {
        true => "the input is empty",
        false => "the input holds neither a token nor a key",
    };
    let is_name = typed.is_some_and(|typed| typed.as_bytes() == bytes && bytes.len() < 256);
    CliError::new(Code::Malformed, message).hint(match is_name {
        true => "there is no file of that name either",
        false => "give a token, a JWK, a JWK Set, PEM, DER, or a text with a token in it",
    })
}
