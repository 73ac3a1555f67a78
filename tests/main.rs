//! The tests of behavior, in one crate. Tests of tables and parsers are at the end of their own source file.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read the environment and the clock"
)]

/// What every module needs: a run of the program in an empty folder, and tokens by hand.
mod support;

/// The rules of the architecture: which module imports which.
mod architecture;

/// completions/ and man/ equal what the parser renders (UPDATE=1 rewrites); what every help must say.
mod generated;

/// The tables of the README are made from the core, by trying what they say.
mod tables;

/// The examples of RFC 7515, 7519, 7638 and 8037, each with its section.
mod vectors;

/// Every console block of README.md and docs/ is run, and the examples of every help.
mod cli;

mod completion;
/// The recipes for gateways and clouds that cannot be run here, against their documented rules.
mod consumers;
mod conventions;

/// The vectors of others, when JOTSMITH_VECTORS names their folder: RFC 7520, Wycheproof.
mod outside;

/// Bad input of every kind: its exit code, one line on stderr, an empty stdout, and no file changed.
mod refusals;

/// Keys as they arrive: wrapped by a transport, under wrong labels, in sets with entries that cannot be used.
mod keys;

/// Keys whose private half is not in the process.
mod remote;

/// Rotation: the rules of the plan, time travel with --at, refusals, crashes, races and full disks.
mod rotate;

/// Private key bytes in no output, error or Debug; file modes; nothing read from argv.
mod secrets;

/// The targets of fuzz/, run over their seeds without a fuzzer.
mod fuzz;

/// The licences of what is linked in, duplicates, and where it comes from, offline.
mod licences;

/// What others on the machine get to see: environment, core dumps, umask; and planted symlinks.
mod neighbours;

/// The known attacks, one test each.
mod attacks;

/// Every byte of a token changed, every cut, and whatever else: an error, never a token, never a panic.
mod mutate;

/// The members of every --json result, against a written list.
mod schema;

/// Every pipe of two commands, closed pipes, and no prompt without a terminal.
mod pipes;

/// A real terminal: prompts, color, and what is not printed on one.
mod terminal;

/// HPKE for JWE: the vectors of the draft, round trips, and what is rejected.
mod hpke;

/// Ephemeral keys whose coordinates lack leading zeros.
mod ephemeral;

/// Every token against every key: the diagonal passes, all else fails with the right code.
mod grid;

/// Every form that a result can take: files, stdout and --json.
mod forms;

/// Profiles: each rule of each kind of token, in signing and in verifying.
mod profile_rules;
mod profiles;

/// Selective disclosure: vectors, structural attacks, key binding, the commands.
mod sd_jwt;

/// Token status lists.
mod status_list;

/// Detached payloads of any kind and length.
mod detached;

/// Keys from a URL: what is kept and for how long, what is refused, and rotation behind a provider with TLS.
mod fetch;

/// inspect: any token, key or certificate is shown; every finding has what raises it and a near miss.
mod inspect;

/// `--lines`: every command as a filter; the answers to a line are those of a run of its own.
mod line_flags;
mod lines;

/// The single run and --lines give the same verdict, code and claims.
mod differential;

/// The pipeline behind --lines: order, line ends, limits, and consumers that leave.
mod stream;

/// Words that the source, the tests and the pages do not use.
mod wording;
