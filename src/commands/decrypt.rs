//! `decrypt`: decrypts a token and prints its content.

use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;

use super::Context;
use crate::cli::named::{self, name_parser};
use crate::cli::{self, EncryptionKeyArgs, LinesArgs, OutputArgs, TokenInput};
use crate::commands::shared::claim_values::text_or_base64url;
use crate::commands::shared::key_loading::with_remote;
use crate::commands::shared::line_run::Items;
use crate::commands::shared::token_input::{Copied, parse_token};
use crate::crypto::alg::{ContentEncryption, KeyManagement};
use crate::crypto::json::Object;
use crate::crypto::policy::{MAX_INFLATED, MAX_INFO, MAX_TOKEN, same_media_type};
use crate::crypto::token::{HeaderCache, Serialization};
use crate::crypto::{DecryptPolicy, KeySet, Plaintext};
use crate::io::external::{CommandLine, ExternalKey};
use crate::io::source::Source;
use crate::output::ndjson;

/// Decrypt a token and print its content
///
/// The content is printed unchanged. Decryption does not authenticate the sender, because anyone with the public key can
/// encrypt. Pass a nested token to verify.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith decrypt -k gateway.jwk < token.jwe | jotsmith verify -k issuer.pub.jwk
  jotsmith decrypt -k partner.pem --alg RSA-OAEP-256 --enc A256GCM @partner.jwe
  jotsmith decrypt --passphrase -o notes.txt @notes.jwe
  jotsmith decrypt -k gateway.jwk --lines @encrypted.txt > contents.ndjson")]
pub struct Args {
    #[command(flatten)]
    token: TokenInput,

    #[command(flatten)]
    keys: EncryptionKeyArgs,

    /// Decrypt the content encryption key with this program; -k is the public key
    ///
    /// The program reads the encrypted key from stdin and prints the content encryption key (RSA-OAEP). COMMAND is split into
    /// words as a shell does, but nothing is expanded and no shell runs. The time limit is 30 seconds.
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["secrets", "passphrase"], help_heading = "Keys", hide_short_help = true)]
    unwrapper: Option<CommandLine>,

    /// Accepted key management algorithm; repeatable [default: those of the key]
    #[arg(long, value_parser = name_parser(cli::key_management, named::key_managements), hide_possible_values = true, value_delimiter = ',', help_heading = "Rules")]
    alg: Vec<&'static KeyManagement>,

    /// Accepted content encryption algorithm; repeatable [default: all]
    #[arg(long, value_parser = name_parser(cli::content_encryption, named::content_encryptions), hide_possible_values = true, value_delimiter = ',', help_heading = "Rules")]
    enc: Vec<&'static ContentEncryption>,

    /// Application information for HPKE, the same as for encrypt: path, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        help_heading = "Rules",
        hide_short_help = true
    )]
    info: Option<Source>,

    /// Decompress the content, up to 250,000 bytes or --max-size
    #[arg(long, help_heading = "Rules")]
    zip: bool,

    /// Accept an ephemeral EC key whose coordinates lack leading zeros
    ///
    /// Authlib and rhonabwy write such tokens. The point must be on the curve.
    #[arg(long, help_heading = "Rules", hide_short_help = true)]
    lenient_epk: bool,

    /// Accept only this serialization; repeatable
    #[arg(long, help_heading = "Rules", hide_short_help = true)]
    format: Vec<Serialization>,

    /// Maximum size of a token, and of decompressed content, in bytes [default: 1048576, 250000]
    #[arg(
        long,
        value_name = "BYTES",
        hide_short_help = true,
        help_heading = "Input"
    )]
    max_size: Option<usize>,

    #[command(flatten)]
    lines: LinesArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Decrypts tokens with one set of arguments.
struct DecryptJob {
    keys: KeySet,
    policy: DecryptPolicy,
    max_size: usize,
}

