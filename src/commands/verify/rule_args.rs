//! The arguments for the rules that a token must meet.

use anyhow::Result;

use crate::cli::claim::Member;
use crate::cli::named::{self, name_parser};
use crate::cli::time::Duration;
use crate::cli::{self, profile_args};
use crate::commands::shared::claim_values::{certificate_fingerprint, half_hashes};
use crate::crypto::alg::Signature;
use crate::crypto::jws::access_token_hash;
use crate::crypto::jwt::claims::ClaimRules;
use crate::crypto::jwt::matching::{Glob, MAX_PATTERN};
use crate::crypto::policy::TokenTypes;
use crate::crypto::token::Serialization;
use crate::crypto::{SecretBytes, VerifyPolicy};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::profile::Profile;

/// The rules of the command line.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// Accepted algorithm; repeatable
    #[arg(long, value_parser = name_parser(cli::parse_signature_algorithm, named::signature_names), hide_possible_values = true, value_delimiter = ',')]
    pub alg: Vec<&'static Signature>,

    /// Required issuer (iss); repeat it to accept several
    #[arg(long, value_name = "TEXT")]
    pub iss: Vec<String>,

    /// Required audience (aud); repeat it to accept several
    #[arg(long, value_name = "TEXT")]
    pub aud: Vec<String>,

    /// Required authorized party (azp) [default with --profile id: one of --aud]
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub azp: Option<String>,

    /// Required subject (sub)
    #[arg(long, value_name = "TEXT")]
    pub sub: Option<String>,

    /// Required token type (typ)
    #[arg(long, value_name = "TYPE")]
    pub typ: Option<String>,

    /// Claim that must be present
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub require: Vec<String>,

    /// Required value of a claim: name=text or name:=json
    ///
    /// In every rule, a name that begins with / is a JSON Pointer (RFC 6901).
    #[arg(long, value_name = "NAME=TEXT")]
    pub claim: Vec<Member>,

    /// Required scope; repeatable
    #[arg(long, value_name = "TEXT")]
    pub scope: Vec<String>,

    /// String that an array claim must contain: name=text
    #[arg(long, value_name = "NAME=TEXT", value_parser = name_and_text, hide_short_help = true)]
    pub contains: Vec<(String, String)>,

    /// Pattern that a claim must match
    ///
    /// * matches any number of characters, and ? matches exactly one. The pattern must match the complete claim.
    #[arg(long, value_name = "NAME=PATTERN", value_parser = name_and_pattern, hide_short_help = true)]
    pub glob: Vec<(String, Glob)>,

    /// Tolerated difference between clocks [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::time::parse_leeway)]
    pub leeway: Option<Duration>,

    /// Maximum age of the token, according to iat
    #[arg(long, value_name = "DURATION")]
    pub max_age: Option<Duration>,

    /// Accept a token without exp
    #[arg(long)]
    pub allow_no_exp: bool,

    /// Enforce this profile (sign --list-profiles)
    #[arg(long, value_name = "PROFILE", hide_possible_values = true, value_parser = profile_args::for_verifying())]
    pub profile: Option<Profile>,

    /// Access token that the DPoP proof must be bound to (ath): path, -, or env:NAME
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    pub ath_of: Option<Source>,

    /// Access token that at_hash must match: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    pub access_token: Option<Source>,

    /// Authorization code that c_hash must match: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    pub code: Option<Source>,

    /// Client certificate that the token must be bound to (cnf.x5t#S256): PEM file, -, or env:NAME
    #[arg(long, value_name = "INPUT", hide_short_help = true)]
    pub client_cert: Option<Source>,

    /// Client attestation that contains the key of this proof; it is verified with -k: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", conflicts_with_all = ["lines", "issuer", "x5c_roots"], hide_short_help = true)]
    pub attestation: Option<Source>,

    /// Require that every signature verifies, not only one
    #[arg(long, hide_short_help = true)]
    pub require_all: bool,

    /// Accept only this serialization; repeatable
    #[arg(long, hide_short_help = true)]
    pub format: Vec<Serialization>,

    /// Accept and print any payload; check no claims
    #[arg(long, conflicts_with_all = [
        "iss", "aud", "azp", "sub", "require", "claim", "scope", "contains", "glob", "leeway", "max_age", "allow_no_exp", "profile", "ath_of", "access_token", "code", "client_cert", "attestation"])]
    pub raw: bool,
}

fn name_and_text(typed: &str) -> Result<(String, String), String> {
    match typed.split_once('=') {
        Some(("", _)) => Err("has no name before the =".into()),
        Some((name, _)) if name.ends_with(':') => Err("compares text only; omit the colon".into()),
        Some((name, text)) => Ok((name.into(), text.into())),
        None => Err("is not NAME=TEXT".into()),
    }
}

