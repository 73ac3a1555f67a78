//! The tests of behavior, in one crate. Tests of tables and parsers are at the end of their own source file.

#![allow(
    clippy::disallowed_methods,
    reason = "tests read the environment and the clock"
)]

/// Helpers of all modules: runs the program in an empty folder; builds tokens.
mod support;

/// The architecture: which module may import which.
mod architecture;

/// completions/ and man/ equal the output of the parser (UPDATE=1 rewrites them); the required content of every help.
mod generated;

/// The tables of the docs equal the results of trying each combination in the core.
mod tables;

/// The examples of RFC 7515, 7519, 7638 and 8037, each with its section.
mod vectors;

/// Runs every console block of README.md and docs/, and the examples of every help.
mod documentation;

mod completion;
/// Recipes for gateways and cloud services that do not run in CI, checked against their documented rules.
mod consumers;
mod conventions;

/// External test vectors (RFC 7520, Wycheproof), when JOTSMITH_VECTORS names their folder.
mod external_vectors;

/// Invalid input: the exit code, one line on stderr, an empty stdout, and no changed file.
mod refusals;

/// Key files in any encoding: wrapped by a transport, with wrong labels, in sets with unusable entries.
mod keys;

/// Keys whose private part is not in the process.
mod remote;

/// Rotation: the plan, simulated time with --at, rejected input, crashes, concurrent runs and full disks.
mod rotate;

/// No private key bytes in output, errors or Debug; file modes; no secrets from argv.
mod secrets;

/// The targets of fuzz/, run on their seeds without a fuzzer.
mod fuzz;

/// Attacks by other users of the machine: environment, core dumps, umask, symlinks.
mod local_attacker;

/// The known attacks, one test each.
mod attacks;

/// Mutated and truncated tokens and keys: always an error, never an accepted token, never a panic.
mod mutations;

/// The members of every --json result, against a list.
mod schema;

/// Pipelines of two commands, closed pipes, and no prompt without a terminal.
mod pipelines;

/// Behavior on a terminal: prompts, color, and what is not printed.
mod terminal;

/// HPKE for JWE: the vectors of the draft, round trips, and what is rejected.
mod hpke;

/// Ephemeral keys whose coordinates lack leading zeros.
mod ephemeral_keys;

/// Every token with every key: only the matching key verifies or decrypts; every other fails with the right code.
mod key_pairings;

/// Results in files, on stdout and with --json.
mod results;

/// Token profiles: each rule of each profile, for sign and verify.
mod profile_rules;
mod profiles;

/// Selective disclosure: vectors, structural attacks, key binding, the commands.
mod sd_jwt;

/// Token status lists.
mod status_list;

/// Detached payloads of any kind and length.
mod detached;

/// Keys from a URL: the cache and its lifetime, rejected responses, and rotation by a provider with TLS.
mod fetch;

/// inspect: descriptions of tokens, keys and certificates; each finding has an input that causes it and one that does not.
mod inspect;

/// `--lines`: every command as a filter; the record of a line equals the result of a single run.
mod line_flags;
mod lines;

/// The single run and --lines give the same verdict, code and claims.
mod differential;

/// The pipeline of --lines: order, line ends, limits, and closed outputs.
mod stream;

/// Words that are not allowed in the source, the tests and the pages.
mod wording;