impl DecryptJob {
    fn new(args: &Args, context: &Context) -> Result<DecryptJob> {
        let mut keys = KeySet::default();
        let mut sets = args.keys.load_each(context)?;
        if let Some(command) = &args.unwrapper {
            let remote = ExternalKey::for_unwrapping(command.clone());
            sets = vec![with_remote(sets, Arc::new(remote), "--unwrapper")?];
        }
        for set in sets {
            keys.extend(set)?;
        }
        let mut info = None;
        if let Some(source) = &args.info {
            let data = context.inputs.read(source, "info", MAX_INFO)?;
            info = Some(data.expose().to_vec());
        }
        Ok(DecryptJob {
            keys,
            policy: DecryptPolicy {
                now: context.now,
                algorithms: args.alg.clone(),
                encryptions: args.enc.clone(),
                max_p2c: args.keys.keys.decryption.max_p2c,
                max_inflated: args.zip.then_some(args.max_size.unwrap_or(MAX_INFLATED)),
                formats: args.format.clone(),
                lenient_epk: args.lenient_epk,
                info,
            },
            max_size: args.max_size.unwrap_or(MAX_TOKEN),
        })
    }

    /// Decrypts one token at `now` (Unix seconds).
    fn apply(&self, headers: &mut HeaderCache, token: &[u8], now: i64) -> Result<Plaintext> {
        let policy = DecryptPolicy {
            now,
            ..self.policy.clone()
        };
        let token = parse_token(token, self.max_size, headers)?;
        Ok(token.decrypt(&self.keys, &policy)?)
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let job = DecryptJob::new(args, context)?;
    if args.lines.lines {
        return run_lines(args, context, &job);
    }
    let token = args.token.read_token(context, job.max_size.saturating_add(2))?;
    // Read again: a key may have become active while this run waited for the token.
    let now = context.clock.now();
    let plaintext = job.apply(&mut HeaderCache::default(), token.expose(), now)?;
    let cty = plaintext.header().protected().get("cty");
    let cty = cty.and_then(|cty| cty.as_str());
    if !plaintext.algorithm().is_symmetric() && !cty.is_some_and(|cty| same_media_type(cty, "JWT"))
    {
        context.console.print_note(
            "decrypted, but not signed: anyone with the public key can create this token",
        );
    }
    args.output.write_result_or_report(&context.console, plaintext.content(), |shown| {
        DecryptReport::new(&plaintext, shown)
    })?;
    Ok(0)
}

/// Decrypts one token per line and prints one record per line.
fn run_lines(args: &Args, context: &Context, job: &DecryptJob) -> Result<u8> {
    let items = Items {
        source: &args.token.source(context)?,
        what: "token",
        max_len: job.max_size,
    };
    let clock = context.clock;
    args.lines.run(context, &args.output, &items, || {
        let mut headers = HeaderCache::default();
        move |number, token: &[u8], out: &mut Vec<u8>| {
            let plaintext = job.apply(&mut headers, Copied::new(token).token, clock.now())?;
            ndjson::write_record(number, &DecryptReport::new(&plaintext, true), out);
            Ok(())
        }
    })
}

/// The report of a token that has been decrypted.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DecryptReport<'p> {
    /// Always true: a token that cannot be decrypted is reported as an error.
    decrypted: bool,
    /// The key management algorithm.
    alg: &'static str,
    /// The content encryption algorithm; null if the key management algorithm encrypted the content itself.
    enc: Option<&'static str>,
    /// The key ID of the key.
    kid: Option<&'p str>,
    /// The protected header.
    header: &'p Object,
    /// The unprotected header that all recipients share.
    unprotected: Object,
    /// The content, if it is text; null if it went to a file.
    content: Option<&'p str>,
    /// The content, if it is not text.
    content_base64url: Option<String>,
}

impl<'p> DecryptReport<'p> {
    /// Returns the report, with the content if it is `shown`.
    fn new(plaintext: &'p Plaintext, shown: bool) -> DecryptReport<'p> {
        let (content, content_base64url) = if shown {
            text_or_base64url(plaintext.content())
        } else {
            (None, None)
        };
        DecryptReport {
            decrypted: true,
            alg: plaintext.algorithm().name,
            enc: plaintext.encryption(),
            kid: plaintext.kid(),
            header: plaintext.header().protected(),
            unprotected: plaintext.header().unprotected(),
            content,
            content_base64url,
        }
    }
}
