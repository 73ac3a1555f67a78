//! The report about a token for machines.

use serde_json::{Value, json};

use super::summary::summary;
use super::{present, words};
use crate::crypto::base64url;
use crate::inspect::findings::key_match::{self, Binding};
use crate::inspect::parse::{Document, Family, Form, Head, Segment, Token};

/// The report for machines; `findings`, `verified` and the like come on top.
pub(super) fn object(token: &Token, now: i64) -> Value {
    let head = token.head();
    let header = |document: Option<&Document>| {
        document.map_or(Value::Null, |document| document.node.to_value())
    };
    let unprotected = |head: &Head| match (&head.shared, &head.unprotected) {
        (Some(shared), Some(own)) => {
            let mut all = shared.object.clone();
            all.extend(own.object.clone());
            Value::Object(all)
        }
        (shared, own) => header(shared.as_deref().or(own.as_ref())),
    };
    let len = |segment: &Option<Segment>| {
        segment
            .as_ref()
            .map_or(Value::Null, |segment| segment.bytes.len().into())
    };
    let claims = token
        .claims
        .as_ref()
        .map(|document| document.node.to_value());
    let payload = token
        .body
        .as_ref()
        .filter(|_| token.family == Family::Jws && claims.is_none());
    // What the recipients of a JWE share is shown once, with the first one.
    let heads = token.heads.iter().enumerate().map(|(index, head)| {
        let is_shown = index == 0 || !head.shares_headers_with(token.head());
        let shown = if is_shown { head.protected.as_deref() } else { None };
        json!({
            "header": header(shown),
            "unprotected_header": if is_shown { unprotected(head) } else { header(head.unprotected.as_ref()) },
            "bytes": len(&head.tail),
        })
    });
    let heads = (token.form == Form::General).then(|| heads.collect::<Vec<Value>>());
    let heads = heads.map_or(Value::Null, Value::from);
    let is_jws = token.family == Family::Jws;
    present(vec![
        ("verified", Value::Bool(false)),
        ("type", if is_jws { "jws" } else { "jwe" }.into()),
        ("form", form(token).into()),
        ("summary", summary(token).into()),
        ("bytes", token.text.len().into()),
        ("header", header(head.protected.as_deref())),
        ("unprotected_header", unprotected(head)),
        (if is_jws { "signatures" } else { "recipients" }, heads),
        ("claims", claims.unwrap_or_default()),
        (
            "payload",
            payload.map_or(Value::Null, |body| content(&body.bytes)),
        ),
        ("times", times(token, now)),
        (
            "signature",
            if is_jws {
                json!({"bytes": len(&head.tail)})
            } else {
                Value::Null
            },
        ),
        (
            "encryption",
            match is_jws {
                true => Value::Null,
                false => json!({
                    "encrypted_key_bytes": len(&head.tail),
                    "iv_bytes": len(&token.iv),
                    "ciphertext_bytes": len(&token.body),
                    "tag_bytes": len(&token.tag),
                }),
            },
        ),
        ("disclosures", disclosures(token)),
        ("key_binding", key_binding(token, now)),
        (
            "nested",
            token
                .nested
                .as_ref()
                .map_or(Value::Null, |inner| object(inner, now)),
        ),
    ])
}

fn key_binding(token: &Token, now: i64) -> Value {
    let Some(sd) = &token.sd else {
        return Value::Null;
    };
    let Some(binding) = &sd.key_binding else {
        return Value::Null;
    };
    let mut object = object(binding, now);
    object["binds_this"] = sd.is_bound.into();
    object["by_cnf_key"] = match key_match::binding(token) {
        Some(Binding::Holds) => true.into(),
        Some(Binding::Broken) => false.into(),
        Some(Binding::NoKey) | None => Value::Null,
    };
    object
}

fn form(token: &Token) -> &'static str {
    match token.form {
        Form::Compact if token.sd.is_some() => "sd-jwt",
        Form::Compact => "compact",
        Form::Flattened => "flattened",
        Form::General => "general",
    }
}

/// Bytes as text where they are text.
pub(super) fn content(bytes: &[u8]) -> Value {
    match str::from_utf8(bytes) {
        Ok(text) => json!({"bytes": bytes.len(), "text": text}),
        Err(_) => json!({"bytes": bytes.len(), "base64url": base64url::encode(bytes)}),
    }
}

fn times(token: &Token, now: i64) -> Value {
    let Some(claims) = token.claims() else {
        return Value::Null;
    };
    let mut times = json!({});
    for (name, value) in claims {
        let words = words::claim_time(name, value, now);
        if let (Some(words), Some(at)) = (words, value.as_f64()) {
            times[name] = json!({
                "at": words::instant(at),
                "seconds": at - now as f64,
                "words": words,
            });
        }
    }
    times
}

fn disclosures(token: &Token) -> Value {
    let Some(sd) = &token.sd else {
        return Value::Null;
    };
    let items = sd.disclosures.iter().map(|disclosure| {
        json!({
            "name": disclosure.name,
            "value": disclosure.value.to_value(),
            "digest": disclosure.digest,
            "references": disclosure.references,
        })
    });
    items.collect()
}
