//! The words of the source, the tests and the pages. Each word or phrase below has a plain technical one to use instead.

use std::fs::read_to_string;
use std::path::Path;

use super::support::{files_below, root};

/// Words and phrases that are not used, each with what to use instead.
const REPLACEMENTS: &[(&str, &str)] = &[
    (
        "whoever, whomever, nobody, somebody, everybody, anybody",
        "the user, the verifier, another process",
    ),
    ("tell, tells, told", "report, return, print"),
    ("heed, heeds, heeded", "enforce, respect"),
    ("let be", "ignore"),
    (
        "anew, for ever, unasked, in vain, at hand, besides, thereby",
        "again, permanently, in addition",
    ),
    (
        "it is no, that is no, which is no, this is no, and is no, or is no",
        "is not a",
    ),
    ("stands for, stand for", "means, matches"),
    (
        "stands in, stand in, stands at, stands there, stands beside, stands on",
        "is in, appears in",
    ),
    ("is by, are by, was by", "is signed by"),
    ("is had, was had, be had, had from", "obtain"),
    ("by themselves, who comes", "automatically, the user of"),
    ("strike, strikes", "sign, create"),
    (
        "stranger, strangers, stranger's, kin, twin, twins",
        "another party, unknown key",
    ),
    (
        "house, room, rooms, door, doors, wall, walls",
        "the module, the limit",
    ),
    ("life of, lives of", "lifetime, states"),
];

/// Correct uses: the end of a path, and the word.
const ALLOWED: &[(&str, &str)] = &[
    // The user of the operating system.
    ("tests/neighbours.rs", "nobody"),
    ("tests/rotate/race.rs", "nobody"),
    // A member of a claim.
    ("docs/services.md", "room"),
];

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
fn find(path: &str, text: &str) -> Vec<String> {
    let words = words(text);
    let mut found = Vec::new();
    for (phrases, instead) in REPLACEMENTS {
        for phrase in phrases.split(", ") {
            if ALLOWED
                .iter()
                .any(|(file, word)| path.ends_with(file) && *word == phrase)
            {
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
fn only_plain_words_are_used() {
    let pages = [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ];
    let mut files = pages.map(|page| root().join(page)).to_vec();
    for folder in ["src", "docs", "tests"] {
        let is_text = |path: &Path| {
            path.extension()
                .is_some_and(|end| end == "rs" || end == "md")
        };
        files.extend(files_below(folder).into_iter().filter(|path| is_text(path)));
    }
    assert!(files.len() > 250, "{}", files.len());
    let mut found = Vec::new();
    for file in files
        .iter()
        .filter(|file| !file.ends_with("tests/wording.rs"))
    {
        let path = file.strip_prefix(root()).unwrap().display().to_string();
        found.extend(find(&path, &read_to_string(file).unwrap()));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn words_and_phrases_are_found_across_lines_and_in_names() {
    let found = find(
        "a.rs",
        "// The walls.\nfn nobody_is_told() {}\n// It stands\n// for",
    );
    let lines = [
        "a.rs:2: nobody;",
        "a.rs:2: told;",
        "a.rs:3: stands for;",
        "a.rs:1: walls;",
    ];
    assert_eq!(found.len(), lines.len(), "{found:?}");
    for line in lines {
        assert!(found.iter().any(|found| found.starts_with(line)), "{line}");
    }
    assert!(
        find("docs/services.md", "room").is_empty() && !find("docs/speed.md", "room").is_empty()
    );
    assert!(
        find(
            "a.rs",
            "It withstands an untold mishap that is no longer new"
        )
        .is_empty()
    );
}
