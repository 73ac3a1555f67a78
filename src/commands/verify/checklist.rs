//! Explains on a terminal why a token is not accepted: every check with its outcome.

use serde_json::Value;

use super::Args;
use crate::crypto::error::{Quoted, Span};
use crate::crypto::{Code, Failure};
use crate::inspection::parse::Token;
use crate::output::exit::CliError;
use crate::output::reports::{describe_failure, format_rfc3339};
use crate::output::styled_text::{Style, StyledText};

/// The maximum time by which a check fails that may be a clock difference, in seconds.
const MAX_SKEW: u64 = 300;

/// Returns the checks in their order. After a check before the claims has failed, the rest is listed as not checked: claims
/// are printed only if the signature is valid.
pub fn build_checklist(
    args: &Args,
    error: &CliError,
    token: &[u8],
    now: i64,
) -> Option<StyledText> {
    let is_about_claims = !error.failures.is_empty();
    let failed = match error.code {
        Code::Malformed => "format",
        Code::NoKey => "key",
        Code::SignatureInvalid => "signature",
        Code::DecryptionFailed => "decryption",
        Code::NotAllowed if !is_about_claims => "header",
        Code::NotAllowed | Code::Expired | Code::NotYetValid | Code::ClaimRejected => "",
        Code::Refused | Code::Usage | Code::Failed => return None,
    };
    let mut page = StyledText::default();
    page.add_plain(Style::Strong, "Checks");
    let mut steps = vec!["format"];
    if !args.decrypt_with.is_empty() {
        steps.push("decryption");
    }
    steps.extend(["header", "key", "signature"]);
    for step in steps {
        if step == failed {
            write_row(&mut page, Outcome::Failed, step, &error.message);
            write_row(&mut page, Outcome::NotChecked, "the rest", "not checked");
            return Some(page);
        }
        let text = if step == "signature" { "valid" } else { "ok" };
        write_row(&mut page, Outcome::Ok, step, text);
    }
    let token = Token::parse_tolerant(&String::from_utf8_lossy(token));
    let claims = token.claims();
    let value = |name: &str| claims.and_then(|claims| claims.get(name));
    for name in checked_names(args, &error.failures, value) {
        let failures = error.failures.iter().filter(|failure| failure.name == name);
        let failures: Vec<&Failure> = failures.collect();
        if failures.is_empty() {
            let time = value(&name).and_then(|value| describe_time(&name, value, now));
            let text = || value(&name).map(|value| Quoted(&value.to_string()).to_string());
            let text = time.or_else(text);
            write_row(&mut page, Outcome::Ok, &name, &text.unwrap_or_default());
        }
        for failure in failures {
            let text = describe_failure(failure);
            // The row already contains the name.
            let text = text.strip_prefix(&format!("{name} ")).unwrap_or(&text);
            write_row(&mut page, Outcome::Failed, &name, text);
        }
    }
    for (name, is_checked) in [
        ("iss", !args.rules.iss.is_empty() || args.issuer.is_some()),
        ("aud", !args.rules.aud.is_empty()),
    ] {
        if !is_checked && !error.failures.iter().any(|failure| failure.name == name) {
            let text = format!("not checked; use --{name}");
            write_row(&mut page, Outcome::NotChecked, name, &text);
        }
    }
    page.add_plain(Style::Plain, "");
    page.add_prose(
        &[(Style::Strong, "Next  ")],
        Style::Plain,
        &next_step(&error.failures),
    );
    Some(page)
}

/// Describes a time claim that passed its check; `None` for any other claim.
fn describe_time(name: &str, value: &Value, now: i64) -> Option<String> {
    if !matches!(name, "exp" | "nbf" | "iat" | "auth_time") {
        return None;
    }
    let time = value.as_i64()?;
    let off = Span(now.abs_diff(time));
    Some(if time > now {
        format!("in {off}, at {}", format_rfc3339(time))
    } else {
        format!("{off} ago, at {}", format_rfc3339(time))
    })
}

/// Returns the names of the claims and header parameters that were checked, including those of the failures.
fn checked_names<'v>(
    args: &Args,
    failures: &[Failure],
    value: impl Fn(&str) -> Option<&'v Value>,
) -> Vec<String> {
    let rules = &args.rules;
    let is_given = [
        ("typ", rules.typ.is_some()),
        ("exp", value("exp").is_some()),
        ("nbf", value("nbf").is_some()),
        ("iat", value("iat").is_some()),
        ("iss", !rules.iss.is_empty() || args.issuer.is_some()),
        ("aud", !rules.aud.is_empty()),
        ("azp", rules.azp.is_some()),
        ("sub", rules.sub.is_some()),
        ("scope", !rules.scope.is_empty()),
    ];
    let mut names: Vec<String> = is_given
        .into_iter()
        .filter(|(name, is_given)| {
            *is_given || failures.iter().any(|failure| failure.name == *name)
        })
        .map(|(name, _)| name.to_owned())
        .collect();
    let claims = rules.claim.iter().map(|member| &member.name);
    let texts = rules.contains.iter().map(|(name, _)| name);
    let patterns = rules.glob.iter().map(|(name, _)| name);
    let asked = rules.require.iter().chain(claims).chain(texts).chain(patterns);
    for name in asked.chain(failures.iter().map(|failure| &failure.name)) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Returns what to do about the first failure.
fn next_step(failures: &[Failure]) -> String {
    let skew = failures.iter().filter(|failure| failure.code != Code::ClaimRejected);
    let skew = skew.filter_map(|failure| failure.seconds_off).max();
    if let Some(skew) = skew.filter(|skew| *skew <= MAX_SKEW) {
        let skew = Span(skew);
        return format!(
            "The clocks of the issuer and of this machine may differ by {skew} or more. Compare both with a time server; \
             --leeway DURATION allows for a difference."
        );
    }
    let Some(first) = failures.first() else {
        return String::new();
    };
    let step = match (first.code, &*first.name) {
        (Code::Expired, _) => {
            "Get a new token from the issuer. --at TIME checks the token as of an earlier time."
        }
        (Code::NotYetValid, _) => {
            "Wait, or check the clock of this machine. --at TIME checks the token as of a later time."
        }
        (Code::NotAllowed, _) => {
            "Check that this is the kind of token that the service expects: an ID token is not an access token."
        }
        (_, "aud") => {
            "The token was issued for another service. Request one for this audience, or correct --aud."
        }
        (_, "iss") => {
            "The token comes from another issuer, or --iss is spelled differently: a trailing slash matters."
        }
        _ if first.actual.is_none() => {
            "The issuer must add this claim to the token, or remove the rule."
        }
        _ => {
            "Compare the value of the token with the rule; jotsmith inspect shows the complete token."
        }
    };
    step.into()
}

enum Outcome {
    Ok,
    Failed,
    NotChecked,
}

fn write_row(page: &mut StyledText, outcome: Outcome, name: &str, text: &str) {
    let (style, word) = match outcome {
        Outcome::Ok => (Style::Good, "ok"),
        Outcome::Failed => (Style::Bad, "FAILED"),
        Outcome::NotChecked => (Style::Dim, "-"),
    };
    let (word, name) = (format!("  {word:<7} "), format!("{name:<12} "));
    page.add_prose(&[(style, &word), (Style::Plain, &name)], Style::Plain, text);
}
