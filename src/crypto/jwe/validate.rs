//! Checks the header of a JWE before any key is used: the policy must allow its algorithms, and the lengths and parameters
//! must be those that the algorithms require.

use serde_json::Value;

use crate::crypto::alg::{Aead, ContentEncryption, KeyManagement, KeyManagementScheme};
use crate::crypto::base64url;
use crate::crypto::error::{Error, Quoted, Result};
use crate::crypto::policy::{DecryptPolicy, MIN_P2C, not_listed};
use crate::crypto::token::UnverifiedJwe;
use crate::crypto::token::header::Header;

pub(super) fn allowed_algorithm(
    header: &Header,
    policy: &DecryptPolicy,
) -> Result<&'static KeyManagement> {
    let name = header.alg()?;
    let Some(algorithm) = KeyManagement::from_name(name) else {
        return Err(Error::NotAllowed(format!(
            "the key management algorithm {} is not known",
            Quoted(name)
        )));
    };
    if algorithm.is_deprecated() && !policy.algorithms.contains(&algorithm) {
        return Err(Error::DeprecatedAlgorithm(algorithm.name));
    }
    if !policy.algorithms.is_empty() && !policy.algorithms.contains(&algorithm) {
        return Err(not_listed(
            name,
            policy.algorithms.iter().map(|row| row.name),
        ));
    }
    if policy.info.is_some() && !algorithm.has_info() {
        return Err(Error::NotAllowed(format!(
            "the token uses {name}, which does not support info; HPKE does"
        )));
    }
    Ok(algorithm)
}

/// Returns the content encryption algorithm; `None` if the key management algorithm encrypts the content itself.
pub(super) fn allowed_encryption(
    header: &Header,
    algorithm: &KeyManagement,
    policy: &DecryptPolicy,
) -> Result<Option<&'static ContentEncryption>> {
    if algorithm.integrated_hpke().is_some() {
        if header.member("enc").is_some() {
            return Err(Error::Malformed(format!(
                "the header has enc, which {} does not use",
                algorithm.name
            )));
        }
        return if policy.encryptions.is_empty() {
            Ok(None)
        } else {
            Err(not_listed(
                &format!("{} without enc", algorithm.name),
                policy.encryptions.iter().map(|row| row.name),
            ))
        };
    }
    // If the policy names the algorithm, the header parameter does not need to be protected.
    let name = if policy.encryptions.is_empty() {
        header.protected_text_of("enc")
    } else {
        header.text_of("enc")
    };
    let name = name.ok_or_else(|| Error::Malformed("the protected header has no enc".into()))?;
    let Some(enc) = ContentEncryption::from_name(name) else {
        return Err(Error::NotAllowed(format!(
            "the content encryption algorithm {} is not known",
            Quoted(name)
        )));
    };
    if !policy.encryptions.is_empty() && !policy.encryptions.contains(&enc) {
        return Err(not_listed(
            name,
            policy.encryptions.iter().map(|row| row.name),
        ));
    }
    Ok(Some(enc))
}

/// Returns the limit of the inflated size if the token is compressed.
pub(super) fn allowed_zip(header: &Header, policy: &DecryptPolicy) -> Result<Option<usize>> {
    if header.has_unprotected("zip") {
        return Err(Error::Malformed(
            "the header parameter zip is not protected".into(),
        ));
    }
    match (header.text_of("zip"), policy.max_inflated) {
        (None, _) => Ok(None),
        (Some("DEF"), Some(limit)) => Ok(Some(limit)),
        (Some("DEF"), None) => Err(Error::ZipNotAllowed),
        (Some(name), _) => Err(Error::NotAllowed(format!(
            "the compression {} is not known",
            Quoted(name)
        ))),
    }
}

