//! `rotate -`: the set from stdin to stdout, for secret managers.

use super::*;
use crate::support::Done;

/// Runs the filter at a time with this set on stdin.
fn filter(folder: &Folder, more: &str, at: i64, set: &str) -> Done {
    let command = format!("--json --at {at} rotate - --publish jwks.json {more}");
    folder.run(&command).stdin(set).done()
}

fn accepted(done: Done) -> (String, Value) {
    assert_eq!(done.code, 0, "{done:?}");
    (String::from_utf8(done.stdout).unwrap(), json(&done.stderr))
}

#[test]
fn filter_writes_the_set_to_stdout_and_the_report_to_stderr() {
    let folder = Folder::new();
    let (first, report) = accepted(filter(&folder, "--init", START, ""));
    assert_eq!(actions(&report), ["make"]);
    assert_eq!(report["generation"], 1);
    assert_eq!(kids(&folder, "jwks.json").len(), 1);
    folder.write("keys.jwks", &first);
    assert_eq!(kids(&folder, "keys.jwks"), kids(&folder, "jwks.json"));
    // If nothing is due, the output is the unchanged input.
    for set in [first.clone(), first.replace("{\"kty\"", "\n { \"kty\"")] {
        let (same, report) = accepted(filter(&folder, "", START + 60, &set));
        assert_eq!((same, &report["changed"]), (set, &Value::from(false)));
    }
    // A successor is published before it is in the set that is printed.
    let later = START + 29 * DAY;
    let (second, report) = accepted(filter(&folder, "", later, &first));
    assert_eq!(actions(&report), ["make", "retire"]);
    assert_eq!(report["generation"], 2);
    folder.write("keys.jwks", &second);
    assert_eq!(kids(&folder, "keys.jwks"), kids(&folder, "jwks.json"));
    // The same set again, because the store refused the write: the lost key is unpublished.
    let done = filter(&folder, "", later, &first);
    let (third, _) = accepted(filter(&folder, "-q", later, &first));
    assert!(done.stderr.contains("which is not in the set"), "{done:?}");
    folder.write("keys.jwks", &third);
    assert_eq!(kids(&folder, "keys.jwks"), kids(&folder, "jwks.json"));
    let text = format!("--at {later} rotate - --publish jwks.json");
    let done = folder.run(&text).stdin(&third).done();
    assert!(done.stderr.contains("note: nothing is due"), "{done:?}");
}

#[test]
fn filter_reports_print_the_report_instead_of_the_set() {
    let folder = Folder::new();
    let (set, _) = accepted(filter(&folder, "--init", START, ""));
    for (flag, code) in [("--check", 1), ("--dry-run", 0), ("--status", 0)] {
        let done = filter(&folder, flag, START + 29 * DAY, &set);
        assert_eq!(done.code, code, "{done:?}");
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(
            !text.contains("\"d\"") && json(&text)["keys"].is_array(),
            "{text}"
        );
    }
    let done = filter(&folder, "--check -q", START + 29 * DAY, &set);
    assert_eq!(done.code, 1);
}

#[test]
fn filter_rejects_flags_without_meaning_and_prints_nothing() {
    let folder = Folder::new();
    let (set, _) = accepted(filter(&folder, "--init", START, ""));
    for (more, input, code) in [
        ("", "", 3),
        ("", " \n", 3),
        ("--init", &*set, 3),
        ("--publish -", &*set, 2),
        ("", "{", 3),
        ("", "{\"keys\":1}", 3),
        ("--now", &*set, 2),
    ] {
        let done = filter(&folder, more, START, input);
        assert_eq!(done.code, code, "{more} {done:?}");
        assert!(done.stdout.is_empty(), "{done:?}");
    }
    // If the set cannot be written, the new keys are not published.
    std::fs::remove_file(folder.path("jwks.json")).unwrap();
    let done =
        folder.shell("jotsmith rotate - --init --publish jwks.json </dev/null >/dev/full").done();
    assert_eq!(done.code, 3, "{done:?}");
    assert!(!folder.path("jwks.json").exists());
}

#[test]
fn init_creates_a_file_and_rejects_an_existing_one() {
    let folder = Folder::new();
    rotate(&folder, "--init", START);
    let set = folder.text("keys.jwks");
    let message = folder.run("rotate keys.jwks --init").refused(3);
    assert!(message.contains("the set already exists"), "{message}");
    assert_eq!(folder.text("keys.jwks"), set);
}

/// Simulates two years with a store that refuses every third write, and a verifier that caches the published set for a day.
#[test]
fn filter_works_for_two_years_with_a_store_that_rejects_writes() {
    let folder = Folder::new();
    let (mut store, _) = accepted(filter(&folder, "--init", START, ""));
    let (mut accepted_tokens, mut writes, mut refused_writes) = (0, 0, 0);
    let mut published: Vec<(i64, KeySet)> = Vec::new();
    let mut tokens: Vec<(i64, String)> = Vec::new();
    for step in 0..730 * 2 {
        let now = START + step * DAY / 2;
        let (set, report) = accepted(filter(&folder, "-q", now, &store));
        if report["changed"] == true && set != store {
            writes += 1;
            // Another process has written first: the set is lost.
            if writes % 3 == 2 {
                refused_writes += 1;
            } else {
                store = set;
            }
        }
        published.push((
            now,
            KeySet::from_json(folder.text("jwks.json").as_bytes()).unwrap(),
        ));
        let keys = KeySet::from_json(store.as_bytes()).unwrap();
        let (token, _) = sign(&keys, now, DAY);
        tokens.push((now, token));
        tokens.retain(|(made, _)| now < made + DAY);
        let cached = published.iter().filter(|(at, _)| *at >= now - DAY);
        for (_, cached) in cached {
            for (_, token) in &tokens {
                verify(token, cached, now).unwrap_or_else(|error| panic!("{now}: {error}"));
                accepted_tokens += 1;
            }
        }
        published.retain(|(at, _)| *at >= now - DAY);
    }
    assert!(
        refused_writes > 10,
        "{writes} writes, {refused_writes} refused"
    );
    assert!(accepted_tokens > 5000, "{accepted_tokens}");
}
