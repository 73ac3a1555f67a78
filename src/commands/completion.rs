//! `completion`: the script that completes the command line in a shell.

use anyhow::Result;
use serde::Serialize;

use super::Context;

/// Print a shell completion script
///
/// Packages install these scripts automatically.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  jotsmith completion zsh > _jotsmith
  jotsmith completion fish > jotsmith.fish
  source <(jotsmith completion bash)")]
pub struct Args {
    /// Shell
    #[arg(value_name = "SHELL", ignore_case = true)]
    shell: Shell,
}

/// A shell.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
#[allow(missing_docs)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    Elvish,
    #[value(alias = "nu")]
    Nushell,
}

/// The report of `completion --json`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CompletionReport {
    /// The script.
    script: &'static str,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<u8> {
    let script = match args.shell {
        Shell::Bash => include_str!("../../completions/jotsmith.bash"),
        Shell::Zsh => include_str!("../../completions/_jotsmith"),
        Shell::Fish => include_str!("../../completions/jotsmith.fish"),
        Shell::PowerShell => include_str!("../../completions/_jotsmith.ps1"),
        Shell::Elvish => include_str!("../../completions/jotsmith.elv"),
        Shell::Nushell => include_str!("../../completions/jotsmith.nu"),
    };
    if context.console.json {
        context.console.write_report(&CompletionReport { script })?;
    } else {
        context.console.write_bytes(script.as_bytes())?;
    }
    Ok(0)
}
