"""Shared by all peers: the algorithms, the keys, and jotsmith with the files and flags of a user."""

import base64
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "gateways"))

CLAIMS = {"sub": "alice", "exp": 9999999999}
PAYLOAD = json.dumps(CLAIMS, separators=(",", ":")).encode()
PASSPHRASE = b"correct horse battery staple"
# run.py sets both: the program, and the folder of all temporary files.
JOTSMITH = None
FOLDER = None

HMAC = ["HS256", "HS384", "HS512"]
RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
NIST = ["ES256", "ES384", "ES512"]
ML_DSA = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
# A row is an algorithm, and after the colon the curve of its key, or for `dir` the content encryption.
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
CONTENT_BITS = {"A128CBC-HS256": "256", "A192CBC-HS384": "384", "A256CBC-HS512": "512", "A128GCM": "128",
                "A192GCM": "192", "A256GCM": "256"}
DIRECT = [f"dir:{enc}" for enc in CONTENT_BITS]
ENCRYPTIONS = DIRECT + WRAPS + GCM_WRAPS + OAEP + OAEP_LONG + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2

# The signature inside, and the encryption around it.
NESTED = [("ES256", "RSA-OAEP-256", "A256GCM"), ("RS256", "ECDH-ES+A128KW:P-256", "A128CBC-HS256"),
          ("HS256", "A256KW", "A256GCM"), ("EdDSA:Ed25519", "ECDH-ES+A256KW:X25519", "A256CBC-HS512")]


class Refused(Exception):
    """A peer, or jotsmith with this exit code, did not accept a token."""

    def __init__(self, message, exit_code=None):
        super().__init__(message)
        self.exit_code = exit_code


class Broken(Exception):
    """A peer, or jotsmith, ended or did not answer: it neither accepted nor rejected the token."""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def algorithm(row):
    return row.partition(":")[0]


def same(payload):
    """Checks the payload of a token; some libraries add the time."""
    claims = json.loads(payload)
    claims.pop("iat", None)
    if claims != CLAIMS:
        raise RuntimeError(f"the payload differs: {payload!r}")


THREAD = threading.local()


def path(name, data):
    """A file of this name with this content; each thread has its own folder."""
    if not hasattr(THREAD, "folder"):
        THREAD.folder = tempfile.mkdtemp(dir=FOLDER)
    full = os.path.join(THREAD.folder, name)
    with open(full, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(data if isinstance(data, bytes) else json.dumps(data).encode())
    return full


def command(*arguments, stdin=b"", env=None):
    """The output of a program. A failure is a rejection; a program that hangs or was ended by a signal is broken."""
    environment = dict(os.environ, **(env or {}))
    try:
        done = subprocess.run(arguments, input=stdin, capture_output=True, env=environment, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Broken(str(error)) from error
    if done.returncode != 0:
        message = f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}"
        raise Refused(message, done.returncode) if done.returncode > 0 else Broken(message)
    return done.stdout


def jotsmith(*arguments, stdin=b"", env=None):
    return command(JOTSMITH, *arguments, stdin=stdin, env=env)


def once(make):
    """Makes each value once, also when several threads request it."""
    lock, locks, values = threading.Lock(), {}, {}

    @functools.wraps(make)
    def get(*arguments):
        with lock:
            own_lock = locks.setdefault(arguments, threading.Lock())
        with own_lock:
            if arguments not in values:
                values[arguments] = make(*arguments)
            return values[arguments]

    return get


@once
def key(row, name=""):
    """The private and the public JWK for a row; the public one of a shared secret is the secret. Each name gives a different key."""
    alg, _, variant = row.partition(":")
    flags = []
    if variant and alg.startswith(("EdDSA", "ECDH")):
        flags = ["--curve", variant]
    elif alg == "dir":
        flags = ["--bits", CONTENT_BITS[variant]]
    elif alg in RSA + OAEP + OAEP_LONG:
        flags = ["--bits", "2048"]
    private = json.loads(jotsmith("keygen", alg, *flags))
    return private, private if private["kty"] == "oct" else public_part(private)


def public_part(jwk):
    return json.loads(jotsmith("convert", "-k", "-", "--public", stdin=json.dumps(jwk).encode()))


def pem(jwk):
    return _pem(json.dumps(jwk))


@once
def _pem(jwk):
    return jotsmith("convert", "-k", "-", "--to", "pem", stdin=jwk.encode())


def password_key():
    """The passphrase of PBES2 as a JWK."""
    return {"kty": "oct", "k": b64(PASSPHRASE)}


class Ours:
    """jotsmith, through the files and flags that a user has."""

    env = {"JOTSMITH_PASSPHRASE": PASSPHRASE.decode()}

    def sign(self, alg, jwk):
        return jotsmith("sign", "-k", path("key", jwk), "--alg", alg, "--payload", "-", stdin=PAYLOAD).decode().strip()

    def verify(self, alg, jwk, token):
        return jotsmith("verify", "-q", "-k", path("key", jwk), "--alg", alg, "--raw", "-", stdin=token.encode())

    def encrypt(self, alg, enc, jwk):
        # Peers limit the iteration count to 10,000 or 32,768.
        arguments = ["--passphrase", "--p2c", "8192"] if alg in PBES2 else ["-k", path("key", jwk)]
        token = jotsmith("encrypt", *arguments, "--alg", alg, "--enc", enc, stdin=PAYLOAD, env=self.env)
        return token.decode().strip()

    def decrypt(self, alg, enc, jwk, token):
        arguments = ["--passphrase"] if alg in PBES2 else ["-k", path("key", jwk)]
        return jotsmith("decrypt", "-q", *arguments, "--alg", alg, "--enc", enc, "-", stdin=token.encode(), env=self.env)

    def nest(self, alg, signing, encryption, enc, recipient):
        return jotsmith("sign", "-q", "-k", path("key", signing), "--alg", alg, "--claims", "-", "--encrypt-to",
                        path("recipient", recipient), "--enc", enc, stdin=PAYLOAD).decode().strip()

    def open_nested(self, alg, verifying, encryption, enc, recipient, token):
        return jotsmith("verify", "-q", "-k", path("key", verifying), "--alg", alg, "--decrypt-with",
                        path("recipient", recipient), "-", stdin=token.encode())


OURS = Ours()


class Peer:
    """A library, a tool or a daemon."""

    name = None
    # The source of the software.
    origin = None
    # Why a row fails in a direction ("to" the peer, or "from" it). It must fail: an exception that no longer applies is a failure.
    explained = {}

    def start(self):
        """Called once, in the thread of the peer; stop() follows in any case."""

    def stop(self):
        pass

    def version(self):
        raise NotImplementedError

    def run(self, result):
        """Exchanges tokens with jotsmith."""
        raise NotImplementedError


def debian_version(package):
    """The upstream version of an installed Debian package."""
    version = command("dpkg-query", "--show", "--showformat", "${Version}", package).decode()
    version = version.partition(":")[2] or version
    for mark in ("-", "+"):
        version = version.partition(mark)[0]
    return version
