//! `keygen --list`: the table of algorithms.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli;
use crate::crypto::alg::facts::{self, Facts};
use crate::crypto::alg::{Algorithm, KeyManagementScheme};
use crate::crypto::json::Object;
use crate::crypto::jwe::{self, Encryption, Recipient};
use crate::crypto::jws::{SerializeOptions, SignatureSpec, Signer};
use crate::crypto::policy::{MAX_P2C, MAX_TOKEN, TokenTypes};
use crate::crypto::token::Format;
use crate::crypto::{DecryptPolicy, Key, KeySet, UnverifiedToken, VerifyPolicy, backend};
use crate::inspect::compatibility;
use crate::io::context::Context;

/// How long each operation is measured.
const MEASURED: Duration = Duration::from_millis(100);

/// Prints the table; with `bench`, operations a second on this machine beside it.
pub(super) fn run(context: &Context, bench: bool) -> Result<u8> {
    let rows = facts::all()
        .map(|facts| {
            let speed = bench.then(|| speed(facts.alg)).transpose()?.flatten();
            Ok((facts, speed))
        })
        .collect::<Result<Vec<_>>>()?;
    if context.console.json {
        let rows: Vec<Value> = rows.iter().map(object).collect();
        context.console.report(&json!({"algorithms": rows}))?;
    } else {
        for row in &rows {
            context.console.line(&line(row))?;
        }
    }
    Ok(0)
}

/// A row and its speed: making and opening a token, in operations a second.
type Row = (Facts, Option<[u64; 2]>);

fn purpose(alg: Algorithm) -> &'static str {
    match alg {
        Algorithm::Signature(_) => "signature",
        Algorithm::KeyManagement(_) => "key management",
        Algorithm::ContentEncryption(_) => "content encryption",
    }
}

fn object((facts, speed): &Row) -> Value {
    json!({
        "name": facts.alg.name(),
        "purpose": purpose(facts.alg),
        "key": facts.key,
        "strength_bits": facts.strength,
        "overhead_bytes": facts.overhead,
        "standing": facts.standing.name(),
        "reason": facts.reason,
        "tools": compatibility::tools(facts.alg).names,
        "gateways": compatibility::gateways(facts.alg).names,
        "made_per_second": speed.map(|[made, _]| made),
        "opened_per_second": speed.map(|[_, opened]| opened),
    })
}

fn line((facts, speed): &Row) -> String {
    let number = |number: Option<usize>, unit| number.map_or("-".into(), |n| format!("{n} {unit}"));
    let speed = speed.map_or(String::new(), |[made, opened]| {
        format!("{made:>8}/s {opened:>8}/s  ")
    });
    format!(
        "{:<19} {:<18} {:<11} {:>8} {:>10}  {speed}{}; {}; tools: {}; gateways: {}",
        facts.alg.name(),
        purpose(facts.alg),
        facts.standing.name(),
        number(facts.strength.map(|bits| bits as usize), "bits"),
        number(facts.overhead, "bytes"),
        facts.key,
        facts.reason,
        compatibility::tools(facts.alg),
        compatibility::gateways(facts.alg),
    )
}

/// How often a second a short token is made and opened; `None` for what no token is made with here.
fn speed(alg: Algorithm) -> Result<Option<[u64; 2]>> {
    match alg {
        Algorithm::Signature(row) => {
            let Ok(key) = backend::generate(alg.default_kind()) else {
                return Ok(None);
            };
            let set = KeySet::from_json(key.to_jwk()?.expose())?;
            let sign = || {
                let spec = SignatureSpec {
                    key: &key,
                    algorithm: row,
                    header: Object::new(),
                    unprotected: Object::new(),
                };
                let options = SerializeOptions {
                    format: Format::Compact,
                    unencoded: false,
                };
                let mut token = Vec::new();
                let signer = Signer::new(vec![spec], options)?;
                signer.sign(b"{\"sub\":\"alice\"}", &mut token)?;
                Ok(token)
            };
            let policy = VerifyPolicy {
                now: 0,
                algorithms: vec![row],
                types: TokenTypes::Any,
                claims: None,
                require_all: false,
                formats: Vec::new(),
            };
            let token = sign()?;
            let verify = || UnverifiedToken::parse(&token, MAX_TOKEN)?.verify(&set, &policy);
            Ok(Some([rate(sign)?, rate(verify)?]))
        }
        Algorithm::KeyManagement(row) if !row.is_deprecated() => {
            let key = match row.scheme {
                KeyManagementScheme::Pbes2(..) => {
                    Key::from_passphrase(b"passphrase".to_vec().into())?
                }
                _ => backend::generate(alg.default_kind())?,
            };
            encryption_speed(key, row, "A256GCM").map(Some)
        }
        Algorithm::KeyManagement(_) => Ok(None),
        Algorithm::ContentEncryption(row) => {
            let key = backend::generate(alg.default_kind())?;
            let direct = cli::key_management("dir").map_err(anyhow::Error::msg)?;
            encryption_speed(key, direct, row.name).map(Some)
        }
    }
}

fn encryption_speed(
    key: Key,
    algorithm: &'static crate::crypto::alg::KeyManagement,
    enc: &str,
) -> Result<[u64; 2]> {
    let enc = cli::content_encryption(enc).map_err(anyhow::Error::msg)?;
    let how = Encryption {
        enc,
        rounds: 220_000,
        zip: false,
        format: Format::Compact,
        aad: None,
        unprotected: Object::new(),
    };
    let encrypt = || {
        let recipient = Recipient {
            key: &key,
            algorithm,
            header: Object::new(),
        };
        jwe::encrypt(&[recipient], &how, &Object::new(), b"{\"sub\":\"alice\"}")
    };
    let token = encrypt()?;
    let made = rate(encrypt)?;
    let set = KeySet::new(vec![key])?;
    let policy = DecryptPolicy {
        now: 0,
        algorithms: Vec::new(),
        encryptions: Vec::new(),
        max_p2c: MAX_P2C,
        max_inflated: None,
        formats: Vec::new(),
    };
    let decrypt = || UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN)?.decrypt(&set, &policy);
    Ok([made, rate(decrypt)?])
}

fn rate<T>(mut operation: impl FnMut() -> crate::crypto::Result<T>) -> Result<u64> {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < MEASURED {
        operation()?;
        count += 1;
    }
    Ok((f64::from(count) / start.elapsed().as_secs_f64()) as u64)
}
