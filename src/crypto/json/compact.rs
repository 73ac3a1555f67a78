//! JSON text without insignificant white space.

use super::run_length;

/// Appends the text of a JSON value, which has been parsed already, without the white space between its tokens.
pub fn write_compact(text: &[u8], out: &mut Vec<u8>) {
    let (mut at, mut start) = (0, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = end_of_string(text, at + 1),
            b' ' | b'\n' | b'\r' | b'\t' => {
                out.extend_from_slice(&text[start..at]);
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    out.extend_from_slice(&text[start..]);
}

/// Returns the position after the closing quote of the string whose content begins at `at`.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    loop {
        at += run_length(&text[at..]);
        match text.get(at) {
            Some(b'\\') => at = text.len().min(at + 2),
            _ => return text.len().min(at + 1),
        }
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
        write_compact(text, &mut out);
        assert_eq!(out, b"{\"a b\":[1,\"x \\\" y\\\\\"],\"c\":{}}");
        assert_eq!(parse(&out).unwrap(), parse(text).unwrap());
    }
}
