"""Real daemons on loopback, with the recipes of docs/gateways.md: docker-registry, dovecot, slurm."""

import contextlib
import datetime
import getpass
import grp
import http.client
import imaplib
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import common
from common import Broken, Peer, Refused, command, debian_version, unb64
from recipe import Recipe, free_port, tampered


class Daemon(Peer):
    """Accepts tokens of jotsmith. start() runs the commands of its recipe and the daemon with the configuration of the recipe."""

    recipe_title = None
    # The `sign` command of the recipe, without its output.
    sign_command = None
    # For the table: how it finds the key of a token.
    finds_key_by = None
    package = None

    def __init__(self):
        self.origin = f"Debian, {self.package}"
        self.processes = []
        self.folder = None

    def version(self):
        return debian_version(self.package)

    def start(self):
        # Not below the other temporary files: services run as other users, who must be able to read it.
        self.folder = tempfile.mkdtemp(prefix="jotsmith-interop-")
        os.chmod(self.folder, 0o755)
        self.place = os.path.join(self.folder, self.name)
        self.recipe = Recipe(self.recipe_title, self.place, common.JOTSMITH)
        self.recipe.run_commands()

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.folder:
            shutil.rmtree(self.folder)

    def write(self, name, text):
        full = os.path.join(self.place, name)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
        return full

    def serve(self, arguments, is_up):
        """Starts a daemon and waits until it answers."""
        log = os.path.join(self.folder, f"{os.path.basename(arguments[0])}.log")
        with open(log, "ab") as file:
            process = subprocess.Popen(arguments, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
        self.processes.append(process)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error, Refused):
                is_up()
                return process
            time.sleep(0.05)
        with open(log, encoding="utf-8", errors="replace") as file:
            raise Broken(f"{arguments[0]} does not answer: {file.read()[-4000:]}")

    def sign(self, changes=(), options=""):
        """A token of the recipe's command, with some of its words replaced."""
        text = self.sign_command
        for old, new in changes:
            if old not in text:
                raise RuntimeError(f"the command has no {old}")
            text = text.replace(old, new)
        return self.recipe.shell(f"{text} {options}")

    def accepts(self, result, row, token, send=None):
        result.accept(row, "to", lambda: (send or self.send)(token))

    def refuses(self, result, row, token, send=None):
        result.refuse(row, "to", lambda: (send or self.send)(token))

    def refuses_all(self, result, tokens, good):
        for row, token in tokens.items():
            self.refuses(result, row, token)
        # A daemon that has ended accepts nothing.
        self.accepts(result, "after the rejected tokens", good)

    def send(self, token):
        """Raises Refused unless the daemon accepts the token."""
        raise NotImplementedError


