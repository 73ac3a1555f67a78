"""Peers that are commands: jose of Latchset, and openssl, whose token is assembled here."""

import hashlib
import hmac
import json
import os

from common import (DIRECT, ECDH_NIST, GCM_WRAPS, HMAC, NIST, OAEP, PASSPHRASE, PBES2, RSA, WRAPS, Refused, b64, command, debian_version,
                    jotsmith, password_key, path, pem, unb64)
from library import Library


class Latchset(Library):
    """Debian's jose, which lists the algorithms of its build: that of Debian 12 has no RSA-OAEP. No EdDSA, no Montgomery curves."""

    name = "jose"
    origin = "Debian, jose"
    sets = True
    signatures = HMAC + RSA + NIST
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + PBES2

    def start(self):
        offered = command("jose", "alg").decode().split()
        self.signatures = [row for row in self.signatures if row in offered]
        self.encryptions = [row for row in self.encryptions if row.split(":")[0] in offered]

    def version(self):
        return debian_version("jose")

    def _key(self, alg, jwk):
        if alg in PBES2:
            return path("key", password_key())
        # For dir, the alg of the JWK must be the content encryption.
        return path("key", {name: value for name, value in jwk.items() if alg != "dir" or name != "alg"})

    def sign(self, alg, jwk, payload, header):
        return command("jose", "jws", "sig", "-I", path("in", payload), "-k", path("key", jwk), "-c", "-s",
                       json.dumps({"protected": {"alg": alg, **header}})).decode().strip()

    def verify(self, alg, jwk, token):
        return command("jose", "jws", "ver", "-i", path("in", token.encode()), "-k", path("key", jwk), "-O", "-")

    verify_with_set = verify

    def encrypt(self, alg, enc, jwk, payload, header):
        template = json.dumps({"protected": {"alg": alg, "enc": enc, **header}})
        return command("jose", "jwe", "enc", "-I", path("in", payload), "-k", self._key(alg, jwk), "-c", "-i",
                       template).decode().strip()

    def decrypt(self, alg, enc, jwk, token):
        return command("jose", "jwe", "dec", "-i", path("in", token.encode()), "-k", self._key(alg, jwk))


    def extra(self):
        for alg in ["HS256", "RS256", "ES256", "ES512", "A256KW"]:
            made = command("jose", "jwk", "gen", "-i", json.dumps({"alg": alg}))
            expected = command("jose", "jwk", "thp", "-i", path("key", made), "-a", "S256").decode().strip()
            self.result.accept(f"{alg} key", "keys", lambda made=made, expected=expected: check_thumbprint(made, expected))


