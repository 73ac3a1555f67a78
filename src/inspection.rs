//! Reads anything tolerantly, describes it, and reports what it proves to be wrong. Trusts nothing, refuses nothing.
//!
//! * [`parse`] splits tokens, well-formed or not, and detects what an input is.
//! * [`findings`] states what an object itself proves to be wrong or unwise.
//! * [`redact`] replaces what gives access in a text.
//! * [`algorithm_facts`] lists what is worth knowing about an algorithm before it is chosen.
//! * [`compatibility`] lists which tools and gateways support an algorithm.

pub mod algorithm_facts;
pub mod compatibility;
pub mod findings;
pub mod parse;
pub mod redact;
pub mod unprintable;
