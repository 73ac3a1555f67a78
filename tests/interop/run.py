#!/usr/bin/env python3
"""Exchanges tokens and keys with other software, in both directions. Prints how many tokens each accepted and rejected.

A missing peer is a failure, and so is a combination that fails; algorithms that a peer does not offer are not tried. The result is
compared with the tables of docs/interop.md; --update writes it there.

usage: run.py JOTSMITH FOLDER [--only PEER] [--php-jwt FOLDER] [--update]
  FOLDER: package.json installed and programs/peer.mjs beside it; run with a Python that has requirements.txt
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
import traceback

import command_peers
import common
import daemons
import program_peers
import python_peers
from page import check_page
from report import Result, print_counts


def check_listed_tools(peers):
    """The algorithms of a tool are those that `keygen --list` names; a build of a tool may lack some of them."""
    listed = {row["name"]: row["tools"] for row in json.loads(common.jotsmith("keygen", "--list", "--json"))["algorithms"]}
    failures = []
    for name in sorted({tool for tools in listed.values() for tool in tools}):
        peer = peers.get(name)
        rows = [row.partition(":") for row in type(peer).signatures + type(peer).encryptions] if peer else []
        tried = {alg for alg, _, _ in rows} | {variant for alg, _, variant in rows if alg == "dir"}
        told = {alg for alg, tools in listed.items() if name in tools}
        if told != tried:
            failures.append(f"keygen --list about {name}: {sorted(told ^ tried)} differ")
    return failures


def run_peer(peer, result):
    begun = time.monotonic()
    try:
        try:
            peer.start()
            result.version = peer.version()
            peer.run(result)
        finally:
            peer.stop()
    except Exception:  # A peer that cannot be run is a failure, whatever the reason.
        result.failures.append(f"{peer.name} could not be run: {traceback.format_exc()}")
    result.seconds = time.monotonic() - begun


def run_peers(peers):
    """Runs all at the same time, each in a separate thread."""
    results = [Result(peer) for peer in peers]
    threads = [threading.Thread(target=run_peer, args=(result.peer, result)) for result in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def main():
    parser = argparse.ArgumentParser(description="Exchanges tokens and keys with other software, both ways")
    parser.add_argument("jotsmith")
    parser.add_argument("folder", help="the folder with node_modules and peer.mjs")
    parser.add_argument("--only", action="append", metavar="PEER", help="run this peer alone; the page is not checked")
    parser.add_argument("--php-jwt", metavar="FOLDER", help="run php-jwt too, with a clone of its repository")
    parser.add_argument("--update", action="store_true", help="write the tables of docs/interop.md; --php-jwt is required")
    given = parser.parse_args()
    if given.update and (given.only or not given.php_jwt):
        parser.error("--update needs all peers, also --php-jwt")
    program_peers.Node.folder = os.path.abspath(given.folder)

    kinds = [*command_peers.PEERS, *python_peers.PEERS, *program_peers.PEERS, *daemons.PEERS]
    if given.php_jwt:
        program_peers.PhpJwt.folder = os.path.abspath(given.php_jwt)
        kinds.append(program_peers.PhpJwt)
    peers = {peer.name: peer for peer in (kind() for kind in kinds)}
    if unknown := set(given.only or []) - peers.keys():
        parser.error(f"unknown peers: {', '.join(sorted(unknown))}")

    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jotsmith-interop-") as common.FOLDER:
        common.JOTSMITH = os.path.abspath(given.jotsmith)
        failures = check_listed_tools(peers)
        results = run_peers([peer for name, peer in peers.items() if not given.only or name in given.only])
    print_counts(results, time.monotonic() - begun)
    if not given.php_jwt:
        print("\nSKIPPED: php-jwt, which no package contains. --php-jwt FOLDER runs it with a clone of its repository.")
    for result in results:
        failures += result.failures
    if not failures and not given.only:
        failures += check_page(results, given.update)
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"\n{len(failures)} unexplained failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
