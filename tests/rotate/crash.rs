//! Kills a run at every system call that accesses a file, and lets every such call fail in every possible way.
//!
//! `strace` kills the process at the n-th call of a kind, or makes that call fail. A cut point is one call of one scenario
//! with one outcome. `cargo test` kills at the calls that change files. JOTSMITH_LONG=1 tries every call and every outcome,
//! or every Nth of them with JOTSMITH_CUT_STEP=N.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jotsmith::crypto::key::{ThumbprintHash, Use};
use jotsmith::crypto::{Key, KeyDecryption, KeySet};
use jotsmith::keyfile;

use super::*;

/// The calls that change files.
pub const CHANGING: [&str; 8] = [
    "openat",
    "write",
    "fsync",
    "renameat",
    "fchmod",
    "fchown",
    "ftruncate",
    "unlink",
];
/// The calls that only read files.
const LOOKING: [&str; 10] = [
    "read",
    "close",
    "statx",
    "newfstatat",
    "fstat",
    "readlink",
    "getdents64",
    "flock",
    "lseek",
    "fcntl",
];

struct Scenario {
    name: &'static str,
    before: &'static [(&'static str, i64)],
    arguments: &'static str,
    at: i64,
}

/// The files of consumers that read PEM.
const PEM: &str = "--publish-pem public.pem --active-out active.pem";

/// The folder of a web site.
const SITE: &str = "--publish-site site --site-issuer https://issuer.example";

const SCENARIOS: [Scenario; 14] = [
    Scenario {
        name: "the first key, with a site",
        before: &[],
        arguments: SITE,
        at: START,
    },
    Scenario {
        name: "a successor of another algorithm, with a site",
        before: &[(SITE, START)],
        arguments: "--publish-site site --site-issuer https://issuer.example --alg ES384",
        at: START + 29 * DAY,
    },
    Scenario {
        name: "a revocation, with a site",
        before: &[(SITE, START)],
        arguments: "--publish-site site --site-issuer https://issuer.example --reason drill --revoke",
        at: START + DAY,
    },
    Scenario {
        name: "the first key, with PEM files",
        before: &[],
        arguments: PEM,
        at: START,
    },
    Scenario {
        name: "a successor, with PEM files",
        before: &[(PEM, START)],
        arguments: PEM,
        at: START + 29 * DAY,
    },
    Scenario {
        name: "another active key, with PEM files",
        before: &[(PEM, START), (PEM, START + 29 * DAY)],
        arguments: PEM,
        at: START + 30 * DAY,
    },
    Scenario {
        name: "a revocation, with PEM files",
        before: &[(PEM, START)],
        arguments: "--publish-pem public.pem --active-out active.pem --reason drill --revoke",
        at: START + DAY,
    },
    Scenario {
        name: "the first key",
        before: &[],
        arguments: "",
        at: START,
    },
    Scenario {
        name: "a successor",
        before: &[("", START)],
        arguments: "",
        at: START + 29 * DAY,
    },
    Scenario {
        name: "a drop",
        before: &[("", START), ("", START + 29 * DAY)],
        arguments: "",
        at: START + 32 * DAY,
    },
    Scenario {
        name: "an emergency",
        before: &[("", START)],
        arguments: "--now drill",
        at: START + DAY,
    },
    Scenario {
        name: "a revocation",
        before: &[("", START)],
        arguments: "--reason drill --revoke",
        at: START + DAY,
    },
    Scenario {
        name: "the first key of each use",
        before: &[],
        arguments: "--alg ES256 --alg ECDH-ES+A256KW",
        at: START,
    },
    Scenario {
        name: "a switch of the key to encrypt to",
        before: &[("--alg ECDH-ES+A256KW", START), ("", START + 29 * DAY)],
        arguments: "",
        at: START + 30 * DAY,
    },
];

impl Scenario {
    fn has_site(&self) -> bool {
        self.arguments.contains(SITE)
    }

    fn prepare(&self, folder: &Folder) -> String {
        if self.has_site() {
            std::fs::create_dir(folder.path("site")).unwrap();
        }
        for (more, at) in self.before {
            rotate(folder, more, *at);
        }
        let kid = if self.arguments.ends_with("--revoke") {
            kids(folder, "keys.jwks")[0].clone()
        } else {
            String::new()
        };
        let Scenario { arguments, at, .. } = self;
        format!("--at {at} rotate keys.jwks --publish jwks.json --log log {arguments} {kid}")
    }
}

pub fn strace(folder: &Path, options: &[&str], arguments: &str) -> i32 {
    strace_in(&[], folder, options, arguments)
}

