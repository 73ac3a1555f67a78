//! Processing of disclosures (RFC 9901 section 7.1), in time linear in the length of the SD-JWT.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{DEFAULT_HASH, Step, digest_text, hash_named};
use crate::crypto::alg::Hash;
use crate::crypto::base64url;
use crate::crypto::error::{Code, Error, Failure, Quoted, Result};
use crate::crypto::json::{self, MAX_DEPTH, Object};

/// The expected state of a claim that a profile requires to be visible.
pub const WRONGLY_DISCLOSED: &str = "in the JWT payload, not in a disclosure";

/// A decoded disclosure (RFC 9901 section 4.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosure {
    /// The salt.
    pub salt: String,
    /// The name of the claim; `None` for an array element.
    pub name: Option<String>,
    /// The value. It may contain further digests.
    pub value: Value,
}

impl Disclosure {
    /// Decodes a disclosure.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is not the base64url of an array of two or three elements, or has a reserved name.
    pub fn parse(text: &str) -> Result<Disclosure> {
        let bytes = base64url::decode(text).ok_or_else(|| malformed_error("is not base64url"))?;
        let value = json::parse(&bytes).map_err(|fault| malformed_error(&fault.to_string()))?;
        let Value::Array(mut items) = value else {
            return Err(malformed_error("is not an array"));
        };
        let (len, value) = (items.len(), items.pop().unwrap_or_default());
        let mut items = items.into_iter();
        match (len, items.next(), items.next()) {
            (2, Some(Value::String(salt)), None) => Ok(Disclosure {
                salt,
                name: None,
                value,
            }),
            (3, Some(Value::String(salt)), Some(Value::String(name))) => {
                if is_reserved(&name) {
                    return Err(malformed_error(&format!("has the reserved name {name}")));
                }
                Ok(Disclosure {
                    salt,
                    name: Some(name),
                    value,
                })
            }
            (2 | 3, ..) => Err(malformed_error("has a salt or a name that is not a string")),
            _ => Err(malformed_error("does not have two or three elements")),
        }
    }
}

/// Whether RFC 9901 reserves the claim name.
pub(super) fn is_reserved(name: &str) -> bool {
    matches!(name, "_sd" | "..." | "_sd_alg")
}

fn malformed_error(why: &str) -> Error {
    Error::Malformed(format!("a disclosure {why}"))
}

/// The position of a value: a step from the position of its parent. The first position is that of the payload.
#[derive(Debug, Clone)]
pub struct Place {
    /// The index of the parent. The payload is its own parent.
    pub parent: usize,
    /// The step from the parent. The index of an array element is the index in the processed array.
    pub step: Step,
    /// The index of the disclosure of the value, if the value itself is disclosed.
    pub disclosure: Option<usize>,
}

/// A payload with its disclosed claims.
#[derive(Debug)]
pub struct Processed {
    /// The payload without digests.
    pub payload: Object,
    /// The hash function that the payload names.
    pub hash: Hash,
    /// The positions of the payload, of disclosed values, and of all objects and arrays.
    pub places: Vec<Place>,
}

impl Processed {
    /// Returns the steps to a position, the last step first.
    pub fn steps_up(&self, mut place: usize) -> impl Iterator<Item = &Step> {
        std::iter::from_fn(move || {
            let own = &self.places[place];
            let step = (place != 0).then_some(&own.step);
            place = own.parent;
            step
        })
    }

    /// Returns the failures of claims that must be visible in the JWT itself, but are disclosed or contain disclosed values.
    /// Verifiers without such rules accept them (RFC 9901 section 9.7).
    pub fn wrongly_disclosed(&self, visible: &[&str]) -> Vec<Failure> {
        let disclosed = self
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.disclosure.is_some())
            .filter_map(|(index, _)| self.steps_up(index).last());
        let names: HashSet<&str> = disclosed.filter_map(Step::member).collect();
        let wrong = visible.iter().filter(|name| names.contains(**name));
        wrong
            .map(|name| {
                let actual = self.payload.get(*name).map(Value::to_string);
                Failure::new(Code::ClaimRejected, *name, WRONGLY_DISCLOSED, actual)
            })
            .collect()
    }
}

/// Restores the disclosed claims in a payload. Every disclosure must be referenced by exactly one digest.
///
/// # Errors
/// [`Error::Malformed`] for what RFC 9901 section 7.1 rejects, [`Error::NotAllowed`] for an unknown hash function.
pub fn process(payload: &[u8], disclosures: &[Cow<str>]) -> Result<Processed> {
    let payload = json::parse_object(payload)
        .map_err(|fault| Error::Malformed(format!("the payload {fault}")))?;
    let name = match payload.get("_sd_alg") {
        None => DEFAULT_HASH,
        Some(Value::String(name)) => name,
        Some(_) => return Err(Error::Malformed("_sd_alg is not a string".into())),
    };
    let hash = hash_named(name).ok_or_else(|| {
        Error::NotAllowed(format!("the hash function {} is not known", Quoted(name)))
    })?;
    let mut by_digest = HashMap::with_capacity(disclosures.len());
    for (index, text) in disclosures.iter().enumerate() {
        if by_digest.insert(digest_text(hash, text.as_bytes()), index).is_some() {
            return Err(malformed_error("occurs twice"));
        }
    }
    let root = Place {
        parent: 0,
        step: Step::Element(0),
        disclosure: None,
    };
    let mut processor = Processor {
        disclosures,
        by_digest,
        seen: HashSet::new(),
        places: vec![root],
        placed: 0,
    };
    let payload = processor.process_object(payload, 1, 0)?;
    if processor.placed != disclosures.len() {
        return Err(malformed_error("is not referenced by any digest"));
    }
    Ok(Processed {
        payload,
        hash,
        places: processor.places,
    })
}

