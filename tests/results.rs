//! Every form of a result: what is written to a file or to stdout, and what --json reports.

use serde_json::Value;

use super::support::{Folder, json, segment};

/// Returns a folder with a signing key, an encryption key, and a token for each.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    folder.keygen("ECDH-ES+A256KW", "enc.jwk");
    let token = folder.run("sign -k key.jwk sub=alice").accepted();
    folder.write("token.jwt", token);
    folder.write("notes.txt", "notes");
    let token = folder.run("encrypt -k enc.jwk notes.txt").accepted();
    folder.write("token.jwe", token);
    folder
}

#[test]
fn jti_of_the_claims_file_is_kept_and_the_flag_overrides_it() {
    let folder = folder();
    folder.write(
        "claims.json",
        r#"{"iss":"c","sub":"c","aud":"as","jti":"mine"}"#,
    );
    let sign = "sign -k key.jwk --profile client-assertion --claims claims.json";
    for (flags, jti) in [
        ("", "mine"),
        ("--jti=typed", "typed"),
        ("jti=typed", "typed"),
    ] {
        let token = folder.run(&format!("{sign} {flags}")).accepted();
        assert_eq!(json(segment(&token, 1))["jti"], jti, "{flags}");
        // With --lines, a line gives the same claims set.
        let token = folder.run(&format!("{sign} {flags} --lines")).accepted();
        assert_eq!(json(segment(&token, 1))["jti"], jti, "--lines {flags}");
    }
    let random = folder.run(&format!("{sign} --jti")).accepted();
    let jti = json(segment(&random, 1))["jti"].clone();
    assert_eq!(jti.as_str().unwrap().len(), 22, "{jti}");
}

#[test]
fn empty_kid_is_rejected() {
    let folder = folder();
    for command in [
        "keygen --kid",
        "keygen HS256 --kid",
        "convert -k key.jwk --set-kid",
        "convert -k key.jwk --kid",
        "sign -k key.jwk sub=x --kid",
        "verify -k key.jwk @token.jwt --kid",
    ] {
        let arguments = command.split(' ').chain([""]);
        let message = folder.run_with(arguments).refused(2);
        assert!(message.contains("is empty"), "{command}: {message}");
    }
}

#[test]
fn both_key_files_are_written_or_none() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("sub")).unwrap();
    // Both paths name the same file.
    let message = folder.run("keygen -o key.jwk --public-out sub/../key.jwk").refused(2);
    assert!(message.contains("need different files"), "{message}");
    std::os::unix::fs::symlink("key.jwk", folder.path("link")).unwrap();
    folder.run("keygen -o key.jwk --public-out link").refused(3);
    assert!(!folder.path("key.jwk").exists());
    folder.write("key.jwk", "old");
    for public in ["link", "sub/../key.jwk", "./key.jwk"] {
        folder.run(&format!("keygen --force -o key.jwk --public-out {public}")).refused(2);
    }
    assert_eq!(folder.text("key.jwk"), "old");
}

#[test]
fn json_prints_one_object_with_and_without_an_output_file() {
    let folder = folder();
    for (command, member, shown) in [
        ("sign -k key.jwk sub=alice", "token", None),
        ("verify -k key.jwk @token.jwt", "claims", None),
        ("verify --raw -k key.jwk @token.jwt", "payload", None),
        ("encrypt -k enc.jwk notes.txt", "token", None),
        ("decrypt -k enc.jwk @token.jwe", "content", Some("notes")),
    ] {
        let bare = folder.run(command).accepted();
        let object = json(folder.run(&format!("{command} --json")).accepted());
        assert!(!object[member].is_null(), "{command}: {object}");
        let run = folder.run(&format!("{command} --json -o out --force"));
        let object = json(run.accepted());
        assert_eq!(object["v"], 1, "{command}");
        assert_eq!(object[member], Value::Null, "{command}: {object}");
        assert!(object["alg"].is_string(), "{command}: {object}");
        assert!(object.get("kid").is_some(), "{command}: {object}");
        let file = folder.text("out");
        match shown {
            Some(text) => assert_eq!(file, text, "{command}"),
            None => assert_eq!(
                file.trim_end().matches('.').count(),
                bare.matches('.').count(),
                "{command}"
            ),
        }
    }
}

#[test]
fn json_names_the_algorithms_and_the_key_that_decrypted() {
    let folder = folder();
    let kid = json(folder.read("enc.jwk"))["kid"].clone();
    for more in ["--json", "--lines --json"] {
        let run = folder.run(&format!("decrypt -k enc.jwk {more}"));
        let object = json(run.stdin(folder.read("token.jwe")).accepted());
        let named = ["alg", "enc", "kid"].map(|member| object[member].clone());
        assert_eq!(
            named,
            ["ECDH-ES+A256KW".into(), "A256GCM".into(), kid.clone()],
            "{more}: {object}"
        );
    }
}

