//! `inspect`: any input is described, and nothing is refused or trusted.

mod issuer;
mod issuers;
mod keys;
mod lines;
mod malformed;
mod options;
mod profiles;
mod reports;
mod rules;
mod text_report;

use jotsmith::crypto::base64url;
use serde_json::{Value, json};

use super::support::{Folder, json as parsed, mac};

/// 2030-01-01T00:00:00Z.
const NOW: &str = "--at 1893456000";
const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#;
/// Valid claims of an access token with a lifetime of five minutes around [`NOW`].
const CLAIMS: &str = r#"{"iss":"https://issuer.example","sub":"alice","aud":"api","client_id":"c","jti":"1","iat":1893455900,"exp":1893456200}"#;

/// Returns a token with a valid MAC of a secret that is not publicly known.
fn hs256(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let input = format!(
        "{}.{}",
        base64url::encode(header),
        base64url::encode(claims)
    );
    let secret: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(7) ^ 0x81).collect();
    format!("{input}.{}", base64url::encode(mac(&secret, &input)))
}

fn shown(input: &str) -> String {
    let folder = Folder::new();
    folder.run(&format!("inspect {NOW}")).stdin(input).accepted()
}

fn object(input: &str) -> Value {
    let folder = Folder::new();
    parsed(folder.run(&format!("inspect --json {NOW}")).stdin(input).accepted())
}

