//! Profiles: the rules for tokens with one purpose. `sign` adds claims where possible and rejects claims that break a rule;
//! `verify` enforces the rules.
//!
//! Each profile is one row of [`PROFILES`]. The list of profiles, their page in the documentation and the tests that break
//! every rule are generated from it.

use std::borrow::Cow;

use serde_json::Value;

use crate::crypto::error::{Code, Failure};
use crate::crypto::json::{Members, Object, RawValue};
use crate::crypto::jwt::claims::{ClaimRules, TokenRules};
use crate::crypto::policy::{TokenTypes, VerifyPolicy};
use crate::crypto::token::Serialization;

mod profile_checks;
mod profile_table;

pub use profile_table::PROFILES;

/// A kind of token with its own rules. The value is its index in [`PROFILES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// An OAuth 2.0 access token.
    At,
    /// An OpenID Connect ID token.
    Id,
    /// An OpenID Connect logout token.
    Logout,
    /// A client's authentication at the token endpoint.
    ClientAssertion,
    /// An assertion for an authorization grant.
    JwtBearer,
    /// A DPoP proof of possession.
    Dpop,
    /// An authorization request.
    Jar,
    /// An authorization response.
    Jarm,
    /// A token introspection response.
    Introspection,
    /// A security event token.
    Set,
    /// A security event token of the Shared Signals Framework.
    Ssf,
    /// A client attestation.
    ClientAttestation,
    /// A proof of possession for a client attestation.
    ClientAttestationPop,
    /// A verifiable credential as an SD-JWT.
    SdJwtVc,
    /// A list of the statuses of tokens.
    StatusList,
    /// A proof of possession for a credential issuer.
    VciProof,
    /// A SPIFFE verifiable identity document.
    JwtSvid,
    /// A Kubernetes service account token.
    K8sSa,
    /// A GitHub App token.
    GithubApp,
    /// A token of a Google service account.
    Google,
    /// A token for Snowflake.
    Snowflake,
    /// A token for the App Store Connect API.
    Apple,
}

/// The audience of a token for App Store Connect.
pub const APPLE_AUDIENCE: &str = "appstoreconnect-v1";

/// The type that the claim `aud` must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A string or an array of strings.
    Any,
    /// A single string.
    One,
}

/// The source of the key that verifies a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The keys of the verifier.
    Known,
    /// The header parameter `jwk`. If the verifier has keys, it must be one of them.
    Header,
    /// The header parameter `jwk`, or a key of the verifier that is identified by the `kid` or `x5c` in the header.
    HeaderOrKnown,
}

/// The rules of one profile.
#[derive(Debug)]
pub struct ProfileRow {
    /// The profile.
    pub profile: Profile,
    /// Its name on the command line.
    pub name: &'static str,
    /// The kind of token, in a few words.
    pub summary: &'static str,
    /// The specification that defines it.
    pub source: &'static str,
    /// The accepted values of `typ`. `sign` writes the first one.
    pub types: &'static [&'static str],
    /// Whether a token must have a `typ`.
    pub is_typ_required: bool,
    /// The allowed signature algorithms. If empty, all that the key allows.
    pub algorithms: &'static [&'static str],
    /// The source of the key that verifies the token.
    pub key_source: KeySource,
    /// Whether the token proves possession of a private key, so that it must not be signed with a shared secret.
    pub is_proof: bool,
    /// The claims that must be present.
    pub required: &'static [&'static str],
    /// At least one of these claims must be present, unless the list is empty.
    pub any_of: &'static [&'static str],
    /// The claims that must be absent.
    pub forbidden: &'static [&'static str],
    /// The claims that must not be selectively disclosable in an SD-JWT, not even in part. If empty, the verifier checks
    /// nothing.
    pub visible: &'static [&'static str],
    /// The claims that must be strings if they are present.
    pub strings: &'static [&'static str],
    /// The type of `aud`.
    pub audience: Audience,
    /// The lifetime of a new token in seconds. If `None`, no `exp` is added.
    pub lifetime: Option<i64>,
    /// The longest lifetime in seconds, from `nbf`, or else `iat`, to `exp`.
    pub max_lifetime: Option<i64>,
    /// The default limit for the age of a token since `iat`, in seconds.
    pub max_age: Option<u64>,
    /// How many seconds before the current time the `iat` of a new token is, for a receiver whose clock is slow.
    pub backdated: i64,
    /// Whether `nbf` is added to a new token, with the value of `iat`.
    pub adds_nbf: bool,
    /// Rules for the content of claims.
    pub checks: &'static [ClaimCheck],
    /// Rules for the header.
    pub header_checks: &'static [HeaderCheck],
    /// Whether only `sign` supports the profile, because one particular service verifies these tokens.
    pub is_for_signing: bool,
    /// Arguments of `sign` that create a valid token, in addition to the key.
    pub example: &'static str,
}

