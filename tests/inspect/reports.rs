//! `--report`, `--redact`, `--diff` and `--explain`.

use jotsmith::inspection::findings::rules::RULES;
use serde_json::json;

use super::super::support::{Folder, json as parsed};
use super::{CLAIMS, HEADER, NOW, hs256};

#[test]
fn report_has_the_verdict_findings_content_and_hash() {
    let folder = Folder::new();
    let token = hs256(
        r#"{"alg":"HS256","jku":"https://evil.example/"}"#,
        r#"{"sub":"alice","exp":1893456300}"#,
    );
    folder.write("token.jwt", &token);
    for format in ["md", "html"] {
        let text = folder.run(&format!("inspect {NOW} --report {format} token.jwt")).accepted();
        for part in [
            "NOT VERIFIED",
            "1 high, 2 medium, 2 low",
            "header-url",
            "alice",
            "2030-01-01T00:05:00Z, expires in 5 minutes",
            "https://www.rfc-editor.org/rfc/rfc8725#section-3.10",
            "token.jwt",
            env!("CARGO_PKG_VERSION"),
        ] {
            assert!(text.contains(part), "{format} {part}\n{text}");
        }
        let hash = folder.shell("sha256sum token.jwt").accepted();
        assert!(text.contains(hash.split(' ').next().unwrap()), "{text}");
    }
    let refused = folder
        .run(&format!(
            "inspect {NOW} --report md --fail-on high token.jwt"
        ))
        .done();
    assert_eq!(refused.code, 1);
    assert!(String::from_utf8(refused.stdout).unwrap().starts_with("# Inspection report"));
    folder.run("inspect --report html token.jwt -o report.html").accepted();
    assert!(folder.text("report.html").starts_with("<!DOCTYPE html>"));
}

#[test]
fn html_report_has_no_scripts_and_no_markup_of_the_token() {
    let hostile = "</pre><script>alert(1)</script><img src=x onerror=y>\u{1b}[2J\u{202e}";
    let claims = json!({"sub": hostile, hostile: hostile, "aud": "*"}).to_string();
    let header = json!({"alg": "HS256", "kid": hostile, "jku": hostile}).to_string();
    let folder = Folder::new();
    let run = folder.run("inspect --report html");
    let text = run.stdin(hs256(header, claims)).accepted();
    for bad in [
        "<script",
        "<img",
        "onerror=y>",
        "\u{1b}",
        "\u{202e}",
        "src=",
    ] {
        // Escaped text may still contain the words of an attribute.
        let text = text.replace("&lt;img src=x onerror=y&gt;", "");
        assert!(!text.contains(bad), "{bad}\n{text}");
    }
    assert!(text.contains("&lt;script&gt;alert(1)"));
    assert!(text.contains("prefers-color-scheme: dark") && text.contains("default-src 'none'"));
}

#[test]
fn report_of_a_private_key_shows_no_private_member() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let jwk = parsed(folder.read("key.jwk"));
    for format in ["md", "html"] {
        let text = folder.run(&format!("inspect --report {format} key.jwk")).accepted();
        assert!(text.contains("P-256") && !text.contains(jwk["d"].as_str().unwrap()));
    }
}

