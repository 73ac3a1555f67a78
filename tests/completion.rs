//! Runs the completion scripts in their shells, if these are installed.

use std::process::Command;

use rexpect::session::spawn_command;

use super::support::{Folder, root};

/// A command line, and its completions of the last word.
const CASES: [(&str, &[&str]); 11] = [
    ("inspect --for ko", &["kong"]),
    ("inspect --for api", &["apisix", "apipark"]),
    ("inspect --explain exp-f", &["exp-far"]),
    ("inspect --allow aud-w", &["aud-wildcard"]),
    ("verify --profile int", &["introspection"]),
    ("sign --alg ES5", &["ES512"]),
    ("keygen ML", &["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]),
    ("encrypt --enc A256C", &["A256CBC-HS512"]),
    ("verify @tok", &["@token.jwt", "@token.txt"]),
    ("decrypt @b", &["@b c.jwt"]),
    ("completion po", &["powershell"]),
];

fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["token.jwt", "token.txt", "b c.jwt"] {
        folder.write(name, "");
    }
    folder
}

fn is_installed(shell: &str) -> bool {
    let found = Command::new(shell).args(["-c", "exit"]).output();
    found.is_ok_and(|output| output.status.success())
}

fn script(name: &str) -> String {
    root().join("completions").join(name).display().to_string()
}

/// Runs a shell in the folder, and returns what it prints, in sorted lines.
fn lines_of(folder: &Folder, shell: &str, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new(shell);
    command.args(arguments).current_dir(folder.path("."));
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.sort();
    names
}

#[test]
fn bash_completes_names_and_files_after_an_at_sign() {
    let folder = folder();
    for (line, expected) in CASES {
        let words = format!("jotsmith {line}");
        let code = format!(
            r#"source '{}'
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE='{words}'; COMP_POINT=${{#COMP_LINE}}
_jotsmith jotsmith "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
printf '%s\n' "${{COMPREPLY[@]}}""#,
            script("jotsmith.bash"),
        );
        let found = lines_of(&folder, "bash", &["--norc", "--noprofile", "-c", &code]);
        assert_eq!(found, sorted(expected), "{line}");
    }
}

#[test]
fn fish_completes_names_and_files_after_an_at_sign() {
    if !is_installed("fish") {
        return;
    }
    let folder = folder();
    for (line, expected) in CASES {
        let code = format!(
            "source '{}'; complete -C 'jotsmith {line}'",
            script("jotsmith.fish")
        );
        let found = lines_of(&folder, "fish", &["--no-config", "-c", &code]);
        // The description of a completion follows a tab.
        let found: Vec<&str> =
            (found.iter()).map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(found, sorted(expected), "{line}");
    }
}

#[test]
fn zsh_completes_names_and_files_after_an_at_sign() {
    if !is_installed("zsh") {
        return;
    }
    let folder = folder();
    let mut command = Command::new("zsh");
    command.args(["-f", "-i"]).current_dir(folder.path(".")).env("TERM", "dumb");
    let mut session = spawn_command(command, Some(30_000)).unwrap();
    let setup = format!(
        "PS1=''; unsetopt zle_bracketed_paste beep; fpath=('{}' $fpath); autoload -Uz compinit; compinit -u -D; \
         jotsmith() {{ print -r -- \"[$*]\" }}; print re''ady",
        root().join("completions").display()
    );
    session.send_line(&setup).unwrap();
    session.exp_string("ready").unwrap();
    for (line, expected) in CASES {
        let [only] = expected else {
            // A list of several completions is drawn on the screen.
            continue;
        };
        session.send_line(&format!("jotsmith {line}\t")).unwrap();
        let start = line.rsplit_once(' ').unwrap().0;
        session
            .exp_string(&format!("[{start} {only}]"))
            .unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    session.send_line("exit").unwrap();
    session.exp_eof().unwrap();
}
