//! The keys of a run: those that were read, and those that are fetched, which change while the run goes on.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Result;

use super::cache::INTERVAL;
use super::discovery::{self, VcKeys};
use super::set::key_set;
use super::url::Url;
use super::{Fetched, Fetcher, Look};
use crate::crypto::{KeySet, UnverifiedToken};
use crate::output::exit::{CliError, cli_error};

/// The most kids of one token that are looked for.
const MAX_KIDS: usize = 16;

/// Where a set is fetched from.
#[derive(Debug)]
pub enum Origin {
    /// This address.
    Set(Url),
    /// Where this issuer's metadata say.
    Issuer(String),
    /// In the metadata of this issuer of SD-JWT VCs, or where they say.
    VcIssuer(String),
}

/// The keys of a run.
#[derive(Debug)]
pub struct Live<'c> {
    first: Generation,
    clock: fn() -> i64,
    /// When the first of the sets has to be fetched again.
    due: AtomicI64,
    sources: Option<Mutex<Sources<'c>>>,
}

/// The keys at one time, and those that came after. None is given up while the run lasts, so that each can be lent.
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
    /// The only kid that counts.
    kid: Option<String>,
    remotes: Vec<(Origin, Fetched<KeySet>)>,
    /// When the sets could not be fetched again, and why.
    trouble: Option<(i64, CliError)>,
    is_told: bool,
}

impl<'c> Live<'c> {
    /// Keys that never change.
    pub fn fixed(keys: KeySet) -> Live<'c> {
        Live {
            first: Generation::new(keys),
            clock: || 0,
            due: AtomicI64::new(i64::MAX),
            sources: None,
        }
    }

    /// The keys of `local` and of the sets at the origins; of all of them only those that `kid` names, if it does.
    ///
    /// # Errors
    /// When a set cannot be had, or the sets do not go together.
    pub fn load(
        fetcher: Fetcher<'c>,
        local: KeySet,
        origins: Vec<Origin>,
        kid: Option<String>,
    ) -> Result<Live<'c>> {
        let fetch = |origin: Origin| {
            let fetched = origin.fetch(&fetcher)?;
            Ok((origin, fetched))
        };
        let remotes = origins.into_iter().map(fetch).collect::<Result<Vec<_>>>()?;
        let mut sources = Sources {
            fetcher,
            local,
            kid,
            remotes,
            trouble: None,
            is_told: false,
        };
        if let Some(kid) = sources.kid.clone() {
            sources.look_for(&kid)?;
        }
        Ok(Live {
            first: Generation::new(sources.merged()?),
            clock: sources.fetcher.clock,
            due: AtomicI64::new(sources.due()),
            sources: Some(Mutex::new(sources)),
        })
    }

    /// The newest keys.
    pub fn keys(&self) -> &KeySet {
        &self.last().keys
    }

    /// The newest keys, fetched again if it is time for that.
    ///
    /// # Errors
    /// When that does not work; for a while then, without trying again.
    pub fn renewed(&self) -> Result<&KeySet> {
        let Some(sources) = &self.sources else {
            return Ok(self.keys());
        };
        if (self.clock)() < self.due.load(Ordering::Relaxed) {
            return Ok(self.keys());
        }
        let mut sources = lock(sources);
        sources.renew()?;
        self.put(&sources)?;
        self.due.store(sources.due(), Ordering::Relaxed);
        Ok(self.keys())
    }

    /// The newest keys; for a token that names none of them, what is fetched is looked through again.
    ///
    /// # Errors
    /// When that does not work.
    pub fn keys_for(&self, token: &UnverifiedToken) -> Result<&KeySet> {
        self.keys_of(token.kids())
    }

    /// As [`Live::keys_for`], for a token that names these keys.
    ///
    /// # Errors
    /// As [`Live::keys_for`].
    pub fn keys_of<'k>(&self, kids: impl IntoIterator<Item = &'k str>) -> Result<&KeySet> {
        let Some(sources) = &self.sources else {
            return Ok(self.keys());
        };
        for kid in kids.into_iter().take(MAX_KIDS) {
            if !self.keys().has_kid(kid) {
                let mut sources = lock(sources);
                sources.look_for(kid)?;
                self.put(&sources)?;
            }
        }
        Ok(self.keys())
    }

    fn last(&self) -> &Generation {
        let mut generation = &self.first;
        while let Some(next) = generation.next.get() {
            generation = next;
        }
        generation
    }

    /// Puts the keys of the sources, which the caller has locked, behind those that they differ from.
    fn put(&self, sources: &Sources) -> Result<()> {
        let keys = sources.merged()?;
        let last = self.last();
        if !last.keys.shares_all_with(&keys) {
            // Whoever puts has the lock, so nobody else has.
            let _ = last.next.set(Box::new(Generation::new(keys)));
        }
        Ok(())
    }
}

