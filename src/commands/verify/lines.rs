//! `verify --lines`: tokens in, one answer each.

use anyhow::Result;

use super::{Args, MAX_INFLATED, decryption_keys, decryption_policy};
use crate::args::Items;
use crate::args::profile::Profile;
use crate::crypto::batch::Verifier;
use crate::crypto::{KeySet, UnverifiedToken, VerifyPolicy, nested};
use crate::io::answer::Answer;
use crate::io::context::Context;

pub(super) fn run(args: &Args, context: &Context, policy: &VerifyPolicy) -> Result<u8> {
    let items = Items {
        source: &args.token.source()?,
        what: "token",
        max_len: args.max_size,
    };
    let clock = context.clock;
    let answer = |number, alg, kid: Option<&str>, payload: &[u8], out: &mut Vec<u8>| {
        let answer = Answer::good(number, out)
            .text("alg", Some(alg))
            .text("kid", kid);
        match args.rules.raw {
            true => answer.bytes("payload", payload),
            false => answer.json("claims", payload),
        }
        .end();
    };
    let is_proof = args.rules.profile == Some(Profile::Dpop) && !args.keys.is_given(context);
    if !is_proof && args.decrypt_with.is_empty() {
        let keys = args.keys.load(context)?;
        return args.lines.run(context, &args.output, &items, || {
            let mut verifier = Verifier::new(&keys, policy.clone(), args.max_size);
            move |number, token: &[u8], out: &mut Vec<u8>| {
                let verified = verifier.verify(token.trim_ascii(), clock.now())?;
                answer(
                    number,
                    verified.algorithm,
                    verified.kid,
                    verified.payload,
                    out,
                );
                Ok(())
            }
        });
    }
    let keys = match is_proof {
        true => None,
        false => Some(args.keys.load(context)?),
    };
    let decryption = decryption_keys(args, context)?;
    args.lines.run(context, &args.output, &items, || {
        let mut policy = policy.clone();
        let (keys, decryption) = (&keys, &decryption);
        move |number, token: &[u8], out: &mut Vec<u8>| {
            policy.now = clock.now();
            let mut token = UnverifiedToken::parse(token.trim_ascii(), args.max_size)?;
            let mut opened = None;
            if !args.decrypt_with.is_empty() {
                let how = decryption_policy(args, policy.now);
                let limit = args.max_size.max(MAX_INFLATED);
                let inner = nested::open(token, decryption, &how, limit)?;
                token = UnverifiedToken::parse(inner.content(), args.max_size)?;
                opened = Some(inner);
            }
            let verified = match keys {
                Some(keys) => token.verify(keys, &policy)?,
                None => {
                    let keys = KeySet::of_proof(&token)?;
                    token.verify(&keys, &policy)?
                }
            };
            if let (Some(opened), Some(claims)) = (&opened, verified.claims()) {
                opened.check_replicated(claims)?;
            }
            let first = &verified.signatures()[0];
            let kid = first.kid.as_deref();
            answer(number, first.algorithm, kid, verified.payload(), out);
            Ok(())
        }
    })
}
