//! Every token with every key: only the matching key succeeds, and all others fail with the right code.

use std::sync::LazyLock;

use jotsmith::crypto::alg::{
    Algorithm, CONTENT_ENCRYPTIONS, ContentEncryption, Curve, KEY_MANAGEMENT, KeyManagement,
    KeyManagementScheme, KeyType, SIGNATURES, Signature, SignatureScheme,
};
use jotsmith::crypto::{Code, Key, KeySet};

use super::support::core::{self, one, public, sign};

/// Returns the kind of key that a signature algorithm is tried with.
fn signing_kind(row: &Signature) -> KeyType {
    match row.scheme {
        SignatureScheme::Hmac(hash) => KeyType::Oct(hash.byte_len()),
        SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_) => KeyType::Rsa(2048),
        SignatureScheme::Ecdsa(curve, _) | SignatureScheme::EdDsaOn(curve) => KeyType::Curve(curve),
        SignatureScheme::EdDsa => KeyType::Curve(Curve::Ed25519),
        SignatureScheme::MlDsa(row) => KeyType::Akp(row),
    }
}

/// Returns the algorithms that the installed OpenSSL supports.
fn signatures() -> impl Iterator<Item = &'static Signature> {
    let is_available = |row: &&Signature| {
        cfg!(feature = "vendored") || !matches!(row.scheme, SignatureScheme::MlDsa(_))
    };
    SIGNATURES.iter().filter(is_available)
}

/// A key for each signature algorithm, bound to it, and a token that it signed.
static SIGNED: LazyLock<Vec<(&'static Signature, Key, String)>> = LazyLock::new(|| {
    let rows = signatures().map(|row| {
        let key = core::key(signing_kind(row), Some(Algorithm::Signature(row)));
        let token = sign(&key, row).unwrap();
        (row, key, token)
    });
    rows.collect()
});

