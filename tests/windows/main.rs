//! What differs on Windows: paths, locks, replacement of open files, access control lists, the console. The program is
//! JOTSMITH_PROGRAM, or else the one that was built with the tests. On other systems there are no tests.
#![cfg(windows)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read the environment and the clock"
)]

mod console;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use jotsmith::io::file::is_readable_by_others;
use serde_json::Value;

const SHARE_READ: u32 = 1;
const SHARE_WRITE: u32 = 2;

/// Returns the path of the tested program.
fn program() -> String {
    let built = env!("CARGO_BIN_EXE_jotsmith").to_owned();
    std::env::var("JOTSMITH_PROGRAM").unwrap_or(built)
}

/// An empty folder in which the program is run.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.0.path());
        for name in ["NO_COLOR", "JOTSMITH_KEY", "JOTSMITH_KEY_FILE"] {
            command.env_remove(name);
        }
        command
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).spawn().unwrap()
    }

    fn run(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Output {
        let mut child = self.spawn(arguments);
        // This fails if the program exits without reading its input.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_ref());
        child.wait_with_output().unwrap()
    }

    /// Runs the program, and checks that it succeeds. Returns stdout without the line break at its end.
    #[track_caller]
    fn accepted(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> String {
        let output = self.run(arguments, stdin);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim_end().to_owned()
    }

    /// Runs the program, and checks that it fails with this code and an empty stdout. Returns stderr.
    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments, "");
        let message = String::from_utf8(output.stderr).unwrap();
        let actual = output.status.code();
        assert_eq!(actual, Some(code), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        message
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Returns a folder with a key and a token that it signed.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.accepted(&["keygen", "-q", "ES256", "-o", "key.jwk"], "");
    let token = folder.accepted(&["sign", "-q", "-k", "key.jwk", "--sub", "alice"], "");
    std::fs::write(folder.path("token.jwt"), token).unwrap();
    folder
}

/// Signs with the key in `locked.jwk`, which is encrypted with this passphrase.
fn sign_with_passphrase(folder: &Folder, passphrase: &str) {
    std::fs::write(folder.path("pass.txt"), passphrase).unwrap();
    let sign = [
        "sign",
        "-q",
        "-k",
        "locked.jwk",
        "--passphrase-file",
        "pass.txt",
        "sub=a",
    ];
    folder.accepted(&sign, "");
}

/// Creates a rotating key set, or rotates it.
const ROTATE: [&str; 8] = [
    "rotate",
    "keys.jwks",
    "--publish",
    "jwks.json",
    "--alg",
    "ES256",
    "--every",
    "30d",
];

/// Returns a folder with a rotating key set.
fn rotating() -> Folder {
    let folder = Folder::new();
    folder.accepted(&ROTATE, "");
    folder
}

/// Returns the arguments that activate a successor. `reason` must differ between calls.
fn rotate_now(reason: &str) -> [&str; 6] {
    [
        "rotate",
        "keys.jwks",
        "--publish",
        "jwks.json",
        "--now",
        reason,
    ]
}

/// Runs icacls; `None` on wine, which does not have it. There, the script that runs the tests compares the file modes.
fn icacls(arguments: &[&str]) -> Option<String> {
    if std::env::var_os("WINEPREFIX").is_some() {
        return None;
    }
    let output = Command::new("icacls").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn private_key_is_readable_by_its_owner_only() {
    let folder = folder();
    let key = folder.path("key.jwk");
    assert!(!is_readable_by_others(&key));
    if let Some(list) = icacls(&[key.to_str().unwrap()]) {
        // There is one entry, for the user, and it is not inherited.
        let entries: Vec<_> = list.lines().filter(|line| line.contains(":(")).collect();
        let user = std::env::var("USERNAME").unwrap().to_lowercase();
        assert_eq!(entries.len(), 1, "{list}");
        assert!(entries[0].to_lowercase().contains(&user), "{list}");
        assert!(entries[0].ends_with(":(F)"), "{list}");
    }
    // The check depends on the file: a file that other users can read causes a warning, and can be replaced.
    let everyone = folder.path("open.jwk");
    std::fs::copy(&key, &everyone).unwrap();
    std::fs::remove_file(&key).unwrap();
    File::create(&key).unwrap().write_all(&std::fs::read(&everyone).unwrap()).unwrap();
    icacls(&[key.to_str().unwrap(), "/grant", "*S-1-1-0:R"]);
    assert!(is_readable_by_others(&key));
    let run = folder.run(&["sign", "-k", "key.jwk", "sub=a"], "");
    let warning = String::from_utf8(run.stderr).unwrap();
    assert!(
        warning.contains("other users can read the private key; icacls"),
        "{warning}"
    );
    folder.accepted(&["keygen", "-q", "ES256", "-o", "key.jwk", "--force"], "");
    assert!(!is_readable_by_others(&key));
}

#[test]
fn rotation_keeps_the_access_control_list() {
    let folder = rotating();
    let set = folder.path("keys.jwks");
    assert!(!is_readable_by_others(&set));
    folder.accepted(&rotate_now("first"), "");
    assert!(!is_readable_by_others(&set));
    // Access for a service is kept when the set is replaced.
    let bytes = std::fs::read(&set).unwrap();
    std::fs::remove_file(&set).unwrap();
    std::fs::write(&set, bytes).unwrap();
    icacls(&[set.to_str().unwrap(), "/grant", "*S-1-1-0:R"]);
    assert!(is_readable_by_others(&set));
    folder.accepted(&rotate_now("second"), "");
    assert!(is_readable_by_others(&set));
}

#[test]
fn file_is_replaced_after_its_reader_closes_it() {
    let folder = rotating();
    let mut options = OpenOptions::new();
    options.read(true).share_mode(SHARE_READ | SHARE_WRITE);
    let reader = options.open(folder.path("jwks.json")).unwrap();
    let child = folder.spawn(&rotate_now("first"));
    std::thread::sleep(Duration::from_millis(600));
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");

    let before = std::fs::read(folder.path("keys.jwks")).unwrap();
    let reader = options.open(folder.path("jwks.json")).unwrap();
    let message = folder.refused(&rotate_now("second"), 3);
    drop(reader);
    assert!(message.contains("jwks.json"), "{message}");
    assert_eq!(std::fs::read(folder.path("keys.jwks")).unwrap(), before);
    assert!(!folder.names().iter().any(|name| name.contains(".jotsmith-")));
    folder.accepted(&rotate_now("second"), "");
}

#[test]
fn reader_sees_complete_files_while_they_are_replaced() {
    let folder = rotating();
    let path = folder.path("jwks.json");
    let stop = std::sync::atomic::AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut read = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                // The file may be missing for a short time, but is never incomplete.
                if let Ok(bytes) = std::fs::read(&path) {
                    let set: Value = serde_json::from_slice(&bytes).unwrap();
                    assert!(!set["keys"].as_array().unwrap().is_empty());
                    read += 1;
                }
                // Wine and Windows before version 10 replace a file only while it is not open.
                std::thread::sleep(Duration::from_millis(5));
            }
            read
        });
        for reason in ["a", "b", "c", "d", "e"] {
            folder.accepted(&rotate_now(reason), "");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(read > 5, "{read}");
}

