//! `--lines`: every command as a filter.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use jotsmith::crypto::base64url;
use serde_json::{Value, json};

use super::support::{Done, Folder, hs256, hs256_of, json, secret_jwk, segment};

fn with_keys() -> Folder {
    let folder = Folder::new();
    folder.write("hs.jwk", secret_jwk());
    folder
}

fn answers(done: &Done) -> Vec<Value> {
    let text = std::str::from_utf8(&done.stdout).unwrap();
    text.lines().map(json).collect()
}

fn numbered(count: usize) -> String {
    (1..=count).map(|n| format!("{{\"n\":{n}}}\n")).collect()
}

#[test]
fn claims_sets_are_signed_and_tokens_verified_in_order() {
    let folder = with_keys();
    for jobs in [1, 2, 7] {
        let sign = format!("sign -k hs.jwk --lines --jobs {jobs}");
        let tokens = folder.run(&sign).stdin(numbered(3000)).accepted();
        assert_eq!(tokens.lines().count(), 3000);
        let verify = format!("verify -k hs.jwk --lines --jobs {jobs}");
        let done = folder.run(&verify).stdin(&tokens).done();
        assert_eq!(done.code, 0);
        assert_eq!(done.stderr, "jotsmith: note: 3000 lines, 0 failed\n");
        for (index, answer) in answers(&done).into_iter().enumerate() {
            assert_eq!(answer["line"], index + 1);
            assert_eq!(
                (&answer["ok"], &answer["alg"]),
                (&json!(true), &json!("HS256"))
            );
            assert_eq!(answer["claims"]["n"], index + 1);
        }
    }
}

#[test]
fn every_signature_algorithm_works_with_lines() {
    let folder = Folder::new();
    for alg in [
        "HS256", "HS512", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "EdDSA",
        "RS256", "RS512", "PS256",
    ] {
        folder.run(&format!("keygen {alg} -o {alg}.jwk")).accepted();
        let tokens =
            folder.run(&format!("sign -k {alg}.jwk --lines")).stdin(numbered(3)).accepted();
        let mut lines: Vec<String> = tokens.lines().map(str::to_owned).collect();
        // A signature of another token with the same header.
        let (input, _) = lines[0].rsplit_once('.').unwrap();
        let (_, signature) = lines[1].rsplit_once('.').unwrap();
        lines.push(format!("{input}.{signature}"));
        let verify = format!("verify -k {alg}.jwk --lines");
        let done = folder.run(&verify).stdin(lines.join("\n")).done();
        let answers = answers(&done);
        assert_eq!(done.code, 1, "{alg} {answers:?}");
        assert!(
            (0..3).all(|index| answers[index]["claims"]["n"] == index + 1),
            "{alg} {answers:?}"
        );
        assert_eq!(answers[3]["error"]["code"], "signature_invalid", "{alg}");
    }
}

/// The fast path and the ordinary path give the same result for a token, including the text of errors.
#[test]
fn record_of_a_line_equals_the_single_run() {
    let folder = with_keys();
    let header = r#"{"alg":"HS256"}"#;
    let good = r#"{"iss":"i","aud":["x","a"],"exp":2000,"n":1}"#;
    let valid = hs256(header, good);
    let mut tokens = vec![
        valid.clone(),
        format!("{valid}A"),
        valid.replace('.', ".."),
        valid[1..].to_owned(),
        valid.rsplit_once('.').unwrap().0.to_owned(),
        hs256_of(&base64url::encode(header), "e30="),
        String::new(),
        "{}".into(),
    ];
    for payload in [
        "{}",
        "[]",
        "{",
        r#"{"iss":"i","aud":"a","exp":2000,"exp":2000}"#,
        r#"{"iss":"i","aud":"a","exp":"2000"}"#,
        r#"{"iss":"i","aud":"a","exp":1000}"#,
        r#"{"iss":"i","aud":"a","exp":900,"nbf":1100}"#,
        r#"{"iss":"j","aud":"b","exp":900}"#,
        r#"{"iss":1,"aud":"a","exp":2000}"#,
        r#"{"iss":"i","aud":["a",2],"exp":2000}"#,
        r#"{"iss":"\u0069","aud":"\u0061","exp":2e3}"#,
        " {\n\"iss\" : \"i\" , \"aud\":\"a\",\"exp\": 2000.0, \"é\":\"\u{202e}\" } ",
    ] {
        tokens.push(hs256(header, payload));
    }
    for header in [
        r#"{"alg":"HS256","kid":"other"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"none"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","enc":"A128GCM"}"#,
    ] {
        tokens.push(hs256(header, good));
    }
    // Twice, so that every header is in the cache the second time.
    let twice = format!("{0}\n{0}\n", tokens.join("\n"));
    let flags = "-k hs.jwk --iss i --aud a --at 1000";
    let stream = folder.run(&format!("verify --lines {flags}")).stdin(twice).done();
    let answers = answers(&stream);
    assert_eq!(answers.len(), 2 * tokens.len());
    let mut accepted = 0;
    for (index, answer) in answers.iter().enumerate() {
        let token = &tokens[index % tokens.len()];
        let one = folder.run(&format!("verify --json {flags}")).stdin(token).done();
        if one.code == 0 {
            accepted += 1;
            assert_eq!(answer["claims"], json(&one.stdout)["claims"], "{token}");
        } else {
            let mut error = json(&one.stderr)["error"].clone();
            if token.is_empty() {
                // Here stdin is the token, not a line of it.
                let message = "stdin is empty; it must contain a token";
                assert_eq!(error["message"], message);
                error["message"] = "the token is empty".into();
            }
            assert_eq!(answer["error"], error, "{token}");
        }
    }
    assert_eq!(accepted, 2 * 5);
}

