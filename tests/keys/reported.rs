//! Key files and key sets from public issue reports, each with the URL of the report.

use base64_simd::STANDARD;
use jotsmith::crypto::base64url;
use serde_json::{Value, json};

use super::{OTHER_RSA, RSA, certificate, ec_jwk, hint, is_read_as, public, refused, thumbprint};
use crate::support::{Folder, json as parse};

fn rsa_pem() -> String {
    String::from_utf8(RSA.private_key_to_pem_pkcs8().unwrap()).unwrap()
}

fn pkcs1_pem() -> String {
    let rsa = RSA.rsa().unwrap();
    String::from_utf8(rsa.private_key_to_pem().unwrap()).unwrap()
}

fn public_pem() -> String {
    String::from_utf8(RSA.public_key_to_pem().unwrap()).unwrap()
}

fn rsa_jwk() -> Value {
    let rsa = RSA.rsa().unwrap();
    let [n, e] = [rsa.n(), rsa.e()].map(|number| base64url::encode(number.to_vec()));
    json!({"kty": "RSA", "n": n, "e": e, "kid": "r", "alg": "RS256"})
}

/// Checks that a token by [`RSA`] with the kid r is accepted with this set.
#[track_caller]
fn accepts(keys: &[Value]) -> String {
    let folder = Folder::new();
    folder.write("key.pem", rsa_pem());
    folder.write("jwks.json", json!({"keys": keys}).to_string());
    let token = folder.run("sign -k key.pem --kid r --alg RS256 --exp 1h sub=a").accepted();
    let done = folder.run("verify -k jwks.json").stdin(token).done();
    assert_eq!(done.code, 0, "{done:?}");
    done.stderr
}

/// https://github.com/octokit/app.js/issues/40
#[test]
fn pem_in_double_quotes_with_escaped_line_breaks_is_read() {
    let pem = rsa_pem();
    is_read_as(format!("\"{}\"", pem.replace('\n', "\\n")), &pem, "");
}

/// https://github.com/auth0/node-jsonwebtoken/issues/191
#[test]
fn pem_with_escaped_carriage_returns_is_read() {
    let pem = pkcs1_pem();
    is_read_as(format!("\"{}\"", pem.trim().replace('\n', "\\r")), &pem, "");
    is_read_as(
        format!("PRIVATE_KEY=\"{}\"", pem.trim().replace('\n', "\\r")),
        &pem,
        "",
    );
}

/// https://github.com/odan/slim4-tutorial/issues/20
#[test]
fn pem_after_a_line_break_in_quotes_is_read() {
    let pem = pkcs1_pem();
    is_read_as(format!("\"\n{}\"", pem.trim()), &pem, "");
}

/// https://github.com/ngeri/prepare-signing/issues/4
#[test]
fn app_store_key_in_base64_is_read() {
    let pem = super::ec_pem();
    is_read_as(STANDARD.encode_to_string(&pem), &pem, "base64");
}

/// https://github.com/dgrijalva/jwt-go/issues/431
#[test]
fn public_key_without_its_line_breaks_is_read() {
    let pem = public_pem();
    is_read_as(pem.replace('\n', ""), &pem, "");
}

/// https://github.com/Mbed-TLS/mbedtls/issues/9037
#[test]
fn c_string_literal_with_a_pem_is_read() {
    let pem = public_pem().replace("PUBLIC KEY", "RSA PUBLIC KEY");
    let lines: Vec<String> = pem.lines().map(|line| format!("  \"{line}\\n\"")).collect();
    is_read_as(
        format!("const char key[] =\n{};", lines.join("\\\n")),
        public_pem(),
        "",
    );
}

/// https://github.com/kjur/jsrsasign/issues/105
#[test]
fn public_key_indented_with_tabs_is_read() {
    let pkcs1 = RSA.rsa().unwrap().public_key_to_pem_pkcs1().unwrap();
    let text = String::from_utf8(pkcs1).unwrap().replace('\n', "\n\t");
    is_read_as(text, public_pem(), "");
}

/// https://github.com/rib/jsonwebtokens/issues/15
#[test]
fn public_key_of_ssh_keygen_is_read() {
    let folder = Folder::new();
    folder.write("key.pem", public_pem());
    let line = folder.run("convert -k key.pem --to ssh").accepted();
    is_read_as(format!("{line} mrvul@VulcanPc\n"), public_pem(), "");
}

