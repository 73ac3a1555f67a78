//! The states of a rotating key set over time.

use jotsmith::crypto::base64url;
use serde_json::json as object;

use super::*;
use crate::support::segment;
use crate::support::server::{Reply, Server};

#[test]
fn missing_set_is_created_with_an_active_key() {
    let folder = Folder::new();
    let report = rotate(&folder, "", START);
    assert_eq!(actions(&report), ["make"]);
    assert_eq!(report["changed"], true);
    assert_eq!(report["policy"]["every"], 30 * DAY);
    assert_eq!(report["next_due"], START + 29 * DAY);
    assert_eq!(kids(&folder, "jwks.json"), kids(&folder, "keys.jwks"));
    let token = folder.run(&format!("sign -k keys.jwks a=b --at {START}")).accepted();
    folder.run(&format!("verify -k jwks.json {token} --at {START}")).accepted();
    folder.run(&format!("verify -k keys.jwks {token} --at {START}")).accepted();
}

#[test]
fn second_run_changes_nothing() {
    let folder = Folder::new();
    rotate(&folder, "--every 10d", START);
    let before = (folder.read("keys.jwks"), folder.read("jwks.json"));
    let report = rotate(&folder, "", START);
    assert_eq!(
        (report["changed"].clone(), actions(&report).len()),
        (false.into(), 0)
    );
    rotate(&folder, "--every 10d", START + 8 * DAY);
    assert_eq!(before, (folder.read("keys.jwks"), folder.read("jwks.json")));
}

#[test]
fn successor_is_published_before_it_signs_and_the_old_key_stays_published() {
    let folder = Folder::new();
    let flags = "--every 30d --lead 1d --retain 2d";
    let first = in_state(&rotate(&folder, flags, START), "active").unwrap();

    let report = rotate(&folder, "", START + 29 * DAY);
    assert_eq!(actions(&report), ["make", "retire"]);
    let second = in_state(&report, "pending").unwrap();
    assert_eq!(in_state(&report, "active").as_ref(), Some(&first));
    assert_eq!(kids(&folder, "jwks.json"), [first.clone(), second.clone()]);

    // The active key changes with the time, and needs no run.
    let signer = |at: i64| {
        let token = folder.run(&format!("sign -k keys.jwks a=b --at {at}")).accepted();
        json(segment(&token, 0))["kid"].as_str().unwrap().to_owned()
    };
    assert_eq!(signer(START + 30 * DAY - 1), first);
    assert_eq!(signer(START + 30 * DAY), second);

    let end = START + 32 * DAY;
    assert_eq!(actions(&rotate(&folder, "", end - 1)), [] as [&str; 0]);
    assert_eq!(kids(&folder, "jwks.json"), [first, second.clone()]);
    assert_eq!(actions(&rotate(&folder, "", end)), ["drop"]);
    assert_eq!(kids(&folder, "jwks.json"), std::slice::from_ref(&second));
    assert_eq!(kids(&folder, "keys.jwks"), [second]);
}

#[test]
fn missed_runs_are_caught_up_without_an_unpublished_signer() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "", START), "active").unwrap();
    let late = START + 100 * DAY;
    let done = folder.run(&format!("--at {late} rotate keys.jwks --dry-run")).done();
    assert!(
        done.stderr.contains("runs were missed: the next key becomes active 71d late"),
        "{done:?}"
    );
    let report = rotate(&folder, "", late);
    // The successor is still published for its lead time first.
    assert_eq!(in_state(&report, "active"), Some(first));
    assert_eq!(report["actions"][0]["nbf"], late + DAY);
}

#[test]
fn published_set_has_public_members_only() {
    let folder = Folder::new();
    rotate(&folder, "--alg RS256 --bits 2048", START);
    for key in keys(&folder, "jwks.json") {
        let names: Vec<&String> = key.as_object().unwrap().keys().collect();
        assert_eq!(names, ["kty", "n", "e", "kid", "use", "alg", "iat"]);
    }
    let private = &keys(&folder, "keys.jwks")[0]["d"];
    assert!(private.as_str().is_some_and(|d| d.len() > 300), "{private}");
}

