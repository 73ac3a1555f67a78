//! `inspect`: describes any input and reports what is wrong with it. Nothing is refused and nothing is trusted.

mod describe;
pub mod device_report;
mod diff;
mod git_index;
mod input;
mod inspect_document;
mod inspect_job;
pub mod inspect_report;
pub mod issuer;
pub mod key_reports;
mod member_list;
mod redact_input;
mod scan;
pub mod scan_match;
mod suggestions;
mod summary;
mod timeline;
mod token_text;
mod verification;
mod wordlist;

use anyhow::Result;
use clap::ValueEnum;

use super::Context;
use crate::cli::named::name_parser;
use crate::cli::{KeyArgs, LinesArgs, OutputArgs, RemoteArgs, TokenInput};
use crate::commands::shared::claim_values::{claim_at, raw_claim};
use crate::commands::shared::line_run::Items;
use crate::crypto::Code;
use crate::crypto::policy::MAX_TOKEN;
use crate::inspection::findings::Severity;
use crate::inspection::findings::consumers::{CONSUMERS, Consumer};
use crate::inspection::findings::rules::RULES;
use crate::io::file::Audience;
use crate::io::pkcs11_token::TokenUri;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::output::reports::report_line;
use crate::output::styled_text::{Style, StyledText, WIDTH};
use crate::output::{ndjson, sarif};
use crate::profile::Profile;
use device_report::DeviceReport;
use input::Input;
use inspect_job::InspectJob;
use inspect_report::{InspectReport, View};
use issuer::IssuerReport;

/// Describe a token, key, key set or certificate without trusting it
///
/// The token may have a Bearer prefix, quotes or line breaks, may be part of a URL, a cookie or JSON, and may be truncated or
/// damaged. JWK, JWK Set, PEM, DER and certificates are detected by their content. With a key, the signature is verified too,
/// but no other rule is enforced. The exit code is 0 unless --fail-on is given.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith inspect eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AA
  jotsmith inspect 'Authorization: Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.AA'
  jotsmith inspect env:ACCESS_TOKEN
  jotsmith inspect -k jwks.json token.jwt
  jotsmith inspect -k https://issuer.example/keys token.jwt
  jotsmith inspect jwks.json --fail-on high
  jotsmith inspect --profile at token.jwt
  jotsmith inspect --for nginx,envoy token.jwt
  jotsmith inspect --wordlist secrets.txt token.jwt
  jotsmith inspect --get sub token.jwt
  jotsmith inspect --report html token.jwt -o report.html
  jotsmith inspect --redact < app.log
  jotsmith inspect --metadata metadata.json --jwks jwks.json
  jotsmith inspect --explain alg-none
  jotsmith inspect --scan --sarif .
  jotsmith inspect --lines < tokens.txt
  jotsmith inspect --scan < app.log
  jotsmith inspect --json < token.jwt

Members of --json:
  v, verified, verified_by {kid, thumbprint, alg}, decrypted_by, error, signers, type, form, bytes, summary, stripped, more
  header, unprotected_header, claims, payload, signature, encryption
  times.NAME {at, seconds, words}, disclosures, hidden, key_binding {.., binds_this, by_cnf_key}, nested, would_verify
  profile {name, basis, met, failures [{name, expected, got}]}
  bundle {sequence, refresh_hint_seconds, jwt_svid, x509_svid}
  tokens [{label, serial, mechanisms, objects [{class, label, id, sensitive, extractable, uses, ..}]}] (pkcs11:)
  keys [{kty, crv, bits, alg, use, kid, thumbprint, private, certificate}]
  findings [{id, severity, where, message, evidence, why, fix, reference}]
  With --lines, one object per line: line, ok, and the members above
  With --scan, one object per line: path, line, column, kind, summary, token, iss, exp, findings")]
pub struct Args {
    /// Token, key, certificate, path, @PATH, env:NAME, pkcs11:.., or - [default: stdin]
    ///
    /// pkcs11:token=LABEL (RFC 7512) lists the mechanisms and objects of a PKCS#11 token. pkcs11: lists those of every token.
    ///
    /// Pass a token from an untrusted source on stdin, because an argument can name a file.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    remote: RemoteArgs,

    /// Audit an issuer: its metadata and its published keys
    #[arg(long, value_name = "URL", conflicts_with_all = ["inputs", "keys", "secrets", "kid", "lines", "scan", "full", "get", "redact", "diff", "explain", "wordlist"], help_heading = "Input")]
    issuer: Option<String>,

    /// Audit issuer metadata: path, -, or env:NAME
    #[arg(hide_short_help = true, long, value_name = "INPUT", conflicts_with_all = ["issuer", "inputs", "keys", "secrets", "kid", "lines", "scan", "get", "redact", "diff", "explain", "wordlist"], help_heading = "Input")]
    metadata: Option<Source>,

