//! The audit of an issuer from files. The audit over the network is in `fetch::provider`.

use jotsmith::inspection::findings::issuer_findings::{Issuer, check_issuer};
use serde_json::{Value, json};

use super::super::support::{Folder, json as parsed};
use super::ids;

const AT: &str = "--at 1893456000";

fn metadata() -> Value {
    json!({
        "issuer": "https://i.example",
        "jwks_uri": "https://i.example/keys",
        "authorization_endpoint": "https://i.example/authorize",
        "token_endpoint": "https://i.example/token",
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
    })
}

fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["a", "b"] {
        folder.keygen(&format!("ES256 --kid {name}"), &format!("{name}.jwk"));
        let public = folder.run(&format!("convert -k {name}.jwk --public")).accepted();
        folder.write(&format!("{name}.pub"), public);
    }
    folder
}

/// Returns the ids of the findings about metadata and keys with these changes.
fn found(folder: &Folder, metadata: &Value, change: impl Fn(&mut Value)) -> Vec<String> {
    let keys = ["a.pub", "b.pub"].map(|name| parsed(folder.read(name)));
    let mut set = json!({"keys": keys});
    change(&mut set);
    folder.write("metadata.json", metadata.to_string());
    folder.write("jwks.json", set.to_string());
    let command = format!("inspect {AT} --json --metadata metadata.json --jwks jwks.json");
    let report = parsed(folder.run(&command).accepted());
    assert_eq!(report["type"], "issuer");
    ids(&report)
}

#[test]
fn sound_issuer_has_no_findings() {
    let folder = folder();
    assert_eq!(found(&folder, &metadata(), |_| {}), [""; 0]);
    let text = folder
        .run(&format!(
            "inspect {AT} --metadata metadata.json --jwks jwks.json"
        ))
        .accepted();
    assert!(
        text.starts_with("issuer https://i.example  no findings\n"),
        "{text}"
    );
    assert!(
        text.contains("jwks_uri") && text.contains("verdict"),
        "{text}"
    );
    // The findings about the keys are counted once, with those about the metadata.
    assert!(text.contains("\nJWK Set of 2 keys\n"), "{text}");
}

#[test]
fn weak_metadata_is_found() {
    let folder = folder();
    for (name, value, id) in [
        ("issuer", json!("http://i.example"), "issuer-http"),
        ("issuer", json!("https://i.example?a"), "issuer-mismatch"),
        ("issuer", json!(5), "issuer-mismatch"),
        ("jwks_uri", json!("http://i.example/keys"), "issuer-http"),
        ("token_endpoint", json!("HTTP://i.example/t"), "issuer-http"),
        (
            "id_token_signing_alg_values_supported",
            json!(["ES256", "none"]),
            "issuer-alg",
        ),
        (
            "id_token_signing_alg_values_supported",
            json!(["HS256"]),
            "issuer-alg",
        ),
        (
            "code_challenge_methods_supported",
            json!(["plain"]),
            "issuer-pkce",
        ),
        (
            "code_challenge_methods_supported",
            json!(null),
            "issuer-pkce",
        ),
    ] {
        let mut metadata = metadata();
        metadata[name] = value;
        assert_eq!(found(&folder, &metadata, |_| {}), [id], "{metadata}");
    }
}

#[test]
fn weak_and_incompatible_keys_are_found() {
    let folder = folder();
    let without_kid = found(&folder, &metadata(), |set| {
        set["keys"][0].as_object_mut().unwrap().shift_remove("kid");
    });
    assert_eq!(without_kid, ["set-no-kid"]);
    folder.keygen("Ed448 --kid e", "e.jwk");
    let broken = found(&folder, &metadata(), |set| {
        let key = folder.run("convert -k e.jwk --public").accepted();
        set["keys"].as_array_mut().unwrap().push(parsed(&key));
    });
    assert!(
        broken.contains(&"set-breaks-consumers".to_owned()),
        "{broken:?}"
    );
    let text = folder.run("inspect --for kubernetes,haproxy jwks.json").accepted();
    assert!(
        text.contains("kubernetes rejects the entire set because of this key"),
        "{text}"
    );
    assert!(text.contains("keys[2]: kubernetes"), "{text}");
}

#[test]
fn metadata_documents_are_compared_and_cache_lifetime_is_checked() {
    let metadata = metadata();
    let key = json!({"kty": "EC", "crv": "P-256", "kid": "a", "nbf": 1600});
    let set = json!({"keys": [key]});
    let ids = |expected: &'static str, seconds: i64| -> Vec<&str> {
        let issuer = Issuer {
            expected: Some(expected),
            metadata: metadata.as_object().unwrap(),
            jwks: set.as_object(),
            cache_seconds: Some(seconds),
        };
        let found = check_issuer(&issuer, 1000).into_iter().map(|one| one.rule.id);
        found.filter(|id| id.starts_with("issuer-")).collect()
    };
    assert_eq!(ids("https://i.example", 600), [""; 0]);
    assert_eq!(ids("https://i.example", 601), ["issuer-cache"]);
    assert_eq!(ids("https://i.example/", 600), ["issuer-mismatch"]);
    // `fetch::provider` tests "issuer-redirect", which is reported when fetching.
}

#[test]
fn audit_exits_1_on_findings_and_reports_them() {
    let folder = folder();
    let mut metadata = metadata();
    metadata["id_token_signing_alg_values_supported"] = json!(["none"]);
    found(&folder, &metadata, |_| {});
    let audit = "inspect --metadata metadata.json --jwks jwks.json";
    assert_eq!(
        folder.run(&format!("{audit} --fail-on high")).done().code,
        1
    );
    let html = folder.run(&format!("{audit} --report html")).accepted();
    assert!(html.contains("issuer-alg") && html.contains("code_challenge_methods_supported"));
    folder.write("bad.json", "[]");
    folder.run("inspect --metadata bad.json").refused(10);
    folder.run("inspect --metadata metadata.json token").refused(2);
    folder.run("inspect --jwks jwks.json").refused(2);
}
