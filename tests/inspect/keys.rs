//! Each finding about a key, a key set or a certificate: an input that causes it, and a similar one that does not.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jotsmith::crypto::alg::{Curve, KeyType};
use jotsmith::crypto::backend::generate_key;
use jotsmith::crypto::base64url;
use jotsmith::crypto::json::{Object, parse_object};
use jotsmith::inspection::findings::Severity::{self, *};
use jotsmith::inspection::findings::key_findings::{self, Origin};
use jotsmith::inspection::findings::set_findings;
use openssl::bn::{BigNum, BigNumContext};
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509NameBuilder};
use serde_json::{Value, json};

use super::super::support::{Folder, json as parsed};
use super::rules::NOW;

type Found = BTreeSet<(&'static str, Severity)>;

fn object(value: &Value) -> Object {
    value.as_object().unwrap().clone()
}

fn of_key(jwk: &Value) -> Found {
    let findings = key_findings::check_jwk(&object(jwk), Origin::Jwk, NOW).into_iter();
    findings.map(|finding| (finding.rule.id, finding.severity)).collect()
}

fn of_set(set: &Value) -> Found {
    let findings = set_findings::check_jwk_set(&object(set), NOW).into_iter();
    findings.map(|finding| (finding.rule.id, finding.severity)).collect()
}

#[track_caller]
fn differ(id: &str, severity: Severity, bad: Found, near_miss: Found) {
    assert!(bad.contains(&(id, severity)), "{id}: {bad:?}");
    assert!(
        !near_miss.contains(&(id, severity)),
        "near miss of {id}: {near_miss:?}"
    );
}

/// Checks that the first key causes the finding, and the second does not.
#[track_caller]
fn raises(id: &str, severity: Severity, jwk: &Value, near_miss: &Value) {
    differ(id, severity, of_key(jwk), of_key(near_miss));
}

#[track_caller]
fn set_raises(id: &str, severity: Severity, set: &Value, near_miss: &Value) {
    differ(id, severity, of_set(set), of_set(near_miss));
}

fn with(mut jwk: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(jwk.as_object_mut().unwrap().shift_remove(name)),
            value => jwk[name] = value.clone(),
        }
    }
    jwk
}

fn made(kind: KeyType, members: Value) -> Value {
    let text = generate_key(kind).unwrap().to_jwk().unwrap();
    with(Value::Object(parse_object(text.expose()).unwrap()), members)
}

fn public(jwk: &Value) -> Value {
    let gone = json!({"d": null, "p": null, "q": null, "dp": null, "dq": null, "qi": null});
    with(jwk.clone(), gone)
}

static EC: LazyLock<Value> = LazyLock::new(|| {
    made(
        KeyType::Curve(Curve::P256),
        json!({"kid": "e1", "alg": "ES256", "use": "sig"}),
    )
});
static ED: LazyLock<Value> = LazyLock::new(|| {
    made(
        KeyType::Curve(Curve::Ed25519),
        json!({"kid": "d1", "alg": "Ed25519", "use": "sig"}),
    )
});
static RSA: LazyLock<Value> = LazyLock::new(|| {
    made(
        KeyType::Rsa(2048),
        json!({"kid": "r1", "alg": "RS256", "use": "sig"}),
    )
});
static OCT: LazyLock<Value> = LazyLock::new(|| {
    made(
        KeyType::Oct(32),
        json!({"kid": "o1", "alg": "HS256", "use": "sig"}),
    )
});

fn rsa(n: &BigNum, e: u32) -> Value {
    let e = BigNum::from_u32(e).unwrap().to_vec();
    json!({
        "kty": "RSA", "n": base64url::encode(n.to_vec()), "e": base64url::encode(e),
        "kid": "r", "alg": "RS256", "use": "sig",
    })
}

fn prime(bits: i32) -> BigNum {
    let mut prime = BigNum::new().unwrap();
    prime.generate_prime(bits, false, None, None).unwrap();
    prime
}

fn times(a: &BigNum, b: &BigNum) -> BigNum {
    let mut product = BigNum::new().unwrap();
    product.checked_mul(a, b, &mut BigNumContext::new().unwrap()).unwrap();
    product
}

fn secret(bytes: &[u8]) -> Value {
    with(OCT.clone(), json!({"k": base64url::encode(bytes)}))
}

