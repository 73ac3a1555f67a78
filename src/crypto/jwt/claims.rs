//! The claims set and the rules that a verifier holds it to (RFC 7519 §4.1, RFC 8725 §3).

mod quick;

use serde_json::Value;

use crate::crypto::error::{Code, Failure};
use crate::crypto::json::Object;
use crate::crypto::jwt::profile::Profile;

/// The last second of the year 9999: a larger NumericDate is a mistake (milliseconds, most often), not a date.
pub const MAX_NUMERIC_DATE: f64 = 253_402_300_799.0;

/// What a verifier asks of a claims set. Everything stated must hold.
#[derive(Debug, Clone, Default)]
pub struct ClaimRules {
    /// `iss` must be one of these, compared exactly; empty asks nothing.
    pub issuers: Vec<String>,
    /// `aud` must name at least one of these; empty asks nothing.
    pub audiences: Vec<String>,
    /// `sub` must be this.
    pub subject: Option<String>,
    /// These claims must be present.
    pub required: Vec<String>,
    /// These claims must have exactly this value.
    pub equal: Vec<(String, Value)>,
    /// How far clocks may differ, in seconds.
    pub leeway: u64,
    /// How old the token may be since its `iat`, in seconds.
    pub max_age: Option<u64>,
    /// Whether a token without `exp` passes.
    pub allow_no_exp: bool,
    /// The kind of token that it must be.
    pub profile: Option<Profile>,
}

/// What a time claim says.
enum Time {
    Absent,
    At(f64),
    Wrong,
}

fn time(claims: &Object, name: &str) -> Time {
    match claims.get(name) {
        None => Time::Absent,
        Some(value) => match value.as_f64().filter(|_| value.is_number()) {
            Some(at) if (0.0..=MAX_NUMERIC_DATE).contains(&at) => Time::At(at),
            _ => Time::Wrong,
        },
    }
}

impl ClaimRules {
    /// Every rule that the claims do not meet at `now` (Unix seconds), in the order of [`Code`].
    pub fn check(&self, claims: &Object, now: i64) -> Vec<Failure> {
        let mut failures = Vec::new();
        self.check_times(claims, now as f64, &mut failures);
        self.check_texts(claims, &mut failures);
        for name in &self.required {
            if !claims.contains_key(name) {
                failures.push(rejected(claims, name, "present".into()));
            }
        }
        for (name, wanted) in &self.equal {
            if claims.get(name) != Some(wanted) {
                failures.push(rejected(claims, name, wanted.to_string()));
            }
        }
        let told = |name: &str| failures.iter().any(|failure| failure.name == name);
        let more = self
            .profile
            .map_or_else(Vec::new, |profile| profile.failures(claims));
        let more: Vec<_> = more
            .into_iter()
            .filter(|failure| !told(&failure.name))
            .collect();
        failures.extend(more);
        failures.sort_by_key(|failure| failure.code);
        failures
    }

    fn check_times(&self, claims: &Object, now: f64, failures: &mut Vec<Failure>) {
        let leeway = self.leeway as f64;
        let mut wrong = |name: &str| {
            failures.push(rejected(
                claims,
                name,
                "a number of seconds between 1970 and 9999".into(),
            ));
        };
        let [exp, nbf, iat] = ["exp", "nbf", "iat"].map(|name| {
            let time = time(claims, name);
            if let Time::Wrong = time {
                wrong(name);
            }
            time
        });
        match exp {
            Time::Absent if !self.allow_no_exp => {
                failures.push(rejected(claims, "exp", "present".into()));
            }
            Time::At(exp) if now >= exp + leeway => failures.push(late(
                Code::Expired,
                "exp",
                format!("after {now}"),
                exp,
                now - exp,
            )),
            _ => {}
        }
        for (name, time) in [("nbf", &nbf), ("iat", &iat)] {
            if let Time::At(at) = *time
                && now + leeway < at
            {
                let expected = format!("at or before {now}");
                failures.push(late(Code::NotYetValid, name, expected, at, at - now));
            }
        }
        if let Some(max_age) = self.max_age {
            match iat {
                Time::At(iat) if now - iat > max_age as f64 + leeway => failures.push(late(
                    Code::ClaimRejected,
                    "iat",
                    format!(
                        "at or after {}, at most {max_age} s ago",
                        now - max_age as f64
                    ),
                    iat,
                    now - iat - max_age as f64,
                )),
                Time::Absent => failures.push(rejected(claims, "iat", "present".into())),
                _ => {}
            }
        }
    }

