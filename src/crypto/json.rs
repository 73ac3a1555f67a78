//! A strict JSON parser (RFC 8259). It accepts UTF-8 only, and rejects duplicate members at any depth (RFC 7515 §4,
//! RFC 7517 §4), deep nesting, and text after the value. Numbers keep their text, so that integers of any size are exact.

mod compact;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Number, Value};

pub use compact::write_compact;

/// An object with its members in the order of the text.
pub type Object = Map<String, Value>;

/// The deepest nesting of objects and arrays.
pub const MAX_DEPTH: usize = 32;

/// Why a text is not accepted as JSON. No part of the text is quoted, because it may be a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not UTF-8, or with a byte order mark.
    NotUtf8,
    /// Two members of one object have the same name.
    DuplicateMember,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Not a JSON text.
    Syntax,
    /// A JSON text, but not an object.
    NotAnObject,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotUtf8 => f.write_str("is not UTF-8"),
            Fault::DuplicateMember => f.write_str("has two members with the same name"),
            Fault::TooDeep => write!(f, "nests deeper than {MAX_DEPTH} levels"),
            Fault::Syntax => f.write_str("is not valid JSON"),
            Fault::NotAnObject => f.write_str("is not a JSON object"),
        }
    }
}

/// Parses one JSON object and nothing else.
///
/// # Errors
/// The first [`Fault`].
pub fn parse_object(text: &[u8]) -> Result<Object, Fault> {
    match parse(text)? {
        Value::Object(object) => Ok(object),
        _ => Err(Fault::NotAnObject),
    }
}

/// Parses one JSON value and nothing else.
///
/// # Errors
/// The first [`Fault`].
pub fn parse(text: &[u8]) -> Result<Value, Fault> {
    Parser::new(text)?.parse_all()
}

/// Whether two values are equal as JSON. Numbers are compared by their exact decimal value. The order of members is ignored.
pub fn is_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.to_string(), b.to_string());
            a == b
                || normalize_decimal(&a).is_some_and(|value| normalize_decimal(&b) == Some(value))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let has_equal =
                |(name, value): (&String, &Value)| b.get(name).is_some_and(|b| is_equal(value, b));
            a.len() == b.len() && a.iter().all(has_equal)
        }
        _ => a == b,
    }
}

/// Splits the text of a number into its sign, its digits without zeros at either end, and the exponent of the last digit.
/// Zero has no digits. Returns `None` if the exponent does not fit.
fn normalize_decimal(text: &str) -> Option<(bool, String, i64)> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let trimmed = digits.trim_end_matches('0');
    if trimmed.is_empty() {
        return Some((false, String::new(), 0));
    }
    let shift = (digits.len() - trimmed.len()) as i64 - fraction.len() as i64;
    let exponent = exponent.parse::<i64>().ok()?.checked_add(shift)?;
    Some((is_negative, trimmed.to_owned(), exponent))
}

/// The text of a JSON value that has been parsed, without the white space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawValue<'t>(&'t str);

impl<'t> RawValue<'t> {
    /// Whether the value is a string.
    pub fn is_string(self) -> bool {
        self.0.starts_with('"')
    }

