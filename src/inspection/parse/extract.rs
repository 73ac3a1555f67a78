//! Extracts a token from pasted text: after `Bearer`, in quotes, in a URL, a cookie or a log line, with line breaks in it, or
//! cut off with dots.

use std::borrow::Cow;

use memchr::memmem::Finder;

use crate::inspection::parse::tolerant_base64;

/// A token that was found in a text, and what was removed around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedToken {
    /// The token without the text around it.
    pub text: String,
    /// Descriptions of what was removed.
    pub wrapping: Vec<Cow<'static, str>>,
    /// How many more tokens the text contains.
    pub more: usize,
    /// Whether an ellipsis follows the token: its end was cut off.
    pub is_cut: bool,
}

const PREFIXES: &[(&str, &str)] = &[
    ("proxy-authorization:", "a header name"),
    ("authorization:", "a header name"),
    ("authorization", "a header name"),
    ("set-cookie:", "a header name"),
    ("cookie:", "a header name"),
    ("dpop:", "a header name"),
    ("export ", "a shell's export"),
    ("bearer ", "a Bearer prefix"),
    ("dpop ", "a DPoP prefix"),
    ("jwt ", "a JWT prefix"),
    ("token ", "a token prefix"),
];

const QUOTES: &[char] = &[
    '"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '<', '>', ',', ';', '(', ')',
    '[', ']', '=', ':', '\\',
];

/// Finds the first token in a text; `None` if nothing looks like a token.
pub fn extract_token(text: &str) -> Option<ExtractedToken> {
    let mut found = ExtractedToken {
        text: String::new(),
        wrapping: Vec::new(),
        more: 0,
        is_cut: false,
    };
    let bare = strip_wrappings(text, &mut found);
    let joined: String = bare.split_whitespace().collect();
    let is_plain = |text: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.~+/=".contains(&b);
        // A token without its first letters is recognized by its length and its dots.
        let headless = text.len() >= 40 && matches!(text.split('.').count(), 3 | 5);
        text.bytes().all(allowed)
            && (starts_token(text) || (headless && !text.contains(['/', '='])))
    };
    if is_plain(&joined) && (starts_token(&joined) || joined.len() == bare.len()) {
        if joined.len() < bare.len() {
            note_removal(&mut found, "line breaks or blanks");
        }
        found.text = joined;
        return Some(found);
    }
    // A foreign character in a token does not end the token: it is reported later.
    if starts_token(bare)
        && bare.contains('.')
        && !bare.contains(|c: char| c.is_ascii_whitespace() || "\"'&;,<>{}".contains(c))
    {
        found.text = bare.to_owned();
        return Some(found);
    }
    let mut tokens = tokens_in(text.as_bytes());
    let range = tokens.next()?;
    found.more = tokens.count();
    found.text = text[range.clone()].to_owned();
    found.wrapping = vec![match name_before(&text[..range.start]) {
        Some(name) => format!("the text around the value of {name}").into(),
        None => "the text around it".into(),
    }];
    found.is_cut = text[range.end..].starts_with("...") || text[range.end..].starts_with('…');
    Some(found)
}

fn note_removal(found: &mut ExtractedToken, what: &'static str) {
    if !found.wrapping.contains(&what.into()) {
        found.wrapping.push(what.into());
    }
}

fn strip_wrappings<'a>(text: &'a str, found: &mut ExtractedToken) -> &'a str {
    let mut bare = text.trim_start_matches('\u{feff}').trim();
    loop {
        let before = bare;
        for (prefix, what) in PREFIXES {
            if let Some(start) = bare.get(..prefix.len())
                && start.eq_ignore_ascii_case(prefix)
            {
                bare = bare[prefix.len()..].trim_start();
                note_removal(found, what);
            }
        }
        for mark in ["\\n", "\\r"] {
            bare = bare.strip_suffix(mark).unwrap_or(bare).trim_end();
        }
        let unquoted = bare.trim_start_matches(QUOTES);
        // An equals sign at the end is padding and belongs to the token.
        let unquoted = unquoted.trim_end_matches(|c| c != '=' && QUOTES.contains(&c));
        if unquoted.len() < bare.len() {
            note_removal(found, "quotes or punctuation");
            bare = unquoted.trim();
        }
        for mark in ["...", "…"] {
            if let Some(rest) = bare.strip_suffix(mark) {
                note_removal(found, "an ellipsis");
                found.is_cut = true;
                bare = rest.trim_end_matches('.').trim_end();
            }
        }
        if bare == before {
            return bare;
        }
    }
}

/// Returns the name of the parameter, cookie, variable or member whose value follows `text`.
fn name_before(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'".contains(c));
    let text = text.strip_suffix(['=', ':'])?;
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'".contains(c));
    let letter = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let name = &text[text.trim_end_matches(letter).len()..];
    (!name.is_empty() && name.len() <= 64).then_some(name)
}

