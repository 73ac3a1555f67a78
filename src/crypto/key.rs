//! Keys and their properties. The modules of `key` parse and serialize them.

pub(super) mod akp;
pub(crate) mod certificate;
pub(crate) mod der;
pub(crate) mod ec;
mod key_algorithm;

mod algorithm_defaults;
mod jwk;
mod members;
pub(crate) mod okp;
mod pss;
mod public;
mod remote_key;
pub(crate) mod rsa;
mod secret_check;
pub(crate) mod transport;
pub(crate) mod usage;

use std::fmt;
use std::sync::{Arc, OnceLock};

use openssl::bn::BigNumContext;
use openssl::ec::PointConversionForm;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKey, PKeyRef, Private, Public};

use super::alg::{Algorithm, Curve, KeyType, Signature};
use super::error::{Error, Result};
use super::json::Object;
use super::jwt::claims::MAX_NUMERIC_DATE;
use super::secret::SecretBytes;

pub use certificate::CertificateUse;
pub(crate) use certificate::x5c_hashes;
pub(crate) use jwk::jwk_thumbprint;
pub use jwk::{PRIVATE_MEMBERS, ThumbprintHash, shows_private};
pub(super) use okp::is_bad_ed25519;
pub use public::PublicKey;
pub use remote_key::{RemoteKey, Unreachable};
pub use secret_check::{decode_hex, encode_hex};
pub(crate) use transport::decode_any_base64;
pub use usage::Operation;

/// The checked key material: the lengths and ranges are valid, a point is on its curve, and the private and public parts
/// match.
pub(super) enum Material {
    Secret(SecretBytes),
    Private(PKey<Private>),
    Public(PKey<Public>),
    /// The public key of a private key that is not in this process.
    Remote(PKey<Public>, Arc<dyn RemoteKey>),
    /// A shared secret of this many bytes that is not in this process.
    RemoteSecret(usize, Arc<dyn RemoteKey>),
}

/// The JWK member with the URI of the PKCS#11 token that contains the private key of a public key (RFC 7512).
pub const REFERENCE: &str = "pkcs11";

/// What a key may be used for (RFC 7517 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Signing and verifying.
    Sig,
    /// Encrypting and decrypting.
    Enc,
}

impl Use {
    /// Returns the `use` value.
    pub fn name(self) -> &'static str {
        match self {
            Use::Sig => "sig",
            Use::Enc => "enc",
        }
    }
}

/// A shared secret, a private key or a public key, with the other members of its JWK.
///
/// It has no `Display`. Its `Debug` output contains only the kind, the algorithm and the kid.
pub struct Key {
    pub(super) material: Material,
    pub(super) kind: KeyType,
    /// `kid` (RFC 7517 §4.5). It is opaque: it is compared for equality and never used as a path.
    pub kid: Option<String>,
    /// `alg` (RFC 7517 §4.4). It fits the kind.
    pub(super) alg: Option<Algorithm>,
    /// `use` (RFC 7517 §4.2).
    pub key_use: Option<Use>,
    /// Whether `use` is `jwt-svid`. Such a key of a SPIFFE bundle verifies only SVIDs.
    pub is_for_svids: bool,
    /// `key_ops` (RFC 7517 §4.3).
    pub(super) key_ops: Option<Vec<String>>,
    /// All other members that are not key material, in their order.
    pub other: Object,
    /// The names of private members of other key types that were in the JWK. These members are never written.
    pub(super) ignored: Vec<&'static str>,
    /// A warning about the file that the key was read from.
    pub(super) warning: Option<&'static str>,
    /// The key usage of the certificate, if the key was read from one.
    pub(super) certificate: Option<CertificateUse>,
    /// The cached result of [`Key::public_point`].
    point: OnceLock<Option<Vec<u8>>>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("kind", &self.kind)
            .field("alg", &self.alg.map(Algorithm::name))
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl Key {
    pub(super) fn new(material: Material) -> Result<Key> {
        let kind = kind_of(&material)?;
        Ok(Key {
            kind,
            material,
            kid: None,
            // An AKP key is bound to one algorithm (RFC 9964 §3), and so is an RSA-PSS key with parameters.
            alg: match kind {
                KeyType::Akp(_) => Signature::of_kind(kind).map(Algorithm::Signature),
                KeyType::RsaPss(_, Some(hash)) => {
                    Algorithm::from_name(pss::pss_algorithm_name(hash))
                }
                _ => None,
            },
            key_use: None,
            is_for_svids: false,
            key_ops: None,
            other: Object::new(),
            ignored: Vec::new(),
            warning: None,
            certificate: None,
            point: OnceLock::new(),
        })
    }

    /// Checks a private key.
    ///
    /// # Errors
    /// [`Error::Key`] if it is damaged or weak, or tokens do not use keys of its type.
    pub(crate) fn from_private(key: PKey<Private>) -> Result<Key> {
        Key::new(Material::Private(key))
    }

    /// Checks a public key.
    ///
    /// # Errors
    /// As [`Key::from_private`].
    pub(crate) fn from_public(key: PKey<Public>) -> Result<Key> {
        Key::new(Material::Public(key))
    }

    /// Returns a shared secret with these bytes.
    ///
    /// # Errors
    /// [`Error::Key`] if it is empty, or is a key file: a public key must never be used as an HMAC secret.
    pub fn from_secret(secret: SecretBytes) -> Result<Key> {
        let bytes = secret.expose();
        check_is_no_key(bytes)?;
        if bytes.is_empty() {
            return Err(Error::Key("the secret is empty".into()));
        }
        Key::new(Material::Secret(secret))
    }

    /// Returns a shared secret of this many bytes that is not in this process.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn from_remote_secret(len: usize, remote: Arc<dyn RemoteKey>) -> Result<Key> {
        Key::new(Material::RemoteSecret(len, remote))
    }

