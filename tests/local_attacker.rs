//! What other users of the same machine can see of a run, and how they can influence it.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::Folder;

/// A user who is not root.
const NOBODY: u32 = 65534;

/// Every command that writes a file, with `out` as that file.
const WRITERS: &[&str] = &[
    "keygen -o out",
    "keygen -o key2.jwk --public-out out",
    "convert -k key.jwk --to pem -o out",
    "convert -k key.jwk --public -o out",
    "sign -k key.jwk sub=x -o out",
    "sign -k key.jwk --lines -o out",
    "verify -k key.jwk @token.jwt -o out",
    "encrypt -k enc.jwk token.jwt -o out",
    "decrypt -k enc.jwk @token.jwe -o out",
    "rotate keys.jwks --publish out",
];

fn fixture() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    folder.keygen("ECDH-ES", "enc.jwk");
    let token = folder.run("sign -k key.jwk sub=x").accepted();
    folder.write("token.jwt", token);
    let token = folder.run("encrypt -k enc.jwk token.jwt").accepted();
    folder.write("token.jwe", token);
    folder
}

/// Checks that the run fails.
#[track_caller]
fn refused(folder: &Folder, command: &str) {
    let done = folder.run(command).stdin("{}\n").done();
    assert_eq!(done.code, 3, "{command}: {done:?}");
    assert!(!folder.path("keys.jwks").exists(), "{command}");
}

