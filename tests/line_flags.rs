//! Every flag with `--lines`: the parser refuses it, or it has the same effect as on a single input.
//!
//! The flags come from the definitions of the command line: a new flag without a row here fails the test.

use jotsmith::crypto::base64url;
use serde_json::{Value, json};

use super::support::{Done, Folder, json as parse, short_epk};

/// The commands that have `--lines`. inspect, which refuses no input, is tested in `inspect::lines`.
const COMMANDS: [&str; 4] = ["verify", "sign", "encrypt", "decrypt"];

/// Flags that do not concern an item. --claims names the input.
const OF_THE_RUN: [&str; 12] = [
    "claims",
    "lines",
    "jobs",
    "fail-fast",
    "output",
    "force",
    "json",
    "quiet",
    "color",
    "no-input",
    "help",
    "at",
];

/// Flags about keys in a token, tested with one in `remote::token`.
const OF_THE_TOKEN: [&str; 2] = ["pkcs11-module", "pin-file"];

/// Flags about keys that are fetched over the network, tested with a server in `fetch`.
const OF_THE_NETWORK: [&str; 3] = ["issuer", "offline", "ca"];

/// Command | flag | arguments with the flag | arguments without it | input. In an argument, ~ is a space.
const ROWS: &str = "\
verify | key | -k hs.jwk | -k other.jwk | token.jwt
verify | secret | --secret secret.txt | -k other.jwk | secret.jwt
verify | secret-encoding | --secret secret.hex --secret-encoding hex | --secret secret.hex | secret.jwt
verify | kid | -k set.jwks --kid other | -k set.jwks | token.jwt
verify | passphrase-file | -k locked.pem --passphrase-file pass.txt | -k locked.pem --no-input | es.jwt
verify | max-p2c | -k locked.pem --passphrase-file pass.txt --max-p2c 1000 | -k locked.pem --passphrase-file pass.txt | es.jwt
verify | decrypt-with | -k hs.jwk --decrypt-with enc.jwk | -k hs.jwk | nested.jwe
verify | lenient-epk | -k hs.jwk --decrypt-with agree.jwk --lenient-epk | -k hs.jwk --decrypt-with agree.jwk | short-nested.jwe
verify | x5c-roots | --x5c-roots root.pem | --x5c-roots other.pem | x5c.jwt
verify | alg | -k hs.jwk --alg HS512 | -k hs.jwk | token.jwt
verify | iss | -k hs.jwk --iss j | -k hs.jwk | token.jwt
verify | aud | -k hs.jwk --aud b | -k hs.jwk | token.jwt
verify | azp | -k hs.jwk --azp b | -k hs.jwk | token.jwt
verify | sub | -k hs.jwk --sub b | -k hs.jwk | token.jwt
verify | typ | -k hs.jwk --typ at+jwt | -k hs.jwk | token.jwt
verify | require | -k hs.jwk --require jti | -k hs.jwk | token.jwt
verify | claim | -k hs.jwk --claim sub=b | -k hs.jwk | token.jwt
verify | scope | -k hs.jwk --scope read | -k hs.jwk | token.jwt
verify | contains | -k hs.jwk --contains groups=admin | -k hs.jwk | token.jwt
verify | glob | -k hs.jwk --glob sub=t* | -k hs.jwk | token.jwt
verify | leeway | -k hs.jwk --leeway 1h | -k hs.jwk | expired.jwt
verify | max-age | -k hs.jwk --max-age 10m | -k hs.jwk | old.jwt
verify | allow-no-exp | -k hs.jwk --allow-no-exp | -k hs.jwk | no-exp.jwt
verify | profile | -k hs.jwk --profile at | -k hs.jwk | token.jwt
verify | ath-of | --profile dpop --claim htm=GET --ath-of pass.txt | --profile dpop --claim htm=GET | dpop.jwt
verify | access-token | -k hs.jwk --access-token token.jwt | -k hs.jwk | token.jwt
verify | code | -k hs.jwk --code token.jwt | -k hs.jwk | token.jwt
verify | client-cert | -k hs.jwk --client-cert leaf.crt | -k hs.jwk | token.jwt
verify | require-all | -k hs.jwk --format general --require-all | -k hs.jwk --format general | two.json
verify | format | -k hs.jwk --format general | -k hs.jwk | token.jwt
verify | raw | -k hs.jwk --raw | -k hs.jwk | no-exp.jwt
verify | key-binding | -k hs.jwk --key-binding --kb-aud v --kb-nonce n | -k hs.jwk | sd.txt
verify | kb-aud | -k hs.jwk --key-binding --kb-aud v --kb-nonce n | -k hs.jwk --key-binding --kb-aud w --kb-nonce n | bound.txt
verify | kb-nonce | -k hs.jwk --key-binding --kb-aud v --kb-nonce n | -k hs.jwk --key-binding --kb-aud v --kb-nonce m | bound.txt
verify | kb-max-age | -k hs.jwk --key-binding --kb-aud v --kb-nonce n --kb-max-age 1h | -k hs.jwk --key-binding --kb-aud v --kb-nonce n | old-bound.txt
verify | status-list | -k hs.jwk --status-list list.jwt | -k hs.jwk | token.jwt
verify | status-key | -k hs.jwk --status-list list.jwt --status-key hs.jwk | -k hs.jwk --status-list list.jwt --status-key other.jwk | status.jwt
verify | max-size | -k hs.jwk --max-size 20 | -k hs.jwk | token.jwt
sign | key | -k other.jwk | -k hs.jwk | claims.json
sign | secret | --secret secret.txt | -k hs.jwk | claims.json
sign | secret-encoding | --secret secret.hex --secret-encoding hex | --secret secret.txt --alg HS512 | claims.json
sign | kid | -k nokid.jwk --kid other | -k nokid.jwk | claims.json
sign | passphrase-file | -k locked.pem --passphrase-file pass.txt | -k locked.pem --no-input | claims.json
sign | max-p2c | -k locked.pem --passphrase-file pass.txt --max-p2c 1000 | -k locked.pem --passphrase-file pass.txt | claims.json
sign | strict | -k late.jwks --strict | -k late.jwks | claims.json
sign | signer | -k es.pub.jwk --signer-input digest --signer openssl~pkeyutl~-sign~-inkey~es.pem | -k hs.jwk | claims.json
sign | signer-input | -k es.pub.jwk --signer-input digest --signer openssl~pkeyutl~-sign~-inkey~es.pem | -k es.pub.jwk --signer openssl~pkeyutl~-sign~-inkey~es.pem | claims.json
sign | signer-output | -k es.pub.jwk --signer-input digest --signer-output hex --signer openssl~pkeyutl~-sign~-inkey~es.pem | -k es.pub.jwk --signer-input digest --signer openssl~pkeyutl~-sign~-inkey~es.pem | claims.json
sign | signer-timeout | -k es.pub.jwk --signer-input digest --signer-timeout 1s --signer sh~slow.sh | -k es.pub.jwk --signer-input digest --signer sh~slow.sh | claims.json
sign | iss | -k hs.jwk --iss j | -k hs.jwk | claims.json
sign | sub | -k hs.jwk --sub j | -k hs.jwk | claims.json
sign | aud | -k hs.jwk --aud j | -k hs.jwk | claims.json
sign | exp | -k hs.jwk --exp 1h | -k hs.jwk | claims.json
sign | force-claims | -k hs.jwk --force-claims | -k hs.jwk | bad-claims.json
sign | no-exp | -k hs.jwk --no-exp | -k hs.jwk | claims.json
sign | nbf | -k hs.jwk --nbf +1m | -k hs.jwk | claims.json
sign | no-iat | -k hs.jwk --no-iat | -k hs.jwk | claims.json
sign | jti | -k hs.jwk --jti=a | -k hs.jwk | claims.json
sign | profile | -k hs.jwk --profile at | -k hs.jwk | claims.json
sign | account | -k rsa.jwk --profile snowflake --sub u --account a | -k rsa.jwk --profile snowflake --sub u --account b | claims.json
sign | ath-of | -k es.jwk --profile dpop htm=GET htu=https://a.example/ --ath-of token.jwt | -k es.jwk --profile dpop --jti=a htm=GET htu=https://a.example/ | claims.json
sign | access-token | -k hs.jwk --access-token token.jwt | -k hs.jwk | claims.json
sign | code | -k hs.jwk --code token.jwt | -k hs.jwk | claims.json
sign | client-cert | -k hs.jwk --client-cert leaf.crt | -k hs.jwk | claims.json
sign | dpop-key | -k hs.jwk --dpop-key es.jwk | -k hs.jwk | claims.json
sign | alg | -k nokid.jwk --alg HS512 | -k nokid.jwk --alg HS256 | claims.json
sign | header | -k hs.jwk --header a=b | -k hs.jwk | claims.json
sign | unprotected | -k hs.jwk --unprotected a=b | -k hs.jwk | claims.json
sign | typ | -k hs.jwk --typ x | -k hs.jwk | claims.json
sign | cty | -k hs.jwk --cty x | -k hs.jwk | claims.json
sign | embed-jwk | -k es.jwk --embed-jwk | -k es.jwk | claims.json
sign | x5c | -k leaf.pem --x5c leaf.crt | -k leaf.pem | claims.json
sign | x5t | -k leaf.pem --x5t leaf.crt | -k leaf.pem | claims.json
sign | kid-from | -k es.jwk --kid-from kubernetes | -k es.jwk | claims.json
sign | sd | -k hs.jwk --sd n | -k hs.jwk | claims.json
sign | sd-all | -k hs.jwk --sd-all | -k hs.jwk | claims.json
sign | decoys | -k hs.jwk --sd n --decoys 2 | -k hs.jwk --sd n | claims.json
sign | sd-alg | -k hs.jwk --sd n --sd-alg sha-512 | -k hs.jwk --sd n | claims.json
sign | holder | -k hs.jwk --holder es.jwk | -k hs.jwk | claims.json
sign | encrypt-to | -k hs.jwk --encrypt-to enc.jwk | -k hs.jwk | claims.json
sign | encrypt-alg | -k hs.jwk --encrypt-to ec.jwk --encrypt-alg ECDH-ES+A256KW | -k hs.jwk --encrypt-to ec.jwk --encrypt-alg ECDH-ES | claims.json
sign | enc | -k hs.jwk --encrypt-to enc.jwk --enc A128GCM | -k hs.jwk --encrypt-to enc.jwk | claims.json
encrypt | key | -k ec.jwk --alg ECDH-ES | -k enc.jwk | content.txt
encrypt | secret | --secret secret.txt --alg A256KW | -k enc.jwk | content.txt
encrypt | secret-encoding | --secret secret.hex --secret-encoding hex --alg A256KW | --secret secret.hex --alg A256KW | content.txt
encrypt | kid | -k enc.jwks --kid b | -k enc.jwks --kid a | content.txt
encrypt | passphrase | --passphrase --passphrase-file pass.txt --p2c 1000 | -k enc.jwk | content.txt
encrypt | passphrase-file | --passphrase --passphrase-file pass.txt --p2c 1000 | --passphrase --no-input | content.txt
encrypt | max-p2c | -k locked.pem --passphrase-file pass.txt --max-p2c 1000 --alg ECDH-ES | -k locked.pem --passphrase-file pass.txt --alg ECDH-ES | content.txt
encrypt | aad | -k enc.jwk --aad content.txt | -k enc.jwk | content.txt
encrypt | info | -k enc.jwk --info content.txt | -k enc.jwk | content.txt
encrypt | format | -k enc.jwk --format flattened | -k enc.jwk | content.txt
encrypt | zip | -k enc.jwk --zip | -k enc.jwk | content.txt
encrypt | p2c | --passphrase --passphrase-file pass.txt --p2c 2000 | --passphrase --passphrase-file pass.txt --p2c 1000 | content.txt
encrypt | alg | -k ec.jwk --alg ECDH-ES+A256KW | -k ec.jwk --alg ECDH-ES | content.txt
encrypt | enc | -k enc.jwk --enc A128GCM | -k enc.jwk | content.txt
encrypt | header | -k enc.jwk --header a=b | -k enc.jwk | content.txt
encrypt | unprotected | -k enc.jwk --unprotected a=b | -k enc.jwk | content.txt
encrypt | typ | -k enc.jwk --typ x | -k enc.jwk | content.txt
encrypt | cty | -k enc.jwk --cty x | -k enc.jwk | content.txt
decrypt | key | -k enc.jwk | -k ec.jwk | content.jwe
decrypt | secret | --secret secret.txt --alg A256KW | -k enc.jwk | secret.jwe
decrypt | secret-encoding | --secret secret.hex --secret-encoding hex --alg A256KW | --secret secret.hex --alg A256KW | secret.jwe
decrypt | kid | -k enc.jwks --kid a | -k enc.jwks --kid b | kid-a.jwe
decrypt | passphrase | --passphrase --passphrase-file pass.txt | -k enc.jwk | passphrase.jwe
decrypt | passphrase-file | --passphrase --passphrase-file pass.txt | --passphrase --no-input | passphrase.jwe
decrypt | unwrapper | -k rsa.pub.jwk --unwrapper openssl~pkeyutl~-decrypt~-inkey~rsa.pem~-pkeyopt~rsa_padding_mode:oaep | -k rsa.pub.jwk | rsa.jwe
decrypt | max-p2c | --passphrase --passphrase-file pass.txt --max-p2c 1000 | --passphrase --passphrase-file pass.txt | passphrase.jwe
decrypt | max-size | -k enc.jwk --max-size 20 | -k enc.jwk | content.jwe
decrypt | alg | -k enc.jwk --alg A128KW | -k enc.jwk | content.jwe
decrypt | enc | -k enc.jwk --enc A128GCM | -k enc.jwk | content.jwe
decrypt | zip | -k enc.jwk --zip | -k enc.jwk | zip.jwe
decrypt | info | -k hpke.jwk --info content.txt | -k hpke.jwk | hpke.jwe
decrypt | lenient-epk | -k agree.jwk --lenient-epk | -k agree.jwk | short-nested.jwe
decrypt | format | -k enc.jwk --format general | -k enc.jwk | content.jwe";

