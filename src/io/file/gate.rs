//! The checks of a path before it is opened for writing or for a rotation: whether another user may have planted the entry,
//! and what kind of entry it is.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Result as IoResult};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use super::parent_folder;
use crate::io::pkcs11_token::token_uri;
use crate::io::source::{Source, io_error};
use crate::output::exit::CliError;

/// The largest number of symlinks that are followed, as in the kernel.
const MAX_SYMLINKS: usize = 40;

/// A path that has passed the checks.
#[derive(Debug)]
pub struct Target {
    /// The path, with symlinks followed.
    pub path: PathBuf,
    /// The entry at the path; `None` if there is none.
    pub entry: Option<Metadata>,
    /// Whether the path names an open file descriptor of this process.
    is_descriptor: bool,
}

/// Follows the symlinks of a path, and rejects an entry that another user may have planted.
///
/// # Errors
/// If a symlink or the final entry belongs neither to this user nor to the owner of its folder, and others can write to the
/// folder; if a symlink has no target; if the path cannot be examined, or is an environment variable, a URL, or the name of
/// a key.
pub fn check_path(path: &Path) -> Result<Target> {
    let is_other = |text: &str| match text.parse() {
        Ok(source) => !matches!(source, Source::File(_)),
        Err(_) => token_uri(path).is_some(),
    };
    if path.to_str().is_some_and(is_other) {
        return Err(CliError::usage("is not a file path")
            .with_hint("for a file of that name, write ./NAME"))
        .with_context(|| {
            let text = path.display().to_string();
            // The part after the question mark of a URI may contain a PIN.
            text.split('?').next().unwrap_or_default().to_owned()
        });
    }
    if cfg!(windows)
        && let Some(reason) = refuse_name(path)
    {
        return Err(CliError::failed(reason)).with_context(|| path.display().to_string());
    }
    follow_symlinks(path).with_context(|| path.display().to_string())
}

/// Returns why a name is not the name of a file on Windows: in any folder, the name of a device, also with an extension, and
/// a name with a colon, which means an alternate stream of a file.
fn refuse_name(path: &Path) -> Option<&'static str> {
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
    let name = path.file_name()?.to_str()?;
    if name.contains(':') {
        return Some("is not a file name: it contains a colon");
    }
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.trim_end().to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let is_port = port.is_some_and(|number| {
        number.chars().count() == 1
            && number.contains(|c| matches!(c, '0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'))
    });
    (is_port || DEVICES.contains(&&*stem)).then_some("is the name of a device")
}

/// Checks a path as [`check_path`] does. The path must be that of a regular file or not exist.
///
/// # Errors
/// As [`check_path`], and if it is another kind of entry.
pub fn check_regular(path: &Path) -> Result<Target> {
    let target = check_path(path)?;
    if target.entry.as_ref().is_some_and(|entry| !entry.is_file()) {
        return Err(not_regular()).with_context(|| path.display().to_string());
    }
    Ok(target)
}

/// Returns the error for a path whose file is not the one that was checked.
pub fn replaced_error() -> CliError {
    CliError::failed("another process has replaced it")
}

/// Returns the error for a device, FIFO or socket where a regular file is required.
pub fn not_regular() -> CliError {
    CliError::failed("is not a regular file")
}

