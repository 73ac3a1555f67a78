//! The JOSE header (RFC 7515 §4, RFC 7516 §4) and the rules that every header must meet.

use serde_json::Value;

use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{self, Object};

/// The largest protected header, in bytes of JSON.
pub const MAX_HEADER: usize = 64 * 1024;

/// The header of one signature or one recipient: its protected part as it was signed, and what stands beside it
/// unprotected in the JSON serializations.
#[derive(Debug, Clone, Default)]
pub struct Header {
    text: String,
    protected: Object,
    unprotected: Object,
}

impl Header {
    /// Reads the protected header (base64url text), where there is one, and joins the unprotected members to it.
    ///
    /// `understood` names the extensions that may be critical.
    ///
    /// # Errors
    /// [`Error::Malformed`], or [`Error::NotAllowed`] for what is not understood (RFC 7515 §4.1.11).
    pub(crate) fn parse(
        text: Option<&str>,
        unprotected: Object,
        understood: &[&str],
    ) -> Result<Header> {
        let header = Header {
            text: text.unwrap_or_default().to_owned(),
            protected: text.map(members).transpose()?.unwrap_or_default(),
            unprotected,
        };
        header.check_types()?;
        header.check_disjoint()?;
        header.check_crit(understood)?;
        Ok(header)
    }

    /// The protected header as it stands in the signing input or the additional authenticated data.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The members that are integrity protected.
    pub fn protected(&self) -> &Object {
        &self.protected
    }

    /// The members that anybody on the way may have changed.
    pub fn unprotected(&self) -> &Object {
        &self.unprotected
    }

    /// A member of either part.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        (self.protected.get(name)).or_else(|| self.unprotected.get(name))
    }

    /// A text member of either part.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.member(name).and_then(Value::as_str)
    }

    /// A text member that is integrity protected.
    pub(crate) fn protected_text_of(&self, name: &str) -> Option<&str> {
        self.protected.get(name).and_then(Value::as_str)
    }

    /// The name of the algorithm.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is none.
    pub(crate) fn alg(&self) -> Result<&str> {
        self.text_of("alg")
            .ok_or_else(|| Error::Malformed("the header has no alg".into()))
    }

    /// Whether the payload is signed as it is, not as base64url (RFC 7797 §3).
    pub(crate) fn is_unencoded(&self) -> bool {
        self.protected.get("b64") == Some(&Value::Bool(false))
    }

    fn check_types(&self) -> Result<()> {
        for name in ["alg", "enc", "zip", "kid", "typ", "cty"] {
            if self.member(name).is_some_and(|value| !value.is_string()) {
                return Err(Error::Malformed(format!(
                    "the header parameter {name} is not a string"
                )));
            }
        }
        Ok(())
    }

    /// RFC 7515 §7.2.1, RFC 7516 §7.2.1.
    fn check_disjoint(&self) -> Result<()> {
        let twice = |name: &&String| self.protected.contains_key(*name);
        match self.unprotected.keys().find(twice) {
            Some(name) => Err(Error::Malformed(format!(
                "the header parameter {name} stands in two parts of the header"
            ))),
            None => Ok(()),
        }
    }

    /// RFC 7515 §4.1.11, and RFC 7797 §6: without `crit`, `b64` would be read differently by those who know it.
    fn check_crit(&self, understood: &[&str]) -> Result<()> {
        let refuse = |why: String| Err(Error::NotAllowed(why));
        if let Some(name) = ["crit", "b64"]
            .into_iter()
            .find(|name| self.unprotected.contains_key(*name))
        {
            return refuse(format!("the header parameter {name} is not protected"));
        }
        let mut names: Vec<&str> = Vec::new();
        match self.protected.get("crit") {
            None => {}
            Some(Value::Array(items)) if !items.is_empty() => {
                for item in items {
                    match item.as_str() {
                        Some(name) if !names.contains(&name) => names.push(name),
                        _ => {
                            return refuse(
                                "the header parameter crit is not a list of names".into(),
                            );
                        }
                    }
                }
            }
            Some(_) => return refuse("the header parameter crit is not a list of names".into()),
        }
        if let Some(name) = names.iter().find(|name| !understood.contains(name)) {
            return refuse(format!(
                "the critical header parameter {name} is not understood"
            ));
        }
        if let Some(name) = names
            .iter()
            .find(|name| !self.protected.contains_key(**name))
        {
            return refuse(format!("the critical header parameter {name} is absent"));
        }
        match self.protected.get("b64") {
            None => Ok(()),
            Some(_) if !names.contains(&"b64") => {
                refuse("the header parameter b64 stands there without crit".into())
            }
            Some(value) if !value.is_boolean() => Err(Error::Malformed(
                "the header parameter b64 is neither true nor false".into(),
            )),
            Some(_) => Ok(()),
        }
    }
}

fn members(text: &str) -> Result<Object> {
    let bytes = base64url::decode(text).ok_or_else(|| {
        Error::Malformed("the protected header is not canonical base64url".into())
    })?;
    if bytes.len() > MAX_HEADER {
        return Err(Error::Malformed(format!(
            "the protected header has {} bytes, more than the limit of {MAX_HEADER}",
            bytes.len()
        )));
    }
    json::parse_object(&bytes)
        .map_err(|fault| Error::Malformed(format!("the protected header {fault}")))
}
