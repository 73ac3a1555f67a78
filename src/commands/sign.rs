//! `sign`: claims or any payload in, a signed token out.

use anyhow::Result;
use serde_json::{Value, json};

use super::Context;
use crate::args::claim::Member;
use crate::args::time::{End, Time};
use crate::args::{self, KeyArgs, OutputArgs};
use crate::crypto::alg::Signature;
use crate::crypto::json::{Object, parse_object};
use crate::crypto::random::random;
use crate::crypto::{base64url, jws};
use crate::exit::Complaint;
use crate::io::file::Audience;
use crate::io::source::Source;

/// How long a token lives when nothing else is said, in seconds.
const DEFAULT_LIFE: i64 = 15 * 60;
/// The largest payload, in bytes.
const MAX_PAYLOAD: usize = 64 * 1024 * 1024;

/// Mint a signed token
///
/// The payload is a claims set: --claims, then the flags, then CLAIMs. iat (now) and exp (in 15 minutes) are added unless
/// given or switched off. With --payload it is any bytes, exactly as they are.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith sign -k key.jwk sub=alice scope='read write'
  jotsmith sign -k key.pem --alg RS256 --iss https://issuer.example --aud api --exp 1h admin:=true
  jotsmith sign -k key.jwk --claims claims.json --no-exp
  jotsmith sign --secret env:HMAC_SECRET --payload message.bin")]
pub struct Args {
    /// A claim: name=text or name:=json (@PATH reads the value from a file)
    #[arg(value_name = "CLAIM")]
    claims: Vec<Member>,

    /// A JSON object with claims: path, -, or env:NAME
    #[arg(long = "claims", value_name = "INPUT", help_heading = "Claims")]
    file: Option<Source>,

    /// The issuer
    #[arg(long, value_name = "TEXT", help_heading = "Claims")]
    iss: Option<String>,

    /// The subject
    #[arg(long, value_name = "TEXT", help_heading = "Claims")]
    sub: Option<String>,

    /// An audience; repeat it for several
    #[arg(long, value_name = "TEXT", help_heading = "Claims")]
    aud: Vec<String>,

    /// When the token expires: a duration from now, or a time [default: 15m]
    #[arg(
        long,
        value_name = "DURATION|TIME",
        help_heading = "Claims",
        conflicts_with = "no_exp",
        allow_hyphen_values = true
    )]
    exp: Option<End>,

    /// Make a token that never expires
    #[arg(long, help_heading = "Claims")]
    no_exp: bool,

    /// When the token becomes valid
    #[arg(
        long,
        value_name = "TIME",
        help_heading = "Claims",
        allow_hyphen_values = true
    )]
    nbf: Option<Time>,

    /// Leave out when the token was made
    #[arg(long, help_heading = "Claims")]
    no_iat: bool,

    /// An identifier of the token; random when no =ID follows
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true, help_heading = "Claims")]
    jti: Option<Option<String>>,

    /// Sign these bytes instead of claims: path, -, or env:NAME
    #[arg(long, value_name = "INPUT", conflicts_with_all = ["claims", "file", "iss", "sub", "aud", "exp", "no_exp", "nbf", "no_iat", "jti"])]
    payload: Option<Source>,

    /// The signature algorithm, where the key leaves a choice
    #[arg(long, value_parser = args::signature, help_heading = "Header")]
    alg: Option<&'static Signature>,

    /// A header parameter: name=text or name:=json
    #[arg(long, value_name = "NAME=TEXT", help_heading = "Header")]
    header: Vec<Member>,

    /// The media type of the token [default: JWT for claims]
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    typ: Option<String>,

    /// The media type of the payload
    #[arg(long, value_name = "TYPE", help_heading = "Header")]
    cty: Option<String>,

    #[command(flatten)]
    keys: KeyArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let keys = args.keys.load(context)?;
    let (key, algorithm) = keys.for_signing(args.alg, context.now)?;
    let algorithm = match algorithm {
        Some(algorithm) => algorithm,
        None => {
            context
                .console
                .note("an RSA key fits several algorithms: using RS256 (--alg chooses)");
            args::signature("RS256").map_err(Complaint::failed)?
        }
    };
    let payload = match &args.payload {
        Some(source) => context
            .inputs
            .read(source, "payload", MAX_PAYLOAD)?
            .expose()
            .to_vec(),
        None => Value::Object(claims(args, context)?)
            .to_string()
            .into_bytes(),
    };
    let header = header(args, context, key.kid.as_deref())?;
    let token = jws::sign(key, algorithm, &header, &payload)?;
    if context.console.json && args.output.file().is_none() {
        context
            .console
            .object(json!({"token": token, "alg": algorithm.name, "kid": key.kid}))?;
    } else {
        (args.output).deliver(
            &context.console,
            format!("{token}\n").as_bytes(),
            Audience::Owner,
        )?;
    }
    Ok(0)
}

fn header(args: &Args, context: &Context, kid: Option<&str>) -> Result<Object> {
    let mut header = Object::new();
    let typ = args
        .typ
        .as_deref()
        .or(args.payload.is_none().then_some("JWT"));
    for (name, value) in [("typ", typ), ("cty", args.cty.as_deref()), ("kid", kid)] {
        if let Some(value) = value {
            header.insert(name.into(), value.into());
        }
    }
    for member in &args.header {
        header.insert(member.name.clone(), member.value(&context.inputs)?);
    }
    Ok(header)
}

fn claims(args: &Args, context: &Context) -> Result<Object> {
    let mut claims = match &args.file {
        None => Object::new(),
        Some(source) => {
            let text = context.inputs.read(source, "claims", MAX_PAYLOAD)?;
            parse_object(text.expose())
                .map_err(|fault| Complaint::failed(format!("{source}: the claims set {fault}")))?
        }
    };
    let mut typed = Object::new();
    let mut put = |name: &str, value: Value| match typed.insert(name.into(), value) {
        None => Ok(()),
        Some(_) => Err(Complaint::usage(format!("the claim {name} is given twice"))),
    };
    for (name, value) in [("iss", &args.iss), ("sub", &args.sub)] {
        if let Some(value) = value {
            put(name, value.as_str().into())?;
        }
    }
    match &*args.aud {
        [] => {}
        [only] => put("aud", only.as_str().into())?,
        several => put("aud", json!(several))?,
    }
    if let Some(End(exp)) = args.exp {
        put("exp", exp.resolve(context.now).into())?;
    }
    if let Some(nbf) = args.nbf {
        put("nbf", nbf.resolve(context.now).into())?;
    }
    match &args.jti {
        None => {}
        Some(Some(jti)) => put("jti", jti.as_str().into())?,
        Some(None) => put("jti", base64url::encode(random(16)?.expose()).into())?,
    }
    for member in &args.claims {
        put(&member.name, member.value(&context.inputs)?)?;
    }
    claims.extend(typed);
    add_defaults(args, context, &mut claims);
    Ok(claims)
}

fn add_defaults(args: &Args, context: &Context, claims: &mut Object) {
    let mut added = Vec::new();
    if !args.no_iat && !claims.contains_key("iat") {
        claims.insert("iat".into(), context.now.into());
        added.push("iat (now)");
    }
    if !args.no_exp && !claims.contains_key("exp") {
        claims.insert(
            "exp".into(),
            context.now.saturating_add(DEFAULT_LIFE).into(),
        );
        added.push("exp (in 15 minutes)");
    }
    if !added.is_empty() {
        context
            .console
            .note(&format!("added {}", added.join(" and ")));
    }
}
