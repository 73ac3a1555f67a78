//! Sets whose private keys are in a token of SoftHSM.

use std::collections::BTreeSet;

use super::*;
use crate::support::token::{PIN, Token, module};

const IN: &str = "--in pkcs11:token=ci";

/// Runs `rotate keys.jwks --publish jwks.json` with more arguments at a time, and returns the report.
#[track_caller]
fn rotate(token: &Token, more: &str, at: i64) -> Value {
    let line = format!("--json --at {at} rotate keys.jwks --publish jwks.json {more}");
    json(token.run(&line).accepted())
}

/// Returns the labels of the private keys in the token, according to pkcs11-tool.
fn labels(token: &Token) -> Vec<String> {
    objects(token, "privkey")
}

fn objects(token: &Token, kind: &str) -> Vec<String> {
    let list = token.shell(&format!(
        "pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --list-objects --type {kind} 2> /dev/null"
    ));
    let labels = list.lines().filter_map(|line| line.trim().strip_prefix("label:"));
    let mut labels: Vec<String> = labels.map(|label| label.trim().to_owned()).collect();
    labels.sort();
    labels
}

/// Returns the labels that the set refers to.
fn references(token: &Token) -> Vec<String> {
    let keys = keys(&token.0, "keys.jwks");
    let references = keys.iter().filter_map(|key| key["pkcs11"].as_str());
    let labels = references.map(|uri| uri.strip_prefix("pkcs11:token=ci;object=").unwrap());
    let mut labels: Vec<String> = labels.map(str::to_owned).collect();
    labels.sort();
    labels
}

/// Signs with the set and verifies with the published set.
#[track_caller]
fn sign_and_verify(token: &Token, at: i64) {
    let signed = token.run(&format!("--at {at} sign -q -k keys.jwks sub=a")).accepted();
    let verify = format!("--at {at} verify -q -k jwks.json");
    token.0.run(&verify).stdin(&signed).accepted();
    // The private set verifies too, without loading the module.
    let verify = format!("--at {at} verify -q -k keys.jwks");
    (token.0.run(&verify).env("PKCS11_MODULE", "/none.so")).stdin(signed).accepted();
}

/// Creates a set with one key, and returns the label of the key.
fn new_key(token: &Token) -> String {
    rotate(token, IN, START);
    references(token).remove(0)
}

#[test]
fn keys_in_a_token_rotate_for_two_months() {
    let token = Token::new();
    let flags = format!("{IN} --publish-pem public.pem --log log");
    rotate(&token, &format!("--init {flags}"), START);
    let mut signers = BTreeSet::new();
    // The days of each change, the days before and after, and a day without a change.
    for day in [0, 15, 28, 29, 30, 31, 32, 33, 59, 60, 61, 62, 63] {
        let at = START + day * DAY;
        rotate(&token, "--publish-pem public.pem --log log", at);
        sign_and_verify(&token, at);
        assert_eq!(references(&token), labels(&token), "day {day}");
        assert_eq!(references(&token), objects(&token, "pubkey"), "day {day}");
        assert!(!token.0.text("jwks.json").contains("pkcs11"));
        assert!(!token.0.text("keys.jwks").contains("\"d\""));
        signers.extend(references(&token));
    }
    assert_eq!(signers.len(), 3);
    let list = token.shell(&format!(
        "pkcs11-tool --module $MODULE -l --pin {PIN} --list-objects --type privkey 2> /dev/null"
    ));
    for line in list.lines().filter(|line| line.contains("Access:")) {
        assert!(
            line.contains("sensitive") && line.contains("never extractable"),
            "{list}"
        );
    }
    assert!(list.contains("Access:"), "{list}");
}

