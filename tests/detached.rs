//! Detached payloads of any kind and length, in one piece or several.

use jotsmith::crypto::alg::{Algorithm, KeyType, SIGNATURES, Signature};
use jotsmith::crypto::base64url;
use jotsmith::crypto::jws::{MAX_WHOLE, SerializeOptions, SignatureSpec, Verifier};
use jotsmith::crypto::policy::MAX_TOKEN;
use jotsmith::crypto::token::Serialization;
use jotsmith::crypto::{Error, Key, KeySet, Result, UnverifiedToken, backend};
use proptest::prelude::*;

use super::support::core::sign_detached;
use super::support::{Folder, core, hs256, json, secret_jwk};

/// Returns a key for every algorithm that the installed OpenSSL supports. The RSA algorithms share a key.
fn keys() -> impl Iterator<Item = (&'static Signature, Key)> {
    let rsa = backend::generate_key(KeyType::Rsa(2048)).unwrap().to_jwk().unwrap();
    SIGNATURES.iter().filter_map(move |row| {
        let key = match Algorithm::Signature(row).default_kind() {
            KeyType::Rsa(_) => KeySet::from_json(rsa.expose()).unwrap().into_keys().remove(0),
            kind => backend::generate_key(kind).ok()?,
        };
        Some((row, key))
    })
}

fn signer<'k>(key: &'k Key, algorithm: &'static Signature) -> SignatureSpec<'k> {
    SignatureSpec {
        key,
        algorithm,
        header: Default::default(),
        unprotected: Default::default(),
    }
}

fn set(key: &Key) -> KeySet {
    KeySet::from_json(key.to_jwk().unwrap().expose()).unwrap()
}

/// Verifies a payload that is passed in these pieces.
fn verify<'p>(
    keys: &KeySet,
    algorithm: &'static Signature,
    token: &str,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> Result<()> {
    let token = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN)?;
    let mut verifier = Verifier::new(keys, core::verify_policy(&[algorithm]));
    let mut verification = verifier.begin(token)?;
    for piece in pieces {
        verification.update(piece)?;
    }
    let verified = verification.finish()?;
    assert_eq!(verified.signatures()[0].algorithm, algorithm.name);
    Ok(())
}

/// Returns a compact token without its payload.
fn without_payload(token: &str) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    format!("{header}..{signature}")
}

fn is_deterministic(row: &Signature) -> bool {
    ["HS", "RS", "Ed"].iter().any(|start| row.name.starts_with(start))
}

#[test]
fn payload_in_pieces_has_the_same_signature_for_every_algorithm() {
    let payload: Vec<u8> = (0..1000).map(|n| b'a' + (n % 26) as u8).collect();
    let mut seen = 0;
    for (row, key) in keys() {
        let (signers, keys) = ([signer(&key, row)], set(&key));
        for unencoded in [false, true] {
            let writing = SerializeOptions {
                format: Serialization::Compact,
                unencoded,
            };
            for len in [0, 1, 2, 3, 4, 5, 63, 64, 65, 128, 1000] {
                let payload = &payload[..len];
                let attached = core::sign_specs(&signers, payload, writing).unwrap();
                let whole = without_payload(&attached);
                for size in [1, 2, 3, 64, 1000] {
                    let pieces = || payload.chunks(size);
                    let token = sign_detached(&signers, writing, pieces()).unwrap();
                    if is_deterministic(row) {
                        assert_eq!(token, whole, "{} {len} by {size}", row.name);
                    }
                    for token in [&token, &whole] {
                        verify(&keys, row, token, pieces()).unwrap();
                        let other = pieces().chain([&b"x"[..]]);
                        let error = verify(&keys, row, token, other).unwrap_err();
                        assert_eq!(error, Error::SignatureInvalid, "{}", row.name);
                    }
                    if len == 1000 || size == 1 {
                        break;
                    }
                }
            }
        }
        seen += 1;
    }
    assert!(seen >= 16, "{seen}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Uses lengths around multiples of base64url groups, of hash blocks and of the read buffer.
    #[test]
    fn payload_split_anywhere_is_the_same_message(
        near in prop::sample::select(vec![0usize, 3, 64, 128, 4096, 256 * 1024]),
        off in 0usize..8,
        byte in any::<u8>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        unencoded in any::<bool>(),
        format in prop::sample::select(vec![Serialization::Compact, Serialization::Flattened, Serialization::General]),
        name in prop::sample::select(vec!["HS256", "HS512", "ES256", "ES384", "Ed25519"]),
    ) {
        let payload = vec![byte; (near + off).saturating_sub(4)];
        let row = Signature::from_name(name).unwrap();
        let kind = Algorithm::Signature(row).default_kind();
        let key = backend::generate_key(kind).unwrap();
        let mut borders: Vec<usize> = cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
        borders.extend([0, payload.len()]);
        borders.sort();
        let pieces = || borders.windows(2).map(|pair| &payload[pair[0]..pair[1]]);
        let writing = SerializeOptions { format, unencoded };
        let token = sign_detached(&[signer(&key, row)], writing, pieces()).unwrap();
        verify(&set(&key), row, &token, pieces()).unwrap();
        verify(&set(&key), row, &token, [&*payload]).unwrap();
        let parsed = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN).unwrap();
        let whole = parsed.with_payload(payload.clone()).unwrap();
        let verified = whole.verify(&set(&key), &core::verify_policy(&[row])).unwrap();
        prop_assert_eq!(verified.payload(), &*payload);
    }
}

