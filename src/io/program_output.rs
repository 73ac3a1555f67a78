//! Decodes the signatures and keys that other programs write.

use openssl::ecdsa::EcdsaSig;
use zeroize::Zeroizing;

use crate::crypto::alg::{Curve, Signature, SignatureScheme};
use crate::crypto::key::{decode_any_base64, decode_hex};
use crate::crypto::secret::SecretBytes;

/// The longest output of a signer, in bytes. A signature of ML-DSA-87 has 4,627 bytes, or twice as many in hexadecimal.
pub const MAX_OUTPUT: usize = 64 * 1024;

/// The encoding of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The bytes of RFC 7518; R || S for ECDSA.
    Raw,
    /// The DER structure of an ECDSA signature (RFC 3279 section 2.2.3).
    Der,
    /// One of the two above in base64 or base64url.
    Base64,
    /// One of the two above in hexadecimal.
    Hex,
    /// The output of Vault's Transit engine: `vault:v1:` and base64.
    Vault,
}

/// Returns the signatures that `output` may represent, in this encoding or, if `None`, in any.
pub fn signature_candidates(
    output: &[u8],
    encoding: Option<Encoding>,
    algorithm: &Signature,
) -> Vec<Vec<u8>> {
    let curve = match algorithm.scheme {
        SignatureScheme::Ecdsa(curve, _) => Some(curve),
        _ => None,
    };
    // The content of a textual encoding may be raw or DER.
    let binary = |bytes: Vec<u8>| {
        let raw = curve.and_then(|curve| raw_of_der(&bytes, curve));
        [Some(bytes), raw].into_iter().flatten()
    };
    let wants = |one: Encoding| encoding.is_none_or(|encoding| encoding == one);
    let mut found = Vec::new();
    if wants(Encoding::Raw) {
        found.push(output.to_vec());
    }
    if wants(Encoding::Der) {
        found.extend(curve.and_then(|curve| raw_of_der(output, curve)));
    }
    if wants(Encoding::Hex) {
        found.extend(decode_hex_output(output).into_iter().flat_map(binary));
    }
    if wants(Encoding::Base64) {
        found.extend(decode_any_base64(output).into_iter().flat_map(binary));
    }
    if wants(Encoding::Vault) {
        found.extend(decode_vault_output(output).into_iter().flat_map(binary));
    }
    found.retain(|signature| !signature.is_empty());
    found
}

/// Decodes a content encryption key of `len` bytes that another program has decrypted: raw bytes, hexadecimal, or base64.
pub fn decode_key(output: &SecretBytes, len: usize) -> Option<SecretBytes> {
    if output.len() == len {
        return Some(output.expose().to_vec().into());
    }
    let texts = [
        decode_hex_output(output.expose()),
        decode_any_base64(output.expose()),
    ];
    let keys = texts.into_iter().flatten().map(SecretBytes::new);
    keys.into_iter().find(|key| key.len() == len)
}

/// Converts a DER signature to R || S. Each value is padded to the length of the curve's field, because DER omits leading
/// zeros.
fn raw_of_der(der: &[u8], curve: Curve) -> Option<Vec<u8>> {
    // Other input is not passed to OpenSSL, which would leave an error in its queue.
    if der.first() != Some(&0x30) {
        return None;
    }
    let signature = EcdsaSig::from_der(der).ok()?;
    let width = curve.byte_len() as i32;
    let mut raw = signature.r().to_vec_padded(width).ok()?;
    raw.extend(signature.s().to_vec_padded(width).ok()?);
    Some(raw)
}

fn decode_hex_output(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Zeroizing::new(text.to_vec());
    digits.retain(|byte| !byte.is_ascii_whitespace());
    if digits.iter().all(u8::is_ascii_hexdigit) {
        decode_hex(&digits)
    } else {
        None
    }
}

fn decode_vault_output(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?.trim();
    let (version, encoded) = text.strip_prefix("vault:v")?.split_once(':')?;
    if version.bytes().all(|byte| byte.is_ascii_digit()) {
        decode_any_base64(encoded.as_bytes())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use openssl::bn::BigNum;

    use super::*;

    fn encode_der(r: &[u8], s: &[u8]) -> Vec<u8> {
        let number = |bytes| BigNum::from_slice(bytes).unwrap();
        let signature = EcdsaSig::from_private_components(number(r), number(s));
        signature.unwrap().to_der().unwrap()
    }

    /// DER omits leading zero bytes, and adds one if the high bit is set.
    #[test]
    fn der_signature_integers_are_padded_to_the_field_length() {
        for (curve, name) in [
            (Curve::P256, "ES256"),
            (Curve::P384, "ES384"),
            (Curve::P521, "ES512"),
        ] {
            let width = curve.byte_len();
            for (r, s) in [
                (vec![1], vec![2]),
                (vec![0x80; width - 1], vec![0x7f; width - 2]),
                (vec![0x11; width], vec![9]),
            ] {
                let padded = |half: &[u8]| [vec![0; width - half.len()], half.to_vec()].concat();
                let expected = [padded(&r), padded(&s)].concat();
                let algorithm = Signature::from_name(name).unwrap();
                let found =
                    signature_candidates(&encode_der(&r, &s), Some(Encoding::Der), algorithm);
                assert_eq!(found, [expected], "{name}");
            }
        }
    }

    #[test]
    fn der_signature_with_an_integer_longer_than_the_field_is_rejected() {
        let algorithm = Signature::from_name("ES256").unwrap();
        let long = encode_der(&[1; 33], &[1]);
        assert!(signature_candidates(&long, Some(Encoding::Der), algorithm).is_empty());
    }

    #[test]
    fn signature_is_read_in_every_encoding() {
        let algorithm = Signature::from_name("ES256").unwrap();
        let raw = [[3; 32], [4; 32]].concat();
        let der = encode_der(&[3; 32], &[4; 32]);
        let base64 = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
        let hex: String = raw.iter().map(|byte| format!("{byte:02X}")).collect();
        for (output, encoding) in [
            (raw.clone(), Encoding::Raw),
            (der.clone(), Encoding::Der),
            (format!("{}\n", base64(&raw)).into_bytes(), Encoding::Base64),
            (base64(&der).into_bytes(), Encoding::Base64),
            (
                base64_simd::URL_SAFE_NO_PAD.encode_to_string(&raw).into_bytes(),
                Encoding::Base64,
            ),
            (format!("{hex}\n").into_bytes(), Encoding::Hex),
            (
                format!("vault:v12:{}\n", base64(&der)).into_bytes(),
                Encoding::Vault,
            ),
        ] {
            for asked in [None, Some(encoding)] {
                let found = signature_candidates(&output, asked, algorithm);
                assert!(found.contains(&raw), "{encoding:?} {asked:?}");
            }
        }
    }

    #[test]
    fn decrypted_key_is_read_in_every_encoding_by_its_length() {
        let key: Vec<u8> = (0..32).collect();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 = base64_simd::STANDARD.encode_to_string(&key);
        for output in [
            key.clone(),
            hex.into_bytes(),
            format!("{base64}\n").into_bytes(),
        ] {
            let read = decode_key(&output.clone().into(), 32).unwrap();
            assert_eq!(read.expose(), key);
            assert!(decode_key(&output.into(), 31).is_none());
        }
    }
}
