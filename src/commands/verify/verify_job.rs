//! The operation of `verify`: built once from the arguments, applied to each token.

use std::borrow::Cow;
use std::sync::Once;

use anyhow::{Context as _, Result};

use super::token_status::StatusCheck;
use super::{Args, MAX_PAYLOAD};
use crate::commands::shared::token_input::{parse_signed_token, parse_token};
use crate::crypto::certificate_chain::Chain;
use crate::crypto::jws::{Verification, Verifier};
use crate::crypto::jwt::nested;
use crate::crypto::key::CertificateUse;
use crate::crypto::policy::{MAX_INFLATED, MAX_TOKEN};
use crate::crypto::token::{HeaderCache, Serialization};
use crate::crypto::{
    Code, DecryptPolicy, Error, Failure, Key, KeySet, NestedJwt, SecretBytes, UnverifiedToken,
    VerifiedToken, VerifyPolicy,
};
use crate::inspection::findings::key_match::{key_name, matching_keys};
use crate::inspection::parse::Token;
use crate::io::context::Context;
use crate::io::fetch::refreshing::{Origin, RefreshingKeySet};
use crate::io::source::{MAX_KEY, Source};
use crate::keyfile::pem;
use crate::output::console::Console;
use crate::output::exit::CliError;
use crate::profile::{KeySource, Profile};
use crate::sd_jwt::KeyBindingRules;

/// Verifies tokens with one set of arguments.
pub struct VerifyJob<'c> {
    trust: Trust<'c>,
    key_source: KeySource,
    /// The thumbprint of the key that the access token is bound to, for a DPoP proof.
    bound_key: Option<String>,
    /// The subject of the client attestation, for a proof that accompanies it.
    attested_client: Option<String>,
    console: &'c Console,
    /// Whether the warning about the purpose of an x5c certificate has been printed.
    purpose_warning: Once,
    policy: VerifyPolicy,
    /// The rules for the key binding of SD-JWTs, if it is required.
    key_binding: Option<KeyBindingRules>,
    /// The keys and the policy for decrypting the tokens, if they must be encrypted.
    decryption: Option<(KeySet, DecryptPolicy)>,
    max_size: usize,
    /// The detached payload, if it is read as claims or printed.
    payload: Option<Vec<u8>>,
    /// The status list, if the status is checked.
    status: Option<StatusCheck>,
}

/// The source of the keys.
enum Trust<'c> {
    /// Keys that were read or are fetched.
    Keys(Box<RefreshingKeySet<'c>>),
    /// The certificate chain in the header of the token, which must lead to one of these roots.
    Roots(Chain),
    /// The key of a client attestation, which has been verified.
    Attested(KeySet),
    /// The key in the header of a proof of possession.
    EmbeddedKey,
}

impl<'c> Trust<'c> {
    /// Reads or fetches the keys or roots that the arguments name.
    fn new(args: &Args, context: &'c Context, key_source: KeySource) -> Result<Trust<'c>> {
        if let Some(source) = &args.x5c_roots {
            let text = context.inputs.read(source, "certificates", MAX_KEY)?;
            let roots = pem::read_chain(text.expose()).with_context(|| source.to_string())?;
            Ok(Trust::Roots(roots))
        } else if let Some(issuer) = &args.issuer {
            let origins = vec![match args.rules.profile {
                Some(Profile::SdJwtVc) => Origin::VcIssuer(issuer.clone()),
                _ => Origin::Issuer(issuer.clone()),
            }];
            let (fetcher, kid) = (args.remote.fetcher(context)?, args.keys.kid.clone());
            let live = RefreshingKeySet::load(fetcher, KeySet::default(), origins, kid)?;
            Ok(Trust::Keys(live.into()))
        } else if key_source != KeySource::Known && !args.keys.is_given(context) {
            Ok(Trust::EmbeddedKey)
        } else {
            Ok(Trust::Keys(
                args.keys.load_refreshing(context, &args.remote)?.into(),
            ))
        }
    }
}

/// What is reused from one token to the next: parsed headers and prepared keys.
#[derive(Default)]
pub struct VerifierCache<'j> {
    headers: HeaderCache,
    verifier: Option<(&'j KeySet, Verifier<'j>)>,
}

