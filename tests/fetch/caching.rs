//! What is fetched, how often, and what is cached.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use jotsmith::crypto::base64url;

use super::super::support::server::proxy;
use super::*;

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn set_is_fetched_once_within_the_lifetime_of_its_response() {
    let bench = Bench::new();
    let reply = Reply::body(bench.set()).header("cache-control: max-age=300");
    let server = bench.server(reply);
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    for _ in 0..3 {
        assert!(bench.run(&verify).accepted().contains("alice"));
    }
    assert_eq!(server.asked(), ["/jwks"]);
    bench.age(240);
    bench.run(&verify).accepted();
    assert_eq!(server.asked().len(), 0);
    bench.age(60);
    bench.run(&verify).accepted();
    assert_eq!(server.asked().len(), 1);
    let [file] = &*bench.kept() else { panic!() };
    assert_eq!(mode(file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    // The name does not reveal the URL, and no part of the URL can change the path.
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(
        name.len() == 64 + 5 && !name.contains("localhost"),
        "{name}"
    );
}

#[test]
fn unchanged_set_is_revalidated_without_a_body() {
    let bench = Bench::new();
    let set = bench.set();
    let sent = Arc::new(Mutex::new(0));
    let count = sent.clone();
    let server = bench.answering(move |request| {
        if request.header.contains("if-none-match: \"v1\"") {
            return Reply::status(304).header("cache-control: max-age=900");
        }
        *count.lock().unwrap() += 1;
        Reply::body(set.clone()).header("etag: \"v1\"")
    });
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    bench.run(&verify).accepted();
    for _ in 0..2 {
        bench.age(1000);
        bench.run(&verify).accepted();
    }
    assert_eq!(server.asked().len(), 3);
    assert_eq!(*sent.lock().unwrap(), 1);
}

#[test]
fn cache_age_uses_the_system_clock_and_not_at() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    bench.run(&verify).accepted();
    bench.run(&format!("--at +20d {verify}")).accepted();
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn set_with_a_damaged_cache_file_is_fetched_again() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    bench.run(&verify).accepted();
    let [file] = &*bench.kept() else { panic!() };
    let good = std::fs::read_to_string(file).unwrap();
    let foreign = good.replace(&format!(":{}/", server.port), ":1/");
    let broken_set = good.replace("kty", "ktx");
    for bad in [
        "",
        "{",
        "null",
        "[]",
        &good[..good.len() / 2],
        &foreign,
        &broken_set,
    ] {
        server.asked();
        std::fs::write(file, bad).unwrap();
        bench.run(&verify).accepted();
        assert_eq!(server.asked().len(), 1, "{bad}");
        assert!(json(std::fs::read(file).unwrap())["body"].is_string());
    }
}

#[test]
fn cache_that_others_can_write_is_not_used() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    bench.run(&verify).accepted();
    let folder = bench.apart.path("cache/jotsmith");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    server.asked();
    for _ in 0..2 {
        let done = bench.run(&verify).done();
        assert!(
            done.code == 0 && done.stderr.contains("not a private folder"),
            "{done:?}"
        );
    }
    assert_eq!(server.asked().len(), 2);
    // A folder of another user is not used, although root can read it.
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    if std::os::unix::fs::chown(&folder, Some(12345), None).is_ok() {
        bench.run(&verify).accepted();
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn concurrent_runs_fetch_a_set_once() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| bench.run(&verify).accepted());
        }
    });
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn kid_flag_selects_among_fetched_keys() {
    let bench = Bench::new();
    let kid = json(bench.set())["keys"][0]["kid"].as_str().unwrap().to_owned();
    let server = bench.server(Reply::body(bench.set()));
    let verify = |kid: &str| format!("verify -k {}/jwks --kid {kid} @token.jwt", server.url);
    bench.run(&verify(&kid)).accepted();
    let message = bench.run(&verify("other")).refused(16);
    assert!(message.contains("no key has the kid other"), "{message}");
}

