#!/usr/bin/env python3
"""SD-JWT with key binding against PyPI's sd-jwt and npm's @sd-jwt/core: every issuer, every holder and every verifier.

usage: selective_disclosure.py JOTSMITH NODE_FOLDER   (a Python with requirements.txt; a folder with package.json installed, and selective_disclosure.mjs)
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

JOTSMITH, NODE_FOLDER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FOLDER = tempfile.mkdtemp(prefix="jotsmith-sd-jwt-")
AUD, NONCE = "https://shop.example", "n-42"
CLAIMS = {"iss": "https://issuer.example", "sub": "alice", "email": "alice@example.com",
          "address": {"region": "Anystate", "country": "US"}, "nationalities": ["DE", "FR"]}
DISCLOSED = {"iss": "https://issuer.example", "sub": "alice", "address": {"region": "Anystate", "country": "US"}, "nationalities": ["FR"]}


def command(*arguments, stdin=""):
    done = subprocess.run(arguments, input=stdin.encode(), capture_output=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode().strip()


def path(name):
    return os.path.join(FOLDER, name)


def claims():
    now = int(time.time())
    return {**CLAIMS, "iat": now, "exp": now + 600}


def keys(name):
    command(JOTSMITH, "keygen", "-q", "ES256", "-o", path(f"{name}.jwk"), "--public-out", path(f"{name}.pub.jwk"))
    texts = []
    for file in (f"{name}.jwk", f"{name}.pub.jwk"):
        with open(path(file), encoding="utf-8") as opened:
            texts.append(json.load(opened))
    return texts


class Jotsmith:
    name = "jotsmith"

    def issue(self):
        return command(JOTSMITH, "sign", "-q", "-k", path("issuer.jwk"), "--claims", "-", "--holder", path("holder.pub.jwk"), "--decoys", "1",
                       "--sd", "email,address,address.region,nationalities[]", stdin=json.dumps(claims()))

    def present(self, token):
        return command(JOTSMITH, "sign", "-q", "--present", "-", "--disclose", "address.region,nationalities[1]", "-k", path("holder.jwk"),
                       "--aud", AUD, "--nonce", NONCE, stdin=token)

    def verify(self, token, nonce):
        return json.loads(command(JOTSMITH, "verify", "-q", "-k", path("issuer.pub.jwk"), "--key-binding", "--kb-aud", AUD, "--kb-nonce", nonce,
                                  stdin=token))


class Python:
    name = "sd-jwt (PyPI)"

    def _key(self, jwk):
        return JWK(**{name: jwk[name] for name in ("kty", "crv", "x", "y", "d") if name in jwk})

    def issue(self):
        given = claims()
        hidden = {SDObj("email"): given.pop("email"),
                  SDObj("address"): {SDObj("region"): "Anystate", "country": "US"},
                  "nationalities": [SDObj("DE"), SDObj("FR")]}
        given.pop("address")
        issuer = SDJWTIssuer({**given, **hidden}, self._key(ISSUER), self._key(HOLDER), add_decoy_claims=True)
        return issuer.sd_jwt_issuance

    def present(self, token):
        holder = SDJWTHolder(token)
        holder.create_presentation({"address": {"region": True}, "nationalities": [False, True]}, NONCE, AUD, self._key(HOLDER))
        return holder.sd_jwt_presentation

    def verify(self, token, nonce):
        return SDJWTVerifier(token, lambda issuer, header: self._key(ISSUER_PUBLIC), AUD, nonce).get_verified_payload()


class Node:
    name = "@sd-jwt/core (npm)"

    def _run(self, op, **job):
        return json.loads(command("node", os.path.join(NODE_FOLDER, "selective_disclosure.mjs"), stdin=json.dumps({"op": op, **job})))["result"]

    def issue(self):
        return self._run("issue", claims=claims(), issuer=ISSUER, holder=HOLDER_PUBLIC)

    def present(self, token):
        return self._run("present", token=token, holder=HOLDER, aud=AUD, nonce=NONCE, iat=int(time.time()))

    def verify(self, token, nonce):
        result = self._run("verify", token=token, issuer=ISSUER_PUBLIC, nonce=nonce)
        if result["aud"] != AUD:
            raise RuntimeError(f"aud is {result['aud']}")
        return result["payload"]


def fault(issuer, holder, verifier):
    """Returns the error of one SD-JWT on its way from the issuer through the holder to the verifier."""
    try:
        presentation = holder.present(issuer.issue())
        payload = verifier.verify(presentation, NONCE)
        shown = {name: value for name, value in payload.items() if name not in ("iat", "exp", "cnf")}
        if shown != DISCLOSED:
            return f"the payload is {shown}"
    except Exception as error:  # noqa: BLE001, whatever the peers raise
        return f"{type(error).__name__}: {error}"
    try:
        verifier.verify(presentation, "another nonce")
    except Exception:  # noqa: BLE001
        return None
    return "another nonce is accepted"


ISSUER, ISSUER_PUBLIC = keys("issuer")
HOLDER, HOLDER_PUBLIC = keys("holder")


def main():
    failures = 0
    for roles in itertools.product([Jotsmith(), Python(), Node()], repeat=3):
        names = " -> ".join(role.name for role in roles)
        if not any(isinstance(role, Jotsmith) for role in roles):
            continue
        why = fault(*roles)
        failures += why is not None
        print(f"{names}: {why or 'ok'}")
    print(f"\n{failures} failures")
    return 1 if failures else 0


sys.exit(main())
