//! Signing and verification with a key that is prepared once for any number of messages.
//!
//! HMAC, ECDSA and RSA process a message in chunks and sign with low-level functions. ML-DSA is OpenSSL's. Ed25519 is
//! ed25519-dalek's, which is twice as fast as OpenSSL's. Ed448 is josekit's.

use josekit::jws::alg::eddsa::EddsaJwsAlgorithm;
use josekit::jws::{JwsSigner, JwsVerifier};
use openssl::pkey::{PKey, Private, Public};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;

use super::digest::{Digest, Message, digest};
use super::remote_signer::RemoteSigner;
use super::rsa_signature::Scheme;
use super::{ecdsa, ed25519, mldsa, to_pkcs8_der, to_spki_der};
use crate::crypto::alg::{Akp, Curve, KeyType, Signature, SignatureScheme};
use crate::crypto::error::{Error, Result};
use crate::crypto::hmac::Hmac;
use crate::crypto::key::{Key, Material};

/// A key that is prepared for signing.
pub(crate) enum SigningKey {
    Hmac(Box<Hmac>),
    Ecdsa(ecdsa::Signer),
    Rsa(Scheme, PKey<Private>),
    MlDsa(PKey<Private>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Josekit(Box<dyn JwsSigner>),
    Remote(Box<RemoteSigner>),
}

impl SigningKey {
    /// Prepares the key. The caller has checked that the algorithm fits it.
    ///
    /// # Errors
    /// [`Error::PublicKey`] for a public key; [`Error::Backend`].
    pub(crate) fn new(key: &Key, algorithm: &'static Signature) -> Result<SigningKey> {
        let engine = || Error::Backend("signing");
        let pkey = match &key.material {
            Material::Public(_) => {
                return Err(Error::PublicKey { verb: "sign" });
            }
            Material::Secret(_) | Material::RemoteSecret(..) => {
                return Ok(SigningKey::Hmac(prepare_hmac(algorithm, key)?));
            }
            Material::Remote(_, remote) => {
                let public = key.to_public()?.into_key();
                let signer = RemoteSigner::new(remote.clone(), public, algorithm);
                return Ok(SigningKey::Remote(Box::new(signer)));
            }
            Material::Private(key) => key,
        };
        if let SignatureScheme::Ecdsa(curve, hash) = algorithm.scheme {
            let key = pkey.ec_key().map_err(|_| engine())?;
            return Ok(SigningKey::Ecdsa(ecdsa::Signer::new(key, curve, hash)));
        }
        if let SignatureScheme::MlDsa(_) = algorithm.scheme {
            return Ok(SigningKey::MlDsa(pkey.clone()));
        }
        if let Some(scheme) = rsa_scheme(algorithm) {
            return Ok(SigningKey::Rsa(scheme, pkey.clone()));
        }
        if key.key_type() == KeyType::Curve(Curve::Ed25519) {
            let key = ed25519::signing_key(pkey).ok_or_else(engine)?;
            return Ok(SigningKey::Ed25519(Box::new(key)));
        }
        let der = to_pkcs8_der(key).ok_or_else(engine)?;
        let signer = EddsaJwsAlgorithm::Eddsa.signer_from_der(der.expose());
        signer.map(|signer| SigningKey::Josekit(Box::new(signer))).map_err(|_| engine())
    }

    /// Begins a message that comes in pieces.
    pub(crate) fn begin(&self) -> Message {
        match self {
            SigningKey::Hmac(hmac) => Message::Mac(hmac.clone()),
            SigningKey::Ecdsa(key) => Message::Digest(Digest::new(key.hash)),
            SigningKey::Rsa(scheme, _) => Message::Digest(Digest::new(scheme.hash)),
            SigningKey::MlDsa(_)
            | SigningKey::Ed25519(_)
            | SigningKey::Josekit(_)
            | SigningKey::Remote(_) => Message::Whole(Vec::new()),
        }
    }

    /// Signs a message that was begun with this key.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub(crate) fn finish(&self, message: Message) -> Result<Vec<u8>> {
        match message {
            Message::Mac(hmac) => Ok(hmac.finish()),
            Message::Digest(digest) => self.sign_digest(&digest.finish()),
            Message::Whole(message) => self.sign(&[&message]),
        }
    }

