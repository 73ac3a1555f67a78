//! The targets of fuzz/ without a fuzzer: every seed, each cut, and each byte changed.

use std::path::PathBuf;

use super::support::files_below;

#[path = "../fuzz/src/lib.rs"]
mod targets;

fn seeds(target: &str) -> Vec<PathBuf> {
    files_below(&format!("fuzz/seeds/{target}"))
}

#[test]
fn every_target_accepts_its_seeds_and_their_mutations() {
    for (name, run) in targets::TARGETS {
        let seeds = seeds(name);
        assert!(seeds.len() >= 2, "{name} has no seeds");
        for seed in seeds {
            let bytes = std::fs::read(&seed).unwrap();
            run(&bytes);
            // Changes and truncations are tried at about 40 positions of a seed.
            for at in (0..bytes.len()).step_by(1 + bytes.len() / 40) {
                run(&bytes[..at]);
                for change in [1, 0x20, 0x80] {
                    let mut changed = bytes.clone();
                    changed[at] ^= change;
                    run(&changed);
                }
            }
        }
    }
}

#[test]
fn fuzz_targets_are_those_of_cargo_fuzz() {
    let manifest = include_str!("../fuzz/Cargo.toml");
    let files = files_below("fuzz/fuzz_targets");
    assert_eq!(files.len(), targets::TARGETS.len());
    for (name, _) in targets::TARGETS {
        assert!(
            manifest.contains(&format!("\nname = \"{name}\"\n")),
            "{name}"
        );
    }
}
