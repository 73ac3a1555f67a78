//! The JSON objects that every command can print in addition to its own report: errors and summaries.
//!
//! A report is a type that derives `Serialize`. The text for people is rendered from the same value. The JSON Schemas in
//! `docs/schema/` are generated from the types by the test in `commands/schemas.rs`.

use std::borrow::Cow;

use serde::Serialize;

use crate::crypto::error::Span;
use crate::crypto::{Code, Failure};
use crate::output::console::json_text;
use crate::output::exit::CliError;

/// A report after the version of its format.
#[derive(Serialize)]
struct Versioned<'a, T> {
    v: u8,
    #[serde(flatten)]
    report: &'a T,
}

/// Serializes a report as one line of JSON that begins with `"v":1`.
pub fn report_line(report: &impl Serialize) -> String {
    let text = serde_json::to_string(&Versioned { v: 1, report });
    // Reports have string keys and no values that refuse to be serialized.
    let text = text.expect("a report is plain data");
    format!("{}\n", json_text(&text))
}

/// Describes a failed rule as text. Times are relative first, then RFC 3339.
pub fn describe_failure(failure: &Failure) -> String {
    let at = failure.actual.as_deref().and_then(|actual| actual.parse::<f64>().ok());
    let (Some(off), Some(at)) = (failure.seconds_off, at) else {
        return failure.to_string();
    };
    let (name, off, at) = (&failure.name, Span(off), format_rfc3339(at as i64));
    match failure.code {
        Code::Expired => format!("expired {off} ago, at {at}"),
        Code::NotYetValid => format!("not yet valid: {name} is in {off}, at {at}"),
        _ => format!("{name} is too old by {off}: it is {at}"),
    }
}

/// The object on stderr of a command that fails with --json.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorReport<'a> {
    /// What is wrong.
    pub error: ErrorMembers<'a>,
}

/// An error, as the member `error` of the object on stderr or of a line of --lines.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorMembers<'a> {
    /// The stable code word; the exit code follows from it.
    pub code: &'static str,
    /// What is wrong, as text; the wording may change.
    pub message: &'a str,
    /// The fix.
    pub hint: Option<&'a str>,
    /// Every requirement that is not met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    pub failures: Vec<FailureMembers<'a>>,
}

/// One requirement of the policy that the token does not meet.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailureMembers<'a> {
    /// The stable code word.
    pub code: &'static str,
    /// The claim or header parameter.
    pub name: &'a str,
    /// What the policy requires.
    pub expected: &'a str,
    /// What the token has, as JSON text; null if it is absent.
    pub got: Option<Cow<'a, str>>,
    /// By how many seconds the token is too old or too early.
    pub seconds_off: Option<u64>,
}

impl<'a> ErrorMembers<'a> {
    /// Returns the members of an error.
    pub fn new(error: &'a CliError) -> ErrorMembers<'a> {
        let failures = error.failures.iter().map(|failure| FailureMembers {
            code: failure.code.as_str(),
            name: &failure.name,
            expected: &failure.expected,
            got: failure.actual.as_deref().map(Cow::from),
            seconds_off: failure.seconds_off,
        });
        ErrorMembers {
            code: error.code.as_str(),
            message: &error.message,
            hint: error.hint.as_deref(),
            failures: failures.collect(),
        }
    }
}

/// The last line of stderr of a run with --lines and --json.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SummaryReport {
    /// The counts.
    pub summary: SummaryMembers,
}

/// How many lines were read and how many of them failed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SummaryMembers {
    /// The number of lines.
    pub lines: u64,
    /// The number of lines that succeeded.
    pub ok: u64,
    /// The number of lines that failed.
    pub failed: u64,
}

/// Formats a time as RFC 3339; after the year 9999, as Unix seconds.
pub fn format_rfc3339(time: i64) -> String {
    jiff::Timestamp::from_second(time).map_or(time.to_string(), |time| time.to_string())
}
