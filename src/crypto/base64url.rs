//! Base64url as RFC 7515 §2 wants it: no padding, no white space, no stray bits. One text for each octet string.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes the canonical form only; `None` for padding, other characters, an impossible length or non-zero
/// trailing bits.
pub fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// As [`encode`], behind what is in the buffer.
pub fn encode_to(bytes: &[u8], buffer: &mut Vec<u8>) {
    let old = buffer.len();
    // Never more than this, padding included.
    buffer.resize(old + bytes.len().div_ceil(3) * 4, 0);
    let len = URL_SAFE_NO_PAD.encode_slice(bytes, &mut buffer[old..]);
    buffer.truncate(old + len.unwrap_or(0));
}

/// As [`decode`], in place of what is in the buffer.
pub fn decode_to(text: &[u8], buffer: &mut Vec<u8>) -> bool {
    buffer.clear();
    URL_SAFE_NO_PAD.decode_vec(text, buffer).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_is_the_only_text() {
        assert_eq!(decode("AQ"), Some(vec![1]));
        for refused in ["AQ==", "AR", "A", "A Q", "AQ\n", "+/+/", "-_=", "AQ=", "ÄQ"] {
            assert_eq!(decode(refused), None, "{refused:?}");
        }
        assert_eq!(encode([0xfb, 0xff]), "-_8");
    }
}
