//! Findings about a JWK Set.

use std::collections::HashMap;

use serde_json::Value;

use crate::crypto::json::Object;
use crate::crypto::key::rsa::RecoveryBudget;
use crate::crypto::key::shows_private;
use crate::crypto::keyset::MAX_KEYS;
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::key_findings::{
    Origin, has_common_factor, sha256_thumbprint, shares_factor, svid_use,
};
use crate::inspection::findings::{Finding, key_findings, rules, sort_by_severity};
use crate::inspection::parse::tolerant_base64;

/// The maximum number of keys that are compared with each other.
const MAX_PAIRS: usize = 100;

/// Returns every finding about a set and its keys at `now` (Unix seconds), the worst first.
pub fn check_jwk_set(set: &Object, now: i64) -> Vec<Finding> {
    let mut found = check_unsorted(set, now);
    sort_by_severity(&mut found);
    found
}

/// As [`check_jwk_set`], but in the order of the keys and with all findings of each rule.
pub fn check_unsorted(set: &Object, now: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(Value::Array(entries)) = set.get("keys") else {
        let message = "there is no array \"keys\"";
        return vec![Finding::new(&rules::SET_SHAPE, High, "keys", message)];
    };
    if entries.len() > MAX_KEYS {
        let message = format!(
            "the set has {} entries; only the first {MAX_KEYS} are inspected",
            entries.len()
        );
        found.push(Finding::new(&rules::SET_SHAPE, High, "keys", message));
    }
    let (mut keys, mut budget) = (Vec::new(), RecoveryBudget::default());
    for (index, entry) in entries.iter().take(MAX_KEYS).enumerate() {
        let place = format!("keys[{index}]");
        let Value::Object(entry) = entry else {
            let message = "the entry is not an object";
            found.push(Finding::new(&rules::SET_SHAPE, High, place, message));
            continue;
        };
        let kty = entry.get("kty").and_then(Value::as_str);
        if !matches!(kty, Some("RSA" | "EC" | "OKP" | "oct" | "AKP")) {
            let message = "consumers skip an entry with this kty";
            found.push(Finding::new(
                &rules::SET_SHAPE,
                Low,
                format!("{place}.kty"),
                message,
            ));
            continue;
        }
        let own = key_findings::check_within(entry, Origin::Set, now, &mut budget).into_iter();
        found.extend(own.map(|finding| finding.with_place_prefix(&place)));
        check_lifetime(entry, &place, entries.len() == 1, now, &mut found);
        keys.push((place, entry));
    }
    check_bundle(set, &keys, &mut found);
    check_kids(&keys, &mut found);
    check_private_members(&keys, &mut found);
    check_shared_factors(&keys, &mut found);
    check_successor(&keys, &mut found);
    found
}

type Keys<'a> = [(String, &'a Object)];

fn check_lifetime(jwk: &Object, place: &str, is_only: bool, now: i64, found: &mut Vec<Finding>) {
    let time = |name: &str| jwk.get(name).and_then(Value::as_i64);
    let (name, message) = if jwk.contains_key("revoked") {
        ("revoked", "the key is revoked")
    } else if time("exp").is_some_and(|exp| now >= exp) {
        ("exp", "the key has expired")
    } else if is_only && time("nbf").is_some_and(|nbf| now < nbf) {
        ("nbf", "the only key is not yet valid (nbf)")
    } else {
        return;
    };
    found.push(Finding::new(
        &rules::SET_KEY_EXPIRED,
        Medium,
        format!("{place}.{name}"),
        message,
    ));
}

/// Checks the members of a SPIFFE bundle (SPIFFE Trust Domain and Bundle sections 4.1 and 4.2, X509-SVID section 6.2).
fn check_bundle(set: &Object, keys: &Keys<'_>, found: &mut Vec<Finding>) {
    for name in ["spiffe_sequence", "spiffe_refresh_hint"] {
        if set.get(name).is_some_and(|value| value.as_u64().is_none()) {
            let message = format!("{name} is not a whole number");
            found.push(Finding::new(&rules::SET_SHAPE, Medium, name, message));
        }
    }
    for (place, jwk) in keys {
        let chain = jwk.get("x5c").and_then(Value::as_array);
        if svid_use(jwk) == Some("x509-svid") && chain.is_none_or(|chain| chain.len() != 1) {
            let message = "a key for X.509-SVIDs needs x5c with its one certificate";
            let place = format!("{place}.x5c");
            found.push(Finding::new(&rules::KEY_MEMBERS, High, place, message));
        }
    }
}

