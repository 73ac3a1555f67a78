//! The profile that a token seems to have, and whether the token meets its rules.

use std::borrow::Cow;

use serde_json::Value;

use crate::crypto::alg::Signature;
use crate::crypto::error::{Code, Failure};
use crate::crypto::json::{Members, Object};
use crate::crypto::jwt::claims::TokenRules as _;
use crate::crypto::policy::{MAX_TOKEN, same_media_type};
use crate::crypto::token::HeaderCache;
use crate::inspection::findings::token_findings::is_jwt;
use crate::inspection::parse::{Document, Family, Serialization, Token};
use crate::profile::{KeySource, Profile};
use crate::sd_jwt::SignedToken;

/// Why a token is checked against a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The caller named the profile.
    Asked,
    /// The header parameter `typ` is specific to the profile.
    Typ,
    /// The claims are typical of the profile.
    Claims,
}

/// A profile, and what a token lacks to meet it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileVerdict {
    /// The profile.
    pub profile: Profile,
    /// Why this profile was chosen.
    pub basis: Basis,
    /// The rules that the token does not meet, without those that depend on the time or the keys. `None` if they cannot be
    /// checked: the token is encrypted or cut off.
    pub failures: Option<Vec<Failure>>,
}

/// Checks a token against a profile, or against the one that it seems to have. Of nested tokens only the inner one is checked.
pub fn judge_profile(token: &Token, asked: Option<Profile>) -> Option<ProfileVerdict> {
    if token.nested.is_some() {
        return None;
    }
    let (profile, basis) = match asked {
        Some(profile) => (profile, Basis::Asked),
        None => detect_profile(token)?,
    };
    Some(ProfileVerdict {
        profile,
        basis,
        failures: profile_failures(profile, token),
    })
}

/// Whether the header or the claims are cut off. A member that is absent then proves nothing.
fn is_cut(token: &Token) -> bool {
    let header = token.head().protected.as_deref();
    let documents = [header, token.claims.as_ref()];
    documents.into_iter().flatten().any(Document::is_cut)
}

/// Returns the profile that a token seems to have.
fn detect_profile(token: &Token) -> Option<(Profile, Basis)> {
    if !is_jwt(token) {
        return None;
    }
    let claims = token.claims()?;
    let typ = token.head().text("typ");
    let says = |wanted: &str| typ.is_some_and(|typ| same_media_type(typ, wanted));
    // The two profiles of security events have the same typ and differ by sub_id.
    if says("secevent+jwt") {
        let is_ssf = claims.contains_key("sub_id");
        let profile = if is_ssf { Profile::Ssf } else { Profile::Set };
        return Some((profile, Basis::Typ));
    }
    let named = Profile::all().find(|profile| {
        let own = profile.table_row().types[0];
        own != "JWT" && says(own)
    });
    if let Some(profile) = named {
        return Some((profile, Basis::Typ));
    }
    // Before its draft 06, the typ of an SD-JWT VC was vc+sd-jwt.
    let is_open = match &token.sd {
        Some(_) => typ.is_none() || says("JWT") || says("vc+sd-jwt"),
        None => typ.is_none() || says("JWT") || says("JOSE"),
    };
    let profile = is_open.then(|| by_claims(token, claims))??;
    Some((profile, Basis::Claims))
}

/// Returns the profile that the claims suggest, for a token without a specific typ. The most specific claims come first.
fn by_claims(token: &Token, claims: &Object) -> Option<Profile> {
    let has = |name: &str| claims.contains_key(name);
    let has_any = |names: &[&str]| names.iter().any(|name| has(name));
    let text = |name: &str| {
        let text = claims.get(name).and_then(Value::as_str);
        text.unwrap_or_default()
    };
    let (iss, sub, aud) = (text("iss"), text("sub"), text("aud"));
    if token.sd.is_some() {
        return has("vct").then_some(Profile::SdJwtVc);
    }
    let is_event = |name: &str| claims.get("events").is_some_and(|own| own.get(name).is_some());
    let is_github_app = || {
        let is_id = !iss.is_empty() && iss.bytes().all(|byte| byte.is_ascii_digit());
        let is_alone = claims.len() == 3 && has("iat") && has("exp");
        is_alone && (is_id || iss.starts_with("Iv")) && token.head().text("alg") == Some("RS256")
    };
    Some(match () {
        () if has("kubernetes.io") => Profile::K8sSa,
        () if sub.starts_with("spiffe://") => Profile::JwtSvid,
        () if is_event("http://schemas.openid.net/event/backchannel-logout") => Profile::Logout,
        () if has("events") && has("sub_id") => Profile::Ssf,
        () if has("events") => Profile::Set,
        () if has("token_introspection") => Profile::Introspection,
        () if has("status_list") => Profile::StatusList,
        () if has("htm") && has("htu") => Profile::Dpop,
        () if has("response_type") && has("client_id") => Profile::Jar,
        () if aud == crate::profile::APPLE_AUDIENCE => Profile::Apple,
        () if iss.ends_with(".iam.gserviceaccount.com") => Profile::Google,
        () if !sub.is_empty() && iss.starts_with(&format!("{sub}.SHA256:")) => Profile::Snowflake,
        () if is_github_app() => Profile::GithubApp,
        () if has_any(&["scope", "scp"]) || text("token_use") == "access" => Profile::At,
        () if has_any(&["nonce", "at_hash", "c_hash", "firebase"]) => Profile::Id,
        () if has("azp") && has("aud") => Profile::Id,
        () if has_any(&["code", "error"]) && has("aud") && !has("sub") => Profile::Jarm,
        () if !sub.is_empty() && iss == sub && has("aud") => Profile::ClientAssertion,
        // The audience is the URL of a token endpoint.
        () if aud.ends_with("/token") => Profile::JwtBearer,
        () => return None,
    })
}