#[test]
fn one_of_several_concurrent_rotations_acts() {
    let folder = Folder::new();
    let start = [&ROTATE[..], &["--wait", "60s"]].concat();
    let children: Vec<Child> = (0..4).map(|_| folder.spawn(&start)).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let set = std::fs::read(folder.path("keys.jwks")).unwrap();
    let set: Value = serde_json::from_slice(&set).unwrap();
    assert_eq!(set["rotation"]["generation"], 1, "{set}");
}

#[test]
fn lock_of_another_process_is_reported() {
    let folder = rotating();
    let lock = File::create(folder.path("keys.jwks.lock")).unwrap();
    lock.lock().unwrap();
    let rotate = [&rotate_now("drill")[..], &["--wait", "1s"]].concat();
    let message = folder.refused(&rotate, 3);
    assert!(message.contains("has been locked by"), "{message}");
    drop(lock);
    folder.accepted(&rotate, "");
}

#[test]
fn paths_with_drive_letters_and_backslashes_are_accepted() {
    let folder = folder();
    let absolute = |name: &str| std::path::absolute(folder.path(name)).unwrap();
    let key = absolute("key.jwk").to_str().unwrap().to_owned();
    assert_eq!(&key[1..3], ":\\", "{key}");
    let token = absolute("token.jwt").to_str().unwrap().to_owned();
    for token in [
        token.clone(),
        format!("@{token}"),
        token.replace('\\', "/"),
        ".\\token.jwt".into(),
        "@.\\token.jwt".into(),
    ] {
        let claims = folder.accepted(&["verify", "-q", "-k", &key, &token], "");
        assert!(claims.contains("alice"), "{token}");
    }
    std::fs::create_dir(folder.path("sub")).unwrap();
    for name in ["sub\\one.jwk", "sub/two.jwk", "sub\\..\\three.jwk"] {
        folder.accepted(&["keygen", "-q", "ES256", "-o", name], "");
        assert!(folder.path(name).is_file(), "{name}");
    }
    let other = absolute("four.jwk").to_str().unwrap().to_owned();
    folder.accepted(&["keygen", "-q", "ES256", "-o", &other], "");
    assert!(Path::new(&other).is_file());
    let message = folder.refused(&["verify", "-k", "C:\\nowhere\\key.jwk", &token], 3);
    assert!(message.contains("C:\\nowhere\\key.jwk"), "{message}");
}

