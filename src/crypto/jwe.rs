//! Encryption (RFC 7516 §5.1). Decryption is in `decrypt_jwe`.

mod content;
mod decrypt_jwe;
mod deflate;
mod ephemeral;
mod validate;

use serde_json::{Value, json};

use super::alg::{ContentEncryption, Hpke, KeyManagement};
use super::backend::{self, hpke};
use super::base64url;
use super::error::{Error, Result};
use super::json::Object;
use super::key::Key;
use super::policy::MIN_P2C;
use super::random::random_bytes;
use super::secret::SecretBytes;
use super::token::Serialization;

pub use ephemeral::{ShortCoordinate, pad_coordinates};

/// A recipient of an encrypted token.
#[derive(Debug)]
pub struct Recipient<'a> {
    /// The key.
    pub key: &'a Key,
    /// The key management algorithm.
    pub algorithm: &'static KeyManagement,
    /// The header parameters of this recipient, without those that the algorithm adds.
    pub header: Object,
}

/// The options of an encryption.
#[derive(Debug, Default)]
pub struct Encryption {
    /// The content encryption algorithm; `None` if HPKE encrypts the content itself.
    pub enc: Option<&'static ContentEncryption>,
    /// The number of PBKDF2 rounds for a passphrase; at least [`MIN_P2C`].
    pub rounds: u64,
    /// Whether to compress the content (`zip: DEF`). The length of the token then reveals information about the content.
    pub zip: bool,
    /// The serialization; compact and flattened have one recipient.
    pub format: Serialization,
    /// Additional data that is authenticated but not encrypted, for the JSON serializations.
    pub aad: Option<Vec<u8>>,
    /// The parameters of the unprotected header that all recipients share, for the JSON serializations.
    pub unprotected: Object,
    /// The `info` of HPKE, which binds the token to an application (RFC 9180 section 5.1).
    pub info: Option<Vec<u8>>,
}

/// The header parameters that only the algorithms set.
const OURS: [&str; 12] = [
    "alg", "enc", "zip", "crit", "b64", "epk", "iv", "tag", "p2s", "p2c", "ek", "psk_id",
];

