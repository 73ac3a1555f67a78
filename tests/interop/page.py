"""The tables of docs/interop.md: made from the results of a run, and compared with them."""

import os

from common import (DIRECT, ECDH_NIST, ECDH_X25519, ECDH_X448, GCM_WRAPS, HMAC, ML_DSA, NIST, OAEP, OAEP_LONG, PBES2, RSA, SIGNATURES,
                    WRAPS)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "interop.md")
BEGIN, END = "<!-- made by tests/interop/run.py --update -->\n", "<!-- end -->\n"
LIBRARIES = """\
| software | version | from | signatures | encryption | nested | key set | tokens to it | tokens from it |
|---|---|---|---|---|---|---|---|---|
"""
DAEMONS = """\
| daemon | version | from | accepts | finds the key by | tokens to it | tokens from it |
|---|---|---|---|---|---|---|
"""
# The name of a complete group of rows. The rows of an incomplete group are listed one by one.
GROUPS = {"HS256 to HS512": HMAC, "RS256 to RS512": RSA[:3], "PS256 to PS512": RSA[3:], "ES256 to ES512": NIST, "ES256K": ["ES256K"],
          "EdDSA with Ed25519": ["EdDSA:Ed25519"], "EdDSA with Ed448": ["EdDSA:Ed448"], "Ed25519": ["Ed25519"],
          "ML-DSA-44 to -87": ML_DSA, "dir": DIRECT, "A128KW to A256KW": WRAPS, "A128GCMKW to A256GCMKW": GCM_WRAPS,
          "RSA-OAEP, RSA-OAEP-256": OAEP, "RSA-OAEP-384, RSA-OAEP-512": OAEP_LONG, "ECDH-ES on P-256 to P-521": ECDH_NIST,
          "ECDH-ES on X25519": ECDH_X25519, "ECDH-ES on X448": ECDH_X448, "PBES2": PBES2}
# Not in CI, because no package contains it: its row is from the last run by hand.
BY_HAND = "php-jwt"


def summary(rows):
    names = []
    for name, members in GROUPS.items():
        found = [row for row in members if row in rows]
        names += [name] if found == members else [row.replace(":", " with ") for row in found]
    return ", ".join(names) or "-"


def is_daemon(result):
    return hasattr(result.peer, "finds_key_by")


def row_of(result):
    peer, to, both = result.peer, result.rows["to"], [row for row in result.rows["to"] if row in result.rows["from"]]
    if is_daemon(result):
        cells = [summary(to), peer.finds_key_by]
    else:
        signatures = [row for row in both if row in SIGNATURES]
        cells = [summary(signatures), summary([row for row in both if row not in SIGNATURES]),
                 "yes" if any(" in " in row for row in both) else "-", "yes" if any(" set " in row for row in both) else "-"]
    cells += [f"{len(result.rows[side])}, {result.refused[side]} rejected" if result.rows[side] else "-" for side in ("to", "from")]
    return f"| {' | '.join([peer.name, result.version, peer.origin, *cells])} |"


def notes_of(result):
    """The exceptions of a peer, grouped by reason."""
    rows = {}
    for row, direction, reason in result.exceptions:
        rows.setdefault((direction, reason), []).append(row)
    return [f"- {result.peer.name}, tokens {direction} it: {', '.join(names)}: {reason}." for (direction, reason), names in rows.items()]


def name_in(line):
    """The peer that a line of the tables and notes is about."""
    return line[2:].split(" | ")[0].split(", tokens ")[0]


def check_page(results, update):
    """Compares the page with the results, or writes them there. A difference of another version of a peer is only a note."""
    with open(PAGE, encoding="utf-8") as file:
        head, rest = file.read().split(BEGIN)
    shown, tail = rest.split(END)
    if update:
        libraries = "\n".join(row_of(result) for result in results if not is_daemon(result))
        daemons = "\n".join(row_of(result) for result in results if is_daemon(result))
        notes = "\n".join(note for result in results for note in notes_of(result))
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(f"{head}{BEGIN}\n{LIBRARIES}{libraries}\n\n{DAEMONS}{daemons}\n\nExceptions, each of which is tested:\n\n{notes}\n\n"
                       f"{END}{tail}")
        return []

    lines = {}
    for line in shown.splitlines():
        if line.startswith(("| ", "- ")) and f"{line}\n" not in LIBRARIES + DAEMONS:
            lines.setdefault(name_in(line), []).append(line)
    failures = []
    for result in results:
        expected, found = [row_of(result), *notes_of(result)], lines.pop(result.peer.name, [])
        version = found[0].split(" | ")[1] if found else None
        if version not in (None, result.version):
            print(f"NOTE: docs/interop.md has {result.peer.name} {version}; this is {result.version}, and is not compared with the page")
        elif found != expected:
            failures.append(f"docs/interop.md has {found}, expected {expected}; --update writes it")
    lines.pop(BY_HAND, None)
    return failures + [f"docs/interop.md is about {name}, which was not run" for name in lines]
