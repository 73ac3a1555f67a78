//! `rotate --publish-site`: the metadata of an issuer, which contains the URL of its key set (OpenID Connect Discovery 1.0).

use anyhow::Result;
use serde_json::{Value, json};

use crate::crypto::PublicKey;
use crate::crypto::json::{self, Object};
use crate::crypto::key::Use;
use crate::io::fetch::url::Url;
use crate::output::exit::CliError;

/// The path of the key set in the folder of the site.
pub const KEY_SET: &str = "jwks.json";
/// The path of the metadata in the folder of the site.
pub const METADATA: &str = ".well-known/openid-configuration";

/// Checks an issuer identifier.
///
/// # Errors
/// If it is not an https URL without query and fragment.
pub fn parse_issuer(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !url.is_https() && !url.is_loopback() {
        return Err("the URL is not https".into());
    }
    if url.query().is_some() {
        return Err("an issuer URL has no query".into());
    }
    Ok(text.to_owned())
}

/// Checks that existing metadata is that of this issuer.
///
/// # Errors
/// If it is not metadata, or is that of another issuer and `replaces` is not set.
pub fn check_metadata(found: &[u8], issuer: &str, replaces: bool) -> Result<()> {
    let metadata = json::parse_object(found.trim_ascii()).ok();
    let Some(metadata) = metadata.filter(|metadata| metadata.contains_key("issuer")) else {
        return Err(
            CliError::failed("is not the metadata of an issuer, so it is not replaced")
                .with_hint("if this is the right file, remove it first")
                .into(),
        );
    };
    if metadata["issuer"] != issuer && !replaces {
        return Err(CliError::failed("is the metadata of another issuer")
            .with_hint("--site-issuer with that issuer, or --replace-published")
            .into());
    }
    Ok(())
}

/// Returns the metadata of the issuer. Members of existing metadata that rotation does not determine are kept.
pub fn build_metadata(found: Option<&[u8]>, issuer: &str, keys: &[PublicKey]) -> Vec<u8> {
    let found = found.and_then(|found| json::parse_object(found.trim_ascii()).ok());
    let mut metadata = found.unwrap_or_else(|| {
        let mut metadata = Object::new();
        for name in ["issuer", "jwks_uri"] {
            metadata.insert(name.into(), Value::Null);
        }
        metadata.insert("response_types_supported".into(), json!(["id_token"]));
        metadata.insert("subject_types_supported".into(), json!(["public"]));
        metadata
    });
    let mut algs: Vec<&str> = Vec::new();
    for key in keys.iter().map(PublicKey::as_key) {
        if key.main_use() == Use::Sig
            && let Ok(Some(alg)) = key.signature_algorithm(None)
            && !algs.contains(&alg.name)
        {
            algs.push(alg.name);
        }
    }
    let jwks_uri = format!("{}/{KEY_SET}", issuer.trim_end_matches('/'));
    metadata.insert("issuer".into(), issuer.into());
    metadata.insert("jwks_uri".into(), jwks_uri.into());
    metadata.insert("id_token_signing_alg_values_supported".into(), json!(algs));
    format!("{}\n", Value::Object(metadata)).into_bytes()
}
