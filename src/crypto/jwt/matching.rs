//! Finds and compares claims: JSON Pointers, scopes, items of an array, and patterns.

use std::borrow::Cow;

use serde_json::Value;

use crate::crypto::json::{Members, RawValue};

/// The longest pattern, in characters. It limits the time to match, which grows with the product of the lengths of the
/// pattern and the claim.
pub const MAX_PATTERN: usize = 256;

/// A pattern in which `*` matches any number of characters and `?` exactly one. It must match the entire text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<char>);

impl Glob {
    /// Returns the pattern, or `None` if it is longer than [`MAX_PATTERN`].
    pub fn new(pattern: &str) -> Option<Glob> {
        let pattern: Vec<char> = pattern.chars().collect();
        (pattern.len() <= MAX_PATTERN).then_some(Glob(pattern))
    }

    /// Whether the pattern matches the entire text.
    pub fn matches(&self, text: &str) -> bool {
        let (pattern, text): (&[char], Vec<char>) = (&self.0, text.chars().collect());
        let (mut at, mut next) = (0, 0);
        // The last `*`, and the position in the text at which the rest of the pattern was tried.
        let mut star = None;
        while at < text.len() {
            match pattern.get(next) {
                Some('*') => {
                    star = Some((next, at));
                    next += 1;
                }
                Some(&c) if c == '?' || c == text[at] => (at, next) = (at + 1, next + 1),
                _ => {
                    let Some((place, tried)) = star else {
                        return false;
                    };
                    star = Some((place, tried + 1));
                    (at, next) = (tried + 1, place + 1);
                }
            }
        }
        pattern[next..].iter().all(|&c| c == '*')
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|c| write!(f, "{c}"))
    }
}

/// Returns the claim that a rule names: an exact top-level member, or a JSON Pointer (RFC 6901) if the name begins with `/`.
pub fn find_claim(claims: &Members, name: &str) -> Option<Value> {
    let Some(path) = name.strip_prefix('/') else {
        return claims.get(name).map(RawValue::to_value);
    };
    let (first, rest) = match path.split_once('/') {
        Some((first, rest)) => (first, format!("/{rest}")),
        None => (path, String::new()),
    };
    let first = first.replace("~1", "/").replace("~0", "~");
    claims.get(&first)?.to_value().pointer(&rest).cloned()
}

/// Returns the values of `scope`, which is a space-separated string (RFC 8693 section 4.2) or an array of strings.
pub fn scope_values(claims: &Members) -> Option<Vec<String>> {
    let scope = claims.get("scope")?;
    match scope.as_str() {
        Some(text) => Some(text.split(' ').map(str::to_owned).collect()),
        None => scope.strings().map(|values| values.into_iter().map(Cow::into_owned).collect()),
    }
}

/// Whether the value is an array of strings that contains `text`.
pub fn contains_text(value: &Value, text: &str) -> bool {
    value.as_array().is_some_and(|items| {
        items.iter().all(Value::is_string) && items.iter().any(|item| item == text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_matches_the_entire_text() {
        for (pattern, text, matches) in [
            ("repo:org/repo:*", "repo:org/repo:ref:refs/heads/main", true),
            ("repo:org/repo:*", "repo:org/repo", false),
            ("repo:org/repo:*", "x repo:org/repo:y", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a?c", "abc", true),
            ("a?c", "a\u{1f600}c", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*ab", "abab", true),
            ("a*b", "acbc", false),
            ("a.c", "abc", false),
            ("[a]", "a", false),
        ] {
            let glob = Glob::new(pattern).unwrap();
            assert_eq!(glob.matches(text), matches, "{pattern} {text}");
        }
        assert_eq!(Glob::new(&"*".repeat(MAX_PATTERN + 1)), None);
        let hostile = Glob::new(&"*a".repeat(100)).unwrap();
        assert!(!hostile.matches(&"b".repeat(1_000_000)));
    }

    #[test]
    fn claim_name_is_a_member_name_or_a_json_pointer() {
        let text = br#"{"a.b":1,"a":{"b":[2,{"c/d":3}],"~":4},"/x":5,"":{"":6}}"#;
        let claims = Members::parse(text).unwrap();
        for (name, value) in [
            ("a.b", Some(1)),
            ("/a/b/0", Some(2)),
            ("/a/b/1/c~1d", Some(3)),
            ("/a/~0", Some(4)),
            ("/~1x", Some(5)),
            ("/x", None),
            ("//", Some(6)),
            ("/a/b/2", None),
            ("b", None),
        ] {
            assert_eq!(find_claim(&claims, name), value.map(Value::from), "{name}");
        }
    }
}
