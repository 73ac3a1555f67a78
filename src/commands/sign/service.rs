//! The claims that services require: Google, Snowflake, App Store Connect.

use anyhow::Result;
use serde_json::Value;

use super::Args;
use crate::crypto::KeySet;
use crate::crypto::json::Object;
use crate::crypto::jws::SignatureSpec;
use crate::fingerprint::Fingerprint;
use crate::output::exit::CliError;
use crate::profile::{APPLE_AUDIENCE, Profile};

/// The claims of a profile that come from its key and its flags.
#[derive(Debug, Default)]
pub(super) struct ServiceClaims {
    /// The claims that the service computes and compares.
    pub(super) fixed: Object,
    /// The claims that the arguments can replace.
    pub(super) defaults: Object,
}

impl ServiceClaims {
    /// Returns the claims of the profile.
    ///
    /// # Errors
    /// If a flag or the key ID that the service needs is missing.
    pub(super) fn new(
        args: &Args,
        sets: &[KeySet],
        specs: &[SignatureSpec],
    ) -> Result<ServiceClaims> {
        if args.account.is_some() && args.profile != Some(Profile::Snowflake) {
            return Err(CliError::usage("--account is for --profile snowflake").into());
        }
        let mut claims = ServiceClaims::default();
        match args.profile {
            Some(Profile::Google) => {
                let members = sets.iter().map(KeySet::members);
                for (name, member) in [
                    ("iss", "client_email"),
                    ("sub", "client_email"),
                    ("aud", "token_uri"),
                ] {
                    if let Some(value) = members.clone().find_map(|members| members.get(member)) {
                        claims.defaults.insert(name.into(), value.clone());
                    }
                }
            }
            Some(Profile::Snowflake) => {
                let (Some(account), Some(user), [spec]) = (&args.account, &args.claims.sub, specs)
                else {
                    return Err(CliError::usage(
                        "--profile snowflake needs one key, an account and a user",
                    )
                    .with_hint("add --account ACCOUNT --sub USER")
                    .into());
                };
                let subject = format!("{}.{}", account_name(account), user.to_uppercase());
                let fingerprint = spec.key.fingerprint(Fingerprint::Snowflake)?;
                claims.fixed.insert("iss".into(), format!("{subject}.{fingerprint}").into());
                claims.fixed.insert("sub".into(), subject.into());
            }
            Some(Profile::Apple) => {
                let has_kid =
                    |spec: &SignatureSpec| spec.header.get("kid").is_some_and(Value::is_string);
                if !specs.iter().all(has_kid) {
                    return Err(CliError::usage(
                        "--profile apple needs the key ID of App Store Connect",
                    )
                    .with_hint("add --kid ID")
                    .into());
                }
                claims.defaults.insert("aud".into(), APPLE_AUDIENCE.into());
            }
            _ => {}
        }
        Ok(claims)
    }
}

/// Returns the name of an account in the issuer of Snowflake: in upper case, without the region. Of a global account, the part
/// before the hyphen is the name.
fn account_name(account: &str) -> String {
    let end = if account.contains(".global") {
        account.find('-')
    } else {
        account.find('.')
    };
    account[..end.unwrap_or(account.len())].to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::account_name;

    /// The examples are from Snowflake's documentation of key pair authentication.
    #[test]
    fn region_is_removed_from_an_account() {
        for (account, name) in [
            ("xy12345.us-east-1", "XY12345"),
            ("xy12345.eu-central-1.aws", "XY12345"),
            ("myorg-account", "MYORG-ACCOUNT"),
            ("xy12345-abc.global", "XY12345"),
        ] {
            assert_eq!(account_name(account), name);
        }
    }
}
