//! Programs that sign and decrypt: `openssl pkeyutl`, and programs with faults.

use jotsmith::crypto::base64url;

use crate::support::{Folder, json, segment};

const PATH: &str = "/usr/bin:/bin";

/// Returns a folder with an EC key `key.pem`, its public key `pub.jwk`, and another key.
fn folder() -> Folder {
    let folder = Folder::new();
    for (algorithm, name) in [("ES256", "key"), ("ES256", "other")] {
        folder.run(&format!("keygen {algorithm} --to pem -o {name}.pem")).accepted();
    }
    public(&folder, "key.pem", "ES256", "pub.jwk");
    folder
}

fn public(folder: &Folder, key: &str, algorithm: &str, name: &str) {
    folder
        .run(&format!(
            "convert -k {key} --alg {algorithm} --thumbprint-kid --public --to jwk -o {name}"
        ))
        .accepted();
}

/// Signs with a program, and returns the token.
#[track_caller]
fn signed(folder: &Folder, flags: &[&str], command: &str) -> String {
    let fixed = ["sign", "-q", "-k", "pub.jwk", "sub=a", "--signer", command];
    folder
        .run_with(fixed.into_iter().chain(flags.iter().copied()))
        .env("PATH", PATH)
        .accepted()
}

#[track_caller]
fn refused(folder: &Folder, flags: &[&str], command: &str) -> String {
    let fixed = ["sign", "-q", "-k", "pub.jwk", "sub=a", "--signer", command];
    folder
        .run_with(fixed.into_iter().chain(flags.iter().copied()))
        .env("PATH", PATH)
        .refused(3)
}

#[track_caller]
fn verified(folder: &Folder, token: &str) {
    let claims = folder.run("verify -k pub.jwk").stdin(token).accepted();
    assert_eq!(json(claims)["sub"], "a");
}

const DIGEST: [&str; 2] = ["--signer-input", "digest"];
const OPENSSL: &str = "openssl pkeyutl -sign -inkey key.pem";

#[test]
fn digest_is_signed_by_openssl() {
    for (algorithm, options) in [
        ("ES256", ""),
        ("ES384", ""),
        ("ES512", ""),
        ("ES256K", ""),
        ("RS256", "-pkeyopt digest:sha256"),
        ("RS512", "-pkeyopt digest:sha512"),
        (
            "PS256",
            "-pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest",
        ),
    ] {
        let folder = Folder::new();
        folder.run(&format!("keygen {algorithm} --to pem -o key.pem")).accepted();
        public(&folder, "key.pem", algorithm, "pub.jwk");
        let token = signed(&folder, &DIGEST, &format!("{OPENSSL} {options}"));
        verified(&folder, &token);
        assert_eq!(json(segment(&token, 0))["alg"], algorithm);
    }
}

#[test]
fn message_is_signed_by_openssl_with_ed25519() {
    let folder = Folder::new();
    folder.run("keygen Ed25519 --to pem -o key.pem").accepted();
    public(&folder, "key.pem", "EdDSA", "pub.jwk");
    let command = "sh -c 'cat > message; openssl pkeyutl -sign -inkey key.pem -rawin -in message'";
    verified(&folder, &signed(&folder, &[], command));
    let error = refused(&folder, &DIGEST, OPENSSL);
    assert!(error.contains("signs the message, not a digest"), "{error}");
}

/// In half of all signatures, DER encodes R or S with fewer or more bytes than the field has.
#[test]
fn der_signatures_of_any_length_are_converted_to_raw() {
    let folder = folder();
    for _ in 0..12 {
        let flags = [DIGEST[0], DIGEST[1], "--signer-output", "der"];
        let token = signed(&folder, &flags, OPENSSL);
        assert_eq!(segment(&token, 2).len(), 64);
        verified(&folder, &token);
    }
}

