//! Keys in tokens of SoftHSM 2 (the packages softhsm2 and opensc).

use crate::support::token::{PIN, Token, module};
use crate::support::{json, segment};

#[test]
fn keys_of_a_token_sign_with_every_algorithm() {
    let token = Token::new();
    for (algorithm, object, others) in [
        ("ES256", "p256", &[][..]),
        ("ES384", "p384", &[]),
        ("ES512", "p521", &[]),
        ("Ed25519", "ed", &[]),
        (
            "RS256 --bits 2048",
            "rsa",
            &["RS384", "RS512", "PS256", "PS384", "PS512"],
        ),
    ] {
        token.keygen(algorithm, object);
        let algorithm = algorithm.split(' ').next().unwrap();
        let sign = |alg: &str| {
            let line = format!("sign -q -k pkcs11:token=ci;object={object} --alg {alg} sub=a");
            token.run(&line).accepted()
        };
        let signed = sign(algorithm);
        let public = json(token.0.text(&format!("{object}.jwk")));
        assert_eq!(json(segment(&signed, 0))["alg"], algorithm);
        assert_eq!(json(segment(&signed, 0))["kid"], public["kid"]);
        let verify = format!("verify -k {object}.jwk");
        token.0.run(&verify).stdin(signed).accepted();
        for alg in others {
            // The JWK is bound to an algorithm, but the key in the token is not.
            let verify = format!("verify -k pkcs11:token=ci;object={object} --alg {alg}");
            token.locked(&verify).stdin(sign(alg)).accepted();
        }
    }
}

/// Checked with pkcs11-tool, which is an independent program.
#[test]
fn private_half_of_a_new_key_is_sensitive_and_never_extractable() {
    let token = Token::new();
    for (algorithm, object) in [
        ("ES256", "ec"),
        ("RSA-OAEP --bits 2048", "rsa"),
        ("ECDH-ES", "dh"),
    ] {
        token.keygen(algorithm, object);
        let list = token.shell(&format!(
            "pkcs11-tool --module $MODULE -l --pin {PIN} --list-objects --type privkey --label {object} 2> /dev/null"
        ));
        for word in ["sensitive", "never extractable", "local"] {
            assert!(list.contains(word), "{list}");
        }
        assert!(!list.contains("wrap"), "{list}");
        let error = token
            .run(&format!(
                "convert -k pkcs11:token=ci;object={object} --to pem -o out.pem"
            ))
            .refused(3);
        assert!(error.contains("cannot be exported"), "{error}");
    }
}

#[test]
fn token_decrypts_rsa_oaep_and_ecdh_es() {
    let token = Token::new();
    token.0.write("content", "some content");
    for (algorithm, object) in [
        ("RSA-OAEP --bits 2048", "rsa"),
        ("ECDH-ES", "p256"),
        ("ECDH-ES+A256KW --curve P-384", "p384"),
        ("ECDH-ES+A128KW --curve P-521", "p521"),
    ] {
        token.keygen(algorithm, object);
        for enc in ["A128GCM", "A256CBC-HS512"] {
            let encrypt = format!("encrypt -q -k {object}.jwk --enc {enc} content -f -o token.jwe");
            token.0.run(&encrypt).accepted();
            let decrypt = format!("decrypt -q -k pkcs11:token=ci;object={object} token.jwe");
            assert_eq!(token.run(&decrypt).accepted(), "some content");
        }
    }
    // Signed and encrypted with keys of the token.
    token.keygen("ES256", "signer");
    let nested = token
        .run("sign -q -k pkcs11:token=ci;object=signer sub=a --encrypt-to p256.jwk")
        .accepted();
    token
        .run("verify -k signer.jwk --decrypt-with pkcs11:token=ci;object=p256")
        .stdin(nested)
        .accepted();
}

/// A secret in the token that the tests know.
const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// Returns a token with the first bytes of [`SECRET`] as an AES key, and a JWK of this key.
fn with_secret(bits: usize) -> Token {
    let token = Token::new();
    let secret = &SECRET[..bits / 8];
    token.0.write("secret", secret);
    token.shell(&format!(
        "pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --write-object secret --type secrkey --key-type AES: \
         --usage-wrap --label kek 2> /dev/null"
    ));
    let k = token.shell("openssl base64 -A -in secret | tr '+/' '-_' | tr -d =");
    let jwk = serde_json::json!({"kty": "oct", "alg": format!("A{bits}KW"), "k": k});
    token.0.write("kek.jwk", jwk.to_string());
    token
}

#[test]
fn token_wraps_and_unwraps_with_an_aes_key() {
    for bits in [128, 192, 256] {
        let token = with_secret(bits);
        token.0.write("content", "some content");
        let (inside, outside) = ("-k pkcs11:token=ci;object=kek", "-k kek.jwk");
        for enc in ["A128GCM", "A192CBC-HS384", "A256CBC-HS512"] {
            for (encrypter, decrypter) in [(inside, outside), (outside, inside), (inside, inside)] {
                let encrypt = format!("encrypt -q {encrypter} --enc {enc} content");
                let encrypted = token.run(&encrypt).accepted();
                let header = json(segment(&encrypted, 0));
                assert_eq!(header["alg"], format!("A{bits}KW"));
                let run = token.run(&format!("decrypt -q {decrypter}"));
                assert_eq!(run.stdin(encrypted).accepted(), "some content");
            }
        }
    }
}