#[test]
fn sound_keys_have_no_findings() {
    for jwk in [&*EC, &*ED, &*RSA, &*OCT] {
        assert_eq!(of_key(jwk), Found::new(), "{}", jwk["kty"]);
        if jwk["kty"] != "oct" {
            assert_eq!(of_key(&public(jwk)), Found::new(), "{}", jwk["kty"]);
        }
    }
}

#[test]
fn small_and_large_keys_are_found() {
    for (bits, severity) in [(1023, Critical), (1024, High), (2047, High)] {
        let n = Rsa::generate(bits).unwrap().n().to_owned().unwrap();
        raises("key-too-small", severity, &rsa(&n, 65537), &RSA);
    }
    let mut huge = BigNum::new().unwrap();
    huge.set_bit(8192).unwrap();
    huge.set_bit(0).unwrap();
    raises("key-too-small", Low, &rsa(&huge, 65537), &RSA);
    raises(
        "key-too-small",
        High,
        &with(secret(&[7, 1].repeat(15)), json!({})),
        &OCT,
    );
    let hs512 = |len| made(KeyType::Oct(len), json!({"alg": "HS512"}));
    raises("key-too-small", High, &hs512(63), &hs512(64));
    raises("key-too-small", Critical, &secret(&[]), &OCT);
}

#[test]
fn known_keys_and_guessable_secrets_are_found() {
    // RFC 7638 section 3.1 and RFC 8037 appendix A.
    let published =
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    raises("key-known", Critical, &published, &public(&ED));
    raises("key-known", Critical, &secret(b"your-256-bit-secret"), &OCT);
    raises(
        "key-known",
        High,
        &secret(b"Tr0ub4dor&3 correct horse battery"),
        &OCT,
    );
    raises("key-known", High, &secret(&[1, 2, 3, 4].repeat(8)), &OCT);
    // Random secrets are never reported.
    for _ in 0..2000 {
        let random = made(KeyType::Oct(32), json!({}));
        let found = of_key(&random);
        assert!(found.iter().all(|(id, _)| *id != "key-known"), "{random}");
    }
}

#[test]
fn weak_rsa_parameters_are_found() {
    let n = Rsa::generate(2048).unwrap().n().to_owned().unwrap();
    let good = rsa(&n, 65537);
    for (e, severity) in [
        (1, Critical),
        (2, High),
        (65536, High),
        (3, Medium),
        (17, Medium),
    ] {
        raises("rsa-exponent", severity, &rsa(&n, e), &good);
    }
    let long = base64url::encode([1, 0, 0, 0, 0, 0, 0, 0, 1]);
    let just = base64url::encode([1, 0, 0, 0, 0, 0, 0, 1]);
    raises(
        "rsa-exponent",
        High,
        &with(good.clone(), json!({"e": long})),
        &with(good.clone(), json!({"e": just})),
    );
    let padded = base64url::encode([&[0][..], &n.to_vec()].concat());
    raises(
        "rsa-exponent",
        High,
        &with(good.clone(), json!({"n": padded})),
        &good,
    );
    let mut even = n.to_owned().unwrap();
    even.sub_word(1).unwrap();
    raises("rsa-exponent", High, &rsa(&even, 65537), &good);
    let mut power = BigNum::from_u32(1).unwrap();
    for _ in 0..130 {
        power.mul_word(65537).unwrap();
    }
    raises("rsa-roca", Critical, &rsa(&power, 65537), &good);
    let mut composite = prime(2047);
    composite.mul_word(65521).unwrap();
    let mut larger = prime(2047);
    larger.mul_word(65537).unwrap();
    raises(
        "rsa-factors",
        Critical,
        &rsa(&composite, 65537),
        &rsa(&larger, 65537),
    );
    let p = prime(1024);
    let mut q = p.to_owned().unwrap();
    q.add_word(2).unwrap();
    while !q.is_prime(30, &mut BigNumContext::new().unwrap()).unwrap() {
        q.add_word(2).unwrap();
    }
    raises(
        "rsa-factors",
        Critical,
        &rsa(&times(&p, &q), 65537),
        &rsa(&times(&p, &prime(1024)), 65537),
    );
}

