//! The core: it takes bytes and returns values or typed errors.
//!
//! It does not use files, the environment, the terminal or the clock. The caller passes the time and the bytes.
//!
//! * [`token::UnverifiedToken::parse`] parses a token, limits its size and applies the header rules. Only `verify` returns a
//!   [`token::VerifiedToken`], and only `decrypt` returns a [`token::Plaintext`].
//! * [`KeySet::from_json`] parses keys and checks them completely before any use. The key and the policy ([`policy`])
//!   choose the algorithm; the algorithm of the token must match.
//! * [`alg`] is the table of algorithms, one row each. Only [`backend`] calls josekit and the primitives of OpenSSL.
//! * [`jws::DetachedSigner`] and [`jws::Verification`] read a payload of any length in chunks.
//! * [`jwt`] contains the claims rules and nested tokens.
//! * `error`, `alg`, `secret`, `openssl_init`, `base64url`, `json` and `hmac` are the lowest layer: they use no other
//!   module of this crate.

pub mod alg;
pub mod backend;
pub mod base64url;
pub mod certificate_chain;
pub mod error;
pub(crate) mod hmac;
pub mod json;
pub mod jwe;
pub mod jws;
pub mod jwt;
pub mod key;
pub mod keyset;
mod openssl_init;
pub mod policy;
pub mod random;
pub mod secret;
pub mod token;

pub use error::{Code, Error, Failure, RemoteFailure, Result};
pub use jwt::nested::NestedJwt;
pub use key::{Key, PublicKey};
pub use keyset::KeySet;
pub use openssl_init::openssl_init;
pub use policy::{DecryptPolicy, KeyDecryption, KeyEncryption, VerifyPolicy};
pub use secret::SecretBytes;
pub use token::{Plaintext, UnverifiedToken, VerifiedToken};
