//! Processes one item per line and writes one result per line.

use std::num::NonZeroUsize;

use anyhow::{Context as _, Result};

use crate::cli::{LinesArgs, OutputArgs};
use crate::crypto::Code;
use crate::io::context::Context;
use crate::io::file::{Audience, stage_file};
use crate::io::interrupt::report_processed;
use crate::io::source::Source;
use crate::io::stream::{self, Line, Options, Summary};
use crate::output::exit::{CliError, cli_error};
use crate::output::ndjson;

/// The items to read.
pub struct Items<'s> {
    /// The source of the items.
    pub source: &'s Source,
    /// The name of an item in messages.
    pub what: &'static str,
    /// The maximum length of an item, in bytes.
    pub max_len: usize,
}

impl LinesArgs {
    /// Processes every line of the source. Each thread creates its own worker, which appends the result of an item and a
    /// line break to the buffer.
    ///
    /// # Errors
    /// If reading or writing fails. A failed item is not an error: it gets an error record, and the exit code is 1.
    pub fn run<W>(
        &self,
        context: &Context,
        output: &OutputArgs,
        items: &Items,
        worker: impl Fn() -> W + Sync,
    ) -> Result<u8>
    where
        W: FnMut(u64, &[u8], &mut Vec<u8>) -> Result<()>,
    {
        let console = &context.console;
        let input = context.inputs.open(items.source, items.what)?;
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let options = Options {
            jobs: self.jobs.map_or_else(cores, NonZeroUsize::get),
            max_line: items.max_len,
            fail_fast: self.fail_fast,
        };
        let worker = || {
            let mut work = worker();
            move |number: u64, line: Line, out: &mut Vec<u8>| {
                let begin = out.len();
                let error = match line {
                    Line::Bytes(item) => work(number, item, out).err(),
                    Line::TooLong => Some(too_long(items).into()),
                };
                let cli_error = error.as_ref().and_then(cli_error);
                if let Some(cli_error) = &cli_error {
                    out.truncate(begin);
                    ndjson::write_failure(number, cli_error, out);
                }
                cli_error.is_none()
            }
        };
        let progress = console.start_progress(input.len, output.file().is_some());
        let is_quiet = console.quiet;
        let report = |done: Summary, bytes| {
            if !is_quiet {
                report_processed(done.lines);
            }
            progress.set_position(done, bytes);
        };
        let summary = match output.file() {
            None => {
                let mut stdout = console.stdout();
                stream::process_lines(input.reader, &mut stdout, options, worker, report)?
            }
            Some(path) => {
                let mut file = stage_file(path, b"", Audience::Reader, output.force)?;
                let summary =
                    stream::process_lines(input.reader, file.writer(), options, worker, report)
                        .with_context(|| path.display().to_string())?;
                file.commit()?;
                summary
            }
        };
        drop(progress);
        console.print_summary(summary);
        Ok(match summary.failed {
            0 => 0,
            _ => console.refusal_exit_code(),
        })
    }
}

fn too_long(items: &Items) -> CliError {
    let Items { what, max_len, .. } = items;
    let message = format!("the {what} is longer than the limit of {max_len} bytes");
    CliError::new(Code::Malformed, message)
}
