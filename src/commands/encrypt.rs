//! `encrypt`: encrypts content and prints the token.

mod encrypt_job;

use anyhow::Result;

pub use self::encrypt_job::{EncryptJob, EncryptReport};
use super::Context;
use crate::cli::claim::Member;
use crate::cli::named::{self, name_parser};
use crate::cli::{self, EncryptionKeyArgs, LinesArgs, OutputArgs, RemoteArgs};
use crate::commands::shared::line_run::Items;
use crate::crypto::alg::{ContentEncryption, KeyManagement};
use crate::crypto::policy::{MAX_P2C, MAX_TOKEN, MIN_P2C};
use crate::crypto::token::Serialization;
use crate::io::source::Source;
use crate::output::ndjson;

/// The largest content, in bytes.
const MAX_CONTENT: usize = 64 * 1024 * 1024;

/// Encrypt a token or any other content
///
/// The content is encrypted unchanged. With several keys, the token is in JSON, and each key can decrypt it. A signed token
/// becomes a nested token: a line break after it is removed, and the header contains cty JWT.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith sign -k key.jwk sub=alice | jotsmith encrypt -k gateway.pub.jwk
  jotsmith encrypt -k gateway.pem --alg RSA-OAEP-256 --enc A256CBC-HS512 token.jwt
  jotsmith encrypt -k gateway.pub.jwk -k gateway.pem notes.txt -o notes.jwe.json
  jotsmith encrypt -k https://partner.example/jwks.json notes.txt
  jotsmith encrypt -k archive.pub.jwk --info notes.txt token.jwt
  jotsmith encrypt --passphrase notes.txt -o notes.jwe
  jotsmith sign -k key.jwk --lines < claims.ndjson | jotsmith encrypt -k gateway.pub.jwk --lines")]
pub struct Args {
    /// Content to encrypt: path, @PATH, env:NAME, or - [default: stdin]
    #[arg(value_name = "INPUT", value_parser = Source::from_positional)]
    input: Option<Source>,

    #[command(flatten)]
    keys: EncryptionKeyArgs,

    #[command(flatten)]
    remote: RemoteArgs,

    /// Key management algorithm, if the key supports several
    #[arg(long, value_parser = name_parser(cli::key_management, named::key_managements), hide_possible_values = true, help_heading = "Encryption")]
    alg: Option<&'static KeyManagement>,

    /// Content encryption algorithm [default: A256GCM, or none for HPKE-0 to HPKE-7]
    #[arg(long, value_parser = name_parser(cli::content_encryption, named::content_encryptions), hide_possible_values = true, help_heading = "Encryption")]
    enc: Option<&'static ContentEncryption>,

    /// Header parameter: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    header: Vec<Member>,

    /// Shared unprotected header parameter (JSON serializations only)
    #[arg(
        long,
        value_name = "NAME=TEXT",
        help_heading = "Header",
        hide_short_help = true
    )]
    unprotected: Vec<Member>,

    /// Token type (typ)
    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Header",
        hide_short_help = true
    )]
    typ: Option<String>,

    /// Content type (cty) [default: JWT for a token]
    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Header",
        hide_short_help = true
    )]
    cty: Option<String>,

    /// Additional authenticated data: path, -, or env:NAME (JSON serializations only)
    #[arg(
        long,
        value_name = "INPUT",
        hide_short_help = true,
        help_heading = "Encryption"
    )]
    aad: Option<Source>,

    /// Application information for HPKE; decrypt requires the same: path, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        hide_short_help = true,
        help_heading = "Encryption"
    )]
    info: Option<Source>,

    /// Serialization [default: compact, or general for several keys]
    #[arg(long, help_heading = "Encryption")]
    format: Option<Serialization>,

    /// Compress the content; the length of the token then reveals information about it
    #[arg(long, hide_short_help = true, help_heading = "Encryption")]
    zip: bool,

    /// PBKDF2 iteration count for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(MIN_P2C..=MAX_P2C), hide_short_help = true, help_heading = "Encryption")]
    p2c: Option<u64>,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let job = EncryptJob::new(args, context)?;
    let input = args.input.as_ref().unwrap_or(&Source::Stdin);
    if args.lines.lines {
        return run_lines(args, context, &job, input);
    }
    let content = context.inputs.read(input, "content", MAX_CONTENT)?;
    let mut report = job.apply(content.expose(), context.now)?;
    let token = report.token.take().unwrap_or_default();
    args.output.write_result_or_report(
        &context.console,
        format!("{token}\n").as_bytes(),
        |shown| {
            report.token = shown.then_some(token);
            report
        },
    )?;
    Ok(0)
}

/// Encrypts one content per line and prints one token, or one record, per line.
fn run_lines(args: &Args, context: &Context, job: &EncryptJob, input: &Source) -> Result<u8> {
    let items = Items {
        source: input,
        what: "content",
        max_len: MAX_TOKEN,
    };
    let (clock, as_json) = (context.clock, context.console.json);
    args.lines.run(context, &args.output, &items, || {
        |number, content: &[u8], out: &mut Vec<u8>| {
            let report = job.apply(content, clock.now())?;
            if as_json {
                ndjson::write_record(number, &report, out);
            } else {
                out.extend_from_slice(report.token.unwrap_or_default().as_bytes());
                out.push(b'\n');
            }
            Ok(())
        }
    })
}
