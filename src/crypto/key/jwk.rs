//! Parses and serializes JWKs (RFC 7517 §4, RFC 7518 §6), and computes thumbprints (RFC 7638).

use openssl::pkey::PKey;
use openssl::sha::{Sha256, Sha384, Sha512};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::members::Members;
use super::rsa::RecoveryBudget;
use super::{Key, Material, PublicKey, REFERENCE, Use, akp, ec};
use crate::crypto::alg::{Algorithm, KeyType};
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{self, Object};
use crate::crypto::secret::SecretBytes;

/// The private members of every key type (RFC 7518 §6, RFC 9964 §3).
pub const PRIVATE_MEMBERS: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// Whether a JWK has a private member, well-formed or not.
pub fn shows_private(jwk: &Object) -> bool {
    PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name))
}

/// The hash of a JWK thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ThumbprintHash {
    Sha256,
    Sha384,
    Sha512,
}

impl Key {
    /// Parses one JWK.
    ///
    /// # Errors
    /// [`Error::Key`] if a member is missing or has the wrong type or length, if the private and public parts do not match, or
    /// if `alg` does not fit.
    pub fn from_jwk(text: &[u8]) -> Result<Key> {
        let object =
            json::parse_object(text).map_err(|fault| Error::Key(format!("the JWK {fault}")))?;
        Key::from_jwk_object(object)
    }

    pub(crate) fn from_jwk_object(object: Object) -> Result<Key> {
        Key::from_jwk_within(object, &mut RecoveryBudget::default())
    }

    /// Parses one of several JWKs, which share a budget for the recovery of RSA primes.
    pub(crate) fn from_jwk_within(object: Object, budget: &mut RecoveryBudget) -> Result<Key> {
        Key::from_members(Members::strict(object), budget).map(|(key, _)| key)
    }

    /// Parses a JWK of a file as [`Key::from_jwk_within`] does, but repairs unambiguous mistakes. Also returns the repairs.
    pub(crate) fn from_file_jwk(
        object: Object,
        budget: &mut RecoveryBudget,
    ) -> Result<(Key, Vec<String>)> {
        Key::from_members(Members::tolerant(object), budget)
    }

    fn from_members(
        mut members: Members,
        budget: &mut RecoveryBudget,
    ) -> Result<(Key, Vec<String>)> {
        let material = match members.required_text("kty")?.as_str() {
            "oct" => {
                let secret = members.required_octets("k")?;
                super::check_is_no_key(secret.expose())?;
                Material::Secret(secret)
            }
            "EC" => members.parse_ec()?,
            "RSA" => members.parse_rsa(budget)?,
            "OKP" => members.parse_okp()?,
            "AKP" => members.parse_akp()?,
            _ => {
                return Err(Error::Key("the kty of the JWK is not supported".into()));
            }
        };
        let mut key = Key::new(material)?;
        if key.kind == KeyType::Oct(0) {
            return Err(Error::Key("the JWK's member \"k\" is empty".into()));
        }
        key.kid = members.optional_text("kid")?;
        if let Some(name) = members.optional_text("alg")? {
            let alg = Algorithm::from_name(&name)
                .ok_or_else(|| Error::Key("the JWK's alg is not known".into()))?;
            if !alg.is_suitable_for(key.kind) {
                return Err(Error::Key(format!(
                    "the JWK's alg {} does not fit {}",
                    alg.name(),
                    key.kind.with_article()
                )));
            }
            key.alg = Some(alg);
        }
        key.key_use = match members.optional_text("use")?.as_deref() {
            None => None,
            Some("sig") => Some(Use::Sig),
            Some("enc") => Some(Use::Enc),
            Some("jwt-svid") => {
                key.is_for_svids = true;
                Some(Use::Sig)
            }
            Some(_) => return Err(Error::Key("the JWK's use is neither sig nor enc".into())),
        };
        key.key_ops = members.key_ops()?;
        for name in ["iat", "nbf", "exp"] {
            if members.rest.get(name).is_some_and(|value| value.as_i64().is_none()) {
                return Err(Error::Key(format!(
                    "the JWK's member \"{name}\" is not a time in whole seconds"
                )));
            }
        }
        let repairs;
        (key.other, repairs) = members.into_parts();
        for name in PRIVATE_MEMBERS {
            if key.other.shift_remove(*name).is_some() {
                key.ignored.push(name);
            }
        }
        Ok((key, repairs))
    }

