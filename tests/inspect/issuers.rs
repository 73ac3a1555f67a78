//! Tokens in the exact format of large issuers. The only findings above info are correct ones, which are listed here.

use std::collections::BTreeSet;

use jotsmith::crypto::base64url;
use jotsmith::inspection::findings::Severity;
use jotsmith::inspection::findings::token_findings::check_token;
use jotsmith::inspection::parse::Token;
use serde_json::{Value, json};

use super::rules::NOW;

/// Returns the findings above info.
fn found(header: Value, claims: Value) -> BTreeSet<&'static str> {
    let len = if header["alg"] == "ES256" { 64 } else { 256 };
    let parts = [
        header.to_string().as_bytes(),
        claims.to_string().as_bytes(),
        &vec![0x5a; len],
    ]
    .map(base64url::encode);
    let findings = check_token(&Token::parse_tolerant(&parts.join(".")), NOW).into_iter();
    let grave = findings.filter(|finding| finding.severity > Severity::Info);
    grave.map(|finding| finding.rule.id).collect()
}

#[track_caller]
fn is_found(header: Value, claims: Value, expected: &[&'static str]) {
    assert_eq!(found(header, claims), expected.iter().copied().collect());
}

#[test]
fn auth0_tokens_have_the_expected_findings() {
    is_found(
        json!({"alg": "RS256", "typ": "JWT", "kid": "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg"}),
        json!({
            "iss": "https://tenant.eu.auth0.com/", "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
            "aud": ["https://api.example/", "https://tenant.eu.auth0.com/userinfo"], "iat": NOW - 60, "exp": NOW + 86340,
            "azp": "my_client_id", "scope": "openid profile read:stuff", "permissions": ["read:stuff"],
        }),
        &[],
    );
    is_found(
        json!({"alg": "RS256", "typ": "JWT", "kid": "pQ2uNFfLDkjI2jlBqTzNv"}),
        json!({
            "nickname": "alice", "name": "alice@example.com", "picture": "https://s.gravatar.com/avatar/00?d=https%3A%2F%2Fcdn",
            "updated_at": "2029-12-31T23:00:00.000Z", "email": "alice@example.com", "email_verified": true,
            "iss": "https://tenant.eu.auth0.com/", "aud": "my_client_id", "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
            "iat": NOW - 60, "exp": NOW + 35940, "sid": "kMwYtVq4Vl1Nw6gB", "nonce": "0S6_WzA2Mj",
        }),
        &[],
    );
}

#[test]
fn auth0_rfc_9068_access_token_has_a_lifetime_of_a_day() {
    is_found(
        json!({"alg": "RS256", "typ": "at+jwt", "kid": "pQ2uNFfLDkjI2jlBqTzNv"}),
        json!({
            "iss": "https://tenant.eu.auth0.com/", "sub": "auth0|5f7c8e", "aud": "https://api.example/", "iat": NOW - 60,
            "exp": NOW + 86340, "scope": "read:stuff", "jti": "sQ3LFcb6bmMt6vLRTb8Nyy", "client_id": "my_client_id",
        }),
        &["lifetime-long"],
    );
}

#[test]
fn okta_token_has_no_typ() {
    is_found(
        json!({"kid": "mQ0v8ZJwW3yDh1bEJ5eN3m3rE0VwK8m9rW7dGf2lQ4s", "alg": "RS256"}),
        json!({
            "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": "https://dev-1.okta.com/oauth2/default",
            "aud": "api://default", "iat": NOW - 60, "exp": NOW + 3540, "cid": "0oaayrcvgZXXXXXXXXXX", "uid": "00uid4BxXw6I6TV4m0g3",
            "scp": ["openid", "profile"], "auth_time": NOW - 70, "sub": "alice@example.com",
        }),
        &["typ-missing"],
    );
    is_found(
        json!({"kid": "mQ0v8ZJwW3yDh1bEJ5eN3m3rE0VwK8m9rW7dGf2lQ4s", "alg": "RS256"}),
        json!({
            "sub": "00uid4BxXw6I6TV4m0g3", "name": "Alice", "ver": 1, "iss": "https://dev-1.okta.com", "aud": "uAaunofWkaDJxukCFeBx",
            "iat": NOW - 60, "exp": NOW + 3540, "amr": ["pwd"], "jti": "ID.4eAWJOCMB3SX8XewDfVR", "auth_time": NOW - 70,
            "at_hash": "cpqKfdQA5eH891Ff5oJr_Q", "nonce": "n-0S6", "idp": "00o1",
        }),
        &["typ-missing"],
    );
}

#[test]
fn google_token_has_the_expected_findings() {
    is_found(
        json!({"alg": "RS256", "kid": "f833e8a7fe3fe4b878948219a1684afa373ca86f", "typ": "JWT"}),
        json!({
            "iss": "https://accounts.google.com", "azp": "1234987819200.apps.googleusercontent.com",
            "aud": "1234987819200.apps.googleusercontent.com", "sub": "10769150350006150715113082367",
            "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "hd": "example.com", "email": "jsmith@example.com", "email_verified": true,
            "iat": NOW - 60, "exp": NOW + 3540, "nonce": "0394852-3190485-2490358",
        }),
        &[],
    );
}

#[test]
fn azure_ad_token_has_a_sha_1_thumbprint() {
    is_found(
        json!({"typ": "JWT", "alg": "RS256", "x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg", "kid": "nOo3ZDrODXEK1jKWhXslHR_KXEg"}),
        json!({
            "aud": "https://graph.example", "iss": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", "iat": NOW - 300,
            "nbf": NOW - 300, "exp": NOW + 4500, "acr": "1", "aio": "AXQAi/8IAAAA", "amr": ["pwd", "mfa"],
            "appid": "75dbe77f-10a3-4e59-85fd-8c127544f17c", "appidacr": "0", "ipaddr": "131.107.8.1", "name": "Abe Lincoln",
            "oid": "02223b6b-aa1d-42d4-9ec0-1b2bb9194438", "rh": "I", "scp": "user_impersonation",
            "sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "unique_name": "abeli@example.com", "uti": "FVsGxYXI30-TuikuuUoFAA", "ver": "1.0", "xms_tcdt": 1_289_241_547,
        }),
        &["header-x5c"],
    );
    is_found(
        json!({"typ": "JWT", "alg": "RS256", "kid": "nOo3ZDrODXEK1jKWhXslHR_KXEg"}),
        json!({
            "ver": "2.0", "iss": "https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "aud": "6cb04018-a3f5-46a7-b995-940c78f5aef3", "exp": NOW + 3300,
            "iat": NOW - 300, "nbf": NOW - 300, "name": "Abe Lincoln", "preferred_username": "AbeLi@example.com",
            "oid": "00000000-0000-0000-66f3-3332eca7ea81", "tid": "9122040d-6c67-4c5b-b112-36a304b66dad", "nonce": "123523",
            "aio": "Df2UVXL1ix!lMCWMSOJBcFatzcGfvFGhjKv8q5g0x732dR5MB5BisvGQO7YWByjd8iQDLq!eGbIDakyp5mnOrcdqHeYSnltepQmRp6AIZ8jY",
        }),
        &[],
    );
}

#[test]
fn cognito_access_token_has_no_typ_and_no_audience() {
    let header = json!({"kid": "K2PRoE+uPBCs/iQ/8hKWLqz1W3cuAyyNThpNBmVB8Xg=", "alg": "RS256"});
    is_found(
        header.clone(),
        json!({
            "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": ["admin"], "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example",
            "version": 2, "client_id": "xxxxxxxxxxxxexample", "origin_jti": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "event_id": "64f513be-32db-42b0-b78e-b02127b4f463", "token_use": "access", "scope": "openid profile", "auth_time": NOW - 60,
            "exp": NOW + 3540, "iat": NOW - 60, "jti": "aaaaaaaa-bbbb", "username": "my-test-user",
        }),
        &["aud-missing", "typ-missing"],
    );
    is_found(
        header,
        json!({
            "sub": "aaaaaaaa-bbbb", "aud": "xxxxxxxxxxxxexample", "email_verified": true, "token_use": "id", "auth_time": NOW - 60,
            "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example", "cognito:username": "janedoe", "exp": NOW + 3540,
            "iat": NOW - 60, "email": "janedoe@example.com", "nonce": "abcdefg", "at_hash": "x",
        }),
        &["typ-missing"],
    );
}

#[test]
fn keycloak_token_has_the_expected_findings() {
    is_found(
        json!({"alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"}),
        json!({
            "exp": NOW + 240, "iat": NOW - 60, "auth_time": NOW - 61, "jti": "onrtac:6d7c4f2c-1f8c-1b0d", "iss": "https://sso.example/realms/master",
            "aud": "account", "sub": "2f0a5f9e-8f3b-4c39-8f0a-1b1c1d1e1f10", "typ": "Bearer", "azp": "frontend", "sid": "4bd7c4d2",
            "acr": "1", "allowed-origins": ["https://app.example"], "realm_access": {"roles": ["offline_access"]},
            "resource_access": {"account": {"roles": ["manage-account"]}}, "scope": "openid email profile", "email_verified": true,
            "name": "Alice", "preferred_username": "alice", "given_name": "Alice", "email": "alice@example.com",
        }),
        &[],
    );
}

#[test]
fn kubernetes_service_account_token_has_a_lifetime_of_a_year() {
    let claims = |life: i64| {
        json!({
            "aud": ["https://kubernetes.default.svc.cluster.local"], "exp": NOW - 60 + life, "iat": NOW - 60, "nbf": NOW - 60,
            "iss": "https://kubernetes.default.svc.cluster.local", "jti": "a2b1c0d9-7b6e-4f11-8a62-0c8c3a2e4f55",
            "kubernetes.io": {
                "namespace": "default", "node": {"name": "n1", "uid": "1"}, "pod": {"name": "web-0", "uid": "2"},
                "serviceaccount": {"name": "web", "uid": "3"}, "warnafter": NOW + 3547,
            },
            "sub": "system:serviceaccount:default:web",
        })
    };
    let header = json!({"alg": "RS256", "kid": "qf8R5v2sWJj8W0OQ0nDmQzPvl4zC1mQxgkG9C7u7b2o"});
    is_found(header.clone(), claims(3607), &[]);
    is_found(header, claims(31_536_000), &["lifetime-long"]);
}

#[test]
fn kubernetes_legacy_secret_never_expires() {
    is_found(
        json!({"alg": "RS256", "kid": "qf8R5v2sWJj8W0OQ0nDmQzPvl4zC1mQxgkG9C7u7b2o"}),
        json!({
            "iss": "kubernetes/serviceaccount", "kubernetes.io/serviceaccount/namespace": "default",
            "kubernetes.io/serviceaccount/secret.name": "web-token-x2x9z", "kubernetes.io/serviceaccount/service-account.name": "web",
            "kubernetes.io/serviceaccount/service-account.uid": "3", "sub": "system:serviceaccount:default:web",
        }),
        &["aud-missing", "exp-missing", "typ-missing"],
    );
}

#[test]
fn github_actions_token_has_a_sha_1_thumbprint() {
    is_found(
        json!({"typ": "JWT", "alg": "RS256", "x5t": "eBZ_cn3sXYAd0ch4THBKHIgOwOE", "kid": "78167F727DEC5D801DD1C8784C704A1C880EC0E1"}),
        json!({
            "jti": "c1d1c3b5", "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "aud": "https://github.com/octo-org",
            "ref": "refs/heads/main", "sha": "example-sha", "repository": "octo-org/octo-repo", "repository_owner": "octo-org",
            "run_id": "1", "run_number": "10", "actor": "octocat", "workflow": "CI", "head_ref": "", "base_ref": "",
            "event_name": "push", "ref_type": "branch", "job_workflow_ref": "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
            "iss": "https://token.actions.githubusercontent.com", "nbf": NOW - 360, "exp": NOW + 540, "iat": NOW - 60,
        }),
        &["header-x5c"],
    );
}

#[test]
fn apple_client_secret_has_no_typ_and_a_lifetime_of_half_a_year() {
    is_found(
        json!({"kid": "fh6Bs8C", "alg": "RS256"}),
        json!({
            "iss": "https://appleid.apple.com", "aud": "com.example.app", "exp": NOW + 86340, "iat": NOW - 60,
            "sub": "001473.fe6f83bf4b8e4590aacbabdcb8598bd0.2039", "nonce": "n", "c_hash": "3FlTzQDjjGHvMfGk1kUeYQ",
            "email": "x@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true", "auth_time": NOW - 60,
            "nonce_supported": true,
        }),
        &["typ-missing"],
    );
    is_found(
        json!({"alg": "ES256", "kid": "ABC123DEFG"}),
        json!({"iss": "DEF123GHIJ", "iat": NOW - 60, "exp": NOW + 15_776_940, "aud": "https://appleid.apple.com", "sub": "com.example.app"}),
        &["lifetime-long", "typ-missing"],
    );
}

#[test]
fn firebase_token_has_the_expected_findings() {
    is_found(
        json!({"alg": "RS256", "kid": "0ad1fec78504f447bae65bcf5afaedb65eec9e81", "typ": "JWT"}),
        json!({
            "name": "Alice", "iss": "https://securetoken.google.com/my-project", "aud": "my-project", "auth_time": NOW - 60,
            "user_id": "PnVZpLdDjSZsMsyVuQ", "sub": "PnVZpLdDjSZsMsyVuQ", "iat": NOW - 60, "exp": NOW + 3540, "email": "alice@example.com",
            "email_verified": false, "firebase": {"identities": {"email": ["alice@example.com"]}, "sign_in_provider": "password"},
        }),
        &[],
    );
}
