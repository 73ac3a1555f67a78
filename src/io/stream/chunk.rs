//! Splits the input of a stream into chunks of complete lines.

use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::Summary;

/// The largest size of a read, in bytes.
pub(super) const MAX_READ: usize = 128 * 1024;

/// A number of complete lines in the pipeline, and their results.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) number: u64,
    pub(super) first_line: u64,
    /// Whether a line that was too long precedes the others. It is not in `input`.
    pub(super) too_long_first: bool,
    pub(super) input: Vec<u8>,
    /// The number of bytes of the stream in the chunk, including discarded ones.
    pub(super) bytes: u64,
    pub(super) output: Vec<u8>,
    pub(super) summary: Summary,
}

/// Splits an input. It keeps the start of an incomplete line after the last read.
pub(super) struct LineChunker<R> {
    input: R,
    buffer: Vec<u8>,
    max_line: usize,
    rest: Vec<u8>,
    chunks: u64,
    next_line: u64,
}

impl<R: Read> LineChunker<R> {
    /// Returns a chunker for an input whose lines may have at most `max_line` bytes.
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

    /// Returns the number of filled chunks.
    pub(super) fn chunk_count(&self) -> u64 {
        self.chunks
    }

    /// Fills the chunk with the next lines, with reads of this size, and sets its number. `false` at the end of the input.
    pub(super) fn fill_chunk(
        &mut self,
        chunk: &mut Chunk,
        read_size: usize,
    ) -> std::io::Result<bool> {
        let more = self.read_lines(chunk, read_size)?;
        chunk.number = self.chunks;
        chunk.first_line = self.next_line;
        let ends = memchr_iter(b'\n', &chunk.input).count() as u64;
        self.next_line += ends + u64::from(chunk.too_long_first);
        self.chunks += 1;
        Ok(more)
    }

    /// Reads complete lines, beginning with the rest of the last read.
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
