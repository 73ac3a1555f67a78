//! `keygen --list`: the table of algorithms.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::cli;
use crate::crypto::alg::{Algorithm, ContentEncryption, KeyManagementScheme, KeyType};
use crate::crypto::json::Object;
use crate::crypto::jwe::{self, Encryption, Recipient};
use crate::crypto::jws::{SerializeOptions, SignatureSpec, Signer};
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::token::Serialization;
use crate::crypto::{DecryptPolicy, Key, KeySet, UnverifiedToken, VerifyPolicy, backend};
use crate::inspection::algorithm_facts::{self as facts, Facts};
use crate::inspection::compatibility;
use crate::io::context::Context;
use crate::output::styled_text::{Style, StyledText};

/// The duration of the measurement of each operation.
const MEASURED: Duration = Duration::from_millis(100);

/// Prints the table. `long` adds the key, the reason for the status, and the software that supports the algorithm. `bench`
/// adds operations per second on this machine.
pub(super) fn run(context: &Context, long: bool, bench: bool) -> Result<u8> {
    let mut algorithms = Vec::new();
    for facts in facts::all_facts() {
        let speed = if bench {
            measure_speed(facts.alg)?
        } else {
            None
        };
        algorithms.push(AlgorithmReport::new(&facts, speed));
    }
    let report = ListReport { algorithms };
    if context.console.json {
        context.console.write_report(&report)?;
    } else {
        let page = report.render_table(long, bench);
        let text = context.console.render_text(&page);
        context.console.write_bytes(text.as_bytes())?;
    }
    Ok(0)
}

/// The report of `keygen --list`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListReport {
    /// Every algorithm, grouped by its purpose.
    algorithms: Vec<AlgorithmReport>,
}

/// What to know about an algorithm.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AlgorithmReport {
    /// The value of alg or enc.
    name: &'static str,
    /// What it is for: signature, key management or content encryption.
    purpose: &'static str,
    /// The key that it requires.
    key: &'static str,
    /// The security strength in bits; null if it depends on the size of the key, as `key` describes, or on a passphrase.
    strength_bits: Option<u32>,
    /// What it adds to a token before base64url, in bytes; null if that depends on the size of the key.
    overhead_bytes: Option<usize>,
    /// recommended, fine, legacy or deprecated.
    standing: &'static str,
    /// The reason for its recommendation.
    reason: &'static str,
    /// Other tools and libraries that support it.
    tools: Vec<&'static str>,
    /// Gateways that support it, according to their documentation.
    gateways: Vec<&'static str>,
    /// With --bench: tokens created per second on one core.
    made_per_second: Option<u64>,
    /// With --bench: tokens verified or decrypted per second on one core.
    opened_per_second: Option<u64>,
    /// The type of the key, for the table.
    #[serde(skip)]
    short_key: &'static str,
    /// The software that supports it, as text.
    #[serde(skip)]
    support: String,
}

impl AlgorithmReport {
    fn new(facts: &Facts, speed: Option<[u64; 2]>) -> AlgorithmReport {
        let (tools, gateways) = (
            compatibility::tool_support(facts.alg),
            compatibility::gateway_support(facts.alg),
        );
        AlgorithmReport {
            name: facts.alg.name(),
            purpose: match facts.alg {
                Algorithm::Signature(_) => "signature",
                Algorithm::KeyManagement(_) => "key management",
                Algorithm::ContentEncryption(_) => "content encryption",
            },
            key: facts.key,
            strength_bits: facts.strength,
            overhead_bytes: facts.overhead,
            standing: facts.standing.name(),
            reason: facts.reason,
            support: format!("tools: {tools}; gateways: {gateways}"),
            tools: tools.names,
            gateways: gateways.names,
            made_per_second: speed.map(|[made, _]| made),
            opened_per_second: speed.map(|[_, opened]| opened),
            short_key: match facts.alg.default_kind() {
                _ if facts.key.contains("EC") && facts.key.contains("OKP") => "EC or OKP",
                KeyType::Passphrase => "passphrase",
                kind => kind.kty(),
            },
        }
    }

    fn status_style(&self) -> Style {
        match self.standing {
            "recommended" => Style::Good,
            "legacy" => Style::Warn,
            "deprecated" => Style::Bad,
            _ => Style::Plain,
        }
    }
}

