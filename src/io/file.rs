//! Whole-file writes: prepared beside the target, safe on disk, then put in place in one step.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::source::plain;
use crate::exit::Complaint;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The owner alone: mode 0600.
    Owner,
    /// Everybody: mode 0644.
    Everybody,
}

/// A file that is complete on disk but not yet in its place; dropped, it leaves no trace.
#[derive(Debug)]
pub struct Prepared {
    temp: Option<NamedTempFile>,
    /// The same file, or the device.
    file: fs::File,
    target: PathBuf,
    replace: bool,
}

/// Writes the bytes beside the target and makes them safe on disk.
///
/// A target that is no regular file (`/dev/stdout`, a pipe) is written straight through when put in place.
///
/// # Errors
/// When the target exists and is not to be replaced, or its folder cannot be written.
pub fn prepare(target: &Path, bytes: &[u8], audience: Audience, replace: bool) -> Result<Prepared> {
    let place = || target.display().to_string();
    let existing = fs::metadata(target).ok();
    if existing.as_ref().is_some_and(|metadata| metadata.is_dir()) {
        return Err(Complaint::failed("is a directory")).with_context(place);
    }
    if existing
        .as_ref()
        .is_some_and(|metadata| !metadata.is_file())
    {
        let mut device = fs::OpenOptions::new()
            .write(true)
            .open(target)
            .map_err(|error| plain(&error))
            .with_context(place)?;
        device.write_all(bytes).with_context(place)?;
        return Ok(Prepared {
            temp: None,
            file: device,
            target: target.into(),
            replace,
        });
    }
    if existing.is_some() && !replace {
        return Err(exists()).with_context(place);
    }
    // A symlink is followed: what it points at is replaced, the link stays.
    let target = match existing {
        Some(_) => fs::canonicalize(target)
            .map_err(|error| plain(&error))
            .with_context(place)?,
        None => target.to_owned(),
    };
    let write = || -> std::io::Result<NamedTempFile> {
        let mut temp = builder(audience).tempfile_in(folder(&target))?;
        temp.write_all(bytes)?;
        temp.as_file().sync_all()?;
        Ok(temp)
    };
    let temp = write().map_err(|error| plain(&error)).with_context(place)?;
    let file = temp.as_file().try_clone();
    Ok(Prepared {
        file: file.map_err(|error| plain(&error)).with_context(place)?,
        temp: Some(temp),
        target,
        replace,
    })
}

impl Prepared {
    /// Where more bytes go, for a result that does not fit in memory.
    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.file
    }

    /// Puts the file in its place, in one step.
    ///
    /// # Errors
    /// When the target has come into being meanwhile and is not to be replaced, or the step fails.
    pub fn commit(self) -> Result<()> {
        let Some(temp) = self.temp else {
            return Ok(());
        };
        let place = || self.target.display().to_string();
        (self.file.sync_all())
            .map_err(|error| plain(&error))
            .with_context(place)?;
        let persisted = match self.replace {
            true => temp.persist(&self.target),
            false => temp.persist_noclobber(&self.target),
        };
        persisted
            .map_err(|error| match error.error.kind() {
                std::io::ErrorKind::AlreadyExists => exists(),
                _ => plain(&error.error),
            })
            .with_context(place)?;
        sync_folder(&self.target)
            .map_err(|error| plain(&error))
            .with_context(place)
    }
}

/// Writes one file whole.
///
/// # Errors
/// As [`prepare`] and [`Prepared::commit`]; nothing on disk has changed then.
pub fn write(target: &Path, bytes: &[u8], audience: Audience, replace: bool) -> Result<()> {
    prepare(target, bytes, audience, replace)?.commit()
}

fn exists() -> Complaint {
    Complaint::failed("exists already").hint("--force replaces it")
}

/// The folder that a path lies in.
pub fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn builder(audience: Audience) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".jotsmith-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = match audience {
            Audience::Owner => 0o600,
            Audience::Everybody => 0o644,
        };
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = audience;
    builder
}

/// Makes a change of names in the folder of `path` safe on disk.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::File::open(folder(path))?.sync_all()?;
    Ok(())
}

/// Whether others than the owner may read the file.
pub fn is_readable_by_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path)
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}
