//! Suggests commands that could verify a token. They contain no text of the token, because a token must not select the issuer
//! to trust.

use serde_json::Value;

use crate::inspection::parse::Token;
use crate::io::fetch::url::Url;

/// What to replace ISSUER with.
pub(super) const NOTE: &str = "use the issuer you trust";

/// Returns the commands. There are none if `iss` is not an https URL.
pub(super) fn suggest_commands(token: &Token) -> Vec<&'static str> {
    let issuer = token.claims().and_then(|claims| claims.get("iss"));
    let url = issuer
        .and_then(Value::as_str)
        .filter(|text| !text.contains('?'))
        .and_then(|text| Url::parse(text).ok());
    if url.is_some_and(|url| url.is_https()) {
        vec!["jotsmith verify --issuer ISSUER @token.jwt"]
    } else {
        Vec::new()
    }
}
