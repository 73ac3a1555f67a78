//! Key IDs, fingerprints, certificate thumbprints, and raw secrets.

use serde_json::Value;

use super::{OTHER_RSA, RSA, certificate, ec_jwk};
use crate::support::{Folder, hs256, json, segment};

fn header(token: &str) -> Value {
    json(segment(token, 0))
}

/// Returns a folder with an RSA key without a kid, and its certificate, which another key signed.
fn fixture() -> Folder {
    let folder = Folder::new();
    let root = certificate("root", &RSA, None);
    let leaf = certificate("leaf", &OTHER_RSA, Some((&root, &RSA)));
    folder.write("key.pem", OTHER_RSA.private_key_to_pem_pkcs8().unwrap());
    folder.write("leaf.crt", leaf.to_pem().unwrap());
    folder.write(
        "chain.crt",
        [leaf.to_pem().unwrap(), root.to_pem().unwrap()].concat(),
    );
    folder
}

#[test]
fn sign_writes_a_derived_kid_only_for_a_key_without_kid() {
    let folder = fixture();
    let token = folder.run("sign -k key.pem --alg RS256 --kid k1 sub=a").accepted();
    assert_eq!(header(&token)["kid"], "k1");
    let report = json(folder.run("sign --json -k key.pem --alg RS256 --kid k1 sub=a").accepted());
    assert_eq!(report["kid"], "k1");
    folder.write("key.jwk", ec_jwk().to_string());
    let message = folder.run("sign -k key.jwk --kid k1 sub=a").refused(16);
    assert!(message.contains("no key has the kid k1"), "{message}");
    // For verify, --kid only selects a key, and does not set its kid.
    folder.run("verify -k key.pem --alg RS256 --kid k1").stdin(token).refused(16);
}

/// The expected values are from OpenSSL and ssh-keygen.
#[test]
fn fingerprints_equal_those_of_other_programs() {
    let folder = fixture();
    let fingerprint = |key: &str, kind: &str| {
        folder
            .run(&format!(
                "convert -k {key} --to fingerprint --fingerprint {kind}"
            ))
            .accepted()
    };
    let shell = |script: &str| folder.shell(script).accepted();
    let spki = "openssl pkey -in key.pem -pubout -outform DER | openssl dgst -sha256";
    assert_eq!(
        fingerprint("key.pem", "spki"),
        shell(&format!("{spki} -r | cut -d' ' -f1"))
    );
    let base64 = shell(&format!("{spki} -binary | base64 -w0"));
    assert_eq!(
        fingerprint("key.pem", "snowflake"),
        format!("SHA256:{base64}")
    );
    assert_eq!(
        fingerprint("key.pem", "kubernetes"),
        base64.replace('+', "-").replace('/', "_").replace('=', "")
    );
    let libtrust = shell(&format!(
        "{spki} -binary | head -c 30 | base32 -w0 | sed 's/..../&:/g; s/:$//'"
    ));
    assert_eq!(fingerprint("key.pem", "libtrust"), libtrust);
    let certificate = |hash: &str| {
        shell(&format!(
            "openssl x509 -in leaf.crt -outform DER | openssl dgst -{hash} -binary | basenc --base64url -w0 | tr -d =",
            hash = hash
        ))
    };
    assert_eq!(fingerprint("leaf.crt", "x5t"), certificate("sha1"));
    assert_eq!(fingerprint("leaf.crt", "x5t#S256"), certificate("sha256"));
    assert_eq!(
        fingerprint("key.pem", "jwk"),
        folder.run("convert -k key.pem --to thumbprint").accepted()
    );
    if std::process::Command::new("ssh-keygen").arg("-?").output().is_ok() {
        let line = folder.run("convert -k key.pem --public --to ssh").accepted();
        folder.write("key.pub", line + "\n");
        assert_eq!(
            fingerprint("key.pem", "ssh"),
            shell("ssh-keygen -lf key.pub | cut -d' ' -f2")
        );
    }
    folder.run("convert -k key.pem --to fingerprint --fingerprint x5t").refused(3);
    folder.keygen("HS256", "secret.jwk");
    folder.run("convert -k secret.jwk --to fingerprint --fingerprint spki").refused(3);
}

