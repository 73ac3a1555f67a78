//! Builds the claims of a new token from a file and flags, and adds the times.

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::claim::Member;
use crate::cli::profile_args::claims_error;
use crate::cli::time::{End, Time};
use crate::crypto::base64url;
use crate::crypto::json::{Members, Object, RawValue};
use crate::crypto::jwt::claims::{ClaimRules, MAX_NUMERIC_DATE};
use crate::crypto::random::random_bytes;
use crate::crypto::{Code, Error, SecretBytes};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::output::reports::format_rfc3339;
use crate::profile::Profile;

/// The default lifetime of a token, in seconds.
const DEFAULT_LIFE: i64 = 15 * 60;
/// The largest file of claims, in bytes.
const MAX_CLAIMS: usize = 16 * 1024 * 1024;

/// The arguments for claims.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Claims")]
pub struct ClaimArgs {
    /// Claim: name=text, name:=json or name=@FILE
    #[arg(value_name = "CLAIM")]
    pub members: Vec<Member>,

    /// JSON object with claims: path, -, or env:NAME
    ///
    /// With --lines, it has one object per line.
    #[arg(long = "claims", value_name = "INPUT")]
    pub file: Option<Source>,

    /// Issuer (iss)
    #[arg(long, value_name = "TEXT")]
    pub iss: Option<String>,

    /// Subject (sub)
    #[arg(long, value_name = "TEXT")]
    pub sub: Option<String>,

    /// Audience (aud); repeatable
    #[arg(long, value_name = "TEXT")]
    pub aud: Vec<String>,

    /// Expiration time (exp) [default: 15m]
    ///
    /// A duration from now, such as 1h, or a time.
    #[arg(
        long,
        value_name = "DURATION|TIME",
        conflicts_with = "no_exp",
        allow_hyphen_values = true
    )]
    pub exp: Option<End>,

    /// Sign claims that verifiers reject, for testing
    #[arg(long, hide_short_help = true)]
    pub force_claims: bool,

    /// Omit exp; the token never expires
    #[arg(long)]
    pub no_exp: bool,

    /// Time from which the token is valid (nbf)
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    pub nbf: Option<Time>,

    /// Omit the time of issue (iat)
    #[arg(long, hide_short_help = true)]
    pub no_iat: bool,

    /// Add a token ID (jti) [default: random]
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true)]
    pub jti: Option<Option<String>>,
}

/// Builds claims sets: the claims of an input, those of the arguments, which replace them, and the times.
#[derive(Clone)]
pub struct ClaimsBuilder<'a> {
    args: &'a ClaimArgs,
    profile: Option<Profile>,
    /// The claims of the arguments. `exp`, `nbf` and `jti` change with the time and the input.
    typed: Object,
    /// The claims of the arguments as members of a JSON text, with their names.
    members: Vec<(String, String)>,
    /// The claims that are added if they are missing, as members of a JSON text, with their names.
    defaults: Vec<(String, String)>,
    jti: Jti,
    /// The time that the members contain, in Unix seconds.
    now: Option<i64>,
    /// The last claims set.
    payload: Vec<u8>,
}

/// The source of `jti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jti {
    /// The input or the arguments.
    Given,
    /// Random, unless the input has one, because the profile requires it.
    Default,
    /// Random, as --jti requests.
    Random,
}

