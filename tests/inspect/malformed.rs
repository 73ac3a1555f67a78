//! Malformed inputs from practice or from attackers, each with the expected report, and random inputs, which must neither
//! panic nor take long.

use std::time::Instant;

use clap::{Args as _, FromArgMatches};
use jotsmith::commands::inspect::{self, Args};
use jotsmith::crypto::base64url;
use jotsmith::inspection::findings::{key_findings, pem_blocks, set_findings, token_findings};
use jotsmith::inspection::parse::{Family, InputKind, Serialization, Token, detect_input};
use jotsmith::io::context::{Clock, Context};
use jotsmith::io::source::Inputs;
use jotsmith::output::console::{ColorChoice, Console};
use serde_json::json;

use super::hs256;
use super::rules::NOW;

const HEADER: &str = r#"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#;
const CLAIMS: &str = r#"{"iss":"https://issuer.example","sub":"alice","aud":"api","client_id":"c","jti":"1","iat":1893455900,"exp":1893456200}"#;

fn good() -> String {
    hs256(HEADER, CLAIMS)
}

/// Returns the kind of an input, its subject if it can be read, and the ids of the findings.
fn look(input: &[u8]) -> (&'static str, Option<String>, Vec<&'static str>) {
    let (kind, subject, mut findings) = match detect_input(input) {
        InputKind::Token(read, _) => {
            let kind = match (read.family, read.form, read.sd.is_some()) {
                (_, _, true) => "sd-jwt",
                (Family::Jws, Serialization::Compact, _) => "jws",
                (Family::Jws, _, _) => "jws-json",
                (Family::Jwe, Serialization::Compact, _) => "jwe",
                (Family::Jwe, _, _) => "jwe-json",
            };
            let subject = |token: &Token| token.claims()?.get("sub")?.as_str().map(str::to_owned);
            (
                kind,
                subject(&read),
                token_findings::check_token(&read, NOW),
            )
        }
        InputKind::Key(document) => (
            "jwk",
            None,
            key_findings::check_jwk(&document.object, key_findings::Origin::Jwk, NOW),
        ),
        InputKind::Set(document) => (
            "jwks",
            None,
            set_findings::check_jwk_set(&document.object, NOW),
        ),
        InputKind::Blocks => {
            let blocks = pem_blocks::read_blocks(input);
            let keys = blocks.iter().filter_map(|block| block.jwk.as_ref());
            let findings =
                keys.flat_map(|jwk| key_findings::check_jwk(jwk, key_findings::Origin::Asn1, NOW));
            ("blocks", None, findings.collect())
        }
        InputKind::Nothing => ("nothing", None, Vec::new()),
    };
    findings.retain(|finding| finding.severity > jotsmith::inspection::findings::Severity::Info);
    (
        kind,
        subject,
        findings.into_iter().map(|finding| finding.rule.id).collect(),
    )
}

#[track_caller]
fn is(input: impl AsRef<[u8]>, kind: &str, subject: Option<&str>, ids: &[&str]) {
    let input = input.as_ref();
    let (got_kind, got_subject, mut got) = look(input);
    got.dedup();
    let shown = String::from_utf8_lossy(&input[..input.len().min(300)]).into_owned();
    assert_eq!(
        (got_kind, got_subject.as_deref(), got.as_slice()),
        (kind, subject, ids),
        "{shown}"
    );
}