    /// Returns a string value. It is borrowed unless it contains an escape.
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        self.parser().parse_string().ok()
    }

    /// Returns a number value, rounded to the nearest double.
    pub fn as_f64(self) -> Option<f64> {
        if !(self.0).starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return None;
        }
        // The usual case is an integer that a double represents exactly, which is parsed faster.
        if self.0.len() <= 15
            && let Ok(integer) = self.0.parse::<i64>()
        {
            return Some(integer as f64);
        }
        self.0.parse().ok()
    }

    /// Returns the items of an array of strings; `None` for anything else.
    pub fn strings(self) -> Option<Vec<Cow<'t, str>>> {
        let mut parser = self.parser();
        if !parser.take_byte(b'[') {
            return None;
        }
        let string = |parser: &mut Parser<'t>| {
            parser.skip_space();
            parser.parse_string()
        };
        parser.parse_items(string).ok()
    }

    /// Returns the text without the white space between its tokens.
    pub fn to_compact(self) -> String {
        let mut text = Vec::with_capacity(self.0.len());
        self.compact_to(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Appends the text without the white space between its tokens.
    pub fn compact_to(self, out: &mut Vec<u8>) {
        if self.0.starts_with(['{', '[']) {
            write_compact(self.0.as_bytes(), out);
        } else {
            out.extend_from_slice(self.0.as_bytes());
        }
    }

    /// Returns the value.
    pub fn to_value(self) -> Value {
        // Parsing does not fail here, because the text has been parsed before.
        self.parser().parse_value(0).unwrap_or(Value::Null)
    }

    fn parser(self) -> Parser<'t> {
        Parser::begin(self.0)
    }
}

/// The members of an object, borrowed from its text.
#[derive(Debug, Clone)]
pub struct Members<'t> {
    members: Vec<(Cow<'t, str>, RawValue<'t>)>,
    is_compact: bool,
}

impl<'t> Members<'t> {
    /// Parses one JSON object and nothing else.
    ///
    /// # Errors
    /// As [`parse_object`].
    pub fn parse(text: &'t [u8]) -> Result<Members<'t>, Fault> {
        let mut parser = Parser::new(text)?;
        parser.skip_space();
        if !parser.take_byte(b'{') {
            parser.parse_all::<()>()?;
            return Err(Fault::NotAnObject);
        }
        let members = parser.parse_members(|parser| {
            parser.skip_space();
            let (text, start) = (parser.text, parser.at);
            parser.parse_value::<()>(1)?;
            Ok(RawValue(&text[start..parser.at]))
        })?;
        parser.expect_end()?;
        Ok(Members {
            members,
            is_compact: !parser.has_space,
        })
    }

    /// Whether the text has no white space between its tokens.
    pub fn is_compact(&self) -> bool {
        self.is_compact
    }

    /// Returns the value of the member with this name.
    #[inline]
    pub fn get(&self, name: &str) -> Option<RawValue<'t>> {
        let bytes = name.as_bytes();
        // Most names differ in their length or their first byte, which avoids the call for the complete comparison.
        let is_name =
            |own: &[u8]| own.len() == bytes.len() && own.first() == bytes.first() && own == bytes;
        self.members.iter().find(|(own, _)| is_name(own.as_bytes())).map(|(_, value)| *value)
    }

    /// Whether there is a member with this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns the names and values in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, RawValue<'t>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), *value))
    }
}