#[test]
fn unknown_members_are_kept_in_place() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    let key = keys(&folder, "keys.jwks")[0].to_string();
    let key = key.replacen("{\"kty\"", "{\"note\":{\"b\":1,\"a\":[null]},\"kty\"", 1);
    let set = format!(
        r#"{{"owner":"ops","keys":[{{"kty":"LAT","z":"?"}},{key}],"rotation":{{"every":864000,"ours":true}},"x":[1.5]}}"#
    );
    folder.write("keys.jwks", &set);
    rotate(&folder, "", START + 9 * DAY);
    let text = folder.text("keys.jwks");
    assert!(
        text.starts_with(
            r#"{"owner":"ops","keys":[{"kty":"LAT","z":"?"},{"note":{"b":1,"a":[null]},"kty""#
        ),
        "{text}"
    );
    assert!(
        text.contains(r#""rotation":{"every":864000,"ours":true"#),
        "{text}"
    );
    assert!(text.ends_with("},\"x\":[1.5]}\n"), "{text}");
    assert_eq!(keys(&folder, "jwks.json").len(), 2);
    assert!(!folder.text("jwks.json").contains("note"));
}

#[test]
fn set_without_times_is_adopted_with_its_youngest_key_active() {
    let folder = Folder::new();
    folder.shell("jotsmith keygen ES256 --count 3 -o keys.jwks").accepted();
    let before = kids(&folder, "keys.jwks");
    let report = rotate(&folder, "", START);
    assert_eq!(in_state(&report, "active"), Some(before[2].clone()));
    assert_eq!(kids(&folder, "jwks.json"), before);
    // The other keys may have signed until now.
    let exps: Vec<_> =
        report["keys"].as_array().unwrap().iter().map(|key| key["exp"].clone()).collect();
    assert_eq!(
        exps,
        [
            (START + 2 * DAY).into(),
            (START + 2 * DAY).into(),
            Value::Null
        ]
    );
    rotate(&folder, "", START + 2 * DAY);
    assert_eq!(kids(&folder, "jwks.json"), before[2..]);
}

#[test]
fn adopted_key_without_kid_gets_one() {
    let folder = Folder::new();
    folder.keygen("Ed25519", "key.jwk");
    let mut key = json(folder.read("key.jwk"));
    let kid = key.as_object_mut().unwrap().shift_remove("kid").unwrap();
    folder.write("keys.jwks", serde_json::json!({"keys": [key]}).to_string());
    let report = rotate(&folder, "", START);
    assert_eq!(in_state(&report, "active").unwrap(), kid.as_str().unwrap());
    // Its successors have the same algorithm.
    let report = rotate(&folder, "", START + 29 * DAY);
    assert_eq!(report["actions"][0]["alg"], "Ed25519");
}

#[test]
fn adopted_key_keeps_its_kid() {
    let folder = Folder::new();
    folder.keygen("Ed25519", "key.jwk");
    let mut key = json(folder.read("key.jwk"));
    key["kid"] = "mine".into();
    folder.write("keys.jwks", serde_json::json!({"keys": [key]}).to_string());
    let report = rotate(&folder, "", START);
    assert_eq!(actions(&report), ["adopt"]);
    assert_eq!(kids(&folder, "keys.jwks"), ["mine"]);
}

#[test]
fn generation_increases_only_when_the_set_is_written() {
    let folder = Folder::new();
    for (days, generation) in [(0, 1), (1, 1), (29, 2), (30, 2), (32, 3), (58, 3), (59, 4)] {
        let report = rotate(&folder, "", START + days * DAY);
        assert_eq!(report["generation"], generation, "{days} d");
        let set = json(folder.read("keys.jwks"));
        assert_eq!(set["rotation"]["generation"], generation, "{days} d");
    }
}

#[test]
fn emergency_for_another_use_is_separate() {
    let folder = Folder::new();
    rotate(&folder, "--alg ES256 --alg ECDH-ES+A256KW", START);
    for (key_use, acts) in [
        ("--use sig", true),
        ("--use sig", false),
        ("--use enc", true),
        ("--use enc", false),
        ("", true),
        ("", false),
        ("--use sig", true),
    ] {
        let report = rotate(&folder, &format!("--now drill {key_use}"), START + 1);
        assert_eq!(report["changed"], acts, "{key_use}: {report}");
    }
}

#[test]
fn now_promotes_the_pending_successor_once_per_reason() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "", START), "active").unwrap();
    let at = START + 29 * DAY;
    let second = in_state(&rotate(&folder, "", at), "pending").unwrap();
    let report = rotate(&folder, "--now stolen", at + 10);
    assert_eq!(actions(&report), ["promote"]);
    assert_eq!(in_state(&report, "active"), Some(second.clone()));
    assert_eq!(in_state(&report, "retiring"), Some(first));
    let report = rotate(&folder, "--now stolen", at + 20);
    assert_eq!(report["changed"], false);
    let report = rotate(&folder, "--now again", at + 30);
    assert_eq!(actions(&report), ["make", "retire"]);
    assert_ne!(in_state(&report, "active"), Some(second));
}

