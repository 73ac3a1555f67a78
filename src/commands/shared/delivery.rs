//! Writes the result of a command.

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

use crate::cli::OutputArgs;
use crate::io::file::{Audience, Prepared, stage_file};
use crate::output::console::Console;
use crate::output::exit::CliError;

impl OutputArgs {
    /// Returns the file for the result; `None` for stdout (also for `-`).
    pub fn file(&self) -> Option<&PathBuf> {
        self.output.as_ref().filter(|path| path.as_os_str() != "-")
    }

    /// Writes the result to the file, or to stdout.
    ///
    /// # Errors
    /// If the file exists and --force is not given, or writing fails.
    pub fn write_result(&self, console: &Console, bytes: &[u8], audience: Audience) -> Result<()> {
        match self.file() {
            None => console.write_bytes(bytes),
            Some(path) => stage_file(path, bytes, audience, self.force)?.commit(),
        }
    }

    /// Refuses to print a private key on a terminal, unless --output is given. `hint` is what to do instead.
    ///
    /// # Errors
    /// If the key would be printed on a terminal.
    pub fn refuse_terminal(&self, console: &Console, hint: &str) -> Result<()> {
        if self.output.is_none() && console.is_terminal() {
            let message = "a private key is not printed on a terminal";
            return Err(CliError::usage(message).with_hint(hint).into());
        }
        Ok(())
    }

    /// Writes the content of a token unchanged. Binary content is written to a terminal only with `-o -`.
    ///
    /// # Errors
    /// As [`OutputArgs::write_result`], and if binary content would be written to a terminal.
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
        self.write_result(console, bytes, Audience::Reader)
    }

    /// Writes the result of a command to the file or stdout, and with --json one object to stdout. `report` returns the
    /// object. Its argument states whether the object contains the result, which is then not written to a file.
    ///
    /// # Errors
    /// As [`OutputArgs::deliver_content`].
    pub fn write_result_or_report<R: Serialize>(
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

    /// Stages the result for its file; `None` for stdout.
    ///
    /// # Errors
    /// If the file exists and --force is not given, or writing fails.
    pub fn stage_output(&self, bytes: &[u8], audience: Audience) -> Result<Option<Prepared>> {
        self.file().map(|path| stage_file(path, bytes, audience, self.force)).transpose()
    }
}
