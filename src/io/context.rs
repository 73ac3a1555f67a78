//! The context of a run of the program.

use anyhow::{Context as _, Result};

use super::source::{Inputs, Source};
use crate::output::console::Console;

/// The resources that a command uses in addition to its arguments.
#[derive(Debug)]
pub struct Context {
    /// The printer.
    pub console: Console,
    /// The inputs of the process.
    pub inputs: Inputs,
    /// The time when the run began, in Unix seconds.
    pub now: i64,
    /// The current time, for a run that takes long.
    pub clock: Clock,
    /// The clock of the machine, which `--at` does not change. It determines the age of fetched documents.
    pub machine_clock: fn() -> i64,
    /// Whether prompts are not allowed.
    pub no_input: bool,
}

impl Context {
    /// Passes a payload of any length to `each` in pieces and shows the progress. `to_file`: the result is written to a file.
    ///
    /// # Errors
    /// If the payload cannot be read; any error of `each`.
    pub fn payload(
        &self,
        source: &Source,
        to_file: bool,
        each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let stream = self.inputs.open(source, "payload")?;
        let progress = self.console.start_progress(stream.len, to_file);
        progress.track_stream(stream).for_each_piece(each).with_context(|| source.to_string())
    }
}

/// The source of the current time, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The clock of the machine.
    Running(fn() -> i64),
    /// A fixed time, set with `--at`.
    Stopped(i64),
}

impl Clock {
    /// Returns the time.
    pub fn now(self) -> i64 {
        match self {
            Clock::Running(clock) => clock(),
            Clock::Stopped(now) => now,
        }
    }
}
