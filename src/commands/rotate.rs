//! `rotate`: rotates the keys of a set.

mod calendar;
mod flags;
mod load;
mod metrics;
mod publish;
mod rotate_in_token;
pub mod rotate_report;
mod rotate_status;
mod site;
mod write;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use self::load::RotationRun;
use self::publish::TargetKind;
use self::rotate_report::{Report, Stream};
use super::Context;
use crate::cli;
use crate::cli::key_args::TokenArgs;
use crate::cli::named::{self, name_parser};
use crate::cli::passphrase::KeyDecryptionArgs;
use crate::cli::remote_args::CaArgs;
use crate::cli::time::Duration;
use crate::commands::shared;
use crate::crypto::alg::Algorithm;
use crate::fingerprint::KeyIdSource;
use crate::io::pkcs11_token::TokenUri;
use crate::io::prompt;
use crate::io::source::Source;
use crate::output::exit::CliError;

/// How often a run starts again because another process wrote the set during the run, despite the lock.
const MAX_ATTEMPTS: u32 = 5;

/// How far --at may be in the future without --force, in seconds.
const MAX_AHEAD: i64 = 60;

/// Rotate the keys of a JWK Set
///
/// Creates a successor --lead before it signs, so that verifiers can fetch it from the published set in time. Keeps the
/// superseded key published for --retain, and then removes it. Run this command as often as you like, from cron or CI: it
/// acts only when an action is due, and never twice. If the set does not exist, it is created. The set stores the policy, so
/// the flags are needed only once. Signers use the active key of the set (sign -k KEYS).
///
/// Encryption keys (--alg ECDH-ES+A256KW) are in the set --lead before they are published. After their successor is
/// published, they decrypt for --lead and --retain.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith rotate keys.jwks --publish public.json --alg ES256 --every 30d --lead 1d --retain 2d
  jotsmith rotate keys.jwks --publish public.json --log rotation.log
  jotsmith rotate keys.jwks --status
  jotsmith rotate - --publish public.json < old.jwks > new.jwks
  jotsmith rotate keys.jwks --publish public.json --revoke KID --reason 'laptop stolen'")]
pub struct Args {
    /// JWK Set file with the private keys, or - to read stdin and write stdout
    #[arg(value_name = "KEYS")]
    set: PathBuf,

    /// Create a new set; fail if it exists
    #[arg(long, conflicts_with_all = ["now", "revoke", "status"])]
    init: bool,

    /// Also write the public keys to this JWK Set file
    ///
    /// - is stdout. The flag is repeatable.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    publish: Vec<PathBuf>,

    /// Also write the public keys to this PEM file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    publish_pem: Vec<PathBuf>,

    /// Also write the active private key to this PEM file
    ///
    /// This is the signing key, for issuers that read a single key. The file has mode 0600.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    active_out: Vec<PathBuf>,

