//! The rules of the architecture that neither visibility nor clippy can express, checked by reading the source.
//!
//! `clippy.toml` and the attributes of lib.rs enforce the other rules: printing, environment, clock, exit, unwrap, unsafe.

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

    /// Returns the module that the file belongs to: `crypto/key/jwk.rs` is in `crypto::key`. Each file of `crypto/jwt`
    /// is a separate module (`crypto::jwt_claims`), because they share no state.
    fn module(&self) -> String {
        let path = self.path.trim_end_matches(".rs");
        let path = path.replace("crypto/jwt/", "crypto/jwt_");
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

/// Returns the places where the code contains a word, as `path:line`, except in the files that are `allowed`.
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

/// Returns the modules of this crate that a file names in its code, as `module` or `module::file`.
fn imports(file: &File) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text: String = file.code().map(|(_, line)| format!("{line}\n")).collect();
    let text = text.replace("::jwt::", "::jwt_");
    for (at, _) in text.match_indices("crate::") {
        let path = &text[at + "crate::".len()..];
        let (module, rest) = path.split_at(path.find(|c| !is_name(c)).unwrap_or(path.len()));
        found.insert(module.to_owned());
        for name in names_behind(rest) {
            found.insert(format!("{module}::{name}"));
        }
    }
    let module = file.path.split('/').next().unwrap_or_default();
    let depth = file.path.matches('/').count();
    for (at, _) in text.match_indices("super::") {
        // In deeper folders, `super` is the parent file, which belongs to the same module.
        if depth == 1 && !text[..at].ends_with("::") {
            let path = &text[at + "super".len()..];
            for name in names_behind(path) {
                found.insert(format!("{module}::{name}"));
            }
        }
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Returns the first names after a path: a for `::a::b`, a and b for `::{a, b::c}`.
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
fn modules_import_only_modules_below_them() {
    let below: &[(&str, &[&str])] = &[
        ("crypto", &["crypto"]),
        ("device", &["device", "crypto"]),
        ("fingerprint", &["fingerprint", "keyfile", "crypto"]),
        ("keyfile", &["keyfile", "crypto"]),
        ("profile", &["profile", "crypto"]),
        ("sd_jwt", &["sd_jwt", "profile", "crypto"]),
        ("status_list", &["status_list", "crypto"]),
        (
            "inspection",
            &[
                "inspection",
                "device",
                "keyfile",
                "profile",
                "sd_jwt",
                "crypto",
            ],
        ),
        ("rotation", &["rotation", "fingerprint", "crypto"]),
        ("output", &["output", "io", "inspection", "crypto"]),
        ("io", &["io", "output", "device", "keyfile", "crypto"]),
        (
            "cli",
            &["cli", "io", "output", "fingerprint", "profile", "crypto"],
        ),
        (
            "commands",
            &[
                "commands",
                "cli",
                "output",
                "io",
                "inspection",
                "rotation",
                "device",
                "fingerprint",
                "keyfile",
                "profile",
                "sd_jwt",
                "status_list",
                "crypto",
            ],
        ),
    ];
    for (module, allowed) in below {
        for file in source().iter().filter(|file| file.is_in(module)) {
            let above: Vec<String> = imports(file)
                .into_iter()
                .filter(|import| !allowed.contains(&import.split("::").next().unwrap_or_default()))
                .collect();
            assert!(above.is_empty(), "src/{} imports {above:?}", file.path);
        }
    }
}

#[test]
fn cli_contains_typed_arguments_only() {
    let is_above = |file: &File| !file.is_in("cli");
    for word in [
        "std::fs",
        "Context",
        "Inputs",
        "Console",
        "io::fetch",
        "io::file",
        "io::prompt",
        "io::stream",
        "keyfile",
        "KeySet",
    ] {
        assert_nowhere(word, is_above);
    }
}

/// `sign --encrypt-to` signs and then encrypts with the job of `encrypt`.
const SHARED_JOBS: [(&str, &str); 1] = [("commands::sign", "commands::encrypt")];

#[test]
fn commands_do_not_import_each_other() {
    let commands: Vec<String> = source()
        .iter()
        .filter(|file| file.is_in("commands") && !file.is_in("commands/shared"))
        .filter(|file| file.path != "commands.rs")
        .map(File::module)
        .collect();
    assert!(commands.contains(&"commands::sign".to_owned()));
    for file in source() {
        // The schemas are generated from the reports of all commands, in tests only.
        let is_shared = ["commands.rs", "commands/schemas.rs"].contains(&&*file.path);
        if !file.is_in("commands") || is_shared {
            continue;
        }
        let own = file.module();
        for import in imports(&file) {
            assert!(
                import == own
                    || !commands.contains(&import)
                    || SHARED_JOBS.contains(&(&*own, &*import)),
                "src/{} calls {import}",
                file.path
            );
        }
    }
}

#[test]
fn base_modules_of_crypto_import_nothing_of_ours() {
    for name in ["error", "alg", "secret", "base64url", "json"] {
        let path = format!("crypto/{name}.rs");
        let file = source().into_iter().find(|file| file.path == path).unwrap();
        let imports = imports(&file);
        assert!(imports.is_empty(), "src/{path} imports {imports:?}");
    }
}

#[test]
fn crypto_has_no_import_cycles_of_two() {
    let mut edges = BTreeSet::new();
    for file in source().iter().filter(|file| file.is_in("crypto")) {
        for import in imports(file) {
            if file.path != "crypto.rs" && import != file.module() {
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

/// The modules without input and output.
const PURE: [&str; 9] = [
    "crypto",
    "device",
    "fingerprint",
    "inspection",
    "keyfile",
    "profile",
    "rotation",
    "sd_jwt",
    "status_list",
];

#[test]
fn pure_modules_do_no_input_or_output() {
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
        assert_nowhere(word, |file| !PURE.into_iter().any(|pure| file.is_in(pure)));
    }
}

#[test]
fn only_the_backend_uses_josekit() {
    assert_nowhere("josekit", |file| file.is_in("crypto/backend"));
}

#[test]
fn secret_bytes_have_one_accessor() {
    let file = source().into_iter().find(|file| file.path == "crypto/secret.rs").unwrap();
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

/// Each of the rules R1 to R32, which are known attacks, has a test that is named after it.
#[test]
fn every_rule_r1_to_r32_has_a_test() {
    let text: String = files_below("tests")
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let missing: Vec<String> = (1..=32)
        .map(|number| format!("r{number}_"))
        .filter(|name| {
            let test = |start: &str| text.contains(&format!("#[test]\nfn {start}{name}"));
            // One test may cover two rules.
            !test("") && !test("r13_")
        })
        .collect();
    assert!(missing.is_empty(), "no test for {}", missing.join(", "));
}

/// Files are opened by name, so names are unique. A module with a folder `name/` is in `name.rs`, and not in `mod.rs`.
#[test]
fn no_two_files_have_the_same_name() {
    let mut names = BTreeSet::new();
    for file in source() {
        let name = file.path.rsplit('/').next().unwrap().to_owned();
        assert_ne!(name, "mod.rs", "src/{}", file.path);
        assert!(
            names.insert(name),
            "src/{} has the name of another file",
            file.path
        );
    }
}

#[test]
fn every_file_begins_with_a_description() {
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
fn no_file_contains_an_absolute_home_path() {
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

/// Every function that docs/architecture.md names is in the file that it names, and that file or one before it in
/// the same path calls it.
#[test]
fn functions_named_in_the_architecture_page_exist() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let paths: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    assert_eq!(paths.len(), 5);
    for path in paths {
        let mut before = String::new();
        for row in path.lines().filter(|row| row.contains(".rs")) {
            let mut words = row.split_whitespace();
            let (name, file) = (words.next().unwrap(), words.next().unwrap());
            let text = std::fs::read_to_string(root().join("src").join(file));
            let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
            let starts = [format!("fn {name}("), format!("fn {name}<")];
            assert!(starts.iter().any(|start| text.contains(start)), "{row}");
            before.push_str(&text);
            let calls = before.replace(&starts[0], "").replace(&starts[1], "");
            let call = format!("{name}(");
            let is_first = !path[..path.find(row).unwrap()].contains(".rs");
            assert!(is_first || calls.contains(&call), "nothing calls {row}");
        }
    }
}

/// The other pages name files that exist.
#[test]
fn files_that_the_pages_name_exist() {
    let mut pages = files_below("docs");
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    for name in ["CONTRIBUTING.md", "SECURITY.md", ".cargo/mutants.toml"] {
        pages.push(root().join(name));
    }
    let mut count = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for (at, _) in text.match_indices("src/") {
            let end = |c: char| !is_name(c) && !"/.*".contains(c);
            let path = text[at..].split(end).next().unwrap_or_default();
            let path = path.trim_end_matches("*.rs").trim_end_matches('.');
            assert!(root().join(path).exists(), "{} has {path}", page.display());
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}
