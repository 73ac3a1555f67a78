//! Parses strings with their escapes.

use crate::inspection::parse::tolerant_json::{Fault, Reader};

impl Reader<'_> {
    pub(super) fn read_string(&mut self) -> String {
        let mut text = Vec::new();
        self.at += 1;
        loop {
            let Some(byte) = self.peek_byte() else {
                self.stop_at_fault();
                break;
            };
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    if !self.read_escape(&mut text) {
                        self.stop_at_fault();
                        break;
                    }
                }
                0..0x20 => {
                    self.at -= 1;
                    self.stop_at_fault();
                    break;
                }
                _ => text.push(byte),
            }
        }
        match String::from_utf8(text) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    }

    /// Parses what follows a backslash. Returns `false` if it is not an escape.
    fn read_escape(&mut self, text: &mut Vec<u8>) -> bool {
        let Some(letter) = self.peek_byte() else {
            return false;
        };
        let plain = match letter {
            b'"' | b'\\' | b'/' => letter,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                self.at += 1;
                return self.read_unicode_escape(text);
            }
            _ => return false,
        };
        self.at += 1;
        text.push(plain);
        true
    }

    fn read_unicode_escape(&mut self, text: &mut Vec<u8>) -> bool {
        let start = self.at;
        let Some(first) = self.read_hex_digits(self.at) else {
            return false;
        };
        self.at += 4;
        let second = || {
            let escape = self.bytes[self.at..].strip_prefix(b"\\u");
            escape.and_then(|_| self.read_hex_digits(self.at + 2))
        };
        let units = [first, second().unwrap_or(0)];
        let decoded = char::decode_utf16(units).next().and_then(Result::ok);
        let c = decoded.unwrap_or_else(|| {
            self.add_fault(Fault::LoneSurrogate(start));
            char::REPLACEMENT_CHARACTER
        });
        if c.len_utf16() == 2 {
            self.at += 6;
        }
        text.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
        true
    }

    fn read_hex_digits(&self, at: usize) -> Option<u16> {
        let digits = self.bytes.get(at..at + 4)?;
        let digits = str::from_utf8(digits).ok()?;
        digits
            .bytes()
            .all(|b| b.is_ascii_hexdigit())
            .then(|| u16::from_str_radix(digits, 16).ok())?
    }
}