fn set_mode(path: PathBuf, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Starts a run that waits for its input, as NOBODY if the test may change the user, with a key in its environment.
fn waiting(folder: &Folder) -> Child {
    let key = folder.text("key.jwk");
    set_mode(folder.path("."), 0o755);
    let program = folder.path("jotsmith");
    std::fs::copy(env!("CARGO_BIN_EXE_jotsmith"), &program).unwrap();
    set_mode(program.clone(), 0o755);
    let mut command = Command::new("bash");
    command
        .args(["-c", "ulimit -c unlimited; exec \"$0\" sign --payload -"])
        .arg(program)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("JOTSMITH_KEY", key)
        .current_dir(folder.path("."))
        .stdin(Stdio::piped());
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let name = format!("/proc/{}/wchan", child.id());
    let comm = format!("/proc/{}/comm", child.id());
    while Instant::now() < deadline {
        let is_ours = std::fs::read_to_string(&comm).is_ok_and(|name| name.trim() == "jotsmith");
        let sleeps = std::fs::read_to_string(&name).is_ok_and(|place| place.contains("pipe"));
        if is_ours && sleeps {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn environment_is_readable_by_root_only_and_argv_has_no_key() {
    let folder = fixture();
    let mut child = waiting(&folder);
    let id = child.id();
    let mut reader = Command::new("cat");
    reader.arg(format!("/proc/{id}/environ"));
    if rustix::process::geteuid().is_root() {
        reader.uid(NOBODY).gid(NOBODY);
    }
    let read = reader.output().unwrap();
    let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!read.status.success() && read.stdout.is_empty(), "{read:?}");
    let line = String::from_utf8(line).unwrap();
    assert!(line.contains("sign") && !line.contains("kty"), "{line}");
}

#[test]
fn killed_process_leaves_no_core_dump() {
    let folder = fixture();
    let mut child = waiting(&folder);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let id = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::QUIT).unwrap();
    let status = child.wait().unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
    assert_eq!(status.signal(), Some(3));
    assert!(!status.core_dumped());
}

#[test]
fn hardened_process_reads_from_shell_descriptors() {
    let folder = fixture();
    for reader in [
        "jotsmith verify -k key.jwk < token.jwt",
        "jotsmith verify -k key.jwk @/dev/stdin < token.jwt",
        "jotsmith verify -k <(cat key.jwk) @<(cat token.jwt)",
    ] {
        let done = folder.shell(reader).done();
        assert_eq!(done.code, 0, "{reader}: {done:?}");
    }
}

#[test]
fn umask_does_not_widen_private_files_and_restricts_public_files() {
    for (umask, public) in [("000", 0o644), ("022", 0o644), ("077", 0o600)] {
        let folder = fixture();
        for script in [
            "keygen -o private.jwk --public-out public.jwk",
            "rotate private.jwks --publish public.jwks --log private.log",
            "convert -k key.jwk --to pem -o private.pem",
            "sign -q -k key.jwk sub=x -o private.jwt",
        ] {
            let script = format!("umask {umask}; jotsmith {script}");
            let done = folder.shell(&script).done();
            assert_eq!(done.code, 0, "{script}: {done:?}");
        }
        for (name, (mode, _)) in folder.state() {
            let mode = mode & 0o777;
            assert_eq!(mode & 0o022, 0, "umask {umask}: {name} {mode:o}");
            if name.starts_with("private") && !name.ends_with(".log") {
                assert_eq!(mode, 0o600, "umask {umask}: {name} {mode:o}");
            } else if name.starts_with("public") {
                assert_eq!(mode, public, "umask {umask}: {name} {mode:o}");
            }
        }
    }
}

#[test]
fn dangling_symlink_is_not_followed_for_writing() {
    for command in WRITERS {
        let folder = fixture();
        let elsewhere = tempfile::tempdir().unwrap();
        symlink(elsewhere.path().join("victim"), folder.path("out")).unwrap();
        for force in ["", " --force"] {
            if force.is_empty() || !command.starts_with("rotate") {
                let command = format!("{command}{force}");
                refused(&folder, &command);
            }
        }
        let found = std::fs::read_dir(elsewhere.path()).unwrap().count();
        assert_eq!(found, 0, "{command}");
        assert!(folder.path("out").is_symlink(), "{command}");
    }
}

#[test]
fn symlink_and_its_target_are_kept_without_force() {
    for command in WRITERS.iter().filter(|command| !command.starts_with("rotate")) {
        let folder = fixture();
        folder.write("victim", "precious");
        symlink(folder.path("victim"), folder.path("out")).unwrap();
        refused(&folder, command);
        assert_eq!(folder.text("victim"), "precious", "{command}");
        assert!(folder.path("out").is_symlink(), "{command}");
    }
}

#[test]
fn symlink_of_another_user_in_a_shared_folder_is_not_followed() {
    for command in WRITERS {
        let folder = fixture();
        folder.write("victim", r#"{"keys":[]}"#);
        let shared = folder.path("shared");
        std::fs::create_dir(&shared).unwrap();
        set_mode(shared.clone(), 0o1777);
        symlink(folder.path("victim"), shared.join("out")).unwrap();
        if std::os::unix::fs::lchown(shared.join("out"), Some(NOBODY), Some(NOBODY)).is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI runs as root");
            return eprintln!("only root can change the owner of a file: skipped");
        }
        let force = if command.starts_with("rotate") {
            ""
        } else {
            " --force"
        };
        let command =
            command.replace("out", "shared/out").replace("--public-shared/out", "--public-out")
                + force;
        refused(&folder, &command);
        assert_eq!(folder.text("victim"), r#"{"keys":[]}"#, "{command}");
    }
}

#[test]
fn lock_file_that_is_a_symlink_truncates_no_file() {
    let folder = fixture();
    folder.write("victim", "precious");
    symlink(folder.path("victim"), folder.path("keys.jwks.lock")).unwrap();
    refused(&folder, "rotate keys.jwks");
    assert_eq!(folder.text("victim"), "precious");
}

#[test]
fn log_symlink_in_a_shared_folder_is_not_followed() {
    let folder = fixture();
    folder.write("victim", "precious");
    let shared = folder.path("shared");
    std::fs::create_dir(&shared).unwrap();
    set_mode(shared.clone(), 0o1777);
    symlink(folder.path("victim"), shared.join("log")).unwrap();
    if std::os::unix::fs::lchown(shared.join("log"), Some(NOBODY), Some(NOBODY)).is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI runs as root");
        return eprintln!("only root can change the owner of a file: skipped");
    }
    refused(&folder, "rotate keys.jwks --log shared/log");
    assert_eq!(folder.text("victim"), "precious");
}

#[test]
fn written_file_belongs_to_the_effective_user() {
    let folder = fixture();
    folder.run("keygen -o out").accepted();
    let owner = std::fs::metadata(folder.path("out")).unwrap().uid();
    assert_eq!(owner, rustix::process::geteuid().as_raw());
    // If a file of another user is replaced, the new file belongs to the user who replaced it.
    if chown(folder.path("out"), Some(NOBODY), Some(NOBODY)).is_ok() {
        folder.run("keygen -o out --force").accepted();
        let owner = std::fs::metadata(folder.path("out")).unwrap().uid();
        assert_eq!(owner, rustix::process::geteuid().as_raw());
    }
}

/// Returns a folder with this mode, in which another user can create files.
fn shared(folder: &Folder, mode: u32) -> PathBuf {
    let shared = folder.path("shared");
    std::fs::create_dir(&shared).unwrap();
    set_mode(shared.clone(), mode);
    shared
}

/// Changes the owner of a file or folder to another user. If this is not possible, the test is skipped, except in CI.
fn give_away(path: &Path) -> bool {
    let given = std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).is_ok();
    assert!(given || std::env::var_os("CI").is_none(), "CI runs as root");
    if !given {
        eprintln!("only root can change the owner of a file: skipped");
    }
    given
}

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// Opens a FIFO for reading and writing, so that no writer blocks.
fn open_fifo(path: &Path) -> File {
    let mut options = File::options();
    options.read(true).write(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        rustix::fs::OFlags::NONBLOCK.bits() as i32,
    );
    options.open(path).unwrap()
}

/// Returns what was written to the FIFO.
fn written(fifo: &mut File) -> Vec<u8> {
    let mut bytes = vec![0; 64 * 1024];
    let len = fifo.read(&mut bytes).unwrap_or(0);
    bytes.truncate(len);
    bytes
}

/// Returns `command` with `shared/out` instead of `out`.
fn into_shared(command: &str) -> String {
    let command: Vec<String> = command
        .split(' ')
        .map(|word| match word {
            "out" => "shared/out".into(),
            word => word.to_owned(),
        })
        .collect();
    command.join(" ")
}

fn with_force(command: &str) -> String {
    let force = if command.starts_with("rotate") {
        ""
    } else {
        " --force"
    };
    format!("{command}{force}")
}

/// Every way to write a private key to `out`.
const KEY_WRITERS: &[&str] = &[
    "keygen -o out",
    "keygen --to pem -o out",
    "keygen --count 2 -o out",
    "convert -k key.jwk -o out",
    "convert -k key.jwk --to pem -o out",
    "convert -k key.jwk --set-kid out --split .",
    "rotate out",
];

#[test]
fn private_key_is_not_written_to_a_fifo() {
    for command in KEY_WRITERS {
        for is_linked in [false, true] {
            let folder = fixture();
            let name = if command.contains("--split") {
                "out.jwk"
            } else {
                "out"
            };
            let fifo = if is_linked { "fifo" } else { name };
            make_fifo(&folder.path(fifo));
            if is_linked {
                symlink("fifo", folder.path(name)).unwrap();
            }
            let mut open = open_fifo(&folder.path(fifo));
            refused(&folder, command);
            refused(&folder, &with_force(command));
            assert!(written(&mut open).is_empty(), "{command}");
            assert!(!folder.path("out.lock").exists(), "{command}");
        }
    }
}

#[test]
fn private_key_is_written_to_inherited_descriptors() {
    let folder = fixture();
    for command in [
        "jotsmith keygen -o /dev/stdout | jotsmith inspect --json",
        "jotsmith keygen -o /dev/fd/3 3>&1 | jotsmith inspect --json",
        "jotsmith keygen -o >(cat >copy); for i in {1..100}; do [ -s copy ] && break; sleep 0.1; done; jotsmith inspect --json copy",
        "jotsmith convert -k key.jwk -o - | jotsmith inspect --json",
        "jotsmith keygen -o /dev/null && jotsmith inspect --json key.jwk",
        "jotsmith convert -k key.jwk --to pem -o /dev/stdout | jotsmith inspect --json",
    ] {
        let done = folder.shell(command).done();
        assert_eq!(done.code, 0, "{command}: {done:?}");
    }
}

#[test]
fn entry_of_another_user_in_a_shared_folder_is_rejected() {
    for mode in [0o1777, 0o2775, 0o777, 0o1775] {
        for kind in ["file", "symlink", "symlink to a FIFO", "fifo", "chain"] {
            for command in WRITERS.iter().chain(["rotate keys.jwks --log out"].iter()) {
                let folder = fixture();
                folder.write("victim", r#"{"keys":[]}"#);
                make_fifo(&folder.path("victim.fifo"));
                let mut open = open_fifo(&folder.path("victim.fifo"));
                let shared = shared(&folder, mode);
                let out = shared.join("out");
                match kind {
                    "file" => std::fs::write(&out, "").unwrap(),
                    "fifo" => make_fifo(&out),
                    "symlink" => symlink(folder.path("victim"), &out).unwrap(),
                    "chain" => {
                        symlink(folder.path("victim"), shared.join("next")).unwrap();
                        symlink("next", &out).unwrap();
                    }
                    _ => symlink(folder.path("victim.fifo"), &out).unwrap(),
                }
                let planted = if kind == "chain" {
                    shared.join("next")
                } else {
                    out.clone()
                };
                let mut planted_fifo = (kind == "fifo").then(|| open_fifo(&out));
                if !give_away(&planted) {
                    return;
                }
                let command = with_force(&into_shared(command));
                refused(&folder, &command);
                let place = format!("{mode:o} {kind}: {command}");
                assert_eq!(folder.text("victim"), r#"{"keys":[]}"#, "{place}");
                assert!(written(&mut open).is_empty(), "{place}");
                if let Some(fifo) = &mut planted_fifo {
                    assert!(written(fifo).is_empty(), "{place}");
                }
                if kind == "file" {
                    assert_eq!(std::fs::read(&out).unwrap(), b"", "{place}");
                }
                assert!(!folder.path("keys.jwks.lock").exists(), "{place}");
                let names = std::fs::read_dir(&shared).unwrap().count();
                assert_eq!(names, if kind == "chain" { 2 } else { 1 }, "{place}");
            }
        }
    }
}

#[test]
fn entry_of_the_owner_of_a_shared_folder_is_accepted() {
    for command in WRITERS {
        let folder = fixture();
        let shared = shared(&folder, 0o1777);
        std::fs::write(shared.join("out"), "").unwrap();
        if !give_away(&shared) || !give_away(&shared.join("out")) {
            return;
        }
        let command = with_force(&into_shared(command));
        let done = folder.run(&command).stdin("{}\n").done();
        assert_eq!(done.code, 0, "{command}: {done:?}");
    }
}

#[test]
fn folder_symlink_of_another_user_is_not_followed() {
    for command in WRITERS {
        let folder = fixture();
        let shared = shared(&folder, 0o1777);
        std::fs::create_dir(folder.path("private")).unwrap();
        symlink(folder.path("private"), shared.join("link")).unwrap();
        if !give_away(&shared.join("link")) {
            return;
        }
        refused(
            &folder,
            &into_shared(command).replace("shared/out", "shared/link/out"),
        );
        let found = std::fs::read_dir(folder.path("private")).unwrap().count();
        assert_eq!(found, 0, "{command}");
    }
}

#[test]
fn own_symlink_to_a_folder_is_followed_to_a_new_file() {
    for command in WRITERS {
        let folder = fixture();
        std::fs::create_dir(folder.path("real")).unwrap();
        symlink("real", folder.path("shared")).unwrap();
        let command = into_shared(command);
        let done = folder.run(&command).stdin("{}\n").done();
        assert_eq!(done.code, 0, "{command}: {done:?}");
        assert!(folder.path("real/out").is_file(), "{command}");
    }
}

#[test]
fn set_of_a_user_other_than_the_folder_owner_is_not_rotated() {
    let folder = fixture();
    folder.run("rotate set.jwks").accepted();
    let before = folder.read("set.jwks");
    if !give_away(&folder.path("set.jwks")) {
        return;
    }
    for command in [
        "rotate set.jwks --now x",
        "rotate set.jwks --status",
        "rotate set.jwks --check",
        "rotate link.jwks --now x",
    ] {
        let _ = symlink("set.jwks", folder.path("link.jwks"));
        refused(&folder, command);
        assert!(folder.read("set.jwks") == before, "{command}");
        assert!(!folder.path("set.jwks.lock").exists(), "{command}");
    }
    // root may rotate a set in a folder of another user.
    assert!(give_away(&folder.path(".")));
    folder.run("rotate set.jwks --now x").accepted();
    let owner = std::fs::metadata(folder.path("set.jwks")).unwrap().uid();
    assert_eq!(owner, NOBODY);
}

#[test]
fn lock_of_another_user_or_file_type_is_rejected() {
    let folder = fixture();
    make_fifo(&folder.path("keys.jwks.lock"));
    refused(&folder, "rotate keys.jwks");
    let folder = fixture();
    let shared = shared(&folder, 0o1777);
    std::fs::write(shared.join("keys.jwks.lock"), "precious").unwrap();
    folder.write("victim", "precious");
    std::fs::hard_link(folder.path("victim"), shared.join("other.jwks.lock")).unwrap();
    refused(&folder, "rotate shared/other.jwks");
    assert_eq!(folder.text("victim"), "precious");
    if give_away(&shared.join("keys.jwks.lock")) {
        refused(&folder, "rotate shared/keys.jwks");
        assert_eq!(folder.text("shared/keys.jwks.lock"), "precious");
    }
}

#[test]
fn publish_to_a_fifo_is_rejected_before_locking() {
    for more in [
        "--publish out",
        "--log out",
        "--publish jwks.json --log out",
    ] {
        let folder = fixture();
        make_fifo(&folder.path("out"));
        let lock = File::create(folder.path("keys.jwks.lock")).unwrap();
        lock.lock().unwrap();
        refused(&folder, &format!("rotate keys.jwks {more} --wait 600s"));
    }
}

#[test]
fn refused_rotation_leaves_no_lock() {
    let folder = fixture();
    refused(&folder, "rotate key.jwk");
    assert!(!folder.path("key.jwk.lock").exists());
    folder.run("rotate set.jwks").accepted();
    assert!(!folder.path("set.jwks.lock").exists());
}

#[test]
fn failed_replacement_leaves_no_temporary_file() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "CI runs as root");
        return eprintln!("only root can run as another user: skipped");
    }
    let folder = fixture();
    set_mode(folder.path("."), 0o755);
    let shared = shared(&folder, 0o1777);
    std::fs::copy(env!("CARGO_BIN_EXE_jotsmith"), folder.path("jotsmith")).unwrap();
    set_mode(folder.path("jotsmith"), 0o755);
    for name in ["key.jwk", "key.pub.jwk"] {
        std::fs::write(shared.join(name), "precious").unwrap();
        set_mode(shared.join(name), 0o666);
    }
    for arguments in [
        "keygen --force -o key.jwk",
        "keygen --force -o new.jwk --public-out key.pub.jwk",
        "keygen --force -o key.jwk --public-out key.pub.jwk",
    ] {
        let done = Command::new(folder.path("jotsmith"))
            .args(arguments.split(' '))
            .current_dir(&shared)
            .uid(NOBODY)
            .gid(NOBODY)
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(3), "{arguments}: {done:?}");
        let names = std::fs::read_dir(&shared).unwrap().count();
        assert_eq!(names, 2, "{arguments}");
        assert_eq!(folder.text("shared/key.jwk"), "precious", "{arguments}");
    }
}

