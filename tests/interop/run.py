#!/usr/bin/env python3
"""Tokens and keys of other people's tools against jotsmith, both ways; prints a table, algorithm by peer.

A peer that is missing, and a combination that fails, is a failure. What a peer does not offer is listed with the peer.

usage: run.py JOTSMITH NODE_FOLDER   (a Python with requirements.txt; a folder with package.json installed, and peer.mjs)
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import warnings

import joserfc.jwe
import joserfc.jwk
import joserfc.jws
import jwcrypto.jwe
import jwcrypto.jwk
import jwcrypto.jws
import jwt

warnings.filterwarnings("ignore", message="EdDSA is deprecated")
JOTSMITH, NODE_FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
CLAIMS = {"sub": "alice", "exp": 9999999999}
PAYLOAD = json.dumps(CLAIMS, separators=(",", ":")).encode()
PASSPHRASE = b"correct horse battery staple"
FOLDER = tempfile.mkdtemp(prefix="jotsmith-interop-")

HMAC = ["HS256", "HS384", "HS512"]
RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
NIST = ["ES256", "ES384", "ES512"]
# A row is an algorithm, and behind the colon the curve of its key.
ML_DSA = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
SIGNATURES = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448", "Ed25519"] + ML_DSA

WRAPS = ["A128KW", "A192KW", "A256KW"]
GCM_WRAPS = ["A128GCMKW", "A192GCMKW", "A256GCMKW"]
OAEP = ["RSA-OAEP", "RSA-OAEP-256"]
OAEP_LONG = ["RSA-OAEP-384", "RSA-OAEP-512"]
ECDH = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]
ECDH_NIST = [f"{alg}:{curve}" for alg in ECDH for curve in ("P-256", "P-384", "P-521")]
ECDH_X25519 = [f"{alg}:X25519" for alg in ECDH]
ECDH_X448 = [f"{alg}:X448" for alg in ECDH]
PBES2 = ["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"]
CONTENT = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"]
DIRECT = [f"dir:{enc}" for enc in CONTENT]
ENCRYPTIONS = DIRECT + WRAPS + GCM_WRAPS + OAEP + OAEP_LONG + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def command(*arguments, stdin=b"", env=None):
    environment = dict(os.environ, **(env or {}))
    done = subprocess.run(arguments, input=stdin, capture_output=True, env=environment, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def jotsmith(*arguments, stdin=b"", env=None):
    return command(JOTSMITH, *arguments, stdin=stdin, env=env)


def path(name, data):
    full = os.path.join(FOLDER, name)
    with open(full, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(data if isinstance(data, bytes) else json.dumps(data).encode())
    return full


KEYS = {}


def key(row):
    """The private and the public JWK for a row; the public one of a shared secret is the secret."""
    if row not in KEYS:
        alg, _, variant = row.partition(":")
        flags = []
        if variant and alg.startswith(("EdDSA", "ECDH")):
            flags = ["--curve", variant]
        elif alg == "dir":
            flags = ["--bits", {"A128CBC-HS256": "256", "A192CBC-HS384": "384", "A256CBC-HS512": "512",
                                "A128GCM": "128", "A192GCM": "192", "A256GCM": "256"}[variant]]
        elif alg in RSA + OAEP + OAEP_LONG:
            flags = ["--bits", "2048"]
        private = json.loads(jotsmith("keygen", alg, *flags))
        public = private
        if private["kty"] != "oct":
            public = json.loads(jotsmith("convert", "-k", "-", "--public", stdin=json.dumps(private).encode()))
        KEYS[row] = private, public
    return KEYS[row]


def pem(jwk):
    return jotsmith("convert", "-k", "-", "--to", "pem", stdin=json.dumps(jwk).encode())


class Ours:
    def sign(self, alg, jwk):
        return jotsmith("sign", "-k", path("key", jwk), "--alg", alg, "--payload", "-", stdin=PAYLOAD).decode().strip()

    def verify(self, alg, jwk, token):
        return jotsmith("verify", "-q", "-k", path("key", jwk), "--alg", alg, "--raw", "-", stdin=token.encode())

    def encrypt(self, alg, enc, jwk):
        if alg in PBES2:
            # Peers cap the rounds at 10,000, or 32,768.
            arguments = ["--passphrase", "--p2c", "8192"]
        else:
            arguments = ["-k", path("key", jwk)]
        token = jotsmith("encrypt", *arguments, "--alg", alg, "--enc", enc, stdin=PAYLOAD,
                         env={"JOTSMITH_PASSPHRASE": PASSPHRASE.decode()})
        return token.decode().strip()

    def decrypt(self, alg, enc, jwk, token):
        arguments = ["--passphrase"] if alg in PBES2 else ["-k", path("key", jwk)]
        return jotsmith("decrypt", "-q", *arguments, "--alg", alg, "--enc", enc, "-", stdin=token.encode(),
                        env={"JOTSMITH_PASSPHRASE": PASSPHRASE.decode()})


class Latchset:
    """Debian's jose, which itself lists what it was built with: Debian 12's has no RSA-OAEP. No EdDSA, no Montgomery curves."""

    name = "jose"
    signatures = HMAC + RSA + NIST
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + PBES2

    def __init__(self):
        offered = command("jose", "alg").decode().split()
        self.signatures = [row for row in self.signatures if row in offered]
        self.encryptions = [row for row in self.encryptions if row.split(":")[0] in offered]

    def _key(self, alg, jwk):
        if alg in PBES2:
            return path("key", {"kty": "oct", "k": b64(PASSPHRASE)})
        # For dir it wants the content encryption in a JWK's alg.
        return path("key", {name: value for name, value in jwk.items() if alg != "dir" or name != "alg"})

    def sign(self, alg, jwk):
        return command("jose", "jws", "sig", "-I", path("in", PAYLOAD), "-k", path("key", jwk), "-c", "-s",
                       json.dumps({"protected": {"alg": alg}})).decode().strip()

    def verify(self, alg, jwk, token):
        return command("jose", "jws", "ver", "-i", path("in", token.encode()), "-k", path("key", jwk), "-O", "-")

    def encrypt(self, alg, enc, jwk):
        template = json.dumps({"protected": {"alg": alg, "enc": enc}})
        return command("jose", "jwe", "enc", "-I", path("in", PAYLOAD), "-k", self._key(alg, jwk), "-c", "-i",
                       template).decode().strip()

    def decrypt(self, alg, enc, jwk, token):
        return command("jose", "jwe", "dec", "-i", path("in", token.encode()), "-k", self._key(alg, jwk))


class OpenSsl:
    """The openssl command, with the token put together here."""

    name = "openssl"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448", "Ed25519"]
    encryptions = ["dir:A128CBC-HS256", "dir:A256CBC-HS512"] + OAEP

    def _arguments(self, alg):
        digest = f"-sha{alg[2:5]}"
        if alg.startswith("PS"):
            return [digest, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        return [digest]

    def sign(self, alg, jwk):
        text = f"{b64(json.dumps({'alg': alg}).encode())}.{b64(PAYLOAD)}"
        if alg in HMAC:
            signature = command("openssl", "dgst", *self._arguments(alg), "-mac", "HMAC", "-macopt",
                                f"hexkey:{unb64(jwk['k']).hex()}", "-binary", stdin=text.encode())
        elif alg.startswith("Ed"):
            signature = command("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", path("key", pem(jwk)), "-in",
                                path("in", text.encode()))
        else:
            signature = command("openssl", "dgst", *self._arguments(alg), "-sign", path("key", pem(jwk)),
                                stdin=text.encode())
            if alg.startswith("ES"):
                signature = raw_signature(signature, len(unb64(jwk["x"])))
        return f"{text}.{b64(signature)}"

    def verify(self, alg, jwk, token):
        text, signature = token.rsplit(".", 1)
        signature = unb64(signature)
        if alg in HMAC:
            if self.sign_text(alg, jwk, text) != signature:
                raise RuntimeError("the MAC differs")
        elif alg.startswith("Ed"):
            command("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", path("key", pem(jwk)), "-in",
                    path("in", text.encode()), "-sigfile", path("sig", signature))
        else:
            if alg.startswith("ES"):
                signature = der_signature(signature)
            command("openssl", "dgst", *self._arguments(alg), "-verify", path("key", pem(jwk)), "-signature",
                    path("sig", signature), stdin=text.encode())
        return unb64(text.split(".")[1])

    def sign_text(self, alg, jwk, text):
        return command("openssl", "dgst", *self._arguments(alg), "-mac", "HMAC", "-macopt",
                       f"hexkey:{unb64(jwk['k']).hex()}", "-binary", stdin=text.encode())

    def _oaep(self, alg):
        options = ["-pkeyopt", "rsa_padding_mode:oaep"]
        if alg == "RSA-OAEP-256":
            options += ["-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"]
        return options

    def _content(self, enc, cek, iv, aad, data, decrypting):
        # The command has no authenticated ciphers; the HMAC of the composite ones is Python's.
        half = len(cek) // 2
        cipher = f"-aes-{half * 8}-cbc"
        flags = ["-d"] if decrypting else []
        out = command("openssl", "enc", cipher, *flags, "-K", cek[half:].hex(), "-iv", iv.hex(), stdin=data)
        ciphertext = data if decrypting else out
        covered = aad + iv + ciphertext + (len(aad) * 8).to_bytes(8, "big")
        digest = {16: hashlib.sha256, 32: hashlib.sha512}[half]
        return out, hmac.new(cek[:half], covered, digest).digest()[:half]

    def encrypt(self, alg, enc, jwk):
        enc = "A128CBC-HS256" if alg != "dir" else enc
        cek = unb64(jwk["k"]) if alg == "dir" else os.urandom(32)
        wrapped = b"" if alg == "dir" else command("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey",
                                                   path("key", pem(jwk)), *self._oaep(alg), stdin=cek)
        header = b64(json.dumps({"alg": alg, "enc": enc}).encode())
        iv = os.urandom(16)
        ciphertext, tag = self._content(enc, cek, iv, header.encode(), PAYLOAD, False)
        return ".".join([header, *map(b64, (wrapped, iv, ciphertext, tag))])

    def decrypt(self, alg, enc, jwk, token):
        header, *parts = token.split(".")
        wrapped, iv, ciphertext, tag = map(unb64, parts)
        cek = unb64(jwk["k"]) if alg == "dir" else command("openssl", "pkeyutl", "-decrypt", "-inkey",
                                                           path("key", pem(jwk)), *self._oaep(alg), stdin=wrapped)
        plain, expected = self._content(enc, cek, iv, header.encode(), ciphertext, True)
        if tag != expected:
            raise RuntimeError("the tag differs")
        return plain


def raw_signature(der, size):
    """SEQUENCE { INTEGER r, INTEGER s } to r || s."""
    at = 2 if der[1] < 128 else 3
    numbers = b""
    for _ in range(2):
        length = der[at + 1]
        numbers += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(size, "big")
        at += 2 + length
    return numbers


def der_signature(raw):
    def integer(data):
        number = int.from_bytes(data, "big")
        data = number.to_bytes(number.bit_length() // 8 + 1, "big")
        return bytes([2, len(data)]) + data

    half = len(raw) // 2
    body = integer(raw[:half]) + integer(raw[half:])
    length = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return b"\x30" + length + body


class JwCrypto:
    """PyPI's jwcrypto."""

    name = "jwcrypto"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448"] + ML_DSA
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2

    def sign(self, alg, jwk):
        token = jwcrypto.jws.JWS(PAYLOAD)
        token.add_signature(jwcrypto.jwk.JWK(**jwk), None, json.dumps({"alg": alg}), None)
        return token.serialize(compact=True)

    def verify(self, alg, jwk, token):
        parsed = jwcrypto.jws.JWS()
        parsed.allowed_algs = [alg]
        parsed.deserialize(token, jwcrypto.jwk.JWK(**jwk))
        return parsed.payload

    def _key(self, alg, jwk):
        return jwcrypto.jwk.JWK(kty="oct", k=b64(PASSPHRASE)) if alg in PBES2 else jwcrypto.jwk.JWK(**jwk)

    def encrypt(self, alg, enc, jwk):
        token = jwcrypto.jwe.JWE(PAYLOAD, json.dumps({"alg": alg, "enc": enc}), algs=[alg, enc])
        token.add_recipient(self._key(alg, jwk))
        return token.serialize(compact=True)

    def decrypt(self, alg, enc, jwk, token):
        parsed = jwcrypto.jwe.JWE(algs=[alg, enc])
        parsed.deserialize(token, self._key(alg, jwk))
        return parsed.payload