#[test]
fn set_is_fetched_each_time_without_a_cache_folder() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let ca = bench.apart.path("ca.pem");
    let verify = format!(
        "verify -k {}/jwks @token.jwt --ca {}",
        server.url,
        ca.display()
    );
    for home in [None, Some("/dev/null")] {
        let run = bench.folder.run(&verify);
        match home {
            None => run.accepted(),
            Some(home) => run.env("HOME", home).accepted(),
        };
    }
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn offline_uses_the_cache_with_a_warning_and_fails_without_it() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    let offline = format!("{verify} --offline");
    let message = bench.run(&offline).refused(3);
    assert!(message.contains("not in the cache"), "{message}");
    assert_eq!(server.asked().len(), 0);
    bench.run(&verify).accepted();
    let done = bench.run(&offline).done();
    assert!(
        done.code == 0 && !done.stderr.contains("warning"),
        "{done:?}"
    );
    bench.age(100_000);
    let done = bench.run(&offline).done();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("warning")
            && done.stderr.contains("the cached copy is outdated: it was fetched")
    );
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn expired_cache_is_not_used_when_the_server_is_unreachable() {
    let bench = Bench::new();
    let set = bench.set();
    let is_gone = Arc::new(Mutex::new(false));
    let gone = is_gone.clone();
    let server = bench.answering(move |_| {
        if !*gone.lock().unwrap() {
            Reply::body(set.clone())
        } else {
            Reply::status(503)
        }
    });
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    bench.run(&verify).accepted();
    *is_gone.lock().unwrap() = true;
    bench.run(&verify).accepted();
    bench.age(100_000);
    let message = bench.run(&verify).refused(3);
    assert!(message.contains("503"), "{message}");
    *is_gone.lock().unwrap() = false;
    bench.run(&verify).accepted();
}

#[test]
fn unknown_kid_refetches_at_most_once_a_minute() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    bench.folder.keygen("ES256", "other.jwk");
    let token = bench.folder.run("sign -k other.jwk sub=bob").accepted();
    bench.folder.write("unknown.jwt", token);
    let verify = |token: &str| format!("verify -k {}/jwks @{token}", server.url);
    bench.run(&verify("token.jwt")).accepted();
    server.asked();
    let message = bench.run(&verify("unknown.jwt")).refused(16);
    assert!(message.contains("no key has the kid"), "{message}");
    assert_eq!(server.asked().len(), 1);
    for _ in 0..3 {
        let done = bench.run(&verify("unknown.jwt")).done();
        assert_eq!(done.code, 16, "{done:?}");
        assert!(done.stderr.contains("note: ") && done.stderr.contains("once a minute"));
    }
    bench.age(58);
    bench.run(&verify("unknown.jwt")).refused(16);
    assert_eq!(server.asked().len(), 0);
    bench.age(2);
    bench.run(&verify("unknown.jwt")).refused(16);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn failed_refetch_for_a_kid_is_repeated_at_most_once_a_minute() {
    let bench = Bench::new();
    let set = bench.set();
    let first = Mutex::new(true);
    let server = bench.answering(move |_| {
        if std::mem::take(&mut *first.lock().unwrap()) {
            Reply::body(set.clone())
        } else {
            Reply::status(500)
        }
    });
    bench.folder.keygen("ES256", "other.jwk");
    let token = bench.folder.run("sign -k other.jwk sub=bob").accepted();
    bench.folder.write("unknown.jwt", token);
    let verify = |token: &str| format!("verify -k {}/jwks @{token}", server.url);
    bench.run(&verify("token.jwt")).accepted();
    let message = bench.run(&verify("unknown.jwt")).refused(3);
    assert!(message.contains("500"), "{message}");
    let message = bench.run(&verify("unknown.jwt")).refused(3);
    assert!(message.contains("no response"), "{message}");
    assert_eq!(server.asked().len(), 2);
    // The cached key is still used.
    bench.run(&verify("token.jwt")).accepted();
}

