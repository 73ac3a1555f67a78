//! Profiles: each rule of each kind of token, when signing and when verifying.

use super::support::{Folder, json, segment};

/// Returns a folder with keys for ES256, RS256 and HS256.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out es.pub", "es.jwk");
    folder.keygen("RS256 --bits 2048 --public-out rs.pub", "rs.jwk");
    folder.keygen("HS256", "hs.jwk");
    folder
}

/// Checks that the profile refuses these claims when signing, and when verifying a token that was signed without it. `header`
/// are the flags for the header that the profile would add.
#[track_caller]
fn refused_by(folder: &Folder, profile: &str, header: &str, claims: &str, word: &str) {
    let key = if profile == "github-app" { "rs" } else { "es" };
    let sign = format!("sign -k {key}.jwk {claims}");
    let message = folder.run(&format!("{sign} --profile {profile}")).refused(2);
    assert!(message.contains(word), "{profile} {claims}: {message}");
    let token = folder.run(&format!("{sign} {header}")).accepted();
    let verify = format!("verify -k {key}.pub --profile {profile}");
    let message = folder.run(&verify).stdin(token).refused(14);
    assert!(message.contains(word), "{profile} {claims}: {message}");
}

/// Checks that a token with these claims is signed and verified with the profile, and returns it.
#[track_caller]
fn accepted_by(folder: &Folder, profile: &str, claims: &str) -> String {
    let key = if profile == "github-app" { "rs" } else { "es" };
    let sign = format!("sign -k {key}.jwk --profile {profile} {claims}");
    let token = folder.run(&sign).accepted();
    let verify = format!("verify -k {key}.pub --profile {profile}");
    folder.run(&verify).stdin(&token).accepted();
    token
}

#[test]
fn access_token_of_rfc_9068_is_signed_and_verified() {
    let folder = folder();
    let good = [
        "--iss i",
        "--aud a",
        "--sub s",
        "client_id=c",
        "--jti=1",
        "--exp 5m",
    ];
    let token = accepted_by(&folder, "at", &good.join(" "));
    let header = json(segment(&token, 0));
    assert_eq!(header["typ"], "at+jwt");
    let typ = "--typ at+jwt";
    for (index, claim) in good.iter().enumerate().take(4) {
        let claims = [&good[..index], &good[index + 1..]].concat().join(" ");
        let name = claim.trim_start_matches('-').split([' ', '=']).next().unwrap();
        refused_by(&folder, "at", typ, &claims, name);
    }
    // The profile adds exp, iat and jti itself.
    let bare = good[..4].join(" ");
    let token = folder.run(&format!("sign -k es.jwk {typ} {bare}")).accepted();
    let verify = "verify -k es.pub --profile at";
    let message = folder.run(verify).stdin(token).refused(14);
    assert_eq!(message, "jti is missing");
    let all = good.join(" ").replace("--exp 5m", "");
    refused_by(
        &folder,
        "at",
        &format!("{typ} "),
        &format!("{all} --no-iat"),
        "iat",
    );
    refused_by(&folder, "at", typ, &format!("{all} --no-exp"), "exp");
    let texts = all.replace("client_id=c", "client_id:=1");
    refused_by(&folder, "at", typ, &texts, "client_id must be a string");
    refused_by(
        &folder,
        "at",
        typ,
        &format!("{all} scope:=[]"),
        "scope must be a string",
    );
}

#[test]
fn typ_of_a_profile_cannot_be_changed() {
    let folder = folder();
    let claims = "--iss i --aud a --sub s client_id=c --jti=1";
    let message = folder.run(&format!("sign -k es.jwk --profile at --typ JWT {claims}")).refused(2);
    assert!(message.contains("at+jwt"), "{message}");
    let long = format!("sign -k es.jwk --profile at --typ application/AT+JWT {claims}");
    let token = folder.run(&long).accepted();
    let verify = "verify -k es.pub --profile at";
    folder.run(verify).stdin(&token).accepted();
    folder.run(&format!("{verify} --typ JWT")).stdin(&token).refused(2);
    let other = folder.run(&format!("sign -k es.jwk {claims}")).accepted();
    folder.run(verify).stdin(other).refused(15);
}

