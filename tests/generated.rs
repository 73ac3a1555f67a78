//! The files that are generated from the parser.

use std::collections::BTreeMap;

use clap::Command;
use clap_complete::{Generator, Shell};

use super::support::{Folder, files_below, root};

mod manual;

/// Returns the parser, including the help flags and global flags of every subcommand.
fn parser() -> Command {
    // The long version differs between builds.
    let mut parser = jotsmith::commands::build_parser().long_version(None);
    parser.build();
    parser
}

fn commands() -> Vec<Command> {
    let parser = parser();
    let mut commands: Vec<Command> = parser.get_subcommands().cloned().collect();
    assert!(commands.len() >= 4);
    commands.push(parser);
    commands
}

fn completions() -> BTreeMap<String, Vec<u8>> {
    fn add(files: &mut BTreeMap<String, Vec<u8>>, shell: impl Generator) {
        let mut text = Vec::new();
        let name = shell.file_name("jotsmith");
        clap_complete::generate(
            shell,
            &mut jotsmith::commands::build_parser(),
            "jotsmith",
            &mut text,
        );
        let text = with_files_after_at(&name, String::from_utf8(text).unwrap());
        files.insert(name, tidy(text.into_bytes()));
    }
    let mut files = BTreeMap::new();
    for shell in [
        Shell::Bash,
        Shell::Zsh,
        Shell::Fish,
        Shell::PowerShell,
        Shell::Elvish,
    ] {
        add(&mut files, shell);
    }
    add(&mut files, clap_complete_nushell::Nushell);
    files
}

/// Adds what the generators do not support: a path after `@`, and for fish the values of positional arguments.
fn with_files_after_at(name: &str, script: String) -> String {
    let insert = |start: &str, lines: &str| {
        assert!(script.contains(start), "{name}");
        script.replacen(start, &format!("{start}{lines}"), 1)
    };
    match name {
        "jotsmith.bash" => insert(
            "    prev=\"$3\"\n",
            "    if [[ \"${cur}\" == @* ]]; then\n        compopt -o filenames 2>/dev/null\n        \
             local IFS=$'\\n'\n        COMPREPLY=($(compgen -P @ -f -- \"${cur#@}\"))\n        return 0\n    fi\n",
        ),
        "_jotsmith" => insert(
            "    local ret=1\n",
            "\n    if compset -P '@'; then\n        _files\n        return\n    fi\n",
        ),
        "jotsmith.fish" => format!(
            "{script}{}complete -c jotsmith -n \"string match -q -- '@*' (commandline -ct)\" \
             -a '(for path in (string sub -s 2 -- (commandline -ct))*; echo @$path; end)'\n",
            positional_values()
        ),
        _ => script,
    }
}

/// Returns the values of positional arguments, which the generator for fish omits.
fn positional_values() -> String {
    let mut lines = String::new();
    for command in parser().get_subcommands() {
        for argument in command.get_positionals() {
            let values = argument.get_possible_values();
            let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
            if !names.is_empty() {
                lines += &format!(
                    "complete -c jotsmith -n \"__fish_jotsmith_using_subcommand {}\" -f -a \"{}\"\n",
                    command.get_name(),
                    names.join(" ")
                );
            }
        }
    }
    lines
}

fn manual() -> BTreeMap<String, Vec<u8>> {
    let pages = commands().into_iter().map(manual::page);
    pages.map(|(name, text)| (name, tidy(text))).collect()
}

/// Removes the white space that the generators leave at the ends of lines.
fn tidy(text: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(text).unwrap();
    let lines = text.lines().map(|line| format!("{}\n", line.trim_end()));
    format!("{}\n", lines.collect::<String>().trim_end()).into_bytes()
}

/// Compares the folder with its expected content, or rewrites it if UPDATE is set.
fn check(folder: &str, wanted: &BTreeMap<String, Vec<u8>>) {
    if std::env::var_os("UPDATE").is_some() {
        for path in files_below(folder) {
            std::fs::remove_file(path).unwrap();
        }
        for (name, bytes) in wanted {
            std::fs::write(root().join(folder).join(name), bytes).unwrap();
        }
    }
    let found: Vec<String> = files_below(folder)
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let hint = "UPDATE=1 cargo test --test main generated rewrites it";
    assert_eq!(
        found,
        wanted.keys().cloned().collect::<Vec<_>>(),
        "{folder}/: {hint}"
    );
    for (name, bytes) in wanted {
        let found = std::fs::read(root().join(folder).join(name)).unwrap();
        assert!(found == *bytes, "{folder}/{name} is out of date: {hint}");
    }
}

#[test]
fn completion_files_are_current() {
    check("completions", &completions());
}

#[test]
fn man_pages_are_current() {
    check("man", &manual());
}

#[test]
fn every_help_has_examples_and_the_exit_status() {
    for mut command in commands() {
        let name = command.get_name().to_owned();
        let help = command.render_long_help().to_string();
        assert!(help.contains("\nExamples:\n  jotsmith "), "{name}");
        assert!(help.contains("\nExit status:"), "{name}");
        assert_eq!(help.contains("16  no_key"), name == "verify", "{name}");
    }
}

/// The output of `-h` fits on a screen: 50 lines of 80 columns.
#[test]
fn short_help_is_at_most_50_lines_of_80_columns() {
    for command in commands() {
        let mut command = command.term_width(80);
        let name = command.get_name().to_owned();
        let help = command.render_help().to_string();
        let lines: Vec<&str> = help.lines().collect();
        assert!(lines.len() <= 50, "{name}: {} lines\n{help}", lines.len());
        let widest = lines.iter().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{name}: {help}");
        assert!(!help.contains("\nOptions:\n  -h"), "{name}: {help}");
    }
}

#[test]
fn argument_help_is_one_line_without_a_period() {
    for command in commands() {
        for argument in command.get_arguments() {
            let place = format!("{} {}", command.get_name(), argument.get_id());
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty(), "{place} is not explained");
            assert!(
                !help.contains('\n') && !help.ends_with('.'),
                "{place}: {help}"
            );
        }
    }
}

#[test]
fn flag_has_the_same_meaning_in_every_command() {
    let mut seen: BTreeMap<String, (String, String)> = BTreeMap::new();
    for command in commands() {
        for argument in command.get_arguments() {
            let Some(long) = argument.get_long() else {
                continue;
            };
            let short = format!("{:?}", argument.get_short());
            let earlier =
                seen.entry(long.into()).or_insert((short.clone(), command.get_name().into()));
            assert_eq!(
                earlier.0,
                short,
                "--{long} of {} and {}",
                earlier.1,
                command.get_name()
            );
        }
    }
}

/// The parser for one command has the same help as the complete parser.
#[test]
fn help_of_a_command_parsed_alone_is_complete() {
    for mut command in commands() {
        let name = command.get_name().to_owned();
        if command.get_subcommands().next().is_some() {
            continue;
        }
        let folder = Folder::new();
        let help = folder.run(&format!("{name} --help")).accepted();
        let whole = command.render_long_help().to_string();
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        assert_eq!(words(&help), words(&whole), "{name}");
    }
}