#[test]
fn now_reports_how_long_caches_reject_new_tokens() {
    let folder = Folder::new();
    rotate(&folder, "--lead 2h", START);
    let done = folder
        .run(&format!(
            "--at {START} rotate keys.jwks --publish jwks.json --now drill"
        ))
        .done();
    assert!(done.stderr.contains("reject its tokens until"), "{done:?}");
    assert!(done.stderr.contains("(2h) at the latest"), "{done:?}");
}

#[test]
fn revocation_unpublishes_and_erases_the_key_and_keeps_a_tombstone() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "", START), "active").unwrap();
    let token = folder.run(&format!("sign -k keys.jwks a=b --exp 90d --at {START}")).accepted();
    let revoke = format!("--revoke {first} --reason compromised");
    let report = rotate(&folder, &revoke, START + DAY);
    assert_eq!(actions(&report), ["revoke", "make"]);
    assert!(!kids(&folder, "jwks.json").contains(&first));
    let tombstone = &keys(&folder, "keys.jwks")[0];
    assert_eq!(tombstone["revoked"]["reason"], "compromised");
    assert_eq!(tombstone["revoked"]["revoked_at"], START + DAY);
    assert!(tombstone.get("d").is_none() && tombstone["x"].is_string());
    for set in ["jwks.json", "keys.jwks"] {
        folder.run(&format!("verify -k {set} {token} --at {}", START + DAY)).refused(16);
    }
    assert_eq!(rotate(&folder, &revoke, START + 2 * DAY)["changed"], false);
    // The entry of the revoked key is kept.
    rotate(&folder, "", START + 300 * DAY);
    assert_eq!(kids(&folder, "keys.jwks")[0], first);
}

#[test]
fn shared_secret_is_rotated_and_its_tombstone_has_no_secret() {
    let folder = Folder::new();
    let rotate = |more: &str| {
        let arguments = format!("--json rotate keys.jwks --alg HS256 {more} --at {START}");
        json(folder.run(&arguments).accepted())
    };
    let first = in_state(&rotate(""), "active").unwrap();
    rotate(&format!("--revoke {first} --reason lost"));
    let tombstone = keys(&folder, "keys.jwks")[0].to_string();
    assert!(!tombstone.contains("\"k\""), "{tombstone}");
    assert_eq!(
        rotate(&format!("--revoke {first} --reason lost"))["changed"],
        false
    );
    let done = folder
        .run(&format!(
            "sign -k keys.jwks --no-exp --no-iat a=b --at {START}"
        ))
        .done();
    assert_eq!((done.code, &*done.stderr), (0, ""));
}

#[test]
fn kid_of_a_shared_secret_does_not_depend_on_it() {
    let folder = Folder::new();
    folder.run("rotate keys.jwks --alg HS256").accepted();
    let key = &keys(&folder, "keys.jwks")[0];
    let thumbprint = format!(r#"{{"k":{},"kty":"oct"}}"#, key["k"]);
    let thumbprint = openssl::sha::sha256(thumbprint.as_bytes());
    assert_ne!(key["kid"], base64url::encode(thumbprint));
}

#[test]
fn clock_set_back_is_reported_and_changes_nothing() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    rotate(&folder, "", START + 29 * DAY);
    let before = (folder.read("keys.jwks"), folder.read("jwks.json"));
    let at = START + 28 * DAY;
    let done = folder.run(&format!("--at {at} rotate keys.jwks --publish jwks.json")).done();
    assert!(done.stderr.contains("the clock is 1d behind"), "{done:?}");
    assert_eq!(before, (folder.read("keys.jwks"), folder.read("jwks.json")));
}

#[test]
fn key_created_in_9999_is_reported_until_it_is_revoked() {
    let folder = Folder::new();
    let far = 253_370_764_800;
    rotate(&folder, "", START);
    rotate(&folder, "--force", far);
    let run = |flags: &str, at: i64| {
        let command = format!("--at {at} rotate keys.jwks --publish jwks.json {flags}");
        folder.run(&command).done()
    };
    let now = START + DAY;
    let done = run("", now);
    let kid = json(folder.text("keys.jwks"))["keys"][1]["kid"].clone();
    let kid = kid.as_str().unwrap();
    assert!(
        done.stderr.contains(" behind the set's last change"),
        "{done:?}"
    );
    assert!(
        done.stderr.contains(&format!("--revoke {kid} --reason")),
        "{done:?}"
    );
    assert_eq!((done.code, run("--check", now).code), (0, 1));
    assert_eq!(
        run(&format!("--no-input --revoke {kid} --reason clock"), now).code,
        0
    );
    assert_eq!(run("--check", now).code, 0);
    let done = run("", START + 29 * DAY);
    assert!(done.stderr.is_empty(), "{done:?}");
    let set = json(folder.text("keys.jwks"));
    assert_eq!(set["keys"].as_array().unwrap().len(), 3);
}