class DockerRegistry(Daemon):
    name = "docker-registry"
    package = "docker-registry"
    recipe_title = "Docker registry"
    sign_command = ("jotsmith sign -q -k issuer.pem --alg ES256 --kid-from libtrust --iss https://issuer.example "
                    "--aud registry.example --sub alice --nbf +0s --exp 5m --jti access:=@access.json")
    finds_key_by = "kid of libtrust, or x5c"

    def start(self):
        super().start()
        for alg in ["ES384", "ES512", "RS256", "RS384", "RS512"]:
            self.recipe.shell(f"jotsmith keygen {alg} --to pem -o {alg}.pem && "
                              f"openssl req -new -x509 -key {alg}.pem -subj /CN={alg} -days 30 -out {alg}.crt && "
                              f"cat {alg}.crt >> issuer.crt")
        self.recipe.shell("jotsmith keygen ES256 --to pem -o other.pem && "
                          "openssl req -new -x509 -key other.pem -subj /CN=other -days 30 -out other.crt && "
                          "openssl genpkey -algorithm ED25519 -out ed25519.pem && "
                          "openssl req -new -x509 -key ed25519.pem -subj /CN=ed25519 -days 30 -out ed25519.crt && "
                          "jotsmith keygen ES256 --to pem -o expired.pem")
        self.recipe.shell(f"cat {self.write('expired.crt', expired_certificate(self.recipe.read('expired.pem')))} >> issuer.crt")
        self.port = free_port()
        self.configuration = self.recipe.configuration("yaml", [
            ("/etc/docker/registry", self.place), ("/var/lib/docker-registry", self.place), ("5000", str(self.port))])
        self.serve(["docker-registry", "serve", self.write("config.yml", self.configuration)], lambda: self.request("GET", "/v2/", None))

    def request(self, method, path, token, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, text

    def send(self, token, repository="team/app"):
        """Pushes a blob and pulls it."""
        status, headers, _ = self.request("POST", f"/v2/{repository}/blobs/uploads/", token)
        if status == 401:
            raise Refused("401")
        digest = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
        place = headers["Location"].partition(str(self.port))[2]
        pushed = self.request("PUT", f"{place}&digest={digest}", token, body=b"foo")[0]
        pulled = self.request("GET", f"/v2/{repository}/blobs/{digest}", token)
        if (status, pushed, pulled[0], pulled[2]) != (202, 201, 200, b"foo"):
            raise RuntimeError(f"unexpected answers: {status}, {pushed}, {pulled}")

    def run(self, result):
        token = self.recipe.read("token.jwt")
        self.accepts(result, "ES256", token)
        for alg in ["ES384", "ES512", "RS256", "RS384", "RS512"]:
            self.accepts(result, alg, self.sign([("issuer.pem", f"{alg}.pem"), ("ES256", alg)]))
        self.accepts(result, "ES256 with x5c", self.sign([("--kid-from libtrust", "--x5c issuer.crt")]))
        self.accepts(result, "ES256 with an expired certificate", self.sign([("issuer.pem", "expired.pem")]))
        kid = json.loads(unb64(token.split(".")[0]))["kid"]
        self.recipe.shell(f"jotsmith keygen ES256 --kid {kid} -o same-kid.jwk")
        bad = {
            "tampered claims": tampered(token, 1),
            "tampered signature": tampered(token, 2),
            "another key": self.sign([("issuer.pem", "other.pem")]),
            "another key with this kid": self.sign([("issuer.pem", "same-kid.jwk"), ("--kid-from libtrust ", "")]),
            "a certificate of another key": self.sign([("issuer.pem", "other.pem"), ("--kid-from libtrust", "--x5c other.crt")]),
            "expired": self.sign(options="--at -1h"),
            "not yet valid": self.sign([("--nbf +0s", "--nbf +1h"), ("--exp 5m", "--exp 2h")]),
            "other issuer": self.sign([("issuer.example", "other.example")]),
            "other audience": self.sign([("registry.example", "other.example")]),
            "two audiences": self.sign([("--aud registry.example", "--aud registry.example --aud other.example")]),
            "an expired certificate with x5c": self.sign([("issuer.pem", "expired.pem"), ("--kid-from libtrust", "--x5c expired.crt")]),
            "no access": self.sign([("access:=@access.json", "access:=[]")]),
            "PS256": self.sign([("issuer.pem", "RS256.pem"), ("ES256", "PS256")]),
            "no token": None,
        }
        self.refuses_all(result, bad, token)
        self.refuses(result, "another repository", token, lambda token: self.send(token, "team/other"))
        bundle = self.write("config-ed25519.yml", self.configuration.replace("issuer.crt", "ed25519.crt"))
        result.refuse("Ed25519 certificate in the bundle", "keys", lambda: command("docker-registry", "serve", bundle))


def expired_certificate(private_key):
    """openssl cannot create one: its -days must be positive."""
    key = serialization.load_pem_private_key(private_key.encode(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "expired")])
    times = datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *times).sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


