//! Bytes that are withheld until they are verified, however many there are.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::io::file::{Audience, Prepared, prepare};
use crate::io::source::{Stream, io_error};
use crate::output::console::Console;

/// Where the bytes wait; dropped, they are removed.
pub enum StagedOutput {
    /// Beside the file that they are for.
    Beside(Prepared),
    /// In a file without a name, for a device, FIFO or socket, or else for stdout.
    Nameless(File, Option<Prepared>),
}

impl StagedOutput {
    /// For a file, or for stdout.
    ///
    /// # Errors
    /// When the file exists and is not to be replaced, or none can be created.
    pub fn new(target: Option<&Path>, replace: bool) -> Result<StagedOutput> {
        let prepared = target
            .map(|target| prepare(target, b"", Audience::Reader, replace))
            .transpose()?;
        match prepared {
            Some(prepared) if !prepared.is_stream() => Ok(StagedOutput::Beside(prepared)),
            stream => (tempfile::tempfile())
                .map(|file| StagedOutput::Nameless(file, stream))
                .map_err(|error| io_error(&error))
                .context("a temporary file"),
        }
    }

    /// Adds the next bytes.
    ///
    /// # Errors
    /// When there is no space for them.
    pub fn take(&mut self, piece: &[u8]) -> Result<()> {
        let written = match self {
            StagedOutput::Beside(file) => file.writer().write_all(piece),
            StagedOutput::Nameless(file, _) => file.write_all(piece),
        };
        written
            .map_err(|error| io_error(&error))
            .context("the output that waits to be verified")
    }

    /// Releases the bytes to their destination.
    ///
    /// # Errors
    /// When they cannot be written there.
    pub fn release(self, console: &Console) -> Result<()> {
        match self {
            StagedOutput::Beside(file) => file.commit(),
            StagedOutput::Nameless(mut file, mut stream) => {
                file.rewind().map_err(|error| io_error(&error))?;
                let reader = Box::new(file);
                Stream { reader, len: None }.pieces(|piece| match &mut stream {
                    Some(stream) => Ok(stream.writer().write_all(piece)?),
                    None => console.write_bytes(piece),
                })
            }
        }
    }
}
