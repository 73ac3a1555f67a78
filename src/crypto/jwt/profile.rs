//! Profiles: what a kind of token must be, when it is made and when it is verified.

use std::borrow::Cow;

use crate::crypto::error::{Code, Failure};
use crate::crypto::json::{Members, RawValue};
use crate::crypto::jwt::status_list::STATUS_LIST_TYPE;

/// A kind of token with rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// An OAuth 2.0 access token (RFC 9068).
    At,
    /// An OpenID Connect ID token (OpenID Connect Core §2).
    Id,
    /// A client's assertion of who it is (RFC 7523 §3).
    ClientAssertion,
    /// A proof of possession of a key (RFC 9449 §4.2).
    Dpop,
    /// What a GitHub App says who it is with.
    GithubApp,
    /// A token that a Google service account signs for itself.
    Google,
    /// A token for key pair authentication with Snowflake.
    Snowflake,
    /// A token for the App Store Connect API.
    Apple,
    /// A verifiable credential as an SD-JWT (SD-JWT VC).
    SdJwtVc,
    /// A list with the status of other tokens (Token Status List).
    StatusList,
}

/// The longest lifetime of a token for Google and for Snowflake, in seconds.
const HOUR: i64 = 60 * 60;
/// How long a status list is valid when nothing else is said, in seconds.
const DAY: i64 = 24 * HOUR;
/// The longest lifetime of a token for App Store Connect, in seconds.
const APPLE_LIFE: i64 = 20 * 60;
/// The audience of a token for App Store Connect.
pub const APPLE_AUDIENCE: &str = "appstoreconnect-v1";

