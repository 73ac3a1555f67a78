//! Public keys from a URL. They are fetched over https and cached as long as the server allows. The URL never comes from a
//! token.
//!
//! [`url`] parses and restricts URLs, [`http`] sends one request with limits, [`cache`] stores responses, [`discovery`]
//! finds the keys of an issuer, and [`refreshing`] fetches the keys of a run again when they expire.

pub mod cache;
pub mod discovery;
pub mod http;
pub mod refreshing;
mod set;
mod tls;
pub mod url;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result};

use self::cache::{CacheSlot, Entry};
use self::http::{HttpClient, HttpResponse, Status};
use self::set::{decode_text, parse_public_set};
use self::url::Url;
use super::context::Context;
use super::source::{self, Source};
use crate::crypto::KeySet;
use crate::crypto::error::Span;
use crate::output::console::Console;
use crate::output::exit::CliError;
use crate::output::reports::format_rfc3339;

/// The largest file of CA certificates, in bytes.
const MAX_CA: usize = 4 * 1024 * 1024;

/// Fetches documents, and caches them.
#[derive(Debug)]
pub struct Fetcher<'c> {
    console: &'c Console,
    clock: fn() -> i64,
    is_offline: bool,
    /// The media type of the Accept header.
    accept: &'static str,
    ca: Option<Vec<u8>>,
    folder: OnceLock<Option<PathBuf>>,
    client: OnceLock<HttpClient>,
    max_time: Duration,
}

/// A fetched document and its parsed value.
#[derive(Debug)]
pub struct Fetched<T> {
    /// The URL that it was fetched from.
    pub url: Url,
    /// The text and the time when it was fetched.
    pub entry: Entry,
    /// The parsed text.
    pub value: T,
}

impl<T> Fetched<T> {
    /// Replaces this document by a newer one. If the text is the same, the parsed value is kept.
    fn update_from(&mut self, newer: Fetched<T>) {
        if self.url == newer.url && self.entry.body == newer.entry.body {
            self.entry = newer.entry
        } else {
            *self = newer
        }
    }
}

impl Fetched<KeySet> {
    /// Returns the result if the set is not fetched again because the last attempt was `ago` seconds ago.
    fn too_soon(&self, ago: i64) -> Result<RefetchResult> {
        if !self.entry.failed {
            return Ok(RefetchResult::TooSoon(ago));
        }
        let message =
            format!("no response {ago} s ago; a failed fetch is repeated at most once a minute");
        Err(CliError::failed(message)).with_context(|| self.url.to_string())
    }
}

/// The result of fetching a set again for a key ID that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefetchResult {
    /// The set has the key now.
    Found,
    /// The set still lacks the key.
    Missing,
    /// The set was not fetched, because the last unsuccessful attempt was this many seconds ago.
    TooSoon(i64),
}

impl<'c> Fetcher<'c> {
    /// Returns a fetcher. With `offline` it uses only the cache. With `ca` it trusts only these CA certificates.
    ///
    /// # Errors
    /// If `ca` cannot be read.
    pub fn new(context: &'c Context, offline: bool, ca: Option<&Source>) -> Result<Fetcher<'c>> {
        let ca = ca.map(|source| context.inputs.read(source, "CA", MAX_CA));
        Ok(Fetcher {
            console: &context.console,
            clock: context.machine_clock,
            is_offline: offline,
            accept: "application/json",
            ca: ca.transpose()?.map(|ca| ca.expose().to_vec()),
            folder: OnceLock::new(),
            client: OnceLock::new(),
            max_time: http::MAX_TIME,
        })
    }

    /// Sets the time limit of one fetch.
    pub fn with_max_time(self, max_time: Duration) -> Fetcher<'c> {
        Fetcher { max_time, ..self }
    }