    /// JWK Set that belongs to --metadata: path, -, or env:NAME
    #[arg(
        hide_short_help = true,
        long,
        value_name = "INPUT",
        requires = "metadata",
        conflicts_with = "lines",
        help_heading = "Input"
    )]
    jwks: Option<Source>,

    /// Exit with 1 if a finding has at least this severity
    ///
    /// The severities are info, low, medium, high and critical.
    #[arg(
        hide_possible_values = true,
        long,
        value_name = "LEVEL",
        help_heading = "Findings"
    )]
    fail_on: Option<Level>,

    /// Check against this profile (sign --list-profiles)
    #[arg(long, value_name = "PROFILE", hide_possible_values = true, value_parser = crate::cli::profile_args::any_profile_parser(), conflicts_with_all = ["scan", "get", "redact", "diff", "explain", "issuer", "metadata"], help_heading = "Findings")]
    profile: Option<Profile>,

    /// Report what this consumer would reject; repeatable
    #[arg(long = "for", value_name = "CONSUMER", value_delimiter = ',', value_parser = name_parser(parse_consumer, consumer_names), hide_possible_values = true, help_heading = "Findings")]
    consumers: Vec<&'static Consumer>,

    /// Print the findings as SARIF, for code scanning
    #[arg(long, conflicts_with = "lines", help_heading = "Output")]
    sarif: bool,

    /// Try each line as the HMAC secret: path, -, env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        conflicts_with = "lines",
        help_heading = "Findings"
    )]
    wordlist: Option<Source>,

    /// Find tokens and private keys in files, folders or stdin
    #[arg(long, conflicts_with_all = ["output", "wordlist", "consumers", "lines"], help_heading = "Scanning")]
    scan: bool,

    /// Print found tokens in full
    #[arg(
        hide_short_help = true,
        long,
        requires = "scan",
        conflicts_with = "lines",
        help_heading = "Scanning"
    )]
    show_tokens: bool,

    /// Also scan .git and the files that .gitignore lists
    #[arg(
        hide_short_help = true,
        long,
        requires = "scan",
        conflicts_with = "lines",
        help_heading = "Scanning"
    )]
    no_ignore: bool,

    /// Show long values and lists in full
    #[arg(long, conflicts_with_all = ["lines", "json", "sarif", "scan"], help_heading = "Output")]
    full: bool,

    /// Show only the findings
    #[arg(long, conflicts_with_all = ["lines", "json", "sarif", "scan", "full"], help_heading = "Output")]
    findings_only: bool,

    /// Print only this claim, a string without quotes
    ///
    /// A dotted path or a JSON Pointer selects a nested claim. The claim is not verified. If it is absent, the exit code is
    /// 1.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["lines", "json", "sarif", "scan", "full", "findings_only"], help_heading = "Output")]
    get: Option<String>,

    /// Print a report to share: md or html
    ///
    /// The report contains the verdict, the findings with evidence and references, the decoded content, and the hash of the
    /// input. HTML is one file without scripts.
    #[arg(hide_possible_values = true, long, value_name = "FORMAT", conflicts_with_all = ["lines", "json", "sarif", "scan", "full", "findings_only", "get"], help_heading = "Output")]
    report: Option<ReportFormat>,

    /// Remove signatures, ciphertexts and keys from a text
    ///
    /// A filter for logs, HAR files and tickets. It replaces the signature or ciphertext of each token, encrypted keys,
    /// disclosures, and the private members of each key. Claims stay readable. It does not find opaque tokens, tokens with
    /// escaped letters, or tokens that are split over lines with other text.
    #[arg(long, conflicts_with_all = ["lines", "json", "sarif", "scan", "full", "findings_only", "get", "report", "keys", "secrets", "consumers", "fail_on", "wordlist", "allow", "show_secret"], help_heading = "Output")]
    redact: bool,

    /// Show how two tokens differ
    ///
    /// Compares the header, claims, times and key of two INPUTs. The exit code is 0 even if they differ.
    #[arg(long, conflicts_with_all = ["lines", "json", "sarif", "scan", "full", "findings_only", "get", "report", "redact", "consumers", "fail_on", "wordlist", "allow", "show_secret"], help_heading = "Output")]
    diff: bool,

    /// Explain a finding: what it means and how to fix it
    #[arg(long, value_name = "FINDING", value_parser = name_parser(finding_id, finding_ids), hide_possible_values = true, conflicts_with_all = ["lines", "json", "sarif", "scan", "full", "findings_only", "get", "report", "redact", "diff", "inputs", "keys", "secrets", "consumers", "fail_on", "wordlist", "allow", "show_secret"], help_heading = "Findings")]
    explain: Option<String>,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Print the MAC secret if it is found
    #[arg(long, hide_short_help = true, help_heading = "Findings")]
    show_secret: bool,

    /// Ignore this finding; repeatable
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = name_parser(finding_id, finding_ids), hide_possible_values = true, help_heading = "Findings")]
    allow: Vec<String>,
}

