//! Presents an SD-JWT: the holder selects disclosures and adds the key binding JWT.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::signer::signature_spec;
use super::{Args, signature_kid};
use crate::cli::TokenInput;
use crate::commands::shared::token_input::parse_signed_token;
use crate::crypto::json::{Members, Object};
use crate::crypto::jws::{SerializeOptions, SignatureSpec, Signer};
use crate::crypto::jwt::claims::TokenRules as _;
use crate::crypto::key::ThumbprintHash;
use crate::crypto::policy::{MAX_TOKEN, same_media_type};
use crate::crypto::token::{HeaderCache, Serialization};
use crate::crypto::{Code, Error};
use crate::io::context::Context;
use crate::output::exit::CliError;
use crate::profile::Profile;
use crate::sd_jwt::{
    KEY_BINDING_TYPE, Path, Processed, Selection, SignedToken, UnverifiedSdJwt, issuer_token,
    key_binding_claims, key_binding_key, serialize,
};

/// The arguments for presenting an SD-JWT.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Selective disclosure")]
pub struct PresentArgs {
    /// Present this SD-JWT: text, path, -, or env:NAME
    ///
    /// With -k, the key of the holder signs a key binding JWT for --aud and --nonce. JOTSMITH_KEY and JOTSMITH_KEY_FILE are
    /// ignored.
    #[arg(long, value_name = "SDJWT", conflicts_with_all = [
        "members", "file", "iss", "sub", "exp", "no_exp", "nbf", "no_iat", "jti", "payload", "lines", "sd", "sd_all", "holder",
        "decoys", "sd_alg", "detached", "unencoded", "encrypt_to", "header", "unprotected", "typ", "cty", "embed_jwk", "x5c", "x5t",
        "kid_from", "format", "account", "ath_of", "force_claims"])]
    pub present: Option<String>,

    /// Claim to disclose, with the claims that contain it
    #[arg(
        long,
        value_name = "PATH",
        value_delimiter = ',',
        requires = "present",
        conflicts_with = "lines",
        hide_short_help = true
    )]
    disclose: Vec<Path>,

    /// Disclose no claim
    #[arg(long, requires = "present", conflicts_with_all = ["disclose", "disclose_all", "lines"], hide_short_help = true)]
    disclose_none: bool,

    /// Disclose every claim
    #[arg(
        long,
        requires = "present",
        conflicts_with_all = ["disclose", "lines"],
        hide_short_help = true
    )]
    disclose_all: bool,

    /// Nonce of the verifier, for the key binding JWT
    #[arg(
        long,
        value_name = "TEXT",
        requires = "present",
        conflicts_with = "lines",
        hide_short_help = true
    )]
    nonce: Option<String>,
}

impl PresentArgs {
    /// Refuses the flags that require `--present`. clap ignores this requirement if another flag conflicts with
    /// `--present`.
    ///
    /// # Errors
    /// If one of the flags is given without `--present`.
    pub fn check_unused(&self) -> Result<()> {
        let is_given = self.disclose_none
            || self.disclose_all
            || !self.disclose.is_empty()
            || self.nonce.is_some();
        if is_given && self.present.is_none() {
            let message = "--disclose, --disclose-none, --disclose-all and --nonce need --present";
            return Err(CliError::usage(message).into());
        }
        Ok(())
    }

    fn selection(&self) -> Result<Selection> {
        if self.disclose_none {
            return Ok(Selection::Nothing);
        }
        if self.disclose_all {
            return Ok(Selection::Everything);
        }
        if self.disclose.is_empty() {
            let message = "--present needs the claims to disclose";
            let hint = "use --disclose PATH, --disclose-none or --disclose-all";
            return Err(CliError::usage(message).with_hint(hint).into());
        }
        Ok(Selection::Paths(self.disclose.clone()))
    }
}

