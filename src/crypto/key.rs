//! Keys: what they are, what they may do. Reading and writing them is in the files below `key/`.

pub(super) mod akp;
pub(super) mod asn1;
mod ec;
mod fresh;
mod jwk;
mod members;
mod okp;
mod operation;
mod pkcs8;
pub(super) mod rsa;
pub(super) mod ssh;

use std::fmt;

use openssl::pkey::{Id, PKey, Private, Public};

use super::alg::{Alg, ContentEncryption, Curve, KeyManagement, KeyScheme, Kind, Signature};
use super::error::{Error, Result};
use super::json::Object;
use super::secret::SecretBytes;

pub use jwk::ThumbprintHash;
pub use operation::Operation;

/// The bytes of a key, checked: lengths, range, point on curve, and that private and public part belong together.
pub(super) enum Material {
    Secret(SecretBytes),
    Private(PKey<Private>),
    Public(PKey<Public>),
}

/// What a key may be used for (RFC 7517 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Signing and verifying.
    Sig,
    /// Encrypting and decrypting.
    Enc,
}

impl Use {
    /// The `use` value.
    pub fn name(self) -> &'static str {
        match self {
            Use::Sig => "sig",
            Use::Enc => "enc",
        }
    }
}

/// A key as it is held: a shared secret, a private key, or a public key, with the members that travel beside it.
///
/// It has no `Display`, and its `Debug` shows kind, algorithm and kid only.
pub struct Key {
    pub(super) material: Material,
    pub(super) kind: Kind,
    /// `kid` (RFC 7517 §4.5): opaque, compared for equality, never a path.
    pub kid: Option<String>,
    /// `alg` (RFC 7517 §4.4); it fits the kind.
    pub(super) alg: Option<Alg>,
    /// `use` (RFC 7517 §4.2).
    pub key_use: Option<Use>,
    /// `key_ops` (RFC 7517 §4.3).
    pub(super) key_ops: Option<Vec<String>>,
    /// The members that are neither key material nor one of those above, in their order.
    pub other: Object,
}

