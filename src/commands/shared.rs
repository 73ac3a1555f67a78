//! Evaluates the arguments that commands share: reads inputs, processes lines, and writes results.

pub mod claim_values;
pub mod delivery;
pub mod key_file;
pub mod key_loading;
pub mod line_run;
pub mod passphrase_input;
pub mod token_input;

use crate::crypto::alg::Algorithm;
use crate::io::context::Context;

/// Prints a note that gateways support only the older name of Ed25519, if Ed25519 is chosen for a published key.
pub fn note_about_ed25519(chosen: impl IntoIterator<Item = Algorithm>, context: &Context) {
    if chosen.into_iter().any(|alg| alg.name() == "Ed25519") {
        context.console.print_note(
            "most gateways support this algorithm only under the name EdDSA (RFC 8037); use EdDSA for them",
        );
    }
}