#[test]
fn redact_removes_credentials_and_keeps_the_rest() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    folder.keygen("ECDH-ES+A256KW", "enc.jwk");
    folder.keygen("RS256 --bits 2048 --to pem", "rsa.pem");
    let signed = folder.run("sign -q -k key.jwk sub=alice").accepted();
    let encrypted = folder.run("encrypt -q -k enc.jwk").stdin("hidden").accepted();
    let flattened = folder
        .run("encrypt -q -k enc.jwk --format flattened")
        .stdin("a longer content than one byte")
        .accepted();
    let jwk = folder.text("key.jwk");
    let har =
        json!({"entries": [{"headers": [{"value": format!("Bearer {signed}")}], "body": jwk}]});
    let url = format!("GET /cb?t%3D{}&state=xyz", signed.replace('.', "%2E"));
    let log = format!(
        "start\n{har:#}\n{url}\n{encrypted}\n{flattened}\n{jwk}\n{}\nend",
        folder.text("rsa.pem")
    );
    folder.write("app.log", &log);
    let done = folder.run("inspect --redact app.log").done();
    assert_eq!(done.code, 0, "{}", done.stderr);
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(
        done.stderr.contains("claims remain readable") && done.stderr.contains("opaque tokens")
    );
    let part = |token: &str, index: usize| token.split('.').nth(index).unwrap().to_owned();
    let jwe = parsed(&flattened);
    let secrets = [
        part(&signed, 2),
        part(&encrypted, 1),
        part(&encrypted, 3),
        jwe["encrypted_key"].as_str().unwrap().to_owned(),
        jwe["ciphertext"].as_str().unwrap().to_owned(),
        parsed(&jwk)["d"].as_str().unwrap().to_owned(),
        folder.text("rsa.pem").lines().nth(5).unwrap().to_owned(),
    ];
    for secret in secrets {
        assert!(
            log.contains(&secret) && !text.contains(&secret),
            "{secret}\n{text}"
        );
    }
    let kept = [
        part(&signed, 0),
        part(&signed, 1),
        "state=xyz".into(),
        "start".into(),
        "end".into(),
    ];
    for kept in kept {
        assert!(text.contains(&kept), "{kept}");
    }
    // Input from stdin and output to a file give the same text.
    let again = folder.run("inspect -q --redact").stdin(&log).done();
    assert_eq!(String::from_utf8(again.stdout).unwrap(), text);
    folder.run("inspect -q --redact app.log -o clean.log").accepted();
    assert_eq!(folder.text("clean.log"), text);
}

#[test]
fn redact_keeps_a_text_without_secrets_byte_for_byte() {
    let folder = Folder::new();
    let text: Vec<u8> = (0..=255_u8).cycle().take(400_000).collect();
    folder.write("bytes", &text);
    let done = folder.run("inspect -q --redact bytes").done();
    assert_eq!(done.stdout, text);
    assert_eq!(done.stderr, "");
}

#[test]
fn diff_shows_what_differs_in_header_claims_times_and_key() {
    let folder = Folder::new();
    folder.write("a.jwt", hs256(HEADER, CLAIMS));
    let other = CLAIMS.replace("alice", "bob").replace("1893456200", "1893459800");
    folder.write("b.jwt", hs256(HEADER.replace("k1", "k2"), other));
    let text = folder.run(&format!("inspect {NOW} --diff a.jwt b.jwt")).accepted();
    for part in [
        "- sub  \"alice\"",
        "+ sub  \"bob\"",
        "- kid  \"k1\"",
        "+ kid  \"k2\"",
        "- lifetime  5 minutes",
        "+ lifetime  1 hour 5 minutes",
        "expires in 1 hour",
        "signature  different",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let same = folder.run(&format!("inspect {NOW} --diff a.jwt a.jwt")).accepted();
    assert!(
        !same.contains("  + ") && same.contains("signature  the same"),
        "{same}"
    );
    folder.run("inspect --diff a.jwt").refused(2);
    folder.keygen("ES256", "key.jwk");
    folder.run("inspect --diff a.jwt key.jwk").refused(10);
}

#[test]
fn every_finding_is_explained() {
    let folder = Folder::new();
    for rule in RULES {
        let text = folder.run(&format!("inspect --explain {}", rule.id)).accepted();
        assert!(text.starts_with(rule.id), "{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        for part in [rule.summary, rule.why, rule.fix, rule.reference] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
    folder.run("inspect --explain no-such-finding").refused(2);
}

#[test]
fn report_modes_conflict_with_each_other() {
    let folder = Folder::new();
    let modes = ["--report=md", "--redact", "--diff", "--explain=alg-none"];
    for (index, mode) in modes.iter().enumerate() {
        for other in modes[index + 1..].iter().chain(&["--sarif", "--json", "--lines"]) {
            let done = folder.run(&format!("inspect {mode} {other}")).stdin("").done();
            let is_refused = done.code == 2 && done.stderr.contains("cannot be used with");
            assert!(is_refused, "{mode} {other}: {}", done.stderr);
        }
    }
}
