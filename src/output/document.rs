//! A document to share, as Markdown or as HTML. Every text from an input is escaped.

use std::fmt::Write as _;

use crate::output::console::printable;

/// A document: blocks from top to bottom.
#[derive(Debug, Default)]
pub struct Document {
    blocks: Vec<Block>,
}

/// A part of a document. The texts are not escaped yet.
#[derive(Debug)]
enum Block {
    /// A heading of level 1 to 3.
    Heading(usize, String),
    Paragraph(Vec<Span>),
    /// Rows of cells. The first row is the header.
    Table(Vec<Vec<Span>>),
    /// Text in a fixed font.
    Code(String),
}

/// A piece of text.
#[derive(Debug, Clone)]
pub enum Span {
    /// Ordinary text.
    Text(String),
    /// Emphasized text; the class is for the style sheet.
    Strong(&'static str, String),
    /// Text of an input, in a fixed font.
    Code(String),
    /// A link. The address must not come from an input.
    Link(String, String),
}

impl Document {
    /// Adds a heading of level 1 to 3.
    pub fn add_heading(&mut self, level: usize, text: impl Into<String>) {
        self.blocks.push(Block::Heading(level, text.into()));
    }

    /// Adds a paragraph.
    pub fn add_paragraph(&mut self, spans: Vec<Span>) {
        self.blocks.push(Block::Paragraph(spans));
    }

    /// Adds a table; the first row is the header.
    pub fn add_table(&mut self, rows: Vec<Vec<Span>>) {
        self.blocks.push(Block::Table(rows));
    }

    /// Adds text in a fixed font.
    pub fn add_code(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Code(text.into()));
    }

    /// Renders Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            match block {
                Block::Heading(level, heading) => {
                    let marks = "#".repeat(*level);
                    let _ = writeln!(text, "{marks} {}\n", markdown_text(heading));
                }
                Block::Paragraph(spans) => {
                    let _ = writeln!(text, "{}\n", markdown_spans(spans));
                }
                Block::Table(rows) => {
                    for (index, row) in rows.iter().enumerate() {
                        let cells = row.iter().map(|cell| {
                            let cell = markdown_spans(std::slice::from_ref(cell));
                            cell.replace('|', "\\|")
                        });
                        let cells: Vec<String> = cells.collect();
                        let _ = writeln!(text, "| {} |", cells.join(" | "));
                        if index == 0 {
                            let _ = writeln!(text, "|{}", " --- |".repeat(row.len()));
                        }
                    }
                    text.push('\n');
                }
                Block::Code(code) => {
                    let code = escape_lines(code);
                    let fence = "`".repeat(longest_run(&code, '`').max(2) + 1);
                    let _ = writeln!(text, "{fence}\n{}\n{fence}\n", code.trim_end());
                }
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// Renders one HTML file without scripts and without references to other files.
    pub fn to_html(&self) -> String {
        let title = self.blocks.iter().find_map(|block| match block {
            Block::Heading(1, text) => Some(html_text(text)),
            _ => None,
        });
        let mut text = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n",
            title.unwrap_or_default()
        );
        for block in &self.blocks {
            let _ = match block {
                Block::Heading(level, heading) => {
                    writeln!(text, "<h{level}>{}</h{level}>", html_text(heading))
                }
                Block::Paragraph(spans) => writeln!(text, "<p>{}</p>", html_spans(spans)),
                Block::Table(rows) => {
                    let mut table = String::new();
                    for (index, row) in rows.iter().enumerate() {
                        let tag = if index == 0 { "th" } else { "td" };
                        let cells = row.iter().map(|cell| {
                            let cell = html_spans(std::slice::from_ref(cell));
                            format!("<{tag}>{cell}</{tag}>")
                        });
                        let _ = writeln!(table, "<tr>{}</tr>", cells.collect::<String>());
                    }
                    writeln!(text, "<div class=\"table\"><table>\n{table}</table></div>")
                }
                Block::Code(code) => {
                    let code = escape_lines(code);
                    writeln!(text, "<pre>{}</pre>", html_escape(code.trim_end()))
                }
            };
        }
        text.push_str("</main>\n</body>\n</html>\n");
        text
    }
}

