//! Untrusted tokens: limits their size, parses them and checks the rules for headers, before verification or decryption.

mod general;
pub mod header;
mod verified;

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memchr_iter;

use super::base64url;
use super::error::{Error, Result};
use super::json::Object;

pub use verified::{KeyIdentity, Plaintext, VerifiedSignature, VerifiedToken};

use header::{CommonHeader, Header};

/// Which bytes may occur in a compact token: the base64url alphabet and the dot.
const IS_COMPACT: [bool; 256] = {
    let mut is_compact = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        is_compact[byte] =
            character.is_ascii_alphanumeric() || matches!(character, b'-' | b'_' | b'.');
        byte += 1;
    }
    is_compact
};

/// The largest number of signatures or recipients of a token.
pub const MAX_PARTIES: usize = 64;

/// A serialization (RFC 7515 §7, RFC 7516 §7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Serialization {
    #[default]
    Compact,
    Flattened,
    General,
}

impl Serialization {
    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            Serialization::Compact => "compact",
            Serialization::Flattened => "flattened",
            Serialization::General => "general",
        }
    }
}

/// A well-formed token that is neither verified nor decrypted.
#[derive(Debug)]
pub enum UnverifiedToken<'t> {
    /// Signed, or MACed (RFC 7515).
    Jws(UnverifiedJws<'t>),
    /// Encrypted (RFC 7516).
    Jwe(UnverifiedJwe),
}

/// A JWS before verification.
#[derive(Debug)]
pub struct UnverifiedJws<'t> {
    pub(super) format: Serialization,
    /// Never empty.
    pub(super) signatures: Vec<UnverifiedSignature>,
    /// The payload as it appears in the signing input. A detached one (RFC 7515 appendix F) is `None` in JSON; in the
    /// compact serialization it looks like an empty one.
    pub(super) encoded: Option<Cow<'t, [u8]>>,
    pub(super) payload: Vec<u8>,
}

/// One signature of a JWS.
#[derive(Debug)]
pub struct UnverifiedSignature {
    pub(super) header: Arc<Header>,
    pub(super) signature: Vec<u8>,
}

/// A JWE before decryption.
#[derive(Debug)]
pub struct UnverifiedJwe {
    pub(super) format: Serialization,
    /// Never empty. All recipients share the protected header.
    pub(super) recipients: Vec<UnverifiedRecipient>,
    /// The text of the additional authenticated data (RFC 7516 §5.1 step 14), without the protected header.
    pub(super) aad: Option<String>,
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// One recipient of a JWE.
#[derive(Debug)]
pub struct UnverifiedRecipient {
    pub(super) header: Header,
    pub(super) encrypted_key: Vec<u8>,
}

impl<'t> UnverifiedToken<'t> {
    /// Parses a token in any serialization and checks every rule that needs no key.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is not a token or exceeds `max_len` bytes; [`Error::NotAllowed`] if a header is not
    /// understood (RFC 7515 §4.1.11).
    pub fn parse(token: &'t [u8], max_len: usize) -> Result<UnverifiedToken<'t>> {
        UnverifiedToken::parse_with(token, max_len, &mut HeaderCache::default())
    }

    /// Parses a token as [`UnverifiedToken::parse`] does. Headers in the cache are not parsed again.
    ///
    /// # Errors
    /// As [`UnverifiedToken::parse`].
    pub fn parse_with(
        token: &'t [u8],
        max_len: usize,
        headers: &mut HeaderCache,
    ) -> Result<UnverifiedToken<'t>> {
        if token.len() > max_len {
            return Err(Error::Malformed(format!(
                "the token is longer than the limit of {max_len} bytes"
            )));
        }
        match token.first() {
            Some(b'{') => general::parse(token),
            _ => Self::parse_compact(token, headers),
        }
    }

