//! Finds the keys of an issuer in its metadata: OpenID Connect Discovery 1.0, RFC 8414 and SD-JWT VC.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Fetcher;
use super::set::parse_public_set;
use super::url::Url;
use crate::crypto::KeySet;
use crate::crypto::json::{self, Object};
use crate::output::exit::CliError;

/// Returns the URL of the issuer's key set.
///
/// It may be on another host than the issuer, as for Google, because the connection for the metadata authenticates the
/// issuer. A redirect to another host is not followed, because a user of the server may be able to cause one.
///
/// # Errors
/// If the metadata cannot be fetched, are those of another issuer, or name a URL that is not allowed.
pub fn jwks_uri(fetcher: &Fetcher, issuer: &str) -> Result<Url> {
    let url = issuer_url(issuer)?;
    let urls = metadata_urls(&url)?;
    let found = fetcher.load_all(&urls, |text| parse_jwks_uri(text, issuer, &url))?;
    Ok(found.value)
}

/// Parses the URL of an issuer.
///
/// # Errors
/// As [`Url::parse`], and if it has a query.
pub fn issuer_url(issuer: &str) -> Result<Url, CliError> {
    let url = Url::parse(issuer)?;
    if url.query().is_some() {
        return Err(CliError::usage("an issuer URL has no query"));
    }
    Ok(url)
}

/// The location of the keys of an issuer of SD-JWT VCs.
pub enum VcKeys {
    /// The metadata contain the keys.
    Set(KeySet),
    /// The keys are at this URL.
    At(Url),
}

/// Returns the URL of the metadata of an issuer of SD-JWT VCs (SD-JWT VC section 5).
///
/// # Errors
/// If the issuer is not a URL, or has a query.
pub fn vc_metadata_url(issuer: &str) -> Result<Url> {
    let url = issuer_url(issuer)?;
    let path = url.path().trim_end_matches('/');
    Ok(url.join(&format!("/.well-known/jwt-vc-issuer{path}"))?)
}

/// Returns the keys in the metadata of an issuer of SD-JWT VCs, or the URL of the keys.
///
/// # Errors
/// As [`jwks_uri`]; if they do not contain exactly one of `jwks` and `jwks_uri`.
pub fn parse_vc_keys(text: &str, issuer: &str) -> Result<VcKeys> {
    let metadata = issuer_metadata(text, issuer)?;
    match (metadata.get("jwks"), metadata.get("jwks_uri")) {
        (Some(set), None) => Ok(VcKeys::Set(parse_public_set(&set.to_string())?)),
        (None, Some(Value::String(uri))) => Ok(VcKeys::At(key_set_url(uri, &Url::parse(issuer)?)?)),
        _ => Err(
            CliError::failed("the metadata must contain exactly one of jwks and jwks_uri").into(),
        ),
    }
}

/// Returns the possible URLs of the metadata. The well-known path follows the issuer (OpenID Connect), or is between its
/// host and its path (RFC 8414 §3).
///
/// # Errors
/// If such a URL cannot be formed.
pub fn metadata_urls(issuer: &Url) -> Result<Vec<Url>, CliError> {
    let path = issuer.path().trim_end_matches('/');
    let paths = [
        format!("{path}/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server{path}"),
    ];
    paths.iter().map(|path| issuer.join(path)).collect()
}

/// Returns the URL of the key set in the metadata.
///
/// # Errors
/// As [`jwks_uri`].
pub fn parse_jwks_uri(text: &str, issuer: &str, url: &Url) -> Result<Url> {
    let metadata = issuer_metadata(text, issuer)?;
    let jwks_uri = metadata.get("jwks_uri").and_then(Value::as_str);
    let jwks_uri =
        jwks_uri.ok_or_else(|| CliError::failed("the metadata does not contain jwks_uri"))?;
    key_set_url(jwks_uri, url)
}

/// Parses metadata. They must be those of the issuer.
fn issuer_metadata(text: &str, issuer: &str) -> Result<Object> {
    let metadata = json::parse_object(text.as_bytes())
        .map_err(|fault| CliError::failed(format!("the metadata {fault}")))?;
    match metadata.get("issuer").and_then(Value::as_str) {
        Some(other) if other != issuer => {
            let hint = "issuers are compared exactly, including a trailing slash";
            let message = format!("the metadata belongs to the issuer {other}, not to {issuer}");
            Err(CliError::failed(message).with_hint(hint).into())
        }
        None => Err(CliError::failed("the metadata does not contain an issuer").into()),
        Some(_) => Ok(metadata),
    }
}

/// Checks the URL of the key set in the metadata at `url`.
fn key_set_url(jwks_uri: &str, url: &Url) -> Result<Url> {
    let found = Url::parse(jwks_uri)
        .map_err(|error| CliError::failed(error.message))
        .context("the jwks_uri of the metadata")?;
    // The user has named the host of the issuer. An issuer on another machine must not select a service on this machine.
    if url.is_loopback() || found.host() == url.host() {
        return Ok(found);
    }
    found
        .restricted_to_remote()
        .map_err(|error| CliError::failed(error.message))
        .context("the jwks_uri of the metadata")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_urls_are_those_of_openid_discovery_and_rfc_8414() {
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
            let urls = metadata_urls(&Url::parse(issuer).unwrap()).unwrap();
            let urls: Vec<&str> = urls.iter().map(Url::as_str).collect();
            assert_eq!(urls, [behind, before]);
        }
    }

    #[test]
    fn metadata_of_another_issuer_or_with_an_unsafe_jwks_uri_is_rejected() {
        let read = |text: &str, issuer: &str| {
            parse_jwks_uri(text, issuer, &Url::parse(issuer).unwrap())
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
                "not to https://a.example",
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
            (
                format!(r#"{{"issuer":"{a}"}}"#),
                "does not contain jwks_uri",
            ),
            ("{}".into(), "does not contain an issuer"),
            ("[]".into(), "not a JSON object"),
            ("<html>".into(), "not valid JSON"),
        ] {
            let error = read(&text, a).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
