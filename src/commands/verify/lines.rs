//! `verify --lines`: tokens in, one answer each.

use anyhow::Result;

use super::{Args, MAX_INFLATED, decryption_keys, decryption_policy, is_proof, live, needs_no_key};
use crate::cli::Items;
use crate::crypto::batch::Verifier;
use crate::crypto::jwt::nested;
use crate::crypto::{Error, KeySet, UnverifiedToken, VerifyPolicy};
use crate::io::context::Context;
use crate::output::ndjson::Answer;

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
    let live = match needs_no_key(args, context) {
        true => None,
        false => Some(live(args, context)?),
    };
    let (is_proof, is_plain) = (is_proof(args), args.decrypt_with.is_empty());
    if let (Some(live), true, false) = (&live, is_plain, is_proof) {
        return args.lines.run(context, &args.output, &items, || {
            let verifier = |keys| Verifier::new(keys, policy.clone(), args.max_size);
            let mut keys = live.keys();
            let mut current = verifier(keys);
            move |number, token: &[u8], out: &mut Vec<u8>| {
                let token = token.trim_ascii();
                let mut newest = live.renewed()?;
                loop {
                    if !std::ptr::eq(newest, keys) {
                        keys = newest;
                        current = verifier(keys);
                    }
                    let error = match current.verify(token, clock.now()) {
                        Ok(good) => {
                            answer(number, good.algorithm, good.kid, good.payload, out);
                            return Ok(());
                        }
                        Err(error) => error,
                    };
                    if matches!(error, Error::NoKey(_) | Error::SignatureInvalid) {
                        newest = live.keys_for(&UnverifiedToken::parse(token, args.max_size)?)?;
                    }
                    if std::ptr::eq(newest, keys) {
                        return Err(error.into());
                    }
                }
            }
        });
    }
    let decryption = decryption_keys(args, context)?;
    args.lines.run(context, &args.output, &items, || {
        let mut policy = policy.clone();
        let (live, decryption) = (&live, &decryption);
        move |number, token: &[u8], out: &mut Vec<u8>| {
            policy.now = clock.now();
            let mut token = UnverifiedToken::parse(token.trim_ascii(), args.max_size)?;
            let mut opened = None;
            if !args.decrypt_with.is_empty() {
                let how = decryption_policy(args, policy.now);
                let limit = args.max_size.max(MAX_INFLATED);
                let inner = nested::decrypt_nested(token, decryption, &how, limit)?;
                token = UnverifiedToken::parse(inner.content(), args.max_size)?;
                opened = Some(inner);
            }
            let mut known = None;
            if let Some(live) = live {
                live.renewed()?;
                known = Some(live.keys_for(&token)?);
            }
            let verified = match known {
                Some(keys) if !is_proof => token.verify(keys, &policy)?,
                known => {
                    let keys = KeySet::from_dpop_proof(&token, known, policy.now)?;
                    token.verify(&keys, &policy)?
                }
            };
            if let (Some(opened), Some(claims)) = (&opened, verified.claims()) {
                opened.verify_replicated_claims(claims)?;
            }
            let first = &verified.signatures()[0];
            let kid = first.kid.as_deref();
            answer(number, first.algorithm, kid, verified.payload(), out);
            Ok(())
        }
    })
}
