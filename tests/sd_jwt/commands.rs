//! The commands: `sign --sd`, `sign --present`, `verify`.

use jotsmith::crypto::base64url;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

use crate::support::server::{Reply, Request, Server};
use crate::support::{Folder, json as parse, segment};

/// Returns a folder with the keys of an issuer, a holder and another holder, and claims.
fn fixture() -> Folder {
    let folder = Folder::new();
    for name in ["issuer", "holder", "other"] {
        folder.keygen("ES256", &format!("{name}.jwk"));
    }
    let claims = json!({
        "sub": "alice",
        "email": "alice@example.com",
        "address": {"region": "Anystate", "country": "US"},
        "nationalities": ["DE", "FR"],
    });
    folder.write("claims.json", claims.to_string());
    folder
}

const PATHS: &str = "--sd email,address,address.region,nationalities[]";

/// Issues an SD-JWT that is bound to the holder, into sd-jwt.txt.
fn issue(folder: &Folder, flags: &str) {
    let command = format!(
        "sign -k issuer.jwk --claims claims.json --iss https://issuer.example --holder holder.jwk {flags} -o sd-jwt.txt"
    );
    folder.run(&command).accepted();
}

fn claims(text: &str) -> Value {
    let mut claims = parse(text);
    for name in ["iat", "exp", "cnf", "iss"] {
        claims.as_object_mut().unwrap().remove(name);
    }
    claims
}

#[test]
fn sd_jwt_is_issued_presented_and_verified() {
    let folder = fixture();
    for format in ["", "--format flattened", "--format general"] {
        issue(&folder, &format!("{PATHS} {format} --force"));
        let verify = format!("verify -k issuer.jwk {format}");
        let token = folder.text("sd-jwt.txt");
        let all = folder.run(&format!("{verify} sd-jwt.txt")).accepted();
        assert_eq!(claims(&all), parse(folder.text("claims.json")), "{format}");
        if format.is_empty() {
            // Quoted, because a digest may contain the two letters by chance.
            for hidden in ["\"alice@example.com\"", "\"Anystate\"", "\"DE\""] {
                assert!(!String::from_utf8_lossy(&segment(&token, 1)).contains(hidden));
            }
            assert_eq!(parse(segment(&token, 0))["typ"], "sd-jwt");
        }

        let present = "sign --present sd-jwt.txt --disclose address.region,nationalities[1] -k holder.jwk \
             --aud https://shop.example --nonce n1 -o presentation.txt --force";
        folder.run(present).accepted();
        let bound = format!(
            "{verify} --key-binding --kb-aud https://shop.example --kb-nonce n1 presentation.txt"
        );
        let some = folder.run(&bound).accepted();
        let expected = json!({
            "sub": "alice",
            "address": {"region": "Anystate", "country": "US"},
            "nationalities": ["FR"],
        });
        assert_eq!(claims(&some), expected, "{format}");
        let again = "sign --present presentation.txt --disclose-none";
        let message = folder.run(again).refused(15);
        assert!(message.contains("key binding"), "{message}");

        folder
            .run("sign --present sd-jwt.txt --disclose-none -o presentation.txt --force")
            .accepted();
        let none = folder.run(&format!("{verify} presentation.txt")).accepted();
        assert_eq!(claims(&none), json!({"sub": "alice", "nationalities": []}));
        folder.run(&bound).refused(15);
    }
}

