//! Behavior on a terminal: prompts, color, and what is not printed.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use super::support::{Folder, json};

/// Starts the program on a terminal, in a shell that prints its exit code at the end.
fn start(folder: &Folder, arguments: &str, variables: &[(&str, &str)]) -> PtySession {
    let program = env!("CARGO_BIN_EXE_jotsmith");
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{program} {arguments}; echo code=$?")])
        .current_dir(folder.path("."))
        .env_clear()
        .envs(variables.iter().copied());
    spawn_command(command, Some(30_000)).unwrap()
}

/// Returns the output until the end, and the exit code.
fn finish(mut session: PtySession) -> (String, i32) {
    let text = session.exp_eof().unwrap();
    let (text, code) = text.rsplit_once("code=").unwrap_or_else(|| panic!("{text}"));
    (text.to_owned(), code.trim().parse().unwrap())
}

fn run(folder: &Folder, arguments: &str) -> (String, i32) {
    finish(start(folder, arguments, &[]))
}

#[test]
fn new_passphrase_is_prompted_twice_without_echo() {
    let folder = Folder::new();
    let mut session = start(&folder, "keygen ES256 --encrypt --to pem -o key.pem", &[]);
    let mut shown = session.exp_string("passphrase").unwrap();
    shown += &session.exp_string(": ").unwrap();
    session.send_line("correct horse").unwrap();
    shown += &session.exp_string("repeat the passphrase: ").unwrap();
    session.send_line("correct horse").unwrap();
    let (rest, code) = finish(session);
    assert_eq!(code, 0, "{rest}");
    assert!(!format!("{shown}{rest}").contains("horse"), "{shown}{rest}");
    assert!(folder.text("key.pem").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));

    let mut session = start(&folder, "sign -q -k key.pem sub=x", &[]);
    let mut shown = session.exp_string(": ").unwrap();
    session.send_line("correct horse").unwrap();
    let (rest, code) = finish(session);
    shown += &rest;
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("eyJhbGciOiJFUzI1NiIs") && !shown.contains("horse"),
        "{shown}"
    );
}

#[test]
fn different_passphrases_are_prompted_again() {
    let folder = Folder::new();
    let answer = |attempts: &[(&str, &str)]| {
        let mut session = start(&folder, "keygen ES256 --encrypt --to pem -o key.pem", &[]);
        for (first, second) in attempts {
            session.exp_string(": ").unwrap();
            session.send_line(first).unwrap();
            session.exp_string("repeat the passphrase: ").unwrap();
            session.send_line(second).unwrap();
        }
        finish(session)
    };
    let (text, code) = answer(&[("one", "two"), ("one", "three"), ("one", "four")]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("the passphrases differ"), "{text}");
    assert!(!folder.path("key.pem").exists());
    let (text, code) = answer(&[("one", "two"), ("horse", "horse")]);
    assert_eq!(code, 0, "{text}");
    let convert = folder.run("convert -k key.pem --public");
    convert.env("JOTSMITH_PASSPHRASE", "horse").accepted();
}

#[test]
fn keygen_reports_an_existing_file_before_prompting() {
    let folder = Folder::new();
    folder.write("key.pem", "precious");
    for command in [
        "keygen RS256 --bits 16384 --encrypt --to pem -o key.pem",
        "keygen RS256 --bits 16384 --to pem -o new.pem --public-out key.pem",
    ] {
        let (text, code) = run(&folder, command);
        assert_eq!(code, 3, "{text}");
        assert!(
            text.contains("key.pem: already exists") && !text.contains("passphrase for"),
            "{text}"
        );
    }
    assert_eq!(folder.text("key.pem"), "precious");
}

