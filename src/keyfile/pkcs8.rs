//! Encrypted PKCS#8 (RFC 5958 §3, RFC 8018 §6.2) with PBES2. The work of the key derivation is limited before it is done.

use openssl::bn::BigNumContext;
use openssl::ec::PointConversionForm;
use openssl::hash::MessageDigest;
use openssl::pkcs5::{pbkdf2_hmac, scrypt};
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::{self, Cipher, encrypt};
use pkcs8::der::asn1::{AnyRef, OctetString, OctetStringRef};
use pkcs8::der::{self, Decode, Encode, Tag, Tagged};
use pkcs8::pkcs5::pbes2::{Kdf, Parameters, Pbkdf2Prf};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{EncryptedPrivateKeyInfoOwned, PrivateKeyInfoRef};

use zeroize::Zeroizing;

use super::der_keys::from_exact_der;
use crate::crypto::Key;
use crate::crypto::error::{Error, Result};
use crate::crypto::key::der::{
    PKCS5, PKCS12, algorithm_name, children, encryption_algorithm, is_encrypted,
};
use crate::crypto::policy::{KeyDecryption, KeyEncryption, MIN_ENCRYPTION_ROUNDS};
use crate::crypto::random::random_bytes;
use crate::crypto::secret::SecretBytes;

/// The largest parallelization parameter of scrypt.
const MAX_PARALLELIZATION: u16 = 16;
/// The largest memory for scrypt, in bytes, as in OpenSSL.
const MAX_SCRYPT_MEMORY: u64 = 32 * 1024 * 1024;

const TRIPLE_DES: &str = "1.2.840.113549.3.7";

/// The warning about a key with an obsolete encryption, which the user should replace.
const WEAK_ENCRYPTION: &str = "the private key is encrypted with 3DES, which is obsolete: convert --change-passphrase encrypts it with AES";

/// The parameters of an encryption with a passphrase.
pub(super) struct Encryption {
    pub(super) kind: EncryptionKind,
    /// The number of rounds of the key derivation; 0 for scrypt.
    pub(super) rounds: u64,
    /// The work of the key derivation, in rounds of PBKDF2.
    pub(super) work: u64,
    /// Whether the cipher is obsolete.
    is_weak: bool,
}

/// The scheme of an encryption.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EncryptionKind {
    Pbes2,
    /// 3DES with three or two keys, derived as in PKCS#12.
    Pkcs12TripleDes {
        is_two_key: bool,
    },
}

impl Encryption {
    /// Parses the algorithm of an encryption and checks the number of rounds.
    ///
    /// # Errors
    /// [`Error::KeyFormat`] for a scheme or a cipher that is not supported, [`Error::TooManyRounds`], [`Error::Key`].
    pub(super) fn from_algorithm(
        algorithm: AlgorithmIdentifierRef,
        max_rounds: u64,
    ) -> Result<Encryption> {
        let unsupported =
            || Error::Key("the key is encrypted in a way that is not supported".into());
        let parameters = algorithm.parameters.ok_or_else(unsupported)?;
        let oid = algorithm.oid.to_string();
        let encryption = match (oid.strip_prefix(PKCS5), oid.strip_prefix(PKCS12)) {
            (Some("13"), _) => {
                let (kdf, cipher) =
                    key_derivation_and_cipher(parameters).ok_or_else(unsupported)?;
                let (rounds, work) = match Kdf::try_from(kdf).map_err(|_| unsupported())? {
                    Kdf::Pbkdf2(kdf) => (kdf.iteration_count.into(), kdf.iteration_count.into()),
                    Kdf::Scrypt(kdf) if kdf.parallelization <= MAX_PARALLELIZATION => {
                        let lanes = u64::from(kdf.block_size) * u64::from(kdf.parallelization);
                        (0, kdf.cost_parameter.saturating_mul(lanes))
                    }
                    _ => return Err(unsupported()),
                };
                let oid = cipher.oid.to_string();
                if pbes2_cipher(&oid).is_none() {
                    return Err(unsupported_cipher(&algorithm_name(&cipher.oid)));
                }
                Encryption {
                    kind: EncryptionKind::Pbes2,
                    rounds,
                    work,
                    is_weak: oid == TRIPLE_DES,
                }
            }
            (_, Some(scheme @ ("3" | "4"))) => {
                let rounds = parameters.sequence(|reader| -> der::Result<_> {
                    <&OctetStringRef>::decode(reader)?;
                    u64::decode(reader)
                });
                let rounds = rounds.map_err(|_| unsupported())?;
                Encryption {
                    kind: EncryptionKind::Pkcs12TripleDes {
                        is_two_key: scheme == "4",
                    },
                    rounds,
                    // The key needs two digests, and the initialization vector one.
                    work: rounds.saturating_mul(3),
                    is_weak: true,
                }
            }
            (Some(_), _) | (_, Some(_)) => return Err(obsolete_error()),
            _ => return Err(unsupported()),
        };
        if encryption.rounds > max_rounds {
            return Err(Error::TooManyRounds {
                asked: encryption.rounds,
                allowed: max_rounds,
                in_key_file: true,
            });
        }
        Ok(encryption)
    }
}