class Dovecot(Daemon):
    name = "dovecot"
    package = "dovecot-core"
    recipe_title = "Dovecot"
    sign_command = "jotsmith sign -q -k mail-1.jwk --iss https://issuer.example --aud mail --sub alice --exp 5m"
    finds_key_by = "kid: the name of a file"
    algorithms = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512"]
    explained = {(alg, "to"): "dovecot 2.3 verifies ES256 only; with the larger curves it reports a bad signature"
                 for alg in ("ES384", "ES512")}

    def start(self):
        super().start()
        for alg in self.algorithms:
            export = "convert -k {0}.jwk --to base64" if alg.startswith("HS") else "convert -k {0}.jwk --public --to pem"
            bits = " --bits 2048" if alg[0] in "RP" else ""
            self.recipe.shell(f"mkdir -p keys/default/{alg} && jotsmith keygen {alg}{bits} --kid mail-1 -o {alg}.jwk && "
                              f"jotsmith {export.format(alg)} > keys/default/{alg}/mail-1")
        # The next key of a rotation, beside the one that signs.
        for text in ("jotsmith keygen ES256 --kid mail-2 -o mail-2.jwk",
                     "jotsmith convert -k mail-2.jwk --public --to pem > keys/default/ES256/mail-2",
                     "jotsmith keygen ES256 --kid mail-2 -o other.jwk",
                     "jotsmith convert -k mail-2.jwk --set-kid mail-3 -o unknown.jwk",
                     "jotsmith convert -k mail-2.jwk --set-kid ../ES256/mail-2 -o path.jwk",
                     "jotsmith keygen RS256 --bits 2048 --kid mail-2 -o rsa.jwk",
                     "jotsmith keygen EdDSA --kid mail-2 -o eddsa.jwk",
                     "mkdir keys/default/EdDSA && jotsmith convert -k eddsa.jwk --public --to pem > keys/default/EdDSA/mail-2",
                     "mkdir -p keys/web/ES256 && jotsmith keygen ES256 --kid mail-1 -o web.jwk",
                     "jotsmith convert -k web.jwk --public --to pem > keys/web/ES256/mail-1"):
            self.recipe.shell(text)
        oauth2 = self.recipe.configuration("oauth2", [("/etc/dovecot/keys/", f"{self.place}/keys/")])
        settings = self.recipe.configuration("dovecot", [("/etc/dovecot/oauth2.conf.ext", self.write("oauth2.conf.ext", oauth2))])
        self.port = free_port()
        mail = os.path.join(self.folder, "mail")
        os.mkdir(mail)
        if os.geteuid() == 0:
            user, group, login = "nobody", "nogroup", ""
            os.chown(mail, pwd.getpwnam(user).pw_uid, -1)
        else:
            user, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
            login = (f"default_login_user = {user}\ndefault_internal_user = {user}\ndefault_internal_group = {group}\n"
                     "service anvil {\n  chroot =\n}\n")
        frame = f"""\
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
mail_location = maildir:{mail}/%u
first_valid_uid = 1
userdb {{
  driver = static
  args = uid={user} gid={group} home={mail}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
# No delay after a rejection: this test causes many.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{login}{settings}"""
        self.configuration = self.write("dovecot.conf", frame)
        self.serve(["dovecot", "-F", "-c", self.configuration], lambda: self.login().shutdown())

    def login(self):
        return imaplib.IMAP4("127.0.0.1", self.port, timeout=20)

    def send(self, token, mechanism="OAUTHBEARER", user="alice"):
        connection = self.login()
        first = f"n,a={user},\x01auth=Bearer {token}\x01\x01" if mechanism == "OAUTHBEARER" else \
            f"user={user}\x01auth=Bearer {token}\x01\x01"
        # If the token is rejected, the server sends the reason as a challenge, and the client answers with an empty line.
        answers = iter([first.encode()])
        try:
            connection.authenticate(mechanism, lambda _: next(answers, b""))
            if connection.select()[0] != "OK":
                raise RuntimeError("no mailbox")
            connection.logout()
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Refused(str(error)) from error

    def run(self, result):
        token = self.recipe.read("token.jwt")
        self.accepts(result, "ES256", token)
        self.accepts(result, "ES256 with XOAUTH2", token, lambda token: self.send(token, "XOAUTH2"))
        for alg in self.algorithms:
            self.accepts(result, alg, self.sign([("mail-1.jwk", f"{alg}.jwk")]))
        self.accepts(result, "ES256 set, next key", self.sign([("mail-1.jwk", "mail-2.jwk")]))
        self.accepts(result, "ES256 with azp", self.sign([("mail-1.jwk", "web.jwk")], "azp=web"))
        os.remove(os.path.join(self.place, "keys/default/ES256/mail-1"))
        self.accepts(result, "ES256 set, removed key before the reload", token)
        command("doveadm", "-c", self.configuration, "reload")
        self.refuses(result, "ES256 set, removed key", token)
        next_key = [("mail-1.jwk", "mail-2.jwk")]
        good = self.sign(next_key)
        bad = {
            "tampered claims": tampered(good, 1),
            "tampered signature": tampered(good, 2),
            "another key": self.sign([("mail-1.jwk", "other.jwk")]),
            "unknown kid": self.sign([("mail-1.jwk", "unknown.jwk")]),
            "kid that leaves the folder": self.sign([("mail-1.jwk", "path.jwk")]),
            "another algorithm": self.sign([("mail-1.jwk", "rsa.jwk")]),
            "EdDSA": self.sign([("mail-1.jwk", "eddsa.jwk")]),
            "the key of another azp": self.sign(next_key, "azp=web"),
            "expired": self.sign(next_key, "--at -1h"),
            "no expiry": self.sign([*next_key, ("--exp 5m", "--no-exp")]),
            "other issuer": self.sign([*next_key, ("issuer.example", "other.example")]),
            "other audience": self.sign([*next_key, ("--aud mail", "--aud web")]),
        }
        self.refuses_all(result, bad, good)
        self.refuses(result, "another user", good, lambda token: self.send(token, user="bob"))


