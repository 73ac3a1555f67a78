//! Findings about a JWK.

mod curve_rules;
mod known_keys;
mod member_rules;
mod rsa_rules;
mod secret_rules;

use serde_json::Value;

use crate::crypto::json::Object;
use crate::crypto::key::rsa::RecoveryBudget;
use crate::crypto::key::{ThumbprintHash, jwk_thumbprint};
use crate::inspection::findings::{Finding, Rule, Severity, sort_by_severity};
use crate::inspection::parse::tolerant_base64;

pub use known_keys::{is_known_secret, known_secret_finding, known_secret_of};
pub(super) use rsa_rules::{has_common_factor, shares_factor};

/// Where a key comes from, which determines the members that it can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A JWK by itself.
    Jwk,
    /// A JWK of a set.
    Set,
    /// PEM, DER or a certificate, which cannot contain kid, alg and use.
    Asn1,
}

/// Returns every finding about a key at `now` (Unix seconds), the worst first.
pub fn check_jwk(jwk: &Object, origin: Origin, now: i64) -> Vec<Finding> {
    check_within(jwk, origin, now, &mut RecoveryBudget::default())
}

/// As [`check_jwk`], for one key of several that share a budget for the recovery of RSA primes.
pub(super) fn check_within(
    jwk: &Object,
    origin: Origin,
    now: i64,
    budget: &mut RecoveryBudget,
) -> Vec<Finding> {
    let mut key = Checked {
        jwk,
        budget,
        found: Vec::new(),
    };
    match key.text("kty") {
        Some("RSA") => rsa_rules::check_rsa_key(&mut key),
        Some("EC" | "OKP" | "AKP") => curve_rules::check_curve_key(&mut key),
        Some("oct") => secret_rules::check_secret(&mut key),
        _ => {}
    }
    if origin != Origin::Asn1 {
        member_rules::check_members(&mut key, origin, now);
    }
    if let Some(thumbprint) =
        sha256_thumbprint(jwk).filter(|own| known_keys::THUMBPRINTS.contains(&&**own))
    {
        let message = "the key is published, with its private part";
        key.add_finding(
            &crate::inspection::findings::rules::KEY_KNOWN,
            Severity::Critical,
            "",
            message,
        );
        if let Some(finding) = key.found.last_mut() {
            finding.evidence = Some(thumbprint);
        }
    }
    sort_by_severity(&mut key.found);
    key.found
}

/// Returns the SHA-256 thumbprint (RFC 7638), even of an unsuitable key.
pub fn sha256_thumbprint(jwk: &Object) -> Option<String> {
    jwk_thumbprint(jwk, ThumbprintHash::Sha256)
}

/// Returns the `use` of a key of a SPIFFE bundle: the kind of identity document that it is for.
pub fn svid_use(jwk: &Object) -> Option<&str> {
    let key_use = jwk.get("use").and_then(Value::as_str);
    key_use.filter(|name| matches!(*name, "jwt-svid" | "x509-svid"))
}

/// A key that is being checked.
struct Checked<'a> {
    jwk: &'a Object,
    budget: &'a mut RecoveryBudget,
    found: Vec<Finding>,
}

impl Checked<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.jwk.get(name).and_then(Value::as_str)
    }

    /// Returns the bytes of a base64url member, even if its encoding is not canonical.
    fn octets(&self, name: &str) -> Option<Vec<u8>> {
        self.text(name).map(|text| tolerant_base64::decode_tolerant(text).0)
    }

    fn add_finding(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        place: &str,
        message: impl Into<String>,
    ) {
        self.found.push(Finding::new(rule, severity, place, message));
    }

    /// Returns a JWK with those of these members that are present.
    fn select_members(&self, names: &[&str]) -> Object {
        let members = self.jwk.iter().filter(|(name, _)| names.contains(&name.as_str()));
        members.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