/// Encrypts a token. `header` contains the protected parameters that all recipients share, without those that the algorithms
/// add.
///
/// # Errors
/// [`Error::UnsuitableKey`] if an algorithm does not fit its key, a header contains a parameter that is set automatically, or
/// the number of recipients does not fit the algorithms or the serialization.
pub fn encrypt(
    recipients: &[Recipient],
    how: &Encryption,
    header: &Object,
    plaintext: &[u8],
) -> Result<String> {
    check_recipients(recipients, how, header)?;
    if let [only] = recipients
        && let Some(suite) = only.algorithm.integrated_hpke()
    {
        return encrypt_integrated(only, suite, how, header, plaintext);
    }
    let enc = how.enc.ok_or(Error::Backend("content encryption"))?;
    // The key derivation uses `apu` and `apv` from any part of the header.
    let whole = |one: &Recipient| -> Object {
        let parts = [header, &how.unprotected, &one.header].into_iter().flatten();
        parts.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let (cek, mut parties) = match recipients {
        [only] if only.algorithm.is_direct() => {
            let (cek, made) = backend::agree_key(only.key, only.algorithm, enc, &whole(only))?;
            (cek, vec![(made, Vec::new())])
        }
        several => {
            let cek = random_bytes(enc.key_len)?;
            let rounds = how.rounds.max(MIN_P2C);
            let info = hpke_info(enc, how.info.as_deref());
            let parties = several.iter().map(|one| {
                backend::wrap_key(one.key, one.algorithm, &cek, &whole(one), rounds, &info)
                    .map(|(encrypted_key, made)| (made, encrypted_key))
            });
            let parties = parties.collect::<Result<Vec<_>>>()?;
            (cek, parties)
        }
    };
    for ((made, _), one) in parties.iter_mut().zip(recipients) {
        let mut own = Object::new();
        own.insert("alg".into(), one.algorithm.name.into());
        own.extend(one.header.clone());
        let said = |name: &str| header.contains_key(name) || how.unprotected.contains_key(name);
        own.extend(std::mem::take(made).into_iter().filter(|(name, _)| !said(name)));
        *made = own;
    }
    let mut protected = Object::new();
    protected.insert("enc".into(), enc.name.into());
    if how.zip {
        protected.insert("zip".into(), "DEF".into());
    }
    protected.extend(header.clone());
    if how.format != Serialization::General {
        // With a single recipient, its entire header can be protected.
        let mut whole = std::mem::take(&mut parties[0].0);
        whole.extend(protected);
        protected = whole;
    }
    let deflated = how.zip.then(|| deflate::deflate(plaintext)).transpose()?;
    let plaintext = deflated.as_ref().map_or(plaintext, SecretBytes::expose);
    let iv = random_bytes(enc.iv_len)?;
    let text = Text::new(&protected, how);
    let aad = text.additional_data();
    let (ciphertext, tag) =
        content::encrypt_content(enc, &cek, iv.expose(), aad.as_bytes(), plaintext)?;
    Ok(text.serialize(&parties, iv.expose(), &ciphertext, &tag))
}

/// Encrypts the content itself with HPKE (draft-ietf-jose-hpke-encrypt, Integrated Encryption). There is no content
/// encryption key, no initialization vector and no authentication tag.
fn encrypt_integrated(
    recipient: &Recipient,
    suite: &Hpke,
    how: &Encryption,
    header: &Object,
    plaintext: &[u8],
) -> Result<String> {
    // The entire header is protected in every serialization, because it is the associated data.
    let mut protected = Object::new();
    protected.insert("alg".into(), recipient.algorithm.name.into());
    if how.zip {
        protected.insert("zip".into(), "DEF".into());
    }
    protected.extend(recipient.header.clone());
    protected.extend(header.clone());
    let deflated = how.zip.then(|| deflate::deflate(plaintext)).transpose()?;
    let plaintext = deflated.as_ref().map_or(plaintext, SecretBytes::expose);
    let text = Text::new(&protected, how);
    let (info, aad) = (
        how.info.as_deref().unwrap_or_default(),
        text.additional_data(),
    );
    let sealed = hpke::seal(recipient.key, suite, info, aad.as_bytes(), plaintext)?;
    let parties = [(Object::new(), sealed.encapsulated)];
    Ok(text.serialize(&parties, b"", &sealed.ciphertext, b""))
}

/// Returns the `info` with which HPKE encrypts a content encryption key (draft-ietf-jose-hpke-encrypt, Recipient_structure).
fn hpke_info(enc: &ContentEncryption, extra: Option<&[u8]>) -> Vec<u8> {
    let parts = [
        b"JOSE-HPKE rcpt",
        enc.name.as_bytes(),
        extra.unwrap_or_default(),
    ];
    parts.join(&0xff)
}

/// The encoded parts of a token that do not depend on the serialization.
struct Text<'a> {
    how: &'a Encryption,
    protected: String,
    aad: Option<String>,
}

impl Text<'_> {
    fn new<'a>(protected: &Object, how: &'a Encryption) -> Text<'a> {
        Text {
            how,
            protected: base64url::encode(Value::from(protected.clone()).to_string()),
            aad: how.aad.as_ref().map(base64url::encode),
        }
    }

    fn additional_data(&self) -> String {
        additional_data(&self.protected, self.aad.as_deref())
    }

    /// Serializes the token. Each recipient consists of an unprotected header and an encrypted key. JSON omits empty members
    /// (RFC 7516 section 7.2.1).
    fn serialize(
        self,
        recipients: &[(Object, Vec<u8>)],
        iv: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
    ) -> String {
        let [iv, ciphertext, tag] = [iv, ciphertext, tag].map(base64url::encode);
        if self.how.format == Serialization::Compact {
            let encrypted_key = base64url::encode(&recipients[0].1);
            return [self.protected, encrypted_key, iv, ciphertext, tag].join(".");
        }
        let members = recipients.iter().map(|(header, encrypted_key)| {
            let mut member = Object::new();
            if !header.is_empty() {
                member.insert("header".into(), header.clone().into());
            }
            if !encrypted_key.is_empty() {
                let encrypted_key = base64url::encode(encrypted_key);
                member.insert("encrypted_key".into(), encrypted_key.into());
            }
            member
        });
        let members: Vec<Object> = members.collect();
        let mut token = Object::new();
        token.insert("protected".into(), self.protected.into());
        if !self.how.unprotected.is_empty() {
            token.insert("unprotected".into(), self.how.unprotected.clone().into());
        }
        match self.how.format {
            Serialization::General => {
                token.insert("recipients".into(), json!(members));
            }
            _ => token.extend(members.into_iter().flatten()),
        }
        let is_integrated = self.how.enc.is_none();
        for (name, value) in [
            ("aad", self.aad),
            ("iv", (!is_integrated).then_some(iv)),
            ("ciphertext", Some(ciphertext)),
            ("tag", (!is_integrated).then_some(tag)),
        ] {
            if let Some(value) = value {
                token.insert(name.into(), value.into());
            }
        }
        Value::Object(token).to_string()
    }
}

