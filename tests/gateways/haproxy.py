"""HAProxy: jwt_verify with an ES256 and an RS256 key as PEM."""

import os

from recipe import Recipe, free_port, tampered
from server import Server

SIGN = "jotsmith sign -q -k issuer.pem --iss https://issuer.example --aud api sub=alice"


def run(check, jotsmith, folder):
    for alg, other in (("ES256", "ES384"), ("RS256", "RS512")):
        place = os.path.join(folder, alg)
        recipe = Recipe("HAProxy", place, jotsmith, [("ES256", alg)])
        recipe.run_commands()
        token = recipe.read("token.jwt")
        port = free_port()
        text = recipe.configuration("haproxy", [("/etc/haproxy", place), ("8080", str(port))])
        file = os.path.join(place, "haproxy.cfg")
        with open(file, "w", encoding="utf-8") as out:
            out.write(text)
        recipe.shell(f"jotsmith keygen {other} --to pem -o other.pem; jotsmith keygen {alg} --to pem -o stranger.pem")
        sign = f"{SIGN} --alg {alg}"
        refused = {
            "tampered claims": (tampered(token, 1), "signature"),
            "tampered signature": (tampered(token, 2), "signature"),
            "tampered header": (tampered(token, 0), "alg"),
            "a stranger's key": (recipe.shell(sign.replace("issuer.pem", "stranger.pem")), "signature"),
            "wrong alg": (recipe.shell(f"{SIGN} --alg {other}".replace("issuer.pem", "other.pem")), "alg"),
            "expired": (recipe.shell(f"{sign} --at -1h"), "exp"),
            "no exp": (recipe.shell(f"{sign} --no-exp"), "exp"),
            "other issuer": (recipe.shell(sign.replace("issuer.example", "other.example")), "iss"),
            "other audience": (recipe.shell(sign.replace("--aud api", "--aud web")), "aud"),
            "no token": (None, "alg"),
        }
        with Server(["haproxy", "-db", "-f", file], port, os.path.join(place, "log")) as server:
            status, _, page = server.get(token)
            check(f"haproxy {alg}: the token reaches the page", (status, page), (200, "the page"))
            for what, (bad, rule) in refused.items():
                status, headers, _ = server.get(bad)
                check(f"haproxy {alg}: {what} is refused", (status, headers["x-refused"]), (401, rule))
