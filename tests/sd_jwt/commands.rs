//! The commands: sign --sd, sign --present, verify.