impl<'a> ClaimsBuilder<'a> {
    /// Reads the claims of the arguments. `extra` are claims from other flags.
    ///
    /// # Errors
    /// If a claim is given twice, or a value cannot be read.
    pub fn new(
        args: &'a ClaimArgs,
        profile: Option<Profile>,
        extra: Object,
        context: &Context,
    ) -> Result<ClaimsBuilder<'a>> {
        let is_typed = args.members.iter().any(|member| member.name == "jti");
        let jti = match &args.jti {
            Some(Some(_)) => Jti::Given,
            Some(None) => Jti::Random,
            None if !is_typed && profile.is_some_and(|profile| profile.requires_claim("jti")) => {
                Jti::Default
            }
            None => Jti::Given,
        };
        let mut typed = args.claims_from_flags(jti != Jti::Given, context)?;
        typed.extend(extra);
        if !args.force_claims {
            let mut known = typed.clone();
            known.retain(|_, value| !value.is_null());
            let text = serde_json::to_vec(&known)?;
            if let Ok(claims) = Members::parse(&text) {
                check_types(&claims)?;
            }
        }
        Ok(ClaimsBuilder {
            args,
            profile,
            typed,
            members: Vec::new(),
            defaults: Vec::new(),
            jti,
            now: None,
            payload: Vec::new(),
        })
    }

    /// Adds claims that a claims set gets if it lacks them.
    pub fn with_defaults(mut self, defaults: Object) -> ClaimsBuilder<'a> {
        self.defaults = defaults.iter().map(display_member).collect();
        self
    }

    /// Returns the last claims set that was built, as JSON.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Builds a claims set: the claims of `input`, a JSON object, replaced by claims of the arguments with the same name; then
    /// the other claims of the arguments; then `iat` and `exp` if they are missing and not disabled. `now` is in Unix seconds.
    /// Returns the times that were added.
    ///
    /// # Errors
    /// [`Error::Malformed`] if `input` is not a JSON object; a usage error if the claims set does not meet the profile.
    pub fn build_claims_set(&mut self, input: &[u8], now: i64) -> Result<Added> {
        self.set_time(now)?;
        // Some editors write a byte order mark, which a JSON parser may ignore (RFC 8259 section 8.1).
        let input = input.strip_prefix("\u{feff}".as_bytes()).unwrap_or(input);
        let own = Members::parse(input)
            .map_err(|fault| Error::Malformed(format!("the claims set {fault}")))?;
        if !self.args.force_claims {
            check_types(&own)?;
        }
        let keeps_jti = self.jti == Jti::Default && own.contains("jti");
        let members = self.members.iter().filter(|(name, _)| !keeps_jti || name != "jti");
        let payload = &mut self.payload;
        payload.clear();
        payload.push(b'{');
        let begin = |payload: &mut Vec<u8>| {
            if payload.len() > 1 {
                payload.push(b',');
            }
        };
        for (name, value) in own.iter() {
            begin(payload);
            match members.clone().find(|(typed, _)| typed == name) {
                Some((_, member)) => payload.extend_from_slice(member.as_bytes()),
                None => {
                    write_name(name, payload);
                    value.compact_to(payload);
                }
            }
        }
        for (name, member) in members {
            if !own.contains(name) {
                begin(payload);
                payload.extend_from_slice(member.as_bytes());
            }
        }
        let is_given = |name: &str| own.contains(name) || self.typed.contains_key(name);
        for (name, member) in &self.defaults {
            if !is_given(name) {
                begin(payload);
                payload.extend_from_slice(member.as_bytes());
            }
        }
        let mut added = Added::default();
        if !self.args.no_iat && !is_given("iat") {
            let back = self.profile.map_or(0, |profile| profile.table_row().backdated);
            begin(payload);
            payload.extend_from_slice(format!("\"iat\":{}", now.saturating_sub(back)).as_bytes());
            added.iat = Some(back);
        }
        if self.profile.is_some_and(|profile| profile.table_row().adds_nbf) && !is_given("nbf") {
            begin(payload);
            payload.extend_from_slice(format!("\"nbf\":{now}").as_bytes());
        }
        let lifetime =
            self.profile.map_or(Some(DEFAULT_LIFE), |profile| profile.table_row().lifetime);
        if let Some(lifetime) = lifetime
            && !self.args.no_exp
            && !is_given("exp")
        {
            begin(payload);
            payload
                .extend_from_slice(format!("\"exp\":{}", now.saturating_add(lifetime)).as_bytes());
            added.exp = Some(lifetime);
        }
        payload.push(b'}');
        if let Some(profile) = self.profile {
            let claims = Members::parse(payload)
                .map_err(|fault| Error::Malformed(format!("the claims set {fault}")))?;
            if let Some(error) = claims_error(profile, &claims) {
                return Err(error.into());
            }
        }
        Ok(added)
    }

    /// Sets the claims that depend on the time or differ for each input.
    fn set_time(&mut self, now: i64) -> Result<()> {
        if self.now == Some(now) && self.jti == Jti::Given {
            return Ok(());
        }
        self.now = Some(now);
        let exp = self.args.exp.map(|End(exp)| exp.resolve(now));
        let nbf = self.args.nbf.map(|nbf| nbf.resolve(now));
        for (name, value) in [("exp", exp), ("nbf", nbf)] {
            if let Some(value) = value {
                self.typed.insert(name.into(), value.into());
            }
        }
        if self.jti != Jti::Given {
            let jti = base64url::encode(random_bytes(16)?.expose());
            self.typed.insert("jti".into(), jti.into());
        }
        self.members = self.typed.iter().map(display_member).collect();
        Ok(())
    }
}

