//! Atomic writes of files: a temporary file next to the target is written completely and then renamed to the target.

#[cfg(windows)]
mod acl;
mod gate;
mod lock;
mod temporary;

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use self::gate::Target;
use self::temporary::Temporary;
use super::interrupt::{RemovedOnSignal, defer_signals};
use super::source::{io_error, read_limited};
use crate::crypto::SecretBytes;
use crate::output::exit::CliError;

pub use gate::{check_published, check_rotation};
pub use lock::{Lock, lock_file};
pub use temporary::remove_stale;

/// The command that removes the access of other users to a file.
pub const RESTRICT: &str = if cfg!(windows) {
    "icacls FILE /inheritance:r /grant:r %USERNAME%:F"
} else {
    "chmod 600"
};

/// The users that may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The owner: a private key. Mode 0600, on Windows an access control list. It is not written to a pipe or device unless the
    /// user has opened it.
    Owner,
    /// The owner, or the process that reads from a pipe: a token, claims or content. Mode 0600.
    Reader,
    /// All users. Mode 0644.
    Public,
}

/// A result that is prepared but not committed. If it is dropped, the target is unchanged and no file is left.
pub struct Prepared {
    /// The path as the user gave it, for messages.
    shown: PathBuf,
    output: Output,
}

enum Output {
    File {
        temporary: Temporary,
        /// The path with symlinks followed.
        path: PathBuf,
        replace: bool,
    },
    /// A device, FIFO or socket, and the bytes that a commit writes to it.
    Stream { stream: File, bytes: SecretBytes },
}

/// Writes the bytes to a temporary file next to the target and syncs it. Bytes for a device, FIFO or socket are kept in
/// memory.
///
/// # Errors
/// If the target exists and may not be replaced, another user may have planted it, or its folder is not writable.
pub fn stage_file(
    path: &Path,
    bytes: &[u8],
    audience: Audience,
    replace: bool,
) -> Result<Prepared> {
    prepare_checked(path, &gate::check_path(path)?, bytes, audience, replace)
}

fn prepare_checked(
    path: &Path,
    target: &Target,
    bytes: &[u8],
    audience: Audience,
    replace: bool,
) -> Result<Prepared> {
    let output = prepare_output(target, bytes, audience, replace);
    Ok(Prepared {
        shown: path.into(),
        output: output.with_context(|| path.display().to_string())?,
    })
}

fn prepare_output(
    target: &Target,
    bytes: &[u8],
    audience: Audience,
    replace: bool,
) -> Result<Output, CliError> {
    if target.is_stream() {
        if audience == Audience::Owner && !target.is_own_stream() {
            return Err(gate::not_regular().with_hint("write the private key to a regular file"));
        }
        return Ok(Output::Stream {
            stream: target.open(OpenOptions::new().write(true))?,
            bytes: bytes.to_vec().into(),
        });
    }
    if let Some(entry) = &target.entry {
        if entry.is_dir() {
            return Err(CliError::failed("is a directory"));
        }
        if !replace {
            return Err(exists_already());
        }
    }
    target.refuse_irreplaceable()?;
    remove_stale(&target.path);
    let temporary = Temporary::new(&target.path, file_mode(audience), bytes);
    Ok(Output::File {
        temporary: temporary.map_err(|error| io_error(&error))?,
        path: target.path.clone(),
        replace,
    })
}

/// Prepares a file as [`stage_file`] does. If the target exists, it is replaced, and its mode and owner are kept.
///
/// # Errors
/// As [`stage_file`], and if the owner cannot be kept.
pub fn prepare_successor(path: &Path, bytes: &[u8], audience: Audience) -> Result<Prepared> {
    let target = gate::check_path(path)?;
    let prepared = prepare_checked(path, &target, bytes, audience, true)?;
    #[cfg(unix)]
    if let Output::File { temporary, .. } = &prepared.output
        && let Some(old) = &target.entry
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let keep = || -> std::io::Result<()> {
            let file = &temporary.file;
            let new = file.metadata()?;
            if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
                fchown(file, Some(old.uid()), Some(old.gid()))?;
            }
            file.set_permissions(old.permissions())?;
            file.sync_all()
        };
        keep()
            .map_err(|_| {
                CliError::failed("belongs to another user or group, which a new file cannot keep")
            })
            .with_context(|| path.display().to_string())?;
    }
    #[cfg(windows)]
    if let Output::File {
        temporary,
        path: old,
        ..
    } = &prepared.output
        && target.entry.is_some()
    {
        acl::copy_access(old, temporary.path())
            .map_err(|_| CliError::failed("has an access control list that a new file cannot keep"))
            .with_context(|| path.display().to_string())?;
    }
    Ok(prepared)
}

