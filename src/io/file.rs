//! Files that are written completely beside their target and then put in its place in one step.

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
pub use lock::{Lock, lock};
pub use temporary::remove_stale;

/// The command that leaves a file to its owner alone.
pub const RESTRICT: &str = if cfg!(windows) {
    "icacls FILE /inheritance:r /grant:r %USERNAME%:F"
} else {
    "chmod 600"
};

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The owner: a private key. Mode 0600, on Windows an access control list; never a pipe or device that the operator has not opened.
    Owner,
    /// The owner, or the process at the other end of a pipe: a token, claims or content. Mode 0600.
    Reader,
    /// Everyone: mode 0644.
    Public,
}

/// A result that is complete but not yet in its place; dropped, it leaves no trace.
pub struct Prepared {
    /// The path as typed.
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
    /// A device, FIFO or socket, and what is written to it in the end.
    Stream { stream: File, bytes: SecretBytes },
}

/// Writes the bytes beside the target and makes them safe on disk. Those for a device, FIFO or socket wait in memory.
///
/// # Errors
/// When the target exists and is not to be replaced, another user may have planted it, or its folder cannot be written.
pub fn prepare(path: &Path, bytes: &[u8], audience: Audience, replace: bool) -> Result<Prepared> {
    prepare_checked(path, &gate::check(path)?, bytes, audience, replace)
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
            return Err(gate::not_regular().with_hint("a private key is written to a regular file"));
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
    let temporary = Temporary::new(&target.path, mode(audience), bytes);
    Ok(Output::File {
        temporary: temporary.map_err(|error| io_error(&error))?,
        path: target.path.clone(),
        replace,
    })
}

