//! Structures with a wrong PEM label, supported formats, and unsupported formats that are named in the error.

use base64_simd::STANDARD;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use serde_json::json;

use super::{OTHER_RSA, RSA, certificate, ec_pem, hint, is_read_as, refused, thumbprint};
use crate::support::{Folder, pem};

/// https://github.com/Kong/kong/issues/1458
#[test]
fn key_with_a_wrong_pem_label_is_read() {
    let rsa: Rsa<_> = RSA.rsa().unwrap();
    let spki = RSA.public_key_to_der().unwrap();
    let pkcs1 = rsa.public_key_to_der_pkcs1().unwrap();
    for label in ["PUBLIC KEY", "RSA PUBLIC KEY", "PRIVATE KEY"] {
        is_read_as(pem(label, &spki), &spki, "");
        is_read_as(pem(label, &pkcs1), &spki, "");
    }
    let pkcs8 = RSA.private_key_to_pkcs8().unwrap();
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
        is_read_as(pem(label, &pkcs8), &spki, "");
        is_read_as(pem(label, &rsa.private_key_to_der().unwrap()), &spki, "");
    }
    let leaf = certificate("a", &RSA, None).to_der().unwrap();
    is_read_as(pem("X509 CERTIFICATE", &leaf), &spki, "");
}

/// https://github.com/hoppscotch/hoppscotch/pull/6595
#[test]
fn traditional_rsa_pss_key_is_rejected_with_the_fix() {
    let file = pem(
        "RSA-PSS PRIVATE KEY",
        &RSA.rsa().unwrap().private_key_to_der().unwrap(),
    );
    assert!(refused(&file).contains("RSA-PSS PRIVATE KEY"));
    assert!(hint(&file).contains("openssl pkey"));
}

#[test]
fn bytes_after_the_structure_of_a_pem_block_are_rejected() {
    let mut der = RSA.public_key_to_der().unwrap();
    der.push(0);
    assert!(refused(pem("PUBLIC KEY", &der)).contains("bytes follow"));
}

#[test]
fn unsupported_key_formats_are_named_with_the_fix() {
    for (file, format, fix) in [
        (
            &b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01"[..],
            "Java keystore",
            "keytool",
        ),
        (b"\xce\xce\xce\xce\0\0\0\x02", "JCEKS", "keytool"),
        (
            b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
            "PuTTY",
            "puttygen",
        ),
        (
            b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n",
            "SSH2",
            "ssh-keygen -i",
        ),
        (
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "OpenPGP",
            "keygen",
        ),
        (
            b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n",
            "PKCS#7",
            "-print_certs",
        ),
        (b"AGE-SECRET-KEY-1QQQQ\n", "age", "keygen"),
        (
            b"<RSAKeyValue><Modulus>AAAA</Modulus></RSAKeyValue>",
            "XML",
            "ExportPkcs8PrivateKeyPem",
        ),
        (b"<!doctype html><html></html>", "HTML", "URL"),
    ] {
        let message = refused(file);
        assert!(message.contains(format), "{message}");
        let hint = hint(file);
        assert!(hint.contains(fix), "{hint}");
    }
}

#[test]
fn service_account_file_is_the_private_key_with_its_kid() {
    let key = String::from_utf8(RSA.private_key_to_pem_pkcs8().unwrap()).unwrap();
    let file = json!({"type": "service_account", "private_key_id": "r1", "private_key": key, "client_email": "a@b"});
    is_read_as(file.to_string(), &key, "service account");
    let folder = Folder::new();
    folder.write("sa.json", file.to_string());
    let token = folder.run("sign -k sa.json --alg RS256 sub=a").accepted();
    let header = crate::support::json(crate::support::segment(&token, 0));
    assert_eq!(header["kid"], "r1");
}