#[test]
fn key_binding_has_an_exit_code_for_each_kind_of_rejection() {
    let folder = fixture();
    issue(&folder, &format!("{PATHS} --at -5m --exp 1h"));
    let present = "sign --present sd-jwt.txt --disclose email -k holder.jwk --aud https://shop.example --nonce n1 -o p.txt";
    folder.run(present).accepted();
    let verify =
        |flags: &str| folder.run(&format!("verify -k issuer.jwk --key-binding {flags} p.txt"));
    let good = "--kb-aud https://shop.example --kb-nonce n1";
    verify(good).accepted();
    verify("--kb-aud https://other.example --kb-nonce n1").refused(14);
    verify("--kb-aud https://shop.example --kb-nonce n2").refused(14);
    verify(&format!("{good} --at +6m")).refused(14);
    verify(&format!("{good} --at +6m --kb-max-age 10m")).accepted();
    verify(&format!("{good} --at -1m")).refused(14);
    // The code of an expired SD-JWT comes first; both failures are reported.
    let done = verify(&format!("{good} --at +2h")).done();
    assert_eq!(done.code, 12, "{done:?}");
    assert!(done.stderr.contains("key binding iat"), "{done:?}");
    verify("--kb-aud https://shop.example").refused(2);
    verify("--kb-nonce n1").refused(2);

    let text = folder.text("p.txt");
    let text = text.trim();
    let (front, key_binding) = text.rsplit_once('~').unwrap();
    let (signed, signature) = key_binding.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let write = |token: String| folder.write("p.txt", token);
    write(format!("{front}~{signed}.{other}{}", &signature[1..]));
    verify(good).refused(11);
    // The key binding is ignored unless it is required.
    folder.run("verify -k issuer.jwk p.txt").accepted();
    write(format!("{front}~"));
    verify(good).refused(15);
    write(format!("{front}~a.b.c"));
    verify(good).refused(10);
    // Without one of the disclosures, sd_hash is wrong.
    let fewer: Vec<&str> = front.split('~').take(1).collect();
    write(format!("{}~{key_binding}", fewer.join("~")));
    verify(good).refused(14);
    // Another typ, and no claims.
    write(format!("{front}~"));
    folder.run("sign -k holder.jwk --typ JWT nonce=n1 -o kb.txt").accepted();
    write(format!("{front}~{}", folder.text("kb.txt").trim()));
    let done = verify(good).done();
    assert_eq!(done.code, 14);
    for name in ["typ", "aud", "sd_hash"] {
        assert!(
            done.stderr.contains(&format!("key binding {name}")),
            "{done:?}"
        );
    }
}

#[test]
fn key_binding_that_is_ignored_is_noted() {
    let folder = fixture();
    issue(&folder, PATHS);
    let present =
        "sign --present sd-jwt.txt --disclose-all -k holder.jwk --aud a --nonce n -o p.txt";
    folder.run(present).accepted();
    let done = folder.run("verify -k issuer.jwk p.txt").done();
    assert_eq!(done.code, 0);
    assert!(done.stderr.contains("--key-binding"), "{done:?}");
}

#[test]
fn key_of_another_holder_is_rejected() {
    let folder = fixture();
    issue(&folder, PATHS);
    folder
        .run("sign --present sd-jwt.txt --disclose-all -k other.jwk --aud a --nonce n")
        .refused(16);
    folder.write("secret.txt", "0123456789abcdef0123456789abcdef");
    folder
        .run("sign --present sd-jwt.txt --disclose-all --secret secret.txt --aud a --nonce n")
        .refused(2);
}

#[test]
fn key_of_the_environment_does_not_sign_a_key_binding() {
    let folder = fixture();
    issue(&folder, PATHS);
    let run = folder.run("sign --present sd-jwt.txt --disclose-all");
    let token = run.env("JOTSMITH_KEY_FILE", "holder.jwk").accepted();
    assert!(token.ends_with('~'));
    for flags in [
        "--aud a",
        "--nonce n",
        "-k holder.jwk",
        "-k holder.jwk --aud a",
    ] {
        let command = format!("sign --present sd-jwt.txt --disclose-all {flags}");
        folder.run(&command).refused(2);
    }
}

