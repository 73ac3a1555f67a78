//! Key files: parses every supported format, and encrypts keys with a passphrase (RFC 7517 §7).

mod der_keys;
mod format;
mod json_documents;
pub(crate) mod pem;
mod pkcs12;
mod pkcs8;
mod sec1;
pub(crate) mod ssh;

use memchr::memmem;

use crate::crypto::alg::{ContentEncryption, KEY_MANAGEMENT, KeyManagement};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{Object, parse_object};
use crate::crypto::jwe::{self, Encryption, Recipient};
use crate::crypto::key::der::{self, outer_length};
use crate::crypto::key::{Key, transport};
use crate::crypto::keyset::KeySet;
use crate::crypto::policy::{DecryptPolicy, KeyDecryption, KeyEncryption, MIN_ENCRYPTION_ROUNDS};
use crate::crypto::secret::SecretBytes;
use crate::crypto::token::UnverifiedToken;
pub(crate) use der_keys::{from_der, from_der_file, public_pem};
use format::Format;
pub use json_documents::parse_json;

/// The largest key file, in bytes.
pub const MAX_KEY_FILE: usize = 1024 * 1024;

/// The largest JWK Set file, in bytes.
pub const MAX_KEY_SET: usize = 16 * 1024 * 1024;

/// The largest number of encodings around a key file.
const MAX_WRAPPINGS: usize = 4;

/// Parses a key file: a JWK, a JWK Set, either of them encrypted (a JWE), PEM, DER, PKCS#12 or an OpenSSH key. The format is
/// detected by its content. If the file cannot be parsed, the encodings of its transport are removed first (escaped line
/// breaks, quotes, base64).
///
/// # Errors
/// [`Error::Key`] or [`Error::KeyFormat`] if the format is not recognized or the key is not acceptable;
/// [`Error::PassphraseNeeded`] if the file is encrypted and there is no passphrase; [`Error::PassphraseWrong`] if the
/// passphrase does not decrypt the file.
pub fn parse(bytes: &[u8], decryption: &KeyDecryption) -> Result<KeySet> {
    let set = parse_wrapped(bytes, decryption)?;
    if bytes.len() > MAX_KEY_FILE && !set.is_jwks() {
        return Err(Error::Key(format!(
            "the key file is longer than the limit of {MAX_KEY_FILE} bytes"
        )));
    }
    Ok(set)
}

fn parse_wrapped(bytes: &[u8], decryption: &KeyDecryption) -> Result<KeySet> {
    let mut error = match parse_plain(bytes, decryption) {
        Err(error @ (Error::Key(_) | Error::KeyFormat { .. })) => error,
        result => return result,
    };
    let mut is_recognized = is_recognized_format(bytes);
    for plain in unwrappings(bytes) {
        if matches!(error, Error::KeyFormat { .. }) && is_recognized {
            return Err(error);
        }
        match parse_plain(plain.text.expose(), decryption) {
            Ok(mut set) => {
                set.add_note(plain.note());
                return Ok(set);
            }
            Err(inner @ (Error::Key(_) | Error::KeyFormat { .. })) => {
                // The error for the innermost recognized format is the most specific one.
                if is_recognized_format(plain.text.expose()) {
                    (error, is_recognized) = (inner, true);
                }
            }
            Err(error) => return Err(error),
        }
    }
    if !is_recognized && transport::is_encoded(bytes) {
        return Err(Error::KeyFormat {
            format: "base64 of something that is not a key".into(),
            fix: "pass a raw shared secret with --secret FILE".into(),
        });
    }
    Err(error)
}

/// The text of a key file without the encodings of its transport.
pub struct Unwrapped {
    /// The text.
    pub text: SecretBytes,
    wrappings: Vec<&'static str>,
}

impl Unwrapped {
    /// Returns a note about the removed encodings.
    pub fn note(&self) -> String {
        format!(
            "removed the wrapping of the key: {}",
            self.wrappings.join(", ")
        )
    }
}

/// Removes the encodings one by one.
fn unwrappings(bytes: &[u8]) -> impl Iterator<Item = Unwrapped> {
    let mut wrappings = Vec::new();
    let mut next = transport::remove_wrapping(bytes);
    std::iter::from_fn(move || {
        let (text, wrapping) = next.take()?;
        wrappings.push(wrapping);
        if wrappings.len() < MAX_WRAPPINGS {
            next = transport::remove_wrapping(text.expose());
        }
        Some(Unwrapped {
            text,
            wrappings: wrappings.clone(),
        })
    })
}

