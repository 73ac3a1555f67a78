//! The HTTP client. It sends one GET request with limits for time and size. Redirects to another server are not followed.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ureq::config::Config;
use ureq::http::{HeaderMap, Response, StatusCode, Uri, header};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector, NextTimeout, SocksConnector, TcpConnector,
};
use ureq::{Agent, Body, Error, Proxy};

use super::tls::Tls;
use super::url::{Network, Url};
use crate::io::source::{ProxyVariables, io_error};
use crate::output::exit::CliError;

/// The largest body, in bytes.
pub const MAX_BODY: u64 = 1024 * 1024;
/// The time limit of a fetch, from the first resolution of the name to the last byte.
pub const MAX_TIME: Duration = Duration::from_secs(10);
/// The largest number of redirects that are followed.
const MAX_REDIRECTS: usize = 3;
/// How long a response without max-age is fresh, in seconds.
const DEFAULT_AGE: i64 = 600;
/// The shortest and the longest time for which a response is fresh, in seconds. The minimum avoids a request in every run. The
/// maximum limits the trust in a revoked key to one day.
const AGES: (i64, i64) = (60, 86_400);

/// The response of a server.
#[derive(Debug)]
pub struct HttpResponse {
    /// The body; `None` if the cached body is still valid.
    pub body: Option<Vec<u8>>,
    /// The ETag for the next request.
    pub etag: Option<String>,
    /// How long it is fresh, in seconds.
    pub max_age: i64,
    /// Whether it is the response after a redirect.
    pub is_redirected: bool,
}

/// The message about a redirect that is not followed.
const OTHER_SERVER: &str = "the server redirects to another server; the redirect is not followed";

/// Whether a fetch failed because of a redirect to another server.
pub fn is_redirected_elsewhere(error: &anyhow::Error) -> bool {
    error.downcast_ref::<CliError>().is_some_and(|error| error.message == OTHER_SERVER)
}

/// An HTTP status other than success.
#[derive(Debug)]
pub struct Status(StatusCode);

impl Status {
    /// Whether the status means that the server does not have the document.
    pub fn is_absence(&self) -> bool {
        self.0.is_client_error()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server responded with {}", self.0)
    }
}

impl std::error::Error for Status {}

/// An HTTP client for key sets and metadata.
#[derive(Debug)]
pub struct HttpClient {
    tls: Tls,
    proxies: ProxyVariables,
    max_time: Duration,
    /// The media type of the Accept header.
    accept: &'static str,
}

/// Resolves the host of a URL to addresses that its [`Network`] allows. The connection uses the addresses returned here, so
/// that a second resolution of the name cannot change them. A proxy may have any address.
#[derive(Debug)]
struct CheckedResolver {
    host: String,
    network: Network,
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = DefaultResolver::default().resolve(uri, config, timeout)?;
        let is_target = uri.host() == Some(&self.host);
        if is_target && !addresses.iter().all(|address| self.network.allows(address.ip())) {
            return Err(Error::Other(Box::new(match self.network {
                Network::Loopback => CliError::failed("the host is not this machine")
                    .with_hint("use https; http is for this machine only"),
                _ => CliError::failed("the host has an address of this machine"),
            })));
        }
        Ok(addresses)
    }
}

impl HttpClient {
    /// Returns a client that trusts the CA certificates in `ca`, as `Tls::new` does.
    ///
    /// # Errors
    /// As `Tls::new`.
    pub fn new(
        ca: Option<&[u8]>,
        proxies: ProxyVariables,
        max_time: Duration,
        accept: &'static str,
    ) -> Result<HttpClient, CliError> {
        let tls = Tls::new(ca)?;
        Ok(HttpClient {
            tls,
            proxies,
            max_time,
            accept,
        })
    }

