//! Rules for the time claims of a JWT.

use serde_json::Value;

use crate::crypto::error::Span;
use crate::crypto::json::Object;
use crate::crypto::jwt::claims::MAX_NUMERIC_DATE;
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::token_findings::claim_rules::{is_cut, requires_claim};
use crate::inspection::findings::token_findings::{claim_equals, is_jwt};
use crate::inspection::findings::{Finding, rules};
use crate::inspection::parse::Token;
use crate::profile::Profile;

/// The clock difference that is tolerated, in seconds.
const LEEWAY: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// An exp more than this many seconds in the future is reported by another rule.
const FAR: f64 = 100.0 * 365.0 * DAY;
/// A larger number is taken for milliseconds: as seconds it is after the year 5138.
const MILLISECONDS: f64 = 1e11;

/// Adds the findings. `profile` is the one that the token seems to have.
pub(super) fn check_times(
    token: &Token,
    claims: &Object,
    profile: Option<Profile>,
    now: i64,
    found: &mut Vec<Finding>,
) {
    let now = now as f64;
    let [exp, nbf, iat] = ["exp", "nbf", "iat"].map(|name| check_time(claims, name, found));
    let mut add = |rule, severity, name: &str, message: String| {
        found.push(Finding::new(
            rule,
            severity,
            format!("claims.{name}"),
            message,
        ));
    };
    if !claims.contains_key("exp")
        && is_jwt(token)
        && requires_claim(token, profile, "exp")
        && !is_cut(token)
    {
        let message = "exp is missing: the token never expires";
        add(&rules::EXP_MISSING, High, "exp", message.into());
    }
    if let Some(exp) = exp
        && now >= exp + LEEWAY
    {
        let message = format!("the token expired {} ago", to_span(now - exp));
        add(&rules::EXP_PASSED, Medium, "exp", message);
    }
    let is_far = exp.is_some_and(|exp| exp - now > FAR);
    if let Some(exp) = exp
        && is_far
    {
        let message = format!("the token expires {} from now", to_span(exp - now));
        add(&rules::EXP_FAR, High, "exp", message);
    }
    for (rule, name, time) in [
        (&rules::NBF_FUTURE, "nbf", nbf),
        (&rules::IAT_FUTURE, "iat", iat),
    ] {
        if let Some(at) = time
            && at > now + LEEWAY
        {
            let message = match name {
                "nbf" => format!("the token is not valid for another {}", to_span(at - now)),
                _ => format!("the token was issued {} from now", to_span(at - now)),
            };
            add(rule, Medium, name, message);
        }
    }
    if let (Some(exp), Some(start)) = (exp, iat.or(nbf)) {
        let life = exp - start;
        let limit = if claim_equals(token, "typ", "at+jwt") {
            HOUR
        } else {
            DAY
        };
        if life <= 0.0 {
            let message = "the token expires before it becomes valid".to_owned();
            add(&rules::LIFETIME_LONG, High, "exp", message);
        } else if life > limit && !is_far {
            let severity = if life > 30.0 * DAY { High } else { Medium };
            add(
                &rules::LIFETIME_LONG,
                severity,
                "exp",
                format!("the token is valid for {}", to_span(life)),
            );
        }
    }
}

fn check_time(claims: &Object, name: &str, found: &mut Vec<Finding>) -> Option<f64> {
    let value = claims.get(name)?;
    let place = format!("claims.{name}");
    let mut add = |message: String| {
        found.push(Finding::new(&rules::TIME_TYPE, High, &place, message).with_evidence(value));
    };
    let Some(at) = value.as_f64() else {
        add(match value {
            Value::String(_) => format!("{name} is a string, not a number"),
            _ => format!("{name} is not a number"),
        });
        return None;
    };
    if at < 0.0 {
        add(format!("{name} is negative"));
    } else if at > MILLISECONDS {
        let milliseconds = at / 1000.0 < MILLISECONDS;
        add(if milliseconds {
            format!("{name} looks like milliseconds; it must be seconds")
        } else {
            format!("{name} is not a date")
        });
    }
    (0.0..=MAX_NUMERIC_DATE).contains(&at).then_some(at).filter(|at| *at <= MILLISECONDS)
}

/// Returns a duration without its sign.
pub fn to_span(seconds: f64) -> Span {
    Span(seconds.abs() as u64)
}
