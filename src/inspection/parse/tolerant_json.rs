//! Parses JSON as far as possible, and records what is wrong. Every member is kept, duplicates included, and numbers keep
//! their text.

mod node;
mod text;

use std::fmt;

use crate::crypto::json::MAX_DEPTH;

pub use node::Node;

/// The maximum number of faults that are reported for one text.
const MAX_FAULTS: usize = 32;

/// What is wrong with a text. Positions are in bytes and count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Fault {
    NotUtf8(usize),
    ByteOrderMark,
    LoneSurrogate(usize),
    /// The name of a member that an object has more than once.
    DuplicateMember(String),
    TooDeep(usize),
    /// The text ends before the value does.
    Cut(usize),
    Syntax(usize),
    /// Other text follows the value.
    Trailing(usize),
}

impl Fault {
    /// Returns where the parser stopped, for a fault that stops it or follows the value.
    pub fn position(&self) -> Option<usize> {
        match self {
            Fault::TooDeep(at) | Fault::Cut(at) | Fault::Syntax(at) | Fault::Trailing(at) => {
                Some(*at)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotUtf8(at) => write!(f, "is not UTF-8 at byte {at}"),
            Fault::ByteOrderMark => f.write_str("begins with a byte order mark"),
            Fault::LoneSurrogate(at) => write!(f, "has half a surrogate pair at byte {at}"),
            Fault::DuplicateMember(name) => write!(f, "has the member {name} twice"),
            Fault::TooDeep(at) => {
                write!(f, "nests deeper than {MAX_DEPTH} levels at byte {at}")
            }
            Fault::Cut(at) => write!(f, "ends at byte {at} before it is complete"),
            Fault::Syntax(at) => write!(f, "is not valid JSON at byte {at}"),
            Fault::Trailing(at) => write!(f, "has more data after its end, at byte {at}"),
        }
    }
}

/// Parses a text as far as possible.
pub fn parse_tolerant(bytes: &[u8]) -> (Node, Vec<Fault>) {
    let mut reader = Reader {
        bytes,
        at: 0,
        faults: Vec::new(),
        stopped: false,
    };
    if let Err(error) = str::from_utf8(bytes) {
        reader.faults.push(Fault::NotUtf8(error.valid_up_to()));
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        reader.faults.push(Fault::ByteOrderMark);
        reader.at = 3;
    }
    let node = reader.read_value(0);
    reader.skip_whitespace();
    if !reader.stopped && reader.at < bytes.len() {
        reader.faults.push(Fault::Trailing(reader.at));
    }
    (node, reader.faults)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    faults: Vec<Fault>,
    /// Whether a fault ended the parsing.
    stopped: bool,
}

impl Reader<'_> {
    fn skip_whitespace(&mut self) {
        while matches!(self.peek_byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek_byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Records a fault that can occur often: each one once, up to a limit.
    fn add_fault(&mut self, fault: Fault) {
        if self.faults.len() < MAX_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn stop_at_fault(&mut self) -> Node {
        if !self.stopped {
            self.stopped = true;
            self.faults.push(if self.at < self.bytes.len() {
                Fault::Syntax(self.at)
            } else {
                Fault::Cut(self.at)
            });
        }
        Node::Gap
    }

    fn read_value(&mut self, depth: usize) -> Node {
        self.skip_whitespace();
        match self.peek_byte() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => {
                self.stopped = true;
                self.faults.push(Fault::TooDeep(self.at));
                Node::Gap
            }
            Some(b'{') => self.read_object(depth),
            Some(b'[') => self.read_array(depth),
            Some(b'"') => Node::Text(self.read_string()),
            Some(b'-' | b'0'..=b'9') => self.read_number(),
            _ => {
                for (word, node) in [
                    ("true", Node::Bool(true)),
                    ("false", Node::Bool(false)),
                    ("null", Node::Null),
                ] {
                    if self.bytes[self.at..].starts_with(word.as_bytes()) {
                        self.at += word.len();
                        return node;
                    }
                }
                self.stop_at_fault()
            }
        }
    }

    fn read_object(&mut self, depth: usize) -> Node {
        let mut members: Vec<(String, Node)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        self.at += 1;
        loop {
            self.skip_whitespace();
            match self.peek_byte() {
                Some(b'}') if members.is_empty() => break self.at += 1,
                Some(b'"') => {}
                _ => break drop(self.stop_at_fault()),
            }
            let name = self.read_string();
            self.skip_whitespace();
            let value = if self.stopped {
                Node::Gap
            } else if self.peek_byte() == Some(b':') {
                self.at += 1;
                self.read_value(depth + 1)
            } else {
                self.stop_at_fault()
            };
            if !names.insert(name.clone()) {
                self.add_fault(Fault::DuplicateMember(name.clone()));
            }
            members.push((name, value));
            self.skip_whitespace();
            match self.peek_byte() {
                _ if self.stopped => break,
                Some(b',') => self.at += 1,
                Some(b'}') => break self.at += 1,
                _ => break drop(self.stop_at_fault()),
            }
        }
        Node::Object(members)
    }

    fn read_array(&mut self, depth: usize) -> Node {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_whitespace();
        if self.peek_byte() == Some(b']') {
            self.at += 1;
            return Node::List(items);
        }
        loop {
            items.push(self.read_value(depth + 1));
            self.skip_whitespace();
            match self.peek_byte() {
                _ if self.stopped => break,
                Some(b',') => self.at += 1,
                Some(b']') => break self.at += 1,
                _ => break drop(self.stop_at_fault()),
            }
        }
        Node::List(items)
    }

    fn read_number(&mut self) -> Node {
        let rest = &self.bytes[self.at..];
        let len = rest
            .iter()
            .position(|b| !matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let text = String::from_utf8_lossy(&rest[..len]).into_owned();
        if !is_number(&text) {
            // An incomplete number at the end of the text means that the text is cut off.
            if len == rest.len() {
                self.at += len;
            }
            return self.stop_at_fault();
        }
        self.at += len;
        Node::Number(text)
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero =
        digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    let starts = digits.bytes().next().is_some_and(|b| b.is_ascii_digit());
    starts && !leading_zero && !text.ends_with('.') && !text.contains(".e") && {
        text.parse::<f64>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn valid_json_has_no_faults_and_the_value_that_serde_parses() {
        for text in [
            r#"{"a":[1,-2.5e3,true,false,null,"x\n\u00e9\ud83d\ude00é"],"b":{"c":{}},"d":[]}"#,
            " [ 1 , 2 ] ",
            "\"\"",
            "0",
        ] {
            let (node, faults) = parse_tolerant(text.as_bytes());
            assert_eq!(faults, [], "{text}");
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(node.to_value(), expected, "{text}");
        }
    }

    #[test]
    fn invalid_json_is_parsed_up_to_the_error() {
        for (text, value, fault) in [
            (r#"{"a":1,"b":"x"#, json!({"a":1,"b":"x"}), Fault::Cut(13)),
            (r#"{"a":1,"#, json!({"a":1}), Fault::Cut(7)),
            (r#"{"a":1}}"#, json!({"a":1}), Fault::Trailing(7)),
            (
                r#"{"a":1,"a":2}"#,
                json!({"a":2}),
                Fault::DuplicateMember("a".into()),
            ),
            (r#"{"a":01}"#, json!({"a":null}), Fault::Syntax(5)),
            (r#"{"a":'b'}"#, json!({"a":null}), Fault::Syntax(5)),
            (
                r#"["\ud800"]"#,
                json!(["\u{fffd}"]),
                Fault::LoneSurrogate(4),
            ),
            (r#"{"a":tru"#, json!({"a":null}), Fault::Syntax(5)),
            ("", Value::Null, Fault::Cut(0)),
            ("\u{feff}{}", json!({}), Fault::ByteOrderMark),
        ] {
            let (node, faults) = parse_tolerant(text.as_bytes());
            assert_eq!(node.to_value(), value, "{text}");
            assert_eq!(faults, [fault], "{text}");
        }
        let (node, faults) = parse_tolerant(b"{\"a\":\"\xff\"}");
        assert_eq!(node.to_value(), json!({"a":"\u{fffd}"}));
        assert_eq!(faults, [Fault::NotUtf8(6)]);
    }

    #[test]
    fn deep_nesting_is_truncated() {
        let (_, faults) = parse_tolerant("[".repeat(100_000).as_bytes());
        assert_eq!(faults, [Fault::TooDeep(MAX_DEPTH)]);
    }
}
