//! Publicly known keys and secrets, collected from documentation, tutorials and frameworks.

use std::sync::OnceLock;

use crate::crypto::alg::Hash;
use crate::crypto::hmac::Hmac;
use crate::inspection::findings::key_match::HmacGuess;
use crate::inspection::findings::{Finding, Severity, rules};
use crate::inspection::parse::{Token, tolerant_base64};

/// Thumbprints of keys whose private part is published in RFC 7517, 7520, 8037, 9964 or the tests of ML-DSA, or has leaked.
pub(super) const THUMBPRINTS: &[&str] = &[
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",
    "h_jutvC-jg3Nwueq8LmdSybXykVsBwk4_5u5Y9JiS7E",
    "8izOqBCj1XBwWw0-iTcMv27pUKWwFvNmw-kutyfzf-g",
    "dHri3SADZkrush5HU_50AoRhcKFryN-PI6jPBtPL55M",
    "rTtHPa7sf4UUCCKAww7j-XnhD2AKwOGNIsGDDipf_EM",
    "YlKlB7M2wnS0cPn_V7OW-FuDLuWdJ9z4OvPHmhGDfeE",
    "mn9TtdH1OfJlO91eUXaEGe9tTrDzowXs_n2wKGrqLN4",
    "HsSFalww3yP-dO-lWGYgFcyV5H22oScIFc4V2Y6GOto",
    "mTVa39KNK8LI9ZgAkyqQOQayaqVO7DXurapqkzEbfMg",
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o",
    "Suiu29qbfuaBaR4Ats-c6XQBePB_OpAxAwcTR_0KXVM",
    "tRn1JNIkgMsABVQBlXeDHxAIcclh-2IX0UdDEzPt5XU",
    "EjtlPdwKXrO3aZZ9VuWXY6oRM7mw3dUDBEN_qVbHj2Q",
    "7NQlxI5TqY9CtGYwf5yw8p3XXpT7SJNMol2xvbyUtGU",
    "66gh9zassWnpbnZtv-UN0qFC6l-wCkJlF7332D9hGG0",
    "lX9zoLs-dfznk0laCBCmeMwfFhf6BU_RS4qrAQbTsNw",
    "h65UWERSCjR-ncJAd3pMeeuSuSTGDsaSdu01p0tC-sQ",
];

/// Secrets from documentation, tutorials and defaults, one per line. After `base64url:` they are encoded bytes.
static KNOWN_SECRETS: &str = include_str!("known_secrets.txt");

/// Returns the secrets of the list.
pub fn known_secrets() -> impl Iterator<Item = &'static str> {
    // The first line describes the file. The empty secret has no line.
    std::iter::once("").chain(KNOWN_SECRETS.lines().skip(1))
}

fn bytes_of(entry: &str) -> Vec<u8> {
    match entry.strip_prefix("base64url:") {
        Some(text) => tolerant_base64::decode_tolerant(text).0,
        None => entry.as_bytes().to_vec(),
    }
}

/// Whether a secret is publicly known.
pub fn is_known_secret(secret: &[u8]) -> bool {
    known_secrets().any(|entry| bytes_of(entry) == secret)
}

/// Returns the entry of the list that a token's MAC was made with. The secret is its text, or the bytes that the text encodes.
///
/// The keyed hash states of the secrets are computed once per hash function and used for every token.
pub fn known_secret_of(token: &Token) -> Option<&'static str> {
    static SHA256: OnceLock<Vec<Candidate>> = OnceLock::new();
    static SHA384: OnceLock<Vec<Candidate>> = OnceLock::new();
    static SHA512: OnceLock<Vec<Candidate>> = OnceLock::new();
    let guess = HmacGuess::new(token)?;
    let keyed = match guess.hash() {
        Hash::Sha256 => &SHA256,
        Hash::Sha384 => &SHA384,
        Hash::Sha512 => &SHA512,
    };
    let mut keyed = keyed.get_or_init(|| known_key_digests(guess.hash()).collect()).iter();
    let found = keyed.find(|(_, secret)| guess.matches_key(secret));
    found.map(|(entry, _)| *entry)
}

/// Returns the finding about a publicly known MAC key, without the key.
pub fn known_secret_finding() -> Finding {
    let message = "the MAC key is a publicly known secret";
    Finding::new(
        &rules::HS_KNOWN_SECRET,
        Severity::Critical,
        "signature",
        message,
    )
}

type Candidate = (&'static str, Hmac);

/// Returns the secrets to try, each with its entry.
fn known_key_digests(hash: Hash) -> impl Iterator<Item = Candidate> {
    let secrets = known_secrets().flat_map(|entry| {
        let (text, decoded) = (bytes_of(entry), tolerant_base64::decode_tolerant(entry).0);
        let decoded = Some(decoded).filter(|decoded| *decoded != text);
        [Some(text), decoded].into_iter().flatten().map(move |secret| (entry, secret))
    });
    secrets.filter_map(move |(entry, secret)| Some((entry, Hmac::new(hash, &secret)?)))
}