#[test]
fn key_ids_are_derived_on_request() {
    let folder = fixture();
    for source in ["jwk", "kubernetes", "libtrust", "x5t", "x5t#S256"] {
        let expected =
            folder.run(&format!("convert -k leaf.crt --fingerprint {source}")).accepted();
        let jwk = json(folder.run(&format!("convert -k leaf.crt --kid-from {source}")).accepted());
        assert_eq!(jwk["kid"], expected, "{source}");
        let token = folder
            .run(&format!(
                "sign -k key.pem --x5t leaf.crt --alg RS256 --kid-from {source} sub=a"
            ))
            .accepted();
        assert_eq!(header(&token)["kid"], expected, "{source}");
    }
    let uuid = json(folder.run("keygen ES256 --kid-from uuid").accepted());
    assert_eq!(uuid["kid"].as_str().unwrap().len(), 36);
    folder.run("sign -k key.pem --alg RS256 --kid-from uuid sub=a").refused(2);
    folder.run("keygen ES256 --kid-from x5t").refused(3);
    folder.run("keygen ES256 --kid-from md5").refused(2);
}

#[test]
fn rotated_set_keeps_the_source_of_its_key_ids() {
    let folder = Folder::new();
    folder.run("rotate keys.jwks --kid-from kubernetes --at 2025-01-01T00:00:00Z").accepted();
    folder.run("rotate keys.jwks --at 2025-01-30T00:00:00Z").accepted();
    let set = json(folder.read("keys.jwks"));
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for key in keys {
        folder.write("key.jwk", key.to_string());
        let kid = folder.run("convert -k key.jwk --fingerprint kubernetes").accepted();
        assert_eq!(key["kid"], kid);
    }
}

#[test]
fn sign_writes_the_certificate_thumbprint_without_the_chain() {
    let folder = fixture();
    let token = folder.run("sign -k key.pem --x5t leaf.crt --alg RS256 sub=a").accepted();
    let header = header(&token);
    assert!(header.get("x5c").is_none());
    for name in ["x5t", "x5t#S256"] {
        assert_eq!(
            header[name],
            folder.run(&format!("convert -k leaf.crt --fingerprint {name}")).accepted()
        );
    }
    let shown = folder.run("inspect leaf.crt").accepted();
    for name in ["x5t", "x5t#S256"] {
        assert!(shown.contains(header[name].as_str().unwrap()), "{shown}");
    }
    folder.write("other.pem", RSA.private_key_to_pem_pkcs8().unwrap());
    folder.run("sign -k other.pem --x5t leaf.crt --alg RS256 sub=a").refused(3);
}

#[test]
fn self_signed_certificate_in_a_chain_is_a_warning() {
    let folder = fixture();
    let done = folder.run("sign -k key.pem --x5c chain.crt --alg RS256 sub=a").done();
    assert!(
        done.code == 0 && done.stderr.contains("self-signed"),
        "{done:?}"
    );
    let done = folder.run("sign -k key.pem --x5c leaf.crt --alg RS256 sub=a").done();
    assert!(
        done.code == 0 && !done.stderr.contains("self-signed"),
        "{done:?}"
    );
}

#[test]
fn chain_of_a_pkcs12_file_is_written_to_the_header() {
    let folder = fixture();
    folder.write("pass", "correct horse");
    folder.shell("openssl pkcs12 -export -inkey key.pem -in leaf.crt -certfile chain.crt -out key.p12 -passout file:pass").accepted();
    let token = folder
        .run("sign -k key.p12 --passphrase-file pass --x5c key.p12 --alg RS256 sub=a")
        .accepted();
    assert_eq!(header(&token)["x5c"].as_array().unwrap().len(), 2);
}