#[test]
fn present_reads_every_kind_of_input() {
    let folder = fixture();
    issue(&folder, PATHS);
    let token = folder.text("sd-jwt.txt");
    let token = token.trim();
    let expected = folder.run("sign --present sd-jwt.txt --disclose-all").accepted();
    assert_eq!(expected, token);
    let stdin = folder.run("sign --present - --disclose-all").stdin(token);
    assert_eq!(stdin.accepted(), token);
    let variable = folder.run("sign --present env:SD --disclose-all").env("SD", token);
    assert_eq!(variable.accepted(), token);
    let typed = folder.run_with(["sign", "--present", token, "--disclose-all"]);
    assert_eq!(typed.accepted(), token);
    folder.run("sign --present sd-jwt.txt").refused(2);
    folder.run("sign --present none.txt --disclose-all").refused(3);
    folder.run("sign -k issuer.jwk sub=a -o plain.txt").accepted();
    folder.run("sign --present plain.txt --disclose-all").refused(10);
}

#[test]
fn unknown_claim_path_is_rejected_with_the_available_paths() {
    let folder = fixture();
    for path in [
        "phone",
        "address.city",
        "nationalities[2]",
        "email[0]",
        "sub.x",
    ] {
        let message = folder
            .run(&format!(
                "sign -k issuer.jwk --claims claims.json --sd {path}"
            ))
            .refused(2);
        assert!(message.contains(path), "{message}");
    }
    issue(&folder, "--sd address.region");
    let message = folder.run("sign --present sd-jwt.txt --disclose address").refused(2);
    assert!(message.contains("address.region"), "{message}");
    folder.run("sign --present sd-jwt.txt --disclose sub").refused(2);
}

#[test]
fn claims_that_verifiers_need_are_not_hidden() {
    let folder = fixture();
    for name in [
        "iss", "exp", "nbf", "aud", "cnf", "cnf.jwk", "status", "/exp",
    ] {
        let command = format!("sign -k issuer.jwk --claims claims.json --sd {name}");
        let message = folder.run(&command).refused(2);
        assert!(
            message.contains("must not be selectively disclosable"),
            "{message}"
        );
    }
    for name in ["vct", "vct#integrity", "aka_vcts", "status", "iss", "cnf"] {
        let command =
            format!("sign -k issuer.jwk --profile sd-jwt-vc vct=https://a.example/v --sd {name}");
        folder.run(&command).refused(2);
    }
    folder.write("reserved.json", r#"{"a":{"_sd":["x"]}}"#);
    folder.run("sign -k issuer.jwk --claims reserved.json --sd a").refused(2);
    let token = folder.run("sign -k issuer.jwk --aud a --aud b --sd aud[0] --iss i").accepted();
    assert!(token.contains('~'));
}

#[test]
fn every_claim_is_hidden_with_decoys_and_another_hash() {
    let folder = fixture();
    issue(&folder, "--sd-all --decoys 3 --sd-alg sha-512");
    let payload = parse(segment(&folder.text("sd-jwt.txt"), 1));
    let mut names: Vec<&String> = payload.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["_sd", "_sd_alg", "cnf", "exp", "iat", "iss"]);
    assert_eq!(payload["_sd"].as_array().unwrap().len(), 4 + 3);
    assert_eq!(payload["_sd_alg"], "sha-512");
    let all = folder.run("verify -k issuer.jwk sd-jwt.txt").accepted();
    assert_eq!(claims(&all), parse(folder.text("claims.json")));
    for wrong in [
        "--decoys 1001 --sd email",
        "--sd-alg md5 --sd email",
        "--decoys 1",
    ] {
        folder.run(&format!("sign -k issuer.jwk --claims claims.json {wrong}")).refused(2);
    }
}

#[test]
fn salts_and_decoys_are_random() {
    let folder = fixture();
    issue(&folder, "--sd email --decoys 1");
    let first = folder.text("sd-jwt.txt");
    issue(&folder, "--sd email --decoys 1 --force");
    let second = folder.text("sd-jwt.txt");
    let parts = |text: &str| -> Vec<String> { text.split('~').map(str::to_owned).collect() };
    assert_ne!(parts(&first)[1], parts(&second)[1]);
    let digests = |text: &str| parse(segment(text, 1))["_sd"].as_array().unwrap().clone();
    let (first, second) = (digests(&first), digests(&second));
    assert!(first.iter().all(|digest| !second.contains(digest)));
}

