"""Resource servers during rotation: they fetch the set over https, and reject no valid token.

One is PyJWT behind an HTTP server that caches the set for as long as `--lead` allows, and does not fetch it earlier for an unknown
kid; so every key must have been published in time. The other is mod_auth_openidc.
"""

import functools
import http.server
import os
import random
import ssl
import threading
import time

import jwt

import apache
from recipe import Recipe, tampered
from server import Client

EVERY, LEAD, RETAIN = 5, 3, 5
# The times of keys are whole seconds, so a set that is kept for --lead less one second is never too old.
CACHE = LEAD - 1
LENGTH = 24
AUDIENCE, ISSUER = "api", "https://issuer.example"
SIGN = f"jotsmith sign -q -k private/keys.jwks --iss {ISSUER} --aud {AUDIENCE} sub=alice"
ROTATE = "jotsmith rotate -q private/keys.jwks --publish published/jwks.json"


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Consumer(Handler):
    """Answers 200 to a valid token and 401 to any other."""

    client = None

    def do_GET(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            kid = jwt.get_unverified_header(token)["kid"]
            # get_signing_key() would fetch the set again for an unknown kid; get_signing_keys() uses the cache.
            (key,) = [key for key in self.client.get_signing_keys() if key.key_id == kid]
            jwt.decode(token, key, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER)
            status = 200 if scheme == "Bearer" else 401
        except (jwt.PyJWTError, KeyError, ValueError):
            status = 401
        self.send_response(status)
        self.end_headers()


def serve(handler, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Traffic:
    """Signs tokens, and sends each to every server until it expires."""

    def __init__(self, recipe, servers):
        self.recipe, self.servers = recipe, servers
        self.tokens, self.kids, self.refused = [], set(), []
        self.accepted = dict.fromkeys(servers, 0)
        self.ended = threading.Event()

    def rotate(self):
        while not self.ended.wait(0.4):
            self.recipe.shell(ROTATE)

    def mint(self):
        while not self.ended.wait(0.1):
            token = self.recipe.shell(f"{SIGN} --exp {RETAIN}s")
            claims = jwt.decode(token, options={"verify_signature": False})
            self.tokens.append((claims["exp"], token))
            self.kids.add(jwt.get_unverified_header(token)["kid"])

    def ask(self, name):
        while not self.ended.is_set():
            # Half a second is for the request itself.
            now = time.time() + 0.5
            self.tokens = [pair for pair in self.tokens if pair[0] > now]
            valid = list(self.tokens)
            if not valid:
                time.sleep(0.05)
                continue
            time.sleep(0.005)
            # With the newest and the oldest token, a key may not be in the set yet, or no longer.
            for _, token in (valid[-1], valid[0], random.choice(valid)):
                status = self.servers[name].get(token)[0]
                if status == 200:
                    self.accepted[name] += 1
                else:
                    self.refused.append((name, status, time.time(), token))

    def run(self):
        failures = []

        def guarded(job, *arguments):
            try:
                job(*arguments)
            except Exception as error:  # Told by the main thread.
                failures.append(error)
                self.ended.set()

        jobs = [(self.rotate,), (self.mint,), *((self.ask, name) for name in self.servers)]
        threads = [threading.Thread(target=guarded, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        self.ended.wait(LENGTH)
        self.ended.set()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


def run(check, jotsmith, folder):
    place = os.path.join(folder, "rotation")
    periods = [("30d", f"{EVERY}s"), ("1d", f"{LEAD}s"), ("2d", f"{RETAIN}s"), ("15m", f"{RETAIN}s")]
    recipe = Recipe("Rotating keys with mod_auth_openidc", place, jotsmith, periods)
    recipe.run_commands()
    recipe.shell("jotsmith keygen ES256 --to pem -o tls.pem && "
                 "openssl req -new -x509 -key tls.pem -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -out tls.crt")
    certificate = os.path.join(place, "tls.crt")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, os.path.join(place, "tls.pem"))
    published = serve(functools.partial(Handler, directory=os.path.join(place, "published")), context)
    uri = f"https://127.0.0.1:{published.server_port}/jwks.json"
    trust = ssl.create_default_context(cafile=certificate)
    client = jwt.PyJWKClient(uri, cache_jwk_set=True, lifespan=CACHE, cache_keys=False, ssl_context=trust)
    strict = serve(type("StrictConsumer", (Consumer,), {"client": client}))
    for name in (place, folder):
        os.chmod(name, 0o755)
    text = recipe.configuration("apache", [("https://issuer.example/jwks.json", uri)])
    # The certificate of this test is self-signed; with another certificate this line is not needed.
    text += f"OIDCCABundlePath {certificate}\n"
    with apache.start(place, text) as module:
        servers = {"PyJWT": Client(strict.server_port), "mod_auth_openidc": module}
        traffic = Traffic(recipe, servers)
        traffic.run()
        for name in servers:
            refused = [refusal[1:] for refusal in traffic.refused if refusal[0] == name]
            check(f"rotation: {name} refused no valid token, of {traffic.accepted[name]} with {len(traffic.kids)} keys", refused, [])
        check("rotation: at least four keys signed", len(traffic.kids) >= 4, True)
        token = recipe.shell(SIGN)
        for name, server in servers.items():
            check(f"rotation: {name} refuses a tampered token", server.get(tampered(token, 2))[0], 401)
        revoke(check, recipe, servers["PyJWT"])


def revoke(check, recipe, strict):
    """A revoked key is rejected as soon as no cache contains it, even if its tokens have not expired."""
    token = recipe.shell(f"{SIGN} --exp 1h")
    check("rotation: a token with an hour to live", strict.get(token)[0], 200)
    kid = jwt.get_unverified_header(token)["kid"]
    recipe.shell(f"{ROTATE} --revoke {kid} --reason 'laptop stolen'")
    time.sleep(CACHE)
    check("rotation: is refused once its key is revoked", strict.get(token)[0], 401)