/// A token that has been accepted.
pub struct Accepted {
    /// The token.
    pub token: VerifiedToken,
    /// The serialization of the signed token.
    pub format: Serialization,
    /// Whether the token has a key binding JWT that was not verified.
    pub ignores_key_binding: bool,
}

impl<'c> VerifyJob<'c> {
    /// Reads the keys and the rules that the arguments name.
    ///
    /// # Errors
    /// If one of them cannot be read or used.
    pub fn new(args: &Args, context: &'c Context) -> Result<VerifyJob<'c>> {
        let profile = args.rules.profile;
        let key_source = profile.map_or(KeySource::Known, |profile| profile.table_row().key_source);
        // Read once, because it may be a pipe.
        let access_token = args
            .rules
            .ath_of
            .as_ref()
            .map(|source| context.inputs.read(source, "access token", MAX_TOKEN))
            .transpose()?;
        let policy = args.rules.build_policy(
            context,
            args.payload.is_some(),
            args.issuer.as_deref(),
            access_token.as_ref(),
        )?;
        let trust = Trust::new(args, context, key_source)?;
        let bound_key = match (&args.rules.ath_of, &access_token, profile) {
            (Some(source), Some(token), Some(Profile::Dpop)) => bound_key(context, source, token)?,
            _ => None,
        };
        let mut attested_client = None;
        let trust = match (trust, &args.rules.attestation) {
            (Trust::Keys(live), Some(source)) => {
                let (client, key) = attested_key(args, context, live.keys(), source)?;
                attested_client = Some(client);
                Trust::Attested(KeySet::new(vec![key])?)
            }
            (trust, _) => trust,
        };
        let decryption = decryption(args, context, &policy)?;
        if let Trust::Keys(live) = &trust {
            warn_about_certificates(live.keys(), context);
        }
        let mut job = VerifyJob {
            trust,
            key_source,
            bound_key,
            attested_client,
            console: &context.console,
            purpose_warning: Once::new(),
            policy,
            key_binding: args.key_binding.rules(&args.rules),
            decryption,
            max_size: args.max_size,
            payload: None,
            status: None,
        };
        job.status = args.status.load_status_list(args, context, &job)?;
        Ok(job)
    }

    /// Whether the payload is read as claims.
    pub fn has_claim_rules(&self) -> bool {
        self.policy.claims.is_some()
    }

    /// Reads the detached payload.
    ///
    /// # Errors
    /// If it cannot be read, or is longer than 64 MiB.
    pub fn read_payload(&mut self, args: &Args, context: &Context) -> Result<()> {
        if let Some(source) = &args.payload {
            let payload = context.inputs.read(source, "payload", MAX_PAYLOAD)?;
            self.payload = Some(payload.expose().to_vec());
        }
        Ok(())
    }

    /// Verifies one token at `now` (Unix seconds).
    ///
    /// # Errors
    /// If the token is not accepted. The error contains every failed check.
    pub fn apply<'j>(
        &'j self,
        cache: &mut VerifierCache<'j>,
        token: &[u8],
        now: i64,
    ) -> Result<Accepted> {
        let nested = self.decrypt_token(cache, token, now)?;
        let signed = nested.as_ref().map_or(token, NestedJwt::content);
        let mut unverified = parse_signed_token(signed, self.max_size, &mut cache.headers)?;
        let own_keys = self.select_keys(cache, unverified.token(), now)?;
        if let Some(payload) = &self.payload {
            unverified = unverified.with_payload(payload.clone())?;
        }
        let format = unverified.token().format();
        let lacks_payload = unverified.token().lacks_payload();
        let has_key_binding = unverified.has_key_binding();
        let rules = self.key_binding.as_ref();
        let verify = |verifier: &mut Verifier| unverified.verify(verifier, rules);
        let verified = self.with_verifier(cache, own_keys.as_ref(), now, verify);
        let verified = verified.map_err(|error| match &own_keys {
            _ if matches!(error, Error::SignatureInvalid)
                && lacks_payload
                && self.payload.is_none() =>
            {
                let hint = "the token has no payload; pass a detached payload with --payload INPUT";
                CliError::new(error.code(), error.to_string()).with_hint(hint).into()
            }
            None if nested.is_none() => self.with_signer_hint(error, token),
            _ => error.into(),
        })?;
        if let Some(nested) = &nested
            && let Some(claims) = verified.claims()
        {
            nested.verify_replicated_claims(&claims)?;
        }
        self.check_links(&verified)?;
        if let Some(status) = &self.status {
            status.check_status(&verified.claims().unwrap_or_default(), now)?;
        }
        Ok(Accepted {
            token: verified,
            format,
            ignores_key_binding: has_key_binding && self.key_binding.is_none(),
        })
    }