#[test]
fn every_encoding_of_a_signature_is_read_by_name_and_detected() {
    let folder = folder();
    for (encoding, filter) in [
        ("der", "cat"),
        ("base64", "base64"),
        ("base64", "base64 -w0 | tr +/ -_ | tr -d ="),
        ("hex", "od -An -v -tx1"),
        ("vault", "base64 -w0 | sed s/^/vault:v1:/"),
    ] {
        let command = format!("sh -c '{OPENSSL} | {filter}'");
        verified(&folder, &signed(&folder, &DIGEST, &command));
        let flags = [DIGEST[0], DIGEST[1], "--signer-output", encoding];
        verified(&folder, &signed(&folder, &flags, &command));
        let other = if encoding == "hex" { "base64" } else { "hex" };
        let flags = [DIGEST[0], DIGEST[1], "--signer-output", other];
        refused(&folder, &flags, &command);
    }
}

/// The external program that prints R || S is jotsmith with the private key.
#[test]
fn raw_signature_is_read() {
    let folder = folder();
    let program = env!("CARGO_BIN_EXE_jotsmith");
    folder.write(
        "raw.sh",
        format!(
            "cut -d. -f2 | tr -- -_ +/ > payload\n\
             (base64 -d payload || (cat payload; echo =) | base64 -d) > message 2>/dev/null\n\
             {program} sign -q -k key.pem --payload message --header typ=JWT --header kid=k \
             | cut -d. -f3 | tr -d '\\n' | tr -- -_ +/ | (cat; echo ==) | base64 -d"
        ),
    );
    // With the same kid, both create the same header.
    folder.run("convert -k key.pem --public --to jwk --set-kid k -f -o pub.jwk").accepted();
    for flags in [&[][..], &["--signer-output", "raw"]] {
        verified(&folder, &signed(&folder, flags, "sh raw.sh"));
    }
}

#[test]
fn signer_with_a_different_key_is_rejected() {
    let error = refused(&folder(), &DIGEST, "openssl pkeyutl -sign -inkey other.pem");
    assert!(
        error.contains("does not verify with the public key"),
        "{error}"
    );
}

#[test]
fn signer_that_signs_other_input_is_rejected() {
    let folder = folder();
    let error = refused(
        &folder,
        &DIGEST,
        "sh -c 'head -c 31 | (cat; printf x) | openssl pkeyutl -sign -inkey key.pem'",
    );
    assert!(error.contains("does not verify"), "{error}");
}

#[test]
fn signer_with_invalid_output_is_rejected() {
    let folder = folder();
    for command in [
        "true",
        "echo not a signature",
        "head -c 64 /dev/zero",
        "head -c 60000 /dev/urandom",
        "printf 'vault:v1:'",
        "printf '0\\006\\002\\001\\001\\002\\001\\001'",
    ] {
        let error = refused(&folder, &[], command);
        let is_clear = error.contains("does not verify") || error.contains("not a signature");
        assert!(is_clear, "{command}: {error}");
    }
    let error = refused(&folder, &[], "head -c 100000 /dev/zero");
    assert!(error.contains("limit of 65536 bytes"), "{error}");
}

#[test]
fn failing_signer_is_rejected_whatever_it_prints() {
    let folder = folder();
    let command = format!("sh -c '{OPENSSL}; exit 4'");
    let error = refused(&folder, &DIGEST, &command);
    assert!(
        error.contains("the signer sh failed: exit status: 4"),
        "{error}"
    );
    // The stderr of the program is printed.
    let run = folder.run_with([
        "sign",
        "-q",
        "-k",
        "pub.jwk",
        "sub=a",
        "--signer",
        "sh -c 'echo why >&2; exit 1'",
    ]);
    let done = run.env("PATH", PATH).done();
    assert!(
        done.code == 3 && done.stderr.starts_with("why\n"),
        "{done:?}"
    );
}

#[test]
fn signer_that_does_not_exist_is_reported() {
    let error = refused(&folder(), &[], "./no-such-program");
    assert!(error.contains("cannot be started: no such file"), "{error}");
}

#[test]
fn slow_signer_is_terminated() {
    let folder = folder();
    let before = std::time::Instant::now();
    // The child process of the shell keeps the pipe open.
    for command in [
        "sleep 60",
        "sh -c 'sleep 3; :'",
        "sh -c 'exec >&- sleep 60'",
    ] {
        let error = refused(&folder, &["--signer-timeout", "1s"], command);
        assert!(error.contains("did not finish in 1 s"), "{error}");
    }
    assert!(before.elapsed().as_secs() < 30);
}

