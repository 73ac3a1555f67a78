//! What is printed: the console, styled text, NDJSON, exit codes.

pub mod console;
pub mod exit;
pub mod ndjson;
pub mod pretty_json;
pub mod reports;
pub mod styled_text;
