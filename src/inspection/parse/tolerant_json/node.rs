//! A JSON value that keeps what other parsers drop.

use std::fmt;

use serde_json::{Map, Number, Value};

use crate::crypto::json::Object;

/// A JSON value as it is in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Node {
    Null,
    Bool(bool),
    /// The digits as written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// The members in their order; a name may come twice.
    Object(Vec<(String, Node)>),
    /// Nothing readable stands here: the text ends, is no JSON, or nests too deep.
    Gap,
}

impl Node {
    /// The value as other parsers hold it: of two members with one name the last, a number as the nearest double,
    /// and null for a gap.
    pub fn to_value(&self) -> Value {
        match self {
            Node::Null | Node::Gap => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Text(text) => text.as_str().into(),
            Node::List(items) => items.iter().map(Node::to_value).collect(),
            Node::Object(_) => Value::Object(self.to_object().unwrap_or_default()),
            Node::Number(text) => text
                .parse::<Number>()
                .map_or_else(|_| text.as_str().into(), Value::Number),
        }
    }

    /// The members, when it is an object; of two with one name the last.
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

/// Compact JSON; a gap is written as `?`.
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
