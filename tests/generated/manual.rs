//! The man pages: the output of the generator, and the sections that only a manual has.

use clap::Command;

/// The end of the section SECURITY of every page.
const ALWAYS: &str = "Secrets are read from files, standard input, the environment or a prompt, never from arguments. \
Messages do not contain them. All input is limited in size, and escaped before it is printed to a terminal. On failure \
nothing is written to standard output.";

/// The limits of the protection by each command.
const SECURITY: &[(&str, &str)] = &[
    (
        "keygen",
        "Only the owner can read files with private keys. They are written atomically, and an existing file is replaced \
         only with --force. A private key is not printed on a terminal. --encrypt uses 600,000 rounds of PBKDF2.",
    ),
    (
        "sign",
        "The key or --alg chooses the algorithm; unsecured tokens (alg none) are not supported. A token expires after 15 \
         minutes unless --exp is given. The content of a signed token is readable; --encrypt-to encrypts it.",
    ),
    (
        "verify",
        "The keys and the flags choose the algorithm, never the token. Only verified content is printed. Without --iss \
         and --aud a token for another service is accepted: give both. URLs in a token are never fetched, and kid is \
         compared, never opened as a file. Replayed tokens are not detected; store jti if they matter.",
    ),
    (
        "encrypt",
        "Encryption does not authenticate the sender: every holder of the public key can encrypt. Sign first, and encrypt \
         the signed token. Lengths are not hidden. Only --zip compresses.",
    ),
    (
        "decrypt",
        "All decryption failures have the same text and code, so that an attacker learns nothing from them. Nothing is \
         printed before it is authenticated. RSA1_5 and compression are refused unless a flag allows them, and \
         decompression is limited.",
    ),
    (
        "inspect",
        "The content of a token is shown unverified, unless the first line says that it is verified. Private members of \
         keys are counted, never shown. URLs in a token are shown, never fetched.",
    ),
    (
        "rotate",
        "Only the owner may be able to write the set and its folder; published files belong in another folder. After a \
         crash or power loss at any time, every file is complete and every signing key is published. --revoke erases the \
         private part of a key, but not from backups.",
    ),
    (
        "convert",
        "--public writes nothing private. A key of any format is checked completely before it is written. Only the owner \
         can read files with private keys.",
    ),
    (
        "completion",
        "The script runs no other command. It lists files only to complete a path.",
    ),
    (
        "jotsmith",
        "SECURITY.md in the source states what is protected and what is not; docs/threats.md lists the threats.",
    ),
];

/// The environment variables. A command uses those that the help of its arguments names.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("JOTSMITH_KEY", "The key itself, used without \\-k."),
    (
        "JOTSMITH_KEY_FILE",
        "The path of the key, used without \\-k and JOTSMITH_KEY.",
    ),
    (
        "JOTSMITH_PASSPHRASE",
        "The passphrase, used without \\-\\-passphrase\\-file.",
    ),
    (
        "NO_COLOR",
        "If not empty, output has no color, unless \\-\\-color is given.",
    ),
];

/// Returns the name and the text of the man page of a command.
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
    let uses = |name: &str| {
        let helps = command.get_arguments().filter_map(|arg| arg.get_help());
        helps.map(ToString::to_string).any(|help| help.contains(name))
    };
    let is_root = command.has_subcommands();
    let rows = ENVIRONMENT.iter().filter(|(name, _)| is_root || uses(name));
    rows.map(|(name, text)| format!(".TP\n\\fB{name}\\fR\n{text}\n")).collect()
}

fn see_also<'a>(others: impl Iterator<Item = &'a str>) -> String {
    let pages = others.map(|command| match command {
        "jotsmith" => "\\fBjotsmith\\fR(1)".to_owned(),
        command => format!("\\fBjotsmith\\-{command}\\fR(1)"),
    });
    pages.collect::<Vec<_>>().join(", ")
}

/// Shortens the synopsis, in which the generator lists every flag, and adds the sections for examples and exit status.
fn as_a_manual_reads(page: &str, usage: &str) -> String {
    let usage = usage.trim_start_matches("Usage: ").replace('-', "\\-");
    let (before, rest) = page.split_once(".SH SYNOPSIS\n").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    let (after, last) = after.split_once(".SH EXTRA\nExamples:\n").unwrap();
    let (examples, rest) = last.split_once("\n\nExit status:").unwrap();
    let rest = rest.find("\n.SH").map_or("", |end| &rest[end..]);
    // The help of most commands only refers to the table.
    let (_, codes) = jotsmith::output::exit::HELP.split_once('\n').unwrap();
    format!(
        "{before}.SH SYNOPSIS\n{usage}\n{after}.SH EXAMPLES\n.nf\n{examples}\n.fi\n\
         .SH EXIT STATUS\n.nf\n{}\n.fi{rest}",
        codes
    )
}

#[test]
fn man_pages_have_every_section() {
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
