"""Peers that are Python libraries, of the versions in requirements.txt."""

import json
import warnings
from importlib import metadata

import authlib.deprecate
import joserfc.jwe
import joserfc.jwk
import joserfc.jws
import jwcrypto.jwe
import jwcrypto.jwk
import jwcrypto.jws
import jwskate
import jwt
import jwt.api_jwk

from common import (DIRECT, ECDH_NIST, ECDH_X448, ECDH_X25519, GCM_WRAPS, HMAC, ML_DSA, NIST, OAEP, OAEP_LONG, PASSPHRASE, PAYLOAD,
                    PBES2, RSA, WRAPS, OURS, Refused, algorithm, jotsmith, key, password_key, path, same, unb64)
from library import Library

warnings.filterwarnings("ignore", message="EdDSA is deprecated")
warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
import authlib.jose  # noqa: E402, after the filter of its warning


class PythonPeer(Library):
    distribution = None

    def __init__(self):
        self.origin = f"PyPI, {self.distribution}"

    def version(self):
        return metadata.version(self.distribution)


class JwCrypto(PythonPeer):
    name = distribution = "jwcrypto"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448"] + ML_DSA
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2
    sets = True

    def sign(self, alg, jwk, payload, header):
        token = jwcrypto.jws.JWS(payload)
        token.add_signature(jwcrypto.jwk.JWK(**jwk), None, json.dumps({"alg": alg, **header}), None)
        return token.serialize(compact=True)

    def _verify(self, alg, key, token):
        parsed = jwcrypto.jws.JWS()
        parsed.allowed_algs = [alg]
        parsed.deserialize(token, key)
        return parsed.payload

    def verify(self, alg, jwk, token):
        return self._verify(alg, jwcrypto.jwk.JWK(**jwk), token)

    def verify_with_set(self, alg, jwks, token):
        return self._verify(alg, jwcrypto.jwk.JWKSet.from_json(json.dumps(jwks)), token)

    def _key(self, alg, jwk):
        return jwcrypto.jwk.JWK(**(password_key() if alg in PBES2 else jwk))

    def encrypt(self, alg, enc, jwk, payload, header):
        token = jwcrypto.jwe.JWE(payload, json.dumps({"alg": alg, "enc": enc, **header}), algs=[alg, enc])
        token.add_recipient(self._key(alg, jwk))
        return token.serialize(compact=True)

    def decrypt(self, alg, enc, jwk, token):
        parsed = jwcrypto.jwe.JWE(algs=[alg, enc])
        parsed.deserialize(token, self._key(alg, jwk))
        return parsed.payload

    def extra(self):
        self.signatures_in_json()
        self.recipients_in_json()

    def signatures_in_json(self):
        """The JSON serializations, with several signatures."""
        rows = ["ES256", "RS256", "HS256"]
        flags = [flag for row in rows for flag in ("-k", path(row, key(row)[0]))]
        general = jotsmith("sign", *flags, "--format", "general", "--payload", "-", stdin=PAYLOAD).decode()
        flattened = jotsmith("sign", *flags[:2], "--format", "flattened", "--payload", "-", stdin=PAYLOAD).decode()
        theirs = jwcrypto.jws.JWS(PAYLOAD)
        for row in rows:
            theirs.add_signature(jwcrypto.jwk.JWK(**key(row)[0]), None, json.dumps({"alg": row}))
            self.result.accept(f"general JWS, {row}", "to", lambda row=row: same(self.verify(row, key(row)[1], general)))
        self.result.accept("flattened JWS", "to", lambda: same(self.verify("ES256", key("ES256")[1], flattened)))
        for row in rows:
            self.result.accept(f"general JWS, {row}", "from", lambda row=row: same(OURS.verify(row, key(row)[1], theirs.serialize())))

    def recipients_in_json(self):
        """The general serialization, with several recipients."""
        rows = ["A256KW", "ECDH-ES+A256KW:P-256", "RSA-OAEP-256"]
        flags = [flag for row in rows for flag in ("-k", path(row.replace(":", ""), key(row)[1]))]
        ours = jotsmith("encrypt", *flags, "--format", "general", stdin=PAYLOAD).decode()
        theirs = jwcrypto.jwe.JWE(PAYLOAD, json.dumps({"enc": "A256GCM"}))
        for row in rows:
            theirs.add_recipient(jwcrypto.jwk.JWK(**key(row)[1]), json.dumps({"alg": algorithm(row)}))
        for row in rows:
            self.result.accept(f"general JWE, {row}", "to", lambda row=row: same(self.decrypt_general(key(row)[0], ours)))
            self.result.accept(f"general JWE, {row}", "from", lambda row=row: same(
                OURS.decrypt(algorithm(row), "A256GCM", key(row)[0], theirs.serialize())))

    def decrypt_general(self, jwk, token):
        parsed = jwcrypto.jwe.JWE()
        parsed.deserialize(token, jwcrypto.jwk.JWK(**jwk))
        return parsed.payload


