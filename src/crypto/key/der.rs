//! The elements of a DER structure. They are used for formats that are not decoded completely, and to detect the format of a
//! key file.

use openssl::asn1::Asn1Object;
use pkcs8::der::asn1::{AnyRef, ContextSpecific, OctetStringRef};
use pkcs8::der::{self, Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

use super::ec::named_curve;

/// The object identifier prefixes of PBES1 and PBES2 (RFC 8018), and of the schemes of PKCS#12 (RFC 7292 appendix C).
pub(crate) const PKCS5: &str = "1.2.840.113549.1.5.";
pub(crate) const PKCS12: &str = "1.2.840.113549.1.12.1.";

/// id-ecPublicKey (RFC 5480 section 2.1.1).
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The supported key algorithms: RSA, RSA-PSS, the curves of RFC 8410, ML-DSA.
const SUPPORTED: [&str; 9] = [
    "1.2.840.113549.1.1.1",
    "1.2.840.113549.1.1.10",
    "1.3.101.110",
    "1.3.101.111",
    "1.3.101.112",
    "1.3.101.113",
    "2.16.840.1.101.3.4.3.17",
    "2.16.840.1.101.3.4.3.18",
    "2.16.840.1.101.3.4.3.19",
];

/// The largest number of elements in one structure.
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

/// Returns the length of the outermost SEQUENCE, including its header, as the header states it.
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

/// Whether the file is PKCS#12 in DER or BER: a SEQUENCE that begins with version 3 and a content type.
pub(crate) fn is_pkcs12(file: &[u8]) -> bool {
    let is_ber = file.starts_with(&[0x30, 0x80, 2, 1, 3, 0x30]);
    is_ber
        || AnyRef::from_der(file).ok().and_then(children).is_some_and(|fields| {
            matches!(&*fields, [version, content, ..] if version.value() == [3] && content_info(*content).is_some())
        })
}

/// Returns the type and the content of a ContentInfo or a bag: the object identifier, and the element in context tag 0.
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

/// Describes the key of a PKCS#8, SPKI, SEC1 or DSA structure whose algorithm or curve is not supported. OpenSSL may be built
/// without it, and then does not parse the key. `None` for every other structure, including a damaged key.
pub(crate) fn unsupported_key(der: &[u8]) -> Option<String> {
    if let Ok(info) = PrivateKeyInfoRef::from_der(der) {
        unsupported_algorithm(info.algorithm)
    } else if let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) {
        unsupported_algorithm(info.algorithm)
    } else if let Some(parameters) = sec1_parameters(der) {
        unsupported_curve(parameters)
    } else {
        is_dsa(der).then(|| unsupported("a DSA key"))
    }
}

/// Describes the key of a certificate, as [`unsupported_key`] does.
pub(crate) fn unsupported_certificate_key(certificate: &[u8]) -> Option<String> {
    let certificate = children(AnyRef::from_der(certificate).ok()?)?;
    let fields = children(*certificate.first()?)?;
    // The optional version is in context tag 0.
    let is_version = matches!(fields.first()?.tag(), Tag::ContextSpecific { .. });
    let info = fields.get(5 + usize::from(is_version))?;
    unsupported_key(&info.to_der().ok()?)
}

fn unsupported(kind: &str) -> String {
    format!("{kind}, which is not supported")
}

fn unsupported_algorithm(algorithm: AlgorithmIdentifierRef) -> Option<String> {
    if algorithm.oid == EC {
        return unsupported_curve(algorithm.parameters?);
    }
    let name = algorithm_name(&algorithm.oid);
    let is_supported = SUPPORTED.contains(&&*algorithm.oid.to_string());
    (!is_supported).then(|| unsupported(&format!("a key of the algorithm {name}")))
}

fn unsupported_curve(parameters: AnyRef) -> Option<String> {
    let Ok(curve) = parameters.decode_as::<ObjectIdentifier>() else {
        return Some(unsupported("an EC key with explicit curve parameters"));
    };
    let name = algorithm_name(&curve);
    let object = Asn1Object::from_str(&curve.to_string()).ok();
    let is_supported = object.and_then(|object| named_curve(object.nid())).is_some();
    (!is_supported).then(|| unsupported(&format!("an EC key on the curve {name}")))
}

/// Returns OpenSSL's name of an algorithm or a curve, or its object identifier if it has no name.
pub(crate) fn algorithm_name(oid: &ObjectIdentifier) -> String {
    let number = oid.to_string();
    let name = Asn1Object::from_str(&number).ok().and_then(|object| object.nid().short_name().ok());
    match name {
        Some(name) if name != "UNDEF" => name.to_owned(),
        _ => number,
    }
}

/// Returns the curve parameters in an ECPrivateKey (RFC 5915).
fn sec1_parameters(der: &[u8]) -> Option<AnyRef<'_>> {
    let key = AnyRef::from_der(der).ok()?;
    let parameters = key.sequence(|reader| -> der::Result<_> {
        u8::decode(reader)?;
        <&OctetStringRef>::decode(reader)?;
        let parameters = ContextSpecific::<AnyRef>::decode_explicit(reader, TagNumber(0))?;
        // The optional public key.
        if !reader.is_finished() {
            AnyRef::decode(reader)?;
        }
        Ok(parameters)
    });
    Some(parameters.ok()??.value)
}

/// Whether the structure is a DSA private key in OpenSSL's format: version 0, p, q, g, y, x.
fn is_dsa(der: &[u8]) -> bool {
    AnyRef::from_der(der).ok().and_then(children).is_some_and(|fields| {
        matches!(*fields, [version, ..] if version.value() == [0])
            && fields.len() == 6
            && fields.iter().all(|field| field.tag() == Tag::Integer)
    })
}