/// Returns a private key file without its public key, and the public key; `None` if it has none. OpenSSL 3.0 does not
/// parse files with a public key, and no version checks that the keys match.
pub(super) fn split_public_part(der: &[u8]) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    let mut info = PrivateKeyInfoRef::from_der(der).ok()?;
    let stated = info.public_key.take()?.as_bytes()?.to_vec();
    Some((Zeroizing::new(info.to_der().ok()?), stated))
}

/// Rejects a private key whose file contains the public key of another key (RFC 5958 §2, RFC 8410 appendix A).
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
        Id::RSA | Id::RSA_PSS => key.rsa().is_ok_and(|rsa| {
            let public = Rsa::public_key_from_der_pkcs1(stated);
            public.is_ok_and(|stated| stated.n() == rsa.n() && stated.e() == rsa.e())
        }),
        _ => key.raw_public_key().is_ok_and(|own| own == stated),
    };
    if is_own {
        return Ok(());
    }
    Err(Error::Key(
        "the public part of the private key file belongs to another key".into(),
    ))
}

/// Returns the encryption of an EncryptedPrivateKeyInfo.
///
/// # Errors
/// As [`Encryption::from_algorithm`].
pub(super) fn parse_encryption(info: AnyRef, max_rounds: u64) -> Result<Encryption> {
    let algorithm = info.to_der().ok();
    let algorithm = algorithm.as_deref().and_then(encryption_algorithm);
    let algorithm =
        algorithm.ok_or_else(|| Error::Key("the encrypted private key is damaged".into()))?;
    Encryption::from_algorithm(algorithm, max_rounds)
}

fn obsolete_error() -> Error {
    encrypted_with("PBES1 (DES, 3DES, RC2 or RC4), which is obsolete")
}

/// Returns the error for a cipher that OpenSSL may be built without.
pub(super) fn unsupported_cipher(name: &str) -> Error {
    encrypted_with(&format!("{name}, which is not supported"))
}

fn encrypted_with(cipher: &str) -> Error {
    Error::KeyFormat {
        format: format!("encrypted with {cipher}"),
        fix: "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -provider legacy -provider default -in FILE -out key.pem".into(),
    }
}

/// Decrypts the private key of a file. The schemes of PKCS#12 are rejected.
///
/// # Errors
/// As [`Encryption::from_algorithm`]; [`Error::PassphraseNeeded`]; [`Error::PassphraseWrong`].
pub(super) fn decrypt_key(der: &[u8], decryption: &KeyDecryption) -> Result<Key> {
    match encryption_algorithm(der)
        .map(|algorithm| Encryption::from_algorithm(algorithm, decryption.max_rounds))
    {
        Some(Ok(Encryption {
            kind: EncryptionKind::Pkcs12TripleDes { .. },
            ..
        })) => Err(obsolete_error()),
        _ => decrypt_bag(der, decryption),
    }
}

/// Decrypts the private key of a file or of a PKCS#12 bag. The schemes of PKCS#12 are accepted, because older programs
/// support no others.
///
/// # Errors
/// As [`decrypt_key`].
pub(super) fn decrypt_bag(der: &[u8], decryption: &KeyDecryption) -> Result<Key> {
    let damaged = || Error::Key("the encrypted private key is damaged".into());
    let encryption = Encryption::from_algorithm(
        encryption_algorithm(der).ok_or_else(damaged)?,
        decryption.max_rounds,
    )?;
    let passphrase = decryption.passphrase.ok_or(Error::PassphraseNeeded)?;
    let mut key = match decrypt_content(der, passphrase) {
        Some(content) => {
            let content = content.ok_or(Error::PassphraseWrong)?;
            // A wrong passphrase can result in valid padding. The content must not be an encrypted key again.
            let key = if is_encrypted(content.expose()) {
                None
            } else {
                from_exact_der(content.expose(), decryption)?
            };
            key.filter(|key| key.private_half().is_some()).ok_or(Error::PassphraseWrong)?
        }
        None => {
            let fill = |buffer: &mut [u8]| Ok(fill_passphrase(buffer, passphrase));
            let key = PKey::private_key_from_pkcs8_callback(der, fill);
            Key::from_private(key.map_err(|_| Error::PassphraseWrong)?)?
        }
    };
    if encryption.is_weak {
        key.set_warning(WEAK_ENCRYPTION);
    }
    Ok(key)
}

