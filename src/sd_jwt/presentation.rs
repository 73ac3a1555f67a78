//! Presentation: the holder selects disclosures. The SD-JWT keeps its serialization.

use std::borrow::Cow;

use serde_json::Value;

use super::{Path, Place, Processed, Step, UnverifiedSdJwt};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{self, Object};

/// The disclosures to present.
#[derive(Debug, Clone)]
pub enum Selection {
    /// None of them.
    Nothing,
    /// All of them.
    Everything,
    /// The disclosures of the claims at these paths, and the disclosures that contain them.
    Paths(Vec<Path>),
}

impl UnverifiedSdJwt<'_> {
    /// Returns the presentation with the selected disclosures, without key binding.
    ///
    /// # Errors
    /// As [`UnverifiedSdJwt::process_unverified`]; [`Error::NotAllowed`] if there already is a key binding JWT;
    /// [`Error::Malformed`] if there is no disclosure for a path.
    pub fn select(&self, selection: &Selection) -> Result<Vec<String>> {
        if self.key_binding.is_some() {
            return Err(Error::NotAllowed(
                "the SD-JWT already has a key binding JWT; present the SD-JWT as issued".into(),
            ));
        }
        let processed = self.process_unverified()?;
        let mut is_selected = vec![false; self.disclosures.len()];
        match selection {
            Selection::Nothing => {}
            Selection::Everything => is_selected.fill(true),
            Selection::Paths(paths) => {
                for path in paths {
                    processed.select(path, &mut is_selected)?;
                }
            }
        }
        let disclosures = self.disclosures.iter().zip(is_selected);
        let selected = disclosures.filter(|(_, is_selected)| *is_selected);
        Ok(selected.map(|(text, _)| text.to_string()).collect())
    }
}

impl Processed {
    /// Selects the disclosures at a path, and the disclosures that contain them.
    fn select(&self, path: &Path, is_selected: &mut [bool]) -> Result<()> {
        let mut is_found = false;
        for (index, place) in self.places.iter().enumerate() {
            if place.disclosure.is_some() && self.is_at(index, path.steps()) {
                is_found = true;
                self.select_up(place, is_selected);
            }
        }
        if is_found {
            Ok(())
        } else {
            Err(self.no_disclosure(path))
        }
    }

    fn select_up<'a>(&'a self, mut place: &'a Place, is_selected: &mut [bool]) {
        loop {
            if let Some(disclosure) = place.disclosure {
                is_selected[disclosure] = true;
            }
            if std::ptr::eq(place, &self.places[0]) {
                return;
            }
            place = &self.places[place.parent];
        }
    }

    fn is_at(&self, place: usize, steps: &[Step]) -> bool {
        let mut up = self.steps_up(place);
        let is_equal =
            steps.iter().rev().all(|step| up.next().is_some_and(|own| step.matches(own)));
        is_equal && up.next().is_none()
    }

    /// Returns the error for a path without a disclosure. It lists the disclosures below the path.
    fn no_disclosure(&self, path: &Path) -> Error {
        let down = |index: usize| {
            let mut steps: Vec<&Step> = self.steps_up(index).collect();
            steps.reverse();
            steps
        };
        let is_below = |steps: &[&Step]| {
            steps.len() > path.steps().len()
                && path.steps().iter().zip(steps).all(|(step, own)| step.matches(own))
        };
        let disclosed = self
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.disclosure.is_some())
            .map(|(index, _)| down(index));
        let names: Vec<String> = disclosed
            .filter(|steps| is_below(steps))
            .take(8)
            .map(|steps| Path::new(steps.into_iter().cloned().collect()).to_string())
            .collect();
        let why = if names.is_empty() {
            String::new()
        } else {
            format!("; below it: {}", names.join(", "))
        };
        Error::Malformed(format!("the SD-JWT has no disclosure for {path}{why}"))
    }
}

/// Serializes an SD-JWT: `token` in any serialization, the disclosures, and the key binding JWT if there is one. In JSON they
/// are in the unprotected header of the first signature (RFC 9901 section 8).
///
/// # Errors
/// [`Error::Malformed`] if a JSON token is not one object.
pub fn serialize(
    token: &[u8],
    disclosures: &[String],
    key_binding: Option<&str>,
) -> Result<Vec<u8>> {
    if token.first() != Some(&b'{') {
        let mut text = token.to_vec();
        text.push(b'~');
        for disclosure in disclosures {
            text.extend_from_slice(disclosure.as_bytes());
            text.push(b'~');
        }
        text.extend_from_slice(key_binding.unwrap_or_default().as_bytes());
        return Ok(text);
    }
    let mut token = json::parse_object(token)
        .map_err(|fault| Error::Malformed(format!("the token {fault}")))?;
    // In older drafts, the disclosures are a member of the token.
    token.shift_remove("disclosures");
    let signature = match token.get_mut("signatures") {
        Some(Value::Array(signatures)) => signatures.first_mut().and_then(Value::as_object_mut),
        _ => Some(&mut token),
    };
    let header = signature.and_then(|signature| {
        let header = signature.entry("header").or_insert_with(|| Object::new().into());
        header.as_object_mut()
    });
    let header = header.ok_or_else(|| Error::Malformed("the token has no header".into()))?;
    header.insert("disclosures".into(), disclosures.into());
    if let Some(key_binding) = key_binding {
        header.insert("kb_jwt".into(), key_binding.into());
    }
    Ok(Value::Object(token).to_string().into_bytes())
}

/// Returns the issuer's token of an SD-JWT, without disclosures.
pub fn issuer_token(sd_jwt: &[u8]) -> Cow<'_, [u8]> {
    let is_json = sd_jwt.first() == Some(&b'{');
    match memchr::memchr(b'~', sd_jwt) {
        Some(end) if !is_json => sd_jwt[..end].into(),
        _ => sd_jwt.into(),
    }
}
