//! Attacks by a server or on the network path. Each is refused with exit code 3 and a specific error.

use std::time::{Duration, Instant};

use super::super::support::server::Certificate;
use super::*;

/// Returns the error about the response of a server.
#[track_caller]
fn refused(bench: &Bench, server: &Server) -> String {
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    let message = bench.run(&verify).refused(3);
    assert!(
        bench.kept().is_empty(),
        "what was refused is kept: {message}"
    );
    assert!(
        message.starts_with(&format!("{}/jwks: ", server.url)),
        "{message}"
    );
    message
}

#[track_caller]
fn refused_as(what: &str, reply: impl FnOnce(&Bench) -> Reply) {
    let bench = Bench::new();
    let server = bench.server(reply(&bench));
    let message = refused(&bench, &server);
    assert!(message.contains(what), "{message}");
}

#[test]
fn redirect_to_another_host_is_not_followed() {
    let bench = Bench::new();
    let other = bench.server(Reply::body(bench.set()));
    let server = bench.server(Reply::status(302).header(format!("location: {}/jwks", other.url)));
    assert!(refused(&bench, &server).contains("redirects to another server"));
    assert_eq!(other.asked().len(), 0);
}

#[test]
fn redirect_on_the_same_server_is_resolved_as_a_url_reference() {
    for location in ["/keys?from=https://x", "?v=2", "//SAME/keys", "keys"] {
        let bench = Bench::new();
        let set = bench.set();
        let server = bench.answering(move |request: &Request| {
            let host = request.header.lines().find_map(|line| line.strip_prefix("host: "));
            match request.path.as_str() {
                "/a/jwks" => {
                    let location = location.replace("SAME", host.unwrap().trim());
                    Reply::status(302).header(format!("location: {location}"))
                }
                "/keys?from=https://x" | "/a/jwks?v=2" | "/keys" | "/a/keys" => {
                    Reply::body(set.clone())
                }
                _ => Reply::status(404),
            }
        });
        bench.run(&format!("verify -k {}/a/jwks @token.jwt", server.url)).accepted();
    }
}

#[test]
fn redirect_to_plain_http_is_not_followed() {
    let bench = Bench::new();
    let plain = Server::plain(|_| Reply::body("{\"keys\":[]}"));
    for location in [
        format!("{}/jwks", plain.url),
        "http://issuer.example/".into(),
    ] {
        let server = bench.server(Reply::status(301).header(format!("location: {location}")));
        assert!(refused(&bench, &server).contains("redirects to another server"));
    }
    assert_eq!(plain.asked().len(), 0);
}

#[test]
fn redirect_loop_is_ended() {
    let bench = Bench::new();
    let server = bench.server(Reply::status(308).header("location: /jwks"));
    assert!(refused(&bench, &server).contains("redirects more than 3 times"));
    assert!(server.asked().len() <= 4);
}

#[test]
fn slow_body_times_out() {
    let start = Instant::now();
    refused_as("no complete response within 10 s", |bench| Reply {
        pause: Duration::from_millis(500),
        ..Reply::body(bench.set().repeat(10))
    });
    let took = start.elapsed().as_secs();
    assert!((9..16).contains(&took), "{took}");
}

#[test]
fn silent_server_times_out() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let bench = Bench::new();
    let start = Instant::now();
    let message = bench.run(&format!("verify -k {url}/jwks @token.jwt")).refused(3);
    assert!(message.contains("within 10 s"), "{message}");
    assert!(start.elapsed().as_secs() < 16);
}

#[test]
fn body_over_the_limit_is_not_read_completely() {
    refused_as("the response exceeds the limit of 1048576 bytes", |_| {
        Reply::body(vec![b' '; 2 * 1024 * 1024])
    });
}

#[test]
fn compressed_response_is_not_inflated() {
    let bomb = {
        use std::io::Write;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![b' '; 50 * 1024 * 1024]).unwrap();
        gzip.finish().unwrap()
    };
    refused_as("compressed, although this was not requested", |_| {
        Reply::body(bomb).header("content-encoding: gzip")
    });
}

#[test]
fn identity_encoding_is_requested() {
    let bench = Bench::new();
    let set = bench.set();
    let server = bench.answering(move |request| {
        if request.header.contains("\r\naccept-encoding: identity\r\n") {
            Reply::body(set.clone())
        } else {
            Reply::status(406)
        }
    });
    bench.run(&format!("verify -k {}/jwks @token.jwt", server.url)).accepted();
}

