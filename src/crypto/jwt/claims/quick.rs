//! The same rules without building the claims set: a claims set that passes, as nearly all of a stream do, costs no
//! allocation of its own.

use serde_json::Value;

use crate::crypto::json::{Seen, members};
use crate::crypto::jwt::claims::{ClaimRules, MAX_NUMERIC_DATE};

impl ClaimRules {
    /// Whether the text is a claims set that meets every rule, so that [`ClaimRules::check`] would find nothing.
    ///
    /// `false` means that the claims set has to be built to tell.
    pub fn surely_pass(&self, text: &[u8], now: i64) -> bool {
        let unusual = |(_, wanted): &(String, Value)| !wanted.is_string();
        if self.profile.is_some() || self.equal.iter().any(unusual) {
            return false;
        }
        let mut seen = Tally::default();
        members(text, |name, value| {
            seen.take(self, name, &value, now as f64)
        })
        .is_ok()
            && !seen.failed
            && (seen.exp || self.allow_no_exp)
            && (seen.iat || self.max_age.is_none())
            && (seen.iss || self.issuers.is_empty())
            && (seen.aud || self.audiences.is_empty())
            && (seen.sub || self.subject.is_none())
            && seen.required == self.required.len()
            && seen.equal == self.equal.len()
    }
}

/// Which claims have been seen, all of them right unless `failed`.
#[derive(Default)]
struct Tally {
    failed: bool,
    exp: bool,
    iat: bool,
    iss: bool,
    aud: bool,
    sub: bool,
    required: usize,
    equal: usize,
}

impl Tally {
    fn take(&mut self, rules: &ClaimRules, name: &str, value: &Seen, now: f64) {
        let leeway = rules.leeway as f64;
        let holds = match (name, value) {
            ("exp", value) => {
                self.exp = true;
                date(value).is_some_and(|exp| now < exp + leeway)
            }
            ("nbf", value) => date(value).is_some_and(|nbf| now + leeway >= nbf),
            ("iat", value) => {
                self.iat = true;
                let oldest = rules
                    .max_age
                    .map_or(f64::INFINITY, |age| age as f64 + leeway);
                date(value).is_some_and(|iat| now + leeway >= iat && now - iat <= oldest)
            }
            ("iss", Seen::Text(iss)) => {
                self.iss = true;
                rules.issuers.is_empty() || rules.issuers.iter().any(|wanted| wanted == iss)
            }
            ("sub", Seen::Text(sub)) => {
                self.sub = true;
                rules.subject.as_ref().is_none_or(|wanted| wanted == sub)
            }
            ("aud", Seen::Text(aud)) => {
                self.aud = true;
                rules.audiences.is_empty() || rules.audiences.iter().any(|wanted| wanted == aud)
            }
            ("aud", Seen::Texts(texts)) => {
                self.aud = true;
                let named = |wanted: &String| texts.iter().any(|aud| aud == wanted);
                !texts.is_empty()
                    && (rules.audiences.is_empty() || rules.audiences.iter().any(named))
            }
            ("jti", value) => matches!(value, Seen::Text(_)),
            ("iss" | "sub" | "aud", _) => false,
            _ => true,
        };
        self.failed |= !holds;
        self.required += rules
            .required
            .iter()
            .filter(|wanted| *wanted == name)
            .count();
        if let Seen::Text(text) = value {
            let is_this = |(wanted, is): &&(String, Value)| wanted == name && is == text.as_ref();
            self.equal += rules.equal.iter().filter(is_this).count();
        }
    }
}

fn date(value: &Seen) -> Option<f64> {
    match value {
        Seen::Number(at) => Some(*at).filter(|at| (0.0..=MAX_NUMERIC_DATE).contains(at)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::json::parse_object;

    /// Every combination of a few claims and rules: the two ways give one answer.
    #[test]
    fn agrees_with_the_check_of_a_claims_set_that_was_built() {
        let mut all = vec![ClaimRules::default()];
        let mut vary = |change: &dyn Fn(&mut ClaimRules)| {
            let more = all.clone();
            all.extend(more.into_iter().map(|mut rules| {
                change(&mut rules);
                rules
            }));
        };
        vary(&|rules| rules.issuers = vec!["a".into(), "b".into()]);
        vary(&|rules| rules.audiences = vec!["a".into(), "b".into()]);
        vary(&|rules| rules.subject = Some("a".into()));
        vary(&|rules| rules.required = vec!["jti".into(), "jti".into(), "x".into()]);
        vary(&|rules| rules.equal = vec![("x".into(), "a".into())]);
        vary(&|rules| rules.max_age = Some(10));
        vary(&|rules| rules.leeway = 5);
        vary(&|rules| rules.allow_no_exp = true);
        let texts = [
            r#""a""#,
            r#""b""#,
            r#""c""#,
            r#"["a"]"#,
            r#"["c"]"#,
            r#"["c","b"]"#,
            r#"["a",1]"#,
            "[]",
            "1",
            "null",
        ];
        let times = [
            "1000", "1001", "999.5", "995", "994", "985", "984", "1005", "1006", "-1", "1e300",
            r#""a""#,
        ];
        let mut claims = vec!["{}".to_owned()];
        let good = r#""exp":2000,"iat":1000,"iss":"a","aud":"b","sub":"a","jti":"i","x":"a""#;
        claims.push(format!("{{{good}}}"));
        for name in ["exp", "iat", "iss", "aud", "sub", "jti", "x"] {
            let rest: Vec<&str> = good
                .split(',')
                .filter(|member| !member.contains(name))
                .collect();
            claims.push(format!("{{{}}}", rest.join(",")));
            let values: &[&str] = if ["exp", "iat"].contains(&name) {
                &times
            } else {
                &texts
            };
            claims.extend(
                values
                    .iter()
                    .map(|value| format!("{{{},\"{name}\":{value}}}", rest.join(","))),
            );
        }
        claims.extend(
            times
                .iter()
                .map(|value| format!("{{{good},\"nbf\":{value}}}")),
        );
        let mut passed = 0;
        for rules in &all {
            for claims in &claims {
                let slow = rules
                    .check(&parse_object(claims.as_bytes()).unwrap(), 1000)
                    .is_empty();
                assert_eq!(
                    rules.surely_pass(claims.as_bytes(), 1000),
                    slow,
                    "{rules:?} {claims}"
                );
                passed += u32::from(slow);
            }
        }
        assert!(passed > 1000, "{passed}");
        assert!(!rules_ask_for_a_number().surely_pass(br#"{"exp":2000,"x":1}"#, 1000));
        let same = ClaimRules {
            profile: Some(crate::crypto::jwt::profile::Profile::ClientAssertion),
            ..ClaimRules::default()
        };
        assert!(!same.surely_pass(br#"{"exp":2000,"iss":"a","sub":"b"}"#, 1000));
        assert!(!ClaimRules::default().surely_pass(br#"{"exp":2000,"exp":2000}"#, 1000));
    }

    fn rules_ask_for_a_number() -> ClaimRules {
        ClaimRules {
            equal: vec![("x".into(), 1.into())],
            ..ClaimRules::default()
        }
    }
}
