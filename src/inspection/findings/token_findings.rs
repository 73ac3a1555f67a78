//! Findings about a token that need no key.

mod claim_rules;
mod format_rules;
mod header_rules;
mod jwe_rules;
mod profile_rules;
mod sd_rules;
mod signature_rules;
mod time_rules;
mod url_rules;

pub(super) use header_rules::{is_draft, suspicious_kid, unwise_algorithm};
pub(super) use jwe_rules::is_small_order;
pub use time_rules::to_span;

use crate::crypto::policy::{MAX_TOKEN, same_media_type};
use crate::inspection::findings::key_match::{KeyBinding, key_binding_status};
use crate::inspection::findings::{Finding, Severity, profile_verdict, rules, sort_by_severity};
use crate::inspection::parse::{Family, Serialization, Token};
use crate::profile::Profile;

/// Returns every finding about a token at `now` (Unix seconds), the worst first.
pub fn check_token(token: &Token, now: i64) -> Vec<Finding> {
    check_as(token, None, now)
}

/// As [`check_token`], and checks the token, or the innermost nested one, against this profile.
pub fn check_as(token: &Token, asked: Option<Profile>, now: i64) -> Vec<Finding> {
    let verdict = profile_verdict::judge_profile(token, asked);
    let profile = verdict.as_ref().map(|verdict| verdict.profile);
    let mut found = Vec::new();
    format_rules::check_format(token, &mut found);
    header_rules::check_headers(token, profile, now, &mut found);
    match token.family {
        Family::Jws => signature_rules::check_signatures(token, &mut found),
        Family::Jwe => jwe_rules::check_jwe(token, &mut found),
    }
    profile_rules::check_profile(token, verdict.as_ref(), &mut found);
    if let Some(claims) = token.claims()
        && is_jwt(token)
    {
        claim_rules::check_claims(token, claims, profile, &mut found);
        time_rules::check_times(token, claims, profile, now, &mut found);
    }
    check_size(token, &mut found);
    if let Some(inner) = &token.nested {
        if token.form == Serialization::Compact && !claim_equals(token, "cty", "JWT") {
            found.push(Finding::new(
                &rules::NESTED_CTY,
                Severity::Low,
                "header.cty",
                "the payload is a token, but cty is not JWT",
            ));
        }
        let inner = check_as(inner, asked, now).into_iter();
        found.extend(inner.map(|finding| finding.with_place_prefix("payload")));
    }
    if let Some(sd) = &token.sd {
        check_disclosures(sd, &mut found);
        sd_rules::check_sd_jwt(token, sd, &mut found);
        if key_binding_status(token) == Some(KeyBinding::Invalid) {
            let message = "the key binding JWT is not signed with the key in cnf.jwk";
            let place = "key_binding.signature";
            found.push(Finding::new(&rules::SD_JWT, Severity::High, place, message));
        }
    }
    sort_by_severity(&mut found);
    found
}

/// Whether the payload is a claims set: `typ` says so, or there is a claim of RFC 7519. Other JSON objects can be signed too.
pub fn is_jwt(token: &Token) -> bool {
    let typ = token.head().text("typ").unwrap_or_default();
    let typ = typ.to_ascii_lowercase();
    let named = typ == "jwt" || typ.ends_with("+jwt") || typ.ends_with("/jwt");
    let registered = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
    token
        .claims()
        .is_some_and(|claims| named || registered.iter().any(|name| claims.contains_key(*name)))
}

/// Whether a header parameter states this media type.
fn claim_equals(token: &Token, name: &str, wanted: &str) -> bool {
    token.head().text(name).is_some_and(|value| same_media_type(value, wanted))
}

fn check_size(token: &Token, found: &mut Vec<Finding>) {
    let bytes = token.text.len();
    let (severity, what) = match bytes {
        _ if bytes > MAX_TOKEN => (Severity::High, "over the limit of jotsmith"),
        8193.. => (Severity::Low, "over the header limit of most servers"),
        4097.. => (Severity::Low, "too large for a cookie"),
        _ => return,
    };
    let message = format!("the token has {bytes} bytes, {what}");
    found.push(Finding::new(&rules::TOKEN_SIZE, severity, "", message));
}

fn check_disclosures(sd: &crate::inspection::parse::SdJwt, found: &mut Vec<Finding>) {
    if let Some(name) = &sd.unknown_hash {
        let message = "the hash algorithm in _sd_alg is not known, so no digest was computed";
        let rule = &rules::SD_ALG_UNKNOWN;
        found.push(
            Finding::new(rule, Severity::High, "claims._sd_alg", message).with_evidence(name),
        );
    }
    let mut add = |place: String, message: &str| {
        found.push(Finding::new(&rules::SD_JWT, Severity::High, place, message));
    };
    for (index, disclosure) in sd.disclosures.iter().enumerate() {
        let place = format!("disclosures[{index}]");
        if !disclosure.is_well_formed {
            add(
                place.clone(),
                "the disclosure is not an array of salt, name and value",
            );
        }
        match disclosure.references {
            _ if disclosure.digest.is_none() => {}
            0 => add(place, "the disclosure matches no digest of the token"),
            1 => {}
            _ => add(
                place,
                "the digest of the disclosure is in the token more than once",
            ),
        }
    }
    if sd.is_bound == Some(false) {
        add(
            "key_binding.sd_hash".into(),
            "the key binding is for another token",
        );
    }
}