#[test]
fn key_with_times_in_milliseconds_is_a_warning() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    let mut set = json(folder.text("keys.jwks"));
    set["keys"][0]["exp"] = object!(1_893_456_000_000i64);
    folder.write("keys.jwks", set.to_string());
    for command in [
        format!("--at {START} rotate keys.jwks --check"),
        format!("--at {START} sign -k keys.jwks sub=a"),
        "convert -k keys.jwks --public".into(),
    ] {
        let done = folder.run(&command).done();
        assert!(
            done.stderr.contains("must be in seconds"),
            "{command}: {done:?}"
        );
    }
}

#[test]
fn check_exits_1_when_something_is_due_and_changes_nothing() {
    let folder = Folder::new();
    let check = |at: i64| {
        let arguments = format!("--json --at {at} rotate keys.jwks --publish jwks.json --check");
        let done = folder.run(&arguments).done();
        (done.code, json(done.stdout)["due"].as_bool().unwrap())
    };
    assert_eq!(check(START), (1, true));
    assert!(!folder.path("keys.jwks").exists() && !folder.path("keys.jwks.lock").exists());
    rotate(&folder, "", START);
    let before = (folder.read("keys.jwks"), folder.read("jwks.json"));
    assert_eq!(check(START + 29 * DAY - 1), (0, false));
    assert_eq!(check(START + 29 * DAY), (1, true));
    assert_eq!(before, (folder.read("keys.jwks"), folder.read("jwks.json")));
    std::fs::remove_file(folder.path("jwks.json")).unwrap();
    assert_eq!(check(START), (1, true));
}

#[test]
fn dry_run_reports_the_actions_of_the_next_run() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    let before = folder.read("keys.jwks");
    let at = START + 29 * DAY;
    let planned = rotate(&folder, "--dry-run", at);
    assert_eq!(before, folder.read("keys.jwks"));
    assert_eq!(
        (planned["due"].clone(), planned["changed"].clone()),
        (true.into(), false.into())
    );
    let done = rotate(&folder, "", at);
    assert_eq!(actions(&planned), actions(&done));
    assert_eq!(planned["actions"][0]["nbf"], done["actions"][0]["nbf"]);
}

#[test]
fn lost_published_file_is_written_again() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    let before = folder.read("jwks.json");
    std::fs::remove_file(folder.path("jwks.json")).unwrap();
    let report = rotate(&folder, "", START + 5);
    assert_eq!(
        (report["changed"].clone(), report["published"][0].clone()),
        (true.into(), "jwks.json".into())
    );
    assert_eq!(folder.read("jwks.json"), before);
}

#[test]
fn publish_to_stdout_prints_only_the_set() {
    let folder = Folder::new();
    let set = folder.run("rotate keys.jwks --publish -").accepted();
    let kid = json(set)["keys"][0]["kid"].clone();
    assert_eq!(kid, keys(&folder, "keys.jwks")[0]["kid"]);
}

#[test]
fn every_action_is_logged_as_a_line() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "--log log", START), "active").unwrap();
    rotate(&folder, "--log log", START + 5);
    rotate(
        &folder,
        &format!("--log log --revoke {first} --reason lost"),
        START + 10,
    );
    let log = folder.text("log");
    let lines: Vec<Value> = log.lines().map(json).collect();
    let words: Vec<_> = lines.iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(words, ["make", "revoke", "make"]);
    assert_eq!(lines[1]["kid"], first);
    assert_eq!(lines[1]["reason"], "lost");
    assert_eq!(lines[1]["time"], "2023-11-14T22:13:30Z");
}

#[test]
fn encryption_keys_decrypt_before_and_after_publication() {
    let folder = Folder::new();
    let flags = "--alg ECDH-ES+A256KW --every 30d --lead 1d --retain 2d";
    let first = in_state(&rotate(&folder, flags, START), "active").unwrap();
    let old = folder.run(&format!("encrypt -k jwks.json --at {START}")).stdin("x").accepted();

    let report = rotate(&folder, "", START + 29 * DAY);
    let second = in_state(&report, "pending").unwrap();
    assert_eq!(kids(&folder, "jwks.json"), std::slice::from_ref(&first));

    // The run is five days late: senders used the old key until this run.
    let switch = START + 35 * DAY;
    let report = rotate(&folder, "", switch);
    assert_eq!(kids(&folder, "jwks.json"), [second]);
    assert_eq!(report["actions"][0]["exp"], switch + 3 * DAY);
    for (at, code) in [
        (switch, 0),
        (switch + 3 * DAY - 1, 0),
        (switch + 3 * DAY, 16),
    ] {
        let done = folder.run(&format!("decrypt -k keys.jwks {old} --at {at}")).done();
        assert_eq!(done.code, code, "{done:?}");
    }
    rotate(&folder, "", switch + 3 * DAY);
    assert!(!kids(&folder, "keys.jwks").contains(&first));
    let new = folder.run(&format!("encrypt -k keys.jwks --at {switch}")).stdin("x").accepted();
    folder.run(&format!("decrypt -k keys.jwks {new} --at {switch}")).accepted();
}

