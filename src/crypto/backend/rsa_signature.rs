//! RSA signatures over a digest: RSASSA-PKCS1-v1_5 and RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash
//! (RFC 7518 §3.3, §3.5).

use openssl::error::ErrorStack;
use openssl::md::{Md, MdRef};
use openssl::pkey::{PKey, PKeyRef, Private, Public};
use openssl::pkey_ctx::{PkeyCtx, PkeyCtxRef};
use openssl::rsa::Padding;
use openssl::sign::RsaPssSaltlen;

use crate::crypto::alg::Hash;

/// The parameters of an RSA signature.
#[derive(Clone, Copy)]
pub(crate) struct Scheme {
    pub(super) hash: Hash,
    pub(super) padding: Padding,
}

impl Scheme {
    fn message_digest(self) -> &'static MdRef {
        match self.hash {
            Hash::Sha384 => Md::sha384(),
            Hash::Sha512 => Md::sha512(),
            Hash::Sha256 => Md::sha256(),
        }
    }

    /// Sets the parameters of a context for signing or verifying.
    fn set_padding<T>(self, context: &mut PkeyCtxRef<T>) -> Result<(), ErrorStack> {
        context.set_rsa_padding(self.padding)?;
        context.set_signature_md(self.message_digest())?;
        if self.padding == Padding::PKCS1_PSS {
            context.set_rsa_mgf1_md(self.message_digest())?;
            context.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        Ok(())
    }

    pub(super) fn sign(self, key: &PKeyRef<Private>, digest: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut context = PkeyCtx::new(key)?;
        context.sign_init()?;
        self.set_padding(&mut context)?;
        let mut signature = Vec::new();
        context.sign_to_vec(digest, &mut signature)?;
        Ok(signature)
    }

    /// Recovers the length of the salt of an RSASSA-PSS signature over `digest` (RFC 8017 section 9.1.2); `None` if the
    /// signature is not one of this key.
    pub(super) fn salt_len(
        self,
        key: &PKeyRef<Public>,
        digest: &[u8],
        signature: &[u8],
    ) -> Option<usize> {
        let rsa = key.rsa().ok()?;
        let mut encoded = vec![0; rsa.size() as usize];
        if signature.len() != encoded.len() {
            return None;
        }
        rsa.public_decrypt(signature, &mut encoded, Padding::NONE).ok()?;
        let bits = usize::try_from(rsa.n().num_bits()).ok()? - 1;
        let start = encoded.len() - bits.div_ceil(8);
        let encoded = &encoded[start..];
        let block_len = encoded.len().checked_sub(self.hash.byte_len() + 1)?;
        let (block, hash) = encoded[..encoded.len() - 1].split_at(block_len);
        let mask = (0_u32..).flat_map(|counter| {
            let counter = counter.to_be_bytes();
            super::digest(self.hash, &[hash, &counter])
        });
        let mut block: Vec<u8> = block.iter().zip(mask).map(|(a, b)| a ^ b).collect();
        *block.first_mut()? &= 0xff >> (8 * encoded.len() - bits);
        // The block is zero bytes, a byte with the value 1, and the salt.
        let one = block.iter().position(|byte| *byte != 0)?;
        let salt_len = block_len - one - 1;
        let mut context = PkeyCtx::new(key).ok()?;
        context.verify_init().ok()?;
        self.set_padding(&mut context).ok()?;
        let len = RsaPssSaltlen::custom(i32::try_from(salt_len).ok()?);
        context.set_rsa_pss_saltlen(len).ok()?;
        let is_verified = context.verify(digest, signature).is_ok_and(|is_good| is_good);
        is_verified.then_some(salt_len)
    }

    /// Returns a context that verifies any number of signatures.
    pub(super) fn verifier(self, key: &PKey<Public>) -> Result<PkeyCtx<Public>, ErrorStack> {
        let mut context = PkeyCtx::new(key)?;
        context.verify_init()?;
        self.set_padding(&mut context)?;
        Ok(context)
    }
}
