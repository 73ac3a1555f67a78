//! The JOSE header (RFC 7515 §4, RFC 7516 §4) and the rules that every header must meet.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::crypto::base64url;
use crate::crypto::error::{Error, Quoted, Result};
use crate::crypto::json::{self, Fault, Object};

/// The largest protected header, in bytes of JSON.
pub const MAX_HEADER: usize = 64 * 1024;

/// The header of one signature or one recipient: the protected header in its encoded form, and the unprotected headers of the
/// JSON serializations. The parts that all recipients of a JWE have in common are parsed once and shared.
#[derive(Debug, Clone, Default)]
pub struct Header {
    common: Arc<CommonHeader>,
    unprotected: Object,
}

/// The parts of the header that the recipients of a JWE share (RFC 7516 §7.2.1). The signatures of a JWS do not share any.
#[derive(Debug, Default)]
pub(super) struct CommonHeader {
    text: String,
    protected: Object,
    unprotected: Object,
    /// The protected header parameter `b64` (RFC 7797 section 3).
    b64: Option<bool>,
}

impl CommonHeader {
    /// Parses the protected header (base64url text), if any. `understood` contains the names of the supported extensions, which
    /// may be critical.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::NotAllowed`] if a critical extension is not understood (RFC 7515 §4.1.11).
    pub(super) fn parse(
        text: Option<&str>,
        unprotected: Object,
        understood: &[&str],
    ) -> Result<Arc<CommonHeader>> {
        let mut header = CommonHeader {
            text: text.unwrap_or_default().to_owned(),
            protected: text.map(parse_members).transpose()?.unwrap_or_default(),
            unprotected,
            b64: None,
        };
        check_types(&header.protected)?;
        check_types(&header.unprotected)?;
        check_disjoint(&header.unprotected, &[&header.protected])?;
        header.b64 = header.check_crit(understood)?;
        check_unprotected(&header.unprotected)?;
        Ok(Arc::new(header))
    }
}

impl Header {
    /// Adds the unprotected header of one signature or recipient.
    ///
    /// # Errors
    /// [`Error::Malformed`]; [`Error::NotAllowed`] for a parameter that must be protected.
    pub(super) fn new(common: &Arc<CommonHeader>, unprotected: Object) -> Result<Header> {
        check_types(&unprotected)?;
        check_disjoint(&unprotected, &[&common.protected, &common.unprotected])?;
        check_unprotected(&unprotected)?;
        Ok(Header {
            common: common.clone(),
            unprotected,
        })
    }

    /// Returns the encoded protected header, as in the signing input or the additional authenticated data.
    pub(crate) fn text(&self) -> &str {
        &self.common.text
    }

    /// Returns the members that are integrity protected.
    pub fn protected(&self) -> &Object {
        &self.common.protected
    }

    /// Returns the members that are not integrity protected.
    pub fn unprotected(&self) -> Object {
        let mut all = self.common.unprotected.clone();
        all.extend(self.unprotected.clone());
        all
    }

    /// Whether a member is in an unprotected header.
    pub(crate) fn has_unprotected(&self, name: &str) -> bool {
        self.unprotected.contains_key(name) || self.common.unprotected.contains_key(name)
    }

    /// Returns a member of any part.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.common
            .protected
            .get(name)
            .or_else(|| self.unprotected.get(name))
            .or_else(|| self.common.unprotected.get(name))
    }

    /// Returns a string member of any part.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.member(name).and_then(Value::as_str)
    }

    /// Returns a string member that is integrity protected.
    pub(crate) fn protected_text_of(&self, name: &str) -> Option<&str> {
        self.common.protected.get(name).and_then(Value::as_str)
    }

    /// Returns the name of the algorithm.
    ///
    /// # Errors
    /// [`Error::Malformed`] if there is none.
    pub(crate) fn alg(&self) -> Result<&str> {
        self.text_of("alg").ok_or_else(|| Error::Malformed("the header has no alg".into()))
    }

    /// Whether the payload is signed without base64url encoding (RFC 7797 §3).
    pub(crate) fn is_unencoded(&self) -> bool {
        self.common.b64 == Some(false)
    }

    /// Whether the header has the parameter `b64` (RFC 7797 section 3).
    pub(crate) fn has_b64(&self) -> bool {
        self.common.b64.is_some()
    }
}