class PyJwt(PythonPeer):
    """Signatures only."""

    name = distribution = "pyjwt"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448"]
    sets = True

    def sign(self, alg, jwk, payload, header):
        return jwt.PyJWS().encode(payload, jwt.PyJWK(jwk, algorithm=alg).key, algorithm=alg, headers=header)

    def verify(self, alg, jwk, token):
        return jwt.PyJWS().decode(token, jwt.PyJWK(jwk, algorithm=alg).key, algorithms=[alg])

    def verify_with_set(self, alg, jwks, token):
        key = jwt.PyJWKSet.from_dict(jwks)[jwt.get_unverified_header(token)["kid"]]
        return jwt.PyJWS().decode(token, key.key, algorithms=[alg])


class JoseRfc(PythonPeer):
    name = distribution = "joserfc"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448", "Ed25519"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2
    sets = True

    def sign(self, alg, jwk, payload, header):
        key = joserfc.jwk.import_key(jwk)
        return joserfc.jws.serialize_compact({"alg": alg, **header}, payload, key, algorithms=[alg])

    def _verify(self, alg, key, token):
        return joserfc.jws.deserialize_compact(token, key, algorithms=[alg]).payload

    def verify(self, alg, jwk, token):
        return self._verify(alg, joserfc.jwk.import_key(jwk), token)

    def verify_with_set(self, alg, jwks, token):
        return self._verify(alg, joserfc.jwk.KeySet.import_key_set(jwks), token)

    def _key(self, alg, jwk):
        return joserfc.jwk.OctKey.import_key(PASSPHRASE) if alg in PBES2 else joserfc.jwk.import_key(jwk)

    def encrypt(self, alg, enc, jwk, payload, header):
        header = {"alg": alg, "enc": enc, **header}
        return joserfc.jwe.encrypt_compact(header, payload, self._key(alg, jwk), algorithms=[alg, enc])

    def decrypt(self, alg, enc, jwk, token):
        return joserfc.jwe.decrypt_compact(token, self._key(alg, jwk), algorithms=[alg, enc]).plaintext