class Slurm(Daemon):
    name = "slurm"
    package = "slurmctld"
    recipe_title = "Slurm"
    sign_command = "jotsmith sign -q -k private/keys.jwks --exp 5m sun=alice"
    finds_key_by = "kid for RS256"
    explained = {("not yet valid", "to"): "slurm 22.05 does not check nbf"}

    def start(self):
        super().start()
        # A secret that ends in a line break, which is part of it.
        with open(os.path.join(self.place, "jwt_hs256.key"), "wb") as file:
            file.write(os.urandom(47) + b"\n")
        root = os.geteuid() == 0
        self.user = "slurm" if root else getpass.getuser()
        munge, state = os.path.join(self.folder, "munge"), os.path.join(self.folder, "state")
        for folder in (munge, state):
            os.mkdir(folder, 0o755)
        if root:
            owner = pwd.getpwnam(self.user).pw_uid
            for path in (state, self.place, os.path.join(self.place, "jwt_hs256.key"), os.path.join(self.place, "jwks.json")):
                os.chown(path, owner, -1)
        socket = os.path.join(munge, "socket")
        with open(os.path.join(munge, "key"), "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(os.urandom(1024))
        self.serve(["munged", "--foreground", "--force", f"--socket={socket}", f"--key-file={munge}/key", f"--pid-file={munge}/pid",
                    f"--log-file={munge}/log", f"--seed-file={munge}/seed"],
                   lambda: command("munge", f"--socket={socket}", "--no-input"))
        self.port = free_port()
        frame = f"""\
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={self.port}
SlurmUser={self.user}
AuthType=auth/munge
AuthInfo=socket={socket}
StateSaveLocation={state}
SlurmctldPidFile={state}/pid
SlurmdSpoolDir={self.folder}
ProctrackType=proctrack/linuxproc
NodeName=node1 NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=main Nodes=node1 Default=YES State=UP
"""
        self.configuration = self.write("slurm.conf", frame + self.recipe.configuration("ini", [("/etc/slurm", self.place)]))
        self.controller = None
        self.start_controller()

    def start_controller(self):
        if self.controller:
            self.controller.terminate()
            self.controller.wait(20)
        self.controller = self.serve(["slurmctld", "-D", "-f", self.configuration], lambda: self.client("squeue"))

    def client(self, *arguments, token=None):
        environment = {"SLURM_CONF": self.configuration}
        if token:
            environment["SLURM_JWT"] = token
        return command(*arguments, env=environment)

    def send(self, token):
        self.client("squeue", token=token)

    def update(self, token):
        """A command that only the slurm user may run."""
        self.client("scontrol", "update", "partition=main", "state=UP", token=token)

    def run(self, result):
        token = self.recipe.read("token.jwt")
        self.accepts(result, "RS256", token)
        symmetric = "jotsmith sign -q --secret jwt_hs256.key --secret-encoding raw --exp 5m sun=alice"
        secret = self.recipe.shell(symmetric)
        self.accepts(result, "HS256", secret)
        operator = self.sign([("sun=alice", f"sun={self.user}")])
        self.accepts(result, "RS256, as the slurm user", operator, self.update)
        self.refuses(result, "another user's right", token, self.update)
        kid = json.loads(unb64(token.split(".")[0]))["kid"]
        self.without_times(kid, "first.jwk")
        self.recipe.shell("jotsmith keygen RS256 --bits 2048 -o other.jwk && jotsmith keygen HS256 --to raw -o other.key && "
                          f"jotsmith keygen RS256 --bits 2048 --kid {kid} -o same-kid.jwk")
        bad = {
            "tampered claims": tampered(token, 1),
            "tampered signature": tampered(token, 2),
            "another key": self.sign([("private/keys.jwks", "other.jwk")]),
            "another key with this kid": self.sign([("private/keys.jwks", "same-kid.jwk")]),
            "expired": self.sign([("private/keys.jwks", "first.jwk")], "--at -1h"),
            "not yet valid": self.sign([("--exp 5m", "--nbf +1h --exp 2h")]),
            "no user": self.sign([("sun=alice", "sub=alice")]),
            "secret, tampered": tampered(secret, 2),
            "another secret": self.recipe.shell(symmetric.replace("jwt_hs256", "other")),
            "secret without its line break": self.recipe.shell(symmetric.replace(" --secret-encoding raw", "")),
            "secret, expired": self.recipe.shell(f"{symmetric} --at -1h"),
            "not a token": "a.b.c",
        }
        self.refuses_all(result, bad, token)
        self.rotate(result, token)
        self.their_tokens(result)

    def without_times(self, kid, name):
        """Copies a key of the set, so that it signs at any time."""
        with open(os.path.join(self.place, "private", "keys.jwks"), encoding="utf-8") as file:
            (jwk,) = [entry for entry in json.load(file)["keys"] if entry["kid"] == kid]
        jwk = {member: value for member, value in jwk.items() if member not in ("nbf", "exp", "iat")}
        os.chmod(self.write(name, json.dumps(jwk)), 0o600)

    def rotate(self, result, old):
        """The set after a month: the key that was published in advance signs, and the first key is removed."""
        for time_of_stage in ("+29d12h", "+30d12h"):
            self.recipe.shell(f"jotsmith rotate -q --force private/keys.jwks --publish jwks.json --at {time_of_stage}")
        first = json.loads(unb64(old.split(".")[0]))["kid"]
        with open(os.path.join(self.place, "jwks.json"), encoding="utf-8") as file:
            (second,) = [entry["kid"] for entry in json.load(file)["keys"] if entry["kid"] != first]
        self.without_times(second, "second.jwk")
        new = self.sign([("private/keys.jwks", "second.jwk")])
        self.refuses(result, "RS256 set, key that is not loaded yet", new)
        self.start_controller()
        self.accepts(result, "RS256 set, next key", new)
        self.accepts(result, "RS256 set, retiring key", old)
        self.recipe.shell("jotsmith rotate -q --force private/keys.jwks --publish jwks.json --at +33d")
        self.start_controller()
        self.refuses(result, "RS256 set, removed key", old)

    def their_tokens(self, result):
        def verify(token, secret="jwt_hs256.key"):
            return common.jotsmith("verify", "-q", "--secret", os.path.join(self.place, secret), "--secret-encoding", "raw", "--alg",
                                   "HS256", "-", stdin=token.encode())

        def job():
            token = self.client("scontrol", "token", "username=alice", "lifespan=600").decode().strip().partition("=")[2]
            if json.loads(verify(token))["sun"] != "alice":
                raise RuntimeError("the user differs")
            return token

        token = result.accept("HS256", "from", job)
        if token:
            result.refuse("tampered claims", "from", lambda: verify(tampered(token, 1)), 11)
            result.refuse("tampered signature", "from", lambda: verify(tampered(token, 2)), 11)
            result.refuse("another secret", "from", lambda: verify(token, "other.key"), 11)


PEERS = [DockerRegistry, Dovecot, Slurm]
