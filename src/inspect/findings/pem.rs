//! PEM and DER read for inspection: unfit keys are described too.

use openssl::pkey::{HasPublic, Id, PKey};
use openssl::x509::X509;

use crate::crypto::base64url;
use crate::crypto::json::{self, Object};
use crate::crypto::key::Key;
use crate::crypto::key::asn1::next_block;
use crate::crypto::policy::KeyDecryption;
use crate::inspect::findings::certificates::{Facts, facts};

/// The most blocks that are looked at.
const MAX_BLOCKS: usize = 100;

/// Without a passphrase an encrypted key stays closed, however many rounds it asks for.
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
    /// What the certificate says, when it is one.
    pub certificate: Option<Facts>,
    /// Why there is nothing more to tell.
    pub fault: Option<String>,
}

/// Reads the blocks of a PEM text, or the one of a DER file.
pub fn read(bytes: &[u8]) -> Vec<Block> {
    if bytes.first() == Some(&0x30) {
        return vec![block(
            "DER",
            bytes,
            facts(bytes),
            Key::from_der(bytes, LOCKED).map(|key| vec![key]),
        )];
    }
    let mut blocks = Vec::new();
    let mut rest = bytes;
    while blocks.len() < MAX_BLOCKS {
        match next_block(rest) {
            Ok(Some((label, text, after))) => {
                let certificate = X509::from_pem(text).and_then(|x509| x509.to_der()).ok();
                let certificate = certificate.filter(|_| label == "CERTIFICATE");
                let certificate = certificate.and_then(|der| facts(&der));
                blocks.push(block(label, text, certificate, Key::from_pem(text, LOCKED)));
                rest = after;
            }
            Ok(None) => break,
            Err(error) => {
                blocks.push(Block {
                    label: "PEM".into(),
                    jwk: None,
                    certificate: None,
                    fault: Some(error.to_string()),
                });
                break;
            }
        }
    }
    blocks
}

fn block(
    label: &str,
    bytes: &[u8],
    certificate: Option<Facts>,
    keys: crate::crypto::Result<Vec<Key>>,
) -> Block {
    let whole = |key: &Key| json::parse_object(key.to_jwk().ok()?.expose()).ok();
    let (jwk, fault) = match &keys {
        Ok(keys) => (keys.first().and_then(whole), None),
        Err(error) => match unfit(bytes) {
            Some(jwk) => (Some(jwk), None),
            None => (None, Some(error.to_string())),
        },
    };
    Block {
        label: label.to_owned(),
        jwk,
        certificate,
        fault,
    }
}

/// The numbers of an RSA key that is too weak to be used.
fn unfit(bytes: &[u8]) -> Option<Object> {
    fn public<T: HasPublic>(key: &PKey<T>) -> Option<Object> {
        let rsa = key.rsa().ok().filter(|_| key.id() == Id::RSA)?;
        let mut jwk = Object::new();
        jwk.insert("kty".into(), "RSA".into());
        jwk.insert("n".into(), base64url::encode(rsa.n().to_vec()).into());
        jwk.insert("e".into(), base64url::encode(rsa.e().to_vec()).into());
        Some(jwk)
    }
    let is_der = bytes.first() == Some(&0x30);
    // With the callback OpenSSL never asks on the terminal by itself.
    let private = match is_der {
        true => PKey::private_key_from_der(bytes),
        false => PKey::private_key_from_pem_callback(bytes, |_| Ok(0)),
    };
    if let Ok(key) = private {
        let d = key.rsa().ok()?.d().to_vec();
        let mut jwk = public(&key)?;
        jwk.insert("d".into(), base64url::encode(d).into());
        return Some(jwk);
    }
    let (key, certificate) = match is_der {
        true => (PKey::public_key_from_der(bytes), X509::from_der(bytes)),
        false => (PKey::public_key_from_pem(bytes), X509::from_pem(bytes)),
    };
    let key = key.or_else(|_| certificate?.public_key());
    public(&key.ok()?)
}
