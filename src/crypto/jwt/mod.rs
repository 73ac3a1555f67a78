//! JSON Web Tokens (RFC 7519): the claims set and its rules, profiles, nested tokens, selective disclosure, status
//! lists.

pub mod claims;
pub mod linked;
pub mod matching;
pub mod nested;
pub mod profile;
pub mod sd_jwt;
pub mod status_list;
