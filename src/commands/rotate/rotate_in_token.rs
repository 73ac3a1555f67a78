//! Keys in a PKCS#11 token (`--in`). The set contains the public keys and references to the private keys.
//!
//! A key is generated in the token before it is added to the set, and destroyed after it is removed from the set. A run that
//! is killed between the two leaves a key in the token that is in no set. Labels begin with a name that is unique to the set,
//! so the next run finds such keys. It reports them, but does not destroy them, because an older copy of the set may refer to
//! them.

use anyhow::{Context as _, Result};

use super::Args;
use super::load::RotationRun;
use crate::commands::Context;
use crate::crypto::alg::{Algorithm, KeyType};
use crate::crypto::key::{REFERENCE, encode_hex};
use crate::crypto::random::random_bytes;
use crate::crypto::{Error, Key};
use crate::io::pkcs11_token::{NewKey, Store, TokenOptions, TokenUri};
use crate::output::exit::CliError;
use crate::rotation::{ActionKind, Policy, RotatingKeySet};

/// The number of random bytes in a name or at the end of a label.
const NAME_BYTES: usize = 4;

/// The references of a set to its keys in tokens.
pub struct Places {
    /// The token for new keys. Its object is the prefix of their labels.
    pub place: Option<TokenUri>,
    /// The URI of each key of the set, if the key is in a token.
    pub references: Vec<Option<TokenUri>>,
    /// Whether the set on disk already contains the place.
    pub is_stored: bool,
}

/// Returns the place of new keys that `--in` names, in the form that the set stores.
///
/// # Errors
/// A usage error if it has an id, because it names a token and not a key.
pub fn stored_location(uri: &TokenUri, stored: Option<&str>) -> Result<String> {
    if uri.id.is_some() {
        return Err(
            CliError::usage("--in must not have an id, because each new key gets its own")
                .with_hint(
                    "use --in 'pkcs11:token=LABEL'; object=NAME sets a prefix for the labels of new keys",
                )
                .into(),
        );
    }
    if let Some(object) = &uri.object {
        return Ok(uri.with_object(object).to_string());
    }
    let stored = stored.and_then(|stored| TokenUri::parse_reference(stored).ok());
    match stored.filter(|stored| stored.is_same_token(uri)) {
        Some(stored) => Ok(stored.to_string()),
        None => {
            let name = format!(
                "jotsmith-{}",
                encode_hex(random_bytes(NAME_BYTES)?.expose())
            );
            Ok(uri.with_object(&name).to_string())
        }
    }
}

impl Places {
    /// Reads the references of a set and its policy.
    ///
    /// # Errors
    /// If a reference is malformed or names a file, and if the set or the arguments do not allow keys in a token.
    pub fn from_args(
        args: &Args,
        ring: &RotatingKeySet,
        policy: &Policy,
        stored: Option<&str>,
    ) -> Result<Places> {
        let parse = |text: &str, what: &str| {
            TokenUri::parse_reference(text)
                .map_err(|why| CliError::failed(format!("{what} of the set {why}")))
        };
        let place = policy.token.as_deref();
        let place = place.map(|text| parse(text, "the token")).transpose()?;
        let references = ring.references().zip(ring.members());
        let references = references.map(|(reference, (kid, ..))| {
            let what = format!("the key {}", kid.unwrap_or("(no kid)"));
            reference.map(|text| parse(text, &what)).transpose()
        });
        let places = Places {
            references: references.collect::<Result<_, _>>()?,
            is_stored: place.is_none() || stored == policy.token.as_deref(),
            place,
        };
        places.check(args, policy)?;
        Ok(places)
    }

    fn check(&self, args: &Args, policy: &Policy) -> Result<(), CliError> {
        if self.place.is_none() && self.references.iter().all(Option::is_none) {
            return Ok(());
        }
        if self.place.is_none() && !args.only_reads() {
            return Err(CliError::usage(
                "the set has keys in a token, but its policy does not name the token for new keys",
            )
            .with_hint("add --in 'pkcs11:token=LABEL'"));
        }
        if !args.active_out.is_empty() {
            let message = "--active-out needs private keys, but those of this set are in a token";
            return Err(CliError::usage(message));
        }
        if args.is_filter() && !args.only_reads() {
            let message = "a set with keys in a token cannot be read from stdin: a key is destroyed only after the new set is \
                           on disk";
            return Err(CliError::usage(message).with_hint("pass the file of the set"));
        }
        let is_made =
            |alg: &&Algorithm| matches!(alg.default_kind(), KeyType::Rsa(_) | KeyType::Curve(_));
        match policy.algs.iter().find(|alg| !is_made(alg)) {
            Some(alg) if self.place.is_some() => {
                let message = format!("a token cannot generate a key for {}", alg.name());
                Err(CliError::usage(message))
            }
            _ => Ok(()),
        }
    }

