//! The addresses that keys are fetched from.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;
use ureq::http::uri::Scheme;

use crate::output::exit::CliError;

/// An address that keys may come from: https, or http on this machine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url(Uri);

impl Url {
    /// Reads an address.
    ///
    /// # Errors
    /// When others could put keys of their own in its place, or see what it gives away. The address is not repeated.
    pub fn parse(text: &str) -> Result<Url, CliError> {
        let wrong = |what: &str| CliError::usage(format!("the URL {what}"));
        let uri: Uri = (text.parse().ok())
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or_else(|| wrong("is not well-formed"))?;
        let authority = uri.authority().ok_or_else(|| wrong("names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds credentials").hint("a set of public keys needs none"));
        }
        if text.contains('#') {
            return Err(wrong("has a fragment"));
        }
        let url = Url(uri);
        match url.0.scheme() {
            _ if url.host().is_empty() => Err(wrong("names no host")),
            Some(scheme) if *scheme == Scheme::HTTPS => Ok(url),
            Some(scheme) if *scheme == Scheme::HTTP && url.is_loopback() => Ok(url),
            Some(scheme) if *scheme == Scheme::HTTP => Err(wrong(
                "is plain http, so whoever is on the way could put in keys of their own",
            )
            .hint("https does not let them; http is for this machine only")),
            _ => Err(wrong("is not https")),
        }
    }

    /// The address as HTTP takes it.
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// The address whole, query included.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// The host, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether it is this machine itself.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
            || host.parse().is_ok_and(|ip: Ipv6Addr| ip.is_loopback())
    }

    /// Whether what is said on the way there is secret.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }

    /// Whether both are answered by one server.
    pub fn same_server(&self, other: &Url) -> bool {
        let port = |url: &Url| {
            url.0
                .port_u16()
                .unwrap_or(if url.is_https() { 443 } else { 80 })
        };
        self.is_https() == other.is_https()
            && self.host().eq_ignore_ascii_case(other.host())
            && port(self) == port(other)
    }

    /// What a redirection of this address to `location` leads to.
    ///
    /// # Errors
    /// As [`Url::parse`].
    pub fn join(&self, location: &str) -> Result<Url, CliError> {
        if location.contains("://") {
            return Url::parse(location);
        }
        let scheme = self.0.scheme_str().unwrap_or_default();
        if location.starts_with("//") {
            return Url::parse(&format!("{scheme}:{location}"));
        }
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        let folder = match (location.starts_with('/'), self.0.path().rsplit_once('/')) {
            (false, Some((folder, _))) => format!("{folder}/"),
            _ => String::new(),
        };
        Url::parse(&format!("{scheme}://{authority}{folder}{location}"))
    }
}

/// Without the query, which may hold what is nobody's business.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        match text.split_once('?') {
            None => f.write_str(&text),
            Some((address, _)) => write!(f, "{address}?.."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_taken_and_http_on_this_machine_only() {
        for good in [
            "https://issuer.example/jwks.json",
            "HTTPS://issuer.example:8443/a?b=c",
            "http://localhost:8080/jwks",
            "http://127.0.0.9/jwks",
            "http://[::1]:1/jwks",
        ] {
            assert!(Url::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://issuer.example/jwks", "plain http"),
            ("http://127.0.0.1.example/", "plain http"),
            ("http://localhost.example/", "plain http"),
            ("http://0.0.0.0/", "plain http"),
            ("https://user:pw@issuer.example/", "credentials"),
            ("https://user@issuer.example/", "credentials"),
            ("https://issuer.example/#x", "fragment"),
            ("ftp://issuer.example/", "not https"),
            ("file:///etc/passwd", "well-formed"),
            ("https://", "well-formed"),
            ("https://issuer.example/a b", "well-formed"),
            ("https://issuer.example/\u{202e}", "well-formed"),
        ] {
            let error = Url::parse(bad).unwrap_err().to_string();
            assert!(error.contains(why), "{bad}: {error}");
            assert!(!error.contains("pw"));
        }
    }

    #[test]
    fn a_redirection_is_joined_to_where_it_came_from() {
        let url = Url::parse("https://issuer.example/a/b?q=1").unwrap();
        for (location, expected) in [
            ("/c", "https://issuer.example/c"),
            ("c", "https://issuer.example/a/c"),
            ("//other.example/c", "https://other.example/c"),
            (
                "https://issuer.example:443/c",
                "https://issuer.example:443/c",
            ),
        ] {
            assert_eq!(url.join(location).unwrap().text(), expected);
        }
        let same = |other: &str| url.same_server(&Url::parse(other).unwrap());
        assert!(same("https://ISSUER.example:443/x") && !same("https://issuer.example:444/"));
        assert!(!same("https://other.example/"));
    }

    #[test]
    fn a_query_is_not_shown() {
        let url = Url::parse("https://issuer.example/a?token=secret").unwrap();
        assert_eq!(url.to_string(), "https://issuer.example/a?..");
    }
}
