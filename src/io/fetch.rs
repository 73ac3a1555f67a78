//! Public keys from elsewhere: fetched over https, kept for as long as the server says, never because a token says so.
//!
//! [`url`] says what may be fetched at all, [`get`] does it with bounds, [`cache`] keeps it, [`discovery`] finds an
//! issuer's keys, and [`live`] holds the keys of a run, which may outlast what was fetched at its beginning.

pub mod cache;
pub mod discovery;
pub mod get;
pub mod live;
mod set;
mod tls;
pub mod url;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result};

use self::cache::{Entry, Place};
use self::get::{Answer, Getter, Status};
use self::set::{key_set, text};
use self::url::Url;
use super::context::Context;
use super::source::{self, Source};
use crate::crypto::KeySet;
use crate::output::console::Console;
use crate::output::exit::CliError;

/// The largest file of authorities, in bytes.
const MAX_CA: usize = 4 * 1024 * 1024;

/// One who fetches, and remembers.
#[derive(Debug)]
pub struct Fetcher<'c> {
    console: &'c Console,
    clock: fn() -> i64,
    is_offline: bool,
    /// The media type that is asked for.
    accept: &'static str,
    ca: Option<Vec<u8>>,
    folder: OnceLock<Option<PathBuf>>,
    getter: OnceLock<Getter>,
    max_time: Duration,
}

/// What was fetched, and what it means.
#[derive(Debug)]
pub struct Fetched<T> {
    /// Where from.
    pub url: Url,
    /// The text, and when it was fetched.
    pub entry: Entry,
    /// What the text means.
    pub value: T,
}

impl<T> Fetched<T> {
    /// Takes a newer one over. What has the same text stays what it is.
    fn update_from(&mut self, newer: Fetched<T>) {
        if self.url == newer.url && self.entry.body == newer.entry.body {
            self.entry = newer.entry
        } else {
            *self = newer
        }
    }
}

impl Fetched<KeySet> {
    /// What there is to say when nobody is asked, since that was in vain so many seconds ago.
    fn not_asked(&self, ago: i64) -> Result<Look> {
        if !self.entry.failed {
            return Ok(Look::TooSoon(ago));
        }
        let message = format!("had no answer {ago} s ago, and is asked once a minute");
        Err(CliError::failed(message)).with_context(|| self.url.to_string())
    }
}

/// What came of looking again for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is there now.
    Found,
    /// It is not there.
    Missing,
    /// Nobody was asked: the last look was so many seconds ago, and in vain.
    TooSoon(i64),
}

impl<'c> Fetcher<'c> {
    /// One who asks nobody when offline, and believes only the servers of the authorities in `ca` when there is one.
    ///
    /// # Errors
    /// When `ca` cannot be read.
    pub fn new(context: &'c Context, offline: bool, ca: Option<&Source>) -> Result<Fetcher<'c>> {
        let ca = ca.map(|source| context.inputs.read(source, "CA", MAX_CA));
        Ok(Fetcher {
            console: &context.console,
            clock: context.machine_clock,
            is_offline: offline,
            accept: "application/json",
            ca: ca.transpose()?.map(|ca| ca.expose().to_vec()),
            folder: OnceLock::new(),
            getter: OnceLock::new(),
            max_time: get::MAX_TIME,
        })
    }

    /// The same, but a fetch may take this time.
    pub fn with_max_time(self, max_time: Duration) -> Fetcher<'c> {
        Fetcher { max_time, ..self }
    }

