//! The root of the parser, the context of the commands, and the dispatch to them.

pub mod completion;
pub mod convert;
pub mod decrypt;
pub mod encrypt;
pub mod inspect;
pub mod keygen;
pub mod rotate;
#[cfg(test)]
mod schemas;
pub mod shared;
pub mod sign;
pub mod verify;

use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::sync::OnceLock;

use anyhow::Result;
use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as _, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::cli::single_dash::refuse_single_dash;
use crate::cli::stdin::refuse_second_reader;
use crate::cli::time::Time;
use crate::crypto::{self, backend};
use crate::io::context::Clock;
use crate::io::source::{Inputs, is_key_text, typed_key};
use crate::output::console::{ColorChoice, Console};
use crate::output::exit::{self, CliError};

pub use crate::io::context::Context;

/// The styles of the help. clap omits them if stdout is not a terminal or NO_COLOR is set.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// A command-line toolkit for JWT, JWS, JWE and JWK
#[derive(Debug, Parser)]
#[command(
    name = "jotsmith",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    disable_help_flag = true,
    styles = STYLES,
    after_long_help = "\
Examples:
  jotsmith keygen ES256 -o key.jwk
  jotsmith sign -k key.jwk sub=alice | jotsmith verify -k key.jwk"
)]
struct Global {
    /// Print one JSON object instead of text, also for errors
    #[arg(long, global = true, help_heading = "Global")]
    json: bool,

    /// Omit notes and warnings
    #[arg(short, long, global = true, help_heading = "Global")]
    quiet: bool,

    /// When to use colors; NO_COLOR is respected
    #[arg(
        long,
        global = true,
        help_heading = "Global",
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    color: ColorChoice,

    /// Use this time as the current time
    ///
    /// RFC 3339, a date, Unix seconds, or an offset from now, such as +15m or -1h.
    #[arg(
        long,
        global = true,
        help_heading = "Global",
        value_name = "TIME",
        allow_hyphen_values = true
    )]
    at: Option<Time>,

    /// Never prompt
    #[arg(long, global = true, help_heading = "Global", hide_short_help = true)]
    no_input: bool,

    /// Print help: -h common flags, --help all flags
    #[arg(short, long, global = true, help_heading = "Global", action = clap::ArgAction::Help)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Keygen(keygen::Args),
    Sign(sign::Args),
    Verify(verify::Args),
    Encrypt(encrypt::Args),
    Decrypt(decrypt::Args),
    Inspect(inspect::Args),
    Rotate(Box<rotate::Args>),
    Convert(convert::Args),
    Completion(completion::Args),
}

/// Returns the text of `--version`: the version, the commit and the version of OpenSSL. `-V` prints only the version.
fn build_description() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let origin = if cfg!(feature = "vendored") {
            "built in"
        } else {
            "the system's"
        };
        format!(
            "{}\ncommit: {}\ncryptography: {}, {origin}",
            env!("CARGO_PKG_VERSION"),
            option_env!("JOTSMITH_COMMIT").unwrap_or("not recorded"),
            backend::backend_version(),
        )
    })
}

fn command_with_version() -> clap::Command {
    Global::command().long_version(build_description())
}

/// Returns the complete parser, for completions and man pages.
pub fn build_parser() -> clap::Command {
    let root = command_with_version().subcommand_required(true).arg_required_else_help(true);
    with_exit_codes(Command::augment_subcommands(root).mut_subcommands(with_exit_codes))
}

/// Adds the exit codes to the long help: the table for `verify`, a summary for the other commands.
fn with_exit_codes(command: clap::Command) -> clap::Command {
    let examples = command.get_after_long_help().map(ToString::to_string);
    let exit_codes = if command.get_name() == "verify" {
        exit::HELP
    } else {
        exit::SHORT_HELP
    };
    let help = format!("{}\n\n{exit_codes}", examples.unwrap_or_default());
    command.after_long_help(help)
}

/// Returns the parser for this command line. For commands that are often run in loops, it omits the other commands, because
/// building them takes longer than parsing.
fn parser_of(argv: &[OsString]) -> clap::Command {
    let new = |name: &'static str| clap::Command::new(name);
    let command = match argv.get(1).and_then(|word| word.to_str()) {
        Some("sign") => sign::Args::augment_args(new("sign")),
        Some("verify") => verify::Args::augment_args(new("verify")),
        Some("encrypt") => encrypt::Args::augment_args(new("encrypt")),
        Some("decrypt") => decrypt::Args::augment_args(new("decrypt")),
        Some("inspect") => inspect::Args::augment_args(new("inspect")),
        Some("--version") => return command_with_version(),
        _ => return build_parser(),
    };
    // Only the long help shows the exit codes.
    let command = if argv.iter().any(|word| word == "--help") {
        with_exit_codes(command)
    } else {
        command
    };
    Global::command().subcommand(command)
}

