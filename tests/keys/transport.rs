//! Key texts that a shell, a CI secret store, a YAML file or a clipboard has changed.

use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use openssl::pkey::PKey;

use super::{RSA, certificate, ec_jwk, ec_pem, hint, is_read_as, public, refused};
use crate::support::{Folder, json};

/// https://github.com/auth0/node-jsonwebtoken/issues/517
#[test]
fn escaped_newlines_in_a_pem_are_read() {
    let pem = ec_pem();
    for escape in ["\\n", "\\r\\n", "\\\\n", "\\\n"] {
        is_read_as(pem.replace('\n', escape), &pem, "escaped line breaks");
    }
}

/// https://github.com/panva/jose/issues/97
#[test]
fn pem_whose_line_breaks_became_spaces_is_read() {
    let pem = ec_pem();
    is_read_as(pem.trim().replace('\n', " "), &pem, "");
    is_read_as(pem.trim().replace('\n', ""), &pem, "");
    let rsa = String::from_utf8(RSA.private_key_to_pem_pkcs8().unwrap()).unwrap();
    is_read_as(rsa.trim().replace('\n', " "), &rsa, "");
}

#[test]
fn carriage_returns_tabs_and_yaml_indentation_in_a_pem_are_read() {
    let pem = ec_pem();
    is_read_as(pem.replace('\n', "\r"), &pem, "");
    is_read_as(format!("key: |\n  {}", pem.replace('\n', "\n  ")), &pem, "");
    is_read_as(pem.replace('\n', "\n\t"), &pem, "");
}

#[test]
fn pem_or_jwk_in_quotes_is_read() {
    let (pem, jwk) = (ec_pem(), ec_jwk().to_string());
    for quote in ["\"", "'", "`"] {
        is_read_as(format!("{quote}{}{quote}", pem.trim()), &pem, "");
        is_read_as(format!("{quote}{jwk}{quote}\n"), &jwk, "quotes");
    }
    let lines: Vec<String> = pem.lines().map(|line| format!("\"{line}\\n\"")).collect();
    is_read_as(lines.join("\n"), &pem, "");
}

#[test]
fn key_in_a_json_string_is_read() {
    let (pem, jwk) = (ec_pem(), ec_jwk().to_string());
    is_read_as(json_string(&pem), &pem, "");
    is_read_as(json_string(&jwk), &jwk, "a JSON string");
    is_read_as(json_string(&json_string(&jwk)), &jwk, "a JSON string");
    is_read_as(jwk.replace('"', "\\\""), &jwk, "escaped");
    // PHP escapes the slash, and Go the plus sign.
    is_read_as(
        pem.replace('/', "\\/").replace('+', "\\u002b").replace('\n', "\\n"),
        &pem,
        "escaped",
    );
}

/// https://github.com/panva/jose/discussions/415
#[test]
fn jwk_with_escaped_line_breaks_is_read() {
    let jwk = ec_jwk();
    let (line, pretty) = (
        jwk.to_string(),
        serde_json::to_string_pretty(&jwk).unwrap() + "\n",
    );
    for escape in ["\\n", "\\r\\n", "\\\\n"] {
        is_read_as(format!("{line}{escape}"), &line, "escaped line breaks");
        is_read_as(pretty.replace('\n', escape), &line, "escaped line breaks");
    }
    let set = format!("{{\"keys\":[{line},\\n{line}]}}\\n");
    is_read_as(set, &line, "escaped line breaks");
}

/// https://github.com/motdotla/dotenv/issues/218
#[test]
fn key_with_the_name_of_its_variable_is_read() {
    let (pem, jwk) = (ec_pem(), ec_jwk().to_string());
    let one_line = pem.replace('\n', "\\n");
    let encoded = STANDARD.encode_to_string(&pem);
    for (text, plain) in [
        (format!("JWK={jwk}\n"), &jwk),
        (format!("export SIGNING_KEY='{jwk}'\n"), &jwk),
        (format!("JWT_KEY=\"{one_line}\"\n"), &pem),
        (format!("JWT_KEY={encoded}\n"), &pem),
        (format!("jwk: '{jwk}'\n"), &jwk),
        (format!("signing-key: |\n  {jwk}\n"), &jwk),
        (format!("tls.key: {encoded}\n"), &pem),
    ] {
        is_read_as(text, plain, "");
    }
    let message = refused(format!("A={jwk}\nB={jwk}\n"));
    assert!(message.contains("not valid JSON"), "{message}");
}

