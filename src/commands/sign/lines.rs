//! `sign --lines`: claims sets in, one token each.

use anyhow::Result;

use super::Args;
use super::claims::{ClaimArgs, DEFAULT_LIFE};
use crate::cli::profile::cli_error;
use crate::cli::time::End;
use crate::cli::{Items, access_token_hash};
use crate::crypto::batch;
use crate::crypto::json::{Members, Object, compact, parse_object};
use crate::crypto::jws::Signer;
use crate::crypto::jwt::profile::Profile;
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::random::random;
use crate::crypto::{Error, base64url};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::output::ndjson::Answer;

pub(super) fn run(args: &Args, context: &Context, signers: &[Signer]) -> Result<u8> {
    let [signer] = signers else {
        return Err(
            CliError::usage("--lines makes compact tokens, which have one signature")
                .hint("give one key")
                .into(),
        );
    };
    let items = Items {
        source: args.claims.file.as_ref().unwrap_or(&Source::Stdin),
        what: "claims set",
        max_len: MAX_TOKEN,
    };
    let mut typed = (args.claims).typed(context, args.profile.is_some_and(Profile::has_jti))?;
    if let Some(source) = &args.ath_of {
        typed.insert(
            "ath".into(),
            access_token_hash(&context.inputs, source)?.into(),
        );
    }
    let ready = batch::Signer::new(signer)?;
    let (clock, as_json) = (context.clock, context.console.json);
    args.lines.run(context, &args.output, &items, || {
        let mut claims = Claims::new(&args.claims, args.profile, typed.clone());
        let mut payload = Vec::new();
        let ready = &ready;
        move |number, line: &[u8], out: &mut Vec<u8>| {
            claims.complete(line, clock.now(), &mut payload)?;
            if as_json {
                let mut token = Vec::new();
                ready.sign(&payload, &mut token)?;
                Answer::good(number, out)
                    .bytes("token", &token)
                    .text("alg", Some(signer.algorithm.name))
                    .text("kid", signer.key.kid.as_deref())
                    .end();
            } else {
                ready.sign(&payload, out)?;
                out.push(b'\n');
            }
            Ok(())
        }
    })
}

/// The claims that every line gets besides its own.
struct Claims<'a> {
    args: &'a ClaimArgs,
    profile: Option<Profile>,
    /// Those that were typed.
    typed: Object,
    /// The same as the inside of a JSON object.
    text: String,
    /// Whether each line gets a `jti` of its own.
    random_jti: bool,
    /// The time that they hold.
    now: Option<i64>,
}

impl<'a> Claims<'a> {
    fn new(args: &'a ClaimArgs, profile: Option<Profile>, typed: Object) -> Claims<'a> {
        let is_typed = args.members.iter().any(|member| member.name == "jti");
        Claims {
            random_jti: matches!(args.jti, None | Some(None))
                && !is_typed
                && typed.contains_key("jti"),
            args,
            profile,
            typed,
            text: String::new(),
            now: None,
        }
    }

    /// Makes the payload from a line: its own claims, those that were typed, and `iat` and `exp` unless there.
    fn complete(&mut self, line: &[u8], now: i64, payload: &mut Vec<u8>) -> Result<()> {
        self.renew(now)?;
        let [mut has_iat, mut has_exp, mut has_typed] = [false; 3];
        let read = Members::parse(line);
        for name in read.iter().flat_map(Members::names) {
            has_iat |= name == "iat";
            has_exp |= name == "exp";
            has_typed |= self.typed.keys().any(|typed| typed == name);
        }
        if read.is_err() || has_typed || self.profile.is_some() {
            return self.build(line, now, payload);
        }
        // Nothing is said twice, so the texts only have to be put one behind the other.
        payload.clear();
        compact(line, payload);
        payload.pop();
        let mut add = |text: &str| {
            if payload.len() > 1 && !text.is_empty() {
                payload.push(b',');
            }
            payload.extend_from_slice(text.as_bytes());
        };
        add(&self.text);
        if !(self.args.no_iat || has_iat || self.typed.contains_key("iat")) {
            add(&format!("\"iat\":{now}"));
        }
        if !(self.args.no_exp || has_exp || self.typed.contains_key("exp")) {
            add(&format!("\"exp\":{}", now.saturating_add(DEFAULT_LIFE)));
        }
        payload.push(b'}');
        Ok(())
    }

    /// The same by building the claims set.
    fn build(&self, line: &[u8], now: i64, payload: &mut Vec<u8>) -> Result<()> {
        let mut claims = parse_object(line)
            .map_err(|fault| Error::Malformed(format!("the claims set {fault}")))?;
        // The profile's own jti yields to the line's; one that is asked for does not.
        let keeps_jti = self.random_jti && self.args.jti.is_none() && claims.contains_key("jti");
        let typed = self
            .typed
            .iter()
            .filter(|(name, _)| !keeps_jti || *name != "jti");
        claims.extend(typed.map(|(name, value)| (name.clone(), value.clone())));
        self.args.add_times(now, self.profile, &mut claims);
        if let Some(cli_error) = (self.profile).and_then(|profile| cli_error(profile, &claims)) {
            return Err(cli_error.into());
        }
        *payload = serde_json::to_vec(&claims)?;
        Ok(())
    }

    /// Sets what differs from one second, or one line, to the next.
    fn renew(&mut self, now: i64) -> Result<()> {
        if self.now == Some(now) && !self.random_jti {
            return Ok(());
        }
        self.now = Some(now);
        let exp = self.args.exp.map(|End(exp)| exp.resolve(now));
        let nbf = self.args.nbf.map(|nbf| nbf.resolve(now));
        for (name, value) in [("exp", exp), ("nbf", nbf)] {
            if let Some(value) = value {
                self.typed.insert(name.into(), value.into());
            }
        }
        if self.random_jti {
            let jti = base64url::encode(random(16)?.expose());
            self.typed.insert("jti".into(), jti.into());
        }
        let text = serde_json::to_string(&self.typed)?;
        self.text = text[1..text.len() - 1].to_owned();
        Ok(())
    }
}
