//! Token status lists: external vectors, `sign --profile status-list` and `verify --status-list`.

use jotsmith::status_list::StatusList;
use serde_json::{Value, json};

use super::support::server::{Reply, Server};
use super::support::{Folder, json as parse, segment, vectors};

const URI: &str = "https://issuer.example/statuslists/1";

/// Returns a folder with the keys of two issuers, and a list in list.jwt: entry 1 is invalid, entry 2 suspended.
fn fixture() -> Folder {
    let folder = Folder::new();
    for name in ["issuer", "other"] {
        folder.keygen("ES256", &format!("{name}.jwk"));
    }
    folder.write(
        "entries.txt",
        "# index status\n1 invalid\n\n 2\tsuspended\n3 0\n",
    );
    sign_list(&folder, "-k issuer.jwk -o list.jwt");
    folder
}

fn sign_list(folder: &Folder, flags: &str) {
    let command = format!(
        "sign -q --profile status-list --sub {URI} --status-entries entries.txt --status-bits 2 {flags}"
    );
    folder.run(&command).accepted();
}

/// Returns a token with this claim `status`.
fn token(folder: &Folder, status: &Value) -> String {
    folder.write("claims.json", json!({"status": status}).to_string());
    (folder.run("sign -q -k issuer.jwk --claims claims.json")).accepted()
}

fn token_at(folder: &Folder, index: u64) -> String {
    token(folder, &json!({"status_list": {"idx": index, "uri": URI}}))
}

const VERIFY: &str = "verify -k issuer.jwk --status-list list.jwt";

#[test]
fn vectors_decode_to_their_values() {
    let Some(encodings) = vectors("status-list/encodings.json") else {
        return;
    };
    let encodings = encodings.as_array().unwrap();
    assert_eq!(encodings.len(), 4);
    for encoding in encodings {
        let list = StatusList::parse(encoding).unwrap();
        assert_eq!(list.len() as u64, encoding["entries"].as_u64().unwrap());
        let mut made =
            StatusList::new(encoding["bits"].as_u64().unwrap() as u8, list.len()).unwrap();
        let values = encoding["values"].as_object().unwrap();
        for (index, status) in values {
            let (index, status) = (index.parse().unwrap(), status.as_u64().unwrap() as u8);
            assert_eq!(list.get(index), Some(status), "{index}");
            made.set(index, status).unwrap();
        }
        assert_eq!(made, list);
        assert_eq!(StatusList::parse(&made.to_claim().unwrap()).unwrap(), list);
        assert_eq!(list.get(list.len()), None);
    }
}

#[test]
fn status_list_is_signed_and_valid_entry_is_accepted() {
    let folder = fixture();
    let list = folder.text("list.jwt");
    assert_eq!(parse(segment(&list, 0))["typ"], "statuslist+jwt");
    let claims = parse(segment(&list, 1));
    assert_eq!(claims["sub"], URI);
    assert_eq!(claims["status_list"]["bits"], 2);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        86_400
    );
    let read = StatusList::parse(&claims["status_list"]).unwrap();
    assert_eq!(read.len(), 1 << 20);
    (folder.run("verify -k issuer.jwk --profile status-list list.jwt")).accepted();
    for index in [0, 3, 1_048_575] {
        let token = token_at(&folder, index);
        folder.run(VERIFY).stdin(token).accepted();
    }
}

