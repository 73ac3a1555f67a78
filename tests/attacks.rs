//! The known attacks, one test each, with their number in the project and the CVE or the RFC. Invalid input that is not an
//! attack is in refusals.rs. Secrets on the command line and key files that other users can read (R26, R27) are in secrets.rs.

use std::time::{Duration, Instant};

use jotsmith::crypto::base64url;
use openssl::bn::BigNum;
use serde_json::{Value, json};

use super::support::{Folder, SECRET, direct, hs256, json as parse, mac, pem, secret_jwk, segment};

const GOOD: &str = r#"{"sub":"alice","exp":9999999999}"#;

/// A folder with `secret.jwk`, the key of [`hs256`] and [`direct`].
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("secret.jwk", secret_jwk());
    folder
}

/// Creates a key in `key.jwk` and returns a token that it signs.
fn signed(folder: &Folder, algorithm: &str) -> String {
    folder.keygen(&format!("{algorithm} --public-out pub.jwk"), "key.jwk");
    folder.run("sign -k key.jwk sub=alice exp:=9999999999").accepted()
}

/// Returns the token with another signature.
fn resigned(token: &str, signature: &[u8]) -> String {
    let (input, _) = token.rsplit_once('.').unwrap();
    format!("{input}.{}", base64url::encode(signature))
}

/// Returns the token with a changed header and the original signature.
fn with_header(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut header = parse(segment(token, 0));
    change(&mut header);
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", base64url::encode(header.to_string()))
}

/// R1: `none` in upper and lower case, with and without a signature (RFC 8725 §3.2, CVE-2022-23540 and many others).
#[test]
fn r1_alg_none_is_rejected() {
    let folder = Folder::new();
    let token = signed(&folder, "ES256");
    let (input, _) = token.rsplit_once('.').unwrap();
    for name in ["none", "None", "NONE", "noNe"] {
        for token in [token.clone(), format!("{input}.")] {
            let token = with_header(&token, |header| header["alg"] = name.into());
            for flags in ["", "--raw", "--allow-no-exp", "--alg ES256"] {
                folder.run(&format!("verify -k pub.jwk {flags}")).stdin(&token).refused(15);
            }
        }
    }
    folder.run("sign -k key.jwk --alg none sub=x").refused(2);
    folder.run("sign -k key.jwk --header alg=none sub=x").refused(3);
    folder.run("verify -k pub.jwk").stdin(format!("{input}.")).refused(11);
}

/// R2: the public key as HMAC secret, in every format (CVE-2015-9235, CVE-2026-34950, CVE-2026-44699).
#[test]
fn r2_public_key_as_hmac_secret_is_rejected() {
    for algorithm in ["RS256 --bits 2048", "ES256", "Ed25519"] {
        let folder = Folder::new();
        let token = signed(&folder, algorithm);
        folder.run("convert -k pub.jwk --to pem -o pub.pem").accepted();
        folder.run("convert -k pub.jwk --to der -o pub.der").accepted();
        let forged = |secret: &[u8]| {
            let token = with_header(&token, |header| *header = json!({"alg": "HS256"}));
            let (input, _) = token.rsplit_once('.').unwrap();
            resigned(&token, &mac(secret, input))
        };
        for name in ["pub.pem", "pub.jwk", "pub.der"] {
            let token = forged(&folder.read(name));
            folder.run(&format!("verify -k {name}")).stdin(&token).refused(15);
            let done = folder.run(&format!("verify -k {name} --alg HS256")).stdin(&token).done();
            assert!([3, 15].contains(&done.code), "{done:?}");
        }
        for prefix in ["", " ", "\n", "x", "\u{feff}"] {
            for name in ["pub.pem", "pub.jwk"] {
                let secret = format!("{prefix}{}", folder.text(name));
                folder.write("secret", &secret);
                let run = folder.run("verify --secret secret --alg HS256");
                let message = run.stdin(forged(secret.as_bytes())).refused(3);
                assert!(
                    message.contains("never used as a shared secret"),
                    "{message}"
                );
            }
        }
        // A public JWK without alg is not an HMAC key, and the missing k is not an empty secret.
        let mut jwk = parse(folder.read("pub.jwk"));
        jwk.as_object_mut().unwrap().remove("alg");
        folder.write("bare.jwk", jwk.to_string());
        folder.run("verify -k bare.jwk").stdin(forged(b"")).refused(15);
    }
}

