//! Refuses two arguments that both read stdin, before it is read.

use clap::{ArgMatches, Command};

use super::claim::Member;
use crate::io::source::{Source, read_twice};
use crate::output::exit::CliError;

/// The commands that read stdin if no input is given.
const READERS: [&str; 4] = ["decrypt", "encrypt", "inspect", "verify"];

/// Checks that at most one argument reads stdin.
///
/// # Errors
/// If two arguments read it. The message names both.
pub fn refuse_second_reader(command: &Command, matches: &ArgMatches) -> Result<(), CliError> {
    let mut readers = Vec::new();
    let reads_input = READERS.contains(&command.get_name());
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        let name = || {
            let value = argument.get_value_names().unwrap_or_default().first();
            match (argument.get_long(), value) {
                (Some(long), _) => format!("--{long}"),
                (None, value) => value.map_or(id, |value| value.as_str()).to_owned(),
            }
        };
        let is_input = argument.is_positional() && reads_input;
        let is_stdin = |text: &String| {
            let path = text.strip_prefix('@').unwrap_or(text);
            text == "-" || (path != "-" && Source::File(path.into()).is_stdin())
        };
        let mut count = 0;
        if let Ok(Some(mut sources)) = matches.try_get_many::<Source>(id) {
            count = sources.by_ref().filter(|source| source.is_stdin()).count();
        } else if let Ok(Some(members)) = matches.try_get_many::<Member>(id) {
            count = members.filter(|member| member.names_stdin()).count();
        } else if is_input && let Ok(Some(texts)) = matches.try_get_many::<String>(id) {
            count = texts.filter(|text| is_stdin(text)).count();
        } else if is_input {
            readers.push(format!("{} (stdin by default)", name()));
        }
        readers.extend(std::iter::repeat_with(name).take(count));
    }
    let is_sign_stream =
        command.get_name() == "sign" && matches.get_flag("lines") && !matches.contains_id("file");
    if is_sign_stream {
        readers.push("--lines, which reads claims from stdin".into());
    }
    match &readers[..] {
        [first, second, ..] => Err(read_twice(first, second)),
        _ => Ok(()),
    }
}
