//! Input and output: files, streams, the network, the terminal, other programs, and keys outside this process.

#[cfg(unix)]
pub mod agent;
pub mod context;
pub mod external;
pub mod fetch;
pub mod file;
pub mod interrupt;
pub mod key_sources;
pub mod pkcs11_token;
pub mod process;
pub mod program_output;
pub mod progress;
pub mod prompt;
pub mod source;
pub mod staged_output;
pub mod stream;
