//! Reads PEM and DER for inspection, including keys that are too weak to use.

use openssl::pkey::{HasPublic, Id, PKey};
use openssl::rsa::Rsa;
use openssl::x509::X509;

use crate::crypto::base64url;
use crate::crypto::error::Error;
use crate::crypto::json::{self, Object};
use crate::crypto::key::Key;
use crate::crypto::key::rsa::RecoveryBudget;
use crate::crypto::policy::KeyDecryption;
use crate::inspection::findings::certificates::{Facts, certificate_facts};
use crate::keyfile::{self, pem};

/// The maximum number of blocks that are inspected.
const MAX_BLOCKS: usize = 100;

/// No passphrase: encrypted keys are not decrypted, so their iteration count needs no limit.
pub(super) const LOCKED: &KeyDecryption<'_> = &KeyDecryption {
    passphrase: None,
    max_rounds: u64::MAX,
};

/// A PEM block, or a DER file.
#[derive(Debug)]
pub struct Block {
    /// The label of the PEM block, or `DER`.
    pub label: String,
    /// The key as a JWK, private members included.
    pub jwk: Option<Object>,
    /// The contents of the certificate, if it is one.
    pub certificate: Option<Facts>,
    /// Why the block cannot be read.
    pub fault: Option<String>,
}

/// Reads the blocks of a PEM text, or a DER file as one block.
pub fn read_blocks(bytes: &[u8]) -> Vec<Block> {
    if bytes.first() == Some(&0x30) {
        let keys = keyfile::from_der_file(bytes, LOCKED).map(|(mut keys, _)| keys.swap_remove(0));
        return vec![describe_block("DER", bytes, keys)];
    }
    let fault = |error: Error| Block {
        label: "PEM".into(),
        jwk: None,
        certificate: None,
        fault: Some(error.to_string()),
    };
    let mut budget = RecoveryBudget::default();
    let blocks = pem::parse_blocks(bytes).take(MAX_BLOCKS).map(|found| {
        let found = found?;
        let key = found.parse_key(LOCKED, &mut budget);
        Ok(match found.decode_der() {
            Ok(der) => describe_block(found.label, der.expose(), key),
            Err(_) => describe_block(found.label, &[], key),
        })
    });
    blocks.map(|block| block.unwrap_or_else(fault)).collect()
}

/// Describes the contents of a block.
fn describe_block(label: &str, der: &[u8], key: crate::crypto::Result<Key>) -> Block {
    let whole = |key: &Key| json::parse_object(key.to_jwk().ok()?.expose()).ok();
    let (jwk, fault) = match &key {
        Ok(key) => (whole(key), None),
        Err(error) => match unsuitable_key_jwk(der) {
            Some(jwk) => (Some(jwk), None),
            None => (None, Some(error.to_string())),
        },
    };
    Block {
        label: label.to_owned(),
        jwk,
        certificate: certificate_facts(der),
        fault,
    }
}

/// Returns the numbers of an RSA key that is too weak to use.
fn unsuitable_key_jwk(der: &[u8]) -> Option<Object> {
    fn public_jwk<T: HasPublic>(key: &PKey<T>) -> Option<Object> {
        if key.id() != Id::RSA {
            return None;
        }
        let rsa = key.rsa().ok()?;
        let mut jwk = Object::new();
        jwk.insert("kty".into(), "RSA".into());
        jwk.insert("n".into(), base64url::encode(rsa.n().to_vec()).into());
        jwk.insert("e".into(), base64url::encode(rsa.e().to_vec()).into());
        Some(jwk)
    }
    if let Ok(key) = PKey::private_key_from_der(der) {
        let d = key.rsa().ok()?.d().to_vec();
        let mut jwk = public_jwk(&key)?;
        jwk.insert("d".into(), base64url::encode(d).into());
        return Some(jwk);
    }
    let key = PKey::public_key_from_der(der)
        .or_else(|_| X509::from_der(der)?.public_key())
        .or_else(|_| Rsa::public_key_from_der_pkcs1(der).and_then(PKey::from_rsa));
    public_jwk(&key.ok()?)
}