/// Runs the command line and returns the exit code. `clock` returns the time in Unix seconds.
pub fn run(argv: Vec<OsString>, clock: fn() -> i64) -> u8 {
    // With --json, errors of the parser are reported as JSON too.
    let argv = translate_familiar_names(argv);
    let json = argv.iter().any(|arg| arg == "--json");
    // Not dropped: dropping it takes as long as parsing, and the process ends soon.
    let mut parser = ManuallyDrop::new(parser_of(&argv));
    if let Err(error) = refuse_single_dash(&parser, &argv) {
        return Console::new(json, false, ColorChoice::Auto).report_error(&error);
    }
    let parsed = parser.try_get_matches_from_mut(&argv).and_then(|found| {
        let mut found = ManuallyDrop::new(found);
        let readers = match found.subcommand() {
            Some((name, matches)) => parser
                .find_subcommand(name)
                .map_or(Ok(()), |command| refuse_second_reader(command, matches)),
            None => Ok(()),
        };
        // The values are moved out of the matches, because copying takes a tenth of the instructions of a command.
        Ok((
            Global::from_arg_matches_mut(&mut found)?,
            Command::from_arg_matches_mut(&mut found)?,
            readers,
        ))
    });
    let (cli, command, readers) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            return not_understood(&error, &argv, &Console::new(json, false, ColorChoice::Auto));
        }
    };
    let machine_clock = clock;
    let console = Console::new(cli.json, cli.quiet, cli.color);
    if let Err(error) = readers {
        return console.report_error(&error);
    }
    let clock = match cli.at {
        None => Clock::Running(machine_clock),
        Some(at) => Clock::Stopped(at.resolve(machine_clock())),
    };
    let context = Context {
        inputs: Inputs::new(console.clone()),
        console,
        now: clock.now(),
        clock,
        machine_clock,
        no_input: cli.no_input,
    };
    match dispatch(command, &context) {
        Ok(code) => code,
        Err(error) => report_failure(&error, &context.console),
    }
}

fn report_failure(error: &anyhow::Error, console: &Console) -> u8 {
    match exit::cli_error(error) {
        Some(cli_error) => console.report_error(&cli_error),
        None => exit::exit_code(crate::crypto::Code::Failed),
    }
}

fn dispatch(command: Command, context: &Context) -> Result<u8> {
    crypto::openssl_init();
    match command {
        Command::Keygen(args) => keygen::run(&args, context),
        Command::Rotate(args) => rotate::run(&args, context),
        Command::Sign(args) => sign::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Encrypt(args) => encrypt::run(&args, context),
        Command::Decrypt(args) => decrypt::run(&args, context),
        Command::Inspect(args) => inspect::run(&args, context),
        Command::Convert(args) => convert::run(args, context),
        Command::Completion(args) => completion::run(&args, context),
    }
}

/// Replaces `help`, `help COMMAND`, `version` and `-v` in the command line with the equivalent flags.
fn translate_familiar_names(mut argv: Vec<OsString>) -> Vec<OsString> {
    match argv.get(1).and_then(|word| word.to_str()) {
        Some("version" | "-v") if argv.len() == 2 => argv[1] = "--version".into(),
        Some("help") => {
            argv.remove(1);
            argv.truncate(2);
            argv.push("--help".into());
        }
        _ => {}
    }
    bind_reason(&mut argv);
    argv
}

/// Gives `--now` an empty value if there is a `--reason`: in `rotate --now KEYS --reason TEXT`, KEYS is the set.
fn bind_reason(argv: &mut [OsString]) {
    let is_reason = |word: &OsString| {
        word == "--reason" || word.to_str().is_some_and(|word| word.starts_with("--reason="))
    };
    if argv.iter().any(is_reason) {
        let now = argv.iter_mut().filter(|word| *word == "--now");
        now.for_each(|word| *word = "--now=".into());
    }
}

/// Example commands, printed if no command is given.
const FIRST_STEPS: &str = "\
Examples:
  jotsmith keygen ES256 -o key.jwk
  jotsmith sign -k key.jwk sub=alice | jotsmith verify -k key.jwk
  jotsmith inspect token.jwt
";

