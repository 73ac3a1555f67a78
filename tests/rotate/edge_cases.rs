//! Edge cases of the rules: keys with the same times, keys of other programs, and limits to the second.

use jotsmith::crypto::alg::Algorithm;
use jotsmith::crypto::key::Use;
use jotsmith::rotation::{
    Action, ActionKind, KeyLifetime, Policy, Request, RotatingKeySet, State, key_states, plan,
    seconds_overdue,
};

use super::START;

const POLICY: Policy = Policy {
    every: 100,
    lead: 10,
    retain: 50,
    algs: Vec::new(),
    bits: None,
    served: Vec::new(),
    kid_from: None,
    token: None,
};

fn signing() -> Policy {
    Policy {
        algs: Algorithm::from_name("ES256").into_iter().collect(),
        ..POLICY
    }
}

/// A signing key that was created at `iat` and may sign from `nbf`.
fn signer(iat: i64, nbf: Option<i64>) -> KeyLifetime {
    KeyLifetime {
        key_use: Use::Sig,
        is_private: true,
        iat: Some(iat),
        nbf,
        exp: None,
        is_revoked: false,
        revoked_at: None,
        is_served: false,
    }
}

/// Two keys that may sign from the same second. The second key is newer.
fn keys_of_one_second() -> [KeyLifetime; 2] {
    [
        signer(START - 2, Some(START)),
        signer(START - 1, Some(START)),
    ]
}

#[test]
fn later_of_two_keys_with_the_same_nbf_is_active() {
    assert_eq!(
        key_states(&keys_of_one_second(), START),
        [State::Retiring, State::Active]
    );
    assert_eq!(
        key_states(&keys_of_one_second(), START - 1),
        [State::Pending; 2]
    );
}

#[test]
fn emergency_does_not_promote_an_inactive_key_of_the_same_second() {
    let request = Request::Immediate {
        reason: "stolen".into(),
        key_use: None,
    };
    let actions = plan(&keys_of_one_second(), &signing(), &request, START);
    let ActionKind::Make { nbf, .. } = actions[0].step else {
        panic!("{actions:#?}");
    };
    assert_eq!((actions[0].index, nbf), (2, Some(START)));
}

#[test]
fn inactive_key_of_the_same_second_is_not_a_successor() {
    let mut lives = keys_of_one_second();
    lives[1].exp = Some(START + 20);
    let actions = plan(&lives, &signing(), &Request::Scheduled, START);
    let ActionKind::Make { nbf, .. } = actions[0].step else {
        panic!("{actions:#?}");
    };
    assert_eq!(nbf, Some(START + 10));
}

#[test]
fn revoked_key_stays_revoked_at_any_time() {
    for (nbf, exp) in [(None, None), (Some(START + 1), None), (None, Some(START))] {
        let mut revoked = signer(START - 2, nbf);
        (revoked.exp, revoked.is_revoked) = (exp, true);
        assert_eq!(key_states(&[revoked], START), [State::Revoked]);
    }
}

#[test]
fn public_key_without_private_part_is_not_pending() {
    let mut foreign = signer(START - 2, None);
    foreign.is_private = false;
    let lives = [foreign, signer(START - 1, Some(START))];
    assert_eq!(key_states(&lives, START), [State::Retiring, State::Active]);
}

#[test]
fn no_key_is_pending_beside_an_active_key_without_times() {
    let mut other_use = signer(START, Some(START));
    other_use.key_use = Use::Enc;
    let lives = [signer(START - 2, None), signer(START - 1, None), other_use];
    assert_eq!(
        key_states(&lives, START),
        [State::Retiring, State::Active, State::Active]
    );
}

#[test]
fn rotation_is_overdue_after_more_than_one_lead_time() {
    let lives = [signer(0, Some(START)), signer(1, None)];
    let turn = START + POLICY.every;
    let make = |nbf| ActionKind::Make {
        alg: Algorithm::from_name("ES256").unwrap(),
        nbf: Some(nbf),
    };
    for step in [make, |nbf| ActionKind::Promote { nbf }] as [fn(i64) -> ActionKind; 2] {
        for (late, expected) in [(0, None), (10, None), (11, Some(11)), (40, Some(40))] {
            let action = Action {
                index: 1,
                step: step(turn + late),
                reason: String::new(),
            };
            let found = seconds_overdue(&lives, &signing(), std::slice::from_ref(&action), turn);
            assert_eq!(found, expected, "{action:?}");
        }
    }
}

#[test]
fn set_with_more_than_4096_keys_is_rejected() {
    let set = |count: usize| format!(r#"{{"keys":[{}]}}"#, vec!["{}"; count].join(","));
    assert!(RotatingKeySet::parse(set(4096).as_bytes()).is_ok());
    let Err(error) = RotatingKeySet::parse(set(4097).as_bytes()) else {
        panic!("a set of 4097 members is read");
    };
    assert_eq!(error.to_string(), "the key set has more than 4096 keys");
}

#[test]
fn policy_time_over_a_century_is_rejected() {
    let century = 100 * 366 * 86_400;
    let of = |retain| Policy { retain, ..POLICY };
    assert!(of(century).check().is_ok());
    for retain in [-1, century + 1] {
        let error = of(retain).check().unwrap_err();
        assert!(
            error.to_string().contains("longer than a century"),
            "{error}"
        );
    }
}