/// The output of the parser: a [`Value`], or nothing if the text is only checked.
trait Build<'t>: Sized {
    /// Returns null, a boolean or a number.
    fn scalar(text: &'t str) -> Self;
    fn string(text: Cow<'t, str>) -> Self;
    fn array(items: Vec<Self>) -> Self;
    fn object(members: Vec<(Cow<'t, str>, Self)>) -> Self;
}

impl<'t> Build<'t> for Value {
    fn scalar(text: &'t str) -> Value {
        match text {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number => number.parse::<Number>().map_or(Value::Null, Value::Number),
        }
    }

    fn string(text: Cow<'t, str>) -> Value {
        Value::String(text.into_owned())
    }

    fn array(items: Vec<Value>) -> Value {
        Value::Array(items)
    }

    fn object(members: Vec<(Cow<'t, str>, Value)>) -> Value {
        let members = members.into_iter();
        let members = members.map(|(name, value)| (name.into_owned(), value));
        Value::Object(members.collect())
    }
}

impl<'t> Build<'t> for () {
    fn scalar(_: &'t str) {}
    fn string(_: Cow<'t, str>) {}
    fn array(_: Vec<()>) {}
    fn object(_: Vec<(Cow<'t, str>, ())>) {}
}

/// Returns how many bytes are before the first quote, backslash or control character. Eight bytes are read at a time.
fn run_length(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // Sets the high bit of each byte below `limit`. Above the first such byte, a carry may set others.
    let below =
        |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & (ONES << 7);
    let (words, rest) = text.as_chunks::<8>();
    for (index, bytes) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let ends = below(word, b' ') | is(b'"') | is(b'\\');
        if ends != 0 {
            return index * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let ends_run = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let last = rest.iter().position(ends_run).unwrap_or(rest.len());
    text.len() - rest.len() + last
}

/// A text and the position of the parser in it.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Whether white space between tokens has been read.
    has_space: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t [u8]) -> Result<Parser<'t>, Fault> {
        match str::from_utf8(text) {
            Ok(text) if !text.starts_with('\u{feff}') => Ok(Parser::begin(text)),
            _ => Err(Fault::NotUtf8),
        }
    }

    fn begin(text: &'t str) -> Parser<'t> {
        Parser {
            text,
            at: 0,
            has_space: false,
        }
    }

    fn peek_byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Reads a byte if it is this one.
    fn take_byte(&mut self, byte: u8) -> bool {
        let is_next = self.peek_byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek_byte() {
            self.at += 1;
            self.has_space = true;
        }
    }

    /// Reads digits, at least one.
    fn skip_digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek_byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            Err(Fault::Syntax)
        } else {
            Ok(())
        }
    }

    fn parse_all<B: Build<'t>>(&mut self) -> Result<B, Fault> {
        let value = self.parse_value(0)?;
        self.expect_end()?;
        Ok(value)
    }

    fn expect_end(&mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(Fault::Syntax)
        }
    }

    /// Reads a value inside of `depth` objects and arrays.
    fn parse_value<B: Build<'t>>(&mut self, depth: usize) -> Result<B, Fault> {
        self.skip_space();
        match self.peek_byte() {
            Some(b'{' | b'[') if depth == MAX_DEPTH => Err(Fault::TooDeep),
            Some(b'{') => {
                self.at += 1;
                Ok(B::object(
                    self.parse_members(|parser| parser.parse_value(depth + 1))?,
                ))
            }
            Some(b'[') => {
                self.at += 1;
                Ok(B::array(
                    self.parse_items(|parser| parser.parse_value(depth + 1))?,
                ))
            }
            Some(b'"') => Ok(B::string(self.parse_string()?)),
            Some(b'-' | b'0'..=b'9') => Ok(B::scalar(self.parse_number()?)),
            _ => {
                let rest = &self.text[self.at..];
                let word = (["null", "true", "false"].into_iter())
                    .find(|word| rest.starts_with(word))
                    .ok_or(Fault::Syntax)?;
                self.at += word.len();
                Ok(B::scalar(word))
            }
        }
    }

    /// Reads an array after its opening bracket.
    fn parse_items<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut items = Vec::new();
        self.skip_space();
        if self.take_byte(b']') {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.skip_space();
            if self.take_byte(b']') {
                return Ok(items);
            }
            if !self.take_byte(b',') {
                return Err(Fault::Syntax);
            }
        }
    }

    /// Reads an object after its opening brace.
    fn parse_members<T>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<(Cow<'t, str>, T)>, Fault> {
        self.skip_space();
        if self.take_byte(b'}') {
            return Ok(Vec::new());
        }
        let mut members = Vec::with_capacity(8);
        loop {
            self.skip_space();
            let name = self.parse_string()?;
            self.skip_space();
            if !self.take_byte(b':') {
                return Err(Fault::Syntax);
            }
            members.push((name, value(self)?));
            self.skip_space();
            if self.take_byte(b'}') {
                break;
            }
            if !self.take_byte(b',') {
                return Err(Fault::Syntax);
            }
        }
        if has_duplicate_name(&members) {
            return Err(Fault::DuplicateMember);
        }
        Ok(members)
    }

    /// Reads a string. The result is borrowed unless the string contains an escape.
    #[inline]
    fn parse_string(&mut self) -> Result<Cow<'t, str>, Fault> {
        if !self.take_byte(b'"') {
            return Err(Fault::Syntax);
        }
        let run = self.take_plain_run();
        if self.take_byte(b'"') {
            return Ok(Cow::Borrowed(run));
        }
        let mut string = run.to_owned();
        while !self.take_byte(b'"') {
            if !self.take_byte(b'\\') {
                return Err(Fault::Syntax);
            }
            string.push(self.parse_escape()?);
            string.push_str(self.take_plain_run());
        }
        Ok(Cow::Owned(string))
    }

    /// Reads the characters of a string up to a quote, an escape or a control character.
    #[inline]
    fn take_plain_run(&mut self) -> &'t str {
        let start = self.at;
        self.at += run_length(&self.text.as_bytes()[start..]);
        &self.text[start..self.at]
    }

    /// Reads an escape after its backslash.
    fn parse_escape(&mut self) -> Result<char, Fault> {
        let byte = self.peek_byte().ok_or(Fault::Syntax)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.code_unit()?;
                let mut units = vec![first];
                if (0xd800..0xdc00).contains(&first)
                    && self.take_byte(b'\\')
                    && self.take_byte(b'u')
                {
                    units.push(self.code_unit()?);
                }
                // A lone surrogate is not a character.
                let mut characters = char::decode_utf16(units);
                let character = characters.next().and_then(Result::ok).ok_or(Fault::Syntax)?;
                if characters.next().is_some() {
                    return Err(Fault::Syntax);
                }
                character
            }
            _ => return Err(Fault::Syntax),
        })
    }

    /// Reads four hexadecimal digits.
    fn code_unit(&mut self) -> Result<u16, Fault> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(Fault::Syntax)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| {
            let digit = char::from(*digit).to_digit(16).ok_or(Fault::Syntax)?;
            Ok(unit << 4 | digit as u16)
        })
    }

    /// Reads a number. A number that overflows a double is rejected, because parsers do not agree on its value (RFC 8259 §6).
    #[inline]
    fn parse_number(&mut self) -> Result<&'t str, Fault> {
        /// An integer of this many digits does not overflow a double.
        const SURELY_FINITE: usize = 300;
        let start = self.at;
        self.take_byte(b'-');
        if !self.take_byte(b'0') {
            self.skip_digits()?;
        }
        let mut is_integer = true;
        if self.take_byte(b'.') {
            is_integer = false;
            self.skip_digits()?;
        }
        if self.take_byte(b'e') || self.take_byte(b'E') {
            is_integer = false;
            if !self.take_byte(b'+') {
                self.take_byte(b'-');
            }
            self.skip_digits()?;
        }
        let text = &self.text[start..self.at];
        let is_finite = is_integer && text.len() <= SURELY_FINITE
            || text.parse::<f64>().is_ok_and(f64::is_finite);
        if is_finite {
            Ok(text)
        } else {
            Err(Fault::Syntax)
        }
    }
}

