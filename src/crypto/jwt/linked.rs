//! Links from a token to another object: the hash of an access token or code, and the thumbprint of a certificate.

use openssl::hash::{MessageDigest, hash};

use crate::crypto::base64url;
use crate::crypto::error::{Code, Error, Failure, Result};
use crate::crypto::json::Object;
use crate::crypto::key::x5c_hashes;

/// The left halves of the hashes of an access token or code (OpenID Connect Core section 3.1.3.6).
#[derive(Debug, Clone)]
pub struct HalfHashes {
    sha256: String,
    sha384: String,
    sha512: String,
}

impl HalfHashes {
    /// Computes the hashes of an access token or code.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub fn from_input(input: &[u8]) -> Result<HalfHashes> {
        let half = |function| {
            let digest = hash(function, input).map_err(|_| Error::Backend("hash"))?;
            Ok(base64url::encode(&digest[..digest.len() / 2]))
        };
        Ok(HalfHashes {
            sha256: half(MessageDigest::sha256())?,
            sha384: half(MessageDigest::sha384())?,
            sha512: half(MessageDigest::sha512())?,
        })
    }

    /// Returns the value of `at_hash` or `c_hash` in a token that is signed with `algorithm`. It uses the hash function of the
    /// algorithm, and SHA-512 for Ed25519. `None` if no hash function is defined for the algorithm.
    pub fn for_algorithm(&self, algorithm: &str) -> Option<&str> {
        match algorithm {
            "EdDSA" | "Ed25519" => Some(&self.sha512),
            "ES256K" => Some(&self.sha256),
            name if name.ends_with("256") => Some(&self.sha256),
            name if name.ends_with("384") => Some(&self.sha384),
            name if name.ends_with("512") => Some(&self.sha512),
            _ => None,
        }
    }
}

/// Returns a failure if `x5t` or `x5t#S256` of the header is not the thumbprint of the first certificate of its `x5c`
/// (RFC 7515 sections 4.1.6 to 4.1.8).
pub(crate) fn certificate_failure(header: &Object) -> Option<Failure> {
    let x5c = header.get("x5c")?;
    ["x5t", "x5t#S256"].into_iter().find_map(|name| {
        let actual = header.get(name)?;
        let expected = x5c_hashes(x5c).map(|(sha1, sha256)| match name {
            "x5t" => base64url::encode(sha1),
            _ => base64url::encode(sha256),
        });
        if expected.is_some() && actual.as_str() == expected.as_deref() {
            return None;
        }
        let expected = "the fingerprint of the first certificate of x5c";
        let actual = Some(actual.to_string());
        Some(Failure::new(Code::NotAllowed, name, expected, actual))
    })
}

#[cfg(test)]
mod tests {
    use super::HalfHashes;

    /// The examples of OpenID Connect Core 1.0 appendix A.
    #[test]
    fn at_hash_and_c_hash_are_those_of_openid_connect_core() {
        for (input, hash) in [
            (
                "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
                "77QmUPtjPfzWtF2AnpK9RQ",
            ),
            (
                "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk",
                "LDktKdoQak3Pk0cnXxCltA",
            ),
        ] {
            let hashes = HalfHashes::from_input(input.as_bytes()).unwrap();
            assert_eq!(hashes.for_algorithm("RS256"), Some(hash));
            assert_eq!(hashes.for_algorithm("Ed448"), None);
        }
    }
}