#[test]
fn several_signatures_over_one_payload_verify() {
    let keys: Vec<_> = keys().filter(|(row, _)| row.name != "EdDSA").collect();
    let signers: Vec<_> = keys.iter().map(|(row, key)| signer(key, row)).collect();
    let writing = SerializeOptions {
        format: Serialization::General,
        unencoded: false,
    };
    let pieces = || [&b"some"[..], b" of it", b""];
    let token = sign_detached(&signers, writing, pieces()).unwrap();
    for (row, key) in &keys {
        verify(&set(key), row, &token, pieces()).unwrap();
    }
    let mut all = core::verify_policy(&keys.iter().map(|(row, _)| *row).collect::<Vec<_>>());
    all.require_all = true;
    let one = set(&keys[0].1);
    let token = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN).unwrap();
    let mut verifier = Verifier::new(&one, all);
    verifier.begin(token).unwrap().finish().unwrap_err();
}

#[test]
fn payload_buffered_by_an_algorithm_is_limited() {
    let piece = vec![0; 1 << 20];
    let pieces = || std::iter::repeat_n(&*piece, (MAX_WHOLE >> 20) as usize).chain([&b"x"[..]]);
    for name in ["Ed25519", "Ed448", "ML-DSA-44"] {
        let row = Signature::from_name(name).unwrap();
        let Some((_, key)) = keys().find(|(found, _)| *found == row) else {
            continue;
        };
        let writing = SerializeOptions {
            format: Serialization::Compact,
            unencoded: true,
        };
        let error = sign_detached(&[signer(&key, row)], writing, pieces()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("67108864"), "{text}");
        let token = sign_detached(&[signer(&key, row)], writing, [&b"x"[..]]).unwrap();
        let refused = verify(&set(&key), row, &token, pieces()).unwrap_err();
        assert_eq!(refused, error);
    }
}

/// Returns a folder with a key of each family, and a long binary payload.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out es.pub", "es.jwk");
    folder.keygen("HS256", "hs.jwk");
    folder.keygen("RS256 --bits 2048 --public-out rs.pub", "rs.jwk");
    folder.keygen("PS256 --bits 2048 --public-out ps.pub", "ps.jwk");
    folder.keygen("Ed25519 --public-out ed.pub", "ed.jwk");
    let payload: Vec<u8> = (0..700_001u32).map(|n| (n.wrapping_mul(n) >> 8) as u8).collect();
    folder.write("payload", payload);
    folder
}

#[test]
fn payload_of_any_type_is_verified_and_returned_on_request() {
    let folder = folder();
    for (key, public) in [
        ("es.jwk", "es.pub"),
        ("hs.jwk", "hs.jwk"),
        ("rs.jwk", "rs.pub"),
        ("ps.jwk", "ps.pub"),
        ("ed.jwk", "ed.pub"),
    ] {
        for form in ["", "--unencoded", "--format flattened", "--format general"] {
            let sign = format!("sign -k {key} --payload payload --detached {form}");
            let token = folder.run(&sign).accepted();
            assert!(token.len() < 3000, "{key} {form}");
            folder.write("token", &token);
            let verify = format!("verify -k {public} --payload payload @token");
            assert_eq!(folder.run(&verify).accepted(), "", "{key} {form}");
            // The payload can be read from a pipe, and is printed unchanged.
            let run = folder.run(&format!("verify -k {public} --payload - --raw @token"));
            let done = run.stdin(folder.read("payload")).done();
            assert_eq!(done.code, 0, "{done:?}");
            assert!(done.stdout == folder.read("payload"), "{key} {form}");
            folder.run(&format!("{verify} -o copy --force")).accepted();
            assert!(
                folder.read("copy") == folder.read("payload"),
                "{key} {form}"
            );
            let report = json(folder.run(&format!("{verify} --json")).accepted());
            assert_eq!(report["verified"], true);
            assert!(report["payload"].is_null() && report["claims"].is_null());
        }
    }
}