    fn parse_compact(token: &'t [u8], headers: &mut HeaderCache) -> Result<UnverifiedToken<'t>> {
        // Decoding detects most bytes that are not allowed. Their position is determined only after an error, because that
        // takes another pass.
        UnverifiedToken::compact_segments(token, headers).map_err(|error| {
            let is_wrong = |byte: &u8| !IS_COMPACT[usize::from(*byte)];
            match token.iter().position(is_wrong) {
                Some(at) => Error::Malformed(not_compact(token[at], at + 1)),
                None => error,
            }
        })
    }

    fn compact_segments(token: &'t [u8], headers: &mut HeaderCache) -> Result<UnverifiedToken<'t>> {
        let mut segments = [&token[..0]; 5];
        let (mut count, mut start) = (0, 0);
        for end in memchr_iter(b'.', token).chain([token.len()]) {
            if count < segments.len() {
                segments[count] = &token[start..end];
            }
            count += 1;
            start = end + 1;
            if count > segments.len() {
                break;
            }
        }
        match (count, segments) {
            (3, [header, payload, signature, ..]) => {
                UnverifiedJws::parse_compact([header, payload, signature], headers)
                    .map(UnverifiedToken::Jws)
            }
            (5, segments) => UnverifiedJwe::parse_compact(segments).map(UnverifiedToken::Jwe),
            (1, _) if token.is_empty() => Err(Error::Malformed("the token is empty".into())),
            (1, _) => Err(Error::Malformed(
                "not a token: it has one part; a signed token has three and an encrypted token has five".into(),
            )),
            (2, _) => Err(Error::Malformed(
                "the token has two parts: the signature is missing".into(),
            )),
            (4, _) => Err(Error::Malformed(
                "the token has four parts; a signed token has three and an encrypted token has five".into(),
            )),
            _ => Err(Error::Malformed(
                "the token has too many parts; a signed token has three and an encrypted token has five".into(),
            )),
        }
    }

    /// Returns the serialization.
    pub fn format(&self) -> Serialization {
        match self {
            UnverifiedToken::Jws(jws) => jws.format,
            UnverifiedToken::Jwe(jwe) => jwe.format,
        }
    }

    /// Returns the header of the first signature or recipient. Its content is unauthenticated.
    pub fn unverified_header(&self) -> &Header {
        match self {
            UnverifiedToken::Jws(jws) => &jws.signatures[0].header,
            UnverifiedToken::Jwe(jwe) => &jwe.recipients[0].header,
        }
    }

    /// Returns the kids of a signed token.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        let signatures = match self {
            UnverifiedToken::Jws(jws) => &*jws.signatures,
            UnverifiedToken::Jwe(_) => &[],
        };
        signatures.iter().filter_map(|signature| signature.header.text_of("kid"))
    }

    /// Whether the payload is empty, or is detached and was not given.
    pub fn lacks_payload(&self) -> bool {
        matches!(self, UnverifiedToken::Jws(jws) if jws.payload.is_empty())
    }

    /// Adds the detached payload of a JWS (RFC 7515 appendix F).
    ///
    /// # Errors
    /// [`Error::NotAllowed`] if the token already contains a payload, or is encrypted.
    pub fn with_payload(self, payload: Vec<u8>) -> Result<UnverifiedToken<'t>> {
        match self {
            UnverifiedToken::Jws(mut jws) if jws.payload.is_empty() => {
                let text = if jws.is_unencoded() {
                    payload.clone()
                } else {
                    base64url::encode(&payload).into_bytes()
                };
                jws.encoded = Some(text.into());
                jws.payload = payload;
                Ok(UnverifiedToken::Jws(jws))
            }
            UnverifiedToken::Jws(_) => Err(Error::NotAllowed(
                "the token contains a payload, so a detached payload is not allowed".into(),
            )),
            UnverifiedToken::Jwe(_) => Err(Error::NotAllowed(
                "the token is encrypted, not signed".into(),
            )),
        }
    }
}

/// A cache of parsed headers of compact signed tokens. The headers in a stream of tokens are often identical.
#[derive(Debug, Default)]
pub struct HeaderCache(Vec<Arc<Header>>);

impl HeaderCache {
    const MAX_HEADERS: usize = 64;
    /// The longest header that is cached, in bytes. This limits the memory that hostile headers can use.
    const MAX_LEN: usize = 4096;

    fn get_or_parse(&mut self, text: &[u8]) -> Result<Arc<Header>> {
        let is_same = |header: &&Arc<Header>| header.text().as_bytes() == text;
        if let Some(header) = self.0.iter().find(is_same) {
            return Ok(header.clone());
        }
        let header = Arc::new(jws_header(Some(require_ascii(text)?), Object::new())?);
        if text.len() > HeaderCache::MAX_LEN {
            return Ok(header);
        }
        if self.0.len() == HeaderCache::MAX_HEADERS {
            self.0.clear();
        }
        self.0.push(header.clone());
        Ok(header)
    }
}

/// Describes a byte that is not allowed in a compact token. Its position is counted from 1.
fn not_compact(byte: u8, place: usize) -> String {
    match byte {
        b'=' => format!("padding (=) at byte {place} is not allowed in base64url"),
        b'+' | b'/' => format!(
            "the character {} at byte {place} is base64, not base64url",
            char::from(byte)
        ),
        b'\n' | b'\r' => format!("the token contains a line break at byte {place}"),
        b' ' | b'\t' => format!("the token contains a space at byte {place}"),
        b'~' => format!(
            "the token is an SD-JWT: the character ~ at byte {place} is not allowed in a JWT"
        ),
        b'!'..=b'}' => format!(
            "the character {} at byte {place} is not allowed in a token",
            char::from(byte)
        ),
        _ => format!("byte {place} is not allowed in a token"),
    }
}