#[test]
fn raw_payloads_in_json_are_text_or_base64url() {
    let folder = folder();
    folder.write("binary", [0xff, 0, 1]);
    for (payload, member, expected) in [
        ("notes.txt", "payload", "notes"),
        ("binary", "payload_base64url", "_wAB"),
    ] {
        let sign = format!("sign -k key.jwk --payload {payload} -o raw.jws --force");
        folder.run(&sign).accepted();
        let object = folder.run("verify --json --raw -k key.jwk @raw.jws").accepted();
        let object = json(object);
        assert_eq!(object[member], expected, "{object}");
        assert_eq!(object["claims"], Value::Null);
    }
}

#[test]
fn encrypted_set_over_the_iteration_limit_names_the_count_and_the_flag() {
    let folder = Folder::new();
    folder.write("pass", "correct horse");
    let set = folder.run("keygen --count 1 --to jwks").accepted();
    folder.write("set", set);
    let encrypt = "encrypt --passphrase --passphrase-file pass --cty jwk-set+json --p2c 1200000 set -o keys.jwks";
    folder.run(encrypt).accepted();
    let rotate = "rotate keys.jwks --publish out.jwks --passphrase-file pass --max-p2c";
    let done = folder.run(&format!("{rotate} 1000")).done();
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.stderr.contains("1200000") && done.stderr.contains("--max-p2c"),
        "{done:?}"
    );
    folder.run(&format!("{rotate} 1200000")).accepted();
}

#[test]
fn header_parameter_in_two_parts_of_a_header_is_rejected() {
    let folder = folder();
    folder.keygen("RSA-OAEP-256 --bits 2048", "rsa.jwk");
    let encrypt = "encrypt -k enc.jwk notes.txt --header a=1 --unprotected b=2";
    let token = json(folder.run(encrypt).accepted());
    assert_eq!(token["unprotected"]["b"], "2");
    assert!(token["header"].is_null(), "{token}");
    let run = folder.run("decrypt --json -k enc.jwk").stdin(token.to_string());
    let report = json(run.accepted());
    assert_eq!(report["unprotected"]["b"], "2");
    assert_eq!(report["header"]["a"], "1");
    let several = json(folder.run(&format!("{encrypt} -k rsa.jwk")).accepted());
    assert!(several["recipients"][1]["header"]["kid"].is_string());
    for key in ["enc.jwk", "rsa.jwk"] {
        let run = folder.run(&format!("decrypt -k {key}")).stdin(several.to_string());
        assert_eq!(run.accepted(), "notes");
    }
    for flags in [
        "--unprotected a=2",
        "--unprotected alg=dir",
        "--unprotected enc=A128GCM",
        "--unprotected crit:=[]",
        "--format compact",
    ] {
        folder.run(&format!("{encrypt} {flags}")).refused(3);
    }
    // The same in a token of another program.
    for (part, name) in [("unprotected", "enc"), ("header", "b"), ("header", "enc")] {
        let mut token = token.clone();
        token[part][name] = "A256GCM".into();
        let run = folder.run("decrypt -k enc.jwk").stdin(token.to_string());
        let message = run.refused(10);
        assert!(message.contains("is in more than one header"), "{message}");
    }
}

#[test]
fn private_key_iterations_are_at_least_600_000() {
    let folder = folder();
    folder.write("pass", "correct horse");
    folder.write("other", "battery staple");
    let flags = "--passphrase-file pass --p2c 700000";
    let rounds = |file: &str, passphrase: &str| {
        let read = format!("sign -k {file} --passphrase-file {passphrase} sub=x --max-p2c 1000");
        let done = folder.run(&read).done();
        let number =
            done.stderr.split(" is over the limit").next().unwrap().rsplit(' ').next().unwrap();
        number.parse::<u32>().unwrap_or_else(|_| panic!("{done:?}"))
    };
    for form in ["jwk", "pem", "der", "jwks"] {
        let (new, converted) = (format!("new.{form}"), format!("converted.{form}"));
        let keygen = format!("keygen --encrypt {flags} --to {form} -o {new}");
        folder.run(&keygen).accepted();
        let convert = format!("convert -k key.jwk --encrypt {flags} --to {form} -o {converted}");
        folder.run(&convert).accepted();
        for file in [&new, &converted] {
            assert_eq!(rounds(file, "pass"), 700_000, "{file}");
        }
        let change = "--change-passphrase --passphrase-file pass --new-passphrase-file other";
        folder
            .run(&format!(
                "convert -k {new} {change} --to {form} -o changed --force"
            ))
            .accepted();
        assert_eq!(rounds("changed", "other"), 600_000);
        folder.run("sign -k changed --passphrase-file other sub=x").accepted();
    }
    for command in [
        "keygen --encrypt --passphrase-file pass --p2c 599999",
        "keygen --encrypt --passphrase-file pass --p2c 10000001",
        "keygen --p2c 700000",
        "convert -k key.jwk --p2c 700000",
        "convert -k key.jwk --public --p2c 700000",
    ] {
        folder.run(command).refused(2);
    }
}