#[test]
fn sd_jwts_are_issued_and_verified_with_lines() {
    let folder = fixture();
    let lines =
        "{\"sub\":\"a\",\"email\":\"x\"}\n{\"sub\":\"b\"}\n{\"sub\":\"c\",\"email\":\"y\"}\n";
    let done = folder.run("sign -k issuer.jwk --lines --sd email").stdin(lines).done();
    assert_ne!(done.code, 0, "the second line has no email");
    let tokens = String::from_utf8(done.stdout).unwrap();
    let tokens: Vec<&str> = tokens.lines().filter(|line| line.contains('~')).collect();
    assert_eq!(tokens.len(), 2);
    let bad = format!("{}WyJhIiwgMV0~", tokens[0]);
    let input = format!("{}\n{bad}\n{}\n", tokens[0], tokens[1]);
    let done = folder.run("verify -k issuer.jwk --lines").stdin(input).done();
    let answers = String::from_utf8(done.stdout).unwrap();
    let answers: Vec<Value> = answers.lines().map(parse).collect();
    let ok: Vec<bool> = answers.iter().map(|answer| answer["ok"] == true).collect();
    assert_eq!(ok, [true, false, true]);
    assert_eq!(answers[0]["claims"]["email"], "x");
    assert_eq!(answers[1]["error"]["code"], "malformed", "{answers:?}");
}

#[test]
fn claim_rules_apply_to_the_processed_payload() {
    let folder = fixture();
    issue(&folder, PATHS);
    let verify = |rule: &str| {
        let mut arguments = vec!["verify", "-k", "issuer.jwk", "sd-jwt.txt"];
        arguments.extend(rule.split(' '));
        folder.run_with(arguments)
    };
    verify("--claim email=alice@example.com").accepted();
    verify("--require /address/region").accepted();
    verify("--contains nationalities=FR").accepted();
    folder.run("sign --present sd-jwt.txt --disclose-none -o sd-jwt.txt --force").accepted();
    verify("--claim email=alice@example.com").refused(14);
    verify("--contains nationalities=FR").refused(14);
    verify("--at +1h").refused(12);
}

#[test]
fn verifiable_credential_has_its_type_and_vct() {
    let folder = fixture();
    let sign = "sign -k issuer.jwk --profile sd-jwt-vc --iss https://issuer.example --claims claims.json --sd email";
    folder.run(sign).refused(2);
    let command = format!("{sign} vct=https://a.example/id --no-exp -o vc.txt");
    folder.run(&command).accepted();
    let token = folder.text("vc.txt");
    assert_eq!(parse(segment(&token, 0))["typ"], "dc+sd-jwt");
    folder.run("verify -k issuer.jwk --profile sd-jwt-vc vc.txt").accepted();
    folder.run("sign --profile sd-jwt-vc --present vc.txt --disclose email").accepted();
    issue(&folder, PATHS);
    let other = "verify -k issuer.jwk --profile sd-jwt-vc sd-jwt.txt";
    assert_eq!(folder.run(other).done().code, 15);
    folder
        .run("sign -k issuer.jwk --typ dc+sd-jwt --sd email --claims claims.json -o no-vct.txt")
        .accepted();
    folder.run("verify -k issuer.jwk --profile sd-jwt-vc no-vct.txt").refused(14);
    folder.run("sign --profile sd-jwt-vc --present sd-jwt.txt --disclose email").refused(15);
    for claims in [
        "vct=",
        "vct=a aka_vcts:=[\"a\"]",
        "vct=a aka_vcts:=[\"\"]",
        "vct=a aka_vcts:=1",
    ] {
        let command = format!("sign -k issuer.jwk --profile sd-jwt-vc {claims}");
        folder.run(&command).refused(2);
    }
}

#[test]
fn presentation_report_has_the_disclosed_claims() {
    let folder = fixture();
    issue(&folder, PATHS);
    let present =
        "sign --json --present sd-jwt.txt --disclose email -k holder.jwk --aud a --nonce n";
    let report = parse(folder.run(present).accepted());
    assert_eq!(report["disclosures"], 1);
    assert_eq!(report["alg"], "ES256");
    assert!(report["token"].as_str().unwrap().contains('~'));
}

