//! PKCS#12 files of current and of older programs.

use super::{OTHER_RSA, RSA, certificate, thumbprint};
use crate::support::{Folder, json};

/// Returns a folder with a key, its chain, and a passphrase.
fn fixture() -> Folder {
    let folder = Folder::new();
    let root = certificate("root", &RSA, None);
    let leaf = certificate("leaf", &OTHER_RSA, Some((&root, &RSA)));
    folder.write("key.pem", OTHER_RSA.private_key_to_pem_pkcs8().unwrap());
    folder.write("leaf.pem", leaf.to_pem().unwrap());
    folder.write("root.pem", root.to_pem().unwrap());
    folder.write("pass", "correct hörse");
    folder.write("wrong", "wrong horse");
    folder
}

/// Creates `key.p12` with OpenSSL.
fn export(folder: &Folder, options: &str) {
    let command = format!(
        "openssl pkcs12 -export -inkey key.pem -in leaf.pem -certfile root.pem -out key.p12 {options}"
    );
    folder.shell(&command).accepted();
}

/// https://github.com/googleapis/google-api-nodejs-client/issues/326
#[test]
fn key_is_read_with_its_certificate_chain() {
    let folder = fixture();
    for options in [
        "-passout file:pass",
        "-passout file:pass -macalg sha512",
        "-passout file:pass -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
        "-passout file:pass -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-2DES -macalg sha1",
        "-passout file:pass -keypbe aes-128-cbc -certpbe des-ede3-cbc",
        "-passout file:pass -nomac",
    ] {
        export(&folder, options);
        let jwk =
            json(folder.run("convert -k key.p12 --passphrase-file pass --decrypt").accepted());
        assert_eq!(jwk["x5c"].as_array().unwrap().len(), 2, "{options}");
        assert_eq!(
            thumbprint(jwk.to_string()),
            thumbprint(folder.read("key.pem"))
        );
        let message = folder.run("convert -k key.p12 --passphrase-file wrong").refused(3);
        assert!(message.contains("passphrase"), "{message}");
        let message = folder.run("convert -k key.p12").refused(3);
        assert!(
            message.contains("PKCS#12") && message.contains("needs a passphrase"),
            "{message}"
        );
    }
}

#[test]
fn file_with_an_empty_passphrase_or_none_is_read_without_a_prompt() {
    let folder = fixture();
    for options in [
        "-passout pass:",
        "-passout pass: -keypbe NONE -certpbe NONE",
    ] {
        export(&folder, options);
        let jwk = folder.run("convert -k key.p12").accepted();
        assert_eq!(thumbprint(jwk), thumbprint(folder.read("key.pem")));
    }
}

#[test]
fn certificates_without_a_key_are_public_keys() {
    let folder = fixture();
    folder.shell("openssl pkcs12 -export -nokeys -in leaf.pem -certfile root.pem -out key.p12 -passout file:pass").accepted();
    let public = folder.run("convert -k key.p12 --passphrase-file pass --public").accepted();
    assert_eq!(thumbprint(public), thumbprint(folder.read("key.pem")));
}

#[test]
fn file_over_the_iteration_limit_is_rejected_before_derivation() {
    let folder = fixture();
    for options in [
        "-iter 2000000 -nomac",
        "-iter 2048 -maciter -nomaciter",
        "-iter 900000",
    ] {
        export(&folder, &format!("-passout file:pass {options}"));
        let start = std::time::Instant::now();
        let run = folder.run("convert -k key.p12 --passphrase-file pass --public --max-p2c 1000");
        let message = run.refused(3);
        assert!(message.contains("iteration count"), "{message}");
        assert!(start.elapsed().as_secs() < 5);
    }
}

#[test]
fn truncated_file_is_rejected() {
    let folder = fixture();
    export(&folder, "-passout file:pass");
    let file = folder.read("key.p12");
    for end in [8, 20, 40, 100, 1000, file.len() - 1] {
        folder.write("cut.p12", &file[..end]);
        folder.run("convert -k cut.p12 --passphrase-file pass --public").refused(3);
    }
}

#[test]
fn file_is_rejected_as_a_shared_secret() {
    let folder = fixture();
    export(&folder, "-passout file:pass");
    folder.run("sign --secret key.p12 --alg HS256 sub=a").refused(3);
}