#[test]
fn modified_detached_payload_is_rejected() {
    let folder = folder();
    let token = folder.run("sign -k es.jwk --payload payload --detached").accepted();
    folder.write("token", token);
    let mut bytes = folder.read("payload");
    bytes[650_000] ^= 1;
    folder.write("changed", bytes);
    let verify = "verify -k es.pub --payload changed @token";
    for flags in ["", "--raw", "-o out", "-o -"] {
        let message = folder.run(&format!("{verify} {flags}")).refused(11);
        assert_eq!(message, "the signature does not verify", "{flags}");
    }
    for flags in ["--json", "--json --raw", "--json -o out"] {
        let done = folder.run(&format!("{verify} {flags}")).done();
        assert!(
            done.code == 11 && done.stdout.is_empty(),
            "{flags}: {done:?}"
        );
        assert!(!folder.path("out").exists());
    }
}

#[test]
fn detached_claims_set_is_checked_against_the_claim_flags() {
    let folder = folder();
    folder.write("claims", r#"{"iss":"me","exp":1000}"#);
    let token = folder.run("sign -k es.jwk --payload claims --detached").accepted();
    folder.write("token", token);
    let verify = "verify -k es.pub --payload claims @token";
    folder.run(&format!("{verify} --iss me")).refused(12);
    folder.run(&format!("{verify} --iss you --at 1")).refused(14);
    let claims = folder.run(&format!("{verify} --iss me --at 1")).accepted();
    assert_eq!(claims, r#"{"iss":"me","exp":1000}"#);
    // Without a rule for claims, the payload is not parsed as claims, which a note reports.
    let done = folder.run(verify).done();
    assert!(done.stderr.contains("not parsed as claims"), "{done:?}");
}

#[test]
fn detached_token_without_its_payload_is_rejected() {
    let folder = Folder::new();
    folder.write("secret.jwk", secret_jwk());
    let whole = hs256(r#"{"alg":"HS256"}"#, "{}");
    let (input, _) = whole.rsplit_once('.').unwrap();
    for (token, is_hinted) in [
        (without_payload(&whole), true),
        (format!("{input}.{}", base64url::encode([0; 32])), false),
    ] {
        let done = folder.run("verify -k secret.jwk").stdin(token).done();
        assert_eq!(done.code, 11, "{done:?}");
        let hint = "the token has no payload; pass a detached payload with --payload INPUT";
        assert_eq!(done.stderr.contains(hint), is_hinted, "{done:?}");
    }
}

#[test]
fn payload_flag_for_a_token_with_a_payload_is_rejected() {
    let folder = folder();
    let token = folder.run("sign -k es.jwk sub=x").accepted();
    let message = folder.run("verify -k es.pub --payload payload").stdin(token).refused(15);
    assert_eq!(
        message,
        "the token contains a payload, so a detached payload is not allowed"
    );
}

#[test]
fn payload_over_the_limit_of_its_algorithm_is_rejected() {
    let folder = folder();
    let file = std::fs::File::create(folder.path("long")).unwrap();
    file.set_len(MAX_WHOLE + 1).unwrap();
    let token = folder.run("sign -k ed.jwk --payload payload --detached").accepted();
    folder.write("token", token);
    for command in [
        "sign -k ed.jwk --payload long --detached",
        "sign -k ed.jwk --payload long --detached --unencoded",
        "verify -k ed.pub --payload long @token",
    ] {
        let done = folder.run(command).done();
        assert_eq!(done.code, 3, "{done:?}");
        assert!(
            done.stderr.contains("Ed25519 must keep all of it in memory"),
            "{done:?}"
        );
        assert!(done.stderr.contains("ES256"), "{done:?}");
    }
    // ES256 signs a payload of any length.
    folder.run("sign -k es.jwk --payload long --detached").accepted();
    let message = folder.run("sign -k es.jwk --payload long").done().stderr;
    assert!(
        message.contains("longer than the limit of 67108864 bytes"),
        "{message}"
    );
}
