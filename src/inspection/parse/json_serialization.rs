//! The JSON serializations (RFC 7515 §7.2, RFC 7516 §7.2).

use std::sync::Arc;

use crate::crypto::token::MAX_PARTIES;
use crate::inspection::parse::{
    Document, Family, Head, Node, SdJwt, Segment, Serialization, Token, tolerant_json,
};

/// Parses a JWS or JWE in a JSON serialization.
pub(super) fn parse_json_serialization(text: &str) -> Token {
    let (node, faults) = tolerant_json::parse_tolerant(text.as_bytes());
    let is_jwe = member(&node, "ciphertext").is_some() || member(&node, "recipients").is_some();
    let (family, list, tail) = if is_jwe {
        (Family::Jwe, "recipients", "encrypted_key")
    } else {
        (Family::Jws, "signatures", "signature")
    };
    let (form, items) = match member(&node, list) {
        Some(Node::List(items)) => (Serialization::General, items.iter().collect()),
        _ => (Serialization::Flattened, vec![&node]),
    };
    let parties = items.len();
    // The recipients of a JWE share the protected header.
    let (mut protected, mut shared) = (None, None);
    if is_jwe {
        protected = Some(protected_header(&node));
        shared = parse_document(member(&node, "unprotected")).map(Arc::new);
    }
    let heads = items.into_iter().take(MAX_PARTIES).map(|item| {
        let (segment, protected) = protected.clone().unwrap_or_else(|| protected_header(item));
        Head {
            segment,
            protected,
            shared: shared.clone(),
            unprotected: parse_document(member(item, "header")),
            tail: self::segment_member(item, tail),
        }
    });
    let mut token = Token {
        family,
        form,
        text: text.to_owned(),
        pieces: 0,
        heads: heads.collect(),
        parties,
        body: segment_member(&node, if is_jwe { "ciphertext" } else { "payload" }),
        claims: None,
        iv: segment_member(&node, "iv"),
        tag: segment_member(&node, "tag"),
        aad: segment_member(&node, "aad"),
        sd: None,
        nested: None,
    };
    if let Some(head) = token.heads.first_mut()
        && !faults.is_empty()
    {
        // Faults of the JSON of the token are reported with those of its first header.
        if let Some(document) = &mut head.protected {
            Arc::make_mut(document).faults.extend(faults);
        } else if let Some(document) = &mut head.unprotected {
            document.faults.extend(faults);
        }
    }
    if family == Family::Jws {
        token.read_claims();
        let first = match member(&node, list) {
            Some(Node::List(items)) => items.first().unwrap_or(&node),
            _ => &node,
        };
        let texts = [
            (first, "protected"),
            (&node, "payload"),
            (first, "signature"),
        ];
        let texts = texts.map(|(node, name)| segment_member(node, name).unwrap_or_default().text);
        token.sd = SdJwt::from_json(&node, first, token.claims.as_ref(), &texts.join("."));
    }
    token
}

/// Returns the member of an object; the last one if several have this name.
pub(super) fn member<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Node::Object(members) = node else {
        return None;
    };
    let found = members.iter().rev().find(|(own, _)| own == name);
    found.map(|(_, value)| value)
}

fn segment_member(node: &Node, name: &str) -> Option<Segment> {
    match member(node, name)? {
        Node::Text(text) => Some(Segment::new(0, text)),
        _ => Some(Segment::default()),
    }
}

fn protected_header(node: &Node) -> (Arc<Segment>, Option<Arc<Document>>) {
    let segment = segment_member(node, "protected");
    let document =
        segment.as_ref().map(|segment| Arc::new(Document::parse_tolerant(&segment.bytes)));
    (segment.unwrap_or_default().into(), document)
}

fn parse_document(node: Option<&Node>) -> Option<Document> {
    match node {
        Some(Node::Object(members)) if !members.is_empty() => {
            Some(Document::from_node(Node::Object(members.clone())))
        }
        _ => None,
    }
}
