"""Apache with mod_auth_openidc as an OAuth 2.0 resource server: signed tokens, and signed ones inside encrypted ones."""

import os

from recipe import Recipe, free_port, tampered
from server import Server

MODULES = "/usr/lib/apache2/modules"
SIGN = "jotsmith sign -q -k issuer.jwk --iss https://issuer.example --aud api sub=alice"
NEST = "--encrypt-to gateway.pub.jwk --enc A256CBC-HS512"

# The settings of Debian's configuration outside of a site's file.
FRAME = """\
ServerRoot {place}
ServerName localhost
DefaultRuntimeDir {place}
PidFile {place}/pid
ErrorLog {place}/error.log
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
DocumentRoot {place}/www
DirectoryIndex index.html
User www-data
Group www-data
{recipe}
"""


def start(place, recipe_text):
    """An Apache with this recipe in a folder that contains a page."""
    port = free_port()
    os.makedirs(os.path.join(place, "www"))
    with open(os.path.join(place, "www", "index.html"), "w", encoding="ascii") as file:
        file.write("the page")
    file = os.path.join(place, "apache.conf")
    with open(file, "w", encoding="utf-8") as out:
        out.write(FRAME.format(place=place, port=port, modules=MODULES, recipe=recipe_text))
    return Server(["apache2", "-X", "-f", file], port, os.path.join(place, "log"))


def run(check, jotsmith, folder):
    place = os.path.join(folder, "apache")
    recipe = Recipe("Apache with mod_auth_openidc", place, jotsmith)
    recipe.run_commands()
    signed, nested = recipe.read("token.jwt"), recipe.read("nested.jwt")
    recipe.shell("jotsmith keygen RS256 --bits 2048 --kid issuer-1 -o stranger.jwk; "
                 "jotsmith keygen RSA-OAEP --bits 2048 --kid gateway-1 -o other.jwk --public-out other.pub.jwk; "
                 "jotsmith keygen ES256 --kid issuer-1 -o curve.jwk")
    stranger = SIGN.replace("issuer.jwk", "stranger.jwk")
    refused = {
        "tampered claims": tampered(signed, 1),
        "tampered signature": tampered(signed, 2),
        "a stranger's key": recipe.shell(stranger),
        "wrong alg": recipe.shell(SIGN.replace("issuer.jwk", "curve.jwk")),
        "expired": recipe.shell(f"{SIGN} --at -1h"),
        "other issuer": recipe.shell(SIGN.replace("issuer.example", "other.example")),
        "other audience": recipe.shell(SIGN.replace("--aud api", "--aud web")),
        "no token": None,
        "nested, tampered header": tampered(nested, 0),
        "nested, tampered key": tampered(nested, 1),
        "nested, tampered iv": tampered(nested, 2),
        "nested, tampered ciphertext": tampered(nested, 3),
        "nested, tampered tag": tampered(nested, 4),
        "nested, a stranger's signature inside": recipe.shell(f"{stranger} {NEST}"),
        "nested, for another gateway": recipe.shell(f"{SIGN} {NEST}".replace("gateway.pub", "other.pub")),
        "nested, expired": recipe.shell(f"{SIGN} {NEST} --at -1h"),
    }
    for name in (place, os.path.dirname(place)):
        os.chmod(name, 0o755)
    with start(place, recipe.configuration("apache", [("/etc/apache2", place)])) as server:
        for what, token in (("signed", signed), ("nested", nested)):
            status, _, page = server.get(token)
            check(f"mod_auth_openidc: the {what} token reaches the page", (status, page), (200, "the page"))
        for what, token in refused.items():
            check(f"mod_auth_openidc: {what} is refused", server.get(token)[0], 401)
