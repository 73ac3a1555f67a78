//! The rules that hold at any time, for every policy, clock, missed run and emergency.

use jotsmith::crypto::alg::Algorithm;
use jotsmith::crypto::key::Use;
use jotsmith::rotation::{
    Action, ActionKind, KeyLifetime, Policy, Request, State, clock_behind, key_states, next_due,
    plan,
};
use proptest::prelude::*;

const START: i64 = 1_000_000_000;

fn policy() -> impl Strategy<Value = Policy> {
    // Values near the ends of a range are more likely to find errors.
    let lead = prop_oneof![1 => 0i64..2, 4 => 0i64..400];
    let retain = prop_oneof![1 => 0i64..2, 4 => 0i64..800];
    (1i64..500, lead, retain, prop::bool::ANY).prop_map(|(rest, lead, retain, enc)| Policy {
        every: lead + rest,
        lead,
        retain,
        algs: ["ES256", "ECDH-ES+A256KW"][..if enc { 2 } else { 1 }]
            .iter()
            .filter_map(|name| Algorithm::from_name(name))
            .collect(),
        bits: None,
        kid_from: None,
        token: None,
        served: Vec::new(),
    })
}

/// An event of the simulation.
#[derive(Debug, Clone)]
enum Event {
    Run,
    Now,
    RevokeActive,
    RevokePending,
    ClockBack(i64),
}

fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let event = prop_oneof![
        12 => Just(Event::Run),
        1 => Just(Event::Now),
        1 => Just(Event::RevokeActive),
        1 => Just(Event::RevokePending),
        1 => (1i64..2000).prop_map(Event::ClockBack),
    ];
    // Runs are usually frequent, with occasional long outages.
    let pause = prop_oneof![6 => 0i64..60, 2 => 0i64..600, 1 => 0i64..5000];
    prop::collection::vec((pause, event), 1..80)
}

/// A key in the simulation: its lifetime, and what happened to it.
#[derive(Debug, Clone)]
struct Simulated {
    life: KeyLifetime,
    published_since: Option<i64>,
    last_signed: Option<i64>,
    hurried: bool,
}

/// An independent implementation of applying a plan.
fn carry_out(keys: &mut Vec<Simulated>, actions: &[Action], now: i64) {
    for Action {
        index,
        step,
        reason,
    } in actions
    {
        match *step {
            ActionKind::Make { alg, nbf } => keys.push(Simulated {
                life: KeyLifetime {
                    key_use: alg.key_use(),
                    is_private: true,
                    iat: Some(now),
                    nbf,
                    exp: None,
                    is_revoked: false,
                    revoked_at: None,
                    is_served: false,
                },
                published_since: None,
                last_signed: None,
                hurried: nbf.is_some_and(|nbf| nbf <= now),
            }),
            ActionKind::Adopt { nbf } => keys[*index].life.nbf = Some(nbf),
            ActionKind::Promote { nbf } => {
                keys[*index].life.nbf = Some(nbf);
                keys[*index].hurried |= reason != "it is the next key";
            }
            ActionKind::Retire { exp } => keys[*index].life.exp = Some(exp),
            ActionKind::Revoke => {
                keys[*index].life.is_revoked = true;
                keys[*index].life.is_private = false;
            }
            ActionKind::Drop => {
                keys.remove(*index);
            }
        }
    }
}

fn lives(keys: &[Simulated]) -> Vec<KeyLifetime> {
    keys.iter().map(|key| key.life.clone()).collect()
}

fn is_published(life: &KeyLifetime, state: State) -> bool {
    matches!(
        (life.key_use, state),
        (Use::Sig, State::Pending | State::Active | State::Retiring) | (Use::Enc, State::Active)
    )
}

/// Advances the time. Signers use the active key in every second at which a state can change.
fn live_through(keys: &mut [Simulated], from: i64, to: i64) {
    // States change only at these times, so it is enough to check both sides of each of them.
    let mut times = vec![from, to];
    for key in keys.iter() {
        for time in [key.life.nbf, key.life.exp].into_iter().flatten() {
            times.extend([time - 1, time]);
        }
    }
    times.retain(|time| (from..=to).contains(time));
    times.sort_unstable();
    for now in times {
        let states = key_states(&lives(keys), now);
        let signing: Vec<usize> = (0..keys.len())
            .filter(|&i| keys[i].life.key_use == Use::Sig && states[i] == State::Active)
            .collect();
        assert_eq!(
            signing.len(),
            1,
            "exactly one active signing key at {now}: {keys:#?}"
        );
        keys[signing[0]].last_signed = Some(now);
    }
}

