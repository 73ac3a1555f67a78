//! Checks the words of the source, the tests and the pages. `wording/words.txt` lists words and phrases that are not used,
//! each with a plain technical alternative.

use std::fs::read_to_string;
use std::path::Path;

use super::support::{files_below, root};

/// Returns the lines of a list, without comments.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.starts_with('#'))
}

/// Returns the words of a text in lower case, each with its line.
fn words(text: &str) -> Vec<(usize, String)> {
    let of_line = |(index, line): (usize, &str)| {
        line.split(|c: char| !c.is_alphabetic() && c != '\'')
            .map(|word| word.trim_matches('\'').to_lowercase())
            .filter(|word| !word.is_empty())
            .map(|word| (index + 1, word))
            .collect::<Vec<_>>()
    };
    text.lines().enumerate().flat_map(of_line).collect()
}

/// Returns the places of a text that use a word or phrase of the list.
fn find(list: &str, allowed: &str, path: &str, text: &str) -> Vec<String> {
    let words = words(text);
    let mut found = Vec::new();
    for entry in entries(list) {
        let (phrases, instead) = entry.split_once(": ").unwrap();
        for phrase in phrases.split(", ") {
            if entries(allowed).any(|entry| entry == format!("{path} {phrase}")) {
                continue;
            }
            let wanted: Vec<&str> = phrase.split(' ').collect();
            for (start, window) in words.windows(wanted.len()).enumerate() {
                let next = words.get(start + wanted.len()).map(|(_, word)| &**word);
                // "is no longer" is plain.
                let is_plain = phrase.ends_with("is no") && next == Some("longer");
                if !is_plain && window.iter().map(|(_, word)| word).eq(&wanted) {
                    let line = window[0].0;
                    found.push(format!("{path}:{line}: {phrase}; use instead: {instead}"));
                }
            }
        }
    }
    found
}

#[test]
fn disallowed_words_are_not_used() {
    let pages = [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ];
    let mut files = pages.map(|page| root().join(page)).to_vec();
    for folder in ["src", "docs", "tests"] {
        let is_text = |path: &Path| path.extension().is_some_and(|end| end == "rs" || end == "md");
        files.extend(files_below(folder).into_iter().filter(|path| is_text(path)));
    }
    assert!(files.len() > 250, "{}", files.len());
    let list = include_str!("wording/words.txt");
    let allowed = include_str!("wording/allowed.txt");
    let mut found = Vec::new();
    for file in files {
        let path = file.strip_prefix(root()).unwrap().display().to_string();
        found.extend(find(list, allowed, &path, &read_to_string(file).unwrap()));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn disallowed_words_are_found_across_lines_and_in_names() {
    let list = "# A comment\nbarks, hoots: calls\nis no, runs off: leaves";
    let text = "// The owl's Hoots.\nfn dog_barks_twice();\n// It runs\n// off, and {}\n// longer here. It {} owl.";
    let text = &text.replace("{}", "is no");
    let find = |path, text| find(list, "a.rs hoots", path, text);
    let [barks, is_no, runs_off] = &*find("a.rs", text) else {
        panic!("{:?}", find("a.rs", text));
    };
    assert_eq!(barks, "a.rs:2: barks; use instead: calls");
    assert_eq!(is_no, "a.rs:5: is no; use instead: leaves");
    assert_eq!(runs_off, "a.rs:3: runs off; use instead: leaves");
    assert_eq!(find("b.rs", text).len(), 4);
    assert!(find("b.rs", "He barked; this no, runs it off").is_empty());
}