/// Removes the encodings around a key file until its format is recognized; `None` if it is not.
pub fn remove_wrapping(bytes: &[u8]) -> Option<Unwrapped> {
    let is_key = |plain: &Unwrapped| {
        let text = plain.text.expose();
        match format::detect_format(text) {
            Format::Json | Format::Der | Format::SshPublic | Format::Token => true,
            Format::Pem => {
                pem::read(text, KeyDecryption::LOCKED).is_ok()
                    || transport::remove_wrapping(text).is_none()
            }
            Format::Empty | Format::NotRead(_) | Format::Unknown => false,
        }
    };
    unwrappings(bytes).find(is_key)
}

fn is_recognized_format(bytes: &[u8]) -> bool {
    !matches!(format::detect_format(bytes), Format::Unknown)
}

/// Parses a key file without removing encodings.
fn parse_plain(bytes: &[u8], decryption: &KeyDecryption) -> Result<KeySet> {
    let text = bytes.trim_ascii();
    match format::detect_format(bytes) {
        Format::Token => parse_json(decrypt_key_file(text, decryption)?.expose()),
        Format::Json if is_sealed(text) => parse_json(decrypt_key_file(text, decryption)?.expose()),
        Format::Json => parse_json(text),
        Format::Pem => {
            let found = pem::read(text, decryption)?;
            KeySet::from_keys(found.keys, found.skipped)
        }
        Format::Der => der_keys::from_der_file(without_line_break(bytes), decryption)
            .and_then(|(keys, skipped)| KeySet::from_keys(keys, skipped)),
        Format::SshPublic => {
            ssh::read_lines(text).and_then(|(keys, skipped)| KeySet::from_keys(keys, skipped))
        }
        Format::NotRead(error) => Err(error),
        Format::Empty => Err(Error::Key("the key is empty".into())),
        Format::Unknown => Err(Error::Key(
            "not a key: neither JWK, JWK Set, PEM, DER nor OpenSSH".into(),
        )),
    }
}

/// Returns a DER file without the white space that editors and shells append to it.
fn without_line_break(der: &[u8]) -> &[u8] {
    let parts = outer_length(der).and_then(|len| der.split_at_checked(len));
    match parts {
        Some((structure, rest)) if rest.trim_ascii().is_empty() => structure,
        _ => der,
    }
}

/// Whether a key file is PKCS#12.
pub fn is_pkcs12(bytes: &[u8]) -> bool {
    der::is_pkcs12(bytes)
}

/// Whether the bytes look like an encrypted JWK or JWK Set.
pub fn is_sealed(bytes: &[u8]) -> bool {
    match bytes.trim_ascii_start() {
        // Parsing is skipped if the text does not contain the name of the member.
        text @ [b'{', ..] => {
            memmem::find(text, b"\"ciphertext\"").is_some()
                && parse_object(text).is_ok_and(|object| {
                    object.contains_key("ciphertext")
                        && !object.contains_key("kty")
                        && !object.contains_key("keys")
                })
        }
        text => matches!(format::detect_format(text), Format::Token),
    }
}

/// Decrypts a JWK or a JWK Set, for example one that [`encrypt_key_file`] encrypted, and returns its text.
///
/// # Errors
/// As [`parse`].
pub fn decrypt_key_file(bytes: &[u8], decryption: &KeyDecryption) -> Result<SecretBytes> {
    let token = match UnverifiedToken::parse(bytes.trim_ascii(), MAX_KEY_SET) {
        Ok(token @ UnverifiedToken::Jwe(_)) => token,
        Ok(UnverifiedToken::Jws(_)) => {
            return Err(Error::Key(
                "the key file is a signed token, not a key".into(),
            ));
        }
        Err(error) => return Err(Error::Key(error.to_string())),
    };
    let passphrase = decryption.passphrase.ok_or(Error::PassphraseNeeded)?;
    let passphrase = Key::from_passphrase(passphrase.expose().to_vec().into())?;
    let policy = DecryptPolicy {
        algorithms: KEY_MANAGEMENT.iter().filter(|row| row.is_password()).collect(),
        max_p2c: decryption.max_rounds,
        ..DecryptPolicy::new(0)
    };
    let plain = token.decrypt(&KeySet::new(vec![passphrase])?, &policy);
    let plain = plain.map_err(|error| match error {
        Error::DecryptionFailed => Error::PassphraseWrong,
        Error::Malformed(why) | Error::NotAllowed(why) => Error::Key(why),
        Error::TooManyRounds { asked, allowed, .. } => Error::TooManyRounds {
            asked,
            allowed,
            in_key_file: true,
        },
        error => error,
    })?;
    Ok(plain.content().to_vec().into())
}

