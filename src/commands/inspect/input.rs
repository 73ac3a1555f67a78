//! Reads the input: the argument itself, or a source that it names.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::inspect_report::InspectReport;
use crate::crypto::{Code, SecretBytes};
use crate::inspection::findings::{Finding, Severity, rules};
use crate::io::file::is_readable_by_others;
use crate::io::source::{Inputs, MAX_KEY, Source, typed_key};
use crate::output::exit::CliError;

/// The bytes, and the file that they were read from.
pub(super) struct Input {
    pub(super) bytes: SecretBytes,
    path: Option<PathBuf>,
    /// The argument, if it is the input itself.
    typed: Option<String>,
}

/// Returns the error about an argument that is neither an input nor an existing file.
pub(super) fn no_such_file(text: &str) -> anyhow::Error {
    CliError::failed(format!(
        "{text}: no such file, and neither a token nor a key"
    ))
    .with_hint(
        "the argument must be a token, a public key, a certificate, a text that contains a token, or a path",
    )
    .into()
}

/// Reads the input. If a file has the name of the argument, the file is read.
pub(super) fn read_input(typed: Option<&str>, inputs: &Inputs) -> Result<Input> {
    let typed = typed.unwrap_or("-");
    let path = match typed.strip_prefix('@') {
        Some(path) => Some(path),
        // The argument is longer than any path, or is a token.
        None if typed.len() > 4096 || typed.starts_with("eyJ") => None,
        None => Some(typed).filter(|typed| *typed != "-" && Path::new(typed).exists()),
    };
    let mut content = None;
    let bytes = match path {
        Some(path) => inputs.read(&Source::File(path.into()), "input", MAX_KEY)?,
        None if typed == "-" || typed.starts_with("env:") => {
            let source: Source =
                typed.parse().map_err(|why| CliError::usage(format!("the input {why}")))?;
            inputs.read(&source, "input", MAX_KEY)?
        }
        None => {
            content = Some(typed.to_owned());
            typed.as_bytes().to_vec().into()
        }
    };
    Ok(Input {
        bytes,
        path: path.map(PathBuf::from),
        typed: content,
    })
}

impl Input {
    /// Returns the path of the input, or stdin, for SARIF and reports.
    pub(super) fn name(&self) -> &str {
        self.path.as_ref().and_then(|path| path.to_str()).unwrap_or("stdin")
    }

    /// Returns an input that was read or fetched from another source, with its name.
    pub(super) fn from_file(name: &str, bytes: Vec<u8>) -> Input {
        Input {
            bytes: bytes.into(),
            path: Some(name.into()),
            typed: None,
        }
    }

    /// Returns an input that does not come from a file.
    pub(super) fn from_stdin(bytes: Vec<u8>) -> Input {
        Input {
            bytes: bytes.into(),
            path: None,
            typed: None,
        }
    }

    /// Refuses a private key on the command line, where it is visible to other users.
    pub(super) fn refuse_private_key(&self, report: &InspectReport) -> Result<()> {
        match report {
            InspectReport::Keys(report) if self.typed.is_some() && report.has_private_key() => {
                Err(typed_key().into())
            }
            _ => Ok(()),
        }
    }

    /// Returns the error. If it is that the argument is not an input, it also says that there is no such file.
    pub(super) fn with_input_context(&self, error: anyhow::Error) -> anyhow::Error {
        let is_malformed = |error: &CliError| error.code == Code::Malformed;
        match &self.typed {
            Some(text) if error.downcast_ref().is_some_and(is_malformed) => no_such_file(text),
            _ => error,
        }
    }

    /// Returns a finding if other users can read the file and it contains a private key.
    pub(super) fn permission_finding(&self, report: &InspectReport) -> Option<Finding> {
        let path = self.path.as_ref()?;
        let InspectReport::Keys(report) = report else {
            return None;
        };
        (report.has_private_key() && is_readable_by_others(path)).then(|| {
            let message = "other users can read the private key";
            Finding::new(&rules::FILE_PERMISSIONS, Severity::High, "", message)
        })
    }
}
