//! HPKE for JWE: the vectors of the draft, every algorithm in every serialization, and what is rejected before and after
//! decryption.

use jotsmith::crypto::alg::{Algorithm, KEY_MANAGEMENT, KeyManagement};
use jotsmith::crypto::{Code, Error, KeySet, base64url};
use serde_json::{Value, json};

use super::support::{self, Folder, core, vectors, vectors_folder};

const INTEGRATED: [&str; 8] = [
    "HPKE-0", "HPKE-1", "HPKE-2", "HPKE-3", "HPKE-4", "HPKE-5", "HPKE-6", "HPKE-7",
];
const KEY_ENCRYPTION: [&str; 6] = [
    "HPKE-0-KE",
    "HPKE-1-KE",
    "HPKE-2-KE",
    "HPKE-3-KE",
    "HPKE-5-KE",
    "HPKE-7-KE",
];

fn named(name: &str) -> &'static KeyManagement {
    KeyManagement::from_name(name).unwrap()
}

fn decrypt(jwk: &Value, token: &str) -> Result<Vec<u8>, Error> {
    let keys = KeySet::from_json(jwk.to_string().as_bytes()).unwrap();
    core::decrypt(&keys, token.as_bytes(), &[])
}

/// Returns a folder with a key for this algorithm, and its public key.
fn fixture(alg: &str) -> Folder {
    let folder = Folder::new();
    let run = format!("keygen {alg} -o key.jwk --public-out pub.jwk");
    folder.run(&run).accepted();
    folder
}

#[test]
fn draft_vectors_decrypt_and_their_mutations_do_not() {
    let Some(file) = vectors("hpke/jose-vectors.json") else {
        return;
    };
    let file = file.as_array().unwrap();
    assert_eq!(file.len(), 9);
    for vector in file {
        let (name, jwk) = (vector["alg"].as_str().unwrap(), &vector["jwk"]);
        let compact = vector["compact"].as_str().unwrap();
        let plaintext = decrypt(jwk, compact).unwrap();
        assert!(!plaintext.is_empty(), "{name}");
        let flattened = &vector["flattened"];
        assert_eq!(
            decrypt(jwk, &flattened.to_string()).unwrap(),
            plaintext,
            "{name}"
        );
        let mut bytes = compact.as_bytes().to_vec();
        for at in 0..bytes.len() {
            let old = bytes[at];
            bytes[at] = if old == b'A' { b'B' } else { b'A' };
            let text = str::from_utf8(&bytes).unwrap();
            assert!(decrypt(jwk, text).is_err(), "{name}: byte {at}");
            bytes[at] = old;
            assert!(decrypt(jwk, &compact[..at]).is_err(), "{name}: cut at {at}");
        }
        for (member, value) in flattened.as_object().unwrap() {
            let mut changed = flattened.clone();
            let text = value.as_str().unwrap();
            let first = if text.starts_with('A') { "B" } else { "A" };
            changed[member] = format!("{first}{}", &text[1..]).into();
            assert!(
                decrypt(jwk, &changed.to_string()).is_err(),
                "{name}: {member}"
            );
            changed.as_object_mut().unwrap().remove(member);
            assert!(
                decrypt(jwk, &changed.to_string()).is_err(),
                "{name}: no {member}"
            );
        }
    }
}

#[test]
fn draft_vectors_decrypt_on_the_command_line() {
    let Some(file) = vectors("hpke/jose-vectors.json") else {
        assert!(vectors_folder().is_none());
        return;
    };
    for vector in file.as_array().unwrap() {
        let folder = Folder::new();
        folder.write("key.jwk", vector["jwk"].to_string());
        folder.write("token", vector["flattened"].to_string());
        let compact = vector["compact"].as_str().unwrap();
        let run = folder.run("decrypt -k key.jwk").stdin(compact).accepted();
        assert_eq!(folder.run("decrypt -k key.jwk @token").accepted(), run);
    }
}