impl CommonHeader {
    /// Checks `crit` (RFC 7515 §4.1.11) and returns the value of `b64`. A header with `b64` must list it in `crit`, because
    /// implementations that do not support it would read the payload differently (RFC 7797 §6).
    fn check_crit(&self, understood: &[&str]) -> Result<Option<bool>> {
        let refuse = |why: String| Err(Error::NotAllowed(why));
        let not_a_list =
            || refuse("the header parameter crit is not an array of distinct names".into());
        let mut names: Vec<&str> = Vec::new();
        match self.protected.get("crit") {
            None => {}
            Some(Value::Array(items)) if !items.is_empty() => {
                for item in items {
                    // Stops at the first name that is not understood, so that `names` stays as short as `understood`.
                    match item.as_str() {
                        None => return not_a_list(),
                        Some(name) if !understood.contains(&name) => {
                            return refuse(format!(
                                "the critical header parameter {} is not understood",
                                Quoted(name)
                            ));
                        }
                        Some(name) if names.contains(&name) => return not_a_list(),
                        Some(name) => names.push(name),
                    }
                }
            }
            Some(_) => return not_a_list(),
        }
        if let Some(name) = names.iter().find(|name| !self.protected.contains_key(**name)) {
            return refuse(format!(
                "crit names {}, which the header does not contain",
                Quoted(name)
            ));
        }
        match self.protected.get("b64") {
            None => Ok(None),
            Some(_) if !names.contains(&"b64") => {
                refuse("the header contains b64, but crit does not name it".into())
            }
            Some(Value::Bool(b64)) => Ok(Some(*b64)),
            Some(_) => Err(Error::Malformed(
                "the header parameter b64 is not true or false".into(),
            )),
        }
    }
}

fn check_types(members: &Object) -> Result<()> {
    let is_wrong = |name: &&str| members.get(*name).is_some_and(|value| !value.is_string());
    let names = ["alg", "enc", "zip", "kid", "typ", "cty"];
    match names.into_iter().find(is_wrong) {
        None => Ok(()),
        Some(name) => Err(Error::Malformed(format!(
            "the header parameter {name} is not a string"
        ))),
    }
}

/// Rejects a name that occurs in more than one part of a header (RFC 7515 §7.2.1, RFC 7516 §7.2.1).
fn check_disjoint(members: &Object, others: &[&Object]) -> Result<()> {
    let is_repeated = |name: &&String| others.iter().any(|other| other.contains_key(*name));
    match members.keys().find(is_repeated) {
        None => Ok(()),
        Some(name) => Err(Error::Malformed(format!(
            "the header parameter {} is in more than one header",
            Quoted(name)
        ))),
    }
}

fn check_unprotected(members: &Object) -> Result<()> {
    match ["crit", "b64"].into_iter().find(|name| members.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(Error::NotAllowed(format!(
            "the header parameter {name} is not protected"
        ))),
    }
}

fn parse_members(text: &str) -> Result<Object> {
    if text.is_empty() {
        return Err(Error::Malformed("the protected header is empty".into()));
    }
    let bytes = base64url::decode(text).ok_or_else(|| {
        Error::Malformed("the protected header is not canonical base64url".into())
    })?;
    if bytes.len() > MAX_HEADER {
        return Err(Error::Malformed(format!(
            "the protected header has {} bytes, more than the limit of {MAX_HEADER}",
            bytes.len()
        )));
    }
    json::parse_object(&bytes).map_err(|fault| {
        let repeated = match fault {
            Fault::DuplicateMember => repeated_name(&bytes),
            _ => None,
        };
        Error::Malformed(match repeated {
            Some(name) => format!(
                "the protected header has the member {} twice",
                Quoted(&name)
            ),
            None => format!("the protected header {fault}"),
        })
    })
}

/// Returns the first name that an object has twice; `None` if only a nested object has one. The header of a token is not a
/// secret, so an error may quote it.
fn repeated_name(object: &[u8]) -> Option<String> {
    struct Repeated;

    impl<'de> Visitor<'de> for Repeated {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(
            self,
            mut members: A,
        ) -> std::result::Result<Self::Value, A::Error> {
            let (mut seen, mut repeated) = (HashSet::new(), None);
            while let Some((name, IgnoredAny)) = members.next_entry::<String, _>()? {
                if seen.contains(&name) {
                    repeated.get_or_insert(name);
                } else {
                    seen.insert(name);
                }
            }
            Ok(repeated)
        }
    }

    let mut parser = serde_json::Deserializer::from_slice(object);
    parser.deserialize_map(Repeated).ok().flatten()
}
