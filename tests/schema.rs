//! Compares the members of every `--json` result with a list from which nothing is removed.

use serde_json::Value;

use super::support::{Folder, json, root};

/// A command, and the members of its result as paths; `[]` means every item of a list.
const RESULTS: &[(&str, &str)] = &[
    ("keygen --json -o new.jwk", "v alg kids kids[]"),
    ("keygen --json --count 2 -o new.jwks", "v alg kids kids[]"),
    (
        "keygen --json --list",
        "v algorithms algorithms[] algorithms[].name algorithms[].purpose algorithms[].key algorithms[].strength_bits \
         algorithms[].overhead_bytes algorithms[].standing algorithms[].reason algorithms[].tools algorithms[].tools[] \
         algorithms[].gateways algorithms[].gateways[] algorithms[].made_per_second algorithms[].opened_per_second",
    ),
    (
        "sign --json -k key.jwk sub=alice",
        "v token alg kid signatures signatures[] signatures[].alg signatures[].kid",
    ),
    (
        "verify --json -k key.jwk @token.jwt",
        "v verified alg kid thumbprint header header.alg header.typ header.kid claims claims.sub claims.iat claims.exp \
         signatures signatures[] signatures[].index signatures[].alg signatures[].kid signatures[].thumbprint",
    ),
    (
        "verify --json --raw -k key.jwk @token.jwt",
        "v verified alg kid thumbprint header header.alg header.typ header.kid claims payload payload_base64url \
         signatures signatures[] signatures[].index signatures[].alg signatures[].kid signatures[].thumbprint",
    ),
    (
        "encrypt --json -k enc.jwk token.jwt",
        "v token alg kid enc recipients recipients[] recipients[].alg recipients[].kid",
    ),
    (
        "decrypt --json -k enc.jwk @token.jwe",
        "v decrypted alg enc kid header header.alg header.enc header.kid header.cty header.epk header.epk.kty \
         header.epk.crv header.epk.x header.epk.y unprotected content content_base64url",
    ),
    (
        "inspect --json @token.jwt",
        "v verified type form summary bytes header header.alg header.typ header.kid claims claims.sub claims.iat claims.exp \
         times times.iat times.iat.at times.iat.seconds times.iat.words times.exp times.exp.at times.exp.seconds \
         times.exp.words signature signature.bytes stripped more findings findings[] findings[].id findings[].severity \
         findings[].where findings[].message findings[].evidence findings[].why findings[].fix findings[].reference",
    ),
    (
        "inspect --json key.jwk",
        "v type summary keys keys[] keys[].kty keys[].crv keys[].alg keys[].use keys[].kid keys[].thumbprint keys[].private \
         findings",
    ),
    (
        "rotate --json keys.jwks --publish jwks.json",
        "v changed due actions actions[] actions[].action actions[].kid actions[].use actions[].alg actions[].nbf \
         actions[].exp actions[].reason keys keys[] keys[].kid keys[].use keys[].alg keys[].state keys[].iat keys[].nbf \
         keys[].exp published published[] policy policy.every policy.lead policy.retain policy.changed generation next_due",
    ),
    ("completion --json bash", "v script"),
    (
        "convert --json -k key.jwk --to thumbprint",
        "v thumbprints thumbprints[]",
    ),
];

/// The members of every error.
const ERRORS: &[(&str, &str)] = &[
    (
        "verify --json",
        "v error error.code error.message error.hint",
    ),
    (
        "verify --json -k no.jwk",
        "v error error.code error.message error.hint",
    ),
    (
        "verify --json --no-such-flag",
        "v error error.code error.message error.hint",
    ),
    (
        "verify --json -k key.jwk --iss x --at +1h @token.jwt",
        "v error error.code error.message error.hint error.failures error.failures[] error.failures[].code \
         error.failures[].name error.failures[].expected error.failures[].got error.failures[].seconds_off",
    ),
];

fn members(value: &Value, path: &str, found: &mut Vec<String>) {
    let mut add = |path: String, value: &Value| {
        if !found.contains(&path) {
            found.push(path.clone());
        }
        members(value, &path, found);
    };
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let dot = if path.is_empty() { "" } else { "." };
                add(format!("{path}{dot}{name}"), value);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add(format!("{path}[]"), item)),
        _ => {}
    }
}