class PyJwt:
    """PyPI's pyjwt: signatures only."""

    name = "pyjwt"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448"]
    encryptions = []

    def sign(self, alg, jwk):
        return jwt.PyJWS().encode(PAYLOAD, jwt.PyJWK(jwk, algorithm=alg).key, algorithm=alg)

    def verify(self, alg, jwk, token):
        return jwt.PyJWS().decode(token, jwt.PyJWK(jwk, algorithm=alg).key, algorithms=[alg])


class JoseRfc:
    """PyPI's joserfc."""

    name = "joserfc"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448", "Ed25519"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2

    def sign(self, alg, jwk):
        return joserfc.jws.serialize_compact({"alg": alg}, PAYLOAD, joserfc.jwk.import_key(jwk), algorithms=[alg])

    def verify(self, alg, jwk, token):
        return joserfc.jws.deserialize_compact(token, joserfc.jwk.import_key(jwk), algorithms=[alg]).payload

    def _key(self, alg, jwk):
        return joserfc.jwk.OctKey.import_key(PASSPHRASE) if alg in PBES2 else joserfc.jwk.import_key(jwk)

    def encrypt(self, alg, enc, jwk):
        header = {"alg": alg, "enc": enc}
        return joserfc.jwe.encrypt_compact(header, PAYLOAD, self._key(alg, jwk), algorithms=[alg, enc])

    def decrypt(self, alg, enc, jwk, token):
        return joserfc.jwe.decrypt_compact(token, self._key(alg, jwk), algorithms=[alg, enc]).plaintext


