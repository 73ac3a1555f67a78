//! Parses profiles, and reports with a hint what a token lacks for its profile.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::crypto::alg::Signature;
use crate::crypto::json::Members;
use crate::crypto::jwt::claims::TokenRules as _;
use crate::crypto::policy::same_media_type;
use crate::output::exit::CliError;
use crate::profile::{PROFILES, Profile, ProfileRow};

/// Returns the parser for `sign` and `inspect`, which accept every profile.
pub fn any_profile_parser() -> impl TypedValueParser<Value = Profile> {
    profile_parser(|_| true)
}

/// Returns the parser for `verify`, which accepts the profiles that are not for signing only.
pub fn for_verifying() -> impl TypedValueParser<Value = Profile> {
    profile_parser(|row| !row.is_for_signing)
}

fn profile_parser(is_offered: fn(&ProfileRow) -> bool) -> impl TypedValueParser<Value = Profile> {
    let rows = move || PROFILES.iter().filter(move |row| is_offered(row));
    let names = rows().map(|row| PossibleValue::new(row.name).help(row.summary));
    PossibleValuesParser::new(names).try_map(move |name| {
        let row = rows().find(|row| row.name == name);
        row.map(|row| row.profile).ok_or("is not a profile")
    })
}

/// Returns the error about the first rule of the profile that the claims do not meet. Its hint is the flag that fixes it.
pub fn claims_error(profile: Profile, claims: &Members) -> Option<CliError> {
    let failure = profile.table_row().failures(claims).into_iter().next()?;
    let row = profile.table_row();
    if failure.actual.is_none() {
        let hint = match &*failure.name {
            name @ ("iss" | "sub" | "aud" | "exp" | "jti") => format!("add --{name}"),
            "iat" => "omit --no-iat".into(),
            "cnf" => "add --holder KEY".into(),
            "status_list" => "add --status-entries INPUT".into(),
            name if row.strings.contains(&name) => format!("add {name}=TEXT"),
            name => format!("add {name}:=JSON or {name}:=@FILE"),
        };
        let what = if row.any_of.contains(&&*failure.name) {
            format!(
                "the profile {} requires one of the claims {}",
                row.name,
                row.any_of.join(", ")
            )
        } else {
            format!(
                "the profile {} requires the claim {}",
                row.name, failure.name
            )
        };
        return Some(CliError::usage(what).with_hint(hint));
    }
    let message = format!("the profile {} is not met: {failure}", row.name);
    let error = CliError::usage(message);
    Some(match (profile, &*failure.name) {
        (Profile::ClientAssertion, "sub") => {
            error.with_hint("give --iss and --sub the same client_id")
        }
        (_, "exp") if row.forbidden.contains(&"exp") => error.with_hint("omit --exp"),
        (_, "exp") => error.with_hint("omit --exp; the profile sets it"),
        (_, name) if row.forbidden.contains(&name) => error.with_hint(format!("omit {name}")),
        _ => error,
    })
}

/// Returns the algorithms of --alg, or else those that the profile allows.
///
/// # Errors
/// If the profile does not allow one of them.
pub fn allowed_algorithms(
    profile: Option<Profile>,
    typed: &[&'static Signature],
) -> Result<Vec<&'static Signature>, CliError> {
    let allowed = profile.map_or(&[][..], |profile| profile.table_row().algorithms);
    let is_allowed = |row: &&'static Signature| allowed.is_empty() || allowed.contains(&row.name);
    if let Some(other) = typed.iter().find(|row| !is_allowed(row)) {
        let allowed = allowed.join(", ");
        let message = format!("this profile does not allow {}, only {allowed}", other.name);
        let hint = "omit --alg or --profile";
        return Err(CliError::usage(message).with_hint(hint));
    }
    Ok(match typed {
        [] => allowed.iter().filter_map(|name| Signature::from_name(name)).collect(),
        typed => typed.to_vec(),
    })
}

/// Returns the `typ` of a new token: the value of --typ, or else that of the profile.
///
/// # Errors
/// If the profile requires another `typ`.
pub fn resolve_typ(
    profile: Option<Profile>,
    typed: Option<&str>,
) -> Result<Option<&str>, CliError> {
    let required = profile.and_then(Profile::required_typ);
    match (typed, required) {
        (Some(typed), Some(own)) if !same_media_type(typed, own) => Err(CliError::usage(format!(
            "the typ of this profile is {own}, not {typed}"
        ))
        .with_hint("omit --typ or --profile")),
        (typed, _) => Ok(typed.or(profile.map(|profile| profile.table_row().types[0]))),
    }
}
