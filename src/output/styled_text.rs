//! A page of text: lines of styled pieces, wrapped at the width of the terminal, or at 80 columns in a pipe or file.

use crate::output::console::printable;

/// The width of text that does not go to a terminal, in columns.
pub const WIDTH: usize = 80;

/// How a piece of text looks. Color is never the only carrier of a meaning.
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
            style => format!("{}{text}\u{1b}[0m", style.ansi_code()),
        }
    }

    const fn ansi_code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Strong => "\u{1b}[1m",
            Style::Dim => "\u{1b}[2m",
            Style::Good => "\u{1b}[32m",
            // Yellow is not readable on white.
            Style::Warn => "\u{1b}[1;35m",
            Style::Bad => "\u{1b}[1;31m",
        }
    }
}

/// Lines of pieces, each in a style. They are not escaped or wrapped before they are rendered.
#[derive(Debug, Default)]
pub struct StyledText {
    lines: Vec<Line>,
}

/// Pieces of a line, each in a style.
type Pieces = Vec<(Style, String)>;

/// A block of text that is rendered as one or more lines.
#[derive(Debug)]
enum Line {
    /// One line that is not wrapped.
    Fixed(Pieces),
    /// Wrapped prose. `first` precedes its first line, and the other lines are indented by its width.
    Prose {
        first: Pieces,
        style: Style,
        text: String,
    },
    /// A value and its meaning, which is in a column after the value, directly after the value, or below.
    Explained {
        label: String,
        value: String,
        meaning: String,
        column: usize,
    },
}

impl StyledText {
    /// Adds a line of these pieces.
    pub fn add_line<T: Into<String>>(&mut self, pieces: impl IntoIterator<Item = (Style, T)>) {
        let pieces = pieces.into_iter().map(|(style, text)| (style, text.into()));
        self.lines.push(Line::Fixed(pieces.collect()));
    }

    /// Adds a line in one style.
    pub fn add_plain(&mut self, style: Style, text: impl Into<String>) {
        self.add_line([(style, text)]);
    }

    /// Adds an empty line and a heading.
    pub fn add_heading(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Fixed(Vec::new()));
        self.add_plain(Style::Strong, text);
    }

    /// Adds wrapped prose. `first` precedes its first line, and the other lines are indented by its width.
    pub fn add_prose(&mut self, first: &[(Style, &str)], style: Style, text: &str) {
        let first = first.iter();
        self.lines.push(Line::Prose {
            first: first.map(|(style, text)| (*style, (*text).to_owned())).collect(),
            style,
            text: text.to_owned(),
        });
    }

    /// Adds a label, a value and its meaning. The meaning begins `column` + 2 characters after the label if it fits there, else
    /// directly after the value, else on the next line.
    pub fn add_explained(&mut self, label: String, value: String, meaning: String, column: usize) {
        self.lines.push(Line::Explained {
            label,
            value,
            meaning,
            column,
        });
    }

    /// Renders the text at a width. Unprintable characters are escaped.
    pub fn render(&self, color: bool, width: usize) -> String {
        let mut text = String::new();
        for pieces in self.lines.iter().flat_map(|line| line.at_width(width)) {
            for (style, piece) in pieces {
                if color {
                    text += &style.paint(&printable(&piece));
                } else {
                    text += &printable(&piece);
                }
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }
}

fn width_of(text: &str) -> usize {
    text.chars().count()
}

impl Line {
    /// Returns the lines at this width.
    fn at_width(&self, width: usize) -> Vec<Pieces> {
        match self {
            Line::Fixed(pieces) => vec![pieces.clone()],
            Line::Prose { first, style, text } => wrap_text(first, *style, text, width),
            Line::Explained {
                label,
                value,
                meaning,
                column,
            } => {
                let taken = width_of(label) + width_of(value) + width_of(meaning);
                let pad = column.saturating_sub(width_of(value)) + 2;
                // The terminal wraps a value that does not fit on one line.
                let wraps = width_of(label) + width_of(value) > width;
                let fits = |pad: &usize| wraps || taken + pad <= width;
                let mut line = vec![(Style::Dim, label.clone()), (Style::Plain, value.clone())];
                if let Some(pad) = [pad, 2].into_iter().find(fits) {
                    line.push((Style::Dim, format!("{}{meaning}", " ".repeat(pad))));
                    return vec![line];
                }
                let indent = " ".repeat(width_of(label));
                let mut lines = vec![line];
                lines.extend(wrap_text(
                    &[(Style::Plain, indent)],
                    Style::Dim,
                    meaning,
                    width,
                ));
                lines
            }
        }
    }
}

fn wrap_text(first: &[(Style, String)], style: Style, text: &str, width: usize) -> Vec<Pieces> {
    let indent: usize = first.iter().map(|(_, text)| width_of(text)).sum();
    let (mut lines, mut line, mut rest) = (Vec::new(), first.to_vec(), String::new());
    for word in text.split(' ') {
        let needed = indent + width_of(&rest) + 1 + width_of(word);
        if !rest.is_empty() && needed > width {
            line.push((style, std::mem::take(&mut rest)));
            lines.push(std::mem::take(&mut line));
            line.push((Style::Plain, " ".repeat(indent)));
        } else if !rest.is_empty() {
            rest.push(' ');
        }
        rest.push_str(word);
    }
    line.push((style, rest));
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_indented_under_its_label_and_escaped() {
        let mut page = StyledText::default();
        page.add_prose(&[(Style::Bad, "high  ")], Style::Plain, &"word ".repeat(30));
        page.add_plain(Style::Plain, "\u{1b}[31mred\nline");
        page.add_explained("  a  ".into(), "1".into(), "meaning ".repeat(12), 3);
        let text = page.render(false, WIDTH);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.starts_with("high  word word") && text.contains("\n      word"));
        assert!(text.contains("\n\\u{1b}[31mred\\u{a}line\n  a  1\n     meaning"));
        let wide = page.render(false, 200);
        assert!(wide.starts_with(&format!("high  {}\n", "word ".repeat(30).trim_end())));
        assert!(wide.contains("\n  a  1    meaning meaning"), "{wide}");
        assert!(page.render(true, WIDTH).starts_with("\u{1b}[1;31mhigh  \u{1b}[0mword"));
    }
}
