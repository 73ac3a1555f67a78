//! Replaces the parts of tokens and keys in a text that give access: signatures, ciphertexts, encrypted keys, disclosures,
//! and the private members of keys. All other text stays as it is.
//!
//! A compact token has the same characters in JSON and in a URL, apart from the dots and tildes, which may be
//! percent-encoded. Members of tokens and keys in JSON are found by their names, whose quotes may be escaped or
//! percent-encoded. The text is read in pieces; memory does not depend on its length.

use crate::crypto::key::PRIVATE_MEMBERS;
use crate::inspect::parse::{Document, tolerant_base64};

/// What replaces the removed text. It has the characters of base64url, so that a redacted token can still be inspected.
pub const REDACTED: &str = "REDACTED";

/// The longest header of a token that is recognized, in bytes of its text.
const MAX_HEADER: usize = 96 * 1024;
/// How far from its `kty` a private member of a key is recognized, in bytes.
const KEY_DISTANCE: usize = 64 * 1024;
/// How much of the text before and after a place is kept to recognize what is there.
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
    /// The text from a window before the first byte that is not decided yet.
    text: Vec<u8>,
    /// The first byte of `text` that is not decided yet.
    at: usize,
    /// The places of `kty` in `text`, in their order.
    key_types: Vec<usize>,
    state: State,
    counts: Counts,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// A segment of a compact token, from 2.
    Segment {
        index: usize,
        is_encrypted: bool,
        /// Whether its replacement has been written.
        is_replaced: bool,
    },
    /// Behind a tilde: a disclosure or a key binding JWT.
    AfterTilde,
    /// A disclosure.
    Disclosure,
    /// The value of a member.
    Value,
    /// The body of a PEM block.
    Pem,
}

