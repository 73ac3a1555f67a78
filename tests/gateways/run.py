#!/usr/bin/env python3
"""Third-party gateways on loopback, with the configurations of docs/gateways.md and with keys and tokens of jotsmith.

A missing gateway is a failure.

usage: run.py JOTSMITH   (a Python with ../interop/requirements.txt)
"""

import os
import shutil
import sys
import tempfile
import time

import apache
import haproxy
import rotation

FAILURES = []


def check(what, found, wanted):
    fits = found == wanted
    print(f"{'ok    ' if fits else 'FAILED'}  {what}" + ("" if fits else f": {found}, wanted {wanted}"), flush=True)
    if not fits:
        FAILURES.append(what)


def main():
    jotsmith = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="jotsmith-gateways-")
    begun = time.monotonic()
    try:
        for gateway in (haproxy, apache, rotation):
            gateway.run(check, jotsmith, folder)
    except BaseException:
        print(f"what was left of it: {folder}")
        raise
    if not FAILURES:
        shutil.rmtree(folder)
    print(f"\n{len(FAILURES)} failures, {time.monotonic() - begun:.1f} s")
    return 1 if FAILURES else 0


sys.exit(main())