#[test]
fn status_that_is_not_valid_is_rejected() {
    let folder = fixture();
    for (index, why) in [
        (1, "the status of the token is 1 (invalid)"),
        (2, "the status of the token is 2 (suspended)"),
        (1_048_576, "the index 1048576 is out of range"),
        (u64::MAX, "the index 18446744073709551615 is out of range"),
    ] {
        let message = folder.run(VERIFY).stdin(token_at(&folder, index)).refused(14);
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn token_that_does_not_refer_to_the_list_is_rejected() {
    let folder = fixture();
    let other = "https://issuer.example/statuslists/2";
    for (status, why) in [
        (json!({"status_list": {"idx": 0, "uri": other}}), "not in"),
        (json!({"status_list": {"idx": -1, "uri": URI}}), "idx"),
        (json!({"other": 1}), "no claim status.status_list"),
        (json!("valid"), "not an object"),
    ] {
        let message = folder.run(VERIFY).stdin(token(&folder, &status)).refused(14);
        assert!(message.contains(why), "{status}: {message}");
    }
    let without = folder.run("sign -q -k issuer.jwk sub=a").accepted();
    let message = folder.run(VERIFY).stdin(without).refused(14);
    assert!(message.contains("no claim status.status_list"), "{message}");
}

#[test]
fn signature_and_expiry_of_the_token_are_checked_before_its_status() {
    let folder = fixture();
    let revoked = token_at(&folder, 1);
    (folder.run("verify -k other.jwk --status-key issuer.jwk --status-list list.jwt"))
        .stdin(&revoked)
        .refused(16);
    let late = format!("{VERIFY} --at +30m");
    folder.run(&late).stdin(&revoked).refused(12);
}

#[test]
fn status_list_signed_by_another_key_is_rejected_without_its_key() {
    let folder = fixture();
    let token = token_at(&folder, 0);
    sign_list(&folder, "-k other.jwk -o list.jwt --force");
    let message = folder.run(VERIFY).stdin(&token).refused(3);
    assert!(message.contains("the status list of list.jwt"), "{message}");
    (folder.run(&format!("{VERIFY} --status-key other.jwk"))).stdin(&token).accepted();
    (folder.run(&format!("{VERIFY} --status-key issuer.jwk"))).stdin(&token).refused(3);
}

#[test]
fn modified_expired_or_mistyped_status_list_is_rejected() {
    let folder = fixture();
    let token = token_at(&folder, 0);
    let list = folder.text("list.jwt");
    let mut bytes = list.trim().as_bytes().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    folder.write("changed.jwt", bytes);
    sign_list(&folder, "-k issuer.jwk --at -2d -o expired.jwt");
    let claims = folder.run("verify -k issuer.jwk list.jwt").accepted();
    folder.write("list.json", claims);
    (folder.run("sign -q -k issuer.jwk --claims list.json -o typ.jwt")).accepted();
    folder.write(
        "bomb.json",
        json!({"sub": URI, "iat": 1, "status_list": {"bits": 1, "lst": bomb()}}).to_string(),
    );
    (folder.run("sign -q -k issuer.jwk --profile status-list --claims bomb.json -o bomb.jwt"))
        .accepted();
    folder.write("not.jwt", "not a token");
    for (name, why) in [
        ("changed.jwt", "the signature does not verify"),
        ("expired.jwt", "expired"),
        ("typ.jwt", "statuslist+jwt"),
        ("bomb.jwt", "more than the limit"),
        ("not.jwt", "cannot be used"),
        ("missing.jwt", "no such file"),
    ] {
        let message = folder
            .run(&format!("verify -k issuer.jwk --status-list {name}"))
            .stdin(&token)
            .refused(3);
        assert!(message.contains(why), "{name}: {message}");
    }
}

/// Returns zlib data that inflates to 64 MiB.
fn bomb() -> String {
    use std::io::Write as _;
    let level = flate2::Compression::best();
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    jotsmith::crypto::base64url::encode(encoder.finish().unwrap())
}

#[test]
fn copy_older_than_its_ttl_is_reported() {
    let folder = fixture();
    sign_list(
        &folder,
        "-k issuer.jwk ttl:=60 --at -5m -o list.jwt --force",
    );
    let done = folder.run(VERIFY).stdin(token_at(&folder, 0)).done();
    assert_eq!(done.code, 0);
    assert!(
        done.stderr.contains("older than its ttl"),
        "{}",
        done.stderr
    );
}

#[test]
fn lines_are_checked_against_one_list() {
    let folder = fixture();
    let tokens: String =
        [0, 1, 3].map(|index| token_at(&folder, index).trim().to_owned() + "\n").concat();
    let done = folder.run(&format!("{VERIFY} --lines")).stdin(tokens).done();
    assert_eq!(done.code, 1);
    let output = String::from_utf8_lossy(&done.stdout);
    let records: Vec<Value> = output.lines().map(parse).collect();
    let accepted: Vec<bool> = (records.iter()).map(|record| record["ok"] == true).collect();
    assert_eq!(accepted, [true, false, true], "{output}");
    assert_eq!(records[1]["error"]["code"], "claim_rejected");
}

#[test]
fn list_is_fetched_only_from_the_url_of_the_flag() {
    let folder = fixture();
    let list = folder.text("list.jwt");
    let server = Server::plain(move |_| Reply::body(list.trim().to_owned()));
    let url = format!("{}/list", server.url);
    let verify = format!("verify -k issuer.jwk --status-list {url}");
    folder.run(&verify).stdin(token_at(&folder, 0)).accepted();
    assert_eq!(server.asked(), ["/list"]);
    folder.run(&verify).stdin(token_at(&folder, 1)).refused(14);
    assert_eq!(server.asked(), ["/list"]);
    let offline = format!("{verify} --offline");
    folder.run(&offline).stdin(token_at(&folder, 0)).refused(3);
    // The URI in the token is not fetched, with or without the flag.
    let own = json!({"status_list": {"idx": 0, "uri": url}});
    let token = token(&folder, &own);
    folder.run("verify -k issuer.jwk").stdin(&token).accepted();
    folder.run(VERIFY).stdin(&token).refused(14);
    assert_eq!(server.asked(), [""; 0]);
}

#[test]
fn status_of_an_sd_jwt_is_checked() {
    let folder = fixture();
    let status = json!({"status": {"status_list": {"idx": 1, "uri": URI}}, "email": "a@b.example"});
    folder.write("claims.json", status.to_string());
    let token = (folder.run("sign -q -k issuer.jwk --claims claims.json --sd email")).accepted();
    let message = folder.run(VERIFY).stdin(token).refused(14);
    assert!(message.contains("1 (invalid)"), "{message}");
}

#[test]
fn invalid_status_entries_are_rejected() {
    let folder = fixture();
    let sign = format!(
        "sign -q -k issuer.jwk --profile status-list --sub {URI} --status-entries entries.txt"
    );
    for (entries, flags, why) in [
        ("1", "", "line 1"),
        ("1 2 3", "", "an index and a status"),
        ("x 1", "", "not a number from 0"),
        ("-1 1", "", "not a number from 0"),
        ("1 revoked", "", "the status must be valid"),
        ("1 256", "", "the status must be valid"),
        ("1 suspended", "", "1-bit entries, so a status is at most 1"),
        ("9 1", "--status-size 8", "index 9 is out of range"),
        ("1 1\n1 0", "", "two statuses"),
        ("", "--status-size 0", "entries"),
        ("", "--status-size 99999999999999999999", "invalid value"),
        ("", "--status-size 9999999999999", "entries"),
        ("", "--status-bits 3", "--status-bits"),
        ("", "--lines", "--lines"),
        ("", "--sd email", "--sd"),
        ("", "ttl:=0", "ttl"),
        ("", "ttl:=\"1\"", "ttl"),
        ("", "--no-iat", "iat"),
    ] {
        folder.write("entries.txt", entries);
        let message = folder.run(&format!("{sign} {flags}")).refused(2);
        assert!(message.contains(why), "{entries:?} {flags}: {message}");
    }
    folder.write("entries.txt", "");
    let no_profile = "sign -q -k issuer.jwk --sub a --status-entries entries.txt";
    let message = folder.run(no_profile).refused(2);
    assert!(message.contains("--profile status-list"), "{message}");
    let no_entries = format!("sign -q -k issuer.jwk --profile status-list --sub {URI}");
    let message = folder.run(&no_entries).refused(2);
    assert!(message.contains("the claim status_list"), "{message}");
    let no_sub = "sign -q -k issuer.jwk --profile status-list --status-entries entries.txt";
    let message = folder.run(no_sub).refused(2);
    assert!(message.contains("the claim sub"), "{message}");
}