    /// Parses a JWK of a token. A JWK with private members is rejected before they are parsed, because checking the `d` of an
    /// RSA key against its modulus can take minutes.
    pub(crate) fn from_untrusted_jwk(object: Object) -> Result<Key> {
        if shows_private(&object) {
            Err(Error::Key("shows a private key".into()))
        } else {
            Key::from_jwk_object(object)
        }
    }

    /// Returns the JWK with its private members, as one line without a newline.
    pub fn to_jwk(&self) -> Result<SecretBytes> {
        let mut text = Zeroizing::new(String::with_capacity(4096));
        let mut push = |name: &str, value: &str| {
            let opening = text.is_empty();
            text.push(if opening { '{' } else { ',' });
            text.push_str(&Value::from(name).to_string());
            text.push(':');
            text.push_str(value);
        };
        for (name, value) in self.public_material()? {
            push(&name, &value.to_string());
        }
        for (name, octets) in self.private_material()? {
            let quoted = Zeroizing::new(format!("\"{}\"", base64url::encode(octets.expose())));
            push(name, &quoted);
        }
        for (name, value) in self.members() {
            push(&name, &value.to_string());
        }
        text.push('}');
        Ok(SecretBytes::new(std::mem::take(&mut *text).into_bytes()))
    }

    /// Returns the thumbprint (RFC 7638 §3): the hash of the required members in lexicographic order, as base64url.
    pub fn thumbprint(&self, hash: ThumbprintHash) -> Result<String> {
        let mut members = self.public_material()?;
        match &self.material {
            Material::Secret(secret) => {
                members.insert("k".into(), base64url::encode(secret.expose()).into());
            }
            Material::RemoteSecret(..) => return Err(self.not_exportable()),
            _ => {}
        }
        jwk_thumbprint(&members, hash).ok_or(Error::Backend("thumbprint"))
    }

    fn public_material(&self) -> Result<Object> {
        let mut object = Object::new();
        object.insert("kty".into(), self.kind.kty().into());
        let public = match &self.material {
            Material::Secret(_) | Material::RemoteSecret(..) => return Ok(object),
            Material::Private(key) => public_numbers(key, self.kind)?,
            Material::Public(key) | Material::Remote(key, _) => public_numbers(key, self.kind)?,
        };
        match (self.kind, self.alg) {
            (KeyType::Curve(curve), _) => object.insert("crv".into(), curve.name().into()),
            (KeyType::Akp(_), Some(alg)) => object.insert("alg".into(), alg.name().into()),
            _ => None,
        };
        for (name, octets) in public {
            object.insert(name.into(), base64url::encode(octets).into());
        }
        Ok(object)
    }

    fn private_material(&self) -> Result<Vec<(&'static str, SecretBytes)>> {
        let engine = |_| Error::Backend("private key");
        let key = match &self.material {
            Material::Public(_) => return Ok(Vec::new()),
            // The reference identifies the private key, so that the JWK is complete.
            Material::Remote(..) if self.other.contains_key(REFERENCE) => return Ok(Vec::new()),
            Material::Remote(..) | Material::RemoteSecret(..) => return Err(self.not_exportable()),
            Material::Secret(secret) => {
                return Ok(vec![("k", secret.expose().to_vec().into())]);
            }
            Material::Private(key) => key,
        };
        match self.kind {
            KeyType::Rsa(_) | KeyType::RsaPss(..) => {
                let rsa = key.rsa().map_err(engine)?;
                let crt = [
                    ("d", Some(rsa.d())),
                    ("p", rsa.p()),
                    ("q", rsa.q()),
                    ("dp", rsa.dmp1()),
                    ("dq", rsa.dmq1()),
                    ("qi", rsa.iqmp()),
                ];
                Ok(crt
                    .into_iter()
                    .filter_map(|(name, number)| Some((name, number?.to_vec().into())))
                    .collect())
            }
            KeyType::Curve(curve) if curve.is_ec() => {
                let ec = key.ec_key().map_err(engine)?;
                let d = ec.private_key().to_vec_padded(curve.byte_len() as i32);
                Ok(vec![("d", d.map_err(engine)?.into())])
            }
            KeyType::Akp(row) => Ok(vec![("priv", akp::private_seed(row, key)?)]),
            _ => Ok(vec![("d", key.raw_private_key().map_err(engine)?.into())]),
        }
    }

