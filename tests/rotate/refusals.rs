//! What `rotate` refuses. Only the lock file may change then.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// Runs `rotate` with these arguments, and checks that it fails and changes neither the set nor the published set.
#[track_caller]
fn refused(folder: &Folder, arguments: &str, code: i32) -> String {
    let files = || ["keys.jwks", "jwks.json"].map(|name| std::fs::read(folder.path(name)).ok());
    let before = files();
    let done = folder.run(&format!("--at {START} rotate {arguments}")).done();
    assert_eq!(done.code, code, "{done:?}");
    assert!(done.stdout.is_empty(), "{done:?}");
    assert!(before == files(), "a file has changed");
    let errors: Vec<&str> = done.stderr.lines().filter(|line| line.contains(": error: ")).collect();
    assert_eq!(errors.len(), 1, "{done:?}");
    errors[0].to_owned()
}

fn with_set() -> (Folder, String) {
    let folder = Folder::new();
    let kid = in_state(&rotate(&folder, "", START), "active").unwrap();
    (folder, kid)
}

fn chmod(folder: &Folder, name: &str, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(folder.path(name), permissions).unwrap();
}

#[test]
fn emergency_without_a_set_is_rejected() {
    let folder = Folder::new();
    for flags in ["--now x", "--revoke x --reason x", "--status"] {
        assert!(refused(&folder, &format!("keys.jwks {flags}"), 3).contains("no such file"));
    }
}

#[test]
fn unknown_kid_is_rejected() {
    let (folder, kid) = with_set();
    let error = refused(&folder, "keys.jwks --revoke unknown --reason x", 16);
    assert!(error.contains(&kid), "{error}");
}

#[test]
fn revocation_without_a_reason_is_rejected() {
    let (folder, kid) = with_set();
    refused(&folder, &format!("keys.jwks --revoke {kid}"), 2);
}

#[test]
fn inconsistent_policy_is_rejected() {
    let (folder, _) = with_set();
    for flags in [
        "--every 1d --lead 1d",
        "--every 0s",
        "--retain 40000d",
        "--alg ES256 --alg ES384",
        "--alg PBES2-HS256+A128KW",
        "--bits 1024",
        "--every soon",
        "--served -",
    ] {
        refused(&folder, &format!("keys.jwks {flags}"), 2);
    }
}

#[test]
fn invalid_rotation_member_is_rejected() {
    let (folder, _) = with_set();
    for member in [
        r#""daily""#,
        r#"{"every":"30d"}"#,
        r#"{"alg":"none"}"#,
        r#"{"every":10,"lead":20}"#,
        r#"{"alg":["ES256","ES384"]}"#,
        r#"{"alg":["A256KW","ECDH-ES"]}"#,
    ] {
        let mut set = json(folder.read("keys.jwks"));
        set["rotation"] = json(member);
        folder.write("keys.jwks", set.to_string());
        refused(&folder, "keys.jwks", 3);
    }
}

#[test]
fn invalid_set_is_rejected() {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let key = folder.text("key.jwk");
    let twice = format!(r#"{{"keys":[{key},{key}]}}"#);
    for text in [
        "",
        "x",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[],"keys":[]}"#,
        &key,
        &twice,
    ] {
        folder.write("keys.jwks", text);
        refused(&folder, "keys.jwks", 3);
    }
}

#[test]
fn key_without_a_set_is_refused_with_the_command_that_converts_it() {
    let folder = Folder::new();
    folder
        .shell("jotsmith keygen ES256 -o keys.jwks; jotsmith convert -k keys.jwks --to pem -o pem")
        .accepted();
    for name in ["keys.jwks", "pem"] {
        let done = folder.run(&format!("rotate {name}")).done();
        assert_eq!(
            (done.code, done.stderr.contains("convert --to jwks")),
            (3, true),
            "{done:?}"
        );
    }
    folder.shell("jotsmith convert -k pem --to jwks -o new && jotsmith rotate new").accepted();
}