#[test]
fn hpke_algorithms_have_the_registered_names() {
    let names: Vec<&str> = (KEY_MANAGEMENT.iter().map(|row| row.name))
        .filter(|name| name.starts_with("HPKE-"))
        .collect();
    assert_eq!(names, [&INTEGRATED[..], &KEY_ENCRYPTION].concat());
    // The names with ML-KEM are from a draft and not supported.
    let folder = Folder::new();
    for name in ["HPKE-8", "HPKE-9", "HPKE-8-KE"] {
        folder.run(&format!("keygen {name} -o key.jwk")).refused(2);
    }
}

#[test]
fn integrated_encryption_has_no_enc_no_iv_and_no_tag() {
    for alg in INTEGRATED {
        let folder = fixture(alg);
        let jwk = support::json(folder.read("key.jwk"));
        assert_eq!(jwk["alg"], alg);
        let token = folder.run("encrypt -k pub.jwk").stdin("content").accepted();
        let segments: Vec<&str> = token.split('.').collect();
        let header = support::json(base64url::decode(segments[0]).unwrap());
        assert_eq!(header["alg"], alg);
        assert!(
            header.get("enc").is_none() && header.get("ek").is_none(),
            "{header}"
        );
        assert_eq!((segments[2], segments[4]), ("", ""), "{token}");
        assert_eq!(
            folder.run("decrypt -k key.jwk").stdin(&token).accepted(),
            "content"
        );
        for format in ["flattened", "general"] {
            let run = format!("encrypt -k pub.jwk --format {format} --aad pub.jwk --zip");
            let token = folder.run(&run).stdin("content").accepted();
            let json = support::json(&token);
            assert!(
                json.get("iv").is_none() && json.get("tag").is_none(),
                "{token}"
            );
            let run = folder.run("decrypt -k key.jwk --zip").stdin(&token);
            assert_eq!(run.accepted(), "content");
        }
    }
}

#[test]
fn key_encryption_works_with_every_enc_and_beside_other_recipients() {
    for alg in KEY_ENCRYPTION {
        let folder = fixture(alg);
        for enc in ["A128GCM", "A256CBC-HS512"] {
            let run = format!("encrypt -k pub.jwk --enc {enc}");
            let token = folder.run(&run).stdin("content").accepted();
            let header = support::json(support::segment(&token, 0));
            assert_eq!((&header["alg"], &header["enc"]), (&json!(alg), &json!(enc)));
            assert!(header["ek"].is_string());
            assert_eq!(
                folder.run("decrypt -k key.jwk").stdin(&token).accepted(),
                "content"
            );
        }
        folder.run("keygen RSA-OAEP-256 -o rsa.jwk --bits 2048").accepted();
        folder.run("keygen ECDH-ES+A128KW -o ec.jwk").accepted();
        let run = "encrypt -k pub.jwk -k rsa.jwk -k ec.jwk --aad pub.jwk";
        let token = folder.run(run).stdin("content").accepted();
        for key in ["key.jwk", "rsa.jwk", "ec.jwk"] {
            let run = folder.run(&format!("decrypt -k {key}")).stdin(&token);
            assert_eq!(run.accepted(), "content", "{alg}, {key}");
        }
    }
}

#[test]
fn integrated_encryption_with_enc_or_two_recipients_is_rejected() {
    let folder = fixture("HPKE-0");
    folder.run("keygen RSA-OAEP-256 -o rsa.jwk --bits 2048").accepted();
    for run in [
        "encrypt -k pub.jwk -k rsa.jwk",
        "encrypt -k pub.jwk --enc A256GCM",
        "encrypt -k pub.jwk --header ek=AAAA",
        "encrypt -k pub.jwk --header psk_id=AAAA",
        "encrypt -k rsa.jwk --info pub.jwk",
    ] {
        folder.run(run).stdin("content").refused(3);
    }
    let token = folder.run("encrypt -k pub.jwk").stdin("content").accepted();
    folder.run("decrypt -k key.jwk --enc A256GCM").stdin(&token).refused(15);
    folder.run("decrypt -k key.jwk --alg HPKE-7").stdin(&token).refused(15);
}

