//! One item per line in, one result per line out.

use std::num::NonZeroUsize;

use anyhow::{Context as _, Result};

use crate::cli::{LinesArgs, OutputArgs};
use crate::crypto::Code;
use crate::io::context::Context;
use crate::io::file::{Audience, prepare};
use crate::io::interrupt::report_processed;
use crate::io::source::Source;
use crate::io::stream::{self, Line, Options, Summary};
use crate::output::exit::{CliError, cli_error};
use crate::output::ndjson;

/// What is read, and how.
pub struct Items<'s> {
    /// Where the items come from.
    pub source: &'s Source,
    /// What an item is.
    pub what: &'static str,
    /// The longest, in bytes.
    pub max_len: usize,
}

impl LinesArgs {
    /// Answers every line of the source. Each thread makes a worker for itself, which puts the answer to a good item into
    /// the buffer, line end included.
    ///
    /// # Errors
    /// When reading or writing fails. An item that fails is no error: it is answered, and makes the exit code 1.
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
            progress.at(done, bytes);
        };
        let summary = match output.file() {
            None => {
                let mut stdout = console.stdout();
                stream::run(input.reader, &mut stdout, options, worker, report)?
            }
            Some(path) => {
                let mut file = prepare(path, b"", Audience::Reader, output.force)?;
                let summary = stream::run(input.reader, file.writer(), options, worker, report)
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