#[test]
fn set_of_public_keys_is_rejected() {
    let (folder, _) = with_set();
    let error = refused(&folder, "jwks.json", 3);
    assert!(error.contains("public keys only"), "{error}");
}

#[test]
fn publishing_over_the_set_is_rejected() {
    let (folder, _) = with_set();
    symlink("keys.jwks", folder.path("link")).unwrap();
    for name in ["keys.jwks", "./keys.jwks", "link"] {
        refused(&folder, &format!("keys.jwks --publish {name}"), 2);
    }
}

#[test]
fn publishing_over_private_keys_or_other_files_is_rejected() {
    let (folder, _) = with_set();
    folder.keygen("ES256", "private.jwk");
    folder.write("notes.txt", "remember the milk");
    for name in ["private.jwk", "notes.txt"] {
        let before = folder.read(name);
        refused(&folder, &format!("keys.jwks --publish {name}"), 3);
        assert_eq!(folder.read(name), before);
    }
}

#[test]
fn publishing_shared_secrets_is_rejected() {
    let folder = Folder::new();
    let error = refused(&folder, "keys.jwks --alg HS256 --publish jwks.json", 2);
    assert!(error.contains("never published"), "{error}");
}

#[test]
fn set_that_others_can_write_is_rejected() {
    let (folder, _) = with_set();
    for mode in [0o620, 0o602] {
        chmod(&folder, "keys.jwks", mode);
        refused(&folder, "keys.jwks", 3);
    }
}

#[test]
fn set_in_a_folder_that_others_can_write_is_rejected() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("open")).unwrap();
    folder.run("rotate open/keys.jwks").accepted();
    symlink("open/keys.jwks", folder.path("link")).unwrap();
    chmod(&folder, "open", 0o707);
    for name in ["open/keys.jwks", "open/new.jwks", "link"] {
        refused(&folder, name, 3);
    }
    assert!(!folder.path("open/new.jwks").exists());
    // In a sticky folder users can rename only their own files.
    chmod(&folder, "open", 0o1777);
    folder.run("rotate open/keys.jwks").accepted();
}

#[test]
fn empty_stdin_is_rejected() {
    let (folder, _) = with_set();
    let message = refused(&folder, "-", 3);
    assert!(message.contains("stdin is empty"), "{message}");
    assert!(!folder.path("-.lock").exists());
}

#[test]
fn set_in_an_environment_variable_is_rejected() {
    let (folder, _) = with_set();
    refused(&folder, "env:SET", 2);
    assert!(!folder.path("env:SET").exists());
    folder.run("rotate ./env:SET").accepted();
    folder.run("rotate ./-").accepted();
    assert!(folder.path("-").exists());
}

#[test]
fn time_in_the_future_is_rejected_without_force() {
    let (folder, _) = with_set();
    let set = folder.text("keys.jwks");
    for at in ["+2m", "+29d", "2125-01-01"] {
        let command = format!("rotate keys.jwks --publish jwks.json --at {at}");
        let message = folder.run(&command).refused(2);
        assert!(message.contains("in the future"), "{message}");
        for harmless in ["--dry-run", "-n", "--check", "--status"] {
            let done = folder.run(&format!("{command} {harmless}")).done();
            assert!(done.code < 2, "{done:?}");
        }
        assert_eq!(folder.text("keys.jwks"), set);
    }
    folder.run("rotate keys.jwks --publish jwks.json --at +30s").accepted();
    folder.run("rotate keys.jwks --publish jwks.json --at +29d --force").accepted();
    assert_ne!(folder.text("keys.jwks"), set);
}