#[test]
fn input_from_the_terminal_is_announced() {
    let folder = Folder::new();
    folder.run("keygen HS256 -o key.jwk").accepted();
    for (command, wanted) in [
        (
            "verify -k key.jwk",
            "reading a token from the terminal; end with Ctrl-D",
        ),
        (
            "encrypt -k key.jwk",
            "reading content from the terminal; end with Ctrl-D",
        ),
        ("inspect", "from the terminal; end with Ctrl-D"),
        (
            "convert -",
            "reading a key from the terminal; end with Ctrl-D",
        ),
        (
            "verify -k - @token",
            "reading a key from the terminal; end with Ctrl-D",
        ),
        (
            "sign -k key.jwk --lines",
            "reading a claims set from the terminal",
        ),
    ] {
        let mut session = start(&folder, command, &[]);
        session.exp_string(wanted).unwrap_or_else(|error| panic!("{command}: {error}"));
        session.send_control('d').unwrap();
        let (text, _) = finish(session);
        assert!(!text.contains("panicked"), "{text}");
        let quiet = command.replacen(' ', " -q ", 1);
        if quiet != command {
            let mut session = start(&folder, &quiet, &[]);
            session.send_control('d').unwrap();
            let (text, _) = finish(session);
            assert!(!text.contains("Ctrl-D"), "{text}");
        }
    }
}

#[test]
fn control_characters_of_one_claim_are_escaped_on_a_terminal_only() {
    let folder = Folder::new();
    folder.keygen("HS256", "key.jwk");
    let hostile = "a\u{1b}[31m\u{7}\u{9b}2J\u{202e}\nb";
    let claims = serde_json::json!({"sub": hostile, "exp": 4_000_000_000_u64});
    folder.write("claims.json", claims.to_string());
    folder.run("sign -q -k key.jwk --claims claims.json -o t.jwt").accepted();
    for command in [
        "verify -q -k key.jwk --get sub t.jwt",
        "inspect --get sub t.jwt",
        "inspect --color always --get sub t.jwt",
    ] {
        let (text, code) = run(&folder, command);
        assert_eq!(code, 0, "{command}: {text}");
        let text = text.trim_end_matches("\r\n");
        assert!(
            text.starts_with('a') && text.contains("[31m") && text.contains('b'),
            "{command}: {text:?}"
        );
        let is_control = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!text.contains(is_control), "{command}: {text:?}");
        // In a pipe, the value is unchanged.
        let done = folder.run(command).done();
        let expected = format!("{hostile}\n");
        assert_eq!(done.stdout, expected.as_bytes(), "{command}");
    }
}

#[test]
fn reports_are_wrapped_at_the_width_of_the_terminal() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let token = "sign -q --at 1893456000 -k key.jwk --header jku=https://keys.example --exp 500y aud=api -o t.jwt";
    folder.run(token).accepted();
    let page = |command: &str, columns: usize, rows: usize| {
        let program = env!("CARGO_BIN_EXE_jotsmith");
        let script = format!("stty cols {columns} rows {rows}; {program} --color never {command}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(folder.path(".")).env_clear();
        let mut session = spawn_command(shell, Some(30_000)).unwrap();
        session.exp_eof().unwrap().replace("\r\n", "\n")
    };
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(Into::into).collect() };
    let widest = |text: &str| {
        let widths = text.lines().map(|line| line.chars().count());
        widths.max().unwrap()
    };
    for command in [
        "inspect --at 1893456000 t.jwt",
        "inspect --explain kid-suspicious",
        "verify --at 1893456060 -k key.jwk --aud web t.jwt",
        "keygen --list --long",
        "sign --list-profiles",
    ] {
        let (small, large) = (page(command, 80, 24), page(command, 200, 50));
        assert!(widest(&small) <= 80, "{command}: {small}");
        assert!((81..=200).contains(&widest(&large)), "{command}: {large}");
        // The words are the same at both widths and in a pipe.
        assert_eq!(words(&small), words(&large), "{command}");
        if !command.starts_with("verify") {
            let pipe = folder.run(command).done();
            assert_eq!(String::from_utf8(pipe.stdout).unwrap(), small, "{command}");
        }
    }
}

