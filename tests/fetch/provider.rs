//! An identity provider on loopback with TLS, which is found by its metadata and rotates its keys while tokens are verified.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// Starts a provider that serves the file `jwks.json` of the bench at this path of its server.
fn provider(bench: &Bench, path: &'static str) -> Server {
    let file = bench.folder.path("jwks.json");
    bench.answering(move |request| answer(request, path, &file))
}

fn answer(request: &Request, path: &str, file: &Path) -> Reply {
    let host = request.header.split("\r\nhost: ").nth(1).unwrap();
    let host = host.lines().next().unwrap();
    let issuer = format!("https://{host}{path}");
    let metadata = serde_json::json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")});
    match request.path.strip_prefix(path) {
        Some("/.well-known/openid-configuration") => Reply::body(metadata.to_string()),
        Some("/keys") => Reply::body(std::fs::read(file).unwrap()),
        _ => Reply::status(404),
    }
}

fn sign(bench: &Bench, key: &str, iss: &str, name: &str) {
    let token = bench.folder.run(&format!("sign -k {key} --iss {iss} sub=alice"));
    bench.folder.write(name, token.accepted());
}

#[test]
fn keys_of_an_issuer_are_found_through_its_metadata() {
    let bench = Bench::new();
    for path in ["", "/tenant/1"] {
        let server = provider(&bench, path);
        let issuer = format!("{}{path}", server.url);
        sign(&bench, "key.jwk", &issuer, "own.jwt");
        let verify = format!("verify --issuer {issuer} @own.jwt");
        for _ in 0..2 {
            assert!(bench.run(&verify).accepted().contains("alice"));
        }
        let metadata = format!("{path}/.well-known/openid-configuration");
        assert_eq!(server.asked(), [metadata, format!("{path}/keys")]);
    }
}

#[test]
fn metadata_of_rfc_8414_is_found_between_host_and_path() {
    let bench = Bench::new();
    let set = bench.set();
    let server = bench.answering(move |request| {
        let host = request.header.split("\r\nhost: ").nth(1).unwrap();
        let issuer = format!("https://{}/as", host.lines().next().unwrap());
        match &*request.path {
            "/.well-known/oauth-authorization-server/as" => Reply::body(format!(
                r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/k"}}"#
            )),
            "/as/k" => Reply::body(set.clone()),
            _ => Reply::status(404),
        }
    });
    let issuer = format!("{}/as", server.url);
    sign(&bench, "key.jwk", &issuer, "own.jwt");
    let verify = format!("verify --issuer {issuer} @own.jwt");
    bench.run(&verify).accepted();
    bench.run(&verify).accepted();
    let asked = [
        "/as/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/as",
        "/as/k",
    ];
    assert_eq!(server.asked(), asked);
}

