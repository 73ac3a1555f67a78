//! Parses SD-JWT (RFC 9901): disclosures and their digests.

use std::collections::HashMap;

use serde_json::Value;

use crate::crypto::alg::Hash;
use crate::crypto::json::{MAX_DEPTH, Object};
use crate::inspection::parse::json_serialization::member;
use crate::inspection::parse::{Document, Node, Token};
use crate::sd_jwt::{DEFAULT_HASH, digest_text, hash_named};

/// The parts that follow the issuer's JWT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdJwt {
    /// The disclosures.
    pub disclosures: Vec<Disclosure>,
    /// The key binding JWT.
    pub key_binding: Option<Box<Token>>,
    /// Whether the `sd_hash` of the key binding JWT is the hash of the presentation. `None` without a key binding JWT,
    /// or if the hash function is unknown.
    pub is_bound: Option<bool>,
    /// The value of `_sd_alg` as JSON, if it is not a known hash function. No digest is computed then.
    pub unknown_hash: Option<String>,
    /// How many digests have no disclosure; `None` if the hash function is unknown.
    pub hidden: Option<usize>,
    /// Every digest that is reachable from the payload, in the order of the claims.
    pub tree: Vec<DigestPlace>,
}

/// Where a digest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestPlace {
    /// The path of the claim. For a digest in `_sd` without a disclosure, which has no name, the path of the object.
    pub path: String,
    /// The digest.
    pub digest: String,
    /// The index of its disclosure; `None` for a hidden claim or a decoy, which cannot be distinguished.
    pub disclosure: Option<usize>,
}

/// One disclosure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The salt, if it is a string.
    pub salt: Option<String>,
    /// The name of the claim; an array element has none.
    pub name: Option<String>,
    /// The value.
    pub value: Node,
    /// Whether it is a valid array of two or three elements.
    pub is_well_formed: bool,
    /// How often its digest is in the token, which must be once. 0 if the hash function is unknown.
    pub references: usize,
    /// Its digest; `None` if the hash function is unknown.
    pub digest: Option<String>,
}

/// The maximum number of disclosures that are parsed.
const MAX_DISCLOSURES: usize = 1000;
/// The maximum length of a path, in characters. Longer ones are shortened.
const MAX_PATH: usize = 200;

impl SdJwt {
    /// Reads the parts of a compact SD-JWT: the issuer's JWT, and the text after its `~`.
    pub(super) fn parse_tolerant(issuer: &str, rest: &str, claims: Option<&Document>) -> SdJwt {
        let (texts, binding) = rest.rsplit_once('~').unwrap_or(("", rest));
        let texts: Vec<&str> = texts.split('~').filter(|text| !text.is_empty()).collect();
        let bound = format!("{issuer}~{}", &rest[..rest.len() - binding.len()]);
        let binding = Some(binding).filter(|text| !text.is_empty());
        SdJwt::new(&texts, binding, claims, &bound)
    }

    /// Reads the members from the first unprotected header (RFC 9901 section 8), or from the top level of the token, as in
    /// older drafts. Returns `None` if the token has neither. `issuer` is the compact form of the first signature.
    pub(super) fn from_json(
        token: &Node,
        first: &Node,
        claims: Option<&Document>,
        issuer: &str,
    ) -> Option<SdJwt> {
        let places = [member(first, "header"), Some(token)].into_iter().flatten();
        let mut found = places.map(|place| (member(place, "disclosures"), member(place, "kb_jwt")));
        let (disclosures, binding) =
            found.find(|(disclosures, binding)| disclosures.is_some() || binding.is_some())?;
        let text = |node: &'_ Node| match node {
            Node::Text(text) => text.clone(),
            _ => String::new(),
        };
        let texts: Vec<String> = match disclosures {
            Some(Node::List(items)) => items.iter().map(text).collect(),
            _ => Vec::new(),
        };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let bound: String =
            [&[issuer], &*texts].concat().iter().fold(String::new(), |all, text| all + text + "~");
        let binding = binding.map(text);
        Some(SdJwt::new(&texts, binding.as_deref(), claims, &bound))
    }

    /// `bound` is the text that `sd_hash` covers.
    fn new(texts: &[&str], binding: Option<&str>, claims: Option<&Document>, bound: &str) -> SdJwt {
        let empty = Object::new();
        let claims = claims.map_or(&empty, |document| &document.object);
        let name = claims.get("_sd_alg");
        let hash = match name {
            None => hash_named(DEFAULT_HASH),
            Some(name) => name.as_str().and_then(hash_named),
        };
        let unknown_hash = if hash.is_none() {
            name.map(Value::to_string)
        } else {
            None
        };
        let mut disclosures: Vec<Disclosure> = texts
            .iter()
            .take(MAX_DISCLOSURES)
            .map(|text| Disclosure::parse_tolerant(text, hash))
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
            let count = disclosure.digest.as_deref().and_then(|digest| references.get(digest));
            disclosure.references = count.copied().unwrap_or(0);
        }
        for digest in disclosures.iter().filter_map(|one| one.digest.as_deref()) {
            references.remove(digest);
        }
        let hidden = hash.map(|_| references.values().sum());
        let key_binding = binding.map(|text| Box::new(Token::parse_compact(text)));
        let is_bound = key_binding.as_ref().zip(hash).map(|(token, hash)| {
            let stated = token.claims().and_then(|claims| claims.get("sd_hash"));
            stated.and_then(Value::as_str) == Some(&*digest_text(hash, bound.as_bytes()))
        });
        SdJwt {
            unknown_hash,
            hidden,
            tree: Tree::locate_digests(claims, &disclosures),
            disclosures,
            key_binding,
            is_bound,
        }
    }
}