#[test]
fn device_names_are_rejected() {
    let folder = folder();
    let before = folder.names();
    for name in [
        "CON",
        "NUL",
        "nul.jwk",
        "COM1",
        ".\\aux.jwk",
        "key.jwk:stream",
    ] {
        let message = folder.refused(&["keygen", "-q", "ES256", "-o", name, "--force"], 3);
        assert!(
            message.contains("is the name of a device") || message.contains("colon"),
            "{message}"
        );
        let mut rotate = ROTATE;
        rotate[1] = name;
        folder.refused(&rotate, 3);
    }
    assert_eq!(folder.names(), before);
}

#[test]
fn crlf_line_ends_are_accepted() {
    let folder = folder();
    let token = std::fs::read_to_string(folder.path("token.jwt")).unwrap();
    let verify = ["verify", "-q", "-k", "key.jwk"];
    assert!(folder.accepted(&verify, format!("{token}\r\n")).contains("alice"));
    let lines = folder.run(
        &["verify", "-k", "key.jwk", "--lines"],
        format!("{token}\r\nx\r\n{token}\r\n"),
    );
    let records = String::from_utf8(lines.stdout).unwrap();
    let is_ok = |line: &str| serde_json::from_str::<Value>(line).unwrap()["ok"].clone();
    let found: Vec<Value> = records.lines().map(is_ok).collect();
    assert_eq!(found, [true, false, true], "{records}");
    // The output has no carriage return.
    assert!(!records.contains('\r'));
    let pem = folder.accepted(&["convert", "-q", "-k", "key.jwk", "--to", "pem"], "");
    std::fs::write(folder.path("key.pem"), pem.replace('\n', "\r\n")).unwrap();
    assert!(folder.accepted(&["verify", "-q", "-k", "key.pem", "token.jwt"], "").contains("alice"));
    let claims = "{\r\n  \"sub\": \"bob\"\r\n}\r\n";
    let signed = folder.accepted(&["sign", "-q", "-k", "key.jwk", "--claims", "-"], claims);
    assert!(folder.accepted(&verify, signed).contains("bob"));
    // A passphrase from an editor on Windows ends with CR LF.
    std::fs::write(folder.path("pass.txt"), "correct horse\r\n").unwrap();
    let encrypt = [
        "keygen",
        "-q",
        "ES256",
        "--encrypt",
        "-o",
        "locked.jwk",
        "--passphrase-file",
        "pass.txt",
    ];
    folder.accepted(&encrypt, "");
    sign_with_passphrase(&folder, "correct horse");
}

#[test]
fn text_is_utf_8_in_arguments_names_and_output() {
    let folder = folder();
    let name = "schlüssel-鍵.jwk";
    folder.accepted(&["keygen", "-q", "ES256", "-o", name], "");
    let token = folder.accepted(&["sign", "-q", "-k", name, "--sub", "Zoë 日本 🔑"], "");
    let output = folder.run(&["verify", "-q", "-k", name], token);
    let claims = String::from_utf8(output.stdout).unwrap();
    assert!(claims.contains("Zoë 日本 🔑"), "{claims}");
}

#[test]
fn a_pipe_has_no_colors_unless_they_are_requested() {
    let folder = folder();
    let escape = |arguments: &[&str]| {
        let output = folder.run(arguments, "");
        output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
    };
    assert!(!escape(&["inspect", "token.jwt"]));
    assert!(escape(&["inspect", "--color", "always", "token.jwt"]));
    assert!(!escape(&["inspect", "--color", "never", "token.jwt"]));
}
