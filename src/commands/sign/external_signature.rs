//! Signs with a key of another program, in one or two steps.

use std::sync::Arc;
use std::time::Duration as StdDuration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{Args, CLAIM_FLAGS, SignReport};
use crate::cli::KeyArgs;
use crate::cli::time::Duration;
use crate::commands::shared::key_loading::with_remote;
use crate::crypto::backend::does_not_verify;
use crate::crypto::jws::{SignatureSpec, Signer};
use crate::crypto::key::{RemoteKey, Unreachable};
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::token::{Serialization, UnverifiedToken};
use crate::crypto::{Error, KeySet, VerifyPolicy, base64url};
use crate::io::context::Context;
use crate::io::external::{CommandLine, ExternalKey, SignerInput, TIMEOUT};
use crate::io::file::Audience;
use crate::io::program_output::{Encoding, MAX_OUTPUT, signature_candidates};
use crate::io::source::Source;
use crate::output::exit::CliError;

/// The maximum time limit of a signer, in seconds.
const MAX_TIMEOUT: u64 = 3600;

/// The arguments for signing with another program.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Keys")]
pub struct SignerArgs {
    /// Sign with this program; -k is the public key
    ///
    /// The program reads the signing input from stdin and prints the signature. COMMAND is split into words as a shell does,
    /// but nothing is expanded and no shell runs. The environment of the program does not contain the variables of jotsmith.
    #[arg(long, value_name = "COMMAND", conflicts_with = "secrets")]
    signer: Option<CommandLine>,

    /// Input of the program [default: message]
    #[arg(
        long,
        value_name = "INPUT",
        requires = "signer",
        hide_short_help = true
    )]
    signer_input: Option<SignerInput>,

    /// Encoding of the program's output [default: detected]
    #[arg(long, value_name = "ENCODING", hide_short_help = true)]
    signer_output: Option<OutputEncoding>,

    /// Time limit for the program [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout, requires = "signer", hide_short_help = true)]
    signer_timeout: Option<Duration>,

    /// Print the signing input and do not sign; -k is the public key
    #[arg(long, hide_short_help = true, conflicts_with_all = [
        "signer", "secrets", "present", "lines", "detached", "unencoded", "format", "encrypt_to", "bearer", "sd", "sd_all"])]
    signing_input: bool,

    /// Build the token from this signature and --signing-input-file: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", requires = "signing_input_file", hide_short_help = true, conflicts_with_all = CLAIM_FLAGS, conflicts_with_all = [
        "signer", "signing_input", "secrets", "present", "lines", "detached", "unencoded", "format", "encrypt_to", "sd", "sd_all",
        "decoys", "sd_alg", "holder", "payload", "header", "unprotected", "typ", "cty", "embed_jwk", "x5c", "x5t", "kid_from", "account",
        "list_profiles", "force_claims", "status_entries"])]
    signature: Option<Source>,

    /// Output of --signing-input: path, -, or env:NAME
    #[arg(
        long,
        value_name = "INPUT",
        requires = "signature",
        conflicts_with = "lines",
        hide_short_help = true
    )]
    signing_input_file: Option<Source>,
}

/// The encoding of a signature, as a value of --signer-output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OutputEncoding {
    /// The bytes of the signature; R || S for ECDSA.
    Raw,
    /// The DER structure of an ECDSA signature.
    Der,
    /// One of these in base64 or base64url.
    Base64,
    /// One of these in hexadecimal.
    Hex,
    /// vault:v1: and base64.
    Vault,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let duration: Duration = text.parse()?;
    match duration.0 {
        1..=MAX_TIMEOUT => Ok(duration),
        _ => Err("is not between 1s and 1h".into()),
    }
}

impl SignerArgs {
    /// Whether the token is built from a signature and its signing input (--signature).
    pub fn is_joined(&self) -> bool {
        self.signature.is_some()
    }

    /// Whether the result is the signing input (--signing-input).
    pub fn prints_input(&self) -> bool {
        self.signing_input
    }