    /// Also write jwks.json and .well-known/openid-configuration to this web site folder
    ///
    /// The key set is written before the issuer metadata (OpenID Connect Discovery). Other members of existing metadata are
    /// kept.
    #[arg(
        long,
        value_name = "FOLDER",
        requires = "site_issuer",
        hide_short_help = true,
        help_heading = "Output"
    )]
    publish_site: Option<PathBuf>,

    /// Issuer for --publish-site: the URL of the folder
    #[arg(long, value_name = "URL", requires = "publish_site", value_parser = site::parse_issuer, hide_short_help = true, help_heading = "Output")]
    site_issuer: Option<String>,

    /// Overwrite a published file of another set
    #[arg(long, help_heading = "Output")]
    replace_published: bool,

    /// Time that a key is active [default: 30d]
    #[arg(long, value_name = "DURATION", help_heading = "Policy")]
    every: Option<Duration>,

    /// Time from publication to first use [default: 1d]
    ///
    /// Set it to the longest time that a verifier caches the published set.
    #[arg(long, value_name = "DURATION", help_heading = "Policy")]
    lead: Option<Duration>,

    /// Time from last use to removal [default: 2d]
    ///
    /// Set it to the longest lifetime of a token.
    #[arg(long, value_name = "DURATION", help_heading = "Policy")]
    retain: Option<Duration>,

    /// Algorithm of new keys [default: that of the active key, or ES256]
    ///
    /// If the set has keys for signing and encryption, give the flag once for each.
    #[arg(long, value_parser = name_parser(cli::parse_algorithm, named::algorithm_names), hide_possible_values = true, help_heading = "Policy")]
    alg: Vec<Algorithm>,

    /// Create new keys in a token: pkcs11:token=LABEL
    ///
    /// The set then contains the public keys and references to the private keys. The policy stores the URI. object=NAME is
    /// the prefix of the labels of new keys, and identifies this set in the token.
    #[arg(long = "in", value_name = "URI", value_parser = TokenUri::parse, help_heading = "Policy")]
    place: Option<TokenUri>,

    /// Size of new RSA keys [default: that of the existing keys, or 3072]
    #[arg(long, hide_short_help = true, help_heading = "Policy")]
    bits: Option<u32>,

    /// Derive new key IDs from: jwk (thumbprint, the default), kubernetes, libtrust or uuid
    #[arg(long, value_name = "SOURCE", value_parser = cli::key_id_source, help_heading = "Policy")]
    kid_from: Option<KeyIdSource>,

    /// Activate a successor immediately, once per reason
    ///
    /// With --reason, --now has no value: an argument after it is KEYS.
    #[arg(long, value_name = "REASON", num_args = 0..=1, default_missing_value = "", help_heading = "Emergency")]
    now: Option<String>,

    /// Key use that --now applies to [default: every use]
    #[arg(long = "use", value_name = "USE", value_parser = ["sig", "enc"], requires = "now", help_heading = "Emergency")]
    key_use: Option<String>,

    /// Unpublish a key immediately and erase its private part
    ///
    /// KID is a key ID, or a prefix of at least 6 characters that only one key ID has.
    #[arg(
        long,
        value_name = "KID",
        allow_hyphen_values = true,
        conflicts_with = "now",
        help_heading = "Emergency"
    )]
    revoke: Option<String>,

    /// Reason for --revoke or --now
    #[arg(long, value_name = "TEXT", help_heading = "Emergency")]
    reason: Option<String>,

    /// Change nothing; exit 1 if an action is due
    #[arg(long, group = "view", help_heading = "Read-only modes")]
    check: bool,

    /// Change nothing; report what would be done
    #[arg(short = 'n', long, group = "view", help_heading = "Read-only modes")]
    dry_run: bool,

    /// Change nothing; list the keys and their times
    #[arg(long, group = "view", conflicts_with_all = ["now", "revoke"], help_heading = "Read-only modes")]
    status: bool,

    /// Change nothing; list the actions in this period
    #[arg(long, value_name = "DURATION", group = "view", conflicts_with_all = ["now", "revoke"], help_heading = "Read-only modes")]
    simulate: Option<Duration>,

    /// Change nothing; show what changes for verifiers
    #[arg(long, group = "view", help_heading = "Read-only modes")]
    diff: bool,

    /// Write metrics for Prometheus to this file
    ///
    /// The format is that of the textfile collector of node_exporter.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "view",
        hide_short_help = true,
        help_heading = "Output"
    )]
    metrics: Option<PathBuf>,

    /// Activate a new key only after it is in this set
    ///
    /// This is the set that verifiers fetch: path, env:NAME or https://... The policy stores it.
    #[arg(long, value_name = "KEY", help_heading = "Policy")]
    served: Vec<Source>,

    /// Time limit for each URL of --served
    ///
    /// If a URL does not respond in time, no new key is activated.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        hide_short_help = true,
        help_heading = "Policy"
    )]
    served_timeout: Duration,

    /// Activate keys even if they are not in the --served sets
    #[arg(
        long,
        conflicts_with = "served",
        hide_short_help = true,
        help_heading = "Policy"
    )]
    no_served: bool,

    /// Allow an --at time in the future
    ///
    /// A key that is created then cannot be used earlier, and later runs do nothing until that time.
    #[arg(short, long)]
    force: bool,

    #[command(flatten)]
    ca: CaArgs,

    /// Append one JSON line for each action to this file
    #[arg(
        long,
        value_name = "FILE",
        hide_short_help = true,
        help_heading = "Output"
    )]
    log: Option<PathBuf>,

    /// What opens the set when it is encrypted
    #[command(flatten)]
    decryption: KeyDecryptionArgs,

    /// How the token is used
    #[command(flatten)]
    token: TokenArgs,

    /// Time to wait for another run that has locked the set
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        hide_short_help = true,
        help_heading = None::<&'static str>
    )]
    wait: Duration,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    args.check_flags(context)?;
    let mut revoke = args.revoke.clone();
    if let Some(typed) = &args.revoke
        && !args.only_reads()
        && prompt::can_ask(context)
    {
        // Prompted for before the lock is taken, so that no other run waits for the answer. The key is then selected by
        // the complete key ID that was shown, because the prefix may be ambiguous by then.
        let kid = load::key_to_revoke(args, typed, context)?;
        let question = format!("permanently revoke {kid} and erase its private key?");
        prompt::require_confirmation(&question, context)?;
        revoke = Some(kid);
    }
    for _ in 0..MAX_ATTEMPTS {
        let run = load::load(args, revoke.as_deref(), context)?;
        let targets = publish::open_targets(args, &run, context)?;
        if !targets.is_empty() {
            shared::note_about_ed25519(args.alg.iter().copied(), context);
        }
        if args.status {
            let mut report = Report::from_run(&run, context.now);
            if !run.plan.is_empty() {
                report.next_due = Some(context.now);
            }
            report.print_status(context)?;
            return Ok(0);
        }
        if let Some(period) = args.simulate {
            calendar::print_simulation(&run, period, context)?;
            return Ok(0);
        }
        if args.diff {
            calendar::print_diff(&run, &targets, context)?;
            return Ok(0);
        }
        if args.check || args.dry_run {
            let report = Report::from_run(&run, context.now).with_plan(&run, &targets)?;
            report.print(context, Stream::Stdout)?;
            return Ok(if args.check && report.needs_attention() {
                context.console.refusal_exit_code()
            } else {
                0
            });
        }
        if let Some(report) = write::write(args, run, &targets, context)? {
            if let Some(path) = &args.metrics {
                metrics::write_metrics(path, &report)?;
            }
            if args.is_filter() {
                report.print(context, Stream::Stderr)?;
            } else if !args.publishes_to_stdout() {
                report.print(context, Stream::Stdout)?;
            }
            return Ok(0);
        }
    }
    Err(CliError::failed("another process keeps writing the set"))
        .with_context(|| args.set_location())
}

