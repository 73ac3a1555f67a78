//! Runs the scripts of docs/rotation.md. `stand_ins` has small programs that replace those that need a service. They have the
//! same command line and refuse the same writes. git and age are the real programs.

use std::collections::BTreeSet;

use super::*;
use crate::support::{Done, root};

/// Returns the code blocks below a heading of the page, each with its language.
fn blocks(heading: &str) -> Vec<(String, String)> {
    let page = std::fs::read_to_string(root().join("docs/rotation.md")).unwrap();
    let mut found = Vec::new();
    let (mut current, mut block) = (String::new(), None::<(String, String)>);
    for line in page.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(block.take().filter(|_| current == heading)),
            (Some((_, text)), None) => *text += &format!("{line}\n"),
            (None, None) if line.starts_with('#') => {
                current = line.trim_start_matches('#').trim().to_owned();
            }
            (None, None) => {}
        }
    }
    found
}

/// Returns the scripts below a heading.
fn scripts(heading: &str) -> Vec<String> {
    let scripts: Vec<String> = (blocks(heading).into_iter())
        .filter(|(language, _)| language == "sh")
        .map(|(_, text)| text)
        .collect();
    assert!(!scripts.is_empty(), "{heading}");
    scripts
}

/// Returns the lines of a YAML block scalar that begins after this line, without their indentation.
fn scalar(yaml: &str, start: &str) -> String {
    let (_, rest) = yaml.split_once(start).unwrap_or_else(|| panic!("{start}: {yaml}"));
    let lines: Vec<&str> = rest.trim_start_matches('\n').lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines[0]);
    let lines = lines.into_iter().take_while(|line| indent(line) >= own);
    lines.map(|line| format!("{}\n", &line[own..])).collect()
}

/// A folder with the programs that the scripts run, and the store of the stand-ins.
struct Bench {
    folder: Folder,
}

