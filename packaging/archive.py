#!/usr/bin/env python3
"""Packs a program with its documents, man pages and completions into FOLDER/jotsmith-VERSION-TARGET.tar.gz (.zip for Windows), and
writes the SHA-256 of the archive. The bytes depend only on the contents and on SOURCE_DATE_EPOCH (default: the time of the commit).

usage: packaging/archive.py PROGRAM TARGET FOLDER
"""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    program, target, folder = sys.argv[1:]
    lines = (ROOT / "Cargo.toml").read_text(encoding="utf-8").splitlines()
    version = next(line.split('"')[1] for line in lines if line.startswith("version"))
    name = f"jotsmith-{version}-{target}"
    is_windows = "-windows-" in target
    files = {("jotsmith.exe" if is_windows else "jotsmith"): (Path(program), 0o755)}
    documents = ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE-APACHE", "LICENSE-MIT"]
    for path in [*map(ROOT.joinpath, documents), *ROOT.glob("completions/*"), *ROOT.glob("man/*.1")]:
        files[path.relative_to(ROOT).as_posix()] = (path, 0o644)
    files = {f"{name}/{inside}": files[inside] for inside in sorted(files)}
    os.makedirs(folder, exist_ok=True)
    archive = Path(folder) / (name + (".zip" if is_windows else ".tar.gz"))
    pack = pack_zip if is_windows else pack_tar
    data = pack(files, commit_time())
    archive.write_bytes(data)
    line = f"{hashlib.sha256(data).hexdigest()}  {archive.name}\n"
    archive.with_name(archive.name + ".sha256").write_text(line, encoding="utf-8", newline="\n")
    print(f"{archive}: {len(data)} bytes, {len(files)} files\n{line}", end="")


def commit_time():
    """Returns the time of the commit. Outside a clone, returns the earliest time that a zip archive can contain."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    log = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, check=False)
    return int(log.stdout or 315_532_800)


def pack_tar(files, when):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=when) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for inside, (path, mode) in files.items():
                entry = tarfile.TarInfo(inside)
                entry.size, entry.mtime, entry.mode = path.stat().st_size, when, mode
                with path.open("rb") as file:
                    tar.addfile(entry, file)
    return packed.getvalue()


def pack_zip(files, when):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, (path, mode) in files.items():
            entry = zipfile.ZipInfo(inside, time.gmtime(when)[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, mode << 16
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


main()
