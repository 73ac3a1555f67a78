//! What is fuzzed: one function for each parser of untrusted bytes. Each must come back, whatever it is given, and
//! hold what it asserts. `tests/fuzz.rs` runs the same functions over the seeds and what is near them, without a fuzzer.

use jotsmith::crypto::json::{Members, parse_object};
use jotsmith::crypto::jwt::claims::ClaimRules;
use jotsmith::crypto::policy::{KeyDecryption, MAX_TOKEN, TokenTypes};
use jotsmith::crypto::{
    DecryptPolicy, Key, KeySet, PublicKey, SecretBytes, UnverifiedToken, VerifyPolicy, base64url,
    keyfile,
};
use jotsmith::inspect::findings::{key_findings, pem, set_findings, token_findings};
use jotsmith::inspect::parse::{InputKind, detect};
use jotsmith::rotation::{Order, Policy, RotatingKeySet, next_due, plan, states};

/// A function of this file, and the name of its target and its folder of seeds.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("token", token),
    ("json_form", json_form),
    ("jwk", jwk),
    ("jwks", jwks),
    ("keyfile", key_file),
    ("claims", claims),
    ("header", header),
    ("rotation", rotation),
    ("verify", verify),
    ("inspect", inspect),
];

/// The secret of RFC 7515 appendix A.1, bound to nothing, which signed one token only.
const SECRET: &[u8] = br#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#;
/// The payload of that token.
const PAYLOAD: &[u8] =
    b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
/// A time for every rule.
const NOW: i64 = 1_800_000_000;
/// Rounds that do not slow the fuzzer down.
const MAX_ROUNDS: u64 = 1_000;

fn keys() -> KeySet {
    KeySet::from_json(SECRET).expect("the key of RFC 7515")
}

fn verify_policy() -> VerifyPolicy {
    VerifyPolicy {
        now: NOW,
        algorithms: Vec::new(),
        types: TokenTypes::Any,
        claims: None,
        require_all: false,
        formats: Vec::new(),
    }
}

fn decrypt_policy() -> DecryptPolicy {
    DecryptPolicy {
        now: NOW,
        algorithms: Vec::new(),
        encryptions: Vec::new(),
        max_p2c: MAX_ROUNDS,
        max_inflated: Some(100_000),
        formats: Vec::new(),
        info: None,
    }
}

/// Any token, verified and decrypted with keys that did not make it.
pub fn token(data: &[u8]) {
    if let Ok(token) = UnverifiedToken::parse(data, MAX_TOKEN) {
        let _ = token.unverified_header();
        let _ = token.verify(&keys(), &verify_policy());
    }
    if let Ok(token) = UnverifiedToken::parse(data, MAX_TOKEN) {
        let _ = token.decrypt(&keys(), &decrypt_policy());
    }
}

/// A token in JSON: the fuzzer's bytes between braces.
pub fn json_form(data: &[u8]) {
    token(data);
    token(&[b"{", data, b"}"].concat());
}

/// A JWK; what is read can be written and read again, and is the same key.
pub fn jwk(data: &[u8]) {
    let Ok(set) = KeySet::from_json(data) else {
        return;
    };
    for key in set.keys() {
        round_trip(key);
    }
}

fn round_trip(key: &Key) {
    let Ok(text) = key.to_jwk() else {
        return;
    };
    let again = KeySet::from_json(text.expose()).expect("what was written is read");
    let again = again.keys()[0].to_jwk().expect("and written");
    assert_eq!(text.expose(), again.expose());
    let _ = key.to_public().map(|public: PublicKey| {
        let _ = (public.to_spki_pem(), public.to_spki_der(), public.to_jwk());
    });
}

/// A set of keys, and finding one in it.
pub fn jwks(data: &[u8]) {
    jwk(data);
    jwk(&[br#"{"keys":["#, data, b"]}"].concat());
}

/// A key file of any format, in any wrapping, without a passphrase and with the one of the seeds. As a shared secret, no
/// file is accepted that is read as a public key.
pub fn key_file(data: &[u8]) {
    let passphrase = SecretBytes::new(b"fuzz".to_vec());
    for passphrase in [None, Some(&passphrase)] {
        let unlock = KeyDecryption {
            passphrase,
            max_rounds: MAX_ROUNDS,
        };
        let Ok(set) = keyfile::parse(data, &unlock) else {
            continue;
        };
        for key in set.keys() {
            round_trip(key);
        }
        if set.keys().iter().any(|key| !key.is_private()) {
            assert!(Key::from_secret(data.to_vec().into()).is_err());
        }
    }
}

/// Claims against rules that ask for everything.
pub fn claims(data: &[u8]) {
    let Ok(claims) = Members::parse(data) else {
        assert!(parse_object(data).is_err());
        return;
    };
    let rules = ClaimRules {
        issuers: vec!["joe".into()],
        audiences: vec!["api".into()],
        subject: Some("alice".into()),
        required: vec!["jti".into()],
        equal: vec![("admin".into(), true.into())],
        leeway: 60,
        max_age: Some(3600),
        ..ClaimRules::default()
    };
    for now in [i64::MIN, 0, NOW, i64::MAX] {
        let failures = rules.check(&claims, now);
        assert!(!failures.is_empty() || claims.contains("exp"));
    }
}

/// A header of the fuzzer's, under each number of parts.
pub fn header(data: &[u8]) {
    let header = base64url::encode(data);
    token(format!("{header}.e30.AA").as_bytes());
    token(format!("{header}.AA.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA").as_bytes());
    token(format!(r#"{{"protected":"{header}","payload":"e30","signature":"AA"}}"#).as_bytes());
}

/// The set of `rotate`: the plan is carried out, and then nothing is due.
pub fn rotation(data: &[u8]) {
    let Ok(mut ring) = RotatingKeySet::parse(data) else {
        return;
    };
    let Ok(policy) = ring.policy().map(Option::unwrap_or_default) else {
        return;
    };
    // To make RSA keys takes the fuzzer's time.
    let policy = Policy {
        algs: Vec::new(),
        ..policy
    };
    for now in [0, NOW, i64::MAX] {
        let _ = (
            states(&ring.lives(), now),
            next_due(&ring.lives(), &policy, now),
        );
        let _ = ring.published(now);
    }
    let actions = plan(&ring.lives(), &policy, &Order::Routine, NOW);
    if actions.len() > 32 || ring.carry_out(&actions, &policy, NOW).is_err() {
        return;
    }
    let left = plan(&ring.lives(), &policy, &Order::Routine, NOW);
    assert!(left.is_empty(), "{left:?}");
    let text = ring.to_text().expect("a ring is written");
    RotatingKeySet::parse(text.expose()).expect("and read");
}

/// A token for a key that signed one payload only: nothing else may come out.
pub fn verify(data: &[u8]) {
    if let Ok(token) = UnverifiedToken::parse(data, MAX_TOKEN)
        && let Ok(verified) = token.verify(&keys(), &verify_policy())
    {
        assert_eq!(verified.payload(), PAYLOAD);
    }
}

/// Whatever was pasted, through everything that looks without trusting.
pub fn inspect(data: &[u8]) {
    match detect(data) {
        InputKind::Token(token, _) => {
            let _ = token_findings::check(&token, NOW);
        }
        InputKind::Key(document) => {
            let _ = key_findings::check(&document.object, key_findings::Origin::Jwk, NOW);
        }
        InputKind::Set(document) => {
            let _ = set_findings::check(&document.object, NOW);
        }
        InputKind::Blocks => {
            let _ = pem::read(data);
        }
        InputKind::Nothing => {}
    }
}