#[test]
fn encryption_keys_are_created_in_a_token() {
    let token = Token::new();
    token.0.write("content", "some content");
    rotate(
        &token,
        &format!("{IN} --alg ECDH-ES+A256KW --alg RS256 --bits 2048"),
        START,
    );
    sign_and_verify(&token, START);
    let mut old = String::new();
    for day in [0, 29, 30] {
        let at = START + day * DAY;
        rotate(&token, "", at);
        let encrypt = format!("--at {at} encrypt -q -k jwks.json content");
        let new = token.0.run(&encrypt).accepted();
        if old.is_empty() {
            old.clone_from(&new);
        }
        for encrypted in [&old, &new] {
            let decrypt = format!("--at {at} decrypt -q -k keys.jwks");
            assert_eq!(
                token.run(&decrypt).stdin(encrypted).accepted(),
                "some content"
            );
        }
    }
}

#[test]
fn set_is_migrated_into_a_token() {
    let token = Token::new();
    rotate(&token, "", START);
    assert!(labels(&token).is_empty());
    rotate(&token, IN, START + 29 * DAY);
    sign_and_verify(&token, START + 29 * DAY);
    assert_eq!(labels(&token).len(), 1);
    rotate(&token, "", START + 32 * DAY);
    assert_eq!(keys(&token.0, "keys.jwks").len(), 1);
    sign_and_verify(&token, START + 32 * DAY);
}

#[test]
fn encrypted_set_refers_to_keys_in_a_token() {
    let token = Token::new();
    token.0.write("passphrase", "correct horse");
    token.run(&format!("--at {START} rotate plain.jwks {IN}")).accepted();
    (token.run(
        "convert -k plain.jwks --to jwks --encrypt --passphrase-file passphrase -o keys.jwks",
    ))
    .accepted();
    let line = "rotate keys.jwks --publish jwks.json --passphrase-file passphrase --in pkcs11:token=ci;object=x";
    let at = START + 40 * DAY;
    token.run(&format!("--at {at} {line}")).accepted();
    assert!(!token.0.text("keys.jwks").contains("keys"));
    let sign = format!("--at {at} sign -q -k keys.jwks --passphrase-file passphrase sub=a");
    let signed = token.run(&sign).accepted();
    (token.0.run(&format!("--at {at} verify -q -k jwks.json")).stdin(signed)).accepted();
}

#[test]
fn label_of_the_set_in_the_token_is_kept_or_given() {
    let token = Token::new();
    let first = new_key(&token);
    let policy = json(token.0.read("keys.jwks"))["rotation"]["in"].clone();
    assert!(first.starts_with("jotsmith-"), "{first}");
    // The same token keeps its name, and changes nothing.
    let report = rotate(&token, IN, START + DAY);
    assert_eq!(report["changed"], false);
    assert_eq!(json(token.0.read("keys.jwks"))["rotation"]["in"], policy);
    // A new name applies to new keys.
    rotate(
        &token,
        "--in pkcs11:token=ci;object=signing%20keys",
        START + 29 * DAY,
    );
    assert!(labels(&token).iter().any(|label| label.starts_with("signing keys-")));
    sign_and_verify(&token, START + 30 * DAY);
    // Keys of both names are destroyed.
    rotate(&token, "", START + 32 * DAY);
    assert_eq!(labels(&token).len(), 1);
    assert_eq!(rotate(&token, "", START + 33 * DAY).get("orphans"), None);
}

#[test]
fn revoked_key_is_destroyed_and_no_reference_is_left() {
    let token = Token::new();
    let report = rotate(&token, IN, START);
    let kid = in_state(&report, "active").unwrap();
    let old = references(&token);
    rotate(
        &token,
        &format!("--revoke {kid} --reason drill"),
        START + DAY,
    );
    let tombstone = &keys(&token.0, "keys.jwks")[0];
    assert!(
        tombstone["revoked"].is_object() && tombstone["pkcs11"].is_null(),
        "{tombstone}"
    );
    assert_eq!(labels(&token), references(&token));
    assert_ne!(labels(&token), old);
    sign_and_verify(&token, START + DAY);
}

