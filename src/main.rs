//! Hands the command line to the library and exits with its number.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(jotsmith::run(std::env::args_os()))
}