/// https://github.com/googleapis/google-auth-library-nodejs/issues/150
#[test]
fn pem_in_json_with_line_breaks_in_the_string_is_read() {
    let pem = ec_pem();
    let escaped = pem.replace('\n', "\\n");
    for text in [
        format!("{{\"private_key\": \"{pem}\"}}"),
        format!("{{\"type\": \"service_account\", \"private_key\": \"{pem}\"}}\n"),
        format!("{{\"private_key\": \"{escaped}\",}}"),
        format!("{{'private_key': '{escaped}'}}"),
    ] {
        is_read_as(text, &pem, "");
    }
}

/// https://github.com/smallstep/cli/issues/418
#[test]
fn line_break_or_a_zero_byte_after_a_key_is_ignored() {
    let (pem, jwk) = (ec_pem(), ec_jwk().to_string());
    let der = PKey::private_key_from_pem(pem.as_bytes()).unwrap();
    let der = der.private_key_to_der().unwrap();
    is_read_as([&*der, b"\n"].concat(), &pem, "");
    is_read_as([&*der, b"\r\n"].concat(), &pem, "");
    is_read_as(format!("{jwk}\0"), &jwk, "invisible characters");
    is_read_as(format!("\u{201c}{jwk}\u{201d}"), &jwk, "quotes");
    let folder = Folder::new();
    folder.write("key", [&*der, b"x"].concat());
    folder.run("convert -k key").refused(3);
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// https://github.com/cardano-foundation/jormungandr/issues/503
#[test]
fn byte_order_mark_and_invisible_characters_are_removed() {
    let (pem, jwk) = (ec_pem(), ec_jwk().to_string());
    is_read_as(format!("\u{feff}{jwk}"), &jwk, "byte order mark");
    is_read_as(format!("\u{200b}{jwk}\u{feff}\n"), &jwk, "byte order mark");
    is_read_as(format!("\u{feff}{pem}"), &pem, "");
    is_read_as(pem.replace('\n', "\u{a0}"), &pem, "not a part of PEM");
}

#[test]
fn key_in_percent_encoding_is_read() {
    let pem = ec_pem();
    let encoded: String = pem
        .bytes()
        .map(|byte| match byte {
            b'-' => "-".to_owned(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    is_read_as(encoded, &pem, "percent-encoding");
}

/// https://github.com/pomerium/pomerium/issues/1721
#[test]
fn base64_of_any_key_file_is_read_with_a_note() {
    let (pem, jwk) = (ec_pem(), ec_jwk());
    let set = format!(r#"{{"keys":[{jwk}]}}"#);
    let der = RSA.private_key_to_pkcs8().unwrap();
    let certificate = certificate("a", &RSA, None).to_der().unwrap();
    for file in [
        pem.as_bytes(),
        jwk.to_string().as_bytes(),
        set.as_bytes(),
        &der,
        &certificate,
    ] {
        let text = STANDARD.encode_to_string(file);
        is_read_as(&text, file, "base64");
        let lines: Vec<&str> =
            text.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
        is_read_as(lines.join("\n"), file, "base64");
        is_read_as(URL_SAFE_NO_PAD.encode_to_string(file), file, "base64");
        is_read_as(STANDARD.encode_to_string(&text), file, "base64, base64");
        is_read_as(format!("\"{text}\""), file, "base64");
        is_read_as(
            format!("data:application/octet-stream;base64,{text}"),
            file,
            "base64",
        );
    }
}

/// https://github.com/dsferruzza/actix-web-middleware-keycloak-auth/issues/13
#[test]
fn bare_base64_of_a_public_key_is_read_with_a_note() {
    let der = RSA.public_key_to_der().unwrap();
    is_read_as(STANDARD.encode_to_string(&der), &der, "base64");
}

#[test]
fn base64_of_something_else_is_not_a_key() {
    let message = refused(STANDARD.encode_to_string([7; 64]));
    assert!(
        message.contains("base64 of something that is not a key"),
        "{message}"
    );
    assert!(hint(STANDARD.encode_to_string([7; 64])).contains("--secret"));
}

/// https://github.com/awslabs/aws-c-io/issues/280
#[test]
fn utf_16_is_rejected_with_the_fix() {
    for text in [ec_pem(), ec_jwk().to_string()] {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = [&b"\xff\xfe"[..], &little].concat();
        for file in [little, big, marked] {
            assert!(refused(&file).contains("UTF-16"));
            assert!(hint(&file).contains("iconv"));
        }
    }
}

#[test]
fn encrypted_key_in_a_wrapping_is_decrypted() {
    let folder = Folder::new();
    folder.write("pass", "correct horse");
    folder.write("key.jwk", ec_jwk().to_string());
    for to in ["pem", "jwk"] {
        let sealed = folder
            .run(&format!(
                "convert -k key.jwk --to {to} --encrypt --passphrase-file pass"
            ))
            .accepted();
        for wrapped in [
            STANDARD.encode_to_string(&sealed),
            sealed.replace('\n', "\\n"),
            format!("\"{sealed}\""),
        ] {
            folder.write("wrapped", wrapped);
            folder.run("sign -k wrapped --passphrase-file pass sub=a").accepted();
        }
    }
    let rsa = RSA.rsa().unwrap();
    let old = rsa
        .private_key_to_pem_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"correct horse")
        .unwrap();
    let old = String::from_utf8(old).unwrap();
    for wrapped in [
        old.clone(),
        old.replace('\n', " "),
        old.replace('\n', "\\n"),
    ] {
        folder.write("wrapped", wrapped);
        folder.run("sign -k wrapped --passphrase-file pass --alg RS256 sub=a").accepted();
    }
}

/// A key that `-k` reads in an encoding is not accepted as a shared secret in that encoding.
#[test]
fn public_key_in_any_wrapping_is_rejected_as_a_shared_secret() {
    let folder = Folder::new();
    let jwk = public(&ec_jwk()).to_string();
    folder.write("key", &jwk);
    let pem = folder.run("convert -k key --to pem").accepted();
    let percent: String = jwk.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for file in [
        jwk.replace('"', "\\\""),
        json_string(&jwk),
        json_string(&json_string(&jwk)),
        percent,
        format!("'{jwk}'"),
        pem.replace('\n', "\\n"),
        pem.replace('\n', " "),
        format!("\u{feff}{pem}"),
        format!("[{jwk}]"),
        STANDARD.encode_to_string(&pem),
        STANDARD.encode_to_string(STANDARD.encode_to_string(&pem)),
        format!("\"{}\"", STANDARD.encode_to_string(&jwk)),
        format!("data:text/plain;base64,{}", STANDARD.encode_to_string(&pem)),
        json_string(&pem),
    ] {
        folder.write("secret", &file);
        folder.run("sign --secret secret --alg HS256 sub=a").refused(3);
        let jwk =
            serde_json::json!({"kty": "oct", "k": jotsmith::crypto::base64url::encode(&file)});
        folder.write("oct.jwk", jwk.to_string());
        folder.run("sign -k oct.jwk --alg HS256 sub=a").refused(3);
    }
}

/// `echo` adds a line break to a token that is piped into encrypt.
#[test]
fn line_break_after_a_nested_token_is_removed() {
    let folder = Folder::new();
    folder.keygen("ES256", "sign.jwk");
    folder.keygen("A256KW", "encryption.jwk");
    for end in ["\n", "\r\n"] {
        let token = folder.run("sign -k sign.jwk --exp 1h sub=alice").accepted() + end;
        let sealed = folder.run("encrypt -k encryption.jwk --cty JWT -").stdin(token).accepted();
        let run = folder.run("verify -k sign.jwk --decrypt-with encryption.jwk").stdin(sealed);
        assert_eq!(json(run.accepted())["sub"], "alice");
    }
}

#[test]
fn inspect_reads_a_wrapped_key_and_reports_what_was_removed() {
    let (pem, jwk) = (ec_pem(), ec_jwk().to_string());
    for (file, note) in [
        (pem.replace('\n', "\\n"), "escaped line breaks"),
        (pem.replace('\n', " "), ""),
        (json_string(&pem), "a JSON string"),
        (json_string(&jwk), "a JSON string"),
        (STANDARD.encode_to_string(&jwk), "base64"),
        (
            STANDARD.encode_to_string(STANDARD.encode_to_string(&pem)),
            "base64, base64",
        ),
    ] {
        let done = Folder::new().run("inspect").stdin(&file).done();
        let shown = String::from_utf8(done.stdout).unwrap();
        assert!(
            done.code == 0 && shown.contains("private P-256 key"),
            "{file}: {shown}"
        );
        assert!(done.stderr.contains(note), "{}", done.stderr);
    }
    // Base64 of other data is not read as a key.
    let text = STANDARD.encode_to_string([7; 64]);
    Folder::new().run("inspect").stdin(text).refused(10);
}

/// The line break that is removed from a secret may be the last byte of a DER file or of UTF-16.
#[test]
fn public_key_that_ends_in_a_newline_is_rejected_as_a_shared_secret() {
    let der = std::iter::repeat_with(|| {
        let key = openssl::pkey::PKey::generate_ed25519().unwrap();
        key.public_key_to_der().unwrap()
    });
    let der = der.take(100_000).find(|der| der.ends_with(b"\n")).unwrap();
    let pem = String::from_utf8(RSA.public_key_to_pem().unwrap()).unwrap();
    let big: Vec<u8> = pem.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let folder = Folder::new();
    for file in [der, big] {
        assert!(file.ends_with(b"\n"));
        folder.write("secret", file);
        folder.run("sign --secret secret --alg HS256 sub=a").refused(3);
    }
}