#[test]
fn keys_of_each_use_rotate_in_one_set() {
    let folder = Folder::new();
    let report = rotate(&folder, "--alg ES256 --alg ECDH-ES+A256KW", START);
    assert_eq!(actions(&report), ["make", "make"]);
    let report = rotate(&folder, "--now drill --use enc", START + 1);
    assert_eq!(report["actions"][0]["use"], "enc");
    let token = folder.run(&format!("sign -k keys.jwks a=b --at {}", START + 1)).accepted();
    folder.run(&format!("verify -k jwks.json {token} --at {}", START + 1)).accepted();
    let sealed =
        folder.run(&format!("encrypt -k jwks.json --at {}", START + 1)).stdin("x").accepted();
    folder.run(&format!("decrypt -k keys.jwks {sealed} --at {}", START + 1)).accepted();
}

#[test]
fn served_flag_delays_activation_until_verifiers_can_fetch_the_key() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    folder.write("served.json", folder.read("jwks.json"));
    let at = START + 29 * DAY;
    let report = rotate(&folder, "--served served.json", at);
    assert_eq!(actions(&report), ["make"]);
    assert_eq!(report["actions"][0]["nbf"], Value::Null);
    // The policy stores the set. The key does not become active until it is served.
    let report = rotate(&folder, "", at + 40 * DAY);
    assert_eq!(report["changed"], false);
    let waiting = in_state(&report, "pending").unwrap();
    assert_ne!(in_state(&report, "active").unwrap(), waiting);
    let signed = folder.run(&format!("sign -k keys.jwks a=b --at {}", at + 40 * DAY)).accepted();
    assert_ne!(json(segment(&signed, 0))["kid"], waiting.as_str());
    folder.write("served.json", folder.read("jwks.json"));
    let report = rotate(&folder, "", at + 41 * DAY);
    assert_eq!(actions(&report), ["promote", "retire"]);
    assert_eq!(report["actions"][0]["nbf"], at + 42 * DAY);
    assert_eq!(report["actions"][0]["kid"], waiting.as_str());
}

#[test]
fn encrypted_set_stays_encrypted() {
    let folder = Folder::new();
    let run = |arguments: &str| {
        folder.run(arguments).env("JOTSMITH_PASSPHRASE", "correct horse").accepted()
    };
    run("keygen ES256 --count 1 --encrypt -o keys.jwks");
    run(&format!(
        "--at {START} rotate keys.jwks --publish jwks.json"
    ));
    let at = START + 29 * DAY;
    let report = json(run(&format!(
        "--json --at {at} rotate keys.jwks --publish jwks.json"
    )));
    assert_eq!(actions(&report), ["make", "retire"]);
    assert_eq!(kids(&folder, "jwks.json").len(), 2);
    assert!(folder.text("keys.jwks").starts_with("eyJ"));
    let header = json(segment(&folder.text("keys.jwks"), 0));
    assert_eq!(header["cty"], "jwk-set+json");
    let token = run(&format!("sign -k keys.jwks a=b --at {at}"));
    run(&format!("verify -k jwks.json {token} --at {at}"));
    let before = folder.read("keys.jwks");
    let wrong = folder.run("rotate keys.jwks").env("JOTSMITH_PASSPHRASE", "wrong").done();
    assert_eq!((wrong.code, folder.read("keys.jwks") == before), (3, true));
}

#[test]
fn signing_with_an_overdue_set_is_reported_and_refused_with_strict() {
    let folder = Folder::new();
    rotate(&folder, "--every 30d", START);
    let sign = |more: &str, at: i64| folder.run(&format!("sign -k keys.jwks a=b --at {at} {more}"));
    let in_time = sign("--strict", START + 60 * DAY).done();
    assert_eq!(
        (in_time.code, in_time.stderr.contains("superseded")),
        (0, false)
    );
    let late = START + 60 * DAY + 1;
    let done = sign("", late).done();
    assert_eq!(
        (
            done.code,
            done.stderr.contains("should have been superseded 30d ago")
        ),
        (0, true)
    );
    sign("--strict", late).refused(3);
}

