//! Every rule of the table of profiles: if only it is broken, `sign` exits with 2 and `verify` with 14 or 15. The cases are
//! generated from the table, so a new row is tested too.

use jotsmith::profile::{Audience, KeySource, PROFILES, Profile, ProfileRow};
use serde_json::{Map, Value, json};

use super::support::{Folder, json as parse, segment};

/// Returns a folder with keys for every profile, and a service account for Google.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out es.pub", "es.jwk");
    let bare = "convert -k es.jwk --drop kid -o bare.jwk";
    folder.run(bare).accepted();
    folder.keygen("RS256 --bits 2048 --public-out rs.pub", "rs.jwk");
    folder.keygen("ES384 --public-out other.pub", "other.jwk");
    folder.write("entries.txt", "0 0\n1 1\n");
    folder.keygen("EdDSA --public-out unlisted.pub", "unlisted.jwk");
    folder
}

/// Returns the key for the profile.
fn key(row: &ProfileRow) -> &'static str {
    match row.algorithms {
        [] | ["ES256"] => "es",
        _ => "rs",
    }
}

fn sign(row: &ProfileRow, rest: &str) -> String {
    let kid = match row.profile {
        Profile::Apple => "--header kid=2X9R4HXF34",
        _ => "",
    };
    format!(
        "jotsmith sign -q -k {}.jwk --profile {} {kid} {rest}",
        key(row),
        row.name
    )
}

fn valid_claims(folder: &Folder, row: &ProfileRow) -> Map<String, Value> {
    let token = folder.shell(&sign(row, row.example)).accepted();
    parse(segment(&token, 1)).as_object().unwrap().clone()
}

/// Signs claims unchanged, with the header of the profile but without its rules.
fn sign_unchecked(folder: &Folder, row: &ProfileRow, claims: &Map<String, Value>) -> String {
    folder.write("claims.json", Value::Object(claims.clone()).to_string());
    // A header with jwk has no kid.
    let (key, embed) = match row.key_source {
        KeySource::Known => (key(row), ""),
        _ => ("bare", "--embed-jwk"),
    };
    let script = format!(
        "jotsmith sign -q -k {key}.jwk --typ {} {embed} --force-claims --no-iat --no-exp --claims claims.json",
        row.types[0]
    );
    folder.shell(&script).accepted()
}

/// Returns claims that break one rule, each with the name of the claim.
fn broken_claims(
    row: &ProfileRow,
    valid: &Map<String, Value>,
) -> Vec<(String, Map<String, Value>)> {
    let mut cases = Vec::new();
    let mut add = |name: &str, change: &dyn Fn(&mut Map<String, Value>)| {
        let mut claims = valid.clone();
        change(&mut claims);
        cases.push((name.to_owned(), claims));
    };
    for name in row.required {
        add(name, &|claims| drop(claims.shift_remove(*name)));
    }
    if let [first, ..] = row.any_of {
        add(first, &|claims| {
            claims.retain(|name, _| !row.any_of.contains(&name.as_str()))
        });
    }
    for name in row.forbidden {
        let value = if *name == "exp" {
            json!(4_000_000_000_u64)
        } else {
            json!("a")
        };
        add(name, &|claims| {
            drop(claims.insert((*name).into(), value.clone()))
        });
    }
    for name in row.strings {
        add(name, &|claims| {
            drop(claims.insert((*name).into(), json!(["a"])))
        });
    }
    if row.audience == Audience::One {
        add("aud", &|claims| {
            drop(claims.insert("aud".into(), json!(["a", "b"])))
        });
    }
    if let Some(limit) = row.max_lifetime {
        let start = ["nbf", "iat"].into_iter().find_map(|name| valid.get(name)).unwrap();
        let exp = start.as_i64().unwrap() + limit + 1;
        add("exp", &|claims| {
            drop(claims.insert("exp".into(), json!(exp)))
        });
    }
    for check in row.checks {
        add(check.claim, &|claims| {
            let Value::Object(members) = parse(check.broken) else {
                panic!("{}", check.broken)
            };
            claims.extend(members);
        });
    }
    cases
}