    /// Requests this media type instead of JSON.
    pub fn with_media_type(mut self, media_type: &'static str) -> Fetcher<'c> {
        self.accept = media_type;
        self
    }

    /// Returns the key set at a URL, from the cache or fetched.
    ///
    /// # Errors
    /// If it cannot be fetched, is not a JWK Set, or contains a private key.
    pub fn key_set(&self, url: &Url) -> Result<Fetched<KeySet>> {
        let fetched = self.load_all(std::slice::from_ref(url), parse_public_set)?;
        for warning in fetched.value.warnings() {
            self.console.print_warning(&format!("{url}: {warning}"));
        }
        Ok(fetched)
    }

    /// Fetches the key set at a URL without the cache.
    ///
    /// # Errors
    /// As [`Fetcher::key_set`].
    pub fn key_set_now(&self, url: &Url) -> Result<KeySet> {
        let answer = self.client()?.get(url, None)?;
        let read =
            decode_text(answer.body.unwrap_or_default()).and_then(|text| parse_public_set(&text));
        read.with_context(|| url.to_string())
    }

    /// Fetches a text without the cache.
    ///
    /// # Errors
    /// If it cannot be fetched, or is not UTF-8.
    pub fn text_now(&self, url: &Url) -> Result<(String, HttpResponse)> {
        if self.is_offline {
            return Err(CliError::failed("--offline does not allow a fetch"))
                .with_context(|| url.to_string());
        }
        let mut answer = self.client()?.get(url, None)?;
        let body = answer.body.take().unwrap_or_default();
        let text = decode_text(body).with_context(|| url.to_string())?;
        Ok((text, answer))
    }

    /// Fetches a set again before it expires, because it lacks a key. An unsuccessful attempt is not repeated within
    /// [`cache::INTERVAL`], not even by another run. Successful attempts are not limited, because a set has few keys.
    ///
    /// # Errors
    /// As [`Fetcher::key_set`]; the last failure is reported again until the next attempt is allowed.
    pub fn refetch_for_kid(
        &self,
        known: &mut Fetched<KeySet>,
        kid: &str,
        read: impl Fn(&str) -> Result<KeySet>,
    ) -> Result<RefetchResult> {
        let now = (self.clock)();
        // This check comes before the cache file is read. Otherwise a stream of invalid kids would read it for every token.
        if let Some(ago) = known.entry.is_too_soon(now) {
            return known.too_soon(ago);
        }
        let url = known.url.clone();
        let slot = self.cache_slot(&url);
        let _lock = slot.lock();
        if let Some(cached) = self.read_cached(&url, &slot, &read)
            && cached.entry.fetched >= known.entry.fetched
        {
            // Another run has fetched the set in the meantime.
            known.update_from(cached);
            if known.value.has_kid(kid) {
                return Ok(RefetchResult::Found);
            }
            if let Some(ago) = known.entry.is_too_soon(now) {
                return known.too_soon(ago);
            }
        }
        let fetched = self.fetch_url(&url, Some(&known.entry), &read);
        let is_there = fetched.as_ref().is_ok_and(|fetched| fetched.value.has_kid(kid));
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
        slot.write(&known.entry);
        match failure {
            Some(error) => Err(error),
            None if is_there => Ok(RefetchResult::Found),
            None => Ok(RefetchResult::Missing),
        }
    }

    /// Returns the document at the first of the URLs that has one.
    ///
    /// # Errors
    /// If none of them has one, or a fetch fails for another reason.
    pub fn load_all<T>(
        &self,
        urls: &[Url],
        read: impl Fn(&str) -> Result<T>,
    ) -> Result<Fetched<T>> {
        let slots: Vec<(&Url, CacheSlot)> =
            urls.iter().map(|url| (url, self.cache_slot(url))).collect();
        for (url, slot) in &slots {
            let Some(cached) = self.read_cached(url, slot, &read) else {
                continue;
            };
            let now = (self.clock)();
            let is_fresh = cached.entry.is_fresh(now);
            if self.is_offline && !is_fresh {
                let (age, at) = (
                    Span(now.abs_diff(cached.entry.fetched)),
                    format_rfc3339(cached.entry.fetched),
                );
                let text = format!(
                    "{url}: the cached copy is outdated: it was fetched {age} ago, at {at}"
                );
                self.console.print_warning(&text);
            }
            if self.is_offline || is_fresh {
                return Ok(cached);
            }
        }
        let mut absence = None;
        for (url, slot) in &slots {
            match self.fetch_and_store(url, slot, &read) {
                // The next URL may have the document.
                Err(error) if error.downcast_ref().is_some_and(Status::is_absence) => {
                    absence.get_or_insert(error);
                }
                renewed => return renewed,
            }
        }
        Err(absence.unwrap_or_else(|| CliError::failed("there is no URL to fetch").into()))
    }

    fn cache_slot(&self, url: &Url) -> CacheSlot {
        let folder = self.folder.get_or_init(|| self.own_folder());
        CacheSlot::new(folder.as_deref(), url.as_str(), self.ca.as_deref())
    }

    /// Returns the folder of the cache, if no other user can write to it.
    fn own_folder(&self) -> Option<PathBuf> {
        let folder = source::cache_folder()?;
        if cache::is_private(&folder) {
            return Some(folder);
        }
        let folder = folder.display();
        let text = format!("{folder}: not a private folder of the user; nothing is cached");
        self.console.print_warning(&text);
        None
    }

    fn read_cached<T>(
        &self,
        url: &Url,
        slot: &CacheSlot,
        read: &impl Fn(&str) -> Result<T>,
    ) -> Option<Fetched<T>> {
        let entry = slot.read()?;
        let value = read(&entry.body).ok()?;
        let url = url.clone();
        Some(Fetched { url, entry, value })
    }

    fn fetch_and_store<T>(
        &self,
        url: &Url,
        slot: &CacheSlot,
        read: &impl Fn(&str) -> Result<T>,
    ) -> Result<Fetched<T>> {
        if self.is_offline {
            return Err(
                CliError::failed("not in the cache, and --offline does not allow a fetch")
                    .with_hint("run once without --offline to fetch it"),
            )
            .with_context(|| url.to_string());
        }
        let _lock = slot.lock();
        let cached = self.read_cached(url, slot, read);
        match cached {
            // Another run has fetched it in the meantime.
            Some(cached) if cached.entry.is_fresh((self.clock)()) => Ok(cached),
            cached => {
                let fetched =
                    self.fetch_url(url, cached.as_ref().map(|cached| &cached.entry), read)?;
                slot.write(&fetched.entry);
                Ok(fetched)
            }
        }
    }

    fn fetch_url<T>(
        &self,
        url: &Url,
        cached: Option<&Entry>,
        read: &impl Fn(&str) -> Result<T>,
    ) -> Result<Fetched<T>> {
        let etag = cached.and_then(|cached| cached.etag.as_deref());
        let answer = self.client()?.get(url, etag)?;
        let is_new = answer.body.is_some();
        let body = match (answer.body, cached) {
            (None, Some(cached)) => Ok(cached.body.clone()),
            (body, _) => decode_text(body.unwrap_or_default()),
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
            missed: cached.and_then(|cached| cached.missed),
            failed: false,
        };
        let url = url.clone();
        Ok(Fetched { url, entry, value })
    }

    fn client(&self) -> Result<&HttpClient> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let proxies = source::proxy_variables();
        let client = HttpClient::new(self.ca.as_deref(), proxies, self.max_time, self.accept)?;
        Ok(self.client.get_or_init(|| client))
    }
}
