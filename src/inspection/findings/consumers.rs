//! What well-known consumers of tokens accept, one row each, from their documentation as of 2026. Versions differ: a row
//! states what a current release accepts without third-party plugins.

use serde_json::Value;

use crate::crypto::alg::Algorithm;
use crate::crypto::alg::families::{
    AES_KW, CBC, ECDH, ES, Families, GCM, GCM_KW, HS, OAEP, OAEP_LONG, PS, RS, contains_name,
};
use crate::crypto::json::Object;
use crate::inspection::findings::Severity::Medium;
use crate::inspection::findings::{Finding, rules};
use crate::inspection::parse::{Family, Serialization, Token};

/// What one consumer accepts.
#[derive(Debug)]
pub struct Consumer {
    /// The name for `--for`.
    pub name: &'static str,
    /// Signature algorithms.
    signatures: Families,
    /// Key management algorithms; empty if it does not accept encrypted tokens.
    key_management: Families,
    /// Content encryptions.
    encryptions: Families,
    /// Required claims.
    claims: &'static [&'static str],
    /// Which tokens must have a kid.
    needs_kid: Kid,
    /// The only accepted typ, if typ is checked.
    typ: Option<&'static str>,
    /// The kind of key file that it reads.
    keys: &'static str,
}

/// Which tokens must have a kid.
#[derive(Debug, PartialEq, Eq)]
enum Kid {
    Never,
    Signed,
    Encrypted,
}

const HS_RS_ES: Families = &[HS, RS, ES];
const WITH_PS: Families = &[HS, RS, ES, PS];
const WITH_EDDSA: Families = &[HS, RS, ES, PS, &["EdDSA"]];
const CONTENT: Families = &[CBC, GCM];

/// The length of a signature by an RSA key of 2,048 bits, or of its modulus, in base64url characters.
const PSS_LEN: usize = 342;

/// A consumer that accepts and requires nothing. The rows of the table list the differences from it.
const PLAIN: Consumer = Consumer {
    name: "",
    signatures: &[],
    key_management: &[],
    encryptions: &[],
    claims: &[],
    needs_kid: Kid::Never,
    typ: None,
    keys: "",
};

/// The consumers.
pub static CONSUMERS: &[Consumer] = &[
    Consumer {
        name: "nginx",
        signatures: WITH_EDDSA,
        key_management: &[&["dir"], AES_KW, GCM_KW, OAEP, OAEP_LONG],
        encryptions: CONTENT,
        keys: "a JWK Set",
        ..PLAIN
    },
    Consumer {
        name: "haproxy",
        signatures: WITH_PS,
        key_management: &[&["dir"], AES_KW, GCM_KW, OAEP, ECDH],
        encryptions: CONTENT,
        keys: "a PEM public key or certificate",
        ..PLAIN
    },
    Consumer {
        name: "envoy",
        signatures: WITH_EDDSA,
        keys: "a JWK Set",
        ..PLAIN
    },
    Consumer {
        name: "mod_auth_openidc",
        signatures: WITH_PS,
        key_management: &[AES_KW, &["RSA-OAEP"]],
        encryptions: &[CBC, &["A256GCM"]],
        keys: "a JWK Set or a certificate",
        ..PLAIN
    },
    Consumer {
        name: "kong",
        signatures: WITH_EDDSA,
        // The plugin jwe-decrypt of Kong Enterprise.
        key_management: &[&["RSA-OAEP", "ECDH-ES"]],
        encryptions: CONTENT,
        claims: &["iss"],
        needs_kid: Kid::Encrypted,
        keys: "a PEM public key",
        ..PLAIN
    },
    Consumer {
        name: "apisix",
        signatures: WITH_EDDSA,
        // The plugin jwe-decrypt does not authenticate the header: no JWE of RFC 7516 decrypts.
        claims: &["key"],
        keys: "a PEM public key",
        ..PLAIN
    },
    Consumer {
        name: "apipark",
        signatures: HS_RS_ES,
        // It checks that the claims selected in its form are present, and does not compare values.
        typ: Some("JWT"),
        keys: "a PEM public key",
        ..PLAIN
    },
    Consumer {
        name: "kubernetes",
        signatures: &[RS, ES, PS],
        claims: &["iss", "aud", "exp"],
        keys: "a JWK Set behind OIDC discovery",
        ..PLAIN
    },
    Consumer {
        name: "aws-apigateway",
        signatures: &[RS],
        claims: &["iss", "exp"],
        needs_kid: Kid::Signed,
        keys: "a JWK Set behind OIDC discovery",
        ..PLAIN
    },
];

/// Returns the libraries that refuse an entire set because of this key.
pub fn libraries_broken_by(jwk: &Object) -> &'static [&'static str] {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    match (member("kty"), member("crv")) {
        (Some("AKP"), _) => &[
            "go-jose",
            "jwx",
            "Authlib",
            "jwskate",
            "node-jose",
            "jsonwebtoken (Rust)",
        ],
        (_, Some("secp256k1")) => &["go-jose", "jsonwebtoken (Rust)"],
        (_, Some("Ed448")) => &["go-jose", "node-jose", "php-jwt", "jsonwebtoken (Rust)"],
        (_, Some("Ed25519")) => &["node-jose"],
        (_, Some("P-521")) => &["php-jwt"],
        _ => &[],
    }
}

