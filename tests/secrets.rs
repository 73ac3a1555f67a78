//! Private key bytes are in no output, error or Debug text; only the owner can read private files.

use std::os::unix::fs::PermissionsExt;

use jotsmith::crypto::{KeySet, base64url};
use serde_json::Value;

use super::support::{Folder, json};

/// Algorithms for every kind of private key.
const KEYS: &[&str] = &[
    "ES256",
    "ES512",
    "ES256K",
    "RS256 --bits 2048",
    "Ed25519",
    "Ed448",
    "HS256",
    "A256KW",
    "ECDH-ES --curve X25519",
    "ECDH-ES --curve X448",
];

/// Returns the private members of a JWK, in every encoding in which they could leak.
fn canaries(jwk: &Value) -> Vec<String> {
    let mut canaries = Vec::new();
    for name in ["d", "p", "q", "dp", "dq", "qi", "k"] {
        let Some(text) = jwk[name].as_str() else {
            continue;
        };
        let bytes = base64url::decode(text).unwrap();
        let numbers = bytes.iter().map(u8::to_string).collect::<Vec<_>>();
        canaries.push(text[2..text.len() - 2].to_owned());
        canaries.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        canaries.push(bytes.iter().map(|byte| format!("{byte:02X}")).collect());
        canaries.push(numbers[..8].join(", "));
        canaries.push(openssl::base64::encode_block(&bytes)[4..20].to_owned());
    }
    assert!(canaries.len() >= 5, "{jwk}");
    canaries
}

#[track_caller]
fn assert_free(canaries: &[String], place: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    for canary in canaries {
        assert!(
            !text.contains(canary.as_str()),
            "{place} has {canary}: {text}"
        );
    }
}

#[test]
fn only_key_writing_commands_print_private_keys() {
    for algorithm in KEYS {
        let folder = Folder::new();
        folder.keygen(algorithm, "key.jwk");
        let canaries = canaries(&json(folder.read("key.jwk")));
        for command in [
            "sign -k key.jwk sub=x",
            "sign -k key.jwk --json sub=x",
            "sign -k key.jwk --alg ES384 sub=x",
            "sign -k key.jwk --kid unknown sub=x",
            "sign -k key.jwk --header jwk=x --header alg=none sub=x",
            "verify -k key.jwk",
            "verify -k key.jwk --json",
            "verify -k key.jwk key.jwk",
            "verify -k key.jwk @key.jwk",
            "verify --json @key.jwk",
            "verify -k key.jwk --claim x:=@key.jwk a.b.c",
            "sign -k key.jwk x:=@nothing",
            "sign -k key.jwk --exp @key.jwk",
            "encrypt -k key.jwk",
            "encrypt -k key.jwk --json",
            "decrypt -k key.jwk",
            "decrypt -k key.jwk @key.jwk",
            "convert -k key.jwk --to thumbprint",
            "convert -k key.jwk --alg dir --to pem",
            "convert -k key.jwk --public",
            "convert -k key.jwk --public --to pem",
            "convert -k key.jwk --kid unknown --to jwk",
            "keygen -o key.jwk",
            "keygen -o key.jwk --json",
        ] {
            let done = folder.run(command).stdin("x.y.z").done();
            assert_free(
                &canaries,
                &format!("{algorithm}: stdout of {command}"),
                &done.stdout,
            );
            assert_free(
                &canaries,
                &format!("{algorithm}: stderr of {command}"),
                done.stderr.as_bytes(),
            );
        }
    }
}

#[test]
fn no_error_quotes_a_broken_key_file() {
    for algorithm in ["ES256", "RS256 --bits 2048", "Ed25519", "HS256"] {
        let folder = Folder::new();
        folder.keygen(algorithm, "key.jwk");
        let text = folder.text("key.jwk");
        let canaries = canaries(&json(&text));
        let pem = match algorithm {
            "HS256" => String::new(),
            _ => folder.run("convert -k key.jwk --to pem").accepted(),
        };
        let broken = [
            text.replace('}', ""),
            text.replacen('"', "", 1),
            text.replace("\"kty\"", "\"kty\":1,\"kty\""),
            text.replace("\"alg\"", "\"alg\":1,\"x\""),
            text.replace("\"use\":\"sig\"", "\"use\":\"x\""),
            text.replace(['-', '_'], "+").replace("},", "}"),
            format!("[{text}]"),
            format!("\"{text}\""),
            format!("{text}{text}"),
            format!("{{\"keys\":[{text},1]}}"),
            format!("{{\"keys\":{text}}}"),
            pem.replace("-----END", "----END"),
            pem.replace("PRIVATE", "PUBLIC"),
            pem.replacen('M', "!", 1),
        ];
        for (index, broken) in broken.iter().enumerate() {
            folder.write("broken", broken);
            for command in [
                "sign -k broken sub=x",
                "verify -k broken --json",
                "convert -k broken --public --json",
                "encrypt -k broken",
                "decrypt -k broken",
                "sign --secret broken --secret-encoding hex sub=x",
            ] {
                let done = folder.run(command).stdin("x.y.z").done();
                let place = format!("{algorithm} {index}: {command}");
                assert_free(&canaries, &place, &done.stdout);
                assert_free(&canaries, &place, done.stderr.as_bytes());
            }
        }
    }
}