struct Processor<'d> {
    disclosures: &'d [Cow<'d, str>],
    by_digest: HashMap<String, usize>,
    /// The digests so far in the payload and the disclosures, to detect duplicates.
    seen: HashSet<String>,
    places: Vec<Place>,
    /// The number of disclosures that were referenced by a digest.
    placed: usize,
}

impl Processor<'_> {
    fn process_value(&mut self, value: Value, depth: usize, place: usize) -> Result<Value> {
        match value {
            Value::Object(object) => {
                self.process_object(object, depth + 1, place).map(Value::Object)
            }
            Value::Array(items) => self.process_array(items, depth + 1, place).map(Value::Array),
            scalar => Ok(scalar),
        }
    }

    fn process_object(&mut self, object: Object, depth: usize, place: usize) -> Result<Object> {
        check_depth(depth)?;
        let mut result = Object::with_capacity(object.len());
        let mut digests = Vec::new();
        for (name, value) in object {
            match (&*name, value) {
                ("_sd", Value::Array(items)) => digests = items,
                ("_sd", _) => return Err(Error::Malformed("_sd is not an array".into())),
                ("_sd_alg", _) if place == 0 => {}
                ("_sd_alg" | "...", _) => {
                    return Err(Error::Malformed(format!(
                        "{name} is where RFC 9901 does not allow it"
                    )));
                }
                (_, value) => {
                    let value =
                        self.process_child(value, depth, place, Step::Member(name.clone()))?;
                    result.insert(name, value);
                }
            }
        }
        for digest in digests {
            let Some((index, disclosure)) = self.take_disclosure(digest)? else {
                continue;
            };
            let name = disclosure
                .name
                .ok_or_else(|| malformed_error("of an array element is referenced by _sd"))?;
            if result.contains_key(&name) {
                return Err(malformed_error("has the name of an existing claim"));
            }
            let own = self.add_place(place, Step::Member(name.clone()), Some(index));
            let value = self.process_value(disclosure.value, depth, own)?;
            result.insert(name, value);
        }
        Ok(result)
    }

    fn process_array(
        &mut self,
        items: Vec<Value>,
        depth: usize,
        place: usize,
    ) -> Result<Vec<Value>> {
        check_depth(depth)?;
        let mut result = Vec::with_capacity(items.len());
        for mut item in items {
            let step = Step::Element(result.len());
            let digest = match &mut item {
                Value::Object(object) if object.len() == 1 => object.shift_remove("..."),
                _ => None,
            };
            let Some(digest) = digest else {
                result.push(self.process_child(item, depth, place, step)?);
                continue;
            };
            let Some((index, disclosure)) = self.take_disclosure(digest)? else {
                continue;
            };
            if disclosure.name.is_some() {
                return Err(malformed_error(
                    "of a claim is referenced by an array element",
                ));
            }
            let own = self.add_place(place, step, Some(index));
            result.push(self.process_value(disclosure.value, depth, own)?);
        }
        Ok(result)
    }

    /// Processes a value that is not disclosed itself. Only objects and arrays have a position, because only they can contain
    /// disclosed values.
    fn process_child(
        &mut self,
        value: Value,
        depth: usize,
        place: usize,
        step: Step,
    ) -> Result<Value> {
        if !value.is_object() && !value.is_array() {
            return Ok(value);
        }
        let own = self.add_place(place, step, None);
        self.process_value(value, depth, own)
    }

    fn add_place(&mut self, parent: usize, step: Step, disclosure: Option<usize>) -> usize {
        self.places.push(Place {
            parent,
            step,
            disclosure,
        });
        self.places.len() - 1
    }

    /// Returns the disclosure that a digest references; `None` if it is not presented, or the digest is a decoy.
    fn take_disclosure(&mut self, digest: Value) -> Result<Option<(usize, Disclosure)>> {
        let Value::String(digest) = digest else {
            return Err(Error::Malformed("a digest is not a string".into()));
        };
        let index = self.by_digest.get(&digest).copied();
        if !self.seen.insert(digest) {
            return Err(Error::Malformed("a digest occurs twice".into()));
        }
        let Some(index) = index else {
            return Ok(None);
        };
        self.placed += 1;
        Ok(Some((index, Disclosure::parse(&self.disclosures[index])?)))
    }
}

fn check_depth(depth: usize) -> Result<()> {
    if depth <= MAX_DEPTH {
        Ok(())
    } else {
        Err(Error::Malformed(format!(
            "the claims nest deeper than {MAX_DEPTH} levels"
        )))
    }
}