impl Disclosure {
    fn parse_tolerant(text: &str, hash: Option<Hash>) -> Disclosure {
        let (bytes, _) = crate::inspection::parse::tolerant_base64::decode_tolerant(text);
        let (node, faults) = crate::inspection::parse::tolerant_json::parse_tolerant(&bytes);
        let items = match node {
            Node::List(items) => items,
            _ => Vec::new(),
        };
        let salt = match items.first() {
            Some(Node::Text(salt)) => Some(salt.clone()),
            _ => None,
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
            salt,
            name,
            value,
            is_well_formed,
            references: 0,
            digest: hash.map(|hash| digest_text(hash, text.as_bytes())),
        }
    }
}

/// A search for the places of digests.
struct Tree<'d> {
    by_digest: HashMap<&'d str, usize>,
    /// The values of the disclosures. Each is removed at its first digest, so that the work is bounded by the size of the
    /// token.
    values: Vec<Option<Value>>,
    disclosures: &'d [Disclosure],
    path: String,
    places: Vec<DigestPlace>,
}

impl Tree<'_> {
    fn locate_digests(claims: &Object, disclosures: &[Disclosure]) -> Vec<DigestPlace> {
        let digests = disclosures
            .iter()
            .enumerate()
            .filter_map(|(index, one)| Some((one.digest.as_deref()?, index)));
        let values = disclosures.iter().map(|one| Some(one.value.to_value()));
        let mut tree = Tree {
            by_digest: digests.collect(),
            values: values.collect(),
            disclosures,
            path: String::new(),
            places: Vec::new(),
        };
        tree.visit_object(claims, 1);
        tree.places
    }

    fn visit_value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(object) if depth < MAX_DEPTH => self.visit_object(object, depth + 1),
            Value::Array(items) if depth < MAX_DEPTH => {
                for (index, item) in items.iter().enumerate() {
                    self.visit_below(&format!("[{index}]"), |tree| match item.get("...") {
                        Some(Value::String(digest)) => tree.visit_digest(digest, depth),
                        _ => tree.visit_value(item, depth + 1),
                    });
                }
            }
            _ => {}
        }
    }

    fn visit_object(&mut self, object: &Object, depth: usize) {
        for (name, value) in object {
            match (name.as_str(), value) {
                ("_sd", Value::Array(items)) => {
                    for digest in items.iter().filter_map(Value::as_str) {
                        let index = self.by_digest.get(digest);
                        let name = index.and_then(|index| self.disclosures[*index].name.as_deref());
                        match name {
                            Some(name) => {
                                self.visit_member(name, |tree| tree.visit_digest(digest, depth))
                            }
                            None => self.visit_digest(digest, depth),
                        }
                    }
                }
                (name, value) => self.visit_member(name, |tree| tree.visit_value(value, depth)),
            }
        }
    }

    fn visit_digest(&mut self, digest: &str, depth: usize) {
        let disclosure = self.by_digest.get(digest).copied();
        let path = match self.path.char_indices().nth(MAX_PATH) {
            Some((end, _)) => format!("{}..", &self.path[..end]),
            None => self.path.clone(),
        };
        self.places.push(DigestPlace {
            path,
            digest: digest.to_owned(),
            disclosure,
        });
        if let Some(value) = disclosure.and_then(|index| self.values[index].take()) {
            self.visit_value(&value, depth);
        }
    }

    fn visit_member(&mut self, name: &str, read: impl FnOnce(&mut Self)) {
        if self.path.is_empty() {
            self.visit_below(name, read)
        } else {
            self.visit_below(&format!(".{name}"), read)
        }
    }

    fn visit_below(&mut self, step: &str, read: impl FnOnce(&mut Self)) {
        let len = self.path.len();
        self.path.push_str(step);
        read(self);
        self.path.truncate(len);
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