/// A compromised key is destroyed even if the disk fails.
#[test]
fn revoked_key_is_destroyed_although_the_set_cannot_be_written() {
    let token = Token::new();
    let report = rotate(&token, IN, START);
    let kid = in_state(&report, "active").unwrap();
    let before = token.0.text("keys.jwks");
    let run = token.shell(&format!(
        "JOTSMITH_PIN={PIN} strace -f -qq -o /dev/null -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:error=EIO \
         {} --at {} rotate keys.jwks --publish jwks.json --revoke {kid} --reason drill 2>&1 || echo code $?",
        env!("CARGO_BIN_EXE_jotsmith"),
        START + DAY
    ));
    assert!(run.contains("code 3"), "{run}");
    assert_eq!(token.0.text("keys.jwks"), before);
    // The token has neither the old key nor the new one, which is in no set.
    assert!(labels(&token).is_empty(), "{run}");
    rotate(
        &token,
        &format!("--revoke {kid} --reason drill"),
        START + DAY,
    );
    sign_and_verify(&token, START + DAY);
}

#[test]
fn report_flags_do_not_open_the_token() {
    let token = Token::new();
    let key = new_key(&token);
    for view in [
        "--check",
        "--status",
        "--dry-run",
        "--diff",
        "--simulate 90d",
    ] {
        for at in [START, START + 29 * DAY, START + 40 * DAY] {
            let line = format!(
                "--at {at} rotate keys.jwks --publish jwks.json {view} --pkcs11-module /none.so"
            );
            let done = token.locked(&line).done();
            assert!([0, 1].contains(&done.code), "{view}: {done:?}");
            assert!(!done.stdout.is_empty(), "{view}");
        }
    }
    for view in ["--check", "--dry-run", "--simulate 90d"] {
        let line = format!("--at {START} rotate new.jwks {IN} {view} --pkcs11-module /none.so");
        let done = token.locked(&line).done();
        assert!([0, 1].contains(&done.code), "{view}: {done:?}");
    }
    assert_eq!(labels(&token), [key]);
}

/// A copy of an older set is used: keys that it may refer to are not destroyed.
#[test]
fn token_key_outside_of_the_set_is_reported_and_kept() {
    let token = Token::new();
    let key = new_key(&token);
    let line = format!("--at {START} rotate keys.jwks {IN}");
    std::fs::copy(token.0.path("keys.jwks"), token.0.path("old.jwks")).unwrap();
    rotate(&token, "--now drill", START + DAY);
    let newer = references(&token).into_iter().find(|label| *label != key).unwrap();
    std::fs::copy(token.0.path("old.jwks"), token.0.path("keys.jwks")).unwrap();
    // Keys of other programs are not reported, even with similar labels.
    for label in ["other", "jotsmith-0-1", &format!("{key}0")] {
        token.keygen("ES256", label);
    }
    let done = token.run(&line).done();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains(&newer) && !done.stderr.contains("other"),
        "{done:?}"
    );
    let report = json(token.run(&format!("--json {line}")).accepted());
    assert_eq!(report["orphans"], Value::from(vec![newer]));
    assert_eq!(labels(&token).len(), 5);
}

#[test]
fn nothing_is_changed_if_the_token_cannot_be_used() {
    let token = Token::new();
    let line = format!("--at {START} rotate keys.jwks --publish jwks.json");
    let unchanged = |line: &str, run: &dyn Fn() -> crate::support::Done, why: &str| {
        let before = token.0.state();
        let done = run();
        assert_eq!(done.code, 3, "{line}: {done:?}");
        assert!(
            done.stdout.is_empty() && done.stderr.contains(why),
            "{line}: {done:?}"
        );
        let mut after = token.0.state();
        after.retain(|name, _| !name.starts_with("tokens"));
        let mut before = before;
        before.retain(|name, _| !name.starts_with("tokens"));
        assert!(before == after, "{line}");
        assert!(labels(&token).is_empty(), "{line}");
    };
    let wrong_pin = format!("{line} {IN}");
    unchanged(
        &wrong_pin,
        &|| token.locked(&wrong_pin).env("JOTSMITH_PIN", "111111").done(),
        "the PIN is wrong",
    );
    for (rest, why) in [
        ("--in pkcs11:token=none", "no token matches"),
        (
            "--in pkcs11:token=ci --pkcs11-module /none.so",
            "cannot be loaded",
        ),
    ] {
        let line = format!("{line} {rest}");
        unchanged(&line, &|| token.run(&line).done(), why);
    }
}