#[test]
fn invalid_points_and_key_pairs_are_found() {
    let swapped = with(public(&EC), json!({"x": EC["y"], "y": EC["x"]}));
    raises("ec-point", Critical, &swapped, &public(&EC));
    raises(
        "ec-point",
        Critical,
        &with(public(&EC), json!({"x": "AA"})),
        &public(&EC),
    );
    let zeros = base64url::encode([0; 32]);
    raises(
        "ec-point",
        Critical,
        &with(public(&ED), json!({"x": zeros})),
        &public(&ED),
    );
    let x25519 = made(
        KeyType::Curve(Curve::X25519),
        json!({"alg": "ECDH-ES", "use": "enc"}),
    );
    raises(
        "ec-point",
        Critical,
        &with(public(&x25519), json!({"x": zeros})),
        &public(&x25519),
    );
    let other = made(KeyType::Curve(Curve::P256), json!({}));
    raises(
        "key-inconsistent",
        High,
        &with(EC.clone(), json!({"d": other["d"]})),
        &EC,
    );
    let other = made(KeyType::Curve(Curve::Ed25519), json!({}));
    raises(
        "key-inconsistent",
        High,
        &with(ED.clone(), json!({"d": other["d"]})),
        &ED,
    );
    for name in ["p", "dp", "dq", "qi", "d"] {
        raises(
            "key-inconsistent",
            High,
            &with(RSA.clone(), json!({name: RSA["q"]})),
            &RSA,
        );
    }
}

#[test]
fn wrong_or_missing_alg_is_found() {
    raises(
        "key-alg-missing",
        Medium,
        &with(EC.clone(), json!({"alg": null})),
        &EC,
    );
    for (jwk, alg) in [
        (&*EC, "ES384"),
        (&*EC, "HS256"),
        (&*RSA, "HS256"),
        (&*ED, "ES256"),
        (&*OCT, "RS256"),
        (&*OCT, "A128KW"),
    ] {
        raises(
            "key-alg-mismatch",
            High,
            &with(jwk.clone(), json!({"alg": alg})),
            jwk,
        );
    }
    let akp = |changes: Value| {
        with(
            json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": base64url::encode([7; 1312])}),
            changes,
        )
    };
    raises(
        "key-alg-mismatch",
        High,
        &akp(json!({"alg": null})),
        &akp(json!({})),
    );
    raises(
        "key-alg-mismatch",
        High,
        &akp(json!({"priv": base64url::encode([7; 64])})),
        &akp(json!({"priv": base64url::encode([7; 32])})),
    );
    raises(
        "key-alg-mismatch",
        High,
        &akp(json!({"pub": base64url::encode([7; 1311])})),
        &akp(json!({})),
    );
    raises("pq-size", Info, &akp(json!({})), &public(&EC));
    raises(
        "alg-unknown",
        High,
        &with(EC.clone(), json!({"alg": "es256"})),
        &EC,
    );
    raises(
        "alg-deprecated",
        High,
        &with(RSA.clone(), json!({"alg": "RSA1_5", "use": "enc"})),
        &with(RSA.clone(), json!({"alg": "RSA-OAEP-256", "use": "enc"})),
    );
    raises(
        "alg-deprecated",
        Low,
        &with(ED.clone(), json!({"alg": "EdDSA"})),
        &ED,
    );
    raises(
        "alg-deprecated",
        Low,
        &with(RSA.clone(), json!({"alg": "RSA-OAEP"})),
        &with(RSA.clone(), json!({"alg": "RSA-OAEP-256"})),
    );
    raises(
        "alg-draft",
        Info,
        &akp(json!({"alg": "HPKE-9"})),
        &akp(json!({})),
    );
}

#[test]
fn wrong_use_and_key_ops_are_found() {
    raises(
        "key-use",
        Low,
        &with(EC.clone(), json!({"use": null})),
        &with(EC.clone(), json!({"use": null, "key_ops": ["sign"]})),
    );
    for bad in [
        json!({"use": "signing"}),
        json!({"key_ops": "sign"}),
        json!({"key_ops": ["sign", "sign"]}),
        json!({"key_ops": ["fly"]}),
        json!({"key_ops": ["encrypt"]}),
        json!({"use": null, "key_ops": ["sign", "wrapKey"]}),
    ] {
        raises(
            "key-use",
            Medium,
            &with(EC.clone(), bad),
            &with(EC.clone(), json!({"key_ops": ["sign", "verify"]})),
        );
    }
}