#[test]
fn id_token_of_openid_connect_is_signed_and_verified() {
    let folder = folder();
    accepted_by(&folder, "id", "--iss i --sub s --aud c");
    accepted_by(
        &folder,
        "id",
        "--iss i --sub s --aud c --aud d azp=c nonce=n",
    );
    for (claims, word) in [
        ("--sub s --aud c", "iss"),
        ("--iss i --aud c", "sub"),
        ("--iss i --sub s", "aud"),
        ("--iss i --sub s --aud c --no-iat", "iat"),
        ("--iss i --sub s --aud c --no-exp", "exp"),
        ("--iss i --sub s --aud c nonce:=1", "nonce must be a string"),
    ] {
        refused_by(&folder, "id", "", claims, word);
    }
    // Several audiences need no azp (OpenID Connect Core, errata set 2).
    accepted_by(&folder, "id", "--iss i --sub s --aud c --aud d");
    let long = format!("--iss i --aud c --sub {}", "s".repeat(256));
    refused_by(&folder, "id", "", &long, "at most 255");
}

#[test]
fn client_assertion_of_rfc_7523_is_signed_and_verified() {
    let folder = folder();
    accepted_by(&folder, "client-assertion", "--iss c --sub c --aud as");
    for (claims, word) in [
        ("--sub c --aud as --jti", "iss"),
        ("--iss c --aud as --jti", "sub"),
        ("--iss c --sub c --jti", "aud"),
        ("--iss c --sub d --aud as --jti", "iss"),
        ("--iss c --sub c --aud as --jti --no-exp", "exp"),
    ] {
        refused_by(&folder, "client-assertion", "", claims, word);
    }
    let token = folder.run("sign -k es.jwk --iss c --sub c --aud as").accepted();
    let run = folder.run("verify -k es.pub --profile client-assertion");
    assert!(run.stdin(token).refused(14).contains("jti"));
}

#[test]
fn dpop_proof_of_rfc_9449_is_signed_and_verified() {
    let folder = folder();
    let good = "htm=POST htu=https://api.example/orders";
    let token = accepted_by(&folder, "dpop", good);
    let header = json(segment(&token, 0));
    assert_eq!(header["typ"], "dpop+jwt");
    assert!(header["kid"].is_null() && header["jwk"]["d"].is_null());
    assert_eq!(header["jwk"].as_object().unwrap().len(), 4);
    let shown = "--typ dpop+jwt --embed-jwk --jti";
    for (claims, word) in [
        ("htu=https://a", "htm"),
        ("htm=GET", "htu"),
        ("htm=GET htu=https://a --no-iat", "iat"),
        ("htm:=1 htu=https://a", "htm must be a string"),
        ("htm=GET htu=https://a/b?c", "without query"),
        ("htm=GET htu=https://a/b#c", "without query"),
        ("htm=GET htu=/b", "http or https"),
        ("htm=GET htu=ftp://b", "http or https"),
        ("htm=GET htu=https://", "http or https"),
        ("htm=GET htu=https://a nonce:=1", "nonce must be a string"),
    ] {
        refused_by(&folder, "dpop", shown, claims, word);
    }
    folder.run(&format!("sign -k hs.jwk --profile dpop {good}")).refused(2);
    // A proof expires a fixed time after iat.
    let verify = |flags: &str| folder.run(&format!("verify --profile dpop {flags}")).stdin(&token);
    verify("").accepted();
    verify("--at +6m").refused(14);
    verify("--at +6m --max-age 10m").accepted();
    verify("--at -1m").refused(13);
    verify("--claim htm=GET").refused(14);
}

