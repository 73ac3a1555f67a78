//! Checks the recipes of docs/services.md against the documented rules of each service.

use super::*;

const DAY: i64 = 86_400;

/// Runs a recipe, and returns its folder and its token.
fn made(title: &str) -> (Folder, Taken) {
    let folder = recipe_of("docs/services.md", title);
    let token = take(&folder.text("token.jwt"));
    (folder, token)
}

/// Checks the signature with the public key or the secret of the recipe.
fn check(folder: &Folder, token: &Taken, alg: &str, secret: Option<&str>) {
    let credential = match secret {
        Some(name) => Credential::Secret(folder.read(name)),
        None => pem(folder, "public.pem"),
    };
    assert!(is_signed(token, &[alg], &credential));
}

#[track_caller]
fn expires_within(token: &Taken, seconds: i64) {
    assert!(
        (now() + 1..=now() + seconds).contains(&time(token, "exp")),
        "{}",
        token.claims
    );
}

/// https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
#[test]
fn apns_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Apple Push Notification service");
    check(&folder, &token, "ES256", None);
    assert_eq!(token.header["kid"], "ABC123DEFG");
    assert_eq!(token.claims["iss"], "DEF123GHIJ");
    assert!((now() - 60..=now()).contains(&time(&token, "iat")));
    assert_eq!(token.claims.as_object().unwrap().len(), 2);
}

/// https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
#[test]
fn sign_in_with_apple_accepts_the_client_secret_of_its_recipe() {
    let (folder, token) = made("Sign in with Apple");
    check(&folder, &token, "ES256", None);
    assert_eq!(token.header["kid"], "ABC123DEFG");
    assert_eq!(token.claims["aud"], "https://appleid.apple.com");
    assert_eq!(token.claims["sub"], "com.example.client");
    assert!(time(&token, "exp") - time(&token, "iat") <= 15_777_000);
}

/// https://developer.apple.com/documentation/appstoreconnectapi/generating-tokens-for-api-requests
#[test]
fn app_store_connect_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("App Store Connect");
    check(&folder, &token, "ES256", None);
    assert!(token.header["kid"] == "ABC123DEFG" && token.header["typ"] == "JWT");
    assert_eq!(token.claims["aud"], "appstoreconnect-v1");
    assert!(token.claims["iss"].is_string());
    assert!(time(&token, "exp") - time(&token, "iat") <= 1200);
}

/// https://developers.google.com/identity/protocols/oauth2/service-account#jwt-auth
#[test]
fn google_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Google service account");
    check(&folder, &token, "RS256", None);
    assert_eq!(token.header["kid"], "2a1c");
    for name in ["iss", "sub"] {
        assert_eq!(token.claims[name], "robot@project.iam.gserviceaccount.com");
    }
    assert_eq!(token.claims["aud"], "https://oauth2.googleapis.com/token");
    assert_eq!(time(&token, "exp") - time(&token, "iat"), 3600);
    assert!(token.claims["scope"].is_string());
}

/// https://docs.snowflake.com/en/developer-guide/sql-api/authenticating
#[test]
fn snowflake_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Snowflake");
    check(&folder, &token, "RS256", None);
    let key = PKey::public_key_from_pem(&folder.read("public.pem")).unwrap();
    let hash = openssl::base64::encode_block(&sha256(&key.public_key_to_der().unwrap()));
    assert_eq!(token.claims["sub"], "XY12345.ROBOT");
    assert_eq!(token.claims["iss"], format!("XY12345.ROBOT.SHA256:{hash}"));
    assert!(time(&token, "exp") - time(&token, "iat") <= 3600);
}

/// https://distribution.github.io/distribution/spec/auth/jwt/
#[test]
fn docker_registry_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Docker registry");
    check(&folder, &token, "ES256", None);
    let kid = token.header["kid"].as_str().unwrap();
    let groups: Vec<&str> = kid.split(':').collect();
    assert!(
        groups.len() == 12 && groups.iter().all(|group| group.len() == 4),
        "{kid}"
    );
    for name in ["iss", "sub", "aud", "jti"] {
        assert!(token.claims[name].is_string());
    }
    assert!(time(&token, "nbf") <= now());
    expires_within(&token, 300);
    assert_eq!(
        token.claims["access"][0]["actions"],
        serde_json::json!(["pull", "push"])
    );
}

/// https://hasura.io/docs/2.0/auth/authentication/jwt/
#[test]
fn hasura_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Hasura");
    check(&folder, &token, "RS256", None);
    let claims = &token.claims["https://hasura.io/jwt/claims"];
    let roles = claims["x-hasura-allowed-roles"].as_array().unwrap();
    assert!(roles.contains(&claims["x-hasura-default-role"]));
    // Every value of a session variable is a string.
    assert!(claims["x-hasura-user-id"].is_string());
}

/// https://supabase.com/docs/guides/auth/jwts
#[test]
fn supabase_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Supabase");
    check(&folder, &token, "HS256", Some("secret"));
    assert!(token.claims["iss"] == "supabase" && token.claims["role"] == "service_role");
    assert!(time(&token, "exp") > now() + 3000 * DAY);
}

