//! The operation of `encrypt`: built once from the arguments, applied to each content.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{Args, MAX_CONTENT};
use crate::cli::claim::Member;
use crate::cli::select_serialization;
use crate::crypto::alg::{ContentEncryption, Hash, KeyManagement, KeyManagementScheme};
use crate::crypto::json::Object;
use crate::crypto::jwe::{self, Encryption, Recipient};
use crate::crypto::policy::{MAX_INFO, MAX_TOKEN};
use crate::crypto::token::Serialization;
use crate::crypto::{KeySet, UnverifiedToken};
use crate::io::context::Context;

/// Encrypts contents with one set of arguments.
pub struct EncryptJob {
    /// One set for each recipient.
    recipients: Vec<KeySet>,
    /// The source of each set; empty if it is not known.
    sources: Vec<String>,
    alg: Option<&'static KeyManagement>,
    enc: Option<&'static ContentEncryption>,
    /// The iteration count of PBKDF2.
    p2c: Option<u64>,
    zip: bool,
    format: Serialization,
    aad: Option<Vec<u8>>,
    /// The `info` of HPKE, which the application defines.
    info: Option<Vec<u8>>,
    unprotected: Object,
    /// The protected header without the parameters that the content and the keys add.
    header: Object,
    /// The protected header of a nested token.
    nested_header: Object,
}

impl EncryptJob {
    /// Reads the keys and the inputs that the arguments name.
    ///
    /// # Errors
    /// If one of them cannot be read or used.
    pub fn new(args: &Args, context: &Context) -> Result<EncryptJob> {
        let recipients = args.keys.fetch_each(context, &args.remote)?;
        let mut aad = None;
        if let Some(source) = &args.aad {
            let data = context.inputs.read(source, "authenticated data", MAX_CONTENT)?;
            aad = Some(data.expose().to_vec());
        }
        let mut info = None;
        if let Some(source) = &args.info {
            let data = context.inputs.read(source, "info", MAX_INFO)?;
            info = Some(data.expose().to_vec());
        }
        let keys = &args.keys.keys;
        let sources = keys.keys.iter().chain(&keys.secrets);
        let mut sources: Vec<String> = sources.map(ToString::to_string).collect();
        // With --kid or --passphrase, the sets do not correspond to the sources.
        if sources.len() != recipients.len() {
            sources.clear();
        }
        let needs_json = aad.is_some() || !args.unprotected.is_empty();
        Ok(EncryptJob {
            alg: args.alg,
            enc: args.enc,
            p2c: args.p2c,
            zip: args.zip,
            format: match args.format {
                None if needs_json && recipients.len() == 1 => Serialization::Flattened,
                asked => select_serialization(asked, recipients.len()),
            },
            aad,
            info,
            unprotected: read_members(&args.unprotected, context)?,
            header: build_header(args, None, context)?,
            nested_header: build_header(args, Some("JWT"), context)?,
            recipients,
            sources,
        })
    }

    /// Returns the job that encrypts signed tokens to one key (RFC 7519 section 11.2).
    pub fn nested_cty(
        key: KeySet,
        alg: Option<&'static KeyManagement>,
        enc: Option<&'static ContentEncryption>,
    ) -> EncryptJob {
        let header = Object::from_iter([("cty".into(), "JWT".into())]);
        EncryptJob {
            recipients: vec![key],
            sources: Vec::new(),
            alg,
            enc,
            p2c: None,
            zip: false,
            format: Serialization::Compact,
            aad: None,
            info: None,
            unprotected: Object::new(),
            nested_header: header.clone(),
            header,
        }
    }

    /// Encrypts one content at `now` (Unix seconds). A compact token is encrypted without the whitespace around it.
    ///
    /// # Errors
    /// If a set has no suitable key or several, or the algorithms do not fit.
    pub fn apply(&self, content: &[u8], now: i64) -> Result<EncryptReport> {
        let token = content.trim_ascii();
        let is_token = UnverifiedToken::parse(token, MAX_TOKEN)
            .is_ok_and(|token| token.format() == Serialization::Compact);
        let (content, header) = if is_token {
            (token, &self.nested_header)
        } else {
            (content, &self.header)
        };
        let mut recipients = Vec::with_capacity(self.recipients.len());
        for (index, set) in self.recipients.iter().enumerate() {
            let found = set.for_encrypting(self.alg, now);
            let (key, algorithm) = match self.sources.get(index) {
                Some(source) => found.with_context(|| source.clone())?,
                None => found?,
            };
            let mut own = Object::new();
            let has_kid = header.contains_key("kid") || self.unprotected.contains_key("kid");
            if let Some(kid) = key.kid.as_deref()
                && !has_kid
            {
                own.insert("kid".into(), kid.into());
            }
            recipients.push(Recipient {
                key,
                algorithm,
                header: own,
            });
        }
        // The length or the alg of a key for `dir` determines the content encryption.
        let of_key = recipients[0].key.content_encryption(self.alg);
        let is_integrated = recipients[0].algorithm.integrated_hpke().is_some();
        let preferred = (!is_integrated).then(ContentEncryption::preferred);
        let enc = self.enc.or(of_key).or(preferred);
        let most_p2c = recipients.iter().map(|one| default_p2c(one.algorithm)).max();
        let encryption = Encryption {
            enc,
            rounds: self.p2c.or(most_p2c).unwrap_or_default(),
            zip: self.zip,
            format: self.format,
            aad: self.aad.clone(),
            unprotected: self.unprotected.clone(),
            info: self.info.clone(),
        };
        let token = jwe::encrypt(&recipients, &encryption, header, content)?;
        let recipients: Vec<_> = recipients
            .iter()
            .map(|one| RecipientReport {
                alg: one.algorithm.name,
                kid: one.key.kid.clone(),
            })
            .collect();
        Ok(EncryptReport {
            token: Some(token),
            alg: recipients[0].alg,
            kid: recipients[0].kid.clone(),
            enc: enc.map(|enc| enc.name),
            recipients,
        })
    }
}

/// Returns the PBKDF2 iteration count that OWASP recommends (2025).
fn default_p2c(algorithm: &KeyManagement) -> u64 {
    match algorithm.scheme {
        KeyManagementScheme::Pbes2(Hash::Sha256, _) => 600_000,
        _ => 220_000,
    }
}

/// Returns the protected header. `cty` is the content type if --cty is not given.
fn build_header(args: &Args, cty: Option<&str>, context: &Context) -> Result<Object> {
    let mut header = Object::new();
    let cty = args.cty.as_deref().or(cty);
    for (name, value) in [("typ", args.typ.as_deref()), ("cty", cty)] {
        if let Some(value) = value {
            header.insert(name.into(), value.into());
        }
    }
    header.extend(read_members(&args.header, context)?);
    Ok(header)
}

fn read_members(typed: &[Member], context: &Context) -> Result<Object> {
    let value = |member: &Member| Ok((member.name.clone(), member.read_value(&context.inputs)?));
    typed.iter().map(value).collect()
}

/// The report about encrypted content.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EncryptReport {
    /// The token; null if it went to a file.
    pub token: Option<String>,
    /// The key management algorithm of the first recipient.
    alg: &'static str,
    /// The key ID of its key.
    kid: Option<String>,
    /// The content encryption algorithm; null if the key management algorithm encrypts the content itself.
    enc: Option<&'static str>,
    /// Every recipient.
    recipients: Vec<RecipientReport>,
}

/// A recipient of an encrypted token.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecipientReport {
    /// The key management algorithm.
    alg: &'static str,
    /// The key ID of the key.
    kid: Option<String>,
}
