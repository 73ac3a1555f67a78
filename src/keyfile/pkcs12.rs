//! PKCS#12 (RFC 7292): private keys and their certificates, encrypted with one passphrase.
//!
//! This module parses the structure instead of OpenSSL's `PKCS12_parse`, which runs every key derivation that a file
//! requires. Here the total work is limited before it is done, including that of bags in encrypted parts. Certificates that
//! are encrypted with RC2, which many programs still use, are skipped; the key is parsed.

use base64_simd::STANDARD;
use openssl::hash::{Hasher, MessageDigest};
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{self, Cipher};
use openssl::x509::X509;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Decode, Encode, Tag, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;
use serde_json::Value;
use zeroize::Zeroizing;

use super::pkcs8::{Encryption, EncryptionKind};
use super::{pem, pkcs8 as private_key};
use crate::crypto::Key;
use crate::crypto::error::{Error, Result};
use crate::crypto::key::ThumbprintHash;
use crate::crypto::key::der::{children, content_info};
use crate::crypto::policy::KeyDecryption;
use crate::crypto::secret::SecretBytes;

/// The largest number of private keys in a file.
const MAX_KEYS: usize = 8;
/// The largest number of certificates in a file.
const MAX_CERTIFICATES: usize = 64;
/// The limit for all key derivations of a file together, as a multiple of the limit for one of them.
const MAX_DERIVATIONS: u64 = 4;

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";

/// The contents of the bags.
#[derive(Default)]
struct Contents {
    keys: Vec<Key>,
    certificates: Vec<X509>,
    skipped: Vec<String>,
}

/// Parses the private keys of a file, each with its certificate chain as `x5c`. If there are none, returns the keys of the
/// certificates. Also returns the reasons for which parts were skipped.
///
/// # Errors
/// [`Error::Key`], [`Error::KeyFormat`], [`Error::TooManyRounds`], [`Error::PassphraseNeeded`], [`Error::PassphraseWrong`].
pub(super) fn read_pkcs12(
    file: &[u8],
    decryption: &KeyDecryption,
) -> Result<(Vec<Key>, Vec<String>)> {
    let fields =
        AnyRef::from_der(file).ok().and_then(children).ok_or_else(|| Error::KeyFormat {
            format: "PKCS#12 in BER or damaged".into(),
            fix: "convert it: openssl pkcs12 -in FILE -out key.pem".into(),
        })?;
    let [_, authenticated, mac @ ..] = &*fields else {
        return Err(damaged_error());
    };
    let (_, content) =
        content_info(*authenticated).filter(|(kind, _)| kind == DATA).ok_or_else(damaged_error)?;
    let content = octet_string(content).ok_or_else(damaged_error)?;
    let mut reader = BagReader {
        budget: decryption.max_rounds.saturating_mul(MAX_DERIVATIONS),
        max_rounds: decryption.max_rounds,
        password: Password::new(decryption.passphrase),
        is_given: decryption.passphrase.is_some(),
        contents: Contents::default(),
    };
    if let [mac] = mac {
        reader.check_mac(*mac, content)?;
    }
    for part in AnyRef::from_der(content).ok().and_then(children).ok_or_else(damaged_error)? {
        let (kind, content) = content_info(part).ok_or_else(damaged_error)?;
        match &*kind {
            DATA => reader.read_bags(octet_string(content).ok_or_else(damaged_error)?)?,
            ENCRYPTED_DATA => match reader.decrypt_element(content) {
                Ok(bags) => reader.read_bags(bags.expose())?,
                Err(Error::KeyFormat { .. }) => {
                    let skipped = "the certificates of the PKCS#12 file, whose encryption (RC2, RC4 or another cipher) is not supported";
                    reader.contents.skipped.push(skipped.into());
                }
                Err(error) => return Err(error),
            },
            _ => {
                return Err(Error::Key(
                    "the PKCS#12 file is encrypted to a certificate, which is not supported".into(),
                ));
            }
        }
    }
    reader.contents.into_keys()
}

fn damaged_error() -> Error {
    Error::Key("the PKCS#12 file is damaged".into())
}