/// R3: no secret, an empty one, or one shorter than the hash (CVE-2026-44351, CVE-2026-49852; RFC 7518 §3.2).
#[test]
fn r3_empty_or_short_secret_is_rejected() {
    let folder = Folder::new();
    let header = base64url::encode(r#"{"alg":"HS256"}"#);
    let input = format!("{header}.{}", base64url::encode(GOOD));
    for secret in ["", "\n", "0", "0123456789abcdef0123456789abcde"] {
        folder.write("secret", secret);
        let token = format!(
            "{input}.{}",
            base64url::encode(mac(secret.trim().as_bytes(), &input))
        );
        folder.run("verify --secret secret").stdin(&token).refused(3);
        folder.run("verify --secret secret --alg HS256").stdin(&token).refused(3);
        folder.run("sign --secret secret sub=x").refused(3);
    }
    folder.write("empty.jwk", r#"{"kty":"oct","k":""}"#);
    folder.run("verify -k empty.jwk").stdin("a.b.c").refused(3);
}

/// Returns the order of the group of the curve.
fn order(algorithm: &str) -> Vec<u8> {
    use openssl::ec::EcGroup;
    use openssl::nid::Nid;
    let (nid, len) = match algorithm {
        "ES256" => (Nid::X9_62_PRIME256V1, 32),
        "ES384" => (Nid::SECP384R1, 48),
        "ES512" => (Nid::SECP521R1, 66),
        _ => (Nid::SECP256K1, 32),
    };
    let group = EcGroup::from_curve_name(nid).unwrap();
    let mut context = openssl::bn::BigNumContext::new().unwrap();
    let mut order = BigNum::new().unwrap();
    group.order(&mut order, &mut context).unwrap();
    order.to_vec_padded(len).unwrap()
}

/// R4: ECDSA signatures of zero, of the group's order, too long, too short, and in DER (CVE-2022-21449).
#[test]
fn r4_zero_r_or_s_is_rejected() {
    for algorithm in ["ES256", "ES384", "ES512", "ES256K"] {
        let folder = Folder::new();
        let token = signed(&folder, algorithm);
        let signature = segment(&token, 2);
        let order = order(algorithm);
        let zero = vec![0; order.len()];
        let one = [&zero[1..], &[1]].concat();
        let all = vec![0xff; order.len()];
        let (r, s) = signature.split_at(order.len());
        for forged in [
            [&zero[..], &zero[..]].concat(),
            [&zero[..], s].concat(),
            [r, &zero[..]].concat(),
            [&one[..], &zero[..]].concat(),
            [&order[..], &order[..]].concat(),
            [&order[..], s].concat(),
            [r, &order[..]].concat(),
            [&all[..], &all[..]].concat(),
            [&[0][..], r, &[0], s].concat(),
            [&signature[..], &[0]].concat(),
            signature[1..].to_vec(),
            signature[..signature.len() - 1].to_vec(),
            vec![],
            vec![0],
            b"\x30\x06\x02\x01\x00\x02\x01\x00".to_vec(),
            b"\x30\x06\x02\x01\x01\x02\x01\x01".to_vec(),
        ] {
            folder.run("verify -k pub.jwk").stdin(resigned(&token, &forged)).refused(11);
        }
        folder.run("verify -k pub.jwk").stdin(&token).accepted();
    }
}

/// R5: a token that contains a key or the URL of a key (CVE-2018-0114, CVE-2026-27962; RFC 8725 §3.10).
#[test]
fn r5_key_in_the_token_is_not_trusted_or_fetched() {
    let folder = Folder::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("https://{}/jwks.json", listener.local_addr().unwrap());
    folder.keygen("ES256 --public-out evil.pub.jwk", "evil.jwk");
    folder.keygen("ES256 --public-out pub.jwk", "key.jwk");
    let evil = folder.text("evil.pub.jwk");
    let kid = parse(folder.read("key.jwk"))["kid"].as_str().unwrap().to_owned();
    for parameter in [
        format!("jwk:={evil}"),
        format!("jku={url}"),
        format!("x5u={url}"),
        "x5c:=[\"MIIB\"]".into(),
        format!("kid={kid}"),
    ] {
        let run = folder.run_with([
            "sign",
            "-k",
            "evil.jwk",
            "--header",
            parameter.trim(),
            "sub=x",
        ]);
        let token = run.accepted();
        folder.run("verify").stdin(&token).refused(2);
        let done = folder.run("verify -k pub.jwk").stdin(&token).done();
        assert!(
            [11, 16].contains(&done.code) && done.stdout.is_empty(),
            "{parameter}: {done:?}"
        );
    }
    assert!(listener.accept().is_err(), "the URL was fetched");
}

/// R6: a kid is only compared. It is not used as a path, a URL or a query (path traversal, SQL injection, /dev/null as an
/// empty key).
#[test]
fn r6_kid_is_compared_and_never_opened() {
    let folder = folder();
    folder.write("known.jwk", secret_jwk().replace('}', r#","kid":"known"}"#));
    for kid in [
        "../../../../dev/null",
        "/dev/null",
        "secret.jwk",
        "known' OR '1'='1",
        "known\0",
        "",
        "KNOWN",
        "https://127.0.0.1/",
        "known ",
    ] {
        let header = json!({"alg": "HS256", "kid": kid}).to_string();
        let message = folder.run("verify -k known.jwk").stdin(hs256(header, GOOD)).refused(16);
        assert!(message.starts_with("no key has the kid "), "{message}");
    }
    let header = json!({"alg": "HS256", "kid": ["known"]}).to_string();
    folder.run("verify -k known.jwk").stdin(hs256(header, GOOD)).refused(10);
}

/// R6: a token without a kid is tried with at most 16 keys, a token with a kid only with that key.
#[test]
fn r6_number_of_keys_tried_is_limited() {
    let folder = folder();
    let mut keys = parse(folder.run("keygen HS256 --count 16").accepted())["keys"].take();
    let last = parse(secret_jwk().replace('}', r#","kid":"last"}"#));
    keys.as_array_mut().unwrap().push(last);
    folder.write("set.jwks", json!({"keys": keys}).to_string());
    let verify = |header: &str| folder.run("verify -k set.jwks").stdin(hs256(header, GOOD));
    verify(r#"{"alg":"HS256","kid":"last"}"#).accepted();
    verify(r#"{"alg":"HS256"}"#).refused(11);
    let first = keys[0]["kid"].as_str().unwrap();
    verify(&json!({"alg": "HS256", "kid": first}).to_string()).refused(11);
}

/// R7: an ephemeral key off its curve, on another, of small order, or with a private part (CVE-2017-16007).
#[test]
fn r7_point_off_the_curve_is_rejected() {
    for curve in ["P-256", "P-521", "X25519", "X448"] {
        for algorithm in ["ECDH-ES", "ECDH-ES+A128KW"] {
            let folder = Folder::new();
            folder.keygen(
                &format!("{algorithm} --curve {curve} --public-out pub.jwk"),
                "key.jwk",
            );
            let token = folder.run("encrypt -k pub.jwk").stdin("content").accepted();
            let epk = parse(segment(&token, 0))["epk"].take();
            let len = base64url::decode(epk["x"].as_str().unwrap()).unwrap().len();
            let bytes = |byte: u8| Value::from(base64url::encode(vec![byte; len]));
            let point = |x: &Value| {
                let mut epk = epk.clone();
                epk["x"] = x.clone();
                epk
            };
            let mut others = vec![
                Value::Null,
                json!("x"),
                json!({}),
                point(&json!("")),
                point(&base64url::encode(vec![7; len - 1]).into()),
                point(&base64url::encode(vec![7; len + 1]).into()),
            ];
            let private =
                parse(folder.run(&format!("keygen {algorithm} --curve {curve}")).accepted());
            others.push(private);
            for other in
                ["P-384", "X25519", "X448", "P-256"].iter().filter(|other| **other != curve)
            {
                let run = folder.run(&format!("keygen ECDH-ES --curve {other}"));
                let other = parse(run.accepted());
                let mut public = serde_json::Map::new();
                for name in
                    ["kty", "crv", "x", "y"].into_iter().filter(|name| other.get(*name).is_some())
                {
                    public.insert(name.into(), other[name].clone());
                }
                others.push(public.into());
            }
            if curve.starts_with('X') {
                let one = [&[1][..], &vec![0; len - 1]].concat();
                others.extend([point(&bytes(0)), point(&base64url::encode(one).into())]);
            } else {
                others.extend([
                    point(&bytes(0)),
                    point(&bytes(7)),
                    point(&bytes(0xff)),
                    point(&epk["y"]),
                ]);
            }
            for other in others {
                let token = with_header(&token, |header| header["epk"] = other.clone());
                let done = folder.run("decrypt -k key.jwk").stdin(token).done();
                assert!(
                    [10, 11].contains(&done.code) && done.stdout.is_empty(),
                    "{other}: {done:?}"
                );
            }
        }
    }
}

/// R8: RSAES-PKCS1-v1_5 is not used to encrypt, and decrypted only if --alg names it (Bleichenbacher; CVE-2026-28490).
#[test]
fn r8_rsa1_5_is_off_unless_allowed_and_gives_no_oracle() {
    use openssl::rsa::{Padding, Rsa};
    let folder = Folder::new();
    let rsa = Rsa::generate(2048).unwrap();
    folder.write("key.pem", rsa.private_key_to_pem().unwrap());
    folder.run("encrypt -k key.pem --alg RSA1_5").stdin("x").refused(3);
    let made = |cek: &[u8], padding: Padding| {
        let mut wrapped = vec![0; 256];
        rsa.public_encrypt(cek, &mut wrapped, padding).unwrap();
        let token = direct(r#"{"alg":"RSA1_5","enc":"A256GCM"}"#, b"content");
        let mut segments: Vec<&str> = token.split('.').collect();
        let wrapped = base64url::encode(wrapped);
        segments[1] = &wrapped;
        segments.join(".")
    };
    let token = made(SECRET, Padding::PKCS1);
    folder.run("decrypt -k key.pem").stdin(&token).refused(15);
    let run = folder.run("decrypt -k key.pem --alg RSA1_5").stdin(&token);
    assert_eq!(run.accepted(), "content");
    // The error is the same for a wrong padding, a wrong length and a wrong key.
    for bad in [
        made(&SECRET[..16], Padding::PKCS1),
        made(&[7; 32], Padding::PKCS1),
        made(&[7; 256], Padding::NONE),
        made(SECRET, Padding::PKCS1_OAEP),
    ] {
        let message = folder.run("decrypt -k key.pem --alg RSA1_5").stdin(bad).refused(11);
        assert_eq!(message, "the token does not decrypt");
    }
}

/// R9: compressed content that inflates beyond the limit (CVE-2024-28176), and data after the compressed content.
#[test]
fn r9_zip_bomb_is_not_inflated() {
    let folder = folder();
    let run = folder.run("encrypt -k secret.jwk --alg dir --zip").stdin(vec![0; 20_000_000]);
    let token = run.accepted();
    assert!(token.len() < 40_000);
    folder.run("decrypt -k secret.jwk").stdin(&token).refused(15);
    let message = folder.run("decrypt -k secret.jwk --zip").stdin(&token).refused(10);
    assert!(message.contains("250000"), "{message}");
    let small = folder.run("encrypt -k secret.jwk --alg dir --zip").stdin("content").accepted();
    let run = folder.run("decrypt -k secret.jwk --zip").stdin(&small);
    assert_eq!(run.accepted(), "content");
    for (zip, content, code) in [
        ("DEF", &b"\x03\0"[..], 0),
        ("DEF", b"\x03\0x", 10),
        ("DEF", b"", 10),
        ("DEF", b"\xff\xff\xff", 10),
        ("GZ", b"x", 15),
        ("def", b"x", 15),
        ("", b"x", 15),
    ] {
        let token = direct(
            json!({"alg": "dir", "enc": "A256GCM", "zip": zip}).to_string(),
            content,
        );
        let done = folder.run("decrypt -k secret.jwk --zip").stdin(token).done();
        assert_eq!(done.code, code, "{zip} {content:?}: {done:?}");
    }
}

/// R10: a token with an excessive PBKDF2 iteration count (CVE-2022-36083, CVE-2023-50967; RFC 8725bis §3.13).
#[test]
fn r10_excessive_pbes2_count_is_rejected_before_derivation() {
    let folder = Folder::new();
    folder.write("passphrase", "correct horse battery staple");
    let run = folder.run("encrypt --passphrase --passphrase-file passphrase --p2c 1000");
    let token = run.stdin("content").accepted();
    let decrypt =
        |token: &str| folder.run("decrypt --passphrase --passphrase-file passphrase").stdin(token);
    assert_eq!(decrypt(&token).accepted(), "content");
    let start = std::time::Instant::now();
    for p2c in [
        json!(0),
        json!(1),
        json!(999),
        json!(1_200_001),
        json!(1_000_000_000),
        json!(u64::MAX),
        json!(-1000),
        json!(4096.5),
        json!("4096"),
        Value::Null,
    ] {
        let token = with_header(&token, |header| header["p2c"] = p2c.clone());
        decrypt(&token).refused(10);
    }
    for p2s in [
        json!(""),
        json!("AAAA"),
        json!(1),
        Value::Null,
        base64url::encode([1; 2000]).into(),
    ] {
        let token = with_header(&token, |header| header["p2s"] = p2s.clone());
        decrypt(&token).refused(10);
    }
    assert!(start.elapsed().as_secs() < 20);
    // A passphrase is used only with PBES2, and a key is not used as a passphrase.
    folder.write("secret.jwk", secret_jwk());
    folder.run("decrypt -k secret.jwk").stdin(&token).refused(15);
    folder.run("sign --passphrase-file passphrase sub=x").refused(2);
}

/// R11: tokens that consist of dots, or have too many segments (CVE-2025-27144, CVE-2025-30204).
#[test]
fn r11_wrong_number_of_dots_is_rejected() {
    let folder = folder();
    for dots in [1, 3, 5, 6, 100, 1_000_000] {
        for command in ["verify -k secret.jwk", "decrypt -k secret.jwk"] {
            folder.run(command).stdin(".".repeat(dots)).refused(10);
        }
    }
    let token = hs256(r#"{"alg":"HS256"}"#, GOOD);
    folder.run("verify -k secret.jwk").stdin(format!("{token}.")).refused(10);
    folder.run("verify -k secret.jwk").stdin(format!("{token}.AA.AA")).refused(15);
}

/// R12: segments of every length, including 0, for every family of algorithms (CVE-2026-34986, CVE-2026-116585).
#[test]
fn r12_crafted_lengths_are_rejected() {
    for algorithm in [
        "dir --bits 256",
        "A128KW",
        "A256GCMKW",
        "RSA-OAEP --bits 2048",
        "ECDH-ES",
        "ECDH-ES+A256KW",
    ] {
        for enc in ["A128CBC-HS256", "A256GCM"] {
            let folder = Folder::new();
            folder.keygen(algorithm, "key.jwk");
            let run = folder.run(&format!("encrypt -k key.jwk --enc {enc}"));
            let token = run.stdin("content").accepted();
            let segments: Vec<&str> = token.split('.').collect();
            for index in 1..5 {
                for len in [0, 1, 7, 8, 12, 15, 16, 17, 24, 32, 256] {
                    let changed = base64url::encode(vec![0; len]);
                    let mut segments = segments.clone();
                    if segments[index] == changed {
                        continue;
                    }
                    segments[index] = &changed;
                    let done = folder.run("decrypt -k key.jwk").stdin(segments.join(".")).done();
                    assert!(
                        [10, 11].contains(&done.code),
                        "{algorithm} {enc} {index} {len}: {done:?}"
                    );
                    assert!(done.stdout.is_empty());
                }
            }
        }
    }
}

/// R13 and R14: duplicate members and malleable base64url in the header of an encrypted token. For other parts, see
/// refusals.rs.
#[test]
fn r13_r14_duplicate_member_or_padding_in_a_jwe_is_rejected() {
    let folder = folder();
    let good = r#"{"alg":"dir","enc":"A256GCM"}"#;
    let decrypt = |token: &str| folder.run("decrypt -k secret.jwk").stdin(token);
    assert_eq!(decrypt(&direct(good, b"content")).accepted(), "content");
    decrypt(&direct(
        r#"{"alg":"dir","enc":"A256GCM","enc":"A256GCM"}"#,
        b"content",
    ))
    .refused(10);
    let token = direct(good, b"content");
    decrypt(&format!("{token}=")).refused(10);
    decrypt(&token.replacen('.', "=.", 1)).refused(10);
}

/// R15: `crit` is enforced in encrypted tokens too (CVE-2025-59420, GHSA-752w-5fwx-jx9f).
#[test]
fn r15_unknown_crit_is_rejected() {
    let folder = folder();
    for extra in [
        r#""crit":["x"],"x":1"#,
        r#""crit":["b64"],"b64":false"#,
        r#""crit":[]"#,
        r#""b64":false"#,
        r#""crit":["zip"]"#,
    ] {
        let token = direct(
            format!(r#"{{"alg":"dir","enc":"A256GCM",{extra}}}"#),
            b"content",
        );
        folder.run("decrypt -k secret.jwk").stdin(token).refused(15);
        let token = hs256(format!(r#"{{"alg":"HS256",{extra}}}"#), GOOD);
        folder.run("verify -k secret.jwk").stdin(token).refused(15);
    }
}

/// R16: an encrypted token is not accepted as a signed one: claims that are only encrypted are not signed
/// (CVE-2026-29000).
#[test]
fn r16_encrypted_token_is_not_accepted_as_signed() {
    let folder = Folder::new();
    folder.keygen("RSA-OAEP-256 --bits 2048 --public-out pub.jwk", "key.jwk");
    folder.keygen("ES256", "sig.jwk");
    let token = folder.run("encrypt -k pub.jwk").stdin(GOOD).accepted();
    folder.run("verify -k key.jwk").stdin(&token).refused(15);
    folder.run("verify -k key.jwk --raw").stdin(&token).refused(15);
    let done = folder.run("decrypt -k key.jwk").stdin(&token).done();
    assert_eq!(done.code, 0);
    assert!(done.stderr.contains("anyone"), "{done:?}");
    let run = folder.run("verify -k sig.jwk").stdin(&done.stdout);
    run.refused(10);
    let unsecured = format!(
        "{}.{}.",
        base64url::encode(r#"{"alg":"none"}"#),
        base64url::encode(GOOD)
    );
    let token = folder.run("encrypt -k pub.jwk").stdin(&unsecured).accepted();
    let inner = folder.run("decrypt -q -k key.jwk").stdin(&token).accepted();
    folder.run("verify -k sig.jwk").stdin(inner).refused(15);
}

/// R17: the JSON serialization does not bypass the checks of the compact one (CVE-2026-102946, CVE-2022-39227).
#[test]
fn r17_json_serialization_without_a_valid_signature_is_rejected() {
    let folder = folder();
    let token = hs256(r#"{"alg":"HS256"}"#, GOOD);
    let parts: Vec<&str> = token.split('.').collect();
    for text in [
        json!({"payload": parts[1], "signatures": []}),
        json!({"payload": parts[1]}),
        json!({"payload": parts[1], "header": {"alg": "HS256"}, "signature": parts[2]}),
        json!({"payload": parts[1], "header": {"alg": "none"}, "signature": ""}),
    ] {
        let done = folder.run("verify -k secret.jwk").stdin(text.to_string()).done();
        assert!(
            [10, 11, 15].contains(&done.code) && done.stdout.is_empty(),
            "{text}: {done:?}"
        );
    }
    let polyglot = format!(r#"{{"{token}":1,"payload":"x"}}"#);
    folder.run("verify -k secret.jwk").stdin(polyglot).refused(10);
}

/// R18: a token of one type that is used as a token of another type (RFC 8725 §3.11).
#[test]
fn r18_token_of_another_type_is_rejected() {
    let folder = folder();
    for (typ, wanted, code) in [
        (r#","typ":"at+jwt""#, "at+jwt", 0),
        (r#","typ":"application/at+jwt""#, "at+jwt", 0),
        (r#","typ":"AT+JWT""#, "at+jwt", 0),
        (r#","typ":"JWT""#, "at+jwt", 15),
        (r#","typ":"id+jwt""#, "at+jwt", 15),
        (r#","typ":"at+jwt ""#, "at+jwt", 15),
        (r#","typ":"text/at+jwt""#, "at+jwt", 15),
        ("", "at+jwt", 15),
        (r#","typ":["at+jwt"]"#, "at+jwt", 10),
    ] {
        let token = hs256(format!(r#"{{"alg":"HS256"{typ}}}"#), GOOD);
        let run = folder.run(&format!("verify -k secret.jwk --typ {wanted}")).stdin(token);
        match code {
            0 => drop(run.accepted()),
            code => drop(run.refused(code)),
        }
    }
}

/// R19: claims of an unexpected type (CVE-2026-25537, CVE-2020-26160, GHSA-75c5-xw7c-p5pm).
#[test]
fn r19_claims_of_the_wrong_type_are_rejected() {
    let folder = folder();
    for (claims, flags) in [
        (r#""exp":"9999999999""#, ""),
        (r#""exp":[9999999999]"#, ""),
        (r#""exp":9999999999,"nbf":"1""#, ""),
        (r#""exp":9999999999,"iat":"1""#, ""),
        (r#""exp":9999999999,"nbf":-1"#, ""),
        (r#""exp":9999999999,"iss":["https://a"]"#, "--iss https://a"),
        (
            r#""exp":9999999999,"iss":"https://a.evil""#,
            "--iss https://a",
        ),
        (r#""exp":9999999999,"iss":"https://""#, "--iss https://a"),
        (r#""exp":9999999999,"iss":1"#, ""),
        (r#""exp":9999999999,"sub":{"a":1}"#, ""),
        (r#""exp":9999999999,"jti":7"#, ""),
        (r#""exp":9999999999,"aud":[]"#, "--aud api"),
        (r#""exp":9999999999,"aud":["api",1]"#, "--aud api"),
        (r#""exp":9999999999,"aud":"xapi""#, "--aud api"),
        (r#""exp":9999999999,"aud":"""#, "--aud api"),
        (r#""exp":9999999999,"aud":null"#, "--aud api"),
        (r#""exp":9999999999"#, "--aud api"),
        (r#""exp":9999999999"#, "--iss api"),
        (r#""exp":9999999999"#, "--sub api"),
    ] {
        let token = hs256(r#"{"alg":"HS256"}"#, format!("{{{claims}}}"));
        folder.run(&format!("verify -k secret.jwk {flags}")).stdin(token).refused(14);
    }
}

/// R20: generated keys are random and not too short.
#[test]
fn r20_generated_secrets_are_random() {
    let folder = Folder::new();
    let keys = parse(folder.run("keygen HS256 --count 100").accepted());
    let mut seen = std::collections::BTreeSet::new();
    for key in keys["keys"].as_array().unwrap() {
        let secret = base64url::decode(key["k"].as_str().unwrap()).unwrap();
        assert_eq!(secret.len(), 32);
        assert!(seen.insert(secret) && seen.len() <= 100);
        let kid = key["kid"].as_str().unwrap();
        assert_eq!(
            base64url::decode(kid).unwrap().len(),
            16,
            "random, not a thumbprint (RFC 7638 §7)"
        );
    }
    assert_eq!(seen.len(), 100);
}

/// R21: weak RSA keys of the Infineon library (CVE-2017-15361).
#[test]
fn r21_roca_key_is_rejected() {
    // In these keys, n is a power of 65537 modulo every small prime.
    let mut modulus = BigNum::from_u32(1).unwrap();
    let is_prime = |n: u32| (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    for prime in (2..=701).filter(|n| is_prime(*n)) {
        modulus.mul_word(prime).unwrap();
    }
    let mut context = openssl::bn::BigNumContext::new().unwrap();
    let mut n = BigNum::new().unwrap();
    let base = BigNum::from_u32(65537).unwrap();
    let exponent = BigNum::from_u32(12345).unwrap();
    n.mod_exp(&base, &exponent, &modulus, &mut context).unwrap();
    let mut factor = BigNum::new().unwrap();
    factor.lshift(&BigNum::from_u32(1).unwrap(), 2047 - modulus.num_bits()).unwrap();
    let mut large = BigNum::new().unwrap();
    large.checked_mul(&factor, &modulus, &mut context).unwrap();
    let mut weak = BigNum::new().unwrap();
    weak.checked_add(&large, &n).unwrap();
    while weak.num_bits() < 2048 {
        let sum = &weak + &large;
        weak = sum;
    }
    let jwk = json!({"kty": "RSA", "n": base64url::encode(weak.to_vec()), "e": "AQAB"});
    let folder = Folder::new();
    folder.write("key.jwk", jwk.to_string());
    let message = folder.run("convert -k key.jwk").refused(3);
    assert!(message.contains("ROCA"), "{message}");
}

/// R22: RSA keys that are too small, too large, or have an exponent with which anyone can sign.
#[test]
fn r22_weak_rsa_modulus_and_exponent_are_rejected() {
    let folder = Folder::new();
    let key = parse(folder.run("keygen RS256 --bits 2048").accepted());
    let octets = |bytes: &[u8]| Value::from(base64url::encode(bytes));
    let n = base64url::decode(key["n"].as_str().unwrap()).unwrap();
    let with = |n: Value, e: Value| json!({"kty": "RSA", "n": n, "e": e});
    let mut even = n.clone();
    even[255] &= 0xfe;
    for jwk in [
        with(key["n"].clone(), octets(&[1])),
        with(key["n"].clone(), octets(&[2])),
        with(key["n"].clone(), octets(&[])),
        with(key["n"].clone(), octets(&[0])),
        with(key["n"].clone(), key["n"].clone()),
        with(octets(&even), octets(&[1, 0, 1])),
        with(octets(&n[..128]), octets(&[1, 0, 1])),
        with(
            octets(&[&[0x80; 2049][..], &[1]].concat()),
            octets(&[1, 0, 1]),
        ),
        with(octets(&[1]), octets(&[1, 0, 1])),
    ] {
        folder.write("key.jwk", jwk.to_string());
        folder.run("convert -k key.jwk").refused(3);
    }
}

/// R22: an untrusted private key without its primes instead of a public key. With numbers that are not those of a key, the
/// search for primes takes more than a minute at this length.
#[test]
fn r22_primes_of_an_untrusted_private_key_are_not_computed() {
    let folder = Folder::new();
    folder.keygen("ECDH-ES", "ec.jwk");
    let octets = |bytes: &[u8]| base64url::encode(bytes);
    let jwk =
        json!({"kty": "RSA", "n": octets(&[0xfb; 2048]), "e": "AQAB", "d": octets(&[0x5b; 2048])});
    let part = |value: Value| octets(value.to_string().as_bytes());
    let jwe = part(json!({"alg": "ECDH-ES", "enc": "A256GCM", "epk": jwk}));
    let jwe = format!("{jwe}..{}.AAAA.{}", octets(&[0; 12]), octets(&[0; 16]));
    let proof = part(json!({"alg": "RS256", "typ": "dpop+jwt", "jwk": jwk}));
    let proof = format!("{proof}.e30.{}", octets(&[0; 2048]));
    let issued = part(json!({"alg": "RS256", "typ": "dc+sd-jwt"}));
    let issued = format!("{issued}.{}.AAAA~", part(json!({"cnf": {"jwk": jwk}})));
    let bound = part(json!({"alg": "RS256", "typ": "kb+jwt"}));
    let bound = format!("{issued}{bound}.e30.{}", octets(&[0; 2048]));
    for (command, token, code) in [
        ("decrypt -k ec.jwk", jwe, 10),
        ("verify --profile dpop", proof, 15),
        ("inspect", bound, 0),
    ] {
        let start = Instant::now();
        let done = folder.run(command).stdin(token).done();
        assert_eq!(done.code, code, "{command}: {done:?}");
        assert!(start.elapsed() < Duration::from_secs(15), "{command}");
    }
}

/// R23: Ed25519 signatures with an s that is not less than the group order, and keys of small order (RFC 8032 §5.1.7).
#[test]
fn r23_malleable_eddsa_signature_is_rejected() {
    let folder = Folder::new();
    let token = signed(&folder, "Ed25519");
    let mut signature = segment(&token, 2);
    // s + L, little endian.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    folder.run("verify -k pub.jwk").stdin(resigned(&token, &signature)).refused(11);
    let small_orders = [
        [[1].as_slice(), &[0; 31]].concat(),
        vec![0; 32],
        [[0xec].as_slice(), &[0xff; 30], &[0x7f]].concat(),
        [[0xed].as_slice(), &[0xff; 30], &[0x7f]].concat(),
        [[0; 31].as_slice(), &[0x80]].concat(),
    ];
    for x in small_orders {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode(x)});
        folder.write("small.jwk", jwk.to_string());
        folder.run("verify -k small.jwk").stdin(&token).refused(3);
    }
}

/// R24: a key has one use and one algorithm, which new keys contain (RFC 8725 §3.1).
#[test]
fn r24_key_is_bound_to_its_algorithm_and_use() {
    let folder = Folder::new();
    for (algorithm, key_use) in [
        ("RS256 --bits 2048", "sig"),
        ("HS256", "sig"),
        ("Ed25519", "sig"),
        ("A256KW", "enc"),
        ("ECDH-ES", "enc"),
        ("RSA-OAEP --bits 2048", "enc"),
    ] {
        let key = parse(folder.run(&format!("keygen {algorithm}")).accepted());
        assert_eq!(key["alg"], algorithm.split(' ').next().unwrap());
        assert_eq!(key["use"], key_use);
        assert!(key["kid"].is_string());
        folder.write("key.jwk", key.to_string());
        let other = match key_use {
            "sig" => folder.run("encrypt -k key.jwk").stdin("x"),
            _ => folder.run("sign -k key.jwk sub=x"),
        };
        other.refused(3);
    }
    folder.keygen("RS256 --bits 2048", "rsa.jwk");
    let token = folder.run("sign -k rsa.jwk sub=x").accepted();
    folder.run("sign -k rsa.jwk --alg PS256 sub=x").refused(3);
    let token = with_header(&token, |header| header["alg"] = "PS256".into());
    folder.run("verify -k rsa.jwk").stdin(token).refused(15);
}

/// Characters that control a terminal, or hide or reorder text.
const HOSTILE: &str = "\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}[2J\u{9b}31m\r\u{8}\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{e0041}\u{7f}";

/// R25: control characters in a token, a key or a file name are escaped before a terminal (CVE-2025-58160).
#[test]
fn r25_terminal_escapes_are_escaped() {
    let folder = folder();
    let text = Value::from(HOSTILE).to_string();
    let claims = format!(r#"{{"exp":9999999999,"sub":{text},"iss":{text},"aud":{text},{text}:1}}"#);
    let header = format!(r#"{{"alg":"HS256","typ":{text},"kid":{text},{text}:{text}}}"#);
    let bad_alg = format!(r#"{{"alg":{text}}}"#);
    folder.write(
        "hostile.jwk",
        secret_jwk().replace('}', &format!(r#","kid":{text}}}"#)),
    );
    for (run, token) in [
        ("verify -k secret.jwk", hs256(&header, &claims)),
        ("verify -k secret.jwk --json", hs256(&header, &claims)),
        (
            "verify -k secret.jwk --iss x --aud y --sub z",
            hs256(&header, &claims),
        ),
        (
            "verify -k secret.jwk --json --iss x --aud y",
            hs256(&header, &claims),
        ),
        ("verify -k secret.jwk --typ JWT", hs256(&header, &claims)),
        ("verify -k secret.jwk", hs256(&bad_alg, &claims)),
        (
            "decrypt -k secret.jwk",
            direct(format!(r#"{{"alg":{text},"enc":{text}}}"#), b""),
        ),
        (
            "decrypt -k secret.jwk",
            direct(format!(r#"{{"alg":"dir","enc":{text}}}"#), b""),
        ),
        (
            "verify -k hostile.jwk",
            hs256(r#"{"alg":"HS256","kid":"x"}"#, &claims),
        ),
        ("convert -k hostile.jwk", String::new()),
        ("verify -k secret.jwk", HOSTILE.into()),
    ] {
        let done = folder.run(run).stdin(token).done();
        assert_harmless(run, &String::from_utf8(done.stdout).unwrap());
        assert_harmless(run, &done.stderr);
    }
    for arguments in [
        ["sign", "-k", HOSTILE, "sub=x"],
        ["verify", "-k", "secret.jwk", HOSTILE],
        ["sign", "-k", "secret.jwk", HOSTILE],
        ["verify", "-k", "secret.jwk", &format!("@{HOSTILE}")],
        ["sign", "-k", "hostile.jwk", "--kid=x"],
        [
            "keygen",
            "-o",
            "secret.jwk",
            &format!("--public-out={HOSTILE}/x"),
        ],
    ] {
        let done = folder.run_with(arguments).done();
        assert_ne!(done.code, 0);
        assert_harmless(&format!("{arguments:?}"), &done.stderr);
    }
}

#[track_caller]
fn assert_harmless(place: &str, text: &str) {
    for c in text.chars() {
        let hostile = HOSTILE.contains(c) && !c.is_ascii_graphic();
        assert!(
            !hostile && (!c.is_control() || c == '\n'),
            "{place}: {c:?} in {text:?}"
        );
    }
}

/// R28: a symlink does not redirect a write to another file, and is not replaced by an incomplete file.
#[test]
fn r28_symlinks_are_not_followed_or_replaced() {
    let folder = Folder::new();
    std::os::unix::fs::symlink(folder.path("nowhere"), folder.path("dangling")).unwrap();
    folder.write("target", "precious");
    std::os::unix::fs::symlink(folder.path("target"), folder.path("link")).unwrap();
    for command in [
        "keygen -o dangling",
        "keygen -o link",
        "keygen -o new --public-out link",
    ] {
        folder.run(command).refused(3);
    }
    assert!(!folder.path("nowhere").exists());
    assert_eq!(folder.text("target"), "precious");
    folder.run("keygen -o link --force").accepted();
    assert!(folder.path("link").symlink_metadata().unwrap().is_symlink());
    assert!(folder.text("target").starts_with('{'));
}

/// R29: a rotation that is interrupted between its two files leaves both complete, and the next run repairs the
/// difference. (rotate/crash.rs interrupts it at every system call, rotate/concurrency.rs runs it concurrently.)
#[test]
fn r29_interrupted_rotation_leaves_complete_files() {
    let folder = Folder::new();
    let rotate = "rotate keys.jwks --publish public.jwks --every 30d --lead 1d --retain 2d";
    folder.run(&format!("{rotate} --at 1000")).accepted();
    let (old_set, old_public) = (folder.read("keys.jwks"), folder.read("public.jwks"));
    // If the public set cannot be written, the private set is unchanged.
    let at = "--at 1970-01-30T01:00:00Z";
    let done = folder.run(&format!("rotate keys.jwks --publish no/public.jwks {at}")).done();
    assert_eq!(done.code, 3, "{done:?}");
    assert!(folder.read("keys.jwks") == old_set);
    folder.run(&format!("{rotate} {at}")).accepted();
    let (new_set, new_public) = (folder.read("keys.jwks"), folder.read("public.jwks"));
    assert!(new_set != old_set && new_public != old_public);
    let kids = |set: &[u8]| -> Vec<String> {
        let keys = parse(set)["keys"].as_array().unwrap().clone();
        let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        keys.iter().map(kid).collect()
    };
    // If only one of the two files was written, every key that signs is published, before the next run and after it.
    for (set, public) in [(&old_set, &new_public), (&new_set, &old_public)] {
        folder.write("keys.jwks", set);
        folder.write("public.jwks", public);
        let sign = || {
            let token = folder.run(&format!("sign -k keys.jwks sub=x {at}")).accepted();
            let verify = format!("verify -k public.jwks {at}");
            folder.run(&verify).stdin(token).accepted();
        };
        sign();
        folder.run(&format!("{rotate} {at}")).accepted();
        sign();
        let private = kids(&folder.read("keys.jwks"));
        assert_eq!(private, kids(&folder.read("public.jwks")));
    }
}

/// R30: tokens with unknown kids (CVE-2026-48524) do not displace known keys. For fetched keys, see fetch.rs.
#[test]
fn r30_unknown_kids_do_not_replace_keys() {
    let folder = Folder::new();
    let good = signed(&folder, "ES256");
    let mut lines = String::new();
    for number in 0..300 {
        let unknown = with_header(&good, |header| header["kid"] = number.to_string().into());
        lines += &format!("{unknown}\n{good}\n");
    }
    let done = folder.run("verify -k pub.jwk --lines").stdin(lines).done();
    assert_eq!(done.code, 1, "{done:?}");
    let text = String::from_utf8(done.stdout).unwrap();
    let answers: Vec<Value> = text.lines().map(parse).collect();
    assert_eq!(answers.len(), 600);
    for pair in answers.chunks(2) {
        assert_eq!(pair[0]["error"]["code"], "no_key", "{}", pair[0]);
        assert_eq!(pair[1]["ok"], true, "{}", pair[1]);
    }
}

/// R31: no result is reused from an earlier token (CVE-2026-35039): not for the same header, not for the same payload, and
/// not for the same token at another time or with other keys.
#[test]
fn r31_verification_results_are_not_cached() {
    let folder = Folder::new();
    let good = signed(&folder, "ES256");
    let other = folder.run("sign -k key.jwk sub=bob exp:=9999999999").accepted();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (other_input, other_signature) = other.rsplit_once('.').unwrap();
    let swapped = [
        format!("{input}.{other_signature}"),
        format!("{other_input}.{signature}"),
    ];
    let lines = [&good, &swapped[0], &good, &swapped[1], &other].map(String::as_str).join("\n");
    let done = folder.run("verify -k pub.jwk --lines").stdin(lines).done();
    let text = String::from_utf8(done.stdout).unwrap();
    let answers: Vec<bool> = (text.lines().map(parse)).map(|answer| answer["ok"] == true).collect();
    assert_eq!(answers, [true, false, true, false, true]);
    let verify = |flags: &str| folder.run(&format!("verify -k pub.jwk {flags}")).stdin(&good);
    verify("").accepted();
    verify("--at 9999999999").refused(12);
    folder.keygen("ES256 --force --public-out pub.jwk", "key.jwk");
    verify("").refused(16);
}

/// R32: truncated authentication tags (CVE-2023-37464, CVE-2025-54887) of the content and of the wrapped key.
#[test]
fn r32_truncated_tag_is_rejected() {
    let folder = folder();
    let token = direct(r#"{"alg":"dir","enc":"A256GCM"}"#, b"content");
    let (rest, tag) = token.rsplit_once('.').unwrap();
    let tag = base64url::decode(tag).unwrap();
    for len in 0..16 {
        let token = format!("{rest}.{}", base64url::encode(&tag[..len]));
        folder.run("decrypt -k secret.jwk").stdin(token).refused(10);
    }
    folder.keygen("A256GCMKW", "kek.jwk");
    let token = folder.run("encrypt -k kek.jwk").stdin("content").accepted();
    let tag = base64url::decode(parse(segment(&token, 0))["tag"].as_str().unwrap()).unwrap();
    for len in [0, 1, 4, 8, 12, 15] {
        let token = with_header(&token, |header| {
            header["tag"] = base64url::encode(&tag[..len]).into()
        });
        folder.run("decrypt -k kek.jwk").stdin(token).refused(10);
    }
    assert_eq!(SECRET.len(), 32);
}

/// R19: integers of any size are compared and printed exactly, even if they are equal as doubles.
#[test]
fn r19_large_integers_are_exact() {
    let folder = folder();
    let token = hs256(
        r#"{"alg":"HS256"}"#,
        r#"{"exp":9999999999,"id":18446744073709551617,"n":9007199254740993,"list":[1e3,18446744073709551616]}"#,
    );
    let verify = |flags: &str| folder.run(&format!("verify -k secret.jwk {flags}")).stdin(&token);
    for wanted in [
        "id:=18446744073709551617",
        "id:=18446744073709551617.0",
        "n:=9007199254740993",
        "list:=[1000,18446744073709551616]",
    ] {
        for lines in ["", " --lines"] {
            verify(&format!("--claim {wanted}{lines}")).accepted();
        }
    }
    for wanted in [
        "id:=18446744073709551616",
        "id:=-18446744073709551617",
        "id=18446744073709551617",
        "n:=9007199254740992",
        "list:=[1000,18446744073709551617]",
    ] {
        verify(&format!("--claim {wanted}")).refused(14);
        assert_eq!(verify(&format!("--claim {wanted} --lines")).done().code, 1);
    }
    for printed in [
        verify("--json").accepted(),
        verify("--lines").accepted(),
        folder.run("inspect --json").stdin(&token).accepted(),
        folder.run("inspect").stdin(&token).accepted(),
    ] {
        for number in [
            "18446744073709551617",
            "9007199254740993",
            "18446744073709551616",
        ] {
            assert!(printed.contains(number), "{number}: {printed}");
        }
    }
    let token = folder.run("sign -k secret.jwk id:=18446744073709551617").accepted();
    let claims = String::from_utf8(segment(&token, 1)).unwrap();
    assert!(claims.contains(":18446744073709551617,"), "{claims}");
}

/// R30: a token gets at most 16 attempts, regardless of the number of its signatures and of the keys.
#[test]
fn r30_number_of_signature_and_key_pairs_is_limited() {
    let folder = Folder::new();
    let mut keys = Vec::new();
    for index in 0..8 {
        folder.keygen("ES256", &format!("{index}.jwk"));
        let key = folder.run(&format!("convert -k {index}.jwk --public --drop kid")).accepted();
        keys.push(parse(&key));
    }
    folder.write("set", json!({"keys": keys}).to_string());
    let good = folder.run("sign -k 7.jwk --format flattened --no-exp sub=a").accepted();
    let mut good = parse(&good);
    let payload = good["payload"].take();
    good.as_object_mut().unwrap().remove("payload");
    // Without a kid, every key is tried.
    let protected = base64url::encode(r#"{"alg":"ES256"}"#);
    let bad = json!({"protected": protected, "signature": base64url::encode([1; 64])});
    for (count, is_accepted) in [(0, true), (1, true), (2, false), (63, false)] {
        let mut signatures = vec![bad.clone(); count];
        signatures.push(good.clone());
        let token = json!({"payload": payload, "signatures": signatures}).to_string();
        let run = folder.run("verify -k set --format general --allow-no-exp").stdin(token);
        if is_accepted {
            drop(run.accepted())
        } else {
            drop(run.refused(11))
        }
    }
}

/// R15: a long list of critical parameters is refused at its first unknown name.
#[test]
fn r15_crit_with_many_names_is_rejected() {
    let folder = folder();
    let names: Vec<String> = (0..5_000).map(|index| format!("n{index}")).collect();
    let header = json!({"alg": "HS256", "crit": names}).to_string();
    let token = hs256(&header, GOOD);
    folder.run("verify -k secret.jwk").stdin(&token).refused(15);
    let shown = folder.run("inspect --json").stdin(&token).accepted();
    let findings = parse(&shown)["findings"].as_array().unwrap().clone();
    let crit = (findings.iter()).filter(|one| one["where"] == "header.crit");
    assert!((2..40).contains(&crit.count()), "{}", findings.len());
    let protected = base64url::encode(&header);
    let signatures = vec![json!({"protected": protected, "signature": "AA"}); 10];
    let token = json!({"payload": "e30", "signatures": signatures});
    let run = folder.run("verify -k secret.jwk");
    run.stdin(token.to_string()).refused(15);
}

/// R12: the headers that the recipients of a JWE share are stored, checked and printed once.
#[test]
fn r12_shared_header_is_parsed_once_for_many_recipients() {
    let folder = folder();
    let shared: serde_json::Map<String, Value> =
        (0..2_000).map(|index| (format!("member{index}"), json!("value"))).collect();
    let jwe = |recipients: Vec<Value>| {
        json!({
            "protected": base64url::encode(r#"{"enc":"A256GCM"}"#),
            "unprotected": shared,
            "recipients": recipients,
            "iv": "AAAAAAAAAAAAAAAA",
            "ciphertext": "AAAA",
            "tag": "AAAAAAAAAAAAAAAAAAAAAA",
        })
        .to_string()
    };
    let recipient = json!({"header": {"alg": "A256KW"}, "encrypted_key": "A".repeat(54)});
    let token = jwe(vec![recipient.clone(); 64]);
    folder.run("decrypt -k secret.jwk").stdin(&token).refused(11);
    let shown = folder.run("inspect --json").stdin(&token).accepted();
    assert_eq!(
        shown.matches("member1999").count(),
        2,
        "once, and once with the first recipient"
    );
    let text = folder.run("inspect").stdin(&token).accepted();
    assert_eq!(text.matches("member1999").count(), 1);
    // A parameter that is in two parts of the header is refused.
    let twice = json!({"header": {"alg": "A256KW", "member7": 1}, "encrypted_key": ""});
    folder.run("decrypt -k secret.jwk").stdin(jwe(vec![twice])).refused(10);
    let many = jwe(vec![json!({}); 5_000]);
    folder.run("decrypt -k secret.jwk").stdin(&many).refused(10);
    let shown = parse(folder.run("inspect --json").stdin(&many).accepted());
    assert_eq!(shown["recipients"].as_array().unwrap().len(), 64);
    assert!(
        shown["summary"].as_str().unwrap().contains("5000 recipients"),
        "{shown}"
    );
    let is_reported = |one: &Value| one["message"].as_str().unwrap().contains("5000 recipients");
    assert!(shown["findings"].as_array().unwrap().iter().any(is_reported));
}

/// R2: a public key, a private key or a certificate is not accepted as an HMAC secret in any encoding.
#[test]
fn r2_key_file_in_any_encoding_is_rejected_as_secret() {
    let folder = Folder::new();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for algorithm in ["RS256 --bits 2048", "ES256", "ES512", "Ed25519"] {
        folder.keygen(
            &format!("{algorithm} --public-out pub.jwk --force"),
            "key.jwk",
        );
        let mut forms: Vec<Vec<u8>> = Vec::new();
        for (key, form) in [
            ("pub.jwk", "pem"),
            ("pub.jwk", "der"),
            ("pub.jwk", "ssh"),
            ("pub.jwk", "jwk"),
            ("pub.jwk", "jwks"),
            ("key.jwk", "pem"),
            ("key.jwk", "der"),
        ] {
            folder.run(&format!("convert -k {key} --to {form} -o form --force")).accepted();
            forms.push(folder.read("form"));
        }
        let encoded = |form: &Vec<u8>| {
            let base64 = openssl::base64::encode_block(form);
            // DER is encoded as base64 first, because UTF-16 encodes text.
            let text = if form.is_ascii() {
                form.as_slice()
            } else {
                base64.as_bytes()
            };
            let utf16: Vec<u8> = text.iter().flat_map(|byte| [*byte, 0]).collect();
            [
                form.clone(),
                base64.clone().into_bytes(),
                openssl::base64::encode_block(base64.as_bytes()).into_bytes(),
                base64url::encode(form).into_bytes(),
                hex(form).into_bytes(),
                [&b"\xff\xfe"[..], &utf16].concat(),
            ]
        };
        for secret in forms.iter().flat_map(encoded) {
            folder.write("secret", &secret);
            let run = folder.run("sign --secret secret --alg HS256 sub=a");
            let message = run.refused(3);
            assert!(message.contains("key file"), "{algorithm} {message}");
            let jwk = json!({"kty": "oct", "k": base64url::encode(&secret)});
            folder.write("oct.jwk", jwk.to_string());
            folder.run("sign -k oct.jwk --alg HS256 sub=a").refused(3);
        }
    }
}

/// A private member of another key type is ignored with a warning, and never written.
#[test]
fn unknown_private_members_are_not_written() {
    let folder = Folder::new();
    for algorithm in ["ES256", "RS256 --bits 2048", "Ed25519"] {
        folder.keygen(
            &format!("{algorithm} --public-out pub.jwk --force"),
            "key.jwk",
        );
        for file in ["key.jwk", "pub.jwk"] {
            let mut jwk = parse(folder.text(file));
            for name in ["d", "p", "q", "dp", "dq", "qi", "k", "priv"] {
                let members = jwk.as_object_mut().unwrap();
                let is_own = algorithm.starts_with("RS") && file == "key.jwk";
                let is_free = !is_own && name != "d" && !members.contains_key(name);
                if is_free {
                    members.insert(name.into(), "U2VjcmV0Q2FuYXJ5".into());
                }
            }
            jwk["k"] = "U2VjcmV0Q2FuYXJ5".into();
            jwk["note"] = "kept".into();
            folder.write("stray.jwk", jwk.to_string());
            let done = folder.run("convert -k stray.jwk --public").done();
            let stdout = String::from_utf8(done.stdout).unwrap();
            assert!(!stdout.contains("U2VjcmV0"), "{file} {algorithm}: {stdout}");
            assert!(stdout.contains("kept"), "{stdout}");
            assert!(done.stderr.contains("ignored"), "{}", done.stderr);
            if file == "key.jwk" {
                let token = folder.run("sign -q -k stray.jwk --embed-jwk sub=a").accepted();
                let header = String::from_utf8(segment(&token, 0)).unwrap();
                assert!(!header.contains("U2VjcmV0"), "{header}");
                let written = folder.run("convert -q -k stray.jwk --to jwk").accepted();
                assert!(!written.contains("U2VjcmV0"), "{written}");
            }
        }
    }
}

/// RFC 8410 appendix A: the public key in a PKCS#8 file must belong to the private key.
#[test]
fn pkcs8_with_the_public_part_of_another_key_is_rejected() {
    let folder = Folder::new();
    let key = openssl::pkey::PKey::generate_ed25519().unwrap();
    let other = openssl::pkey::PKey::generate_ed25519().unwrap();
    let seed = key.raw_private_key().unwrap();
    let pkcs8 = |public: &[u8]| {
        let mut der = vec![
            0x30, 0x51, 2, 1, 1, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
        ];
        der.extend_from_slice(&seed);
        der.extend_from_slice(&[0x81, 0x21, 0]);
        der.extend_from_slice(public);
        der
    };
    let own = pkcs8(&key.raw_public_key().unwrap());
    let foreign = pkcs8(&other.raw_public_key().unwrap());
    let pem = |der: &[u8]| {
        let text = openssl::base64::encode_block(der);
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
    };
    folder.write("own.der", &own);
    folder.write("own.pem", pem(&own));
    folder.write("foreign.der", &foreign);
    folder.write("foreign.pem", pem(&foreign));
    for name in ["own.der", "own.pem"] {
        folder.run(&format!("sign -k {name} sub=a")).accepted();
    }
    // Encrypted with PBES2, PBKDF2-HMAC-SHA256 and AES-256-CBC.
    let encrypted = |content: &[u8]| {
        use openssl::hash::MessageDigest;
        let (salt, iv, mut kek) = ([7; 8], [9; 16], [0; 32]);
        openssl::pkcs5::pbkdf2_hmac(b"pw", &salt, 2048, MessageDigest::sha256(), &mut kek).unwrap();
        let cipher = openssl::symm::Cipher::aes_256_cbc();
        let content = openssl::symm::encrypt(cipher, &kek, Some(&iv), content).unwrap();
        let tlv = |tag: u8, parts: &[&[u8]]| {
            let body = parts.concat();
            let len = u8::try_from(body.len()).unwrap();
            let mut der = if len < 128 {
                vec![tag, len]
            } else {
                vec![tag, 0x81, len]
            };
            der.extend(body);
            der
        };
        let oid = |hex: &[u8]| tlv(6, &[hex]);
        let prf = tlv(
            0x30,
            &[&oid(b"\x2a\x86\x48\x86\xf7\x0d\x02\x09"), &tlv(5, &[])],
        );
        let parameters = tlv(0x30, &[&tlv(4, &[&salt]), &tlv(2, &[&[8, 0]]), &prf]);
        let kdf = tlv(
            0x30,
            &[&oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"), &parameters],
        );
        let aes = oid(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a");
        let scheme = tlv(0x30, &[&aes, &tlv(4, &[&iv])]);
        let pbes2 = oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
        let algorithm = tlv(0x30, &[&pbes2, &tlv(0x30, &[&kdf, &scheme])]);
        tlv(0x30, &[&algorithm, &tlv(4, &[&content])])
    };
    folder.write("pw", "pw");
    folder.write("own.enc", encrypted(&own));
    folder.write("foreign.enc", encrypted(&foreign));
    let sign = |name: &str, pass: &str| {
        folder.run(&format!("sign -k {name} --passphrase-file {pass} sub=a"))
    };
    sign("own.enc", "pw").accepted();
    let message = sign("foreign.enc", "pw").refused(3);
    assert!(message.contains("another key"), "{message}");
    folder.write("wrong", "other");
    let message = sign("own.enc", "wrong").refused(3);
    assert!(message.contains("passphrase"), "{message}");
    for name in ["foreign.der", "foreign.pem"] {
        let message = folder.run(&format!("sign -k {name} sub=a")).refused(3);
        assert!(message.contains("another key"), "{message}");
    }
}

/// The same for EC keys: their common form is not parsed by the general decoder of OpenSSL.
#[test]
fn pkcs8_ec_key_with_the_public_part_of_another_key_is_rejected() {
    use openssl::bn::BigNumContext;
    use openssl::ec::{EcGroup, EcKey, PointConversionForm};
    use openssl::nid::Nid;
    use openssl::pkey::PKey;
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let (key, other) = (
        EcKey::generate(&group).unwrap(),
        EcKey::generate(&group).unwrap(),
    );
    let point = |key: &EcKey<_>, form| {
        let mut ctx = BigNumContext::new().unwrap();
        key.public_key().to_bytes(&group, form, &mut ctx).unwrap()
    };
    let plain = PKey::from_ec_key(key.clone()).unwrap().private_key_to_pkcs8().unwrap();
    // A SEQUENCE with a length of one byte after 0x81, and version 0 as its first member.
    assert_eq!(
        (plain[0], plain[1], &plain[3..6]),
        (0x30, 0x81, &[2, 1, 0][..])
    );
    let with_public_part = |point: &[u8]| {
        let mut body = vec![2, 1, 1];
        body.extend_from_slice(&plain[6..]);
        body.extend_from_slice(&[0x81, point.len() as u8 + 1, 0]);
        body.extend_from_slice(point);
        [&[0x30, 0x81, body.len() as u8], &body[..]].concat()
    };
    let folder = Folder::new();
    for (key, code) in [(&key, 0), (&other, 3)] {
        for form in [
            PointConversionForm::UNCOMPRESSED,
            PointConversionForm::COMPRESSED,
        ] {
            let der = with_public_part(&point(key, form));
            let text = openssl::base64::encode_block(&der);
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
            folder.write("key.der", &der);
            folder.write("key.pem", pem);
            for name in ["key.der", "key.pem"] {
                let done = folder.run(&format!("sign -k {name} sub=a")).done();
                assert_eq!(done.code, code, "{name}: {done:?}");
            }
        }
    }
}

/// R26: a secret on the command line is not repeated in the error.
#[test]
fn r26_mistyped_secret_is_not_repeated() {
    let folder = Folder::new();
    folder.write("pass", "correct horse");
    folder.run("keygen ES256 --encrypt --passphrase-file pass -o key.jwk").accepted();
    for command in [
        "sign --secret hunter2hunter2 sub=a",
        "verify --secret hunter2hunter2",
        "sign -k key.jwk --passphrase-file hunter2hunter2 sub=a",
        "keygen ES256 --encrypt --passphrase-file hunter2/hunter2 -o other.jwk",
        "convert -k key.jwk --change-passphrase --passphrase-file pass --new-passphrase-file hunter2 -o x",
        "rotate set.jwks --init --alg ES256 --encrypt --passphrase-file hunter2hunter2",
    ] {
        let done = folder.run(command).done();
        assert!(
            done.code != 0 && !done.stderr.contains("hunter2"),
            "{}",
            done.stderr
        );
    }
}

/// R25: quoted unverified text is shortened.
#[test]
fn quoted_text_of_a_token_is_shortened() {
    let folder = folder();
    let set = json!({"keys": [parse(secret_jwk())]});
    folder.write("set.jwks", set.to_string());
    let long = "Z".repeat(60_000);
    let mut tokens = Vec::new();
    for name in ["alg", "kid", "typ", "enc", "zip", "crit"] {
        let mut header = json!({"alg": "HS256"});
        header[name] = match name {
            "crit" => json!([long]),
            _ => json!(long),
        };
        tokens.push(hs256(header.to_string(), GOOD));
        header["alg"] = json!("A256GCMKW");
        let header = base64url::encode(header.to_string());
        tokens.push(format!("{header}.AAAA.AAAA.AAAA.AAAA"));
    }
    for name in ["iss", "aud", "exp", "sub"] {
        let mut claims = parse(GOOD);
        claims[name] = json!(long);
        tokens.push(hs256(r#"{"alg":"HS256"}"#, claims.to_string()));
    }
    for token in tokens {
        for command in [
            "verify -k secret.jwk",
            "verify -k secret.jwk --typ JWT --iss a --aud b --sub c",
            "verify -k set.jwks --kid other",
            "decrypt -k secret.jwk",
        ] {
            let done = folder.run(command).stdin(&token).done();
            assert!(done.stderr.len() < 2000, "{command}: {}", done.stderr);
        }
    }
}

/// Every certificate of a chain must have 112 bits of security, except for the signature of the root.
#[test]
fn weak_certificate_chains_are_rejected() {
    use openssl::asn1::Asn1Time;
    use openssl::hash::MessageDigest;
    use openssl::pkey::{PKey, PKeyRef, Private};
    use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage};
    use openssl::x509::{X509, X509NameBuilder};
    let rsa = |bits| PKey::from_rsa(openssl::rsa::Rsa::generate(bits).unwrap()).unwrap();
    let (good, weak) = (rsa(2048), rsa(1024));
    let certificate = |key: &PKeyRef<Private>,
                       name: &str,
                       by: (&PKeyRef<Private>, &str),
                       hash,
                       purpose: Option<bool>| {
        let title = |text: &str| {
            let mut name = X509NameBuilder::new().unwrap();
            name.append_entry_by_text("CN", text).unwrap();
            name.build()
        };
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&title(name)).unwrap();
        builder.set_issuer_name(&title(by.1)).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
        builder.set_pubkey(key).unwrap();
        let mut constraints = BasicConstraints::new();
        if name != "leaf" {
            constraints.critical().ca();
        }
        builder.append_extension(constraints.build().unwrap()).unwrap();
        if let Some(is_critical) = purpose {
            let mut usage = ExtendedKeyUsage::new();
            if is_critical {
                usage.critical();
            }
            builder.append_extension(usage.server_auth().build().unwrap()).unwrap();
        }
        builder.sign(by.0, hash).unwrap();
        builder.build()
    };
    let (sha256, sha1, md5) = (
        MessageDigest::sha256(),
        MessageDigest::sha1(),
        MessageDigest::md5(),
    );
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let leaf_key =
        PKey::private_key_from_pem(folder.run("convert -k key.jwk --to pem").accepted().as_bytes())
            .unwrap();
    let code = |root: &X509, chain: &[X509]| {
        folder.write("root.pem", root.to_pem().unwrap());
        let pem: Vec<u8> = chain.iter().flat_map(|one| one.to_pem().unwrap()).collect();
        folder.write("chain.pem", pem);
        let token = folder.run("sign -q -k key.jwk --x5c chain.pem sub=a").accepted();
        let lines = folder.run("verify --lines --x5c-roots root.pem").stdin(&token).done().code;
        let code = folder.run("verify --x5c-roots root.pem").stdin(token).done().code;
        assert_eq!(lines, i32::from(code != 0));
        code
    };
    let root = certificate(&good, "root", (&good, "root"), sha256, None);
    let leaf = |by: (&PKeyRef<Private>, &str), hash, purpose| {
        certificate(&leaf_key, "leaf", by, hash, purpose)
    };
    assert_eq!(code(&root, &[leaf((&good, "root"), sha256, None)]), 0);
    let other_purpose = leaf((&good, "root"), sha256, Some(false));
    assert_eq!(code(&root, &[other_purpose]), 0);
    for flag in ["", "--lines"] {
        let verify = format!("verify --x5c-roots root.pem {flag}");
        let token = folder.run("sign -q -k key.jwk --x5c chain.pem sub=a").accepted();
        let done = folder.run(verify.trim()).stdin(token).done();
        let message = done.stderr;
        assert_eq!(
            message.matches("extended key usage").count(),
            1,
            "{message}"
        );
    }
    assert_eq!(
        code(&root, &[leaf((&good, "root"), sha256, Some(true))]),
        16
    );
    assert_eq!(code(&root, &[leaf((&good, "root"), sha1, None)]), 16);
    assert_eq!(code(&root, &[leaf((&good, "root"), md5, None)]), 16);
    // A root with a weak signature of its own is trusted. A root with a weak key is not.
    let old_root = certificate(&good, "root", (&good, "root"), sha1, None);
    assert_eq!(code(&old_root, &[leaf((&good, "root"), sha256, None)]), 0);
    let weak_root = certificate(&weak, "root", (&weak, "root"), sha256, None);
    assert_eq!(code(&weak_root, &[leaf((&weak, "root"), sha256, None)]), 16);
    let weak_between = certificate(&weak, "between", (&good, "root"), sha256, None);
    assert_eq!(
        code(
            &root,
            &[leaf((&weak, "between"), sha256, None), weak_between]
        ),
        16
    );
    let between = certificate(&good, "between", (&good, "root"), sha1, None);
    assert_eq!(
        code(&root, &[leaf((&good, "between"), sha256, None), between]),
        16
    );
}

/// Returns a self-signed certificate of a new P-256 key. The start and end of its validity are in seconds from now.
fn self_signed(
    from: i64,
    until: i64,
    usage: Option<openssl::x509::extension::KeyUsage>,
) -> (Vec<u8>, Vec<u8>) {
    use openssl::asn1::Asn1Time;
    let now = jiff::Timestamp::now().as_second();
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let key = openssl::ec::EcKey::generate(&group).unwrap();
    let key = openssl::pkey::PKey::from_ec_key(key).unwrap();
    let mut builder = openssl::x509::X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(now + from).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(now + until).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    if let Some(usage) = usage {
        builder.append_extension(usage.build().unwrap()).unwrap();
    }
    builder.sign(&key, openssl::hash::MessageDigest::sha256()).unwrap();
    (
        builder.build().to_der().unwrap(),
        key.private_key_to_pem_pkcs8().unwrap(),
    )
}

#[test]
fn certificate_outside_its_validity_or_usage_is_a_warning() {
    for (from, until, usage, expected) in [
        (-60, 3600, None, None),
        (-60, 3600, Some(KeyUsageKind::Signature), None),
        (-7200, -3600, None, Some("the certificate has expired")),
        (3600, 7200, None, Some("the certificate is not yet valid")),
        (
            -60,
            3600,
            Some(KeyUsageKind::Encipherment),
            Some("not for signatures"),
        ),
    ] {
        let usage = usage.map(KeyUsageKind::extension);
        let (der, key) = self_signed(from, until, usage);
        let folder = Folder::new();
        folder.write("key.pem", key);
        folder.write("cert.pem", pem("CERTIFICATE", &der));
        folder.write("cert.der", &der);
        let token = folder.run("sign -k key.pem --alg ES256 sub=a").accepted();
        for verify in [
            "verify -k cert.pem",
            "verify -k cert.der",
            "verify --lines -k cert.pem",
        ] {
            let done = folder.run(verify).stdin(&token).done();
            assert_eq!(done.code, 0, "{verify}");
            let message = done.stderr;
            match expected {
                Some(text) => assert!(message.contains(text), "{verify}: {message}"),
                None => assert!(!message.contains("certificate"), "{verify}: {message}"),
            }
        }
    }
}

#[derive(Clone, Copy)]
enum KeyUsageKind {
    Signature,
    Encipherment,
}

impl KeyUsageKind {
    fn extension(self) -> openssl::x509::extension::KeyUsage {
        let mut usage = openssl::x509::extension::KeyUsage::new();
        match self {
            KeyUsageKind::Signature => usage.digital_signature(),
            KeyUsageKind::Encipherment => usage.key_encipherment(),
        };
        usage
    }
}

#[test]
fn bytes_after_a_certificate_or_key_are_rejected() {
    let (mut der, key) = self_signed(-60, 3600, None);
    let folder = Folder::new();
    folder.write("key.pem", &key);
    let token = folder.run("sign -k key.pem --alg ES256 sub=a").accepted();
    der.extend([0x30, 0]);
    folder.write("cert.pem", pem("CERTIFICATE", &der));
    folder.write("cert.der", &der);
    for (command, what) in [
        ("verify -k cert.pem", "bytes follow the end"),
        ("verify -k cert.der", "trailing bytes"),
        ("verify --x5c-roots cert.pem", "bytes follow the end"),
        (
            "sign -k key.pem --alg ES256 --x5c cert.pem sub=a",
            "bytes follow the end",
        ),
    ] {
        let message = folder.run(command).stdin(&token).refused(3);
        assert!(message.contains(what), "{command}: {message}");
    }
    let mut key =
        openssl::pkey::PKey::private_key_from_pem(&key).unwrap().public_key_to_der().unwrap();
    key.extend([0, 0]);
    let pem = pem("PUBLIC KEY", &key);
    folder.write("public.pem", pem);
    let message = folder.run("verify -k public.pem").stdin(&token).refused(3);
    assert!(message.contains("bytes follow the end"), "{message}");
}