class Authlib(PythonPeer):
    """authlib.jose, which programs still use though it is deprecated."""

    name = "authlib"
    distribution = "Authlib"
    signatures = HMAC + RSA + NIST + ["ES256K", "EdDSA:Ed25519", "EdDSA:Ed448"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + ECDH_NIST + ECDH_X25519 + ECDH_X448
    sets = True
    explained = {("ECDH-ES with a short coordinate", "from"):
                 "authlib omits leading zeros in epk, in three of four tokens for P-521, against RFC 7518 section 6.2.1.2"}

    def sign(self, alg, jwk, payload, header):
        signer = authlib.jose.JsonWebSignature([alg])
        return signer.serialize_compact({"alg": alg, **header}, payload, self._key(jwk)).decode()

    def _verify(self, alg, key, token):
        return authlib.jose.JsonWebSignature([alg]).deserialize_compact(token.encode(), key)["payload"]

    def verify(self, alg, jwk, token):
        return self._verify(alg, self._key(jwk), token)

    def verify_with_set(self, alg, jwks, token):
        keys = authlib.jose.JsonWebKey.import_key_set(jwks)
        return self._verify(alg, lambda header, payload: keys.find_by_kid(header["kid"]), token)

    def _key(self, jwk):
        return authlib.jose.JsonWebKey.import_key(jwk)

    def _encrypt(self, alg, enc, jwk, payload, header):
        return authlib.jose.JsonWebEncryption([alg, enc]).serialize_compact(
            {"alg": alg, "enc": enc, **header}, payload, self._key(jwk)).decode()

    @staticmethod
    def _has_short_coordinate(jwk, token):
        epk = json.loads(unb64(token.split(".")[0])).get("epk", {})
        return any(len(epk[name]) != len(jwk[name]) for name in ("x", "y") if name in epk)

    def encrypt(self, alg, enc, jwk, payload, header):
        while True:
            token = self._encrypt(alg, enc, jwk, payload, header)
            if not self._has_short_coordinate(jwk, token):
                return token

    def extra(self):
        private, public = key("ECDH-ES:P-521")

        def short_coordinate():
            token = self._encrypt("ECDH-ES", "A256GCM", public, PAYLOAD, {})
            while not self._has_short_coordinate(public, token):
                token = self._encrypt("ECDH-ES", "A256GCM", public, PAYLOAD, {})
            OURS.decrypt("ECDH-ES", "A256GCM", private, token)

        self.result.accept("ECDH-ES with a short coordinate", "from", short_coordinate)

    def decrypt(self, alg, enc, jwk, token):
        return authlib.jose.JsonWebEncryption([alg, enc]).deserialize_compact(token.encode(), self._key(jwk))["payload"]


class Jwskate(PythonPeer):
    """It writes the name of ES256K as ES256k."""

    name = distribution = "jwskate"
    signatures = HMAC + RSA + NIST + ["EdDSA:Ed25519", "EdDSA:Ed448"]
    encryptions = DIRECT + WRAPS + GCM_WRAPS + OAEP + OAEP_LONG + ECDH_NIST + ECDH_X25519 + ECDH_X448 + PBES2
    sets = True

    def sign(self, alg, jwk, payload, header):
        return str(jwskate.JwsCompact.sign(payload, jwskate.Jwk(jwk), alg=alg, extra_headers=header))

    def verify(self, alg, jwk, token):
        parsed = jwskate.JwsCompact(token)
        if not parsed.verify_signature(jwskate.Jwk(jwk), alg=alg):
            raise Refused("the signature is wrong")
        return bytes(parsed.payload)

    def verify_with_set(self, alg, jwks, token):
        parsed = jwskate.JwsCompact(token)
        key = jwskate.JwkSet(jwks).get_jwk_by_kid(parsed.headers["kid"])
        if not parsed.verify_signature(key, alg=alg):
            raise Refused("the signature is wrong")
        return bytes(parsed.payload)

    def encrypt(self, alg, enc, jwk, payload, header):
        if alg in PBES2:
            return str(jwskate.JweCompact.encrypt_with_password(payload, PASSPHRASE, alg=alg, enc=enc, count=8192))
        return str(jwskate.JweCompact.encrypt(payload, jwskate.Jwk(jwk), alg=alg, enc=enc, extra_headers=header))

    def decrypt(self, alg, enc, jwk, token):
        parsed = jwskate.JweCompact(token)
        if alg in PBES2:
            return bytes(parsed.decrypt_with_password(PASSPHRASE))
        return bytes(parsed.decrypt(jwskate.Jwk(jwk), alg=alg))

    def nest(self, alg, signing, encryption, enc, recipient):
        return str(jwskate.Jwt.sign_and_encrypt(json.loads(PAYLOAD), jwskate.Jwk(signing), jwskate.Jwk(recipient), enc,
                                                sign_alg=alg, enc_alg=encryption))

    def open_nested(self, alg, verifying, encryption, enc, recipient, token):
        opened = jwskate.Jwt.decrypt_and_verify(token, jwskate.Jwk(recipient), jwskate.Jwk(verifying), sig_alg=alg)
        return json.dumps(opened.claims).encode()


PEERS = [JwCrypto, PyJwt, JoseRfc, Authlib, Jwskate]
