//! `--publish-site`: the key set and the metadata of an issuer for a web server.

use std::os::unix::fs::PermissionsExt;

use super::*;

const SITE: &str = "--publish-site site --site-issuer https://issuer.example/t1/";
const METADATA: &str = "site/.well-known/openid-configuration";

fn fixture() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("site")).unwrap();
    folder
}

fn mode(folder: &Folder, name: &str) -> u32 {
    let metadata = std::fs::metadata(folder.path(name)).unwrap();
    metadata.permissions().mode() & 0o777
}

#[test]
fn site_has_the_key_set_and_the_metadata_of_the_issuer() {
    let folder = fixture();
    let report = rotate(&folder, SITE, START);
    let site = ["jwks.json", "site/jwks.json", METADATA];
    assert_eq!(report["published"], serde_json::json!(site));
    assert_eq!(folder.text("site/jwks.json"), folder.text("jwks.json"));
    assert_eq!(
        folder.text(METADATA),
        concat!(
            r#"{"issuer":"https://issuer.example/t1/","jwks_uri":"https://issuer.example/t1/jwks.json","#,
            r#""response_types_supported":["id_token"],"subject_types_supported":["public"],"#,
            r#""id_token_signing_alg_values_supported":["ES256"]}"#,
            "\n"
        )
    );
    assert_eq!(mode(&folder, METADATA), 0o644);
    // A web server that runs as another user can read the folder, if the umask allows it.
    assert_eq!(mode(&folder, "site/.well-known") & 0o700, 0o700);
    assert_eq!(rotate(&folder, SITE, START + 60)["changed"], false);
    // Members that rotate does not determine are kept; both algorithms are listed while both are published.
    let own =
        folder.text(METADATA).replace("{\"issuer\"", "{\"claims_supported\":[\"sub\"],\"issuer\"");
    folder.write(METADATA, own);
    let more = format!("{SITE} --alg ES384");
    for (day, algs) in [(29, "[\"ES256\",\"ES384\"]"), (40, "[\"ES384\"]")] {
        rotate(&folder, &more, START + day * DAY);
        let text = folder.text(METADATA);
        assert!(text.contains(algs), "{day}: {text}");
        assert!(
            text.starts_with("{\"claims_supported\":[\"sub\"],"),
            "{text}"
        );
    }
}

#[test]
fn reports_write_nothing_to_a_site() {
    let folder = fixture();
    for (view, code) in [("--check", 1), ("--dry-run", 0)] {
        let done = folder.run(&format!("rotate keys.jwks {SITE} {view}")).done();
        assert_eq!(done.code, code, "{done:?}");
        let text = String::from_utf8(done.stdout).unwrap();
        assert!(text.contains(METADATA), "{text}");
    }
    assert!(!folder.path("site/.well-known").exists());
    assert!(!folder.path("site/jwks.json").exists());
}

#[test]
fn unrelated_site_folder_is_rejected() {
    let folder = fixture();
    rotate(&folder, SITE, START);
    let before = [METADATA, "site/jwks.json"].map(|name| folder.text(name));
    for (flags, code) in [
        ("--publish-site site", 2),
        ("--site-issuer https://issuer.example", 2),
        ("--publish-site site --site-issuer http://issuer.example", 2),
        (
            "--publish-site site --site-issuer https://issuer.example?a=b",
            2,
        ),
        (
            "--publish-site site --site-issuer https://issuer.example#a",
            2,
        ),
        ("--publish-site site --site-issuer issuer.example", 2),
        ("--publish-site site --site-issuer https://other.example", 3),
        (
            "--publish-site nothing --site-issuer https://issuer.example",
            3,
        ),
    ] {
        folder.run(&format!("--at {START} rotate keys.jwks {flags}")).refused(code);
    }
    assert_eq!(
        before,
        [METADATA, "site/jwks.json"].map(|name| folder.text(name))
    );
    let other = "--publish-site site --site-issuer https://other.example --replace-published";
    rotate(&folder, other, START);
    assert_eq!(
        json(folder.read(METADATA))["issuer"],
        "https://other.example"
    );
    for text in [
        "not JSON",
        "{}",
        "[]",
        "{\"issuer\":\"https://issuer.example/t1/\",\"issuer\":1}",
    ] {
        folder.write(METADATA, text);
        let run = folder.run(&format!("--at {START} rotate keys.jwks {SITE}"));
        let message = run.refused(3);
        assert!(
            message.contains("is not the metadata of an issuer"),
            "{message}"
        );
        assert_eq!(folder.text(METADATA), text);
    }
}

#[test]
fn site_of_a_set_without_signing_keys_is_rejected() {
    for alg in ["HS256", "ECDH-ES+A256KW"] {
        let folder = fixture();
        let message = folder.run(&format!("rotate keys.jwks --alg {alg} {SITE}")).done();
        assert_eq!(message.code, 2, "{message:?}");
        assert!(!folder.path("site/jwks.json").exists() && !folder.path("keys.jwks").exists());
    }
}