#[test]
fn dpop_proof_contains_its_public_key() {
    let folder = folder();
    let good = "htm=POST htu=https://api.example/orders";
    let proof = folder.run(&format!("sign -k es.jwk --profile dpop {good}")).accepted();
    folder.keygen("ES256 --public-out other.pub", "other.jwk");
    folder.run("convert -k other.pub -k es.pub --to jwks -o set.jwks").accepted();
    for keys in ["", "-k es.pub", "-k set.jwks", "-k es.jwk"] {
        folder.run(&format!("verify --profile dpop {keys}")).stdin(&proof).accepted();
    }
    for lines in ["", "--lines"] {
        let run = folder.run(&format!("verify --profile dpop -k other.pub {lines}"));
        let done = run.stdin(&proof).done();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), done.stderr);
        assert!(said.contains("not one of the given keys"), "{done:?}");
    }
    let revoked = folder.text("es.pub").replacen('{', r#"{"revoked":{"revoked_at":1},"#, 1);
    folder.write("revoked.pub", revoked);
    let run = folder.run("verify --profile dpop -k revoked.pub");
    let message = run.stdin(&proof).refused(16);
    assert!(message.contains("the key is revoked"), "{message}");
    // Proofs without a key, with a private key, or with the shared secret that signed it are rejected.
    let bare = format!("sign -k es.jwk --typ dpop+jwt --jti {good}");
    let token = folder.run(&bare).accepted();
    for keys in ["", "-k es.pub"] {
        let verify = format!("verify --profile dpop {keys}");
        let message = folder.run(&verify).stdin(&token).refused(15);
        assert!(message.contains("jwk is missing"), "{message}");
    }
    for (key, flag) in [("es.jwk", "@es.jwk"), ("hs.jwk", "@hs.jwk")] {
        let sign = format!("sign -k {key} --typ dpop+jwt --jti {good} --header jwk:={flag}");
        let token = folder.run(&sign).accepted();
        let message = folder.run("verify --profile dpop").stdin(token).refused(15);
        assert!(message.contains("private key"), "{message}");
    }
}

#[test]
fn dpop_proof_is_bound_to_its_access_token() {
    let folder = folder();
    folder.write("access", "token-1");
    folder.write("another", "token-2");
    let good = "htm=POST htu=https://api.example/orders";
    let sign = format!("sign -k es.jwk --profile dpop {good}");
    let free = folder.run(&sign).accepted();
    let bound = folder.run(&format!("{sign} --ath-of access")).accepted();
    let verify = |token: &str, of: &str| {
        folder.run(&format!("verify --profile dpop --ath-of {of}")).stdin(token)
    };
    verify(&bound, "access").accepted();
    verify(&bound, "another").refused(14);
    verify(&free, "access").refused(14);
}

#[test]
fn github_app_token_is_signed_and_verified() {
    let folder = folder();
    let token = accepted_by(&folder, "github-app", "--iss 123");
    let claims = json(segment(&token, 1));
    let number = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!(number("exp") - number("iat"), 600);
    assert_eq!(json(segment(&token, 0))["alg"], "RS256");
    for (claims, word) in [
        ("--exp 5m", "iss"),
        ("--iss 123 --no-exp", "exp"),
        ("--iss 123 --no-iat --exp 5m", "iat"),
        ("--iss 123 --exp 12m", "exp"),
    ] {
        refused_by(&folder, "github-app", "", claims, word);
    }
    folder.run("sign -k es.jwk --profile github-app --iss 123").refused(3);
    folder.run("sign -k rs.jwk --alg PS256 --profile github-app --iss 123").refused(2);
    folder.run("verify -k rs.pub --alg PS256 --profile github-app").stdin(&token).refused(2);
    folder.run("convert -k rs.jwk --drop alg -o free.jwk").accepted();
    let token = folder.run("sign -k free.jwk --alg PS256 --iss 123 --exp 5m").accepted();
    let run = folder.run("verify -k free.jwk --profile github-app");
    run.stdin(token).refused(15);
}

