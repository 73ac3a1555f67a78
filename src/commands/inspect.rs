//! `inspect`: anything in, what it is and what is wrong with it out. Nothing is refused, and nothing is proved.

mod findings;
mod hit;
mod input;
mod keys;
mod life;
mod lines;
mod members;
mod proof;
mod sarif;
mod scan;
mod token;
mod token_object;
mod wordlist;
mod words;

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::Context;
use crate::args::{KeyArgs, LinesArgs, OutputArgs, RemoteArgs};
use crate::crypto::lenient::{Found, Thing, Token, recognise};
use crate::crypto::lint::consumer::{CONSUMERS, Consumer};
use crate::crypto::lint::key::known_secret_of;
use crate::crypto::lint::{Finding, Severity, rules, sort};
use crate::crypto::{Code, KeySet};
use crate::exit::Complaint;
use crate::io::console::object_line;
use crate::io::fetch::live::Live;
use crate::io::file::Audience;
use crate::io::page::Page;
use crate::io::source::{MAX_KEY, Source};

/// Look into a token, key, key set or certificate without trusting it
///
/// Takes a token as it was found: with Bearer before it, in quotes, in a URL, a cookie or JSON, with line breaks, cut
/// off or damaged. A JWK, a JWK Set, PEM, DER and certificates are recognised by their content. Nothing is refused: the
/// exit status is 0 unless --fail-on says otherwise. With a key the signature is checked too, and nothing else.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith inspect eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AA
  jotsmith inspect 'Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AA'
  jotsmith inspect env:ACCESS_TOKEN
  jotsmith inspect -k jwks.json token.jwt
  jotsmith inspect -k https://issuer.example/keys token.jwt
  jotsmith inspect jwks.json --fail-on high
  jotsmith inspect --for nginx,envoy token.jwt
  jotsmith inspect --wordlist secrets.txt token.jwt
  jotsmith inspect --scan --sarif .
  jotsmith inspect --lines < tokens.txt
  jotsmith inspect --scan < app.log
  jotsmith inspect --json < token.jwt

Keys of --json:
  v, verified, verified_by {kid, thumbprint, alg}, decrypted_by, error, signers, type, form, bytes, summary, stripped, more
  header, unprotected_header, claims, payload, signature, encryption
  times.NAME {at, seconds, words}, disclosures, key_binding, nested
  keys [{kty, crv, bits, alg, use, kid, thumbprint, private, certificate}]
  findings [{id, severity, where, message, evidence, why, fix, reference}]
  With --lines one object a line: line, ok, and the keys above
  With --scan one object a line: path, line, column, kind, summary, token, iss, exp, findings")]
pub struct Args {
    /// The token, key, set or certificate itself, or a path, @PATH, env:NAME, or - for stdin (the default)
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    remote: RemoteArgs,

    /// Exit with 1 when there is a finding this bad, or worse
    #[arg(long, value_name = "LEVEL", help_heading = "Findings")]
    fail_on: Option<Level>,

    /// Say what this consumer would refuse; repeat it for several
    #[arg(long = "for", value_name = "CONSUMER", value_delimiter = ',', value_parser = consumer, help_heading = "Findings")]
    consumers: Vec<&'static Consumer>,

    /// Print the findings as SARIF, for code scanning
    #[arg(long, help_heading = "Findings")]
    sarif: bool,

    /// Try the lines of a file, -, or env:NAME as the secret of the token's HMAC, on all cores
    #[arg(long, value_name = "INPUT", help_heading = "Findings")]
    wordlist: Option<Source>,

    /// Find tokens and private keys in files, folders or stdin, whatever is around them
    #[arg(long, conflicts_with_all = ["output", "wordlist", "consumers", "lines"], help_heading = "Scanning")]
    scan: bool,

    /// Show the tokens that a scan finds whole
    #[arg(long, requires = "scan", help_heading = "Scanning")]
    show_tokens: bool,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Show a secret that was found
    #[arg(long, help_heading = "Findings")]
    show_secret: bool,

    /// Leave this finding out; repeat it for several
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = findings::id, help_heading = "Findings")]
    allow: Vec<String>,
}

/// A severity as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
enum Level {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    fn severity(self) -> Severity {
        match self {
            Level::Info => Severity::Info,
            Level::Low => Severity::Low,
            Level::Medium => Severity::Medium,
            Level::High => Severity::High,
            Level::Critical => Severity::Critical,
        }
    }
}