/// Checks the lengths that the algorithms determine. None of them is secret.
pub(super) fn check_lengths(
    jwe: &UnverifiedJwe,
    algorithm: &KeyManagement,
    enc: Option<&ContentEncryption>,
    encrypted_key: &[u8],
) -> Result<()> {
    let (name, iv, tag, key) = match enc {
        Some(enc) => (enc.name, enc.iv_len, enc.tag_len, enc.key_len),
        None => (algorithm.name, 0, 0, 0),
    };
    for (what, found, wanted) in [
        ("initialization vector", jwe.iv.len(), iv),
        ("authentication tag", jwe.tag.len(), tag),
    ] {
        if found != wanted {
            return Err(Error::Malformed(format!(
                "the {what} has {found} bytes, but {name} requires {wanted}"
            )));
        }
    }
    if enc.is_none() && jwe.ciphertext.len() < Aead::TAG {
        return Err(Error::Malformed(format!(
            "the ciphertext is shorter than the authentication tag of {name}"
        )));
    }
    let wrapped = match algorithm.scheme {
        KeyManagementScheme::Direct | KeyManagementScheme::EcdhEs(None) => Some(0),
        KeyManagementScheme::AesKw(_)
        | KeyManagementScheme::EcdhEs(Some(_))
        | KeyManagementScheme::Pbes2(..) => Some(key + 8),
        KeyManagementScheme::AesGcmKw(_) => Some(key),
        KeyManagementScheme::Hpke(suite) if suite.is_integrated => {
            Some(suite.kem.encapsulated_len())
        }
        KeyManagementScheme::Hpke(_) => Some(key + Aead::TAG),
        KeyManagementScheme::RsaOaep(_) | KeyManagementScheme::RsaPkcs1 => None,
    };
    match (wrapped, encrypted_key.len()) {
        (None, 0) => Err(Error::Malformed(format!(
            "the encrypted key is empty, but {} requires one",
            algorithm.name
        ))),
        (Some(wanted), found) if found != wanted => Err(Error::Malformed(format!(
            "the encrypted key has {found} bytes, but {} with {name} requires {wanted}",
            algorithm.name
        ))),
        _ => Ok(()),
    }
}

/// Checks the header parameters that the key management algorithm requires (RFC 7518 §4.6.1, §4.7.1, §4.8.1).
pub(super) fn check_parameters(
    header: &Header,
    algorithm: &KeyManagement,
    policy: &DecryptPolicy,
) -> Result<()> {
    let octets = |name: &str| header.text_of(name).and_then(base64url::decode);
    let need = |holds: bool, what: &str| {
        if holds {
            Ok(())
        } else {
            Err(Error::Malformed(format!(
                "{} needs the header parameter {what}",
                algorithm.name
            )))
        }
    };
    match algorithm.scheme {
        KeyManagementScheme::AesGcmKw(_) => {
            need(
                octets("iv").is_some_and(|iv| iv.len() == 12),
                "iv of 12 bytes",
            )?;
            need(
                octets("tag").is_some_and(|tag| tag.len() == 16),
                "tag of 16 bytes",
            )
        }
        KeyManagementScheme::EcdhEs(_) => {
            for name in ["apu", "apv"] {
                let present = header.member(name).is_some();
                need(
                    !present || octets(name).is_some(),
                    &format!("{name} in base64url"),
                )?;
            }
            Ok(())
        }
        KeyManagementScheme::Pbes2(..) => {
            let salt = octets("p2s").map_or(0, |salt| salt.len());
            need((8..=1024).contains(&salt), "p2s of 8 to 1024 bytes")?;
            match header.member("p2c").and_then(Value::as_u64) {
                Some(rounds) if rounds > policy.max_p2c => Err(Error::TooManyRounds {
                    asked: rounds,
                    allowed: policy.max_p2c,
                    in_key_file: false,
                }),
                rounds => need(
                    rounds.is_some_and(|rounds| rounds >= MIN_P2C),
                    "p2c of at least 1000",
                ),
            }
        }
        KeyManagementScheme::Hpke(_) if header.member("psk_id").is_some() => {
            Err(Error::NotAllowed(
                "the header parameter psk_id is not supported: HPKE with a pre-shared key".into(),
            ))
        }
        KeyManagementScheme::Hpke(suite) if suite.is_integrated => {
            need(header.member("ek").is_none(), "ek to be absent")
        }
        KeyManagementScheme::Hpke(suite) => {
            let len = suite.kem.encapsulated_len();
            need(
                octets("ek").is_some_and(|ek| ek.len() == len),
                &format!("ek of {len} bytes"),
            )
        }
        KeyManagementScheme::Direct
        | KeyManagementScheme::AesKw(_)
        | KeyManagementScheme::RsaOaep(_)
        | KeyManagementScheme::RsaPkcs1 => Ok(()),
    }
}
