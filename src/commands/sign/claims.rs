//! The claims of a new token: from a file, from flags, and the times that are added.

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::claim::Member;
use crate::cli::profile::cli_error;
use crate::cli::time::{End, Time};
use crate::crypto::base64url;
use crate::crypto::json::{Object, parse_object};
use crate::crypto::jwt::profile::Profile;
use crate::crypto::random::random;
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;

/// How long a token lives when nothing else is said, in seconds.
pub const DEFAULT_LIFE: i64 = 15 * 60;
/// The largest file of claims, in bytes.
const MAX_CLAIMS: usize = 16 * 1024 * 1024;

/// The claims as they are typed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Claims")]
pub struct ClaimArgs {
    /// A claim: name=text or name:=json (@PATH reads the value from a file)
    #[arg(value_name = "CLAIM")]
    pub members: Vec<Member>,

    /// A JSON object with claims, or with --lines one a line: path, -, or env:NAME
    #[arg(long = "claims", value_name = "INPUT")]
    pub file: Option<Source>,

    /// The issuer
    #[arg(long, value_name = "TEXT")]
    pub iss: Option<String>,

    /// The subject
    #[arg(long, value_name = "TEXT")]
    pub sub: Option<String>,

    /// An audience; repeat it for several
    #[arg(long, value_name = "TEXT")]
    pub aud: Vec<String>,

    /// When the token expires: a duration from now, or a time [default: 15m]
    #[arg(
        long,
        value_name = "DURATION|TIME",
        conflicts_with = "no_exp",
        allow_hyphen_values = true
    )]
    pub exp: Option<End>,

    /// Make a token that never expires
    #[arg(long)]
    pub no_exp: bool,

    /// When the token becomes valid
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub nbf: Option<Time>,

    /// Leave out when the token was made
    #[arg(long)]
    pub no_iat: bool,

    /// An identifier of the token; random when no =ID follows
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true)]
    pub jti: Option<Option<String>>,
}

impl ClaimArgs {
    /// The claims set: the file, then what is typed, then the times.
    ///
    /// # Errors
    /// When the file is no JSON object, a claim is given twice, or the profile's rules are not met.
    pub fn build(&self, context: &Context, profile: Option<Profile>) -> Result<Object> {
        let file = match &self.file {
            None => Object::new(),
            Some(source) => {
                let text = context.inputs.read(source, "claims", MAX_CLAIMS)?;
                parse_object(text.expose()).map_err(|fault| {
                    CliError::failed(format!("{source}: the claims set {fault}"))
                })?
            }
        };
        let (claims, added) = self.complete(context, file, profile)?;
        if !added.is_empty() {
            let added = added.join(" and ");
            context.console.note(&format!("added {added}"));
        }
        Ok(claims)
    }

    /// `claims` with what is typed put over them, and the times added; tells which were.
    ///
    /// # Errors
    /// When a claim is given twice, or the profile's rules are not met.
    pub fn complete(
        &self,
        context: &Context,
        mut claims: Object,
        profile: Option<Profile>,
    ) -> Result<(Object, Vec<String>)> {
        let wants_jti = profile.is_some_and(Profile::has_jti) && !claims.contains_key("jti");
        claims.extend(self.typed(context, wants_jti)?);
        let added = self.add_times(context.now, profile, &mut claims);
        if let Some(cli_error) = profile.and_then(|profile| cli_error(profile, &claims)) {
            return Err(cli_error.into());
        }
        Ok((claims, added))
    }

    /// What is typed, and a random `jti` if one is wanted and none is typed.
    ///
    /// # Errors
    /// When a claim is given twice, or a value cannot be read.
    pub fn typed(&self, context: &Context, wants_jti: bool) -> Result<Object> {
        let mut typed = Object::new();
        let mut put = |name: &str, value: Value| match typed.insert(name.into(), value) {
            None => Ok(()),
            Some(_) => Err(CliError::usage(format!("the claim {name} is given twice"))),
        };
        for (name, value) in [("iss", &self.iss), ("sub", &self.sub)] {
            if let Some(value) = value {
                put(name, value.as_str().into())?;
            }
        }
        match &*self.aud {
            [] => {}
            [only] => put("aud", only.as_str().into())?,
            several => put("aud", json!(several))?,
        }
        if let Some(End(exp)) = self.exp {
            put("exp", exp.resolve(context.now).into())?;
        }
        if let Some(nbf) = self.nbf {
            put("nbf", nbf.resolve(context.now).into())?;
        }
        let given = self.members.iter().any(|member| member.name == "jti");
        let wanted = wants_jti && !given;
        match &self.jti {
            Some(Some(jti)) => put("jti", jti.as_str().into())?,
            None if !wanted => {}
            Some(None) | None => put("jti", base64url::encode(random(16)?.expose()).into())?,
        }
        for member in &self.members {
            let value = member.value(&context.inputs)?;
            // As text every verifier would refuse it (RFC 7519 §2, NumericDate).
            if ["exp", "nbf", "iat"].contains(&&*member.name) && value.is_string() {
                let cli_error = CliError::usage(format!("the claim {} is a number", member.name));
                let hint = format!("{}:=SECONDS gives it as one", member.name);
                return Err(cli_error.hint(hint).into());
            }
            put(&member.name, value)?;
        }
        Ok(typed)
    }

    /// Adds `iat` and `exp` where they are missing, and tells which were. `now` is in Unix seconds.
    pub fn add_times(
        &self,
        now: i64,
        profile: Option<Profile>,
        claims: &mut Object,
    ) -> Vec<String> {
        let mut added = Vec::new();
        if !self.no_iat && !claims.contains_key("iat") {
            let back = profile.map_or(0, Profile::backdated);
            claims.insert("iat".into(), now.saturating_sub(back).into());
            added.push(match back {
                0 => "iat (now)".into(),
                back => format!("iat ({back} s ago)"),
            });
        }
        let life = profile.map_or(Some(DEFAULT_LIFE), Profile::life);
        if let Some(life) = life
            && !self.no_exp
            && !claims.contains_key("exp")
        {
            claims.insert("exp".into(), now.saturating_add(life).into());
            added.push(format!("exp (in {} minutes)", life / 60));
        }
        added
    }
}
