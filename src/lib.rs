//! jotsmith mints, verifies, encrypts, decrypts, inspects and rotates JOSE tokens and keys from a shell.
//!
//! The map of the house; each room may call only those below it:
//!
//! * `main` hands the command line to [`run`] and exits with its number.
//! * [`commands`]: one file for each subcommand, with its arguments, what it does, and its report.
//! * [`args`]: the arguments that several commands share, and the rules of the interface.
//! * [`exit`]: the exit codes, and how an error becomes one.
//! * [`io`]: everything outside the process: sources of bytes, key files, keys from a URL, prompts, atomic writes, the console.
//! * [`crypto`]: the core. It knows nothing of all the above.
//!
//! A promise of this library is the program's behaviour; its own interface may change with any version.

pub mod args;
pub mod commands;
pub mod crypto;
pub mod exit;
pub mod io;

use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

/// Runs the command line and gives the exit code.
pub fn run(argv: impl IntoIterator<Item = OsString>) -> u8 {
    io::process::seal();
    commands::run(argv.into_iter().collect(), unix_time)
}

/// A clock before 1970 is taken as 1970: every time rule then fails towards "not yet valid".
fn unix_time() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs() as i64)
}
