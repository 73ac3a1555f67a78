//! Another program that signs or decrypts: it is started with the input on stdin and gives its result on stdout.

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

/// The time that a program has, if no other is given.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// How often the end of a program is looked for.
const POLL: Duration = Duration::from_millis(2);

/// A command line, split as a shell splits it. Nothing is expanded, and no shell is started.
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

/// A private key behind a program.
pub struct ExternalKey {
    /// The program.
    pub command: CommandLine,
    /// What it reads to sign.
    pub input: SignerInput,
    /// The encoding of its signature; `None` detects it.
    pub output: Option<Encoding>,
    /// How long it may take.
    pub timeout: Duration,
}

impl ExternalKey {
    /// A key that decrypts.
    pub fn unwrapper(command: CommandLine) -> ExternalKey {
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
        // A program that fails may have been given an encrypted key that does not decrypt: this is not distinguished from a
        // wrong content encryption key (RFC 7516 section 11.5).
        let (output, status) = self.command.run("unwrapper", encrypted_key, self.timeout)?;
        Ok((status.success())
            .then(|| decode_key(&output, len))
            .flatten())
    }
}

impl CommandLine {
    /// Runs the program. Returns its output and how it ended. stderr is passed on.
    fn run(
        &self,
        role: &str,
        input: &[u8],
        timeout: Duration,
    ) -> Result<(SecretBytes, ExitStatus), Error> {
        let program = &self.0[0];
        let mut command = Command::new(program);
        (command.args(&self.0[1..]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
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
        let result = exchange(&mut child, input, deadline);
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

/// Why a program gave no output.
enum Failure {
    TimedOut,
    TooLong,
    /// The system does not report how it ended.
    Lost,
}

/// Writes the input, reads the output, and waits for the end. The threads are not joined: a program that the child has
/// started may keep the pipes open.
fn exchange(
    child: &mut Child,
    input: &[u8],
    deadline: Instant,
) -> Result<(SecretBytes, ExitStatus), Failure> {
    let (send, receive) = mpsc::channel();
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // A program that does not read everything is not wrong for that.
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
