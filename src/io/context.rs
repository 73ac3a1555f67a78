//! What a run of the program has of the world around it.

use super::console::Console;
use super::source::Inputs;

/// What a command gets besides its own arguments.
#[derive(Debug)]
pub struct Context {
    /// The printer.
    pub console: Console,
    /// The inputs of the process.
    pub inputs: Inputs,
    /// The time in Unix seconds.
    pub now: i64,
    /// Whether nothing may be asked.
    pub no_input: bool,
}
