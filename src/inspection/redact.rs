//! Replaces the parts of tokens and keys in a text that give access: signatures, ciphertexts, encrypted keys, disclosures,
//! and the private members of keys. All other text is unchanged.
//!
//! A compact token has the same characters in JSON, in a URL and in HTML, except for the dots and tildes, which can be
//! escaped there. Members of tokens and keys in JSON are found by their names, whose quotes can be escaped too. A token
//! that is broken over lines is found if nothing else is on these lines; see `Redactor::line_break_len`. The text is read
//! in pieces; memory does not depend on its length.

use std::cell::Cell;

use serde_json::Value;

use crate::crypto::key::PRIVATE_MEMBERS;
use crate::inspection::parse::{Document, tolerant_base64};

/// The replacement of removed text. Its characters are those of base64url, so that a redacted token can still be inspected.
pub const REDACTED: &str = "REDACTED";

/// The maximum length of a token header that is recognized, in bytes of its text.
const MAX_HEADER: usize = 96 * 1024;
/// The maximum distance between a private member of a key and its `kty`, in bytes.
const KEY_DISTANCE: usize = 64 * 1024;
/// How many bytes before and after a place are kept to recognize what is there.
const WINDOW: usize = 128 * 1024;

/// What was replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Compact tokens.
    pub tokens: u64,
    /// Members of keys and of tokens in JSON.
    pub members: u64,
    /// PEM blocks of private keys.
    pub pem_blocks: u64,
}

/// Redacts a text that arrives in pieces.
#[derive(Default)]
pub struct Redactor {
    /// The text, from up to `WINDOW` bytes before the first byte that is not decided yet.
    text: Vec<u8>,
    /// The first byte of `text` that is not decided yet.
    at: usize,
    /// The places of `kty` in `text`, in their order.
    key_types: Vec<usize>,
    /// No header that is broken over lines has a dot before this byte of `text`. The text is not searched twice.
    no_header_before: Cell<usize>,
    state: State,
    counts: Counts,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// A segment of a compact token.
    Segment(Segment),
    /// The text after a tilde: a disclosure or a key binding JWT. The width is that of a [`Segment`].
    AfterTilde(Option<Width>),
    /// A disclosure.
    Disclosure(Option<Width>),
    /// The value of a member, up to the quote that closes it.
    Value(Quote),
    /// The body of a PEM block.
    Pem,
}

/// The position of the redactor in a compact token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    /// The number of the segment, from 2.
    index: usize,
    is_encrypted: bool,
    /// Whether its replacement has been written.
    is_replaced: bool,
    /// The length of the segment up to here.
    len: usize,
    /// The length of the shortest signature of the algorithm.
    min_signature: usize,
    /// The width of the lines that the token is broken over.
    width: Option<Width>,
}

/// The length of a line, with its indentation and without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Width {
    with_indent: usize,
    content: usize,
}

impl Width {
    fn from_widths(indent: usize, content: usize) -> Width {
        Width {
            with_indent: indent + content,
            content,
        }
    }

    fn is_like(self, other: Width) -> bool {
        self.with_indent == other.with_indent || self.content == other.content
    }

    fn fits(self, other: Width) -> bool {
        self.with_indent <= other.with_indent || self.content <= other.content
    }
}

/// A quote around a value: its length with its escapes, and its last byte.
type Quote = (usize, u8);

/// The maximum length of a line of a token that is broken over lines, in bytes.
const MAX_LINE: usize = 4096;

