//! The ordered parallel pipeline behind `--lines`: one item a line in, one answer a line out, in order, on all cores.
//!
//! A reader cuts what is there into chunks of whole lines, workers answer chunks, the caller's thread writes them in
//! order. A slow producer is answered at once, since a chunk is whatever one read gave; a fast one fills whole chunks.
//! Memory is flat: a fixed number of chunks goes round, so a slow consumer makes the reader wait.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::Result;
use memchr::{memchr, memchr_iter, memrchr};

use super::source::plain;
use crate::exit::Complaint;

/// How many bytes one read asks for.
const READ: usize = 128 * 1024;
/// How many chunks go round for each worker.
const CHUNKS_PER_JOB: usize = 4;

/// One line of the input, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes.
    Bytes(&'a [u8]),
    /// It was longer than the limit, and is gone.
    TooLong,
}

/// How a stream is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many threads work.
    pub jobs: usize,
    /// The longest line, in bytes.
    pub max_line: usize,
    /// Whether the first failed item ends the run.
    pub fail_fast: bool,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many lines were answered.
    pub lines: u64,
    /// How many of the answers were failures.
    pub failed: u64,
}

#[derive(Default)]
struct Chunk {
    number: u64,
    first_line: u64,
    /// Whether a line that was too long, and is not in `input`, comes before the others.
    too_long_first: bool,
    input: Vec<u8>,
    /// How many bytes of the stream the chunk stands for.
    bytes: u64,
    output: Vec<u8>,
    summary: Summary,
}

enum Done {
    Chunk(Chunk),
    /// The input ended after so many chunks.
    End(u64),
    Failed(std::io::Error),
}

/// Runs a worker on every line and writes what it puts into its buffer, in the order of the lines.
///
/// Each thread makes its own `worker`, which gets the line's number, counted from 1, and tells whether the item is good.
/// `progress` is told after each write what has been answered, and how many bytes of input that were.
///
/// # Errors
/// When reading or writing fails; a pipe closed by the consumer is such an error.
pub fn run<W: FnMut(u64, Line, &mut Vec<u8>) -> bool>(
    input: impl Read + Send + 'static,
    output: &mut impl Write,
    options: Options,
    worker: impl Fn() -> W + Sync,
    mut progress: impl FnMut(Summary, u64),
) -> Result<Summary> {
    let jobs = options.jobs.max(1);
    let (to_reader, free) = channel();
    let (to_workers, tasks) = channel::<Option<Chunk>>();
    let (to_writer, done) = channel();
    for _ in 0..jobs * CHUNKS_PER_JOB {
        let _ = to_reader.send(Chunk::default());
    }
    let reader = Reader {
        input,
        buffer: vec![0; READ],
        max_line: options.max_line,
        free,
        to_workers: to_workers.clone(),
        to_writer: to_writer.clone(),
    };
    // Not scoped: when the output is closed, nobody waits for a reader that waits for input.
    std::thread::spawn(move || reader.run());
    let tasks = Mutex::new(tasks);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (tasks, worker, to_writer) = (&tasks, &worker, to_writer.clone());
            scope.spawn(move || answer(tasks, &to_writer, options, worker()));
        }
        let result = write(output, options.fail_fast, &done, &to_reader, &mut progress);
        for _ in 0..jobs {
            let _ = to_workers.send(None);
        }
        result
    })
}

struct Reader<R> {
    input: R,
    buffer: Vec<u8>,
    max_line: usize,
    free: Receiver<Chunk>,
    to_workers: Sender<Option<Chunk>>,
    to_writer: Sender<Done>,
}

