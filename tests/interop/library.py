"""Tests of a library or tool: a token of each algorithm, nested tokens, and tokens of a rotating key set."""

import json
import os
import tempfile

import common
from common import (CONTENT_BITS, ENCRYPTIONS, NESTED, OURS, PAYLOAD, PBES2, SIGNATURES, Broken, Peer, Refused, algorithm, jotsmith, key,
                    once, path, same, unb64)
from recipe import tampered

SET_ALGORITHMS = ["ES256", "RS256"]
# The set is created at the first time, publishes its next key at the second, signs with it at the third, and has removed the first key at
# the fourth.
STAGES = ["2030-01-01T00:00:00Z", "2030-01-30T12:00:00Z", "2030-01-31T12:00:00Z", "2030-02-03T12:00:00Z"]


class Library(Peer):
    """The rows are the algorithms that it offers. `header` is added to alg and enc."""

    signatures = []
    encryptions = []
    contents = list(CONTENT_BITS)
    # Whether it finds the key of a token in a JWK Set.
    sets = False

    def sign(self, alg, jwk, payload, header):
        raise NotImplementedError

    def verify(self, alg, jwk, token):
        raise NotImplementedError

    def verify_with_set(self, alg, jwks, token):
        raise NotImplementedError

    def encrypt(self, alg, enc, jwk, payload, header):
        raise NotImplementedError

    def decrypt(self, alg, enc, jwk, token):
        raise NotImplementedError

    def nest(self, alg, signing, encryption, enc, recipient):
        inner = self.sign(alg, signing, PAYLOAD, {"typ": "JWT"})
        return self.encrypt(encryption, enc, recipient, inner.encode(), {"cty": "JWT"})

    def open_nested(self, alg, verifying, encryption, enc, recipient, token):
        return self.verify(alg, verifying, self.decrypt(encryption, enc, recipient, token).decode())

    def extra(self):
        """Tests for this peer only."""

    def run(self, result):
        self.result = result
        for row in SIGNATURES:
            if row in self.signatures:
                self.exchange_signed(row)
        for row in ENCRYPTIONS:
            if row in self.encryptions:
                self.exchange_encrypted(row)
        for signing, encryption, enc in NESTED:
            if signing in self.signatures and encryption in self.encryptions:
                self.exchange_nested(signing, encryption, enc)
        if self.sets:
            for alg in SET_ALGORITHMS:
                self.exchange_with_rotating_set(alg, "to")
                self.exchange_with_rotating_set(alg, "from")
        self.extra()

    def exchange(self, row, direction, make, read):
        """A token that is accepted, and rejected with another signature or tag. Returns the token, or None if it was not accepted."""

        def job():
            token = make()
            same(read(token))
            return token

        token = self.result.accept(row, direction, job)
        if token:
            self.refuse(row, direction, lambda: read(tampered(token, -1)), 11)
        return token

    def refuse(self, row, direction, job, exit_code):
        """The exit code is that of jotsmith, when jotsmith reads."""
        if direction == "to":
            self.result.refuse(row, direction, lambda: self.read_by_peer(job))
        else:
            self.result.refuse(row, direction, job, exit_code)

    @staticmethod
    def read_by_peer(job):
        try:
            job()
        except (Refused, Broken):
            raise
        except Exception as error:  # Each library has its own classes of errors.
            raise Refused(str(error)) from error

    def exchange_signed(self, row):
        alg, (private, public) = algorithm(row), key(row)
        self.exchange(row, "to", lambda: OURS.sign(alg, private), lambda token: self.verify(alg, public, token))
        self.exchange(row, "from", lambda: self.sign(alg, private, PAYLOAD, {}), lambda token: OURS.verify(alg, public, token))

    def content_encryption(self, row, preferred):
        """The content encryption that goes with this row."""
        if row.startswith("dir:"):
            return row.partition(":")[2]
        return preferred if preferred in self.contents else self.contents[0]

    def exchange_encrypted(self, row):
        alg, enc = algorithm(row), self.content_encryption(row, "A256GCM")
        private, public = (None, None) if alg in PBES2 else key(row)
        self.exchange(row, "to", lambda: OURS.encrypt(alg, enc, public), lambda token: self.decrypt(alg, enc, private, token))
        self.exchange(row, "from", lambda: self.encrypt(alg, enc, public, PAYLOAD, {}),
                      lambda token: OURS.decrypt(alg, enc, private, token))

    def exchange_nested(self, signing, encryption, enc):
        row, alg, management = f"{signing} in {encryption}", algorithm(signing), algorithm(encryption)
        enc = self.content_encryption(encryption, enc)
        (signer, verifier), (recipient, sender) = key(signing), key(encryption)
        # A key of the same type and key ID that did not sign.
        other = {**key(signing, "other")[1], "kid": verifier["kid"]}
        for direction, maker, reader in (("to", OURS, self), ("from", self, OURS)):
            token = self.exchange(row, direction, lambda maker=maker: maker.nest(alg, signer, management, enc, sender),
                                  lambda token, reader=reader: reader.open_nested(alg, verifier, management, enc, recipient, token))
            if token:
                self.refuse(row, direction, lambda reader=reader, token=token: reader.open_nested(
                    alg, other, management, enc, recipient, token), 11)

    def exchange_with_rotating_set(self, alg, direction):
        """Checks which tokens verify with the set that is published at each stage, and which no longer do."""
        stages = rotating_set(alg)
        tokens = [self.exchange(f"{alg} set {number}", direction, lambda stage=stage: self.make_with_set(alg, direction, stage),
                                lambda token, stage=stage: self.read_with_set(alg, direction, stage, token))
                  for number, stage in enumerate(stages, 1)]
        if all(tokens):
            first, retiring, removed = tokens[0], stages[2], stages[3]
            self.exchange(f"{alg} set, retiring key", direction, lambda: first,
                          lambda token: self.read_with_set(alg, direction, retiring, token))
            self.refuse(f"{alg} set, removed key", direction, lambda: self.read_with_set(alg, direction, removed, first), 16)

    def make_with_set(self, alg, direction, stage):
        if direction == "to":
            return stage["token"]
        return self.sign(alg, stage["active"], PAYLOAD, {"kid": stage["active"]["kid"]})

    def read_with_set(self, alg, direction, stage, token):
        if direction == "to":
            return self.verify_with_set(alg, stage["published"], token)
        return jotsmith("verify", "-q", "-k", path("jwks.json", stage["published"]), "--alg", alg, "--raw", "--at", stage["time"], "-",
                        stdin=token.encode())


@once
def rotating_set(alg):
    """The published set, the active key and a token of it at every stage."""
    folder = tempfile.mkdtemp(dir=common.FOLDER)
    private, published = os.path.join(folder, "keys.jwks"), os.path.join(folder, "jwks.json")
    stages = []
    for time in STAGES:
        jotsmith("rotate", "-q", "--force", private, "--publish", published, "--alg", alg, "--at", time)
        token = jotsmith("sign", "-q", "-k", private, "--at", time, "--payload", "-", stdin=PAYLOAD).decode().strip()
        kid = json.loads(unb64(token.split(".")[0]))["kid"]
        with open(private, "rb") as file:
            (active,) = [entry for entry in json.load(file)["keys"] if entry["kid"] == kid]
        with open(published, "rb") as file:
            stages.append({"time": time, "published": json.load(file), "active": active, "token": token})
    return stages
