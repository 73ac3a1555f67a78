//! Keys with algorithms, curves and ciphers that are not supported, because OpenSSL may be built without them. The error names
//! them, so that the file does not seem damaged or the passphrase wrong.

use super::RSA;
use crate::support::{Folder, json};

/// Returns a folder with a DSA key, keys on unsupported curves, an RSA key, a certificate of each, and a passphrase.
fn fixture() -> Folder {
    let folder = Folder::new();
    folder.write("pass", "correct horse");
    folder.write("RSA.pem", RSA.private_key_to_pem_pkcs8().unwrap());
    folder.shell("openssl dsaparam -genkey -noout -out DSA.pem 1024").accepted();
    for curve in ["sect283r1", "brainpoolP256r1", "SM2"] {
        folder
            .shell(&format!(
                "openssl ecparam -name {curve} -genkey -noout -out {curve}.pem"
            ))
            .accepted();
    }
    folder
        .shell(
            "openssl ecparam -name sect163k1 -param_enc explicit -genkey -noout -out explicit.pem",
        )
        .accepted();
    for name in ["RSA", "DSA", "sect283r1", "brainpoolP256r1"] {
        folder
            .shell(&format!(
                "openssl req -new -x509 -key {name}.pem -subj /CN=a -days 9 -out {name}.crt"
            ))
            .accepted();
    }
    folder
}

/// Checks that `inspect` and `convert` name what is not supported in a file, and returns what `convert` reports.
#[track_caller]
fn is_named(folder: &Folder, file: &str, name: &str) -> String {
    let report = folder.run(&format!("inspect {file}")).accepted();
    let convert = format!("convert -k {file} --passphrase-file pass --decrypt");
    let done = folder.run(&convert).done();
    assert!(done.code == 3 && done.stdout.is_empty(), "{done:?}");
    for text in [&report, &done.stderr] {
        assert!(
            text.contains(name) && text.contains("not supported"),
            "{file}: {text}"
        );
        for wrong in [
            "damaged",
            "cannot be read",
            "does not decrypt",
            "needs a passphrase",
        ] {
            assert!(!text.contains(wrong), "{file}: {text}");
        }
    }
    done.stderr
}

/// Returns the text that the report must contain. For explicit parameters it is only EC, because OpenSSL may recognize the
/// curve and name it.
fn shown(name: &str) -> &str {
    if name == "explicit" { "EC" } else { name }
}

#[test]
fn private_key_of_an_unsupported_algorithm_or_curve_is_named() {
    let folder = fixture();
    for name in ["DSA", "sect283r1", "brainpoolP256r1", "SM2", "explicit"] {
        let convert = format!("openssl pkcs8 -topk8 -nocrypt -in {name}.pem");
        folder.shell(&format!("{convert} -out {name}.p8")).accepted();
        folder.shell(&format!("{convert} -outform DER -out {name}.der")).accepted();
        for kind in ["pem", "p8", "der"] {
            is_named(&folder, &format!("{name}.{kind}"), shown(name));
        }
    }
}

#[test]
fn public_key_of_an_unsupported_algorithm_or_curve_is_named() {
    let folder = fixture();
    for name in ["DSA", "sect283r1", "brainpoolP256r1", "explicit"] {
        folder
            .shell(&format!(
                "openssl pkey -in {name}.pem -pubout -out {name}.pub.pem"
            ))
            .accepted();
        is_named(&folder, &format!("{name}.pub.pem"), shown(name));
    }
}

#[test]
fn certificate_of_an_unsupported_algorithm_or_curve_is_named() {
    let folder = fixture();
    for name in ["DSA", "sect283r1", "brainpoolP256r1"] {
        is_named(&folder, &format!("{name}.crt"), name);
        let report = folder.run(&format!("inspect {name}.crt")).accepted();
        assert!(report.contains("CN=a"), "{report}");
    }
}