fn not_understood(error: &clap::Error, argv: &[OsString], console: &Console) -> u8 {
    let text = error.render().to_string();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let printed = console.write_bytes(text.as_bytes());
        return printed.map_or_else(|error| report_failure(&error, console), |()| 0);
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let no_command = CliError::usage("no command was given");
        if console.json {
            return console
                .report_error(&no_command.with_hint("jotsmith --help lists the commands"));
        }
        console.print_hint(&format!("{}\n{FIRST_STEPS}", build_parser().render_help()));
        return exit::exit_code(no_command.code);
    }
    if is_key_text(&text) {
        return console.report_error(&typed_key());
    }
    if text.contains("pin-value=") {
        let message = "a PIN on the command line (pin-value) is visible to other users";
        let hint = "change the PIN, and give the new one with --pin-file or JOTSMITH_PIN";
        return console.report_error(&CliError::usage(message).with_hint(hint));
    }
    let mut paragraphs = text.split("\n\n");
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = match std::error::Error::source(error) {
        Some(reason) => with_plain_reason(&message, &reason.to_string()),
        None => message,
    };
    let tip = paragraphs.next().map(str::trim).and_then(|text| text.strip_prefix("tip: "));
    // The tip of the parser about '--' is for arguments that begin with a dash, which no command has.
    let tip = tip.filter(|tip| !tip.contains("as a value, use"));
    let tip = tip.map(|tip| tip.split_whitespace().collect::<Vec<_>>().join(" "));
    let invalid = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let of_other_tools = match error.kind() {
        ErrorKind::UnknownArgument => invalid(ContextKind::InvalidArg).and_then(|flag| {
            // The parser reads `-iss` as `-i`.
            let mut words = argv.iter().filter_map(|word| word.to_str());
            let word = words.find(|word| !word.starts_with("--") && word.starts_with(flag));
            let command = argv.get(1).and_then(|name| name.to_str());
            flag_hint(word.unwrap_or(flag), command.unwrap_or_default())
        }),
        ErrorKind::InvalidSubcommand => {
            invalid(ContextKind::InvalidSubcommand).and_then(command_hint)
        }
        _ => None,
    };
    let mut cli_error = CliError::usage(message);
    cli_error.hint = of_other_tools.or(tip);
    console.report_error(&cli_error)
}

/// Returns the message with the reason at its end as a clause: the reasons of Rust about numbers in plain words, and other
/// reasons with a subject.
fn with_plain_reason(message: &str, reason: &str) -> String {
    let Some(start) = message.strip_suffix(reason) else {
        return message.to_owned();
    };
    let range = reason.split_once(" is not in ").map(|(_, range)| range);
    let plain = match (reason, range.and_then(|range| range.split_once("..="))) {
        (_, Some((min, max))) => format!("it must be from {min} to {max}"),
        ("number would be zero for non-zero type", _) => "it must be at least 1".into(),
        (reason, _) if reason.starts_with("invalid digit") => "it is not a whole number".into(),
        (reason, _) if reason.starts_with("cannot parse integer from empty") => {
            "it is empty".into()
        }
        (reason, _) if reason.starts_with("number too large") => "it is too large".into(),
        (reason, _)
            if ["is ", "has ", "names ", "compares "]
                .iter()
                .any(|verb| reason.starts_with(verb)) =>
        {
            format!("it {reason}")
        }
        _ => return message.to_owned(),
    };
    format!("{start}{plain}")
}

/// Returns the equivalent of a command of another tool.
fn command_hint(name: &str) -> Option<String> {
    let own = match name {
        "decode" | "view" | "show" | "dump" | "debug" | "parse" | "info" | "lint" => "inspect",
        "scan" => return Some("jotsmith inspect --scan does that".into()),
        "redact" => return Some("jotsmith inspect --redact does that".into()),
        "audit" => return Some("jotsmith inspect --issuer does that".into()),
        "diff" => return Some("jotsmith inspect --diff does that".into()),
        "explain" => return Some("jotsmith inspect --explain does that".into()),
        "encode" | "mint" | "create" | "issue" | "generate-token" => "sign",
        "validate" | "check" | "verify-token" => "verify",
        "generate" | "gen" | "genkey" | "keypair" | "create-key" | "new" => "keygen",
        "import" | "export" | "format" | "thumbprint" | "pubkey" | "public" | "jwk" | "jwks" => {
            "convert"
        }
        "open" => "decrypt",
        "seal" => "encrypt",
        _ => return None,
    };
    Some(format!(
        "jotsmith {own} does that; jotsmith {own} -h lists its flags"
    ))
}

/// Returns the flag of a command that is equivalent to a flag of another tool.
fn flag_hint(flag: &str, command: &str) -> Option<String> {
    let name = flag.trim_start_matches('-');
    let name = name.split('=').next().unwrap_or_default();
    let own = match name {
        "jwks" | "jwk" | "key-file" | "public-key" | "pubkey" | "cert" | "pem" | "jwks-uri" => {
            "-k KEY"
        }
        "algorithm" | "alg" | "a" => "--alg ALGORITHM",
        "issuer-url" => "--issuer URL",
        "audience" => "--aud TEXT",
        "subject" => "--sub TEXT",
        "expiry" | "expires" | "expires-in" | "expiration" | "ttl" | "exp-in" | "valid-for"
        | "lifetime" => "--exp DURATION",
        "skew" | "clock-skew" | "tolerance" => "--leeway DURATION",
        "payload-file" | "claim-file" => "--claims FILE",
        "out" => "-o FILE",
        "pretty" => {
            let hint = "JSON is indented if stdout is a terminal";
            return Some(hint.into());
        }
        _ => return None,
    };
    let parser = build_parser();
    let mut arguments = parser.find_subcommand(command)?.get_arguments();
    let long = own.split(' ').next()?.trim_start_matches("--");
    let is_it = |argument: &clap::Arg| argument.get_long() == Some(long);
    (long.starts_with('-') || arguments.any(is_it)).then(|| format!("the flag is {own}"))
}
