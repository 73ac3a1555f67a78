//! Describes names and values of tokens and keys.

use jiff::Timestamp;

use crate::crypto::alg::{
    Cipher, ContentEncryption, Hash, KeyManagement, KeyManagementScheme, OaepHash, Signature,
    SignatureScheme,
};
use crate::inspection::algorithm_facts as facts;
use crate::inspection::findings::token_findings::to_span;
use crate::inspection::parse::Node;
use crate::io::source::local_zone;

/// The claims and header parameters that contain a time.
const TIMES: &[&str] = &[
    "exp",
    "nbf",
    "iat",
    "auth_time",
    "updated_at",
    "warnafter",
    "toe",
    "orig_iat",
    "revoked_at",
    "rat",
    "ttl_at",
];

/// Claims with their meaning (RFC 7519, RFC 9068, RFC 7800, RFC 8693, OpenID Connect, and large issuers).
const CLAIMS: &[(&str, &str)] = &[
    ("iss", "issuer"),
    ("sub", "subject"),
    ("aud", "audience"),
    ("jti", "token ID"),
    ("azp", "client it was issued to"),
    ("client_id", "client"),
    ("cid", "client (Okta)"),
    ("appid", "client (Azure AD)"),
    ("scope", "scopes"),
    ("scp", "scopes"),
    ("nonce", "nonce of the request"),
    ("at_hash", "hash of the access token"),
    ("c_hash", "hash of the code"),
    ("s_hash", "hash of the state"),
    ("acr", "authentication class"),
    ("amr", "authentication methods"),
    ("sid", "session"),
    ("cnf", "proof-of-possession key"),
    ("act", "acting party"),
    ("may_act", "party that may act"),
    ("name", "full name"),
    ("preferred_username", "user name"),
    ("email", "email address"),
    ("email_verified", "whether the email was verified"),
    ("groups", "groups"),
    ("roles", "roles"),
    ("entitlements", "entitlements"),
    ("tid", "tenant (Azure AD)"),
    ("oid", "object (Azure AD)"),
    ("hd", "hosted domain (Google)"),
    ("token_use", "kind of token (Cognito)"),
    ("kubernetes.io", "pod and service account"),
    ("firebase", "sign-in details"),
    ("events", "security events"),
    ("htm", "HTTP method"),
    ("htu", "HTTP URI"),
    ("ath", "hash of the access token"),
    ("vct", "type of the credential"),
    ("_sd", "digests of hidden claims"),
    ("_sd_alg", "hash of the digests"),
    ("sd_hash", "hash of the presentation"),
    ("status", "status list reference"),
    ("auth_time", "signed in"),
    ("updated_at", "updated"),
    ("warnafter", "renewal due"),
];

const TYPES: &[(&str, &str)] = &[
    ("jwt", "JSON Web Token"),
    ("at+jwt", "OAuth access token (RFC 9068)"),
    ("dpop+jwt", "DPoP proof (RFC 9449)"),
    ("secevent+jwt", "security event (RFC 8417)"),
    ("logout+jwt", "logout token (OpenID Connect)"),
    ("kb+jwt", "key binding (RFC 9901)"),
    ("dc+sd-jwt", "credential (SD-JWT VC)"),
    ("vc+sd-jwt", "credential (W3C VC-JOSE-COSE)"),
    ("statuslist+jwt", "status list"),
    (
        "entity-statement+jwt",
        "entity statement (OpenID Federation)",
    ),
    ("oauth-authz-req+jwt", "authorization request (RFC 9101)"),
    (
        "token-introspection+jwt",
        "introspection response (RFC 9701)",
    ),
    ("client-authentication+jwt", "client assertion (RFC 7523)"),
    ("sd-jwt", "selectively disclosable token (RFC 9901)"),
    ("oauth-client-attestation+jwt", "client attestation"),
    (
        "oauth-client-attestation-pop+jwt",
        "proof for a client attestation",
    ),
    ("wit+jwt", "workload identity token (WIMSE)"),
    ("wpt+jwt", "workload proof (WIMSE)"),
    ("txntoken+jwt", "transaction token"),
    ("oauth-id-jag+jwt", "identity assertion for another domain"),
    (
        "openid4vci-proof+jwt",
        "proof for a credential issuer (OpenID4VCI)",
    ),
    ("key-attestation+jwt", "key attestation (OpenID4VCI)"),
    ("trust-mark+jwt", "trust mark (OpenID Federation)"),
    (
        "resolve-response+jwt",
        "resolved metadata (OpenID Federation)",
    ),
    ("vc+jwt", "credential (W3C VC-JOSE-COSE)"),
    ("vp+jwt", "presentation (W3C VC-JOSE-COSE)"),
    ("vp+sd-jwt", "presentation (W3C VC-JOSE-COSE)"),
];

