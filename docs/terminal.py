#!/usr/bin/env python3
"""Creates docs/terminal.svg: the output of a real run on a terminal, drawn as SVG.

usage: docs/terminal.py JOTSMITH [SVG]
"""

import html
import os
import pty
import re
import sys
import tempfile

COMMANDS = [
    "jotsmith keygen ES256 -o key.jwk --public-out key.pub.jwk",
    "jotsmith sign -q -k key.jwk --iss https://issuer.example --aud api --exp 1h sub=alice > token.jwt",
    "jotsmith verify -k key.pub.jwk --iss https://issuer.example --aud api @token.jwt",
    "jotsmith verify -k key.pub.jwk --aud web --at +2h @token.jwt",
    "jotsmith inspect @token.jwt",
    "jotsmith rotate keys.jwks --publish jwks.json --every 30d --lead 1d --retain 2d",
    "jotsmith rotate keys.jwks --status",
]
COLUMNS, SIZE, LINE = 120, 13, 18
COLOURS = {"31": "#f7768e", "32": "#9ece6a", "33": "#e0af68", "34": "#7aa2f7", "35": "#bb9af7", "36": "#7dcfff", "90": "#737aa2"}


def run(command, folder, jotsmith):
    """What a command writes to a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        path = f"{os.path.dirname(jotsmith)}:/usr/bin:/bin"
        os.execve("/bin/bash", ["bash", "-c", f"stty cols {COLUMNS}; {command}"],
                  {"PATH": path, "TERM": "xterm-256color", "LANG": "C.UTF-8"})
    output = b""
    try:
        while chunk := os.read(terminal, 65536):
            output += chunk
    except OSError:  # How a terminal ends on Linux.
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return output.decode().replace("\r\n", "\n").rstrip("\n")


def spans(line):
    """A line with color codes as SVG text."""
    style, drawn = [], ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            codes = part[2:-1].split(";")
            style = [] if codes in ([""], ["0"]) else style + codes
        elif part:
            fill = next((COLOURS[code] for code in reversed(style) if code in COLOURS), None)
            look = f' fill="{fill}"' if fill else ' fill="#737aa2"' if "2" in style else ""
            weight = ' font-weight="bold"' if "1" in style else ""
            drawn += f"<tspan{look}{weight}>{html.escape(part, quote=False)}</tspan>"
    return drawn


def wrapped(line):
    """A line cut at the edge of the terminal, color codes not counted."""
    rows, row, width = [], "", 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            row += part
            continue
        for character in part:
            if width == COLUMNS:
                rows.append(row)
                row, width = "", 0
            row += character
            width += 1
    return rows + [row]


def main():
    jotsmith = os.path.abspath(sys.argv[1])
    target = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "terminal.svg")
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            lines += wrapped(f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m")
            for line in run(command, folder, jotsmith).split("\n"):
                lines += wrapped(line) if line else []
            lines.append("")
    width, height = int(COLUMNS * SIZE * 0.6) + 40, len(lines) * LINE + 40
    rows = "\n".join(f'<text x="20" y="{30 + index * LINE}" xml:space="preserve">{spans(line)}</text>'
                     for index, line in enumerate(lines) if line)
    with open(target, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
                   f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="{SIZE}" fill="#c0caf5">\n'
                   f'<rect width="100%" height="100%" rx="8" fill="#1a1b26"/>\n{rows}\n</svg>\n')


main()
