//! Families of algorithms. Most tools and gateways support either all algorithms of a family or none of them.

/// A list of families. A single algorithm is a family with one member.
pub(crate) type Families = &'static [&'static [&'static str]];

pub(crate) const HS: &[&str] = &["HS256", "HS384", "HS512"];
pub(crate) const RS: &[&str] = &["RS256", "RS384", "RS512"];
pub(crate) const PS: &[&str] = &["PS256", "PS384", "PS512"];
pub(crate) const ES: &[&str] = &["ES256", "ES384", "ES512"];
pub(crate) const ML_DSA: &[&str] = &["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"];
pub(crate) const AES_KW: &[&str] = &["A128KW", "A192KW", "A256KW"];
pub(crate) const GCM_KW: &[&str] = &["A128GCMKW", "A192GCMKW", "A256GCMKW"];
pub(crate) const OAEP: &[&str] = &["RSA-OAEP", "RSA-OAEP-256"];
pub(crate) const OAEP_LONG: &[&str] = &["RSA-OAEP-384", "RSA-OAEP-512"];
pub(crate) const ECDH: &[&str] = &[
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
];
pub(crate) const PBES2: &[&str] = &[
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];
pub(crate) const CBC: &[&str] = &["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"];
pub(crate) const GCM: &[&str] = &["A128GCM", "A192GCM", "A256GCM"];

/// Whether one of the families contains this algorithm.
pub(crate) fn contains_name(families: Families, name: &str) -> bool {
    families.iter().any(|family| family.contains(&name))
}