#[test]
fn wrong_kid_and_members_are_found() {
    raises(
        "kid-missing",
        Low,
        &with(EC.clone(), json!({"kid": null})),
        &EC,
    );
    raises(
        "kid-suspicious",
        High,
        &with(EC.clone(), json!({"kid": "../x"})),
        &with(EC.clone(), json!({"kid": "x..y".replace("..", ".")})),
    );
    let own = key_findings::sha256_thumbprint(&object(&EC)).unwrap();
    let foreign = key_findings::sha256_thumbprint(&object(&ED)).unwrap();
    raises(
        "key-kid-thumbprint",
        Low,
        &with(EC.clone(), json!({"kid": foreign})),
        &with(EC.clone(), json!({"kid": own})),
    );
    let own = key_findings::sha256_thumbprint(&object(&OCT)).unwrap();
    raises(
        "key-kid-thumbprint",
        Medium,
        &with(OCT.clone(), json!({"kid": own})),
        &with(OCT.clone(), json!({"kid": foreign})),
    );
    for bad in [
        json!({"kty": null}),
        json!({"kty": "ec"}),
        json!({"x": null}),
        json!({"x": 5}),
        json!({"alg": 5}),
        json!({"crv": "P-255"}),
    ] {
        raises("key-members", High, &with(EC.clone(), bad), &EC);
    }
    let padded = format!("{}=", EC["x"].as_str().unwrap());
    raises(
        "b64-noncanonical",
        High,
        &with(EC.clone(), json!({"x": padded})),
        &EC,
    );
    let year = 365 * 86400;
    let old = |seconds: i64| with(EC.clone(), json!({"iat": NOW - seconds}));
    raises("key-old", Low, &old(year + 1), &old(year));
    raises("key-old", Medium, &old(2 * year + 1), &old(2 * year));
}

/// Returns a certificate for a key. The start and end of its validity are in days from [`NOW`].
fn certificate(key: &PKey<openssl::pkey::Private>, from: i64, until: i64) -> Vec<u8> {
    use openssl::asn1::Asn1Time;
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "issuer.example").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(key).unwrap();
    let day = |days: i64| Asn1Time::from_unix(NOW + days * 86400).unwrap();
    builder.set_not_before(&day(from)).unwrap();
    builder.set_not_after(&day(until)).unwrap();
    builder.sign(key, openssl::hash::MessageDigest::sha256()).unwrap();
    builder.build().to_der().unwrap()
}

#[test]
fn certificate_findings_are_reported() {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let numbers = key.rsa().unwrap();
    let x5c = |from, until| {
        let der = certificate(&key, from, until);
        let n = base64url::encode(numbers.n().to_vec());
        json!({
            "kty": "RSA", "n": n, "e": "AQAB", "kid": "c", "alg": "RS256", "use": "sig",
            "x5c": [openssl::base64::encode_block(&der)],
        })
    };
    let good = x5c(-1, 1);
    assert_eq!(of_key(&good), Found::new());
    raises("cert-mismatch", Medium, &x5c(-2, -1), &good);
    raises("cert-mismatch", Medium, &x5c(1, 2), &good);
    raises(
        "cert-mismatch",
        Medium,
        &with(good.clone(), json!({"x5c": ["AA=="]})),
        &good,
    );
    raises(
        "cert-mismatch",
        Medium,
        &with(good.clone(), json!({"n": RSA["n"]})),
        &good,
    );
    let token = |jwk: &Value, bare: bool| {
        let mut header = json!({"alg": "RS256", "x5c": jwk["x5c"], "jwk": public(&with(jwk.clone(), json!({"x5c": null})))});
        if bare {
            header.as_object_mut().unwrap().shift_remove("jwk");
        }
        let text = format!("{}.e30.AA", base64url::encode(header.to_string()));
        let token = jotsmith::inspection::parse::Token::parse_tolerant(&text);
        let findings =
            jotsmith::inspection::findings::token_findings::check_token(&token, NOW).into_iter();
        findings.map(|finding| (finding.rule.id, finding.severity)).collect::<Found>()
    };
    differ(
        "header-x5c",
        Medium,
        token(&good, true),
        token(&x5c(-2, -1), true),
    );
    differ(
        "header-x5c",
        High,
        token(&x5c(-2, -1), true),
        token(&good, true),
    );
    differ(
        "header-x5c",
        High,
        token(&with(good.clone(), json!({"n": RSA["n"]})), false),
        token(&good, false),
    );
}