    /// Loads the keys to sign with. If another program signs, this is the public key.
    ///
    /// # Errors
    /// As [`KeyArgs::load_signers`], and if another program signs and there is not exactly one public key.
    pub fn load(&self, keys: &KeyArgs, context: &Context) -> Result<Vec<KeySet>> {
        if self.signer_output.is_some() && self.signer.is_none() && self.signature.is_none() {
            let message = "--signer-output needs --signer or --signature";
            return Err(CliError::usage(message).into());
        }
        let sets = keys.load_signers(context)?;
        let remote: Arc<dyn RemoteKey> = match &self.signer {
            Some(command) => Arc::new(ExternalKey {
                command: command.clone(),
                input: self.signer_input.unwrap_or_default(),
                output: self.encoding(),
                timeout: self
                    .signer_timeout
                    .map_or(TIMEOUT, |timeout| StdDuration::from_secs(timeout.0)),
            }),
            None if self.signing_input || self.signature.is_some() => Arc::new(Unreachable),
            None => return Ok(sets),
        };
        let flag = match &self.signer {
            Some(_) => "--signer",
            None if self.signing_input => "--signing-input",
            None => "--signature",
        };
        Ok(vec![with_remote(sets, remote, flag)?])
    }

    fn encoding(&self) -> Option<Encoding> {
        self.signer_output.map(|encoding| match encoding {
            OutputEncoding::Raw => Encoding::Raw,
            OutputEncoding::Der => Encoding::Der,
            OutputEncoding::Base64 => Encoding::Base64,
            OutputEncoding::Hex => Encoding::Hex,
            OutputEncoding::Vault => Encoding::Vault,
        })
    }
}

/// The report of a signing input.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SigningInputReport {
    /// The signing input; null if it went to a file.
    signing_input: Option<String>,
    /// The algorithm to sign it with.
    alg: &'static str,
    /// The key ID of the key.
    kid: Option<String>,
}

/// Prints the signing input. The output has no line break, because it would be signed too.
pub fn print_input(args: &Args, context: &Context, signer: &Signer, payload: &[u8]) -> Result<u8> {
    let input = signer.signing_input(payload);
    let spec = &signer.specs()[0];
    let file = args.output.file().is_some();
    if file || !context.console.json {
        args.output.write_result(&context.console, &input, Audience::Reader)?;
    }
    if context.console.json {
        context.console.write_report(&SigningInputReport {
            signing_input: (!file).then(|| String::from_utf8_lossy(&input).into_owned()),
            alg: spec.algorithm.name,
            kid: super::signature_kid(spec).map(str::to_owned),
        })?;
    }
    Ok(0)
}

/// Builds the token from a signing input and a signature, if the signature verifies.
pub fn join_signature(args: &Args, context: &Context, sets: &[KeySet]) -> Result<u8> {
    let (Some(signature), Some(input)) =
        (&args.external.signature, &args.external.signing_input_file)
    else {
        return Err(CliError::usage("--signature needs --signing-input-file").into());
    };
    let text = context.inputs.read(input, "signing input", MAX_TOKEN)?;
    let signing_input = text.expose();
    let signature = context.inputs.read(signature, "signature", MAX_OUTPUT)?;
    let spec = super::signer::signature_spec(args, context, &sets[0])?;
    let policy = VerifyPolicy {
        algorithms: vec![spec.algorithm],
        formats: vec![Serialization::Compact],
        ..VerifyPolicy::of_signature(context.now)
    };
    let encoding = args.external.encoding();
    for candidate in signature_candidates(signature.expose(), encoding, spec.algorithm) {
        let mut token = signing_input.to_vec();
        token.push(b'.');
        base64url::encode_to(&candidate, &mut token);
        let parsed = UnverifiedToken::parse(&token, usize::MAX);
        let parsed = parsed.with_context(|| input.to_string())?;
        match parsed.verify(&sets[0], &policy) {
            Ok(_) => return finish(args, context, &spec, &token),
            Err(Error::SignatureInvalid) => {}
            Err(error) => return Err(error).with_context(|| input.to_string()),
        }
    }
    Err(does_not_verify(spec.algorithm).into())
}

fn finish(args: &Args, context: &Context, spec: &SignatureSpec, token: &[u8]) -> Result<u8> {
    super::write_token(args, context, token, |shown| {
        SignReport::from_job([spec].into_iter(), shown.then_some(token))
    })
}