/// As [`strace`], with these environment variables.
pub fn strace_in(
    environment: &[(&str, &str)],
    folder: &Path,
    options: &[&str],
    arguments: &str,
) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    let status = Command::new("strace")
        .envs(environment.iter().copied())
        .args(["-qq", "-f"])
        .args(options)
        .arg(env!("CARGO_BIN_EXE_jotsmith"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
        .status;
    status.code().unwrap_or_else(|| -status.signal().unwrap())
}

/// Returns how often each call is made: before the set is first accessed, and in total.
fn calls(folder: &Folder, arguments: &str) -> BTreeMap<String, (usize, usize)> {
    assert_eq!(strace(&folder.path("."), &["-o", "trace"], arguments), 0);
    let trace = folder.text("trace");
    let mut calls = BTreeMap::new();
    let mut is_under_way = false;
    for line in trace.lines() {
        let call = line.split_once(' ').map_or(line, |(_, call)| call).trim_start();
        is_under_way |= call.contains("\"keys.jwks\"") && !call.starts_with("execve");
        if let Some((name, _)) = call.split_once('(') {
            let (early, all): &mut (usize, usize) = calls.entry(name.to_owned()).or_default();
            *all += 1;
            *early += usize::from(!is_under_way);
        }
    }
    calls
}

pub fn copy(from: &Folder, to: &Folder) {
    let root = from.path("");
    for path in entries_below(&root) {
        let target = to.path(path.strip_prefix(&root).unwrap().to_str().unwrap());
        if path.is_dir() {
            std::fs::create_dir(target).unwrap()
        } else {
            std::fs::copy(path, target).unwrap();
        }
    }
}

/// Returns every file and folder below a folder, each after its parent folder.
pub fn entries_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.clone());
        if path.is_dir() {
            found.extend(entries_below(&path));
        }
    }
    found
}

fn key_set(folder: &Folder, name: &str, what: &str) -> Option<KeySet> {
    let bytes = std::fs::read(folder.path(name)).ok()?;
    Some(KeySet::from_json(&bytes).unwrap_or_else(|error| panic!("{what}: {name}: {error}")))
}

/// Checks what must hold at any time, even after a crash.
fn check(folder: &Folder, now: i64, what: &str) {
    use std::os::unix::fs::PermissionsExt;
    for path in entries_below(&folder.path("")) {
        let metadata = path.metadata().unwrap();
        if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            let bytes = std::fs::read(&path).unwrap();
            let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
            let is_private = has(b"\"d\":") || has(b"PRIVATE KEY");
            assert!(
                !is_private,
                "{what}: {} is readable by others",
                path.display()
            );
        }
    }
    let published = key_set(folder, "jwks.json", what);
    let set = key_set(folder, "keys.jwks", what);
    check_pem(folder, now, published.as_ref(), set.as_ref(), what);
    check_site(folder, now, set.as_ref(), what);
    let published: Vec<&Key> =
        published.iter().flat_map(|set| set.keys()).map(AsRef::as_ref).collect();
    let private: Vec<&Key> = set.iter().flat_map(|set| set.keys()).map(AsRef::as_ref).collect();
    assert!(published.iter().all(|key| !key.is_private()), "{what}");
    let is_in = |keys: &[&Key], kid: &Option<String>| keys.iter().any(|key| key.kid == *kid);
    if let Some((signer, _)) = set.as_ref().and_then(|set| set.for_signing(None, now).ok()) {
        assert!(
            is_in(&published, &signer.kid),
            "{what}: a key signs and is not published"
        );
    }
    let recipients = published.iter().filter(|key| key.main_use() == Use::Enc);
    for recipient in recipients {
        assert!(
            is_in(&private, &recipient.kid),
            "{what}: the private key of a published key is missing"
        );
    }
}

/// Checks that the files of the site are complete, that the key set of the metadata exists, and that both have the signing
/// key.
fn check_site(folder: &Folder, now: i64, set: Option<&KeySet>, what: &str) {
    if !folder.path("site").is_dir() {
        return;
    }
    let site = key_set(folder, "site/jwks.json", what);
    let metadata = std::fs::read(folder.path("site/.well-known/openid-configuration"));
    let metadata = metadata.ok().map(json);
    if let Some(metadata) = &metadata {
        assert!(site.is_some(), "{what}: metadata without a key set");
        assert_eq!(metadata["issuer"], "https://issuer.example", "{what}");
        assert_eq!(metadata["jwks_uri"], "https://issuer.example/jwks.json");
    }
    if let Some((signer, alg)) = set.and_then(|set| set.for_signing(None, now).ok()) {
        let site = site.unwrap();
        assert!(
            site.keys().iter().any(|key| key.kid == signer.kid),
            "{what}: a key signs and is not on the site"
        );
        let algs = &metadata.unwrap()["id_token_signing_alg_values_supported"];
        let alg = Value::from(alg.unwrap().name);
        assert!(algs.as_array().unwrap().contains(&alg), "{what}: {algs}");
    }
}

