//! Encrypting and decrypting (RFC 7516 §5).

use serde_json::Value;

use super::alg::{ContentEncryption, KeyManagement, KeyScheme};
use super::backend;
use super::base64url;
use super::content;
use super::deflate;
use super::error::{Error, Result};
use super::json::Object;
use super::key::Key;
use super::keyset::KeySet;
use super::policy::{DecryptPolicy, MIN_P2C};
use super::random::random;
use super::secret::SecretBytes;
use super::token::{Header, Plaintext, UnverifiedJwe, UnverifiedToken};

/// How to encrypt.
#[derive(Debug, Clone, Copy)]
pub struct Encryption {
    /// The key management algorithm.
    pub algorithm: &'static KeyManagement,
    /// The content encryption algorithm.
    pub enc: &'static ContentEncryption,
    /// Rounds of PBKDF2, for a passphrase; at least [`MIN_P2C`].
    pub rounds: u64,
    /// Whether to compress first (`zip: DEF`), which tells an observer something about the content by its length.
    pub zip: bool,
}

/// Encrypts to one recipient and gives the compact serialization (RFC 7516 §7.1).
///
/// `header` holds the parameters besides those that the algorithms make themselves.
///
/// # Errors
/// [`Error::Unfit`] when the algorithms do not fit the key or the header has members that only the tool sets.
pub fn encrypt(key: &Key, how: &Encryption, header: &Object, plaintext: &[u8]) -> Result<String> {
    let Encryption { algorithm, enc, .. } = *how;
    key.key_management_algorithm(Some(algorithm))?;
    if !key.fits_content(algorithm, enc) {
        return Err(Error::Unfit(format!(
            "{} with {} needs a key of {} bits",
            algorithm.name,
            enc.name,
            enc.key_len * 8
        )));
    }
    const OURS: [&str; 10] = [
        "alg", "enc", "zip", "crit", "b64", "epk", "iv", "tag", "p2s", "p2c",
    ];
    if let Some(name) = OURS.into_iter().find(|name| header.contains_key(*name)) {
        return Err(Error::Unfit(format!(
            "the header parameter {name} is not yours to set"
        )));
    }
    let mut protected = Object::new();
    protected.insert("alg".into(), algorithm.name.into());
    protected.insert("enc".into(), enc.name.into());
    if how.zip {
        protected.insert("zip".into(), "DEF".into());
    }
    protected.extend(header.clone());
    let (cek, encrypted_key, made) = if algorithm.is_direct() {
        let (cek, made) = backend::agree(key, algorithm, enc, header)?;
        (cek, Vec::new(), made)
    } else {
        let cek = random(enc.key_len)?;
        let rounds = how.rounds.max(MIN_P2C);
        let (encrypted_key, made) = backend::wrap(key, algorithm, &cek, header, rounds)?;
        (cek, encrypted_key, made)
    };
    protected.extend(made);
    let protected = base64url::encode(Value::Object(protected).to_string());
    let deflated = how.zip.then(|| deflate::deflate(plaintext)).transpose()?;
    let plaintext = deflated.as_ref().map_or(plaintext, SecretBytes::expose);
    let iv = random(enc.iv_len)?;
    let (ciphertext, tag) =
        content::encrypt(enc, &cek, iv.expose(), protected.as_bytes(), plaintext)?;
    Ok([
        protected,
        base64url::encode(encrypted_key),
        base64url::encode(iv.expose()),
        base64url::encode(ciphertext),
        base64url::encode(tag),
    ]
    .join("."))
}

impl UnverifiedToken {
    /// Decrypts with the keys and the policy (RFC 7516 §5.2).
    ///
    /// # Errors
    /// [`Error::DecryptionFailed`] for everything that depends on a secret; else every [`Error`] that says something about
    /// a token.
    pub fn decrypt(self, keys: &KeySet, policy: &DecryptPolicy) -> Result<Plaintext> {
        match self {
            UnverifiedToken::Jwe(jwe) => jwe.decrypt(keys, policy),
            UnverifiedToken::Jws(_) => Err(Error::NotAllowed(
                "the token is signed, not encrypted".into(),
            )),
        }
    }
}

