//! Many runs at once, readers all the while, and disks that are full.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// So many runs at once; gives their reports.
fn at_once(folder: &Folder, count: usize, more: &str, at: i64) -> Vec<Value> {
    let arguments =
        format!("--json --at {at} rotate keys.jwks --publish jwks.json --wait 60s {more}");
    let spawn = |_| {
        Command::new(env!("CARGO_BIN_EXE_jotsmith"))
            .args(arguments.split_whitespace())
            .current_dir(folder.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..count).map(spawn).collect();
    let report = |child: std::process::Child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        json(output.stdout)
    };
    children.into_iter().map(report).collect()
}

/// Signs with the set and verifies with the published one, as they are on disk at this moment.
fn sign_and_verify(folder: &Folder, now: i64) {
    let (token, _) = sign(
        &KeySet::from_json(&folder.read("keys.jwks")).unwrap(),
        now,
        60,
    );
    let published = KeySet::from_json(&folder.read("jwks.json")).unwrap();
    verify(&token, &published, now).unwrap();
}

#[test]
fn of_64_runs_at_once_one_acts_and_no_reader_ever_fails() {
    let folder = Folder::new();
    let acted = |reports: &[Value]| {
        reports
            .iter()
            .filter(|report| report["changed"] == true)
            .count()
    };
    assert_eq!(acted(&at_once(&folder, 64, "", START)), 1);
    assert_eq!(kids(&folder, "keys.jwks").len(), 1);

    let at = START + 29 * DAY;
    let (stop, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let reader = || {
            while !stop.load(Ordering::Relaxed) {
                sign_and_verify(&folder, at);
                reads.fetch_add(1, Ordering::Relaxed);
            }
        };
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        for round in ["", "--now one", "--now two", "--now three"] {
            assert_eq!(acted(&at_once(&folder, 64, round, at)), 1, "{round}");
        }
        let token = |_| {
            let token = folder
                .run(&format!("sign -k keys.jwks a=b --at {at}"))
                .accepted();
            folder
                .run(&format!("verify -k jwks.json {token} --at {at}"))
                .accepted();
        };
        (0..20).for_each(token);
        while reads.load(Ordering::Relaxed) < 2000
            && !readers.iter().any(|reader| reader.is_finished())
        {
            std::thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
    println!("{} reads beside 256 runs", reads.into_inner());
    // The first, its successor, and one for each further emergency.
    assert_eq!(kids(&folder, "keys.jwks").len(), 4);
}

#[test]
fn a_full_disk_loses_nothing() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    // A set longer than what is published, so that there is room for the one and not for the other.
    let mut set = json(folder.read("keys.jwks"));
    set["note"] = "x".repeat(5000).into();
    folder.write("keys.jwks", set.to_string());
    let first = kids(&folder, "keys.jwks");
    let before = (folder.read("keys.jwks"), folder.read("jwks.json"));
    let at = START + 29 * DAY;
    let run = format!("jotsmith --at {at} rotate keys.jwks --publish jwks.json --log log");
    for blocks in [0, 1, 2, 4] {
        for (signal, code) in [("trap '' XFSZ; ", 3), ("", 128 + 25)] {
            let done = folder
                .shell(&format!("{signal}ulimit -f {blocks}; {run}; exit $?"))
                .done();
            assert_eq!(done.code, code, "{blocks}: {done:?}");
            assert!(
                before == (folder.read("keys.jwks"), folder.read("jwks.json")),
                "{blocks}"
            );
        }
    }
    let report = rotate(&folder, "", at);
    assert_eq!(actions(&report), ["make", "retire"]);
    assert_eq!(kids(&folder, "keys.jwks")[..1], first);
    let left = std::fs::read_dir(folder.path("."))
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .as_encoded_bytes()
                .starts_with(b".")
        });
    assert_eq!(left.count(), 0);
}
