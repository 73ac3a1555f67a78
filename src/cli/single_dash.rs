//! Refuses a word with one dash that is probably a mistyped long flag, before the parser reads it as short flags.

use std::ffi::OsString;

use clap::{Arg, Command};

use crate::output::exit::CliError;

/// Refuses words such as `-force` and `-format`, and `-f` combined with other short flags: the parser would read `-force` as
/// `-f -o rce`.
///
/// # Errors
/// If there is such a word. The hint contains the long flag, or says that `-f` must be separate.
pub fn refuse_single_dash(parser: &Command, argv: &[OsString]) -> Result<(), CliError> {
    let words: Vec<&str> = argv.iter().skip(1).filter_map(|word| word.to_str()).collect();
    let Some(command) = words.iter().find_map(|word| parser.find_subcommand(word)) else {
        return Ok(());
    };
    let flags: Vec<&Arg> = parser.get_arguments().chain(command.get_arguments()).collect();
    let has_force = flags.iter().any(|flag| flag.get_short() == Some('f'));
    for (index, word) in words.iter().enumerate() {
        if *word == "--" {
            break;
        }
        let Some(name) = word.strip_prefix('-').filter(|name| !name.starts_with('-')) else {
            continue;
        };
        if name.chars().count() < 2 || (index > 0 && takes_dashes(&flags, words[index - 1])) {
            continue;
        }
        let name = name.split('=').next().unwrap_or_default();
        let longs = flags.iter().filter_map(|flag| flag.get_long());
        let longs: Vec<String> =
            longs.filter(|long| long.starts_with(name)).map(|long| format!("--{long}")).collect();
        if !longs.is_empty() {
            let hint = format!("a long flag has two dashes: {}", longs.join(" or "));
            return Err(CliError::usage(format!("unexpected argument {word}")).with_hint(hint));
        }
        if has_force && (name.starts_with('f') || name == "of") {
            let message =
                format!("-f cannot be combined with other letters: {word} is not allowed");
            return Err(CliError::usage(message)
                .with_hint("write -f and the other flags as separate arguments"));
        }
    }
    Ok(())
}

/// Whether the word is a flag whose value can begin with a dash.
fn takes_dashes(flags: &[&Arg], word: &str) -> bool {
    flags.iter().any(|flag| {
        let is_long = flag.get_long().is_some_and(|long| word.strip_prefix("--") == Some(long));
        let is_short = flag
            .get_short()
            .is_some_and(|short| word.strip_prefix('-') == Some(short.encode_utf8(&mut [0; 4])));
        (is_long || is_short) && flag.is_allow_hyphen_values_set()
    })
}
