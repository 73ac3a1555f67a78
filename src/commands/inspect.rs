//! `inspect`: anything in, what it is and what is wrong with it out. Nothing is refused, and nothing is proved.

mod findings;
mod git_index;
mod hit;
mod input;
mod keys;
mod life;
mod lines;
mod look;
mod members;
mod proof;
mod sarif;
mod scan;
mod summary;
mod token;
mod token_object;
mod ways;
mod wordlist;
mod words;

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::Context;
use crate::cli::{KeyArgs, LinesArgs, OutputArgs, RemoteArgs};
use crate::crypto::Code;
use crate::inspect::findings::consumers::{CONSUMERS, Consumer};
use crate::inspect::findings::{Finding, Severity, sort};
use crate::io::file::Audience;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::output::reports::report_line;
use crate::output::styled_text::StyledText;

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
  times.NAME {at, seconds, words}, disclosures, key_binding {.., binds_this, by_cnf_key}, nested, would_verify
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

    /// Scan the files that .gitignore names, and the inside of .git, too
    #[arg(long, requires = "scan", help_heading = "Scanning")]
    no_ignore: bool,

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
    page: StyledText,
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
        _ => return Err(CliError::usage("several inputs need --scan").into()),
    };
    let input = input::read(typed, &context.inputs)?;
    let mut report = look::look(typed, input.bytes.expose(), args, context)?;
    report.findings.extend(input.findings(&report.object));
    tidy(args, &mut report);
    let text = text(input.name(), &mut report, args, context);
    (args.output).deliver(&context.console, text.as_bytes(), Audience::Reader)?;
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

/// All that is said about these bytes, for those who look into many things in one process.
///
/// # Errors
/// When they are no token and no key, or the keys cannot be read.
pub fn look_into(bytes: &[u8], args: &Args, context: &Context) -> Result<String> {
    let mut report = look::look(None, bytes, args, context)?;
    tidy(args, &mut report);
    Ok(text("stdin", &mut report, args, context))
}

/// The report as it was asked for; `artifact` is where the input comes from.
fn text(artifact: &str, report: &mut Report, args: &Args, context: &Context) -> String {
    if args.sarif {
        let line = 1;
        return sarif::log(report.findings.iter().map(|finding| sarif::Located {
            artifact,
            line,
            finding,
        }));
    }
    if context.console.json {
        report.object["findings"] = report.findings.iter().map(findings::object).collect();
        return report_line(&report.object);
    }
    findings::show(&report.findings, &mut report.page);
    match args.output.file() {
        Some(_) => report.page.render(false),
        None => context.console.page(&report.page),
    }
}

/// Puts the findings in order, without those that are allowed.
fn tidy(args: &Args, report: &mut Report) {
    sort(&mut report.findings);
    (report.findings).retain(|finding| !args.allow.iter().any(|id| id == finding.rule.id));
}

fn refused(context: &Context, message: String) -> u8 {
    context
        .console
        .report_error(&CliError::new(Code::Refused, message))
}

fn consumer(name: &str) -> Result<&'static Consumer, String> {
    Consumer::named(name).ok_or_else(|| {
        let names: Vec<&str> = CONSUMERS.iter().map(|row| row.name).collect();
        format!("no such consumer; there are {}", names.join(", "))
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
