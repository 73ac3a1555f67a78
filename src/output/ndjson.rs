//! The records of a `--lines` run: one JSON object for each line, with its members in a fixed order.

use std::io::Write;

use memchr::memchr;
use serde::Serialize;

use crate::crypto::base64url;
use crate::output::console::json_text;
use crate::output::exit::CliError;
use crate::output::reports::ErrorMembers;

/// The record of one line, written member by member; [`Record::finish`] ends it.
pub struct Record<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Record<'o> {
    /// Begins the record of an item that succeeded.
    pub fn success(line: u64, out: &'o mut Vec<u8>) -> Record<'o> {
        Record::begin(line, true, out)
    }

    fn begin(line: u64, ok: bool, out: &'o mut Vec<u8>) -> Record<'o> {
        // Writing to memory does not fail.
        let _ = write!(out, "{{\"line\":{line},\"ok\":{ok}");
        Record { out }
    }

    /// Adds a member that is a string, or null.
    pub fn write_text(mut self, name: &str, text: Option<&str>) -> Record<'o> {
        self.write_name(name);
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

    /// Adds a member whose value is JSON text without line breaks.
    pub fn write_json(mut self, name: &str, text: &[u8]) -> Record<'o> {
        self.write_name(name);
        if text.is_ascii() && memchr(0x7f, text).is_none() {
            self.out.extend_from_slice(text);
        } else {
            let text = String::from_utf8_lossy(text);
            self.out.extend_from_slice(json_text(&text).as_bytes());
        }
        self
    }

    /// Adds bytes: as the member `name` if they are UTF-8, else as `name_base64url`.
    pub fn write_bytes(self, name: &str, bytes: &[u8]) -> Record<'o> {
        match str::from_utf8(bytes) {
            Ok(text) => self.write_text(name, Some(text)),
            Err(_) => {
                let text = base64url::encode(bytes);
                self.write_text(&format!("{name}_base64url"), Some(&text))
            }
        }
    }

    /// Ends the record.
    pub fn finish(self) {
        self.out.extend_from_slice(b"}\n");
    }

    fn write_name(&mut self, name: &str) {
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

/// Writes the record of an item that succeeded: the number of its line, and the members of its report.
pub fn write_record(line: u64, report: &impl Serialize, out: &mut Vec<u8>) {
    // Reports have string keys and no values that refuse to be serialized.
    let report = serde_json::to_string(report).expect("a report is plain data");
    let members = report.strip_prefix('{').expect("a report is an object");
    // Writing to memory does not fail.
    let _ = writeln!(out, "{{\"line\":{line},\"ok\":true,{}", json_text(members));
}

/// Whether the text needs no escape in a JSON string. The loop has no branch for each byte, so that the compiler vectorizes it.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
}

/// Writes the record of an item that failed.
pub fn write_failure(line: u64, cli_error: &CliError, out: &mut Vec<u8>) {
    let record = Record::begin(line, false, out);
    // The members of an error are plain data.
    let error = serde_json::to_vec(&ErrorMembers::new(cli_error)).expect("plain data");
    record.write_json("error", &error).finish();
}
