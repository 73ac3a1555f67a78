//! The JSON serializations, general and flattened (RFC 7515 §7.2, RFC 7516 §7.2).

use serde_json::Value;

use super::header::Header;
use super::{
    MAX_PARTIES, Serialization, UnverifiedJwe, UnverifiedJws, UnverifiedRecipient,
    UnverifiedSignature, UnverifiedToken, decode_segment, jwe_header, jws_header,
};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{self, Object};

pub(super) fn parse(token: &[u8]) -> Result<UnverifiedToken<'static>> {
    let object = json::parse_object(token)
        .map_err(|fault| Error::Malformed(format!("the token {fault}")))?;
    // Only a JWE has this member, and it is required.
    if object.contains_key("ciphertext") {
        parse_jwe(&object).map(UnverifiedToken::Jwe)
    } else {
        parse_jws(&object).map(UnverifiedToken::Jws)
    }
}

fn parse_jws(object: &Object) -> Result<UnverifiedJws<'static>> {
    let (format, parts) =
        parse_parties(object, "signatures", &["signature", "protected", "header"])?;
    let signatures = parts.into_iter().map(|part| {
        let protected = text_member(part, "protected")?;
        let signature = text_member(part, "signature")?.ok_or_else(|| {
            Error::Malformed(
                "the JSON object is not a token: it has no signature or ciphertext".into(),
            )
        })?;
        Ok(UnverifiedSignature {
            header: jws_header(protected, unprotected_header(part, "header")?)?.into(),
            signature: decode_segment("signature", signature)?,
        })
    });
    UnverifiedJws::new(
        format,
        signatures.collect::<Result<_>>()?,
        text_member(object, "payload")?.map(|text| text.as_bytes().to_vec().into()),
    )
}

fn parse_jwe(object: &Object) -> Result<UnverifiedJwe> {
    let (format, parts) = parse_parties(object, "recipients", &["encrypted_key", "header"])?;
    let protected = text_member(object, "protected")?;
    let common = jwe_header(protected, unprotected_header(object, "unprotected")?)?;
    let recipients = parts.into_iter().map(|part| {
        let key = text_member(part, "encrypted_key")?.unwrap_or_default();
        Ok(UnverifiedRecipient {
            header: Header::new(&common, unprotected_header(part, "header")?)?,
            encrypted_key: decode_segment("encrypted key", key)?,
        })
    });
    let octets =
        |name: &str, what| decode_segment(what, text_member(object, name)?.unwrap_or_default());
    let aad = text_member(object, "aad")?;
    if let Some(aad) = aad {
        decode_segment("additional authenticated data", aad)?;
    }
    Ok(UnverifiedJwe {
        format,
        recipients: recipients.collect::<Result<_>>()?,
        aad: aad.map(str::to_owned),
        iv: octets("iv", "initialization vector")?,
        ciphertext: octets("ciphertext", "ciphertext")?,
        tag: octets("tag", "authentication tag")?,
    })
}

/// Returns the signatures or recipients: those in the list, or the token itself if it is flattened. A token with both is
/// rejected.
fn parse_parties<'a>(
    object: &'a Object,
    list: &str,
    flattened: &[&str],
) -> Result<(Serialization, Vec<&'a Object>)> {
    let Some(items) = object.get(list) else {
        return Ok((Serialization::Flattened, vec![object]));
    };
    if let Some(name) = flattened.iter().find(|name| object.contains_key(**name)) {
        return Err(Error::Malformed(format!(
            "the token has both {list} and {name}"
        )));
    }
    let Value::Array(items) = items else {
        return Err(Error::Malformed(format!("{list} is not an array")));
    };
    if items.is_empty() || items.len() > MAX_PARTIES {
        return Err(Error::Malformed(format!(
            "the token has {} {list}; it must have 1 to {MAX_PARTIES}",
            items.len()
        )));
    }
    let objects = items.iter().map(Value::as_object);
    objects
        .collect::<Option<Vec<_>>>()
        .map(|items| (Serialization::General, items))
        .ok_or_else(|| Error::Malformed(format!("{list} contains a value that is not an object")))
}

fn text_member<'a>(object: &'a Object, name: &str) -> Result<Option<&'a str>> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::Malformed(format!(
            "the token's {name} is not a string"
        ))),
    }
}

fn unprotected_header(object: &Object, name: &str) -> Result<Object> {
    match object.get(name) {
        None => Ok(Object::new()),
        Some(Value::Object(members)) => Ok(members.clone()),
        Some(_) => Err(Error::Malformed(format!(
            "the token's {name} is not an object"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_with_0_or_more_than_64_signatures_is_rejected() {
        let part = r#"{"protected":"eyJhbGciOiJIUzI1NiJ9","signature":"AA"}"#;
        for (count, is_read) in [(0, false), (1, true), (63, true), (64, true), (65, false)] {
            let parts = vec![part; count].join(",");
            let token = format!(r#"{{"payload":"e30","signatures":[{parts}]}}"#);
            assert_eq!(parse(token.as_bytes()).is_ok(), is_read, "{count}");
        }
    }
}
