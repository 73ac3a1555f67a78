//! Everything outside the process.

pub mod answer;
pub mod console;
pub mod context;
pub mod fetch;
pub mod file;
pub mod held;
pub mod keys;
pub mod page;
pub mod process;
pub mod progress;
pub mod prompt;
pub mod source;
pub mod stream;
