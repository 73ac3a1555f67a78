//! The core: bytes in, values or typed errors out.
//!
//! Nothing here knows files, the environment, the terminal or the clock; time and bytes come in as arguments.
//!
//! * [`token::UnverifiedToken::parse`] parses a token, limits its size and applies the header rules. Then only `verify`
//!   makes a [`token::VerifiedToken`], and only `decrypt` makes a [`token::Plaintext`].
//! * [`KeySet::from_json`] parses keys and checks them completely before any use. The key and the policy ([`policy`])
//!   choose the algorithm; the token only has to agree.
//! * [`alg`] is the table of algorithms, one row each. Only [`backend`] calls josekit and the primitives of OpenSSL.
//! * [`jws::DetachedSigner`] and [`jws::Verification`] read a payload of any length in pieces.
//! * [`jwt`] holds the claims rules and nested tokens.
//! * `error`, `alg`, `secret`, `openssl_init`, `base64url`, `json`, and `hmac` are the ground floor: they import nothing
//!   of ours.

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
