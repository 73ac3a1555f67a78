//! How public keys are fetched from a URL.

use clap::Args;

use crate::io::source::Source;

/// How public keys are fetched.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct RemoteArgs {
    /// Do not fetch keys; use cached copies
    #[arg(long, hide_short_help = true)]
    pub offline: bool,

    /// The authorities
    #[command(flatten)]
    #[allow(missing_docs)]
    pub ca: CaArgs,
}

/// Whose certificates are believed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct CaArgs {
    /// Trust only these CA certificates: PEM file, -, or env:NAME
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    pub ca: Option<Source>,
}
