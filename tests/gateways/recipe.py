"""The recipes of docs/gateways.md as they are written: their commands, and their configuration with other paths and ports."""

import os
import re
import socket
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Recipe:
    """One section, in a separate folder."""

    def __init__(self, title, folder, jotsmith, exchange=()):
        with open(os.path.join(ROOT, "docs", "gateways.md"), encoding="utf-8") as file:
            sections = re.split(r"^## ", file.read(), flags=re.M)
        (self.text,) = [section for section in sections if section.startswith(title + "\n")]
        for old, new in exchange:
            self.text = self.text.replace(old, new)
        self.folder = folder
        self.environment = dict(os.environ, PATH=f"{os.path.dirname(jotsmith)}:{os.environ['PATH']}")
        os.makedirs(folder)

    def run_commands(self):
        """Runs the commands that the section shows after a `$`."""
        for block in self.blocks("console"):
            for command in re.findall(r"^\$ (.+)", block, flags=re.M):
                self.shell(command)

    def shell(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True,
                              timeout=60, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stderr.strip()}")
        return done.stdout.strip()

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="ascii") as file:
            return file.read().strip()

    def blocks(self, language):
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, flags=re.M | re.S)

    def configuration(self, language, exchange):
        """The section's only block of this language; each of `exchange` must occur in it."""
        (text,) = self.blocks(language)
        for old, new in exchange:
            if old not in text:
                raise RuntimeError(f"the recipe has no {old}")
            text = text.replace(old, new)
        return text


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tampered(token, part):
    """The token with one character changed in the middle of a part, so that no unused bits are changed."""
    parts = token.split(".")
    at = len(parts[part]) // 2
    parts[part] = parts[part][:at] + ("B" if parts[part][at] == "A" else "A") + parts[part][at + 1:]
    return ".".join(parts)