#[test]
fn key_set_findings_are_reported() {
    let keys = |keys: Vec<Value>| json!({"keys": keys});
    let (ec, ed, rsa) = (public(&EC), public(&ED), public(&RSA));
    let good = keys(vec![ec.clone(), ed.clone()]);
    assert_eq!(of_set(&good), Found::new());
    for bad in [json!({}), json!({"keys": {}}), json!({"keys": ["x"]})] {
        set_raises("set-shape", High, &bad, &good);
    }
    set_raises(
        "set-shape",
        Low,
        &keys(vec![ec.clone(), json!({"kty": "new"})]),
        &good,
    );
    set_raises(
        "set-duplicate-kid",
        High,
        &keys(vec![ec.clone(), with(ed.clone(), json!({"kid": "e1"}))]),
        &good,
    );
    set_raises(
        "set-duplicate-kid",
        Low,
        &keys(vec![ec.clone(), ec.clone()]),
        &good,
    );
    set_raises(
        "set-duplicate-key",
        Low,
        &keys(vec![ec.clone(), with(ec.clone(), json!({"kid": "e2"}))]),
        &good,
    );
    set_raises("set-no-successor", Info, &keys(vec![ec.clone()]), &good);
    let encrypting = with(ed.clone(), json!({"use": "enc"}));
    set_raises(
        "set-no-successor",
        Info,
        &keys(vec![ec.clone(), encrypting]),
        &good,
    );
    let many = |count: usize| -> Vec<Value> {
        (0..count)
            .map(|at| {
                with(
                    made(
                        KeyType::Curve(Curve::Ed25519),
                        json!({"alg": "Ed25519", "use": "sig"}),
                    ),
                    json!({"d": null, "kid": at.to_string()}),
                )
            })
            .collect()
    };
    set_raises("set-no-successor", Low, &keys(many(11)), &keys(many(10)));
    for bad in [json!({"exp": NOW}), json!({"revoked": {"revoked_at": 1}})] {
        set_raises(
            "set-key-expired",
            Medium,
            &keys(vec![with(ec.clone(), bad), ed.clone()]),
            &keys(vec![with(ec.clone(), json!({"exp": NOW + 1})), ed.clone()]),
        );
    }
    let later = with(ec.clone(), json!({"nbf": NOW + 1}));
    set_raises(
        "set-key-expired",
        Medium,
        &keys(vec![later.clone()]),
        &keys(vec![later, ed.clone()]),
    );
    set_raises(
        "set-no-kid",
        Medium,
        &keys(vec![ec.clone(), with(ed.clone(), json!({"kid": null}))]),
        &keys(vec![with(ed.clone(), json!({"kid": null}))]),
    );
    let id = "key-private-in-public";
    set_raises(
        id,
        Critical,
        &keys(vec![EC.clone(), ed.clone()]),
        &keys(vec![EC.clone(), ED.clone()]),
    );
    set_raises(id, Info, &keys(vec![EC.clone(), ED.clone()]), &good);
    set_raises(
        id,
        Critical,
        &keys(vec![OCT.clone(), ed.clone()]),
        &keys(vec![OCT.clone()]),
    );
    let (p, q1, q2, q3) = (prime(1024), prime(1024), prime(1024), prime(1024));
    let modulus = |a: &BigNum, b: &BigNum, kid: &str| {
        with(self::rsa(&times(a, b), 65537), json!({"kid": kid}))
    };
    set_raises(
        "rsa-factors",
        Critical,
        &keys(vec![modulus(&p, &q1, "a"), modulus(&p, &q2, "b")]),
        &keys(vec![modulus(&p, &q1, "a"), modulus(&q2, &q3, "b")]),
    );
    assert_eq!(of_set(&keys(vec![rsa, ec])), Found::new());
}