#[test]
fn token_with_hpke_info_needs_the_same_info() {
    for alg in ["HPKE-4", "HPKE-7", "HPKE-5-KE"] {
        let folder = fixture(alg);
        folder.write("info", "backup of 2026\0\u{ff}");
        folder.write("other", "backup of 2027");
        let run = folder.run("encrypt -k pub.jwk --info info");
        let token = run.stdin("content").accepted();
        let run = folder.run("decrypt -k key.jwk --info info").stdin(&token);
        assert_eq!(run.accepted(), "content");
        folder.run("decrypt -k key.jwk --info other").stdin(&token).refused(11);
        folder.run("decrypt -k key.jwk").stdin(&token).refused(11);
        let plain = folder.run("encrypt -k pub.jwk").stdin("content").accepted();
        folder.run("decrypt -k key.jwk --info info").stdin(&plain).refused(11);
        folder.write("empty", "");
        let run = folder.run("decrypt -k key.jwk --info empty").stdin(&plain);
        assert_eq!(run.accepted(), "content");
    }
    let folder = fixture("ECDH-ES");
    let token = folder.run("encrypt -k pub.jwk").stdin("content").accepted();
    let message = folder.run("decrypt -k key.jwk --info pub.jwk").stdin(&token).refused(15);
    assert!(message.contains("ECDH-ES"), "{message}");
}

/// A key is for one of the two algorithms, although both use Diffie-Hellman on the same curve.
#[test]
fn hpke_key_and_ecdh_es_key_are_not_interchangeable() {
    for (own, other) in [
        ("HPKE-0", "ECDH-ES"),
        ("HPKE-0", "HPKE-7"),
        ("HPKE-0", "HPKE-0-KE"),
        ("HPKE-0-KE", "ECDH-ES+A256KW"),
        ("ECDH-ES", "HPKE-0"),
        ("ECDH-ES+A256KW", "HPKE-0-KE"),
    ] {
        let folder = fixture(own);
        let message =
            folder.run(&format!("encrypt -k pub.jwk --alg {other}")).stdin("content").refused(3);
        assert!(message.contains("bound to"), "{message}");
        folder
            .run(&format!(
                "convert -k pub.jwk --drop alg,kid --alg {other} -o other.jwk"
            ))
            .accepted();
        let token = folder.run("encrypt -k other.jwk").stdin("content").accepted();
        folder.run("decrypt -k key.jwk").stdin(&token).refused(15);
        let free = folder.run("convert -k key.jwk --drop alg -o free.jwk");
        free.accepted();
        let run = folder.run("decrypt -k free.jwk").stdin(&token);
        assert_eq!(run.accepted(), "content");
    }
}

/// Returns the parts of a compact token: the header as JSON, and the others decoded.
fn parts(token: &str) -> (Value, [Vec<u8>; 4]) {
    let segments: Vec<Vec<u8>> =
        (token.trim().split('.')).map(|segment| base64url::decode(segment).unwrap()).collect();
    let [header, key, iv, ciphertext, tag] = segments.try_into().unwrap();
    (support::json(header), [key, iv, ciphertext, tag])
}

fn join(header: &Value, parts: [&[u8]; 4]) -> String {
    let header = base64url::encode(header.to_string());
    format!("{header}.{}", parts.map(base64url::encode).join("."))
}

