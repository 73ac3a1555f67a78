//! The rules that a verifier checks a claims set against (RFC 7519 §4.1, RFC 8725 §3).

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::crypto::error::{Code, Failure};
use crate::crypto::json::{self, Members, Object, RawValue};
use crate::crypto::jwt::linked::HalfHashes;
use crate::crypto::jwt::matching::{self, Glob};

/// The last second of the year 9999. A larger NumericDate is rejected as a mistake; usually it is in milliseconds.
pub const MAX_NUMERIC_DATE: f64 = 253_402_300_799.0;

/// The rules for tokens with one purpose, in addition to those of the caller.
pub trait TokenRules: fmt::Debug + Sync {
    /// Returns the first rule that a protected header does not meet.
    fn header_failure(&self, header: &Object) -> Option<Failure>;

    /// Returns every rule that the claims do not meet.
    fn failures(&self, claims: &Members) -> Vec<Failure>;

    /// Returns the claims that must not be selectively disclosable in an SD-JWT, not even in part.
    fn visible(&self) -> &'static [&'static str];

    /// Whether `azp` names one of the audiences of the verifier.
    fn azp_is_audience(&self) -> bool;

    /// Whether the tokens are SPIFFE JWT-SVIDs. Their keys may not be used for other tokens.
    fn are_for_svids(&self) -> bool;
}

/// The rules that a claims set must meet. All of them must be met.
#[derive(Debug, Clone, Default)]
pub struct ClaimRules {
    /// `iss` must be one of these, compared exactly. If empty, it is not checked.
    pub issuers: Vec<String>,
    /// `aud` must contain at least one of these. If empty, it is not checked.
    pub audiences: Vec<String>,
    /// `sub` must have this value.
    pub subject: Option<String>,
    /// These claims must be present. A name that begins with `/` is a JSON Pointer, here and below.
    pub required: Vec<String>,
    /// These claims must have exactly this value.
    pub equal: Vec<(String, Value)>,
    /// `scope` must contain every one of these.
    pub scopes: Vec<String>,
    /// These claims must be arrays of strings that contain this text.
    pub contained: Vec<(String, String)>,
    /// These claims must be strings that match this pattern.
    pub patterns: Vec<(String, Glob)>,
    /// `azp` must have this value. If `None`, one of the audiences is accepted.
    pub authorized_party: Option<String>,
    /// The allowed clock skew, in seconds.
    pub leeway: u64,
    /// The largest age of the token since its `iat`, in seconds.
    pub max_age: Option<u64>,
    /// Whether a token without `exp` is accepted.
    pub allow_no_exp: bool,
    /// For `at_hash` and `c_hash`, the hashes of the access token or code.
    pub hashes: Vec<(&'static str, HalfHashes)>,
    /// The rules for tokens with one purpose.
    pub token_rules: Option<&'static dyn TokenRules>,
}

/// A time claim.
#[derive(Clone, Copy)]
enum Time {
    Absent,
    At(f64),
    Invalid,
}

fn read_time(claims: &Members, name: &str) -> Time {
    match claims.get(name).map(RawValue::as_f64) {
        None => Time::Absent,
        Some(Some(at)) if (0.0..=MAX_NUMERIC_DATE).contains(&at) => Time::At(at),
        Some(_) => Time::Invalid,
    }
}

impl ClaimRules {
    /// Returns every rule that the claims do not meet at `now` (Unix seconds), in the order of [`Code`].
    pub fn check(&self, claims: &Members, now: i64) -> Vec<Failure> {
        let mut failures = Vec::new();
        self.check_times(claims, now as f64, &mut failures);
        self.check_texts(claims, &mut failures);
        self.check_values(claims, &mut failures);
        if let Some(rules) = self.token_rules {
            let is_reported = |failures: &[Failure], name: &str| {
                failures.iter().any(|failure| failure.name == name)
            };
            for failure in rules.failures(claims) {
                if !is_reported(&failures, &failure.name) {
                    failures.push(failure);
                }
            }
        }
        failures.sort_by_key(|failure| failure.code);
        failures
    }