impl Args {
    /// Refuses invalid arguments before any file is accessed.
    fn check_flags(&self, context: &Context) -> Result<()> {
        let usage =
            |message: &str, hint: &str| Err(CliError::usage(message).with_hint(hint).into());
        let set = self.set.to_string_lossy();
        if set.starts_with("env:") {
            let hint = "rotate cannot write to an environment variable; use a pipe: \
                        printenv NAME | jotsmith rotate - > new.jwks (for a file of this name, write ./env:NAME)";
            return usage(&format!("{set} is not a file"), hint);
        }
        if self.is_filter() && self.publishes_to_stdout() {
            return usage(
                "stdout is used for the private set, so nothing can be published there",
                "use --publish FILE",
            );
        }
        if self.is_filter() && !self.only_reads() && context.console.is_terminal() {
            return usage(
                "a set with private keys is not printed on a terminal",
                "redirect stdout to a file",
            );
        }
        let ahead = context.now.saturating_sub((context.machine_clock)());
        if ahead > MAX_AHEAD && !self.force && !self.only_reads() {
            let ahead = Duration(ahead.unsigned_abs());
            let message = format!("--at is {ahead} in the future, and a rotation cannot be undone");
            return usage(&message, "--dry-run shows the plan; --force applies it now");
        }
        let reason = self.reason.as_deref();
        match (&self.now, &self.revoke, reason) {
            (Some(now), _, None) if now.is_empty() => usage(
                "--now needs a reason",
                "use --now REASON, or --now --reason REASON",
            ),
            (Some(now), _, Some(_)) if !now.is_empty() => {
                usage("--now has two reasons", "omit --reason")
            }
            (_, Some(kid), _) if kid.is_empty() => usage(
                "--revoke needs a key ID",
                "jotsmith rotate KEYS --status lists them",
            ),
            (_, Some(_), None) => usage("--revoke needs a reason", "add --reason TEXT"),
            (_, _, Some("")) => usage("the reason is empty", "add --reason TEXT"),
            (None, None, Some(_)) => usage("--reason needs --now or --revoke", "omit --reason"),
            _ => Ok(()),
        }
    }

    /// Whether the set is read from stdin and written to stdout.
    fn is_filter(&self) -> bool {
        self.set.as_os_str() == "-"
    }

    /// Returns the name of the set for messages.
    fn set_location(&self) -> String {
        if self.is_filter() {
            "stdin".into()
        } else {
            self.set.display().to_string()
        }
    }

    /// Returns the reason of --now, if it is given.
    fn emergency_reason(&self) -> Option<&str> {
        self.now.as_deref().map(|now| self.reason.as_deref().unwrap_or(now))
    }

    /// Returns the files that a run keeps current, other than the set.
    fn targets(&self) -> Vec<(TargetKind, PathBuf)> {
        let sets = self.publish.iter().filter(|path| path.as_os_str() != "-");
        let of_kind = |kind, paths: &[PathBuf]| {
            let paths = paths.iter().cloned();
            paths.map(|path| (kind, path)).collect::<Vec<_>>()
        };
        let mut targets: Vec<_> = sets.map(|path| (TargetKind::KeySet, path.clone())).collect();
        targets.extend(of_kind(TargetKind::PublicPem, &self.publish_pem));
        if let Some(folder) = &self.publish_site {
            // The metadata refers to the key set, so it is written after it.
            targets.push((TargetKind::KeySet, folder.join(site::KEY_SET)));
            targets.push((TargetKind::SiteMetadata, folder.join(site::METADATA)));
        }
        targets.extend(of_kind(TargetKind::ActiveKey, &self.active_out));
        targets
    }

    fn publishes_to_stdout(&self) -> bool {
        self.publish.iter().any(|path| path.as_os_str() == "-")
    }

    fn only_reads(&self) -> bool {
        self.check || self.dry_run || self.status || self.diff || self.simulate.is_some()
    }
}