/// Describes a header parameter.
pub(super) fn describe_header_parameter(name: &str, value: &Node) -> Option<String> {
    let Node::Text(text) = value else {
        let words = match name {
            "jwk" | "epk" => "public key",
            "x5c" => "certificates",
            "crit" => "extensions that must be understood",
            "p2c" => "PBKDF2 iteration count",
            "b64" => "whether the payload is encoded",
            _ => return describe_claim(name, value, 0),
        };
        return Some(words.into());
    };
    match name {
        "alg" => describe_algorithm(text),
        "enc" => ContentEncryption::from_name(text).map(describe_content_encryption),
        "typ" | "cty" => media_type(text).map(str::to_owned),
        "ek" => Some("the encapsulated secret of HPKE".into()),
        "psk_id" => Some("the pre-shared key of HPKE".into()),
        "kid" => Some("key ID".into()),
        "jku" | "x5u" => Some("never followed".into()),
        "x5t" => Some("SHA-1 of the certificate".into()),
        "x5t#S256" => Some("SHA-256 of the certificate".into()),
        _ => None,
    }
}

pub(super) fn media_type(text: &str) -> Option<&'static str> {
    let bare = text.to_ascii_lowercase();
    let bare = bare.strip_prefix("application/").unwrap_or(&bare);
    TYPES.iter().find(|(name, _)| *name == bare).map(|(_, words)| *words)
}

/// Describes a claim. A time is described relative to `now`.
pub(super) fn describe_claim(name: &str, value: &Node, now: i64) -> Option<String> {
    let known = CLAIMS.iter().find(|(known, _)| *known == name);
    let words = known.map(|(_, words)| (*words).to_owned());
    match value {
        Node::Number(text) if TIMES.contains(&name) => local_time(name, text.parse().ok()?, now),
        Node::Text(text) if matches!(name, "scope" | "scp") => {
            let count = text.split_whitespace().count();
            Some(format!(
                "{count} scope{}",
                if count == 1 { "" } else { "s" }
            ))
        }
        _ => words,
    }
}

/// Describes a claim that is a time; `None` for any other.
pub(super) fn claim_time(name: &str, value: &serde_json::Value, now: i64) -> Option<String> {
    if !TIMES.contains(&name) {
        return None;
    }
    describe_time_claim(name, value.as_f64()?, now)
}

/// Describes a lifetime member of a JWK.
pub(super) fn key_time(name: &str, at: f64, now: i64) -> Option<String> {
    let words = match name {
        "iat" => local_time("made", at, now)?,
        _ => local_time(name, at, now)?,
    };
    Some(words)
}

/// Describes a time claim: the time, and its distance from `now`.
pub(super) fn describe_time_claim(name: &str, at: f64, now: i64) -> Option<String> {
    let instant = format_instant(at)?;
    let off = at - now as f64;
    let far = to_span(off);
    let words = match (name, off > 0.0) {
        ("exp", true) => format!("expires in {far}"),
        ("exp", false) => format!("expired {far} ago"),
        ("nbf", true) => format!("not valid for another {far}"),
        ("nbf", false) => format!("valid since {far}"),
        ("iat", true) => format!("issued {far} from now"),
        ("iat", false) => format!("issued {far} ago"),
        (_, true) => format!("in {far}"),
        (_, false) => format!("{far} ago"),
    };
    let words = if far.0 == 0 { "now".to_owned() } else { words };
    Some(format!("{instant}, {words}"))
}

/// Formats a time as RFC 3339 in UTC; `None` if it is out of range.
pub(super) fn format_instant(at: f64) -> Option<String> {
    let seconds =
        (at.abs() <= crate::crypto::jwt::claims::MAX_NUMERIC_DATE).then_some(at.floor() as i64)?;
    Timestamp::from_second(seconds).ok().map(|at| at.to_string())
}

