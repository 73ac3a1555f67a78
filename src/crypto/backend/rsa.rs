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
    fn md(self) -> &'static MdRef {
        match self.hash {
            Hash::Sha384 => Md::sha384(),
            Hash::Sha512 => Md::sha512(),
            Hash::Sha256 => Md::sha256(),
        }
    }

    /// Sets the parameters of a context for signing or verifying.
    fn set<T>(self, context: &mut PkeyCtxRef<T>) -> Result<(), ErrorStack> {
        context.set_rsa_padding(self.padding)?;
        context.set_signature_md(self.md())?;
        if self.padding == Padding::PKCS1_PSS {
            context.set_rsa_mgf1_md(self.md())?;
            context.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        Ok(())
    }

    pub(super) fn sign(self, key: &PKeyRef<Private>, digest: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut context = PkeyCtx::new(key)?;
        context.sign_init()?;
        self.set(&mut context)?;
        let mut signature = Vec::new();
        context.sign_to_vec(digest, &mut signature)?;
        Ok(signature)
    }

    /// A context that verifies any number of signatures.
    pub(super) fn verifier(self, key: &PKey<Public>) -> Result<PkeyCtx<Public>, ErrorStack> {
        let mut context = PkeyCtx::new(key)?;
        context.verify_init()?;
        self.set(&mut context)?;
        Ok(context)
    }
}