    /// Verifies one token whose payload is detached. `read` passes the payload in pieces.
    ///
    /// # Errors
    /// As [`VerifyJob::apply`], and as `read`.
    pub fn apply_detached<'j>(
        &'j self,
        cache: &mut VerifierCache<'j>,
        token: &[u8],
        now: i64,
        read: impl FnOnce(&mut Verification) -> Result<()>,
    ) -> Result<Accepted> {
        let nested = self.decrypt_token(cache, token, now)?;
        let signed = nested.as_ref().map_or(token, NestedJwt::content);
        let unverified = parse_token(signed, self.max_size, &mut cache.headers)?;
        let own_keys = self.select_keys(cache, &unverified, now)?;
        let format = unverified.format();
        let verify = |verifier: &mut Verifier| {
            let mut verification = verifier.begin(unverified)?;
            read(&mut verification)?;
            Ok(verification.finish()?)
        };
        let verified: Result<VerifiedToken> =
            self.with_verifier(cache, own_keys.as_ref(), now, verify);
        Ok(Accepted {
            token: verified?,
            format,
            ignores_key_binding: false,
        })
    }

    /// Checks what links the token to another token. The key of a DPoP proof must be the one that the access token is bound to
    /// (RFC 9449 section 6.1). If the proof for a client attestation has `iss`, it must be that client.
    fn check_links(&self, token: &VerifiedToken) -> Result<()> {
        let mut failures = Vec::new();
        let mut reject = |name: &str, expected: String, actual: Option<String>| {
            failures.push(Failure::new(Code::ClaimRejected, name, expected, actual));
        };
        if let Some(bound) = &self.bound_key {
            let key = token.signatures().first();
            let thumbprint = key.and_then(|one| one.key.thumbprint.as_ref());
            if thumbprint != Some(bound) {
                let expected =
                    format!("the key with the thumbprint {bound} (cnf.jkt of the access token)");
                reject("jwk", expected, thumbprint.cloned());
            }
        }
        if let Some(client) = &self.attested_client
            && let Some(iss) = token.claims().and_then(|claims| claims.get("iss").cloned())
            && iss.as_str() != Some(client)
        {
            let expected = format!("the client of the attestation, {client:?}");
            reject("iss", expected, Some(iss.to_string()));
        }
        if failures.is_empty() {
            return Ok(());
        }
        Err(Error::ClaimsRejected(failures).into())
    }

    /// Returns the keys for the status list, if no separate key is given for it.
    ///
    /// # Errors
    /// If the certificate chain of the list does not lead to a root, or the tokens contain their own keys.
    pub fn keys_for_list(&self, list: &UnverifiedToken, now: i64) -> Result<Cow<'_, KeySet>> {
        match &self.trust {
            Trust::Keys(live) => Ok(Cow::Borrowed(live.keys_for(list)?)),
            Trust::Roots(roots) => Ok(Cow::Owned(KeySet::from_x5c(list, roots, now)?)),
            Trust::Attested(_) | Trust::EmbeddedKey => {
                Err(CliError::usage("--status-list needs a key")
                    .with_hint("--status-key KEY names the key of the list")
                    .into())
            }
        }
    }

    /// Calls `verify` with the verifier of the cache, or with one for the keys that the token itself contains.
    fn with_verifier<T>(
        &self,
        cache: &mut VerifierCache,
        own_keys: Option<&KeySet>,
        now: i64,
        verify: impl FnOnce(&mut Verifier) -> T,
    ) -> T {
        match (own_keys, &mut cache.verifier) {
            (None, Some((_, verifier))) => verify(verifier),
            (keys, _) => {
                let none = KeySet::default();
                let policy = VerifyPolicy {
                    now,
                    ..self.policy.clone()
                };
                verify(&mut Verifier::new(keys.unwrap_or(&none), policy))
            }
        }
    }

    /// Decrypts a token, if the tokens must be encrypted.
    fn decrypt_token(
        &self,
        cache: &mut VerifierCache,
        token: &[u8],
        now: i64,
    ) -> Result<Option<NestedJwt>> {
        let Some((keys, policy)) = &self.decryption else {
            return Ok(None);
        };
        let policy = DecryptPolicy {
            now,
            ..policy.clone()
        };
        let token = parse_token(token, self.max_size, &mut cache.headers)?;
        let limit = self.max_size.max(MAX_INFLATED);
        Ok(Some(nested::decrypt_nested(token, keys, &policy, limit)?))
    }

    /// Selects the keys for a token. Keys that the token itself contains are returned. Other keys are put into the verifier of
    /// the cache.
    fn select_keys<'j>(
        &'j self,
        cache: &mut VerifierCache<'j>,
        token: &UnverifiedToken,
        now: i64,
    ) -> Result<Option<KeySet>> {
        let known = match &self.trust {
            Trust::Keys(live) => {
                live.refreshed_keys()?;
                Some(live.keys_for(token)?)
            }
            Trust::Attested(keys) => Some(keys),
            Trust::Roots(_) | Trust::EmbeddedKey => None,
        };
        let shows_key = match self.key_source {
            KeySource::Known => false,
            KeySource::Header => true,
            KeySource::HeaderOrKnown => {
                known.is_none() || token.unverified_header().protected().contains_key("jwk")
            }
        };
        let own_keys = match &self.trust {
            Trust::Roots(roots) => {
                let keys = KeySet::from_x5c(token, roots, now)?;
                let certificate = keys.keys()[0].certificate();
                if let Some(text) = certificate.and_then(CertificateUse::purpose_warning) {
                    self.purpose_warning
                        .call_once(|| self.console.print_warning(&format!("x5c: {text}")));
                }
                Some(keys)
            }
            _ if shows_key => Some(KeySet::from_header_jwk(token, known)?),
            _ => None,
        };
        if let (Some(keys), None) = (known, &own_keys) {
            if !(cache.verifier.as_ref()).is_some_and(|(own, _)| std::ptr::eq(*own, keys)) {
                cache.verifier = Some((keys, Verifier::new(keys, self.policy.clone())));
            }
            if let Some((_, verifier)) = &mut cache.verifier {
                verifier.set_time(now);
            }
        }
        Ok(own_keys)
    }

    /// Adds a hint to the error if the token is signed with another key than the one that its kid names.
    fn with_signer_hint(&self, error: Error, token: &[u8]) -> anyhow::Error {
        let Trust::Keys(live) = &self.trust else {
            return error.into();
        };
        if !matches!(error, Error::SignatureInvalid | Error::NoKey(_)) {
            return error.into();
        }
        let token = Token::parse_tolerant(&String::from_utf8_lossy(token));
        let Some(named) = token.head().text("kid") else {
            return error.into();
        };
        let signers = matching_keys(&token, live.keys());
        match signers.into_iter().find(|key| key.kid.as_deref() != Some(named)) {
            None => error.into(),
            Some(key) => {
                let hint = format!(
                    "the token is signed with the key {}, not with the key that its kid names",
                    key_name(key)
                );
                CliError::new(error.code(), error.to_string()).with_hint(hint).into()
            }
        }
    }
}

