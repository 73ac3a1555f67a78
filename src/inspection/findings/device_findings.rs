//! Findings about the PIN and the keys of a PKCS#11 token.

use crate::device::{Device, StoredObject};
use crate::inspection::findings::key_findings::{Origin, check_jwk};
use crate::inspection::findings::{Finding, Severity, rules};

/// Returns every finding about a token at `now` (Unix seconds).
pub fn check_device(device: &Device, now: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(pin) = device.pin {
        let message = format!("the PIN of the token {}: {pin}", device.label);
        findings.push(Finding::new(
            &rules::P11_PIN,
            Severity::Medium,
            "pin",
            message,
        ));
    }
    for (index, object) in device.objects.iter().enumerate() {
        let place = format!("objects[{index}]");
        let jwk = object.jwk.as_ref().and_then(|jwk| jwk.as_object());
        // The public key of a certificate is usually an object too, so it is checked only there.
        let mut own = match jwk {
            Some(jwk) if object.class == "public key" => check_jwk(jwk, Origin::Asn1, now),
            _ => Vec::new(),
        };
        own.extend(check_object(object));
        findings.extend(own.into_iter().map(|finding| finding.with_place_prefix(&place)));
    }
    findings
}

fn check_object(object: &StoredObject) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !object.is_secret() {
        return findings;
    }
    let name = format!("the {} {}", object.class, object.label);
    let mut add = |rule, severity, place: &str, message: String| {
        findings.push(Finding::new(rule, severity, place, message));
    };
    let is_extractable = object.extractable == Some(true);
    match object.sensitive {
        Some(false) if is_extractable => {
            let message = format!("{name} can be exported unencrypted");
            add(
                &rules::P11_READABLE,
                Severity::Critical,
                "sensitive",
                message,
            );
        }
        Some(false) => {
            let message = format!("{name} is not marked as sensitive");
            add(&rules::P11_READABLE, Severity::Medium, "sensitive", message);
        }
        _ if is_extractable => {
            let message = format!("{name} can be exported, encrypted with another key");
            add(
                &rules::P11_EXTRACTABLE,
                Severity::High,
                "extractable",
                message,
            );
        }
        _ => {}
    }
    if !is_extractable && (object.never_extractable == Some(false) || object.local == Some(false)) {
        let message = format!("{name} was imported into the token, or was exportable before");
        add(&rules::P11_NOT_LOCAL, Severity::Low, "local", message);
    }
    let signs = object.uses.contains(&"sign");
    let others = ["decrypt", "unwrap", "derive"];
    let others = others.into_iter().filter(|name| object.uses.contains(name));
    let others: Vec<&str> = others.collect();
    if object.class == "private key" && signs && !others.is_empty() {
        let message = format!("{name} can sign and also {}", others.join(" and "));
        add(&rules::P11_SEVERAL_USES, Severity::Low, "uses", message);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A private key as `keygen` creates it.
    fn sound_object() -> StoredObject {
        StoredObject {
            class: "private key",
            label: "key".into(),
            sensitive: Some(true),
            always_sensitive: Some(true),
            extractable: Some(false),
            never_extractable: Some(true),
            local: Some(true),
            uses: vec!["sign"],
            ..StoredObject::default()
        }
    }

    fn findings_of(object: StoredObject) -> Vec<(&'static str, Severity, String)> {
        let device = Device {
            objects: vec![object],
            ..Device::default()
        };
        let found = check_device(&device, 0).into_iter();
        found.map(|one| (one.rule.id, one.severity, one.place)).collect()
    }

    #[test]
    fn weak_attributes_are_found_and_a_sound_key_has_no_finding() {
        assert_eq!(findings_of(sound_object()), []);
        let cases: [(StoredObject, &str, Severity, &str); 6] = [
            (
                StoredObject {
                    sensitive: Some(false),
                    extractable: Some(true),
                    ..sound_object()
                },
                "p11-readable",
                Severity::Critical,
                "sensitive",
            ),
            (
                StoredObject {
                    sensitive: Some(false),
                    ..sound_object()
                },
                "p11-readable",
                Severity::Medium,
                "sensitive",
            ),
            (
                StoredObject {
                    extractable: Some(true),
                    ..sound_object()
                },
                "p11-extractable",
                Severity::High,
                "extractable",
            ),
            (
                StoredObject {
                    local: Some(false),
                    ..sound_object()
                },
                "p11-not-local",
                Severity::Low,
                "local",
            ),
            (
                StoredObject {
                    never_extractable: Some(false),
                    ..sound_object()
                },
                "p11-not-local",
                Severity::Low,
                "local",
            ),
            (
                StoredObject {
                    uses: vec!["sign", "unwrap"],
                    ..sound_object()
                },
                "p11-several-uses",
                Severity::Low,
                "uses",
            ),
        ];
        for (object, id, severity, place) in cases {
            let place = format!("objects[0].{place}");
            assert_eq!(findings_of(object), [(id, severity, place)]);
        }
        // Reading a public object is allowed.
        let public = StoredObject {
            class: "public key",
            sensitive: Some(false),
            extractable: Some(true),
            ..sound_object()
        };
        assert_eq!(findings_of(public), []);
    }

    #[test]
    fn pin_with_few_tries_left_is_found() {
        let device = Device {
            pin: Some("one try is left"),
            ..Device::default()
        };
        assert_eq!(check_device(&device, 0)[0].rule.id, "p11-pin");
    }
}