#[test]
fn signer_does_not_inherit_secret_variables() {
    let folder = folder();
    let command = format!("sh -c 'env > seen; {OPENSSL}'");
    let run = folder.run_with([
        "sign",
        "-q",
        "-k",
        "pub.jwk",
        "sub=a",
        "--signer-input",
        "digest",
        "--signer",
        &command,
        "--passphrase-file=env:MY_PASS",
    ]);
    run.env("PATH", PATH)
        .env("JOTSMITH_PASSPHRASE", "secret-1")
        .env("JOTSMITH_PIN", "secret-2")
        .env("JOTSMITH_KEY", "secret-3")
        .env("MY_PASS", "secret-4")
        .env("AWS_PROFILE", "kept")
        .accepted();
    let seen = folder.text("seen");
    assert!(!seen.contains("secret-"), "{seen}");
    assert!(seen.contains("AWS_PROFILE=kept"), "{seen}");
}

#[test]
fn command_is_not_expanded_and_no_shell_is_started() {
    let folder = folder();
    folder.run("sign -q -k pub.jwk sub=a").refused(3);
    let command = "printf %s $HOME ; touch made";
    let error = refused(&folder, &["--signer-output", "raw"], command);
    assert!(error.contains("does not verify"), "{error}");
    for (command, code) in [("'", 2), ("", 2)] {
        let run = folder.run_with(["sign", "-k", "pub.jwk", "sub=a", "--signer", command]);
        run.refused(code);
    }
}

#[test]
fn private_key_and_several_keys_are_refused_with_a_signer() {
    let folder = folder();
    let sign = |keys: &str| folder.run(&format!("sign -q {keys} sub=a --signer true"));
    let error = sign("-k key.pem").refused(2);
    assert!(error.contains("the key is private"), "{error}");
    let error = sign("-k pub.jwk -k pub.jwk").refused(2);
    assert!(error.contains("needs exactly one key"), "{error}");
    sign("-k pub.jwk --kid none").refused(16);
}

#[test]
fn signer_signs_lines() {
    let folder = folder();
    let run = folder.run_with([
        "sign",
        "-q",
        "-k",
        "pub.jwk",
        "--lines",
        "--signer-input",
        "digest",
        "--signer",
        OPENSSL,
    ]);
    let claims = "{\"sub\":\"a\"}\n{\"sub\":\"a\",\"n\":2}\n";
    let tokens = run.env("PATH", PATH).stdin(claims).accepted();
    assert_eq!(tokens.lines().count(), 2);
    tokens.lines().for_each(|token| verified(&folder, token));
}

#[test]
fn signer_signs_key_bindings_nested_and_detached_tokens() {
    let folder = folder();
    folder.keygen("ES256", "issuer.jwk");
    folder.keygen("RSA-OAEP-256", "enc.jwk");
    folder.run("sign -q -k issuer.jwk --holder pub.jwk --sd n n=1 -o sd.txt").accepted();
    let with_signer = |line: &str| {
        let words = line.split_whitespace();
        let signer = [
            "-k",
            "pub.jwk",
            "--signer-input",
            "digest",
            "--signer",
            OPENSSL,
        ];
        let run = folder.run_with(words.chain(signer)).env("PATH", PATH);
        run.accepted()
    };
    let bound = with_signer("sign -q --present sd.txt --disclose n --aud v --nonce x");
    folder
        .run("verify -k issuer.jwk --key-binding --kb-aud v --kb-nonce x")
        .stdin(bound)
        .accepted();
    let nested = with_signer("sign -q sub=a --encrypt-to enc.jwk");
    folder.run("verify -k pub.jwk --decrypt-with enc.jwk").stdin(nested).accepted();
    folder.write("payload", "some bytes");
    let detached = with_signer("sign -q --payload payload --detached");
    folder.run("verify -k pub.jwk --raw --payload payload").stdin(detached).accepted();
}