class Node:
    lib = None

    def _run(self, op, **job):
        job.update(lib=self.lib, op=op)
        done = command("node", os.path.join(NODE_FOLDER, "peer.mjs"), stdin=json.dumps(job).encode())
        return json.loads(done)["result"]


class Panva(Node):
    """npm's jose."""

    name = "jose (npm)"
    lib = "panva"
    signatures = HMAC + RSA + NIST + ["EdDSA:Ed25519", "Ed25519"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + OAEP_LONG + ECDH_NIST + ECDH_X25519 + PBES2

    def sign(self, alg, jwk):
        return self._run("sign", alg=alg, key=jwk, payload=b64(PAYLOAD))

    def verify(self, alg, jwk, token):
        return unb64(self._run("verify", alg=alg, key=jwk, token=token))

    def _key(self, alg, jwk):
        return {"kty": "oct", "k": b64(PASSPHRASE)} if alg in PBES2 else jwk

    def encrypt(self, alg, enc, jwk):
        return self._run("encrypt", alg=alg, enc=enc, key=self._key(alg, jwk), payload=b64(PAYLOAD))

    def decrypt(self, alg, enc, jwk, token):
        return unb64(self._run("decrypt", alg=alg, enc=enc, key=self._key(alg, jwk), token=token))


class Auth0(Node):
    """npm's jsonwebtoken: signatures only, keys as PEM."""

    name = "jsonwebtoken"
    lib = "auth0"
    signatures = HMAC + RSA + NIST
    encryptions = []

    def _key(self, jwk):
        return {"key": jwk} if jwk["kty"] == "oct" else {"pem": pem(jwk).decode()}

    def sign(self, alg, jwk):
        return self._run("sign", alg=alg, payload=b64(PAYLOAD), **self._key(jwk))

    def verify(self, alg, jwk, token):
        return unb64(self._run("verify", alg=alg, token=token, **self._key(jwk)))


OURS = Ours()
PEERS = [Latchset(), OpenSsl(), JwCrypto(), PyJwt(), JoseRfc(), Panva(), Auth0()]
FAILURES = []


def same(payload):
    claims = json.loads(payload)
    claims.pop("iat", None)
    if claims != CLAIMS:
        raise RuntimeError(f"the payload differs: {payload!r}")


def attempt(what, job):
    try:
        job()
        return True
    except Exception as error:  # Whatever a peer raises is a failure of this combination.
        FAILURES.append(f"{what}: {type(error).__name__}: {error}")
        return False


def mark(theirs, ours):
    return {(True, True): "ok", (True, False): "OURS REFUSED", (False, True): "THEIRS REFUSED"}.get(
        (theirs, ours), "FAILED")


def signature_cell(peer, row):
    if row not in peer.signatures:
        return "not offered"
    alg = row.partition(":")[0]
    private, public = key(row)
    theirs = attempt(f"{row}: {peer.name} signs, jotsmith verifies",
                     lambda: same(OURS.verify(alg, public, peer.sign(alg, private))))
    ours = attempt(f"{row}: jotsmith signs, {peer.name} verifies",
                   lambda: same(peer.verify(alg, public, OURS.sign(alg, private))))
    return mark(theirs, ours)


def encryption_cell(peer, row):
    if row not in peer.encryptions:
        return "not offered"
    alg, _, variant = row.partition(":")
    enc = variant if alg == "dir" else "A128CBC-HS256" if peer.name == "openssl" else "A256GCM"
    private, public = (None, None) if alg in PBES2 else key(row)
    theirs = attempt(f"{row}: {peer.name} encrypts, jotsmith decrypts",
                     lambda: same(OURS.decrypt(alg, enc, private, peer.encrypt(alg, enc, public))))
    ours = attempt(f"{row}: jotsmith encrypts, {peer.name} decrypts",
                   lambda: same(peer.decrypt(alg, enc, private, OURS.encrypt(alg, enc, public))))
    return mark(theirs, ours)


def table(title, rows, cell):
    print(f"\n{title:<24}" + "".join(f"{peer.name:<15}" for peer in PEERS), flush=True)
    for row in rows:
        print(f"{row:<24}" + "".join(f"{cell(peer, row):<15}" for peer in PEERS), flush=True)


def serializations():
    """The JSON serializations, several signatures and recipients, against jwcrypto."""
    rows = ["ES256", "RS256", "HS256"]
    flags = [flag for row in rows for flag in ("-k", path(row, key(row)[0]))]

    def ours_general():
        token = jotsmith("sign", *flags, "--format", "general", "--payload", "-", stdin=PAYLOAD).decode()
        for row in rows:
            parsed = jwcrypto.jws.JWS()
            parsed.deserialize(token, jwcrypto.jwk.JWK(**key(row)[1]))
            same(parsed.payload)

    def theirs_general():
        token = jwcrypto.jws.JWS(PAYLOAD)
        for row in rows:
            token.add_signature(jwcrypto.jwk.JWK(**key(row)[0]), None, json.dumps({"alg": row}))
        for row in rows:
            same(OURS.verify(row, key(row)[1], token.serialize()))

    def ours_flattened():
        token = jotsmith("sign", "-k", path("key", key("ES256")[0]), "--format", "flattened", "--payload", "-",
                         stdin=PAYLOAD).decode()
        same(JwCrypto().verify("ES256", key("ES256")[1], token))

    def several_recipients():
        rows = ["A256KW", "ECDH-ES+A256KW:P-256", "RSA-OAEP-256"]
        flags = [flag for row in rows for flag in ("-k", path(row.replace(":", ""), key(row)[1]))]
        token = jotsmith("encrypt", *flags, "--format", "general", stdin=PAYLOAD).decode()
        for row in rows:
            parsed = jwcrypto.jwe.JWE()
            parsed.deserialize(token, jwcrypto.jwk.JWK(**key(row)[0]))
            same(parsed.payload)
        made = jwcrypto.jwe.JWE(PAYLOAD, json.dumps({"enc": "A256GCM"}))
        for row in rows:
            recipient = jwcrypto.jwk.JWK(**key(row)[1])
            made.add_recipient(recipient, json.dumps({"alg": row.partition(":")[0]}))
        for row in rows:
            same(OURS.decrypt(row.partition(":")[0], "A256GCM", key(row)[0], made.serialize()))

    jobs = [ours_general, theirs_general, ours_flattened, several_recipients]
    done = [attempt(f"JSON serialization: {job.__name__}", job) for job in jobs]
    print("\nJSON serializations with jwcrypto, several signatures and recipients: " + ("ok" if all(done) else "FAILED"))


def foreign_keys():
    """Keys that others made, in every form; the thumbprint says that it was read as the same key."""
    print()
    for alg in ["HS256", "RS256", "ES256", "ES512", "A256KW"]:
        made = command("jose", "jwk", "gen", "-i", json.dumps({"alg": alg}))
        theirs = command("jose", "jwk", "thp", "-i", path("key", made), "-a", "S256").decode().strip()
        attempt(f"a {alg} key of jose", lambda: equal(theirs, thumbprint(made)))
    for arguments in (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                      ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], ["ED25519"], ["ED448"], ["X25519"], ["X448"]):
        made = command("openssl", "genpkey", "-algorithm", *arguments)
        source = path("made", made)
        forms = [made]
        forms.append(command("openssl", "pkey", "-in", source, "-outform", "DER"))
        forms.append(command("openssl", "pkey", "-in", source, "-pubout"))
        forms.append(command("openssl", "pkey", "-in", source, "-pubout", "-outform", "DER"))
        if arguments[0] in ("RSA", "EC"):
            forms.append(command("openssl", "pkey", "-in", source, "-traditional"))
        if not arguments[0].startswith("X"):
            forms.append(command("openssl", "req", "-new", "-x509", "-key", source, "-subj", "/CN=a", "-days", "1"))
        secret = PASSPHRASE.decode()
        forms.append(command("openssl", "pkcs8", "-topk8", "-in", source, "-passout", f"pass:{secret}"))
        for index, form in enumerate(forms):
            attempt(f"form {index} of an openssl key {arguments}", lambda: equal(thumbprint(made), thumbprint(form)))
    print("keys of jose and openssl, in every form: " + ("read" if not FAILURES else "see below"))