impl ListReport {
    /// Returns the table: a group for each purpose, at most 80 columns wide.
    fn render_table(&self, long: bool, bench: bool) -> StyledText {
        let mut page = StyledText::default();
        let mut purpose = "";
        for row in &self.algorithms {
            if row.purpose != purpose {
                purpose = row.purpose;
                match purpose {
                    "signature" => {
                        page.add_plain(Style::Strong, "Signature algorithms (alg of a JWS)");
                    }
                    "key management" => {
                        page.add_heading("Key management algorithms (alg of a JWE)")
                    }
                    _ => page.add_heading("Content encryption algorithms (enc of a JWE)"),
                }
                let rates = match (bench, purpose) {
                    (false, _) => String::new(),
                    (true, "signature") => format!("{:>10} {:>10}  ", "SIGN/S", "VERIFY/S"),
                    (true, _) => format!("{:>10} {:>10}  ", "ENCRYPT/S", "DECRYPT/S"),
                };
                let header = format!(
                    "{:<19} {:<11} {:>8} {:>9}  {rates}KEY",
                    "NAME", "STATUS", "STRENGTH", "OVERHEAD"
                );
                page.add_plain(Style::Dim, header);
            }
            let number = |number: Option<u64>| number.map_or("-".into(), |n| n.to_string());
            let strength = row.strength_bits.map_or("-".into(), |bits| format!("{bits} bits"));
            let overhead = row.overhead_bytes.map_or("-".into(), |bytes| format!("{bytes} B"));
            let mut rest = format!(" {strength:>8} {overhead:>9}  ");
            if bench {
                let (made, opened) = (number(row.made_per_second), number(row.opened_per_second));
                rest += &format!("{made:>10} {opened:>10}  ");
            }
            page.add_line([
                (Style::Strong, format!("{:<19} ", row.name)),
                (row.status_style(), format!("{:<11}", row.standing)),
                (Style::Plain, rest + row.short_key),
            ]);
            if long {
                let indent = [(Style::Plain, "    ")];
                for text in [row.key, row.reason, &row.support] {
                    page.add_prose(&indent, Style::Plain, text);
                }
            }
        }
        if !long {
            page.add_plain(Style::Plain, "");
            let hint = "--long adds key sizes, recommendations, tools and gateways.";
            page.add_plain(Style::Dim, hint);
        }
        page
    }
}

/// Measures how many short tokens per second are created, and verified or decrypted; `None` if the algorithm is not supported
/// for creating tokens.
fn measure_speed(alg: Algorithm) -> Result<Option<[u64; 2]>> {
    match alg {
        Algorithm::Signature(row) => {
            let Ok(key) = backend::generate_key(alg.default_kind()) else {
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
                    format: Serialization::Compact,
                    unencoded: false,
                };
                let mut token = Vec::new();
                let signer = Signer::new(vec![spec], options)?;
                signer.sign(b"{\"sub\":\"alice\"}", &mut token)?;
                Ok(token)
            };
            let policy = VerifyPolicy {
                algorithms: vec![row],
                ..VerifyPolicy::of_signature(0)
            };
            let token = sign()?;
            let verify = || UnverifiedToken::parse(&token, MAX_TOKEN)?.verify(&set, &policy);
            Ok(Some([measure_rate(sign)?, measure_rate(verify)?]))
        }
        Algorithm::KeyManagement(row) if !row.is_deprecated() => {
            let key = match row.scheme {
                KeyManagementScheme::Pbes2(..) => {
                    Key::from_passphrase(b"passphrase".to_vec().into())?
                }
                _ => backend::generate_key(alg.default_kind())?,
            };
            let enc = row.integrated_hpke().is_none().then(ContentEncryption::preferred);
            encryption_speed(key, row, enc).map(Some)
        }
        Algorithm::KeyManagement(_) => Ok(None),
        Algorithm::ContentEncryption(row) => {
            let key = backend::generate_key(alg.default_kind())?;
            let direct = cli::key_management("dir").map_err(anyhow::Error::msg)?;
            encryption_speed(key, direct, Some(row)).map(Some)
        }
    }
}

fn encryption_speed(
    key: Key,
    algorithm: &'static crate::crypto::alg::KeyManagement,
    enc: Option<&'static ContentEncryption>,
) -> Result<[u64; 2]> {
    let how = Encryption {
        enc,
        rounds: 220_000,
        ..Encryption::default()
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
    let made = measure_rate(encrypt)?;
    let set = KeySet::new(vec![key])?;
    let policy = DecryptPolicy::new(0);
    let decrypt = || UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN)?.decrypt(&set, &policy);
    Ok([made, measure_rate(decrypt)?])
}

fn measure_rate<T>(mut operation: impl FnMut() -> crate::crypto::Result<T>) -> Result<u64> {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < MEASURED {
        operation()?;
        count += 1;
    }
    Ok((f64::from(count) / start.elapsed().as_secs_f64()) as u64)
}