#[test]
fn now_and_revoke_without_a_reason_or_a_key_are_rejected() {
    let (folder, kid) = with_set();
    for arguments in [
        "keys.jwks --now".to_owned(),
        "--now= keys.jwks".to_owned(),
        "keys.jwks --now leaked --reason leaked".to_owned(),
        "keys.jwks --now=leaked --reason leaked".to_owned(),
        "keys.jwks --reason leaked".to_owned(),
        "keys.jwks --now --reason=".to_owned(),
        format!("keys.jwks --revoke {kid}"),
        "keys.jwks --revoke= --reason leaked".to_owned(),
        "--now leaked".to_owned(),
    ] {
        refused(&folder, &arguments, 2);
    }
    // An argument after --now is KEYS if --reason is given.
    let run = |arguments: &str| {
        let command = format!("--at {START} --json rotate --publish jwks.json {arguments}");
        json(folder.run(&command).accepted())
    };
    assert_eq!(run("--now keys.jwks --reason leaked")["changed"], true);
    assert_eq!(run("--now keys.jwks --reason leaked")["changed"], false);
    assert_eq!(run("keys.jwks --now leaked")["changed"], false);
    assert_eq!(run("--reason=again --now keys.jwks")["changed"], true);
}

#[test]
fn short_or_ambiguous_kid_prefix_is_rejected() {
    let (folder, kid) = with_set();
    let short = format!("keys.jwks --revoke {} --reason r", &kid[..5]);
    let message = refused(&folder, &short, 16);
    assert!(message.contains("at least 6 characters"), "{message}");
    let command = format!(
        "--at {START} --json rotate keys.jwks --publish jwks.json --revoke {} --reason r",
        &kid[..6]
    );
    let report = json(folder.run(&command).accepted());
    assert_eq!(report["actions"][0]["kid"], kid);
    let folder = Folder::new();
    for name in ["prefix-1", "prefix-2"] {
        folder.run(&format!("keygen ES256 --kid {name} -o {name}.jwk")).accepted();
    }
    folder
        .shell("jotsmith convert -k prefix-1.jwk -k prefix-2.jwk --to jwks -o keys.jwks")
        .accepted();
    let message = refused(&folder, "keys.jwks --revoke prefix --reason r", 2);
    assert!(message.contains("prefix-1, prefix-2"), "{message}");
    refused(&folder, "keys.jwks --revoke prefix-3 --reason r", 16);
}

#[test]
fn fifo_as_set_target_or_log_is_rejected() {
    let (folder, _) = with_set();
    folder.shell("mkfifo fifo").accepted();
    for arguments in [
        "fifo",
        "keys.jwks --publish fifo",
        "keys.jwks --log fifo",
        "keys.jwks --publish fifo --status",
        "keys.jwks --publish fifo --check",
        "keys.jwks --publish /dev/zero",
    ] {
        refused(&folder, arguments, 3);
    }
}

#[test]
fn dangling_symlink_is_rejected() {
    let folder = Folder::new();
    symlink("gone", folder.path("keys.jwks")).unwrap();
    refused(&folder, "keys.jwks", 3);
    assert!(folder.path("keys.jwks").is_symlink());
}

#[test]
fn emergency_with_a_clock_that_is_behind_is_rejected() {
    let (folder, _) = with_set();
    rotate(&folder, "", START + 29 * DAY);
    let error = refused(&folder, "keys.jwks --now x", 3);
    assert!(error.contains("behind"), "{error}");
}

#[test]
fn lock_of_another_process_is_reported() {
    let (folder, _) = with_set();
    let lock = std::fs::File::create(folder.path("keys.jwks.lock")).unwrap();
    (&lock).write_all(b"process 1\n").unwrap();
    lock.lock().unwrap();
    let error = refused(&folder, "keys.jwks --wait 0s", 3);
    assert!(error.contains("has been locked by process"), "{error}");
    // Reading needs no lock.
    folder.run("rotate keys.jwks --status").accepted();
}

#[test]
fn unwritable_log_is_reported() {
    let (folder, kid) = with_set();
    std::fs::create_dir(folder.path("log")).unwrap();
    refused(
        &folder,
        &format!("keys.jwks --revoke {kid} --reason x --log log"),
        3,
    );
}
