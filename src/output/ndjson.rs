//! The answers of a `--lines` run: one JSON object a line, its members in a fixed order.

use std::io::Write;

use memchr::memchr;
use serde::Serialize;

use crate::crypto::base64url;
use crate::output::console::json_text;
use crate::output::exit::CliError;
use crate::output::reports::ErrorMembers;

/// An answer that has been begun; it ends with [`Answer::end`].
pub struct Answer<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Answer<'o> {
    /// Begins the answer to a good item.
    pub fn good(line: u64, out: &'o mut Vec<u8>) -> Answer<'o> {
        Answer::begin(line, true, out)
    }

    fn begin(line: u64, ok: bool, out: &'o mut Vec<u8>) -> Answer<'o> {
        // Writing to memory does not fail.
        let _ = write!(out, "{{\"line\":{line},\"ok\":{ok}");
        Answer { out }
    }

    /// Adds a member that is a text, or null.
    pub fn text(mut self, name: &str, text: Option<&str>) -> Answer<'o> {
        self.name(name);
        match text {
            None => self.out.extend_from_slice(b"null"),
            Some(text) if is_plain(text) => {
                self.out.push(b'"');
                self.out.extend_from_slice(text.as_bytes());
                self.out.push(b'"');
            }
            Some(text) => {
                let text = serde_json::Value::from(text).to_string();
                self.out.extend_from_slice(json_text(&text).as_bytes());
            }
        }
        self
    }

    /// Adds a member that is JSON text already, without line breaks.
    pub fn json(mut self, name: &str, text: &[u8]) -> Answer<'o> {
        self.name(name);
        if text.is_ascii() && memchr(0x7f, text).is_none() {
            self.out.extend_from_slice(text);
        } else {
            let text = String::from_utf8_lossy(text);
            self.out.extend_from_slice(json_text(&text).as_bytes());
        }
        self
    }

    /// Adds any bytes: as the member `name` when they are text, else as `name_base64url`.
    pub fn bytes(self, name: &str, bytes: &[u8]) -> Answer<'o> {
        match str::from_utf8(bytes) {
            Ok(text) => self.text(name, Some(text)),
            Err(_) => {
                let text = base64url::encode(bytes);
                self.text(&format!("{name}_base64url"), Some(&text))
            }
        }
    }

    /// Ends the answer.
    pub fn end(self) {
        self.out.extend_from_slice(b"}\n");
    }

    fn name(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

/// Writes the record of a good item: the number of its line, and the members of its report.
pub fn record(line: u64, report: &impl Serialize, out: &mut Vec<u8>) {
    // Reports have string keys and no values that refuse to be serialized.
    let report = serde_json::to_string(report).expect("a report is plain data");
    let members = report.strip_prefix('{').expect("a report is an object");
    // Writing to memory does not fail.
    let _ = writeln!(out, "{{\"line\":{line},\"ok\":true,{}", json_text(members));
}

/// Whether the text needs no escape in a JSON string. Without a branch for each byte, the compiler compares many at once.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
}

/// The answer to an item that failed.
pub fn failed(line: u64, cli_error: &CliError, out: &mut Vec<u8>) {
    let answer = Answer::begin(line, false, out);
    // The members of an error are plain data.
    let error = serde_json::to_vec(&ErrorMembers::new(cli_error)).expect("plain data");
    answer.json("error", &error).end();
}
