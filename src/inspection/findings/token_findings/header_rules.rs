//! Rules for the header: algorithm, type, critical extensions, keys and URLs of keys.

use serde_json::Value;

use crate::crypto::alg::{KEY_MANAGEMENT, KeyManagement, SIGNATURES, Signature};
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::token_findings::{claim_equals, is_jwt, url_rules};
use crate::inspection::findings::{Finding, Rule, Severity, certificates, rules};
use crate::inspection::parse::{Document, Family, Head, Token};
use crate::profile::{KeySource, PROFILES, Profile};

/// Parameters that RFC 7515 and RFC 7516 define, which `crit` must not name.
const REGISTERED: &[&str] = &[
    "alg", "enc", "zip", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty",
    "crit", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c", "ek", "psk_id",
];

/// The profiles of services that select the key by the account in `iss` and ignore `kid`.
const WITHOUT_KID: &[Profile] = &[Profile::GithubApp, Profile::Snowflake];
/// The profiles of tokens that usually have no `typ`: their claims show what they are.
const WITHOUT_TYP: &[Profile] = &[Profile::JwtSvid, Profile::K8sSa];

/// Adds the findings. `profile` is the one that the token seems to have.
pub(super) fn check_headers(
    token: &Token,
    profile: Option<Profile>,
    now: i64,
    found: &mut Vec<Finding>,
) {
    let is_of = |profiles: &[Profile]| profile.is_some_and(|own| profiles.contains(&own));
    let is_cut = |head: &Head| head.protected.as_deref().is_some_and(Document::is_cut);
    for (index, head) in token.heads.iter().enumerate() {
        // A parameter that is absent from a header that is cut off proves nothing.
        if is_cut(head) {
            continue;
        }
        check_alg(token, head, found);
        if !is_of(WITHOUT_KID) || head.get("kid").is_some() {
            check_kid(token, head, found);
        }
        if index > 0 && head.shares_headers_with(token.head()) {
            // The shared headers are checked once, for the first recipient.
            let own = Head {
                unprotected: head.unprotected.clone(),
                ..Head::default()
            };
            check_crit(&own, found);
            check_embedded_keys(token, &own, now, found);
        } else {
            check_crit(head, found);
            check_embedded_keys(token, head, now, found);
        }
    }
    let is_cut = is_cut(token.head());
    if is_jwt(token) && token.sd.is_none() && !is_cut && !is_of(WITHOUT_TYP) {
        check_typ(token, found);
    }
}

fn check_alg(token: &Token, head: &Head, found: &mut Vec<Finding>) {
    let mut add = |rule, severity, message: String| {
        found.push(Finding::new(rule, severity, "header.alg", message));
    };
    let protected = head.protected.as_ref().and_then(|document| document.object.get("alg"));
    let name = match (protected, head.get("alg")) {
        (Some(Value::String(name)), _) => name.as_str(),
        (Some(_), _) => return add(&rules::ALG_MISSING, Critical, "alg is not a string".into()),
        (None, Some(Value::String(name))) if token.family == Family::Jwe => name,
        (None, Some(_)) => {
            let message = "alg is only in an unprotected header";
            return add(&rules::ALG_MISSING, Critical, message.into());
        }
        (None, None) => return add(&rules::ALG_MISSING, Critical, "there is no alg".into()),
    };
    let known = match token.family {
        Family::Jws => {
            let is_ml_dsa = name.starts_with("ML-DSA-") && !is_draft(name);
            Signature::from_name(name).is_some() || is_ml_dsa
        }
        Family::Jwe => KeyManagement::from_name(name).is_some(),
    };
    match name {
        _ if name.eq_ignore_ascii_case("none") => {
            let message = format!("the alg is {name}: the token is not signed at all");
            add(&rules::ALG_NONE, Critical, message);
        }
        _ if let Some((rule, severity, message)) = unwise_algorithm(name) => {
            add(rule, severity, message);
        }
        _ if known => {}
        _ => add(
            &rules::ALG_UNKNOWN,
            High,
            unknown_alg_message(token.family, name),
        ),
    }
}

