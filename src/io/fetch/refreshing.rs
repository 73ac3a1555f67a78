//! The keys of a run: keys that were read once, and fetched keys, which may change during the run.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Result;

use super::cache::INTERVAL;
use super::discovery::{self, VcKeys};
use super::set::parse_public_set;
use super::url::Url;
use super::{Fetched, Fetcher, RefetchResult};
use crate::crypto::{KeySet, UnverifiedToken};
use crate::output::exit::{CliError, cli_error};

/// The largest number of kids of one token for which sets are fetched again.
const MAX_KIDS: usize = 16;

/// The origin of a fetched set.
#[derive(Debug)]
pub enum Origin {
    /// The set at this URL.
    Set(Url),
    /// The set that the metadata of this issuer refer to.
    Issuer(String),
    /// The set in the metadata of this issuer of SD-JWT VCs, or the set that they refer to.
    VcIssuer(String),
}

/// The keys of a run.
#[derive(Debug)]
pub struct RefreshingKeySet<'c> {
    first: Generation,
    clock: fn() -> i64,
    /// The earliest time at which one of the sets must be fetched again.
    due: AtomicI64,
    sources: Option<Mutex<Sources<'c>>>,
}

/// The keys at one time, and the next generation. Generations are kept until the end of the run, so that references to their
/// keys stay valid.
#[derive(Debug)]
struct Generation {
    keys: KeySet,
    next: OnceLock<Box<Generation>>,
}

#[derive(Debug)]
struct Sources<'c> {
    fetcher: Fetcher<'c>,
    /// The keys that are not fetched.
    local: KeySet,
    /// The only kid that is selected.
    kid: Option<String>,
    remotes: Vec<(Origin, Fetched<KeySet>)>,
    /// The time and the error of the last failed refresh.
    failure: Option<(i64, CliError)>,
    is_noted: bool,
}

impl<'c> RefreshingKeySet<'c> {
    /// Returns a set of keys that never change.
    pub fn from_keys(keys: KeySet) -> RefreshingKeySet<'c> {
        RefreshingKeySet {
            first: Generation::new(keys),
            clock: || 0,
            due: AtomicI64::new(i64::MAX),
            sources: None,
        }
    }

    /// Loads the keys of `local` and of the sets at the origins. With `kid`, only the keys with this kid are used.
    ///
    /// # Errors
    /// If a set cannot be obtained, or the sets cannot be merged.
    pub fn load(
        fetcher: Fetcher<'c>,
        local: KeySet,
        origins: Vec<Origin>,
        kid: Option<String>,
    ) -> Result<RefreshingKeySet<'c>> {
        let fetch = |origin: Origin| {
            let fetched = origin.fetch_keys(&fetcher)?;
            Ok((origin, fetched))
        };
        let remotes = origins.into_iter().map(fetch).collect::<Result<Vec<_>>>()?;
        let mut sources = Sources {
            fetcher,
            local,
            kid,
            remotes,
            failure: None,
            is_noted: false,
        };
        if let Some(kid) = sources.kid.clone() {
            sources.look_for(&kid)?;
        }
        Ok(RefreshingKeySet {
            first: Generation::new(sources.merge_keys()?),
            clock: sources.fetcher.clock,
            due: AtomicI64::new(sources.next_refetch()),
            sources: Some(Mutex::new(sources)),
        })
    }

    /// Returns the newest keys.
    pub fn keys(&self) -> &KeySet {
        &self.last_generation().keys
    }

    /// Fetches the sets that are no longer fresh, and returns the newest keys.
    ///
    /// # Errors
    /// If a fetch fails. The same error is reported until the next attempt is allowed.
    pub fn refreshed_keys(&self) -> Result<&KeySet> {
        let Some(sources) = &self.sources else {
            return Ok(self.keys());
        };
        if (self.clock)() < self.due.load(Ordering::Relaxed) {
            return Ok(self.keys());
        }
        let mut sources = lock_sources(sources);
        sources.refetch()?;
        self.add_generation(&sources)?;
        self.due.store(sources.next_refetch(), Ordering::Relaxed);
        Ok(self.keys())
    }

    /// Fetches the sets again if they lack a kid of the token, and returns the newest keys.
    ///
    /// # Errors
    /// If a fetch fails.
    pub fn keys_for(&self, token: &UnverifiedToken) -> Result<&KeySet> {
        self.keys_for_kids(token.kids())
    }

    /// Does the same as [`RefreshingKeySet::keys_for`] for these key IDs.
    ///
    /// # Errors
    /// As [`RefreshingKeySet::keys_for`].
    pub fn keys_for_kids<'k>(&self, kids: impl IntoIterator<Item = &'k str>) -> Result<&KeySet> {
        let Some(sources) = &self.sources else {
            return Ok(self.keys());
        };
        for kid in kids.into_iter().take(MAX_KIDS) {
            if !self.keys().has_kid(kid) {
                let mut sources = lock_sources(sources);
                sources.look_for(kid)?;
                self.add_generation(&sources)?;
            }
        }
        Ok(self.keys())
    }

    fn last_generation(&self) -> &Generation {
        let mut generation = &self.first;
        while let Some(next) = generation.next.get() {
            generation = next;
        }
        generation
    }

    /// Adds a generation with the keys of the sources, if they differ from the newest one. The caller has locked the sources.
    fn add_generation(&self, sources: &Sources) -> Result<()> {
        let keys = sources.merge_keys()?;
        let last = self.last_generation();
        if !last.keys.shares_all_with(&keys) {
            // No other thread has set it, because the caller holds the lock.
            let _ = last.next.set(Box::new(Generation::new(keys)));
        }
        Ok(())
    }
}