    /// Returns an agent for one request.
    fn agent_for(&self, url: &Url) -> Agent {
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(self.tls.clone());
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("jotsmith/", env!("CARGO_PKG_VERSION")))
            .accept(self.accept)
            // Without compression, the body cannot exceed the limit after decoding.
            .accept_encoding("identity")
            .build();
        let resolver = CheckedResolver {
            host: url.uri_host().to_owned(),
            network: url.network(),
        };
        Agent::with_parts(config, connector, resolver)
    }

    /// Sends the request. `etag` is the ETag of the cached document.
    ///
    /// # Errors
    /// If there is no complete response within the limits; a [`Status`] if the status is not success.
    pub fn get(&self, url: &Url, etag: Option<&str>) -> Result<HttpResponse> {
        self.follow_redirects(url, etag).with_context(|| url.to_string())
    }

    fn follow_redirects(&self, url: &Url, etag: Option<&str>) -> Result<HttpResponse> {
        let start = Instant::now();
        let mut at = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let left = self.max_time.saturating_sub(start.elapsed());
            let response = self.send_request(&at, etag, left)?;
            let status = response.status();
            if status == StatusCode::NOT_MODIFIED && etag.is_some() {
                return Ok(response_from(response.headers(), None));
            }
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                let mut answer = read_response(response, self.max_time)?;
                answer.is_redirected = at != *url;
                return Ok(answer);
            }
            let location = response.headers().get(header::LOCATION);
            let location = location.ok_or(Status(status))?.to_str().unwrap_or("//");
            let next = at.join(location).ok();
            at = next.filter(|next| next.same_server(url)).ok_or_else(|| {
                CliError::failed(OTHER_SERVER)
                    .with_hint("if you trust that server, give its URL instead")
            })?;
        }
        let message = format!("the server redirects more than {MAX_REDIRECTS} times");
        Err(CliError::failed(message).into())
    }

    fn send_request(
        &self,
        url: &Url,
        etag: Option<&str>,
        left: Duration,
    ) -> Result<Response<Body>> {
        let proxy = if url.is_https() && !goes_direct(url.host(), &self.proxies.exceptions) {
            self.proxies.proxy.as_deref().map(Proxy::new).transpose()
        } else {
            Ok(None)
        };
        let proxy = proxy.map_err(|_| {
            CliError::failed("the proxy in the environment is not a valid URL")
                .with_hint("correct https_proxy, or unset it")
        })?;
        let mut request = self.agent_for(url).get(url.as_str());
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let request = request.config().proxy(proxy).timeout_global(Some(left));
        Ok(request.build().call().map_err(|error| http_error(error, self.max_time))?)
    }
}

/// Whether the environment excludes a host from the proxy, by its name or by a domain that contains it.
fn goes_direct(host: &str, exceptions: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let names = exceptions.split([',', ' ']).map(|name| {
        let name = name.trim().trim_start_matches("*.").trim_start_matches('.');
        name.trim_matches(['[', ']']).to_ascii_lowercase()
    });
    names.filter(|name| !name.is_empty()).any(|name| {
        let before = host.strip_suffix(&name);
        name == "*" || before.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn read_response(mut response: Response<Body>, max_time: Duration) -> Result<HttpResponse> {
    if response.status() != StatusCode::OK {
        return Err(Status(response.status()).into());
    }
    let encoding = response.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(CliError::failed(
            "the response is compressed, although this was not requested",
        )
        .into());
    }
    let body = response.body_mut().with_config().limit(MAX_BODY);
    let body = body.read_to_vec().map_err(|error| http_error(error, max_time))?;
    Ok(response_from(response.headers(), Some(body)))
}

fn response_from(headers: &HeaderMap, body: Option<Vec<u8>>) -> HttpResponse {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let age = text(header::AGE).and_then(|age| age.trim().parse::<i64>().ok());
    HttpResponse {
        body,
        etag: text(header::ETAG).map(str::to_owned),
        max_age: max_age(
            text(header::CACHE_CONTROL).unwrap_or_default(),
            age.unwrap_or(0),
        ),
        is_redirected: false,
    }
}

/// Returns how long a response that is already `age` seconds old is fresh (RFC 9111 §4.2).
fn max_age(cache_control: &str, age: i64) -> i64 {
    let mut max_age = DEFAULT_AGE;
    for directive in cache_control.split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return AGES.0,
            "max-age" => max_age = value.trim().trim_matches('"').parse().unwrap_or(0),
            _ => {}
        }
    }
    max_age.saturating_sub(age.max(0)).clamp(AGES.0, AGES.1)
}

