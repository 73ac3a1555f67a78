//! JWK in and out (RFC 7517 §4, RFC 7518 §6), and thumbprints (RFC 7638).

use openssl::bn::BigNum;
use openssl::pkey::PKey;
use openssl::sha::{Sha256, Sha384, Sha512};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Key, Material, PublicKey, Use, ec, okp, rsa};
use crate::crypto::alg::{Alg, Curve, Kind};
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::{self, Object};
use crate::crypto::secret::SecretBytes;

/// The hash of a JWK thumbprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ThumbprintHash {
    Sha256,
    Sha384,
    Sha512,
}

impl Key {
    /// Reads one JWK.
    ///
    /// # Errors
    /// [`Error::Key`] when a member is missing, of the wrong type or length, when the parts do not belong together, or
    /// when `alg` does not fit.
    pub fn from_jwk(text: &[u8]) -> Result<Key> {
        let object =
            json::parse_object(text).map_err(|fault| Error::Key(format!("the JWK {fault}")))?;
        Key::from_jwk_object(object)
    }

    pub(in crate::crypto) fn from_jwk_object(object: Object) -> Result<Key> {
        let mut members = Members(object);
        let material = match members.text("kty")?.as_str() {
            "oct" => Material::Secret(members.octets("k")?),
            "EC" => members.ec()?,
            "RSA" => members.rsa()?,
            "OKP" => members.okp()?,
            _ => {
                return Err(Error::Key(
                    "the JWK's kty is not one that tokens use".into(),
                ));
            }
        };
        let mut key = Key::new(material)?;
        if key.kind == Kind::Oct(0) {
            return Err(Error::Key("the JWK's member \"k\" is empty".into()));
        }
        key.kid = members.optional_text("kid")?;
        if let Some(name) = members.optional_text("alg")? {
            let alg =
                Alg::named(&name).ok_or_else(|| Error::Key("the JWK's alg is not known".into()))?;
            if !alg.fits(key.kind) {
                return Err(Error::Key(format!(
                    "the JWK's alg {} does not fit a {}",
                    alg.name(),
                    key.kind
                )));
            }
            key.alg = Some(alg);
        }
        key.key_use = match members.optional_text("use")?.as_deref() {
            None => None,
            Some("sig") => Some(Use::Sig),
            Some("enc") => Some(Use::Enc),
            Some(_) => return Err(Error::Key("the JWK's use is neither sig nor enc".into())),
        };
        key.key_ops = members.key_ops()?;
        for name in ["iat", "nbf", "exp"] {
            if members
                .0
                .get(name)
                .is_some_and(|value| value.as_i64().is_none())
            {
                return Err(Error::Key(format!(
                    "the JWK's member \"{name}\" is not a time in whole seconds"
                )));
            }
        }
        key.other = members.0;
        Ok(key)
    }

    /// The whole JWK, private part included, as one line without a newline.
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