#[test]
fn map_from_kid_to_certificate_is_a_key_set() {
    let [own, other] = [&*RSA, &*OTHER_RSA]
        .map(|key| String::from_utf8(certificate("google", key, None).to_pem().unwrap()).unwrap());
    let folder = Folder::new();
    folder.write("certs.json", json!({"r1": own, "r2": other}).to_string());
    let key = json!({"private_key": String::from_utf8(RSA.private_key_to_pem_pkcs8().unwrap()).unwrap(), "private_key_id": "r1"});
    folder.write("sa.json", key.to_string());
    let token = folder.run("sign -k sa.json --alg RS256 --exp 1h sub=a").accepted();
    folder.run("verify -k certs.json --alg RS256").stdin(&token).accepted();
    let other =
        folder.run("sign -k sa.json --alg RS256 --exp 1h --header kid=r2 sub=a").stdin("").done();
    if other.code == 0 {
        folder.run("verify -k certs.json --alg RS256").stdin(other.stdout).refused(11);
    }
    assert!(folder.run("convert -k certs.json").accepted().contains("\"kid\":\"r2\""));
}

#[test]
fn json_documents_without_a_key_are_rejected_with_the_fix() {
    let jwk = json!({"kty": "oct", "k": "AAAA"});
    for (file, format, fix) in [
        (
            json!({"issuer": "https://a", "jwks_uri": "https://a/k"}),
            "discovery document",
            "--issuer",
        ),
        (
            json!({"access_token": "a.b.c", "token_type": "Bearer"}),
            "token response",
            "--issuer",
        ),
        (
            json!({"data": {"jwk": jwk}}),
            "member data.jwk",
            "jq .data.jwk FILE",
        ),
        (
            json!({"jwks": {"keys": []}}),
            "member jwks",
            "jq .jwks FILE",
        ),
        (
            json!({"realm": "a", "public_key": STANDARD.encode_to_string(ec_public_der())}),
            "public_key",
            "jq -r .public_key FILE",
        ),
        (
            json!({"items": [{"id": 1}, {"id": 2, "key": jwk}]}),
            "member items[1].key",
            "jq '.items[1].key' FILE",
        ),
        (
            json!({"data": {"tls.key": STANDARD.encode_to_string(ec_pem())}}),
            "member data.\"tls.key\"",
            "jq -r '.data.\"tls.key\"' FILE",
        ),
        (
            json!({"SecretString": jwk.to_string(), "Name": "a"}),
            "member SecretString",
            "jq -r .SecretString FILE",
        ),
        (
            json!({"data": {"private_key": ec_pem()}, "lease_id": ""}),
            "member data.private_key",
            "jq -r .data.private_key FILE",
        ),
        (json!({"key": ec_pem()}), "member key", "jq -r .key FILE"),
        (json!([ec_pem()]), "array of strings", "jq -r '.[]' FILE"),
        (
            json!(ec_pem().lines().collect::<Vec<_>>()),
            "array of strings",
            "jq -r '.[]' FILE",
        ),
        (
            json!({"issuer": "https://a", "token_endpoint": "https://a/t"}),
            "discovery document",
            "jwks_uri",
        ),
        (
            json!({"refresh_token": "a", "client_id": "b", "type": "authorized_user"}),
            "token response",
            "--issuer",
        ),
        (
            json!({"error": "invalid_client", "error_description": "no"}),
            "error response",
            "request",
        ),
    ] {
        let message = refused(file.to_string());
        assert!(message.contains(format), "{message}");
        let hint = hint(file.to_string());
        assert!(hint.contains(fix), "{hint}");
    }
}

#[test]
fn invalid_entry_of_a_certificate_map_is_named() {
    let certificate = certificate("own", &RSA, None).to_pem().unwrap();
    let certificate = String::from_utf8(certificate).unwrap();
    let damaged = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n";
    let folder = Folder::new();
    let map = json!({"r1": certificate, "r2": damaged});
    folder.write("certs.json", map.to_string());
    let done = folder.run("convert -k certs.json").done();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("skipped the key r2: "), "{done:?}");
}

