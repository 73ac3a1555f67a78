//! Issues status lists: reads statuses and returns the claim `status_list`.

use anyhow::{Context as _, Result};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::Value;

use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::profile::Profile;
use crate::status_list::{STATUS_BITS, StatusList};

/// The largest input with statuses, in bytes.
const MAX_ENTRIES: usize = 64 * 1024 * 1024;
/// The default number of entries of a list.
const DEFAULT_SIZE: usize = 1 << 20;

/// The arguments for status lists.
#[derive(Debug, Args)]
#[command(next_help_heading = "Status list")]
pub struct StatusListArgs {
    /// Statuses for --profile status-list: path, -, or env:NAME
    ///
    /// Each line has an index and a status: a number, valid (0), invalid (1) or suspended (2). All other entries are valid.
    /// Empty lines and lines that begin with # are ignored.
    #[arg(long, value_name = "INPUT", conflicts_with_all = ["lines", "sd", "sd_all", "holder"], hide_short_help = true)]
    status_entries: Option<Source>,

    /// Number of bits for each status: 1, 2, 4 or 8 [default: 1]
    #[arg(long, value_name = "N", value_parser = bits_parser(), requires = "status_entries", conflicts_with = "lines", hide_possible_values = true, hide_short_help = true)]
    status_bits: Option<u8>,

    /// Minimum number of entries in the list [default: 1048576]
    ///
    /// A token whose index is beyond the end of the list is rejected.
    #[arg(
        long,
        value_name = "N",
        requires = "status_entries",
        conflicts_with = "lines",
        hide_short_help = true
    )]
    status_size: Option<usize>,
}

fn bits_parser() -> impl TypedValueParser<Value = u8> {
    PossibleValuesParser::new(["1", "2", "4", "8"]).try_map(|text| text.parse::<u8>())
}

impl StatusListArgs {
    /// Reads the statuses, and returns the claim `status_list`.
    ///
    /// # Errors
    /// If the input cannot be read, or the profile is not status-list.
    pub fn status_list_claim(
        &self,
        context: &Context,
        profile: Option<Profile>,
    ) -> Result<Option<Value>> {
        let Some(source) = &self.status_entries else {
            return Ok(None);
        };
        if profile != Some(Profile::StatusList) {
            return Err(CliError::usage("--status-entries is for --profile status-list").into());
        }
        let bits = self.status_bits.unwrap_or(STATUS_BITS[0]);
        let list = StatusList::new(bits, self.status_size.unwrap_or(DEFAULT_SIZE));
        let mut list = list.map_err(|error| CliError::usage(error.to_string()))?;
        let text = context.inputs.read(source, "status list", MAX_ENTRIES)?;
        let text = std::str::from_utf8(text.expose())
            .map_err(|_| CliError::usage("is not UTF-8"))
            .with_context(|| source.to_string())?;
        let mut known = std::collections::HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let place = || format!("{source}: line {}", number + 1);
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (index, status) = parse_entry(line).with_context(place)?;
            let set = list.set(index, status);
            set.map_err(|error| set_error(&error.to_string(), status, list.max_status()))
                .with_context(place)?;
            if known.insert(index, status).is_some_and(|own| own != status) {
                let message = format!("the index {index} has two statuses");
                return Err(CliError::usage(message)).with_context(place);
            }
        }
        Ok(Some(list.to_claim()?))
    }
}

fn set_error(why: &str, status: u8, max: u8) -> CliError {
    let hint = if status > max {
        "--status-bits N gives entries more bits"
    } else {
        "--status-size N makes the list longer"
    };
    CliError::usage(why).with_hint(hint)
}

/// Parses one line: an index and a status.
fn parse_entry(line: &str) -> Result<(usize, u8), CliError> {
    let mut words = line.split_ascii_whitespace();
    let (Some(index), Some(status), None) = (words.next(), words.next(), words.next()) else {
        return Err(CliError::usage("a line must have an index and a status")
            .with_hint("for example: 1993 invalid, or 1993 1"));
    };
    let index = index.parse();
    let index = index.map_err(|_| CliError::usage("the index is not a number from 0"))?;
    let status = match status {
        "valid" => Ok(0),
        "invalid" => Ok(1),
        "suspended" => Ok(2),
        number => number.parse(),
    };
    let status = status.map_err(|_| {
        CliError::usage("the status must be valid, invalid, suspended, or a number from 0 to 255")
    })?;
    Ok((index, status))
}
