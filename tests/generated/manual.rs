//! The man pages: what the generator makes of the parser, and the sections that only a manual has.

use clap::Command;

/// What holds of every command.
const ALWAYS: &str = "Secrets are read from files, standard input, the environment or a prompt, never from arguments, and \
stand in no message. Whatever comes from outside is bounded before it is read and escaped before it reaches a terminal. On \
failure nothing is written to standard output.";

/// What to know of each command before trusting it.
const SECURITY: &[(&str, &str)] = &[
    (
        "keygen",
        "Files with private keys are new, readable by their owner alone, and put in place whole; --force is needed to \
         replace one. A private key is not printed on a terminal. PBKDF2 is run 600,000 times for --encrypt.",
    ),
    (
        "sign",
        "The key chooses the algorithm, or --alg does; there is none for unsecured tokens. Tokens expire after 15 minutes \
         unless --exp says otherwise. A signed token can be read by whoever holds it: --encrypt-to hides it.",
    ),
    (
        "verify",
        "The keys and the flags choose the algorithm, never the token. What is printed is what was verified. Without --iss \
         and --aud a token for somebody else is accepted: give both. Nothing is fetched because a token says so, and what \
         kid names is compared, never opened. A replayed token is not noticed; keep jti where that matters.",
    ),
    (
        "encrypt",
        "Encryption does not tell who wrote: with a public key anybody can. Sign first, and encrypt the token. Lengths are \
         not hidden. Nothing is compressed unless --zip says so.",
    ),
    (
        "decrypt",
        "Every failure has one text and one code, so that none tells an attacker more than another. Nothing is released \
         before it is authenticated. RSA1_5 and compression are refused unless named, and what is inflated is bounded.",
    ),
    (
        "inspect",
        "It trusts nothing and proves nothing: what it shows of a token is unverified unless the first line says otherwise. \
         Private members of keys are counted, never shown. Addresses in a token are shown and never followed.",
    ),
    (
        "rotate",
        "The set must be its owner's alone to write, and so must its folder; published files belong elsewhere. Whatever \
         instant the power goes, every file is whole and every key that signs is published. --revoke erases the private part \
         of a key, but not from backups.",
    ),
    (
        "convert",
        "--public writes nothing private. Whatever form a key had, it is checked whole before it is written. Files with \
         private keys are readable by their owner alone.",
    ),
    (
        "completion",
        "The script is part of the program. It starts no other command, and names files only to complete a path.",
    ),
    (
        "jotsmith",
        "SECURITY.md, which comes with the source, has the threats that were thought of, what is promised and what is not.",
    ),
];

/// The variables; a command uses those that the help of its arguments names.
const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "JOTSMITH_KEY",
        "The key itself, where no \\-k is given. Other processes of the same user can read it for as long as the command runs.",
    ),
    (
        "JOTSMITH_KEY_FILE",
        "The path of the key, where neither \\-k nor JOTSMITH_KEY is given.",
    ),
    (
        "JOTSMITH_PASSPHRASE",
        "The passphrase, where no \\-\\-passphrase\\-file is given.",
    ),
    (
        "NO_COLOR",
        "Not empty: nothing is coloured, unless \\-\\-color says so.",
    ),
];

/// The name and the text of a command's page.
pub fn page(command: Command) -> (String, Vec<u8>) {
    let usage = command.clone().render_usage().to_string();
    let environment = environment(&command);
    let name = command.get_name().to_owned();
    let page = clap_mangen::Man::new(command)
        .manual("jotsmith manual")
        .source(concat!("jotsmith ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render(&mut text).unwrap();
    let text = as_a_manual_reads(&String::from_utf8(text).unwrap(), &usage);
    let (_, security) = SECURITY
        .iter()
        .find(|(command, _)| *command == name)
        .unwrap_or_else(|| panic!("{name} has no section SECURITY"));
    let others = SECURITY.iter().map(|(command, _)| *command);
    let text = format!(
        "{text}\n.SH ENVIRONMENT\n{environment}.SH SECURITY\n{}\n.PP\n{ALWAYS}\n.SH SEE ALSO\n{}",
        security.replace('-', "\\-"),
        see_also(others.filter(|command| *command != name))
    );
    (page.get_filename(), text.into_bytes())
}

fn environment(command: &Command) -> String {
    let heeds = |name: &str| {
        let helps = command.get_arguments().filter_map(|arg| arg.get_help());
        helps
            .map(ToString::to_string)
            .any(|help| help.contains(name))
    };
    let is_root = command.has_subcommands();
    let rows = ENVIRONMENT
        .iter()
        .filter(|(name, _)| is_root || heeds(name));
    rows.map(|(name, text)| format!(".TP\n\\fB{name}\\fR\n{text}\n"))
        .collect()
}

fn see_also<'a>(others: impl Iterator<Item = &'a str>) -> String {
    let pages = others.map(|command| match command {
        "jotsmith" => "\\fBjotsmith\\fR(1)".to_owned(),
        command => format!("\\fBjotsmith\\-{command}\\fR(1)"),
    });
    pages.collect::<Vec<_>>().join(", ")
}

/// The generator lists every flag in the synopsis, and knows no examples and no exit status.
fn as_a_manual_reads(page: &str, usage: &str) -> String {
    let usage = usage.trim_start_matches("Usage: ").replace('-', "\\-");
    let (before, rest) = page.split_once(".SH SYNOPSIS\n").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    let (after, last) = after.split_once(".SH EXTRA\nExamples:\n").unwrap();
    let (examples, rest) = last.split_once("\n\nExit status:").unwrap();
    let rest = rest.find("\n.SH").map_or("", |end| &rest[end..]);
    // The help of most commands only points to the table.
    let (_, codes) = jotsmith::output::exit::HELP.split_once('\n').unwrap();
    format!(
        "{before}.SH SYNOPSIS\n{usage}\n{after}.SH EXAMPLES\n.nf\n{examples}\n.fi\n\
         .SH EXIT STATUS\n.nf\n{}\n.fi{rest}",
        codes
    )
}

#[test]
fn every_page_has_every_section() {
    for command in super::commands() {
        let (name, text) = page(command);
        let text = String::from_utf8(text).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "EXAMPLES",
            "EXIT STATUS",
            "ENVIRONMENT",
            "SECURITY",
            "SEE ALSO",
        ] {
            assert!(
                text.contains(&format!("\n.SH {section}\n")),
                "{name}: {section}"
            );
        }
    }
}