#[test]
fn json_is_indented_and_colored_on_a_terminal_only() {
    let folder = Folder::new();
    folder.run("keygen HS256 -o key.jwk").accepted();
    let sign = "sign -q -k key.jwk --sub alice roles:=[\"a\",\"b\"] n:=12345678901234567890123";
    folder.write("token", folder.run(sign).accepted());
    let verify = "verify -q -k key.jwk @token";
    let (text, code) = finish(start(&folder, verify, &[("TERM", "xterm")]));
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("\u{1b}[1m\"roles\"\u{1b}[0m: [\u{1b}[32m\"a\""),
        "{text:?}"
    );
    assert!(text.contains("12345678901234567890123"), "{text}");
    let plain = [("TERM", "xterm"), ("NO_COLOR", "1")];
    let (text, _) = finish(start(&folder, verify, &plain));
    assert!(
        text.starts_with("{\r\n  \"sub\": \"alice\",\r\n  \"roles\": [\"a\", \"b\"],\r\n"),
        "{text:?}"
    );
    assert_eq!(json(text.trim())["sub"], "alice");
    assert_eq!(folder.run(verify).accepted().lines().count(), 1);
    let (text, _) = finish(start(&folder, &format!("{verify} --json"), &plain));
    assert!(text.starts_with("{\r\n  \"v\": 1,\r\n"), "{text:?}");
}

#[test]
fn rejection_lists_every_check_on_a_terminal() {
    let folder = Folder::new();
    folder.run("keygen HS256 -o key.jwk").accepted();
    folder.run("keygen HS256 -o other.jwk").accepted();
    let sign = "sign -q -k key.jwk --iss i --aud other --sub alice --at -1h --exp 30m";
    folder.write("token", folder.run(sign).accepted());
    let verify = |flags: &str| {
        let command = format!("verify {flags} @token 2>&1 >out");
        let (text, code) = finish(start(
            &folder,
            &command,
            &[("TERM", "xterm"), ("NO_COLOR", "1")],
        ));
        assert!(folder.read("out").is_empty());
        (text, code)
    };
    let (text, code) = verify("-k key.jwk --iss i --aud api");
    assert_eq!(code, 12, "{text}");
    for row in [
        "  ok      signature    valid",
        "  FAILED  exp          expired 30 minutes ago, at ",
        "  ok      iss          \"i\"",
        "  ok      iat          1 hour ago, at ",
        "  FAILED  aud          must be \"api\", got \"other\"",
        "Next  Get a new token",
    ] {
        assert!(text.contains(row), "{row}: {text}");
    }
    let (text, code) = verify("-k other.jwk");
    assert_eq!(code, 16, "{text}");
    assert!(text.contains("  FAILED  key "), "{text}");
    assert!(
        text.contains("  -       the rest     not checked"),
        "{text}"
    );
    let (text, code) = verify("-k key.jwk --at -1h30m --leeway 0s");
    assert_eq!(code, 13, "{text}");
    let (text, _) = verify("-k key.jwk --at -61m");
    assert!(
        text.contains("The clocks of the issuer and of this machine may differ by"),
        "{text}"
    );
    // It is not printed in a pipe, with --json or with -q.
    for flags in ["-q", "--json"] {
        let (text, _) = verify(&format!("-k key.jwk --aud api {flags}"));
        assert!(!text.contains("Checks"), "{text}");
    }
    let done = folder.run("verify -k key.jwk --aud api @token").done();
    assert!(!done.stderr.contains("Checks"), "{}", done.stderr);
}

