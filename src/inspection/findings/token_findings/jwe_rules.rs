//! Rules for what is visible of an encrypted token: lengths, parameters and the ephemeral key.

use serde_json::{Value, json};

use crate::crypto::alg::{
    Aead, Cipher, ContentEncryption, Hpke, KeyManagement, KeyManagementScheme,
};
use crate::crypto::jwe::pad_coordinates;
use crate::crypto::key::Key;
use crate::crypto::policy::{MAX_P2C, MIN_P2C};
use crate::inspection::findings::Severity::{self, *};
use crate::inspection::findings::token_findings::{claim_equals, is_draft};
use crate::inspection::findings::{Finding, Rule, rules};
use crate::inspection::parse::{Head, Segment, Token, tolerant_base64};

type Add<'a> = dyn FnMut(&'static Rule, Severity, &str, String) + 'a;

pub(super) fn check_jwe(token: &Token, found: &mut Vec<Finding>) {
    let mut add = |rule: &'static Rule, severity, place: &str, message: String| {
        found.push(Finding::new(rule, severity, place, message));
    };
    match token
        .head()
        .text("alg")
        .and_then(KeyManagement::from_name)
        .and_then(KeyManagement::integrated_hpke)
    {
        Some(suite) => integrated_parts(token, suite, &mut add),
        None => check_parts(token, &mut add),
    }
    for head in &token.heads {
        encrypted_key(head, &mut add);
        check_zip(head, &mut add);
        if let Some(KeyManagementScheme::Pbes2(hash, _)) = key_management_scheme(head) {
            check_pbes2_count(token, head, hash.byte_len() == 32, &mut add);
        }
        if let Some(KeyManagementScheme::Hpke(suite)) = key_management_scheme(head) {
            encapsulated_secret(head, suite, &mut add);
        }
        if let Some(KeyManagementScheme::EcdhEs(_)) = key_management_scheme(head) {
            check_ephemeral_key(head.get("epk"), &mut add);
        }
        if let Some(KeyManagementScheme::AesGcmKw(_)) = key_management_scheme(head) {
            for (name, len) in [("iv", 12), ("tag", 16)] {
                let got =
                    head.text(name).map(|text| tolerant_base64::decode_tolerant(text).0.len());
                if got != Some(len) {
                    let place = format!("header.{name}");
                    let message = format!("{name} must be {len} bytes for this alg");
                    add(&rules::JWE_PARTS, High, &place, message);
                }
            }
        }
    }
    check_authenticity(token, &mut add);
}

fn key_management_scheme(head: &Head) -> Option<KeyManagementScheme> {
    let row = KeyManagement::from_name(head.text("alg")?)?;
    Some(row.scheme)
}

fn check_parts(token: &Token, add: &mut Add<'_>) {
    let Some(enc) = token.head().text("enc") else {
        // HPKE with ML-KEM, which is a draft, can omit enc.
        if !token.head().text("alg").is_some_and(is_draft) {
            let message = "there is no enc".into();
            add(&rules::JWE_PARTS, High, "header.enc", message);
        }
        return;
    };
    let Some(row) = ContentEncryption::from_name(enc) else {
        let message = format!("the content encryption {enc} is not known");
        return add(&rules::ALG_UNKNOWN, High, "header.enc", message);
    };
    for (name, segment, len) in [
        ("iv", &token.iv, row.iv_len),
        ("tag", &token.tag, row.tag_len),
    ] {
        let got = segment.as_ref().map(|segment| segment.bytes.len());
        if got.is_some_and(|got| got != len) {
            let got = got.unwrap_or(0);
            let message = format!("the {name} has {got} bytes, but {enc} has {len}");
            add(&rules::JWE_PARTS, High, name, message);
        }
    }
    let body = token.body.as_ref().map(|body| body.bytes.len());
    if let (Cipher::CbcHmac(_), Some(len)) = (row.cipher, body)
        && (len == 0 || len % 16 != 0)
    {
        let message = format!(
            "the ciphertext has {len} bytes, which is not a multiple of the block size of {enc}"
        );
        add(&rules::JWE_PARTS, High, "ciphertext", message);
    }
}