#[test]
fn body_that_is_not_json_is_rejected() {
    refused_as("is not valid JSON", |_| Reply::body("<html>Sign in</html>"));
    refused_as("not UTF-8", |_| Reply::body(b"{\"keys\":[\xff]}"));
}

#[test]
fn body_that_is_not_a_key_set_is_rejected() {
    refused_as("not a JWK Set", |_| Reply::body("{}"));
    refused_as("not a JWK Set", |_| Reply::body("{\"keys\":{}}"));
    refused_as("has two members with the same name", |_| {
        Reply::body("{\"keys\":[],\"keys\":[]}")
    });
}

#[test]
fn deeply_nested_json_is_rejected() {
    refused_as("nests deeper", |_| {
        Reply::body(format!("{{\"keys\":[{}]}}", "[".repeat(100_000)))
    });
}

#[test]
fn set_with_private_keys_is_rejected() {
    refused_as("contains a private key", |bench| {
        Reply::body(format!(
            "{{\"keys\":[{}]}}",
            bench.folder.text("key.jwk").trim()
        ))
    });
    refused_as("contains a private key", |_| {
        Reply::body(r#"{"keys":[{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#)
    });
}

#[test]
fn expired_certificate_is_rejected() {
    let bench = Bench::new();
    let expired = Certificate {
        life: (0, 1_000_000_000),
        ..GOOD
    };
    let server = Server::tls(&bench.authority, expired, |_| Reply::body("{}"));
    assert!(refused(&bench, &server).contains("certificate has expired"));
    // --at does not apply to the certificates of servers.
    let verify = format!(
        "--at 2001-01-01T00:00:00Z verify -k {}/jwks @token.jwt",
        server.url
    );
    let message = bench.run(&verify).refused(3);
    assert!(message.contains("certificate has expired"), "{message}");
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn certificate_that_is_not_yet_valid_is_rejected() {
    let bench = Bench::new();
    let future = Certificate {
        life: (3_900_000_000, 4_000_000_000),
        ..GOOD
    };
    let server = Server::tls(&bench.authority, future, |_| Reply::body("{}"));
    assert!(refused(&bench, &server).contains("not valid yet"));
}

#[test]
fn untrusted_ca_is_rejected() {
    let bench = Bench::new();
    let other = Authority::named("other");
    for authority in [&other, &Authority::named("authority")] {
        let server = Server::tls(authority, GOOD, |_| Reply::body("{\"keys\":[]}"));
        assert!(refused(&bench, &server).contains("not signed by a trusted CA"));
    }
    // --ca replaces the trusted CAs.
    bench.folder.write("other.pem", other.pem());
    let own = bench.server(Reply::body(bench.set()));
    let verify = format!("verify -k {}/jwks @token.jwt --ca other.pem", own.url);
    let message = bench.run(&verify).refused(3);
    assert!(message.contains("not signed by a trusted CA"), "{message}");
    assert_eq!(own.asked().len(), 0);
    let ca = bench.apart.path("ca.pem");
    let verify = format!(
        "verify -k {}/jwks @token.jwt --ca {}",
        own.url,
        ca.display()
    );
    bench.run_bare(&verify).accepted();
}

#[test]
fn cached_set_of_one_ca_is_not_used_with_another_ca() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    let ca = bench.apart.path("ca.pem");
    bench.run_bare(&format!("{verify} --ca {}", ca.display())).accepted();
    assert_eq!(bench.kept().len(), 1);
    let message = bench.run_bare(&verify).refused(3);
    assert!(message.contains("not signed by a trusted CA"), "{message}");
}

#[test]
fn wrong_host_name_is_rejected() {
    let bench = Bench::new();
    let other = Certificate {
        host: "issuer.example",
        ..GOOD
    };
    let server = Server::tls(&bench.authority, other, |_| Reply::body("{\"keys\":[]}"));
    assert!(refused(&bench, &server).contains("for another host"));
    let by_ip = format!(
        "verify -k https://127.0.0.1:{}/jwks @token.jwt",
        server.port
    );
    let message = bench.run(&by_ip).refused(3);
    assert!(message.contains("for another host"), "{message}");
}

#[test]
fn ip_address_is_checked_against_the_certificate() {
    let bench = Bench::new();
    let by_ip = Certificate {
        host: "127.0.0.1",
        ..GOOD
    };
    let set = bench.set();
    let server = Server::tls(&bench.authority, by_ip, move |_| Reply::body(set.clone()));
    let verify = format!(
        "verify -k https://127.0.0.1:{}/jwks @token.jwt",
        server.port
    );
    bench.run(&verify).accepted();
}

#[test]
fn old_tls_version_is_rejected() {
    let bench = Bench::new();
    let server = Server::old_tls(&bench.authority);
    assert!(refused(&bench, &server).contains("does not speak TLS 1.2 or later"));
}

#[test]
fn server_without_tls_is_rejected() {
    let bench = Bench::new();
    let server = Server::plain(|_| Reply::body("{\"keys\":[]}"));
    let url = format!("https://localhost:{}", server.port);
    let message = bench.run(&format!("verify -k {url}/jwks @token.jwt")).refused(3);
    assert!(
        message.contains("does not speak TLS 1.2 or later"),
        "{message}"
    );
}

#[test]
fn connection_refused_is_reported() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let bench = Bench::new();
    let verify = format!("verify -k https://localhost:{port}/jwks @token.jwt");
    let message = bench.run(&verify).refused(3);
    assert!(message.contains("connection refused"), "{message}");
}

