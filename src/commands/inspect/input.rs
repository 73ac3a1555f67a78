//! What is looked into: typed, or read from somewhere.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

use crate::crypto::SecretBytes;
use crate::inspect::findings::{Finding, Severity, rules};
use crate::io::file::is_readable_by_others;
use crate::io::source::{Inputs, MAX_KEY, Source};
use crate::output::exit::CliError;

/// The bytes, and the file that they came from.
pub(super) struct Input {
    pub(super) bytes: SecretBytes,
    path: Option<PathBuf>,
}

/// Reads the input; a name that is a file's is that file.
pub(super) fn read(typed: Option<&str>, inputs: &Inputs) -> Result<Input> {
    let typed = typed.unwrap_or("-");
    let path = match typed.strip_prefix('@') {
        Some(path) => Some(path),
        // Longer than any path, or a token.
        None if typed.len() > 4096 || typed.starts_with("eyJ") => None,
        None => Some(typed).filter(|typed| *typed != "-" && Path::new(typed).exists()),
    };
    let bytes = match path {
        Some(path) => inputs.read(&Source::File(path.into()), "input", MAX_KEY)?,
        None if typed == "-" || typed.starts_with("env:") => {
            let source: Source =
                (typed.parse()).map_err(|why| CliError::usage(format!("the input {why}")))?;
            inputs.read(&source, "input", MAX_KEY)?
        }
        None => typed.as_bytes().to_vec().into(),
    };
    Ok(Input {
        bytes,
        path: path.map(PathBuf::from),
    })
}

impl Input {
    /// Where it comes from, for a report about files.
    pub(super) fn name(&self) -> &str {
        self.path
            .as_ref()
            .and_then(|path| path.to_str())
            .unwrap_or("stdin")
    }

    /// What the file itself gives away, when it holds a private key.
    pub(super) fn findings(&self, report: &Value) -> Option<Finding> {
        let path = self.path.as_ref()?;
        let keys = report.get("keys")?.as_array()?;
        let private = keys.iter().any(|key| key["private"] == true);
        (private && is_readable_by_others(path)).then(|| Finding {
            rule: &rules::FILE_PERMISSIONS,
            severity: Severity::High,
            place: String::new(),
            message: "the private key can be read by others".into(),
            evidence: None,
        })
    }
}