#[test]
fn parts_of_a_wrong_length_are_rejected_before_decryption() {
    for (alg, secret) in [
        ("HPKE-0", 65),
        ("HPKE-1", 97),
        ("HPKE-2", 133),
        ("HPKE-3", 32),
        ("HPKE-6", 56),
    ] {
        let key = core::key(
            Algorithm::KeyManagement(named(alg)).default_kind(),
            Some(Algorithm::KeyManagement(named(alg))),
        );
        let keys = core::one(&key);
        let enc = jotsmith::crypto::alg::ContentEncryption::preferred();
        let token = core::encrypt(&key, named(alg), enc).unwrap();
        let (header, [ek, _, ciphertext, _]) = parts(&token);
        assert_eq!(ek.len(), secret);
        let code = |token: String| {
            core::decrypt(&keys, token.as_bytes(), &[]).map_err(|error| error.code())
        };
        assert!(code(join(&header, [&ek, b"", &ciphertext, b""])).is_ok());
        let malformed = Err(Code::Malformed);
        for cut in [0, 1, secret - 1] {
            assert_eq!(
                code(join(&header, [&ek[..cut], b"", &ciphertext, b""])),
                malformed
            );
        }
        let long = [&*ek, b"x"].concat();
        assert_eq!(
            code(join(&header, [&long, b"", &ciphertext, b""])),
            malformed
        );
        assert_eq!(
            code(join(&header, [&ek, &[0; 12], &ciphertext, b""])),
            malformed
        );
        assert_eq!(
            code(join(&header, [&ek, b"", &ciphertext, &[0; 16]])),
            malformed
        );
        assert_eq!(
            code(join(&header, [&ek, b"", &ciphertext[..15], b""])),
            malformed
        );
        let with = |name: &str, value: &str| {
            let mut header = header.clone();
            header[name] = value.into();
            code(join(&header, [&ek, b"", &ciphertext, b""]))
        };
        assert_eq!(with("enc", "A256GCM"), malformed);
        assert_eq!(with("ek", "AAAA"), malformed);
        assert_eq!(with("psk_id", "AAAA"), Err(Code::NotAllowed));
        // All other failures have the same error.
        let failed = Err(Code::DecryptionFailed);
        assert_eq!(with("cty", "JWT"), failed);
        assert_eq!(
            code(join(&header, [&vec![4; secret], b"", &ciphertext, b""])),
            failed
        );
        assert_eq!(
            code(join(&header, [&vec![0; secret], b"", &ciphertext, b""])),
            failed
        );
        assert_eq!(
            code(join(&header, [&ek, b"", &ciphertext[..16], b""])),
            failed
        );
    }
}

#[test]
fn parts_of_key_encryption_of_a_wrong_length_are_rejected_before_decryption() {
    let algorithm = named("HPKE-3-KE");
    let kind = Algorithm::KeyManagement(algorithm).default_kind();
    let key = core::key(kind, None);
    let keys = core::one(&key);
    let enc = jotsmith::crypto::alg::ContentEncryption::preferred();
    let token = core::encrypt(&key, algorithm, enc).unwrap();
    let (header, [encrypted, iv, ciphertext, tag]) = parts(&token);
    assert_eq!(encrypted.len(), 48);
    let code = |header: &Value, encrypted: &[u8]| {
        let token = join(header, [encrypted, &iv, &ciphertext, &tag]);
        core::decrypt(&keys, token.as_bytes(), &[]).map_err(|error| error.code())
    };
    assert!(code(&header, &encrypted).is_ok());
    for len in [0, 16, 47] {
        assert_eq!(code(&header, &encrypted[..len]), Err(Code::Malformed));
    }
    for (ek, expected) in [
        (json!(null), Code::Malformed),
        (json!("AAAA"), Code::Malformed),
        (json!(base64url::encode([9; 33])), Code::Malformed),
        (json!({}), Code::Malformed),
        (json!(base64url::encode([0; 32])), Code::DecryptionFailed),
        (json!(base64url::encode([9; 32])), Code::DecryptionFailed),
    ] {
        let mut header = header.clone();
        header["ek"] = ek.clone();
        assert_eq!(code(&header, &encrypted), Err(expected), "{ek}");
    }
    let mut changed = encrypted.clone();
    changed[0] ^= 1;
    assert_eq!(code(&header, &changed), Err(Code::DecryptionFailed));
}