#[test]
fn token_is_signed_in_two_steps() {
    let folder = folder();
    let input = folder.run("sign -q -k pub.jwk --signing-input sub=a -o input").accepted();
    assert_eq!(input, "");
    let text = folder.text("input");
    assert!(
        !text.ends_with('\n') && text.matches('.').count() == 1,
        "{text}"
    );
    folder
        .shell("openssl dgst -sha256 -sign key.pem -out signature input; base64 signature > signature.txt")
        .accepted();
    for name in ["signature", "signature.txt"] {
        let line = format!("sign -k pub.jwk --signature {name} --signing-input-file input");
        let token = folder.run(&line).accepted();
        assert!(token.starts_with(&format!("{text}.")));
        verified(&folder, &token);
        let report = json(folder.run(&format!("{line} --json")).accepted());
        assert_eq!(
            (&report["token"], &report["alg"]),
            (&token.into(), &"ES256".into())
        );
    }
    let line = "sign -q -k pub.jwk --signature signature --signing-input-file input";
    folder.run(&format!("{line} --signer-output der")).accepted();
    folder.run(&format!("{line} --signer-output hex")).refused(3);
    // A signature of another input, and an invalid signing input.
    folder.write(
        "other",
        format!("{}.e30", base64url::encode(r#"{"alg":"ES256"}"#)),
    );
    let error = (folder.run("sign -q -k pub.jwk --signature signature --signing-input-file other"))
        .refused(3);
    assert!(error.contains("does not verify"), "{error}");
    for bad in ["", "x", "a.b.c", "{}", "e30.e30\n"] {
        folder.write("bad", bad);
        (folder.run("sign -q -k pub.jwk --signature signature --signing-input-file bad"))
            .refused(10);
    }
    // The algorithm in the header is not that of the key.
    folder.write(
        "hs",
        format!("{}.e30", base64url::encode(r#"{"alg":"HS256"}"#)),
    );
    (folder.run("sign -q -k pub.jwk --signature signature --signing-input-file hs")).refused(15);
}

#[test]
fn signing_input_is_reported_in_json() {
    let folder = folder();
    let report = folder.run("sign -q -k pub.jwk --signing-input sub=a --json").accepted();
    let report = json(report);
    assert_eq!(report["alg"], "ES256");
    let input = report["signing_input"].as_str().unwrap();
    assert_eq!(json(segment(input, 1))["sub"], "a");
}

#[test]
fn input_without_a_signature_and_a_signature_without_an_input_are_rejected() {
    let folder = folder();
    for line in [
        "sign -k pub.jwk --signature key.pem",
        "sign -k pub.jwk --signing-input-file key.pem",
        "sign -k pub.jwk --signature key.pem --signing-input-file key.pem sub=a",
        "sign -k pub.jwk --signing-input --signer true",
        "sign -k pub.jwk --signing-input --lines",
        "sign -k pub.jwk --signer-output raw sub=a",
        "sign -k pub.jwk --signer true --signer-timeout 0s sub=a",
        "sign -k pub.jwk --signer true --signer-timeout 2h sub=a",
    ] {
        folder.run(line).refused(2);
    }
}

const UNWRAP: &str = "openssl pkeyutl -decrypt -inkey rsa.pem -pkeyopt rsa_padding_mode:oaep";

/// Returns a folder with an RSA key and a token for it with each algorithm.
fn encrypted() -> Folder {
    let folder = Folder::new();
    folder.run("keygen RSA-OAEP-256 --bits 2048 --to pem -o rsa.pem").accepted();
    folder.run("convert -k rsa.pem --public --to jwk -o rsa.jwk").accepted();
    folder.write("content", "some content");
    for algorithm in ["RSA-OAEP", "RSA-OAEP-256"] {
        let enc = "--enc A256CBC-HS512";
        folder
            .run(&format!(
                "encrypt -q -k rsa.jwk --alg {algorithm} {enc} content -o {algorithm}.jwe"
            ))
            .accepted();
    }
    folder
}

#[test]
fn openssl_decrypts_the_content_encryption_key() {
    let folder = encrypted();
    let decrypt = |name: &str, command: &str| {
        let run = folder.run_with([
            "decrypt",
            "-q",
            "-k",
            "rsa.jwk",
            "--unwrapper",
            command,
            name,
        ]);
        run.env("PATH", PATH)
    };
    let sha1 = decrypt("RSA-OAEP.jwe", UNWRAP).accepted();
    assert_eq!(sha1, "some content");
    let unwrap = format!("{UNWRAP} -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256");
    for filter in ["cat", "base64", "base64 -w0", "od -An -v -tx1"] {
        let command = format!("sh -c '{unwrap} | {filter}'");
        let content = decrypt("RSA-OAEP-256.jwe", &command).accepted();
        assert_eq!(content, "some content", "{filter}");
    }
    // Failures that the token may cause have the same error.
    let no_stderr = format!("sh -c '{UNWRAP} 2> errors'");
    let texts = ["true", "false", "head -c 64 /dev/zero", &no_stderr].map(|command| {
        let done = decrypt("RSA-OAEP-256.jwe", command).done();
        assert!(
            done.code == 11 && done.stdout.is_empty(),
            "{command}: {done:?}"
        );
        done.stderr
    });
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    let error = decrypt("RSA-OAEP.jwe", "./no-such-program").refused(3);
    assert!(error.contains("cannot be started"), "{error}");
}

#[test]
fn unwrap_program_decrypts_lines_and_rejects_other_algorithms() {
    let folder = encrypted();
    let token = folder.text("RSA-OAEP.jwe");
    let run = folder.run_with([
        "decrypt",
        "-q",
        "-k",
        "rsa.jwk",
        "--lines",
        "--unwrapper",
        UNWRAP,
    ]);
    let records = run.env("PATH", PATH).stdin(token.repeat(2)).accepted();
    assert_eq!(records.matches("some content").count(), 2);
    folder.keygen("ECDH-ES", "ec.jwk");
    folder.run("convert -k ec.jwk --public -o ec.pub.jwk").accepted();
    folder.run("encrypt -q -k ec.jwk content -o ec.jwe").accepted();
    let run = folder.run("decrypt -q -k ec.pub.jwk --unwrapper true ec.jwe");
    let error = run.refused(3);
    assert!(error.contains("does not decrypt with ECDH-ES"), "{error}");
    folder.keygen("HPKE-0", "hpke.jwk");
    folder.run("convert -k hpke.jwk --public -o hpke.pub.jwk").accepted();
    folder.run("encrypt -q -k hpke.jwk content -o hpke.jwe").accepted();
    let run = folder.run("decrypt -q -k hpke.pub.jwk --unwrapper true hpke.jwe");
    let error = run.refused(3);
    assert!(error.contains("cannot be used with HPKE-0"), "{error}");
}

#[test]
fn claim_flags_conflict_with_a_given_signature() {
    let folder = Folder::new();
    for flag in [
        "--dpop-key key",
        "--client-cert cert",
        "--profile status-list --status-entries list",
        "--exp 1h",
    ] {
        let joined = "sign -k key.jwk --signature signature --signing-input-file input";
        let message = folder.run(&format!("{joined} {flag}")).refused(2);
        assert!(message.contains("cannot be used with"), "{flag}: {message}");
    }
}

/// Programs with the names of those of the vendors. Each checks its arguments and does the operation with openssl.
const VENDORS: &str = r#"#!/bin/sh
sign() { cat > digest; openssl pkeyutl -sign -inkey ec.pem -in digest; }
decrypt() {
    openssl pkeyutl -decrypt -inkey rsa.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
}
place='--keyring ring --location global'
case "${0##*/} $*" in
"aws kms get-public-key --key-id alias/jwt --output text --query PublicKey")
    openssl pkey -in ec.pem -pubout -outform DER | base64 -w0 ;;
"aws kms sign --key-id alias/jwt --message fileb:///dev/stdin --message-type DIGEST --signing-algorithm ECDSA_SHA_256 --output text --query Signature")
    sign | base64 -w0 ;;
"aws kms decrypt --key-id alias/enc --ciphertext-blob fileb:///dev/stdin --encryption-algorithm RSAES_OAEP_SHA_256 --output text --query Plaintext")
    decrypt | base64 -w0 ;;
"gcloud kms keys versions get-public-key 1 --key jwt $place --output-file kms.pem")
    openssl pkey -in ec.pem -pubout -out kms.pem; exit ;;
