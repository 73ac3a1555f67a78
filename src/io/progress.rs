//! How far a long run is: a line on the terminal with the rate, and the time left where the end is known.
//!
//! The crate indicatif is not used: it needs `pow` of the C library's libm, which would be loaded at every start.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::source::Stream;
use super::stream::Summary;

/// How often the line is redrawn.
const REDRAW: Duration = Duration::from_millis(100);
/// The width of a terminal whose width is unknown.
const WIDTH: usize = 80;
/// The longest bar.
const MAX_BAR: usize = 40;

/// The line on the terminal; gone when dropped.
pub struct Progress {
    line: Option<Arc<Line>>,
    drawer: Option<JoinHandle<()>>,
}

impl Progress {
    /// A line for so many bytes of input, if that is known; nothing unless `shown`.
    pub fn new(len: Option<u64>, shown: bool) -> Progress {
        let line = shown.then(|| {
            Arc::new(Line {
                len,
                begin: Instant::now(),
                state: Mutex::default(),
                changed: Condvar::new(),
            })
        });
        let drawer = line.clone().map(|line| thread::spawn(move || line.draw()));
        Progress { line, drawer }
    }

    /// So much is done, for so many bytes of the input.
    pub fn at(&self, done: Summary, bytes: u64) {
        if let Some(line) = &self.line {
            let mut state = line.state();
            (state.done, state.bytes) = (done, bytes);
        }
    }

    /// Shows how much of a stream has been read.
    pub fn watch(&self, stream: Stream) -> Stream {
        match self.line.clone() {
            None => stream,
            Some(line) => {
                let inner = stream.reader;
                let reader = Box::new(Watched { inner, line });
                Stream { reader, ..stream }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.state().is_over = true;
            line.changed.notify_one();
        }
        // A drawer that panicked has nothing to erase.
        let _ = self.drawer.take().map(JoinHandle::join);
    }
}

struct Watched {
    inner: Box<dyn Read + Send>,
    line: Arc<Line>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.line.state().bytes += read as u64;
        Ok(read)
    }
}

/// What the thread that draws shares with the run.
struct Line {
    len: Option<u64>,
    begin: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    done: Summary,
    bytes: u64,
    is_over: bool,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Redraws the line until the run is over, and erases it.
    fn draw(&self) {
        let mut drawn = 0;
        let mut state = self.state();
        while !state.is_over {
            let waited = self.changed.wait_timeout(state, REDRAW);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.is_over {
                break;
            }
            let (done, bytes) = (state.done, state.bytes);
            drop(state);
            let text = text(self.len, done, bytes, self.begin.elapsed(), width());
            print(&format!("\r{text:drawn$}"));
            drawn = text.chars().count();
            state = self.state();
        }
        if drawn > 0 {
            print(&format!("\r{:drawn$}\r", ""));
        }
    }
}

fn print(text: &str) {
    // A terminal that has gone away is noticed where the result is written.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The widest text that does not move the cursor to the next line.
fn width() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    size.map_or(WIDTH, |(width, _)| usize::from(width.0))
        .saturating_sub(1)
}

/// The line, in at most `width` characters.
fn text(len: Option<u64>, done: Summary, bytes: u64, elapsed: Duration, width: usize) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let failed = match done.failed {
        0 => String::new(),
        failed => format!(", {} failed", grouped(failed)),
    };
    let line_rate = grouped((done.lines as f64 / seconds) as u64);
    let byte_rate = bytes as f64 / seconds;
    let facts = format!(
        "{} lines{failed}, {line_rate} a second  {}/s",
        grouped(done.lines),
        size(byte_rate as u64)
    );
    let text = match len.filter(|len| *len > 0) {
        None => format!("{}  {facts}  {}", size(bytes), duration(elapsed.as_secs())),
        Some(len) => {
            let part = (bytes as f64 / len as f64).min(1.0);
            let left = len.saturating_sub(bytes) as f64 / byte_rate.max(1.0);
            let text = format!(
                " {:>3} %  {facts}  {} left",
                (part * 100.0) as u64,
                duration(left as u64)
            );
            let bar = width.saturating_sub(text.len()).min(MAX_BAR);
            let full = (part * bar as f64) as usize;
            format!("{:░<bar$}{text}", "█".repeat(full))
        }
    };
    text.chars().take(width).collect()
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            let decimals = if unit == "B" { 0 } else { 2 };
            return format!("{size:.decimals$} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.2} TiB")
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: Summary = Summary {
        lines: 1_234_567,
        failed: 0,
    };

    #[test]
    fn known_length_shows_a_bar_and_the_time_left() {
        let text = text(Some(4 << 20), DONE, 1 << 20, Duration::from_secs(60), 100);
        assert_eq!(
            text,
            format!(
                "{}{}  25 %  1,234,567 lines, 20,576 a second  17.07 KiB/s  3 min 0 s left",
                "█".repeat(7),
                "░".repeat(24)
            )
        );
    }

    #[test]
    fn unknown_length_shows_the_time_so_far() {
        let done = Summary {
            lines: 10,
            failed: 2,
        };
        assert_eq!(
            text(None, done, 500, Duration::from_secs(2), 100),
            "500 B  10 lines, 2 failed, 5 a second  250 B/s  2 s"
        );
    }

    #[test]
    fn narrow_terminal_cuts_the_line() {
        for width in 0..100 {
            let text = text(Some(1), DONE, 1, Duration::ZERO, width);
            assert!(text.chars().count() <= width);
        }
    }

    #[test]
    fn numbers_and_times_are_written_for_people() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(grouped(number), text);
        }
        for (bytes, text) in [
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (u64::MAX, "16777216.00 TiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        for (seconds, text) in [(59, "59 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")] {
            assert_eq!(duration(seconds), text);
        }
    }
}