    /// Signs the concatenated parts of a message.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub(crate) fn sign(&self, message: &[&[u8]]) -> Result<Vec<u8>> {
        match self {
            SigningKey::Hmac(hmac) => Ok(hmac.tag(message)),
            SigningKey::Ecdsa(key) => self.sign_digest(&digest(key.hash, message)),
            SigningKey::Rsa(scheme, _) => self.sign_digest(&digest(scheme.hash, message)),
            SigningKey::MlDsa(key) => {
                mldsa::sign(key, &message.concat()).map_err(|_| Error::Backend("signing"))
            }
            SigningKey::Ed25519(key) => Ok(ed25519::sign(key, &message.concat())),
            SigningKey::Remote(signer) => signer.sign(&message.concat()),
            SigningKey::Josekit(signer) => {
                signer.sign(&message.concat()).map_err(|_| Error::Backend("signing"))
            }
        }
    }

    fn sign_digest(&self, digest: &[u8]) -> Result<Vec<u8>> {
        let signature = match self {
            SigningKey::Ecdsa(key) => key.sign(digest).ok(),
            SigningKey::Rsa(scheme, key) => scheme.sign(key, digest).ok(),
            _ => None,
        };
        signature.ok_or(Error::Backend("signing"))
    }
}

/// A key that is prepared for verification.
pub(crate) enum VerifyingKey {
    Hmac(Box<Hmac>),
    Ecdsa(ecdsa::Verifier),
    /// With the length of its signatures in bytes.
    Rsa(Scheme, usize, PkeyCtx<Public>),
    MlDsa(Akp, PKey<Public>),
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    /// With the only length in bytes of the signatures that it verifies.
    Josekit(usize, Box<dyn JwsVerifier>),
}

impl VerifyingKey {
    /// Prepares the key.
    ///
    /// # Errors
    /// [`Error::Backend`], also if the algorithm does not fit the key.
    pub(crate) fn new(key: &Key, algorithm: &Signature) -> Result<VerifyingKey> {
        let verifier = match (algorithm.scheme, key.key_type()) {
            (SignatureScheme::Hmac(_), _) => {
                Some(VerifyingKey::Hmac(prepare_hmac(algorithm, key)?))
            }
            (SignatureScheme::Ecdsa(curve, hash), KeyType::Curve(own)) if curve == own => {
                let key = match &key.material {
                    Material::Private(key) => key.ec_key().and_then(|key| ecdsa::public_part(&key)),
                    Material::Public(key) | Material::Remote(key, _) => key.ec_key(),
                    Material::Secret(_) | Material::RemoteSecret(..) => {
                        return Err(Error::Backend("verifying"));
                    }
                };
                key.and_then(|key| ecdsa::Verifier::new(key, curve, hash))
                    .ok()
                    .map(VerifyingKey::Ecdsa)
            }
            (SignatureScheme::RsaPkcs1(_), KeyType::Rsa(bits))
            | (SignatureScheme::RsaPss(_), KeyType::Rsa(bits) | KeyType::RsaPss(bits, _)) => {
                let scheme = rsa_scheme(algorithm).ok_or(Error::Backend("verifying"))?;
                to_spki_der(key)
                    .and_then(|der| PKey::public_key_from_der(&der).ok())
                    .and_then(|key| scheme.verifier(&key).ok())
                    .map(|context| VerifyingKey::Rsa(scheme, bits.div_ceil(8) as usize, context))
            }
            (
                SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(Curve::Ed25519),
                KeyType::Curve(Curve::Ed25519),
            ) => ed25519::verifying_key(key).map(|key| VerifyingKey::Ed25519(Box::new(key))),
            (
                SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(Curve::Ed448),
                KeyType::Curve(curve @ Curve::Ed448),
            ) => to_spki_der(key)
                .and_then(|der| EddsaJwsAlgorithm::Eddsa.verifier_from_der(der).ok())
                .map(|verifier| VerifyingKey::Josekit(2 * curve.byte_len(), Box::new(verifier))),
            (SignatureScheme::MlDsa(row), KeyType::Akp(own)) if row == own => to_spki_der(key)
                .and_then(|der| PKey::public_key_from_der(&der).ok())
                .map(|key| VerifyingKey::MlDsa(row, key)),
            _ => None,
        };
        verifier.ok_or(Error::Backend("verifying"))
    }

