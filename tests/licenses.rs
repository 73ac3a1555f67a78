//! The dependencies: allowed licenses, a known source, and no unexplained duplicates. Works offline.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::support::{json, root};

/// Licenses that only require attribution.
const ALLOWED: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "0BSD",
    "Zlib",
    "Unlicense",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
    "CC0-1.0",
    // Asks for changed files of its own; colored is linked as it is.
    "MPL-2.0",
];

/// Crates that are in the program in more than one version, with whom to ask.
const TWICE: &[(&str, &str)] = &[
    ("base64", "josekit"),
    // ssh-key is one generation of RustCrypto behind ed25519-dalek and pkcs8.
    ("block-buffer", "ssh-key"),
    ("cpufeatures", "ssh-key"),
    ("crypto-common", "ssh-key"),
    ("digest", "ssh-key"),
    ("rand_core", "ssh-key"),
    ("sha2", "ssh-key"),
    ("signature", "ssh-key"),
    // Only while compiling.
    ("syn", "derive macros"),
];

/// The packages that the program is made of, those of tests and other systems left out.
fn packages() -> Vec<Value> {
    let run = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let metadata = json(String::from_utf8(run.stdout).unwrap());
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let normal = |id: &str| -> Vec<String> {
        let node = nodes.iter().find(|node| node["id"] == id).unwrap();
        let deps = node["deps"].as_array().unwrap().iter();
        let is_normal = |dep: &&Value| {
            let kinds = dep["dep_kinds"].as_array().unwrap();
            kinds.iter().any(|kind| kind["kind"].is_null())
        };
        deps.filter(is_normal)
            .map(|dep| dep["pkg"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut reached = BTreeSet::new();
    let mut open = vec![metadata["resolve"]["root"].as_str().unwrap().to_owned()];
    while let Some(id) = open.pop() {
        if reached.insert(id.clone()) {
            open.extend(normal(&id));
        }
    }
    let packages = metadata["packages"].as_array().unwrap().iter();
    let found: Vec<Value> = packages
        .filter(|package| reached.contains(package["id"].as_str().unwrap()))
        .cloned()
        .collect();
    assert!(found.len() > 50, "{}", found.len());
    found
}

/// Returns whether the allowed licenses satisfy an expression. `/` is an old notation for OR.
fn is_allowed(expression: &str) -> bool {
    let known = |license: &str| ALLOWED.contains(&license.trim());
    let either = |part: &str| {
        part.split(" OR ")
            .any(|choice| choice.split(" AND ").all(known))
    };
    let expression = expression.replace('/', " OR ");
    if !expression.contains('(') {
        either(&expression)
    } else {
        // Every expression with parentheses is a conjunction of alternatives.
        expression
            .split(" AND ")
            .all(|part| either(part.trim_matches(['(', ')'])))
    }
}

#[test]
fn license_expression_is_satisfied_when_each_part_is_allowed() {
    assert!(is_allowed("MIT/Apache-2.0") && is_allowed("(MIT OR GPL-3.0) AND ISC"));
    assert!(!is_allowed("GPL-3.0") && !is_allowed("MIT AND GPL-3.0"));
    assert!(!is_allowed("(MIT OR ISC) AND GPL-3.0"));
}

#[test]
fn every_dependency_has_an_allowed_license() {
    for package in packages() {
        let license = package["license"].as_str().unwrap_or("none");
        assert!(is_allowed(license), "{}: {license}", package["name"]);
    }
}

#[test]
fn every_dependency_comes_from_the_registry_and_is_locked() {
    for package in packages() {
        let source = package["source"].as_str();
        let is_ours = package["name"] == "jotsmith";
        let from_registry = source.is_some_and(|source| source.starts_with("registry+"));
        assert!(is_ours || from_registry, "{}: {source:?}", package["name"]);
    }
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages = lock.matches("[[package]]").count();
    assert_eq!(packages - 1, lock.matches("checksum = ").count());
}

#[test]
fn duplicate_dependencies_have_a_stated_reason() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        let text = |name: &str| package[name].as_str().unwrap().to_owned();
        versions
            .entry(text("name"))
            .or_default()
            .insert(text("version"));
    }
    let twice: Vec<_> = versions
        .iter()
        .filter(|(_, found)| found.len() > 1)
        .collect();
    for (name, found) in &twice {
        let known = TWICE.iter().any(|(known, _)| known == name);
        assert!(known, "{name}: {found:?}");
    }
    for (name, _) in TWICE {
        assert!(
            twice.iter().any(|(found, _)| found == name),
            "{name} is there once"
        );
    }
}

#[test]
fn bundled_openssl_is_a_supported_version() {
    let packages = packages();
    let source = packages
        .iter()
        .find(|package| package["name"] == "openssl-src");
    if let Some(source) = source {
        let version = source["version"].as_str().unwrap();
        let (_, openssl) = version.split_once("+").unwrap();
        assert!(openssl.starts_with("3."), "{version}");
    }
}