/// How long a token of a GitHub App may live, in seconds: ten minutes, and the one that its `iat` lies back.
const GITHUB_LIFE: i64 = 11 * 60;

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 10] = [
        Profile::At,
        Profile::Id,
        Profile::ClientAssertion,
        Profile::Dpop,
        Profile::GithubApp,
        Profile::Google,
        Profile::Snowflake,
        Profile::Apple,
        Profile::SdJwtVc,
        Profile::StatusList,
    ];

    /// Whether tokens of the profile are verified by one service only, so that the profile serves for signing.
    pub fn is_for_signing(self) -> bool {
        matches!(self, Profile::Google | Profile::Snowflake | Profile::Apple)
    }

    /// Returns the `typ` that the profile requires, if it requires one.
    pub fn typ(self) -> Option<&'static str> {
        match self {
            Profile::At => Some("at+jwt"),
            Profile::Dpop => Some("dpop+jwt"),
            Profile::SdJwtVc => Some("dc+sd-jwt"),
            Profile::StatusList => Some(STATUS_LIST_TYPE),
            Profile::Id | Profile::ClientAssertion | Profile::GithubApp => None,
            Profile::Google | Profile::Snowflake | Profile::Apple => None,
        }
    }

    /// Returns the `typ` values that a token of the profile may have. Where the profile requires none, a token may also
    /// lack it.
    pub fn accepted_types(self) -> &'static [&'static str] {
        match self {
            Profile::At => &["at+jwt"],
            Profile::SdJwtVc => &["dc+sd-jwt"],
            Profile::StatusList => &[STATUS_LIST_TYPE],
            Profile::Dpop => &["dpop+jwt"],
            Profile::ClientAssertion => &["client-authentication+jwt", "JWT"],
            Profile::Id | Profile::GithubApp => &["JWT"],
            Profile::Google | Profile::Snowflake | Profile::Apple => &["JWT"],
        }
    }

    /// The claims that must be there.
    fn required(self) -> &'static [&'static str] {
        match self {
            Profile::At => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            Profile::Id => &["iss", "sub", "aud", "exp", "iat"],
            Profile::ClientAssertion => &["iss", "sub", "aud", "exp", "jti"],
            Profile::Dpop => &["jti", "htm", "htu", "iat"],
            Profile::GithubApp => &["iss", "iat", "exp"],
            Profile::Google => &["iss", "aud", "iat", "exp"],
            Profile::Snowflake => &["iss", "sub", "iat", "exp"],
            Profile::Apple => &["aud", "iat", "exp"],
            Profile::SdJwtVc => &["vct"],
            Profile::StatusList => &["sub", "iat", "status_list"],
        }
    }

    /// The claims that are strings, where they are there.
    fn texts(self) -> &'static [&'static str] {
        match self {
            Profile::At => &["iss", "sub", "client_id", "jti", "scope"],
            Profile::Id => &["iss", "sub", "azp", "nonce", "acr", "at_hash", "c_hash"],
            Profile::ClientAssertion => &["iss", "sub", "jti"],
            Profile::Dpop => &["jti", "htm", "htu", "ath", "nonce"],
            Profile::GithubApp => &["iss"],
            Profile::Google => &["iss", "sub", "scope"],
            Profile::Snowflake => &["iss", "sub"],
            Profile::Apple => &["iss", "sub"],
            Profile::SdJwtVc => &["iss", "sub", "vct"],
            Profile::StatusList => &["iss", "sub"],
        }
    }

    /// The only signature algorithm, where there is one.
    pub fn algorithm(self) -> Option<&'static str> {
        match self {
            Profile::GithubApp | Profile::Google | Profile::Snowflake => Some("RS256"),
            Profile::Apple => Some("ES256"),
            _ => None,
        }
    }

    /// Whether the token carries an identifier of its own.
    pub fn has_jti(self) -> bool {
        self.required().contains(&"jti")
    }

    /// How long a token lives when nothing else is said, in seconds; a proof has no end, it is judged by its `iat`.
    pub fn life(self) -> Option<i64> {
        match self {
            Profile::Dpop => None,
            Profile::ClientAssertion => Some(5 * 60),
            // Ten minutes are allowed, counted from an iat that lies back.
            Profile::GithubApp => Some(9 * 60),
            Profile::At | Profile::Id | Profile::Apple | Profile::SdJwtVc => Some(15 * 60),
            Profile::Google | Profile::Snowflake => Some(HOUR),
            Profile::StatusList => Some(DAY),
        }
    }

    /// How far `iat` lies back, in seconds, for a receiver whose clock runs late.
    pub fn backdated(self) -> i64 {
        match self {
            Profile::GithubApp => 60,
            _ => 0,
        }
    }

    /// Returns every rule that the claims do not meet, missing claims first.
    pub fn failures(self, claims: &Members) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut fail = |name: &str, expected: &str| {
            failures.push(Failure {
                code: Code::ClaimRejected,
                name: name.into(),
                expected: expected.into(),
                actual: claims.get(name).map(RawValue::to_compact),
                seconds_off: None,
            });
        };
        for name in self.required() {
            if !claims.contains(name) {
                fail(name, "present");
            }
        }
        for name in self.texts() {
            if claims.get(name).is_some_and(|value| !value.is_string()) {
                fail(name, "a string");
            }
        }
        let text = |name: &str| claims.get(name).and_then(RawValue::as_str);
        let number = |name: &str| claims.get(name).and_then(RawValue::as_f64);
        let lives_longer = |limit: i64| match (number("iat"), number("exp")) {
            (Some(iat), Some(exp)) => exp - iat > limit as f64,
            _ => false,
        };
        match self {
            Profile::At => {}
            Profile::StatusList => {
                if claims.contains("ttl") && number("ttl").is_none_or(|ttl| ttl <= 0.0) {
                    fail("ttl", "a number of seconds above 0");
                }
                if (claims.get("status_list")).is_some_and(|list| !list.to_value().is_object()) {
                    fail("status_list", "an object");
                }
            }
            Profile::SdJwtVc => {
                if text("vct").is_some_and(|vct| vct.is_empty()) {
                    fail("vct", "not empty");
                }
                let vct = text("vct");
                let names_others = |others: &[Cow<str>]| {
                    (others.iter()).all(|other| !other.is_empty() && Some(other) != vct.as_ref())
                };
                let others = claims.get("aka_vcts").map(RawValue::strings);
                if others.is_some_and(|others| !others.is_some_and(|others| names_others(&others)))
                {
                    fail(
                        "aka_vcts",
                        "an array of strings that are not empty, without the vct",
                    );
                }
            }
            Profile::Id => {
                if text("sub").is_some_and(|sub| sub.len() > 255 || !sub.is_ascii()) {
                    fail("sub", "at most 255 characters of ASCII");
                }
            }
            Profile::ClientAssertion => {
                if let (Some(iss), Some(sub)) = (text("iss"), text("sub"))
                    && iss != sub
                {
                    fail("sub", "the same as iss");
                }
            }
            Profile::Dpop => {
                if text("htu").is_some_and(|htu| !is_target(&htu)) {
                    fail("htu", "an http or https URI without query and fragment");
                }
            }
            Profile::GithubApp => {
                if lives_longer(GITHUB_LIFE) {
                    fail("exp", "at most 660 s after iat");
                }
            }
            Profile::Google | Profile::Snowflake => {
                if lives_longer(HOUR) {
                    fail("exp", "at most 3600 s after iat");
                }
            }
            Profile::Apple => {
                if lives_longer(APPLE_LIFE) {
                    fail("exp", "at most 1200 s after iat");
                }
                if text("aud").is_none_or(|aud| aud != APPLE_AUDIENCE) {
                    fail("aud", APPLE_AUDIENCE);
                }
            }
        }
        failures
    }
}

/// RFC 9449 §4.2: the URI of a request, without its query and its fragment.
fn is_target(uri: &str) -> bool {
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| {
        let start = uri.get(..scheme.len())?;
        (start.eq_ignore_ascii_case(scheme)).then(|| &uri[scheme.len()..])
    });
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest
                .contains(|c: char| matches!(c, '?' | '#') || c.is_whitespace() || c.is_control())
    })
}