#[test]
fn token_is_found_in_every_wrapping() {
    let token = good();
    let (start, end) = token.split_at(70);
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(token.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    is(wide, "jws", Some("alice"), &[]);
    let big: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(token.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    is(big, "jws", Some("alice"), &[]);
    for text in [
        format!("{token}\n"),
        format!("\n\n\t {token} \r\n"),
        format!("\u{feff}{token}"),
        format!("Bearer {token}"),
        format!("bearer   {token}"),
        format!("BEARER {token}"),
        format!("Bearer: {token}"),
        format!("DPoP {token}"),
        format!("JWT {token}"),
        format!("Token {token}"),
        format!("token={token}"),
        format!("Authorization: Bearer {token}"),
        format!("authorization: Bearer {token}"),
        format!("Proxy-Authorization: Bearer {token}"),
        format!("-H \"Authorization: Bearer {token}\""),
        format!("curl -sH 'Authorization: Bearer {token}' https://api.example/v1 | jq ."),
        format!("\"{token}\""),
        format!("'{token}'"),
        format!("`{token}`"),
        format!("\u{201c}{token}\u{201d}"),
        format!("<{token}>"),
        format!("({token})"),
        format!("[{token}]"),
        format!("{token},"),
        format!("{token};"),
        format!("{token}\\n"),
        format!("\"{token}\\r\\n\""),
        format!("export ACCESS_TOKEN={token}"),
        format!("ACCESS_TOKEN=\"{token}\""),
        format!("set TOKEN={token}"),
        format!("$env:TOKEN = '{token}'"),
        format!("access_token: {token}"),
        format!("  token: \"{token}\"  # for staging"),
        format!("{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\"}}"),
        format!("{{\n  \"id_token\": \"{token}\"\n}}"),
        format!("[\"{token}\"]"),
        format!("https://app.example/cb?access_token={token}"),
        format!("https://app.example/cb#id_token={token}&state=x"),
        format!("https://app.example/cb?state=x&id_token={token}&code=y"),
        format!("GET /api?jwt={token} HTTP/1.1"),
        format!("wss://app.example/socket?token={token}"),
        format!("Cookie: session={token}"),
        format!("Cookie: a=b; auth={token}; c=d"),
        format!("Set-Cookie: auth={token}; Path=/; HttpOnly"),
        format!("2029-12-31T23:59:59Z INFO login ok token={token} user=alice"),
        format!("<saml>{token}</saml>"),
        format!("| token | {token} |"),
        format!("The token is {token}. It expires soon."),
        format!("{start}\n{end}"),
        format!("{start}\r\n{end}\r\n"),
        format!("{start}\n    {end}"),
        format!("{start} {end}"),
        format!("Bearer {start}\n{end}"),
        format!("\"{start}\n{end}\""),
        token.replace('.', ".\n"),
        token
            .as_bytes()
            .chunks(64)
            .map(|line| format!("{}\n", str::from_utf8(line).unwrap()))
            .collect(),
        format!("x-amzn-oidc-data: {token}"),
        format!("machine api.example login x password {token}"),
        format!("data:text/plain,{token}"),
        format!("grant_type=urn%3Aietf&assertion={token}"),
        format!("client_assertion={token}&client_id=x"),
    ] {
        is(text, "jws", Some("alice"), &[]);
    }
}

#[test]
fn damaged_tokens_are_parsed_up_to_the_error() {
    let token = good();
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, tail] = [parts[0], parts[1], parts[2]];
    let dots = token.rfind('.').unwrap();
    is(format!("{head}.{body}"), "jws", Some("alice"), &["format"]);
    is(
        format!("{head}.{body}."),
        "jws",
        Some("alice"),
        &["alg-none"],
    );
    is(head, "jws", None, &["format"]);
    is(format!("{head}."), "jws", None, &["format"]);
    is(format!("{head}.."), "jws", None, &["alg-none"]);
    is(
        &token[..dots - 20],
        "jws",
        Some("alice"),
        &["format", "json-syntax"],
    );
    is(
        format!("{}...", &token[..dots - 20]),
        "jws",
        Some("alice"),
        &["format", "json-syntax"],
    );
    is(
        format!("{}…", &token[..dots - 20]),
        "jws",
        Some("alice"),
        &["format", "json-syntax"],
    );
    is(
        &token[..head.len() - 6],
        "jws",
        None,
        &["format", "json-syntax"],
    );
    is(
        &token[..token.len() - 3],
        "jws",
        Some("alice"),
        &["sig-length"],
    );
    is(
        format!("{token}AAAA"),
        "jws",
        Some("alice"),
        &["sig-length"],
    );
    is(
        format!("{token}=="),
        "jws",
        Some("alice"),
        &["b64-noncanonical"],
    );
    is(format!("{token}."), "jws", Some("alice"), &["format"]);
    is(format!("{token}.x"), "jws", Some("alice"), &["format"]);
    is(
        format!("{head}.{body}.{body}.{tail}"),
        "jws",
        Some("alice"),
        &["format", "sig-length"],
    );
    is(
        format!(".{body}.{tail}"),
        "jws",
        Some("alice"),
        &["json-syntax"],
    );
    is(format!("{head}..{tail}"), "jws", None, &[]);
    is(
        &token[1..],
        "jws",
        Some("alice"),
        &["b64-noncanonical", "json-not-utf8", "json-syntax"],
    );
    is(
        format!("{head}.{body}.{}\u{0}", &tail[1..]),
        "jws",
        Some("alice"),
        &["bad-charset", "sig-length"],
    );
    is(
        token.replace('.', ".."),
        "jwe",
        None,
        &["alg-unknown", "jwe-parts", "nested-cty"],
    );
    let junk = base64url::encode("not json");
    is(format!("{head}.{junk}.{tail}"), "jws", None, &[]);
    is(
        format!("{head}.{}.{tail}", base64url::encode([0xff, 0xfe, 0x00])),
        "jws",
        None,
        &[],
    );
    is(
        format!("{head}.{}.{tail}", base64url::encode("[]")),
        "jws",
        None,
        &[],
    );
    is(
        format!("{head}.{}.{tail}", base64url::encode("{}")),
        "jws",
        None,
        &[
            "exp-missing",
            "typ-claims-mismatch",
            "iss-missing",
            "aud-missing",
        ],
    );
    is(
        format!("{head}.{}.{tail}", base64url::encode("")),
        "jws",
        None,
        &[],
    );
}

#[test]
fn hostile_headers_have_the_expected_findings() {
    let with = |header: &str| hs256(header, CLAIMS);
    for (header, ids) in [
        (
            r#"{"alg":"none","typ":"at+jwt","kid":"k"}"#,
            &["alg-none"][..],
        ),
        (r#"{"alg":"nOnE","typ":"at+jwt","kid":"k"}"#, &["alg-none"]),
        (
            r#"{"alg":" HS256","typ":"at+jwt","kid":"k"}"#,
            &["alg-unknown"],
        ),
        (
            r#"{"alg":"hs256","typ":"at+jwt","kid":"k"}"#,
            &["alg-unknown"],
        ),
        (r#"{"alg":"","typ":"at+jwt","kid":"k"}"#, &["alg-unknown"]),
        (r#"{"alg":null,"typ":"at+jwt","kid":"k"}"#, &["alg-missing"]),
        (
            r#"{"alg":["HS256"],"typ":"at+jwt","kid":"k"}"#,
            &["alg-missing"],
        ),
        (r#"{"typ":"at+jwt","kid":"k"}"#, &["alg-missing"]),
        (
            r#"{"alg":"HS256","alg":"none","typ":"at+jwt","kid":"k"}"#,
            &["alg-none", "json-duplicate-member"],
        ),
        (
            r#"{"alg":"HS256","ALG":"none","typ":"at+jwt","kid":"k"}"#,
            &[],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"../../../../dev/null"}"#,
            &["kid-suspicious"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"x' UNION SELECT 'secret"}"#,
            &["kid-suspicious"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"/proc/sys/kernel/randomize_va_space"}"#,
            &["kid-suspicious"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"key.crt; cat /etc/passwd"}"#,
            &["kid-suspicious"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"http://evil.example/k"}"#,
            &["kid-suspicious"],
        ),
        (r#"{"alg":"HS256","typ":"at+jwt","kid":""}"#, &[]),
        (r#"{"alg":"HS256","typ":"at+jwt","kid":5}"#, &[]),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","jku":"https://issuer.example@evil.example/jwks"}"#,
            &["header-url"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","jku":"http://169.254.169.254/latest"}"#,
            &["header-url"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","x5u":5}"#,
            &["header-url"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","jwk":{"kty":"oct","k":"AA"}}"#,
            &["header-jwk"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","x5c":"AA"}"#,
            &["header-x5c"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","x5c":[]}"#,
            &["header-x5c"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","crit":[]}"#,
            &["crit-invalid"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","crit":["exp"]}"#,
            &["crit-invalid"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","crit":["exp"],"exp":1}"#,
            &["crit-unknown"],
        ),
        (
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k","zip":"DEF"}"#,
            &[],
        ),
        (
            r#"{"alg":"HS512","typ":"at+jwt","kid":"k"}"#,
            &["sig-length"],
        ),
        (
            r#"{"alg":"ES256","typ":"at+jwt","kid":"k"}"#,
            &["sig-length"],
        ),
        (
            r#"{"alg":"RS256","typ":"at+jwt","kid":"k"}"#,
            &["sig-length"],
        ),
        (
            r#"{"alg":"A256KW","typ":"at+jwt","kid":"k"}"#,
            &["alg-unknown"],
        ),
        (
            r#"{"alg":"HPKE-0","typ":"at+jwt","kid":"k"}"#,
            &["alg-unknown"],
        ),
        (r#"{"alg":"HPKE-8","typ":"at+jwt","kid":"k"}"#, &[]),
        (
            "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"\u{202e}\"}",
            &["control-chars"],
        ),
        (
            "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"a\\u0000b\"}",
            &["kid-suspicious", "control-chars"],
        ),
        (
            "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"\\ud800\"}",
            &["json-not-utf8"],
        ),
        (
            "\u{feff}{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}",
            &["json-not-utf8"],
        ),
        (
            "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}}",
            &["json-syntax"],
        ),
        (
            "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"k\",}",
            &["json-syntax"],
        ),
        ("{'alg':'HS256'}", &["json-syntax"]),
        (
            "{ \"alg\" : \"HS256\" , \"typ\" : \"at+jwt\" , \"kid\" : \"k\" }",
            &[],
        ),
        (
            "{\r\n  \"alg\": \"HS256\",\r\n  \"typ\": \"at+jwt\",\r\n  \"kid\": \"k\"\r\n}",
            &[],
        ),
    ] {
        is(with(header), "jws", Some("alice"), ids);
    }
}

#[test]
fn hostile_claims_have_the_expected_findings() {
    let with = |claims: &str| hs256(r#"{"alg":"HS256","typ":"JWT","kid":"k"}"#, claims);
    let base = r#""iss":"i","sub":"alice","aud":"a","iat":1893455900"#;
    for (claims, ids) in [
        (r#""exp":1893456200"#, &[][..]),
        (r#""exp":1893456200.5"#, &[]),
        (r#""exp":1.8934562e9"#, &[]),
        (r#""exp":"1893456200""#, &["time-type"]),
        (r#""exp":"tomorrow""#, &["time-type"]),
        (r#""exp":null"#, &["time-type"]),
        (r#""exp":true"#, &["time-type"]),
        (r#""exp":{}"#, &["time-type"]),
        (r#""exp":-1"#, &["time-type"]),
        (r#""exp":1e300"#, &["time-type"]),
        (r#""exp":1e999"#, &["time-type"]),
        (r#""exp":99999999999999999999999999"#, &["time-type"]),
        (r#""exp":1893456200000"#, &["time-type"]),
        (r#""exp":0"#, &["lifetime-long", "exp-passed"]),
        (r#""exp":1893455900"#, &["lifetime-long", "exp-passed"]),
        (
            r#""exp":1893456200,"exp":1893999999"#,
            &["json-duplicate-member", "lifetime-long"],
        ),
        (r#""exp":1893456200,"nbf":1893459999"#, &["nbf-future"]),
        (r#""exp":1893456200,"aud":"b""#, &["json-duplicate-member"]),
        (r#""exp":1893456200,"jti":5"#, &["claim-type"]),
        (
            r#""exp":1893456200,"nonce":"n","scope":"s""#,
            &["id-or-access"],
        ),
        (
            r#""exp":1893456200,"password":"hunter2""#,
            &["pii-or-secret-in-claims"],
        ),
        (
            r#""exp":1893456200,"user":{"ssn":"078-05-1120"}"#,
            &["pii-or-secret-in-claims"],
        ),
        (r#""exp":1893456200,"name":"Zoë 漢字 😀""#, &[]),
        (r#""exp":1893456200,"name":"\u001b[2J""#, &["control-chars"]),
        (r#""exp":1893456200,"name":"a\u200bb""#, &["control-chars"]),
        (r#""exp":1893456200,"":"empty""#, &[]),
        (r#""exp":1893456200,"__proto__":{}"#, &[]),
    ] {
        is(
            with(&format!("{{{base},{claims}}}")),
            "jws",
            Some("alice"),
            ids,
        );
    }
    let deep = format!(
        "{{{base},\"exp\":1893456200,\"d\":{}1{}}}",
        "[".repeat(100),
        "]".repeat(100)
    );
    is(with(&deep), "jws", Some("alice"), &["json-syntax"]);
}

#[test]
fn other_inputs_are_detected() {
    is("", "nothing", None, &[]);
    is(" \n\t", "nothing", None, &[]);
    is("hello", "nothing", None, &[]);
    is("hello.world", "nothing", None, &[]);
    is("a.b.c", "nothing", None, &[]);
    is("README.md", "nothing", None, &[]);
    is("{}", "nothing", None, &[]);
    is("{", "nothing", None, &[]);
    is("null", "nothing", None, &[]);
    is([0_u8; 100], "nothing", None, &[]);
    is([0xff_u8; 100], "nothing", None, &[]);
    is("eyes and ears", "nothing", None, &[]);
    is(
        "{\"kty\":\"oct\"}",
        "jwk",
        None,
        &["key-members", "key-alg-missing", "kid-missing", "key-use"],
    );
    is("{\"keys\":[]}", "jwks", None, &[]);
    is("{\"keys\":5}", "jwks", None, &["set-shape"]);
    is(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "blocks",
        None,
        &[],
    );
    is("-----BEGIN PRIVATE KEY-----", "blocks", None, &[]);
    is([0x30, 0x82, 0xff, 0xff, 0xff], "blocks", None, &[]);
    is(
        json!({"payload": "e30", "signatures": []}).to_string(),
        "jws-json",
        None,
        &["json-serialization"],
    );
    is(
        json!({"ciphertext": "AA"}).to_string(),
        "jwe-json",
        None,
        &["alg-missing", "jwe-parts", "kid-missing"],
    );
    let issued = hs256(
        r#"{"alg":"HS256","typ":"dc+sd-jwt","kid":"k"}"#,
        r#"{"iss":"i","vct":"v"}"#,
    );
    is(format!("{issued}~"), "sd-jwt", None, &[]);
    is(format!("{issued}~x~"), "sd-jwt", None, &["sd-jwt"]);
    let inner = good();
    is(
        hs256(r#"{"alg":"HS256","kid":"k","cty":"JWT"}"#, &inner),
        "jws",
        None,
        &[],
    );
    is(
        hs256(r#"{"alg":"HS256","kid":"k"}"#, &inner),
        "jws",
        None,
        &["nested-cty"],
    );
    is(
        hs256(r#"{"alg":"HS256","kid":"k"}"#, "plain text"),
        "jws",
        None,
        &[],
    );
    is(
        hs256(r#"{"alg":"HS256","kid":"k"}"#, r#"{"order":5}"#),
        "jws",
        None,
        &[],
    );
}

/// A generator of pseudorandom numbers, the same in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// JOTSMITH_NOISE is the number of inputs. The default is small.
#[test]
fn random_bytes_and_mutations_do_not_panic_or_hang() {
    let count = std::env::var("JOTSMITH_NOISE")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(4_000_u64);
    let jwe = format!(
        "{}.AA.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA",
        base64url::encode(r#"{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2s":"AA","p2c":4096}"#)
    );
    let seeds: Vec<Vec<u8>> = [
        good(),
        jwe,
        format!("{}~WyJhIiwiYiIsMV0~", good()),
        json!({"payload": "e30", "signatures": [{"protected": base64url::encode(HEADER), "signature": "AA"}]}).to_string(),
        r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"k"}"#.into(),
        r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"oct","k":"AA"}]}"#.into(),
        format!("Authorization: Bearer {}", good()),
    ]
    .map(String::into_bytes)
    .into();
    let json = clap::Arg::new("json").long("json");
    let command = Args::augment_args(clap::Command::new("inspect").arg(json));
    let args = Args::from_arg_matches(&command.get_matches_from(["inspect"])).unwrap();
    let context = Context {
        console: Console::new(false, false, ColorChoice::Always),
        inputs: Inputs::default(),
        now: NOW,
        clock: Clock::Stopped(NOW),
        machine_clock: || NOW,
        no_input: true,
    };
    let mut slowest = (0.0, String::new());
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for round in 0..count {
        let mut input = match round % 4 {
            0 => (0..noise.below(300)).map(|_| noise.next() as u8).collect(),
            _ => seeds[noise.below(seeds.len())].clone(),
        };
        // Mutations of the JSON are encoded as base64url again.
        if round % 4 == 3 && input.starts_with(b"ey") {
            let mut json = HEADER.as_bytes().to_vec();
            let at = noise.below(json.len());
            json[at] = noise.next() as u8;
            let text = String::from_utf8_lossy(&input).into_owned();
            let (_, rest) = text.split_once('.').unwrap();
            input = format!("{}.{rest}", base64url::encode(json)).into_bytes();
        } else {
            for _ in 0..1 + noise.below(4) {
                let len = input.len();
                match (noise.below(4), len) {
                    (_, 0) => input.push(noise.next() as u8),
                    (0, _) => input[noise.below(len)] = noise.next() as u8,
                    (1, _) => drop(input.remove(noise.below(len))),
                    (2, _) => {
                        input.insert(noise.below(len), b"{}[]\".~=\\\n\0eyJ"[noise.below(14)])
                    }
                    _ => input.truncate(noise.below(len)),
                }
            }
        }
        let time = || {
            let start = Instant::now();
            // An input that is neither a token nor a key causes an error and nothing else.
            let _ = inspect::look_into(&input, &args, &context);
            start.elapsed().as_secs_f64()
        };
        // The debug build is ten times slower than the program.
        let limit = if cfg!(debug_assertions) { 2.0 } else { 0.05 };
        let mut took = time();
        if took > limit {
            // On a loaded machine, one call can be slow, but not all five.
            took = (0..5).map(|_| time()).fold(took, f64::min);
        }
        if took > slowest.0 {
            slowest = (took, String::from_utf8_lossy(&input).into_owned());
        }
        assert!(took < limit, "{took} s: {slowest:?}");
    }
    println!(
        "{count} inputs, the slowest {:.6} s: {:?}",
        slowest.0, slowest.1
    );
}