/// A token with another typ is refused, regardless of its claims (RFC 8725 §3.11).
#[test]
fn token_type_of_another_profile_is_rejected() {
    let folder = folder();
    let claims = "--iss c --sub c --aud a client_id=c htm=GET htu=https://a/b --jti --exp 5m";
    for (profile, key, own) in [
        ("at", "es", &["at+jwt", "application/at+jwt"][..]),
        ("id", "es", &["JWT", ""]),
        (
            "client-assertion",
            "es",
            &["JWT", "", "client-authentication+jwt"],
        ),
        ("dpop", "es", &["dpop+jwt"]),
        ("github-app", "rs", &["JWT", ""]),
    ] {
        for typ in [
            "at+jwt",
            "application/at+jwt",
            "logout+jwt",
            "dpop+jwt",
            "secevent+jwt",
            "client-authentication+jwt",
            "JWT",
            "",
        ] {
            let header = match typ {
                "" => "--typ=".to_owned(),
                typ => format!("--typ {typ}"),
            };
            let payload = folder.run(&format!("sign -k {key}.jwk {claims}")).accepted();
            folder.write("claims.json", segment(&payload, 1));
            let sign = match typ {
                // A payload from --payload gets no typ.
                "" => format!("sign -k {key}.jwk --payload claims.json --embed-jwk"),
                _ => format!("sign -k {key}.jwk {claims} {header} --embed-jwk"),
            };
            let token = folder.run(&sign).accepted();
            let verify = format!("verify -k {key}.pub --profile {profile}");
            for lines in ["", " --lines"] {
                let done = folder.run(&format!("{verify}{lines}")).stdin(&token).done();
                let is_accepted = done.code == 0;
                assert_eq!(is_accepted, own.contains(&typ), "{profile} {typ}: {done:?}");
                if lines.is_empty() && !is_accepted {
                    assert_eq!(done.code, 15, "{profile} {typ}: {done:?}");
                }
            }
        }
    }
    // --typ replaces the typ of the profile.
    let token = folder.run(&format!("sign -k es.jwk {claims} --typ custom+jwt")).accepted();
    let verify = "verify -k es.pub --profile client-assertion --typ custom+jwt";
    folder.run(verify).stdin(token).accepted();
}

#[test]
fn azp_that_is_none_of_the_audiences_is_rejected() {
    let folder = folder();
    let sign = |claims: &str| {
        let sign = format!("sign -k es.jwk --iss i --sub s {claims}");
        folder.run(&sign).accepted()
    };
    let verify = |flags: &str, token: &str| {
        let verify = format!("verify -k es.pub {flags}");
        folder.run(&verify).stdin(token).done().code
    };
    let other = sign("--aud c azp=mobile");
    assert_eq!(verify("--profile id --aud c", &other), 14);
    assert_eq!(verify("--profile id --aud c --lines", &other), 1);
    assert_eq!(verify("--profile id --aud c --azp mobile", &other), 0);
    assert_eq!(verify("--profile id --aud c --azp else", &other), 14);
    assert_eq!(verify("--azp mobile", &other), 0);
    assert_eq!(verify("--azp c", &other), 14);
    // In an access token, azp can be any client.
    assert_eq!(verify("--aud c", &other), 0);
    let own = sign("--aud c --aud d azp=c");
    assert_eq!(verify("--profile id --aud c", &own), 0);
    assert_eq!(verify("--profile id --aud d", &own), 14);
    assert_eq!(verify("--azp c", &sign("--aud c")), 14);
    assert_eq!(verify("--profile id --aud c", &sign("--aud c azp:=1")), 14);
}