/// A flag, arguments with it and without it, and their input.
struct Row {
    command: &'static str,
    flag: &'static str,
    with: &'static str,
    without: &'static str,
    input: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split(" | ").collect();
        let &[command, flag, with, without, input] = &cells[..] else {
            panic!("{line}");
        };
        Row {
            command,
            flag,
            with,
            without,
            input,
        }
    };
    ROWS.lines().map(row).collect()
}

/// Returns a folder with every file that the rows name.
fn folder() -> Folder {
    let folder = Folder::new();
    let secret = "0123456789abcdef0123456789abcdef";
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    folder.write("secret.txt", secret);
    folder.write("secret.hex", hex);
    folder.write("pass.txt", "correct horse battery staple");
    folder.write("claims.json", r#"{"n":1}"#);
    folder.write("bad-claims.json", r#"{"sub":1}"#);
    folder.write("entries.txt", "1 invalid");
    let status = json!({"status": {"status_list": {"idx": 0, "uri": "u"}}});
    folder.write("status.json", status.to_string());
    folder.write("content.txt", "some content");
    let k = base64url::encode([secret, secret].concat());
    folder.write("nokid.jwk", format!(r#"{{"kty":"oct","k":"{k}"}}"#));
    for line in [
        "keygen HS256 --kid hs -o hs.jwk",
        "keygen HS256 --kid other -o other.jwk",
        "keygen ES256 -o es.jwk",
        "keygen RS256 --bits 2048 -o rsa.jwk",
        "keygen A256KW -o enc.jwk",
        "keygen ECDH-ES --curve P-521 -o agree.jwk",
        "keygen HPKE-0 -o hpke.jwk",
        "keygen A256KW --kid a -o a.jwk",
        "keygen A256KW --kid b -o b.jwk",
        "rotate late.jwks --publish late.json --every 30d --at 2025-06-01",
        "keygen ES256 --to pem --encrypt --passphrase-file pass.txt -o locked.pem",
        "sign -q -k hs.jwk --iss i --aud a --sub s --azp a --exp 1d -o token.jwt",
        "sign -q --secret secret.txt --exp 1d -o secret.jwt",
        "sign -q -k locked.pem --passphrase-file pass.txt --exp 1d -o es.jwt",
        "sign -q -k hs.jwk --exp 1d -o inner.jwt",
        "sign -q -k hs.jwk --at -1h --exp 59m -o expired.jwt",
        "sign -q -k hs.jwk --at -1h --exp 1d -o old.jwt",
        "sign -q -k hs.jwk --no-exp -o no-exp.jwt",
        "sign -q -k es.jwk --profile dpop htm=GET htu=https://a.example/ -o dpop.jwt",
        "sign -q -k hs.jwk -k other.jwk --exp 1d -o two.json",
        "sign -q -k hs.jwk --claims claims.json --exp 1d --holder es.jwk --sd n -o sd.txt",
        "sign -q --present sd.txt --disclose-all -k es.jwk --aud v --nonce n -o bound.txt",
        "sign -q --present sd.txt --disclose-all -k es.jwk --aud v --nonce n --at -10m -o old-bound.txt",
        "sign -q -k hs.jwk --profile status-list --sub u --status-entries entries.txt -o list.jwt",
        "sign -q -k hs.jwk --claims status.json --exp 1d -o status.jwt",
        "encrypt -q -k enc.jwk content.txt -o content.jwe",
        "encrypt -q -k enc.jwk inner.jwt -o nested.jwe",
        "encrypt -q -k hpke.jwk --info content.txt content.txt -o hpke.jwe",
        "encrypt -q -k enc.jwk --zip content.txt -o zip.jwe",
        "encrypt -q -k a.jwk content.txt -o kid-a.jwe",
        "encrypt -q --secret secret.txt --alg A256KW content.txt -o secret.jwe",
        "encrypt -q --passphrase --passphrase-file pass.txt --p2c 2000 content.txt -o passphrase.jwe",
    ] {
        let line = line.replace(" --azp a", " azp=a");
        folder.run(&line).accepted();
    }
    for line in [
        "convert -k es.jwk --to pem -o es.pem",
        "convert -k es.jwk --public -o es.pub.jwk",
        "keygen RSA-OAEP --bits 2048 --to pem -o rsa.pem",
        "convert -k rsa.pem --public --to jwk -o rsa.pub.jwk",
        "encrypt -q -k rsa.pub.jwk --alg RSA-OAEP content.txt -o rsa.jwe",
    ] {
        folder.run(line).accepted();
    }
    let agree = parse(folder.text("agree.jwk"));
    let short = short_epk(&agree, folder.text("inner.jwt").trim().as_bytes());
    folder.write("short-nested.jwe", short);
    folder.write("slow.sh", "sleep 2; openssl pkeyutl -sign -inkey es.pem");
    let set = |names: [&str; 2]| {
        let keys = names.map(|name| parse(folder.text(name)));
        json!({"keys": keys}).to_string()
    };
    folder.write("set.jwks", set(["hs.jwk", "other.jwk"]));
    folder.write("enc.jwks", set(["a.jwk", "b.jwk"]));
    let mut ec = parse(folder.text("es.jwk"));
    for member in ["alg", "use", "key_ops"] {
        ec.as_object_mut().unwrap().remove(member);
    }
    folder.write("ec.jwk", ec.to_string());
    let certificates = folder.shell(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem \
           -subj /CN=root -days 30 -addext basicConstraints=critical,CA:TRUE \
         && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem \
           -subj /CN=other -days 30 -addext basicConstraints=critical,CA:TRUE \
         && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.pem -out leaf.csr -subj /CN=leaf \
         && openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -CAcreateserial -days 20 -out leaf.crt",
    );
    certificates.accepted();
    (folder.run("sign -q -k leaf.pem --x5c leaf.crt --exp 1d -o x5c.jwt")).accepted();
    folder
}

/// The result for an input: the code of the error, or the report without random values.
#[derive(Debug, PartialEq)]
enum Outcome {
    Failed(Value),
    Done(Value),
}

/// The members of a header that are random.
const RANDOM: [&str; 5] = ["epk", "iv", "tag", "p2s", "jti"];

fn without_random(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        let random = object.iter_mut().filter(|(name, _)| RANDOM.contains(&name.as_str()));
        random.for_each(|(_, value)| *value = "random".into());
        // Each digest of an SD-JWT is computed with a random salt. The number of digests is not random.
        if let Some(digests) = object.get_mut("_sd") {
            *digests = digests.as_array().unwrap().len().into();
        }
    }
    value
}

/// Returns the header and payload of a token; of an encrypted one, the header and the members.
fn token_content(token: &str) -> Value {
    let object = |text: &str| {
        let bytes = base64url::decode(text.as_bytes());
        bytes.and_then(|bytes| serde_json::from_slice::<Value>(bytes.as_slice()).ok())
    };
    if token.starts_with('{') {
        let token = parse(token);
        let header = token["protected"].as_str().and_then(object);
        let names: Vec<String> = token.as_object().unwrap().keys().cloned().collect();
        return json!([
            header.map(without_random),
            names,
            token["unprotected"],
            token["aad"]
        ]);
    }
    let segments: Vec<&str> = token.trim().split('.').collect();
    let header = object(segments[0]).map(without_random);
    let is_signed = segments.len() == 3;
    json!([
        header,
        is_signed.then(|| object(segments[1]).map(without_random))
    ])
}

/// Returns the outcome of the report about one input, or of the record of a line.
fn outcome(command: &str, report: &Value) -> Outcome {
    if let Some(error) = report.get("error") {
        return Outcome::Failed(error["code"].clone());
    }
    let members: &[&str] = match command {
        "verify" => &["alg", "kid", "claims", "payload", "payload_base64url"],
        "decrypt" => &[
            "alg",
            "enc",
            "kid",
            "header",
            "content",
            "content_base64url",
        ],
        _ => &["alg", "kid", "enc", "recipients", "signatures"],
    };
    let mut values: Vec<Value> = members.iter().map(|name| report[*name].clone()).collect();
    if let Some(token) = report["token"].as_str() {
        values.push(token_content(token));
    }
    Outcome::Done(values.into())
}

fn run(folder: &Folder, row: &Row, flags: &str, lines: bool) -> Outcome {
    let Row { command, input, .. } = row;
    let lines_flag = if lines { "--lines" } else { "" };
    let mut command_line = format!("{command} -q {lines_flag} --json {flags}");
    if *command == "sign" {
        // With a flag that sets a claim, a single run reads no claims from stdin.
        command_line += &format!(" --claims {input} --at 2026-01-01");
    }
    let words = command_line.split_whitespace();
    let words: Vec<String> = words.map(|word| word.replace('~', " ")).collect();
    let Done {
        code,
        stdout,
        stderr,
    } = folder.run_with(words.iter().map(String::as_str)).stdin(folder.text(input)).done();
    let first = |text: &str| parse(text.lines().next().unwrap_or_default());
    if stdout.is_empty() {
        assert_ne!(code, 0, "{command_line}: {stderr}");
        return outcome(command, &first(&stderr));
    }
    outcome(command, &first(&String::from_utf8(stdout).unwrap()))
}

#[test]
fn every_flag_conflicts_with_lines_or_has_the_same_effect() {
    let folder = folder();
    let table = rows();
    let parser = jotsmith::commands::build_parser();
    for command in COMMANDS {
        let definition = parser.find_subcommand(command).unwrap();
        let flags = definition.get_arguments().filter_map(|flag| flag.get_long());
        for flag in flags.filter(|flag| {
            !OF_THE_RUN.contains(flag)
                && !OF_THE_NETWORK.contains(flag)
                && !OF_THE_TOKEN.contains(flag)
        }) {
            let rows = table.iter().filter(|row| row.command == command && row.flag == flag);
            let rows: Vec<&Row> = rows.collect();
            if rows.is_empty() {
                let argument = definition.get_arguments().find(|one| one.get_long() == Some(flag));
                let takes_value = argument.unwrap().get_action().takes_values();
                // Values that the parser of the flag may accept: a word or a number.
                let values: &[&str] = if takes_value {
                    &["=compact", "=1"]
                } else {
                    &[""]
                };
                let run = |value| folder.run(&format!("{command} --lines --{flag}{value}"));
                let done: Vec<Done> = values.iter().map(|value| run(value).done()).collect();
                let is_refused =
                    |done: &Done| done.code == 2 && done.stderr.contains("cannot be used with");
                assert!(
                    done.iter().any(is_refused),
                    "{command} --{flag} has no row: {done:?}"
                );
                continue;
            }
            for row in rows {
                let (one, lines) = (
                    run(&folder, row, row.with, false),
                    run(&folder, row, row.with, true),
                );
                assert_eq!(one, lines, "{command} {}", row.with);
                let without = run(&folder, row, row.without, true);
                assert_ne!(lines, without, "{command} {} has no effect", row.with);
            }
        }
    }
}