#[test]
fn unsuitable_and_encrypted_pem_and_der_keys_are_described() {
    use jotsmith::inspection::findings::pem_blocks::read_blocks;
    let weak = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    let public = PKey::public_key_from_der(&weak.public_key_to_der().unwrap()).unwrap();
    for (bytes, is_private) in [
        (weak.private_key_to_pem_pkcs8().unwrap(), true),
        (weak.private_key_to_der().unwrap(), true),
        (public.public_key_to_pem().unwrap(), false),
        (public.public_key_to_der().unwrap(), false),
        (certificate(&weak, -1, 1), false),
    ] {
        let blocks = read_blocks(&bytes);
        let jwk = blocks[0].jwk.as_ref().unwrap();
        assert_eq!(jwk.contains_key("d"), is_private);
        let findings = key_findings::check_jwk(jwk, Origin::Asn1, NOW);
        let ids: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
        assert_eq!(ids, ["key-too-small"]);
    }
    let strong = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let cipher = openssl::symm::Cipher::aes_128_cbc();
    let closed = strong.private_key_to_pem_pkcs8_passphrase(cipher, b"x").unwrap();
    let fault = read_blocks(&closed)[0].fault.clone().unwrap();
    assert_eq!(fault, "the key is encrypted and needs a passphrase");
    let chain = [certificate(&strong, -1, 1), certificate(&weak, -1, 1)];
    let pem = chain.map(|der| X509::from_der(&der).unwrap().to_pem().unwrap()).concat();
    let blocks = read_blocks(&pem);
    assert_eq!(blocks.len(), 2);
    let facts = blocks[0].certificate.as_ref().unwrap();
    assert_eq!(
        (facts.subject.as_str(), facts.not_after),
        ("CN=issuer.example", NOW + 86400)
    );
}

/// In the bundle of a SPIFFE trust domain, keys have no alg and a special use. Certificates have no kid.
#[test]
fn spiffe_bundle_is_explained() {
    let folder = Folder::new();
    folder.keygen("ES256 --kid a", "a.jwk");
    folder.keygen("ES256 --to pem", "b.pem");
    let certificate = "openssl req -x509 -key b.pem -days 3650 -subj /CN=root -outform der -out b.der && jotsmith convert -k b.pem --public --to jwk";
    let mut root = parsed(folder.shell(certificate).accepted());
    let mut jwt = public(&parsed(folder.text("a.jwk")));
    for jwk in [&mut root, &mut jwt] {
        jwk.as_object_mut()
            .unwrap()
            .retain(|name, _| ["kty", "crv", "x", "y"].contains(&name.as_str()));
    }
    root["use"] = "x509-svid".into();
    root["x5c"] = json!([openssl::base64::encode_block(&folder.read("b.der"))]);
    jwt["use"] = "jwt-svid".into();
    jwt["kid"] = "a".into();
    let bundle = json!({"keys": [root, jwt], "spiffe_sequence": 12, "spiffe_refresh_hint": 300});
    assert_eq!(
        of_set(&bundle).iter().filter(|(_, severity)| *severity > Info).count(),
        0
    );
    folder.write("bundle.json", bundle.to_string());
    let text = folder.run("inspect bundle.json").accepted();
    for part in [
        "SPIFFE bundle of 2 keys",
        "1 key for JWT-SVIDs (verify --profile jwt-svid)",
        "fetch it again every 5 minutes",
        "Its sequence number is 12",
        "verifies only JWT-SVIDs",
        "root certificate of X.509-SVIDs",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let compact = bundle.to_string();
    for lines in ["--json", "--lines"] {
        let run = folder.run(&format!("inspect {lines}")).stdin(&compact);
        let expected =
            json!({"sequence": 12, "refresh_hint_seconds": 300, "jwt_svid": 1, "x509_svid": 1});
        assert_eq!(parsed(run.accepted())["bundle"], expected);
    }
    let mut bad = bundle.clone();
    bad["keys"][0].as_object_mut().unwrap().shift_remove("x5c");
    set_raises("key-members", High, &bad, &bundle);
    for name in ["spiffe_sequence", "spiffe_refresh_hint"] {
        let mut bad = bundle.clone();
        bad[name] = "12".into();
        set_raises("set-shape", Medium, &bad, &bundle);
    }
    let mut bad = bundle.clone();
    bad["keys"][1]["use"] = "other-svid".into();
    set_raises("key-use", Medium, &bad, &bundle);
    let mut bad = json!({"keys": [bundle["keys"][1]]});
    set_raises(
        "set-no-kid",
        Medium,
        &{
            let mut bad = bad.clone();
            bad["keys"][0].as_object_mut().unwrap().shift_remove("kid");
            bad
        },
        &bad,
    );
    bad["keys"][0]["use"] = "x509-svid".into();
    set_raises("key-members", High, &bad, &bundle);
    let plain = json!({"keys": [public(&parsed(folder.text("a.jwk")))]});
    let run = folder.run("inspect --json").stdin(plain.to_string());
    assert!(parsed(run.accepted()).get("bundle").is_none());
}