/// https://docs.postgrest.org/en/stable/references/auth.html
#[test]
fn postgrest_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("PostgREST");
    // The secret is used as text, without the line break of the file.
    let secret = folder.text("secret").trim_end().to_owned().into_bytes();
    assert!(secret.len() >= 32 && is_signed(&token, &["HS256"], &Credential::Secret(secret)));
    assert_eq!(token.claims["role"], "web_user");
    expires_within(&token, 3600);
}

/// https://github.com/livekit/protocol/blob/main/auth/accesstoken.go
#[test]
fn livekit_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("LiveKit");
    check(&folder, &token, "HS256", Some("secret"));
    assert!(token.claims["iss"] == "APIabcdef" && token.claims["sub"] == "identity");
    assert_eq!(token.claims["video"]["roomJoin"], true);
    assert!(time(&token, "nbf") <= now());
    expires_within(&token, 6 * 3600);
}

/// https://www.twilio.com/docs/iam/access-tokens
#[test]
fn twilio_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Twilio");
    check(&folder, &token, "HS256", Some("secret"));
    assert!(token.header["typ"] == "JWT" && token.header["cty"] == "twilio-fpa;v=1");
    let issuer = token.claims["iss"].as_str().unwrap();
    assert!(issuer.starts_with("SK") && token.claims["jti"].as_str().unwrap().starts_with(issuer));
    assert!(token.claims["sub"].as_str().unwrap().starts_with("AC"));
    assert_eq!(token.claims["grants"]["identity"], "alice");
    expires_within(&token, DAY);
}

/// https://github.com/home-assistant/core/blob/dev/homeassistant/auth/__init__.py
#[test]
fn home_assistant_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Home Assistant");
    check(&folder, &token, "HS256", Some("jwt_key"));
    assert!(token.claims["iss"].is_string() && time(&token, "iat") <= now());
    expires_within(&token, 30 * 60);
}

/// https://developer.hashicorp.com/vault/docs/auth/jwt
#[test]
fn vault_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Vault JWT auth");
    check(&folder, &token, "ES256", None);
    assert!(token.claims["aud"] == "https://vault.example" && token.claims["sub"] == "project:app");
    assert!(time(&token, "nbf") <= now());
    expires_within(&token, 300);
}

/// https://github.com/argoproj/argo-cd/blob/master/util/session/sessionmanager.go
#[test]
fn argo_cd_accepts_the_token_of_its_recipe() {
    let (folder, token) = made("Argo CD");
    check(&folder, &token, "HS256", Some("server.secretkey"));
    assert!(token.claims["iss"] == "argocd" && token.claims["sub"] == "ci:apiKey");
    assert!(token.claims["jti"].is_string() && time(&token, "nbf") <= now());
}

/// https://github.com/kubernetes/kubernetes/blob/master/pkg/serviceaccount/jwt.go
#[test]
fn kubernetes_accepts_the_service_account_token_of_its_recipe() {
    let (folder, token) = made("Kubernetes service account");
    check(&folder, &token, "RS256", None);
    let key = PKey::public_key_from_pem(&folder.read("public.pem")).unwrap();
    let kid = base64url::encode(sha256(&key.public_key_to_der().unwrap()));
    assert_eq!(token.header["kid"], kid);
    let private = &token.claims["kubernetes.io"];
    let subject = format!(
        "system:serviceaccount:{}:{}",
        private["namespace"].as_str().unwrap(),
        private["serviceaccount"]["name"].as_str().unwrap()
    );
    assert_eq!(token.claims["sub"], subject);
    expires_within(&token, 3600);
}

#[test]
fn service_profile_is_for_signing_and_names_missing_claims() {
    let folder = Folder::new();
    folder.run("keygen RS256 --bits 2048 --to pem -o rsa.pem").accepted();
    folder.run("keygen ES256 --to pem -o ec.pem").accepted();
    for (command, code, expected) in [
        ("verify -k rsa.pem --profile google a.b.c", 2, "google"),
        (
            "sign -k rsa.pem --profile google",
            2,
            "requires the claim iss",
        ),
        (
            "sign -k rsa.pem --profile google --iss a --aud b --exp 2h",
            2,
            "exp must be at most 3600 s after iat",
        ),
        (
            "sign -k rsa.pem --profile snowflake --sub a",
            2,
            "an account and a user",
        ),
        (
            "sign -k rsa.pem --account a sub=b",
            2,
            "--account is for --profile snowflake",
        ),
        (
            "sign -k ec.pem --profile snowflake --sub a --account b",
            3,
            "RS256",
        ),
        ("sign -k ec.pem --profile apple --iss a", 2, "key ID"),
        (
            "sign -k ec.pem --profile apple --iss a --kid k --exp 21m",
            2,
            "exp must be at most 1200 s after iat",
        ),
        (
            "sign -k ec.pem --profile apple --iss a --kid k --aud b",
            2,
            "aud must be appstoreconnect-v1",
        ),
    ] {
        let message = folder.run(command).refused(code);
        assert!(message.contains(expected), "{command}: {message}");
    }
}
