//! Commands in pipes: the output of each is input of the others, a closed pipe causes no panic, and no command waits for a
//! prompt.

use std::time::{Duration, Instant};

use super::support::{Folder, json};

/// Returns a folder with keys and tokens of each kind.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out key.pub.jwk", "key.jwk");
    folder.keygen("ECDH-ES+A256KW --public-out enc.pub.jwk", "enc.jwk");
    let token = folder.run("sign -k key.jwk sub=alice").accepted();
    folder.write("token.jwt", token);
    folder
}

#[test]
fn every_pipe_of_two_commands_works() {
    let folder = folder();
    for (pipe, shows) in [
        (
            "jotsmith keygen RS256 --bits 2048 | jotsmith sign -k - sub=x",
            "eyJhbGciOiJSUzI1NiIs",
        ),
        (
            "jotsmith keygen HS256 | jotsmith sign -k - sub=x",
            "eyJhbGciOiJIUzI1NiIs",
        ),
        (
            "jotsmith keygen ES256 --to pem | jotsmith sign -k - sub=x",
            "eyJhbGciOiJFUzI1NiIs",
        ),
        (
            "jotsmith keygen ES256 --to der | jotsmith sign -k - sub=x",
            "eyJhbGciOiJFUzI1NiIs",
        ),
        (
            "jotsmith keygen Ed25519 --count 3 | jotsmith convert -k - --public --to jwks",
            "{\"keys\":[",
        ),
        (
            "jotsmith keygen | jotsmith convert -k - --public --to pem",
            "-----BEGIN PUBLIC KEY-----",
        ),
        (
            "jotsmith keygen | jotsmith convert -k - --to thumbprint",
            "",
        ),
        (
            "jotsmith keygen A256KW | jotsmith encrypt -k - token.jwt",
            "eyJhbGciOiJBMjU2S1ci",
        ),
        (
            "jotsmith keygen | jotsmith encrypt -k enc.pub.jwk",
            "eyJhbGciOiJFQ0RILUVT",
        ),
        (
            "jotsmith sign -k key.jwk sub=alice | jotsmith verify -k key.pub.jwk",
            "{\"sub\":\"alice\",",
        ),
        (
            "jotsmith sign -k key.jwk sub=alice | jotsmith encrypt -k enc.pub.jwk",
            "eyJhbGciOiJFQ0RILUVT",
        ),
        (
            "jotsmith encrypt -k enc.pub.jwk token.jwt | jotsmith decrypt -k enc.jwk",
            "eyJhbGciOiJFUzI1NiIs",
        ),
        (
            "jotsmith encrypt -k enc.pub.jwk token.jwt | jotsmith encrypt -k enc.pub.jwk",
            "eyJhbGciOiJFQ0RILUVT",
        ),
        (
            "jotsmith convert -k key.jwk --to pem | jotsmith sign -k - sub=x",
            "eyJhbGciOiJFUzI1NiIs",
        ),
        (
            "jotsmith convert -k key.jwk --to pem | jotsmith convert -k - --to jwk",
            "{\"kty\":\"EC\",",
        ),
        (
            "jotsmith convert -k key.jwk --public | jotsmith verify -k - @token.jwt",
            "{\"sub\":\"alice\",",
        ),
        (
            "jotsmith convert -k enc.jwk --public | jotsmith encrypt -k - token.jwt",
            "eyJhbGciOiJFQ0RILUVT",
        ),
        (
            "jotsmith verify -q -k key.jwk @token.jwt | jotsmith sign -q -k key.jwk --claims -",
            "eyJhbGciOiJFUzI1NiIs",
        ),
        (
            "jotsmith verify -q -k key.jwk @token.jwt | jotsmith encrypt -k enc.pub.jwk",
            "eyJhbGciOiJFQ0RILUVT",
        ),
    ] {
        let output = folder.shell(&format!("set -o pipefail; {pipe}")).accepted();
        assert!(
            output.starts_with(shows) && !output.is_empty(),
            "{pipe}: {output}"
        );
    }
}

