//! Bytes that nobody may see before they are known to be good, however many there are.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::io::file::{Audience, Prepared, prepare};
use crate::io::source::{Stream, plain};
use crate::output::console::Console;

/// Where they wait; dropped, they are gone.
pub enum StagedOutput {
    /// Beside the file that they are for.
    Beside(Prepared),
    /// For stdout, in a file without a name.
    Nameless(File),
}

impl StagedOutput {
    /// For a file, or for stdout.
    ///
    /// # Errors
    /// When the file exists and is not to be replaced, or no file can be made.
    pub fn new(target: Option<&Path>, replace: bool) -> Result<StagedOutput> {
        match target {
            Some(target) => Ok(StagedOutput::Beside(prepare(
                target,
                b"",
                Audience::Owner,
                replace,
            )?)),
            None => (tempfile::tempfile().map(StagedOutput::Nameless))
                .map_err(|error| plain(&error))
                .context("a temporary file"),
        }
    }

    /// Takes in the next of them.
    ///
    /// # Errors
    /// When there is no space for them.
    pub fn take(&mut self, piece: &[u8]) -> Result<()> {
        let written = match self {
            StagedOutput::Beside(file) => file.writer().write_all(piece),
            StagedOutput::Nameless(file) => file.write_all(piece),
        };
        written
            .map_err(|error| plain(&error))
            .context("what waits to be verified")
    }

    /// Lets them go where they are meant for.
    ///
    /// # Errors
    /// When they cannot go there.
    pub fn release(self, console: &Console) -> Result<()> {
        match self {
            StagedOutput::Beside(file) => file.commit(),
            StagedOutput::Nameless(mut file) => {
                file.rewind().map_err(|error| plain(&error))?;
                let reader = Box::new(file);
                Stream { reader, len: None }.pieces(|piece| console.bytes(piece))
            }
        }
    }
}
