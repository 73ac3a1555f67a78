//! Rules for URLs in a token that are more dangerous than any URL in a token.

use core::net::{Ipv4Addr, Ipv6Addr};

/// Returns why the URL must not be fetched.
pub(super) fn url_danger(url: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some("is not an https URL");
    };
    if !scheme.eq_ignore_ascii_case("https") {
        return Some("is not an https URL");
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some("hides its host behind a user name");
    }
    let (host, is_v6) = match authority.strip_prefix('[') {
        Some(rest) => (rest.split(']').next().unwrap_or_default(), true),
        None => (authority.split(':').next().unwrap_or_default(), false),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    if is_v6 || host.parse::<Ipv6Addr>().is_ok() || host.parse::<Ipv4Addr>().is_ok() {
        return Some("is a bare IP address");
    }
    // 127.1, 2130706433 and 0x7f.1 are IP addresses too. No top-level domain begins with a digit.
    if host.rsplit('.').next().is_some_and(number) {
        return Some("is a bare IP address");
    }
    if host == "localhost" || host.ends_with(".localhost") || host.is_empty() {
        return Some("is this machine");
    }
    if [".internal", ".local"].iter().any(|end| host.ends_with(end)) {
        return Some("is inside a private network");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::url_danger;

    #[test]
    fn dangerous_urls_are_recognized() {
        for url in [
            "http://a.example",
            "file:///etc/passwd",
            "//a.example",
            "https://127.0.0.1/",
            "https://[::1]:8443/",
            "https://localhost",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://a.example@evil.example/",
            "https://169.254.169.254/latest",
            "https://metadata.google.internal/",
            "https:///x",
        ] {
            assert!(url_danger(url).is_some(), "{url}");
        }
        for url in [
            "https://a.example/jwks",
            "HTTPS://1a.example:8443/x?y=1.2.3.4",
            "https://127.example",
        ] {
            assert_eq!(url_danger(url), None, "{url}");
        }
    }
}