fn follow_symlinks(path: &Path) -> Result<Target, CliError> {
    let parts = |path: &Path| -> Vec<OsString> {
        let parts = path.components().rev();
        parts.map(|part| part.as_os_str().to_owned()).collect()
    };
    let mut pending = parts(path);
    let mut at = PathBuf::new();
    let (mut links, mut is_linked) = (0, false);
    while let Some(part) = pending.pop() {
        let next = at.join(&part);
        let is_name = matches!(
            Path::new(&part).components().next(),
            Some(Component::Normal(_))
        );
        if !is_name {
            at = next;
            continue;
        }
        let entry = match fs::symlink_metadata(&next) {
            Err(error)
                if error.kind() == ErrorKind::NotFound && pending.is_empty() && !is_linked =>
            {
                return Ok(Target::new(next, None));
            }
            entry => entry.map_err(|error| io_error(&error))?,
        };
        if entry.is_symlink() {
            refuse_planted(&next, &entry)?;
            if is_own_descriptor(&next) {
                let open = fs::metadata(&next).map_err(|error| io_error(&error))?;
                if pending.is_empty() && !open.is_file() {
                    return Ok(Target {
                        is_descriptor: true,
                        ..Target::new(next, Some(open))
                    });
                }
            }
            is_linked |= pending.is_empty();
            links += 1;
            if links > MAX_SYMLINKS {
                return Err(CliError::failed("leads through too many symlinks"));
            }
            let link = fs::read_link(&next).map_err(|error| io_error(&error))?;
            pending.extend(parts(&link));
            continue;
        }
        if pending.is_empty() {
            refuse_planted(&next, &entry)?;
            return Ok(Target::new(next, Some(entry)));
        }
        at = next;
    }
    let entry = fs::metadata(if at.as_os_str().is_empty() {
        Path::new(".")
    } else {
        &at
    });
    let entry = entry.map_err(|error| io_error(&error))?;
    Ok(Target::new(at, Some(entry)))
}

/// Whether the path names an open file descriptor of this process in `/proc`.
fn is_own_descriptor(path: &Path) -> bool {
    let mut parts = parent_folder(path).iter();
    let own = std::process::id().to_string();
    let is_proc = parts.next() == Some("/".as_ref()) && parts.next() == Some("proc".as_ref());
    is_proc && parts.next() == Some(own.as_ref()) && parts.next_back() == Some("fd".as_ref())
}

impl Target {
    /// Returns the target for an entry.
    pub fn new(path: PathBuf, entry: Option<Metadata>) -> Target {
        Target {
            path,
            entry,
            is_descriptor: false,
        }
    }

    /// Whether the entry is a device, FIFO or socket.
    pub fn is_stream(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| !entry.is_file() && !entry.is_dir())
    }

    /// Whether the entry is a stream that the user has opened, or a device from which no other user can read.
    pub fn is_own_stream(&self) -> bool {
        let devices = ["null", "full", "tty", "stdout", "stderr"];
        let is_device = devices.iter().any(|name| self.path == Path::new("/dev").join(name));
        // On other systems, the entries of `/dev/fd` are devices. On Linux they are symlinks to `/proc`.
        self.is_descriptor || is_device || self.path.starts_with("/dev/fd")
    }

    /// Opens the entry, or the file that `options` creates if there is none.
    ///
    /// # Errors
    /// If it cannot be opened, or the entry is not the one that was checked.
    pub fn open(&self, options: &mut OpenOptions) -> Result<File, CliError> {
        self.open_if_unchanged(options)?.ok_or_else(replaced_error)
    }

    /// Opens the entry as [`Target::open`] does; `None` if the entry is not the one that was checked.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open_if_unchanged(&self, options: &mut OpenOptions) -> Result<Option<File>, CliError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;

            use rustix::fs::OFlags;

            // If a FIFO has replaced a regular file, opening it must not block.
            let mut flags = OFlags::NOCTTY;
            flags.set(OFlags::NONBLOCK, !self.is_stream());
            flags.set(OFlags::NOFOLLOW, !self.is_descriptor);
            options.custom_flags(flags.bits() as i32);
        }
        let file = options.open(&self.path).map_err(|error| io_error(&error))?;
        let opened = file.metadata().map_err(|error| io_error(&error))?;
        let is_expected = match &self.entry {
            Some(entry) => is_same_object(entry, &opened),
            None => opened.is_file() && belongs_to_this_user(&opened),
        };
        Ok(is_expected.then_some(file))
    }

    /// Rejects a file with several hard links in a folder that others can write to. Another user may have planted the link, so
    /// that this user changes the file.
    ///
    /// # Errors
    /// If it is such a file.
    pub fn refuse_second_name(&self) -> Result<(), CliError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            if self.entry.as_ref().is_some_and(|entry| entry.nlink() > 1)
                && others_can_write(parent_folder(&self.path))?
            {
                return Err(CliError::failed(
                    "is a hard link, in a folder that other users can write",
                ));
            }
        }
        Ok(())
    }

    /// Rejects a file that this user cannot replace: a file of another user in a folder with the sticky bit, in which only the
    /// owner may replace a file.
    ///
    /// # Errors
    /// If it is such a file.
    pub fn refuse_irreplaceable(&self) -> Result<(), CliError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let Some(entry) = &self.entry else {
                return Ok(());
            };
            let folder =
                fs::metadata(parent_folder(&self.path)).map_err(|error| io_error(&error))?;
            let user = rustix::process::geteuid();
            let is_owner = [entry.uid(), folder.uid()].contains(&user.as_raw());
            if folder.mode() & STICKY != 0 && !user.is_root() && !is_owner {
                return Err(CliError::failed("belongs to another user"));
            }
        }
        Ok(())
    }
}

