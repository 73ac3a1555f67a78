//! Rules for the claims of a JWT other than the times.

use serde_json::Value;

use crate::crypto::json::Object;
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::token_findings::claim_equals;
use crate::inspection::findings::{Finding, rules};
use crate::inspection::parse::{Document, Token, tokens_in};
use crate::profile::Profile;

/// Names of claims that usually contain secrets or personal data, without underscores and dashes.
const SECRET_NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "clientsecret",
    "secretkey",
    "privatekey",
    "apikey",
    "ssn",
    "socialsecuritynumber",
    "creditcard",
    "cardnumber",
    "pan",
    "cvv",
    "cvc",
    "iban",
    "pin",
];

/// Adds the findings. `profile` is the one that the token seems to have.
pub(super) fn check_claims(
    token: &Token,
    claims: &Object,
    profile: Option<Profile>,
    found: &mut Vec<Finding>,
) {
    check_types(claims, found);
    for (name, rule) in [("iss", &rules::ISS_MISSING), ("aud", &rules::AUD_MISSING)] {
        if !claims.contains_key(name) && requires_claim(token, profile, name) && !is_cut(token) {
            let message = format!("{name} is missing");
            found.push(Finding::new(
                rule,
                Medium,
                format!("claims.{name}"),
                message,
            ));
        }
    }
    let audiences = claims.get("aud").into_iter();
    let wildcard = |value: &Value| {
        value == "*" || value.as_array().is_some_and(|items| items.iter().any(|item| item == "*"))
    };
    if audiences.into_iter().any(wildcard) {
        let message = "the audience is \"*\", which means every service";
        found.push(Finding::new(
            &rules::AUD_WILDCARD,
            High,
            "claims.aud",
            message,
        ));
    }
    check_ambiguous_claims(token, claims, found);
    for (name, value) in claims {
        find_secrets(name, value, &format!("claims.{name}"), 0, found);
    }
}

/// Whether the claims are cut off. A claim that is absent then proves nothing.
pub(super) fn is_cut(token: &Token) -> bool {
    token.claims.as_ref().is_some_and(Document::is_cut)
}

/// Types of tokens without a profile, each with those of the claims `iss`, `aud` and `exp` that are optional for it.
const OPTIONAL: &[(&str, &[&str])] = &[
    ("kb+jwt", &["iss", "exp"]),
    ("wit+jwt", &["iss", "aud"]),
    ("wpt+jwt", &["iss"]),
    ("txntoken+jwt", &["iss"]),
    ("key-attestation+jwt", &["iss", "aud"]),
    ("entity-statement+jwt", &["aud"]),
    ("trust-mark+jwt", &["aud", "exp"]),
    ("vc+jwt", &["aud", "exp"]),
    ("vp+jwt", &["exp"]),
    // A credential: its profile requires only vct.
    ("dc+sd-jwt", &["aud"]),
];

/// Whether a token of this type must have `iss`, `aud` or `exp`.
pub(super) fn requires_claim(token: &Token, profile: Option<Profile>, name: &str) -> bool {
    // In an SD-JWT, aud and exp are optional.
    if token.sd.is_some() && matches!(name, "aud" | "exp") {
        return false;
    }
    if let Some((_, optional)) = OPTIONAL.iter().find(|(typ, _)| claim_equals(token, "typ", typ)) {
        return !optional.contains(&name);
    }
    profile.is_none_or(|profile| profile.requires_claim(name))
}

fn check_types(claims: &Object, found: &mut Vec<Finding>) {
    let mut add = |name: &str, message: String| {
        found.push(Finding::new(
            &rules::CLAIM_TYPE,
            High,
            format!("claims.{name}"),
            message,
        ));
    };
    for name in ["iss", "sub", "jti"] {
        if claims.get(name).is_some_and(|value| !value.is_string()) {
            add(name, format!("{name} is not a string"));
        }
    }
    match claims.get("aud") {
        None | Some(Value::String(_)) => {}
        Some(Value::Array(items)) if items.is_empty() => add("aud", "aud is an empty array".into()),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {}
        Some(_) => add(
            "aud",
            "aud is neither a string nor an array of strings".into(),
        ),
    }
}

fn check_ambiguous_claims(token: &Token, claims: &Object, found: &mut Vec<Finding>) {
    let typ = token.head().text("typ");
    let has = |names: [&'static str; 2]| names.into_iter().find(|name| claims.contains_key(*name));
    if typ.is_some() && !claim_equals(token, "typ", "JWT") {
        return;
    }
    if let (Some(of_id), Some(of_access)) = (has(["nonce", "at_hash"]), has(["scope", "client_id"]))
    {
        let message = format!("{of_id} is a claim of ID tokens, {of_access} of access tokens");
        found.push(Finding::new(
            &rules::ID_OR_ACCESS,
            Medium,
            "claims",
            message,
        ));
    }
}

fn find_secrets(name: &str, value: &Value, place: &str, depth: usize, found: &mut Vec<Finding>) {
    let mut add = |message: String| {
        found.push(Finding::new(
            &rules::SECRET_IN_CLAIMS,
            Medium,
            place,
            message,
        ));
    };
    match value {
        Value::String(text) => {
            let plain = name.replace(['_', '-'], "").to_ascii_lowercase();
            if SECRET_NAMES.contains(&plain.as_str()) && !text.is_empty() {
                add(format!("the claim {name} is readable by anyone"));
            } else if text.contains("PRIVATE KEY-----") {
                add(format!("the claim {name} contains a private key"));
            } else if is_aws_key(text) {
                add(format!("the claim {name} contains an AWS access key"));
            } else if tokens_in(text.as_bytes()).any(|range| text[range].matches('.').count() >= 2)
            {
                add(format!("the claim {name} contains another token"));
            }
        }
        Value::Object(members) if is_private_jwk(members) => {
            add(format!("the claim {name} contains a private key"));
        }
        Value::Object(members) if depth < 8 => {
            for (name, value) in members {
                find_secrets(name, value, &format!("{place}.{name}"), depth + 1, found);
            }
        }
        Value::Array(items) if depth < 8 => {
            for item in items {
                find_secrets(name, item, place, depth + 1, found);
            }
        }
        _ => {}
    }
}

fn is_private_jwk(members: &Object) -> bool {
    let private = ["d", "k", "priv"];
    members.contains_key("kty") && private.iter().any(|name| members.contains_key(*name))
}

fn is_aws_key(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let id = text.strip_prefix("AKIA").or_else(|| text.strip_prefix("ASIA"));
    id.is_some_and(|rest| rest.len() == 16 && rest.bytes().all(letter))
}
