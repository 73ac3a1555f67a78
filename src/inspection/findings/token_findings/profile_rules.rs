//! What a token lacks to meet the profile of its `typ`, or the one that the caller named.

use crate::crypto::error::{Code, Failure};
use crate::crypto::json::Object;
use crate::inspection::findings::Severity::Medium;
use crate::inspection::findings::profile_verdict::{Basis, ProfileVerdict};
use crate::inspection::findings::token_findings::claim_equals;
use crate::inspection::findings::token_findings::claim_rules::is_cut;
use crate::inspection::findings::{Finding, rules};
use crate::inspection::parse::Token;
use crate::profile::Profile;
use crate::sd_jwt::WRONGLY_DISCLOSED;

/// The claims that a key binding JWT must have (RFC 9901 section 4.3). It has no profile, because it is created and verified
/// with its SD-JWT.
const KEY_BINDING: &[&str] = &["iat", "aud", "nonce", "sd_hash"];

/// Adds the findings. A profile that only the claims suggest is not enforced: the token may have no profile.
pub(super) fn check_profile(
    token: &Token,
    verdict: Option<&ProfileVerdict>,
    found: &mut Vec<Finding>,
) {
    if claim_equals(token, "typ", "kb+jwt")
        && let Some(claims) = token.claims()
    {
        key_binding(token, claims, found);
    }
    let Some(verdict) = verdict.filter(|verdict| verdict.basis != Basis::Claims) else {
        return;
    };
    let row = verdict.profile.table_row();
    let (rule, whose) = match verdict.basis {
        Basis::Asked => (&rules::PROFILE_NOT_MET, format!("the profile {}", row.name)),
        _ => {
            let whose = format!("typ is {}, which", row.types[0]);
            (&rules::TYP_CLAIMS_MISMATCH, whose)
        }
    };
    let mut add = |place: String, what: String| {
        found.push(Finding::new(rule, Medium, place, format!("{whose} {what}")));
    };
    let Some(failures) = &verdict.failures else {
        return;
    };
    // RFC 8417 section 2.2 does not recommend exp: such a token could be accepted as an ID token.
    let has_exp = token.claims().is_some_and(|claims| claims.contains_key("exp"));
    if verdict.profile == Profile::Set && has_exp {
        add("claims.exp".into(), "forbids exp".into());
    }
    let is_missing =
        |failure: &&Failure| failure.code == Code::ClaimRejected && failure.expected == "present";
    let missing: Vec<&str> =
        failures.iter().filter(is_missing).map(|failure| &*failure.name).collect();
    if !missing.is_empty() {
        add("claims".into(), format!("requires {}", missing.join(", ")));
    }
    for failure in failures.iter().filter(|failure| !is_missing(failure)) {
        let (name, expected) = (&failure.name, &failure.expected);
        if is_reported_otherwise(failure) {
            continue;
        }
        let place = match (failure.code, name.as_str()) {
            (_, "format") => String::new(),
            (_, "header" | "payload") => name.clone(),
            (Code::NotAllowed, _) => format!("header.{name}"),
            _ => format!("claims.{name}"),
        };
        add(
            place,
            match expected.as_str() {
                "absent" => format!("forbids {name}"),
                "present" => format!("requires {name} in the header"),
                _ => format!("requires {name} to be {expected}"),
            },
        );
    }
}

/// Whether the rules for the types of claims, for times or for disclosures report the failure.
fn is_reported_otherwise(failure: &Failure) -> bool {
    let expected = failure.expected.as_str();
    match &*failure.name {
        "iss" | "sub" | "jti" if expected == "a string" => true,
        "aud" if expected == "a string or an array of strings" => true,
        "exp" | "nbf" | "iat" if expected.starts_with("a number of seconds") => true,
        _ => expected == WRONGLY_DISCLOSED,
    }
}

fn key_binding(token: &Token, claims: &Object, found: &mut Vec<Finding>) {
    let missing = KEY_BINDING.iter().filter(|name| !claims.contains_key(**name));
    let missing: Vec<&str> = missing.copied().collect();
    if missing.is_empty() || is_cut(token) {
        return;
    }
    let message = format!("typ is kb+jwt, which requires {}", missing.join(", "));
    let rule = &rules::TYP_CLAIMS_MISMATCH;
    found.push(Finding::new(rule, Medium, "claims", message));
}