#[test]
fn encrypted_key_of_an_unsupported_algorithm_is_not_a_wrong_passphrase() {
    let folder = fixture();
    for name in ["DSA", "sect283r1"] {
        for command in [
            format!("pkcs8 -topk8 -v2 aes-256-cbc -in {name}.pem"),
            format!("pkcs12 -export -inkey {name}.pem -in {name}.crt"),
        ] {
            folder
                .shell(&format!(
                    "openssl {command} -out encrypted -passout file:pass"
                ))
                .accepted();
            let convert = "convert -k encrypted --decrypt --passphrase-file";
            let message = folder.run(&format!("{convert} pass")).refused(3);
            assert!(
                message.contains(name) && message.contains("not supported"),
                "{message}"
            );
            let message = folder.run(&format!("{convert} RSA.crt")).refused(3);
            assert!(message.contains("passphrase does not decrypt"), "{message}");
        }
    }
}

#[test]
fn key_under_an_unsupported_cipher_is_named_with_the_fix() {
    let folder = fixture();
    for (name, command) in [
        ("ARIA-256-CBC", "pkcs8 -topk8 -v2 aria256"),
        ("CAMELLIA-256-CBC", "pkcs8 -topk8 -v2 camellia256"),
        (
            "RC2-CBC",
            "pkcs8 -topk8 -v2 rc2-cbc -provider legacy -provider default",
        ),
        ("CAMELLIA-128-CBC", "rsa -traditional -camellia128"),
        ("ARIA-128-CBC", "rsa -traditional -aria128"),
    ] {
        folder
            .shell(&format!(
                "openssl {command} -in RSA.pem -out key.pem -passout file:pass"
            ))
            .accepted();
        let message = is_named(&folder, "key.pem", name);
        assert!(
            message.contains("openssl pkcs8 -topk8 -v2 aes-256-cbc"),
            "{message}"
        );
    }
}

#[test]
fn pkcs12_file_under_an_obsolete_cipher_is_rejected_with_its_own_fix() {
    let folder = fixture();
    folder.shell("openssl pkcs12 -export -legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-128 -inkey RSA.pem -in RSA.crt -out key.p12 -passout file:pass").accepted();
    let done = folder.run("convert -k key.p12 --passphrase-file pass --decrypt").done();
    assert_eq!(done.code, 3);
    assert!(
        done.stderr.contains("RC4") && done.stderr.contains("openssl pkcs12 -legacy"),
        "{done:?}"
    );
    // The conversion of the hint works.
    folder
        .shell(
            "cp pass new && openssl pkcs12 -legacy -in key.p12 -passin file:pass -passout file:new -out key.pem",
        )
        .accepted();
    folder.run("convert -k key.pem --passphrase-file pass --decrypt").accepted();
}

#[test]
fn pkcs12_file_with_rc2_certificates_is_read_without_them() {
    let folder = fixture();
    folder.shell("openssl pkcs12 -export -legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -inkey RSA.pem -in RSA.crt -out key.p12 -passout file:pass").accepted();
    let done = folder.run("convert -k key.p12 --passphrase-file pass --decrypt").done();
    assert!(done.code == 0 && done.stderr.contains("RC2"), "{done:?}");
    assert_eq!(json(done.stdout).get("x5c"), None);
}

#[test]
fn encrypted_traditional_key_has_nothing_around_it() {
    let folder = fixture();
    folder
        .shell("openssl rsa -traditional -aes128 -in RSA.pem -out key.pem -passout file:pass")
        .accepted();
    let done = folder.run("inspect key.pem").done();
    assert!(
        done.code == 0 && String::from_utf8_lossy(&done.stdout).contains("needs a passphrase"),
        "{done:?}"
    );
    assert!(!done.stderr.contains("removed"), "{done:?}");
    // The header fields are kept when something is removed.
    let text = folder.text("key.pem");
    let quoted: String = text.lines().map(|line| format!("> {line}\n")).collect();
    folder.write("quoted.pem", quoted);
    folder.run("convert -k quoted.pem --passphrase-file pass --decrypt").accepted();
}
