//! Runs what the documentation shows: every console block of README.md and docs/, and the examples of every help.

use jotsmith::io::fetch::cache::{CacheSlot, Entry, is_private};

use super::support::{Folder, files_below, root};

/// A documented command and its documented output.
#[derive(Debug)]
struct Shown {
    line: usize,
    command: String,
    output: Vec<String>,
}

/// Returns the commands of the console blocks. `$ ` begins a command, and its output follows.
fn shown(text: &str) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if !inside {
        } else if let Some(command) = line.strip_prefix("$ ") {
            commands.push(Shown {
                line: index + 1,
                command: command.into(),
                output: Vec::new(),
            });
        } else if !line.is_empty() {
            let last =
                commands.last_mut().unwrap_or_else(|| panic!("line {}: no command", index + 1));
            last.output.push(line.into());
        }
    }
    commands
}

/// Whether a line matches the documented one. `[..]` matches any text.
fn matches_documented(shown: &str, line: &str) -> bool {
    let mut rest = line;
    for (index, part) in shown.split("[..]").enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(at) if index > 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || shown.ends_with("[..]")
}

/// Replaces what differs between runs: key IDs, times and durations.
fn masked(line: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
    let is_duration = |word: &str| {
        let units = word
            .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, 'd' | 'h' | 'm' | 's'));
        units.is_empty()
            && word.starts_with(|c: char| c.is_ascii_digit())
            && !word.ends_with(|c: char| c.is_ascii_digit())
    };
    let is_time = |word: &str| {
        word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_digit())
            || word.len() == 20 && word.ends_with('Z') && word.parse::<jiff::Timestamp>().is_ok()
    };
    let (mut text, mut rest) = (String::new(), line);
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix(':') {
            text.push(':');
            rest = behind;
            continue;
        }
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(len);
        let is_kid = len == 43 && !word.contains(':');
        text += if is_kid || is_time(word) || is_duration(word) {
            "*"
        } else {
            word
        };
        let mut others = behind.chars();
        text.extend(others.next());
        rest = others.as_str();
    }
    text
}

#[test]
fn values_that_differ_between_runs_are_masked() {
    for (line, expected) in [
        (
            "{\"iat\":1795747246,\"sub\":\"alice\"}",
            "{\"iat\":*,\"sub\":\"alice\"}",
        ),
        (
            "from 2026-11-27T02:40:46Z (in 29d12h): due",
            "from * (in *): due",
        ),
        (
            "made tfDRMo4COqOLQgyk1WE9XJa2H_SrTioWJm-NupPZVCM (ES256)",
            "made * (ES256)",
        ),
        ("256 bits, 1 hour, ES256", "256 bits, 1 hour, ES256"),
    ] {
        assert_eq!(masked(line), expected);
    }
}

#[test]
fn documented_line_with_placeholders_matches_the_output() {
    assert!(
        matches_documented("a[..]c", "abc")
            && matches_documented("a[..]", "abc")
            && matches_documented("abc", "abc")
            && matches_documented("[..]", "")
    );
    assert!(
        !matches_documented("a[..]c", "abd")
            && !matches_documented("abc", "abcd")
            && !matches_documented("b[..]", "abc")
            && !matches_documented("abc", "ab")
    );
}

/// Runs the console blocks of a text in a folder, and returns the number of commands.
pub fn run_shown(folder: &Folder, file: &str, text: &str) -> usize {
    let commands = shown(text);
    let count = commands.len();
    let mut last_code = 0;
    for shown in commands {
        // Each command runs in a separate shell, which gets the exit code of the previous command.
        let script = format!("exec 2>&1; (exit {last_code}); {}", shown.command);
        let done = folder.shell(&script).done();
        last_code = done.code;
        let output = String::from_utf8(done.stdout).unwrap();
        let lines: Vec<&str> = output.lines().filter(|line| !line.is_empty()).collect();
        let fitting = lines.len() == shown.output.len()
            && shown
                .output
                .iter()
                .zip(&lines)
                .all(|(shown, line)| matches_documented(&masked(shown), &masked(line)));
        assert!(
            fitting,
            "{file}:{}: {}\n{output}",
            shown.line, shown.command
        );
    }
    count
}

