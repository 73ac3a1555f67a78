//! The rules that lib.rs states, checked by reading the source.

use std::collections::BTreeSet;

use super::support::{files_below, root};

/// A source file: its path below src/, and its text up to the unit tests.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate();
        numbered
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
    }

    /// The module that the file belongs to: `crypto/key/jwk.rs` to `crypto::key`.
    fn module(&self) -> String {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').take(2).collect::<Vec<_>>().join("::")
    }

    fn is_in(&self, folder: &str) -> bool {
        self.path == format!("{folder}.rs") || self.path.starts_with(&format!("{folder}/"))
    }
}

fn source() -> Vec<File> {
    let src = root().join("src");
    let files: Vec<File> = files_below("src")
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let end = text.find("\nmod tests {").unwrap_or(text.len());
            File {
                path: path.strip_prefix(&src).unwrap().display().to_string(),
                text: text[..end].to_owned(),
            }
        })
        .collect();
    assert!(files.iter().any(|file| file.path == "crypto/backend.rs"));
    files
}

/// Where a word stands in code, `path:line`, outside of the files that `allowed` names.
fn places(word: &str, allowed: impl Fn(&File) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for file in source().iter().filter(|file| !allowed(file)) {
        for (number, _) in file.code().filter(|(_, line)| line.contains(word)) {
            places.push(format!("src/{}:{number} has {word}", file.path));
        }
    }
    places
}

fn assert_nowhere(word: &str, allowed: impl Fn(&File) -> bool) {
    let places = places(word, allowed);
    assert!(places.is_empty(), "{}", places.join("\n"));
}