impl Consumer {
    /// Returns the library that reads its JWK Sets, if one key can make the library refuse a set.
    fn library(&self) -> Option<&'static str> {
        (self.name == "kubernetes").then_some("go-jose")
    }

    /// Returns the row with this name.
    pub fn from_name(name: &str) -> Option<&'static Consumer> {
        CONSUMERS.iter().find(|row| row.name == name)
    }

    /// Whether the consumer accepts the algorithm.
    pub fn supports(&self, alg: Algorithm) -> bool {
        let list = match alg {
            Algorithm::Signature(_) => self.signatures,
            Algorithm::KeyManagement(_) => self.key_management,
            Algorithm::ContentEncryption(_) => self.encryptions,
        };
        contains_name(list, alg.name())
    }

    /// Returns the finding about a part of the input that the consumer does not accept.
    fn incompatibility(&self, place: impl Into<String>, why: &str) -> Finding {
        let message = format!("{} {why}", self.name);
        Finding::new(&rules::CONSUMER_COMPAT, Medium, place, message)
    }

    /// Returns why the consumer does not accept a token.
    pub fn check_token(&self, token: &Token) -> Vec<Finding> {
        let head = token.head();
        let mut found = Vec::new();
        let mut refuse = |place: &str, why: String| found.push(self.incompatibility(place, &why));
        if token.form != Serialization::Compact || token.sd.is_some() {
            refuse("", "accepts only the compact serialization".into());
        }
        let alg = head.text("alg").unwrap_or("no alg");
        if token.family == Family::Jwe {
            let enc = head.text("enc").unwrap_or("no enc");
            if self.key_management.is_empty() {
                refuse("header", "does not accept encrypted tokens".into());
            } else if !contains_name(self.key_management, alg) {
                refuse(
                    "header.alg",
                    format!(
                        "does not accept {alg}; it accepts {}",
                        self.key_management.concat().join(", ")
                    ),
                );
            }
            if !self.encryptions.is_empty() && !contains_name(self.encryptions, enc) {
                refuse(
                    "header.enc",
                    format!(
                        "does not accept {enc}; it accepts {}",
                        self.encryptions.concat().join(", ")
                    ),
                );
            }
            if self.needs_kid == Kid::Encrypted && head.text("kid").is_none() {
                refuse("header.kid", "requires a kid to find the key".into());
            }
            return found;
        }
        if !contains_name(self.signatures, alg) {
            refuse(
                "header.alg",
                format!(
                    "does not accept {alg}; it accepts {}",
                    self.signatures.concat().join(", ")
                ),
            );
        }
        let signature = token.text.rsplit('.').next().unwrap_or_default();
        if self.has_short_pss() && alg.starts_with("PS") && signature.len() != PSS_LEN {
            let why = "verifies PS signatures only with RSA keys of 2,048 bits";
            refuse("header.alg", why.into());
        }
        if self.needs_kid == Kid::Signed && head.text("kid").is_none() {
            refuse("header.kid", "requires a kid to find the key".into());
        }
        if let Some(typ) = self.typ
            && !head.text("typ").is_some_and(|got| got.eq_ignore_ascii_case(typ))
        {
            refuse("header.typ", format!("accepts only typ {typ}"));
        }
        for name in self.claims {
            if !token.claims().is_some_and(|claims| claims.contains_key(*name)) {
                refuse(
                    &format!("claims.{name}"),
                    format!("requires the claim {name}"),
                );
            }
        }
        found
    }

    /// Whether it verifies PS signatures only if the RSA key has 2,048 bits.
    fn has_short_pss(&self) -> bool {
        ["kong", "apisix"].contains(&self.name)
    }

    /// Returns why the consumer does not accept these keys, each with its place, in this format.
    pub fn check_keys(&self, jwks: &[(String, &Object)], form: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut refuse = |place: String, why: String| found.push(self.incompatibility(place, &why));
        let fits = match form {
            "jwks" => self.keys.contains("JWK Set"),
            "pem" => self.keys.contains("PEM") || self.keys.contains("certificate"),
            _ => false,
        };
        if !fits {
            refuse(String::new(), format!("reads {}", self.keys));
        }
        for (place, jwk) in jwks {
            let alg = jwk.get("alg").and_then(Value::as_str);
            if let Some(alg) = alg
                && !contains_name(self.signatures, alg)
                && !contains_name(self.key_management, alg)
            {
                let dot = if place.is_empty() { "" } else { "." };
                refuse(format!("{place}{dot}alg"), format!("does not accept {alg}"));
            }
            let modulus = jwk.get("n").and_then(Value::as_str).unwrap_or_default();
            let is_pss = alg.is_some_and(|alg| alg.starts_with("PS"));
            if self.has_short_pss() && is_pss && modulus.len() != PSS_LEN {
                let why = "verifies PS signatures only with RSA keys of 2,048 bits";
                refuse(place.clone(), why.into());
            }
            let broken = libraries_broken_by(jwk);
            if form == "jwks" && self.library().is_some_and(|name| broken.contains(&name)) {
                let why = "rejects the entire set because of this key";
                refuse(place.clone(), why.into());
            }
            // Envoy ignores an OKP key whose alg is Ed25519.
            let is_okp = jwk.get("kty").is_some_and(|kty| kty == "OKP");
            if self.name == "envoy" && is_okp && alg != Some("EdDSA") {
                refuse(
                    place.clone(),
                    "ignores an OKP key whose alg is not EdDSA".into(),
                );
            }
        }
        found
    }
}