/// The key, its alg and its use determine the result, not the header of the proof (RFC 9449 §4.3, RFC 8725 §3.1).
#[test]
fn dpop_proof_is_verified_with_the_known_key_and_its_algorithm() {
    let folder = folder();
    let proof = folder.run("sign -k rs.jwk --profile dpop htm=GET htu=https://a/b").accepted();
    assert_eq!(json(segment(&proof, 0))["alg"], "RS256");
    folder.run("convert -k rs.pub --drop alg -o free.pub").accepted();
    let jwk = json(folder.text("rs.pub"));
    for (name, member, value, code) in [
        ("rs256", "alg", "RS256", 0),
        ("ps256", "alg", "PS256", 15),
        ("oaep", "alg", "RSA-OAEP", 3),
        ("enc", "use", "enc", 16),
    ] {
        let mut jwk = jwk.clone();
        jwk[member] = value.into();
        if name == "oaep" {
            jwk.as_object_mut().unwrap().remove("use");
        }
        folder.write(name, jwk.to_string());
        for lines in ["", " --lines"] {
            let verify = format!("verify --profile dpop -k {name}{lines}");
            let done = folder.run(&verify).stdin(&proof).done();
            let wanted = if code > 0 && !lines.is_empty() {
                1
            } else {
                code
            };
            assert_eq!(done.code, wanted, "{name}: {done:?}");
        }
    }
    // For a key that supports several algorithms, --alg selects one.
    let run = folder.run("verify --profile dpop -k free.pub --alg RS256");
    run.stdin(&proof).accepted();
    let run = folder.run("verify --profile dpop -k free.pub --alg PS256");
    run.stdin(&proof).refused(15);
}

#[test]
fn dpop_proof_in_a_json_serialization_is_rejected() {
    let folder = folder();
    folder.keygen("ES256", "other.jwk");
    let claims = "htm=GET htu=https://a/b --jti --typ dpop+jwt --embed-jwk";
    for sign in [
        format!("sign -k es.jwk --format flattened {claims}"),
        format!("sign -k es.jwk --format general {claims}"),
        // The jwk of one signature with the signature of another key.
        format!("sign -k es.jwk -k other.jwk {claims}"),
    ] {
        let proof = folder.run(&sign).accepted();
        for keys in ["", "-k es.pub"] {
            let run = folder.run(&format!("verify --profile dpop {keys}"));
            let message = run.stdin(&proof).refused(15);
            assert!(message.contains("compact"), "{message}");
        }
    }
}

/// A key that was revoked under one kid is not accepted under another.
#[test]
fn revoked_entry_overrides_an_active_entry_of_the_same_key() {
    let folder = folder();
    let mut live = json(folder.text("es.pub"));
    let mut revoked = live.clone();
    revoked["kid"] = "old".into();
    revoked["revoked"] = serde_json::json!({"revoked_at": 1});
    let token = folder.run("sign -k es.jwk sub=a").accepted();
    let proof = folder.run("sign -k es.jwk --profile dpop htm=GET htu=https://a/b").accepted();
    for keys in [[&live, &revoked], [&revoked, &live]] {
        folder.write("set", serde_json::json!({"keys": keys}).to_string());
        for (flags, token) in [("", &token), ("--profile dpop", &proof)] {
            let run = folder.run(&format!("verify -k set {flags}"));
            let message = run.stdin(token).refused(16);
            assert!(message.contains("revoked"), "{message}");
        }
    }
    // This also holds if only the valid entry is selected, or the two entries are in different files.
    folder.write("old", revoked.to_string());
    for flags in [
        "-k set --kid es.jwk",
        "-k es.pub -k old",
        "-k es.pub -k old --kid es.jwk",
    ] {
        let flags = flags.replace("es.jwk", live["kid"].as_str().unwrap());
        for (profile, token) in [("", &token), ("--profile dpop", &proof)] {
            let run = folder.run(&format!("verify {flags} {profile}"));
            let message = run.stdin(token).refused(16);
            assert!(message.contains("revoked"), "{flags}: {message}");
            let run = folder.run(&format!("verify {flags} {profile} --lines"));
            assert_eq!(run.stdin(token).done().code, 1, "{flags}");
        }
    }
    // A member `revoked` that is null or false has no effect.
    for value in [serde_json::Value::Null, false.into()] {
        live["revoked"] = value;
        folder.write("live.pub", live.to_string());
        folder.run("verify -k live.pub").stdin(&token).accepted();
    }
}