/// https://github.com/auth0/java-jwt/issues/220
#[test]
fn xml_key_of_dot_net_is_rejected_with_the_fix() {
    let file = "<RSAKeyValue><Modulus>AAAA</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>";
    assert!(refused(file).contains(".NET"));
    assert!(hint(file).contains("ExportSubjectPublicKeyInfoPem"));
}

/// https://github.com/auth0/node-jwks-rsa/issues/32
#[test]
fn entry_with_a_pem_text_as_modulus_is_skipped_alone() {
    let mut broken = rsa_jwk();
    broken["n"] = public_pem().into();
    broken["kid"] = "6557".into();
    let stderr = accepts(&[broken, rsa_jwk()]);
    assert!(
        stderr.contains("skipped keys[0]: the JWK's member \"n\" is not base64url"),
        "{stderr}"
    );
}

/// https://github.com/MicahParks/keyfunc/issues/30
#[test]
fn padded_modulus_is_read_with_a_warning() {
    let mut key = rsa_jwk();
    key["n"] = format!("{}==", key["n"].as_str().unwrap()).into();
    let stderr = accepts(&[key]);
    assert!(stderr.contains("repaired keys[0]: \"n\""), "{stderr}");
}

/// https://github.com/MicahParks/jwkset/pull/67
#[test]
fn padded_okp_key_is_read_with_a_warning() {
    let mut key = parse(Folder::new().run("keygen Ed25519").accepted());
    let plain = key.to_string();
    for name in ["x", "d"] {
        key[name] = format!("{}=", key[name].as_str().unwrap()).into();
    }
    is_read_as(key.to_string(), plain, "repaired the JWK: \"d\"");
}

/// https://github.com/web-token/jwt-framework/issues/450, https://github.com/diafygi/webcrypto-examples/issues/31
#[test]
fn shared_secret_in_base64_instead_of_base64url_is_read_with_a_warning() {
    let folder = Folder::new();
    folder.write(
        "key.jwk",
        r#"{"kty":"oct","k":"caAbB0dek1Th/eQhLt2xMRP01i3tDCwYg3fa0vcLvT0="}"#,
    );
    let done = folder.run("convert -k key.jwk").done();
    assert!(done.stderr.contains("repaired the JWK: \"k\""), "{done:?}");
    assert_eq!(
        parse(done.stdout)["k"],
        "caAbB0dek1Th_eQhLt2xMRP01i3tDCwYg3fa0vcLvT0"
    );
}

/// https://github.com/keycloak/keycloak/pull/28494, https://github.com/go-jose/go-jose/issues/276
#[test]
fn key_of_an_unknown_type_does_not_exclude_other_keys() {
    let unknown = json!({"kty": "AKP", "alg": "SLH-DSA-SHA2-128s", "pub": "AAAA", "kid": "pq"});
    let stderr = accepts(&[unknown, rsa_jwk()]);
    assert!(stderr.contains("skipped keys[0]"), "{stderr}");
}

/// https://github.com/MicahParks/jwkset/issues/60
#[test]
fn set_with_an_ed448_key_is_read_completely() {
    let key = parse(Folder::new().run("keygen Ed448").accepted());
    assert!(!accepts(&[rsa_jwk(), public(&key)]).contains("skipped"));
}

/// https://github.com/eclipse-vertx/vertx-auth/issues/538
#[test]
fn realm_public_key_of_keycloak_is_read() {
    let text = STANDARD.encode_to_string(RSA.public_key_to_der().unwrap());
    assert!(text.starts_with("MIIBIjA"));
    is_read_as(&text, public_pem(), "base64");
    is_read_as(format!("\"{text}\","), public_pem(), "base64");
}

/// https://github.com/dbt-labs/dbt-fusion/issues/288
#[test]
fn base64_of_pkcs8_without_borders_is_read() {
    is_read_as(
        STANDARD.encode_to_string(RSA.private_key_to_pkcs8().unwrap()),
        rsa_pem(),
        "base64",
    );
}

/// https://github.com/googleapis/google-cloud-node/issues/272
#[test]
fn service_account_whose_key_was_escaped_twice_is_read() {
    for key in [rsa_pem().replace('\n', "\\n"), rsa_pem().replace('\n', " ")] {
        let file = json!({"type": "service_account", "private_key": key});
        is_read_as(file.to_string(), rsa_pem(), "service account");
    }
}

