//! The elements of a DER structure, for formats that are walked and not decoded as a whole, and by which elements a key
//! file is recognized.

use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{self, Decode, Reader, SliceReader, Tag, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;

/// The arcs of PBES1 and PBES2 (RFC 8018), and of the schemes of PKCS#12 (RFC 7292 appendix C).
pub(crate) const PKCS5: &str = "1.2.840.113549.1.5.";
pub(crate) const PKCS12: &str = "1.2.840.113549.1.12.1.";

/// The most elements of one structure.
const MAX_ELEMENTS: usize = 256;

/// Returns the elements inside a constructed element; `None` if they are not DER.
pub(crate) fn children(outer: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
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

/// The length that the outermost SEQUENCE claims, its own header included.
pub(crate) fn outer_length(der: &[u8]) -> Option<usize> {
    match *der {
        [0x30, short @ 0..=0x7f, ..] => Some(2 + short as usize),
        [0x30, 0x81, a, ..] => Some(3 + a as usize),
        [0x30, 0x82, a, b, ..] => Some(4 + u16::from_be_bytes([a, b]) as usize),
        [0x30, 0x83, a, b, c, ..] => Some(5 + u32::from_be_bytes([0, a, b, c]) as usize),
        _ => None,
    }
}

/// Returns the encryption algorithm of an EncryptedPrivateKeyInfo.
pub(crate) fn encryption_algorithm(der: &[u8]) -> Option<AlgorithmIdentifierRef<'_>> {
    let info = AnyRef::from_der(der).ok()?;
    let algorithm = info.sequence(|reader| -> der::Result<_> {
        let algorithm = AlgorithmIdentifierRef::decode(reader)?;
        <&OctetStringRef>::decode(reader)?;
        Ok(algorithm)
    });
    let algorithm = algorithm.ok()?;
    let oid = algorithm.oid.to_string();
    (oid.starts_with(PKCS5) || oid.starts_with(PKCS12)).then_some(algorithm)
}

/// Whether the DER file is an encrypted private key.
pub(crate) fn is_encrypted(der: &[u8]) -> bool {
    encryption_algorithm(der).is_some()
}

/// Whether the file is PKCS#12, in DER or BER: a sequence that begins with version 3 and a content type.
pub(crate) fn is_pkcs12(file: &[u8]) -> bool {
    let is_ber = file.starts_with(&[0x30, 0x80, 2, 1, 3, 0x30]);
    is_ber
        || AnyRef::from_der(file).ok().and_then(children).is_some_and(|fields| {
            matches!(&*fields, [version, content, ..] if version.value() == [3] && content_info(*content).is_some())
        })
}

/// The type and the content of a ContentInfo or a bag: an object identifier, and what is in the context tag 0.
pub(crate) fn content_info(element: AnyRef<'_>) -> Option<(String, AnyRef<'_>)> {
    let fields = children(element)?;
    let [kind, content, ..] = *fields else {
        return None;
    };
    let kind = kind.decode_as::<ObjectIdentifier>().ok()?;
    let is_context = matches!(
        content.tag(),
        Tag::ContextSpecific {
            constructed: true,
            ..
        }
    );
    is_context.then(|| Some((kind.to_string(), AnyRef::from_der(content.value()).ok()?)))?
}
