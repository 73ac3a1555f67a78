//! What is printed: the console, styled text, findings, SARIF, NDJSON, exit codes.

pub mod console;
pub mod document;
pub mod exit;
pub mod finding_text;
pub mod ndjson;
pub mod pretty_json;
pub mod reports;
pub mod sarif;
pub mod styled_text;