/// Whether a text begins like the base64url encoding of a JSON object with a member.
fn starts_token(text: &str) -> bool {
    let Some(start) = text.get(..text.len().min(8)) else {
        return false;
    };
    let (bytes, _) = tolerant_base64::decode_tolerant(start);
    match bytes.as_slice() {
        [b'{', rest @ ..] => {
            rest.iter().find(|b| !b.is_ascii_whitespace()).is_none_or(|b| *b == b'"')
        }
        _ => false,
    }
}

/// Whether the entire text is a compact token.
pub fn is_compact(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    starts_token(text) && text.bytes().all(allowed) && text.split('.').count() >= 3
}

/// Returns the ranges of the compact tokens in a text: with two dots or more, or cut off after the first dot.
pub fn tokens_in(text: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let in_token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    let mut starts = Starts::new(text);
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = starts.next_from(at)?;
            at = start + 1;
            let before = start.checked_sub(1).map(|before| text[before]);
            if before.is_some_and(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
                continue;
            }
            let len = text[start..].iter().take_while(|b| in_token(**b)).count();
            let mut end = start + len;
            let mut dots = text[start..end].iter().filter(|b| **b == b'.').count();
            // A full stop after a token does not belong to it, but an unsecured token ends with a dot.
            while text[..end].ends_with(b".") && dots > 2 {
                end -= 1;
                dots -= 1;
            }
            at = end.max(at);
            // The range contains only ASCII.
            let is_token = str::from_utf8(&text[start..end]).is_ok_and(starts_token);
            if is_token && end - start >= 16 && dots >= 1 {
                return Some(start..end);
            }
        }
    })
}

/// The places where the base64url encoding of an opening brace and a quote, a space or a line break can begin.
struct Starts<'a> {
    text: &'a [u8],
    next: [(Finder<'static>, Option<usize>); 3],
}

impl<'a> Starts<'a> {
    fn new(text: &'a [u8]) -> Starts<'a> {
        let finders = ["ey", "ew", "e3"].map(Finder::new);
        Starts {
            text,
            next: finders.map(|finder| {
                let first = finder.find(text);
                (finder, first)
            }),
        }
    }

    fn next_from(&mut self, at: usize) -> Option<usize> {
        for (finder, next) in &mut self.next {
            if next.is_some_and(|next| next < at) {
                *next = finder.find(&self.text[at..]).map(|found| at + found);
            }
        }
        self.next.iter().filter_map(|(_, next)| *next).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";

    #[test]
    fn token_is_extracted_from_any_surrounding_text() {
        for text in [
            TOKEN.to_owned(),
            format!("  {TOKEN}\n"),
            format!("Bearer {TOKEN}"),
            format!("Authorization: bearer {TOKEN}"),
            format!("authorization:DPoP {TOKEN}\r\n"),
            format!("\"{TOKEN}\","),
            format!("'Bearer {TOKEN}';"),
            format!("\u{201c}{TOKEN}\u{201d}"),
            format!("https://app.example/cb#access_token={TOKEN}&token_type=Bearer"),
            format!("https://app.example/cb?id_token={TOKEN}"),
            format!("Cookie: theme=dark; session={TOKEN}; other=1"),
            format!("{{\"access_token\":\"{TOKEN}\",\"expires_in\":60}}"),
            format!("export TOKEN={TOKEN}"),
            format!("curl -H 'Authorization: Bearer {TOKEN}' https://api.example"),
            format!("{}\n    {}\n{}", &TOKEN[..9], &TOKEN[9..30], &TOKEN[30..]),
            format!("got {TOKEN}. Then nothing"),
            format!("\u{feff}{TOKEN}\\n"),
        ] {
            assert_eq!(
                extract_token(&text).map(|found| found.text).as_deref(),
                Some(TOKEN),
                "{text}"
            );
        }
    }

    #[test]
    fn text_around_a_token_is_reported() {
        let found = extract_token(&format!("a?id_token={TOKEN}&x={TOKEN}")).unwrap();
        assert_eq!(found.wrapping, ["the text around the value of id_token"]);
        assert_eq!(found.more, 1);
        assert!(extract_token(&format!("{}...", &TOKEN[..25])).unwrap().is_cut);
        assert_eq!(
            extract_token(&format!("{}...", &TOKEN[..25])).unwrap().text,
            TOKEN[..25]
        );
        assert!(!extract_token(TOKEN).unwrap().is_cut);
    }

    #[test]
    fn text_without_a_token_gives_no_token() {
        for text in [
            "",
            "hello",
            "hello world. bye",
            "eyes wide open",
            "{\"a\":1}",
            "-----BEGIN X-----",
        ] {
            assert_eq!(extract_token(text), None, "{text}");
        }
    }
}
