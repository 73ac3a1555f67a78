//! The only module that uses josekit. josekit receives keys only after they have been checked, encoded by OpenSSL and without
//! a kid. Its error texts are not reported.

mod digest;
mod ecdh;
mod ecdsa;
mod ed25519;
pub(crate) mod hpke;
mod kdf;
mod mldsa;
mod remote_signer;
mod rsa_signature;
mod signature;
mod wrap;

use josekit::jwe::alg::rsaes::RsaesJweAlgorithm;
use josekit::jwe::enc::aescbc_hmac::AescbcHmacJweEncryption;
use josekit::jwe::enc::aesgcm::AesgcmJweEncryption;
use josekit::jwe::{JweContentEncryption, JweDecrypter, JweEncrypter, JweHeader};
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ecx::{EcxCurve, EcxKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use openssl::pkey::PKey;
use zeroize::Zeroizing;

use super::alg::{
    Cipher, ContentEncryption, Curve, Hash, KeyManagement, KeyManagementScheme, KeyType, OaepHash,
    Signature, SignatureScheme,
};
use super::base64url;
use super::error::{Error, Result};
use super::json::Object;
use super::key::{Key, Material, RemoteKey, akp};
use super::random::random_bytes;
use super::secret::SecretBytes;

pub(crate) use digest::{Message, digest};
pub use remote_signer::does_not_verify;
pub(crate) use signature::{SigningKey, VerifyingKey};

/// Returns the name, version and date of OpenSSL.
pub fn backend_version() -> &'static str {
    openssl::version::version()
}

/// Generates a key of this kind.
///
/// # Errors
/// [`Error::UnsuitableKey`] if no key of this kind can be generated; [`Error::Backend`].
pub fn generate_key(kind: KeyType) -> Result<Key> {
    let engine = |_| Error::Backend("key generation");
    let ec = |curve| EcKeyPair::generate(curve).map(|pair| pair.to_der_private_key());
    let ed = |curve| EdKeyPair::generate(curve).map(|pair| pair.to_der_private_key());
    let ecx = |curve| EcxKeyPair::generate(curve).map(|pair| pair.to_der_private_key());
    let der = match kind {
        KeyType::Akp(row) => {
            let key = akp::from_seed(row, &random_bytes(row.seed_len())?)?;
            return Key::new(Material::Private(key));
        }
        KeyType::Passphrase => {
            return Err(Error::UnsuitableKey("people choose passphrases".into()));
        }
        KeyType::RsaPss(..) => {
            return Err(Error::UnsuitableKey(
                "a new key for RSASSA-PSS is an RSA key bound to PS256, PS384 or PS512".into(),
            ));
        }
        KeyType::Oct(len) => return Key::new(Material::Secret(random_bytes(len)?)),
        KeyType::Rsa(bits) => RsaKeyPair::generate(bits).map(|pair| pair.to_der_private_key()),
        KeyType::Curve(Curve::P256) => ec(EcCurve::P256),
        KeyType::Curve(Curve::P384) => ec(EcCurve::P384),
        KeyType::Curve(Curve::P521) => ec(EcCurve::P521),
        KeyType::Curve(Curve::Secp256k1) => ec(EcCurve::Secp256k1),
        KeyType::Curve(Curve::Ed25519) => ed(EdCurve::Ed25519),
        KeyType::Curve(Curve::Ed448) => ed(EdCurve::Ed448),
        KeyType::Curve(Curve::X25519) => ecx(EcxCurve::X25519),
        KeyType::Curve(Curve::X448) => ecx(EcxCurve::X448),
    };
    let der = Zeroizing::new(der.map_err(engine)?);
    let key = PKey::private_key_from_der(&der).map_err(|_| Error::Backend("key generation"))?;
    Key::new(Material::Private(key))
}