/// Locks the sources. A panic of another thread is ignored, because each document is replaced as a unit.
fn lock_sources<'a, 'c>(sources: &'a Mutex<Sources<'c>>) -> MutexGuard<'a, Sources<'c>> {
    sources.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Generation {
    fn new(keys: KeySet) -> Generation {
        Generation {
            keys,
            next: OnceLock::new(),
        }
    }
}

impl Sources<'_> {
    fn merge_keys(&self) -> Result<KeySet> {
        let mut all = self.local.clone();
        for (_, fetched) in &self.remotes {
            all.extend(fetched.value.clone())?;
        }
        if let Some(kid) = &self.kid {
            all.select_by_kid(kid)?;
        }
        Ok(all)
    }

    fn next_refetch(&self) -> i64 {
        if self.fetcher.is_offline {
            i64::MAX
        } else {
            let dues = self.remotes.iter().map(|(_, fetched)| fetched.entry.expires_at());
            dues.min().unwrap_or(i64::MAX)
        }
    }

    /// Fetches the sets that are due. After a failure, this is repeated only when [`INTERVAL`] has passed.
    fn refetch(&mut self) -> Result<()> {
        let now = (self.fetcher.clock)();
        if let Some((since, failure)) = &self.failure
            && (0..INTERVAL).contains(&(now - since))
        {
            return Err(failure.clone().into());
        }
        let renewed = self.renew_each(now);
        self.failure = renewed.as_ref().err().and_then(cli_error).map(|failure| (now, failure));
        renewed
    }

    fn renew_each(&mut self, now: i64) -> Result<()> {
        for (origin, fetched) in &mut self.remotes {
            if !fetched.entry.is_fresh(now) {
                fetched.update_from(origin.fetch_keys(&self.fetcher)?);
            }
        }
        Ok(())
    }

    fn look_for(&mut self, kid: &str) -> Result<()> {
        let is_here = |keys: &KeySet| keys.has_kid(kid);
        if self.fetcher.is_offline || is_here(&self.local) {
            return Ok(());
        }
        if self.remotes.iter().any(|(_, fetched)| is_here(&fetched.value)) {
            return Ok(());
        }
        for (origin, fetched) in &mut self.remotes {
            let url = fetched.url.clone();
            let read = |text: &str| origin.parse_keys(&url, text);
            match self.fetcher.refetch_for_kid(fetched, kid, read)? {
                RefetchResult::Found => return Ok(()),
                RefetchResult::Missing => {}
                RefetchResult::TooSoon(ago) if !self.is_noted => {
                    self.is_noted = true;
                    self.fetcher.console.print_note(&format!(
                        "{}: key not found {ago} s ago; the set is fetched again at most once a minute",
                        fetched.url
                    ));
                }
                RefetchResult::TooSoon(_) => {}
            }
        }
        Ok(())
    }
}

impl Origin {
    fn fetch_keys(&self, fetcher: &Fetcher) -> Result<Fetched<KeySet>> {
        match self {
            Origin::Set(url) => fetcher.key_set(url),
            Origin::Issuer(issuer) => fetcher.key_set(&discovery::jwks_uri(fetcher, issuer)?),
            Origin::VcIssuer(issuer) => {
                let place = discovery::vc_metadata_url(issuer)?;
                let read = |text: &str| discovery::parse_vc_keys(text, issuer);
                let fetched = fetcher.load_all(&[place], read)?;
                match fetched.value {
                    VcKeys::At(url) => fetcher.key_set(&url),
                    VcKeys::Set(value) => {
                        for warning in value.warnings() {
                            fetcher.console.print_warning(&format!("{}: {warning}", fetched.url));
                        }
                        Ok(Fetched {
                            url: fetched.url,
                            entry: fetched.entry,
                            value,
                        })
                    }
                }
            }
        }
    }

    /// Parses the keys of a document of this origin: a set, or metadata with a set.
    fn parse_keys(&self, url: &Url, text: &str) -> Result<KeySet> {
        if let Origin::VcIssuer(issuer) = self
            && discovery::vc_metadata_url(issuer)? == *url
        {
            return match discovery::parse_vc_keys(text, issuer)? {
                VcKeys::Set(keys) => Ok(keys),
                VcKeys::At(_) => {
                    let message = "the issuer has moved its keys to a jwks_uri during this run";
                    Err(CliError::failed(message).with_hint("run the command again").into())
                }
            };
        }
        parse_public_set(text)
    }
}
