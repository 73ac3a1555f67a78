//! The input of a stream, cut into chunks of whole lines.

use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::Summary;

/// The most bytes that one read asks for.
pub(super) const MAX_READ: usize = 128 * 1024;

/// Some whole lines on their way through the pipeline, and their answers.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) number: u64,
    pub(super) first_line: u64,
    /// Whether a line that was too long, and is not in `input`, comes before the others.
    pub(super) too_long_first: bool,
    pub(super) input: Vec<u8>,
    /// How many bytes of the stream the chunk covers.
    pub(super) bytes: u64,
    pub(super) output: Vec<u8>,
    pub(super) summary: Summary,
}

/// What cuts an input, and the beginning of the line that its last read ended in.
pub(super) struct LineChunker<R> {
    input: R,
    buffer: Vec<u8>,
    max_line: usize,
    rest: Vec<u8>,
    chunks: u64,
    next_line: u64,
}

impl<R: Read> LineChunker<R> {
    /// An input whose lines may be so many bytes long.
    pub(super) fn new(input: R, max_line: usize) -> LineChunker<R> {
        LineChunker {
            input,
            buffer: vec![0; MAX_READ],
            max_line,
            rest: Vec::new(),
            chunks: 0,
            next_line: 1,
        }
    }

    /// How many chunks were filled.
    pub(super) fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Fills the chunk with the next lines, by reads of this size, and numbers it. `false` at the end of the input.
    pub(super) fn fill(&mut self, chunk: &mut Chunk, read_size: usize) -> std::io::Result<bool> {
        let more = self.read_lines(chunk, read_size)?;
        chunk.number = self.chunks;
        chunk.first_line = self.next_line;
        let ends = memchr_iter(b'\n', &chunk.input).count() as u64;
        self.next_line += ends + u64::from(chunk.too_long_first);
        self.chunks += 1;
        Ok(more)
    }

    /// Whole lines, the rest of the last read first.
    fn read_lines(&mut self, chunk: &mut Chunk, read_size: usize) -> std::io::Result<bool> {
        let buffer = &mut self.buffer[..read_size.min(MAX_READ)];
        let input = &mut chunk.input;
        input.clear();
        input.append(&mut self.rest);
        chunk.too_long_first = false;
        chunk.bytes = 0;
        let mut skipping = false;
        loop {
            let old = input.len();
            let read = loop {
                match self.input.read(buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read?,
                }
            };
            input.extend_from_slice(&buffer[..read]);
            chunk.bytes += read as u64;
            let last_end = memrchr(b'\n', &input[old..]);
            if let Some(last_end) = last_end {
                self.rest.extend_from_slice(&input[old + last_end + 1..]);
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