/// SoftHSM generates the signing key, but does not support X25519.
#[test]
fn failed_run_removes_its_new_token_keys_and_keeps_the_set() {
    let token = Token::new();
    (token.0.run("keygen ECDH-ES+A256KW --curve X25519 -o key.jwk")).accepted();
    let set = serde_json::json!({"keys": [json(token.0.read("key.jwk"))]}).to_string();
    token.0.write("keys.jwks", &set);
    let line =
        format!("--at {START} rotate keys.jwks {IN} --alg ES256 --alg ECDH-ES+A256KW --now drill");
    let done = token.run(&line).done();
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.stderr.contains("could not generate the key"),
        "{done:?}"
    );
    assert_eq!(token.0.text("keys.jwks"), set);
    assert!(labels(&token).is_empty() && objects(&token, "pubkey").is_empty());
}

#[test]
fn unsupported_flags_for_a_set_in_a_token_are_rejected() {
    let token = Token::new();
    for (rest, why) in [
        (
            "keys.jwks --in pkcs11:token=ci;id=%00",
            "must not have an id",
        ),
        (
            "keys.jwks --in pkcs11:token=ci?pin-value=482915",
            "pin-value",
        ),
        ("keys.jwks --in keys.pem", "is not a PKCS#11 URI"),
        (
            "keys.jwks --in pkcs11:token=ci --alg HS256",
            "cannot generate a key for HS256",
        ),
        (
            "keys.jwks --in pkcs11:token=ci --alg ML-DSA-44",
            "cannot generate a key for ML-DSA-44",
        ),
        (
            "keys.jwks --in pkcs11:token=ci --active-out key.pem",
            "--active-out",
        ),
        ("- --init --in pkcs11:token=ci", "cannot be read from stdin"),
    ] {
        let error = token.run(&format!("rotate {rest}")).stdin("").refused(2);
        assert!(error.contains(why), "{rest}: {error}");
    }
    new_key(&token);
    let set = token.0.text("keys.jwks");
    for (rest, why) in [
        ("keys.jwks --active-out key.pem", "--active-out"),
        ("-", "cannot be read from stdin"),
    ] {
        let line = format!("--at {START} rotate {rest}");
        let error = token.run(&line).stdin(&set).refused(2);
        assert!(error.contains(why), "{rest}: {error}");
    }
    assert_eq!(token.0.text("keys.jwks"), set);
    assert_eq!(labels(&token).len(), 1);
}

#[test]
fn set_that_names_a_module_or_a_pin_source_is_rejected() {
    let token = Token::new();
    let key = new_key(&token);
    let set = json(token.0.read("keys.jwks"));
    for query in [
        "?module-path=/tmp/evil.so",
        "?pin-source=/etc/passwd",
        "?pin-value=1",
    ] {
        let mut in_key = set.clone();
        in_key["keys"][0]["pkcs11"] = format!("pkcs11:token=ci;object={key}{query}").into();
        let mut in_policy = set.clone();
        in_policy["rotation"]["in"] = format!("pkcs11:token=ci;object=x{query}").into();
        for set in [in_key, in_policy] {
            token.0.write("keys.jwks", set.to_string());
            for view in ["", "--status", "--check"] {
                let line = format!("--at {START} rotate keys.jwks {view}");
                let error = token.run(&line).refused(3);
                assert!(error.contains("of the set has a "), "{error}");
            }
        }
    }
}

#[test]
fn set_with_token_keys_is_rejected_without_the_in_flag() {
    let token = Token::new();
    new_key(&token);
    let mut set = json(token.0.read("keys.jwks"));
    set["rotation"].as_object_mut().unwrap().shift_remove("in");
    token.0.write("keys.jwks", set.to_string());
    let error = token.run(&format!("--at {START} rotate keys.jwks")).refused(2);
    assert!(
        error.contains("does not name the token for new keys"),
        "{error}"
    );
    rotate(&token, IN, START + DAY);
}

