#!/usr/bin/env python3
"""Runs hostile inputs and prints the time and the peak memory of each run.

    benches/hostile.py [JOTSMITH [PATTERN]]

Every input is about 1 MB or smaller, or a smaller input that the tool multiplies: shared headers, many recipients, many
keys, deep or repeated JSON. The limit is 2 s (twice that on a slow machine) and 300 MB for each run (4 s for a set of RSA keys of 16,384 bits). Runs that
exceed a limit are marked; a run is ended after 120 s. The memory limit of a process is 16 GiB. Only the standard library of
Python is needed. PATTERN selects inputs by a part of their name.
"""

import base64
import hashlib
import hmac
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

BINARY = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/jotsmith")
PATTERN = sys.argv[2] if len(sys.argv) > 2 else ""
# The speed of machines of the same kind differed by a factor of two between days.
SLOW = 2
SECONDS, MEGABYTES, LIMIT = 2.0, 300, 120
FOLDER = tempfile.TemporaryDirectory(prefix="jotsmith-hostile-")
RANDOM = random.Random(20261126)
SECRET = b"0123456789abcdef0123456789abcdef"


def b64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def b64int(number):
    return b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def path(name):
    return os.path.join(FOLDER.name, name)


def write(name, data):
    if isinstance(data, (dict, list)):
        data = json.dumps(data, separators=(",", ":"))
    with open(path(name), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data.encode() if isinstance(data, str) else data)
    return name


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def tool(*words, stdin=b""):
    """Runs the tool to make an input."""
    done = subprocess.run([BINARY, *words], cwd=FOLDER.name, input=stdin, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{words}: {done.stderr.decode()}")
    return done.stdout.decode().strip()


def keygen(algorithm, name):
    tool("keygen", algorithm, "-q", "-o", f"{name}.jwk")
    if algorithm == "HS256":
        return json.loads(read(f"{name}.jwk"))
    write(f"{name}.pub.jwk", tool("convert", "-k", f"{name}.jwk", "--public"))
    return json.loads(read(f"{name}.pub.jwk"))


ROWS = []


def run(name, command, stdin="", seconds=SECONDS):
    """Adds a run: the words of a command and the file that it reads from stdin."""
    if PATTERN in name:
        ROWS.append((name, command.split(), stdin, seconds))


def measure(words, stdin):
    limit = 16 << 30
    source = open(path(stdin), "rb") if stdin else subprocess.DEVNULL
    begin = time.monotonic()
    process = subprocess.Popen(
        [BINARY, "-q", *words],
        cwd=FOLDER.name,
        stdin=source,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    pid, status, usage = 0, 0, None
    while not pid:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if not pid:
            if time.monotonic() - begin > LIMIT:
                process.kill()
            time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - begin, usage.ru_maxrss / 1024, process.returncode


def jws(header, payload, signature="AA"):
    return f"{b64(json.dumps(header))}.{b64(payload)}.{signature}"


def signed(payload):
    """A token with a valid HS256 signature over any payload, which is given as base64url."""
    text = b64('{"alg":"HS256"}') + "." + payload
    return f"{text}.{b64(hmac.new(SECRET, text.encode(), 'sha256').digest())}"


def inputs():
    """Writes the inputs and adds the runs."""
    public = {name: keygen(name, name) for name in ("HS256", "ES256", "ES512", "Ed25519", "RS256", "ECDH-ES", "RSA-OAEP")}
    token = tool("sign", "-q", "-k", "ES256.jwk", "sub=a")
    write("token.jwt", token)

    # Shared parts of a JWE, multiplied by its recipients.
    filler = {f"{i:x}": 0 for i in range(85_000)}
    protected = b64('{"enc":"A256GCM"}')
    jwe = {"protected": protected, "iv": "A" * 16, "ciphertext": "AAAA", "tag": "A" * 22}
    recipient = {"header": {"alg": "RSA-OAEP"}, "encrypted_key": "A" * 512}
    write("shared.jwe", dict(jwe, unprotected=filler, recipients=[recipient] * 64))
    large = b64(json.dumps(dict(filler, enc="A256GCM")))
    write("protected.jwe", dict(jwe, protected=large[:600_000], recipients=[recipient] * 64))
    small = {f"m{i}": i for i in range(3_500)}
    write("protected64k.jwe", dict(jwe, protected=b64(json.dumps(dict(small, enc="A256GCM"))), recipients=[recipient] * 64))
    write("recipients.jwe", dict(jwe, recipients=[{}] * 46_000))
    write("recipients300k.jwe", dict(jwe, recipients=[{}] * 330_000))
    epk = {"kty": "EC", "crv": "P-521", "x": public["ES512"]["x"], "y": public["ES512"]["y"]}
    agreed = {"header": {"alg": "ECDH-ES+A256KW", "epk": epk}, "encrypted_key": "A" * 54}
    write("agree.jwe", dict(jwe, recipients=[agreed] * 64))
    curves = [json.loads(tool("keygen", "ECDH-ES+A256KW", "--curve", "P-521", "-q", "-o", "-")) for _ in range(16)]
    for key in curves:
        key.pop("kid")
    write("agree.jwks", {"keys": curves})
    rsa = {"header": {"alg": "RSA-OAEP"}, "encrypted_key": "A" * 512}
    write("oaep.jwe", dict(jwe, recipients=[rsa] * 64))
    for name in ("shared", "protected", "protected64k", "recipients", "recipients300k"):
        run(f"jwe {name}: decrypt", "decrypt -k RSA-OAEP.jwk", f"{name}.jwe")
        run(f"jwe {name}: verify", "verify -k ES256.jwk --decrypt-with RSA-OAEP.jwk", f"{name}.jwe")
        run(f"jwe {name}: inspect", "inspect", f"{name}.jwe")
    run("jwe 64 x 16 P-521 agreements: decrypt", "decrypt -k agree.jwks", "agree.jwe")
    run("jwe 64 RSA-OAEP recipients: decrypt", "decrypt -k RSA-OAEP.jwk", "oaep.jwe")
    write("keyfile.jwe", json.dumps(dict(
        jwe,
        unprotected={f"member{i}": "x" * 20 for i in range(150_000)},
        recipients=[{"header": {"alg": "PBES2-HS256+A128KW", "p2c": 1000, "p2s": "A" * 22}, "encrypted_key": "A" * 54}] * 20,
    )))
    write("passphrase", "correct horse battery staple")
    run("key file of 6 MB, 20 recipients: sign", "sign -k keyfile.jwe --passphrase-file passphrase sub=a")
    run("key file of 6 MB, 20 recipients: inspect", "inspect", "keyfile.jwe")

    # Many signatures, keys and names.
    # In range, so that each must be computed: r and s below the order, S below L, the RSA value below n.
    half = lambda size: b"\0" + RANDOM.randbytes(size - 2) + b"\0"
    signature = lambda alg, size: {"protected": b64(json.dumps({"alg": alg})), "signature": b64(half(size // 2) * 2)}
    sizes = {"Ed25519": 64, "ES256": 64, "ES512": 132, "RS256": 384}
    for alg, size in sizes.items():
        keys = []
        for index in range(16):
            kind = keygen(alg, f"{alg}-{index}") if alg != "RS256" or index < 2 else dict(keys[index % 2])
            kind.pop("kid", None)
            keys.append(kind)
        write(f"{alg}.jwks", {"keys": keys})
        write(f"{alg}64.json", {"payload": b64("{}"), "signatures": [signature(alg, size)] * 64})
        detached = {"signatures": [dict(signature(alg, size), protected=b64(json.dumps({"alg": alg, "n": i}))) for i in range(64)]}
        write(f"{alg}64.detached", detached)
        run(f"jws 64 {alg} signatures, 16 keys: verify", f"verify --allow-no-exp -k {alg}.jwks", f"{alg}64.json")
        run(f"jws 64 {alg} signatures, 30 MB detached: verify", f"verify -k {alg}.jwk --payload payload.bin", f"{alg}64.detached")
        run(f"jws 64 {alg} signatures: inspect -k", f"inspect -k {alg}.jwks", f"{alg}64.json")
    write("payload.bin", bytes(30_000_000))
    write("crit.jwt", jws({"alg": "HS256", "crit": [f"n{i}" for i in range(90_000)]}, "{}"))
    crit = {"crit": [f"n{i}" for i in range(3_000)], **{f"n{i}": 1 for i in range(3_000)}}
    write("crit-known.jwt", jws({"alg": "ES256", **crit}, "{}"))
    parts = [{"protected": b64(json.dumps({"alg": "HS256", "crit": [f"n{i}" for i in range(1_200)]})), "signature": "AA"}] * 64
    write("crit.json", {"payload": "e30", "signatures": parts})
    write("crit.jwe", dict(jwe, protected=b64(json.dumps(dict(crit, enc="A256GCM"))), recipients=[recipient] * 64))
    for name in ("crit.jwt", "crit-known.jwt", "crit.json"):
        run(f"{name}: verify", "verify -k ES256.jwk", name)
        run(f"{name}: inspect", "inspect", name)
    run("crit.jwe: decrypt", "decrypt -k RSA-OAEP.jwk", "crit.jwe")
    run("crit.jwe: inspect", "inspect", "crit.jwe")
    write("b64.json", {"payload": "e30", "signatures": [dict(signature("ES256", 64), header={f"h{i}": i for i in range(900)})] * 64})
    run("jws 64 unprotected headers: verify", "verify -k ES256.jwk", "b64.json")

    # Keys whose checks are expensive.
    mersenne = (1 << 11213) - 1
    write("mersenne.jwk", {"kty": "RSA", "n": b64int(mersenne), "e": "AQAB", "d": b64int(pow(65537, -1, mersenne - 1))})
    prime = (1 << 4423) - 1
    write("mersenne4423.jwk", {"kty": "RSA", "n": b64int(prime), "e": "AQAB", "d": b64int(pow(65537, -1, prime - 1))})
    write("mersenne.jwks", {"keys": [{"kty": "RSA", "kid": f"{i}", "n": b64int(prime), "e": b64int(65537 + 2 * i), "d": b64int(pow(65537 + 2 * i, -1, prime - 1))} for i in range(400) if math.gcd(65537 + 2 * i, prime - 1) == 1]})
    for name in ("mersenne.jwk", "mersenne4423.jwk", "mersenne.jwks"):
        run(f"{name}: sign", f"sign --alg RS256 -k {name} sub=a")
        run(f"{name}: inspect", "inspect", name)
        run(f"{name}: convert --public", f"convert -k {name} --public")
    odd = lambda bits: RANDOM.getrandbits(bits) | 1 | 1 << (bits - 1)
    write("rsa16384.jwks", {"keys": [{"kty": "RSA", "kid": f"{i}", "n": b64int(odd(16_384)), "e": "AQAB"} for i in range(350)]})
    run("350 keys RSA-16384: inspect", "inspect", "rsa16384.jwks", 4)
    run("350 keys RSA-16384: verify", "verify -k rsa16384.jwks", "token.jwt", 4)
    write("rsa2048.jwks", {"keys": [{"kty": "RSA", "kid": f"{i}", "n": b64int(odd(2048)), "e": "AQAB"} for i in range(2_500)]})
    run("2,500 keys RSA-2048: inspect", "inspect", "rsa2048.jwks")
    run("2,500 keys RSA-2048: verify", "verify -k rsa2048.jwks", "token.jwt")
    write("large-e.jwks", {"keys": [{"kty": "RSA", "kid": f"{i}", "n": b64int(odd(4096)), "e": b64int(odd(4090))} for i in range(600)]})
    run("600 keys with e of 4,090 bits: inspect", "inspect", "large-e.jwks")
    es = {name: public["ES256"][name] for name in ("kty", "crv", "x", "y")}
    write("one-kid.jwks", {"keys": [dict(es, kid="same") for _ in range(5_000)]})
    write("token-same.jwt", jws({"alg": "ES256", "kid": "same"}, "{}", "A" * 86))
    write("no-kid.jwks", {"keys": [es] * 5_500})
    write("many.jwks", {"keys": [dict(es, kid=f"{i}") for i in range(7_000)]})
    write("other-point.jwks", {"keys": [dict(es, x=b64(RANDOM.randbytes(32)), kid=f"{i}") for i in range(7_000)]})
    write("tiny.jwks", {"keys": [{"kty": "x"}] * 80_000})
    write("null.jwks", {"keys": [None] * 200_000})
    write("aliens.jwks", '{"keys":[' + ",".join(["{}"] * 330_000) + "]}")
    for name in ("one-kid", "no-kid", "many", "other-point", "tiny", "null", "aliens"):
        run(f"set {name}: verify", f"verify -k {name}.jwks", "token-same.jwt")
        run(f"set {name}: inspect", "inspect", f"{name}.jwks")
    run("set many: convert --public", "convert -k many.jwks --public")
    run("set many: rotate --check", "rotate many.jwks --check")

    # Certificates.
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a",
         "-days", "30", "-keyout", path("ca.key"), "-outform", "DER", "-out", path("ca.der")],
        capture_output=True, check=False)
    if made.returncode == 0:
        der = base64.b64encode(read("ca.der")).decode()
        pem = "-----BEGIN CERTIFICATE-----\n" + "\n".join(der[i:i + 64] for i in range(0, len(der), 64)) + "\n-----END CERTIFICATE-----\n"
        write("ca.pem", pem)
        write("chain.pem", pem * 1_500)
        write("x5c.jwt", jws({"alg": "ES256", "x5c": [der] * 90}, "{}", "A" * 86))
        write("x5c-long.jwt", jws({"alg": "ES256", "x5c": [der] * 1_000}, "{}", "A" * 86))
        write("x5c.json", {"payload": "e30", "signatures": [dict(signature("ES256", 64), protected=b64(json.dumps({"alg": "ES256", "x5c": [der] * 25})))] * 40})
        write("x5c.jwks", {"keys": [dict(es, kid=f"{i}", x5c=[der] * 20) for i in range(80)]})
        run("1,500 certificates in PEM: inspect", "inspect", "chain.pem")
        run("1,500 certificates in PEM: verify -k", "verify -k chain.pem", "token.jwt")
        for name in ("x5c.jwt", "x5c-long.jwt", "x5c.json"):
            run(f"{name}: verify --x5c-roots", "verify --x5c-roots ca.pem", name)
            run(f"{name}: inspect", "inspect", name)
        run("x5c.jwks: verify", "verify -k x5c.jwks", "token.jwt")
        run("x5c.jwks: inspect", "inspect", "x5c.jwks")
    write("begin.pem", "-----BEGIN PUBLIC KEY-----\n" * 37_000)
    write("begin-end.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" * 17_000)
    write("private.pem", "-----BEGIN PRIVATE KEY-----\n" + "A" * 1_000_000 + "\n")
    write("ssh.pub", "ssh-rsa " + "A" * 1_000_000 + "\n")
    write("ssh-lines.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== a\n" * 23_000)
    for name in ("begin.pem", "begin-end.pem", "private.pem", "ssh.pub", "ssh-lines.pub"):
        run(f"{name}: verify -k", f"verify -k {name}", "token.jwt")
        run(f"{name}: inspect", "inspect", name)
        run(f"{name}: verify --secret", f"verify --secret {name}", "token.jwt")

    # JSON.
    write("secret", SECRET)
    shapes = {
        "deep": "[" * 1_000_000,
        "deep-objects": '{"a":' * 170_000,
        "digits": '{"exp":' + "9" * 1_000_000 + "}",
        "exponent": '{"exp":1e' + "9" * 300_000 + "}",
        "duplicates": "{" + ",".join(f'"a{i % 50_000}":1' for i in range(100_000)) + "}",
        "members": "{" + ",".join(f'"a{i}":1' for i in range(80_000)) + "}",
        "audiences": '{"aud":[' + ",".join(f'"a{i}"' for i in range(110_000)) + "]}",
        "escapes": '{"sub":"' + "\\u0041" * 160_000 + '"}',
        "surrogates": '{"sub":"' + "\\ud800" * 160_000 + '"}',
        "objects": '{"a":[' + ",".join(["{}"] * 330_000) + "]}",
        "controls": '{"sub":"' + "\u202e" * 300_000 + '"}',
        "strings": '{"a":[' + ",".join(['"kty"'] * 160_000) + "]}",
    }
    for name, text in shapes.items():
        payload = b64(text)
        write(f"{name}.jwt", signed(payload))
        write(f"{name}.json", text)
        run(f"claims {name}: verify", "verify --secret secret --alg HS256 --max-size 2000000 --aud x --iss y --require jti --claim a=b", f"{name}.jwt")
        run(f"claims {name}: inspect", "inspect", f"{name}.jwt")
        run(f"claims {name}: sign", "sign -k ES256.jwk --claims -", f"{name}.json")
        run(f"json {name}: inspect", "inspect", f"{name}.json")
        run(f"json {name}: inspect --scan", "inspect --scan", f"{name}.json")
        run(f"json {name}: as a key", f"verify -k {name}.json", "token.jwt")
    macs = [f"{b64(json.dumps({'alg': 'HS256', 'n': i}))}.e30" for i in range(300)]
    write("hs-tokens.txt", "\n".join(f"{text}.{'A' * 43}" for text in macs * 55))
    run("16,500 HS256 tokens: inspect --scan", "inspect --scan", "hs-tokens.txt")
    run("16,500 HS256 tokens: verify --lines", "verify --lines -k HS256.jwk", "hs-tokens.txt")
    run("16,500 HS256 tokens: inspect --lines", "inspect --lines", "hs-tokens.txt")

    # Text that is searched for tokens and keys.
    texts = {
        "kty": ('{"a":[' + '"kty",' * 60 + "]}\n") * 2_600,
        "kty-lines": ('{"a":[' + '"kty",' * 160 + "\n") * 1_000,
        "kty-long-lines": ('{"a":[' + '"kty",' * 8_000 + "\n") * 20,
        "kty-one-line": '{"a":["kty",' + '"kty",' * 160_000,
        "kty-many": '{"a":["kty","kty"' * 56_000,
        "kty-open": '{"a":["kty",' * 80_000,
        "open": '{"kty":' * 140_000,
        "eyj": "eyJ" * 340_000,
        "eyj-dots": "eyJ." * 260_000,
        "eyj-lines": "eyJhbGciOiJIUzI1NiJ9.e30.\n" * 40_000,
        "dots": "." * 1_000_000,
        "tildes": "eyJhbGciOiJIUzI1NiJ9.e30.AA" + "~" * 1_000_000,
        "quotes": '"' * 1_000_000,
        "bearer": "Bearer " * 140_000,
        "url": "https://a/?token=" * 60_000,
        "percent": "%65%79%4a" * 110_000,
        "noise": RANDOM.randbytes(1_000_000),
        "base64": base64.b64encode(RANDOM.randbytes(750_000)),
    }
    for name, text in texts.items():
        write(f"{name}.txt", text)
        run(f"text {name}: inspect --scan", "inspect --scan", f"{name}.txt")
        run(f"text {name}: inspect", "inspect", f"{name}.txt")
        run(f"text {name}: verify", "verify -k ES256.jwk", f"{name}.txt")
        run(f"text {name}: verify --lines", "verify --lines -k ES256.jwk", f"{name}.txt")
        run(f"text {name}: as a key", f"verify -k {name}.txt", "token.jwt")

    # Chains: disclosures that refer to each other, tokens in tokens.
    digest = lambda text: b64(hashlib.sha256(text.encode()).digest())
    chain, inner = [], None
    for index in range(6_000):
        value = {"_sd": [digest(inner)]} if inner else "end"
        inner = b64(json.dumps([f"salt{index}", f"c{index}", value]))
        chain.append(inner)
    payload = {"iss": "a", "exp": 4_000_000_000, "_sd": [digest(inner)], "_sd_alg": "sha-256"}
    write("chain.sdjwt", signed(b64(json.dumps(payload))) + "~" + "~".join(chain) + "~")
    flat = [b64(json.dumps([f"salt{i}", f"c{i}", "v"])) for i in range(12_000)]
    payload["_sd"] = [digest(text) for text in flat[:8_000]]
    write("flat.sdjwt", signed(b64(json.dumps(payload))) + "~" + "~".join(flat) + "~")
    same = [flat[0]] * 20_000
    write("same.sdjwt", signed(b64(json.dumps(payload))) + "~" + "~".join(same) + "~")
    nested = token
    while len(nested) < 600_000:
        nested = jws({"alg": "ES256", "cty": "JWT"}, nested, "A" * 86)
    write("nested.jwt", nested)
    wide = {f"t{i}": token for i in range(1_800)}
    write("wide.jwt", signed(b64(json.dumps(wide))))
    for name in ("chain.sdjwt", "flat.sdjwt", "same.sdjwt", "nested.jwt", "wide.jwt"):
        run(f"{name}: inspect", "inspect", name)
        run(f"{name}: verify", "verify --secret secret --alg HS256 --allow-no-exp", name)
    write("long-kid.jwt", jws({"alg": "ES256", "kid": "k" * 45_000}, "{}", "A" * 86))
    write("long-alg.jwt", jws({"alg": "a" * 45_000}, "{}", "A" * 86))
    for name in ("long-kid.jwt", "long-alg.jwt"):
        run(f"{name}: verify", "verify -k many.jwks", name)
        run(f"{name}: inspect", "inspect", name)


def main():
    inputs()
    over = 0
    print(f"{'input':58} {'bytes':>9} {'s':>7} {'MB':>7} {'exit':>5}")
    for name, words, stdin, seconds in ROWS:
        files = [stdin] if stdin else []
        files += [word for word in words if os.path.isfile(path(word))]
        size = max((os.path.getsize(path(file)) for file in files), default=0)
        took, memory, code = measure(words, stdin)
        mark = "over" if took > SLOW * seconds or memory > MEGABYTES else ""
        over += bool(mark)
        print(f"{name:58} {size:9} {took:7.2f} {memory:7.0f} {code:5} {mark}", flush=True)
    print(f"{len(ROWS)} runs, {over} over the bound of {SECONDS:g} s and {MEGABYTES} MB")


main()