/// Starts a run that has a temporary file for `out` and waits for its input.
fn staging(folder: &Folder) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jotsmith"))
        .args("verify -k key.jwk --lines -o out".split(' '))
        .current_dir(folder.path("."))
        .env_clear()
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while temporary_files(folder).is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    if temporary_files(folder).is_empty() {
        child.kill().unwrap();
        panic!("the run makes no temporary file");
    }
    // The signal handlers are installed before the file is created.
    child
}

fn temporary_files(folder: &Folder) -> Vec<String> {
    let names = folder.state().into_keys();
    names.filter(|name| name.contains(".jotsmith-")).collect()
}

#[test]
fn signal_removes_temporary_files_and_ends_the_run() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, number) in [
        (Signal::INT, 2),
        (Signal::TERM, 15),
        (Signal::HUP, 1),
        (Signal::QUIT, 3),
        (Signal::USR1, 10),
    ] {
        let folder = fixture();
        let mut child = staging(&folder);
        // `wait` closes stdin, and the run would finish at the end of its input.
        let stdin = child.stdin.take();
        kill_process(Pid::from_raw(child.id() as i32).unwrap(), signal).unwrap();
        let status = child.wait().unwrap();
        drop(stdin);
        assert_eq!(status.signal(), Some(number));
        assert!(temporary_files(&folder).is_empty(), "{number}");
        assert!(!folder.path("out").exists(), "{number}");
    }
}

