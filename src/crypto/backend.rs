//! The only file that names josekit. It gives josekit nothing but keys that are already checked, re-encoded by OpenSSL,
//! without kid; its words never leave this file.

mod hmac;

use josekit::jwk::KeyPair;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ecx::{EcxCurve, EcxKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jws::alg::ecdsa::EcdsaJwsAlgorithm;
use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::alg::rsassa::RsassaJwsAlgorithm;
use josekit::jws::alg::rsassa_pss::RsassaPssJwsAlgorithm;
use josekit::jws::{JwsSigner, JwsVerifier};
use openssl::bn::{BigNum, BigNumContext};
use openssl::memcmp;
use openssl::pkey::PKey;
use zeroize::Zeroizing;

use self::hmac::Hmac;
use super::alg::{Curve, Hash, Kind, Signature, SignatureScheme};
use super::error::{Error, Result};
use super::key::{Key, Material};
use super::secret::SecretBytes;

/// Random bytes from OpenSSL's generator.
///
/// # Errors
/// [`Error::Engine`] when it cannot be seeded.
pub fn random(len: usize) -> Result<SecretBytes> {
    let mut bytes = vec![0; len];
    openssl::rand::rand_bytes(&mut bytes).map_err(|_| Error::Engine("random numbers"))?;
    Ok(bytes.into())
}

/// Makes a new key of this kind: so many random bytes, an RSA key of so many bits, or a key on a curve.
///
/// # Errors
/// [`Error::Engine`].
pub fn generate(kind: Kind) -> Result<Key> {
    let engine = |_| Error::Engine("key generation");
    let ec = |curve| EcKeyPair::generate(curve).map(|pair| pair.to_der_private_key());
    let ed = |curve| EdKeyPair::generate(curve).map(|pair| pair.to_der_private_key());
    let ecx = |curve| EcxKeyPair::generate(curve).map(|pair| pair.to_der_private_key());
    let der = match kind {
        Kind::Oct(len) => return Key::new(Material::Secret(random(len)?)),
        Kind::Rsa(bits) => RsaKeyPair::generate(bits).map(|pair| pair.to_der_private_key()),
        Kind::Curve(Curve::P256) => ec(EcCurve::P256),
        Kind::Curve(Curve::P384) => ec(EcCurve::P384),
        Kind::Curve(Curve::P521) => ec(EcCurve::P521),
        Kind::Curve(Curve::Secp256k1) => ec(EcCurve::Secp256k1),
        Kind::Curve(Curve::Ed25519) => ed(EdCurve::Ed25519),
        Kind::Curve(Curve::Ed448) => ed(EdCurve::Ed448),
        Kind::Curve(Curve::X25519) => ecx(EcxCurve::X25519),
        Kind::Curve(Curve::X448) => ecx(EcxCurve::X448),
    };
    let der = Zeroizing::new(der.map_err(engine)?);
    let key = PKey::private_key_from_der(&der).map_err(|_| Error::Engine("key generation"))?;
    Key::new(Material::Private(key))
}

/// Signs `message`. The caller has checked that the algorithm fits the key.
///
/// # Errors
/// [`Error::Unfit`] for a public key; [`Error::Engine`].
pub(super) fn sign(key: &Key, algorithm: &Signature, message: &[u8]) -> Result<Vec<u8>> {
    let engine = |_| Error::Engine("signing");
    let key = match &key.material {
        Material::Public(_) => return Err(Error::Unfit("a public key cannot sign".into())),
        Material::Secret(secret) => return hmac(algorithm, secret, message),
        Material::Private(key) => key,
    };
    let der = Zeroizing::new(
        key.private_key_to_pkcs8()
            .map_err(|_| Error::Engine("signing"))?,
    );
    let signer: Box<dyn JwsSigner> = match algorithm.scheme {
        SignatureScheme::Hmac(_) => return Err(Error::Engine("signing")),
        SignatureScheme::RsaPkcs1(hash) => {
            Box::new(rs(hash).signer_from_der(&*der).map_err(engine)?)
        }
        SignatureScheme::RsaPss(hash) => Box::new(ps(hash).signer_from_der(&*der).map_err(engine)?),
        SignatureScheme::Ecdsa(curve, _) => {
            Box::new(es(curve).signer_from_der(&*der).map_err(engine)?)
        }
        SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(_) => {
            Box::new((EddsaJwsAlgorithm::Eddsa.signer_from_der(&*der)).map_err(engine)?)
        }
    };
    signer.sign(message).map_err(engine)
}

/// Whether `signature` is this key's over `message`. Length and range of the signature are checked before the engine
/// sees it (RFC 7518 §3.4); MACs are compared in constant time.
pub(super) fn verify(key: &Key, algorithm: &Signature, message: &[u8], signature: &[u8]) -> bool {
    try_verify(key, algorithm, message, signature).unwrap_or(false)
}

fn try_verify(key: &Key, algorithm: &Signature, message: &[u8], signature: &[u8]) -> Result<bool> {
    let engine = |_| Error::Engine("verifying");
    let der = match &key.material {
        Material::Secret(secret) => {
            let expected = hmac(algorithm, secret, message)?;
            return Ok(expected.len() == signature.len() && memcmp::eq(&expected, signature));
        }
        Material::Private(key) => key.public_key_to_der(),
        Material::Public(key) => key.public_key_to_der(),
    };
    let der = der.map_err(|_| Error::Engine("verifying"))?;
    let (expected_len, verifier): (usize, Box<dyn JwsVerifier>) =
        match (algorithm.scheme, key.kind()) {
            (SignatureScheme::RsaPkcs1(hash), Kind::Rsa(bits)) => (
                bits.div_ceil(8) as usize,
                Box::new(rs(hash).verifier_from_der(&der).map_err(engine)?),
            ),
            (SignatureScheme::RsaPss(hash), Kind::Rsa(bits)) => (
                bits.div_ceil(8) as usize,
                Box::new(ps(hash).verifier_from_der(&der).map_err(engine)?),
            ),
            (SignatureScheme::Ecdsa(curve, _), Kind::Curve(own)) if curve == own => {
                if !in_range(key, signature)? {
                    return Ok(false);
                }
                (
                    2 * curve.bytes(),
                    Box::new(es(curve).verifier_from_der(&der).map_err(engine)?),
                )
            }
            (
                SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(_),
                Kind::Curve(curve @ (Curve::Ed25519 | Curve::Ed448)),
            ) => (
                2 * curve.bytes(),
                Box::new(
                    EddsaJwsAlgorithm::Eddsa
                        .verifier_from_der(&der)
                        .map_err(engine)?,
                ),
            ),
            _ => return Ok(false),
        };
    Ok(signature.len() == expected_len && verifier.verify(message, signature).is_ok())
}

/// Whether both halves of an ECDSA signature lie between 1 and the group order less one (CVE-2022-21449).
fn in_range(key: &Key, signature: &[u8]) -> Result<bool> {
    let engine = |_| Error::Engine("verifying");
    let order = || {
        let mut order = BigNum::new()?;
        let mut ctx = BigNumContext::new()?;
        let ec = match &key.material {
            Material::Private(key) => key.ec_key()?.group().order(&mut order, &mut ctx),
            Material::Public(key) => key.ec_key()?.group().order(&mut order, &mut ctx),
            Material::Secret(_) => Ok(()),
        };
        ec.map(|()| order)
    };
    let order = order().map_err(engine)?;
    for half in signature.chunks(signature.len().div_ceil(2).max(1)) {
        let number = BigNum::from_slice(half).map_err(engine)?;
        if number.num_bits() == 0 || number >= order {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hmac(algorithm: &Signature, secret: &SecretBytes, message: &[u8]) -> Result<Vec<u8>> {
    match algorithm.scheme {
        SignatureScheme::Hmac(hash) => Hmac::new(hash, secret).map(|hmac| hmac.tag(message)),
        _ => None,
    }
    .ok_or(Error::Engine("HMAC"))
}

fn rs(hash: Hash) -> RsassaJwsAlgorithm {
    match hash {
        Hash::Sha384 => RsassaJwsAlgorithm::Rs384,
        Hash::Sha512 => RsassaJwsAlgorithm::Rs512,
        _ => RsassaJwsAlgorithm::Rs256,
    }
}

fn ps(hash: Hash) -> RsassaPssJwsAlgorithm {
    match hash {
        Hash::Sha384 => RsassaPssJwsAlgorithm::Ps384,
        Hash::Sha512 => RsassaPssJwsAlgorithm::Ps512,
        _ => RsassaPssJwsAlgorithm::Ps256,
    }
}

fn es(curve: Curve) -> EcdsaJwsAlgorithm {
    match curve {
        Curve::P384 => EcdsaJwsAlgorithm::Es384,
        Curve::P521 => EcdsaJwsAlgorithm::Es512,
        Curve::Secp256k1 => EcdsaJwsAlgorithm::Es256k,
        _ => EcdsaJwsAlgorithm::Es256,
    }
}
