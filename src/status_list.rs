//! Token Status Lists (draft-ietf-oauth-status-list): a compressed array with the statuses of many tokens, which the issuer
//! signs.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};

use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;

/// The largest list after decompression, in bytes. It is four times the size of a list with 2^20 entries of 8 bits.
pub const MAX_STATUS_LIST: usize = 4 * 1024 * 1024;
/// The allowed numbers of bits of an entry.
pub const STATUS_BITS: [u8; 4] = [1, 2, 4, 8];

/// A list of statuses, ordered by the indices of the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    /// The number of bits of an entry: one of [`STATUS_BITS`].
    bits: u8,
    /// The entries, the first one in the least significant bits of the first byte.
    bytes: Vec<u8>,
}

impl StatusList {
    /// Returns a list of at least `len` entries with the status valid (0). An entry has `bits` bits.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the number of bits is not one of [`STATUS_BITS`], or the list would be empty or too long.
    pub fn new(bits: u8, len: usize) -> Result<StatusList> {
        check_bits(bits.into())?;
        let max = MAX_STATUS_LIST * 8 / usize::from(bits);
        if !(1..=max).contains(&len) {
            return Err(malformed_error(&format!("must have 1 to {max} entries")));
        }
        let bytes = vec![0; (len * usize::from(bits)).div_ceil(8)];
        Ok(StatusList { bits, bytes })
    }

    /// Parses the claim `status_list` of a status list token.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it does not conform to section 4.2 of the draft, or inflates to more than [`MAX_STATUS_LIST`]
    /// bytes.
    pub fn parse(claim: &Value) -> Result<StatusList> {
        let bits = claim.get("bits").and_then(Value::as_u64);
        let bits = check_bits(bits.ok_or_else(|| malformed_error("has no number as bits"))?)?;
        let text = claim.get("lst").and_then(Value::as_str);
        let text = text.ok_or_else(|| malformed_error("has no string as lst"))?;
        let compressed = base64url::decode(text)
            .ok_or_else(|| malformed_error("has an lst that is not base64url"))?;
        let bytes = inflate_list(&compressed)?;
        Ok(StatusList { bits, bytes })
    }

    /// Returns the claim `status_list`.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn to_claim(&self) -> Result<Value> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        let compressed = encoder.write_all(&self.bytes).and_then(|()| encoder.finish());
        let compressed = compressed.map_err(|_| Error::Backend("compression"))?;
        Ok(json!({"bits": self.bits, "lst": base64url::encode(compressed)}))
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.bytes.len() * 8 / usize::from(self.bits)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the largest status that an entry can have.
    pub fn max_status(&self) -> u8 {
        u8::MAX >> (8 - self.bits)
    }

    /// Returns the status at an index; `None` if the list has no such entry.
    pub fn get(&self, index: usize) -> Option<u8> {
        let (byte, shift) = self.entry_position(index)?;
        Some((self.bytes[byte] >> shift) & self.max_status())
    }

    /// Sets the status at an index.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the list has no such entry, or an entry has too few bits for the status.
    pub fn set(&mut self, index: usize, status: u8) -> Result<()> {
        let max = self.max_status();
        if status > max {
            let bits = self.bits;
            return Err(malformed_error(&format!(
                "has {bits}-bit entries, so a status is at most {max}"
            )));
        }
        let (byte, shift) = self
            .entry_position(index)
            .ok_or_else(|| malformed_error(&no_entry(index as u64, self.len())))?;
        self.bytes[byte] &= !(max << shift);
        self.bytes[byte] |= status << shift;
        Ok(())
    }

    /// Returns the index of the byte of an entry, and the shift of its bits in the byte.
    fn entry_position(&self, index: usize) -> Option<(usize, usize)> {
        let per_byte = 8 / usize::from(self.bits);
        let (byte, entry) = (index / per_byte, index % per_byte);
        (byte < self.bytes.len()).then_some((byte, entry * usize::from(self.bits)))
    }
}

/// The reference from a token to its status: the claim `status.status_list` (section 6.2 of the draft).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReference {
    /// The index of the entry.
    pub index: u64,
    /// The URI of the list. The `sub` of the list has the same value.
    pub uri: String,
}

impl StatusReference {
    /// Returns the reference of a token; `None` if it has none.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the claim `status` does not conform to the draft.
    pub fn parse(claims: &Object) -> Result<Option<StatusReference>> {
        let Some(status) = claims.get("status") else {
            return Ok(None);
        };
        let malformed = |why: &str| Error::Malformed(format!("the claim status {why}"));
        let status = status.as_object();
        let status = status.ok_or_else(|| malformed("is not an object"))?;
        let Some(reference) = status.get("status_list") else {
            return Ok(None);
        };
        let index = reference.get("idx").and_then(Value::as_u64);
        let uri = reference.get("uri").and_then(Value::as_str);
        let (Some(index), Some(uri)) = (index, uri.filter(|uri| !uri.is_empty())) else {
            return Err(malformed(
                "needs a status_list with idx, a number from 0, and uri, a string",
            ));
        };
        Ok(Some(StatusReference {
            index,
            uri: uri.to_owned(),
        }))
    }
}

/// Returns the meaning of a status (section 7.1 of the draft).
pub fn status_name(status: u8) -> &'static str {
    match status {
        0 => "valid",
        1 => "invalid",
        2 => "suspended",
        3 | 0x0c..=0x0f => "specific to the application",
        _ => "not registered",
    }
}

/// Returns the end of a message about an index without an entry.
pub fn no_entry(index: u64, len: usize) -> String {
    format!("has {len} entries, so the index {index} is out of range")
}

