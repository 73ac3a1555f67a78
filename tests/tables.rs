//! The tables of docs/algorithms.md that are made from the core (UPDATE=1 rewrites them), by trying what they say.

use clap::ValueEnum;

use jotsmith::cli::key_format::KeyFormat;
use jotsmith::crypto::alg::{Akp, Algorithm, Curve, KeyType, Signature};
use jotsmith::crypto::json::Object;
use jotsmith::crypto::jwe::{self, Encryption, Recipient};
use jotsmith::crypto::jws::{SerializeOptions, SignatureSpec, Verifier};
use jotsmith::crypto::policy::MIN_P2C;
use jotsmith::crypto::token::Serialization;
use jotsmith::crypto::{Key, KeySet, Result, UnverifiedToken, backend, policy::MAX_TOKEN};
use jotsmith::inspection::algorithm_facts as facts;
use jotsmith::inspection::compatibility;

use super::support::{core, root};

/// Compares a table of the page with this one, or rewrites it when UPDATE is set.
fn check(name: &str, wanted: &str) {
    let begin = format!("<!-- {name}: made from the core -->\n");
    let end = "<!-- end -->\n";
    let path = root().join("docs/algorithms.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).expect("the page has the table");
    let (shown, after) = rest.split_once(end).expect("the table has an end");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
    } else {
        assert_eq!(
            shown, wanted,
            "UPDATE=1 cargo test --test main tables rewrites it"
        );
    }
}

fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let head = head.iter().map(ToString::to_string).collect();
    let rules = vec!["---".to_owned(); Vec::len(&head)];
    let rows = [head, rules].into_iter().chain(rows);
    let line = |row: Vec<String>| format!("| {} |\n", row.join(" | ")).replace("| --- ", "|---");
    rows.map(line)
        .collect::<String>()
        .replace("|--- |", "|---|")
}

/// One after the other: they are parts of one file.
#[test]
fn tables_of_the_docs_are_generated_from_the_algorithm_table() {
    check("algorithms", &algorithms());
    check("serializations", &serializations());
    // An older OpenSSL has no ML-DSA.
    if cfg!(feature = "vendored") {
        check("keys", &keys());
    }
}

fn algorithms() -> String {
    let rows = facts::all().map(|facts| {
        let number = |number: Option<usize>| number.map_or("-".into(), |n| n.to_string());
        let purpose = match facts.alg {
            Algorithm::Signature(_) => "signature",
            Algorithm::KeyManagement(_) => "key management",
            Algorithm::ContentEncryption(_) => "content encryption",
        };
        vec![
            format!("`{}`", facts.alg.name()),
            purpose.into(),
            facts.key.into(),
            number(facts.strength.map(|bits| bits as usize)),
            number(facts.overhead),
            format!("{}: {}", facts.standing.name(), facts.reason),
            compatibility::tools(facts.alg).to_string(),
            compatibility::gateways(facts.alg).to_string(),
        ]
    });
    let head = [
        "name",
        "for",
        "key",
        "strength, bits",
        "adds, bytes",
        "standing",
        "tools",
        "gateways",
    ];
    table(&head, rows)
}

fn yes(tried: bool) -> String {
    if tried { "yes" } else { "-" }.into()
}

/// Each serialization, with what it can contain: made, and read again.
fn serializations() -> String {
    let (signing, receiving) = (
        core::key(KeyType::Oct(32), Algorithm::named("HS256")),
        core::key(KeyType::Oct(32), Algorithm::named("A256KW")),
    );
    let rows = [
        Serialization::Compact,
        Serialization::Flattened,
        Serialization::General,
    ]
    .map(|format| {
        let sign = |count, unprotected| signed(&signing, format, count, unprotected).is_ok();
        let detached =
            |unencoded| detached(&signing, SerializeOptions { format, unencoded }).is_ok();
        let encrypt = |count, aad| encrypted(&receiving, format, count, aad).is_ok();
        vec![
            format.name().into(),
            yes(sign(1, false) && encrypt(1, false)),
            yes(sign(2, false)),
            yes(encrypt(2, false)),
            yes(detached(false)),
            yes(detached(true)),
            yes(sign(1, true)),
            yes(encrypt(1, true)),
        ]
    });
    let head = [
        "serialization",
        "signed and encrypted",
        "several signatures",
        "several recipients",
        "detached payload",
        "unencoded payload",
        "unprotected header",
        "additional authenticated data",
    ];
    table(&head, rows)
}

fn signers(key: &Key, count: usize, unprotected: bool) -> Vec<SignatureSpec<'_>> {
    let signer = |_| {
        let mut header = Object::new();
        if unprotected {
            header.insert("x".into(), 1.into());
        }
        SignatureSpec {
            key,
            algorithm: Signature::named("HS256").unwrap(),
            header: Object::new(),
            unprotected: header,
        }
    };
    (0..count).map(signer).collect()
}

