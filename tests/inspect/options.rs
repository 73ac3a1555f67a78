//! Keys, consumers, word lists, scans, SARIF.

use jotsmith::crypto::base64url;
use serde_json::{Value, json};

use super::super::support::{Folder, json as parsed, mac};
use super::{NOW, hs256, ids};

const CLAIMS: &str = r#"{"iss":"https://issuer.example","sub":"alice","aud":"api","iat":1893455900,"exp":1893456200}"#;

fn keys() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256 --kid one --public-out one.pub.jwk", "one.jwk");
    folder.keygen("ES256 --kid two", "two.jwk");
    let token = folder.run("sign -k one.jwk --no-exp sub=alice").accepted();
    folder.write("token.jwt", token);
    folder
}

#[test]
fn correct_key_is_reported_as_verified() {
    let folder = keys();
    let text = folder.run("inspect -k one.pub.jwk token.jwt").accepted();
    assert!(
        text.starts_with("VERIFIED  ") && text.contains("\nsigned with one (ES256)"),
        "{text}"
    );
    let object = parsed(folder.run("inspect --json -k one.pub.jwk token.jwt").accepted());
    assert_eq!(object["verified"], true);
    assert_eq!(object["verified_by"]["kid"], "one");
}

#[test]
fn wrong_key_is_reported_as_not_verified_with_the_reason() {
    let folder = keys();
    let text = folder.run("inspect -k two.jwk token.jwt").accepted();
    assert!(
        text.starts_with("NOT VERIFIED  ") && text.contains("\nno key has the kid one"),
        "{text}"
    );
    let object = parsed(folder.run("inspect --json -k two.jwk token.jwt").accepted());
    assert_eq!(
        (&object["verified"], &object["error"]["code"]),
        (&json!(false), &json!("no_key"))
    );
}

#[test]
fn signing_key_is_named_when_the_kid_is_wrong() {
    let folder = keys();
    let (mut one, mut two) = (
        parsed(folder.read("one.jwk")),
        parsed(folder.read("two.jwk")),
    );
    one["kid"] = "two".into();
    two["kid"] = "one".into();
    folder.write("swapped.jwks", json!({"keys": [one, two]}).to_string());
    let text = folder.run("inspect -k swapped.jwks token.jwt").accepted();
    assert!(
        text.contains("\nthe signature does not verify; signed with keys[0] (two)\n"),
        "{text}"
    );
}

#[test]
fn damaged_signature_matches_no_key() {
    let folder = keys();
    let token = String::from_utf8(folder.read("token.jwt")).unwrap();
    let (body, signature) = token.trim().rsplit_once('.').unwrap();
    let damaged = format!("{body}.{}{}", &signature[1..], &signature[..1]);
    let object = parsed(folder.run("inspect --json -k one.jwk").stdin(damaged).accepted());
    assert_eq!(
        (&object["verified"], &object["signers"]),
        (&json!(false), &json!([]))
    );
}

#[test]
fn encrypted_token_is_decrypted_and_not_reported_as_verified() {
    let folder = keys();
    folder.keygen("ECDH-ES+A256KW --public-out pub.jwk", "key.jwk");
    let script = "jotsmith encrypt -k pub.jwk token.jwt > token.jwe && jotsmith inspect -k key.jwk token.jwe";
    let text = folder.shell(script).accepted();
    assert!(text.starts_with("DECRYPTED"), "{text}");
    assert!(
        text.contains("The content is a token, NOT VERIFIED") && text.contains("\"alice\""),
        "{text}"
    );
    let object = parsed(folder.run("inspect --json -k key.jwk token.jwe").accepted());
    assert_eq!(object["verified"], false);
    assert_eq!(object["nested"]["claims"]["sub"], "alice");
}

