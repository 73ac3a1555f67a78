//! Whole-file writes: prepared beside the target, safe on disk, then put in place in one step.

mod append;
mod lock;
mod together;
mod trust;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::source::plain;
use crate::output::exit::CliError;

pub use append::Appender;
pub use lock::{Lock, lock};
pub use together::{commit_all, is_same};
pub use trust::refuse_writable_by_others;

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
    let existing = metadata(target)?;
    if existing.as_ref().is_some_and(|metadata| metadata.is_dir()) {
        return Err(CliError::failed("is a directory")).with_context(place);
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
        let written = device.write_all(bytes).map_err(|error| match error.kind() {
            // Whoever closed the pipe has seen enough.
            std::io::ErrorKind::BrokenPipe => error.into(),
            _ => anyhow::Error::from(plain(&error)),
        });
        written.with_context(place)?;
        return Ok(Prepared {
            temp: None,
            file: device,
            target: target.into(),
            replace,
        });
    }
    if existing.is_some() && !replace {
        return Err(exists_already()).with_context(place);
    }
    let target = resolve(target)?;
    let write = || -> std::io::Result<NamedTempFile> {
        let mut temp = builder(audience)
            .prefix(&temp_prefix(&target))
            .tempfile_in(folder(&target))?;
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

/// As [`prepare`], to replace a file that may exist; its mode and owner are kept then.
///
/// # Errors
/// As [`prepare`], and when the file belongs to somebody else.
pub fn prepare_successor(target: &Path, bytes: &[u8], audience: Audience) -> Result<Prepared> {
    let prepared = prepare(target, bytes, audience, true)?;
    #[cfg(unix)]
    if let (Some(temp), Some(old)) = (&prepared.temp, metadata(&prepared.target)?) {
        use std::os::unix::fs::{MetadataExt, fchown};
        let keep = || -> std::io::Result<()> {
            let file = temp.as_file();
            let new = file.metadata()?;
            if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
                fchown(file, Some(old.uid()), Some(old.gid()))?;
            }
            file.set_permissions(old.permissions())?;
            file.sync_all()
        };
        keep()
            .map_err(|_| CliError::failed("belongs to another user or group, which cannot be kept"))
            .with_context(|| target.display().to_string())?;
    }
    Ok(prepared)
}

/// The file that a path leads to: a symlink is followed, what it points at is replaced, the link stays.
///
/// # Errors
/// When it is a symlink that leads nowhere, or one that somebody else may have planted.
pub fn resolve(path: &Path) -> Result<PathBuf> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path.to_owned()),
        Ok(link) if trust::is_planted(path, &link) => Err(CliError::failed(
            "is a symlink by somebody else, in a folder that others can write",
        )),
        found => found
            .and_then(|_| fs::canonicalize(path))
            .map_err(|error| plain(&error)),
    };
    found.with_context(|| path.display().to_string())
}

/// What the file system says of a file; `None` when there is none. A file that cannot be looked at is never taken for
/// one that is not there.
fn metadata(path: &Path) -> Result<Option<fs::Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(plain(&error)).with_context(|| path.display().to_string()),
    }
}

/// Whether there is a file.
///
/// # Errors
/// When that cannot be told.
pub fn exists(path: &Path) -> Result<bool> {
    Ok(metadata(path)?.is_some())
}

fn temp_prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or(OsStr::new("jotsmith")));
    prefix.push(".jotsmith-");
    prefix
}

/// Removes what a run that was killed has left beside a target. Only its lock's holder may do so.
pub fn sweep(target: &Path) {
    let prefix = temp_prefix(target);
    let Ok(entries) = fs::read_dir(folder(target)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name
            .as_encoded_bytes()
            .starts_with(prefix.as_encoded_bytes())
        {
            // What cannot be removed does no harm beyond the space it takes.
            let _ = fs::remove_file(entry.path());
        }
    }
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
                std::io::ErrorKind::AlreadyExists => exists_already(),
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

fn exists_already() -> CliError {
    CliError::failed("exists already").hint("--force replaces it")
}

/// The folder that a path lies in.
pub fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn builder<'a>(audience: Audience) -> tempfile::Builder<'a, 'a> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match audience {
        Audience::Owner => 0o600,
        Audience::Everybody => 0o644,
    };
    let mut builder = tempfile::Builder::new();
    builder.permissions(fs::Permissions::from_mode(mode));
    builder
}

/// Elsewhere a new file has the access rights of its folder.
#[cfg(not(unix))]
fn builder<'a>(_: Audience) -> tempfile::Builder<'a, 'a> {
    tempfile::Builder::new()
}

/// Makes a change of names in the folder of `path` safe on disk.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    // Elsewhere a folder cannot be opened.
    match cfg!(unix) {
        true => fs::File::open(folder(path))?.sync_all(),
        false => Ok(()),
    }
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