fn verify(keys: &KeySet, token: &str, algorithms: &[&'static Signature]) -> Result<Vec<u8>, Code> {
    core::verify(keys, token.as_bytes(), algorithms).map_err(|error| error.code())
}

fn decrypt(keys: &KeySet, token: &str) -> Result<Vec<u8>, Code> {
    core::decrypt(keys, token.as_bytes(), &[]).map_err(|error| error.code())
}

/// Whether both names mean EdDSA on Ed25519.
fn same(a: &Signature, b: &Signature) -> bool {
    a == b || [a, b].iter().all(|row| ["EdDSA", "Ed25519"].contains(&row.name))
}

#[test]
fn signature_verifies_with_its_own_key_only() {
    for (signed, signer, token) in SIGNED.iter() {
        for (row, key, _) in SIGNED.iter() {
            let place = format!("a {} token against a {} key", signed.name, row.name);
            for keys in [one(key), public(key)] {
                let outcome = verify(&keys, token, &[]);
                if std::ptr::eq(signer, key) {
                    assert_eq!(outcome.as_deref(), Ok(&b"payload"[..]), "{place}");
                } else if same(signed, row) || (signed.name == "EdDSA" && row.name == "Ed448") {
                    assert_eq!(outcome, Err(Code::SignatureInvalid), "{place}");
                } else {
                    assert_eq!(outcome, Err(Code::NotAllowed), "{place}");
                }
            }
        }
    }
}

#[test]
fn token_of_one_algorithm_is_rejected_by_keys_of_others() {
    for (signed, signer, token) in SIGNED.iter() {
        for (row, key, _) in SIGNED.iter().filter(|(row, ..)| !same(row, signed)) {
            let outcome = verify(&one(key), token, &[*signed]);
            assert!(
                outcome.is_err(),
                "a {} token against a {} key",
                signed.name,
                row.name
            );
            let outcome = verify(&one(signer), token, &[*row]);
            let place = format!("{} allowed for a {} token", row.name, signed.name);
            // The older name allows both curves.
            match (row.name, signed.name) {
                ("EdDSA", "Ed448") => assert!(outcome.is_ok(), "{place}"),
                _ => assert_eq!(outcome, Err(Code::NotAllowed), "{place}"),
            }
        }
    }
}

#[test]
fn other_key_of_the_same_algorithm_does_not_verify() {
    for (row, _, token) in SIGNED.iter() {
        let other = core::key(signing_kind(row), Some(Algorithm::Signature(row)));
        assert_eq!(
            verify(&one(&other), token, &[]),
            Err(Code::SignatureInvalid),
            "{}",
            row.name
        );
    }
}

#[test]
fn key_of_each_type_signs_with_suitable_algorithms_only() {
    let kinds = [
        KeyType::Oct(32),
        KeyType::Oct(64),
        KeyType::Rsa(2048),
        KeyType::Curve(Curve::P256),
        KeyType::Curve(Curve::P384),
        KeyType::Curve(Curve::P521),
        KeyType::Curve(Curve::Secp256k1),
        KeyType::Curve(Curve::Ed25519),
        KeyType::Curve(Curve::Ed448),
        KeyType::Curve(Curve::X25519),
        KeyType::Curve(Curve::X448),
    ];
    for kind in kinds {
        let key = core::key(kind, None);
        for row in signatures() {
            let place = format!("{} with a {kind}", row.name);
            match sign(&key, row) {
                Ok(token) => {
                    assert!(row.is_suitable_for(kind), "{place}");
                    let outcome = verify(&public(&key), &token, &[row]);
                    assert_eq!(outcome.as_deref(), Ok(&b"payload"[..]), "{place}");
                }
                Err(error) => {
                    assert!(!row.is_suitable_for(kind), "{place}");
                    assert_eq!(error.code(), Code::Failed, "{place}");
                }
            }
        }
    }
}

/// Returns the kinds of key that a key management algorithm is tried with.
fn encrypting_kinds(row: &KeyManagement) -> Vec<KeyType> {
    match row.scheme {
        KeyManagementScheme::Direct => [32, 48, 64, 16, 24].map(KeyType::Oct).to_vec(),
        KeyManagementScheme::AesKw(len) | KeyManagementScheme::AesGcmKw(len) => {
            vec![KeyType::Oct(len)]
        }
        KeyManagementScheme::RsaOaep(_) => vec![KeyType::Rsa(2048)],
        // jotsmith does not encrypt with it.
        KeyManagementScheme::RsaPkcs1 => vec![],
        KeyManagementScheme::EcdhEs(_) => [
            Curve::P256,
            Curve::P384,
            Curve::P521,
            Curve::X25519,
            Curve::X448,
        ]
        .map(KeyType::Curve)
        .to_vec(),
        KeyManagementScheme::Hpke(suite) => vec![suite.kem.key_type()],
        KeyManagementScheme::Pbes2(..) => vec![KeyType::Passphrase],
    }
}

struct Encrypted {
    algorithm: &'static KeyManagement,
    enc: &'static ContentEncryption,
    key: Key,
    token: String,
}

fn encrypted(algorithm: &'static KeyManagement, kind: KeyType) -> Vec<Encrypted> {
    let mut all = Vec::new();
    for enc in CONTENT_ENCRYPTIONS {
        if algorithm.scheme == KeyManagementScheme::Direct && kind != KeyType::Oct(enc.key_len) {
            continue;
        }
        // Without enc, one token is enough.
        if algorithm.integrated_hpke().is_some() && enc.name != "A256GCM" {
            continue;
        }
        let key = core::key(kind, Some(Algorithm::KeyManagement(algorithm)));
        let token = core::encrypt(&key, algorithm, enc).unwrap();
        all.push(Encrypted {
            algorithm,
            enc,
            key,
            token,
        });
    }
    all
}

#[test]
fn every_alg_and_enc_pair_decrypts_with_its_own_key_only() {
    let mut all = Vec::new();
    for algorithm in KEY_MANAGEMENT {
        for kind in encrypting_kinds(algorithm) {
            // One key is used for all content encryptions, because RSA keys are slow to generate.
            all.extend(encrypted(algorithm, kind));
        }
    }
    assert!(all.len() > 150, "{}", all.len());
    let sets: Vec<KeySet> = all.iter().map(|item| one(&item.key)).collect();
    for (i, item) in all.iter().enumerate() {
        let place = format!(
            "{} with {}, {}",
            item.algorithm.name,
            item.enc.name,
            item.key.key_type()
        );
        assert_eq!(
            decrypt(&sets[i], &item.token).as_deref(),
            Ok(&b"content"[..]),
            "{place}"
        );
    }
    // With the keys of other algorithms, one content encryption of each is enough.
    let firsts: Vec<usize> = (0..all.len())
        .filter(|i| {
            *i == 0
                || all[*i].algorithm != all[i - 1].algorithm
                || all[*i].key.key_type() != all[i - 1].key.key_type()
        })
        .collect();
    for i in &firsts {
        for j in firsts.iter().filter(|j| *j != i) {
            let (item, other) = (&all[*i], &all[*j]);
            let place = format!(
                "{} {} for a {} against a {} key ({})",
                item.algorithm.name,
                item.enc.name,
                item.key.key_type(),
                other.algorithm.name,
                other.key.key_type()
            );
            let outcome = decrypt(&sets[*j], &item.token);
            let passwords = item.algorithm.is_password() && other.algorithm.is_password();
            match outcome {
                // A passphrase works with all three PBES2 algorithms, and with no other algorithm.
                Ok(_) => assert!(passwords, "{place}"),
                Err(code) => assert!(
                    [Code::NotAllowed, Code::DecryptionFailed].contains(&code) && !passwords,
                    "{place}: {code:?}"
                ),
            }
        }
    }
}

#[test]
fn signed_token_does_not_decrypt_and_encrypted_token_does_not_verify() {
    for (row, key, token) in SIGNED.iter() {
        assert_eq!(
            decrypt(&one(key), token),
            Err(Code::NotAllowed),
            "{}",
            row.name
        );
    }
    let kek = KeyManagement::from_name("A256KW").unwrap();
    for item in encrypted(kek, KeyType::Oct(32)) {
        assert_eq!(
            verify(&one(&item.key), &item.token, &[]),
            Err(Code::NotAllowed)
        );
    }
}