impl<R: Read> Reader<R> {
    fn run(mut self) {
        let mut rest = Vec::new();
        let (mut number, mut next_line) = (0, 1);
        loop {
            let Ok(mut chunk) = self.free.recv() else {
                return;
            };
            let more = match self.fill(&mut chunk, &mut rest) {
                Ok(more) => more,
                Err(error) => {
                    let _ = self.to_writer.send(Done::Failed(error));
                    return;
                }
            };
            chunk.number = number;
            chunk.first_line = next_line;
            let ends = memchr_iter(b'\n', &chunk.input).count() as u64;
            next_line += ends + u64::from(chunk.too_long_first);
            number += 1;
            let _ = self.to_workers.send(Some(chunk));
            if !more {
                let _ = self.to_writer.send(Done::End(number));
                return;
            }
        }
    }

    /// Fills the chunk with whole lines, `rest` first, and leaves the beginning of the next line in `rest`. `false` at
    /// the end of the input.
    fn fill(&mut self, chunk: &mut Chunk, rest: &mut Vec<u8>) -> std::io::Result<bool> {
        let input = &mut chunk.input;
        input.clear();
        input.append(rest);
        chunk.too_long_first = false;
        chunk.bytes = 0;
        let mut skipping = false;
        loop {
            let old = input.len();
            let read = loop {
                match self.input.read(&mut self.buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read?,
                }
            };
            input.extend_from_slice(&self.buffer[..read]);
            chunk.bytes += read as u64;
            let last_end = memrchr(b'\n', &input[old..]);
            if let Some(last_end) = last_end {
                rest.extend_from_slice(&input[old + last_end + 1..]);
                input.truncate(old + last_end + 1);
            }
            if skipping && (last_end.is_some() || read == 0) {
                let first_end = memchr(b'\n', input);
                input.drain(..first_end.map_or(input.len(), |end| end + 1));
                chunk.too_long_first = true;
            }
            if last_end.is_some() || read == 0 {
                return Ok(read > 0);
            }
            skipping |= input.len() > self.max_line;
            if skipping {
                input.clear();
            }
        }
    }
}

fn answer(
    tasks: &Mutex<Receiver<Option<Chunk>>>,
    to_writer: &Sender<Done>,
    options: Options,
    mut work: impl FnMut(u64, Line, &mut Vec<u8>) -> bool,
) {
    loop {
        // A poisoned lock means another worker panicked; the scope reports that.
        let Ok(task) = tasks.lock().map(|tasks| tasks.recv()) else {
            return;
        };
        let Ok(Some(mut chunk)) = task else { return };
        chunk.summary = Summary::default();
        let first = chunk.too_long_first.then_some(Line::TooLong);
        let lines = lines(&chunk.input).map(|line| match line.len() > options.max_line {
            true => Line::TooLong,
            false => Line::Bytes(line.strip_suffix(b"\r").unwrap_or(line)),
        });
        for (number, line) in (chunk.first_line..).zip(first.into_iter().chain(lines)) {
            chunk.summary.lines += 1;
            if !work(number, line, &mut chunk.output) {
                chunk.summary.failed += 1;
                if options.fail_fast {
                    break;
                }
            }
        }
        let _ = to_writer.send(Done::Chunk(chunk));
    }
}

/// The lines without their ends.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, behind) = rest.split_at(end);
        rest = behind.get(1..).unwrap_or_default();
        Some(line)
    })
}

