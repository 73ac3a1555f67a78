//! Prompts for the key if `keygen` has no arguments. The answers become a command line, which is printed for the next time.

use std::path::Path;

use anyhow::Result;
use clap::{Args as _, FromArgMatches};

use super::{Args, parse_algorithm};
use crate::commands::Context;
use crate::crypto::alg::KeyType;
use crate::io::{file, prompt};

/// A purpose, and the algorithm for it.
const CHOICES: [(&str, &str); 6] = [
    ("sign tokens", "ES256"),
    ("sign tokens for verifiers that support RSA only", "RS256"),
    ("sign tokens, small and fast", "Ed25519"),
    ("sign and verify with a shared secret", "HS256"),
    ("receive encrypted tokens", "ECDH-ES+A256KW"),
    (
        "receive encrypted tokens from senders that support RSA only",
        "RSA-OAEP-256",
    ),
];

/// Prompts, and returns the arguments that the answers mean.
pub(super) fn prompt_for_arguments(context: &Context) -> Result<Args> {
    let menu = CHOICES.iter().enumerate().map(|(index, (purpose, alg))| {
        let number = index + 1;
        format!("  {number}  {purpose} ({alg})\n")
    });
    let menu: String = menu.collect();
    let label = format!("{menu}What is the key for? Enter a number or an algorithm");
    let answer = prompt::read_line(&label, Some("1"), |text| {
        parse_algorithm(chosen_algorithm(text))
            .map(|_| ())
            .map_err(|why| format!("{text}: {why}"))
    })?;
    let alg = chosen_algorithm(&answer);
    let private = prompt::read_line("file for the private key", Some("key.jwk"), is_new)?;
    let mut typed = vec![alg.to_owned(), "-o".into(), private.clone()];
    // The prompt accepts only valid algorithms.
    let is_secret =
        parse_algorithm(alg).is_ok_and(|alg| matches!(alg.default_kind(), KeyType::Oct(_)));
    if !is_secret {
        let default = Path::new(&private).with_extension("pub.jwk");
        let public = prompt::read_line(
            "file for the public key",
            Some(&default.to_string_lossy()),
            |text| {
                if file::is_same(Path::new(&private), Path::new(text)) {
                    Err("this file is already used for the private key".into())
                } else {
                    is_new(text)
                }
            },
        )?;
        typed.extend(["--public-out".into(), public]);
    }
    if prompt::ask_yes_or_no("encrypt it with a passphrase?")? {
        typed.push("--encrypt".into());
    }
    let shown = shlex::try_join(typed.iter().map(String::as_str))?;
    context.console.print_note(&format!(
        "the same command without prompts: jotsmith keygen {shown}"
    ));
    let parser = Args::augment_args(clap::Command::new("keygen").no_binary_name(true));
    Ok(Args::from_arg_matches(
        &parser.try_get_matches_from(typed)?,
    )?)
}

/// Returns the algorithm with this number in the menu, or the text itself.
fn chosen_algorithm(text: &str) -> &str {
    let number = text.parse::<usize>().ok();
    let choice = number.and_then(|number| CHOICES.get(number.checked_sub(1)?));
    choice.map_or(text, |(_, alg)| alg)
}

fn is_new(path: &str) -> Result<(), String> {
    match file::exists(Path::new(path)) {
        Ok(false) if !path.starts_with('-') => Ok(()),
        Ok(false) => Err("a file name must not begin with a hyphen".into()),
        Ok(true) => Err(format!("{path} already exists")),
        Err(error) => Err(format!("{error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_names_an_algorithm() {
        for (index, (_, alg)) in CHOICES.iter().enumerate() {
            assert!(parse_algorithm(alg).is_ok(), "{alg}");
            assert_eq!(chosen_algorithm(&(index + 1).to_string()), *alg);
        }
        assert_eq!(
            (
                chosen_algorithm("0"),
                chosen_algorithm("7"),
                chosen_algorithm("PS256")
            ),
            ("0", "7", "PS256")
        );
    }
}
