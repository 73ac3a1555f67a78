//! The operation of `sign`: built once from the arguments, applied to each claims set or payload.

use anyhow::Result;
use serde_json::Value;

use super::Args;
use super::selective_disclosure::Issuer;
use super::service::ServiceClaims;
use super::sign_claims::{Added, ClaimsBuilder};
use super::signer::signature_spec;
use crate::cli::select_serialization;
use crate::commands::encrypt::EncryptJob;
use crate::commands::shared::claim_values::{
    access_token_hash, certificate_fingerprint, half_hashes,
};
use crate::crypto::json::Object;
use crate::crypto::jws::{DetachedSigner, SerializeOptions, SignatureSpec, Signer};
use crate::crypto::key::ThumbprintHash;
use crate::crypto::token::Serialization;
use crate::crypto::{Error, KeySet};
use crate::io::context::Context;
use crate::io::source::Source;
use crate::output::exit::CliError;
use crate::sd_jwt::serialize;

/// Signs with one set of arguments.
pub struct SignJob<'a> {
    signer: Signer<'a>,
    claims: ClaimsBuilder<'a>,
    /// The issuer, if the tokens are SD-JWTs.
    issuer: Option<Issuer>,
    /// The encryption around the signed token.
    encryption: Option<EncryptJob>,
}

impl<'a> SignJob<'a> {
    /// Selects the keys and reads the inputs that the arguments name. The token has one signature for each of `sets`.
    ///
    /// # Errors
    /// If a key cannot sign, or an input cannot be read.
    pub fn new(args: &'a Args, context: &Context, sets: &'a [KeySet]) -> Result<SignJob<'a>> {
        if args.lines.lines && sets.len() != 1 {
            return Err(CliError::usage(
                "--lines creates compact tokens, which have one signature",
            )
            .with_hint("pass one key")
            .into());
        }
        let specs = signature_specs(args, context, sets)?;
        let options = SerializeOptions {
            format: select_serialization(args.format, specs.len()),
            unencoded: args.unencoded,
        };
        let signer = Signer::new(specs, options)?;
        let mut extra = linked_hashes(args, context, signer.specs())?;
        let issuer = Issuer::new(&args.selective_disclosure, args.profile)?;
        if issuer.is_some() && (args.detached || args.encrypt_to.is_some()) {
            let message = "an SD-JWT is neither detached nor encrypted";
            let hint = "omit --detached and --encrypt-to";
            return Err(CliError::usage(message).with_hint(hint).into());
        }
        if let Some(cnf) = confirmation_claim(args, context)? {
            extra.insert("cnf".into(), cnf);
        }
        if let Some(list) = args.status_list.status_list_claim(context, args.profile)? {
            extra.insert("status_list".into(), list);
        }
        let service = ServiceClaims::new(args, sets, signer.specs())?;
        extra.extend(service.fixed);
        let claims = ClaimsBuilder::new(&args.claims, args.profile, extra, context)?;
        let claims = claims.with_defaults(service.defaults);
        let mut encryption = None;
        if let Some(source) = &args.encrypt_to {
            let key = args.keys.load_one(context, source)?;
            encryption = Some(EncryptJob::nested_cty(key, args.encrypt_alg, args.enc));
        }
        Ok(SignJob {
            signer,
            claims,
            issuer,
            encryption,
        })
    }

    /// Returns the signer.
    pub fn signer(&self) -> &Signer<'a> {
        &self.signer
    }

    /// Returns the serialization of the signed token.
    pub fn format(&self) -> Serialization {
        self.signer.format()
    }

    /// Returns what each signature is made with.
    pub fn specs(&self) -> impl Iterator<Item = &SignatureSpec<'a>> {
        self.signer.specs().iter()
    }

    /// Returns a builder for claims sets.
    pub fn claims_builder(&self) -> ClaimsBuilder<'a> {
        self.claims.clone()
    }

    /// Signs the claims set that `builder` builds from `claims` at `now` (Unix seconds), and appends the token. Returns the
    /// times that were added.
    ///
    /// # Errors
    /// If the claims are malformed or do not meet the profile.
    pub fn apply(
        &self,
        builder: &mut ClaimsBuilder<'a>,
        claims: &[u8],
        now: i64,
        token: &mut Vec<u8>,
    ) -> Result<Added> {
        let added = builder.build_claims_set(claims, now)?;
        self.sign_payload(builder.payload(), now, token)?;
        Ok(added)
    }

    /// Signs a payload at `now` (Unix seconds) and appends the token.
    ///
    /// # Errors
    /// If the payload does not fit the serialization, or encryption fails.
    pub fn sign_payload(&self, payload: &[u8], now: i64, token: &mut Vec<u8>) -> Result<()> {
        if let Some(issuer) = &self.issuer {
            let (payload, disclosures) = issuer.issue_claims(payload)?;
            let mut signed = Vec::new();
            self.signer.sign(&payload, &mut signed)?;
            token.extend_from_slice(&serialize(&signed, &disclosures, None)?);
            return Ok(());
        }
        let Some(encryption) = &self.encryption else {
            return Ok(self.signer.sign(payload, token)?);
        };
        let mut signed = Vec::new();
        self.signer.sign(payload, &mut signed)?;
        let encrypted = encryption.apply(&signed, now)?.token;
        token.extend_from_slice(encrypted.unwrap_or_default().as_bytes());
        Ok(())
    }

    /// Signs a payload that is not part of the token, and appends the token. `read` passes the payload in pieces.
    ///
    /// # Errors
    /// As [`Signer::sign`], and what `read` fails with.
    pub fn sign_detached(
        &self,
        token: &mut Vec<u8>,
        read: impl FnOnce(&mut DetachedSigner) -> Result<()>,
    ) -> Result<()> {
        let mut signer = self.signer.begin();
        read(&mut signer)?;
        Ok(signer.finish(token)?)
    }
}

