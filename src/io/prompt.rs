//! Prompts on the terminal. Without a terminal they fail.

use std::io::{ErrorKind, IsTerminal};

use anyhow::{Context as _, Result};

use super::context::Context;
use super::interrupt::set_prompting;
use crate::crypto::SecretBytes;
use crate::output::console::{Console, printable};
use crate::output::exit::CliError;

/// Whether a prompt is possible: stdin, stdout and stderr are terminals, and prompts are not disabled by a flag or in CI.
pub fn can_ask(context: &Context) -> bool {
    let is_attended = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let is_ci = context.inputs.environment_source("CI").is_some();
    is_attended
        && context.console.is_terminal()
        && !context.no_input
        && !context.console.json
        && !is_ci
}

/// Prompts for a line that `check` accepts. Its error is shown. An empty line selects the default.
///
/// The line editing of the terminal is not changed, so that an interrupt leaves nothing to restore.
///
/// # Errors
/// If the terminal cannot be read.
pub fn read_line(
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

/// Prompts for yes or no. An empty line means no.
///
/// # Errors
/// If the terminal cannot be read.
pub fn ask_yes_or_no(question: &str) -> Result<bool> {
    let is_yes = |text: &str| match text.to_ascii_lowercase().as_str() {
        "yes" | "y" => Some(true),
        "no" | "n" => Some(false),
        _ => None,
    };
    let label = format!("{question} (yes/no)");
    let answer = read_line(&label, Some("no"), |text| {
        is_yes(text).map(|_| ()).ok_or_else(|| "yes or no".into())
    })?;
    Ok(is_yes(&answer) == Some(true))
}

/// Prompts for the confirmation of an action that cannot be undone. If no prompt is possible, the action is confirmed by the
/// command line.
///
/// # Errors
/// If the answer is no.
pub fn require_confirmation(question: &str, context: &Context) -> Result<()> {
    if can_ask(context) && !ask_yes_or_no(&printable(question))? {
        return Err(CliError::failed("not confirmed; nothing was changed").into());
    }
    Ok(())
}

/// The largest number of attempts to enter the same new passphrase twice.
const MAX_ATTEMPTS: usize = 3;

/// Prompts for a passphrase on the terminal, twice for a new one. `fix` is the hint of the error if there is no terminal.
///
/// # Errors
/// If there is no terminal, prompts are disabled, the passphrases differ, the passphrase is empty, or the prompt is
/// interrupted.
pub fn prompt_passphrase(
    what: &str,
    new: bool,
    fix: &str,
    context: &Context,
) -> Result<SecretBytes> {
    if context.no_input || !std::io::stderr().is_terminal() || !has_terminal() {
        return Err(CliError::failed(format!(
            "{what} needs a passphrase, and there is no terminal to prompt for it"
        ))
        .with_hint(fix)
        .into());
    }
    for _ in 0..MAX_ATTEMPTS {
        let first = read_hidden_line(&format!("passphrase for {what}: "), &context.console)?;
        if first.is_empty() {
            return Err(CliError::failed("the passphrase is empty").into());
        }
        if !new
            || read_hidden_line("repeat the passphrase: ", &context.console)?.expose()
                == first.expose()
        {
            return Ok(first);
        }
        context.console.print_prompt("the passphrases differ; enter both again");
    }
    Err(CliError::failed("the passphrases differ").into())
}

/// Prompts for the PIN of a token on the terminal.
///
/// # Errors
/// If there is no terminal, prompts are disabled, or the PIN is empty.
pub fn prompt_pin(token: &str, console: &Console, no_input: bool) -> Result<SecretBytes> {
    if no_input || !std::io::stderr().is_terminal() || !has_terminal() {
        return Err(CliError::failed(format!(
            "the token {token} needs a PIN, and there is no terminal to prompt for it"
        ))
        .with_hint("set JOTSMITH_PIN or use --pin-file")
        .into());
    }
    let pin = read_hidden_line(&format!("PIN of the token {token}: "), console)?;
    if pin.is_empty() {
        Err(CliError::failed("the PIN is empty").into())
    } else {
        Ok(pin)
    }
}

/// Reads a line without echo.
fn read_hidden_line(label: &str, console: &Console) -> Result<SecretBytes> {
    console.print_question(label);
    // Otherwise an interrupt would end the process before the echo of the terminal is restored.
    set_prompting(true);
    match rpassword::read_password() {
        Ok(text) => {
            set_prompting(false);
            Ok(SecretBytes::new(text.into_bytes()))
        }
        // The flag stays set, because the signal may not have reached its handler thread yet.
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
