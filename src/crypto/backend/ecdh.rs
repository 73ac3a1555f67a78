//! Key agreement with OpenSSL: ECDH (RFC 7518 section 4.6) and X25519, X448 (RFC 8037 section 3.2).
//!
//! josekit's ECDH-ES is not used, because it checks headers with regular expressions and loads their Unicode tables at every
//! start.

use openssl::derive::Deriver;
use openssl::ec::EcKey;
use openssl::error::ErrorStack;
use openssl::pkey::{HasPublic, PKey, Private};
use serde_json::Value;

use super::kdf;
use crate::crypto::alg::{Curve, KeyType};
use crate::crypto::json::Object;
use crate::crypto::key::{Key, Material, ec};
use crate::crypto::secret::SecretBytes;

/// Generates an ephemeral key pair.
pub(super) fn generate(curve: Curve) -> Result<PKey<Private>, ErrorStack> {
    match curve {
        Curve::X25519 => PKey::generate_x25519(),
        Curve::X448 => PKey::generate_x448(),
        curve => {
            let group = ec::curve_group(curve).map_err(|_| ErrorStack::get())?;
            PKey::from_ec_key(EcKey::generate(&group)?)
        }
    }
}

/// Returns the shared secret. OpenSSL fails for a point of small order, for which the result would be zero (RFC 9180
/// section 7.1.4). The parser of the key has already checked that `other` is on its curve.
pub(super) fn agree<T: HasPublic>(own: &PKey<Private>, other: &PKey<T>) -> Option<SecretBytes> {
    let mut deriver = Deriver::new(own).ok()?;
    deriver.set_peer_ex(other, false).ok()?;
    deriver.derive_to_vec().ok().map(SecretBytes::new)
}

/// Returns the shared secret of an ephemeral key and the key of a recipient.
pub(super) fn agree_with_recipient(own: &PKey<Private>, recipient: &Key) -> Option<SecretBytes> {
    match &recipient.material {
        Material::Public(key) | Material::Remote(key, _) => agree(own, key),
        Material::Private(key) => agree(own, key),
        Material::Secret(_) | Material::RemoteSecret(..) => None,
    }
}

/// Agrees with a public key on `len` bytes for the algorithm with this name, using `apu` and `apv` of the header. Also
/// returns the header parameter `epk`.
pub(super) fn derive_for_recipient(
    recipient: &Key,
    algorithm: &str,
    header: &Object,
    len: usize,
) -> Option<(SecretBytes, Object)> {
    let KeyType::Curve(curve) = recipient.key_type() else {
        return None;
    };
    let own = generate(curve).ok()?;
    let shared = agree_with_recipient(&own, recipient)?;
    let derived = kdf::concat_kdf(&shared, algorithm, header, len)?;
    let public = Key::new(Material::Private(own)).ok()?.to_public().ok()?;
    let epk = Value::Object(public.to_bare_jwk().ok()?);
    Some((derived, Object::from_iter([("epk".into(), epk)])))
}

/// Derives the bytes that [`derive_for_recipient`] returned to the sender, from the ephemeral key of the token. Its kind is
/// that of the recipient's key.
pub(super) fn derive_from_sender(
    recipient: &Key,
    ephemeral: &Key,
    algorithm: &str,
    header: &Object,
    len: usize,
) -> Option<SecretBytes> {
    let (Material::Private(own), Material::Public(other)) =
        (&recipient.material, &ephemeral.material)
    else {
        return None;
    };
    kdf::concat_kdf(&agree(own, other)?, algorithm, header, len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::base64url;

    /// RFC 7518 appendix C: the keys of both sides.
    #[test]
    fn agrees_with_rfc_7518_appendix_c() {
        let key = |text: &str| Key::from_jwk(text.as_bytes()).unwrap();
        let bob = key(
            r#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                "y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}"#,
        );
        let alice = key(
            r#"{"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
                "y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}"#,
        );
        let header = Object::from_iter([
            ("apu".into(), "QWxpY2U".into()),
            ("apv".into(), "Qm9i".into()),
        ]);
        let derived = derive_from_sender(&bob, &alice, "A128GCM", &header, 16).unwrap();
        assert_eq!(
            base64url::encode(derived.expose()),
            "VqqN6vgjbSBcIijNcacQGg"
        );
    }

    #[test]
    fn both_sides_derive_the_same_key() {
        for curve in [
            Curve::P256,
            Curve::P384,
            Curve::P521,
            Curve::Secp256k1,
            Curve::X25519,
            Curve::X448,
        ] {
            let recipient = super::super::generate_key(KeyType::Curve(curve)).unwrap();
            let header = Object::new();
            let (sent, made) = derive_for_recipient(&recipient, "A256GCM", &header, 32).unwrap();
            let epk = made["epk"].as_object().unwrap().clone();
            let ephemeral = Key::from_untrusted_jwk(epk).unwrap();
            let received = derive_from_sender(&recipient, &ephemeral, "A256GCM", &header, 32);
            assert_eq!(received.unwrap().expose(), sent.expose(), "{curve:?}");
        }
    }
}
