//! Runs the program in an empty folder, and builds invalid tokens.

/// Uses the core without a process.
pub mod core;
/// A server on loopback.
pub mod server;
/// A token of SoftHSM.
#[cfg(feature = "pkcs11")]
pub mod token;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jotsmith::crypto::base64url;
use openssl::sha::sha256;
use serde_json::Value;

/// Returns the folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every file below a folder of the project, in order.
pub fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    files
}

/// Returns the program that was built with the tests, or the command in JOTSMITH_PROGRAM, split at spaces: the program for
/// another system with its emulator.
pub fn program() -> Command {
    let Ok(other) = std::env::var("JOTSMITH_PROGRAM") else {
        return Command::new(env!("CARGO_BIN_EXE_jotsmith"));
    };
    let mut words = other.split_whitespace();
    let mut command = Command::new(words.next().expect("JOTSMITH_PROGRAM is empty"));
    command.args(words);
    command
}

/// A folder in which the program is run. It is removed when dropped.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// Returns an empty folder.
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// Returns another folder with the same files.
    pub fn copy(&self) -> Folder {
        let copy = Folder::new();
        for (name, (_, bytes)) in self.state() {
            copy.write(&name, bytes);
        }
        copy
    }

    /// Returns the path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that only the owner can read.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(self.path(name), bytes).unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.path(name), mode).unwrap();
    }

    /// Returns the bytes of a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Returns the text of a file.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Returns a run of the program with arguments that are split at spaces.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.run_with(arguments.split_whitespace())
    }

    /// Returns a run of the program with these arguments.
    pub fn run_with<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run<'_> {
        let mut command = program();
        command.args(arguments).current_dir(self.0.path()).env_clear();
        Run {
            command,
            folder: self,
            stdin: Vec::new(),
        }
    }

    /// Returns a run of a shell script in which `jotsmith` is the program.
    pub fn shell(&self, script: &str) -> Run<'_> {
        let program = Path::new(env!("CARGO_BIN_EXE_jotsmith"));
        let folder = program.parent().unwrap().display();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command
            .args(["-c", script])
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", format!("{folder}:{path}"));
        Run {
            command,
            folder: self,
            stdin: Vec::new(),
        }
    }

    /// Creates a key file.
    pub fn keygen(&self, algorithm: &str, name: &str) {
        self.run(&format!("keygen {algorithm} -o {name}")).accepted();
    }

    /// Returns the names, bytes and modes of all entries of the folder.
    pub fn state(&self) -> BTreeMap<String, (u32, Vec<u8>)> {
        use std::os::unix::fs::PermissionsExt;
        let entries = std::fs::read_dir(self.0.path()).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            (
                entry.file_name().to_string_lossy().into_owned(),
                (mode, bytes),
            )
        });
        entries.collect()
    }
}

/// A run of the program that is not started yet.
pub struct Run<'a> {
    command: Command,
    folder: &'a Folder,
    stdin: Vec<u8>,
}

/// The result of a run.
pub struct Done {
    /// The exit code; that of a signal is negative.
    pub code: i32,
    /// The output on stdout.
    pub stdout: Vec<u8>,
    /// The output on stderr.
    pub stderr: String,
}

impl std::fmt::Debug for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stdout = String::from_utf8_lossy(&self.stdout);
        write!(
            f,
            "code {}\nstdout: {stdout:.2000}\nstderr: {}",
            self.code, self.stderr
        )
    }
}

