//! Reads the token that the arguments name, and removes the text around a copied token.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::cli::TokenInput;
use crate::crypto::json;
use crate::crypto::token::HeaderCache;
use crate::crypto::{Code, Error, SecretBytes, UnverifiedToken, base64url};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::sd_jwt::SignedToken;

/// What the argument means.
enum Typed {
    /// The token itself.
    Token(String),
    /// The source to read it from.
    Source(Source),
}

impl TokenInput {
    /// Returns the source of the tokens of a `--lines` run.
    ///
    /// # Errors
    /// If the argument is the token itself, or a file does not exist.
    pub fn source(&self, context: &Context) -> Result<Source> {
        let text = self.token.as_deref().unwrap_or("-");
        let names_source = text == "-" || text.starts_with('@') || text.starts_with("env:");
        match self.classify(context) {
            Ok(Typed::Source(source)) => Ok(source),
            Err(error) if names_source => Err(error),
            _ => {
                let message = "--lines reads tokens from stdin or a file, one per line";
                Err(CliError::usage(message).into())
            }
        }
    }

    /// Reads the token, at most `limit` bytes of it. The text around a copied token is removed, which is reported.
    ///
    /// # Errors
    /// If the source cannot be read, or is empty.
    pub fn read_token(&self, context: &Context, limit: usize) -> Result<SecretBytes> {
        let (mut bytes, place): (SecretBytes, _) = match self.classify(context)? {
            Typed::Token(text) => (text.into_bytes().into(), "the argument".to_owned()),
            Typed::Source(source) => {
                // The prefix of a copied token does not count.
                let limit = limit.saturating_add(MAX_REMOVED);
                (
                    context.inputs.read_start(&source, "token", limit)?,
                    source.to_string(),
                )
            }
        };
        if let Some(name) = &self.field {
            bytes = json_field(bytes.expose(), name, &place)?;
        }
        let copied = Copied::new(bytes.expose());
        if copied.token.is_empty() {
            let message = match &self.field {
                Some(name) => format!("{place}: the member {name} is empty"),
                None => format!("{place} is empty; it must contain a token"),
            };
            return Err(CliError::new(Code::Malformed, message).into());
        }
        if let Some(removed) = copied.removed_note() {
            context.console.print_note(&format!("removed: {removed}"));
        }
        Ok(copied.token.to_vec().into())
    }

    /// Decides what the argument means. A text whose first part decodes to a JSON object is a token, even if a file has that
    /// name; every other text is a path.
    fn classify(&self, context: &Context) -> Result<Typed> {
        let text = self.token.as_deref().unwrap_or("-");
        if let Some(path) = text.strip_prefix('@') {
            return Ok(Typed::Source(Source::File(path.into())));
        }
        if text == "-" || text.starts_with("env:") {
            let source = text.parse().map_err(|why| CliError::usage(format!("the token {why}")))?;
            return Ok(Typed::Source(source));
        }
        let is_file = || Path::new(text).is_file();
        if text.is_empty() {
            return Ok(Typed::Token(String::new()));
        }
        if is_token(Copied::new(text.as_bytes()).token) {
            if is_file() {
                let note = "the argument is used as a token, although a file has that name; @PATH reads the file";
                context.console.print_note(note);
            }
            return Ok(Typed::Token(text.to_owned()));
        }
        if is_file() {
            return Ok(Typed::Source(Source::File(text.into())));
        }
        if matches!(text.matches('.').count(), 2 | 4) && text.len() > 80 || text.len() > 255 {
            // Probably a damaged token, and not a file name. The error of the parser is more specific.
            return Ok(Typed::Token(text.to_owned()));
        }
        if Path::new(text).exists() {
            return Err(CliError::failed(format!("{text}: is not a regular file"))
                .with_hint("@PATH reads any file, - reads stdin")
                .into());
        }
        Err(
            CliError::failed(format!("{text}: no such file, and not a token"))
                .with_hint("check the path, or pass the complete token")
                .into(),
        )
    }
}

/// Whether a text begins like a token: with a JSON object, or with the base64url encoding of one.
fn is_token(text: &[u8]) -> bool {
    if text.starts_with(b"{") {
        return true;
    }
    let first = text.split(|byte| *byte == b'.').next().unwrap_or_default();
    let Ok(first) = str::from_utf8(first) else {
        return false;
    };
    let decoded = base64url::decode(first.trim_ascii()).unwrap_or_default();
    decoded.trim_ascii().starts_with(b"{") && json::parse_object(decoded.trim_ascii()).is_ok()
}

/// The maximum length of the text that is removed before a token, in bytes.
const MAX_REMOVED: usize = 64;

/// A token that was copied from a header, a log or an editor, without the text around it.
pub struct Copied<'t> {
    /// The token.
    pub token: &'t [u8],
    has_bom: bool,
    has_quotes: bool,
    prefix: Option<&'static str>,
}