/// Returns what is unwise about an algorithm of a token or a key.
pub(in crate::inspection::findings) fn unwise_algorithm(
    name: &str,
) -> Option<(&'static Rule, Severity, String)> {
    let (severity, message) = match name {
        "RSA1_5" => (
            High,
            "RSA1_5 allows padding oracle attacks; use RSA-OAEP-256",
        ),
        "EdDSA" => (
            Low,
            "EdDSA does not specify the curve; the newer names are Ed25519 and Ed448",
        ),
        "RSA-OAEP" => (Low, "RSA-OAEP uses SHA-1; RSA-OAEP-256 does not"),
        name if is_draft(name) => {
            let message = format!("{name} is from a draft");
            return Some((&rules::ALG_DRAFT, Info, message));
        }
        _ => return None,
    };
    Some((&rules::ALG_DEPRECATED, severity, message.into()))
}

/// Whether a name is from a draft: SLH-DSA, HPKE with ML-KEM, composite signatures, ECDH-1PU, FN-DSA or ML-KEM.
pub(in crate::inspection::findings) fn is_draft(name: &str) -> bool {
    let is_composite = name.starts_with("ML-DSA-") && name.matches('-').count() > 2;
    let prefixes = ["SLH-DSA-", "HPKE-", "ECDH-1PU", "FN-DSA-", "ML-KEM-"];
    let has_prefix = prefixes.iter().any(|prefix| name.starts_with(prefix));
    (is_composite || has_prefix) && KeyManagement::from_name(name).is_none()
}

fn unknown_alg_message(family: Family, name: &str) -> String {
    let all =
        SIGNATURES.iter().map(|row| row.name).chain(KEY_MANAGEMENT.iter().map(|row| row.name));
    let similar = all.clone().find(|known| known.eq_ignore_ascii_case(name));
    let other = all.clone().any(|known| known == name);
    match similar {
        _ if other && family == Family::Jws => {
            format!("{name} encrypts keys, but the token is signed")
        }
        _ if other => format!("{name} signs, but the token is encrypted"),
        Some(known) if name == "ed25519" => {
            format!("{name} is not registered; NATS uses it, and only NATS verifies the token; the JOSE algorithm is {known}")
        }
        Some(known) => format!("the algorithm {name} is not known; names are case-sensitive: {known}"),
        None if name == "ed25519-nkey" => {
            "ed25519-nkey is not registered; only NATS verifies the token, with the nkey in its claims".into()
        }
        None => format!("the algorithm {name} is not known"),
    }
}

fn check_kid(token: &Token, head: &Head, found: &mut Vec<Finding>) {
    match head.get("kid") {
        None if !head_names_key(head) && token.heads.len() == 1 => found.push(Finding::new(
            &rules::KID_MISSING,
            Low,
            "header.kid",
            "there is no kid",
        )),
        Some(Value::String(kid)) => found.extend(suspicious_kid(kid, "header.kid")),
        _ => {}
    }
}

/// Whether the header identifies the key without `kid`, as that of a DPoP proof does.
fn head_names_key(head: &Head) -> bool {
    ["jwk", "x5c", "x5t", "x5t#S256"].iter().any(|name| head.get(name).is_some())
}

/// Reports a kid that is dangerous if it is used as more than a name, such as in a path or a query.
pub(in crate::inspection::findings) fn suspicious_kid(kid: &str, place: &str) -> Option<Finding> {
    let why = if kid.len() > 256 {
        format!("the kid has {} bytes", kid.len())
    } else if kid.contains(char::is_control) || kid.contains("%00") {
        "the kid contains control characters".into()
    } else if kid.contains("..") || kid.starts_with('/') || kid.contains('\\') {
        "the kid looks like a path".into()
    } else if let Some(c) = kid.chars().find(|c| "'\"`;|&$<>".contains(*c)) {
        format!("the kid contains {c}")
    } else if is_identifier(kid) {
        return None;
    } else if kid.contains("://") || kid.contains(':') {
        "the kid looks like a URL or a drive".into()
    } else if kid.contains('/') {
        "the kid looks like a path".into()
    } else {
        return None;
    };
    Some(Finding::new(&rules::KID_SUSPICIOUS, High, place, why).with_evidence(kid))
}

/// Whether a kid with slashes or colons is in legitimate use: base64 of a hash or of random bytes (Cognito), hexadecimal
/// with colons, DIDs, URNs, ARNs.
fn is_identifier(kid: &str) -> bool {
    let base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let (bytes, _) = crate::inspection::parse::tolerant_base64::decode_tolerant(kid);
    let hash = matches!(bytes.len(), 16 | 20 | 32 | 48 | 64) && kid.chars().all(base64);
    let hex = kid.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    let scheme = ["did:", "urn:", "arn:"].iter().any(|scheme| kid.starts_with(scheme));
    hash || hex || scheme
}

