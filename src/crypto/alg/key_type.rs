//! Hash functions, curves, and types of keys.

use std::fmt;

/// A hash function of the SHA-2 family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// Returns the output length in bytes.
    pub const fn byte_len(self) -> usize {
        match self {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }
}

/// The hash function of RSA-OAEP. It is a separate type because SHA-1 is allowed for RSA-OAEP only (RFC 7518 section 4.3),
/// which does not need collision resistance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OaepHash {
    /// SHA-1.
    Sha1,
    /// A function of the SHA-2 family.
    Sha2(Hash),
}

/// A curve of key type EC (RFC 7518 §6.2.1.1, RFC 8812 §3.1) or OKP (RFC 8037 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
    Ed25519,
    Ed448,
    X25519,
    X448,
}

impl Curve {
    /// Every curve.
    pub const ALL: [Curve; 8] = [
        Curve::P256,
        Curve::P384,
        Curve::P521,
        Curve::Secp256k1,
        Curve::Ed25519,
        Curve::Ed448,
        Curve::X25519,
        Curve::X448,
    ];

    /// Returns the `crv` value.
    pub const fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
            Curve::P521 => "P-521",
            Curve::Secp256k1 => "secp256k1",
            Curve::Ed25519 => "Ed25519",
            Curve::Ed448 => "Ed448",
            Curve::X25519 => "X25519",
            Curve::X448 => "X448",
        }
    }

    /// Returns the curve that a `crv` value names.
    pub fn from_name(name: &str) -> Option<Curve> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    /// Returns the length in bytes of a coordinate (EC) or of a public or private key (OKP).
    pub const fn byte_len(self) -> usize {
        match self {
            Curve::P256 | Curve::Secp256k1 | Curve::Ed25519 | Curve::X25519 => 32,
            Curve::P384 => 48,
            Curve::X448 => 56,
            Curve::Ed448 => 57,
            Curve::P521 => 66,
        }
    }

    /// Returns the security strength in bits (NIST SP 800-57 part 1 §5.6.1, SP 800-186 table 1).
    pub const fn strength(self) -> u32 {
        match self {
            Curve::P384 => 192,
            Curve::P521 => 256,
            Curve::Ed448 | Curve::X448 => 224,
            Curve::P256 | Curve::Secp256k1 | Curve::Ed25519 | Curve::X25519 => 128,
        }
    }

    /// Whether the key type is EC; otherwise it is OKP.
    pub const fn is_ec(self) -> bool {
        matches!(
            self,
            Curve::P256 | Curve::P384 | Curve::P521 | Curve::Secp256k1
        )
    }
}

/// A parameter set of the key type AKP, whose private key is a seed: those of ML-DSA (FIPS 204, RFC 9964).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Akp {
    MlDsa44,
    MlDsa65,
    MlDsa87,
}

impl Akp {
    /// Every parameter set.
    pub const ALL: [Akp; 3] = [Akp::MlDsa44, Akp::MlDsa65, Akp::MlDsa87];

    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            Akp::MlDsa44 => "ML-DSA-44",
            Akp::MlDsa65 => "ML-DSA-65",
            Akp::MlDsa87 => "ML-DSA-87",
        }
    }

    /// Returns the security strength in bits. By their categories (FIPS 204 table 1), the parameter sets are as strong as
    /// SHA3-256, AES-192 and AES-256.
    pub const fn strength(self) -> u32 {
        match self {
            Akp::MlDsa44 => 128,
            Akp::MlDsa65 => 192,
            Akp::MlDsa87 => 256,
        }
    }

    /// Returns the length of the public key in bytes.
    pub const fn public_len(self) -> usize {
        match self {
            Akp::MlDsa44 => 1312,
            Akp::MlDsa65 => 1952,
            Akp::MlDsa87 => 2592,
        }
    }

    /// Returns the length of the seed in bytes.
    pub const fn seed_len(self) -> usize {
        match self {
            Akp::MlDsa44 | Akp::MlDsa65 | Akp::MlDsa87 => 32,
        }
    }

    /// Returns the length of a signature in bytes.
    pub const fn signature_len(self) -> usize {
        match self {
            Akp::MlDsa44 => 2420,
            Akp::MlDsa65 => 3309,
            Akp::MlDsa87 => 4627,
        }
    }
}

/// The properties of a key that decide which algorithms it can be used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// A shared secret, with its length in bytes.
    Oct(usize),
    /// A passphrase. Only PBES2 may use it (RFC 8725 §3.5), because people choose passphrases.
    Passphrase,
    /// An RSA key, with the length of its modulus in bits.
    Rsa(u32),
    /// An RSA key for RSASSA-PSS only (RFC 4055 §1.2), with the length of its modulus in bits, and the hash that its parameters
    /// require, if any.
    RsaPss(u32, Option<Hash>),
    /// A key on a curve.
    Curve(Curve),
    /// A key of type AKP.
    Akp(Akp),
}

impl KeyType {
    /// Returns the security strength of such a key in bits; `None` for a passphrase. For RSA it is that of NIST SP 800-57
    /// part 1 table 2, and for the sizes in between that of SP 800-56B revision 2 appendix D. A size that is in neither has the
    /// strength of the next smaller size.
    pub const fn strength(self) -> Option<u32> {
        Some(match self {
            KeyType::Oct(bytes) => bytes as u32 * 8,
            KeyType::Passphrase => return None,
            KeyType::Rsa(bits) | KeyType::RsaPss(bits, _) => match bits {
                0..2048 => 80,
                2048..3072 => 112,
                3072..4096 => 128,
                4096..6144 => 152,
                6144..7680 => 176,
                7680..8192 => 192,
                8192..15360 => 200,
                15360.. => 256,
            },
            KeyType::Curve(curve) => curve.strength(),
            KeyType::Akp(set) => set.strength(),
        })
    }

    /// Returns the `kty` value.
    pub const fn kty(self) -> &'static str {
        match self {
            KeyType::Oct(_) | KeyType::Passphrase => "oct",
            KeyType::Rsa(_) | KeyType::RsaPss(..) => "RSA",
            KeyType::Curve(curve) if curve.is_ec() => "EC",
            KeyType::Curve(_) => "OKP",
            KeyType::Akp(_) => "AKP",
        }
    }
}

impl KeyType {
    /// Returns the name of the type with its article, as in "an RSA key of 2048 bits".
    pub fn with_article(self) -> String {
        let name = self.to_string();
        let article = if name.starts_with(['A', 'E', 'M', 'R', 'X']) {
            "an"
        } else {
            "a"
        };
        format!("{article} {name}")
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyType::Oct(bytes) => write!(f, "shared secret of {} bits", bytes * 8),
            KeyType::Passphrase => f.write_str("passphrase"),
            KeyType::Rsa(bits) => write!(f, "RSA key of {bits} bits"),
            KeyType::RsaPss(bits, _) => write!(f, "RSA-PSS key of {bits} bits"),
            KeyType::Curve(curve) => write!(f, "{} key", curve.name()),
            KeyType::Akp(row) => write!(f, "{} key", row.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_strength_is_that_of_nist_sp_800_57() {
        for (bits, strength) in [
            (2047, 80),
            (2048, 112),
            (3071, 112),
            (3072, 128),
            (4096, 152),
            (7680, 192),
            (8192, 200),
            (15360, 256),
            (16384, 256),
        ] {
            assert_eq!(KeyType::Rsa(bits).strength(), Some(strength), "{bits}");
        }
    }
}
