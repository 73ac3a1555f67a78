//! Who takes which algorithm: tools and libraries of others, and gateways.

use super::alg::Alg;
use super::lint::consumer::{CONSUMERS, CONTENT};

/// What a tool or library of others offers. The interop suite holds every row to what it does, both ways.
#[derive(Debug)]
pub struct Tool {
    /// Its name, and where it is from if there are two of that name.
    pub name: &'static str,
    /// Every algorithm, whichever way it is used.
    algorithms: &'static [&'static [&'static str]],
}

const HMAC: &[&str] = &["HS256", "HS384", "HS512"];
const RSA: &[&str] = &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const NIST: &[&str] = &["ES256", "ES384", "ES512"];
const ML_DSA: &[&str] = &["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"];
const WRAPS: &[&str] = &[
    "dir",
    "A128KW",
    "A192KW",
    "A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
];
const OAEP: &[&str] = &["RSA-OAEP", "RSA-OAEP-256"];
const ECDH: &[&str] = &[
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
];
const PBES2: &[&str] = &[
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];

/// The tools.
pub static TOOLS: &[Tool] = &[
    Tool {
        name: "jose",
        algorithms: &[HMAC, RSA, NIST, WRAPS, OAEP, ECDH, PBES2, CONTENT],
    },
    Tool {
        name: "openssl",
        algorithms: &[
            HMAC,
            RSA,
            NIST,
            &["ES256K", "EdDSA", "Ed25519"],
            &["dir"],
            OAEP,
            &["A128CBC-HS256", "A256CBC-HS512"],
        ],
    },
    Tool {
        name: "jwcrypto",
        algorithms: &[
            HMAC,
            RSA,
            NIST,
            &["ES256K", "EdDSA"],
            ML_DSA,
            WRAPS,
            OAEP,
            ECDH,
            PBES2,
            CONTENT,
        ],
    },
    Tool {
        name: "pyjwt",
        algorithms: &[HMAC, RSA, NIST, &["ES256K", "EdDSA"]],
    },
    Tool {
        name: "joserfc",
        algorithms: &[
            HMAC,
            RSA,
            NIST,
            &["ES256K", "EdDSA", "Ed25519"],
            WRAPS,
            OAEP,
            ECDH,
            PBES2,
            CONTENT,
        ],
    },
    Tool {
        name: "jose (npm)",
        algorithms: &[
            HMAC,
            RSA,
            NIST,
            &["EdDSA", "Ed25519"],
            WRAPS,
            OAEP,
            &["RSA-OAEP-384", "RSA-OAEP-512"],
            ECDH,
            PBES2,
            CONTENT,
        ],
    },
    Tool {
        name: "jsonwebtoken",
        algorithms: &[HMAC, RSA, NIST],
    },
];

/// Those of a list that take an algorithm.
#[derive(Debug)]
pub struct Takers {
    /// The names.
    pub names: Vec<&'static str>,
    others: Vec<&'static str>,
}

/// The tools that take the algorithm.
pub fn tools(alg: Alg) -> Takers {
    let takes = |tool: &Tool| (tool.algorithms.iter()).any(|names| names.contains(&alg.name()));
    Takers::of(TOOLS.iter().map(|tool| (tool.name, takes(tool))))
}

/// The gateways that take the algorithm, by their documentation.
pub fn gateways(alg: Alg) -> Takers {
    Takers::of(CONSUMERS.iter().map(|one| (one.name, one.takes(alg))))
}

impl Takers {
    fn of(all: impl Iterator<Item = (&'static str, bool)>) -> Takers {
        let (yes, no): (Vec<_>, Vec<_>) = all.partition(|(_, takes)| *takes);
        let [names, others] =
            [yes, no].map(|list| list.into_iter().map(|(name, _)| name).collect());
        Takers { names, others }
    }
}

/// Whichever is shorter to say: who takes it, or who does not.
impl std::fmt::Display for Takers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&*self.names, &*self.others) {
            ([], _) => f.write_str("none"),
            (_, []) => f.write_str("all"),
            (names, others) if names.len() <= others.len() => f.write_str(&names.join(", ")),
            (_, others) => write!(f, "all but {}", others.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_of_a_tool_is_one_of_ours() {
        for tool in TOOLS {
            for name in tool.algorithms.iter().copied().flatten() {
                let alg = Alg::named(name).unwrap_or_else(|| panic!("{}: {name}", tool.name));
                assert!(tools(alg).names.contains(&tool.name));
            }
        }
    }

    #[test]
    fn whichever_is_shorter_is_said() {
        let takers = |yes: &[bool]| {
            let names = ["a", "b", "c"].into_iter();
            Takers::of(names.zip(yes.iter().copied())).to_string()
        };
        assert_eq!(takers(&[true; 3]), "all");
        assert_eq!(takers(&[false; 3]), "none");
        assert_eq!(takers(&[false, true, false]), "b");
        assert_eq!(takers(&[true, false, true]), "all but b");
    }
}