    /// Asks for this media type, instead of JSON.
    pub fn accepting(mut self, media_type: &'static str) -> Fetcher<'c> {
        self.accept = media_type;
        self
    }

    /// The key set at an address, kept or fetched.
    ///
    /// # Errors
    /// When it cannot be had, or holds what no public set does.
    pub fn key_set(&self, url: &Url) -> Result<Fetched<KeySet>> {
        let fetched = self.load(std::slice::from_ref(url), key_set)?;
        for warning in fetched.value.warnings() {
            self.console.warn(&format!("{url}: {warning}"));
        }
        Ok(fetched)
    }

    /// The key set at an address as it is there now, whatever is kept.
    ///
    /// # Errors
    /// As [`Fetcher::key_set`].
    pub fn key_set_now(&self, url: &Url) -> Result<KeySet> {
        let answer = self.getter()?.get(url, None)?;
        let read = text(answer.body.unwrap_or_default()).and_then(|text| key_set(&text));
        read.with_context(|| url.to_string())
    }

    /// Fetches a text as it is now, whatever is cached.
    ///
    /// # Errors
    /// When it cannot be fetched, or is not UTF-8.
    pub fn text_now(&self, url: &Url) -> Result<(String, Answer)> {
        if self.is_offline {
            return Err(CliError::failed("--offline fetches nothing"))
                .with_context(|| url.to_string());
        }
        let mut answer = self.getter()?.get(url, None)?;
        let body = answer.body.take().unwrap_or_default();
        let text = text(body).with_context(|| url.to_string())?;
        Ok((text, answer))
    }

    /// Asks for a set again, before its time, because it lacks a key. A look in vain is not repeated within
    /// [`cache::INTERVAL`], by no run; one that helps costs nothing, since a set has only so many keys.
    ///
    /// # Errors
    /// As [`Fetcher::key_set`]; again, without asking, for as long as another look would be too soon.
    pub fn look_again(
        &self,
        known: &mut Fetched<KeySet>,
        kid: &str,
        read: impl Fn(&str) -> Result<KeySet>,
    ) -> Result<Look> {
        let now = (self.clock)();
        // Without a look at the file, which a stream of made-up kids would have us read again and again.
        if let Some(ago) = known.entry.is_too_soon(now) {
            return known.not_asked(ago);
        }
        let url = known.url.clone();
        let place = self.place(&url);
        let _lock = place.lock();
        if let Some(kept) = self.kept(&url, &place, &read)
            && kept.entry.fetched >= known.entry.fetched
        {
            // Another run has looked meanwhile.
            known.update_from(kept);
            if known.value.has_kid(kid) {
                return Ok(Look::Found);
            }
            if let Some(ago) = known.entry.is_too_soon(now) {
                return known.not_asked(ago);
            }
        }
        let fetched = self.fetch(&url, Some(&known.entry), &read);
        let is_there = (fetched.as_ref()).is_ok_and(|fetched| fetched.value.has_kid(kid));
        let failure = match fetched {
            Ok(fetched) => {
                known.update_from(fetched);
                None
            }
            Err(error) => Some(error),
        };
        if !is_there {
            known.entry.missed = Some(now);
            known.entry.failed = failure.is_some();
        }
        place.write(&known.entry);
        match failure {
            Some(error) => Err(error),
            None if is_there => Ok(Look::Found),
            None => Ok(Look::Missing),
        }
    }

    /// What is at the first of some addresses where there is something.
    ///
    /// # Errors
    /// Why it is not there.
    pub fn load<T>(&self, urls: &[Url], read: impl Fn(&str) -> Result<T>) -> Result<Fetched<T>> {
        let places: Vec<(&Url, Place)> = urls.iter().map(|url| (url, self.place(url))).collect();
        for (url, place) in &places {
            let Some(kept) = self.kept(url, place, &read) else {
                continue;
            };
            let is_fresh = kept.entry.is_fresh((self.clock)());
            if self.is_offline && !is_fresh {
                let since = jiff::Timestamp::from_second(kept.entry.fetched).unwrap_or_default();
                let text = format!("{url}: is as it was at {since}, and may have changed since");
                self.console.warn(&text);
            }
            if self.is_offline || is_fresh {
                return Ok(kept);
            }
        }
        let mut absence = None;
        for (url, place) in &places {
            match self.renew(url, place, &read) {
                // Elsewhere there may be something.
                Err(error) if error.downcast_ref().is_some_and(Status::is_absence) => {
                    absence.get_or_insert(error);
                }
                renewed => return renewed,
            }
        }
        Err(absence.unwrap_or_else(|| CliError::failed("there is no address").into()))
    }

    fn place(&self, url: &Url) -> Place {
        let folder = self.folder.get_or_init(|| self.own_folder());
        Place::new(folder.as_deref(), url.as_str(), self.ca.as_deref())
    }

    /// The folder of the cache, if nobody else can put something there.
    fn own_folder(&self) -> Option<PathBuf> {
        let folder = source::cache_folder()?;
        if cache::is_private(&folder) {
            return Some(folder);
        }
        let folder = folder.display();
        let text = format!("{folder}: is not the user's own folder, so nothing is kept there");
        self.console.warn(&text);
        None
    }

    fn kept<T>(
        &self,
        url: &Url,
        place: &Place,
        read: &impl Fn(&str) -> Result<T>,
    ) -> Option<Fetched<T>> {
        let entry = place.read()?;
        let value = read(&entry.body).ok()?;
        let url = url.clone();
        Some(Fetched { url, entry, value })
    }

    fn renew<T>(
        &self,
        url: &Url,
        place: &Place,
        read: &impl Fn(&str) -> Result<T>,
    ) -> Result<Fetched<T>> {
        if self.is_offline {
            return Err(
                CliError::failed("was not fetched before, and now is offline")
                    .hint("one run without --offline fetches it"),
            )
            .with_context(|| url.to_string());
        }
        let _lock = place.lock();
        let kept = self.kept(url, place, read);
        match kept {
            // Another run has fetched it meanwhile.
            Some(kept) if kept.entry.is_fresh((self.clock)()) => Ok(kept),
            kept => {
                let fetched = self.fetch(url, kept.as_ref().map(|kept| &kept.entry), read)?;
                place.write(&fetched.entry);
                Ok(fetched)
            }
        }
    }

    fn fetch<T>(
        &self,
        url: &Url,
        kept: Option<&Entry>,
        read: &impl Fn(&str) -> Result<T>,
    ) -> Result<Fetched<T>> {
        let etag = kept.and_then(|kept| kept.etag.as_deref());
        let answer = self.getter()?.get(url, etag)?;
        let is_new = answer.body.is_some();
        let body = match (answer.body, kept) {
            (None, Some(kept)) => Ok(kept.body.clone()),
            (body, _) => text(body.unwrap_or_default()),
        };
        let read = body.and_then(|body| Ok((read(&body)?, body)));
        let (value, body) = read.with_context(|| url.to_string())?;
        let entry = Entry {
            body,
            etag: if is_new {
                answer.etag
            } else {
                answer.etag.or(etag.map(str::to_owned))
            },
            fetched: (self.clock)(),
            max_age: answer.max_age,
            missed: kept.and_then(|kept| kept.missed),
            failed: false,
        };
        let url = url.clone();
        Ok(Fetched { url, entry, value })
    }

    fn getter(&self) -> Result<&Getter> {
        if let Some(getter) = self.getter.get() {
            return Ok(getter);
        }
        let proxies = source::proxy_variables();
        let getter = Getter::new(self.ca.as_deref(), proxies, self.max_time, self.accept)?;
        Ok(self.getter.get_or_init(|| getter))
    }
}
