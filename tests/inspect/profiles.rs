//! One valid and one invalid token of each profile, in the format of real programs. A valid one has no finding above info,
//! an invalid one exactly the expected finding.
//!
//! [`sample`] has an arm for each profile, and the test uses the complete table: a profile without a sample does not compile.

use jotsmith::crypto::base64url;
use jotsmith::inspection::findings::Severity;
use jotsmith::inspection::findings::profile_verdict::{Basis, judge_profile};
use jotsmith::inspection::findings::token_findings::check_as;
use jotsmith::inspection::parse::Token;
use jotsmith::profile::{PROFILES, Profile};
use serde_json::{Value, json};

use super::rules::NOW;

/// A valid token of a profile, and members of the header and the claims that make it invalid. Null removes a member.
struct Sample {
    header: Value,
    claims: Value,
    broken: [Value; 2],
    /// The basis on which its profile is detected; `None` if the token could have another profile.
    seems: Option<Basis>,
}

/// The ES256 public key of RFC 9449 section 4.1.
pub fn proof_key() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    })
}

fn sample(profile: Profile) -> Sample {
    let by_typ = Some(Basis::Typ);
    let by_claims = Some(Basis::Claims);
    let (header, claims, broken_header, broken_claims, seems) = match profile {
        Profile::At => (
            json!({"alg": "RS256", "typ": "at+jwt", "kid": "pQ2uNFfLDkjI2jlBqTzNv"}),
            json!({
                "iss": "https://tenant.eu.auth0.com/", "sub": "auth0|5f7c8ec7c33c6c004bbafe82", "aud": "https://api.example/",
                "iat": NOW - 60, "exp": NOW + 840, "scope": "read:orders", "jti": "sQ3LFcb6bmMt6vLRTb8Nyy", "client_id": "s6BhdRkqt3",
            }),
            json!({}),
            json!({"client_id": null}),
            by_typ,
        ),
        Profile::Id => (
            json!({"alg": "RS256", "typ": "JWT", "kid": "f833e8a7fe3fe4b878948219a1684afa373ca86f"}),
            json!({
                "iss": "https://accounts.google.com", "azp": "1234987819200.apps.googleusercontent.com",
                "aud": "1234987819200.apps.googleusercontent.com", "sub": "10769150350006150715113082367",
                "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "email": "jsmith@example.com", "email_verified": true, "iat": NOW - 60,
                "exp": NOW + 3540, "nonce": "0394852-3190485-2490358",
            }),
            json!({}),
            json!({"sub": null}),
            by_claims,
        ),
        Profile::Logout => (
            json!({"alg": "RS256", "typ": "logout+jwt", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"}),
            json!({
                "iat": NOW - 1, "exp": NOW + 119, "jti": "6d7c4f2c-1f8c-4b0d-9a35-c1dbd04a1a0e", "iss": "https://sso.example/realms/master",
                "aud": "frontend", "sub": "2f0a5f9e-8f3b-4c39-8f0a-1b1c1d1e1f10", "typ": "Logout", "sid": "4bd7c4d2-41ec-4f53",
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            }),
            json!({}),
            json!({"nonce": "n-0S6_WzA2Mj"}),
            by_typ,
        ),
        Profile::ClientAssertion => (
            json!({"alg": "PS256", "typ": "client-authentication+jwt", "kid": "16"}),
            json!({
                "iss": "s6BhdRkqt3", "sub": "s6BhdRkqt3", "aud": "https://as.example", "jti": "jti-Pq3Hsb7Y", "iat": NOW,
                "exp": NOW + 60,
            }),
            json!({}),
            json!({"aud": ["https://as.example", "https://as.example/token"]}),
            by_typ,
        ),
        Profile::JwtBearer => (
            json!({"alg": "ES256", "typ": "JWT", "kid": "16"}),
            json!({
                "iss": "https://jwt-idp.example", "sub": "mailto:mike@example.com", "aud": "https://authz.example/token",
                "nbf": NOW - 5, "exp": NOW + 295, "iat": NOW - 5,
            }),
            json!({}),
            json!({"sub": null}),
            by_claims,
        ),
        Profile::Dpop => (
            json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": proof_key()}),
            json!({
                "jti": "e1j3V_bKic8-LAEB", "htm": "GET", "htu": "https://resource.example/protectedresource", "iat": NOW - 5,
                "ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
            }),
            json!({}),
            json!({"htu": "https://resource.example/protectedresource?page=2"}),
            by_typ,
        ),
        Profile::Jar => (
            json!({"alg": "PS256", "typ": "oauth-authz-req+jwt", "kid": "k2bdc"}),
            json!({
                "iss": "s6BhdRkqt3", "aud": "https://server.example", "response_type": "code", "client_id": "s6BhdRkqt3",
                "redirect_uri": "https://client.example/cb", "scope": "openid", "state": "af0ifjsldkj", "nonce": "n-0S6_WzA2Mj",
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256", "nbf": NOW - 5,
                "iat": NOW - 5, "exp": NOW + 295,
            }),
            json!({}),
            json!({"request_uri": "https://client.example/request/1"}),
            by_typ,
        ),
        Profile::Jarm => (
            json!({"alg": "PS256", "typ": "JWT", "kid": "laeb"}),
            json!({
                "iss": "https://accounts.example", "aud": "s6BhdRkqt3", "exp": NOW + 600, "code": "PyyFaux2o7Q0YfXBU32jhw.5FXSQpvr8akv9CeRDSd0QA",
                "state": "S8NJ7uqk5fY4EjNvP_G_FtyJu6pUsvH9jsYni9dMAJw",
            }),
            json!({}),
            json!({"code": ["PyyFaux2o7Q0YfXBU32jhw"]}),
            by_claims,
        ),
        Profile::Introspection => (
            json!({"typ": "token-introspection+jwt", "alg": "RS256", "kid": "wG6D"}),
            json!({
                "iss": "https://as.example/", "aud": "https://rs.example/resource", "iat": NOW - 1,
                "token_introspection": {
                    "active": true, "iss": "https://as.example/", "aud": "https://rs.example/resource", "iat": NOW - 900,
                    "exp": NOW + 900, "client_id": "paiB2goo0a", "scope": "read write dolphin", "sub": "Z5O3upPC88QrAjx00dis",
                },
            }),
            json!({}),
            json!({"token_introspection": {"active": "true"}}),
            by_typ,
        ),
        Profile::Set => (
            json!({"typ": "secevent+jwt", "alg": "HS256", "kid": "rp-1"}),
            json!({
                "jti": "4d3559ec67504aaba65d40b0363faad8", "iat": NOW - 5, "iss": "https://scim.example",
                "aud": ["https://scim.example/Feeds/98d52461fa5bbc879593b7754", "https://scim.example/Feeds/5d7604516b1d08641d7676ee7"],
                "events": {
                    "urn:ietf:params:scim:event:create": {
                        "ref": "https://scim.example/Groups/44f6142df96bd6ab61e7521d9", "attributes": ["id", "name", "userName"],
                    },
                },
            }),
            json!({}),
            json!({"events": {"urn:ietf:params:scim:event:create": ["id"]}}),
            by_typ,
        ),
        Profile::Ssf => (
            json!({"typ": "secevent+jwt", "alg": "ES256", "kid": "123456789"}),
            json!({
                "iss": "https://idp.example/123456789/", "jti": "24c63fb56e5a2d77a6b512616ca9fa24", "iat": NOW - 5,
                "aud": "https://sp.example/caep", "txn": "8675309",
                "sub_id": {"format": "opaque", "id": "dMTlD|1600802906337.16|16008.16"},
                "events": {"https://schemas.openid.net/secevent/caep/event-type/session-revoked": {"event_timestamp": NOW - 6}},
            }),
            json!({}),
            json!({"sub": "user@example.com"}),
            by_typ,
        ),
        Profile::ClientAttestation => (
            json!({"typ": "oauth-client-attestation+jwt", "alg": "ES256", "kid": "11"}),
            json!({
                "iss": "https://attester.example", "sub": "https://client.example", "iat": NOW - 60, "exp": NOW + 3540,
                "cnf": {"jwk": proof_key()},
            }),
            json!({}),
            json!({"cnf": {"kid": "11"}}),
            by_typ,
        ),
        Profile::ClientAttestationPop => (
            json!({"typ": "oauth-client-attestation-pop+jwt", "alg": "ES256", "kid": "12"}),
            json!({
                "iss": "https://client.example", "aud": "https://as.example", "jti": "d25d00ab-552b-46fc-ae19-98f440f25064",
                "iat": NOW - 1, "challenge": "5c1a9e10-29ff-4c2b-ae73-57c0957c09c4",
            }),
            json!({}),
            json!({"aud": ["https://as.example", "https://rs.example"]}),
            by_typ,
        ),
        Profile::SdJwtVc => (
            json!({"alg": "ES256", "typ": "dc+sd-jwt", "kid": "doc-signer-05-25-2022"}),
            json!({
                "iss": "https://example.com/issuer", "iat": NOW - 60, "exp": NOW + 80_000, "vct": "https://credentials.example/identity_credential",
                "_sd": [digest()], "_sd_alg": "sha-256", "cnf": {"jwk": proof_key()},
            }),
            json!({}),
            json!({"vct": null}),
            by_typ,
        ),
        Profile::StatusList => (
            json!({"alg": "ES256", "typ": "statuslist+jwt", "kid": "12"}),
            json!({
                "sub": "https://example.com/statuslists/1", "iat": NOW - 60, "exp": NOW + 80_000, "ttl": 43_200,
                "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"},
            }),
            json!({}),
            json!({"ttl": 0}),
            by_typ,
        ),
        Profile::VciProof => (
            json!({"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": proof_key()}),
            json!({
                "iss": "s6BhdRkqt3", "aud": "https://credential-issuer.example", "iat": NOW - 5, "nonce": "LarRGSbmUPYtRYO6BQ4yn8",
            }),
            json!({"kid": "did:example:ebfeb1f712ebc6f1c276e12ec21#key-1"}),
            json!({}),
            by_typ,
        ),
        // SPIRE sets no typ unless it is configured to.
        Profile::JwtSvid => (
            json!({"alg": "ES256", "kid": "8Y3H2G7b5ImbbZqzdWrTMXMwPyVXLHvB"}),
            json!({
                "aud": ["spiffe://example.org/api"], "exp": NOW + 290, "iat": NOW - 10, "sub": "spiffe://example.org/ns/shop/sa/web",
            }),
            json!({}),
            json!({"sub": "spiffe://Example.org/ns/shop/sa/web"}),
            by_claims,
        ),
        // kube-apiserver sets no typ.
        Profile::K8sSa => (
            json!({"alg": "RS256", "kid": "qf8R5v2sWJj8W0OQ0nDmQzPvl4zC1mQxgkG9C7u7b2o"}),
            json!({
                "aud": ["https://kubernetes.default.svc.cluster.local"], "exp": NOW + 3547, "iat": NOW - 60, "nbf": NOW - 60,
                "iss": "https://kubernetes.default.svc.cluster.local", "jti": "a2b1c0d9-7b6e-4f11-8a62-0c8c3a2e4f55",
                "kubernetes.io": {
                    "namespace": "default", "node": {"name": "n1", "uid": "1"}, "pod": {"name": "web-0", "uid": "2"},
                    "serviceaccount": {"name": "web", "uid": "3"}, "warnafter": NOW + 3547,
                },
                "sub": "system:serviceaccount:default:web",
            }),
            json!({}),
            json!({"sub": "system:serviceaccount:default:admin"}),
            by_claims,
        ),
        // Octokit writes no kid: GitHub tries the keys of the app.
        Profile::GithubApp => (
            json!({"alg": "RS256", "typ": "JWT"}),
            json!({"iat": NOW - 90, "exp": NOW + 510, "iss": "Iv23liP4dPnXbV7mKzQq"}),
            json!({}),
            json!({"exp": NOW + 3600}),
            by_claims,
        ),
        Profile::Google => (
            json!({"alg": "RS256", "typ": "JWT", "kid": "1d1c9d1a0f7b1fdc3f5b0a2d5c1f5b6d3a8e9f01"}),
            json!({
                "iss": "ci@project.iam.gserviceaccount.com", "sub": "ci@project.iam.gserviceaccount.com",
                "aud": "https://oauth2.googleapis.com/token", "scope": "https://www.googleapis.com/auth/cloud-platform",
                "iat": NOW, "exp": NOW + 3600,
            }),
            json!({}),
            json!({"exp": NOW + 3601}),
            by_claims,
        ),
        // The connectors of Snowflake write no kid: iss has the fingerprint of the key.
        Profile::Snowflake => (
            json!({"alg": "RS256", "typ": "JWT"}),
            json!({
                "iss": "MYORG-ACCOUNT.ALICE.SHA256:Vj2gAVnPVpm2OVtfWKMe5eJDx1dgkSfgKkUjyE0qPy4=", "sub": "MYORG-ACCOUNT.ALICE",
                "iat": NOW, "exp": NOW + 3540,
            }),
            json!({}),
            json!({"exp": NOW + 7200}),
            by_claims,
        ),
        Profile::Apple => (
            json!({"alg": "ES256", "kid": "2X9R4HXF34", "typ": "JWT"}),
            json!({
                "iss": "57246542-96fe-1a63-e053-0824d011072a", "iat": NOW, "exp": NOW + 1200, "aud": "appstoreconnect-v1",
                "scope": ["GET /v1/apps?filter[platform]=IOS"],
            }),
            json!({}),
            json!({"exp": NOW + 1201}),
            by_claims,
        ),
    };
    Sample {
        header,
        claims,
        broken: [broken_header, broken_claims],
        seems,
    }
}

/// Returns a disclosure of an SD-JWT.
fn disclosure() -> String {
    base64url::encode(r#"["2GLC42sKQveCfGfryNRN9w","given_name","Erika"]"#)
}

fn digest() -> String {
    base64url::encode(openssl::sha::sha256(disclosure().as_bytes()))
}

fn token(profile: Profile, header: &Value, claims: &Value) -> String {
    let len = match header["alg"].as_str() {
        Some("ES256") => 64,
        Some("HS256") => 32,
        _ => 256,
    };
    let parts = [header, claims].map(|json| json.to_string().into_bytes());
    let [header, claims] = parts.map(base64url::encode);
    let text = format!("{header}.{claims}.{}", base64url::encode(vec![0x5a; len]));
    match profile {
        Profile::SdJwtVc => format!("{text}~{}~", disclosure()),
        _ => text,
    }
}

fn changed(object: &Value, changes: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().shift_remove(name)),
            value => object[name] = value.clone(),
        }
    }
    object
}

