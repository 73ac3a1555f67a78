//! Simulates two years in hours, with outages of up to three weeks in which no rotation runs but all signers continue.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use jotsmith::crypto::alg::Algorithm;
use jotsmith::crypto::keyset::public_jwks;
use jotsmith::rotation::{Policy, Request, RotatingKeySet, plan};

use super::*;
use crate::support::segment;

const HOUR: i64 = 3600;
const LEAD: i64 = DAY;
const RETAIN: i64 = 2 * DAY;

/// A generator of pseudorandom numbers (splitmix64), the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

struct Token {
    text: String,
    kid: String,
    exp: i64,
}

/// The set and its published set, which are parsed again after each change.
struct Issuer {
    rotating: RotatingKeySet,
    set: KeySet,
    published: Rc<KeySet>,
}

impl Issuer {
    fn new(policy: &Policy) -> Issuer {
        let mut rotating = RotatingKeySet::default();
        rotating.set_policy(policy).unwrap();
        Issuer {
            rotating,
            set: KeySet::default(),
            published: Rc::default(),
        }
    }

    fn rotate(&mut self, request: &Request, policy: &Policy, now: i64) {
        let actions = plan(&self.rotating.lifetimes(), policy, request, now);
        if actions.is_empty() {
            return;
        }
        self.rotating.carry_out(&actions, policy, now).unwrap();
        let text = self.rotating.to_text().unwrap();
        self.rotating = RotatingKeySet::parse(text.expose()).unwrap();
        self.set = KeySet::from_json(text.expose()).unwrap();
        let published = public_jwks(&self.rotating.published_keys(now).unwrap()).unwrap();
        let published = Value::Object(published).to_string();
        self.published = Rc::new(KeySet::from_json(published.as_bytes()).unwrap());
    }

    fn sign(&self, now: i64) -> Token {
        let (text, kid) = sign(&self.set, now, RETAIN);
        Token {
            text,
            kid,
            exp: now + RETAIN,
        }
    }
}

#[test]
fn tokens_of_two_years_verify_until_expiry_or_revocation() {
    let policy = Policy {
        lead: LEAD,
        retain: RETAIN,
        algs: Algorithm::from_name("Ed25519").into_iter().collect(),
        ..Policy::default()
    };
    let mut dice = Dice(2026);
    let mut issuer = Issuer::new(&policy);
    // Each of three verifiers fetches once per lead time, a third of the lead time after the one before.
    let mut caches: [Rc<KeySet>; 3] = Default::default();
    let mut tokens: VecDeque<Token> = VecDeque::new();
    let mut revoked: Vec<Token> = Vec::new();
    let (mut outage_until, mut emergency_until) = (0, 0);
    let (mut accepted, mut refused, mut outages, mut signers) = (0, 0, 0, BTreeSet::new());
    // The set is checked every hour. Tokens are signed every third hour, in the long tests every hour.
    let step = if is_long() { 1 } else { 3 };
    for hour in 0..2 * 365 * 24 {
        let now = START + hour * HOUR;
        if now >= outage_until {
            issuer.rotate(&Request::Scheduled, &policy, now);
            if dice.roll(24 * 30) == 0 {
                outage_until = now + dice.roll(21 * 24) as i64 * HOUR;
                outages += 1;
            } else if dice.roll(24 * 120) == 0 {
                let lost = issuer.sign(now).kid;
                let request = Request::Revoke {
                    index: issuer.rotating.position_of(&lost).unwrap(),
                    reason: "drill".into(),
                };
                issuer.rotate(&request, &policy, now);
                emergency_until = now + LEAD;
                let (gone, kept): (Vec<Token>, Vec<Token>) =
                    (tokens.into_iter()).partition(|token| token.kid == lost);
                tokens = kept.into();
                revoked = gone;
            }
        }
        for (place, cache) in caches.iter_mut().enumerate() {
            if cache.keys().is_empty() || hour % 24 == place as i64 * 8 {
                *cache = issuer.published.clone();
            }
        }
        if hour % step != 0 {
            continue;
        }
        let token = issuer.sign(now);
        signers.insert(token.kid.clone());
        tokens.push_back(token);
        while tokens.front().is_some_and(|token| token.exp <= now) {
            tokens.pop_front();
        }
        // Every token is verified in its first and last hour, and some in between.
        let between = dice.roll(tokens.len() as u64) as usize;
        let places = [0, tokens.len() - 1, between];
        for &place in &places[..if hour % 4 == 0 { 3 } else { 2 }] {
            let cache = &caches[dice.roll(3) as usize];
            let token = &tokens[place];
            match verify(&token.text, cache, now) {
                // In an emergency, a verifier fetches the set again for an unknown kid.
                Err(Error::NoKey(_)) if now < emergency_until => {
                    verify(&token.text, &issuer.published, now)
                }
                verified => verified,
            }
            .unwrap_or_else(|error| panic!("hour {hour}: {error}"));
            accepted += 1;
        }
        if let Some(token) = revoked.last().filter(|token| now < token.exp) {
            assert!(matches!(
                verify(&token.text, &issuer.published, now),
                Err(Error::NoKey(_))
            ));
            refused += 1;
        }
    }
    println!(
        "{accepted} tokens accepted and 0 rejected, {refused} refused after revocation and 0 accepted, \
         {} signing keys, {outages} outages",
        signers.len()
    );
    assert!(accepted > 35_000 / step && refused > 50 / step && signers.len() > 15 && outages > 5);
}

