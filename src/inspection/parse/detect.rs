//! Detects what an input is from its content alone.

use std::borrow::Cow;

use crate::inspection::parse::{Document, ExtractedToken, Token, extract_token};

/// The kind of an input.
#[derive(Debug)]
pub enum InputKind {
    /// A token, and how it was extracted.
    Token(Box<Token>, ExtractedToken),
    /// A JWK.
    Key(Document),
    /// A JWK Set.
    Set(Document),
    /// PEM or DER.
    Blocks,
    /// None of them.
    Nothing,
}

/// Returns the kind of an input.
pub fn detect_input(bytes: &[u8]) -> InputKind {
    if bytes.first() == Some(&0x30) && str::from_utf8(bytes).is_err() {
        return InputKind::Blocks;
    }
    let text = text_of(bytes);
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.starts_with('{') {
        let document = Document::parse_tolerant(trimmed.as_bytes());
        let has = |name: &str| document.object.contains_key(name);
        if has("keys") {
            return InputKind::Set(document);
        }
        if has("kty") {
            return InputKind::Key(document);
        }
        if has("ciphertext") || has("signatures") || (has("payload") && has("signature")) {
            let found = ExtractedToken {
                text: trimmed.to_owned(),
                wrapping: Vec::new(),
                more: 0,
                is_cut: false,
            };
            return InputKind::Token(Box::new(Token::parse_tolerant(trimmed)), found);
        }
    } else if text.contains("-----BEGIN ") {
        return InputKind::Blocks;
    }
    match extract_token(&text) {
        Some(found) => InputKind::Token(Box::new(Token::parse_tolerant(&found.text)), found),
        None => InputKind::Nothing,
    }
}

/// Decodes UTF-8, or UTF-16 with a byte order mark, which Windows programs write.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |big: bool| {
        let units = bytes[2..].chunks(2).map(|pair| match (big, pair) {
            (true, [a, b]) => u16::from_be_bytes([*a, *b]),
            (false, [a, b]) => u16::from_le_bytes([*a, *b]),
            _ => 0xfffd,
        });
        String::from_utf16_lossy(&units.collect::<Vec<u16>>()).into()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(false),
        [0xfe, 0xff, ..] => wide(true),
        _ => String::from_utf8_lossy(bytes),
    }
}
