//! Parses a JWK member by member (RFC 7517 §4, RFC 7518 §6).

use openssl::bn::BigNum;
use openssl::pkey::PKey;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Material, akp, ec, okp, rsa, transport};
use crate::crypto::alg::{Algorithm, Curve, KeyType};
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::json::Object;
use crate::crypto::secret::SecretBytes;

/// The members of a JWK that have not been parsed yet. Parsing a member removes it.
pub(super) struct Members {
    pub(super) rest: Object,
    /// The repairs, if repairs are allowed. They are allowed in a file of the user, but never in a token.
    repairs: Option<Vec<String>>,
}

impl Members {
    /// Returns members that must be written as the RFCs specify.
    pub(super) fn strict(members: Object) -> Members {
        Members {
            rest: members,
            repairs: None,
        }
    }

    /// Returns members whose unambiguous mistakes are repaired.
    pub(super) fn tolerant(mut members: Object) -> Members {
        // Some serializers write null for an absent member.
        for name in [
            "kid", "alg", "use", "key_ops", "x5c", "x5t", "x5t#S256", "x5u", "iat", "nbf", "exp",
        ] {
            if members.get(name).is_some_and(Value::is_null) {
                members.shift_remove(name);
            }
        }
        Members {
            rest: members,
            repairs: Some(Vec::new()),
        }
    }

    /// Returns the remaining members and the repairs.
    pub(super) fn into_parts(self) -> (Object, Vec<String>) {
        (self.rest, self.repairs.unwrap_or_default())
    }

