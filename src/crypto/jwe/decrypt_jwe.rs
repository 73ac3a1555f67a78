//! Decryption (RFC 7516 §5.2).

use serde_json::Value;

use super::{content, deflate};
use crate::crypto::alg::{ContentEncryption, KeyManagement};
use crate::crypto::backend::{self, hpke};
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::jwe::ephemeral::read_ephemeral_key;
use crate::crypto::jwe::validate::{
    allowed_algorithm, allowed_encryption, allowed_zip, check_lengths, check_parameters,
};
use crate::crypto::jwe::{additional_data, hpke_info};
use crate::crypto::key::Key;
use crate::crypto::keyset::{KeySet, MAX_TRIES};
use crate::crypto::policy::{DecryptPolicy, check_format};
use crate::crypto::random::random_bytes;
use crate::crypto::secret::SecretBytes;
use crate::crypto::token::header::Header;
use crate::crypto::token::{Plaintext, UnverifiedJwe, UnverifiedRecipient, UnverifiedToken};

impl UnverifiedToken<'_> {
    /// Decrypts the token with the keys and the policy (RFC 7516 §5.2).
    ///
    /// # Errors
    /// [`Error::DecryptionFailed`] for every failure that depends on a secret; otherwise any [`Error`] about a token.
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
        check_format(self.format, &policy.formats)?;
        let recipients = std::mem::take(&mut self.recipients);
        let several = recipients.len() > 1;
        let (mut budget, mut errors) = (
            Budget {
                tries: MAX_TRIES,
                rounds: policy.max_p2c,
            },
            Vec::new(),
        );
        for recipient in recipients {
            match self.decrypt_for_recipient(recipient, several, keys, policy, &mut budget) {
                Ok(plain) => return Ok(plain),
                Err(error) => errors.push(error),
            }
        }
        // Of several recipients, report the error of the one that came closest to decryption.
        let furthest = errors.into_iter().max_by_key(|error| match error {
            Error::DecryptionFailed => 2,
            Error::NoKey(_) => 0,
            _ => 1,
        });
        Err(furthest.unwrap_or(Error::DecryptionFailed))
    }

    fn decrypt_for_recipient(
        &self,
        recipient: UnverifiedRecipient,
        several: bool,
        keys: &KeySet,
        policy: &DecryptPolicy,
        budget: &mut Budget,
    ) -> Result<Plaintext> {
        let header = &recipient.header;
        let algorithm = allowed_algorithm(header, policy)?;
        if several && algorithm.has_one_recipient() {
            return Err(Error::Malformed(format!(
                "{} supports only one recipient",
                algorithm.name
            )));
        }
        let enc = allowed_encryption(header, algorithm, policy)?;
        let inflate = allowed_zip(header, policy)?;
        check_lengths(self, algorithm, enc, &recipient.encrypted_key)?;
        check_parameters(header, algorithm, policy)?;
        let mut ephemeral = None;
        if algorithm.is_agreement() {
            ephemeral = Some(read_ephemeral_key(header, algorithm, policy.lenient_epk)?);
        }
        let ephemeral = ephemeral.as_ref();
        let found = keys.for_decrypting(algorithm, enc, header.text_of("kid"), policy)?;
        let attempt = Attempt {
            jwe: self,
            encrypted_key: &recipient.encrypted_key,
            algorithm,
            enc,
            aad: additional_data(header.text(), self.aad.as_deref()),
            parameters: key_management_parameters(header),
            ephemeral,
            info: policy.info.as_deref(),
        };
        let mut opened = None;
        for key in found {
            if budget.spend(header, algorithm).is_none() {
                continue;
            }
            if let Some(content) = attempt.decrypt_with_key(key)? {
                opened = Some((key, content));
                break;
            }
        }
        let (key, content) = opened.ok_or(Error::DecryptionFailed)?;
        Ok(Plaintext {
            content: match inflate {
                None => content,
                Some(limit) => deflate::inflate(content.expose(), limit)?,
            },
            kid: key.kid.clone(),
            algorithm,
            encryption: enc.map(|enc| enc.name),
            header: recipient.header,
        })
    }
}