    /// Returns a failure for every hash of an access token or code that is wrong in a token signed with `algorithm`.
    pub fn check_hashes(&self, claims: &Members, algorithm: &str) -> Vec<Failure> {
        let mut failures = Vec::new();
        for (name, hashes) in &self.hashes {
            let Some(hash) = hashes.for_algorithm(algorithm) else {
                let expected = format!("a hash, which {algorithm} does not define");
                failures.push(rejected_claim(claims, name, expected));
                continue;
            };
            let actual = claims.get(name).and_then(RawValue::as_str);
            if actual.is_none_or(|actual| actual != hash) {
                failures.push(rejected_claim(claims, name, quote(hash)));
            }
        }
        failures
    }

    fn check_values(&self, claims: &Members, failures: &mut Vec<Failure>) {
        for name in &self.required {
            if matching::find_claim(claims, name).is_none() {
                failures.push(rejected_claim(claims, name, "present".into()));
            }
        }
        for (name, wanted) in &self.equal {
            if !matching::find_claim(claims, name)
                .is_some_and(|value| json::is_equal(&value, wanted))
            {
                failures.push(rejected_claim(claims, name, wanted.to_string()));
            }
        }
        if !self.scopes.is_empty() {
            let scopes = matching::scope_values(claims).unwrap_or_default();
            for wanted in self.scopes.iter().filter(|wanted| !scopes.contains(wanted)) {
                let expected = format!("a list that contains {}", quote(wanted));
                failures.push(rejected_claim(claims, "scope", expected));
            }
        }
        for (name, wanted) in &self.contained {
            let claim = matching::find_claim(claims, name);
            if !claim.is_some_and(|claim| matching::contains_text(&claim, wanted)) {
                let expected = format!("an array of strings that contains {}", quote(wanted));
                failures.push(rejected_claim(claims, name, expected));
            }
        }
        for (name, pattern) in &self.patterns {
            let claim = matching::find_claim(claims, name);
            let text = claim.as_ref().and_then(Value::as_str);
            if !text.is_some_and(|text| pattern.matches(text)) {
                let expected = format!("a string that matches {pattern}");
                failures.push(rejected_claim(claims, name, expected));
            }
        }
    }

    fn check_times(&self, claims: &Members, now: f64, failures: &mut Vec<Failure>) {
        let leeway = self.leeway as f64;
        let [exp, nbf, iat] = ["exp", "nbf", "iat"].map(|name| {
            let time = read_time(claims, name);
            if let Time::Invalid = time {
                let expected = "a number of seconds between 1970 and 9999";
                failures.push(rejected_claim(claims, name, expected.into()));
            }
            time
        });
        match exp {
            Time::Absent if !self.allow_no_exp => {
                failures.push(rejected_claim(claims, "exp", "present".into()));
            }
            Time::At(exp) if now >= exp + leeway => {
                let expected = format!("after {now}");
                failures.push(time_failure(Code::Expired, "exp", expected, exp, now - exp));
            }
            _ => {}
        }
        for (name, time) in [("nbf", nbf), ("iat", iat)] {
            if let Time::At(at) = time
                && now + leeway < at
            {
                let expected = format!("at or before {now}");
                failures.push(time_failure(
                    Code::NotYetValid,
                    name,
                    expected,
                    at,
                    at - now,
                ));
            }
        }
        let Some(max_age) = self.max_age else {
            return;
        };
        let oldest = now - max_age as f64;
        match iat {
            Time::At(iat) if iat < oldest - leeway => {
                let expected = format!("at or after {oldest}, at most {max_age} s ago");
                failures.push(time_failure(
                    Code::ClaimRejected,
                    "iat",
                    expected,
                    iat,
                    oldest - iat,
                ));
            }
            Time::Absent => failures.push(rejected_claim(claims, "iat", "present".into())),
            _ => {}
        }
    }

    fn check_texts(&self, claims: &Members, failures: &mut Vec<Failure>) {
        for name in ["iss", "sub", "jti"] {
            if claims.get(name).is_some_and(|value| !value.is_string()) {
                failures.push(rejected_claim(claims, name, "a string".into()));
            }
        }
        let allowed = [
            ("iss", self.issuers.as_slice()),
            ("sub", self.subject.as_slice()),
        ];
        for (name, allowed) in allowed {
            if allowed.is_empty() {
                continue;
            }
            match claims.get(name).map(RawValue::as_str) {
                Some(None) => {}
                Some(Some(text)) if allowed.iter().any(|allowed| *allowed == text) => {}
                _ => failures.push(rejected_claim(claims, name, one_of(allowed))),
            }
        }
        let is_own = |aud: &Cow<str>| self.audiences.iter().any(|own| own == aud);
        let is_met = match claims.get("aud") {
            None => Some(false),
            Some(aud) => match aud.as_str() {
                Some(aud) => Some(is_own(&aud)),
                None => aud.strings().map(|audiences| audiences.iter().any(is_own)),
            },
        };
        match is_met {
            None => {
                let expected = "a string or an array of strings";
                failures.push(rejected_claim(claims, "aud", expected.into()));
            }
            Some(false) if !self.audiences.is_empty() => {
                failures.push(rejected_claim(claims, "aud", one_of(&self.audiences)));
            }
            Some(_) => {}
        }
        self.check_authorized_party(claims, failures);
    }

