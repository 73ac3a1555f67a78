//! Prints results to stdout and messages to stderr. No other module prints. Unprintable characters are escaped.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};

use colored::{ColoredString, Colorize};
use serde::Serialize;
use serde_json::Value;
use terminal_size::{Height, Width, terminal_size_of};

use crate::crypto::Code;
use crate::inspection::unprintable::is_unprintable;
use crate::io::progress::Progress;
use crate::io::source::io_error;
use crate::io::stream::Summary;
use crate::output::exit::{CliError, exit_code};
use crate::output::pretty_json::format_json;
use crate::output::reports::{
    ErrorMembers, ErrorReport, SummaryMembers, SummaryReport, describe_failure, report_line,
};
use crate::output::styled_text::{StyledText, WIDTH};

/// When to color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Prints all output of the program.
#[derive(Debug, Clone)]
pub struct Console {
    /// Whether the result is one JSON object.
    pub json: bool,
    /// Whether notes and warnings are omitted.
    pub quiet: bool,
    /// Whether text on stdout is colored.
    color: bool,
}

impl Console {
    /// Returns a console with these settings.
    #[expect(clippy::disallowed_methods, reason = "colors depend on NO_COLOR")]
    pub fn new(json: bool, quiet: bool, color: ColorChoice) -> Console {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        // The console of Windows 10 interprets escape sequences only in this mode.
        #[cfg(windows)]
        let _ = colored::control::set_virtual_terminal(true);
        colored::control::set_override(match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !no_color && std::io::stderr().is_terminal(),
        });
        Console {
            json,
            quiet,
            color: match color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => !no_color && std::io::stdout().is_terminal(),
            },
        }
    }

    /// Whether stdout is a terminal.
    pub fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Writes the result to stdout unchanged.
    pub fn write_bytes(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        written.map_err(|error| {
            let plain = std::io::Error::new(error.kind(), io_error(&error).message);
            anyhow::Error::from(plain).context("stdout")
        })
    }

    /// Returns stdout, for a result that the caller writes in blocks.
    pub fn stdout(&self) -> impl Write {
        std::io::stdout().lock()
    }

    /// Prints the result as a line of text. Unprintable characters are escaped.
    pub fn write_line(&self, text: &str) -> anyhow::Result<()> {
        self.write_bytes(format!("{}\n", printable(text)).as_bytes())
    }

    /// Prints a report as one line of JSON that begins with `"v":1`. On a terminal it is indented.
    ///
    /// # Errors
    /// If writing to stdout fails.
    pub fn write_report(&self, report: &impl Serialize) -> anyhow::Result<()> {
        let line = report_line(report);
        self.write_bytes(self.json_page(&line).as_bytes())
    }

    /// Prints a report as one line of JSON to stderr, for a command whose result goes to stdout.
    ///
    /// # Errors
    /// None: a failed write to stderr cannot be reported.
    pub fn report_to_stderr(&self, report: &impl Serialize) -> anyhow::Result<()> {
        self.write_stderr(report_line(report).trim_end());
        Ok(())
    }

    /// Returns a line of JSON in the form for stdout: indented and colored on a terminal, else unchanged.
    pub fn json_page<'t>(&self, line: &'t str) -> Cow<'t, str> {
        let value = self.is_terminal().then(|| serde_json::from_str::<Value>(line));
        match value {
            Some(Ok(value)) => format_json(&value, self.width(), self.color).into(),
            _ => line.into(),
        }
    }

    /// Returns the width of the terminal on stdout, in columns; 80 if stdout is not a terminal.
    pub fn width(&self) -> usize {
        width_of(terminal_size_of(std::io::stdout()))
    }

    /// Whether explanations are printed to stderr: it is a terminal, and neither --json nor --quiet is given.
    pub fn explains_rejections(&self) -> bool {
        !self.json && !self.quiet && std::io::stderr().is_terminal()
    }

    /// Prints a page of text to stderr.
    pub fn write_explanation(&self, page: &StyledText) {
        let color = colored::control::SHOULD_COLORIZE.should_colorize();
        let width = width_of(terminal_size_of(std::io::stderr()));
        self.write_stderr(page.render(color, width).trim_end());
    }

    /// Renders a page of text for stdout. Unprintable characters are escaped.
    pub fn render_text(&self, page: &StyledText) -> String {
        page.render(self.color, self.width())
    }

    /// Prints a note to stderr, unless --quiet is given.
    pub fn print_note(&self, text: &str) {
        if !self.quiet {
            self.print_labeled("note".cyan(), text);
        }
    }

    /// Prints a help text to stderr, for a command line without a command.
    pub fn print_hint(&self, text: &str) {
        self.write_stderr(text.trim_end());
    }

    /// Prints which input the program waits for on the terminal.
    pub fn print_prompt(&self, text: &str) {
        if !self.quiet && !self.json {
            self.write_stderr(&format!("jotsmith: {}", printable(text)));
        }
    }

    /// Runs `read`, and prints a note if it takes more than a second.
    pub fn while_waiting<T>(&self, text: &str, read: impl FnOnce() -> T) -> T {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);
        std::thread::scope(|scope| {
            let (done, is_done) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || {
                if is_done.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                {
                    self.print_note(text);
                }
            });
            let result = read();
            drop(done);
            result
        })
    }

    /// Prints a warning to stderr, unless --quiet is given.
    pub fn print_warning(&self, text: &str) {
        if !self.quiet {
            self.print_labeled("warning".magenta(), text);
        }
    }

    /// Prints to stderr why the command failed, and returns the exit code.
    pub fn report_error(&self, cli_error: &CliError) -> u8 {
        if self.json {
            let error = ErrorMembers::new(cli_error);
            self.write_stderr(report_line(&ErrorReport { error }).trim_end());
        } else {
            match &*cli_error.failures {
                [] | [_] => self.print_labeled("error".red(), &cli_error.message),
                several => {
                    for failure in several {
                        self.print_labeled("error".red(), &describe_failure(failure));
                    }
                }
            }
            if let Some(hint) = &cli_error.hint {
                self.print_labeled("hint".green(), hint);
            }
        }
        exit_code(cli_error.code)
    }

    /// Prints to stderr that a signal ended a run.
    pub fn report_interrupted(lines: u64) {
        // When stderr is closed there is nowhere left to say so.
        let _ = writeln!(
            std::io::stderr().lock(),
            "\njotsmith: interrupted after {lines} lines"
        );
    }

    /// Returns the exit code of a requested check that found a problem.
    pub fn refusal_exit_code(&self) -> u8 {
        exit_code(Code::Refused)
    }

    /// Prints the counts of a `--lines` run.
    pub fn print_summary(&self, summary: Summary) {
        let Summary { lines, failed } = summary;
        if self.json {
            let ok = lines - failed;
            let summary = SummaryMembers { lines, ok, failed };
            self.write_stderr(report_line(&SummaryReport { summary }).trim_end());
        } else {
            let plural = if lines == 1 { "" } else { "s" };
            self.print_note(&format!("{lines} line{plural}, {failed} failed"));
        }
    }

    /// Returns the progress line of a long run. It is shown if stderr is a terminal and the result does not go to a terminal.
    pub fn start_progress(&self, len: Option<u64>, to_file: bool) -> Progress {
        let shown = !self.quiet && !self.json && (to_file || !self.is_terminal());
        Progress::new(len, shown && std::io::stderr().is_terminal())
    }

    /// Prints a prompt without a line break: the answer is typed on the same line.
    pub fn print_question(&self, label: &str) {
        // If the prompt cannot be printed, reading the answer fails and reports it.
        let _ = write!(std::io::stderr().lock(), "{}", printable(label));
    }

    fn print_labeled(&self, kind: ColoredString, text: &str) {
        self.write_stderr(&format!("jotsmith: {kind}: {}", printable(text)));
    }

    fn write_stderr(&self, line: &str) {
        // When stderr is closed there is nowhere left to say so.
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

/// Returns the width of a terminal of this size, in columns; 80 if it is unknown.
fn width_of(size: Option<(Width, Height)>) -> usize {
    // A terminal without a size, such as a serial line, reports 0 columns.
    let width = size.map(|(width, _)| usize::from(width.0));
    width.filter(|width| *width > 0).unwrap_or(WIDTH)
}

/// Returns the text with every unprintable character escaped as `\u{..}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unprintable(c) {
            safe.extend(c.escape_unicode())
        } else {
            safe.push(c)
        }
    }
    safe.into()
}

/// Returns the JSON text with every unprintable character escaped as `\uXXXX`. Its value does not change: outside of strings
/// only white space is unprintable, and it is kept.
pub fn json_text(text: &str) -> Cow<'_, str> {
    let kept = |c: char| matches!(c, '\n' | '\r' | '\t');
    if !text.contains(|c| is_unprintable(c) && !kept(c)) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unprintable(c) && !kept(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    safe.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn terminal_escape_sequences_are_escaped() {
        assert_eq!(printable("a\u{1b}]52;c;x\u{7}b"), "a\\u{1b}]52;c;x\\u{7}b");
        assert_eq!(
            printable("\u{9b}31m\u{202e}\u{200d}\u{e0041}\r"),
            "\\u{9b}31m\\u{202e}\\u{200d}\\u{e0041}\\u{d}"
        );
        assert_eq!(printable("né 漢字 😀"), "né 漢字 😀");
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let value = json!({"a\u{202e}": "\u{9b}\u{e0041}é\u{7f}", "b": [1.5, "\u{1b}"]});
        let text = value.to_string();
        let safe = json_text(&text);
        assert!(!safe.contains(is_unprintable));
        assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), value);
    }
}