impl Run<'_> {
    /// Sets the input on stdin.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs the program, and returns the result.
    pub fn done(mut self) -> Done {
        use std::os::unix::process::ExitStatusExt;
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = std::mem::take(&mut self.stdin);
        let writer = std::thread::spawn(move || {
            // This fails if the program exits without reading its input.
            let _ = stdin.write_all(&bytes);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let signal = output.status.signal().map(|signal| -signal);
        let done = Done {
            code: output.status.code().or(signal).unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!done.stderr.contains("panicked"), "{done:?}");
        done
    }

    /// Runs the program, and checks that it succeeds. Returns stdout as text without white space at its end.
    #[track_caller]
    pub fn accepted(self) -> String {
        let shown = format!("{:?}", self.command);
        let done = self.done();
        assert_eq!(done.code, 0, "{shown}: {done:?}");
        String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs the program, and checks that it fails: with this exit code, an empty stdout, one error, at most one hint, and no
    /// changed file. Returns the message.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        let shown = format!("{:?}", self.command);
        let folder = self.folder;
        let before = folder.state();
        let done = self.done();
        assert_eq!(done.code, code, "{shown}: {done:?}");
        assert!(done.stdout.is_empty(), "{shown}: {done:?}");
        assert!(folder.state() == before, "{shown}: a file has changed");
        let mut messages = Vec::new();
        let mut hints = 0;
        for line in done.stderr.lines() {
            let (kind, text) = line
                .strip_prefix("jotsmith: ")
                .and_then(|line| line.split_once(": "))
                .unwrap_or_else(|| panic!("{shown}: {done:?}"));
            match kind {
                "error" => messages.push(text.to_owned()),
                "hint" => hints += 1,
                "note" | "warning" => continue,
                _ => panic!("{shown}: {done:?}"),
            }
            assert!(!text.ends_with('.') && !text.is_empty(), "{shown}: {text}");
        }
        assert!(messages.len() == 1 && hints <= 1, "{shown}: {done:?}");
        messages.remove(0)
    }
}

/// Returns the decoded segment of a compact token: 0 is the protected header, 1 the payload.
pub fn segment(token: &str, index: usize) -> Vec<u8> {
    let segment = token.trim().split('.').nth(index).unwrap();
    base64url::decode(segment).unwrap()
}

/// Parses JSON.
pub fn json(text: impl AsRef<[u8]>) -> Value {
    serde_json::from_slice(text.as_ref())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(text.as_ref())))
}

/// The secret that [`hs256`] signs with.
pub const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// [`SECRET`] as a JWK.
pub fn secret_jwk() -> String {
    format!(r#"{{"kty":"oct","k":"{}"}}"#, base64url::encode(SECRET))
}

/// Returns a token with this header and payload, which may be invalid, and a valid HS256 signature with [`SECRET`].
pub fn hs256(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    hs256_of(&base64url::encode(header), &base64url::encode(payload))
}

/// As [`hs256`], for encoded segments, which may be invalid.
pub fn hs256_of(header: &str, payload: &str) -> String {
    let input = format!("{header}.{payload}");
    format!("{input}.{}", base64url::encode(mac(SECRET, &input)))
}

/// Returns the HMAC with SHA-256 (RFC 2104) for a key of any length, including 0.
pub fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut block = [0; 64];
    match key.len() {
        0..=64 => block[..key.len()].copy_from_slice(key),
        _ => block[..32].copy_from_slice(&sha256(key)),
    }
    let inner = [&block.map(|byte| byte ^ 0x36)[..], text.as_bytes()].concat();
    sha256(&[&block.map(|byte| byte ^ 0x5c)[..], &sha256(&inner)].concat()).to_vec()
}

/// Reads a file of the external vectors, if JOTSMITH_VECTORS names their folder. In CI (the variable CI) it must exist.
pub fn vectors(name: &str) -> Option<Value> {
    let folder = vectors_folder()?;
    let path = folder.join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(json(bytes))
}

/// Returns the folder of the external vectors. A CI job without them sets JOTSMITH_WITHOUT_VECTORS.
pub fn vectors_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("JOTSMITH_VECTORS").map(PathBuf::from);
    if folder.is_none() {
        assert!(
            std::env::var_os("CI").is_none()
                || std::env::var_os("JOTSMITH_WITHOUT_VECTORS").is_some(),
            "JOTSMITH_VECTORS is not set"
        );
        eprintln!("JOTSMITH_VECTORS is not set: the external test vectors are skipped");
    }
    folder
}

