#!/usr/bin/env python3
"""Tests a built program: creates keys and tokens, verifies, encrypts, decrypts, inspects and rotates.

usage: packaging/smoke.py PROGRAM [RUNNER ...]   (RUNNER runs a program of another system: qemu-aarch64, wine)
"""

import json
import os
import subprocess
import sys
import tempfile

PROGRAM, *RUNNER = sys.argv[1:]
COMMAND = [*RUNNER, os.path.abspath(PROGRAM)]
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(*arguments, stdin=b"", code=0):
    done = subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, timeout=120)
    if done.returncode != code:
        sys.exit(f"{arguments}: exit code {done.returncode}, expected {code}\n{done.stdout!r}\n{done.stderr!r}")
    return done.stdout


def main():
    with open(os.path.join(ROOT, "Cargo.toml"), encoding="utf-8") as manifest:
        version = next(line.split('"')[1] for line in manifest if line.startswith("version"))
    shown = run("--version").decode()
    assert shown.startswith(f"jotsmith {version}"), shown
    print(shown.rstrip())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for algorithm in ["HS256", "RS256", "ES256", "Ed25519", "ML-DSA-44"]:
            key = f"{algorithm}.jwk"
            run("keygen", algorithm, "-o", key)
            token = run("sign", "-q", "-k", key, "--sub", "alice", "--exp", "1h")
            assert json.loads(run("verify", "-q", "-k", key, stdin=token))["sub"] == "alice"
            header, payload, signature = token.decode().strip().split(".")
            flipped = "A" if signature[0] != "A" else "B"
            changed = f"{header}.{payload}.{flipped}{signature[1:]}".encode()
            assert run("verify", "-q", "-k", key, stdin=changed, code=11) == b""
        for algorithm in ["dir", "ECDH-ES+A256KW", "RSA-OAEP-256"]:
            key = f"{algorithm}.jwk"
            run("keygen", algorithm, "-o", key)
            content = bytes(range(256)) * 40
            assert run("decrypt", "-k", key, stdin=run("encrypt", "-k", key, stdin=content)) == content
        report = json.loads(run("inspect", "--json", stdin=token))
        assert report["v"] == 1, report
        # Rotation publishes a new key before it signs with the key.
        rotate = ["rotate", "keys.jwks", "--publish", "jwks.json"]
        run(*rotate, "--alg", "ES256", "--every", "30d")
        token = run("sign", "-q", "-k", "keys.jwks", "--sub", "bob")
        assert json.loads(run("verify", "-q", "-k", "jwks.json", stdin=token))["sub"] == "bob"
        run(*rotate, "--at", "+29d", "--force")
        with open("jwks.json", encoding="utf-8") as file:
            published = json.load(file)["keys"]
        assert len(published) == 2 and not any("d" in key for key in published), published
        assert not [name for name in os.listdir() if ".jotsmith-" in name], os.listdir()
        os.chdir(ROOT)
    print(f"{PROGRAM}: keygen, sign, verify, encrypt, decrypt, inspect and rotate work")


main()