#[test]
fn status_is_a_table_and_a_bar_for_each_key_on_one_axis() {
    let folder = Folder::new();
    let first = in_state(
        &rotate(&folder, "--every 30d --lead 10d --retain 10d", START),
        "active",
    )
    .unwrap();
    rotate(&folder, "", START + 20 * DAY);
    let at = START + 25 * DAY;
    let status = folder.run(&format!("--at {at} rotate keys.jwks --status")).accepted();
    let lines: Vec<&str> = status.lines().collect();
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{status}"
    );
    assert!(
        lines[0]
            .starts_with("STATE    KID           ALG       CREATED    ACTIVE     UNTIL      NEXT"),
        "{status}"
    );
    let row = format!(
        "active   {}.. ES256     2023-11-14 2023-11-14 2023-12-24 removed in 15d",
        &first[..11]
    );
    assert_eq!(lines[1], row, "{status}");
    assert!(
        lines[2].starts_with("pending  ") && lines[2].ends_with("active in 5d"),
        "{status}"
    );
    // 60 days: keys are created at 0 and 20, the second one signs from 30, and the first one is removed at 40.
    let bar = |index: usize| lines[index].get(14..).unwrap_or_default();
    let count = |index: usize, mark: char| bar(index).matches(mark).count();
    assert!(
        lines[4].contains("2023-11-14") && lines[4].ends_with("2024-01-13"),
        "{status}"
    );
    assert!((26..=29).contains(&bar(5).find('v').unwrap()), "{status}");
    assert!(
        (32..=34).contains(&count(6, '#')) && (10..=12).contains(&count(6, '-')),
        "{status}"
    );
    assert!(bar(7).starts_with(&" ".repeat(21)), "{status}");
    assert!(
        (10..=12).contains(&count(7, '.')) && (32..=35).contains(&count(7, '#')),
        "{status}"
    );
    // The bar of a revoked key ends when it was revoked.
    rotate(&folder, &format!("--revoke {first} --reason lost"), at);
    let later = at + 20 * DAY;
    let status = folder.run(&format!("--at {later} rotate keys.jwks --status")).accepted();
    let lines: Vec<&str> = status.lines().collect();
    assert!(lines[1].starts_with("revoked "), "{status}");
    assert!(lines[1].contains(" 2023-12-09 "), "{status}");
    // The successor is due, and so is the next action.
    assert!(status.contains(" successor now\n"), "{status}");
    assert!(
        status.ends_with("next: 2023-12-29T22:13:20Z (now)"),
        "{status}"
    );
    let bars = lines.iter().filter(|line| line.starts_with(&format!("{}..", &first[..12])));
    let bar: String = bars.map(|line| line[15..].to_owned()).collect();
    assert!(
        (20..=32).contains(&bar.matches('#').count()) && !bar.contains('-'),
        "{status}"
    );
}

#[test]
fn simulate_prints_the_calendar_and_changes_nothing() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "", START), "active").unwrap();
    let state = folder.state();
    let at = format!("--at {START} rotate keys.jwks");
    let report = json(folder.run(&format!("--json {at} --simulate 65d")).accepted());
    let events: Vec<String> = (report["events"].as_array().unwrap().iter())
        .map(|event| {
            let day = (event["at"].as_i64().unwrap() - START) / DAY;
            format!(
                "{day} {} {}",
                event["action"].as_str().unwrap(),
                event["key"].as_str().unwrap()
            )
        })
        .collect();
    let wanted = [
        "29 make new key 1".to_owned(),
        format!("29 retire {first}"),
        "30 active new key 1".to_owned(),
        format!("32 drop {first}"),
        "59 make new key 2".to_owned(),
        "59 retire new key 1".to_owned(),
        "60 active new key 2".to_owned(),
        "62 drop new key 1".to_owned(),
    ];
    assert_eq!(events, wanted);
    let text = folder.run(&format!("{at} --simulate 65d")).accepted();
    assert_eq!(text.lines().count(), wanted.len(), "{text}");
    assert!(
        text.contains(
            "2023-12-13T22:13:20Z +29d       make     new key 1 (ES256): a successor is due"
        ),
        "{text}"
    );
    // The simulated actions occur in the runs.
    let many = folder
        .run(&format!(
            "{at} --every 2h --lead 1h --retain 1h --simulate 365d"
        ))
        .accepted();
    assert_eq!(many.lines().count(), 1000);
    assert_eq!(folder.state(), state);
    for (day, action) in [(29, "make"), (32, "drop"), (59, "make"), (62, "drop")] {
        assert_eq!(
            actions(&rotate(&folder, "", START + day * DAY))[0],
            action,
            "day {day}"
        );
    }
}

