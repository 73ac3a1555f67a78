#!/usr/bin/env python3
"""Tests on this machine what the repository provides for GitHub and for package managers: packs a program twice, generates the files
for package managers, runs the scripts of the actions that install and scan, and commits with the pre-commit hook.

usage: packaging/test-kit.py PROGRAM   (needs ruby, nix-instantiate, git, pre-commit and PyYAML)
"""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
ACTIONS = ROOT / ".github/actions"
PROGRAM = Path(sys.argv[1]).resolve()
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]
URL = f"https://forge.example/owner/jotsmith/releases/download/v{VERSION}"
TARGETS = [
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-gnu",
]


def run(*command, code=0, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def pack(work):
    """Archives of all targets are created, each with this program. One of each format is created twice, with the same bytes."""
    for target in TARGETS:
        run(ROOT / "packaging/archive.py", PROGRAM, target, work / "dist")
    names = sorted(path.name for path in (work / "dist").iterdir())
    assert len(names) == 2 * len(TARGETS), names
    for target in TARGETS[-2:]:
        run(ROOT / "packaging/archive.py", PROGRAM, target, work / "again")
    for path in (work / "again").iterdir():
        assert path.read_bytes() == (work / "dist" / path.name).read_bytes(), path.name
    sums = "".join((work / "dist" / name).read_text() for name in names if name.endswith(".sha256"))
    (work / "dist/SHA256SUMS").write_text(sums)
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=work / "dist")
    print(f"{len(TARGETS)} archives; a second run creates the same bytes")


def manifests(work):
    """The files for package managers parse, and contain the digest of each archive that they name."""
    run(ROOT / "packaging/manifests.py", work / "dist", URL)
    run("ruby", "-c", work / "dist/homebrew/jotsmith.rb")
    run("nix-instantiate", "--parse", work / "dist/nix/default.nix")
    digests = dict(reversed(line.split()) for line in (work / "dist/SHA256SUMS").read_text().splitlines())
    formula = (work / "dist/homebrew/jotsmith.rb").read_text()
    found = re.findall(rf'url "{re.escape(URL)}/(.*)"\n *sha256 "(.*)"', formula)
    assert len(found) == 4 and all(digests[name] == digest for name, digest in found), found
    files = {path.name: yaml.safe_load(path.read_text()) for path in (work / "dist/winget").iterdir()}
    assert len(files) == 3 and {file["PackageVersion"] for file in files.values()} == {VERSION}, files
    installer = files["owner.jotsmith.installer.yaml"]["Installers"][0]
    assert installer["InstallerSha256"].lower() == digests[installer["InstallerUrl"].removeprefix(f"{URL}/")]
    message = run(ROOT / "packaging/manifests.py", work / "dist", "https://forge.example/v1", code=1)
    assert "not the URL of a release" in message, message
    print("the files for Homebrew, winget and Nix parse and contain the digests of the archives")


def install(work):
    """The action installs a program whose digest matches, and rejects any other."""
    release = work / "site" / f"v{VERSION}"
    release.mkdir(parents=True)
    handler = functools.partial(Quiet, directory=work / "site")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (work / "path").touch()
    environment = {
        "PATH": os.environ["PATH"],
        "RUNNER_OS": "Linux",
        "RUNNER_ARCH": "X64",
        "RUNNER_TEMP": str(work),
        "GITHUB_PATH": str(work / "path"),
        "GITHUB_OUTPUT": str(work / "output"),
        "JOTSMITH_VERSION": f"v{VERSION}",
        "JOTSMITH_RELEASES": f"http://127.0.0.1:{server.server_port}",
    }
    script = ACTIONS / "setup-jotsmith/install.sh"
    archive = f"jotsmith-{VERSION}-x86_64-unknown-linux-musl.tar.gz"
    for name in [archive, "SHA256SUMS"]:
        shutil.copy(work / "dist" / name, release)
    run(script, env=environment)
    installed = Path((work / "path").read_text().strip()) / "jotsmith"
    assert installed.read_bytes() == PROGRAM.read_bytes()
    assert (work / "output").read_text() == f"path={installed}\n"

    with (release / archive).open("ab") as file:
        file.write(b"changed")
    assert "has the SHA-256" in run(script, env=environment, code=1)
    shutil.copy(work / "dist" / archive, release)
    (release / "SHA256SUMS").write_text("")
    assert "has the SHA-256" in run(script, env=environment, code=1)
    for version in ["main", "", "../0.1.0", "0.1"]:
        assert "is not a version" in run(script, env=environment | {"JOTSMITH_VERSION": version}, code=1)
    assert "there is no jotsmith for" in run(script, env=environment | {"RUNNER_ARCH": "X86"}, code=1)
    assert len((work / "path").read_text().splitlines()) == 1
    server.shutdown()
    print("the action installs an archive that matches SHA256SUMS, and rejects others")
    return installed.parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def scan(work, environment):
    """The action reports a private key as SARIF, and fails if fail-on is set."""
    folder = work / "scanned"
    folder.mkdir()
    run("jotsmith", "keygen", "-q", "ES256", "-o", folder / "key.jwk", env=environment)
    environment = environment | {"SCAN_PATH": str(folder), "SCAN_SARIF": str(work / "found.sarif")}
    for fail_on, code in [("", 0), ("critical", 1)]:
        run(ACTIONS / "scan/scan.sh", env=environment | {"SCAN_FAIL_ON": fail_on}, code=code)
        results = json.loads((work / "found.sarif").read_text())["runs"][0]["results"]
        assert [result["ruleId"] for result in results] == ["key-private-in-public"], results
    print("the scan reports a private key as SARIF")


def hook(work, environment):
    """The pre-commit hook accepts a commit without secrets, and rejects a commit with a private key or a token."""
    repository = work / "repository"
    environment = environment | {
        "HOME": str(work),
        "PRE_COMMIT_HOME": str(work / "hooks"),
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    run("git", "init", "-q", repository, env=environment)
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [one["language"] for one in hooks] == ["rust", "system"] and hooks[0]["entry"] == hooks[1]["entry"]
    # The hook that uses the installed program. The other hook differs only in that pre-commit builds the program.
    local = {"repos": [{"repo": "local", "hooks": [hooks[1]]}]}
    (repository / ".pre-commit-config.yaml").write_text(json.dumps(local))
    run("pre-commit", "install", cwd=repository, env=environment)

    def commit(code):
        run("git", "add", "-A", cwd=repository, env=environment)
        return run("git", "commit", "-q", "-m", "x", cwd=repository, env=environment, code=code)

    (repository / "a -file").write_text("nothing\n")
    assert "Passed" in commit(0)
    run("jotsmith", "keygen", "-q", "ES256", "-o", work / "key.jwk", env=environment)
    (repository / "secret.txt").write_bytes((work / "key.jwk").read_bytes())
    assert "key-private-in-public" in commit(1)
    (repository / "secret.txt").write_text(run("jotsmith", "sign", "-q", "-k", work / "key.jwk", "sub=a", env=environment))
    assert "signed token" in commit(1)
    (repository / "secret.txt").unlink()
    (repository / "b").write_text("nothing\n")
    assert "Passed" in commit(0)
    print("the hook rejects a commit with a private key or a token")


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        pack(work)
        manifests(work)
        installed = install(work)
        environment = {"PATH": f"{installed}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
        scan(work, environment)
        hook(work, environment)


main()