#[test]
fn interrupted_run_reports_how_many_lines_were_processed() {
    let folder = Folder::new();
    folder.run("keygen HS256 -o key.jwk").accepted();
    let command = "sign -k key.jwk --lines -o tokens --claims -";
    // The producer ignores the interrupt, because the end of the input would end the run normally.
    let script = format!(
        "{} {command} < <(exec 2> /dev/null; trap '' INT; yes '{{}}' | head -50000; sleep 120)",
        env!("CARGO_BIN_EXE_jotsmith")
    );
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &script])
        .current_dir(folder.path("."))
        .env_clear()
        .env("TERM", "xterm")
        .env("PATH", "/usr/bin:/bin");
    let mut session = spawn_command(shell, Some(120_000)).unwrap();
    session.exp_string("50,000 lines").unwrap();
    session.send_control('c').unwrap();
    let text = session.exp_eof().unwrap();
    assert!(text.contains("interrupted after 50000 lines"), "{text}");
    let names: Vec<String> = folder.state().into_keys().collect();
    assert_eq!(names, ["key.jwk"]);
}

#[test]
fn wrong_passphrase_is_reported_once() {
    let folder = Folder::new();
    let sealed = folder.run("keygen ES256 --encrypt --to pem -o key.pem");
    sealed.env("JOTSMITH_PASSPHRASE", "right").accepted();
    let mut session = start(&folder, "sign -k key.pem sub=x", &[]);
    session.exp_string(": ").unwrap();
    session.send_line("wrong").unwrap();
    let (text, code) = finish(session);
    assert_eq!(code, 3, "{text}");
    assert!(
        text.contains("the passphrase does not decrypt the key"),
        "{text}"
    );
}

#[test]
fn no_input_does_not_prompt_on_a_terminal() {
    let folder = Folder::new();
    let (text, code) = run(&folder, "keygen ES256 --encrypt --no-input -o key.jwk");
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("hint"), "{text}");
}

#[test]
fn interrupt_at_the_prompt_leaves_no_file() {
    let folder = Folder::new();
    let mut session = start(&folder, "keygen ES256 --encrypt -o key.jwk", &[]);
    session.exp_string(": ").unwrap();
    session.send_control('c').unwrap();
    let rest = session.exp_eof().unwrap_or_default();
    assert!(!rest.contains("code=0"), "{rest}");
    assert_eq!(std::fs::read_dir(folder.path(".")).unwrap().count(), 0);
}

#[test]
fn private_key_is_not_printed_to_a_terminal() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    for command in [
        "keygen ES256",
        "keygen HS256 --count 2",
        "convert -k key.jwk",
        "convert -k key.jwk --to pem",
    ] {
        let (text, code) = run(&folder, command);
        assert_eq!(code, 2, "{command}: {text}");
        assert!(
            text.contains("a private key is not printed on a terminal"),
            "{command}: {text}"
        );
        assert!(
            text.contains("hint") && !text.contains("\"d\"") && !text.contains("BEGIN"),
            "{text}"
        );
    }
    let (text, code) = run(&folder, "keygen ES256 -o -");
    assert!(code == 0 && text.contains("\"d\""), "{text}");
    let (text, code) = run(&folder, "convert -k key.jwk --public");
    assert!(code == 0 && !text.contains("\"d\""), "{text}");
}