/// Returns the path of a file with symlinks followed, so that a write replaces the target and not the symlink.
///
/// # Errors
/// If it is a symlink without a target, or another user may have planted it.
pub fn resolve_path(path: &Path) -> Result<PathBuf> {
    gate::check_path(path).map(|target| target.path)
}

/// Removes the file that a path leads to.
///
/// # Errors
/// If it cannot be removed, or another user may have planted it.
pub fn remove_file(path: &Path) -> Result<()> {
    let removed = std::fs::remove_file(resolve_path(path)?).map_err(|error| io_error(&error));
    removed.with_context(|| path.display().to_string())
}

/// Whether there is a file.
///
/// # Errors
/// If that cannot be determined.
pub fn exists(path: &Path) -> Result<bool> {
    let exists = path.try_exists().map_err(|error| io_error(&error));
    exists.with_context(|| path.display().to_string())
}

/// The largest number of attempts to open a file that other processes replace.
const MAX_REPLACED: usize = 100;

/// Reads a file that another user cannot have planted, or a stream that the user has opened; `None` if there is none.
///
/// # Errors
/// If another user may have planted it, it is another kind of entry, it is too long, or it cannot be read.
pub fn read_existing(path: &Path, limit: usize) -> Result<Option<SecretBytes>> {
    let place = || path.display().to_string();
    // Another run may replace the file between the check and the opening. The new file is then checked too.
    for _ in 0..MAX_REPLACED {
        let target = gate::check_path(path)?;
        let Some(entry) = &target.entry else {
            return Ok(None);
        };
        if !entry.is_file() && !target.is_own_stream() {
            return Err(gate::not_regular()).with_context(place);
        }
        let file = target.open_if_unchanged(OpenOptions::new().read(true));
        if let Some(file) = file.with_context(place)? {
            return read_limited(file, limit).map(Some).with_context(place);
        }
    }
    Err(gate::replaced_error()).with_context(place)
}

impl Prepared {
    /// Whether the target is a device, FIFO or socket, to which a write cannot be undone.
    pub fn is_stream(&self) -> bool {
        matches!(self.output, Output::Stream { .. })
    }

    /// Returns a writer for more bytes, for a result that does not fit in memory.
    pub fn writer(&mut self) -> &mut impl Write {
        match &mut self.output {
            Output::File { temporary, .. } => &mut temporary.file,
            Output::Stream { stream, .. } => stream,
        }
    }

    /// Renames the file to the target, or writes to the stream.
    ///
    /// # Errors
    /// If the target has been created in the meantime and may not be replaced, or the operation fails.
    pub fn commit(self) -> Result<()> {
        commit_all([self])
    }

    /// Renames a file to its target. The caller has deferred signals.
    fn put_in_place(self) -> Result<()> {
        let Output::File {
            temporary,
            path,
            replace,
        } = self.output
        else {
            return Ok(());
        };
        let place = temporary.put_in_place(&path, replace);
        place
            .map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => exists_already(),
                _ => io_error(&error),
            })
            .with_context(|| self.shown.display().to_string())
    }
}

/// Commits several results: renames the files to their targets in order, then writes to the streams. If a file fails, the
/// files before it are rolled back: a new file is removed, and a replaced file is restored.
///
/// # Errors
/// As [`Prepared::commit`].
pub fn commit_all(all: impl IntoIterator<Item = Prepared>) -> Result<()> {
    let (streams, files): (Vec<Prepared>, Vec<Prepared>) =
        all.into_iter().partition(Prepared::is_stream);
    put_all_in_place(files)?;
    for prepared in streams {
        let Output::Stream { mut stream, bytes } = prepared.output else {
            continue;
        };
        let written = stream.write_all(bytes.expose());
        written
            .map_err(|error| match error.kind() {
                // The reader has closed the pipe.
                ErrorKind::BrokenPipe => error.into(),
                _ => anyhow::Error::from(io_error(&error)),
            })
            .with_context(|| prepared.shown.display().to_string())?;
    }
    Ok(())
}

fn put_all_in_place(files: Vec<Prepared>) -> Result<()> {
    let _deferred = defer_signals();
    let mut done: Vec<(PathBuf, bool, Option<Backup>)> = Vec::new();
    let count = files.len();
    for (index, prepared) in files.into_iter().enumerate() {
        let Output::File { path, .. } = &prepared.output else {
            continue;
        };
        let path = path.clone();
        let existed = path.exists();
        // The last file needs no backup, because no file after it can fail.
        let backup = (index + 1 < count).then(|| back_up(&path)).flatten();
        if let Err(error) = prepared.put_in_place() {
            for (path, existed, backup) in done.into_iter().rev() {
                // A failed rollback is ignored; the first error is reported.
                let _ = match backup {
                    Some((backup, _)) => backup.persist(&path).map_err(|error| error.error),
                    None if existed => Ok(()),
                    None => fs::remove_file(&path),
                };
            }
            return Err(error);
        }
        done.push((path, existed, backup));
    }
    Ok(())
}

