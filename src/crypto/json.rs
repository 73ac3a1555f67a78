//! Strict JSON: UTF-8, no duplicate member at any depth (RFC 7515 §4, RFC 7517 §4), bounded nesting, nothing behind.

mod compact;
mod scan;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

pub use compact::compact;
pub use scan::{Seen, members};

/// An object with its members in the order of the text.
pub type Object = Map<String, Value>;

/// How deep objects and arrays may nest.
pub const MAX_DEPTH: usize = 32;

/// Why a text is not acceptable JSON. Nothing of the text is quoted: it may be a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not UTF-8, or with a byte order mark.
    NotUtf8,
    /// Two members of one object share a name.
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
            Fault::DuplicateMember => f.write_str("has a member twice"),
            Fault::TooDeep => write!(f, "nests deeper than {MAX_DEPTH} levels"),
            Fault::Syntax => f.write_str("is not JSON"),
            Fault::NotAnObject => f.write_str("is not a JSON object"),
        }
    }
}

/// Parses one JSON object and nothing else.
pub fn parse_object(text: &[u8]) -> Result<Object, Fault> {
    match parse(text)? {
        Value::Object(object) => Ok(object),
        _ => Err(Fault::NotAnObject),
    }
}

/// Parses one JSON value and nothing else.
pub fn parse(text: &[u8]) -> Result<Value, Fault> {
    let text = text_of(text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }
        .deserialize(&mut deserializer)
        .map_err(|error| fault(&error))?;
    deserializer.end().map_err(|_| Fault::Syntax)?;
    Ok(value)
}

fn text_of(text: &[u8]) -> Result<&str, Fault> {
    match str::from_utf8(text) {
        Ok(text) if !text.starts_with('\u{feff}') => Ok(text),
        _ => Err(Fault::NotUtf8),
    }
}

// serde_json carries a visitor's own errors as text only, so the two marks below are how they come back.
const DUPLICATE: &str = "jotsmith:duplicate";
const DEEP: &str = "jotsmith:deep";

fn fault(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    if error.is_data() && text.starts_with(DUPLICATE) {
        Fault::DuplicateMember
    } else if error.is_data() && text.starts_with(DEEP) {
        Fault::TooDeep
    } else {
        Fault::Syntax
    }
}

struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: serde::de::Error>(&self) -> Result<Strict, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(DEEP));
        }
        Ok(Strict {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(DUPLICATE));
            }
            let value = members.next_value_seed(self.inner()?)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_other_parsers_let_pass() {
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
    fn member_order_is_kept() {
        let object = parse_object(br#"{"z":1,"a":2}"#).unwrap();
        assert_eq!(object.keys().collect::<Vec<_>>(), ["z", "a"]);
    }
}
