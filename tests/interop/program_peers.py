"""Peers in other languages: each is a program in programs/ that reads one job as JSON per line and answers with one line.

The jobs: about, sign, verify, verify_with_set, encrypt, decrypt, nest, open_nested. Bytes in a job are base64url. An answer is
{"result": text} or {"error": text}.
"""

import glob
import json
import os
import subprocess
import tempfile
import threading

import common
from common import (DIRECT, ECDH_NIST, ECDH_X25519, ECDH_X448, GCM_WRAPS, HMAC, NIST, OAEP, OAEP_LONG, PAYLOAD, PBES2, RSA, WRAPS, Broken,
                    Refused, b64, command, debian_version, once, password_key, pem, unb64)
from library import Library

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


class Program(Library):
    """A peer behind a program that runs from start() to stop()."""

    # Whether the program reads keys as PEM.
    reads_pem = False
    process = None

    def arguments(self):
        raise NotImplementedError

    def start(self):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.arguments(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.reported = self.job("about")

    def stop(self):
        if self.process:
            self.process.communicate(timeout=20)
            self.log.close()

    def version(self):
        return self.reported

    def job(self, op, **job):
        watch = threading.Timer(60, self.process.kill)
        watch.start()
        try:
            self.process.stdin.write(json.dumps({"op": op, **job}).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = b""
        finally:
            watch.cancel()
        if not line:
            self.log.seek(0)
            raise Broken(f"{self.name} ended: {self.log.read().decode(errors='replace')}")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def key(self, alg, jwk):
        members = {"key": password_key() if alg in PBES2 else jwk}
        if self.reads_pem and jwk["kty"] != "oct":
            members["pem"] = pem(jwk).decode()
        return members

    def sign(self, alg, jwk, payload, header):
        return self.job("sign", alg=alg, payload=b64(payload), header=header, **self.key(alg, jwk))

    def verify(self, alg, jwk, token):
        return unb64(self.job("verify", alg=alg, token=token, **self.key(alg, jwk)))

    def verify_with_set(self, alg, jwks, token):
        return unb64(self.job("verify_with_set", alg=alg, token=token, set=jwks))

    def encrypt(self, alg, enc, jwk, payload, header):
        return self.job("encrypt", alg=alg, enc=enc, payload=b64(payload), header=header, **self.key(alg, jwk))

    def decrypt(self, alg, enc, jwk, token):
        return unb64(self.job("decrypt", alg=alg, enc=enc, token=token, **self.key(alg, jwk)))


class NativeNesting:
    """For libraries that support nested tokens."""

    def nest(self, alg, signing, encryption, enc, recipient):
        return self.job("nest", alg=alg, key=signing, encryption=encryption, enc=enc, recipient=recipient, payload=b64(PAYLOAD))

    def open_nested(self, alg, verifying, encryption, enc, recipient, token):
        return unb64(self.job("open_nested", alg=alg, key=verifying, encryption=encryption, enc=enc, recipient=recipient,
                              token=token))


class Node(Program):
    folder = None  # run.py sets it: where npm installed package.json.

    def arguments(self):
        return ["node", os.path.join(self.folder, "peer.mjs"), self.library]


class Panva(Node):
    name = "jose (npm)"
    origin = "npm, jose"
    library = "panva"
    signatures = HMAC + RSA + NIST + ["EdDSA:Ed25519", "Ed25519"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + OAEP_LONG + ECDH_NIST + ECDH_X25519 + PBES2
    sets = True


class Auth0(Node):
    """Signatures only, keys as PEM."""

    name = "jsonwebtoken"
    origin = "npm, jsonwebtoken"
    library = "auth0"
    reads_pem = True
    signatures = HMAC + RSA + NIST


class Java(Program):
    def arguments(self):
        import pyspark

        jars = os.path.join(os.path.dirname(pyspark.__file__), "jars")
        wanted = ["hadoop-client-api-*", "hadoop-client-runtime-*", "jjwt-*", "jackson-core-*", "jackson-databind-*",
                  "jackson-annotations-*"]
        found = [jar for pattern in wanted for jar in glob.glob(os.path.join(jars, f"{pattern}.jar"))]
        if len(found) < len(wanted):
            raise RuntimeError(f"jars of pyspark are missing in {jars}")
        source = os.path.join(PROGRAMS, f"{self.program}.java")
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", ":".join(found), source]


class Nimbus(NativeNesting, Java):
    """Part of Hadoop's client in PySpark: without Tink, so no Ed25519 and X25519; the JDK has no secp256k1."""

    name = "nimbus-jose-jwt"
    origin = "PyPI, pyspark (in Hadoop's client)"
    program = "Nimbus"
    signatures = HMAC + RSA + NIST
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + OAEP_LONG + ECDH_NIST + PBES2
    sets = True


class Jjwt(Java):
    """It rejects a JWK whose alg is dir."""

    name = "jjwt"
    origin = "PyPI, pyspark"
    program = "Jjwt"
    signatures = HMAC + RSA + NIST + ["EdDSA:Ed25519", "EdDSA:Ed448"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2
    sets = True

    def key(self, alg, jwk):
        if alg == "dir":
            jwk = {name: value for name, value in jwk.items() if name != "alg"}
        return super().key(alg, jwk)


@once
def go_program():
    """Debian's packages are source code in a GOPATH."""
    program = os.path.join(common.FOLDER, "peer-go")
    command("go", "build", "-o", program, os.path.join(PROGRAMS, "peer.go"),
            env={"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""})
    return program


class Go(Program):
    package = None

    def __init__(self):
        self.origin = f"Debian, {self.package}"

    def arguments(self):
        return [go_program(), self.name]

    def version(self):
        return debian_version(self.package)


class GoJose(NativeNesting, Go):
    name = "go-jose"
    package = "golang-gopkg-square-go-jose.v2-dev"
    signatures = HMAC + RSA + NIST + ["EdDSA:Ed25519"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + PBES2
    sets = True


class GolangJwt(Go):
    """Signatures only. It has no JWK: go-jose reads the keys, and the set."""

    name = "golang-jwt"
    package = "golang-github-golang-jwt-jwt-dev"
    signatures = HMAC + RSA + NIST + ["EdDSA:Ed25519"]
    sets = True


class Erlang(Program):
    name = "erlang-jose"
    origin = "Debian, erlang-jose"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2
    sets = True
    explained = {(alg, "from"): "erlang-jose uses the longest possible salt, against RFC 7518 section 3.5 (the length of the hash)"
                 for alg in ("PS256", "PS384", "PS512")}

    def arguments(self):
        return ["escript", os.path.join(PROGRAMS, "peer.escript")]


class RubyJwt(Program):
    """Signatures only; rbnacl does Ed25519."""

    name = "ruby-jwt"
    origin = "Debian, ruby-jwt"
    reads_pem = True
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519"]
    sets = True

    def arguments(self):
        return ["ruby", os.path.join(PROGRAMS, "peer.rb")]


class PhpJwt(Program):
    """Signatures only. No package contains it: the runner needs its folder, and prints a line without it."""

    name = "php-jwt"
    origin = "its own repository"
    reads_pem = True
    signatures = HMAC + [alg for alg in RSA if alg.startswith("RS")] + ["ES256", "ES384", "ES256K", "EdDSA:Ed25519"]
    sets = True
    folder = None

    def arguments(self):
        return ["php", os.path.join(PROGRAMS, "peer.php"), self.folder]


PEERS = [Panva, Auth0, Nimbus, Jjwt, GoJose, GolangJwt, Erlang, RubyJwt]
