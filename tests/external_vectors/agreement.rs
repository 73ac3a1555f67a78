//! The X25519 vectors of Wycheproof: a token is created with the shared secret of the vector, without jotsmith. It decrypts if
//! and only if jotsmith derives the same secret.

use jotsmith::crypto::{Error, KeySet, base64url};
use openssl::sha::Sha256;
use openssl::symm::{Cipher, encrypt_aead};
use serde_json::{Value, json};

use crate::support::{core, vectors, vectors_folder};

/// The flags of vectors with which jotsmith disagrees, each with the reason.
const REFUSED: &[(&str, &str)] = &[(
    "ZeroSharedSecret",
    "called acceptable; RFC 7748 §6.1 and RFC 8037 §3.2 require that it is refused",
)];

/// Concat KDF (RFC 7518 §4.6.2) for ECDH-ES with A256GCM, without information about the parties.
fn content_key(shared: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(&1u32.to_be_bytes());
    hash.update(shared);
    hash.update(&7u32.to_be_bytes());
    hash.update(b"A256GCM");
    hash.update(&0u32.to_be_bytes());
    hash.update(&0u32.to_be_bytes());
    hash.update(&256u32.to_be_bytes());
    hash.finish()
}

/// Returns a token with this ephemeral key and this shared secret.
fn token(epk: &Value, shared: &[u8]) -> String {
    let header = json!({"alg": "ECDH-ES", "enc": "A256GCM", "epk": epk}).to_string();
    let header = base64url::encode(header);
    let (iv, mut tag) = ([7; 12], [0; 16]);
    let ciphertext = encrypt_aead(
        Cipher::aes_256_gcm(),
        &content_key(shared),
        Some(&iv),
        header.as_bytes(),
        b"content",
        &mut tag,
    );
    let [iv, ciphertext, tag] = [&iv[..], &ciphertext.unwrap(), &tag].map(base64url::encode);
    format!("{header}..{iv}.{ciphertext}.{tag}")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn wycheproof_x25519_shared_secrets_agree() {
    let Some(file) = vectors("wycheproof/x25519_jwk_test.json") else {
        return;
    };
    let (mut wrong, mut refused, mut count) = (Vec::new(), 0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let shared = bytes(test["shared"].as_str().unwrap());
            let outcome =
                KeySet::from_json(test["private"].to_string().as_bytes()).and_then(|keys| {
                    let token = token(&test["public"], &shared);
                    core::decrypt(&keys, token.as_bytes(), &[])
                });
            let flags = test["flags"].as_array().unwrap();
            let listed = (REFUSED.iter()).any(|(flag, _)| flags.iter().any(|has| has == flag));
            let agrees = match &outcome {
                Ok(content) => content == b"content" && test["result"] != "invalid" && !listed,
                Err(_) => test["result"] == "invalid" || listed,
            };
            refused += usize::from(listed);
            count += 1;
            if !agrees {
                wrong.push(format!("{} {}: {outcome:?}", test["tcId"], test["comment"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((count, refused), (531, 31));
}

/// The test above can fail: with another shared secret, no token decrypts.
#[test]
fn wycheproof_x25519_with_another_secret_fails() {
    let Some(file) = vectors("wycheproof/x25519_jwk_test.json") else {
        return;
    };
    let test = &file["testGroups"][0]["tests"][0];
    let keys = KeySet::from_json(test["private"].to_string().as_bytes()).unwrap();
    let mut shared = bytes(test["shared"].as_str().unwrap());
    shared[0] ^= 1;
    let outcome = core::decrypt(&keys, token(&test["public"], &shared).as_bytes(), &[]);
    assert_eq!(outcome.unwrap_err(), Error::DecryptionFailed);
}

/// A test in this file or in external_vectors.rs reads every file of external vectors.
#[test]
fn every_vector_file_is_used() {
    let Some(folder) = vectors_folder() else {
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder.join("wycheproof"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "json_web_key_test.json",
            "json_web_signature_test.json",
            "x25519_jwk_test.json"
        ]
    );
    let mut folders: Vec<_> = std::fs::read_dir(folder.join("rfc7520"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(
        folders,
        [
            "6.nesting_signatures_and_encryption.json",
            "LICENSE",
            "curve25519",
            "jwe",
            "jwk",
            "jws",
            "rfc7797"
        ]
    );
}
