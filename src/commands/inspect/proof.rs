//! What keys say about a token: verified, opened, or why not and which key would.

use serde_json::{Value, json};

use crate::crypto::alg::Signature;
use crate::crypto::policy::{MAX_INFLATED, MAX_P2C, MAX_TOKEN, TokenTypes};
use crate::crypto::{DecryptPolicy, Error, KeySet, SecretBytes, UnverifiedToken, VerifyPolicy};
use crate::inspect::findings::key_match::{Guess, key_name, signers};
use crate::inspect::findings::{Finding, Severity, rules};
use crate::inspect::parse::{Family, Token};

/// What came of the keys.
pub(super) enum Proof {
    /// The signature was made with this key.
    Verified(Value),
    /// The content, and the key that opened it.
    NestedJwt(SecretBytes, Value),
    /// Why not, and the keys with which the signature verifies anyway.
    Failed(Error, Vec<String>),
}

/// Tries the keys on a token; the claims are not judged.
pub(super) fn prove(token: &Token, keys: &KeySet, now: i64) -> Proof {
    // Behind the tilde of an SD-JWT is nothing that the issuer signed.
    let text = token.text.split('~').next().unwrap_or_default();
    let parsed = UnverifiedToken::parse(text.as_bytes(), MAX_TOKEN);
    let outcome = parsed.and_then(|parsed| match parsed {
        UnverifiedToken::Jws(_) => verify(token, parsed, keys, now),
        UnverifiedToken::Jwe(_) => open(parsed, keys, now),
    });
    outcome.unwrap_or_else(|error| {
        let others = signers(token, keys).into_iter().map(key_name);
        Proof::Failed(error, others.collect())
    })
}

fn verify(token: &Token, parsed: UnverifiedToken, keys: &KeySet, now: i64) -> Result<Proof, Error> {
    let algorithms = token
        .heads
        .iter()
        .filter_map(|head| Signature::named(head.text("alg")?));
    let policy = VerifyPolicy {
        now,
        // For a look it may be the one that the token names; the kind of key still has to fit.
        algorithms: algorithms.collect(),
        types: TokenTypes::Any,
        claims: None,
        require_all: false,
        formats: Vec::new(),
    };
    let verified = parsed.verify(keys, &policy)?;
    // A verified token has a signature that verified.
    let signature = &verified.signatures()[0];
    Ok(Proof::Verified(json!({
        "kid": signature.key.kid,
        "thumbprint": signature.key.thumbprint,
        "alg": signature.algorithm,
    })))
}

fn open(parsed: UnverifiedToken, keys: &KeySet, now: i64) -> Result<Proof, Error> {
    let policy = DecryptPolicy {
        now,
        algorithms: Vec::new(),
        encryptions: Vec::new(),
        max_p2c: MAX_P2C,
        max_inflated: Some(MAX_INFLATED),
        formats: Vec::new(),
        info: None,
    };
    let plain = parsed.decrypt(keys, &policy)?;
    let by = json!({"kid": plain.kid(), "alg": plain.algorithm().name});
    Ok(Proof::NestedJwt(plain.content().to_vec().into(), by))
}

/// What the first line says about a key.
pub(super) fn by(key: &Value) -> String {
    let text = |name: &str| key[name].as_str();
    let called = text("kid")
        .or(text("thumbprint"))
        .unwrap_or("the key given");
    format!("{called} ({})", text("alg").unwrap_or_default())
}

/// An HMAC made with the bytes of a public key, in the forms that such a key has.
pub(super) fn confusion(token: &Token, keys: &KeySet, files: &[Vec<u8>]) -> Option<Finding> {
    let guess = Guess::new(token).filter(|_| token.family == Family::Jws)?;
    let mut forms: Vec<Vec<u8>> = files.to_vec();
    for public in keys.keys().iter().filter_map(|key| key.to_public().ok()) {
        forms.extend(public.to_spki_pem());
        forms.extend(public.to_spki_der());
        forms.extend(
            public
                .to_jwk()
                .map(|jwk| Value::Object(jwk).to_string().into_bytes()),
        );
    }
    // Others write the file with and without its last line end.
    let is_one = |form: &Vec<u8>| {
        let bare = form.trim_ascii();
        guess.is(form) || guess.is(bare) || guess.is(&[bare, b"\n"].concat())
    };
    forms.iter().any(is_one).then(|| Finding {
        rule: &rules::HS_PUBLIC_KEY,
        severity: Severity::Critical,
        place: "signature".into(),
        message: "the public key given was used as an HMAC secret".into(),
        evidence: None,
    })
}