impl UnverifiedJwe {
    fn decrypt(mut self, keys: &KeySet, policy: &DecryptPolicy) -> Result<Plaintext> {
        let [recipient] = &*self.recipients else {
            return Err(Error::Malformed("the token has no recipient".into()));
        };
        let header = &self.protected;
        let algorithm = allowed_algorithm(header, policy)?;
        let enc = allowed_encryption(header, policy)?;
        let inflate = allowed_zip(header, policy)?;
        check_lengths(&self, algorithm, enc, &recipient.encrypted_key)?;
        check_parameters(header, algorithm, policy)?;
        let found = keys.for_decrypting(algorithm, enc, header.text_of("kid"), policy)?;
        let opened = found.into_iter().find_map(|key| {
            let cek = agreed_on(header, algorithm, key)
                .then(|| {
                    let object = &header.object;
                    backend::unwrap(key, algorithm, enc, object, &recipient.encrypted_key)
                })
                .flatten()
                .filter(|cek| cek.len() == enc.key_len);
            // A key that does not unwrap is replaced by a random one, so that both failures look alike (RFC 7516 §11.5).
            let cek = cek.or_else(|| random(enc.key_len).ok())?;
            let aad = header.text.as_bytes();
            content::decrypt(enc, &cek, &self.iv, aad, &self.ciphertext, &self.tag)
                .map(|content| (key, content))
        });
        let (key, content) = opened.ok_or(Error::DecryptionFailed)?;
        Ok(Plaintext {
            content: match inflate {
                None => content,
                Some(limit) => deflate::inflate(content.expose(), limit)?,
            },
            kid: key.kid.clone(),
            algorithm,
            encryption: enc.name,
            header: std::mem::take(&mut self.protected.object),
        })
    }
}

fn allowed_algorithm(header: &Header, policy: &DecryptPolicy) -> Result<&'static KeyManagement> {
    let name = header.alg()?;
    let Some(algorithm) = KeyManagement::named(name) else {
        return Err(Error::NotAllowed(format!(
            "the key management algorithm {name} is not known"
        )));
    };
    if !policy.algorithms.is_empty() && !policy.algorithms.contains(&algorithm) {
        let allowed: Vec<&str> = policy.algorithms.iter().map(|row| row.name).collect();
        return Err(Error::NotAllowed(format!(
            "the token says {name}, allowed is {}",
            allowed.join(", ")
        )));
    }
    Ok(algorithm)
}

fn allowed_encryption(
    header: &Header,
    policy: &DecryptPolicy,
) -> Result<&'static ContentEncryption> {
    let name = (header.text_of("enc"))
        .ok_or_else(|| Error::Malformed("the protected header has no enc".into()))?;
    let Some(enc) = ContentEncryption::named(name) else {
        return Err(Error::NotAllowed(format!(
            "the content encryption algorithm {name} is not known"
        )));
    };
    if !policy.encryptions.is_empty() && !policy.encryptions.contains(&enc) {
        let allowed: Vec<&str> = policy.encryptions.iter().map(|row| row.name).collect();
        return Err(Error::NotAllowed(format!(
            "the token says {name}, allowed is {}",
            allowed.join(", ")
        )));
    }
    Ok(enc)
}

/// The bound on the inflated size, when the token is compressed.
fn allowed_zip(header: &Header, policy: &DecryptPolicy) -> Result<Option<usize>> {
    match (header.text_of("zip"), policy.max_inflated) {
        (None, _) => Ok(None),
        (Some("DEF"), Some(limit)) => Ok(Some(limit)),
        (Some("DEF"), None) => Err(Error::ZipNotAllowed),
        (Some(name), _) => Err(Error::NotAllowed(format!(
            "the compression {name} is not known"
        ))),
    }
}

