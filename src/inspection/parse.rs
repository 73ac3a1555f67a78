//! Parses tokens for inspection only: as much of the input as possible is parsed, and faults are recorded instead of refused.
//! The result cannot become a verified token; the parser for that is [`crate::crypto::token`].

mod detect;
mod extract;
mod json_serialization;
mod parts;
pub mod tolerant_base64;
pub mod tolerant_json;
mod tolerant_sd_jwt;

pub use crate::crypto::token::Serialization;
pub use detect::{InputKind, detect_input};
pub use extract::{ExtractedToken, extract_token, is_compact, tokens_in};
use parts::looks_like_an_object;
pub use parts::{Document, Head, Segment};
pub use tolerant_json::Node;
pub use tolerant_sd_jwt::SdJwt;

use std::sync::LazyLock;

use crate::crypto::alg::KeyManagement;
use crate::crypto::base64url;
use crate::crypto::json::Object;
use serde_json::Value;

/// The maximum depth of nested tokens that are parsed.
const MAX_NESTING: usize = 4;

/// The kind of a token, as its structure shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Signed or MACed (RFC 7515).
    Jws,
    /// Encrypted (RFC 7516).
    Jwe,
}

/// A parsed token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Signed or encrypted.
    pub family: Family,
    /// The serialization.
    pub form: Serialization,
    /// The text.
    pub text: String,
    /// The number of pieces between the dots of a compact token.
    pub pieces: usize,
    /// The signatures or the recipients, at most 64 of them; a compact token has one.
    pub heads: Vec<Head>,
    /// The number of signatures or recipients, including those that are not in `heads`.
    pub parties: usize,
    /// The payload or the ciphertext; `None` if the token ends before it or is detached.
    pub body: Option<Segment>,
    /// The payload, if it is JSON.
    pub claims: Option<Document>,
    /// The initialization vector, the tag and the additional data of a JWE.
    pub iv: Option<Segment>,
    /// See `iv`.
    pub tag: Option<Segment>,
    /// See `iv`.
    pub aad: Option<Segment>,
    /// The disclosures and the key binding JWT of an SD-JWT (RFC 9901).
    pub sd: Option<SdJwt>,
    /// The token that is the payload.
    pub nested: Option<Box<Token>>,
}

impl Token {
    /// Parses the text of a token.
    pub fn parse_tolerant(text: &str) -> Token {
        Self::at_depth(text, 0)
    }

    fn at_depth(text: &str, depth: usize) -> Token {
        let mut token = match text.split_once('~') {
            Some((issuer, rest)) => {
                let mut token = Token::parse_compact(issuer);
                token.sd = Some(SdJwt::parse_tolerant(issuer, rest, token.claims.as_ref()));
                token.text = text.to_owned();
                token
            }
            None if text.trim_start().starts_with('{') => {
                json_serialization::parse_json_serialization(text)
            }
            None => Token::parse_compact(text),
        };
        if let (Family::Jws, Some(body)) = (token.family, &token.body)
            && depth < MAX_NESTING
            && let Ok(inner) = str::from_utf8(&body.bytes)
            && extract::is_compact(inner.trim())
        {
            token.nested = Some(Box::new(Token::at_depth(inner.trim(), depth + 1)));
        }
        token
    }

    fn parse_compact(text: &str) -> Token {
        // The text after the fifth dot is one piece.
        let mut start = 0;
        let mut pieces: Vec<Segment> = Vec::new();
        for piece in text.splitn(6, '.') {
            pieces.push(Segment::new(start, piece));
            start += piece.len() + 1;
        }
        let count = text.split('.').count();
        let mut pieces = pieces.into_iter();
        let head = Head::new(pieces.next().unwrap_or_default());
        let mut token = Token {
            family: match count {
                5 => Family::Jwe,
                3 => Family::Jws,
                _ if is_key_management(&head) => Family::Jwe,
                _ => Family::Jws,
            },
            form: Serialization::Compact,
            text: text.to_owned(),
            pieces: count,
            heads: vec![head],
            parties: 1,
            body: None,
            claims: None,
            iv: None,
            tag: None,
            aad: None,
            sd: None,
            nested: None,
        };
        if token.family == Family::Jwe {
            token.heads[0].tail = pieces.next();
            token.iv = pieces.next();
            token.body = pieces.next();
            token.tag = pieces.next();
            return token;
        }
        if token.heads[0].get("b64") == Some(&Value::Bool(false)) {
            token.apply_unencoded_payload();
        } else {
            token.body = pieces.next();
            token.heads[0].tail = pieces.next();
        }
        token.read_claims();
        token
    }

    /// Reads the parts of a token whose payload is not encoded and can contain dots (RFC 7797).
    fn apply_unencoded_payload(&mut self) {
        let Some((header, rest)) = self.text.split_once('.') else {
            return;
        };
        let (payload, signature) = rest.rsplit_once('.').unwrap_or((rest, ""));
        let start = header.len() + 1;
        self.heads[0].tail = Some(Segment::new(start + payload.len() + 1, signature));
        self.body = Some(Segment {
            start,
            text: payload.to_owned(),
            bytes: payload.as_bytes().to_vec(),
            faults: Vec::new(),
        });
    }

    fn read_claims(&mut self) {
        if let Some(body) = &self.body
            && looks_like_an_object(&body.bytes)
        {
            self.claims = Some(Document::parse_tolerant(&body.bytes));
        }
    }

    /// Returns the SHA-256 of the text, which identifies the token without showing it.
    pub fn fingerprint(&self) -> String {
        base64url::encode(openssl::sha::sha256(self.text.as_bytes()))
    }

    /// Returns the only head of a compact token, the first of another token, or an empty one if there is none.
    pub fn head(&self) -> &Head {
        static NONE: LazyLock<Head> = LazyLock::new(Head::default);
        self.heads.first().unwrap_or(&NONE)
    }

    /// Returns the claims; `None` if the payload is not a JSON object.
    pub fn claims(&self) -> Option<&Object> {
        let document = self.claims.as_ref()?;
        matches!(document.node, Node::Object(_)).then_some(&document.object)
    }
}
/// Whether the header is that of an encrypted token, for a token with missing parts. With HPKE, `enc` can be absent.
fn is_key_management(head: &Head) -> bool {
    let alg = head.text("alg").unwrap_or_default();
    head.get("enc").is_some() || KeyManagement::from_name(alg).is_some()
}
