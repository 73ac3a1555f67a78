//! A JSON value that keeps what other parsers discard.

use std::fmt;

use serde_json::{Map, Number, Value};

use crate::crypto::json::Object;

/// A JSON value as it is in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Node {
    Null,
    Bool(bool),
    /// The number as it is in the text.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// The members in their order. A name can occur more than once.
    Object(Vec<(String, Node)>),
    /// A value that cannot be read: the text ends, is not JSON, or is nested too deeply.
    Gap,
}

impl Node {
    /// Returns the value as other parsers read it: the last of several members with the same name, a number as the nearest
    /// double, and null for a gap.
    pub fn to_value(&self) -> Value {
        match self {
            Node::Null | Node::Gap => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Text(text) => text.as_str().into(),
            Node::List(items) => items.iter().map(Node::to_value).collect(),
            Node::Object(_) => Value::Object(self.to_object().unwrap_or_default()),
            Node::Number(text) => {
                text.parse::<Number>().map_or_else(|_| text.as_str().into(), Value::Number)
            }
        }
    }

    /// Returns the members if it is an object; the last of several with the same name.
    pub fn to_object(&self) -> Option<Object> {
        let Node::Object(members) = self else {
            return None;
        };
        let mut object = Map::new();
        for (name, value) in members {
            object.insert(name.clone(), value.to_value());
        }
        Some(object)
    }
}

/// Writes JSON on one line, with `?` for a gap.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| Value::from(text).to_string();
        match self {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Number(text) => f.write_str(text),
            Node::Text(text) => f.write_str(&quoted(text)),
            Node::Gap => f.write_str("?"),
            Node::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index == 0 { "[" } else { ", " })?;
                }
                f.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Node::Object(members) => {
                for (index, (name, value)) in members.iter().enumerate() {
                    let before = if index == 0 { "{" } else { ", " };
                    write!(f, "{before}{}: {value}", quoted(name))?;
                }
                f.write_str(if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}