fn write(
    output: &mut impl Write,
    fail_fast: bool,
    done: &Receiver<Done>,
    to_reader: &Sender<Chunk>,
    progress: &mut impl FnMut(Summary, u64),
) -> Result<Summary> {
    let mut waiting = BTreeMap::new();
    let mut total = Summary::default();
    let (mut next, mut bytes) = (0, 0);
    let mut end = None;
    while end != Some(next) {
        match done.recv() {
            Ok(Done::Chunk(chunk)) => {
                waiting.insert(chunk.number, chunk);
            }
            Ok(Done::End(count)) => end = Some(count),
            Ok(Done::Failed(error)) => return Err(plain(&error).into()),
            Err(_) => return Err(Complaint::failed("a worker of the stream is gone").into()),
        }
        while let Some(mut chunk) = waiting.remove(&next) {
            output.write_all(&chunk.output)?;
            output.flush()?;
            next += 1;
            bytes += chunk.bytes;
            total.lines += chunk.summary.lines;
            total.failed += chunk.summary.failed;
            progress(total, bytes);
            if fail_fast && total.failed > 0 {
                return Ok(total);
            }
            chunk.output.clear();
            let _ = to_reader.send(chunk);
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the input in pieces of a few bytes.
    struct Dribble(std::io::Cursor<Vec<u8>>, usize);

    impl Read for Dribble {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let len = buffer.len().min(self.1);
            self.0.read(&mut buffer[..len])
        }
    }

    fn echo(input: &[u8], piece: usize, max_line: usize) -> (String, Summary) {
        let mut output = Vec::new();
        let input = Dribble(std::io::Cursor::new(input.to_vec()), piece);
        let options = Options {
            jobs: 3,
            max_line,
            fail_fast: false,
        };
        let work = |number: u64, line: Line, out: &mut Vec<u8>| {
            let text = match line {
                Line::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Line::TooLong => "TOO LONG".into(),
            };
            out.extend_from_slice(format!("{number}:{text}\n").as_bytes());
            line != Line::TooLong
        };
        let summary = run(input, &mut output, options, || work, |_, _| {}).unwrap();
        (String::from_utf8(output).unwrap(), summary)
    }

    #[test]
    fn answers_stand_in_the_order_of_the_lines_however_the_input_arrives() {
        let input: String = (1..=5000)
            .map(|n| format!("{}\n", "x".repeat(n % 50)))
            .collect();
        let expected: String = (1..=5000)
            .map(|n| format!("{n}:{}\n", "x".repeat(n % 50)))
            .collect();
        for piece in [1, 7, 4096, 1 << 20] {
            let (output, summary) = echo(input.as_bytes(), piece, 100);
            assert_eq!(output, expected);
            assert_eq!(
                summary,
                Summary {
                    lines: 5000,
                    failed: 0
                }
            );
        }
    }

    #[test]
    fn a_last_line_without_end_counts_and_an_empty_input_has_no_line() {
        assert_eq!(echo(b"a\r\n\nb", 2, 100).0, "1:a\n2:\n3:b\n");
        assert_eq!(echo(b"", 2, 100).1.lines, 0);
    }

    #[test]
    fn a_line_over_the_limit_is_an_answer() {
        let long = "y".repeat(300);
        for piece in [1, 10, 1000] {
            for end in ["\n", ""] {
                let input = format!("a\n{long}\nb\n{long}{end}");
                let (output, summary) = echo(input.as_bytes(), piece, 20);
                assert_eq!(
                    output, "1:a\n2:TOO LONG\n3:b\n4:TOO LONG\n",
                    "{piece} {end:?}"
                );
                assert_eq!(summary.failed, 2);
            }
        }
    }

    #[test]
    fn the_first_failure_ends_a_run_that_is_to_fail_fast() {
        let mut output = Vec::new();
        let options = Options {
            jobs: 2,
            max_line: 10,
            fail_fast: true,
        };
        let input = std::io::Cursor::new(b"1\n2\n3\n".repeat(100_000));
        let work = |number: u64, _: Line, out: &mut Vec<u8>| {
            out.extend_from_slice(b"x\n");
            number != 5
        };
        let summary = run(input, &mut output, options, || work, |_, _| {}).unwrap();
        assert_eq!((summary.lines, summary.failed, output.len()), (5, 1, 10));
    }

    #[test]
    fn a_closed_output_ends_the_run_though_the_input_goes_on() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let options = Options {
            jobs: 2,
            max_line: 10,
            fail_fast: false,
        };
        let work = |_: u64, _: Line, out: &mut Vec<u8>| out.write_all(b"x\n").is_ok();
        let error = run(
            std::io::repeat(b'\n'),
            &mut Closed,
            options,
            || work,
            |_, _| {},
        )
        .unwrap_err();
        assert!(crate::exit::complaint(&error).is_none());
    }
}
