//! Checks the recipes of docs/gateways.md for consumers that cannot run in tests against their documented rules. Signatures
//! are verified only by OpenSSL.

mod services;

use std::time::{SystemTime, UNIX_EPOCH};

use jotsmith::crypto::base64url;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use openssl::sign::{Signer, Verifier};
use serde_json::Value;

use super::documentation::run_shown;
use super::support::{Folder, json, root};

/// The key that verifies a token.
enum Credential {
    Secret(Vec<u8>),
    Public(PKey<Public>),
}

/// A parsed signed token.
struct Taken {
    header: Value,
    claims: Value,
    text: String,
    signature: Vec<u8>,
}

fn take(token: &str) -> Taken {
    let parts: Vec<&str> = token.trim().split('.').collect();
    assert_eq!(parts.len(), 3, "{token}");
    let part = |index: usize| base64url::decode(parts[index].as_bytes()).unwrap();
    Taken {
        header: serde_json::from_slice(&part(0)).unwrap(),
        claims: serde_json::from_slice(&part(1)).unwrap(),
        text: format!("{}.{}", parts[0], parts[1]),
        signature: part(2),
    }
}

/// Runs the commands of a recipe, and returns their folder.
fn recipe(title: &str) -> Folder {
    recipe_of("docs/gateways.md", title)
}

fn recipe_of(file: &str, title: &str) -> Folder {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let (_, rest) =
        text.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("{title}"));
    let section = rest.split("\n## ").next().unwrap();
    let folder = Folder::new();
    assert!(run_shown(&folder, title, section) > 0);
    folder
}