/// A key that was revoked under one kid does not sign, encrypt or decrypt under another.
#[test]
fn key_that_is_revoked_under_another_kid_is_not_used() {
    let folder = folder();
    folder.run("keygen ECDH-ES -o ec.jwk").accepted();
    let encrypted = folder.run("encrypt -k ec.jwk").stdin("secret text").accepted();
    for (key, command, input, code) in [
        ("es", "sign --kid KID sub=a", "", 3),
        ("es", "sign sub=a", "", 16),
        ("ec", "encrypt --kid KID", "text", 3),
        ("ec", "encrypt", "text", 16),
        ("ec", "decrypt --kid KID", &*encrypted, 16),
        ("ec", "decrypt", &encrypted, 16),
    ] {
        let live = json(folder.text(&format!("{key}.jwk")));
        let mut revoked = live.clone();
        revoked["kid"] = "old".into();
        revoked["revoked"] = serde_json::json!({"revoked_at": 1});
        let kid = live["kid"].as_str().unwrap();
        let command = command.replace("KID", kid);
        let (name, rest) = command.split_once(' ').unwrap_or((&command, ""));
        for (keys, code) in [(vec![&live], 0), (vec![&live, &revoked], code)] {
            folder.write("set", serde_json::json!({"keys": keys}).to_string());
            let done = folder.run(&format!("{name} -k set {rest}")).stdin(input).done();
            assert_eq!(done.code, code, "{command}: {done:?}");
        }
    }
}

/// The entry of a revoked shared secret has only its kid. No other secret may have that kid.
#[test]
fn secret_with_the_kid_of_a_revoked_secret_is_rejected() {
    let folder = Folder::new();
    let secret = json(folder.run("keygen HS256 --kid a").accepted());
    let token = {
        folder.write("a.jwk", secret.to_string());
        folder.run("sign -k a.jwk sub=a").accepted()
    };
    for (kid, code) in [("a", 3), ("b", 0)] {
        let revoked = serde_json::json!({"kty": "oct", "kid": kid, "revoked": {"revoked_at": 1}});
        for keys in [[&secret, &revoked], [&revoked, &secret]] {
            folder.write("set", serde_json::json!({"keys": keys}).to_string());
            let done = folder.run("verify -k set").stdin(&token).done();
            assert_eq!(done.code, code, "{kid}: {done:?}");
        }
    }
}