#[test]
fn diff_shows_changes_of_the_published_set() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "", START), "active").unwrap();
    let state = folder.state();
    let diff = |flags: &str, at: i64| {
        let command = format!("--at {at} rotate keys.jwks --publish jwks.json --diff {flags}");
        folder.run(&command).accepted()
    };
    let text = diff("", START);
    assert!(
        text.starts_with(&format!("jwks.json\n  {first}\n  no change\n")),
        "{text}"
    );
    let text = diff("", START + 29 * DAY);
    assert!(
        text.starts_with(&format!("jwks.json\n+ new key (ES256)\n  {first}\n")),
        "{text}"
    );
    let text = diff(&format!("--revoke {first} --reason lost"), START);
    assert!(
        text.starts_with(&format!("jwks.json\n+ new key (ES256)\n- {first}\n")),
        "{text}"
    );
    assert_eq!(folder.state(), state);
    let report = json(diff("--json", START + 29 * DAY));
    assert_eq!(report["files"][0]["added"][0], "new key (ES256)");
}

#[test]
fn report_flags_conflict_and_write_nothing() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    let state = folder.state();
    let views = [
        "--check",
        "--dry-run",
        "--status",
        "--diff",
        "--simulate 9d",
    ];
    for one in views {
        for other in views.iter().filter(|other| **other != one) {
            let done = folder.run(&format!("rotate keys.jwks {one} {other}")).done();
            assert_eq!(done.code, 2, "{one} {other}");
        }
        let done = folder.run(&format!("rotate keys.jwks {one} --metrics m")).done();
        assert_eq!(done.code, 2, "{one}");
        folder.run(&format!("--at {} rotate keys.jwks {one}", START + 60)).done();
    }
    let done = folder.run("rotate keys.jwks --check -q --publish other.json").done();
    assert_eq!((done.code, done.stdout.len()), (1, 0), "{done:?}");
    assert_eq!(folder.state(), state);
}

#[test]
fn metrics_file_is_replaced_completely_in_every_run() {
    let folder = Folder::new();
    rotate(&folder, "--metrics rotation.prom", START);
    rotate(
        &folder,
        "--metrics rotation.prom --served jwks.json",
        START + 29 * DAY,
    );
    let text = folder.text("rotation.prom");
    for line in [
        "jotsmith_keys{state=\"active\",use=\"sig\"} 1",
        "jotsmith_keys{state=\"pending\",use=\"sig\"} 1",
        "jotsmith_active_key_age_seconds{use=\"sig\"} 2505600",
        "jotsmith_generation 2",
        &format!("jotsmith_last_run_timestamp_seconds {}", START + 29 * DAY),
    ] {
        assert!(text.lines().any(|own| own == line), "{line}: {text}");
    }
    assert!(text.contains("jotsmith_served{source=\"/"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            name.starts_with("jotsmith_") && value.parse::<i64>().is_ok(),
            "{line}"
        );
    }
    // A run without actions records its time.
    rotate(&folder, "--metrics rotation.prom", START + 29 * DAY + 60);
    let text = folder.text("rotation.prom");
    assert!(
        text.contains(&format!("timestamp_seconds {}\n", START + 29 * DAY + 60)),
        "{text}"
    );
    folder.shell("mkfifo fifo").accepted();
    assert_eq!(folder.run("rotate keys.jwks --metrics fifo").done().code, 3);
}

#[test]
fn successor_stays_pending_until_every_url_serves_it() {
    let folder = Folder::new();
    rotate(&folder, "--served one.json --served two.json", START);
    let copy = |name: &str| folder.write(name, folder.text("jwks.json"));
    copy("one.json");
    copy("two.json");
    rotate(&folder, "", START + 60);
    rotate(&folder, "", START + 29 * DAY);
    copy("one.json");
    let report = rotate(&folder, "", START + 29 * DAY + 60);
    let times = |report: &Value| {
        report["keys"].as_array().unwrap().iter().filter(|key| key["nbf"].is_null()).count()
    };
    assert_eq!(times(&report), 1, "{report}");
    copy("two.json");
    let report = rotate(&folder, "", START + 29 * DAY + 120);
    assert_eq!(times(&report), 0, "{report}");
}

#[test]
fn previous_key_signs_after_a_revocation_until_the_successor_is_known() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "", START), "active").unwrap();
    let second = in_state(&rotate(&folder, "", START + 29 * DAY), "pending").unwrap();
    let at = START + 31 * DAY;
    let report = rotate(&folder, &format!("--revoke {second} --reason lost"), at);
    assert_eq!(actions(&report), ["revoke", "make", "retire"]);
    // Verifiers have its predecessor in their caches, so no token is rejected.
    assert_eq!(in_state(&report, "active"), Some(first));
    assert_eq!(report["actions"][1]["nbf"], at + DAY);
}