#[test]
fn http_status_of_a_failure_is_reported() {
    // 304 although nothing is cached, and 302 without a location.
    for status in [302, 304, 401, 404, 500] {
        refused_as(&status.to_string(), |_| Reply::status(status));
    }
}

#[test]
fn response_that_is_not_http_is_rejected() {
    refused_as("not HTTP", |_| Reply::body("").header("\u{1}\u{2}: x"));
}

#[test]
fn plain_http_to_another_host_is_rejected() {
    let bench = Bench::new();
    for url in ["http://issuer.example/jwks", "HTTP://192.0.2.1/jwks"] {
        let message = bench.run(&format!("verify -k {url} @token.jwt")).refused(2);
        assert!(message.contains("plain http"), "{message}");
    }
    let message = bench.run("verify --issuer http://issuer.example @token.jwt").refused(2);
    assert!(message.contains("plain http"), "{message}");
}

#[test]
fn credentials_in_a_url_are_rejected_and_not_printed() {
    let bench = Bench::new();
    for command in [
        "verify @token.jwt -k",
        "inspect token.jwt -k",
        "encrypt jwks.json -k",
        "verify @token.jwt --issuer",
        "rotate new.jwks --served",
    ] {
        let done = bench.run(&format!("{command} https://user:hunter2@localhost/jwks")).done();
        assert_eq!(done.code, 2, "{command}: {done:?}");
        assert!(
            done.stderr.contains("credentials") && !done.stderr.contains("hunter2"),
            "{done:?}"
        );
    }
}

#[test]
fn private_key_is_not_read_from_a_url() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let url = format!("{}/jwks", server.url);
    for command in [
        format!("sign -k {url} sub=alice"),
        format!("decrypt -k {url} a.b.c.d.e"),
        format!("convert -k {url} --to pem"),
        format!("verify -k jwks.json --decrypt-with {url} @token.jwt"),
        format!("verify --secret {url} @token.jwt"),
        format!("sign -k key.jwk --payload {url}"),
    ] {
        let message = bench.run(&command).refused(2);
        assert!(
            message.contains("cannot be read from a URL here"),
            "{command}: {message}"
        );
    }
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn query_is_not_printed_in_an_error() {
    let bench = Bench::new();
    let server = bench.server(Reply::status(403));
    let verify = format!("verify -k {}/jwks?key=hunter2 @token.jwt", server.url);
    let done = bench.run(&verify).done();
    assert!(
        done.code == 3 && !done.stderr.contains("hunter2"),
        "{done:?}"
    );
    assert_eq!(server.asked(), ["/jwks?key=hunter2"]);
}

#[test]
fn urls_in_a_token_are_never_contacted() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let url = &server.url;
    let headers = format!("--header jku={url}/jku --header x5u={url}/x5u --iss {url}/iss");
    let sign = format!("sign -k key.jwk {headers} sub=alice");
    bench.folder.write("named.jwt", bench.folder.run(&sign).accepted());
    bench.run("verify -k jwks.json @named.jwt").accepted();
    bench.run("inspect named.jwt").accepted();
    bench.run("inspect -k jwks.json named.jwt").accepted();
    bench.run("inspect --scan named.jwt").accepted();
    bench.folder.keygen("ES256", "other.jwk");
    bench.run("verify -k other.jwk @named.jwt").refused(16);
    assert_eq!(server.asked().len(), 0);
}