"gcloud kms asymmetric-sign --version 1 --key jwt $place --digest-algorithm sha256 --input-file /dev/stdin --signature-file -")
    openssl dgst -sha256 -binary | sign; exit ;;
"gcloud kms asymmetric-decrypt --version 1 --key enc $place --ciphertext-file - --plaintext-file -")
    decrypt; exit ;;
"az keyvault key download --vault-name vault --name jwt --encoding PEM --file azure.pem")
    openssl pkey -in ec.pem -pubout -out azure.pem; exit ;;
"az keyvault key sign --vault-name vault --name jwt --algorithm ES256 --digest "*" --query signature --output tsv")
    # R || S in base64.
    echo "${11}" | base64 -d | sign > der
    openssl asn1parse -inform DER -in der | sed -n 's/.*INTEGER *:/0000/p' | sed 's/.*\(.\{64\}\)$/\1/' | tr -d '\n' |
        perl -e 'print pack "H*", <>' | base64 -w0 ;;
"az keyvault key decrypt --vault-name vault --name enc --algorithm RSA-OAEP-256 --data-type base64 --value "*" --query result --output tsv")
    echo "${13}" | base64 -d | decrypt | base64 -w0 ;;
"vault read -format=json transit/keys/jwt")
    openssl pkey -in ec.pem -pubout | awk '{ text = text $0 "\\n" } END { print "{\"data\":{\"keys\":{\"1\":{\"public_key\":\"" text "\"}}}}" }' ;;