/// Replaces the fix in an error about an unsupported encryption by the fix for PKCS#12.
fn with_fix(error: Error) -> Error {
    match error {
        Error::KeyFormat { format, .. } => Error::KeyFormat {
            format,
            fix: "convert it: openssl pkcs12 -legacy -in FILE -out key.pem".into(),
        },
        error => error,
    }
}

fn octet_string(element: AnyRef<'_>) -> Option<&[u8]> {
    (element.tag() == Tag::OctetString).then(|| element.value())
}

/// The passphrase in both encodings that schemes use.
struct Password {
    text: SecretBytes,
    /// Big-endian UTF-16 with a terminating zero (RFC 7292 appendix B.1).
    wide: SecretBytes,
}

impl Password {
    fn new(passphrase: Option<&SecretBytes>) -> Password {
        let bytes = passphrase.map_or(&[][..], SecretBytes::expose);
        let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        let wide = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        Password {
            text: bytes.to_vec().into(),
            wide: wide.into(),
        }
    }
}

struct BagReader {
    budget: u64,
    max_rounds: u64,
    password: Password,
    /// Whether a passphrase was given. Otherwise the empty passphrase is tried.
    is_given: bool,
    contents: Contents,
}

impl BagReader {
    fn wrong_passphrase(&self) -> Error {
        if self.is_given {
            Error::PassphraseWrong
        } else {
            Error::PassphraseNeeded
        }
    }

    /// Subtracts the work of a key derivation, in rounds, from the budget.
    fn charge(&mut self, work: u64) -> Result<()> {
        self.budget = self.budget.checked_sub(work).ok_or(Error::TooManyRounds {
            asked: work,
            allowed: self.max_rounds,
            in_key_file: true,
        })?;
        Ok(())
    }

    /// Checks the MAC over the content, whose key is derived from the passphrase. A MAC with a scheme other than that of RFC
    /// 7292 is not checked; the keys are encrypted with the same passphrase.
    fn check_mac(&mut self, mac: AnyRef, content: &[u8]) -> Result<()> {
        let fields = children(mac).ok_or_else(damaged_error)?;
        let [info, salt, rounds @ ..] = &*fields else {
            return Err(damaged_error());
        };
        let info = children(*info).ok_or_else(damaged_error)?;
        let [algorithm, digest] = *info else {
            return Err(damaged_error());
        };
        let algorithm = children(algorithm).ok_or_else(damaged_error)?;
        let oid = algorithm.first().and_then(|oid| oid.decode_as::<ObjectIdentifier>().ok());
        let (hash, block) = match oid.ok_or_else(damaged_error)?.to_string().as_str() {
            "1.3.14.3.2.26" => (MessageDigest::sha1(), 64),
            "2.16.840.1.101.3.4.2.1" => (MessageDigest::sha256(), 64),
            "2.16.840.1.101.3.4.2.2" => (MessageDigest::sha384(), 128),
            "2.16.840.1.101.3.4.2.3" => (MessageDigest::sha512(), 128),
            _ => return Ok(()),
        };
        let rounds = match rounds {
            [] => 1,
            [rounds, ..] => rounds.decode_as::<u64>().map_err(|_| damaged_error())?,
        };
        if rounds > self.max_rounds {
            return Err(Error::TooManyRounds {
                asked: rounds,
                allowed: self.max_rounds,
                in_key_file: true,
            });
        }
        self.charge(rounds)?;
        let (salt, digest) = (
            octet_string(*salt).ok_or_else(damaged_error)?,
            octet_string(digest).ok_or_else(damaged_error)?,
        );
        let key = derive_key(
            (hash, block),
            self.password.wide.expose(),
            salt,
            3,
            rounds,
            hash.size(),
        )?;
        let engine = |_| Error::Backend("HMAC");
        let key = PKey::hmac(&key).map_err(engine)?;
        let mut signer = Signer::new(hash, &key).map_err(engine)?;
        let own = signer.sign_oneshot_to_vec(content).map_err(engine)?;
        if own.len() == digest.len() && memcmp::eq(&own, digest) {
            Ok(())
        } else {
            Err(self.wrong_passphrase())
        }
    }

