//! What the commands do with the arguments that they share: read what these name, run a stream of lines, write the result.

pub mod claim_values;
pub mod delivery;
pub mod key_file;
pub mod key_loading;
pub mod line_run;
pub mod passphrase_input;
pub mod token_input;

use crate::crypto::alg::Algorithm;
use crate::io::context::Context;

/// Says that gateways know Ed25519 by its older name, if it is chosen for a key that is published.
pub fn note_about_ed25519(chosen: impl IntoIterator<Item = Algorithm>, context: &Context) {
    if chosen.into_iter().any(|alg| alg.name() == "Ed25519") {
        (context.console).print_note(
            "most gateways support this algorithm only under the name EdDSA (RFC 8037); use EdDSA for them",
        );
    }
}