"vault write -field=signature transit/sign/jwt/sha2-256 marshaling_algorithm=jws input=-")
    printf vault:v1:
    base64 -d | openssl dgst -sha256 -binary | sign | base64 -w0 | tr '+/' '-_' | tr -d = ;;
*) echo "unexpected: ${0##*/} $*" >&2; exit 1 ;;
esac
echo
"#;

#[test]
fn recipes_of_the_documentation_run_with_stand_ins() {
    let folder = Folder::new();
    folder.write("vendor", VENDORS);
    folder.write("content", "some content");
    let program = env!("CARGO_BIN_EXE_jotsmith");
    let setup = format!(
        "mkdir bin && chmod +x vendor && ln -s {program} bin/jotsmith\n\
         for name in aws gcloud az vault; do ln -s ../vendor bin/$name; done\n\
         openssl ecparam -name prime256v1 -genkey -noout -out ec.pem\n\
         openssl genrsa -out rsa.pem 2048 2> /dev/null\n\
         bin/jotsmith convert -k rsa.pem --public --to jwk --alg RSA-OAEP-256 -o kms-rsa.jwk\n\
         bin/jotsmith encrypt -q -k kms-rsa.jwk content -o token.jwe"
    );
    folder.shell(&setup).accepted();
    let page = std::fs::read_to_string("docs/remote-keys.md").unwrap();
    let (_, recipes) = page.split_once("### Recipes").unwrap();
    let blocks: Vec<&str> = (recipes.split("```sh\n").skip(1))
        .map(|block| block.split("```").next().unwrap())
        .collect();
    for vendor in ["aws ", "gcloud ", "az ", "vault "] {
        let mut own = blocks.iter().filter(|block| block.contains(&format!("\n{vendor}")));
        let block = own.next().unwrap();
        assert!(own.next().is_none(), "{vendor}");
        let script = format!("set -e; rm -f kms.jwk; PATH=$PWD/bin:/usr/bin:/bin\n{block}");
        let out = folder.shell(&script).accepted();
        let token = out.lines().next().unwrap();
        folder.run("verify -k ec.pem").stdin(token).accepted();
        assert_eq!(
            out.contains("some content"),
            block.contains("--unwrapper"),
            "{block}"
        );
    }
}
