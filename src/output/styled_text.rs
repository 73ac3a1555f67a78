//! A page of text for people: lines of styled pieces, wrapped at a fixed width so that a pipe gets what a terminal shows.

use crate::output::console::printable;

/// The width that prose is wrapped at.
pub const WIDTH: usize = 80;

/// How a piece of text looks. Color never carries a meaning alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Style {
    Plain,
    Strong,
    Dim,
    Good,
    Warn,
    Bad,
}

impl Style {
    /// Returns the text between the escape codes of this style.
    pub fn paint(self, text: &str) -> String {
        match self {
            Style::Plain => text.to_owned(),
            style => format!("{}{text}\u{1b}[0m", style.code()),
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Strong => "\u{1b}[1m",
            Style::Dim => "\u{1b}[2m",
            Style::Good => "\u{1b}[32m",
            // Yellow cannot be read on white.
            Style::Warn => "\u{1b}[1;35m",
            Style::Bad => "\u{1b}[1;31m",
        }
    }
}

/// Lines, each of pieces in a style; nothing is escaped yet.
#[derive(Debug, Default)]
pub struct StyledText {
    lines: Vec<Vec<(Style, String)>>,
}

impl StyledText {
    /// Adds a line of these pieces.
    pub fn line<T: Into<String>>(&mut self, pieces: impl IntoIterator<Item = (Style, T)>) {
        let pieces = pieces.into_iter().map(|(style, text)| (style, text.into()));
        self.lines.push(pieces.collect());
    }

    /// Adds a line in one style.
    pub fn plain(&mut self, style: Style, text: impl Into<String>) {
        self.line([(style, text)]);
    }

    /// Adds an empty line and a heading.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.lines.push(Vec::new());
        self.plain(Style::Strong, text);
    }

    /// Adds prose, wrapped; `first` stands before its first line, and the others are indented as far.
    pub fn prose(&mut self, first: &[(Style, &str)], style: Style, text: &str) {
        let indent: usize = first.iter().map(|(_, text)| text.chars().count()).sum();
        let mut line: Vec<(Style, String)> = (first.iter())
            .map(|(style, text)| (*style, (*text).to_owned()))
            .collect();
        let mut rest = String::new();
        for word in text.split(' ') {
            let width = indent + rest.chars().count() + 1 + word.chars().count();
            if !rest.is_empty() && width > WIDTH {
                line.push((style, std::mem::take(&mut rest)));
                self.lines.push(std::mem::take(&mut line));
                line.push((Style::Plain, " ".repeat(indent)));
            } else if !rest.is_empty() {
                rest.push(' ');
            }
            rest.push_str(word);
        }
        line.push((style, rest));
        self.lines.push(line);
    }

    /// The text, safe to print.
    pub fn render(&self, color: bool) -> String {
        let mut text = String::new();
        for line in &self.lines {
            for (style, piece) in line {
                if color {
                    text += &style.paint(&printable(piece));
                } else {
                    text += &printable(piece);
                }
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_wraps_behind_its_label_and_hostile_text_is_escaped() {
        let mut page = StyledText::default();
        page.prose(&[(Style::Bad, "high  ")], Style::Plain, &"word ".repeat(30));
        page.plain(Style::Plain, "\u{1b}[31mred\nline");
        let text = page.render(false);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.starts_with("high  word word") && text.contains("\n      word"));
        assert!(text.ends_with("\\u{1b}[31mred\\u{a}line\n"));
        assert!(
            page.render(true)
                .starts_with("\u{1b}[1;31mhigh  \u{1b}[0mword")
        );
    }
}
