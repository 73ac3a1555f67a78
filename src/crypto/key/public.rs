//! Public keys, which may be printed and published.

use openssl::pkey::PKey;

use std::sync::{Arc, OnceLock};

use super::{Key, Material, REFERENCE, RemoteKey};
use crate::crypto::alg::KeyType;
use crate::crypto::error::{Error, Result};

/// A key without a private part. It may be printed and published.
#[derive(Debug)]
pub struct PublicKey(pub(super) Key);

impl Key {
    /// Returns the public key, with kid, alg, use and the other members.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if the key is a shared secret.
    pub fn to_public(&self) -> Result<PublicKey> {
        let der = match &self.material {
            Material::Secret(_) | Material::RemoteSecret(..) => {
                return Err(Error::UnsuitableKey(
                    "a shared secret has no public part".into(),
                ));
            }
            Material::Private(key) => key.public_key_to_der(),
            Material::Public(key) | Material::Remote(key, _) => key.public_key_to_der(),
        };
        let public = der
            .and_then(|der| PKey::public_key_from_der(&der))
            .map_err(|_| Error::Backend("public key"))?;
        Ok(PublicKey(Key {
            certificate: self.certificate,
            material: Material::Public(public),
            kind: self.kind,
            kid: self.kid.clone(),
            alg: self.alg,
            key_use: self.key_use,
            is_for_svids: self.is_for_svids,
            key_ops: self.key_ops.as_ref().map(|ops| public_ops(ops)),
            other: {
                let mut other = self.other.clone();
                other.shift_remove(REFERENCE);
                other
            },
            ignored: Vec::new(),
            warning: None,
            point: OnceLock::new(),
        }))
    }
}

impl PublicKey {
    /// Returns the key with a private key that is not in this process.
    pub fn with_remote(self, remote: Arc<dyn RemoteKey>) -> Key {
        let key = self.0;
        let kind = key.kind;
        Key {
            material: match key.material {
                Material::Public(public) => Material::Remote(public, remote),
                other => other,
            },
            key_ops: key.key_ops.map(|ops| private_ops(&ops, kind)),
            ..key
        }
    }

    /// Returns the key for the operations of a public key.
    pub fn as_key(&self) -> &Key {
        &self.0
    }

    /// Removes every member other than the key material, kid, alg, use, key_ops and these.
    pub fn keep_members(&mut self, names: &[&str]) {
        self.0.other.retain(|name, _| names.contains(&name.as_str()));
    }

    /// Returns the key, for example to add it to a key set.
    pub fn into_key(self) -> Key {
        self.0
    }
}

/// Returns the `key_ops` of the private key from those of the public key.
fn private_ops(ops: &[String], kind: KeyType) -> Vec<String> {
    let private = |op: &String| match op.as_str() {
        "verify" => "sign".to_owned(),
        "encrypt" => "decrypt".to_owned(),
        "wrapKey" => "unwrapKey".to_owned(),
        other => other.to_owned(),
    };
    match ops {
        // The Web Cryptography API exports a public ECDH key with an empty list.
        [] if matches!(kind, KeyType::Curve(_)) => vec!["deriveKey".into(), "deriveBits".into()],
        ops => ops.iter().map(private).collect(),
    }
}

fn public_ops(ops: &[String]) -> Vec<String> {
    let public = |op: &String| match op.as_str() {
        "sign" => Some("verify".to_owned()),
        "decrypt" => Some("encrypt".to_owned()),
        "unwrapKey" => Some("wrapKey".to_owned()),
        "deriveKey" | "deriveBits" => None,
        other => Some(other.to_owned()),
    };
    let mut public: Vec<String> = ops.iter().filter_map(public).collect();
    public.dedup();
    public
}
