//! Keys in an SSH agent (draft-ietf-sshm-ssh-agent), over its Unix socket. The size of its responses is limited, and their
//! content is checked.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::source::{Inputs, Source, io_error};
use crate::crypto::alg::{Hash, Signature, SignatureScheme};
use crate::crypto::key::RemoteKey;
use crate::crypto::{Error, Key};
use crate::keyfile::ssh::{self, SshReader};
use crate::output::exit::CliError;

/// The largest message, in bytes, as in OpenSSH.
const MAX_MESSAGE: usize = 256 * 1024;
/// The largest number of keys that are read.
const MAX_KEYS: u32 = 1024;
/// The largest number of keys that an error lists.
const MAX_LISTED: usize = 8;
/// The time limit for a response. It is long because the agent may prompt its user for a confirmation.
const TIMEOUT: Duration = Duration::from_secs(60);

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// The flags of a sign request that select the hash of an RSA signature.
const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

/// Returns the key of the agent that `name` selects by its SHA-256 fingerprint or its comment. An empty name selects the only
/// key.
///
/// # Errors
/// If the agent cannot be reached, or the name does not select one key.
pub fn load_key(inputs: &Inputs, name: &str) -> Result<Key> {
    let Some(Source::File(socket)) = inputs.environment_path("SSH_AUTH_SOCK") else {
        return Err(CliError::failed("no SSH agent: SSH_AUTH_SOCK is not set")
            .with_hint("start one with eval \"$(ssh-agent)\", and add a key with ssh-add FILE")
            .into());
    };
    let found = list_identities(&socket)?;
    let identity = select_identity(&found, name)?;
    let key = ssh::read_blob(&identity.blob)?;
    let remote = AgentKey {
        socket,
        blob: identity.blob.clone(),
    };
    Ok(key.to_public()?.with_remote(Arc::new(remote)))
}

/// A key of the agent.
struct Identity {
    blob: Vec<u8>,
    comment: String,
    /// `SHA256:` and SHA-256 of the blob in base64, in the format of ssh-keygen.
    fingerprint: String,
    /// Whether tokens use keys of this type.
    is_usable: bool,
}

impl Identity {
    /// Whether the name of the key type is that of a FIDO security key.
    fn is_security_key(&self) -> bool {
        let kind = SshReader(&self.blob).read_string().unwrap_or_default();
        kind.starts_with(b"sk-")
    }
}

fn security_key() -> anyhow::Error {
    let message = "the key in the SSH agent is a FIDO security key (sk-), which cannot sign tokens: its signatures also cover \
                   a counter and flags";
    CliError::failed(message).into()
}

fn select_identity<'i>(found: &'i [Identity], name: &str) -> Result<&'i Identity> {
    let is_named = |identity: &&Identity| {
        name.is_empty() || identity.comment == name || identity.fingerprint == name
    };
    let named: Vec<&Identity> = found.iter().filter(is_named).collect();
    let usable: Vec<&Identity> =
        named.iter().copied().filter(|identity| identity.is_usable).collect();
    let list = |keys: &[&Identity]| {
        let keys = keys.iter().take(MAX_LISTED).map(|identity| {
            let fingerprint = if identity.is_usable {
                &identity.fingerprint
            } else {
                "(not usable)"
            };
            format!("{fingerprint} {}", shorten(&identity.comment))
        });
        keys.collect::<Vec<_>>().join(", ")
    };
    match &*usable {
        [only] => Ok(only),
        [] if named.iter().any(|identity| identity.is_security_key()) => Err(security_key()),
        [] if found.is_empty() => Err(CliError::failed("the SSH agent has no keys")
            .with_hint("add one with ssh-add FILE")
            .into()),
        [] if named.is_empty() => {
            let all: Vec<&Identity> = found.iter().collect();
            let message = format!(
                "the SSH agent has no key with this fingerprint or comment: {}",
                shorten(name)
            );
            Err(CliError::failed(message).with_hint(format!("it has {}", list(&all))).into())
        }
        [] => Err(CliError::failed("the type of the key in the SSH agent is not supported").into()),
        several => Err(CliError::usage(format!(
            "the SSH agent has {} keys that match: {}",
            several.len(),
            list(several)
        ))
        .with_hint("ssh-agent:FINGERPRINT selects one")
        .into()),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

fn ssh_fingerprint(blob: &[u8]) -> String {
    let digest = openssl::sha::sha256(blob);
    let base64 = base64_simd::STANDARD_NO_PAD.encode_to_string(digest);
    format!("SHA256:{base64}")
}

/// A private key of the agent.
struct AgentKey {
    socket: PathBuf,
    blob: Vec<u8>,
}

impl RemoteKey for AgentKey {
    fn sign(&self, algorithm: &'static Signature, message: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let (format, flags) = match algorithm.scheme {
            SignatureScheme::EdDsa | SignatureScheme::EdDsaOn(_) => ("ssh-ed25519", 0),
            SignatureScheme::Ecdsa(_, Hash::Sha256) => ("ecdsa-sha2-nistp256", 0),
            SignatureScheme::Ecdsa(_, Hash::Sha384) => ("ecdsa-sha2-nistp384", 0),
            SignatureScheme::Ecdsa(_, Hash::Sha512) => ("ecdsa-sha2-nistp521", 0),
            SignatureScheme::RsaPkcs1(Hash::Sha256) => ("rsa-sha2-256", RSA_SHA2_256),
            SignatureScheme::RsaPkcs1(Hash::Sha512) => ("rsa-sha2-512", RSA_SHA2_512),
            _ => {
                return Err(Error::remote(format!(
                    "an SSH agent does not support {}; with an RSA key it supports RS256 and RS512",
                    algorithm.name
                )));
            }
        };
        let mut request = vec![SIGN_REQUEST];
        push_string(&mut request, &self.blob);
        push_string(&mut request, message);
        request.extend_from_slice(&flags.to_be_bytes());
        if request.len() > MAX_MESSAGE {
            return Err(Error::remote(format!(
                "the signing input is longer than the limit of SSH agents: {MAX_MESSAGE} bytes"
            )));
        }
        let answer = send_request(&self.socket, &request).map_err(Error::remote)?;
        let Some((&SIGN_RESPONSE, body)) = answer.split_first() else {
            return Err(Error::remote(
                "the SSH agent did not sign: the key was removed, the agent is locked, or the user did not confirm",
            ));
        };
        let malformed = || Error::remote("the response of the SSH agent is malformed");
        parse_signature(body, format, algorithm)
            .map(|signature| vec![signature])
            .ok_or_else(malformed)
    }
}