/// Whether two members have the same name. A few names are compared with each other; many names are hashed.
fn has_duplicate_name<T>(members: &[(Cow<str>, T)]) -> bool {
    const FEW: usize = 16;
    if members.len() > FEW {
        let mut seen = HashSet::with_capacity(members.len());
        return !members.iter().all(|(name, _)| seen.insert(name.as_ref()));
    }
    // The length and the first and last byte of a name select a bit. Names with different bits are different. The factors are
    // chosen so that each registered claim has its own bit.
    let mut seen = 0u64;
    members.iter().enumerate().any(|(index, (name, _))| {
        let bytes = name.as_bytes();
        let byte = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
        let hash = 3 * bytes.len() + 5 * byte(bytes.first()) + 30 * byte(bytes.last());
        let bit = 1 << (hash % 64);
        let may_be_known = seen & bit != 0;
        seen |= bit;
        may_be_known && members[..index].iter().any(|(other, _)| other == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_and_invalid_escapes_are_rejected() {
        for (text, expected) in [
            (r#"{"a":1,"a":1}"#, Fault::DuplicateMember),
            (r#"{"a":{"b":[{"c":1,"c":2}]}}"#, Fault::DuplicateMember),
            (r#"{"a":1,"\u0061":2}"#, Fault::DuplicateMember),
            (r#"{"a":1} x"#, Fault::Syntax),
            (r#"{"a":1}{}"#, Fault::Syntax),
            (r#"{"a":1e999}"#, Fault::Syntax),
            (r#"{"a":"\ud800"}"#, Fault::Syntax),
            (r#"{"jotsmith:deep"}"#, Fault::Syntax),
            ("\u{feff}{}", Fault::NotUtf8),
            ("[]", Fault::NotAnObject),
            ("", Fault::Syntax),
        ] {
            assert_eq!(parse_object(text.as_bytes()), Err(expected), "{text}");
        }
        assert_eq!(parse_object(b"{\"a\":\"\xff\"}"), Err(Fault::NotUtf8));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(parse(nested(MAX_DEPTH + 1).as_bytes()), Err(Fault::TooDeep));
        assert_eq!(parse(nested(100_000).as_bytes()), Err(Fault::TooDeep));
    }

    #[test]
    fn a_run_ends_at_the_first_special_byte() {
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        for first in 0..=u8::MAX {
            for second in [
                0, 0x1f, b' ', b'!', b'"', b'#', b'[', b'\\', b']', 0x80, 0xff,
            ] {
                for (place, other) in [(0, 1), (0, 7), (3, 4), (6, 7), (7, 8), (8, 17), (15, 18)] {
                    let mut text = [b'a'; 19];
                    (text[place], text[other]) = (first, second);
                    let expected = text.iter().position(is_special).unwrap_or(text.len());
                    assert_eq!(run_length(&text), expected, "{text:?}");
                }
            }
        }
        assert_eq!(run_length(b""), 0);
    }

    #[test]
    fn duplicate_names_are_found_among_any_others() {
        let names = [
            "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "", "a", "xy", "yx", "é",
        ];
        for name in names {
            let others: String = names
                .iter()
                .filter(|other| **other != name)
                .map(|other| format!("\"{other}\":1,"))
                .collect();
            let text = format!("{{\"{name}\":1,{others}\"{name}\":2}}");
            assert_eq!(
                parse_object(text.as_bytes()),
                Err(Fault::DuplicateMember),
                "{text}"
            );
            let text = format!("{{{others}\"{name}\":2}}");
            assert!(parse_object(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn member_order_is_kept() {
        let object = parse_object(br#"{"z":1,"a":2}"#).unwrap();
        assert_eq!(object.keys().collect::<Vec<_>>(), ["z", "a"]);
    }

    #[test]
    fn member_lookup_is_as_strict_as_the_parser() {
        let deep = |n: usize| format!("{{\"a\":{}1{}}}", "[".repeat(n), "]".repeat(n));
        let many: String = (0..20).map(|n| format!("\"{n}\":1,")).collect();
        let mut texts: Vec<Vec<u8>> = [
            "{}",
            " { } ",
            "[]",
            "1",
            "",
            "{",
            "{}x",
            "{\"a\":1}{}",
            "{\"a\":1,}",
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"c":1,"c":2}}"#,
            r#"{"x":[{"c":1,"c":2}]}"#,
            r#"{"a":1e999}"#,
            r#"{"a":"\ud800"}"#,
            "\u{feff}{}",
            r#"{"a":1.5,"b":[null,true,"x"],"c":{"d":{}}}"#,
            "{\"a\":\"\u{7f}é\"}",
            "{\"a\":\"\n\"}",
            r#"{1:2}"#,
            r#"{"a":01}"#,
            r#"{"a":-0.0}"#,
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec();
        texts.push(b"{\"a\":\"\xff\"}".to_vec());
        texts.extend([deep(MAX_DEPTH - 1), deep(MAX_DEPTH), deep(5000)].map(String::into_bytes));
        texts.push(format!("{{{many}\"a\":1}}").into_bytes());
        texts.push(format!("{{{many}\"3\":1}}").into_bytes());
        for text in texts {
            let built = parse_object(&text);
            let borrowed = Members::parse(&text).map(|members| {
                let values =
                    |(name, value): &(Cow<str>, RawValue)| (name.to_string(), value.to_value());
                members.members.iter().map(values).collect::<Object>()
            });
            assert_eq!(borrowed, built, "{}", String::from_utf8_lossy(&text));
        }
    }

    /// Every text that differs in one byte from one of these is accepted or rejected as serde_json does.
    #[test]
    fn grammar_is_that_of_serde_json() {
        for text in [
            r#"{"a":[1,-2.5e+3,"x\u00e9\ud83d\ude00\n"],"b":null}"#,
            r#"[true,false,{},[],"",0,-0,1E2]"#,
            r#" {"k" : "v\\\"" , "n":10} "#,
        ] {
            for at in 0..text.len() {
                for byte in (0..128).chain([255]) {
                    let mut changed = text.as_bytes().to_vec();
                    changed[at] = byte;
                    let ours = parse(&changed);
                    let theirs = serde_json::from_slice::<Value>(&changed);
                    match (&ours, &theirs) {
                        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
                        (Err(Fault::DuplicateMember), _) | (Err(_), Err(_)) => {}
                        _ => panic!("{}: {ours:?}", String::from_utf8_lossy(&changed)),
                    }
                }
            }
        }
    }

    #[test]
    fn raw_values_are_read_on_demand() {
        let text =
            br#"{"a":"x\n","b":5,"c":["p" , "q\u0041"],"d":[],"e":["p",1],"f":{"g":1},"h":null}"#;
        let members = Members::parse(text).unwrap();
        let get = |name: &str| members.get(name).unwrap();
        assert_eq!(get("a").as_str().unwrap(), "x\n");
        assert_eq!(get("b").as_f64(), Some(5.0));
        assert_eq!(get("c").strings().unwrap(), ["p", "qA"]);
        assert_eq!(get("d").strings().unwrap().len(), 0);
        for name in ["a", "b", "e", "f", "h"] {
            assert_eq!(get(name).strings(), None, "{name}");
        }
        for name in ["c", "f", "h"] {
            assert_eq!(
                (get(name).as_str(), get(name).as_f64()),
                (None, None),
                "{name}"
            );
        }
    }

    #[test]
    fn numbers_are_compared_by_their_exact_value() {
        let is_equal = |a: &str, b: &str| {
            is_equal(&parse(a.as_bytes()).unwrap(), &parse(b.as_bytes()).unwrap())
        };
        for (a, b) in [
            ("18446744073709551616", "18446744073709551616"),
            ("1000", "1e3"),
            ("1000", "1000.0"),
            ("0", "-0.00"),
            ("-12.50", "-125E-1"),
            ("0", "0e-99999999999999999999"),
            ("1e-99999999999999999999", "1e-99999999999999999999"),
            ("[1,{\"a\":2,\"b\":3}]", "[1.0,{\"b\":3,\"a\":2}]"),
        ] {
            assert!(is_equal(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("18446744073709551616", "18446744073709551617"),
            ("9007199254740993", "9007199254740992"),
            ("1", "-1"),
            ("1", "10"),
            ("1e-99999999999999999999", "1e-99999999999999999998"),
            ("0.1e-9223372036854775808", "0.01e-9223372036854775808"),
            ("0.1", "0.10000000000000001"),
            ("1", "\"1\""),
            ("{\"a\":1}", "{\"a\":1,\"b\":1}"),
        ] {
            assert!(!is_equal(a, b), "{a} {b}");
        }
    }
}
