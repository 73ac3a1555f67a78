//! How a run over many items goes.

use std::num::NonZeroUsize;

use clap::Args;

/// How a run over many items goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lines")]
pub struct LinesArgs {
    /// Read one item per line and print one result per line
    ///
    /// The results are in the order of the items; all cores work on them.
    #[arg(long)]
    pub lines: bool,

    /// How many threads work [default: one for each core]
    #[arg(long, value_name = "COUNT", requires = "lines", hide_short_help = true)]
    pub jobs: Option<NonZeroUsize>,

    /// End at the first item that fails
    #[arg(long, requires = "lines", hide_short_help = true)]
    pub fail_fast: bool,
}