/// 600 cases, or more by `PROPTEST_CASES`.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig {
        cases: asked.cases.max(600),
        failure_persistence: None,
        ..asked
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_key_signs_at_every_instant_and_is_published_in_time(
        policy in policy(),
        events in events(),
    ) {
        let mut keys: Vec<Simulated> = Vec::new();
        let mut now = START;
        let mut changed = None;
        let mut due = Some(START);
        for (pause, event) in events {
            let before = now;
            now += pause;
            if !keys.is_empty() {
                live_through(&mut keys, before, now);
            }
            // A token can be valid for `retain` after it was signed, so its key must be published for that long.
            let states_now = key_states(&lives(&keys), now);
            let find = |wanted| (0..keys.len()).find(|&i| {
                states_now[i] == wanted && keys[i].life.key_use == Use::Sig
            });
            let request = match event {
                Event::Run => Request::Scheduled,
                Event::Now if keys.is_empty() => Request::Scheduled,
                Event::Now => Request::Immediate { reason: "drill".into(), key_use: None },
                Event::RevokeActive | Event::RevokePending => {
                    let wanted = match event {
                        Event::RevokeActive => State::Active,
                        _ => State::Pending,
                    };
                    match find(wanted) {
                        Some(index) => Request::Revoke { index, reason: "drill".into() },
                        None => Request::Scheduled,
                    }
                }
                Event::ClockBack(by) => {
                    if let Some(changed) = changed {
                        let behind = clock_behind(&lives(&keys), Some(changed), changed - by);
                        prop_assert_eq!(behind, Some(by));
                    }
                    continue;
                }
            };
            prop_assert_eq!(clock_behind(&lives(&keys), changed, now), None);
            let actions = plan(&lives(&keys), &policy, &request, now);
            if request == Request::Scheduled && !keys.is_empty() {
                prop_assert_eq!(
                    actions.is_empty(), due.is_none_or(|due| now < due),
                    "next due {:?}, now {}, {:#?}", due, now, &actions
                );
            }
            let dropped: Vec<Simulated> = (actions.iter())
                .filter(|action| action.step == ActionKind::Drop)
                .map(|action| keys[action.index].clone())
                .collect();
            for key in dropped {
                let signed = key.last_signed.filter(|_| key.life.key_use == Use::Sig);
                prop_assert!(
                    signed.is_none_or(|signed| signed + policy.retain <= now),
                    "dropped {} s after its last signature", now - signed.unwrap_or(0)
                );
            }
            carry_out(&mut keys, &actions, now);
            if !actions.is_empty() {
                changed = Some(now);
            }
            let again = plan(&lives(&keys), &policy, &Request::Scheduled, now);
            prop_assert!(again.is_empty(), "running twice acts twice: {again:#?}");

            due = next_due(&lives(&keys), &policy, now);

            let states = key_states(&lives(&keys), now);
            for (key, state) in keys.iter_mut().zip(states) {
                if is_published(&key.life, state) {
                    _ = key.published_since.get_or_insert(now);
                } else {
                    // A key that is no longer published has no valid tokens, or was revoked.
                    let signed = key.last_signed.filter(|_| !key.life.is_revoked && key.life.key_use == Use::Sig);
                    prop_assert!(signed.is_none_or(|signed| signed + policy.retain <= now));
                }
                if key.life.key_use == Use::Sig && !key.hurried && !key.life.is_revoked {
                    let (since, nbf) = (key.published_since.unwrap(), key.life.nbf.unwrap());
                    prop_assert!(since + policy.lead <= nbf, "signs {} s after being published", nbf - since);
                }
                if key.life.key_use == Use::Enc && state == State::Retiring {
                    // It was unpublished by this run or an earlier one.
                    let exp = key.life.exp.unwrap();
                    prop_assert!(exp <= now + policy.lead + policy.retain);
                }
            }
        }
    }

    #[test]
    fn encryption_key_decrypts_until_the_end_of_its_retention(
        policy in policy(),
        pauses in prop::collection::vec(0i64..3000, 1..40),
    ) {
        let policy = Policy { algs: Algorithm::from_name("ECDH-ES+A256KW").into_iter().collect(), ..policy };
        let mut keys: Vec<Simulated> = Vec::new();
        let mut unpublished: Vec<(i64, i64)> = Vec::new();
        let mut now = START;
        for pause in pauses {
            now += pause;
            let actions = plan(&lives(&keys), &policy, &Request::Scheduled, now);
            carry_out(&mut keys, &actions, now);
            let states = key_states(&lives(&keys), now);
            let active = states.iter().filter(|state| **state == State::Active).count();
            prop_assert_eq!(active, 1);
            for (key, state) in keys.iter_mut().zip(states) {
                // Here, `last_signed` is set as long as the key is published.
                match state {
                    State::Active => key.last_signed = Some(now),
                    State::Retiring if key.last_signed.is_some() => {
                        key.last_signed = None;
                        unpublished.push((key.life.iat.unwrap(), now));
                    }
                    _ => {}
                }
            }
            for (iat, since) in &unpublished {
                let is_there = keys.iter().any(|key| key.life.iat == Some(*iat));
                let needed = now < since + policy.lead + policy.retain;
                prop_assert!(is_there || !needed, "gone {} s after it was unpublished", now - since);
            }
        }
    }

    #[test]
    fn plan_is_total_and_idempotent(
        policy in policy(),
        interlock in prop::bool::ANY,
        keys in prop::collection::vec(arbitrary_life(), 0..7),
        now in prop_oneof![Just(START), any::<i64>()],
        request in prop_oneof![
            Just(Request::Scheduled),
            Just(Request::Immediate { reason: "drill".into(), key_use: None }),
            (0usize..8).prop_map(|index| Request::Revoke { index, reason: "drill".into() }),
        ],
    ) {
        let served = interlock.then(|| "jwks.json".into()).into_iter().collect();
        let policy = Policy { served, ..policy };
        let mut keys: Vec<Simulated> = (keys.into_iter())
            .map(|life| Simulated { life, published_since: None, last_signed: None, hurried: true })
            .collect();
        let actions = plan(&lives(&keys), &policy, &request, now);
        carry_out(&mut keys, &actions, now);
        let again = plan(&lives(&keys), &policy, &Request::Scheduled, now);
        prop_assert!(again.is_empty(), "after {actions:#?} still {again:#?}");
        let states = key_states(&lives(&keys), now);
        for alg in &policy.algs {
            let active = (keys.iter().zip(&states)).filter(|(key, state)| {
                key.life.key_use == alg.key_use() && **state == State::Active
            });
            prop_assert_eq!(active.count(), 1);
        }
        prop_assert!(!states.contains(&State::Expired));
        let _ = next_due(&lives(&keys), &policy, now);
    }
}