/// Encrypts the text of a JWK (`cty` jwk+json) or a JWK Set (jwk-set+json) with a passphrase.
///
/// # Errors
/// [`Error::Key`] for an empty passphrase; [`Error::Backend`].
pub fn encrypt_key_file(
    text: &SecretBytes,
    cty: &str,
    encryption: &KeyEncryption,
) -> Result<String> {
    let row = || Error::Backend("algorithm table");
    let how = Encryption {
        enc: Some(ContentEncryption::from_name("A256GCM").ok_or_else(row)?),
        rounds: encryption.rounds.max(MIN_ENCRYPTION_ROUNDS).into(),
        ..Encryption::default()
    };
    let passphrase = encryption.passphrase.expose().to_vec().into();
    let mut header = Object::new();
    header.insert("cty".into(), cty.into());
    let recipient = Recipient {
        key: &Key::from_passphrase(passphrase)?,
        algorithm: KeyManagement::from_name("PBES2-HS512+A256KW").ok_or_else(row)?,
        header: Object::new(),
    };
    jwe::encrypt(&[recipient], &how, &header, text.expose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::alg::{Curve, KeyType};
    use crate::crypto::backend::generate_key;

    fn decrypt_key_set(file: &[u8], passphrase: &[u8], max_rounds: u64) -> Result<KeySet> {
        let passphrase = SecretBytes::new(passphrase.to_vec());
        let passphrase = (!passphrase.is_empty()).then_some(&passphrase);
        parse(
            file,
            &KeyDecryption {
                passphrase,
                max_rounds,
            },
        )
    }

    #[test]
    fn encrypted_key_is_decrypted_only_with_its_passphrase() {
        let key = generate_key(KeyType::Curve(Curve::P256)).unwrap();
        // Spaces, UTF-8 and a NUL byte are part of the passphrase.
        let passphrase = "two wörds\0 more".as_bytes();
        let secret = || KeyEncryption {
            passphrase: SecretBytes::new(passphrase.to_vec()),
            rounds: 0,
        };
        let files = [
            encrypt_key_file(&key.to_jwk().unwrap(), "jwk+json", &secret()).unwrap().into_bytes(),
            key.to_encrypted_pkcs8_pem(&secret()).unwrap().expose().to_vec(),
            key.to_encrypted_pkcs8_der(&secret()).unwrap().expose().to_vec(),
        ];
        for file in files {
            let opened = decrypt_key_set(&file, passphrase, 1_200_000).unwrap();
            let again = opened.keys()[0].to_jwk().unwrap();
            assert_eq!(again.expose(), key.to_jwk().unwrap().expose());
            assert_eq!(
                decrypt_key_set(&file, b"", 1_200_000).unwrap_err(),
                Error::PassphraseNeeded
            );
            for wrong in [&b"two"[..], "two wörds".as_bytes(), &[b'x'; 5000]] {
                let error = decrypt_key_set(&file, wrong, 1_200_000).unwrap_err();
                assert_eq!(error, Error::PassphraseWrong);
            }
        }
    }

    #[test]
    fn key_file_over_the_iteration_limit_is_rejected_before_derivation() {
        let key = generate_key(KeyType::Curve(Curve::P256)).unwrap();
        let secret = || KeyEncryption {
            passphrase: SecretBytes::new(b"x".to_vec()),
            rounds: MIN_ENCRYPTION_ROUNDS,
        };
        for file in [
            encrypt_key_file(&key.to_jwk().unwrap(), "jwk+json", &secret()).unwrap().into_bytes(),
            key.to_encrypted_pkcs8_der(&secret()).unwrap().expose().to_vec(),
        ] {
            let error = decrypt_key_set(&file, b"x", 599_999).unwrap_err();
            assert!(matches!(error, Error::TooManyRounds { asked: 600_000, .. }));
        }
    }
}