#[test]
fn token_of_every_profile_is_signed_and_verified() {
    let folder = folder();
    for row in PROFILES {
        let token = folder.shell(&sign(row, row.example)).accepted();
        let header = parse(segment(&token, 0));
        assert_eq!(header["typ"], row.types[0], "{}", row.name);
        let exp = parse(segment(&token, 1))["exp"].is_i64();
        assert_eq!(exp, row.lifetime.is_some(), "{}", row.name);
        let verify = format!("verify -k {}.pub --profile {}", key(row), row.name);
        if row.is_for_signing {
            folder.run(&verify).stdin(&token).refused(2);
            continue;
        }
        folder.run(&verify).stdin(&token).accepted();
        if row.key_source != KeySource::Known {
            let verify = format!("verify --profile {}", row.name);
            folder.run(&verify).stdin(&token).accepted();
            assert!(
                header["kid"].is_null() && header["jwk"]["d"].is_null(),
                "{header}"
            );
        }
        // Given claims are accepted like those that sign adds.
        let claims = valid_claims(&folder, row);
        let token = sign_unchecked(&folder, row, &claims);
        folder.run(&verify).stdin(&token).accepted();
    }
}

#[test]
fn claim_rules_are_enforced_by_sign_and_verify() {
    let folder = folder();
    for row in PROFILES {
        let valid = valid_claims(&folder, row);
        let cases = broken_claims(row, &valid);
        assert!(cases.len() >= row.required.len() + row.checks.len());
        for (name, claims) in cases {
            let context = format!("{} {name}: {claims:?}", row.name);
            folder.write("claims.json", Value::Object(claims.clone()).to_string());
            // For Snowflake, iss and sub are computed, and the input cannot replace them.
            let is_computed = row.profile == Profile::Snowflake && ["iss", "sub"].contains(&&*name);
            let extra = match row.profile {
                Profile::Snowflake => "--account a --sub u",
                _ => "",
            };
            // sign omits the claims that it adds only with a flag.
            let none = match &*name {
                "iat" => "--no-iat",
                "exp" if row.max_lifetime.is_none() => "--no-exp",
                _ => "",
            };
            let added = ["jti", "aud"].contains(&&*name)
                && !claims.contains_key(&name)
                && (name == "jti" || row.profile == Profile::Apple);
            let is_added_exp = name == "exp" && !claims.contains_key("exp") && none.is_empty();
            if !is_computed && !added && !is_added_exp {
                let script = sign(
                    row,
                    &format!("{extra} {none} --force-claims --claims claims.json"),
                );
                let done = folder.shell(&script).done();
                assert_eq!(done.code, 2, "{context}: {done:?}");
                assert!(
                    done.stdout.is_empty() && done.stderr.contains(&name),
                    "{context}: {done:?}"
                );
            }
            if row.is_for_signing {
                continue;
            }
            let token = sign_unchecked(&folder, row, &claims);
            for lines in ["", " --lines"] {
                let verify = format!("verify -k {}.pub --profile {}{lines}", key(row), row.name);
                let done = folder.run(&verify).stdin(&token).done();
                let code = if lines.is_empty() { 14 } else { 1 };
                assert_eq!(done.code, code, "{context}: {done:?}");
                let output = format!("{}{}", String::from_utf8_lossy(&done.stdout), done.stderr);
                assert!(output.contains(&name), "{context}: {done:?}");
            }
        }
    }
}

#[test]
fn header_and_algorithm_rules_are_enforced_by_sign_and_verify() {
    let folder = folder();
    for row in PROFILES {
        let valid = valid_claims(&folder, row);
        folder.write("claims.json", Value::Object(valid).to_string());
        let mut broken: Vec<String> = (row.header_checks.iter())
            .map(|check| format!("--typ {} {}", row.types[0], check.broken))
            .collect();
        if row.is_typ_required {
            broken.push("--typ other+jwt".into());
        }
        for header in broken {
            let context = format!("{} {header}", row.name);
            let done = folder.shell(&sign(row, &format!("{} {header}", row.example))).done();
            assert_eq!(done.code, 2, "{context}: {done:?}");
            if row.is_for_signing {
                continue;
            }
            let embed = match row.key_source {
                KeySource::Header if !header.contains("--embed-jwk") => "--embed-jwk",
                _ => "",
            };
            let script = format!(
                "jotsmith sign -q -k {}.jwk {header} {embed} --claims claims.json",
                key(row)
            );
            let token = folder.shell(&script).accepted();
            let verify = format!("verify -k {}.pub --profile {}", key(row), row.name);
            let done = folder.run(&verify).stdin(&token).done();
            assert!([14, 15].contains(&done.code), "{context}: {done:?}");
        }
        if !row.is_typ_required && !row.is_for_signing {
            let script = format!(
                "jotsmith sign -q -k {}.jwk --typ other+jwt --claims claims.json",
                key(row)
            );
            let token = folder.shell(&script).accepted();
            let verify = format!("verify -k {}.pub --profile {}", key(row), row.name);
            folder.run(&verify).stdin(&token).refused(15);
        }
        if !row.algorithms.is_empty() {
            let script = sign(row, row.example).replace("rs.jwk", "unlisted.jwk");
            let script = script.replace("es.jwk", "unlisted.jwk");
            assert_eq!(folder.shell(&script).done().code, 3, "{}", row.name);
            if !row.is_for_signing {
                let script = "jotsmith sign -q -k unlisted.jwk --claims claims.json";
                let token = folder.shell(script).accepted();
                let verify = format!("verify -k unlisted.pub --profile {}", row.name);
                folder.run(&verify).stdin(&token).refused(15);
            }
        }
        if row.key_source != KeySource::Known {
            let script = sign(row, row.example);
            let token = folder.shell(&script).accepted();
            let verify = format!("verify -k other.pub --profile {}", row.name);
            folder.run(&verify).stdin(&token).refused(16);
        }
        if let Some(age) = row.max_age {
            let token = folder.shell(&sign(row, row.example)).accepted();
            let verify = format!(
                "verify -k {}.pub --profile {} --at +{}s",
                key(row),
                row.name,
                age + 60
            );
            folder.run(&verify).stdin(&token).refused(14);
        }
    }
}