fn signed(key: &Key, format: Serialization, count: usize, unprotected: bool) -> Result<()> {
    let writing = SerializeOptions {
        format,
        unencoded: false,
    };
    let token = core::sign_specs(&signers(key, count, unprotected), b"payload", writing)?;
    let mut policy = core::verify_policy(&[]);
    (policy.require_all, policy.formats) = (true, vec![format]);
    let verified = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN)?;
    let verified = verified.verify(&core::one(key), &policy)?;
    assert_eq!(verified.signatures().len(), count);
    Ok(())
}

fn detached(key: &Key, writing: SerializeOptions) -> Result<()> {
    let signers = signers(key, 1, false);
    let token = core::sign_detached(&signers, writing, [&b"pay.load"[..]])?;
    let keys = core::one(key);
    let token = UnverifiedToken::parse(token.as_bytes(), MAX_TOKEN)?;
    let mut verifier = Verifier::new(&keys, core::verify_policy(&[]));
    let mut verification = verifier.begin(token)?;
    verification.update(b"pay.load")?;
    verification.finish().map(drop)
}

fn encrypted(key: &Key, format: Serialization, count: usize, aad: bool) -> Result<()> {
    let recipient = |_| Recipient {
        key,
        algorithm: jotsmith::crypto::alg::KeyManagement::named("A256KW").unwrap(),
        header: Object::new(),
    };
    let recipients: Vec<_> = (0..count).map(recipient).collect();
    let how = Encryption {
        enc: jotsmith::crypto::alg::ContentEncryption::named("A256GCM"),
        rounds: MIN_P2C,
        zip: false,
        format,
        aad: aad.then(|| b"aad".to_vec()),
        unprotected: Object::new(),
        info: None,
    };
    let token = jwe::encrypt(&recipients, &how, &Object::new(), b"content")?;
    core::decrypt(&core::one(key), token.as_bytes(), &[]).map(drop)
}

/// Each kind of key in each form of file: written, and the public part of it read again as the same key.
fn keys() -> String {
    let curves = Curve::ALL.map(KeyType::Curve);
    let kinds = [KeyType::Oct(32), KeyType::Rsa(2048)]
        .into_iter()
        .chain(curves);
    let rows = kinds
        .chain(Akp::ALL.map(KeyType::Akp))
        .map(|kind| {
            let key = backend::generate(kind).unwrap();
            let name = match kind {
                KeyType::Rsa(_) => "RSA".into(),
                KeyType::Oct(_) => "shared secret".into(),
                kind => format!("{} {}", kind.kty(), kind.to_string().replace(" key", "")),
            };
            let cells = KeyFormat::value_variants()
                .iter()
                .map(|form| cell(*form, &key));
            std::iter::once(name).chain(cells).collect()
        })
        .chain([sealed()]);
    let names: Vec<String> = (KeyFormat::value_variants().iter())
        .map(|form| form.to_possible_value().unwrap().get_name().to_owned())
        .collect();
    let mut head = vec!["key"];
    head.extend(names.iter().map(String::as_str));
    table(&head, rows)
}

fn cell(form: KeyFormat, key: &Key) -> String {
    let unlock = jotsmith::crypto::KeyDecryption {
        passphrase: None,
        max_rounds: 0,
    };
    let read = |bytes: &[u8]| {
        // A raw secret is read with --secret.
        if matches!(
            form,
            KeyFormat::Raw | KeyFormat::Hex | KeyFormat::Base64 | KeyFormat::Base64url
        ) {
            return;
        }
        let set = jotsmith::keyfile::parse(bytes, &unlock).unwrap();
        assert_eq!(set.keys()[0].kind(), key.kind());
    };
    let whole = form.whole(&core::one(key), None);
    let public = key
        .to_public()
        .ok()
        .and_then(|key| form.public(&[key]).ok());
    whole.iter().for_each(|bytes| read(bytes.expose()));
    public.iter().for_each(|bytes| read(bytes));
    match (whole.is_ok(), public.is_some()) {
        (true, true) => "private, public".into(),
        (true, false) => "secret".into(),
        (false, true) => "public".into(),
        (false, false) => "-".into(),
    }
}

/// Which forms can be encrypted with a passphrase.
fn sealed() -> Vec<String> {
    let key = backend::generate(KeyType::Curve(Curve::P256)).unwrap();
    let set = |key: &Key| KeySet::from_json(key.to_jwk().unwrap().expose()).unwrap();
    let seal = jotsmith::crypto::KeyEncryption {
        passphrase: b"x".to_vec().into(),
        rounds: 0,
    };
    let cells = KeyFormat::value_variants()
        .iter()
        .map(|form| yes(form.whole(&set(&key), Some(&seal)).is_ok()));
    std::iter::once("with a passphrase".to_owned())
        .chain(cells)
        .collect()
}