/// Returns the digest that an algorithm signs; `None` if it signs the message itself.
pub fn digest_of(algorithm: &Signature, message: &[u8]) -> Option<Vec<u8>> {
    let (SignatureScheme::RsaPkcs1(hash)
    | SignatureScheme::RsaPss(hash)
    | SignatureScheme::Ecdsa(_, hash)) = algorithm.scheme
    else {
        return None;
    };
    Some(digest(hash, &[message]))
}

/// Verifies one signature, as [`VerifyingKey::verify`] does.
pub(crate) fn verify_signature(
    key: &Key,
    algorithm: &Signature,
    message: &[u8],
    signature: &[u8],
) -> bool {
    VerifyingKey::new(key, algorithm).is_ok_and(|mut key| key.verify(&[message], signature))
}

/// The salt of an RSASSA-PSS signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PssSalt {
    /// Its length in bytes.
    pub len: usize,
    /// The length that RFC 7518 section 3.5 requires: that of the hash.
    pub required: usize,
    /// The longest salt that fits a signature of this key.
    pub max: usize,
}

/// Returns the salt of an RSASSA-PSS signature, of any length; `None` for another algorithm, or if the signature is not
/// one of this key.
pub fn pss_salt(
    key: &Key,
    algorithm: &Signature,
    message: &[u8],
    signature: &[u8],
) -> Option<PssSalt> {
    let SignatureScheme::RsaPss(hash) = algorithm.scheme else {
        return None;
    };
    let public = PKey::public_key_from_der(&to_spki_der(key)?).ok()?;
    let len = signature::rsa_scheme(algorithm)?.salt_len(
        &public,
        &digest(hash, &[message]),
        signature,
    )?;
    let bits = usize::try_from(public.bits()).ok()?;
    Some(PssSalt {
        len,
        required: hash.byte_len(),
        max: (bits - 1).div_ceil(8) - hash.byte_len() - 2,
    })
}

fn to_pkcs8_der(key: &Key) -> Option<SecretBytes> {
    match &key.material {
        Material::Private(key) => key.private_key_to_pkcs8().ok().map(SecretBytes::new),
        _ => None,
    }
}

fn to_spki_der(key: &Key) -> Option<Vec<u8>> {
    match &key.material {
        Material::Private(key) => key.public_key_to_der().ok(),
        Material::Public(key) | Material::Remote(key, _) => key.public_key_to_der().ok(),
        Material::Secret(_) | Material::RemoteSecret(..) => None,
    }
}

/// Returns the content encryption key that `dir` or ECDH-ES determines, and the header parameters that the recipient needs.
///
/// # Errors
/// [`Error::Backend`].
pub(crate) fn agree_key(
    key: &Key,
    algorithm: &KeyManagement,
    enc: &ContentEncryption,
    header: &Object,
) -> Result<(SecretBytes, Object)> {
    let engine = || Error::Backend("key agreement");
    match (algorithm.scheme, &key.material) {
        (KeyManagementScheme::Direct, Material::Secret(secret)) => {
            Ok((secret.expose().to_vec().into(), Object::new()))
        }
        (KeyManagementScheme::EcdhEs(None), _) => {
            ecdh::derive_for_recipient(key, enc.name, header, enc.key_len).ok_or_else(engine)
        }
        _ => Err(engine()),
    }
}

