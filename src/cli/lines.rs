//! The arguments for processing many items.

use std::num::NonZeroUsize;

use clap::Args;

/// The arguments for processing many items.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lines")]
pub struct LinesArgs {
    /// Read one item per line and print one result per line
    ///
    /// The results are in the order of the items. All cores are used.
    #[arg(long)]
    pub lines: bool,

    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "COUNT", requires = "lines", hide_short_help = true)]
    pub jobs: Option<NonZeroUsize>,

    /// Stop at the first item that fails
    #[arg(long, requires = "lines", hide_short_help = true)]
    pub fail_fast: bool,
}
