//! Decodes all variants of base64 as far as possible, and records what is not canonical.

use std::fmt;

/// Why a text is not the canonical base64url encoding of its bytes. Positions count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Fault {
    Padding,
    /// `+` or `/`, which belong to the base64 alphabet.
    OtherAlphabet(usize),
    Space(usize),
    /// A character of no base64 alphabet. It is skipped.
    Foreign(usize),
    /// The bits after the last byte are not zero.
    StrayBits,
    /// The last character does not complete a byte: the text is cut off.
    Cut,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Padding => f.write_str("has padding"),
            Fault::OtherAlphabet(at) => write!(f, "has + or / at character {at}"),
            Fault::Space(at) => write!(f, "has white space at character {at}"),
            Fault::Foreign(at) => write!(f, "has a foreign character at {at}"),
            Fault::StrayBits => f.write_str("has stray bits at its end"),
            Fault::Cut => f.write_str("ends within a byte"),
        }
    }
}

/// Returns the bytes, and the first fault of each kind.
pub fn decode_tolerant(text: &str) -> (Vec<u8>, Vec<Fault>) {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let mut faults: Vec<Fault> = Vec::new();
    let mut note = |fault: Fault| {
        let kind = std::mem::discriminant(&fault);
        if !(faults.iter()).any(|known| std::mem::discriminant(known) == kind) {
            faults.push(fault);
        }
    };
    let (mut bits, mut held) = (0_u32, 0);
    for (at, byte) in text.bytes().enumerate() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            b'+' | b'/' => {
                note(Fault::OtherAlphabet(at));
                if byte == b'+' { 62 } else { 63 }
            }
            b'=' => {
                note(Fault::Padding);
                continue;
            }
            _ if byte.is_ascii_whitespace() => {
                note(Fault::Space(at));
                continue;
            }
            _ => {
                note(Fault::Foreign(at));
                continue;
            }
        };
        bits = bits << 6 | u32::from(sextet);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    if held == 6 {
        note(Fault::Cut);
    } else if bits != 0 {
        note(Fault::StrayBits);
    }
    (bytes, faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::base64url;

    #[test]
    fn only_canonical_text_has_no_faults() {
        let bytes: Vec<u8> = (0..=255).collect();
        for len in 0..bytes.len() {
            let text = base64url::encode(&bytes[..len]);
            assert_eq!(
                decode_tolerant(&text),
                (bytes[..len].to_vec(), vec![]),
                "{text}"
            );
        }
        for (text, bytes, fault) in [
            ("AQ==", &[1][..], Fault::Padding),
            ("AR", &[1], Fault::StrayBits),
            ("A", &[], Fault::Cut),
            ("A Q", &[1], Fault::Space(1)),
            ("-/-/", &[0xfb, 0xff, 0xbf], Fault::OtherAlphabet(1)),
            ("A~Q", &[1], Fault::Foreign(1)),
        ] {
            assert_eq!(
                decode_tolerant(text),
                (bytes.to_vec(), vec![fault]),
                "{text}"
            );
        }
    }
}