    /// Records a repair; `false` if repairs are not allowed.
    fn note_repair(&mut self, what: impl FnOnce() -> String) -> bool {
        match &mut self.repairs {
            None => false,
            Some(repairs) => {
                repairs.push(what());
                true
            }
        }
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>> {
        match self.rest.shift_remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::Key(format!(
                "the JWK's member \"{name}\" is not a string"
            ))),
        }
    }

    pub(super) fn required_text(&mut self, name: &str) -> Result<String> {
        self.optional_text(name)?
            .ok_or_else(|| Error::Key(format!("the JWK has no member \"{name}\"")))
    }

    fn optional_octets(&mut self, name: &str) -> Result<Option<SecretBytes>> {
        let Some(text) = self.optional_text(name)? else {
            return Ok(None);
        };
        let text = Zeroizing::new(text);
        if let Some(octets) = base64url::decode(&*text) {
            return Ok(Some(octets.into()));
        }
        // Padding and the other alphabet do not change the octets.
        let repair = || format!("\"{name}\" is in base64 with padding or of the other alphabet");
        match transport::decode_any_base64(text.as_bytes()) {
            Some(octets) if self.note_repair(repair) => Ok(Some(octets.into())),
            _ => Err(Error::Key(format!(
                "the JWK's member \"{name}\" is not base64url"
            ))),
        }
    }

    pub(super) fn required_octets(&mut self, name: &str) -> Result<SecretBytes> {
        self.optional_octets(name)?
            .ok_or_else(|| Error::Key(format!("the JWK has no member \"{name}\"")))
    }

    fn octets_of_len(&mut self, name: &str, len: usize) -> Result<SecretBytes> {
        let octets = self.required_octets(name)?;
        exact_length(name, &octets, len)?;
        Ok(octets)
    }

    /// Parses a positive integer without leading zero octets (RFC 7518 §2, Base64urlUInt).
    fn optional_number(&mut self, name: &str) -> Result<Option<BigNum>> {
        let Some(octets) = self.optional_octets(name)? else {
            return Ok(None);
        };
        let mut octets = octets.expose();
        let zeros = octets.iter().take_while(|byte| **byte == 0).count();
        if zeros > 0
            && zeros < octets.len()
            && self.note_repair(|| format!("\"{name}\" begins with a zero byte"))
        {
            octets = &octets[zeros..];
        }
        if octets.first().is_none_or(|first| *first == 0) || octets.len() > 2048 + 1 {
            return Err(Error::Key(format!(
                "the JWK's member \"{name}\" is not an integer in its shortest form"
            )));
        }
        let mut number = BigNum::new_secure().map_err(|_| Error::Backend("integer"))?;
        number.copy_from_slice(octets).map_err(|_| Error::Backend("integer"))?;
        Ok(Some(number))
    }

    fn required_curve(&mut self, ec: bool) -> Result<Curve> {
        let name = self.required_text("crv")?;
        Curve::from_name(&name)
            .filter(|curve| curve.is_ec() == ec)
            .ok_or_else(|| Error::Key("the crv of the JWK is not supported".into()))
    }

    pub(super) fn parse_ec(&mut self) -> Result<Material> {
        let curve = self.required_curve(true)?;
        let d = self.optional_octets("d")?;
        let x = self.octets_of_len("x", curve.byte_len())?;
        let y = self.octets_of_len("y", curve.byte_len())?;
        let public = ec::public_key(curve, x.expose(), y.expose())?;
        let engine = |_| Error::Backend("EC key");
        Ok(match d {
            None => Material::Public(PKey::from_ec_key(public).map_err(engine)?),
            Some(d) => {
                exact_length("d", &d, curve.byte_len())?;
                let private = ec::private_key(&public, d.expose())?;
                Material::Private(PKey::from_ec_key(private).map_err(engine)?)
            }
        })
    }

    pub(super) fn parse_okp(&mut self) -> Result<Material> {
        let curve = self.required_curve(false)?;
        let d = self.optional_octets("d")?;
        let x = self.octets_of_len("x", curve.byte_len())?;
        Ok(match d {
            None => Material::Public(okp::public_key(curve, x.expose())?),
            Some(d) => {
                exact_length("d", &d, curve.byte_len())?;
                Material::Private(okp::private_key(curve, x.expose(), d.expose())?)
            }
        })
    }

    pub(super) fn parse_akp(&mut self) -> Result<Material> {
        let name = self.rest.get("alg").and_then(Value::as_str);
        // `alg` determines the parameter set, and with it the lengths (RFC 9964 section 3).
        let Some(KeyType::Akp(row)) =
            name.and_then(Algorithm::from_name).map(Algorithm::default_kind)
        else {
            return Err(Error::Key("the AKP key has no alg that is known".into()));
        };
        let seed = self.optional_octets("priv")?;
        let public = self.octets_of_len("pub", row.public_len())?;
        Ok(match seed {
            None => Material::Public(akp::public_key(row, public.expose())?),
            Some(seed) => {
                exact_length("priv", &seed, row.seed_len())?;
                Material::Private(akp::private_key(row, public.expose(), &seed)?)
            }
        })
    }

    pub(super) fn parse_rsa(&mut self, budget: &mut rsa::RecoveryBudget) -> Result<Material> {
        if self.rest.contains_key("oth") {
            return Err(Error::Key(
                "RSA keys with more than two primes are not supported".into(),
            ));
        }
        let missing = |name: &str| Error::Key(format!("the JWK has no member \"{name}\""));
        let d = self.optional_number("d")?;
        let crt = ["p", "q", "dp", "dq", "qi"].map(|name| self.optional_number(name));
        let n = self.optional_number("n")?.ok_or_else(|| missing("n"))?;
        let e = self.optional_number("e")?.ok_or_else(|| missing("e"))?;
        // This check comes before any arithmetic with untrusted numbers.
        if n.num_bits() as u32 > rsa::MAX_BITS {
            return Err(Error::Key(format!(
                "the RSA key has more than {} bits",
                rsa::MAX_BITS
            )));
        }
        let engine = |_| Error::Backend("RSA key");
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
        let private = rsa::private_key(n, e, d, crt, budget)?;
        Ok(Material::Private(PKey::from_rsa(private).map_err(engine)?))
    }

    pub(super) fn key_ops(&mut self) -> Result<Option<Vec<String>>> {
        let refuse = || Error::Key("the JWK's key_ops is not an array of distinct strings".into());
        let items = match self.rest.shift_remove("key_ops") {
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
        "the JWK's member \"{name}\" has {} bytes, but {len} are required",
        octets.len()
    )))
}
