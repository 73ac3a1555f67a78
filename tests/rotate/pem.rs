//! Files for consumers and issuers that read PEM.

use std::os::unix::fs::PermissionsExt;

use super::*;

const FILES: &str = "--publish-pem public.pem --active-out active.pem";

/// Returns the thumbprints of the keys in a file, separated by spaces.
fn thumbprints(folder: &Folder, name: &str) -> String {
    let command = format!("convert -k {name} --to thumbprint");
    folder.run(&command).accepted().replace('\n', " ")
}

#[test]
fn public_keys_and_the_active_key_are_kept_in_pem() {
    let folder = Folder::new();
    let report = rotate(&folder, FILES, START);
    assert_eq!(
        report["published"],
        serde_json::json!(["jwks.json", "public.pem", "active.pem"])
    );
    let mode = std::fs::metadata(folder.path("active.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let first = in_state(&report, "active").unwrap();
    assert_eq!(thumbprints(&folder, "public.pem"), first);
    assert_eq!(thumbprints(&folder, "active.pem"), first);
    assert_eq!(rotate(&folder, FILES, START + 60)["changed"], false);
    // The successor is published before its time. The active key changes at its time.
    let report = rotate(&folder, FILES, START + 29 * DAY);
    let second = in_state(&report, "pending").unwrap();
    assert_eq!(
        thumbprints(&folder, "public.pem"),
        format!("{first} {second}")
    );
    assert_eq!(thumbprints(&folder, "active.pem"), first);
    let switch = START + 30 * DAY;
    let check = format!("--at {switch} rotate keys.jwks --publish jwks.json --check {FILES}");
    assert_eq!(folder.run(&check).done().code, 1);
    let report = rotate(&folder, FILES, switch);
    assert_eq!(report["published"], serde_json::json!(["active.pem"]));
    assert_eq!(thumbprints(&folder, "active.pem"), second);
    let token = folder
        .run(&format!(
            "sign -q -k active.pem --alg ES256 --at {switch} sub=a"
        ))
        .accepted();
    folder.run(&format!("verify -q -k public.pem --at {switch} {token}")).accepted();
    folder
        .shell("openssl pkey -pubin -in public.pem -noout && openssl pkey -in active.pem -noout")
        .accepted();
    // A revoked key is removed from both files immediately.
    let report = rotate(
        &folder,
        &format!("{FILES} --revoke {second} --reason lost"),
        switch + 60,
    );
    let active = in_state(&report, "active").unwrap();
    assert_eq!(thumbprints(&folder, "active.pem"), active);
    assert!(!thumbprints(&folder, "public.pem").contains(&second));
}

#[test]
fn unrelated_files_are_not_replaced() {
    let folder = Folder::new();
    rotate(&folder, FILES, START);
    folder.run("keygen ES256 --to pem -o other.pem --public-out other.pub.pem").accepted();
    folder.write("text.pem", "some text");
    let at = START + 60;
    for (flags, code) in [
        ("--publish-pem other.pem", 3),
        ("--publish-pem other.pub.pem", 3),
        ("--publish-pem text.pem", 3),
        ("--publish-pem jwks.json", 3),
        ("--publish-pem keys.jwks", 2),
        ("--active-out other.pem", 3),
        ("--active-out public.pem", 3),
        ("--active-out keys.jwks", 2),
        ("--active-out x.pem --publish-pem x.pem", 2),
    ] {
        let state = folder.state();
        let done = folder.run(&format!("--at {at} rotate keys.jwks {flags}")).done();
        assert_eq!(done.code, code, "{flags}: {done:?}");
        assert_eq!(folder.state(), state, "{flags}");
    }
    folder
        .run(&format!(
            "--at {at} rotate keys.jwks --active-out other.pem --replace-published"
        ))
        .accepted();
    assert_eq!(
        thumbprints(&folder, "other.pem"),
        thumbprints(&folder, "active.pem")
    );
    for alg in ["HS256", "ECDH-ES+A256KW"] {
        let done = folder
            .run(&format!(
                "rotate {alg}.jwks --alg {alg} --active-out {alg}.pem"
            ))
            .done();
        assert_eq!(done.code, 2, "{alg} {done:?}");
        assert!(!folder.path(&format!("{alg}.pem")).exists());
    }
}

#[test]
fn convert_selects_the_active_key_and_writes_public_keys_to_one_pem() {
    let folder = Folder::new();
    rotate(&folder, FILES, START);
    let report = rotate(&folder, FILES, START + 29 * DAY);
    let kids = ["active", "pending"].map(|state| in_state(&report, state).unwrap());
    let convert = |more: &str, at: i64| folder.run(&format!("--at {at} convert {more}"));
    for (at, kid) in [(29, &kids[0]), (30, &kids[1])] {
        let at = START + at * DAY;
        let active = "-k keys.jwks --kid active --to";
        let found = convert(&format!("{active} thumbprint"), at).accepted();
        assert_eq!(found, *kid);
        let pem = convert(&format!("{active} pem"), at).accepted();
        rotate(&folder, FILES, at);
        assert_eq!(pem, folder.text("active.pem").trim_end());
    }
    let pem = convert("-k jwks.json --to pem", START).accepted();
    assert_eq!(pem, folder.text("public.pem").trim_end());
    let pem = convert("-k keys.jwks --public --to pem", START).accepted();
    assert_eq!(pem, folder.text("public.pem").trim_end());
    // Several private keys are not written to one PEM file.
    let message = convert("-k keys.jwks --to pem", START).refused(2);
    assert!(message.contains("2 keys"), "{message}");
}

#[test]
fn convert_without_exactly_one_active_key_is_rejected() {
    let folder = Folder::new();
    rotate(&folder, "--alg ES256 --alg ECDH-ES+A256KW", START);
    folder.keygen("ES256", "other.jwk");
    let convert = |more: &str| {
        folder.run(&format!(
            "--at {START} convert --kid active --public --to pem {more}"
        ))
    };
    let message = convert("-k keys.jwks").refused(3);
    assert!(message.starts_with("several keys are active"), "{message}");
    for keys in ["-k jwks.json", "-k other.jwk", "-k jwks.json -k other.jwk"] {
        let message = convert(keys).refused(3);
        assert!(message.starts_with("no key is active"), "{keys}: {message}");
    }
    let before = START - 1;
    let done = folder.run(&format!("--at {before} convert -k keys.jwks --kid active"));
    assert!(done.refused(3).starts_with("no key is active"));
    // If a key has the kid active, it is selected.
    folder.run("keygen ES384 --kid active -o named.jwk").accepted();
    let named = folder.run("convert -k named.jwk --public --to pem").accepted();
    assert_eq!(convert("-k keys.jwks -k named.jwk").accepted(), named);
    // For other commands, it is an ordinary kid.
    folder.run("sign -k keys.jwks --kid active sub=a").refused(16);
}
