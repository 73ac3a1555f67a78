//! Concurrent runs, concurrent readers, and full disks.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// Starts this number of concurrent runs, and returns their reports.
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

/// Signs with the set and verifies with the published set that are on disk at this moment.
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
fn one_of_64_concurrent_runs_acts_and_readers_never_fail() {
    let folder = Folder::new();
    let acted =
        |reports: &[Value]| reports.iter().filter(|report| report["changed"] == true).count();
    assert_eq!(acted(&at_once(&folder, 64, "", START)), 1);
    assert_eq!(kids(&folder, "keys.jwks").len(), 1);

    let at = START + 29 * DAY;
    let (stop, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    /// Stops the readers, even if an assertion fails.
    struct StopOnDrop<'a>(&'a AtomicBool);
    impl Drop for StopOnDrop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        let _stop = StopOnDrop(&stop);
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
            let token = folder.run(&format!("sign -k keys.jwks a=b --at {at}")).accepted();
            folder.run(&format!("verify -k jwks.json {token} --at {at}")).accepted();
        };
        (0..20).for_each(token);
        while reads.load(Ordering::Relaxed) < 2000
            && !readers.iter().any(|reader| reader.is_finished())
        {
            std::thread::yield_now();
        }
    });
    println!("{} reads beside 256 runs", reads.into_inner());
    // The first key, its successor, and one for each further emergency.
    assert_eq!(kids(&folder, "keys.jwks").len(), 4);
}

#[test]
fn full_disk_loses_no_file() {
    let folder = Folder::new();
    rotate(&folder, "", START);
    // A set longer than the published file, so that the disk has space for the published file only.
    let mut set = json(folder.read("keys.jwks"));
    set["note"] = "x".repeat(5000).into();
    folder.write("keys.jwks", set.to_string());
    let first = kids(&folder, "keys.jwks");
    let before = (folder.read("keys.jwks"), folder.read("jwks.json"));
    let at = START + 29 * DAY;
    let run = format!("jotsmith --at {at} rotate keys.jwks --publish jwks.json --log log");
    for blocks in [0, 1, 2, 4] {
        for (signal, code) in [("trap '' XFSZ; ", 3), ("", 128 + 25)] {
            let done = folder.shell(&format!("{signal}ulimit -f {blocks}; {run}; exit $?")).done();
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
        .filter(|entry| entry.as_ref().unwrap().file_name().as_encoded_bytes().starts_with(b"."));
    assert_eq!(left.count(), 0);
}

#[test]
fn symlinks_and_modes_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    // As in a volume of Kubernetes: the file is in a dated folder that the name refers to through two symlinks.
    let folder = Folder::new();
    for name in ["..2026", "public"] {
        std::fs::create_dir(folder.path(name)).unwrap();
    }
    symlink("..2026", folder.path("..data")).unwrap();
    symlink("..data/keys.jwks", folder.path("keys.jwks")).unwrap();
    symlink("public/jwks.json", folder.path("jwks.json")).unwrap();
    folder
        .run(&format!(
            "--at {START} rotate ..2026/keys.jwks --publish public/jwks.json"
        ))
        .accepted();
    let chmod = |name: &str, mode| {
        std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    chmod("..2026/keys.jwks", 0o400);
    chmod("public/jwks.json", 0o640);
    rotate(&folder, "", START + 29 * DAY);
    assert_eq!(
        (
            kids(&folder, "..2026/keys.jwks").len(),
            kids(&folder, "public/jwks.json").len()
        ),
        (2, 2)
    );
    assert!(folder.path("keys.jwks").is_symlink() && folder.path("jwks.json").is_symlink());
    assert!(folder.path("..data").is_symlink());
    let mode =
        |name: &str| std::fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("keys.jwks"), mode("jwks.json")), (0o400, 0o640));
    // The lock is that of the real file, not of the symlink.
    assert!(!folder.path("keys.jwks.lock").exists());
}

/// Copies the program to a folder where another user can run it.
fn copy_program(folder: &Folder) -> std::path::PathBuf {
    let program = folder.path("jotsmith");
    // Copied by a separate process: otherwise a child process of another test could inherit the file open for writing, and
    // the program could not be started.
    let copy = Command::new("cp")
        .args([env!("CARGO_BIN_EXE_jotsmith").as_ref(), program.as_os_str()])
        .status();
    assert!(copy.unwrap().success());
    program
}

#[test]
fn owner_of_a_set_is_kept_by_root_and_other_users_are_rejected() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let folder = Folder::new();
    rotate(&folder, "", START);
    if chown(folder.path("keys.jwks"), Some(NOBODY), Some(NOBODY)).is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI runs as root");
        return eprintln!("only root can change the owner of a file: skipped");
    }
    chown(folder.path("."), Some(NOBODY), Some(NOBODY)).unwrap();
    chown(folder.path("jwks.json"), Some(NOBODY), Some(NOBODY)).unwrap();
    let report = rotate(&folder, "", START + 29 * DAY);
    assert_eq!(report["changed"], true);
    let set = std::fs::metadata(folder.path("keys.jwks")).unwrap();
    assert_eq!(
        (set.uid(), set.gid(), set.mode() & 0o777),
        (NOBODY, NOBODY, 0o600)
    );

    // The owner of the set, who is not in its group.
    chown(folder.path("keys.jwks"), Some(NOBODY), Some(0)).unwrap();
    let mode = |name: &str, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path(name), mode).unwrap();
    };
    mode("keys.jwks", 0o640);
    let before = folder.read("keys.jwks");
    let at = (START + 70 * DAY).to_string();
    let output = Command::new(copy_program(&folder))
        .args(["--at", &at, "rotate", "keys.jwks", "--publish", "jwks.json"])
        .current_dir(folder.path("."))
        .env_clear()
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.contains("belongs to another user or group, which a new file cannot keep"),
        "{stderr}"
    );
    assert_eq!(folder.read("keys.jwks"), before);
}

#[test]
fn concurrent_write_despite_the_lock_restarts_the_run() {
    if Command::new("strace").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "strace is not installed");
        eprintln!("skipped: strace is not installed");
        return;
    }
    let folder = Folder::new();
    rotate(&folder, "", START);
    let at = START + 29 * DAY;
    // Locking succeeds without effect, as on some network file systems, and the disk is slow.
    let slow = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "-e", "trace=flock,fsync"])
        .args([
            "-e",
            "inject=flock:retval=0",
            "-e",
            "inject=fsync:delay_enter=700000:when=1",
        ])
        .arg(env!("CARGO_BIN_EXE_jotsmith"))
        .args(format!("--json --at {at} rotate keys.jwks --publish jwks.json").split_whitespace())
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let is_under_way = || {
        std::fs::read_dir(folder.path("."))
            .unwrap()
            .any(|entry| entry.unwrap().file_name().as_encoded_bytes().starts_with(b".jwks.json"))
    };
    while !is_under_way() {
        std::thread::yield_now();
    }
    let fast = rotate(&folder, "", at);
    let slow = slow.wait_with_output().unwrap();
    assert!(slow.status.success(), "{slow:?}");
    assert_eq!(fast["changed"], true);
    assert_eq!(json(slow.stdout)["changed"], false);
    assert_eq!(kids(&folder, "keys.jwks").len(), 2);
}
