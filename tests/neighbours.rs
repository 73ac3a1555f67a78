//! What others on the same machine get to see of a run, and what they can make it do.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::Folder;

/// A user who is not root.
const NOBODY: u32 = 65534;

/// Every command that writes a file, run where `out` is that file.
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

/// The run must fail; of a rotation the lock stays.
#[track_caller]
fn refused(folder: &Folder, command: &str) {
    let done = folder.run(command).stdin("{}\n").done();
    assert_eq!(done.code, 3, "{command}: {done:?}");
    assert!(!folder.path("keys.jwks").exists(), "{command}");
}

fn set_mode(path: PathBuf, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A run that waits for its input, as NOBODY where this can be had, with a key in its environment.
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
fn the_environment_of_a_run_is_shown_to_nobody_but_root_and_its_command_line_has_no_key() {
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
fn a_run_that_is_killed_leaves_no_core() {
    let folder = fixture();
    let mut child = waiting(&folder);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let id = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::QUIT).unwrap();
    let status = child.wait().unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
    assert_eq!(status.signal(), Some(3));
    assert!(!status.core_dumped());
}

#[test]
fn a_sealed_run_still_reads_from_the_descriptors_of_its_shell() {
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
fn a_umask_opens_no_private_file_and_closes_public_ones() {
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
fn a_symlink_that_leads_nowhere_is_not_written_through() {
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
fn a_symlink_to_a_file_is_not_replaced_and_its_target_not_written_without_force() {
    for command in WRITERS
        .iter()
        .filter(|command| !command.starts_with("rotate"))
    {
        let folder = fixture();
        folder.write("victim", "precious");
        symlink(folder.path("victim"), folder.path("out")).unwrap();
        refused(&folder, command);
        assert_eq!(folder.text("victim"), "precious", "{command}");
        assert!(folder.path("out").is_symlink(), "{command}");
    }
}

#[test]
fn a_symlink_that_somebody_planted_where_everybody_writes_is_not_followed() {
    for command in WRITERS {
        let folder = fixture();
        folder.write("victim", r#"{"keys":[]}"#);
        let shared = folder.path("shared");
        std::fs::create_dir(&shared).unwrap();
        set_mode(shared.clone(), 0o1777);
        symlink(folder.path("victim"), shared.join("out")).unwrap();
        if std::os::unix::fs::lchown(shared.join("out"), Some(NOBODY), Some(NOBODY)).is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI runs as root");
            return eprintln!("only root can give a file away: left out");
        }
        let force = if command.starts_with("rotate") {
            ""
        } else {
            " --force"
        };
        let command = command
            .replace("out", "shared/out")
            .replace("--public-shared/out", "--public-out")
            + force;
        refused(&folder, &command);
        assert_eq!(folder.text("victim"), r#"{"keys":[]}"#, "{command}");
    }
}

#[test]
fn a_lock_that_is_a_symlink_empties_no_other_file() {
    let folder = fixture();
    folder.write("victim", "precious");
    symlink(folder.path("victim"), folder.path("keys.jwks.lock")).unwrap();
    refused(&folder, "rotate keys.jwks");
    assert_eq!(folder.text("victim"), "precious");
}

#[test]
fn a_log_in_a_shared_folder_is_not_led_elsewhere() {
    let folder = fixture();
    folder.write("victim", "precious");
    let shared = folder.path("shared");
    std::fs::create_dir(&shared).unwrap();
    set_mode(shared.clone(), 0o1777);
    symlink(folder.path("victim"), shared.join("log")).unwrap();
    if std::os::unix::fs::lchown(shared.join("log"), Some(NOBODY), Some(NOBODY)).is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI runs as root");
        return eprintln!("only root can give a file away: left out");
    }
    refused(&folder, "rotate keys.jwks --log shared/log");
    assert_eq!(folder.text("victim"), "precious");
}

#[test]
fn the_owner_of_what_is_written_is_who_runs_it() {
    let folder = fixture();
    folder.run("keygen -o out").accepted();
    let owner = std::fs::metadata(folder.path("out")).unwrap().uid();
    assert_eq!(owner, rustix::process::geteuid().as_raw());
    // A file of somebody else that is replaced becomes that of who replaced it.
    if chown(folder.path("out"), Some(NOBODY), Some(NOBODY)).is_ok() {
        folder.run("keygen -o out --force").accepted();
        let owner = std::fs::metadata(folder.path("out")).unwrap().uid();
        assert_eq!(owner, rustix::process::geteuid().as_raw());
    }
}
