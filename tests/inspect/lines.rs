//! Every flag of inspect with `--lines`: the parser refuses it, or it has the same effect as on a single input.

use serde_json::Value;

use super::super::support::{Folder, json as parsed};
use super::{CLAIMS, HEADER, NOW, hs256};

/// Flags that do not concern an item, and those about keys that are fetched or in a token.
const WITHOUT_EFFECT_ON_AN_ITEM: [&str; 15] = [
    "lines",
    "jobs",
    "fail-fast",
    "output",
    "force",
    "json",
    "quiet",
    "color",
    "no-input",
    "help",
    "at",
    "offline",
    "ca",
    "pkcs11-module",
    "pin-file",
];

/// Flag | arguments with the flag | arguments without it | input.
const ROWS: &str = "\
key | -k hs.jwk | -k other.jwk | token.jwt
secret | --secret secret.txt | -k other.jwk | secret.jwt
secret-encoding | --secret secret.hex --secret-encoding hex | --secret secret.hex | secret.jwt
kid | -k set.jwks --kid other | -k set.jwks | token.jwt
passphrase-file | -k locked.pem --passphrase-file pass.txt | -k other.jwk | es.jwt
max-p2c | -k locked.pem --passphrase-file pass.txt --max-p2c 1000 | -k locked.pem --passphrase-file pass.txt | es.jwt
profile | --profile at | | token.jwt
fail-on | --fail-on low | | token.jwt
for | --for kubernetes | | token.jwt
show-secret | --show-secret | | known.jwt
allow | --allow exp-missing | | no-exp.jwt";

fn folder() -> Folder {
    let folder = Folder::new();
    let secret = "0123456789abcdef0123456789abcdef";
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    folder.write("secret.txt", secret);
    folder.write("secret.hex", hex);
    folder.write("pass.txt", "correct horse battery staple");
    folder.write("weak.txt", "your-256-bit-secret-your-256-bit-secret");
    for line in [
        "keygen HS256 --kid hs -o hs.jwk",
        "keygen HS256 --kid other -o other.jwk",
        "keygen ES256 --to pem --encrypt --passphrase-file pass.txt -o locked.pem",
        "sign -q -k hs.jwk --sub s --exp 1d -o token.jwt",
        "sign -q -k hs.jwk --no-exp -o no-exp.jwt",
        "sign -q --secret secret.txt --exp 1d -o secret.jwt",
        "sign -q -k locked.pem --passphrase-file pass.txt --exp 1d -o es.jwt",
    ] {
        folder.run(line).accepted();
    }
    let known = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    folder.write("known.jwt", known);
    let set = ["hs.jwk", "other.jwk"].map(|name| parsed(folder.text(name)));
    folder.write("set.jwks", serde_json::json!({"keys": set}).to_string());
    folder
}

/// Returns the report, or the code of the error.
fn outcome(folder: &Folder, flags: &str, lines: bool, input: &str) -> Value {
    let lines_flag = if lines { "--lines" } else { "" };
    let command = format!("inspect --json {lines_flag} {flags} --at 2026-11-01");
    let done = folder.run(&command).stdin(folder.text(input)).done();
    let stdout = String::from_utf8(done.stdout).unwrap();
    // A single run prints its report even if --fail-on refuses it.
    if let Some(line) = done.stderr.lines().next()
        && let Ok(error) = serde_json::from_str::<Value>(line)
        && let Some(code) = error["error"].get("code")
    {
        return code.clone();
    }
    let mut report = parsed(stdout.lines().next().unwrap_or_default());
    if let Some(code) = report["error"].get("code").filter(|_| report["ok"] == false) {
        return code.clone();
    }
    for name in ["v", "line", "ok"] {
        report.as_object_mut().unwrap().shift_remove(name);
    }
    report
}

#[test]
fn every_flag_conflicts_with_lines_or_has_the_same_effect() {
    let folder = folder();
    let rows: Vec<Vec<&str>> =
        ROWS.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let parser = jotsmith::commands::build_parser();
    let definition = parser.find_subcommand("inspect").unwrap();
    for argument in definition.get_arguments() {
        let Some(flag) = argument.get_long() else {
            continue;
        };
        if WITHOUT_EFFECT_ON_AN_ITEM.contains(&flag) {
            continue;
        }
        let Some(row) = rows.iter().find(|row| row[0] == flag) else {
            let value = match flag {
                "report" => "=md",
                "explain" => "=alg-none",
                _ if argument.get_action().takes_values() => "=compact",
                _ => "",
            };
            let command = format!("inspect --lines --{flag}{value}");
            let done = folder.run(&command).done();
            let is_refused = done.code == 2 && done.stderr.contains("cannot be used with");
            // A flag that needs --scan is refused for that reason.
            let needs_scan = done.code == 2 && done.stderr.contains("--scan");
            assert!(
                is_refused || needs_scan,
                "--{flag} has no row: {}",
                done.stderr
            );
            continue;
        };
        let (with, without, input) = (row[1], row[2], row[3]);
        let lines = outcome(&folder, with, true, input);
        assert_eq!(outcome(&folder, with, false, input), lines, "{with}");
        assert_ne!(
            outcome(&folder, without, true, input),
            lines,
            "{with} has no effect"
        );
    }
}

#[test]
fn lines_report_key_confusion_and_keys() {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out pub.pem --to pem", "key.pem");
    let input = hs256(HEADER, CLAIMS);
    let (input, _) = input.rsplit_once('.').unwrap();
    let mac = super::super::support::mac(&folder.read("pub.pem"), input);
    let token = format!("{input}.{}", jotsmith::crypto::base64url::encode(mac));
    folder.keygen("ES256", "key.jwk");
    let jwk = folder.text("key.jwk").replace('\n', "");
    let run = folder.run(&format!("inspect --lines {NOW} -k pub.pem"));
    let text = run.stdin(format!("{token}\n{jwk}\n")).accepted();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("hs-public-key"), "{text}");
    assert_eq!(parsed(lines[1])["type"], "jwk");
    assert!(!lines[1].contains("\"d\""));
}
