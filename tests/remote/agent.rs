//! The agent of OpenSSH, and a malicious agent.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::support::{Folder, Run, json, segment};

/// An agent of OpenSSH with a socket in the folder. It is terminated when dropped.
struct Agent {
    process: Child,
    folder: Folder,
}

impl Agent {
    fn new() -> Agent {
        let folder = Folder::new();
        let socket = folder.path("agent");
        let process = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while !socket.exists() {
            thread::sleep(std::time::Duration::from_millis(5));
        }
        Agent { process, folder }
    }

    /// Creates an OpenSSH key and adds it to the agent.
    fn add(&self, options: &str, comment: &str) {
        let script = format!(
            "ssh-keygen -q {options} -N '' -C '{comment}' -f {comment} && ssh-add -q {comment}"
        );
        self.shell(&script);
    }

    fn shell(&self, script: &str) -> String {
        (self.folder.shell(script)).env("SSH_AUTH_SOCK", "agent").accepted()
    }

    fn run(&self, arguments: &str) -> Run<'_> {
        self.folder.run(arguments).env("SSH_AUTH_SOCK", "agent")
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn keys_of_an_agent_sign() {
    let agent = Agent::new();
    for (options, comment, alg) in [
        ("-t ed25519", "ed", "Ed25519"),
        ("-t ecdsa -b 256", "p256", "ES256"),
        ("-t ecdsa -b 384", "p384", "ES384"),
        ("-t ecdsa -b 521", "p521", "ES512"),
        ("-t rsa -b 2048", "rsa", "RS256"),
    ] {
        agent.add(options, comment);
        agent
            .run(&format!(
                "convert -k ssh-agent:{comment} --public --alg {alg} -o {comment}.jwk"
            ))
            .accepted();
        for _ in 0..4 {
            let token = agent.run(&format!("sign -q -k ssh-agent:{comment} sub=a")).accepted();
            assert_eq!(json(segment(&token, 0))["alg"], alg);
            let verify = format!("verify -k {comment}.jwk");
            agent.folder.run(&verify).stdin(&token).accepted();
            // The public key in the agent verifies too.
            let verify = format!("verify -k ssh-agent:{comment} --alg {alg}");
            agent.run(&verify).stdin(token).accepted();
        }
    }
    let sign =
        |alg: &str, key: &str| agent.run(&format!("sign -q -k ssh-agent:{key} --alg {alg} a=b"));
    for (alg, key) in [("RS512", "rsa"), ("EdDSA", "ed")] {
        let token = sign(alg, key).accepted();
        let verify = format!("verify -k ssh-agent:{key} --alg {alg}");
        agent.run(&verify).stdin(token).accepted();
    }
    for alg in ["RS384", "PS256"] {
        let error = sign(alg, "rsa").refused(3);
        assert!(error.contains("RS256 and RS512"), "{error}");
    }
}

#[test]
fn agent_key_is_selected_by_fingerprint_or_comment_or_as_the_only_key() {
    let agent = Agent::new();
    let sign = |key: &str| agent.run(&format!("sign -q -k ssh-agent:{key} sub=a"));
    assert!(sign("").refused(3).contains("has no keys"));
    agent.add("-t ed25519", "one");
    sign("").accepted();
    agent.add("-t ed25519", "two");
    let error = sign("").refused(2);
    assert!(error.contains("2 keys that match: SHA256:"), "{error}");
    sign("two").accepted();
    let fingerprint = agent.shell("ssh-keygen -l -f one.pub | cut -d' ' -f2");
    sign(&fingerprint).accepted();
    let error = sign("three").refused(3);
    assert!(
        error.contains("no key with this fingerprint or comment: three"),
        "{error}"
    );
}

#[test]
fn agent_signs_lines_and_detached_payloads() {
    let agent = Agent::new();
    agent.add("-t ed25519", "key");
    let tokens = agent.run("sign -q -k ssh-agent: --lines").stdin("{}\n".repeat(9));
    assert_eq!(tokens.accepted().lines().count(), 9);
    agent.folder.write("small", "text");
    agent.folder.write("large", vec![b'x'; 300_000]);
    let token = agent.run("sign -q -k ssh-agent: --payload small --detached").accepted();
    agent.run("verify --raw -k ssh-agent: --payload small").stdin(token).accepted();
    let error = (agent.run("sign -q -k ssh-agent: --payload large --detached")).refused(3);
    assert!(
        error.contains("longer than the limit of SSH agents"),
        "{error}"
    );
}

#[test]
fn removed_or_locked_agent_key_is_reported() {
    let agent = Agent::new();
    agent.add("-t ed25519", "key");
    // A locked agent reports that it has no keys.
    agent.shell(
        "printf 'pass\\npass\\n' > pass; printf '#!/bin/sh\\necho pass\\n' > ask; chmod 700 ask",
    );
    agent.shell("SSH_ASKPASS=./ask SSH_ASKPASS_REQUIRE=force ssh-add -q -x");
    let error = agent.run("sign -q -k ssh-agent: sub=a").refused(3);
    assert!(error.contains("has no keys"), "{error}");
}

#[test]
fn private_half_is_not_exported() {
    let agent = Agent::new();
    agent.add("-t ed25519", "key");
    for format in ["jwk", "pem", "der", "jwks"] {
        let error = agent.run(&format!("convert -k ssh-agent: --to {format} -o out")).refused(3);
        assert!(error.contains("cannot be exported"), "{error}");
    }
    let jwk = json(agent.run("convert -k ssh-agent: --public").accepted());
    assert_eq!((&jwk["crv"], jwk.get("d")), (&"Ed25519".into(), None));
}

#[test]
fn missing_agent_or_socket_is_reported() {
    let folder = Folder::new();
    let error = folder.run("sign -q -k ssh-agent: a=b").refused(3);
    assert!(error.contains("SSH_AUTH_SOCK is not set"), "{error}");
    let run = folder.run("sign -q -k ssh-agent: a=b");
    let error = run.env("SSH_AUTH_SOCK", "none").refused(3);
    assert!(error.contains("no such file"), "{error}");
    for line in [
        "sign -k ssh-agent: --claims ssh-agent:",
        "decrypt --secret ssh-agent:x t",
    ] {
        let error = folder.run(line).refused(if line.starts_with('s') { 3 } else { 2 });
        assert!(!error.is_empty());
    }
}

/// Runs the program with an agent that sends these responses, one for each connection.
fn lied_to(answers: Vec<Vec<u8>>, arguments: &str) -> String {
    let folder = Folder::new();
    let listener = UnixListener::bind(folder.path("agent")).unwrap();
    let server = thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 5];
            let _ = stream.read_exact(&mut request);
            let _ = stream.write_all(&answer);
        }
    });
    let done = folder.run(arguments).env("SSH_AUTH_SOCK", "agent").done();
    assert!(done.code == 3 && done.stdout.is_empty(), "{done:?}");
    server.join().unwrap();
    done.stderr
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// Returns the response of an agent with one key.
fn identities(blob: &[u8], comment: &str) -> Vec<u8> {
    let body = [
        &[12, 0, 0, 0, 1][..],
        &string(blob),
        &string(comment.as_bytes()),
    ]
    .concat();
    string(&body)
}