/// Encrypts the content encryption key to the recipient. Also returns the header parameters that the recipient needs.
/// `rounds` is used by PBES2, `info` by HPKE.
///
/// # Errors
/// [`Error::Backend`].
pub(crate) fn wrap_key(
    key: &Key,
    algorithm: &'static KeyManagement,
    cek: &SecretBytes,
    header: &Object,
    rounds: u64,
    info: &[u8],
) -> Result<(Vec<u8>, Object)> {
    let engine = || Error::Backend("key encryption");
    let encrypter: Box<dyn JweEncrypter> = match (algorithm.scheme, &key.material) {
        (KeyManagementScheme::AesKw(_), Material::Secret(kek)) => {
            return Ok((wrap::aes_wrap(kek, cek)?, Object::new()));
        }
        (KeyManagementScheme::AesKw(_), Material::RemoteSecret(_, kek)) => {
            return Ok((kek.wrap(algorithm, cek)?, Object::new()));
        }
        (KeyManagementScheme::AesGcmKw(_), Material::Secret(kek)) => {
            return wrap::gcm_wrap(kek, cek);
        }
        (KeyManagementScheme::Pbes2(hash, len), Material::Secret(password)) => {
            let header = wrap::pbes2_header(rounds)?;
            let kek = wrap::pbes2_key(algorithm.name, hash, len, password, &header);
            return Ok((wrap::aes_wrap(&kek.ok_or_else(engine)?, cek)?, header));
        }
        (KeyManagementScheme::Hpke(suite), _) => {
            let sealed = hpke::seal(key, &suite, info, b"", cek.expose())?;
            let ek = base64url::encode(sealed.encapsulated);
            return Ok((
                sealed.ciphertext,
                Object::from_iter([("ek".into(), ek.into())]),
            ));
        }
        (KeyManagementScheme::RsaOaep(hash), _) => {
            let encrypter =
                to_spki_der(key).and_then(|der| oaep_algorithm(hash).encrypter_from_der(der).ok());
            Box::new(encrypter.ok_or_else(engine)?)
        }
        (KeyManagementScheme::EcdhEs(Some(len)), _) => {
            let derived = ecdh::derive_for_recipient(key, algorithm.name, header, len);
            let (kek, made) = derived.ok_or_else(engine)?;
            return Ok((wrap::aes_wrap(&kek, cek)?, made));
        }
        _ => return Err(engine()),
    };
    let wrapped = encrypter.encrypt(cek.expose(), &JweHeader::new(), &mut JweHeader::new());
    let wrapped = wrapped.ok().flatten().ok_or_else(engine)?;
    Ok((wrapped, Object::new()))
}

/// Decrypts or derives the content encryption key. Every failure is `None`, so that the reason is not revealed. The caller
/// has checked that the algorithm fits the key, that `p2c` is within the limit, and that the ephemeral key has the kind of
/// the key.
pub(crate) fn unwrap_key(
    key: &Key,
    algorithm: &KeyManagement,
    enc: &ContentEncryption,
    header: &Object,
    ephemeral: Option<&Key>,
    encrypted_key: &[u8],
    info: &[u8],
) -> Option<SecretBytes> {
    let decrypter: Box<dyn JweDecrypter> = match (algorithm.scheme, &key.material) {
        (KeyManagementScheme::Direct, Material::Secret(secret)) => {
            return Some(secret.expose().to_vec().into());
        }
        (KeyManagementScheme::AesKw(_), Material::Secret(kek)) => {
            return wrap::aes_unwrap(kek, encrypted_key);
        }
        (KeyManagementScheme::AesGcmKw(_), Material::Secret(kek)) => {
            return wrap::gcm_unwrap(kek, header, encrypted_key);
        }
        (KeyManagementScheme::Pbes2(hash, len), Material::Secret(password)) => {
            let kek = wrap::pbes2_key(algorithm.name, hash, len, password, header)?;
            return wrap::aes_unwrap(&kek, encrypted_key);
        }
        (KeyManagementScheme::Hpke(suite), _) => {
            let ek = base64url::decode(header.get("ek")?.as_str()?)?;
            return hpke::open(key, &suite, info, b"", &ek, encrypted_key);
        }
        (KeyManagementScheme::RsaPkcs1, _) => {
            #[allow(deprecated)]
            let rsa = RsaesJweAlgorithm::Rsa1_5;
            Box::new(rsa.decrypter_from_der(to_pkcs8_der(key)?.expose()).ok()?)
        }
        (KeyManagementScheme::RsaOaep(hash), _) => {
            Box::new(oaep_algorithm(hash).decrypter_from_der(to_pkcs8_der(key)?.expose()).ok()?)
        }
        (KeyManagementScheme::EcdhEs(None), _) => {
            return ecdh::derive_from_sender(key, ephemeral?, enc.name, header, enc.key_len);
        }
        (KeyManagementScheme::EcdhEs(Some(len)), _) => {
            let kek = ecdh::derive_from_sender(key, ephemeral?, algorithm.name, header, len)?;
            return wrap::aes_unwrap(&kek, encrypted_key);
        }
        _ => return None,
    };
    let cek = decrypter.decrypt(Some(encrypted_key), &*josekit_enc(enc), &JweHeader::new());
    Some(cek.ok()?.into_owned().into())
}

