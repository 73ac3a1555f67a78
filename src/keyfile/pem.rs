//! PEM (RFC 7468, and RFC 1421 for encrypted keys): its blocks, and the keys in them.
//!
//! A label is only a hint: some programs write SPKI as `RSA PUBLIC KEY` and PKCS#1 as `PRIVATE KEY`. The structure decides.

use base64_simd::{STANDARD, STANDARD_NO_PAD};
use memchr::memmem;
use openssl::pkey::PKey;
use openssl::x509::X509;
use zeroize::Zeroizing;

use super::der_keys::from_exact_der;
use super::{pkcs8, ssh};
use crate::crypto::Key;
use crate::crypto::certificate_chain::{Chain, MAX_CHAIN};
use crate::crypto::error::{Error, Result};
use crate::crypto::key::der::outer_length;
use crate::crypto::key::rsa::RecoveryBudget;
use crate::crypto::key::transport::PEM_BEGIN;
use crate::crypto::key::{ThumbprintHash, certificate};
use crate::crypto::policy::KeyDecryption;
use crate::crypto::secret::SecretBytes;

/// The largest number of PEM blocks that are parsed.
pub(crate) const MAX_BLOCKS: usize = 64;

/// The largest number of blocks that are decrypted. It is small, because each key derivation is deliberately slow.
const MAX_ENCRYPTED: usize = 4;

/// The supported ciphers of encrypted blocks (RFC 1423).
const SUPPORTED_CIPHERS: [&str; 4] = ["AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC"];

/// The longest label, in bytes.
const MAX_LABEL: usize = 32;

/// A PEM block.
pub(crate) struct Block<'a> {
    /// The label.
    pub(crate) label: &'a str,
    /// The text between the BEGIN and END lines.
    text: &'a [u8],
}

/// Whether the text contains a PEM block.
pub(crate) fn is_pem(text: &[u8]) -> bool {
    memmem::find(text, PEM_BEGIN).is_some()
}

/// Returns the blocks of a text in their order. It ends after the first block that is truncated.
pub(crate) fn parse_blocks(text: &[u8]) -> impl Iterator<Item = Result<Block<'_>>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = memmem::find(rest, PEM_BEGIN)?;
        let found = next_block(&rest[start + PEM_BEGIN.len()..]);
        rest = match &found {
            Ok((_, after)) => after,
            Err(_) => &[],
        };
        Some(found.map(|(block, _)| block))
    })
}

fn next_block(text: &[u8]) -> Result<(Block<'_>, &[u8])> {
    let cut = || Error::Key("the PEM file is truncated".into());
    let is_label = |label: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'.');
        label.len() <= MAX_LABEL && label.bytes().all(plain)
    };
    let end = memmem::find(text, b"-----").ok_or_else(cut)?;
    let label = str::from_utf8(&text[..end])
        .ok()
        .filter(is_label)
        .ok_or_else(|| Error::Key("the PEM file has a damaged border line".into()))?;
    let text = &text[end + 5..];
    let border = format!("-----END {label}-----");
    let end = memmem::find(text, border.as_bytes()).ok_or_else(cut)?;
    let (text, after) = (&text[..end], &text[end + border.len()..]);
    Ok((Block { label, text }, after))
}

