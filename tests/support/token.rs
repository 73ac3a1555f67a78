//! A token of SoftHSM 2 (the packages softhsm2 and opensc).

use super::{Folder, Run};

const PATH: &str = "/usr/bin:/bin";
/// Its PIN.
pub const PIN: &str = "482915";

/// Where distributions put the module.
pub fn module() -> &'static str {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let there = |place: &&str| std::path::Path::new(place).exists();
    places
        .into_iter()
        .find(there)
        .expect("softhsm2 is not installed")
}

/// A folder with a token labeled `ci`.
pub struct Token(pub Folder);

impl Token {
    /// Makes one.
    pub fn new() -> Token {
        let folder = Folder::new();
        std::fs::create_dir(folder.path("tokens")).unwrap();
        let tokens = folder.path("tokens");
        let line = format!("directories.tokendir = {}\n", tokens.display());
        folder.write(
            "softhsm2.conf",
            line + "objectstore.backend = file\nlog.level = ERROR\n",
        );
        let token = Token(folder);
        token.init("ci");
        token
    }

    /// Makes another one with this label.
    pub fn init(&self, label: &str) {
        self.shell(&format!(
            "softhsm2-util --init-token --free --label '{label}' --so-pin 0000 --pin {PIN} > /dev/null"
        ));
    }

    /// Runs a script, which must succeed.
    pub fn shell(&self, script: &str) -> String {
        let conf = self.0.path("softhsm2.conf");
        (self.0.shell(script))
            .env("SOFTHSM2_CONF", conf.to_str().unwrap())
            .env("MODULE", module())
            .accepted()
    }

    /// A run without a PIN.
    pub fn locked(&self, arguments: &str) -> Run<'_> {
        let conf = self.0.path("softhsm2.conf");
        (self.0.run(arguments))
            .env("SOFTHSM2_CONF", conf.to_str().unwrap())
            .env("PKCS11_MODULE", module())
            .env("PATH", PATH)
    }

    /// A run with the PIN.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.locked(arguments).env("JOTSMITH_PIN", PIN)
    }

    /// Makes a key in the token, and its public half in a file.
    pub fn keygen(&self, algorithm: &str, object: &str) {
        let line = format!(
            "keygen {algorithm} -o pkcs11:token=ci;object={object} --public-out {object}.jwk"
        );
        self.run(&line).accepted();
    }
}