/// As [`prepare`], to replace a file that may exist; its mode and owner are kept then.
///
/// # Errors
/// As [`prepare`], and when its owner cannot be kept.
pub fn prepare_successor(path: &Path, bytes: &[u8], audience: Audience) -> Result<Prepared> {
    let target = gate::check(path)?;
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

/// The file that a path leads to: a symlink is followed, its target is replaced, the symlink stays.
///
/// # Errors
/// When it is a symlink without a target, or another user may have planted it.
pub fn resolve(path: &Path) -> Result<PathBuf> {
    gate::check(path).map(|target| target.path)
}

/// Removes the file that a path leads to.
///
/// # Errors
/// When it cannot be removed, or another user may have planted it.
pub fn remove(path: &Path) -> Result<()> {
    let removed = std::fs::remove_file(resolve(path)?).map_err(|error| io_error(&error));
    removed.with_context(|| path.display().to_string())
}

/// Whether there is a file.
///
/// # Errors
/// When that cannot be determined.
pub fn exists(path: &Path) -> Result<bool> {
    let exists = path.try_exists().map_err(|error| io_error(&error));
    exists.with_context(|| path.display().to_string())
}

/// How often a file may be replaced while it is opened.
const MAX_REPLACED: usize = 100;

/// Reads a file that another user cannot have planted, or a stream that the operator has opened; `None` where there is
/// none.
///
/// # Errors
/// When another user may have planted it, it is another kind of entry, is too long or cannot be read.
pub fn read_existing(path: &Path, limit: usize) -> Result<Option<SecretBytes>> {
    let place = || path.display().to_string();
    // Another run may replace the file between the check and the opening; the new file is checked as the old one was.
    for _ in 0..MAX_REPLACED {
        let target = gate::check(path)?;
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
    Err(gate::replaced()).with_context(place)
}

impl Prepared {
    /// Whether the target is a device, FIFO or socket, from which nothing can be taken back.
    pub fn is_stream(&self) -> bool {
        matches!(self.output, Output::Stream { .. })
    }

    /// Where more bytes go, for a result that does not fit in memory.
    pub fn writer(&mut self) -> &mut impl Write {
        match &mut self.output {
            Output::File { temporary, .. } => &mut temporary.file,
            Output::Stream { stream, .. } => stream,
        }
    }

    /// Puts the file in its place in one step, or writes to the stream.
    ///
    /// # Errors
    /// When the target has been created meanwhile and is not to be replaced, or the step fails.
    pub fn commit(self) -> Result<()> {
        commit_all([self])
    }

    /// Puts a file in its place. The caller holds signals off.
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

/// Puts files that belong together in their places, in their order, and then writes to streams. Where a file fails,
/// those before it are taken back: a new file is removed, and a replaced one is restored.
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
                // The reader of the pipe has read enough.
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
        // The last file has nothing behind it that could fail.
        let backup = (index + 1 < count).then(|| back_up(&path)).flatten();
        if let Err(error) = prepared.put_in_place() {
            for (path, existed, backup) in done.into_iter().rev() {
                // What cannot be taken back is left; the error that is reported is the first.
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

/// A second name for a file that is to be replaced, removed when dropped.
type Backup = (NamedTempFile<()>, RemovedOnSignal);

fn back_up(path: &Path) -> Option<Backup> {
    let link = tempfile::Builder::new()
        .prefix(&temporary::prefix(path))
        .make_in(folder(path), |name| fs::hard_link(path, name));
    let link = link.ok()?;
    let removed = RemovedOnSignal::new(link.path());
    Some((link, removed))
}

/// A file that lines are added to and nothing else.
#[derive(Debug)]
pub struct Appender {
    file: File,
    path: PathBuf,
}

impl Appender {
    /// Opens the file, and creates it if there is none.
    ///
    /// # Errors
    /// When it cannot be opened, another user may have planted it, or it is a FIFO or device of the file system.
    pub fn open(path: &Path) -> Result<Appender> {
        let target = gate::check(path)?;
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

    /// Adds complete lines in one write and makes them safe on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(mut self, lines: &str) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        (self.file.write_all(lines.as_bytes()))
            .and_then(|()| self.file.sync_all())
            .map_err(|error| io_error(&error))
            .with_context(|| self.path.display().to_string())
    }
}

/// Writes one complete file.
///
/// # Errors
/// As [`prepare`] and [`Prepared::commit`]; nothing on disk has changed then.
pub fn write(path: &Path, bytes: &[u8], audience: Audience, replace: bool) -> Result<()> {
    prepare(path, bytes, audience, replace)?.commit()
}

/// Refuses the path of a file that exists, unless it may be replaced. A FIFO or a device is written to.
///
/// # Errors
/// When a file exists there.
pub fn refuse_existing(path: &Path, may_replace: bool) -> Result<()> {
    if !may_replace && path.is_file() {
        return Err(exists_already()).with_context(|| path.display().to_string());
    }
    Ok(())
}

fn exists_already() -> CliError {
    CliError::failed("already exists").with_hint("use --force to overwrite it")
}

/// The folder that a path lies in.
pub fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether two paths lead to one file, which need not exist.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| -> Option<PathBuf> {
        fs::canonicalize(path)
            .ok()
            .or_else(|| Some(fs::canonicalize(folder(path)).ok()?.join(path.file_name()?)))
    };
    place(one).is_some_and(|one| Some(one) == place(other))
}

fn mode(audience: Audience) -> u32 {
    match audience {
        Audience::Owner | Audience::Reader => 0o600,
        Audience::Public => 0o644,
    }
}

/// Creates a folder that this audience can use, unless there is one; returns whether it is new.
///
/// # Errors
/// When it cannot be created, or another user may have planted the entry.
pub fn create_folder(path: &Path, audience: Audience) -> Result<bool> {
    if gate::check(path)?.entry.is_some() {
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

/// Makes a change of names in the folder of `path` safe on disk.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    // Elsewhere a folder cannot be opened.
    if cfg!(unix) {
        File::open(folder(path))?.sync_all()
    } else {
        Ok(())
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
        let prepared =
            |name: &str, replace| prepare(&path(name), b"new", Audience::Owner, replace).unwrap();
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
