//! Output of any length that is withheld until it is verified.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::io::file::{Audience, Prepared, stage_file};
use crate::io::source::{Stream, io_error};
use crate::output::console::Console;

/// The withheld bytes. They are removed when dropped.
pub enum StagedOutput {
    /// In a temporary file next to the output file.
    Beside(Prepared),
    /// In an unnamed temporary file, for a device, FIFO or socket, or if that is `None` for stdout.
    Nameless(File, Option<Prepared>),
}

impl StagedOutput {
    /// Creates the staged output for a file, or for stdout.
    ///
    /// # Errors
    /// If the file exists and may not be replaced, or a temporary file cannot be created.
    pub fn new(target: Option<&Path>, replace: bool) -> Result<StagedOutput> {
        let prepared =
            target.map(|target| stage_file(target, b"", Audience::Reader, replace)).transpose()?;
        match prepared {
            Some(prepared) if !prepared.is_stream() => Ok(StagedOutput::Beside(prepared)),
            stream => tempfile::tempfile()
                .map(|file| StagedOutput::Nameless(file, stream))
                .map_err(|error| io_error(&error))
                .context("a temporary file"),
        }
    }

    /// Adds the next bytes.
    ///
    /// # Errors
    /// If they cannot be written, for example because there is no space.
    pub fn add_piece(&mut self, piece: &[u8]) -> Result<()> {
        let written = match self {
            StagedOutput::Beside(file) => file.writer().write_all(piece),
            StagedOutput::Nameless(file, _) => file.write_all(piece),
        };
        written.map_err(|error| io_error(&error)).context("the output that waits to be verified")
    }

    /// Writes the bytes to their destination.
    ///
    /// # Errors
    /// If they cannot be written there.
    pub fn write_out(self, console: &Console) -> Result<()> {
        match self {
            StagedOutput::Beside(file) => file.commit(),
            StagedOutput::Nameless(mut file, mut stream) => {
                file.rewind().map_err(|error| io_error(&error))?;
                let reader = Box::new(file);
                Stream { reader, len: None }.for_each_piece(|piece| match &mut stream {
                    Some(stream) => Ok(stream.writer().write_all(piece)?),
                    None => console.write_bytes(piece),
                })
            }
        }
    }
}
