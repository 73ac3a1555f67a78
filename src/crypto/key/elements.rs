//! The elements of a DER structure, for formats that are walked and not decoded as a whole.

use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode, Reader, SliceReader};

/// The most elements of one structure.
const MAX_ELEMENTS: usize = 256;

/// Returns the elements inside a constructed element; `None` if they are not DER.
pub(super) fn children(outer: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(outer.value()).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(AnyRef::decode(&mut reader).ok()?);
        if elements.len() > MAX_ELEMENTS {
            return None;
        }
    }
    Some(elements)
}
