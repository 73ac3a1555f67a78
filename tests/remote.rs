//! Keys whose private half is not in the process: behind a program, in an agent, in a token.

/// Programs that sign and decrypt.
mod external;

/// OpenSSH's agent.
mod agent;
