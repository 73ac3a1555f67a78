//! The text report: counts, shortened values, tables, a single claim.

use jotsmith::crypto::base64url;
use serde_json::{Value, json};

use super::super::support::{Folder, json as parsed, mac};
use super::{CLAIMS, HEADER, NOW, hs256, ids, object, shown};

/// Writes a set with these keys, without their private members.
fn set(folder: &Folder, names: &[&str], change: impl Fn(usize, &mut Value)) {
    let keys = names.iter().enumerate().map(|(index, name)| {
        let mut jwk = parsed(folder.read(name));
        jwk.as_object_mut().unwrap().shift_remove("d");
        change(index, &mut jwk);
        jwk
    });
    let keys: Vec<Value> = keys.collect();
    folder.write("set.jwks", json!({"keys": keys}).to_string());
}

fn three_keys() -> Folder {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        folder.keygen(&format!("ES256 --kid {name}"), &format!("{name}.jwk"));
    }
    let token = folder.run("sign -q -k b.jwk sub=alice").accepted();
    folder.write("token.jwt", token);
    folder
}

#[test]
fn first_and_last_line_have_the_number_of_findings() {
    let bad = hs256(r#"{"alg":"HS256"}"#, r#"{"sub":"a","name":"\u001b[2J"}"#);
    let text = shown(&bad);
    let count = "1 high, 3 medium, 2 low";
    let (first, last) = (
        text.lines().next().unwrap(),
        text.lines().next_back().unwrap(),
    );
    assert_eq!(first, format!("NOT VERIFIED  {count}"), "{text}");
    assert_eq!(last, format!("Findings: {count}"), "{text}");
    let text = shown(&hs256(HEADER, CLAIMS));
    assert!(text.starts_with("NOT VERIFIED  no findings\n") && text.ends_with("\nNo findings"));
}

#[test]
fn long_values_and_lists_are_shortened_without_full() {
    let roles: Vec<String> = (0..60).map(|number| format!("role-number-{number}")).collect();
    let long = "x".repeat(500);
    let claims = json!({"roles": roles, "text": long}).to_string();
    let token = hs256(HEADER, claims);
    let text = shown(&token);
    assert!(
        text.contains(".. 48 more items; --full shows them"),
        "{text}"
    );
    assert!(!text.contains(&long) && text.contains("(500 characters; --full shows them)"));
    let folder = Folder::new();
    let full = (folder.run(&format!("inspect {NOW} --full")).stdin(&token)).accepted();
    assert!(full.contains(&long) && full.contains("role-number-59"));
    assert!(!full.contains("--full"));
}

#[test]
fn findings_only_prints_nothing_else() {
    let folder = Folder::new();
    let token = hs256(r#"{"alg":"HS256"}"#, r#"{"sub":"alice"}"#);
    let run = folder.run(&format!("inspect {NOW} --findings-only"));
    let text = run.stdin(&token).accepted();
    assert!(
        text.contains("exp-missing") && !text.contains("alice"),
        "{text}"
    );
    for flags in ["--findings-only --full", "--full --lines"] {
        folder.run(&format!("inspect {flags}")).stdin("").refused(2);
    }
}

#[test]
fn one_claim_is_printed_raw() {
    let folder = Folder::new();
    let token = hs256(
        HEADER,
        r#"{"sub":"a\u001bb","realm":{"roles":["x"]},"n":1}"#,
    );
    for (name, value) in [
        ("sub", "a\u{1b}b"),
        ("n", "1"),
        ("realm.roles.0", "x"),
        ("/realm/roles", "[\"x\"]"),
    ] {
        let run = folder.run(&format!("inspect --get {name}"));
        assert_eq!(run.stdin(&token).accepted(), value, "{name}");
    }
    folder.run("inspect --get none").stdin(&token).refused(1);
    for flag in ["--json", "--lines"] {
        let run = folder.run(&format!("inspect --get sub {flag}"));
        assert_eq!(run.stdin(&token).done().code, 2, "{flag}");
    }
}

#[test]
fn default_token_has_no_type_finding() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let sign = "sign -q -k key.jwk --iss https://i.example --aud a --sub s";
    folder.write("token.jwt", folder.run(sign).accepted());
    let object = parsed(folder.run("inspect --json token.jwt").accepted());
    assert_eq!(ids(&object), [""; 0]);
}

#[test]
fn set_begins_with_a_table() {
    let folder = three_keys();
    folder.keygen("RS256 --bits 2048 --kid r", "r.jwk");
    set(&folder, &["a.jwk", "b.jwk", "c.jwk"], |index, jwk| {
        if index == 1 {
            jwk["alg"] = "RS256".into();
        }
    });
    let text = folder.run("inspect set.jwks").accepted();
    let lines: Vec<&str> = text.lines().skip(2).take(4).collect();
    let cells =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    assert_eq!(
        cells(lines[0]),
        ["kid", "type", "size", "use", "alg", "verdict"]
    );
    let row = ["0", "a", "P-256", "256", "sig", "ES256", "ok"];
    assert_eq!(cells(lines[1]), row);
    assert!(lines[2].contains("high: key-alg-mismatch"), "{text}");
    assert_eq!(cells(lines[3])[0], "2");
}

#[test]
fn every_key_has_its_own_verdict() {
    let folder = three_keys();
    let names = ["a.jwk"; 60];
    set(&folder, &names, |index, jwk| {
        jwk["kid"] = format!("k{index}").into();
        jwk["alg"] = "RS256".into();
    });
    let text = folder.run("inspect set.jwks").accepted();
    assert_eq!(text.matches("high: key-alg-mismatch").count(), 60, "{text}");
    assert!(text.contains("40 more keys; --full shows them"));
}

#[test]
fn keys_of_an_invalid_set_are_parsed_separately() {
    let folder = three_keys();
    let verifies = |change: &dyn Fn(usize, &mut Value)| {
        set(&folder, &["a.jwk", "b.jwk", "c.jwk"], change);
        let done = folder.run("inspect -k set.jwks token.jwt").done();
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(text.starts_with("NOT VERIFIED"), "{text}");
        // The line may be wrapped between any two words.
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains("signed with keys[1]"), "{text}");
    };
    verifies(&|index, jwk| {
        if index < 2 {
            jwk["kid"] = "b".into();
        }
    });
    verifies(&|index, jwk| {
        if index == 1 {
            jwk["alg"] = "RS256".into();
        }
    });
    verifies(&|index, jwk| {
        if index == 1 {
            jwk["use"] = "enc".into();
        }
    });
    // The closing brace is missing.
    set(&folder, &["a.jwk", "b.jwk"], |_, _| {});
    let text = folder.text("set.jwks");
    folder.write("set.jwks", &text[..text.len() - 1]);
    let text = folder.run("inspect -k set.jwks token.jwt").accepted();
    assert!(text.contains("signed with keys[1] (b)"), "{text}");
}