fn check_kids<'a>(keys: &Keys<'a>, found: &mut Vec<Finding>) {
    let kid = |jwk: &'a Object| jwk.get("kid").and_then(Value::as_str);
    // The first entry with each kid. For each key: its first entry, and its first entry with a different kid.
    let mut by_kid: HashMap<&str, usize> = HashMap::new();
    let mut by_print: HashMap<String, Vec<usize>> = HashMap::new();
    let prints: Vec<_> = keys.iter().map(|(_, jwk)| sha256_thumbprint(jwk)).collect();
    for (index, (place, jwk)) in keys.iter().enumerate() {
        let own = kid(jwk);
        let mut same_key =
            prints[index].as_ref().map(|print| by_print.entry(print.clone()).or_default());
        let copy = own
            .and(same_key.as_ref())
            .and_then(|same| same.iter().copied().find(|&other| kid(keys[other].1) != own));
        if let Some(same) = &mut same_key
            && same.iter().all(|&other| kid(keys[other].1) != own)
            && same.len() < 2
        {
            same.push(index);
        }
        let Some(own) = own else {
            // An entry for X.509-SVIDs is identified by its certificate.
            let svid_use = svid_use(jwk);
            let message = match svid_use {
                Some("jwt-svid") => "there is no kid, which a key for JWT-SVIDs must have",
                _ => "there is no kid, and there are other keys",
            };
            let is_needed = keys.len() > 1 && svid_use != Some("x509-svid");
            if is_needed || svid_use == Some("jwt-svid") {
                found.push(Finding::new(
                    &rules::SET_NO_KID,
                    Medium,
                    format!("{place}.kid"),
                    message,
                ));
            }
            continue;
        };
        let first = *by_kid.entry(own).or_insert(index);
        if first != index {
            let same = prints[first] == prints[index];
            let severity = if same { Low } else { High };
            let message = format!("{} and {place} have the same kid", keys[first].0);
            let finding = Finding::new(
                &rules::SET_DUPLICATE_KID,
                severity,
                format!("{place}.kid"),
                message,
            );
            found.push(finding.with_evidence(own));
        }
        if let Some(copy) = copy {
            let message = format!("the key is that of {} under another kid", keys[copy].0);
            found.push(Finding::new(&rules::SET_DUPLICATE_KEY, Low, place, message));
        }
    }
}

fn check_private_members(keys: &Keys<'_>, found: &mut Vec<Finding>) {
    let rule = &rules::KEY_PRIVATE_IN_PUBLIC;
    let is_oct = |jwk: &Object| jwk.get("kty").is_some_and(|kty| kty == "oct");
    let publics = keys.iter().filter(|(_, jwk)| !shows_private(jwk)).count();
    let asymmetric = keys.iter().filter(|(_, jwk)| !is_oct(jwk)).count();
    for (place, jwk) in keys {
        if is_oct(jwk) && asymmetric > 0 {
            let message = "the set contains both shared secrets and key pairs";
            found.push(Finding::new(rule, Critical, place, message));
        } else if shows_private(jwk) && publics > 0 && !is_oct(jwk) {
            let message = "the set contains both private and public keys";
            found.push(Finding::new(rule, Critical, place, message));
        }
    }
    // A set of private keys only is normal for storage, and not a leak.
    if publics == 0 && !keys.is_empty() {
        let message = "every key of the set is private: do not publish it";
        found.push(Finding::new(rule, Info, "keys", message));
    }
}

fn check_shared_factors(keys: &Keys<'_>, found: &mut Vec<Finding>) {
    let modulus = |jwk: &Object| Some(tolerant_base64::decode_tolerant(jwk.get("n")?.as_str()?).0);
    let moduli: Vec<_> = keys
        .iter()
        .filter_map(|(place, jwk)| Some((place, modulus(jwk)?)))
        .take(MAX_PAIRS)
        .collect();
    for (index, (place, own)) in moduli.iter().enumerate() {
        let others = &moduli[..index];
        if !shares_factor(own, others.iter().map(|(_, other)| other)) {
            continue;
        }
        let partner = others.iter().find(|(_, other)| has_common_factor(own, other));
        if let Some((first, _)) = partner {
            let message = format!("the modulus shares a prime with that of {first}");
            found.push(Finding::new(
                &rules::RSA_FACTORS,
                Critical,
                format!("{place}.n"),
                message,
            ));
        }
    }
}

fn check_successor(keys: &Keys<'_>, found: &mut Vec<Finding>) {
    let signing = |jwk: &Object| {
        jwk.get("use").is_none_or(|key_use| key_use == "sig" || key_use == "jwt-svid")
    };
    let signing = keys.iter().filter(|(_, jwk)| signing(jwk)).count();
    let rule = &rules::SET_NO_SUCCESSOR;
    if signing == 1 {
        let message = "there is only one signing key; the next one is not published yet";
        found.push(Finding::new(rule, Info, "keys", message));
    } else if keys.len() > 10 {
        let message = format!("there are {} keys; remove old ones if possible", keys.len());
        found.push(Finding::new(rule, Low, "keys", message));
    }
}
