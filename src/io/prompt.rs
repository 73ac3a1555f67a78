//! Prompts on the terminal; refused where there is none.

use std::io::{ErrorKind, IsTerminal};

use anyhow::{Context as _, Result};

use super::context::Context;
use super::interrupt::set_prompting;
use crate::crypto::SecretBytes;
use crate::output::console::{Console, printable};
use crate::output::exit::CliError;

/// Whether a prompt is possible: stdin, stdout and stderr are a terminal, outside CI, and prompts are not switched off.
pub fn can_ask(context: &Context) -> bool {
    let is_attended = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let is_ci = context.inputs.environment("CI").is_some();
    is_attended
        && context.console.is_terminal()
        && !context.no_input
        && !context.console.json
        && !is_ci
}

/// Prompts for a line that `check` accepts; the check returns what is wrong. An empty line selects the default.
///
/// The terminal keeps its own line editing, so that there is nothing to restore after an interrupt.
///
/// # Errors
/// When the terminal cannot be read.
pub fn line(
    label: &str,
    default: Option<&str>,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<String> {
    let mut input = dialoguer::Input::<String>::new()
        .with_prompt(label)
        .validate_with(|text: &String| check(text.trim()));
    if let Some(default) = default {
        input = input.default(default.into());
    }
    let text = input.interact().context("the terminal")?;
    Ok(text.trim().into())
}

/// Prompts for a yes; an empty line is a no.
///
/// # Errors
/// When the terminal cannot be read.
pub fn yes(question: &str) -> Result<bool> {
    let is_yes = |text: &str| match text.to_ascii_lowercase().as_str() {
        "yes" | "y" => Some(true),
        "no" | "n" => Some(false),
        _ => None,
    };
    let label = format!("{question} (yes/no)");
    let answer = line(&label, Some("no"), |text| {
        is_yes(text).map(|_| ()).ok_or_else(|| "yes or no".into())
    })?;
    Ok(is_yes(&answer) == Some(true))
}

/// Prompts for a confirmation of what cannot be undone. Where no prompt is possible, the command line is the confirmation.
///
/// # Errors
/// When the answer is no.
pub fn confirm(question: &str, context: &Context) -> Result<()> {
    if can_ask(context) && !yes(&printable(question))? {
        return Err(CliError::failed("not confirmed; nothing was changed").into());
    }
    Ok(())
}

/// How often a new passphrase is asked for if the two differ.
const MAX_ATTEMPTS: usize = 3;

/// Prompts for a passphrase on the terminal, twice for a new one. Without a terminal, the error has the hint `fix`.
///
/// # Errors
/// When there is no terminal, prompts are switched off, the two differ, nothing is typed, or the prompt is interrupted.
pub fn passphrase(what: &str, new: bool, fix: &str, context: &Context) -> Result<SecretBytes> {
    if context.no_input || !std::io::stderr().is_terminal() || !has_terminal() {
        return Err(CliError::failed(format!(
            "{what} needs a passphrase, and there is no terminal to prompt for it"
        ))
        .with_hint(fix)
        .into());
    }
    for _ in 0..MAX_ATTEMPTS {
        let first = hidden(&format!("passphrase for {what}: "), &context.console)?;
        if first.is_empty() {
            return Err(CliError::failed("the passphrase is empty").into());
        }
        if !new || hidden("repeat the passphrase: ", &context.console)?.expose() == first.expose() {
            return Ok(first);
        }
        context
            .console
            .print_prompt("the passphrases differ; enter both again");
    }
    Err(CliError::failed("the passphrases differ").into())
}

/// Prompts for the PIN of a token on the terminal.
///
/// # Errors
/// When there is no terminal, prompts are switched off, or nothing is typed.
pub fn pin(token: &str, console: &Console, no_input: bool) -> Result<SecretBytes> {
    if no_input || !std::io::stderr().is_terminal() || !has_terminal() {
        return Err(CliError::failed(format!(
            "the token {token} needs a PIN, and there is no terminal to prompt for it"
        ))
        .with_hint("set JOTSMITH_PIN or use --pin-file")
        .into());
    }
    let pin = hidden(&format!("PIN of the token {token}: "), console)?;
    if pin.is_empty() {
        Err(CliError::failed("the PIN is empty").into())
    } else {
        Ok(pin)
    }
}

/// Reads a line that the terminal does not show.
fn hidden(label: &str, console: &Console) -> Result<SecretBytes> {
    console.print_question(label);
    // An interrupt would end the process before the terminal is given its echo back.
    set_prompting(true);
    match rpassword::read_password() {
        Ok(text) => {
            set_prompting(false);
            Ok(SecretBytes::new(text.into_bytes()))
        }
        // The signal is still on its way to the thread that deals with it.
        Err(error) if error.kind() == ErrorKind::Interrupted => {
            Err(CliError::failed("interrupted").into())
        }
        Err(error) => Err(error).context("the terminal"),
    }
}

fn has_terminal() -> bool {
    #[cfg(unix)]
    return std::fs::File::open("/dev/tty").is_ok();
    #[cfg(not(unix))]
    return std::io::stdin().is_terminal();
}
