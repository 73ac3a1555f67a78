//! The members of an object without building it: as strict as [`super::parse`], for streams of claims sets of which only
//! a few members count.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{DEEP, DUPLICATE, Fault, MAX_DEPTH, fault, text_of};

/// What a member holds, as far as a claim rule may ask.
#[derive(Debug, PartialEq)]
pub enum Seen<'t> {
    /// A string.
    Text(Cow<'t, str>),
    /// A number.
    Number(f64),
    /// An array of strings and nothing else.
    Texts(Vec<Cow<'t, str>>),
    /// Anything else.
    Other,
}

/// Tells `member` every member of the object, in the order of the text.
///
/// # Errors
/// As [`super::parse_object`].
pub fn members<'t>(text: &'t [u8], member: impl FnMut(&str, Seen<'t>)) -> Result<(), Fault> {
    let text = text_of(text)?;
    if !text.trim_ascii_start().starts_with('{') {
        // The rare way, which tells what is wrong.
        return super::parse_object(text.as_bytes()).map(|_| ());
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let top = Top { member };
    (deserializer.deserialize_map(top)).map_err(|error| fault(&error))?;
    deserializer.end().map_err(|_| Fault::Syntax)
}

struct Top<F> {
    member: F,
}

impl<'t, F: FnMut(&str, Seen<'t>)> Visitor<'t> for Top<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut names = Names::default();
        while let Some(name) = map.next_key_seed(Text)? {
            let seen = map.next_value_seed(Strict { depth: 1 })?;
            (self.member)(&name, seen);
            names.0.push(name);
        }
        names.check()
    }
}

/// The names of an object's members.
#[derive(Default)]
struct Names<'t>(Vec<Cow<'t, str>>);

impl Names<'_> {
    /// Few names are compared each with each, many are sorted, so that the time stays in proportion.
    fn check<E: serde::de::Error>(mut self) -> Result<(), E> {
        const FEW: usize = 16;
        let twice = if self.0.len() <= FEW {
            let mut names = self.0.iter();
            std::iter::from_fn(|| {
                names
                    .next()
                    .map(|name| names.clone().any(|other| other == name))
            })
            .any(|twice| twice)
        } else {
            self.0.sort_unstable();
            self.0.windows(2).any(|pair| pair[0] == pair[1])
        };
        match twice {
            true => Err(E::custom(DUPLICATE)),
            false => Ok(()),
        }
    }
}

/// A string, borrowed from the text unless it has an escape in it.
struct Text;

impl<'t> DeserializeSeed<'t> for Text {
    type Value = Cow<'t, str>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Cow<'t, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'t> for Text {
    type Value = Cow<'t, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A value at this depth.
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: serde::de::Error>(&self) -> Result<Strict, E> {
        match self.depth {
            MAX_DEPTH => Err(E::custom(DEEP)),
            depth => Ok(Strict { depth: depth + 1 }),
        }
    }
}

impl<'t> DeserializeSeed<'t> for Strict {
    type Value = Seen<'t>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Seen<'t>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Strict {
    type Value = Seen<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Seen<'t>, E> {
        Ok(Seen::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seen<'t>, E> {
        Ok(Seen::Other)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Seen<'t>, E> {
        Ok(Seen::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Seen<'t>, E> {
        Ok(Seen::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Seen<'t>, E> {
        Ok(Seen::Number(value))
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<Seen<'t>, E> {
        Ok(Seen::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Seen<'t>, E> {
        Ok(Seen::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Seen<'t>, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(item) = items.next_element_seed(self.inner()?)? {
            match (item, &mut texts) {
                (Seen::Text(text), Some(texts)) if self.depth == 1 => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(texts.map_or(Seen::Other, Seen::Texts))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Seen<'t>, A::Error> {
        let mut names = Names::default();
        while let Some(name) = map.next_key_seed(Text)? {
            map.next_value_seed(self.inner()?)?;
            names.0.push(name);
        }
        names.check()?;
        Ok(Seen::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::json::parse_object;

    fn names(text: &[u8]) -> Result<Vec<String>, Fault> {
        let mut names = Vec::new();
        members(text, |name, _| names.push(name.to_owned())).map(|()| names)
    }

    #[test]
    fn is_as_strict_as_the_parser() {
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
            let expected = parse_object(&text).map(|object| object.keys().cloned().collect());
            assert_eq!(names(&text), expected, "{}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn tells_what_a_claim_rule_asks_about() {
        let text = br#"{"a":"x\n","b":5,"c":["p","q"],"d":[],"e":["p",1],"f":[["p"]],"g":null}"#;
        let mut seen = Vec::new();
        members(text, |_, value| seen.push(value)).unwrap();
        let texts = |texts: &[&'static str]| {
            Seen::Texts(texts.iter().map(|text| Cow::from(*text)).collect())
        };
        assert_eq!(
            seen,
            [
                Seen::Text("x\n".into()),
                Seen::Number(5.0),
                texts(&["p", "q"]),
                texts(&[]),
                Seen::Other,
                Seen::Other,
                Seen::Other,
            ]
        );
    }
}
