//! Profiles: what a kind of token must be, when it is made and when it is verified.

use crate::crypto::error::{Code, Failure};
use crate::crypto::json::{Members, RawValue};

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
}

/// How long a token of a GitHub App may live, in seconds: ten minutes, and the one that its `iat` lies back.
const GITHUB_LIFE: i64 = 11 * 60;

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 5] = [
        Profile::At,
        Profile::Id,
        Profile::ClientAssertion,
        Profile::Dpop,
        Profile::GithubApp,
    ];

    /// Returns the `typ` that the profile requires, if it requires one.
    pub fn typ(self) -> Option<&'static str> {
        match self {
            Profile::At => Some("at+jwt"),
            Profile::Dpop => Some("dpop+jwt"),
            Profile::Id | Profile::ClientAssertion | Profile::GithubApp => None,
        }
    }

    /// Returns the `typ` values that a token of the profile may have. Where the profile requires none, a token may also
    /// lack it.
    pub fn accepted_types(self) -> &'static [&'static str] {
        match self {
            Profile::At => &["at+jwt"],
            Profile::Dpop => &["dpop+jwt"],
            Profile::ClientAssertion => &["client-authentication+jwt", "JWT"],
            Profile::Id | Profile::GithubApp => &["JWT"],
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
        }
    }

    /// The only signature algorithm, where there is one.
    pub fn algorithm(self) -> Option<&'static str> {
        (self == Profile::GithubApp).then_some("RS256")
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
            Profile::At | Profile::Id => Some(15 * 60),
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
        match self {
            Profile::At => {}
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
                if let (Some(iat), Some(exp)) = (number("iat"), number("exp"))
                    && exp - iat > GITHUB_LIFE as f64
                {
                    fail("exp", "at most 660 s after iat");
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
