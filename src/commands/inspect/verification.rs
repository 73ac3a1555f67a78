//! Verifies or decrypts a token with the keys that are given. On failure, finds out why, and which key matches.

use serde::Serialize;
use serde_json::Value;

use crate::crypto::alg::Signature;
use crate::crypto::json::Object;
use crate::crypto::policy::{MAX_INFLATED, MAX_TOKEN};
use crate::crypto::{
    Code, DecryptPolicy, Error, Key, KeySet, SecretBytes, UnverifiedToken, VerifyPolicy,
};
use crate::inspection::findings::key_match::{HmacGuess, key_name, matching_keys, pss_signer};
use crate::inspection::findings::{Finding, Severity, rules};
use crate::inspection::parse::{Document, Token};

/// The result of verifying or decrypting.
pub(super) enum Verification {
    /// The signature verifies with this key.
    Verified(UsedKey),
    /// The content, and the key that decrypted it.
    Decrypted(SecretBytes, UsedKey),
    Failed(Rejection),
}

/// Why the keys do not verify or decrypt a token.
pub(super) struct Rejection {
    pub(super) code: Code,
    pub(super) message: String,
    /// The names of the keys that match the signature although they are not allowed to verify it.
    pub(super) signers: Vec<String>,
}

/// A key of a set that is tried alone, regardless of what the set states about it.
pub(super) struct Candidate {
    /// Its place in its set, and its key ID.
    name: String,
    keys: KeySet,
}

impl Candidate {
    /// Returns the valid keys of a JWK Set, without the members that restrict their use.
    pub(super) fn of_set(text: &[u8]) -> Vec<Candidate> {
        let document = Document::parse_tolerant(text);
        let entries = document.object.get("keys").and_then(Value::as_array);
        let entries = entries.into_iter().flatten().enumerate();
        let candidates = entries.filter_map(|(index, entry)| {
            let is_kept = |name: &String| {
                let is_material = ["kty", "crv", "x", "y", "n", "e", "pub", "k"];
                is_material.contains(&name.as_str()) || (name == "alg" && entry["kty"] == "AKP")
            };
            let members = entry.as_object()?.iter().filter(|(name, _)| is_kept(name));
            let jwk: Object = members.map(|(name, value)| (name.clone(), value.clone())).collect();
            let text = SecretBytes::from(Value::Object(jwk).to_string().into_bytes());
            let key = Key::from_jwk(text.expose()).ok()?;
            let name = match entry["kid"].as_str() {
                Some(kid) => format!("keys[{index}] ({kid})"),
                None => format!("keys[{index}]"),
            };
            let keys = KeySet::new(vec![key]).ok()?;
            Some(Candidate { name, keys })
        });
        candidates.take(MAX_CANDIDATES).collect()
    }
}

/// The maximum number of keys of a set that are tried alone.
const MAX_CANDIDATES: usize = 64;

/// The key that verified or decrypted a token.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UsedKey {
    /// The key ID.
    kid: Option<String>,
    /// The SHA-256 thumbprint of a key that verified; null for a shared secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    thumbprint: Option<Option<String>>,
    /// The algorithm.
    alg: &'static str,
}

impl UsedKey {
    /// Returns its key ID or thumbprint, and the algorithm.
    pub(super) fn name(&self) -> String {
        let thumbprint = || self.thumbprint.as_ref()?.as_deref();
        let name = self.kid.as_deref().or_else(thumbprint);
        format!("{} ({})", name.unwrap_or("the key given"), self.alg)
    }
}

/// Verifies or decrypts a token with the keys. On failure, tries each candidate alone. The claims are not checked.
pub(super) fn verify_token(
    token: &Token,
    keys: &KeySet,
    candidates: &[Candidate],
    now: i64,
) -> Verification {
    // The issuer's signature of an SD-JWT covers only the text before the first tilde.
    let text = token.text.split('~').next().unwrap_or_default();
    let parsed = UnverifiedToken::parse(text.as_bytes(), MAX_TOKEN);
    let outcome = parsed.and_then(|parsed| match parsed {
        UnverifiedToken::Jws(_) => verify_jws(token, parsed, keys, now),
        UnverifiedToken::Jwe(_) => decrypt_jwe(parsed, keys, now),
    });
    outcome.unwrap_or_else(|error| {
        let signs = |one: &&Candidate| !matching_keys(token, &one.keys).is_empty();
        let mut names: Vec<String> =
            candidates.iter().filter(signs).map(|one| one.name.clone()).collect();
        if names.is_empty() {
            names = matching_keys(token, keys).into_iter().map(key_name).collect();
        }
        if names.is_empty() {
            names.extend(pss_signer(token, keys).map(|(key, _)| key_name(key)));
        }
        let short = short_secret(token, keys);
        Verification::Failed(Rejection {
            code: error.code(),
            message: short.unwrap_or_else(|| error.to_string()),
            signers: names,
        })
    })
}