#[test]
fn console_blocks_of_the_readme_show_the_real_output() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let count = run_shown(&Folder::new(), "README.md", &text);
    assert!(count >= 12, "{count}");
}

#[test]
fn console_blocks_of_the_docs_show_the_real_output() {
    let mut count = 0;
    for path in files_below("docs") {
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy();
        let text = std::fs::read_to_string(&path).unwrap();
        // Each section runs in a separate folder. Line breaks replace the text before it to keep the line numbers.
        let mut lines_before = 0;
        for section in text.split_inclusive("\n## ") {
            let padded = "\n".repeat(lines_before) + section;
            count += run_shown(&Folder::new(), &name, &padded);
            lines_before += section.matches('\n').count();
        }
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn readme_shows_sign_and_verify() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    for command in [
        "cargo install --locked --path . && jotsmith keygen ES256 -o key.jwk && jotsmith sign -k key.jwk sub=alice | jotsmith verify -k key.jwk",
        "cargo test --locked",
    ] {
        assert!(
            text.contains(&format!("```sh\n{command}\n```\n")),
            "{command}"
        );
    }
}

#[test]
fn readme_lists_every_command_and_every_exit_code() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let parser = jotsmith::commands::build_parser();
    let mut listed: Vec<&str> = Vec::new();
    let (_, table) = text.split_once("| command | purpose |").unwrap();
    for row in table.lines().skip(2).take_while(|line| line.starts_with("| `")) {
        listed.push(row[3..].split('`').next().unwrap());
    }
    let names: Vec<&str> = parser.get_subcommands().map(|command| command.get_name()).collect();
    assert_eq!(listed, names);
    for line in jotsmith::output::exit::HELP.lines().skip(1) {
        let code = line.split_whitespace().next().unwrap();
        assert!(text.contains(&format!("\n| {code} | ")), "{code}");
    }
}

