//! Members of a claims set or a header as they are typed: `name=text` and `name:=json`.

use std::str::FromStr;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::crypto::json;
use crate::io::source::{Inputs, Source};
use crate::output::exit::CliError;

/// The largest value read from a file, in bytes.
const MAX_VALUE: usize = 1024 * 1024;

/// One member: its name, and its value still as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name.
    pub name: String,
    text: String,
    is_json: bool,
}

impl FromStr for Member {
    type Err = String;

    fn from_str(typed: &str) -> Result<Member, String> {
        if typed.trim_start().starts_with('{') {
            return Err("is a JSON object: give it on stdin or with --claims; a claim is name=text or name:=json".into());
        }
        let (name, text) = typed
            .split_once('=')
            .ok_or("is neither name=text nor name:=json")?;
        let (name, is_json) = match name.strip_suffix(':') {
            Some(name) => (name, true),
            None => (name, false),
        };
        if name.is_empty() {
            return Err("has no name before the =".into());
        }
        Ok(Member {
            name: name.into(),
            text: text.into(),
            is_json,
        })
    }
}

impl Member {
    /// The text of the value, if it is typed as text and not read from a file.
    pub fn text(&self) -> Option<&str> {
        (!self.is_json && !self.text.starts_with('@')).then_some(self.text.as_str())
    }

    /// Whether the value is read from stdin.
    pub fn names_stdin(&self) -> bool {
        let path = self.text.strip_prefix('@');
        path.is_some_and(|path| Source::File(path.into()).is_stdin())
    }

    /// The value: the text, or the JSON; `@PATH` in place of either is read from the file.
    ///
    /// # Errors
    /// When the file cannot be read, the text is not UTF-8, or the JSON is not strict JSON.
    pub fn value(&self, inputs: &Inputs) -> Result<Value> {
        let place = || format!("the value of {}", self.name);
        let bytes = match self.text.strip_prefix('@') {
            Some(path) => inputs.read(&Source::File(path.into()), "value", MAX_VALUE)?,
            None => self.text.clone().into_bytes().into(),
        };
        if self.is_json {
            return json::parse(bytes.expose())
                .map_err(|fault| CliError::usage(format!("{} {fault}", place())).into());
        }
        str::from_utf8(bytes.expose())
            .map(Value::from)
            .map_err(|_| CliError::usage("is not UTF-8"))
            .with_context(place)
    }
}

/// Returns the claim with this name: an exact top-level name, a JSON Pointer (RFC 6901) if it begins with a slash, or else
/// names with dots between them.
pub fn claim_at<'v>(claims: &'v Value, name: &str) -> Option<&'v Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    if name.starts_with('/') {
        return claims.pointer(name);
    }
    name.split('.').try_fold(claims, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    })
}

/// Returns a claim as one line of text: a string as it is, anything else as JSON.
pub fn raw_claim(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        value => format!("{value}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_json_and_what_is_neither() {
        let value = |typed: &str| typed.parse::<Member>().unwrap().value(&Inputs::default());
        assert_eq!(value("a=1").unwrap(), "1");
        assert_eq!(value("a:=1").unwrap(), 1);
        assert_eq!(value("a=b=c").unwrap(), "b=c");
        assert_eq!(value("https://x/y=z").unwrap(), "z");
        assert!(value("a:={").is_err());
        assert!(value("a:={\"b\":1,\"b\":2}").is_err());
        for wrong in ["a", "=b", ":=b", ""] {
            assert!(wrong.parse::<Member>().is_err(), "{wrong}");
        }
    }
}