/// The lengths that the algorithms fix, none of them a secret.
fn check_lengths(
    jwe: &UnverifiedJwe,
    algorithm: &KeyManagement,
    enc: &ContentEncryption,
    encrypted_key: &[u8],
) -> Result<()> {
    let exact = |what: &str, found: usize, wanted: usize| match found == wanted {
        true => Ok(()),
        false => Err(Error::Malformed(format!(
            "the {what} has {found} bytes where {} needs {wanted}",
            enc.name
        ))),
    };
    exact("initialization vector", jwe.iv.len(), enc.iv_len)?;
    exact("authentication tag", jwe.tag.len(), enc.tag_len)?;
    let wrapped = match algorithm.scheme {
        KeyScheme::Direct | KeyScheme::EcdhEs(None) => Some(0),
        KeyScheme::AesKw(_) | KeyScheme::EcdhEs(Some(_)) | KeyScheme::Pbes2(..) => {
            Some(enc.key_len + 8)
        }
        KeyScheme::AesGcmKw(_) => Some(enc.key_len),
        KeyScheme::RsaOaep(_) => None,
    };
    match (wrapped, encrypted_key.len()) {
        (None, 0) => Err(Error::Malformed(format!(
            "the encrypted key is empty where {} needs one",
            algorithm.name
        ))),
        (Some(wanted), found) if found != wanted => Err(Error::Malformed(format!(
            "the encrypted key has {found} bytes where {} with {} needs {wanted}",
            algorithm.name, enc.name
        ))),
        _ => Ok(()),
    }
}

/// The header parameters that the key management algorithm needs (RFC 7518 §4.6.1, §4.7.1, §4.8.1).
fn check_parameters(
    header: &Header,
    algorithm: &KeyManagement,
    policy: &DecryptPolicy,
) -> Result<()> {
    let octets = |name: &str| header.text_of(name).and_then(base64url::decode);
    let need = |holds: bool, what: &str| match holds {
        true => Ok(()),
        false => Err(Error::Malformed(format!(
            "{} needs the header parameter {what}",
            algorithm.name
        ))),
    };
    match algorithm.scheme {
        KeyScheme::AesGcmKw(_) => {
            need(
                octets("iv").is_some_and(|iv| iv.len() == 12),
                "iv of 12 bytes",
            )?;
            need(
                octets("tag").is_some_and(|tag| tag.len() == 16),
                "tag of 16 bytes",
            )
        }
        KeyScheme::EcdhEs(_) => {
            for name in ["apu", "apv"] {
                let present = header.object.contains_key(name);
                need(
                    !present || octets(name).is_some(),
                    &format!("{name} in base64url"),
                )?;
            }
            need(
                ephemeral_key(header).is_some(),
                "epk with a valid public key",
            )
        }
        KeyScheme::Pbes2(..) => {
            let salt = octets("p2s").map_or(0, |salt| salt.len());
            need((8..=1024).contains(&salt), "p2s of 8 to 1024 bytes")?;
            match header.object.get("p2c").and_then(Value::as_u64) {
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
        KeyScheme::Direct | KeyScheme::AesKw(_) | KeyScheme::RsaOaep(_) => Ok(()),
    }
}

/// The ephemeral public key, checked as any key is: exact lengths, on its curve, and nothing private.
fn ephemeral_key(header: &Header) -> Option<Key> {
    let epk = header.object.get("epk")?.as_object()?.clone();
    Key::from_jwk_object(epk)
        .ok()
        .filter(|key| !key.is_private())
}

/// Whether the ephemeral key, where there is one, is of the key's own kind.
fn agreed_on(header: &Header, algorithm: &KeyManagement, key: &Key) -> bool {
    !matches!(algorithm.scheme, KeyScheme::EcdhEs(_))
        || ephemeral_key(header).is_some_and(|epk| epk.kind() == key.kind())
}