fn ec_public_der() -> Vec<u8> {
    let key = PKey::private_key_from_pem(ec_pem().as_bytes()).unwrap();
    key.public_key_to_der().unwrap()
}

/// https://github.com/RustCrypto/RSA/issues/422
#[test]
fn rsa_pss_key_signs_with_the_algorithms_of_its_parameters_only() {
    let folder = Folder::new();
    for (options, algorithms) in [
        ("", &["PS256", "PS384", "PS512"][..]),
        (
            "-pkeyopt rsa_pss_keygen_md:sha384 -pkeyopt rsa_pss_keygen_mgf1_md:sha384 -pkeyopt rsa_pss_keygen_saltlen:48",
            &["PS384"],
        ),
        (
            "-pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:0",
            &["PS256"],
        ),
    ] {
        let generate = format!(
            "openssl genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 {options} -out k.pem 2>&1 || openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 {options} -out k.pem"
        );
        folder.shell(&generate).accepted();
        folder.shell("openssl pkey -in k.pem -pubout -out pub.pem && openssl req -x509 -key k.pem -subj /CN=a -out k.crt").accepted();
        for alg in ["PS256", "PS384", "PS512", "RS256"] {
            let sign = format!("sign -k k.pem --alg {alg} --exp 1h sub=a");
            if algorithms.contains(&alg) {
                let token = folder.run(&sign).accepted();
                for key in ["k.pem", "pub.pem", "k.crt"] {
                    folder.run(&format!("verify -k {key} --alg {alg}")).stdin(&token).accepted();
                }
            } else {
                drop(folder.run(&sign).refused(3))
            }
        }
        folder.run("encrypt -k pub.pem").stdin("a").refused(3);
        // It keeps its type in PEM.
        let again = folder.run("convert -k k.pem --to pem").accepted();
        assert_eq!(again, folder.text("k.pem").trim());
    }
}

/// The salt is longer than the one of PS256.
#[test]
fn rsa_pss_key_that_no_algorithm_fits_is_rejected() {
    let folder = Folder::new();
    folder.shell("openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:60 -out k.pem").accepted();
    let message = folder.run("sign -k k.pem --alg PS256 sub=a").refused(3);
    assert!(
        message.contains("none of PS256, PS384 and PS512"),
        "{message}"
    );
}

#[test]
fn pbes2_with_3des_is_read_with_a_warning_and_pbes1_is_rejected() {
    let folder = Folder::new();
    folder.write("k.pem", RSA.private_key_to_pem_pkcs8().unwrap());
    folder.write("pass", "correct horse");
    folder.shell("openssl pkcs8 -topk8 -v2 des3 -in k.pem -out new.pem -passout file:pass && openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in k.pem -out old.pem -passout file:pass").accepted();
    let done = folder.run("sign -k new.pem --passphrase-file pass --alg RS256 sub=a").done();
    assert!(done.code == 0 && done.stderr.contains("3DES"), "{done:?}");
    let done = folder.run("sign -k old.pem --passphrase-file pass --alg RS256 sub=a").done();
    assert_eq!(done.code, 3);
    assert!(
        done.stderr.contains("PBES1") && done.stderr.contains("openssl pkcs8 -topk8"),
        "{done:?}"
    );
}

#[test]
fn certificates_that_do_not_form_a_chain_are_several_keys() {
    let root = certificate("root", &RSA, None);
    let leaf = certificate("leaf", &OTHER_RSA, Some((&root, &RSA)));
    let other = certificate("other", &OTHER_RSA, None);
    let file = |parts: &[&openssl::x509::X509]| -> Vec<u8> {
        parts.iter().flat_map(|part| part.to_pem().unwrap()).collect()
    };
    // A chain in any order is read as one key: that of its leaf.
    for chain in [file(&[&leaf, &root]), file(&[&root, &leaf])] {
        assert_eq!(
            thumbprint(&chain),
            thumbprint(OTHER_RSA.public_key_to_der().unwrap())
        );
    }
    let folder = Folder::new();
    folder.write("key", file(&[&root, &other]));
    let set = crate::support::json(folder.run("convert -k key").accepted());
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
}