#[test]
fn next_run_removes_only_the_files_of_a_killed_run() {
    let folder = fixture();
    let mut killed = staging(&folder);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left = temporary_files(&folder);
    assert_eq!(left.len(), 1);
    let mut running = staging(&folder);
    for name in [
        ".out.jotsmith-notes",
        ".out.jotsmith-1",
        ".other.jotsmith-abcdef",
    ] {
        folder.write(name, "the user's own");
    }
    std::fs::create_dir(folder.path(".out.jotsmith-folder")).unwrap();
    folder.write("victim", "precious");
    symlink("victim", folder.path(".out.jotsmith-abcdef")).unwrap();
    folder.run("verify -k key.jwk --lines -o out").accepted();
    let found = temporary_files(&folder);
    assert!(!found.contains(&left[0]), "{found:?}");
    // The files from above, and the file of the run that is still active.
    assert_eq!(found.len(), 6, "{found:?}");
    assert_eq!(folder.text("victim"), "precious");
    drop(running.stdin.take());
    // The run fails only because `out` exists now. No other run has removed its temporary file.
    assert_eq!(running.wait().unwrap().code(), Some(3));
    assert_eq!(temporary_files(&folder).len(), 5);
}

#[test]
fn ignored_signal_stays_ignored() {
    let folder = fixture();
    let script = "trap '' HUP; jotsmith verify -k key.jwk --lines -o out < <(sleep 2; cat token.jwt) & \
        for i in {1..100}; do ls -A | grep -q out.jotsmith && break; sleep 0.05; done; kill -HUP $!; wait $!";
    let done = folder.shell(script).done();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(folder.path("out").exists());
}