/// Returns the keys and the policy for decrypting tokens; `None` if tokens are not encrypted.
fn decryption(
    args: &Args,
    context: &Context,
    policy: &VerifyPolicy,
) -> Result<Option<(KeySet, DecryptPolicy)>> {
    if args.decrypt_with.is_empty() {
        return Ok(None);
    }
    let mut keys = KeySet::default();
    for source in &args.decrypt_with {
        keys.extend(args.keys.load_one(context, source)?)?;
    }
    let policy = DecryptPolicy {
        max_p2c: args.keys.decryption.max_p2c,
        formats: policy.formats.clone(),
        lenient_epk: args.lenient_epk,
        ..DecryptPolicy::new(context.now)
    };
    Ok(Some((keys, policy)))
}

/// Returns the thumbprint of the key that an access token is bound to (`cnf.jkt`). `None` if the token is not a JWT: then only
/// the authorization server knows the key.
fn bound_key(context: &Context, source: &Source, token: &SecretBytes) -> Result<Option<String>> {
    let token = Token::parse_tolerant(&String::from_utf8_lossy(token.expose().trim_ascii()));
    let Some(claims) = token.claims() else {
        return Ok(None);
    };
    let Some(jkt) = claims.get("cnf").and_then(|cnf| cnf.get("jkt")) else {
        // RFC 9449 section 4.3 step 12 requires the key that the access token is bound to. Introspection can also provide it.
        context.console.print_warning(
            "the access token is a JWT without cnf.jkt: it is not bound to the key of the proof",
        );
        return Ok(None);
    };
    let Some(jkt) = jkt.as_str() else {
        let message = format!("{source}: cnf.jkt of the access token is not a string");
        return Err(CliError::new(Code::ClaimRejected, message).into());
    };
    Ok(Some(jkt.to_owned()))
}