/// Returns a `dir` token, encrypted by A256GCM with [`SECRET`], with this header and content, which may be invalid.
pub fn direct(header: impl AsRef<[u8]>, content: &[u8]) -> String {
    use openssl::symm::{Cipher, encrypt_aead};
    let header = base64url::encode(header);
    let iv = [9; 12];
    let mut tag = [0; 16];
    let cipher = Cipher::aes_256_gcm();
    let ciphertext = encrypt_aead(
        cipher,
        SECRET,
        Some(&iv),
        header.as_bytes(),
        content,
        &mut tag,
    );
    let [iv, ciphertext, tag] = [&iv[..], &ciphertext.unwrap(), &tag].map(base64url::encode);
    format!("{header}..{iv}.{ciphertext}.{tag}")
}

/// Returns a PEM block.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = base64_simd::STANDARD.encode_to_string(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// Returns an ECDH-ES token with A256GCM for a public EC key. The coordinate x of `epk` lacks at least one leading zero byte,
/// as some libraries write it.
pub fn short_epk(recipient: &Value, content: &[u8]) -> String {
    use openssl::bn::{BigNum, BigNumContext};
    use openssl::derive::Deriver;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::nid::Nid;
    use openssl::pkey::PKey;
    use openssl::symm::{Cipher, encrypt_aead};
    let (nid, len) = match recipient["crv"].as_str().unwrap() {
        "P-256" => (Nid::X9_62_PRIME256V1, 32),
        "P-521" => (Nid::SECP521R1, 66),
        other => panic!("{other}"),
    };
    let group = EcGroup::from_curve_name(nid).unwrap();
    let coordinate = |name: &str| {
        let octets = base64url::decode(recipient[name].as_str().unwrap()).unwrap();
        BigNum::from_slice(&octets).unwrap()
    };
    let peer =
        EcKey::from_public_key_affine_coordinates(&group, &coordinate("x"), &coordinate("y"));
    let peer = PKey::from_ec_key(peer.unwrap()).unwrap();
    loop {
        let own = EcKey::generate(&group).unwrap();
        let [mut x, mut y] = [(); 2].map(|()| BigNum::new().unwrap());
        let mut context = BigNumContext::new().unwrap();
        let point = own.public_key();
        (point.affine_coordinates(&group, &mut x, &mut y, &mut context)).unwrap();
        if x.to_vec().len() == len {
            continue;
        }
        let epk = serde_json::json!({
            "kty": "EC", "crv": recipient["crv"], "x": base64url::encode(x.to_vec()),
            "y": base64url::encode(y.to_vec_padded(len as i32).unwrap()),
        });
        let header =
            serde_json::json!({"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "epk": epk});
        let header = base64url::encode(header.to_string());
        let own = PKey::from_ec_key(own).unwrap();
        let mut deriver = Deriver::new(&own).unwrap();
        deriver.set_peer(&peer).unwrap();
        // RFC 7518 section 4.6.2: one round of the Concat KDF.
        let secret = deriver.derive_to_vec().unwrap();
        let info = [
            &7_u32.to_be_bytes()[..],
            b"A256GCM",
            &[0; 8],
            &256_u32.to_be_bytes(),
        ];
        let key = sha256(&[&1_u32.to_be_bytes()[..], &secret, &info.concat()].concat());
        let (iv, mut tag) = ([7; 12], [0; 16]);
        let (cipher, aad) = (Cipher::aes_256_gcm(), header.as_bytes());
        let ciphertext = encrypt_aead(cipher, &key, Some(&iv), aad, content, &mut tag).unwrap();
        let parts = [&iv[..], &ciphertext, &tag].map(base64url::encode);
        return format!("{header}..{}", parts.join("."));
    }
}
