//! Fingerprints of public keys and certificates, and the key IDs that programs derive from them.

use base64_simd::STANDARD;
use openssl::sha::sha256;

use crate::crypto::Key;
use crate::crypto::base64url;
use crate::crypto::error::{Error, Result};
use crate::crypto::key::{ThumbprintHash, encode_hex, x5c_hashes};
use crate::crypto::random::random_bytes;

/// A kind of fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fingerprint {
    /// The thumbprint of the JWK (RFC 7638), with SHA-256.
    Jwk,
    /// SHA-256 of the SubjectPublicKeyInfo, in hexadecimal.
    Spki,
    /// `SHA256:` and SHA-256 of the SubjectPublicKeyInfo in base64, in the format of Snowflake.
    Snowflake,
    /// SHA-256 of the SubjectPublicKeyInfo in base64url, as the API server of Kubernetes derives its key IDs.
    Kubernetes,
    /// 240 bits of SHA-256 of the SubjectPublicKeyInfo in base32, as libtrust derives the key IDs of Docker registries.
    Libtrust,
    /// SHA-1 of the certificate in base64url (RFC 7515 §4.1.7).
    X5t,
    /// SHA-256 of the certificate in base64url (RFC 7515 §4.1.8).
    X5tS256,
    /// `SHA256:` and SHA-256 of the SSH public key in base64, in the format of ssh-keygen.
    Ssh,
}

/// The source of a key ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyIdSource {
    /// The key or its certificate.
    Fingerprint(Fingerprint),
    /// A random UUID (RFC 9562 §5.4).
    Uuid,
}

impl Fingerprint {
    /// Every kind.
    pub const ALL: [Fingerprint; 8] = [
        Fingerprint::Jwk,
        Fingerprint::Spki,
        Fingerprint::Snowflake,
        Fingerprint::Kubernetes,
        Fingerprint::Libtrust,
        Fingerprint::X5t,
        Fingerprint::X5tS256,
        Fingerprint::Ssh,
    ];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Fingerprint::Jwk => "jwk",
            Fingerprint::Spki => "spki",
            Fingerprint::Snowflake => "snowflake",
            Fingerprint::Kubernetes => "kubernetes",
            Fingerprint::Libtrust => "libtrust",
            Fingerprint::X5t => "x5t",
            Fingerprint::X5tS256 => "x5t#S256",
            Fingerprint::Ssh => "ssh",
        }
    }
}

impl KeyIdSource {
    const ALL: [KeyIdSource; 6] = [
        KeyIdSource::Fingerprint(Fingerprint::Jwk),
        KeyIdSource::Fingerprint(Fingerprint::Kubernetes),
        KeyIdSource::Fingerprint(Fingerprint::Libtrust),
        KeyIdSource::Fingerprint(Fingerprint::X5t),
        KeyIdSource::Fingerprint(Fingerprint::X5tS256),
        KeyIdSource::Uuid,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            KeyIdSource::Fingerprint(kind) => kind.name(),
            KeyIdSource::Uuid => "uuid",
        }
    }

    /// Returns the source with this name.
    pub fn from_name(name: &str) -> Option<KeyIdSource> {
        KeyIdSource::ALL.into_iter().find(|source| source.name() == name)
    }

    /// Returns the names of all sources.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KeyIdSource::ALL.into_iter().map(KeyIdSource::name)
    }
}

impl Key {
    /// Returns a fingerprint of the key.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] for a shared secret, which has only a JWK thumbprint, and for a key that lacks the certificate
    /// or is not supported by SSH, if the fingerprint needs it.
    pub fn fingerprint(&self, kind: Fingerprint) -> Result<String> {
        let spki = || self.spki().map(|der| sha256(&der));
        Ok(match kind {
            Fingerprint::Jwk => self.thumbprint(ThumbprintHash::Sha256)?,
            Fingerprint::Spki => encode_hex(&spki()?),
            Fingerprint::Snowflake => format!("SHA256:{}", STANDARD.encode_to_string(spki()?)),
            Fingerprint::Kubernetes => base64url::encode(spki()?),
            Fingerprint::Libtrust => libtrust_key_id(&spki()?),
            Fingerprint::X5t => base64url::encode(self.certificate_hashes()?.0),
            Fingerprint::X5tS256 => base64url::encode(self.certificate_hashes()?.1),
            Fingerprint::Ssh => self.to_public()?.to_ssh_fingerprint()?,
        })
    }

    /// Returns a key ID for the key.
    ///
    /// # Errors
    /// As [`Key::fingerprint`]; [`Error::Backend`].
    pub fn derive_kid(&self, source: KeyIdSource) -> Result<String> {
        match source {
            KeyIdSource::Fingerprint(kind) => self.fingerprint(kind),
            KeyIdSource::Uuid => random_uuid(),
        }
    }

    fn spki(&self) -> Result<Vec<u8>> {
        if self.is_secret() {
            return Err(Error::UnsuitableKey(
                "a shared secret has no public key".into(),
            ));
        }
        self.to_public()?.to_spki_der()
    }

    /// Returns SHA-1 and SHA-256 of the certificate that the key was read from, or of the first one in its `x5c`.
    fn certificate_hashes(&self) -> Result<([u8; 20], [u8; 32])> {
        if let Some(certificate) = self.certificate() {
            return Ok(certificate.sha1_and_sha256());
        }
        let hashes = self.other.get("x5c").and_then(x5c_hashes);
        hashes.ok_or_else(|| Error::UnsuitableKey("the key has no certificate".into()))
    }
}

/// Returns the first 240 bits in base32, in groups of four characters.
fn libtrust_key_id(hash: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(59);
    for (index, group) in hash[..30].chunks_exact(5).enumerate() {
        let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for digit in 0..8 {
            if digit % 4 == 0 && index + digit > 0 {
                text.push(':');
            }
            text.push(char::from(
                ALPHABET[(bits >> (35 - 5 * digit)) as usize & 31],
            ));
        }
    }
    text
}

fn random_uuid() -> Result<String> {
    let random = random_bytes(16)?;
    let mut bytes = [0; 16];
    bytes.copy_from_slice(random.expose());
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = encode_hex(&bytes);
    let [a, b, c, d, e] = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    Ok(format!("{a}-{b}-{c}-{d}-{e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtrust_key_id_has_twelve_groups_of_four_characters() {
        let text = libtrust_key_id(&[0xff; 32]);
        assert_eq!(text, ["7777"; 12].join(":"));
        let mut hash = [0; 32];
        hash[4] = 1;
        assert!(libtrust_key_id(&hash).starts_with("AAAA:AAAB:AAAA:"));
    }

    #[test]
    fn uuid_has_its_version_and_variant_bits() {
        let uuid = random_uuid().unwrap();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]));
    }
}