/// Whether both metadata belong to the same object of the file system.
#[cfg(unix)]
pub fn is_same_object(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether both entries have the same type. The standard library does not provide file numbers on other systems.
#[cfg(not(unix))]
pub fn is_same_object(one: &Metadata, other: &Metadata) -> bool {
    one.file_type() == other.file_type()
}

#[cfg(unix)]
const WRITABLE: u32 = 0o022;
#[cfg(unix)]
const STICKY: u32 = 0o1000;

/// Whether users other than the owner can write to the folder. If there is an ACL, the group bits of the mode are the upper
/// limit of its permissions for named users and groups.
#[cfg(unix)]
fn others_can_write(folder: &Path) -> Result<bool, CliError> {
    use std::os::unix::fs::MetadataExt;
    let folder = fs::metadata(folder).map_err(|error| io_error(&error))?;
    Ok(folder.mode() & WRITABLE != 0)
}

#[cfg(unix)]
fn belongs_to_this_user(entry: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    entry.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn belongs_to_this_user(_: &Metadata) -> bool {
    true
}

/// Rejects an entry that another user may have planted.
#[cfg(unix)]
fn refuse_planted(path: &Path, entry: &Metadata) -> Result<(), CliError> {
    if others_can_write(parent_folder(path))? && !is_of_owner(path, entry)? {
        let kind = if entry.is_symlink() {
            "is a symlink that"
        } else {
            ""
        };
        let message =
            format!("{kind} belongs to another user, in a folder that other users can write");
        return Err(CliError::failed(message.trim_start()));
    }
    Ok(())
}

/// Accepts every entry: other systems have no such modes.
#[cfg(not(unix))]
fn refuse_planted(_path: &Path, _entry: &Metadata) -> Result<(), CliError> {
    Ok(())
}

/// Whether an entry belongs to this user or to the owner of its folder.
#[cfg(unix)]
fn is_of_owner(path: &Path, entry: &Metadata) -> Result<bool, CliError> {
    use std::os::unix::fs::MetadataExt;
    let folder = fs::metadata(parent_folder(path)).map_err(|error| io_error(&error))?;
    Ok(belongs_to_this_user(entry) || entry.uid() == folder.uid())
}

/// Checks the set of a rotation before it is opened or locked: no other user can have planted it or can replace it. Returns
/// its path with symlinks followed.
///
/// # Errors
/// If it is not a regular file or fails `check`; if it belongs neither to this user nor to the owner of its folder; if others
/// can write to it, or replace it in its folder.
pub fn check_rotation(set: &Path) -> Result<PathBuf> {
    let target = check_regular(set)?;
    #[cfg(unix)]
    refuse_exposed(set, &target).with_context(|| set.display().to_string())?;
    Ok(target.path)
}

/// Checks the published files and the log of a rotation before any of them is opened.
///
/// # Errors
/// If one of them is not a regular file or fails `check`. A published file may be /dev/null. A log may also be a stream that
/// the user has opened.
pub fn check_published<'a>(
    published: impl IntoIterator<Item = &'a Path>,
    log: Option<&Path>,
) -> Result<()> {
    let published = published.into_iter().map(|path| (path, false));
    for (path, is_log) in published.chain(log.map(|log| (log, true))) {
        let target = check_path(path)?;
        let is_file = target.entry.as_ref().is_none_or(Metadata::is_file);
        let is_device = target.path == Path::new("/dev/null") || is_log && target.is_own_stream();
        if !is_file && !is_device {
            return Err(not_regular()).with_context(|| path.display().to_string());
        }
    }
    Ok(())
}

#[cfg(unix)]
fn refuse_exposed(set: &Path, target: &Target) -> Result<(), CliError> {
    use std::os::unix::fs::MetadataExt;
    let refuse = |what: &str| {
        Err(CliError::failed(what).with_hint("remove the write permission: chmod go-w"))
    };
    if let Some(entry) = &target.entry {
        if !is_of_owner(&target.path, entry)? {
            return Err(CliError::failed(
                "belongs to another user, who is not the owner of its folder",
            ));
        }
        if entry.mode() & WRITABLE != 0 {
            return refuse("other users can write it");
        }
    }
    // Both folders are checked: a symlink can be changed in its own folder.
    for folder in [set, &target.path].map(parent_folder) {
        if others_can_rename(folder)? {
            return refuse("other users can write its folder, so they could replace it");
        }
    }
    Ok(())
}

/// Whether users other than the owner of a folder can replace files in it that they do not own.
#[cfg(unix)]
fn others_can_rename(path: &Path) -> Result<bool, CliError> {
    use std::os::unix::fs::MetadataExt;
    let folder = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        folder => folder.map_err(|error| io_error(&error))?,
    };
    let (mode, uid, gid) = (folder.mode(), folder.uid(), folder.gid());
    Ok(mode & STICKY == 0 && writable_by_others(mode, uid, gid, has_acl(path)) != 0)
}

