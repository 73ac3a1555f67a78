//! Issues SD-JWTs (RFC 9901): selects the disclosable claims and the key of the holder.

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::Value;

use crate::cli::KeyArgs;
use crate::crypto::json::{self, Object};
use crate::crypto::{Error, PublicKey};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::profile::Profile;
use crate::sd_jwt::{
    self, DEFAULT_HASH, HASHES, IssueOptions, Path, Step, check_hidden_claims, visible_claims,
};

/// The maximum number of decoy digests in one object.
const MAX_DECOYS: u16 = 1000;

/// The arguments for selective disclosure.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selective disclosure")]
pub struct IssueArgs {
    /// Claim to make selectively disclosable (SD-JWT)
    ///
    /// address.region is a nested claim, NAME[0] is an array element, and NAME[] is every element. A path that begins with /
    /// is a JSON Pointer. A claim inside a selectively disclosable claim can be selectively disclosable too: the holder then
    /// discloses both, or only the outer claim.
    #[arg(long, value_name = "PATH", value_delimiter = ',')]
    sd: Vec<Path>,

    /// Make all permitted top-level claims selectively disclosable, except iat
    #[arg(long, hide_short_help = true)]
    sd_all: bool,

    /// Number of decoy digests to add to each object or array with digests
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=i64::from(MAX_DECOYS)), hide_default_value = true, hide_short_help = true)]
    decoys: u16,

    /// Hash algorithm of the digests
    #[arg(long, value_name = "NAME", default_value = DEFAULT_HASH, value_parser = hash(), hide_short_help = true)]
    sd_alg: String,

    /// Bind the SD-JWT to this public key of the holder (cnf)
    #[arg(long, value_name = "KEY", hide_short_help = true)]
    holder: Option<Source>,
}

fn hash() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(HASHES.map(|(name, _)| name))
}

impl IssueArgs {
    /// Whether the token is an SD-JWT.
    pub fn is_given(&self, profile: Option<Profile>) -> bool {
        !self.sd.is_empty()
            || self.sd_all
            || (self.holder.is_some() && profile != Some(Profile::ClientAttestation))
            || profile == Some(Profile::SdJwtVc)
    }

    /// Returns the key of the holder, if one is given.
    ///
    /// # Errors
    /// If the key cannot be read, is a shared secret, or is not the only one.
    pub fn load_holder_key(&self, context: &Context, keys: &KeyArgs) -> Result<Option<PublicKey>> {
        let secret_is = "cannot bind an SD-JWT to its holder";
        let load = |source| keys.load_bound(context, source, "--holder", secret_is);
        self.holder.as_ref().map(load).transpose()
    }
}

/// Issues SD-JWTs from claims sets.
pub struct Issuer {
    paths: Vec<Path>,
    is_all: bool,
    decoys: usize,
    hash: String,
    profile: Option<Profile>,
}

impl Issuer {
    /// Returns the issuer of SD-JWTs; `None` if the arguments do not select an SD-JWT.
    ///
    /// # Errors
    /// If a path selects a claim that must be visible, or flags for SD-JWTs are given without an SD-JWT.
    pub fn new(args: &IssueArgs, profile: Option<Profile>) -> Result<Option<Issuer>> {
        if !args.is_given(profile) {
            let is_lonely = args.decoys > 0 || args.sd_alg != DEFAULT_HASH;
            return if is_lonely {
                Err(CliError::usage("--decoys and --sd-alg need --sd or --sd-all").into())
            } else {
                Ok(None)
            };
        }
        check_hidden_claims(&args.sd, profile).map_err(|name| {
            CliError::usage(format!(
                "the claim {name} must not be selectively disclosable"
            ))
            .with_hint("remove it from --sd")
        })?;
        Ok(Some(Issuer {
            paths: args.sd.clone(),
            is_all: args.sd_all,
            decoys: args.decoys.into(),
            hash: args.sd_alg.clone(),
            profile,
        }))
    }

    /// Returns the payload with digests, and the disclosures.
    ///
    /// # Errors
    /// If a path selects no claim, or the name of a claim is reserved.
    pub fn issue_claims(&self, payload: &[u8]) -> Result<(Vec<u8>, Vec<String>)> {
        let claims = json::parse_object(payload)
            .map_err(|fault| Error::Malformed(format!("the claims set {fault}")))?;
        let mut paths = self.paths.clone();
        if self.is_all {
            paths.extend(self.claim_paths(&claims));
        }
        let options = IssueOptions {
            paths,
            decoys: self.decoys,
            hash: &self.hash,
        };
        let issued = sd_jwt::issue(claims, &options).map_err(|error| match error {
            Error::Malformed(why) => CliError::usage(why).into(),
            error => anyhow::Error::from(error),
        })?;
        let payload = Value::Object(issued.payload).to_string().into_bytes();
        Ok((payload, issued.disclosures))
    }

    fn claim_paths(&self, claims: &Object) -> impl Iterator<Item = Path> {
        let visible = visible_claims(self.profile);
        let names = claims.keys().filter(move |name| {
            let is_own = |path: &Path| path.steps() == [Step::Member((*name).clone())];
            *name != "iat" && !visible.contains(&name.as_str()) && !self.paths.iter().any(is_own)
        });
        names.map(|name| Path::new(vec![Step::Member(name.clone())]))
    }
}
