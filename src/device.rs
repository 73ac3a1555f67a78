//! The description of a PKCS#11 token: its mechanisms and objects.

use serde::Serialize;
use serde_json::Value;

#[cfg(test)]
use crate::crypto::json::Object;
use crate::crypto::key::{ThumbprintHash, jwk_thumbprint};

/// A token.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Device {
    /// The label.
    pub label: String,
    /// The manufacturer.
    pub manufacturer: String,
    /// The model.
    pub model: String,
    /// The serial number.
    pub serial: String,
    /// The number of the slot of the token.
    pub slot_id: u64,
    /// The description of the module.
    pub module: String,
    /// Whether the user is logged in. Without a login, private objects are not listed.
    pub logged_in: bool,
    /// The unusual state of the PIN, if any.
    pub pin: Option<&'static str>,
    /// The mechanisms.
    pub mechanisms: Vec<MechanismEntry>,
    /// The objects, without their values.
    pub objects: Vec<StoredObject>,
    /// Whether there are more objects than are listed.
    pub is_cut: bool,
}

/// A mechanism.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MechanismEntry {
    /// The name, such as `CKM_ECDSA`.
    pub name: String,
    /// The size of the smallest key, in the unit of the mechanism.
    pub min_size: usize,
    /// The size of the largest key, in the same unit.
    pub max_size: usize,
    /// The operations of the mechanism.
    pub uses: Vec<&'static str>,
}

/// An object. Attributes that it does not have are omitted.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StoredObject {
    /// private key, public key, secret key, certificate, data or other.
    pub class: &'static str,
    /// The label.
    pub label: String,
    /// The identifier, in hexadecimal.
    pub id: String,
    /// The type of a key: RSA, EC, Ed25519 and so on, as the token names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// The public key, as a JWK.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<Object>"))]
    pub jwk: Option<Value>,
    /// Whether the value cannot be read in plaintext (`CKA_SENSITIVE`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<bool>,
    /// Whether this has been so since its creation (`CKA_ALWAYS_SENSITIVE`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_sensitive: Option<bool>,
    /// Whether the value can leave the token (`CKA_EXTRACTABLE`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extractable: Option<bool>,
    /// Whether the value could never leave the token (`CKA_NEVER_EXTRACTABLE`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_extractable: Option<bool>,
    /// Whether it was generated in the token (`CKA_LOCAL`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// Whether each use requires the PIN (`CKA_ALWAYS_AUTHENTICATE`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_authenticate: Option<bool>,
    /// The allowed uses.
    pub uses: Vec<&'static str>,
}

impl StoredObject {
    /// Whether it is a private key or a secret key.
    pub fn is_secret(&self) -> bool {
        matches!(self.class, "private key" | "secret key")
    }

    /// Returns the thumbprint of the public key.
    pub fn thumbprint(&self) -> Option<String> {
        jwk_thumbprint(self.jwk.as_ref()?.as_object()?, ThumbprintHash::Sha256)
    }
}
