//! `verify`: a token and keys in, the verified claims out, or every reason why not.

use anyhow::Result;
use serde_json::{Value, json};

use super::Context;
use crate::args::claim::Member;
use crate::args::time::Duration;
use crate::args::{self, KeyArgs, OutputArgs, TokenInput};
use crate::crypto::alg::Signature;
use crate::crypto::claims::ClaimRules;
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::{UnverifiedToken, VerifiedToken, VerifyPolicy};
use crate::io::console::json_text;
use crate::io::file::Audience;

/// Verify a signed token and print its claims
///
/// The keys and the flags decide which algorithm is right, never the token. exp is required and no clock skew is allowed
/// unless the flags say otherwise. All failed rules are told.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith verify -k key.jwk < token.jwt
  jotsmith verify -k jwks.json --iss https://issuer.example --aud api @token.jwt
  jotsmith verify -k rsa.pem --alg RS256 --typ at+jwt --require scope --max-age 1h @access.jwt
  jotsmith verify -k key.jwk --raw < signed.jws > payload.bin")]
pub struct Args {
    #[command(flatten)]
    token: TokenInput,

    #[command(flatten)]
    keys: KeyArgs,

    /// An algorithm to allow; repeat it for several
    #[arg(long, value_parser = args::signature, value_delimiter = ',', help_heading = "Rules")]
    alg: Vec<&'static Signature>,

    /// The issuer that must have made the token; repeat it for several
    #[arg(long, value_name = "TEXT", help_heading = "Rules")]
    iss: Vec<String>,

    /// An audience of which the token must name at least one
    #[arg(long, value_name = "TEXT", help_heading = "Rules")]
    aud: Vec<String>,

    /// The subject that the token must have
    #[arg(long, value_name = "TEXT", help_heading = "Rules")]
    sub: Option<String>,

    /// The media type that the header must state
    #[arg(long, value_name = "TYPE", help_heading = "Rules")]
    typ: Option<String>,

    /// A claim that must be there
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    require: Vec<String>,

    /// A claim that must be exactly this: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Rules")]
    claim: Vec<Member>,

    /// How far clocks may differ [default: 0s]
    #[arg(long, value_name = "DURATION", help_heading = "Rules")]
    leeway: Option<Duration>,

    /// How old the token may be since its iat
    #[arg(long, value_name = "DURATION", help_heading = "Rules")]
    max_age: Option<Duration>,

    /// Accept a token that never expires
    #[arg(long, help_heading = "Rules")]
    allow_no_exp: bool,

    /// Take any payload, check no claims, print its bytes
    #[arg(long, conflicts_with_all = ["iss", "aud", "sub", "require", "claim", "leeway", "max_age", "allow_no_exp"])]
    raw: bool,

    /// The largest token, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = MAX_TOKEN)]
    max_size: usize,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let policy = policy(args, context)?;
    let keys = args.keys.load(context)?;
    let token = args
        .token
        .read(&context.inputs, args.max_size.saturating_add(2))?;
    let verified = UnverifiedToken::parse(token.expose(), args.max_size)?.verify(&keys, &policy)?;
    if args.aud.is_empty()
        && let Some(aud) = verified.claims().and_then(|claims| claims.get("aud"))
    {
        context
            .console
            .note(&format!("the audience {aud} was not checked: --aud does"));
    }
    if args.raw {
        args.output
            .deliver_content(&context.console, verified.payload())?;
    } else if context.console.json {
        context.console.object(report(&verified))?;
    } else {
        let text = String::from_utf8_lossy(verified.payload());
        let line = format!("{}\n", json_text(text.trim_ascii()));
        args.output
            .deliver(&context.console, line.as_bytes(), Audience::Owner)?;
    }
    Ok(0)
}

fn policy(args: &Args, context: &Context) -> Result<VerifyPolicy> {
    let equal = args.claim.iter();
    let equal = equal.map(|member| Ok((member.name.clone(), member.value(&context.inputs)?)));
    Ok(VerifyPolicy {
        now: context.now,
        algorithms: args.alg.clone(),
        typ: args.typ.clone(),
        claims: (!args.raw).then_some(ClaimRules {
            issuers: args.iss.clone(),
            audiences: args.aud.clone(),
            subject: args.sub.clone(),
            required: args.require.clone(),
            equal: equal.collect::<Result<_>>()?,
            leeway: args.leeway.map_or(0, |leeway| leeway.0),
            max_age: args.max_age.map(|max_age| max_age.0),
            allow_no_exp: args.allow_no_exp,
        }),
    })
}

fn report(verified: &VerifiedToken) -> Value {
    json!({
        "verified": true,
        "alg": verified.algorithm(),
        "kid": verified.kid(),
        "thumbprint": verified.thumbprint(),
        "header": verified.header(),
        "claims": verified.claims(),
    })
}
