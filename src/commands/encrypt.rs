//! `encrypt`: any bytes in, an encrypted token out.

mod encrypt_job;

use anyhow::Result;

pub use self::encrypt_job::{EncryptJob, EncryptReport};
use super::Context;
use crate::cli::claim::Member;
use crate::cli::named::{self, named};
use crate::cli::{self, EncryptionKeyArgs, LinesArgs, OutputArgs, RemoteArgs};
use crate::commands::shared::line_run::Items;
use crate::crypto::alg::{ContentEncryption, KeyManagement};
use crate::crypto::policy::{MAX_P2C, MAX_TOKEN, MIN_P2C};
use crate::crypto::token::Serialization;
use crate::io::source::Source;
use crate::output::ndjson;

/// The largest content, in bytes.
const MAX_CONTENT: usize = 64 * 1024 * 1024;

/// Encrypt a token or anything else
///
/// The content is taken as it is. Several keys make a token that each of them opens, in JSON. A signed token becomes a nested one: the line end behind it is dropped, and the header
/// says cty JWT.
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
    /// What to encrypt: path, @PATH, -, or env:NAME; without it stdin
    #[arg(value_name = "INPUT", value_parser = Source::positional)]
    input: Option<Source>,

    #[command(flatten)]
    keys: EncryptionKeyArgs,

    #[command(flatten)]
    remote: RemoteArgs,

    /// The key management algorithm, where the key leaves a choice
    #[arg(long, value_parser = named(cli::key_management, named::key_managements), hide_possible_values = true, help_heading = "Header")]
    alg: Option<&'static KeyManagement>,

    /// The content encryption algorithm [default: A256GCM; HPKE-0 to HPKE-7 have none]
    #[arg(long, value_parser = named(cli::content_encryption, named::content_encryptions), hide_possible_values = true, help_heading = "Header")]
    enc: Option<&'static ContentEncryption>,

    /// A header parameter: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    header: Vec<Member>,

    /// An unprotected header parameter that all recipients share, for the JSON serializations
    #[arg(
        long,
        value_name = "NAME=TEXT",
        help_heading = "Header",
        hide_short_help = true
    )]
    unprotected: Vec<Member>,

    /// The media type of the token
    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Header",
        hide_short_help = true
    )]
    typ: Option<String>,

    /// The media type of the content [default: JWT for a token]
    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "Header",
        hide_short_help = true
    )]
    cty: Option<String>,

    /// Data that is authenticated but not encrypted: path, -, or env:NAME (JSON serializations)
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    aad: Option<Source>,

    /// Bind the token to an application, which must give the same to decrypt, for HPKE: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    info: Option<Source>,

    /// The serialization [default: compact, or general for several recipients]
    #[arg(long)]
    format: Option<Serialization>,

    /// Compress the content first; its length then reveals something about it
    #[arg(long, hide_short_help = true)]
    zip: bool,

    /// Rounds of PBKDF2 for a passphrase [default: 600000 with SHA-256, 220000 with SHA-512]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(MIN_P2C..=MAX_P2C), hide_short_help = true)]
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
    (args.output).conclude(&context.console, format!("{token}\n").as_bytes(), |shown| {
        report.token = shown.then_some(token);
        report
    })?;
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
                ndjson::record(number, &report, out);
            } else {
                out.extend_from_slice(report.token.unwrap_or_default().as_bytes());
                out.push(b'\n');
            }
            Ok(())
        }
    })
}