#[test]
fn token_with_two_recipients_of_integrated_encryption_is_rejected() {
    let folder = fixture("HPKE-0");
    let run = folder.run("encrypt -k pub.jwk --format general");
    let mut token = support::json(run.stdin("content").accepted());
    let recipient = token["recipients"][0].clone();
    token["recipients"].as_array_mut().unwrap().push(recipient);
    let run = folder.run("decrypt -k key.jwk").stdin(token.to_string());
    run.refused(10);
}

#[test]
fn nested_tokens_and_lines_use_hpke() {
    for alg in ["HPKE-0", "HPKE-4", "HPKE-7-KE"] {
        let folder = fixture(alg);
        folder.run("keygen ES256 -o sign.jwk").accepted();
        let run = "sign -k sign.jwk --exp 1h --encrypt-to pub.jwk sub=alice";
        let nested = folder.run(run).accepted();
        let run = "verify -k sign.jwk --decrypt-with key.jwk";
        let claims = folder.run(run).stdin(&nested).accepted();
        assert_eq!(support::json(claims)["sub"], "alice");
        let run = "encrypt -k pub.jwk --lines --info sign.jwk";
        let tokens = folder.run(run).stdin("one\ntwo\nthree\n").accepted();
        assert_eq!(tokens.lines().count(), 3);
        let run = "decrypt -k key.jwk --lines --info sign.jwk";
        let records = folder.run(run).stdin(tokens).accepted();
        let contents: Vec<Value> =
            records.lines().map(|line| support::json(line)["content"].clone()).collect();
        assert_eq!(contents, ["one", "two", "three"]);
    }
}

#[test]
fn reports_of_integrated_encryption_have_no_enc() {
    let folder = fixture("HPKE-3");
    let run = folder.run("encrypt -k pub.jwk --json").stdin("content");
    let report = support::json(run.accepted());
    assert_eq!(
        (&report["alg"], &report["enc"]),
        (&json!("HPKE-3"), &Value::Null)
    );
    let token = report["token"].as_str().unwrap();
    let run = folder.run("decrypt -k key.jwk --json").stdin(token);
    let report = support::json(run.accepted());
    assert_eq!(
        (&report["content"], &report["enc"]),
        (&json!("content"), &Value::Null)
    );
}

#[test]
fn set_of_hpke_keys_is_rotated() {
    let folder = Folder::new();
    let run = "rotate keys.jwks --alg HPKE-4 --publish public.jwks --at 2024-01-01T00:00:00Z";
    folder.run(run).accepted();
    let run = "encrypt -k public.jwks --at 2024-01-02T00:00:00Z";
    let token = folder.run(run).stdin("content").accepted();
    let run = "decrypt -k keys.jwks --at 2024-01-02T00:00:00Z";
    assert_eq!(folder.run(run).stdin(&token).accepted(), "content");
    let run = "rotate keys.jwks --publish public.jwks --at 2024-06-01T00:00:00Z";
    folder.run(run).accepted();
    let set = support::json(folder.read("public.jwks"));
    let keys = set["keys"].as_array().unwrap();
    assert!(
        !keys.is_empty() && keys.iter().all(|key| key["alg"] == "HPKE-4" && key["crv"] == "X25519")
    );
}

#[test]
fn inspect_describes_a_token_and_its_parts() {
    let folder = fixture("HPKE-0-KE");
    let token = folder.run("encrypt -k pub.jwk").stdin("content").accepted();
    let page = folder.run("inspect").stdin(&token).accepted();
    assert!(page.contains("encapsulated secret"), "{page}");
    let folder = fixture("HPKE-7");
    let token = folder.run("encrypt -k pub.jwk").stdin("content").accepted();
    let page = folder.run("inspect").stdin(&token).accepted();
    assert!(
        page.contains("HPKE") && page.contains("AES-256-GCM"),
        "{page}"
    );
    assert!(
        !page.contains("jwe-parts") && !page.contains("alg-draft"),
        "{page}"
    );
}