#[test]
fn clock_set_back_does_not_republish_the_old_encryption_key() {
    let folder = Folder::new();
    rotate(&folder, "--alg ECDH-ES+A256KW", START);
    rotate(&folder, "", START + 29 * DAY);
    rotate(&folder, "", START + 30 * DAY);
    let before = folder.read("jwks.json");
    let report = rotate(&folder, "", START + 29 * DAY);
    assert_eq!(
        (
            report["changed"].clone(),
            folder.read("jwks.json") == before
        ),
        (false.into(), true)
    );
}

#[test]
fn emergency_does_not_wait_for_the_served_set() {
    let folder = Folder::new();
    let first = in_state(&rotate(&folder, "", START), "active").unwrap();
    folder.write("served.json", folder.read("jwks.json"));
    rotate(&folder, "--served served.json", START);
    std::fs::remove_file(folder.path("served.json")).unwrap();
    let done = folder
        .run(&format!(
            "--at {START} rotate keys.jwks --publish jwks.json --revoke {first} --reason lost"
        ))
        .done();
    assert_eq!(
        (done.code, done.stderr.contains("no new key is activated")),
        (0, true),
        "{done:?}"
    );
    assert!(!kids(&folder, "jwks.json").contains(&first));
}

#[test]
fn status_and_simulation_fit_in_80_columns() {
    for (alg, views) in [
        ("--alg ES256", &["--status", "--simulate 90d"][..]),
        ("--alg ES256 --alg ECDH-ES+A256KW", &["--status"]),
    ] {
        let folder = Folder::new();
        rotate(&folder, alg, START);
        let first = kids(&folder, "keys.jwks").remove(0);
        for at in [START + 29 * DAY, START + 30 * DAY + 100] {
            rotate(&folder, "", at);
            for view in views {
                let command = format!("--at {} rotate keys.jwks {view}", at + 3700);
                let text = folder.run(&command).accepted();
                for line in text.lines() {
                    assert!(line.chars().count() <= 80, "{line}\n{text}");
                }
                // A shortened key ID is long enough for --revoke.
                assert!(text.contains(&first[..6]), "{text}");
            }
        }
    }
}

#[test]
fn key_is_not_served_by_a_server_that_times_out() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    let set = folder.text("jwks.json");
    let served = set.clone();
    let good = Server::plain(move |_| Reply::body(served.clone()));
    let slow = Server::plain(move |_| {
        std::thread::sleep(std::time::Duration::from_secs(20));
        Reply::body(set.clone())
    });
    let start = std::time::Instant::now();
    let arguments = format!(
        "--at {START} rotate keys.jwks --publish jwks.json --metrics rotation.prom --served-timeout 1s \
         --served {}/jwks --served {}/jwks",
        good.url, slow.url
    );
    let done = folder.run(&arguments).done();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(start.elapsed().as_secs() < 9, "{:?}", start.elapsed());
    assert!(
        done.stderr.contains("no complete response within 1 s"),
        "{done:?}"
    );
    let metrics = folder.text("rotation.prom");
    for (server, is_served) in [(&good, 1), (&slow, 0)] {
        let line = format!(
            "jotsmith_served{{source=\"{}/jwks\"}} {is_served}",
            server.url
        );
        assert!(metrics.lines().any(|own| own == line), "{line}: {metrics}");
    }
}

#[test]
fn several_files_can_be_published_and_a_set_that_others_can_read_is_reported() {
    let folder = Folder::new();
    let arguments = "rotate keys.jwks --publish a.json --publish b.json";
    assert!(!folder.run(arguments).done().stderr.contains("other users can read"));
    assert_eq!(folder.read("a.json"), folder.read("b.json"));
    folder.shell("chmod 644 keys.jwks; rm a.json").accepted();
    assert!(folder.run(arguments).done().stderr.contains("other users can read"));
    assert_eq!(folder.read("a.json"), folder.read("b.json"));
}

#[test]
fn published_keys_of_another_set_are_not_overwritten() {
    let folder = Folder::new();
    folder.shell("jotsmith keygen ES256 -o other.jwk; jotsmith convert -k other.jwk --public --to jwks -o jwks.json").accepted();
    let other = kids(&folder, "jwks.json").remove(0);
    let message = folder.run("rotate keys.jwks --publish jwks.json").refused(3);
    assert!(
        message.contains(&format!("the published file contains the key {other}")),
        "{message}"
    );
    let replace = "rotate keys.jwks --publish jwks.json --replace-published";
    let done = folder.run(replace).done();
    assert!(done.code == 0 && done.stderr.contains(&other), "{done:?}");
    assert!(!kids(&folder, "jwks.json").contains(&other));
}
