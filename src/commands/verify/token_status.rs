//! Checks the status of a token in a status list.

use std::borrow::Cow;

use anyhow::Result;
use clap::Args as ClapArgs;
use serde_json::Value;

use super::Args;
use super::verify_job::VerifyJob;
use crate::commands::shared::token_input::{Copied, parse_token};
use crate::crypto::error::Quoted;
use crate::crypto::json::Object;
use crate::crypto::jws::Verifier;
use crate::crypto::token::HeaderCache;
use crate::crypto::{Code, KeySet, VerifyPolicy};
use crate::io::context::Context;
use crate::io::fetch::url::Url;
use crate::io::source::Source;
use crate::output::exit::{CliError, cli_error};
use crate::output::reports::format_rfc3339;
use crate::profile::Profile;
use crate::status_list::{StatusList, StatusReference, no_entry, status_name};

/// The largest status list token, in bytes: the largest list, encoded twice as base64url, with the other claims.
const MAX_LIST_TOKEN: usize = 8 * 1024 * 1024;

/// The arguments for the status list.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Status list")]
pub struct StatusArgs {
    /// Require that the status of the token is valid in this status list: path, -, env:NAME or URL
    ///
    /// The list is read once, at the start. A URL is fetched for each run. The URI in a token is compared with the sub of the
    /// list; it is never fetched.
    #[arg(long, value_name = "INPUT", conflicts_with_all = ["raw", "payload"], hide_short_help = true)]
    status_list: Option<Source>,

    /// Key of the status list [default: the keys of the tokens]
    #[arg(
        long,
        value_name = "KEY",
        requires = "status_list",
        hide_short_help = true
    )]
    status_key: Option<Source>,
}

impl StatusArgs {
    /// Reads and verifies the status list, if one is given. `job` has the keys that the tokens are verified with.
    ///
    /// # Errors
    /// If it cannot be read, is not signed with the key, or has expired. The error is not about a token.
    pub fn load_status_list(
        &self,
        args: &Args,
        context: &Context,
        job: &VerifyJob,
    ) -> Result<Option<StatusCheck>> {
        let Some(source) = &self.status_list else {
            return Ok(None);
        };
        let text = match source {
            Source::Url(url) => {
                let fetcher = args.remote.fetcher(context)?;
                let fetcher = fetcher.with_media_type("application/statuslist+jwt");
                let (text, _) = fetcher.text_now(&Url::parse(url)?)?;
                text.into_bytes().into()
            }
            source => context.inputs.read(source, "status list", MAX_LIST_TOKEN)?,
        };
        let token = Copied::new(text.expose()).token;
        let list = self.verify_status_list(args, context, job, token);
        let list = list.map_err(|error| about_list(source, &error))?;
        if let Some(seconds) = list.seconds_past_ttl(context.now)
            && !matches!(source, Source::Url(_))
        {
            context.console.print_warning(&format!(
                "{source}: the status list is {seconds} s older than its ttl; fetch it again"
            ));
        }
        Ok(Some(list))
    }

    fn verify_status_list(
        &self,
        args: &Args,
        context: &Context,
        job: &VerifyJob,
        token: &[u8],
    ) -> Result<StatusCheck> {
        let token = parse_token(token, MAX_LIST_TOKEN, &mut HeaderCache::default())?;
        let keys: Cow<KeySet> = match &self.status_key {
            Some(Source::Url(url)) => {
                let fetcher = args.remote.fetcher(context)?;
                Cow::Owned(fetcher.key_set(&Url::parse(url)?)?.value)
            }
            Some(source) => Cow::Owned(args.keys.load_one(context, source)?),
            None => job.keys_for_list(&token, context.now)?,
        };
        let leeway = args.rules.leeway.map_or(0, |leeway| leeway.0);
        let policy = VerifyPolicy {
            algorithms: args.rules.alg.clone(),
            ..Profile::StatusList.policy(context.now, leeway)
        };
        let verified = Verifier::new(&keys, policy).verify(token)?;
        let claims = verified.claims().unwrap_or_default();
        let claim = |name: &str| claims.get(name).unwrap_or(&Value::Null);
        let time = |name: &str| claim(name).as_f64().map(|time| time as i64);
        Ok(StatusCheck {
            list: StatusList::parse(claim("status_list"))?,
            // The profile requires a string.
            uri: claim("sub").as_str().unwrap_or_default().to_owned(),
            expires: time("exp").map(|exp| exp.saturating_add_unsigned(leeway)),
            stale: time("iat").zip(time("ttl")).map(|(iat, ttl)| iat.saturating_add(ttl)),
        })
    }
}

/// Turns an error about the list into one whose code is not about a token.
fn about_list(source: &Source, error: &anyhow::Error) -> anyhow::Error {
    let Some(inner) = cli_error(error) else {
        return CliError::failed("the status list cannot be read").into();
    };
    let code = match inner.code {
        Code::Usage => Code::Usage,
        _ => Code::Failed,
    };
    CliError {
        code,
        message: format!(
            "the status list of {source} cannot be used: {}",
            inner.message
        ),
        hint: inner.hint,
        failures: Vec::new(),
    }
    .into()
}

/// A verified status list.
pub struct StatusCheck {
    list: StatusList,
    /// Its `sub`.
    uri: String,
    /// When the list expires, with leeway, in Unix seconds.
    expires: Option<i64>,
    /// When a cached copy must be fetched again (`iat` and `ttl`), in Unix seconds.
    stale: Option<i64>,
}

impl StatusCheck {
    fn seconds_past_ttl(&self, now: i64) -> Option<i64> {
        let late = now.saturating_sub(self.stale?);
        (late > 0).then_some(late)
    }

    /// Checks the status of a verified token.
    ///
    /// # Errors
    /// [`Code::ClaimRejected`] unless the token refers to this list, and its status is valid; [`Code::Failed`] if the list
    /// has expired since it was read.
    pub fn check_status(&self, claims: &Object, now: i64) -> Result<()> {
        if let Some(expires) = self.expires.filter(|expires| now >= *expires) {
            let message = format!(
                "the status list has expired, at {}",
                format_rfc3339(expires)
            );
            return Err(CliError::failed(message).into());
        }
        let reject = |why: String| Err(CliError::new(Code::ClaimRejected, why).into());
        let reference = match StatusReference::parse(claims) {
            Ok(Some(reference)) => reference,
            Ok(None) => return reject("the token has no claim status.status_list".into()),
            Err(error) => return reject(error.to_string()),
        };
        if reference.uri != self.uri {
            let hint = "--status-list needs the list that the token names";
            let message = format!(
                "the token has its status in the list {}, not in {}",
                Quoted(&reference.uri),
                Quoted(&self.uri)
            );
            let error = CliError::new(Code::ClaimRejected, message).with_hint(hint);
            return Err(error.into());
        }
        let status = usize::try_from(reference.index).ok();
        match status.and_then(|index| self.list.get(index)) {
            Some(0) => Ok(()),
            Some(status) => reject(format!(
                "the status of the token is {status} ({})",
                status_name(status)
            )),
            None => reject(format!(
                "the status list {}",
                no_entry(reference.index, self.list.len())
            )),
        }
    }
}
