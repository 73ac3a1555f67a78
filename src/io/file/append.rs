//! Files that only grow.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::resolve;
use crate::io::source::plain;

/// A file that lines are added to and nothing else.
#[derive(Debug)]
pub struct Appender {
    file: File,
    path: PathBuf,
}

impl Appender {
    /// Opens the file, and makes it if need be.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> Result<Appender> {
        let path = &resolve(path)?;
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o644);
        }
        let file = (options.open(path))
            .map_err(|error| plain(&error))
            .with_context(|| path.display().to_string())?;
        Ok(Appender {
            file,
            path: path.into(),
        })
    }

    /// Adds whole lines in one write and makes them safe on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(mut self, lines: &str) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        (self.file.write_all(lines.as_bytes()))
            .and_then(|()| self.file.sync_all())
            .map_err(|error| plain(&error))
            .with_context(|| self.path.display().to_string())
    }
}
