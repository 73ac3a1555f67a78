//! The arguments for the token of a command.

use clap::Args;

/// The token.
#[derive(Debug, Args)]
pub struct TokenInput {
    /// Token, path, @PATH, env:NAME, or - [default: stdin]
    ///
    /// Pass a token from an untrusted source on stdin, because an argument can name a file.
    #[arg(value_name = "TOKEN", help_heading = "Input")]
    pub token: Option<String>,

    /// Read the token from this member of a JSON object
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "lines",
        help_heading = "Input"
    )]
    pub field: Option<String>,
}