impl Block<'_> {
    /// Decodes the contents. White space is ignored, so that line breaks may be replaced or missing.
    ///
    /// # Errors
    /// [`Error::Key`] if they are not base64.
    pub(crate) fn decode_der(&self) -> Result<SecretBytes> {
        self.decode_contents().map(|(_, der)| der)
    }

    /// Returns the header fields of an encrypted block (RFC 1421 §4.6.1), and the decoded contents.
    fn decode_contents(&self) -> Result<(Vec<&str>, SecretBytes)> {
        let damaged = || Error::Key(format!("the PEM block {} is damaged", self.label));
        let mut text = str::from_utf8(self.text).map_err(|_| damaged())?.trim_ascii();
        let mut headers = Vec::new();
        for name in ["Proc-Type:", "DEK-Info:"] {
            if let Some(rest) = text.strip_prefix(name) {
                let rest = rest.trim_ascii_start();
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                headers.push(&rest[..end]);
                text = rest[end..].trim_ascii_start();
            }
        }
        let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
        let digits: Zeroizing<Vec<u8>> = Zeroizing::new(digits.collect());
        decode_base64(&digits).map(|der| (headers, der)).ok_or_else(damaged)
    }

    /// Parses the key of the block. The blocks of a file share a budget for the recovery of RSA primes.
    ///
    /// # Errors
    /// [`Error::Key`] if the block is damaged, contains no key, or the key is not acceptable; [`Error::PassphraseNeeded`];
    /// [`Error::PassphraseWrong`].
    pub(crate) fn parse_key(
        &self,
        decryption: &KeyDecryption,
        budget: &mut RecoveryBudget,
    ) -> Result<Key> {
        match self.label {
            "RSA-PSS PRIVATE KEY" => {
                return Err(Error::KeyFormat {
                    format: "RSA-PSS PRIVATE KEY, which is not a standard format and lacks the parameters of the key".into(),
                    fix: "export the key as PKCS#8: openssl pkey -in FILE, without -traditional".into(),
                });
            }
            "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => {
                return Err(Error::KeyFormat {
                    format: "PKCS#7, which contains certificates and no key".into(),
                    fix: "openssl pkcs7 -print_certs -in FILE writes the certificates as PEM"
                        .into(),
                });
            }
            label if label.starts_with("NATS ") || label.starts_with("USER NKEY") => {
                return Err(Error::KeyFormat {
                    format: "NATS credentials, whose JWT and nkey only NATS uses".into(),
                    fix: "nsc shows and verifies them; jotsmith inspect shows the JWT".into(),
                });
            }
            label if label.starts_with("PGP ") => {
                return Err(Error::KeyFormat {
                    format: "OpenPGP, which JOSE does not use".into(),
                    fix: "create a key with jotsmith keygen".into(),
                });
            }
            label
                if !label.ends_with("PRIVATE KEY")
                    && !label.ends_with("PUBLIC KEY")
                    && !self.is_certificate() =>
            {
                return Err(Error::Key(format!(
                    "the PEM block {label} is neither key nor certificate"
                )));
            }
            _ => {}
        }
        let (headers, der) = self.decode_contents()?;
        if self.label == "OPENSSH PRIVATE KEY" {
            return ssh::private_material(der.expose(), decryption, budget);
        }
        if let [kind, ..] = *headers
            && kind.ends_with("ENCRYPTED")
        {
            // The key derivation of RFC 1423 is one round of MD5, so that no limit is needed.
            let cipher = headers.get(1).and_then(|info| info.split(',').next());
            let cipher = cipher.unwrap_or_default();
            if !SUPPORTED_CIPHERS.contains(&cipher) {
                return Err(pkcs8::unsupported_cipher(cipher));
            }
            let passphrase = decryption.passphrase.ok_or(Error::PassphraseNeeded)?;
            let fill = |buffer: &mut [u8]| Ok(pkcs8::fill_passphrase(buffer, passphrase));
            let pem = encode_pem(self.label, &headers, der.expose());
            let key = PKey::private_key_from_pem_callback(pem.expose(), fill);
            return Key::from_private(key.map_err(|_| Error::PassphraseWrong)?);
        }
        if self.is_certificate() {
            return Key::from_certificate(&self.parse_certificate()?);
        }
        let der = der.expose();
        match outer_length(der) {
            Some(len) if len < der.len() => Err(Error::Key(format!(
                "bytes follow the end of the PEM block {}",
                self.label
            ))),
            Some(len) if len == der.len() => {
                from_exact_der(der, decryption)?.ok_or_else(|| self.damaged_error())
            }
            _ => Err(self.damaged_error()),
        }
    }

    fn damaged_error(&self) -> Error {
        Error::Key(format!(
            "the PEM block {} is damaged or not supported",
            self.label
        ))
    }

    /// Whether the label is that of a certificate.
    pub(crate) fn is_certificate(&self) -> bool {
        self.label.ends_with("CERTIFICATE") && self.label != "ATTRIBUTE CERTIFICATE"
    }

    /// Parses the certificate of the block.
    ///
    /// # Errors
    /// [`Error::Key`] if it is damaged, or bytes follow it.
    pub(crate) fn parse_certificate(&self) -> Result<X509> {
        let der = self.decode_der()?;
        let mut der = der.expose();
        // In OpenSSL's trusted certificates, another structure follows the certificate.
        if self.label == "TRUSTED CERTIFICATE" {
            der = outer_length(der).and_then(|len| der.get(..len)).unwrap_or(der);
        }
        certificate::parse_der(der)
    }
}

/// Decodes base64 with or without padding.
fn decode_base64(text: &[u8]) -> Option<SecretBytes> {
    let bare = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    STANDARD_NO_PAD.decode_to_vec(bare).ok().map(SecretBytes::new)
}