fn check_recipients(recipients: &[Recipient], how: &Encryption, header: &Object) -> Result<()> {
    let refuse = |why: String| Err(Error::UnsuitableKey(why));
    if recipients.is_empty() || (recipients.len() > 1 && how.format != Serialization::General) {
        return refuse(format!(
            "the {} serialization has one recipient, not {}",
            how.format.name(),
            recipients.len()
        ));
    }
    if how.format == Serialization::Compact && how.aad.is_some() {
        return refuse("the compact serialization has no additional authenticated data".into());
    }
    if how.format == Serialization::Compact && !how.unprotected.is_empty() {
        return refuse("the compact serialization has no unprotected header".into());
    }
    if how.info.is_some() && !recipients.iter().any(|one| one.algorithm.has_info()) {
        return refuse(format!(
            "{} does not support info; HPKE does",
            recipients[0].algorithm.name
        ));
    }
    for one in recipients {
        let algorithm = one.algorithm;
        one.key.key_management_algorithm(Some(algorithm))?;
        if algorithm.is_deprecated() {
            return refuse(format!("{} is for decryption only", algorithm.name));
        }
        if algorithm.has_one_recipient() && recipients.len() > 1 {
            return refuse(format!("{} supports only one recipient", algorithm.name));
        }
        match (how.enc, algorithm.integrated_hpke()) {
            (Some(enc), None) if !one.key.fits_content(algorithm, enc) => {
                return refuse(format!(
                    "{} with {} needs a key of {} bits",
                    algorithm.name,
                    enc.name,
                    enc.key_len * 8
                ));
            }
            (Some(enc), Some(_)) => {
                return refuse(format!(
                    "{} encrypts the content itself, without {}",
                    algorithm.name, enc.name
                ));
            }
            (None, None) => {
                return refuse(format!(
                    "{} needs a content encryption algorithm",
                    algorithm.name
                ));
            }
            _ => {}
        }
        // RFC 7516 §7.2.1: a name must not occur in more than one of the three parts of a header.
        let parts = [header, &how.unprotected, &one.header];
        let names = parts.iter().flat_map(|part| part.keys());
        let count = |name: &str| parts.iter().filter(|part| part.contains_key(name)).count();
        if let Some(name) = names.clone().find(|name| count(name) > 1) {
            return refuse(format!("the header parameter {name} is given twice"));
        }
        let party = |name: &&&str| {
            let value = parts.iter().find_map(|part| part.get(**name));
            let octets = |value: &Value| value.as_str().and_then(base64url::decode);
            algorithm.is_agreement() && value.is_some_and(|value| octets(value).is_none())
        };
        if let Some(name) = ["apu", "apv"].iter().find(party) {
            return refuse(format!("the header parameter {name} is not base64url"));
        }
        if let Some(name) = OURS.iter().find(|name| count(name) > 0) {
            return refuse(format!(
                "the header parameter {name} is set automatically and cannot be given"
            ));
        }
    }
    Ok(())
}

/// Returns the additional authenticated data (RFC 7516 §5.1 step 14).
fn additional_data(protected: &str, aad: Option<&str>) -> String {
    match aad {
        None => protected.to_owned(),
        Some(aad) => format!("{protected}.{aad}"),
    }
}
