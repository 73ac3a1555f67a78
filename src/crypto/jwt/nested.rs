//! Nested tokens: signed, then encrypted (RFC 7519 §11.2).

use serde_json::Value;

use crate::crypto::error::{Code, Error, Failure, Result};
use crate::crypto::json::{Object, is_equal};
use crate::crypto::keyset::KeySet;
use crate::crypto::policy::{DecryptPolicy, same_media_type};
use crate::crypto::secret::SecretBytes;
use crate::crypto::token::UnverifiedToken;
use crate::crypto::token::header::Header;

/// The largest number of layers of encryption.
pub const MAX_DEPTH: usize = 4;

/// The decrypted content of a nested token: a token that is not verified yet.
pub struct NestedJwt {
    content: SecretBytes,
    headers: Vec<Header>,
}

impl NestedJwt {
    /// Returns the innermost content.
    pub fn content(&self) -> &[u8] {
        self.content.expose()
    }

    /// Checks that claims which are replicated as header parameters (RFC 7519 §5.3) equal the claims of the token.
    ///
    /// # Errors
    /// [`Error::ClaimsRejected`] with every claim that differs.
    pub fn verify_replicated_claims(&self, claims: &Object) -> Result<()> {
        let mut failures = Vec::new();
        for header in &self.headers {
            for name in ["iss", "sub", "aud"] {
                if let Some(said) = header.member(name)
                    && !claims.get(name).is_some_and(|claim| is_equal(claim, said))
                {
                    let expected = format!("{said}, as in the JWE header");
                    let actual = claims.get(name).map(Value::to_string);
                    failures.push(Failure::new(Code::ClaimRejected, name, expected, actual));
                }
            }
        }
        if failures.is_empty() {
            Ok(())
        } else {
            Err(Error::ClaimsRejected(failures))
        }
    }
}

/// Decrypts all layers of a token, at most [`MAX_DEPTH`]. The header of each layer must state that the content is a token.
///
/// # Errors
/// [`Error::NotAllowed`] if the token is not encrypted, is nested deeper, or the header of a layer states another content
/// type; otherwise as [`UnverifiedToken::decrypt`].
pub fn decrypt_nested(
    token: UnverifiedToken,
    keys: &KeySet,
    policy: &DecryptPolicy,
    max_len: usize,
) -> Result<NestedJwt> {
    if let UnverifiedToken::Jws(_) = token {
        return Err(Error::NotAllowed(
            "the token must be encrypted, but is not".into(),
        ));
    }
    let mut headers = Vec::new();
    let mut plain = token.decrypt(keys, policy)?;
    for _ in 0..MAX_DEPTH {
        let cty = plain.header().protected_text_of("cty");
        if !cty.is_some_and(|cty| same_media_type(cty, "JWT")) {
            return Err(Error::NotAllowed(
                "the JWE header has no cty JWT, so the content is not a nested token".into(),
            ));
        }
        let (header, content) = plain.into_parts();
        headers.push(header);
        let content = without_newline(content);
        let inner = UnverifiedToken::parse(content.expose(), max_len)?;
        if let UnverifiedToken::Jws(_) = inner {
            return Ok(NestedJwt { content, headers });
        }
        if headers.len() == MAX_DEPTH {
            break;
        }
        plain = inner.decrypt(keys, policy)?;
    }
    Err(Error::NotAllowed(format!(
        "the token nests deeper than {MAX_DEPTH} layers"
    )))
}

/// Removes one line break after a token, as for a token that is read from an input.
fn without_newline(content: SecretBytes) -> SecretBytes {
    let bytes = content.expose();
    let Some(token) = bytes.strip_suffix(b"\n") else {
        return content;
    };
    SecretBytes::new(token.strip_suffix(b"\r").unwrap_or(token).to_vec())
}
