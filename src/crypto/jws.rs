//! JWS (RFC 7515): signing and verification, with payloads in the token or detached.

mod detached;
mod sign_jws;
mod verify_jws;

pub use detached::{DetachedSigner, MAX_WHOLE};
pub use sign_jws::{SerializeOptions, SignatureSpec, Signer};
pub use verify_jws::{Verification, Verifier};

use super::base64url;

/// Returns the value of `ath`: the SHA-256 hash of an access token, as base64url (RFC 9449 §4.2).
pub fn access_token_hash(token: &[u8]) -> String {
    let mut hash = openssl::sha::Sha256::new();
    hash.update(token);
    base64url::encode(hash.finish())
}
