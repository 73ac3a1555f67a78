//! Rules for shared secrets.

use crate::crypto::alg::{Signature, SignatureScheme};
use crate::inspection::findings::Severity::*;
use crate::inspection::findings::key_findings::{Checked, is_known_secret};
use crate::inspection::findings::rules;

pub(super) fn check_secret(key: &mut Checked<'_>) {
    let Some(secret) = key.octets("k").map(zeroize::Zeroizing::new) else {
        return;
    };
    let len = secret.len();
    let needed = match key.text("alg").and_then(Signature::from_name).map(|row| row.scheme) {
        Some(SignatureScheme::Hmac(hash)) => hash.byte_len(),
        // Without an alg, the minimum of all algorithms.
        _ => 16,
    };
    if len == 0 {
        key.add_finding(&rules::KEY_TOO_SMALL, Critical, "k", "the secret is empty");
    } else if len < needed {
        let message = format!("the secret has {len} bytes, fewer than {needed}");
        key.add_finding(&rules::KEY_TOO_SMALL, High, "k", message);
    }
    if is_known_secret(&secret) {
        let message = "the secret is publicly known";
        key.add_finding(&rules::KEY_KNOWN, Critical, "k", message);
    } else if len > 0 && is_text(&secret) {
        let message = "the secret is text; a random secret would contain arbitrary bytes";
        key.add_finding(&rules::KEY_KNOWN, High, "k", message);
    } else if len >= 8 && is_monotonous(&secret) {
        let message = "the secret has too few distinct bytes to be random";
        key.add_finding(&rules::KEY_KNOWN, High, "k", message);
    }
}

/// Whether all bytes are printable. That occurs in about one of 10 million random keys of 16 bytes. Shorter secrets are not
/// checked, because it would occur too often.
fn is_text(secret: &[u8]) -> bool {
    secret.len() >= 16 && secret.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether at most a third of the first 64 bytes are distinct. That occurs in less than one of 10^9 random keys.
fn is_monotonous(secret: &[u8]) -> bool {
    let some = &secret[..secret.len().min(64)];
    let mut seen = [false; 256];
    some.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count() <= some.len() / 3
}
