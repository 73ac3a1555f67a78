//! Invalid input of every kind: its exit code, one line on stderr, an empty stdout, and no changed file.
//! [`Run::refused`](super::support::Run::refused) checks the last three.

use jotsmith::crypto::base64url;
use openssl::rsa::Rsa;

use super::support::{Folder, SECRET, hs256, hs256_of, json, secret_jwk};

/// A payload that verify accepts without rules.
const GOOD: &str = r#"{"sub":"alice","exp":9999999999}"#;
/// The header that goes with [`hs256`].
const HEADER: &str = r#"{"alg":"HS256"}"#;

/// A folder with `secret.jwk`, the key of [`hs256`].
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("secret.jwk", secret_jwk());
    folder
}

/// Checks that verify with the right key refuses the token, and returns the error.
#[track_caller]
fn verify_refuses(token: &str, code: i32) -> String {
    let folder = folder();
    folder.run("verify -k secret.jwk").stdin(token).refused(code)
}

/// Checks that sign refuses the key file, and returns the error.
#[track_caller]
fn sign_refuses(key: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write("key", key);
    folder.run("sign -k key sub=x").refused(3)
}

#[test]
fn unmodified_base_token_is_accepted() {
    let folder = folder();
    let run = folder.run("verify -k secret.jwk").stdin(hs256(HEADER, GOOD));
    assert_eq!(run.accepted(), GOOD);
}

#[test]
fn missing_key_is_rejected() {
    let folder = Folder::new();
    for command in ["sign sub=x", "verify", "encrypt", "decrypt"] {
        let message = folder.run(command).stdin(hs256(HEADER, GOOD)).refused(2);
        assert!(message.contains("no key was given"), "{command}: {message}");
    }
}

#[test]
fn empty_set_is_rejected_and_not_treated_as_a_missing_key() {
    let folder = Folder::new();
    folder.write("empty.jwks", r#"{"keys":[]}"#);
    for command in ["sign sub=x", "verify", "encrypt"] {
        let run = folder.run(&format!("{command} -k empty.jwks"));
        let message = run.stdin(hs256(HEADER, GOOD)).refused(16);
        assert!(!message.contains("given"), "{command}: {message}");
    }
}

#[test]
fn missing_file_is_rejected() {
    let folder = Folder::new();
    for command in [
        "sign -k no.jwk",
        "verify -k no.jwk",
        "convert -k no.jwk",
        "encrypt -k no.jwk",
        "decrypt -k no.jwk",
    ] {
        let message = folder.run(command).refused(3);
        assert_eq!(message, "no.jwk: no such file or directory", "{command}");
    }
}

#[test]
fn key_path_with_an_at_sign_is_rejected_with_the_fix() {
    let folder = folder();
    let done = folder.run("encrypt -k @secret.jwk").done();
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.stderr.contains("takes the path without @"), "{done:?}");
}

#[test]
fn unset_variable_is_rejected() {
    let message = Folder::new().run("sign -k env:NO_SUCH_KEY").refused(3);
    assert_eq!(message, "environment variable NO_SUCH_KEY is not set");
}

#[test]
fn directory_is_rejected() {
    let folder = folder();
    std::fs::create_dir(folder.path("dir")).unwrap();
    for command in [
        "sign -k dir",
        "sign -k secret.jwk -o dir",
        "sign -k secret.jwk --force -o dir",
        "verify -k secret.jwk @dir",
    ] {
        let message = folder.run(command).refused(3);
        assert_eq!(message, "dir: is a directory", "{command}");
    }
}

#[test]
fn binary_file_as_key_is_rejected() {
    let all: Vec<u8> = (0..=255).cycle().take(4096).collect();
    for bytes in [
        &all[..],
        &all[1..],
        b"\0\0\0\0",
        b"\x7fELF\x02\x01\x01",
        b"\x89PNG\r\n\x1a\n",
        b"PK\x03\x04",
    ] {
        let message = sign_refuses(bytes);
        assert!(
            message.contains("not a key: neither JWK, JWK Set, PEM, DER nor OpenSSH"),
            "{message}"
        );
    }
}

#[test]
fn empty_key_file_is_rejected() {
    assert_eq!(sign_refuses(""), "key: the key is empty");
    assert_eq!(sign_refuses(" \n"), "key: the key is empty");
}