/// The same with the program: one process rotates, one signs, and one verifies the tokens that have not expired.
#[test]
fn shell_runs_of_two_years_succeed_and_valid_tokens_verify() {
    let folder = Folder::new();
    let mut dice = Dice(730);
    let mut tokens: VecDeque<Token> = VecDeque::new();
    let (mut revoked, mut outage_until) = (BTreeSet::new(), START);
    let (mut accepted, mut refused, mut outages) = (0, 0, 0);
    let (step, token_step) = if is_long() { (1, 6) } else { (36, 36) };
    for hour in (0..2 * 365 * 24).step_by(step) {
        let now = START + hour as i64 * HOUR;
        if now >= outage_until {
            rotate(&folder, "--alg Ed25519", now);
            if dice.roll(24 * 30 / step as u64) == 0 {
                outage_until = now + dice.roll(21 * 24) as i64 * HOUR;
                outages += 1;
            } else if dice.roll(24 * 60 / step as u64) == 0 {
                let kid = in_state(&rotate(&folder, "", now), "active").unwrap();
                rotate(&folder, &format!("--revoke {kid} --reason drill"), now);
                revoked.insert(kid);
            }
        }
        if hour % token_step != 0 {
            continue;
        }
        let text = (folder.run(&format!("--at {now} -q sign -k keys.jwks --exp 2d"))).accepted();
        let kid = json(segment(&text, 0))["kid"].as_str().unwrap().to_owned();
        assert!(!revoked.contains(&kid), "hour {hour}: a revoked key signs");
        let exp = now + RETAIN;
        tokens.push_back(Token { text, kid, exp });
        tokens.retain(|token| now < token.exp);
        let lines: String = tokens.iter().map(|token| token.text.clone() + "\n").collect();
        let verify = folder.run(&format!("--at {now} -q verify -k jwks.json --lines"));
        let answers = String::from_utf8(verify.stdin(lines).done().stdout).unwrap();
        assert_eq!(answers.lines().count(), tokens.len());
        for (token, answer) in tokens.iter().zip(answers.lines()) {
            let answer = json(answer);
            if !revoked.contains(&token.kid) {
                assert_eq!(answer["ok"], true, "hour {hour}: {answer}");
                accepted += 1;
            } else {
                assert_eq!(answer["error"]["code"], "no_key", "hour {hour}: {answer}");
                refused += 1;
            }
        }
    }
    println!(
        "{accepted} times accepted and 0 rejected, {refused} refused after revocation and 0 accepted, {outages} outages"
    );
    assert!(accepted > 500 && !revoked.is_empty() && refused > 0 && outages > 0);
}
