//! ML-DSA with an empty context (FIPS 204, RFC 9964 §5).

use openssl::error::ErrorStack;
use openssl::md_ctx::MdCtx;
use openssl::pkey::{HasPublic, PKeyRef, Private};

use crate::crypto::alg::Akp;

pub(super) fn sign(key: &PKeyRef<Private>, message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut context = MdCtx::new()?;
    context.digest_sign_init(None, key)?;
    let mut signature = Vec::new();
    context.digest_sign_to_vec(message, &mut signature)?;
    Ok(signature)
}

pub(super) fn verify<T: HasPublic>(
    key: &PKeyRef<T>,
    row: Akp,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    if signature.len() != row.signature_len() {
        return Ok(false);
    }
    let mut context = MdCtx::new()?;
    context.digest_verify_init(None, key)?;
    context.digest_verify(message, signature)
}