/// Decrypts or derives the content encryption key as [`unwrap_key`] does, with a remote key.
///
/// # Errors
/// [`Error::Remote`] if the key cannot be used. This does not depend on the token.
pub(crate) fn unwrap_remote(
    remote: &dyn RemoteKey,
    algorithm: &'static KeyManagement,
    enc: &ContentEncryption,
    header: &Object,
    ephemeral: Option<&Key>,
    encrypted_key: &[u8],
) -> Result<Option<SecretBytes>> {
    match (algorithm.scheme, ephemeral) {
        (KeyManagementScheme::RsaOaep(_) | KeyManagementScheme::AesKw(_), _) => {
            remote.decrypt(algorithm, encrypted_key, enc.key_len)
        }
        (KeyManagementScheme::EcdhEs(len), Some(ephemeral)) => {
            let Some(point) = ephemeral.public_point() else {
                return Ok(None);
            };
            let Some(shared) = remote.agree(algorithm, point)? else {
                return Ok(None);
            };
            let (name, bytes) = match len {
                None => (enc.name, enc.key_len),
                Some(len) => (algorithm.name, len),
            };
            let derived = kdf::concat_kdf(&shared, name, header, bytes);
            Ok(match len {
                None => derived,
                Some(_) => derived.and_then(|kek| wrap::aes_unwrap(&kek, encrypted_key)),
            })
        }
        _ => Err(unsupported_remotely(algorithm)),
    }
}

/// Returns the error for an algorithm that needs the bytes of the key, with a remote key.
pub(crate) fn unsupported_remotely(algorithm: &KeyManagement) -> Error {
    Error::remote(format!(
        "an external key cannot be used with {}, only with RSA-OAEP, ECDH-ES and AES Key Wrap",
        algorithm.name
    ))
}

/// Returns the content encryption algorithm in josekit's form. josekit uses only its name and key length; it does not
/// receive the content.
fn josekit_enc(enc: &ContentEncryption) -> Box<dyn JweContentEncryption> {
    match (enc.cipher, enc.key_len) {
        (Cipher::Gcm, 16) => Box::new(AesgcmJweEncryption::A128gcm),
        (Cipher::Gcm, 24) => Box::new(AesgcmJweEncryption::A192gcm),
        (Cipher::Gcm, _) => Box::new(AesgcmJweEncryption::A256gcm),
        (Cipher::CbcHmac(_), 32) => Box::new(AescbcHmacJweEncryption::A128cbcHs256),
        (Cipher::CbcHmac(_), 48) => Box::new(AescbcHmacJweEncryption::A192cbcHs384),
        (Cipher::CbcHmac(_), _) => Box::new(AescbcHmacJweEncryption::A256cbcHs512),
    }
}

fn oaep_algorithm(hash: OaepHash) -> RsaesJweAlgorithm {
    match hash {
        OaepHash::Sha1 => RsaesJweAlgorithm::RsaOaep,
        OaepHash::Sha2(Hash::Sha256) => RsaesJweAlgorithm::RsaOaep256,
        OaepHash::Sha2(Hash::Sha384) => RsaesJweAlgorithm::RsaOaep384,
        OaepHash::Sha2(Hash::Sha512) => RsaesJweAlgorithm::RsaOaep512,
    }
}
