//! Keys behind another program, which signs or decrypts. It receives the input on stdin and writes the result to stdout.

use std::io::Write as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::program_output::{Encoding, MAX_OUTPUT, decode_key, signature_candidates};
use super::source::{io_error, read_limited, secret_variables};
use crate::crypto::alg::{KeyManagement, Signature};
use crate::crypto::backend;
use crate::crypto::key::RemoteKey;
use crate::crypto::{Error, SecretBytes};

/// The default time limit of a program.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// The interval for checks whether a program has ended.
const POLL: Duration = Duration::from_millis(2);

/// A command line, split into words as in a shell. Nothing is expanded, and no shell is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

impl FromStr for CommandLine {
    type Err = String;

    fn from_str(text: &str) -> Result<CommandLine, String> {
        let words = shlex::split(text).ok_or("has a quotation mark that is not closed")?;
        match words.first().map(String::as_str) {
            None | Some("") => Err("names no program".into()),
            Some(_) => Ok(CommandLine(words)),
        }
    }
}

/// What a signer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SignerInput {
    /// The signing input.
    #[default]
    Message,
    /// The digest of the signing input, with the hash function of the algorithm.
    Digest,
}

/// A private key that a program uses.
pub struct ExternalKey {
    /// The program.
    pub command: CommandLine,
    /// The input of the program for a signature.
    pub input: SignerInput,
    /// The encoding of its signature. If `None`, it is detected.
    pub output: Option<Encoding>,
    /// The time limit.
    pub timeout: Duration,
}

impl ExternalKey {
    /// Returns a key for decryption.
    pub fn for_unwrapping(command: CommandLine) -> ExternalKey {
        ExternalKey {
            command,
            input: SignerInput::Message,
            output: None,
            timeout: TIMEOUT,
        }
    }
}

impl RemoteKey for ExternalKey {
    fn sign(&self, algorithm: &'static Signature, message: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let digest;
        let input = match self.input {
            SignerInput::Message => message,
            SignerInput::Digest => {
                digest = backend::digest_of(algorithm, message).ok_or_else(|| {
                    Error::remote(format!(
                        "{} signs the message, not a digest: omit --signer-input digest",
                        algorithm.name
                    ))
                })?;
                &digest
            }
        };
        let (output, status) = self.command.run("signer", input, self.timeout)?;
        if !status.success() {
            let program = &self.command.0[0];
            return Err(Error::remote(format!(
                "the signer {program} failed: {status}"
            )));
        }
        let found = signature_candidates(output.expose(), self.output, algorithm);
        Ok(found)
    }

    fn decrypt(
        &self,
        _algorithm: &'static KeyManagement,
        encrypted_key: &[u8],
        len: usize,
    ) -> Result<Option<SecretBytes>, Error> {
        // The program may have failed because the encrypted key does not decrypt. This is not distinguished from a wrong
        // content encryption key (RFC 7516 section 11.5).
        let (output, status) = self.command.run("unwrapper", encrypted_key, self.timeout)?;
        Ok(status.success().then(|| decode_key(&output, len)).flatten())
    }
}

impl CommandLine {
    /// Runs the program. Returns its output and its exit status. stderr is inherited.
    fn run(
        &self,
        role: &str,
        input: &[u8],
        timeout: Duration,
    ) -> Result<(SecretBytes, ExitStatus), Error> {
        let program = &self.0[0];
        let mut command = Command::new(program);
        command.args(&self.0[1..]).stdin(Stdio::piped()).stdout(Stdio::piped());
        for name in secret_variables() {
            command.env_remove(name);
        }
        let mut child = command.spawn().map_err(|error| {
            Error::remote(format!(
                "the {role} {program} cannot be started: {}",
                io_error(&error).message
            ))
        })?;
        let deadline = Instant::now() + timeout;
        let result = run_program(&mut child, input, deadline);
        if result.is_err() {
            let _ = child.kill();
            let _ = child.wait();
        }
        result.map_err(|why| {
            Error::remote(match why {
                Failure::TimedOut => format!(
                    "the {role} {program} did not finish in {} s",
                    timeout.as_secs()
                ),
                Failure::TooLong => format!(
                    "the output of the {role} {program} is longer than the limit of {MAX_OUTPUT} bytes"
                ),
                Failure::Lost => format!("the exit status of the {role} {program} is not known"),
            })
        })
    }
}

/// Why a program failed to produce output.
enum Failure {
    TimedOut,
    TooLong,
    /// The system does not report the exit status.
    Lost,
}

/// Writes the input, reads the output, and waits for the exit. The threads are not joined, because a program that the child
/// has started may keep the pipes open.
fn run_program(
    child: &mut Child,
    input: &[u8],
    deadline: Instant,
) -> Result<(SecretBytes, ExitStatus), Failure> {
    let (send, receive) = mpsc::channel();
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // It is not an error if the program does not read all of its input.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || drop(send.send(read_limited(stdout, MAX_OUTPUT))));
    }
    let left = || deadline.saturating_duration_since(Instant::now());
    let output = match receive.recv_timeout(left()) {
        Ok(output) => output.map_err(|_| Failure::TooLong)?,
        Err(_) => return Err(Failure::TimedOut),
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok((output, status)),
            Ok(None) if left().is_zero() => return Err(Failure::TimedOut),
            Ok(None) => thread::sleep(POLL),
            Err(_) => return Err(Failure::Lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_split_without_expansion() {
        let line: CommandLine = r#"sh -c 'echo "$HOME" *' "a b" c\ d"#.parse().unwrap();
        let words = ["sh", "-c", r#"echo "$HOME" *"#, "a b", "c d"];
        assert_eq!(line.0, words);
        for text in ["", "  ", "'", "''"] {
            assert!(text.parse::<CommandLine>().is_err(), "{text}");
        }
    }
}