#[test]
fn short_version_is_one_line_and_long_version_describes_the_build() {
    let folder = Folder::new();
    let version = format!("jotsmith {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(folder.run("-V").accepted(), version);
    let long = folder.run("--version").accepted();
    assert_eq!(long, folder.run("--version --verbose").accepted());
    let lines: Vec<&str> = long.lines().collect();
    assert_eq!(lines[0], version);
    assert!(lines[1].starts_with("commit: "), "{long}");
    assert!(lines[2].starts_with("cryptography: OpenSSL 3."), "{long}");
    assert_eq!(lines.len(), 3);
}

/// Returns the examples in the help of a command.
fn examples(command: &mut clap::Command) -> Vec<String> {
    let help = command.render_long_help().to_string();
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    let lines = examples.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// Returns a folder with every file that the examples name.
fn fixture() -> Folder {
    let folder = Folder::new();
    folder.write("secret", "a-shared-secret-of-at-least-32-bytes");
    folder.write("claims.json", r#"{"sub":"alice","exp":9999999999}"#);
    folder.write("claims.ndjson", "{\"sub\":\"alice\"}\n{\"sub\":\"bob\"}\n");
    folder.write("message.bin", b"\0\x01\x02");
    folder.write("notes.txt", "notes");
    folder.write("secrets.txt", "secret\nhunter2\n");
    folder.write("app.log", "GET / 200\n");
    folder.write("passphrase", "correct horse battery staple\n");
    folder.keygen("ES256 --public-out key.pub.jwk", "key.jwk");
    folder.keygen("ES256", "a.jwk");
    folder.shell("jotsmith rotate keys.jwks && cp keys.jwks old.jwks").done();
    folder.keygen("ES256", "b.jwk");
    folder.keygen("ES256 --public-out holder.pub.jwk", "holder.jwk");
    folder.keygen("RS256 --bits 2048 --to pem", "key.pem");
    folder.keygen("HPKE-0 --public-out archive.pub.jwk", "archive.jwk");
    folder.keygen("ECDH-ES+A256KW --public-out gateway.pub.jwk", "gateway.jwk");
    folder.keygen(
        "RSA-OAEP-256 --bits 2048 --to pem --public-out gateway.pem",
        "partner.pem",
    );
    for (script, file) in [
        (
            "jotsmith sign -k key.pem --typ at+jwt scope=read",
            "access.jwt",
        ),
        (
            "jotsmith convert -k key.jwk --public --to jwks",
            "jwks.json",
        ),
        ("jotsmith convert -k key.pem --public --to pem", "rsa.pem"),
        (
            "jotsmith sign -k key.jwk --iss https://issuer.example --aud api sub=alice",
            "token.jwt",
        ),
        (
            "jotsmith sign -k key.jwk --payload message.bin",
            "signed.jws",
        ),
        (
            "jotsmith sign -k key.jwk --payload message.bin --detached",
            "detached.jws",
        ),
        ("cat key.pub.jwk", "issuer.pub.jwk"),
        (
            "jotsmith sign -k key.jwk --lines --iss https://issuer.example < claims.ndjson",
            "tokens.txt",
        ),
        (
            "jotsmith sign -k key.jwk --sd email --holder holder.pub.jwk email=alice@example.com",
            "sd-jwt.txt",
        ),
        (
            "jotsmith sign --present sd-jwt.txt --disclose email -k holder.jwk --aud shop --nonce n42",
            "presentation.txt",
        ),
        (
            "jotsmith encrypt -k gateway.pub.jwk --lines tokens.txt",
            "encrypted.txt",
        ),
        ("jotsmith encrypt -k gateway.pub.jwk token.jwt", "token.jwe"),
        ("jotsmith encrypt -k gateway.pem token.jwt", "partner.jwe"),
        (
            "jotsmith encrypt -k gateway.pub.jwk token.jwt",
            "nested.jwt",
        ),
        (
            "JOTSMITH_PASSPHRASE=x jotsmith encrypt --passphrase --p2c 1000 notes.txt",
            "notes.jwe",
        ),
    ] {
        let bytes = folder.shell(script).done().stdout;
        assert!(!bytes.is_empty(), "{script}");
        folder.write(file, bytes);
    }
    cache_document(&folder, "https://issuer.example/keys", "jwks.json");
    let gateway = format!(r#"{{"keys":[{}]}}"#, folder.text("gateway.pub.jwk"));
    folder.write("gateway.json", gateway);
    cache_document(&folder, "https://partner.example/jwks.json", "gateway.json");
    folder.write(
        "metadata.json",
        r#"{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/keys"}"#,
    );
    let metadata = "https://issuer.example/.well-known/openid-configuration";
    cache_document(&folder, metadata, "metadata.json");
    folder
}

/// Puts a file into the cache of the fixture as the document at a URL, so that it is not fetched.
fn cache_document(folder: &Folder, url: &str, file: &str) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let entry = Entry {
        body: folder.text(file),
        etag: None,
        fetched: now.unwrap().as_secs() as i64,
        max_age: 86_400,
        missed: None,
        failed: false,
    };
    let cache = folder.path("cache/jotsmith");
    assert!(is_private(&cache));
    CacheSlot::new(Some(&cache), url, None).write(&entry);
}

/// Returns the kid of the oldest key of the rotating set.
fn first_kid(folder: &Folder) -> String {
    let set: serde_json::Value = serde_json::from_slice(&folder.read("keys.jwks")).unwrap();
    set["keys"][0]["kid"].as_str().unwrap().to_owned()
}

#[test]
fn examples_of_every_help_work() {
    let mut parser = jotsmith::commands::build_parser();
    parser.build();
    let mut commands: Vec<clap::Command> = parser.get_subcommands().cloned().collect();
    commands.push(parser);
    let fixture = fixture();
    let mut count = 0;
    for mut command in commands {
        for example in examples(&mut command) {
            let folder = fixture.copy();
            let example = example.replace("KID", &first_kid(&folder));
            for output in example.split("-o ").skip(1) {
                let name = output.split_whitespace().next().unwrap();
                let _ = std::fs::remove_file(folder.path(name));
            }
            if let Some((_, rest)) = example.split_once("--public-out ") {
                let _ = std::fs::remove_file(folder.path(rest.split_whitespace().next().unwrap()));
            }
            let run = folder.shell(&format!("set -o pipefail; {example}"));
            let cache = fixture.path("cache");
            let run = run
                .env("XDG_CACHE_HOME", cache.to_str().unwrap())
                // Requests for what is not in the cache must not leave this machine.
                .env("HTTPS_PROXY", "http://127.0.0.1:9")
                .env("HMAC_SECRET", "a-shared-secret-of-at-least-32-bytes")
                .env("ACCESS_TOKEN", "eyJhbGciOiJFUzI1NiJ9.e30.AA")
                .env("JOTSMITH_PASSPHRASE", "x");
            let done = run.done();
            assert_eq!(done.code, 0, "{example}: {done:?}");
            count += 1;
        }
    }
    assert!(count >= 15, "{count}");
}

/// Returns the anchor of a heading in rendered Markdown.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let text: String = heading.to_lowercase().chars().filter(kept).collect();
    text.replace(' ', "-")
}

#[test]
fn links_between_pages_resolve() {
    let mut pages: Vec<std::path::PathBuf> =
        ["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(|name| root().join(name)).into();
    pages.extend(files_below("docs"));
    pages.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut count = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for rest in text.split("](").skip(1) {
            let link = rest.split(')').next().unwrap();
            if link.starts_with("http") {
                continue;
            }
            let (file, part) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {link}", page.display());
            if !part.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                let found =
                    headings.any(|line| anchor(line.trim_start_matches('#').trim()) == part);
                assert!(found, "{}: {link}", page.display());
            }
            count += 1;
        }
    }
    assert!(count >= 30, "{count}");
}

#[test]
fn example_scripts_print_the_documented_output() {
    let outputs = [
        (
            "authorize-request.sh",
            r#"200 {"iss":"https://issuer.example","sub":"alice","aud":"orders","exp":[..]}
401 aud must be "orders", got "invoices"
401 expired [..] ago, at [..]
401 not a token: [..]"#,
        ),
        (
            "encrypt-for-two.sh",
            "alice: the report of the quarter\nbob: the report of the quarter",
        ),
        (
            "rotate-keys.sh",
            "2 public keys on the last day, 0 tokens failed",
        ),
        (
            "three-roles.sh",
            r#"== a 401
jotsmith: note: removed: Authorization: Bearer
jotsmith: error: aud must be "orders", got "invoices"
exit code 14
the token is for invoices
accepted: alice
== new keys
a token of the stolen key: exit code 16
a token of the new key: alice
the rotation is on time
Envoy and Kubernetes read the set
== an unknown token
jotsmith: error: --fail-on: findings of this severity or higher: hs-known-secret, exp-missing
exit code 1
hs-known-secret
  means      The MAC was computed with a publicly known secret
  why        the secret is publicly known, so anyone can sign
  fix        use a random secret: jotsmith keygen HS256
  reference  RFC 8725 section 2.2
authorization: Bearer eyJ[..].eyJ[..].REDACTED"#,
        ),
    ];
    let examples = files_below("examples");
    assert_eq!(examples.len(), outputs.len());
    for (path, (name, expected)) in examples.iter().zip(outputs) {
        assert!(path.ends_with(name), "{}", path.display());
        let script = format!("bash '{}'", path.display());
        let output = Folder::new().shell(&script).accepted();
        let (lines, expected): (Vec<_>, Vec<_>) =
            (output.lines().collect(), expected.lines().collect());
        assert_eq!(lines.len(), expected.len(), "{name}: {output}");
        for (line, shown) in lines.iter().zip(expected) {
            assert!(
                matches_documented(shown, line),
                "{name}: {line}, expected {shown}"
            );
        }
    }
}