#[track_caller]
fn check(command: &str, text: &str, wanted: &str) {
    assert_eq!(text.trim_end().lines().count(), 1, "{command}: {text}");
    let value = json(text);
    assert_eq!(value["v"], 1, "{command}");
    let mut found = Vec::new();
    members(&value, "", &mut found);
    found.sort();
    let mut wanted: Vec<&str> = wanted.split_whitespace().collect();
    wanted.sort();
    assert_eq!(found, wanted, "{command}: {text}");
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    folder.keygen("ECDH-ES+A256KW", "enc.jwk");
    let token = folder.run("sign -k key.jwk sub=alice").accepted();
    folder.write("token.jwt", token);
    let token = folder.run("encrypt -k enc.jwk token.jwt").accepted();
    folder.write("token.jwe", token);
    folder
}

#[test]
fn every_command_has_a_schema_test() {
    for command in jotsmith::commands::build_parser().get_subcommands() {
        let start = format!("{} --json", command.get_name());
        assert!(
            RESULTS.iter().any(|row| row.0.starts_with(&start)),
            "{start}"
        );
    }
}

#[test]
fn results_have_exactly_the_documented_members() {
    let folder = folder();
    for (command, wanted) in RESULTS {
        check(command, &folder.run(command).accepted(), wanted);
    }
}

#[test]
fn errors_have_exactly_the_documented_members() {
    let folder = folder();
    for (command, wanted) in ERRORS {
        let done = folder.run(command).done();
        assert!(
            done.code > 0 && done.stdout.is_empty(),
            "{command}: {done:?}"
        );
        check(command, &done.stderr, wanted);
    }
}

#[test]
fn exit_codes_have_the_documented_names() {
    use jotsmith::crypto::Code;
    use jotsmith::output::exit::{HELP, exit_code};
    for (code, word, exit) in [
        (Code::Refused, "refused", 1),
        (Code::Usage, "usage", 2),
        (Code::Failed, "failed", 3),
        (Code::Malformed, "malformed", 10),
        (Code::SignatureInvalid, "signature_invalid", 11),
        (Code::DecryptionFailed, "decryption_failed", 11),
        (Code::Expired, "expired", 12),
        (Code::NotYetValid, "not_yet_valid", 13),
        (Code::ClaimRejected, "claim_rejected", 14),
        (Code::NotAllowed, "not_allowed", 15),
        (Code::NoKey, "no_key", 16),
    ] {
        assert_eq!((code.as_str(), exit_code(code)), (word, exit));
        // The names are between the number and the colon.
        let row = |line: &&str| line.trim_start().starts_with(&format!("{exit} "));
        let line = HELP.lines().find(row).unwrap().trim_start();
        let names = line[exit.to_string().len()..].split(':').next().unwrap();
        assert!(names.split(',').any(|name| name.trim() == word), "{line}");
    }
}

/// Whether a schema describes a member by this path.
fn describes(root: &Value, schema: &Value, path: &[&str]) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        if describes(root, target, path) {
            return true;
        }
    }
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    // The empty schema allows any value.
    if schema.as_object().is_some_and(|schema| schema.is_empty()) {
        return true;
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().any(|choice| describes(root, choice, path));
    }
    let (name, item) = match first.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (*first, false),
    };
    match (&schema["properties"][name], &schema["additionalProperties"]) {
        (Value::Null, Value::Bool(true)) => true,
        (Value::Null, open @ Value::Object(_)) => describes(root, open, rest),
        (Value::Null, _) => false,
        (member, _) if item => describes(root, &member["items"], rest),
        (member, _) => describes(root, member, rest),
    }
}

#[test]
fn schemas_describe_every_member() {
    let errors = ERRORS.iter().map(|(_, members)| ("error", members));
    let results = (RESULTS.iter()).map(|(command, members)| {
        if command.contains("--list") {
            ("keygen-list", members)
        } else {
            (command.split(' ').next().unwrap(), members)
        }
    });
    for (name, members) in results.chain(errors) {
        let path = root().join(format!("docs/schema/{name}.json"));
        let schema = json(std::fs::read_to_string(path).unwrap());
        for member in members.split_whitespace() {
            let path: Vec<&str> = member.split('.').collect();
            assert!(describes(&schema, &schema, &path), "{name}: {member}");
        }
    }
}
