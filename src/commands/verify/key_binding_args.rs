//! The flags for the key binding of an SD-JWT.

use clap::Args;

use super::rule_args::RuleArgs;
use crate::cli::time::Duration;
use crate::sd_jwt::KeyBindingRules;

/// The default maximum age of a key binding JWT, in seconds.
const MAX_AGE: u64 = 300;

/// The arguments for the rules.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selective disclosure")]
pub struct KeyBindingArgs {
    /// Require and verify the key binding of an SD-JWT
    #[arg(long, requires_all = ["kb_aud", "kb_nonce"], conflicts_with = "payload")]
    key_binding: bool,

    /// Required audience of the key binding JWT
    #[arg(
        long,
        value_name = "TEXT",
        requires = "key_binding",
        hide_short_help = true
    )]
    kb_aud: Option<String>,

    /// Required nonce of the key binding JWT
    #[arg(
        long,
        value_name = "TEXT",
        requires = "key_binding",
        hide_short_help = true
    )]
    kb_nonce: Option<String>,

    /// Maximum age of the key binding JWT [default: 5m]
    #[arg(
        long,
        value_name = "DURATION",
        requires = "key_binding",
        hide_short_help = true
    )]
    kb_max_age: Option<Duration>,
}

impl KeyBindingArgs {
    /// Returns the rules if key binding is required.
    pub fn rules(&self, rules: &RuleArgs) -> Option<KeyBindingRules> {
        if !self.key_binding {
            return None;
        }
        // clap requires both with --key-binding.
        Some(KeyBindingRules {
            audience: self.kb_aud.clone()?,
            nonce: self.kb_nonce.clone()?,
            max_age: self.kb_max_age.map_or(MAX_AGE, |max_age| max_age.0),
            leeway: rules.leeway.map_or(0, |leeway| leeway.0),
        })
    }
}