fn pem(folder: &Folder, name: &str) -> Credential {
    let text = folder.text(name);
    assert!(text.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{text}");
    Credential::Public(PKey::public_key_from_pem(text.as_bytes()).unwrap())
}

/// Returns the key of a set that the kid of a token selects.
fn published(set: &str, token: &Taken) -> Credential {
    let set = json(set);
    let keys = set["keys"].as_array().unwrap();
    let mut named = keys.iter().filter(|key| key["kid"] == token.header["kid"]);
    let key = named.next().unwrap();
    assert!(named.next().is_none() && key["alg"] == token.header["alg"]);
    assert!(key["use"] == "sig" && key["d"].is_null(), "{key}");
    let number = |name: &str| {
        let bytes = base64url::decode(key[name].as_str().unwrap().as_bytes()).unwrap();
        BigNum::from_slice(&bytes).unwrap()
    };
    Credential::Public(match key["kty"].as_str().unwrap() {
        "RSA" => {
            let key = Rsa::from_public_components(number("n"), number("e")).unwrap();
            PKey::from_rsa(key).unwrap()
        }
        _ => {
            assert_eq!(key["crv"], "P-256");
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            let (x, y) = (number("x"), number("y"));
            PKey::from_ec_key(EcKey::from_public_key_affine_coordinates(&group, &x, &y).unwrap())
                .unwrap()
        }
    })
}

/// Whether the signature is valid and its algorithm is allowed.
fn is_signed(token: &Taken, allowed: &[&str], credential: &Credential) -> bool {
    let alg = token.header["alg"].as_str().unwrap();
    assert!(allowed.contains(&alg), "{alg}");
    let digest = match &alg[2..] {
        "256" => MessageDigest::sha256(),
        "384" => MessageDigest::sha384(),
        _ => MessageDigest::sha512(),
    };
    match (&alg[..2], credential) {
        ("HS", Credential::Secret(secret)) => {
            let key = PKey::hmac(secret).unwrap();
            let mut signer = Signer::new(digest, &key).unwrap();
            signer.sign_oneshot_to_vec(token.text.as_bytes()).unwrap() == token.signature
        }
        ("RS", Credential::Public(key)) => {
            assert_eq!(key.id(), openssl::pkey::Id::RSA);
            let mut verifier = Verifier::new(digest, key).unwrap();
            verifier.verify_oneshot(&token.signature, token.text.as_bytes()).unwrap()
        }
        ("ES", Credential::Public(key)) => {
            let (r, s) = token.signature.split_at(token.signature.len() / 2);
            let number = |bytes: &[u8]| BigNum::from_slice(bytes).unwrap();
            let signature = EcdsaSig::from_private_components(number(r), number(s)).unwrap();
            let mut verifier = Verifier::new(digest, key).unwrap();
            verifier.verify_oneshot(&signature.to_der().unwrap(), token.text.as_bytes()).unwrap()
        }
        _ => panic!("{alg} with a key of another kind"),
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() as i64
}

/// Returns a required time, which must be an integer.
fn time(token: &Taken, name: &str) -> i64 {
    let time = &token.claims[name];
    time.as_i64().unwrap_or_else(|| panic!("{name}: {time}"))
}

const HS_RS_ES: &[&str] = &[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
];

/// The driver `jwt` of APIPark's gateway, Apinto: a claim that is selected in its form must be present. `iss` is not
/// compared.
fn apipark(token: &str, ticked: &[&str], credential: &Credential) {
    let token = take(token);
    assert!(is_signed(&token, HS_RS_ES, credential));
    assert_eq!(token.header["typ"], "JWT");
    let time = |name: &str| token.claims[name].as_f64().unwrap_or_default();
    for name in ticked {
        assert!(time(name) > 0.0, "{name}");
    }
    if ticked.contains(&"exp") {
        assert!(time("exp") > now() as f64);
    }
    if ticked.contains(&"nbf") {
        assert!(time("nbf") <= now() as f64);
    }
}

#[test]
fn apipark_accepts_the_tokens_of_its_recipe() {
    let folder = recipe("APIPark");
    let key = pem(&folder, "issuer.pub.pem");
    apipark(&folder.text("token.jwt"), &["exp", "nbf"], &key);
    let secret = folder.text("secret").trim().to_owned();
    let decoded = openssl::base64::decode_block(&secret).unwrap();
    let raw = Credential::Secret(secret.into_bytes());
    apipark(&folder.text("raw.jwt"), &["exp"], &raw);
    let decoded = Credential::Secret(decoded);
    apipark(&folder.text("base64.jwt"), &["exp"], &decoded);
    assert!(!is_signed(
        &take(&folder.text("base64.jwt")),
        HS_RS_ES,
        &raw
    ));
}

#[test]
fn kong_accepts_the_token_of_its_recipe() {
    let folder = recipe("Kong");
    let token = take(&folder.text("token.jwt"));
    assert!(is_signed(
        &token,
        &["RS256"],
        &pem(&folder, "issuer.pub.pem")
    ));
    assert_eq!(token.claims["iss"], "my-application");
    assert!(time(&token, "exp") > now());
}

#[test]
fn envoy_accepts_the_token_of_its_recipe() {
    let folder = recipe("Envoy");
    let token = take(&folder.text("token.jwt"));
    let key = published(&folder.text("jwks.json"), &token);
    assert!(is_signed(&token, &["RS256", "ES256"], &key));
    assert_eq!(token.claims["iss"], "https://issuer.example");
    assert_eq!(token.claims["aud"], "api");
    assert!(token.header["kid"].is_string() && time(&token, "iat") <= now());
    assert!(time(&token, "exp") > now());
}

#[test]
fn apisix_accepts_the_token_of_its_recipe() {
    let folder = recipe("APISIX");
    let token = take(&folder.text("token.jwt"));
    let allowed = ["HS256", "HS512", "RS256", "ES256"];
    assert!(is_signed(&token, &allowed, &pem(&folder, "issuer.pub.pem")));
    assert_eq!(token.claims["key"], "my-consumer");
    assert!(time(&token, "exp") > now());
}

#[test]
fn kubernetes_key_id_is_that_of_its_recipe() {
    let folder = recipe("Kubernetes as service account issuer");
    let key = PKey::public_key_from_pem(&folder.read("sa.pub")).unwrap();
    let kid = base64url::encode(sha256(&key.public_key_to_der().unwrap()));
    let document = json(folder.text("openid-configuration"));
    let issuer = document["issuer"].as_str().unwrap();
    assert_eq!(document["jwks_uri"], format!("{issuer}/openid/v1/jwks"));
    for (name, value) in [
        ("response_types_supported", "id_token"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
    ] {
        assert_eq!(document[name], serde_json::json!([value]));
    }
    // The API server signs with the PEM file and this kid. The set must verify its tokens.
    let minted = folder.shell(&format!(
        "jotsmith sign -q -k sa.key --alg RS256 --header kid={kid} --iss {issuer} --aud api sub=system:serviceaccount:default:a | \
         tee token.jwt | jotsmith verify -q -k jwks.json --iss {issuer} --aud api"
    ));
    assert_eq!(minted.done().code, 0);
    let token = take(&folder.text("token.jwt"));
    assert!(is_signed(
        &token,
        &["RS256"],
        &published(&folder.text("jwks.json"), &token)
    ));
}

#[test]
fn aws_api_gateway_accepts_the_token_of_its_recipe() {
    let folder = recipe("AWS API Gateway");
    let token = take(&folder.text("token.jwt"));
    let document = json(folder.text("openid-configuration"));
    assert_eq!(document["issuer"], token.claims["iss"]);
    assert_eq!(document["jwks_uri"], "https://issuer.example/jwks.json");
    let key = published(&folder.text("jwks.json"), &token);
    assert!(is_signed(&token, &["RS256", "RS384", "RS512"], &key));
    assert_eq!(token.claims["aud"], "api");
    assert!(time(&token, "exp") > now() && time(&token, "iat") <= now());
    assert!(time(&token, "nbf") <= now());
    let mut scopes = token.claims["scope"].as_str().unwrap().split(' ');
    assert!(scopes.any(|scope| scope == "orders.read"));
}

#[test]
fn github_accepts_the_token_of_its_recipe() {
    let folder = recipe("GitHub App");
    let text = folder.text("app.private-key.pem");
    assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    let private = PKey::private_key_from_pem(text.as_bytes()).unwrap();
    let public = PKey::public_key_from_der(&private.public_key_to_der().unwrap()).unwrap();
    let token = take(&folder.text("token.jwt"));
    assert!(is_signed(&token, &["RS256"], &Credential::Public(public)));
    assert_eq!(token.claims["iss"], "Iv23liExample");
    // Clocks may differ by a minute.
    assert!(time(&token, "iat") <= now() - 60);
    assert!((now()..=now() + 600).contains(&time(&token, "exp")));
}

#[test]
fn modified_token_is_rejected_by_the_recipe_checks() {
    let folder = recipe("Kong");
    let key = pem(&folder, "issuer.pub.pem");
    let mut token = take(&folder.text("token.jwt"));
    token.text.push('A');
    assert!(!is_signed(&token, &["RS256"], &key));
}
