//! How far a long run is: a line on the terminal with the rate, and the time left where the end is known.
//!
//! It is drawn without a crate, because those need `pow` of libm, and to load that library takes a twelfth of every start.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::source::Stream;
use super::stream::Summary;
use crate::crypto::error::Span;
use crate::output::styled_text::WIDTH;

/// How often the line is redrawn, also while the input waits.
const REDRAW: Duration = Duration::from_millis(100);
/// Moves the cursor to the start of the line, and erases the line.
const ERASE: &str = "\r\x1b[K";

/// The line on the terminal; gone when dropped.
pub struct Progress(Option<(Arc<State>, JoinHandle<()>)>);

/// What the thread that draws shares with the run.
#[derive(Default)]
struct State {
    len: Option<u64>,
    bytes: AtomicU64,
    lines: AtomicU64,
    failed: AtomicU64,
    is_over: AtomicBool,
}

impl Progress {
    /// A line for so many bytes of input, if that is known; nothing unless `shown`.
    pub fn new(len: Option<u64>, shown: bool) -> Progress {
        Progress(shown.then(|| {
            let state = Arc::new(State {
                len,
                ..State::default()
            });
            let drawn = Arc::clone(&state);
            (state, thread::spawn(move || drawn.draw()))
        }))
    }

    /// So much is done, for so many bytes of the input.
    pub fn at(&self, done: Summary, bytes: u64) {
        if let Some((state, _)) = &self.0 {
            state.lines.store(done.lines, Ordering::Relaxed);
            state.failed.store(done.failed, Ordering::Relaxed);
            state.bytes.store(bytes, Ordering::Relaxed);
        }
    }

    /// Shows how much of a stream has been read.
    pub fn watch(&self, stream: Stream) -> Stream {
        match &self.0 {
            None => stream,
            Some((state, _)) => Stream {
                reader: Box::new(Watched(stream.reader, Arc::clone(state))),
                ..stream
            },
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((state, drawer)) = self.0.take() {
            state.is_over.store(true, Ordering::Relaxed);
            drawer.thread().unpark();
            // A drawer that panicked has nothing to erase.
            let _ = drawer.join();
        }
    }
}

struct Watched(Box<dyn Read + Send>, Arc<State>);

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl State {
    /// Redraws the line until the run is over, and erases it.
    fn draw(&self) {
        let begin = Instant::now();
        while !self.is_over.load(Ordering::Relaxed) {
            let size = terminal_size::terminal_size_of(std::io::stderr());
            let width = size.map_or(WIDTH, |(width, _)| usize::from(width.0));
            let mut text = self.text(begin.elapsed());
            // In the last column some terminals move the cursor to the next line.
            text.truncate(width.saturating_sub(1));
            print(&format!("{ERASE}{text}"));
            thread::park_timeout(REDRAW);
        }
        print(ERASE);
    }

    /// The line, in ASCII.
    fn text(&self, elapsed: Duration) -> String {
        let [bytes, lines, failed] =
            [&self.bytes, &self.lines, &self.failed].map(|count| count.load(Ordering::Relaxed));
        let seconds = elapsed.as_secs_f64().max(0.001);
        let (byte_rate, line_rate) = (bytes as f64 / seconds, lines as f64 / seconds);
        let known = self.len.filter(|len| *len > 0);
        let mut text = known.map_or(String::new(), |len| {
            format!("{} %  ", bytes.min(len) * 100 / len)
        });
        text += &format!("{}  {}/s", mebibytes(bytes as f64), mebibytes(byte_rate));
        if lines > 0 {
            let (lines, rate) = (grouped(lines), grouped(line_rate as u64));
            text += &format!("  {lines} lines, {rate} a second");
        }
        if failed > 0 {
            text += &format!(", {} failed", grouped(failed));
        }
        if let Some(len) = known
            && bytes > 0
        {
            let left = len.saturating_sub(bytes) as f64 / byte_rate;
            text += &format!("  {} left", Span(left as u64));
        }
        text
    }
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / 1024.0 / 1024.0)
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string().into_bytes();
    let groups: Vec<_> = digits
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy)
        .collect();
    groups.join(",")
}

fn print(text: &str) {
    // A terminal that has gone away is noticed where the result is written.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_has_the_rate_and_the_time_left() {
        let state = State {
            len: Some(4 << 20),
            bytes: AtomicU64::new(1 << 20),
            lines: AtomicU64::new(600),
            ..State::default()
        };
        let text = state.text(Duration::from_secs(60));
        assert_eq!(
            text,
            "25 %  1.0 MiB  0.0 MiB/s  600 lines, 10 a second  3 minutes left"
        );
    }

    #[test]
    fn input_of_unknown_length_has_no_time_left() {
        let state = State {
            bytes: AtomicU64::new(3 << 20),
            lines: AtomicU64::new(10),
            failed: AtomicU64::new(2),
            ..State::default()
        };
        let text = state.text(Duration::from_secs(2));
        assert_eq!(text, "3.0 MiB  1.5 MiB/s  10 lines, 5 a second, 2 failed");
    }

    #[test]
    fn digits_are_in_groups_of_three() {
        let texts = [0, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn empty_input_is_not_divided_by() {
        let state = State {
            len: Some(0),
            ..State::default()
        };
        assert_eq!(state.text(Duration::ZERO), "0.0 MiB  0.0 MiB/s");
    }
}
