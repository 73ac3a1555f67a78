//! URLs from which keys are fetched, and the addresses that their hosts may have.

use std::fmt;
use std::net::IpAddr;

use url::Host;

use crate::output::exit::CliError;

/// The URL of a key set or of an issuer: https, or http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    url: url::Url,
    network: Network,
}

/// The addresses that the host of a URL may have. They are checked after name resolution, so that neither another notation
/// of an address nor a DNS record avoids the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Any address: an https URL that the user names.
    Any,
    /// This machine only: a plain http URL.
    Loopback,
    /// Other machines only: a URL that the issuer on another machine names.
    Remote,
}

impl Network {
    /// Whether a connection to `address` is allowed.
    pub fn allows(self, address: IpAddr) -> bool {
        match self {
            Network::Any => true,
            Network::Loopback => address.to_canonical().is_loopback(),
            Network::Remote => !is_this_machine(address),
        }
    }
}

/// Whether a connection to `address` stays on this machine. This includes the unspecified address, because most systems treat
/// it as the loopback address.
fn is_this_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

impl Url {
    /// Parses an absolute URL.
    ///
    /// # Errors
    /// If the URL is malformed, has credentials or a fragment, or is plain http to another machine. The error does not
    /// repeat the URL.
    pub fn parse(text: &str) -> Result<Url, CliError> {
        // The library also accepts the leniencies of browsers: line breaks, spaces, backslashes, a missing slash.
        let is_strict = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !is_strict || !text.contains("://") {
            let error = CliError::usage("the URL is not well-formed");
            // The hint repeats the text only if it has no `@` and no query, which may contain secrets.
            let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:/".contains(&byte);
            let is_plain = text.contains('.') && text.bytes().all(is_host);
            return Err(if is_plain {
                error.with_hint(format!("https://{text} is a URL"))
            } else {
                error.with_hint("a URL begins with https://")
            });
        }
        url::Url::parse(text)
            .map_err(|_| CliError::usage("the URL is not well-formed"))
            .and_then(Url::new)
    }

    fn new(url: url::Url) -> Result<Url, CliError> {
        let wrong = |what: &str| CliError::usage(format!("the URL {what}"));
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                wrong("contains credentials").with_hint("public key sets do not need credentials")
            );
        }
        if url.fragment().is_some() {
            return Err(wrong("has a fragment"));
        }
        let is_local = url.host().is_some_and(is_loopback_host);
        let network = match url.scheme() {
            "https" => Network::Any,
            "http" if is_local => Network::Loopback,
            "http" => {
                let message =
                    "is plain http, so that anyone on the network path could replace the keys";
                return Err(wrong(message).with_hint("use https; http is for this machine only"));
            }
            _ => return Err(wrong("is not https").with_hint("use an https URL or a path")),
        };
        Ok(Url { url, network })
    }

    /// Returns the same URL, restricted to other machines.
    ///
    /// # Errors
    /// If the host is an address or a name of this machine.
    pub fn restricted_to_remote(mut self) -> Result<Url, CliError> {
        let is_local = match self.url.host() {
            Some(Host::Ipv4(address)) => is_this_machine(address.into()),
            Some(Host::Ipv6(address)) => is_this_machine(address.into()),
            Some(host) => is_loopback_host(host),
            None => true,
        };
        if is_local {
            return Err(CliError::failed("the URL leads to this machine"));
        }
        self.network = Network::Remote;
        Ok(self)
    }

    /// Returns the addresses that the host may have.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Returns the complete URL, including the query.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Returns the path.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// Returns the query without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.url.query()
    }

    /// Returns the host. An IPv6 address has no brackets.
    pub fn host(&self) -> &str {
        self.uri_host().trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the host as in the URL. An IPv6 address has brackets.
    pub fn uri_host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether the host is a loopback address or `localhost`.
    pub fn is_loopback(&self) -> bool {
        self.url.host().is_some_and(is_loopback_host)
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether both URLs are on the same server: scheme, host and port are equal.
    pub fn same_server(&self, other: &Url) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// Resolves a URL reference (RFC 3986 section 5.2) against this URL. The result may be fetched from the same
    /// addresses as this URL.
    ///
    /// # Errors
    /// As [`Url::parse`].
    pub fn join(&self, reference: &str) -> Result<Url, CliError> {
        let joined =
            self.url.join(reference).map_err(|_| CliError::usage("the URL is not well-formed"))?;
        let joined = Url::new(joined)?;
        match self.network {
            Network::Remote => joined.restricted_to_remote(),
            Network::Any | Network::Loopback => Ok(joined),
        }
    }
}

/// Whether a host is a loopback address, or a name that always resolves to one (RFC 6761 section 6.3).
fn is_loopback_host(host: Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

/// The query is omitted, because it may contain a secret.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str().split_once('?') {
            None => f.write_str(self.as_str()),
            Some((address, _)) => write!(f, "{address}?.."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_accepted_and_http_for_loopback_only() {
        for good in [
            "https://issuer.example/jwks.json",
            "HTTPS://issuer.example:8443/a?b=c",
            "http://localhost:8080/jwks",
            "http://127.0.0.9/jwks",
            "http://[::1]:1/jwks",
            "http://127.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://2130706433/",
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
            ("file:///etc/passwd", "not https"),
            ("https:issuer.example/", "well-formed"),
            ("https:\\\\issuer.example/", "well-formed"),
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
    fn redirect_is_resolved_against_its_url() {
        let url = Url::parse("https://issuer.example/a/b?q=1").unwrap();
        for (location, expected) in [
            ("/c", "https://issuer.example/c"),
            ("c", "https://issuer.example/a/c"),
            ("?v=2", "https://issuer.example/a/b?v=2"),
            (
                "/keys?from=https://x",
                "https://issuer.example/keys?from=https://x",
            ),
            ("//other.example/c", "https://other.example/c"),
            ("https://issuer.example:443/c", "https://issuer.example/c"),
        ] {
            assert_eq!(url.join(location).unwrap().as_str(), expected);
        }
        let same = |other: &str| url.same_server(&Url::parse(other).unwrap());
        assert!(same("https://ISSUER.example:443/x") && !same("https://issuer.example:444/"));
        assert!(!same("https://other.example/"));
    }

    #[test]
    fn loopback_address_in_any_notation_is_not_remote() {
        for local in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0.0.0.0",
            "0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:0.0.0.0]",
        ] {
            let url = Url::parse(&format!("https://{local}/jwks")).unwrap();
            assert!(url.restricted_to_remote().is_err(), "{local}");
        }
        let remote = Url::parse("https://192.0.2.1/a").unwrap();
        let remote = remote.restricted_to_remote().unwrap();
        assert!(remote.join("//127.1/").is_err() && remote.join("/b").is_ok());
        let network = Network::Remote;
        assert!(!network.allows("::ffff:127.9.9.9".parse().unwrap()));
        assert!(network.allows("192.0.2.1".parse().unwrap()));
        assert!(!Network::Loopback.allows("192.0.2.1".parse().unwrap()));
        assert!(Network::Loopback.allows("::1".parse().unwrap()));
    }

    #[test]
    fn query_is_not_displayed() {
        let url = Url::parse("https://issuer.example/a?token=secret").unwrap();
        assert_eq!(url.to_string(), "https://issuer.example/a?..");
    }
}
