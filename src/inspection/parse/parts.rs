//! The parts of a token: its segments, and the JSON documents in them.

use std::sync::Arc;

use serde_json::Value;

use crate::crypto::json::Object;
use crate::inspection::parse::tolerant_base64;
use crate::inspection::parse::tolerant_json::{self, Node};

/// A piece of base64url text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segment {
    /// The position of its text in the token, in bytes.
    pub start: usize,
    /// The text.
    pub text: String,
    /// The bytes that it encodes.
    pub bytes: Vec<u8>,
    /// Why the text is not canonical.
    pub faults: Vec<tolerant_base64::Fault>,
}

/// A JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The value as it is in the text.
    pub node: Node,
    /// The object as other parsers read it; empty if the text is not an object.
    pub object: Object,
    /// What is wrong with it.
    pub faults: Vec<tolerant_json::Fault>,
}

/// A signature or a recipient with its headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The text of the protected header. The recipients of a JWE share it.
    pub segment: Arc<Segment>,
    /// The protected header; `None` if there is none. The recipients of a JWE share it.
    pub protected: Option<Arc<Document>>,
    /// The unprotected header that the recipients of a JWE share (RFC 7516 §7.2.1).
    pub shared: Option<Arc<Document>>,
    /// The unprotected header of this signature or recipient.
    pub unprotected: Option<Document>,
    /// The signature or the encrypted key; `None` if the token ends before it.
    pub tail: Option<Segment>,
}

pub(super) fn looks_like_an_object(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'{')
}

impl Segment {
    pub(super) fn new(start: usize, text: &str) -> Segment {
        let (bytes, faults) = tolerant_base64::decode_tolerant(text);
        Segment {
            start,
            text: text.to_owned(),
            bytes,
            faults,
        }
    }

    /// Returns the position in the token of the byte `at` of the content.
    pub fn source_position(&self, at: usize) -> usize {
        self.start + (at * 4 / 3).min(self.text.len())
    }
}

impl Document {
    /// Reads a JSON text.
    pub fn parse_tolerant(bytes: &[u8]) -> Document {
        let (node, faults) = tolerant_json::parse_tolerant(bytes);
        Document {
            object: node.to_object().unwrap_or_default(),
            node,
            faults,
        }
    }

    /// Whether the text could not be read to its end. A member that is absent then proves nothing.
    pub fn is_cut(&self) -> bool {
        let cut = |fault: &tolerant_json::Fault| {
            matches!(
                fault,
                tolerant_json::Fault::Cut(_)
                    | tolerant_json::Fault::Syntax(_)
                    | tolerant_json::Fault::TooDeep(_)
            )
        };
        self.faults.iter().any(cut)
    }

    pub(super) fn from_node(node: Node) -> Document {
        Document {
            object: node.to_object().unwrap_or_default(),
            node,
            faults: Vec::new(),
        }
    }
}

impl Head {
    pub(super) fn new(segment: Segment) -> Head {
        Head {
            protected: Some(Document::parse_tolerant(&segment.bytes).into()),
            segment: segment.into(),
            ..Head::default()
        }
    }

    /// Returns a header parameter; the protected header has precedence.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let protected = self.protected.as_ref();
        protected
            .and_then(|document| document.object.get(name))
            .or_else(|| self.unprotected(name))
    }

    /// Returns a parameter of an unprotected header.
    pub fn unprotected(&self, name: &str) -> Option<&Value> {
        let own = self.unprotected.as_ref();
        own.and_then(|document| document.object.get(name))
            .or_else(|| self.shared.as_ref()?.object.get(name))
    }

    /// Whether the protected and the shared header are those of another recipient.
    pub fn shares_headers_with(&self, other: &Head) -> bool {
        let is_same =
            |own: &Option<Arc<Document>>, other: &Option<Arc<Document>>| match (own, other) {
                (Some(own), Some(other)) => Arc::ptr_eq(own, other),
                (None, None) => true,
                _ => false,
            };
        is_same(&self.protected, &other.protected) && is_same(&self.shared, &other.shared)
    }

    /// Returns a header parameter that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}
