//! Summarizes a token in one line.

use serde_json::Value;

use super::describe;
use crate::inspection::findings;
use crate::inspection::parse::{Family, Serialization, Token};

/// Returns the kind, the algorithm and the size of a token in one line.
pub(super) fn summarize_token(token: &Token) -> String {
    let alg = token.head().text("alg");
    let what = match (token.family, token.form) {
        (_, _) if token.sd.is_some() => "SD-JWT",
        (Family::Jws, Serialization::Compact) if findings::token_findings::is_jwt(token) => {
            "signed token (JWT)"
        }
        (Family::Jws, Serialization::Compact) => "signed content (JWS)",
        (Family::Jws, _) => "signed content (JWS in JSON)",
        (Family::Jwe, Serialization::Compact) => "encrypted token (JWE)",
        (Family::Jwe, _) => "encrypted content (JWE in JSON)",
    };
    let what = match alg {
        Some(alg) if alg.eq_ignore_ascii_case("none") => what.replacen("signed", "unsigned", 1),
        _ => what.to_owned(),
    };
    let mut parts = vec![what];
    parts.extend(token_kind(token).map(str::to_owned));
    let alg = alg.unwrap_or("no alg");
    parts.push(match token.head().text("enc") {
        Some(enc) if token.family == Family::Jwe => format!("{alg} with {enc}"),
        _ => alg.to_owned(),
    });
    if token.form != Serialization::Compact {
        let noun = if token.family == Family::Jws {
            "signature"
        } else {
            "recipient"
        };
        let plural = if token.parties == 1 { "" } else { "s" };
        parts.push(format!("{} {noun}{plural}", token.parties));
    }
    parts.push(format!("{} bytes", token.text.len()));
    parts.join(", ")
}

/// Returns the purpose of a token if its typ or its claims show it.
fn token_kind(token: &Token) -> Option<&'static str> {
    let typ = token.head().text("typ").filter(|typ| !typ.eq_ignore_ascii_case("jwt"));
    if let Some(words) = typ.and_then(describe::media_type) {
        return Some(words);
    }
    let claims = token.claims()?;
    let has = |name: &str| claims.contains_key(name);
    let issuer = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    Some(match () {
        () if has("kubernetes.io") || has("kubernetes.io/serviceaccount/namespace") => {
            "Kubernetes service account"
        }
        () if issuer == "https://token.actions.githubusercontent.com" => "GitHub Actions",
        () if has("firebase") => "Firebase ID token",
        () if claims.get("token_use").is_some_and(|kind| kind == "access") => {
            "Cognito access token"
        }
        () if issuer.ends_with(".gserviceaccount.com") => "Google service account assertion",
        () if has("events") => "security event",
        () if has("scope") || has("scp") => "access token",
        () if has("nonce") || has("at_hash") || (has("azp") && has("aud")) => "ID token",
        () => return None,
    })
}