/// A key without any private part; it may be printed and published.
#[derive(Debug)]
pub struct PublicKey(Key);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("kind", &self.kind)
            .field("alg", &self.alg.map(Alg::name))
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
            // RFC 9964 §3: an AKP key is for one algorithm.
            alg: match kind {
                Kind::MlDsa(row) => Alg::named(row.name()),
                _ => None,
            },
            key_use: None,
            key_ops: None,
            other: Object::new(),
        })
    }

    /// A shared secret given as raw bytes.
    ///
    /// # Errors
    /// When it is empty, or holds what looks like a PEM block or a JWK: a public key is never an HMAC secret.
    pub fn from_secret(secret: SecretBytes) -> Result<Key> {
        let bytes = secret.expose();
        let holds = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
        if [&b"-----BEGIN"[..], b"\"kty\"", b"ssh-rsa ", b"ssh-ed25519 "]
            .into_iter()
            .any(holds)
        {
            return Err(Error::Key(
                "the secret looks like a key file, which is never used as a shared secret".into(),
            ));
        }
        if bytes.is_empty() {
            return Err(Error::Key("the secret is empty".into()));
        }
        Key::new(Material::Secret(secret))
    }

    /// A passphrase, for PBES2.
    ///
    /// # Errors
    /// When it is empty.
    pub fn from_passphrase(passphrase: SecretBytes) -> Result<Key> {
        if passphrase.is_empty() {
            return Err(Error::Key("the passphrase is empty".into()));
        }
        let mut key = Key::new(Material::Secret(passphrase))?;
        key.kind = Kind::Passphrase;
        Ok(key)
    }

    /// What the key is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The algorithm that the key is bound to, if it says so.
    pub fn alg(&self) -> Option<Alg> {
        self.alg
    }

    /// Binds the key to an algorithm.
    ///
    /// # Errors
    /// When the algorithm does not fit the kind of key.
    pub fn bind(&mut self, alg: Alg) -> Result<()> {
        if !alg.fits(self.kind) {
            return Err(Error::Unfit(format!(
                "{} does not fit a {}",
                alg.name(),
                self.kind
            )));
        }
        self.alg = Some(alg);
        Ok(())
    }

    /// Leaves out a member that is not the key itself.
    ///
    /// # Errors
    /// [`Error::Unfit`] when the key has no such member.
    pub fn drop_member(&mut self, name: &str) -> Result<()> {
        let there = match name {
            "kid" => self.kid.take().is_some(),
            "use" => self.key_use.take().is_some(),
            "key_ops" => self.key_ops.take().is_some(),
            "alg" if !matches!(self.kind, Kind::MlDsa(_)) => self.alg.take().is_some(),
            name => self.other.shift_remove(name).is_some(),
        };
        match there {
            true => Ok(()),
            false => Err(Error::Unfit(format!(
                "the key has no member {name} that can be left out"
            ))),
        }
    }

    /// Whether the key is a shared secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.material, Material::Secret(_))
    }

    /// Whether the key has a part that must not be published.
    pub fn is_private(&self) -> bool {
        !matches!(self.material, Material::Public(_))
    }

    /// The public half, with kid, alg, use and the other members.
    ///
    /// # Errors
    /// A shared secret has none.
    pub fn to_public(&self) -> Result<PublicKey> {
        let der = match &self.material {
            Material::Secret(_) => {
                return Err(Error::Unfit("a shared secret has no public half".into()));
            }
            Material::Private(key) => key.public_key_to_der(),
            Material::Public(key) => key.public_key_to_der(),
        };
        let public = der
            .and_then(|der| PKey::public_key_from_der(&der))
            .map_err(|_| Error::Engine("public key"))?;
        Ok(PublicKey(Key {
            material: Material::Public(public),
            kind: self.kind,
            kid: self.kid.clone(),
            alg: self.alg,
            key_use: self.key_use,
            key_ops: self.key_ops.as_ref().map(|ops| public_ops(ops)),
            other: self.other.clone(),
        }))
    }

    /// The signature algorithm for this key: `asked` if it fits and the key is not bound to another, else the one the
    /// key is bound to, else the one its kind fixes. `None` when several remain (RSA).
    ///
    /// # Errors
    /// When `asked` does not fit the key or the key is bound to another algorithm.
    pub fn signature_algorithm(
        &self,
        asked: Option<&'static Signature>,
    ) -> Result<Option<&'static Signature>> {
        let bound = match self.alg {
            None => None,
            Some(Alg::Signature(row)) => Some(row),
            Some(other) => {
                return Err(Error::Unfit(format!(
                    "the key is bound to {}, which does not sign",
                    other.name()
                )));
            }
        };
        match (asked, bound) {
            (None, None) => match (Signature::of_kind(self.kind), self.kind) {
                (None, Kind::Oct(bytes)) => Err(Error::Key(format!(
                    "a secret of {bytes} bytes is too short: HS256 needs at least 32"
                ))),
                (None, Kind::Curve(_)) => {
                    Err(Error::Unfit(format!("a {} does not sign", self.kind)))
                }
                (None, Kind::Passphrase) => Err(Error::Unfit("a passphrase does not sign".into())),
                (row, _) => Ok(row),
            },
            (None, bound) => Ok(bound),
            (Some(asked), Some(bound)) if !asked.same_for(bound, self.kind) => {
                Err(Error::Unfit(format!(
                    "the key is bound to {}, so it cannot serve for {}",
                    bound.name, asked.name
                )))
            }
            (Some(asked), _) if !asked.fits(self.kind) => Err(Error::Unfit(match self.kind {
                Kind::Oct(bytes) if asked.is_symmetric() => {
                    format!("a secret of {bytes} bytes is too short for {}", asked.name)
                }
                kind => format!("{} does not fit a {kind}", asked.name),
            })),
            (asked, _) => Ok(asked),
        }
    }

    /// The key management algorithm for encrypting to this key: `asked` if it fits and the key is not bound to another,
    /// else the one the key is bound to, else a sound one of its kind.
    ///
    /// # Errors
    /// When `asked` does not fit the key, or the key is bound to another algorithm.
    pub fn key_management_algorithm(
        &self,
        asked: Option<&'static KeyManagement>,
    ) -> Result<&'static KeyManagement> {
        let bound = match self.alg {
            None => None,
            Some(Alg::KeyManagement(row)) => Some(row),
            Some(Alg::ContentEncryption(_)) => KeyManagement::named("dir"),
            Some(Alg::Signature(row)) => {
                return Err(Error::Unfit(format!(
                    "the key is bound to {}, which does not encrypt",
                    row.name
                )));
            }
        };
        match (asked, bound) {
            (None, Some(bound)) => Ok(bound),
            (None, None) => KeyManagement::of_kind(self.kind)
                .ok_or_else(|| Error::Unfit(format!("a {} does not encrypt", self.kind))),
            (Some(asked), Some(bound)) if asked != bound => Err(Error::Unfit(format!(
                "the key is bound to {}, so it cannot serve for {}",
                bound.name, asked.name
            ))),
            (Some(asked), None) if asked.is_password() && self.kind != Kind::Passphrase => Err(
                Error::Unfit(format!("{} takes a passphrase, not a key", asked.name)),
            ),
            (Some(asked), _) if !asked.fits(self.kind) => Err(Error::Unfit(format!(
                "{} does not fit a {}",
                asked.name, self.kind
            ))),
            (Some(asked), _) => Ok(asked),
        }
    }

    /// The content encryption that the key itself fixes: the one it is bound to, or for `dir` the one of its length.
    pub fn content_encryption(
        &self,
        asked: Option<&'static KeyManagement>,
    ) -> Option<&'static ContentEncryption> {
        match (self.alg, self.kind, self.key_management_algorithm(asked)) {
            (Some(Alg::ContentEncryption(row)), ..) => Some(row),
            (_, Kind::Oct(bytes), Ok(row)) if row.scheme == KeyScheme::Direct => {
                ContentEncryption::of_key_len(bytes)
            }
            _ => None,
        }
    }

    /// Whether the key can serve with this content encryption: for `dir` it is the content encryption key itself, so its
    /// length must be right, and it may be bound to one.
    pub(super) fn fits_content(&self, algorithm: &KeyManagement, enc: &ContentEncryption) -> bool {
        if algorithm.scheme != KeyScheme::Direct {
            return true;
        }
        let bound = match self.alg {
            Some(Alg::ContentEncryption(row)) => row == enc,
            _ => true,
        };
        bound && self.kind == Kind::Oct(enc.key_len)
    }

    /// Whether a token with these algorithms can be for this key: those it is bound to, or else any of its kind.
    pub(super) fn decrypts(&self, algorithm: &KeyManagement, enc: &ContentEncryption) -> bool {
        let bound = match self.alg {
            None => !algorithm.is_password() || self.kind == Kind::Passphrase,
            Some(Alg::KeyManagement(row)) => row == algorithm,
            Some(Alg::ContentEncryption(_)) => algorithm.scheme == KeyScheme::Direct,
            Some(Alg::Signature(_)) => false,
        };
        bound && algorithm.fits(self.kind) && self.fits_content(algorithm, enc)
    }

    /// A life member of the JWK (`iat`, `nbf`, `exp`) in Unix seconds.
    pub fn time(&self, member: &str) -> Option<i64> {
        self.other.get(member).and_then(serde_json::Value::as_i64)
    }
}