/// A recipient whose header has been accepted. The keys are tried on it.
struct Attempt<'a> {
    jwe: &'a UnverifiedJwe,
    encrypted_key: &'a [u8],
    algorithm: &'static KeyManagement,
    enc: Option<&'static ContentEncryption>,
    /// The additional authenticated data.
    aad: String,
    parameters: Object,
    /// The ephemeral public key of a key agreement.
    ephemeral: Option<&'a Key>,
    info: Option<&'a [u8]>,
}

impl Attempt<'_> {
    /// Decrypts the content with a key. Every failure that depends on a secret is `None`.
    fn decrypt_with_key(&self, key: &Key) -> Result<Option<SecretBytes>> {
        let (jwe, algorithm) = (self.jwe, self.algorithm);
        let Some(enc) = self.enc else {
            if key.is_remote() {
                return Err(backend::unsupported_remotely(algorithm));
            }
            let (info, aad) = (self.info.unwrap_or_default(), self.aad.as_bytes());
            let secret = self.encrypted_key;
            let open = |suite| hpke::open(key, suite, info, aad, secret, &jwe.ciphertext);
            return Ok(algorithm.integrated_hpke().and_then(open));
        };
        let cek = self.unwrap(key, enc)?;
        let cek = cek.filter(|cek| cek.len() == enc.key_len);
        // If the key is not unwrapped, a random one is used, so that both failures are indistinguishable (RFC 7516 §11.5).
        let Some(cek) = cek.or_else(|| random_bytes(enc.key_len).ok()) else {
            return Ok(None);
        };
        let aad = self.aad.as_bytes();
        Ok(content::decrypt_content(
            enc,
            &cek,
            &jwe.iv,
            aad,
            &jwe.ciphertext,
            &jwe.tag,
        ))
    }

    /// Returns the content encryption key if the key decrypts or derives it.
    fn unwrap(&self, key: &Key, enc: &'static ContentEncryption) -> Result<Option<SecretBytes>> {
        let (algorithm, parameters) = (self.algorithm, &self.parameters);
        // No key agreement is possible with an ephemeral key of another kind.
        let agrees = !algorithm.is_agreement()
            || self.ephemeral.is_some_and(|ephemeral| ephemeral.key_type() == key.key_type());
        if !agrees {
            return Ok(None);
        }
        let (ephemeral, wrapped) = (self.ephemeral, self.encrypted_key);
        if let Some(remote) = key.remote_key() {
            let remote = remote.as_ref();
            return backend::unwrap_remote(remote, algorithm, enc, parameters, ephemeral, wrapped);
        }
        let info = hpke_info(enc, self.info);
        Ok(backend::unwrap_key(
            key, algorithm, enc, parameters, ephemeral, wrapped, &info,
        ))
    }
}

/// The work that is still allowed for a token.
struct Budget {
    tries: usize,
    rounds: u64,
}

impl Budget {
    /// Subtracts one try and, for a password, its rounds of PBKDF2; `None` if the budget is exhausted.
    fn spend(&mut self, header: &Header, algorithm: &KeyManagement) -> Option<()> {
        self.tries = self.tries.checked_sub(1)?;
        if algorithm.is_password() {
            let rounds = header.member("p2c").and_then(Value::as_u64)?;
            self.rounds = self.rounds.checked_sub(rounds)?;
        }
        Some(())
    }
}

/// Returns the parameters that key management algorithms use (RFC 7518 §4). The header itself can be large and is shared by
/// all recipients, so it is not copied.
fn key_management_parameters(header: &Header) -> Object {
    let names = ["apu", "apv", "iv", "tag", "p2s", "p2c", "ek"];
    let members = names.map(|name| Some((name.to_owned(), header.member(name)?.clone())));
    members.into_iter().flatten().collect()
}