/// The format of --report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// Markdown.
    Md,
    /// HTML.
    Html,
}

/// A severity as a value of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
enum Level {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Severity {
        match level {
            Level::Info => Severity::Info,
            Level::Low => Severity::Low,
            Level::Medium => Severity::Medium,
            Level::High => Severity::High,
            Level::Critical => Severity::Critical,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let fail_on = args.fail_on.map(Severity::from);
    if args.scan {
        return Ok(match scan::run(args, fail_on, context)? {
            0 => 0,
            bad => report_refusal(
                context,
                match bad {
                    1 => "--fail-on: 1 match of this severity or higher".to_owned(),
                    _ => format!("--fail-on: {bad} matches of this severity or higher"),
                },
            ),
        });
    }
    if args.lines.lines {
        let job = InspectJob::new(args, context, true)?;
        return run_lines(args, context, &job, fail_on);
    }
    if args.redact {
        return redact_input::run(args, context);
    }
    if args.diff {
        return run_diff(args, context);
    }
    if let Some(id) = &args.explain {
        return explain_finding(id, args, context);
    }
    let typed = match &*args.inputs {
        [] => None,
        [typed] => Some(typed.as_str()),
        _ => return Err(CliError::usage("inspect reads one input; --scan reads several").into()),
    };
    if let Some(uri) = typed.filter(|typed| TokenUri::is_one(typed)) {
        let now = context.clock.now();
        let report = DeviceReport::new(uri, args, context, now)?;
        let input = Input::from_file(uri, uri.as_bytes().to_vec());
        return write_report(
            InspectReport::Device(report.into()),
            &input,
            args,
            context,
            now,
        );
    }
    if args.issuer.is_some() || args.metadata.is_some() {
        let now = context.clock.now();
        let report = IssuerReport::new(args, context, now)?;
        let name = args.issuer.as_deref().unwrap_or("metadata");
        let input = Input::from_file(name, report.text.clone().into_bytes());
        let job = InspectJob::new(args, context, false)?;
        let mut report = InspectReport::Issuer(report.into());
        job.check_consumers(&mut report);
        return write_report(report, &input, args, context, now);
    }
    let input = input::read_input(typed, &context.inputs)?;
    let is_key = inspect_job::is_key(input.bytes.expose());
    if is_key && args.keys.is_typed() {
        context.console.print_note("the input is not a token, so -k is ignored");
    }
    let job = InspectJob::new(args, context, !is_key)?;
    // Read again: the input may have been created while this run waited for it.
    let now = context.clock.now();
    let mut report =
        job.apply(input.bytes.expose(), now).map_err(|error| input.with_input_context(error))?;
    input.refuse_private_key(&report)?;
    if let (InspectReport::Token(report), Some(source)) = (&mut report, &args.wordlist) {
        let secret = wordlist::search_secret(&report.token, source, args.show_secret, context)?;
        report.findings.extend(secret);
    }
    let finding = input.permission_finding(&report);
    report.findings_mut().extend(finding);
    write_report(report, &input, args, context, now)
}

/// Prints a report, and returns the exit code according to --fail-on.
fn write_report(
    mut report: InspectReport,
    input: &Input,
    args: &Args,
    context: &Context,
    now: i64,
) -> Result<u8> {
    let fail_on = args.fail_on.map(Severity::from);
    report.apply_ignored_ids(&args.allow);
    let text = render_report(&report, input, args, context, now)?;
    args.output.write_result(&context.console, text.as_bytes(), Audience::Reader)?;
    let bad =
        report.findings().iter().filter(|one| fail_on.is_some_and(|level| one.severity >= level));
    let bad: Vec<&str> = bad.map(|finding| finding.rule.id).collect();
    if bad.is_empty() {
        return Ok(0);
    }
    let message = format!(
        "--fail-on: findings of this severity or higher: {}",
        bad.join(", ")
    );
    Ok(report_refusal(context, message))
}

/// Inspects one item per line and prints one record per line. An item with a finding of severity `fail_on` or higher fails.
fn run_lines(
    args: &Args,
    context: &Context,
    job: &InspectJob,
    fail_on: Option<Severity>,
) -> Result<u8> {
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
            let mut report = job.apply(line, clock.now())?;
            report.apply_ignored_ids(&args.allow);
            let worst = report.findings().first();
            if let Some(finding) =
                worst.filter(|one| fail_on.is_some_and(|level| one.severity >= level))
            {
                let message = format!("{} [{}]", finding.message, finding.rule.id);
                return Err(CliError::new(Code::Refused, message).into());
            }
            ndjson::write_record(number, &report, out);
            Ok(())
        }
    })
}