/// Another user may have written a published set.
#[test]
fn reference_in_a_published_or_served_set_is_ignored() {
    let token = Token::new();
    rotate(&token, "", START);
    let mut published = json(token.0.read("jwks.json"));
    published["keys"][0]["pkcs11"] = "pkcs11:token=ci;object=evil?module-path=/tmp/evil.so".into();
    token.0.write("jwks.json", published.to_string());
    token.0.write("served.json", published.to_string());
    rotate(&token, "--served served.json", START + DAY);
    assert!(!token.0.text("jwks.json").contains("pkcs11"));
}

#[test]
fn revocation_does_not_wait_for_the_token() {
    let token = Token::new();
    rotate(&token, IN, START);
    let report = rotate(&token, "", START + 29 * DAY);
    let kid = in_state(&report, "pending").unwrap();
    let line = format!(
        "--at {} rotate keys.jwks --publish jwks.json --revoke {kid} --reason drill",
        START + 29 * DAY
    );
    // The successor that is then needed can only be generated in the token.
    let before = token.0.text("keys.jwks");
    token.run(&format!("{line} --pkcs11-module /none.so")).refused(3);
    assert_eq!(token.0.text("keys.jwks"), before);
    let kid = in_state(&rotate(&token, "", START + 30 * DAY), "retiring").unwrap();
    let line = format!(
        "--at {} rotate keys.jwks --publish jwks.json --revoke {kid} --reason drill",
        START + 30 * DAY
    );
    let done = token.run(&format!("{line} --pkcs11-module /none.so")).done();
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.stdout.is_empty(), "{done:?}");
    let error = done.stderr;
    assert!(
        error.contains("the set is written, but pkcs11:token=ci;object=jotsmith-"),
        "{error}"
    );
    assert!(!kids(&token.0, "jwks.json").contains(&kid));
    assert_eq!(keys(&token.0, "keys.jwks")[0]["revoked"]["reason"], "drill");
    // The key that is left in the token is reported.
    let report = rotate(&token, "", START + 30 * DAY);
    assert_eq!(report["orphans"].as_array().unwrap().len(), 1);
}

#[test]
fn key_missing_from_the_token_is_reported_when_signing() {
    let token = Token::new();
    let key = new_key(&token);
    token.shell(&format!(
        "pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --delete-object --type privkey --label {key} 2> /dev/null"
    ));
    let error = token.run(&format!("--at {START} sign -q -k keys.jwks sub=a")).refused(3);
    assert!(error.contains("no private key that matches"), "{error}");
    // Removing the missing key is not an error.
    rotate(&token, "", START + 29 * DAY);
    rotate(&token, "", START + 32 * DAY);
    sign_and_verify(&token, START + 32 * DAY);
}

#[test]
fn module_and_pin_of_the_flag_are_used_and_not_stored() {
    let token = Token::new();
    token.0.write("pin", PIN);
    let place = format!(
        "pkcs11:token=ci?module-path={}&pin-source=file:pin",
        module()
    );
    let run = |more: &str, at: i64| {
        let line = format!("--no-input --at {at} rotate keys.jwks {more}");
        token.locked(&line).env("PKCS11_MODULE", "/none.so").done()
    };
    let done = run(&format!("--in {place}"), START);
    assert_eq!(done.code, 0, "{done:?}");
    for at in [START + 29 * DAY, START + 32 * DAY] {
        assert_eq!(run("", at).code, 3);
        let done = run(&format!("--in {place}"), at);
        assert_eq!(done.code, 0, "{done:?}");
    }
    assert_eq!(labels(&token).len(), 1);
    assert!(!token.0.text("keys.jwks").contains("pin"));
    let line = "--no-input --at 1702764800 rotate keys.jwks --pin-file pin --pkcs11-module";
    token.locked(&format!("{line} {}", module())).accepted();
}
