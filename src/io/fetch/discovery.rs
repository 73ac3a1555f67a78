//! Where an issuer's keys are, by what the issuer itself says: OpenID Connect Discovery 1.0 and RFC 8414.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Fetcher;
use super::set::key_set;
use super::url::Url;
use crate::crypto::KeySet;
use crate::crypto::json::{self, Object};
use crate::output::exit::CliError;

/// The address of the issuer's key set.
///
/// It may be at another host than the issuer, as that of Google is: the issuer says so itself, by a connection that proved
/// who it is. A redirection proves no more, but whoever can make a server redirect need not be its owner.
///
/// # Errors
/// When the metadata cannot be fetched, is another issuer's, or names an address that is no better than plain http.
pub fn jwks_uri(fetcher: &Fetcher, issuer: &str) -> Result<Url> {
    let url = Url::parse(issuer)?;
    if url.query().is_some() {
        return Err(CliError::usage("an issuer has no query").into());
    }
    let places = places(&url)?;
    let found = fetcher.load(&places, |text| jwks_uri_in(text, issuer, &url))?;
    Ok(found.value)
}

/// Where the keys of an issuer of SD-JWT VCs are.
pub enum VcKeys {
    /// In the metadata.
    Set(KeySet),
    /// At this address.
    At(Url),
}

/// Returns the address of the metadata of an issuer of SD-JWT VCs (SD-JWT VC section 5).
///
/// # Errors
/// When the issuer is not a URL, or has a query.
pub fn vc_issuer_place(issuer: &str) -> Result<Url> {
    let url = Url::parse(issuer)?;
    if url.query().is_some() {
        return Err(CliError::usage("an issuer has no query").into());
    }
    let path = url.path().trim_end_matches('/');
    Ok(url.join(&format!("/.well-known/jwt-vc-issuer{path}"))?)
}

/// Returns the keys that the metadata of an issuer of SD-JWT VCs contain or name.
///
/// # Errors
/// As [`jwks_uri`]; when they do not have exactly one of `jwks` and `jwks_uri`.
pub fn vc_keys_in(text: &str, issuer: &str) -> Result<VcKeys> {
    let metadata = issuer_metadata(text, issuer)?;
    match (metadata.get("jwks"), metadata.get("jwks_uri")) {
        (Some(set), None) => Ok(VcKeys::Set(key_set(&set.to_string())?)),
        (None, Some(Value::String(uri))) => Ok(VcKeys::At(key_set_url(uri, &Url::parse(issuer)?)?)),
        _ => {
            Err(CliError::failed("the metadata must have exactly one of jwks and jwks_uri").into())
        }
    }
}

/// Where the metadata may be: behind the issuer (OpenID Connect), or between its host and its path (RFC 8414 §3).
///
/// # Errors
/// When such an address cannot be formed.
pub fn places(issuer: &Url) -> Result<Vec<Url>, CliError> {
    let path = issuer.path().trim_end_matches('/');
    let paths = [
        format!("{path}/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server{path}"),
    ];
    paths.iter().map(|path| issuer.join(path)).collect()
}

/// Returns the address of the key set that the metadata name.
///
/// # Errors
/// As [`jwks_uri`].
pub fn jwks_uri_in(text: &str, issuer: &str, url: &Url) -> Result<Url> {
    let metadata = issuer_metadata(text, issuer)?;
    let jwks_uri = metadata.get("jwks_uri").and_then(Value::as_str);
    let jwks_uri = jwks_uri.ok_or_else(|| CliError::failed("the metadata names no jwks_uri"))?;
    key_set_url(jwks_uri, url)
}

/// Parses metadata, which must be those of the issuer.
fn issuer_metadata(text: &str, issuer: &str) -> Result<Object> {
    let metadata = json::parse_object(text.as_bytes())
        .map_err(|fault| CliError::failed(format!("the metadata {fault}")))?;
    match metadata.get("issuer").and_then(Value::as_str) {
        Some(other) if other != issuer => {
            let hint = "an issuer is compared letter by letter, a slash at its end included";
            let message = format!("the metadata is that of the issuer {other}, not of {issuer}");
            Err(CliError::failed(message).hint(hint).into())
        }
        None => Err(CliError::failed("the metadata names no issuer").into()),
        Some(_) => Ok(metadata),
    }
}

/// Checks the address of a key set that the metadata of the issuer at `url` name.
fn key_set_url(jwks_uri: &str, url: &Url) -> Result<Url> {
    let found = Url::parse(jwks_uri)
        .map_err(|error| CliError::failed(error.message))
        .context("the jwks_uri of the metadata")?;
    // The operator has named the issuer's host. An issuer on another machine has no say in what this machine serves to
    // itself.
    if url.is_loopback() || found.host() == url.host() {
        return Ok(found);
    }
    (found.restricted_to_remote())
        .map_err(|error| CliError::failed(error.message))
        .context("the jwks_uri of the metadata")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_looked_for_behind_the_issuer_and_before_its_path() {
        for (issuer, behind, before) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/t/1/",
                "https://a.example/t/1/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server/t/1",
            ),
        ] {
            let places = places(&Url::parse(issuer).unwrap()).unwrap();
            let places: Vec<String> = places.iter().map(|url| url.as_str().to_owned()).collect();
            assert_eq!(places, [behind, before]);
        }
    }

    #[test]
    fn metadata_must_be_the_issuers_own_and_name_a_safe_address() {
        let read = |text: &str, issuer: &str| {
            jwks_uri_in(text, issuer, &Url::parse(issuer).unwrap())
                .map(|url| url.as_str().to_owned())
                .map_err(|error| format!("{error:#}"))
        };
        let (a, local) = ("https://a.example", "http://127.0.0.1:1");
        let of = |issuer: &str, uri: &str| format!(r#"{{"issuer":"{issuer}","jwks_uri":"{uri}"}}"#);
        let elsewhere = "https://keys.example/set";
        assert_eq!(read(&of(a, elsewhere), a).unwrap(), elsewhere);
        let own = "http://localhost:2/set";
        assert_eq!(read(&of(local, own), local).unwrap(), own);
        for (text, why) in [
            (
                of("https://a.example/", elsewhere),
                "not of https://a.example",
            ),
            (
                of("https://b.example", elsewhere),
                "issuer https://b.example",
            ),
            (of(a, "http://a.example/set"), "plain http"),
            (of(a, "https://127.0.0.1/set"), "to this machine"),
            (of(a, "https://127.1/set"), "to this machine"),
            (of(a, "https://[::ffff:127.0.0.1]/set"), "to this machine"),
            (of(a, "http://0.0.0.0/set"), "plain http"),
            (of(a, "https://0.0.0.0/set"), "to this machine"),
            (of(a, "http://2130706433/set"), "to this machine"),
            (of(a, "https://u:p@a.example/"), "credentials"),
            (format!(r#"{{"issuer":"{a}"}}"#), "no jwks_uri"),
            ("{}".into(), "no issuer"),
            ("[]".into(), "not a JSON object"),
            ("<html>".into(), "not JSON"),
        ] {
            let error = read(&text, a).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