/// https://github.com/paradigmxyz/reth/issues/1586, https://github.com/PostgREST/postgrest/issues/5215
#[test]
fn encoded_secret_may_have_line_breaks_and_separators() {
    let folder = Folder::new();
    let secret: Vec<u8> = (0..64).collect();
    folder.write("raw", &secret);
    let token = folder
        .run("sign --secret raw --secret-encoding raw --alg HS512 --exp 1h sub=a")
        .accepted();
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let pairs: Vec<&str> =
        hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap()).collect();
    let base64 = base64_simd::STANDARD.encode_to_string(&secret);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(20).map(|line| str::from_utf8(line).unwrap()).collect();
    for (encoding, text) in [
        ("hex", format!("0x{hex}\n")),
        ("hex", pairs.join(":")),
        ("hex", format!("0x{}", pairs.join(", 0x"))),
        ("hex", pairs.join(" ")),
        ("hex", pairs.join("-").to_uppercase()),
        (
            "hex",
            hex.as_bytes()
                .chunks(32)
                .map(|line| str::from_utf8(line).unwrap())
                .collect::<Vec<_>>()
                .join("\r\n"),
        ),
        ("base64", lines.join("\n")),
        ("base64", base64.trim_end_matches('=').to_owned()),
        (
            "base64url",
            lines.join("\r\n").replace('+', "-").replace('/', "_"),
        ),
    ] {
        folder.write("secret", &text);
        let run = folder.run(&format!(
            "verify --secret secret --secret-encoding {encoding} --alg HS512"
        ));
        run.stdin(&token).accepted();
    }
}

#[test]
fn invalid_character_of_an_encoded_secret_is_named() {
    let folder = Folder::new();
    for (encoding, text, expected) in [
        ("base64", "AAAA_AAA", "character 5 is '_'"),
        ("base64url", "AAAA/AAA", "character 5 is '/'"),
        ("hex", "00112g", "character 6 is not allowed in it"),
        ("hex", "00112", "the number of its digits is odd"),
        (
            "base64",
            "AAAAA",
            "its last characters are missing or changed",
        ),
    ] {
        folder.write("secret", text);
        let message = folder
            .run(&format!(
                "sign --secret secret --secret-encoding {encoding} sub=a"
            ))
            .refused(3);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn raw_secret_keeps_its_last_newline() {
    let folder = Folder::new();
    let secret = [&[b'x'; 32][..], b"\n"].concat();
    folder.write("secret", &secret);
    let raw = folder
        .run("sign --secret secret --secret-encoding raw --alg HS256 --exp 1h sub=a")
        .accepted();
    folder.run("verify --secret secret --alg HS256").stdin(&raw).refused(11);
    folder
        .run("verify --secret secret --secret-encoding raw --alg HS256")
        .stdin(&raw)
        .accepted();
}

#[test]
fn shared_secret_is_written_in_every_encoding() {
    let folder = Folder::new();
    folder.keygen("HS256", "key.jwk");
    let token = folder.run("sign -k key.jwk --exp 1h sub=a").accepted();
    for encoding in ["raw", "hex", "base64", "base64url"] {
        folder
            .run(&format!(
                "convert -k key.jwk --to {encoding} -o secret --force"
            ))
            .accepted();
        let run = folder.run(&format!(
            "verify --secret secret --secret-encoding {encoding} --alg HS256"
        ));
        run.stdin(&token).accepted();
        folder.run(&format!("keygen HS256 --to {encoding} -o new --force")).accepted();
        folder
            .run(&format!(
                "sign --secret new --secret-encoding {encoding} --alg HS256 sub=a"
            ))
            .accepted();
        folder.keygen("ES256", "ec.jwk");
        let run = folder.run(&format!("convert -k ec.jwk --to {encoding}"));
        run.refused(2);
        std::fs::remove_file(folder.path("ec.jwk")).unwrap();
    }
}

#[test]
fn algorithm_of_nats_is_explained() {
    let token = hs256(r#"{"typ":"JWT","alg":"ed25519-nkey"}"#, r#"{"iss":"OABC"}"#);
    let shown = Folder::new().run("inspect").stdin(token).accepted();
    assert!(shown.contains("NATS"), "{shown}");
}