    /// Whether an object with this label belongs to the set.
    fn owns_label(&self, label: &str) -> bool {
        let name = self.place.as_ref().and_then(|place| place.object.as_deref());
        let end = name.and_then(|name| label.strip_prefix(name)?.strip_prefix('-'));
        end.is_some_and(|end| {
            end.len() == 2 * NAME_BYTES && end.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }
}

/// The token of a set, in a run that may change it. New keys are destroyed when it is dropped, unless `keep_new_keys` was called.
pub struct TokenKeys {
    place: TokenUri,
    options: TokenOptions,
    /// `None` if the token is not available and the run does not need it.
    store: Option<Store>,
    made: Vec<TokenUri>,
    /// The labels of keys that an interrupted run left in the token.
    pub orphans: Vec<String>,
}

impl TokenKeys {
    /// Opens the token of a set, and reports keys that an interrupted run left there. `None` if the set has no token.
    ///
    /// # Errors
    /// If the token cannot be used, and the run needs it.
    pub fn open(args: &Args, run: &RotationRun, context: &Context) -> Result<Option<TokenKeys>> {
        let Some(place) = run.places.place.clone() else {
            return Ok(None);
        };
        let place = match &args.place {
            Some(typed) => place.with_files_of(typed),
            None => place,
        };
        let options = args.token.options(context);
        let makes = run.plan.iter().any(|action| matches!(action.step, ActionKind::Make { .. }));
        let destroys = |step| matches!(step, ActionKind::Drop | ActionKind::Revoke);
        let ended = run.ended_references(destroys);
        let revokes = run.plan.iter().any(|action| action.step == ActionKind::Revoke);
        let store = match Store::open(&place, &options, makes || !ended.is_empty()) {
            Ok(store) => Some(store),
            // A revocation does not require the token, and neither does a run that changes nothing in it.
            Err(error) if !makes && (revokes || ended.is_empty()) => {
                context.console.print_warning(&format!(
                    "{error:#}: cannot look for keys that an interrupted run left"
                ));
                None
            }
            Err(error) => return Err(error).with_context(|| args.set_location()),
        };
        let mut keys = TokenKeys {
            place,
            options,
            store,
            made: Vec::new(),
            orphans: Vec::new(),
        };
        keys.find_orphans(run, context)?;
        Ok(Some(keys))
    }

    fn find_orphans(&mut self, run: &RotationRun, context: &Context) -> Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let known: Vec<&str> = run
            .places
            .references
            .iter()
            .flatten()
            .filter(|reference| reference.is_same_token(&self.place))
            .filter_map(|reference| reference.object.as_deref())
            .collect();
        let is_orphan = |label: &str| run.places.owns_label(label) && !known.contains(&label);
        let found = store.labels(is_orphan).map_err(Error::Remote)?;
        self.orphans = found.into_iter().collect();
        if !self.orphans.is_empty() {
            let labels = self.orphans.join(", ");
            context.console.print_warning(&format!(
                "an interrupted run left keys in the token that are not in the set: {labels}"
            ));
            context.console.print_note(
                "delete them in the token (pkcs11-tool --delete-object --type privkey --label LABEL, then --type pubkey) if no copy of the set is used",
            );
        }
        Ok(())
    }

    /// Generates a key in the token. Its member `pkcs11` is its URI.
    ///
    /// # Errors
    /// [`Error::Remote`] if the token does not generate it.
    pub fn generate(&mut self, kind: KeyType, alg: Algorithm) -> Result<Key, Error> {
        let end = encode_hex(random_bytes(NAME_BYTES)?.expose());
        let name = self.place.object.as_deref().unwrap_or_default();
        let uri = self.place.with_object(&format!("{name}-{end}"));
        let absent = || Error::remote("the token is not open");
        let store = self.store.as_ref().ok_or_else(absent)?;
        let made = store.generate(&uri, &NewKey { kind, alg });
        let mut key = made.map_err(Error::Remote)?;
        key.other.insert(REFERENCE.into(), uri.to_string().into());
        self.made.push(uri);
        Ok(key)
    }

    /// Keeps the new keys, because the set on disk contains them.
    pub fn keep_new_keys(&mut self) {
        self.made.clear();
    }

    /// Destroys keys in their tokens, and returns the failures.
    pub fn destroy_keys(&self, keys: &[TokenUri]) -> Vec<String> {
        let destroy = |uri: &TokenUri| -> Result<()> {
            let destroyed = match &self.store {
                Some(store) if uri.is_same_token(&self.place) => store.destroy(uri),
                _ => {
                    Store::open(&uri.with_files_of(&self.place), &self.options, true)?.destroy(uri)
                }
            };
            destroyed.map_err(|failure| Error::Remote(failure).into())
        };
        let failures = keys.iter().filter_map(|uri| {
            let error = destroy(uri).err()?;
            Some(format!("{uri} is not destroyed: {error:#}"))
        });
        failures.collect()
    }
}

impl Drop for TokenKeys {
    fn drop(&mut self) {
        // The next run reports keys that could not be destroyed.
        self.destroy_keys(&self.made);
    }
}