#[test]
fn duplicate_kids_are_named_with_their_indexes() {
    let folder = three_keys();
    set(&folder, &["a.jwk", "b.jwk", "c.jwk"], |_, jwk| {
        jwk["kid"] = "same".into()
    });
    let object = parsed(folder.run("inspect --json set.jwks").accepted());
    let findings = object["findings"].as_array().unwrap().iter();
    let messages: Vec<&str> = findings
        .filter(|finding| finding["id"] == "set-duplicate-kid")
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    let expected = [
        "keys[0] and keys[1] have the same kid",
        "keys[0] and keys[2] have the same kid",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn matching_secret_that_is_too_short_is_confirmed() {
    let folder = Folder::new();
    let input = format!(
        "{}.{}",
        base64url::encode(HEADER),
        base64url::encode(CLAIMS)
    );
    let secret = b"tr0ub4dor&3";
    let token = format!("{input}.{}", base64url::encode(mac(secret, &input)));
    folder.write("secret", secret);
    folder.write("other", b"tr0ub4dor&4");
    let text = folder.run("inspect --secret secret").stdin(&token).accepted();
    assert!(
        text.contains("the secret matches, but is too short for HS256"),
        "{text}"
    );
    let text = folder.run("inspect --secret other").stdin(&token).accepted();
    assert!(!text.contains("matches"), "{text}");
}

#[test]
fn control_characters_are_reported_with_place_and_code_point() {
    let claims = json!({
        "sub": "a\u{1b}\u{202e}\u{1b}",
        "list": ["x", "\u{200b}"],
        "deep": {"\u{7}": "y"},
    });
    let object = object(&hs256(HEADER, claims.to_string()));
    let findings = object["findings"].as_array().unwrap().iter();
    let places: Vec<(&str, &str)> = findings
        .filter(|finding| finding["id"] == "control-chars")
        .map(|finding| {
            let message = finding["message"].as_str().unwrap();
            let (_, points) = message.split_once(": ").unwrap();
            (finding["where"].as_str().unwrap(), points)
        })
        .collect();
    let expected = [
        ("claims.sub", "U+001B, U+202E"),
        ("claims.list[1]", "U+200B"),
        ("claims.deep.\u{7}", "U+0007"),
    ];
    assert_eq!(places, expected);
    let many: Vec<&str> = vec!["\u{1b}"; 50];
    let object = super::object(&hs256(HEADER, json!({"a": many}).to_string()));
    let text = object["findings"].to_string();
    assert!(
        text.contains("31 more places contain characters of this kind"),
        "{text}"
    );
}

#[test]
fn unsupported_feature_of_a_consumer_is_at_least_medium() {
    let folder = Folder::new();
    let run = folder.run(&format!("inspect {NOW} --for kubernetes --fail-on medium"));
    let done = run.stdin(hs256(HEADER, CLAIMS)).done();
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert!(done.stderr.contains("consumer-compat"));
}