impl PublicKey {
    /// The key, for everything that a public key can do.
    pub fn as_key(&self) -> &Key {
        &self.0
    }

    /// Drops every member that is neither key material, kid, alg, use, key_ops nor one of these.
    pub fn keep_members(&mut self, names: &[&str]) {
        self.0
            .other
            .retain(|name, _| names.contains(&name.as_str()));
    }

    /// The key, for putting it into a key set.
    pub fn into_key(self) -> Key {
        self.0
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

fn kind_of(material: &Material) -> Result<Kind> {
    let post_quantum = match material {
        Material::Secret(_) => None,
        Material::Private(key) => akp::kind_of(key),
        Material::Public(key) => akp::kind_of(key),
    };
    if let Some(kind) = post_quantum {
        if let Material::Private(key) = material {
            akp::seed(key)?;
        }
        return Ok(kind);
    }
    match material {
        Material::Secret(secret) => Ok(Kind::Oct(secret.len())),
        Material::Private(key) => match key.id() {
            Id::RSA => rsa::check_private(&*key.rsa().map_err(|_| Error::Engine("RSA key"))?),
            Id::EC => ec::check(&*key.ec_key().map_err(|_| Error::Engine("EC key"))?),
            id => okp::check(curve_of(id)?, &raw_public(key.raw_public_key())?),
        },
        Material::Public(key) => match key.id() {
            Id::RSA => rsa::check_public(&*key.rsa().map_err(|_| Error::Engine("RSA key"))?),
            Id::EC => ec::check(&*key.ec_key().map_err(|_| Error::Engine("EC key"))?),
            id => okp::check(curve_of(id)?, &raw_public(key.raw_public_key())?),
        },
    }
}

fn raw_public(bytes: std::result::Result<Vec<u8>, openssl::error::ErrorStack>) -> Result<Vec<u8>> {
    bytes.map_err(|_| Error::Engine("public key"))
}

fn curve_of(id: Id) -> Result<Curve> {
    match id {
        Id::ED25519 => Ok(Curve::Ed25519),
        Id::ED448 => Ok(Curve::Ed448),
        Id::X25519 => Ok(Curve::X25519),
        Id::X448 => Ok(Curve::X448),
        _ => Err(Error::Key(
            "the key is of a type that tokens do not use".into(),
        )),
    }
}