    fn members(&self) -> Object {
        let mut object = Object::new();
        if let Some(kid) = &self.kid {
            object.insert("kid".into(), kid.as_str().into());
        }
        if let Some(key_use) = self.key_use {
            let name = if self.is_for_svids {
                "jwt-svid"
            } else {
                key_use.name()
            };
            object.insert("use".into(), name.into());
        }
        if let Some(ops) = &self.key_ops {
            object.insert("key_ops".into(), json!(ops));
        }
        // The public members of an AKP key already contain `alg`.
        if let Some(alg) = self.alg
            && !matches!(self.kind, KeyType::Akp(_))
        {
            object.insert("alg".into(), alg.name().into());
        }
        object.extend(self.other.clone());
        object
    }
}

impl PublicKey {
    /// Returns the JWK with the key material only.
    pub fn to_bare_jwk(&self) -> Result<Object> {
        self.0.public_material()
    }

    /// Returns the JWK.
    pub fn to_jwk(&self) -> Result<Object> {
        let mut object = self.0.public_material()?;
        object.extend(self.0.members());
        Ok(object)
    }
}

/// Returns the thumbprint of a JWK, which does not need to be a usable key; `None` if a required member is missing.
pub(crate) fn jwk_thumbprint(jwk: &Object, hash: ThumbprintHash) -> Option<String> {
    let names: &[&str] = match jwk.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "oct" => &["k", "kty"],
        "AKP" => &["alg", "kty", "pub"],
        _ => return None,
    };
    let members = names.iter().map(|name| {
        let value = Value::from(jwk.get(*name)?.as_str()?);
        Some(format!("\"{name}\":{value}"))
    });
    let members = Zeroizing::new(members.collect::<Option<Vec<String>>>()?);
    let text = Zeroizing::new(format!("{{{}}}", members.join(",")));
    // Unlike the one-shot functions, the incremental functions of OpenSSL need no provider.
    macro_rules! digest {
        ($hasher:ty) => {{
            let mut hasher = <$hasher>::new();
            hasher.update(text.as_bytes());
            base64url::encode(hasher.finish())
        }};
    }
    Some(match hash {
        ThumbprintHash::Sha256 => digest!(Sha256),
        ThumbprintHash::Sha384 => digest!(Sha384),
        ThumbprintHash::Sha512 => digest!(Sha512),
    })
}

fn public_numbers<T: openssl::pkey::HasPublic>(
    key: &PKey<T>,
    kind: KeyType,
) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let engine = |_| Error::Backend("public key");
    Ok(match kind {
        KeyType::Rsa(_) | KeyType::RsaPss(..) => {
            let rsa = key.rsa().map_err(engine)?;
            vec![("n", rsa.n().to_vec()), ("e", rsa.e().to_vec())]
        }
        KeyType::Curve(curve) if curve.is_ec() => {
            let (x, y) = ec::coordinates(&*key.ec_key().map_err(engine)?, curve)?;
            vec![("x", x), ("y", y)]
        }
        KeyType::Akp(_) => vec![("pub", akp::public_bytes(key)?)],
        _ => vec![("x", key.raw_public_key().map_err(engine)?)],
    })
}