#[test]
fn raw_secret_and_a_passphrase_are_never_printed() {
    let folder = Folder::new();
    let canary = "correct-horse-battery-staple-0123456789";
    folder.write("secret", canary);
    let token = folder.run("sign --secret secret sub=x").accepted();
    let canaries = [canary.to_owned()];
    for command in [
        "sign --secret secret sub=x --json",
        "verify --secret secret --json",
        "verify --secret secret --secret-encoding base64",
        "verify --secret env:S --alg HS512",
        "sign -k secret sub=x",
        "sign -k env:S sub=x",
        "encrypt --passphrase --p2c 1000",
        "encrypt --passphrase --passphrase-file secret --p2c 1000 --json",
        "decrypt --passphrase-file secret",
        "decrypt",
        "convert -k secret --json",
    ] {
        let run = folder.run(command).stdin(&token).env("S", canary);
        let done = run.env("JOTSMITH_PASSPHRASE", canary).done();
        assert_free(&canaries, command, &done.stdout);
        assert_free(&canaries, command, done.stderr.as_bytes());
    }
}

#[test]
fn debug_output_contains_no_key() {
    for algorithm in KEYS {
        let folder = Folder::new();
        folder.keygen(algorithm, "key.jwk");
        let canaries = canaries(&json(folder.read("key.jwk")));
        let set = KeySet::from_json(&folder.read("key.jwk")).unwrap();
        let debug = format!(
            "{set:?} {:#?} {:?}",
            set.keys()[0],
            set.keys()[0].key_type()
        );
        assert!(debug.contains("kid"), "{debug}");
        assert_free(&canaries, "Debug", debug.as_bytes());
    }
}

/// R27: key files that other users can read.
#[test]
fn r27_private_files_have_mode_0600() {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out public.jwk", "key.jwk");
    folder.run("keygen HS256 --count 2 -o set.jwks").accepted();
    folder.run("convert -k key.jwk --to pem -o key.pem").accepted();
    folder.run("convert -k key.jwk --to der -o key.der").accepted();
    folder.run("convert -k key.jwk --public --to pem -o public.pem").accepted();
    folder.run("sign -k key.jwk sub=x -o token").accepted();
    let mode = |name: &str| {
        let mode = std::fs::metadata(folder.path(name)).unwrap().permissions();
        mode.mode() & 0o777
    };
    for private in ["key.jwk", "set.jwks", "key.pem", "key.der", "token"] {
        assert_eq!(mode(private), 0o600, "{private}");
    }
    for public in ["public.jwk", "public.pem"] {
        assert_eq!(mode(public), 0o644, "{public}");
    }
}

#[test]
fn replacing_a_public_file_with_a_private_one_restricts_its_mode() {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out there", "key.jwk");
    folder.run("convert -k key.jwk -o there --force").accepted();
    let mode = std::fs::metadata(folder.path("there")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

/// R27: only a warning, because files in a Kubernetes volume have such a mode.
#[test]
fn r27_private_file_that_others_can_read_is_a_warning() {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out public.jwk", "key.jwk");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("key.jwk"), open).unwrap();
    let done = folder.run("sign -k key.jwk sub=x").done();
    assert!(done.stderr.contains("warning: key.jwk: other users can read the private key"));
    let done = folder.run("convert -k public.jwk").done();
    assert_eq!(done.stderr, "");
}

#[test]
fn public_output_has_no_private_member() {
    for algorithm in KEYS.iter().filter(|name| !["HS256", "A256KW"].contains(name)) {
        let folder = Folder::new();
        folder.keygen(&format!("{algorithm} --public-out public.jwk"), "key.jwk");
        let canaries = canaries(&json(folder.read("key.jwk")));
        assert_free(&canaries, algorithm, &folder.read("public.jwk"));
        let public = json(folder.read("public.jwk"));
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(public.get(name).is_none(), "{algorithm} {name}");
        }
    }
    let folder = Folder::new();
    folder.keygen("HS256", "key.jwk");
    folder.run("convert -k key.jwk --public").refused(3);
    folder.run("keygen HS256 --public-out public.jwk -o new.jwk").refused(3);
}

/// R26: the command line is visible in the process list and in the shell history.
#[test]
fn r26_secrets_on_the_command_line_are_rejected() {
    let folder = Folder::new();
    for command in [
        "sign --secret 0123456789abcdef0123456789abcdef sub=x",
        "encrypt --passphrase-file hunter2hunter2 --passphrase",
    ] {
        let message = folder.run(command).refused(3);
        let is_missing = ["no such file or directory", "does not exist"];
        assert!(
            is_missing.iter().any(|text| message.ends_with(text)),
            "{message}"
        );
        assert!(!message.contains("0123456789abcdef"), "{message}");
    }
}

/// R26: the error about a key on the command line does not repeat the key.
#[test]
fn r26_key_on_the_command_line_is_not_printed() {
    let folder = Folder::new();
    let pem = folder.run("keygen ES256 --to pem").accepted();
    let jwk = folder.run("keygen HS256").accepted();
    for key in [&pem, &jwk] {
        let message = folder.run_with(["sign", &format!("-k{key}"), "sub=x"]).refused(2);
        assert!(
            message.starts_with("key material on the command line"),
            "{message}"
        );
        let message = folder.run_with(["sign", "--secret", "-", "-k", key]).done().stderr;
        assert!(!message.contains(&key[40..60]), "{message}");
    }
}