/// Returns a part of a compact token as text.
fn require_ascii(text: &[u8]) -> Result<&str> {
    str::from_utf8(text).map_err(|_| Error::Malformed("the token is not ASCII".into()))
}

/// Decodes a part of a token. The error contains its name.
fn decode_segment(name: &str, text: impl AsRef<[u8]>) -> Result<Vec<u8>> {
    base64url::decode(text)
        .ok_or_else(|| Error::Malformed(format!("the {name} is not valid base64url")))
}

impl<'t> UnverifiedJws<'t> {
    fn parse_compact(
        [header, payload, signature]: [&'t [u8]; 3],
        headers: &mut HeaderCache,
    ) -> Result<UnverifiedJws<'t>> {
        let signature = UnverifiedSignature {
            header: headers.get_or_parse(header)?,
            signature: decode_segment("signature", signature)?,
        };
        UnverifiedJws::new(
            Serialization::Compact,
            vec![signature],
            Some(payload.into()),
        )
    }

    fn new(
        format: Serialization,
        signatures: Vec<UnverifiedSignature>,
        payload: Option<Cow<'t, [u8]>>,
    ) -> Result<UnverifiedJws<'t>> {
        let mut jws = UnverifiedJws {
            format,
            signatures,
            encoded: payload,
            payload: Vec::new(),
        };
        let is_unencoded = jws.is_unencoded();
        if jws.signatures[1..].iter().any(|one| one.header.is_unencoded() != is_unencoded) {
            return Err(Error::Malformed(
                "the signatures do not agree about b64".into(),
            ));
        }
        if let Some(text) = &jws.encoded {
            jws.payload = if is_unencoded {
                check_unencoded(format, text)?;
                text.to_vec()
            } else {
                decode_segment("payload", text)?
            };
        }
        Ok(jws)
    }

    /// Returns the headers of the signatures, at least one.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &Header> {
        self.signatures.iter().map(|signature| &*signature.header)
    }

    /// Returns the payload, which is not verified. It is empty if it is detached.
    pub(crate) fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// Returns the compact serialization of the first signature.
    pub(crate) fn to_compact(&self) -> String {
        let UnverifiedSignature { header, signature } = &self.signatures[0];
        let payload = String::from_utf8_lossy(self.encoded.as_deref().unwrap_or_default());
        let signature = base64url::encode(signature);
        format!("{}.{payload}.{signature}", header.text())
    }

    pub(super) fn is_unencoded(&self) -> bool {
        self.signatures[0].header.is_unencoded()
    }
}

/// Rejects an unencoded payload that the compact serialization cannot contain (RFC 7797 section 5.2).
fn check_unencoded(format: Serialization, text: &[u8]) -> Result<()> {
    let is_allowed = |byte: &u8| IS_COMPACT[usize::from(*byte)];
    if format == Serialization::Compact && !text.iter().all(is_allowed) {
        return Err(Error::Malformed(
            "the payload has characters that are not allowed in a compact token".into(),
        ));
    }
    Ok(())
}

fn jws_header(protected: Option<&str>, unprotected: Object) -> Result<Header> {
    let common = CommonHeader::parse(protected, Object::new(), &["b64"])?;
    Header::new(&common, unprotected)
}

/// Parses the headers that the recipients of a JWE share.
fn jwe_header(protected: Option<&str>, unprotected: Object) -> Result<Arc<CommonHeader>> {
    CommonHeader::parse(protected, unprotected, &[])
}

impl UnverifiedJwe {
    fn parse_compact([header, key, iv, ciphertext, tag]: [&[u8]; 5]) -> Result<UnverifiedJwe> {
        Ok(UnverifiedJwe {
            format: Serialization::Compact,
            recipients: vec![UnverifiedRecipient {
                header: Header::new(
                    &jwe_header(Some(require_ascii(header)?), Object::new())?,
                    Object::new(),
                )?,
                encrypted_key: decode_segment("encrypted key", key)?,
            }],
            aad: None,
            iv: decode_segment("initialization vector", iv)?,
            ciphertext: decode_segment("ciphertext", ciphertext)?,
            tag: decode_segment("authentication tag", tag)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_longer_than_the_limit_is_rejected() {
        let token = b"eyJhbGciOiJIUzI1NiJ9.e30.AA";
        assert!(UnverifiedToken::parse(token, token.len()).is_ok());
        for limit in [0, token.len() - 1] {
            let error = UnverifiedToken::parse(token, limit).unwrap_err();
            assert!(
                matches!(&error, Error::Malformed(why) if why.contains("longer than the limit")),
                "{limit}: {error}"
            );
        }
    }
}