/// Refuses claims that every verifier rejects: times that are not numbers of seconds, names that are not strings (RFC 7519
/// section 4.1), and an empty audience.
fn check_types(claims: &Members) -> Result<()> {
    let rules = ClaimRules {
        allow_no_exp: true,
        // Only the types are checked, not the validity period.
        leeway: MAX_NUMERIC_DATE as u64,
        ..ClaimRules::default()
    };
    let mut failures = rules.check(claims, 0).into_iter();
    let failure = failures.find(|failure| failure.code == Code::ClaimRejected);
    let no_audience =
        claims.get("aud").and_then(RawValue::strings).is_some_and(|aud| aud.is_empty());
    let message = match failure {
        Some(failure) => failure.to_string(),
        None if no_audience => "aud must name an audience, got []".into(),
        None => return Ok(()),
    };
    let hint = "use --force-claims to sign it anyway, for testing";
    Err(CliError::usage(message).with_hint(hint).into())
}

/// Returns a warning if the token can never be valid: `exp` has passed, or `nbf` is not before `exp`.
pub fn never_valid(payload: &[u8], now: i64) -> Option<String> {
    let claims = Members::parse(payload).ok()?;
    let time = |name: &str| Some(claims.get(name)?.as_f64()? as i64);
    let exp = time("exp")?;
    let shown = |at: i64| format_rfc3339(at);
    if exp <= now {
        let hint = if exp < 100_000_000 {
            format!("; for {exp} s from now, use --exp {exp}s")
        } else {
            String::new()
        };
        return Some(format!(
            "the token would already be expired: exp is in the past, {}{hint}",
            shown(exp)
        ));
    }
    let nbf = time("nbf").filter(|nbf| *nbf >= exp)?;
    Some(format!(
        "the token would never be valid: nbf ({}) is not before exp ({})",
        shown(nbf),
        shown(exp)
    ))
}

/// Returns a claim with its name as a member of a JSON text.
fn display_member((name, value): (&String, &Value)) -> (String, String) {
    (
        name.clone(),
        format!("{}:{value}", Value::from(name.as_str())),
    )
}

/// Appends the name of a member as a JSON string, and the colon.
fn write_name(name: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if name.bytes().all(is_plain) {
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(Value::from(name).to_string().as_bytes());
    }
    out.push(b':');
}

/// The times that were added to a claims set.
#[derive(Debug, Default)]
pub struct Added {
    /// How far back `iat` is, in seconds.
    iat: Option<i64>,
    /// The lifetime of `exp`, in seconds.
    exp: Option<i64>,
}

impl Added {
    /// Returns a note about the times; `None` if there are none.
    pub fn note(&self) -> Option<String> {
        let iat = self.iat.map(|back| match back {
            0 => "iat (now)".into(),
            back => format!("iat ({back} s ago)"),
        });
        let exp = self.exp.map(|lifetime| format!("exp (in {} minutes)", lifetime / 60));
        let added: Vec<String> = iat.into_iter().chain(exp).collect();
        (!added.is_empty()).then(|| format!("added {}", added.join(" and ")))
    }
}

