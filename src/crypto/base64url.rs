//! Base64url as RFC 7515 §2 defines it, in canonical form: no padding, no white space, and trailing bits that are zero. Each
//! octet string has exactly one encoding.

use base64_simd::URL_SAFE_NO_PAD;

/// Encodes without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Decodes the canonical form only; `None` for padding, other characters, an impossible length or non-zero
/// trailing bits.
pub fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// Encodes as [`encode`] does and appends the text to the buffer.
pub fn encode_to(bytes: &[u8], buffer: &mut Vec<u8>) {
    URL_SAFE_NO_PAD.encode_append(bytes, buffer);
}

/// Encodes bytes that are read in pieces. The text is the one that [`encode`] returns for all bytes.
#[derive(Debug, Default)]
pub struct Encoder {
    /// The bytes of an incomplete group of three.
    rest: Vec<u8>,
}

impl Encoder {
    /// Appends the text of all complete groups up to the next piece.
    pub fn encode_to(&mut self, mut piece: &[u8], buffer: &mut Vec<u8>) {
        if !self.rest.is_empty() {
            let missing = (3 - self.rest.len()).min(piece.len());
            self.rest.extend_from_slice(&piece[..missing]);
            piece = &piece[missing..];
            if self.rest.len() < 3 {
                return;
            }
            encode_to(&self.rest, buffer);
            self.rest.clear();
        }
        let (groups, rest) = piece.split_at(piece.len() / 3 * 3);
        encode_to(groups, buffer);
        self.rest.extend_from_slice(rest);
    }

    /// Appends the text of the last, incomplete group.
    pub fn finish_to(self, buffer: &mut Vec<u8>) {
        encode_to(&self.rest, buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_encode_to_the_same_text_as_all_bytes_at_once() {
        let bytes: Vec<u8> = (0..=255).collect();
        for len in 0..64 {
            for size in 1..=len + 1 {
                let (mut encoder, mut text) = (Encoder::default(), Vec::new());
                for piece in bytes[..len].chunks(size) {
                    encoder.encode_to(piece, &mut text);
                    encoder.encode_to(&[], &mut text);
                }
                encoder.finish_to(&mut text);
                assert_eq!(text, encode(&bytes[..len]).as_bytes(), "{len} by {size}");
            }
        }
    }

    #[test]
    fn only_canonical_base64url_is_decoded() {
        assert_eq!(decode("AQ"), Some(vec![1]));
        for refused in ["AQ==", "AR", "A", "A Q", "AQ\n", "+/+/", "-_=", "AQ=", "ÄQ"] {
            assert_eq!(decode(refused), None, "{refused:?}");
        }
        assert_eq!(encode([0xfb, 0xff]), "-_8");
    }
}
