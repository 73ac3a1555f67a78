//! How far a long run is: a line on the terminal with the rate, and the time left where the end is known.

use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::source::Stream;
use super::stream::Summary;

const KNOWN: &str = "{wide_bar} {percent:>3} %  {msg}  {binary_bytes_per_sec}  {eta} left";
const OPEN: &str = "{spinner} {binary_bytes}  {msg}  {binary_bytes_per_sec}  {elapsed}";
/// How often the line is redrawn. An update that follows another too soon is not drawn at once, and there may be no next one when the
/// input waits.
const REDRAW: Duration = Duration::from_millis(100);

/// The line on the terminal; gone when dropped.
pub struct Progress {
    bar: Option<ProgressBar>,
    begin: Instant,
}

impl Progress {
    /// A line for so many bytes of input, if that is known; nothing unless `shown`.
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

    /// So much is done, for so many bytes of the input.
    pub fn at(&self, done: Summary, bytes: u64) {
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

    /// Shows how much of a stream has been read.
    pub fn watch(&self, stream: Stream) -> Stream {
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