fn check_crit(head: &Head, found: &mut Vec<Finding>) {
    let mut add = |rule, message: String| {
        found.push(Finding::new(rule, High, "header.crit", message));
    };
    if head.unprotected("crit").is_some() {
        add(
            &rules::CRIT_INVALID,
            "crit is in an unprotected header".into(),
        );
    }
    let Some(document) = &head.protected else {
        return;
    };
    let names = match document.object.get("crit") {
        None => return,
        Some(Value::Array(names)) if !names.is_empty() => names,
        Some(_) => {
            return add(
                &rules::CRIT_INVALID,
                "crit is not a non-empty array of strings".into(),
            );
        }
    };
    /// How many names are reported one by one.
    const MAX_REPORTED: usize = 16;
    if names.len() > MAX_REPORTED {
        let message = format!(
            "crit has {} names; the first {MAX_REPORTED} are examined",
            names.len()
        );
        add(&rules::CRIT_INVALID, message);
    }
    for (index, name) in names.iter().take(MAX_REPORTED).enumerate() {
        let Some(name) = name.as_str() else {
            add(
                &rules::CRIT_INVALID,
                "crit is not a non-empty array of strings".into(),
            );
            continue;
        };
        if names[..index].iter().any(|other| other == name) {
            add(&rules::CRIT_INVALID, format!("crit names {name} twice"));
        } else if REGISTERED.contains(&name) {
            add(
                &rules::CRIT_INVALID,
                format!("crit names {name}, which is not an extension"),
            );
        } else if !document.object.contains_key(name) {
            add(
                &rules::CRIT_INVALID,
                format!("crit names {name}, which is absent"),
            );
        } else if name != "b64" {
            add(
                &rules::CRIT_UNKNOWN,
                format!("the critical extension {name} is not known"),
            );
        }
    }
}

/// Returns the `typ` of a token whose profile has the key in the header.
fn proof_type(token: &Token) -> Option<&'static str> {
    let proofs = PROFILES.iter().filter(|row| row.key_source != KeySource::Known);
    let mut types = proofs.map(|row| row.types[0]);
    types.find(|typ| claim_equals(token, "typ", typ))
}

fn check_embedded_keys(token: &Token, head: &Head, now: i64, found: &mut Vec<Finding>) {
    let mut add = |rule, severity, name: &str, message: String| {
        found.push(Finding::new(
            rule,
            severity,
            format!("header.{name}"),
            message,
        ));
    };
    if let Some(jwk) = head.get("jwk") {
        let private = ["d", "p", "q", "dp", "dq", "qi", "k", "priv"];
        let has_private = private.iter().any(|name| jwk.get(name).is_some());
        if has_private {
            add(
                &rules::HEADER_JWK,
                Critical,
                "jwk",
                "the header contains a private key".into(),
            );
        } else if let Some(name) = proof_type(token) {
            let message = format!("the header contains the key of the proof, as {name} requires");
            add(&rules::HEADER_JWK, Info, "jwk", message);
        } else {
            let message = "the header contains the key to verify it with";
            add(&rules::HEADER_JWK, High, "jwk", message.into());
        }
    }
    for name in ["jku", "x5u"] {
        match head.get(name) {
            None => {}
            Some(Value::String(url)) => {
                let (severity, message) = match url_rules::url_danger(url) {
                    Some(danger) => (
                        Critical,
                        format!("{name} names a URL for keys that {danger}"),
                    ),
                    None => (High, format!("{name} names a URL to fetch keys from")),
                };
                let finding = Finding::new(
                    &rules::HEADER_URL,
                    severity,
                    format!("header.{name}"),
                    message,
                );
                found.push(finding.with_evidence(url));
            }
            Some(_) => found.push(Finding::new(
                &rules::HEADER_URL,
                Critical,
                format!("header.{name}"),
                format!("{name} is not a string"),
            )),
        }
    }
    if let Some(chain) = head.get("x5c") {
        found.extend(certificates::header_chain(chain, head.get("jwk"), now));
    } else if head.get("x5t").is_some() && head.get("x5t#S256").is_none() {
        let message = "x5t is a SHA-1 thumbprint; x5t#S256 is not";
        found.push(Finding::new(&rules::HEADER_X5C, Low, "header.x5t", message));
    }
}

fn check_typ(token: &Token, found: &mut Vec<Finding>) {
    if token.head().text("typ").is_none() {
        let message = "there is no typ";
        let rule = &rules::TYP_MISSING;
        found.push(Finding::new(rule, Low, "header.typ", message));
    }
}
