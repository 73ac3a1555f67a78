#!/usr/bin/env python3
"""Validates the output of --json with docs/schema/, using PyPI's jsonschema.

Readers must ignore unknown members, so the schemas allow them; here they do not, so that every member is described.

usage: schemas.py JOTSMITH
"""

import json
import os
import subprocess
import sys
import tempfile

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOTSMITH = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp(prefix="jotsmith-schemas-")

SETUP = """\
jotsmith keygen ES256 -o key.jwk --public-out key.pub.jwk
jotsmith keygen RS256 --bits 2048 --to pem -o rsa.pem
jotsmith keygen HS256 -o secret.jwk
jotsmith keygen ECDH-ES+A256KW -o enc.jwk --public-out enc.pub.jwk
jotsmith convert -k key.jwk -k rsa.pem --public --to jwks -o set.jwks
openssl req -new -x509 -key rsa.pem -subj /CN=a -out cert.pem
jotsmith sign -q -k key.jwk --iss a --aud b sub=alice -o token.jwt
jotsmith sign -q -k key.jwk -k rsa.pem --alg ES256 --alg RS256 --format general sub=alice -o general.json
jotsmith encrypt -q -k enc.pub.jwk token.jwt -o nested.jwt
jotsmith encrypt -q -k enc.pub.jwk --format flattened key.pub.jwk -o flattened.json
head -c 20 /dev/urandom | jotsmith encrypt -q -k enc.pub.jwk - -o binary.jwe
printf '{"sub":"a"}\\n{"sub":"b"}\\nnonsense\\n' > claims.ndjson
{ cat token.jwt; echo nonsense; jotsmith sign -q -k secret.jwk sub=c; } > tokens.txt
cp token.jwt good.txt
jotsmith sign -q -k key.jwk --sd email sub=alice email=a@example -o sd.jwt
jotsmith sign -q -k key.jwk --nbf +1h sub=alice -o later.jwt
sed 's/^\\(.*\\)\\.\\(....\\)/\\1.AAAA/' binary.jwe > binary.tampered
{ cat nested.jwt binary.jwe; echo nonsense; } > encrypted.txt
{ echo "Authorization: Bearer $(cat token.jwt)"; cat rsa.pem; } > app.log
"""

