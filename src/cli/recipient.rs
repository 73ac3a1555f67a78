//! For whom to encrypt, and how.

use anyhow::Result;

use crate::cli;
use crate::crypto::alg::{ContentEncryption, Hash, KeyManagement, KeyManagementScheme};
use crate::crypto::json::Object;
use crate::crypto::jwe::{self, Encryption, Recipient};
use crate::crypto::token::Format;
use crate::crypto::{Key, KeySet};
use crate::output::exit::CliError;

/// The content encryption when nothing else is said.
const DEFAULT_ENC: &str = "A256GCM";

/// The algorithms as they are typed; what is left out the keys decide.
#[derive(Debug, Clone, Copy, Default)]
pub struct Algorithms {
    /// The key management algorithm.
    pub alg: Option<&'static KeyManagement>,
    /// The content encryption algorithm.
    pub enc: Option<&'static ContentEncryption>,
    /// Rounds of PBKDF2.
    pub rounds: Option<u64>,
    /// Whether to compress.
    pub zip: bool,
}

/// What stands around the content, besides the algorithms.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The serialization.
    pub format: Format,
    /// The additional authenticated data.
    pub aad: Option<Vec<u8>>,
    /// The unprotected header that all recipients share.
    pub unprotected: Object,
}

/// What came of encrypting.
#[derive(Debug)]
pub struct Encrypted {
    /// The token.
    pub token: String,
    /// The key management algorithm of each recipient, and the kid of its key.
    pub recipients: Vec<(&'static str, Option<String>)>,
    /// The content encryption algorithm.
    pub enc: &'static str,
}

impl Algorithms {
    /// Encrypts to the one key that each of the sets gives. `now` is in Unix seconds.
    ///
    /// # Errors
    /// When a set has no such key or several, or the algorithms do not fit.
    pub fn encrypt(
        self,
        sets: &[KeySet],
        header: &Object,
        content: &[u8],
        envelope: Envelope,
        now: i64,
    ) -> Result<Encrypted> {
        let mut recipients = Vec::with_capacity(sets.len());
        for set in sets {
            let (key, algorithm) = set.for_encrypting(self.alg, now)?;
            let mut own = Object::new();
            let says_kid = [header, &envelope.unprotected].map(|part| part.contains_key("kid"));
            if let (Some(kid), [false, false]) = (key.kid.as_deref(), says_kid) {
                own.insert("kid".into(), kid.into());
            }
            recipients.push(Recipient {
                key,
                algorithm,
                header: own,
            });
        }
        let enc = self.enc(recipients.first().map(|first| first.key))?;
        let slowest = recipients.iter().map(|one| default_rounds(one.algorithm));
        let how = Encryption {
            enc,
            rounds: (self.rounds).unwrap_or_else(|| slowest.max().unwrap_or_default()),
            zip: self.zip,
            format: envelope.format,
            aad: envelope.aad,
            unprotected: envelope.unprotected,
        };
        Ok(Encrypted {
            token: jwe::encrypt(&recipients, &how, header, content)?,
            recipients: (recipients.iter())
                .map(|one| (one.algorithm.name, one.key.kid.clone()))
                .collect(),
            enc: enc.name,
        })
    }

    /// The one asked for, or the one that a key for `dir` fixes by its length or its alg.
    fn enc(self, key: Option<&Key>) -> Result<&'static ContentEncryption> {
        let fixed = key.and_then(|key| key.content_encryption(self.alg));
        match self.enc.or(fixed) {
            Some(enc) => Ok(enc),
            None => {
                cli::content_encryption(DEFAULT_ENC).map_err(|why| CliError::failed(why).into())
            }
        }
    }
}

/// OWASP's recommendation of 2025 for PBKDF2.
fn default_rounds(algorithm: &KeyManagement) -> u64 {
    match algorithm.scheme {
        KeyManagementScheme::Pbes2(Hash::Sha256, _) => 600_000,
        _ => 220_000,
    }
}
