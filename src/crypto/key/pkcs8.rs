//! Encrypted PKCS#8 (RFC 5958 §3, RFC 8018 §6.2): PBES2, its work bounded before any of it is done.

use openssl::bn::BigNumContext;
use openssl::ec::PointConversionForm;
use openssl::hash::MessageDigest;
use openssl::pkcs5::pbkdf2_hmac;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::{Cipher, encrypt};
use pkcs8::der::asn1::OctetString;
use pkcs8::der::{Decode, Encode};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::{EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};

use zeroize::Zeroizing;

use crate::crypto::error::{Error, Result};
use crate::crypto::policy::{KeyDecryption, KeyEncryption, MIN_SEAL};
use crate::crypto::random::random;
use crate::crypto::secret::SecretBytes;

/// The most parallelism of scrypt that is accepted; its memory OpenSSL bounds to 32 MiB.
const MAX_PARALLELIZATION: u16 = 16;

/// Whether the DER file is an encrypted private key.
pub(super) fn is_encrypted(der: &[u8]) -> bool {
    EncryptedPrivateKeyInfoRef::from_der(der).is_ok()
}

/// Returns a private key file without its public part, and the public part; `None` if it has none. OpenSSL 3.0 does not
/// read such files, and no version compares the two.
pub(super) fn split_public_part(der: &[u8]) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    let mut info = PrivateKeyInfoRef::from_der(der).ok()?;
    let stated = info.public_key.take()?.as_bytes()?.to_vec();
    Some((Zeroizing::new(info.to_der().ok()?), stated))
}

/// Refuses a private key whose file has the public part of another key (RFC 5958 §2, RFC 8410 appendix A).
pub(super) fn check_public_part(stated: &[u8], key: &PKey<Private>) -> Result<()> {
    let is_own = match key.id() {
        Id::EC => key.ec_key().is_ok_and(|key| {
            let mut ctx = BigNumContext::new();
            ctx.as_mut().is_ok_and(|ctx| {
                [
                    PointConversionForm::UNCOMPRESSED,
                    PointConversionForm::COMPRESSED,
                ]
                .into_iter()
                .filter_map(|form| key.public_key().to_bytes(key.group(), form, ctx).ok())
                .any(|own| own == stated)
            })
        }),
        Id::RSA => key.rsa().is_ok_and(|rsa| {
            let public = Rsa::public_key_from_der_pkcs1(stated);
            public.is_ok_and(|stated| stated.n() == rsa.n() && stated.e() == rsa.e())
        }),
        _ => key.raw_public_key().is_ok_and(|own| own == stated),
    };
    if is_own {
        return Ok(());
    }
    Err(Error::Key(
        "the public part of the private key file is that of another key".into(),
    ))
}

/// Opens an encrypted private key.
pub(super) fn open(der: &[u8], unlock: &KeyDecryption) -> Result<PKey<Private>> {
    let unsupported = || Error::Key("the key is encrypted in a way that is not supported".into());
    let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| unsupported())?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(unsupported());
    };
    match &parameters.kdf {
        Kdf::Pbkdf2(kdf) if u64::from(kdf.iteration_count) > unlock.max_rounds => {
            return Err(Error::TooManyRounds {
                asked: kdf.iteration_count.into(),
                allowed: unlock.max_rounds,
                in_key_file: true,
            });
        }
        Kdf::Scrypt(kdf) if kdf.parallelization > MAX_PARALLELIZATION => return Err(unsupported()),
        Kdf::Pbkdf2(_) | Kdf::Scrypt(_) => {}
        _ => return Err(unsupported()),
    }
    let passphrase = unlock.passphrase.ok_or(Error::PassphraseNeeded)?;
    PKey::private_key_from_pkcs8_callback(der, |buffer| Ok(fill(buffer, passphrase)))
        .map_err(|_| Error::PassphraseWrong)
}

/// Puts the passphrase into OpenSSL's buffer; one that is too long for it opens nothing.
pub(super) fn fill(buffer: &mut [u8], passphrase: &SecretBytes) -> usize {
    let bytes = passphrase.expose();
    match buffer.get_mut(..bytes.len()) {
        Some(buffer) => {
            buffer.copy_from_slice(bytes);
            bytes.len()
        }
        None => 0,
    }
}

/// Encrypts a private key: PBKDF2-HMAC-SHA256 and AES-256-CBC. Gives DER.
pub(super) fn seal(key: &PKey<Private>, seal: &KeyEncryption) -> Result<Vec<u8>> {
    let engine = || Error::Backend("private key encryption");
    let plain = SecretBytes::new(key.private_key_to_pkcs8().map_err(|_| engine())?);
    let (salt, iv) = (random(16)?, random(16)?);
    let mut kek = SecretBytes::new(vec![0; 32]);
    let (passphrase, salt, iv) = (seal.passphrase.expose(), salt.expose(), iv.expose());
    let rounds = seal.rounds.max(MIN_SEAL);
    let digest = MessageDigest::sha256();
    pbkdf2_hmac(passphrase, salt, rounds as usize, digest, kek.expose_mut())
        .map_err(|_| engine())?;
    let data = encrypt(
        Cipher::aes_256_cbc(),
        kek.expose(),
        Some(iv),
        plain.expose(),
    );
    let iv = iv.try_into().map_err(|_| engine())?;
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, salt, iv);
    EncryptedPrivateKeyInfoOwned {
        encryption_algorithm: parameters.map_err(|_| engine())?.into(),
        encrypted_data: OctetString::new(data.map_err(|_| engine())?).map_err(|_| engine())?,
    }
    .to_der()
    .map_err(|_| engine())
}