/// Converts an error of the HTTP library. Its text is not used.
fn http_error(error: Error, max_time: Duration) -> CliError {
    CliError::failed(match error {
        Error::Other(error) => match error.downcast::<CliError>() {
            Ok(cli_error) => return *cli_error,
            Err(_) => "cannot be fetched".into(),
        },
        Error::Io(error) => return io_error(&error),
        Error::Timeout(_) => format!("no complete response within {} s", max_time.as_secs()),
        Error::HostNotFound => "the host name cannot be resolved".into(),
        Error::Tls(what) => what.into(),
        Error::BodyExceedsLimit(limit) => {
            format!("the response exceeds the limit of {limit} bytes")
        }
        Error::LargeResponseHeader(..) => "the header of the response is too long".into(),
        Error::ConnectProxyFailed(_) => "the proxy did not connect to the server".into(),
        Error::Protocol(_) | Error::Http(_) => "the response is not HTTP".into(),
        _ => "cannot be fetched".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_that_resolves_to_loopback_is_not_remote() {
        let proxies = ProxyVariables::default();
        let client = HttpClient::new(None, proxies, MAX_TIME, "application/json").unwrap();
        // Names such as `ip6-localhost` differ between machines. `localhost` is rejected before name resolution, so that the
        // test uses it here directly.
        let agent = |network| {
            let url = Url::parse("https://localhost:9/").unwrap();
            let resolver = CheckedResolver {
                host: url.uri_host().to_owned(),
                network,
            };
            Agent::with_parts(
                client.agent_for(&url).config().clone(),
                TcpConnector::default(),
                resolver,
            )
        };
        let error = agent(Network::Remote).get("http://localhost:9/").call().unwrap_err();
        assert!(http_error(error, MAX_TIME).message.contains("an address of this machine"));
        let error = agent(Network::Loopback).get("http://localhost:9/").call().unwrap_err();
        assert!(!http_error(error, MAX_TIME).message.contains("this machine"));
    }

    #[test]
    fn response_lifetime_is_that_of_its_headers_within_the_limits() {
        for (cache_control, age, expected) in [
            ("", 0, 600),
            ("public, max-age=3600, must-revalidate", 0, 3600),
            ("Max-Age=\"3600\"", 600, 3000),
            ("max-age=3600", -5, 3600),
            ("max-age=3600", 9999, 60),
            ("max-age=0", 0, 60),
            ("max-age=99999999", 0, 86_400),
            ("max-age=99999999999999999999", 0, 60),
            ("max-age=-1", 0, 60),
            ("no-store", 0, 60),
            ("max-age=3600, no-cache", 0, 60),
            ("s-maxage=5", 0, 600),
        ] {
            assert_eq!(max_age(cache_control, age), expected, "{cache_control}");
        }
    }

    #[test]
    fn host_or_domain_in_no_proxy_is_contacted_directly() {
        let exceptions = "localhost, .corp.example,*.lab.example,one.example [::1]";
        for host in [
            "localhost",
            "a.corp.example",
            "corp.example",
            "b.lab.example",
        ] {
            assert!(goes_direct(host, exceptions), "{host}");
        }
        assert!(goes_direct("A.ONE.example", exceptions) && goes_direct("::1", exceptions));
        assert!(goes_direct("any.example", "*"));
        for host in ["corp.example.org", "xcorp.example", "example", "127.0.0.1"] {
            assert!(!goes_direct(host, exceptions), "{host}");
        }
        assert!(!goes_direct("any.example", "") && !goes_direct("any.example", ","));
    }
}
