//! Profiles: what a kind of token must be, when it is made and when it is verified.

use serde_json::Value;

use crate::crypto::json::Object;

/// A kind of token with rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
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

impl Profile {
    /// The `typ` that sets the kind apart.
    pub fn typ(self) -> Option<&'static str> {
        match self {
            Profile::At => Some("at+jwt"),
            Profile::Dpop => Some("dpop+jwt"),
            Profile::Id | Profile::ClientAssertion | Profile::GithubApp => None,
        }
    }

    /// The claims that must be there.
    pub fn required(self) -> &'static [&'static str] {
        match self {
            Profile::At => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            Profile::Id => &["iss", "sub", "aud", "exp", "iat"],
            Profile::ClientAssertion => &["iss", "sub", "aud", "exp", "jti"],
            Profile::Dpop => &["jti", "htm", "htu", "iat"],
            Profile::GithubApp => &["iss", "iat", "exp"],
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

    /// The first rule that the claims do not meet, in words, with the flag that helps.
    pub fn fault(self, claims: &Object) -> Option<(String, String)> {
        if let Some(name) = (self.required().iter()).find(|name| !claims.contains_key(**name)) {
            let flag = match *name {
                "iss" | "sub" | "aud" | "exp" | "jti" => format!("--{name}"),
                "iat" => "leave out --no-iat".into(),
                name => format!("{name}=TEXT"),
            };
            let hint = format!("give it with {flag}").replace("give it with leave", "leave");
            return Some((format!("the profile needs the claim {name}"), hint));
        }
        let at = |name: &str| claims.get(name).and_then(Value::as_i64);
        match self {
            Profile::ClientAssertion if claims.get("iss") != claims.get("sub") => Some((
                "iss and sub of a client assertion are both the client".into(),
                "give --iss and --sub the same client_id".into(),
            )),
            Profile::GithubApp if at("exp") > at("iat").map(|iat| iat + 660) => Some((
                "GitHub accepts at most 10 minutes".into(),
                "leave out --exp".into(),
            )),
            _ => None,
        }
    }
}