/// Gives another user write permission by a POSIX ACL. If the file system does not support ACLs, the test is skipped.
fn set_acl(path: &Path) -> bool {
    let entry = |tag: u16, permissions: u16, id: u32| {
        [
            &tag.to_le_bytes()[..],
            &permissions.to_le_bytes(),
            &id.to_le_bytes(),
        ]
        .concat()
    };
    let acl = [
        2u32.to_le_bytes().to_vec(),
        entry(0x01, 7, u32::MAX),
        entry(0x02, 7, NOBODY),
        entry(0x04, 0, u32::MAX),
        entry(0x10, 7, u32::MAX),
        entry(0x20, 0, u32::MAX),
    ]
    .concat();
    let name = "system.posix_acl_access";
    let set = rustix::fs::setxattr(path, name, &acl, rustix::fs::XattrFlags::empty());
    if let Err(error) = &set {
        eprintln!("{}: {error}: skipped", path.display());
    }
    set.is_ok()
}

#[test]
fn entry_of_another_user_in_an_acl_shared_folder_is_rejected() {
    for command in WRITERS {
        let folder = fixture();
        let shared = shared(&folder, 0o700);
        std::fs::write(shared.join("out"), "").unwrap();
        if !set_acl(&shared) || !give_away(&shared.join("out")) {
            return;
        }
        refused(&folder, &with_force(&into_shared(command)));
    }
    // With the ACL, the private group of the owner is not the only one with write permission.
    let folder = fixture();
    let shared = shared(&folder, 0o770);
    folder.run("rotate shared/set.jwks").accepted();
    assert!(set_acl(&shared));
    refused(&folder, "rotate shared/set.jwks --now x");
}