/// Parses the signature of a response. It must have this format.
fn parse_signature(body: &[u8], format: &str, algorithm: &Signature) -> Option<Vec<u8>> {
    let mut answer = SshReader(body);
    let mut signature = SshReader(answer.read_string()?);
    if signature.read_string()? != format.as_bytes() {
        return None;
    }
    let blob = signature.read_string()?;
    let SignatureScheme::Ecdsa(curve, _) = algorithm.scheme else {
        return Some(blob.to_vec());
    };
    // R and S are integers in their shortest form, with a zero byte if the high bit is set.
    let mut numbers = SshReader(blob);
    let mut raw = Vec::with_capacity(2 * curve.byte_len());
    for _ in 0..2 {
        let number = numbers.read_string()?;
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        let padding = curve.byte_len().checked_sub(number.len())?;
        raw.extend(std::iter::repeat_n(0, padding));
        raw.extend_from_slice(number);
    }
    Some(raw)
}

/// Returns the keys of the agent.
fn list_identities(socket: &Path) -> Result<Vec<Identity>> {
    let answer = send_request(socket, &[REQUEST_IDENTITIES]).map_err(CliError::failed)?;
    let read = || -> Option<Vec<Identity>> {
        let (&IDENTITIES_ANSWER, body) = answer.split_first()? else {
            return None;
        };
        let mut body = SshReader(body);
        let count = body.read_u32().filter(|count| *count <= MAX_KEYS)?;
        (0..count)
            .map(|_| {
                let blob = body.read_string()?.to_vec();
                let comment = String::from_utf8_lossy(body.read_string()?).into_owned();
                Some(Identity {
                    fingerprint: ssh_fingerprint(&blob),
                    is_usable: ssh::read_blob(&blob).is_ok(),
                    blob,
                    comment,
                })
            })
            .collect()
    };
    read().ok_or_else(|| CliError::failed("the response of the SSH agent is malformed").into())
}

/// Sends one request on a new connection and reads the response.
fn send_request(socket: &Path, request: &[u8]) -> Result<Vec<u8>, String> {
    let talk = || -> std::io::Result<Option<Vec<u8>>> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        let mut message = Vec::with_capacity(4 + request.len());
        push_string(&mut message, request);
        stream.write_all(&message)?;
        let mut len = [0; 4];
        stream.read_exact(&mut len)?;
        let len = u32::from_be_bytes(len) as usize;
        if len > MAX_MESSAGE {
            return Ok(None);
        }
        let mut answer = vec![0; len];
        stream.read_exact(&mut answer)?;
        Ok(Some(answer))
    };
    match talk() {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(format!(
            "the response of the SSH agent is longer than the limit of {MAX_MESSAGE} bytes"
        )),
        Err(error) => Err(format!(
            "the SSH agent at {} cannot be used: {}",
            socket.display(),
            io_error(&error).message
        )),
    }
}

fn push_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature_response(format: &str, r: &[u8], s: &[u8]) -> Vec<u8> {
        let (mut blob, mut signature, mut body) = (Vec::new(), Vec::new(), Vec::new());
        push_string(&mut blob, r);
        push_string(&mut blob, s);
        push_string(&mut signature, format.as_bytes());
        push_string(&mut signature, &blob);
        push_string(&mut body, &signature);
        body
    }

    #[test]
    fn signature_integers_are_padded_to_the_field_length() {
        let es256 = Signature::from_name("ES256").unwrap();
        let format = "ecdsa-sha2-nistp256";
        let long = [&[0][..], &[0x80; 32]].concat();
        let raw = parse_signature(&signature_response(format, &[7], &long), format, es256).unwrap();
        assert_eq!(raw, [&[0; 31][..], &[7], &[0x80; 32]].concat());
        let too_long = signature_response(format, &[1; 33], &[1]);
        assert!(parse_signature(&too_long, format, es256).is_none());
        assert!(
            parse_signature(&signature_response("ssh-rsa", &[1], &[1]), format, es256).is_none()
        );
    }

    #[test]
    fn truncated_response_is_rejected() {
        let es256 = Signature::from_name("ES256").unwrap();
        let format = "ecdsa-sha2-nistp256";
        let body = signature_response(format, &[1; 32], &[2; 32]);
        for len in 0..body.len() {
            assert!(
                parse_signature(&body[..len], format, es256).is_none(),
                "{len}"
            );
        }
    }
}
