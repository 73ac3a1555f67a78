//! Findings about certificates in a file, in a JWK or in a header.

use base64_simd::STANDARD;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::sha::{sha1, sha256};
use openssl::x509::X509;
use serde_json::Value;

use crate::crypto::base64url;
use crate::crypto::key::{Key, ThumbprintHash};
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::pem_blocks::LOCKED;
use crate::inspection::findings::{Finding, rules};
use crate::keyfile;

/// The contents of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The name of the subject, as `CN=a, O=b`.
    pub subject: String,
    /// The name of the issuer.
    pub issuer: String,
    /// The start of its validity, in Unix seconds.
    pub not_before: i64,
    /// The end of its validity, in Unix seconds.
    pub not_after: i64,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The DNS names of the subject.
    pub names: Vec<String>,
    /// SHA-1 of the certificate in base64url.
    pub x5t: String,
    /// SHA-256 of the certificate in base64url.
    pub x5t_s256: String,
}

/// Parses a certificate; `None` if the bytes are not a certificate.
pub fn certificate_facts(der: &[u8]) -> Option<Facts> {
    let certificate = X509::from_der(der).ok()?;
    let names = certificate.subject_alt_names();
    let names = names.iter().flatten().filter_map(|name| name.dnsname());
    let serial = certificate.serial_number().to_bn().ok()?.to_hex_str().ok()?;
    Some(Facts {
        subject: format_name(certificate.subject_name()),
        issuer: format_name(certificate.issuer_name()),
        not_before: unix_time(certificate.not_before())?,
        not_after: unix_time(certificate.not_after())?,
        serial: serial.to_string().to_ascii_lowercase(),
        names: names.map(str::to_owned).collect(),
        x5t: base64url::encode(sha1(der)),
        x5t_s256: base64url::encode(sha256(der)),
    })
}

fn format_name(name: &openssl::x509::X509NameRef) -> String {
    let parts = name.entries().map(|entry| {
        let key = entry.object().nid().short_name().unwrap_or("?");
        let value = String::from_utf8_lossy(entry.data().as_slice()).into_owned();
        format!("{key}={value}")
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn unix_time(time: &Asn1TimeRef) -> Option<i64> {
    let difference = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    Some(i64::from(difference.days) * 86400 + i64::from(difference.secs))
}

/// Returns the findings about a certificate at `now` (Unix seconds).
pub fn check_certificate(facts: &Facts, place: &str, now: i64) -> Vec<Finding> {
    let message = if now > facts.not_after {
        "the certificate has expired"
    } else if now < facts.not_before {
        "the certificate is not yet valid"
    } else {
        return Vec::new();
    };
    vec![Finding::new(&rules::CERT_MISMATCH, Medium, place, message)]
}

/// Returns the first certificate of an `x5c` list, as DER.
fn leaf_der(chain: &Value) -> Option<Vec<u8>> {
    STANDARD.decode_to_vec(chain.as_array()?.first()?.as_str()?).ok()
}

/// Checks an `x5c` header parameter.
pub(super) fn header_chain(chain: &Value, jwk: Option<&Value>, now: i64) -> Option<Finding> {
    let finding = |severity, message: &str| {
        Some(Finding::new(
            &rules::HEADER_X5C,
            severity,
            "header.x5c",
            message,
        ))
    };
    let Some((der, facts)) =
        leaf_der(chain).and_then(|der| certificate_facts(&der).map(|facts| (der, facts)))
    else {
        return finding(High, "x5c is not an array of certificates");
    };
    if now > facts.not_after || now < facts.not_before {
        return finding(High, "the certificate in x5c is not valid now");
    }
    if let Some(Value::Object(jwk)) = jwk
        && !is_key_of(&der, jwk)
    {
        return finding(High, "the certificate in x5c is not for the key in jwk");
    }
    finding(
        Medium,
        "the header contains the certificate to verify it with",
    )
}

/// Checks the `x5c` member of a JWK.
pub(super) fn jwk_chain(jwk: &crate::crypto::json::Object, now: i64) -> Option<Finding> {
    let message = match leaf_der(jwk.get("x5c")?)
        .and_then(|der| certificate_facts(&der).map(|facts| (der, facts)))
    {
        None => "x5c is not an array of certificates",
        Some((_, facts)) if now > facts.not_after => "the certificate in x5c has expired",
        Some((_, facts)) if now < facts.not_before => "the certificate in x5c is not yet valid",
        Some((der, _)) if !is_key_of(&der, jwk) => "the certificate in x5c is for another key",
        Some(_) => return None,
    };
    Some(Finding::new(&rules::CERT_MISMATCH, Medium, "x5c", message))
}

fn is_key_of(der: &[u8], jwk: &crate::crypto::json::Object) -> bool {
    let public = ["kty", "crv", "x", "y", "n", "e"];
    let jwk = jwk.iter().filter(|(name, _)| public.contains(&name.as_str()));
    let jwk = jwk.map(|(name, value)| (name.clone(), value.clone())).collect();
    let thumbprint =
        |key: crate::crypto::Result<Key>| key.ok()?.thumbprint(ThumbprintHash::Sha256).ok();
    // Another rule reports a key that cannot be read.
    match thumbprint(Key::from_jwk_object(jwk)) {
        Some(own) => thumbprint(keyfile::from_der(der, LOCKED)).is_none_or(|other| own == other),
        None => true,
    }
}
