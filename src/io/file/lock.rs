//! The lock beside a file, so that of two runs at once one acts and the other sees what it did.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::io::source::plain;
use crate::output::exit::CliError;

/// How long to sleep between two tries.
const PAUSE: Duration = Duration::from_millis(20);
/// The most that is read of who holds the lock.
const MAX_HOLDER: u64 = 64;

/// A lock that is held; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] File);

/// Takes the lock of `target`, the file of the same name with `.lock` behind. The file stays, since taking it away would
/// let two runs each lock a file of their own.
///
/// # Errors
/// When somebody holds it for longer than `wait`, or the file cannot be made.
pub fn lock(target: &Path, wait: Duration) -> Result<Lock> {
    let mut name = target.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let place = || path.display().to_string();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
        // What is emptied here must not be another file.
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    let mut file = options
        .open(&path)
        .map_err(|error| plain(&error))
        .with_context(place)?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if start.elapsed() < wait => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(MAX_HOLDER).read_to_string(&mut holder);
                return Err(CliError::failed(format!(
                    "is held by {} for longer than {} s",
                    match holder.trim() {
                        "" => "another run",
                        holder => holder,
                    },
                    wait.as_secs()
                ))
                .hint("--wait waits longer"))
                .with_context(place);
            }
            // A file system without locks: what is left is to look again before writing.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => break,
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) => {
                return Err(plain(&error)).with_context(place);
            }
        }
    }
    // Who holds it is a courtesy; a full disk must not stand in the way.
    let _ = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "process {}", std::process::id()));
    Ok(Lock(file))
}
