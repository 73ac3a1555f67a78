//! A lock file next to a file, so that of two concurrent runs the second one sees the changes of the first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::gate::{check_regular, entry_at, is_same_object};
use crate::io::interrupt::{RemovedOnSignal, defer_signals};
use crate::io::source::io_error;
use crate::output::exit::CliError;

/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(20);
/// The largest part of the holder's name that is read, in bytes.
const MAX_HOLDER: u64 = 64;

/// A lock that is held. The operating system releases it when the process ends for any reason.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    _removed: RemovedOnSignal,
}

/// Locks `target` with a file that has the same name with the suffix `.lock`.
///
/// # Errors
/// If another process holds the lock for longer than `wait`, another user may have planted the file, or it cannot be created.
pub fn lock_file(target: &Path, wait: Duration) -> Result<Lock> {
    let mut name = target.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let start = Instant::now();
    loop {
        let Some(file) = open_lock_file(&path)? else {
            continue;
        };
        while !try_lock(&file).with_context(|| path.display().to_string())? {
            if start.elapsed() >= wait {
                let held = lock_held_error(file, wait);
                return Err(held).with_context(|| path.display().to_string());
            }
            std::thread::sleep(PAUSE);
        }
        let _deferred = defer_signals();
        // The previous holder has removed the file if the path does not lead to it. Then a new file is locked.
        if is_at(&file, &path) {
            // The name of the holder is only informative, so that a full disk must not prevent the run.
            let _ = file
                .set_len(0)
                .and_then(|()| (&file).rewind())
                .and_then(|()| writeln!(&file, "process {}", std::process::id()));
            let _removed = RemovedOnSignal::new(&path);
            return Ok(Lock {
                file,
                path,
                _removed,
            });
        }
    }
}

/// Opens the lock file; `None` if another run has removed it in the meantime.
fn open_lock_file(path: &Path) -> Result<Option<File>> {
    let target = check_regular(path)?;
    let open = || -> Result<Option<File>, CliError> {
        let found = entry_at(path).map_err(|error| io_error(&error))?;
        // A symlink could lead to another file, which would be truncated.
        if found.is_some_and(|found| found.is_symlink()) {
            return Err(CliError::failed("is a symlink"));
        }
        target.refuse_second_name()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        target.open_if_unchanged(&mut options)
    };
    open().with_context(|| path.display().to_string())
}

/// Tries to lock the file; `true` on success. A file system without locks counts as success, because a run checks the set
/// again before it writes.
fn try_lock(file: &File) -> Result<bool, CliError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => match error.kind() {
            ErrorKind::Unsupported => Ok(true),
            ErrorKind::Interrupted => Ok(false),
            _ => Err(io_error(&error)),
        },
    }
}

fn lock_held_error(file: File, wait: Duration) -> CliError {
    let mut holder = String::new();
    let _ = file.take(MAX_HOLDER).read_to_string(&mut holder);
    let holder = match holder.trim() {
        "" => "another run",
        holder => holder,
    };
    let seconds = wait.as_secs();
    CliError::failed(format!(
        "has been locked by {holder} for more than {seconds} s"
    ))
    .with_hint("use --wait to wait longer")
}

/// Whether the path still leads to the open file.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(opened), Ok(Some(found))) = (file.metadata(), entry_at(path)) else {
        return false;
    };
    is_same_object(&opened, &found)
}

impl Drop for Lock {
    /// Removes the file while it is still locked, so that another run that has opened it notices the removal.
    fn drop(&mut self) {
        // Other systems cannot remove an open file.
        if cfg!(unix) && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