    /// The thumbprint (RFC 7638 §3): the hash of the required members in lexicographic order, as base64url.
    pub fn thumbprint(&self, hash: ThumbprintHash) -> Result<String> {
        let mut members: Vec<(String, Value)> = self.public_material()?.into_iter().collect();
        if let Material::Secret(secret) = &self.material {
            members.push(("k".into(), base64url::encode(secret.expose()).into()));
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let fields: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        let text = Zeroizing::new(format!("{{{}}}", fields.join(",")));
        // The incremental forms need no provider to be fetched, which the one-shot functions do.
        macro_rules! digest {
            ($hasher:ty) => {{
                let mut hasher = <$hasher>::new();
                hasher.update(text.as_bytes());
                base64url::encode(hasher.finish())
            }};
        }
        Ok(match hash {
            ThumbprintHash::Sha256 => digest!(Sha256),
            ThumbprintHash::Sha384 => digest!(Sha384),
            ThumbprintHash::Sha512 => digest!(Sha512),
        })
    }

    fn public_material(&self) -> Result<Object> {
        let mut object = Object::new();
        object.insert("kty".into(), self.kind.kty().into());
        let public = match &self.material {
            Material::Secret(_) => return Ok(object),
            Material::Private(key) => public_numbers(key, self.kind)?,
            Material::Public(key) => public_numbers(key, self.kind)?,
        };
        if let Kind::Curve(curve) = self.kind {
            object.insert("crv".into(), curve.name().into());
        }
        for (name, octets) in public {
            object.insert(name.into(), base64url::encode(octets).into());
        }
        Ok(object)
    }

    fn private_material(&self) -> Result<Vec<(&'static str, SecretBytes)>> {
        let engine = |_| Error::Engine("private key");
        let key = match &self.material {
            Material::Public(_) => return Ok(Vec::new()),
            Material::Secret(secret) => {
                return Ok(vec![("k", secret.expose().to_vec().into())]);
            }
            Material::Private(key) => key,
        };
        match self.kind {
            Kind::Rsa(_) => {
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
            Kind::Curve(curve) if curve.is_ec() => {
                let ec = key.ec_key().map_err(engine)?;
                let d = ec.private_key().to_vec_padded(curve.bytes() as i32);
                Ok(vec![("d", d.map_err(engine)?.into())])
            }
            _ => Ok(vec![("d", key.raw_private_key().map_err(engine)?.into())]),
        }
    }

    fn members(&self) -> Object {
        let mut object = Object::new();
        if let Some(kid) = &self.kid {
            object.insert("kid".into(), kid.as_str().into());
        }
        if let Some(key_use) = self.key_use {
            object.insert("use".into(), key_use.name().into());
        }
        if let Some(ops) = &self.key_ops {
            object.insert("key_ops".into(), json!(ops));
        }
        if let Some(alg) = self.alg {
            object.insert("alg".into(), alg.name().into());
        }
        object.extend(self.other.clone());
        object
    }
}

impl PublicKey {
    /// The JWK.
    pub fn to_jwk(&self) -> Result<Object> {
        let mut object = self.0.public_material()?;
        object.extend(self.0.members());
        Ok(object)
    }
}

fn public_numbers<T: openssl::pkey::HasPublic>(
    key: &PKey<T>,
    kind: Kind,
) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let engine = |_| Error::Engine("public key");
    Ok(match kind {
        Kind::Rsa(_) => {
            let rsa = key.rsa().map_err(engine)?;
            vec![("n", rsa.n().to_vec()), ("e", rsa.e().to_vec())]
        }
        Kind::Curve(curve) if curve.is_ec() => {
            let (x, y) = ec::coordinates(&*key.ec_key().map_err(engine)?, curve)?;
            vec![("x", x), ("y", y)]
        }
        _ => vec![("x", key.raw_public_key().map_err(engine)?)],
    })
}

/// The members of a JWK, taken out one by one; what is left belongs to nobody here.
struct Members(Object);

impl Members {
    fn optional_text(&mut self, name: &str) -> Result<Option<String>> {
        match self.0.shift_remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::Key(format!(
                "the JWK's member \"{name}\" is not a string"
            ))),
        }
    }

    fn text(&mut self, name: &str) -> Result<String> {
        self.optional_text(name)?
            .ok_or_else(|| Error::Key(format!("the JWK has no member \"{name}\"")))
    }

    fn optional_octets(&mut self, name: &str) -> Result<Option<SecretBytes>> {
        let Some(text) = self.optional_text(name)? else {
            return Ok(None);
        };
        base64url::decode(&*Zeroizing::new(text))
            .map(|octets| Some(octets.into()))
            .ok_or_else(|| Error::Key(format!("the JWK's member \"{name}\" is not base64url")))
    }

    fn octets(&mut self, name: &str) -> Result<SecretBytes> {
        self.optional_octets(name)?
            .ok_or_else(|| Error::Key(format!("the JWK has no member \"{name}\"")))
    }

    fn exact(&mut self, name: &str, len: usize) -> Result<SecretBytes> {
        let octets = self.octets(name)?;
        exact_length(name, &octets, len)?;
        Ok(octets)
    }

    /// A positive integer without leading zero octets (RFC 7518 §2, Base64urlUInt).
    fn number(&mut self, name: &str) -> Result<Option<BigNum>> {
        let Some(octets) = self.optional_octets(name)? else {
            return Ok(None);
        };
        let octets = octets.expose();
        if octets.first().is_none_or(|first| *first == 0) || octets.len() > 2048 + 1 {
            return Err(Error::Key(format!(
                "the JWK's member \"{name}\" is not an integer in its shortest form"
            )));
        }
        let mut number = BigNum::new_secure().map_err(|_| Error::Engine("integer"))?;
        number
            .copy_from_slice(octets)
            .map_err(|_| Error::Engine("integer"))?;
        Ok(Some(number))
    }

    fn curve(&mut self, ec: bool) -> Result<Curve> {
        let name = self.text("crv")?;
        Curve::named(&name)
            .filter(|curve| curve.is_ec() == ec)
            .ok_or_else(|| Error::Key("the JWK's crv is not one that tokens use".into()))
    }

    fn ec(&mut self) -> Result<Material> {
        let curve = self.curve(true)?;
        let d = self.optional_octets("d")?;
        let x = self.exact("x", curve.bytes())?;
        let y = self.exact("y", curve.bytes())?;
        let public = ec::public(curve, x.expose(), y.expose())?;
        let engine = |_| Error::Engine("EC key");
        Ok(match d {
            None => Material::Public(PKey::from_ec_key(public).map_err(engine)?),
            Some(d) => {
                exact_length("d", &d, curve.bytes())?;
                let private = ec::private(&public, d.expose())?;
                Material::Private(PKey::from_ec_key(private).map_err(engine)?)
            }
        })
    }

    fn okp(&mut self) -> Result<Material> {
        let curve = self.curve(false)?;
        let d = self.optional_octets("d")?;
        let x = self.exact("x", curve.bytes())?;
        Ok(match d {
            None => Material::Public(okp::public(curve, x.expose())?),
            Some(d) => {
                exact_length("d", &d, curve.bytes())?;
                Material::Private(okp::private(curve, x.expose(), d.expose())?)
            }
        })
    }

    fn rsa(&mut self) -> Result<Material> {
        if self.0.contains_key("oth") {
            return Err(Error::Key(
                "RSA keys of more than two primes are not read".into(),
            ));
        }
        let missing = |name: &str| Error::Key(format!("the JWK has no member \"{name}\""));
        let d = self.number("d")?;
        let crt = ["p", "q", "dp", "dq", "qi"].map(|name| self.number(name));
        let n = self.number("n")?.ok_or_else(|| missing("n"))?;
        let e = self.number("e")?.ok_or_else(|| missing("e"))?;
        // Before any arithmetic with numbers of a stranger's choosing.
        if n.num_bits() as u32 > rsa::MAX_BITS {
            return Err(Error::Key(format!(
                "the RSA key has more than {} bits",
                rsa::MAX_BITS
            )));
        }
        let engine = |_| Error::Engine("RSA key");
        let Some(d) = d else {
            let public = openssl::rsa::Rsa::from_public_components(n, e).map_err(engine)?;
            return Ok(Material::Public(PKey::from_rsa(public).map_err(engine)?));
        };
        let [p, q, dp, dq, qi] = crt;
        let crt = match (p?, q?, dp?, dq?, qi?) {
            (Some(p), Some(q), Some(dp), Some(dq), Some(qi)) => Some([p, q, dp, dq, qi]),
            (None, None, None, None, None) => None,
            _ => {
                return Err(Error::Key(
                    "the JWK has some of p, q, dp, dq, qi but not all".into(),
                ));
            }
        };
        let private = rsa::private(n, e, d, crt)?;
        Ok(Material::Private(PKey::from_rsa(private).map_err(engine)?))
    }

    fn key_ops(&mut self) -> Result<Option<Vec<String>>> {
        let refuse = || Error::Key("the JWK's key_ops is not a list of different names".into());
        let items = match self.0.shift_remove("key_ops") {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(refuse()),
        };
        let mut ops: Vec<String> = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(op) if !ops.contains(&op) && ops.len() < 16 => ops.push(op),
                _ => return Err(refuse()),
            }
        }
        Ok(Some(ops))
    }
}

fn exact_length(name: &str, octets: &SecretBytes, len: usize) -> Result<()> {
    if octets.len() == len {
        return Ok(());
    }
    Err(Error::Key(format!(
        "the JWK's member \"{name}\" has {} bytes where {len} are needed",
        octets.len()
    )))
}