/// A rule for the content of a claim.
#[derive(Debug)]
pub struct ClaimCheck {
    /// The claim that is reported if the rule is not met.
    pub claim: &'static str,
    /// What it must be.
    pub expected: &'static str,
    /// A member, as JSON, that breaks only this rule in the example of the profile.
    pub broken: &'static str,
    /// Whether the claims meet the rule. A claim that is absent meets it.
    is_met: fn(&Members) -> bool,
}

/// A rule for the header of a token.
#[derive(Debug)]
pub struct HeaderCheck {
    /// The parameter that is reported if the rule is not met.
    pub parameter: &'static str,
    /// What it must be.
    pub expected: &'static str,
    /// Arguments of `sign` that break only this rule in the example of the profile.
    pub broken: &'static str,
    /// Whether the header meets the rule.
    is_met: fn(&Object) -> bool,
}

impl Profile {
    /// Returns every profile.
    pub fn all() -> impl Iterator<Item = Profile> {
        PROFILES.iter().map(|row| row.profile)
    }

    /// Returns the rules of the profile.
    pub fn table_row(self) -> &'static ProfileRow {
        &PROFILES[self as usize]
    }

    /// Returns the `typ` that the profile requires, if any.
    pub fn required_typ(self) -> Option<&'static str> {
        let row = self.table_row();
        row.is_typ_required.then(|| row.types[0])
    }

    /// Whether a token of the profile must have this claim.
    pub fn requires_claim(self, claim: &str) -> bool {
        self.table_row().required.contains(&claim)
    }

    /// Returns the policy with the rules of this profile for compact tokens, at `now` (Unix seconds), with `leeway` in seconds.
    pub fn policy(self, now: i64, leeway: u64) -> VerifyPolicy {
        VerifyPolicy {
            types: self.types(),
            claims: Some(ClaimRules {
                leeway,
                max_age: self.table_row().max_age,
                allow_no_exp: !self.requires_claim("exp"),
                token_rules: Some(self.table_row()),
                ..ClaimRules::default()
            }),
            formats: vec![Serialization::Compact],
            ..VerifyPolicy::of_signature(now)
        }
    }

    /// Returns the accepted values of `typ`.
    pub fn types(self) -> TokenTypes {
        let row = self.table_row();
        let accepted = row.types.iter().map(|typ| (*typ).to_owned()).collect();
        if row.is_typ_required {
            TokenTypes::Required(accepted)
        } else {
            TokenTypes::Optional(accepted)
        }
    }
}

impl TokenRules for ProfileRow {
    /// Returns every rule that the claims do not meet, missing claims first.
    fn failures(&self, claims: &Members) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut fail = |name: &str, expected: Cow<str>| {
            let actual = claims.get(name).map(RawValue::to_compact);
            failures.push(Failure::new(Code::ClaimRejected, name, expected, actual));
        };
        for name in self.required {
            if !claims.contains(name) {
                fail(name, "present".into());
            }
        }
        if let [first, others @ ..] = self.any_of
            && !self.any_of.iter().any(|name| claims.contains(name))
        {
            fail(
                first,
                format!("present, or {} instead", others.join(" or ")).into(),
            );
        }
        for name in self.forbidden {
            if claims.contains(name) {
                fail(name, "absent".into());
            }
        }
        for name in self.strings {
            if claims.get(name).is_some_and(|value| !value.is_string()) {
                fail(name, "a string".into());
            }
        }
        if self.audience == Audience::One && claims.get("aud").is_some_and(|aud| !aud.is_string()) {
            fail("aud", "one string".into());
        }
        let number = |name: &str| claims.get(name).and_then(RawValue::as_f64);
        if let (Some(limit), Some(exp)) = (self.max_lifetime, number("exp"))
            && let Some((start, from)) =
                number("nbf").map(|nbf| ("nbf", nbf)).or(number("iat").map(|iat| ("iat", iat)))
            && exp - from > limit as f64
        {
            fail("exp", format!("at most {limit} s after {start}").into());
        }
        for check in self.checks {
            if !(check.is_met)(claims) {
                fail(check.claim, check.expected.into());
            }
        }
        failures
    }

    /// Returns the failure of the first rule that a protected header does not meet.
    fn header_failure(&self, header: &Object) -> Option<Failure> {
        let check = self.header_checks.iter().find(|check| !(check.is_met)(header))?;
        let actual = header.get(check.parameter).map(Value::to_string);
        let failure = Failure::new(Code::NotAllowed, check.parameter, check.expected, actual);
        Some(failure)
    }

    fn visible(&self) -> &'static [&'static str] {
        self.visible
    }

    /// See OpenID Connect Core section 3.1.3.7.
    fn azp_is_audience(&self) -> bool {
        self.profile == Profile::Id
    }

    fn are_for_svids(&self) -> bool {
        self.profile == Profile::JwtSvid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_table_is_in_the_order_of_the_variants() {
        for (place, row) in PROFILES.iter().enumerate() {
            assert_eq!(row.profile as usize, place, "{}", row.name);
        }
        assert_eq!(Profile::Apple as usize + 1, PROFILES.len());
    }
}
