//! Nested tokens: encrypted around signed (RFC 7519 §11.2).

use serde_json::Value;

use crate::crypto::error::{Code, Error, Failure, Result};
use crate::crypto::json::{Object, is_equal};
use crate::crypto::keyset::KeySet;
use crate::crypto::policy::{DecryptPolicy, same_media_type};
use crate::crypto::secret::SecretBytes;
use crate::crypto::token::UnverifiedToken;
use crate::crypto::token::header::Header;

/// How many layers of encryption are opened.
pub const MAX_DEPTH: usize = 4;

/// What stands inside the layers of encryption: a token that still has to be verified.
pub struct NestedJwt {
    content: SecretBytes,
    headers: Vec<Header>,
}

impl NestedJwt {
    /// The innermost content.
    pub fn content(&self) -> &[u8] {
        self.content.expose()
    }

    /// Holds the claims that a header repeats for those who cannot decrypt to the claims themselves (RFC 7519 §5.3).
    ///
    /// # Errors
    /// [`Error::ClaimsRejected`] with every one that differs.
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

/// Opens the layers of encryption of a token, at most [`MAX_DEPTH`], each of which must say that a token is inside.
///
/// # Errors
/// [`Error::NotAllowed`] when the token is not encrypted, nests deeper, or a layer says something else; else as
/// [`UnverifiedToken::decrypt`].
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

/// Removes one line break behind a token, as from a token that is an input of its own.
fn without_newline(content: SecretBytes) -> SecretBytes {
    let bytes = content.expose();
    let Some(token) = bytes.strip_suffix(b"\n") else {
        return content;
    };
    SecretBytes::new(token.strip_suffix(b"\r").unwrap_or(token).to_vec())
}
