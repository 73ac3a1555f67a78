//! The single run and `--lines` give the same verdict, code and claims for random claims sets, headers and rules.
//!
//! In CI or with JOTSMITH_LONG, 20,000 tokens are verified in a separate process and as a line of a stream, otherwise
//! 1,000. The cases are the same in every run.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::support::{Folder, hs256_of, json, secret_jwk};
use jotsmith::crypto::base64url;

const NOW: u64 = 1_800_000_000;
/// How many tokens are verified under one set of rules.
const TOKENS: usize = 250;

/// A generator of pseudorandom numbers (xorshift64*), the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn is_one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

/// Returns the flags of a random set of rules.
fn rules(random: &mut Random) -> String {
    let mut flags = String::from("-k keys.jwks");
    for (odds, flag) in [
        (4, "--iss i"),
        (12, "--iss j"),
        (5, "--aud a"),
        (8, "--aud a --aud b"),
        (8, "--sub s"),
        (20, "--azp a"),
        (10, "--require jti"),
        (16, "--require x,jti"),
        (16, "--claim x=1"),
        (16, "--claim x:=1"),
        (20, "--claim n:=18446744073709551617"),
        (4, "--leeway 10s"),
        (10, "--max-age 60s"),
        (2, "--allow-no-exp"),
        (8, "--format compact"),
        (10, "--format flattened"),
        (10, "--require-all"),
        (6, "--max-size 400"),
    ] {
        if random.is_one_in(odds) {
            flags += " ";
            flags += flag;
        }
    }
    flags += match random.below(20) {
        0 => " --profile id",
        1 => " --profile at",
        2 => " --profile client-assertion",
        3 => " --typ JWT",
        4 => " --typ at+jwt",
        5 => " --alg HS256",
        6 => " --alg HS512,HS256",
        7 => " --alg ES256",
        _ => "",
    };
    flags
}

/// Returns a random claims set. A clean one has the usual types and often meets the rules.
fn claims(random: &mut Random, is_clean: bool) -> String {
    let time = |random: &mut Random, near: i64| -> String {
        match random.below(if is_clean { 90 } else { 12 }) {
            0 => format!("\"{near}\""),
            1 => format!("{near}.5"),
            2 => format!("{near}e0"),
            3 => random.pick(&["-1", "1e300", "null", "[]", "253402300800", "0"]).into(),
            _ => (near + random.below(24) as i64 - 12).to_string(),
        }
    };
    let now = NOW as i64;
    let mut members = Vec::new();
    let mut add = |name: &str, value: String| members.push(format!("\"{name}\":{value}"));
    if is_clean || !random.is_one_in(8) {
        let near = if random.is_one_in(6) { now } else { now + 600 };
        add("exp", time(random, near));
    }
    if random.is_one_in(3) {
        let near = if random.is_one_in(3) { now } else { now - 30 };
        add("iat", time(random, near));
    }
    if random.is_one_in(6) {
        add("nbf", time(random, now - 20));
    }
    let texts = [
        (
            "iss",
            &[
                "\"i\"",
                "\"i\"",
                "\"i\"",
                "\"i\"",
                "\"i\"",
                "\"j\"",
                "1",
                "\"\\u0069\"",
            ][..],
            1,
        ),
        ("sub", &["\"s\"", "\"s\"", "\"s\"", "\"S\"", "null"], 2),
        (
            "aud",
            &[
                "\"a\"",
                "[\"a\"]",
                "[\"b\",\"a\"]",
                "[ \"x\" , \"b\" ]",
                "\"a\"",
                "\"b\"",
                "[]",
                "[1]",
                "{}",
                "\"\"",
            ],
            1,
        ),
        ("azp", &["\"a\"", "\"b\"", "\"m\"", "7"], 5),
        ("jti", &["\"1\"", "\"2\"", "2", "\"\\ud83d\\ude00\""], 2),
        (
            "x",
            &[
                "\"1\"",
                "1",
                "1.0",
                "[1,{\"y\":2}]",
                "{\"y\":{\"z\":1,\"z\":2}}",
            ],
            3,
        ),
        (
            "n",
            &[
                "18446744073709551617",
                "18446744073709551616",
                "1e5",
                "1e999",
            ],
            6,
        ),
        ("client_id", &["\"c\"", "1"], 4),
        ("scope", &["\"r w\"", "[]"], 6),
        ("nonce", &["\"n\"", "{}"], 8),
    ];
    for (name, values, odds) in texts {
        if random.is_one_in(odds) {
            let usual = if is_clean { 1 } else { values.len() };
            add(name, random.pick(&values[..usual]).into());
        }
    }
    if random.is_one_in(40) {
        add("exp", "9999999999".into());
    }
    if random.is_one_in(40) {
        add("\\u0069at", "1".into());
    }
    for index in (1..members.len()).rev() {
        members.swap(index, random.below(index + 1));
    }
    let space = random.pick(&["", "", "", " ", "\t "]);
    match random.below(60) {
        0 => "[1]".into(),
        1 => "not JSON".into(),
        2 => format!("{{{}}} x", members.join(",")),
        3 => String::new(),
        _ => format!(
            "{space}{{{space}{}{space}}}",
            members.join(&format!("{space},"))
        ),
    }
}

