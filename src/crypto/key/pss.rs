//! The parameters of an RSASSA-PSS key (RFC 4055 §3.1): they restrict the hash and the length of the salt.

use openssl::error::ErrorStack;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode, Tag, Tagged};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::der::children;
use crate::crypto::alg::{Hash, KeyType};
use crate::crypto::error::{Error, Result};

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// Returns the kind of an RSASSA-PSS key: an RSA key with the restrictions in its SPKI. The algorithms of RFC 7518 §3.5 use
/// the same hash in MGF1, and a salt as long as the hash.
///
/// # Errors
/// [`Error::Key`] if its parameters allow none of PS256, PS384 and PS512.
pub(super) fn kind_of(
    kind: KeyType,
    spki: std::result::Result<Vec<u8>, ErrorStack>,
) -> Result<KeyType> {
    let KeyType::Rsa(bits) = kind else {
        return Err(Error::Backend("RSA-PSS key"));
    };
    let spki = spki.map_err(|_| Error::Backend("RSA-PSS key"))?;
    let spki =
        SubjectPublicKeyInfoRef::from_der(&spki).map_err(|_| Error::Backend("RSA-PSS key"))?;
    let Some(parameters) = spki.algorithm.parameters.filter(|parameters| !parameters.is_null())
    else {
        return Ok(KeyType::RsaPss(bits, None));
    };
    let hash = hash_of(parameters).ok_or_else(|| {
        Error::Key("the parameters of the RSA-PSS key allow none of PS256, PS384 and PS512".into())
    })?;
    Ok(KeyType::RsaPss(bits, Some(hash)))
}

/// Returns the hash that the parameters require, if an algorithm of RFC 7518 meets all of them.
fn hash_of(parameters: AnyRef) -> Option<Hash> {
    let fields = children(parameters)?;
    let field = |number: u32| {
        let is_own = |tag: Tag| matches!(tag, Tag::ContextSpecific { number: own, .. } if own.value() == number);
        fields.iter().find(|field| is_own(field.tag()))
    };
    let [hash, mgf, salt] = [field(0), field(1), field(2)];
    let hash = AlgorithmIdentifierRef::from_der(hash?.value()).ok()?.oid;
    let mgf = AlgorithmIdentifierRef::from_der(mgf?.value()).ok()?;
    let mgf_hash = mgf.parameters?.decode_as::<AlgorithmIdentifierRef>().ok()?.oid;
    let hash = match hash {
        own if own != mgf_hash || mgf.oid != MGF1 => return None,
        SHA256 => Hash::Sha256,
        SHA384 => Hash::Sha384,
        SHA512 => Hash::Sha512,
        _ => return None,
    };
    // The minimum length of the salt. The default is 20.
    let salt = salt.map_or(Some(20), |salt| u64::from_der(salt.value()).ok())?;
    (salt <= hash.byte_len() as u64).then_some(hash)
}

/// Returns the algorithm with this hash.
pub(super) fn pss_algorithm_name(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha384 => "PS384",
        Hash::Sha512 => "PS512",
        Hash::Sha256 => "PS256",
    }
}