class OpenSsl(Library):
    """The openssl command. The token is assembled here."""

    name = "openssl"
    origin = "Debian, openssl"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448", "Ed25519"]
    encryptions = ["dir:A128CBC-HS256", "dir:A256CBC-HS512"] + OAEP
    # The command has no authenticated ciphers; Python computes their HMAC.
    contents = ["A128CBC-HS256", "A256CBC-HS512"]

    def version(self):
        # Without the number of the security update.
        return command("openssl", "version").decode().split()[1].rpartition(".")[0]

    def _arguments(self, alg):
        digest = f"-sha{alg[2:5]}"
        if alg.startswith("PS"):
            return [digest, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        return [digest]

    def sign(self, alg, jwk, payload, header):
        text = f"{b64(json.dumps({'alg': alg, **header}).encode())}.{b64(payload)}"
        if alg in HMAC:
            signature = self._mac(alg, jwk, text)
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
            if self._mac(alg, jwk, text) != signature:
                raise Refused("the MAC differs")
        elif alg.startswith("Ed"):
            command("openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", path("key", pem(jwk)), "-in",
                    path("in", text.encode()), "-sigfile", path("sig", signature))
        else:
            if alg.startswith("ES"):
                signature = der_signature(signature)
            command("openssl", "dgst", *self._arguments(alg), "-verify", path("key", pem(jwk)), "-signature",
                    path("sig", signature), stdin=text.encode())
        return unb64(text.split(".")[1])

    def _mac(self, alg, jwk, text):
        return command("openssl", "dgst", *self._arguments(alg), "-mac", "HMAC", "-macopt",
                       f"hexkey:{unb64(jwk['k']).hex()}", "-binary", stdin=text.encode())

    def _oaep(self, alg):
        options = ["-pkeyopt", "rsa_padding_mode:oaep"]
        if alg == "RSA-OAEP-256":
            options += ["-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"]
        return options

    def _content(self, enc, cek, iv, aad, data, decrypting):
        half = len(cek) // 2
        cipher = f"-aes-{half * 8}-cbc"
        flags = ["-d"] if decrypting else []
        out = command("openssl", "enc", cipher, *flags, "-K", cek[half:].hex(), "-iv", iv.hex(), stdin=data)
        ciphertext = data if decrypting else out
        covered = aad + iv + ciphertext + (len(aad) * 8).to_bytes(8, "big")
        digest = {16: hashlib.sha256, 32: hashlib.sha512}[half]
        return out, hmac.new(cek[:half], covered, digest).digest()[:half]

    def encrypt(self, alg, enc, jwk, payload, header):
        cek = unb64(jwk["k"]) if alg == "dir" else os.urandom(32)
        wrapped = b"" if alg == "dir" else command("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey",
                                                   path("key", pem(jwk)), *self._oaep(alg), stdin=cek)
        header = b64(json.dumps({"alg": alg, "enc": enc, **header}).encode())
        iv = os.urandom(16)
        ciphertext, tag = self._content(enc, cek, iv, header.encode(), payload, False)
        return ".".join([header, *map(b64, (wrapped, iv, ciphertext, tag))])

    def decrypt(self, alg, enc, jwk, token):
        header, *parts = token.split(".")
        wrapped, iv, ciphertext, tag = map(unb64, parts)
        cek = unb64(jwk["k"]) if alg == "dir" else command("openssl", "pkeyutl", "-decrypt", "-inkey",
                                                           path("key", pem(jwk)), *self._oaep(alg), stdin=wrapped)
        plain, expected = self._content(enc, cek, iv, header.encode(), ciphertext, True)
        if tag != expected:
            raise Refused("the tag differs")
        return plain

    def extra(self):
        """Keys in every format that openssl writes."""
        for arguments in (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"], ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                          ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], ["ED25519"], ["ED448"], ["X25519"], ["X448"]):
            source = path("made", command("openssl", "genpkey", "-algorithm", *arguments))
            forms = {"DER": ["pkey", "-in", source, "-outform", "DER"], "public": ["pkey", "-in", source, "-pubout"],
                     "public DER": ["pkey", "-in", source, "-pubout", "-outform", "DER"],
                     "encrypted": ["pkcs8", "-topk8", "-in", source, "-passout", f"pass:{PASSPHRASE.decode()}"]}
            if arguments[0] in ("RSA", "EC"):
                forms["traditional"] = ["pkey", "-in", source, "-traditional"]
            if not arguments[0].startswith("X"):
                forms["certificate"] = ["req", "-new", "-x509", "-key", source, "-subj", "/CN=a", "-days", "1"]
            expected = thumbprint(source)
            for form, conversion in forms.items():
                self.result.accept(f"{' '.join(arguments)} key, {form}", "keys", lambda conversion=conversion, expected=expected:
                                   check_thumbprint(command("openssl", *conversion), expected))


def thumbprint(file):
    return jotsmith("convert", "-q", "-k", file, "--to", "thumbprint", env={"JOTSMITH_PASSPHRASE": PASSPHRASE.decode()}).decode().strip()


def check_thumbprint(data, expected):
    """Whether jotsmith reads this as the same key."""
    found = thumbprint(path("key", data))
    if found != expected:
        raise RuntimeError(f"the thumbprint is {found}, expected {expected}")


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




PEERS = [Latchset, OpenSsl]