#[test]
fn private_key_with_its_certificates_is_one_key() {
    let root = certificate("root", &RSA, None);
    let leaf = certificate("leaf", &OTHER_RSA, Some((&root, &RSA)));
    let parts = [
        OTHER_RSA.private_key_to_pem_pkcs8(),
        leaf.to_pem(),
        root.to_pem(),
    ];
    let parts: Vec<u8> = parts.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(
        thumbprint(parts),
        thumbprint(OTHER_RSA.public_key_to_der().unwrap())
    );
}

#[test]
fn unusable_pem_block_is_skipped_with_a_warning() {
    let own = ec_pem();
    let weak = Rsa::generate(1024).unwrap().public_key_to_pem().unwrap();
    let file = format!(
        "{own}{}-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        String::from_utf8(weak).unwrap()
    );
    is_read_as(
        &file,
        &own,
        "skipped block 2 of the PEM file: the RSA key has 1024 bits",
    );
    is_read_as(
        &file,
        &own,
        "skipped block 3 of the PEM file: the PEM block CERTIFICATE REQUEST",
    );
}

#[test]
fn every_line_of_an_authorized_keys_file_is_a_key() {
    let folder = Folder::new();
    let mut lines = String::from("# keys\n");
    for algorithm in ["ES256", "Ed25519"] {
        folder.run(&format!("keygen {algorithm} --force -o k.jwk")).accepted();
        lines += &folder.run("convert -k k.jwk --public --to ssh").accepted();
        lines += "\n\n";
    }
    lines += "ssh-dss AAAAB3NzaC1kc3MAAACB a\n";
    folder.write("keys", lines);
    let done = folder.run("convert -k keys").done();
    assert!(
        done.stderr.contains("skipped key 3 of the file"),
        "{done:?}"
    );
    assert_eq!(
        crate::support::json(done.stdout)["keys"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn key_file_is_limited_to_1_mib_and_a_key_set_to_16() {
    let jwk = super::ec_jwk();
    let long = |len: usize| {
        let mut jwk = jwk.clone();
        jwk["note"] = "x".repeat(len).into();
        jwk
    };
    let folder = Folder::new();
    folder.write("key.jwk", long(1024 * 1024).to_string());
    let error = folder.run("convert -k key.jwk --to thumbprint").refused(3);
    assert!(error.contains("limit of 1048576 bytes"), "{error}");
    folder.write("key.jwk", long(1_040_000).to_string());
    folder.run("convert -k key.jwk --to thumbprint").accepted();
    let pem = format!("{}\n{}", "x".repeat(1024 * 1024), ec_pem());
    assert!(refused(pem).contains("limit of 1048576 bytes"));
    let set = json!({"keys": [long(1024 * 1024)]});
    folder.write("jwks.json", set.to_string());
    folder.run("convert -k jwks.json --to thumbprint").accepted();
    folder.write("secret", "x".repeat(1024 * 1024 + 1));
    let error = folder.run("sign --secret secret sub=a").refused(3);
    assert!(error.contains("limit of 1048576 bytes"), "{error}");
}

#[test]
fn algorithm_name_is_accepted_in_any_case() {
    let folder = Folder::new();
    folder.write("key.pem", ec_pem());
    for name in ["ES256", "es256", "Es256", "ecdh-es+a256kw"] {
        let jwk = folder.run(&format!("convert -k key.pem --alg {name}")).accepted();
        let alg = crate::support::json(jwk)["alg"].as_str().unwrap().to_owned();
        assert!(
            alg.eq_ignore_ascii_case(name) && alg == alg.to_uppercase(),
            "{alg}"
        );
    }
    folder.run("convert -k key.pem --alg ES257").refused(2);
}
