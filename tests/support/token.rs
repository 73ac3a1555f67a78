//! A token of SoftHSM 2 (the packages softhsm2 and opensc).

use super::{Folder, Run};

const PATH: &str = "/usr/bin:/bin";
/// The PIN of the token.
pub const PIN: &str = "482915";

/// Returns the path of the module, which depends on the distribution.
pub fn module() -> &'static str {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let there = |place: &&str| std::path::Path::new(place).exists();
    places.into_iter().find(there).expect("softhsm2 is not installed")
}

/// A PKCS#11 2.40 module that forwards to another one. Its function list has a version, and then pointers in the order of the
/// standard. The flags of a token follow four texts with a total of 96 bytes.
const CHANGED_MODULE: &str = r#"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
typedef unsigned long (*fn)();
struct list { unsigned char version[2]; fn f[68]; };
static struct list changed, *real;
static unsigned long number(const char *name) {
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 0) : 0;
}
static unsigned long token_info(unsigned long slot, char *info) {
    unsigned long result = real->f[6](slot, info), flags;
    memcpy(&flags, info + 96, sizeof flags);
    flags |= number("FLAGS");
    memcpy(info + 96, &flags, sizeof flags);
    return result;
}
static unsigned long login(unsigned long session, unsigned long user, char *pin, unsigned long len) {
    unsigned long result = number("LOGIN");
    return result ? result : real->f[18](session, user, pin, len);
}
struct attribute { unsigned long type; unsigned char *value; unsigned long len; };
static int denies(struct attribute *one, unsigned long count) {
    for (; count; one++, count--)
        if (one->type >= 0x104 && one->type <= 0x10c && !*one->value) return 1;
    return 0;
}
static unsigned long generate(unsigned long session, void *mechanism, struct attribute *public, unsigned long publics,
        struct attribute *private, unsigned long privates, unsigned long *one, unsigned long *other) {
    if (number("TPM") && (denies(public, publics) || denies(private, privates))) return 5;
    return real->f[59](session, mechanism, public, publics, private, privates, one, other);
}
unsigned long C_GetFunctionList(struct list **list) {
    void *module = dlopen(getenv("MODULE"), RTLD_NOW);
    ((fn)dlsym(module, "C_GetFunctionList"))(&real);
    changed = *real;
    changed.f[6] = (fn)token_info;
    changed.f[18] = (fn)login;
    changed.f[59] = (fn)generate;
    *list = &changed;
    return 0;
}
"#;

/// A folder with a token labeled `ci`.
pub struct Token(pub Folder);

impl Token {
    /// Creates a token.
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

    /// Creates another token with this label.
    pub fn init(&self, label: &str) {
        self.shell(&format!(
            "softhsm2-util --init-token --free --label '{label}' --so-pin 0000 --pin {PIN} > /dev/null"
        ));
    }

    /// Runs a script, checks that it succeeds, and returns stdout.
    pub fn shell(&self, script: &str) -> String {
        let conf = self.0.path("softhsm2.conf");
        (self.0.shell(script))
            .env("SOFTHSM2_CONF", conf.to_str().unwrap())
            .env("MODULE", module())
            .accepted()
    }

    /// Returns a run without a PIN.
    pub fn locked(&self, arguments: &str) -> Run<'_> {
        let conf = self.0.path("softhsm2.conf");
        (self.0.run(arguments))
            .env("SOFTHSM2_CONF", conf.to_str().unwrap())
            .env("PKCS11_MODULE", module())
            .env("PATH", PATH)
    }

    /// Returns a run with the PIN.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.locked(arguments).env("JOTSMITH_PIN", PIN)
    }

    /// Compiles a module that forwards to SoftHSM with changes: `FLAGS` are added to the flags of the token, `LOGIN` is the
    /// result of a login, and with `TPM` a template of a key pair that denies a use is refused, as in tpm2-pkcs11.
    pub fn changed_module(&self) -> String {
        self.0.write("changed.c", CHANGED_MODULE);
        self.shell("cc -shared -fPIC -o changed.so changed.c -ldl");
        self.0.path("changed.so").to_str().unwrap().to_owned()
    }

    /// Generates a key in the token, and writes its public key to a file.
    pub fn keygen(&self, algorithm: &str, object: &str) {
        let line = format!(
            "keygen {algorithm} -o pkcs11:token=ci;object={object} --public-out {object}.jwk"
        );
        self.run(&line).accepted();
    }
}