    /// Begins a message that is read in chunks. Except for HMAC, all keys for an algorithm begin a message in the same way.
    pub(crate) fn begin(&self) -> Message {
        match self {
            VerifyingKey::Hmac(hmac) => Message::Mac(hmac.clone()),
            VerifyingKey::Ecdsa(key) => Message::Digest(Digest::new(key.hash)),
            VerifyingKey::Rsa(scheme, ..) => Message::Digest(Digest::new(scheme.hash)),
            VerifyingKey::MlDsa(..) | VerifyingKey::Ed25519(_) | VerifyingKey::Josekit(..) => {
                Message::Whole(Vec::new())
            }
        }
    }

    /// Whether a message that another key has begun can be verified with this key.
    pub(crate) fn shares_message(&self, message: &Message) -> bool {
        match (self, message) {
            (VerifyingKey::Ecdsa(key), Message::Digest(digest)) => digest.hash() == key.hash,
            (VerifyingKey::Rsa(scheme, ..), Message::Digest(digest)) => {
                digest.hash() == scheme.hash
            }
            (
                VerifyingKey::MlDsa(..) | VerifyingKey::Ed25519(_) | VerifyingKey::Josekit(..),
                Message::Whole(_),
            ) => true,
            _ => false,
        }
    }

    /// Verifies a signature as [`VerifyingKey::verify`] does, over a message that was begun for this key.
    pub(crate) fn finish(&mut self, message: &Message, signature: &[u8]) -> bool {
        match message {
            Message::Mac(hmac) => Hmac::clone(hmac).verify_tag(signature),
            Message::Digest(digest) => self.verify_digest(&digest.clone().finish(), signature),
            Message::Whole(message) => self.verify(&[message], signature),
        }
    }

    /// Whether `signature` is a signature of this key over the concatenated parts of a message. The length and the range of a
    /// signature are checked before the backend receives it (RFC 7518 §3.4). MACs are compared in constant time.
    pub(crate) fn verify(&mut self, message: &[&[u8]], signature: &[u8]) -> bool {
        match self {
            VerifyingKey::Hmac(hmac) => hmac.verify(message, signature),
            VerifyingKey::Ecdsa(key) => {
                let digest = digest(key.hash, message);
                self.verify_digest(&digest, signature)
            }
            VerifyingKey::Rsa(scheme, ..) => {
                let digest = digest(scheme.hash, message);
                self.verify_digest(&digest, signature)
            }
            VerifyingKey::MlDsa(row, key) => {
                mldsa::verify(key, *row, &message.concat(), signature).unwrap_or(false)
            }
            VerifyingKey::Ed25519(key) => ed25519::verify(key, &message.concat(), signature),
            VerifyingKey::Josekit(len, verifier) => {
                signature.len() == *len && verifier.verify(&message.concat(), signature).is_ok()
            }
        }
    }

    fn verify_digest(&mut self, digest: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            VerifyingKey::Ecdsa(key) => key.verify(digest, signature),
            VerifyingKey::Rsa(_, len, context) if signature.len() == *len => {
                context.verify(digest, signature)
            }
            _ => return false,
        };
        verified.unwrap_or(false)
    }
}

pub(super) fn rsa_scheme(algorithm: &Signature) -> Option<Scheme> {
    let (hash, padding) = match algorithm.scheme {
        SignatureScheme::RsaPkcs1(hash) => (hash, Padding::PKCS1),
        SignatureScheme::RsaPss(hash) => (hash, Padding::PKCS1_PSS),
        _ => return None,
    };
    Some(Scheme { hash, padding })
}

fn prepare_hmac(algorithm: &Signature, key: &Key) -> Result<Box<Hmac>> {
    match (algorithm.scheme, &key.material) {
        (SignatureScheme::Hmac(hash), Material::Secret(secret)) => Hmac::new(hash, secret.expose()),
        _ => None,
    }
    .map(Box::new)
    .ok_or(Error::Backend("HMAC"))
}