/// Encodes a block with these header fields (RFC 1421), which are used for encrypted keys.
pub(super) fn encode_pem(label: &str, headers: &[&str], der: &[u8]) -> SecretBytes {
    let text = Zeroizing::new(STANDARD.encode_to_string(der));
    let mut pem = Zeroizing::new(Vec::with_capacity(text.len() * 66 / 64 + 256));
    pem.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for (name, value) in ["Proc-Type", "DEK-Info"].into_iter().zip(headers) {
        pem.extend_from_slice(format!("{name}: {value}\n").as_bytes());
    }
    if !headers.is_empty() {
        pem.push(b'\n');
    }
    for line in text.as_bytes().chunks(64) {
        pem.extend_from_slice(line);
        pem.push(b'\n');
    }
    pem.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    SecretBytes::new(std::mem::take(&mut *pem))
}

/// The keys of a PEM file.
pub(crate) struct PemKeys {
    /// The keys, in the order of the file.
    pub(crate) keys: Vec<Key>,
    /// The reasons for which blocks were skipped.
    pub(crate) skipped: Vec<String>,
}

/// Parses the keys of a PEM file in their order: private keys, public keys, and certificates. A certificate that issued
/// another one in the file is not a key, but a part of a chain. The public key of a private key in the file is not another
/// key. Encrypted blocks are decrypted with the passphrase (PKCS#8 with PBES2, and the older RFC 1423).
///
/// # Errors
/// [`Error::Key`] with the reason if no key can be parsed; [`Error::PassphraseNeeded`]; [`Error::PassphraseWrong`].
pub(crate) fn read(text: &[u8], decryption: &KeyDecryption) -> Result<PemKeys> {
    let (mut found, mut certificates, mut encrypted) = (Vec::new(), Vec::new(), 0);
    let (mut skipped, mut first_error) = (Vec::new(), None);
    let mut budget = RecoveryBudget::default();
    for (index, block) in parse_blocks(text).take(MAX_BLOCKS).enumerate() {
        let result = block.and_then(|block| match block.label {
            "EC PARAMETERS" | "DSA PARAMETERS" | "DH PARAMETERS" | "X509 CRL" => Ok(None),
            label => {
                encrypted += usize::from(label == "ENCRYPTED PRIVATE KEY");
                if encrypted > MAX_ENCRYPTED {
                    return Err(Error::Key(format!(
                        "more than {MAX_ENCRYPTED} encrypted keys"
                    )));
                }
                if !block.is_certificate() {
                    return block.parse_key(decryption, &mut budget).map(Some);
                }
                let certificate = block.parse_certificate()?;
                let key = Key::from_certificate(&certificate)?;
                certificates.push((found.len(), certificate));
                Ok(Some(key))
            }
        });
        match result {
            Ok(key) => found.extend(key),
            Err(error @ (Error::Key(_) | Error::KeyFormat { .. })) => {
                skipped.push(format!("block {} of the PEM file: {error}", index + 1));
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    let is_issuer = |at: usize| {
        let own = certificates.iter().find(|(index, _)| *index == at);
        own.is_some_and(|(_, own)| {
            certificates.iter().any(|(index, other)| *index != at && is_issuer_of(own, other))
        })
    };
    let issuers: Vec<bool> = (0..found.len()).map(is_issuer).collect();
    let mut private = Vec::new();
    for key in found.iter().filter(|key| key.is_private()) {
        private.push(key.thumbprint(ThumbprintHash::Sha256)?);
    }
    let mut keys = Vec::new();
    for (key, is_issuer) in found.into_iter().zip(issuers) {
        let is_public_part =
            || key.thumbprint(ThumbprintHash::Sha256).is_ok_and(|own| private.contains(&own));
        if key.is_private() || !(is_issuer || is_public_part()) {
            keys.push(key);
        }
    }
    if parse_blocks(text).nth(MAX_BLOCKS).is_some() {
        skipped.push(format!(
            "the blocks of the PEM file after the first {MAX_BLOCKS}"
        ));
    }
    match (keys.is_empty(), first_error) {
        (true, Some(error)) => Err(error),
        (true, None) => Err(Error::Key("the PEM file contains no key".into())),
        (false, _) => Ok(PemKeys { keys, skipped }),
    }
}

/// Parses the certificates of a PEM file.
///
/// # Errors
/// [`Error::Key`] if there is none, too many, or one is damaged.
pub fn read_chain(text: &[u8]) -> Result<Chain> {
    let mut chain = Vec::new();
    for block in parse_blocks(text) {
        let block = block?;
        if block.is_certificate() && chain.len() <= MAX_CHAIN {
            chain.push(block.parse_certificate()?);
        }
    }
    Chain::new(chain)
}

/// Whether the first certificate issued the second, according to the names, and the second is not self-issued.
pub(super) fn is_issuer_of(issuer: &X509, subject: &X509) -> bool {
    issuer.issued(subject) == openssl::x509::X509VerifyResult::OK
        && subject.issued(subject) != openssl::x509::X509VerifyResult::OK
}
