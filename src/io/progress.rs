//! The progress of a long run: a line on the terminal with the rate, and the remaining time if the length is known.

use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::source::Stream;
use super::stream::Summary;

const KNOWN: &str = "{wide_bar} {percent:>3} %  {msg}  {binary_bytes_per_sec}  {eta} left";
const OPEN: &str = "{spinner} {binary_bytes}  {msg}  {binary_bytes_per_sec}  {elapsed}";
/// The interval for redrawing the line. Without it, an update that follows another too soon would not be drawn while the input
/// is waiting.
const REDRAW: Duration = Duration::from_millis(100);

/// The line on the terminal. It is cleared when dropped.
pub struct Progress {
    bar: Option<ProgressBar>,
    begin: Instant,
}

impl Progress {
    /// Shows a line for `len` bytes of input, if the length is known. Does nothing unless `shown`.
    pub fn new(len: Option<u64>, shown: bool) -> Progress {
        Progress {
            bar: shown.then(|| {
                let bar = ProgressBar::with_draw_target(len, ProgressDrawTarget::stderr());
                let template = if len.is_some() { KNOWN } else { OPEN };
                let bar = match ProgressStyle::with_template(template) {
                    Ok(style) => bar.with_style(style),
                    Err(_) => bar,
                };
                bar.enable_steady_tick(REDRAW);
                bar
            }),
            begin: Instant::now(),
        }
    }

    /// Updates the line: `done` lines have been processed from `bytes` bytes of input.
    pub fn set_position(&self, done: Summary, bytes: u64) {
        let Some(bar) = &self.bar else { return };
        let seconds = self.begin.elapsed().as_secs_f64().max(0.001);
        let rate = HumanCount((done.lines as f64 / seconds) as u64);
        let failed = match done.failed {
            0 => String::new(),
            failed => format!(", {} failed", HumanCount(failed)),
        };
        bar.set_message(format!(
            "{} lines{failed}, {rate} a second",
            HumanCount(done.lines)
        ));
        bar.set_position(bytes);
    }

    /// Shows the progress of reading a stream.
    pub fn track_stream(&self, stream: Stream) -> Stream {
        match &self.bar {
            None => stream,
            Some(bar) => Stream {
                reader: Box::new(bar.wrap_read(stream.reader)),
                ..stream
            },
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
