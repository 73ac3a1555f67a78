//! SD-JWT (RFC 9901): disclosures, and the digests that they belong to.

use std::collections::HashMap;

use openssl::sha::{sha256, sha384, sha512};
use serde_json::Value;

use crate::crypto::base64url;
use crate::crypto::json::Object;
use crate::inspect::parse::{Document, Node, Token};

/// What follows the issuer's JWT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdJwt {
    /// The disclosures.
    pub disclosures: Vec<Disclosure>,
    /// The key binding JWT.
    pub key_binding: Option<Box<Token>>,
    /// Whether the binding's `sd_hash` is the hash of what it binds; `None` without one.
    pub is_bound: Option<bool>,
    /// How many digests nothing discloses.
    pub hidden: usize,
}

/// One disclosure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The name of the claim; an array element has none.
    pub name: Option<String>,
    /// The value.
    pub value: Node,
    /// Whether the array has the two or three elements that it should have.
    pub is_well_formed: bool,
    /// How often its digest is in the token; once is right.
    pub references: usize,
    /// Its digest.
    pub digest: String,
}

/// The most disclosures that are looked at.
const MAX_DISCLOSURES: usize = 1000;

impl SdJwt {
    pub(super) fn read(rest: &str, claims: Option<&Document>, issuer: &str) -> SdJwt {
        let empty = Object::new();
        let claims = claims.map_or(&empty, |document| &document.object);
        let hash: fn(&[u8]) -> Vec<u8> = match claims.get("_sd_alg").and_then(Value::as_str) {
            Some("sha-384") => |bytes| sha384(bytes).to_vec(),
            Some("sha-512") => |bytes| sha512(bytes).to_vec(),
            _ => |bytes| sha256(bytes).to_vec(),
        };
        let (texts, binding) = rest.rsplit_once('~').unwrap_or(("", rest));
        let mut disclosures: Vec<Disclosure> = (texts.split('~'))
            .filter(|text| !text.is_empty())
            .take(MAX_DISCLOSURES)
            .map(|text| Disclosure::read(text, hash))
            .collect();
        let mut digests = Vec::new();
        object_digests(claims, &mut digests);
        for disclosure in &disclosures {
            node_digests(&disclosure.value.to_value(), &mut digests);
        }
        let mut references: HashMap<&str, usize> = HashMap::new();
        for digest in &digests {
            *references.entry(digest).or_default() += 1;
        }
        for disclosure in &mut disclosures {
            disclosure.references = references.get(&*disclosure.digest).copied().unwrap_or(0);
        }
        for disclosure in &disclosures {
            references.remove(&*disclosure.digest);
        }
        let hidden = references.values().sum();
        let key_binding = (!binding.is_empty()).then(|| Box::new(Token::compact(binding)));
        let is_bound = key_binding.as_ref().map(|token| {
            let bound = format!("{issuer}~{}", &rest[..rest.len() - binding.len()]);
            let stated = token.claims().and_then(|claims| claims.get("sd_hash"));
            stated.and_then(Value::as_str) == Some(&*base64url::encode(hash(bound.as_bytes())))
        });
        SdJwt {
            hidden,
            disclosures,
            key_binding,
            is_bound,
        }
    }
}

impl Disclosure {
    fn read(text: &str, hash: fn(&[u8]) -> Vec<u8>) -> Disclosure {
        let (bytes, _) = crate::inspect::parse::tolerant_base64::decode(text);
        let (node, faults) = crate::inspect::parse::tolerant_json::read(&bytes);
        let items = match node {
            Node::List(items) => items,
            _ => Vec::new(),
        };
        let (name, value, is_well_formed) = match &*items {
            [Node::Text(_), value] => (None, value.clone(), faults.is_empty()),
            [Node::Text(_), Node::Text(name), value] => {
                let reserved = name == "_sd" || name == "...";
                (
                    Some(name.clone()),
                    value.clone(),
                    faults.is_empty() && !reserved,
                )
            }
            _ => (None, Node::Gap, false),
        };
        Disclosure {
            name,
            value,
            is_well_formed,
            references: 0,
            digest: base64url::encode(hash(text.as_bytes())),
        }
    }
}

fn node_digests(value: &Value, digests: &mut Vec<String>) {
    match value {
        Value::Object(object) => object_digests(object, digests),
        Value::Array(items) => items.iter().for_each(|item| node_digests(item, digests)),
        _ => {}
    }
}

fn object_digests(object: &Object, digests: &mut Vec<String>) {
    for (name, value) in object {
        match (name.as_str(), value) {
            ("_sd", Value::Array(items)) => {
                digests.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            ("...", Value::String(digest)) => digests.push(digest.clone()),
            (_, value) => node_digests(value, digests),
        }
    }
}