#[test]
fn presentation_flags_require_present() {
    let folder = fixture();
    for flag in [
        "--disclose email",
        "--disclose-none",
        "--disclose-all",
        "--nonce n",
    ] {
        // Every command has a flag that conflicts with --present.
        let command = format!("sign -k issuer.jwk --iss https://issuer.example {flag}");
        let message = folder.run(&command).refused(2);
        assert!(message.contains("--present"), "{flag}: {message}");
    }
}

#[test]
fn inspect_prints_where_each_digest_is() {
    let folder = fixture();
    issue(&folder, &format!("{PATHS} --decoys 1"));
    let present = "sign --present sd-jwt.txt --disclose address.region,nationalities[1] -o p.txt";
    folder.run(present).accepted();
    let report = parse(folder.run("inspect --json @p.txt").accepted());
    let list = |name: &str| report[name].as_array().unwrap().clone();
    let mut paths: Vec<String> =
        (list("disclosures").iter()).map(|one| one["path"].as_str().unwrap().to_owned()).collect();
    paths.sort();
    assert_eq!(paths, ["address", "address.region", "nationalities[1]"]);
    let mut hidden: Vec<String> =
        (list("hidden").iter()).map(|one| one["path"].as_str().unwrap().to_owned()).collect();
    hidden.sort();
    // email, a decoy at the top level, the decoy in the address, and the other nationality.
    assert_eq!(hidden, ["", "", "address", "nationalities[0]"]);
    let text = folder.run("inspect @p.txt").accepted();
    for line in [
        "address.region: disclosed",
        "address: hidden, or a decoy",
        "nationalities[0]: hidden, or a decoy",
        "(top level): hidden, or a decoy",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let token = folder.text("p.txt");
    let extra = format!(
        "{}{}~",
        token.trim(),
        base64url::encode(r#"["salt","x",1]"#)
    );
    folder.write("extra.txt", extra);
    let text = folder.run("inspect @extra.txt").done();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("x: not in the token"), "{text}");
}

const VC: &str = "--profile sd-jwt-vc vct=https://a.example/v --sd email email=a@b.example";

#[test]
fn keys_of_a_credential_are_in_the_metadata_of_its_issuer() {
    let folder = fixture();
    folder.run("convert -k issuer.jwk --public --to jwks -o jwks.json").accepted();
    let set = parse(folder.text("jwks.json"));
    let server = Arc::new(Mutex::new(String::new()));
    let (own, keys) = (server.clone(), set.to_string());
    let serve = move |request: &Request| match &*request.path {
        "/.well-known/jwt-vc-issuer/tenant" => Reply::body(own.lock().unwrap().clone()),
        "/keys" => Reply::body(keys.clone()),
        _ => Reply::status(404),
    };
    let web = Server::plain(serve);
    let issuer = format!("{}/tenant/", web.url);
    let sign = format!("sign -q -k issuer.jwk --iss {issuer} {VC} -o vc.txt");
    folder.run(&sign).accepted();
    let verify = format!("verify -q --profile sd-jwt-vc --issuer {issuer} vc.txt");
    let uri = format!("{}/keys", web.url);
    let run = |metadata: Value| {
        *server.lock().unwrap() = metadata.to_string();
        folder.run(&verify).done()
    };
    let good = run(json!({"issuer": issuer, "jwks": set}));
    assert_eq!(good.code, 0, "{good:?}");
    assert_eq!(web.asked(), ["/.well-known/jwt-vc-issuer/tenant"]);
    let good = run(json!({"issuer": issuer, "jwks_uri": uri}));
    assert_eq!(good.code, 0, "{good:?}");
    for (metadata, why) in [
        (
            json!({"issuer": issuer, "jwks": set, "jwks_uri": uri}),
            "exactly one",
        ),
        (json!({"issuer": issuer}), "exactly one"),
        (
            json!({"issuer": issuer.trim_end_matches('/'), "jwks": set}),
            "the metadata belongs to",
        ),
        (json!({"jwks": set}), "does not contain an issuer"),
        (json!({"issuer": issuer, "jwks": [1]}), "not a JSON object"),
        (
            json!({"issuer": issuer, "jwks": {"keys": [parse(folder.text("issuer.jwk"))]}}),
            "private key",
        ),
    ] {
        let done = run(metadata);
        assert_eq!(done.code, 3, "{done:?}");
        assert!(done.stderr.contains(why), "{why}: {done:?}");
    }
    folder.run("convert -k other.jwk --public --to jwks -o others.json").accepted();
    let other = parse(folder.text("others.json"));
    assert_eq!(run(json!({"issuer": issuer, "jwks": other})).code, 16);
    // The credential is from another issuer but signed with the same key.
    let sign = format!("sign -q -k issuer.jwk --iss https://other.example {VC} -o vc.txt --force");
    folder.run(&sign).accepted();
    assert_eq!(run(json!({"issuer": issuer, "jwks": set})).code, 14);
}

#[test]
fn keys_of_a_credential_are_in_its_certificate_chain() {
    let folder = fixture();
    let openssl = "set -e; req() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30         -addext basicConstraints=critical,CA:TRUE -subj /CN=$1 -keyout $1.key -out $1.pem; }; req root; req untrusted;         openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.pem -out leaf.csr -subj /CN=leaf;         openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -days 20 -out leaf.crt";
    folder.shell(openssl).accepted();
    let sign = format!("sign -q -k leaf.pem --x5c leaf.crt --iss https://a.example {VC} -o vc.txt");
    folder.run(&sign).accepted();
    let verify = |root: &str| {
        folder.run(&format!(
            "verify -q --profile sd-jwt-vc --x5c-roots {root} vc.txt"
        ))
    };
    assert_eq!(parse(verify("root.pem").accepted())["email"], "a@b.example");
    verify("untrusted.pem").refused(16);
}

/// SD-JWT VC section 3.2.2. `sign` does not hide these claims: the credential is signed without the profile.
#[test]
fn credential_with_a_disclosed_mandatory_claim_is_rejected() {
    let folder = fixture();
    let cnf = parse(folder.run("convert -k holder.jwk --public --to jwk").accepted());
    let all = json!({
        "iss": "https://issuer.example",
        "nbf": 1,
        "exp": 9_999_999_999_i64,
        "cnf": {"jwk": cnf},
        "vct": "https://a.example/id",
        "vct#integrity": "sha256-AAAA",
        "aka_vcts": ["https://b.example/id"],
        "status": {"status_list": {"idx": 0, "uri": "https://a.example/list"}},
        "sub": "alice",
        "iat": 1,
    });
    let verify = "verify -k issuer.jwk --profile sd-jwt-vc vc.txt";
    // Each path: the name of a claim and the rest of a JSON Pointer.
    for (name, below, is_refused) in [
        ("iss", "", true),
        ("nbf", "", true),
        ("exp", "", true),
        ("cnf", "", true),
        ("cnf", "jwk", true),
        ("vct", "", true),
        ("vct#integrity", "", true),
        ("aka_vcts", "", true),
        ("aka_vcts", "0", true),
        ("status", "", true),
        ("status", "status_list", true),
        ("sub", "", false),
        ("iat", "", false),
    ] {
        let text = disclosed_credential(&all, name, below);
        folder.write("claims.json", text.0.to_string());
        folder
            .run("sign -k issuer.jwk --typ dc+sd-jwt --claims claims.json --no-iat --no-exp -o vc.txt --force")
            .accepted();
        let token = folder.text("vc.txt");
        folder.write("vc.txt", format!("{}~{}~", token.trim(), text.1));
        let present = folder.run("sign --profile sd-jwt-vc --present vc.txt --disclose-all");
        if !is_refused {
            folder.run(verify).accepted();
            present.accepted();
            continue;
        }
        for message in [folder.run(verify).refused(14), present.refused(14)] {
            assert!(
                message.contains(&format!("{name} must be in the JWT payload")),
                "{name}/{below}: {message}"
            );
        }
        // Other failures are reported too. The first one determines the exit code.
        if name == "status" {
            let done = folder.run(&format!("{verify} --at 2300-01-01T00:00:00Z")).done();
            assert_eq!(done.code, 12, "{done:?}");
            assert!(done.stderr.contains("status must be in"), "{done:?}");
        }
        // Without the profile, the claim can be disclosed.
        folder.run("verify -k issuer.jwk --typ dc+sd-jwt vc.txt").accepted();
    }
}

/// Returns the claims with a digest instead of the value at a path, and the disclosure.
fn disclosed_credential(claims: &Value, name: &str, below: &str) -> (Value, String) {
    let mut claims = claims.clone();
    let digest = |disclosure: &str| base64url::encode(openssl::sha::sha256(disclosure.as_bytes()));
    let encode = |value: Value| base64url::encode(value.to_string());
    let object = match below {
        "" | "0" => claims.as_object_mut().unwrap(),
        _ => claims[name].as_object_mut().unwrap(),
    };
    let (key, disclosure) = match below {
        "" => (
            name,
            encode(json!(["c2FsdA", name, object.shift_remove(name)])),
        ),
        "0" => (name, encode(json!(["c2FsdA", object[name][0]]))),
        _ => (
            below,
            encode(json!(["c2FsdA", below, object.shift_remove(below)])),
        ),
    };
    match below {
        "0" => object[key] = json!([{"...": digest(&disclosure)}]),
        _ => {
            object.insert("_sd".into(), json!([digest(&disclosure)]));
        }
    }
    (claims, disclosure)
}

#[test]
fn inspect_reads_the_disclosures_of_json_serializations() {
    let folder = fixture();
    for format in ["flattened", "general"] {
        issue(&folder, &format!("{PATHS} --format {format} --force"));
        let present = "sign --present sd-jwt.txt --disclose address.region,nationalities[1] \
             -k holder.jwk --aud https://shop.example --nonce n1 -o p.json --force";
        folder.run(present).accepted();
        let report = parse(folder.run("inspect --json @p.json").accepted());
        assert_eq!(report["form"], format);
        let paths = |name: &str| {
            let list = report[name].as_array().unwrap();
            let mut paths: Vec<&str> =
                (list.iter()).map(|one| one["path"].as_str().unwrap()).collect();
            paths.sort_unstable();
            paths
        };
        let disclosed = ["address", "address.region", "nationalities[1]"];
        assert_eq!(paths("disclosures"), disclosed, "{format}");
        assert_eq!(paths("hidden"), ["", "nationalities[0]"], "{format}");
        let binding = &report["key_binding"];
        assert_eq!(
            (&binding["binds_this"], &binding["by_cnf_key"]),
            (&json!(true), &json!(true)),
            "{format}"
        );
        let text = folder.run("inspect @p.json").accepted();
        for line in [
            "SD-JWT",
            "address.region: disclosed",
            "nationalities[0]: hidden, or a decoy",
            "sd_hash is the hash of this token; signed with the key of cnf.jwk",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }

        // Without one disclosure, and with the top-level members of older drafts.
        let mut token = parse(folder.text("p.json"));
        let first = match format {
            "general" => &mut token["signatures"][0],
            _ => &mut token,
        };
        let mut header = first.as_object_mut().unwrap().remove("header").unwrap();
        let last = header["disclosures"].as_array_mut().unwrap().pop().unwrap();
        for name in ["disclosures", "kb_jwt"] {
            token[name] = header[name].clone();
        }
        folder.write("fewer.json", token.to_string());
        let report = parse(folder.run("inspect --json @fewer.json").accepted());
        assert_eq!(report["disclosures"].as_array().unwrap().len(), 2);
        assert_eq!(report["key_binding"]["binds_this"], false, "{format}");
        token["disclosures"].as_array_mut().unwrap().push(last);
        folder.write("fewer.json", token.to_string());
        let report = parse(folder.run("inspect --json @fewer.json").accepted());
        assert_eq!(report["key_binding"]["binds_this"], true, "{format}");

        // A malformed disclosure is a finding.
        token["disclosures"] = json!([1, "!"]);
        folder.write("fewer.json", token.to_string());
        let text = folder.run("inspect @fewer.json").done();
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains("the disclosure is not an array"), "{text}");
    }
}