fn ids(object: &Value) -> Vec<String> {
    let findings = object["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn report_begins_with_not_verified_and_a_sound_token_has_no_findings() {
    let text = shown(&hs256(HEADER, CLAIMS));
    assert!(text.starts_with("NOT VERIFIED"), "{text}");
    for part in [
        "signed token (JWT), OAuth access token (RFC 9068), HS256",
        "kid  \"k1\"",
        "2030-01-01T00:03:20Z, expires in 3 minutes",
        "2029-12-31T23:58:20Z, issued 1 minute 40 seconds ago",
        "Signature, 32 bytes",
        "No findings",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn input_is_an_argument_a_path_an_at_path_a_variable_or_stdin() {
    let folder = Folder::new();
    let token = hs256(HEADER, CLAIMS);
    folder.write("token.jwt", format!("{token}\n"));
    let expected = shown(&token);
    for input in ["token.jwt", "@token.jwt", "env:TOKEN", &token] {
        let run = folder.run(&format!("inspect {NOW} {input}")).env("TOKEN", &token);
        assert_eq!(run.accepted(), expected, "{input}");
    }
    let run = folder.run(&format!("inspect {NOW} -")).stdin(&token);
    assert_eq!(run.accepted(), expected);
    folder.run("inspect @missing.jwt").refused(3);
    folder.run("inspect env:MISSING").refused(3);
    folder.run("inspect .").refused(3);
}

#[test]
fn json_has_the_documented_members() {
    let token = hs256(HEADER, CLAIMS);
    let object = object(&format!("Bearer {token}"));
    let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "v",
            "verified",
            "type",
            "form",
            "summary",
            "profile",
            "bytes",
            "header",
            "claims",
            "times",
            "signature",
            "would_verify",
            "stripped",
            "more",
            "findings"
        ]
    );
    assert_eq!(object["verified"], false);
    assert_eq!(object["header"], parsed(HEADER));
    assert_eq!(object["claims"], parsed(CLAIMS));
    assert_eq!(object["stripped"], json!(["a Bearer prefix"]));
    assert_eq!(object["times"]["exp"]["at"], "2030-01-01T00:03:20Z");
    assert_eq!(object["times"]["exp"]["seconds"], 200.0);
    assert_eq!(object["findings"], json!([]));
}

#[test]
fn unknown_alg_alg_none_and_a_missing_signature_are_shown() {
    let claims = base64url::encode(CLAIMS);
    let unsecured = base64url::encode(r#"{"alg":"none","kid":"k","typ":"at+jwt"}"#);
    for (token, id) in [
        (format!("{unsecured}.{claims}."), "alg-none"),
        (hs256(r#"{"alg":"HS257"}"#, CLAIMS), "alg-unknown"),
        (hs256(r#"{"alg":5}"#, CLAIMS), "alg-missing"),
        (format!("{}.{claims}", base64url::encode(HEADER)), "format"),
        (
            format!("{}.{claims}.", base64url::encode(HEADER)),
            "alg-none",
        ),
    ] {
        let object = object(&token);
        assert_eq!(object["claims"]["sub"], "alice", "{token}");
        assert!(ids(&object).contains(&id.to_owned()), "{id}: {object}");
        assert!(shown(&token).contains("alice"));
    }
}

#[test]
fn fail_on_exits_1_and_prints_the_report() {
    let folder = Folder::new();
    let token = hs256(HEADER, CLAIMS.replace("1893456200", "1893455930"));
    let run = |flags: &str| folder.run(&format!("inspect {NOW} {flags}")).stdin(&token).done();
    let done = run("--fail-on medium --json");
    assert_eq!(done.code, 1);
    assert_eq!(ids(&parsed(&done.stdout)), ["exp-passed"]);
    assert_eq!(parsed(&done.stderr)["error"]["code"], "refused");
    assert_eq!(run("--fail-on high").code, 0);
    assert_eq!(run("--fail-on info --allow exp-passed").code, 0);
    assert_eq!(run("--allow no-such-rule").code, 2);
}

#[test]
fn encrypted_token_shows_its_header_and_sizes() {
    let folder = Folder::new();
    folder.keygen("ECDH-ES+A256KW --public-out pub.jwk", "key.jwk");
    let token = folder.run("encrypt -k pub.jwk --cty JWT").stdin("hidden").accepted();
    let object = object(&token);
    assert_eq!(object["type"], "jwe");
    assert_eq!(object["header"]["alg"], "ECDH-ES+A256KW");
    assert_eq!(object["encryption"]["encrypted_key_bytes"], 40);
    assert_eq!(object["encryption"]["ciphertext_bytes"], 6);
    assert_eq!(ids(&object), Vec::<String>::new());
    assert!(!shown(&token).contains("hidden"));
}

#[test]
fn public_parts_of_keys_sets_and_certificates_are_described() {
    let folder = Folder::new();
    folder.keygen("ES256 --public-out pub.jwk", "key.jwk");
    folder.keygen("RS256 --bits 2048 --to pem", "rsa.pem");
    let jwk = parsed(folder.read("key.jwk"));
    let private = jwk["d"].as_str().unwrap();
    let text = folder.run("inspect key.jwk").accepted();
    assert!(
        text.starts_with("private P-256 key") && !text.contains(private),
        "{text}"
    );
    assert!(text.contains("(private, 32 bytes)") && text.contains("No findings"));
    let json = folder.run("inspect --json key.jwk").accepted();
    assert!(!json.contains(private), "{json}");
    assert_eq!(parsed(json)["keys"][0]["thumbprint"], jwk["kid"]);
    assert!(folder.run("inspect pub.jwk").accepted().starts_with("public P-256 key"));
    let text = folder.run("inspect rsa.pem").accepted();
    assert!(
        text.starts_with("PRIVATE KEY: private RSA key of 2048 bits"),
        "{text}"
    );
    let script = "jotsmith convert -k rsa.pem --public --to der | jotsmith inspect";
    let text = folder.shell(script).accepted();
    assert!(
        text.starts_with("DER: public RSA key of 2048 bits"),
        "{text}"
    );
    let script = "jotsmith convert -k key.jwk --public --to jwks | jotsmith inspect";
    assert!(folder.shell(script).accepted().starts_with("JWK Set of 1 key"));
}

#[test]
fn private_key_file_that_others_can_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.keygen("ES256", "key.jwk");
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("key.jwk"), mode).unwrap();
    let object = parsed(folder.run("inspect --json key.jwk").accepted());
    assert_eq!(ids(&object), ["file-permissions"]);
    // A file that only the owner can read, and a public key that everyone can read, are not findings.
    let own = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.path("key.jwk"), own).unwrap();
    let object = parsed(folder.run("inspect --json key.jwk").accepted());
    assert_eq!(ids(&object), [""; 0]);
    folder.write(
        "pub.jwk",
        folder.run("convert -k key.jwk --public").accepted(),
    );
    std::fs::set_permissions(
        folder.path("pub.jwk"),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let object = parsed(folder.run("inspect --json pub.jwk").accepted());
    assert_eq!(ids(&object), [""; 0]);
}

#[test]
fn hostile_text_is_escaped_in_text_and_exact_in_json() {
    let sub = "\u{1b}]52;c;x\u{7}\u{202e}\u{200b}\u{9b}31m";
    let claims = json!({"sub": sub, "\u{1b}[2J": 1}).to_string();
    let token = hs256(json!({"alg": "HS256", "kid": sub}).to_string(), claims);
    let text = shown(&token);
    assert!(
        !text.contains(|c: char| c != '\n' && c.is_control()),
        "{text}"
    );
    assert!(
        !text.contains(['\u{202e}', '\u{200b}']) && text.contains("\\u{202e}"),
        "{text}"
    );
    let object = object(&token);
    assert_eq!(object["claims"]["sub"], sub);
    assert!(ids(&object).contains(&"control-chars".to_owned()));
    assert!(ids(&object).contains(&"kid-suspicious".to_owned()));
}

#[test]
fn unrecognized_input_is_malformed() {
    let folder = Folder::new();
    for input in ["", " \n", "hello world", "{}", "\0\0\0"] {
        folder.run("inspect").stdin(input).refused(10);
    }
}

#[test]
fn large_unusual_tokens_are_inspected_within_the_time_limit() {
    let deep = base64url::encode(format!("{{\"a\":{}", "[".repeat(400_000)));
    let wide = base64url::encode(format!("{{{}\"z\":1}}", "\"a\":1,".repeat(60_000)));
    let header = base64url::encode(HEADER);
    for token in [
        format!("{header}.{deep}.AA"),
        format!("{header}.{wide}.AA"),
        format!("{header}{}", ".".repeat(500_000)),
        "eyJ".repeat(200_000),
        "eyJ.".repeat(200_000),
        format!("{header}.{}", "A".repeat(500_000)),
        format!("{header}.{header}.{}", "~AA".repeat(100_000)),
    ] {
        let folder = Folder::new();
        folder.run("inspect").stdin(&token).accepted();
    }
}

#[test]
fn times_are_shown_in_utc_and_in_the_local_zone() {
    let folder = Folder::new();
    let run = |flags: &str| {
        let run = folder.run(&format!("inspect {NOW} {flags}")).stdin(hs256(HEADER, CLAIMS));
        run.env("TZ", "JST-9").accepted()
    };
    let text = run("");
    let expected = "2030-01-01T00:03:20Z (Tue 09:03:20 +09:00), expires in 3 minutes";
    assert!(text.contains(expected), "{text}");
    assert!(!run("--json").contains("09:03:20"));
}
