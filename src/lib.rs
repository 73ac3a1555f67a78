//! jotsmith mints, verifies, encrypts, decrypts, inspects and rotates JOSE tokens and keys from a shell.
//!
//! The modules, each of which may use only those below it:
//!
//! * `main` passes the command line to [`run`] and exits with the code that it returns.
//! * [`commands`]: one operation per subcommand.
//! * [`cli`]: the arguments that several commands share.
//! * [`io`]: sources of bytes, key files, keys from a URL, prompts, atomic writes, the stream of lines.
//! * [`output`]: the console, styled text, NDJSON, exit codes.
//! * [`inspection`]: tolerant parsing and findings. [`rotation`]: the key lifecycle.
//! * [`sd_jwt`]: selective disclosure. [`status_list`]: the statuses of tokens. [`profile`]: the rules for tokens with one
//!   purpose.
//! * [`keyfile`]: the formats of key files. [`fingerprint`]: fingerprints and key IDs. [`device`]: the content of a PKCS#11
//!   token.
//! * [`crypto`]: the core. It uses none of the above modules, and no file system, environment, clock or terminal.
//!
//! The library is not a public interface. Its modules are public for the tests and fuzz targets, and may change in every
//! version.

#![deny(
    clippy::dbg_macro,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::todo,
    clippy::unimplemented,
    clippy::unwrap_used
)]

pub mod cli;
pub mod commands;
pub mod crypto;
pub mod device;
pub mod fingerprint;
pub mod inspection;
pub mod io;
pub mod keyfile;
pub mod output;
pub mod profile;
pub mod rotation;
pub mod sd_jwt;
pub mod status_list;

use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

/// Runs a command line and returns the exit code.
pub fn run(argv: impl IntoIterator<Item = OsString>) -> u8 {
    io::process::harden();
    commands::run(argv.into_iter().collect(), unix_time)
}

/// Returns the time in Unix seconds. A clock before 1970 is treated as 1970; every `nbf` and `iat` is then in the future.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
fn unix_time() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs() as i64)
}
