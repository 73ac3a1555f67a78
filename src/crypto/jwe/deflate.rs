//! `zip: DEF` (RFC 7516 §4.1.3): raw DEFLATE (RFC 1951). The inflated size is limited.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use zeroize::Zeroizing;

use crate::crypto::error::{Error, Result};
use crate::crypto::secret::SecretBytes;

/// Compresses.
///
/// # Errors
/// [`Error::Backend`].
pub(super) fn deflate(plain: &[u8]) -> Result<SecretBytes> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(plain)
        .and_then(|()| encoder.finish())
        .map(SecretBytes::new)
        .map_err(|_| Error::Backend("compression"))
}

/// The message about the zlib format, which some libraries write by mistake.
const ZLIB: &str = "is in the zlib format (RFC 1950); zip DEF means raw DEFLATE (RFC 1951), so the issuer must remove the zlib header";

/// Whether compressed data begins with the header of zlib (RFC 1950 section 2.2).
fn is_zlib(compressed: &[u8]) -> bool {
    match *compressed {
        [method, flags, ..] => {
            method & 0x0f == 8 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
        }
        _ => false,
    }
}

/// Inflates up to `limit` bytes. Bytes after the end of the compressed data are rejected.
///
/// # Errors
/// [`Error::Malformed`].
pub(super) fn inflate(compressed: &[u8], limit: usize) -> Result<SecretBytes> {
    let malformed = |why: &str| Error::Malformed(format!("the compressed content {why}"));
    let mut decoder = DeflateDecoder::new(compressed);
    let mut plain = Zeroizing::new(Vec::new());
    (&mut decoder).take(limit as u64 + 1).read_to_end(&mut plain).map_err(|_| {
        malformed(if is_zlib(compressed) {
            ZLIB
        } else {
            "is damaged"
        })
    })?;
    if plain.len() > limit {
        return Err(malformed(&format!(
            "inflates to more than the limit of {limit} bytes"
        )));
    }
    if decoder.total_in() != compressed.len() as u64 {
        return Err(malformed("has bytes after its end"));
    }
    Ok(std::mem::take(&mut *plain).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deflated_content_is_inflated_up_to_the_limit() {
        let compressed = deflate(&[b'a'; 1000]).unwrap();
        let inflated = inflate(compressed.expose(), 1000).unwrap();
        assert_eq!(inflated.expose(), [b'a'; 1000]);
        assert!(inflate(compressed.expose(), 999).is_err());
        assert!(inflate(&[compressed.expose(), b"x"].concat(), 1000).is_err());
        assert!(inflate(&compressed.expose()[..5], 1000).is_err());
        assert!(inflate(&[0xff; 10], 1000).is_err());
    }

    /// https://github.com/jwt/ruby-jwe/issues/5
    #[test]
    fn zlib_wrapper_is_named_in_the_error() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&[b'a'; 1000]).unwrap();
        let error = inflate(&encoder.finish().unwrap(), 1000).err().unwrap();
        assert!(error.to_string().contains("RFC 1950"), "{error}");
    }

    #[test]
    fn decompression_bomb_uses_no_more_memory_than_the_limit() {
        let bomb = deflate(&vec![0; 100 << 20]).unwrap();
        assert!(bomb.len() < 200_000);
        assert!(inflate(bomb.expose(), 250_000).is_err());
    }
}