/// Shows how two tokens differ.
fn run_diff(args: &Args, context: &Context) -> Result<u8> {
    let [left, right] = &*args.inputs else {
        return Err(CliError::usage("--diff needs two inputs").into());
    };
    let job = InspectJob::new(args, context, true)?;
    let inputs = [
        input::read_input(Some(left), &context.inputs)?,
        input::read_input(Some(right), &context.inputs)?,
    ];
    let now = context.clock.now();
    let [left, right] = inputs.map(|input| job.apply(input.bytes.expose(), now));
    let (left, right) = diff::read_tokens(left?, right?).ok_or_else(|| {
        CliError::new(
            Code::Malformed,
            "--diff compares tokens, but an input is not a token",
        )
    })?;
    let mut text = StyledText::default();
    diff::write_diff(&left, &right, now, &mut text);
    deliver_text(&text, args, context)?;
    Ok(0)
}

/// Prints the explanation of a finding.
fn explain_finding(id: &str, args: &Args, context: &Context) -> Result<u8> {
    let mut text = StyledText::default();
    for rule in RULES.iter().filter(|rule| rule.id == id) {
        text.add_plain(Style::Strong, rule.id);
        for (name, value) in [
            ("means", rule.summary),
            ("why", rule.why),
            ("fix", rule.fix),
            ("reference", rule.reference),
        ] {
            text.add_prose(
                &[(Style::Dim, &format!("  {name:<9}  "))],
                Style::Plain,
                value,
            );
        }
    }
    deliver_text(&text, args, context)?;
    Ok(0)
}

fn deliver_text(text: &StyledText, args: &Args, context: &Context) -> Result<()> {
    let text = match args.output.file() {
        Some(_) => text.render(false, WIDTH),
        None => context.console.render_text(text),
    };
    args.output.write_result(&context.console, text.as_bytes(), Audience::Reader)
}

/// Returns the text of the report about an input, for callers that inspect many inputs in one process.
///
/// # Errors
/// If the input is neither a token nor a key, or the keys cannot be read.
pub fn look_into(bytes: &[u8], args: &Args, context: &Context) -> Result<String> {
    let now = context.clock.now();
    let mut report = InspectJob::new(args, context, true)?.apply(bytes, now)?;
    report.apply_ignored_ids(&args.allow);
    render_report(&report, &Input::from_stdin(Vec::new()), args, context, now)
}

/// Renders a report in the format that the arguments select.
fn render_report(
    report: &InspectReport,
    input: &Input,
    args: &Args,
    context: &Context,
    now: i64,
) -> Result<String> {
    if args.sarif {
        let located = report.findings().iter().map(|finding| sarif::Located {
            artifact: input.name(),
            line: 1,
            finding,
        });
        return Ok(sarif::build_log(located));
    }
    if let Some(format) = args.report {
        let document =
            inspect_document::build_document(report, input.name(), input.bytes.expose(), now);
        return Ok(match format {
            ReportFormat::Md => document.to_markdown(),
            ReportFormat::Html => document.to_html(),
        });
    }
    let is_terminal = args.output.output.is_none() && context.console.is_terminal();
    if let Some(name) = &args.get {
        let absent = || CliError::new(Code::Refused, format!("the claim {name} is absent"));
        let value = report.claims().and_then(|claims| claim_at(claims, name));
        return Ok(raw_claim(value.ok_or_else(absent)?, is_terminal));
    }
    if context.console.json {
        return Ok(report_line(report));
    }
    let view = View {
        now,
        full: args.full,
        findings_only: args.findings_only,
    };
    let text = report.render_text(view);
    Ok(match args.output.file() {
        Some(_) => text.render(false, WIDTH),
        None => context.console.render_text(&text),
    })
}

fn report_refusal(context: &Context, message: String) -> u8 {
    context.console.report_error(&CliError::new(Code::Refused, message))
}

fn parse_consumer(name: &str) -> Result<&'static Consumer, String> {
    Consumer::from_name(name).ok_or_else(|| {
        format!(
            "no such consumer; choose from {}",
            consumer_names().join(", ")
        )
    })
}

/// Returns the names of the consumers.
fn consumer_names() -> Vec<&'static str> {
    CONSUMERS.iter().map(|row| row.name).collect()
}

/// Returns the ids of the findings.
fn finding_ids() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.id).collect()
}

/// Checks that there is a finding with this id.
fn finding_id(typed: &str) -> Result<String, String> {
    if RULES.iter().any(|rule| rule.id == typed) {
        return Ok(typed.to_owned());
    }
    let near = RULES.iter().filter(|rule| typed.len() > 2 && rule.id.contains(typed));
    let near: Vec<&str> = near.map(|rule| rule.id).collect();
    Err(if near.is_empty() {
        "no such finding".into()
    } else {
        format!("no such finding; choose from {}", near.join(", "))
    })
}