/// Checks that the PEM files are complete, and that the active key in PEM and the signing key of the set are published in both
/// formats.
fn check_pem(
    folder: &Folder,
    now: i64,
    published: Option<&KeySet>,
    set: Option<&KeySet>,
    what: &str,
) {
    let keys = |name: &str| {
        let bytes = std::fs::read(folder.path(name)).ok()?;
        let set = keyfile::parse(&bytes, KeyDecryption::LOCKED);
        Some(set.unwrap_or_else(|error| panic!("{what}: {name}: {error}")))
    };
    let thumbprint = |key: &Key| key.thumbprint(ThumbprintHash::Sha256).unwrap();
    let has = |set: Option<&KeySet>, key: &Key| {
        let mut keys = set.into_iter().flat_map(KeySet::keys);
        keys.any(|other| thumbprint(other) == thumbprint(key))
    };
    let public_pem = keys("public.pem");
    if let Some(public_pem) = &public_pem {
        assert!(
            public_pem.keys().iter().all(|key| !key.is_private()),
            "{what}"
        );
        if let Some((signer, _)) = set.and_then(|set| set.for_signing(None, now).ok()) {
            assert!(
                has(Some(public_pem), signer),
                "{what}: a key signs and is not in public.pem"
            );
        }
    }
    if let Some(active) = keys("active.pem") {
        let key = &active.keys()[0];
        assert!(
            has(published, key),
            "{what}: active.pem is not in jwks.json"
        );
        assert!(
            has(public_pem.as_ref(), key),
            "{what}: active.pem is not in public.pem"
        );
    }
}

#[test]
fn interrupted_rotation_leaves_complete_files_and_the_next_run_repairs_them() {
    if Command::new("strace").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "strace is not installed");
        eprintln!("skipped: strace is not installed");
        return;
    }
    let all = is_long();
    let fates: &[&str] = if all {
        &[
            "signal=KILL",
            "error=ENOSPC",
            "error=EIO",
            "error=EACCES",
            "error=EINTR",
        ]
    } else {
        &["signal=KILL"]
    };
    let mut cuts = Vec::new();
    let templates = SCENARIOS.each_ref().map(|scenario| {
        let template = Folder::new();
        let arguments = scenario.prepare(&template);
        (scenario, template, arguments)
    });
    for (scenario, template, arguments) in &templates {
        let traced = Folder::new();
        copy(template, &traced);
        for (call, (early, count)) in calls(&traced, arguments) {
            let looks = all && LOOKING.contains(&&*call);
            if !looks && !CHANGING.contains(&&*call) {
                continue;
            }
            // A program cannot handle an error of close(), and the standard library aborts on that of a folder.
            let fates = if call == "close" { &fates[..1] } else { fates };
            for n in early + 1..=count {
                let cut = |fate: &&str| {
                    (
                        *scenario,
                        template,
                        arguments,
                        call.clone(),
                        n,
                        fate.to_string(),
                    )
                };
                cuts.extend(fates.iter().map(cut));
            }
        }
    }
    if let Some(step) = std::env::var_os("JOTSMITH_CUT_STEP") {
        let step: usize = step.to_str().and_then(|step| step.parse().ok()).unwrap();
        cuts = cuts.into_iter().step_by(step).collect();
    }
    let tried = cuts.len();
    assert!(tried > 200, "only {tried} cut points");
    let (cuts, healed) = (Mutex::new(cuts), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((scenario, template, arguments, call, n, fate)) =
                    { cuts.lock().unwrap().pop() }
                {
                    let folder = Folder::new();
                    copy(template, &folder);
                    if cut(scenario, &folder, arguments, &call, n, &fate) != 0 {
                        healed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let healed = healed.into_inner();
    println!(
        "{tried} cut points tried; {healed} runs failed or died there, each healed by the next run"
    );
}

/// Interrupts a run, checks what must hold then, and runs again. Returns the exit code of the first run.
fn cut(
    scenario: &Scenario,
    folder: &Folder,
    arguments: &str,
    call: &str,
    n: usize,
    fate: &str,
) -> i32 {
    let what = format!("{}: {fate} at {call} {n}", scenario.name);
    let inject = format!("inject={call}:{fate}:when={n}");
    let trace = format!("trace={call}");
    let options = ["-o", "/dev/null", "-e", &trace, "-e", &inject];
    let code = strace(&folder.path("."), &options, arguments);
    assert!([0, 3, -9].contains(&code), "{what}: exit code {code}");
    check(folder, scenario.at, &what);
    let has_pem = arguments.contains(PEM);
    let check_run = || {
        let arguments = format!(
            "--at {} rotate keys.jwks --publish jwks.json --check {} {}",
            scenario.at,
            if has_pem { PEM } else { "" },
            if scenario.has_site() { SITE } else { "" }
        );
        let done = folder.run(&arguments).done();
        assert_eq!(done.code, 0, "{what}: {done:?}");
    };
    // The exit code is 0 only if everything was done.
    if code == 0 {
        check_run();
    }
    let done = folder.run(arguments).done();
    assert_eq!(done.code, 0, "{what}: {done:?}");
    check(folder, scenario.at, &what);
    check_run();
    let root = folder.path("");
    let names: BTreeSet<String> = (entries_below(&root).iter())
        .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
        .collect();
    let mut expected = BTreeSet::from(["jwks.json", "keys.jwks", "log"].map(String::from));
    if has_pem {
        expected.extend(["public.pem", "active.pem"].map(String::from));
    }
    if scenario.has_site() {
        let files = [
            "site",
            "site/jwks.json",
            "site/.well-known",
            "site/.well-known/openid-configuration",
        ];
        expected.extend(files.map(String::from));
    }
    assert_eq!(names, expected, "{what}: something is left behind");
    code
}