#[test]
fn nested_token_decrypts_to_the_signed_payload() {
    let folder = folder();
    let pipe = "set -o pipefail; jotsmith sign -q -k key.jwk --no-iat exp:=9999999999 sub=alice \
                | jotsmith encrypt -k enc.pub.jwk | tee nested.jwt \
                | jotsmith decrypt -q -k enc.jwk | jotsmith verify -k key.pub.jwk";
    let claims = folder.shell(pipe).accepted();
    assert_eq!(json(claims), json(r#"{"exp":9999999999,"sub":"alice"}"#));
    let header = json(super::support::segment(&folder.text("nested.jwt"), 0));
    assert_eq!(header["cty"], "JWT");
}

#[test]
fn token_and_key_are_read_from_two_pipes() {
    let folder = folder();
    let script = "jotsmith verify -k <(jotsmith convert -k key.jwk --public) < token.jwt";
    assert!(folder.shell(script).accepted().starts_with("{\"sub\":\"alice\","));
}

#[test]
fn closed_pipe_ends_silently() {
    let folder = folder();
    for command in [
        "jotsmith keygen HS256 --count 1000",
        "jotsmith convert -k key.jwk --public --to pem",
        "jotsmith sign -q -k key.jwk sub=x",
        "jotsmith verify -q -k key.jwk @token.jwt",
        "jotsmith encrypt -k enc.pub.jwk token.jwt",
        "jotsmith verify --help",
        "jotsmith --help",
    ] {
        for reader in ["head -c 1", "true", "head -n 1"] {
            let script =
                format!("{command} 2> err | {reader} > /dev/null; echo ${{PIPESTATUS[0]}}");
            let code = folder.shell(&script).accepted();
            assert!(["0", "3"].contains(&&*code), "{command} | {reader}: {code}");
            assert_eq!(folder.text("err"), "", "{command} | {reader}");
        }
        let script = format!("{command} > /dev/full 2> err; echo $?");
        assert_eq!(folder.shell(&script).accepted(), "3", "{command}");
        let said = folder.text("err");
        assert_eq!(said.lines().count(), 1, "{command}: {said}");
        assert!(said.starts_with("jotsmith: error: "), "{command}: {said}");
    }
}

#[test]
fn closed_stdout_or_stderr_does_not_panic() {
    let folder = folder();
    for redirection in [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        for command in [
            "sign -k key.jwk sub=x",
            "verify -k key.jwk @token.jwt",
            "verify -k no",
            "keygen",
        ] {
            let done =
                folder.shell(&format!("jotsmith {command} {redirection}; echo $? >&3")).done();
            assert!(done.code <= 3, "{command} {redirection}: {done:?}");
        }
    }
}

#[test]
fn no_prompt_without_a_terminal() {
    let folder = folder();
    let start = Instant::now();
    let sealed =
        folder.run("keygen ES256 --encrypt --to pem").env("JOTSMITH_PASSPHRASE", "x").accepted();
    folder.write("sealed.pem", sealed);
    for command in [
        "keygen --encrypt",
        "encrypt --passphrase token.jwt",
        "sign -k sealed.pem sub=x",
        "convert -k sealed.pem",
        "verify -k sealed.pem @token.jwt",
        "convert -k key.jwk --encrypt",
    ] {
        for flag in ["", "--no-input"] {
            let script = format!("setsid jotsmith {command} {flag} < /dev/null");
            let done = folder.shell(&script).done();
            assert_eq!(done.code, 3, "{command}: {done:?}");
            assert!(
                done.stdout.is_empty() && done.stderr.contains("passphrase"),
                "{command}: {done:?}"
            );
            assert!(
                done.stderr.contains("hint: set JOTSMITH_PASSPHRASE or use --passphrase-file"),
                "{done:?}"
            );
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn pipe_and_file_receive_the_same_bytes() {
    let folder = folder();
    for command in [
        "convert -k key.jwk --to pem",
        "convert -k key.jwk",
        "verify -q -k key.jwk @token.jwt",
    ] {
        let piped = folder.run(command).done().stdout;
        folder.run(&format!("{command} -o out --force")).accepted();
        assert_eq!(piped, folder.read("out"), "{command}");
        let colored = folder.run(&format!("--color always {command}")).done().stdout;
        assert_eq!(piped, colored, "{command}");
    }
}

#[test]
fn key_is_read_from_the_environment_without_a_key_flag() {
    let folder = folder();
    let key = folder.text("key.jwk");
    folder.run("verify @token.jwt").env("JOTSMITH_KEY", &key).accepted();
    folder.run("verify @token.jwt").env("JOTSMITH_KEY_FILE", "key.jwk").accepted();
    folder.run("verify -k env:MINE @token.jwt").env("MINE", &key).accepted();
    folder.keygen("ES256", "other.jwk");
    let run = folder.run("verify -k other.jwk @token.jwt").env("JOTSMITH_KEY", &key);
    run.refused(16);
}

#[test]
fn kid_that_begins_with_a_hyphen_is_accepted() {
    let folder = Folder::new();
    folder.run("keygen --kid -a -o a.jwk").accepted();
    folder.run("keygen --kid -b -o b.jwk").accepted();
    folder.run("convert -k a.jwk -k b.jwk -o set.jwks").accepted();
    let token = folder.run("sign -k set.jwks --kid -b sub=x").accepted();
    folder.run("verify -k set.jwks --kid -b").stdin(&token).accepted();
    folder.run("convert -k b.jwk --set-kid -c").accepted();
    folder.run("rotate set.jwks").accepted();
    folder.run("rotate set.jwks --revoke -b --reason lost").accepted();
}

#[test]
fn token_signed_while_verify_waits_is_valid() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    for reader in [
        "jotsmith verify -k key.jwk",
        "jotsmith verify -k key.jwk --lines",
        "jotsmith inspect --fail-on high",
    ] {
        let script =
            format!("set -o pipefail; (sleep 1.1; jotsmith sign -k key.jwk sub=x) | {reader}");
        let done = folder.shell(&script).done();
        assert_eq!(done.code, 0, "{reader}: {done:?}");
    }
}

/// Returns a folder with a token with a detached payload, an encrypted token, and an invalid copy of each.
fn unverified() -> Folder {
    let folder = folder();
    folder.write("payload", "genuine");
    folder.write("evil", "evil".repeat(100_000));
    let token = folder.run("sign -k key.jwk --payload payload --detached").accepted();
    folder.write("detached", token);
    let token = folder.run("encrypt -k enc.jwk payload").accepted();
    let (start, end) = token.trim().rsplit_once('.').unwrap();
    folder.write(
        "damaged.jwe",
        format!("{start}.{}", end.replace(|_| true, "A")),
    );
    folder
}

#[test]
fn unverified_payload_is_not_written_to_a_stream() {
    let folder = unverified();
    for (command, code) in [
        ("verify -k key.jwk --payload evil @detached", 11),
        ("verify -k key.jwk --payload evil --raw @detached", 11),
        ("verify -k key.jwk --payload - @detached < evil", 11),
        ("verify -k key.jwk --payload evil --json @detached", 11),
        ("decrypt -k enc.jwk @damaged.jwe", 11),
    ] {
        for output in [
            "/dev/stdout",
            "/dev/fd/1",
            "/proc/self/fd/1",
            "fifo",
            ">(cat >copy)",
            "-",
        ] {
            let _ = std::fs::remove_file(folder.path("copy"));
            let script = format!(
                "rm -f fifo; mkfifo fifo; exec 4<>fifo; jotsmith {command} -o {output}; code=$?; \
                 timeout 0.2 cat <&4; sleep 0.1; cat copy 2>/dev/null; exit $code"
            );
            let done = folder.shell(&script).done();
            assert_eq!(done.code, code, "{command} {output}: {done:?}");
            assert!(done.stdout.is_empty(), "{command} {output}: {done:?}");
        }
    }
}

#[test]
fn verified_payload_is_written_to_a_stream() {
    let folder = unverified();
    for command in [
        "verify -k key.jwk --payload payload @detached",
        "verify -k key.jwk --payload payload --raw @detached",
        "verify -k key.jwk --payload - @detached < payload",
    ] {
        for output in [
            "/dev/stdout",
            "/dev/fd/1",
            "/dev/fd/5 5>&1",
            ">(cat >copy)",
            "-",
        ] {
            let script = format!(
                "jotsmith {command} -o {output} || exit; \
                 for i in {{1..100}}; do [ -s copy ] && break; [[ '{output}' != *copy* ]] && break; sleep 0.05; done; \
                 cat copy 2>/dev/null; rm -f copy"
            );
            let done = folder.shell(&script).done();
            assert_eq!(done.code, 0, "{command} {output}: {done:?}");
            assert_eq!(done.stdout, b"genuine", "{command} {output}: {done:?}");
        }
    }
}

#[test]
fn passphrase_is_read_once_for_several_keys() {
    let folder = folder();
    folder.write("passphrase", "correct horse battery\n");
    for name in ["one.jwk", "two.jwk"] {
        let make = format!("keygen --encrypt --p2c 600000 --passphrase-file passphrase -o {name}");
        folder.run(&make).accepted();
    }
    folder.run("rotate set.jwks --publish jwks.json").accepted();
    folder
        .run("convert -k set.jwks --encrypt --passphrase-file passphrase -o sealed.jwks")
        .accepted();
    for command in [
        "jotsmith convert -k one.jwk -k two.jwk --public --passphrase-file - < passphrase",
        "jotsmith convert -k one.jwk -k two.jwk --public --passphrase-file <(cat passphrase)",
        "jotsmith convert -k one.jwk -k two.jwk --public --passphrase-file /dev/stdin < <(cat passphrase)",
        "jotsmith sign -k one.jwk -k two.jwk sub=x --passphrase-file - < passphrase",
        "jotsmith rotate sealed.jwks --now x --passphrase-file - < passphrase",
        "jotsmith rotate sealed.jwks --now y --passphrase-file <(cat passphrase)",
        "mkdir split; jotsmith convert -k one.jwk -k two.jwk --decrypt --passphrase-file - -o plain.jwks < passphrase && \
         jotsmith convert -k plain.jwks --split split --encrypt --passphrase-file - < passphrase && ls split | grep -c jwk",
    ] {
        let done = folder.shell(command).done();
        assert_eq!(done.code, 0, "{command}: {done:?}");
    }
}

#[test]
fn two_stdin_arguments_are_rejected_before_reading() {
    let folder = folder();
    for (command, first, second) in [
        ("verify -k -", "TOKEN", "--key"),
        ("verify -k - -", "TOKEN", "--key"),
        ("verify -k - @/dev/stdin", "TOKEN", "--key"),
        ("verify -k /dev/stdin", "TOKEN", "--key"),
        ("verify -k key.jwk --payload -", "TOKEN", "--payload"),
        (
            "verify -k key.jwk --decrypt-with -",
            "TOKEN",
            "--decrypt-with",
        ),
        ("verify -k - --payload - @token", "--key", "--payload"),
        ("verify -k - --lines", "TOKEN", "--key"),
        (
            "decrypt -k enc.jwk --passphrase-file -",
            "TOKEN",
            "--passphrase-file",
        ),
        ("encrypt -k -", "INPUT", "--key"),
        (
            "encrypt --passphrase --passphrase-file -",
            "INPUT",
            "--passphrase-file",
        ),
        ("encrypt -k enc.jwk --aad - -", "INPUT", "--aad"),
        ("inspect -k -", "INPUT", "--key"),
        ("inspect --wordlist -", "INPUT", "--wordlist"),
        ("sign -k - --claims -", "--claims", "--key"),
        ("sign -k - --payload /dev/stdin", "--payload", "--key"),
        (
            "sign -k - --passphrase-file -",
            "--key",
            "--passphrase-file",
        ),
        ("sign -k - --secret -", "--key", "--secret"),
        ("sign -k - x=@/dev/stdin", "CLAIM", "--key"),
        ("sign -k - --header x=@/dev/stdin", "--header", "--key"),
        ("sign -k - --lines", "--key", "--lines"),
        ("sign -k - -k -", "--key", "--key"),
        (
            "convert -k - --passphrase-file -",
            "--key",
            "--passphrase-file",
        ),
        (
            "convert -k key.jwk --change-passphrase --passphrase-file - --new-passphrase-file -",
            "--passphrase-file",
            "--new-passphrase-file",
        ),
        (
            "rotate set.jwks --served - --passphrase-file -",
            "--served",
            "--passphrase-file",
        ),
    ] {
        // The program reads nothing: the next command in the subshell reads every byte.
        let script =
            format!("echo input | (jotsmith {command}; code=$?; cat >&3; exit $code) 3>rest");
        let done = folder.shell(&script).done();
        assert_eq!(done.code, 2, "{command}: {done:?}");
        assert!(done.stdout.is_empty(), "{command}: {done:?}");
        for name in [first, second] {
            assert!(done.stderr.contains(name), "{command}: {done:?}");
        }
        assert_eq!(folder.text("rest"), "input\n", "{command}");
        assert!(!folder.path("set.jwks.lock").exists(), "{command}");
    }
}