fn arbitrary_life() -> impl Strategy<Value = KeyLifetime> {
    let time = || {
        prop_oneof![
            3 => Just(None),
            4 => (START - 3000..START + 3000).prop_map(Some),
            2 => (START - 3..START + 4).prop_map(Some),
            1 => any::<i64>().prop_map(Some),
            1 => prop_oneof![Just(Some(i64::MIN)), Just(Some(i64::MAX)), Just(Some(0))],
        ]
    };
    (
        any::<bool>(),
        any::<bool>(),
        time(),
        time(),
        time(),
        0..10,
        any::<bool>(),
    )
        .prop_map(
            |(enc, is_private, iat, nbf, exp, dice, is_served)| KeyLifetime {
                key_use: if enc { Use::Enc } else { Use::Sig },
                is_private,
                iat,
                nbf,
                exp,
                is_revoked: dice == 0,
                revoked_at: None,
                is_served,
            },
        )
}

fn signer(iat: Option<i64>, nbf: Option<i64>, exp: Option<i64>) -> Simulated {
    Simulated {
        life: KeyLifetime {
            key_use: Use::Sig,
            is_private: true,
            iat,
            nbf,
            exp,
            is_revoked: false,
            revoked_at: None,
            is_served: false,
        },
        published_since: None,
        last_signed: None,
        hurried: true,
    }
}

/// Without a lead, a successor becomes active in the run that finds it due.
fn assert_one_run_is_enough(mut keys: Vec<Simulated>) {
    let policy = Policy {
        every: 100,
        lead: 0,
        retain: 50,
        algs: Algorithm::from_name("ES256").into_iter().collect(),
        ..Policy::default()
    };
    let actions = plan(&lives(&keys), &policy, &Request::Scheduled, START);
    carry_out(&mut keys, &actions, START);
    let again = plan(&lives(&keys), &policy, &Request::Scheduled, START);
    assert!(again.is_empty(), "after {actions:#?} still {again:#?}");
}

#[test]
fn successor_promoted_near_its_end_gets_a_successor() {
    assert_one_run_is_enough(vec![
        signer(None, Some(START - 200), None),
        signer(None, None, Some(START + 10)),
    ]);
}

#[test]
fn successor_starts_after_a_key_of_the_same_second() {
    assert_one_run_is_enough(vec![signer(Some(START + 5), Some(START), Some(START + 10))]);
}