/// The modules of ours that a file names in its code, as `room` or `room::file`.
fn imports(file: &File) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text: String = file.code().map(|(_, line)| format!("{line}\n")).collect();
    for (at, _) in text.match_indices("crate::") {
        let path = &text[at + "crate::".len()..];
        let (room, rest) = path.split_at(path.find(|c| !is_name(c)).unwrap_or(path.len()));
        found.insert(room.to_owned());
        for name in names_behind(rest) {
            found.insert(format!("{room}::{name}"));
        }
    }
    let room = file.path.split('/').next().unwrap_or_default();
    let depth = file.path.matches('/').count();
    for (at, _) in text.match_indices("super::") {
        // Deeper down, `super` is the parent file, which is the same module here.
        if depth == 1 && !text[..at].ends_with("::") {
            let path = &text[at + "super".len()..];
            for name in names_behind(path) {
                found.insert(format!("{room}::{name}"));
            }
        }
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The first names behind a path: `::a::b` has a, `::{a, b::c}` has a and b.
fn names_behind(rest: &str) -> Vec<String> {
    let Some(rest) = rest.strip_prefix("::") else {
        return Vec::new();
    };
    let first =
        |text: &str| -> String { text.trim().chars().take_while(|c| is_name(*c)).collect() };
    match rest.strip_prefix('{') {
        None => vec![first(rest)],
        Some(list) => {
            let mut depth = 0;
            let mut names = vec![String::new()];
            for c in list.chars() {
                match c {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.push(String::new()),
                    _ => {}
                }
                if let Some(name) = names.last_mut() {
                    name.push(c);
                }
            }
            names.iter().map(|name| first(name)).collect()
        }
    }
}

#[test]
fn each_room_calls_only_those_below_it() {
    let below: &[(&str, &[&str])] = &[
        ("crypto", &["crypto"]),
        ("inspect", &["inspect", "crypto"]),
        ("rotation", &["rotation", "crypto"]),
        ("output", &["output", "io", "inspect", "crypto"]),
        ("io", &["io", "output", "crypto"]),
        ("cli", &["cli", "io", "output", "crypto"]),
        (
            "commands",
            &[
                "commands", "cli", "output", "io", "inspect", "rotation", "crypto",
            ],
        ),
    ];
    for (room, allowed) in below {
        for file in source().iter().filter(|file| file.is_in(room)) {
            let above: Vec<String> = imports(file)
                .into_iter()
                .filter(|import| !allowed.contains(&import.split("::").next().unwrap_or_default()))
                .collect();
            assert!(
                above.is_empty(),
                "src/{} reaches up to {above:?}",
                file.path
            );
        }
    }
}

#[test]
fn a_command_never_calls_another() {
    let commands: Vec<String> = source()
        .iter()
        .filter(|file| file.is_in("commands") && file.path != "commands/mod.rs")
        .map(File::module)
        .collect();
    assert!(commands.contains(&"commands::sign".to_owned()));
    for file in source() {
        if !file.is_in("commands") || file.path == "commands/mod.rs" {
            continue;
        }
        let own = file.module();
        for import in imports(&file) {
            assert!(
                import == own || !commands.contains(&import),
                "src/{} calls {import}",
                file.path
            );
        }
    }
}

#[test]
fn the_ground_floor_of_crypto_imports_nothing_of_ours() {
    for name in ["error", "alg", "secret", "base64url", "json"] {
        let path = format!("crypto/{name}.rs");
        let file = source().into_iter().find(|file| file.path == path).unwrap();
        let imports = imports(&file);
        assert!(imports.is_empty(), "src/{path} imports {imports:?}");
    }
}

#[test]
fn no_two_files_of_crypto_import_each_other() {
    let mut edges = BTreeSet::new();
    for file in source().iter().filter(|file| file.is_in("crypto")) {
        for import in imports(file) {
            if file.path != "crypto/mod.rs" && import != file.module() {
                edges.insert((file.module(), import));
            }
        }
    }
    assert!(edges.contains(&("crypto::jws".into(), "crypto::token".into())));
    for (from, to) in &edges {
        assert!(
            !edges.contains(&(to.clone(), from.clone())),
            "{from} and {to}"
        );
    }
}

#[test]
fn crypto_knows_no_files_environment_terminal_clock_or_flags() {
    for word in [
        "std::fs",
        "stdin()",
        "stdout()",
        "stderr()",
        "std::env",
        "std::net",
        "std::process",
        "std::path",
        "SystemTime",
        "Instant::now",
        "anyhow",
        "clap",
        "jiff",
        "colored",
        "tempfile",
        "rpassword",
        "dialoguer",
    ] {
        assert_nowhere(word, |file| {
            !["crypto", "inspect", "rotation"]
                .into_iter()
                .any(|pure| file.is_in(pure))
        });
    }
}

#[test]
fn only_the_backend_names_josekit() {
    assert_nowhere("josekit", |file| file.is_in("crypto/backend"));
}

#[test]
fn only_the_start_of_openssl_is_unsafe() {
    // The lint denies it wherever it is not allowed.
    assert_nowhere("unsafe_code", |file| file.path == "crypto/openssl_init.rs");
}

#[test]
fn the_environment_is_read_in_three_places() {
    assert_nowhere("std::env", |file| {
        ["main.rs", "io/source.rs", "output/console.rs"].contains(&&*file.path)
    });
}

#[test]
fn the_clock_is_read_once() {
    assert_nowhere("SystemTime", |file| file.path == "lib.rs");
    let lib = source()
        .into_iter()
        .find(|file| file.path == "lib.rs")
        .unwrap();
    assert_eq!(lib.text.matches("SystemTime::now").count(), 1);
}

#[test]
fn only_the_console_prints() {
    for word in [
        "print!",
        "println!",
        "stdout().lock",
        "stderr().lock",
        "stdout().write",
        "stderr().write",
    ] {
        assert_nowhere(word, |file| file.path == "output/console.rs");
    }
}

#[test]
fn nobody_ends_the_process_but_main() {
    assert_nowhere("process::exit", |_| false);
    assert_nowhere("process::abort", |_| false);
}

#[test]
fn nothing_is_left_undone() {
    for word in ["dbg!", "todo!", "unimplemented!", "TODO", "FIXME"] {
        for file in source() {
            assert!(!file.text.contains(word), "src/{} has {word}", file.path);
        }
    }
}

#[test]
fn what_may_panic_says_why_it_does_not() {
    for file in source() {
        let lines: Vec<&str> = file.text.lines().collect();
        for (number, line) in file.code() {
            let panics = [
                ".unwrap()",
                ".expect(",
                "unreachable!",
                "panic!",
                "assert!",
                "assert_eq!",
            ];
            if !panics.into_iter().any(|word| line.contains(word)) {
                continue;
            }
            let explained = line.contains("// ")
                || (number >= 2 && lines[number - 2].trim_start().starts_with("// "));
            assert!(
                explained,
                "src/{}:{number} without its invariant",
                file.path
            );
        }
    }
}

#[test]
fn secrets_have_one_accessor() {
    let file = source()
        .into_iter()
        .find(|file| file.path == "crypto/secret.rs")
        .unwrap();
    let (before, _) = file.text.split_once("pub struct SecretBytes").unwrap();
    assert!(!before.contains("derive("));
    for word in [
        "Debug for SecretBytes",
        "Display for SecretBytes",
        "Deref for SecretBytes",
        "AsRef<[u8]>",
    ] {
        assert!(!file.text.contains(word), "{word}");
    }
}

#[test]
fn a_file_has_at_most_300_lines() {
    for path in files_below("src") {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(
            lines <= 300,
            "{} has {lines} lines: split it",
            path.display()
        );
    }
}

/// The rules R1 to R32, each an attack that is known, have a test each that is named after it.
#[test]
fn every_rule_against_an_attack_has_a_test_named_after_it() {
    let text: String = files_below("tests")
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let missing: Vec<String> = (1..=32)
        .map(|number| format!("r{number}_"))
        .filter(|name| {
            let test = |start: &str| text.contains(&format!("#[test]\nfn {start}{name}"));
            // A test may stand for two rules.
            !test("") && !test("r13_")
        })
        .collect();
    assert!(missing.is_empty(), "no test for {}", missing.join(", "));
}

#[test]
fn every_file_and_its_public_items_are_explained() {
    for file in source() {
        assert!(
            file.text.starts_with("//! "),
            "src/{} has no opening comment",
            file.path
        );
    }
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("\nmissing_docs = \"warn\"\n"));
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let homes = ["home", "root", "Users", "work"].map(|top| format!("/{top}/"));
    let mut files = vec![];
    for folder in ["src", "tests", "completions", "man", ".ci"] {
        files.extend(files_below(folder));
    }
    for name in ["README.md", "CHANGELOG.md", "Cargo.toml"] {
        files.push(root().join(name));
    }
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for home in &homes {
            assert!(
                !text.contains(home.as_str()),
                "{} has {home}",
                path.display()
            );
        }
    }
}
