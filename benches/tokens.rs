//! Measures the time for one token in the process, for each algorithm and each stage.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use jotsmith::crypto::alg::{Algorithm, Signature};
use jotsmith::crypto::backend::generate_key;
use jotsmith::crypto::json::{Members, Object, parse_object};
use jotsmith::crypto::jws::{SerializeOptions, SignatureSpec, Signer, Verifier};
use jotsmith::crypto::jwt::claims::ClaimRules;
use jotsmith::crypto::policy::{MAX_TOKEN, TokenTypes};
use jotsmith::crypto::token::{HeaderCache, Serialization};
use jotsmith::crypto::{Key, KeySet, UnverifiedToken, VerifyPolicy};

const NOW: i64 = 1_800_000_000;
const CLAIMS: &[u8] =
    br#"{"sub":"user-0000001","iss":"https://issuer.example","aud":"api","iat":1800000000,"exp":1800000900}"#;

fn policy() -> VerifyPolicy {
    VerifyPolicy {
        now: NOW,
        algorithms: Vec::new(),
        types: TokenTypes::Any,
        claims: Some(ClaimRules {
            issuers: vec!["https://issuer.example".into()],
            audiences: vec!["api".into()],
            ..ClaimRules::default()
        }),
        require_all: false,
        formats: Vec::new(),
    }
}

fn key(algorithm: &'static Signature) -> Key {
    use jotsmith::crypto::alg::{Curve, KeyType, SignatureScheme::*};
    let kind = match algorithm.scheme {
        Hmac(hash) => KeyType::Oct(hash.byte_len()),
        RsaPkcs1(_) | RsaPss(_) => KeyType::Rsa(2048),
        Ecdsa(curve, _) | EdDsaOn(curve) => KeyType::Curve(curve),
        EdDsa => KeyType::Curve(Curve::Ed25519),
        MlDsa(row) => KeyType::Akp(row),
    };
    let mut key = generate_key(kind).unwrap();
    key.set_alg(Algorithm::Signature(algorithm)).unwrap();
    key
}

fn algorithms(criterion: &mut Criterion) {
    for name in ["HS256", "ES256", "RS256", "PS256", "Ed25519", "ES384"] {
        let algorithm = Signature::from_name(name).unwrap();
        let keys = KeySet::new(vec![key(algorithm)]).unwrap();
        let spec = SignatureSpec {
            key: &keys.keys()[0],
            algorithm,
            header: Object::new(),
            unprotected: Object::new(),
        };
        let options = SerializeOptions {
            format: Serialization::Compact,
            unencoded: false,
        };
        let signer = Signer::new(vec![spec], options).unwrap();
        let mut token = Vec::new();
        signer.sign(CLAIMS, &mut token).unwrap();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        group.bench_function("sign", |bencher| {
            let mut buffer = Vec::with_capacity(4096);
            bencher.iter(|| {
                buffer.clear();
                signer.sign(black_box(CLAIMS), &mut buffer)
            });
        });
        group.bench_function("verify", |bencher| {
            let mut headers = HeaderCache::default();
            let mut verifier = Verifier::new(&keys, policy());
            bencher.iter(|| {
                let token = black_box(&token);
                let token = UnverifiedToken::parse_with(token, MAX_TOKEN, &mut headers).unwrap();
                verifier.verify(token).unwrap().payload().len()
            });
        });
        group.bench_function("verify alone", |bencher| {
            let policy = policy();
            bencher.iter_batched(
                || UnverifiedToken::parse(&token, MAX_TOKEN).unwrap(),
                |token| token.verify(&keys, &policy).unwrap(),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

fn stages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("claims");
    group.throughput(Throughput::Bytes(CLAIMS.len() as u64));
    group.bench_function("built", |bencher| {
        bencher.iter(|| parse_object(black_box(CLAIMS)))
    });
    group.bench_function("borrowed", |bencher| {
        bencher.iter(|| Members::parse(black_box(CLAIMS)));
    });
    let policy = policy();
    let rules = policy.claims.unwrap();
    group.bench_function("checked", |bencher| {
        bencher.iter(|| rules.check(&Members::parse(black_box(CLAIMS)).unwrap(), NOW));
    });
    group.finish();
}

criterion_group!(benches, algorithms, stages);
criterion_main!(benches);