/// Presents the SD-JWT `text`.
pub fn present_sd_jwt(args: &Args, context: &Context, text: &str) -> Result<u8> {
    let selection = args.present.selection()?;
    let has_keys = !args.keys.keys.is_empty() || !args.keys.secrets.is_empty();
    let target = match (&*args.claims.aud, &args.present.nonce) {
        ([], None) if !has_keys => None,
        ([audience], Some(nonce)) if has_keys => Some((audience, nonce)),
        _ => {
            let message = "key binding requires -k, one --aud and --nonce";
            let hint = "omit all three for a presentation without key binding";
            return Err(CliError::usage(message).with_hint(hint).into());
        }
    };
    let input = TokenInput {
        token: Some(text.to_owned()),
        field: None,
    };
    let token = input.read_token(context, MAX_TOKEN.saturating_add(2))?;
    let mut headers = HeaderCache::default();
    let sd_jwt = parse(token.expose(), &mut headers)?;
    let processed = sd_jwt.process_unverified()?;
    if args.profile == Some(Profile::SdJwtVc) {
        check_credential(&sd_jwt, &processed)?;
    } else if args.profile.is_some() {
        return Err(CliError::usage("--present supports only --profile sd-jwt-vc").into());
    }
    let disclosures = sd_jwt.select(&selection).map_err(as_usage_error)?;
    let issuer_token = issuer_token(token.expose());
    let mut presentation = serialize(&issuer_token, &disclosures, None)?;
    let mut report = PresentReport {
        token: None,
        disclosures: disclosures.len(),
        alg: None,
        kid: None,
    };
    if let Some((audience, nonce)) = target {
        let sets = args.external.load(&args.keys, context)?;
        let [set] = &*sets else {
            return Err(
                CliError::usage("a key binding JWT has one signature; pass one key").into(),
            );
        };
        let mut spec = signature_spec(args, context, set)?;
        check_holder(&spec, &processed.payload)?;
        report.alg = Some(spec.algorithm.name);
        report.kid = signature_kid(&spec).map(str::to_owned);
        spec.header = Object::new();
        spec.header.insert("typ".into(), KEY_BINDING_TYPE.into());
        let unbound = parse(&presentation, &mut headers)?;
        let claims = key_binding_claims(&unbound, audience, nonce, context.clock.now())?;
        let options = SerializeOptions {
            format: Serialization::Compact,
            unencoded: false,
        };
        let mut key_binding = Vec::new();
        let payload = Value::Object(claims).to_string();
        Signer::new(vec![spec], options)?.sign(payload.as_bytes(), &mut key_binding)?;
        let key_binding = String::from_utf8_lossy(&key_binding);
        presentation = serialize(&issuer_token, &disclosures, Some(&key_binding))?;
    }
    let line = [super::http_header(args).as_bytes(), &presentation, b"\n"].concat();
    args.output.write_result_or_report(&context.console, &line, |shown| PresentReport {
        token: shown.then(|| String::from_utf8_lossy(&presentation).into_owned()),
        ..report
    })?;
    Ok(0)
}

fn parse<'t>(token: &'t [u8], headers: &mut HeaderCache) -> Result<UnverifiedSdJwt<'t>> {
    match parse_signed_token(token, MAX_TOKEN, headers)? {
        SignedToken::SdJwt(sd_jwt) => Ok(sd_jwt),
        SignedToken::Plain(_) => {
            let message = "the token is not an SD-JWT, which ends with ~ or has disclosures";
            Err(CliError::new(Code::Malformed, message).into())
        }
    }
}

/// Turns the error that a path has no disclosure into a usage error.
fn as_usage_error(error: Error) -> anyhow::Error {
    match error {
        Error::Malformed(why) if why.starts_with("the SD-JWT has no disclosure for") => {
            CliError::usage(why).into()
        }
        error => error.into(),
    }
}

/// Checks that the key is the one that the issuer bound the SD-JWT to.
fn check_holder(spec: &SignatureSpec, payload: &Object) -> Result<()> {
    if spec.algorithm.is_symmetric() {
        return Err(
            CliError::usage("a key binding JWT cannot be signed with a shared secret").into(),
        );
    }
    let bound = key_binding_key(payload)?.thumbprint(ThumbprintHash::Sha256)?;
    if spec.key.thumbprint(ThumbprintHash::Sha256)? != bound {
        let message = "the key is not the one that the SD-JWT is bound to (cnf)";
        return Err(CliError::new(Code::NoKey, message)
            .with_hint("pass the private key of the holder with -k")
            .into());
    }
    Ok(())
}

/// Checks the header and the claims of a verifiable credential.
fn check_credential(sd_jwt: &UnverifiedSdJwt, processed: &Processed) -> Result<()> {
    let expected = Profile::SdJwtVc.required_typ().unwrap_or_default();
    let typ = sd_jwt.unverified_header().protected().get("typ");
    if !(typ.and_then(Value::as_str)).is_some_and(|typ| same_media_type(typ, expected)) {
        return Err(Error::NotAllowed(format!("the typ of the SD-JWT is not {expected}")).into());
    }
    let text = Value::Object(processed.payload.clone()).to_string();
    let claims = Members::parse(text.as_bytes())
        .map_err(|fault| Error::Malformed(format!("the payload {fault}")))?;
    let rules = Profile::SdJwtVc.table_row();
    let mut failures = rules.failures(&claims);
    failures.extend(processed.wrongly_disclosed(rules.visible));
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Error::ClaimsRejected(failures).into())
    }
}

/// The report of a presentation.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PresentReport {
    /// The presentation; null if it went to a file.
    token: Option<String>,
    /// How many disclosures it has.
    disclosures: usize,
    /// The algorithm of the key binding JWT; null without one.
    alg: Option<&'static str>,
    /// The key ID of its key.
    kid: Option<String>,
}