/// The style sheet, for light and dark.
const STYLE: &str = "
:root { color-scheme: light dark; --text: #1a1c1f; --dim: #5a6068; --back: #ffffff; --panel: #f3f4f6; --line: #d5d8dd;
  --critical: #8f1239; --high: #b3261e; --medium: #8a5200; --low: #45556c; --good: #1b6b3a; --link: #1d4ed8; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --dim: #a0a7b1; --back: #15171a; --panel: #1f2226; --line: #363b42;
  --critical: #ff8fab; --high: #ff8a80; --medium: #ffb95e; --low: #b4c2d6; --good: #7ddc9c; --link: #8ab4ff; } }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; } p { margin: .35rem 0; overflow-wrap: anywhere; }
a { color: var(--link); } code, pre { font-family: ui-monospace, monospace; font-size: .875rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto; }
code { overflow-wrap: anywhere; } .table { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-size: .94rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 600; }
.critical { color: var(--critical); } .high, .bad { color: var(--high); } .medium, .warn { color: var(--medium); }
.low, .info { color: var(--low); } .good { color: var(--good); }
@media print { main { max-width: none; padding: 0; } }
";

/// Returns the text with every unprintable character escaped except line breaks.
fn escape_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

fn longest_run(text: &str, c: char) -> usize {
    let runs = text.split(|other| other != c).map(str::len);
    runs.max().unwrap_or_default()
}

fn markdown_spans(spans: &[Span]) -> String {
    let span = |span: &Span| match span {
        Span::Text(text) => markdown_text(text),
        Span::Strong(_, text) => format!("**{}**", markdown_text(text)),
        Span::Code(text) => {
            let text = printable(text);
            let fence = "`".repeat(longest_run(&text, '`') + 1);
            let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
                " "
            } else {
                ""
            };
            format!("{fence}{pad}{text}{pad}{fence}")
        }
        Span::Link(text, url) => format!("[{}]({url})", markdown_text(text)),
    };
    spans.iter().map(span).collect()
}

/// Escapes Markdown markup and everything that begins an automatic link.
fn markdown_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in printable(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    // GitHub makes links of bare addresses.
    escaped.replace("://", "&#58;//").replace("www.", "www&#46;")
}

fn html_spans(spans: &[Span]) -> String {
    let span = |span: &Span| match span {
        Span::Text(text) => html_text(text),
        Span::Strong(class, text) => {
            format!("<strong class=\"{class}\">{}</strong>", html_text(text))
        }
        Span::Code(text) => format!("<code>{}</code>", html_text(text)),
        Span::Link(text, url) => {
            format!("<a href=\"{}\">{}</a>", html_text(url), html_text(text))
        }
    };
    spans.iter().map(span).collect()
}

fn html_text(text: &str) -> String {
    html_escape(&printable(text))
}

fn html_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns a reference with links to the RFCs and CVEs that it names. The reference must not come from an input.
pub fn reference_spans(reference: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (index, part) in reference.split("; ").enumerate() {
        if index > 0 {
            spans.push(Span::Text("; ".into()));
        }
        let rfc = part.strip_prefix("RFC ").and_then(|rest| {
            let number = rest.split(' ').next()?;
            number.parse::<u32>().ok()?;
            let section = rest.split_once("section ").map(|(_, section)| section);
            let anchor = section.map_or(String::new(), |section| format!("#section-{section}"));
            Some(format!(
                "https://www.rfc-editor.org/rfc/rfc{number}{anchor}"
            ))
        });
        let cve = || {
            let is_cve = part.starts_with("CVE-") && !part.contains(' ');
            is_cve.then(|| format!("https://www.cve.org/CVERecord?id={part}"))
        };
        spans.push(match rfc.or_else(cve) {
            Some(url) => Span::Link(part.into(), url),
            None => Span::Text(part.into()),
        });
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "<script>alert(1)</script> ``` | [a](javascript:b) ![x](y) https://evil.example \u{1b}[2J\u{202e} \" '";

    fn sample_document() -> Document {
        let mut document = Document::default();
        document.add_heading(1, HOSTILE);
        document.add_paragraph(vec![
            Span::Text(HOSTILE.into()),
            Span::Strong("bad", HOSTILE.into()),
            Span::Code(HOSTILE.into()),
        ]);
        document.add_table(vec![
            vec![Span::Text("a".into())],
            vec![Span::Code(HOSTILE.into())],
        ]);
        document.add_code(HOSTILE);
        document
    }

    #[test]
    fn hostile_text_is_escaped_in_html() {
        let html = sample_document().to_html();
        for bad in ["<script", "\u{1b}", "\u{202e}", "href", "src="] {
            assert!(!html.contains(bad), "{bad}");
        }
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn hostile_text_is_escaped_in_markdown() {
        let markdown = sample_document().to_markdown();
        assert!(!markdown.contains('\u{1b}') && !markdown.contains('\u{202e}'));
        for line in markdown.lines() {
            // What is left of it is inside a code span or block.
            let outside: String = line.split("````").step_by(2).collect();
            if !line.starts_with('<') {
                assert!(!outside.contains("<script"), "{line}");
                // An escaped bracket begins and ends no link.
                let unescaped = outside.replace("\\[", "").replace("\\]", "");
                assert!(!unescaped.contains(['[', ']']), "{line}");
            }
        }
    }

    #[test]
    fn references_link_to_rfcs_and_cves() {
        let mut document = Document::default();
        document.add_paragraph(reference_spans(
            "RFC 8725 section 3.2; CVE-2022-21449; practice",
        ));
        let expected = "[RFC 8725 section 3.2](https://www.rfc-editor.org/rfc/rfc8725#section-3.2); \
             [CVE-2022-21449](https://www.cve.org/CVERecord?id=CVE-2022-21449); practice\n";
        assert_eq!(document.to_markdown(), expected);
    }
}