#[test]
fn invalid_line_gives_an_error_record_and_exit_code_1() {
    let folder = with_keys();
    let done = folder
        .run("sign -k hs.jwk --lines")
        .stdin("{\"a\":1}\nnope\n\n{\"a\":1,\"a\":2}\n[]\n{}")
        .done();
    assert_eq!(done.code, 1);
    let text = String::from_utf8(done.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(json(segment(lines[0], 1))["a"], 1);
    for (index, message) in [
        (1, "the claims set is not valid JSON"),
        (2, "the claims set is not valid JSON"),
        (3, "the claims set has two members with the same name"),
        (4, "the claims set is not a JSON object"),
    ] {
        let answer = json(lines[index]);
        assert_eq!(
            (&answer["line"], &answer["ok"]),
            (&json!(index + 1), &json!(false))
        );
        assert_eq!(answer["error"]["message"], message);
    }
    assert_eq!(done.stderr, "jotsmith: note: 6 lines, 4 failed\n");
    let done = folder.run("verify -k hs.jwk --lines --json").stdin(text).done();
    assert_eq!(done.code, 1);
    assert_eq!(
        json(done.stderr),
        json!({"v": 1, "summary": {"lines": 6, "ok": 2, "failed": 4}})
    );
}

#[test]
fn line_over_the_limit_gives_an_error_record() {
    let folder = with_keys();
    let token = folder.run("sign -k hs.jwk a=1").accepted();
    let input = format!("{token}\n{}\n{token}\n", "x".repeat(3000));
    let done = folder.run("verify -k hs.jwk --lines --max-size 1000").stdin(input).done();
    let answers = answers(&done);
    assert_eq!(done.code, 1);
    assert_eq!(answers[0]["ok"], true);
    assert_eq!(answers[1]["error"]["code"], "malformed");
    assert_eq!(
        answers[1]["error"]["message"],
        "the token is longer than the limit of 1000 bytes"
    );
    assert_eq!(
        (&answers[2]["line"], &answers[2]["ok"]),
        (&json!(3), &json!(true))
    );
}

#[test]
fn fail_fast_ends_the_run_at_the_first_failure() {
    let folder = with_keys();
    let input = format!("{{}}\nnope\n{}", numbered(50_000));
    let done = folder.run("sign -k hs.jwk --lines --fail-fast").stdin(input).done();
    assert_eq!(done.code, 1);
    assert_eq!(done.stdout.iter().filter(|byte| **byte == b'\n').count(), 2);
}

#[test]
fn jti_is_generated_per_line_and_flags_override_the_line() {
    let folder = with_keys();
    let flags = "--iss i --aud a --aud b --exp 1h --nbf -1m --jti x=1 --at 1000";
    let tokens = folder
        .run(&format!("sign -k hs.jwk --lines {flags}"))
        .stdin("{}\n{\"iss\":\"other\",\"y\":[1, 2]}\n{\"iat\":5}\n{ }\n")
        .accepted();
    let claims: Vec<Value> = tokens.lines().map(|token| json(segment(token, 1))).collect();
    let mut jtis = std::collections::BTreeSet::new();
    for claims in &claims {
        assert!(jtis.insert(claims["jti"].as_str().unwrap().to_owned()));
        assert_eq!(claims["iss"], "i");
        assert_eq!(claims["aud"], json!(["a", "b"]));
        assert_eq!(
            (&claims["exp"], &claims["nbf"]),
            (&json!(4600), &json!(940))
        );
        assert_eq!(claims["x"], "1");
    }
    assert_eq!(claims[1]["y"], json!([1, 2]));
    assert_eq!(
        claims.iter().map(|claims| claims["iat"].as_i64().unwrap()).collect::<Vec<_>>(),
        [1000, 1000, 5, 1000]
    );
}

#[test]
fn signed_line_equals_the_single_run() {
    let folder = with_keys();
    let lines = [
        "{}",
        "{\"sub\":\"a\",\"n\":[1,{\"b\":null}]}",
        " { \"sub\" : \"a b\" } ",
        "{\"exp\":2000}",
        "{\"iat\":7,\"iss\":\"other\"}",
        "{\"é\":\"\\u00e9\"}",
    ];
    for flags in [
        "",
        "--iss i x:=true",
        "--no-exp --no-iat",
        "--no-exp --no-iat --sub s",
        "--exp 5m",
    ] {
        let flags = format!("-k hs.jwk --at 1000 {flags}");
        let stream =
            folder.run(&format!("sign --lines {flags}")).stdin(lines.join("\n")).accepted();
        for (line, token) in lines.iter().zip(stream.lines()) {
            let one = folder.run(&format!("sign --claims - {flags}")).stdin(line).accepted();
            assert_eq!(segment(token, 0), segment(&one, 0));
            assert_eq!(
                json(segment(token, 1)),
                json(segment(&one, 1)),
                "{flags} {line}"
            );
        }
    }
}

#[test]
fn json_prints_every_record_as_an_object() {
    let folder = with_keys();
    let done = folder.run("sign -k hs.jwk --lines --json").stdin(numbered(2)).done();
    for (index, answer) in answers(&done).into_iter().enumerate() {
        assert_eq!(
            (&answer["line"], &answer["ok"]),
            (&json!(index + 1), &json!(true))
        );
        assert_eq!(
            (&answer["alg"], &answer["kid"]),
            (&json!("HS256"), &Value::Null)
        );
        assert_eq!(
            json(segment(answer["token"].as_str().unwrap(), 1))["n"],
            index + 1
        );
    }
}

#[test]
fn encrypted_lines_decrypt_to_the_same_content() {
    let folder = with_keys();
    for alg in ["A256KW", "ECDH-ES+A256KW", "RSA-OAEP-256"] {
        folder.run(&format!("keygen {alg} -o {alg}.jwk")).accepted();
        let nested = folder.run("sign -k hs.jwk").accepted();
        let mut input = format!("plain text \n\n{nested}\n").into_bytes();
        input.extend_from_slice(b"\xff\xfe\n");
        let tokens = folder.run(&format!("encrypt -k {alg}.jwk --lines")).stdin(input).accepted();
        let tokens = format!("{tokens}\nnonsense\n");
        assert_eq!(
            json(segment(tokens.lines().nth(2).unwrap(), 0))["cty"],
            "JWT"
        );
        let done = folder.run(&format!("decrypt -k {alg}.jwk --lines")).stdin(tokens).done();
        assert_eq!(done.code, 1);
        let answers = answers(&done);
        assert_eq!(answers[0]["content"], "plain text ");
        assert_eq!(answers[1]["content"], "");
        assert_eq!(answers[2]["content"], nested);
        assert_eq!(answers[3]["content_base64url"], "__4");
        assert_eq!(answers[4]["error"]["code"], "malformed");
        assert_eq!(
            (&answers[0]["alg"], &answers[0]["enc"]),
            (&json!(alg), &json!("A256GCM"))
        );
    }
}

#[test]
fn payload_is_reported_as_text_or_base64url() {
    let folder = with_keys();
    let tokens = [&b"two\nlines"[..], b"\xff"].map(|payload| hs256(r#"{"alg":"HS256"}"#, payload));
    let done = folder.run("verify -k hs.jwk --raw --lines").stdin(tokens.join("\n")).done();
    let answers = answers(&done);
    assert_eq!((done.code, answers.len()), (0, 2));
    assert_eq!(answers[0]["payload"], "two\nlines");
    assert_eq!(answers[1]["payload_base64url"], "_w");
}

#[test]
fn records_contain_no_terminal_escapes() {
    let folder = with_keys();
    let hostile = "{\"exp\":9999999999,\"a\":\"\u{9b}31m\u{202e}\u{7f}\"}";
    let tokens = [
        hs256(r#"{"alg":"HS256"}"#, hostile),
        hs256("{\"alg\":\"\u{9b}31m\"}", "{}"),
    ];
    let done = folder.run("verify -k hs.jwk --lines").stdin(tokens.join("\n")).done();
    assert!(done.stdout.is_ascii());
    assert_eq!(answers(&done)[0]["claims"]["a"], "\u{9b}31m\u{202e}\u{7f}");
}

#[test]
fn output_file_is_replaced_completely_or_not_at_all() {
    let folder = with_keys();
    folder.write("claims.ndjson", numbered(3));
    let sign = "sign -k hs.jwk --lines --claims claims.ndjson -o tokens.txt";
    folder.run(sign).accepted();
    assert_eq!(folder.text("tokens.txt").lines().count(), 3);
    assert!(folder.run(sign).refused(3).contains("already exists"));
    folder.run(&format!("{sign} --force")).accepted();
    let verified = folder.run("verify -k hs.jwk --lines @tokens.txt").accepted();
    assert_eq!(verified.lines().count(), 3);
}

#[test]
fn closed_pipe_ends_the_run_silently() {
    let folder = with_keys();
    let script =
        "yes '{}' | jotsmith sign -k hs.jwk --lines | head -n 2 | wc -l; echo ${PIPESTATUS[1]}";
    let done = folder.shell(script).done();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "2\n3\n");
    assert_eq!(done.stderr, "");
}

#[test]
fn record_is_written_before_the_next_line_arrives() {
    let folder = with_keys();
    let mut child = start(&folder, &["sign", "-k", "hs.jwk", "--lines", "-q"]);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for n in 1..=3 {
        writeln!(input, "{{\"n\":{n}}}").unwrap();
        let mut token = String::new();
        output.read_line(&mut token).unwrap();
        assert_eq!(json(segment(&token, 1))["n"], n);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// The time is read for each line: a token that expires during a run is rejected.
#[test]
fn current_time_is_read_for_each_line() {
    let folder = with_keys();
    let token = folder.run("sign -k hs.jwk --exp 2s").accepted();
    let mut child = start(&folder, &["verify", "-k", "hs.jwk", "--lines", "-q"]);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut ask = || {
        writeln!(input, "{token}").unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        json(answer)
    };
    assert_eq!(ask()["ok"], true);
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(ask()["error"]["code"], "expired");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn memory_does_not_grow_with_the_stream() {
    let folder = with_keys();
    let peak = |lines: usize| {
        let mut child = start(&folder, &["sign", "-k", "hs.jwk", "--lines", "-q"]);
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let counter = std::thread::spawn(move || {
            (0..lines).map(|_| output.skip_until(b'\n').unwrap()).sum::<usize>()
        });
        let chunk = "{\"sub\":\"a subject\",\"scope\":\"read write\"}\n".repeat(1000);
        for _ in 0..lines / 1000 {
            input.write_all(chunk.as_bytes()).unwrap();
        }
        assert!(counter.join().unwrap() > lines * 100);
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        drop(input);
        assert!(child.wait().unwrap().success());
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    if cfg!(target_os = "linux") {
        let (short, long) = (peak(20_000), peak(200_000));
        assert!(
            long < 64 * 1024 && long < short + short / 10,
            "{short} KiB, {long} KiB"
        );
    }
}

#[test]
fn line_flags_require_lines_and_exclude_a_token_argument() {
    let folder = with_keys();
    folder.run("sign -k hs.jwk --jobs 2").refused(2);
    folder.run("verify -k hs.jwk --fail-fast").refused(2);
    folder.run("sign -k hs.jwk --lines --jobs 0").refused(2);
    folder.run("sign -k hs.jwk --lines --payload -").refused(2);
    let message = folder.run("verify -k hs.jwk --lines a.b.c").refused(2);
    assert_eq!(
        message,
        "--lines reads tokens from stdin or a file, one per line"
    );
    let message = folder.run("verify -k hs.jwk --lines @missing").refused(3);
    assert_eq!(message, "missing: no such file or directory");
}

#[test]
fn stdin_named_twice_with_lines_is_rejected() {
    let folder = with_keys();
    let message = folder.run("sign -k - --lines").stdin(secret_jwk()).refused(2);
    assert_eq!(
        message,
        "stdin cannot be both --key and --lines, which reads claims from stdin"
    );
}

fn start(folder: &Folder, arguments: &[&str]) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_jotsmith"))
        .args(arguments)
        .current_dir(folder.path(""))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}
