//! Findings about an issuer's metadata and JWK Set (OpenID Connect Discovery 1.0, RFC 8414).

use serde_json::Value;

use crate::crypto::json::Object;
use crate::inspection::findings::Severity::{High, Medium};
use crate::inspection::findings::consumers::libraries_broken_by;
use crate::inspection::findings::{Finding, rules, set_findings};

/// What is known about an issuer.
pub struct Issuer<'a> {
    /// The issuer identifier that is expected; `None` if the metadata come from a file.
    pub expected: Option<&'a str>,
    /// The metadata.
    pub metadata: &'a Object,
    /// The JWK Set, if it could be obtained.
    pub jwks: Option<&'a Object>,
    /// For how many seconds caches keep the set, if that is known.
    pub cache_seconds: Option<i64>,
}

/// Returns every finding about the issuer at `now` (Unix seconds).
pub fn check_issuer(issuer: &Issuer, now: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    let metadata = issuer.metadata;
    check_identifier(issuer, &mut found);
    for (name, value) in metadata {
        let is_url = name == "issuer" || name == "jwks_uri" || name.ends_with("_endpoint");
        let is_plain = |url: &str| url.to_ascii_lowercase().starts_with("http://");
        if let Some(url) = value.as_str().filter(|url| is_url && is_plain(url)) {
            let message = format!("{name} is plain http");
            let place = format!("metadata.{name}");
            found.push(Finding::new(&rules::ISSUER_HTTP, High, place, message).with_evidence(url));
        }
    }
    check_algorithms(metadata, &mut found);
    check_pkce(metadata, &mut found);
    if let Some(jwks) = issuer.jwks {
        found.extend(set_findings::check_jwk_set(jwks, now));
        check_keys(jwks, &mut found);
        if let Some(seconds) = issuer.cache_seconds {
            check_cache_lifetime(jwks, seconds, now, &mut found);
        }
    }
    found
}

fn check_identifier(issuer: &Issuer, found: &mut Vec<Finding>) {
    let rule = &rules::ISSUER_MISMATCH;
    let mut add = |message: String, evidence: &str| {
        let finding = Finding::new(rule, High, "metadata.issuer", message);
        found.push(finding.with_evidence(evidence));
    };
    match (issuer.metadata.get("issuer"), issuer.expected) {
        (Some(Value::String(own)), Some(expected)) if own != expected => {
            add("the metadata is that of another issuer".into(), own);
        }
        (Some(Value::String(own)), _) => {
            if own.contains(['?', '#']) {
                add("the issuer has a query or a fragment".into(), own);
            }
        }
        (Some(other), _) => add("the issuer is not a string".into(), &other.to_string()),
        (None, _) => add("the metadata does not contain an issuer".into(), ""),
    }
}

fn check_algorithms(metadata: &Object, found: &mut Vec<Finding>) {
    for name in [
        "id_token_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
    ] {
        let values = metadata.get(name).and_then(Value::as_array);
        for alg in values.into_iter().flatten().filter_map(Value::as_str) {
            let is_id_token = name.starts_with("id_token");
            let message = if alg.eq_ignore_ascii_case("none") {
                format!("{name} has {alg}: tokens may be unsigned")
            } else if is_id_token && alg.starts_with("HS") {
                format!("{name} has {alg}: tokens may be signed with the client secret")
            } else {
                continue;
            };
            let severity = if is_id_token && !alg.starts_with("HS") {
                High
            } else {
                Medium
            };
            let place = format!("metadata.{name}");
            found.push(Finding::new(&rules::ISSUER_ALG, severity, place, message));
        }
    }
}

fn check_pkce(metadata: &Object, found: &mut Vec<Finding>) {
    if !metadata.contains_key("authorization_endpoint") {
        return;
    }
    let name = "code_challenge_methods_supported";
    let methods = metadata.get(name).and_then(Value::as_array);
    if methods.is_none_or(|methods| !methods.iter().any(|method| method == "S256")) {
        let message = "the PKCE methods do not include S256";
        let place = format!("metadata.{name}");
        found.push(Finding::new(&rules::ISSUER_PKCE, Medium, place, message));
    }
}

/// Checks the keys of a published set: each needs a kid, and none should make libraries refuse the entire set.
fn check_keys(jwks: &Object, found: &mut Vec<Finding>) {
    let entries = jwks.get("keys").and_then(Value::as_array);
    let entries: Vec<&Value> = entries.into_iter().flatten().take(1000).collect();
    for (index, entry) in entries.iter().enumerate() {
        let Some(jwk) = entry.as_object() else {
            continue;
        };
        // With several keys, the rules for sets report a missing kid.
        if entries.len() == 1 && !jwk.contains_key("kid") {
            let place = format!("keys[{index}].kid");
            let message = "the key has no kid";
            found.push(Finding::new(&rules::SET_NO_KID, Medium, place, message));
        }
        let broken = libraries_broken_by(jwk);
        if !broken.is_empty() {
            let message = format!(
                "{} rejects the entire set because of this key",
                broken.join(", ")
            );
            let place = format!("keys[{index}]");
            found.push(Finding::new(
                &rules::SET_BREAKS_CONSUMERS,
                Medium,
                place,
                message,
            ));
        }
    }
}

/// Reports keys that begin to sign or are withdrawn while caches still have this version of the set.
fn check_cache_lifetime(jwks: &Object, seconds: i64, now: i64, found: &mut Vec<Finding>) {
    let entries = jwks.get("keys").and_then(Value::as_array);
    for (index, entry) in entries.into_iter().flatten().take(1000).enumerate() {
        let time = |name: &str| entry.get(name).and_then(Value::as_i64);
        let changes = [("nbf", "the key signs"), ("exp", "the key is withdrawn")];
        for (name, what) in changes {
            let Some(left) = time(name).map(|at| at.saturating_sub(now)) else {
                continue;
            };
            if (1..seconds).contains(&left) {
                let message =
                    format!("caches keep the set for {seconds} s, and {what} in {left} s");
                let place = format!("keys[{index}].{name}");
                found.push(Finding::new(&rules::ISSUER_CACHE, Medium, place, message));
            }
        }
    }
}