impl Redactor {
    /// Adds a piece of the text, and appends to `out` what is decided.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.text.extend_from_slice(piece);
        let end = self.text.len().saturating_sub(WINDOW);
        self.advance(end, out);
    }

    /// Ends the text, and returns what was replaced.
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
                State::Segment { .. } => self.segment_step(out),
                State::AfterTilde => self.tilde_step(out),
                State::Disclosure => self.drop_while(is_segment_byte, end, State::Text, out),
                State::Value => self.drop_while(is_value_byte, end, State::Text, out),
                State::Pem => self.pem_step(end),
            }
        }
        let unused = self.at.saturating_sub(WINDOW);
        self.text.drain(..unused);
        self.at -= unused;
    }

    fn copy(&mut self, count: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
    }

    fn text_step(&mut self, out: &mut Vec<u8>) {
        let rest = &self.text[self.at..];
        if let Some(label) = private_pem_label(rest) {
            self.copy(label, out);
            out.extend_from_slice(REDACTED.as_bytes());
            self.counts.pem_blocks += 1;
            self.state = State::Pem;
        } else if is_segment_byte(rest[0]) {
            // A run without the start of a token is passed over as one, up to a PEM label.
            let mut run = segment_len(rest);
            if let Some(label) = memchr::memmem::find(&rest[1..run], b"-----BEGIN") {
                run = 1 + label;
            }
            let dot = encoded_len(&rest[run..], b'.');
            let start = (0..run).find(|at| begins_header(&rest[*at..run]));
            match start {
                Some(start) if dot > 0 => {
                    let is_encrypted = is_encrypted(&rest[start..run]);
                    self.copy(run + dot, out);
                    self.counts.tokens += 1;
                    self.state = State::Segment {
                        index: 2,
                        is_encrypted,
                        is_replaced: false,
                    };
                }
                _ => self.copy(run, out),
            }
        } else if let Some(start) = self.secret_member_start() {
            self.copy(start, out);
            out.extend_from_slice(REDACTED.as_bytes());
            self.counts.members += 1;
            self.state = State::Value;
        } else {
            self.copy(1, out);
        }
    }

    /// The length of the text from a quote to the value that it names, if that is a secret.
    fn secret_member_start(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let open = quote_len(rest)?;
        let name = &rest[open..];
        let name = &name[..name
            .iter()
            .take(16)
            .take_while(|b| is_name_byte(**b))
            .count()];
        let name_text = str::from_utf8(name).ok()?;
        let mut at = open + name.len();
        if name_text.is_empty() {
            return None;
        }
        if name_text.len() >= 3 && is_disclosure(&rest[open..]) {
            return Some(open);
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
        at += quote_len(&rest[at..])?;
        rest.get(at).filter(|byte| is_value_byte(**byte))?;
        Some(at)
    }

    /// Whether the member `kty` of a key is close.
    fn is_near_key_type(&self) -> bool {
        let from = self.at.saturating_sub(KEY_DISTANCE);
        let first = self.key_types.partition_point(|place| *place < from);
        let place = self.key_types.get(first);
        place.is_some_and(|place| *place <= self.at + KEY_DISTANCE)
    }

    fn segment_step(&mut self, out: &mut Vec<u8>) {
        let State::Segment {
            index,
            is_encrypted,
            is_replaced,
        } = self.state
        else {
            return;
        };
        let rest = &self.text[self.at..];
        let run = segment_len(rest);
        if run > 0 {
            // The initialization vector and the tag of a JWE give no access.
            let is_kept = if is_encrypted {
                matches!(index, 3 | 5)
            } else {
                index == 2
            };
            if is_kept {
                return self.copy(run, out);
            }
            if !is_replaced {
                out.extend_from_slice(REDACTED.as_bytes());
            }
            self.at += run;
            self.state = State::Segment {
                index,
                is_encrypted,
                is_replaced: true,
            };
            return;
        }
        let (dot, tilde) = (encoded_len(rest, b'.'), encoded_len(rest, b'~'));
        if dot > 0 {
            self.copy(dot, out);
            self.state = State::Segment {
                index: index + 1,
                is_encrypted,
                is_replaced: false,
            };
        } else if tilde > 0 && index >= 3 {
            self.copy(tilde, out);
            self.state = State::AfterTilde;
        } else {
            self.state = State::Text;
        }
    }

    fn tilde_step(&mut self, out: &mut Vec<u8>) {
        let rest = &self.text[self.at..];
        let run = segment_len(rest);
        let tilde = encoded_len(rest, b'~');
        if run > 0 && begins_header(&rest[..run]) && encoded_len(&rest[run..], b'.') > 0 {
            // The key binding JWT is a token of its own.
            self.state = State::Text;
        } else if run > 0 {
            out.extend_from_slice(REDACTED.as_bytes());
            self.state = State::Disclosure;
        } else if tilde > 0 {
            self.copy(tilde, out);
        } else {
            self.state = State::Text;
        }
    }

    /// Drops bytes; behind a disclosure there may be another one.
    fn drop_while(
        &mut self,
        is_dropped: fn(u8) -> bool,
        end: usize,
        next: State,
        out: &mut Vec<u8>,
    ) {
        let rest = &self.text[self.at..end];
        let count = rest.iter().take_while(|byte| is_dropped(**byte)).count();
        self.at += count;
        if self.at == end {
            return;
        }
        let tilde = encoded_len(&self.text[self.at..], b'~');
        if self.state == State::Disclosure && tilde > 0 {
            self.copy(tilde, out);
            self.state = State::AfterTilde;
        } else {
            self.state = next;
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

/// The length of a character at the start of the text, as it is or percent-encoded; 0 if it is another one.
fn encoded_len(text: &[u8], byte: u8) -> usize {
    if text.first() == Some(&byte) {
        return 1;
    }
    let code = format!("%{byte:02X}");
    let start = text.get(..3).unwrap_or_default();
    if start.eq_ignore_ascii_case(code.as_bytes()) {
        3
    } else {
        0
    }
}

/// The length of a quote, with what escapes it.
fn quote_len(text: &[u8]) -> Option<usize> {
    let escapes = text
        .iter()
        .take(8)
        .take_while(|byte| **byte == b'\\')
        .count();
    let rest = &text[escapes..];
    let coded = rest.get(..5).unwrap_or_default();
    if escapes > 0 && coded.eq_ignore_ascii_case(b"u0022") {
        return Some(escapes + 5);
    }
    match rest.first() {
        Some(b'"' | b'\'') => Some(escapes + 1),
        _ if encoded_len(rest, b'"') == 3 => Some(escapes + 3),
        _ => None,
    }
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

/// Whether the text begins as the base64url of a JSON object with a member does.
fn begins_header(text: &[u8]) -> bool {
    if text.len() < 8 || text[0] != b'e' {
        return false;
    }
    let (bytes, _) = tolerant_base64::decode(&String::from_utf8_lossy(&text[..8]));
    let rest = bytes.strip_prefix(b"{").unwrap_or_default();
    let first = rest.iter().find(|byte| !byte.is_ascii_whitespace());
    bytes.starts_with(b"{") && first.is_none_or(|byte| *byte == b'"')
}

/// Whether a string begins as a disclosure does: with the base64url of an array that begins with a string.
fn is_disclosure(text: &[u8]) -> bool {
    (text.starts_with(b"WyJ") || text.starts_with(b"WyAi")) && segment_len(text) >= 16
}

fn is_encrypted(header: &[u8]) -> bool {
    let (bytes, _) = tolerant_base64::decode(&String::from_utf8_lossy(header));
    Document::read(&bytes).object.contains_key("enc")
}

/// The length of the first line of a PEM block of a private key.
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

    fn redact(text: &str, piece: usize) -> (String, Counts) {
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
    fn every_secret_part_is_replaced_and_the_rest_is_kept() {
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
                    redact(&text, piece).0,
                    expected,
                    "{text} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn long_texts_are_redacted_in_pieces() {
        let blank = " ".repeat(300_000);
        let long = "A".repeat(400_000);
        let text = format!(
            "{blank}{JWS}.{long}{blank}{JWE}.{long}.aXY.{long}.dGFn {JWS}.c2ln~{long}~{blank}-----BEGIN PRIVATE KEY-----{long}"
        );
        let (redacted, counts) = redact(&text, 65_536);
        assert!(!redacted.contains("AAAA"));
        let expected = format!(
            "{blank}{JWS}.REDACTED{blank}{JWE}.REDACTED.aXY.REDACTED.dGFn {JWS}.REDACTED~REDACTED~{blank}-----BEGIN PRIVATE KEY-----REDACTED"
        );
        assert_eq!(redacted, expected);
        let tokens = 3;
        assert_eq!((counts.tokens, counts.pem_blocks), (tokens, 1));
        let kept = format!("{JWS}{long}.c2ln");
        let (redacted, _) = redact(&kept, 65_536);
        assert_eq!(redacted, format!("{JWS}{long}.REDACTED"));
    }
}
