//! Rules for how the disclosures of an SD-JWT were made.

use std::collections::HashMap;

use crate::crypto::policy::same_media_type;
use crate::inspection::findings::{Finding, Severity, rules};
use crate::inspection::parse::{Node, SdJwt, Token};
use crate::profile::Profile;
use crate::sd_jwt::visible_claims;

/// The length of 128 bits in base64url, in characters: the recommended minimum for salts.
const SALT_CHARACTERS: usize = 22;
/// The maximum length of a text that can be guessed, in bytes.
const GUESSABLE: usize = 16;

/// Adds the findings.
pub(super) fn check_sd_jwt(token: &Token, sd: &SdJwt, found: &mut Vec<Finding>) {
    let typ = token.head().text("typ").unwrap_or_default();
    let expected = Profile::SdJwtVc.required_typ().unwrap_or_default();
    let profile = same_media_type(typ, expected).then_some(Profile::SdJwtVc);
    let visible = visible_claims(profile);
    let mut salts = HashMap::new();
    for (index, disclosure) in sd.disclosures.iter().enumerate() {
        let Some(salt) = disclosure.salt.as_deref() else {
            continue;
        };
        let place = || format!("disclosures[{index}]");
        if salt.len() < SALT_CHARACTERS {
            let (severity, what) = if is_guessable(&disclosure.value) {
                (Severity::Medium, "the value and the salt can be guessed")
            } else {
                (Severity::Low, "the salt")
            };
            let len = salt.len();
            let message = format!("{what} has {len} characters, fewer than 128 bits");
            found.push(Finding::new(
                &rules::SD_SHORT_SALT,
                severity,
                place(),
                message,
            ));
        }
        if let Some(first) = salts.insert(salt, index) {
            let message = format!("the salt is that of disclosures[{first}]");
            let rule = &rules::SD_SALT_REUSED;
            found.push(Finding::new(rule, Severity::Medium, place(), message));
        }
    }
    for place in &sd.tree {
        let Some(index) = place.disclosure else {
            continue;
        };
        // The path of a top-level claim is its name.
        let name = sd.disclosures[index].name.as_deref();
        if name == Some(&*place.path) && visible.contains(&&*place.path) {
            let message = format!("the claim {} must not be hidden", place.path);
            let rule = &rules::SD_MUST_BE_VISIBLE;
            let at = format!("disclosures[{index}]");
            found.push(Finding::new(rule, Severity::Medium, at, message));
        }
    }
}

/// Whether all likely values can be tried.
fn is_guessable(value: &Node) -> bool {
    match value {
        Node::Null | Node::Bool(_) | Node::Number(_) => true,
        Node::Text(text) => text.len() <= GUESSABLE,
        _ => false,
    }
}