    /// Decrypts an EncryptedData (RFC 5652 §8).
    fn decrypt_element(&mut self, element: AnyRef) -> Result<SecretBytes> {
        let fields = children(element).ok_or_else(damaged_error)?;
        let info = fields.get(1).and_then(|info| children(*info)).ok_or_else(damaged_error)?;
        let [_, algorithm, ciphertext] = *info else {
            return Err(damaged_error());
        };
        let algorithm: AlgorithmIdentifierRef =
            algorithm.decode_as().map_err(|_| damaged_error())?;
        let encryption = Encryption::from_algorithm(algorithm, self.max_rounds)?;
        self.charge(encryption.work)?;
        let parameters = algorithm.parameters.ok_or_else(damaged_error)?;
        let (cipher, key, iv) = match encryption.kind {
            EncryptionKind::Pbes2 => private_key::pbes2_parameters(parameters, &self.password.text)
                .ok_or_else(|| {
                    let message = "the PKCS#12 file is encrypted in a way that is not supported";
                    Error::Key(message.into())
                })?,
            EncryptionKind::Pkcs12TripleDes { is_two_key } => {
                let fields = children(parameters).ok_or_else(damaged_error)?;
                let salt = fields
                    .first()
                    .and_then(|salt| octet_string(*salt))
                    .ok_or_else(damaged_error)?;
                let password = self.password.wide.expose();
                let sha1 = (MessageDigest::sha1(), 64);
                let mut key = derive_key(
                    sha1,
                    password,
                    salt,
                    1,
                    encryption.rounds,
                    if is_two_key { 16 } else { 24 },
                )?;
                if is_two_key {
                    key.extend_from_within(..8);
                }
                let iv = derive_key(sha1, password, salt, 2, encryption.rounds, 8)?;
                (Cipher::des_ede3_cbc(), key, iv.to_vec())
            }
        };
        let plain = symm::decrypt(cipher, &key, Some(&iv), ciphertext.value());
        plain.map(SecretBytes::new).map_err(|_| self.wrong_passphrase())
    }