/// Returns the bits of the mode that allow others to write. With the umask 002 of Debian, Ubuntu and Fedora, the private group
/// of the owner, which has the number of the owner, can write to every folder. This is ignored unless an ACL may name others.
#[cfg(unix)]
fn writable_by_others(mode: u32, uid: u32, gid: u32, has_acl: bool) -> u32 {
    const GROUP: u32 = 0o020;
    let is_private_group = uid == gid && !has_acl;
    let mode = if is_private_group {
        mode & !GROUP
    } else {
        mode
    };
    mode & WRITABLE
}

#[cfg(target_os = "linux")]
fn has_acl(path: &Path) -> bool {
    let mut start = [0; 1];
    let found = rustix::fs::getxattr(path, "system.posix_acl_access", &mut start);
    // Every ACL is longer than the buffer.
    found.is_ok() || found == Err(rustix::io::Errno::RANGE)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn has_acl(_: &Path) -> bool {
    false
}

/// Returns the metadata of an entry, without following a symlink; `None` if there is none.
pub fn entry_at(path: &Path) -> IoResult<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        entry => entry.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_and_stream_names_are_rejected() {
        for name in [
            "CON",
            "nul",
            "folder/NUL",
            "aux.jwk",
            "con .txt",
            "Com1",
            "lpt9.pem",
            "COM\u{b2}",
            "CONIN$",
            "key.jwk:stream",
        ] {
            assert!(refuse_name(Path::new(name)).is_some(), "{name}");
        }
        for name in [
            "console",
            "nullable.jwk",
            "COM",
            "com10",
            "lpt.jwk",
            "a.con",
            "con/key.jwk",
            "..",
            "",
        ] {
            assert_eq!(refuse_name(Path::new(name)), None, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn private_group_of_the_owner_is_trusted_unless_there_is_an_acl() {
        for (mode, uid, gid, has_acl, expected) in [
            (0o755, 1000, 100, false, 0),
            (0o775, 1000, 1000, false, 0),
            (0o775, 1000, 1000, true, 0o020),
            (0o775, 1000, 100, false, 0o020),
            (0o777, 1000, 1000, false, 0o002),
        ] {
            let found = writable_by_others(mode, uid, gid, has_acl);
            assert_eq!(found, expected, "{mode:o} {uid} {gid} {has_acl}");
        }
    }
}
