//! Profiles as they are typed, and what helps when a token does not meet one.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::crypto::alg::Signature;
use crate::crypto::json::Members;
use crate::crypto::jwt::profile::Profile;
use crate::crypto::policy::same_media_type;
use crate::output::exit::CliError;

impl ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Profile] {
        &Profile::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Profile::At => ("at", "An OAuth 2.0 access token (RFC 9068)"),
            Profile::Id => ("id", "An OpenID Connect ID token (OpenID Connect Core §2)"),
            Profile::ClientAssertion => (
                "client-assertion",
                "A client's assertion of who it is (RFC 7523 §3)",
            ),
            Profile::Dpop => ("dpop", "A proof of possession of a key (RFC 9449 §4.2)"),
            Profile::GithubApp => ("github-app", "What a GitHub App says who it is with"),
            Profile::Google => (
                "google",
                "A token of a Google service account, from its file",
            ),
            Profile::Snowflake => ("snowflake", "Key pair authentication with Snowflake"),
            Profile::Apple => ("apple", "The App Store Connect API"),
            Profile::SdJwtVc => ("sd-jwt-vc", "A verifiable credential (SD-JWT VC)"),
            Profile::StatusList => (
                "status-list",
                "The status of many tokens (Token Status List)",
            ),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// Parses the profiles that verifiers use.
pub fn for_verifying() -> impl TypedValueParser<Value = Profile> {
    let names = (Profile::ALL.iter())
        .filter(|profile| !profile.is_for_signing())
        .filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(names).try_map(|name| Profile::from_str(&name, false))
}

/// The cli_error about the first rule that claims to be signed do not meet, with the flag that helps.
pub fn cli_error(profile: Profile, claims: &Members) -> Option<CliError> {
    let failure = profile.failures(claims).into_iter().next()?;
    if failure.actual.is_none() {
        let hint = match &*failure.name {
            name @ ("iss" | "sub" | "aud" | "exp" | "jti") => format!("give it with --{name}"),
            "iat" => "leave out --no-iat".into(),
            "status_list" => "give it with --status-entries INPUT".into(),
            name => format!("give it with {name}=TEXT"),
        };
        let what = format!("the profile needs the claim {}", failure.name);
        return Some(CliError::usage(what).hint(hint));
    }
    let cli_error = CliError::usage(format!("the profile asks for more: {failure}"));
    Some(match (profile, &*failure.name) {
        (Profile::ClientAssertion, "sub") => {
            cli_error.hint("give --iss and --sub the same client_id")
        }
        (_, "exp") => cli_error.hint("leave out --exp"),
        _ => cli_error,
    })
}

/// The algorithms: those that are typed, or the only one of the profile.
///
/// # Errors
/// When another is typed.
pub fn algorithms(
    profile: Option<Profile>,
    typed: &[&'static Signature],
) -> Result<Vec<&'static Signature>, CliError> {
    let only = profile
        .and_then(Profile::algorithm)
        .and_then(Signature::named);
    match only {
        None => Ok(typed.to_vec()),
        Some(only) if typed.iter().all(|row| *row == only) => Ok(vec![only]),
        Some(only) => Err(CliError::usage(format!(
            "the only algorithm of this profile is {}",
            only.name
        ))
        .hint("leave out --alg, or leave out --profile")),
    }
}

/// The `typ` of a token: as typed, else the profile's.
///
/// # Errors
/// When the two are not the same.
pub fn typ(profile: Option<Profile>, typed: Option<&str>) -> Result<Option<&str>, CliError> {
    match (typed, profile.and_then(Profile::typ)) {
        (Some(typed), Some(own)) if !same_media_type(typed, own) => Err(CliError::usage(format!(
            "the typ of this profile is {own}, not {typed}"
        ))
        .hint("leave out --typ, or leave out --profile")),
        (typed, own) => Ok(typed.or(own)),
    }
}