#[test]
fn hmac_with_a_public_key_as_secret_is_reported_as_an_attack() {
    let folder = Folder::new();
    folder.keygen("RS256 --bits 2048 --to pem --public-out pub.pem", "key.pem");
    let input = format!(
        "{}.{}",
        base64url::encode(r#"{"alg":"HS256"}"#),
        base64url::encode(CLAIMS)
    );
    for secret in [
        folder.read("pub.pem"),
        folder.read("pub.pem").trim_ascii().to_vec(),
    ] {
        let forged = format!("{input}.{}", base64url::encode(mac(&secret, &input)));
        let object = parsed(folder.run("inspect --json -k pub.pem").stdin(forged).accepted());
        assert_eq!(object["verified"], false);
        assert!(
            ids(&object).contains(&"hs-public-key".to_owned()),
            "{object}"
        );
    }
    let near = hs256(r#"{"alg":"HS256"}"#, CLAIMS);
    let object = parsed(folder.run("inspect --json -k pub.pem").stdin(near).accepted());
    assert!(
        !ids(&object).contains(&"hs-public-key".to_owned()),
        "{object}"
    );
}

fn macked(secret: &[u8]) -> String {
    let input = format!(
        "{}.{}",
        base64url::encode(r#"{"alg":"HS256"}"#),
        base64url::encode(CLAIMS)
    );
    format!("{input}.{}", base64url::encode(mac(secret, &input)))
}

#[test]
fn publicly_known_secret_is_found_and_not_printed_by_default() {
    let folder = Folder::new();
    let run = |flags: &str, secret: &[u8]| {
        let run = folder.run(&format!("inspect --json {flags}")).stdin(macked(secret));
        parsed(run.accepted())
    };
    for secret in [&b"secret"[..], b"your-256-bit-secret", &[0; 32]] {
        let object = run("", secret);
        assert_eq!(ids(&object)[0], "hs-known-secret");
        assert_eq!(object["findings"][0]["evidence"], Value::Null);
    }
    assert_eq!(
        run("--show-secret", b"changeme")["findings"][0]["evidence"],
        "changeme"
    );
    assert!(
        !ids(&run("", b"secret that is not published")).contains(&"hs-known-secret".to_owned())
    );
}

#[test]
fn publicly_known_secret_is_found_in_every_line() {
    let secrets = [
        &b"secret"[..],
        b"not published",
        b"secret",
        b"changeme",
        &[0; 32],
    ];
    let lines: String = secrets.map(|secret| macked(secret) + "\n").concat();
    let folder = Folder::new();
    let out = folder.run("inspect --lines --jobs 1 --json").stdin(lines);
    let found: Vec<bool> = (out.accepted().lines().take(secrets.len()))
        .map(|line| ids(&parsed(line)).contains(&"hs-known-secret".to_owned()))
        .collect();
    assert_eq!(found, [true, false, true, true, true]);
}

#[test]
fn word_list_finds_the_secret_as_text_or_base64() {
    let folder = Folder::new();
    let mut words: Vec<String> = (0..20_000).map(|at| format!("word-{at}")).collect();
    words[15_000] = "hunter2 with blanks".into();
    folder.write("words", words.join("\n"));
    let run = |secret: &[u8]| {
        let run = folder.run("inspect --json --show-secret --wordlist words").stdin(macked(secret));
        parsed(run.accepted())
    };
    for (secret, shown) in [
        (&b"word-0"[..], "word-0"),
        (b"hunter2 with blanks", "hunter2 with blanks"),
        (b"word-19999", "word-19999"),
    ] {
        let object = run(secret);
        assert_eq!(object["findings"][0]["id"], "hs-known-secret", "{shown}");
        assert_eq!(object["findings"][0]["evidence"], shown);
    }
    let object = run(b"word-20000");
    assert!(
        !ids(&object).contains(&"hs-known-secret".to_owned()),
        "{object}"
    );
    let bytes = [0x9c; 24];
    folder.write("words", format!("a\n{}\n", base64url::encode(bytes)));
    assert_eq!(run(&bytes)["findings"][0]["id"], "hs-known-secret");
    let asymmetric = format!("{}.e30.AA", base64url::encode(r#"{"alg":"ES256"}"#));
    let done = (folder.run("inspect --wordlist words").stdin(asymmetric)).done();
    assert!(
        done.code == 0 && done.stderr.contains("no HMAC"),
        "{done:?}"
    );
}

#[test]
fn token_features_unsupported_by_consumers_are_reported() {
    let folder = Folder::new();
    let refused = |consumer: &str, header: &str, claims: &str| {
        let token = format!(
            "{}.{}.{}",
            base64url::encode(header),
            base64url::encode(claims),
            base64url::encode([1; 64])
        );
        let object =
            parsed(folder.run(&format!("inspect --json --for {consumer}")).stdin(token).accepted());
        ids(&object).contains(&"consumer-compat".to_owned())
    };
    let es256 = r#"{"alg":"ES256","typ":"JWT","kid":"k"}"#;
    for (consumer, header, claims, expected) in [
        ("nginx", es256, CLAIMS, false),
        ("nginx", r#"{"alg":"Ed25519"}"#, CLAIMS, true),
        ("haproxy", es256, CLAIMS, false),
        ("haproxy", r#"{"alg":"EdDSA"}"#, CLAIMS, true),
        ("envoy", r#"{"alg":"EdDSA"}"#, CLAIMS, false),
        ("envoy", r#"{"alg":"ES256K"}"#, CLAIMS, true),
        ("mod_auth_openidc", r#"{"alg":"PS256"}"#, CLAIMS, false),
        ("mod_auth_openidc", r#"{"alg":"EdDSA"}"#, CLAIMS, true),
        ("kong", es256, CLAIMS, false),
        ("kong", es256, "{}", true),
        ("apisix", es256, r#"{"key":"a"}"#, false),
        ("apisix", es256, CLAIMS, true),
        ("apipark", es256, CLAIMS, false),
        ("apipark", r#"{"alg":"ES256","typ":"at+jwt"}"#, CLAIMS, true),
        ("kubernetes", es256, CLAIMS, false),
        ("kubernetes", r#"{"alg":"HS256"}"#, CLAIMS, true),
        (
            "aws-apigateway",
            r#"{"alg":"RS256","kid":"k"}"#,
            CLAIMS,
            false,
        ),
        ("aws-apigateway", r#"{"alg":"RS256"}"#, CLAIMS, true),
    ] {
        assert_eq!(
            refused(consumer, header, claims),
            expected,
            "{consumer} {header} {claims}"
        );
    }
    let encrypted = |alg: &str| {
        let header = format!(r#"{{"alg":"{alg}","enc":"A256GCM","kid":"k"}}"#);
        format!(
            "{}.AA.{}.AA.{}",
            base64url::encode(header),
            base64url::encode([1; 12]),
            base64url::encode([1; 16])
        )
    };
    for (consumer, alg, expected) in [
        ("nginx", "RSA-OAEP-256", false),
        ("nginx", "ECDH-ES+A256KW", true),
        ("haproxy", "ECDH-ES+A256KW", false),
        ("envoy", "dir", true),
        ("mod_auth_openidc", "RSA-OAEP", false),
        ("mod_auth_openidc", "RSA-OAEP-256", true),
        ("kong", "RSA-OAEP", false),
        ("kong", "ECDH-ES", false),
        ("kong", "A256KW", true),
        ("apisix", "dir", true),
        ("apisix", "A256KW", true),
        ("apipark", "dir", true),
    ] {
        let object = parsed(
            folder
                .run(&format!("inspect --json --for {consumer}"))
                .stdin(encrypted(alg))
                .accepted(),
        );
        assert_eq!(
            ids(&object).contains(&"consumer-compat".to_owned()),
            expected,
            "{consumer} {alg}"
        );
    }
    // Kong selects the key by its kid.
    let header = encrypted("RSA-OAEP").split('.').next().unwrap().to_owned();
    let bare = base64url::encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    let nameless = encrypted("RSA-OAEP").replacen(&header, &bare, 1);
    let run = folder.run("inspect --json --for kong").stdin(nameless);
    assert!(run.accepted().contains("kong requires a kid to find the key"));
    folder.keygen("ES256 --public-out pub.jwk", "key.jwk");
    let script = "jotsmith convert -k key.jwk --public --to pem | jotsmith inspect --json --for";
    for (consumer, expected) in [("haproxy", false), ("nginx", true)] {
        let object = parsed(folder.shell(&format!("{script} {consumer}")).accepted());
        assert_eq!(
            ids(&object).contains(&"consumer-compat".to_owned()),
            expected,
            "{consumer}"
        );
    }
    folder.run("inspect --for unknown key.jwk").refused(2);
}

#[test]
fn scan_finds_tokens_and_private_keys_without_printing_them() {
    let folder = Folder::new();
    folder.keygen("ES256 --to pem", "key.pem");
    folder.keygen("ES256", "key.jwk");
    let token = hs256(r#"{"alg":"HS256","kid":"k"}"#, CLAIMS);
    std::fs::create_dir_all(folder.path("tree/sub")).unwrap();
    std::fs::create_dir_all(folder.path("tree/.git")).unwrap();
    folder.write("tree/.env", format!("A=1\nTOKEN={token}\n"));
    folder.write(
        "tree/sub/app.log",
        format!("GET /?access_token={token}&x=1 {token}\n"),
    );
    folder.write("tree/sub/key.pem", folder.read("key.pem"));
    folder.write("tree/sub/key.json", folder.read("key.jwk"));
    folder.write("tree/ignored", &token);
    folder.write("tree/.gitignore", "ignored\n");
    folder.write("tree/.git/config", &token);
    folder.write("tree/clean.txt", "eyes and keys: eyJ, ey, e3.x\n");
    let text = folder.run(&format!("inspect {NOW} --scan tree")).accepted();
    let places: Vec<&str> = text
        .lines()
        .filter_map(|line| Some(line.strip_prefix("tree/")?.split_once(' ')?.0))
        .collect();
    assert_eq!(
        places,
        [
            ".env:2:7",
            "sub/app.log:1:20",
            &format!("sub/app.log:1:{}", 25 + token.len()),
            "sub/key.json:1:1",
            "sub/key.pem:1:1"
        ],
        "{text}"
    );
    let tail = token.rsplit('.').next().unwrap();
    assert!(
        !text.contains(tail) && text.contains("https://issuer.example"),
        "{text}"
    );
    let private = parsed(folder.read("key.jwk"))["d"].as_str().unwrap().to_owned();
    assert!(!text.contains(&private));
    let whole = folder.run("inspect --scan --show-tokens tree/.env").accepted();
    assert!(whole.contains(&token));
    let done = folder.run("inspect --scan tree --json --fail-on critical").done();
    assert_eq!(done.code, 1);
    let objects: Vec<Value> = String::from_utf8(done.stdout).unwrap().lines().map(parsed).collect();
    assert_eq!(objects.len(), 5);
    assert_eq!(objects[3]["kind"], "private_key");
    assert_eq!(
        folder.run("inspect --scan tree/clean.txt --fail-on info").accepted(),
        ""
    );
    folder.run("inspect --scan missing").refused(3);
    folder.run("inspect tree/.env tree/clean.txt").refused(2);
}

#[test]
fn scan_finds_a_token_across_any_read_boundary() {
    let folder = Folder::new();
    let token = hs256(r#"{"alg":"HS256","kid":"k"}"#, CLAIMS);
    for before in [1_048_576 - 100, 1_048_576 - 1, 1_048_576, 3 * 1_048_576 - 7] {
        for filler in ["x ", "x\n"] {
            let text = format!("{}{token}{}", filler.repeat(before / 2), " y".repeat(10));
            let out = folder.run("inspect --scan --json").stdin(&text).accepted();
            let object = parsed(&out);
            assert_eq!(out.lines().count(), 1, "{before}");
            let (line, column) = match filler {
                "x\n" => (before / 2 + 1, 1),
                _ => (1, before / 2 * 2 + 1),
            };
            assert_eq!(
                (&object["line"], &object["column"]),
                (&json!(line), &json!(column)),
                "{before}"
            );
        }
    }
}

#[test]
fn scan_finds_a_private_key_across_any_read_boundary() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let jwk = parsed(folder.text("key.jwk"));
    let (short, long) = (jwk.to_string(), format!("{jwk:#}"));
    // A JWK on one line, and one on several lines, around the border of a read. `before` is the position of the JWK.
    for jwk in [&short, &long] {
        for cut in (1..jwk.len()).step_by(40).chain([jwk.len(), jwk.len() + 1]) {
            let before = 1_048_576 - cut;
            folder.write("log", format!("{}\n{jwk}\n", "x".repeat(before - 1)));
            let out = folder.run("inspect --scan --json log").accepted();
            assert_eq!(out.lines().count(), 1, "{cut}: {out}");
            let object = parsed(&out);
            assert_eq!(object["kind"], "private_key");
            let place = (&object["line"], &object["column"]);
            assert_eq!(place, (&json!(2), &json!(1)), "{cut}");
        }
    }
}

#[test]
fn scan_finds_a_pem_key_across_any_read_boundary() {
    let folder = Folder::new();
    let pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for cut in (0..pem.len()).step_by(3) {
        folder.write("log", format!("{}{pem}", " ".repeat(1_048_576 - cut)));
        let out = folder.run("inspect --scan --json log").accepted();
        assert_eq!(out.lines().count(), 1, "{cut}: {out}");
    }
}

#[test]
fn sarif_has_the_rules_and_the_results() {
    let folder = Folder::new();
    folder.write(
        "a b.txt",
        format!("x\n{}", hs256(r#"{"alg":"HS256","kid":"../x"}"#, CLAIMS)),
    );
    let log = parsed(folder.run_with(["inspect", "--scan", "--sarif", "a b.txt"]).accepted());
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&json!("kid-suspicious"), &json!("error"))
    );
    let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(rule["id"], "kid-suspicious");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        (
            &place["artifactLocation"]["uri"],
            &place["region"]["startLine"]
        ),
        (&json!("a%20b.txt"), &json!(2))
    );
    let log = parsed(folder.run_with(["inspect", "--sarif", "@a b.txt"]).accepted());
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "kid-suspicious");
}

#[test]
fn profile_is_checked_for_the_token_and_its_nested_token() {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out sig.pub", "sig.jwk");
    folder.keygen("ECDH-ES+A256KW --public-out enc.pub", "enc.jwk");
    let id = "--iss https://as.example --aud web --sub alice nonce=n";
    let plain = folder.run(&format!("sign -q -k sig.jwk --profile id {id}")).accepted();
    let encrypted = folder
        .run(&format!(
            "sign -q -k sig.jwk --profile id --encrypt-to enc.pub {id}"
        ))
        .accepted();
    let inspect = |flags: &str, token: &str| {
        let run = folder.run(&format!("inspect --json {flags}")).stdin(token);
        parsed(run.accepted())
    };
    let met = |profile: &Value| (profile["name"].clone(), profile["met"].clone());
    for (flags, name, is_met, basis) in [
        ("", "id", json!(true), "claims"),
        ("--profile id", "id", json!(true), "asked"),
        ("--profile at", "at", json!(false), "asked"),
    ] {
        let report = inspect(flags, &plain);
        assert_eq!(met(&report["profile"]), (json!(name), is_met.clone()));
        assert_eq!(report["profile"]["basis"], basis);
        let flags = format!("{flags} -k enc.jwk");
        let report = inspect(&flags, &encrypted);
        assert!(report.get("profile").is_none(), "{report}");
        assert_eq!(met(&report["nested"]["profile"]), (json!(name), is_met));
    }
    let report = inspect("--profile at", &plain);
    let names: Vec<&Value> = (report["profile"]["failures"].as_array().unwrap().iter())
        .map(|failure| &failure["name"])
        .collect();
    assert_eq!(names, ["typ", "client_id", "jti"]);
    let ids: Vec<&Value> =
        (report["findings"].as_array().unwrap().iter()).map(|finding| &finding["id"]).collect();
    assert_eq!(ids, ["profile-not-met"; 2], "{report}");
    // The profile of an encrypted token cannot be checked.
    let report = inspect("--profile id", &encrypted);
    assert_eq!(met(&report["profile"]), (json!("id"), Value::Null));
    let text = folder.run("inspect --profile at").stdin(&plain).accepted();
    assert!(text.contains("profile at: not met: typ must be"), "{text}");
    let text = folder.run("inspect --report md --profile at").stdin(&plain);
    assert!(text.accepted().contains("profile at: not met"));
    let run = folder.run("inspect --fail-on medium --profile at");
    assert_eq!(run.stdin(&plain).done().code, 1);
}

#[test]
fn pss_salt_length_other_than_the_hash_length_is_reported() {
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::{Padding, Rsa};
    use openssl::sign::{RsaPssSaltlen, Signer};
    let folder = Folder::new();
    let input = [r#"{"alg":"PS256","typ":"JWT","kid":"k"}"#, CLAIMS].map(base64url::encode);
    let input = input.join(".");
    // With a modulus of 2049 bits, the encoded message is one byte shorter than the signature.
    for (bits, max) in [(2048, 222), (2049, 222)] {
        let key = PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
        folder.write("key.pem", key.public_key_to_pem().unwrap());
        let inspect = |salt: RsaPssSaltlen, flags: &str| {
            let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
            signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            signer.set_rsa_pss_saltlen(salt).unwrap();
            let signature = signer.sign_oneshot_to_vec(input.as_bytes()).unwrap();
            let token = format!("{input}.{}", base64url::encode(signature));
            let run = folder.run(&format!("inspect --json {NOW} -k key.pem {flags}"));
            parsed(run.stdin(token).accepted())
        };
        let salt = |report: &Value| {
            let findings = report["findings"].as_array().unwrap();
            let own = findings.iter().find(|finding| finding["id"] == "sig-salt");
            own.map(|own| own["message"].as_str().unwrap().to_owned())
        };
        for flags in ["", "--lines"] {
            let report = inspect(RsaPssSaltlen::MAXIMUM_LENGTH, flags);
            let message = salt(&report).unwrap();
            let expected = format!("the maximal salt length, {max} bytes, where PS256 needs 32");
            assert!(message.contains(&expected), "{bits}: {message}");
            assert_eq!(report["verified"], false);
            assert_eq!(report["signers"].as_array().unwrap().len(), 1);
            let report = inspect(RsaPssSaltlen::custom(0), flags);
            let message = salt(&report).unwrap();
            assert!(message.contains("a salt of 0 bytes, where"), "{message}");
            let report = inspect(RsaPssSaltlen::DIGEST_LENGTH, flags);
            assert_eq!(salt(&report), None);
            assert_eq!(report["verified"], true);
        }
        // For a signature by another key, no salt is reported.
        let other = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        folder.write("key.pem", other.public_key_to_pem().unwrap());
        assert_eq!(salt(&inspect(RsaPssSaltlen::MAXIMUM_LENGTH, "")), None);
    }
}

#[test]
fn profile_with_a_key_is_rejected() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    folder.run("inspect --profile at key.jwk").refused(2);
    let key = parsed(folder.text("key.jwk")).to_string();
    let run = folder.run("inspect --lines --profile at").stdin(key);
    assert_eq!(run.done().code, 1);
}

#[test]
fn every_rule_has_a_test_that_names_it() {
    let tests = [
        include_str!("rules.rs"),
        include_str!("issuer.rs"),
        include_str!("keys.rs"),
        include_str!("options.rs"),
        include_str!("../inspect.rs"),
        include_str!("../remote/token.rs"),
    ];
    for rule in jotsmith::inspection::findings::rules::RULES {
        let named = format!("\"{}\"", rule.id);
        assert!(
            tests.iter().any(|text| text.contains(&named)),
            "{}",
            rule.id
        );
    }
}

#[test]
fn lines_are_reported_one_by_one() {
    let folder = keys();
    let token = String::from_utf8(folder.read("token.jwt")).unwrap();
    let items = format!(
        "{token}\nBearer {}\nno token\n",
        hs256(r#"{"alg":"none"}"#, CLAIMS)
    );
    let run = |flags: &str| {
        let done = folder.run(&format!("inspect --lines {flags}")).stdin(&items).done();
        let answers = String::from_utf8(done.stdout).unwrap();
        (
            done.code,
            answers.lines().map(parsed).collect::<Vec<Value>>(),
        )
    };
    let (code, answers) = run("-k one.jwk");
    assert_eq!((code, answers.len()), (1, 3));
    assert_eq!(
        (
            &answers[0]["line"],
            &answers[0]["ok"],
            &answers[0]["verified"]
        ),
        (&json!(1), &json!(true), &json!(true))
    );
    assert_eq!(
        (&answers[1]["ok"], &answers[1]["verified"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(answers[1]["findings"][0]["id"], "alg-none");
    assert_eq!(
        (&answers[2]["ok"], &answers[2]["error"]["code"]),
        (&json!(false), &json!("malformed"))
    );
    let (_, answers) = run("--fail-on critical");
    assert_eq!(answers[1]["error"]["code"], "refused");
}

#[test]
fn report_file_is_written_without_color() {
    let folder = keys();
    folder.run("inspect --color always -o report.txt token.jwt").accepted();
    assert!(folder.text("report.txt").starts_with("NOT VERIFIED"));
    folder.run("inspect -o report.txt token.jwt").refused(3);
    folder.run("inspect --scan -o report.txt token.jwt").refused(2);
    let text = folder.run("inspect --color always token.jwt").accepted();
    assert!(text.starts_with("\u{1b}["), "{text}");
}

#[test]
fn verify_names_the_signing_key_when_the_kid_is_wrong() {
    let folder = keys();
    let (mut one, mut two) = (
        parsed(folder.read("one.jwk")),
        parsed(folder.read("two.jwk")),
    );
    let hint = |keys: &str| {
        let done = folder
            .run(&format!(
                "verify --json --allow-no-exp -k {keys} @token.jwt"
            ))
            .done();
        let error = parsed(&done.stderr);
        (
            done.code,
            error["error"]["hint"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let by_two = "the token is signed with the key two, not with the key that its kid names";
    one["kid"] = "two".into();
    folder.write("renamed.jwk", one.to_string());
    assert_eq!(hint("renamed.jwk"), (16, by_two.into()));
    two["kid"] = "one".into();
    folder.write("swapped.jwks", json!({"keys": [one, two]}).to_string());
    assert_eq!(hint("swapped.jwks"), (11, by_two.into()));
    assert_eq!(hint("two.jwk"), (16, String::new()));
}

/// One or many objects before the member "kty" do not hide the key.
#[test]
fn scan_finds_a_private_key_after_other_objects() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let key = folder.text("key.jwk").replacen('{', r#"{"x":{"y":{}},"z":[{}],"#, 1);
    let count = |text: String| {
        folder.write("log", text);
        let out = folder.run("inspect --scan --json log").accepted();
        out.matches("private JWK").count()
    };
    assert_eq!(count(key.clone()), 1);
    assert_eq!(count(format!("{{\"kty\": {key} {key}")), 2);
    let lines = "{\"a\":[\"kty\",\"kty\"\n".repeat(2_000);
    assert_eq!(count(format!("{key}\n{lines}")), 1);
}

/// Only .gitignore is respected, and not for files that git tracks; what was skipped is counted.
#[test]
fn ignore_file_does_not_hide_a_private_key_from_scan() {
    let folder = Folder::new();
    let script = "mkdir -p tree/.hidden && cd tree && jotsmith keygen -q ES256 -o key.jwk && cp key.jwk .hidden/key.jwk \
                  && echo '*' > .ignore && echo '*' > .rgignore";
    folder.shell(script).accepted();
    let scan = |flags: &str| {
        let run = folder.run(&format!(
            "inspect --scan --json tree --fail-on high {flags}"
        ));
        let done = run.done();
        let stdout = String::from_utf8(done.stdout).unwrap();
        (
            done.code,
            stdout.matches("private JWK").count(),
            done.stderr,
        )
    };
    assert_eq!((scan("").0, scan("").1), (1, 2));
    folder.shell("echo 'key.jwk' > tree/.gitignore").accepted();
    let (code, found, stderr) = scan("");
    assert_eq!((code, found), (0, 0), "{stderr}");
    assert!(stderr.contains("skipped 2 files"), "{stderr}");
    assert_eq!((scan("--no-ignore").0, scan("--no-ignore").1), (1, 2));
    // Files that git tracks are scanned even if .gitignore lists them.
    folder.shell("cd tree && git init -q && git add -f key.jwk").accepted();
    assert_eq!((scan("").0, scan("").1), (1, 1));
}