/// OpenID Connect Core section 3.1.3.6: the hash function is that of the signature algorithm.
#[test]
fn at_hash_and_c_hash_of_another_token_or_code_are_rejected() {
    let folder = folder();
    folder.keygen("EdDSA --public-out ed.pub", "ed.jwk");
    folder.write("token", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y\n");
    folder.write(
        "code",
        "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk",
    );
    folder.write("empty", "\n");
    let hashes = "--access-token token --code code";
    for key in ["rs", "es", "ed"] {
        let sign = format!("sign -k {key}.jwk --profile id --iss i --sub s --aud a {hashes}");
        let token = folder.run(&sign).accepted();
        if key != "ed" {
            let claims = json(segment(&token, 1));
            assert_eq!(claims["at_hash"], "77QmUPtjPfzWtF2AnpK9RQ");
            assert_eq!(claims["c_hash"], "LDktKdoQak3Pk0cnXxCltA");
        }
        for (flags, code) in [
            (hashes, 0),
            ("--access-token code", 14),
            ("--code token", 14),
            ("--code empty", 3),
        ] {
            let run = folder.run(&format!("verify -k {key}.pub --profile id {flags}"));
            assert_eq!(run.stdin(&token).done().code, code, "{key} {flags}");
        }
    }
    // A token without the hash is rejected.
    let token = folder.run("sign -k es.jwk sub=a").accepted();
    let run = folder.run("verify -k es.pub --access-token token");
    assert!(run.stdin(token).refused(14).contains("at_hash"));
    folder.run("sign -k es.jwk --code empty sub=a").refused(3);
}

/// RFC 9449 section 6.1.
#[test]
fn dpop_proof_of_another_key_than_the_access_token_names_is_rejected() {
    let folder = folder();
    folder.keygen("ES256", "other.jwk");
    let access = "sign -k rs.jwk sub=a";
    let sign = |flags: &str, name: &str| {
        let token = folder.run(&format!("{access} {flags}")).accepted();
        folder.write(name, token);
    };
    sign("--dpop-key es.pub", "bound");
    sign("", "unbound");
    sign("cnf:={\"jkt\":1}", "odd");
    folder.write("opaque", "2YotnFZFEjr1zCsicMWpAA");
    let proof = |key: &str, access: &str| {
        let sign =
            format!("sign -k {key}.jwk --profile dpop htm=GET htu=https://a/b --ath-of {access}");
        let proof = folder.run(&sign).accepted();
        let verify = format!("verify --profile dpop --ath-of {access}");
        folder.run(&verify).stdin(proof).done()
    };
    assert_eq!(proof("es", "bound").code, 0);
    let refused = proof("other", "bound");
    assert_eq!(refused.code, 14, "{refused:?}");
    assert!(refused.stderr.contains("cnf.jkt") && refused.stdout.is_empty());
    // A pipe can be read once only.
    let script = "jotsmith sign -q -k other.jwk --profile dpop htm=GET htu=https://a/b --ath-of bound | \
        jotsmith verify --profile dpop --ath-of <(cat bound)";
    let message = folder.shell(script).refused(14);
    assert!(message.contains("cnf.jkt"), "{message}");
    assert_eq!(proof("other", "opaque").code, 0);
    assert_eq!(proof("es", "odd").code, 14);
    let warned = proof("es", "unbound");
    assert!(
        warned.code == 0 && warned.stderr.contains("not bound"),
        "{warned:?}"
    );
    folder.run("sign -k rs.jwk --dpop-key hs.jwk sub=a").refused(2);
}

/// RFC 8705 section 3.1, RFC 7515 section 4.1.8.
#[test]
fn token_bound_to_another_certificate_is_rejected() {
    let folder = folder();
    for name in ["client", "other"] {
        let script = format!(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.pem -out {name}.crt -days 2 -subj /CN={name} 2>/dev/null"
        );
        folder.shell(&script).done();
    }
    let token = folder.run("sign -k es.jwk --client-cert client.crt sub=a").accepted();
    let plain = folder.run("sign -k es.jwk sub=a").accepted();
    let verify = |cert: &str, token: &str| {
        let run = folder.run(&format!("verify -k es.pub --client-cert {cert}"));
        run.stdin(token).done().code
    };
    assert_eq!(verify("client.crt", &token), 0);
    assert_eq!(verify("other.crt", &token), 14);
    assert_eq!(verify("client.crt", &plain), 14);
    // Bound to both a DPoP key and a certificate.
    let both = "sign -k rs.jwk --client-cert client.crt --dpop-key es.pub sub=a";
    let cnf = json(segment(&folder.run(both).accepted(), 1))["cnf"].clone();
    assert_eq!(cnf.as_object().unwrap().len(), 2);
    // A fingerprint in the header must be that of the certificate in the header.
    let sign = "sign -k client.pem --alg ES256 --x5c client.crt sub=a --header";
    for name in ["x5t", "x5t#S256"] {
        let token = folder.run(&format!("{sign} {name}=AAAA")).accepted();
        let message = folder.run("verify -k client.crt").stdin(token).refused(15);
        assert!(message.contains(name), "{message}");
    }
    folder
        .run("sign -k client.pem --alg ES256 --x5c client.crt --x5t client.crt sub=a")
        .accepted();
}

#[test]
fn proof_of_another_key_or_client_than_the_attestation_names_is_rejected() {
    let folder = folder();
    folder.keygen("ES256 --public-out wallet.pub", "wallet.jwk");
    let attest = "sign -k es.jwk --profile client-attestation --sub wallet --holder wallet.pub";
    folder.write("attestation", folder.run(attest).accepted());
    folder.write(
        "expired",
        folder.run(&format!("--at -2h {attest}")).accepted(),
    );
    let proof = |key: &str, claims: &str| {
        let sign =
            format!("sign -k {key}.jwk --profile client-attestation-pop --aud https://as {claims}");
        folder.run(&sign).accepted()
    };
    let verify = |keys: &str, attestation: &str, proof: &str| {
        let flags = format!(
            "--profile client-attestation-pop --aud https://as --attestation {attestation}"
        );
        folder.run(&format!("verify -k {keys} {flags}")).stdin(proof).done().code
    };
    let good = proof("wallet", "");
    assert_eq!(verify("es.pub", "attestation", &good), 0);
    assert_eq!(
        verify("es.pub", "attestation", &proof("wallet", "--iss wallet")),
        0
    );
    assert_eq!(
        verify("es.pub", "attestation", &proof("wallet", "--iss other")),
        14
    );
    assert_eq!(verify("es.pub", "expired", &good), 12);
    assert_ne!(verify("rs.pub", "attestation", &good), 0);
    let other = proof("es", "");
    assert!([11, 15, 16].contains(&verify("es.pub", "attestation", &other)));
    let hs = folder.run("sign -k hs.jwk --profile client-attestation-pop --aud a");
    hs.refused(2);
}

/// The keys of a SPIFFE bundle verify only SVIDs.
#[test]
fn key_of_a_spiffe_bundle_is_rejected_without_the_profile() {
    let folder = folder();
    let mut entry = json(folder.text("es.pub"));
    entry["use"] = "jwt-svid".into();
    entry.as_object_mut().unwrap().remove("alg");
    let bundle =
        serde_json::json!({"keys": [entry], "spiffe_sequence": 1, "spiffe_refresh_hint": 60});
    folder.write("bundle", bundle.to_string());
    let svid = "sign -k es.jwk --profile jwt-svid --sub spiffe://example.org/web --aud api";
    let svid = folder.run(svid).accepted();
    let verify = "verify -k bundle --aud api";
    folder.run(&format!("{verify} --profile jwt-svid")).stdin(&svid).accepted();
    let message = folder.run(verify).stdin(&svid).refused(16);
    assert!(message.contains("jwt-svid"), "{message}");
    let json_form = "sign -k es.jwk --format flattened --sub spiffe://example.org/web --aud api";
    let token = folder.run(json_form).accepted();
    folder.run(&format!("{verify} --profile jwt-svid")).stdin(token).refused(15);
    folder
        .run(&format!("{verify} --profile jwt-svid --format general"))
        .stdin(&svid)
        .refused(2);
}

/// RFC 7519 section 1: a JWT is compact.
#[test]
fn json_serialization_of_a_jwt_is_rejected_unless_allowed() {
    let folder = folder();
    for format in ["flattened", "general"] {
        let token = folder.run(&format!("sign -k es.jwk --format {format} sub=a")).accepted();
        let verify = |flags: &str| folder.run(&format!("verify -k es.pub {flags}")).stdin(&token);
        let message = verify("").refused(15);
        assert!(message.contains(format), "{message}");
        verify(&format!("--format {format}")).accepted();
        verify("--raw").accepted();
        assert_eq!(verify("--lines").done().code, 1);
    }
}

#[test]
fn published_ed25519_key_notes_the_eddsa_name_for_gateways() {
    let folder = Folder::new();
    for (command, is_noted) in [
        ("keygen Ed25519 --public-out a.pub -o a.jwk", true),
        ("keygen Ed25519 -o b.jwk", false),
        ("keygen EdDSA --public-out c.pub -o c.jwk", false),
        ("rotate a.jwks --alg Ed25519 --publish a.json", true),
        ("rotate b.jwks --alg Ed25519", false),
        ("rotate c.jwks --alg EdDSA --publish c.json", false),
    ] {
        let done = folder.run(command).done();
        assert_eq!(done.code, 0, "{command}: {done:?}");
        assert_eq!(
            done.stderr.contains("only under the name EdDSA"),
            is_noted,
            "{command}: {done:?}"
        );
    }
}
