//! Detached payloads (RFC 7515 appendix F, RFC 7797), which are read in pieces and may have any length.
//!
//! HMAC, ECDSA and RSA sign a digest, so that the payload is not kept in memory. EdDSA and ML-DSA need the entire message in
//! memory, up to [`MAX_WHOLE`].

use super::sign_jws::Signer;
use crate::crypto::backend::{self, Message};
use crate::crypto::base64url::Encoder;
use crate::crypto::error::{Error, Result};

/// The longest payload that is kept in memory for an algorithm, in bytes.
pub const MAX_WHOLE: u64 = 64 * 1024 * 1024;

/// A payload that is read in pieces and encoded for the signing input.
#[derive(Default)]
pub(super) struct Payload {
    /// `None` if the payload is not encoded (RFC 7797).
    pub(super) encoder: Option<Encoder>,
    text: Vec<u8>,
    len: u64,
    /// The name of an algorithm that needs the entire payload in memory.
    whole: Option<&'static str>,
}

impl Payload {
    pub(super) fn new(unencoded: bool, whole: Option<&'static str>) -> Payload {
        Payload {
            encoder: (!unencoded).then(Encoder::default),
            text: Vec::new(),
            len: 0,
            whole,
        }
    }

    /// Returns the next piece in its form in the signing input.
    pub(super) fn next<'a>(&'a mut self, piece: &'a [u8]) -> Result<&'a [u8]> {
        self.len += piece.len() as u64;
        if let Some(algorithm) = self.whole
            && self.len > MAX_WHOLE
        {
            return Err(Error::PayloadTooLong {
                algorithm,
                limit: MAX_WHOLE,
            });
        }
        let Some(encoder) = &mut self.encoder else {
            return Ok(piece);
        };
        self.text.clear();
        encoder.encode_to(piece, &mut self.text);
        Ok(&self.text)
    }

    /// Returns the rest of the encoded payload.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.text.clear();
        if let Some(encoder) = self.encoder {
            encoder.finish_to(&mut self.text);
        }
        self.text
    }
}

/// Signs a payload that is read in pieces and is not part of the token.
pub struct DetachedSigner<'s, 'a> {
    signer: &'s Signer<'a>,
    messages: Vec<(&'s backend::SigningKey, Message)>,
    payload: Payload,
}

impl<'s, 'a> DetachedSigner<'s, 'a> {
    pub(super) fn new(
        signer: &'s Signer<'a>,
        prepared: &'s [(String, backend::SigningKey)],
        unencoded: bool,
    ) -> DetachedSigner<'s, 'a> {
        let begin = |(header, key): &'s (String, backend::SigningKey)| {
            let mut message = key.begin();
            message.update(header.as_bytes());
            message.update(b".");
            (key, message)
        };
        let messages: Vec<_> = prepared.iter().map(begin).collect();
        let mut specs = signer.specs().iter().zip(&messages);
        let whole = specs.find(|(_, (_, message))| message.is_whole());
        DetachedSigner {
            signer,
            payload: Payload::new(unencoded, whole.map(|(spec, _)| spec.algorithm.name)),
            messages,
        }
    }

    /// Reads the next piece of the payload.
    ///
    /// # Errors
    /// [`Error::PayloadTooLong`].
    pub fn update(&mut self, piece: &[u8]) -> Result<()> {
        let text = self.payload.next(piece)?;
        for (_, message) in &mut self.messages {
            message.update(text);
        }
        Ok(())
    }

    /// Appends the token to `token`.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn finish(self, token: &mut Vec<u8>) -> Result<()> {
        let rest = self.payload.into_bytes();
        let sign = |(key, mut message): (&backend::SigningKey, Message)| {
            message.update(&rest);
            key.finish(message)
        };
        let signatures = self.messages.into_iter().map(sign).collect::<Result<Vec<_>>>()?;
        self.signer.write_token(&signatures, None, token);
        Ok(())
    }
}
