//! JSON text without the white space that means nothing.

use memchr::{memchr, memchr3};

/// The text of a JSON value that has been parsed already, without the white space between its tokens.
pub fn compact(text: &[u8], out: &mut Vec<u8>) {
    // Most texts have none at all, within strings or without.
    if memchr3(b' ', b'\n', b'\t', text).is_none() && memchr(b'\r', text).is_none() {
        out.extend_from_slice(text);
        return;
    }
    let mut rest = text;
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    while !rest.is_empty() {
        let outside = memchr(b'"', rest).unwrap_or(rest.len());
        out.extend(rest[..outside].iter().filter(|byte| !is_space(byte)));
        rest = &rest[outside..];
        let mut end = 1.min(rest.len());
        while end < rest.len() {
            match rest[end] {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let end = (end + 1).min(rest.len());
        out.extend_from_slice(&rest[..end]);
        rest = &rest[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::json::parse;

    #[test]
    fn compact_text_is_the_same_json() {
        let text = b" { \"a b\" : [ 1 , \"x \\\" y\\\\\" ] ,\r\n\t\"c\":{ } } ";
        let mut out = Vec::new();
        compact(text, &mut out);
        assert_eq!(out, b"{\"a b\":[1,\"x \\\" y\\\\\"],\"c\":{}}");
        assert_eq!(parse(&out).unwrap(), parse(text).unwrap());
    }
}