/// Returns what each signature is made with.
fn signature_specs<'a>(
    args: &'a Args,
    context: &Context,
    sets: &'a [KeySet],
) -> Result<Vec<SignatureSpec<'a>>> {
    let sources: Vec<&Source> = args.keys.keys.iter().chain(&args.keys.secrets).collect();
    let specs = sets.iter().enumerate().map(|(index, set)| {
        let spec = signature_spec(args, context, set);
        // With --kid, there can be fewer sets than sources.
        let source = if sources.len() == sets.len() {
            sources.get(index)
        } else {
            None
        };
        spec.map_err(|error| match (error.downcast_ref(), source) {
            (
                Some(
                    Error::UnsuitableKey(_)
                    | Error::PublicKey { .. }
                    | Error::KeyUse { .. }
                    | Error::Key(_),
                ),
                Some(source),
            ) => error.context(source.to_string()),
            _ => error,
        })
    });
    specs.collect()
}

/// Returns the claim `cnf`, which binds the token to the key of its holder, the key of DPoP proofs or a client certificate
/// (RFC 7800, RFC 9449 section 6.1, RFC 8705 section 3.1).
fn confirmation_claim(args: &Args, context: &Context) -> Result<Option<Value>> {
    let mut cnf = Object::new();
    if let Some(holder) = args.selective_disclosure.load_holder_key(context, &args.keys)? {
        cnf.insert("jwk".into(), holder.to_bare_jwk()?.into());
    }
    if let Some(source) = &args.dpop_key {
        let secret_is = "cannot sign a DPoP proof";
        let key = args.keys.load_bound(context, source, "--dpop-key", secret_is)?;
        let thumbprint = key.as_key().thumbprint(ThumbprintHash::Sha256)?;
        cnf.insert("jkt".into(), thumbprint.into());
    }
    if let Some(source) = &args.client_cert {
        let fingerprint = certificate_fingerprint(&context.inputs, source)?;
        cnf.insert("x5t#S256".into(), fingerprint);
    }
    Ok((!cnf.is_empty()).then(|| cnf.into()))
}

/// Returns the claims `ath`, `at_hash` and `c_hash` of the access token and code that the arguments name.
fn linked_hashes(args: &Args, context: &Context, specs: &[SignatureSpec]) -> Result<Object> {
    let mut claims = Object::new();
    if let Some(source) = &args.ath_of {
        if args.claims.members.iter().any(|member| member.name == "ath") {
            let error = CliError::usage("the claim ath and --ath-of exclude each other");
            return Err(error.with_hint("remove one of them").into());
        }
        claims.insert(
            "ath".into(),
            access_token_hash(&context.inputs, source)?.into(),
        );
    }
    let inputs = &context.inputs;
    for (name, hashes) in half_hashes(inputs, args.access_token.as_ref(), args.code.as_ref())? {
        let mut found = specs.iter().map(|spec| spec.algorithm.name);
        let algorithm = found.next().unwrap_or_default();
        let hash = hashes.for_algorithm(algorithm);
        if found.any(|other| hashes.for_algorithm(other) != hash) {
            let message = format!("{name} depends on the algorithm, and the keys have several");
            return Err(CliError::usage(message).with_hint("sign with one key").into());
        }
        let Some(hash) = hash else {
            let message = format!("{name} is not defined for {algorithm}");
            return Err(CliError::usage(message).with_hint("sign with another algorithm").into());
        };
        claims.insert(name.into(), hash.into());
    }
    Ok(claims)
}