#[test]
fn jwks_uri_on_another_host_is_followed() {
    let bench = Bench::new();
    let keys = bench.server(Reply::body(bench.set()));
    let uri = format!("{}/keys", keys.url);
    let server = bench.answering(move |request| {
        let host = request.header.split("\r\nhost: ").nth(1).unwrap();
        let issuer = format!("https://{}", host.lines().next().unwrap());
        Reply::body(format!(r#"{{"issuer":"{issuer}","jwks_uri":"{uri}"}}"#))
    });
    sign(&bench, "key.jwk", &server.url, "own.jwt");
    bench.run(&format!("verify --issuer {} @own.jwt", server.url)).accepted();
    assert_eq!(keys.asked(), ["/keys"]);
}

#[test]
fn token_of_another_issuer_is_rejected_although_its_key_is_known() {
    let bench = Bench::new();
    let server = provider(&bench, "");
    for iss in [format!("{}/", server.url), "https://issuer.example".into()] {
        sign(&bench, "key.jwk", &iss, "foreign.jwt");
        let verify = format!("verify --issuer {} @foreign.jwt", server.url);
        let message = bench.run(&verify).refused(14);
        assert!(message.contains("iss"), "{message}");
    }
    // A token without iss is rejected too.
    bench.run(&format!("verify --issuer {} @token.jwt", server.url)).refused(14);
}

#[test]
fn metadata_of_another_issuer_is_rejected() {
    let bench = Bench::new();
    let metadata = r#"{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/k"}"#;
    let server = bench.server(Reply::body(metadata));
    let message = bench.run(&format!("verify --issuer {} @token.jwt", server.url)).refused(3);
    assert!(
        message.contains("belongs to the issuer https://issuer.example"),
        "{message}"
    );
    // With a slash at its end, the issuer is another one.
    let server = provider(&bench, "");
    let message = bench.run(&format!("verify --issuer {}/ @token.jwt", server.url)).refused(3);
    assert!(
        message.contains(&format!("not to {}/", server.url)),
        "{message}"
    );
}

#[test]
fn metadata_with_a_plain_http_jwks_uri_is_rejected() {
    let bench = Bench::new();
    let server = bench.answering(move |request| {
        let host = request.header.split("\r\nhost: ").nth(1).unwrap();
        let issuer = format!("https://{}", host.lines().next().unwrap());
        Reply::body(format!(
            r#"{{"issuer":"{issuer}","jwks_uri":"http://issuer.example/k"}}"#
        ))
    });
    let message = bench.run(&format!("verify --issuer {} @token.jwt", server.url)).refused(3);
    assert!(
        message.contains("jwks_uri") && message.contains("plain http"),
        "{message}"
    );
}

#[test]
fn missing_metadata_is_reported() {
    let bench = Bench::new();
    let server = bench.server(Reply::status(404));
    let message = bench.run(&format!("verify --issuer {} @token.jwt", server.url)).refused(3);
    assert!(
        message.contains("openid-configuration") && message.contains("404"),
        "{message}"
    );
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn issuer_flag_conflicts_with_other_keys_and_iss() {
    let bench = Bench::new();
    for flags in [
        "-k jwks.json",
        "--secret jwks.json",
        "--iss x",
        "--raw",
        "--x5c-roots x.pem",
    ] {
        let verify = format!("verify --issuer https://issuer.example {flags} @token.jwt");
        bench.run(&verify).refused(2);
    }
    let message = bench.run("verify --issuer https://localhost/?a=b @token.jwt").refused(2);
    assert!(message.contains("no query"), "{message}");
}

/// Returns a bench whose published keys are those of a rotating set.
fn rotating() -> Bench {
    let bench = Bench::new();
    std::fs::remove_file(bench.folder.path("jwks.json")).unwrap();
    bench.folder.run("-q rotate keys.jwks --publish jwks.json --alg ES256").accepted();
    bench
}

/// Replaces the signing key at once: the published set is written before the private one.
fn emergency(bench: &Bench, reason: usize) {
    let rotate = format!("-q rotate keys.jwks --publish jwks.json --now {reason}");
    bench.folder.run(&rotate).accepted();
}

#[test]
fn provider_rotates_its_keys_while_its_tokens_are_verified() {
    const ROTATIONS: usize = 12;
    let bench = rotating();
    let server = provider(&bench, "");
    let verify = format!("verify --issuer {} @", server.url);
    let (is_done, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (bench, server, verify, is_done, count) =
                (&bench, &server, &verify, &is_done, &count);
            scope.spawn(move || {
                while !is_done.load(Ordering::Relaxed) {
                    let name = format!("{worker}.jwt");
                    sign(bench, "keys.jwks", &server.url, &name);
                    bench.run(&format!("{verify}{name}")).accepted();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for reason in 0..ROTATIONS {
            let before = count.load(Ordering::Relaxed);
            while count.load(Ordering::Relaxed) < before + 4 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            emergency(&bench, reason);
        }
        is_done.store(true, Ordering::Relaxed);
    });
    let count = count.into_inner();
    let asked = server.asked();
    let keys = asked.iter().filter(|path| *path == "/keys").count();
    println!("{count} tokens verified over {ROTATIONS} rotations, the set fetched {keys} times");
    assert!(count >= 4 * ROTATIONS);
    // The first fetch, and one for each new kid.
    assert!(keys <= 1 + ROTATIONS, "{keys}");
    // The metadata is fetched only once, and then cached.
    assert_eq!(asked.len() - keys, 1, "{asked:?}");
}

#[test]
fn lines_follow_a_rotation_without_a_failure() {
    const ROTATIONS: usize = 5;
    let bench = rotating();
    let server = provider(&bench, "");
    let mut tokens = String::new();
    let sign = format!("sign -k keys.jwks --iss {} sub=alice", server.url);
    for reason in 0..ROTATIONS {
        tokens += &bench.folder.run(&sign).accepted();
        tokens += "\n";
        if reason == 0 {
            // The cached set has only the first key.
            let token = tokens.trim();
            bench.run(&format!("verify --issuer {} {token}", server.url)).accepted();
        }
        emergency(&bench, reason);
    }
    server.asked();
    let verify = format!("verify --issuer {} --lines --jobs 3", server.url);
    let answers = bench.run(&verify).stdin(tokens.repeat(50)).accepted();
    assert_eq!(answers.lines().count(), ROTATIONS * 50);
    assert_eq!(server.asked(), ["/keys"]);
}

/// Waits until a file is not empty.
fn wait_for(path: PathBuf, what: &str) {
    for _ in 0..2000 {
        if std::fs::read_to_string(&path).is_ok_and(|text| text.contains(what)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{} never has {what}", path.display());
}

#[test]
fn lines_stop_accepting_a_removed_key_after_the_refetch() {
    let bench = Bench::new();
    let file = bench.folder.path("jwks.json");
    let server = bench.answering(move |_| Reply::body(std::fs::read(&file).unwrap()));
    let token = bench.folder.text("token.jwt");
    let verify = format!("jotsmith verify -k {}/jwks --lines > answers", server.url);
    // The cached set expires after 600 seconds, which is during the run.
    bench.run(&format!("verify -k {}/jwks @token.jwt", server.url)).accepted();
    bench.age(598);
    let script =
        format!("(echo {token}; while ! test -e go; do sleep 0.05; done; echo {token}) | {verify}");
    let ca = bench.apart.path("ca.pem");
    let cache = bench.apart.path("cache");
    let run = bench.folder.shell(&script).env("SSL_CERT_FILE", ca.to_str().unwrap());
    let run = run.env("XDG_CACHE_HOME", cache.to_str().unwrap());
    let code = std::thread::scope(|scope| {
        let run = scope.spawn(|| run.done().code);
        wait_for(bench.folder.path("answers"), "\"ok\":true");
        bench.folder.write("jwks.json", "{\"keys\":[]}");
        std::thread::sleep(std::time::Duration::from_secs(3));
        bench.folder.write("go", "");
        run.join().unwrap()
    });
    assert_eq!(code, 1);
    let answers = bench.folder.text("answers");
    let codes: Vec<_> = answers.lines().map(|line| json(line)["error"]["code"].clone()).collect();
    assert_eq!(codes, [serde_json::Value::Null, "no_key".into()]);
}

#[test]
fn lines_report_failed_while_the_server_is_unreachable() {
    let bench = Bench::new();
    let (file, set) = (bench.folder.path("gone"), bench.set());
    let server = bench.answering(move |_| {
        if file.exists() {
            Reply::status(503)
        } else {
            Reply::body(set.clone())
        }
    });
    bench.run(&format!("verify -k {}/jwks @token.jwt", server.url)).accepted();
    bench.age(598);
    let token = bench.folder.text("token.jwt");
    let verify = format!(
        "jotsmith verify -k {}/jwks --lines --jobs 1 > answers",
        server.url
    );
    let script = format!(
        "(echo {token}; while ! test -e gone; do sleep 0.05; done; sleep 3; echo {token}; echo {token}) | {verify}"
    );
    let [ca, cache] = ["ca.pem", "cache"].map(|name| bench.apart.path(name));
    let run = bench.folder.shell(&script).env("SSL_CERT_FILE", ca.to_str().unwrap());
    let run = run.env("XDG_CACHE_HOME", cache.to_str().unwrap());
    server.asked();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| run.done().code);
        wait_for(bench.folder.path("answers"), "\"ok\":true");
        bench.folder.write("gone", "");
        assert_eq!(run.join().unwrap(), 1);
    });
    let answers = bench.folder.text("answers");
    let codes: Vec<_> =
        (answers.lines().skip(1)).map(|line| json(line)["error"]["code"].clone()).collect();
    assert_eq!(codes, ["failed", "failed"]);
    assert_eq!(server.asked().len(), 1, "not once for each line");
}

#[test]
fn rotate_waits_for_a_key_to_be_served_at_a_url() {
    let bench = Bench::new();
    std::fs::remove_file(bench.folder.path("jwks.json")).unwrap();
    let served = bench.folder.path("served.json");
    let server = bench.answering(move |_| match std::fs::read(&served) {
        Ok(set) => Reply::body(set).header("cache-control: max-age=86400"),
        Err(_) => Reply::status(503),
    });
    let policy = "--every 10d --lead 1d --retain 2d --alg ES256";
    let flags = format!("--served {}/jwks --publish jwks.json {policy}", server.url);
    let at = |days: i64| {
        format!(
            "-q --json --at {} rotate keys.jwks",
            1_790_000_000 + days * 86_400
        )
    };
    let actions = |more: &str, days: i64| {
        let report = json(bench.run(&format!("{} {more}", at(days))).accepted());
        let names = report["actions"].as_array().unwrap().iter();
        let names: Vec<String> = names.map(|one| one["action"].as_str().unwrap().into()).collect();
        names
    };
    assert_eq!(actions(&flags, 0), ["make"]);
    let publish = || {
        std::fs::copy(
            bench.folder.path("jwks.json"),
            bench.folder.path("served.json"),
        )
    };
    publish().unwrap();
    assert_eq!(actions("--publish jwks.json", 9), ["make"]);
    // The server still has the old set: the successor does not become active, regardless of the number of runs.
    let asked = server.asked().len();
    assert!(actions("--publish jwks.json", 10).is_empty());
    assert!(actions("--publish jwks.json", 10).is_empty());
    assert_eq!(
        server.asked().len(),
        2,
        "after {asked}: never from what is kept"
    );
    publish().unwrap();
    assert_eq!(actions("--publish jwks.json", 10), ["promote", "retire"]);
    assert!(bench.kept().is_empty());
}

#[test]
fn issuer_commands_of_the_docs_show_the_real_output() {
    let bench = Bench::new();
    std::fs::remove_file(bench.folder.path("jwks.json")).unwrap();
    let rotate = "-q rotate signing.jwks --publish jwks.json --alg ES256";
    bench.folder.run(rotate).accepted();
    let server = provider(&bench, "");
    let sign = format!(
        "sign -k signing.jwks --iss {} --aud api sub=alice",
        server.url
    );
    let token = bench.folder.run(&sign).accepted();
    bench.folder.write("token.jwt", &token);
    bench.folder.write("tokens.txt", format!("{token}\n{token}\n"));
    let readme = std::fs::read_to_string(root().join("docs/keys-from-a-url.md")).unwrap();
    let (_, section) = readme.split_once("# Keys from a URL\n").unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    assert!(block.lines().count() >= 5);
    for line in block.lines() {
        let command = line.replace("https://issuer.example", &server.url);
        let arguments = command.strip_prefix("jotsmith ").unwrap();
        assert!(!bench.run(arguments).accepted().is_empty(), "{line}");
    }
    let asked = ["/.well-known/openid-configuration", "/keys", "/keys"];
    assert_eq!(server.asked(), asked);
}

#[test]
fn command_suggested_by_inspect_verifies_the_token() {
    let bench = Bench::new();
    let server = provider(&bench, "");
    let url = &server.url;
    let headers = format!("--header jku={url}/keys --header x5u={url}/x5u?a=b");
    let sign = format!("sign -k key.jwk {headers} --iss {url} sub=alice");
    let token = bench.folder.run(&sign).accepted();
    bench.folder.write("named.jwt", token);
    let object = json(bench.run("inspect --json named.jwt").accepted());
    let commands = object["would_verify"].as_array().unwrap();
    let commands: Vec<&str> = commands.iter().map(|one| one.as_str().unwrap()).collect();
    // The command contains no text of the token. The user replaces ISSUER with a trusted issuer.
    assert_eq!(commands, ["jotsmith verify --issuer ISSUER @token.jwt"]);
    assert_eq!(server.asked().len(), 0);
    let command = commands[0].replace("ISSUER", url);
    let arguments = command.strip_prefix("jotsmith ").unwrap();
    let arguments = arguments.replace("token.jwt", "named.jwt");
    let verified = bench.run(&arguments).accepted();
    assert!(verified.contains("alice"));
    let page = bench.run("inspect named.jwt").accepted();
    assert!(
        page.contains(commands[0]) && page.contains("use the issuer you trust"),
        "{page}"
    );
    let page = bench.run("inspect -k jwks.json named.jwt").accepted();
    assert!(!page.contains("jotsmith verify"), "{page}");
}

#[test]
fn inspect_suggests_no_command_for_an_unfetchable_issuer() {
    let bench = Bench::new();
    for iss in [
        "issuer",
        "http://issuer.example",
        "https://u:p@issuer.example",
        "https://a.example/?b",
    ] {
        sign(&bench, "key.jwk", iss, "odd.jwt");
        let object = json(bench.run("inspect --json odd.jwt").accepted());
        assert!(object.get("would_verify").is_none(), "{object}");
    }
}

#[test]
fn audit_of_an_issuer_applies_the_same_rules() {
    let bench = Bench::new();
    let server = provider(&bench, "");
    let audit = format!("inspect --json --issuer {}", server.url);
    let report = json(bench.run(&audit).accepted());
    assert_eq!(report["issuer"], server.url.as_str());
    assert_eq!(report["cache_seconds"], 600);
    assert_eq!(report["keys"]["keys"][0]["crv"], "P-256");
    let asked = ["/.well-known/openid-configuration", "/keys"];
    assert_eq!(server.asked(), asked);
    let offline = bench.run(&format!("{audit} --offline")).done();
    assert_eq!(offline.code, 3);
    assert_eq!(bench.run_bare(&audit).done().code, 3);
    // With a slash at its end, the issuer is another one, whose keys are not fetched.
    let report = json(bench.run(&format!("{audit}/")).accepted());
    let text = report["findings"].to_string();
    assert!(
        text.contains("issuer-mismatch") && report["keys"].is_null(),
        "{text}"
    );
}

#[test]
fn audit_reports_redirects_and_a_cache_lifetime_beyond_the_next_key() {
    let bench = Bench::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut set = json(bench.set());
    set["keys"][0]["exp"] = (now.as_secs() + 1800).into();
    let set = set.to_string();
    let server = bench.answering(move |request| {
        let host = request.header.split("\r\nhost: ").nth(1).unwrap();
        let issuer = format!("https://{}", host.lines().next().unwrap());
        match &*request.path {
            "/.well-known/openid-configuration" => Reply::body(format!(
                r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/old"}}"#
            )),
            "/old" => Reply::status(302).header("location: /new"),
            _ => Reply::body(set.clone()).header("cache-control: max-age=7200"),
        }
    });
    let report = json(bench.run(&format!("inspect --json --issuer {}", server.url)).accepted());
    let text = report["findings"].to_string();
    assert!(
        text.contains("issuer-redirect") && text.contains("issuer-cache"),
        "{text}"
    );
}

#[test]
fn audit_does_not_follow_a_redirect_to_another_server() {
    let bench = Bench::new();
    let other = bench.server(Reply::body(bench.set()));
    let location = format!("location: {}/keys", other.url);
    // Metadata on another server are refused.
    let elsewhere = location.clone();
    let server = bench.answering(move |_| Reply::status(302).header(&elsewhere));
    let audit = format!("inspect --issuer {}", server.url);
    let message = bench.run(&audit).refused(3);
    assert!(message.contains("redirects to another server"), "{message}");
    // Keys on another server are a finding, and the metadata are reported.
    let server = bench.answering(move |request| {
        let host = request.header.split("\r\nhost: ").nth(1).unwrap();
        let issuer = format!("https://{}", host.lines().next().unwrap());
        match &*request.path {
            "/.well-known/openid-configuration" => Reply::body(format!(
                r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/keys"}}"#
            )),
            _ => Reply::status(307).header(&location),
        }
    });
    let audit = format!("inspect --json --issuer {}", server.url);
    let report = json(bench.run(&audit).accepted());
    let findings = report["findings"].as_array().unwrap();
    let redirect = (findings.iter()).find(|finding| finding["id"] == "issuer-redirect");
    let redirect = redirect.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(
        (&redirect["severity"], &redirect["where"], &report["keys"]),
        (&"medium".into(), &"keys".into(), &serde_json::Value::Null)
    );
    let failed = bench.run(&format!("{audit} --fail-on medium")).done();
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert_eq!(other.asked().len(), 0);
}