    /// Parses the bags of a SafeContents.
    fn read_bags(&mut self, contents: &[u8]) -> Result<()> {
        // If the file has no MAC, this is the first check that fails with a wrong passphrase.
        let bags = AnyRef::from_der(contents)
            .ok()
            .and_then(children)
            .ok_or_else(|| self.wrong_passphrase())?;
        for bag in bags {
            let (kind, value) = content_info(bag).ok_or_else(damaged_error)?;
            let whole = || element_der(value);
            match &*kind {
                KEY_BAG | SHROUDED_KEY_BAG if self.contents.keys.len() == MAX_KEYS => {
                    return Err(Error::Key(format!(
                        "the PKCS#12 file has more than {MAX_KEYS} private keys"
                    )));
                }
                KEY_BAG => {
                    let key = super::der_keys::from_der(whole().expose(), &self.key_decryption())?;
                    self.contents.keys.push(key);
                }
                SHROUDED_KEY_BAG => {
                    let encryption = private_key::parse_encryption(value, self.max_rounds);
                    self.charge(encryption.map_err(with_fix)?.work)?;
                    let key = private_key::decrypt_bag(whole().expose(), &self.key_decryption());
                    let key = key.map_err(|error| match error {
                        Error::PassphraseWrong => self.wrong_passphrase(),
                        error => error,
                    })?;
                    self.contents.keys.push(key);
                }
                CERTIFICATE_BAG if self.contents.certificates.len() < MAX_CERTIFICATES => {
                    let certificate =
                        content_info(value).filter(|(kind, _)| kind == X509_CERTIFICATE);
                    let der = certificate.and_then(|(_, value)| octet_string(value));
                    self.contents.certificates.extend(der.and_then(|der| X509::from_der(der).ok()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn key_decryption(&self) -> KeyDecryption<'_> {
        KeyDecryption {
            passphrase: Some(&self.password.text),
            max_rounds: self.max_rounds,
        }
    }
}

/// Returns the element with its header.
fn element_der(value: AnyRef) -> SecretBytes {
    value.to_der().map(SecretBytes::new).unwrap_or_else(|_| SecretBytes::new(Vec::new()))
}

impl Contents {
    fn into_keys(self) -> Result<(Vec<Key>, Vec<String>)> {
        let Contents {
            mut keys,
            certificates,
            skipped,
        } = self;
        let print = |key: &Key| key.thumbprint(ThumbprintHash::Sha256).ok();
        let subjects: Vec<Option<Key>> =
            certificates.iter().map(|own| Key::from_certificate(own).ok()).collect();
        for key in &mut keys {
            let own = print(key);
            let leaf = subjects.iter().position(|subject| subject.as_ref().and_then(print) == own);
            if let Some(leaf) = leaf {
                key.other.insert("x5c".into(), build_chain(&certificates, leaf)?);
            }
        }
        if keys.is_empty() {
            let is_issuer = |at: usize| {
                (0..certificates.len()).any(|other| {
                    other != at && pem::is_issuer_of(&certificates[at], &certificates[other])
                })
            };
            let leaves: Vec<bool> = (0..certificates.len()).map(is_issuer).collect();
            keys = subjects
                .into_iter()
                .zip(leaves)
                .filter(|(_, is_issuer)| !is_issuer)
                .filter_map(|(key, _)| key)
                .collect();
        }
        if keys.is_empty() {
            Err(Error::Key(
                "the PKCS#12 file contains no key that can be read".into(),
            ))
        } else {
            Ok((keys, skipped))
        }
    }
}

/// Returns the chain of a certificate as an `x5c`.
fn build_chain(certificates: &[X509], leaf: usize) -> Result<Value> {
    let mut order = vec![leaf];
    while let Some(issuer) = (0..certificates.len()).find(|at| {
        !order.contains(at)
            && order
                .last()
                .is_some_and(|last| pem::is_issuer_of(&certificates[*at], &certificates[*last]))
    }) {
        order.push(issuer);
    }
    let ders = order
        .into_iter()
        .map(|at| certificates[at].to_der().map(|der| Value::from(STANDARD.encode_to_string(der))));
    ders.collect::<std::result::Result<Value, _>>().map_err(|_| Error::Backend("certificate"))
}

/// Derives a key (1), an initialization vector (2) or a MAC key (3) from a passphrase (RFC 7292 appendix B.2).
fn derive_key(
    (hash, block): (MessageDigest, usize),
    password: &[u8],
    salt: &[u8],
    id: u8,
    rounds: u64,
    len: usize,
) -> Result<Zeroizing<Vec<u8>>> {
    let engine = |_| Error::Backend("key derivation");
    let mut hasher = Hasher::new(hash).map_err(engine)?;
    let blocks = |bytes: &[u8]| bytes.len().div_ceil(block) * block;
    let mut input = Zeroizing::new(Vec::with_capacity(blocks(salt) + blocks(password)));
    for bytes in [salt, password] {
        input.extend(bytes.iter().copied().cycle().take(blocks(bytes)));
    }
    let mut derived = Zeroizing::new(Vec::with_capacity(len + hash.size()));
    while derived.len() < len {
        hasher.update(&vec![id; block]).map_err(engine)?;
        hasher.update(&input).map_err(engine)?;
        let mut digest = hasher.finish().map_err(engine)?;
        for _ in 1..rounds {
            hasher.update(&digest).map_err(engine)?;
            digest = hasher.finish().map_err(engine)?;
        }
        derived.extend_from_slice(&digest);
        // The repeated digest and one are added to each block of the input, as numbers.
        for part in input.chunks_exact_mut(block) {
            let mut carry = 1;
            for (at, byte) in part.iter_mut().enumerate().rev() {
                let sum = u16::from(*byte) + u16::from(digest[at % digest.len()]) + carry;
                *byte = sum as u8;
                carry = sum >> 8;
            }
        }
    }
    derived.truncate(len);
    Ok(derived)
}