/// Checks the parts of a token whose content HPKE encrypts itself: no enc, no initialization vector, no authentication tag.
fn integrated_parts(token: &Token, suite: &Hpke, add: &mut Add<'_>) {
    if token.head().get("enc").is_some() {
        let message = "enc must be absent: HPKE encrypts the content itself";
        add(&rules::JWE_PARTS, High, "header.enc", message.into());
    }
    if token.parties > 1 {
        let message = "HPKE that encrypts the content itself has one recipient";
        add(&rules::JWE_PARTS, High, "recipients", message.into());
    }
    for (name, segment) in [("iv", &token.iv), ("tag", &token.tag)] {
        if segment.as_ref().is_some_and(|segment| !segment.bytes.is_empty()) {
            let message = format!("the {name} must be empty: HPKE encrypts the content itself");
            add(&rules::JWE_PARTS, High, name, message);
        }
    }
    if token.body.as_ref().is_some_and(|body| body.bytes.len() < Aead::TAG) {
        let cipher = suite.aead.name();
        let message = format!("the ciphertext is shorter than the authentication tag of {cipher}");
        add(&rules::JWE_PARTS, High, "ciphertext", message);
    }
}

/// Checks the encapsulated secret of HPKE: the encrypted key, or `ek` if HPKE encrypts the content encryption key.
fn encapsulated_secret(head: &Head, suite: Hpke, add: &mut Add<'_>) {
    let (place, secret) = if suite.is_integrated {
        (
            "encrypted_key",
            head.tail.as_ref().map(|tail| tail.bytes.clone()),
        )
    } else {
        (
            "header.ek",
            head.text("ek").map(|text| tolerant_base64::decode_tolerant(text).0),
        )
    };
    let (found, wanted) = (
        secret.map_or(0, |secret| secret.len()),
        suite.kem.encapsulated_len(),
    );
    if found != wanted {
        let message =
            format!("the encapsulated secret has {found} bytes, but the algorithm has {wanted}");
        add(&rules::JWE_PARTS, High, place, message);
    }
    if suite.is_integrated && head.get("ek").is_some() {
        let message = "ek must be absent: the encrypted key is the encapsulated secret";
        add(&rules::JWE_PARTS, High, "header.ek", message.into());
    }
}

fn encrypted_key(head: &Head, add: &mut Add<'_>) {
    let Some(row) = head.text("alg").and_then(KeyManagement::from_name) else {
        return;
    };
    let len = head.tail.as_ref().map_or(0, |tail: &Segment| tail.bytes.len());
    let message = match (row.is_direct(), len) {
        (true, 1..) => format!(
            "{} has no encrypted key, but the token has one with {len} bytes",
            row.name
        ),
        (false, 0) => format!("{} needs an encrypted key, but it is empty", row.name),
        _ => return,
    };
    add(&rules::JWE_PARTS, High, "encrypted_key", message);
}

fn check_zip(head: &Head, add: &mut Add<'_>) {
    let Some(zip) = head.get("zip") else {
        return;
    };
    let protected =
        head.protected.as_ref().is_some_and(|document| document.object.contains_key("zip"));
    let (severity, message) = match zip.as_str() {
        _ if !protected => (High, "zip is in an unprotected header".to_owned()),
        Some("DEF") => (Medium, "the content is compressed".to_owned()),
        _ => (High, format!("the compression {zip} is not known")),
    };
    add(&rules::JWE_ZIP, severity, "header.zip", message);
}

fn check_pbes2_count(token: &Token, head: &Head, is_sha256: bool, add: &mut Add<'_>) {
    let rule = &rules::JWE_P2C;
    let is_key = ["jwk+json", "jwk-set+json"].iter().any(|cty| claim_equals(token, "cty", cty));
    let wanted = if is_sha256 { 600_000 } else { 220_000 };
    match head.get("p2c").and_then(Value::as_u64) {
        None => add(rule, High, "header.p2c", "p2c is not a whole number".into()),
        Some(rounds) if rounds < MIN_P2C => {
            add(
                rule,
                High,
                "header.p2c",
                format!("{rounds} iterations are fewer than {MIN_P2C}"),
            );
        }
        Some(rounds) if rounds > MAX_P2C => {
            add(
                rule,
                High,
                "header.p2c",
                format!("{rounds} iterations are more than {MAX_P2C}"),
            );
        }
        Some(rounds) if is_key && rounds < wanted => {
            let message = format!("{rounds} iterations protect a key; {wanted} are recommended");
            add(rule, Medium, "header.p2c", message);
        }
        Some(rounds) if rounds > 10_000 => {
            let message =
                format!("{rounds} iterations are more than panva/jose, jwx and erlang-jose accept");
            add(rule, Info, "header.p2c", message);
        }
        Some(_) => {}
    }
    let salt = head.text("p2s").map_or(0, |salt| tolerant_base64::decode_tolerant(salt).0.len());
    if salt < 16 {
        let severity = if salt < 8 { High } else { Medium };
        add(
            rule,
            severity,
            "header.p2s",
            format!("the salt has {salt} bytes; 16 are recommended"),
        );
    }
}