#[test]
fn profile_list_equals_the_table() {
    let folder = Folder::new();
    let report = parse(folder.run("sign --list-profiles --json").accepted());
    let names: Vec<&str> = report["profiles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        PROFILES.iter().map(|row| row.name).collect::<Vec<_>>()
    );
    let text = folder.run("sign --list-profiles").accepted();
    for row in PROFILES {
        assert!(
            text.contains(row.source.split(" section").next().unwrap().split(' ').next().unwrap()),
            "{}",
            row.name
        );
    }
    folder.run("sign --list-profiles --lines").refused(2);
}

/// For the tokens of each profile, inspect reports nothing about a valid one, and the broken rule of an invalid one.
#[test]
fn inspect_and_verify_apply_the_same_profile_rules() {
    let folder = folder();
    let findings = |report: &Value| -> Vec<String> {
        (report["findings"].as_array().unwrap().iter())
            .filter(|finding| finding["severity"] != "info")
            .map(|finding| finding["id"].as_str().unwrap().to_owned())
            .collect()
    };
    for row in PROFILES {
        let valid = valid_claims(&folder, row);
        let token = sign_unchecked(&folder, row, &valid);
        let report = parse(folder.run("inspect --json").stdin(&token).accepted());
        assert_eq!(findings(&report), [""; 0], "{}: {report}", row.name);
        // inspect does not verify the signature.
        let with = |header: &Value, claims: &Map<String, Value>| {
            let parts = [
                header.to_string(),
                Value::Object(claims.clone()).to_string(),
            ];
            let [header, claims] = parts.map(jotsmith::crypto::base64url::encode);
            let sd = if row.profile == Profile::SdJwtVc {
                "~"
            } else {
                ""
            };
            format!(
                "{header}.{claims}.{}{sd}\n",
                token.trim().rsplit('.').next().unwrap()
            )
        };
        let header = parse(segment(&token, 0));
        let mut cases = vec![(String::new(), with(&header, &valid))];
        for (name, claims) in broken_claims(row, &valid) {
            cases.push((name, with(&header, &claims)));
        }
        let mut other = header.clone();
        other["typ"] = "other+jwt".into();
        cases.push(("typ".into(), with(&other, &valid)));
        if !row.algorithms.is_empty() || row.is_proof {
            other = header.clone();
            other["alg"] = "HS256".into();
            cases.push(("alg".into(), with(&other, &valid)));
        }
        if row.key_source == KeySource::Header {
            other = header.clone();
            other.as_object_mut().unwrap().shift_remove("jwk");
            cases.push(("jwk".into(), with(&other, &valid)));
        }
        for check in row.header_checks {
            let script = sign_unchecked(&folder, row, &valid);
            other = parse(segment(&script, 0));
            // All current header rules forbid additional parameters.
            other["kid"] = "a".into();
            other["cty"] = "JWT".into();
            cases.push((check.parameter.into(), with(&other, &valid)));
        }
        let input: String = cases.iter().map(|(_, token)| token.as_str()).collect();
        let run = format!("inspect --lines --profile {}", row.name);
        let output = folder.run(&run).stdin(input).accepted();
        for ((broken, _), line) in cases.iter().zip(output.lines()) {
            let report = parse(line);
            let context = format!("{} {broken}: {report}", row.name);
            let profile = &report["profile"];
            assert_eq!(profile["name"], row.name, "{context}");
            assert_eq!(profile["met"], broken.is_empty(), "{context}");
            let names: Vec<&str> = (profile["failures"].as_array().unwrap().iter())
                .map(|failure| failure["name"].as_str().unwrap())
                .collect();
            assert_eq!(names.contains(&&**broken), !broken.is_empty(), "{context}");
            assert_eq!(findings(&report).is_empty(), broken.is_empty(), "{context}");
        }
        // A single input has the same result as a line.
        let single = folder.run(&run.replace("--lines", "--json"));
        let single = parse(single.stdin(&cases[1].1).accepted());
        let line = parse(output.lines().nth(1).unwrap());
        assert_eq!(single["profile"], line["profile"], "{}", row.name);
        assert_eq!(output.lines().count(), cases.len());
    }
}

