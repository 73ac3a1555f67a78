//! `encrypt --lines`: contents in, one token each.

use anyhow::Result;

use super::{Args, header, token_or_all};
use crate::cli::Items;
use crate::cli::recipient::{Algorithms, Envelope};
use crate::crypto::KeySet;
use crate::crypto::policy::MAX_TOKEN;
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::ndjson::Answer;

pub(super) fn run(
    args: &Args,
    context: &Context,
    sets: &[KeySet],
    algorithms: Algorithms,
    envelope: &Envelope,
) -> Result<u8> {
    let items = Items {
        source: args.input.as_ref().unwrap_or(&Source::Stdin),
        what: "content",
        max_len: MAX_TOKEN,
    };
    let (plain, nested) = (header(args, context, false)?, header(args, context, true)?);
    let (clock, as_json) = (context.clock, context.console.json);
    args.lines.run(context, &args.output, &items, || {
        |number, content: &[u8], out: &mut Vec<u8>| {
            let (content, is_token) = token_or_all(content);
            let header = if is_token { &nested } else { &plain };
            let encrypted =
                algorithms.encrypt(sets, header, content, envelope.clone(), clock.now())?;
            if as_json {
                Answer::good(number, out)
                    .text("token", Some(&encrypted.token))
                    .text("enc", Some(encrypted.enc))
                    .end();
            } else {
                out.extend_from_slice(encrypted.token.as_bytes());
                out.push(b'\n');
            }
            Ok(())
        }
    })
}