    fn check_texts(&self, claims: &Object, failures: &mut Vec<Failure>) {
        for name in ["iss", "sub", "jti"] {
            if claims.get(name).is_some_and(|value| !value.is_string()) {
                failures.push(rejected(claims, name, "a string".into()));
            }
        }
        let one_of = |wanted: &[String]| match wanted {
            [only] => quoted(only),
            several => format!(
                "one of {}",
                several.iter().map(quoted).collect::<Vec<_>>().join(", ")
            ),
        };
        let named = |name: &str| claims.get(name).and_then(Value::as_str);
        let absent_or_string = |name: &str| claims.get(name).is_none_or(Value::is_string);
        if !self.issuers.is_empty()
            && absent_or_string("iss")
            && !named("iss").is_some_and(|iss| self.issuers.iter().any(|wanted| wanted == iss))
        {
            failures.push(rejected(claims, "iss", one_of(&self.issuers)));
        }
        if let Some(wanted) = &self.subject
            && absent_or_string("sub")
            && named("sub") != Some(wanted)
        {
            failures.push(rejected(claims, "sub", quoted(wanted)));
        }
        let audiences: Option<Vec<&str>> = match claims.get("aud") {
            None => Some(Vec::new()),
            Some(Value::String(aud)) => Some(vec![aud]),
            Some(Value::Array(items)) if !items.is_empty() => {
                items.iter().map(Value::as_str).collect()
            }
            Some(_) => None,
        };
        match audiences {
            None => failures.push(rejected(
                claims,
                "aud",
                "a string or a list of strings".into(),
            )),
            Some(audiences) if !self.audiences.is_empty() => {
                if !(self.audiences.iter()).any(|wanted| audiences.contains(&wanted.as_str())) {
                    failures.push(rejected(claims, "aud", one_of(&self.audiences)));
                }
            }
            Some(_) => {}
        }
    }
}

fn quoted(text: impl AsRef<str>) -> String {
    Value::from(text.as_ref()).to_string()
}

fn rejected(claims: &Object, name: &str, expected: String) -> Failure {
    Failure {
        code: Code::ClaimRejected,
        name: name.into(),
        expected,
        actual: claims.get(name).map(Value::to_string),
        seconds_off: None,
    }
}

fn late(code: Code, name: &str, expected: String, got: f64, off: f64) -> Failure {
    Failure {
        code,
        name: name.into(),
        expected,
        actual: Some(got.to_string()),
        seconds_off: Some(off as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::json::parse_object;

    fn codes(rules: &ClaimRules, claims: &str) -> Vec<(Code, String)> {
        (rules
            .check(&parse_object(claims.as_bytes()).unwrap(), 1000)
            .into_iter())
        .map(|failure| (failure.code, failure.name))
        .collect()
    }

    #[test]
    fn the_second_of_exp_is_too_late_and_the_second_of_nbf_is_not_too_early() {
        let rules = ClaimRules::default();
        assert_eq!(codes(&rules, r#"{"exp":1001,"nbf":1000,"iat":1000}"#), []);
        assert_eq!(
            codes(&rules, r#"{"exp":1000}"#),
            [(Code::Expired, "exp".into())]
        );
        assert_eq!(codes(&rules, r#"{"exp":1000.5}"#), []);
        assert_eq!(
            codes(&rules, r#"{"exp":9999,"nbf":1001,"iat":1002}"#),
            [
                (Code::NotYetValid, "nbf".into()),
                (Code::NotYetValid, "iat".into())
            ]
        );
    }

    #[test]
    fn a_time_that_is_no_date_is_rejected_and_never_taken_as_absent() {
        let rules = ClaimRules {
            allow_no_exp: true,
            ..ClaimRules::default()
        };
        for exp in [
            "\"9999\"",
            "1e300",
            "-1",
            "null",
            "true",
            "[1]",
            "253402300800",
            "1e17",
        ] {
            assert_eq!(
                codes(&rules, &format!("{{\"exp\":{exp}}}")),
                [(Code::ClaimRejected, "exp".into())],
                "{exp}"
            );
        }
    }

    #[test]
    fn an_audience_that_is_asked_for_must_be_there() {
        let rules = ClaimRules {
            audiences: vec!["api".into(), "web".into()],
            allow_no_exp: true,
            ..ClaimRules::default()
        };
        for (claims, passes) in [
            (r#"{"aud":"api"}"#, true),
            (r#"{"aud":["x","web"]}"#, true),
            (r#"{}"#, false),
            (r#"{"aud":"API"}"#, false),
            (r#"{"aud":[]}"#, false),
            (r#"{"aud":["api",1]}"#, false),
            (r#"{"aud":{"api":1}}"#, false),
        ] {
            assert_eq!(codes(&rules, claims).is_empty(), passes, "{claims}");
        }
    }

    #[test]
    fn every_failed_rule_is_told_and_the_gravest_first() {
        let rules = ClaimRules {
            issuers: vec!["https://a".into()],
            required: vec!["jti".into()],
            max_age: Some(10),
            ..ClaimRules::default()
        };
        let failures = codes(&rules, r#"{"exp":900,"iss":"https://a/","iat":900}"#);
        assert_eq!(failures[0], (Code::Expired, "exp".into()));
        assert_eq!(failures.len(), 4);
    }
}
