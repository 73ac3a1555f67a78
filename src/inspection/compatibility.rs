//! Which tools, libraries and gateways support an algorithm.

use crate::crypto::alg::Algorithm;
use crate::crypto::alg::families::{
    AES_KW, CBC, ECDH, ES, Families, GCM, GCM_KW, HS, ML_DSA, OAEP, OAEP_LONG, PBES2, PS, RS,
    contains_name,
};
use crate::inspection::findings::consumers::CONSUMERS;

/// What another tool or library supports. The interop suite checks every row in both directions.
#[derive(Debug)]
pub struct Tool {
    /// Its name, with its package registry if two tools have that name.
    pub name: &'static str,
    /// The supported algorithms of every kind.
    algorithms: &'static [Families],
}

const SIGNATURES: Families = &[HS, RS, PS, ES];
const ENCRYPTION: Families = &[&["dir"], AES_KW, GCM_KW, OAEP, ECDH, PBES2, CBC, GCM];

/// The tools.
pub static TOOLS: &[Tool] = &[
    Tool {
        name: "jose",
        algorithms: &[SIGNATURES, ENCRYPTION],
    },
    Tool {
        name: "openssl",
        algorithms: &[
            SIGNATURES,
            &[
                &["ES256K", "EdDSA", "Ed25519"],
                &["dir"],
                OAEP,
                &["A128CBC-HS256", "A256CBC-HS512"],
            ],
        ],
    },
    Tool {
        name: "jwcrypto",
        algorithms: &[SIGNATURES, &[&["ES256K", "EdDSA"], ML_DSA], ENCRYPTION],
    },
    Tool {
        name: "pyjwt",
        algorithms: &[SIGNATURES, &[&["ES256K", "EdDSA"]]],
    },
    Tool {
        name: "joserfc",
        algorithms: &[SIGNATURES, &[&["ES256K", "EdDSA", "Ed25519"]], ENCRYPTION],
    },
    Tool {
        name: "jose (npm)",
        algorithms: &[SIGNATURES, &[&["EdDSA", "Ed25519"], OAEP_LONG], ENCRYPTION],
    },
    Tool {
        name: "jsonwebtoken",
        algorithms: &[SIGNATURES],
    },
];

/// The tools or gateways that support an algorithm.
#[derive(Debug)]
pub struct Support {
    /// The names.
    pub names: Vec<&'static str>,
    others: Vec<&'static str>,
}

/// Returns the tools that support the algorithm.
pub fn tool_support(alg: Algorithm) -> Support {
    let takes =
        |tool: &Tool| tool.algorithms.iter().any(|families| contains_name(families, alg.name()));
    Support::from_results(TOOLS.iter().map(|tool| (tool.name, takes(tool))))
}

/// Returns the gateways that support the algorithm, according to their documentation.
pub fn gateway_support(alg: Algorithm) -> Support {
    Support::from_results(CONSUMERS.iter().map(|one| (one.name, one.supports(alg))))
}

impl Support {
    fn from_results(all: impl Iterator<Item = (&'static str, bool)>) -> Support {
        let (yes, no): (Vec<_>, Vec<_>) = all.partition(|(_, takes)| *takes);
        let [names, others] =
            [yes, no].map(|list| list.into_iter().map(|(name, _)| name).collect());
        Support { names, others }
    }
}

/// Lists those that support it, or those that do not, whichever list is shorter.
impl std::fmt::Display for Support {
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
    fn algorithms_of_every_consumer_are_in_the_table() {
        for tool in TOOLS {
            for name in tool.algorithms.concat().concat() {
                let alg =
                    Algorithm::from_name(name).unwrap_or_else(|| panic!("{}: {name}", tool.name));
                assert!(tool_support(alg).names.contains(&tool.name));
            }
        }
    }

    #[test]
    fn shorter_of_supported_and_unsupported_is_listed() {
        let takers = |yes: &[bool]| {
            let names = ["a", "b", "c"].into_iter();
            Support::from_results(names.zip(yes.iter().copied())).to_string()
        };
        assert_eq!(takers(&[true; 3]), "all");
        assert_eq!(takers(&[false; 3]), "none");
        assert_eq!(takers(&[false, true, false]), "b");
        assert_eq!(takers(&[true, false, true]), "all but b");
    }
}
