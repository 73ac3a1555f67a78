//! Signing (RFC 7515 §5.1): one signer for every serialization, and for any number of payloads.

use serde_json::{Value, json};

use crate::crypto::alg::Signature;
use crate::crypto::backend;
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::jws::detached::DetachedSigner;
use crate::crypto::key::Key;
use crate::crypto::token::Serialization;

/// The key, algorithm and header of one signature.
#[derive(Debug, Clone)]
pub struct SignatureSpec<'a> {
    /// The key.
    pub key: &'a Key,
    /// The algorithm.
    pub algorithm: &'static Signature,
    /// The parameters of the protected header in addition to `alg`, which comes first.
    pub header: Object,
    /// The parameters of the unprotected header, for the JSON serializations.
    pub unprotected: Object,
}

/// How a signed token is serialized.
#[derive(Debug, Clone, Copy)]
pub struct SerializeOptions {
    /// The serialization; compact and flattened have one signature.
    pub format: Serialization,
    /// Whether the payload is signed without base64url encoding (RFC 7797).
    pub unencoded: bool,
}

/// Signs payloads with the same keys and headers.
pub struct Signer<'a> {
    specs: Vec<SignatureSpec<'a>>,
    options: SerializeOptions,
    /// For each signature, the encoded protected header and the key.
    prepared: Vec<(String, backend::SigningKey)>,
}

impl<'a> Signer<'a> {
    /// Prepares the keys and headers.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if an algorithm does not fit its key, a header contains a parameter that only the signer
    /// sets, or the serialization does not allow the number of signatures or their unprotected headers.
    pub fn new(specs: Vec<SignatureSpec<'a>>, options: SerializeOptions) -> Result<Signer<'a>> {
        let format = options.format;
        if format != Serialization::General && specs.len() != 1 {
            return Err(Error::UnsuitableKey(format!(
                "the {} serialization has one signature, not {}",
                format.name(),
                specs.len()
            )));
        }
        if format == Serialization::Compact && !specs[0].unprotected.is_empty() {
            return Err(Error::UnsuitableKey(
                "the compact serialization has no unprotected header".into(),
            ));
        }
        let prepare = |spec: &SignatureSpec| {
            let header = protected_header(spec, options.unencoded)?;
            let key = backend::SigningKey::new(spec.key, spec.algorithm)?;
            Ok((header, key))
        };
        let prepared = specs.iter().map(prepare).collect::<Result<_>>()?;
        Ok(Signer {
            specs,
            options,
            prepared,
        })
    }

    /// Returns the key, algorithm and header of each signature.
    pub fn specs(&self) -> &[SignatureSpec<'a>] {
        &self.specs
    }

    /// Returns the serialization.
    pub fn format(&self) -> Serialization {
        self.options.format
    }

    /// Signs a payload and appends the token, which contains it, to `token`.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if the payload is unencoded and contains characters that the serialization does not allow;
    /// [`Error::Backend`].
    pub fn sign(&self, payload: &[u8], token: &mut Vec<u8>) -> Result<()> {
        let mut text = Vec::new();
        if self.options.unencoded {
            self.check_unencoded(payload)?;
            text.extend_from_slice(payload);
        } else {
            base64url::encode_to(payload, &mut text);
        }
        let sign = |(header, key): &(String, backend::SigningKey)| {
            key.sign(&[header.as_bytes(), b".", &text])
        };
        let signatures = self.prepared.iter().map(sign).collect::<Result<Vec<_>>>()?;
        self.write_token(&signatures, Some(&text), token);
        Ok(())
    }

    /// Returns the signing input of a compact token with this payload (RFC 7515 section 5.1).
    pub fn signing_input(&self, payload: &[u8]) -> Vec<u8> {
        let mut input = self.prepared[0].0.clone().into_bytes();
        input.push(b'.');
        base64url::encode_to(payload, &mut input);
        input
    }

    /// Begins a token whose payload is detached (RFC 7515 appendix F).
    pub fn begin(&self) -> DetachedSigner<'_, 'a> {
        DetachedSigner::new(self, &self.prepared, self.options.unencoded)
    }

    /// Checks an unencoded payload. It must be detached if it is not UTF-8, or contains characters that the compact
    /// serialization does not allow (RFC 7797 section 5.2).
    fn check_unencoded(&self, payload: &[u8]) -> Result<()> {
        let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if str::from_utf8(payload).is_err() {
            return Err(Error::UnsuitableKey(
                "an unencoded payload must be UTF-8 text, unless it is detached".into(),
            ));
        }
        if self.options.format == Serialization::Compact && !payload.iter().all(is_base64url) {
            return Err(Error::UnsuitableKey(
                "an unencoded payload in a compact token may contain only A-Z, a-z, 0-9, - and _; a detached payload may contain any text".into(),
            ));
        }
        Ok(())
    }

    /// Appends the token with these signatures. `payload` is the encoded payload; `None` if it is detached.
    pub(super) fn write_token(
        &self,
        signatures: &[Vec<u8>],
        payload: Option<&[u8]>,
        token: &mut Vec<u8>,
    ) {
        if self.options.format == Serialization::Compact {
            token.extend_from_slice(self.prepared[0].0.as_bytes());
            token.push(b'.');
            token.extend_from_slice(payload.unwrap_or_default());
            token.push(b'.');
            base64url::encode_to(&signatures[0], token);
            return;
        }
        let parts = self.specs.iter().zip(&self.prepared).zip(signatures);
        let mut members: Vec<Object> = parts
            .map(|((spec, (header, _)), signature)| {
                let mut member = Object::new();
                member.insert("protected".into(), header.as_str().into());
                if !spec.unprotected.is_empty() {
                    member.insert("header".into(), spec.unprotected.clone().into());
                }
                member.insert("signature".into(), base64url::encode(signature).into());
                member
            })
            .collect();
        let mut object = Object::new();
        if let Some(payload) = payload {
            object.insert("payload".into(), String::from_utf8_lossy(payload).into());
        }
        if self.options.format == Serialization::Flattened {
            object.append(&mut members[0]);
        } else {
            object.insert("signatures".into(), json!(members));
        }
        token.extend_from_slice(Value::Object(object).to_string().as_bytes());
    }
}

/// Returns the encoded protected header.
fn protected_header(spec: &SignatureSpec, unencoded: bool) -> Result<String> {
    spec.key.signature_algorithm(Some(spec.algorithm))?;
    for name in ["alg", "crit", "b64"] {
        if spec.header.contains_key(name) || spec.unprotected.contains_key(name) {
            return Err(Error::UnsuitableKey(format!(
                "the header parameter {name} is set automatically and cannot be given"
            )));
        }
    }
    let is_protected = |name: &&String| spec.header.contains_key(*name);
    if let Some(name) = spec.unprotected.keys().find(is_protected) {
        return Err(Error::UnsuitableKey(format!(
            "the header parameter {name} cannot be both protected and unprotected"
        )));
    }
    let mut protected = Object::new();
    protected.insert("alg".into(), spec.algorithm.name.into());
    if unencoded {
        protected.insert("b64".into(), false.into());
        protected.insert("crit".into(), json!(["b64"]));
    }
    protected.extend(spec.header.clone());
    Ok(base64url::encode(Value::Object(protected).to_string()))
}