fn check_ephemeral_key(epk: Option<&Value>, add: &mut Add<'_>) {
    let rule = &rules::JWE_EPK;
    let mut high = |message: String| add(rule, High, "header.epk", message);
    let Some(Value::Object(epk)) = epk else {
        return high("there is no ephemeral key".into());
    };
    if epk.contains_key("d") {
        high("the ephemeral key contains its private part".into());
    }
    let mut public = crate::crypto::json::Object::new();
    for name in ["kty", "crv", "x", "y"] {
        if let Some(value) = epk.get(name) {
            public.insert(name.into(), value.clone());
        }
    }
    let x = epk.get("x").and_then(Value::as_str).map(|x| tolerant_base64::decode_tolerant(x).0);
    let padded =
        pad_coordinates(&public).filter(|(jwk, _)| Key::from_jwk_object(jwk.clone()).is_ok());
    if let Err(error) = Key::from_jwk_object(public) {
        match padded {
            Some((_, short)) => {
                add(
                    &rules::JWE_EPK_SHORT,
                    Medium,
                    "header.epk",
                    short.to_string(),
                );
            }
            None => high(error.to_string()),
        }
    } else if x.is_some_and(|x| is_small_order(&x)) && epk.get("kty") == Some(&json!("OKP")) {
        high("the ephemeral key is of small order".into());
    }
}

/// Whether a public key of X25519 or X448, in little-endian, is a point of small order (RFC 7748 section 6).
pub(in crate::inspection::findings) fn is_small_order(x: &[u8]) -> bool {
    const ORDER_8: [&str; 2] = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let hex: String = x.iter().map(|byte| format!("{byte:02x}")).collect();
    let number = |low: u8| x.first() == Some(&low) && x[1..].iter().all(|byte| *byte == 0);
    // p - 1, p and p + 1 of curve25519, and p - 1 of curve448.
    let near_p = x.len() == 32
        && matches!(x[0], 0xec..=0xee)
        && x[1..31].iter().all(|byte| *byte == 0xff)
        && x[31] & 0x7f == 0x7f;
    let near_p448 = x.len() == 56
        && matches!(x[0], 0xfe | 0xff)
        && x[1..].iter().enumerate().all(|(at, byte)| *byte == if at == 27 { 0xfe } else { 0xff });
    number(0) || number(1) || near_p || near_p448 || ORDER_8.contains(&hex.as_str())
}

fn check_authenticity(token: &Token, add: &mut Add<'_>) {
    let head = token.head();
    let replicated = ["iss", "sub", "aud"].into_iter().find(|name| head.get(name).is_some());
    let public =
        head.text("alg").and_then(KeyManagement::from_name).is_some_and(|row| !row.is_symmetric());
    let nested = claim_equals(token, "cty", "JWT");
    if public && !nested {
        let (severity, message) = match replicated {
            Some(name) => (
                Medium,
                format!("the header has {name}, which anyone with the public key can set"),
            ),
            None => (
                Info,
                "anyone with the public key can create this token".to_owned(),
            ),
        };
        add(&rules::JWE_NOT_AUTHENTICATED, severity, "header", message);
    }
    let typ = head.text("typ").unwrap_or_default().to_ascii_lowercase();
    if !nested && (typ == "jwt" || typ.ends_with("+jwt")) {
        let message =
            "typ is that of a nested token, but cty is not JWT, so the content is not signed";
        add(&rules::NESTED_CTY, Low, "header.cty", message.into());
    }
}
