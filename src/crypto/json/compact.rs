//! JSON text without insignificant white space.

/// Appends the text of a JSON value, which has been parsed already, without the white space between its tokens.
pub fn compact(text: &[u8], out: &mut Vec<u8>) {
    let (mut in_string, mut is_escaped, mut start) = (false, false, 0);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'"' => in_string = !in_string,
            b'\\' => is_escaped = true,
            b' ' | b'\n' | b'\r' | b'\t' if !in_string => {
                out.extend_from_slice(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.extend_from_slice(&text[start..]);
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
