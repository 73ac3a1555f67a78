//! Keys in any encoding: changed in transport, with a wrong label, in another format, in sets with unusable entries.

mod formats;
mod ids;
mod pkcs12;
mod reported;
mod sets;
mod transport;
mod unsupported;

use std::sync::LazyLock;

use super::support::{Folder, json};
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use serde_json::Value;

/// An RSA key of 2048 bits.
static RSA: LazyLock<PKey<Private>> =
    LazyLock::new(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());
/// Another one.
static OTHER_RSA: LazyLock<PKey<Private>> =
    LazyLock::new(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());

/// Returns a private ES256 key in PEM.
fn ec_pem() -> String {
    Folder::new().run("keygen ES256 --to pem").accepted() + "\n"
}

/// Returns a private ES256 key as a JWK, with kid and alg.
fn ec_jwk() -> Value {
    json(Folder::new().run("keygen ES256").accepted())
}

/// Returns the public key of a JWK.
fn public(jwk: &Value) -> Value {
    let mut jwk = jwk.clone();
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        jwk.as_object_mut().unwrap().remove(name);
    }
    jwk
}

/// Returns the thumbprint of the only key in a file.
#[track_caller]
fn thumbprint(file: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write("key", file);
    folder.run("convert -k key --to thumbprint").accepted()
}

/// Checks that a text is read as the same key as another one, and that stderr contains a note about it.
#[track_caller]
fn is_read_as(wrapped: impl AsRef<[u8]>, plain: impl AsRef<[u8]>, note: &str) {
    let folder = Folder::new();
    folder.write("key", wrapped.as_ref());
    let done = folder.run("convert -k key --to thumbprint").done();
    assert_eq!(
        done.code,
        0,
        "{done:?}\n{}",
        String::from_utf8_lossy(wrapped.as_ref())
    );
    assert_eq!(
        String::from_utf8(done.stdout).unwrap().trim(),
        thumbprint(plain)
    );
    assert!(done.stderr.contains(note), "{}", done.stderr);
}

/// Returns the error about a key file.
#[track_caller]
fn refused(file: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write("key", file);
    folder.run("convert -k key --to thumbprint").refused(3)
}

/// Returns the hint about a key file that is refused.
#[track_caller]
fn hint(file: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write("key", file);
    let done = folder.run("convert -k key --to thumbprint").done();
    assert_eq!(done.code, 3, "{done:?}");
    let hint = done.stderr.lines().find_map(|line| line.strip_prefix("jotsmith: hint: "));
    hint.unwrap_or_else(|| panic!("{done:?}")).to_owned()
}

/// Returns a certificate of a key that is signed by another key or self-signed.
fn certificate(name: &str, key: &PKey<Private>, issuer: Option<(&X509, &PKey<Private>)>) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    let subject = subject.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder
        .set_issuer_name(issuer.map_or(&subject, |(issuer, _)| issuer.subject_name()))
        .unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(30).unwrap()).unwrap();
    builder.sign(issuer.map_or(key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    builder.build()
}