/// RFC 7518 §4.6.1: the names of the parties are inputs of the key derivation.
#[test]
fn apu_and_apv_are_accepted_in_every_part_of_the_header() {
    let folder = folder();
    folder.keygen("ECDH-ES", "direct.jwk");
    folder.keygen("RSA-OAEP-256 --bits 2048", "rsa.jwk");
    for key in ["enc.jwk", "direct.jwk", "rsa.jwk"] {
        for flags in [
            "--header apu=QWxpY2U --header apv=Qm9i",
            "--unprotected apu=QWxpY2U --header apv=Qm9i",
            "--header apu=QWxpY2U --format flattened",
            "--header apu=QWxpY2U --format general",
            "--unprotected apv=Qm9i --format general",
        ] {
            let token = folder.run(&format!("encrypt -k {key} {flags} notes.txt")).accepted();
            let run = folder.run(&format!("decrypt -k {key}")).stdin(&token);
            assert_eq!(run.accepted(), "notes", "{key} {flags}");
        }
    }
    let several = "encrypt -k enc.jwk -k rsa.jwk --header apu=QWxpY2U notes.txt";
    let token = folder.run(several).accepted();
    for key in ["enc.jwk", "rsa.jwk"] {
        let run = folder.run(&format!("decrypt -k {key}")).stdin(&token);
        assert_eq!(run.accepted(), "notes", "{key}");
    }
    for value in ["apu=A", "apv=QQ==", "apu:=1"] {
        let message =
            folder.run(&format!("encrypt -k enc.jwk --header {value} notes.txt")).refused(3);
        assert!(message.ends_with("is not base64url"), "{message}");
    }
}

/// The output of `step crypto change-pass`, version 0.23.2: a JWE in JSON, its default format of private keys.
const STEP: &str = r#"{
  "protected": "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJlbmMiOiJBMjU2R0NNIiwicDJjIjoxMDAwMDAsInAycyI6Imx6OHVHQnl4MU85bGEwbE5vWXdEZVEifQ",
  "encrypted_key": "AxjOy5ycrnFPfa8bSxROY8r5Dkr6AE5tMjDhxjpnapY_WHgJbstOow",
  "iv": "Q39h2z29NHxq8bzp",
  "ciphertext": "ltVSXDkljkQxPR8TIWOlgQDgTqLWU8lsrxK31SAjLEWHlUkEm-AhZZaZBzdvX1Vmqy-V8GqR99Q7KfubWhbZGrIs_cucnkPo9In6eTTJGXwXMZ0D9neOiGLHxtqmBuGV13KBWu11V8FoTAdj93I-XSTNtBGp8iVvfSR1pjwcjmyjHCj1L8thUrhgabQOmpe-QyoVcGDSUTmrvGDro7en-n2E6cmAmVoZEpoBGa1k0nZCMQaU7uY4QTOT8nT51eDtI0sR3kHditZgAnUkODjRzmGv6ivSIItLMclauX4Cowu4Z743jwqJdZ1VX9DT9UyjymPKqQn2PQl0iJLJ3Ck",
  "tag": "5_bTbbh1qiJlYF3MfPuXKA"
}"#;

#[test]
fn encrypted_key_in_a_json_serialization_is_read() {
    let folder = Folder::new();
    folder.write("key.jwk", STEP);
    folder.write("pass", "pw12345678");
    folder.write("wrong", "pw1234567");
    let sign = "sign -q -k key.jwk sub=alice --passphrase-file";
    let token = folder.run(&format!("{sign} pass")).accepted();
    let public = "convert -k key.jwk --public -o pub.jwk --passphrase-file pass";
    folder.run(public).accepted();
    folder.run("verify -k pub.jwk").stdin(token).accepted();
    let message = folder.run(&format!("{sign} wrong")).refused(3);
    assert!(message.contains("passphrase"), "{message}");
    let message = folder.run("sign -k key.jwk --no-input").refused(3);
    assert!(message.contains("passphrase"), "{message}");
}

#[test]
fn split_creates_its_folder_and_removes_it_on_failure() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.run("keygen HS256 --kid ../x -o secret.jwk").accepted();
    folder.keygen("ES256", "key.jwk");
    folder.run("convert -k key.jwk -k secret.jwk --split keys").refused(3);
    assert!(!folder.path("keys").exists());
    folder.run("convert -k key.jwk --split keys").accepted();
    let mode = std::fs::metadata(folder.path("keys")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(folder.path("keys")).unwrap().count(), 1);
    folder.run("convert -k key.jwk --split no/such").refused(3);
}
