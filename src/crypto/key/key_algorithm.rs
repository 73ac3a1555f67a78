//! Selects the algorithm for a key: the requested one, the one that the key is bound to, or the one that its kind determines.

use super::Key;
use crate::crypto::alg::{
    Algorithm, ContentEncryption, KeyManagement, KeyManagementScheme, KeyType, Signature,
};
use crate::crypto::error::{Error, Result};

impl Key {
    /// Returns the signature algorithm for this key: `asked`, or the one that the key is bound to, or the one that its kind
    /// determines. `None` if several are possible (RSA).
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if `asked` does not fit the key, the key is bound to another algorithm, or it cannot sign;
    /// [`Error::Key`] if a secret is too short.
    pub fn signature_algorithm(
        &self,
        asked: Option<&'static Signature>,
    ) -> Result<Option<&'static Signature>> {
        let bound = match self.alg {
            None => None,
            Some(Algorithm::Signature(row)) => Some(row),
            Some(other) => {
                return Err(Error::UnsuitableKey(format!(
                    "the key is bound to {}, which is not a signature algorithm",
                    other.name()
                )));
            }
        };
        match (asked, bound) {
            (None, None) => match (Signature::of_kind(self.kind), self.kind) {
                (None, KeyType::Oct(bytes)) => Err(Error::Key(format!(
                    "a secret of {bytes} bytes is too short: HS256 needs at least 32"
                ))),
                (None, KeyType::Curve(_)) => Err(Error::UnsuitableKey(format!(
                    "{} cannot sign",
                    self.kind.with_article()
                ))),
                (None, KeyType::Passphrase) => {
                    Err(Error::UnsuitableKey("a passphrase cannot sign".into()))
                }
                (row, _) => Ok(row),
            },
            (None, bound) => Ok(bound),
            (Some(asked), Some(bound)) if !asked.is_equivalent_for(bound, self.kind) => {
                Err(Error::UnsuitableKey(format!(
                    "the key is bound to {}, so it cannot be used with {}",
                    bound.name, asked.name
                )))
            }
            (Some(asked), _) if !asked.is_suitable_for(self.kind) => {
                Err(Error::UnsuitableKey(match self.kind {
                    KeyType::Oct(bytes) if asked.is_symmetric() => {
                        format!("a secret of {bytes} bytes is too short for {}", asked.name)
                    }
                    kind => format!("{} does not fit {}", asked.name, kind.with_article()),
                }))
            }
            (asked, _) => Ok(asked),
        }
    }

    /// Returns the key management algorithm for encryption to this key: `asked`, or the one that the key is bound to, or the
    /// default for its kind.
    ///
    /// # Errors
    /// [`Error::UnsuitableKey`] if `asked` does not fit the key, the key is bound to another algorithm, or it cannot encrypt.
    pub fn key_management_algorithm(
        &self,
        asked: Option<&'static KeyManagement>,
    ) -> Result<&'static KeyManagement> {
        let bound = match self.alg {
            None => None,
            Some(Algorithm::KeyManagement(row)) => Some(row),
            Some(Algorithm::ContentEncryption(_)) => KeyManagement::from_name("dir"),
            Some(Algorithm::Signature(row)) => {
                return Err(Error::UnsuitableKey(format!(
                    "the key is bound to {}, which is not an encryption algorithm",
                    row.name
                )));
            }
        };
        match (asked, bound) {
            (None, Some(bound)) => Ok(bound),
            (None, None) => KeyManagement::of_kind(self.kind).ok_or_else(|| {
                Error::UnsuitableKey(format!("{} cannot encrypt", self.kind.with_article()))
            }),
            (Some(asked), Some(bound)) if asked != bound => Err(Error::UnsuitableKey(format!(
                "the key is bound to {}, so it cannot be used with {}",
                bound.name, asked.name
            ))),
            (Some(asked), None) if asked.is_password() && self.kind != KeyType::Passphrase => Err(
                Error::UnsuitableKey(format!("{} uses a passphrase, not a key", asked.name)),
            ),
            (Some(asked), _) if !asked.is_suitable_for(self.kind) => Err(Error::UnsuitableKey(
                format!("{} does not fit {}", asked.name, self.kind.with_article()),
            )),
            (Some(asked), _) => Ok(asked),
        }
    }

    /// Returns the content encryption algorithm that the key determines: the one that it is bound to, or for `dir` the one that
    /// fits its length.
    pub fn content_encryption(
        &self,
        asked: Option<&'static KeyManagement>,
    ) -> Option<&'static ContentEncryption> {
        match (self.alg, self.kind, self.key_management_algorithm(asked)) {
            (Some(Algorithm::ContentEncryption(row)), ..) => Some(row),
            (_, KeyType::Oct(bytes), Ok(row)) if row.scheme == KeyManagementScheme::Direct => {
                ContentEncryption::of_key_len(bytes)
            }
            _ => None,
        }
    }

    /// Whether the key can be used with this content encryption algorithm. For `dir` the key is the content encryption key, so
    /// that its length must match, and it may be bound to an algorithm.
    pub(crate) fn fits_content(&self, algorithm: &KeyManagement, enc: &ContentEncryption) -> bool {
        if algorithm.scheme != KeyManagementScheme::Direct {
            return true;
        }
        let bound = match self.alg {
            Some(Algorithm::ContentEncryption(row)) => row == enc,
            _ => true,
        };
        bound && self.kind == KeyType::Oct(enc.key_len)
    }

    /// Whether the key can decrypt a token with these algorithms. It must be bound to them, or not be bound.
    pub(crate) fn can_decrypt_with(
        &self,
        algorithm: &KeyManagement,
        enc: Option<&ContentEncryption>,
    ) -> bool {
        let bound = match self.alg {
            None => !algorithm.is_password() || self.kind == KeyType::Passphrase,
            Some(Algorithm::KeyManagement(row)) => row == algorithm,
            Some(Algorithm::ContentEncryption(_)) => {
                algorithm.scheme == KeyManagementScheme::Direct
            }
            Some(Algorithm::Signature(_)) => false,
        };
        bound
            && algorithm.is_suitable_for(self.kind)
            && enc.is_none_or(|enc| self.fits_content(algorithm, enc))
    }
}