#[test]
fn binary_content_is_not_printed_on_a_terminal() {
    let folder = Folder::new();
    folder.keygen("A256KW", "key.jwk");
    let token = folder.run("encrypt -k key.jwk").stdin([0, 1, 2, 0x1b, 0xff]).accepted();
    folder.write("token", token);
    let (text, code) = run(&folder, "--color never decrypt -k key.jwk @token");
    assert_eq!(code, 3, "{text}");
    assert!(
        text.contains("binary") && !text.contains('\u{1b}'),
        "{text:?}"
    );
    folder.keygen("HS256", "sig.jwk");
    let signed = folder.run("sign -k sig.jwk --payload -").stdin([0x1b, 0xff]).accepted();
    folder.write("signed", signed);
    let (text, code) = run(&folder, "--color never verify --raw -k sig.jwk @signed");
    assert_eq!(code, 3, "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn color_is_used_on_terminals_unless_disabled() {
    let folder = Folder::new();
    let color = |arguments: &str, variables: &[(&str, &str)]| {
        let (text, code) = finish(start(&folder, arguments, variables));
        assert_eq!(code, 3, "{text}");
        text.contains("\u{1b}[")
    };
    assert!(color("verify -k no.jwk", &[]));
    assert!(!color("verify -k no.jwk", &[("NO_COLOR", "1")]));
    assert!(color("verify -k no.jwk", &[("NO_COLOR", "")]));
    assert!(!color("--color never verify -k no.jwk", &[]));
    assert!(color(
        "--color always verify -k no.jwk",
        &[("NO_COLOR", "1")]
    ));
    let piped = folder.run("verify -k no.jwk").done().stderr;
    assert!(!piped.contains('\u{1b}'), "{piped:?}");
}

#[test]
fn hostile_text_is_escaped_on_a_terminal() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    folder.write(
        "claims.json",
        r#"{"sub":"\u001b]0;owned\u0007\u001b[2J\u202e\u009b31m"}"#,
    );
    let token = folder.run("sign -k key.jwk --claims claims.json").accepted();
    folder.write("token", token);
    for command in [
        "verify -k key.jwk @token",
        "verify -k key.jwk --sub y @token",
        "inspect @token",
    ] {
        let (text, _) = finish(start(&folder, &format!("--color never {command}"), &[]));
        assert!(text.contains("owned"), "{command}: {text:?}");
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
            "{command}: {text:?}"
        );
    }
}

#[test]
fn invalid_command_line_is_reported_before_reading_from_the_terminal() {
    let folder = Folder::new();
    for (command, code) in [
        ("sign", 2),
        ("verify", 2),
        ("encrypt", 2),
        ("decrypt", 2),
        ("convert", 2),
        ("verify -k no.jwk", 3),
        ("decrypt -k no.jwk", 3),
        ("encrypt -k no.jwk", 3),
    ] {
        let (text, found) = run(&folder, command);
        assert_eq!(found, code, "{command}: {text}");
    }
}

/// Starts the program on a terminal. After the program, the shell prints the state of the terminal and the files.
fn start_watched(folder: &Folder, arguments: &str) -> PtySession {
    let program = env!("CARGO_BIN_EXE_jotsmith");
    // The terminal starts with echo off. It is ready when a line was read.
    let script = format!(
        "read go; stty echo; trap : INT; {program} {arguments}; echo code=$?; stty -a; ls -A | sed s/^/file=/"
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder.path("."));
    command.env_clear().env("PATH", "/usr/bin:/bin");
    let mut session = spawn_command(command, Some(30_000)).unwrap();
    session.send_line("go").unwrap();
    session
}

#[track_caller]
fn assert_nothing_is_left(mut session: PtySession) {
    session.send_control('c').unwrap();
    let text = session.exp_eof().unwrap();
    assert!(!text.contains("code=0"), "{text}");
    let (_, after) = text.split_once("code=").unwrap();
    for flag in ["echo", "icanon", "isig"] {
        assert!(
            after.split_whitespace().any(|word| word == flag),
            "{flag}: {after}"
        );
    }
    assert!(!after.contains("file="), "{after}");
}

/// Answers the prompts of `keygen` up to the one for a passphrase.
fn answer_keygen(session: &mut PtySession, choice: &str) {
    session.exp_string("(RS256)\r\n  3  sign").unwrap();
    session.exp_string("What is the key for?").unwrap();
    session.send_line(choice).unwrap();
    session.exp_string("file for the private key [key.jwk]").unwrap();
    session.send_line("").unwrap();
    session.exp_string("file for the public key [key.pub.jwk]").unwrap();
    session.send_line("").unwrap();
    session.exp_string("encrypt it with a passphrase?").unwrap();
}