fn name_and_pattern(typed: &str) -> Result<(String, Glob), String> {
    let (name, pattern) = name_and_text(typed)?;
    let too_long = || format!("has a pattern of more than {MAX_PATTERN} characters");
    Ok((name, Glob::new(&pattern).ok_or_else(too_long)?))
}

impl RuleArgs {
    /// Whether there is a rule that requires a claims set.
    fn asks_for_claims(&self) -> bool {
        let lists = [&self.iss, &self.aud, &self.require, &self.scope];
        lists.iter().any(|list| !list.is_empty())
            || !self.claim.is_empty()
            || !self.contains.is_empty()
            || !self.glob.is_empty()
            || self.sub.is_some()
            || self.azp.is_some()
            || self.leeway.is_some()
            || self.max_age.is_some()
            || self.allow_no_exp
            || self.profile.is_some()
            || [
                &self.ath_of,
                &self.access_token,
                &self.code,
                &self.client_cert,
            ]
            .iter()
            .any(|input| input.is_some())
            || self.attestation.is_some()
    }

    /// Returns the policy. `issuer` is the issuer whose keys are fetched, `access_token` the content of `ath_of`. A detached
    /// payload is read as a claims set only if there is a rule for claims.
    ///
    /// # Errors
    /// If the arguments do not fit the profile, or the value of a claim cannot be read.
    pub fn build_policy(
        &self,
        context: &Context,
        is_detached: bool,
        issuer: Option<&str>,
        access_token: Option<&SecretBytes>,
    ) -> Result<VerifyPolicy> {
        let any_payload = self.raw || (is_detached && issuer.is_none() && !self.asks_for_claims());
        Ok(VerifyPolicy {
            now: context.now,
            algorithms: profile_args::allowed_algorithms(self.profile, &self.alg)?,
            types: self.accepted_types()?,
            claims: if any_payload {
                None
            } else {
                Some(self.claim_rules(context, issuer, access_token)?)
            },
            require_all: self.require_all,
            formats: self.accepted_serializations(any_payload || is_detached)?,
        })
    }

    /// Returns the accepted serializations. A JWT is compact (RFC 7519 section 1), so if claims are checked, --format must
    /// name the JSON serializations. A SPIFFE SVID is always compact (JWT-SVID section 1).
    fn accepted_serializations(&self, any_payload: bool) -> Result<Vec<Serialization>> {
        let is_svid = self.profile == Some(Profile::JwtSvid);
        if is_svid && self.format.iter().any(|format| *format != Serialization::Compact) {
            let message = "the profile jwt-svid allows the compact serialization only";
            return Err(CliError::usage(message).with_hint("omit --format").into());
        }
        if self.format.is_empty() && (is_svid || !any_payload) {
            return Ok(vec![Serialization::Compact]);
        }
        Ok(self.format.clone())
    }

    fn accepted_types(&self) -> Result<TokenTypes> {
        profile_args::resolve_typ(self.profile, self.typ.as_deref())?;
        if let Some(typ) = &self.typ {
            return Ok(TokenTypes::Required(vec![typ.clone()]));
        }
        Ok(self.profile.map_or(TokenTypes::Any, Profile::types))
    }

    fn claim_rules(
        &self,
        context: &Context,
        issuer: Option<&str>,
        access_token: Option<&SecretBytes>,
    ) -> Result<ClaimRules> {
        let equal = self.claim.iter();
        let equal =
            equal.map(|member| Ok((member.name.clone(), member.read_value(&context.inputs)?)));
        let mut equal = equal.collect::<Result<Vec<_>>>()?;
        if let Some(token) = access_token {
            let hash = access_token_hash(token.expose().trim_ascii());
            equal.push(("ath".into(), hash.into()));
        }
        if let Some(source) = &self.client_cert {
            let fingerprint = certificate_fingerprint(&context.inputs, source)?;
            equal.push(("/cnf/x5t#S256".into(), fingerprint));
        }
        let inputs = &context.inputs;
        let hashes = half_hashes(inputs, self.access_token.as_ref(), self.code.as_ref())?;
        let max_age = self.max_age.map(|max_age| max_age.0);
        let profile_age = self.profile.and_then(|profile| profile.table_row().max_age);
        let has_no_exp = self.profile.is_some_and(|profile| !profile.requires_claim("exp"));
        Ok(ClaimRules {
            issuers: issuer.map_or_else(|| self.iss.clone(), |issuer| vec![issuer.into()]),
            audiences: self.aud.clone(),
            subject: self.sub.clone(),
            required: self.require.clone(),
            equal,
            scopes: self.scope.clone(),
            contained: self.contains.clone(),
            patterns: self.glob.clone(),
            authorized_party: self.azp.clone(),
            leeway: self.leeway.map_or(0, |leeway| leeway.0),
            max_age: max_age.or(profile_age),
            allow_no_exp: self.allow_no_exp || has_no_exp,
            hashes,
            token_rules: self.profile.map(|profile| profile.table_row() as _),
        })
    }
}