#[test]
fn der_length_beyond_the_input_is_rejected() {
    // The second one made the parser of OpenSSL request terabytes of memory.
    for bytes in [
        &b"\x30\x84\xff\xff\xff\xff"[..],
        b"\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x30\x80\0\0",
        b"\x30",
    ] {
        sign_refuses(bytes);
    }
}

#[test]
fn truncated_pem_is_rejected() {
    let folder = Folder::new();
    for algorithm in ["ES256", "RS256 --bits 2048", "Ed25519"] {
        let pem = folder.run(&format!("keygen {algorithm} --to pem")).accepted();
        for end in [30, pem.len() / 2, pem.len() - 30, pem.len() - 5] {
            let message = sign_refuses(&pem[..end]);
            assert!(message.starts_with("key: "), "{message}");
        }
    }
}

#[test]
fn jwk_with_a_numeric_alg_is_rejected() {
    let secret = secret_jwk().replace('}', r#","alg":1}"#);
    assert_eq!(
        sign_refuses(secret),
        r#"key: the JWK's member "alg" is not a string"#
    );
}

#[test]
fn jwk_with_a_missing_or_invalid_member_is_rejected() {
    for (jwk, wanted) in [
        ("{}", r#"the JWK has no member "kty""#),
        (r#"{"kty":"oct"}"#, r#"the JWK has no member "k""#),
        (
            r#"{"kty":"oct","k":1}"#,
            r#"the JWK's member "k" is not a string"#,
        ),
        (
            r#"{"kty":"oct","k":""}"#,
            r#"the JWK's member "k" is empty"#,
        ),
        (
            r#"{"kty":"oct","k":"AR"}"#,
            r#"the JWK's member "k" is not base64url"#,
        ),
        (
            r#"{"kty":"oct","k":"A+/_"}"#,
            r#"the JWK's member "k" is not base64url"#,
        ),
        (
            r#"{"kty":"EC","crv":"P-256"}"#,
            r#"the JWK has no member "x""#,
        ),
        (
            r#"{"kty":"EC","crv":"Ed25519","x":"","y":""}"#,
            "the crv of the JWK is not supported",
        ),
        (r#"{"kty":"AES"}"#, "the kty of the JWK is not supported"),
        (
            r#"{"kty":"oct","k":"AQ","k":"AQ"}"#,
            "the key has two members with the same name",
        ),
        (
            r#"{"kty":"oct","k":"AQ","x":{"a":1,"a":1}}"#,
            "the key has two members with the same name",
        ),
        (
            r#"{"kty":"oct","k":"AQ"} "#,
            "a secret of 1 bytes is too short: HS256 needs at least 32",
        ),
        (r#"{"kty":"oct","k":"AQ"}x"#, "the key is not valid JSON"),
        (r#"{"keys":{}}"#, r#"the key set's "keys" is not an array"#),
        (
            r#"{"keys":[1]}"#,
            "the key set has no usable key: keys[0]: not an object",
        ),
        (
            r#"{"keys":[{"kty":"AES"}]}"#,
            "the key set has no usable key: keys[0]: the kty of the JWK is not supported",
        ),
    ] {
        let message = sign_refuses(jwk);
        assert!(message.ends_with(wanted), "{jwk}: {message}");
    }
}

#[test]
fn ec_jwk_off_its_curve_is_rejected() {
    let coordinate = base64url::encode([7; 32]);
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{coordinate}","y":"{coordinate}"}}"#);
    let message = sign_refuses(jwk);
    assert!(message.contains("curve"), "{message}");
}

#[test]
fn private_jwk_with_another_public_part_is_rejected() {
    let folder = Folder::new();
    for (algorithm, members) in [
        ("ES256", &["x", "y"][..]),
        ("ES512", &["x", "y"]),
        ("Ed25519", &["x"]),
        ("Ed448", &["x"]),
        ("RS256 --bits 2048", &["n"]),
    ] {
        let mut key = super::support::json(folder.run(&format!("keygen {algorithm}")).accepted());
        let other = super::support::json(folder.run(&format!("keygen {algorithm}")).accepted());
        for member in members {
            key[member] = other[member].clone();
        }
        let message = sign_refuses(key.to_string());
        assert!(message.starts_with("key: "), "{message}");
    }
}

#[test]
fn rsa_key_of_1024_bits_is_rejected() {
    let pem = Rsa::generate(1024).unwrap().private_key_to_pem().unwrap();
    let message = sign_refuses(pem);
    assert!(message.contains("1024 bits"), "{message}");
    Folder::new().run("keygen RS256 --bits 1024").refused(2);
}

#[test]
fn hs256_secret_of_five_bytes_is_rejected() {
    let folder = Folder::new();
    folder.write("short", "12345");
    let message = folder.run("sign --secret short sub=x").refused(3);
    assert_eq!(
        message,
        "short: a secret of 5 bytes is too short: HS256 needs at least 32"
    );
    let message = folder.run("verify --secret short").stdin(hs256(HEADER, GOOD)).refused(3);
    assert!(message.contains("too short"), "{message}");
    folder.run("keygen HS256 --bits 40").refused(2);
}

#[test]
fn hs512_secret_under_64_bytes_is_rejected() {
    let folder = Folder::new();
    folder.write("secret", SECRET);
    let message = folder.run("sign --secret secret --alg HS512 sub=x").refused(3);
    assert_eq!(
        message,
        "secret: a secret of 32 bytes is too short for HS512"
    );
}

#[test]
fn pem_public_key_for_an_hs256_token_is_rejected() {
    let folder = Folder::new();
    for algorithm in ["RS256 --bits 2048", "ES256", "Ed25519"] {
        let arguments = format!("keygen {algorithm} --to pem --public-out pub.pem --force");
        folder.run(&arguments).accepted();
        let pem = folder.text("pub.pem");
        for secret in [pem.as_bytes(), pem.trim_end().as_bytes()] {
            let header = base64url::encode(HEADER);
            let input = format!("{header}.{}", base64url::encode(GOOD));
            let tag = super::support::mac(secret, &input);
            let token = format!("{input}.{}", base64url::encode(tag));
            folder.run("verify -k pub.pem").stdin(&token).refused(15);
            let message = folder.run("verify --secret pub.pem").stdin(&token).refused(3);
            assert!(
                message.contains("never used as a shared secret"),
                "{message}"
            );
        }
    }
}

#[test]
fn alg_none_in_any_case_is_rejected() {
    for name in ["none", "None", "NONE", "nOnE", "noNE"] {
        let header = base64url::encode(format!(r#"{{"alg":"{name}"}}"#));
        let payload = base64url::encode(GOOD);
        for token in [format!("{header}.{payload}."), hs256_of(&header, &payload)] {
            let message = verify_refuses(&token, 15);
            assert_eq!(
                message,
                format!("the token is unsecured: its alg is {name}")
            );
        }
    }
}

#[test]
fn unknown_or_missing_alg_is_rejected() {
    for (header, code) in [
        (r#"{"alg":"HS257"}"#, 15),
        (r#"{"alg":"hs256"}"#, 15),
        (r#"{"alg":"HS256 "}"#, 15),
        (r#"{"alg":""}"#, 15),
        (r#"{"alg":256}"#, 10),
        (r#"{"alg":null}"#, 10),
        (r#"{"typ":"JWT"}"#, 10),
        ("{}", 10),
    ] {
        verify_refuses(&hs256(header, GOOD), code);
    }
}

#[test]
fn unknown_crit_is_rejected() {
    for crit in [
        r#"["exp"],"exp":1"#,
        r#"["x"]"#,
        r#"["b64"],"b64":false"#,
        r#"["b64"],"b64":true"#,
        "[]",
        r#""b64""#,
        "{}",
        "null",
        "[1]",
    ] {
        let header = format!(r#"{{"alg":"HS256","crit":{crit}}}"#);
        verify_refuses(&hs256(header, GOOD), 15);
    }
}

#[test]
fn b64_without_crit_is_rejected() {
    for b64 in ["false", "true", "0"] {
        let message = verify_refuses(
            &hs256(format!(r#"{{"alg":"HS256","b64":{b64}}}"#), GOOD),
            15,
        );
        assert_eq!(
            message,
            "the header contains b64, but crit does not name it"
        );
    }
}

/// Returns tokens in which one segment is badly encoded, with a signature over the segments as they are.
fn spoiled(spoil: impl Fn(&str) -> String) -> Vec<String> {
    let (header, payload) = (base64url::encode(HEADER), base64url::encode(GOOD));
    let good = hs256_of(&header, &payload);
    let (input, signature) = good.rsplit_once('.').unwrap();
    vec![
        hs256_of(&spoil(&header), &payload),
        hs256_of(&header, &spoil(&payload)),
        format!("{input}.{}", spoil(signature)),
    ]
}

#[test]
fn base64url_padding_is_rejected() {
    for token in spoiled(|text| format!("{text}=")) {
        verify_refuses(&token, 10);
    }
}

#[test]
fn white_space_in_base64url_is_rejected() {
    for white in [" ", "\n", "\r\n", "\t"] {
        for token in spoiled(|text| format!("{}{white}{}", &text[..8], &text[8..])) {
            verify_refuses(&token, 10);
        }
    }
}

#[test]
fn standard_base64_alphabet_is_rejected() {
    for token in spoiled(|text| format!("{}+/", &text[..text.len() - 2])) {
        verify_refuses(&token, 10);
    }
}

#[test]
fn trailing_bits_in_base64url_are_rejected() {
    // 32 bytes are encoded as 43 characters. The last one has two unused bits.
    let good = hs256(HEADER, GOOD);
    let (input, signature) = good.rsplit_once('.').unwrap();
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = signature.as_bytes()[42];
    let value = ALPHABET.iter().position(|c| *c == last).unwrap();
    assert_eq!(value % 4, 0);
    for stray in 1..4 {
        let token = format!(
            "{input}.{}{}",
            &signature[..42],
            ALPHABET[value + stray] as char
        );
        verify_refuses(&token, 10);
    }
}

#[test]
fn duplicate_member_in_the_header_is_rejected() {
    let long = "n".repeat(100);
    let long_name = format!(r#"{{"{long}":1,"alg":"HS256","{long}":2}}"#);
    let shortened = format!("has the member {}.. (100 characters) twice", &long[..64]);
    for (header, why) in [
        (
            r#"{"alg":"HS256","alg":"HS256"}"#,
            "has the member alg twice",
        ),
        (
            r#"{"alg":"none","alg":"HS256"}"#,
            "has the member alg twice",
        ),
        (
            r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
            "has the member alg twice",
        ),
        (
            r#"{"x":1,"alg":"HS256","x":2,"alg":"HS256"}"#,
            "has the member x twice",
        ),
        (
            r#"{"alg":"HS256","\u001bx":1,"\u001bx":2}"#,
            "has the member",
        ),
        (
            r#"{"alg":"HS256","x":{"y":1,"y":2}}"#,
            "has two members with the same name",
        ),
        (&*long_name, &*shortened),
    ] {
        let message = verify_refuses(&hs256(header, GOOD), 10);
        assert!(
            message.starts_with(&format!("the protected header {why}")),
            "{message}"
        );
        assert!(!message.contains('\u{1b}'), "{message:?}");
    }
}

#[test]
fn duplicate_member_in_the_claims_is_rejected() {
    for claims in [
        r#"{"exp":9999999999,"sub":"a","sub":"b"}"#,
        r#"{"exp":9999999999,"a":[{"b":1,"b":1}]}"#,
    ] {
        let message = verify_refuses(&hs256(HEADER, claims), 10);
        assert_eq!(message, "the payload has two members with the same name");
    }
}

#[test]
fn duplicate_member_in_claims_to_sign_is_rejected() {
    let folder = folder();
    folder.write("claims.json", r#"{"a":1,"a":2}"#);
    folder.run("sign -k secret.jwk --claims claims.json").refused(3);
    folder.run("sign -k secret.jwk a=1 a=2").refused(2);
    folder.run("sign -k secret.jwk --sub a sub=b").refused(2);
    folder.run_with(["sign", "-k", "secret.jwk", r#"a:={"b":1,"b":2}"#]).refused(2);
}

#[test]
fn stdin_named_twice_is_rejected() {
    let folder = folder();
    for command in [
        "verify -k -",
        "verify -k - -",
        "sign -k - --claims -",
        "sign -k - --payload -",
        "sign -k - -k -",
        "sign -k - --secret -",
        "encrypt -k -",
        "decrypt -k -",
    ] {
        let message = folder.run(command).stdin(secret_jwk()).refused(2);
        assert!(
            message.starts_with("stdin cannot be both "),
            "{command}: {message}"
        );
    }
}

#[test]
fn token_over_1_mib_is_rejected() {
    let payload = format!(
        r#"{{"exp":9999999999,"x":"{}"}}"#,
        "x".repeat(2 * 1024 * 1024)
    );
    let token = hs256(HEADER, payload);
    let message = verify_refuses(&token, 10);
    assert!(
        message.contains("longer than the limit of 1048576 bytes"),
        "{message}"
    );
    let folder = folder();
    folder.write("token", &token);
    folder.run("verify -k secret.jwk @token").refused(10);
    folder.run("decrypt -k secret.jwk @token").refused(10);
    folder.run("verify -k secret.jwk @token --max-size 4194304").accepted();
}

#[test]
fn header_over_64_kib_is_rejected() {
    let header = format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(64 * 1024));
    let message = verify_refuses(&hs256(header, GOOD), 10);
    assert!(
        message.contains("more than the limit of 65536"),
        "{message}"
    );
}

#[test]
fn deeply_nested_json_is_rejected() {
    let deep = format!(
        r#"{{"exp":9999999999,"x":{}1{}}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    verify_refuses(&hs256(HEADER, &deep), 10);
    let header = format!(
        r#"{{"alg":"HS256","x":{}1{}}}"#,
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    verify_refuses(&hs256(header, GOOD), 10);
}

#[test]
fn malformed_token_is_rejected() {
    for text in [
        "",
        " ",
        "x",
        ".",
        "..",
        "...",
        "....",
        ".....",
        "a.b",
        "a.b.c",
        "eyJ.eyJ.x",
        "{}",
        "null",
        "a.b.c.d",
        "a.b.c.d.e.f",
    ] {
        let folder = folder();
        for command in ["verify -k secret.jwk", "decrypt -k secret.jwk"] {
            folder.run(command).stdin(text).refused(10);
        }
    }
    verify_refuses(&".".repeat(1_000_000), 10);
}

#[test]
fn claims_that_are_not_an_object_are_rejected() {
    for payload in [
        "",
        "x",
        "[]",
        "1",
        "null",
        "\"x\"",
        "{",
        "{} {}",
        "\u{feff}{}",
        "{\"exp\":9999999999}x",
    ] {
        verify_refuses(&hs256(HEADER, payload), 10);
    }
    verify_refuses(&hs256(HEADER, b"{\"exp\":9999999999,\"a\":\"\xff\"}"), 10);
}

#[test]
fn invalid_exp_is_rejected() {
    for exp in [
        "\"9999999999\"",
        "1e300",
        "-1",
        "null",
        "true",
        "[9999999999]",
        "{}",
        "253402300800",
        "9999999999000",
    ] {
        let message = verify_refuses(&hs256(HEADER, format!(r#"{{"exp":{exp}}}"#)), 14);
        assert!(
            message.starts_with("exp must be a number of seconds"),
            "{message}"
        );
        let folder = folder();
        let run = folder.run("verify -k secret.jwk --allow-no-exp");
        run.stdin(hs256(HEADER, format!(r#"{{"exp":{exp}}}"#))).refused(14);
    }
    for exp in ["1e999", "01", "+1", "0x10", "NaN", "Infinity"] {
        verify_refuses(&hs256(HEADER, format!(r#"{{"exp":{exp}}}"#)), 10);
    }
}

#[test]
fn missing_exp_is_rejected() {
    let token = hs256(HEADER, r#"{"sub":"alice"}"#);
    assert_eq!(verify_refuses(&token, 14), "exp is missing");
    let folder = folder();
    folder.run("verify -k secret.jwk --allow-no-exp").stdin(token).accepted();
}

#[test]
fn expired_and_not_yet_valid_tokens_are_rejected() {
    let folder = folder();
    let token = hs256(HEADER, r#"{"nbf":1000,"exp":2000}"#);
    let verify = |flags: &str| folder.run(&format!("verify -k secret.jwk {flags}")).stdin(&token);
    verify("--at 1000").accepted();
    verify("--at 1999").accepted();
    assert_eq!(
        verify("--at 2000").refused(12),
        "expired 0 seconds ago, at 1970-01-01T00:33:20Z"
    );
    assert_eq!(
        verify("--at 999").refused(13),
        "not yet valid: nbf is in 1 second, at 1970-01-01T00:16:40Z"
    );
    verify("--at 2005 --leeway 6s").accepted();
    verify("--at 994 --leeway 6s").accepted();
    verify("--at 2006 --leeway 6s").refused(12);
    verify("--at 993 --leeway 6s").refused(13);
}

#[test]
fn first_failure_decides_the_code_and_all_are_reported() {
    let folder = folder();
    let token = hs256(HEADER, r#"{"nbf":9000,"exp":2000,"iss":"a","aud":"b"}"#);
    let run = folder.run("verify -k secret.jwk --at 3000 --iss x --aud y --require jti");
    let done = run.stdin(token).done();
    assert_eq!(done.code, 12);
    assert!(done.stdout.is_empty());
    let errors: Vec<&str> = done.stderr.lines().collect();
    assert_eq!(
        errors,
        [
            "jotsmith: error: expired 16 minutes ago, at 1970-01-01T00:33:20Z",
            "jotsmith: error: not yet valid: nbf is in 1 hour 40 minutes, at 1970-01-01T02:30:00Z",
            "jotsmith: error: iss must be \"x\", got \"a\"",
            "jotsmith: error: aud must be \"y\", got \"b\"",
            "jotsmith: error: jti is missing",
        ]
    );
}

#[test]
fn header_failure_precedes_signature_failure_and_claim_failure() {
    let token = hs256(HEADER, r#"{"exp":1}"#);
    let (input, _) = token.rsplit_once('.').unwrap();
    let bad = format!("{input}.{}", base64url::encode([0; 32]));
    assert_eq!(verify_refuses(&bad, 11), "the signature does not verify");
    let folder = folder();
    folder.run("verify -k secret.jwk --typ at+jwt").stdin(&bad).refused(15);
    folder.run("verify -k secret.jwk --alg HS512").stdin(&bad).refused(15);
}

#[test]
fn claims_with_other_values_are_rejected() {
    let folder = folder();
    let token = hs256(
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"iss":"https://a","sub":"alice","aud":["x","y"],"exp":9999999999,"iat":1000,"n":1}"#,
    );
    for (flags, code) in [
        (
            "--iss https://a --aud y --sub alice --typ jwt --claim n:=1 --require n,iat",
            0,
        ),
        ("--iss https://a/", 14),
        ("--iss HTTPS://a", 14),
        ("--iss https://b --iss https://a", 0),
        ("--aud z", 14),
        ("--aud x --aud z", 0),
        ("--sub Alice", 14),
        ("--typ at+jwt", 15),
        ("--typ application/jwt", 0),
        ("--claim n=1", 14),
        ("--claim n:=2", 14),
        ("--claim m:=1", 14),
        ("--require jti", 14),
        ("--max-age 1h", 14),
        ("--max-age 1h --at 4600", 0),
        ("--max-age 1h --at 4601", 14),
        ("--at 999", 13),
    ] {
        let run = folder.run(&format!("verify -k secret.jwk {flags}")).stdin(&token);
        match code {
            0 => drop(run.accepted()),
            code => drop(run.refused(code)),
        }
    }
}

#[test]
fn other_serialization_than_required_is_rejected() {
    let folder = folder();
    folder.write("payload", GOOD);
    for format in ["compact", "flattened", "general"] {
        let sign =
            format!("sign -k secret.jwk --payload payload --format {format} -o token --force");
        folder.run(&sign).accepted();
        let encrypt =
            format!("encrypt -k secret.jwk --alg dir payload --format {format} -o sealed --force");
        folder.run(&encrypt).accepted();
        for asked in ["compact", "flattened", "general"] {
            let verify = folder.run(&format!("verify -k secret.jwk --format {asked} @token"));
            let decrypt = folder.run(&format!("decrypt -k secret.jwk --format {asked} @sealed"));
            for run in [verify, decrypt] {
                if format == asked {
                    run.accepted();
                    continue;
                }
                let wanted = format!("the {format} serialization is not accepted here");
                assert_eq!(run.refused(15), wanted);
            }
        }
    }
}

#[test]
fn age_limit_and_excess_are_reported_for_a_token_that_is_too_old() {
    let token = hs256(HEADER, r#"{"exp":9999999999,"iat":1000}"#);
    let done = folder()
        .run("verify -k secret.jwk --max-age 1h --leeway 1m --at 4700 --json")
        .stdin(&token)
        .done();
    let failures = &json(done.stderr)["error"]["failures"];
    assert_eq!(
        failures[0]["expected"],
        "at or after 1100, at most 3600 s ago"
    );
    assert_eq!(failures[0]["got"], "1000");
    assert_eq!(failures[0]["seconds_off"], 100);
}

#[test]
fn unknown_kid_or_unsuitable_key_is_rejected() {
    let folder = folder();
    let named = secret_jwk().replace('}', r#","kid":"a"}"#);
    folder.write("named.jwk", named);
    let token = hs256(r#"{"alg":"HS256","kid":"b"}"#, GOOD);
    let message = folder.run("verify -k named.jwk").stdin(&token).refused(16);
    assert_eq!(message, "no key has the kid b; the given keys have a");
    folder.run("sign -k named.jwk --kid b sub=x").refused(16);
}

#[test]
fn key_used_against_its_use_or_key_ops_is_rejected() {
    let folder = Folder::new();
    for (members, command, code) in [
        (r#""use":"enc""#, "sign -k key sub=x", 3),
        (r#""use":"enc""#, "verify -k key", 16),
        (r#""key_ops":["verify"]"#, "sign -k key sub=x", 3),
        (r#""key_ops":["encrypt"]"#, "verify -k key", 16),
        (r#""alg":"HS512""#, "sign -k key sub=x", 3),
        (r#""alg":"A256KW""#, "sign -k key sub=x", 3),
        (r#""alg":"A256GCM""#, "verify -k key", 3),
        (r#""exp":1000"#, "sign -k key sub=x", 3),
        (r#""exp":1000"#, "verify -k key", 16),
        (r#""nbf":9999999999"#, "sign -k key sub=x", 3),
        (r#""revoked":{"revoked_at":1000}"#, "sign -k key sub=x", 3),
        (r#""revoked":{"revoked_at":1000}"#, "verify -k key", 16),
    ] {
        folder.write("key", secret_jwk().replace('}', &format!(",{members}}}")));
        folder.run(command).stdin(hs256(HEADER, GOOD)).refused(code);
    }
}

#[test]
fn existing_files_are_kept_without_force() {
    let folder = folder();
    folder.write("there", "precious");
    for command in [
        "keygen -o there",
        "keygen -o new --public-out there",
        "sign -k secret.jwk -o there sub=x",
        "convert -k secret.jwk -o there",
    ] {
        let message = folder.run(command).refused(3);
        assert_eq!(message, "there: already exists", "{command}");
    }
    folder.run("keygen -o there --force").accepted();
    assert!(folder.text("there").starts_with(r#"{"kty":"EC""#));
}

#[test]
fn same_file_for_private_and_public_key_is_rejected() {
    let folder = Folder::new();
    for (private, public) in [("same", "same"), ("same", "./same"), ("./same", "same")] {
        let message = folder
            .run(&format!(
                "keygen -o {private} --public-out {public} --force"
            ))
            .refused(2);
        assert_eq!(
            message,
            "the private key and the public key need different files"
        );
    }
}

#[test]
fn full_device_is_reported() {
    let folder = folder();
    for command in [
        "keygen -o /dev/full",
        "sign -k secret.jwk -o /dev/full sub=x",
    ] {
        let message = folder.run(command).refused(3);
        assert_eq!(message, "/dev/full: no space left on the device");
    }
}

#[test]
fn missing_folder_is_reported() {
    let message = Folder::new().run("keygen -o no/such/key.jwk").refused(3);
    assert_eq!(message, "no/such/key.jwk: no such file or directory");
}

#[test]
fn invalid_command_line_is_rejected() {
    let folder = folder();
    for command in [
        "no-such-command",
        "sign --no-such-flag",
        "sign -k secret.jwk novalue",
        "sign -k secret.jwk --exp never",
        "sign -k secret.jwk --exp 1h --no-exp",
        "sign -k secret.jwk --alg none",
        "sign -k secret.jwk --payload - sub=x",
        "verify -k secret.jwk --alg none",
        "verify -k secret.jwk --leeway -5s",
        "keygen none",
        "keygen ES256 --bits 256",
        "keygen HS256 --curve P-256",
        "keygen RS256 --count 0",
        "--at yesterday keygen",
    ] {
        folder.run(command).refused(2);
    }
    let done = folder.run("verify -k secret.jwk secret.jwk").done();
    assert!(
        done.code == 10 && done.stderr.contains("the input is a key"),
        "{done:?}"
    );
}

#[test]
fn errors_are_json_with_the_json_flag() {
    let folder = folder();
    for (command, code, word) in [
        ("verify --json", 2, "usage"),
        ("sign --json --no-such-flag", 2, "usage"),
        ("verify --json -k no", 3, "failed"),
        ("verify --json -k secret.jwk", 10, "malformed"),
    ] {
        let done = folder.run(command).stdin("x").done();
        assert_eq!(done.code, code, "{done:?}");
        assert!(done.stdout.is_empty());
        let error = super::support::json(&done.stderr);
        assert_eq!(error["v"], 1);
        assert_eq!(error["error"]["code"], word);
    }
}

/// Returns a JWE for `kek.jwk` (A256KW with A256GCM) with one segment replaced.
fn encrypted_with(folder: &Folder, index: usize, bytes: &[u8]) -> String {
    if !folder.path("kek.jwk").exists() {
        folder.keygen("A256KW", "kek.jwk");
    }
    let token = folder.run("encrypt -k kek.jwk").stdin("content").accepted();
    let mut segments: Vec<String> = token.split('.').map(String::from).collect();
    segments[index] = base64url::encode(bytes);
    segments.join(".")
}

#[test]
fn jwe_with_parts_of_the_wrong_length_is_rejected() {
    let folder = Folder::new();
    for (index, len, message) in [
        (
            4,
            15,
            "the authentication tag has 15 bytes, but A256GCM requires 16",
        ),
        (
            4,
            1,
            "the authentication tag has 1 bytes, but A256GCM requires 16",
        ),
        (
            4,
            0,
            "the authentication tag has 0 bytes, but A256GCM requires 16",
        ),
        (
            4,
            17,
            "the authentication tag has 17 bytes, but A256GCM requires 16",
        ),
        (
            2,
            0,
            "the initialization vector has 0 bytes, but A256GCM requires 12",
        ),
        (
            2,
            16,
            "the initialization vector has 16 bytes, but A256GCM requires 12",
        ),
        (
            1,
            1,
            "the encrypted key has 1 bytes, but A256KW with A256GCM requires 40",
        ),
        (
            1,
            0,
            "the encrypted key has 0 bytes, but A256KW with A256GCM requires 40",
        ),
        (
            1,
            41,
            "the encrypted key has 41 bytes, but A256KW with A256GCM requires 40",
        ),
    ] {
        let token = encrypted_with(&folder, index, &vec![7; len]);
        let run = folder.run("decrypt -k kek.jwk").stdin(token);
        assert_eq!(run.refused(10), message);
    }
}

#[test]
fn decryption_failure_does_not_reveal_the_cause() {
    let folder = Folder::new();
    for (index, len) in [(1, 40), (2, 12), (3, 0), (3, 7), (3, 100), (4, 16)] {
        let token = encrypted_with(&folder, index, &vec![7; len]);
        let run = folder.run("decrypt -k kek.jwk").stdin(token);
        assert_eq!(run.refused(11), "the token does not decrypt");
    }
    folder.keygen("A256KW", "other.jwk");
    let other = folder.run("convert -k other.jwk --set-kid same").accepted();
    folder.write("other.jwk", other);
    let same = folder.run("convert -k kek.jwk --set-kid same").accepted();
    let token = folder.run("encrypt -k - kek.jwk").stdin(same).accepted();
    let run = folder.run("decrypt -k other.jwk").stdin(token);
    assert_eq!(run.refused(11), "the token does not decrypt");
}

#[test]
fn keys_of_one_type_with_the_same_kid_are_rejected() {
    let folder = Folder::new();
    for (first, second, code) in [
        ("ES256", "ES256", 3),
        ("ES256", "ES384", 0),
        ("ES256", "Ed25519", 0),
        ("ES256", "RS256 --bits 2048", 0),
    ] {
        for (name, algorithm) in [("a.jwk", first), ("b.jwk", second)] {
            folder.run(&format!("keygen {algorithm} --kid same -o {name} --force")).accepted();
        }
        let run = folder.run("convert -k a.jwk -k b.jwk --public --to jwks");
        match code {
            0 => drop(run.accepted()),
            code => assert_eq!(run.refused(code), "two keys have the same kid"),
        }
    }
}

#[test]
fn time_claim_as_text_is_rejected() {
    let folder = folder();
    for claim in ["exp=soon", "nbf=1", "iat=2030-01-01"] {
        folder.run(&format!("sign -k secret.jwk {claim}")).refused(2);
    }
    folder.run("sign -k secret.jwk exp:=9999999999").accepted();
}

#[test]
fn new_key_for_a_deprecated_algorithm_needs_a_flag() {
    Folder::new().run("keygen RSA1_5").refused(2);
}