# Schema, stream, exit code, command.
RUNS = [
    ("keygen", 1, 0, "keygen --json -o new.jwk"),
    ("keygen", 1, 0, "keygen HS256 --count 2 --json -o new.jwks"),
    ("keygen-list", 1, 0, "keygen --list --json"),
    ("sign", 1, 0, "sign --json -k key.jwk sub=alice"),
    ("sign-input", 1, 0, "sign --json -k key.pub.jwk --signing-input sub=alice"),
    ("sign-list-profiles", 1, 0, "sign --list-profiles --json"),
    ("sign", 1, 0, "sign --json -k key.jwk -k rsa.pem --alg ES256 --alg RS256 --format general sub=alice"),
    ("verify", 1, 0, "verify --json -k key.pub.jwk @token.jwt"),
    ("verify", 1, 0, "verify --json --raw -k key.pub.jwk @token.jwt"),
    ("verify", 1, 0, "verify --json -k set.jwks --alg ES256 --alg RS256 --require-all --format general @general.json"),
    ("verify", 1, 0, "verify --json -k key.pub.jwk --decrypt-with enc.jwk @nested.jwt"),
    ("encrypt", 1, 0, "encrypt --json -k enc.pub.jwk token.jwt"),
    ("sign", 1, 0, "sign --json -k key.jwk sub=alice -o signed.jwt"),
    ("verify", 1, 0, "verify --json -k key.pub.jwk @token.jwt -o claims.json"),
    ("encrypt", 1, 0, "encrypt --json -k enc.pub.jwk token.jwt -o sealed.jwt"),
    ("decrypt", 1, 0, "decrypt --json -k enc.jwk @nested.jwt -o opened.jwt"),
    ("sign", 1, 0, "sign --json -k key.jwk --payload token.jwt --detached -o detached.jws"),
    ("verify", 1, 0, "verify --json -k key.pub.jwk --payload token.jwt @detached.jws"),
    ("decrypt", 1, 0, "decrypt --json -k enc.jwk @nested.jwt"),
    ("decrypt", 1, 0, "decrypt --json -k enc.jwk @flattened.json"),
    ("decrypt", 1, 0, "decrypt --json -k enc.jwk @binary.jwe"),
    ("inspect", 1, 0, "inspect --json @token.jwt"),
    ("inspect", 1, 0, 'inspect --json "Bearer $(cat token.jwt)"'),
    ("inspect", 1, 0, "inspect --json -k key.pub.jwk @token.jwt"),
    ("inspect", 1, 0, "inspect --json @general.json"),
    ("inspect", 1, 0, "inspect --json @nested.jwt"),
    ("inspect", 1, 0, "inspect --json @flattened.json"),
    ("inspect", 1, 0, "inspect --json -k enc.jwk @nested.jwt"),
    ("inspect", 1, 0, "inspect --json key.jwk"),
    ("inspect", 1, 0, "inspect --json secret.jwk"),
    ("inspect", 1, 0, "inspect --json set.jwks"),
    ("inspect", 1, 0, "inspect --json rsa.pem"),
    ("inspect", 1, 0, "inspect --json cert.pem"),
    ("inspect", 1, 0, "inspect --json --scan app.log"),
    ("inspect", 1, 0, "inspect --json eyJhbGciOiJub25lIn0.eyJleHAiOjF9."),
    ("rotate", 1, 0, "rotate --json keys.jwks --publish jwks.json"),
    ("rotate", 1, 1, "rotate --json keys.jwks --check --at +29d"),
    ("rotate", 1, 0, "rotate --json keys.jwks --publish jwks.json --at +29d --force"),
    ("rotate", 1, 0, "rotate --json keys.jwks --status"),
    ("rotate-log", 1, 0, "rotate logged.jwks --log log > /dev/null; cat log"),
    ("completion", 1, 0, "completion --json bash"),
    ("sign-present", 1, 0, "sign --present sd.jwt --disclose-all --json"),
    ("convert", 1, 0, "convert --json -k set.jwks --to thumbprint"),
    ("error", 2, 2, "verify --json --no-such-flag"),
    ("error", 2, 3, "verify --json -k no.jwk @token.jwt"),
    ("error", 2, 10, "verify --json -k key.jwk @claims.ndjson"),
    ("error", 2, 11, "decrypt --json -k enc.jwk @binary.tampered"),
    ("error", 2, 12, "verify --json -k key.jwk --iss x --at +1h @token.jwt"),
    ("error", 2, 13, "verify --json -k key.jwk --claim sub=bob @later.jwt"),
    ("error", 2, 14, "verify --json -k key.jwk --aud x @token.jwt"),
    ("error", 2, 15, "verify --json -k rsa.pem --alg RS256 @token.jwt"),
    ("error", 2, 16, "verify --json -k enc.jwk @token.jwt"),
    ("line", 1, 1, "verify --lines --json -k key.pub.jwk @tokens.txt"),
    ("line", 1, 0, "verify --lines --raw --json -k key.pub.jwk @good.txt"),
    ("line", 1, 1, "sign --lines --json -k key.jwk < claims.ndjson"),
    ("line", 1, 0, "encrypt --lines --json -k enc.pub.jwk tokens.txt"),
    ("line", 1, 1, "decrypt --lines --json -k enc.jwk @encrypted.txt"),
    ("line", 1, 1, "inspect --lines --json tokens.txt"),
    ("summary", 2, 1, "verify --lines --json -k key.pub.jwk @tokens.txt"),
]


COMBINED = {"$ref", "anyOf", "oneOf", "allOf"}


def closed(schema, is_part=False):
    """The schema in which objects have only the described members. A report that is part of a larger object is closed
    where it is used, because the other members are described there."""
    if isinstance(schema, list):
        return [closed(item, is_part) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for name, value in schema.items():
        if name == "$defs":
            made[name] = {key: closed(part, key.endswith("Report")) for key, part in value.items()}
        else:
            made[name] = closed(value, is_part and name in COMBINED)
    if isinstance(made.get("properties"), dict) and "additionalProperties" not in made and not is_part:
        made["unevaluatedProperties"] = False
    return made


def shell(command):
    environment = dict(os.environ, PATH=f"{os.path.dirname(JOTSMITH)}:{os.environ['PATH']}")
    return subprocess.run(["bash", "-c", command], cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=60,
                          check=False)


def validators():
    made = {}
    for name in sorted(os.listdir(os.path.join(ROOT, "docs", "schema"))):
        with open(os.path.join(ROOT, "docs", "schema", name), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        made[name.removesuffix(".json")] = jsonschema.Draft202012Validator(closed(schema))
    return made


def main():
    made = validators()
    failures = []
    setup = shell("set -euo pipefail\n" + SETUP)
    if setup.returncode != 0:
        sys.exit(setup.stderr)
    objects = 0
    for name, stream, code, command in RUNS:
        done = shell(f"jotsmith {command}")
        text = done.stdout if stream == 1 else done.stderr
        lines = text.splitlines()
        if done.returncode != code or not lines:
            failures.append(f"{command}: exit {done.returncode}, {done.stderr.strip()}")
        for line in lines:
            objects += 1
            for error in made[name].iter_errors(json.loads(line)):
                best = jsonschema.exceptions.best_match([error])
                failures.append(f"{command}: {best.json_path}: {best.message}")
    unused = set(made) - {run[0] for run in RUNS}
    failures += [f"no run for {name}" for name in sorted(unused)]
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{objects} objects against {len(made)} schemas, {len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
