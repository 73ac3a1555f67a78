#!/usr/bin/env python3
"""Tokens signed with keys outside of the process, verified by PyJWT and jose: a program, an SSH agent, a PKCS#11 token.

usage: remote.py JOTSMITH   (a Python with requirements.txt; jose, openssl, ssh-agent, softhsm2-util)
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import jwt

JOTSMITH = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp(prefix="jotsmith-remote-")
PIN = "482915"
MODULES = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"]
os.chdir(FOLDER)


def run(*arguments, **environment):
    done = subprocess.run(arguments, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True, timeout=60)
    return done.stdout.decode().strip()


def check(way, alg, public, token):
    claims = jwt.decode(token, jwt.PyJWK(json.loads(public), algorithm=alg).key, algorithms=[alg])
    assert claims["sub"] == "alice", claims
    # jose has no EdDSA.
    if alg != "EdDSA":
        with open("public.jwk", "w") as file:
            file.write(public)
        subprocess.run(["jose", "jws", "ver", "-i-", "-k", "public.jwk"], input=token.encode(), check=True)
    print(f"{way}: {alg} accepted")


def program():
    for alg, options in [("ES256", ""), ("ES512", ""), ("RS256", "-pkeyopt digest:sha256")]:
        run(JOTSMITH, "keygen", alg, "--to", "pem", "-f", "-o", "key.pem")
        public = run(JOTSMITH, "convert", "-k", "key.pem", "--public", "--to", "jwk", "--alg", alg)
        with open("program.jwk", "w") as file:
            file.write(public)
        signer = f"openssl pkeyutl -sign -inkey key.pem {options}"
        check("program", alg, public, run(JOTSMITH, "sign", "-q", "-k", "program.jwk", "sub=alice",
                                          "--signer-input", "digest", "--signer", signer))


def agent():
    socket = f"{FOLDER}/agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        for _ in range(500):
            if os.path.exists(socket):
                break
            time.sleep(0.01)
        for alg, options in [("EdDSA", ["ed25519"]), ("ES256", ["ecdsa", "-b", "256"]), ("RS512", ["rsa", "-b", "2048"])]:
            run("ssh-keygen", "-q", "-t", *options, "-N", "", "-f", alg)
            run("ssh-add", "-q", alg, SSH_AUTH_SOCK=socket)
            fingerprint = run("ssh-keygen", "-l", "-f", alg).split()[1]
            key = f"ssh-agent:{fingerprint}"
            public = run(JOTSMITH, "convert", "-k", key, "--public", "--alg", alg, SSH_AUTH_SOCK=socket)
            check("agent", alg, public, run(JOTSMITH, "sign", "-q", "-k", key, "--alg", alg, "sub=alice", SSH_AUTH_SOCK=socket))
    finally:
        process.kill()
        process.wait()


def token():
    os.mkdir("tokens")
    with open("softhsm2.conf", "w") as file:
        file.write(f"directories.tokendir = {FOLDER}/tokens\nobjectstore.backend = file\n")
    module = next(path for path in MODULES if os.path.exists(path))
    environment = {"SOFTHSM2_CONF": f"{FOLDER}/softhsm2.conf", "JOTSMITH_PIN": PIN, "PKCS11_MODULE": module}
    run("softhsm2-util", "--init-token", "--free", "--label", "ci", "--so-pin", "0000", "--pin", PIN, **environment)
    for alg in ["ES256", "ES384", "RS256", "PS256"]:
        key = f"pkcs11:token=ci;object={alg}"
        public = run(JOTSMITH, "keygen", alg, "-o", key, **environment)
        check("token", alg, public, run(JOTSMITH, "sign", "-q", "-k", key, "--alg", alg, "sub=alice", **environment))
    nested(environment)
    rotation(environment)
    private = run("pkcs11-tool", "--module", module, "-l", "--pin", PIN, "-O", "--type", "privkey", **environment)
    access = [line for line in private.splitlines() if "Access:" in line]
    assert len(access) == 6, private
    assert all("sensitive" in line and "never extractable" in line for line in access), private
    print(f"token: {len(access)} private keys are sensitive and never extractable")


def nested(environment):
    signer, recipient = "pkcs11:token=ci;object=ES256", "pkcs11:token=ci;object=recipient"
    run(JOTSMITH, "keygen", "ECDH-ES+A256KW", "-o", recipient, **environment)
    token = run(JOTSMITH, "sign", "-q", "-k", signer, "sub=alice", "--encrypt-to", recipient, **environment)
    assert token.count(".") == 4, token
    claims = run(JOTSMITH, "verify", "-k", signer, "--decrypt-with", recipient, token, **environment)
    assert json.loads(claims)["sub"] == "alice", claims
    print("token: signed, encrypted, decrypted and verified by URI")


def rotation(environment):
    rotate = [JOTSMITH, "rotate", "keys.jwks", "--publish", "jwks.json", "--force"]
    run(*rotate, "--init", "--in", "pkcs11:token=ci", **environment)
    start, signers = int(time.time()), set()
    for day in range(0, 64):
        at = ["--at", str(start + day * 86400)]
        run(*rotate, *at, **environment)
        token = run(JOTSMITH, "sign", "-q", "-k", "keys.jwks", "sub=alice", *at, **environment)
        with open("jwks.json") as file:
            published = json.load(file)["keys"]
        assert not any("pkcs11" in key or "d" in key for key in published), published
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(key for key in published if key["kid"] == kid)
        options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        claims = jwt.decode(token, jwt.PyJWK(key, algorithm="ES256").key, algorithms=["ES256"], options=options)
        assert claims["sub"] == "alice", claims
        signers.add(kid)
    assert len(signers) == 3, signers
    print(f"token: two months of rotation with {len(signers)} signing keys")


program()
agent()
token()
