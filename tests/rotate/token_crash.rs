//! Kills runs that generate and destroy the keys of a set in a token of SoftHSM.
//!
//! As in `crash`, `strace` kills the run at the n-th call of a kind. Because a run with SoftHSM is slow, `cargo test` tries
//! every 30th cut point, and JOTSMITH_LONG=1 every 5th.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jotsmith::crypto::key::Use;
use jotsmith::rotation::{RotatingKeySet, State, active_index, key_states};

use super::crash::{CHANGING, copy, entries_below, strace_in};
use super::*;
use crate::support::token::{PIN, Token, module};

struct Scenario {
    name: &'static str,
    before: &'static [i64],
    arguments: &'static str,
    at: i64,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario {
        name: "the first key",
        before: &[],
        arguments: "--in pkcs11:token=ci",
        at: START,
    },
    Scenario {
        name: "a successor",
        before: &[START],
        arguments: "",
        at: START + 29 * DAY,
    },
    Scenario {
        name: "a drop",
        before: &[START, START + 29 * DAY],
        arguments: "",
        at: START + 32 * DAY,
    },
    Scenario {
        name: "an emergency",
        before: &[START],
        arguments: "--now drill",
        at: START + DAY,
    },
    Scenario {
        name: "a revocation",
        before: &[START],
        arguments: "--reason drill --revoke",
        at: START + DAY,
    },
];

/// Returns a token whose folder can be copied, because its configuration contains no absolute path.
fn token() -> Token {
    let token = Token::new();
    let conf = token.0.text("softhsm2.conf");
    let tokens = token.0.path("tokens").display().to_string();
    token.0.write("softhsm2.conf", conf.replace(&tokens, "tokens"));
    token
}

fn environment() -> [(&'static str, &'static str); 3] {
    [
        ("SOFTHSM2_CONF", "softhsm2.conf"),
        ("PKCS11_MODULE", module()),
        ("JOTSMITH_PIN", PIN),
    ]
}

impl Scenario {
    fn prepare(&self, token: &Token) -> String {
        for at in self.before {
            let line = format!("--at {at} rotate keys.jwks --publish jwks.json --log log");
            token.run(&format!("{line} --in pkcs11:token=ci")).accepted();
        }
        let kid = if self.is_revocation() {
            kids(&token.0, "keys.jwks")[0].clone()
        } else {
            String::new()
        };
        let Scenario { arguments, at, .. } = self;
        format!("--at {at} rotate keys.jwks --publish jwks.json --log log {arguments} {kid}")
    }

    fn is_revocation(&self) -> bool {
        self.arguments.ends_with("--revoke")
    }
}

/// Returns the calls that change files, with their numbers: those of the run itself and those of SoftHSM, except for those
/// during which the file of the token is empty. SoftHSM loses the token if it is killed then.
fn calls(folder: &Folder, arguments: &str) -> Vec<(String, usize)> {
    let path = folder.path(".");
    let options = ["-o", "trace"];
    assert_eq!(strace_in(&environment(), &path, &options, arguments), 0);
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut calls = Vec::new();
    let (mut is_under_way, mut is_token_empty) = (false, false);
    for line in folder.text("trace").lines() {
        let call = (line.split_once(' ')).map_or(line, |(_, call)| call.trim_start());
        let Some((name, rest)) = call.split_once('(') else {
            continue;
        };
        let number = numbers.entry(name.to_owned()).or_default();
        *number += 1;
        is_under_way |= rest.contains("\"keys.jwks\"") && name != "execve";
        let is_reading = name == "openat" && rest.contains("O_RDONLY");
        is_token_empty |= rest.contains("/token.object\"") && !is_reading && name == "openat";
        if is_under_way && !is_token_empty && !is_reading && CHANGING.contains(&name) {
            calls.push((name.to_owned(), *number));
        }
        is_token_empty &= name != "write";
    }
    calls
}

/// Returns the labels of the objects in the token.
fn labels(token: &Token, kind: &str) -> BTreeSet<String> {
    let list = token.shell(&format!(
        "pkcs11-tool --module $MODULE --token-label ci -l --pin {PIN} --list-objects --type {kind} 2> /dev/null"
    ));
    let labels = list.lines().filter_map(|line| line.trim().strip_prefix("label:"));
    labels.map(|label| label.trim().to_owned()).collect()
}

/// Returns the labels of all keys of the set, or of those that are neither expired nor revoked.
fn references(folder: &Folder, now: i64, only_alive: bool) -> BTreeSet<String> {
    let Ok(set) = std::fs::read(folder.path("keys.jwks")) else {
        return BTreeSet::new();
    };
    let ring = RotatingKeySet::parse(&set).unwrap();
    let states = key_states(&ring.lifetimes(), now);
    let references = ring.references().zip(states);
    references
        .filter(|(_, state)| !only_alive || !matches!(state, State::Expired | State::Revoked))
        .filter_map(|(reference, _)| Some(reference?.split_once("object=")?.1.to_owned()))
        .collect()
}