#[test]
fn concurrent_runs_refetch_once_for_an_unknown_kid() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    bench.folder.keygen("ES256", "other.jwk");
    let token = bench.folder.run("sign -k other.jwk sub=bob").accepted();
    bench.folder.write("unknown.jwt", token);
    bench.run(&format!("verify -k {}/jwks @token.jwt", server.url)).accepted();
    server.asked();
    let verify = format!("verify -k {}/jwks @unknown.jwt", server.url);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(bench.run(&verify).done().code, 16));
        }
    });
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn lines_refetch_once_for_an_unknown_kid_and_continue() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    bench.folder.keygen("ES256", "other.jwk");
    let unknown = bench.folder.run("sign -k other.jwk sub=bob").accepted();
    let good = bench.folder.text("token.jwt");
    let lines = format!("{}\n{unknown}\n", good.trim()).repeat(200);
    let verify = format!("verify -k {}/jwks --lines --jobs 4", server.url);
    let done = bench.run(&verify).stdin(lines).done();
    assert_eq!(done.code, 1);
    let answers = String::from_utf8(done.stdout).unwrap();
    for (index, answer) in answers.lines().enumerate() {
        let answer = json(answer);
        match index % 2 {
            0 => assert_eq!(answer["ok"], true, "{answer}"),
            _ => assert_eq!(answer["error"]["code"], "no_key", "{answer}"),
        }
    }
    assert_eq!(answers.lines().count(), 400);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn token_with_many_unknown_kids_causes_one_refetch() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let signature = |kid: usize| {
        let header = base64url::encode(format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#));
        format!(r#"{{"protected":"{header}","signature":"AA"}}"#)
    };
    let signatures: Vec<String> = (0..12).map(signature).collect();
    let token = format!(
        r#"{{"payload":"e30","signatures":[{}]}}"#,
        signatures.join(",")
    );
    let done =
        bench.run(&format!("verify -k {}/jwks --format general", server.url)).stdin(token).done();
    assert_eq!(done.code, 16, "{done:?}");
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn fetched_set_is_merged_with_local_keys() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    bench.folder.keygen("ES256", "here.jwk");
    let token = bench.folder.run("sign -k here.jwk sub=bob").accepted();
    bench.folder.write("here.jwt", token);
    for token in ["token.jwt", "here.jwt"] {
        let verify = format!("verify -k here.jwk -k {}/jwks @{token}", server.url);
        bench.run(&verify).accepted();
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn encrypt_uses_a_key_of_a_fetched_set() {
    let bench = Bench::new();
    bench.folder.keygen("ECDH-ES+A256KW", "gateway.jwk");
    let set = bench.folder.run("convert -k gateway.jwk --public --to jwks");
    let server = bench.server(Reply::body(set.accepted()));
    let encrypt = format!("encrypt -k {}/jwks", server.url);
    let token = bench.run(&encrypt).stdin("hello").accepted();
    let done = bench.folder.run("decrypt -k gateway.jwk").stdin(token);
    assert_eq!(done.accepted(), "hello");
}

#[test]
fn inspect_verifies_with_a_fetched_set() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()));
    let inspect = format!("--json inspect -k {}/jwks token.jwt", server.url);
    assert_eq!(json(bench.run(&inspect).accepted())["verified"], true);
}

#[test]
fn http_is_accepted_for_loopback() {
    let bench = Bench::new();
    let set = bench.set();
    let server = Server::plain(move |_| Reply::body(set.clone()));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    bench.run_bare(&verify).accepted();
}

#[test]
fn redirect_on_the_same_server_is_followed() {
    let bench = Bench::new();
    let set = bench.set();
    let server = bench.answering(move |request| match &*request.path {
        "/jwks" => Reply::status(302).header("location: /a/b"),
        "/a/b" => Reply::status(307).header("location: c?d=e"),
        "/a/c?d=e" => Reply::body(set.clone()),
        _ => Reply::status(404),
    });
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    bench.run(&verify).accepted();
    assert_eq!(server.asked(), ["/jwks", "/a/b", "/a/c?d=e"]);
}

#[test]
fn proxy_variables_are_respected_except_for_no_proxy_hosts() {
    let bench = Bench::new();
    let server = bench.server(Reply::body(bench.set()).header("cache-control: no-store"));
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    let (url, requests) = proxy();
    let requests = || std::mem::take(&mut *requests.lock().unwrap());
    for (name, value, is_used) in [
        ("HTTPS_PROXY", &*url, true),
        ("https_proxy", &url, true),
        ("ALL_PROXY", &url, true),
        ("HTTP_PROXY", &url, false),
    ] {
        bench.age(1000);
        bench.run(&verify).env(name, value).accepted();
        let requests = requests();
        assert_eq!(!requests.is_empty(), is_used, "{name}");
        if let [connect] = &*requests {
            let target = format!("CONNECT localhost:{} HTTP/1.1\r\n", server.port);
            assert!(connect.starts_with(&target), "{connect}");
            // user:pass
            assert!(
                connect.contains("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"),
                "{connect}"
            );
        }
    }
    bench.age(1000);
    let run = bench.run(&verify).env("HTTPS_PROXY", &url);
    run.env("NO_PROXY", "other.example,localhost").accepted();
    assert!(requests().is_empty());
}

#[test]
fn proxy_cannot_replace_the_keys() {
    let bench = Bench::new();
    let server = Server::tls(&Authority::named("proxy"), GOOD, |_| {
        Reply::body("{\"keys\":[]}")
    });
    let verify = format!("verify -k {}/jwks @token.jwt", server.url);
    let (url, _) = proxy();
    let message = bench.run(&verify).env("HTTPS_PROXY", &url).refused(3);
    assert!(message.contains("not signed by a trusted CA"), "{message}");
}

#[test]
fn nothing_is_fetched_without_a_url_argument() {
    let bench = Bench::new();
    // The cache folder cannot be created and the proxy URL is invalid, but neither is used.
    let run = bench.folder.run("verify -k jwks.json @token.jwt");
    let run = run.env("XDG_CACHE_HOME", "/dev/null/x").env("HTTPS_PROXY", "::bad::");
    assert!(run.accepted().contains("alice"));
    assert!(bench.kept().is_empty());
}