def thumbprint(data):
    return jotsmith("convert", "-q", "-k", path("key", data), "--to", "thumbprint",
                    env={"JOTSMITH_PASSPHRASE": PASSPHRASE.decode()}).decode().strip()


def equal(a, b):
    if a != b:
        raise RuntimeError(f"{a} is not {b}")


def takers():
    """What keygen --list says about the peers is what is tried here; a build of a peer may lack some of it."""
    listed = {row["name"]: row["tools"] for row in json.loads(jotsmith("keygen", "--list", "--json"))["algorithms"]}
    for peer in PEERS:
        rows = [row.partition(":") for row in type(peer).signatures + type(peer).encryptions]
        tried = {alg for alg, _, _ in rows} | {variant for alg, _, variant in rows if alg == "dir"}
        told = {name for name, tools in listed.items() if peer.name in tools}
        attempt(f"keygen --list about {peer.name}", lambda: equal(sorted(told), sorted(tried)))


def main():
    takers()
    foreign_keys()
    serializations()
    table("signatures", SIGNATURES, signature_cell)
    table("encryption", ENCRYPTIONS, encryption_cell)
    for failure in FAILURES:
        print(f"FAILED {failure}")
    print(f"\n{len(FAILURES)} failures")
    return 1 if FAILURES else 0


sys.exit(main())