impl<'t> Copied<'t> {
    /// Removes a byte order mark, one pair of quotes, `Authorization:` and `Bearer`, and white space.
    pub fn new(text: &'t [u8]) -> Copied<'t> {
        let without_bom = text.strip_prefix("\u{feff}".as_bytes());
        let mut copied = Copied {
            token: without_bom.unwrap_or(text).trim_ascii(),
            has_bom: without_bom.is_some(),
            has_quotes: false,
            prefix: None,
        };
        copied.remove_quotes();
        for (prefix, name) in [
            ("authorization:", "Authorization: Bearer"),
            ("bearer ", "Bearer prefix"),
        ] {
            let start = copied.token.get(..prefix.len());
            if start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes())) {
                copied.token = copied.token[prefix.len()..].trim_ascii();
                copied.prefix.get_or_insert(name);
            }
        }
        copied.remove_quotes();
        copied
    }

    fn remove_quotes(&mut self) {
        if let [first @ (b'"' | b'\''), inner @ .., last] = self.token
            && first == last
            && !self.has_quotes
        {
            self.token = inner.trim_ascii();
            self.has_quotes = true;
        }
    }

    /// Describes what was removed, except white space; `None` if nothing was removed.
    pub fn removed_note(&self) -> Option<String> {
        let names = [
            self.has_bom.then_some("byte order mark (BOM)"),
            self.has_quotes.then_some("quotes"),
            self.prefix,
        ];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// Returns the text member `name` of a JSON object.
fn json_field(text: &[u8], name: &str, place: &str) -> Result<SecretBytes> {
    let malformed = |why: String| CliError::new(Code::Malformed, format!("{place}: {why}"));
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let object = json::parse_object(text).map_err(|fault| {
        malformed(format!(
            "--field needs a JSON object, but the input {fault}"
        ))
    })?;
    match object.get(name) {
        Some(Value::String(token)) => Ok(token.clone().into_bytes().into()),
        Some(_) => Err(malformed(format!("the member {name} is not a string")).into()),
        None => Err(malformed(format!("the object has no member {name}")).into()),
    }
}

/// Parses a token. If the input is not a token, the error has a hint.
///
/// # Errors
/// As [`UnverifiedToken::parse_with`].
pub fn parse_token<'t>(
    token: &'t [u8],
    max_len: usize,
    headers: &mut HeaderCache,
) -> Result<UnverifiedToken<'t>> {
    let parsed = UnverifiedToken::parse_with(token, max_len, headers);
    parsed.map_err(|error| with_input_hint(error, token))
}

/// Parses a signed token or SD-JWT. If the input is not one, the error has a hint.
///
/// # Errors
/// As [`SignedToken::parse`].
pub fn parse_signed_token<'t>(
    token: &'t [u8],
    max_len: usize,
    headers: &mut HeaderCache,
) -> Result<SignedToken<'t>> {
    let parsed = SignedToken::parse(token, max_len, headers);
    parsed.map_err(|error| with_input_hint(error, token))
}

fn with_input_hint(error: Error, token: &[u8]) -> anyhow::Error {
    let Error::Malformed(why) = error else {
        return error.into();
    };
    let mut cli_error = CliError::new(Code::Malformed, why);
    cli_error.hint = malformed_hint(token);
    cli_error.into()
}

/// Returns the hint for a token that could not be parsed: what the input seems to be.
fn malformed_hint(token: &[u8]) -> Option<String> {
    if let Ok(object) = json::parse_object(token) {
        let names = ["access_token", "id_token", "token", "assertion", "jwt"];
        if let Some(name) =
            names.into_iter().find(|name| object.get(*name).is_some_and(Value::is_string))
        {
            return Some(format!(
                "the JSON object contains a token; select it with --field {name}"
            ));
        }
        if object.contains_key("kty") || object.contains_key("keys") {
            return Some("the input is a key, not a token; pass keys with -k".into());
        }
        return None;
    }
    if token.starts_with(b"-----BEGIN") {
        return Some("the input is a key or certificate, not a token; pass keys with -k".into());
    }
    let has_break = token.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    has_break.then(|| "remove the line breaks; jotsmith inspect reads wrapped tokens".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_around_a_copied_token_is_removed() {
        for (text, removed) in [
            ("a.b.c", None),
            (" \ta.b.c\r\n", None),
            ("Bearer a.b.c", Some("Bearer prefix")),
            ("bearer   a.b.c\n", Some("Bearer prefix")),
            ("Authorization: Bearer a.b.c", Some("Authorization: Bearer")),
            ("\"a.b.c\"", Some("quotes")),
            ("'Bearer a.b.c'", Some("quotes, Bearer prefix")),
            ("Bearer \"a.b.c\"", Some("quotes, Bearer prefix")),
            ("\u{feff}a.b.c", Some("byte order mark (BOM)")),
        ] {
            let copied = Copied::new(text.as_bytes());
            assert_eq!(copied.token, b"a.b.c", "{text}");
            assert_eq!(copied.removed_note().as_deref(), removed, "{text}");
        }
        for text in ["\"a.b.c", "\"\"a.b.c\"\"", "a.b.c\"", "a\nb"] {
            assert_ne!(Copied::new(text.as_bytes()).token, b"a.b.c", "{text}");
        }
    }
}
