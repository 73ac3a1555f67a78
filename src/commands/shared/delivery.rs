//! Where the result of a command goes.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

use crate::cli::OutputArgs;
use crate::io::file::{Audience, Prepared, prepare};
use crate::output::console::Console;
use crate::output::exit::CliError;

impl OutputArgs {
    /// The file that was named; `-` is stdout.
    pub fn file(&self) -> Option<&PathBuf> {
        self.output.as_ref().filter(|path| path.as_os_str() != "-")
    }

    /// Puts the result where it was asked for.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn deliver(&self, console: &Console, bytes: &[u8], audience: Audience) -> Result<()> {
        match self.file() {
            None => console.write_bytes(bytes),
            Some(path) => prepare(path, bytes, audience, self.force)?.commit(),
        }
    }

    /// Refuses to print a private key on a terminal, if nothing says where it goes; `hint` is what to do instead.
    ///
    /// # Errors
    /// When it would be printed there.
    pub fn refuse_terminal(&self, console: &Console, hint: &str) -> Result<()> {
        if self.output.is_none() && console.is_terminal() {
            let message = "a private key is not printed on a terminal";
            return Err(CliError::usage(message).with_hint(hint).into());
        }
        Ok(())
    }

    /// Puts the content of a token where it was asked for, byte for byte; binary content is written to a terminal only on request.
    ///
    /// # Errors
    /// As [`OutputArgs::deliver`].
    pub fn deliver_content(&self, console: &Console, bytes: &[u8]) -> Result<()> {
        let text = str::from_utf8(bytes).is_ok_and(|text| {
            !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        });
        if !text && self.output.is_none() && console.is_terminal() {
            return Err(
                CliError::failed("the content is binary and stdout is a terminal")
                    .with_hint("use -o FILE to write it to a file, or -o - to print it")
                    .into(),
            );
        }
        self.deliver(console, bytes, Audience::Reader)
    }

    /// Ends a command: writes the result where the arguments say, and with --json one object to stdout. `report` makes
    /// the object; its argument says whether the result is in the object, instead of in a file.
    ///
    /// # Errors
    /// As [`OutputArgs::deliver`].
    pub fn conclude<R: Serialize>(
        &self,
        console: &Console,
        result: &[u8],
        report: impl FnOnce(bool) -> R,
    ) -> Result<()> {
        let to_file = self.file().is_some();
        if to_file || !console.json {
            self.deliver_content(console, result)?;
        }
        if console.json {
            console.write_report(&report(!to_file))
        } else {
            Ok(())
        }
    }

    /// The result, complete beside its file but not yet in place; `None` for stdout.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn prepare(&self, bytes: &[u8], audience: Audience) -> Result<Option<Prepared>> {
        (self.file())
            .map(|path| prepare(path, bytes, audience, self.force))
            .transpose()
    }
}
