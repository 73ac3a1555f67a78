//! Detached payloads (RFC 7515 appendix F, RFC 7797), which come in pieces and may be of any length.
//!
//! HMAC, ECDSA and RSA sign a digest, so that nothing of the payload is kept. EdDSA and ML-DSA go through the message more
//! than once and hold it whole, up to [`MAX_WHOLE`].

use super::{SerializeOptions, Signer, protected, write};
use crate::crypto::backend::{self, Message};
use crate::crypto::base64url::{self, Encoder};
use crate::crypto::error::{Error, Result};

/// The longest payload that an algorithm holds whole, in bytes.
pub const MAX_WHOLE: u64 = 64 * 1024 * 1024;

/// A payload that is read in pieces and encoded for the signing input.
#[derive(Default)]
pub(super) struct Payload {
    /// `None` for a payload that is signed as it is.
    pub(super) encoder: Option<Encoder>,
    text: Vec<u8>,
    len: u64,
    /// The name of an algorithm that holds the payload whole.
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

    /// The next piece as it stands in the signing input.
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

    /// What is left of it.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.text.clear();
        if let Some(encoder) = self.encoder {
            encoder.finish_to(&mut self.text);
        }
        self.text
    }
}

/// Signatures in the making.
pub struct Detached<'a> {
    signers: &'a [Signer<'a>],
    writing: SerializeOptions,
    /// The protected header, the key and the message of each.
    parts: Vec<(String, backend::Signer, Message)>,
    payload: Payload,
}

impl<'a> Detached<'a> {
    /// Begins a token whose payload stands outside of it.
    ///
    /// # Errors
    /// As [`super::sign`].
    pub fn new(signers: &'a [Signer<'a>], writing: SerializeOptions) -> Result<Detached<'a>> {
        let mut parts = Vec::with_capacity(signers.len());
        let mut whole = None;
        for signer in signers {
            let header = protected(signer, writing.unencoded)?;
            let key = backend::Signer::new(signer.key, signer.algorithm)?;
            let mut message = key.begin();
            message.update(header.as_bytes());
            message.update(b".");
            if message.is_whole() {
                whole = Some(signer.algorithm.name);
            }
            parts.push((header, key, message));
        }
        Ok(Detached {
            signers,
            writing,
            parts,
            payload: Payload::new(writing.unencoded, whole),
        })
    }

    /// Takes in the next piece of the payload.
    ///
    /// # Errors
    /// [`Error::PayloadTooLong`].
    pub fn update(&mut self, piece: &[u8]) -> Result<()> {
        let text = self.payload.next(piece)?;
        for (.., message) in &mut self.parts {
            message.update(text);
        }
        Ok(())
    }

    /// The token.
    ///
    /// # Errors
    /// As [`super::sign`].
    pub fn finish(self) -> Result<String> {
        let rest = self.payload.end();
        let signatures = self.parts.into_iter().map(|(header, key, mut message)| {
            message.update(&rest);
            Ok((header, base64url::encode(key.finish(message)?)))
        });
        let signatures = signatures.collect::<Result<Vec<_>>>()?;
        write(self.signers, &signatures, None, self.writing.format)
    }
}