    /// Checks `azp`. In an ID token it names the client that the token was issued to, which must be one of the audiences of the
    /// verifier (OpenID Connect Core §3.1.3.7) unless the caller names another. In an access token it may name any client, and
    /// it is checked only if the caller names one.
    fn check_authorized_party(&self, claims: &Members, failures: &mut Vec<Failure>) {
        let (expected, may_be_absent) = match &self.authorized_party {
            Some(party) => (std::slice::from_ref(party), false),
            None if self.token_rules.is_some_and(TokenRules::azp_is_audience) => {
                (self.audiences.as_slice(), true)
            }
            None => return,
        };
        let is_met = match claims.get("azp").map(RawValue::as_str) {
            None => may_be_absent,
            Some(azp) => {
                expected.is_empty() || azp.is_some_and(|azp| expected.iter().any(|own| *own == azp))
            }
        };
        if !is_met {
            failures.push(rejected_claim(claims, "azp", one_of(expected)));
        }
    }
}

fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

fn one_of(allowed: &[String]) -> String {
    let quoted: Vec<String> = allowed.iter().map(|text| quote(text)).collect();
    match &*quoted {
        [only] => only.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

fn rejected_claim(claims: &Members, name: &str, expected: String) -> Failure {
    let actual = match claims.get(name) {
        Some(claim) if !name.starts_with('/') => Some(claim.to_compact()),
        _ => matching::find_claim(claims, name).map(|value| value.to_string()),
    };
    Failure::new(Code::ClaimRejected, name, expected, actual)
}

fn time_failure(code: Code, name: &str, expected: String, actual: f64, off: f64) -> Failure {
    Failure {
        code,
        name: name.into(),
        expected,
        actual: Some(actual.to_string()),
        seconds_off: Some(off as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure_codes(rules: &ClaimRules, claims: &str) -> Vec<(Code, String)> {
        let claims = Members::parse(claims.as_bytes()).unwrap();
        let failures = rules.check(&claims, 1000).into_iter();
        failures.map(|failure| (failure.code, failure.name)).collect()
    }

    #[test]
    fn token_is_expired_at_exp_and_valid_at_nbf() {
        let rules = ClaimRules::default();
        assert_eq!(
            failure_codes(&rules, r#"{"exp":1001,"nbf":1000,"iat":1000}"#),
            []
        );
        assert_eq!(
            failure_codes(&rules, r#"{"exp":1000}"#),
            [(Code::Expired, "exp".into())]
        );
        assert_eq!(failure_codes(&rules, r#"{"exp":1000.5}"#), []);
        assert_eq!(
            failure_codes(&rules, r#"{"exp":9999,"nbf":1001,"iat":1002}"#),
            [
                (Code::NotYetValid, "nbf".into()),
                (Code::NotYetValid, "iat".into())
            ]
        );
    }

    #[test]
    fn invalid_time_is_rejected_and_not_treated_as_absent() {
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
                failure_codes(&rules, &format!("{{\"exp\":{exp}}}")),
                [(Code::ClaimRejected, "exp".into())],
                "{exp}"
            );
        }
    }

    #[test]
    fn missing_required_audience_is_rejected() {
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
            assert_eq!(failure_codes(&rules, claims).is_empty(), passes, "{claims}");
        }
    }

    #[test]
    fn every_failed_check_is_reported_and_the_first_decides_the_code() {
        let rules = ClaimRules {
            issuers: vec!["https://a".into()],
            required: vec!["jti".into()],
            max_age: Some(10),
            ..ClaimRules::default()
        };
        let failures = failure_codes(&rules, r#"{"exp":900,"iss":"https://a/","iat":900}"#);
        assert_eq!(failures[0], (Code::Expired, "exp".into()));
        assert_eq!(failures.len(), 4);
    }
}
