//! The cache of fetched documents: one file for each URL, which only the user can read.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::time::Duration;

use openssl::sha::Sha256;
use serde_json::{Value, json};

use crate::crypto::json;
use crate::io::file::{self, Audience, Lock};

/// How long an unsuccessful fetch is not repeated, in seconds, so that many tokens with invalid kids cause one fetch.
pub const INTERVAL: i64 = 60;
/// The version of the file format. Files with another version are ignored.
const VERSION: i64 = 1;
/// The largest file, in bytes. As a JSON string, the body may be twice as long.
const MAX_FILE: usize = 4 * 1024 * 1024;
/// The longest time to wait for another run that fetches the same URL.
const MAX_WAIT: Duration = Duration::from_secs(12);

/// The document that was fetched from one URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The body.
    pub body: String,
    /// The ETag for the next request.
    pub etag: Option<String>,
    /// When the server last sent or validated it, in Unix seconds.
    pub fetched: i64,
    /// How long it is fresh after that, in seconds.
    pub max_age: i64,
    /// The time of the last unsuccessful fetch for a missing key.
    pub missed: Option<i64>,
    /// Whether that fetch failed. Otherwise the key was not in the set.
    pub failed: bool,
}

impl Entry {
    /// Whether it is still fresh. It is not fresh if the clock was set back before the time of the fetch.
    pub fn is_fresh(&self, now: i64) -> bool {
        (self.fetched..self.expires_at()).contains(&now)
    }

    /// Returns how many seconds ago the last unsuccessful attempt was; `None` if another attempt is allowed.
    pub fn is_too_soon(&self, now: i64) -> Option<i64> {
        let ago = now - self.missed?;
        (0..INTERVAL).contains(&ago).then_some(ago)
    }

    /// Returns the time from which it is no longer fresh, in Unix seconds.
    pub fn expires_at(&self) -> i64 {
        self.fetched.saturating_add(self.max_age)
    }
}

/// The file of one URL in the cache.
#[derive(Debug)]
pub struct CacheSlot {
    path: Option<PathBuf>,
    url: String,
}

impl CacheSlot {
    /// Returns the slot of `url` in the folder. Documents that were fetched with other CA certificates are separate.
    pub fn new(folder: Option<&Path>, url: &str, ca: Option<&[u8]>) -> CacheSlot {
        let mut hash = Sha256::new();
        hash.update(url.as_bytes());
        hash.update(&[0]);
        hash.update(ca.unwrap_or_default());
        let name: String = hash.finish().iter().map(|byte| format!("{byte:02x}")).collect();
        CacheSlot {
            path: folder.map(|folder| folder.join(format!("{name}.json"))),
            url: url.to_owned(),
        }
    }

    /// Locks the slot, so that other runs wait before they fetch the same URL.
    pub fn lock(&self) -> Option<Lock> {
        // Without the lock, the document may be fetched twice, which is harmless.
        file::lock_file(self.path.as_ref()?, MAX_WAIT).ok()
    }

    /// Reads the cached document; `None` if there is none, or it is damaged.
    pub fn read(&self) -> Option<Entry> {
        let bytes = file::read_existing(self.path.as_ref()?, MAX_FILE).ok()??;
        let mut object = json::parse_object(bytes.expose()).ok()?;
        let number = |name: &str| object.get(name).and_then(Value::as_i64);
        if number("v") != Some(VERSION) || object.get("url")? != self.url.as_str() {
            return None;
        }
        let (fetched, max_age) = (number("fetched")?, number("max_age")?);
        let missed = number("missed");
        let failed = object.get("failed")?.as_bool()?;
        let etag = object.get("etag").and_then(Value::as_str);
        Some(Entry {
            etag: etag.map(str::to_owned),
            fetched,
            max_age,
            missed,
            failed,
            body: match object.get_mut("body")?.take() {
                Value::String(body) => body,
                _ => return None,
            },
        })
    }

    /// Writes the document. If that fails, the next run fetches it again.
    pub fn write(&self, entry: &Entry) {
        let Some(path) = &self.path else { return };
        let object = json!({
            "v": VERSION,
            "url": self.url,
            "etag": entry.etag,
            "fetched": entry.fetched,
            "max_age": entry.max_age,
            "missed": entry.missed,
            "failed": entry.failed,
            "body": entry.body,
        });
        let _ = file::write_file(path, object.to_string().as_bytes(), Audience::Owner, true);
    }
}

/// Creates the folder if it is missing. Returns whether only the user can write to it; another user could add keys.
pub fn is_private(folder: &Path) -> bool {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, MetadataExt};
        builder.mode(0o700);
        let own = || tempfile::tempfile()?.metadata();
        let is_own = |metadata: &std::fs::Metadata| {
            // The HOME of root may be the folder of another user, for example under sudo.
            metadata.mode() & 0o022 == 0 && own().is_ok_and(|own| own.uid() == metadata.uid())
        };
        builder.create(folder).is_ok() && folder.metadata().as_ref().is_ok_and(is_own)
    }
    #[cfg(not(unix))]
    {
        builder.create(folder).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_entry() -> Entry {
        Entry {
            body: "{\"keys\":[]}\n".into(),
            etag: Some("\"a\"".into()),
            fetched: 1000,
            max_age: 60,
            missed: None,
            failed: false,
        }
    }

    #[test]
    fn cache_entry_is_read_for_its_own_url_only() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("jotsmith");
        assert!(is_private(&own));
        let place = |url: &str, ca: Option<&[u8]>| CacheSlot::new(Some(&own), url, ca);
        let first = place("https://a.example/", None);
        assert_eq!(first.read(), None);
        first.write(&test_entry());
        assert_eq!(place("https://a.example/", None).read(), Some(test_entry()));
        assert_eq!(place("https://b.example/", None).read(), None);
        assert_eq!(place("https://a.example/", Some(b"ca")).read(), None);
        let other = place("https://b.example/", None);
        std::fs::copy(first.path.as_ref().unwrap(), other.path.as_ref().unwrap()).unwrap();
        assert_eq!(other.read(), None);
    }

    #[test]
    fn damaged_cache_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let place = CacheSlot::new(Some(folder.path()), "https://a.example/", None);
        place.write(&test_entry());
        let path = place.path.as_ref().unwrap();
        let good = std::fs::read(path).unwrap();
        for cut in 0..good.len() {
            std::fs::write(path, &good[..cut]).unwrap();
            assert_eq!(place.read(), None, "{cut}");
        }
    }

    #[test]
    fn fetched_set_is_fresh_until_its_expiry() {
        let fresh = |now| test_entry().is_fresh(now);
        assert!(fresh(1000) && fresh(1059));
        assert!(!fresh(1060) && !fresh(999));
    }
}
