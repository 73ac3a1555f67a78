//! The JSON serializations (RFC 7515 §7.2, RFC 7516 §7.2).

use crate::inspect::parse::{Document, Family, Form, Head, Node, Segment, Token, tolerant_json};

/// Takes a JWS or JWE in JSON apart.
pub(super) fn read(text: &str) -> Token {
    let (node, faults) = tolerant_json::read(text.as_bytes());
    let is_jwe = member(&node, "ciphertext").is_some() || member(&node, "recipients").is_some();
    let (family, list, tail) = match is_jwe {
        true => (Family::Jwe, "recipients", "encrypted_key"),
        false => (Family::Jws, "signatures", "signature"),
    };
    let (form, items) = match member(&node, list) {
        Some(Node::List(items)) => (Form::General, items.iter().collect()),
        _ => (Form::Flattened, vec![&node]),
    };
    let heads = items.into_iter().map(|item| {
        // A JWE protects one header for all its recipients.
        let protected = member(if is_jwe { &node } else { item }, "protected");
        let segment = protected.map(|_| segment(if is_jwe { &node } else { item }, "protected"));
        let segment = segment.flatten();
        Head {
            protected: (segment.as_ref()).map(|segment| Document::read(&segment.bytes)),
            segment: segment.unwrap_or_default(),
            unprotected: unprotected(&node, item),
            tail: self::segment(item, tail),
        }
    });
    let mut token = Token {
        family,
        form,
        text: text.to_owned(),
        pieces: 0,
        heads: heads.collect(),
        body: segment(&node, if is_jwe { "ciphertext" } else { "payload" }),
        claims: None,
        iv: segment(&node, "iv"),
        tag: segment(&node, "tag"),
        aad: segment(&node, "aad"),
        sd: None,
        nested: None,
    };
    if let Some(head) = token.heads.first_mut()
        && let Some(document) = head.protected.as_mut().or(head.unprotected.as_mut())
    {
        document.faults.extend(faults);
    }
    if family == Family::Jws {
        token.read_claims();
    }
    token
}

/// The member of an object; of two with one name the last.
pub(super) fn member<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Node::Object(members) = node else {
        return None;
    };
    let found = members.iter().rev().find(|(own, _)| own == name);
    found.map(|(_, value)| value)
}

fn segment(node: &Node, name: &str) -> Option<Segment> {
    match member(node, name)? {
        Node::Text(text) => Some(Segment::new(0, text)),
        _ => Some(Segment::default()),
    }
}

fn unprotected(whole: &Node, item: &Node) -> Option<Document> {
    let mut members = Vec::new();
    for found in [member(whole, "unprotected"), member(item, "header")] {
        if let Some(Node::Object(found)) = found {
            members.extend(found.iter().cloned());
        }
    }
    (!members.is_empty()).then(|| Document::from_node(Node::Object(members)))
}