fn check_bits(bits: u64) -> Result<u8> {
    let known = STATUS_BITS.into_iter().find(|own| u64::from(*own) == bits);
    known.ok_or_else(|| malformed_error("must have entries of 1, 2, 4 or 8 bits"))
}

fn malformed_error(why: &str) -> Error {
    Error::Malformed(format!("the status list {why}"))
}

/// Inflates zlib data (RFC 1950) up to [`MAX_STATUS_LIST`] bytes.
fn inflate_list(compressed: &[u8]) -> Result<Vec<u8>> {
    let mut decoder = ZlibDecoder::new(compressed);
    let mut bytes = Vec::new();
    let read = (&mut decoder).take(MAX_STATUS_LIST as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|_| malformed_error("has an lst that is not zlib data (RFC 1950)"))?;
    if bytes.len() > MAX_STATUS_LIST {
        return Err(malformed_error(&format!(
            "inflates to more than the limit of {MAX_STATUS_LIST} bytes"
        )));
    }
    if decoder.total_in() != compressed.len() as u64 {
        return Err(malformed_error("has bytes after the end of its zlib data"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of section 4.1 of the draft.
    #[test]
    fn entries_start_at_the_least_significant_bit() {
        let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        let two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
        for (bits, statuses, bytes) in [
            (1, &one[..], &[0xb9, 0xa3][..]),
            (2, &two[..], &[0xc9, 0x44, 0xf9][..]),
        ] {
            let mut list = StatusList::new(bits, statuses.len()).unwrap();
            for (index, status) in statuses.iter().enumerate() {
                list.set(index, *status).unwrap();
            }
            assert_eq!(list.bytes, bytes);
            let read = StatusList::parse(&list.to_claim().unwrap()).unwrap();
            let own = (0..read.len()).map(|index| read.get(index).unwrap());
            assert_eq!(own.collect::<Vec<_>>(), statuses);
            assert_eq!(read.get(statuses.len()), None);
        }
    }

    #[test]
    fn status_is_replaced_and_its_neighbors_are_kept() {
        for bits in STATUS_BITS {
            let mut list = StatusList::new(bits, 3).unwrap();
            for status in [list.max_status(), 0, 1] {
                list.set(1, status).unwrap();
                assert_eq!(list.get(1), Some(status));
                assert_eq!((list.get(0), list.get(2)), (Some(0), Some(0)));
            }
            let len = list.len();
            assert!(list.set(len, 0).is_err());
            assert!(bits == 8 || list.set(0, list.max_status() + 1).is_err());
        }
    }

    #[test]
    fn malformed_list_is_rejected() {
        let good = StatusList::new(1, 8).unwrap().to_claim().unwrap();
        let lst = good["lst"].as_str().unwrap();
        let mut longer = base64url::decode(lst).unwrap();
        longer.push(0);
        for (claim, why) in [
            (json!([]), "no number as bits"),
            (json!({"bits": "1", "lst": lst}), "no number as bits"),
            (json!({"bits": 3, "lst": lst}), "1, 2, 4 or 8"),
            (json!({"bits": 0, "lst": lst}), "1, 2, 4 or 8"),
            (json!({"bits": 257, "lst": lst}), "1, 2, 4 or 8"),
            (json!({"bits": 1}), "no string as lst"),
            (json!({"bits": 1, "lst": "a=b"}), "not base64url"),
            (json!({"bits": 1, "lst": "AAAA"}), "not zlib"),
            (json!({"bits": 1, "lst": lst[..lst.len() - 4]}), "not zlib"),
            (
                json!({"bits": 1, "lst": base64url::encode(longer)}),
                "bytes after",
            ),
        ] {
            let error = StatusList::parse(&claim).unwrap_err().to_string();
            assert!(error.contains(why), "{claim}: {error}");
        }
        assert!(StatusList::new(1, 0).is_err());
        assert!(StatusList::new(8, MAX_STATUS_LIST + 1).is_err());
        assert!(StatusList::new(5, 8).is_err());
    }

    #[test]
    fn list_is_not_inflated_beyond_its_limit() {
        let zip = |len: usize| {
            let list = StatusList {
                bits: 8,
                bytes: vec![0; len],
            };
            list.to_claim().unwrap()
        };
        let largest = StatusList::parse(&zip(MAX_STATUS_LIST)).unwrap();
        assert_eq!(largest.len(), MAX_STATUS_LIST);
        let error = StatusList::parse(&zip(MAX_STATUS_LIST * 16)).unwrap_err();
        assert!(error.to_string().contains("more than the limit"), "{error}");
    }

    #[test]
    fn reference_with_wrong_members_is_rejected() {
        let parse = |status: Value| {
            let claims = json!({"status": status});
            StatusReference::parse(claims.as_object().unwrap())
        };
        let uri = "https://a.example/list";
        let found = parse(json!({"status_list": {"idx": 7, "uri": uri}})).unwrap();
        assert_eq!(
            found.map(|found| (found.index, found.uri)),
            Some((7, uri.into()))
        );
        assert_eq!(StatusReference::parse(&Object::new()).unwrap(), None);
        assert_eq!(parse(json!({"other": 1})).unwrap(), None);
        for status in [
            json!("valid"),
            json!({"status_list": 7}),
            json!({"status_list": {"idx": -1, "uri": uri}}),
            json!({"status_list": {"idx": 1.5, "uri": uri}}),
            json!({"status_list": {"idx": "1", "uri": uri}}),
            json!({"status_list": {"idx": 1}}),
            json!({"status_list": {"idx": 1, "uri": ""}}),
        ] {
            assert!(parse(status.clone()).is_err(), "{status}");
        }
    }
}