/// Decrypts the content of an EncryptedPrivateKeyInfo with PBES2. OpenSSL's function does not return the public key in the
/// file. `None` for other schemes; `Some(None)` if the content does not decrypt.
fn decrypt_content(der: &[u8], passphrase: &SecretBytes) -> Option<Option<SecretBytes>> {
    let fields = children(AnyRef::from_der(der).ok()?)?;
    let [_, content, ..] = *fields else {
        return None;
    };
    let (cipher, kek, iv) = pbes2_parameters(encryption_algorithm(der)?.parameters?, passphrase)?;
    let content = symm::decrypt(cipher, &kek, Some(&iv), content.value());
    Some(content.ok().map(SecretBytes::new))
}

/// Returns the cipher with this object identifier: AES-128, AES-192, AES-256 or 3DES in CBC mode.
fn pbes2_cipher(oid: &str) -> Option<Cipher> {
    match oid {
        "2.16.840.1.101.3.4.1.2" => Some(Cipher::aes_128_cbc()),
        "2.16.840.1.101.3.4.1.22" => Some(Cipher::aes_192_cbc()),
        "2.16.840.1.101.3.4.1.42" => Some(Cipher::aes_256_cbc()),
        TRIPLE_DES => Some(Cipher::des_ede3_cbc()),
        _ => None,
    }
}

/// Returns the cipher, the key and the initialization vector of PBES2 (RFC 8018 section 6.2). The caller has limited the
/// work. `None` for schemes other than PBKDF2 or scrypt with AES or 3DES in CBC mode.
pub(super) fn pbes2_parameters(
    parameters: AnyRef,
    passphrase: &SecretBytes,
) -> Option<(Cipher, Zeroizing<Vec<u8>>, Vec<u8>)> {
    let (kdf, scheme) = key_derivation_and_cipher(parameters)?;
    let cipher = pbes2_cipher(&scheme.oid.to_string())?;
    let iv = scheme.parameters.filter(|iv| iv.tag() == Tag::OctetString)?;
    let iv = Some(iv.value().to_vec()).filter(|iv| Some(iv.len()) == cipher.iv_len())?;
    let mut kek = Zeroizing::new(vec![0; cipher.key_len()]);
    let passphrase = passphrase.expose();
    let derived = match Kdf::try_from(kdf).ok()? {
        Kdf::Pbkdf2(kdf) => {
            let hash = match kdf.prf {
                Pbkdf2Prf::HmacWithSha1 => MessageDigest::sha1(),
                Pbkdf2Prf::HmacWithSha224 => MessageDigest::sha224(),
                Pbkdf2Prf::HmacWithSha256 => MessageDigest::sha256(),
                Pbkdf2Prf::HmacWithSha384 => MessageDigest::sha384(),
                Pbkdf2Prf::HmacWithSha512 => MessageDigest::sha512(),
                _ => return None,
            };
            let rounds = kdf.iteration_count as usize;
            pbkdf2_hmac(passphrase, kdf.salt.as_ref(), rounds, hash, &mut kek)
        }
        Kdf::Scrypt(kdf) => scrypt(
            passphrase,
            kdf.salt.as_ref(),
            kdf.cost_parameter,
            kdf.block_size.into(),
            kdf.parallelization.into(),
            MAX_SCRYPT_MEMORY,
            &mut kek,
        ),
        _ => return None,
    };
    derived.ok()?;
    Some((cipher, kek, iv))
}

/// Returns the algorithms for key derivation and encryption.
fn key_derivation_and_cipher(
    parameters: AnyRef<'_>,
) -> Option<(AlgorithmIdentifierRef<'_>, AlgorithmIdentifierRef<'_>)> {
    let both = parameters.sequence(|reader| -> der::Result<_> {
        Ok((
            AlgorithmIdentifierRef::decode(reader)?,
            AlgorithmIdentifierRef::decode(reader)?,
        ))
    });
    both.ok()
}

/// Copies the passphrase to OpenSSL's buffer. A passphrase that is too long for it is treated as empty.
pub(super) fn fill_passphrase(buffer: &mut [u8], passphrase: &SecretBytes) -> usize {
    let bytes = passphrase.expose();
    match buffer.get_mut(..bytes.len()) {
        Some(buffer) => {
            buffer.copy_from_slice(bytes);
            bytes.len()
        }
        None => 0,
    }
}

/// Encrypts a private key with PBKDF2-HMAC-SHA256 and AES-256-CBC. Returns DER.
pub(super) fn encrypt_key(key: &PKey<Private>, encryption: &KeyEncryption) -> Result<Vec<u8>> {
    let engine = || Error::Backend("private key encryption");
    let plain = SecretBytes::new(key.private_key_to_pkcs8().map_err(|_| engine())?);
    let (salt, iv) = (random_bytes(16)?, random_bytes(16)?);
    let mut kek = SecretBytes::new(vec![0; 32]);
    let (passphrase, salt, iv) = (encryption.passphrase.expose(), salt.expose(), iv.expose());
    let rounds = encryption.rounds.max(MIN_ENCRYPTION_ROUNDS);
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