/// Returns the rules of a profile that a token does not meet, those for the header first.
fn profile_failures(profile: Profile, token: &Token) -> Option<Vec<Failure>> {
    if token.family == Family::Jwe || is_cut(token) {
        return None;
    }
    let row = profile.table_row();
    let (head, empty) = (token.head(), Object::new());
    let header = head.protected.as_ref().map_or(&empty, |document| &document.object);
    let mut failures = Vec::new();
    let mut fail = |name: &str, expected: String, actual: Option<String>| {
        failures.push(Failure::new(Code::NotAllowed, name, expected, actual));
    };
    if token.form != Serialization::Compact {
        let actual = Some(token.form.name().to_owned());
        fail("format", "compact".into(), actual);
    }
    let alg = head.text("alg").unwrap_or_default();
    let is_symmetric = Signature::from_name(alg).is_some_and(Signature::is_symmetric);
    if !row.algorithms.is_empty() && !row.algorithms.contains(&alg) {
        let expected = format!("one of {}", row.algorithms.join(", "));
        fail("alg", expected, Some(Value::from(alg).to_string()));
    } else if row.is_proof && is_symmetric {
        let expected = "an algorithm with a private key".to_owned();
        fail("alg", expected, Some(Value::from(alg).to_string()));
    }
    if row.key_source == KeySource::Header && !header.contains_key("jwk") {
        fail("jwk", "present".into(), None);
    }
    let policy = profile.policy(0, 0);
    let is_protected = header.get("typ").is_some_and(Value::is_string);
    failures.extend(policy.types.type_failure(head.text("typ"), is_protected));
    failures.extend(row.header_failure(header));
    let (payload, disclosed) = checked_payload(token, profile);
    failures.extend(disclosed);
    match (Members::parse(&payload), &policy.claims) {
        (Ok(claims), Some(rules)) => {
            let found = rules.check(&claims, policy.now).into_iter();
            // Whether the token has expired or is not yet valid is not a rule of the profile.
            failures.extend(found.filter(|failure| failure.seconds_off.is_none()));
        }
        _ => {
            let failure = Failure::new(Code::ClaimRejected, "payload", "a claims set", None);
            failures.push(failure);
        }
    }
    Some(failures)
}

/// Returns the text of the claims, and the failures of the claims that are disclosed wrongly. The claims of an SD-JWT include
/// the disclosed ones, if its disclosures are valid.
fn checked_payload(token: &Token, profile: Profile) -> (Cow<'_, [u8]>, Vec<Failure>) {
    if token.sd.is_some() {
        let parsed = SignedToken::parse(
            token.text.as_bytes(),
            MAX_TOKEN,
            &mut HeaderCache::default(),
        );
        if let Ok(SignedToken::SdJwt(parsed)) = parsed
            && let Ok(processed) = parsed.process_unverified()
        {
            let failures = processed.wrongly_disclosed(profile.table_row().visible);
            let payload = Value::Object(processed.payload).to_string();
            return (payload.into_bytes().into(), failures);
        }
    }
    let payload = match (token.claims(), &token.body) {
        // Claims are checked even if their text is damaged, because other parsers may accept it.
        (Some(claims), _) => serde_json::to_vec(claims).unwrap_or_default().into(),
        (None, Some(body)) => body.bytes.as_slice().into(),
        (None, None) => Cow::default(),
    };
    (payload, Vec::new())
}
