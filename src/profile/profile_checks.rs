//! The checks of the profiles for the content of claims and headers.

use serde_json::Value;

use super::APPLE_AUDIENCE;
use crate::crypto::json::{Members, Object, RawValue};
use crate::crypto::key::Key;

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn text_claim(claims: &Members, name: &str) -> Option<String> {
    claims.get(name)?.as_str().map(|text| text.into_owned())
}

/// Whether a claim is absent or an object for which `is_met` returns true.
fn object_claim_meets(claims: &Members, name: &str, is_met: impl Fn(&Object) -> bool) -> bool {
    match claims.get(name).map(RawValue::to_value) {
        None => true,
        Some(Value::Object(members)) => is_met(&members),
        Some(_) => false,
    }
}

/// Whether two claims are equal strings. `true` if one of them is not a string.
pub fn are_equal(claims: &Members, a: &str, b: &str) -> bool {
    match (text_claim(claims, a), text_claim(claims, b)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

pub fn is_subject_id(claims: &Members) -> bool {
    text_claim(claims, "sub").is_none_or(|sub| sub.len() <= 255 && sub.is_ascii())
}

pub fn iss_is_sub(claims: &Members) -> bool {
    are_equal(claims, "iss", "sub")
}

pub fn iss_is_client_id(claims: &Members) -> bool {
    are_equal(claims, "iss", "client_id")
}

/// Whether `htu` is the URI of a request without query and fragment (RFC 9449 section 4.2).
pub fn htu_is_target(claims: &Members) -> bool {
    text_claim(claims, "htu").is_none_or(|uri| {
        let rest = ["https://", "http://"].into_iter().find_map(|scheme| {
            let start = uri.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then(|| &uri[scheme.len()..])
        });
        let is_excluded = |c: char| matches!(c, '?' | '#') || c.is_whitespace() || c.is_control();
        rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(is_excluded)
        })
    })
}

pub fn has_logout_event(claims: &Members) -> bool {
    object_claim_meets(claims, "events", |events| {
        events.get(LOGOUT_EVENT).is_some_and(Value::is_object)
    })
}

/// Whether `events` is a JSON object with at least one member, whose names are URIs and whose values are objects (RFC 8417
/// section 2.2).
pub fn has_events(claims: &Members) -> bool {
    object_claim_meets(claims, "events", |events| {
        let is_event = |(name, payload): (&String, &Value)| is_uri(name) && payload.is_object();
        !events.is_empty() && events.iter().all(is_event)
    })
}

pub fn ttl_is_positive(claims: &Members) -> bool {
    claims.get("ttl").is_none_or(|ttl| ttl.as_f64().is_some_and(|ttl| ttl > 0.0))
}

pub fn has_status_list(claims: &Members) -> bool {
    object_claim_meets(claims, "status_list", |_| true)
}

/// Whether `sub_id` is an object whose member `format` is a string (RFC 9493 section 3).
pub fn has_subject_identifier(claims: &Members) -> bool {
    object_claim_meets(claims, "sub_id", |id| {
        id.get("format").is_some_and(Value::is_string)
    })
}

/// Whether `token_introspection` is a response of RFC 7662, whose `active` is a boolean (RFC 9701 section 5).
pub fn has_introspection(claims: &Members) -> bool {
    object_claim_meets(claims, "token_introspection", |response| {
        response.get("active").is_some_and(Value::is_boolean)
    })
}

/// Whether `cnf.jwk` is a public key.
pub fn confirms_public_key(claims: &Members) -> bool {
    object_claim_meets(claims, "cnf", |cnf| {
        let jwk = cnf.get("jwk").and_then(Value::as_object);
        jwk.is_some_and(|jwk| {
            Key::from_untrusted_jwk(jwk.clone()).is_ok_and(|key| !key.is_secret())
        })
    })
}

pub fn vct_is_not_empty(claims: &Members) -> bool {
    text_claim(claims, "vct").is_none_or(|vct| !vct.is_empty())
}

/// SD-JWT VC section 3.2.2: other types of the credential.
pub fn names_other_types(claims: &Members) -> bool {
    let vct = text_claim(claims, "vct");
    let Some(others) = claims.get("aka_vcts") else {
        return true;
    };
    let is_other = |other: &str| !other.is_empty() && Some(other) != vct.as_deref();
    others.strings().is_some_and(|others| others.iter().all(|other| is_other(other)))
}

/// Whether `sub` is a SPIFFE ID (SPIFFE-ID section 2): `spiffe://`, a trust domain of lower case letters, digits, `.`, `-`
/// and `_`, and a path of these characters and upper case letters, whose segments are neither empty nor `.` nor `..`.
pub fn sub_is_spiffe_id(claims: &Members) -> bool {
    text_claim(claims, "sub").is_none_or(|sub| {
        let Some(rest) = sub.strip_prefix("spiffe://") else {
            return false;
        };
        let (domain, path) = rest.split_once('/').map_or((rest, None), |(a, b)| (a, Some(b)));
        let in_domain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        let in_path = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let is_segment = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && part.chars().all(in_path)
        };
        sub.len() <= 2048
            && !domain.is_empty()
            && domain.chars().all(in_domain)
            && path.is_none_or(|path| path.split('/').all(is_segment))
    })
}

/// Whether `sub` is `system:serviceaccount:NAMESPACE:NAME`.
pub fn sub_is_service_account(claims: &Members) -> bool {
    text_claim(claims, "sub").is_none_or(|sub| service_account(&sub).is_some())
}

fn service_account(sub: &str) -> Option<(&str, &str)> {
    let (namespace, name) = sub.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(':');
    (is_name(namespace) && is_name(name)).then_some((namespace, name))
}

/// Whether the claim `kubernetes.io` names the service account of `sub`.
pub fn kubernetes_names_sub(claims: &Members) -> bool {
    let sub = text_claim(claims, "sub").unwrap_or_default();
    object_claim_meets(claims, "kubernetes.io", |own| {
        let namespace = own.get("namespace").and_then(Value::as_str);
        let account = own.get("serviceaccount").and_then(|account| account.get("name"));
        match service_account(&sub) {
            Some((in_namespace, name)) => {
                namespace == Some(in_namespace) && account.and_then(Value::as_str) == Some(name)
            }
            // The check of `sub` reports the error.
            None => namespace.is_some() && account.is_some_and(Value::is_string),
        }
    })
}

pub fn aud_is_apple(claims: &Members) -> bool {
    text_claim(claims, "aud").is_some_and(|aud| aud == APPLE_AUDIENCE)
}

/// Whether the name is a URI: a scheme, a colon and more characters (RFC 3986 section 3).
fn is_uri(name: &str) -> bool {
    let Some((scheme, rest)) = name.split_once(':') else {
        return false;
    };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !rest.is_empty()
        && !name.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether the header contains only the parameters that JWT-SVID section 2 allows.
pub fn has_only_svid_parameters(header: &Object) -> bool {
    header.keys().all(|name| ["alg", "kid", "typ"].contains(&name.as_str()))
}

/// Whether the header contains exactly one of `jwk`, `kid` and `x5c` (OpenID4VCI appendix F.1).
pub fn names_one_key(header: &Object) -> bool {
    let names = ["jwk", "kid", "x5c"];
    names.iter().filter(|name| header.contains_key(**name)).count() == 1
}