#[test]
fn served_set_of_another_user_is_not_trusted() {
    let folder = fixture();
    folder.run("rotate keys.jwks --publish jwks.json --every 30d --lead 1d").accepted();
    let shared = shared(&folder, 0o1777);
    std::fs::copy(folder.path("jwks.json"), shared.join("served")).unwrap();
    if !give_away(&shared.join("served")) {
        return;
    }
    let done = folder.run("rotate keys.jwks --served shared/served").done();
    assert!(done.stderr.contains("belongs to another user"), "{done:?}");
    let done = folder.shell("jotsmith rotate keys.jwks --served <(cat jwks.json)").done();
    assert!(
        !done.stderr.contains("no signing key is scheduled"),
        "{done:?}"
    );
}

#[test]
fn report_and_token_may_go_to_an_own_fifo() {
    for command in [
        "inspect @token.jwt -o fifo",
        "sign -k key.jwk sub=x -o fifo",
        "convert -k key.jwk --public -o fifo",
        "convert -k key.jwk --to thumbprint -o fifo",
        "keygen -o new.jwk --public-out fifo",
        "encrypt -k enc.jwk token.jwt -o fifo",
        "verify -k key.jwk @token.jwt -o fifo",
    ] {
        let folder = fixture();
        make_fifo(&folder.path("fifo"));
        let mut open = open_fifo(&folder.path("fifo"));
        folder.run(command).accepted();
        assert!(!written(&mut open).is_empty(), "{command}");
    }
}

#[test]
fn output_named_like_a_variable_or_url_is_rejected() {
    let mut commands: Vec<&str> = WRITERS.to_vec();
    commands.extend([
        "rotate out",
        "rotate out --status",
        "rotate keys.jwks --log out",
    ]);
    for command in commands {
        for name in ["env:SET", "https://issuer.example/keys"] {
            let folder = fixture();
            let command = into_shared(command).replace("shared/out", name);
            let before = folder.state();
            let done = folder.run(&command).stdin("{}\n").env("SET", "x").done();
            assert_eq!(done.code, 2, "{command}: {done:?}");
            assert!(folder.state() == before, "{command}");
        }
    }
    let folder = fixture();
    folder.run("keygen -o ./env:SET").accepted();
    assert!(folder.path("env:SET").is_file());
}