/// What there is to say: for people, for machines, and what was found.
struct Report {
    page: Page,
    object: Value,
    findings: Vec<Finding>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let fail_on = args.fail_on.map(Level::severity);
    if args.scan {
        return Ok(match scan::run(args, fail_on, context)? {
            0 => 0,
            bad => refused(context, format!("found {bad} that are not allowed")),
        });
    }
    if args.lines.lines {
        return lines::run(args, fail_on, context);
    }
    let typed = match &*args.inputs {
        [] => None,
        [typed] => Some(typed.as_str()),
        _ => return Err(Complaint::usage("several inputs need --scan").into()),
    };
    let input = input::read(typed, &context.inputs)?;
    let mut report = look(typed, input.bytes.expose(), args, context)?;
    report.findings.extend(input.findings(&report.object));
    tidy(args, &mut report);
    let text = if args.sarif {
        let results = report.findings.iter().map(|finding| sarif::Located {
            artifact: input.name(),
            line: 1,
            finding,
        });
        sarif::log(results)
    } else if context.console.json {
        report.object["findings"] = report.findings.iter().map(findings::object).collect();
        object_line(report.object)
    } else {
        findings::show(&report.findings, &mut report.page);
        match args.output.file() {
            Some(_) => report.page.render(false),
            None => context.console.page(&report.page),
        }
    };
    (args.output).deliver(&context.console, text.as_bytes(), Audience::Owner)?;
    let bad = |finding: &&Finding| fail_on.is_some_and(|level| finding.severity >= level);
    let bad = report
        .findings
        .iter()
        .filter(bad)
        .map(|finding| finding.rule.id);
    let bad: Vec<&str> = bad.collect();
    Ok(match bad.is_empty() {
        true => 0,
        false => refused(
            context,
            format!("found what is not allowed: {}", bad.join(", ")),
        ),
    })
}

/// Puts the findings in order, without those that are allowed.
fn tidy(args: &Args, report: &mut Report) {
    sort(&mut report.findings);
    (report.findings).retain(|finding| !args.allow.iter().any(|id| id == finding.rule.id));
}

fn refused(context: &Context, message: String) -> u8 {
    context
        .console
        .complain(&Complaint::new(Code::Refused, message))
}

fn look(typed: Option<&str>, bytes: &[u8], args: &Args, context: &Context) -> Result<Report> {
    // What is looked at may have been made while this run waited for it.
    let now = context.clock.now();
    let (mut report, form) = match recognise(bytes) {
        Thing::Token(token, found) => return of_token(&token, &found, args, context),
        Thing::Key(document) => (keys::jwk(&document, now), "jwk"),
        Thing::Set(document) => (keys::set(&document, now), "jwks"),
        Thing::Blocks => (keys::blocks(bytes, now), "pem"),
        Thing::Nothing => return Err(nothing(typed, bytes).into()),
    };
    let first = report.object["keys"][0].as_object().cloned();
    ask(args, &mut report, |consumer| {
        consumer.check_key(first.as_ref(), form)
    });
    Ok(report)
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
        report.page.heading(text);
    }
}

/// The keys that were given; `None` when none was.
fn keys_of<'c>(args: &Args, context: &'c Context) -> Result<Option<Live<'c>>> {
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
fn judge(token: &Token, found: &Found, args: &Args, keys: Option<&KeySet>, now: i64) -> Report {
    let proof = keys.map(|keys| proof::prove(token, keys, now));
    let mut report = token::report(token, found, proof.as_ref(), now);
    ask(args, &mut report, |consumer| consumer.check(token));
    report
        .findings
        .extend(known_secret_of(token).map(|secret| Finding {
            rule: &rules::HS_KNOWN_SECRET,
            severity: Severity::Critical,
            place: "signature".into(),
            message: "the MAC is by a secret that everybody knows".into(),
            evidence: args.show_secret.then(|| secret.to_owned()),
        }));
    report
}

fn consumer(name: &str) -> Result<&'static Consumer, String> {
    Consumer::named(name).ok_or_else(|| {
        let names: Vec<&str> = CONSUMERS.iter().map(|row| row.name).collect();
        format!("no such consumer; there are {}", names.join(", "))
    })
}

fn nothing(typed: Option<&str>, bytes: &[u8]) -> Complaint {
    let message = match bytes.trim_ascii().is_empty() {
        true => "the input is empty",
        false => "the input holds neither a token nor a key",
    };
    let is_name = typed.is_some_and(|typed| typed.as_bytes() == bytes && bytes.len() < 256);
    Complaint::new(Code::Malformed, message).hint(match is_name {
        true => "there is no file of that name either",
        false => "give a token, a JWK, a JWK Set, PEM, DER, or a text with a token in it",
    })
}

/// The members that are there, in order; `null` ones are left out.
fn present(members: Vec<(&str, Value)>) -> Value {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    members.fold(json!({}), |mut object, (name, value)| {
        object[name] = value;
        object
    })
}