fn header(random: &mut Random, is_clean: bool) -> String {
    let mut members = vec![match random.below(if is_clean { 200 } else { 25 }) {
        0 => "\"alg\":\"none\"".to_owned(),
        1 => "\"alg\":\"HS512\"".into(),
        2 => "\"alg\":\"ES256\"".into(),
        3 => "\"alg\":\"hs256\"".into(),
        4 => "\"x\":1".into(),
        _ => "\"alg\":\"HS256\"".into(),
    }];
    for (odds, member) in [
        (2, "\"typ\":\"JWT\""),
        (12, "\"typ\":\"at+jwt\""),
        (2, "\"kid\":\"secret\""),
        (15, "\"kid\":\"other\""),
        (20, "\"kid\":\"unknown\""),
        (30, "\"kid\":5"),
        (30, "\"crit\":[\"b64\"],\"b64\":true"),
        (30, "\"crit\":[\"x\"],\"x\":1"),
        (40, "\"b64\":false"),
        (12, "\"jku\":\"https://a.example\""),
        (12, "\"cty\":\"JWT\""),
    ] {
        if random.is_one_in(odds) && (odds < 12 || !is_clean || random.is_one_in(10)) {
            members.push(member.into());
        }
    }
    format!("{{{}}}", members.join(","))
}

/// Returns a random token, usually with a valid signature by one of the keys.
fn token(random: &mut Random) -> String {
    let is_clean = !random.is_one_in(3);
    let header = base64url::encode(header(random, is_clean));
    let payload = base64url::encode(claims(random, is_clean));
    let mut token = hs256_of(&header, &payload);
    match random.below(40) {
        0 => token.insert(random.below(token.len()), 'A'),
        1 => drop(token.remove(random.below(token.len()))),
        2 => token.push_str(random.pick(&["=", "A", ".", " ", "~"])),
        3..=5 => {
            let (_, signature) = token.rsplit_once('.').unwrap();
            token = format!(
                r#"{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#
            );
        }
        _ => {}
    }
    token
}

/// Returns the result of a run for a token: the code of the error, or the claims.
fn single(folder: &Folder, flags: &str, token: &str) -> Result<Value, String> {
    let run = folder.run(&format!("verify --json {flags} --at {NOW}"));
    let done = run.stdin(token).done();
    if done.code == 0 {
        return Ok(json(&done.stdout)["claims"].clone());
    }
    assert!(done.stdout.is_empty(), "{flags} {token}: {done:?}");
    let error = json(&done.stderr)["error"].clone();
    Err(format!(
        "{} {}",
        error["code"].as_str().unwrap(),
        error["message"]
    ))
}

fn stream(folder: &Folder, flags: &str, tokens: &[String]) -> Vec<Result<Value, String>> {
    let run = folder.run(&format!("verify --lines --json {flags} --at {NOW}"));
    let done = run.stdin(tokens.join("\n") + "\n").done();
    let stdout = String::from_utf8(done.stdout).unwrap();
    let records = stdout.lines().map(|line| {
        let record = json(line);
        match record["ok"].as_bool() {
            Some(true) => Ok(record["claims"].clone()),
            _ => {
                let error = &record["error"];
                Err(format!(
                    "{} {}",
                    error["code"].as_str().unwrap(),
                    error["message"]
                ))
            }
        }
    });
    records.collect()
}

#[test]
fn single_run_and_lines_give_the_same_results() {
    let is_long = ["CI", "JOTSMITH_LONG"].into_iter().any(|name| std::env::var_os(name).is_some());
    let rule_sets = if is_long { 80 } else { 4 };
    let folder = Folder::new();
    let mut key = json(secret_jwk());
    key["kid"] = "secret".into();
    let other = folder.run("keygen HS512 --kid other").accepted();
    let keys = serde_json::json!({"keys": [key, json(other)]});
    folder.write("keys.jwks", keys.to_string());
    let (next, accepted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        loop {
            let set = next.fetch_add(1, Ordering::Relaxed);
            if set >= rule_sets {
                return;
            }
            let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (set as u64 + 1) << 20);
            let flags = rules(&mut random);
            let tokens: Vec<String> = (0..TOKENS).map(|_| token(&mut random)).collect();
            let records = stream(&folder, &flags, &tokens);
            assert_eq!(records.len(), TOKENS, "{flags}");
            for (token, record) in tokens.iter().zip(records) {
                assert_eq!(single(&folder, &flags, token), record, "{flags} {token}");
                accepted.fetch_add(usize::from(record.is_ok()), Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let (accepted, all) = (accepted.into_inner(), rule_sets * TOKENS);
    eprintln!("{accepted} of {all} tokens were accepted");
    assert!(!is_long || accepted * 5 >= all, "{accepted} of {all}");
}