/// As [`describe_time_claim`], with the local time of day if the local time zone differs from UTC.
pub(super) fn local_time(name: &str, at: f64, now: i64) -> Option<String> {
    let words = describe_time_claim(name, at, now)?;
    let instant = Timestamp::from_second(at.floor() as i64).ok()?;
    let zoned = instant.to_zoned_datetime(local_zone().clone());
    if zoned.offset().seconds() == 0 {
        return Some(words);
    }
    let (instant, words) = words.split_once(", ")?;
    let here = zoned.strftime("%a %H:%M:%S %:z");
    Some(format!("{instant} ({here}), {words}"))
}

/// The algorithm of NATS JWTs, which is not registered.
const NATS: &str = "ed25519-nkey";

/// Describes an algorithm and its strength.
pub(super) fn describe_algorithm(name: &str) -> Option<String> {
    if name.eq_ignore_ascii_case("none") {
        return Some("not signed".into());
    }
    if name == NATS {
        return Some("NATS JWT: Ed25519 signature with the nkey in iss; nsc verifies it".into());
    }
    let words = match Signature::from_name(name) {
        Some(row) => describe_signature_algorithm(row),
        None => key_management(KeyManagement::from_name(name)?),
    };
    if words.starts_with("RSA") {
        // The strength depends on the size of the key.
        return Some(words);
    }
    let facts = facts::all_facts().find(|facts| facts.alg.name() == name);
    Some(match facts.and_then(|facts| facts.strength) {
        Some(bits) => format!("{words}; {bits}-bit strength"),
        None => words,
    })
}

fn describe_signature_algorithm(row: &Signature) -> String {
    match row.scheme {
        SignatureScheme::Hmac(hash) => format!("HMAC with {}, a shared secret", hash_name(hash)),
        SignatureScheme::RsaPkcs1(hash) => format!("RSA PKCS#1 v1.5 with {}", hash_name(hash)),
        SignatureScheme::RsaPss(hash) => format!("RSA PSS with {}", hash_name(hash)),
        SignatureScheme::Ecdsa(curve, hash) => {
            format!("ECDSA on {} with {}", curve.name(), hash_name(hash))
        }
        SignatureScheme::EdDsa => "EdDSA on Ed25519 or Ed448".into(),
        SignatureScheme::EdDsaOn(curve) => format!("EdDSA on {}", curve.name()),
        SignatureScheme::MlDsa(_) => "ML-DSA, safe from quantum computers".into(),
    }
}

fn key_management(row: &KeyManagement) -> String {
    let wrap = |bytes: usize| format!("AES Key Wrap, {} bits", bytes * 8);
    match row.scheme {
        KeyManagementScheme::Direct => "the shared secret is the content encryption key".into(),
        KeyManagementScheme::AesKw(bytes) => wrap(bytes),
        KeyManagementScheme::AesGcmKw(bytes) => format!("AES-GCM key wrapping, {} bits", bytes * 8),
        KeyManagementScheme::RsaPkcs1 => "RSA PKCS#1 v1.5, deprecated".into(),
        KeyManagementScheme::RsaOaep(hash) => {
            let hash = match hash {
                OaepHash::Sha1 => "SHA-1",
                OaepHash::Sha2(hash) => hash_name(hash),
            };
            format!("RSA OAEP with {hash}")
        }
        KeyManagementScheme::EcdhEs(None) => "ephemeral Diffie-Hellman".into(),
        KeyManagementScheme::EcdhEs(Some(bytes)) => {
            format!("ephemeral Diffie-Hellman, {}", wrap(bytes))
        }
        KeyManagementScheme::Hpke(suite) => {
            let mode = if suite.is_integrated {
                "of the content"
            } else {
                "of the content encryption key"
            };
            let kem = suite.kem.key_type();
            format!("HPKE {mode}, {kem}, {}", suite.aead.name())
        }
        KeyManagementScheme::Pbes2(hash, bytes) => {
            format!(
                "a passphrase, PBKDF2 with {}, {}",
                hash_name(hash),
                wrap(bytes)
            )
        }
    }
}

fn describe_content_encryption(row: &ContentEncryption) -> String {
    match row.cipher {
        Cipher::CbcHmac(hash) => {
            format!(
                "AES-CBC, {} bits, with HMAC {}",
                row.key_len * 4,
                hash_name(hash)
            )
        }
        Cipher::Gcm => format!("AES-GCM, {} bits", row.key_len * 8),
    }
}

fn hash_name(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "SHA-256",
        Hash::Sha384 => "SHA-384",
        Hash::Sha512 => "SHA-512",
    }
}
