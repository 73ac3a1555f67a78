//! `decrypt --lines`: tokens in, one answer each.

use anyhow::Result;

use super::Args;
use crate::cli::Items;
use crate::cli::token_input::{Copied, parse_token};
use crate::crypto::token::HeaderCache;
use crate::crypto::{DecryptPolicy, KeySet};
use crate::io::context::Context;
use crate::output::ndjson::Answer;

pub(super) fn run(
    args: &Args,
    context: &Context,
    keys: &KeySet,
    policy: &DecryptPolicy,
    max_len: usize,
) -> Result<u8> {
    let items = Items {
        source: &args.token.source(context)?,
        what: "token",
        max_len,
    };
    let clock = context.clock;
    args.lines.run(context, &args.output, &items, || {
        let mut policy = policy.clone();
        move |number, token: &[u8], out: &mut Vec<u8>| {
            policy.now = clock.now();
            let token = parse_token(
                Copied::new(token).token,
                max_len,
                &mut HeaderCache::default(),
            )?;
            let plain = token.decrypt(keys, &policy)?;
            Answer::good(number, out)
                .text("alg", Some(plain.algorithm().name))
                .text("enc", Some(plain.encryption()))
                .text("kid", plain.kid())
                .bytes("content", plain.content())
                .end();
            Ok(())
        }
    })
}
