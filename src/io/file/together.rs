//! Several files that belong together: all of them come into their places, or none.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::NamedTempFile;

use super::{Prepared, folder, temp_prefix};

/// Puts the files in their places, in their order. Where one of them fails, those before it are taken back: a new file is
/// removed, and one that was replaced stands there again.
///
/// # Errors
/// As [`Prepared::commit`].
pub fn commit_all(files: impl IntoIterator<Item = Prepared>) -> Result<()> {
    let mut done: Vec<(PathBuf, Option<NamedTempFile<()>>)> = Vec::new();
    for file in files {
        let old = file
            .temp
            .as_ref()
            .map(|_| (file.target.clone(), keep(&file.target)));
        if let Err(error) = file.commit() {
            for (target, old) in done.into_iter().rev() {
                // What cannot be taken back is left; the error that is told is the first.
                let _ = match old {
                    Some(old) => old.persist(&target).map(drop).map_err(|error| error.error),
                    None => fs::remove_file(&target),
                };
            }
            return Err(error);
        }
        done.extend(old);
    }
    Ok(())
}

/// A second name for the file that is there, gone when dropped.
fn keep(target: &Path) -> Option<NamedTempFile<()>> {
    tempfile::Builder::new()
        .prefix(&temp_prefix(target))
        .make_in(folder(target), |name| fs::hard_link(target, name))
        .ok()
}

/// Whether two paths lead to one file, there already or not.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| -> Option<PathBuf> {
        fs::canonicalize(path)
            .ok()
            .or_else(|| Some(fs::canonicalize(folder(path)).ok()?.join(path.file_name()?)))
    };
    place(one).is_some_and(|one| Some(one) == place(other))
}

#[cfg(test)]
mod tests {
    use super::super::{Audience, prepare};
    use super::*;

    #[test]
    fn when_the_last_fails_the_first_are_taken_back() {
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
        fs::write(path("late"), "somebody else's").unwrap();
        commit_all(files).unwrap_err();
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "old");
        assert!(!path("new").exists());
        assert_eq!(fs::read_to_string(path("late")).unwrap(), "somebody else's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        commit_all([prepared("old", true), prepared("new", false)]).unwrap();
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