impl ClaimArgs {
    /// Reads the claims file, or the claims from stdin if no argument specifies claims; `{}` if there are none.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub fn read_file(&self, context: &Context, profile: Option<Profile>) -> Result<SecretBytes> {
        match &self.file {
            // An argument that begins with { and is not a file is the JSON object itself.
            Some(Source::File(path))
                if !path.exists() && path.to_string_lossy().starts_with('{') =>
            {
                Ok(path.to_string_lossy().into_owned().into_bytes().into())
            }
            Some(source) => context.inputs.read(source, "claims", MAX_CLAIMS),
            None if self.is_typed() || profile.is_some() || !context.inputs.stdin_is_free() => {
                Ok(b"{}".to_vec().into())
            }
            None => {
                let read = || context.inputs.read(&Source::Stdin, "claims", MAX_CLAIMS);
                let claims = context
                    .console
                    .while_waiting("waiting for claims (a JSON object) on stdin", read)?;
                if claims.expose().trim_ascii().is_empty() {
                    return Ok(b"{}".to_vec().into());
                }
                Ok(claims)
            }
        }
    }

    /// Whether an argument specifies claims.
    fn is_typed(&self) -> bool {
        !self.members.is_empty()
            || !self.aud.is_empty()
            || [&self.iss, &self.sub].iter().any(|text| text.is_some())
            || self.exp.is_some()
            || self.no_exp
            || self.nbf.is_some()
            || self.no_iat
            || self.jti.is_some()
    }

    /// Returns the claims of the arguments. `jti` is null if it `is_random`.
    fn claims_from_flags(&self, is_random: bool, context: &Context) -> Result<Object> {
        let mut typed = Object::new();
        let mut put = |name: &str, value: Value| match typed.insert(name.into(), value) {
            None => Ok(()),
            Some(_) => Err(CliError::usage(format!("the claim {name} is given twice"))),
        };
        for (name, value) in [("iss", &self.iss), ("sub", &self.sub)] {
            if let Some(value) = value {
                put(name, value.as_str().into())?;
            }
        }
        match &*self.aud {
            [] => {}
            [only] => {
                if only.contains(',') {
                    context
                        .console
                        .print_warning("--aud sets one audience; repeat the flag for several");
                }
                put("aud", only.as_str().into())?;
            }
            several => put("aud", json!(several))?,
        }
        if let Some(End(exp)) = self.exp {
            put("exp", exp.resolve(context.now).into())?;
        }
        if let Some(nbf) = self.nbf {
            put("nbf", nbf.resolve(context.now).into())?;
        }
        if let Some(Some(jti)) = &self.jti {
            put("jti", jti.as_str().into())?;
        }
        if is_random {
            put("jti", Value::Null)?;
        }
        for member in &self.members {
            let value = member.read_value(&context.inputs)?;
            // Every verifier rejects a time that is a string (RFC 7519 §2, NumericDate).
            if !self.force_claims
                && ["exp", "nbf", "iat"].contains(&&*member.name)
                && value.is_string()
            {
                let cli_error =
                    CliError::usage(format!("the claim {} must be a number", member.name));
                let text = member.text().unwrap_or_default();
                let hint = match (&*member.name, text.parse::<End>()) {
                    ("exp", Ok(_)) => format!("use --exp {text} for a duration or time"),
                    ("nbf", Ok(_)) => format!("use --nbf +{text} for a time from now"),
                    (name, _) => format!("use {name}:=SECONDS for a number"),
                };
                return Err(cli_error.with_hint(hint).into());
            }
            if let Some(text @ ("true" | "false" | "null")) = member.text() {
                context.console.print_note(&format!(
                    "{0} is the string \"{text}\"; for the JSON value, write {0}:={text}",
                    member.name
                ));
            }
            put(&member.name, value)?;
        }
        Ok(typed)
    }
}
