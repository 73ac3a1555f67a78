//! Conventions of other command-line tools: arguments, copied tokens, accepted spellings, and claims that are refused early.

use jotsmith::profile::PROFILES;

use super::support::{Folder, hs256, json, root, secret_jwk};

/// Returns a folder with a key and a token that it signed.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let token = folder.run(
        "sign -q -k key.jwk --sub alice roles:=[\"a\",\"b\"] realm:={\"x\":{\"y\":1}} --exp 1d",
    );
    folder.write("token.jwt", token.accepted());
    folder
}

#[test]
fn token_argument_is_a_token_or_a_path() {
    let folder = folder();
    let token = folder.text("token.jwt");
    for argument in ["token.jwt", "@token.jwt", "./token.jwt", token.trim(), "-"] {
        let run = folder.run_with(["verify", "-q", "-k", "key.jwk", argument]);
        assert!(run.stdin(&token).accepted().contains("alice"), "{argument}");
    }
    let message = folder.run("verify -k key.jwk nowhere.jwt").refused(3);
    assert!(message.contains("no such file"), "{message}");
    // A token is used as a token, even if a file has its name.
    let command = "sign -q -k key.jwk --no-iat --no-exp --header typ=x sub=alice";
    let short = folder.run(command).accepted();
    folder.write(&short, "not a token");
    let verify = ["verify", "-k", "key.jwk", "--allow-no-exp", &short];
    let done = folder.run_with(verify).done();
    assert!(done.stderr.contains("a file has that name"), "{done:?}");
}

#[test]
fn convert_reads_a_key_from_a_path_stdin_or_a_variable_only() {
    let folder = folder();
    let key = folder.text("key.jwk");
    let public = folder.run("convert -k key.jwk --public").accepted();
    for argument in [
        Some("key.jwk"),
        Some("@key.jwk"),
        Some("./key.jwk"),
        Some("-"),
        Some("env:KEY"),
        None,
    ] {
        let run = folder.run_with(["convert", "--public"].into_iter().chain(argument));
        let found = run.stdin(&key).env("KEY", &key).accepted();
        assert_eq!(found, public, "{argument:?}");
    }
    folder.write("@odd", &key);
    assert_eq!(folder.run("convert @@odd --public").accepted(), public);
    folder.keygen("ES256", "other.jwk");
    let set = folder.run("convert key.jwk -k other.jwk --public").accepted();
    assert_eq!(json(&set)["keys"].as_array().unwrap().len(), 2);
    for content in [&*key, &*public] {
        let message = folder.run_with(["convert", content]).refused(2);
        assert!(message.contains("visible to other users"), "{message}");
        assert!(!message.contains("kty"), "{message}");
    }
    let message = folder.run("convert nowhere.jwk").refused(3);
    assert!(message.contains("nowhere.jwk: no such file"), "{message}");
    let message = folder.run("convert").stdin("").refused(3);
    assert!(message.contains("stdin: the key is empty"), "{message}");
    folder.run("convert - -").stdin(&key).refused(2);
    // Without an argument, the key of the environment is used, with a note.
    let done = folder.run("convert --public").env("JOTSMITH_KEY", &key).done();
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), public);
    assert!(
        done.stderr.contains("read from the environment"),
        "{done:?}"
    );
}

#[test]
fn encrypt_reads_content_from_a_path_stdin_or_a_variable_only() {
    let folder = Folder::new();
    folder.keygen("ECDH-ES+A256KW", "enc.jwk");
    folder.write("notes.txt", "hello");
    for argument in ["notes.txt", "@notes.txt", "-", "env:NOTES"] {
        let run = folder.run_with(["encrypt", "-k", "enc.jwk", argument]);
        let token = run.stdin("hello").env("NOTES", "hello").accepted();
        let decrypted = folder.run("decrypt -k enc.jwk").stdin(token).accepted();
        assert_eq!(decrypted, "hello", "{argument}");
    }
    let message = folder.run("encrypt -k enc.jwk hello").refused(3);
    assert!(message.contains("hello: no such file"), "{message}");
}

