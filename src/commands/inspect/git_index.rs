//! Reads which files git tracks from its index (gitformat-index). git is not run, because the configuration of a scanned
//! repository can name programs that git starts.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The largest index that is read, in bytes.
const MAX_INDEX: u64 = 256 * 1024 * 1024;

/// The tracked paths of each repository; `None` for one whose index cannot be read.
#[derive(Default)]
pub(super) struct GitIndexes {
    repositories: HashMap<PathBuf, Option<HashSet<Vec<u8>>>>,
}

impl GitIndexes {
    /// Whether git tracks a file. `true` if the index cannot be read.
    pub(super) fn may_track(&mut self, file: &Path) -> bool {
        let Some((folder, name)) = file.parent().zip(file.file_name()) else {
            return true;
        };
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let Ok(folder) = fs::canonicalize(folder) else {
            return true;
        };
        let Some(root) = folder.ancestors().find(|folder| folder.join(".git").exists()) else {
            return false;
        };
        let tracked = self.repositories.entry(root.to_owned()).or_insert_with(|| read_index(root));
        let Ok(relative) = folder.strip_prefix(root) else {
            return true;
        };
        let path = relative.join(name);
        tracked
            .as_ref()
            .is_none_or(|tracked| tracked.contains(path.as_os_str().as_encoded_bytes()))
    }
}

fn read_index(root: &Path) -> Option<HashSet<Vec<u8>>> {
    let dot_git = root.join(".git");
    // In a worktree and a submodule, .git is a file with the path of the folder.
    let folder = if dot_git.is_file() {
        let text = fs::read_to_string(&dot_git).ok()?;
        root.join(text.strip_prefix("gitdir:")?.trim())
    } else {
        dot_git
    };
    let path = folder.join("index");
    match fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(HashSet::new()),
        Ok(found) if found.is_file() && found.len() <= MAX_INDEX => {}
        _ => return None,
    }
    parse_index(&fs::read(path).ok()?)
}

/// Returns the paths in an index of version 2, 3 or 4 with SHA-1 object names; `None` if it has another format or is damaged.
fn parse_index(bytes: &[u8]) -> Option<HashSet<Vec<u8>>> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if !bytes.starts_with(b"DIRC") {
        return None;
    }
    let version = number(4).filter(|version| (2..=4).contains(version))?;
    let mut paths = HashSet::new();
    let mut path: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let start = at;
        let flags = u16::from_be_bytes(bytes.get(at + 60..at + 62)?.try_into().ok()?);
        at += if flags & 0x4000 == 0 { 62 } else { 64 };
        if version == 4 {
            let mut removed = usize::from(bytes.get(at)? & 0x7f);
            while bytes.get(at)? & 0x80 != 0 {
                at += 1;
                removed =
                    removed.checked_add(1)?.checked_mul(128)? + usize::from(bytes.get(at)? & 0x7f);
            }
            at += 1;
            path.truncate(path.len().checked_sub(removed)?);
        } else {
            path.clear();
        }
        let rest = bytes.get(at..)?;
        let len = memchr::memchr(0, rest)?;
        // No system has longer paths. Without a limit, paths with shared prefixes could take memory that is quadratic in
        // the size of the file.
        if path.len() + len > 65_536 {
            return None;
        }
        path.extend_from_slice(&rest[..len]);
        at += len + 1;
        if version < 4 {
            at = start + (at - start).next_multiple_of(8);
        }
        paths.insert(path.clone());
    }
    Some(paths)
}