#[test]
fn aes_key_of_a_token_serves_every_command_that_encrypts_or_decrypts() {
    let token = with_secret(256);
    token.keygen("ES256", "signer");
    token.0.write("content", "some content");
    let uri = "pkcs11:token=ci;object=kek;type=secret-key";
    let nested = token
        .run(&format!(
            "sign -q -k pkcs11:object=signer sub=a --encrypt-to {uri}"
        ))
        .accepted();
    token.run(&format!("verify -k signer.jwk --decrypt-with {uri}")).stdin(nested).accepted();
    // One of two recipients.
    (token.0.run("keygen ECDH-ES+A128KW -o other.jwk")).accepted();
    let encrypt = format!("encrypt -q -k other.jwk -k {uri} content");
    let both = token.run(&encrypt).accepted();
    let run = token.run(&format!("decrypt -q -k {uri}")).stdin(both);
    assert_eq!(run.accepted(), "some content");
    // Several threads process lines with one login.
    let run = token.run(&format!("encrypt -q -k {uri} --lines --jobs 4"));
    let tokens = run.stdin("{\"sub\":\"a\"}\n".repeat(50)).accepted();
    let spy = token.shell("find /usr/lib* -name pkcs11-spy.so | head -1");
    let decrypt = format!("decrypt -q -k {uri} --lines --jobs 4 --pkcs11-module {spy}");
    let run = token.run(&decrypt).env("PKCS11SPY", module());
    let log = token.0.path("log");
    let run = run.env("PKCS11SPY_OUTPUT", log.to_str().unwrap());
    let lines = run.stdin(tokens).accepted();
    assert_eq!(lines.matches(r#""decrypted":true"#).count(), 50);
    assert_eq!(token.0.text("log").matches("C_Login").count(), 1);
    let page = token.run(&format!("inspect {uri}")).accepted();
    assert!(page.contains("A128KW, A192KW, A256KW"), "{page}");
}

#[test]
fn encrypted_key_that_does_not_unwrap_is_the_same_error_as_a_wrong_tag() {
    let token = with_secret(128);
    token.0.write("content", "some content");
    let encrypt = "encrypt -q -k kek.jwk --enc A128GCM content";
    let encrypted = token.0.run(encrypt).accepted();
    let parts: Vec<&str> = encrypted.trim().split('.').collect();
    let changed = |index: usize, part: &str| {
        let mut parts = parts.clone();
        parts[index] = part;
        let run = token.run("decrypt -k pkcs11:object=kek");
        run.stdin(parts.join(".")).refused(11)
    };
    let flip = |part: &str| {
        let first = if part.starts_with('A') { "B" } else { "A" };
        first.to_owned() + &part[1..]
    };
    let wrong_key = changed(1, &flip(parts[1]));
    assert_eq!(wrong_key, changed(4, &flip(parts[4])));
}

#[test]
fn new_aes_key_is_sensitive_and_never_extractable() {
    let token = Token::new();
    let uri = "pkcs11:token=ci;object=kek";
    let line = format!("keygen A256KW -o {uri} --json");
    let report = json(token.run(&line).accepted());
    assert_eq!(report["alg"], "A256KW");
    assert!(report.get("key").is_none(), "{report}");
    let list = token.shell(&format!(
        "pkcs11-tool --module $MODULE -l --pin {PIN} --list-objects --type secrkey --label kek 2> /dev/null"
    ));
    for word in [
        "length 32",
        "sensitive",
        "never extractable",
        "local",
        "wrap, unwrap",
    ] {
        assert!(list.contains(word), "{word}: {list}");
    }
    for word in ["encrypt", "decrypt", "sign"] {
        assert!(!list.contains(word), "{word}: {list}");
    }
    let done = token.run("inspect pkcs11:object=kek --fail-on info").done();
    assert_eq!(done.code, 0, "{done:?}");
    let printed = token.run("keygen A128KW -o pkcs11:token=ci;object=b;id=%01");
    assert_eq!(printed.accepted(), "");
    token.keygen("ES256", "pair");
    for (line, code, why) in [
        ("keygen A256KW -o pkcs11:object=kek", 3, "already"),
        ("keygen ES256 -o pkcs11:object=kek", 3, "already"),
        ("keygen A256KW -o pkcs11:object=pair", 3, "already"),
        ("keygen A256KW -o pkcs11:object=x --kid a", 2, "has none"),
        (
            "keygen A256KW -o pkcs11:object=x --kid-from uuid",
            2,
            "has none",
        ),
        ("keygen A256KW -o pkcs11:object=x --to jwk", 2, "has none"),
        ("keygen A256KW -o pkcs11:object=x --use enc", 2, "has none"),
        (
            "keygen A256KW -o pkcs11:object=x --public-out x.jwk",
            2,
            "has none",
        ),
        (
            "keygen A256KW --bits 128 -o pkcs11:object=x",
            2,
            "does not fit",
        ),
        (
            "rotate s.jwks --in pkcs11:token=ci --alg A256KW",
            2,
            "cannot generate",
        ),
    ] {
        let error = token.run(line).refused(code);
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn unsupported_uses_of_an_aes_key_of_a_token_are_rejected() {
    let token = with_secret(256);
    token.0.write("content", "some content");
    (token.0.run("encrypt -q -k kek.jwk content -o token.jwe")).accepted();
    let tool = format!("pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN}");
    token.shell(&format!(
        "{tool} --keygen --key-type generic:32 --label generic 2> /dev/null"
    ));
    token.0.write("token.jws", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA");
    for (line, code, why) in [
        ("sign -k pkcs11:object=kek sub=a", 3, "bound to A256KW"),
        (
            "sign -k pkcs11:object=kek --alg HS256 sub=a",
            3,
            "bound to A256KW",
        ),
        (
            "verify -k pkcs11:object=kek token.jws",
            3,
            "bound to A256KW",
        ),
        ("convert -k pkcs11:object=kek", 3, "cannot be exported"),
        (
            "convert -k pkcs11:object=kek --to pem",
            3,
            "cannot be exported",
        ),
        ("convert -k pkcs11:object=kek --public", 3, "no public part"),
        (
            "convert -k pkcs11:object=kek --to thumbprint",
            3,
            "cannot be exported",
        ),
        (
            "encrypt -k pkcs11:object=kek --alg dir content",
            3,
            "bound to A256KW",
        ),
        (
            "encrypt -k pkcs11:object=kek --alg A256GCMKW content",
            3,
            "bound to A256KW",
        ),
        (
            "encrypt -k pkcs11:object=generic content",
            3,
            "only AES keys",
        ),
        (
            "decrypt -k pkcs11:object=kek;type=private token.jwe",
            3,
            "no key that matches",
        ),
        (
            "decrypt -k pkcs11:object=kek;type=data token.jwe",
            2,
            "type",
        ),
        (
            "decrypt -k pkcs11:object=none;type=secret-key token.jwe",
            3,
            "no key that matches",
        ),
    ] {
        let error = token.run(line).refused(code);
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn pkcs11_decryption_failures_have_one_error() {
    let token = Token::new();
    token.keygen("RSA-OAEP --bits 2048", "rsa");
    token.0.write("content", "some content");
    (token.0.run("keygen RSA-OAEP --bits 2048 -o other.jwk")).accepted();
    let kid = json(token.0.text("rsa.jwk"))["kid"].as_str().unwrap().to_owned();
    for (name, key) in [("a", "rsa.jwk"), ("b", "other.jwk")] {
        let line = format!("encrypt -q -k {key} --header kid={kid} content -o {name}.jwe");
        token.0.run(&line).accepted();
    }
    // One has an invalid padding, the other an invalid tag.
    let text = token.0.text("a.jwe");
    let (start, tag) = text.trim().rsplit_once('.').unwrap();
    let first = if tag.starts_with('A') { 'B' } else { 'A' };
    token.0.write("a.jwe", format!("{start}.{first}{}", &tag[1..]));
    let texts = ["a", "b"].map(|name| {
        let run = token.run(&format!("decrypt -q -k pkcs11:object=rsa {name}.jwe"));
        run.refused(11)
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn unsupported_operation_of_a_token_is_reported() {
    let token = Token::new();
    token.0.write("content", "some content");
    // SoftHSM supports OAEP only with SHA-1.
    token.keygen("RSA-OAEP-256 --bits 2048", "rsa");
    (token.0.run("encrypt -q -k rsa.jwk content -o token.jwe")).accepted();
    let error = token.run("decrypt -q -k pkcs11:object=rsa token.jwe").refused(3);
    assert!(
        error.starts_with("the token ci failed with RSA-OAEP-256: CKR_"),
        "{error}"
    );
    // A key for decryption does not sign.
    let error = token.run("sign -q -k pkcs11:object=rsa sub=a").refused(3);
    assert!(error.contains("not for this operation"), "{error}");
    for algorithm in ["HS256", "ML-DSA-44", "A256GCM", "A256GCMKW", "dir"] {
        let line = format!("keygen {algorithm} -o pkcs11:token=ci;object=x");
        token.run(&line).refused(2);
    }
    for flag in ["--encrypt", "--count 2"] {
        let line = format!("keygen ES256 -o pkcs11:token=ci;object=x {flag}");
        token.run(&line).refused(2);
    }
}

#[test]
fn pin_comes_from_a_file_the_environment_or_the_uri() {
    let token = Token::new();
    token.keygen("ES256", "key");
    token.0.write("pin", format!("{PIN}\n"));
    let uri = "pkcs11:token=ci;object=key";
    let sign = |rest: &str| token.locked(&format!("sign -q --no-input sub=a -k {uri}{rest}"));
    sign(" --pin-file pin").accepted();
    sign(" --pin-file env:MY_PIN").env("MY_PIN", PIN).accepted();
    sign("?pin-source=file:pin").accepted();
    sign("").env("JOTSMITH_PIN", PIN).accepted();
    // The flag has precedence over the variable.
    let run = sign(" --pin-file pin").env("JOTSMITH_PIN", "0");
    run.accepted();
    let error = sign("").refused(3);
    assert!(error.contains("needs a PIN"), "{error}");
    token.0.write("empty", "\n");
    assert!(sign(" --pin-file empty").refused(3).contains("the PIN is empty"));
    sign(" --pin-file none").refused(3);
    sign(" --pin-file -").refused(2);
}

#[test]
fn pin_or_program_in_a_uri_is_rejected() {
    let token = Token::new();
    for query in ["pin-value=482915", "pin-source=|echo", "pin-source=%7Cecho"] {
        for line in [
            format!("sign -k pkcs11:object=key?{query} sub=a"),
            format!("keygen ES256 -o pkcs11:object=key?{query}"),
            format!("rotate set.jwks --in pkcs11:token=ci?{query}"),
            format!("inspect pkcs11:?{query}"),
            format!("keygen -o key.jwk --public-out pkcs11:object=key?{query}"),
            format!("sign -k PKCS11:object=key?{query} sub=a"),
        ] {
            let error = token.run(&line).refused(2);
            assert!(!error.contains(PIN), "{line}: {error}");
        }
    }
}

#[test]
fn public_key_needs_no_pin() {
    let token = Token::new();
    token.keygen("ES256", "key");
    let public = token.locked("convert -k pkcs11:object=key --public").accepted();
    let (public, own) = (json(public), json(token.0.text("key.jwk")));
    assert_eq!((&public["x"], &public["kid"]), (&own["x"], &own["kid"]));
}

#[test]
fn wrong_pin_is_reported_and_tried_once() {
    let token = Token::new();
    token.keygen("ES256", "key");
    let lines = "{}\n".repeat(20);
    let spy = token.shell("find /usr/lib* -name pkcs11-spy.so | head -1");
    let run = token.locked(&format!(
        "sign -q -k pkcs11:object=key --lines --jobs 4 --pkcs11-module {spy}"
    ));
    let log = token.0.path("log");
    let run = run.env("PKCS11SPY", module());
    let run = run.env("PKCS11SPY_OUTPUT", log.to_str().unwrap());
    let done = run.env("JOTSMITH_PIN", "111111").stdin(lines).done();
    assert_eq!(token.0.text("log").matches("C_Login").count(), 1);
    assert_eq!(done.code, 1, "{done:?}");
    let text = String::from_utf8(done.stdout).unwrap() + &done.stderr;
    assert!(text.contains("the PIN is wrong"), "{text}");
    let error = token
        .locked("sign -q -k pkcs11:object=key sub=a")
        .env("JOTSMITH_PIN", "111111")
        .refused(3);
    assert!(error.contains("the token ci: the PIN is wrong"), "{error}");
    assert!(!error.contains("111111"));
}

/// Tested with a changed module, because SoftHSM never locks a PIN.
#[test]
fn locked_pin_and_the_tries_that_are_left_are_reported() {
    const COUNT_LOW: &str = "0x10000";
    const FINAL_TRY: &str = "0x20000";
    const LOCKED: &str = "0x40000";
    let token = Token::new();
    token.keygen("ES256", "key");
    let changed = token.changed_module();
    let run = |line: &str, flags: &str, login: &str| {
        let run = token.run(&format!("{line} --pkcs11-module {changed}"));
        let run = run.env("MODULE", module());
        run.env("FLAGS", flags).env("LOGIN", login)
    };
    let sign = "sign -q -k pkcs11:token=ci;object=key sub=a";
    run(sign, "0", "0").accepted();
    for (flags, login, why) in [
        (
            COUNT_LOW,
            "0xa0",
            "the token ci: the PIN is wrong; few tries are left",
        ),
        (
            FINAL_TRY,
            "0xa0",
            "the token ci: the PIN is wrong; one try is left",
        ),
        ("0", "0xa0", "the token ci: the PIN is wrong"),
        ("0", "0xa4", "the token ci: the PIN is locked"),
        ("0", "0xa3", "the token ci: the PIN has expired"),
        (
            "0",
            "0xa2",
            "the token ci: the PIN is too long or too short",
        ),
        ("0", "0x32", "the token ci: the token is not present"),
        ("0", "0x5", "the token ci: CKR_GENERAL_ERROR"),
        // The PIN is not tried.
        (LOCKED, "0", "the PIN of the token ci is locked"),
    ] {
        let error = run(sign, flags, login).refused(3);
        assert!(error.ends_with(why), "{flags} {login}: {error}");
        let keygen = "keygen ES256 -o pkcs11:token=ci;object=new";
        let error = run(keygen, flags, login).refused(3);
        assert!(error.ends_with(why), "{flags} {login}: {error}");
    }
    for (flags, why) in [
        (COUNT_LOW, "few tries are left"),
        (FINAL_TRY, "one try is left"),
        (LOCKED, "it is locked"),
    ] {
        let line = "inspect --json pkcs11:token=ci";
        let run = token.locked(&format!("{line} --pkcs11-module {changed}"));
        let run = run.env("MODULE", module()).env("FLAGS", flags);
        let report = json(run.accepted());
        assert_eq!(report["tokens"][0]["pin"], why);
    }
}

/// The PKCS#11 module for TPMs refuses to generate a key that denies a use.
#[test]
fn key_pair_is_made_in_a_token_that_denies_no_use() {
    let token = Token::new();
    let changed = token.changed_module();
    for (algorithm, object) in [("ES256", "ec"), ("RSA-OAEP --bits 2048", "rsa")] {
        let line = format!(
            "keygen {algorithm} -o pkcs11:token=ci;object={object} --pkcs11-module {changed}"
        );
        let run = token.run(&line).env("MODULE", module());
        run.env("TPM", "1").accepted();
        let line = format!("inspect --json pkcs11:token=ci;object={object}");
        let report = json(token.run(&line).accepted());
        let objects = report["tokens"][0]["objects"].as_array().unwrap();
        let private = objects.iter().find(|one| one["class"] == "private key");
        let private = private.unwrap();
        assert_eq!(private["never_extractable"], true, "{private}");
        assert_eq!(private["sensitive"], true, "{private}");
    }
    token.run("sign -q -k pkcs11:object=ec sub=a").accepted();
}

/// Each error about a token has its own hint, also when the key is used long after it was named.
#[test]
fn errors_of_a_token_have_the_fix() {
    let token = Token::new();
    token.keygen("ES256", "key");
    token.keygen("ES256", "other");
    let sign = |rest: &str| format!("sign -q sub=a -k pkcs11:{rest}");
    for (line, pin, fix) in [
        (
            sign("token=none"),
            true,
            "jotsmith inspect pkcs11: lists the tokens",
        ),
        (
            sign("object=none"),
            true,
            "jotsmith inspect pkcs11: lists the objects",
        ),
        (sign("token=ci"), true, "select one with object= or id="),
        (
            sign("object=key"),
            false,
            "set JOTSMITH_PIN or use --pin-file",
        ),
        (
            sign("object=key --pkcs11-module /none.so"),
            true,
            "name the module of the token with --pkcs11-module FILE or PKCS11_MODULE",
        ),
        (
            "keygen ES256 -o pkcs11:token=ci".into(),
            true,
            "add its label: object=LABEL",
        ),
    ] {
        let run = if pin {
            token.run(&line)
        } else {
            token.locked(&line)
        };
        let done = run.done();
        assert_eq!(done.code, 3, "{line}: {done:?}");
        let hint = format!("\njotsmith: hint: {fix}");
        assert!(done.stderr.contains(&hint), "{line}: {done:?}");
    }
}

#[test]
fn missing_token_key_and_module_are_reported() {
    let token = Token::new();
    token.keygen("ES256", "key");
    let sign = |rest: &str| token.run(&format!("sign -q sub=a -k {rest}"));
    for (rest, why) in [
        (
            "pkcs11:token=none;object=key",
            "no token matches pkcs11:token=none;object=key",
        ),
        ("pkcs11:serial=0;object=key", "no token matches"),
        ("pkcs11:slot-id=999999;object=key", "no token matches"),
        ("pkcs11:token=ci;object=none", "no key that matches"),
        ("pkcs11:token=ci;id=%00", "no key that matches"),
        ("pkcs11:token=ci;object=key?module-path=/none.so", ""),
        (
            "pkcs11:object=key --pkcs11-module /none.so",
            "cannot be loaded",
        ),
        (
            "pkcs11:object=key --pkcs11-module softhsm2.conf",
            "cannot be loaded",
        ),
    ] {
        let error = sign(rest).refused(3);
        assert!(error.contains(why), "{rest}: {error}");
    }
    token.init("other");
    let error = sign("pkcs11:object=key").refused(3);
    assert!(error.contains("2 tokens match"), "{error}");
    token.keygen("ES256", "two");
    let error = sign("pkcs11:token=ci").refused(3);
    assert!(error.contains("2 keys of the token ci"), "{error}");
    // Two keys with the same label, and two tokens with the same label.
    token.init("other");
    let error = sign("pkcs11:token=other").refused(3);
    assert_eq!(error.matches("other (serial ").count(), 2, "{error}");
    token.shell(&format!(
        "pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --keypairgen --key-type EC:prime256v1 --label two --id 77 2> /dev/null"
    ));
    let error = sign("pkcs11:token=ci;object=two").refused(3);
    assert!(error.contains("two (id 77)"), "{error}");
    sign("pkcs11:token=ci;object=two;id=%77").accepted();
    token.shell(&format!(
        "pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --delete-object --type privkey --id 77 2> /dev/null\n\
         pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --delete-object --type pubkey --id 77 2> /dev/null"
    ));
    let error = token.run("keygen ES256 -o pkcs11:token=ci;object=two").refused(3);
    assert!(error.contains("already"), "{error}");
    let error = token.run("keygen ES256 -o pkcs11:token=ci").refused(3);
    assert!(error.contains("does not name the new key"), "{error}");
    // The private key is deleted, the public key still exists.
    token.shell(&format!(
        "pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --delete-object --type privkey --label two 2> /dev/null"
    ));
    let error = sign("pkcs11:token=ci;object=two").refused(3);
    assert!(error.contains("no private key that matches"), "{error}");
}

#[test]
fn key_and_certificate_of_other_programs_are_used() {
    let token = Token::new();
    token.shell(&format!(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -subj /CN=a -days 30 2> /dev/null\n\
         openssl pkcs8 -topk8 -nocrypt -in key.pem -out key.p8\n\
         openssl x509 -in cert.pem -outform DER -out cert.der\n\
         softhsm2-util --import key.p8 --token ci --label made --id a1 --pin {PIN} > /dev/null\n\
         pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --delete-object --type pubkey --label made 2> /dev/null\n\
         pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --write-object cert.der --type cert --label made --id a1 2> /dev/null"
    ));
    for uri in [
        "pkcs11:object=made",
        "pkcs11:id=%a1",
        "pkcs11:token=ci;object=made;type=private",
    ] {
        let signed = token.run(&format!("sign -q -k {uri} --x5c cert.pem sub=a")).accepted();
        token.0.run("verify -k key.pem").stdin(signed).accepted();
    }
    // The certificate is that of the token.
    let signed = token
        .run("sign -q -k pkcs11:object=made --x5c pkcs11:object=made --x5t pkcs11:id=%a1 sub=a")
        .accepted();
    let x5c = json(segment(&signed, 0))["x5c"][0].clone();
    let der = token.shell("openssl base64 -A -in cert.der");
    assert_eq!(x5c, der.trim());
    let verify = "verify --x5c-roots cert.pem";
    token.0.run(verify).stdin(signed).accepted();
    token.keygen("ES256", "other");
    for (key, certificate, why) in [
        ("other", "made", "is for another key"),
        ("made", "other", "no certificate that matches"),
    ] {
        let line = format!("sign -k pkcs11:object={key} --x5c pkcs11:object={certificate} sub=a");
        let error = token.run(&line).refused(3);
        assert!(error.contains(why), "{error}");
    }
}

/// Returns a token with keys that require the PIN for each operation.
fn with_pin_each_time() -> Token {
    let token = Token::new();
    let tool =
        format!("pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --always-auth");
    token.shell(&format!(
        "{tool} --keypairgen --key-type rsa:2048 --label rsa --id 01 2> /dev/null\n\
         {tool} --keypairgen --key-type EC:prime256v1 --label ec --id 02 2> /dev/null\n\
         {tool} --keypairgen --key-type EC:edwards25519 --label ed --id 03 2> /dev/null"
    ));
    token.0.write("content", "some content");
    token
}

#[test]
fn key_that_requires_its_pin_each_time_signs_and_decrypts() {
    let token = with_pin_each_time();
    let report = json(token.run("inspect --json pkcs11:object=rsa").accepted());
    let objects = report["tokens"][0]["objects"].as_array().unwrap();
    assert!(objects.iter().any(|object| object["always_authenticate"] == true));
    for (object, alg) in [
        ("rsa", "RS256"),
        ("rsa", "PS384"),
        ("ec", "ES256"),
        ("ed", "EdDSA"),
    ] {
        let line = format!("sign -q -k pkcs11:object={object} --alg {alg} --lines --jobs 2");
        let tokens = token.run(&line).stdin("{}\n{}\n{}\n").accepted();
        let verify =
            format!("verify -q -k pkcs11:object={object} --alg {alg} --lines --allow-no-exp");
        let done = token.locked(&verify).stdin(tokens).done();
        assert_eq!(done.code, 0, "{object} {alg}: {done:?}");
    }
    let encrypt = "encrypt -q -k pkcs11:object=rsa --alg RSA-OAEP content -o token.jwe";
    token.locked(encrypt).accepted();
    let decrypt = "decrypt -q -k pkcs11:object=rsa";
    let decrypted = token.run(&format!("{decrypt} token.jwe")).accepted();
    assert_eq!(decrypted, "some content");
    // An encrypted key that cannot be decrypted is not an error of the token.
    let text = token.0.text("token.jwe");
    let (header, rest) = text.split_once('.').unwrap();
    let (key, rest) = rest.split_once('.').unwrap();
    let changed = format!("{header}.AAAA{}.{rest}", &key[4..]);
    token.run(decrypt).stdin(changed).refused(11);
}

/// The PIN becomes wrong after the first signature.
#[test]
fn wrong_pin_for_an_operation_is_reported_and_tried_once() {
    let token = with_pin_each_time();
    let spy = token.shell("find /usr/lib* -name pkcs11-spy.so | head -1");
    let program = env!("CARGO_BIN_EXE_jotsmith");
    token.0.write("pin", PIN);
    let out = token.shell(&format!(
        "export PKCS11SPY=$MODULE PKCS11SPY_OUTPUT=log\n\
         logins() {{ grep -c C_Login log || true; }}\n\
         {{ echo '{{}}'; until [ \"$(logins)\" = 2 ]; do sleep 0.1; done; sleep 0.5; printf 1111 > pin\n\
            echo '{{}}'; echo '{{}}'; }} |\n\
         {program} sign -q -k pkcs11:object=ec --pin-file pin --pkcs11-module {} --lines --jobs 1 || echo code $?\n\
         logins",
        spy.trim()
    ));
    assert_eq!(out.matches("the PIN is wrong").count(), 2, "{out}");
    assert!(out.contains("code 1\n3"), "{out}");
}

#[test]
fn lines_are_signed_on_every_thread() {
    let token = Token::new();
    token.keygen("ES256", "key");
    let run = token.run("sign -q -k pkcs11:object=key --lines --jobs 4");
    let tokens = run.stdin("{\"sub\":\"a\"}\n".repeat(200)).accepted();
    assert_eq!(tokens.lines().count(), 200);
    let done = token.0.run("verify -q -k key.jwk --lines").stdin(tokens).done();
    assert_eq!(done.code, 0, "{done:?}");
    // The flags have the same effect on one input and on lines.
    token.0.write("pin", PIN);
    let flags = format!("--pin-file pin --pkcs11-module {}", module());
    let signed = token.run("sign -q -k pkcs11:object=key sub=a").accepted();
    for lines in ["--lines", ""] {
        for (command, input) in [("sign", "{}"), ("verify", &*signed)] {
            let line = format!("{command} -q -k pkcs11:object=key {lines} {flags}");
            let run = token.locked(&line).env("PKCS11_MODULE", "/none.so");
            run.stdin(input).accepted();
        }
    }
}

/// Writes a set with the public JWK and a reference to the private key.
fn referring(token: &Token, reference: &str) {
    let mut key = json(token.0.text("key.jwk"));
    key["pkcs11"] = reference.into();
    let set = serde_json::json!({"keys": [key]}).to_string();
    token.0.write("set.jwks", set);
}

#[test]
fn set_refers_to_a_key_of_a_token() {
    let token = Token::new();
    token.keygen("ES256", "key");
    referring(&token, "pkcs11:token=ci;object=key");
    let signed = token.run("sign -q -k set.jwks sub=a").accepted();
    // The module does not exist, because public operations do not load it.
    (token.0.run("verify -k set.jwks").env("PKCS11_MODULE", "/none.so"))
        .stdin(signed)
        .accepted();
    // A public set has no reference to the token, a private one does.
    let public = token.0.run("convert -k set.jwks --public").accepted();
    assert!(!public.contains("pkcs11"), "{public}");
    let private = token.0.run("convert -k set.jwks --set-kid a").accepted();
    assert!(private.contains("pkcs11:token=ci;object=key"), "{private}");
}

#[test]
fn reference_that_names_a_file_or_has_a_pin_is_rejected() {
    let token = Token::new();
    token.keygen("ES256", "key");
    for query in [
        "?module-path=/tmp/evil.so",
        "?pin-source=/etc/passwd",
        "?pin-value=1",
        "?pin-source=|x",
    ] {
        referring(&token, &format!("pkcs11:token=ci;object=key{query}"));
        let done = token.run("sign -k set.jwks sub=a").done();
        assert_eq!(done.code, 3, "{done:?}");
        assert!(done.stdout.is_empty() && done.stderr.contains("a public key cannot sign"));
        assert!(done.stderr.contains("used as a public key"), "{done:?}");
    }
}

#[test]
fn reference_in_a_fetched_set_is_ignored() {
    use crate::support::server::{Reply, Server};
    let token = Token::new();
    token.keygen("ES256", "key");
    referring(&token, "pkcs11:token=ci;object=key");
    let set = token.0.text("set.jwks");
    let server = Server::plain(move |_| Reply::body(set.clone()));
    let signed = token.run("sign -q -k pkcs11:object=key sub=a").accepted();
    let verify = format!("verify -k {}/jwks", server.url);
    (token.0.run(&verify).env("PKCS11_MODULE", "/none.so")).stdin(signed).accepted();
    token.run(&format!("sign -k {}/jwks sub=a", server.url)).refused(2);
}

#[test]
fn no_file_is_written_in_the_name_of_a_token() {
    let token = Token::new();
    token.keygen("ES256", "key");
    (token.0.run("keygen ES256 -o plain.jwk")).accepted();
    for line in [
        "keygen ES256 -o pkcs11:color=a",
        "keygen ES256 -o x.jwk --public-out pkcs11:object=a",
        "keygen ES256 -o pkcs11:token=ci;object=b --public-out pkcs11:object=a",
        "convert -k plain.jwk -o pkcs11:object=a",
        "convert -k plain.jwk -o ssh-agent:a",
        "convert -k plain.jwk --public -o pkcs11:",
        "convert -k plain.jwk --public -o PKCS11:object=a",
        "keygen ES256 -o Pkcs11:color=a",
        "sign -q -k plain.jwk sub=a -o pkcs11:object=a",
        "rotate pkcs11:object=a --publish out.json",
    ] {
        let error = token.run(line).refused(2);
        assert!(!error.is_empty());
        for name in std::fs::read_dir(token.0.path("")).unwrap() {
            let name = name.unwrap().file_name();
            assert!(!name.to_string_lossy().contains(':'), "{line}");
        }
    }
}

/// A command without a key in a token does not load the module and does not read its environment variables.
#[test]
fn no_module_is_loaded_for_other_keys() {
    let token = Token::new();
    token.keygen("ES256", "key");
    (token.0.run("keygen ES256 -o plain.jwk")).accepted();
    let program = env!("CARGO_BIN_EXE_jotsmith");
    let opened = |arguments: &str| {
        token.shell(&format!(
            "PKCS11_MODULE=$MODULE JOTSMITH_PIN={PIN} strace -f -e trace=openat,open -o trace {program} {arguments} > /dev/null; cat trace"
        ))
    };
    for arguments in [
        "sign -q -k plain.jwk sub=a",
        "convert -k key.jwk --to pem",
        "keygen ES256 -o -",
    ] {
        let trace = opened(arguments);
        assert!(
            !trace.contains("softhsm") && !trace.contains("p11-kit"),
            "{trace}"
        );
    }
    let trace = opened("sign -q -k pkcs11:object=key sub=a");
    assert!(trace.contains("libsofthsm2.so"), "{trace}");
}

/// Returns a token with a secure key, and weak keys that pkcs11-tool created.
fn with_weak_keys() -> Token {
    let token = Token::new();
    token.keygen("ES256", "good");
    let tool = format!("pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN}");
    token.shell(&format!(
        "{tool} --keypairgen --key-type rsa:1024 --label weak --extractable --id 01 2> /dev/null\n\
         {tool} --keygen --key-type aes:32 --label aes --id 03 2> /dev/null\n\
         openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out key.p8\n\
         softhsm2-util --import key.p8 --token ci --label imported --id a1 --pin {PIN} > /dev/null"
    ));
    token
}

#[test]
fn inspect_lists_the_objects_and_mechanisms_of_a_token() {
    let token = with_weak_keys();
    let report = json(token.run("inspect --json pkcs11:token=ci").accepted());
    assert_eq!(report["type"], "pkcs11");
    let device = &report["tokens"][0];
    assert_eq!(
        (&device["label"], &device["logged_in"]),
        (&"ci".into(), &true.into())
    );
    let objects = device["objects"].as_array().unwrap();
    let find = |label: &str, class: &str| {
        let mut found = (objects.iter()).filter(|o| o["label"] == label && o["class"] == class);
        found.next().unwrap()
    };
    let private = find("good", "private key");
    for (name, value) in [
        ("sensitive", true),
        ("extractable", false),
        ("never_extractable", true),
        ("local", true),
        ("always_authenticate", false),
    ] {
        assert_eq!(private[name], value, "{name}");
    }
    assert!(private["uses"].as_array().unwrap().contains(&"sign".into()));
    let public = find("good", "public key");
    assert_eq!(public["jwk"]["x"], json(token.0.text("good.jwk"))["x"]);
    let mechanisms = device["mechanisms"].as_array().unwrap();
    let ecdsa = mechanisms.iter().find(|one| one["name"] == "CKM_ECDSA").unwrap();
    assert!(
        ecdsa["uses"].as_array().unwrap().contains(&"sign".into()),
        "{ecdsa}"
    );
    // The text report about one object.
    let page = token.run("inspect pkcs11:token=ci;object=good").accepted();
    for text in [
        "PKCS#11 token ci",
        "never extractable",
        "CKM_ECDSA",
        "Objects: 2",
        "No findings",
    ] {
        assert!(page.contains(text), "{page}");
    }
    // No format contains a secret or the PIN.
    for flags in ["", "--json", "--sarif", "--report md", "--full"] {
        let text = token.run(&format!("inspect {flags} pkcs11:")).accepted();
        assert!(
            text.contains("weak") && !text.contains(PIN),
            "{flags}: {text}"
        );
    }
}

#[test]
fn inspect_finds_the_weak_keys_of_a_token() {
    let token = with_weak_keys();
    let report = json(token.run("inspect --json pkcs11:").accepted());
    let found: Vec<(&str, &str)> = (report["findings"].as_array().unwrap().iter())
        .map(|one| {
            (
                one["id"].as_str().unwrap(),
                one["severity"].as_str().unwrap(),
            )
        })
        .collect();
    for wanted in [
        ("key-too-small", "high"),
        ("p11-extractable", "high"),
        ("p11-readable", "medium"),
        ("p11-several-uses", "low"),
        ("p11-not-local", "low"),
    ] {
        assert!(found.contains(&wanted), "{found:?}");
    }
    let done = token.run("inspect pkcs11: --fail-on high").done();
    assert_eq!(done.code, 1, "{done:?}");
    let done = token.run("inspect pkcs11:object=good --fail-on info").done();
    assert_eq!(done.code, 0, "{done:?}");
    // The next run reports that a wrong PIN was entered.
    token.locked("inspect pkcs11:").env("JOTSMITH_PIN", "1111").refused(3);
    let report = json(token.locked("inspect --json pkcs11:").accepted());
    let mut findings = report["findings"].as_array().unwrap().iter();
    assert!(findings.any(|one| one["id"] == "p11-pin"), "{report}");
}

#[test]
fn inspect_of_a_token_without_a_pin_lists_public_objects() {
    let token = with_weak_keys();
    let done = token.locked("inspect pkcs11: --json").done();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("not listed without the PIN"),
        "{done:?}"
    );
    let report = json(done.stdout);
    let objects = report["tokens"][0]["objects"].as_array().unwrap();
    assert!(!objects.is_empty());
    assert!((objects.iter()).all(|object| object["class"] != "private key"));
    // The same holds for several tokens, because there is only one PIN.
    token.init("other");
    let report = json(token.run("inspect pkcs11: --json").accepted());
    let tokens = report["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2);
    assert!(tokens.iter().all(|device| device["logged_in"] == false));
}

#[test]
fn unsupported_inspect_flags_for_a_token_are_rejected() {
    let token = Token::new();
    (token.0.run("keygen ES256 -o plain.jwk")).accepted();
    for (rest, code) in [
        ("pkcs11:token=none", 3),
        ("pkcs11:color=a", 2),
        ("pkcs11:?pin-value=1", 2),
        ("pkcs11:?module-path=/tmp/evil.so", 2),
        ("pkcs11:?pin-source=/etc/passwd", 2),
        ("pkcs11: -k plain.jwk", 2),
        ("pkcs11: --for nginx", 2),
        ("pkcs11: --wordlist plain.jwk", 2),
        ("pkcs11: --pkcs11-module /none.so", 3),
        ("--lines pkcs11:", 2),
        ("--diff pkcs11: pkcs11:", 10),
    ] {
        token.run(&format!("inspect {rest}")).refused(code);
    }
}