/// Returns a message if a secret that is too short for its algorithm made the MAC.
fn short_secret(token: &Token, keys: &KeySet) -> Option<String> {
    let guess = HmacGuess::new(token)?;
    let secrets = keys.keys().iter().filter_map(|key| key.secret());
    let mut matching = secrets.filter(|secret| guess.matches(secret.expose()));
    let len = matching.next()?.len();
    let alg = token.head().text("alg")?;
    (len < guess.minimum_len())
        .then(|| format!("the secret matches, but is too short for {alg}: it has {len} bytes"))
}

fn verify_jws(
    token: &Token,
    parsed: UnverifiedToken,
    keys: &KeySet,
    now: i64,
) -> Result<Verification, Error> {
    let algorithms = token.heads.iter().filter_map(|head| Signature::from_name(head.text("alg")?));
    let policy = VerifyPolicy {
        // An inspection may use the algorithm that the token names. The type of the key must still fit.
        algorithms: algorithms.collect(),
        ..VerifyPolicy::of_signature(now)
    };
    let verified = parsed.verify(keys, &policy)?;
    // A verified token has at least one verified signature.
    let signature = &verified.signatures()[0];
    Ok(Verification::Verified(UsedKey {
        kid: signature.key.kid.clone(),
        thumbprint: Some(signature.key.thumbprint.clone()),
        alg: signature.algorithm,
    }))
}

fn decrypt_jwe(parsed: UnverifiedToken, keys: &KeySet, now: i64) -> Result<Verification, Error> {
    let policy = DecryptPolicy {
        max_inflated: Some(MAX_INFLATED),
        ..DecryptPolicy::new(now)
    };
    let plain = parsed.decrypt(keys, &policy)?;
    let key = UsedKey {
        kid: plain.kid().map(str::to_owned),
        thumbprint: None,
        alg: plain.algorithm().name,
    };
    Ok(Verification::Decrypted(
        plain.content().to_vec().into(),
        key,
    ))
}

/// Finds an RSASSA-PSS signature by one of the keys whose salt does not have the length that the standard requires.
pub(super) fn pss_salt(token: &Token, keys: &KeySet) -> Option<Finding> {
    let (key, salt) = pss_signer(token, keys)?;
    let alg = token.head().text("alg").unwrap_or_default();
    let (what, writers) = if salt.len == salt.max {
        let writers = "; josepy, Kong and erlang-jose write it";
        ("the maximal salt length, ", writers)
    } else {
        ("a salt of ", "")
    };
    let (len, required, name) = (salt.len, salt.required, key_name(key));
    let message = format!(
        "the signature is made by {name} and has {what}{len} bytes, where {alg} needs {required}{writers}"
    );
    let rule = &rules::SIG_SALT;
    Some(Finding::new(rule, Severity::Medium, "signature", message))
}

/// Finds an HMAC that was made with the bytes of a public key in one of its formats. `files` are the files that the keys were
/// read from.
pub(super) fn key_confusion(
    token: &Token,
    keys: &KeySet,
    files: &[SecretBytes],
) -> Option<Finding> {
    let guess = HmacGuess::new(token)?;
    let mut forms: Vec<Vec<u8>> = Vec::new();
    for public in keys.keys().iter().filter_map(|key| key.to_public().ok()) {
        forms.extend(public.to_spki_pem());
        forms.extend(public.to_spki_der());
        let jwk = public.to_jwk();
        forms.extend(jwk.map(|jwk| Value::Object(jwk).to_string().into_bytes()));
    }
    // Programs write the file with or without the last line break.
    let is_secret = |form: &[u8]| {
        let bare = form.trim_ascii();
        guess.matches(form) || guess.matches(bare) || guess.matches(&[bare, b"\n"].concat())
    };
    let is_confused = files.iter().any(|file| is_secret(file.expose()))
        || forms.iter().any(|form| is_secret(form));
    let message = "the public key given was used as an HMAC secret";
    let rule = &rules::HS_PUBLIC_KEY;
    is_confused.then(|| Finding::new(rule, Severity::Critical, "signature", message))
}
