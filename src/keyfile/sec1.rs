//! A fast path for EC keys in SPKI, SEC1 and PKCS#8 (RFC 5480, RFC 5915). The setup of OpenSSL's general decoders takes longer
//! than a signature. The general decoders handle every other file, and report its errors.

use openssl::asn1::Asn1Object;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::pkey::{PKey, Private, Public};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::{AnyRef, BitStringRef, ContextSpecific, OctetStringRef};
use pkcs8::der::{self, Decode, TagNumber};

use crate::crypto::key::der::EC;

/// Parses an EC key in SPKI DER.
pub(super) fn parse_public(der: &[u8]) -> Option<PKey<Public>> {
    PKey::from_ec_key(EcKey::public_key_from_der(der).ok()?).ok()
}

/// Parses an EC key in PKCS#8 or SEC1 DER.
pub(super) fn parse_private(der: &[u8]) -> Option<PKey<Private>> {
    let key = match PrivateKeyInfoRef::from_der(der) {
        Ok(info) => from_pkcs8(&info)?,
        Err(_) => EcKey::private_key_from_der(der).ok()?,
    };
    PKey::from_ec_key(key).ok()
}

/// Parses an EC key in PKCS#8. Only the outer structure names the curve; most programs do not repeat it in the ECPrivateKey.
fn from_pkcs8(info: &PrivateKeyInfoRef) -> Option<EcKey<Private>> {
    let oid = (info.algorithm.oid == EC).then(|| info.algorithm.parameters_oid().ok())??;
    let curve = Asn1Object::from_str(&oid.to_string()).ok()?.nid();
    let group = EcGroup::from_curve_name(curve).ok()?;
    let fields = AnyRef::from_der(info.private_key.as_bytes()).ok()?;
    let fields = fields.sequence(|reader| -> der::Result<_> {
        u8::decode(reader)?;
        let d = <&OctetStringRef>::decode(reader)?;
        let point = ContextSpecific::<BitStringRef>::decode_explicit(reader, TagNumber(1))?;
        Ok((d, point))
    });
    let (d, point) = fields.ok()?;
    let point = point?.value.as_bytes()?;
    let point = EcPoint::from_bytes(&group, point, &mut *BigNumContext::new().ok()?).ok()?;
    let mut d = BigNum::from_slice(d.as_bytes()).ok()?;
    let key = EcKey::from_private_components(&group, &d, &point);
    d.clear();
    key.ok()
}