/// A hard link to a file that is going to be replaced. It is removed when dropped.
type Backup = (NamedTempFile<()>, RemovedOnSignal);

fn back_up(path: &Path) -> Option<Backup> {
    let link = tempfile::Builder::new()
        .prefix(&temporary::temporary_prefix(path))
        .make_in(parent_folder(path), |name| fs::hard_link(path, name));
    let link = link.ok()?;
    let removed = RemovedOnSignal::new(link.path());
    Some((link, removed))
}

/// A file to which lines are appended.
#[derive(Debug)]
pub struct Appender {
    file: File,
    path: PathBuf,
}

impl Appender {
    /// Opens the file, and creates it if it does not exist.
    ///
    /// # Errors
    /// If it cannot be opened, another user may have planted it, or it is a FIFO or device that the user has not opened.
    pub fn open(path: &Path) -> Result<Appender> {
        let target = gate::check_path(path)?;
        let open = || -> Result<File, CliError> {
            if target.is_stream() && !target.is_own_stream() {
                return Err(gate::not_regular());
            }
            target.refuse_second_name()?;
            let mut options = OpenOptions::new();
            options.append(true).create(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
            target.open(&mut options)
        };
        Ok(Appender {
            file: open().with_context(|| path.display().to_string())?,
            path: path.into(),
        })
    }

    /// Appends complete lines in one write and syncs the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(mut self, lines: &str) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        self.file
            .write_all(lines.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(|error| io_error(&error))
            .with_context(|| self.path.display().to_string())
    }
}

/// Writes one complete file.
///
/// # Errors
/// As [`stage_file`] and [`Prepared::commit`]. After an error, the target is unchanged.
pub fn write_file(path: &Path, bytes: &[u8], audience: Audience, replace: bool) -> Result<()> {
    stage_file(path, bytes, audience, replace)?.commit()
}

/// Rejects the path of an existing regular file, unless it may be replaced.
///
/// # Errors
/// If a regular file exists at the path and may not be replaced.
pub fn refuse_existing(path: &Path, may_replace: bool) -> Result<()> {
    if !may_replace && path.is_file() {
        return Err(exists_already()).with_context(|| path.display().to_string());
    }
    Ok(())
}

fn exists_already() -> CliError {
    CliError::failed("already exists").with_hint("use --force to overwrite it")
}

/// Returns the folder of a path.
pub fn parent_folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether two paths lead to the same file, which does not need to exist.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| -> Option<PathBuf> {
        fs::canonicalize(path)
            .ok()
            .or_else(|| Some(fs::canonicalize(parent_folder(path)).ok()?.join(path.file_name()?)))
    };
    place(one).is_some_and(|one| Some(one) == place(other))
}

fn file_mode(audience: Audience) -> u32 {
    match audience {
        Audience::Owner | Audience::Reader => 0o600,
        Audience::Public => 0o644,
    }
}

/// Creates a folder for this audience, unless it exists. Returns whether it was created.
///
/// # Errors
/// If it cannot be created, or another user may have planted the entry.
pub fn create_folder(path: &Path, audience: Audience) -> Result<bool> {
    if gate::check_path(path)?.entry.is_some() {
        return Ok(false);
    }
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::DirBuilderExt;
        let mut builder = fs::DirBuilder::new();
        builder.mode(match audience {
            Audience::Public => 0o755,
            Audience::Owner | Audience::Reader => 0o700,
        });
        builder
    };
    // On Windows each private file has its own access control list.
    #[cfg(windows)]
    let (builder, _) = (fs::DirBuilder::new(), audience);
    let created = builder.create(path).map_err(|error| io_error(&error));
    created.with_context(|| path.display().to_string())?;
    Ok(true)
}

/// Syncs the folder of `path`, so that a rename in it is durable.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    // Other systems cannot open a folder.
    if cfg!(unix) {
        File::open(parent_folder(path))?.sync_all()
    } else {
        Ok(())
    }
}

/// Whether users other than the owner may read the file.
pub fn is_readable_by_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path)
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(windows)]
    {
        path.is_file() && acl::is_readable_by_others(path).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_files_are_restored_when_the_last_one_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("old"), "old").unwrap();
        let prepared = |name: &str, replace| {
            stage_file(&path(name), b"new", Audience::Owner, replace).unwrap()
        };
        let files = [
            prepared("old", true),
            prepared("new", false),
            prepared("late", false),
        ];
        fs::write(path("late"), "another's").unwrap();
        commit_all(files).unwrap_err();
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "old");
        assert!(!path("new").exists());
        assert_eq!(fs::read_to_string(path("late")).unwrap(), "another's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        commit_all([prepared("old", true), prepared("new", false)]).unwrap();
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
