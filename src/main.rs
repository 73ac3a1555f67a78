//! Passes the command line to the library and exits with the code that it returns.

use std::process::ExitCode;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the arguments"
)]
fn main() -> ExitCode {
    ExitCode::from(jotsmith::run(std::env::args_os()))
}
