//! The lock beside a file, so that of two runs at once one acts and the other sees what it did.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::gate::{check_regular, entry_at, is_same_object};
use crate::io::interrupt::{RemovedOnSignal, defer_signals};
use crate::io::source::io_error;
use crate::output::exit::CliError;

/// How long to sleep between two attempts.
const PAUSE: Duration = Duration::from_millis(20);
/// The most that is read of the name of the holder, in bytes.
const MAX_HOLDER: u64 = 64;

/// A lock that is held. The operating system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    _removed: RemovedOnSignal,
}

/// Takes the lock of `target`, the file of the same name with `.lock` behind.
///
/// # Errors
/// When another process holds it for longer than `wait`, another user may have planted it, or it cannot be created.
pub fn lock(target: &Path, wait: Duration) -> Result<Lock> {
    let mut name = target.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let start = Instant::now();
    loop {
        let Some(file) = open(&path)? else {
            continue;
        };
        while !try_lock(&file).with_context(|| path.display().to_string())? {
            if start.elapsed() >= wait {
                let held = held(file, wait);
                return Err(held).with_context(|| path.display().to_string());
            }
            std::thread::sleep(PAUSE);
        }
        let _deferred = defer_signals();
        // The run that held it has removed it; the next run locks a new file.
        if is_at(&file, &path) {
            // The name of the holder is for information; a full disk must not prevent the run.
            let _ = (file.set_len(0))
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

/// `None` when another run has removed the file meanwhile.
fn open(path: &Path) -> Result<Option<File>> {
    let target = check_regular(path)?;
    let open = || -> Result<Option<File>, CliError> {
        let found = entry_at(path).map_err(|error| io_error(&error))?;
        // What is emptied here must not be another file.
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

/// Whether the lock is taken now. A file system without locks has none to wait for: the run looks again before it writes.
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

fn held(file: File, wait: Duration) -> CliError {
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

/// Whether the path still leads to the file.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(opened), Ok(Some(found))) = (file.metadata(), entry_at(path)) else {
        return false;
    };
    is_same_object(&opened, &found)
}

impl Drop for Lock {
    /// Removes the file while it is still locked, so that another run that has opened it sees that it is gone.
    fn drop(&mut self) {
        // Elsewhere an open file cannot be removed.
        if cfg!(unix) && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
