//! The ordered parallel pipeline for `--lines`. It reads one item per line and writes one result per line, in order, and uses
//! all cores.
//!
//! A reader splits the available input into chunks of complete lines, workers process the chunks, and the thread of the caller
//! writes the results in order. A slow input is processed at once, because a chunk contains what a single read returned. A fast
//! input fills the chunks. The size of a chunk depends on the time that a worker needs for it, so that all workers have work
//! until the end. Memory is constant: a fixed number of chunks is reused, so that a slow consumer makes the reader wait.

mod chunk;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;
use memchr::memchr;

use super::source::io_error;
use crate::output::exit::CliError;

use chunk::{Chunk, LineChunker, MAX_READ};

/// The number of chunks for each worker.
const CHUNKS_PER_JOB: usize = 4;

/// The target time of a worker for a chunk. It is long compared to the cost of passing a chunk, and short compared to a run.
const CHUNK_TIME: Duration = Duration::from_millis(5);

/// The size of the first reads, and the smallest size. Signing that many bytes of short claims with RSA takes 10 ms.
const MIN_READ: usize = 1024;

/// A line of the input, without the line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes.
    Bytes(&'a [u8]),
    /// The line was longer than the limit and was discarded.
    TooLong,
}

/// The options of a run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The number of worker threads.
    pub jobs: usize,
    /// The longest line, in bytes.
    pub max_line: usize,
    /// Whether the first failed item ends the run.
    pub fail_fast: bool,
}

/// The summary of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of processed lines.
    pub lines: u64,
    /// The number of lines that failed.
    pub failed: u64,
}

enum Done {
    Chunk(Chunk),
    /// The input ended after this number of chunks.
    End(u64),
    Failed(std::io::Error),
}

/// Runs a worker on every line and writes the results in the order of the lines.
///
/// Each thread calls `worker` once. The returned function receives the number of the line, counted from 1, the line and the
/// output buffer, and returns whether the item succeeded. `progress` is called after each write with the summary and the number
/// of bytes of input so far.
///
/// # Errors
/// If reading or writing fails, also if the consumer has closed the pipe.
pub fn process_lines<W: FnMut(u64, Line, &mut Vec<u8>) -> bool>(
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
    let cutter = LineChunker::new(input, options.max_line);
    let (chunks, ends) = (to_workers.clone(), to_writer.clone());
    let read_size = Arc::new(AtomicUsize::new(MIN_READ));
    let size_of_reader = Arc::clone(&read_size);
    // The reader is not a scoped thread, so that the run ends when the output is closed, even if the reader still waits for
    // input.
    std::thread::spawn(move || read_chunks(cutter, &free, &chunks, &ends, &size_of_reader));
    let tasks = Mutex::new(tasks);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (tasks, worker, read_size) = (&tasks, &worker, &read_size);
            let to_writer = to_writer.clone();
            scope.spawn(move || process_chunk(tasks, &to_writer, options, read_size, worker()));
        }
        let result = write_chunks(output, options.fail_fast, &done, &to_reader, &mut progress);
        for _ in 0..jobs {
            let _ = to_workers.send(None);
        }
        result
    })
}

fn read_chunks(
    mut cutter: LineChunker<impl Read>,
    free: &Receiver<Chunk>,
    to_workers: &Sender<Option<Chunk>>,
    to_writer: &Sender<Done>,
    read_size: &AtomicUsize,
) {
    // Errors of `send` are ignored, because the receivers are only dropped when the run is over.
    while let Ok(mut chunk) = free.recv() {
        let more = match cutter.fill_chunk(&mut chunk, read_size.load(Ordering::Relaxed)) {
            Ok(more) => more,
            Err(error) => {
                let _ = to_writer.send(Done::Failed(error));
                return;
            }
        };
        let _ = to_workers.send(Some(chunk));
        if !more {
            let _ = to_writer.send(Done::End(cutter.chunk_count()));
            return;
        }
    }
}

fn process_chunk(
    tasks: &Mutex<Receiver<Option<Chunk>>>,
    to_writer: &Sender<Done>,
    options: Options,
    read_size: &AtomicUsize,
    mut work: impl FnMut(u64, Line, &mut Vec<u8>) -> bool,
) {
    loop {
        // A poisoned lock means that another worker panicked. The scope reports the panic.
        let Ok(task) = tasks.lock().map(|tasks| tasks.recv()) else {
            return;
        };
        let Ok(Some(mut chunk)) = task else { return };
        let begin = Instant::now();
        chunk.summary = Summary::default();
        let first = chunk.too_long_first.then_some(Line::TooLong);
        let lines = split_lines(&chunk.input).map(|line| {
            if line.len() > options.max_line {
                Line::TooLong
            } else {
                Line::Bytes(line.strip_suffix(b"\r").unwrap_or(line))
            }
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
        let next_size = next_read_size(chunk.input.len(), begin.elapsed());
        read_size.store(next_size, Ordering::Relaxed);
        let _ = to_writer.send(Done::Chunk(chunk));
    }
}

/// Returns the size of a chunk that takes `CHUNK_TIME`, calculated from the time for a chunk of this size.
fn next_read_size(size: usize, took: Duration) -> usize {
    let next = size as u128 * CHUNK_TIME.as_nanos() / took.as_nanos().max(1);
    usize::try_from(next).unwrap_or(MAX_READ).clamp(MIN_READ, MAX_READ)
}

/// Returns the lines without their line breaks.
fn split_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
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

fn write_chunks(
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
            Ok(Done::Failed(error)) => return Err(io_error(&error).into()),
            Err(_) => return Err(CliError::failed("a worker of the stream is gone").into()),
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