    /// Returns a passphrase for PBES2.
    ///
    /// # Errors
    /// [`Error::Key`] if it is empty.
    pub fn from_passphrase(passphrase: SecretBytes) -> Result<Key> {
        if passphrase.is_empty() {
            return Err(Error::Key("the passphrase is empty".into()));
        }
        let mut key = Key::new(Material::Secret(passphrase))?;
        key.kind = KeyType::Passphrase;
        Ok(key)
    }

    /// Returns the names of private members of other key types that were in the JWK and ignored.
    pub fn ignored_members(&self) -> &[&'static str] {
        &self.ignored
    }

    /// Returns the names of the times (`iat`, `nbf`, `exp`) that are after the year 9999. Such a number is usually in
    /// milliseconds, but the unit is seconds (RFC 7519 section 2).
    pub fn implausible_times(&self) -> Vec<&'static str> {
        let is_implausible =
            |name: &&str| self.time_member(name).is_some_and(|time| time as f64 > MAX_NUMERIC_DATE);
        ["iat", "nbf", "exp"].into_iter().filter(is_implausible).collect()
    }

    /// Returns the key usage of the certificate that the key was read from.
    pub fn certificate(&self) -> Option<&CertificateUse> {
        self.certificate.as_ref()
    }

    /// Returns the encoded public key of a key on a curve: an uncompressed point, or the bytes of X25519 or X448. It is encoded
    /// once, because every HPKE message to the key needs it.
    pub(super) fn public_point(&self) -> Option<&[u8]> {
        let encode = || match &self.material {
            Material::Secret(_) | Material::RemoteSecret(..) => None,
            Material::Private(key) => encode_public(key),
            Material::Public(key) | Material::Remote(key, _) => encode_public(key),
        };
        self.point.get_or_init(encode).as_deref()
    }

    /// Returns the kind of the key.
    pub fn key_type(&self) -> KeyType {
        self.kind
    }

    /// Returns the algorithm that the key is bound to, if any.
    pub fn alg(&self) -> Option<Algorithm> {
        self.alg
    }

    /// Binds the key to an algorithm.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if the algorithm does not fit the kind of the key.
    pub fn set_alg(&mut self, alg: Algorithm) -> Result<()> {
        if !alg.is_suitable_for(self.kind) {
            return Err(Error::UnsuitableKey(format!(
                "{} does not fit {}",
                alg.name(),
                self.kind.with_article()
            )));
        }
        self.alg = Some(alg);
        Ok(())
    }

    /// Removes a member that is not key material.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if the key has no such member.
    pub fn drop_member(&mut self, name: &str) -> Result<()> {
        let there = match name {
            "kid" => self.kid.take().is_some(),
            "use" => {
                self.is_for_svids = false;
                self.key_use.take().is_some()
            }
            "key_ops" => self.key_ops.take().is_some(),
            "alg" if !matches!(self.kind, KeyType::Akp(_)) => self.alg.take().is_some(),
            name => self.other.shift_remove(name).is_some(),
        };
        if there {
            Ok(())
        } else {
            Err(Error::UnsuitableKey(format!(
                "the key has no member {name} that can be removed"
            )))
        }
    }

    /// Returns the bytes of a shared secret that is in this process.
    pub fn secret(&self) -> Option<&SecretBytes> {
        match &self.material {
            Material::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// Returns the private key, if it is in this process.
    pub(crate) fn private_half(&self) -> Option<&PKey<Private>> {
        match &self.material {
            Material::Private(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the public key, if the key has no private part.
    pub(crate) fn public_half(&self) -> Option<&PKey<Public>> {
        match &self.material {
            Material::Public(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the error for exporting the secret part of a key that is not in this process.
    pub(crate) fn not_exportable(&self) -> Error {
        let why = if self.is_secret() {
            "the shared secret cannot be exported: it is not in this process"
        } else {
            "the private key cannot be exported: it is not in this process; use --public to write the public key"
        };
        Error::remote(why)
    }

    /// Sets a warning about the file that the key was read from.
    pub(crate) fn set_warning(&mut self, warning: &'static str) {
        self.warning = Some(warning);
    }

    /// Whether the key is a shared secret.
    pub fn is_secret(&self) -> bool {
        matches!(
            self.material,
            Material::Secret(_) | Material::RemoteSecret(..)
        )
    }

    /// Returns the interface to the key, if it is not in this process.
    pub(super) fn remote_key(&self) -> Option<&Arc<dyn RemoteKey>> {
        match &self.material {
            Material::Remote(_, remote) | Material::RemoteSecret(_, remote) => Some(remote),
            _ => None,
        }
    }

    /// Whether the private key or the shared secret is not in this process.
    pub fn is_remote(&self) -> bool {
        self.remote_key().is_some()
    }

    /// Whether the key has a part that must not be published.
    pub fn is_private(&self) -> bool {
        !matches!(self.material, Material::Public(_))
    }

    /// Returns a time of the JWK (`iat`, `nbf` or `exp`) in Unix seconds.
    pub fn time_member(&self, member: &str) -> Option<i64> {
        self.other.get(member).and_then(serde_json::Value::as_i64)
    }
}

/// Rejects a shared secret that is a key file, because a public key must never be used as an HMAC secret.
fn check_is_no_key(secret: &[u8]) -> Result<()> {
    if secret_check::is_key_file(secret) {
        return Err(Error::Key(
            "the secret looks like a key file, which is never used as a shared secret".into(),
        ));
    }
    Ok(())
}

fn kind_of(material: &Material) -> Result<KeyType> {
    let post_quantum = match material {
        Material::Secret(_) | Material::RemoteSecret(..) => None,
        Material::Private(key) => akp::kind_of(key),
        Material::Public(key) | Material::Remote(key, _) => akp::kind_of(key),
    };
    if let Some(row) = post_quantum {
        if let Material::Private(key) = material {
            akp::private_seed(row, key)?;
        }
        return Ok(KeyType::Akp(row));
    }
    match material {
        Material::Secret(secret) => Ok(KeyType::Oct(secret.len())),
        Material::RemoteSecret(len, _) => Ok(KeyType::Oct(*len)),
        Material::Private(key) => match key.id() {
            Id::RSA => rsa::check_private(&*key.rsa().map_err(|_| Error::Backend("RSA key"))?),
            Id::RSA_PSS => {
                let kind = rsa::check_private(&*key.rsa().map_err(|_| Error::Backend("RSA key"))?)?;
                pss::kind_of(kind, key.public_key_to_der())
            }
            Id::EC => ec::check_key(&*key.ec_key().map_err(|_| Error::Backend("EC key"))?),
            id => okp::check_point(curve_of(id)?, &raw_public(key.raw_public_key())?),
        },
        Material::Public(key) | Material::Remote(key, _) => match key.id() {
            Id::RSA => rsa::check_public(&*key.rsa().map_err(|_| Error::Backend("RSA key"))?),
            Id::RSA_PSS => {
                let kind = rsa::check_public(&*key.rsa().map_err(|_| Error::Backend("RSA key"))?)?;
                pss::kind_of(kind, key.public_key_to_der())
            }
            Id::EC => ec::check_key(&*key.ec_key().map_err(|_| Error::Backend("EC key"))?),
            id => okp::check_point(curve_of(id)?, &raw_public(key.raw_public_key())?),
        },
    }
}

/// Encodes a public key: an uncompressed point (SEC 1 section 2.3.3), or the bytes of RFC 7748.
pub(super) fn encode_public<T: HasPublic>(key: &PKeyRef<T>) -> Option<Vec<u8>> {
    let Ok(ec) = key.ec_key() else {
        return key.raw_public_key().ok();
    };
    let mut ctx = BigNumContext::new().ok()?;
    let form = PointConversionForm::UNCOMPRESSED;
    ec.public_key().to_bytes(ec.group(), form, &mut ctx).ok()
}

fn raw_public(bytes: std::result::Result<Vec<u8>, openssl::error::ErrorStack>) -> Result<Vec<u8>> {
    bytes.map_err(|_| Error::Backend("public key"))
}

fn curve_of(id: Id) -> Result<Curve> {
    match id {
        Id::ED25519 => Ok(Curve::Ed25519),
        Id::ED448 => Ok(Curve::Ed448),
        Id::X25519 => Ok(Curve::X25519),
        Id::X448 => Ok(Curve::X448),
        _ => {
            let name = Nid::from_raw(id.as_raw()).short_name();
            let name = name.unwrap_or("this type");
            Err(Error::Key(format!(
                "a key of the algorithm {name} is not supported"
            )))
        }
    }
}