impl Redactor {
    /// Adds a piece of the text, and appends the text that is decided to `out`.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.text.extend_from_slice(piece);
        let end = self.text.len().saturating_sub(WINDOW);
        self.advance(end, out);
    }

    /// Appends the rest of the text to `out`, and returns what was replaced.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Counts {
        let end = self.text.len();
        self.advance(end, out);
        self.counts
    }

    /// Decides the bytes up to `end`.
    fn advance(&mut self, end: usize, out: &mut Vec<u8>) {
        self.key_types = memchr::memmem::find_iter(&self.text, "kty").collect();
        while self.at < end {
            match self.state {
                State::Text => self.text_step(out),
                State::Segment(segment) => self.segment_step(segment, out),
                State::AfterTilde(width) => self.tilde_step(width, out),
                State::Disclosure(width) => self.disclosure_step(width, end, out),
                State::Value(quote) => self.value_step(quote, end),
                State::Pem => self.pem_step(end),
            }
        }
        let unused = self.at.saturating_sub(WINDOW);
        self.text.drain(..unused);
        self.at -= unused;
        let no_header_before = self.no_header_before.get().saturating_sub(unused);
        self.no_header_before.set(no_header_before);
    }

    fn copy_bytes(&mut self, count: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
    }

    fn text_step(&mut self, out: &mut Vec<u8>) {
        let rest = &self.text[self.at..];
        if let Some(label) = private_pem_label(rest) {
            self.copy_bytes(label, out);
            out.extend_from_slice(REDACTED.as_bytes());
            self.counts.pem_blocks += 1;
            self.state = State::Pem;
        } else if is_segment_byte(rest[0]) {
            // A run of characters without the start of a token is copied at once, up to a PEM label.
            let mut run = segment_len(rest);
            if let Some(label) = memchr::memmem::find(&rest[1..run], b"-----BEGIN") {
                run = 1 + label;
            }
            let is_line_end = matches!(rest.get(run), Some(b'=' | b'\r' | b'\n'));
            let is_cut_off = |text: &[u8]| is_line_end && text.len() < 8 && text.starts_with(b"e");
            let start = (0..run).find(|at| {
                let text = &rest[*at..run];
                begins_header(text) || is_cut_off(text)
            });
            let header = start.and_then(|start| self.find_header(start, run));
            match header {
                Some((len, segment)) => {
                    self.copy_bytes(len, out);
                    self.counts.tokens += 1;
                    self.state = State::Segment(segment);
                }
                None => self.copy_bytes(run, out),
            }
        } else if let Some((start, quote)) = self.secret_member() {
            self.copy_bytes(start, out);
            out.extend_from_slice(REDACTED.as_bytes());
            self.counts.members += 1;
            self.state = quote.map_or(State::Disclosure(None), State::Value);
        } else {
            self.copy_bytes(1, out);
        }
    }

    /// Reads the header of a token that begins `start` bytes from here, whose first line ends after `end` bytes. Returns the
    /// length of the text from here to the next segment; `None` if there is none.
    fn find_header(&self, start: usize, mut end: usize) -> Option<(usize, Segment)> {
        let rest = &self.text[self.at..];
        let mut header = rest[start..end].to_vec();
        let mut width = None;
        let dot = loop {
            let dot = encoded_len(&rest[end..], b'.');
            let (line_break, line) = match dot {
                0 => self.line_break_len(self.at + end, width, has_dot),
                _ => break dot,
            };
            let is_read = self.at + end < self.no_header_before.get();
            if line_break == 0 || is_read || header.len() > MAX_HEADER {
                let no_header_before = self.no_header_before.get().max(self.at + end);
                self.no_header_before.set(no_header_before);
                return None;
            }
            width = line;
            end += line_break;
            let run = segment_len(&rest[end..]);
            header.extend_from_slice(&rest[end..end + run]);
            end += run;
        };
        if !begins_header(&header) {
            return None;
        }
        let (bytes, _) = tolerant_base64::decode_tolerant(&String::from_utf8_lossy(&header));
        let header = Document::parse_tolerant(&bytes).object;
        let algorithm = header.get("alg").and_then(Value::as_str);
        let segment = Segment {
            index: 2,
            is_encrypted: header.contains_key("enc"),
            is_replaced: false,
            len: 0,
            // 256 bits, and RSA with 1024 bits.
            min_signature: match algorithm {
                Some(name) if name.starts_with("RS") || name.starts_with("PS") => 171,
                Some(name) if name.starts_with("ES") || name.starts_with("Ed") => 86,
                _ => 43,
            },
            width,
        };
        Some((end + dot, segment))
    }

    /// Returns the length of the line break at `at` if the token continues after it, or 0 if the token ends there, and the
    /// width of its lines. `width` is that of the lines before; `None` at the first line break of the token. The next line
    /// must contain only characters of a token. The first line break is in the token if both lines have the same width, or if
    /// the next one is shorter and `is_rest`. Another line break is in the token if its line has the same width as those
    /// before. A soft line break of quoted-printable text is always in the token.
    fn line_break_len(
        &self,
        at: usize,
        width: Option<Width>,
        is_rest: impl Fn(&[u8]) -> bool,
    ) -> (usize, Option<Width>) {
        let rest = &self.text[at..];
        let soft = match rest {
            [b'=', b'\n', ..] => 2,
            [b'=', b'\r', b'\n', ..] => 3,
            _ => 0,
        };
        if soft > 0 && rest.get(soft).is_some_and(|byte| is_token_byte(*byte)) {
            return (soft, width);
        }
        let newline = match rest {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return (0, width),
        };
        let line_start = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |place| place + 1);
        let before = &self.text[line_start..at];
        let next = &rest[newline..];
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let indent_of = |line: &[u8]| line.iter().take(64).take_while(is_blank).count();
        let line = Width::from_widths(indent_of(before), before.len() - indent_of(before));
        let indent = indent_of(next);
        let text = &next[indent..];
        let bytes = text.iter().take(MAX_LINE);
        let len = bytes.take_while(|byte| is_token_byte(**byte)).count();
        let is_alone = len > 0 && matches!(text.get(len), None | Some(b'\r' | b'\n'));
        let next_line = Width::from_widths(indent, len);
        let continues = match width {
            None => next_line.is_like(line) || (next_line.fits(line) && is_rest(&text[..len])),
            Some(width) => line.is_like(width) && next_line.fits(line),
        };
        if is_alone && continues {
            (newline + indent, Some(line))
        } else {
            (0, width)
        }
    }

    /// Returns the length of the text from the quote here to the secret, and the quote around the secret; `None` for a
    /// disclosure, which begins after the quote here.
    fn secret_member(&self) -> Option<(usize, Option<Quote>)> {
        let rest = &self.text[self.at..];
        let open = quote_len(rest)?;
        let name = &rest[open..];
        let name = &name[..name.iter().take(16).take_while(|b| is_name_byte(**b)).count()];
        let name_text = str::from_utf8(name).ok()?;
        let mut at = open + name.len();
        if name_text.is_empty() {
            return None;
        }
        if name_text.len() >= 3 && is_disclosure(&rest[open..]) {
            return Some((open, None));
        }
        let is_token_member = matches!(name_text, "signature" | "ciphertext" | "encrypted_key");
        let is_key_member = PRIVATE_MEMBERS.contains(&name_text) || matches!(name_text, "r" | "t");
        let is_secret = is_token_member || (is_key_member && self.is_near_key_type());
        if !is_secret {
            return None;
        }
        at += quote_len(&rest[at..])?;
        at += blank_len(&rest[at..]);
        at += Some(encoded_len(&rest[at..], b':')).filter(|len| *len > 0)?;
        at += blank_len(&rest[at..]);
        let quote = quote_len(&rest[at..])?;
        at += quote;
        let value = &rest[at..];
        let is_empty = quote_len(value) == Some(quote);
        if is_empty || (is_token_member && !is_value_byte(*value.first()?)) {
            return None;
        }
        // A token as the value is redacted by the rules for tokens.
        let run = segment_len(value);
        if run > 0 && value[0] == b'e' && self.find_header(at, at + run).is_some() {
            return None;
        }
        Some((at, Some((quote, rest[at - 1]))))
    }

    /// Whether the member `kty` of a key is within `KEY_DISTANCE`.
    fn is_near_key_type(&self) -> bool {
        let from = self.at.saturating_sub(KEY_DISTANCE);
        let first = self.key_types.partition_point(|place| *place < from);
        let place = self.key_types.get(first);
        place.is_some_and(|place| *place <= self.at + KEY_DISTANCE)
    }

    fn segment_step(&mut self, mut segment: Segment, out: &mut Vec<u8>) {
        let Segment {
            index,
            is_encrypted,
            ..
        } = segment;
        // The initialization vector and the tag of a JWE give no access.
        let is_kept = if is_encrypted {
            matches!(index, 3 | 5)
        } else {
            index == 2
        };
        let rest = &self.text[self.at..];
        let run = segment_len(rest);
        if run > 0 {
            segment.len += run;
            if is_kept {
                self.copy_bytes(run, out);
            } else {
                if !segment.is_replaced {
                    out.extend_from_slice(REDACTED.as_bytes());
                }
                self.at += run;
                segment.is_replaced = true;
            }
            self.state = State::Segment(segment);
            return;
        }
        let (dot, tilde) = (encoded_len(rest, b'.'), encoded_len(rest, b'~'));
        let is_last = index == if is_encrypted { 5 } else { 3 };
        let is_short = !is_encrypted && segment.len < segment.min_signature;
        let (line_break, width) = match dot + tilde {
            0 => self.line_break_len(self.at, segment.width, |line| {
                if is_last {
                    is_short || line.contains(&b'~')
                } else {
                    has_dot(line)
                }
            }),
            _ => (0, segment.width),
        };
        if dot > 0 {
            self.copy_bytes(dot, out);
            self.state = State::Segment(Segment {
                index: index + 1,
                is_replaced: false,
                len: 0,
                ..segment
            });
        } else if line_break > 0 {
            // A line break after a dot is kept, because it is not in a secret.
            if is_kept || segment.len == 0 {
                self.copy_bytes(line_break, out);
            } else {
                self.at += line_break;
            }
            self.state = State::Segment(Segment { width, ..segment });
        } else if tilde > 0 && index >= 3 {
            self.copy_bytes(tilde, out);
            self.state = State::AfterTilde(segment.width);
        } else {
            self.state = State::Text;
        }
    }

    fn tilde_step(&mut self, width: Option<Width>, out: &mut Vec<u8>) {
        let rest = &self.text[self.at..];
        let run = segment_len(rest);
        let tilde = encoded_len(rest, b'~');
        if run > 0 && rest[0] == b'e' && self.find_header(0, run).is_some() {
            // The key binding JWT is redacted like any other token.
            self.state = State::Text;
        } else if run > 0 {
            out.extend_from_slice(REDACTED.as_bytes());
            self.state = State::Disclosure(width);
        } else if tilde > 0 {
            self.copy_bytes(tilde, out);
        } else {
            match self.line_break_len(self.at, width, |line| line.contains(&b'~')) {
                (0, _) => self.state = State::Text,
                (line_break, width) => {
                    self.copy_bytes(line_break, out);
                    self.state = State::AfterTilde(width);
                }
            }
        }
    }

    /// Skips a disclosure, which another one can follow.
    fn disclosure_step(&mut self, width: Option<Width>, end: usize, out: &mut Vec<u8>) {
        let rest = &self.text[self.at..end];
        let count = rest.iter().take_while(|byte| is_segment_byte(**byte)).count();
        self.at += count;
        if self.at == end {
            return;
        }
        let tilde = encoded_len(&self.text[self.at..], b'~');
        if tilde > 0 {
            self.copy_bytes(tilde, out);
            self.state = State::AfterTilde(width);
            return;
        }
        match self.line_break_len(self.at, width, |line| line.contains(&b'~')) {
            (0, _) => self.state = State::Text,
            (line_break, width) => {
                self.at += line_break;
                self.state = State::Disclosure(width);
            }
        }
    }

    /// Skips a value up to its closing quote, or up to the end of the line if the quote is missing.
    fn value_step(&mut self, quote: Quote, end: usize) {
        while self.at < end {
            let rest = &self.text[self.at..];
            match quote_len(rest) {
                Some(len) if (len, rest[len - 1]) == quote => break,
                Some(len) => self.at += len,
                None if rest[0] == b'\n' => break,
                None => self.at += 1,
            }
        }
        if self.at < end {
            self.state = State::Text;
        }
    }

    fn pem_step(&mut self, end: usize) {
        match memchr::memmem::find(&self.text[self.at..], b"-----END") {
            Some(len) if self.at + len <= end => {
                self.at += len;
                self.state = State::Text;
            }
            _ => self.at = end,
        }
    }
}

