//! The commands that would verify a token with what it names itself. To run one is for the people who read them.

use std::borrow::Cow;

use serde_json::Value;

use crate::inspect::parse::Token;
use crate::io::fetch::url::Url;

/// A longer address is nobody's to type.
const MAX_ADDRESS: usize = 500;

/// The commands; none for what would not be fetched.
pub(super) fn ways(token: &Token) -> Vec<String> {
    let header = |name: &str| token.head().text(name).and_then(address);
    let claim = token.claims().and_then(|claims| claims.get("iss"));
    let issuer = claim.and_then(Value::as_str).and_then(address);
    let issuer = issuer.filter(|issuer| !issuer.contains('?'));
    let chain = header("x5u").map(|url| {
        format!("curl --proto =https -o chain.pem {url} && jotsmith verify -k chain.pem")
    });
    let issuer = issuer.map(|url| format!("jotsmith verify --issuer {url}"));
    let keys = header("jku").map(|url| format!("jotsmith verify -k {url}"));
    [issuer, keys, chain].into_iter().flatten().collect()
}

/// The address as one word of a shell, when it is one that would be fetched.
fn address(text: &str) -> Option<Cow<'_, str>> {
    let url = Url::parse(text).ok()?;
    (url.is_https() && text.len() <= MAX_ADDRESS).then(|| quoted(text))
}

/// The text as one word of a POSIX shell.
fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/:%@+,=".contains(c);
    match text.chars().all(is_plain) {
        true => text.into(),
        false => format!("'{}'", text.replace('\'', r"'\''")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_token_says_is_one_word_of_the_command() {
        for (text, word) in [
            ("https://a.example/b", "https://a.example/b"),
            ("https://a.example/$(id)", "'https://a.example/$(id)'"),
            ("https://a.example/'&id", r"'https://a.example/'\''&id'"),
            ("https://a.example/?a=b&c", "'https://a.example/?a=b&c'"),
        ] {
            assert_eq!(address(text).as_deref(), Some(word), "{text}");
        }
        for bad in [
            "https://a.example/\u{1b}[2J",
            "https://a.example/a b",
            "https://u:p@a.example/",
            "http://a.example/",
            "http://localhost/",
            "issuer",
            "--help",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