/// Verifies a client attestation. Returns its subject, and the key that it attests.
fn attested_key(
    args: &Args,
    context: &Context,
    keys: &KeySet,
    source: &Source,
) -> Result<(String, Key)> {
    let leeway = args.rules.leeway.map_or(0, |leeway| leeway.0);
    let policy = Profile::ClientAttestation.policy(context.now, leeway);
    let text = context.inputs.read(source, "client attestation", args.max_size)?;
    let verify = || -> Result<(String, Key)> {
        let token = UnverifiedToken::parse(text.expose().trim_ascii(), args.max_size)?;
        let claims = token.verify(keys, &policy)?.claims().unwrap_or_default();
        let client = claims.get("sub").and_then(|sub| sub.as_str());
        let jwk = claims.get("cnf").and_then(|cnf| cnf.get("jwk"));
        let (Some(client), Some(jwk)) = (client, jwk.and_then(|jwk| jwk.as_object())) else {
            return Err(Error::Malformed("the client attestation contains no key".into()).into());
        };
        Ok((client.to_owned(), Key::from_jwk_object(jwk.clone())?))
    };
    verify().with_context(|| format!("the client attestation in {source}"))
}

/// Warns about keys from certificates that are not valid now or not issued for verifying signatures.
fn warn_about_certificates(keys: &KeySet, context: &Context) {
    for key in keys.keys() {
        let certificate = key.certificate().into_iter();
        for text in certificate.flat_map(|certificate| certificate.warnings(context.now)) {
            let kid = key.kid.as_deref().unwrap_or("(no kid)");
            context.console.print_warning(&format!("the key {kid}: {text}"));
        }
    }
}