/// Returns the ids of the findings above info.
fn found(token: &Token, asked: Option<Profile>) -> Vec<&'static str> {
    let findings = check_as(token, asked, NOW).into_iter();
    let grave = findings.filter(|finding| finding.severity > Severity::Info);
    grave.map(|finding| finding.rule.id).collect()
}

/// A claim that must be visible is one finding, and the profile is not met.
#[test]
fn credential_with_a_disclosed_mandatory_claim_fails_its_profile() {
    let own = sample(Profile::SdJwtVc);
    let vct =
        base64url::encode(r#"["2GLC42sKQveCfGfryNRN9w","vct","https://credentials.example/a"]"#);
    let digest = base64url::encode(openssl::sha::sha256(vct.as_bytes()));
    let claims = changed(&own.claims, &json!({"vct": null, "_sd": [digest]}));
    let text = token(Profile::SdJwtVc, &own.header, &claims);
    let (issued, _) = text.split_once('~').unwrap();
    let token = Token::parse_tolerant(&format!("{issued}~{vct}~"));
    assert_eq!(found(&token, None), ["sd-must-be-visible"]);
    let failures = judge_profile(&token, None).unwrap().failures.unwrap();
    let names: Vec<&str> = failures.iter().map(|failure| &*failure.name).collect();
    assert_eq!(names, ["vct"]);
}

#[test]
fn valid_and_invalid_token_of_each_profile_have_the_expected_findings() {
    for row in PROFILES {
        let (profile, name) = (row.profile, row.name);
        let own = sample(profile);
        let valid = Token::parse_tolerant(&token(profile, &own.header, &own.claims));
        for asked in [None, Some(profile)] {
            assert_eq!(found(&valid, asked), [""; 0], "{name}, asked {asked:?}");
        }
        let [header, claims] = [(&own.header, &own.broken[0]), (&own.claims, &own.broken[1])]
            .map(|(valid, changes)| changed(valid, changes));
        let broken = Token::parse_tolerant(&token(profile, &header, &claims));
        assert_eq!(found(&broken, Some(profile)), ["profile-not-met"], "{name}");
        let by_typ: &[&str] = match own.seems {
            Some(Basis::Typ) => &["typ-claims-mismatch"],
            // A profile that only the claims suggest is reported, but causes no findings.
            _ => &[],
        };
        assert_eq!(found(&broken, None), by_typ, "{name}");

        let judged = |token: &Token| {
            let verdict = judge_profile(token, None).unwrap();
            let is_met = verdict.failures.unwrap().is_empty();
            (verdict.profile, Some(verdict.basis), is_met)
        };
        assert_eq!(judged(&valid), (profile, own.seems, true), "{name}");
        assert_eq!(judged(&broken), (profile, own.seems, false), "{name}");
    }
}