/// RFC 9901 sections 4.3 and 7.3, with key binding JWTs that the holder signed.
#[test]
fn key_binding_jwt_with_a_wrong_header_or_claim_is_rejected() {
    let folder = fixture();
    issue(&folder, &format!("{PATHS} --sd-alg sha-512"));
    let present = "sign --present sd-jwt.txt --disclose email -k holder.jwk --aud https://shop.example --nonce n1 -o p.txt";
    folder.run(present).accepted();
    let presented = folder.text("p.txt");
    let (front, own) = presented.trim().rsplit_once('~').unwrap();
    let good: Value = parse(segment(own, 1));
    let verify = |key_binding: &str| {
        folder.write("kb.txt", format!("{front}~{key_binding}"));
        folder.run(
            "verify -k issuer.jwk --key-binding --kb-aud https://shop.example --kb-nonce n1 kb.txt",
        )
    };
    let sign = |claims: &Value, flags: &str| {
        folder.write("kb.json", claims.to_string());
        folder
            .run(&format!(
                "sign -q -k holder.jwk {flags} --no-iat --no-exp --force-claims --claims kb.json"
            ))
            .accepted()
    };
    verify(&sign(&good, "--typ kb+jwt")).accepted();
    let sha256 = base64url::encode(openssl::sha::sha256(format!("{front}~").as_bytes()));
    for (name, value) in [
        ("iat", Value::Null),
        ("iat", json!("now")),
        ("aud", Value::Null),
        ("aud", json!(["https://shop.example"])),
        ("nonce", Value::Null),
        ("nonce", json!(1)),
        ("sd_hash", Value::Null),
        // A hash with another function than _sd_alg.
        ("sd_hash", json!(sha256)),
        ("exp", json!(1)),
        ("nbf", json!(9_999_999_999_i64)),
    ] {
        let mut claims = good.clone();
        match value {
            Value::Null => claims.as_object_mut().unwrap().shift_remove(name),
            value => claims.as_object_mut().unwrap().insert(name.into(), value),
        };
        let message = verify(&sign(&claims, "--typ kb+jwt")).refused(14);
        assert!(
            message.contains(&format!("key binding {name}")),
            "{message}"
        );
    }
    for typ in ["JWT", "kb"] {
        let message = verify(&sign(&good, &format!("--typ {typ}"))).refused(14);
        assert!(message.contains("key binding typ"), "{message}");
    }
    let message = verify(&sign(&good, "")).refused(14);
    assert!(message.contains("key binding typ"), "{message}");
    let header = |value: Value| base64url::encode(value.to_string());
    let signed = own.split_once('.').unwrap().1;
    for name in ["none", "HS256", "ES384", "EdDSA"] {
        let header = header(json!({"alg": name, "typ": "kb+jwt"}));
        verify(&format!("{header}.{signed}")).refused(15);
    }
    // A missing or private key of the holder is refused.
    for cnf in [json!({}), json!({"jwk": parse(folder.text("holder.jwk"))})] {
        folder.write("issuer.json", json!({"cnf": cnf}).to_string());
        let token = folder.run("sign -q -k issuer.jwk --claims issuer.json").accepted();
        folder.write("kb.txt", format!("{token}~{own}"));
        let message = folder
            .run("verify -k issuer.jwk --key-binding --kb-aud https://shop.example --kb-nonce n1 kb.txt")
            .refused(15);
        assert!(message.contains("cnf.jwk"), "{message}");
    }
}