#[test]
fn keygen_without_arguments_prompts_and_prints_the_equivalent_command() {
    let folder = Folder::new();
    let mut session = start(&folder, "keygen", &[]);
    answer_keygen(&mut session, "3");
    session.send_line("").unwrap();
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    let command = "jotsmith keygen Ed25519 -o key.jwk --public-out key.pub.jwk";
    assert!(text.contains(command), "{text}");
    assert!(folder.text("key.jwk").contains("\"alg\":\"Ed25519\""));
    assert!(!folder.text("key.pub.jwk").contains("\"d\""));
}

#[test]
fn keygen_uses_the_default_choices_on_enter() {
    let folder = Folder::new();
    let mut session = start(&folder, "keygen", &[]);
    session.exp_string("or an algorithm [1]").unwrap();
    session.send_line("").unwrap();
    for _ in 0..3 {
        session.exp_string("]: ").unwrap();
        session.send_line("").unwrap();
    }
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    assert!(folder.text("key.jwk").contains("\"alg\":\"ES256\""));
}

#[test]
fn keygen_prompts_for_a_passphrase_for_an_encrypted_key() {
    let folder = Folder::new();
    let mut session = start(&folder, "keygen", &[]);
    answer_keygen(&mut session, "ES384");
    session.send_line("yes").unwrap();
    for _ in 0..2 {
        session.exp_string("the ").unwrap();
        session.exp_string(": ").unwrap();
        session.send_line("correct horse").unwrap();
    }
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("horse"), "{text}");
    folder
        .run("convert -k key.jwk --public")
        .env("JOTSMITH_PASSPHRASE", "correct horse")
        .accepted();
}

#[test]
fn keygen_prompts_again_after_an_invalid_choice() {
    let folder = Folder::new();
    folder.write("key.jwk", "precious");
    let mut session = start(&folder, "keygen", &[]);
    session.exp_string("What is the key for?").unwrap();
    session.send_line("9").unwrap();
    session.exp_string("no such algorithm").unwrap();
    session.send_line("4").unwrap();
    session.exp_string("private key [key.jwk]").unwrap();
    session.send_line("").unwrap();
    session.exp_string("already exists").unwrap();
    session.send_line("other.jwk").unwrap();
    session.exp_string("encrypt it with a passphrase?").unwrap();
    session.send_line("no").unwrap();
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");
    assert_eq!(folder.text("key.jwk"), "precious");
    assert!(folder.text("other.jwk").contains("\"alg\":\"HS256\""));
}

#[test]
fn keygen_does_not_prompt_in_ci_or_with_no_input() {
    let folder = Folder::new();
    for (arguments, variables) in [
        ("keygen --no-input", vec![]),
        ("keygen --json", vec![]),
        ("keygen", vec![("CI", "true")]),
        ("keygen < /dev/null", vec![]),
        ("keygen ES256", vec![]),
    ] {
        let (text, code) = finish(start(&folder, arguments, &variables));
        assert_eq!(code, 2, "{arguments}: {text}");
        assert!(!text.contains("what is the key for"), "{arguments}: {text}");
    }
}

#[test]
fn interrupt_at_any_prompt_restores_the_terminal_and_leaves_no_file() {
    let folder = Folder::new();
    let mut session = start_watched(&folder, "keygen");
    session.exp_string("What is the key for?").unwrap();
    assert_nothing_is_left(session);

    let mut session = start_watched(&folder, "keygen");
    answer_keygen(&mut session, "1");
    assert_nothing_is_left(session);

    let mut session = start_watched(&folder, "keygen");
    answer_keygen(&mut session, "1");
    session.send_line("yes").unwrap();
    session.exp_string("passphrase for").unwrap();
    assert_nothing_is_left(session);

    let mut session = start_watched(&folder, "keygen ES256 --encrypt -o key.jwk");
    session.exp_string("passphrase for").unwrap();
    session.exp_string(": ").unwrap();
    session.send_line("correct horse").unwrap();
    session.exp_string("repeat the passphrase: ").unwrap();
    assert_nothing_is_left(session);
}

