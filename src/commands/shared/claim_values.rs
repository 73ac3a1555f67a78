//! Values of claims and header parameters, from the arguments and from a claims set.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::cli::claim::Member;
use crate::crypto::jwt::linked::HalfHashes;
use crate::crypto::policy::MAX_TOKEN;
use crate::crypto::{base64url, json, jws};
use crate::io::source::{Inputs, MAX_KEY, Source};
use crate::keyfile::pem;
use crate::output::console::{json_text, printable};
use crate::output::exit::CliError;

/// The maximum size of a value from a file, in bytes.
const MAX_VALUE: usize = 1024 * 1024;

impl Member {
    /// Returns the value: a string, or parsed JSON. For `@PATH`, the text is read from the file.
    ///
    /// # Errors
    /// If the file cannot be read, the text is not UTF-8, or the JSON is invalid.
    pub fn read_value(&self, inputs: &Inputs) -> Result<Value> {
        let place = || format!("the value of {}", self.name);
        let bytes = match self.text.strip_prefix('@') {
            Some(path) => inputs.read(&Source::File(path.into()), "value", MAX_VALUE)?,
            None => self.text.clone().into_bytes().into(),
        };
        if self.is_json {
            return json::parse(bytes.expose()).map_err(|fault| {
                let error = CliError::usage(format!("{} {fault}", place()));
                let is_word = self.text.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if is_word {
                    let (name, text) = (&self.name, &self.text);
                    error
                        .with_hint(format!(
                            "{name}={text} sets a string; JSON values are true, 1, \"text\", [..] and {{..}}"
                        ))
                        .into()
                } else {
                    error.into()
                }
            });
        }
        str::from_utf8(bytes.expose())
            .map(Value::from)
            .map_err(|_| CliError::usage("is not UTF-8"))
            .with_context(place)
    }
}

/// Returns the claim with this name: an exact top-level name, a JSON Pointer (RFC 6901) if it begins with a slash, or else a
/// dotted path.
pub fn claim_at<'v>(claims: &'v Value, name: &str) -> Option<&'v Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    if name.starts_with('/') {
        return claims.pointer(name);
    }
    name.split('.').try_fold(claims, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    })
}

/// Returns a claim as one line of text: a string without quotes, anything else as JSON. For a terminal, unprintable
/// characters are escaped.
pub fn raw_claim(value: &Value, to_terminal: bool) -> String {
    match value {
        Value::String(text) if to_terminal => format!("{}\n", printable(text)),
        value if to_terminal => format!("{}\n", json_text(&value.to_string())),
        Value::String(text) => format!("{text}\n"),
        value => format!("{value}\n"),
    }
}

/// Returns bytes for a JSON report: as text if they are UTF-8, else as base64url.
pub fn text_or_base64url(bytes: &[u8]) -> (Option<&str>, Option<String>) {
    match str::from_utf8(bytes) {
        Ok(text) => (Some(text), None),
        Err(_) => (None, Some(base64url::encode(bytes))),
    }
}

/// Returns `ath` of a DPoP proof: the hash of the access token (RFC 9449 §4.2).
///
/// # Errors
/// If the source cannot be read.
pub fn access_token_hash(inputs: &Inputs, source: &Source) -> Result<String> {
    let token = inputs.read(source, "access token", MAX_TOKEN)?;
    Ok(jws::access_token_hash(token.expose().trim_ascii()))
}

/// Returns the names of the claims `at_hash` and `c_hash` whose access token or code is given, each with its hashes.
///
/// # Errors
/// If one cannot be read, or is empty.
pub fn half_hashes(
    inputs: &Inputs,
    access_token: Option<&Source>,
    code: Option<&Source>,
) -> Result<Vec<(&'static str, HalfHashes)>> {
    let mut hashes = Vec::new();
    for (name, source, what) in [
        ("at_hash", access_token, "access token"),
        ("c_hash", code, "code"),
    ] {
        let Some(source) = source else {
            continue;
        };
        let input = inputs.read(source, what, MAX_TOKEN)?;
        let input = input.expose().trim_ascii();
        if input.is_empty() {
            return Err(CliError::failed(format!("{source}: the {what} is empty")).into());
        }
        hashes.push((name, HalfHashes::from_input(input)?));
    }
    Ok(hashes)
}

/// Returns `x5t#S256` of a client certificate in PEM.
///
/// # Errors
/// If it cannot be read.
pub fn certificate_fingerprint(inputs: &Inputs, source: &Source) -> Result<Value> {
    let text = inputs.read(source, "certificate", MAX_KEY)?;
    let chain = pem::read_chain(text.expose()).with_context(|| source.to_string())?;
    Ok(chain.x5t_header()?["x5t#S256"].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claim_values_are_text_or_json() {
        let value = |typed: &str| typed.parse::<Member>().unwrap().read_value(&Inputs::default());
        assert_eq!(value("a=1").unwrap(), "1");
        assert_eq!(value("a:=1").unwrap(), 1);
        assert_eq!(value("a=b=c").unwrap(), "b=c");
        assert_eq!(value("https://x/y=z").unwrap(), "z");
        assert!(value("a:={").is_err());
        assert!(value("a:={\"b\":1,\"b\":2}").is_err());
        for wrong in ["a", "=b", ":=b", ""] {
            assert!(wrong.parse::<Member>().is_err(), "{wrong}");
        }
    }
}