#[test]
fn unrecognized_inspect_argument_is_reported_as_a_missing_file() {
    let folder = folder();
    for command in ["inspect nowhere.jwt", "inspect --redact nowhere.log"] {
        let message = folder.run(command).refused(3);
        assert!(message.contains("no such file"), "{message}");
    }
    let done = folder.run_with(["inspect", "--redact", &folder.text("token.jwt")]);
    assert!(done.accepted().ends_with(".REDACTED"));
    let message = folder.run("verify -k key.jwk .").refused(3);
    assert!(message.contains("not a regular file"), "{message}");
}

#[test]
fn private_key_in_the_command_line_of_inspect_is_rejected() {
    let folder = folder();
    let public = folder.run("convert key.jwk --public").accepted();
    folder.run_with(["inspect", &public]).accepted();
    let pem = folder.run("convert key.jwk --to pem").accepted();
    for key in [folder.text("key.jwk"), pem] {
        let message = folder.run_with(["inspect", &key]).refused(2);
        assert!(message.contains("visible to other users"), "{message}");
        folder.run("inspect").stdin(&key).accepted();
    }
}

#[test]
fn inspect_of_a_key_does_not_read_other_keys() {
    let folder = folder();
    for input in ["key.jwk", "--metadata key.jwk"] {
        let run = folder.run(&format!("inspect {input}"));
        run.env("JOTSMITH_KEY_FILE", "nowhere.jwk").accepted();
    }
    let done = folder.run("inspect -k nowhere.jwk key.jwk").done();
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.contains("-k is ignored"), "{}", done.stderr);
    let run = folder.run("inspect token.jwt");
    run.env("JOTSMITH_KEY_FILE", "nowhere.jwk").refused(3);
}