fn ed25519_blob() -> Vec<u8> {
    // The base point is a valid public key.
    let mut key = [0x66; 32];
    key[0] = 0x58;
    [string(b"ssh-ed25519"), string(&key)].concat()
}

#[test]
fn security_key_is_refused_with_the_reason() {
    let mut point = vec![0x66; 32];
    point[0] = 0x58;
    let blob = [
        string(b"sk-ssh-ed25519@openssh.com"),
        string(&point),
        string(b"ssh:"),
    ]
    .concat();
    for name in ["", "yubi"] {
        let answer = identities(&blob, "yubi");
        let error = lied_to(vec![answer], &format!("sign -q -k ssh-agent:{name} a=b"));
        assert!(error.contains("security key (sk-)"), "{error}");
    }
}

#[test]
fn malformed_agent_responses_are_rejected() {
    let command = "sign -q -k ssh-agent: a=b";
    let good = identities(&ed25519_blob(), "c");
    for answer in [
        vec![],
        vec![0, 0],
        string(b""),
        string(&[5]),
        string(&[12]),
        string(&[12, 0xff, 0xff, 0xff, 0xff]),
        string(&[12, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 1]),
        vec![0xff; 8],
        good[..good.len() - 3].to_vec(),
    ] {
        let error = lied_to(vec![answer.clone()], command);
        assert!(error.contains("SSH agent"), "{answer:?}: {error}");
    }
    for answer in [
        vec![],
        string(&[5]),
        string(&[14]),
        string(&[&[14][..], &string(&string(b"ssh-rsa"))].concat()),
        string(
            &[
                &[14][..],
                &string(&[string(b"ssh-ed25519"), string(&[1; 64])].concat()),
            ]
            .concat(),
        ),
    ] {
        let error = lied_to(vec![good.clone(), answer.clone()], command);
        let is_clear = error.contains("SSH agent") || error.contains("does not verify");
        assert!(is_clear, "{answer:?}: {error}");
    }
}

#[test]
fn control_characters_of_a_comment_are_escaped() {
    let blob = [string(b"ssh-ed25519"), string(&[1; 3])].concat();
    let answer = identities(&blob, "a\u{1b}[31m\nb");
    let error = lied_to(vec![answer], "sign -q -k ssh-agent:x a=b");
    assert!(
        !error.contains('\u{1b}') && error.lines().count() == 2,
        "{error}"
    );
}
