//! JSON Web Tokens (RFC 7519): the claims set and its rules, profiles, nested tokens.

pub mod claims;
pub mod linked;
pub mod matching;
pub mod nested;
