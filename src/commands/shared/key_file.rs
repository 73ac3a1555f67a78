//! The content of key files in each format, and the report about it.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::claim_values::text_or_base64url;
use crate::cli::key_format::KeyFormat;
use crate::crypto::key::encode_hex;
use crate::crypto::keyset::public_jwks;
use crate::crypto::{Key, KeyEncryption, KeySet, PublicKey, SecretBytes, base64url};
use crate::keyfile;
use crate::keyfile::public_pem;
use crate::output::console::json_text;
use crate::output::exit::CliError;

/// The report of `keygen` and `convert` about the key file that they wrote.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyFileReport {
    /// The algorithm that the new keys are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'static str>,
    /// The key IDs of the keys, in order.
    kids: Vec<Option<String>>,
    /// The key file, if it did not go to a file and is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The key file, if it did not go to a file and is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_base64url: Option<String>,
}

impl KeyFileReport {
    /// Returns the report. `printed` is the key file, if it is part of the report.
    pub fn new(
        alg: Option<&'static str>,
        kids: Vec<Option<String>>,
        printed: Option<&[u8]>,
    ) -> KeyFileReport {
        let (key, key_base64url) = printed.map(text_or_base64url).unwrap_or_default();
        KeyFileReport {
            alg,
            kids,
            key: key.map(str::to_owned),
            key_base64url,
        }
    }
}

impl KeyFormat {
    /// Returns the key file with the private keys, encrypted if `encryption` is given.
    ///
    /// # Errors
    /// If the format supports only one key and there are several, or does not support this kind of key.
    pub fn encode_key_set(
        self,
        keys: &KeySet,
        encryption: Option<&KeyEncryption>,
    ) -> Result<SecretBytes> {
        if let Some(encryption) = encryption {
            return self.encode_encrypted(keys, encryption);
        }
        match (self, keys.keys()) {
            (KeyFormat::Jwks, _) => Ok(with_newline(keys.to_jwks()?)),
            (KeyFormat::Jwk, [key]) => Ok(with_newline(key.to_jwk()?)),
            (KeyFormat::Pem | KeyFormat::Der | KeyFormat::Ssh, [key]) if !key.is_private() => {
                Ok(self.encode_public_keys(&[key.to_public()?])?.into())
            }
            (KeyFormat::Pem, [key]) => Ok(key.to_pkcs8_pem()?),
            (KeyFormat::Der, [key]) => Ok(key.to_pkcs8_der()?),
            (KeyFormat::Ssh, [_]) => Err(public_only()),
            (KeyFormat::Raw | KeyFormat::Hex | KeyFormat::Base64 | KeyFormat::Base64url, [key]) => {
                self.encode_private_key(key)
            }
            (_, keys) => Err(one_only(keys.len())),
        }
    }

    /// Returns the bytes of a shared secret, or a line of text that encodes them.
    fn encode_private_key(self, key: &Key) -> Result<SecretBytes> {
        let secret = key.secret().ok_or_else(secrets_only)?;
        let bytes = secret.expose();
        let text = match self {
            KeyFormat::Hex => encode_hex(bytes),
            KeyFormat::Base64 => base64_simd::STANDARD.encode_to_string(bytes),
            KeyFormat::Base64url => base64url::encode(bytes),
            _ => return Ok(bytes.to_vec().into()),
        };
        let text = Zeroizing::new(text);
        Ok([text.as_bytes(), b"\n"].concat().into())
    }

    fn encode_encrypted(self, keys: &KeySet, encryption: &KeyEncryption) -> Result<SecretBytes> {
        let jwe = |text: SecretBytes, cty| {
            let token = keyfile::encrypt_key_file(&text, cty, encryption)?;
            Ok(format!("{token}\n").into_bytes().into())
        };
        match (self, keys.keys()) {
            (KeyFormat::Jwks, _) => jwe(keys.to_jwks()?, "jwk-set+json"),
            (KeyFormat::Jwk, [key]) => jwe(key.to_jwk()?, "jwk+json"),
            (KeyFormat::Pem, [key]) => Ok(key.to_encrypted_pkcs8_pem(encryption)?),
            (KeyFormat::Der, [key]) => Ok(key.to_encrypted_pkcs8_der(encryption)?),
            (KeyFormat::Ssh, [_]) => Err(public_only()),
            (KeyFormat::Raw | KeyFormat::Hex | KeyFormat::Base64 | KeyFormat::Base64url, [_]) => {
                Err(
                    CliError::usage("an encrypted shared secret can only be written as a JWK")
                        .with_hint("--to jwk")
                        .into(),
                )
            }
            (_, keys) => Err(one_only(keys.len())),
        }
    }

    /// Returns the key file with the public keys.
    ///
    /// # Errors
    /// If the format supports only one key and there are several, or does not support public keys.
    pub fn encode_public_keys(self, keys: &[PublicKey]) -> Result<Vec<u8>> {
        match (self, keys) {
            (KeyFormat::Jwks, keys) => Ok(json_line(Value::Object(public_jwks(keys)?))),
            (KeyFormat::Jwk, [key]) => Ok(json_line(Value::Object(key.to_jwk()?))),
            (KeyFormat::Pem, [_, ..]) => Ok(public_pem(keys)?),
            (KeyFormat::Der, [key]) => Ok(key.to_spki_der()?),
            (KeyFormat::Ssh, [key]) => Ok(format!("{}\n", key.to_ssh()?).into_bytes()),
            (KeyFormat::Raw | KeyFormat::Hex | KeyFormat::Base64 | KeyFormat::Base64url, [_]) => {
                Err(secrets_only())
            }
            (_, keys) => Err(one_only(keys.len())),
        }
    }
}

/// Returns the public keys of these keys.
///
/// # Errors
/// If one of the keys is a shared secret, which has no public key.
pub fn public_halves(keys: &[Key]) -> Result<Vec<PublicKey>> {
    Ok(keys.iter().map(Key::to_public).collect::<crate::crypto::Result<_>>()?)
}

/// Returns JSON as a line of text. Unprintable characters are escaped.
fn with_newline(json: SecretBytes) -> SecretBytes {
    let text = String::from_utf8_lossy(json.expose());
    [json_text(&text).as_bytes(), b"\n"].concat().into()
}

fn json_line(value: Value) -> Vec<u8> {
    format!("{}\n", json_text(&value.to_string())).into_bytes()
}

fn secrets_only() -> anyhow::Error {
    CliError::usage("raw, hex, base64 and base64url support only shared secrets")
        .with_hint("use --to jwk, pem or der")
        .into()
}

fn public_only() -> anyhow::Error {
    CliError::usage("private keys cannot be written in the OpenSSH format")
        .with_hint("write the public key with jotsmith convert --public --to ssh")
        .into()
}

fn one_only(count: usize) -> anyhow::Error {
    CliError::usage(format!("{count} keys can only be written as a JWK Set"))
        .with_hint("use --to jwks, or choose one with --kid ID")
        .into()
}