/// Returns the page about the profiles, which is generated from the table.
fn page() -> String {
    let list = |items: &[&str]| match items {
        [] => "none".to_owned(),
        items => items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", "),
    };
    let mut page = String::from(
        "# Profiles\n\nA profile is a set of rules for tokens of one purpose. `sign --profile NAME` adds `iat`, `exp`, `jti` and `typ` if the profile\n\
         requires them, and rejects claims that violate the rules (exit 2). `verify --profile NAME` enforces the same rules (exit 14 for\n\
         claims, 15 for the header). `sign --list-profiles` prints this list, with `--json` for programs. This page is generated from the\n\
         same table. The tests run each example and violate each rule.\n\nThe examples sign with the key `key.jwk`.\n",
    );
    for row in PROFILES {
        page += &format!(
            "\n## {}\n\n{}. Source: {}.\n\n",
            row.name, row.summary, row.source
        );
        let mut add = |name: &str, text: String| page += &format!("- {name}: {text}\n");
        let optional = if row.is_typ_required {
            ""
        } else {
            ", or no typ"
        };
        add("typ", format!("{}{optional}", list(row.types)));
        if !row.algorithms.is_empty() {
            add("Algorithms", list(row.algorithms));
        }
        match row.key_source {
            KeySource::Known => {}
            KeySource::Header => add(
                "Key",
                "the header parameter `jwk`; with `-k` it must be one of those keys".into(),
            ),
            KeySource::HeaderOrKnown => add(
                "Key",
                "the header parameter `jwk`, or the key of `-k` that `kid` or `x5c` names".into(),
            ),
        }
        add("Required claims", list(row.required));
        if !row.any_of.is_empty() {
            add("At least one of", list(row.any_of));
        }
        if !row.forbidden.is_empty() {
            add("Forbidden claims", list(row.forbidden));
        }
        if !row.visible.is_empty() {
            add("In no disclosure", list(row.visible));
        }
        if row.audience == Audience::One {
            add("`aud`", "one string".into());
        }
        match (row.lifetime, row.max_lifetime) {
            (None, _) => add("Lifetime", "`sign` adds no `exp`".into()),
            (Some(own), None) => add(
                "Lifetime",
                format!("{} min if `--exp` names no other", own / 60),
            ),
            (Some(own), Some(most)) => add(
                "Lifetime",
                format!(
                    "{} min if `--exp` names no other, at most {} min",
                    own / 60,
                    most / 60
                ),
            ),
        }
        if let Some(age) = row.max_age {
            add(
                "Age",
                format!(
                    "`verify` accepts it for {} min after `iat`; `--max-age` sets another time",
                    age / 60
                ),
            );
        }
        for check in row.checks {
            add(&format!("`{}`", check.claim), check.expected.into());
        }
        for check in row.header_checks {
            add(
                &format!("Header parameter `{}`", check.parameter),
                check.expected.into(),
            );
        }
        if row.is_for_signing {
            add(
                "Verification",
                "only the service itself verifies these tokens".into(),
            );
        }
        page += &format!(
            "\n```sh\njotsmith sign -k key.jwk --profile {} {}\n```\n",
            row.name, row.example
        );
    }
    page
}

#[test]
fn profile_page_equals_the_table() {
    let path = super::support::root().join("docs/profiles.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == page(),
        "docs/profiles.md is out of date: UPDATE=1 cargo test --test main profile_page rewrites it"
    );
}