/// What a thread that panicked has left is whole: it is replaced, never changed in part.
fn lock<'a, 'c>(sources: &'a Mutex<Sources<'c>>) -> MutexGuard<'a, Sources<'c>> {
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
    fn merged(&self) -> Result<KeySet> {
        let mut all = self.local.clone();
        for (_, fetched) in &self.remotes {
            all.extend(fetched.value.clone())?;
        }
        if let Some(kid) = &self.kid {
            all.select(kid)?;
        }
        Ok(all)
    }

    fn due(&self) -> i64 {
        if self.fetcher.is_offline {
            i64::MAX
        } else {
            let dues = self.remotes.iter().map(|(_, fetched)| fetched.entry.due());
            dues.min().unwrap_or(i64::MAX)
        }
    }

    /// Fetches again what is due; when that has failed, not at once again.
    fn renew(&mut self) -> Result<()> {
        let now = (self.fetcher.clock)();
        if let Some((since, trouble)) = &self.trouble
            && (0..INTERVAL).contains(&(now - since))
        {
            return Err(trouble.clone().into());
        }
        let renewed = self.renew_each(now);
        self.trouble = (renewed.as_ref().err().and_then(cli_error)).map(|trouble| (now, trouble));
        renewed
    }

    fn renew_each(&mut self, now: i64) -> Result<()> {
        for (origin, fetched) in &mut self.remotes {
            if !fetched.entry.is_fresh(now) {
                fetched.update_from(origin.fetch(&self.fetcher)?);
            }
        }
        Ok(())
    }

    fn look_for(&mut self, kid: &str) -> Result<()> {
        let is_here = |keys: &KeySet| keys.has_kid(kid);
        if self.fetcher.is_offline || is_here(&self.local) {
            return Ok(());
        }
        if self
            .remotes
            .iter()
            .any(|(_, fetched)| is_here(&fetched.value))
        {
            return Ok(());
        }
        for (origin, fetched) in &mut self.remotes {
            let url = fetched.url.clone();
            let read = |text: &str| origin.read(&url, text);
            match self.fetcher.look_again(fetched, kid, read)? {
                Look::Found => return Ok(()),
                Look::Missing => {}
                Look::TooSoon(ago) if !self.is_told => {
                    self.is_told = true;
                    self.fetcher.console.note(&format!(
                        "{}: not asked for a key that it lacks: that was in vain {ago} s ago, and is done once a minute",
                        fetched.url
                    ));
                }
                Look::TooSoon(_) => {}
            }
        }
        Ok(())
    }
}

impl Origin {
    fn fetch(&self, fetcher: &Fetcher) -> Result<Fetched<KeySet>> {
        match self {
            Origin::Set(url) => fetcher.key_set(url),
            Origin::Issuer(issuer) => fetcher.key_set(&discovery::jwks_uri(fetcher, issuer)?),
            Origin::VcIssuer(issuer) => {
                let place = discovery::vc_issuer_place(issuer)?;
                let read = |text: &str| discovery::vc_keys_in(text, issuer);
                let fetched = fetcher.load(&[place], read)?;
                match fetched.value {
                    VcKeys::At(url) => fetcher.key_set(&url),
                    VcKeys::Set(value) => {
                        for warning in value.warnings() {
                            fetcher.console.warn(&format!("{}: {warning}", fetched.url));
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

    /// Reads the keys in what is at an address of this origin: a set, or metadata with a set.
    fn read(&self, url: &Url, text: &str) -> Result<KeySet> {
        if let Origin::VcIssuer(issuer) = self
            && discovery::vc_issuer_place(issuer)? == *url
        {
            return match discovery::vc_keys_in(text, issuer)? {
                VcKeys::Set(keys) => Ok(keys),
                VcKeys::At(_) => {
                    let message = "the keys have moved to a jwks_uri; run it again";
                    Err(CliError::failed(message).into())
                }
            };
        }
        key_set(text)
    }
}
