//! The arguments for fetching public keys from a URL.

use clap::Args;

use crate::io::source::Source;

/// The arguments for fetching public keys.
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

/// Which CA certificates are trusted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
pub struct CaArgs {
    /// Trust only these CA certificates: PEM file, -, or env:NAME
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    pub ca: Option<Source>,
}
