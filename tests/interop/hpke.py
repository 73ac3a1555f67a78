#!/usr/bin/env python3
"""HPKE for JWE against PyPI's pyhpke (every algorithm) and cryptography (key encryption), in both directions, with and without
info. The token is assembled here.

usage: hpke.py JOTSMITH   (a Python with requirements.txt)
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

JOTSMITH = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp(prefix="jotsmith-hpke-")
CONTENT = b"to be read by one key"
ENC = "A256GCM"

# The KEM of each number, its KDF, the cipher, and the length of the encapsulated secret.
SUITES = {
    "0": ("P256", "SHA256", "AES_128_GCM", 65),
    "1": ("P384", "SHA384", "AES_256_GCM", 97),
    "2": ("P521", "SHA512", "AES_256_GCM", 133),
    "3": ("X25519", "SHA256", "AES_128_GCM", 32),
    "4": ("X25519", "SHA256", "CHACHA20_POLY1305", 32),
    "5": ("X448", "SHA512", "AES_256_GCM", 56),
    "6": ("X448", "SHA512", "CHACHA20_POLY1305", 56),
    "7": ("P256", "SHA256", "AES_256_GCM", 65),
}
ALGORITHMS = [f"HPKE-{number}" for number in SUITES] + [f"HPKE-{number}-KE" for number in "012357"]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def path(name, data):
    full = os.path.join(FOLDER, name)
    with open(full, "wb", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
        file.write(data)
    return full


def jotsmith(*arguments, stdin=b""):
    done = subprocess.run([JOTSMITH, *arguments], input=stdin, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout


class PyHpke:
    """PyPI's pyhpke."""

    name = "pyhpke"

    def __init__(self, alg):
        kem, digest, aead, _ = SUITES[alg.split("-")[1]]
        self.suite = CipherSuite.new(
            KEMId[f"DHKEM_{kem}_HKDF_{digest}"], KDFId[f"HKDF_{digest}"], AEADId[aead.replace("AES_", "AES")])

    def seal(self, jwk, info, aad, message):
        secret, context = self.suite.create_sender_context(KEMKey.from_jwk(jwk), info)
        return secret, context.seal(message, aad)

    def open(self, jwk, info, aad, secret, ciphertext):
        return self.suite.create_recipient_context(secret, KEMKey.from_jwk(jwk), info).open(ciphertext, aad)


class Cryptography:
    """PyPI's cryptography, which has neither X448 nor associated data."""

    name = "cryptography"

    def __init__(self, alg):
        kem, digest, aead, self.secret = SUITES[alg.split("-")[1]]
        self.suite = hpke.Suite(getattr(hpke.KEM, kem), getattr(hpke.KDF, f"HKDF_{digest}"), getattr(hpke.AEAD, aead))

    def seal(self, jwk, info, aad, message):
        assert aad == b""
        key = jotsmith("convert", "-k", "-", "--public", "--to", "pem", stdin=json.dumps(jwk).encode())
        sealed = self.suite.encrypt(message, serialization.load_pem_public_key(key), info)
        return sealed[:self.secret], sealed[self.secret:]

    def open(self, jwk, info, aad, secret, ciphertext):
        assert aad == b""
        key = jotsmith("convert", "-k", "-", "--to", "pem", stdin=json.dumps(jwk).encode())
        return self.suite.decrypt(secret + ciphertext, serialization.load_pem_private_key(key, None), info)


def recipient_info(info):
    return b"\xff".join([b"JOSE-HPKE rcpt", ENC.encode(), info])


def encrypt(peer, alg, jwk, info):
    """A compact token that the peer creates."""
    if not alg.endswith("-KE"):
        header = b64(json.dumps({"alg": alg}).encode())
        secret, ciphertext = peer.seal(jwk, info, header.encode(), CONTENT)
        return f"{header}.{b64(secret)}..{b64(ciphertext)}."
    cek, iv = os.urandom(32), os.urandom(12)
    secret, encrypted_key = peer.seal(jwk, recipient_info(info), b"", cek)
    header = b64(json.dumps({"alg": alg, "enc": ENC, "ek": b64(secret)}).encode())
    sealed = AESGCM(cek).encrypt(iv, CONTENT, header.encode())
    return ".".join([header, b64(encrypted_key), b64(iv), b64(sealed[:-16]), b64(sealed[-16:])])


def decrypt(peer, jwk, info, token):
    """The content of a compact token of jotsmith."""
    header, encrypted_key, iv, ciphertext, tag = token.split(".")
    members = json.loads(unb64(header))
    if "enc" not in members:
        return peer.open(jwk, info, header.encode(), unb64(encrypted_key), unb64(ciphertext))
    cek = peer.open(jwk, recipient_info(info), b"", unb64(members["ek"]), unb64(encrypted_key))
    return AESGCM(cek).decrypt(unb64(iv), unb64(ciphertext) + unb64(tag), header.encode())


def check(peer, alg, info):
    private = path("key.jwk", jotsmith("keygen", alg))
    public = path("public.jwk", jotsmith("convert", "-k", private, "--public"))
    jwk = json.load(open(private))
    public_jwk = json.load(open(public))
    flags = ["--info", path("info", info)] if info else []
    enc = ["--enc", ENC] if alg.endswith("-KE") else []
    token = encrypt(peer, alg, public_jwk, info)
    theirs = jotsmith("decrypt", "-q", "-k", private, *flags, "-", stdin=token.encode())
    token = jotsmith("encrypt", "-k", public, *enc, *flags, stdin=CONTENT).decode().strip()
    ours = decrypt(peer, jwk, info, token)
    if (theirs, ours) != (CONTENT, CONTENT):
        raise RuntimeError("the content differs")


def main():
    failures = 0
    for alg in ALGORITHMS:
        offered = [PyHpke(alg)]
        if alg.endswith("-KE") and alg != "HPKE-5-KE":
            offered.append(Cryptography(alg))
        for peer in offered:
            for info in (b"", b"application\x00\xff"):
                try:
                    check(peer, alg, info)
                except Exception as error:  # Whatever a peer raises is a failure of this combination.
                    failures += 1
                    print(f"FAILED {alg} with {peer.name}, info {info!r}: {type(error).__name__}: {error}")
        print(f"{alg:<12}" + ", ".join(peer.name for peer in offered), flush=True)
    print(f"\n{failures} failures")
    return 1 if failures else 0


sys.exit(main())
