//! Parses members of a claims set or a header: `name=text` and `name:=json`.

use std::str::FromStr;

use crate::io::source::Source;

/// One member: its name, and its value before it is parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name.
    pub name: String,
    pub(crate) text: String,
    pub(crate) is_json: bool,
}

impl FromStr for Member {
    type Err = String;

    fn from_str(typed: &str) -> Result<Member, String> {
        if typed.trim_start().starts_with('{') {
            return Err("is a JSON object; pass it on stdin or with --claims".into());
        }
        let (name, text) = typed.split_once('=').ok_or("is neither name=text nor name:=json")?;
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
    /// Returns the value if it is literal text: neither JSON nor read from a file.
    pub fn text(&self) -> Option<&str> {
        (!self.is_json && !self.text.starts_with('@')).then_some(self.text.as_str())
    }

    /// Whether the value is read from stdin.
    pub fn names_stdin(&self) -> bool {
        let path = self.text.strip_prefix('@');
        path.is_some_and(|path| Source::File(path.into()).is_stdin())
    }
}
