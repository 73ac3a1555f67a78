//! Uses the core without a process, for tests that need thousands of tokens.

use jotsmith::crypto::alg::{Algorithm, ContentEncryption, KeyManagement, KeyType, Signature};
use jotsmith::crypto::json::Object;
use jotsmith::crypto::jwe::{self, Encryption, Recipient};
use jotsmith::crypto::jws::{SerializeOptions, SignatureSpec, Signer};
use jotsmith::crypto::policy::{MAX_TOKEN, MIN_P2C, TokenTypes};
use jotsmith::crypto::token::Serialization;
use jotsmith::crypto::{
    DecryptPolicy, Key, KeySet, Result, UnverifiedToken, VerifyPolicy, backend,
};

/// The passphrase of a key of kind [`KeyType::Passphrase`].
const PASSPHRASE: &[u8] = b"correct horse";

/// Returns a new key of this kind, bound to the algorithm.
pub fn key(kind: KeyType, alg: Option<Algorithm>) -> Key {
    if kind == KeyType::Passphrase {
        return Key::from_passphrase(PASSPHRASE.to_vec().into()).unwrap();
    }
    let mut key = backend::generate_key(kind).unwrap();
    if let Some(alg) = alg {
        key.set_alg(alg).unwrap();
    }
    key
}

/// Returns a set with only this key.
pub fn one(key: &Key) -> KeySet {
    match key.key_type() {
        KeyType::Passphrase => KeySet::new(vec![self::key(KeyType::Passphrase, None)]).unwrap(),
        _ => KeySet::from_json(key.to_jwk().unwrap().expose()).unwrap(),
    }
}

/// Returns a set with only the public key of this key, or with the shared secret.
pub fn public(key: &Key) -> KeySet {
    if key.is_secret() {
        one(key)
    } else {
        KeySet::new(vec![key.to_public().unwrap().into_key()]).unwrap()
    }
}

/// Returns a compact token with the payload `payload`.
pub fn sign(key: &Key, algorithm: &'static Signature) -> Result<String> {
    let signer = SignatureSpec {
        key,
        algorithm,
        header: Object::new(),
        unprotected: Object::new(),
    };
    let writing = SerializeOptions {
        format: Serialization::Compact,
        unencoded: false,
    };
    sign_specs(&[signer], b"payload", writing)
}

/// Returns a token with one signature for each spec.
pub fn sign_specs(
    specs: &[SignatureSpec],
    payload: &[u8],
    options: SerializeOptions,
) -> Result<String> {
    let mut token = Vec::new();
    Signer::new(specs.to_vec(), options)?.sign(payload, &mut token)?;
    Ok(String::from_utf8(token).unwrap())
}

/// Returns a token with a detached payload, which is passed in these pieces.
pub fn sign_detached<'p>(
    specs: &[SignatureSpec],
    options: SerializeOptions,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> Result<String> {
    let signer = Signer::new(specs.to_vec(), options)?;
    let mut detached = signer.begin();
    for piece in pieces {
        detached.update(piece)?;
    }
    let mut token = Vec::new();
    detached.finish(&mut token)?;
    Ok(String::from_utf8(token).unwrap())
}

/// Returns a compact token with this header and payload.
pub fn token(key: &Key, algorithm: &str, header: Object, payload: &str) -> String {
    let signer = SignatureSpec {
        key,
        algorithm: Signature::from_name(algorithm).unwrap(),
        header,
        unprotected: Object::new(),
    };
    let writing = SerializeOptions {
        format: Serialization::Compact,
        unencoded: false,
    };
    sign_specs(&[signer], payload.as_bytes(), writing).unwrap()
}

/// Returns the policy of [`verify`]: one of these algorithms (if empty, those of the key), and no rules for claims.
pub fn verify_policy(algorithms: &[&'static Signature]) -> VerifyPolicy {
    VerifyPolicy {
        now: 1000,
        algorithms: algorithms.to_vec(),
        types: TokenTypes::Any,
        claims: None,
        require_all: false,
        formats: Vec::new(),
    }
}

/// Verifies the token with one of these algorithms (if empty, those of the key), and returns the payload.
pub fn verify(keys: &KeySet, token: &[u8], algorithms: &[&'static Signature]) -> Result<Vec<u8>> {
    let policy = verify_policy(algorithms);
    let verified = UnverifiedToken::parse(token, MAX_TOKEN)?.verify(keys, &policy)?;
    Ok(verified.payload().to_vec())
}

/// Returns a compact token with the content `content`.
pub fn encrypt(
    key: &Key,
    algorithm: &'static KeyManagement,
    enc: &'static ContentEncryption,
) -> Result<String> {
    let how = Encryption {
        enc: algorithm.integrated_hpke().is_none().then_some(enc),
        rounds: MIN_P2C,
        zip: false,
        format: Serialization::Compact,
        aad: None,
        unprotected: Object::new(),
        info: None,
    };
    let recipient = Recipient {
        key,
        algorithm,
        header: Object::new(),
    };
    jwe::encrypt(&[recipient], &how, &Object::new(), b"content")
}

/// Returns the policy of [`decrypt`]: one of these algorithms (if empty, those of the key).
pub fn decrypt_policy(algorithms: &[&'static KeyManagement]) -> DecryptPolicy {
    DecryptPolicy {
        algorithms: algorithms.to_vec(),
        max_inflated: Some(1000),
        ..DecryptPolicy::new(1000)
    }
}

/// Decrypts the token with one of these algorithms (if empty, those of the key), and returns the content.
pub fn decrypt(
    keys: &KeySet,
    token: &[u8],
    algorithms: &[&'static KeyManagement],
) -> Result<Vec<u8>> {
    let policy = decrypt_policy(algorithms);
    let plaintext = UnverifiedToken::parse(token, MAX_TOKEN)?.decrypt(keys, &policy)?;
    Ok(plaintext.content().to_vec())
}
