//! Signing (RFC 7515 §5.1); detached payloads and verification are in the files below.

mod detached;
mod verify;

pub use detached::{Detached, MAX_WHOLE};
pub use verify::{Verification, Verifier};

use serde_json::{Value, json};

use super::alg::Signature;
use super::backend;
use super::base64url;
use super::error::{Error, Result};
use super::json::Object;
use super::key::Key;
use super::token::Format;

/// One who signs, and with what.
#[derive(Debug)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a Key,
    /// The algorithm.
    pub algorithm: &'static Signature,
    /// The parameters of the protected header besides `alg`, which comes first.
    pub header: Object,
    /// The parameters of the unprotected header, for the JSON serializations.
    pub unprotected: Object,
}

/// How a signed token is written.
#[derive(Debug, Clone, Copy)]
pub struct SerializeOptions {
    /// The serialization; compact and flattened have one signature.
    pub format: Format,
    /// Whether the payload is signed as it is, not as base64url (RFC 7797).
    pub unencoded: bool,
}

/// Signs a payload, which stands in the token.
///
/// # Errors
/// [`Error::UnsuitableKey`] when an algorithm does not fit its key, a header has members that only the tool sets, or the payload
/// or the number of signers does not fit the way of writing.
pub fn sign(signers: &[Signer], payload: &[u8], writing: SerializeOptions) -> Result<String> {
    let text = match writing.unencoded {
        true => payload.to_vec(),
        false => base64url::encode(payload).into_bytes(),
    };
    let signatures = (signers.iter())
        .map(|signer| {
            let protected = protected(signer, writing.unencoded)?;
            let input = [protected.as_bytes(), b".", &text].concat();
            let signature = backend::sign(signer.key, signer.algorithm, &input)?;
            Ok((protected, base64url::encode(signature)))
        })
        .collect::<Result<Vec<_>>>()?;
    let shown = String::from_utf8(text).map_err(|_| {
        Error::UnsuitableKey("an unencoded payload that is not UTF-8 must be detached".into())
    })?;
    // RFC 7797 §5.2: what cannot be told apart from the rest of the token must be detached.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if writing.format == Format::Compact && !shown.bytes().all(plain) {
        return Err(Error::UnsuitableKey(
            "an unencoded payload with such characters must be detached".into(),
        ));
    }
    write(signers, &signatures, Some(shown), writing.format)
}

/// The token of these signatures, each of them a protected header and a signature as base64url.
fn write(
    signers: &[Signer],
    signatures: &[(String, String)],
    payload: Option<String>,
    format: Format,
) -> Result<String> {
    let mut token = Object::new();
    match (format, signers, signatures) {
        (Format::Compact, [signer], [(protected, signature)]) => {
            if !signer.unprotected.is_empty() {
                return Err(Error::UnsuitableKey(
                    "the compact serialization has no unprotected header".into(),
                ));
            }
            let payload = payload.unwrap_or_default();
            return Ok(format!("{protected}.{payload}.{signature}"));
        }
        (Format::Flattened, [signer], [signature]) => token = member(signer, signature),
        (Format::General, ..) => {
            let members: Vec<Object> = (signers.iter().zip(signatures))
                .map(|(signer, signature)| member(signer, signature))
                .collect();
            token.insert("signatures".into(), json!(members));
        }
        (format, signers, _) => {
            return Err(Error::UnsuitableKey(format!(
                "the {} serialization has one signature, not {}",
                format.name(),
                signers.len()
            )));
        }
    }
    if let Some(payload) = payload {
        token.shift_insert(0, "payload".into(), payload.into());
    }
    Ok(Value::Object(token).to_string())
}

/// The protected header as it stands in the token.
pub(super) fn protected(signer: &Signer, unencoded: bool) -> Result<String> {
    signer.key.signature_algorithm(Some(signer.algorithm))?;
    for name in ["alg", "crit", "b64"] {
        if signer.header.contains_key(name) || signer.unprotected.contains_key(name) {
            return Err(Error::UnsuitableKey(format!(
                "the header parameter {name} is not yours to set"
            )));
        }
    }
    let twice = |name: &&String| signer.header.contains_key(*name);
    if let Some(name) = signer.unprotected.keys().find(twice) {
        return Err(Error::UnsuitableKey(format!(
            "the header parameter {name} cannot be both protected and unprotected"
        )));
    }
    let mut protected = Object::new();
    protected.insert("alg".into(), signer.algorithm.name.into());
    if unencoded {
        protected.insert("b64".into(), false.into());
        protected.insert("crit".into(), json!(["b64"]));
    }
    protected.extend(signer.header.clone());
    Ok(base64url::encode(Value::Object(protected).to_string()))
}

fn member(signer: &Signer, (protected, signature): &(String, String)) -> Object {
    let mut member = Object::new();
    member.insert("protected".into(), protected.as_str().into());
    if !signer.unprotected.is_empty() {
        member.insert("header".into(), signer.unprotected.clone().into());
    }
    member.insert("signature".into(), signature.as_str().into());
    member
}

/// `ath`: the SHA-256 hash of an access token, as base64url (RFC 9449 §4.2).
pub fn access_token_hash(token: &[u8]) -> String {
    let mut hash = openssl::sha::Sha256::new();
    hash.update(token);
    base64url::encode(hash.finish())
}
