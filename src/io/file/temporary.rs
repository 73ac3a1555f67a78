//! Temporary files next to their target. They are removed on every exit of the process except by SIGKILL.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::gate::{Target, entry_at, is_same_object};
use super::{parent_folder, sync_folder};
use crate::io::interrupt::{RemovedOnSignal, defer_signals};

/// The number of random characters after the prefix of a name.
const RANDOM: usize = 6;
/// The bits of a mode that allow access for users other than the owner.
#[cfg(windows)]
const OTHERS: u32 = 0o077;

/// A temporary file. It is locked while it is in use, so that other runs can distinguish it from a stale one.
#[derive(Debug)]
pub struct Temporary {
    /// The open file.
    pub file: File,
    named: NamedTempFile,
    _removed: RemovedOnSignal,
}

impl Temporary {
    /// Creates a file with these bytes next to the target and syncs it.
    pub fn new(target: &Path, mode: u32, bytes: &[u8]) -> Result<Temporary> {
        let mut temporary = loop {
            if let Some(temporary) = Temporary::create(target, mode)? {
                break temporary;
            }
        };
        temporary.file.write_all(bytes)?;
        temporary.file.sync_all()?;
        Ok(temporary)
    }

    /// Creates and locks an empty file; `None` if another run has removed the file before it was locked.
    fn create(target: &Path, mode: u32) -> Result<Option<Temporary>> {
        let mut builder = tempfile::Builder::new();
        let _deferred = defer_signals();
        let prefix = temporary_prefix(target);
        builder.prefix(&prefix).rand_bytes(RANDOM);
        #[cfg(unix)]
        let named = builder
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
            .tempfile_in(parent_folder(target))?;
        #[cfg(windows)]
        let named = builder.make_in(parent_folder(target), |path| match mode & OTHERS {
            0 => super::acl::create_private(path),
            _ => File::create_new(path),
        })?;
        let file = named.as_file().try_clone()?;
        match file.lock() {
            Err(error) if error.kind() != ErrorKind::Unsupported => return Err(error),
            _ => {}
        }
        let (opened, found) = (file.metadata()?, entry_at(named.path())?);
        if !found.is_some_and(|found| is_same_object(&found, &opened)) {
            return Ok(None);
        }
        Ok(Some(Temporary {
            file,
            _removed: RemovedOnSignal::new(named.path()),
            named,
        }))
    }

    /// Returns the current path of the file.
    #[cfg(windows)]
    pub fn path(&self) -> &Path {
        self.named.path()
    }

    /// Renames the file to the target atomically. The caller has deferred signals.
    pub fn put_in_place(self, target: &Path, replace: bool) -> Result<()> {
        self.file.sync_all()?;
        // On Windows, a locked file cannot be read by others.
        #[cfg(windows)]
        let _ = self.file.unlock();
        if replace {
            persist(self.named, target)?;
        } else {
            self.named.persist_noclobber(target).map_err(|error| error.error)?;
        }
        sync_folder(target)
    }
}

#[cfg(unix)]
fn persist(named: NamedTempFile, target: &Path) -> Result<()> {
    named.persist(target).map(drop).map_err(|error| error.error)
}

/// Renames the file to the target. Windows does not replace a file that another process has opened, unless that process allows
/// it, as this program does. Other programs usually close it soon, so that this is repeated for a short time.
#[cfg(windows)]
fn persist(named: NamedTempFile, target: &Path) -> Result<()> {
    use std::time::{Duration, Instant};

    const PATIENCE: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(10);
    // Access denied, sharing violation, lock violation.
    const IN_USE: [i32; 3] = [5, 32, 33];
    let start = Instant::now();
    let (_file, mut path) = named.into_parts();
    loop {
        match fs::rename(&path, target) {
            Ok(()) => break,
            Err(error)
                if error.raw_os_error().is_some_and(|code| IN_USE.contains(&code))
                    && start.elapsed() < PATIENCE =>
            {
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
    path.disable_cleanup(true);
    Ok(())
}

/// Returns the prefix of the names of all temporary files of a target.
pub fn temporary_prefix(target: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or(OsStr::new("jotsmith")));
    prefix.push(".jotsmith-");
    prefix
}

/// Removes the stale temporary files of a target, which a killed run has left: regular files with names of this form that
/// belong to this user or to the owner of the target, and that no other run has locked. Returns whether there was one.
pub fn remove_stale(target: &Path) -> bool {
    let prefix = temporary_prefix(target);
    let Ok(entries) = fs::read_dir(parent_folder(target)) else {
        return false;
    };
    let mut is_removed = false;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let random = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let is_ours = random.is_some_and(|random| {
            random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric)
        });
        if is_ours {
            // A file that cannot be removed only occupies space, so that the error is ignored.
            is_removed |= remove_unused(&entry.path(), target).unwrap_or(false);
        }
    }
    is_removed
}

fn remove_unused(path: &Path, target: &Path) -> anyhow::Result<bool> {
    let Some(entry) = entry_at(path)?.filter(fs::Metadata::is_file) else {
        return Ok(false);
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = entry_at(target)?.map(|target| target.uid());
        let user = rustix::process::geteuid().as_raw();
        if entry.uid() != user && Some(entry.uid()) != owner {
            return Ok(false);
        }
    }
    #[cfg(not(unix))]
    let _ = target;
    let file = Target::new(path.into(), Some(entry)).open(OpenOptions::new().read(true))?;
    match file.try_lock() {
        Ok(()) => {
            fs::remove_file(path)?;
            Ok(true)
        }
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
