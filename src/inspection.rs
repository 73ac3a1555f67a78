//! Reads any input tolerantly, describes it, and reports what is provably wrong with it. Nothing is trusted or refused.
//!
//! * [`parse`] splits tokens, well-formed or not, and detects what an input is.
//! * [`findings`] reports what is provably wrong or unwise about an object.
//! * [`redact`] removes the parts of a text that give access.
//! * [`algorithm_facts`] lists what to know about an algorithm before choosing it.
//! * [`compatibility`] lists which tools and gateways support an algorithm.

pub mod algorithm_facts;
pub mod compatibility;
pub mod findings;
pub mod parse;
pub mod redact;
pub mod unprintable;