#[test]
fn hints_name_flags_that_the_command_has_and_urls_that_are_correct() {
    let folder = folder();
    for (command, hint) in [
        ("sign -k key.jwk --ttl 1h", Some("the flag is --exp")),
        ("sign -k key.jwk --lifetime 1h", Some("the flag is --exp")),
        ("verify -k key.jwk --ttl 1h", None),
        ("verify -k key.jwk --jwks x", Some("the flag is -k KEY")),
        ("scan", Some("inspect --scan")),
        ("redact", Some("inspect --redact")),
        (
            "verify --issuer issuer.example t",
            Some("https://issuer.example is a URL"),
        ),
        (
            "inspect --issuer issuer.example/a",
            Some("https://issuer.example/a is a URL"),
        ),
        (
            "verify --issuer user:secret@issuer t",
            Some("a URL begins with https://"),
        ),
    ] {
        let done = folder.run(command).done();
        let message = done.stderr;
        assert_eq!((done.code, done.stdout.is_empty()), (2, true), "{command}");
        match hint {
            Some(hint) => assert!(message.contains(hint), "{command}: {message}"),
            None => assert!(!message.contains("the flag is"), "{command}: {message}"),
        }
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn common_errors_name_the_file_and_the_fix() {
    let folder = folder();
    folder.keygen("ECDH-ES+A256KW", "enc.jwk");
    let public = folder.run("convert key.jwk --public").accepted();
    folder.write("public.jwk", public);
    for (command, code, parts) in [
        (
            "sign -k public.jwk a=b",
            3,
            [
                "public.jwk: a public key cannot sign",
                "use the private key",
            ],
        ),
        (
            "sign -k enc.jwk a=b",
            3,
            ["enc.jwk: the key's use", "jotsmith keygen ES256"],
        ),
        (
            "encrypt -k key.jwk token.jwt",
            3,
            ["key.jwk: the key's use", "jotsmith keygen ECDH-ES"],
        ),
        (
            "sign -k key.jwk --kid ABC a=b",
            16,
            ["no key has the kid ABC", "--header kid=ABC"],
        ),
        (
            "sign -k key.jwk admin:=yes",
            2,
            [
                "the value of admin is not valid JSON",
                "admin=yes sets a string",
            ],
        ),
        (
            "sign -k key.jwk --profile dpop htm=GET htu=https://a.example/ --ath-of token.jwt ath=x",
            2,
            ["the claim ath and --ath-of", "remove one"],
        ),
    ] {
        let done = folder.run(command).done();
        assert_eq!(
            (done.code, done.stdout.is_empty()),
            (code, true),
            "{command}: {}",
            done.stderr
        );
        for part in parts {
            assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
        }
    }
    folder.run("convert key.jwk --to jwks -o keys.jwks").accepted();
    let text = folder.run("rotate keys.jwks").accepted();
    assert!(text.starts_with("adopted "), "{text}");
}

#[test]
fn text_around_a_copied_token_is_removed_and_reported() {
    let folder = folder();
    let token = folder.text("token.jwt");
    let token = token.trim();
    for (text, removed) in [
        (format!("Bearer {token}"), "Bearer prefix"),
        (
            format!("Authorization: Bearer {token}\r\n"),
            "Authorization",
        ),
        (format!("\"{token}\"\n"), "quotes"),
        (format!("'{token}'"), "quotes"),
        (format!("\u{feff}{token}"), "byte order mark"),
    ] {
        for command in ["verify -k key.jwk", "verify -k key.jwk --lines"] {
            let done = folder.run(command).stdin(&text).done();
            assert_eq!(done.code, 0, "{command} {text:?}: {}", done.stderr);
            if !command.contains("lines") {
                assert!(done.stderr.contains(removed), "{text:?}: {}", done.stderr);
            }
        }
    }
    for (text, what) in [
        (format!("\"{token}"), "byte 1"),
        (
            format!("{}\n{}", &token[..50], &token[50..]),
            "line break at byte 51",
        ),
        (format!("{token}="), "padding (=)"),
        (
            token.rsplit_once('.').unwrap().0.to_owned(),
            "the signature is missing",
        ),
        (" \n".into(), "stdin is empty; it must contain a token"),
    ] {
        let message = folder.run("verify -k key.jwk").stdin(&text).refused(10);
        assert!(message.contains(what), "{text:?}: {message}");
    }
}

#[test]
fn token_in_a_token_response_is_extracted_and_noted() {
    let folder = folder();
    let token = folder.text("token.jwt");
    let response = format!(
        r#"{{"access_token":"{}","token_type":"Bearer"}}"#,
        token.trim()
    );
    let done = folder.run("verify -k key.jwk").stdin(&response).done();
    assert_eq!(done.code, 10);
    assert!(
        done.stderr.contains("--field access_token"),
        "{}",
        done.stderr
    );
    let claims = folder.run("verify -q -k key.jwk --field access_token").stdin(&response);
    assert!(claims.accepted().contains("alice"));
    let message = folder.run("verify -k key.jwk --field id_token").stdin(&response).refused(10);
    assert!(message.contains("no member id_token"), "{message}");
}

#[test]
fn claims_are_read_from_stdin_without_other_claims() {
    let folder = folder();
    let claims = |command: &str, stdin: &str| {
        let token = folder.run(command).stdin(stdin).accepted();
        json(folder.run("verify -q -k key.jwk").stdin(token).accepted())
    };
    assert_eq!(claims("sign -q -k key.jwk", r#"{"sub":"x"}"#)["sub"], "x");
    assert_eq!(
        claims("sign -q -k key.jwk", "\u{feff}{\"sub\":\"x\"}")["sub"],
        "x"
    );
    assert!(claims("sign -q -k key.jwk", "").get("sub").is_none());
    assert!(claims("sign -q -k key.jwk --iss i", r#"{"sub":"x"}"#).get("sub").is_none());
    let key = folder.text("key.jwk");
    assert!(claims("sign -q -k -", &key).get("kty").is_none());
    for wrong in ["[]", "sub=a", r#"{"a":1}{}"#] {
        folder.run("sign -k key.jwk").stdin(wrong).refused(2);
    }
    let typed = folder.run_with(["sign", "-q", "-k", "key.jwk", "--claims", r#"{"sub":"t"}"#]);
    let token = typed.accepted();
    assert!(folder.run("verify -k key.jwk").stdin(token).accepted().contains("\"t\""));
    let message = folder.run_with(["sign", "-k", "key.jwk", r#"{"sub":"t"}"#]).refused(2);
    assert!(message.contains("is a JSON object"), "{message}");
}

#[test]
fn claims_that_every_verifier_rejects_are_not_signed() {
    let folder = folder();
    for claims in [
        r#"{"exp":"1900000000"}"#,
        r#"{"exp":1900000000000}"#,
        r#"{"nbf":true}"#,
        r#"{"sub":1}"#,
        r#"{"iss":{}}"#,
        r#"{"aud":[]}"#,
        r#"{"aud":[1]}"#,
    ] {
        folder.run("sign -k key.jwk").stdin(claims).refused(2);
        let done = folder.run("sign -k key.jwk --lines").stdin(claims).done();
        assert_eq!(done.code, 1, "{claims}");
        folder.run("sign -q -k key.jwk --force-claims --claims -").stdin(claims).accepted();
    }
    for typed in ["sub:=1", "exp:=1900000000000", "aud:=[]"] {
        folder.run(&format!("sign -k key.jwk {typed}")).refused(2);
    }
    let token = folder.run("sign -q -k key.jwk --force-claims aud:=[] --exp 1d").accepted();
    folder.run("verify -q -k key.jwk").stdin(&token).accepted();
    folder.run("verify -q -k key.jwk --aud a").stdin(&token).refused(14);
    for (flags, what) in [
        ("--exp 900", "already be expired"),
        ("--nbf +1h --exp 30m", "never be valid"),
    ] {
        let done = folder.run(&format!("sign -k key.jwk {flags}")).done();
        assert!(
            done.code == 0 && done.stderr.contains(what),
            "{flags}: {}",
            done.stderr
        );
    }
}

#[test]
fn flags_accept_any_case_units_and_dates() {
    let folder = folder();
    folder.run("keygen es256 -o a.jwk").accepted();
    folder.run("keygen ecdh-es+a256kw --curve x25519 -o b.jwk").accepted();
    folder.run("convert -k a.jwk --to PEM").accepted();
    let token = folder.run("sign -q -k key.jwk --alg es256 --exp 1w2y").accepted();
    folder.run("verify -q -k key.jwk --leeway 60").stdin(&token).accepted();
    let code = folder.run("verify -q -k key.jwk --at 2020-01-01").stdin(&token).done().code;
    assert_eq!(code, 13);
    let message = folder.run("keygen rsa").refused(2);
    assert!(message.contains("RS256"), "{message}");
    for (claim, hint) in [
        ("exp=1h", "--exp 1h"),
        ("admin=true", "admin:=true"),
        ("exp=x", "exp:="),
    ] {
        let done = folder.run(&format!("sign -k key.jwk {claim}")).done();
        assert!(done.stderr.contains(hint), "{claim}: {}", done.stderr);
    }
    let done = folder.run("sign -k key.jwk --aud a,b").done();
    assert!(done.stderr.contains("repeat the flag"), "{}", done.stderr);
    // The names of algorithms in tokens are case-sensitive.
    folder.write("secret.jwk", secret_jwk());
    let token = hs256(r#"{"alg":"hs256"}"#, r#"{"exp":9999999999}"#);
    folder.run("verify -k secret.jwk").stdin(token).refused(15);
}

#[test]
fn help_and_version_have_the_usual_names() {
    let folder = Folder::new();
    let text = |command: &str| folder.run(command).accepted();
    assert_eq!(text("version"), text("--version"));
    assert_eq!(text("-v"), text("--version"));
    assert_eq!(text("help"), text("--help"));
    assert_eq!(text("help sign"), text("sign --help"));
    let done = folder.run("").done();
    assert_eq!(done.code, 2);
    assert!(
        done.stdout.is_empty() && done.stderr.contains("jotsmith keygen"),
        "{}",
        done.stderr
    );
    for (command, hint) in [
        ("decode x", "inspect"),
        ("encode x", "sign"),
        ("mint", "sign"),
        ("verify --jwks x", "-k KEY"),
        ("verify -iss x", "--iss"),
        ("verify --pretty", "indented"),
    ] {
        let done = folder.run(command).done();
        assert!(
            done.code == 2 && done.stderr.contains(hint),
            "{command}: {}",
            done.stderr
        );
        assert!(!done.stderr.contains("'-- "), "{command}: {}", done.stderr);
        assert!(
            !done.stderr.contains("shows what there is"),
            "{command}: {}",
            done.stderr
        );
    }
}

#[test]
fn claim_flag_and_header_format_print_one_line() {
    let folder = folder();
    for (name, expected) in [
        ("sub", "alice"),
        ("roles", r#"["a","b"]"#),
        ("roles.1", "b"),
        ("realm.x.y", "1"),
        ("/realm/x/y", "1"),
    ] {
        let run = folder.run(&format!("verify -q -k key.jwk --get {name} @token.jwt"));
        assert_eq!(run.accepted(), expected);
    }
    folder.run("verify -q -k key.jwk --get none @token.jwt").refused(14);
    folder.run("verify -q -k key.jwk --get sub --lines @token.jwt").refused(2);
    let done = folder.run("verify -q -k key.jwk --get sub --json @token.jwt").done();
    assert_eq!((done.code, done.stdout.is_empty()), (2, true));
    let header = folder.run("sign -q -k key.jwk --bearer --exp 1h").accepted();
    assert!(header.starts_with("Authorization: Bearer eyJ"), "{header}");
    for other in ["--json", "--lines"] {
        let done = folder.run(&format!("sign -q -k key.jwk --bearer {other}")).done();
        assert_eq!((done.code, done.stdout.is_empty()), (2, true), "{other}");
    }
    folder.run("verify -q -k key.jwk").stdin(header).accepted();
}

#[test]
fn json_of_keygen_and_convert_is_an_object_in_every_format() {
    let folder = folder();
    for command in [
        "keygen ES256",
        "keygen ES256 --to pem",
        "keygen ES256 --to der",
        "convert -k key.jwk",
        "convert -k key.jwk --public --to pem",
        "convert -k key.jwk --to der",
    ] {
        let report = json(folder.run(&format!("{command} --json")).accepted());
        assert_eq!(report["v"], 1, "{command}");
        assert_eq!(report["kids"].as_array().unwrap().len(), 1, "{command}");
        let name = if command.ends_with("der") {
            "key_base64url"
        } else {
            "key"
        };
        assert!(report[name].is_string(), "{command}: {report}");
    }
    let report = json(folder.run("convert -k key.jwk --to pem --json -o key.pem").accepted());
    assert!(report.get("key").is_none() && folder.text("key.pem").contains("PRIVATE KEY"));
}

#[test]
fn required_claims_match_scopes_array_elements_patterns_and_nested_claims() {
    let folder = Folder::new();
    folder.write("hs.jwk", secret_jwk());
    let claims = r#"{"exp":2000,"scope":"read write","scopes":"x","sub":"repo:org/app:ref:refs/heads/main","groups":["dev","admin"],
        "mixed":["admin",1],"realm_access":{"roles":["a"]},"a.b":"dot","/x":"slash"}"#;
    let token = hs256(r#"{"alg":"HS256"}"#, claims);
    let verify = |flags: &str| {
        let command = format!("verify -q -k hs.jwk --at 1000 {flags}");
        folder.run(&command).stdin(&token).done()
    };
    for accepted in [
        "--scope read",
        "--scope write --scope read",
        "--contains groups=admin",
        "--contains /realm_access/roles=a",
        "--glob sub=repo:org/app:*",
        "--glob sub=repo:org/ap?:ref:*",
        "--glob sub=*",
        "--require /realm_access/roles,a.b",
        "--claim a.b=dot",
        "--claim /realm_access/roles/0=a",
        "--claim /realm_access/roles:=[\"a\"]",
        "--claim /~1x=slash",
    ] {
        let done = verify(accepted);
        assert_eq!(done.code, 0, "{accepted}: {}", done.stderr);
    }
    for refused in [
        "--scope rea",
        "--scope read --scope admin",
        "--contains groups=adm",
        "--contains mixed=admin",
        "--contains scope=read",
        "--contains none=a",
        "--glob sub=repo:org/app",
        "--glob sub=org/app:*",
        "--glob groups=*",
        "--glob none=*",
        "--require realm_access.roles",
        "--require /realm_access/roles/1",
        "--claim /x=slash",
        "--claim realm_access.roles.0=a",
    ] {
        let done = verify(refused);
        assert_eq!(done.code, 14, "{refused}: {}", done.stderr);
        assert!(done.stdout.is_empty());
    }
    for invalid in [
        "--contains groups",
        "--contains =a",
        "--glob sub",
        "--contains groups:=1",
    ] {
        assert_eq!(verify(invalid).code, 2, "{invalid}");
    }
    let long = format!("--glob sub={}", "a".repeat(257));
    assert_eq!(verify(&long).code, 2);
    let array = hs256(
        r#"{"alg":"HS256"}"#,
        r#"{"exp":2000,"scope":["read","write"]}"#,
    );
    let run = folder.run("verify -q -k hs.jwk --at 1000 --scope write");
    run.stdin(array).accepted();
}

#[test]
fn long_flag_with_a_single_dash_is_rejected() {
    let folder = folder();
    folder.write("out", "kept");
    let state = folder.state();
    for (command, hint) in [
        ("sign -k key.jwk -force -o out sub=a", "--force"),
        ("sign -k key.jwk -format general sub=a", "--format"),
        (
            "sign -k key.jwk -for sub=a",
            "--force-claims or --format or --force",
        ),
        (
            "sign -k key.jwk -fo out sub=a",
            "--force-claims or --format or --force",
        ),
        ("sign -k key.jwk -iss a", "--iss"),
        ("sign -key key.jwk sub=a", "--key"),
        ("keygen -output new.jwk", "--output"),
        ("keygen -quiet -o new.jwk", "--quiet"),
        ("rotate new.jwks -dry", "--dry-run"),
    ] {
        let done = folder.run(command).done();
        assert_eq!(done.code, 2, "{command}: {}", done.stderr);
        let wanted = format!("a long flag has two dashes: {hint}");
        assert!(done.stderr.contains(&wanted), "{command}: {}", done.stderr);
    }
    for command in [
        "sign -k key.jwk -fq -o out sub=a",
        "sign -k key.jwk -of sub=a",
    ] {
        let message = folder.run(command).refused(2);
        assert!(
            message.contains("-f cannot be combined with other letters")
                || message.contains("two dashes"),
            "{message}"
        );
    }
    assert_eq!(folder.state(), state);
    // Values that begin with a dash and attached values are accepted.
    folder.run("sign -q -kkey.jwk --at -1h sub=a").accepted();
    folder.run("sign -q -k key.jwk -f -o out sub=a").accepted();
    assert_ne!(folder.text("out"), "kept");
    let plan = folder.run("rotate -n new.jwks --publish new.json").accepted();
    assert!(!plan.is_empty() && !folder.path("new.jwks").exists());
}

#[test]
fn completion_prints_the_script_of_each_shell() {
    let folder = folder();
    for (shell, file) in [
        ("bash", "jotsmith.bash"),
        ("zsh", "_jotsmith"),
        ("fish", "jotsmith.fish"),
        ("powershell", "_jotsmith.ps1"),
        ("elvish", "jotsmith.elv"),
        ("nushell", "jotsmith.nu"),
    ] {
        let printed = folder.run(&format!("completion {shell}")).accepted();
        let kept = std::fs::read_to_string(root().join("completions").join(file)).unwrap();
        assert!(printed == kept.trim_end(), "{shell} differs");
    }
    assert_eq!(folder.run("completion tcsh").done().code, 2);
    // In bash: algorithms, profiles, and files after @.
    let complete = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [.., previous, current] = &words[..] else {
            panic!("{line}");
        };
        let script = format!(
            "source <(jotsmith completion bash); COMP_WORDS=({}); COMP_CWORD={}; \
             _jotsmith jotsmith '{current}' '{previous}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.iter().map(|word| format!("'{word}' ")).collect::<String>(),
            words.len() - 1,
        );
        folder.shell(&script).accepted()
    };
    assert_eq!(
        complete("jotsmith sign --alg ES"),
        "ES256\nES384\nES512\nES256K"
    );
    assert_eq!(
        complete("jotsmith keygen RSA-OAEP-"),
        "RSA-OAEP-256\nRSA-OAEP-384\nRSA-OAEP-512"
    );
    assert_eq!(complete("jotsmith verify --profile d"), "dpop");
    for (command, is_offered) in [("sign", None), ("inspect", None), ("verify", Some(false))] {
        let rows = PROFILES.iter().filter(|row| {
            is_offered.is_none_or(|is_for_signing| row.is_for_signing == is_for_signing)
        });
        let names: Vec<&str> = rows.map(|row| row.name).collect();
        let completed = complete(&format!("jotsmith {command} --profile "));
        assert_eq!(completed, names.join("\n"), "{command}");
    }
    assert_eq!(complete("jotsmith verify @tok"), "@token.jwt");
    assert!(complete("jotsmith ver").contains("verify"));
}
