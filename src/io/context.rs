//! What a run of the program has of the world around it.

use anyhow::{Context as _, Result};

use super::source::{Inputs, Source};
use crate::output::console::Console;

/// What a command uses in addition to its own arguments.
#[derive(Debug)]
pub struct Context {
    /// The printer.
    pub console: Console,
    /// The inputs of the process.
    pub inputs: Inputs,
    /// The time when the run began, in Unix seconds.
    pub now: i64,
    /// The time as it goes on, for a run that takes long.
    pub clock: Clock,
    /// The clock of the machine, whatever --at says: what was fetched ages by it.
    pub machine_clock: fn() -> i64,
    /// Whether nothing may be asked.
    pub no_input: bool,
}

impl Context {
    /// Passes a payload of any length on, piece by piece, and shows how far it is. `to_file`: the result goes to a file.
    ///
    /// # Errors
    /// When it cannot be read, and whatever `each` fails with.
    pub fn payload(
        &self,
        source: &Source,
        to_file: bool,
        each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let stream = self.inputs.open(source, "payload")?;
        let progress = self.console.start_progress(stream.len, to_file);
        (progress.watch(stream).pieces(each)).with_context(|| source.to_string())
    }
}

/// The source of the current time, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The clock of the machine.
    Running(fn() -> i64),
    /// A clock that was stopped with --at.
    Stopped(i64),
}

impl Clock {
    /// The time.
    pub fn now(self) -> i64 {
        match self {
            Clock::Running(clock) => clock(),
            Clock::Stopped(now) => now,
        }
    }
}