#[test]
fn revocation_prompts_on_a_terminal_only() {
    let folder = Folder::new();
    folder.run("rotate keys.jwks").accepted();
    let set = json(folder.text("keys.jwks"));
    let kid = set["keys"][0]["kid"].as_str().unwrap();
    let command = format!("rotate keys.jwks --revoke {kid} --reason stolen");
    let before = folder.read("keys.jwks");

    let mut session = start(&folder, &command, &[]);
    session.exp_string("permanently revoke").unwrap();
    session.send_line("").unwrap();
    let (text, code) = finish(session);
    assert_eq!(code, 3, "{text}");
    assert_eq!(folder.read("keys.jwks"), before);

    let mut session = start_watched(&folder, &command);
    session.exp_string("permanently revoke").unwrap();
    session.send_control('c').unwrap();
    let text = session.exp_eof().unwrap();
    assert!(!text.contains("code=0"), "{text}");
    assert_eq!(folder.read("keys.jwks"), before);

    let (text, code) = run(&folder, &format!("{command} --dry-run"));
    assert!(code == 0 && !text.contains("permanently revoke"), "{text}");
    let mut session = start(&folder, &command, &[]);
    session.exp_string("permanently revoke").unwrap();
    session.send_line("yes").unwrap();
    let (text, code) = finish(session);
    assert_eq!(code, 0, "{text}");

    let (text, code) = run(&folder, &format!("{command} --no-input"));
    assert!(code == 0 && !text.contains("permanently revoke"), "{text}");
    folder.run(&command).accepted();
}

#[test]
fn prompt_of_a_revocation_shows_the_key_id_that_was_found() {
    let folder = Folder::new();
    folder.run("rotate keys.jwks").accepted();
    let set = json(folder.text("keys.jwks"));
    let kid = set["keys"][0]["kid"].as_str().unwrap();
    let revoke = |beginning: &str| {
        let command = format!("rotate keys.jwks --revoke {beginning} --reason stolen");
        start(&folder, &command, &[])
    };
    let mut session = revoke(&kid[..8]);
    session.exp_string(kid).unwrap();
    session.send_line("no").unwrap();
    assert_eq!(finish(session).1, 3);
    // An unknown key is reported without a prompt.
    let (text, code) = finish(revoke("$(printf 'abcdef\\033b')"));
    assert!(code == 16 && !text.contains("permanently revoke"), "{text}");
    assert!(!text.contains("\u{1b}b"), "{text:?}");
    // A key ID cannot control the terminal.
    let set = folder.text("keys.jwks").replace(kid, "abcdef\\u001bb");
    folder.write("keys.jwks", set);
    let mut session = revoke("abcdef");
    let asked = session.exp_string("and erase its private key").unwrap();
    assert!(!asked.contains('\u{1b}'), "{asked:?}");
    session.send_line("no").unwrap();
    assert_eq!(finish(session).1, 3);
}

#[test]
fn progress_is_shown_for_a_long_payload_and_a_long_stream() {
    let folder = Folder::new();
    folder.run("keygen HS256 -o key.jwk").accepted();
    let payload = std::fs::File::create(folder.path("payload")).unwrap();
    payload.set_len(32 * 1024 * 1024).unwrap();
    folder.write("claims", "{}\n".repeat(20_000));
    for command in [
        "sign -k key.jwk --detached --payload payload > token",
        "verify -k key.jwk --payload payload --raw @token > copy",
        "sign -k key.jwk --lines --claims claims > tokens",
        "sign -k key.jwk --lines --claims claims -f -o tokens",
    ] {
        let (shown, code) = finish(start(&folder, command, &[("TERM", "xterm")]));
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains('%') && shown.contains("/s"), "{shown}");
        let quiet = command.replacen(' ', " -q ", 1);
        let (shown, _) = finish(start(&folder, &quiet, &[("TERM", "xterm")]));
        assert!(!shown.contains('%'), "{shown}");
    }
}
