#!/usr/bin/env python3
"""The commands of docs/streams.md that use several processes: GNU parallel and Spark in local mode, with the same
tokens and the same results as one process.

usage: streams.py JOTSMITH     (with a Python that has pyspark, and Java and GNU parallel on the machine)
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOTSMITH = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp(prefix="jotsmith-streams-")
LINES = 20_000

os.environ["PATH"] = os.path.dirname(JOTSMITH) + os.pathsep + os.environ["PATH"]
os.environ["PYSPARK_PYTHON"] = sys.executable
# Otherwise Spark resolves the name of the machine, which can be any address.
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
os.chdir(FOLDER)


def shell(command, stdin=None):
    # 1: an item failed, as some of these do intentionally. parallel counts such jobs in its exit code.
    return subprocess.run(["bash", "-c", command], input=stdin, stdout=subprocess.PIPE, text=True).stdout


def answers(text):
    """The result for each token. Each process numbers its own lines."""
    found = [json.loads(line) for line in text.splitlines()]
    for answer in found:
        del answer["line"]
    return found


def shown(language):
    """The code block of that language in docs/streams.md."""
    with open(os.path.join(ROOT, "docs", "streams.md")) as page:
        blocks = re.findall(rf"```{language}\n(.*?)```", page.read(), re.DOTALL)
    assert len(blocks) == 1, f"{len(blocks)} blocks of {language}"
    return blocks[0]


def compare(name, expected, found):
    assert len(found) == LINES + 2, f"{name}: {len(found)} answers"
    assert found == expected, f"{name}: other answers than one process gives"
    print(f"{name}: {len(found)} answers, the same as from one process", flush=True)


def main():
    shell("jotsmith keygen ES256 -o key.jwk --public-out jwks.json --to jwks")
    claims = "".join(f'{{"sub":"user-{n}"}}\n' for n in range(LINES))
    tokens = shell("jotsmith sign --lines -q -k key.jwk --aud api", claims).splitlines()
    assert len(tokens) == LINES
    tokens.insert(LINES // 3, "no token")
    tokens.insert(LINES // 2, tokens[0][:-8] + "AAAAAAAA")
    with open("tokens.txt", "w") as file:
        file.writelines(token + "\n" for token in tokens)

    expected = answers(shell("jotsmith verify --lines -q -k jwks.json --aud api < tokens.txt"))
    assert sum(answer["ok"] for answer in expected) == LINES

    shell(shown("sh"))
    with open("answers.ndjson") as file:
        compare("GNU parallel", expected, answers(file.read()))

    run = subprocess.run([sys.executable, "-c", shown("python")], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-4000:]
    parts = sorted(glob.glob("answers/part-*"))
    text = "".join(open(part).read() for part in parts)
    assert len(parts) > 1
    compare(f"Spark, {len(parts)} partitions", expected, answers(text))


main()
print("2 passed, 0 failed")
