//! Value parsers for names in a table. The shell completes these names.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::crypto::alg::{CONTENT_ENCRYPTIONS, KEY_MANAGEMENT, SIGNATURES};

/// A value parser for names, which lists all names for completion.
#[derive(Clone)]
pub struct Named<T> {
    parse: fn(&str) -> Result<T, String>,
    names: fn() -> Vec<&'static str>,
}

/// Returns the value parser. Its argument needs `hide_possible_values`, or the help lists every name.
pub fn name_parser<T>(
    parse: fn(&str) -> Result<T, String>,
    names: fn() -> Vec<&'static str>,
) -> Named<T> {
    Named { parse, names }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Named<T> {
    type Value = T;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let parse = self.parse;
        let parser = StringValueParser::new().try_map(move |text: String| parse(&text));
        parser.parse_ref(cmd, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.names)().into_iter().map(PossibleValue::new)))
    }
}

/// Returns the names of the signature algorithms.
pub fn signature_names() -> Vec<&'static str> {
    SIGNATURES.iter().map(|row| row.name).collect()
}

/// Returns the names of the key management algorithms.
pub fn key_managements() -> Vec<&'static str> {
    KEY_MANAGEMENT.iter().map(|row| row.name).collect()
}

/// Returns the names of the content encryption algorithms.
pub fn content_encryptions() -> Vec<&'static str> {
    CONTENT_ENCRYPTIONS.iter().map(|row| row.name).collect()
}

/// Returns the names of the algorithms that a key can be generated for or bound to, without deprecated ones.
pub fn algorithm_names() -> Vec<&'static str> {
    let managements = KEY_MANAGEMENT.iter().filter(|row| !row.is_deprecated());
    let mut names = signature_names();
    names.extend(managements.map(|row| row.name));
    names.extend(content_encryptions());
    names
}