/// Checks what must hold at any time. Only a revocation destroys a key that is still in the set.
fn check(token: &Token, now: i64, is_revocation: bool, what: &str) {
    let folder = &token.0;
    let published = if folder.path("jwks.json").exists() {
        kids(folder, "jwks.json")
    } else {
        Vec::new()
    };
    if let Ok(set) = std::fs::read(folder.path("keys.jwks")) {
        let ring = RotatingKeySet::parse(&set).unwrap_or_else(|error| panic!("{what}: {error}"));
        if let Some(index) = active_index(&ring.lifetimes(), Use::Sig, now) {
            let kid = ring.members().nth(index).unwrap().0.unwrap().to_owned();
            assert!(
                published.contains(&kid),
                "{what}: a key signs and is not published"
            );
        }
        let alive = references(folder, now, true);
        let lost = alive.difference(&labels(token, "privkey")).count();
        assert!(
            lost <= usize::from(is_revocation),
            "{what}: {lost} keys are lost"
        );
    }
}

#[test]
fn interrupted_rotation_loses_no_token_key_and_reports_the_orphans() {
    let step = if is_long() { 5 } else { 30 };
    let mut cuts = Vec::new();
    let templates = SCENARIOS.each_ref().map(|scenario| {
        let template = token();
        let arguments = scenario.prepare(&template);
        (scenario, template, arguments)
    });
    for (scenario, template, arguments) in &templates {
        let traced = Folder::new();
        copy(&template.0, &traced);
        let calls = calls(&traced, arguments);
        assert!(calls.len() > 30, "{}: {} calls", scenario.name, calls.len());
        cuts.extend(calls.into_iter().map(|call| (*scenario, template, arguments, call)));
    }
    let all = cuts.len();
    let cuts: Vec<_> = cuts.into_iter().step_by(step).collect();
    let (tried, cuts) = (cuts.len(), Mutex::new(cuts));
    let orphans = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((scenario, template, arguments, (call, number))) =
                    { cuts.lock().unwrap().pop() }
                {
                    let token = Token(Folder::new());
                    copy(&template.0, &token.0);
                    let found = cut(scenario, &token, arguments, &call, number);
                    *orphans.lock().unwrap() += found;
                }
            });
        }
    });
    let orphans = orphans.into_inner().unwrap();
    println!(
        "{tried} of {all} cut points tried with a token; {orphans} keys were left in no set, each reported"
    );
    assert!(orphans > 0);
}

/// Kills a run, checks what must hold then, and runs again. Returns the number of keys that are left in no set.
fn cut(scenario: &Scenario, token: &Token, arguments: &str, call: &str, number: usize) -> usize {
    let what = format!("{}: killed at {call} {number}", scenario.name);
    let (trace, inject) = (
        format!("trace={call}"),
        format!("inject={call}:signal=KILL:when={number}"),
    );
    let options = ["-o", "/dev/null", "-e", &trace, "-e", &inject];
    let path = token.0.path(".");
    let code = strace_in(&environment(), &path, &options, arguments);
    assert_eq!(code, -9, "{what}");
    check(token, scenario.at, scenario.is_revocation(), &what);
    // The second run has nothing to do and reads only public objects, without the PIN.
    let mut reported = BTreeSet::new();
    for _ in 0..2 {
        let done = token.run(&format!("--json {arguments}")).done();
        assert_eq!(done.code, 0, "{what}: {done:?}");
        check(token, scenario.at, false, &what);
        if let Some(orphans) = json(done.stdout).get("orphans") {
            let orphans = serde_json::from_value::<Vec<String>>(orphans.clone());
            reported.extend(orphans.unwrap());
        }
    }
    let own = references(&token.0, scenario.at, false);
    let there = &labels(token, "privkey") | &labels(token, "pubkey");
    let left: BTreeSet<String> = there.difference(&own).cloned().collect();
    let left: BTreeSet<String> = left.into_iter().filter(|label| !label.is_empty()).collect();
    assert_eq!(left, reported, "{what}");
    // The active key signs and is published.
    let at = scenario.at;
    let signed = token.run(&format!("--at {at} sign -q -k keys.jwks sub=a")).accepted();
    let verify = format!("--at {at} verify -q -k jwks.json");
    token.0.run(&verify).stdin(signed).accepted();
    let check = format!("--at {at} rotate keys.jwks --publish jwks.json --check");
    assert_eq!(token.run(&check).done().code, 0, "{what}");
    let root = token.0.path("");
    let names: BTreeSet<String> = (entries_below(&root).iter())
        .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
        .filter(|name| !name.starts_with("tokens"))
        .collect();
    let expected = ["jwks.json", "keys.jwks", "log", "softhsm2.conf"];
    assert_eq!(
        names,
        expected.map(String::from).into(),
        "{what}: something is left behind"
    );
    left.len()
}