impl Bench {
    fn new() -> Bench {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new();
        for name in ["bin", "store", "work"] {
            std::fs::create_dir(folder.path(name)).unwrap();
        }
        // The wrapper adds the time, which the scripts do not set.
        let wrapper = format!(
            "#!/bin/sh\nexec {} --at \"$AT\" \"$@\"\n",
            env!("CARGO_BIN_EXE_jotsmith")
        );
        folder.write("bin/jotsmith", wrapper);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path("bin/jotsmith"), mode).unwrap();
        Bench { folder }
    }

    /// Runs a script in a folder of the bench, at a time.
    fn script_in(&self, place: &str, script: &str, at: i64) -> Done {
        let folder = self.folder.path("").display().to_string();
        let stand_ins = root().join("tests/rotate/stand_ins");
        let path = std::env::var("PATH").unwrap();
        let script = format!("cd {place} && {script}");
        (self.folder.shell(&script))
            .env("AT", &at.to_string())
            .env("STORE", &format!("{folder}/store"))
            .env("HOME", &folder)
            .env("JOTSMITH_PASSPHRASE", "correct horse battery staple")
            .env(
                "PATH",
                &format!("{folder}/bin:{}:{path}", stand_ins.display()),
            )
            .done()
    }

    #[track_caller]
    fn accepted(&self, script: &str, at: i64) -> String {
        let done = self.script_in("work", script, at);
        assert_eq!(done.code, 0, "{script}: {done:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// Returns the names of the files in the folder in which the scripts run.
    fn files(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.folder.path("work")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn store(&self) -> String {
        self.folder.text("store/value")
    }
}

/// Checks a set in a store over time: it is created once, unchanged if nothing is due, rotated, and not written if another
/// process wrote it first. Then the next run rotates it.
fn check_store(heading: &str) {
    let [once, every] = &scripts(heading)[..] else {
        panic!("{heading}: two scripts");
    };
    let bench = Bench::new();
    let at = START + 29 * DAY;
    bench.accepted(once, START);
    let first = bench.store();
    // The set is created only once.
    let is_refused = bench.script_in("work", once, START).code != 0;
    assert!(is_refused || heading.contains("Azure"), "{heading}");
    if heading.contains("Azure") {
        bench.folder.write("store/value", &first);
    }
    let _ = std::fs::remove_file(bench.folder.path("work/new.jwks"));
    bench.folder.write("work/jwks.json", "");
    bench.accepted(every, START + 60);
    assert_eq!(bench.store(), first, "{heading}");
    assert_eq!(kids(&bench.folder, "work/jwks.json").len(), 1, "{heading}");
    let before = bench.folder.text("store/version");
    // Another process writes first: the store refuses the write, and the script fails.
    bench.folder.write("store/race", "");
    let done = bench.script_in("work", every, at);
    assert_ne!(done.code, 0, "{heading}: {done:?}");
    assert!(!bench.folder.path("store/race").exists(), "{heading}");
    assert_eq!(bench.store(), first, "{heading}");
    // The next run rotates, regardless of what the failed run left.
    bench.accepted(every, at + 60);
    assert_ne!(bench.folder.text("store/version"), before, "{heading}");
    let set = bench.store();
    bench.folder.write("store/set", &set);
    let stored = kids(&bench.folder, "store/set");
    assert_eq!(stored.len(), 2, "{heading}");
    assert_eq!(stored, kids(&bench.folder, "work/jwks.json"), "{heading}");
    bench.accepted(every, at + 120);
    assert_eq!(bench.store(), set, "{heading}");
    assert_eq!(
        bench.files(),
        BTreeSet::from(["jwks.json".to_owned()]),
        "{heading}"
    );
    // The ConfigMap of Kubernetes contains the published set.
    if bench.folder.path("store/configmap").exists() {
        assert_eq!(
            bench.folder.text("store/configmap"),
            bench.folder.text("work/jwks.json")
        );
    }
}

#[test]
fn recipe_for_vault_runs() {
    check_store("Vault");
}

#[test]
fn recipe_for_aws_runs() {
    check_store("AWS Secrets Manager");
}

#[test]
fn recipe_for_google_runs() {
    check_store("Google Secret Manager");
}

#[test]
fn recipe_for_azure_runs() {
    check_store("Azure Key Vault");
}

#[test]
fn recipe_for_a_kubernetes_secret_runs() {
    check_store("A Kubernetes Secret");
}

/// The command of the CronJob, in an empty folder that all users can write, like the volume in memory.
#[test]
fn cron_job_of_the_kubernetes_secret_runs() {
    use std::os::unix::fs::PermissionsExt;
    let heading = "A Kubernetes Secret";
    let [once, every] = &scripts(heading)[..] else {
        panic!("two scripts");
    };
    let blocks = blocks(heading);
    let (_, yaml) = (blocks.iter()).find(|(language, _)| language == "yaml").unwrap();
    let command = (yaml.lines())
        .find_map(|line| line.trim().strip_prefix("command: [sh, -c, '"))
        .and_then(|rest| rest.strip_suffix("']"))
        .unwrap();
    let bench = Bench::new();
    bench.accepted(once, START);
    bench.folder.write("script", every);
    let script = bench.folder.path("script").display().to_string();
    let command = command.replace("/script/rotate.sh", &script);
    let work = bench.folder.path("work");
    std::fs::set_permissions(&work, std::fs::Permissions::from_mode(0o777)).unwrap();
    for (at, count) in [(60, 1), (29 * DAY, 2), (33 * DAY, 1)] {
        std::fs::remove_file(work.join("jwks.json")).unwrap();
        bench.accepted(&command, START + at);
        bench.folder.write("store/set", bench.store());
        let stored = kids(&bench.folder, "store/set");
        assert_eq!(stored.len(), count, "{at}");
        assert_eq!(stored, kids(&bench.folder, "store/configmap"), "{at}");
    }
}

#[test]
fn recipe_for_sops_runs() {
    let [once, every] = &scripts("A file in git, encrypted with SOPS")[..] else {
        panic!("two scripts");
    };
    let bench = Bench::new();
    bench.accepted(once, START);
    let first = bench.folder.read("work/keys.jwks.enc");
    bench.accepted(every, START + 60);
    assert_eq!(bench.folder.read("work/keys.jwks.enc"), first);
    bench.accepted(every, START + 29 * DAY);
    let decrypt =
        "sops decrypt --input-type binary --output-type binary --output ../set keys.jwks.enc";
    bench.accepted(decrypt, START);
    assert_eq!(kids(&bench.folder, "set").len(), 2);
    assert_eq!(
        kids(&bench.folder, "set"),
        kids(&bench.folder, "work/jwks.json")
    );
    let files = ["jwks.json", "keys.jwks.enc"];
    assert_eq!(bench.files(), BTreeSet::from(files.map(String::from)));
}

#[test]
fn recipe_for_age_runs() {
    let bench = Bench::new();
    if bench.script_in("work", "age --version", START).code != 0 {
        assert!(std::env::var_os("CI").is_none(), "age is not installed");
        eprintln!("skipped: age is not installed");
        return;
    }
    let [once, every] = &scripts("A file in git, encrypted with age")[..] else {
        panic!("two scripts");
    };
    bench.accepted(
        "age-keygen -o age.key 2>/dev/null && age-keygen -y age.key > age-recipient.txt",
        START,
    );
    bench.accepted(once, START);
    let first = bench.folder.read("work/keys.jwks.age");
    bench.accepted(every, START + 60);
    assert_eq!(bench.folder.read("work/keys.jwks.age"), first);
    bench.accepted(every, START + 29 * DAY);
    let set = bench.accepted("age -d -i age.key keys.jwks.age", START);
    bench.folder.write("set", set);
    assert_eq!(kids(&bench.folder, "set").len(), 2);
    assert_eq!(
        kids(&bench.folder, "set"),
        kids(&bench.folder, "work/jwks.json")
    );
    let files = ["age-recipient.txt", "age.key", "jwks.json", "keys.jwks.age"];
    assert_eq!(bench.files(), BTreeSet::from(files.map(String::from)));
}

/// A bare repository with an encrypted set, and a job that runs these commands in a fresh clone.
fn check_git(commands: &str) {
    let bench = Bench::new();
    let setup = "git init -q --bare -b main ../origin.git && git clone -q ../origin.git . 2>/dev/null && git checkout -q -b main && \
                 jotsmith keygen ES256 --count 1 --encrypt -o keys.jwks && git add . && \
                 git -c user.name=a -c user.email=a@example.org commit -q -m Start && git push -q origin main";
    bench.accepted(setup, START);
    let clone = |name: &str| {
        bench.accepted(&format!("git clone -q ../origin.git ../{name}"), START);
    };
    let commits = || {
        bench
            .accepted("git -C ../origin.git rev-list --count main", START)
            .trim()
            .parse::<u32>()
            .unwrap()
    };
    let published = |name: &str| kids(&bench.folder, &format!("{name}/jwks.json"));
    clone("one");
    let done = bench.script_in("one", commands, START);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(commits(), 2);
    // Nothing is due: no commit.
    clone("two");
    assert_eq!(published("two").len(), 1);
    let done = bench.script_in("two", commands, START + 60);
    assert_eq!((done.code, commits()), (0, 2), "{done:?}");
    // Two jobs overlap: the push of the second is refused.
    clone("three");
    clone("four");
    let at = START + 29 * DAY;
    let done = bench.script_in("three", commands, at);
    assert_eq!((done.code, commits()), (0, 3), "{done:?}");
    let done = bench.script_in("four", commands, at);
    assert!(done.code != 0 && commits() == 3, "{done:?}");
    clone("five");
    let done = bench.script_in("five", commands, at + 60);
    assert_eq!((done.code, commits()), (0, 3), "{done:?}");
    assert_eq!(published("five").len(), 2);
    assert_eq!(published("five"), published("three"));
    let text = bench.folder.text("five/keys.jwks");
    assert!(!text.contains("\"d\""), "the private set is encrypted");
    let signed = bench.script_in(
        "five",
        "jotsmith sign -q -k keys.jwks sub=a | jotsmith verify -q -k jwks.json",
        at + 60,
    );
    assert_eq!(signed.code, 0, "{signed:?}");
}

#[test]
fn recipe_for_github_actions_runs_in_a_new_clone() {
    let blocks = blocks("GitHub Actions");
    let yaml = &blocks[0].1;
    let rotate = (yaml.lines())
        .find_map(|line| line.trim().strip_prefix("- run: jotsmith rotate "))
        .unwrap();
    check_git(&format!(
        "set -e\njotsmith rotate {rotate}\n{}",
        scalar(yaml, "- run: |")
    ));
}

#[test]
fn recipe_for_gitlab_runs_in_a_new_clone() {
    let blocks = blocks("GitLab CI");
    let script = scalar(&blocks[0].1, "    - |");
    let url = "\"https://ci:$PUSH_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git\" \"HEAD:$CI_COMMIT_BRANCH\"";
    assert!(script.contains(url), "{script}");
    check_git(&format!(
        "set -e\n{}",
        script.replace(url, "origin HEAD:main")
    ));
}

#[test]
fn recipe_for_kube_apiserver_runs() {
    let [script] = &scripts("kube-apiserver")[..] else {
        panic!("one script");
    };
    let bench = Bench::new();
    for (day, active, published) in [(0, true, 1), (29, false, 2), (30, true, 2), (33, false, 1)] {
        let before = std::fs::read(bench.folder.path("work/sa.key")).unwrap_or_default();
        bench.accepted(script, START + day * DAY);
        let public = bench.folder.text("work/sa.pub");
        assert_eq!(
            public.matches("BEGIN PUBLIC KEY").count(),
            published,
            "day {day}"
        );
        assert_eq!(
            bench.folder.read("work/sa.key") != before,
            active,
            "day {day}"
        );
        let at = START + day * DAY;
        let token = "token=$(jotsmith sign -q -k sa.key --alg RS256 sub=a) && jotsmith verify -q -k sa.pub --alg RS256 \"$token\"";
        bench.accepted(token, at);
    }
}

#[test]
fn recipe_for_a_static_site_runs() {
    let [script] = &scripts("A static site or bucket")[..] else {
        panic!("one script");
    };
    let bench = Bench::new();
    bench.accepted(script, START);
    bench.accepted(script, START + 29 * DAY);
    assert_eq!(kids(&bench.folder, "work/site/jwks.json").len(), 2);
    let metadata = json(bench.folder.read("work/site/.well-known/openid-configuration"));
    assert_eq!(metadata["jwks_uri"], "https://issuer.example/jwks.json");
}

#[test]
fn status_commands_of_the_page_run() {
    let [script] = &scripts("Monitoring")[..] else {
        panic!("one script");
    };
    let bench = Bench::new();
    let text = bench.accepted(script, START);
    assert!(text.contains("STATE") && text.contains("in 29d"), "{text}");
    let page = std::fs::read_to_string(root().join("docs/rotation.md")).unwrap();
    let metrics = bench.folder.text("work/rotation.prom");
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split([' ', '{']).next().unwrap();
        assert!(
            page.contains(&format!("`{name}`")),
            "{name} is not described"
        );
    }
}

#[test]
fn recipe_for_shared_secrets_runs() {
    let [script] = &scripts("Shared secrets")[..] else {
        panic!("one script");
    };
    let bench = Bench::new();
    let lines = |at: i64| {
        bench.accepted(script, at);
        let text = bench.folder.text("work/service.env");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = lines(START);
    assert_eq!(first.len(), 1);
    let secret = |line: &str| line.split_once('=').unwrap().1.to_owned();
    let old = secret(&first[0]);
    // The new secret is deployed before its time; then the two change places.
    let ahead = lines(START + 29 * DAY);
    let new = secret(&ahead[1]);
    assert_eq!(
        ahead,
        [
            format!("JWT_SECRET={old}"),
            format!("JWT_SECRET_OTHER={new}")
        ]
    );
    let after = lines(START + 30 * DAY);
    assert_eq!(
        after,
        [
            format!("JWT_SECRET={new}"),
            format!("JWT_SECRET_OTHER={old}")
        ]
    );
    // Services with the old and the new deployment accept the tokens of each other.
    for (signer, verifier, at) in [(&old, &ahead, 29), (&new, &ahead, 30), (&old, &after, 30)] {
        let at = START + at * DAY + 60;
        bench.folder.write("work/signer", signer);
        bench.accepted("jotsmith sign -q --secret signer --secret-encoding base64url --alg HS256 sub=a > token", at);
        let accepted = verifier.iter().filter(|line| {
            bench.folder.write("work/verifier", secret(line));
            let verify = "jotsmith verify -q --secret verifier --secret-encoding base64url --alg HS256 @token";
            bench.script_in("work", verify, at).code == 0
        });
        assert_eq!(accepted.count(), 1);
    }
    assert_eq!(lines(START + 33 * DAY), [format!("JWT_SECRET={new}")]);
    for left in ["active.txt", "all"] {
        assert!(!bench.files().contains(left));
    }
}

#[test]
fn recipe_for_encryption_keys_runs() {
    let [script] = &scripts("Encryption keys")[..] else {
        panic!("one script");
    };
    let bench = Bench::new();
    for day in [0, 29, 30, 31] {
        let at = START + day * DAY;
        bench.accepted(script, at);
        assert_eq!(
            kids(&bench.folder, "work/encryption.json").len(),
            1,
            "day {day}"
        );
        // A sender that has cached the published set of the day before.
        let cached = "[ -e cached.json ] || cp encryption.json cached.json; echo text | \
                      jotsmith encrypt -q -k cached.json | jotsmith decrypt -q -k decryption.jwks; cp encryption.json cached.json";
        assert_eq!(bench.accepted(cached, at), "text\n", "day {day}");
    }
}

#[test]
fn every_recipe_of_the_page_has_a_test() {
    let page = std::fs::read_to_string(root().join("docs/rotation.md")).unwrap();
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let headings = headings.map(|line| line.trim_start_matches('#').trim());
    let with_code: Vec<&str> = headings.filter(|heading| !blocks(heading).is_empty()).collect();
    // docs.rs and site.rs run "Rotate in CI", "cron" and "Kubernetes".
    let executed = [
        "Rotate in CI",
        "cron",
        "GitHub Actions",
        "Kubernetes",
        "GitLab CI",
        "Vault",
        "AWS Secrets Manager",
        "Google Secret Manager",
        "Azure Key Vault",
        "A Kubernetes Secret",
        "A file in git, encrypted with age",
        "A file in git, encrypted with SOPS",
        "kube-apiserver",
        "A static site or bucket",
        "Monitoring",
        "Shared secrets",
        "Encryption keys",
    ];
    assert_eq!(with_code, executed);
}
