//! What is fuzzed: one function for each parser of untrusted bytes. Each must come back, whatever it is given, and
//! hold what it asserts. `tests/fuzz.rs` runs the same functions over the seeds and what is near them, without a fuzzer.

use jotsmith::crypto::json::{Members, parse_object};
use jotsmith::crypto::jwt::claims::ClaimRules;
use jotsmith::crypto::policy::{KeyDecryption, MAX_TOKEN, TokenTypes};
use jotsmith::crypto::token::HeaderCache;
use jotsmith::crypto::{
    DecryptPolicy, Key, KeySet, PublicKey, SecretBytes, UnverifiedToken, VerifyPolicy, base64url,
};
use jotsmith::inspection::findings::{key_findings, pem_blocks, set_findings, token_findings};
use jotsmith::inspection::parse::{InputKind, detect_input};
use jotsmith::keyfile;
use jotsmith::rotation::{Policy, Request, RotatingKeySet, key_states, next_due, plan};
use jotsmith::sd_jwt::{
    IssueOptions, Path, Selection, SignedToken, digest_text, hash_named, issue, process,
};
use jotsmith::status_list::{StatusList, StatusReference};

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
    ("sd_jwt", sd_jwt),
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
        lenient_epk: false,
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
        let decryption = KeyDecryption {
            passphrase,
            max_rounds: MAX_ROUNDS,
        };
        let Ok(set) = keyfile::parse(data, &decryption) else {
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
            key_states(&ring.lifetimes(), now),
            next_due(&ring.lifetimes(), &policy, now),
        );
        let _ = ring.published_keys(now);
    }
    let actions = plan(&ring.lifetimes(), &policy, &Request::Scheduled, NOW);
    if actions.len() > 32 || ring.carry_out(&actions, &policy, NOW).is_err() {
        return;
    }
    let left = plan(&ring.lifetimes(), &policy, &Request::Scheduled, NOW);
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
    match detect_input(data) {
        InputKind::Token(token, _) => {
            let _ = token_findings::check_token(&token, NOW);
        }
        InputKind::Key(document) => {
            let _ = key_findings::check_jwk(&document.object, key_findings::Origin::Jwk, NOW);
        }
        InputKind::Set(document) => {
            let _ = set_findings::check_jwk_set(&document.object, NOW);
        }
        InputKind::Blocks => {
            let _ = pem_blocks::read_blocks(data);
        }
        InputKind::Nothing => {}
    }
}

/// An SD-JWT: the first line is a payload, each other line the JSON of a disclosure. `@2` in a line is the digest of the third
/// line, so that the fuzzer need not compute digests.
pub fn sd_jwt(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines: Vec<String> = text.lines().take(10).map(str::to_owned).collect();
    let hash = hash_named("sha-256").expect("the hash of RFC 9901");
    let mut disclosures = Vec::new();
    // From the last one on: a disclosure can contain the digests of those after it.
    for index in (1..lines.len()).rev() {
        let disclosure = base64url::encode(&lines[index]);
        let digest = digest_text(hash, disclosure.as_bytes());
        for line in &mut lines[..index] {
            *line = line.replace(&format!("@{index}"), &digest);
        }
        disclosures.push(disclosure);
    }
    let payload = lines.first().map_or("", |line| line.as_str());
    let borrowed: Vec<_> = disclosures.iter().map(|text| text.as_str().into()).collect();
    if let Ok(processed) = process(payload.as_bytes(), &borrowed) {
        let is_disclosed = |index| {
            let places = processed.places.iter();
            places.filter(|place| place.disclosure == Some(index)).count() == 1
        };
        assert!((0..disclosures.len()).all(is_disclosed));
        let result = serde_json::Value::Object(processed.payload);
        assert!(!has_digests(&result), "{result}");
    }
    present(payload, &disclosures);
    if let Ok(claims) = parse_object(payload.as_bytes()) {
        let _ = StatusReference::parse(&claims);
        let list = serde_json::Value::Object(claims.clone());
        if let Ok(list) = StatusList::parse(&list) {
            let claim = list.to_claim().expect("what was read is written");
            assert_eq!(StatusList::parse(&claim).expect("and read"), list);
        }
        issue_and_process(claims, lines.get(1).map_or("", |line| line.as_str()));
    }
    let mut headers = HeaderCache::default();
    let _ = SignedToken::parse(data, MAX_TOKEN, &mut headers);
}

/// Whether a processed payload still contains what only SD-JWTs have.
fn has_digests(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(object) => object.iter().any(|(name, value)| {
            matches!(name.as_str(), "_sd" | "_sd_alg" | "...") || has_digests(value)
        }),
        serde_json::Value::Array(items) => items.iter().any(has_digests),
        _ => false,
    }
}

/// A selection of disclosures can be processed if all of them can.
fn present(payload: &str, disclosures: &[String]) {
    let header = base64url::encode(r#"{"alg":"HS256"}"#);
    let mut token = format!("{header}.{}.AA~", base64url::encode(payload));
    for disclosure in disclosures {
        token += &format!("{disclosure}~");
    }
    let mut headers = HeaderCache::default();
    let Ok(SignedToken::SdJwt(sd_jwt)) =
        SignedToken::parse(token.as_bytes(), MAX_TOKEN, &mut headers)
    else {
        return;
    };
    let Ok(processed) = sd_jwt.process_unverified() else {
        return;
    };
    for (index, place) in processed.places.iter().enumerate() {
        if place.disclosure.is_none() {
            continue;
        }
        let mut steps: Vec<_> = processed.steps_up(index).cloned().collect();
        steps.reverse();
        let selection = Selection::Paths(vec![Path::new(steps)]);
        let selected = sd_jwt.select(&selection).expect("the path of a disclosure");
        let selected: Vec<_> = selected.iter().map(|text| text.as_str().into()).collect();
        let shown = process(payload.as_bytes(), &selected).expect("a part of what is processed");
        assert!(!selected.is_empty() && shown.places.len() <= processed.places.len());
    }
}

/// What is hidden and disclosed again is what it was.
fn issue_and_process(claims: jotsmith::crypto::json::Object, paths: &str) {
    let Ok(paths) = paths.split(',').map(str::parse).collect::<Result<_, _>>() else {
        return;
    };
    let options = IssueOptions {
        paths,
        decoys: 1,
        hash: "sha-256",
    };
    let Ok(issued) = issue(claims.clone(), &options) else {
        return;
    };
    let payload = serde_json::Value::Object(issued.payload).to_string();
    let disclosures: Vec<_> = issued.disclosures.iter().map(|text| text.as_str().into()).collect();
    let processed = process(payload.as_bytes(), &disclosures).expect("what was issued");
    assert_eq!(processed.payload, claims);
}
