//! Whether a file is the owner's alone to write.

use std::path::Path;

use anyhow::Result;

/// Refuses a file that somebody else may write, or whose name in its folder somebody else may give to another file.
///
/// # Errors
/// When the mode of the file or of a folder that leads to it says so, or cannot be told.
#[cfg(unix)]
pub fn refuse_writable_by_others(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    use anyhow::Context;

    use super::{folder, metadata, resolve};
    use crate::output::exit::CliError;

    let resolved = resolve(path)?;
    let place = || path.display().to_string();
    let refuse = |what: &str| {
        Err(CliError::failed(what).hint("chmod go-w takes that away")).with_context(place)
    };
    if metadata(&resolved)?.is_some_and(|file| file.mode() & WRITABLE != 0) {
        return refuse("can be written by others");
    }
    // A symlink is given another target where it lies itself.
    for folder in [path, &resolved].map(folder) {
        if let Some(folder) = metadata(folder)?
            && others_rename(folder.mode(), folder.uid(), folder.gid())
        {
            return refuse(
                "lies in a folder that others can write, so they could put another file in its place",
            );
        }
    }
    Ok(())
}

/// Other systems have no such modes.
#[cfg(not(unix))]
pub fn refuse_writable_by_others(_path: &Path) -> Result<()> {
    Ok(())
}

/// Whether this is a symlink that somebody else has put where everybody may put files, to have another file written.
#[cfg(unix)]
pub fn is_planted(path: &Path, link: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    const EVERYBODY: u32 = 0o002;
    let Ok(folder) = std::fs::metadata(super::folder(path)) else {
        return false;
    };
    let is_by_somebody_else =
        link.uid() != folder.uid() && link.uid() != rustix::process::geteuid().as_raw();
    link.is_symlink() && folder.mode() & EVERYBODY != 0 && is_by_somebody_else
}

/// Other systems have no such modes.
#[cfg(not(unix))]
pub fn is_planted(_path: &Path, _link: &std::fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
const WRITABLE: u32 = 0o022;

/// Whether others than the owner of a folder can give another file the name of one that is not theirs.
#[cfg(unix)]
fn others_rename(mode: u32, uid: u32, gid: u32) -> bool {
    const STICKY: u32 = 0o1000;
    const GROUP: u32 = 0o020;
    // With a umask of 002, as Debian, Ubuntu and Fedora have it, every folder can be written by the group that a user has
    // for himself, which bears his number.
    let mode = if uid == gid { mode & !GROUP } else { mode };
    mode & WRITABLE != 0 && mode & STICKY == 0
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::others_rename;

    #[test]
    fn a_group_of_ones_own_is_nobody_else_and_a_sticky_folder_keeps_names() {
        for (mode, uid, gid, expected) in [
            (0o755, 1000, 100, false),
            (0o775, 1000, 1000, false),
            (0o775, 1000, 100, true),
            (0o777, 1000, 1000, true),
            (0o1777, 0, 0, false),
            (0o1775, 1000, 100, false),
        ] {
            assert_eq!(
                others_rename(mode, uid, gid),
                expected,
                "{mode:o} {uid} {gid}"
            );
        }
    }
}