/// https://github.com/18F/analytics-reporter/pull/111
#[test]
fn service_account_with_unicode_escapes_is_read() {
    let key = rsa_pem().replace('=', "\\u003d").replace('\n', "\\n");
    let file = format!(r#"{{"type":"service_account","private_key":"{key}"}}"#);
    is_read_as(&file, rsa_pem(), "service account");
    // Terraform outputs the file in base64.
    is_read_as(STANDARD.encode_to_string(&file), rsa_pem(), "base64");
}

/// https://github.com/actions/create-github-app-token/issues/113
#[test]
fn fingerprint_of_a_key_is_printed() {
    let file = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8=";
    assert!(refused(file).contains("fingerprint"));
}

/// https://github.com/tibdex/github-app-token/issues/39
#[test]
fn key_with_escaped_line_breaks_from_the_environment_signs() {
    let folder = Folder::new();
    let run = folder.run("sign -k env:KEY --alg RS256 sub=a");
    run.env("KEY", &rsa_pem().replace('\n', "\\n")).accepted();
}

/// https://github.com/italia/eudi-wallet-it-python/issues/422
#[test]
fn certificate_chain_of_pem_texts_is_ignored_with_a_warning() {
    let mut key = rsa_jwk();
    let pem = certificate("a", &RSA, None).to_pem().unwrap();
    key["x5c"] = json!([String::from_utf8(pem).unwrap()]);
    let stderr = accepts(&[key]);
    assert!(
        stderr.contains("x5c is not an array of certificates"),
        "{stderr}"
    );
}

/// https://github.com/wildfly-security/wildfly-elytron/pull/2298
#[test]
fn key_with_key_ops_instead_of_use_verifies() {
    let mut key = rsa_jwk();
    key["key_ops"] = json!(["verify"]);
    accepts(&[key]);
}

/// https://github.com/dadrus/heimdall/issues/5
#[test]
fn entries_with_and_without_the_certificate_are_one_key() {
    let mut with_certificate = rsa_jwk();
    let der = certificate("a", &RSA, None).to_der().unwrap();
    with_certificate["x5c"] = json!([STANDARD.encode_to_string(der)]);
    assert!(!accepts(&[rsa_jwk(), with_certificate]).contains("warning"));
}

/// https://github.com/keycloak/keycloak/pull/15114
#[test]
fn keys_with_the_same_kid_are_selected_by_type_and_use() {
    let mut ec = public(&ec_jwk());
    ec["kid"] = "r".into();
    let other = OTHER_RSA.rsa().unwrap();
    let mut encryption = rsa_jwk();
    encryption["n"] = base64url::encode(other.n().to_vec()).into();
    encryption["use"] = "enc".into();
    encryption["alg"] = "RSA-OAEP-256".into();
    accepts(&[ec, encryption, rsa_jwk()]);
}

/// https://github.com/panva/jose/issues/392
#[test]
fn repeated_entry_of_a_fetched_set_is_one_key() {
    assert!(!accepts(&[rsa_jwk(), rsa_jwk()]).contains("warning"));
}

/// https://github.com/SAP/cloud-sdk-java/issues/44, https://github.com/cert-manager/trust-manager/pull/307
#[test]
fn pkcs12_file_without_a_passphrase_is_read() {
    let folder = Folder::new();
    folder.write("key.pem", rsa_pem());
    folder.write("key.crt", certificate("a", &RSA, None).to_pem().unwrap());
    for options in ["", "-keypbe NONE -certpbe NONE -nomac"] {
        folder.shell(&format!("openssl pkcs12 -export -inkey key.pem -in key.crt -out key.p12 -passout pass: {options}")).accepted();
        assert_eq!(
            folder.run("convert -k key.p12 --to thumbprint").accepted(),
            thumbprint(rsa_pem())
        );
    }
}

/// https://github.com/kaikramer/keystore-explorer/issues/247
#[test]
fn pkcs12_file_with_an_old_mac_and_unencrypted_certificates_is_read() {
    let folder = Folder::new();
    folder.write("key.pem", rsa_pem());
    folder.write("key.crt", certificate("a", &RSA, None).to_pem().unwrap());
    folder.shell("openssl pkcs12 -export -inkey key.pem -in key.crt -out key.p12 -passout pass:a -certpbe NONE -keypbe PBE-SHA1-3DES -macalg sha1 -nomaciter").accepted();
    let run = folder.run("convert -k key.p12 --public --to thumbprint");
    assert_eq!(
        run.env("JOTSMITH_PASSPHRASE", "a").accepted(),
        thumbprint(rsa_pem())
    );
}

/// https://github.com/RustCrypto/formats/issues/1431
#[test]
fn key_of_the_snowflake_instructions_is_read_with_a_warning() {
    let folder = Folder::new();
    folder.write("key.pem", rsa_pem());
    folder.shell("openssl pkcs8 -topk8 -v2 des3 -inform PEM -in key.pem -out rsa_key.p8 -passout pass:test123").accepted();
    let run = folder.run("sign -k rsa_key.p8 --profile snowflake --account a --sub b");
    let done = run.env("JOTSMITH_PASSPHRASE", "test123").done();
    assert!(done.code == 0 && done.stderr.contains("3DES"), "{done:?}");
}

/// https://github.com/RustCrypto/RSA/issues/227, https://github.com/randombit/botan/issues/571
#[test]
fn pbes1_with_md5_and_des_is_rejected_with_the_conversion_command() {
    let file = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGwMBsGCSqGSIb3DQEFAzAOBAg3Xr5lR9CG4gICCAAEgZCoHIECByMkOegmQwGk
ZwKllklDenY/soWQljq7HNpIGrn1+QQDHSg4kzfOzXBDqZ0+BVrXR9SbiQRrXjas
WVBRqEOaJIvA19U0g34Nb/oPYNqNpqZs98lYCtwD8it71xQm2ZnUfefSR22i62Da
mBhnuPPZ2h62mxtr+phHXC3Qu7fxU+6UD0qojG8GT8ugVRM=
-----END ENCRYPTED PRIVATE KEY-----
";
    assert!(refused(file).contains("PBES1"));
    assert!(hint(file).contains("openssl pkcs8 -topk8 -v2 aes-256-cbc"));
}

/// https://github.com/golang/go/issues/39241, https://github.com/elastic/elasticsearch/pull/78904
#[test]
fn ec_key_that_openssl_req_encrypted_is_read() {
    let folder = Folder::new();
    folder.shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout key.pem -out key.crt -subj /CN=a -passout pass:a 2>&1").accepted();
    let run = folder.run("sign -k key.pem sub=a");
    run.env("JOTSMITH_PASSPHRASE", "a").accepted();
}

/// https://github.com/andrusha/snowflake-rs/issues/61, https://github.com/apache/arrow-adbc/issues/1422
#[test]
fn snowflake_account_loses_its_region_and_private_link() {
    let folder = Folder::new();
    folder.write("key.pem", rsa_pem());
    for account in ["xy12345.eu-central-1", "xy12345.privatelink", "XY12345"] {
        let token = folder
            .run(&format!(
                "sign -k key.pem --profile snowflake --account {account} --sub robot"
            ))
            .accepted();
        let claims = parse(crate::support::segment(&token, 1));
        assert_eq!(claims["sub"], "XY12345.ROBOT");
    }
}

/// https://github.com/distribution/distribution/issues/1143
#[test]
fn key_id_of_a_docker_registry_has_twelve_groups() {
    let folder = Folder::new();
    folder.write("key.pem", rsa_pem());
    let kid = folder.run("convert -k key.pem --fingerprint libtrust").accepted();
    let is_group = |group: &str| {
        group.len() == 4
            && group.bytes().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte))
    };
    assert!(
        kid.split(':').count() == 12 && kid.split(':').all(is_group),
        "{kid}"
    );
}

/// https://github.com/dgrijalva/jwt-go/issues/81
#[test]
fn line_break_after_a_secret_is_removed() {
    let folder = Folder::new();
    folder.write("plain", "a-shared-secret-of-at-least-32-bytes");
    folder.write("echo", "a-shared-secret-of-at-least-32-bytes\n");
    let token = folder.run("sign --secret plain --alg HS256 --exp 1h sub=a").accepted();
    folder.run("verify --secret echo --alg HS256").stdin(token).accepted();
}
