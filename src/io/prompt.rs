//! Questions to a person; refused where there is none.

use std::io::IsTerminal;

use anyhow::{Context, Result};

use crate::crypto::SecretBytes;
use crate::exit::Complaint;

/// Asks for a passphrase on the terminal; a new one is asked twice.
///
/// # Errors
/// When there is no terminal or asking is switched off, the two differ, or nothing is typed.
pub fn passphrase(what: &str, new: bool, no_input: bool) -> Result<SecretBytes> {
    if no_input || !std::io::stderr().is_terminal() || !has_terminal() {
        return Err(Complaint::failed(format!(
            "{what} needs a passphrase, and there is no terminal to ask on"
        ))
        .hint("set JOTSMITH_PASSPHRASE or use --passphrase-file")
        .into());
    }
    let ask = |label: String| -> Result<SecretBytes> {
        rpassword::prompt_password(label)
            .map(|text| SecretBytes::new(text.into_bytes()))
            .context("the terminal")
    };
    let first = ask(format!("passphrase for {what}: "))?;
    if first.is_empty() {
        return Err(Complaint::failed("the passphrase is empty").into());
    }
    if new && ask("the same again: ".into())?.expose() != first.expose() {
        return Err(Complaint::failed("the two passphrases differ").into());
    }
    Ok(first)
}

fn has_terminal() -> bool {
    #[cfg(unix)]
    return std::fs::File::open("/dev/tty").is_ok();
    #[cfg(not(unix))]
    return std::io::stdin().is_terminal();
}
