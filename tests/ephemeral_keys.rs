//! Ephemeral EC keys whose coordinates lack leading zeros, as Authlib and rhonabwy write them.

use jotsmith::crypto::base64url;
use serde_json::{Value, json};

use super::support::{Folder, json as parse, segment, short_epk};

/// Returns a folder with a key on a curve, and a token for it with a short coordinate.
fn folder(curve: &str, content: &[u8]) -> Folder {
    let folder = Folder::new();
    let keygen = format!("ECDH-ES --curve {curve} --public-out enc.pub");
    folder.keygen(&keygen, "enc.jwk");
    let recipient = parse(folder.text("enc.pub"));
    folder.write("short.jwe", short_epk(&recipient, content));
    folder
}

/// Runs a command that must refuse the token without `--lenient-epk`, and returns its message and hint.
fn refused(folder: &Folder, command: &str) -> String {
    let done = folder.run(command).done();
    assert_eq!(done.code, 10, "{done:?}");
    assert!(done.stdout.is_empty(), "{done:?}");
    assert!(done.stderr.contains("--lenient-epk accepts it"), "{done:?}");
    done.stderr
}

/// Returns the token with a changed `epk`. It can no longer be decrypted.
fn with_epk(token: &str, change: impl Fn(&mut Value)) -> String {
    let mut header = parse(segment(token, 0));
    change(&mut header["epk"]);
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", base64url::encode(header.to_string()))
}

#[test]
fn short_coordinate_is_rejected_without_lenient_epk() {
    for (curve, len) in [("P-256", 32), ("P-521", 66)] {
        let folder = folder(curve, b"content");
        let header = parse(segment(&folder.text("short.jwe"), 0));
        let x = base64url::decode(header["epk"]["x"].as_str().unwrap()).unwrap();
        let message = refused(&folder, "decrypt -k enc.jwk @short.jwe");
        let expected = format!(
            "the coordinate x of epk has {} bytes, but {curve} requires {len}; Authlib and rhonabwy",
            x.len()
        );
        assert!(message.contains(&expected), "{message}");
        let opened = folder.run("decrypt -k enc.jwk --lenient-epk @short.jwe");
        assert_eq!(opened.accepted(), "content");
        let lines = folder.run("decrypt -k enc.jwk --lenient-epk --lines @short.jwe");
        assert_eq!(parse(lines.accepted())["content"], "content");
        let lines = folder.run("decrypt -k enc.jwk --lines @short.jwe").done();
        assert_eq!(lines.code, 1);
    }
}

#[test]
fn nested_token_with_a_short_coordinate_is_verified_with_lenient_epk() {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out sig.pub", "sig.jwk");
    let token = folder.run("sign -q -k sig.jwk --sub alice").accepted();
    let folder = {
        let own = self::folder("P-521", token.trim().as_bytes());
        own.write("sig.pub", folder.read("sig.pub"));
        own
    };
    let verify = "verify -k sig.pub --decrypt-with enc.jwk";
    refused(&folder, &format!("{verify} @short.jwe"));
    let run = folder.run(&format!("{verify} --lenient-epk @short.jwe"));
    assert_eq!(parse(run.accepted())["sub"], "alice");
    // The flag requires a key to decrypt with.
    folder.run("verify -k sig.pub --lenient-epk @short.jwe").refused(2);
}

#[test]
fn long_coordinate_and_point_off_the_curve_are_rejected_with_lenient_epk() {
    let folder = folder("P-256", b"content");
    let token = folder.text("short.jwe");
    let coordinate =
        |epk: &Value, name: &str| base64url::decode(epk[name].as_str().unwrap()).unwrap();
    let longer = with_epk(&token, |epk| {
        let x = coordinate(epk, "x");
        let x = [vec![0; 33 - x.len()], x].concat();
        epk["x"] = base64url::encode(x).into();
    });
    let longer_y = with_epk(&token, |epk| {
        let y = [vec![0], coordinate(epk, "y")].concat();
        epk["y"] = base64url::encode(y).into();
    });
    let off_curve = with_epk(&token, |epk| epk["x"] = "AQ".into());
    let empty = with_epk(&token, |epk| {
        epk["x"] = "".into();
        epk["y"] = "".into();
    });
    let private = with_epk(&token, |epk| epk["d"] = json!("AA"));
    let no_curve = with_epk(&token, |epk| epk["crv"] = "X25519".into());
    for (name, token) in [
        ("longer", longer),
        ("longer y", longer_y),
        ("off the curve", off_curve),
        ("empty", empty),
        ("private", private),
        ("of another kind", no_curve),
    ] {
        let run = folder.run("decrypt -k enc.jwk --lenient-epk").stdin(&token);
        let done = run.done();
        assert_eq!(done.code, 10, "{name}: {done:?}");
        let message = done.stderr;
        assert!(message.contains("a valid public key"), "{name}: {message}");
        assert!(!message.contains("--lenient-epk"), "{name}: {message}");
    }
    // The tag is checked: a changed header is rejected.
    let other = with_epk(&token, |epk| epk["use"] = "enc".into());
    let run = folder.run("decrypt -k enc.jwk --lenient-epk").stdin(other);
    run.refused(11);
}

#[test]
fn inspect_reports_a_short_coordinate() {
    let folder = folder("P-521", b"content");
    for key in ["", "-k enc.jwk"] {
        let run = folder.run(&format!("inspect --json {key} @short.jwe"));
        let report = parse(run.accepted());
        let findings = report["findings"].as_array().unwrap();
        let short = findings.iter().find(|one| one["id"] == "jwe-epk-short");
        let message = short.unwrap()["message"].as_str().unwrap();
        assert!(message.contains("but P-521 requires 66"), "{message}");
        assert!(!findings.iter().any(|one| one["id"] == "jwe-epk"));
        if !key.is_empty() {
            assert_eq!(report["error"]["code"], "malformed");
        }
    }
}