fn is_segment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn has_dot(line: &[u8]) -> bool {
    line.contains(&b'.')
}

fn is_token_byte(byte: u8) -> bool {
    is_segment_byte(byte) || matches!(byte, b'.' | b'~')
}

fn is_value_byte(byte: u8) -> bool {
    is_segment_byte(byte) || matches!(byte, b'+' | b'/' | b'=')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn segment_len(text: &[u8]) -> usize {
    let bytes = text.iter().take(MAX_HEADER);
    bytes.take_while(|byte| is_segment_byte(**byte)).count()
}

/// Returns the length of a character at the start of the text, unescaped or escaped for a URL, JSON or HTML; 0 if the text
/// begins with another character.
fn encoded_len(text: &[u8], byte: u8) -> usize {
    let (start, codes) = match text.first() {
        Some(first) if *first == byte => return 1,
        Some(b'%') => {
            // If the text is encoded more than once, % is encoded as %25.
            let twice = text[1..].chunks(2).take(4);
            let twice = twice.take_while(|chunk| chunk == b"25").count();
            (1 + 2 * twice, [format!("{byte:02X}"), String::new()])
        }
        Some(b'\\') => {
            let escapes = text.iter().take(8);
            let escapes = escapes.take_while(|byte| **byte == b'\\').count();
            (escapes, [format!("u{byte:04X}"), String::new()])
        }
        Some(b'&') => (1, [format!("#{byte};"), format!("#x{byte:X};")]),
        _ => return 0,
    };
    let codes = codes.iter().filter(|code| !code.is_empty());
    let mut lengths = codes.filter_map(|code| {
        let found = text.get(start..start + code.len())?;
        found.eq_ignore_ascii_case(code.as_bytes()).then_some(start + code.len())
    });
    lengths.next().unwrap_or(0)
}

/// Returns the length of a quote with its escapes.
fn quote_len(text: &[u8]) -> Option<usize> {
    let escapes = text.iter().take(8).take_while(|byte| **byte == b'\\').count();
    let rest = &text[escapes..];
    match rest.first() {
        Some(b'"' | b'\'') => return Some(escapes + 1),
        Some(b'&') if rest.starts_with(b"&quot;") => return Some(escapes + 6),
        _ => {}
    }
    let (escapes, coded) = match encoded_len(text, b'"') {
        0 => (escapes, encoded_len(rest, b'"')),
        coded => (0, coded),
    };
    (coded > 0).then_some(escapes + coded)
}

fn blank_len(text: &[u8]) -> usize {
    let mut at = 0;
    while at < 64 {
        let rest = &text[at.min(text.len())..];
        at += match rest {
            [b' ' | b'\t' | b'\r' | b'\n' | b'+', ..] => 1,
            [b'%', b'2', b'0', ..] => 3,
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            _ => return at,
        };
    }
    at
}

/// Whether the text begins like the base64url encoding of a JSON object with a member.
fn begins_header(text: &[u8]) -> bool {
    if text.len() < 8 || text[0] != b'e' {
        return false;
    }
    let (bytes, _) = tolerant_base64::decode_tolerant(&String::from_utf8_lossy(&text[..8]));
    let rest = bytes.strip_prefix(b"{").unwrap_or_default();
    let first = rest.iter().find(|byte| !byte.is_ascii_whitespace());
    bytes.starts_with(b"{") && first.is_none_or(|byte| *byte == b'"')
}

/// Whether a string begins like a disclosure: with the base64url encoding of an array that begins with a string.
fn is_disclosure(text: &[u8]) -> bool {
    (text.starts_with(b"WyJ") || text.starts_with(b"WyAi")) && segment_len(text) >= 16
}

/// Returns the length of the first line of a PEM block with a private key.
fn private_pem_label(text: &[u8]) -> Option<usize> {
    let label = text.strip_prefix(b"-----BEGIN")?;
    let label = &label[..label.len().min(64)];
    let len = memchr::memmem::find(label, b"-----")?;
    memchr::memmem::find(&label[..len], b"PRIVATE")?;
    Some("-----BEGIN".len() + len + "-----".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact_in_pieces(text: &str, piece: usize) -> (String, Counts) {
        let (mut redactor, mut out) = (Redactor::default(), Vec::new());
        for piece in text.as_bytes().chunks(piece) {
            redactor.push(piece, &mut out);
        }
        let counts = redactor.finish(&mut out);
        (String::from_utf8(out).unwrap(), counts)
    }

    const JWS: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0";
    const JWE: &str = "eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIn0";

    #[test]
    fn secret_parts_are_replaced_and_other_text_is_kept() {
        let disclosure = "WyJzYWx0IiwibmFtZSIsInZhbHVlIl0";
        for (text, expected) in [
            (format!("a {JWS}.c2ln b"), format!("a {JWS}.REDACTED b")),
            (
                format!("{{\"t\":\"{JWS}.c2ln\"}}"),
                format!("{{\"t\":\"{JWS}.REDACTED\"}}"),
            ),
            (
                format!(r#"{{\"t\":\"{JWS}.c2ln\"}}"#),
                format!(r#"{{\"t\":\"{JWS}.REDACTED\"}}"#),
            ),
            (
                format!("{{\"kty\":\"oct\",\"t\":\"{JWS}.c2ln\"}}"),
                format!("{{\"kty\":\"oct\",\"t\":\"{JWS}.REDACTED\"}}"),
            ),
            (
                format!("a {} b", format!("{JWS}.c2ln").replace('.', r"\u002E")),
                format!("a {} b", format!("{JWS}.REDACTED").replace('.', r"\u002E")),
            ),
            (
                format!("a {} b", format!("{JWS}.c2ln").replace('.', r"\\u002e")),
                format!("a {} b", format!("{JWS}.REDACTED").replace('.', r"\\u002e")),
            ),
            (
                format!("a {} b", format!("{JWS}.c2ln").replace('.', "%252E")),
                format!("a {} b", format!("{JWS}.REDACTED").replace('.', "%252E")),
            ),
            (
                format!("a {} b", format!("{JWS}.c2ln").replace('.', "&#46;")),
                format!("a {} b", format!("{JWS}.REDACTED").replace('.', "&#46;")),
            ),
            (
                format!("a {} b", format!("{JWS}.c2ln").replace('.', "&#x2e;")),
                format!("a {} b", format!("{JWS}.REDACTED").replace('.', "&#x2e;")),
            ),
            (
                "{&quot;kty&quot;:&quot;oct&quot;,&quot;k&quot;:&quot;c2Vj&quot;}".into(),
                "{&quot;kty&quot;:&quot;oct&quot;,&quot;k&quot;:&quot;REDACTED&quot;}".into(),
            ),
            (
                "%257B%2522kty%2522%253A%2522oct%2522%252C%2522k%2522%253A%2522c2Vj%2522%257D"
                    .into(),
                "%257B%2522kty%2522%253A%2522oct%2522%252C%2522k%2522%253A%2522REDACTED%2522%257D"
                    .into(),
            ),
            (
                r#"{"kty":"oct","k":"not \"base64url\" at all","x":"y"}"#.into(),
                r#"{"kty":"oct","k":"REDACTED","x":"y"}"#.into(),
            ),
            (
                "{\"kty\":\"oct\",\"k\":\"cut off\nnext".into(),
                "{\"kty\":\"oct\",\"k\":\"REDACTED\nnext".into(),
            ),
            (
                format!("?t%3D{}%2Ec2ln%26a", JWS.replace('.', "%2e")),
                format!("?t%3D{}%2EREDACTED%26a", JWS.replace('.', "%2e")),
            ),
            (format!("\\n{JWS}.c2ln\\n"), format!("\\n{JWS}.REDACTED\\n")),
            (
                format!("{JWE}.a2V5.aXY.dGV4dA.dGFn;"),
                format!("{JWE}.REDACTED.aXY.REDACTED.dGFn;"),
            ),
            (
                format!("{JWE}..aXY.dGV4dA.dGFn"),
                format!("{JWE}..aXY.REDACTED.dGFn"),
            ),
            (
                format!("{JWS}.c2ln~{disclosure}~{disclosure}~{JWS}.a2I \n"),
                format!("{JWS}.REDACTED~REDACTED~REDACTED~{JWS}.REDACTED \n"),
            ),
            (
                format!("{JWS}.c2ln%7E{disclosure}%7e&x"),
                format!("{JWS}.REDACTED%7EREDACTED%7e&x"),
            ),
            (
                format!(r#"{{"payload":"e30","signature":"c2ln","disclosures":["{disclosure}"]}}"#),
                r#"{"payload":"e30","signature":"REDACTED","disclosures":["REDACTED"]}"#.into(),
            ),
            (
                r#"{"k":"short","kty":"oct"}"#.into(),
                r#"{"k":"REDACTED","kty":"oct"}"#.into(),
            ),
            (
                r#"{\"kty\":\"EC\",\n \"d\": \"c2VjcmV0\",\"x\":\"eA\"}"#.into(),
                r#"{\"kty\":\"EC\",\n \"d\": \"REDACTED\",\"x\":\"eA\"}"#.into(),
            ),
            (
                "%7B%22kty%22%3A%22OKP%22%2C%22d%22%3A%22c2Vj%22%7D".into(),
                "%7B%22kty%22%3A%22OKP%22%2C%22d%22%3A%22REDACTED%22%7D".into(),
            ),
            (
                "{'kty': 'oct', 'k': 'c2Vj'}".into(),
                "{'kty': 'oct', 'k': 'REDACTED'}".into(),
            ),
            (
                "x-----BEGIN EC PRIVATE KEY-----\\nMHc\\n-----END EC PRIVATE KEY-----y".into(),
                "x-----BEGIN EC PRIVATE KEY-----REDACTED-----END EC PRIVATE KEY-----y".into(),
            ),
            (
                r#"{"d":"2026","k":"v"} key.json eyes.wide.open"#.into(),
                r#"{"d":"2026","k":"v"} key.json eyes.wide.open"#.into(),
            ),
        ] {
            for piece in [1, 7, text.len()] {
                assert_eq!(
                    redact_in_pieces(&text, piece).0,
                    expected,
                    "{text} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn tokens_with_line_breaks_are_redacted() {
        let signature = "0123456789".repeat(9);
        let token = format!("{JWS}.{}", &signature[..43]);
        let wrap = |text: &str, width: usize, line_break: &str| {
            let lines = text.as_bytes().chunks(width).map(String::from_utf8_lossy);
            lines.collect::<Vec<_>>().join(line_break)
        };
        for width in [20, 25, 30, 40, 60, 64, 70] {
            for line_break in ["\n", "\r\n", "\n  ", "=\n", "=\r\n"] {
                for end in ["", "\n", "\nnext line\n"] {
                    let wrapped = wrap(&format!("t: {token}"), width, line_break);
                    for piece in [1, wrapped.len()] {
                        let (redacted, counts) =
                            redact_in_pieces(&format!("a\n{wrapped}{end}"), piece);
                        let shown = format!("{wrapped:?}{end:?} {redacted:?}");
                        assert_eq!(counts.tokens, 1, "{shown}");
                        let kept: String =
                            redacted.replace(line_break, "").split_whitespace().collect();
                        let end: String = end.split_whitespace().collect();
                        assert_eq!(kept, format!("at:{JWS}.REDACTED{end}"), "{shown}");
                    }
                }
            }
        }
        // What follows a complete token on the next line is not part of it.
        for next in ["done", "a.txt", "next line", "3.14", "", "."] {
            let text = format!("{token}\n{next}\nend");
            let expected = format!("{JWS}.REDACTED\n{next}\nend");
            assert_eq!(redact_in_pieces(&text, text.len()).0, expected);
        }
        // An SD-JWT.
        let disclosure = "WyJzYWx0IiwibmFtZSIsInZhbHVlIl0";
        let text = format!("{token}~{disclosure}~{disclosure}~{token}");
        for width in [30, 45, 64, 80, 100] {
            let (redacted, _) = redact_in_pieces(&wrap(&text, width, "\n"), width);
            let expected = format!("{JWS}.REDACTED~REDACTED~REDACTED~{JWS}.REDACTED");
            assert_eq!(redacted.replace('\n', ""), expected, "{width} {redacted:?}");
        }
    }

    #[test]
    fn text_longer_than_a_chunk_is_redacted() {
        let blank = " ".repeat(300_000);
        let long = "A".repeat(400_000);
        let text = format!(
            "{blank}{JWS}.{long}{blank}{JWE}.{long}.aXY.{long}.dGFn {JWS}.c2ln~{long}~{blank}-----BEGIN PRIVATE KEY-----{long}"
        );
        let (redacted, counts) = redact_in_pieces(&text, 65_536);
        assert!(!redacted.contains("AAAA"));
        let expected = format!(
            "{blank}{JWS}.REDACTED{blank}{JWE}.REDACTED.aXY.REDACTED.dGFn {JWS}.REDACTED~REDACTED~{blank}-----BEGIN PRIVATE KEY-----REDACTED"
        );
        assert_eq!(redacted, expected);
        let tokens = 3;
        assert_eq!((counts.tokens, counts.pem_blocks), (tokens, 1));
        let kept = format!("{JWS}{long}.c2ln");
        let (redacted, _) = redact_in_pieces(&kept, 65_536);
        assert_eq!(redacted, format!("{JWS}{long}.REDACTED"));
    }
}
